//! Edits of a collection: each one changes the bytes of what it is about and no others.
//!
//! Called by `app` for everything that is edited on the screen. An edit is worked out on the tree, applied, and the
//! result is read again: if anything but what was meant has changed (a body line that became a request of its own,
//! say), the edit is refused and the text stays as it was. Line endings, comments, order and indentation stay.
//!
//! How a row is switched off: a header becomes `# Name: value`, a directive `# # @name value`, a part of a multipart
//! body is commented line by line, a query parameter or form field becomes `# &name=value` on a line of its own. A
//! parameter that stood inside its line is marked so that switching it on again gives the old bytes: an unindented
//! `# &…` came from the end of the line above, and with `&` at its end it goes on in the line below.

mod body;
mod follow;
mod head;
mod pairs;
mod parts;
mod structure;
mod table;
#[cfg(test)]
mod tests;
mod view;

use crate::collection::draft::{DraftPart, RowState};
use crate::collection::file::Collection;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{AuthDirective, RequestBlock, Span};

pub use body::body_source;
pub use follow::follow;
pub use parts::parts;
pub use structure::{Position, Restructured, StructureEdit, block_text, new_request_text, restructure};

/// Bytes to put in place of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The bytes of [`Collection::source`] that go.
    pub span: Span,
    /// What comes in their place.
    pub text: String,
}

impl Patch {
    /// Replaces.
    pub fn new(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// Inserts.
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }

    /// Deletes.
    pub const fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}

/// The tables of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// Query parameters, as they stand in the URL.
    Params,
    /// Headers.
    Headers,
    /// Fields of an `application/x-www-form-urlencoded` body, as they stand there.
    Form,
    /// Parts of a multipart body; a value that is a file is `< path`.
    Parts,
    /// `# @name value`.
    Directives,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Is it sent, or commented out?
    pub state: RowState,
    /// Its bytes; for rows of several lines from the first to the last.
    pub span: Span,
    /// Its line, from 1.
    pub line: usize,
}

/// A change of one request. Texts are as they stand in the file; a line break in what must be one line is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestEdit {
    /// Another method.
    Method(String),
    /// Another URL, in one line as [`RequestBlock::url`] has it; lines that stay the same stay apart.
    Url(String),
    /// Another name; empty: none.
    Name(String),
    /// Another name and value of a row.
    SetRow {
        /// Where.
        table: Table,
        /// Which: its place in [`rows`].
        index: usize,
        /// The new name.
        name: String,
        /// The new value.
        value: String,
    },
    /// One more row at the end.
    AddRow {
        /// Where.
        table: Table,
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A row goes.
    RemoveRow {
        /// Where.
        table: Table,
        /// Which.
        index: usize,
    },
    /// A row is commented out, or counts again.
    ToggleRow {
        /// Where.
        table: Table,
        /// Which.
        index: usize,
    },
    /// A row goes to another place.
    MoveRow {
        /// Where.
        table: Table,
        /// From here.
        index: usize,
        /// To there.
        to: usize,
    },
    /// The first header of this name gets this value, or is added; `None`: all of this name go.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
    },
    /// Another part of a multipart body.
    SetPart {
        /// Which: its place in [`parts()`].
        index: usize,
        /// What it is now; its state does not count.
        part: DraftPart,
    },
    /// One more part of a multipart body.
    AddPart(DraftPart),
    /// Another body: the lines as [`body_source`] has them, comments and `< file` included. Empty: none.
    Body(String),
    /// Another `# @auth`; `None`: nothing is said.
    Auth(Option<AuthDirective>),
}

