//! Filling a [`Template`] from a [`Scope`].
//!
//! Called wherever a template becomes text. Variables may refer to others; depth and length are bounded and
//! cycles reported. One [`Filler`] gives each variable one value, so that `@id = {{$uuid}}` is the same id in
//! the URL and in the body of one request.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::model::request::Span;
use crate::model::session::TokenKind;
use crate::model::wire::FieldValue;
use crate::redact::{MASK, sounds_secret};
use crate::template::expression::{Expression, OuterName};
use crate::template::{Guarded, Part, Placeholder, Scope, Template, TemplateProblem, Unfilled, Value, VariableSource};

/// How deep variables may refer to each other.
pub const DEEPEST: usize = 16;

/// The longest value of one variable in bytes.
pub const LONGEST: usize = 1024 * 1024;

/// The longest filled text in bytes: a few variables must not fill the memory.
pub const LONGEST_TOTAL: usize = 64 * LONGEST;

/// A filled template.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// The text. May hold secrets: see [`Self::secret`] and [`Self::preview`].
    pub text: String,
    /// What could not be filled; such placeholders stand in the text as they were written.
    pub problems: Vec<TemplateProblem>,
    /// Did a secret go into the text?
    pub secret: bool,
    /// Where the parts of the text come from, in order, without gaps.
    pub segments: Vec<Segment>,
}

/// A part of a filled text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its bytes in the filled text.
    pub output: Span,
    /// The bytes of the template that it was made from.
    pub template: Span,
    /// The placeholder's name and where its value comes from; `None`: literal text.
    pub origin: Option<Origin>,
}

/// Where the value of a placeholder comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The text between the braces.
    pub name: String,
    /// The source.
    pub source: VariableSource,
    /// Is the value masked where it is shown?
    pub secret: bool,
}

impl Filled {
    /// The text with secret parts masked.
    pub fn preview(&self) -> String {
        let mut preview = String::with_capacity(self.text.len());
        for segment in &self.segments {
            if segment.origin.as_ref().is_some_and(|origin| origin.secret) {
                preview.push_str(MASK);
            } else {
                preview.push_str(&self.text[segment.output.clone()]);
            }
        }
        preview
    }

    /// The sources of all values in the text, in order.
    pub fn sources(&self) -> impl Iterator<Item = &VariableSource> {
        self.segments.iter().filter_map(|segment| segment.origin.as_ref().map(|origin| &origin.source))
    }
}

impl fmt::Debug for Filled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filled")
            .field("text", &self.preview())
            .field("problems", &self.problems)
            .field("secret", &self.secret)
            .finish_non_exhaustive()
    }
}

/// Fills one template. Use a [`Filler`] where several templates belong to one request.
pub fn fill(template: &Template, scope: &dyn Scope) -> Filled {
    Filler::new(scope).fill(template)
}

/// Fills the templates of one request; remembers the value of every variable.
pub struct Filler<'a> {
    scope: &'a dyn Scope,
    known: BTreeMap<String, Result<Value, Unfilled>>,
    stack: Vec<String>,
    guarded: BTreeSet<Guarded>,
}

