//! Exchanges and sign-ins for the examples of the rules, as short as they can be written.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde_json::{Value, json};

use crate::diagnose::case::Case;
use crate::model::exchange::{Connection, Exchange, Hop, ResponseBody, ResponseHead, SentRequest, Timings, TokenUsed};
use crate::model::finding::Finding;
use crate::model::identity::{Grant, IdentityName};
use crate::model::request::TokenCarrier;
use crate::model::sign_in::{Ended, Granted, SignIn};
use crate::model::time::Timestamp;
use crate::model::verdict::{Check, CheckId, Outcome, Verdict};
use crate::token::inspect::{Inspection, inspect};

/// The body of Kinde's Next.js SDK.
pub const SDK_401: &str = r#"{"statusCode":401,"message":"Unauthorized"}"#;

/// Content types.
pub const JSON: (&str, &str) = ("content-type", "application/json");
/// A page.
pub const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
/// A text.
pub const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

/// An example: an exchange, or a sign-in.
pub struct Given {
    pub exchange: Exchange,
    pub token: Option<Inspection>,
    pub verdict: Option<Verdict>,
    pub sign_in: Option<SignIn>,
}

fn head(status: u16, headers: &[(&str, &str)]) -> ResponseHead {
    ResponseHead {
        status,
        reason: "Reason".to_owned(),
        protocol: "HTTP/1.1".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        remote_address: None,
    }
}

fn request(url: &str) -> SentRequest {
    SentRequest { method: "GET".to_owned(), url: url.parse().unwrap(), headers: Vec::new(), body_size: 0 }
}

/// `GET https://app.example.com/api/v1/orders` and this answer, without a token.
pub fn given(status: u16, headers: &[(&str, &str)], body: &str) -> Given {
    let exchange = Exchange {
        at: Timestamp::from_seconds(0),
        request: request("https://app.example.com/api/v1/orders"),
        hops: Vec::new(),
        head: head(status, headers),
        body: ResponseBody { bytes: Bytes::copy_from_slice(body.as_bytes()), ..ResponseBody::default() },
        timings: Timings { total: Duration::from_millis(5), ..Timings::default() },
        token: None,
        connection: Connection::default(),
        resent_after_refresh: false,
    };
    Given { exchange, token: None, verdict: None, sign_in: None }
}

impl Given {
    /// With this text as bearer token.
    pub fn with_text(mut self, token: &str) -> Self {
        self.exchange.token = Some(TokenUsed {
            identity: IdentityName::new("jane"),
            carrier: TokenCarrier::Bearer,
            jti: None,
            fingerprint: "0123456789ab".to_owned(),
        });
        self.token = Some(inspect(token));
        self.verdict.get_or_insert_default();
        self.sending("Authorization", "Bearer ••••••")
    }

    /// With a bearer token of these claims, and these checks of it.
    pub fn with_token(self, claims: &Value, checks: &[(CheckId, Outcome)]) -> Self {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256", "kid": "4c:fa" })), part(claims));
        let checks = checks.iter().map(|(id, outcome)| Check {
            id: *id,
            outcome: *outcome,
            reason: format!("{} reason", id.label()),
        });
        let verdict = Verdict { checks: checks.collect() };
        Self { verdict: Some(verdict), ..self.with_text(&token) }
    }

    /// With a bearer token that holds in every way.
    pub fn good_token(self) -> Self {
        let claims = json!({
            "sub": "kp_1", "scp": ["openid"], "aud": ["https://api"], "azp": "c", "jti": "1", "iss": "https://b.kinde.com",
            "iat": 0, "exp": 86_400, "permissions": ["read:orders"], "org_code": "org_1",
        });
        let checks = [
            (CheckId::Signature, Outcome::Pass),
            (CheckId::Issuer, Outcome::Pass),
            (CheckId::Audience, Outcome::Pass),
            (CheckId::Expiry, Outcome::Pass),
        ];
        self.with_token(&claims, &checks)
    }

    /// The token went as cookies.
    pub fn by_cookie(mut self) -> Self {
        self.exchange.token.as_mut().unwrap().carrier = TokenCarrier::Cookie;
        self.exchange.request.headers.retain(|(name, _)| name != "Authorization");
        self.sending("Cookie", "access_token=••••••; id_token=••••••")
    }

