//! What a template would become, as far as it can be told before sending: the line under the URL, the values of
//! tables, the completion of `{{`.
//!
//! Called by `ui` for what it draws and by `update` for completion. Secrets stay masked; what is made up when sending
//! is named, not made up here, or it would change with every frame.

use std::collections::BTreeMap;

use crate::app::state::AppState;
use crate::collection::scope::RequestScope;
use crate::model::identity::IdentityName;
use crate::model::port::Random;
use crate::model::session::TokenSet;
use crate::redact::{MASK, SecretText, mask};
use crate::template::{Filler, SecretSource, Surroundings, Template, TemplateProblem, Unfilled, Value, VariableSource};

/// A longer text is not previewed whole.
const LONGEST: usize = 16 * 1024;

/// A longer value is not told beside its name.
const LONGEST_VALUE: usize = 24;

/// What a piece of a preview is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// Stands in the template like this.
    Literal,
    /// The value of a variable.
    Filled,
    /// The value of a variable, masked.
    Secret,
    /// Made up when sending, or asked for; the placeholder stands for it.
    MadeUp,
    /// Has no value; the placeholder as it is written.
    Unresolved,
}

/// A piece of a preview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// The text, fit to be shown.
    pub text: String,
}

/// A filled template, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// In order.
    pub pieces: Vec<Piece>,
    /// Why placeholders have no value, one sentence each.
    pub problems: Vec<String>,
}

impl Preview {
    /// The text alone.
    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }
}

/// A variable that can be written at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownVariable {
    /// What stands between the braces.
    pub name: String,
    /// Where its value comes from, or what it is.
    pub about: String,
}

/// Fills the templates of one request for the screen.
pub struct Previewer<'a> {
    state: &'a AppState,
    tokens: BTreeMap<IdentityName, TokenSet>,
}

impl<'a> Previewer<'a> {
    /// For the selected request.
    pub fn new(state: &'a AppState) -> Self {
        let views = state.sessions.iter().filter_map(|(name, session)| Some((name.clone(), session.view()?)));
        let tokens = views.map(|(name, view)| (name, view.tokens.clone())).collect();
        Self { state, tokens }
    }

    /// Does a text have anything to fill?
    pub fn has_variables(text: &str) -> bool {
        text.contains("{{")
    }

    /// Fills one text.
    pub fn show(&self, text: &str) -> Preview {
        self.show_all(&[text]).pop().unwrap_or_default()
    }

    /// Fills several texts, each variable with one value.
    pub fn show_all(&self, texts: &[&str]) -> Vec<Preview> {
        let cut = |text: &'_ str| text[..text.floor_char_boundary(LONGEST)].to_owned();
        let Some(scope) = self.scope() else {
            let literal = |text: &&str| Piece { kind: PieceKind::Literal, text: cut(text) };
            return texts.iter().map(|text| Preview { pieces: vec![literal(text)], problems: Vec::new() }).collect();
        };
        let mut filler = Filler::new(&scope);
        texts.iter().map(|text| preview(&mut filler, &Template::parse(&cut(text)))).collect()
    }

    /// The variables that can be written here, by name.
    pub fn variables(&self) -> Vec<KnownVariable> {
        let Some(scope) = self.scope() else { return Vec::new() };
        let named = scope.variables().iter();
        let named = named.map(|(name, value)| {
            let shown = if value.is_secret() { MASK.to_owned() } else { mask(value.text.expose()).into_owned() };
            let shown: String = shown.chars().take(LONGEST_VALUE).collect();
            KnownVariable { name: name.clone(), about: format!("{shown} · {}", value.source) }
        });
        let dynamic = DYNAMIC.map(|(name, about)| KnownVariable { name: name.to_owned(), about: about.to_owned() });
        let tokens = self.state.identities.iter().map(|identity| KnownVariable {
            name: format!("$auth.token(\"{}\")", identity.name),
            about: "its access token".to_owned(),
        });
        let requests = self.state.selected_id().and_then(|id| self.state.workspace.as_ref()?.collection(id));
        let requests = requests.into_iter().flat_map(|collection| &collection.requests);
        let responses = requests.filter_map(|request| request.name.as_deref()).filter(|name| is_word(name));
        let responses = responses.map(|name| KnownVariable {
            name: format!("{name}.response.body.$"),
            about: format!("from the response to {name}"),
        });
        named.chain(dynamic).chain(tokens).chain(responses).collect()
    }

    fn scope(&self) -> Option<RequestScope<'_>> {
        let workspace = self.state.workspace.as_ref()?;
        let collection = workspace.collection(self.state.selected_id()?)?;
        let environments = &workspace.environments;
        let surroundings = Surroundings {
            now: self.state.now,
            utc_offset_seconds: 0,
            random: &Still,
            process_environment: &environments.process_environment,
            dotenv: &environments.dotenv,
            tokens: &self.tokens,
            secrets: &Masked,
        };
        let prompts = self.state.selected_request().into_iter().flat_map(|request| &request.directives.prompts);
        let prompts = prompts.map(|prompt| (prompt.name.clone(), Value::plain("", VariableSource::Prompt)));
        let scope = RequestScope::new(collection, environments, self.state.environment.as_deref(), surroundings);
        Some(scope.with_given(prompts))
    }
}

/// What every request can ask for.
const DYNAMIC: [(&str, &str); 8] = [
    ("$uuid", "a random UUID"),
    ("$timestamp", "seconds since 1970"),
    ("$isoTimestamp", "now, as ISO 8601"),
    ("$randomInt 0 1000", "a random number"),
    ("$datetime iso8601", "now, in a format of your choice"),
    ("$processEnv NAME", "a variable of the process"),
    ("$dotenv NAME", "a variable of a .env file"),
    ("$secret NAME", "a secret of the vault"),
];

fn preview(filler: &mut Filler<'_>, template: &Template) -> Preview {
    let filled = filler.fill(template);
    let unresolved = |span: &std::ops::Range<usize>| filled.problems.iter().any(|problem| problem.span == *span);
    let pieces = filled.segments.iter().map(|segment| {
        let written = || template.text.get(segment.template.clone()).unwrap_or_default().to_owned();
        let (kind, text) = match &segment.origin {
            None if unresolved(&segment.template) => (PieceKind::Unresolved, written()),
            Some(origin) if origin.secret => (PieceKind::Secret, MASK.to_owned()),
            Some(origin) if matches!(origin.source, VariableSource::Dynamic | VariableSource::Prompt) => {
                (PieceKind::MadeUp, written())
            }
            origin => {
                let text = mask(filled.text.get(segment.output.clone()).unwrap_or_default()).into_owned();
                (if origin.is_some() { PieceKind::Filled } else { PieceKind::Literal }, text)
            }
        };
        Piece { kind, text }
    });
    Preview { pieces: pieces.collect(), problems: filled.problems.iter().map(reason).collect() }
}

/// Why a placeholder has no value, and what to do.
fn reason(problem: &TemplateProblem) -> String {
    let told = problem.problem(None);
    let name = match problem.why {
        Unfilled::Unclosed => String::new(),
        _ => format!("{{{{{}}}}}: ", problem.name),
    };
    let hint = if told.hint.is_empty() { String::new() } else { format!(". {}", told.hint) };
    mask(&format!("{name}{}{hint}", problem.why)).into_owned()
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// Whether a secret is there is the vault's to know; what it is would be masked anyway.
struct Masked;

impl SecretSource for Masked {
    fn secret(&self, _name: &str) -> Option<SecretText> {
        Some(SecretText::unregistered(MASK))
    }
}

/// No randomness: a preview must not change by itself.
struct Still;

impl Random for Still {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}
