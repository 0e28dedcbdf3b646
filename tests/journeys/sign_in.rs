//! Signing in: every way of it, and what follows.

use bearcat::app::state::{LoginStage, StartOptions};
use bearcat::demo::browser;
use bearcat::demo::directory::{ADMIN, JANE};
use bearcat::demo::mishap::{Endpoint, Mishap};
use bearcat::model::identity::IdentityName;
use bearcat::model::verdict::Standing;

use crate::stage::{Setup, Stage};

fn standing(stage: &mut Stage) -> Standing {
    stage.wait("a session", |state| state.current_view().map(|view| view.access.verdict.standing()))
}

fn as_identity(name: &str) -> impl FnOnce(&mut StartOptions) + use<> {
    let name = IdentityName::new(name);
    move |options| options.identity = Some(name)
}

#[test]
fn a_new_user_signs_in_by_device_and_sees_the_verified_token_beside_the_response() {
    let mut stage = Setup::new().manual_clock().start();
    stage.wait_for("orders.http");
    stage.select("orders");
    stage.press("l");
    let code = stage.wait("a device code", |state| match &state.login()?.stage {
        LoginStage::Device { user_code, .. } => Some(user_code.clone()),
        _ => None,
    });
    let screen = stage.wait_for(&code);
    assert!(screen.contains("/device"), "the page to go to is shown:\n{screen}");
    stage.approve();
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.press("esc");
    let answer = stage.send_request();
    assert_eq!(answer.status, 200);
    assert!(answer.carried_a_token());
    let screen = stage.wait_for("200 OK");
    assert!(screen.contains("signature") && screen.contains("read:orders"), "{screen}");
    assert!(screen.contains(JANE), "{screen}");
    let shown = stage.finish();
    assert_eq!(shown.app.state().current_view().unwrap().who(), JANE);
}

#[test]
fn sending_while_signed_out_offers_the_sign_in_and_then_sends_by_itself() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.press("enter");
    stage.approve();
    let answer = stage.response();
    assert_eq!(answer.status, 200);
    assert!(answer.carried_a_token());
    stage.until("no layer in the way", |state| state.layers.is_empty());
    stage.wait_for("200 OK");
    assert_eq!(stage.demo.count(|seen| seen.path == "/api/v1/orders"), 1);
    stage.finish();
}

#[test]
fn the_offered_sign_in_can_be_left_and_the_request_sent_without_a_token() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.press("enter");
    stage.until("a device code", |state| {
        state.login().is_some_and(|login| matches!(login.stage, LoginStage::Device { .. }))
    });
    stage.press("a");
    let answer = stage.response();
    assert_eq!(answer.status, 401);
    assert!(!answer.carried_a_token());
    stage.finish();
}

#[test]
fn escape_leaves_the_sign_in_and_its_late_approval_changes_nothing() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.press("l");
    let code = stage.wait("a device code", |state| match &state.login()?.stage {
        LoginStage::Device { user_code, .. } => Some(user_code.clone()),
        _ => None,
    });
    stage.press("esc");
    stage.until("no layer", |state| state.layers.is_empty());
    stage.until_outside("end of polling", |stage| stage.clock().sleepers() == 0);
    assert!(stage.demo.approve(&code));
    stage.clock().advance(std::time::Duration::from_secs(30));
    assert!(stage.see(|state| state.current_view().is_none()));
    assert_eq!(stage.demo.token_posts("urn:ietf:params:oauth:grant-type:device_code"), 0);
    stage.finish();
}

#[test]
fn a_denied_code_says_so_and_enter_tries_again() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.press("l");
    let code = stage.wait("a device code", |state| match &state.login()?.stage {
        LoginStage::Device { user_code, .. } => Some(user_code.clone()),
        _ => None,
    });
    assert!(stage.demo.deny(&code));
    let clock = stage.clock();
    stage.block_on(clock.advance_to_next_sleeper());
    stage.until("a failure", |state| state.login().is_some_and(|login| matches!(login.stage, LoginStage::Failed(_))));
    stage.press("enter");
    stage.approve();
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.finish();
}

#[test]
fn a_browser_sign_in_opens_the_page_and_the_callback_ends_it() {
    let mut stage = Setup::new().options(as_identity("admin")).start();
    stage.select("orders");
    stage.press("l");
    let url = stage.wait("the page to open", |state| match &state.login()?.stage {
        LoginStage::Browser { url, .. } => Some(url.clone()),
        _ => None,
    });
    stage.wait_for("/callback");
    assert_eq!(stage.opened(), std::slice::from_ref(&url));
    let page = stage.block_on(browser::sign_in_and_return(&url, ADMIN)).unwrap();
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.press("esc");
    assert_eq!(stage.send_request().status, 200);
    stage.wait_for(ADMIN);
    stage.finish();
}

#[test]
fn over_ssh_the_address_that_the_browser_ended_on_is_pasted() {
    let mut stage = Setup::new().options(as_identity("admin")).start();
    stage.select("orders");
    stage.press("l");
    let url = stage.wait("the page to open", |state| match &state.login()?.stage {
        LoginStage::Browser { url, .. } => Some(url.clone()),
        _ => None,
    });
    let callback = stage.block_on(browser::sign_in(&url, ADMIN)).unwrap();
    stage.press("v");
    stage.until("the input", |state| {
        state.login().is_some_and(|login| matches!(login.stage, LoginStage::Browser { pasted: Some(_), .. }))
    });
    stage.paste(callback.as_str());
    stage.press("enter");
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.finish();
}

