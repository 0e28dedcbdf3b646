//! Tests of the question that comes before a sign-in: where will the tokens be kept?

use super::fixture::{Stage, only_login, vault, workspace};
use crate::app::effect::{Effect, VaultRequest};
use crate::app::msg::Msg;
use crate::app::state::{LoginStage, StartOptions};
use crate::model::port::{VaultError, VaultKind, VaultStatus};

fn absent() -> VaultStatus {
    vault(Err(VaultError::Absent("no D-Bus session".to_owned())))
}

fn memory() -> VaultStatus {
    VaultStatus { kind: VaultKind::Memory, name: "memory".to_owned(), availability: Ok(()) }
}

/// `jane` is signed out and there is no keyring.
fn without_keyring() -> Stage {
    let mut stage = Stage::signed_out();
    stage.tell(Msg::VaultProbed(absent()));
    stage
}

#[test]
fn without_a_vault_the_question_comes_before_the_sign_in() {
    let mut stage = without_keyring();
    assert_eq!(stage.press("l"), []);
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { selected: 0, passphrase: None }));
}

#[test]
fn the_sign_in_waits_for_a_vault_that_was_not_asked_yet() {
    let mut stage = Stage::started(StartOptions::default());
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
    assert_eq!(stage.press("l"), []);
    assert!(matches!(stage.stage(), LoginStage::Working(_)));
    only_login(&stage.tell(Msg::VaultProbed(vault(Ok(())))));

    let mut stage = Stage::started(StartOptions::default());
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
    stage.press("l");
    assert_eq!(stage.tell(Msg::VaultProbed(absent())), []);
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { .. }));
}

#[test]
fn switching_the_grant_while_the_vault_is_asked_starts_once() {
    let mut stage = Stage::started(StartOptions::default());
    stage.tell(Msg::WorkspaceLoaded(Box::new(workspace())));
    assert_eq!(stage.press("l p"), []);
    let effects = stage.tell(Msg::VaultProbed(vault(Ok(()))));
    only_login(&effects);
    assert_eq!(stage.tell(Msg::VaultProbed(vault(Ok(())))), [], "a second answer starts nothing");
}

#[test]
fn memory_is_chosen_and_the_sign_in_begins() {
    let mut stage = without_keyring();
    stage.press("l");
    assert_eq!(stage.press("enter"), [Effect::ChooseVault(VaultRequest::Memory)]);
    let effects = stage.tell(Msg::VaultProbed(memory()));
    only_login(&effects);
}

#[test]
fn a_file_asks_for_its_passphrase() {
    let mut stage = without_keyring();
    stage.press("l down enter");
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { passphrase: Some(_), .. }));
    assert_eq!(stage.press("enter"), [], "an empty one is none");
    stage.write("correct horse q");
    assert!(!format!("{:?}", stage.state()).contains("correct"));
    match stage.press("enter").as_slice() {
        [Effect::ChooseVault(VaultRequest::File(passphrase))] => assert_eq!(passphrase.expose(), "correct horse q"),
        other => panic!("{other:?}"),
    }
    let wrong = VaultStatus {
        kind: VaultKind::EncryptedFile,
        name: "vault".to_owned(),
        availability: Err(VaultError::WrongPassphrase),
    };
    assert_eq!(stage.tell(Msg::VaultProbed(wrong)), []);
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { .. }));
    assert!(stage.state().login().unwrap().notes.iter().any(|note| note.contains("passphrase does not open")));
}

#[test]
fn escape_leaves_the_passphrase_then_the_sign_in() {
    let mut stage = without_keyring();
    stage.press("l down enter x esc");
    assert!(matches!(stage.stage(), LoginStage::ChooseVault { selected: 1, passphrase: None }));
    assert_eq!(stage.press("esc"), []);
    assert!(stage.state().layers.is_empty());
}

#[test]
fn the_keyring_can_be_asked_again() {
    let mut stage = without_keyring();
    stage.press("l down down down");
    assert_eq!(stage.press("enter"), [Effect::ChooseVault(VaultRequest::Keyring)]);
    only_login(&stage.tell(Msg::VaultProbed(vault(Ok(())))));
}

#[test]
fn an_answer_after_escape_starts_nothing() {
    let mut stage = without_keyring();
    stage.press("l enter esc");
    let effects = stage.tell(Msg::VaultProbed(memory()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Login { .. })), "{effects:?}");
    assert!(stage.state().layers.is_empty());
}
