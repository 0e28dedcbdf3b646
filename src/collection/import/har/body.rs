//! `postData` in all its forms: text, parameters, base64.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::literal;
use crate::collection::draft::{Attachment, DraftBody, DraftPart, DraftRow, PartContent, RequestDraft, RowState};
use crate::collection::import::json::Json;
use crate::collection::import::path::{self, Lost};

/// Reads the body into the draft. A body that is no text is given back as a file, `stem` the start of its name. What
/// names of files could not keep is added to `lost`.
pub(super) fn read(json: &Json<'_>, stem: &str, draft: &mut RequestDraft, lost: &mut Vec<Lost>) -> Option<Attachment> {
    if !json.is_object() {
        return None;
    }
    let written = draft.headers.iter().find(|row| row.name.eq_ignore_ascii_case("content-type"));
    let mime = json.field("mimeType");
    let content_type = written.map_or(mime.clone(), |row| row.value.clone());
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let params = json.get("params").items();
    let mut text = json.field("text");
    let is_base64 = [json.field("encoding"), json.field("_encoding")].iter().any(|name| name == "base64");
    let mut attachment = None;
    if is_base64 && !text.is_empty() {
        let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match BASE64_STANDARD.decode(compact).map(String::from_utf8) {
            Ok(Ok(decoded)) => text = decoded,
            Ok(Err(bytes)) => {
                let name = format!("{stem}.bin");
                draft.body = DraftBody::File(format!("./{name}"));
                attachment = Some(Attachment { path: name.into(), bytes: bytes.into_bytes() });
            }
            // It says base64 and is none: the text itself is the body.
            Err(_) => {}
        }
    }
    if attachment.is_none() {
        draft.body = if essence == "multipart/form-data" && !params.is_empty() {
            DraftBody::Multipart(params.iter().map(|item| part(item, lost)).collect())
        } else if (essence == "application/x-www-form-urlencoded" || essence.is_empty())
            && !params.is_empty()
            && text.is_empty()
        {
            DraftBody::Form(
                params
                    .iter()
                    .map(|item| DraftRow::new(literal(&item.field("name")), literal(&item.field("value"))))
                    .collect(),
            )
        } else if essence == "application/x-www-form-urlencoded" && !text.is_empty() {
            let pairs = url::form_urlencoded::parse(text.as_bytes());
            DraftBody::Form(pairs.map(|(name, value)| DraftRow::new(literal(&name), literal(&value))).collect())
        } else if text.is_empty() {
            DraftBody::None
        } else if essence.starts_with("multipart/") {
            // The sender writes the line breaks of these.
            DraftBody::Text(literal(&text.replace("\r\n", "\n")))
        } else {
            DraftBody::Text(literal(&text))
        };
    }
    let sets_itself = matches!(draft.body, DraftBody::Form(_) | DraftBody::Multipart(_) | DraftBody::None);
    if written_type(draft).is_none() && !mime.trim().is_empty() && !sets_itself {
        draft.headers.push(DraftRow::new("Content-Type", literal(&mime)));
    }
    attachment
}

fn written_type(draft: &RequestDraft) -> Option<&DraftRow> {
    draft.headers.iter().find(|row| row.state == RowState::Enabled && row.name.eq_ignore_ascii_case("content-type"))
}

fn part(item: &Json<'_>, lost: &mut Vec<Lost>) -> DraftPart {
    let file_name = Some(item.first(&["fileName", "filename"]).shown()).filter(|name| !name.is_empty());
    let value = item.get("value");
    // A file whose bytes are not in the archive.
    let content = match &file_name {
        Some(name) if value.is_null() || value.text() == Some("") => {
            let (path, has_lost) = path::reference(name);
            lost.extend(has_lost);
            PartContent::File(literal(&path))
        }
        _ => PartContent::Text(literal(&value.shown())),
    };
    let plain_name = file_name.map(|name| literal(name.rsplit(['/', '\\']).next().unwrap_or_default()));
    DraftPart {
        name: literal(&item.field("name")),
        content,
        content_type: Some(literal(&item.field("contentType"))).filter(|text| !text.trim().is_empty()),
        file_name: plain_name,
        state: RowState::Enabled,
    }
}
