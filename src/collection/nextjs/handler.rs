//! What a handler does about who calls it: sessions that it looks at, permissions that it asks for, and whether it
//! refuses. Helpers of the same project are followed a few steps; what comes from elsewhere is named, not guessed at.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use tree_sitter::Node;

use crate::collection::nextjs::module::{Bound, Module, taken_apart};
use crate::collection::nextjs::project::{Lost, Project};
use crate::collection::nextjs::syntax::{Source, arguments, descendants, field, holds, is_function, unwrap};
use crate::collection::nextjs::value::Value;
use crate::model::request::Requirement;

/// Where Kinde's SDK comes from.
pub const SDK: &str = "@kinde-oss/kinde-auth-nextjs";

/// What `getKindeServerSession()` gives that tells about the caller (SDK 2.x; kinde.md 8.1).
const SESSION_CALLS: [&str; 16] = [
    "isAuthenticated",
    "getUser",
    "getPermission",
    "getPermissions",
    "getRoles",
    "getClaim",
    "getFlag",
    "getBooleanFlag",
    "getStringFlag",
    "getIntegerFlag",
    "getOrganization",
    "getUserOrganizations",
    "getAccessToken",
    "getAccessTokenRaw",
    "getIdToken",
    "getIdTokenRaw",
];

/// Helpers are followed this deep.
const DEEPEST: usize = 3;

/// More helpers than this are not followed for one handler.
const MOST_HELPERS: usize = 200;

/// More checks than this in one function say no more.
const MOST_CHECKS: usize = 200;

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// The cookies of Kinde's SDK.
    KindeSession,
    /// An `Authorization` header, or a token that is verified by hand.
    Bearer,
    /// A cookie of the app's own.
    Cookie,
}

/// Does a check lead to a refusal?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// The code looks, and may go on all the same.
    Looks,
    /// There is a branch that refuses.
    Refuses,
}

/// A check in a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Does it refuse?
    pub strength: Strength,
    /// How the caller proves who it is.
    pub proof: Proof,
    /// The call: `getUser`, `the Authorization header`.
    pub what: String,
    /// The file, for people.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// What a handler reads of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// The members that it takes from a JSON body; `None`: it reads none.
    pub json: Option<Vec<String>>,
    /// Does it read a form?
    pub form: bool,
    /// Query parameters that it asks for by name.
    pub query: Vec<String>,
}

/// What was found in a handler.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// Checks, in the order of the text.
    pub guards: Vec<Guard>,
    /// What the caller needs.
    pub require: Vec<Requirement>,
    /// Things to know, in words.
    pub remarks: Vec<String>,
    /// Code that decides and could not be read.
    pub opaque: Vec<String>,
    /// What it reads.
    pub input: Input,
    /// Is it the SDK's own `handleAuth`?
    pub is_sdk: bool,
}

impl Findings {
    /// The strongest check.
    pub fn strongest(&self) -> Option<&Guard> {
        let best = self.guards.iter().map(|guard| guard.strength).max()?;
        self.guards.iter().find(|guard| guard.strength == best)
    }

    fn add(&mut self, other: Self) {
        self.guards.extend(other.guards);
        self.require(other.require);
        self.remarks.extend(other.remarks);
        self.opaque.extend(other.opaque);
        self.is_sdk |= other.is_sdk;
        self.input.form |= other.input.form;
        self.input.query.extend(other.input.query);
        if let Some(members) = other.input.json {
            self.input.json.get_or_insert_default().extend(members);
        }
    }

    fn require(&mut self, requirements: impl IntoIterator<Item = Requirement>) {
        for requirement in requirements {
            if !self.require.contains(&requirement) {
                self.require.push(requirement);
            }
        }
    }

    fn query(&mut self, name: String) {
        if self.input.query.len() < 30 && !self.input.query.contains(&name) {
            self.input.query.push(name);
        }
    }
}

/// The files that are looked through, and how many helpers may still be followed.
pub struct Look<'a> {
    project: &'a Project<'a>,
    left: Cell<usize>,
}

