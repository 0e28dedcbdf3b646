//! Probes: one request with deliberately bad tokens, to prove what a route verifies. Pure.
//!
//! [`Probe`] is the table: what is sent, and what it means if that is accepted. [`forge`](mod@forge) makes the tokens,
//! [`judge`](fn@judge::judge) compares the answers with those to the good token, to none and to garbage. Whoever sends
//! them (`shell::probe`) sees to it that a forged token goes only where the good one may go.

pub mod forge;
pub mod judge;
pub mod report;

#[cfg(test)]
mod tests;

use crate::diagnose::case::Case;
use crate::model::exchange::Exchange;

/// One probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Probe {
    /// A text that is no JWT at all: what garbage gets.
    NotAJwt,
    /// The genuine header and payload, some bits of the signature flipped.
    TamperedSignature,
    /// Another payload under the old signature.
    TamperedPayload,
    /// The genuine header and payload without a signature.
    EmptySignature,
    /// Signed by a throwaway key under the `kid` of the real one.
    ForeignKey,
    /// Signed by a throwaway key under a `kid` that nobody has.
    UnknownKey,
    /// Signed by a throwaway key that the header brings along (`jwk`, RFC 7515 section 4.1.3).
    EmbeddedKey,
    /// `alg: none` (RFC 7519 section 6).
    AlgNone,
    /// `alg: None`.
    AlgNoneCapital,
    /// `alg: NONE`.
    AlgNoneUpper,
    /// `alg: nOnE`.
    AlgNoneMixed,
    /// HS256 with the public key as the secret: PEM, as most files end, with a line break.
    PublicKeyPem,
    /// The same without the last line break.
    PublicKeyPemTrimmed,
    /// The same as a PKCS#1 PEM.
    PublicKeyPkcs1,
    /// The same as DER.
    PublicKeyDer,
    /// The modulus as it stands in the key set (`n`).
    PublicKeyModulus,
    /// The key of the key set as JSON.
    PublicKeyJwk,
    /// HS256 with the client secret (kinde.md 8.3: the mistake that is made most).
    ClientSecret,
    /// A genuine token that has expired.
    Expired,
    /// An expired payload under the old signature: proves something only where it is accepted.
    ExpiredRedated,
    /// Not valid yet (`nbf`), signed by a throwaway key: likewise.
    NotYetValid,
    /// Another audience, signed by a throwaway key: likewise.
    WrongAudience,
    /// Another issuer, signed by a throwaway key: likewise.
    WrongIssuer,
    /// A genuine token of another identity that is not for this audience.
    OtherAudience,
    /// A genuine token of another issuer.
    OtherIssuer,
    /// The genuine ID token in place of the access token.
    IdToken,
    /// A genuine token of another identity for the same API.
    OtherIdentity,
    /// The good token after `bearer`.
    LowerCaseScheme,
    /// The good token without a scheme.
    NoScheme,
    /// The good token in the query (RFC 6750 section 2.3): only where the user names it, because URLs end up in logs.
    Query,
}

/// What a probe proves if it is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weakness {
    /// Any header will do.
    AcceptsAnything,
    /// The signature is not verified.
    AcceptsForged,
    /// `alg: none` passes.
    AcceptsAlgNone,
    /// The public key passes as a shared secret.
    AcceptsPublicKey,
    /// The key in the token's header is believed.
    AcceptsEmbeddedKey,
    /// It verifies with the client secret.
    VerifiesWithClientSecret,
    /// Expired tokens pass.
    AcceptsExpired,
    /// `iss` is not looked at.
    IgnoresIssuer,
    /// `aud` is not looked at.
    IgnoresAudience,
    /// ID tokens pass.
    AcceptsIdToken,
    /// `nbf` is not looked at.
    AcceptsNotYetValid,
    /// Tokens in the query pass.
    AcceptsQueryToken,
}

impl Probe {
    /// All, in the order in which they are sent.
    pub const ALL: [Self; 30] = [
        Self::NotAJwt,
        Self::TamperedSignature,
        Self::TamperedPayload,
        Self::EmptySignature,
        Self::ForeignKey,
        Self::UnknownKey,
        Self::EmbeddedKey,
        Self::AlgNone,
        Self::AlgNoneCapital,
        Self::AlgNoneUpper,
        Self::AlgNoneMixed,
        Self::PublicKeyPem,
        Self::PublicKeyPemTrimmed,
        Self::PublicKeyPkcs1,
        Self::PublicKeyDer,
        Self::PublicKeyModulus,
        Self::PublicKeyJwk,
        Self::ClientSecret,
        Self::Expired,
        Self::ExpiredRedated,
        Self::NotYetValid,
        Self::WrongAudience,
        Self::WrongIssuer,
        Self::OtherAudience,
        Self::OtherIssuer,
        Self::IdToken,
        Self::OtherIdentity,
        Self::LowerCaseScheme,
        Self::NoScheme,
        Self::Query,
    ];

