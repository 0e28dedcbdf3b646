//! One positive and one negative case for each rule, and healthy exchanges on which no rule may fire.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use rstest::rstest;
use serde_json::{Value, json};

use crate::diagnose::case::Case;
use crate::diagnose::diagnose;
use crate::model::exchange::{Connection, Exchange, Hop, ResponseBody, ResponseHead, SentRequest, Timings, TokenUsed};
use crate::model::identity::IdentityName;
use crate::model::request::TokenCarrier;
use crate::model::time::Timestamp;
use crate::model::verdict::{Check, CheckId, Outcome, Verdict};
use crate::token::inspect::{Inspection, inspect};

/// An exchange, as short as it can be written.
struct Given {
    exchange: Exchange,
    token: Option<Inspection>,
    verdict: Option<Verdict>,
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

fn given(status: u16, headers: &[(&str, &str)], body: &str) -> Given {
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
    Given { exchange, token: None, verdict: None }
}

impl Given {
    fn with_token(mut self, claims: &Value, checks: &[(CheckId, Outcome)]) -> Self {
        self.exchange.token = Some(TokenUsed {
            identity: IdentityName::new("jane"),
            carrier: TokenCarrier::Bearer,
            jti: None,
            fingerprint: "0123456789ab".to_owned(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.c2lnbmF0dXJl", part(&json!({ "alg": "RS256" })), part(claims));
        self.token = Some(inspect(&token));
        let checks =
            checks.iter().map(|(id, outcome)| Check { id: *id, outcome: *outcome, reason: "reason".to_owned() });
        self.verdict = Some(Verdict { checks: checks.collect() });
        self
    }

    fn good_token(self) -> Self {
        let claims = json!({ "sub": "kp_1", "scp": ["openid"], "aud": ["https://api"], "azp": "c", "jti": "1" });
        self.with_token(&claims, &[(CheckId::Signature, Outcome::Pass)])
    }

    fn by_cookie(mut self) -> Self {
        self.exchange.token.as_mut().unwrap().carrier = TokenCarrier::Cookie;
        self
    }

    fn after(mut self, location: &str) -> Self {
        let hop = Hop {
            request: request("https://app.example.com/api/v1/orders"),
            head: head(307, &[("location", location)]),
            credentials_dropped: false,
        };
        self.exchange.hops.push(hop);
        self
    }

    fn ids(&self) -> Vec<&'static str> {
        let case = Case {
            exchange: &self.exchange,
            identity: None,
            token: self.token.as_ref(),
            verdict: self.verdict.as_ref(),
            provider: None,
        };
        diagnose(&case).into_iter().map(|finding| finding.id).collect()
    }
}

const SDK_401: &str = r#"{"statusCode":401,"message":"Unauthorized"}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

#[rstest]
#[case::row_1_relative(given(307, &[("location", "/api/auth/login")], "").good_token(), "nextjs-cookies-only")]
#[case::row_1_absolute(
    given(307, &[("location", "https://app.example.com/api/auth/login?post_login_redirect_url=%2Fx")], "").good_token(),
    "nextjs-cookies-only"
)]
#[case::row_33(given(307, &[("location", "/api/auth/login")], "").good_token().by_cookie(), "nextjs-cookies-refused")]
#[case::row_4(given(401, &[JSON], SDK_401).good_token(), "nextjs-cookies-only-401")]
#[case::row_3(given(405, &[], "").good_token().after("/api/auth/login"), "nextjs-405-after-login-redirect")]
#[case::row_5(given(200, &[JSON], SDK_401).good_token(), "refusal-with-200")]
#[case::row_2(given(200, &[("content-type", "text/html")], "<html>").good_token().after("/api/auth/login"), "followed-to-sign-in-page")]
#[case::row_42(given(302, &[("location", "https://b.kinde.com/logout?redirect=https%3A%2F%2Fapp")], ""), "express-no-session")]
#[case::no_token(given(401, &[JSON], "{}"), "no-token-sent")]
#[case::row_38(
    given(401, &[JSON], "{}").with_token(&json!({ "sub": "u", "at_hash": "x", "nonce": "n", "auth_time": 1 }), &[]),
    "id-token-sent"
)]
#[case::expired(given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Expiry, Outcome::Fail)]), "token-expired")]
#[case::row_10(given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Issuer, Outcome::Fail)]), "issuer-differs")]
#[case::row_7(
    given(401, &[], "").with_token(&json!({ "sub": "u", "aud": [], "scp": ["openid"], "azp": "c" }), &[(CheckId::Signature, Outcome::Pass)]),
    "audience-empty"
)]
#[case::row_8(
    given(401, &[], "").with_token(&json!({ "sub": "u", "aud": ["https://x"] }), &[(CheckId::Audience, Outcome::Fail)]),
    "audience-differs"
)]
#[case::row_11(given(401, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Key, Outcome::Fail)]), "signature-invalid")]
#[case::row_39(
    given(403, &[], "").with_token(&json!({ "gty": ["client_credentials"], "aud": ["a"] }), &[(CheckId::Signature, Outcome::Pass)]),
    "machine-token"
)]
#[case::row_34(
    given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Permissions, Outcome::Fail)]),
    "permission-missing"
)]
#[case::row_35(
    given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Organization, Outcome::Fail)]),
    "organisation-differs"
)]
#[case::row_6(given(401, &[JSON], r#"{"message":"Unauthorized: Invalid token"}"#).good_token(), "api-verifies-wrongly")]
#[case::forbidden(given(403, &[], "Forbidden").good_token(), "forbidden")]
fn recognises(#[case] given: Given, #[case] expected: &str) {
    let ids = given.ids();
    assert_eq!(ids.first().copied(), Some(expected), "{ids:?}");
}

