//! From templates to pieces of text: what is known is written out, what is secret or unknown stays a variable.
//!
//! Called by [`request`](super::request) and by the writers that keep templates. One [`Resolver`] serves a whole
//! export: it hands out the names of variables and collects what people should know. Invariant: the value of a
//! secret never becomes a literal.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::directive;
use crate::collection::export::name::Names;
use crate::collection::export::{ExportInput, Exported, TokenMode};
use crate::collection::file::NodeKind;
use crate::model::identity::IdentityName;
use crate::model::session::TokenKind;
use crate::model::wire::FieldValue;
use crate::redact::{self, SecretText};
use crate::template::dynamic::Dynamic;
use crate::template::expression::{Expression, OuterName};
use crate::template::{Part, Placeholder, Scope, Template};

/// How deep variables may refer to each other.
const DEEPEST: usize = 16;

/// More placeholders than this are not followed in one text: files may be hostile.
const MOST_PLACEHOLDERS: usize = 5_000;

/// How the target writes variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Source text: values are written out, secrets come from the environment.
    Code,
    /// The same, but values that are made up when sending are made up by the code, and captures work.
    LiveCode,
    /// `{{name}}`, as Postman means it.
    Postman,
    /// `{{name}}`, as every client of `.http` files means it.
    HttpFile,
}

/// A piece of a resolved text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Text.
    Literal(String),
    /// A token that was asked for.
    Token(SecretText),
    /// An environment variable of the target.
    Variable(String),
    /// A value that an earlier request of the export captures.
    Captured(String),
    /// A value that is made up when sending; those with the same key are one value.
    Live(Live, Option<String>),
}

/// What is made up when sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Live {
    /// A random UUID.
    Uuid,
    /// Seconds since 1970.
    Timestamp,
    /// Now, ISO 8601.
    IsoTimestamp,
    /// A random integer, the upper bound excluded.
    Integer(i64, i64),
}

/// A resolved text.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Text(pub(super) Vec<Piece>);

impl Text {
    /// A text that is known.
    pub(super) fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self(vec![Piece::Literal(text)]) }
    }

    /// The text, if all of it is known.
    pub(super) fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The known text at its start.
    pub(super) fn leading(&self) -> &str {
        match self.0.first() {
            Some(Piece::Literal(text)) => text,
            _ => "",
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Literal(last)), Piece::Literal(more)) => last.push_str(&more),
            (_, Piece::Literal(text)) if text.is_empty() => {}
            (_, piece) => self.0.push(piece),
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        for piece in other.0 {
            self.push(piece);
        }
    }

    /// The same with every known part changed.
    pub(super) fn map(self, change: impl Fn(&str) -> String) -> Self {
        let mut out = Self::default();
        for piece in self.0 {
            out.push(match piece {
                Piece::Literal(text) => Piece::Literal(change(&text)),
                other => other,
            });
        }
        out
    }

    /// Without the blanks around it.
    pub(super) fn trimmed(mut self) -> Self {
        if let Some(Piece::Literal(first)) = self.0.first_mut() {
            *first = first.trim_start().to_owned();
        }
        if let Some(Piece::Literal(last)) = self.0.last_mut() {
            last.truncate(last.trim_end().len());
        }
        self.0.retain(|piece| !matches!(piece, Piece::Literal(text) if text.is_empty()));
        self
    }
}

/// A variable that must be set where the export runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// What it holds, for people.
    pub meaning: String,
}

/// Resolves the templates of one export.
#[derive(Debug)]
pub(super) struct Resolver {
    pub(super) syntax: Syntax,
    names: Names,
    variables: Vec<EnvironmentVariable>,
    remarks: Vec<String>,
    hidden: usize,
    /// Variables that are kept by name, with their values (`None`: secret or unknown).
    pub(super) kept: BTreeMap<String, Option<String>>,
    /// Names that requests of the export capture, and the names of the requests.
    captured: BTreeSet<String>,
    request_names: BTreeSet<String>,
    /// `login.response.body.$.token`: what requests of the export are asked for.
    pub(super) wanted: BTreeSet<(String, String)>,
    /// Is there more than one identity?
    identities: BTreeSet<IdentityName>,
    tokens: Vec<SecretText>,
    /// Placeholders that may still be followed in the text at hand.
    budget: usize,
}

/// What one text is resolved with.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) scope: &'a dyn Scope,
    pub(super) tokens: TokenMode,
    /// May this identity's token stand in the request at hand?
    pub(super) allowed: &'a dyn Fn(&IdentityName) -> bool,
    /// Variables that are asked for before sending.
    pub(super) prompts: &'a BTreeSet<String>,
}

