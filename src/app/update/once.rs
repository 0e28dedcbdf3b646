//! Sending once as somebody else (`A`), and the difference of the last two responses (`d`).
//!
//! The current identity stays what it is: only the one run is somebody else's. The response that a newer one replaces is
//! kept for the difference, one for each identity, bounded in number and size.

use std::collections::BTreeSet;

use crate::app::App;
use crate::app::difference::{Difference, FormerResponse};
use crate::app::effect::{CompareOrder, Effect};
use crate::app::layers::{DifferenceLayer, OnceLayer, OncePurpose};
use crate::app::session::SessionState;
use crate::app::state::{Layer, Run, RunPhase, Tone};
use crate::app::update::run::{Order, Sender};
use crate::model::exchange::RunId;
use crate::model::identity::IdentityName;
use crate::model::request::{AuthDirective, RequestId, TokenCarrier};
use crate::token::preflight::Answer;

/// How many former responses of one request are kept.
const KEPT_FORMER: usize = 4;

/// How many bytes of bodies of former responses are kept, over all requests.
const KEPT_FORMER_BYTES: usize = 32 * 1024 * 1024;

/// A difference that shows as soon as the run has come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// The request.
    pub request: RequestId,
    /// As whom it is sent.
    pub identity: IdentityName,
}

impl App {
    /// `A`: as whom shall the selected request be sent, this once?
    pub(super) fn open_act_once(&mut self, purpose: OncePurpose) {
        let Some(request) = self.state.selected_request() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        if request.directives.auth == Some(AuthDirective::None) {
            let words = "This request says `# @no-auth`: it goes without a token, whoever sends it";
            return self.notice(Tone::Neutral, words);
        }
        if request.has_own_authorization() && self.state.carrier_of(request) == TokenCarrier::Bearer {
            let words = "This request brings its own `Authorization`: nobody's token is attached to it";
            return self.notice(Tone::Neutral, words);
        }
        let unread: Vec<IdentityName> = self
            .state
            .identities
            .iter()
            .map(|identity| identity.name.clone())
            .filter(|name| matches!(self.state.sessions.get(name), None | Some(SessionState::Unknown)))
            .collect();
        for name in unread {
            self.load_session(&name);
        }
        let selected = self.likeliest_candidate();
        self.push(Layer::Once(OnceLayer { purpose, selected }));
    }

    /// The first who would pass and is not the one who sends it anyway; else the first other one.
    fn likeliest_candidate(&self) -> usize {
        let current = self.state.effective_identity();
        let candidates = self.state.candidates();
        let is_other = |name: &IdentityName| Some(name) != current;
        let passing = candidates.iter().position(|one| is_other(&one.name) && one.preflight.answer() == Answer::Pass);
        passing.or_else(|| candidates.iter().position(|one| is_other(&one.name))).unwrap_or(0)
    }

    /// Enter in the picker.
    pub(super) fn accept_once(&mut self) {
        let Some(Layer::Once(OnceLayer { purpose, selected })) = self.state.layers.last().cloned() else { return };
        let (Some(request), Some(candidate)) =
            (self.state.selected_id().cloned(), self.state.candidates().into_iter().nth(selected))
        else {
            return;
        };
        self.state.layers.pop();
        if purpose == OncePurpose::Compare {
            self.awaited = Some(Awaited { request: request.clone(), identity: candidate.name.clone() });
        }
        self.order(Order { sender: Sender::Once(candidate.name), ..Order::of(request) });
    }

    /// `d`: the last two responses, of different identities where there are two; else asks whom to compare with.
    pub(super) fn open_difference(&mut self) {
        let Some(id) = self.state.selected_id().cloned() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let Some(new) = self.state.latest_response(&id) else {
            return self.notice(Tone::Neutral, "Send the request first: then its responses can be compared");
        };
        let Some(old) = self.state.response_to_compare(&id, &new) else {
            return self.open_act_once(OncePurpose::Compare);
        };
        self.compare(id, old, new);
    }

    fn compare(&mut self, request: RequestId, old: FormerResponse, new: FormerResponse) {
        let id = self.new_run_id();
        let layer = DifferenceLayer { id, request, difference: None, scroll: 0 };
        if self.push(Layer::Difference(Box::new(layer))) {
            self.effect(Effect::Compare(Box::new(CompareOrder { id, old, new })));
        }
    }

    /// The shell has compared.
    pub(in crate::app) fn compared(&mut self, id: RunId, result: Difference) {
        for layer in &mut self.state.layers {
            if let Layer::Difference(layer) = layer
                && layer.id == id
            {
                layer.difference = Some(result);
                return;
            }
        }
    }

    /// `A` in the difference: the same with somebody else.
    pub(super) fn compare_with_another(&mut self) {
        self.state.layers.pop();
        self.open_act_once(OncePurpose::Compare);
    }

    /// A run has ended: if a difference waits for it, it shows now, unless the user has gone on to something else.
    pub(super) fn show_awaited_difference(&mut self, request: &RequestId) {
        let Some(awaited) = self.awaited.take_if(|awaited| awaited.request == *request) else { return };
        let run = self.state.runs.get(request);
        let is_it = run.is_some_and(|run| run.once.as_ref() == Some(&awaited.identity));
        if is_it && self.state.selected_id() == Some(request) && self.state.layers.is_empty() {
            self.open_difference();
        }
    }

    /// A newer run takes the place of this one: its response stays for the difference.
    pub(super) fn keep_former(&mut self, request: &RequestId, old: Run) {
        let RunPhase::Finished(outcome) = old.phase else { return };
        let former = FormerResponse { run: old.id, exchange: outcome.exchange, token: outcome.token };
        let kept = self.state.former.entry(request.clone()).or_default();
        // Of each identity the newest: one of another identity must not be pushed out by many runs of this one.
        kept.retain(|other| other.identity() != former.identity());
        kept.push(former);
        kept.drain(..kept.len().saturating_sub(KEPT_FORMER));
    }

    /// Drops the oldest former responses above the bounds.
    pub(super) fn forget_old_former(&mut self) {
        let size = |former: &FormerResponse| former.exchange.body.bytes.len();
        let all = || self.state.former.values().flatten();
        let mut bytes: usize = all().map(size).sum();
        if bytes <= KEPT_FORMER_BYTES {
            return;
        }
        let mut by_age: Vec<(RunId, usize)> = all().map(|former| (former.run, size(former))).collect();
        by_age.sort_unstable();
        let mut gone = BTreeSet::new();
        for (run, size) in by_age {
            if bytes <= KEPT_FORMER_BYTES {
                break;
            }
            gone.insert(run);
            bytes -= size;
        }
        for kept in self.state.former.values_mut() {
            kept.retain(|former| !gone.contains(&former.run));
        }
        self.state.former.retain(|_, kept| !kept.is_empty());
    }
}

impl crate::app::state::AppState {
    /// The response that shows, if the request's latest run has ended with one.
    pub fn latest_response(&self, request: &RequestId) -> Option<FormerResponse> {
        let run = self.runs.get(request)?;
        match &run.phase {
            RunPhase::Finished(outcome) => {
                Some(FormerResponse { run: run.id, exchange: outcome.exchange.clone(), token: outcome.token.clone() })
            }
            _ => None,
        }
    }

    /// What the latest response is compared with: the newest one of another identity, else the newest one.
    pub fn response_to_compare(&self, request: &RequestId, new: &FormerResponse) -> Option<FormerResponse> {
        let kept = self.former.get(request)?;
        let other = kept.iter().rev().find(|former| former.identity() != new.identity());
        other.or(kept.last()).cloned()
    }
}
