//! What a user sets about TLS: for which hosts, which authorities, which client certificate, which checks.
//!
//! Read by `store` (config.toml) and `collection` (`SSLConfiguration`), used by `http`. Passphrases are secrets and may
//! be templates (`{{name}}`) until a request is planned.

use std::path::{Path, PathBuf};

use url::Url;

use crate::redact::SecretText;

/// Is the server's certificate checked?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum CertificateCheck {
    /// Yes.
    #[default]
    Done,
    /// No: anybody could answer.
    Skipped,
}

/// A client certificate, in files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Where.
    pub files: CertificateFiles,
    /// What the private key is encrypted with.
    pub passphrase: Option<SecretText>,
}

/// The files of a client certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFiles {
    /// PEM: the certificate with its chain, and the key (in the same file where none is named).
    Pem {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: Option<PathBuf>,
    },
    /// PKCS#12: both in one file.
    Pkcs12(PathBuf),
}

impl CertificateFiles {
    /// By the file's name: `.p12` and `.pfx` are PKCS#12.
    pub fn named(certificate: PathBuf, key: Option<PathBuf>) -> Self {
        let extension = certificate.extension().map(std::ffi::OsStr::to_ascii_lowercase);
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("p12" | "pfx" | "pkcs12") if key.is_none() => Self::Pkcs12(certificate),
            _ => Self::Pem { certificate, key },
        }
    }

    /// The file to name to a user.
    pub fn path(&self) -> &Path {
        match self {
            Self::Pem { certificate, .. } | Self::Pkcs12(certificate) => certificate,
        }
    }
}

/// How a TLS connection is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsOptions {
    /// PEM files with authorities to trust besides the system's.
    pub ca_files: Vec<PathBuf>,
    /// The client certificate.
    pub client: Option<ClientCertificate>,
    /// Is the server's certificate checked?
    pub check: CertificateCheck,
}

/// What is set for the hosts of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostTls {
    /// Which hosts.
    pub host: HostPattern,
    /// An authority to trust.
    pub ca_file: Option<PathBuf>,
    /// The client certificate.
    pub client: Option<ClientCertificate>,
}

/// Hosts: `api.example.com`, `*.example.com` (any name below it), either with `:port`; `*` is every host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPattern {
    host: String,
    port: Option<u16>,
}

impl HostPattern {
    /// Reads a pattern. `None`: it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (host, port) = match text.rsplit_once(':') {
            // An IPv6 address without brackets has more colons.
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text.as_str(), None),
        };
        let bare = host.strip_prefix("*.").unwrap_or(host);
        let is_host = bare == "*" && host == "*"
            || !bare.is_empty() && !bare.contains(|c: char| c == '*' || c == '/' || c == '@' || c.is_whitespace());
        is_host.then(|| Self { host: host.to_owned(), port })
    }

    /// May it be more than one host?
    pub fn is_pattern(&self) -> bool {
        self.host.starts_with('*')
    }

    /// Does a URL go to one of these hosts?
    pub fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        if self.port.is_some_and(|port| url.port_or_known_default() != Some(port)) {
            return false;
        }
        match self.host.strip_prefix("*.") {
            Some(parent) => {
                host.strip_suffix(parent).and_then(|rest| rest.strip_suffix('.')).is_some_and(|label| !label.is_empty())
            }
            None => self.host == "*" || self.host == host || self.host == host.trim_matches(['[', ']']),
        }
    }
}

impl std::fmt::Display for HostPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("api.test", "https://api.test/", true)]
    #[case("API.test", "https://api.test:8443/", true)]
    #[case("api.test:8443", "https://api.test:8443/", true)]
    #[case("api.test:8443", "https://api.test/", false)]
    #[case("api.test:443", "https://api.test/", true)]
    #[case("*.test", "https://a.b.test/", true)]
    #[case("*.test", "https://test/", false)]
    #[case("*.test", "https://atest/", false)]
    #[case("*", "https://anything.example/", true)]
    #[case("::1", "https://[::1]/", true)]
    #[case("[::1]:8443", "https://[::1]:8443/", true)]
    #[case("127.0.0.1", "https://127.0.0.1:1/", true)]
    fn patterns(#[case] pattern: &str, #[case] url: &str, #[case] expected: bool) {
        let pattern = HostPattern::parse(pattern).unwrap();
        assert_eq!(pattern.matches(&Url::parse(url).unwrap()), expected, "{pattern}");
    }

    #[rstest]
    #[case("")]
    #[case("https://api.test")]
    #[case("a b")]
    #[case("a*.test")]
    #[case("api.test:port")]
    fn no_patterns(#[case] text: &str) {
        assert_eq!(HostPattern::parse(text), None);
    }

    #[test]
    fn pkcs12_is_told_by_its_name() {
        let named = |name: &str, key: Option<&str>| CertificateFiles::named(name.into(), key.map(Into::into));
        assert_eq!(named("a.P12", None), CertificateFiles::Pkcs12("a.P12".into()));
        assert!(matches!(named("a.pem", None), CertificateFiles::Pem { key: None, .. }));
        assert!(matches!(named("a.p12", Some("b.key")), CertificateFiles::Pem { key: Some(_), .. }));
    }
}