impl<'a> Look<'a> {
    /// A new look, with the whole budget.
    pub const fn new(project: &'a Project<'a>) -> Self {
        Self { project, left: Cell::new(MOST_HELPERS) }
    }

    fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}

impl<'a> std::ops::Deref for Look<'a> {
    type Target = Project<'a>;

    fn deref(&self) -> &Project<'a> {
        self.project
    }
}

/// Looks at what a handler's name is bound to.
pub fn look_at(project: &Project<'_>, source: &Source, bound: Bound<'_>) -> Findings {
    of_bound(&Look::new(project), source, bound, 0)
}

fn of_bound(project: &Look<'_>, source: &Source, bound: Bound<'_>, depth: usize) -> Findings {
    match bound {
        Bound::Node(node) => of_value(project, source, node, depth),
        Bound::Member(of, member) => of_member(project, source, of, source.text(member), depth),
    }
}

fn of_value(project: &Look<'_>, source: &Source, node: Node<'_>, depth: usize) -> Findings {
    let node = unwrap(node);
    if depth > DEEPEST || !project.spend() {
        return Findings::default();
    }
    if is_function(node) {
        return of_function(project, source, node, depth);
    }
    match node.kind() {
        "identifier" => {
            let mut follow = |source: &Source, bound: Bound<'_>| of_bound(project, source, bound, depth + 1);
            match project.with_local(source, source.text(node), 0, &mut follow) {
                Ok(findings) => findings,
                Err(lost) => opaque(source, node, "is", &lost),
            }
        }
        "call_expression" => of_call(project, source, node, depth),
        "member_expression" => {
            let parts = field(node, "object").zip(field(node, "property"));
            let Some((object, property)) = parts else { return Findings::default() };
            of_member(project, source, object, source.text(property), depth)
        }
        _ => opaque(source, node, "is", &Lost::Nowhere),
    }
}

fn of_member(project: &Look<'_>, source: &Source, of: Node<'_>, name: &str, depth: usize) -> Findings {
    let object = unwrap(of);
    if object.kind() == "object" {
        for part in super::syntax::named_children(object) {
            let key = field(part, "key").or_else(|| field(part, "name")).and_then(|key| source.key(key));
            let shorthand = part.kind() == "shorthand_property_identifier" && source.text(part) == name;
            if key.as_deref() == Some(name) {
                return of_value(project, source, field(part, "value").unwrap_or(part), depth + 1);
            }
            if shorthand {
                let mut follow = |source: &Source, bound: Bound<'_>| of_bound(project, source, bound, depth + 1);
                return match project.with_local(source, name, 0, &mut follow) {
                    Ok(findings) => findings,
                    Err(lost) => opaque(source, part, "is", &lost),
                };
            }
        }
    }
    if object.kind() == "identifier" && depth < DEEPEST {
        let mut follow = |source: &Source, bound: Bound<'_>| match bound {
            Bound::Node(node) if unwrap(node).id() != object.id() => {
                Some(of_member(project, source, node, name, depth + 1))
            }
            _ => None,
        };
        if let Ok(Some(findings)) = project.with_local(source, source.text(object), 0, &mut follow) {
            return findings;
        }
    }
    if object.kind() == "call_expression" && is_sdk_call(source, object, "handleAuth") {
        return Findings { is_sdk: true, ..Findings::default() };
    }
    opaque(source, of, "is made by", &Lost::Nowhere)
}

/// Code that decides and cannot be read.
fn opaque(source: &Source, node: Node<'_>, how: &str, lost: &Lost) -> Findings {
    let from = if let Lost::Outside(from) = lost { format!(" of `{from}`") } else { String::new() };
    let text = format!("the handler {how} `{}`{from}, line {}", source.excerpt(node), source.line(node));
    Findings { opaque: vec![text], ..Findings::default() }
}

/// Is this a call of the SDK's function of this name?
pub fn is_sdk_call(source: &Source, call: Node<'_>, name: &str) -> bool {
    field(call, "function").is_some_and(|callee| is_sdk_name(source, callee, name))
}