impl<'a> Filler<'a> {
    /// A filler that has seen nothing yet.
    pub fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, known: BTreeMap::new(), stack: Vec::new(), guarded: BTreeSet::new() }
    }

    /// Fills `template`.
    pub fn fill(&mut self, template: &Template) -> Filled {
        let mut filled = Filled { problems: template.problems.clone(), ..Filled::default() };
        for part in &template.parts {
            match part {
                Part::Literal(span) => filled.push(&template.text[span.clone()], span.clone(), None),
                Part::Placeholder(placeholder) => self.fill_placeholder(template, placeholder, &mut filled),
            }
            if filled.text.len() > LONGEST_TOTAL {
                filled.problems.push(TemplateProblem {
                    name: String::new(),
                    span: part.span().clone(),
                    why: Unfilled::TooLong,
                });
                break;
            }
        }
        filled.problems.sort_by_key(|problem| problem.span.start);
        filled
    }

    /// The user's own secrets that were handed out so far.
    pub const fn guarded(&self) -> &BTreeSet<Guarded> {
        &self.guarded
    }

    /// Parses and fills `text`.
    pub fn fill_text(&mut self, text: &str) -> Filled {
        self.fill(&Template::parse(text))
    }

    fn fill_placeholder(&mut self, template: &Template, placeholder: &Placeholder, filled: &mut Filled) {
        let span = placeholder.span.clone();
        match self.evaluate(&placeholder.expression) {
            Ok(value) => {
                let secret = value.is_secret();
                let text = placeholder.encoding.write(value.text);
                let origin = Origin { name: placeholder.name.clone(), source: value.source, secret };
                filled.secret |= secret;
                filled.push(text.expose(), span, Some(origin));
            }
            Err(why) => {
                filled.push(&template.text[span.clone()], span.clone(), None);
                filled.problems.push(TemplateProblem { name: placeholder.name.clone(), span, why });
            }
        }
    }

    fn evaluate(&mut self, expression: &Expression) -> Result<Value, Unfilled> {
        let surroundings = self.scope.surroundings();
        match expression {
            Expression::Variable(name) => self.variable(name),
            Expression::RequestVariable { request, path } => match self.scope.request_variable(request, path) {
                // A variable may have such a name, too.
                Err(why @ Unfilled::NotYetSent(_)) => self.scope.lookup(&format!("{request}.{path}")).ok_or(why),
                found => found,
            },
            Expression::Secret(name) => {
                let value = surroundings.secrets.secret(name);
                let value = value.ok_or_else(|| Unfilled::NoSecret(name.clone()))?;
                self.guarded.insert(Guarded::Secret(name.clone()));
                Ok(Value { text: FieldValue::Secret(value), source: VariableSource::Secret })
            }
            Expression::Token { kind, identity } => {
                let token = match kind {
                    TokenKind::Id => surroundings.tokens.id_token(identity).map(|token| token.expose().to_owned()),
                    _ => surroundings.tokens.access_token(identity).map(|token| token.expose().to_owned()),
                };
                token
                    .map(|token| Value::secret(token, VariableSource::Token(identity.clone())))
                    .ok_or_else(|| Unfilled::NotSignedIn(identity.clone()))
            }
            Expression::ProcessEnvironment(name) => {
                let name = self.outer_name(name)?;
                let Some(value) = surroundings.process_environment.get(&name) else {
                    return Err(Unfilled::NoProcessVariable(name));
                };
                let value = outer_value(&name, value, VariableSource::ProcessEnvironment);
                if value.is_secret() {
                    self.guarded.insert(Guarded::ProcessVariable(name));
                }
                Ok(value)
            }
            Expression::Dotenv(name) => {
                let name = self.outer_name(name)?;
                let Some(value) = surroundings.dotenv.get(&name) else {
                    return Err(Unfilled::NoDotenvVariable(name));
                };
                let value = outer_value(&name, value, VariableSource::Dotenv);
                if value.is_secret() {
                    self.guarded.insert(Guarded::DotenvVariable(name));
                }
                Ok(value)
            }
            Expression::Dynamic(dynamic) => {
                dynamic.evaluate(&surroundings).map(|text| Value::plain(text, VariableSource::Dynamic))
            }
        }
    }

    fn outer_name(&mut self, name: &OuterName) -> Result<String, Unfilled> {
        match name {
            OuterName::Direct(name) => Ok(name.clone()),
            OuterName::Through(variable) => Ok(self.variable(variable)?.text.expose().to_owned()),
        }
    }

    fn variable(&mut self, name: &str) -> Result<Value, Unfilled> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        if let Some(start) = self.stack.iter().position(|open| open == name) {
            let mut cycle = self.stack[start..].to_vec();
            cycle.push(name.to_owned());
            return Err(Unfilled::Cycle(cycle));
        }
        if self.stack.len() >= DEEPEST {
            return Err(Unfilled::TooDeep);
        }
        let Some(value) = self.scope.lookup(name) else {
            // `{{new Date()}}` is a script of another tool, not a misspelt variable.
            let is_name = !name.contains(|c: char| c.is_whitespace() || "(){}[];=\"'`+*/".contains(c));
            let hint = self.scope.suggestion(name).unwrap_or_default();
            return Err(if is_name { Unfilled::Unknown { hint } } else { Unfilled::NotSupported });
        };
        let value = if value.source.is_template() && value.text.expose().contains("{{") {
            self.stack.push(name.to_owned());
            let value = self.nested(value);
            self.stack.pop();
            value
        } else {
            Ok(value)
        };
        // A failure that depends on where the search began (a cycle, the depth) must not be remembered for
        // the variables in between.
        if value.is_ok() || self.stack.is_empty() {
            self.known.insert(name.to_owned(), value.clone());
        }
        value
    }

    /// Fills the value of a variable; the first problem and the bound end it, so that hostile files cost no
    /// more than honest ones.
    fn nested(&mut self, value: Value) -> Result<Value, Unfilled> {
        let template = Template::parse(value.text.expose());
        if let Some(problem) = template.problems.into_iter().next() {
            return Err(Unfilled::Inside { name: problem.name, why: Box::new(problem.why) });
        }
        let mut text = String::new();
        let mut secret = value.is_secret();
        for part in &template.parts {
            match part {
                Part::Literal(span) => text.push_str(&template.text[span.clone()]),
                Part::Placeholder(placeholder) => {
                    let inner = self.evaluate(&placeholder.expression).map_err(|why| match why {
                        why
                        @ (Unfilled::Cycle(_) | Unfilled::TooDeep | Unfilled::TooLong | Unfilled::Inside { .. }) => why,
                        why => Unfilled::Inside { name: placeholder.name.clone(), why: Box::new(why) },
                    })?;
                    secret |= inner.is_secret();
                    text.push_str(placeholder.encoding.write(inner.text).expose());
                }
            }
            if text.len() > LONGEST {
                return Err(Unfilled::TooLong);
            }
        }
        Ok(if secret { Value::secret(text, value.source) } else { Value::plain(text, value.source) })
    }
}

impl Filled {
    fn push(&mut self, text: &str, template: Span, origin: Option<Origin>) {
        let start = self.text.len();
        self.text.push_str(text);
        self.segments.push(Segment { output: start..self.text.len(), template, origin });
    }
}

/// A value from outside the user's request files: secret if its name says so.
fn outer_value(name: &str, value: &str, source: VariableSource) -> Value {
    if sounds_secret(name) { Value::secret(value, source) } else { Value::plain(value, source) }
}
