//! Lenient decoding of whatever somebody calls a token. Decoded is not verified: see [`super::verify`].
//!
//! Called for every token that is shown, pasted or sent. It never fails and never panics; work and nesting are
//! bounded, and everything odd about the text ends up in [`Inspection::notes`].

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest;
use serde_json::{Map, Value};

use crate::model::time::Timestamp;
use crate::token::classify;
use crate::token::decode::{self, JsonObject};
use crate::token::text;

/// Larger texts are not decoded at all.
pub const MAX_SIZE: usize = 1024 * 1024;

/// Many servers refuse header lines above this.
const LARGE: usize = 8 * 1024;

/// 9999-12-31T23:59:59Z: later times are mistakes (milliseconds, most often).
const LATEST_SECONDS: i64 = 253_402_300_799;

/// What kind of text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenForm {
    /// A signed JWT: three parts, a JSON object in the first two.
    Jwt,
    /// An encrypted JWT (RFC 7516): five parts; only its recipient can read it.
    Jwe,
    /// Not a JWT at all: a Kinde API key, an opaque access token.
    Opaque,
    /// Looks like a JWT, but cannot be read as one; says why, in a sentence.
    Broken(String),
}

/// What a token is for, as far as its header and claims tell (kinde.md 6.2 to 6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenUse {
    /// An access token of a user.
    Access,
    /// An ID token.
    Id,
    /// An access token of a machine (client credentials): no user.
    MachineToMachine,
    /// Cannot be told.
    Unknown,
}

impl TokenUse {
    /// The words for people, with their article: `an access token`, `an ID token` …
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::Access => "an access token",
            Self::Id => "an ID token",
            Self::MachineToMachine => "a machine token",
            Self::Unknown => "a token of unknown kind",
        }
    }

    /// The words for people: `access token`, `ID token`, `machine token`, `token of unknown kind`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Access => "access token",
            Self::Id => "ID token",
            Self::MachineToMachine => "machine token",
            Self::Unknown => "token of unknown kind",
        }
    }
}

/// What a text holds; nothing of it is verified.
#[derive(Clone, PartialEq)]
pub struct Inspection {
    /// What kind of text.
    pub form: TokenForm,
    /// The JOSE header, where it can be read.
    pub header: Option<Map<String, Value>>,
    /// The claims, where they can be read. Of duplicate names the last one, as serde_json takes them.
    pub claims: Option<Map<String, Value>>,
    /// Everything odd, one sentence each: duplicate names, padding, whitespace, a `Bearer ` prefix, huge.
    pub notes: Vec<String>,
    /// Size of the token in bytes, without what was pasted around it.
    pub size: usize,
    /// The first 12 hex digits of the token's SHA-256: recognises a token without showing it.
    pub fingerprint: String,
    /// Those of the notes for which a strict reader refuses the token; [`super::verify`] does too.
    pub(super) defects: Vec<String>,
}

impl fmt::Debug for Inspection {
    /// Without the claims: they name a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection")
            .field("form", &self.form)
            .field("fingerprint", &self.fingerprint)
            .field("notes", &self.notes)
            .finish_non_exhaustive()
    }
}

/// Decodes `token` as far as that goes.
pub fn inspect(token: &str) -> Inspection {
    if token.len() > MAX_SIZE {
        let why = format!("The text is larger than {} KiB and was not decoded", MAX_SIZE / 1024);
        return Inspection::empty(TokenForm::Broken(why), token);
    }
    let (clean, removed) = unwrap_pasted(token);
    let mut inspection = Inspection::empty(TokenForm::Opaque, &clean);
    for note in removed {
        inspection.add_defect(note);
    }
    inspection.form = inspection.decode(&clean);
    if inspection.size > LARGE {
        inspection
            .notes
            .push(format!("The token has {} bytes; many servers refuse headers over 8 KiB", inspection.size));
    }
    inspection
}

/// The first 12 hex digits of the SHA-256 of `token`.
pub fn fingerprint(token: &str) -> String {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    let start = digest.as_ref().iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{start:012x}")
}