impl Resolver {
    pub(super) fn new(syntax: Syntax) -> Self {
        Self {
            syntax,
            names: Names::default(),
            variables: Vec::new(),
            remarks: Vec::new(),
            hidden: 0,
            kept: BTreeMap::new(),
            captured: BTreeSet::new(),
            request_names: BTreeSet::new(),
            wanted: BTreeSet::new(),
            identities: BTreeSet::new(),
            tokens: Vec::new(),
            budget: MOST_PLACEHOLDERS,
        }
    }

    /// Looks at all requests once: who signs, what is captured.
    pub(super) fn announce(&mut self, input: &ExportInput<'_>) {
        for source in &input.requests {
            self.identities.extend((input.auth)(source.block).map(|auth| auth.identity));
            self.request_names.extend(source.block.name.clone());
            for (name, value) in directives(source.collection, source.block) {
                if name == "capture"
                    && let Some((variable, _)) = value.split_once('=')
                {
                    self.captured.insert(variable.trim().to_owned());
                }
            }
        }
    }

    /// Notes something for people, once.
    pub(super) fn remark(&mut self, remark: impl Into<String>) {
        let remark = remark.into();
        if !self.remarks.contains(&remark) && self.remarks.len() < 100 {
            self.remarks.push(remark);
        }
    }

    /// Counts secrets that were found in the text and taken out.
    pub(super) const fn hidden(&mut self, count: usize) {
        self.hidden += count;
    }

    pub(super) fn shown_tokens(&self) -> Vec<&str> {
        self.tokens.iter().map(SecretText::expose).collect()
    }

    pub(super) fn into_exported(mut self, text: String) -> Exported {
        if self.hidden > 0 {
            let places = if self.hidden == 1 { "1 place".to_owned() } else { format!("{} places", self.hidden) };
            self.remark(format!(
                "A secret stood in the requests in plain text, in {places}: `{}` stands there now. Put it into \
                 http-client.private.env.json and write `{{{{name}}}}` in its place",
                redact::MASK
            ));
        }
        let holds_token = !self.tokens.is_empty();
        Exported { text, remarks: self.remarks, variables: self.variables, holds_token }
    }

    pub(super) fn variables(&self) -> &[EnvironmentVariable] {
        &self.variables
    }

    /// A variable of the environment by what it stands for.
    pub(super) fn environment(&mut self, key: &str, meaning: impl Into<String>) -> Piece {
        let name = self.names.environment(key);
        if self.syntax == Syntax::Postman {
            let name = key.to_owned();
            self.kept.entry(name.clone()).or_insert(None);
            return Piece::Literal(format!("{{{{{name}}}}}"));
        }
        if self.variables.iter().all(|known| known.name != name) {
            self.variables.push(EnvironmentVariable { name: name.clone(), meaning: meaning.into() });
        }
        Piece::Variable(name)
    }

    /// The token of an identity.
    pub(super) fn token(&mut self, kind: TokenKind, identity: &IdentityName, context: Context<'_>) -> Piece {
        let surroundings = context.scope.surroundings();
        let is_asked_for = context.tokens == TokenMode::Value;
        if is_asked_for && !(context.allowed)(identity) {
            self.remark(format!(
                "The token of `{identity}` is left out of a request: it may not go there (`Origins` of the identity)"
            ));
        } else if is_asked_for {
            let token = match kind {
                TokenKind::Id => surroundings.tokens.id_token(identity).map(|token| token.expose().to_owned()),
                _ => surroundings.tokens.access_token(identity).map(|token| token.expose().to_owned()),
            };
            if let Some(token) = token {
                let token = SecretText::new(token);
                if !self.tokens.contains(&token) {
                    self.tokens.push(token.clone());
                }
                return Piece::Token(token);
            }
        }
        self.identities.insert(identity.clone());
        let base = if kind == TokenKind::Id { "id_token" } else { "token" };
        let key = if self.identities.len() > 1 { format!("{base}_{identity}") } else { base.to_owned() };
        let (word, flag) = if kind == TokenKind::Id { ("ID token", " --id") } else { ("access token", "") };
        let meaning = format!("the {word} of `{identity}`: `bearcat token{flag} --as {identity}` prints it");
        if self.syntax == Syntax::HttpFile {
            self.remark(format!("`{{{{{key}}}}}` is {meaning}"));
            self.kept.entry(key.clone()).or_insert(None);
            return Piece::Literal(format!("{{{{{key}}}}}"));
        }
        self.environment(&key, meaning)
    }

