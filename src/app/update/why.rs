//! `w`: why it was refused, with code samples, and the keys that do something about it.

use crate::app::App;
use crate::app::layers::WhyLayer;
use crate::app::session::SessionState;
use crate::app::state::{Layer, LoginStage, RunPhase, Tone};
use crate::diagnose::sample;
use crate::keys::action::Action;
use crate::model::finding::Finding;
use crate::model::problem::{Problem, ProblemKind};

impl App {
    /// The findings of the run, why the body is not whole, or the problem of a run or a session that failed; else what
    /// the session lacks.
    pub(super) fn open_why(&mut self) {
        match self.state.current_run().map(|run| &run.phase) {
            Some(RunPhase::Finished(outcome)) if !outcome.findings.is_empty() => {
                let findings = outcome.findings.clone();
                self.explain(findings);
            }
            Some(RunPhase::Failed(problem)) => {
                let problem = problem.clone();
                self.explain_problem(problem);
            }
            Some(RunPhase::Finished(outcome)) if outcome.exchange.body.fault.is_some() => {
                let fault = outcome.exchange.body.fault.clone().unwrap_or_default();
                self.push(Layer::Problem(Problem::new(ProblemKind::Network, "The body ended early").detail(fault)));
            }
            phase => {
                let was_sent = matches!(phase, Some(RunPhase::Finished(_)));
                self.explain_session(was_sent);
            }
        }
    }

    fn explain_session(&mut self, was_sent: bool) {
        if let Some(SessionState::Failed(problem)) = self.state.current_session() {
            let problem = problem.clone();
            return self.explain_problem(problem);
        }
        let findings = self.state.session_findings();
        if !findings.is_empty() {
            return self.explain(findings);
        }
        if was_sent {
            self.notice(Tone::Good, "Nothing to explain: this was not refused");
        } else {
            self.notice(Tone::Neutral, "Send the request first: then the refusal can be explained");
        }
    }

    fn explain_problem(&mut self, problem: Problem) {
        if problem.findings.is_empty() {
            self.push(Layer::Problem(problem));
        } else {
            self.explain(problem.findings);
        }
    }

    fn explain(&mut self, findings: Vec<Finding>) {
        self.push(Layer::Why(Box::new(WhyLayer::of(findings))));
    }

    /// `w` in the sign-in layer: the causes of a sign-in that failed.
    pub(super) fn explain_login(&mut self) {
        let Some(LoginStage::Failed(problem)) = self.state.login().map(|login| &login.stage) else { return };
        let findings = problem.findings.clone();
        if !findings.is_empty() {
            self.explain(findings);
        }
    }

    /// An action in the layer, other than scrolling and closing.
    pub(super) fn why_action(&mut self, action: Action) {
        let is_over_login = self.state.login().is_some();
        match action {
            Action::ShowSample => self.show_sample(),
            Action::NextTab => self.turn_sample(1),
            Action::PreviousTab => self.turn_sample(crate::model::finding::Framework::ALL.len() - 1),
            Action::Copy => self.copy_sample(),
            Action::Back if self.why().is_some_and(|why| why.sample.is_some()) => self.show_sample(),
            Action::Back => {
                self.state.layers.pop();
            }
            Action::Login if is_over_login => {
                self.state.layers.pop();
            }
            Action::CookieMode | Action::Login | Action::RefreshSession => {
                self.state.layers.pop();
                self.perform(action);
            }
            _ => {}
        }
    }

    fn why(&mut self) -> Option<&mut WhyLayer> {
        match self.state.layers.last_mut() {
            Some(Layer::Why(why)) => Some(why),
            _ => None,
        }
    }

    /// From the causes to the sample, and back.
    fn show_sample(&mut self) {
        let Some(why) = self.why() else { return };
        let first = why.first_sample();
        if why.sample.is_none() && first.is_none() {
            return self.notice(Tone::Neutral, "There is no code for this cause");
        }
        why.sample = if why.sample.is_some() { None } else { first };
        why.scroll = 0;
    }

    fn turn_sample(&mut self, steps: usize) {
        let Some(why) = self.why() else { return };
        let Some(shown) = why.sample else { return };
        why.sample = Some((0..steps).fold(shown, |framework, _| framework.next()));
        why.scroll = 0;
    }

    fn copy_sample(&mut self) {
        let Some(why) = self.why() else { return };
        match why.sample {
            Some(framework) => self.copy("code", sample::text(framework)),
            None => {
                let text = why.as_text();
                self.copy("findings", &text);
            }
        }
    }
}
