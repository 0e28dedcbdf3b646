//! What lies where: every panel, tab, row, button and hint can be pressed.

use bearcat::app::hit::{HitMap, Target};
use bearcat::app::state::{Panel, RequestTab, ResponseTab};
use bearcat::keys::action::Action;
use bearcat::model::session::TokenKind;
use bearcat::ui::draw;
use bearcat::ui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::catalogue;
use crate::stage::Stage;

fn hits(stage: &Stage, size: (u16, u16)) -> (HitMap, Vec<String>) {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    let mut hits = HitMap::default();
    terminal.draw(|frame| hits = draw(frame, stage.state(), &Theme::dark())).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = (0..size.1).map(|y| (0..size.0).map(|x| buffer[(x, y)].symbol()).collect()).collect();
    (hits, rows)
}

/// What lies under the first place where this text is drawn.
fn under(stage: &Stage, size: (u16, u16), text: &str) -> Option<Target> {
    let (hits, rows) = hits(stage, size);
    let (y, row) = rows.iter().enumerate().find(|(_, row)| row.contains(text)).unwrap_or_else(|| panic!("{text}"));
    let x = row[..row.find(text).unwrap()].chars().count();
    hits.at(x as u16, y as u16)
}

#[test]
fn what_is_drawn_can_be_pressed() {
    let sample = Stage::sample();
    let wide = (120, 40);
    for (text, target) in [
        ("orders.http", Target::TreeRow(0)),
        ("POST Create order", Target::TreeRow(2)),
        ("Headers 2", Target::RequestTab(RequestTab::Headers)),
        ("Auth jane", Target::RequestTab(RequestTab::Auth)),
        (" send: enter", Target::Button(Action::Send)),
        ("Headers 4", Target::ResponseTab(ResponseTab::Headers)),
        ("Timing", Target::ResponseTab(ResponseTab::Timing)),
        ("Access", Target::TokenTab(TokenKind::Access)),
        ("Refresh", Target::TokenTab(TokenKind::Refresh)),
        ("\"error\"", Target::Panel(Panel::Response)),
        ("permissions  read:orders", Target::Panel(Panel::Token)),
        ("dev ", Target::Button(Action::Environments)),
        ("jane@acme.test", Target::Button(Action::ActAs)),
        ("verified", Target::Button(Action::FocusToken)),
        ("w why", Target::Button(Action::Why)),
        ("? help", Target::Button(Action::Help)),
    ] {
        assert_eq!(under(&sample, wide, text), Some(target), "{text}");
    }
}

#[test]
fn panels_that_share_a_place_have_tabs() {
    let sample = Stage::sample();
    assert_eq!(under(&sample, (80, 24), "4 Tokens"), Some(Target::Panel(Panel::Token)));
    assert_eq!(under(&sample, (40, 12), "3 Response"), Some(Target::Panel(Panel::Response)));
    assert_eq!(under(&sample, (40, 12), "1 Requests"), Some(Target::Panel(Panel::Tree)));
}

#[test]
fn layers_lie_over_everything() {
    let identities = Stage::signed_in().keys("a");
    assert_eq!(under(&identities, (120, 40), "reporting  "), Some(Target::LayerRow(2)));
    assert_eq!(under(&identities, (120, 40), "enter choose"), Some(Target::Button(Action::Accept)));
    assert_eq!(under(&identities, (120, 40), " Act as "), Some(Target::Layer));
    let logout = Stage::signed_in().keys("L");
    assert_eq!(under(&logout, (120, 40), "b browser too"), Some(Target::Button(Action::YesEverywhere)));
}

#[test]
fn page_keys_know_the_heights() {
    let (hits, _) = hits(&Stage::sample(), (120, 40));
    let contents = hits.contents.unwrap();
    assert_eq!(contents.tree, 8);
    assert_eq!(contents.response, 9);
    assert!(contents.token > hits.viewports.token && hits.viewports.token > 10, "{contents:?} {:?}", hits.viewports);
    assert!(hits.viewports.tree > 30 && hits.viewports.request > 3 && hits.viewports.response > 10);
}

#[test]
fn no_area_is_outside_the_screen() {
    for (name, stage) in catalogue::main_screens().into_iter().chain(catalogue::layers()) {
        for size in [(120, 40), (80, 24), (40, 12), (23, 7)] {
            let (hits, _) = hits(&stage, size);
            for (area, target) in &hits.areas {
                assert!(area.x + area.width <= size.0 && area.y + area.height <= size.1, "{name}: {area:?} {target:?}");
            }
        }
    }
}
