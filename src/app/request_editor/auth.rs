//! The Auth tab: how a request proves who sends it, read from its directives, headers and parameters, and written
//! back as edits.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::collection::draft::{ApiKeyPlace, RowState};
use crate::collection::edit::{EditError, RequestEdit, Table, edit, rows};
use crate::collection::file::Collection;
use crate::model::identity::IdentityName;
use crate::model::request::{AuthDirective, RequestBlock, TokenCarrier};

/// Header names that carry an API key.
const KEY_HEADERS: [&str; 6] =
    ["x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token", "ocp-apim-subscription-key"];

/// Parameter names that carry an API key.
const KEY_PARAMETERS: [&str; 6] = ["api_key", "apikey", "api-key", "key", "access_token", "subscription-key"];

/// How a request proves who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthForm {
    /// It says nothing: the current identity signs it.
    Current,
    /// `# @auth <identity>`.
    Identity {
        /// Whose session.
        name: IdentityName,
        /// Header or cookies.
        carrier: TokenCarrier,
    },
    /// `# @no-auth`.
    None,
    /// `Authorization: Basic …` or `Digest …`.
    Password {
        /// Which of the two.
        scheme: Scheme,
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// `Authorization: Bearer …` with a token of the user's own.
    Bearer(String),
    /// An `Authorization` header of another kind.
    Other(String),
    /// A key in a header or a parameter.
    ApiKey {
        /// The name of the header or parameter.
        name: String,
        /// The key.
        value: String,
        /// Which of the two.
        place: ApiKeyPlace,
    },
}

/// How a password is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// RFC 7617.
    Basic,
    /// RFC 7616.
    Digest,
}

impl Scheme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Digest => "Digest",
        }
    }
}

/// The kinds of the chooser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthKind {
    /// See [`AuthForm::Current`].
    Current,
    /// See [`AuthForm::Identity`].
    Identity,
    /// See [`AuthForm::None`].
    None,
    /// Basic.
    Basic,
    /// Digest.
    Digest,
    /// See [`AuthForm::Bearer`].
    Bearer,
    /// See [`AuthForm::ApiKey`].
    ApiKey,
}

impl AuthKind {
    /// In the order of the chooser.
    pub const ALL: [Self; 7] =
        [Self::Current, Self::Identity, Self::None, Self::Basic, Self::Digest, Self::Bearer, Self::ApiKey];

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Current => "as the current identity",
            Self::Identity => "an identity",
            Self::None => "none",
            Self::Basic => "basic",
            Self::Digest => "digest",
            Self::Bearer => "bearer token",
            Self::ApiKey => "API key",
        }
    }

    /// What it is.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Current => "the request says nothing",
            Self::Identity => "bearcat signs in: `# @auth name`",
            Self::None => "send no token: `# @no-auth`",
            Self::Basic => "user and password (RFC 7617)",
            Self::Digest => "user and password, hashed (RFC 7616)",
            Self::Bearer => "a token of your own",
            Self::ApiKey => "a key in a header or a parameter",
        }
    }
}

/// A field of the tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthField {
    /// The user.
    User,
    /// The password.
    Password,
    /// The token.
    Token,
    /// The whole `Authorization` header.
    Header,
    /// The name of the header or parameter of the key.
    KeyName,
    /// The key.
    Key,
}

impl AuthField {
    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Password => "password",
            Self::Token => "token",
            Self::Header => "Authorization",
            Self::KeyName => "name",
            Self::Key => "key",
        }
    }

    /// Must it not stand in a file that is shared?
    pub const fn is_secret(self) -> bool {
        matches!(self, Self::Password | Self::Token | Self::Key | Self::Header)
    }
}

impl AuthForm {
    /// What a request says.
    pub fn of(collection: &Collection, request: &RequestBlock) -> Self {
        let header = |wanted: &dyn Fn(&str) -> bool| {
            request.headers.iter().find(|header| wanted(&header.name.text.to_ascii_lowercase()))
        };
        if let Some(found) = header(&|name| name == "authorization") {
            return Self::of_header(&found.value.text);
        }
        match &request.directives.auth {
            Some(AuthDirective::None) => return Self::None,
            Some(AuthDirective::Identity { name, carrier }) => {
                return Self::Identity { name: name.clone(), carrier: *carrier };
            }
            None => {}
        }
        if let Some(found) = header(&|name| KEY_HEADERS.contains(&name)) {
            let (name, value) = (found.name.text.clone(), found.value.text.clone());
            return Self::ApiKey { name, value, place: ApiKeyPlace::Header };
        }
        let parameters = rows(collection, request.id.index, Table::Params).into_iter();
        let mut parameters = parameters.filter(|row| row.state == RowState::Enabled);
        match parameters.find(|row| KEY_PARAMETERS.contains(&row.name.to_ascii_lowercase().as_str())) {
            Some(row) => Self::ApiKey { name: row.name, value: row.value, place: ApiKeyPlace::Query },
            None => Self::Current,
        }
    }

