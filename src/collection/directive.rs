//! Directives: comments of the form `# @name value`.
//!
//! Called by [`file`](crate::collection::file). Unknown directives are kept, because other tools know other ones.

use std::time::Duration;

use crate::model::identity::IdentityName;
use crate::model::request::{
    AuthDirective, Capture, Directives, Expectation, Prompt, Requirement, Span, StatusPattern, TokenCarrier,
};

/// A directive as it is written; spans are relative to the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name without the `@`.
    pub name: Span,
    /// What follows, trimmed; may be empty.
    pub value: Span,
}

/// An argument that a directive does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`# @{name}` {expected}")]
pub struct BadArgument {
    /// The directive.
    pub name: &'static str,
    /// What it takes, with an example.
    pub expected: &'static str,
}

/// Is this line a comment (`#` or `//`)?
pub fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') || line.starts_with("//")
}

/// The directive in a comment line: `# @name value`, `# @name=value`, `// @name value`.
pub fn parse(line: &str) -> Option<Written> {
    if !is_comment(line) {
        return None;
    }
    let text = line.trim_start().trim_start_matches(['#', '/']).trim_start();
    let text = text.strip_prefix('@')?;
    let start = line.len() - text.len();
    let length = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).unwrap_or(text.len());
    if length == 0 {
        return None;
    }
    let rest = &text[length..];
    if rest.starts_with(|c: char| !(c.is_whitespace() || c == '=')) {
        return None;
    }
    let value = rest.trim_start();
    let value = value.strip_prefix('=').filter(|rest| !rest.starts_with(['=', '~'])).unwrap_or(value).trim_start();
    let value_start = line.len() - value.len();
    Some(Written { name: start..start + length, value: value_start..value_start + value.trim_end().len() })
}

/// Adds a directive. `name` is handled by the caller.
pub fn apply(directives: &mut Directives, name: &str, value: &str) -> Result<(), BadArgument> {
    match name {
        "auth" => auth(directives, value),
        "no-auth" => {
            directives.auth = Some(AuthDirective::None);
            Ok(())
        }
        "redirect" => {
            let count = value.parse().map_err(|_| BadArgument {
                name: "redirect",
                expected: "takes a number of redirects: `# @redirect 5`",
            })?;
            directives.max_redirects = Some(count);
            Ok(())
        }
        "no-redirect" => {
            directives.max_redirects = Some(0);
            Ok(())
        }
        "no-cookie-jar" => {
            directives.no_cookie_jar = true;
            Ok(())
        }
        "timeout" => {
            directives.timeout = Some(duration("timeout", value)?);
            Ok(())
        }
        "connection-timeout" => {
            directives.connection_timeout = Some(duration("connection-timeout", value)?);
            Ok(())
        }
        "require" => require(directives, value),
        "note" => {
            directives.note = Some(value.to_owned());
            Ok(())
        }
        "prompt" => prompt(directives, value),
        "capture" => capture(directives, value),
        "assert" => {
            if value.is_empty() {
                return Err(BadArgument {
                    name: "assert",
                    expected: "takes a jq expression that must be true: `# @assert .status == 200`",
                });
            }
            directives.asserts.push(value.to_owned());
            Ok(())
        }
        "expect" => expect(directives, value),
        _ => {
            directives.other.push((name.to_owned(), value.to_owned()));
            Ok(())
        }
    }
}

fn auth(directives: &mut Directives, value: &str) -> Result<(), BadArgument> {
    let bad = BadArgument {
        name: "auth",
        expected: "takes an identity and optionally `cookie`: `# @auth jane`, `# @auth jane cookie`",
    };
    let mut words = value.split_whitespace();
    let name = IdentityName::new(words.next().ok_or_else(|| bad.clone())?);
    let carrier = match words.next() {
        None => TokenCarrier::Bearer,
        Some("cookie") => TokenCarrier::Cookie,
        Some(_) => return Err(bad),
    };
    if words.next().is_some() {
        return Err(bad);
    }
    directives.auth =
        Some(if name.is_anonymous() { AuthDirective::None } else { AuthDirective::Identity { name, carrier } });
    Ok(())
}

