//! One request of a collection.

use std::collections::BTreeSet;

use super::context::Inherited;
use super::{auth, body, script, url};
use crate::collection::draft::{DraftRow, Fate, RequestDraft, RowShape, RowState};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;
use crate::collection::import::text;
use crate::collection::writer;

/// Lines of an example's body that are kept.
const EXAMPLE_LINES: usize = 20;

/// Redirects that Postman follows.
const REDIRECTS: u32 = 10;

/// Settings of `protocolProfileBehavior` that are read.
const READ: [&str; 6] = [
    "followRedirects",
    "maxRedirects",
    "disableCookies",
    "disableBodyPruning",
    "protocolVersion",
    "disableUrlEncoding",
];

/// Reads an item with a `request`.
pub(super) fn read<'a>(item: &'a Json<'a>, inherited: &Inherited<'a>, context: &mut Context) -> RequestDraft {
    let request = item.get("request");
    let mut inherited = inherited.clone();
    inherited.add(item);
    inherited.add(request);
    let mut draft = RequestDraft { name: Some(item.field("name")), ..RequestDraft::default() };
    draft.comments = description(item.get("description"));
    // A request may be no more than its URL.
    let target = if request.is_object() { request.get("url") } else { request };
    draft.comments.extend(description(request.get("description")));

    let method = request.field("method");
    let method = if method.trim().is_empty() { "GET".to_owned() } else { method };
    draft.method = writer::method(&method);
    if draft.method != method {
        let reason = format!("the dialect has no method `{}`; `{}` stands in its place", method.trim(), draft.method);
        context.remark(Fate::Changed, "method", reason);
    }
    url::read(target, &mut draft, context);
    if draft.url.is_empty() {
        context.remark(Fate::Changed, "request", "it has no URL: sending it says so");
    }
    headers(request.first(&["header", "headers"]), &mut draft, context);
    auth::read(inherited.auth, &mut draft, context);
    behaviour(&inherited, &mut draft, context);
    let keeps_body = inherited.behaviour("disableBodyPruning").is_none_or(Json::is_true)
        && inherited.behaviour("disableBodyPruning").is_some();
    body::read(request.get("body"), keeps_body, &mut draft, context);
    for name in ["proxy", "certificate"] {
        if request.get(name).is_object() {
            let reason = format!("a `{name}` of a single request has no counterpart; the settings have one for all");
            context.remark(Fate::Dropped, "setting", reason);
        }
    }
    scripts(item, &mut draft, context);
    examples(item.first(&["response", "responses"]), &mut draft, context);
    context.report.take("requests", 1);
    draft
}

/// The lines of a description.
pub(super) fn description(json: &Json<'_>) -> Vec<String> {
    let text = if json.is_object() { json.field("content") } else { json.shown() };
    let text = text.trim();
    if text.is_empty() { Vec::new() } else { text.lines().map(str::to_owned).collect() }
}

/// A row of a list of `key` and `value`.
pub(super) fn row(item: &Json<'_>, context: &mut Context) -> DraftRow {
    let value = item.get("value");
    let is_on = !item.get("disabled").is_true() && !item.get("enabled").is_false();
    DraftRow {
        name: context.template(&item.field("key")),
        value: context.template(&value.shown()),
        state: if is_on { RowState::Enabled } else { RowState::Disabled },
        shape: if value.is_null() { RowShape::Bare } else { RowShape::Pair },
        ..DraftRow::default()
    }
}

/// What is said about a row, as a comment of the request.
pub(super) fn row_comment(item: &Json<'_>, draft: &mut RequestDraft) {
    let text = description(item.get("description"));
    for (at, line) in text.iter().enumerate() {
        draft.comments.push(if at == 0 { format!("{}: {line}", item.field("key")) } else { format!("  {line}") });
    }
}