    /// A stable id, for `--only` and reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotAJwt => "not-a-jwt",
            Self::TamperedSignature => "tampered-signature",
            Self::TamperedPayload => "tampered-payload",
            Self::EmptySignature => "empty-signature",
            Self::ForeignKey => "foreign-key",
            Self::UnknownKey => "unknown-kid",
            Self::EmbeddedKey => "embedded-jwk",
            Self::AlgNone => "alg-none",
            Self::AlgNoneCapital => "alg-none-capital",
            Self::AlgNoneUpper => "alg-none-upper",
            Self::AlgNoneMixed => "alg-none-mixed",
            Self::PublicKeyPem => "public-key-pem",
            Self::PublicKeyPemTrimmed => "public-key-pem-trimmed",
            Self::PublicKeyPkcs1 => "public-key-pkcs1",
            Self::PublicKeyDer => "public-key-der",
            Self::PublicKeyModulus => "public-key-modulus",
            Self::PublicKeyJwk => "public-key-jwk",
            Self::ClientSecret => "client-secret",
            Self::Expired => "expired",
            Self::ExpiredRedated => "expired-redated",
            Self::NotYetValid => "not-yet-valid",
            Self::WrongAudience => "wrong-audience",
            Self::WrongIssuer => "wrong-issuer",
            Self::OtherAudience => "other-audience",
            Self::OtherIssuer => "other-issuer",
            Self::IdToken => "id-token",
            Self::OtherIdentity => "other-identity",
            Self::LowerCaseScheme => "lower-case-scheme",
            Self::NoScheme => "no-scheme",
            Self::Query => "query",
        }
    }

    /// The probe with this id.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|probe| probe.id() == id)
    }

    /// What is sent, in a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotAJwt => "garbage instead of a JWT",
            Self::TamperedSignature => "a tampered signature",
            Self::TamperedPayload => "another payload under the old signature",
            Self::EmptySignature => "no signature",
            Self::ForeignKey => "signed by a throwaway key under the real `kid`",
            Self::UnknownKey => "signed by a throwaway key under an unknown `kid`",
            Self::EmbeddedKey => "signed by a throwaway key that the header brings along",
            Self::AlgNone => "`alg: none`",
            Self::AlgNoneCapital => "`alg: None`",
            Self::AlgNoneUpper => "`alg: NONE`",
            Self::AlgNoneMixed => "`alg: nOnE`",
            Self::PublicKeyPem => "HS256 with the public key (PEM)",
            Self::PublicKeyPemTrimmed => "HS256 with the public key (PEM, no last line break)",
            Self::PublicKeyPkcs1 => "HS256 with the public key (PKCS#1 PEM)",
            Self::PublicKeyDer => "HS256 with the public key (DER)",
            Self::PublicKeyModulus => "HS256 with the public key (`n` of the key set)",
            Self::PublicKeyJwk => "HS256 with the public key (its JWK)",
            Self::ClientSecret => "HS256 with the client secret",
            Self::Expired => "a genuine token that has expired",
            Self::ExpiredRedated => "an expired payload under the old signature",
            Self::NotYetValid => "not valid yet, signed by a throwaway key",
            Self::WrongAudience => "another audience, signed by a throwaway key",
            Self::WrongIssuer => "another issuer, signed by a throwaway key",
            Self::OtherAudience => "a genuine token for another audience",
            Self::OtherIssuer => "a genuine token of another issuer",
            Self::IdToken => "the ID token",
            Self::OtherIdentity => "a genuine token of another identity",
            Self::LowerCaseScheme => "the good token after `bearer` in lower case",
            Self::NoScheme => "the good token without `Bearer`",
            Self::Query => "the good token in the query",
        }
    }

    /// What it proves if it is accepted; `None`: nothing bad.
    pub const fn weakness(self) -> Option<Weakness> {
        Some(match self {
            Self::NotAJwt => Weakness::AcceptsAnything,
            Self::TamperedSignature
            | Self::TamperedPayload
            | Self::EmptySignature
            | Self::ForeignKey
            | Self::UnknownKey => Weakness::AcceptsForged,
            Self::EmbeddedKey => Weakness::AcceptsEmbeddedKey,
            Self::AlgNone | Self::AlgNoneCapital | Self::AlgNoneUpper | Self::AlgNoneMixed => Weakness::AcceptsAlgNone,
            Self::PublicKeyPem
            | Self::PublicKeyPemTrimmed
            | Self::PublicKeyPkcs1
            | Self::PublicKeyDer
            | Self::PublicKeyModulus
            | Self::PublicKeyJwk => Weakness::AcceptsPublicKey,
            Self::ClientSecret => Weakness::VerifiesWithClientSecret,
            Self::Expired | Self::ExpiredRedated => Weakness::AcceptsExpired,
            Self::NotYetValid => Weakness::AcceptsNotYetValid,
            Self::WrongAudience | Self::OtherAudience => Weakness::IgnoresAudience,
            Self::WrongIssuer | Self::OtherIssuer => Weakness::IgnoresIssuer,
            Self::IdToken => Weakness::AcceptsIdToken,
            Self::Query => Weakness::AcceptsQueryToken,
            Self::OtherIdentity | Self::LowerCaseScheme | Self::NoScheme => return None,
        })
    }

    /// Does a refusal prove nothing, because the signature alone is reason enough?
    pub const fn proves_only_if_accepted(self) -> bool {
        matches!(self, Self::ExpiredRedated | Self::NotYetValid | Self::WrongAudience | Self::WrongIssuer)
    }

    /// Is the token made by bearcat?
    pub const fn is_forged(self) -> bool {
        !matches!(
            self,
            Self::Expired
                | Self::OtherAudience
                | Self::OtherIssuer
                | Self::IdToken
                | Self::OtherIdentity
                | Self::LowerCaseScheme
                | Self::NoScheme
                | Self::Query
        )
    }

    /// Is it sent only where the user names it?
    pub const fn is_on_request(self) -> bool {
        matches!(self, Self::Query)
    }

    /// Does it differ in the header instead of the token?
    pub const fn is_about_the_header(self) -> bool {
        matches!(self, Self::LowerCaseScheme | Self::NoScheme | Self::Query)
    }
}

