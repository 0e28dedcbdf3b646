//! One request of Insomnia.

use super::auth;
use crate::collection::draft::{DraftBody, DraftPart, DraftRow, Fate, PartContent, RequestDraft, RowShape, RowState};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;
use crate::collection::import::text;
use crate::collection::writer;

/// Redirects that Insomnia follows.
const REDIRECTS: &str = "10";

/// Reads a request of either version.
pub(super) fn read<'a>(json: &'a Json<'a>, inherited: Option<&'a Json<'a>>, context: &mut Context) -> RequestDraft {
    let mut draft = RequestDraft { name: Some(json.field("name")), ..RequestDraft::default() };
    draft.comments = super::lines(&description(json));
    let method = json.field("method");
    let method = if method.trim().is_empty() { "GET".to_owned() } else { method };
    draft.method = writer::method(&method);
    if draft.method != method {
        let reason = format!("the dialect has no method `{}`; `{}` stands in its place", method.trim(), draft.method);
        context.remark(Fate::Changed, "method", reason);
    }
    url(json, &mut draft, context);
    if draft.url.trim().is_empty() {
        context.remark(Fate::Changed, "request", "it has no URL: sending it says so");
    }
    headers(json.get("headers"), &mut draft, context);
    body(json.get("body"), &mut draft, context);
    let own = json.get("authentication");
    auth::read(if auth::is_said(own) { Some(own) } else { inherited }, &mut draft, context);
    settings(json, &mut draft);
    for (key, title) in [("preRequestScript", "before"), ("afterResponseScript", "after")] {
        let comments = script(json, key, title, context);
        draft.comments.extend(comments);
    }
    context.take_directives(json, &mut draft);
    context.report.take("requests", 1);
    draft
}

/// Version 5 has it among the meta data.
pub(super) fn description(json: &Json<'_>) -> String {
    let text = json.field("description");
    if text.is_empty() { json.get("meta").field("description") } else { text }
}

/// A script, as comments.
pub(super) fn script(json: &Json<'_>, key: &str, title: &str, context: &mut Context) -> Vec<String> {
    let old = json.field(key);
    let new = json.get("scripts").field(if title == "before" { "preRequest" } else { "afterResponse" });
    let text = if old.trim().is_empty() { new } else { old };
    if text.trim().is_empty() {
        return Vec::new();
    }
    context.remark(Fate::Commented, "script", "bearcat runs no scripts");
    let title = if title == "before" { "Script before the request" } else { "Script after the response" };
    let lines = text.lines().map(|line| format!("| {line}"));
    [format!("{title}, not run:")].into_iter().chain(lines).collect()
}

fn row(item: &Json<'_>, context: &mut Context) -> DraftRow {
    DraftRow {
        name: context.nunjucks(&item.field("name")),
        value: context.nunjucks(&item.field("value")),
        state: if item.get("disabled").is_true() { RowState::Disabled } else { RowState::Enabled },
        ..DraftRow::default()
    }
}

fn is_blank(row: &DraftRow) -> bool {
    row.name.trim().is_empty() && row.value.trim().is_empty()
}

fn row_comment(item: &Json<'_>, draft: &mut RequestDraft) {
    let text = item.field("description");
    if !text.trim().is_empty() {
        draft.comments.push(format!("{}: {}", item.field("name"), text.trim()));
    }
}

fn url(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let mut url = context.nunjucks(&json.field("url"));
    for item in json.get("pathParameters").items() {
        let name = item.field("name");
        let mark = format!(":{name}");
        let start = url.find("://").map_or(0, |at| at + 3);
        let mut segments: Vec<String> = url[start..].split('/').map(str::to_owned).collect();
        let value = context.nunjucks(&item.field("value"));
        let mut is_used = false;
        for segment in segments.iter_mut().skip(1) {
            let (path, rest) = segment.find(['?', '#']).map_or((segment.as_str(), ""), |at| segment.split_at(at));
            if !name.is_empty() && path == mark {
                let written = context.define(&name, &value);
                *segment = format!("{{{{{written}}}}}{rest}");
                is_used = true;
            }
        }
        if is_used {
            context.report.take("path variables", 1);
            url = format!("{}{}", &url[..start], segments.join("/"));
        }
    }
    let (rest, fragment) = outside(&url, '#').map_or((url.as_str(), ""), |at| url.split_at(at));
    let (base, query) = outside(rest, '?').map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    let mut rows: Vec<DraftRow> = Vec::new();
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        rows.push(match outside(pair, '=') {
            Some(at) => DraftRow::new(&pair[..at], &pair[at + 1..]),
            None => DraftRow { shape: RowShape::Bare, ..DraftRow::new(pair, "") },
        });
    }
    for item in json.get("parameters").items() {
        let row = row(item, context);
        if is_blank(&row) {
            continue;
        }
        row_comment(item, draft);
        // Insomnia encodes what would end a name or a value.
        let encoded = |text: &str| text.replace('&', "%26").replace('#', "%23");
        let (name, value) = (outside_placeholders(&row.name, encoded), outside_placeholders(&row.value, encoded));
        rows.push(DraftRow { name, value, ..row });
    }
    context.report.take("query parameters", rows.len());
    draft.url = format!("{base}{fragment}");
    draft.query = rows;
}

