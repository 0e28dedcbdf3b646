//! The token lab: which token shows, verifying, comparing, copying, the provider's view, renewing claims.

use serde_json::{Map, Value, json};

use super::fixture::{DAY, Stage, name, only_send, outcome, problem, session};
use crate::app::effect::Effect;
use crate::app::lab::{LabInput, LabLayer, LabRow, LabSource, Live, RowTone, Verification};
use crate::app::msg::Msg;
use crate::app::session::SessionView;
use crate::app::state::{Layer, Question};
use crate::model::exchange::RunId;
use crate::model::session::TokenKind;
use crate::model::time::Timestamp;
use crate::model::verdict::{Check, CheckId, Outcome, Verdict};
use crate::redact::{AccessToken, SecretText};
use crate::token::find::Found;
use crate::token::inspect::inspect;
use crate::token::kinde;
use crate::token::live::{AccountCall, AccountList, LiveTruth};
use crate::token::testing::encode;

fn jwt(claims: &Value) -> String {
    format!("{}.{}.c2ln", encode(&json!({ "alg": "RS256", "kid": "k" })), encode(claims))
}

/// A session of `jane` whose access token has these claims.
fn with_claims(claims: &Value, now: Timestamp) -> SessionView {
    let mut view = session("jane", now, DAY);
    let token = jwt(claims);
    view.access.inspection = inspect(&token);
    view.access.kinde = view.access.inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
    view.tokens.access = AccessToken::new(token);
    view
}

fn claims(permissions: &[&str]) -> Value {
    json!({ "iss": "https://dev.example", "sub": "kp_1", "jti": permissions.len(), "permissions": permissions })
}

fn in_lab() -> Stage {
    let mut stage = Stage::signed_out();
    let view = with_claims(&claims(&["read:orders"]), stage.now);
    stage.session("jane", Some(view));
    stage.press("T");
    stage
}

fn lab(stage: &Stage) -> &LabLayer {
    stage.state().lab().expect("the lab is open")
}

fn rows(stage: &Stage) -> Vec<LabRow> {
    lab(stage).rows(stage.state())
}

fn value(stage: &Stage, label: &str) -> Option<String> {
    rows(stage).into_iter().find(|row| row.label == label).map(|row| row.value)
}

fn titles(stage: &Stage) -> Vec<String> {
    rows(stage).into_iter().filter(|row| row.tone == RowTone::Title).map(|row| row.label).collect()
}

fn copied(effects: &[Effect]) -> (&'static str, String) {
    let copies: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Copy { what, text } => Some((*what, text.expose().to_owned())),
            _ => None,
        })
        .collect();
    assert_eq!(copies.len(), 1, "{effects:?}");
    copies[0].clone()
}

#[test]
fn it_opens_on_the_sessions_token_and_explains_it() {
    let stage = in_lab();
    assert!(titles(&stage)[0].starts_with("access token of jane"), "{:?}", titles(&stage));
    assert_eq!(value(&stage, "permissions").as_deref(), Some("read:orders"));
    assert!(titles(&stage).contains(&"Size".to_owned()));
    let row = rows(&stage).into_iter().find(|row| row.label == "iss").unwrap();
    assert!(row.about.contains("who made it"), "{row:?}");
}

#[test]
fn without_a_session_it_is_empty_and_takes_what_is_pasted() {
    let mut stage = Stage::signed_out();
    stage.press("T");
    assert!(lab(&stage).shown().is_none());
    stage.press("a");
    assert!(lab(&stage).problem.as_deref().unwrap().contains("Nobody is signed in"));
    // No input has to be opened for it.
    stage.tell(Msg::Paste(format!("Authorization: Bearer {}", jwt(&claims(&[])))));
    assert_eq!(lab(&stage).shown().unwrap().source, LabSource::Pasted("text".to_owned()));
    assert_eq!(
        value(&stage, "decoded").as_deref(),
        Some("not verified; it says that it comes from https://dev.example")
    );
    stage.tell(Msg::Paste("nothing to see here".to_owned()));
    assert!(lab(&stage).problem.is_some() && lab(&stage).shown().is_some(), "what was there stays");
}

