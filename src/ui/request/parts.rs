//! What the tabs say besides their rows: empty tabs, and the scripts that are kept but not run.

use ratatui::text::Line;

use crate::app::state::{AppState, RequestTab};
use crate::collection::draft::RowState;
use crate::collection::edit::{Table, rows};
use crate::keys::action::{Action, Context};
use crate::model::request::RequestBlock;
use crate::ui::hints::key_in;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::paragraph;

const NO_PARAMS: &str = "The URL has no query parameters.";
const NO_HEADERS: &str = "No headers of its own; bearcat adds what is needed, and the token.";
const NO_DIRECTIVES: &str = "No directives, such as `# @redirect 5` or `# @timeout 10 s`.";
const NO_FIELDS: &str = "No fields yet.";
const NOT_RUN: &str = "Kept in the file, but not run by bearcat:";

/// More lines of scripts than this are not prepared: the file is the place to read them.
const MOST_LINES: usize = 500;

/// The query parameters of a URL template, as they are written.
pub fn query_of(url: &str) -> Vec<(&str, Option<&str>)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or_default();
    let pairs = query.split('&').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').map_or((pair, None), |(name, value)| (name, Some(value)))).collect()
}

/// What a tab without rows says.
pub fn empty(tab: RequestTab, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let text = match tab {
        RequestTab::Params => NO_PARAMS,
        RequestTab::Headers => NO_HEADERS,
        RequestTab::Directives => NO_DIRECTIVES,
        RequestTab::Body => NO_FIELDS,
        RequestTab::Auth => return Vec::new(),
    };
    let text = format!("{text} {} adds one.", key_in(Action::AddRow, Context::Request));
    paragraph(theme, Role::Dim, 0, &text, width)
}

/// How many directives count, scripts included.
pub fn directive_count(state: &AppState, request: &RequestBlock) -> usize {
    let collection = state.workspace.as_ref().and_then(|workspace| workspace.collection(&request.id));
    let found = collection.map(|collection| rows(collection, request.id.index, Table::Directives));
    let found = found.unwrap_or_default();
    found.iter().filter(|row| row.state == RowState::Enabled).count() + request.not_run.len()
}

/// The scripts that are not run.
pub fn not_run(request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    if request.not_run.is_empty() {
        return Vec::new();
    }
    let mut lines = paragraph(theme, Role::Warn, 0, NOT_RUN, width);
    lines.extend(request.not_run.iter().flat_map(|script| paragraph(theme, Role::Dim, 2, &script.text, width)));
    lines.truncate(MOST_LINES);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_taken_apart_as_written() {
        assert_eq!(query_of("{{base}}/a?x=1&y&z=a=b#f"), [("x", Some("1")), ("y", None), ("z", Some("a=b"))]);
        assert_eq!(query_of("https://a.b/"), []);
        assert_eq!(query_of("/a?"), []);
    }
}