/// Does this identifier stand for the SDK's function of this name?
pub fn is_sdk_name(source: &Source, node: Node<'_>, name: &str) -> bool {
    let node = unwrap(node);
    node.kind() == "identifier"
        && Module::read(source)
            .import_of(source.text(node))
            .is_some_and(|import| import.from.starts_with(SDK) && import.name == name)
}

/// A handler that is the result of a call: a wrapper around another one.
fn of_call(project: &Look<'_>, source: &Source, call: Node<'_>, depth: usize) -> Findings {
    let given = arguments(call);
    let mut findings = Findings::default();
    if is_sdk_call(source, call, "handleAuth") {
        findings.is_sdk = true;
        return findings;
    }
    if is_sdk_call(source, call, "protectApi") || is_sdk_call(source, call, "withAuth") {
        let name = field(call, "function").map(|callee| source.text(callee).to_owned()).unwrap_or_default();
        findings.guards.push(Guard {
            strength: Strength::Refuses,
            proof: Proof::KindeSession,
            what: name,
            file: source.name(&project.folder),
            line: source.line(call),
        });
        if let Some(options) = given.get(1) {
            protect_options(&project.value(source, *options), &mut findings);
        }
        if let Some(handler) = given.first() {
            findings.add(of_value(project, source, *handler, depth + 1));
        }
        return findings;
    }
    let handlers = given.iter().map(|argument| unwrap(*argument)).filter(|argument| {
        is_function(*argument) || matches!(argument.kind(), "identifier" | "call_expression" | "member_expression")
    });
    let mut wrapped = false;
    for handler in handlers {
        let inner = of_value(project, source, handler, depth + 1);
        wrapped |= is_function(handler) || inner != Findings::default();
        // What else is given to a wrapper (a schema, a client) is not a handler.
        findings.add(Findings { opaque: Vec::new(), ..inner });
    }
    let callee = field(call, "function").map(unwrap);
    let followed = callee.filter(|callee| callee.kind() == "identifier").map(|callee| {
        let mut follow = |source: &Source, bound: Bound<'_>| match bound {
            Bound::Node(node) if is_function(unwrap(node)) => {
                Some(of_function(project, source, unwrap(node), depth + 1))
            }
            _ => None,
        };
        project.with_local(source, source.text(callee), 0, &mut follow)
    });
    match followed {
        Some(Ok(Some(wrapper))) => findings.add(Findings { input: Input::default(), ..wrapper }),
        Some(Err(lost)) => {
            let how = if wrapped { "is wrapped by" } else { "is made by" };
            let name = callee.unwrap_or(call);
            findings.opaque.extend(opaque(source, name, how, &lost).opaque);
        }
        _ => {
            let how = if wrapped { "is wrapped by" } else { "is made by" };
            findings.opaque.extend(opaque(source, callee.unwrap_or(call), how, &Lost::Nowhere).opaque);
        }
    }
    findings
}

/// `{ permissions, roles }` of `protectApi`: of several, one is enough.
fn protect_options(options: &Value, findings: &mut Findings) {
    let mut take = |key: &str, wrap: fn(String) -> Requirement| match options.member(key) {
        None | Some(Value::Undefined | Value::Null) => {}
        Some(Value::Text(one)) => findings.require([wrap(one.clone())]),
        Some(Value::List(entries)) if entries.iter().all(|entry| entry.as_text().is_some()) => {
            let names: Vec<&str> = entries.iter().filter_map(Value::as_text).collect();
            match names.as_slice() {
                [] => {}
                [one] => findings.require([wrap((*one).to_owned())]),
                several => findings.remarks.push(format!("one of the {key} is needed: {}", several.join(", "))),
            }
        }
        Some(_) => findings.remarks.push(format!("the {key} that it needs cannot be told without running it")),
    };
    take("permissions", Requirement::Permission);
    take("roles", Requirement::Role);
}

/// The names of a file that stand for the session: functions by their SDK names, and whole session objects.
struct Session {
    calls: BTreeMap<String, String>,
    objects: BTreeSet<String>,
}