    /// Resolves a template.
    pub(super) fn text(&mut self, template: &str, context: Context<'_>) -> Text {
        self.budget = MOST_PLACEHOLDERS;
        self.nested(template, context, &mut Vec::new())
    }

    fn nested(&mut self, template: &str, context: Context<'_>, open: &mut Vec<String>) -> Text {
        let parsed = Template::parse(template);
        let mut text = Text::default();
        for part in &parsed.parts {
            match part {
                Part::Literal(span) => text.push(self.plain(&template[span.clone()])),
                Part::Placeholder(placeholder) => text.extend(self.placeholder(placeholder, context, open)),
            }
        }
        text
    }

    /// Text of the file; a secret in it is taken out.
    fn plain(&mut self, text: &str) -> Piece {
        let (text, found) = redact::scrub(text, &[]);
        self.hidden(found);
        Piece::Literal(text)
    }

    /// Resolves a placeholder.
    pub(super) fn placeholder(
        &mut self,
        placeholder: &Placeholder,
        context: Context<'_>,
        open: &mut Vec<String>,
    ) -> Text {
        let written = format!("{{{{{}}}}}", placeholder.name);
        let keeps = matches!(self.syntax, Syntax::Postman | Syntax::HttpFile);
        let text = match &placeholder.expression {
            Expression::Variable(name) if keeps => self.kept_variable(name, context, open),
            Expression::Variable(name) => self.variable(name, context, open),
            Expression::Token { kind, identity } => Text(vec![self.token(*kind, identity, context)]),
            Expression::Dynamic(dynamic) => self.dynamic(dynamic, &written, context, open),
            Expression::RequestVariable { .. } | Expression::ProcessEnvironment(_) | Expression::Dotenv(_)
                if self.syntax == Syntax::HttpFile =>
            {
                Text::literal(written)
            }
            Expression::RequestVariable { request, path } => self.request_variable(request, path),
            Expression::ProcessEnvironment(OuterName::Direct(name)) | Expression::Dotenv(OuterName::Direct(name)) => {
                Text(vec![self.environment(name, format!("`{name}` of the environment"))])
            }
            Expression::Secret(name) if self.syntax == Syntax::HttpFile => {
                self.kept.entry(name.clone()).or_insert(None);
                Text::literal(format!("{{{{{name}}}}}"))
            }
            Expression::Secret(name) => {
                Text(vec![self.environment(name, format!("the secret `{name}` of bearcat's vault"))])
            }
            _ => Text(vec![self.environment(outer_key(&placeholder.name), format!("what `{written}` means"))]),
        };
        if placeholder.encoding == crate::template::expression::TextEncoding::Verbatim {
            return text;
        }
        if text.as_literal().is_none() {
            self.remark(format!("`{{{{{}}}}}` must hold a percent-encoded value in the export", placeholder.name));
        }
        text.map(|text| placeholder.encoding.write(FieldValue::Plain(text.to_owned())).expose().to_owned())
    }

    /// `name.response.…`
    fn request_variable(&mut self, request: &str, path: &str) -> Text {
        let key = format!("{request}.{path}");
        if self.syntax == Syntax::LiveCode && self.request_names.contains(request) {
            self.wanted.insert((request.to_owned(), path.to_owned()));
            return Text(vec![Piece::Captured(key)]);
        }
        self.remark(format!("`{{{{{key}}}}}` comes from a response: it must be set by hand"));
        let short = key.replace(".response.body.$.", ".").replace(".response.body.", ".");
        Text(vec![
            self.environment(&short.replace(['.', '$'], "_"), format!("`{key}`, from the response to `{request}`")),
        ])
    }

    fn variable(&mut self, name: &str, context: Context<'_>, open: &mut Vec<String>) -> Text {
        if self.captured.contains(name) && self.syntax == Syntax::LiveCode {
            return Text(vec![Piece::Captured(name.to_owned())]);
        }
        let known = context.scope.lookup(name).filter(|_| !context.prompts.contains(name));
        let is_open = open.iter().any(|open| open == name) || open.len() >= DEEPEST || self.budget == 0;
        self.budget = self.budget.saturating_sub(1);
        match known {
            Some(value) if value.is_secret() => {
                Text(vec![self.environment(name, format!("the secret variable `{name}`"))])
            }
            Some(value) if !is_open => {
                let text = value.text.expose().to_owned();
                if !value.source.is_template() {
                    return Text(vec![self.plain(&text)]);
                }
                open.push(name.to_owned());
                let text = self.nested(&text, context, open);
                open.pop();
                text
            }
            _ => {
                let meaning = if context.prompts.contains(name) {
                    format!("`{name}`, which bearcat asks for")
                } else if self.captured.contains(name) {
                    format!("`{name}`, captured from a response")
                } else {
                    self.remark(format!("`{{{{{name}}}}}` has no value here: it must be set by hand"));
                    format!("`{name}`, which has no value here")
                };
                Text(vec![self.environment(name, meaning)])
            }
        }
    }