#[test]
fn a_token_response_has_several_tokens_and_the_arrows_turn_them() {
    let mut stage = in_lab();
    let (one, two) = (jwt(&json!({ "n": 1 })), jwt(&json!({ "n": 2 })));
    stage.tell(Msg::Paste(json!({ "access_token": one, "id_token": two, "expires_in": 60 }).to_string()));
    assert!(titles(&stage)[0].starts_with("pasted, access_token, 1 of 2"), "{:?}", titles(&stage));
    stage.press("right");
    assert_eq!(value(&stage, "n").as_deref(), Some("2"));
    stage.press("] [");
    assert_eq!(value(&stage, "n").as_deref(), Some("2"));
    stage.press("a");
    assert!(titles(&stage)[0].starts_with("access token of jane"));
    stage.press("i");
    assert!(titles(&stage)[0].starts_with("ID token of jane"));
}

#[test]
fn what_was_pasted_is_forgotten_with_the_layer_and_never_printed() {
    let mut stage = in_lab();
    let token = jwt(&json!({ "sub": "somebody-pasted" }));
    stage.press("v");
    assert!(matches!(lab(&stage).input, Some(LabInput::Token(_))));
    stage.write(&token[..10]);
    assert!(!format!("{:?}", stage.state().layers).contains(&token[..10]), "what is typed is masked");
    stage.tell(Msg::Paste(token.clone()));
    assert!(lab(&stage).input.is_none());
    let printed = format!("{:?}", stage.state().layers);
    assert!(!printed.contains(&token[30..60]) && !printed.contains("somebody-pasted"), "{printed}");
    stage.press("esc");
    assert!(stage.state().lab().is_none());
    stage.press("T");
    assert!(titles(&stage)[0].starts_with("access token of jane"), "nothing of it is left");
}