impl Session {
    fn of(source: &Source, module: &Module<'_>) -> Self {
        let mut session = Self { calls: BTreeMap::new(), objects: BTreeSet::new() };
        let opens = |node: Node<'_>| is_session_call(source, module, unwrap(node));
        if !module.imports.iter().any(|import| import.from.starts_with(SDK)) {
            return session;
        }
        for declarator in descendants(source.root()).filter(|node| node.kind() == "variable_declarator") {
            let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { continue };
            if name.kind() == "identifier" && opens(value) {
                session.objects.insert(source.text(name).to_owned());
            } else if opens(value) {
                session.take(source, name);
            }
        }
        for declarator in descendants(source.root()).filter(|node| node.kind() == "variable_declarator") {
            let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { continue };
            if session.objects.contains(source.text(value)) {
                session.take(source, name);
            }
        }
        session
    }

    fn take(&mut self, source: &Source, pattern: Node<'_>) {
        for (local, member) in taken_apart(source, pattern) {
            self.calls.insert(source.text(local).to_owned(), source.text(member).to_owned());
        }
    }
}

fn is_session_call(source: &Source, module: &Module<'_>, node: Node<'_>) -> bool {
    node.kind() == "call_expression"
        && field(node, "function").is_some_and(|callee| {
            module
                .import_of(source.text(callee))
                .is_some_and(|import| import.from.starts_with(SDK) && import.name == "getKindeServerSession")
        })
}

/// What kind of thing a check gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gives {
    Permissions,
    Roles,
    Organization,
    Other,
}

/// A check while a function is looked at.
struct Check<'t> {
    node: Node<'t>,
    gives: Gives,
    guard: Guard,
}

/// The checks of a function, and the names that their results went to.
pub struct Checks<'t> {
    found: Vec<Check<'t>>,
    tainted: BTreeMap<String, Gives>,
}

impl Checks<'_> {
    /// The check that an expression depends on.
    pub fn behind(&self, source: &Source, node: Node<'_>) -> Option<&Guard> {
        self.check_behind(source, node).map(|(guard, _)| guard)
    }

    fn check_behind(&self, source: &Source, node: Node<'_>) -> Option<(&Guard, Gives)> {
        if let Some(check) = self.found.iter().find(|check| holds(node, check.node)) {
            return Some((&check.guard, check.gives));
        }
        let names = descendants(node).filter(|inner| inner.kind() == "identifier");
        let gives = names.filter_map(|inner| self.tainted.get(source.text(inner)).copied()).min()?;
        let check = self.found.iter().find(|check| check.gives == gives).or_else(|| self.found.first())?;
        Some((&check.guard, gives))
    }
}

fn of_function(project: &Look<'_>, source: &Source, function: Node<'_>, depth: usize) -> Findings {
    let mut findings = Findings::default();
    let checks = scan(project, source, function, depth, &mut findings);
    let mut strengths: Vec<Strength> = checks.found.iter().map(|check| check.guard.strength).collect();
    for node in descendants(function) {
        let (condition, branches) = match node.kind() {
            "if_statement" => (field(node, "condition"), [field(node, "consequence"), field(node, "alternative")]),
            "ternary_expression" => (field(node, "condition"), [None, None]),
            "call_expression" => {
                requirement_of_comparison(source, node, &checks, &mut findings);
                continue;
            }
            "binary_expression" => {
                organization_of_comparison(source, node, &checks, &mut findings);
                continue;
            }
            _ => continue,
        };
        let Some(condition) = condition else { continue };
        let leaves = node.kind() == "ternary_expression"
            || branches.into_iter().flatten().any(|branch| leaves_function(source, branch));
        if !leaves {
            continue;
        }
        let guard = checks.behind(source, condition);
        if let Some(at) = guard.and_then(|guard| checks.found.iter().position(|check| check.guard == *guard)) {
            strengths[at] = Strength::Refuses;
        }
    }
    let guards = checks.found.into_iter().zip(strengths);
    findings.guards.extend(guards.map(|(check, strength)| Guard { strength, ..check.guard }));
    findings
}

