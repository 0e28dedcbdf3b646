//! A provider in memory that really signs, checks PKCE and client authentication, and can be told to misbehave.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use url::Url;

use super::keys::{self, SigningKey, compact, hmac_sha256};
use super::{FakeClock, START, field, json, text};
use crate::auth::callback::{CallbackListener, CallbackPage, CallbackRequest};
use crate::auth::error::AuthError;
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::port::{BoxFuture, Clock};
use crate::model::wire::{TransportError, WireRequest, WireResponse};
use crate::redact::ClientSecret;

pub const ISSUER: &str = "https://op.test";
pub const CLIENT: &str = "bearcat-client";
pub const SECRET: &str = "Client-Secret/with+signs&more=1";
pub const SUBJECT: &str = "kp_0123456789abcdef0123456789abcdef";
pub const CALLBACK: &str = "http://127.0.0.1:53180/callback";

/// How ID tokens are signed.
#[derive(Clone)]
pub enum Signing {
    /// Properly, with this key.
    With(Arc<SigningKey>),
    /// In this key's name, but with bytes that are no signature of it.
    Broken(Arc<SigningKey>),
    /// HS256 with this secret.
    Hmac(Vec<u8>),
    /// `alg: none`.
    Unsigned,
}

/// What the token endpoint's client has to send.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ClientCheck {
    Public,
    Post,
    Basic,
}

type Tamper = Box<dyn Fn(&mut Map<String, Value>) + Send>;

/// The knobs.
pub struct Settings {
    pub metadata: Map<String, Value>,
    pub published: Vec<Value>,
    pub signing: Signing,
    /// Leave `kid` out of the header.
    pub without_kid: bool,
    /// Changes the claims of ID tokens at login.
    pub id_claims: Tamper,
    /// Changes the claims of ID tokens of a refresh.
    pub refreshed_claims: Tamper,
    /// Changes access token claims.
    pub access_claims: Tamper,
    /// Changes every token response.
    pub response: Tamper,
    pub userinfo: Value,
    pub client: ClientCheck,
    /// Answers to device polls before the code counts as entered: `error` codes.
    pub polls: VecDeque<Value>,
    /// Gives the same access token until it expires.
    pub same_access_token: bool,
    pub access_life: i64,
    /// The next answers of the token endpoint, instead of its own.
    pub instead: VecDeque<Result<WireResponse, TransportError>>,
}

struct State {
    clock: FakeClock,
    settings: Settings,
    /// The last authorisation request.
    asked: Option<Url>,
    refresh: Option<String>,
    access: Option<(String, i64)>,
    issued: usize,
    revoked: Vec<String>,
}

/// The provider.
pub struct TestProvider(Mutex<State>);