    fn of_header(value: &str) -> Self {
        let value = value.trim();
        let (word, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
        let rest = rest.trim();
        let scheme = match word.to_ascii_lowercase().as_str() {
            "bearer" => return Self::Bearer(rest.to_owned()),
            "basic" => Scheme::Basic,
            // A header that a client has reckoned already is not a user and a password.
            "digest" if !rest.contains('=') => Scheme::Digest,
            _ => return Self::Other(value.to_owned()),
        };
        let decoded = decode(rest).filter(|_| scheme == Scheme::Basic);
        let (user, password) = pair(decoded.as_deref().unwrap_or(rest));
        Self::Password { scheme, user, password }
    }

    /// Which kind it is.
    pub const fn kind(&self) -> AuthKind {
        match self {
            Self::Current => AuthKind::Current,
            Self::Identity { .. } => AuthKind::Identity,
            Self::None => AuthKind::None,
            Self::Password { scheme: Scheme::Basic, .. } => AuthKind::Basic,
            Self::Password { scheme: Scheme::Digest, .. } => AuthKind::Digest,
            Self::Bearer(_) | Self::Other(_) => AuthKind::Bearer,
            Self::ApiKey { .. } => AuthKind::ApiKey,
        }
    }

    /// What it is called.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Other(_) => "another header",
            other => other.kind().label(),
        }
    }

    /// What a request gets that changes to this kind: variables, so that no secret stands in the file.
    pub fn begin(kind: AuthKind, identity: Option<&IdentityName>) -> Self {
        let password = |scheme| Self::Password { scheme, user: "{{user}}".into(), password: "{{password}}".into() };
        match (kind, identity) {
            (AuthKind::Current, _) | (AuthKind::Identity, None) => Self::Current,
            (AuthKind::Identity, Some(name)) => Self::Identity { name: name.clone(), carrier: TokenCarrier::Bearer },
            (AuthKind::None, _) => Self::None,
            (AuthKind::Basic, _) => password(Scheme::Basic),
            (AuthKind::Digest, _) => password(Scheme::Digest),
            (AuthKind::Bearer, _) => Self::Bearer("{{token}}".into()),
            (AuthKind::ApiKey, _) => {
                Self::ApiKey { name: "X-API-Key".into(), value: "{{apiKey}}".into(), place: ApiKeyPlace::Header }
            }
        }
    }

    /// Its fields with their texts, from top to bottom.
    pub fn fields(&self) -> Vec<(AuthField, &str)> {
        match self {
            Self::Current | Self::Identity { .. } | Self::None => Vec::new(),
            Self::Password { user, password, .. } => vec![(AuthField::User, user), (AuthField::Password, password)],
            Self::Bearer(token) => vec![(AuthField::Token, token)],
            Self::Other(value) => vec![(AuthField::Header, value)],
            Self::ApiKey { name, value, .. } => vec![(AuthField::KeyName, name), (AuthField::Key, value)],
        }
    }

    /// The same with another text in a field.
    pub fn with(mut self, field: AuthField, text: &str) -> Self {
        let place = match (&mut self, field) {
            (Self::Password { user, .. }, AuthField::User) => user,
            (Self::Password { password, .. }, AuthField::Password) => password,
            (Self::Bearer(token), AuthField::Token) => token,
            (Self::Other(value), AuthField::Header) => value,
            (Self::ApiKey { name, .. }, AuthField::KeyName) => name,
            (Self::ApiKey { value, .. }, AuthField::Key) => value,
            _ => return self,
        };
        text.trim().clone_into(place);
        self
    }

    /// The collection with this in place of what the request said before, everything in one edit.
    ///
    /// # Errors
    /// When an edit cannot be written.
    pub fn write(&self, collection: &Collection, request: usize) -> Result<Collection, EditError> {
        let block = collection.requests.get(request).ok_or(EditError::NoRequest)?;
        let before = Self::of(collection, block);
        let mut now = collection.clone();
        let mut apply = |change: RequestEdit| -> Result<(), EditError> {
            now = edit(&now, request, &change)?;
            Ok(())
        };
        let key_table = |place: ApiKeyPlace| if place == ApiKeyPlace::Query { Table::Params } else { Table::Headers };
        // What the new form does not write itself goes.
        if let Self::ApiKey { name, place, .. } = &before
            && let Some(index) = row_named(collection, request, key_table(*place), name)
        {
            let table = key_table(*place);
            match self {
                Self::ApiKey { name, value, place: new } if key_table(*new) == table => {
                    let (name, value) = (name.clone(), value.clone());
                    return edit(collection, request, &RequestEdit::SetRow { table, index, name, value });
                }
                _ => apply(RequestEdit::RemoveRow { table, index })?,
            }
        }
        let header = self.header();
        if header.is_some() || block.has_own_authorization() {
            apply(RequestEdit::Header { name: "Authorization".to_owned(), value: header })?;
        }
        let directive = match self {
            Self::Identity { name, carrier } => Some(AuthDirective::Identity { name: name.clone(), carrier: *carrier }),
            Self::None => Some(AuthDirective::None),
            _ => None,
        };
        if directive != block.directives.auth {
            apply(RequestEdit::Auth(directive))?;
        }
        if let Self::ApiKey { name, value, place } = self {
            let (table, name, value) = (key_table(*place), name.clone(), value.clone());
            apply(RequestEdit::AddRow { table, name, value })?;
        }
        Ok(now)
    }

    /// The `Authorization` header of this form.
    fn header(&self) -> Option<String> {
        Some(match self {
            Self::Password { scheme, user, password } => {
                let has_blank = |text: &str| text.is_empty() || without_templates(text).contains(char::is_whitespace);
                let separator = if has_blank(user) || has_blank(password) { ":" } else { " " };
                format!("{} {user}{separator}{password}", scheme.as_str())
            }
            Self::Bearer(token) => format!("Bearer {token}"),
            Self::Other(value) => value.clone(),
            Self::Current | Self::Identity { .. } | Self::None | Self::ApiKey { .. } => return None,
        })
    }
}

