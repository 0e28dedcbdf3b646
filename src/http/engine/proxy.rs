//! Which proxy a URL goes through: the setting `proxy.url`, else the usual variables, and what is reached directly.
//!
//! reqwest could read the variables itself, but would not say which one it took, and the user must see it.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::model::identity::is_loopback;

/// The proxies that are set.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ProxySettings {
    /// `proxy.url` of config.toml: for every URL; wins over the variables.
    pub setting: Option<String>,
    /// `HTTP_PROXY`: for http URLs.
    pub http: Option<String>,
    /// `HTTPS_PROXY`: for https URLs.
    pub https: Option<String>,
    /// `ALL_PROXY`: where the other two say nothing.
    pub all: Option<String>,
    /// `proxy.no_proxy` or `NO_PROXY`: hosts that are reached directly.
    pub no: Option<String>,
    /// `proxy.loopback`: do requests to this machine go through the proxy too?
    pub loopback: Loopback,
}

/// How this machine's own addresses are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loopback {
    /// Directly, whatever is set.
    #[default]
    Direct,
    /// Like all others.
    Proxied,
}

impl ProxySettings {
    /// Reads the variables, in upper or lower case.
    pub fn from_environment() -> Self {
        let read = |upper: &str| {
            [upper.to_owned(), upper.to_ascii_lowercase()]
                .iter()
                .find_map(|name| std::env::var(name).ok())
                .filter(|value| !value.trim().is_empty())
        };
        Self {
            http: read("HTTP_PROXY"),
            https: read("HTTPS_PROXY"),
            all: read("ALL_PROXY"),
            no: read("NO_PROXY"),
            ..Self::default()
        }
    }

    /// What config.toml says wins over the variables.
    #[must_use]
    pub fn with_settings(self, url: Option<String>, no: Option<String>, loopback: Loopback) -> Self {
        Self { setting: url, no: no.or(self.no), loopback, ..self }
    }

    /// The proxy for a URL, if there is one.
    pub fn for_url(&self, url: &Url) -> Option<Proxy> {
        let by_scheme = match url.scheme() {
            "https" => ("HTTPS_PROXY", &self.https),
            _ => ("HTTP_PROXY", &self.http),
        };
        let candidates = [("proxy.url", &self.setting), by_scheme, ("ALL_PROXY", &self.all)];
        let (name, address) = candidates.into_iter().find_map(|(name, set)| Some((name, set.as_ref()?)))?;
        if is_loopback(url) && self.loopback == Loopback::Direct || self.is_direct(url) {
            return None;
        }
        let address = address.trim();
        let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        Some(Proxy { name, address })
    }

    fn is_direct(&self, url: &Url) -> bool {
        let entries = self.no.as_deref().unwrap_or_default();
        entries.split([',', ' ']).map(str::trim).filter(|entry| !entry.is_empty()).any(|entry| is_for(entry, url))
    }
}

impl fmt::Debug for ProxySettings {
    /// Proxy URLs may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySettings")
            .field("setting", &self.setting.is_some())
            .field("http", &self.http.is_some())
            .field("https", &self.https.is_some())
            .field("all", &self.all.is_some())
            .field("no", &self.no)
            .field("loopback", &self.loopback)
            .finish()
    }
}

/// Does an entry of `NO_PROXY` name the host of a URL: `*`, a name and all below it, an address, a network?
fn is_for(entry: &str, url: &Url) -> bool {
    if entry == "*" {
        return true;
    }
    let entry = entry.to_ascii_lowercase();
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port.parse::<u16>().ok()),
        _ => (entry.as_str(), None),
    };
    if port.is_some_and(|port| url.port_or_known_default() != Some(port)) {
        return false;
    }
    let address = match url.host() {
        Some(Host::Domain(host)) => {
            let name = name.trim_start_matches("*.").trim_start_matches('.');
            let below = || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
            return !name.is_empty() && (host == name || below());
        }
        Some(Host::Ipv4(address)) => IpAddr::from(address),
        Some(Host::Ipv6(address)) => IpAddr::from(address),
        None => return false,
    };
    let name = name.trim_matches(['[', ']']);
    match name.split_once('/') {
        Some((network, bits)) => {
            network.parse().ok().zip(bits.parse().ok()).is_some_and(|(network, bits)| is_in(address, network, bits))
        }
        None => name.parse() == Ok(address),
    }
}

