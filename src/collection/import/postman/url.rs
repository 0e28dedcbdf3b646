//! URLs: a text, or an object of parts; path variables (`:id`) become variables.

use super::request::{row, row_comment};
use crate::collection::draft::{DraftRow, Fate, RequestDraft, RowShape};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;
use crate::collection::import::text;

/// Reads the URL into the draft's URL and query.
pub(super) fn read(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let raw = match json {
        Json::Text(text) => text.clone().into_owned(),
        json => match json.get("raw").text().filter(|raw| !raw.trim().is_empty()) {
            Some(raw) => raw.to_owned(),
            None => from_parts(json),
        },
    };
    let parts = split(&raw);
    let base = context.template(parts.base);
    let fragment = context.template(parts.fragment);
    draft.url = path_variables(&base, json.first(&["variable", "variables"]), draft, context);
    let listed = json.get("query");
    draft.query = if listed.items().is_empty() {
        parts.query.map(|query| query.split('&').map(|pair| pair_row(pair, context)).collect()).unwrap_or_default()
    } else {
        let mut rows = Vec::new();
        for item in listed.items() {
            if item.is_object() {
                row_comment(item, draft);
                let row = row(item, context);
                let (name, value) = (listed_text(&row.name, "#&="), listed_text(&row.value, "#&"));
                rows.push(DraftRow { name, value, ..row });
            } else {
                rows.push(pair_row(&item.shown(), context));
            }
        }
        rows
    };
    draft.url.push_str(&fragment);
    context.report.take("query parameters", draft.query.len());
}

/// The URL without its query.
struct Parts<'a> {
    base: &'a str,
    query: Option<&'a str>,
    /// With its `#`.
    fragment: &'a str,
}

/// Marks inside placeholders do not count.
fn split(raw: &str) -> Parts<'_> {
    let (rest, fragment) = match outside(raw, '#') {
        Some(at) => raw.split_at(at),
        None => (raw, ""),
    };
    match outside(rest, '?') {
        Some(at) => Parts { base: &rest[..at], query: Some(&rest[at + 1..]), fragment },
        None => Parts { base: rest, query: None, fragment },
    }
}

fn outside(text: &str, wanted: char) -> Option<usize> {
    text::outside(text, |c| c == wanted).next()
}

/// A parameter as it stands in a URL; kept as it is.
fn pair_row(pair: &str, context: &mut Context) -> DraftRow {
    match outside(pair, '=') {
        Some(at) => DraftRow::new(context.template(&pair[..at]), context.template(&pair[at + 1..])),
        None => DraftRow { shape: RowShape::Bare, ..DraftRow::new(context.template(pair), "") },
    }
}

/// Postman encodes these characters in a listed name or value, where they would end it.
fn listed_text(text: &str, encoded: &str) -> String {
    let mut out = String::new();
    let mut done = 0;
    for at in text::outside(text, |c| encoded.contains(c)) {
        out.push_str(&text[done..at]);
        out.push_str(match text.as_bytes()[at] {
            b'#' => "%23",
            b'&' => "%26",
            _ => "%3D",
        });
        done = at + 1;
    }
    out + &text[done..]
}

/// A URL from `protocol`, `host`, `port`, `path`, `hash`.
fn from_parts(json: &Json<'_>) -> String {
    let joined = |value: &Json<'_>, separator: &str| match value {
        Json::List(items) => {
            let parts = items.iter().map(|item| if item.is_object() { item.field("value") } else { item.shown() });
            parts.collect::<Vec<_>>().join(separator)
        }
        value => value.shown(),
    };
    let host = joined(json.get("host"), ".");
    let path = joined(json.get("path"), "/");
    let mut url = String::new();
    let protocol = json.field("protocol");
    if !protocol.is_empty() {
        url.push_str(protocol.trim_end_matches("://"));
        url.push_str("://");
    }
    let auth = json.get("auth");
    if auth.is_object() {
        url.extend([&auth.field("user"), ":", &auth.field("password"), "@"]);
    }
    url.push_str(&host);
    let port = json.field("port");
    if !port.is_empty() {
        url.push(':');
        url.push_str(&port);
    }
    if !path.is_empty() {
        if !path.starts_with('/') && !url.is_empty() {
            url.push('/');
        }
        url.push_str(&path);
    }
    let hash = json.field("hash");
    if !hash.is_empty() {
        url.push('#');
        url.push_str(&hash);
    }
    url
}

/// `/orders/:id` becomes `/orders/{{id}}`; a value that is a variable itself stands there directly.
fn path_variables(base: &str, list: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) -> String {
    if list.items().is_empty() {
        return base.to_owned();
    }
    let start = base.find("://").map_or(0, |at| at + 3);
    let mut segments: Vec<String> = base[start..].split('/').map(str::to_owned).collect();
    for item in list.items() {
        let name = item.first(&["key", "id", "name"]).shown();
        if name.trim().is_empty() {
            continue;
        }
        let mark = format!(":{}", name.trim());
        // Postman takes a whole segment only; `:id.json` and `:from-:to` are not variables.
        let places: Vec<usize> = (1..segments.len()).filter(|at| segments[*at] == mark).collect();
        if places.is_empty() {
            continue;
        }
        row_comment(item, draft);
        let value = context.template(&item.field("value"));
        let text = if !value.is_empty() && text::is_placeholder(&value) {
            value
        } else {
            let written = context.define(name.trim(), &value);
            format!("{{{{{written}}}}}")
        };
        for at in places {
            segments[at].clone_from(&text);
        }
        context.report.take("path variables", 1);
        if item.get("disabled").is_true() {
            context.remark(
                Fate::Changed,
                "path variable",
                format!("`:{}` is disabled, and used all the same", name.trim()),
            );
        }
    }
    format!("{}{}", &base[..start], segments.join("/"))
}
