//! Bodies that are typed. Esc takes the text over as one edit; a text that cannot be taken over stays in the editor.

use crate::app::App;
use crate::app::completion::{Subject, of_text};
use crate::app::effect::Effect;
use crate::app::preview::Previewer;
use crate::app::request_editor::body::{BodyKind, Half, check, check_live, reformatted};
use crate::app::request_editor::{Check, Input, TextInput};
use crate::app::state::{Panel, Tone};
use crate::app::text_area::{Fit, Motion, Position, Selecting, TextArea};
use crate::app::update::panel::{Handled, Left};
use crate::collection::edit::RequestEdit;
use crate::keys::action::Action;
use crate::redact::SecretText;

const TOO_LONG: &str = "This does not fit: a body here may have 16 MB. Put it into a file and write `< ./file`";

const CHANGED_MEANWHILE: &str =
    "The body has changed on disk meanwhile: again takes yours, and undo brings the other one back";

impl App {
    /// Opens the editor for a part of the body.
    pub(super) fn begin_text(&mut self, half: Half) {
        let Some(id) = self.state.selected_id() else { return };
        let Some(collection) = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(id)) else {
            return;
        };
        let text = half.text(collection, id.index);
        let input =
            TextInput { half, area: TextArea::new(&text), before: text, check: Check::NotJson, completion: None };
        self.state.editor.input = Some(Input::Text(Box::new(input)));
        self.state.notice = None;
        self.text_changed();
    }

    fn area(&mut self) -> Option<&mut TextArea> {
        match &mut self.state.editor.input {
            Some(Input::Text(text)) => Some(&mut text.area),
            _ => None,
        }
    }

    pub(super) fn text_action(&mut self, action: Action) -> Handled {
        let page = self.state.viewports.request.saturating_sub(1).max(1);
        let motion = match action {
            Action::CursorLeft | Action::SelectLeft => Motion::Left,
            Action::CursorRight | Action::SelectRight => Motion::Right,
            Action::CursorStart | Action::SelectStart => Motion::LineStart,
            Action::CursorEnd | Action::SelectEnd => Motion::LineEnd,
            Action::Up if self.turn_text_completion(usize::MAX) == Handled::Yes => return Handled::Yes,
            Action::Down if self.turn_text_completion(1) == Handled::Yes => return Handled::Yes,
            Action::Up | Action::SelectUp => Motion::Up(1),
            Action::Down | Action::SelectDown => Motion::Down(1),
            Action::PageUp => Motion::Up(page),
            Action::PageDown => Motion::Down(page),
            Action::WordLeft => Motion::WordLeft,
            Action::WordRight => Motion::WordRight,
            Action::First => Motion::Top,
            Action::Last => Motion::Bottom,
            _ => return self.text_change(action),
        };
        let selecting = match action {
            Action::SelectLeft
            | Action::SelectRight
            | Action::SelectUp
            | Action::SelectDown
            | Action::SelectStart
            | Action::SelectEnd => Selecting::Yes,
            _ => Selecting::No,
        };
        if let Some(area) = self.area() {
            area.step(motion, selecting);
        }
        self.text_moved();
        Handled::Yes
    }

    /// What is not a movement.
    fn text_change(&mut self, action: Action) -> Handled {
        match action {
            Action::Newline => self.with_area(TextArea::newline),
            Action::Indent if self.take_text_completion() == Handled::No => self.with_area(TextArea::tab),
            Action::Indent => {}
            Action::DeleteBack => self.with_area(|area| whole(area, TextArea::delete_back)),
            Action::DeleteForward => self.with_area(|area| whole(area, TextArea::delete_forward)),
            Action::DeleteWord => self.with_area(|area| whole(area, TextArea::delete_word)),
            Action::DeleteToStart => self.with_area(|area| whole(area, TextArea::delete_to_start)),
            Action::Undo => self.with_area(|area| {
                whole(area, |area| {
                    area.undo();
                })
            }),
            Action::Redo => self.with_area(|area| {
                whole(area, |area| {
                    area.redo();
                })
            }),
            Action::SelectAll => self.with_area(|area| whole(area, TextArea::select_all)),
            Action::CopyText => self.copy_text(),
            Action::CutText => self.cut_text(),
            Action::PasteText => {
                let clip = self.state.editor.clip.clone();
                self.insert_text(&clip);
            }
            Action::FormatBody => self.format_text(),
            Action::CheckBody => self.go_to_fault(),
            Action::Back => {
                self.leave_text();
            }
            Action::Interrupt => {
                self.leave_text();
            }
            Action::Send | Action::Help | Action::Redraw => return Handled::No,
            _ => {}
        }
        Handled::Yes
    }

    /// Text was typed or pasted.
    pub(in crate::app::update) fn insert_text(&mut self, text: &str) {
        if !text.is_empty() {
            self.with_area(|area| area.insert(text));
        }
    }

    fn with_area(&mut self, change: impl FnOnce(&mut TextArea) -> Fit) {
        let Some(area) = self.area() else { return };
        let before = area.revision();
        let fit = change(area);
        let changed = area.revision() != before;
        if fit == Fit::TooLong {
            self.notice(Tone::Bad, TOO_LONG);
        }
        if changed {
            self.text_changed();
        } else {
            self.text_moved();
        }
    }

    /// The text is another one: check it, offer what could stand at the cursor.
    fn text_changed(&mut self) {
        let is_json = |state: &crate::app::state::AppState, half: Half| {
            state.selected_request().is_some_and(|request| half.is_json(request))
        };
        let Some(Input::Text(input)) = &self.state.editor.input else { return };
        let check = if is_json(&self.state, input.half) { check_live(&input.area.text()) } else { Check::NotJson };
        let cursor = input.area.cursor();
        let (before, after) = input.area.lines()[cursor.line].split_at(cursor.byte);
        let near = before.floor_char_boundary(before.len().saturating_sub(256));
        let completion = of_text(&before[near..], after, Subject::Text, &|| Previewer::new(&self.state).variables());
        let completion = completion.map(|mut completion| {
            completion.from += near;
            completion
        });
        let mut mended = false;
        if let Some(Input::Text(input)) = &mut self.state.editor.input {
            mended = matches!(input.check, Check::Bad { .. }) && !matches!(check, Check::Bad { .. });
            input.check = check;
            input.completion = completion;
        }
        // What was said of the fault is no longer true.
        self.state.notice.take_if(|notice| mended && notice.tone == Tone::Bad);
        self.reveal_text();
    }

    /// The cursor is elsewhere.
    fn text_moved(&mut self) {
        if let Some(Input::Text(input)) = &mut self.state.editor.input {
            input.completion = None;
        }
        self.reveal_text();
    }

    fn reveal_text(&mut self) {
        let height = self.state.viewports.request;
        if let Some(area) = self.area().filter(|_| height > 0) {
            area.reveal(height);
        }
    }

    fn turn_text_completion(&mut self, steps: usize) -> Handled {
        let Some(Input::Text(input)) = &mut self.state.editor.input else { return Handled::No };
        let Some(completion) = &mut input.completion else { return Handled::No };
        let count = completion.items.len();
        completion.turn(if steps == usize::MAX { count - 1 } else { steps });
        Handled::Yes
    }

    fn take_text_completion(&mut self) -> Handled {
        let Some(Input::Text(input)) = &mut self.state.editor.input else { return Handled::No };
        let Some(completion) = input.completion.take() else { return Handled::No };
        let text = completion.suggestion().text.clone();
        let end = input.area.cursor().byte;
        self.with_area(|area| area.replace_in_line(completion.from, end, &text));
        self.text_moved();
        Handled::Yes
    }

    /// To the clipboard of the terminal, and to the editor's own.
    fn copy_text(&mut self) {
        let Some(area) = self.area() else { return };
        let text = area.selected();
        if text.is_empty() {
            // Ctrl+C with nothing selected leaves, as it does elsewhere; what was typed is kept.
            self.leave_text();
            return;
        }
        self.effect(Effect::Copy { what: "selection", text: SecretText::unregistered(text.clone()) });
        self.state.editor.clip = text;
    }

    fn cut_text(&mut self) {
        let Some(area) = self.area() else { return };
        let text = area.selected();
        if text.is_empty() {
            return;
        }
        self.with_area(|area| whole(area, |area| drop(area.cut())));
        self.effect(Effect::Copy { what: "selection", text: SecretText::unregistered(text.clone()) });
        self.state.editor.clip = text;
    }

    fn format_text(&mut self) {
        let Some(area) = self.area() else { return };
        let text = area.text();
        match reformatted(&text) {
            Ok(pretty) if pretty == text => self.notice(Tone::Neutral, "It is formatted already"),
            Ok(pretty) => {
                self.with_area(|area| area.replace_all(&pretty));
                self.notice(Tone::Good, "Formatted");
            }
            Err(why) => {
                self.notice(Tone::Bad, why.to_string());
                self.go_to_fault();
            }
        }
    }

    /// Reformats the body without opening it.
    pub(super) fn format_body(&mut self) {
        let is_json = self.state.selected_request().is_some_and(|request| BodyKind::of(request) == BodyKind::Json);
        if !is_json {
            return self.notice(Tone::Neutral, "Only a JSON body can be reformatted");
        }
        let Some(id) = self.state.selected_id() else { return };
        let Some(collection) = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(id)) else {
            return;
        };
        let text = Half::Whole.text(collection, id.index);
        match reformatted(&text) {
            Ok(pretty) if pretty == text => self.notice(Tone::Neutral, "The body is formatted already"),
            Ok(pretty) => {
                self.change_request(&RequestEdit::Body(pretty));
            }
            Err(why) => {
                self.notice(Tone::Bad, why.to_string());
                self.edit_body();
                self.go_to_fault();
            }
        }
    }

    /// Checks the text and goes to where it stops being JSON.
    fn go_to_fault(&mut self) {
        let Some(Input::Text(input)) = &mut self.state.editor.input else { return };
        let found = check(&input.area.text());
        input.check = found.clone();
        match found {
            Check::Bad { line, column, byte, expected } => {
                input.area.jump(Position { line: line - 1, byte });
                self.text_moved();
                self.notice(Tone::Bad, format!("Line {line}, column {column}: expected {expected}"));
            }
            _ => self.notice(Tone::Good, "This is valid JSON"),
        }
    }

    fn leave_text(&mut self) {
        if self.keep_text() == Left::Yes {
            self.state.focus = Panel::Request;
        }
    }

    /// Takes the text over as one edit.
    pub(super) fn keep_text(&mut self) -> Left {
        let Some(Input::Text(input)) = &self.state.editor.input else { return Left::Yes };
        let (half, text) = (input.half, input.area.text());
        if text == input.before {
            self.state.editor.input = None;
            self.settle_selection();
            return Left::Yes;
        }
        let collection = self.state.selected_id().and_then(|id| {
            let collection = self.state.workspace.as_ref()?.collection(id)?;
            Some((half.text(collection, id.index), half.put(collection, id.index, &text)))
        });
        let Some((now, whole)) = collection else {
            // The request is gone: the text is not.
            self.effect(Effect::Copy { what: "text: its request is gone", text: SecretText::unregistered(text) });
            self.state.editor.input = None;
            return Left::Yes;
        };
        if now != input.before {
            // Said once; then the user has decided.
            if let Some(Input::Text(input)) = &mut self.state.editor.input {
                input.before = now;
            }
            self.notice(Tone::Bad, CHANGED_MEANWHILE);
            return Left::No;
        }
        if !self.change_request(&RequestEdit::Body(whole)) {
            return Left::No;
        }
        self.state.editor.input = None;
        self.settle_selection();
        Left::Yes
    }

    /// A place in the body was pressed.
    pub(in crate::app::update) fn press_text(&mut self, line: usize, column: usize) {
        if self.state.editor.text().is_none() {
            return;
        }
        if let Some(area) = self.area() {
            let place = area.at_cell(line, column);
            area.jump(place);
        }
        self.text_moved();
    }

    /// The wheel over the body.
    pub(in crate::app::update) fn wheel_text(&mut self, motion: Motion) {
        if let Some(area) = self.area() {
            area.step(motion, Selecting::No);
        }
        self.text_moved();
    }
}

/// A change that always fits.
fn whole(area: &mut TextArea, change: impl FnOnce(&mut TextArea)) -> Fit {
    change(area);
    Fit::Whole
}