fn metadata() -> Map<String, Value> {
    let at = |path: &str| format!("{ISSUER}{path}");
    let document = json!({
        "issuer": ISSUER,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "device_authorization_endpoint": at("/device"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/keys/current"),
        "revocation_endpoint": at("/revoke"),
        "end_session_endpoint": at("/logout"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    document.as_object().unwrap().clone()
}

impl TestProvider {
    pub fn new() -> Arc<Self> {
        let settings = Settings {
            metadata: metadata(),
            published: vec![keys::FIRST.jwk()],
            signing: Signing::With(keys::FIRST.clone()),
            without_kid: false,
            id_claims: Box::new(|_| {}),
            refreshed_claims: Box::new(|_| {}),
            access_claims: Box::new(|_| {}),
            response: Box::new(|_| {}),
            userinfo: json!({ "sub": SUBJECT, "name": "Jane Doe", "email": "jane@acme.test" }),
            client: ClientCheck::Public,
            polls: VecDeque::new(),
            same_access_token: false,
            access_life: 3600,
            instead: VecDeque::new(),
        };
        Arc::new(Self(Mutex::new(State {
            clock: FakeClock::default(),
            settings,
            asked: None,
            refresh: None,
            access: None,
            issued: 0,
            revoked: Vec::new(),
        })))
    }

    /// Takes the time from this clock.
    pub fn follow(&self, clock: FakeClock) {
        self.0.lock().unwrap().clock = clock;
    }

    /// Turns knobs.
    pub fn set(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.0.lock().unwrap().settings);
    }

    /// The refresh token that is good now.
    pub fn refresh_token(&self) -> Option<String> {
        self.0.lock().unwrap().refresh.clone()
    }

    pub fn revoked(&self) -> Vec<String> {
        self.0.lock().unwrap().revoked.clone()
    }

    /// An identity for this provider.
    pub fn identity(grant: Grant) -> Identity {
        let mut identity = Identity::new("jane", grant);
        identity.issuer = Some(Issuer::parse(ISSUER).unwrap());
        identity.client_id = Some(CLIENT.to_owned());
        identity
    }

    /// The same with a secret.
    pub fn confidential(grant: Grant) -> Identity {
        Identity { client_secret: Some(ClientSecret::new(SECRET)), ..Self::identity(grant) }
    }

    /// What the user's browser does: signs in and comes back. Gives the callback URL.
    pub fn visit(&self, url: &Url) -> Url {
        let get = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        self.0.lock().unwrap().asked = Some(url.clone());
        let mut callback = Url::parse(&get("redirect_uri").unwrap()).unwrap();
        let mut query = callback.query_pairs_mut();
        query.append_pair("code", "kinde.code-1234567890");
        query.append_pair("scope", &get("scope").unwrap_or_default());
        query.append_pair("state", &get("state").unwrap());
        drop(query);
        callback
    }

    /// Answers a request.
    pub fn answer(&self, request: &WireRequest) -> Result<WireResponse, TransportError> {
        self.0.lock().unwrap().answer(request)
    }
}

impl State {
    fn now(&self) -> i64 {
        self.clock.now().seconds()
    }

    fn answer(&mut self, request: &WireRequest) -> Result<WireResponse, TransportError> {
        let settings = &self.settings;
        let of_metadata =
            |name: &str| settings.metadata.get(name).and_then(Value::as_str) == Some(request.url.as_str());
        match (request.method, request.url.path()) {
            ("GET", "/.well-known/openid-configuration") => json(200, &Value::Object(settings.metadata.clone())),
            ("GET", _) if of_metadata("jwks_uri") => json(200, &json!({ "keys": settings.published })),
            ("GET", "/userinfo") => self.userinfo(request),
            ("POST", "/token") => match self.settings.instead.pop_front() {
                Some(answer) => answer,
                None => self.token(request),
            },
            ("POST", "/device") => json(
                200,
                &json!({
                    "device_code": "kinde_dc_secret-device-code", "user_code": "CSLDFDUU",
                    "verification_uri": "https://op.test/activate",
                    "verification_uri_complete": "https://op.test/activate?user_code=CSLDFDUU",
                    "expires_in": 600, "interval": 5,
                }),
            ),
            ("POST", "/revoke") => {
                self.revoked.push(field(request, "token").unwrap().to_owned());
                self.access = None;
                text(200, "text/plain", "")
            }
            _ => text(404, "text/html", "<!DOCTYPE html><title>Not found</title>"),
        }
    }

    fn userinfo(&self, request: &WireRequest) -> Result<WireResponse, TransportError> {
        let bearer = request.headers.iter().find(|(name, _)| *name == "Authorization").map(|(_, value)| value.expose());
        let expected = self.access.as_ref().map(|(token, _)| format!("Bearer {token}"));
        if bearer.map(str::to_owned) != expected {
            return json(401, &json!({ "error": "invalid_token" }));
        }
        json(200, &self.settings.userinfo)
    }

    fn token(&mut self, request: &WireRequest) -> Result<WireResponse, TransportError> {
        if !self.is_authenticated(request) {
            return json(
                401,
                &json!({ "error": "invalid_client", "error_description": "Client authentication failed" }),
            );
        }
        let refused = |code: &str| json(400, &json!({ "error": code }));
        match field(request, "grant_type") {
            Some("authorization_code") if self.pkce_fits(request) => self.issue_to_user(Occasion::Login),
            Some("urn:ietf:params:oauth:grant-type:device_code") => match self.settings.polls.pop_front() {
                Some(error) => json(400, &error),
                None => self.issue_to_user(Occasion::DeviceLogin),
            },
            Some("refresh_token") if field(request, "refresh_token") == self.refresh.as_deref() => {
                self.issue_to_user(Occasion::Refresh)
            }
            Some("client_credentials") => {
                let access = self.access_token(&json!({ "gty": ["client_credentials"] }));
                json(
                    200,
                    &json!({ "access_token": access, "token_type": "Bearer", "expires_in": self.settings.access_life }),
                )
            }
            Some("authorization_code" | "refresh_token") => refused("invalid_grant"),
            _ => refused("unsupported_grant_type"),
        }
    }

    fn is_authenticated(&self, request: &WireRequest) -> bool {
        let header = request.headers.iter().find(|(name, _)| *name == "Authorization").map(|(_, value)| value.expose());
        let (id, secret) = (field(request, "client_id"), field(request, "client_secret"));
        match self.settings.client {
            ClientCheck::Public => header.is_none() && id == Some(CLIENT) && secret.is_none(),
            ClientCheck::Post => header.is_none() && id == Some(CLIENT) && secret == Some(SECRET),
            ClientCheck::Basic => {
                let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
                let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{encoded}")));
                header == Some(&expected) && secret.is_none()
            }
        }
    }

    fn asked(&self, name: &str) -> Option<String> {
        let url = self.asked.as_ref()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn pkce_fits(&self, request: &WireRequest) -> bool {
        let verifier = field(request, "code_verifier").unwrap_or_default();
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        self.asked("code_challenge") == Some(challenge)
            && self.asked("code_challenge_method").as_deref() == Some("S256")
            && self.asked("redirect_uri").as_deref() == field(request, "redirect_uri")
            && field(request, "code") == Some("kinde.code-1234567890")
    }

    fn access_token(&mut self, extra: &Value) -> String {
        let now = self.now();
        if let Some((token, expiry)) = &self.access
            && self.settings.same_access_token
            && now < *expiry
        {
            return token.clone();
        }
        self.issued += 1;
        let expiry = now + self.settings.access_life;
        let mut claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": [], "azp": CLIENT, "iat": now, "exp": expiry,
            "jti": format!("jti-{}", self.issued), "scp": ["openid"],
        });
        let claims = claims.as_object_mut().unwrap();
        claims.extend(extra.as_object().unwrap().clone());
        (self.settings.access_claims)(claims);
        let key = keys::FIRST.clone();
        let header = json!({ "alg": key.algorithm(), "kid": key.id, "typ": "JWT" });
        let token = compact(&header, claims, |message| key.sign(message));
        self.access = Some((token.clone(), expiry));
        token
    }

    fn issue_to_user(&mut self, occasion: Occasion) -> Result<WireResponse, TransportError> {
        let access = self.access_token(&json!({}));
        let id_token = self.id_token(&access, occasion);
        let refresh = format!("refresh-token-number-{}", self.issued);
        self.refresh = Some(refresh.clone());
        let mut body = json!({
            "access_token": access, "id_token": id_token, "refresh_token": refresh,
            "expires_in": self.settings.access_life, "scope": "", "token_type": "bearer",
        });
        (self.settings.response)(body.as_object_mut().unwrap());
        self.refresh = body.get("refresh_token").and_then(Value::as_str).map(str::to_owned).or(self.refresh.take());
        json(200, &body)
    }

    fn id_token(&self, access: &str, occasion: Occasion) -> String {
        let now = self.now();
        let hash = digest::digest(&digest::SHA256, access.as_bytes());
        let mut claims = json!({
            "iss": ISSUER, "sub": SUBJECT, "aud": [ISSUER, CLIENT], "azp": CLIENT, "iat": now, "exp": now + 3600,
            "at_hash": URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]), "auth_time": now, "name": "Jane Doe",
        });
        let claims = claims.as_object_mut().unwrap();
        if occasion == Occasion::Login
            && let Some(nonce) = self.asked("nonce")
        {
            claims.insert("nonce".to_owned(), Value::String(nonce));
        }
        match occasion {
            Occasion::Login | Occasion::DeviceLogin => (self.settings.id_claims)(claims),
            Occasion::Refresh => (self.settings.refreshed_claims)(claims),
        }
        self.sign(claims)
    }

    fn sign(&self, claims: &Map<String, Value>) -> String {
        let header = |algorithm: &str, id: &str| {
            let mut header = json!({ "alg": algorithm, "typ": "JWT", "kid": id });
            if self.settings.without_kid {
                header.as_object_mut().unwrap().remove("kid");
            }
            header
        };
        match &self.settings.signing {
            Signing::With(key) => compact(&header(key.algorithm(), &key.id), claims, |message| key.sign(message)),
            Signing::Broken(key) => compact(&header(key.algorithm(), &key.id), claims, |_| key.sign(b"something else")),
            Signing::Hmac(secret) => compact(&header("HS256", "hmac"), claims, |message| hmac_sha256(secret, message)),
            Signing::Unsigned => compact(&json!({ "alg": "none" }), claims, |_| Vec::new()),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Occasion {
    Login,
    DeviceLogin,
    Refresh,
}

/// A listener whose browser is the test: it gives these callbacks, made from the authorisation URL it is told.
pub struct TestListener {
    callbacks: Arc<Mutex<VecDeque<Url>>>,
    pub pages: Arc<Mutex<Vec<CallbackPage>>>,
}

/// The browser's end of a [`TestListener`].
#[derive(Clone, Default)]
pub struct TestBrowser {
    callbacks: Arc<Mutex<VecDeque<Url>>>,
    pub pages: Arc<Mutex<Vec<CallbackPage>>>,
}

impl TestBrowser {
    pub fn listener(&self) -> Box<dyn CallbackListener> {
        Box::new(TestListener { callbacks: self.callbacks.clone(), pages: self.pages.clone() })
    }

    pub fn comes_back_with(&self, callback: Url) {
        self.callbacks.lock().unwrap().push_back(callback);
    }

    pub fn pages(&self) -> Vec<CallbackPage> {
        self.pages.lock().unwrap().clone()
    }
}

impl CallbackListener for TestListener {
    fn redirect_uri(&self) -> Url {
        Url::parse(CALLBACK).unwrap()
    }

    fn next(&mut self) -> BoxFuture<'_, Result<CallbackRequest, AuthError>> {
        let next = self.callbacks.lock().unwrap().pop_front();
        let pages = self.pages.clone();
        Box::pin(async move {
            match next {
                Some(url) => {
                    let respond = Box::new(move |page| pages.lock().unwrap().push(page));
                    Ok(CallbackRequest { url, respond })
                }
                None => std::future::pending().await,
            }
        })
    }
}

/// Seconds since the tests began.
pub fn since_start(clock: &FakeClock) -> i64 {
    START.seconds_until(clock.now())
}
