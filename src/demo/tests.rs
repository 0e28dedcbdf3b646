//! End-to-end tests of the demo over real sockets, with a client that follows no redirects.

mod account;
mod api;
mod authorization_code;
mod device;
mod discovery;
mod express;
mod faults;
mod machine;
mod nextjs;
mod people;
mod properties;
mod refresh;
mod revocation;
mod screenless;
mod seed;
mod trial;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use crate::demo::clock::ManualClock;
use crate::demo::directory::{AUDIENCE, DEVICE_CLIENT, SPA_CLIENT};
use crate::demo::faults::Faults;
use crate::demo::jwt::{self, Parsed};
use crate::demo::{Demo, DemoOptions, browser, start};

/// A verifier of the shortest length, and its challenge.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "http://127.0.0.1:53180/callback";
const SCOPE: &str = "openid profile email offline";

/// A demo on a clock that stands still, and a client.
struct Kit {
    demo: Demo,
    clock: Arc<ManualClock>,
    http: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// The tokens of an answer.
#[derive(Debug, Clone)]
struct Tokens {
    access: String,
    id: String,
    refresh: String,
    body: Value,
}

impl Tokens {
    fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text);
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), id: text("id_token"), refresh: text("refresh_token"), body }
    }
}

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn header(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

impl Kit {
    async fn start() -> Self {
        Self::with(Faults::default()).await
    }

    async fn with(faults: Faults) -> Self {
        let clock = Arc::new(ManualClock::fixed());
        let options = DemoOptions { clock: clock.clone(), faults, ..DemoOptions::default() };
        let demo = start(options).await.unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self { demo, clock, http }
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    fn issuer_url(&self, path: &str) -> Url {
        self.demo.issuer.join(path).unwrap()
    }

    fn api_url(&self, path: &str) -> Url {
        self.demo.api.join(path).unwrap()
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Answer {
        self.try_answer(request).await.unwrap()
    }

    async fn try_answer(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    async fn get(&self, path: &str) -> Answer {
        self.answer(self.http.get(self.issuer_url(path))).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.answer(self.http.post(self.issuer_url(path)).form(form)).await
    }

    async fn token(&self, form: &[(&str, &str)]) -> Answer {
        self.post("/oauth2/token", form).await
    }

    async fn get_as(&self, path: &str, token: &str) -> Answer {
        self.answer(self.http.get(self.issuer_url(path)).bearer_auth(token)).await
    }

    async fn api(&self, path: &str) -> Answer {
        self.answer(self.http.get(self.api_url(path))).await
    }

    async fn api_as(&self, path: &str, token: &str) -> Answer {
        self.answer(self.http.get(self.api_url(path)).bearer_auth(token)).await
    }

    /// Asks for a device code.
    async fn device_request(&self, extra: &[(&str, &str)]) -> Answer {
        let mut form = vec![("client_id", DEVICE_CLIENT.id)];
        form.extend(extra);
        self.post("/oauth2/device/auth", &form).await
    }

    /// Polls once.
    async fn poll(&self, device_code: &str) -> Answer {
        self.token(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
            ("client_id", DEVICE_CLIENT.id),
            ("device_code", device_code),
        ])
        .await
    }

    /// The whole device flow as this user, with the API's audience.
    async fn device_sign_in(&self, email: &str, extra: &[(&str, &str)]) -> Tokens {
        let mut form = vec![("scope", SCOPE), ("audience", AUDIENCE)];
        form.extend(extra);
        let request = self.device_request(&form).await.json();
        assert!(self.demo.approve_as(request["user_code"].as_str().unwrap(), email));
        Tokens::of(&self.poll(request["device_code"].as_str().unwrap()).await)
    }

    /// The authorisation URL of the front-end application, its parameters replaced by or extended with these.
    fn authorization_url(&self, changes: &[(&str, &str)]) -> Url {
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", SPA_CLIENT.id),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPE),
            ("state", "a-long-enough-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
            ("audience", AUDIENCE),
        ];
        parameters.retain(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        parameters.extend(changes.iter().filter(|(_, value)| *value != "-"));
        let mut url = self.issuer_url("/oauth2/auth");
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }

    /// Signs in on the page; the parameters of the callback.
    async fn callback(&self, email: &str, changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let url = browser::sign_in(&self.authorization_url(changes), email).await.unwrap();
        url.query_pairs().into_owned().collect()
    }

    async fn code(&self, email: &str, changes: &[(&str, &str)]) -> String {
        let callback = self.callback(email, changes).await;
        callback.iter().find(|(name, _)| name == "code").unwrap_or_else(|| panic!("{callback:?}")).1.clone()
    }

    /// Exchanges a code as the front-end application.
    async fn exchange(&self, code: &str) -> Answer {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", SPA_CLIENT.id),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    /// The whole code flow as this user.
    async fn code_sign_in(&self, email: &str, changes: &[(&str, &str)]) -> Tokens {
        let code = self.code(email, changes).await;
        Tokens::of(&self.exchange(&code).await)
    }

    /// Refreshes as the front-end application.
    async fn refresh(&self, refresh_token: &str) -> Answer {
        self.token(&[("grant_type", "refresh_token"), ("client_id", SPA_CLIENT.id), ("refresh_token", refresh_token)])
            .await
    }

    /// A token parsed, its signature checked against the published key set.
    async fn verified(&self, token: &str) -> Parsed {
        let parsed = jwt::parse(token).unwrap();
        parsed.verify_signature(&self.demo.shared.published_keys().await).unwrap();
        parsed
    }
}
