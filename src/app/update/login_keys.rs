//! What keys do in the sign-in layer, stage by stage.

use url::Url;

use crate::app::effect::{Effect, VaultRequest};
use crate::app::state::{LoginStage, TextField, VaultOption};
use crate::app::update::scroll::Step;
use crate::app::{App, VaultWait};
use crate::keys::action::Action;
use crate::model::identity::Grant;
use crate::redact::{AccessToken, Passphrase, SecretText};
use crate::token::inspect::unwrap_pasted;

impl App {
    pub(super) fn login_action(&mut self, action: Action) {
        match action {
            Action::Accept => self.accept_login(),
            Action::Back => self.back_in_login(),
            Action::OpenBrowser => {
                if let Some(url) = self.sign_in_url() {
                    self.effect(Effect::OpenBrowser(url));
                }
            }
            Action::Copy => self.copy_code_or_url(),
            Action::CopyUrl => {
                if let Some(url) = self.sign_in_url() {
                    self.copy("URL", url.as_str());
                }
            }
            Action::CopyCallback => self.copy_callback(),
            Action::PasteCallback => self.open_callback_input(),
            Action::DemoApprove => self.demo_approve(),
            Action::UseDevice => self.switch_grant(Grant::DeviceAuthorization),
            Action::UseBrowser => self.switch_grant(Grant::AuthorizationCode),
            Action::UsePaste => self.switch_grant(Grant::Pasted),
            Action::SendAnonymously => self.send_anonymously(),
            Action::Why => self.explain_login(),
            Action::Up => self.login_step(Step::Up(1)),
            Action::Down => self.login_step(Step::Down(1)),
            Action::NextField | Action::PreviousField | Action::NextChoice | Action::PreviousChoice => {
                self.form_action(action);
            }
            _ => {}
        }
    }

    /// One step back: out of an input, out of a failure into the form, else out of the sign-in.
    pub(super) fn back_in_login(&mut self) {
        let form_made_it = self.form_made_it();
        let Some(login) = self.login_mut() else { return };
        match &mut login.stage {
            LoginStage::ChooseVault { passphrase: input @ Some(_), .. }
            | LoginStage::Browser { pasted: input @ Some(_), .. } => *input = None,
            LoginStage::Failed(_) if form_made_it => self.back_to_form(),
            _ => self.cancel_login(),
        }
    }

    fn accept_login(&mut self) {
        let Some(login) = self.login_mut() else { return };
        match &mut login.stage {
            LoginStage::Form(_) => self.submit_form(),
            LoginStage::ChooseVault { .. } => self.choose_vault(),
            LoginStage::Browser { pasted: Some(_), .. } => self.send_callback(),
            LoginStage::Paste(_) => self.send_pasted_token(),
            LoginStage::Failed(_) => self.vault_then_sign_in(),
            LoginStage::Done => self.close_login(),
            LoginStage::Working(_) | LoginStage::Device { .. } | LoginStage::Browser { .. } => {}
        }
    }

    /// Takes the selected row of the vault question, or the passphrase.
    fn choose_vault(&mut self) {
        let Some(login) = self.login_mut() else { return };
        let LoginStage::ChooseVault { selected, passphrase } = &mut login.stage else { return };
        let option = VaultOption::ALL[(*selected).min(VaultOption::ALL.len() - 1)];
        let request = match (option, passphrase) {
            (VaultOption::Memory, _) => VaultRequest::Memory,
            (VaultOption::KeyringAgain, _) => VaultRequest::Keyring,
            (VaultOption::EncryptedFile, input @ None) => {
                *input = Some(TextField::masked());
                return;
            }
            (VaultOption::EncryptedFile, Some(typed)) if typed.text.is_empty() => {
                return login.note("The passphrase is empty");
            }
            (VaultOption::EncryptedFile, Some(typed)) => VaultRequest::File(Passphrase::new(typed.take())),
        };
        login.stage = LoginStage::Working("Opening the vault".to_owned());
        self.vault_wait = VaultWait::Choice;
        self.effect(Effect::ChooseVault(request));
    }

