//! A file that has changed on disk and here: both sides, and what can be done.

use ratatui::text::Line;

use crate::app::diff::Side;
use crate::app::layers::ConflictLayer;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::SCROLL;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::tree::path_label;
use crate::ui::wrap::paragraph;

const GONE: &str = "The file is gone from the disk. Mine can be written again.";
const DELETED_HERE: &str = "You deleted the file here; on disk it has changed meanwhile.";
const ONLY_BREAKS: &str = "The sides differ in line ends or blanks at the end only.";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, conflict: &ConflictLayer, places: &[Context]) {
    let actions = [Action::KeepMine, Action::TakeTheirs, Action::SaveBeside, Action::Back];
    let popup = Popup { title: "Changed on both sides", width: 100, hints: with_arrows(SCROLL, &actions, places) };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut lines = paragraph(
        &theme,
        Role::Strong,
        0,
        &format!("{} has changed on disk since you began to edit it.", path_label(&conflict.path)),
        width,
    );
    let note = match (&conflict.theirs, &conflict.mine) {
        (None, _) => Some(GONE),
        (Some(_), None) => Some(DELETED_HERE),
        _ if conflict.lines.is_empty() => Some(ONLY_BREAKS),
        _ => None,
    };
    lines.extend(note.into_iter().flat_map(|note| paragraph(&theme, Role::Warn, 0, note, width)));
    lines.push(Line::from(vec![
        theme.span(Role::Bad, "- on disk"),
        theme.span(Role::Dim, text::SEPARATOR),
        theme.span(Role::Good, "+ mine"),
    ]));
    for line in &conflict.lines {
        let (sign, role) = match line.side {
            Side::Both => (" ", Role::Plain),
            Side::Old => ("-", Role::Bad),
            Side::New => ("+", Role::Good),
            Side::Skipped => ("…", Role::Dim),
        };
        lines.push(Line::from(vec![theme.span(role, sign), theme.span(role, " "), theme.span(role, &line.text)]));
    }
    popup.lines(canvas, &lines, conflict.scroll);
}
