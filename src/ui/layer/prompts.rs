//! What a request asks before it is sent, as one form.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::hit::Target;
use crate::app::layers::{PromptField, PromptsLayer};
use crate::app::msg::PromptDefault;
use crate::keys::action::{Action, Context};
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, renamed};
use crate::ui::layer::{Popup, ROOMY};
use crate::ui::theme::{Focus, Role};
use crate::ui::wrap::cut;

const FROM_ENVIRONMENT: &str = "empty: the environment's secret value";
const UNSEEN: &str = "not shown, not kept";

/// Columns of a name.
const NAME: usize = 20;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, prompts: &PromptsLayer, places: &[Context]) {
    let mut actions = vec![Action::Accept];
    if prompts.fields.len() > 1 {
        actions.push(Action::NextField);
    }
    actions.push(Action::Back);
    let is_last = prompts.focused + 1 >= prompts.fields.len();
    let hints = renamed(hints(&actions, places), Action::Accept, if is_last { "send" } else { "next" });
    let hints = renamed(hints, Action::Back, "do not send");
    let popup = Popup { title: "Before this is sent", width: 78, hints };
    let width = popup.content_width(canvas);
    let is_roomy = canvas.screen().height >= ROOMY;
    let theme = canvas.theme;
    let requests = prompts.fields.iter().map(|field| &field.question.request);
    let has_several = requests.clone().any(|request| requests.clone().any(|other| other != request));
    let rows_of = |field: &PromptField| {
        let about = about(field, has_several);
        (about, 1 + usize::from(is_roomy || field.question.prompt.description.len() > NAME))
    };
    let total: usize = prompts.fields.iter().map(|field| rows_of(field).1).sum();
    let content = popup.open(canvas, total);
    let name_width = prompts.fields.iter().map(|field| field.question.prompt.name.chars().count()).max().unwrap_or(0);
    let name_width = name_width.clamp(4, NAME).min(width / 2);
    // The focused field is in view, with what it asks.
    let heights: Vec<usize> = prompts.fields.iter().map(|field| rows_of(field).1).collect();
    let end: usize = heights.iter().take(prompts.focused + 1).sum();
    let mut skip = end.saturating_sub(content.height.into());
    let mut y = content.y;
    for (index, field) in prompts.fields.iter().enumerate() {
        let (about, height) = rows_of(field);
        if skip > 0 {
            skip = skip.saturating_sub(height);
            continue;
        }
        if y + height as u16 > content.bottom() {
            break;
        }
        let focus = if index == prompts.focused { Focus::Here } else { Focus::Elsewhere };
        if height > 1 {
            let line = Line::from(theme.span(Role::Dim, cut(&about, width)));
            canvas.line(Rect { y, height: 1, ..content }, &line);
        }
        let place = Rect { y: y + height as u16 - 1, height: 1, ..content };
        draw_field(canvas, place, field, name_width as u16, focus);
        canvas.hit(place, Target::LayerRow(index));
        y += height as u16;
    }
}

fn about(field: &PromptField, has_several: bool) -> String {
    let prompt = &field.question.prompt;
    let asks =
        if prompt.description.is_empty() { format!("Value of {}", prompt.name) } else { prompt.description.clone() };
    if has_several { format!("{asks}  ({} asks)", field.question.request) } else { asks }
}

fn draw_field(canvas: &mut Canvas<'_>, place: Rect, field: &PromptField, name_width: u16, focus: Focus) {
    let theme = canvas.theme;
    let role = if focus == Focus::Here { Role::Accent } else { Role::Plain };
    let name = cut(&field.question.prompt.name, name_width.into());
    let mark = if focus == Focus::Here { "▸ " } else { "  " };
    canvas.line(place, &Line::from(vec![theme.span(role, mark), theme.span(role, name)]));
    let used = (name_width + 3).min(place.width);
    let input = Rect { x: place.x + used, width: place.width - used, ..place };
    canvas.field(input, &field.input, focus);
    let hint = match (field.input.text.is_empty(), &field.question.default) {
        (true, PromptDefault::Hidden) => FROM_ENVIRONMENT,
        (true, _) if field.question.prompt.is_secret() => UNSEEN,
        _ => return,
    };
    canvas.line(input, &theme.span(Role::Dim, hint).into());
}