/// Does a branch end the function, or hand over to something that does?
fn leaves_function(source: &Source, branch: Node<'_>) -> bool {
    descendants(branch).any(|node| match node.kind() {
        "return_statement" | "throw_statement" => true,
        "call_expression" => field(node, "function").is_some_and(|callee| {
            matches!(source.text(callee), "redirect" | "permanentRedirect" | "notFound" | "unauthorized" | "forbidden")
        }),
        _ => false,
    })
}

/// The checks of a function. What it reads of the request goes into `findings` on the way.
pub fn scan<'t>(
    project: &Look<'_>,
    source: &'t Source,
    function: Node<'t>,
    depth: usize,
    findings: &mut Findings,
) -> Checks<'t> {
    let module = Module::read(source);
    let session = Session::of(source, &module);
    let mut checks = Checks { found: Vec::new(), tainted: BTreeMap::new() };
    let mut helpers = BTreeMap::new();
    for node in descendants(function) {
        if checks.found.len() >= MOST_CHECKS {
            break;
        }
        match node.kind() {
            "call_expression" => {
                let known = Known { module: &module, session: &session };
                let check = check_of_call(project, source, known, &mut helpers, node, depth, findings);
                checks.found.extend(check);
                input_of_call(source, node, findings);
            }
            "member_expression" | "subscript_expression" if reads_authorization(source, node) => {
                checks.found.push(bearer(project, source, node, "the `Authorization` header"));
            }
            "variable_declarator" => json_members(source, node, findings),
            _ => {}
        }
    }
    // Twice: what comes from a name that comes from a check.
    for _ in 0..2 {
        let declarators = descendants(function).filter(|node| node.kind() == "variable_declarator");
        for declarator in declarators {
            let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { continue };
            if is_function(unwrap(value)) {
                continue;
            }
            let Some((_, gives)) = checks.check_behind(source, value) else { continue };
            let names = descendants(name)
                .filter(|inner| matches!(inner.kind(), "identifier" | "shorthand_property_identifier_pattern"));
            for inner in names {
                checks.tainted.entry(source.text(inner).to_owned()).or_insert(gives);
            }
        }
    }
    checks
}

fn bearer<'t>(project: &Look<'_>, source: &Source, node: Node<'t>, what: &str) -> Check<'t> {
    check(project, source, node, what, Proof::Bearer, Gives::Other)
}

fn check<'t>(project: &Look<'_>, source: &Source, node: Node<'t>, what: &str, proof: Proof, gives: Gives) -> Check<'t> {
    let guard = Guard {
        strength: Strength::Looks,
        proof,
        what: what.to_owned(),
        file: source.name(&project.folder),
        line: source.line(node),
    };
    Check { node, gives, guard }
}

/// What is known of a file.
#[derive(Clone, Copy)]
struct Known<'a> {
    module: &'a Module<'a>,
    session: &'a Session,
}

