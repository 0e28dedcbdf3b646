//! The variables of a request, one by one: what the inspector and `bearcat variables` show.
//!
//! [`inspect`] walks the texts of a request and the values of the variables in them, fills each placeholder by itself,
//! and adds the variables that the request could use. Pure; the scope brings the values.

use std::collections::BTreeSet;

use crate::collection::file::Collection;
use crate::collection::scope::RequestScope;
use crate::model::problem::{Place, Problem};
use crate::model::request::{BodyPiece, RequestBlock, Spanned};
use crate::model::wire::FieldValue;
use crate::template::expression::{Expression, OuterName};
use crate::template::{Filler, Placeholder, Scope, Template, Unfilled, VariableSource};

/// More variables than this are not looked at.
const MOST_ROWS: usize = 1000;

/// How a request uses a variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usage {
    /// It stands in the request.
    InRequest(Place),
    /// It stands in the value of this variable.
    Through(String),
    /// The request could use it.
    NotUsed,
}

/// One variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableRow {
    /// The text between the braces.
    pub name: String,
    /// How the request uses it.
    pub usage: Usage,
    /// Its value, filled; `None`: there is none, or it is made up when sending.
    pub value: Option<FieldValue>,
    /// Where the value comes from.
    pub source: Option<VariableSource>,
    /// Why there is no value.
    pub problem: Option<Problem>,
    /// The secret that could be set to mend it.
    pub secret: Option<String>,
}

/// The variables of a request: those that it uses in the order in which they stand in it, then the others by name.
pub fn inspect(collection: &Collection, request: &RequestBlock, scope: &RequestScope<'_>) -> Vec<VariableRow> {
    let mut walk = Walk { collection, scope, filler: Filler::new(scope), seen: BTreeSet::new(), rows: Vec::new() };
    for text in texts(request) {
        let template = Template::parse(&text.text);
        for placeholder in template.placeholders() {
            let place = collection.place_in(text, placeholder.span.start);
            walk.placeholder(placeholder, Usage::InRequest(place));
        }
    }
    let names: Vec<String> = scope.variables().keys().cloned().collect();
    for name in names {
        walk.add(&name, &Expression::Variable(name.clone()), Usage::NotUsed);
    }
    walk.rows
}

fn texts(request: &RequestBlock) -> impl Iterator<Item = &Spanned> {
    let headers = request.headers.iter().flat_map(|header| [&header.name, &header.value]);
    let body = request.body.iter().map(|piece| match piece {
        BodyPiece::Text(text) => text,
        BodyPiece::File { path, .. } => path,
    });
    [&request.method, &request.url].into_iter().chain(headers).chain(body)
}

/// The request whose response is missing.
pub fn not_yet_sent(why: &Unfilled) -> Option<&str> {
    match why {
        Unfilled::NotYetSent(name) => Some(name),
        Unfilled::Inside { why, .. } => not_yet_sent(why),
        _ => None,
    }
}

struct Walk<'a, 'b> {
    collection: &'b Collection,
    scope: &'b RequestScope<'a>,
    filler: Filler<'b>,
    seen: BTreeSet<String>,
    rows: Vec<VariableRow>,
}

impl Walk<'_, '_> {
    fn placeholder(&mut self, placeholder: &Placeholder, usage: Usage) {
        let name = placeholder.name.trim_start_matches('%').trim_start();
        if self.add(name, &placeholder.expression, usage) {
            self.inside(name, &placeholder.expression);
        }
    }

    /// Adds a row; tells whether there was none.
    fn add(&mut self, name: &str, expression: &Expression, usage: Usage) -> bool {
        if self.rows.len() >= MOST_ROWS || !self.seen.insert(name.to_owned()) {
            return false;
        }
        let filled = self.filler.fill_text(&format!("{{{{{name}}}}}"));
        let source = filled.segments.iter().find_map(|segment| Some(segment.origin.as_ref()?.source.clone()));
        let problem = filled.problems.first();
        // It is sent before this request, and then there is a value.
        let first = problem
            .and_then(|problem| not_yet_sent(&problem.why))
            .filter(|name| self.collection.request_named(name).is_some());
        let source = first.map(|name| VariableSource::Response { request: name.to_owned() }).or(source);
        let problem = problem.filter(|_| first.is_none());
        let is_made_up = matches!(expression, Expression::Dynamic(_));
        let value = (problem.is_none() && first.is_none() && !is_made_up).then(|| {
            if filled.secret {
                FieldValue::Secret(crate::redact::SecretText::new(filled.text.clone()))
            } else {
                FieldValue::Plain(filled.text.clone())
            }
        });
        let place = if let Usage::InRequest(place) = &usage { Some(place.clone()) } else { None };
        let secret = match (expression, problem.map(|problem| &problem.why)) {
            (Expression::Secret(name), _) | (_, Some(Unfilled::NoSecret(name))) => Some(name.clone()),
            _ => None,
        };
        self.rows.push(VariableRow {
            name: name.to_owned(),
            usage,
            value,
            source,
            problem: problem.map(|problem| problem.problem(place)),
            secret,
        });
        true
    }

    /// The variables in the value of a variable.
    fn inside(&mut self, name: &str, expression: &Expression) {
        let usage = || Usage::Through(name.to_owned());
        match expression {
            Expression::Variable(variable) => {
                let Some(value) = self.scope.lookup(variable).filter(|value| value.source.is_template()) else {
                    return;
                };
                let template = Template::parse(value.text.expose());
                for placeholder in template.placeholders() {
                    self.placeholder(placeholder, usage());
                }
            }
            Expression::ProcessEnvironment(OuterName::Through(variable))
            | Expression::Dotenv(OuterName::Through(variable)) => {
                let variable = Expression::Variable(variable.clone());
                if let Expression::Variable(inner) = &variable
                    && self.add(inner, &variable, usage())
                {
                    self.inside(inner, &variable);
                }
            }
            _ => {}
        }
    }
}