    /// A variable that stays one; its definition goes along. Where two files give one name two values, the value is
    /// written out.
    fn kept_variable(&mut self, name: &str, context: Context<'_>, open: &mut Vec<String>) -> Text {
        let written = Text::literal(format!("{{{{{name}}}}}"));
        if open.iter().any(|open| open == name) || open.len() >= DEEPEST || self.budget == 0 {
            return written;
        }
        self.budget -= 1;
        let is_given = context.prompts.contains(name) || self.captured.contains(name);
        let known = context.scope.lookup(name).filter(|_| !is_given);
        let Some(value) = known.filter(|value| !value.is_secret()) else {
            self.kept.entry(name.to_owned()).or_insert(None);
            return written;
        };
        let text = if value.source.is_template() {
            open.push(name.to_owned());
            let text = self.nested(value.text.expose(), context, open);
            open.pop();
            text
        } else {
            Text(vec![self.plain(value.text.expose())])
        };
        let text = text.as_literal().unwrap_or_default().to_owned();
        match self.kept.get(name) {
            Some(Some(known)) if *known == text => written,
            Some(_) => Text::literal(text),
            None => {
                self.kept.insert(name.to_owned(), Some(text));
                written
            }
        }
    }

    fn dynamic(&mut self, dynamic: &Dynamic, written: &str, context: Context<'_>, open: &[String]) -> Text {
        let live = match dynamic {
            Dynamic::Uuid => Some(Live::Uuid),
            Dynamic::Timestamp(None) => Some(Live::Timestamp),
            Dynamic::IsoTimestamp => Some(Live::IsoTimestamp),
            Dynamic::RandomInteger { from, to } if from < to => Some(Live::Integer(*from, *to)),
            _ => None,
        };
        match (self.syntax, live) {
            (Syntax::HttpFile, _) => return Text::literal(written),
            (Syntax::LiveCode, Some(live)) => return Text(vec![Piece::Live(live, open.first().cloned())]),
            (Syntax::Postman, Some(Live::Uuid)) => return Text::literal("{{$guid}}"),
            (Syntax::Postman, Some(Live::Timestamp)) => return Text::literal("{{$timestamp}}"),
            (Syntax::Postman, Some(Live::IsoTimestamp)) => return Text::literal("{{$isoTimestamp}}"),
            (Syntax::Postman, Some(Live::Integer(0, 1000))) => return Text::literal("{{$randomInt}}"),
            _ => {}
        }
        match dynamic.evaluate(&context.scope.surroundings()) {
            Ok(value) => {
                self.remark(format!("`{written}` was made up once, when the export was written"));
                Text::literal(value)
            }
            Err(_) => Text(vec![self.environment(outer_key(written), format!("what `{written}` means"))]),
        }
    }
}

/// `$secret api-key` and the like: what they ask for.
fn outer_key(name: &str) -> &str {
    let name = name.trim_matches(['{', '}', '$']);
    name.rsplit_once(char::is_whitespace).map_or(name, |(_, key)| key)
}

/// The directives of a request as they are written, in order.
pub(super) fn directives(
    collection: &crate::collection::file::Collection,
    block: &crate::model::request::RequestBlock,
) -> Vec<(String, String)> {
    nodes(collection, block)
        .filter(|(kind, _)| *kind == NodeKind::Directive)
        .filter_map(|(_, line)| {
            let line = line.trim_end_matches(['\r', '\n']);
            let written = directive::parse(line)?;
            Some((line[written.name].to_owned(), line[written.value].to_owned()))
        })
        .collect()
}

/// The nodes of a request with their text.
pub(super) fn nodes<'a>(
    collection: &'a crate::collection::file::Collection,
    block: &crate::model::request::RequestBlock,
) -> impl Iterator<Item = (NodeKind, &'a str)> + use<'a> {
    let at = collection.blocks.partition_point(|other| other.span.start < block.span.start);
    collection
        .blocks
        .get(at)
        .into_iter()
        .flat_map(|block| &block.nodes)
        .map(|node| (node.kind, collection.source.get(node.span.clone()).unwrap_or_default()))
}
