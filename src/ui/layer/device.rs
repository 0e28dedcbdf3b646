//! Sign-in by device code: the page, the code large, a QR code, and how long it still works.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use url::Url;

use crate::app::countdown::time_left;
use crate::app::state::{AppState, LoginLayer};
use crate::keys::action::{Action, Context};
use crate::model::time::Timestamp;
use crate::ui::big;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, key_in, renamed};
use crate::ui::layer::{Popup, ROOMY};
use crate::ui::qr;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::paragraph;

const OPEN: &str = "Open this page in any browser, on any device:";
const OPEN_SHORT: &str = "Open in any browser:";
const TYPE: &str = "and make sure that it shows this code:";
const TYPE_SHORT: &str = "It must show this code:";
const SCAN: &str = "or scan:";
const EXPIRED: &str = "The code has expired.";

/// Columns between the text and the QR code.
const GAP: u16 = 3;

/// Columns that the text needs beside the QR code.
const TEXT: u16 = 38;

/// What the provider answered.
pub struct DeviceCode<'a> {
    /// What the user types.
    pub user_code: &'a str,
    /// Where.
    pub verification_uri: &'a Url,
    /// The same with the code in it.
    pub complete: Option<&'a Url>,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Polls so far.
    pub attempt: u32,
    /// Time between polls.
    pub interval: Duration,
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, login: &LoginLayer, code: &DeviceCode<'_>, places: &[Context]) {
    let mut actions = vec![Action::OpenBrowser, Action::Back, Action::Copy, Action::CopyUrl];
    if state.options.demo.is_some() {
        actions.insert(0, Action::DemoApprove);
    }
    actions.extend([Action::UseBrowser, Action::UsePaste]);
    let title = format!("Sign in{}{}", text::SEPARATOR, login.identity.name);
    let qr = qr::lines(&canvas.theme, code.complete.unwrap_or(code.verification_uri).as_str());
    let qr_width = qr.iter().map(|line| line.width() as u16).max().unwrap_or(0);
    let screen = canvas.screen();
    let fits = qr_width > 0 && TEXT + GAP + qr_width + 4 <= screen.width && qr.len() + 6 <= usize::from(screen.height);
    let beside = if fits { qr_width + GAP } else { 0 };
    let width = (big::columns(code.user_code) as u16 + 2).clamp(TEXT, 56).max(TEXT) + beside + 4;
    let hints = renamed(hints(&actions, places), Action::Copy, "copy code");
    let popup = Popup { title: &title, width: width.max(72), hints };
    let text_width = popup.content_width(canvas).saturating_sub(beside.into());
    let lines = lines(state, &canvas.theme, login, code, text_width, screen.height);
    let content = popup.open(canvas, lines.len().max(if fits { qr.len() + 1 } else { 0 }));
    canvas.text(Rect { width: content.width.saturating_sub(beside), ..content }, &lines);
    if fits {
        let place = Rect { x: content.right() - qr_width, width: qr_width, ..content };
        let label = canvas.theme.span(Role::Dim, SCAN);
        canvas.line(place, &label.into());
        let below = Rect { y: place.y + 1, height: place.height.saturating_sub(1), ..place };
        canvas.text(below, &qr);
    }
}

fn lines(
    state: &AppState,
    theme: &Theme,
    login: &LoginLayer,
    code: &DeviceCode<'_>,
    width: usize,
    height: u16,
) -> Vec<Line<'static>> {
    let is_roomy = height >= ROOMY;
    let (open, check) = if is_roomy { (OPEN, TYPE) } else { (OPEN_SHORT, TYPE_SHORT) };
    let mut lines = paragraph(theme, Role::Plain, 0, open, width);
    lines.extend(paragraph(theme, Role::Accent, 2, code.verification_uri.as_str(), width));
    let blank = |lines: &mut Vec<Line<'static>>| {
        if is_roomy {
            lines.push(Line::default());
        }
    };
    blank(&mut lines);
    lines.extend(paragraph(theme, Role::Plain, 0, check, width));
    blank(&mut lines);
    lines.extend(code_lines(theme, code.user_code, width, is_roomy));
    blank(&mut lines);
    lines.extend(waiting(state, theme, code, width));
    lines.extend(login.notes.iter().rev().take(3).flat_map(|note| paragraph(theme, Role::Warn, 0, note, width)));
    if state.options.demo.is_some() && is_roomy {
        let key = key_in(Action::DemoApprove, Context::Login);
        let demo = format!("This is the demo: {key} approves the code as its user, without a browser.");
        lines.extend(paragraph(theme, Role::Dim, 0, &demo, width));
    }
    lines
}

/// The code as large letters where they fit, and always as text that can be copied.
fn code_lines(theme: &Theme, code: &str, width: usize, is_roomy: bool) -> Vec<Line<'static>> {
    let spaced = Line::from(vec![Span::raw("  "), theme.span(Role::Key, code)]);
    let large = big::lines(theme, code);
    if !is_roomy || large.is_empty() || big::columns(code) + 2 > width {
        return vec![spaced];
    }
    let mut lines = large;
    lines.push(Line::default());
    lines.push(spaced);
    lines
}

fn waiting(state: &AppState, theme: &Theme, code: &DeviceCode<'_>, width: usize) -> Vec<Line<'static>> {
    let Some(left) = time_left(state.now, code.expires_at) else {
        return paragraph(theme, Role::Bad, 0, &format!("{} {EXPIRED}", text::BAD), width);
    };
    let every = text::duration(Duration::from_secs(code.interval.as_secs()));
    let asked = match code.attempt {
        0 => "Waiting for you".to_owned(),
        times => {
            format!("Waiting for you{}asked {}, every {every}", text::SEPARATOR, text::count(times as usize, "time"))
        }
    };
    let mut lines = paragraph(theme, Role::Dim, 0, &asked, width);
    lines.push(Line::from(vec![theme.span(Role::Dim, "The code works for "), theme.span(Role::Strong, left)]));
    lines
}