fn headers(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let mut rows = Vec::new();
    match json {
        Json::Text(text) => {
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                // Version 1 writes a disabled header as a comment.
                let (line, state) = match line.trim_start().strip_prefix("//") {
                    Some(rest) => (rest, RowState::Disabled),
                    None => (line, RowState::Enabled),
                };
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                let (name, value) = (context.template(name.trim()), context.template(value.trim()));
                rows.push(DraftRow { state, ..DraftRow::new(name, value) });
            }
        }
        json => {
            for item in json.items() {
                let text_row = item.text().map(|line| line.split_once(':').unwrap_or((line, "")));
                let row = match text_row {
                    Some((name, value)) => DraftRow::new(context.template(name.trim()), context.template(value.trim())),
                    None => row(item, context),
                };
                if !row.name.trim().is_empty() || !row.value.trim().is_empty() {
                    row_comment(item, draft);
                    rows.push(DraftRow { shape: RowShape::Pair, ..row });
                }
            }
        }
    }
    for row in &rows {
        if row.state == RowState::Enabled && !writer::is_header_name(row.name.trim()) {
            let name: String = row.name.chars().filter(|c| !c.is_control()).take(40).collect();
            context.remark(Fate::Commented, "header", format!("`{name}` can be no name of a header"));
        }
    }
    context.report.take("headers", rows.len());
    draft.headers = rows;
}

fn behaviour(inherited: &Inherited<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let most = inherited.behaviour("maxRedirects").map(Json::shown).and_then(|text| text.parse().ok());
    match inherited.behaviour("followRedirects") {
        Some(follow) if follow.is_false() => draft.directives.push(("no-redirect".into(), String::new())),
        Some(_) => draft.directives.push(("redirect".into(), most.unwrap_or(REDIRECTS).to_string())),
        None => {
            if let Some(most) = most {
                draft.directives.push(("redirect".into(), most.to_string()));
            }
        }
    }
    if inherited.behaviour("disableCookies").is_some_and(Json::is_true) {
        draft.directives.push(("no-cookie-jar".into(), String::new()));
    }
    match inherited.behaviour("protocolVersion").map(Json::shown).as_deref() {
        Some("http1") => draft.http_version = Some("HTTP/1.1".to_owned()),
        Some("http2") => draft.http_version = Some("HTTP/2".to_owned()),
        _ => {}
    }
    let mut seen = BTreeSet::new();
    for (name, value) in inherited.behaviours.iter().flat_map(|behaviour| behaviour.members()) {
        let is_empty = value.is_null() || (value.items().is_empty() && matches!(value, Json::List(_)));
        let is_read = READ.contains(&name.as_ref());
        if !is_read && !is_empty && seen.insert(name.as_ref()) {
            context.remark(Fate::Dropped, "setting", format!("`{name}` has no counterpart"));
        }
    }
}

fn scripts(item: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    for script in script::read(item.get("event")) {
        let found = script.directives();
        context.report.take("assertions", found.directives.iter().filter(|(name, _)| name == "assert").count());
        context.report.take("captures", found.directives.iter().filter(|(name, _)| name == "capture").count());
        let has_some = !found.directives.is_empty();
        for (name, value) in found.directives {
            let value = if name == "capture" {
                let (variable, expression) = value.split_once(" = ").unwrap_or((value.as_str(), ""));
                format!("{} = {expression}", context.name(variable))
            } else {
                value
            };
            draft.directives.push((name, value));
        }
        if found.is_whole {
            continue;
        }
        let reason = if has_some {
            "bearcat runs no scripts; its simple assertions are directives, the whole stays as a comment"
        } else {
            "bearcat runs no scripts"
        };
        context.remark(Fate::Commented, "script", reason);
        draft.comments.extend(script.comments());
    }
}

/// Saved responses: what they are, and the first lines of their bodies.
fn examples(list: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    for example in list.items() {
        if !example.is_object() {
            continue;
        }
        let status = [example.field("code"), example.field("status")].join(" ");
        let title = format!("Example {}: {}", example.field("name"), status.trim());
        draft.trailing_comments.push(title.trim_end_matches([' ', ':']).to_owned());
        let body = example.get("body");
        let (lines, is_cut) = text::excerpt(body.text().unwrap_or_default(), EXAMPLE_LINES);
        draft.trailing_comments.extend(lines);
        if is_cut {
            draft.trailing_comments.push("…".to_owned());
        }
        let reason = if is_cut {
            "of a saved response the status and the first lines of its body are kept"
        } else {
            "a saved response is a comment: its status and its body"
        };
        context.remark(Fate::Commented, "example", reason);
    }
}
