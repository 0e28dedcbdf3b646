//! Sign-ins.

use std::collections::HashMap;

use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::app::effect::SaveIdentity;
use crate::app::msg::{LoginId, LoginProgress, Msg};
use crate::auth::error::AuthError;
use crate::auth::login::{LoginEvent, LoginOptions, PollState};
use crate::model::identity::{Grant, Identity, IdentitySource};
use crate::model::problem::Problem;
use crate::model::session::SessionKey;
use crate::redact::{AccessToken, SecretText};
use crate::shell::effects::Runner;
use crate::shell::tasks::TaskKey;
use crate::shell::{identity_file, loopback, session};

/// Where pasted callback URLs go, by sign-in.
pub(super) type PastedCallbacks = HashMap<LoginId, mpsc::Sender<String>>;

impl Runner {
    pub(super) fn login(&mut self, id: LoginId, identity: Identity, save: SaveIdentity) {
        let (pasted, receiver) = mpsc::channel(4);
        self.pasted.clear();
        self.pasted.insert(id, pasted);
        let stream = futures_util::stream::unfold(receiver, |mut receiver| async move {
            receiver.recv().await.map(|url| (url, receiver))
        });
        let options = LoginOptions { pasted: Some(stream.boxed()), ..LoginOptions::default() };
        self.sign_in(id, identity, save, options);
    }

    pub(super) fn paste_token(&mut self, id: LoginId, mut identity: Identity, token: AccessToken) {
        identity.grant = Grant::Pasted;
        let options = LoginOptions { token: Some(token), ..LoginOptions::default() };
        // A new one has to be known to the runs that follow.
        let save = if identity.source == IdentitySource::Adhoc { SaveIdentity::UserFile } else { SaveIdentity::Keep };
        self.sign_in(id, identity, save, options);
    }

    pub(super) fn cancel_login(&mut self, id: LoginId) {
        self.pasted.remove(&id);
        self.tasks.abort(&TaskKey::Login(id));
    }

    pub(super) fn paste_callback(&mut self, id: LoginId, url: &SecretText) {
        if let Some(pasted) = self.pasted.get(&id) {
            // Full: several wrong URLs wait already.
            let _ = pasted.try_send(url.expose().to_owned());
        }
    }

    pub(super) fn demo_approve(&mut self, user_code: &str) {
        if let Some(demo) = &self.demo {
            demo.approve(user_code);
        }
    }

    fn sign_in(&mut self, id: LoginId, identity: Identity, save: SaveIdentity, mut options: LoginOptions) {
        let services = self.services.clone();
        let messages = self.messages.clone();
        self.spawn(Some(TaskKey::Login(id)), async move {
            let slow_downs = session::SlowDowns::default();
            let events = |event: LoginEvent| {
                slow_downs.take(&event);
                for progress in progress(event) {
                    let _ = messages.try_send(Msg::LoginProgress { id, progress });
                }
            };
            let result = async {
                if identity.grant == Grant::AuthorizationCode {
                    let ports = &services.settings.callback_ports;
                    let listener = loopback::listen(identity.redirect_uri.as_ref(), ports).await;
                    options.listener = Some(Box::new(listener.map_err(|error| session::explained(&error, &identity))?));
                }
                let tokens = match services.keeper.login(&identity, options, &events).await {
                    Ok(tokens) => tokens,
                    // The session works all the same; the keeper tells that it is in memory only.
                    Err(AuthError::NotStored { .. }) => services
                        .keeper
                        .current(&identity)
                        .await
                        .map_err(|error| error.problem())?
                        .ok_or_else(|| AuthError::NotSignedIn(identity.name.clone()).problem())?,
                    Err(error) => return Err(slow_downs.explained(&error, &identity)),
                };
                let saved = match save {
                    SaveIdentity::Keep => Ok(identity.clone()),
                    SaveIdentity::UserFile => identity_file::save(&services.paths, &identity),
                };
                let identity = match saved {
                    Ok(identity) => identity,
                    Err(problem) => {
                        let _ = messages.send(Msg::Trouble(problem)).await;
                        identity
                    }
                };
                let view = session::view(&services, &identity, tokens, &[]).await;
                Ok::<_, Problem>((identity, view))
            };
            match result.await {
                Ok((identity, view)) => {
                    let key = SessionKey::of(&identity);
                    // Ended first: the session that follows is then the current one's.
                    let _ = messages.send(Msg::LoginEnded { id, result: Ok(Box::new(identity)) }).await;
                    Msg::SessionLoaded { key, result: Ok(Some(Box::new(view))) }
                }
                Err(problem) => Msg::LoginEnded { id, result: Err(problem) },
            }
        });
    }
}

fn progress(event: LoginEvent) -> Vec<LoginProgress> {
    vec![match event {
        LoginEvent::Discovering { .. } => LoginProgress::Discovering,
        LoginEvent::DeviceCode { user_code, verification_uri, verification_uri_complete, expires_at, .. } => {
            LoginProgress::DeviceCode { user_code, verification_uri, verification_uri_complete, expires_at }
        }
        LoginEvent::Polling { attempt, interval, state } => {
            let note = match state {
                PollState::Pending => None,
                PollState::SlowDown => Some("The provider asks for more time between questions".to_owned()),
                PollState::NetworkFailure(why) => Some(format!("No answer just now, trying on: {why}")),
            };
            LoginProgress::Polled { attempt, interval, note }
        }
        LoginEvent::OpenBrowser { url, redirect_uri, expires_at, notes } => {
            let browser = LoginProgress::Browser { url, redirect_uri, expires_at };
            return std::iter::once(browser).chain(notes.into_iter().map(LoginProgress::Note)).collect();
        }
        LoginEvent::CallbackReceived => return Vec::new(),
        LoginEvent::CallbackIgnored { reason } => LoginProgress::Note(reason),
        LoginEvent::Exchanging => LoginProgress::Exchanging,
        LoginEvent::Checking => LoginProgress::Checking,
        LoginEvent::Storing => LoginProgress::Storing,
        LoginEvent::Note(note) => LoginProgress::Note(note),
    }]
}
