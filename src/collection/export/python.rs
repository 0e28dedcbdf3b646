//! Python with `requests`.

use std::fmt::Write as _;

use crate::collection::export::code::joined;
use crate::collection::export::name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest};
use crate::collection::export::resolve::{Resolver, Text};

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut blocks = String::new();
    for request in requests {
        let _ = write!(blocks, "\n# {}\n{}", request.label, call(request));
        if !request.checks.is_empty() || !request.captures.is_empty() {
            resolver.remark("The snippet checks and captures nothing: `# @assert` and `# @capture` are comments in it");
        }
    }
    let mut out = String::from("# Made by bearcat. Needs: pip install requests\n");
    for variable in resolver.variables() {
        let _ = writeln!(out, "# {}: {}", variable.name, name::comment(&variable.meaning));
    }
    if !resolver.variables().is_empty() {
        out.push_str("import os\n\n");
    }
    out.push_str("import requests\n");
    if requests.iter().any(|request| matches!(request.auth, Auth::Digest(..))) {
        out.push_str("from requests.auth import HTTPDigestAuth\n");
    }
    out + &blocks
}

fn text(text: &Text) -> String {
    joined(text, quote::python, |name| format!("os.environ[{}]", quote::python(name)), " + ")
}

/// `requests` takes Latin-1 in a header, or bytes.
fn header(value: &Text) -> String {
    let written = text(value);
    if written.is_ascii() { written } else { bytes(&written) }
}

fn bytes(written: &str) -> String {
    if written.contains("\" + ") || written.contains(" + \"") || written.contains("] + ") {
        format!("({written}).encode()")
    } else {
        format!("{written}.encode()")
    }
}

fn call(request: &ExportRequest) -> String {
    let mut out = String::new();
    for check in &request.checks {
        let _ = writeln!(out, "# assert {}", name::comment(&check.source));
    }
    out.push_str("response = requests.request(\n");
    let _ = writeln!(out, "    {},", quote::python(&request.method));
    let _ = writeln!(out, "    {},", text(&request.url));
    let headers = request.merged_headers();
    if !headers.is_empty() {
        out.push_str("    headers={\n");
        for (name, value) in &headers {
            let _ = writeln!(out, "        {}: {},", quote::python(name), header(value));
        }
        out.push_str("    },\n");
    }
    match &request.auth {
        Auth::Headers => {}
        Auth::Basic(user, password) => {
            let _ = writeln!(out, "    auth=({}, {}),", text(user), text(password));
        }
        Auth::Digest(user, password) => {
            let _ = writeln!(out, "    auth=HTTPDigestAuth({}, {}),", text(user), text(password));
        }
    }
    match request.plain_body() {
        Body::None | Body::GraphQl(..) => {}
        Body::Text(body) => {
            let _ = writeln!(out, "    data={},", bytes(&text(&body)));
        }
        Body::File(path) => {
            let _ = writeln!(out, "    data=open({}, \"rb\"),", text(&path));
        }
        Body::Mixed(chunks) => {
            out.push_str("    data=b\"\".join([\n");
            for chunk in &chunks {
                let _ = writeln!(out, "        {},", chunk_bytes(chunk));
            }
            out.push_str("    ]),\n");
        }
        Body::Multipart(parts) => {
            out.push_str("    files=[\n");
            for part in &parts {
                let content = match &part.content {
                    Chunk::Text(content) => bytes(&text(content)),
                    Chunk::File(path) => format!("open({}, \"rb\")", text(path)),
                };
                let file_name = match (&part.file_name, &part.content) {
                    (Some(name), _) => text(name),
                    (None, Chunk::File(path)) => quote::python(base_name(path)),
                    (None, Chunk::Text(_)) => "None".to_owned(),
                };
                let content_type = part.content_type.as_ref().map_or(String::new(), |kind| format!(", {}", text(kind)));
                let _ = writeln!(out, "        ({}, ({file_name}, {content}{content_type})),", text(&part.name));
            }
            out.push_str("    ],\n");
        }
    }
    let _ = writeln!(out, "    allow_redirects={},", if request.max_redirects > 0 { "True" } else { "False" });
    let timeout = request.timeout.unwrap_or(std::time::Duration::from_mins(1));
    let _ = writeln!(out, "    timeout={},", timeout.as_secs_f64());
    out.push_str(")\nprint(response.status_code, response.text)\n");
    out
}

fn chunk_bytes(chunk: &Chunk) -> String {
    match chunk {
        Chunk::Text(content) => bytes(&text(content)),
        Chunk::File(path) => format!("open({}, \"rb\").read()", text(path)),
    }
}

/// The last component of a path, as far as it is known.
pub(super) fn base_name(path: &Text) -> &str {
    match path.0.last() {
        Some(super::resolve::Piece::Literal(text)) => text.rsplit(['/', '\\']).next().unwrap_or(text),
        _ => "file",
    }
}
