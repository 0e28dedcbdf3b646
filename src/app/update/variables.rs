//! The inspector: opening it, its filter, copying a value, setting a secret.

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::layers::{SecretField, SecretInput, VariablesLayer};
use crate::app::state::{FilterMode, Layer, TextField, Tone};
use crate::app::update::run::Order;
use crate::app::update::scroll::Step;
use crate::collection::inspect::VariableRow;
use crate::keys::action::Action;
use crate::model::exchange::RunId;
use crate::model::problem::Problem;
use crate::model::request::RequestId;
use crate::model::secret::SecretKey;
use crate::model::wire::FieldValue;
use crate::redact::SecretText;

impl App {
    /// `v`.
    pub(super) fn open_variables(&mut self) {
        let Some(request) = self.state.selected_id().cloned() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let layer = VariablesLayer {
            id: RunId(0),
            request: request.clone(),
            rows: None,
            selected: 0,
            filter: None,
            filter_mode: FilterMode::Applied,
            secret: None,
        };
        if self.push(Layer::Variables(Box::new(layer))) {
            self.inspect(request);
        }
    }

    fn inspect(&mut self, request: RequestId) {
        let id = self.new_run_id();
        if let Some(variables) = self.variables_mut() {
            variables.id = id;
        }
        let order = self.as_sent(id, Order::of(request));
        self.effect(Effect::Inspect(Box::new(order)));
    }

    fn variables_mut(&mut self) -> Option<&mut VariablesLayer> {
        self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::Variables(variables) => Some(&mut **variables),
            _ => None,
        })
    }

    pub(in crate::app) fn variables_inspected(&mut self, id: RunId, result: Result<Vec<VariableRow>, Problem>) {
        let Some(variables) = self.variables_mut().filter(|variables| variables.id == id) else { return };
        match result {
            Ok(rows) => variables.rows = Some(rows),
            Err(problem) => {
                self.state.layers.retain(|layer| !matches!(layer, Layer::Variables(_)));
                self.trouble(problem.clone());
                self.push(Layer::Problem(problem));
            }
        }
    }

    pub(in crate::app) fn secret_stored(&mut self, name: &str, result: Result<(), Problem>) {
        match result {
            Ok(()) => {
                self.notice(Tone::Good, format!("The secret `{name}` is in the vault"));
                if let Some(request) = self.variables_mut().map(|variables| variables.request.clone()) {
                    self.inspect(request);
                }
            }
            Err(problem) => {
                self.trouble(problem.clone());
                self.push(Layer::Problem(problem));
            }
        }
    }

    pub(super) fn variables_action(&mut self, action: Action) {
        let Some(Layer::Variables(variables)) = self.state.layers.last_mut() else { return };
        if variables.secret.is_some() {
            return self.secret_action(action);
        }
        match (variables.filter_mode, action) {
            (FilterMode::Typing, Action::Accept) => {
                variables.filter_mode = FilterMode::Applied;
                if variables.filter.as_ref().is_some_and(|field| field.text.trim().is_empty()) {
                    variables.filter = None;
                }
            }
            (FilterMode::Typing, Action::Back) => {
                (variables.filter, variables.filter_mode, variables.selected) = (None, FilterMode::Applied, 0);
            }
            (FilterMode::Applied, Action::Back) if variables.filter.is_some() => {
                (variables.filter, variables.selected) = (None, 0);
            }
            (_, Action::Back) => {
                self.state.layers.pop();
            }
            (_, Action::Find) => {
                variables.filter.get_or_insert_with(TextField::default).end();
                variables.filter_mode = FilterMode::Typing;
            }
            (_, Action::Copy) => self.copy_value(Ask::No),
            (_, Action::CopySecret) => self.copy_value(Ask::Yes),
            (_, Action::SetSecret) => {
                let name = variables.selected_row().and_then(|row| row.secret.clone());
                let field = if name.is_some() { SecretField::Value } else { SecretField::Name };
                variables.secret = Some(SecretInput {
                    name: TextField::new(name.unwrap_or_default()),
                    value: TextField::masked(),
                    field,
                    problem: None,
                });
            }
            (_, Action::Up) => self.layer_step(Step::Up(1)),
            (_, Action::Down) => self.layer_step(Step::Down(1)),
            (_, Action::PageUp) => self.layer_step(Step::PageUp),
            (_, Action::PageDown) => self.layer_step(Step::PageDown),
            (_, Action::First) => self.layer_step(Step::First),
            (_, Action::Last) => self.layer_step(Step::Last),
            _ => {}
        }
    }

    /// The text field of the inspector that has the keys.
    pub(super) fn variables_text(variables: &mut VariablesLayer) -> Option<&mut TextField> {
        match &mut variables.secret {
            Some(SecretInput { name, field: SecretField::Name, .. }) => Some(name),
            Some(SecretInput { value, .. }) => Some(value),
            None if variables.filter_mode == FilterMode::Typing => variables.filter.as_mut(),
            None => None,
        }
    }

    fn copy_value(&mut self, ask: Ask) {
        let Some(Layer::Variables(variables)) = self.state.layers.last() else { return };
        let value = variables.selected_row().and_then(|row| row.value.clone());
        match (value, ask) {
            (None, _) => self.notice(Tone::Neutral, "There is no value to copy"),
            (Some(FieldValue::Secret(_)), Ask::No) => {
                self.notice(Tone::Neutral, "This is a secret: `Y` copies it all the same");
            }
            (Some(FieldValue::Secret(text)), Ask::Yes) => self.effect(Effect::Copy { what: "secret", text }),
            (Some(FieldValue::Plain(text)), _) => self.copy("value", &text),
        }
    }

    fn secret_action(&mut self, action: Action) {
        let Some(Layer::Variables(variables)) = self.state.layers.last_mut() else { return };
        let Some(input) = &mut variables.secret else { return };
        match action {
            Action::Back => variables.secret = None,
            Action::NextField | Action::PreviousField => {
                input.field = match input.field {
                    SecretField::Name => SecretField::Value,
                    SecretField::Value => SecretField::Name,
                };
            }
            Action::Accept => {
                let name = input.name.text.trim().to_owned();
                if !SecretKey::is_name(&name) {
                    input.field = SecretField::Name;
                    input.problem = Some(format!("Type a name: {}", SecretKey::NAME_RULE));
                } else if input.value.text.is_empty() {
                    input.problem = (input.field == SecretField::Value).then(|| "Type the secret".to_owned());
                    input.field = SecretField::Value;
                } else {
                    let value = SecretText::new(input.value.take());
                    variables.secret = None;
                    self.effect(Effect::StoreSecret { name, value });
                }
            }
            _ => {}
        }
    }
}

/// Did the user ask for a secret?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    No,
    Yes,
}
