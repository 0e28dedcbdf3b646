//! Scripts: kept as comments; what they certainly mean becomes directives.
//!
//! A statement counts only if it stands on a line of its own, outside of everything but `pm.test("…", function () {`:
//! in a branch or a loop it may not hold. Nothing is executed.

use crate::collection::import::json::Json;

/// Lines of a script that are kept.
const MOST_LINES: usize = 200;

/// A script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Script {
    /// Before the request, else after the response.
    before: bool,
    lines: Vec<String>,
}

/// What a script means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Meaning {
    /// `assert` and `capture`, with their values.
    pub(super) directives: Vec<(String, String)>,
    /// Is that all that the script does?
    pub(super) is_whole: bool,
}

/// The scripts of an item that hold something.
pub(super) fn read(events: &Json<'_>) -> Vec<Script> {
    let mut scripts = Vec::new();
    for event in events.items() {
        let script = event.get("script");
        let exec = if script.is_object() { script.get("exec") } else { script };
        let lines: Vec<String> = match exec {
            Json::List(lines) => lines.iter().flat_map(|line| split(&line.shown())).collect(),
            text => split(&text.shown()),
        };
        let is_empty = lines.iter().all(|line| line.trim().is_empty());
        if !is_empty && !event.get("disabled").is_true() {
            scripts.push(Script { before: event.get("listen").text() == Some("prerequest"), lines });
        }
    }
    scripts
}

fn split(text: &str) -> Vec<String> {
    text.split('\n').map(|line| line.trim_end().to_owned()).collect()
}

impl Script {
    /// The script, as comments.
    pub(super) fn comments(&self) -> Vec<String> {
        let title =
            if self.before { "Script before the request, not run:" } else { "Script after the response, not run:" };
        let mut comments = vec![title.to_owned()];
        comments.extend(self.lines.iter().take(MOST_LINES).map(|line| format!("| {line}")));
        if self.lines.len() > MOST_LINES {
            comments.push(format!("| … {} more lines", self.lines.len() - MOST_LINES));
        }
        comments
    }

    /// The assertions and captures that are certain.
    pub(super) fn directives(&self) -> Meaning {
        if self.before {
            return Meaning::default();
        }
        let mut reader = Reader { bodies: Vec::new(), depth: Vec::new(), found: Meaning::default() };
        let mut all = true;
        let mut in_comment = false;
        for line in &self.lines {
            let line = line.trim();
            if in_comment || line.starts_with("/*") {
                in_comment = !line.contains("*/");
                continue;
            }
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            all &= reader.line(line);
        }
        Meaning { is_whole: all && reader.depth.is_empty() && !reader.found.directives.is_empty(), ..reader.found }
    }
}

/// What an open brace belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `pm.test("…", function () {`.
    Test,
    /// Anything else.
    Other,
}

struct Reader {
    /// Names that hold the parsed body.
    bodies: Vec<String>,
    depth: Vec<Open>,
    found: Meaning,
}

impl Reader {
    /// Reads a line; `false`: it means something else.
    fn line(&mut self, line: &str) -> bool {
        let is_certain = self.depth.iter().all(|open| *open == Open::Test);
        let statement = line.trim_end_matches(';').trim();
        if is_certain && is_test_opening(statement) {
            self.depth.push(Open::Test);
            return true;
        }
        if matches!(statement, "})" | "}" | "});") && self.depth.last() == Some(&Open::Test) {
            self.depth.pop();
            return true;
        }
        if is_certain && (self.body_variable(statement) || self.one_line_test(statement) || self.statement(statement)) {
            return true;
        }
        // Braces in texts may lead astray: then less is certain, never more.
        let opened = line.matches(['{', '(', '[']).count();
        let closed = line.matches(['}', ')', ']']).count();
        if opened > closed {
            self.depth.extend(std::iter::repeat_n(Open::Other, opened - closed));
        } else {
            for _ in 0..closed - opened {
                self.depth.pop();
            }
        }
        // After a condition without braces the next line is not certain.
        let is_dangling =
            line.starts_with("if") || line.starts_with("else") || line.starts_with("for") || line.ends_with("=>");
        if is_dangling && opened <= closed && !line.ends_with([';', '}']) {
            self.depth.push(Open::Other);
        }
        false
    }

    /// `const data = pm.response.json()`.
    fn body_variable(&mut self, statement: &str) -> bool {
        let rest = ["const ", "let ", "var "].iter().find_map(|word| statement.strip_prefix(word));
        let Some((name, value)) = rest.and_then(|rest| rest.split_once('=')) else { return false };
        let name = name.trim();
        let is_body = matches!(value.trim(), "pm.response.json()" | "JSON.parse(responseBody)");
        if is_body && is_identifier(name) {
            self.bodies.push(name.to_owned());
            return true;
        }
        false
    }

