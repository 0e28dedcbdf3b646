//! The chooser of the request panel: methods, kinds of bodies, ways to sign, identities, directives. Rows for `ui`,
//! and the same rows for `update`.

use crate::app::request_editor::auth::{AuthForm, AuthKind};
use crate::app::request_editor::body::BodyKind;
use crate::app::request_editor::directives::{KNOWN, Known};
use crate::app::request_editor::sheet::Choice;
use crate::app::state::AppState;
use crate::model::identity::IdentityName;

/// The usual methods, with what they are for.
const METHODS: [(&str, &str); 9] = [
    ("GET", "read"),
    ("POST", "create, or do"),
    ("PUT", "replace"),
    ("PATCH", "change in part"),
    ("DELETE", "delete"),
    ("HEAD", "read the headers only"),
    ("OPTIONS", "ask what is allowed (CORS)"),
    ("QUERY", "read, with a body"),
    ("TRACE", "what arrives"),
];

/// A row of the chooser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickRow {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub about: String,
    /// What choosing it means.
    pub value: Picked,
    /// Is it so now?
    pub is_current: bool,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picked {
    /// A method.
    Method(String),
    /// A kind of body.
    Body(BodyKind),
    /// A way to sign.
    Auth(AuthKind),
    /// An identity.
    Identity(IdentityName),
    /// A directive.
    Directive(String),
}

impl AppState {
    /// The rows that fit what was typed.
    pub fn pick_rows(&self, choice: Choice, typed: &str) -> Vec<PickRow> {
        let wanted = typed.trim().to_lowercase();
        let fits = |row: &PickRow| {
            wanted.is_empty() || format!("{} {}", row.label, row.about).to_lowercase().contains(&wanted)
        };
        let mut rows: Vec<PickRow> = self.all_picks(choice).into_iter().filter(fits).collect();
        rows.sort_by_key(|row| !row.label.to_lowercase().starts_with(&wanted));
        let own = typed.trim();
        let is_known = rows.iter().any(|row| row.label.eq_ignore_ascii_case(own));
        if own.is_empty() || is_known {
            return rows;
        }
        match choice {
            Choice::Method if is_token(own) => {
                let (label, about) = (own.to_owned(), "a method of your own".to_owned());
                rows.push(PickRow { label, about, value: Picked::Method(own.to_owned()), is_current: false });
            }
            Choice::Directive if is_directive(own) => {
                let name = own.trim_start_matches('@').to_owned();
                let about = "kept for other clients".to_owned();
                rows.push(PickRow {
                    label: format!("@{name}"),
                    about,
                    value: Picked::Directive(name),
                    is_current: false,
                });
            }
            _ => {}
        }
        rows
    }

    fn all_picks(&self, choice: Choice) -> Vec<PickRow> {
        let request = self.selected_request();
        let row = |label: &str, about: &str, value: Picked, is_current: bool| PickRow {
            label: label.to_owned(),
            about: about.to_owned(),
            value,
            is_current,
        };
        match choice {
            Choice::Method => {
                let now = request.map(|request| request.method.text.as_str());
                let methods = METHODS.iter();
                methods
                    .map(|(name, about)| row(name, about, Picked::Method((*name).to_owned()), now == Some(*name)))
                    .collect()
            }
            Choice::BodyKind => {
                let now = request.map(BodyKind::of);
                let kinds = BodyKind::ALL.into_iter();
                kinds.map(|kind| row(kind.label(), kind.about(), Picked::Body(kind), now == Some(kind))).collect()
            }
            Choice::AuthKind => {
                let now = self.auth_form().map(|form| form.kind());
                let kinds = AuthKind::ALL.into_iter();
                let kinds = kinds.filter(|kind| *kind != AuthKind::Identity || !self.identities.is_empty());
                kinds.map(|kind| row(kind.label(), kind.about(), Picked::Auth(kind), now == Some(kind))).collect()
            }
            Choice::Identity => {
                let now = match self.auth_form() {
                    Some(AuthForm::Identity { name, .. }) => Some(name),
                    _ => None,
                };
                let known = self.identities.iter().map(|identity| {
                    let about = identity.issuer.as_ref().map(ToString::to_string).unwrap_or_default();
                    let is_current = now.as_ref() == Some(&identity.name);
                    row(identity.name.as_str(), &about, Picked::Identity(identity.name.clone()), is_current)
                });
                let anonymous = IdentityName::new(IdentityName::ANONYMOUS);
                let none = row(anonymous.as_str(), "send no token", Picked::Identity(anonymous.clone()), false);
                known.chain([none]).collect()
            }
            Choice::Directive => {
                let label = |known: &Known| match known.argument {
                    "" => format!("@{}", known.name),
                    argument => format!("@{} {argument}", known.name),
                };
                let known = KNOWN.iter();
                known
                    .map(|known| row(&label(known), known.about, Picked::Directive(known.name.to_owned()), false))
                    .collect()
            }
            Choice::Carrier | Choice::KeyPlace => Vec::new(),
        }
    }

    /// What the selected request says of who sends it.
    pub fn auth_form(&self) -> Option<AuthForm> {
        let request = self.selected_request()?;
        Some(AuthForm::of(self.workspace.as_ref()?.collection(&request.id)?, request))
    }
}

/// A method that bearcat can write: as the request line takes it.
fn is_token(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn is_directive(text: &str) -> bool {
    let name = text.strip_prefix('@').unwrap_or(text);
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}