/// The token itself without what people paste around it (`Bearer `, quotes, line breaks), and a note for each kind
/// of thing removed. Call it on what a user typed or pasted, before the token is stored or verified.
pub fn unwrap_pasted(pasted: &str) -> (Cow<'_, str>, Vec<String>) {
    let mut notes = Vec::new();
    let mut token = pasted;
    loop {
        let (rest, note) = if let Some(rest) = trimmed(token) {
            (rest, "Spaces or line breaks around the token were removed")
        } else if let Some(rest) = strip_prefix_ignoring_case(token, "authorization:") {
            (rest, "The header name `Authorization:` in front of the token was removed")
        } else if let Some(rest) = strip_bearer(token) {
            (rest, "The word `Bearer` in front of the token was removed")
        } else if let Some(rest) = strip_quotes(token) {
            (rest, "Quotes around the token were removed")
        } else if let Some(rest) = token.strip_suffix([',', ';']) {
            (rest, "A comma or semicolon after the token was removed")
        } else {
            break;
        };
        token = rest;
        if !notes.iter().any(|known| known == note) {
            notes.push(note.to_owned());
        }
    }
    if starts_like_jwt(token) && token.contains(is_blank) {
        notes.push("Spaces or line breaks inside the token were removed".to_owned());
        return (Cow::Owned(token.replace(is_blank, "")), notes);
    }
    (Cow::Borrowed(token), notes)
}

/// Whitespace, and the invisible characters that web pages and editors add.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200d}' | '\u{2060}')
}

fn trimmed(text: &str) -> Option<&str> {
    let rest = text.trim_matches(is_blank);
    (rest.len() < text.len()).then_some(rest)
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| rest.trim_start_matches(is_blank))
}

/// The scheme of RFC 6750, with or without a token after it.
fn strip_bearer(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked("bearer".len())?;
    let is_scheme = scheme.eq_ignore_ascii_case("bearer") && (rest.is_empty() || rest.starts_with(is_blank));
    is_scheme.then(|| rest.trim_start_matches(is_blank))
}

