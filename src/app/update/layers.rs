//! The stack of layers: opening, closing, and what keys do in those that have no file of their own.

use std::mem::discriminant;

use crate::app::App;
use crate::app::effect::{ActAs, BrowserSession, Effect};
use crate::app::layers::ImportStage;
use crate::app::msg::Holder;
use crate::app::state::{Layer, Question, Tone};
use crate::app::update::export::EXPORT_ROWS;
use crate::app::update::scroll::Step;
use crate::app::view::IdentityRow;
use crate::diagnose::matrix::Methods;
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};

/// More layers than this are never stacked.
pub(super) const MOST_LAYERS: usize = 6;

impl App {
    /// Puts a layer on top; tells whether it did. Of each kind there is one, except questions.
    pub(super) fn push(&mut self, layer: Layer) -> bool {
        let layers = &mut self.state.layers;
        let question = matches!(layer, Layer::Confirm(_));
        if !question && layers.iter().any(|other| discriminant(other) == discriminant(&layer)) {
            return false;
        }
        if layers.len() >= MOST_LAYERS {
            return false;
        }
        layers.push(layer);
        self.state.problem_scroll = 0;
        true
    }

    pub(super) fn ask_quit(&mut self) {
        if self.leave_input() == super::panel::Left::No {
            return;
        }
        if self.state.documents.unsaved().next().is_some() {
            return self.ask_unsaved();
        }
        if !self.state.has_active_run() && !self.state.login().is_some_and(crate::app::state::LoginLayer::is_active) {
            return self.effect(Effect::Quit);
        }
        self.push(Layer::Confirm(Question::Quit));
    }

    pub(super) fn open_help(&mut self) {
        self.push(Layer::Help { scroll: 0 });
    }

    pub(super) fn open_identities(&mut self) {
        let current = self.state.identity.as_ref();
        let selected = self.state.identity_rows().iter().position(|row| match row {
            IdentityRow::AsRequestsSay => self.state.act_as == ActAs::RequestDecides,
            IdentityRow::Identity(identity) => Some(&identity.name) == current,
            IdentityRow::Anonymous => current.is_some_and(IdentityName::is_anonymous),
        });
        self.push(Layer::Identities { selected: selected.unwrap_or(0) });
    }

    pub(super) fn open_environments(&mut self) {
        let names = &self.state.environments;
        if names.is_empty() {
            return self.notice(Tone::Neutral, "There are no environments: `http-client.env.json` would define them");
        }
        let chosen = self.state.environment.as_deref();
        let selected = names.iter().position(|name| Some(name.as_str()) == chosen).unwrap_or(0);
        self.push(Layer::Environments { selected });
    }

    pub(super) fn open_log(&mut self) {
        if self.state.sign_in_log.is_empty() {
            return self.notice(Tone::Neutral, "Nothing was said to a provider yet");
        }
        let selected = self.state.sign_in_log.len() - 1;
        self.push(Layer::SignInLog { selected, scroll: 0 });
    }

    /// `!`: all problems in one text.
    pub(super) fn open_problems(&mut self) {
        let problems = self.state.problems();
        let shown = match problems.as_slice() {
            [] => return self.notice(Tone::Good, "There are no problems"),
            [one] => (*one).clone(),
            many => {
                let texts: Vec<String> = many.iter().map(ToString::to_string).collect();
                Problem::new(ProblemKind::Input, format!("{} problems", many.len())).detail(texts.join("\n\n"))
            }
        };
        self.push(Layer::Problem(shown));
    }

    /// An action in the layer on top.
    pub(super) fn layer_action(&mut self, action: Action) {
        match (self.state.layers.last(), action) {
            (Some(Layer::Login(_)), _) => self.login_action(action),
            (
                Some(Layer::Why(_)),
                Action::ShowSample
                | Action::NextTab
                | Action::PreviousTab
                | Action::Copy
                | Action::Back
                | Action::CookieMode
                | Action::Login
                | Action::RefreshSession,
            ) => self.why_action(action),
            (Some(Layer::Prompts(_)), _) => self.prompts_action(action),
            (Some(Layer::Lab(_)), _) => self.lab_action(action),
            (Some(Layer::Variables(_)), _) => self.variables_action(action),
            (Some(Layer::Matrix), _) => self.matrix_action(action),
            (Some(Layer::Probe(_)), _) => self.probe_action(action),
            (
                Some(Layer::Confirm(_)),
                Action::Yes | Action::YesEverywhere | Action::Discard | Action::No | Action::Back,
            ) => {
                self.answer(action);
            }
            (Some(Layer::Cookies { .. }), Action::DeleteCookie) => self.delete_cookie(),
            (Some(Layer::Cookies { .. }), Action::ClearCookies) => self.clear_cookies(),
            (Some(Layer::Conflict(_)), Action::KeepMine) => self.keep_mine(),
            (Some(Layer::Conflict(_)), Action::TakeTheirs) => self.take_theirs(),
            (Some(Layer::Conflict(_)), Action::SaveBeside) => self.ask_beside(),
            (Some(Layer::Difference(_)), Action::ActOnce) => self.compare_with_another(),
            (_, Action::Back) => self.close_layer(),
            (_, Action::Accept) => self.accept(),
            (_, Action::Up) => self.layer_step(Step::Up(1)),
            (_, Action::Down) => self.layer_step(Step::Down(1)),
            (_, Action::PageUp) => self.layer_step(Step::PageUp),
            (_, Action::PageDown) => self.layer_step(Step::PageDown),
            (_, Action::First) => self.layer_step(Step::First),
            (_, Action::Last) => self.layer_step(Step::Last),
            _ => {}
        }
    }

