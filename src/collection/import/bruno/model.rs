//! What Bruno's two ways of writing have in common.
//!
//! Made by [`from_bru`](super::from_bru) and [`from_yaml`](super::from_yaml), read by [`request`](super::request).

/// A request, a folder's settings, or those of the collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// Its name.
    pub name: Option<String>,
    /// `http`, `graphql`, `grpc`, `ws`, `folder`, …
    pub kind: String,
    /// Its place among its siblings.
    pub sequence: Option<i64>,
    /// Method; empty for folders.
    pub method: String,
    /// URL.
    pub url: String,
    /// Query parameters; `None`: they stand only in the URL.
    pub query: Option<Vec<Field>>,
    /// Parameters of the path: `:id`.
    pub path: Vec<Field>,
    /// Headers.
    pub headers: Vec<Field>,
    /// How it proves who sends.
    pub auth: Auth,
    /// Kinds of authentication that are filled in but not in use.
    pub unused_auth: Vec<String>,
    /// Its body.
    pub body: Body,
    /// Kinds of bodies that are filled in but not in use.
    pub unused_bodies: Vec<String>,
    /// Variables before the request.
    pub variables: Vec<Field>,
    /// Variables of the answer: names and expressions.
    pub captures: Vec<Field>,
    /// Expectations: expressions, and operators with values.
    pub assertions: Vec<Field>,
    /// Scripts: title and text.
    pub scripts: Vec<(String, String)>,
    /// Description.
    pub docs: String,
    /// Settings.
    pub settings: Vec<(String, String)>,
    /// Saved examples of answers.
    pub examples: usize,
    /// Parts that are not understood, by name.
    pub unknown: Vec<String>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Is it in use?
    pub is_enabled: bool,
    /// A remark of the author.
    pub description: String,
}

/// Authentication.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Auth {
    /// Nothing is said.
    #[default]
    Unspecified,
    /// None.
    None,
    /// That of the folder or the collection.
    Inherit,
    /// A mode (`basic`, `oauth2`) with its settings.
    Mode(String, Vec<Field>),
}

impl Auth {
    /// A setting of a mode; empty if it is not there.
    pub fn setting(fields: &[Field], name: &str) -> String {
        fields
            .iter()
            .find(|field| field.name == name && field.is_enabled)
            .map(|field| field.value.clone())
            .unwrap_or_default()
    }
}

/// A body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Body {
    /// None.
    #[default]
    None,
    /// Text of a content type.
    Text {
        /// `application/json`.
        content_type: &'static str,
        /// The text.
        text: String,
    },
    /// A form.
    Form(Vec<Field>),
    /// A multipart form.
    Multipart(Vec<Part>),
    /// GraphQL.
    GraphQl {
        /// The query.
        query: String,
        /// Its variables.
        variables: String,
    },
    /// A file, with its content type.
    File {
        /// Its path.
        path: String,
        /// Its content type; may be empty.
        content_type: String,
    },
}

/// A part of a multipart form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its name.
    pub name: String,
    /// Text, or the paths of files.
    pub content: PartValue,
    /// Its content type; may be empty.
    pub content_type: String,
    /// Is it in use?
    pub is_enabled: bool,
}

/// What a part holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PartValue {
    /// Text.
    Text(String),
    /// Files.
    Files(Vec<String>),
}

/// An environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// Its name, if the file says it.
    pub name: Option<String>,
    /// Its variables.
    pub variables: Vec<Field>,
    /// Names of secrets, whose values Bruno keeps elsewhere.
    pub secrets: Vec<Field>,
}
