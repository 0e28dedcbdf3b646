//! Requests that stand in no file yet: what importers make, and what the writer turns into `.http` text.
//!
//! A neutral form between every foreign format and the dialect. Values are templates of the dialect already
//! (`{{name}}`), names are free text. Invariant: a credential that a foreign file holds in plain text stands only in
//! the fields that are made for it ([`DraftAuth`], [`DraftVariable`] with [`Sensitivity::Secret`], a sensitive row),
//! because the writer moves those into the private environment file.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything that one import gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Import {
    /// The collections to write, paths relative to the output folder.
    pub files: Vec<DraftFile>,
    /// Environments to add to `http-client.env.json` and its private twin.
    pub environments: Vec<DraftEnvironment>,
    /// Files to write beside the collections: bodies that are no text. Paths as in [`DraftFile::path`].
    pub attachments: Vec<Attachment>,
    /// What became of every part of the input.
    pub report: ImportReport,
}

/// A file that is written as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attachment {
    /// Relative to the output folder; only plain components.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A collection to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftFile {
    /// Relative to the output folder, ending in `.http`; only plain components (no `..`, no root).
    pub path: PathBuf,
    /// Comment lines at the top, without `#`.
    pub comments: Vec<String>,
    /// `@name = value` lines.
    pub variables: Vec<(String, String)>,
    /// The requests in order.
    pub requests: Vec<RequestDraft>,
}

/// A request to write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestDraft {
    /// After `###`.
    pub name: Option<String>,
    /// Comment lines before the request line, without `#`: descriptions, scripts that are not run.
    pub comments: Vec<String>,
    /// `# @name value` lines in order.
    pub directives: Vec<(String, String)>,
    /// Method; empty: `GET`.
    pub method: String,
    /// URL template without the rows of [`Self::query`].
    pub url: String,
    /// `HTTP/1.1`, where the source asks for a version.
    pub http_version: Option<String>,
    /// Query parameters, written as they go over the wire (encoded already where the source had them so).
    pub query: Vec<DraftRow>,
    /// Header fields.
    pub headers: Vec<DraftRow>,
    /// How the request proves who sends it.
    pub auth: DraftAuth,
    /// The body.
    pub body: DraftBody,
    /// Comment lines after the body, without `#`: saved examples of responses.
    pub trailing_comments: Vec<String>,
}

impl RequestDraft {
    /// Shows `visit` every text that is sent or names something: all but comments.
    pub fn visit(&self, visit: &mut dyn FnMut(&str)) {
        // One list of the places for reading and for changing; a copy costs little beside what it is used for.
        self.clone().visit_mut(&mut |text| visit(text));
    }

    /// Lets `visit` change every text that is sent or names something: all but comments.
    pub fn visit_mut(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.method);
        visit(&mut self.url);
        self.directives.iter_mut().for_each(|(_, value)| visit(value));
        for row in self.query.iter_mut().chain(&mut self.headers) {
            row.visit_mut(visit);
        }
        match &mut self.auth {
            DraftAuth::Unspecified | DraftAuth::None | DraftAuth::Identity(_) => {}
            DraftAuth::Basic { user, password } | DraftAuth::Digest { user, password } => {
                visit(user);
                visit(password);
            }
            DraftAuth::Bearer { token, prefix } => {
                visit(token);
                visit(prefix);
            }
            DraftAuth::ApiKey { name, value, .. } => {
                visit(name);
                visit(value);
            }
        }
        match &mut self.body {
            DraftBody::None => {}
            DraftBody::Text(text) | DraftBody::File(text) => visit(text),
            DraftBody::Form(rows) => rows.iter_mut().for_each(|row| row.visit_mut(visit)),
            DraftBody::Multipart(parts) => parts.iter_mut().for_each(|part| part.visit_mut(visit)),
            DraftBody::GraphQl { query, variables } => {
                visit(query);
                visit(variables);
            }
        }
    }
}

/// A row of a table: a header, a query parameter, a form field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftRow {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// A disabled row is written as a comment.
    pub state: RowState,
    /// Must the value be kept out of the collection?
    pub sensitivity: Sensitivity,
    /// Is it a pair, or a query parameter or form field without `=`?
    pub shape: RowShape,
}

impl DraftRow {
    /// An enabled row that may be shown.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), ..Self::default() }
    }

    fn visit_mut(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.name);
        visit(&mut self.value);
    }
}

/// How a query parameter or form field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RowShape {
    /// `name=value`.
    #[default]
    Pair,
    /// `name`, without `=`; the value is empty.
    Bare,
}