/// What an answer is compared by; no body is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The status.
    pub status: u16,
    /// Where a redirect points, without its query.
    pub location: Option<String>,
    /// What the body is like: the names of its JSON members and what it says about an error.
    pub shape: String,
    /// Is it a refusal: 401, 403, a redirect to a login page, a 200 that says so inside?
    pub is_refusal: bool,
}

/// Members of a JSON answer whose texts tell one refusal from another.
const SAYING: [&str; 8] = ["error", "message", "error_description", "code", "statusCode", "title", "detail", "status"];

/// A longer text is not compared: it holds more than its reason.
const LONGEST_SAID: usize = 200;

impl Observed {
    /// What there is to compare of an exchange.
    pub fn of(exchange: &Exchange) -> Self {
        let case = Case { exchange, identity: None, token: None, verdict: None, provider: None };
        let location = case.location().map(|mut url| {
            url.set_query(None);
            url.to_string()
        });
        Self { status: case.status(), location, shape: shape(&case), is_refusal: case.is_refusal() }
    }

    /// Did the request get what it asked for?
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..300) && !self.is_refusal
    }

    /// `401`, `307 to http://…/login`, `200 that is a refusal`.
    pub fn label(&self) -> String {
        match &self.location {
            Some(location) => format!("{} to {location}", self.status),
            None if matches!(self.status, 200..300) && self.is_refusal => format!("{} that is a refusal", self.status),
            None => self.status.to_string(),
        }
    }
}

fn shape(case: &Case<'_>) -> String {
    let kind = case.exchange.head.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(value) = case.json() else {
        let text = case.text();
        return if text.len() <= LONGEST_SAID { format!("{kind} {text}") } else { kind };
    };
    let Some(members) = value.as_object() else { return format!("{kind} json") };
    let mut names: Vec<String> = members
        .iter()
        .map(|(name, value)| match value {
            serde_json::Value::String(text) if SAYING.contains(&name.as_str()) && text.len() <= LONGEST_SAID => {
                format!("{name}={text}")
            }
            serde_json::Value::Number(number) if SAYING.contains(&name.as_str()) => format!("{name}={number}"),
            _ => name.clone(),
        })
        .collect();
    names.sort();
    format!("{kind} {}", names.join(","))
}
