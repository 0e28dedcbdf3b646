//! The token lab (`T`): which token shows, verifying it, comparing, copying, asking the provider, renewing its claims.

use serde_json::{Map, Value};

use crate::app::App;
use crate::app::effect::{Effect, VerifyOrder};
use crate::app::lab::{Copied, LabInput, LabLayer, LabSource, LabToken, Live, ReplacedToken, Verification};
use crate::app::session::{SessionState, SessionView};
use crate::app::state::{Layer, Question, RunPhase, TextField, Tone};
use crate::app::update::panel::Handled;
use crate::app::update::scroll::Step;
use crate::keys::action::Action;
use crate::model::exchange::RunId;
use crate::model::identity::{Grant, IdentityName, Issuer};
use crate::model::problem::Problem;
use crate::model::session::TokenKind;
use crate::model::verdict::Verdict;
use crate::redact::SecretText;
use crate::token::find::{self, Found};
use crate::token::live::LiveTruth;

const SAME_TOKEN_AFTER_ALL: &str = "The provider gave the revoked access token again: sign in again for new claims";
const NO_SESSION: &str = "Nobody is signed in here: paste a token (`v`), or sign in first";
const NOTHING_PASTED: &str = "There is no token in what was pasted";
const NO_CLIPBOARD: &str = "Paste with your terminal's own key: a terminal does not let bearcat read its clipboard";

/// Which new token did the user ask for?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedFor {
    /// A refresh.
    Refresh,
    /// One with today's claims.
    NewClaims,
}

impl App {
    /// `T`: the token that the token panel shows, else an empty lab.
    pub(super) fn open_lab(&mut self) {
        let kind = match self.state.shown_token() {
            TokenKind::Id => TokenKind::Id,
            TokenKind::Access | TokenKind::Refresh => TokenKind::Access,
        };
        let token = self.state.current_view().and_then(|view| LabToken::of_session(view, kind));
        let lab = LabLayer { tokens: token.into_iter().collect(), ..LabLayer::default() };
        self.push(Layer::Lab(Box::new(lab)));
    }

