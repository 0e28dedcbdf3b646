//! The sign-in form: from an empty identity to one that can sign in.

use crate::app::App;
use crate::app::state::{FormField, LoginForm, LoginStage, TextField};
use crate::keys::action::Action;
use crate::model::identity::{Grant, Identity, IdentityName, IdentitySource, Issuer};

/// The name of an identity whose issuer gives none.
const FALLBACK_NAME: &str = "me";

impl LoginForm {
    /// The form, filled with what is known of an identity.
    pub(super) fn of(identity: &Identity) -> Self {
        let text = |text: Option<&str>| TextField::new(text.unwrap_or_default());
        Self {
            focused: 0,
            issuer: text(identity.issuer.as_ref().map(Issuer::as_str)),
            client_id: text(identity.client_id.as_deref()),
            audience: TextField::new(identity.audiences.join(" ")),
            name: text(Some(identity.name.as_str())),
            grant: Self::grants().iter().position(|grant| *grant == identity.grant).unwrap_or(0),
            problem: None,
        }
    }

    fn chosen_grant(&self) -> Grant {
        let grants = Self::grants();
        grants[self.grant.min(grants.len() - 1)]
    }

    pub(super) fn text_mut(&mut self) -> Option<&mut TextField> {
        match self.focused_field() {
            FormField::Issuer => Some(&mut self.issuer),
            FormField::ClientId => Some(&mut self.client_id),
            FormField::Audience => Some(&mut self.audience),
            FormField::Name => Some(&mut self.name),
            FormField::Grant => None,
        }
    }

    /// The identity that the form describes, on the base of `draft`; else the field and what is wrong with it.
    fn read(&self, draft: &Identity) -> Result<Identity, (FormField, String)> {
        let grant = self.chosen_grant();
        let issuer = match self.issuer.text.trim() {
            "" if grant == Grant::Pasted => None,
            "" => {
                let text = "Type the domain of your business, such as `mybusiness.kinde.com`";
                return Err((FormField::Issuer, text.to_owned()));
            }
            typed => Some(Issuer::parse(typed).map_err(|error| (FormField::Issuer, error.to_string()))?),
        };
        let client_id = Some(self.client_id.text.trim().to_owned()).filter(|id| !id.is_empty());
        if client_id.is_none() && grant == Grant::AuthorizationCode {
            return Err((FormField::ClientId, "Signing in by browser needs a client id".to_owned()));
        }
        let name = self.read_name(issuer.as_ref())?;
        Ok(Identity {
            name,
            grant,
            issuer,
            client_id,
            audiences: self.audience.text.split_whitespace().map(str::to_owned).collect(),
            ..draft.clone()
        })
    }

    fn read_name(&self, issuer: Option<&Issuer>) -> Result<IdentityName, (FormField, String)> {
        let name = match self.name.text.trim() {
            "" => issuer.and_then(first_label).unwrap_or_else(|| FALLBACK_NAME.to_owned()),
            typed => typed.to_owned(),
        };
        if name.contains(char::is_whitespace) {
            return Err((FormField::Name, "A name has no spaces: requests say it as `# @auth name`".to_owned()));
        }
        let name = IdentityName::new(name);
        if name.is_anonymous() {
            return Err((FormField::Name, "`anonymous` is built in: choose another name".to_owned()));
        }
        Ok(name)
    }
}

/// `mybusiness` of `https://mybusiness.kinde.com`; nothing for addresses.
fn first_label(issuer: &Issuer) -> Option<String> {
    let url = url::Url::parse(issuer.as_str()).ok()?;
    let label = url.domain()?.split('.').next()?;
    Some(label.to_owned())
}

impl App {
    fn form_mut(&mut self) -> Option<&mut LoginForm> {
        match &mut self.login_mut()?.stage {
            LoginStage::Form(form) => Some(form),
            _ => None,
        }
    }

    pub(super) fn form_action(&mut self, action: Action) {
        let Some(form) = self.form_mut() else { return };
        let (fields, grants) = (LoginForm::fields().len(), LoginForm::grants().len());
        match action {
            Action::NextField => form.focused = (form.focused + 1) % fields,
            Action::PreviousField => form.focused = (form.focused + fields - 1) % fields,
            Action::NextChoice => form.grant = (form.grant + 1) % grants,
            Action::PreviousChoice => form.grant = (form.grant + grants - 1) % grants,
            _ => {}
        }
    }

    /// Puts the cursor into a field, as the mouse does.
    pub(super) fn focus_field(&mut self, row: usize) {
        if let Some(form) = self.form_mut().filter(|_| row < LoginForm::fields().len()) {
            form.focused = row;
        }
    }

    pub(super) fn submit_form(&mut self) {
        let Some(login) = self.state.login() else { return };
        let LoginStage::Form(form) = &login.stage else { return };
        let read = form.read(&login.identity).and_then(|identity| self.without_clash(identity));
        match read {
            Ok(identity) => {
                if let Some(login) = self.login_mut() {
                    login.identity = identity;
                }
                self.vault_then_sign_in();
            }
            Err((field, problem)) => {
                if let Some(form) = self.form_mut() {
                    form.focused = LoginForm::fields().iter().position(|one| *one == field).unwrap_or(0);
                    form.problem = Some(problem);
                }
            }
        }
    }

    /// A name of the workspace may be used again only for the same issuer.
    fn without_clash(&self, identity: Identity) -> Result<Identity, (FormField, String)> {
        match self.state.identity_named(&identity.name) {
            Some(other) if other.issuer.is_some() && other.issuer != identity.issuer => {
                Err((FormField::Name, format!("`{}` exists already, with another issuer", identity.name)))
            }
            _ => Ok(identity),
        }
    }

    /// Did the form make the identity that signs in?
    pub(super) fn form_made_it(&self) -> bool {
        self.state.login().is_some_and(|login| {
            login.identity.source == IdentitySource::Adhoc && !self.state.workspace_knows(&login.identity.name)
        })
    }

    pub(super) fn back_to_form(&mut self) {
        if let Some(login) = self.login_mut() {
            login.id = None;
            login.stage = LoginStage::Form(LoginForm::of(&login.identity));
        }
    }
}
