//! What holds for all rules: each has its examples, each row of kinde.md is known, texts are fit to be read, and
//! healthy exchanges have no findings. The examples of a rule stand beside it, in its table.

use std::collections::{BTreeMap, BTreeSet};

use rstest::rstest;
use serde_json::json;

use crate::diagnose::rule::{self, Check};
use crate::diagnose::testing::{Given, HTML, JSON, SDK_401, TEXT, given};
use crate::model::finding::{Finding, Weight};
use crate::model::verdict::{CheckId, Outcome};

/// Rows of kinde.md section 9 that a client cannot see, and why.
const UNSEEN: &[(u8, &str)] = &[(
    48,
    "Kinde tells of a locked account on its own page only; the findings of a sign-in that nobody finished, or that was \
     refused, name it among the causes",
)];

const ROWS: std::ops::RangeInclusive<u8> = 1..=53;

/// All examples on which a rule fires.
fn all_findings() -> Vec<(&'static str, Finding)> {
    rule::all().flat_map(|rule| (rule.fires)().findings().into_iter().map(move |finding| (rule.id, finding))).collect()
}

#[test]
fn every_rule_fires_on_its_example_and_not_on_the_nearest_one() {
    for rule in rule::all() {
        let (fires, silent) = ((rule.fires)(), (rule.silent)());
        assert!(fires.ids().contains(&rule.id), "{}: {:?}", rule.id, fires.ids());
        assert!(!silent.ids().contains(&rule.id), "{}: {:?}", rule.id, silent.ids());
        let is_sign_in = matches!(rule.check, Check::SignIn(_));
        assert_eq!((fires.sign_in.is_some(), silent.sign_in.is_some()), (is_sign_in, is_sign_in), "{}", rule.id);
    }
}

#[test]
fn every_row_of_the_knowledge_is_recognised_or_cannot_be_seen() {
    let mut known: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
    for rule in rule::all() {
        for row in rule.rows {
            assert!(ROWS.contains(row), "{}: there is no row {row}", rule.id);
            known.entry(*row).or_default().push(rule.id);
        }
    }
    let unseen: BTreeSet<u8> = UNSEEN.iter().map(|(row, _)| *row).collect();
    for row in ROWS {
        assert!(known.contains_key(&row) != unseen.contains(&row), "row {row}: {:?}", known.get(&row));
    }
    assert!(UNSEEN.iter().all(|(_, why)| why.len() > 40));
}

#[test]
fn ids_are_unique_and_plain() {
    let mut seen = BTreeSet::new();
    for rule in rule::all() {
        assert!(seen.insert(rule.id), "{} stands twice", rule.id);
        assert!(
            rule.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
            "{}",
            rule.id
        );
        assert!(!rule.about.is_empty() && !rule.about.ends_with('.'), "{}", rule.id);
    }
}

/// Could this be a token: three parts, or a long run of letters without any blank?
fn looks_like_a_token(text: &str) -> bool {
    text.split_whitespace().any(|word| word.contains("eyJ") || (word.len() > 100 && !word.contains('/')))
}

