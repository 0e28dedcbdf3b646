//! Prompts: the form that asks, and the run that goes on with the answers.

use crate::app::App;
use crate::app::effect::Answer;
use crate::app::layers::{PromptField, PromptsLayer};
use crate::app::msg::{PromptDefault, PromptQuestion};
use crate::app::state::{Layer, Masked, RunPhase, TextField, Tone};
use crate::app::update::run::Order;
use crate::keys::action::Action;
use crate::model::exchange::RunId;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::wire::FieldValue;
use crate::redact::SecretText;

impl PromptField {
    fn of(question: PromptQuestion) -> Self {
        let mut input = match &question.default {
            PromptDefault::Shown(text) => TextField::new(text.clone()),
            PromptDefault::None | PromptDefault::Hidden => TextField::default(),
        };
        if question.prompt.is_secret() {
            input = TextField::masked();
        }
        Self { question, input }
    }

    fn answer(&mut self) -> Answer {
        let keeps = self.input.text.is_empty() && self.question.default == PromptDefault::Hidden;
        let value = match self.input.masked {
            Masked::Yes => FieldValue::Secret(SecretText::new(self.input.take())),
            Masked::No => FieldValue::Plain(self.input.take()),
        };
        Answer { name: self.question.prompt.name.clone(), value: (!keeps).then_some(value) }
    }
}

impl App {
    pub(in crate::app) fn run_needs_answers(&mut self, id: RunId, prompts: Vec<PromptQuestion>) {
        if self.request_of_active(id).is_none() || prompts.is_empty() {
            return;
        }
        let fields = prompts.into_iter().map(PromptField::of).collect();
        let layer = PromptsLayer { run: id, fields, focused: 0 };
        if !self.push(Layer::Prompts(Box::new(layer))) {
            let problem = Problem::new(ProblemKind::Input, "This request asks for something");
            self.run_failed(id, problem.hint("Send the request again and answer what it asks"));
        }
    }

    fn prompts_mut(&mut self) -> Option<&mut PromptsLayer> {
        match self.state.layers.last_mut() {
            Some(Layer::Prompts(prompts)) => Some(prompts),
            _ => None,
        }
    }

    pub(super) fn prompts_action(&mut self, action: Action) {
        let Some(prompts) = self.prompts_mut() else { return };
        let count = prompts.fields.len();
        match action {
            Action::NextField => prompts.focused = (prompts.focused + 1) % count,
            Action::PreviousField => prompts.focused = (prompts.focused + count - 1) % count,
            Action::Accept if prompts.focused + 1 < count => prompts.focused += 1,
            Action::Accept => self.answer_prompts(),
            Action::Back => self.cancel_prompts(),
            _ => {}
        }
    }

    /// Puts the cursor into a field, as the mouse does.
    pub(super) fn focus_prompt(&mut self, row: usize) {
        if let Some(prompts) = self.prompts_mut().filter(|prompts| row < prompts.fields.len()) {
            prompts.focused = row;
        }
    }

    fn answer_prompts(&mut self) {
        let Some(Layer::Prompts(mut prompts)) = self.state.layers.pop() else { return };
        let answers: Vec<Answer> = prompts.fields.iter_mut().map(PromptField::answer).collect();
        let Some(request) = self.request_of_active(prompts.run) else { return };
        let Some(order) = self.order_again(request) else { return };
        let mut all = order.answers.clone();
        all.extend(answers);
        self.send(Order { answers: all, ..order });
    }

    /// Nothing is sent.
    pub(super) fn cancel_prompts(&mut self) {
        let Some(Layer::Prompts(prompts)) = self.state.layers.pop() else { return };
        let run = self.state.runs.values_mut().find(|run| run.id == prompts.run && run.phase.is_active());
        if let Some(run) = run {
            run.phase = RunPhase::Cancelled;
            self.notice(Tone::Neutral, "Nothing was sent");
        }
    }
}
