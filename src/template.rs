//! Templates: text with `{{…}}` placeholders, parsed once, filled from a [`Scope`].
//!
//! Called by `collection` (identities), `http/plan` (requests) and the inspector. Pure: the clock, random
//! bytes, environment maps and tokens come in through [`Surroundings`]. Parsing and filling never fail: a
//! placeholder that cannot be filled stays as it is written and leaves a [`TemplateProblem`] with its place.
//! A filled text knows whether a secret went into it, and which part of it is one.

pub mod datetime;
pub mod dynamic;
pub mod expression;
pub mod fill;
pub mod jq;
pub mod reference;
pub mod sample;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

pub use self::fill::{Filled, Filler, Segment, fill};
use crate::model::identity::IdentityName;
use crate::model::port::Random;
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::model::request::Span;
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::model::wire::FieldValue;
use crate::redact::{AccessToken, IdToken, SecretText};
use crate::template::expression::{Expression, TextEncoding};

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// The text that was parsed.
    pub text: String,
    /// Its parts in order; their spans cover the text without gaps.
    pub parts: Vec<Part>,
    /// What is wrong with it whatever the scope: an unclosed `{{`, a bad argument.
    pub problems: Vec<TemplateProblem>,
}

/// One part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text that is taken as it is.
    Literal(Span),
    /// `{{…}}`.
    Placeholder(Placeholder),
}

impl Part {
    /// Its bytes in the template.
    pub const fn span(&self) -> &Span {
        match self {
            Self::Literal(span) | Self::Placeholder(Placeholder { span, .. }) => span,
        }
    }
}

/// A `{{…}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its bytes in the template, braces included.
    pub span: Span,
    /// The text between the braces, trimmed.
    pub name: String,
    /// What it asks for.
    pub expression: Expression,
    /// How the value is written.
    pub encoding: TextEncoding,
}

impl Template {
    /// Parses `text`. A placeholder must close on the line that it opens on.
    pub fn parse(text: &str) -> Self {
        let mut template = Self { text: text.to_owned(), parts: Vec::new(), problems: Vec::new() };
        let mut literal = 0;
        let mut at = 0;
        while let Some(open) = find_open(text, at) {
            match find_close(text, open + 2) {
                Close::At(close) => {
                    template.placeholder(&mut literal, open..close + 2);
                    at = close + 2;
                }
                Close::Missing(end) => {
                    template.problem(open..end, "", Unfilled::Unclosed);
                    at = end;
                }
            }
        }
        if literal < text.len() {
            template.parts.push(Part::Literal(literal..text.len()));
        }
        template
    }

    /// Every `{{…}}` that was understood, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.parts.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder),
            Part::Literal(_) => None,
        })
    }

    fn placeholder(&mut self, literal: &mut usize, span: Span) {
        let name = self.text[span.start + 2..span.end - 2].trim().to_owned();
        match Expression::parse(&name) {
            Ok((expression, encoding)) => {
                if *literal < span.start {
                    self.parts.push(Part::Literal(*literal..span.start));
                }
                *literal = span.end;
                self.parts.push(Part::Placeholder(Placeholder { span, name, expression, encoding }));
            }
            Err(why) => self.problem(span, &name, why),
        }
    }

    fn problem(&mut self, span: Span, name: &str, why: Unfilled) {
        self.problems.push(TemplateProblem { name: name.to_owned(), span, why });
    }
}

/// The next `{{`; of a longer run of braces the last two, because `{{{id}}}` is `{{id}}` inside JSON braces.
fn find_open(text: &str, from: usize) -> Option<usize> {
    let open = from + text.get(from..)?.find("{{")?;
    let run = text[open..].bytes().take_while(|byte| *byte == b'{').count();
    Some(open + run - 2)
}

enum Close {
    /// Where `}}` stands.
    At(usize),
    /// Where the search ended: at the end of the line, or at another `{{`.
    Missing(usize),
}

fn find_close(text: &str, from: usize) -> Close {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'}', b'}', ..] => return Close::At(at),
            [b'{', b'{', ..] | [b'\n', ..] => return Close::Missing(at),
            _ => at += 1,
        }
    }
    Close::Missing(text.len())
}

/// A placeholder that could not be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateProblem {
    /// The text between the braces; empty for an unclosed `{{`.
    pub name: String,
    /// Its bytes in the template.
    pub span: Span,
    /// Why.
    pub why: Unfilled,
}

