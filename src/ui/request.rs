//! The request as its file says it: URL line, tabs, and the tab that is chosen. Read only; the file is the editor.

mod auth;
mod parts;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::state::{AppState, RequestTab};
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::request::RequestBlock;
use crate::template::{Part, Template};
use crate::ui::canvas::Canvas;
use crate::ui::hints::main_key;
use crate::ui::layout::split_top;
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::method_role;
use crate::ui::wrap::cut;

const NOTHING_SELECTED: &str = "No request is selected.";
const NO_TOKEN: &str = "none";

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let Some(request) = state.selected_request() else {
        let line = canvas.theme.span(Role::Dim, NOTHING_SELECTED);
        canvas.line(area, &line.into());
        return;
    };
    let (url, rest) = split_top(area, 1);
    url_line(canvas, state, request, url);
    let (tabs, content) = split_top(rest, 1);
    tab_line(canvas, state, request, tabs);
    let width = usize::from(content.width);
    let lines = match state.request_tab {
        RequestTab::Params => parts::params(request, &canvas.theme, width),
        RequestTab::Headers => parts::headers(request, &canvas.theme, width),
        RequestTab::Body => parts::body(request, &canvas.theme, width),
        RequestTab::Auth => auth::lines(state, request, &canvas.theme, width),
        RequestTab::Directives => parts::directives(request, &canvas.theme, width),
    };
    canvas.hits.viewports.request = content.height.into();
    if let Some(contents) = &mut canvas.hits.contents {
        contents.request = lines.len();
    }
    canvas.lines(content, &lines, state.request_scroll.line);
}

fn url_line(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestBlock, area: Rect) {
    let theme = canvas.theme;
    let is_running = state.current_run().is_some_and(|run| run.phase.is_active());
    let (word, action) = if is_running { ("cancel", Action::Back) } else { ("send", Action::Send) };
    let button = Line::from(theme.span(Role::Button, format!(" {word}: {} ", main_key(action))));
    let taken = canvas.line_right(area, &button);
    let place = Rect { x: area.right() - taken, width: taken, ..area };
    canvas.hit(place, Target::Button(action));
    let mut spans = vec![theme.span(method_role(&request.method.text), &request.method.text), Span::raw(" ")];
    spans.extend(template(&request.url.text, &theme));
    canvas.line(Rect { width: area.width.saturating_sub(taken + 1), ..area }, &Line::from(spans));
}

/// A template with its placeholders set off.
fn template(text: &str, theme: &Theme) -> Vec<Span<'static>> {
    let parsed = Template::parse(text);
    let spans = parsed.parts.iter().map(|part| {
        let role = if matches!(part, Part::Placeholder(_)) { Role::Accent } else { Role::Plain };
        theme.span(role, parsed.text.get(part.span().clone()).unwrap_or_default())
    });
    spans.collect()
}

fn tab_line(canvas: &mut Canvas<'_>, state: &AppState, request: &RequestBlock, area: Rect) {
    let mut x = area.x;
    for tab in RequestTab::ALL {
        let role = if tab == state.request_tab { Role::Selected } else { Role::Dim };
        let mark = mark_of(tab, state, request);
        let label = match mark {
            Some(mark) => format!(" {} {} ", name(tab), cut(&mark, 16)),
            None => format!(" {} ", name(tab)),
        };
        let line = Line::from(canvas.theme.span(role, label));
        let width = canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &line);
        canvas.hit(Rect { x, width, height: 1, ..area }, Target::RequestTab(tab));
        x += width;
    }
}

const fn name(tab: RequestTab) -> &'static str {
    match tab {
        RequestTab::Params => "Params",
        RequestTab::Headers => "Headers",
        RequestTab::Body => "Body",
        RequestTab::Auth => "Auth",
        RequestTab::Directives => "Directives",
    }
}

/// What stands beside the name of a tab: how much is in it, or whose token.
fn mark_of(tab: RequestTab, state: &AppState, request: &RequestBlock) -> Option<String> {
    let counted = |count: usize| (count > 0).then(|| count.to_string());
    match tab {
        RequestTab::Params => counted(parts::query_of(&request.url.text).len()),
        RequestTab::Headers => counted(request.headers.len()),
        RequestTab::Body => counted(request.body.len()).map(|_| "●".to_owned()),
        RequestTab::Auth => Some(state.effective_identity().map_or(NO_TOKEN, IdentityName::as_str).to_owned()),
        RequestTab::Directives => counted(parts::directive_count(request)),
    }
}
