//! Every check of the pre-flight, passed, failed and unknown, and the one line over them.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;
use crate::model::verdict::Check;
use crate::token::inspect::inspect;
use crate::token::testing::encode;

const NOW: i64 = 1_795_442_602;

fn token(claims: &Value) -> Inspection {
    inspect(&format!("{}.{}.c2ln", encode(&json!({ "alg": "RS256" })), encode(claims)))
}

fn access() -> Value {
    json!({
        "aud": ["https://api.acme.test"], "exp": NOW + 600, "iss": "https://acme.kinde.com", "sub": "kp_1",
        "org_code": "org_acme", "permissions": ["read:orders"], "scp": ["openid"],
        "roles": [{ "id": "1", "key": "clerk", "name": "Clerk" }],
    })
}

fn verified() -> Verdict {
    let check = |id| Check { id, outcome: Outcome::Pass, reason: "it holds".to_owned() };
    Verdict { checks: vec![check(CheckId::Signature), check(CheckId::Issuer), check(CheckId::Audience)] }
}

fn with(verdict: Verdict, id: CheckId, outcome: Outcome, reason: &str) -> Verdict {
    let mut checks: Vec<Check> = verdict.checks.into_iter().filter(|check| check.id != id).collect();
    checks.push(Check { id, outcome, reason: reason.to_owned() });
    Verdict { checks }
}

fn there() -> Destination {
    Destination::Allowed(Origin::parse("https://api.acme.test").unwrap())
}

/// A flight of a verified session with an ID token to an allowed origin.
struct Case {
    access: Inspection,
    verdict: Verdict,
    id: Option<Inspection>,
    refreshes: bool,
    require: Vec<Requirement>,
    carrier: TokenCarrier,
    destination: Destination,
}

impl Case {
    fn good() -> Self {
        Self {
            access: token(&access()),
            verdict: verified(),
            id: Some(token(&json!({ "exp": NOW + 60, "at_hash": "x" }))),
            refreshes: true,
            require: vec![Requirement::Permission("read:orders".to_owned())],
            carrier: TokenCarrier::Bearer,
            destination: there(),
        }
    }

    fn flown(&self) -> Preflight {
        let session = HeldSession {
            access: &self.access,
            verdict: &self.verdict,
            expires_at: self.access.expires_at(),
            id: self.id.as_ref(),
            refreshes: self.refreshes,
        };
        let flight = Flight {
            require: &self.require,
            carrier: self.carrier,
            destination: self.destination.clone(),
            held: Held::Session(session),
        };
        preflight(&flight, Timestamp::from_seconds(NOW))
    }
}

fn answer(preflight: &Preflight, id: PreflightId) -> Option<(Answer, &str)> {
    preflight.checks.iter().find(|check| check.id == id).map(|check| (check.answer, check.reason.as_str()))
}

#[test]
fn a_good_token_passes_every_check() {
    let flown = Case::good().flown();
    assert_eq!(flown.answer(), Answer::Pass, "{flown:?}");
    assert_eq!(flown.headline(), "It will pass, as far as the token decides");
    let ids: Vec<&str> = flown.checks.iter().map(|check| check.id.id()).collect();
    assert_eq!(ids, ["origin", "token", "expiry", "audience", "permissions"]);
}

#[rstest]
#[case::permission(Requirement::Permission("create:orders".into()), PreflightId::Permissions)]
#[case::organisation(Requirement::Organization("org_globex".into()), PreflightId::Organization)]
#[case::role(Requirement::Role("admin".into()), PreflightId::Permissions)]
#[case::flag(Requirement::Flag("beta".into()), PreflightId::Permissions)]
fn what_the_request_needs_and_the_token_lacks_fails(#[case] need: Requirement, #[case] id: PreflightId) {
    let flown = Case { require: vec![need], ..Case::good() }.flown();
    let (answer, reason) = answer(&flown, id).unwrap();
    assert_eq!((answer, flown.answer()), (Answer::Fail, Answer::Fail));
    assert!(reason.contains("acks") || reason.contains("needed"), "{reason}");
    assert_eq!(flown.headline(), format!("It will not pass: {}", id.label()));
}

#[test]
fn a_scope_counts_where_there_are_scopes_only() {
    let mut claims = access();
    claims.as_object_mut().unwrap().shift_remove("permissions");
    let flown =
        Case { access: token(&claims), require: vec![Requirement::Permission("read:orders".into())], ..Case::good() }
            .flown();
    assert_eq!(answer(&flown, PreflightId::Scopes).unwrap().0, Answer::Fail);
}

