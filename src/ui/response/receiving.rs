//! A body that arrives and can be read already: how far it is, and its lines.

use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::state::{AppState, Follow, ResponseTab, Run};
use crate::body::document::Document;
use crate::keys::action::Action;
use crate::model::exchange::ResponseHead;
use crate::ui::canvas::Canvas;
use crate::ui::hints::main_key;
use crate::ui::layout::{split_bottom, split_top};
use crate::ui::response::{body, details, scrolled, tab_line};
use crate::ui::text;
use crate::ui::theme::Role;

const LATER: &str = "Known when the body has ended.";

/// Below this height the key line goes.
const ROOMY: u16 = 5;

/// What has come.
pub struct Received<'a> {
    /// The head.
    pub head: &'a ResponseHead,
    /// Bytes so far.
    pub bytes: u64,
    /// Bytes announced.
    pub expected: Option<u64>,
    /// The lines so far.
    pub document: &'a Document,
}

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, run: &Run, received: &Received<'_>, area: Rect) {
    let theme = canvas.theme;
    let (status, rest) = split_top(area, 1);
    let head = received.head;
    let (_, role) = text::status(head.status);
    let size = match received.expected {
        Some(expected) => format!("{} of {}", text::size(received.bytes), text::size(expected)),
        None => format!("{} so far", text::size(received.bytes)),
    };
    let facts = [size, received.document.kind().label(), text::elapsed(state.now.since(run.started_at))];
    let reason = if head.reason.is_empty() { String::new() } else { format!(" {}", head.reason) };
    canvas.line(
        status,
        &Line::from(vec![
            theme.span(Role::Accent, text::spinner(state.now)),
            theme.span(role, format!(" {}{reason}", head.status)).patch_style(theme.style(Role::Strong)),
            theme.span(Role::Dim, text::SEPARATOR),
            theme.span(Role::Plain, facts.join(text::SEPARATOR)),
        ]),
    );
    let (tabs, rest) = split_top(rest, 1);
    tab_line(canvas, state, head.headers.len(), tabs);
    let (keys, content) = split_bottom(rest, u16::from(rest.height >= ROOMY));
    match state.response_tab {
        ResponseTab::Body => body::draw(canvas, state, received.document, content),
        ResponseTab::Headers => {
            let lines = details::headers(&theme, &head.headers, content.width.into());
            scrolled(canvas, state, content, &lines);
        }
        ResponseTab::Timing | ResponseTab::Sent => {
            scrolled(canvas, state, content, &[theme.span(Role::Dim, LATER).into()]);
        }
    }
    let follows = match state.response_follow {
        Follow::End => " ends it and keeps what came; following the end, up stops that",
        Follow::Free => " ends it and keeps what came; G follows the end",
    };
    canvas.line(keys, &Line::from(vec![theme.span(Role::Key, main_key(Action::Back)), theme.span(Role::Dim, follows)]));
}
