//! What differs between two responses: status, headers, body, token.

use ratatui::text::{Line, Span};

use crate::app::diff::Side as LineSide;
use crate::app::difference::{BodyDifference, Difference, HeaderDifference, Side, TokenDifference};
use crate::app::layers::DifferenceLayer;
use crate::app::state::AppState;
use crate::keys::action::{Action, Context};
use crate::model::time::Timestamp;
use crate::token::compare::ClaimChange;
use crate::token::describe;
use crate::ui::canvas::Canvas;
use crate::ui::hints::SCROLL;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const COMPARING: &str = "Comparing the two responses";
const NOBODY: &str = "no token";
const SAME: &str = "the same";

/// Columns of a label.
const LABEL: usize = 10;

/// Columns of the name of a header or claim.
const NAME: usize = 22;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, layer: &DifferenceLayer, places: &[Context]) {
    let title = layer.difference.as_ref().map_or_else(|| "Difference".to_owned(), title);
    let hints = with_arrows(SCROLL, &[Action::ActOnce, Action::Back], places);
    let popup = Popup { title: &title, width: 110, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let lines = match &layer.difference {
        None => vec![Line::from(vec![
            theme.span(Role::Accent, text::spinner(state.now)),
            Span::raw(" "),
            theme.span(Role::Dim, COMPARING),
        ])],
        Some(difference) => lines(&theme, difference, state.now, width),
    };
    popup.lines(canvas, &lines, layer.scroll);
}

fn title(difference: &Difference) -> String {
    let (old, new) = (who(&difference.old), who(&difference.new));
    if old == new { format!("Difference: {new}, twice") } else { format!("Difference: {old} and {new}") }
}

fn who(side: &Side) -> String {
    side.identity.as_ref().map_or_else(|| NOBODY.to_owned(), ToString::to_string)
}

fn lines(theme: &Theme, difference: &Difference, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (sign, role, side) in [("-", Role::Bad, &difference.old), ("+", Role::Good, &difference.new)] {
        let (mark, status) = text::status(side.status);
        let reason = if side.reason.is_empty() { String::new() } else { format!(" {}", side.reason) };
        lines.push(Line::from(vec![
            theme.span(role, format!("{sign} ")),
            theme.span(Role::Strong, format!("{:<12} ", who(side))),
            theme.span(status, format!("{mark} {}{reason}", side.status)),
            theme.span(
                Role::Dim,
                format!(
                    "{}{}{}{}",
                    text::SEPARATOR,
                    text::size(side.size as u64),
                    text::SEPARATOR,
                    describe::moment_near(side.at, now)
                ),
            ),
        ]));
    }
    headers(theme, difference, width, &mut lines);
    body(theme, difference, width, &mut lines);
    token(theme, &difference.token, now, width, &mut lines);
    lines
}

fn section(theme: &Theme, title: &str, says: &str, width: usize, lines: &mut Vec<Line<'static>>) {
    lines.push(Line::default());
    lines.extend(labelled(vec![theme.span(Role::Strong, title)], says, theme.style(Role::Dim), LABEL, width));
    if says.is_empty() {
        lines.push(theme.span(Role::Strong, title).into());
    }
}

fn headers(theme: &Theme, difference: &Difference, width: usize, lines: &mut Vec<Line<'static>>) {
    let volatile = &difference.volatile;
    let differ = difference.headers.len();
    let says = match (differ, volatile.is_empty()) {
        (0, true) => SAME.to_owned(),
        (0, false) => format!("{SAME}, but for {}", volatile.join(", ")),
        (_, true) => text::count(differ, "difference"),
        (_, false) => format!("{}, besides {}", text::count(differ, "difference"), volatile.join(", ")),
    };
    section(theme, "Headers", &says, width, lines);
    for HeaderDifference { name, old, new } in &difference.headers {
        for (sign, role, value) in [("-", Role::Bad, old), ("+", Role::Good, new)] {
            let Some(value) = value else { continue };
            let label = vec![theme.span(role, format!("{sign} {name}"))];
            lines.extend(labelled(label, value, theme.style(role), NAME, width));
        }
    }
}

fn body(theme: &Theme, difference: &Difference, width: usize, lines: &mut Vec<Line<'static>>) {
    let says = match &difference.body {
        BodyDifference::BothEmpty => "both are empty".to_owned(),
        BodyDifference::Same => format!("{SAME}, byte for byte"),
        BodyDifference::SameValues => "the same values, written differently".to_owned(),
        BodyDifference::Binary => "not the same; not text, so only the sizes can be told".to_owned(),
        BodyDifference::Lines(changed) => {
            let count = |side| changed.iter().filter(|line| line.side == side).count();
            format!("-{} +{} lines", count(LineSide::Old), count(LineSide::New))
        }
    };
    section(theme, "Body", &says, width, lines);
    for note in &difference.notes {
        lines.extend(paragraph(theme, Role::Dim, LABEL, note, width));
    }
    let BodyDifference::Lines(changed) = &difference.body else { return };
    for line in changed {
        let (sign, role) = match line.side {
            LineSide::Both => (" ", Role::Plain),
            LineSide::Old => ("-", Role::Bad),
            LineSide::New => ("+", Role::Good),
            LineSide::Skipped => ("…", Role::Dim),
        };
        lines.push(Line::from(vec![theme.span(role, format!("{sign} ")), theme.span(role, &line.text)]));
    }
}

fn token(theme: &Theme, difference: &TokenDifference, now: Timestamp, width: usize, lines: &mut Vec<Line<'static>>) {
    let says = match difference {
        TokenDifference::NoTokens => "neither was sent with one",
        TokenDifference::SameToken => "the same token both times",
        TokenDifference::OneToken(true) => "only the later one was sent with one",
        TokenDifference::OneToken(false) => "only the earlier one was sent with one",
        TokenDifference::Unreadable => "not JWTs, so there are no claims to compare",
        TokenDifference::Claims(changes) if changes.is_empty() => "two tokens with the same claims",
        TokenDifference::Claims(_) => "",
    };
    section(theme, "Token", says, width, lines);
    if let TokenDifference::Claims(changes) = difference {
        lines.extend(claims(theme, changes, now, width));
    }
}

/// Changes of claims: what says something, then the rest by name.
pub fn claims(theme: &Theme, changes: &[ClaimChange], now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for change in changes.iter().filter(|change| !change.is_routine()) {
        let (sign, role) = match change.kind() {
            "added" => ("+", Role::Good),
            "removed" => ("-", Role::Bad),
            _ => ("~", Role::Warn),
        };
        let label = vec![theme.span(role, format!("{sign} {}", change.name))];
        lines.extend(labelled(label, &change.words(now), theme.style(Role::Plain), NAME, width));
    }
    let routine: Vec<&str> =
        changes.iter().filter(|change| change.is_routine()).map(|change| change.name.as_str()).collect();
    if !routine.is_empty() {
        let label = vec![theme.span(Role::Dim, "  as always")];
        lines.extend(labelled(label, &routine.join(", "), theme.style(Role::Dim), NAME, width));
    }
    lines
}
