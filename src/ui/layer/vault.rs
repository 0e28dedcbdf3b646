//! No safe vault: where should the tokens be kept? Asked before the sign-in, never decided by bearcat.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::state::{AppState, LoginLayer, TextField, VaultOption};
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{MOVE, hints, renamed};
use crate::ui::layer::{Popup, draw_rows, with_arrows};
use crate::ui::layout::split_bottom;
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{labelled, paragraph};

const ASKS: &str = "Where should your tokens be kept?";
const NEVER_PLAIN: &str = "bearcat never writes them unencrypted.";
const PASSPHRASE: &str = "Passphrase ";
const LOST: &str = "A lost passphrase cannot be recovered; the file can only be deleted.";

/// Draws it.
pub fn draw(
    canvas: &mut Canvas<'_>,
    state: &AppState,
    login: &LoginLayer,
    selected: usize,
    passphrase: Option<&TextField>,
    places: &[Context],
) {
    let actions = [Action::Accept, Action::Back];
    let hints = if passphrase.is_some() {
        renamed(hints(&actions, places), Action::Accept, "open")
    } else {
        with_arrows(MOVE, &actions, places)
    };
    let popup = Popup { title: "Sign in: where to keep the tokens", width: 84, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut head = why(state, &theme, width);
    head.extend(login.notes.iter().flat_map(|note| paragraph(&theme, Role::Warn, 2, note, width)));
    head.push(Line::default());
    head.extend(paragraph(&theme, Role::Strong, 0, &format!("{ASKS} {NEVER_PLAIN}"), width));
    let rows: Vec<Line<'static>> =
        VaultOption::ALL.iter().map(|option| theme.span(Role::Plain, label(*option)).into()).collect();
    let tail = if passphrase.is_some() { 3 } else { 0 };
    let content = popup.open(canvas, head.len() + rows.len() + tail);
    let (input, rest) = split_bottom(content, (tail as u16).min(content.height.saturating_sub(rows.len() as u16)));
    let (list, top) = split_bottom(rest, rows.len() as u16);
    canvas.text(top, &head);
    draw_rows(canvas, list, &rows, selected);
    if let Some(passphrase) = passphrase {
        passphrase_line(canvas, input, passphrase);
    }
}

fn passphrase_line(canvas: &mut Canvas<'_>, area: Rect, passphrase: &TextField) {
    let theme = canvas.theme;
    let line = Rect { y: area.y + u16::from(area.height > 1), height: area.height.min(1), ..area };
    let used = canvas.line(line, &theme.span(Role::Strong, PASSPHRASE).into());
    canvas.field(Rect { x: line.x + used, width: line.width.saturating_sub(used), ..line }, passphrase, Focus::Here);
    if area.height > 2 {
        canvas.line(Rect { y: line.y + 1, ..line }, &theme.span(Role::Dim, LOST).into());
    }
}

/// What is wrong with the vault that is in use.
fn why(state: &AppState, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Some(Err(error)) = state.vault.as_ref().map(|vault| &vault.availability) else { return Vec::new() };
    let problem = error.problem();
    let mut lines =
        labelled(vec![theme.span(Role::Warn, text::WARN)], &problem.title, theme.style(Role::Warn), 2, width);
    lines.extend(paragraph(theme, Role::Dim, 2, &problem.detail, width));
    lines
}

const fn label(option: VaultOption) -> &'static str {
    match option {
        VaultOption::Memory => "In memory: forgotten when bearcat ends",
        VaultOption::EncryptedFile => "In a file, encrypted with a passphrase of yours",
        VaultOption::KeyringAgain => "In the keyring: try it again (after unlocking it)",
    }
}
