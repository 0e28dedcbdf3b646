//! Every screen and layer, as a user sees them: snapshots at three sizes, no panic at any size, nothing harmful in a
//! cell whatever servers and files say, and the README's picture.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

#[path = "screens/catalogue.rs"]
mod catalogue;
#[path = "screens/hostile.rs"]
mod hostile;
#[path = "screens/mouse.rs"]
mod mouse;
#[path = "screens/stage.rs"]
mod stage;

use std::fmt::Write;

use bearcat::body::visible::cells;
use bearcat::ui::picture;
use bearcat::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use stage::Stage;

/// The sizes that are promised to work well.
const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (40, 12)];

/// The text of a frame, line by line.
fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < buffer.area.width {
            let symbol = buffer[(x, y)].symbol();
            line.push_str(symbol);
            x += cells(symbol).max(1) as u16;
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// The looks of a frame: for each line, the runs of cells that are not plain.
fn looks(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(String, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let mut look = String::new();
            if let Color::Indexed(color) = cell.fg {
                write!(look, "fg{color} ").unwrap();
            }
            if let Color::Indexed(color) = cell.bg {
                write!(look, "bg{color} ").unwrap();
            }
            if cell.modifier != Modifier::empty() {
                write!(look, "{:?}", cell.modifier).unwrap();
            }
            match runs.last_mut().filter(|(last, _)| *last == look) {
                Some((_, text)) => text.push_str(cell.symbol()),
                None => runs.push((look, cell.symbol().to_owned())),
            }
        }
        let shown = runs.iter().filter(|(look, text)| !look.is_empty() && !text.trim().is_empty());
        let line: Vec<String> = shown.map(|(look, text)| format!("[{}] {}", look.trim(), text.trim())).collect();
        out.push_str(&line.join("  "));
        out.push('\n');
    }
    out
}

fn at_all_sizes(stage: &Stage) -> String {
    let frames = SIZES.map(|size| {
        let frame = text(&picture::render(&stage.app, size, &Theme::dark()));
        format!("── {}x{} ──\n{frame}", size.0, size.1)
    });
    frames.join("\n")
}

fn all_screens() -> Vec<(&'static str, Stage)> {
    catalogue::main_screens().into_iter().chain(catalogue::layers()).collect()
}

#[test]
fn main_screens_look_as_agreed() {
    for (name, stage) in catalogue::main_screens() {
        insta::assert_snapshot!(name, at_all_sizes(&stage));
    }
}

#[test]
fn layers_look_as_agreed() {
    for (name, stage) in catalogue::layers() {
        insta::assert_snapshot!(name, at_all_sizes(&stage));
    }
}

#[test]
fn colours_are_as_agreed() {
    let stage = Stage::sample();
    for (name, theme) in [("dark", Theme::dark()), ("light", Theme::light()), ("none", Theme::none())] {
        insta::assert_snapshot!(format!("looks_{name}"), looks(&picture::render(&stage.app, (120, 40), &theme)));
    }
}

#[test]
fn without_colours_nothing_is_coloured() {
    for (name, stage) in all_screens() {
        let buffer = picture::render(&stage.app, (120, 40), &Theme::none());
        let colored = buffer.content.iter().find(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset);
        assert!(colored.is_none(), "{name}: {colored:?}");
    }
}

/// Colour is never the only signal: with the selection moved, the text alone must differ.
#[test]
fn selection_and_focus_show_without_colours() {
    let frame = |stage: &Stage| text(&picture::render(&stage.app, (120, 40), &Theme::none()));
    assert_ne!(frame(&Stage::signed_in()), frame(&Stage::signed_in().keys("3")));
    assert_ne!(frame(&Stage::signed_in().keys("a")), frame(&Stage::signed_in().keys("a down")));
    assert_ne!(frame(&Stage::signed_in().keys("E")), frame(&Stage::signed_in().keys("E down")));
}

#[test]
fn the_ascii_fallback_is_ascii() {
    for (name, stage) in all_screens() {
        let frame = text(&picture::render(&stage.app, (120, 40), &Theme::dark().in_ascii()));
        assert!(frame.is_ascii(), "{name}:\n{frame}");
    }
    insta::assert_snapshot!(
        "ascii",
        text(&picture::render(&Stage::sample().app, (120, 40), &Theme::dark().in_ascii()))
    );
}

/// Steps that are not multiples of each other, and every size around the smallest that is drawn.
fn many_sizes() -> Vec<(u16, u16)> {
    let coarse = (1..=130).step_by(16).flat_map(|width| (1..=45).step_by(9).map(move |height| (width, height)));
    let small = (19..=23).flat_map(|width| (5..=8).map(move |height| (width, height)));
    coarse.chain(small).chain(SIZES).collect()
}

fn survives_any_size(screens: Vec<(&'static str, Stage)>) {
    for (_, stage) in screens {
        for (index, size) in many_sizes().into_iter().enumerate() {
            let theme = if index % 3 == 0 { Theme::none().in_ascii() } else { Theme::dark() };
            picture::render(&stage.app, size, &theme);
        }
    }
}

#[test]
fn main_screens_survive_any_size() {
    survives_any_size(catalogue::main_screens());
}

#[test]
fn layers_survive_any_size() {
    survives_any_size(catalogue::layers());
}

#[test]
fn hostile_screens_survive_any_size() {
    survives_any_size(hostile::screens());
}

#[test]
fn a_terminal_that_is_too_small_says_so() {
    let stage = Stage::signed_in();
    assert_eq!(
        text(&picture::render(&stage.app, (52, 3), &Theme::dark())),
        "terminal too small (52x3), needs 40x12\n\n\n"
    );
    assert!(text(&picture::render(&stage.app, (12, 5), &Theme::dark())).starts_with("terminal too"));
}

#[test]
fn nothing_hostile_reaches_a_cell() {
    for (name, stage) in hostile::screens() {
        for size in [(120, 40), (80, 24), (40, 12), (300, 90)] {
            let buffer = picture::render(&stage.app, size, &Theme::dark());
            for cell in &buffer.content {
                let symbol = cell.symbol();
                let is_harmful = symbol.chars().any(|c| {
                    c.is_control() || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
                });
                assert!(!is_harmful, "{name}: {symbol:?}");
            }
            let frame = text(&buffer);
            for line in frame.lines() {
                assert!(cells(line) <= usize::from(size.0), "{name}: {line:?}");
            }
        }
    }
}

/// The hostile texts do arrive: the test above would pass on an empty screen.
#[test]
fn hostile_texts_are_shown_as_pictures() {
    for (name, stage) in hostile::screens() {
        let frame = text(&picture::render(&stage.app, (300, 90), &Theme::dark()));
        assert!(frame.contains('␛') || frame.contains("\\u{202e}"), "{name}:\n{frame}");
    }
}

/// `UPDATE_PICTURE=1 cargo test --test screens` draws it anew.
#[test]
fn the_picture_of_the_readme_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/main-screen.svg");
    let drawn = picture::main_screen();
    if std::env::var_os("UPDATE_PICTURE").is_some() {
        std::fs::write(path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(
        kept == drawn,
        "assets/main-screen.svg is not what the program draws: UPDATE_PICTURE=1 cargo test --test screens"
    );
}
