//! The request panel as an editor: what is selected in it, and what is being typed.
//!
//! The tabs are sheets of rows ([`sheet`]), worked out from the request whenever they are needed; only the selection
//! and the text that is not taken over yet live here. Changed by `update`, drawn by `ui`.

pub mod auth;
pub mod body;
pub mod directives;
pub mod pick;
pub mod sheet;

use crate::app::completion::Completion;
use crate::app::request_editor::auth::AuthField;
use crate::app::request_editor::body::Half;
use crate::app::state::TextField;
use crate::app::text_area::TextArea;
use crate::collection::edit::Table;

/// The state of the request panel.
#[derive(Debug, Clone, Default)]
pub struct RequestEditor {
    /// The selected row of the tab; `None`: the URL line has the keys, and Enter sends.
    pub row: Option<usize>,
    /// The selected cell of the row.
    pub column: usize,
    /// What is being typed.
    pub input: Option<Input>,
    /// What was cut or copied last in a body.
    pub clip: String,
}

/// What is being typed.
#[derive(Debug, Clone)]
pub enum Input {
    /// One line.
    Cell(CellInput),
    /// A body.
    Text(Box<TextInput>),
}

/// One line, or the cells of one row, while they are typed.
#[derive(Debug, Clone)]
pub struct CellInput {
    /// What it becomes.
    pub target: CellTarget,
    /// The texts, one for each cell.
    pub fields: Vec<TextField>,
    /// The cell that has the keys.
    pub column: usize,
    /// What could stand at the cursor.
    pub completion: Option<Completion>,
    /// The texts as they were.
    pub before: Vec<String>,
}

/// What a typed line becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CellTarget {
    /// The URL.
    Url,
    /// A row of a table.
    Pair {
        /// Which table.
        table: Table,
        /// Which row; `None`: a new one at the end.
        index: Option<usize>,
    },
    /// A field of the Auth tab.
    Auth(AuthField),
    /// The path of the file that is the body.
    BodyFile,
}

impl CellInput {
    /// The field that has the keys.
    pub fn field(&self) -> &TextField {
        &self.fields[self.column.min(self.fields.len() - 1)]
    }

    /// The same, to be changed.
    pub fn field_mut(&mut self) -> &mut TextField {
        let column = self.column.min(self.fields.len() - 1);
        &mut self.fields[column]
    }

    /// The text of a cell; empty for one that is not there.
    pub fn text(&self, column: usize) -> &str {
        self.fields.get(column).map(|field| field.text.as_str()).unwrap_or_default()
    }

    /// Was nothing changed?
    pub fn is_unchanged(&self) -> bool {
        self.fields.iter().map(|field| &field.text).eq(self.before.iter())
    }
}

/// A body while it is typed.
#[derive(Debug, Clone)]
pub struct TextInput {
    /// Which part of the body.
    pub half: Half,
    /// The text.
    pub area: TextArea,
    /// The text as it was.
    pub before: String,
    /// Where it stops being JSON, if it should be JSON.
    pub check: Check,
    /// What could stand at the cursor.
    pub completion: Option<Completion>,
}

/// What is known of a text that should be JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It is no JSON, and need not be.
    NotJson,
    /// It is too long to be checked with every key.
    OnDemand,
    /// All is well.
    Good,
    /// It stops being JSON here.
    Bad {
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters.
        column: usize,
        /// The byte in the line.
        byte: usize,
        /// What should stand there.
        expected: &'static str,
    },
}

impl RequestEditor {
    /// The line that is being typed.
    pub const fn cell(&self) -> Option<&CellInput> {
        match &self.input {
            Some(Input::Cell(cell)) => Some(cell),
            _ => None,
        }
    }

    /// The body that is being typed.
    pub fn text(&self) -> Option<&TextInput> {
        match &self.input {
            Some(Input::Text(text)) => Some(text),
            _ => None,
        }
    }
}
