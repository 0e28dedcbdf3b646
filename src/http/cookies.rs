//! A cookie jar (RFC 6265): takes `Set-Cookie`, gives the cookies for a URL, lists what it holds.
//!
//! Pure: the time comes in. Invariants: a host sets cookies only for itself and for domains above it that are no public
//! suffix; the number and size of cookies is bounded; a value that may be a secret is never listed.

mod date;

use url::{Host, Url};

use crate::model::cookie::{CookieId, CookieView};
use crate::model::identity::is_loopback;
use crate::model::time::Timestamp;
use crate::redact::{self, MASK};

/// RFC 6265 section 6.1 wants at least this many; the oldest go first.
const MOST_COOKIES: usize = 3000;

/// Cookies of one domain.
const MOST_OF_DOMAIN: usize = 180;

/// Name and value together.
const LARGEST: usize = 4096;

/// Characters of a value that are shown.
const SHOWN: usize = 120;

/// Second-level suffixes under which anybody can register a name. Not the whole list of publicsuffix.org, whose use
/// here would only be to keep a test server from setting a cookie for its neighbours.
const PUBLIC_SUFFIXES: &[&str] = &[
    "ac.uk",
    "co.uk",
    "gov.uk",
    "ltd.uk",
    "me.uk",
    "net.uk",
    "org.uk",
    "plc.uk",
    "sch.uk",
    "com.au",
    "net.au",
    "org.au",
    "edu.au",
    "gov.au",
    "id.au",
    "co.nz",
    "net.nz",
    "org.nz",
    "govt.nz",
    "co.jp",
    "ne.jp",
    "or.jp",
    "ac.jp",
    "go.jp",
    "co.kr",
    "or.kr",
    "co.in",
    "net.in",
    "org.in",
    "com.br",
    "net.br",
    "org.br",
    "gov.br",
    "com.cn",
    "net.cn",
    "org.cn",
    "com.tw",
    "com.hk",
    "com.sg",
    "com.my",
    "com.mx",
    "com.ar",
    "com.tr",
    "com.ua",
    "com.pl",
    "net.pl",
    "co.za",
    "co.il",
    "co.id",
    "co.th",
    "com.vn",
    "com.ph",
    "com.eg",
    "com.sa",
    "github.io",
    "gitlab.io",
    "vercel.app",
    "netlify.app",
    "pages.dev",
    "workers.dev",
    "web.app",
    "firebaseapp.com",
    "herokuapp.com",
    "azurewebsites.net",
    "cloudfront.net",
    "onrender.com",
    "fly.dev",
    "ngrok.io",
    "ngrok-free.app",
    "kinde.com",
];

/// The cookies of one environment.
#[derive(Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
}

struct Cookie {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    expires: Option<Timestamp>,
    secure: bool,
    http_only: bool,
    same_site: Option<String>,
    created: Timestamp,
}

impl Cookie {
    fn is_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|at| at <= now)
    }

    fn is_for(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let is_host = if self.host_only { host == self.domain } else { is_domain_of(&self.domain, host) };
        // As browsers do, this machine counts as a secure place: development servers set `Secure` over http.
        is_host && is_path_of(&self.path, url.path()) && (!self.secure || url.scheme() == "https" || is_loopback(url))
    }

    fn is_same(&self, id: &CookieId) -> bool {
        self.name == id.name && self.domain == id.domain && self.path == id.path
    }
}

impl Jar {
    /// Takes one `Set-Cookie` header. Tells whether it was taken.
    pub fn set(&mut self, header: &str, url: &Url, now: Timestamp) -> bool {
        let Some(cookie) = parse(header, url, now) else { return false };
        let at = self
            .cookies
            .iter()
            .position(|known| known.name == cookie.name && known.domain == cookie.domain && known.path == cookie.path);
        let created = at.map(|at| self.cookies.remove(at).created);
        self.cookies.retain(|known| !known.is_expired(now));
        if cookie.is_expired(now) {
            return true;
        }
        let of_domain = self.cookies.iter().filter(|known| known.domain == cookie.domain).count();
        if of_domain >= MOST_OF_DOMAIN
            && let Some(oldest) = self.cookies.iter().position(|known| known.domain == cookie.domain)
        {
            self.cookies.remove(oldest);
        }
        if self.cookies.len() >= MOST_COOKIES {
            self.cookies.remove(0);
        }
        self.cookies.push(Cookie { created: created.unwrap_or(cookie.created), ..cookie });
        true
    }