fn row_named(collection: &Collection, request: usize, table: Table, name: &str) -> Option<usize> {
    rows(collection, request, table).iter().position(|row| row.state == RowState::Enabled && row.name == name)
}

/// `user password` or `user:password`; blanks and colons inside `{{…}}` do not count.
fn pair(text: &str) -> (String, String) {
    let covered = without_templates(text);
    let cut = covered.find(char::is_whitespace).or_else(|| covered.find(':'));
    match cut {
        Some(at) => (text[..at].to_owned(), text[at + 1..].trim_start().to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// The text with its `{{…}}` covered by as many `x`.
fn without_templates(text: &str) -> String {
    let mut covered = text.to_owned();
    for placeholder in crate::template::Template::parse(text).placeholders() {
        let span = placeholder.span.clone();
        covered.replace_range(span.clone(), &"x".repeat(span.len()));
    }
    covered
}

/// `base64(user:password)`.
fn decode(text: &str) -> Option<String> {
    if text.contains(|c: char| c.is_whitespace() || c == ':' || c == '{') || text.len() < 4 {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(text).ok()?).ok()?;
    (decoded.contains(':') && !decoded.contains(char::is_control)).then_some(decoded)
}

/// Does a secret stand here in plain text?
pub fn is_literal(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("{{")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use rstest::rstest;

    fn read(text: &str) -> (Collection, AuthForm) {
        let collection = Collection::parse(Path::new("a.http"), text.as_bytes());
        let form = AuthForm::of(&collection, &collection.requests[0]);
        (collection, form)
    }

    #[rstest]
    #[case("GET https://a.b/\n", AuthForm::Current)]
    #[case("# @no-auth\nGET https://a.b/\n", AuthForm::None)]
    #[case("GET https://a.b/\nAuthorization: Bearer {{token}}\n", AuthForm::Bearer("{{token}}".into()))]
    #[case("GET https://a.b/\nAuthorization: Basic dXNlcjpwYXNz\n", AuthForm::Password { scheme: Scheme::Basic, user: "user".into(), password: "pass".into() })]
    #[case("GET https://a.b/\nAuthorization: Digest {{u}} {{p w}}\n", AuthForm::Password { scheme: Scheme::Digest, user: "{{u}}".into(), password: "{{p w}}".into() })]
    #[case("GET https://a.b/\nAuthorization: Negotiate abc\n", AuthForm::Other("Negotiate abc".into()))]
    #[case("GET https://a.b/\nX-API-Key: {{k}}\n", AuthForm::ApiKey { name: "X-API-Key".into(), value: "{{k}}".into(), place: ApiKeyPlace::Header })]
    #[case("GET https://a.b/?api_key={{k}}\n", AuthForm::ApiKey { name: "api_key".into(), value: "{{k}}".into(), place: ApiKeyPlace::Query })]
    fn requests_are_read(#[case] text: &str, #[case] form: AuthForm) {
        assert_eq!(read(text).1, form);
    }

    #[test]
    fn every_kind_leads_to_every_other_and_reads_back() {
        let jane = IdentityName::new("jane");
        let mut text = "### a\nGET https://a.b/x\nAccept: text/plain\n\n### b\nGET https://a.b/y\n".to_owned();
        for from in AuthKind::ALL {
            for to in AuthKind::ALL {
                for kind in [from, to] {
                    let (collection, _) = read(&text);
                    let form = AuthForm::begin(kind, Some(&jane));
                    let new = form.write(&collection, 0).unwrap();
                    assert_eq!(AuthForm::of(&new, &new.requests[0]), form, "{from:?} {to:?}:\n{}", new.source);
                    text = new.source.to_string();
                }
            }
        }
        let (collection, _) = read(&text);
        let new = AuthForm::Current.write(&collection, 0).unwrap();
        assert_eq!(&*new.source, "### a\nGET https://a.b/x\nAccept: text/plain\n\n### b\nGET https://a.b/y\n");
    }

    #[test]
    fn one_field_changes_one_line() {
        let (collection, form) = read("GET https://a.b/\nAuthorization: Basic ann {{p}}\nAccept: */*\n");
        let new = form.with(AuthField::User, "bob").write(&collection, 0).unwrap();
        assert_eq!(&*new.source, "GET https://a.b/\nAuthorization: Basic bob {{p}}\nAccept: */*\n");
    }
}