    /// A redirect to there was followed before.
    pub fn after(mut self, location: &str) -> Self {
        self.exchange.hops.push(Hop {
            request: request("https://app.example.com/api/v1/orders"),
            head: head(307, &[("location", location)]),
            credentials_dropped: false,
        });
        self
    }

    /// A redirect to there was followed, and the token dropped.
    pub fn dropped_at(self, location: &str) -> Self {
        let mut given = self.after(location);
        given.exchange.hops.last_mut().unwrap().credentials_dropped = true;
        given.at(location)
    }

    /// At another address.
    pub fn at(mut self, url: &str) -> Self {
        self.exchange.request.url = url.parse().unwrap();
        self
    }

    /// With another method.
    pub fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.exchange.request.method);
        self
    }

    /// With this header, as it is recorded.
    pub fn sending(mut self, name: &str, value: &str) -> Self {
        self.exchange.request.headers.retain(|(known, _)| known != name);
        self.exchange.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// At this time, in seconds.
    pub fn sent_at(mut self, seconds: i64) -> Self {
        self.exchange.at = Timestamp::from_seconds(seconds);
        self
    }

    fn with_sign_in(mut self, change: impl FnOnce(&mut SignIn)) -> Self {
        change(self.sign_in.as_mut().unwrap());
        self
    }

    /// By client credentials.
    pub fn by_machine(self) -> Self {
        self.with_sign_in(|sign_in| sign_in.grant = Grant::ClientCredentials)
    }

    /// By the browser.
    pub fn in_the_browser(self) -> Self {
        self.with_sign_in(|sign_in| sign_in.grant = Grant::AuthorizationCode)
    }

    /// Asking for this audience.
    pub fn for_audience(self, audience: &str) -> Self {
        self.with_sign_in(|sign_in| sign_in.audiences = vec![audience.to_owned()])
    }

    /// At this issuer.
    pub fn at_issuer(self, issuer: &str) -> Self {
        self.with_sign_in(|sign_in| sign_in.issuer = Some(issuer.to_owned()))
    }

    /// Asking for these scopes.
    pub fn asking(self, scopes: &str) -> Self {
        self.with_sign_in(|sign_in| sign_in.scopes = scopes.split(' ').map(str::to_owned).collect())
    }

    /// The findings.
    pub fn findings(&self) -> Vec<Finding> {
        match &self.sign_in {
            Some(sign_in) => crate::diagnose::sign_in(sign_in),
            None => crate::diagnose::diagnose(&Case {
                exchange: &self.exchange,
                identity: None,
                token: self.token.as_ref(),
                verdict: self.verdict.as_ref(),
                provider: None,
            }),
        }
    }

    /// Their ids.
    pub fn ids(&self) -> Vec<&'static str> {
        self.findings().into_iter().map(|finding| finding.id).collect()
    }
}

/// A sign-in at Kinde that ended so.
pub fn sign_in(grant: Grant, ended: Ended) -> Given {
    let sign_in = SignIn {
        grant,
        is_kinde: true,
        issuer: Some("https://b.kinde.com".to_owned()),
        client_id: Some("client".to_owned()),
        sends_secret: false,
        scopes: ["openid", "profile", "email", "offline"].map(str::to_owned).to_vec(),
        audiences: Vec::new(),
        prompt: None,
        ended,
    };
    Given { sign_in: Some(sign_in), ..given(200, &[], "") }
}

/// A refusal with an OAuth error, by the device grant.
pub fn refused(during: &str, code: &str, description: Option<&str>) -> Given {
    let ended = Ended::Refused {
        during: during.to_owned(),
        code: code.to_owned(),
        description: description.map(str::to_owned),
        status: Some(400),
    };
    sign_in(Grant::DeviceAuthorization, ended)
}

/// A status at an address.
pub fn answered(what: &'static str, url: &str, status: u16) -> Given {
    sign_in(Grant::DeviceAuthorization, Ended::Answered { what, url: url.to_owned(), status })
}

/// A sign-in by the device grant that worked.
pub fn granted(granted: Granted) -> Given {
    sign_in(Grant::DeviceAuthorization, Ended::Granted(granted))
}