    /// Names and values for a URL, longer paths first (RFC 6265 section 5.4).
    pub fn cookies(&self, url: &Url, now: Timestamp) -> Vec<(String, String)> {
        let mut found: Vec<&Cookie> =
            self.cookies.iter().filter(|cookie| !cookie.is_expired(now) && cookie.is_for(url)).collect();
        found.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        found.into_iter().map(|cookie| (cookie.name.clone(), cookie.value.clone())).collect()
    }

    /// Everything in it, by domain, path and name.
    pub fn list(&self, now: Timestamp) -> Vec<CookieView> {
        let mut views: Vec<CookieView> =
            self.cookies.iter().filter(|cookie| !cookie.is_expired(now)).map(view).collect();
        views.sort_by(|a, b| a.id.cmp(&b.id));
        views
    }

    /// Takes a cookie out.
    pub fn delete(&mut self, id: &CookieId) {
        self.cookies.retain(|cookie| !cookie.is_same(id));
    }
}

fn view(cookie: &Cookie) -> CookieView {
    let mut flags = Vec::new();
    if cookie.secure {
        flags.push("Secure".to_owned());
    }
    if cookie.http_only {
        flags.push("HttpOnly".to_owned());
    }
    flags.extend(cookie.same_site.iter().map(|site| format!("SameSite={site}")));
    CookieView {
        id: CookieId { domain: cookie.domain.clone(), path: cookie.path.clone(), name: cookie.name.clone() },
        shown_value: shown(&cookie.name, &cookie.value),
        host_only: cookie.host_only,
        expires: cookie.expires,
        flags,
    }
}

/// The value, or the mask where it is a token, or its name sounds like a session or a secret.
fn shown(name: &str, value: &str) -> String {
    const WORDS: [&str; 12] =
        ["token", "session", "sess", "sid", "auth", "secret", "jwt", "csrf", "xsrf", "key", "pass", "credential"];
    let lower = name.to_ascii_lowercase();
    if WORDS.iter().any(|word| lower.contains(word)) {
        return MASK.to_owned();
    }
    let masked = redact::mask(value);
    match masked.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}

/// RFC 6265 section 5.2.
fn parse(header: &str, url: &Url, now: Timestamp) -> Option<Cookie> {
    let host = url.host_str()?;
    let mut parts = header.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let (name, value) = (name.trim(), value.trim());
    let is_bad = |text: &str| text.chars().any(char::is_control);
    if name.is_empty() || name.len() + value.len() > LARGEST || is_bad(name) || is_bad(value) {
        return None;
    }
    let mut cookie = Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        domain: host.to_owned(),
        host_only: true,
        path: default_path(url),
        expires: None,
        secure: false,
        http_only: false,
        same_site: None,
        created: now,
    };
    let mut max_age = None;
    for part in parts {
        let (key, value) = part.split_once('=').map_or((part, ""), |(key, value)| (key, value));
        let value = value.trim();
        match key.trim().to_ascii_lowercase().as_str() {
            "domain" if !value.is_empty() => domain(&mut cookie, value, url)?,
            "path" if value.starts_with('/') && value.len() <= 1024 && !is_bad(value) => {
                value.clone_into(&mut cookie.path);
            }
            "path" => cookie.path = default_path(url),
            "max-age" => max_age = value.parse::<i64>().ok().or(max_age),
            "expires" => cookie.expires = date::parse(value).or(cookie.expires),
            "secure" => cookie.secure = true,
            "httponly" => cookie.http_only = true,
            "samesite" => {
                let known = ["Strict", "Lax", "None"].into_iter().find(|known| known.eq_ignore_ascii_case(value));
                cookie.same_site = known.map(str::to_owned);
            }
            _ => {}
        }
    }
    if let Some(seconds) = max_age {
        let lasts = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        cookie.expires = Some(if seconds <= 0 { Timestamp::from_seconds(i64::MIN / 1000) } else { now.plus(lasts) });
    }
    // A prefix is a promise (RFC 6265bis section 4.1.3).
    let is_secure_place = url.scheme() == "https" || is_loopback(url);
    if cookie.secure && !is_secure_place
        || name.starts_with("__Secure-") && !cookie.secure
        || name.starts_with("__Host-") && !(cookie.secure && cookie.host_only && cookie.path == "/")
    {
        return None;
    }
    Some(cookie)
}

