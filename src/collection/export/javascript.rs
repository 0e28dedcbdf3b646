//! JavaScript with `fetch`, as Node 18 and later run it.

use std::fmt::Write as _;

use crate::collection::export::code::joined;
use crate::collection::export::name;
use crate::collection::export::python::base_name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest};
use crate::collection::export::resolve::{Piece, Resolver, Text};

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut blocks = String::new();
    for request in requests {
        let _ = write!(blocks, "\n// {}\n{}", request.label, call(request, resolver));
    }
    let mut out = String::from("// Made by bearcat. Runs as a module in Node 18 or later: node requests.mjs\n");
    for variable in resolver.variables() {
        let _ = writeln!(out, "// {}: {}", variable.name, name::comment(&variable.meaning));
    }
    if blocks.contains("await readFile(") {
        out.push_str("import { readFile } from \"node:fs/promises\";\n");
    }
    if !resolver.variables().is_empty() {
        out.push_str(ENVIRONMENT);
    }
    out + &blocks
}

const ENVIRONMENT: &str = r"
function env(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
";

fn text(text: &Text) -> String {
    joined(text, quote::javascript, |name| format!("env({})", quote::javascript(name)), " + ")
}

/// `fetch` takes bytes in a header, written as characters: UTF-8 goes out as it is.
fn header(value: &Text) -> String {
    let as_bytes = |text: &str| {
        let text: String = text.bytes().map(char::from).collect();
        quote::javascript(&text)
    };
    joined(value, as_bytes, |name| format!("env({})", quote::javascript(name)), " + ")
}

fn call(request: &ExportRequest, resolver: &mut Resolver) -> String {
    let mut out = String::from("{\n");
    for check in &request.checks {
        let _ = writeln!(out, "  // assert {}", name::comment(&check.source));
    }
    let body = request.plain_body();
    if let Body::Multipart(parts) = &body {
        out.push_str("  const form = new FormData();\n");
        for part in parts {
            let name = text(&part.name);
            let kind =
                part.content_type.as_ref().map(|kind| format!(", {{ type: {} }}", text(kind))).unwrap_or_default();
            let file_name = match (&part.file_name, &part.content) {
                (Some(name), _) => Some(text(name)),
                (None, Chunk::File(path)) => Some(quote::javascript(base_name(path))),
                (None, Chunk::Text(_)) => None,
            };
            let content = match &part.content {
                Chunk::Text(content) => text(content),
                Chunk::File(path) => format!("await readFile({})", text(path)),
            };
            let _ = match (file_name, part.content_type.is_some()) {
                (None, false) => writeln!(out, "  form.append({name}, {content});"),
                (None, true) => writeln!(out, "  form.append({name}, new Blob([{content}]{kind}));"),
                (Some(file), _) => writeln!(out, "  form.append({name}, new Blob([{content}]{kind}), {file});"),
            };
        }
    }
    let _ = writeln!(out, "  const response = await fetch({}, {{", text(&request.url));
    let _ = writeln!(out, "    method: {},", quote::javascript(&request.method));
    let authorization = match &request.auth {
        Auth::Headers => None,
        Auth::Basic(user, password) => {
            let mut pair = user.clone();
            pair.push(Piece::Literal(":".to_owned()));
            pair.extend(password.clone());
            Some(format!("\"Basic \" + Buffer.from({}).toString(\"base64\")", text(&pair)))
        }
        Auth::Digest(..) => {
            resolver.remark("`fetch` knows no digest authentication: it is left out");
            None
        }
    };
    if !request.headers.is_empty() || authorization.is_some() {
        out.push_str("    headers: [\n");
        for (name, value) in &request.headers {
            let _ = writeln!(out, "      [{}, {}],", quote::javascript(name), header(value));
        }
        if let Some(value) = authorization {
            let _ = writeln!(out, "      [\"Authorization\", {value}],");
        }
        out.push_str("    ],\n");
    }
    let has_type = request.header("content-type").is_some();
    let value = match &body {
        Body::None | Body::GraphQl(..) => None,
        Body::Text(body) if has_type => Some(text(body)),
        // `fetch` gives a text a type of its own, bytes none.
        Body::Text(body) => Some(format!("new TextEncoder().encode({})", text(body))),
        Body::File(path) => Some(format!("await readFile({})", text(path))),
        Body::Multipart(_) => Some("form".to_owned()),
        Body::Mixed(chunks) => {
            let chunks: Vec<String> = chunks
                .iter()
                .map(|chunk| match chunk {
                    Chunk::Text(content) => text(content),
                    Chunk::File(path) => format!("await readFile({})", text(path)),
                })
                .collect();
            Some(format!("new Blob([{}])", chunks.join(", ")))
        }
    };
    match value {
        Some(_) if matches!(request.method.as_str(), "GET" | "HEAD") => {
            resolver.remark("`fetch` sends no body with GET and HEAD: it is left out");
        }
        Some(value) => {
            let _ = writeln!(out, "    body: {value},");
        }
        None => {}
    }
    if matches!(request.method.as_str(), "CONNECT" | "TRACE" | "TRACK") {
        resolver.remark(format!("`fetch` refuses {} requests", request.method));
    }
    if request.max_redirects == 0 {
        out.push_str("    redirect: \"manual\",\n");
    }
    if let Some(timeout) = request.timeout {
        let _ = writeln!(out, "    signal: AbortSignal.timeout({}),", timeout.as_millis());
    }
    out.push_str("  });\n  console.log(response.status, await response.text());\n}\n");
    out
}
