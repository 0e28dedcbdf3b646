//! Identities: named ways to sign in, and where their tokens may be sent.

use std::fmt;
use std::path::PathBuf;

use url::Url;

use crate::redact::{AccessToken, ClientSecret};

/// The name of an identity, as `# @auth <name>` and `--as <name>` write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityName(pub String);

impl IdentityName {
    /// The built-in identity that sends no token.
    pub const ANONYMOUS: &'static str = "anonymous";

    /// Wraps a name.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Is this the built-in identity without a token?
    pub fn is_anonymous(&self) -> bool {
        self.0 == Self::ANONYMOUS
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdentityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an identity gets its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grant {
    /// RFC 8628: a code is typed on another device.
    DeviceAuthorization,
    /// RFC 6749 section 4.1 with PKCE (RFC 7636, S256) on a loopback redirect (RFC 8252).
    AuthorizationCode,
    /// RFC 6749 section 4.4: machine to machine, no user.
    ClientCredentials,
    /// A token that the user pasted; never refreshed.
    Pasted,
}

impl Grant {
    /// The words of `http-client.env.json` (`Grant Type`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DeviceAuthorization => "Device Authorization",
            Self::AuthorizationCode => "Authorization Code",
            Self::ClientCredentials => "Client Credentials",
            Self::Pasted => "Static",
        }
    }
}

/// An issuer identifier (OpenID Connect Discovery section 2): an absolute http(s) URL.
///
/// Plain `http` is taken for loopback hosts only. The text is kept as given apart from the scheme that is
/// added when it is missing; a trailing slash is kept, because some providers' issuers end in one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Issuer(String);

/// Why a text is not an issuer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// Not a URL or a host name.
    #[error("`{0}` is not a domain or a URL")]
    NotAUrl(String),
    /// Something else than https, and not a loopback host.
    #[error("`{0}` must use https; plain http is for loopback addresses only")]
    NotHttps(String),
    /// RFC 8414 section 2: no query, no fragment.
    #[error("`{0}` must have no query, fragment or user name")]
    ExtraParts(String),
}

impl Issuer {
    /// Reads `mybusiness.kinde.com`, `https://mybusiness.kinde.com/` and the like.
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let text = text.trim();
        if text.is_empty() || text.contains(char::is_whitespace) {
            return Err(IssuerError::NotAUrl(text.to_owned()));
        }
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&with_scheme).map_err(|_| IssuerError::NotAUrl(text.to_owned()))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(IssuerError::NotAUrl(text.to_owned()));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            _ => return Err(IssuerError::NotHttps(text.to_owned())),
        }
        let named = !url.username().is_empty() || url.password().is_some();
        if url.query().is_some() || url.fragment().is_some() || named {
            return Err(IssuerError::ExtraParts(text.to_owned()));
        }
        Ok(Self(with_scheme))
    }

    /// The identifier as text, exactly as it is compared with `iss`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier without a trailing slash: what well-known paths are appended to.
    pub fn base(&self) -> &str {
        self.0.trim_end_matches('/')
    }

    /// Do the two differ at most by a trailing slash?
    pub fn same_base(&self, other: &str) -> bool {
        self.base() == other.trim_end_matches('/')
    }

    /// Is this a host of Kinde's own (`*.kinde.com`)? A custom domain answers no.
    pub fn is_kinde_host(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| url.host_str().is_some_and(|host| host.ends_with(".kinde.com")))
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Does the URL name this machine (127.0.0.0/8, ::1, `localhost`, `*.localhost`)?
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// Scheme, host and port of a URL (RFC 6454): the unit that tokens are allowed for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

impl Origin {
    /// The origin of `url`; `None` for schemes without one.
    pub fn of(url: &Url) -> Option<Self> {
        let origin = url.origin();
        origin.is_tuple().then(|| Self(origin.ascii_serialization()))
    }

    /// Reads `https://api.example.com` (a path is dropped).
    pub fn parse(text: &str) -> Option<Self> {
        Self::of(&Url::parse(text.trim()).ok()?)
    }

    /// `scheme://host[:port]`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the client proves who it is at the token endpoint (RFC 6749 section 2.3, OIDC Core section 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ClientAuthentication {
    /// As the provider's metadata says, the body when it lists it (Kinde takes only that).
    #[default]
    FromMetadata,
    /// `client_secret_post`: in the form body.
    Post,
    /// `client_secret_basic`: HTTP Basic.
    Basic,
}

