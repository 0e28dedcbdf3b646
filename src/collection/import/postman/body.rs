//! Bodies in all of Postman's modes.

use super::request::{row, row_comment};
use crate::collection::draft::{DraftBody, DraftPart, DraftRow, Fate, PartContent, RequestDraft, RowShape, RowState};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;

/// Methods whose body Postman does not send unless it is told to.
const WITHOUT_BODY: [&str; 5] = ["GET", "COPY", "HEAD", "PURGE", "UNLOCK"];

/// Reads `body`. `keeps_body`: it is sent with a GET too.
pub(super) fn read(json: &Json<'_>, keeps_body: bool, draft: &mut RequestDraft, context: &mut Context) {
    if json.is_null() {
        return;
    }
    let mode = json.field("mode");
    let body = match mode.as_str() {
        "raw" => raw(json, draft, context),
        "urlencoded" => form(json.get("urlencoded"), draft, context),
        "formdata" => parts(json.get("formdata"), draft, context),
        "file" | "binary" => file(json.first(&["file", "binary"]), context),
        "graphql" => graphql(json.get("graphql"), draft, context),
        "" | "none" => DraftBody::None,
        mode => {
            let mode: String = mode.chars().filter(|c| !c.is_control()).take(40).collect();
            context.remark(Fate::Dropped, "body", format!("`{mode}` is no mode of a body that bearcat knows"));
            DraftBody::None
        }
    };
    if body == DraftBody::None {
        return;
    }
    let is_pruned = WITHOUT_BODY.contains(&draft.method.as_str()) && !keeps_body;
    if is_pruned || json.get("disabled").is_true() {
        let reason = if is_pruned { "Postman does not send it with this method" } else { "it is disabled" };
        context.remark(Fate::Commented, "body", reason);
        draft.trailing_comments.push(format!("Body, not sent ({mode}):"));
        draft.trailing_comments.extend(lines(&body));
        return;
    }
    context.report.take("bodies", 1);
    draft.body = body;
}

/// A body as lines of a comment.
fn lines(body: &DraftBody) -> Vec<String> {
    match body {
        DraftBody::None => Vec::new(),
        DraftBody::Text(text) => text.lines().map(str::to_owned).collect(),
        DraftBody::File(path) => vec![format!("file {path}")],
        DraftBody::Form(rows) => rows.iter().map(|row| format!("{}={}", row.name, row.value)).collect(),
        DraftBody::Multipart(parts) => {
            let line = |part: &DraftPart| match &part.content {
                PartContent::Text(text) => format!("{}={text}", part.name),
                PartContent::File(path) => format!("{}=file {path}", part.name),
            };
            parts.iter().map(line).collect()
        }
        DraftBody::GraphQl { query, variables } => query.lines().chain(variables.lines()).map(str::to_owned).collect(),
    }
}

fn has_content_type(draft: &RequestDraft) -> bool {
    let mut enabled = draft.headers.iter().filter(|row| row.state == RowState::Enabled);
    enabled.any(|row| row.name.trim().eq_ignore_ascii_case("content-type"))
}

fn raw(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftBody {
    let text = json.field("raw");
    if text.is_empty() {
        return DraftBody::None;
    }
    if !has_content_type(draft) {
        let language = json.get("options").get("raw").field("language");
        let content_type = match language.as_str() {
            "json" => "application/json",
            "xml" => "application/xml",
            "html" => "text/html",
            "javascript" => "application/javascript",
            _ => "text/plain",
        };
        draft.headers.push(DraftRow::new("Content-Type", content_type));
    }
    DraftBody::Text(context.template(&text))
}

fn form(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftBody {
    let mut rows = Vec::new();
    if let Some(text) = json.text() {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            rows.push(DraftRow::new(context.template(name), context.template(value)));
        }
    }
    for item in json.items() {
        let row = row(item, context);
        if row.name.is_empty() && row.value.is_empty() {
            continue;
        }
        row_comment(item, draft);
        // A form always has the `=`.
        rows.push(DraftRow { shape: RowShape::Pair, ..row });
    }
    context.report.take("form fields", rows.len());
    if rows.is_empty() { DraftBody::None } else { DraftBody::Form(rows) }
}

fn parts(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftBody {
    let mut parts = Vec::new();
    for item in json.items() {
        let row = row(item, context);
        let is_file =
            item.get("type").text() == Some("file") || (item.get("value").is_null() && !item.get("src").is_null());
        if row.name.is_empty() && row.value.is_empty() && !is_file {
            continue;
        }
        row_comment(item, draft);
        let part = DraftPart {
            name: row.name,
            content_type: Some(context.template(&item.field("contentType"))).filter(|text| !text.trim().is_empty()),
            file_name: Some(context.template(&item.field("fileName"))).filter(|name| !name.is_empty()),
            state: row.state,
            content: PartContent::Text(row.value),
        };
        if !is_file {
            parts.push(part);
            continue;
        }
        let sources: Vec<String> = match item.get("src") {
            Json::List(items) => items.iter().map(Json::shown).collect(),
            source => vec![source.shown()],
        };
        let sources: Vec<String> = sources.into_iter().filter(|source| !source.trim().is_empty()).collect();
        if sources.is_empty() {
            context.remark(Fate::Commented, "file", "no file was chosen for a part of the body");
            parts.push(DraftPart {
                content: PartContent::File("./file".to_owned()),
                state: RowState::Disabled,
                ..part.clone()
            });
        }
        for source in sources {
            let path = reference(&source, context);
            parts.push(DraftPart { content: PartContent::File(path), ..part.clone() });
        }
    }
    context.report.take("form parts", parts.len());
    if parts.is_empty() { DraftBody::None } else { DraftBody::Multipart(parts) }
}

/// A file of the body, inside the folder.
fn reference(source: &str, context: &mut Context) -> String {
    let source = context.template(source);
    context.reference(&source)
}

fn file(json: &Json<'_>, context: &mut Context) -> DraftBody {
    let content = json.get("content");
    if let Some(text) = content.text().filter(|text| !text.is_empty()) {
        return DraftBody::Text(context.template(text));
    }
    let source = if json.is_object() { json.field("src") } else { json.shown() };
    if source.trim().is_empty() {
        context.remark(Fate::Dropped, "body", "it is a file, and none was chosen");
        return DraftBody::None;
    }
    DraftBody::File(reference(&source, context))
}

fn graphql(json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftBody {
    let query = context.template(&json.field("query"));
    let variables = context.template(&json.field("variables"));
    let operation = context.template(&json.field("operationName"));
    if query.trim().is_empty() && variables.trim().is_empty() {
        return DraftBody::None;
    }
    if operation.is_empty() {
        return DraftBody::GraphQl { query, variables };
    }
    // The form of the dialect has no place for the operation's name.
    if !has_content_type(draft) {
        draft.headers.push(DraftRow::new("Content-Type", "application/json"));
    }
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let variables = if variables.trim().is_empty() { "{}".to_owned() } else { variables };
    DraftBody::Text(format!(
        "{{\n  \"operationName\": {},\n  \"query\": {},\n  \"variables\": {variables}\n}}",
        quoted(&operation),
        quoted(&query)
    ))
}