    /// Chooses a row of the vault question by number, as the mouse does.
    pub(super) fn choose_vault_row(&mut self, row: usize) {
        if let Some(LoginStage::ChooseVault { selected, passphrase }) = self.login_mut().map(|login| &mut login.stage) {
            if row >= VaultOption::ALL.len() {
                return;
            }
            (*selected, *passphrase) = (row, None);
            self.choose_vault();
        }
    }

    pub(super) fn login_step(&mut self, step: Step) {
        let Some(login) = self.login_mut() else { return };
        if let LoginStage::ChooseVault { selected, passphrase: None } = &mut login.stage {
            *selected = step.selected(*selected, VaultOption::ALL.len(), VaultOption::ALL.len());
        }
    }

    /// The page where the user signs in: with the code in it, where the provider offers that.
    fn sign_in_url(&self) -> Option<Url> {
        match &self.state.login()?.stage {
            LoginStage::Device { verification_uri, verification_uri_complete, .. } => {
                Some(verification_uri_complete.as_ref().unwrap_or(verification_uri).clone())
            }
            LoginStage::Browser { url, .. } => Some(url.clone()),
            _ => None,
        }
    }

    fn copy_code_or_url(&mut self) {
        match self.state.login().map(|login| &login.stage) {
            Some(LoginStage::Device { user_code, .. }) => {
                let code = user_code.clone();
                self.copy("code", &code);
            }
            Some(LoginStage::Browser { url, .. }) => {
                let url = url.to_string();
                self.copy("URL", &url);
            }
            _ => {}
        }
    }

    fn copy_callback(&mut self) {
        if let Some(LoginStage::Browser { redirect_uri, .. }) = self.state.login().map(|login| &login.stage) {
            let url = redirect_uri.to_string();
            self.copy("callback URL", &url);
        }
    }

    pub(super) fn open_callback_input(&mut self) {
        if let Some(LoginStage::Browser { pasted, .. }) = self.login_mut().map(|login| &mut login.stage) {
            pasted.get_or_insert_with(TextField::masked);
        }
    }

    fn send_callback(&mut self) {
        let Some(login) = self.login_mut() else { return };
        let (Some(id), LoginStage::Browser { pasted, .. }) = (login.id, &mut login.stage) else { return };
        let typed = pasted.take().map(|mut input| input.take()).unwrap_or_default();
        if typed.trim().is_empty() {
            return login.note("Nothing was pasted");
        }
        self.effect(Effect::PasteCallback { id, url: SecretText::new(typed.trim()) });
    }

    /// What people paste around a token (`Bearer `, quotes, line breaks) is taken off, and said.
    fn send_pasted_token(&mut self) {
        let Some(login) = self.login_mut() else { return };
        let LoginStage::Paste(input) = &mut login.stage else { return };
        let typed = zeroize::Zeroizing::new(input.take());
        let (text, notes) = unwrap_pasted(&typed);
        if text.is_empty() {
            return login.note("Paste a token first");
        }
        for note in &notes {
            login.note(note);
        }
        let (identity, token) = (login.identity.clone(), AccessToken::new(text));
        let id = self.begin("Checking the token");
        self.effect(Effect::PasteToken { id, identity: Box::new(identity), token });
    }

    /// Only the demo's own page may be approved without a browser.
    fn demo_approve(&mut self) {
        if self.state.options.demo.is_none() {
            return;
        }
        if let Some(LoginStage::Device { user_code, .. }) = self.state.login().map(|login| &login.stage) {
            let user_code = user_code.clone();
            self.effect(Effect::DemoApprove { user_code });
        }
    }

    /// Goes on with another grant: the attempt in progress is cancelled.
    fn switch_grant(&mut self, grant: Grant) {
        let Some(login) = self.login_mut() else { return };
        if login.is_active() && login.identity.grant == grant {
            return;
        }
        login.identity.grant = grant;
        if self.vault_wait != VaultWait::None {
            return;
        }
        self.stop_attempt();
        if grant == Grant::Pasted {
            return self.set_stage(LoginStage::Paste(TextField::masked()));
        }
        self.attempt();
    }
}