    /// `pm.test("…", () => pm.response.to.have.status(200))`.
    fn one_line_test(&mut self, statement: &str) -> bool {
        let Some(rest) = statement.strip_prefix("pm.test(") else { return false };
        let Some(inner) = rest.strip_suffix(')') else { return false };
        let body = inner.split_once("=>").map(|(_, body)| body.trim());
        let body = body.or_else(|| {
            let (head, body) = inner.split_once('{')?;
            head.contains("function").then(|| body.trim_end().strip_suffix('}')).flatten()
        });
        let Some(body) = body else { return false };
        let body = body.trim().trim_start_matches('{').trim_end_matches('}').trim().trim_end_matches(';').trim();
        !body.contains(';') && self.statement(body)
    }

    fn statement(&mut self, statement: &str) -> bool {
        if let Some(expression) = assertion(statement, &self.bodies) {
            self.found.directives.push(("assert".to_owned(), expression));
            return true;
        }
        if let Some((name, path)) = capture(statement, &self.bodies) {
            self.found.directives.push(("capture".to_owned(), format!("{name} = {path}")));
            return true;
        }
        false
    }
}

/// `pm.test("name", function () {` and `pm.test("name", () => {`.
fn is_test_opening(statement: &str) -> bool {
    let Some(rest) = statement.strip_prefix("pm.test(") else { return false };
    let Some(head) = rest.strip_suffix('{').map(str::trim_end) else { return false };
    let compact: String = head.chars().filter(|c| !c.is_whitespace()).collect();
    compact.ends_with(",function()") || compact.ends_with(",()=>")
}

/// An assertion as a jq expression.
fn assertion(statement: &str, bodies: &[String]) -> Option<String> {
    let compact: String = statement.chars().filter(|c| !c.is_whitespace()).collect();
    let number =
        |text: &str| (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned());
    if let Some(rest) = compact.strip_prefix("pm.response.to.have.status(") {
        return number(rest.strip_suffix(')')?).map(|status| format!(".status == {status}"));
    }
    match compact.as_str() {
        "pm.response.to.be.ok" => return Some(".status == 200".to_owned()),
        "pm.response.to.be.success" => return Some(".status >= 200 and .status < 300".to_owned()),
        _ => {}
    }
    if let Some((head, status)) =
        compact.split_once("=responseCode.code===").or_else(|| compact.split_once("=responseCode.code=="))
        && head.starts_with("tests[")
        && head.ends_with(']')
    {
        return number(status).map(|status| format!(".status == {status}"));
    }
    let rest = statement.trim().strip_prefix("pm.expect(")?;
    let (subject, check) = rest.split_once(").to.")?;
    let compact_check: String = check.chars().filter(|c| !c.is_whitespace()).collect();
    let subject = match subject.trim() {
        "pm.response.code" => ".status".to_owned(),
        "pm.response.responseTime" => ".time_ms".to_owned(),
        other => body_path(other, bodies)?,
    };
    if let Some(list) = compact_check.strip_prefix("be.oneOf([").and_then(|rest| rest.strip_suffix("])")) {
        let numbers: Option<Vec<String>> = list.split(',').map(number).collect();
        return Some(format!("[{}] | index({subject}) != null", numbers?.join(", ")))
            .filter(|_| subject == ".status")
            .map(|_| {
                let numbers: Vec<&str> = list.split(',').collect();
                numbers.iter().map(|status| format!(".status == {status}")).collect::<Vec<_>>().join(" or ")
            });
    }
    for word in ["be.below(", "be.lessThan("] {
        if let Some(rest) = compact_check.strip_prefix(word).and_then(|rest| rest.strip_suffix(')')) {
            return number(rest).map(|most| format!("{subject} < {most}"));
        }
    }
    for word in ["eql(", "equal(", "equals(", "eq("] {
        let value = check.trim().strip_prefix(word).or_else(|| check.trim().strip_prefix("be.")?.strip_prefix(word));
        if let Some(value) = value.and_then(|rest| rest.strip_suffix(')')) {
            return literal(value.trim()).map(|value| format!("{subject} == {value}"));
        }
    }
    None
}

