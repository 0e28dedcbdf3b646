//! A cookie as it is shown: never with a value that is a token or sounds like a secret.

use crate::model::time::Timestamp;

/// Which cookie of a jar (RFC 6265 section 5.3: these three tell cookies apart).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CookieId {
    /// The host or domain.
    pub domain: String,
    /// The path.
    pub path: String,
    /// The name.
    pub name: String,
}

/// A cookie to show. Texts come from a server: strip before drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieView {
    /// Which.
    pub id: CookieId,
    /// Its value, masked where it may be a secret, and cut.
    pub shown_value: String,
    /// Only for this very host, not for those below it.
    pub host_only: bool,
    /// When it ends; `None`: with bearcat.
    pub expires: Option<Timestamp>,
    /// `Secure`, `HttpOnly`, `SameSite=Lax` as the server set them.
    pub flags: Vec<String>,
}