    /// Closes the layer on top, with what belongs to it.
    pub(super) fn close_layer(&mut self) {
        match self.state.layers.last() {
            Some(Layer::Login(_)) => self.back_in_login(),
            Some(Layer::Prompts(_)) => self.cancel_prompts(),
            Some(Layer::Lab(_)) => self.lab_action(Action::Back),
            Some(Layer::Confirm(_)) => self.answer(Action::No),
            Some(Layer::Matrix) => self.leave_matrix(),
            Some(Layer::Probe(_)) => self.leave_probe(),
            _ => {
                self.state.layers.pop();
            }
        }
    }

    /// Moves the selection of the layer on top, or scrolls it.
    pub(super) fn layer_step(&mut self, step: Step) {
        let view = self.state.viewports.layer;
        let content = self.state.contents.map(|contents| contents.layer);
        let identities = self.state.identity_rows().len();
        let environments = self.state.environments.len();
        let entries = self.state.sign_in_log.len();
        let files = match self.state.layers.last() {
            Some(Layer::Files { request, .. }) => self.state.other_files(request).len(),
            _ => 0,
        };
        let picks = match self.state.layers.last() {
            Some(Layer::Pick { choice, query, .. }) => self.state.pick_rows(*choice, &query.text).len(),
            _ => 0,
        };
        let candidates = match self.state.layers.last() {
            Some(Layer::Once(_)) => self.state.candidates().len(),
            _ => 0,
        };
        match self.state.layers.last_mut() {
            Some(Layer::Once(once)) => once.selected = step.selected(once.selected, candidates, view),
            Some(Layer::Difference(layer)) => layer.scroll = step.scrolled(layer.scroll, view, content),
            Some(Layer::Help { scroll }) => *scroll = step.scrolled(*scroll, view, content),
            Some(Layer::Why(why)) => why.scroll = step.scrolled(why.scroll, view, content),
            Some(Layer::Identities { selected }) => *selected = step.selected(*selected, identities, view),
            Some(Layer::Environments { selected }) => *selected = step.selected(*selected, environments, view),
            Some(Layer::Export { selected }) => *selected = step.selected(*selected, EXPORT_ROWS.len(), view),
            Some(Layer::SignInLog { selected, scroll }) => match step {
                Step::PageUp | Step::PageDown => *scroll = step.scrolled(*scroll, view, content),
                _ => {
                    *selected = step.selected(*selected, entries, view);
                    *scroll = 0;
                }
            },
            Some(Layer::Cookies { cookies, selected }) => {
                *selected = step.selected(*selected, cookies.as_ref().map_or(0, Vec::len), view);
            }
            Some(Layer::Pick { selected, .. }) => *selected = step.selected(*selected, picks, view),
            Some(Layer::Palette { query, selected }) => {
                *selected = step.selected(*selected, super::palette_rows(&query.text).len(), view);
            }
            Some(Layer::Variables(variables)) => {
                let count = variables.visible().len();
                variables.selected = step.selected(variables.selected, count, view);
            }
            Some(Layer::Import(import)) => {
                if let ImportStage::Done { scroll, .. } = &mut import.stage {
                    *scroll = step.scrolled(*scroll, view, content);
                }
            }
            Some(Layer::Login(_)) => self.login_step(step),
            Some(Layer::Matrix) => self.matrix_step(step),
            Some(Layer::Probe(_)) => self.probe_step(step),
            Some(Layer::Lab(_)) => self.lab_step(step),
            Some(Layer::Conflict(conflict)) => conflict.scroll = step.scrolled(conflict.scroll, view, content),
            Some(Layer::Files { selected, .. }) => *selected = step.selected(*selected, files + 1, view),
            Some(Layer::Problem(_)) => {
                self.state.problem_scroll = step.scrolled(self.state.problem_scroll, view, content);
            }
            Some(Layer::Confirm(_) | Layer::Prompts(_) | Layer::SaveBody(_) | Layer::Prompt(_) | Layer::Keep(_))
            | None => {}
        }
    }