fn is_in(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            address.to_bits() & mask == network.to_bits() & mask
        }
        _ => false,
    }
}

/// A proxy that is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Where it is set: `HTTPS_PROXY`, `proxy.url`.
    pub name: &'static str,
    /// Its URL, maybe with a password.
    address: String,
}

impl Proxy {
    /// The URL for the client.
    pub(super) fn expose(&self) -> &str {
        &self.address
    }

    /// Is the way to the proxy itself TLS?
    pub(super) fn wants_tls(&self) -> bool {
        self.address.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }

    /// Scheme, host and port, without credentials; `None`: it is no address.
    pub fn shown(&self) -> Option<String> {
        let url = Url::parse(&self.address).ok()?;
        let known = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
        let host = url.host_str().filter(|host| !host.is_empty() && known.contains(&url.scheme()))?;
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}://{host}{port}", url.scheme()))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("name", &self.name).field("shown", &self.shown()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("*", "https://a.test/", true)]
    #[case("a.test", "https://a.test/", true)]
    #[case("a.test", "https://b.a.test/", true)]
    #[case(".a.test", "https://b.a.test/", true)]
    #[case("*.a.test", "https://b.a.test/", true)]
    #[case("a.test", "https://ba.test/", false)]
    #[case("A.Test:8443", "https://a.test:8443/", true)]
    #[case("a.test:8443", "https://a.test/", false)]
    #[case("10.0.0.0/8", "http://10.200.3.4/", true)]
    #[case("10.0.0.0/8", "http://11.0.0.1/", false)]
    #[case("10.0.0.1", "http://10.0.0.1/", true)]
    #[case("0.0.0.0/0", "http://10.0.0.1/", true)]
    #[case("fd00::/8", "http://[fd12::1]/", true)]
    #[case("[fd12::1]", "http://[fd12::1]/", true)]
    #[case("10.0.0.0/99", "http://10.0.0.1/", false)]
    #[case("other.test, a.test", "https://a.test/", true)]
    fn direct_hosts(#[case] no: &str, #[case] url: &str, #[case] expected: bool) {
        let settings = ProxySettings { no: Some(no.to_owned()), ..ProxySettings::default() };
        assert_eq!(settings.is_direct(&Url::parse(url).unwrap()), expected);
    }

    #[test]
    fn the_setting_wins_then_the_scheme_then_all() {
        let name = |settings: &ProxySettings, url: &str| settings.for_url(&Url::parse(url).unwrap()).map(|p| p.name);
        let some = |text: &str| Some(text.to_owned());
        let mut settings =
            ProxySettings { http: some("http://h:1"), all: some("socks5://a:2"), ..ProxySettings::default() };
        assert_eq!(name(&settings, "http://x.test/"), Some("HTTP_PROXY"));
        assert_eq!(name(&settings, "https://x.test/"), Some("ALL_PROXY"));
        assert_eq!(name(&settings, "http://localhost:3000/"), None);
        settings = settings.with_settings(some("p:3"), some("y.test"), Loopback::Proxied);
        assert_eq!(name(&settings, "https://x.test/"), Some("proxy.url"));
        assert_eq!(name(&settings, "https://y.test/"), None);
        assert_eq!(name(&settings, "http://localhost:3000/"), Some("proxy.url"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let proxy = |address: &str| Proxy { name: "ALL_PROXY", address: address.to_owned() };
        let shown = proxy("socks5://jane:s3cret-pass@proxy.test:1080");
        assert_eq!(shown.shown().as_deref(), Some("socks5://proxy.test:1080"));
        assert!(!format!("{shown:?}").contains("s3cret"));
        assert_eq!(proxy("ftp://x").shown(), None);
        assert_eq!(proxy("http://user:secret@").shown(), None);
    }
}
