//! Where tokens are kept: asked for before the sign-in when there is no safe place, and never in the way.

use bearcat::app::state::{AppState, LoginStage};
use bearcat::model::port::VaultKind;

use crate::stage::{Setup, Stage, vault};
use crate::vaults::Behaviour;

/// No keyring: `l` leads to the question.
fn without_keyring() -> Stage {
    let mut stage = Setup::new().vault(vault(Behaviour::Absent)).manual_clock().start();
    stage.select("orders");
    stage.press("l");
    stage.until("the question", |state| {
        state.login().is_some_and(|login| matches!(login.stage, LoginStage::ChooseVault { .. }))
    });
    assert_eq!(stage.demo.log().len(), 0, "the provider is not asked before the vault is settled");
    stage
}

#[test]
fn without_a_keyring_memory_is_chosen_and_the_sign_in_goes_on() {
    let mut stage = without_keyring();
    let screen = stage.wait_screen("the choices", |screen| screen.to_lowercase().contains("memory"));
    assert!(screen.to_lowercase().contains("passphrase"), "{screen}");
    stage.press("enter");
    stage.approve();
    stage.until("the session", |state| state.current_view().is_some());
    assert_eq!(stage.see(|state| state.vault.as_ref().map(|vault| vault.kind)), Some(VaultKind::Memory));
    stage.press("esc");
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}

#[test]
fn without_a_keyring_a_file_is_chosen_with_a_passphrase_and_holds_no_plain_token() {
    let mut stage = without_keyring();
    stage.press("down enter");
    stage.until("the passphrase", |state| {
        state.login().is_some_and(|login| matches!(login.stage, LoginStage::ChooseVault { passphrase: Some(_), .. }))
    });
    stage.type_text("correct horse");
    let screen = stage.wait_screen("the input", |_| true);
    assert!(!screen.contains("correct"), "the passphrase is masked:\n{screen}");
    stage.press("enter");
    stage.approve();
    let token = stage.wait("the session", |state| Some(state.current_view()?.tokens.access.expose().to_owned()));
    assert_eq!(stage.see(|state| state.vault.as_ref().map(|vault| vault.kind)), Some(VaultKind::EncryptedFile));
    let mut files = Vec::new();
    collect(&stage.home.path().join("home"), &mut files);
    assert!(
        files.iter().any(|(path, _)| path.contains("vault")),
        "{:?}",
        files.iter().map(|(path, _)| path).collect::<Vec<_>>()
    );
    for (path, bytes) in files {
        assert!(!String::from_utf8_lossy(&bytes).contains(&token[..40]), "a token stands in {path}");
    }
    stage.press("esc");
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}

fn collect(folder: &std::path::Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn a_vault_that_never_answers_does_not_hold_up_the_keys() {
    let mut stage = Setup::new().vault(vault(Behaviour::Silent)).start();
    stage.select("orders");
    stage.press("l");
    stage.until("the layer", |state| state.login().is_some());
    stage.press("esc");
    stage.until("no layer", |state| state.layers.is_empty());
    stage.press("?");
    stage.until("the help", |state| !state.layers.is_empty());
    stage.press("esc");
    stage.select("Ping");
    assert_eq!(stage.send_request().status, 200, "what needs no token is sent");
    stage.select("orders");
    stage.press("enter");
    stage.until("a run that waits", AppState::has_active_run);
    stage.press("esc");
    stage.until("no run", |state| !state.has_active_run());
    stage.press("q");
    assert_eq!(stage.ended().ending, bearcat::shell::event_loop::Ending::Quit);
}

#[test]
fn a_vault_that_cannot_be_written_keeps_the_session_for_now_and_says_so() {
    let mut stage = Setup::new().vault(vault(Behaviour::ReadOnly)).manual_clock().start();
    stage.select("orders");
    stage.press("l");
    stage.approve();
    // The vault is tried again after a pause, twice.
    for _ in 0..2 {
        stage.block_on(stage.clock().advance_to_next_sleeper());
    }
    stage.until("the session", |state| state.current_view().is_some());
    stage.until("words about it", |state| {
        state.problems().iter().any(|problem| problem.to_string().contains("the disk is full"))
    });
    stage.press("esc");
    assert_eq!(stage.send_request().status, 200);
    stage.finish();
}