    /// Takes the selected row of the layer on top.
    pub(super) fn accept(&mut self) {
        match self.state.layers.last() {
            Some(Layer::Identities { selected }) => {
                let selected = *selected;
                self.state.layers.pop();
                self.choose_identity(selected);
            }
            Some(Layer::Environments { selected }) => {
                let name = self.state.environments.get(*selected).cloned();
                self.state.layers.pop();
                self.choose_environment(name);
            }
            Some(Layer::Export { selected }) => {
                let selected = *selected;
                self.state.layers.pop();
                self.export(selected);
            }
            Some(Layer::Palette { .. }) => self.accept_palette(),
            Some(Layer::SaveBody(_)) => self.save_body(),
            Some(Layer::Prompt(_)) => self.accept_prompt(),
            Some(Layer::Files { request, selected }) => {
                let (request, selected) = (request.clone(), *selected);
                self.state.layers.pop();
                self.carry_to(&request, selected);
            }
            Some(Layer::Once(_)) => self.accept_once(),
            Some(Layer::Keep(_)) => self.accept_keep(),
            Some(Layer::Pick { .. }) => self.accept_pick(),
            Some(Layer::Import(_)) => self.accept_import(),
            Some(Layer::Login(_)) => self.login_action(Action::Accept),
            _ => {}
        }
    }

    fn choose_identity(&mut self, row: usize) {
        let chosen = match self.state.identity_rows().get(row) {
            None => return,
            Some(IdentityRow::AsRequestsSay) => None,
            Some(IdentityRow::Identity(identity)) => Some(identity.name.clone()),
            Some(IdentityRow::Anonymous) => Some(IdentityName::new(IdentityName::ANONYMOUS)),
        };
        match chosen {
            Some(name) => {
                self.state.identity = Some(name);
                self.state.act_as = ActAs::Chosen;
            }
            None => self.state.act_as = ActAs::RequestDecides,
        }
    }

    fn choose_environment(&mut self, name: Option<String>) {
        if name.is_none() || name == self.state.environment {
            return;
        }
        self.drop_pending();
        if let Some(name) = &name {
            self.effect(Effect::RememberEnvironment(name.clone()));
        }
        self.state.environment = name;
        self.forget_sessions();
        self.list_identities();
        self.settle_identity();
    }

    /// The answer to the question on top. `No` is the answer to anything but yes.
    fn answer(&mut self, action: Action) {
        let Some(Layer::Confirm(question)) = self.state.layers.pop() else { return };
        let yes = matches!(action, Action::Yes | Action::YesEverywhere);
        match (question, yes) {
            (Question::Unsaved(_), _) if action == Action::Discard => {
                self.forget_recovered();
                self.effect(Effect::Quit);
            }
            (Question::Recover(_), _) if action == Action::Discard => self.effect(Effect::ForgetUnsaved),
            (Question::Recover(_), true) => self.recover(),
            (Question::Unsaved(_), true) => self.save_and_quit(),
            (Question::RenewClaims(name), true) => self.renew_claims(&name),
            (Question::DeleteRequest(id), true) => self.delete_request(&id),
            (Question::DeleteFile(path), true) => self.delete_whole_file(&path),
            (Question::Quit, true) => self.effect(Effect::Quit),
            (Question::Logout(name), true) if action == Action::YesEverywhere => {
                self.logout(&name, BrowserSession::End);
            }
            (Question::Logout(name), true) => self.logout(&name, BrowserSession::Keep),
            (Question::SendUnsafe { .. }, true) => self.send_all_cells(Methods::All),
            (Question::SendUnsafe { .. }, false) if action == Action::Discard => {
                self.send_all_cells(Methods::SafeOnly);
            }
            (Question::AllowOrigin { run, holder, origin, .. }, true) => {
                if let Holder::Token(identity) = holder {
                    self.state.allowed_origins.insert((identity, origin.clone()));
                }
                self.send_to_allowed(run, origin);
            }
            (Question::AllowOrigin { run, origin, .. }, false) => self.refuse_origin(run, &origin),
            (Question::SendNote { request, .. }, yes) => {
                let asked = self.asked.take();
                if let Some(order) = asked.filter(|order| yes && order.request == request) {
                    self.send(order);
                }
            }
            (
                Question::Quit
                | Question::Logout(_)
                | Question::RenewClaims(_)
                | Question::Unsaved(_)
                | Question::Recover(_)
                | Question::DeleteRequest(_)
                | Question::DeleteFile(_)
                | Question::SendUnsafe { .. },
                false,
            ) => {}
        }
    }
}
