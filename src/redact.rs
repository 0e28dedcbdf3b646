//! Secret values that cannot be printed by accident, and masking of text by value.
//!
//! Every secret that enters bearcat (a token, a client secret, a code, a passphrase) is wrapped in one
//! of the types here as soon as it is parsed. Wrapping also registers the value with the process-wide
//! [`mask`] function, which the log, the panic hook, error texts and exports run over what they write:
//! hiding by field name is not redaction, hiding by value is (design.md, promise 5).
//! Any module may use this one; it uses none of bearcat's.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{LazyLock, Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};

/// What stands in place of a masked secret.
pub const MASK: &str = "••••••";

/// Values shorter than this are not masked in free text: masking `a` would only mangle it.
const SHORTEST_MASKED: usize = 6;

/// Values that [`mask`] hides. A set, because one token is wrapped many times.
static KNOWN: LazyLock<Mutex<BTreeSet<KnownSecret>>> = LazyLock::new(|| Mutex::new(BTreeSet::new()));

/// Longest first, so that a secret that contains another is hidden whole.
struct KnownSecret {
    value: zeroize::Zeroizing<String>,
    /// How else it may be written; see [`scrub`].
    writings: Vec<zeroize::Zeroizing<String>>,
}

impl PartialEq for KnownSecret {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Eq for KnownSecret {}

impl Ord for KnownSecret {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.value.len().cmp(&self.value.len()).then_with(|| self.value.cmp(&other.value))
    }
}

impl PartialOrd for KnownSecret {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Remembers `value` as a secret that [`mask`] hides from now on.
pub fn register(value: &str) {
    if value.len() < SHORTEST_MASKED {
        return;
    }
    let mut secret = KnownSecret { value: zeroize::Zeroizing::new(value.to_owned()), writings: Vec::new() };
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    // One token is wrapped many times.
    if !known.contains(&secret) {
        secret.writings = writings(value);
        known.insert(secret);
    }
}

/// Hides every registered secret, and everything that has the shape of a signed JWT, in `text`.
///
/// ```
/// let token = bearcat::redact::AccessToken::new("s3cret-value-of-a-token");
/// assert_eq!(bearcat::redact::mask("sent s3cret-value-of-a-token"), "sent ••••••");
/// # drop(token);
/// ```
pub fn mask(text: &str) -> Cow<'_, str> {
    let mut masked = Cow::Borrowed(text);
    {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in known.iter() {
            if masked.contains(secret.value.as_str()) {
                masked = Cow::Owned(masked.replace(secret.value.as_str(), MASK));
            }
        }
    }
    match mask_jwts(&masked) {
        Some(hidden) => Cow::Owned(hidden),
        None => masked,
    }
}

/// Hides every registered secret in a text that leaves bearcat as a file or through the clipboard, in every writing that
/// it may have there (as it is, percent-encoded, escaped in JSON, in Base64), and everything that has the shape of a
/// signed JWT. `allowed` values stay: a token that the user asked for. Gives the number of places that were hidden.
pub fn scrub(text: &str, allowed: &[&str]) -> (String, usize) {
    if let Some((first, rest)) = allowed.split_first() {
        // What stands between the allowed values is looked at, the values themselves are not.
        let mut hidden = 0;
        let clean: Vec<String> = text
            .split(*first)
            .map(|between| {
                let (between, found) = scrub(between, rest);
                hidden += found;
                between
            })
            .collect();
        return (clean.join(first), hidden);
    }
    let mut clean = text.to_owned();
    let mut hidden = 0;
    {
        let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        for secret in known.iter() {
            for writing in std::iter::once(&secret.value).chain(&secret.writings) {
                let places = clean.matches(writing.as_str()).count();
                if places > 0 {
                    hidden += places;
                    clean = clean.replace(writing.as_str(), MASK);
                }
            }
        }
    }
    if let Some(masked) = mask_jwts(&clean) {
        hidden += masked.matches(MASK).count().saturating_sub(clean.matches(MASK).count());
        clean = masked;
    }
    (clean, hidden)
}

