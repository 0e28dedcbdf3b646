//! What the rules look at: one exchange, the token that went out, and what the server said about it.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use crate::diagnose::challenge::{self, Challenge};
use crate::diagnose::message::{self, Meaning, Pattern};
use crate::model::exchange::{Exchange, ResponseHead};
use crate::model::finding::Framework;
use crate::model::identity::Identity;
use crate::model::provider::ProviderMetadata;
use crate::model::request::TokenCarrier;
use crate::model::verdict::{CheckId, Outcome, Standing, Verdict};
use crate::redact::MASK;
use crate::token::inspect::Inspection;

/// Larger bodies are no messages.
const LARGEST_MESSAGE: usize = 64 * 1024;

/// So much of a body is searched for words.
const SEARCHED: usize = 8 * 1024;

/// Longest text of a server that is quoted.
const LONGEST_QUOTE: usize = 160;

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

/// How the `Authorization` header was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentHeader<'a> {
    /// There was none.
    Absent,
    /// A scheme and credentials.
    Scheme(&'a str),
    /// Credentials without a scheme.
    Bare,
}

impl Case<'_> {
    // ── What went out ───────────────────────────────────────────────────────────────────────

    /// Did a session's token go in the `Authorization` header?
    pub fn sent_bearer(&self) -> bool {
        self.carried_by(TokenCarrier::Bearer)
    }

    /// Did the SDK's cookies go?
    pub fn sent_cookies(&self) -> bool {
        self.carried_by(TokenCarrier::Cookie)
    }

    fn carried_by(&self, carrier: TokenCarrier) -> bool {
        self.exchange.token.as_ref().is_some_and(|token| token.carrier == carrier)
    }

    /// How the `Authorization` header was written.
    pub fn sent_header(&self) -> SentHeader<'_> {
        let headers = &self.exchange.request.headers;
        let Some((_, value)) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization")) else {
            return SentHeader::Absent;
        };
        match value.trim().split_once(' ') {
            Some((scheme, _)) => SentHeader::Scheme(scheme),
            None if value.contains(MASK) || !value.trim().is_empty() => SentHeader::Bare,
            None => SentHeader::Absent,
        }
    }

    /// The value of a header that was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        let headers = &self.exchange.request.headers;
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Is this a request to an API, as far as its address and headers tell?
    pub fn asks_an_api(&self) -> bool {
        let path = self.exchange.request.url.path();
        let has_segment = |name: &str| path.split('/').any(|segment| segment == name);
        has_segment("api")
            || path.split('/').any(|segment| {
                segment.len() <= 3
                    && segment.strip_prefix('v').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()) && !n.is_empty())
            })
            || self.sent("accept").is_some_and(|accept| accept.contains("json"))
    }

    /// Is this what a browser asks before it sends a request to another origin?
    pub fn is_preflight(&self) -> bool {
        self.exchange.request.method.eq_ignore_ascii_case("OPTIONS")
            && self.sent("access-control-request-method").is_some()
            && self.sent("origin").is_some()
    }

    // ── What came back ──────────────────────────────────────────────────────────────────────

    /// The status.
    pub fn status(&self) -> u16 {
        self.exchange.head.status
    }

    /// A response header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.exchange.head.header(name)
    }

    /// Does the API refuse: 401 or 403, or another error status with words about the token that was sent?
    pub fn is_refused(&self) -> bool {
        match self.status() {
            401 | 403 => true,
            400 | 422 | 500 => self.exchange.token.is_some() && self.said().any(Pattern::is_unmistakable),
            _ => false,
        }
    }

    /// Is the answer a refusal in whatever form: 401, 403, a login page, or a 200 that says so inside?
    pub fn is_refusal(&self) -> bool {
        matches!(self.status(), 401 | 403)
            || self.redirects_to_login()
            || self.went_through_login()
            || self.refusal_inside().is_some()
            || (self.status() == 200 && self.is_sign_in_page())
    }

    /// The status and the words of a refusal that stands in the JSON of a 200.
    pub fn refusal_inside(&self) -> Option<(u64, String)> {
        (self.status() == 200 && self.is_json()).then(|| refusal_in_json(&self.json()?)).flatten()
    }

    /// The address of a response: of the last request, or of a hop.
    pub fn location(&self) -> Option<Url> {
        location(&self.exchange.request.url, &self.exchange.head)
    }

    /// Is this a redirect to a login page? Never from a login page, and never where a session ends.
    pub fn redirects_to_login(&self) -> bool {
        let is_from_login = looks_like_login(&self.exchange.request.url) || ends_a_session(&self.exchange.request.url);
        !is_from_login && self.location().is_some_and(|url| looks_like_login(&url))
    }

    /// Was a redirect to a login page followed?
    pub fn went_through_login(&self) -> bool {
        self.exchange.hops.iter().any(|hop| {
            !looks_like_login(&hop.request.url)
                && !ends_a_session(&hop.request.url)
                && location(&hop.request.url, &hop.head).is_some_and(|url| looks_like_login(&url))
        })
    }

    /// The body as JSON, if it is small enough to be a message.
    pub fn json(&self) -> Option<Value> {
        let bytes = &self.exchange.body.bytes;
        (bytes.len() <= LARGEST_MESSAGE).then(|| serde_json::from_slice(bytes).ok()).flatten()
    }

    /// The beginning of the body as text, in lower case.
    pub fn text(&self) -> String {
        self.body_start().to_lowercase()
    }

    fn body_start(&self) -> Cow<'_, str> {
        let bytes = &self.exchange.body.bytes;
        String::from_utf8_lossy(&bytes[..bytes.len().min(SEARCHED)])
    }

    /// Is the body called JSON?
    pub fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }

    /// Is the body a page for people?
    pub fn is_html(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
    }

    /// Is the body the provider's sign-in page?
    pub fn is_sign_in_page(&self) -> bool {
        self.is_html() && self.exchange.request.url.path().starts_with("/auth/cx/")
    }

    /// The challenges of all `WWW-Authenticate` headers.
    pub fn challenges(&self) -> Vec<Challenge> {
        let headers = self.exchange.head.headers.iter().filter(|(name, _)| name == "www-authenticate");
        headers.flat_map(|(_, value)| challenge::parse(value)).collect()
    }

    /// A parameter of a `Bearer` or `DPoP` challenge (RFC 6750 section 3).
    pub fn challenged(&self, parameter: &str) -> Option<String> {
        let challenges = self.challenges();
        let ours = challenges.iter().filter(|challenge| challenge.is("bearer") || challenge.is("dpop"));
        ours.filter_map(|challenge| challenge.parameter(parameter)).find(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The known messages that the answer holds.
    pub fn said(&self) -> impl Iterator<Item = &'static Pattern> {
        let mut text = self.text();
        for (name, value) in &self.exchange.head.headers {
            if name == "www-authenticate" || name == "x-amzn-errortype" || name == "x-auth-error" {
                text.push('\n');
                text.push_str(&value.to_lowercase());
            }
        }
        message::found(text)
    }

    /// Does the answer say this?
    pub fn says(&self, meaning: Meaning) -> Option<&'static Pattern> {
        self.said().find(|pattern| pattern.means == meaning)
    }

    /// What the answer says in its own words, for the evidence: the challenge, else the message of the body.
    pub fn words(&self) -> Option<String> {
        let described = self.challenged("error_description").or_else(|| self.challenged("error"));
        let text = described.or_else(|| self.json().as_ref().and_then(message_of)).or_else(|| self.plain_words())?;
        let text = quoted(&text).trim_end_matches('.').to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// `the API says: …`, or nothing.
    pub fn words_as_evidence(&self) -> String {
        self.words().map(|words| format!("the API says: {words}")).unwrap_or_default()
    }

    fn plain_words(&self) -> Option<String> {
        let kind = self.header("content-type").unwrap_or("text/plain");
        let text = self.body_start();
        if kind.starts_with("text/plain") && self.exchange.body.bytes.len() <= 400 {
            return Some(text.into_owned());
        }
        // Error pages: Express shows the error in `<pre>`, others in the title.
        for (start, end) in [("<pre>", "</pre>"), ("<title>", "</title>")] {
            let inner = text.split_once(start).and_then(|(_, rest)| rest.split_once(end));
            if let Some((inner, _)) = inner.filter(|(inner, _)| !inner.trim().is_empty()) {
                return Some(
                    inner.split("<br>").next().unwrap_or_default().replace("&#39;", "'").replace("&quot;", "\""),
                );
            }
        }
        None
    }

    /// `307 Temporary Redirect to /api/auth/login` and the like.
    pub fn status_line(&self) -> String {
        status_line(&self.exchange.head)
    }

    // ── What is known of the token ──────────────────────────────────────────────────────────

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

    /// Does the token hold here, with its signature?
    pub fn is_verified(&self) -> bool {
        self.verdict.is_some_and(|verdict| verdict.standing() == Standing::Verified)
    }

    /// Good only by the leeway: a strict API is right to refuse it.
    pub fn is_at_its_limit(&self) -> bool {
        [CheckId::Expiry, CheckId::NotBefore, CheckId::IssuedAt].into_iter().any(|time| self.has(time, Outcome::Warn))
    }

    /// How far the server's clock (its `Date`) is from ours, and which way: `true`, ours is ahead. Within the time that
    /// the exchange took, and a minute for coarse clocks, it is none.
    pub fn clock_skew(&self) -> Option<(Duration, bool)> {
        let date = jiff::fmt::rfc2822::parse(self.header("date")?.trim()).ok()?.timestamp().as_second();
        let (sent, took) = (self.exchange.at.seconds(), self.exchange.timings.total.as_secs() as i64);
        let ahead = if date < sent { sent - date } else { (sent + took - date).min(0) };
        (ahead.abs() > 60).then(|| (Duration::from_secs(ahead.unsigned_abs()), ahead > 0))
    }

    /// The framework of the API, as far as its headers tell; the samples begin with it.
    pub fn framework(&self) -> Framework {
        let powered = self.header("x-powered-by").unwrap_or_default().to_ascii_lowercase();
        let server = self.header("server").unwrap_or_default().to_ascii_lowercase();
        let is_next =
            powered.contains("next") || self.exchange.head.headers.iter().any(|(name, _)| name.starts_with("x-nextjs"));
        match () {
            () if is_next => Framework::NextJs,
            () if powered.contains("express") => Framework::Express,
            () if server.contains("uvicorn") || server.contains("hypercorn") || server.contains("werkzeug") => {
                Framework::FastApi
            }
            () if server.contains("kestrel") || powered.contains("asp.net") => Framework::AspNet,
            () => Framework::NextJs,
        }
    }
}