#[test]
fn a_rejected_token_fails_and_an_unverified_one_is_not_known() {
    let verdict = with(verified(), CheckId::Signature, Outcome::Fail, "it does not fit the key");
    let flown = Case { verdict, ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Token), Some((Answer::Fail, "signature: it does not fit the key")));
    let verdict = with(verified(), CheckId::Signature, Outcome::Skipped, "no keys");
    let flown = Case { verdict, ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Token), Some((Answer::Unknown, "Decoded, not verified: no keys")));
    assert_eq!(flown.headline(), "Nothing speaks against it; not known: token");
}

#[rstest]
#[case(Outcome::Fail, Answer::Fail)]
#[case(Outcome::Warn, Answer::Unknown)]
#[case(Outcome::Skipped, Answer::Unknown)]
#[case(Outcome::Pass, Answer::Pass)]
fn the_audience_is_as_the_verdict_says(#[case] outcome: Outcome, #[case] expected: Answer) {
    let verdict = with(verified(), CheckId::Audience, outcome, "as it is");
    let flown = Case { verdict, ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Audience), Some((expected, "as it is")));
    // It has a check of its own: the token as such is not blamed for it.
    assert_eq!(answer(&flown, PreflightId::Token).unwrap().0, Answer::Pass);
}

#[test]
fn an_expired_token_passes_where_it_is_renewed_first() {
    let expired = || {
        let mut claims = access();
        claims["exp"] = json!(NOW - 90);
        token(&claims)
    };
    let flown = Case { access: expired(), ..Case::good() }.flown();
    let renewed = "Expired 1 m 30 s ago; it is renewed before it is sent";
    assert_eq!(answer(&flown, PreflightId::Expiry), Some((Answer::Pass, renewed)));
    let flown = Case { access: expired(), refreshes: false, ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Expiry).unwrap().0, Answer::Fail);
}

#[test]
fn cookie_mode_needs_an_id_token_that_has_not_expired() {
    let cookies = || Case { carrier: TokenCarrier::Cookie, ..Case::good() };
    let fits = "The session fits into 2 cookies of the SDK";
    assert_eq!(answer(&cookies().flown(), PreflightId::Carrier), Some((Answer::Pass, fits)));
    let without = Case { id: None, ..cookies() }.flown();
    assert_eq!(answer(&without, PreflightId::Carrier).unwrap().0, Answer::Fail);
    let old = Case { id: Some(token(&json!({ "exp": NOW - 1 }))), ..cookies() }.flown();
    let (answered, reason) = answer(&old, PreflightId::Carrier).unwrap();
    assert_eq!(answered, Answer::Fail);
    assert!(reason.contains("expired 1 s ago"), "{reason}");
}

#[test]
fn a_token_that_is_too_large_for_a_header_is_told() {
    let mut claims = access();
    claims["permissions"] = (0..1000).map(|n| format!("read:thing-{n}")).collect();
    let large = Case { access: token(&claims), require: Vec::new(), ..Case::good() }.flown();
    let (answered, reason) = answer(&large, PreflightId::Carrier).unwrap();
    assert_eq!(answered, Answer::Unknown);
    assert!(reason.contains("16 KiB"), "{reason}");
}

#[test]
fn a_foreign_origin_fails_and_one_that_is_not_known_does_not_pass() {
    let destination = Destination::NotAllowed(Origin::parse("https://else.test").unwrap());
    let flown = Case { destination, ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Origin).unwrap().0, Answer::Fail);
    let flown = Case { destination: Destination::Unknown("no value".into()), ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Origin), Some((Answer::Unknown, "no value")));
}

#[test]
fn what_an_opaque_token_grants_is_not_known() {
    let flown = Case { access: inspect("k_live_0123456789"), ..Case::good() }.flown();
    assert_eq!(answer(&flown, PreflightId::Permissions).unwrap().0, Answer::Unknown);
    assert_eq!(answer(&flown, PreflightId::Expiry).unwrap().0, Answer::Unknown);
}

#[rstest]
#[case(Held::Nothing, &[], Answer::Unknown)]
#[case(Held::Nothing, &[Requirement::Role("admin".into())], Answer::Fail)]
#[case(Held::Own, &[], Answer::Unknown)]
#[case(Held::SignedOut, &[], Answer::Fail)]
#[case(Held::NotLoaded, &[], Answer::Unknown)]
fn without_a_session_there_is_one_check(
    #[case] held: Held<'_>,
    #[case] require: &[Requirement],
    #[case] expected: Answer,
) {
    let flight = Flight { require, carrier: TokenCarrier::Bearer, destination: there(), held };
    let flown = preflight(&flight, Timestamp::from_seconds(NOW));
    assert_eq!((flown.checks.len(), flown.answer()), (1, expected));
    assert!(!flown.headline().is_empty());
}