#[test]
fn texts_are_short_concrete_and_hold_no_token() {
    let findings = all_findings();
    let titles = findings.iter().map(|(_, finding)| finding.title.as_str());
    let long: BTreeSet<&str> = titles.filter(|title| title.chars().count() > 90).collect();
    assert!(long.is_empty(), "too long: {long:#?}");
    for (rule, finding) in findings {
        let title = &finding.title;
        assert!(!title.ends_with('.') && !title.is_empty(), "{rule}: {title}");
        assert!(!finding.evidence.is_empty(), "{rule}: {title} has no evidence");
        assert!(!finding.fix.is_empty(), "{rule}: {title} has no fix");
        for text in finding.evidence.iter().chain(&finding.fix).chain([title]) {
            assert!(!looks_like_a_token(text), "{rule}: {text}");
            assert!(!text.is_empty() && !text.ends_with('.') && text.trim() == text, "{rule}: {text:?}");
            assert!(text.chars().count() <= 260, "{rule}: {text} has {}", text.chars().count());
        }
    }
}

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
#[case::row_2(given(200, &[HTML], "<html>").good_token().after("/api/auth/login"), "followed-to-sign-in-page")]
#[case::no_token(given(401, &[JSON], "{}"), "no-token-sent")]
#[case::confirmed_audience(
    given(401, &[JSON], r#"{"error":"jwt audience invalid. expected: https://api"}"#)
        .with_token(&json!({ "sub": "u", "aud": [], "scp": ["openid"], "azp": "c" }), &[(CheckId::Signature, Outcome::Pass)]),
    "audience-empty"
)]
#[case::seed_says_invalid(given(401, &[JSON], r#"{"message":"Unauthorized: Invalid token"}"#).good_token(), "api-verifies-wrongly")]
#[case::seed_says_missing_or_invalid(
    given(401, &[JSON], r#"{"message":"Unauthorized: Missing or invalid token"}"#).good_token().sending("Authorization", "bearer ••••••"),
    "scheme-missing"
)]
#[case::forbidden_json(given(403, &[JSON], r#"{"message":"Forbidden"}"#).good_token(), "forbidden")]
#[case::forbidden_text(given(403, &[TEXT], "Forbidden").good_token(), "express-forbidden")]
#[case::flask_422(
    given(422, &[JSON], r#"{"msg":"Signature verification failed"}"#).good_token(),
    "api-says-signature"
)]
#[case::jose_in_a_500(
    given(500, &[JSON], r#"{"error":"unexpected \"aud\" claim value"}"#).good_token(),
    "api-says-audience"
)]
#[case::django_403_without_token(
    given(403, &[JSON], r#"{"detail":"Authentication credentials were not provided."}"#),
    "no-token-sent"
)]
fn the_likeliest_cause_comes_first(#[case] given: Given, #[case] expected: &str) {
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
#[case::resource_about_a_refusal(
    given(200, &[JSON], r#"{"id":7,"status":401,"message":"Unauthorized","url":"https://b","checkedAt":"x","retries":2}"#).good_token()
)]
#[case::method_not_allowed(given(405, &[], "").good_token())]
#[case::html_page(given(200, &[HTML], "<html>login</html>").good_token())]
#[case::logout_leads_to_login(given(302, &[("location", "/login")], "").at("https://app.example.com/logout"))]
#[case::login_redirects_on(given(302, &[("location", "https://b.kinde.com/oauth2/auth?x=1")], "").at("https://app.example.com/api/auth/login"))]
fn says_nothing_of_healthy_answers(#[case] given: Given) {
    assert_eq!(given.ids(), Vec::<&str>::new());
}

/// Whatever the body and the token: who was refused is told at least one thing to do.
#[test]
fn no_refusal_is_left_unexplained() {
    let bodies =
        ["", "{}", SDK_401, r#"{"message":"Forbidden"}"#, "<html>", "Invalid token", r#"{"error":"jwt expired"}"#];
    for status in [401, 403] {
        for body in bodies {
            for given in [
                given(status, &[], body).good_token(),
                given(status, &[], body).with_token(&json!({ "sub": "u" }), &[]),
                given(status, &[], body).with_text("opaque"),
            ] {
                assert!(!given.ids().is_empty(), "{status} {body}");
            }
        }
    }
}

#[test]
fn a_good_token_is_not_called_bad() {
    let ids = given(401, &[("www-authenticate", "Bearer error=\"invalid_token\"")], "").good_token().ids();
    assert!(!ids.contains(&"signature-invalid") && !ids.contains(&"token-expired"), "{ids:?}");
}

/// An API that reads the header only has not seen a token that went as a cookie: its verification is not to blame.
#[test]
fn a_token_in_cookies_blames_no_verification() {
    let blames = |given: &Given| given.ids().contains(&"api-verifies-wrongly");
    let body = r#"{"message":"Unauthorized: Invalid token"}"#;
    assert!(blames(&given(401, &[JSON], body).good_token()));
    assert!(!blames(&given(401, &[JSON], body).good_token().by_cookie()));
}

#[test]
fn only_refusals_are_refusals() {
    let weights = |id: &str| {
        let rule = rule::all().find(|rule| rule.id == id).unwrap();
        (rule.fires)().findings().into_iter().find(|finding| finding.id == id).unwrap().weight
    };
    assert_eq!(weights("bad-token-accepted"), Weight::Weakness);
    assert_eq!(weights("no-refresh-token"), Weight::Notice);
    assert_eq!(weights("redirect-to-https"), Weight::Notice);
    assert_eq!(weights("nextjs-cookies-only"), Weight::Refusal);
}

/// What a server says is quoted in one short line, without anything that looks like a token.
#[test]
fn a_server_cannot_put_a_token_into_a_finding() {
    let token = format!("eyJhbGciOiJSUzI1NiJ9.{}.c2ln", "a".repeat(300));
    let body = format!(r#"{{"message":"invalid token {token} \n\n {}"}}"#, "x".repeat(400));
    for finding in given(401, &[JSON], &body).good_token().findings() {
        for text in &finding.evidence {
            assert!(!text.contains("eyJ") && !text.contains('\n') && text.chars().count() < 260, "{text}");
        }
    }
}