/// Endpoints that the user wrote down; they win over discovery.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndpointOverrides {
    /// `Auth URL`.
    pub authorization: Option<Url>,
    /// `Token URL`.
    pub token: Option<Url>,
    /// `Device Auth URL`.
    pub device_authorization: Option<Url>,
    /// `Revocation URL`.
    pub revocation: Option<Url>,
}

/// Where an identity was found; shown to the user and used to write it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// `Security.Auth` of an environment file.
    EnvironmentFile {
        /// The file.
        path: PathBuf,
        /// The environment in it.
        environment: String,
    },
    /// Read from the `.env` files of a project with a Kinde SDK.
    Detected {
        /// The file that named the issuer.
        path: PathBuf,
    },
    /// The embedded demo.
    Demo,
    /// Given on the command line or the login screen and not saved (yet).
    Adhoc,
    /// `anonymous`.
    BuiltIn,
}

/// A named way to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name, unique within an environment.
    pub name: IdentityName,
    /// How it gets tokens.
    pub grant: Grant,
    /// The provider; `None` when only endpoint URLs are given, and for pasted tokens.
    pub issuer: Option<Issuer>,
    /// Endpoint URLs that win over discovery.
    pub endpoints: EndpointOverrides,
    /// The client; optional for Kinde's default device application (kinde.md 2.1).
    pub client_id: Option<String>,
    /// Only confidential clients have one.
    pub client_secret: Option<ClientSecret>,
    /// How the secret is sent.
    pub client_authentication: ClientAuthentication,
    /// Scopes to ask for, in order.
    pub scopes: Vec<String>,
    /// Audiences to ask for; sent as one `audience` parameter each.
    pub audiences: Vec<String>,
    /// Kinde's `org_code`: sign in to this organisation.
    pub org_code: Option<String>,
    /// `Custom Request Parameters`, sent with the authorisation, device and token requests.
    pub extra_parameters: Vec<(String, String)>,
    /// The redirect URI to use with PKCE; `None`: bearcat's default port list.
    pub redirect_uri: Option<Url>,
    /// Where this identity's token may be sent, besides loopback.
    pub origins: Vec<Origin>,
    /// The token of a [`Grant::Pasted`] identity, when the environment file holds it.
    pub pasted: Option<AccessToken>,
    /// Where it was found.
    pub source: IdentitySource,
}

impl Identity {
    /// An identity with the given name and grant, and nothing else set.
    pub fn new(name: impl Into<String>, grant: Grant) -> Self {
        Self {
            name: IdentityName::new(name),
            grant,
            issuer: None,
            endpoints: EndpointOverrides::default(),
            client_id: None,
            client_secret: None,
            client_authentication: ClientAuthentication::FromMetadata,
            scopes: Vec::new(),
            audiences: Vec::new(),
            org_code: None,
            extra_parameters: Vec::new(),
            redirect_uri: None,
            origins: Vec::new(),
            pasted: None,
            source: IdentitySource::Adhoc,
        }
    }

    /// The built-in identity that sends no token.
    pub fn anonymous() -> Self {
        Self { source: IdentitySource::BuiltIn, ..Self::new(IdentityName::ANONYMOUS, Grant::Pasted) }
    }

    /// May this identity's token be sent to `url`? Loopback always, else only a listed origin.
    pub fn allows(&self, url: &Url) -> bool {
        is_loopback(url) || Origin::of(url).is_some_and(|origin| self.origins.contains(&origin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_read_as_people_type_them() {
        for (typed, kept) in [
            ("mybusiness.kinde.com", "https://mybusiness.kinde.com"),
            ("https://mybusiness.au.kinde.com", "https://mybusiness.au.kinde.com"),
            (" https://tenant.example/ ", "https://tenant.example/"),
            ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
            ("http://localhost:3000/realms/a", "http://localhost:3000/realms/a"),
        ] {
            assert_eq!(Issuer::parse(typed).unwrap().as_str(), kept);
        }
        for wrong in [
            "",
            "http://mybusiness.kinde.com",
            "ftp://a.b",
            "https://a.b?x=1",
            "not a domain",
            "https://u@a.b",
            "https://:p@a.b",
        ] {
            assert!(Issuer::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_go_to_listed_origins_and_loopback_only() {
        let mut identity = Identity::new("jane", Grant::DeviceAuthorization);
        identity.origins = vec![Origin::parse("https://api.example.com/ignored").unwrap()];
        let allows = |url: &str| identity.allows(&Url::parse(url).unwrap());
        assert!(allows("https://api.example.com/x") && allows("http://127.0.0.1:1/") && allows("http://[::1]/"));
        assert!(!allows("https://api.example.com:444/") && !allows("http://api.example.com/"));
        assert!(!allows("https://localhost.example.com/"));
    }
}
