//! The tabs of the request panel as rows: what can be selected, what it says, and what Enter does to it.

use crate::app::request_editor::auth::{AuthField, AuthForm, is_literal};
use crate::app::request_editor::body::{BodyKind, Half};
use crate::app::request_editor::directives;
use crate::app::state::{AppState, RequestTab};
use crate::collection::draft::{ApiKeyPlace, PartContent, RowState};
use crate::collection::edit::{Table, parts, rows};
use crate::collection::file::Collection;
use crate::model::request::{BodyPiece, RequestBlock, TokenCarrier};

/// More lines of a text are not put into a row: the editor shows them.
const LONGEST_VALUE: usize = 4 * 1024;

/// A tab as rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// The rows.
    pub rows: Vec<SheetRow>,
    /// The table that new rows go to, if the tab has one.
    pub table: Option<Table>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// What it is.
    pub kind: RowKind,
    /// Its cells: name and value, for parts also the content type; one cell for everything else.
    pub cells: Vec<String>,
    /// The word before the cell of a row that is not of a table.
    pub label: &'static str,
    /// Does it count?
    pub state: RowState,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// What it is for.
    pub about: &'static str,
    /// Is its last cell a secret that stands there in plain text?
    pub is_secret: bool,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// A row of a table.
    Pair {
        /// Which table.
        table: Table,
        /// Which row.
        index: usize,
    },
    /// A choice.
    Choice(Choice),
    /// A field of the Auth tab.
    Field(AuthField),
    /// A text that is edited in the editor.
    Text(Half),
    /// The path of the file that is the body.
    BodyFile,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The method.
    Method,
    /// The kind of the body.
    BodyKind,
    /// How the request proves who sends it.
    AuthKind,
    /// Whose session.
    Identity,
    /// How the token is carried.
    Carrier,
    /// Where the key goes.
    KeyPlace,
    /// A directive to add.
    Directive,
}

impl SheetRow {
    fn new(kind: RowKind, label: &'static str, cell: impl Into<String>) -> Self {
        Self {
            kind,
            cells: vec![cell.into()],
            label,
            state: RowState::Enabled,
            problem: None,
            about: "",
            is_secret: false,
        }
    }

    fn pair(table: Table, index: usize, cells: Vec<String>, state: RowState) -> Self {
        let kind = RowKind::Pair { table, index };
        Self { cells, state, ..Self::new(kind, "", "") }
    }
}

impl AppState {
    /// The rows of the tab that shows.
    pub fn sheet(&self) -> Sheet {
        let Some(id) = self.selected_id() else { return Sheet::default() };
        let Some(collection) = self.workspace.as_ref().and_then(|workspace| workspace.collection(id)) else {
            return Sheet::default();
        };
        match collection.requests.get(id.index) {
            Some(request) => Sheet::of(collection, request, self.request_tab),
            None => Sheet::default(),
        }
    }
}

impl Sheet {
    /// The rows of a tab.
    pub fn of(collection: &Collection, request: &RequestBlock, tab: RequestTab) -> Self {
        match tab {
            RequestTab::Params => Self::table(collection, request, Table::Params),
            RequestTab::Headers => Self::headers(collection, request),
            RequestTab::Body => Self::body(collection, request),
            RequestTab::Auth => Self::auth(collection, request),
            RequestTab::Directives => Self::directives(collection, request),
        }
    }

    fn table(collection: &Collection, request: &RequestBlock, table: Table) -> Self {
        let rows = rows(collection, request.id.index, table).into_iter().enumerate();
        let rows = rows.map(|(index, row)| SheetRow::pair(table, index, vec![row.name, row.value], row.state));
        Self { rows: rows.collect(), table: Some(table) }
    }

    fn headers(collection: &Collection, request: &RequestBlock) -> Self {
        let mut sheet = Self::table(collection, request, Table::Headers);
        for row in &mut sheet.rows {
            row.is_secret = holds_credential(&row.cells[0], &row.cells[1]);
        }
        sheet
    }

