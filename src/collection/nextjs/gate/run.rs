//! Follows a middleware's function for one concrete path. See [`super`].

use std::cell::Cell;
use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::collection::nextjs::gate::{Passage, is_harmless};
use crate::collection::nextjs::handler::{self, Checks, Findings, Look, Proof, SDK};
use crate::collection::nextjs::module::{Bound, Module, taken_apart};
use crate::collection::nextjs::project::Project;
use crate::collection::nextjs::regex::Pattern;
use crate::collection::nextjs::sdk::{Sdk, Verdict};
use crate::collection::nextjs::syntax::{
    Source, arguments, descendants, field, is_function, named_children, parameters, unwrap,
};
use crate::collection::nextjs::value::{self, Budget, Value};

/// More statements and expressions than this are not followed: each unknown condition doubles the ways.
const MOST_STEPS: usize = 20_000;

/// Calls deeper than this are not followed.
const DEEPEST: usize = 24;

/// Where to start.
#[derive(Clone, Copy)]
pub struct Start<'a> {
    /// The app's files.
    pub project: &'a Project<'a>,
    /// The path that is requested.
    pub path: &'a str,
    /// The SDK's settings.
    pub sdk: &'a Sdk,
}

/// What is known of a value while the function is followed.
#[derive(Debug, Clone, PartialEq)]
enum Seen {
    Request,
    NextUrl,
    Value(Value),
    Answer(Passage),
    /// Nothing; why, for people.
    Unknown(String),
}

type Names = BTreeMap<String, Seen>;

impl Start<'_> {
    /// The SDK's own functions as the whole middleware.
    pub fn sdk_function(&self, name: &str, options: &Value, file: &str, line: usize) -> Option<Passage> {
        // `authMiddleware` is the name of SDK 1.x.
        if !matches!(name, "withAuth" | "authMiddleware") {
            return None;
        }
        Some(match self.sdk.with_auth(options, self.path) {
            Verdict::OwnRoute => Passage::Open("the SDK leaves its own sign-in routes open".to_owned()),
            Verdict::Public(entry) => Passage::Open(format!("publicPaths has `{entry}` ({file} line {line})")),
            Verdict::Gated => Passage::Closed(format!("{file} line {line} protects it"), Proof::KindeSession),
            Verdict::Unsure(why) => Passage::Unsure(format!("{file} line {line} protects it or not: {why}")),
        })
    }

    /// What the middleware's function, or the expression that makes it, does.
    pub fn bound(&self, source: &Source, bound: Bound<'_>) -> Passage {
        let node = match bound {
            Bound::Node(node) => unwrap(node),
            Bound::Member(of, _) => {
                return Passage::Unsure(format!(
                    "{} line {} decides with `{}`",
                    source.name(&self.project.folder),
                    source.line(of),
                    source.excerpt(of)
                ));
            }
        };
        let run = Run::new(self, source, node);
        if is_function(node) {
            let first = parameters(node).first().copied();
            let mut names = Names::new();
            if let Some(first) = first {
                run.bind(&mut names, first, &Seen::Request);
            }
            return run.passage(run.body(node, names, 0), node);
        }
        if node.kind() == "call_expression" {
            return run.curried(node);
        }
        run.unread(node)
    }
}

struct Run<'a> {
    start: &'a Start<'a>,
    source: &'a Source,
    module: Module<'a>,
    file: String,
    checks: Checks<'a>,
    steps: Cell<usize>,
}

impl<'a> Run<'a> {
    fn new(start: &'a Start<'a>, source: &'a Source, function: Node<'a>) -> Self {
        let checks = handler::scan(&Look::new(start.project), source, function, 0, &mut Findings::default());
        Self {
            start,
            source,
            module: Module::read(source),
            file: source.name(&start.project.folder),
            checks,
            steps: Cell::new(0),
        }
    }

    fn at(&self, node: Node<'_>) -> String {
        format!("{} line {}", self.file, self.source.line(node))
    }

    fn unread(&self, node: Node<'_>) -> Passage {
        Passage::Unsure(format!("{} decides with `{}`", self.at(node), self.source.excerpt(node)))
    }

    fn unknown(&self, node: Node<'_>) -> Seen {
        Seen::Unknown(format!("{} decides with `{}`", self.at(node), self.source.excerpt(node)))
    }

    fn is_used_up(&self) -> bool {
        self.steps.set(self.steps.get() + 1);
        self.steps.get() > MOST_STEPS
    }

