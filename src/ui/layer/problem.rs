//! A problem at full length.

use crate::keys::action::{Action, Context};
use crate::model::problem::Problem;
use crate::ui::canvas::Canvas;
use crate::ui::hints::SCROLL;
use crate::ui::layer::{Popup, with_arrows};
use crate::ui::response::explained_lines;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, problem: &Problem, scroll: usize, places: &[Context]) {
    let hints = with_arrows(SCROLL, &[Action::Back], places);
    let popup = Popup { title: "Problem", width: 92, hints };
    let lines = explained_lines(&canvas.theme, problem, popup.content_width(canvas));
    popup.lines(canvas, &lines, scroll);
}