#[rstest]
#[case::plain_200(given(200, &[JSON], r#"{"orders":[]}"#).good_token())]
#[case::without_token(given(200, &[JSON], "{}"))]
#[case::created(given(201, &[JSON], "{}").good_token())]
#[case::no_content(given(204, &[], "").good_token())]
#[case::other_redirect(given(302, &[("location", "/orders/7")], "").good_token())]
#[case::not_found(given(404, &[JSON], SDK_401).good_token())]
#[case::server_error(given(500, &[], "Invalid token").good_token())]
#[case::inner_status_of_a_resource(given(200, &[JSON], r#"{"statusCode":200}"#).good_token())]
#[case::method_not_allowed(given(405, &[], "").good_token())]
#[case::html_page(given(200, &[("content-type", "text/html")], "<html>login</html>").good_token())]
fn says_nothing_of_healthy_answers(#[case] given: Given) {
    assert_eq!(given.ids(), Vec::<&str>::new());
}

#[test]
fn a_good_token_is_not_called_bad() {
    let ids = given(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "").good_token().ids();
    assert!(!ids.contains(&"signature-invalid") && !ids.contains(&"token-expired"), "{ids:?}");
}

#[test]
fn findings_say_what_to_do_and_end_without_a_full_stop_in_the_title() {
    for given in [
        given(307, &[("location", "/api/auth/login")], "").good_token(),
        given(401, &[JSON], r#"{"message":"Invalid token"}"#).good_token(),
        given(403, &[], "").good_token(),
    ] {
        let case = Case {
            exchange: &given.exchange,
            identity: None,
            token: given.token.as_ref(),
            verdict: given.verdict.as_ref(),
            provider: None,
        };
        for finding in diagnose(&case) {
            assert!(!finding.fix.is_empty() && !finding.evidence.is_empty(), "{}", finding.id);
            assert!(!finding.title.ends_with('.'), "{}", finding.title);
        }
    }
}

/// An API that reads the header only has not seen a token that went as a cookie: its verification is not to blame.
#[test]
fn a_token_in_cookies_blames_no_verification() {
    let given = given(401, &[JSON], r#"{"message":"Unauthorized: Invalid token"}"#).good_token();
    let blames = |given: &Given| given.ids().contains(&"api-verifies-wrongly");
    assert!(blames(&given));
    assert!(!blames(&given.by_cookie()));
}