/// Changes what stands outside of placeholders.
fn outside_placeholders(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else { break };
        out.push_str(&change(&rest[..open]));
        out.push_str(&rest[open..open + close + 2]);
        rest = &rest[open + close + 2..];
    }
    out + &change(rest)
}

fn outside(text: &str, wanted: char) -> Option<usize> {
    text::outside(text, |c| c == wanted).next()
}

fn headers(list: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    for item in list.items() {
        let row = row(item, context);
        if is_blank(&row) {
            continue;
        }
        if row.name.eq_ignore_ascii_case("user-agent") && row.value.to_ascii_lowercase().starts_with("insomnia/") {
            context.remark(Fate::Dropped, "header", "`User-Agent` names Insomnia");
            continue;
        }
        if row.state == RowState::Enabled && !writer::is_header_name(row.name.trim()) {
            let name: String = row.name.chars().filter(|c| !c.is_control()).take(40).collect();
            context.remark(Fate::Commented, "header", format!("`{name}` can be no name of a header"));
        }
        row_comment(item, draft);
        context.report.take("headers", 1);
        draft.headers.push(row);
    }
}

fn body(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let mime = json.field("mimeType");
    let params = json.get("params");
    let text = json.field("text");
    let has_type = draft
        .headers
        .iter()
        .any(|row| row.state == RowState::Enabled && row.name.trim().eq_ignore_ascii_case("content-type"));
    let file_name = json.field("fileName");
    draft.body = match mime.as_str() {
        "application/x-www-form-urlencoded" if !params.items().is_empty() => {
            let rows: Vec<DraftRow> = params.items().iter().map(|item| row(item, context)).collect();
            let rows: Vec<DraftRow> = rows.into_iter().filter(|row| !is_blank(row)).collect();
            context.report.take("form fields", rows.len());
            DraftBody::Form(rows)
        }
        "multipart/form-data" => {
            let parts: Vec<DraftPart> = params.items().iter().filter_map(|item| part(item, context)).collect();
            context.report.take("form parts", parts.len());
            if parts.is_empty() { DraftBody::None } else { DraftBody::Multipart(parts) }
        }
        _ if !file_name.trim().is_empty() => DraftBody::File(reference(&file_name, context)),
        "application/graphql" => graphql(&text, draft, context),
        _ if text.is_empty() => DraftBody::None,
        _ => DraftBody::Text(context.nunjucks(&text)),
    };
    if draft.body == DraftBody::None {
        return;
    }
    context.report.take("bodies", 1);
    let sets_itself = matches!(draft.body, DraftBody::Form(_) | DraftBody::Multipart(_) | DraftBody::GraphQl { .. });
    if !has_type && !mime.trim().is_empty() && !sets_itself && mime != "application/graphql" {
        draft.headers.push(DraftRow::new("Content-Type", context.nunjucks(&mime)));
    }
}

fn part(item: &Json<'_>, context: &mut Context) -> Option<DraftPart> {
    let row = row(item, context);
    let is_file = item.get("type").text() == Some("file");
    if is_blank(&row) && !is_file {
        return None;
    }
    let mut state = row.state;
    let content = if is_file {
        let name = item.field("fileName");
        if name.trim().is_empty() {
            context.remark(Fate::Commented, "file", "no file was chosen for a part of the body");
            state = RowState::Disabled;
            PartContent::File("./file".to_owned())
        } else {
            PartContent::File(reference(&name, context))
        }
    } else {
        PartContent::Text(row.value)
    };
    let multiline = item.get("multiline").text().filter(|kind| kind.contains('/'));
    let multiline = multiline.map(|kind| context.nunjucks(kind));
    Some(DraftPart { name: row.name, content, content_type: multiline, file_name: None, state })
}

fn reference(name: &str, context: &mut Context) -> String {
    let name = context.nunjucks(name);
    context.reference(&name)
}

/// The text is the JSON that goes out.
fn graphql(text: &str, draft: &mut RequestDraft, context: &mut Context) -> DraftBody {
    if text.trim().is_empty() {
        return DraftBody::None;
    }
    let parsed = serde_json::from_str::<Json<'_>>(text).ok().filter(|json| {
        json.members().iter().all(|(key, _)| matches!(key.as_ref(), "query" | "variables"))
            && json.get("query").text().is_some()
    });
    if let Some(json) = parsed {
        let query = context.nunjucks(&json.field("query"));
        let variables = context.nunjucks(&json.field("variables"));
        return DraftBody::GraphQl { query, variables };
    }
    let has_type = draft.headers.iter().any(|row| row.name.trim().eq_ignore_ascii_case("content-type"));
    if !has_type {
        draft.headers.push(DraftRow::new("Content-Type", "application/json"));
    }
    DraftBody::Text(context.nunjucks(text))
}

fn settings(json: &Json<'_>, draft: &mut RequestDraft) {
    let settings = json.get("settings");
    let follow = json.first(&["settingFollowRedirects"]).shown();
    let follow = if follow.is_empty() { settings.field("followRedirects") } else { follow };
    match follow.as_str() {
        "off" => draft.directives.push(("no-redirect".into(), String::new())),
        "on" => draft.directives.push(("redirect".into(), REDIRECTS.into())),
        _ => {}
    }
    let sends = json.get("settingSendCookies").is_false() || settings.get("cookies").get("send").is_false();
    if sends {
        draft.directives.push(("no-cookie-jar".into(), String::new()));
    }
}