/// `pm.environment.set("name", data.path)`.
fn capture(statement: &str, bodies: &[String]) -> Option<(String, String)> {
    const SETTERS: [&str; 6] = [
        "pm.environment.set(",
        "pm.collectionVariables.set(",
        "pm.globals.set(",
        "pm.variables.set(",
        "postman.setEnvironmentVariable(",
        "postman.setGlobalVariable(",
    ];
    let rest = SETTERS.iter().find_map(|setter| statement.strip_prefix(setter))?.strip_suffix(')')?;
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (name, rest) = rest[1..].split_once(quote)?;
    let value = rest.trim_start().strip_prefix(',')?.trim();
    let is_name =
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "={}\\".contains(c));
    let path = body_path(value, bodies)?;
    is_name.then(|| (name.to_owned(), path))
}

/// `data.items[0].id` or `pm.response.json().id` as a jq path.
fn body_path(text: &str, bodies: &[String]) -> Option<String> {
    let text = text.trim();
    let rest = text.strip_prefix("pm.response.json()").or_else(|| {
        let name = bodies.iter().filter(|name| text.starts_with(name.as_str())).max_by_key(|name| name.len())?;
        Some(&text[name.len()..])
    })?;
    let mut path = ".body".to_owned();
    let mut rest = rest;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(after.len());
            let name = &after[..end];
            if !is_identifier(name) || name.contains('$') || !name.is_ascii() || after[end..].starts_with('(') {
                return None;
            }
            // `length` of a list is a function in jq.
            path.push_str(if name == "length" && end == after.len() { " | " } else { "." });
            path.push_str(name);
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix('[') {
            let (inner, after) = after.split_once(']')?;
            let inner = inner.trim();
            if inner.bytes().all(|byte| byte.is_ascii_digit()) && !inner.is_empty() {
                path.extend(["[", inner, "]"]);
            } else {
                let key = literal(inner).filter(|key| key.starts_with('"'))?;
                path.extend(["[", &key, "]"]);
            }
            rest = after;
        } else {
            return None;
        }
    }
    // With a pipe in it a comparison would bind the wrong way.
    Some(if path.contains('|') { format!("({path})") } else { path })
}

/// A text, number or boolean of JavaScript, as JSON.
fn literal(text: &str) -> Option<String> {
    if matches!(text, "true" | "false" | "null") || text.parse::<i64>().is_ok() {
        return Some(text.to_owned());
    }
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = text[1..].strip_suffix(quote)?;
    let is_plain = !inner.contains(['\\', '\n', quote]) && !inner.contains("{{");
    is_plain.then(|| serde_json::Value::from(inner).to_string())
}

fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || matches!(c, '_' | '$'))
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn meaning(lines: &str) -> (Vec<String>, bool) {
        let script = Script { before: false, lines: split(lines) };
        let meaning = script.directives();
        let lines = meaning.directives.iter().map(|(name, value)| format!("{name} {value}")).collect();
        (lines, meaning.is_whole)
    }

    #[rstest]
    #[case("pm.test('ok', function () {\n  pm.response.to.have.status(200);\n});", &["assert .status == 200"], true)]
    #[case("pm.test(\"ok\", () => pm.response.to.have.status(201))", &["assert .status == 201"], true)]
    #[case("tests[\"a\"] = responseCode.code === 200;", &["assert .status == 200"], true)]
    #[case("pm.expect(pm.response.code).to.be.oneOf([200, 201])", &["assert .status == 200 or .status == 201"], true)]
    #[case("pm.expect(pm.response.responseTime).to.be.below(500);", &["assert .time_ms < 500"], true)]
    #[case(
        "var d = pm.response.json();\npm.environment.set('id', d.items[0].id);\npm.expect(d.name).to.eql('x');",
        &["capture id = .body.items[0].id", "assert .body.name == \"x\""],
        true
    )]
    #[case("pm.globals.set(\"t\", pm.response.json()[\"a b\"].c)", &["capture t = .body[\"a b\"].c"], true)]
    #[case("if (x) {\n  pm.response.to.have.status(200);\n}", &[], false)]
    #[case("if (x)\n  pm.response.to.have.status(200);", &[], false)]
    #[case("for (const x of y) {\npm.test('a', () => {\npm.response.to.have.status(200);\n});\n}", &[], false)]
    #[case("pm.response.to.have.status(200);\nconsole.log('x');", &["assert .status == 200"], false)]
    #[case("pm.environment.set('x', secret())", &[], false)]
    #[case("pm.environment.set('x', other.id)", &[], false)]
    #[case("/*\npm.response.to.have.status(200);\n*/", &[], false)]
    fn certain_statements(#[case] lines: &str, #[case] expected: &[&str], #[case] is_whole: bool) {
        assert_eq!(meaning(lines), (expected.iter().map(|line| (*line).to_owned()).collect(), is_whole));
    }
}
