//! The chooser of the request panel: opening it, and what a choice does.

use crate::app::App;
use crate::app::request_editor::auth::{AuthForm, AuthKind};
use crate::app::request_editor::body::{BOUNDARY, BodyKind, Half};
use crate::app::request_editor::directives;
use crate::app::request_editor::pick::Picked;
use crate::app::request_editor::sheet::{Choice, RowKind};
use crate::app::state::{Layer, TextField, Tone};
use crate::app::update::panel::Left;
use crate::collection::draft::ApiKeyPlace;
use crate::collection::edit::{EditError, RequestEdit, edit};
use crate::collection::file::Collection;
use crate::model::identity::IdentityName;
use crate::model::request::TokenCarrier;

impl App {
    /// Opens the chooser with what is so now selected.
    pub(in crate::app::update) fn open_choice(&mut self, choice: Choice) {
        if self.state.selected_request().is_none() {
            return self.notice(Tone::Neutral, "Select a request first");
        }
        if self.leave_input() == Left::No {
            return;
        }
        let rows = self.state.pick_rows(choice, "");
        let selected = rows.iter().position(|row| row.is_current).unwrap_or(0);
        self.push(Layer::Pick { choice, query: TextField::default(), selected });
    }

    /// Enter on a choice: those between two things change at once.
    pub(super) fn choose(&mut self, choice: Choice) {
        let form = self.state.auth_form();
        match (choice, form) {
            (Choice::Carrier, Some(AuthForm::Identity { name, carrier })) => {
                let carrier = match carrier {
                    TokenCarrier::Bearer => TokenCarrier::Cookie,
                    TokenCarrier::Cookie => TokenCarrier::Bearer,
                };
                self.write_auth(&AuthForm::Identity { name, carrier });
            }
            (Choice::KeyPlace, Some(AuthForm::ApiKey { name, value, place })) => {
                let place = match place {
                    ApiKeyPlace::Header => ApiKeyPlace::Query,
                    _ => ApiKeyPlace::Header,
                };
                // What a client reads as a key depends on its usual name there.
                let name = match (place, name.as_str()) {
                    (ApiKeyPlace::Query, "X-API-Key") => "api_key".to_owned(),
                    (ApiKeyPlace::Header, "api_key") => "X-API-Key".to_owned(),
                    _ => name,
                };
                self.write_auth(&AuthForm::ApiKey { name, value, place });
            }
            (Choice::Carrier | Choice::KeyPlace, _) => {}
            (choice, _) => self.open_choice(choice),
        }
    }

    /// Takes the selected row of the chooser on top.
    pub(in crate::app::update) fn accept_pick(&mut self) {
        let Some(Layer::Pick { choice, query, selected }) = self.state.layers.last() else { return };
        let Some(row) = self.state.pick_rows(*choice, &query.text).into_iter().nth(*selected) else { return };
        self.state.layers.pop();
        match row.value {
            Picked::Method(method) => {
                self.change_request(&RequestEdit::Method(method));
            }
            Picked::Body(kind) => self.choose_body(kind),
            Picked::Auth(AuthKind::Identity) => self.open_choice(Choice::Identity),
            Picked::Auth(kind) => self.choose_auth(&AuthForm::begin(kind, None), kind),
            Picked::Identity(name) if name.is_anonymous() => self.choose_auth(&AuthForm::None, AuthKind::None),
            Picked::Identity(name) => self.choose_identity_of_request(name),
            Picked::Directive(name) => self.choose_directive(&name),
        }
    }

    fn choose_identity_of_request(&mut self, name: IdentityName) {
        let carrier = match self.state.auth_form() {
            Some(AuthForm::Identity { carrier, .. }) => carrier,
            _ => TokenCarrier::Bearer,
        };
        self.choose_auth(&AuthForm::Identity { name, carrier }, AuthKind::Identity);
    }

    fn choose_auth(&mut self, form: &AuthForm, kind: AuthKind) {
        if self.state.auth_form().is_some_and(|now| now.kind() == kind && kind != AuthKind::Identity) {
            return;
        }
        if !self.write_auth(form) {
            return;
        }
        // What was switched with `c` or `a` for this request would hide the choice.
        if let Some(id) = self.state.selected_id().cloned() {
            self.state.carriers.remove(&id);
        }
        let field = self.state.sheet().rows.iter().position(|row| matches!(row.kind, RowKind::Field(_)));
        self.select_sheet_row(Some(field.unwrap_or(0)));
        let told = match kind {
            AuthKind::Basic | AuthKind::Digest | AuthKind::Bearer | AuthKind::ApiKey => {
                "Give the variables values in http-client.private.env.json: it is not shared"
            }
            _ => return,
        };
        self.notice(Tone::Neutral, told);
    }

