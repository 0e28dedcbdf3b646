//! What the rules look at.

use serde_json::Value;
use url::Url;

use crate::model::exchange::Exchange;
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::verdict::{CheckId, Outcome, Verdict};
use crate::token::inspect::Inspection;

/// One exchange and all that is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What went out and came back.
    pub exchange: &'a Exchange,
    /// The identity whose token went out.
    pub identity: Option<&'a Identity>,
    /// The token that went out, decoded.
    pub token: Option<&'a Inspection>,
    /// The token that went out, checked.
    pub verdict: Option<&'a Verdict>,
    /// The provider.
    pub provider: Option<&'a ProviderMetadata>,
}

impl Case<'_> {
    /// Did the API refuse? 3xx to a login page, 401, 403, 405 after such a redirect, or a 200 that says so inside.
    pub fn is_refusal(&self) -> bool {
        let status = self.status();
        matches!(status, 401 | 403)
            || self.redirects_to_login()
            || self.went_through_login()
            || matches!(self.json_status(), Some(401 | 403))
            || (status == 200 && self.is_sign_in_page())
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.exchange.head.status
    }

    /// Where a 3xx points, made absolute.
    pub fn location(&self) -> Option<Url> {
        let head = &self.exchange.head;
        if !(300..400).contains(&head.status) {
            return None;
        }
        self.exchange.request.url.join(head.header("location")?).ok()
    }

    /// Is this a redirect to a login page?
    pub fn redirects_to_login(&self) -> bool {
        self.location().is_some_and(|url| looks_like_login(&url))
    }

    /// Was a redirect to a login page followed?
    pub fn went_through_login(&self) -> bool {
        self.exchange.hops.iter().any(|hop| {
            hop.head
                .header("location")
                .and_then(|text| hop.request.url.join(text).ok())
                .is_some_and(|url| looks_like_login(&url))
        })
    }

    /// `statusCode` of a JSON body.
    pub fn json_status(&self) -> Option<u64> {
        self.json()?.get("statusCode")?.as_u64()
    }

    /// The body as JSON, if it is small enough to be a message.
    pub fn json(&self) -> Option<Value> {
        let bytes = &self.exchange.body.bytes;
        (bytes.len() <= 64 * 1024).then(|| serde_json::from_slice(bytes).ok()).flatten()
    }

    /// The beginning of the body as text, in lower case.
    pub fn text(&self) -> String {
        let bytes = &self.exchange.body.bytes;
        String::from_utf8_lossy(&bytes[..bytes.len().min(8 * 1024)]).to_lowercase()
    }

    /// Is the body the provider's sign-in page?
    pub fn is_sign_in_page(&self) -> bool {
        let html = self.exchange.head.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
        html && self.exchange.request.url.path().starts_with("/auth/cx/")
    }

    /// Does this check of the token fail?
    pub fn fails(&self, id: CheckId) -> bool {
        self.has(id, Outcome::Fail)
    }

    /// Does this check of the token end so?
    pub fn has(&self, id: CheckId, outcome: Outcome) -> bool {
        self.verdict.and_then(|verdict| verdict.check(id)).is_some_and(|check| check.outcome == outcome)
    }

    /// The reason of a check, for the evidence.
    pub fn reason(&self, id: CheckId) -> String {
        self.verdict.and_then(|verdict| verdict.check(id)).map(|check| check.reason.clone()).unwrap_or_default()
    }

    /// `307 Temporary Redirect to /api/auth/login` and the like.
    pub fn status_line(&self) -> String {
        let head = &self.exchange.head;
        let line = format!("{} {}", head.status, head.reason);
        match head.header("location") {
            Some(location) if (300..400).contains(&head.status) => format!("{line} to {location}"),
            _ => line,
        }
    }

    /// The `error` of a `WWW-Authenticate: Bearer` challenge (RFC 6750 section 3).
    pub fn challenge(&self) -> Option<&str> {
        self.exchange.head.header("www-authenticate")
    }
}

fn looks_like_login(url: &Url) -> bool {
    let path = url.path();
    path.ends_with("/api/auth/login")
        || path.ends_with("/auth/login")
        || path.ends_with("/login")
        || path.ends_with("/signin")
        || path.ends_with("/sign-in")
        || path.ends_with("/logout")
        || path.ends_with("/oauth2/auth")
        || path.starts_with("/auth/cx/")
}
