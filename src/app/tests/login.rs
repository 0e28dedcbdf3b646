//! Tests of signing in: attempts, their messages, the keys of each stage, the form.

use std::time::Duration;

use rstest::rstest;
use url::Url;

use super::fixture::{DAY, ORDERS, Stage, name, only_login, problem, sends, session, vault, workspace_of};
use crate::app::effect::{Effect, SaveIdentity};
use crate::app::msg::{LoginId, LoginProgress, Msg};
use crate::app::session::SessionState;
use crate::app::state::{DemoInfo, FormField, Layer, LoginStage, StartOptions};
use crate::model::identity::{Grant, IdentitySource};
use crate::model::session::SessionKey;

fn exposed(effects: &[Effect]) -> String {
    match effects {
        [Effect::Copy { text, .. }] => text.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn form_stage() -> Stage {
    let mut stage = Stage::started(StartOptions::default());
    stage.tell(Msg::VaultProbed(vault(Ok(()))));
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("orders.http", ORDERS)], "{}"))));
    stage.draw();
    stage
}

fn form_problem(stage: &Stage) -> (FormField, String) {
    match stage.stage() {
        LoginStage::Form(form) => (form.focused_field(), form.problem.clone().unwrap_or_default()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn l_signs_in_the_shown_identity() {
    let mut stage = Stage::signed_out();
    let identity = Box::new(stage.identity("jane"));
    let effects = stage.press("l");
    let id = only_login(&effects);
    assert_eq!(effects, [Effect::Login { id, identity, save: SaveIdentity::Keep }]);
    assert!(matches!(stage.stage(), LoginStage::Working(_)));
}

#[test]
fn a_device_sign_in_from_code_to_done() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    stage.tell(Msg::LoginProgress { id, progress: LoginProgress::Discovering });
    stage.device_code(id);
    let note = Some("slow down".to_owned());
    let progress = LoginProgress::Polled { attempt: 3, interval: Duration::from_secs(10), note };
    stage.tell(Msg::LoginProgress { id, progress });
    assert!(matches!(stage.stage(), LoginStage::Device { attempt: 3, interval, .. } if interval.as_secs() == 10));
    assert_eq!(stage.state().login().unwrap().notes, ["slow down"]);
    for progress in [LoginProgress::Exchanging, LoginProgress::Checking, LoginProgress::Storing] {
        stage.tell(Msg::LoginProgress { id, progress });
        assert!(matches!(stage.stage(), LoginStage::Working(_)));
    }
    let identity = Box::new(stage.identity("jane"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    assert!(matches!(stage.stage(), LoginStage::Done));
    assert_eq!(*stage.session_of("jane"), SessionState::Loading);
    stage.sign_in("jane");
    assert!(stage.session_of("jane").view().is_some());
    assert_eq!(stage.notice(), "Signed in as `jane`");
}

#[test]
fn done_goes_away_by_itself_and_by_any_key() {
    for key in [None, Some("x"), Some("enter"), Some("esc"), Some("ctrl+c"), Some("q")] {
        let mut stage = Stage::signed_out();
        let id = stage.login();
        let identity = Box::new(stage.identity("jane"));
        stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
        stage.sign_in("jane");
        let effects = match key {
            Some(key) => stage.press(key),
            None => stage.wait(Duration::from_millis(1500)),
        };
        assert_eq!(effects, [], "{key:?}");
        assert!(stage.state().layers.is_empty(), "{key:?}");
    }
}

#[test]
fn who_signs_in_becomes_the_current_identity() {
    let mut stage = Stage::signed_in();
    stage.select(3);
    stage.session("admin", None);
    let id = stage.login();
    assert_eq!(stage.state().login().unwrap().identity.name, name("admin"));
    let identity = Box::new(stage.identity("admin"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    assert_eq!(stage.state().identity, Some(name("admin")));
}

#[test]
fn a_failure_is_shown_and_enter_tries_again() {
    let mut stage = Stage::signed_out();
    let first = stage.login();
    stage.tell(Msg::LoginEnded { id: first, result: Err(problem("The code has expired")) });
    assert!(matches!(stage.stage(), LoginStage::Failed(_)));
    let second = only_login(&stage.press("enter"));
    assert_ne!(first, second);
    assert_eq!(stage.press("esc"), [Effect::CancelLogin(second)]);
}

#[test]
fn a_failure_needs_no_cancelling() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    stage.tell(Msg::LoginEnded { id, result: Err(problem("denied")) });
    assert_eq!(stage.press("esc"), []);
    assert!(stage.state().layers.is_empty());
}

#[rstest]
#[case("esc")]
#[case("ctrl+c")]
#[case("q")]
fn a_cancelled_sign_in_stays_cancelled(#[case] key: &str) {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    stage.device_code(id);
    assert_eq!(stage.press(key), [Effect::CancelLogin(id)]);
    assert!(stage.state().layers.is_empty());
    stage.device_code(id);
    let identity = Box::new(stage.identity("jane"));
    assert_eq!(stage.tell(Msg::LoginEnded { id, result: Ok(identity) }), []);
    assert!(stage.state().layers.is_empty());
    assert_eq!(*stage.session_of("jane"), SessionState::SignedOut);
}

#[test]
fn messages_of_an_old_attempt_change_nothing() {
    let mut stage = Stage::signed_out();
    let old = stage.login();
    let new = only_login(&stage.press("p"));
    stage.device_code(old);
    assert!(matches!(stage.stage(), LoginStage::Working(_)));
    stage.tell(Msg::LoginEnded { id: old, result: Err(problem("late")) });
    assert!(matches!(stage.stage(), LoginStage::Working(_)));
    stage.tell(Msg::LoginProgress { id: LoginId(99), progress: LoginProgress::Note("future".to_owned()) });
    assert!(stage.state().login().unwrap().notes.is_empty());
    stage.browser(new);
    assert!(matches!(stage.stage(), LoginStage::Browser { .. }));
}

#[test]
fn an_end_that_comes_twice_counts_once() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    let identity = Box::new(stage.identity("jane"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    stage.tell(Msg::LoginEnded { id, result: Err(problem("again")) });
    assert!(matches!(stage.stage(), LoginStage::Done));
}

#[test]
fn switching_the_grant_cancels_and_starts_anew() {
    let mut stage = Stage::signed_out();
    let first = stage.login();
    stage.device_code(first);
    assert_eq!(stage.press("D"), [], "that is what goes on already");
    let effects = stage.press("p");
    assert_eq!(effects[0], Effect::CancelLogin(first));
    let second = only_login(&effects);
    assert!(matches!(&effects[1], Effect::Login { identity, .. } if identity.grant == Grant::AuthorizationCode));
    let effects = stage.press("D");
    assert_eq!(effects[0], Effect::CancelLogin(second));
    let third = only_login(&effects);
    assert_eq!(stage.press("P"), [Effect::CancelLogin(third)]);
    assert!(matches!(stage.stage(), LoginStage::Paste(_)));
}

#[test]
fn the_browser_is_opened_for_pkce_and_on_demand() {
    let mut stage = Stage::signed_out();
    stage.login();
    let id = only_login(&stage.press("p"));
    let url = Url::parse("https://dev.example/oauth2/auth?state=x").unwrap();
    assert_eq!(stage.browser(id), [Effect::OpenBrowser(url.clone())]);
    assert_eq!(stage.press("o"), [Effect::OpenBrowser(url.clone())]);
    assert_eq!(exposed(&stage.press("y")), url.as_str());
    assert_eq!(exposed(&stage.press("c")), "http://127.0.0.1:53180/callback");
    stage.tell(Msg::BrowserOpened(Err(problem("No browser"))));
    assert!(stage.state().login().unwrap().notes[0].contains("open the URL yourself"));
}

#[test]
fn the_device_code_can_be_copied_and_its_page_opened() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    assert_eq!(stage.press("o y u c v d"), [], "nothing is there yet");
    stage.device_code(id);
    assert_eq!(exposed(&stage.press("y")), "ABCD-EFGH");
    assert_eq!(exposed(&stage.press("u")), "https://dev.example/device?user_code=ABCD-EFGH");
    let page = Url::parse("https://dev.example/device?user_code=ABCD-EFGH").unwrap();
    assert_eq!(stage.press("o"), [Effect::OpenBrowser(page)]);
    assert_eq!(stage.press("d"), [], "only the demo approves itself");
}

#[test]
fn the_demo_approves_its_own_code() {
    let url = Url::parse("http://127.0.0.1:1").unwrap();
    let demo = Some(DemoInfo { issuer: url.clone(), api: url });
    let mut stage = Stage::started(StartOptions { demo, ..StartOptions::default() });
    stage.tell(Msg::VaultProbed(vault(Ok(()))));
    stage.tell(Msg::WorkspaceLoaded(Box::new(super::fixture::workspace())));
    let id = stage.login();
    stage.device_code(id);
    assert_eq!(stage.press("d"), [Effect::DemoApprove { user_code: "ABCD-EFGH".to_owned() }]);
}

#[test]
fn the_callback_url_can_be_pasted() {
    let mut stage = Stage::signed_out();
    stage.login();
    let id = only_login(&stage.press("p"));
    stage.browser(id);
    stage.press("v");
    stage.tell(Msg::Paste(" http://127.0.0.1:53180/callback?code=canary-code&state=x\n".to_owned()));
    assert!(!format!("{:?}", stage.state()).contains("canary-code"));
    match stage.press("enter").as_slice() {
        [Effect::PasteCallback { id: of, url }] => {
            assert_eq!(*of, id);
            assert_eq!(url.expose(), "http://127.0.0.1:53180/callback?code=canary-code&state=x");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.press("v enter"), [], "nothing pasted, nothing sent");
    assert_eq!(stage.press("v esc"), [], "out of the input only");
    assert!(matches!(stage.stage(), LoginStage::Browser { pasted: None, .. }));
}

#[test]
fn a_pasted_url_opens_the_input_by_itself() {
    let mut stage = Stage::signed_out();
    stage.login();
    let id = only_login(&stage.press("p"));
    stage.browser(id);
    stage.tell(Msg::Paste("http://127.0.0.1:53180/callback?code=c".to_owned()));
    assert!(matches!(stage.press("enter").as_slice(), [Effect::PasteCallback { .. }]));
}

#[test]
fn a_pasted_token_is_freed_of_what_was_pasted_around_it() {
    let mut stage = Stage::signed_out();
    stage.login();
    stage.press("P");
    stage.press("enter");
    assert!(stage.state().login().unwrap().notes[0].contains("Paste a token first"));
    stage.tell(Msg::Paste("Authorization: Bearer canary-token-value\n".to_owned()));
    assert!(!format!("{:?}", stage.state()).contains("canary-token"));
    let effects = stage.press("enter");
    match effects.as_slice() {
        [Effect::PasteToken { token, identity, .. }] => {
            assert_eq!(token.expose(), "canary-token-value");
            assert_eq!(identity.name, name("jane"));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(stage.stage(), LoginStage::Working(_)));
}

#[test]
fn notes_are_bounded_and_not_repeated() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    for number in 0..100 {
        for _ in 0..2 {
            let progress = LoginProgress::Note(format!("note {number}"));
            stage.tell(Msg::LoginProgress { id, progress });
        }
    }
    let notes = &stage.state().login().unwrap().notes;
    assert_eq!((notes.len(), notes.last().map(String::as_str)), (20, Some("note 99")));
}

#[test]
fn without_an_identity_the_form_opens() {
    let mut stage = form_stage();
    assert_eq!(stage.press("l"), []);
    assert!(matches!(stage.stage(), LoginStage::Form(_)));
}

#[test]
fn the_form_signs_in_with_a_domain_alone() {
    let mut stage = form_stage();
    stage.press("l");
    stage.write("mybusiness.kinde.com");
    let effects = stage.press("enter");
    let id = only_login(&effects);
    let [Effect::Login { identity, save: SaveIdentity::UserFile, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(identity.name, name("mybusiness"));
    assert_eq!(identity.issuer.as_ref().unwrap().as_str(), "https://mybusiness.kinde.com");
    assert_eq!((identity.grant, identity.client_id.clone()), (Grant::DeviceAuthorization, None));

    let saved = identity.clone();
    let effects = stage.tell(Msg::LoginEnded { id, result: Ok(saved.clone()) });
    assert_eq!(effects, [Effect::LoadWorkspace], "the shell has to know it too");
    assert_eq!(stage.state().identity, Some(name("mybusiness")));
    let view = Some(Box::new(session("mybusiness", stage.now, DAY)));
    stage.tell(Msg::SessionLoaded { key: SessionKey::of(&saved), result: Ok(view) });
    assert!(stage.state().current_view().is_some());
}

#[test]
fn a_request_waits_until_a_new_identity_was_written_and_read() {
    let mut stage = form_stage();
    let files = [("orders.http", "# @auth nobody\nGET https://api.example\n")];
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&files, "{}"))));
    stage.press("l");
    stage.write("mybusiness.kinde.com");
    stage.press("tab tab tab");
    stage.write("nobody");
    let effects = stage.press("enter");
    let id = only_login(&effects);
    let [Effect::Login { identity, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    let identity = identity.clone();
    stage.tell(Msg::LoginEnded { id, result: Ok(identity.clone()) });
    stage.press("x");
    stage.press("enter");
    let view = Some(Box::new(session("nobody", stage.now, DAY)));
    let effects = stage.tell(Msg::SessionLoaded { key: SessionKey::of(&identity), result: Ok(view) });
    assert_eq!(sends(&effects), 0, "the workspace is still being read");
    assert_eq!(sends(&stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&files, "{}"))))), 1);
}

#[test]
fn the_form_says_what_is_wrong_and_where() {
    let mut stage = form_stage();
    stage.press("l enter");
    assert_eq!(form_problem(&stage).0, FormField::Issuer);
    stage.write("http://mybusiness.kinde.com");
    stage.press("enter");
    assert!(form_problem(&stage).1.contains("https"));
    stage.press("ctrl+u");
    assert_eq!(form_problem(&stage).1, "", "typing takes the problem away");
    stage.write("mybusiness.kinde.com");
    stage.press("shift+tab right enter");
    assert_eq!(form_problem(&stage).0, FormField::ClientId);
    stage.write("abc");
    stage.press("tab tab");
    stage.write("two words");
    stage.press("enter");
    assert_eq!(form_problem(&stage).0, FormField::Name);
    stage.press("ctrl+u");
    stage.write("anonymous");
    stage.press("enter");
    assert_eq!(form_problem(&stage).0, FormField::Name);
    stage.press("ctrl+u");
    let effects = stage.press("enter");
    assert!(matches!(&effects[..], [Effect::Login { identity, .. }] if identity.grant == Grant::AuthorizationCode));
}

#[test]
fn the_form_takes_a_token_without_an_issuer() {
    let mut stage = form_stage();
    stage.press("l shift+tab left enter");
    assert!(matches!(stage.stage(), LoginStage::Paste(_)));
    stage.tell(Msg::Paste("opaque-token-1".to_owned()));
    let effects = stage.press("enter");
    assert!(matches!(&effects[..], [Effect::PasteToken { identity, .. }] if identity.name == name("me")));
}

#[test]
fn a_name_of_another_issuer_is_not_taken_over() {
    let mut stage = Stage::loaded();
    let env = r#"{ "dev": { "Security": { "Auth": { "jane": { "Type": "Static" } } } } }"#;
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("orders.http", ORDERS)], env))));
    let with_issuer = super::fixture::ENVIRONMENTS;
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&[("orders.http", ORDERS)], with_issuer))));
    assert_eq!(stage.identity("jane").issuer.as_ref().unwrap().as_str(), "https://dev.example");
}