fn require(directives: &mut Directives, value: &str) -> Result<(), BadArgument> {
    let words: Vec<_> = value.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(BadArgument {
            name: "require",
            expected: "takes permissions, scopes, an organisation, roles or flags: \
                       `# @require read:orders org_acme role:admin flag:beta`",
        });
    }
    directives.require.extend(words.into_iter().map(requirement));
    Ok(())
}

/// A word of `# @require`. A permission may have a colon, so only whole prefixes count.
fn requirement(word: &str) -> Requirement {
    let named = |prefix: &str| word.strip_prefix(prefix).filter(|rest| !rest.is_empty()).map(str::to_owned);
    if let Some(organization) = named("org:") {
        return Requirement::Organization(organization);
    }
    if let Some(role) = named("role:") {
        return Requirement::Role(role);
    }
    if let Some(flag) = named("flag:") {
        return Requirement::Flag(flag);
    }
    if word.starts_with("org_") {
        return Requirement::Organization(word.to_owned());
    }
    Requirement::Permission(word.to_owned())
}

/// `name`, `name What to ask`; the VS Code REST Client's and Kulala's form.
fn prompt(directives: &mut Directives, value: &str) -> Result<(), BadArgument> {
    let (name, description) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    if !is_variable(name) {
        return Err(BadArgument {
            name: "prompt",
            expected: "takes the name of a variable and what to ask: `# @prompt order Which order?`",
        });
    }
    directives.prompts.retain(|known| known.name != name);
    directives.prompts.push(Prompt { name: name.to_owned(), description: description.trim().to_owned() });
    Ok(())
}

fn capture(directives: &mut Directives, value: &str) -> Result<(), BadArgument> {
    let parts = value.split_once('=').map(|(name, expression)| (name.trim(), expression.trim()));
    let Some((name, expression)) = parts.filter(|(name, expression)| is_variable(name) && !expression.is_empty())
    else {
        return Err(BadArgument {
            name: "capture",
            expected: "takes the name of a variable and a jq expression: `# @capture token = .body.token`",
        });
    };
    directives.captures.push(Capture { name: name.to_owned(), expression: expression.to_owned() });
    Ok(())
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn expect(directives: &mut Directives, value: &str) -> Result<(), BadArgument> {
    let bad = || BadArgument {
        name: "expect",
        expected: "takes an identity and status codes or classes: `# @expect jane 200,204`, `# @expect jane 2xx`",
    };
    let (identity, statuses) = value.split_once(char::is_whitespace).ok_or_else(bad)?;
    let statuses: Vec<StatusPattern> = statuses
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| !word.is_empty())
        .map(|word| StatusPattern::parse(word).ok_or_else(bad))
        .collect::<Result<_, _>>()?;
    if statuses.is_empty() {
        return Err(bad());
    }
    directives.expect.push(Expectation { identity: IdentityName::new(identity), statuses });
    Ok(())
}

/// The jq expression of a directive, and where it stands in the directive's value.
pub fn jq_of<'a>(name: &str, value: &'a str) -> Option<(&'a str, usize)> {
    let start = match name {
        "assert" => 0,
        "capture" => value.find('=')? + 1,
        _ => return None,
    };
    let expression = value[start..].trim();
    (!expression.is_empty()).then(|| (expression, value.len() - value[start..].trim_start().len()))
}

/// `10`, `10 s`, `10000 ms`, `2 m`; seconds where no unit is written, as JetBrains reads it.
fn duration(name: &'static str, value: &str) -> Result<Duration, BadArgument> {
    let bad = BadArgument { name, expected: "takes a duration: `10`, `10 s`, `500 ms` or `2 m`" };
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let amount: u64 = value[..digits].parse().map_err(|_| bad.clone())?;
    match value[digits..].trim() {
        "ms" => Ok(Duration::from_millis(amount)),
        "" | "s" => Ok(Duration::from_secs(amount)),
        "m" | "min" => amount.checked_mul(60).map(Duration::from_secs).ok_or(bad),
        _ => Err(bad),
    }
}