/// Does a row count?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RowState {
    /// It is sent.
    #[default]
    Enabled,
    /// It is kept, commented out.
    Disabled,
}

/// May a value stand in a file that is shared?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sensitivity {
    /// Yes.
    #[default]
    Plain,
    /// No: it goes into the private environment file, and `{{name}}` stands in its place.
    Secret,
}

/// How a request proves who sends it. All values are templates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DraftAuth {
    /// Nothing is said.
    #[default]
    Unspecified,
    /// `# @no-auth`.
    None,
    /// `Authorization: Basic` (RFC 7617).
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// `Authorization: Digest` (RFC 7616).
    Digest {
        /// User name.
        user: String,
        /// Password.
        password: String,
    },
    /// A token that the source holds, or a template: `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The token.
        token: String,
        /// The word before it; empty: `Bearer`.
        prefix: String,
    },
    /// A key in a header or in the query.
    ApiKey {
        /// Name of the header or parameter.
        name: String,
        /// The key.
        value: String,
        /// Where it goes.
        place: ApiKeyPlace,
    },
    /// `# @auth <identity>`: bearcat signs in.
    Identity(String),
}

/// Where an API key goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ApiKeyPlace {
    /// A header.
    #[default]
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum DraftBody {
    /// None.
    #[default]
    None,
    /// Text; its `Content-Type` stands among the headers.
    Text(String),
    /// `application/x-www-form-urlencoded`; names and values not encoded yet.
    Form(Vec<DraftRow>),
    /// `multipart/form-data`.
    Multipart(Vec<DraftPart>),
    /// `< path`: the whole body is a file.
    File(String),
    /// GraphQL: query and variables (JSON text, may be empty).
    GraphQl {
        /// The query document.
        query: String,
        /// JSON text.
        variables: String,
    },
}

/// A part of a multipart body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftPart {
    /// The field's name.
    pub name: String,
    /// What it holds.
    pub content: PartContent,
    /// `Content-Type` of the part.
    pub content_type: Option<String>,
    /// The file name that is told to the server; `None`: that of the file.
    pub file_name: Option<String>,
    /// A disabled part is written as a comment.
    pub state: RowState,
}

impl DraftPart {
    fn visit_mut(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.name);
        match &mut self.content {
            PartContent::Text(text) | PartContent::File(text) => visit(text),
        }
        self.content_type.iter_mut().for_each(&mut *visit);
        self.file_name.iter_mut().for_each(visit);
    }
}

/// What a part of a multipart body holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartContent {
    /// Text.
    Text(String),
    /// `< path`.
    File(String),
}

impl Default for PartContent {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// An environment to add.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftEnvironment {
    /// Its name.
    pub name: String,
    /// Its variables in order.
    pub variables: Vec<DraftVariable>,
    /// Identities by name: the object under `Security.Auth`, as JetBrains writes it (string values only). Its
    /// `Client Secret` and `Password` go into the private file.
    pub identities: BTreeMap<String, BTreeMap<String, String>>,
}

/// A variable of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DraftVariable {
    /// Its name.
    pub name: String,
    /// Its value, a template.
    pub value: String,
    /// Does it go into the private file?
    pub sensitivity: Sensitivity,
}

/// What became of every part of the input; nothing is left out silently.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// How many parts of each kind were taken as they are: `requests`, `headers`, `environments` …
    pub taken: BTreeMap<&'static str, usize>,
    /// What was kept as a comment or dropped, in the order of the input.
    pub remarks: Vec<Remark>,
}

impl ImportReport {
    /// Counts `count` parts as taken.
    pub fn take(&mut self, kind: &'static str, count: usize) {
        if count > 0 {
            *self.taken.entry(kind).or_default() += count;
        }
    }

    /// Notes what was kept as a comment or dropped.
    pub fn remark(&mut self, fate: Fate, kind: &'static str, place: impl Into<String>, reason: impl Into<String>) {
        self.remarks.push(Remark { fate, kind, place: place.into(), reason: reason.into() });
    }

    /// How many remarks have this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.remarks.iter().filter(|remark| remark.fate == fate).count()
    }
}

/// What became of a part that could not be taken as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Something else means the same, or nearly: the reason says what.
    Changed,
    /// It stands in the collection as a comment.
    Commented,
    /// It is lost; the reason says why.
    Dropped,
}

/// A part of the input that was not taken as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// What became of it.
    pub fate: Fate,
    /// What it is: `script`, `auth`, `example`, `request` …
    pub kind: &'static str,
    /// Where it stood, in the words of the input: `Orders / list orders`. Never a secret.
    pub place: String,
    /// Why, for people.
    pub reason: String,
}