#[test]
fn after_a_failure_escape_goes_back_to_the_form_with_everything_typed() {
    let mut stage = form_stage();
    stage.press("l");
    stage.write("typo.kinde.com");
    let id = only_login(&stage.press("enter"));
    stage.tell(Msg::LoginEnded { id, result: Err(problem("The name has no address")) });
    assert_eq!(stage.press("esc"), []);
    match stage.stage() {
        LoginStage::Form(form) => assert_eq!(form.issuer.text, "https://typo.kinde.com"),
        other => panic!("{other:?}"),
    }
    assert_eq!(stage.state().login().unwrap().identity.source, IdentitySource::Adhoc);
    stage.press("esc");
    assert!(stage.state().layers.is_empty());
}

#[test]
fn keys_are_text_in_the_form_and_help_is_f1() {
    let mut stage = form_stage();
    stage.press("l");
    stage.write("q?jlp");
    match stage.stage() {
        LoginStage::Form(form) => assert_eq!(form.issuer.text, "q?jlp"),
        other => panic!("{other:?}"),
    }
    stage.press("f1");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { .. })));
    stage.press("esc");
    assert!(matches!(stage.state().layers.last(), Some(Layer::Login(_))));
}

#[test]
fn a_sign_in_goes_on_under_the_help() {
    let mut stage = Stage::signed_out();
    let id = stage.login();
    stage.press("?");
    stage.device_code(id);
    assert!(matches!(stage.stage(), LoginStage::Device { .. }));
    let identity = Box::new(stage.identity("jane"));
    stage.tell(Msg::LoginEnded { id, result: Ok(identity) });
    stage.wait(Duration::from_secs(2));
    assert_eq!(stage.state().layers.len(), 1);
    assert!(matches!(stage.state().layers.last(), Some(Layer::Help { .. })));
}
