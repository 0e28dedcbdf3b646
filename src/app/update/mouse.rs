//! The mouse: a press does what lies under it, the wheel scrolls what lies under it. A layer takes everything.

use crate::app::App;
use crate::app::hit::Target;
use crate::app::msg::{MouseInput, MouseKind};
use crate::app::request_editor::sheet::Choice;
use crate::app::state::{Layer, LoginStage, Panel, TreeRow};
use crate::app::text_area::Motion;
use crate::app::update::export::EXPORT_ROWS;
use crate::app::update::panel::Left;
use crate::app::update::scroll::Step;
use crate::keys::action::Action;

/// Lines of one step of the wheel.
const WHEEL: usize = 3;

impl App {
    pub(in crate::app) fn mouse(&mut self, input: MouseInput) {
        let Some(target) = self.hits.at(input.column, input.row) else { return };
        match input.kind {
            MouseKind::Press => self.press(target, input.column),
            MouseKind::ScrollUp => self.wheel(target, Step::Up(WHEEL)),
            MouseKind::ScrollDown => self.wheel(target, Step::Down(WHEEL)),
        }
    }

    fn press(&mut self, target: Target, x: u16) {
        if let Target::Button(action) = target {
            return self.press_button(action);
        }
        if !self.state.layers.is_empty() {
            if let Target::LayerRow(row) = target {
                self.press_row(row);
            }
            return;
        }
        if let Target::BodyLine { line, column, x: left } = target {
            return self.press_text(line, column + usize::from(x.saturating_sub(left)));
        }
        if self.leave_input() == Left::No {
            return;
        }
        match target {
            Target::Panel(panel) => self.focus(panel),
            Target::TreeRow(row) => self.press_tree(row),
            Target::RequestTab(tab) => {
                self.focus(Panel::Request);
                self.show_request_tab(tab);
            }
            Target::RequestMethod => {
                self.focus(Panel::Request);
                self.open_choice(Choice::Method);
            }
            Target::RequestUrl => self.begin_url(),
            Target::RequestCell { row, column } => self.press_cell(row, column),
            Target::RequestToggle(row) => self.press_toggle(row),
            Target::ResponseTab(tab) => {
                self.focus(Panel::Response);
                self.show_response_tab(tab);
            }
            Target::TokenTab(tab) => {
                self.focus(Panel::Token);
                self.show_token_tab(tab);
            }
            Target::Button(_) | Target::LayerRow(_) | Target::Layer | Target::BodyLine { .. } => {}
        }
    }

    /// A button works where its key works: one of the main screen does nothing under a layer.
    fn press_button(&mut self, action: Action) {
        if action.info_in(self.state.contexts()).is_some() {
            self.perform(action);
        }
    }

    fn press_tree(&mut self, row: usize) {
        self.focus(Panel::Tree);
        if row >= self.state.rows.len() {
            return;
        }
        self.select_row(row);
        if matches!(self.state.rows.get(row), Some(TreeRow::Collection { .. })) {
            self.fold(None);
        }
    }

    fn press_row(&mut self, row: usize) {
        let identities = self.state.identity_rows().len();
        let environments = self.state.environments.len();
        let entries = self.state.sign_in_log.len();
        match self.state.layers.last_mut() {
            Some(Layer::Identities { selected }) if row < identities => *selected = row,
            Some(Layer::Environments { selected }) if row < environments => *selected = row,
            Some(Layer::Cookies { cookies: Some(cookies), selected }) if row < cookies.len() => *selected = row,
            Some(Layer::Files { selected, .. }) => *selected = row,
            Some(Layer::Once(once)) if row <= identities => once.selected = row,
            Some(Layer::Export { selected }) if row < EXPORT_ROWS.len() => *selected = row,
            Some(Layer::Pick { selected, .. }) => *selected = row,
            Some(Layer::Palette { query, selected }) if row < super::palette_rows(&query.text).len() => *selected = row,
            Some(Layer::SignInLog { selected, scroll }) if row < entries => {
                (*selected, *scroll) = (row, 0);
                return;
            }
            Some(Layer::Variables(variables)) => {
                if variables.secret.is_none() && row < variables.visible().len() {
                    variables.selected = row;
                }
                return;
            }
            Some(Layer::Lab(lab)) => {
                lab.selected = row;
                return;
            }
            Some(Layer::Prompts(_)) => return self.focus_prompt(row),
            Some(Layer::Matrix) => return self.press_matrix(row),
            Some(Layer::Probe(_)) => return self.press_probe(row),
            Some(Layer::Login(login)) => {
                match login.stage {
                    LoginStage::Form(_) => self.focus_field(row),
                    LoginStage::ChooseVault { .. } => self.choose_vault_row(row),
                    _ => {}
                }
                return;
            }
            _ => return,
        }
        self.accept();
    }

    fn wheel(&mut self, target: Target, step: Step) {
        if !self.state.layers.is_empty() {
            return self.layer_step(step);
        }
        if matches!(target, Target::BodyLine { .. }) {
            return self.wheel_text(match step {
                Step::Up(lines) => Motion::Up(lines),
                _ => Motion::Down(WHEEL),
            });
        }
        let panel = match target {
            Target::Panel(panel) => panel,
            Target::TreeRow(_) => Panel::Tree,
            Target::RequestTab(_)
            | Target::RequestMethod
            | Target::RequestUrl
            | Target::RequestCell { .. }
            | Target::RequestToggle(_)
            | Target::BodyLine { .. } => Panel::Request,
            Target::ResponseTab(_) => Panel::Response,
            Target::TokenTab(_) => Panel::Token,
            Target::LayerRow(_) | Target::Button(_) | Target::Layer => return,
        };
        self.scroll_panel(panel, step);
    }
}
