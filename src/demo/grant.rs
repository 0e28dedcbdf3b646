//! What was asked for and what a person decided: device codes, authorisation codes, sign-in pages, browser sessions.

use crate::demo::directory::{API_SCOPES, AUDIENCE, Client, OIDC_SCOPES, UNAUTHORIZED_AUDIENCE};
use crate::demo::oauth_error::OAuthError;
use crate::demo::params::Params;
use crate::model::time::Timestamp;

/// Which API scopes go into the `scope` claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiScopes {
    /// All that the user's permissions allow: a device request that names none (kinde.md 2.3).
    All,
    /// Those of the request.
    Named(Vec<String>),
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRequest {
    /// The client.
    pub client: &'static Client,
    /// The issuer identifier under which it asked.
    pub issuer: String,
    /// OIDC scopes.
    pub scopes: Vec<String>,
    /// API scopes.
    pub api_scopes: ApiScopes,
    /// Audiences that the client is authorised for; others are dropped without a word.
    pub audiences: Vec<String>,
    /// The organisation to sign in to.
    pub org_code: Option<String>,
    /// The nonce of an authorisation request.
    pub nonce: Option<String>,
    /// When it asked, in seconds.
    pub requested_at: i64,
}

impl AccessRequest {
    /// Reads scopes, audiences, organisation and nonce. An unknown scope is `invalid_scope`; `offline_access` is
    /// ignored without a word, as Kinde does.
    pub fn read(
        client: &'static Client,
        issuer: String,
        params: &Params,
        unnamed: ApiScopes,
        now: Timestamp,
    ) -> Result<Self, OAuthError> {
        let audiences = authorized_audiences(client, params);
        let is_oidc = |scope: &str| OIDC_SCOPES.contains(&scope);
        let asked = params.get("scope").unwrap_or_default().split_ascii_whitespace();
        let (scopes, api): (Vec<_>, Vec<_>) =
            asked.filter(|scope| *scope != "offline_access").partition(|s| is_oidc(s));
        if let Some(unknown) = api.iter().find(|scope| !API_SCOPES.contains(scope) || audiences.is_empty()) {
            return Err(OAuthError::invalid_scope(format!("The scope {unknown} is not enabled for this application")));
        }
        let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<Vec<_>>();
        Ok(Self {
            client,
            issuer,
            scopes: owned(scopes),
            api_scopes: if api.is_empty() { unnamed } else { ApiScopes::Named(owned(api)) },
            audiences,
            org_code: params.get("org_code").map(str::to_owned),
            nonce: params.get("nonce").map(str::to_owned),
            requested_at: now.seconds(),
        })
    }

    /// Was this scope asked for?
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|asked| asked == scope)
    }
}

/// The requested audiences that the client is authorised for.
pub fn authorized_audiences(client: &Client, params: &Params) -> Vec<String> {
    let asked = params.list("audience");
    asked.into_iter().filter(|audience| client.audiences.contains(audience)).map(str::to_owned).collect()
}

/// Is this the identifier of a registered API?
pub fn is_registered_audience(audience: &str) -> bool {
    [AUDIENCE, UNAUTHORIZED_AUDIENCE].contains(&audience)
}

/// A person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The user's id.
    pub user_id: String,
    /// When, in seconds.
    pub auth_time: i64,
    /// The cookie of the browser session.
    pub browser: Option<String>,
}

/// How far a device code is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceState {
    /// Nobody has decided yet.
    Waiting,
    /// A person said yes.
    Approved(SignedIn),
    /// A person said no.
    Denied,
    /// Its tokens were handed out.
    Used,
}

/// A device code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceGrant {
    /// The secret half.
    pub device_code: String,
    /// The half that people type.
    pub user_code: String,
    /// What was asked for.
    pub request: AccessRequest,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Seconds between two polls; grows with every `slow_down`.
    pub interval: u64,
    /// The last poll.
    pub polled_at: Option<Timestamp>,
    /// How far it is.
    pub state: DeviceState,
}

impl DeviceGrant {
    /// Can a person still decide?
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.state == DeviceState::Waiting && now < self.expires_at
    }
}

/// Where and how the answer to an authorisation request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress {
    /// The callback.
    pub redirect_uri: String,
    /// The client's `state`.
    pub state: Option<String>,
    /// `query`, `fragment` or `form_post`.
    pub response_mode: ResponseMode,
}

/// OAuth 2.0 Multiple Response Types section 2.1, OAuth 2.0 Form Post Response Mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ResponseMode {
    /// In the query.
    #[default]
    Query,
    /// In the fragment.
    Fragment,
    /// A page that posts a form.
    FormPost,
}

/// An authorisation request that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSignIn {
    /// What was asked for.
    pub request: AccessRequest,
    /// Where the answer goes.
    pub return_address: ReturnAddress,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// The user to offer first.
    pub login_hint: Option<String>,
    /// The page signs in by itself, for browsers without a person (`connection_id` is `AUTOMATIC_CONNECTION`).
    pub is_automatic: bool,
}

/// An authorisation code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeGrant {
    /// What was asked for.
    pub request: AccessRequest,
    /// The callback, which the token request must repeat.
    pub redirect_uri: String,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// Who signed in.
    pub signed_in: SignedIn,
    /// When it expires.
    pub expires_at: Timestamp,
    /// Whether it was exchanged already, and then for which token family.
    pub exchanged_for: Option<u64>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserSession {
    /// The user's id.
    pub user_id: String,
    /// When the person signed in, in seconds.
    pub auth_time: i64,
}