/// Why an edit was refused; the text stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// There is no such request.
    #[error("This request is not in the file any more")]
    NoRequest,
    /// There is no such row.
    #[error("This row is not in the file any more")]
    NoRow,
    /// Patches overlap, or do not fit the text.
    #[error("The change does not fit the text")]
    Misfit,
    /// A line break where one line is needed.
    #[error("{0} must be one line")]
    NotOneLine(&'static str),
    /// Something must be there.
    #[error("{0} must not be empty")]
    Empty(&'static str),
    /// A name that cannot be one.
    #[error("`{name}` cannot be {what}")]
    BadName {
        /// What it should be the name of.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// Written there it would mean something else.
    #[error("{0}")]
    Meaning(&'static str),
    /// Not possible now, but maybe later.
    #[error("{0}")]
    NotNow(&'static str),
    /// Not possible in this place.
    #[error("{0}")]
    Refused(&'static str),
}

impl EditError {
    /// The same for people.
    pub fn problem(&self) -> Problem {
        Problem::new(ProblemKind::Input, "This was not changed").detail(self.to_string())
    }
}

/// Written there, it would be read as something else, and that would change more than was meant.
const CHANGES_OTHERS: EditError = EditError::Meaning("Written there it would change how the rest of the file is read");

impl Collection {
    /// The collection with some bytes replaced, read again. Bytes that are not UTF-8 stay outside the patches.
    ///
    /// # Errors
    /// When the patches overlap or do not fit the text.
    pub fn patched(&self, patches: &[Patch]) -> Result<Self, EditError> {
        let mut sorted: Vec<&Patch> = patches.iter().collect();
        sorted.sort_by_key(|patch| (patch.span.start, patch.span.end));
        let old = self.bytes();
        let mut new = Vec::with_capacity(old.len() + patches.iter().map(|patch| patch.text.len()).sum::<usize>());
        let mut at = 0;
        for patch in sorted {
            let span = &patch.span;
            if span.start < at || span.end < span.start || self.source.get(span.clone()).is_none() {
                return Err(EditError::Misfit);
            }
            new.extend_from_slice(&old[at..span.start]);
            new.extend_from_slice(patch.text.as_bytes());
            at = span.end;
        }
        new.extend_from_slice(&old[at..]);
        Ok(Self::parse(&self.path, &new))
    }
}

/// The rows of a table, those that are commented out as well, in the order of the file.
pub fn rows(collection: &Collection, request: usize, table: Table) -> Vec<Row> {
    let Some(view) = view::View::of(collection, request) else { return Vec::new() };
    match table {
        Table::Params => pairs::rows(&view, pairs::Kind::Query),
        Table::Form => pairs::rows(&view, pairs::Kind::Form),
        Table::Headers => table::rows(&view, table::Kind::Headers),
        Table::Directives => table::rows(&view, table::Kind::Directives),
        Table::Parts => parts::rows(&view),
    }
}

/// The collection with one request changed.
///
/// # Errors
/// When the edit cannot be written, or would change anything else.
pub fn edit(collection: &Collection, request: usize, edit: &RequestEdit) -> Result<Collection, EditError> {
    let view = view::View::of(collection, request).ok_or(EditError::NoRequest)?;
    let new = match edit {
        RequestEdit::Method(method) => collection.patched(&head::method(&view, method)?)?,
        RequestEdit::Url(url) => collection.patched(&head::url(&view, url)?)?,
        RequestEdit::Name(name) => collection.patched(&head::name(&view, name)?)?,
        RequestEdit::Auth(auth) => head::auth(&view, auth.as_ref())?,
        RequestEdit::Body(text) => collection.patched(&body::replace(&view, text)?)?,
        RequestEdit::Header { name, value } => table::set_header(&view, name, value.as_deref())?,
        RequestEdit::SetPart { index, part } => parts::set(&view, *index, part)?,
        RequestEdit::AddPart(part) => parts::add(&view, part)?,
        RequestEdit::SetRow { table, index, name, value } => set_row(&view, *table, *index, name, value)?,
        RequestEdit::AddRow { table, name, value } => add_row(&view, *table, name, value)?,
        RequestEdit::RemoveRow { table, index } => remove_row(&view, *table, *index)?,
        RequestEdit::ToggleRow { table, index } => toggle_row(&view, *table, *index)?,
        RequestEdit::MoveRow { table, index, to } => move_row(&view, *table, *index, *to)?,
    };
    only_changes(collection, &new, request)?;
    only_what_is_meant(collection, &new, request, edit)?;
    Ok(new)
}

/// The smallest patch that does the edit; none when nothing changes.
///
/// # Errors
/// As [`edit`].
pub fn plan(collection: &Collection, request: usize, change: &RequestEdit) -> Result<Vec<Patch>, EditError> {
    let new = edit(collection, request, change)?;
    Ok(difference(&collection.source, &new.source).into_iter().collect())
}

/// The one patch between two texts: what stands between their common start and their common end.
pub fn difference(old: &str, new: &str) -> Option<Patch> {
    if old == new {
        return None;
    }
    let most = old.len().min(new.len());
    let start = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count().min(most);
    let start = new.floor_char_boundary(old.floor_char_boundary(start));
    let end = old.bytes().rev().zip(new.bytes().rev()).take_while(|(a, b)| a == b).count().min(most - start);
    let mut end_old = old.len() - end;
    let mut end_new = new.len() - end;
    while !old.is_char_boundary(end_old) || !new.is_char_boundary(end_new) {
        end_old += 1;
        end_new += 1;
    }
    Some(Patch::new(start..end_old, &new[start..end_new]))
}

fn set_row(
    view: &view::View<'_>,
    table: Table,
    index: usize,
    name: &str,
    value: &str,
) -> Result<Collection, EditError> {
    match table {
        Table::Params => pairs::set(view, pairs::Kind::Query, index, name, value),
        Table::Form => pairs::set(view, pairs::Kind::Form, index, name, value),
        Table::Headers => table::set(view, table::Kind::Headers, index, name, value),
        Table::Directives => table::set(view, table::Kind::Directives, index, name, value),
        Table::Parts => parts::set_row(view, index, name, value),
    }
}

fn add_row(view: &view::View<'_>, table: Table, name: &str, value: &str) -> Result<Collection, EditError> {
    match table {
        Table::Params => pairs::add(view, pairs::Kind::Query, name, value),
        Table::Form => pairs::add(view, pairs::Kind::Form, name, value),
        Table::Headers => table::add(view, table::Kind::Headers, name, value),
        Table::Directives => table::add(view, table::Kind::Directives, name, value),
        Table::Parts => parts::add_row(view, name, value),
    }
}

fn remove_row(view: &view::View<'_>, table: Table, index: usize) -> Result<Collection, EditError> {
    match table {
        Table::Params => pairs::remove(view, pairs::Kind::Query, index),
        Table::Form => pairs::remove(view, pairs::Kind::Form, index),
        Table::Headers => table::remove(view, table::Kind::Headers, index),
        Table::Directives => table::remove(view, table::Kind::Directives, index),
        Table::Parts => parts::remove(view, index),
    }
}

fn toggle_row(view: &view::View<'_>, table: Table, index: usize) -> Result<Collection, EditError> {
    match table {
        Table::Params => pairs::toggle(view, pairs::Kind::Query, index),
        Table::Form => pairs::toggle(view, pairs::Kind::Form, index),
        Table::Headers => table::toggle(view, table::Kind::Headers, index),
        Table::Directives => table::toggle(view, table::Kind::Directives, index),
        Table::Parts => parts::toggle(view, index),
    }
}

fn move_row(view: &view::View<'_>, table: Table, index: usize, to: usize) -> Result<Collection, EditError> {
    match table {
        Table::Params => pairs::shift(view, pairs::Kind::Query, index, to),
        Table::Form => pairs::shift(view, pairs::Kind::Form, index, to),
        Table::Headers => table::shift(view, table::Kind::Headers, index, to),
        Table::Directives => table::shift(view, table::Kind::Directives, index, to),
        Table::Parts => parts::shift(view, index, to),
    }
}

/// Fails if anything but request `request` differs.
fn only_changes(old: &Collection, new: &Collection, request: usize) -> Result<(), EditError> {
    let others_same = old.requests.len() == new.requests.len()
        && old.requests.iter().zip(&new.requests).enumerate().all(|(at, (a, b))| at == request || same(a, b));
    let variables = |collection: &Collection| -> Vec<(String, String)> {
        let variables = collection.file_variables.iter();
        variables.map(|variable| (variable.name.text.clone(), variable.value.text.clone())).collect()
    };
    if others_same && variables(old) == variables(new) { Ok(()) } else { Err(CHANGES_OTHERS) }
}

/// Fails if an edit changes more of its request than it is about.
fn only_what_is_meant(old: &Collection, new: &Collection, request: usize, edit: &RequestEdit) -> Result<(), EditError> {
    let (Some(old), Some(now)) = (old.requests.get(request), new.requests.get(request)) else {
        return Err(EditError::NoRequest);
    };
    // What may differ is taken from the old one; then the two must be the same.
    let mut now = now.clone();
    let table = match edit {
        RequestEdit::SetRow { table, .. }
        | RequestEdit::AddRow { table, .. }
        | RequestEdit::RemoveRow { table, .. }
        | RequestEdit::ToggleRow { table, .. }
        | RequestEdit::MoveRow { table, .. } => Some(*table),
        RequestEdit::Url(_) => Some(Table::Params),
        RequestEdit::Header { .. } => Some(Table::Headers),
        RequestEdit::Auth(_) | RequestEdit::Name(_) => Some(Table::Directives),
        RequestEdit::Body(_) => Some(Table::Form),
        RequestEdit::SetPart { .. } | RequestEdit::AddPart(_) => Some(Table::Parts),
        RequestEdit::Method(_) => None,
    };
    match table {
        Some(Table::Params) => now.url = old.url.clone(),
        // What is a comment in a body depends on its type.
        Some(Table::Headers) => (now.headers, now.body) = (old.headers.clone(), old.body.clone()),
        Some(Table::Directives) => {
            (now.directives, now.name) = (old.directives.clone(), old.name.clone());
        }
        // Comments inside a body may be directives.
        Some(Table::Form | Table::Parts) => {
            (now.body, now.headers) = (old.body.clone(), old.headers.clone());
            (now.directives, now.name) = (old.directives.clone(), old.name.clone());
        }
        None => now.method = old.method.clone(),
    }
    if same(old, &now) { Ok(()) } else { Err(CHANGES_OTHERS) }
}

/// Do two requests say the same, wherever they stand?
pub fn same(a: &RequestBlock, b: &RequestBlock) -> bool {
    use crate::model::request::BodyPiece;
    let head = |request: &RequestBlock| {
        let version = request.http_version.as_ref().map(|version| version.text.clone());
        (request.name.clone(), request.method.text.clone(), request.url.text.clone(), version)
    };
    let headers = |request: &RequestBlock| -> Vec<(String, String)> {
        request.headers.iter().map(|header| (header.name.text.clone(), header.value.text.clone())).collect()
    };
    let body = |request: &RequestBlock| -> Vec<(String, Option<String>, bool)> {
        let pieces = request.body.iter().map(|piece| match piece {
            BodyPiece::Text(text) => (text.text.clone(), None, false),
            BodyPiece::File { path, substitute, encoding } => {
                (path.text.clone(), Some(encoding.clone().unwrap_or_default()), *substitute)
            }
        });
        pieces.collect()
    };
    let not_run = |request: &RequestBlock| request.not_run.iter().map(|piece| piece.text.clone()).collect::<Vec<_>>();
    head(a) == head(b)
        && a.directives == b.directives
        && headers(a) == headers(b)
        && body(a) == body(b)
        && not_run(a) == not_run(b)
}