#[test]
fn a_callback_with_an_error_is_told_in_words() {
    let mut stage = Setup::new()
        .options(as_identity("admin"))
        .faults(|faults| faults.authorization_error = Some("access_denied".to_owned()))
        .start();
    stage.select("orders");
    stage.press("l");
    let url = stage.wait("the page to open", |state| match &state.login()?.stage {
        LoginStage::Browser { url, .. } => Some(url.clone()),
        _ => None,
    });
    stage.block_on(browser::sign_in_and_return(&url, ADMIN)).unwrap();
    let problem = stage.wait("a failure", |state| match &state.login()?.stage {
        LoginStage::Failed(problem) => Some(problem.clone()),
        _ => None,
    });
    stage.wait_screen("the problem", |screen| screen.contains(&problem.title[..20]));
    stage.finish();
}

#[test]
fn a_token_is_pasted_with_everything_that_people_paste_around_it() {
    let mut donor = Setup::new().manual_clock().start();
    donor.select("orders");
    donor.sign_in();
    let token = donor.wait("a token", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    donor.select("orders");
    donor.press("L y");
    donor.until("nobody signed in", |state| state.current_view().is_none());
    donor.press("l");
    donor.press("P");
    donor.until("the input", |state| state.login().is_some_and(|login| matches!(login.stage, LoginStage::Paste(_))));
    donor.paste(&format!("Bearer {token}\n"));
    let screen = donor.wait_screen("a masked input", |screen| screen.contains("••") || screen.contains("**"));
    assert!(!screen.contains(&token[..30]), "{screen}");
    donor.press("enter");
    donor.until("the session", |state| state.current_view().is_some());
    donor.press("esc");
    let answer = donor.send_request();
    assert!(answer.carried_a_token());
    donor.finish();
}

#[test]
fn a_machine_signs_in_without_anybody_asking() {
    let mut stage = Setup::new().options(as_identity("machine")).start();
    stage.select("me");
    stage.press("l");
    stage.until("the session", |state| state.current_view().is_some());
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.press("esc");
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}

fn failure(stage: &mut Stage) -> String {
    stage.wait("a failure", |state| match &state.login()?.stage {
        LoginStage::Failed(problem) => Some(problem.to_string()),
        _ => None,
    })
}

#[test]
fn a_code_that_runs_out_says_so() {
    let mut stage = Setup::new().manual_clock().start();
    stage.select("orders");
    stage.press("l");
    stage.until("a device code", |state| {
        state.login().is_some_and(|login| matches!(login.stage, LoginStage::Device { .. }))
    });
    stage.block_on(stage.clock().wait_for_sleepers(1));
    stage.clock().advance(std::time::Duration::from_secs(601));
    let words = failure(&mut stage);
    assert!(words.contains("expire") || words.contains("ran out"), "{words}");
    stage.finish();
}

#[test]
fn a_provider_that_cannot_be_reached_is_named_and_the_second_try_works() {
    let mut stage = Setup::new().manual_clock().start();
    stage.demo.faults().plan(Endpoint::DeviceAuthorization, Mishap::Dropped, Some(1));
    stage.select("orders");
    stage.press("l");
    let words = failure(&mut stage);
    assert!(words.contains("127.0.0.1"), "{words}");
    stage.press("enter");
    stage.approve();
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.finish();
}

#[test]
fn a_callback_port_in_use_is_named() {
    let mut stage = Setup::new().options(as_identity("admin")).start();
    stage.select("orders");
    let port = stage.wait("the identity", |state| {
        let admin = state.identities.iter().find(|one| one.name.as_str() == "admin")?;
        admin.redirect_uri.as_ref()?.port()
    });
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    stage.press("l");
    let words = failure(&mut stage);
    assert!(words.contains(&port.to_string()), "{words}");
    stage.finish();
}

#[test]
fn a_new_identity_is_typed_into_the_form_and_written_down_for_the_next_time() {
    let mut stage = Setup::empty().file("a.http", "### it\nGET @API@/api/v1/me\n").manual_clock().start();
    stage.select("it");
    stage.press("l");
    stage.until("the form", |state| state.login().is_some_and(|login| matches!(login.stage, LoginStage::Form(_))));
    let issuer = stage.demo.issuer_text().to_owned();
    stage.type_text(&issuer);
    stage.press("tab");
    stage.type_text(bearcat::demo::directory::DEVICE_CLIENT.id);
    stage.press("tab");
    stage.type_text(bearcat::demo::directory::AUDIENCE);
    stage.press("tab");
    stage.type_text("mine");
    stage.press("enter");
    stage.approve();
    assert_eq!(standing(&mut stage), Standing::Verified);
    stage.press("esc");
    stage.until("the identity known", |state| {
        state.workspace_knows(&IdentityName::new("mine")) && state.layers.is_empty()
    });
    let answer = stage.send_request();
    assert_eq!((answer.status, answer.exchange.token.unwrap().identity.as_str()), (200, "mine"));
    stage.finish();
}