/// Why a placeholder was not filled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    /// `{{` without `}}` on the same line.
    #[error("`{{{{` without `}}}}` on the same line")]
    Unclosed,
    /// `{{}}`.
    #[error("`{{{{}}}}` names no variable")]
    Empty,
    /// No variable of this name in the scope.
    #[error("no variable has this name")]
    Unknown {
        /// What the scope suggests instead; may be empty.
        hint: String,
    },
    /// A variable refers to itself.
    #[error("it refers to itself: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// Variables refer to each other more deeply than the bound.
    #[error("variables refer to each other more than {} levels deep", fill::DEEPEST)]
    TooDeep,
    /// The value grows beyond the bound.
    #[error("its value is longer than {} MiB", fill::LONGEST / 1024 / 1024)]
    TooLong,
    /// The variable exists, but its own text cannot be filled.
    #[error("its value uses `{name}`: {why}")]
    Inside {
        /// The inner placeholder.
        name: String,
        /// Why that one is not filled.
        why: Box<Unfilled>,
    },
    /// A dynamic variable with arguments that it does not take.
    #[error("{0}")]
    BadArgument(String),
    /// A `$…` variable or an expression that bearcat does not have.
    #[error("bearcat has no such variable")]
    NotSupported,
    /// `$auth.token("id")` without a session.
    #[error("not signed in as `{0}`")]
    NotSignedIn(IdentityName),
    /// `name.response.body.…` before `name` was sent.
    #[error("not available yet: send `{0}` first")]
    NotYetSent(String),
    /// `name.response.body.…` where the response has nothing of the kind, or cannot be read that way.
    #[error("{0}")]
    NotInMessage(String),
    /// `$secret x` where the vault has no `x`.
    #[error("the vault has no secret `{0}`")]
    NoSecret(String),
    /// `$processEnv X` where X is not set.
    #[error("the process environment has no `{0}`")]
    NoProcessVariable(String),
    /// `$dotenv X` where no `.env` file sets X.
    #[error("no `.env` file sets `{0}`")]
    NoDotenvVariable(String),
}

impl TemplateProblem {
    /// The same for people.
    pub fn problem(&self, place: Option<Place>) -> Problem {
        let title = match &self.why {
            Unfilled::Unclosed => "A `{{` is never closed".to_owned(),
            Unfilled::Empty => "`{{}}` names no variable".to_owned(),
            _ => format!("`{{{{{}}}}}` cannot be filled", self.name),
        };
        let mut problem = Problem::new(ProblemKind::Input, title).detail(self.why.to_string()).hint(self.hint());
        problem.place = place.map(Box::new);
        problem
    }

    fn hint(&self) -> String {
        match &self.why {
            Unfilled::Unclosed => "Write `}}` before the end of the line".to_owned(),
            Unfilled::Unknown { hint } if !hint.is_empty() => hint.clone(),
            Unfilled::Unknown { .. } => format!(
                "Define it with `@{} = …` in the file, or in the environment in http-client.env.json",
                self.name
            ),
            Unfilled::NotSignedIn(identity) => format!("Sign in first: `bearcat login --name {identity}`"),
            Unfilled::NoSecret(name) => {
                format!("`bearcat secret set {name}` asks for it and keeps it; in the interface `v`, then `s`")
            }
            Unfilled::NotYetSent(request) => {
                format!("No request of this file is named so: `# @name {request}` above a request names it")
            }
            Unfilled::NotSupported => self.instead().to_owned(),
            Unfilled::Inside { name, why } => {
                let inner = Self { name: name.clone(), span: self.span.clone(), why: why.as_ref().clone() };
                match why.as_ref() {
                    Unfilled::Unknown { hint } => hint.clone(),
                    _ => inner.hint(),
                }
            }
            _ => String::new(),
        }
    }
}

impl TemplateProblem {
    /// What bearcat has instead of another tool's variable.
    fn instead(&self) -> &'static str {
        let word = self.name.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
        match word {
            "$input" | "$password" | "$prompt" | "$pick" => {
                "Write `# @prompt name` above the request and `{{name}}` here: bearcat asks before it sends"
            }
            "$aadToken" | "$aadV2Token" | "$oidcAccessToken" => {
                "Write `# @auth identity` above the request: bearcat signs in and sends the token"
            }
            "$vault" => "`{{$secret name}}` is a secret of your keyring",
            _ => "",
        }
    }
}

/// A secret of the user, not of the workspace: a file that names it may send it only where the user lets it go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guarded {
    /// `{{$secret name}}`.
    Secret(String),
    /// `{{$processEnv NAME}}` with a name that sounds secret.
    ProcessVariable(String),
    /// `{{$dotenv NAME}}` with a name that sounds secret.
    DotenvVariable(String),
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(name) => write!(f, "the secret `{name}`"),
            Self::ProcessVariable(name) => write!(f, "the process variable `{name}`"),
            Self::DotenvVariable(name) => write!(f, "the `.env` variable `{name}`"),
        }
    }
}