/// How else a secret may be written than as it is.
fn writings(secret: &str) -> Vec<zeroize::Zeroizing<String>> {
    use base64::Engine as _;
    let percent: String = secret
        .bytes()
        .map(|byte| match byte {
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    let quoted = serde_json::Value::from(secret).to_string();
    let mut writings = vec![
        percent,
        quoted[1..quoted.len() - 1].to_owned(),
        base64::prelude::BASE64_STANDARD_NO_PAD.encode(secret),
        base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(secret),
    ];
    writings.retain(|writing| writing != secret);
    writings.dedup();
    writings.into_iter().map(zeroize::Zeroizing::new).collect()
}

/// Hides `eyJ….….…` runs: a token that was never wrapped (echoed by a server, say) must not slip through.
fn mask_jwts(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    let mut found = false;
    while let Some(start) = rest.find("eyJ") {
        let run = rest[start..].find(|c: char| !is_jwt_char(c)).map_or(rest.len(), |end| start + end);
        let candidate = &rest[start..run];
        out.push_str(&rest[..start]);
        if candidate.matches('.').count() >= 2 && candidate.len() > 20 {
            out.push_str(MASK);
            found = true;
        } else {
            out.push_str(candidate);
        }
        rest = &rest[run..];
    }
    out.push_str(rest);
    found.then_some(out)
}

const fn is_jwt_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Does a variable of this name hold a secret? Next's `NEXT_PUBLIC_…` never do.
///
/// ```
/// assert!(bearcat::redact::sounds_secret("STRIPE_API_KEY"));
/// assert!(!bearcat::redact::sounds_secret("HOST"));
/// ```
pub fn sounds_secret(name: &str) -> bool {
    const WORDS: [&str; 9] =
        ["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "KEY", "JWT", "COOKIE"];
    let name = name.to_ascii_uppercase();
    !name.starts_with("NEXT_PUBLIC_") && WORDS.iter().any(|word| name.contains(word))
}

/// Has a value the shape of a token: a JWT, or one of the prefixes that services give their keys?
pub fn looks_secret(value: &str) -> bool {
    const PREFIXES: [&str; 12] =
        ["Bearer ", "Basic ", "sk_", "rk_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA"];
    let value = value.trim();
    mask_jwts(value).is_some() || (value.len() >= 16 && PREFIXES.iter().any(|prefix| value.starts_with(prefix)))
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(SecretString);

        impl $name {
            /// Wraps `value` and registers it with [`mask`].
            pub fn new(value: impl Into<String>) -> Self {
                let value = value.into();
                register(&value);
                Self(SecretString::from(value))
            }

            /// The secret itself: for the wire, the vault and the verifier, never for a screen, a file or a log.
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.expose() == other.expose()
            }
        }

        impl Eq for $name {}
    };
}

secret!(
    /// An OAuth 2.0 access token (RFC 6749 section 1.4), JWT or opaque.
    AccessToken
);
secret!(
    /// An OpenID Connect ID token.
    IdToken
);
secret!(
    /// An OAuth 2.0 refresh token (RFC 6749 section 1.5).
    RefreshToken
);
secret!(
    /// The secret of a confidential client (RFC 6749 section 2.3.1).
    ClientSecret
);
secret!(
    /// The device verification code (RFC 8628 section 3.2); whoever holds it gets the tokens.
    DeviceCode
);
secret!(
    /// An authorisation code (RFC 6749 section 1.3.1).
    AuthorizationCode
);
secret!(
    /// A PKCE code verifier (RFC 7636 section 4.1).
    CodeVerifier
);
secret!(
    /// The passphrase of the encrypted-file vault.
    Passphrase
);
secret!(
    /// A secret with no more specific type: the value of a private environment variable, a cookie.
    SecretText
);

impl SecretText {
    /// Wraps a text that may hold a secret but is none itself, without registering it with [`mask`]: what goes to
    /// the clipboard. Registering a URL or a user code would hide it wherever it is printed.
    pub fn unregistered(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unregistered_text_is_not_masked_elsewhere() {
        let text = SecretText::unregistered("https://unregistered.example");
        assert_eq!(format!("{text:?}"), "SecretText(…)");
        assert_eq!(mask("see https://unregistered.example"), "see https://unregistered.example");
    }

    #[test]
    fn debug_never_shows_the_value() {
        assert_eq!(format!("{:?}", RefreshToken::new("refresh-value-1")), "RefreshToken(…)");
    }

    #[test]
    fn masks_by_value_longest_first() {
        let _short = SecretText::new("abcdef-inner");
        let _long = SecretText::new("xx-abcdef-inner-yy");
        assert_eq!(mask("a xx-abcdef-inner-yy b abcdef-inner c"), format!("a {MASK} b {MASK} c"));
    }

    #[test]
    fn masks_jwts_that_nobody_registered() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        assert_eq!(mask(&format!("bearer {jwt}, again {jwt}")), format!("bearer {MASK}, again {MASK}"));
    }

    #[test]
    fn a_text_that_leaves_is_scrubbed_in_every_writing() {
        let _secret = SecretText::new("s\"cret/välue+1");
        let text =
            "a s\"cret/välue+1 b s%22cret%2Fv%C3%A4lue%2B1 c {\"k\":\"s\\\"cret/välue+1\"} d cyJjcmV0L3bDpGx1ZSsx";
        let (clean, hidden) = scrub(text, &[]);
        assert_eq!(clean, format!("a {MASK} b {MASK} c {{\"k\":\"{MASK}\"}} d {MASK}"));
        assert_eq!(hidden, 4);
    }

    #[test]
    fn an_allowed_token_stays_and_nothing_else() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let _other = SecretText::new("other-secret-value");
        let (clean, hidden) = scrub(&format!("x {jwt} y other-secret-value z {jwt}q {jwt}"), &[jwt]);
        assert_eq!(clean, format!("x {jwt} y {MASK} z {jwt}q {jwt}"));
        assert_eq!(hidden, 1);
    }

    #[test]
    fn leaves_other_text_alone() {
        assert!(matches!(mask("eyJ is how a header starts. nothing. here"), Cow::Borrowed(_)));
        register("short");
        assert_eq!(mask("short"), "short");
    }
}
