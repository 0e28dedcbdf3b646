//! Bruno's expressions over an answer (`res.body.items[0].id`) as jq, and its assertions as `# @assert`.
//!
//! Called by [`request`](super::request). Only what means exactly the same is translated.

/// A path into the answer as jq: `res.status`, `res.headers['x-id']`, `res.body.a[0]`.
pub(super) fn path(expression: &str) -> Option<String> {
    let rest = expression.trim().strip_prefix("res")?;
    let steps = steps(rest)?;
    let (first, more) = steps.split_first()?;
    let Step::Name(first) = first else { return None };
    let (root, more) = match (first.as_str(), more) {
        ("status" | "statusCode", []) => return Some(".status".to_owned()),
        ("responseTime", []) => return Some(".time_ms".to_owned()),
        ("headers", [Step::Name(name)]) => return Some(format!(".headers{}", step(&name.to_ascii_lowercase()))),
        ("headers", []) => return Some(".headers".to_owned()),
        ("body" | "data", more) => (".body", more),
        _ => return None,
    };
    let mut jq = root.to_owned();
    for more in more {
        match more {
            Step::Name(name) if name == "length" => return None,
            Step::Name(name) => jq.push_str(&step(name)),
            Step::Index(index) => jq.extend(["[", &index.to_string(), "]"]),
        }
    }
    Some(jq)
}

enum Step {
    Name(String),
    Index(usize),
}

/// `.a['b'][0]`.
fn steps(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let length = after.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(after.len());
            if length == 0 {
                return None;
            }
            steps.push(Step::Name(after[..length].to_owned()));
            rest = &after[length..];
        } else {
            let after = rest.strip_prefix('[')?;
            let (inner, after) = after.split_once(']')?;
            let quoted = ['\'', '"'].into_iter().find_map(|quote| inner.strip_prefix(quote)?.strip_suffix(quote));
            steps.push(match quoted {
                Some(name) if !name.contains(['\\', '\'', '"']) => Step::Name(name.to_owned()),
                Some(_) => return None,
                None => Step::Index(inner.trim().parse().ok()?),
            });
            rest = after;
        }
    }
    Some(steps)
}

/// A member as jq: `.name` or `["other name"]`.
fn step(name: &str) -> String {
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word { format!(".{name}") } else { format!("[{}]", quote(name)) }
}

fn quote(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string().replace("\\(", "\\\\(")
}

/// An assertion as jq; `None`: there is none that means the same for certain.
pub(super) fn assertion(expression: &str, condition: &str) -> Option<String> {
    let left = path(expression)?;
    let condition = condition.trim();
    let (operator, operand) = condition.split_once(char::is_whitespace).unwrap_or((condition, ""));
    let operand = operand.trim();
    let operator_is_known = OPERATORS.contains(&operator);
    let (operator, operand) = if operator_is_known { (operator, operand) } else { ("eq", condition) };
    if operand.contains("{{") || operand.contains(['\n', '\r']) {
        return None;
    }
    let value = literal(operand);
    let items = |text: &str| {
        let inner = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        inner.split(',').map(|item| literal(item.trim())).collect::<Vec<_>>()
    };
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    Some(match operator {
        "eq" => format!("{left} == {value}"),
        "neq" => format!("{left} != {value}"),
        "gt" if is_number(&value) => format!("{left} > {value}"),
        "gte" if is_number(&value) => format!("{left} >= {value}"),
        "lt" if is_number(&value) => format!("{left} < {value}"),
        "lte" if is_number(&value) => format!("{left} <= {value}"),
        "in" => format!("{left} as $it | [{}] | any(. == $it)", items(operand).join(", ")),
        "notIn" => format!("{left} as $it | [{}] | all(. != $it)", items(operand).join(", ")),
        "contains" => contains(&left, operand, &value),
        "notContains" => format!("({}) | not", contains(&left, operand, &value)),
        "length" if is_number(&value) => format!("({left} | length) == {value}"),
        "matches" if is_plain_pattern(operand) => format!("{left} | tostring | test({})", quote(&unquoted(operand))),
        "notMatches" if is_plain_pattern(operand) => {
            format!("{left} | tostring | test({}) | not", quote(&unquoted(operand)))
        }
        "startsWith" => format!("{left} | startswith({})", quote(&unquoted(operand))),
        "endsWith" => format!("{left} | endswith({})", quote(&unquoted(operand))),
        "between" => match items(operand).as_slice() {
            [least, most] if is_number(least) && is_number(most) => format!("{left} >= {least} and {left} <= {most}"),
            _ => return None,
        },
        "isEmpty" => format!("({left} | length) == 0"),
        "isNotEmpty" => format!("({left} | length) > 0"),
        "isNull" | "isUndefined" => format!("{left} == null"),
        "isDefined" => format!("{left} != null"),
        "isTruthy" => format!("{left} | . != null and . != false and . != 0 and . != \"\""),
        "isFalsy" => format!("{left} | . == null or . == false or . == 0 or . == \"\""),
        "isNumber" => format!("({left} | type) == \"number\""),
        "isString" => format!("({left} | type) == \"string\""),
        "isBoolean" => format!("({left} | type) == \"boolean\""),
        "isArray" => format!("({left} | type) == \"array\""),
        "isJson" => format!("({left} | type) == \"object\""),
        _ => return None,
    })
}

const OPERATORS: [&str; 28] = [
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "notIn",
    "contains",
    "notContains",
    "length",
    "matches",
    "notMatches",
    "startsWith",
    "endsWith",
    "between",
    "isEmpty",
    "isNotEmpty",
    "isNull",
    "isUndefined",
    "isDefined",
    "isTruthy",
    "isFalsy",
    "isJson",
    "isNumber",
    "isString",
    "isBoolean",
    "isArray",
];

/// In a list one item is equal; in a text it stands somewhere.
fn contains(left: &str, operand: &str, value: &str) -> String {
    let text = quote(&unquoted(operand));
    format!("{left} | if type == \"array\" then any(. == {value}) else tostring | contains({text}) end")
}

/// JavaScript's patterns with flags are not translated, nor what only JavaScript knows.
fn is_plain_pattern(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('/') && !text.contains("(?<")
}

fn unquoted(text: &str) -> String {
    let inner = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(text).to_owned()
}

/// The operand of an assertion as jq, by Bruno's rules: quotes make a text, words like `null` are themselves, numbers
/// are numbers, and anything else is a text.
fn literal(text: &str) -> String {
    match text {
        "null" | "undefined" => return "null".to_owned(),
        "true" | "false" => return text.to_owned(),
        _ => {}
    }
    let plain = unquoted(text);
    if plain.len() == text.len() && is_json_number(text) {
        return text.to_owned();
    }
    quote(&plain)
}

fn is_json_number(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_number())
}