/// Where a value comes from; the inspector shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableSource {
    /// `@name = value` in a collection.
    FileVariable {
        /// The collection.
        file: PathBuf,
        /// Line of the definition, from 1.
        line: usize,
    },
    /// An environment file.
    Environment {
        /// The file.
        file: PathBuf,
        /// The environment, or `$shared`.
        environment: String,
    },
    /// The process environment.
    ProcessEnvironment,
    /// A `.env` file.
    Dotenv,
    /// Made up at sending time (`$uuid`, `$timestamp` …).
    Dynamic,
    /// A token of this identity.
    Token(IdentityName),
    /// The vault.
    Secret,
    /// The response to an earlier request.
    Response {
        /// The request's name.
        request: String,
    },
    /// What an earlier request was sent with.
    Request {
        /// The request's name.
        request: String,
    },
    /// `# @capture` of an earlier request.
    Capture {
        /// The request's name.
        request: String,
    },
    /// Typed at a prompt.
    Prompt,
    /// Given on the command line.
    Given,
}

impl VariableSource {
    /// May values of this source hold placeholders themselves? Foreign text (tokens, responses, process
    /// environment) is never interpreted.
    pub const fn is_template(&self) -> bool {
        matches!(self, Self::FileVariable { .. } | Self::Environment { .. })
    }
}

impl fmt::Display for VariableSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileVariable { file, line } => write!(f, "from {}, line {line}", file.display()),
            Self::Environment { file, environment } => write!(f, "from {}, {environment}", file.display()),
            Self::ProcessEnvironment => f.write_str("process environment"),
            Self::Dotenv => f.write_str(".env file"),
            Self::Dynamic => f.write_str("made up when sending"),
            Self::Token(identity) => write!(f, "token of `{identity}`"),
            Self::Secret => f.write_str("secret in the vault"),
            Self::Response { request } => write!(f, "from the last response of `{request}`"),
            Self::Request { request } => write!(f, "from the last sending of `{request}`"),
            Self::Capture { request } => write!(f, "captured from the last response of `{request}`"),
            Self::Prompt => f.write_str("prompt"),
            Self::Given => f.write_str("given with --var"),
        }
    }
}

/// The value of a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text; never printed when it is secret.
    pub text: FieldValue,
    /// Where it comes from.
    pub source: VariableSource,
}

impl Value {
    /// A value that may be shown.
    pub fn plain(text: impl Into<String>, source: VariableSource) -> Self {
        Self { text: FieldValue::Plain(text.into()), source }
    }

    /// A value that is masked wherever it is shown.
    pub fn secret(text: impl Into<String>, source: VariableSource) -> Self {
        Self { text: FieldValue::Secret(SecretText::new(text)), source }
    }

    /// Is it masked?
    pub const fn is_secret(&self) -> bool {
        matches!(self.text, FieldValue::Secret(_))
    }
}

/// What a template can ask for.
pub trait Scope {
    /// The variable of this name.
    fn lookup(&self, name: &str) -> Option<Value>;

    /// `{{request.response.…}}`: `path` is what follows the request's name.
    ///
    /// # Errors
    /// [`Unfilled::NotYetSent`] while there is no response, [`Unfilled::NotInMessage`] when it has no such value.
    fn request_variable(&self, request: &str, path: &str) -> Result<Value, Unfilled> {
        let _ = path;
        Err(Unfilled::NotYetSent(request.to_owned()))
    }

    /// What to tell a user who wrote a name that does not exist (a similar name, another environment).
    fn suggestion(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// Clock, randomness, environment and tokens.
    fn surroundings(&self) -> Surroundings<'_>;
}

/// Everything impure that a template can ask for, as the caller read it.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The time now.
    pub now: Timestamp,
    /// Seconds east of UTC, for `$localDatetime`.
    pub utc_offset_seconds: i32,
    /// Random bytes.
    pub random: &'a dyn Random,
    /// The process environment.
    pub process_environment: &'a BTreeMap<String, String>,
    /// The merged `.env` files.
    pub dotenv: &'a BTreeMap<String, String>,
    /// The sessions' tokens.
    pub tokens: &'a dyn TokenSource,
    /// The vault's secrets.
    pub secrets: &'a dyn SecretSource,
}

/// The secrets that `$secret` gives out.
pub trait SecretSource {
    /// The secret of this name.
    fn secret(&self, name: &str) -> Option<SecretText>;
}

impl SecretSource for BTreeMap<String, SecretText> {
    fn secret(&self, name: &str) -> Option<SecretText> {
        self.get(name).cloned()
    }
}

/// No secrets at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

impl SecretSource for NoSecrets {
    fn secret(&self, _name: &str) -> Option<SecretText> {
        None
    }
}

/// The tokens that `$auth.token` and `$auth.idToken` give out.
pub trait TokenSource {
    /// The access token of this identity's session.
    fn access_token(&self, identity: &IdentityName) -> Option<AccessToken>;
    /// The ID token of this identity's session.
    fn id_token(&self, identity: &IdentityName) -> Option<IdToken>;
}

impl TokenSource for BTreeMap<IdentityName, TokenSet> {
    fn access_token(&self, identity: &IdentityName) -> Option<AccessToken> {
        self.get(identity).map(|tokens| tokens.access.clone())
    }

    fn id_token(&self, identity: &IdentityName) -> Option<IdToken> {
        self.get(identity).and_then(|tokens| tokens.id.clone())
    }
}