#[test]
fn esc_closes_the_input_first() {
    let mut stage = in_lab();
    stage.press("v esc");
    assert!(lab(&stage).input.is_none());
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

// ── Verifying ───────────────────────────────────────────────────────────────────────────────

fn verify_order(effects: Vec<Effect>) -> (RunId, String, SecretText) {
    let mut orders = effects.into_iter().filter_map(|effect| match effect {
        Effect::VerifyToken(order) => Some((order.id, order.issuer.to_string(), order.token)),
        _ => None,
    });
    orders.next().expect("a token is verified")
}

fn issuer_typed(stage: &Stage) -> &str {
    match &lab(stage).input {
        Some(LabInput::Issuer(field)) => &field.text,
        other => panic!("no issuer is asked for but {other:?}"),
    }
}

#[test]
fn it_verifies_against_the_issuer_that_the_user_names_and_remembers_it() {
    let mut stage = in_lab();
    let foreign = jwt(&json!({ "iss": "https://evil.example", "sub": "x" }));
    stage.tell(Msg::Paste(foreign.clone()));
    stage.press("s");
    // The identity's issuer stands there, not what the token says.
    assert_eq!(issuer_typed(&stage), "https://dev.example");
    stage.press("ctrl+u");
    stage.write("not a domain");
    stage.press("enter");
    assert!(lab(&stage).problem.is_some() && lab(&stage).input.is_some());
    stage.press("ctrl+u");
    stage.write("other.example");
    let (id, issuer, token) = verify_order(stage.press("enter"));
    assert_eq!((issuer.as_str(), token.expose()), ("https://other.example", foreign.as_str()));
    assert!(stage.app.wants_tick().is_some(), "a spinner turns");
    let check = Check { id: CheckId::Issuer, outcome: Outcome::Fail, reason: "another issuer made it".to_owned() };
    let verdict = Verdict { checks: vec![check] };
    stage.tell(Msg::TokenVerified { id: RunId(id.0 + 50), result: Ok(Verdict::default()) });
    assert!(matches!(lab(&stage).verification, Verification::Running { .. }), "a late answer does not count");
    stage.tell(Msg::TokenVerified { id, result: Ok(verdict) });
    assert_eq!(value(&stage, "rejected").as_deref(), Some("against https://other.example"));
    assert_eq!(value(&stage, "issuer").as_deref(), Some("another issuer made it"));
    stage.press("s");
    assert_eq!(issuer_typed(&stage), "https://other.example", "remembered");
    stage.press("tab");
    assert_eq!(issuer_typed(&stage), "https://evil.example", "offered, and only taken by the user");
}

#[test]
fn a_verification_that_fails_says_why() {
    let mut stage = in_lab();
    stage.press("s");
    let (id, ..) = verify_order(stage.press("enter"));
    stage.tell(Msg::TokenVerified { id, result: Err(problem("Nothing answers at `dev.example`")) });
    assert_eq!(value(&stage, "not verified").as_deref(), Some("Nothing answers at `dev.example`"));
}

// ── Comparing and copying ───────────────────────────────────────────────────────────────────

#[test]
fn the_marked_token_is_compared_with_those_that_show_next() {
    let mut stage = in_lab();
    stage.press("m");
    assert!(titles(&stage).iter().any(|title| title.starts_with("Marked")));
    stage.tell(Msg::Paste(jwt(&claims(&["read:orders", "create:orders"]))));
    assert!(titles(&stage).contains(&"Compared with the access token of jane".to_owned()), "{:?}", titles(&stage));
    assert_eq!(value(&stage, "~ permissions").as_deref(), Some("gained create:orders"));
    assert_eq!(value(&stage, "as always").as_deref(), Some("jti"));
    stage.press("m m");
    assert!(!titles(&stage).iter().any(|title| title.starts_with("Compared") || title.starts_with("Marked")));
}

#[test]
fn parts_are_copied_and_the_token_only_when_it_is_asked_for() {
    let mut stage = in_lab();
    let (what, header) = copied(&stage.press("H"));
    assert_eq!((what, header.contains("\"alg\": \"RS256\"")), ("header", true));
    let (what, payload) = copied(&stage.press("P"));
    assert_eq!((what, payload.contains("read:orders")), ("payload", true));
    let row = rows(&stage).iter().position(|row| row.label == "permissions").unwrap();
    stage.press("home");
    for _ in 0..row {
        stage.press("down");
    }
    assert_eq!(copied(&stage.press("y")), ("value", r#"["read:orders"]"#.to_owned()));
    let (what, token) = copied(&stage.press("Y"));
    assert_eq!((what, token.matches('.').count()), ("token", 2));
    stage.press("home");
    assert!(stage.press("y").is_empty() && lab(&stage).problem.is_some(), "a title has nothing to copy");
}

#[test]
fn the_tokens_of_the_response_are_found_in_body_and_cookies() {
    let mut stage = in_lab();
    stage.press("e");
    assert!(lab(&stage).problem.as_deref().unwrap().contains("no response"));
    stage.press("esc");
    let id = only_send(stage.press("enter")).id;
    let body = json!({ "session": { "token": jwt(&json!({ "n": 1 })) } }).to_string();
    stage.tell(Msg::RunFinished { id, outcome: outcome(body.as_bytes()) });
    stage.press("T");
    let effects = stage.press("e");
    let Some(Effect::FindCookieTokens { id, .. }) = effects.first() else { panic!("{effects:?}") };
    assert_eq!(value(&stage, "n").as_deref(), Some("1"));
    let found =
        Found { place: "cookie access_token".to_owned(), token: SecretText::unregistered(jwt(&json!({ "n": 2 }))) };
    stage.tell(Msg::CookieTokensFound { id: *id, found: vec![found] });
    assert!(titles(&stage)[0].starts_with("from the response, token, 1 of 2"), "{:?}", titles(&stage));
    stage.press("right");
    assert_eq!(value(&stage, "n").as_deref(), Some("2"));
}

// ── The provider ────────────────────────────────────────────────────────────────────────────

fn asked(effects: &[Effect]) -> RunId {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::AskProvider { id, .. } => Some(*id),
            _ => None,
        })
        .expect("the provider is asked")
}

fn truth(permissions: &[&str]) -> LiveTruth {
    let items = permissions.iter().map(|key| json!({ "key": key })).collect();
    LiveTruth {
        at: Timestamp::from_seconds(1_800_000_000),
        userinfo: Ok(Map::new()),
        account: vec![(AccountCall::Permissions, Ok(AccountList { org_code: None, items, cut: false }))],
        note: None,
    }
}

#[test]
fn what_the_provider_says_now_stands_beside_what_the_token_says() {
    let mut stage = in_lab();
    let id = asked(&stage.press("o"));
    assert!(stage.app.wants_tick().is_some(), "a spinner turns");
    stage.tell(Msg::ProviderAnswered { id: RunId(id.0 + 9), result: Ok(Box::new(truth(&[]))) });
    assert!(matches!(lab(&stage).live, Live::Asking(_)), "a late answer does not count");
    stage.tell(Msg::ProviderAnswered { id, result: Ok(Box::new(truth(&["read:orders", "create:orders"]))) });
    let says = "token says read:orders · provider says create:orders, read:orders";
    assert_eq!(value(&stage, "permissions").as_deref(), Some(says));
    assert!(value(&stage, "what to do").unwrap().contains("renew its claims"));
    let id = asked(&stage.press("o"));
    stage.tell(Msg::ProviderAnswered { id, result: Err(problem("Nothing answers")) });
    assert_eq!(value(&stage, "not asked").as_deref(), Some("Nothing answers"));
}

#[test]
fn the_token_panel_asks_and_renews_too() {
    let mut stage = Stage::signed_out();
    let view = with_claims(&claims(&["read:orders"]), stage.now);
    stage.session("jane", Some(view));
    stage.press("4");
    asked(&stage.press("o"));
    assert!(stage.state().lab().is_some());
    stage.press("esc n");
    assert_eq!(stage.question(), &Question::RenewClaims(name("jane")));
}

#[test]
fn of_a_pasted_token_nobody_is_asked() {
    let mut stage = in_lab();
    stage.tell(Msg::Paste(jwt(&claims(&[]))));
    assert!(stage.press("o").is_empty());
    assert!(lab(&stage).problem.as_deref().unwrap().contains("your own sessions"));
    stage.press("n");
    assert!(!matches!(stage.state().layers.last(), Some(Layer::Confirm(_))));
}

#[test]
fn claims_are_renewed_after_a_yes_and_the_difference_shows() {
    let mut stage = in_lab();
    stage.press("n n");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Lab(_))), "no is no");
    stage.press("n");
    let effects = stage.press("y");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::RenewClaims(_))), "{effects:?}");
    let view = with_claims(&claims(&["read:orders", "create:orders"]), stage.now);
    stage.session("jane", Some(view));
    assert!(
        titles(&stage).iter().any(|title| title.starts_with("Changed at the last refresh")),
        "{:?}",
        titles(&stage)
    );
    assert_eq!(value(&stage, "~ permissions").as_deref(), Some("gained create:orders"));
    assert_eq!(value(&stage, "permissions").as_deref(), Some("read:orders, create:orders"), "the new token shows");
}