    fn choose_directive(&mut self, name: &str) {
        let takes_nothing = directives::find(name).is_some_and(|known| known.argument.is_empty());
        if !takes_nothing {
            return self.begin_directive(name);
        }
        let (table, name) = (crate::collection::edit::Table::Directives, name.to_owned());
        if self.change_request(&RequestEdit::AddRow { table, name, value: String::new() }) {
            let last = self.state.sheet().rows.len().saturating_sub(1);
            self.select_sheet_row(Some(last));
        }
    }

    /// Another kind of body, as one edit: its `Content-Type`, and a body that can be of this kind.
    fn choose_body(&mut self, kind: BodyKind) {
        let Some(id) = self.state.selected_id().cloned() else { return };
        let Some(collection) = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(&id)) else {
            return;
        };
        let Some(before) = collection.requests.get(id.index).map(BodyKind::of) else { return };
        if before == kind {
            return;
        }
        let had_text = !Half::Whole.text(collection, id.index).trim().is_empty();
        match with_body(collection, id.index, before, kind) {
            Ok(new) => {
                if !self.put_collection(&id, &new) {
                    return;
                }
                let keeps =
                    matches!((before, kind), (BodyKind::Json, BodyKind::Text) | (BodyKind::Text, BodyKind::Json));
                if had_text && !keeps {
                    self.notice(Tone::Neutral, "The body is another one now: undo brings the old one back");
                }
                self.begin_body(kind);
            }
            Err(error) => self.refused(&error),
        }
    }

    /// What is edited first in a body of this kind.
    fn begin_body(&mut self, kind: BodyKind) {
        let rows = self.state.sheet().rows.len();
        self.select_sheet_row(Some(rows.min(2) - usize::from(rows > 0)));
        match kind {
            BodyKind::Json | BodyKind::Text | BodyKind::GraphQl | BodyKind::File => self.edit_here(),
            BodyKind::Form | BodyKind::Multipart => self.begin_row(),
            BodyKind::None => {}
        }
    }
}

/// The collection with a body of another kind.
fn with_body(
    collection: &Collection,
    request: usize,
    before: BodyKind,
    kind: BodyKind,
) -> Result<Collection, EditError> {
    let mut now = collection.clone();
    let mut apply = |change: &RequestEdit| -> Result<(), EditError> {
        now = edit(&now, request, change)?;
        Ok(())
    };
    let keeps = matches!((before, kind), (BodyKind::Json, BodyKind::Text) | (BodyKind::Text, BodyKind::Json));
    if !keeps {
        apply(&RequestEdit::Body(String::new()))?;
    }
    let header = |name: &str, value: Option<String>| RequestEdit::Header { name: name.to_owned(), value };
    if before == BodyKind::GraphQl {
        apply(&header("X-Request-Type", None))?;
        if collection.requests.get(request).is_some_and(|request| request.method.text == "GRAPHQL") {
            apply(&RequestEdit::Method("POST".to_owned()))?;
        }
    }
    let content_type = match kind {
        BodyKind::None => None,
        BodyKind::Json => Some("application/json".to_owned()),
        BodyKind::GraphQl => Some("application/json".to_owned()),
        BodyKind::Text => Some("text/plain".to_owned()),
        BodyKind::Form => Some("application/x-www-form-urlencoded".to_owned()),
        BodyKind::Multipart => Some(format!("multipart/form-data; boundary={BOUNDARY}")),
        BodyKind::File => Some("application/octet-stream".to_owned()),
    };
    apply(&header("Content-Type", content_type))?;
    match kind {
        BodyKind::GraphQl => {
            apply(&header("X-Request-Type", Some("GraphQL".to_owned())))?;
            apply(&RequestEdit::Body("query {\n  \n}".to_owned()))?;
        }
        BodyKind::File => apply(&RequestEdit::Body("< ./file".to_owned()))?,
        _ => {}
    }
    Ok(now)
}
