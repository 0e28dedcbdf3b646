//! What stands between `{{` and `}}`: a variable, a request variable, a token, or a dynamic value.
//!
//! Called by [`Template::parse`](crate::template::Template::parse). Knows the spellings of the VS Code REST
//! Client (`$randomInt 1 5`) and of JetBrains (`$random.integer(1, 5)`).

use crate::model::identity::IdentityName;
use crate::model::secret::SecretKey;
use crate::model::session::TokenKind;
use crate::model::wire::FieldValue;
use crate::redact::SecretText;
use crate::template::Unfilled;
use crate::template::dynamic::Dynamic;

/// How a filled value is written into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextEncoding {
    /// As it is.
    Verbatim,
    /// `{{%name}}`: percent-encoded, for a query or path.
    Percent,
}

impl TextEncoding {
    /// Writes a value.
    pub fn write(self, value: FieldValue) -> FieldValue {
        match (self, value) {
            (Self::Verbatim, value) => value,
            (Self::Percent, FieldValue::Plain(text)) => FieldValue::Plain(percent_encode(&text)),
            (Self::Percent, FieldValue::Secret(text)) => {
                FieldValue::Secret(SecretText::new(percent_encode(text.expose())))
            }
        }
    }
}

/// Encodes everything but the unreserved characters of RFC 3986.
fn percent_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
    encoded
}

/// What a placeholder asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// A variable of the scope.
    Variable(String),
    /// `login.response.body.$.token`.
    RequestVariable {
        /// The request's name.
        request: String,
        /// What follows: `response.body.$.token`.
        path: String,
    },
    /// `$auth.token("id")`, `$auth.idToken("id")`.
    Token {
        /// Access or ID.
        kind: TokenKind,
        /// Whose.
        identity: IdentityName,
    },
    /// `$secret name`: a secret of the vault.
    Secret(String),
    /// `$processEnv X`.
    ProcessEnvironment(OuterName),
    /// `$dotenv X`.
    Dotenv(OuterName),
    /// A value made up when sending.
    Dynamic(Dynamic),
}

/// The name of a process or `.env` variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OuterName {
    /// `X`: the name itself.
    Direct(String),
    /// `%x`: the variable `x` of the scope holds the name.
    Through(String),
}

impl Expression {
    /// Parses the trimmed text between the braces.
    pub fn parse(text: &str) -> Result<(Self, TextEncoding), Unfilled> {
        match text.strip_prefix('%') {
            Some(inner) => Ok((Self::parse_inner(inner.trim_start())?, TextEncoding::Percent)),
            None => Ok((Self::parse_inner(text)?, TextEncoding::Verbatim)),
        }
    }

    fn parse_inner(text: &str) -> Result<Self, Unfilled> {
        if text.is_empty() {
            return Err(Unfilled::Empty);
        }
        if let Some(dynamic) = text.strip_prefix('$') {
            return parse_dollar(dynamic);
        }
        if let Some((request, path)) = split_request_variable(text) {
            return Ok(Self::RequestVariable { request: request.to_owned(), path: path.to_owned() });
        }
        Ok(Self::Variable(text.to_owned()))
    }
}

/// `name.response.…` or `name.request.…`; both must go on with `body` or `headers`.
fn split_request_variable(text: &str) -> Option<(&str, &str)> {
    let (request, path) = text.split_once('.')?;
    let mut steps = path.split('.');
    let is_message = matches!(steps.next()?, "response" | "request");
    let part = steps.next()?;
    let is_part = part == "body" || part == "headers" || part.starts_with("body[") || part.starts_with("headers[");
    let is_name = !request.is_empty() && request.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    (is_message && is_part && is_name).then_some((request, path))
}

fn parse_dollar(text: &str) -> Result<Expression, Unfilled> {
    let (name, arguments) = split_call(text);
    // JetBrains' way to name a variable of the process.
    if let Some(variable) = name.strip_prefix("env.").filter(|_| arguments.is_empty()) {
        return Ok(Expression::ProcessEnvironment(outer_name("env.", &[variable.to_owned()])?));
    }
    match name {
        "auth.token" => token(TokenKind::Access, name, &arguments),
        "auth.idToken" => token(TokenKind::Id, name, &arguments),
        "secret" => secret(&arguments),
        "processEnv" => Ok(Expression::ProcessEnvironment(outer_name(name, &arguments)?)),
        "dotenv" => Ok(Expression::Dotenv(outer_name(name, &arguments)?)),
        // REST Client's way to name a variable of `$shared`; ours are merged, so the name is enough.
        "shared" => match arguments.as_slice() {
            [variable] => Ok(Expression::Variable(variable.clone())),
            _ => Err(Unfilled::BadArgument("write `$shared NAME`".to_owned())),
        },
        _ => Dynamic::parse(name, &arguments).map(Expression::Dynamic),
    }
}

fn token(kind: TokenKind, name: &str, arguments: &[String]) -> Result<Expression, Unfilled> {
    match arguments {
        [identity] if !identity.is_empty() => Ok(Expression::Token { kind, identity: IdentityName::new(identity) }),
        _ => Err(Unfilled::BadArgument(format!("write `${name}(\"identity\")`"))),
    }
}

fn secret(arguments: &[String]) -> Result<Expression, Unfilled> {
    match arguments {
        [name] if SecretKey::is_name(name) => Ok(Expression::Secret(name.clone())),
        _ => Err(Unfilled::BadArgument(format!("write `$secret name`; {}", SecretKey::NAME_RULE))),
    }
}

fn outer_name(name: &str, arguments: &[String]) -> Result<OuterName, Unfilled> {
    let [argument] = arguments else {
        return Err(Unfilled::BadArgument(format!("write `${name} NAME`")));
    };
    match argument.strip_prefix('%') {
        Some("") => Err(Unfilled::BadArgument(format!("write `${name} %variable`"))),
        Some(variable) => Ok(OuterName::Through(variable.to_owned())),
        None if argument.is_empty() => Err(Unfilled::BadArgument(format!("write `${name} NAME`"))),
        None => Ok(OuterName::Direct(argument.clone())),
    }
}

/// Splits `name a "b c"` and `name(a, "b")` into the name and its arguments, quotes removed.
fn split_call(text: &str) -> (&str, Vec<String>) {
    let end = text.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.trim();
    match rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some("") => (name, Vec::new()),
        Some(inner) => (name, split_arguments(inner, |c| c == ',')),
        None => (name, split_arguments(rest, char::is_whitespace)),
    }
}

fn split_arguments(text: &str, is_separator: impl Fn(char) -> bool) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current = String::new();
    let mut quote = None;
    let mut was_quoted = false;
    let by_comma = is_separator(',');
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => current.push(c),
            None if matches!(c, '"' | '\'') && current.trim().is_empty() => {
                current.clear();
                quote = Some(c);
                was_quoted = true;
            }
            None if is_separator(c) => {
                if by_comma || was_quoted || !current.is_empty() {
                    arguments.push(finish(&mut current, &mut was_quoted));
                }
            }
            None => current.push(c),
        }
    }
    if by_comma || was_quoted || !current.is_empty() {
        arguments.push(finish(&mut current, &mut was_quoted));
    }
    arguments
}

/// Blanks inside quotes count, blanks around a bare argument do not.
fn finish(current: &mut String, was_quoted: &mut bool) -> String {
    let text = std::mem::take(current);
    if std::mem::take(was_quoted) { text } else { text.trim().to_owned() }
}
