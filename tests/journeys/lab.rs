//! The token lab against the demo: a pasted token verified, the truth that has changed, claims that are renewed.

use bearcat::app::lab::{LabLayer, LabSource};
use bearcat::app::state::{AppState, Layer, Question};

use crate::stage::{Setup, Stage};

fn signed_in() -> Stage {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.sign_in();
    stage
}

fn value(state: &AppState, label: &str) -> Option<String> {
    state.lab()?.rows(state).into_iter().find(|row| row.label == label).map(|row| row.value)
}

fn title(state: &AppState, start: &str) -> bool {
    state.lab().is_some_and(|lab| lab.rows(state).iter().any(|row| row.label.starts_with(start)))
}

#[test]
fn a_pasted_token_is_verified_against_an_issuer_and_forgotten() {
    let mut stage = signed_in();
    let token = stage.wait("a token", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    stage.press("T");
    stage.wait_for("access token of jane");
    stage.paste(&format!("Cookie: theme=dark; access_token={token}"));
    stage.wait_for("pasted, cookie access_token");
    stage.until("nothing verified yet", |state| value(state, "decoded").is_some());
    stage.press("s");
    stage.until("the identity's issuer", |state| state.lab().is_some_and(|lab| lab.input.is_some()));
    stage.press("enter");
    stage.until("the verdict", |state| value(state, "verified").is_some());
    // One letter of the signature: the same issuer refuses it.
    let at = token.len() - 20;
    let other = if &token[at..=at] == "A" { "B" } else { "A" };
    let mut forged = token.clone();
    forged.replace_range(at..=at, other);
    stage.paste(&forged);
    stage.until("the forged one", |state| {
        state.lab().and_then(LabLayer::shown).is_some_and(|token| token.source == LabSource::Pasted("text".into()))
    });
    stage.press("s enter");
    stage.until("its verdict", |state| value(state, "rejected").is_some());
    stage.press("esc");
    stage.until("the lab closed", |state| state.layers.is_empty());
    let kept = stage.see(|state| format!("{state:?}"));
    assert!(!kept.contains(&forged[at - 10..at + 10]), "nothing of it is kept");
    stage.finish();
}

#[test]
fn a_role_that_changed_after_the_sign_in_is_seen_and_renewed() {
    let mut stage = signed_in();
    let first = stage.wait("a token", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    // What an administrator does on the provider's pages.
    stage.select("Make Jane a manager");
    assert_eq!(stage.send_request().status, 200);
    stage.select("orders");

    // A plain refresh changes nothing: the provider gives the same access token again.
    stage.press("r");
    stage.wait_for("the same access token");
    let again = stage.wait("a token", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    assert_eq!(again, first);
    assert_eq!(stage.demo.token_posts("refresh_token"), 1);

    stage.press("T o");
    stage.until("the provider's answer", |state| title(state, "What the provider says now ("));
    let permissions = stage.see(|state| value(state, "permissions")).unwrap();
    assert_eq!(permissions, "token says read:orders · provider says create:orders, read:orders, read:reports");
    assert_eq!(stage.see(|state| value(state, "roles")).unwrap(), "token says clerk · provider says clerk, manager");
    assert!(stage.see(|state| value(state, "flags")).unwrap().contains("dark_mode = false"));
    assert_eq!(
        stage.see(|state| value(state, "entitlements")).unwrap(),
        "exports = 100, seats = 25 (not in the token)"
    );
    stage.wait_for("what to do");

    stage.press("n");
    stage.until("the question", |state| {
        matches!(state.layers.last(), Some(Layer::Confirm(Question::RenewClaims(name))) if name.as_str() == "jane")
    });
    stage.wait_for("revoked at the provider");
    stage.press("y");
    stage.until("what changed", |state| title(state, "Changed at the last refresh"));
    let gained = stage.see(|state| value(state, "~ permissions")).unwrap();
    assert_eq!(gained, "gained create:orders, read:reports");
    assert_eq!(stage.demo.count(|seen| seen.path == "/oauth2/revoke" && seen.status == Some(200)), 1);
    assert_eq!(stage.demo.token_posts("refresh_token"), 2);
    stage.press("esc");
    stage.wait_for("Changed at the last refresh");

    // The session goes on: what the new token grants is granted, and the refresh token was not lost.
    stage.select("Create an order");
    assert_eq!(stage.send_request().status, 201);
    stage.clock().advance(std::time::Duration::from_hours(25));
    stage.select("orders");
    assert_eq!(stage.send_request().status, 200);
    assert_eq!(stage.demo.token_posts("refresh_token"), 3);
    stage.finish();
}

#[test]
fn a_call_that_fails_is_told_and_the_others_are_shown() {
    use bearcat::demo::mishap::{Endpoint, Mishap};
    let mut stage = signed_in();
    stage.demo.faults().plan(Endpoint::Account, Mishap::TooManyRequests { reset: 30 }, Some(1));
    stage.demo.faults().plan(Endpoint::Account, Mishap::NotFound, Some(1));
    stage.press("4 o");
    stage.until("the provider's answer", |state| title(state, "What the provider says now ("));
    assert_eq!(stage.see(|state| value(state, "permissions")).unwrap(), "too many calls (429) (wait 30 s)");
    assert!(stage.see(|state| value(state, "roles")).unwrap().starts_with("no list: status 404"));
    assert!(stage.see(|state| value(state, "flags")).unwrap().contains("dark_mode = true"));
    stage.finish();
}

#[test]
fn a_renewal_that_is_interrupted_says_so_and_the_session_can_be_refreshed() {
    use bearcat::demo::mishap::{Endpoint, Mishap};
    let mut stage = signed_in();
    stage.demo.faults().plan(Endpoint::Token, Mishap::ServerError, Some(1));
    stage.press("4 n");
    stage.until("the question", |state| matches!(state.layers.last(), Some(Layer::Confirm(_))));
    stage.press("y");
    stage.until("the failure told", |state| {
        state.problems().iter().any(|problem| problem.title.contains("revoked, but no new one"))
    });
    stage.press("esc");
    stage.until("the lab closed", |state| state.layers.is_empty());
    let old = stage.wait("the session", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    stage.press("r");
    stage
        .until("a new token", move |state| state.current_view().is_some_and(|view| view.tokens.access.expose() != old));
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}