fn strip_quotes(text: &str) -> Option<&str> {
    ['"', '\'', '`'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

/// base64url of `{"`, `{ ` or `{` and a line break.
fn starts_like_jwt(text: &str) -> bool {
    text.starts_with("ey") || text.starts_with("ew")
}

/// A time claim (RFC 7519 section 2, NumericDate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NumericDate {
    /// There is no such claim.
    Absent,
    /// A time that can be.
    At(Timestamp),
    /// Something else; completes `` `exp` … ``.
    Unusable(String),
}

impl Inspection {
    fn empty(form: TokenForm, token: &str) -> Self {
        Self {
            form,
            header: None,
            claims: None,
            notes: Vec::new(),
            size: token.len(),
            fingerprint: fingerprint(token),
            defects: Vec::new(),
        }
    }

    fn add_defect(&mut self, note: String) {
        self.notes.push(note.clone());
        self.defects.push(note);
    }

    /// Fills header and claims and says what the text is.
    fn decode(&mut self, token: &str) -> TokenForm {
        if token.is_empty() {
            return TokenForm::Broken("The token is empty".to_owned());
        }
        if token.starts_with('{') {
            return TokenForm::Broken("This is JSON; the token is the value of its `access_token`".to_owned());
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return TokenForm::Broken("The token has spaces or characters that no header can carry".to_owned());
        }
        let parts: Vec<&str> = token.splitn(6, '.').collect();
        let header = match self.part(parts[0], "header") {
            Ok(header) => header,
            Err(why) => return self.without_header(&parts, why),
        };
        let is_encrypted = header.contains_key("enc");
        self.header = Some(header);
        match parts.len() {
            3 => self.decode_signed(parts[1], parts[2]),
            5 if is_encrypted => TokenForm::Jwe,
            5 => TokenForm::Broken("Five parts as an encrypted token has, but the header has no `enc`".to_owned()),
            1 => TokenForm::Broken("Only the header of a JWT: the rest was cut off".to_owned()),
            2 => TokenForm::Broken("Two parts instead of three: the signature is missing".to_owned()),
            _ => TokenForm::Broken("A JWT has three parts; this has another number".to_owned()),
        }
    }

    fn decode_signed(&mut self, claims: &str, signature: &str) -> TokenForm {
        match self.part(claims, "claims part") {
            Ok(claims) => self.claims = Some(claims),
            Err(why) => return TokenForm::Broken(why),
        }
        match decode::base64url(signature) {
            Ok((bytes, _)) if bytes.is_empty() => self.notes.push("The signature is empty".to_owned()),
            Ok((_, None)) => {}
            Ok((_, Some(defect))) => self.add_defect(format!("The signature {defect}")),
            Err(why) => return TokenForm::Broken(format!("The signature {why}")),
        }
        TokenForm::Jwt
    }

    /// The first part is no JOSE header: an opaque token, unless the text began like a JWT.
    fn without_header(&mut self, parts: &[&str], why: String) -> TokenForm {
        // One part by itself has to say `{"`: two characters of an opaque token are easily these.
        if starts_like_jwt(parts[0]) && (parts.len() > 1 || parts[0].starts_with("eyJ")) {
            if let [_, claims, _] = parts
                && let Ok(claims) = self.part(claims, "claims part")
            {
                self.claims = Some(claims);
            }
            return TokenForm::Broken(why);
        }
        self.notes.push(match parts.len() {
            1 => "No dots: an API key or an opaque token, not a JWT; only the server that issued it can check it"
                .to_owned(),
            _ => "Not a JWT: the first part is no JSON header; only the server that issued it can check it".to_owned(),
        });
        TokenForm::Opaque
    }

    /// Decodes one JSON part; the error is a sentence.
    fn part(&mut self, text: &str, what: &str) -> Result<Map<String, Value>, String> {
        let (bytes, defect) = decode::base64url(text).map_err(|why| format!("The {what} {why}"))?;
        let JsonObject { members, duplicates, nested_duplicates } =
            decode::json_object(&bytes).map_err(|why| format!("The {what} {why}"))?;
        if let Some(defect) = defect {
            self.add_defect(format!("The {what} {defect}"));
        }
        if !duplicates.is_empty() {
            let names = text::list(&duplicates, 3);
            self.add_defect(format!("The {what} has {names} more than once; readers differ in which one they take"));
        }
        if !nested_duplicates.is_empty() {
            self.notes.push(format!("Inside the {what}, {} occurs more than once", text::list(&nested_duplicates, 3)));
        }
        Ok(members)
    }

    /// `alg` of the header.
    pub fn algorithm(&self) -> Option<&str> {
        self.header.as_ref()?.get("alg")?.as_str()
    }

    /// `kid` of the header.
    pub fn key_id(&self) -> Option<&str> {
        self.header.as_ref()?.get("kid")?.as_str()
    }

    /// The claim with this name.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref()?.get(name)
    }

    /// The claim with this name, if it is text.
    pub fn text_claim(&self, name: &str) -> Option<&str> {
        self.claim(name)?.as_str()
    }

    /// `iss`.
    pub fn issuer(&self) -> Option<&str> {
        self.text_claim("iss")
    }

    /// `sub`.
    pub fn subject(&self) -> Option<&str> {
        self.text_claim("sub")
    }

    /// `aud`, text or array; entries that are not text are left out.
    pub fn audiences(&self) -> Vec<String> {
        match self.claim("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    /// `exp`, if it is a number that can be a time.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.time_claim("exp")
    }

    /// `iat`, if it is a number that can be a time.
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.time_claim("iat")
    }

    /// `nbf`, if it is a number that can be a time.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.time_claim("nbf")
    }

    /// Any claim that is a number of seconds and can be a time (`auth_time`, `updated_at`).
    pub fn time_claim(&self, name: &str) -> Option<Timestamp> {
        match self.numeric_date(name) {
            NumericDate::At(at) => Some(at),
            NumericDate::Absent | NumericDate::Unusable(_) => None,
        }
    }

    /// `jti`.
    pub fn jti(&self) -> Option<&str> {
        self.text_claim("jti")
    }

    /// What the token is for, as far as it tells.
    pub fn token_use(&self) -> TokenUse {
        classify::classify(self).token_use
    }

    pub(super) fn numeric_date(&self, name: &str) -> NumericDate {
        let number = match self.claim(name) {
            None => return NumericDate::Absent,
            Some(Value::Number(number)) => number,
            Some(_) => return NumericDate::Unusable("is not a number".to_owned()),
        };
        if let Some(seconds) = number.as_i64().filter(|seconds| (0..=LATEST_SECONDS).contains(seconds)) {
            return NumericDate::At(Timestamp::from_seconds(seconds));
        }
        let seconds = number.as_f64().unwrap_or(f64::NAN);
        if (0.0..=LATEST_SECONDS as f64).contains(&seconds) {
            return NumericDate::At(Timestamp::from_millis((seconds * 1000.0).round() as i64));
        }
        if (LATEST_SECONDS as f64..=LATEST_SECONDS as f64 * 1000.0).contains(&seconds) {
            return NumericDate::Unusable("is in milliseconds, it seems; it has to be in seconds".to_owned());
        }
        NumericDate::Unusable("is a number that is no time".to_owned())
    }
}

#[cfg(test)]
mod tests;