#[test]
fn a_renewal_that_fails_keeps_the_session_and_says_so() {
    let mut stage = in_lab();
    stage.press("n y");
    let key = stage.key("jane");
    stage.tell(Msg::SessionLoaded {
        key,
        result: Err(problem("The access token was revoked, but no new one was given")),
    });
    assert!(stage.session_of("jane").view().is_some());
    assert!(stage.notice().contains("revoked, but no new one"), "{}", stage.notice());
}

#[test]
fn the_same_token_again_is_told_after_r_and_after_a_renewal() {
    let mut stage = Stage::signed_out();
    let view = || with_claims(&claims(&["read:orders"]), Timestamp::from_seconds(1_800_000_000));
    stage.session("jane", Some(view()));
    stage.press("r");
    stage.session("jane", Some(view()));
    assert!(stage.notice().contains("the same access token"), "{}", stage.notice());
    stage.press("4 n y");
    stage.session("jane", Some(view()));
    assert!(stage.notice().contains("revoked access token again"), "{}", stage.notice());
    assert!(stage.state().replaced.is_empty());
}

#[test]
fn a_session_without_a_refresh_token_is_not_renewed() {
    let mut stage = Stage::signed_out();
    let mut view = with_claims(&claims(&[]), stage.now);
    view.tokens.refresh = None;
    stage.session("jane", Some(view));
    stage.press("T n");
    assert!(lab(&stage).problem.as_deref().unwrap().contains("no refresh token"));
    assert!(LabSource::Session(name("jane"), TokenKind::Refresh).words().contains("refresh token"));
}

#[test]
fn what_was_replaced_is_forgotten_with_the_session() {
    let mut stage = in_lab();
    let view = with_claims(&claims(&["x"]), stage.now);
    stage.session("jane", Some(view));
    assert_eq!(stage.state().replaced.len(), 1);
    let another = json!({ "iss": "https://dev.example", "sub": "kp_2", "permissions": ["y"] });
    let view = with_claims(&another, stage.now);
    stage.session("jane", Some(view));
    assert_eq!(stage.state().replaced.len(), 1, "another user's token is no refresh of this one");
    let key = stage.key("jane");
    stage.tell(Msg::LoggedOut { key, problem: None });
    assert!(stage.state().replaced.is_empty());
}