    pub(super) fn lab_mut(&mut self) -> Option<&mut LabLayer> {
        self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::Lab(lab) => Some(&mut **lab),
            _ => None,
        })
    }

    pub(super) fn lab_action(&mut self, action: Action) {
        let is_typing = self.state.lab().is_some_and(|lab| lab.input.is_some());
        match action {
            Action::Accept if is_typing => self.accept_lab_input(),
            Action::NextField if is_typing => self.take_own_issuer(),
            Action::Back if is_typing => {
                if let Some(lab) = self.lab_mut() {
                    lab.input = None;
                }
            }
            // The layer goes, and with it everything that was pasted.
            Action::Back => {
                self.state.layers.pop();
            }
            Action::LabAccess => self.show_session_token(TokenKind::Access),
            Action::LabId => self.show_session_token(TokenKind::Id),
            Action::LabPaste => self.ask_for_token(),
            Action::LabResponse => self.look_into_response(),
            Action::VerifyAgainst => self.ask_for_issuer(),
            Action::MarkToken => self.mark_token(),
            Action::Copy => self.copy_lab_row(),
            Action::CopyHeader => self.copy_lab_part("header", |inspection| inspection.header.as_ref()),
            Action::CopyPayload => self.copy_lab_part("payload", |inspection| inspection.claims.as_ref()),
            Action::CopySecret => self.copy_lab_token(),
            Action::LiveTruth => self.ask_provider(),
            Action::RenewClaims => self.ask_renew(),
            Action::NextTab => self.turn_lab(Turn::Forward),
            Action::PreviousTab => self.turn_lab(Turn::Backward),
            Action::Up => self.lab_step(Step::Up(1)),
            Action::Down => self.lab_step(Step::Down(1)),
            Action::PageUp => self.lab_step(Step::PageUp),
            Action::PageDown => self.lab_step(Step::PageDown),
            Action::First => self.lab_step(Step::First),
            Action::Last => self.lab_step(Step::Last),
            _ => {}
        }
    }

    pub(super) fn lab_step(&mut self, step: Step) {
        let view = self.state.viewports.layer;
        let rows = self.state.lab().map_or(0, |lab| lab.rows(&self.state).len());
        if let Some(lab) = self.lab_mut() {
            lab.selected = step.selected(lab.selected, rows, view);
        }
    }

    fn turn_lab(&mut self, turn: Turn) {
        let Some(lab) = self.lab_mut() else { return };
        let count = lab.tokens.len();
        if count > 1 {
            let step = if turn == Turn::Forward { 1 } else { count - 1 };
            lab.turn_to((lab.at + step) % count);
        }
    }

    /// Says why a wish cannot be granted.
    fn lab_problem(&mut self, problem: impl Into<String>) {
        if let Some(lab) = self.lab_mut() {
            lab.problem = Some(problem.into());
        }
    }

    /// The session that the lab is about: that of the token which shows, else the shown identity's.
    fn lab_session(&self) -> Option<&SessionView> {
        let of_token = self.state.lab().and_then(LabLayer::shown).and_then(LabToken::identity);
        let name = of_token.or_else(|| self.state.shown_identity())?;
        self.state.sessions.get(name).and_then(SessionState::view)
    }

    fn show_session_token(&mut self, kind: TokenKind) {
        let Some(view) = self.lab_session() else { return self.lab_problem(NO_SESSION) };
        match LabToken::of_session(view, kind) {
            Some(token) => {
                if let Some(lab) = self.lab_mut() {
                    lab.show(vec![token]);
                }
            }
            None => self.lab_problem("This session has no ID token: it comes with the scope `openid`"),
        }
    }

    // ── Pasting and looking ─────────────────────────────────────────────────────────────────

    fn ask_for_token(&mut self) {
        if let Some(lab) = self.lab_mut() {
            lab.input = Some(LabInput::Token(TextField::masked()));
            lab.problem = Some(NO_CLIPBOARD.to_owned());
        }
    }

    /// A pasted text, whether an input is open or not; tells whether it was for the lab.
    pub(super) fn paste_into_lab(&mut self, text: &str) -> Handled {
        match self.state.layers.last() {
            Some(Layer::Lab(lab)) if !matches!(lab.input, Some(LabInput::Issuer(_))) => {}
            _ => return Handled::No,
        }
        self.take_pasted(text);
        Handled::Yes
    }

    fn take_pasted(&mut self, text: &str) {
        let found = find::find(text);
        let Some(lab) = self.lab_mut() else { return };
        lab.input = None;
        if found.is_empty() {
            lab.problem = Some(NOTHING_PASTED.to_owned());
            return;
        }
        let tokens = found.into_iter().map(|found| {
            let source = LabSource::Pasted(found.place.clone());
            LabToken::found(found, source)
        });
        lab.show(tokens.collect());
    }

    /// Tokens in the body that shows, and in the cookies that the server has set for that address.
    fn look_into_response(&mut self) {
        let Some(RunPhase::Finished(outcome)) = self.state.current_run().map(|run| &run.phase) else {
            return self.lab_problem("There is no response to look into: send a request first");
        };
        let text = String::from_utf8_lossy(&outcome.exchange.body.bytes).into_owned();
        let url = outcome.exchange.request.url.clone();
        let found = find::find(&text).into_iter().filter(|found| found.place != "text" || is_jwt(found));
        let tokens: Vec<LabToken> = found.map(of_response).collect();
        let id = self.new_run_id();
        let environment = self.state.environment.clone();
        let Some(lab) = self.lab_mut() else { return };
        lab.looking = Some(id);
        lab.problem = None;
        if !tokens.is_empty() {
            lab.show(tokens);
        }
        self.effect(Effect::FindCookieTokens { id, environment, url });
    }

    /// The shell has looked into the cookies.
    pub(in crate::app) fn cookie_tokens_found(&mut self, id: RunId, found: Vec<Found>) {
        let Some(lab) = self.lab_mut().filter(|lab| lab.looking == Some(id)) else { return };
        lab.looking = None;
        let had_some = lab.tokens.iter().any(|token| matches!(token.source, LabSource::Response(_)));
        let mut tokens = if had_some { std::mem::take(&mut lab.tokens) } else { Vec::new() };
        for token in found.into_iter().map(of_response) {
            if !tokens.iter().any(|known| known.is_same(&token)) {
                tokens.push(token);
            }
        }
        if tokens.is_empty() {
            lab.problem = Some("There is no token in the body, and none in the cookies of that address".to_owned());
        } else if had_some {
            lab.tokens = tokens;
        } else {
            lab.show(tokens);
        }
    }

    // ── Verifying ───────────────────────────────────────────────────────────────────────────

    /// Which issuer does the user trust? The last one, else the identity's; the token's own is only offered.
    fn ask_for_issuer(&mut self) {
        if self.state.lab().and_then(LabLayer::shown).is_none() {
            return self.lab_problem(NO_SESSION);
        }
        let shown = self.state.shown_identity().and_then(|name| self.state.identity_named(name));
        let of_identity = shown.and_then(|identity| identity.issuer.as_ref()).map(ToString::to_string);
        let text = self.state.last_issuer.clone().or(of_identity).unwrap_or_default();
        if let Some(lab) = self.lab_mut() {
            lab.problem = None;
            lab.input = Some(LabInput::Issuer(TextField::new(text)));
        }
    }

    /// Tab: the issuer that the token names, for the user to look at and to decide.
    fn take_own_issuer(&mut self) {
        let Some(lab) = self.lab_mut() else { return };
        let issuer = lab.shown().and_then(|token| token.inspected.inspection.issuer().map(str::to_owned));
        match (&mut lab.input, issuer) {
            (Some(LabInput::Issuer(field)), Some(issuer)) => {
                *field = TextField::new(issuer.chars().filter(|c| !c.is_control()).take(300).collect::<String>());
            }
            (Some(LabInput::Issuer(_)), None) => lab.problem = Some("The token names no issuer".to_owned()),
            _ => {}
        }
    }

    fn accept_lab_input(&mut self) {
        let Some(lab) = self.lab_mut() else { return };
        match lab.input.take() {
            Some(LabInput::Token(field)) => self.take_pasted(&field.text),
            Some(LabInput::Issuer(field)) => match Issuer::parse(&field.text) {
                Ok(issuer) => self.verify_against(issuer),
                Err(error) => {
                    lab.problem = Some(error.to_string());
                    lab.input = Some(LabInput::Issuer(field));
                }
            },
            None => {}
        }
    }

    fn verify_against(&mut self, issuer: Issuer) {
        self.state.last_issuer = Some(issuer.to_string());
        let id = self.new_run_id();
        let Some(lab) = self.lab_mut() else { return };
        let Some(token) = lab.shown().map(|token| token.text.clone()) else { return };
        lab.problem = None;
        lab.verification = Verification::Running { id, issuer: issuer.to_string() };
        self.effect(Effect::VerifyToken(Box::new(VerifyOrder { id, issuer, token })));
    }

    /// The shell has verified, or could not.
    pub(in crate::app) fn token_verified(&mut self, id: RunId, result: Result<Verdict, Problem>) {
        let Some(lab) = self.lab_mut() else { return };
        let issuer = match &lab.verification {
            Verification::Running { id: asked, issuer } if *asked == id => issuer.clone(),
            _ => return,
        };
        lab.verification = match result {
            Ok(verdict) => Verification::Done { issuer, verdict },
            Err(problem) => Verification::Failed(problem),
        };
    }

    // ── Comparing and copying ───────────────────────────────────────────────────────────────

    /// `m`: others are compared with this one; once more: no longer.
    fn mark_token(&mut self) {
        let Some(lab) = self.lab_mut() else { return };
        let Some(token) = lab.shown().cloned() else { return };
        let is_marked = lab.marked.as_ref().is_some_and(|marked| marked.is_same(&token));
        lab.marked = (!is_marked).then_some(token);
        lab.selected = 0;
    }

    fn copy_lab_row(&mut self) {
        let Some(lab) = self.state.lab() else { return };
        let row = lab.rows(&self.state).into_iter().nth(lab.selected);
        let inspection = lab.shown().map(|token| &token.inspected.inspection);
        let member = |part: Option<&Map<String, Value>>, name: &str| {
            part.and_then(|part| part.get(name)).map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
        };
        let text = row.and_then(|row| row.copies).and_then(|copied| match copied {
            Copied::Text(text) => Some(text),
            Copied::Claim(name) => member(inspection.and_then(|one| one.claims.as_ref()), &name),
            Copied::Header(name) => member(inspection.and_then(|one| one.header.as_ref()), &name),
        });
        match text {
            Some(text) => self.copy("value", &text),
            None => self.lab_problem("There is nothing to copy in this row: select a claim"),
        }
    }

    fn copy_lab_part(
        &mut self,
        what: &'static str,
        part: fn(&crate::token::inspect::Inspection) -> Option<&Map<String, Value>>,
    ) {
        let shown = self.state.lab().and_then(LabLayer::shown);
        let text = shown
            .and_then(|token| part(&token.inspected.inspection))
            .map(|part| serde_json::to_string_pretty(part).unwrap_or_default());
        match text {
            Some(text) => self.copy(what, &text),
            None => self.lab_problem(format!("This token has no {what} that can be read")),
        }
    }

    /// `Y`: the token itself, because the user asks for it.
    fn copy_lab_token(&mut self) {
        let Some(text) = self.state.lab().and_then(LabLayer::shown).map(|token| token.text.clone()) else { return };
        self.effect(Effect::Copy { what: "token", text });
    }

    // ── The provider ────────────────────────────────────────────────────────────────────────

    /// The identity whose session the provider can be asked about, or told to renew.
    fn lab_identity(&mut self) -> Option<IdentityName> {
        let lab = self.state.lab()?;
        let name = match lab.shown() {
            Some(token) => token.identity().cloned(),
            None => self.state.shown_identity().cloned(),
        };
        if name.is_none() {
            self.lab_problem("Only of your own sessions can the provider be asked: `a` shows their token");
        }
        name
    }

    /// `o` in the token panel: the same, with the lab opened for it.
    pub(super) fn open_live(&mut self) {
        self.open_lab();
        self.ask_provider();
    }

    fn ask_provider(&mut self) {
        let Some(name) = self.lab_identity() else { return };
        let Some(identity) = self.state.identity_named(&name).cloned() else { return };
        if self.state.sessions.get(&name).and_then(SessionState::view).is_none() {
            return self.lab_problem(NO_SESSION);
        }
        let id = self.new_run_id();
        if let Some(lab) = self.lab_mut() {
            lab.problem = None;
            lab.selected = 0;
            lab.live = Live::Asking(id);
        }
        self.effect(Effect::AskProvider { id, identity: Box::new(identity) });
    }

    /// The provider has answered, or could not be asked.
    pub(in crate::app) fn provider_answered(&mut self, id: RunId, result: Result<Box<LiveTruth>, Problem>) {
        let Some(lab) = self.lab_mut().filter(|lab| matches!(lab.live, Live::Asking(asked) if asked == id)) else {
            return;
        };
        lab.live = match result {
            Ok(truth) => Live::Done(truth),
            Err(problem) => Live::Failed(problem),
        };
    }

    /// `n` in the token panel: the same, with the lab opened for it.
    pub(super) fn open_renew(&mut self) {
        self.open_lab();
        self.ask_renew();
    }

    fn ask_renew(&mut self) {
        let Some(name) = self.lab_identity() else { return };
        let grant = self.state.identity_named(&name).map(|identity| identity.grant);
        let view = self.state.sessions.get(&name).and_then(SessionState::view);
        match (view, grant) {
            (None, _) => self.lab_problem(NO_SESSION),
            (_, Some(Grant::Pasted)) => self.lab_problem("A pasted token cannot be renewed: it is what it is"),
            (Some(view), Some(Grant::DeviceAuthorization | Grant::AuthorizationCode))
                if view.tokens.refresh.is_none() =>
            {
                let words = "This session has no refresh token: sign in again (`l`) for new claims";
                self.lab_problem(words);
            }
            _ => {
                self.push(Layer::Confirm(Question::RenewClaims(name)));
            }
        }
    }

    /// Yes.
    pub(super) fn renew_claims(&mut self, name: &IdentityName) {
        let Some(identity) = self.state.identity_named(name).cloned() else { return };
        self.asked_tokens.insert(name.clone(), AskedFor::NewClaims);
        self.mark_refreshing(name);
        self.effect(Effect::RenewClaims(Box::new(identity)));
    }

    /// A refresh gave the token that was there (kinde.md 5.1).
    fn tell_same_token(&mut self, name: &IdentityName, old: &SessionView, new: &SessionView) {
        let Some(identity) = self.state.identity_named(name) else { return };
        let findings = new.findings_after_refresh(identity, old);
        if let Some(same) = findings.into_iter().find(|finding| finding.id == "refresh-same-token") {
            self.notice(Tone::Neutral, format!("{}; `n` in the token panel renews them", same.title));
        }
    }

    /// A session has come. Remembers what the token before it said, tells what the user asked for, and shows the newer
    /// token in the lab.
    pub(super) fn note_new_token(&mut self, name: &IdentityName, old: Option<&SessionView>, new: &SessionView) {
        let asked = self.asked_tokens.remove(name);
        if let Some(old) = old {
            let (before, after) = (&old.access.inspection, &new.access.inspection);
            let is_users = before.issuer() == after.issuer() && before.subject() == after.subject();
            if before.fingerprint != after.fingerprint && is_users {
                let replaced = ReplacedToken { inspection: before.clone(), at: self.state.now };
                self.state.replaced.insert(name.clone(), replaced);
            } else if before.fingerprint == after.fingerprint {
                match asked {
                    Some(AskedFor::Refresh) => self.tell_same_token(name, old, new),
                    Some(AskedFor::NewClaims) => self.notice(Tone::Bad, SAME_TOKEN_AFTER_ALL),
                    None => {}
                }
            }
        }
        let mut tokens: Vec<LabToken> = Vec::new();
        if let Some(lab) = self.state.lab() {
            tokens = lab
                .tokens
                .iter()
                .map(|token| match &token.source {
                    LabSource::Session(of, kind) if of == name => {
                        LabToken::of_session(new, *kind).unwrap_or_else(|| token.clone())
                    }
                    _ => token.clone(),
                })
                .collect();
        }
        if let Some(lab) = self.lab_mut() {
            let changed = lab.tokens.iter().zip(&tokens).any(|(old, new)| !old.is_same(new));
            lab.tokens = tokens;
            if changed {
                lab.turn_to(lab.at);
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Forward,
    Backward,
}

fn of_response(found: Found) -> LabToken {
    let source = LabSource::Response(found.place.clone());
    LabToken::found(found, source)
}

/// A body of one word is no token because of that.
fn is_jwt(found: &Found) -> bool {
    let token: &SecretText = &found.token;
    crate::token::inspect::inspect(token.expose()).header.is_some()
}