/// `307 Temporary Redirect to /api/auth/login` and the like, of any response.
pub fn status_line(head: &ResponseHead) -> String {
    let line = format!("{} {}", head.status, head.reason).trim_end().to_owned();
    match head.header("location") {
        Some(location) if (300..400).contains(&head.status) => format!("{line} to {}", quoted(location)),
        _ => line,
    }
}

/// Where a 3xx points, made absolute.
pub fn location(from: &Url, head: &ResponseHead) -> Option<Url> {
    if !matches!(head.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    from.join(head.header("location")?).ok()
}

/// The message of a JSON error body, where frameworks put it.
fn message_of(body: &Value) -> Option<String> {
    const NAMES: [&str; 8] = ["error_description", "message", "detail", "msg", "error", "title", "reason", "errors"];
    let object = match body {
        Value::String(text) => return Some(text.clone()),
        Value::Array(many) => return many.first().and_then(message_of),
        Value::Object(object) => object,
        _ => return None,
    };
    NAMES.iter().filter_map(|name| object.get(*name)).find_map(message_of)
}

/// A status in the body and words that fit it, and nothing else but where and when: not a resource that has a status.
fn refusal_in_json(body: &Value) -> Option<(u64, String)> {
    const STATUS: [&str; 5] = ["statusCode", "status_code", "status", "code", "errorCode"];
    const WORDS: [&str; 6] = ["message", "error", "detail", "msg", "title", "error_description"];
    const AROUND: [&str; 9] =
        ["success", "ok", "path", "timestamp", "type", "instance", "traceId", "requestId", "data"];
    let object = body.as_object().filter(|object| object.len() <= 6)?;
    let status = STATUS.iter().filter_map(|name| object.get(*name)?.as_u64()).find(|code| matches!(code, 401 | 403))?;
    let words = WORDS.iter().filter_map(|name| object.get(*name)?.as_str()).collect::<Vec<_>>().join(" ");
    let is_plain = object.iter().all(|(name, value)| {
        let name = name.as_str();
        STATUS.contains(&name)
            || WORDS.contains(&name)
            || (AROUND.contains(&name) && !value.is_array() && !value.is_object())
    });
    let lower = words.to_lowercase();
    let fits = [
        "unauthor",
        "forbidden",
        "not authenticated",
        "denied",
        "invalid token",
        "expired",
        "not allowed",
        "sign in",
        "log in",
    ]
    .iter()
    .any(|word| lower.contains(word));
    (is_plain && fits).then_some((status, words))
}

/// A server's words in one short line: no line breaks, and nothing that looks like a token.
pub fn quoted(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let bare = word.trim_matches(['"', '\'', ',', ';']);
        let is_token = bare.len() > 24 && (bare.starts_with("ey") || (bare.len() > 60 && !bare.contains('/')));
        if is_token { "…" } else { word }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST_QUOTE {
        return line;
    }
    line.chars().take(LONGEST_QUOTE).chain(['…']).collect()
}

/// Does a page with this address ask people to sign in?
pub fn looks_like_login(url: &Url) -> bool {
    const ENDINGS: [&str; 14] = [
        "/login",
        "/signin",
        "/sign-in",
        "/sign_in",
        "/log-in",
        "/log_in",
        "/logout",
        "/oauth2/auth",
        "/oauth2/start",
        "/oauth2/authorize",
        "/oauth/authorize",
        "/authorize",
        "/connect/authorize",
        "/sso-api",
    ];
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    ENDINGS.iter().any(|ending| path.ends_with(ending))
        || path.starts_with("/auth/cx/")
        || path.starts_with("/oauth2/authorization/")
        || path.starts_with("/cdn-cgi/access/login")
        || path.ends_with("/protocol/openid-connect/auth")
        || url.host_str().is_some_and(|host| host.ends_with(".cloudflareaccess.com"))
}

/// Is this where a session ends or begins, so that a login page is where it should lead?
fn ends_a_session(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/').to_ascii_lowercase();
    [
        "logout", "log-out", "log_out", "signout", "sign-out", "sign_out", "register", "signup", "sign-up", "callback",
        "reset", "verify",
    ]
    .iter()
    .any(|ending| path.rsplit('/').next().is_some_and(|last| last.contains(ending)))
}