/// The `Domain` attribute: a domain above the host, and none under which strangers live.
fn domain(cookie: &mut Cookie, value: &str, url: &Url) -> Option<()> {
    let value = value.strip_prefix('.').unwrap_or(value).to_ascii_lowercase();
    let Some(Host::Domain(host)) = url.host() else {
        // An address is nobody's subdomain.
        return (url.host_str() == Some(value.as_str())).then_some(());
    };
    if host == value {
        // `Domain=localhost` from localhost: for the host alone, like every other suffix.
        cookie.host_only = is_public_suffix(&value);
        return Some(());
    }
    if !is_domain_of(&value, host) || is_public_suffix(&value) {
        return None;
    }
    cookie.domain = value;
    cookie.host_only = false;
    Some(())
}

/// A single label (`com`, `localhost`), or one of the well-known suffixes of two.
fn is_public_suffix(domain: &str) -> bool {
    !domain.contains('.') || PUBLIC_SUFFIXES.contains(&domain)
}

fn is_domain_of(domain: &str, host: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

fn is_path_of(path: &str, requested: &str) -> bool {
    requested == path || requested.strip_prefix(path).is_some_and(|rest| path.ends_with('/') || rest.starts_with('/'))
}

/// RFC 6265 section 5.1.4.
fn default_path(url: &Url) -> String {
    match url.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => url.path()[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn jar(set: &[&str], at: &str) -> Jar {
        let mut jar = Jar::default();
        for header in set {
            jar.set(header, &url(at), NOW);
        }
        jar
    }

    fn sent(jar: &Jar, to: &str) -> String {
        let cookies = jar.cookies(&url(to), NOW).into_iter().map(|(name, value)| format!("{name}={value}"));
        cookies.collect::<Vec<_>>().join("; ")
    }

    #[rstest]
    #[case::host_only("a=1", "https://x.test/", "https://x.test/b", true)]
    #[case::not_below("a=1", "https://x.test/", "https://y.x.test/", false)]
    #[case::domain("a=1; Domain=x.test", "https://y.x.test/", "https://z.x.test/", true)]
    #[case::domain_with_dot("a=1; domain=.x.test", "https://y.x.test/", "https://x.test/", true)]
    #[case::another_domain("a=1; Domain=y.test", "https://x.test/", "https://y.test/", false)]
    #[case::no_real_parent("a=1; Domain=x.test", "https://ax.test/", "https://ax.test/", false)]
    #[case::single_label("a=1; Domain=com", "https://x.com/", "https://x.com/", false)]
    #[case::single_label_with_dot("a=1; Domain=.com", "https://x.com/", "https://x.com/", false)]
    #[case::public_suffix("a=1; Domain=co.uk", "https://x.co.uk/", "https://x.co.uk/", false)]
    #[case::own_suffix_is_the_host("a=1; Domain=localhost", "http://localhost:1/", "http://localhost:2/", true)]
    #[case::own_suffix_not_below("a=1; Domain=localhost", "http://localhost:1/", "http://api.localhost/", false)]
    #[case::address("a=1; Domain=127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/", true)]
    #[case::address_tail("a=1; Domain=0.1", "http://10.0.0.1/", "http://10.0.0.1/", false)]
    #[case::path("a=1; Path=/api", "https://x.test/", "https://x.test/api/v1", true)]
    #[case::path_is_whole("a=1; Path=/api", "https://x.test/", "https://x.test/apis", false)]
    #[case::default_path("a=1", "https://x.test/api/v1", "https://x.test/api/v2", true)]
    #[case::not_above_default("a=1", "https://x.test/api/v1", "https://x.test/", false)]
    #[case::secure("a=1; Secure", "https://x.test/", "http://x.test/", false)]
    #[case::secure_over_http("a=1; Secure", "http://x.test/", "https://x.test/", false)]
    #[case::secure_on_this_machine("a=1; Secure", "http://localhost:1/", "http://localhost:1/", true)]
    #[case::ended("a=1; Max-Age=0", "https://x.test/", "https://x.test/", false)]
    #[case::ended_long_ago("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://x.test/", "https://x.test/", false)]
    #[case::max_age_wins(
        "a=1; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "https://x.test/",
        "https://x.test/",
        true
    )]
    #[case::host_prefix("__Host-a=1; Secure; Path=/", "https://x.test/", "https://x.test/", true)]
    #[case::host_prefix_broken("__Host-a=1; Secure; Path=/a", "https://x.test/a/", "https://x.test/a/", false)]
    #[case::secure_prefix_broken("__Secure-a=1", "https://x.test/", "https://x.test/", false)]
    #[case::no_name("=1", "https://x.test/", "https://x.test/", false)]
    #[case::no_pair("a", "https://x.test/", "https://x.test/", false)]
    fn matching(#[case] header: &str, #[case] at: &str, #[case] to: &str, #[case] expected: bool) {
        assert_eq!(!sent(&jar(&[header], at), to).is_empty(), expected);
    }

    #[test]
    fn newer_cookies_replace_and_longer_paths_go_first() {
        let jar = jar(&["a=1; Path=/", "b=2; Path=/x", "a=3; Path=/"], "https://x.test/x/y");
        assert_eq!(sent(&jar, "https://x.test/x/y"), "b=2; a=3");
    }

    #[test]
    fn deleting_and_ending() {
        let mut jar = jar(&["a=1; Path=/", "b=2; Path=/; Max-Age=10"], "https://x.test/");
        let later = NOW.plus(std::time::Duration::from_secs(11));
        assert_eq!(jar.cookies(&url("https://x.test/"), later).len(), 1);
        let id = jar.list(NOW)[0].id.clone();
        jar.delete(&id);
        assert_eq!(sent(&jar, "https://x.test/"), "b=2");
    }

    #[test]
    fn what_may_be_a_secret_is_not_listed() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        let jar = jar(
            &[
                "theme=dark; HttpOnly; SameSite=lax",
                "connect.sid=abcdef",
                &format!("x={jwt}"),
                "AUTH_SESSION_ID=1",
                &format!("long={}", "v".repeat(500)),
            ],
            "https://x.test/",
        );
        let list = jar.list(NOW);
        let values: Vec<_> = list.iter().map(|view| (view.id.name.as_str(), view.shown_value.as_str())).collect();
        assert_eq!(values[0], ("AUTH_SESSION_ID", MASK));
        assert_eq!(values[1], ("connect.sid", MASK));
        assert_eq!(values[2].1.chars().count(), SHOWN + 1);
        assert_eq!(values[3..], [("theme", "dark"), ("x", MASK)]);
        assert_eq!(list[3].flags, ["HttpOnly", "SameSite=Lax"]);
    }

    #[test]
    fn a_server_cannot_fill_the_memory() {
        let mut jar = Jar::default();
        for n in 0..500 {
            assert!(jar.set(&format!("c{n}=1"), &url("https://x.test/"), NOW));
        }
        assert_eq!(jar.list(NOW).len(), MOST_OF_DOMAIN);
        assert!(!jar.set(&format!("a={}", "x".repeat(LARGEST)), &url("https://x.test/"), NOW));
    }

    proptest! {
        #[test]
        fn any_header_is_taken_or_not(header in "\\PC{0,80}", more in "[a-zA-Z=; ,:0-9.-]{0,80}") {
            let mut jar = Jar::default();
            jar.set(&header, &url("https://a.b.test/x"), NOW);
            jar.set(&more, &url("http://[::1]/"), NOW);
            jar.list(NOW);
        }
    }
}