    /// What is returned means for the request.
    fn passage(&self, seen: Seen, at: Node<'_>) -> Passage {
        match seen {
            Seen::Answer(passage) => passage,
            Seen::Unknown(why) => Passage::Unsure(why),
            Seen::Request | Seen::NextUrl => self.unread(at),
            Seen::Value(_) => Passage::Open(format!("{} lets it through", self.file)),
        }
    }

    /// `withAuth(function, options)`, `withAuth(options)` and other calls that make the middleware.
    fn curried(&self, call: Node<'_>) -> Passage {
        let Some(callee) = field(call, "function").map(unwrap) else { return self.unread(call) };
        let name = self.source.text(callee);
        let given = arguments(call);
        let Some(import) = self.module.import_of(name) else {
            // A function of this file that returns one: too much to follow.
            return self.unread(callee);
        };
        if is_harmless(&import.from) {
            return Passage::Open(format!("{} ({name}) decides nothing about who calls", self.at(call)));
        }
        if !import.from.starts_with(SDK) {
            return self.unread(callee);
        }
        let is_callback = |node: &Node<'_>| {
            is_function(unwrap(*node))
                || unwrap(*node).kind() == "identifier"
                    && matches!(self.start.project.value(self.source, *node), Value::Function | Value::Dynamic { .. })
        };
        let options = match given.as_slice() {
            [] => None,
            [first, rest @ ..] if is_callback(first) => rest.first(),
            [first, ..] => Some(first),
        };
        let options = options.map_or(Value::Undefined, |node| self.start.project.value(self.source, *node));
        let line = self.source.line(call);
        self.start.sdk_function(&import.name, &options, &self.file, line).unwrap_or_else(|| self.unread(callee))
    }

    /// What a function returns.
    fn body(&self, function: Node<'_>, names: Names, depth: usize) -> Seen {
        let Some(body) = field(function, "body") else { return Seen::Value(Value::Undefined) };
        if body.kind() != "statement_block" {
            return self.eval(body, &names, depth);
        }
        self.statements(named_children(body), names, depth)
    }

    fn statements(&self, statements: Vec<Node<'_>>, mut names: Names, depth: usize) -> Seen {
        let mut rest = statements;
        rest.reverse();
        while let Some(statement) = rest.pop() {
            if self.is_used_up() || depth > DEEPEST {
                return Seen::Unknown(format!("{} is too much to follow", self.at(statement)));
            }
            match statement.kind() {
                "statement_block" => rest.extend(named_children(statement).into_iter().rev()),
                "lexical_declaration" | "variable_declaration" => self.declare(&mut names, statement, depth),
                "expression_statement" => self.forget_assigned(&mut names, statement),
                "return_statement" => {
                    return match statement.named_child(0) {
                        Some(value) => self.eval(value, &names, depth),
                        None => Seen::Value(Value::Undefined),
                    };
                }
                "throw_statement" => {
                    return Seen::Answer(Passage::Answered(format!("{} refuses it", self.at(statement))));
                }
                "try_statement" => rest.extend(field(statement, "body")),
                "else_clause" => rest.extend(named_children(statement).into_iter().rev()),
                "if_statement" => {
                    let (Some(condition), Some(consequence)) =
                        (field(statement, "condition"), field(statement, "consequence"))
                    else {
                        continue;
                    };
                    let alternative = field(statement, "alternative");
                    let way = |branch: Option<Node<'_>>| {
                        let mut statements: Vec<Node<'_>> = branch.into_iter().collect();
                        statements.extend(rest.iter().rev());
                        self.statements(statements, names.clone(), depth + 1)
                    };
                    match self.truth(condition, &names, depth) {
                        Some(true) => rest.push(consequence),
                        Some(false) => rest.extend(alternative),
                        None => return self.merge(condition, way(Some(consequence)), way(alternative)),
                    }
                }
                // A loop or a switch that may return; a declared function does not.
                _ if !is_function(statement)
                    && descendants(statement).any(|node| node.kind() == "return_statement") =>
                {
                    return self.unknown(statement);
                }
                _ => {}
            }
        }
        Seen::Value(Value::Undefined)
    }

    /// Two ways that a condition of unknown value leads to.
    fn merge(&self, condition: Node<'_>, one: Seen, other: Seen) -> Seen {
        let (one, other) = (self.passage(one, condition), self.passage(other, condition));
        if one == other {
            return Seen::Answer(one);
        }
        let guard = self.checks.behind(self.source, condition);
        Seen::Answer(match (&one, &other, guard) {
            (Passage::Open(_), Passage::Open(_), _) => one,
            (Passage::Closed(..), Passage::Closed(..), _) => one,
            (Passage::Answered(_), Passage::Open(_), Some(guard))
            | (Passage::Open(_), Passage::Answered(_), Some(guard)) => {
                Passage::Closed(format!("{} checks {}", self.at(condition), guard.what), guard.proof)
            }
            (Passage::Answered(_), Passage::Closed(..), _) => other,
            (Passage::Closed(..), Passage::Answered(_), _) => one,
            _ => Passage::Unsure(format!("{} depends on `{}`", self.at(condition), self.source.excerpt(condition))),
        })
    }

    fn declare(&self, names: &mut Names, statement: Node<'_>, depth: usize) {
        for declarator in named_children(statement) {
            let (Some(pattern), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else {
                continue;
            };
            let seen = self.eval(value, names, depth);
            self.bind(names, pattern, &seen);
        }
    }

    /// Binds a parameter or a variable.
    fn bind(&self, names: &mut Names, pattern: Node<'_>, seen: &Seen) {
        if pattern.kind() == "identifier" {
            names.insert(self.source.text(pattern).to_owned(), seen.clone());
            return;
        }
        for (local, member) in taken_apart(self.source, pattern) {
            let seen = self.member(seen, self.source.text(member)).unwrap_or_else(|| self.unknown(local));
            names.insert(self.source.text(local).to_owned(), seen);
        }
    }

    /// What was assigned to is not known any more.
    fn forget_assigned(&self, names: &mut Names, statement: Node<'_>) {
        let assignments = descendants(statement)
            .filter(|node| matches!(node.kind(), "assignment_expression" | "augmented_assignment_expression"));
        for assignment in assignments {
            let Some(left) = field(assignment, "left") else { continue };
            // `response.headers.x = …` leaves the response what it is.
            if left.kind() == "identifier" {
                names.insert(self.source.text(left).to_owned(), self.unknown(left));
            }
        }
    }

    fn member(&self, of: &Seen, name: &str) -> Option<Seen> {
        match (of, name) {
            (Seen::Request, "nextUrl") => Some(Seen::NextUrl),
            (Seen::NextUrl, "pathname") => Some(Seen::Value(Value::Text(self.start.path.to_owned()))),
            (Seen::Value(value @ Value::Object(_)), name) => value.member(name).cloned().map(Seen::Value),
            (Seen::Value(Value::Text(text)), "length") => Some(Seen::Value(Value::Number(text.len().to_string()))),
            _ => None,
        }
    }

    fn truth(&self, node: Node<'_>, names: &Names, depth: usize) -> Option<bool> {
        match self.eval(node, names, depth) {
            Seen::Value(value) => value.truth(),
            Seen::Request | Seen::NextUrl => Some(true),
            Seen::Answer(_) | Seen::Unknown(_) => None,
        }
    }

    fn eval(&self, node: Node<'_>, names: &Names, depth: usize) -> Seen {
        let node = unwrap(node);
        if depth > DEEPEST || self.is_used_up() {
            return self.unknown(node);
        }
        match node.kind() {
            "identifier" => match names.get(self.source.text(node)) {
                Some(seen) => seen.clone(),
                None => self.constant(node, names),
            },
            "member_expression" => {
                let parts = field(node, "object").zip(field(node, "property"));
                let seen = parts.and_then(|(object, property)| {
                    self.member(&self.eval(object, names, depth + 1), self.source.text(property))
                });
                seen.unwrap_or_else(|| self.constant(node, names))
            }
            "unary_expression" if field(node, "operator").is_some_and(|operator| operator.kind() == "!") => {
                let truth = field(node, "argument").and_then(|argument| self.truth(argument, names, depth + 1));
                truth.map_or_else(|| self.unknown(node), |truth| Seen::Value(Value::Boolean(!truth)))
            }
            "binary_expression" => self.binary(node, names, depth).unwrap_or_else(|| self.unknown(node)),
            "ternary_expression" => {
                let part = |name: &str| field(node, name);
                let (Some(condition), Some(yes), Some(no)) =
                    (part("condition"), part("consequence"), part("alternative"))
                else {
                    return self.unknown(node);
                };
                match self.truth(condition, names, depth + 1) {
                    Some(true) => self.eval(yes, names, depth + 1),
                    Some(false) => self.eval(no, names, depth + 1),
                    None => self.merge(condition, self.eval(yes, names, depth + 1), self.eval(no, names, depth + 1)),
                }
            }
            "call_expression" => self.call(node, names, depth),
            "new_expression" => self.made(node, names, depth),
            "template_string" => {
                let mut text = String::new();
                for part in named_children(node) {
                    let piece = match part.kind() {
                        "string_fragment" => Some(self.source.text(part).to_owned()),
                        "template_substitution" => {
                            match part.named_child(0).map(|inner| self.eval(inner, names, depth + 1)) {
                                Some(Seen::Value(Value::Text(piece))) => Some(piece),
                                _ => None,
                            }
                        }
                        _ => None,
                    };
                    match piece {
                        Some(piece) => text.push_str(&piece),
                        None => return self.unknown(node),
                    }
                }
                Seen::Value(Value::Text(text))
            }
            _ => self.constant(node, names),
        }
    }

    /// A literal, or a constant of some file.
    fn constant(&self, node: Node<'_>, names: &Names) -> Seen {
        match self.literal(node, names) {
            Value::Dynamic { .. } => self.unknown(node),
            value => Seen::Value(value),
        }
    }

    fn binary(&self, node: Node<'_>, names: &Names, depth: usize) -> Option<Seen> {
        let operator = self.source.text(field(node, "operator")?);
        let (left, right) = (field(node, "left")?, field(node, "right")?);
        let value = |node: Node<'_>| match self.eval(node, names, depth + 1) {
            Seen::Value(value) => Some(value),
            _ => None,
        };
        let boolean = |truth: bool| Some(Seen::Value(Value::Boolean(truth)));
        match operator {
            "===" | "==" => boolean(value(left)? == value(right)?),
            "!==" | "!=" => boolean(value(left)? != value(right)?),
            "&&" | "||" => {
                // One side may decide although the other is unknown.
                let decides = operator == "||";
                let (one, other) = (self.truth(left, names, depth + 1), self.truth(right, names, depth + 1));
                if one == Some(decides) || other == Some(decides) {
                    return boolean(decides);
                }
                (one.is_some() && other.is_some()).then_some(Seen::Value(Value::Boolean(!decides)))
            }
            "+" => match (value(left)?, value(right)?) {
                (Value::Text(left), Value::Text(right)) => Some(Seen::Value(Value::Text(left + &right))),
                _ => None,
            },
            _ => None,
        }
    }

    fn made(&self, node: Node<'_>, names: &Names, depth: usize) -> Seen {
        let constructor = field(node, "constructor").map(|name| self.source.text(name)).unwrap_or_default();
        match constructor {
            // `new URL(request.url)`: its path is the request's.
            "URL" => match arguments(node).first().map(|argument| self.source.text(*argument)) {
                Some(text)
                    if text.rsplit_once('.').is_some_and(|(_, last)| last == "url") && arguments(node).len() == 1 =>
                {
                    Seen::NextUrl
                }
                _ => self.unknown(node),
            },
            "Response" | "NextResponse" => {
                Seen::Answer(Passage::Answered(format!("{} answers it itself", self.at(node))))
            }
            _ => match self.constant(node, names) {
                Seen::Unknown(_) if names.is_empty() && depth == 0 => self.unknown(node),
                seen => seen,
            },
        }
    }

    fn call(&self, call: Node<'_>, names: &Names, depth: usize) -> Seen {
        let Some(callee) = field(call, "function").map(unwrap) else { return self.unknown(call) };
        match callee.kind() {
            "identifier" => self.call_by_name(call, callee, names, depth),
            "member_expression" => self.call_member(call, callee, names, depth),
            // `withAuth(options)(request)`.
            "call_expression" => Seen::Answer(self.curried(callee)),
            _ => self.unknown(call),
        }
    }

    fn call_by_name(&self, call: Node<'_>, callee: Node<'_>, names: &Names, depth: usize) -> Seen {
        let name = self.source.text(callee);
        let given = arguments(call);
        if let Some(import) = self.module.import_of(name) {
            if import.from.starts_with(SDK) && matches!(import.name.as_str(), "withAuth" | "authMiddleware") {
                // With a request first it acts; with a function or options it makes something that does.
                let is_request = given.first().is_none_or(|first| {
                    matches!(self.eval(*first, names, depth + 1), Seen::Request | Seen::Unknown(_))
                        && !is_function(unwrap(*first))
                });
                if !is_request {
                    return Seen::Answer(self.curried(call));
                }
                let options = given.get(1).map_or(Value::Undefined, |options| self.literal(*options, names));
                let line = self.source.line(call);
                let passage = self.start.sdk_function(&import.name, &options, &self.file, line);
                return passage.map_or_else(|| self.unknown(call), Seen::Answer);
            }
            if is_harmless(&import.from) {
                return Seen::Answer(Passage::Open(format!("{} lets it through", self.at(call))));
            }
        }
        // A function of this file, declared at its top or bound to a constant.
        let binding = self.module.binding(name).map(|binding| unwrap(binding.bound.node()));
        match binding {
            Some(function) if is_function(function) => {
                let mut inner = Names::new();
                for (pattern, argument) in parameters(function).into_iter().zip(&given) {
                    self.bind(&mut inner, pattern, &self.eval(*argument, names, depth + 1));
                }
                self.body(function, inner, depth + 1)
            }
            // `const auth = withAuth({…})`, then `auth(request)`.
            Some(made) if made.kind() == "call_expression" => match self.curried(made) {
                Passage::Unsure(_) => self.unknown(call),
                passage => Seen::Answer(passage),
            },
            _ => self.unknown(call),
        }
    }

    /// The value of an expression that may use variables of the function.
    fn literal(&self, node: Node<'_>, names: &Names) -> Value {
        let budget = Budget::default();
        let find = |source: &Source, name: &str, depth: usize| match names.get(name) {
            Some(seen) if source.path == self.source.path => match seen {
                Seen::Value(value) => Some(value.clone()),
                _ => None,
            },
            _ => self.start.project.named_value(source, name, depth, &budget),
        };
        value::read(self.source, node, value::Names { find: &find, budget: &budget }, 0)
    }

    fn call_member(&self, call: Node<'_>, callee: Node<'_>, names: &Names, depth: usize) -> Seen {
        let (Some(object), Some(property)) = (field(callee, "object"), field(callee, "property")) else {
            return self.unknown(call);
        };
        let name = self.source.text(property);
        if matches!(self.source.text(object), "NextResponse" | "Response") {
            return Seen::Answer(match name {
                "next" | "rewrite" => Passage::Open(format!("{} lets it through", self.at(call))),
                _ => Passage::Answered(format!("{} answers it itself", self.at(call))),
            });
        }
        let given = arguments(call);
        let of = self.eval(object, names, depth + 1);
        let first = || given.first().map(|argument| self.eval(*argument, names, depth + 1));
        let known = match (&of, name) {
            (Seen::NextUrl, "clone") => Some(Seen::NextUrl),
            (Seen::Value(Value::Text(text)), "toLowerCase") => Some(Seen::Value(Value::Text(text.to_lowercase()))),
            (Seen::Value(Value::Text(text)), "startsWith" | "endsWith" | "includes") => match first() {
                Some(Seen::Value(Value::Text(piece))) if given.len() == 1 => {
                    Some(Seen::Value(Value::Boolean(match name {
                        "startsWith" => text.starts_with(&piece),
                        "endsWith" => text.ends_with(&piece),
                        _ => text.contains(&piece),
                    })))
                }
                _ => None,
            },
            (Seen::Value(Value::Text(text)), "match") => match first() {
                Some(Seen::Value(Value::Regex { pattern, flags })) => found(&pattern, &flags, text),
                _ => None,
            },
            (Seen::Value(Value::Regex { pattern, flags }), "test") => match first() {
                Some(Seen::Value(Value::Text(text))) => found(pattern, flags, &text),
                _ => None,
            },
            (Seen::Value(Value::List(entries)), "includes" | "has") => match first() {
                Some(Seen::Value(value)) if !entries.iter().any(|entry| matches!(entry, Value::Dynamic { .. })) => {
                    Some(Seen::Value(Value::Boolean(entries.contains(&value))))
                }
                _ => None,
            },
            (Seen::Value(Value::List(entries)), "some" | "every") => {
                given.first().and_then(|test| self.for_each(entries, name, unwrap(*test), names, depth))
            }
            _ => None,
        };
        known.unwrap_or_else(|| self.unknown(call))
    }

    /// `list.some((entry) => …)` and `every`.
    fn for_each(&self, entries: &[Value], name: &str, test: Node<'_>, names: &Names, depth: usize) -> Option<Seen> {
        if !is_function(test) {
            return None;
        }
        let parameter = parameters(test).first().copied()?;
        let wanted = name == "some";
        let mut unknown = false;
        for entry in entries {
            let mut inner = names.clone();
            let seen = match entry {
                Value::Dynamic { .. } => self.unknown(test),
                entry => Seen::Value(entry.clone()),
            };
            self.bind(&mut inner, parameter, &seen);
            let result = match self.body(test, inner, depth + 1) {
                Seen::Value(value) => value.truth(),
                _ => None,
            };
            match result {
                Some(truth) if truth == wanted => return Some(Seen::Value(Value::Boolean(wanted))),
                Some(_) => {}
                None => unknown = true,
            }
        }
        (!unknown).then_some(Seen::Value(Value::Boolean(!wanted)))
    }
}

fn found(pattern: &str, flags: &str, text: &str) -> Option<Seen> {
    let found = Pattern::new(pattern, flags).ok()?.is_found_in(text)?;
    Some(Seen::Value(Value::Boolean(found)))
}
