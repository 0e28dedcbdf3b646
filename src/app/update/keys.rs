//! Keys and pasted text: text fields first, then the layer on top, then the main screen.

use crate::app::App;
use crate::app::layers::{ImportStage, OncePurpose};
use crate::app::request_editor::Input;
use crate::app::state::{
    FilterMode, Folded, Layer, LoginStage, Panel, RequestTab, ResponseTab, Scroll, TextField, Tone,
};
use crate::app::update::panel::{Handled, Left};
use crate::app::update::scroll::Step;
use crate::app::update::structure::Towards;
use crate::keys::action::Action;
use crate::keys::chord::Chord;
use crate::keys::map::resolve;
use crate::model::session::TokenKind;

impl App {
    pub(in crate::app) fn key(&mut self, chord: Chord) {
        if self.close_if_done() {
            return;
        }
        match resolve(chord, self.state.contexts()) {
            Some(action) => self.perform(action),
            None => {
                if let Some(c) = chord.text() {
                    self.type_text(c.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    /// Any key closes a sign-in that says "done".
    fn close_if_done(&mut self) -> bool {
        let done = matches!(self.state.layers.last(),
            Some(Layer::Login(login)) if matches!(login.stage, LoginStage::Done));
        if done {
            self.close_login();
        }
        done
    }

    pub(in crate::app) fn paste(&mut self, text: &str) {
        let waits = matches!(self.state.layers.last(),
            Some(Layer::Login(login)) if matches!(login.stage, LoginStage::Browser { pasted: None, .. }));
        if waits && text.trim_start().starts_with("http") {
            self.open_callback_input();
        }
        if self.paste_into_lab(text) == Handled::Yes {
            return;
        }
        if self.state.layers.is_empty() && self.paste_curl(text) == Handled::Yes {
            return;
        }
        if self.types_url() {
            let (url, left_out) = one_url(text);
            self.type_text(&url);
            if left_out > 0 {
                let lines = if left_out == 1 { "the other line" } else { "the other lines" };
                self.notice(Tone::Neutral, format!("A URL is one line: {lines} of the text left out"));
            }
            return;
        }
        self.type_text(text);
    }

    fn type_text(&mut self, text: &str) {
        if self.state.layers.is_empty() && self.state.editor.text().is_some() {
            return self.insert_text(text);
        }
        self.edit(|field| field.insert(text));
    }

    /// Changes the text field that has the keys, and what follows from its text.
    fn edit(&mut self, change: impl FnOnce(&mut TextField)) {
        let Some(field) = self.active_text() else { return };
        let before = field.text.len();
        change(field);
        let changed = field.text.len() != before;
        match self.state.layers.last_mut() {
            Some(Layer::Import(import)) if changed => import.problem = None,
            Some(Layer::Variables(variables)) if changed => match &mut variables.secret {
                Some(input) => input.problem = None,
                None => variables.selected = 0,
            },
            Some(Layer::SaveBody(save)) if changed => (save.problem, save.confirmed) = (None, None),
            Some(Layer::Keep(layer)) => layer.problem = None,
            Some(Layer::Palette { selected, .. } | Layer::Pick { selected, .. }) if changed => *selected = 0,
            Some(Layer::Login(login)) => {
                if let LoginStage::Form(form) = &mut login.stage {
                    form.problem = None;
                }
            }
            Some(Layer::Prompt(prompt)) => prompt.problem = None,
            Some(Layer::Lab(lab)) => lab.problem = None,
            None if self.state.editor.input.is_some() => self.complete_cell(),
            None if changed => self.refilter(),
            _ => {}
        }
    }

    /// The text field that has the keys.
    fn active_text(&mut self) -> Option<&mut TextField> {
        match self.state.layers.last_mut() {
            None if self.state.editor.input.is_some() => match &mut self.state.editor.input {
                Some(Input::Cell(cell)) => Some(cell.field_mut()),
                _ => None,
            },
            None if self.state.filter_mode == FilterMode::Typing => self.state.filter.as_mut(),
            Some(Layer::Import(import)) if matches!(import.stage, ImportStage::Asking) => Some(&mut import.path),
            Some(Layer::Prompts(prompts)) => {
                let focused = prompts.focused;
                prompts.fields.get_mut(focused).map(|field| &mut field.input)
            }
            Some(Layer::Variables(variables)) => Self::variables_text(variables),
            Some(Layer::SaveBody(save)) => Some(&mut save.path),
            Some(Layer::Prompt(prompt)) => Some(&mut prompt.field),
            Some(Layer::Lab(lab)) => lab.text_mut(),
            Some(Layer::Keep(layer)) => Some(&mut layer.path),
            Some(Layer::Palette { query, .. } | Layer::Pick { query, .. }) => Some(query),
            Some(Layer::Login(login)) => match &mut login.stage {
                LoginStage::Form(form) => form.text_mut(),
                LoginStage::ChooseVault { passphrase: input, .. } | LoginStage::Browser { pasted: input, .. } => {
                    input.as_mut()
                }
                LoginStage::Paste(field) => Some(field),
                _ => None,
            },
            _ => None,
        }
    }

    /// Does what the user asked for, wherever the keys are.
    pub(super) fn perform(&mut self, action: Action) {
        if self.state.layers.is_empty() && self.editor_action(action) == Handled::Yes {
            return;
        }
        match action {
            Action::Help => self.open_help(),
            Action::Interrupt => self.interrupt(),
            Action::Redraw => self.effect(crate::app::effect::Effect::Redraw),
            Action::CursorLeft => self.edit(TextField::left),
            Action::CursorRight => self.edit(TextField::right),
            Action::CursorStart => self.edit(TextField::start),
            Action::CursorEnd => self.edit(TextField::end),
            Action::DeleteBack => self.edit(TextField::delete_back),
            Action::DeleteForward => self.edit(TextField::delete_forward),
            Action::DeleteWord => self.edit(TextField::delete_word),
            Action::DeleteToStart => self.edit(TextField::delete_to_start),
            _ if self.state.layers.is_empty() => self.main_action(action),
            _ => self.layer_action(action),
        }
    }

    /// Ctrl+C: cancels what has the keys, then the run; with nothing to cancel it quits.
    fn interrupt(&mut self) {
        use crate::app::state::Question;
        match self.state.layers.last() {
            Some(Layer::Confirm(Question::Quit)) => self.layer_action(Action::Yes),
            Some(Layer::Login(_)) => self.cancel_login(),
            Some(_) => self.close_layer(),
            None if self.state.editor.input.is_some() => self.drop_cell(),
            None => {
                if !self.cancel_selected() {
                    self.ask_quit();
                }
            }
        }
    }

    fn cancel_selected(&mut self) -> bool {
        if self.end_current() {
            return true;
        }
        let id = self.state.selected_id().cloned();
        id.is_some_and(|id| self.cancel_run_of(&id))
    }

    fn main_action(&mut self, action: Action) {
        // What is being typed is taken over first; what cannot be stays, and is told.
        if self.leave_input() == Left::No {
            return;
        }
        match action {
            Action::Send => self.send_selected(),
            Action::FollowRedirects => self.send_following(),
            Action::CookieMode => self.switch_carrier(),
            Action::Login => self.login_shown(),
            Action::Logout => self.ask_logout(),
            Action::RefreshSession => self.refresh_shown(),
            Action::ActAs => self.open_identities(),
            Action::ActOnce => self.open_act_once(OncePurpose::Send),
            Action::Difference => self.open_difference(),
            Action::TokenLab => self.open_lab(),
            Action::LiveTruth => self.open_live(),
            Action::RenewClaims => self.open_renew(),
            Action::Environments => self.open_environments(),
            Action::Variables => self.open_variables(),
            Action::Why => self.open_why(),
            Action::Matrix => self.open_matrix(),
            Action::Probe => self.open_probe(),
            Action::SignInLog => self.open_log(),
            Action::Problems => self.open_problems(),
            Action::Palette => self.open_palette(),
            Action::EditHere => self.begin_url(),
            Action::EditBody => self.edit_body(),
            Action::Find => self.find(),
            Action::Copy => self.copy_shown(),
            Action::Export => self.open_export(),
            Action::Reload => self.reload(),
            Action::Cookies => self.open_cookies(),
            Action::SaveBody => self.open_save(),
            Action::Save => self.save(),
            Action::SaveAll => self.save_all(),
            Action::Undo => self.undo(),
            Action::Redo => self.redo(),
            Action::OpenEditor => self.open_editor(),
            Action::NewRequest => self.new_request(),
            Action::NewFile => self.new_file(),
            Action::Duplicate => self.duplicate(),
            Action::Rename => self.rename(),
            Action::MoveUp => self.shift_request(Towards::Start),
            Action::MoveDown => self.shift_request(Towards::End),
            Action::MoveTo => self.choose_file(),
            Action::Delete => self.ask_delete(),
            Action::SaveToFile => self.ask_keep(),
            Action::Import => self.open_import(),
            Action::Quit => self.ask_quit(),
            Action::Back => self.back(),
            Action::Accept => self.keep_filter(),
            _ => self.move_action(action),
        }
    }

    /// Keys that move the focus, the selection or the view.
    fn move_action(&mut self, action: Action) {
        match action {
            Action::NextPanel => self.next_panel(1),
            Action::PreviousPanel => self.next_panel(Panel::ALL.len() - 1),
            Action::FocusTree => self.focus(Panel::Tree),
            Action::FocusRequest => self.focus(Panel::Request),
            Action::FocusResponse => self.focus(Panel::Response),
            Action::FocusToken => self.focus(Panel::Token),
            Action::NextTab => self.next_tab(Turn::Forward),
            Action::PreviousTab => self.next_tab(Turn::Backward),
            Action::Up => self.step(Step::Up(1)),
            Action::Down => self.step(Step::Down(1)),
            Action::PageUp => self.step(Step::PageUp),
            Action::PageDown => self.step(Step::PageDown),
            Action::First => self.step(Step::First),
            Action::Last => self.step(Step::Last),
            Action::ScrollLeft => self.scroll_left(),
            Action::ScrollRight => self.scroll_right(),
            Action::Fold => self.fold(Some(Folded::Closed)),
            Action::Unfold => self.fold(Some(Folded::Open)),
            Action::ToggleFold => self.fold(None),
            _ => {}
        }
    }

    /// Esc on the main screen.
    fn back(&mut self) {
        if self.state.filter_mode == FilterMode::Typing {
            return self.clear_filter();
        }
        if self.cancel_selected() {
            return;
        }
        if self.state.filter.is_some() {
            return self.clear_filter();
        }
        self.state.notice = None;
    }

    pub(super) fn focus(&mut self, panel: Panel) {
        if self.leave_input() == Left::No {
            return;
        }
        self.state.focus = panel;
        if self.state.filter_mode == FilterMode::Typing {
            self.keep_filter();
        }
    }

    fn next_panel(&mut self, steps: usize) {
        let at = Panel::ALL.iter().position(|panel| *panel == self.state.focus).unwrap_or(0);
        self.focus(Panel::ALL[(at + steps) % Panel::ALL.len()]);
    }

    /// Turns the tabs of the panel with the focus; from the tree, those of the request.
    fn next_tab(&mut self, turn: Turn) {
        match self.state.focus {
            Panel::Tree | Panel::Request => self.show_request_tab(turn.of(&RequestTab::ALL, self.state.request_tab)),
            Panel::Response => self.show_response_tab(turn.of(&ResponseTab::ALL, self.state.response_tab)),
            Panel::Token => self.show_token_tab(turn.of(&TokenKind::ALL, self.state.shown_token())),
        }
    }

    pub(super) fn show_request_tab(&mut self, tab: RequestTab) {
        if self.leave_input() == Left::No {
            return;
        }
        if tab != self.state.request_tab {
            self.forget_row();
        }
        (self.state.request_tab, self.state.request_scroll) = (tab, Scroll::default());
    }

    pub(super) fn show_response_tab(&mut self, tab: ResponseTab) {
        (self.state.response_tab, self.state.response_scroll) = (tab, Scroll::default());
    }

    pub(super) fn show_token_tab(&mut self, tab: TokenKind) {
        (self.state.token_tab, self.state.token_scroll) = (Some(tab), Scroll::default());
    }
}

#[derive(Debug, Clone, Copy)]
enum Turn {
    Forward,
    Backward,
}

impl Turn {
    fn of<T: Copy + PartialEq>(self, tabs: &[T], now: T) -> T {
        let at = tabs.iter().position(|tab| *tab == now).unwrap_or(0);
        let step = match self {
            Self::Forward => 1,
            Self::Backward => tabs.len() - 1,
        };
        tabs[(at + step) % tabs.len()]
    }
}

/// The URL at the beginning of a text: its first line, and the lines after it that go on with the query, as `.http` files
/// write it. How many lines were left out comes with it.
fn one_url(text: &str) -> (String, usize) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut url = lines.next().unwrap_or_default().to_owned();
    let mut left_out = 0;
    for line in lines {
        if left_out == 0 && line.starts_with(['?', '&']) {
            url.push_str(line);
        } else {
            left_out += 1;
        }
    }
    (url, left_out)
}