    fn directives(collection: &Collection, request: &RequestBlock) -> Self {
        let found = rows(collection, request.id.index, Table::Directives);
        let mut sheet = Self { rows: Vec::with_capacity(found.len()), table: Some(Table::Directives) };
        for (index, row) in found.into_iter().enumerate() {
            let problem = collection.problems.iter().find(|problem| {
                row.state == RowState::Enabled && problem.place.as_ref().is_some_and(|place| place.line == row.line)
            });
            let about = directives::find(&row.name).map_or("", |known| known.about);
            let problem = problem.map(|problem| match problem.detail.as_str() {
                "" => problem.title.clone(),
                detail => detail.to_owned(),
            });
            let pair = SheetRow::pair(Table::Directives, index, vec![row.name, row.value], row.state);
            sheet.rows.push(SheetRow { problem, about, ..pair });
        }
        sheet
    }

    fn body(collection: &Collection, request: &RequestBlock) -> Self {
        let kind = BodyKind::of(request);
        let index = request.id.index;
        let mut choice = SheetRow::new(RowKind::Choice(Choice::BodyKind), "kind", kind.label());
        choice.about = kind.about();
        let text = |half: Half, label| {
            let text = half.text(collection, index);
            let shown = text[..text.floor_char_boundary(LONGEST_VALUE)].to_owned();
            SheetRow::new(RowKind::Text(half), label, shown)
        };
        let (rows, table) = match kind {
            BodyKind::None => (Vec::new(), None),
            BodyKind::Json | BodyKind::Text => (vec![text(Half::Whole, "")], None),
            BodyKind::GraphQl => (vec![text(Half::Query, "query"), text(Half::Variables, "variables")], None),
            BodyKind::File => {
                let path = request.body.iter().find_map(|piece| match piece {
                    BodyPiece::File { path, .. } => Some(path.text.as_str()),
                    BodyPiece::Text(_) => None,
                });
                (vec![SheetRow::new(RowKind::BodyFile, "file", path.unwrap_or_default())], None)
            }
            BodyKind::Form => (Self::table(collection, request, Table::Form).rows, Some(Table::Form)),
            BodyKind::Multipart => {
                let rows = parts(collection, index).into_iter().enumerate().map(|(index, part)| {
                    let value = match part.content {
                        PartContent::Text(text) => text,
                        PartContent::File(path) => format!("< {path}"),
                    };
                    let cells = vec![part.name, value, part.content_type.unwrap_or_default()];
                    SheetRow::pair(Table::Parts, index, cells, part.state)
                });
                (rows.collect(), Some(Table::Parts))
            }
        };
        Self { rows: std::iter::once(choice).chain(rows).collect(), table }
    }

    fn auth(collection: &Collection, request: &RequestBlock) -> Self {
        let form = AuthForm::of(collection, request);
        let mut rows = vec![SheetRow::new(RowKind::Choice(Choice::AuthKind), "how", form.label())];
        rows[0].about = form.kind().about();
        match &form {
            AuthForm::Identity { name, carrier } => {
                rows.push(SheetRow::new(RowKind::Choice(Choice::Identity), "identity", name.as_str()));
                let carried = match carrier {
                    TokenCarrier::Bearer => "Authorization: Bearer header",
                    TokenCarrier::Cookie => "cookies of the Kinde SDK",
                };
                rows.push(SheetRow::new(RowKind::Choice(Choice::Carrier), "carried as", carried));
            }
            AuthForm::ApiKey { place, .. } => {
                let goes = if *place == ApiKeyPlace::Query { "a query parameter" } else { "a header" };
                rows.push(SheetRow::new(RowKind::Choice(Choice::KeyPlace), "sent as", goes));
            }
            _ => {}
        }
        rows.extend(form.fields().into_iter().map(|(field, text)| {
            let row = SheetRow::new(RowKind::Field(field), field.label(), text);
            SheetRow { is_secret: field.is_secret() && is_literal(text), ..row }
        }));
        Self { rows, table: None }
    }
}

/// Does a header hold a credential in plain text?
fn holds_credential(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_credential = matches!(
        name.as_str(),
        "authorization" | "proxy-authorization" | "cookie" | "x-api-key" | "api-key" | "x-auth-token"
    );
    // A scheme alone, or a scheme and a variable, tells nothing.
    let secret = value.split_once(char::is_whitespace).map_or(value, |(_, rest)| rest);
    is_credential && is_literal(secret)
}