fn check_of_call<'t>(
    project: &Look<'_>,
    source: &Source,
    known: Known<'_>,
    helpers: &mut BTreeMap<String, Option<Guard>>,
    call: Node<'t>,
    depth: usize,
    findings: &mut Findings,
) -> Option<Check<'t>> {
    let Known { module, session } = known;
    let callee = unwrap(field(call, "function")?);
    let first = arguments(call).first().copied();
    match callee.kind() {
        "identifier" => {
            let name = source.text(callee);
            if let Some(member) = session.calls.get(name) {
                return session_check(project, source, call, member, first, findings);
            }
            let import = module.import_of(name);
            if import.is_some_and(|import| import.from == "jose" && import.name == "jwtVerify")
                || import.is_some_and(|import| import.from == "@kinde/jwt-validator")
            {
                return Some(bearer(project, source, call, &format!("`{name}`")));
            }
            if !helpers.contains_key(name) {
                let guard = helper_guard(project, source, call, name, depth, findings);
                helpers.insert(name.to_owned(), guard);
            }
            let guard = helpers.get(name)?.clone()?;
            Some(Check { node: call, gives: Gives::Other, guard: Guard { line: source.line(call), ..guard } })
        }
        "member_expression" => {
            let object = unwrap(field(callee, "object")?);
            let member = source.text(field(callee, "property")?);
            let is_session = is_session_call(source, module, object) || session.objects.contains(source.text(object));
            if is_session {
                return session_check(project, source, call, member, first, findings);
            }
            let argument = first.and_then(|argument| source.string(unwrap(argument)));
            let of = source.text(object);
            match member {
                "get" | "has" if argument.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("authorization")) => {
                    Some(bearer(project, source, call, "the `Authorization` header"))
                }
                "get" | "has" if is_cookie_jar(source, object) => {
                    let what = argument.map_or("a cookie".to_owned(), |name| format!("the cookie `{name}`"));
                    Some(check(project, source, call, &what, Proof::Cookie, Gives::Other))
                }
                "verify" if module.import_of(of).is_some_and(|import| import.from == "jsonwebtoken") => {
                    Some(bearer(project, source, call, "`jwt.verify`"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// `cookies()`, `await cookies()`, `req.cookies`.
fn is_cookie_jar(source: &Source, object: Node<'_>) -> bool {
    let text = source.text(object);
    text == "cookies()" || text.ends_with(".cookies") || text == "cookieStore" || text == "cookies"
}

fn session_check<'t>(
    project: &Look<'_>,
    source: &Source,
    call: Node<'t>,
    member: &str,
    first: Option<Node<'_>>,
    findings: &mut Findings,
) -> Option<Check<'t>> {
    if !SESSION_CALLS.contains(&member) && member != "getEntitlements" {
        return None;
    }
    let named = first.map(|argument| project.value(source, argument));
    let named = named.as_ref().and_then(Value::as_text).map(str::to_owned);
    let gives = match member {
        "getPermission" | "getPermissions" => Gives::Permissions,
        "getRoles" => Gives::Roles,
        "getOrganization" => Gives::Organization,
        _ => Gives::Other,
    };
    match (member, named) {
        ("getPermission", Some(key)) => findings.require([Requirement::Permission(key)]),
        ("getBooleanFlag", Some(flag)) => findings.require([Requirement::Flag(flag)]),
        ("getFlag", Some(flag)) => findings.remarks.push(format!("reads the feature flag `{flag}`")),
        ("getPermission" | "getBooleanFlag", None) => {
            let text =
                format!("what `{member}` asks for, line {}, cannot be told without running it", source.line(call));
            findings.remarks.push(text);
        }
        _ => {}
    }
    Some(check(project, source, call, &format!("`{member}`"), Proof::KindeSession, gives))
}

/// What a helper of this project does, if it looks at who calls.
fn helper_guard(
    project: &Look<'_>,
    source: &Source,
    call: Node<'_>,
    name: &str,
    depth: usize,
    findings: &mut Findings,
) -> Option<Guard> {
    if depth >= DEEPEST || !project.spend() {
        return None;
    }
    let mut follow = |other: &Source, bound: Bound<'_>| match bound {
        Bound::Node(node) if is_function(unwrap(node)) && !(other.path == source.path && holds(unwrap(node), call)) => {
            Some(of_function(project, other, unwrap(node), depth + 1))
        }
        _ => None,
    };
    let inner = project.with_local(source, name, 0, &mut follow).ok().flatten()?;
    let strongest = inner.strongest()?.clone();
    findings.require(inner.require);
    findings.remarks.extend(inner.remarks);
    let what = format!("`{name}` ({} line {}: {})", strongest.file, strongest.line, strongest.what);
    Some(Guard { what, file: source.name(&project.folder), ..strongest })
}

/// `req.headers.authorization`, `req.headers["authorization"]`.
fn reads_authorization(source: &Source, node: Node<'_>) -> bool {
    let object = field(node, "object").map(|object| source.text(object));
    if !object.is_some_and(|object| object.ends_with("headers")) {
        return false;
    }
    let name = match node.kind() {
        "member_expression" => field(node, "property").map(|property| source.text(property).to_owned()),
        _ => field(node, "index").and_then(|index| source.string(index)),
    };
    name.is_some_and(|name| name.eq_ignore_ascii_case("authorization"))
}

/// `permissions.includes("read:orders")`, `roles.some((role) => role.key === "admin")`.
fn requirement_of_comparison(source: &Source, call: Node<'_>, checks: &Checks<'_>, findings: &mut Findings) {
    let Some(callee) = field(call, "function").map(unwrap).filter(|callee| callee.kind() == "member_expression") else {
        return;
    };
    let (Some(object), Some(member)) = (field(callee, "object"), field(callee, "property")) else { return };
    let member = source.text(member);
    if !matches!(member, "includes" | "some" | "find" | "has" | "every") {
        return;
    }
    let Some(argument) = arguments(call).first().copied() else { return };
    let Some((_, gives)) = checks.check_behind(source, object) else { return };
    let named = source.string(unwrap(argument)).or_else(|| {
        let compares = |node: &Node<'_>| {
            node.kind() == "binary_expression"
                && field(*node, "operator").is_some_and(|operator| matches!(source.text(operator), "===" | "=="))
        };
        let comparison = descendants(argument).find(compares)?;
        ["left", "right"].iter().find_map(|side| source.string(unwrap(field(comparison, side)?)))
    });
    match (gives, named) {
        (Gives::Permissions, Some(key)) => findings.require([Requirement::Permission(key)]),
        (Gives::Roles, Some(role)) => findings.require([Requirement::Role(role)]),
        _ => {}
    }
}

/// `organization.orgCode !== "org_…"`.
fn organization_of_comparison(source: &Source, node: Node<'_>, checks: &Checks<'_>, findings: &mut Findings) {
    let sides = ["left", "right"].map(|side| field(node, side).map(unwrap));
    let literal = sides.iter().flatten().find_map(|side| source.string(*side)).filter(|text| text.starts_with("org_"));
    let Some(code) = literal else { return };
    if matches!(checks.check_behind(source, node), Some((_, Gives::Organization))) {
        findings.require([Requirement::Organization(code)]);
    }
}

/// `searchParams.get("limit")`, `request.json()`, `request.formData()`.
fn input_of_call(source: &Source, call: Node<'_>, findings: &mut Findings) {
    let Some(callee) = field(call, "function").map(unwrap).filter(|callee| callee.kind() == "member_expression") else {
        return;
    };
    let (Some(object), Some(member)) = (field(callee, "object"), field(callee, "property")) else { return };
    let of = source.text(object);
    let is_request = matches!(of, "req" | "request" | "_req" | "_request" | "r");
    match source.text(member) {
        "get" | "getAll" | "has" if of.ends_with("searchParams") || of.ends_with("params") && of != "params" => {
            let name = arguments(call).first().and_then(|argument| source.string(unwrap(*argument)));
            if let Some(name) = name {
                findings.query(name);
            }
        }
        "json" if is_request && arguments(call).is_empty() => {
            findings.input.json.get_or_insert_default();
        }
        "formData" if is_request => findings.input.form = true,
        _ => {}
    }
}

/// `const { name, quantity } = await request.json()`, `const { id } = req.query`.
fn json_members(source: &Source, declarator: Node<'_>, findings: &mut Findings) {
    let (Some(name), Some(value)) = (field(declarator, "name"), field(declarator, "value")) else { return };
    if name.kind() != "object_pattern" {
        return;
    }
    let from = source.text(unwrap(value));
    let request = ["req", "request", "_req", "_request"];
    let is = |what: &str| request.iter().any(|name| from == format!("{name}.{what}"));
    let members = taken_apart(source, name).into_iter().map(|(_, member)| source.text(member).to_owned());
    if is("json()") || is("body") {
        let known = findings.input.json.get_or_insert_default();
        for member in members.take(30) {
            if !known.contains(&member) {
                known.push(member);
            }
        }
    } else if is("query") {
        for member in members {
            findings.query(member);
        }
    }
}
