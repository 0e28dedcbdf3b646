//! Rust with `reqwest`.

use std::fmt::Write as _;

use crate::collection::export::code::joined;
use crate::collection::export::name;
use crate::collection::export::python::base_name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest};
use crate::collection::export::resolve::{Resolver, Text};

/// What it is, for people.
pub(super) const TITLE: &str = "Rust (reqwest)";

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut blocks = String::new();
    for request in requests {
        blocks.push_str(&call(request, resolver));
    }
    let mut out = String::from(
        "// Made by bearcat. Cargo.toml needs:\n\
         // reqwest = { version = \"0.13\", features = [\"multipart\"] }\n\
         // tokio = { version = \"1\", features = [\"full\"] }\n",
    );
    for variable in resolver.variables() {
        let _ = writeln!(out, "// {}: {}", variable.name, name::comment(&variable.meaning));
    }
    out.push_str("\n#[tokio::main]\nasync fn main() -> Result<(), Box<dyn std::error::Error>> {\n");
    for variable in resolver.variables() {
        let _ = writeln!(
            out,
            "    let {} = std::env::var({}).map_err(|_| {})?;",
            local(&variable.name),
            quote::rust(&variable.name),
            quote::rust(&format!("{} is not set", variable.name))
        );
    }
    out.push_str("    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;\n");
    let _ = write!(out, "{blocks}    Ok(())\n}}\n");
    out
}

fn local(variable: &str) -> String {
    format!("env_{}", variable.to_ascii_lowercase())
}

/// A `&str` or a `String`.
fn text(text: &Text) -> String {
    if text.as_literal().is_some() {
        return joined(text, quote::rust, local, "");
    }
    format!("[{}].concat()", joined(text, quote::rust, |name| format!("{}.as_str()", local(name)), ", "))
}

/// A value that owns what it holds.
fn owned(content: &Text) -> String {
    let written = text(content);
    if content.as_literal().is_some() { format!("{written}.to_owned()") } else { written }
}

fn reference(content: &Text) -> String {
    let written = text(content);
    if content.as_literal().is_some() { written } else { format!("&{written}") }
}

fn call(request: &ExportRequest, resolver: &mut Resolver) -> String {
    let mut out = format!("\n    // {}\n", request.label);
    for check in &request.checks {
        let _ = writeln!(out, "    // assert {}", name::comment(&check.source));
    }
    if request.max_redirects > 0 {
        let _ = writeln!(
            out,
            "    let following = reqwest::redirect::Policy::limited({});\n    \
             let response = reqwest::Client::builder()\n        .redirect(following)\n        .build()?",
            request.max_redirects
        );
    } else {
        out.push_str("    let response = client\n");
    }
    let method = format!("reqwest::Method::from_bytes(b{})?", quote::rust(&request.method));
    let _ = writeln!(out, "        .request({method}, {})", text(&request.url));
    for (name, value) in &request.headers {
        let _ = writeln!(out, "        .header({}, {})", quote::rust(name), text(value));
    }
    match &request.auth {
        Auth::Headers => {}
        Auth::Basic(user, password) => {
            let _ = writeln!(out, "        .basic_auth({}, Some({}))", text(user), text(password));
        }
        Auth::Digest(..) => resolver.remark("`reqwest` knows no digest authentication: it is left out"),
    }
    match request.plain_body() {
        Body::None | Body::GraphQl(..) => {}
        Body::Text(body) => {
            let _ = writeln!(out, "        .body({})", text(&body));
        }
        Body::File(path) => {
            let _ = writeln!(out, "        .body(std::fs::read({})?)", text(&path));
        }
        Body::Mixed(chunks) => {
            let chunks: Vec<String> = chunks
                .iter()
                .map(|chunk| match chunk {
                    Chunk::Text(content) => format!("{}.into_bytes()", owned(content)),
                    Chunk::File(path) => format!("std::fs::read({})?", text(path)),
                })
                .collect();
            let _ = writeln!(out, "        .body([{}].concat())", chunks.join(", "));
        }
        Body::Multipart(parts) => {
            out.push_str("        .multipart(\n            reqwest::multipart::Form::new()\n");
            for part in &parts {
                let content = match &part.content {
                    Chunk::Text(content) => format!("reqwest::multipart::Part::text({})", owned(content)),
                    Chunk::File(path) => format!("reqwest::multipart::Part::bytes(std::fs::read({})?)", text(path)),
                };
                let file_name = match (&part.file_name, &part.content) {
                    (Some(name), _) => format!(".file_name({})", owned(name)),
                    (None, Chunk::File(path)) => format!(".file_name({})", quote::rust(base_name(path))),
                    (None, Chunk::Text(_)) => String::new(),
                };
                let kind = part.content_type.as_ref().map(|kind| format!(".mime_str({})?", reference(kind)));
                let _ = writeln!(
                    out,
                    "                .part({}, {content}{file_name}{})",
                    owned(&part.name),
                    kind.unwrap_or_default()
                );
            }
            out.push_str("        )\n");
        }
    }
    if let Some(timeout) = request.timeout {
        let _ = writeln!(out, "        .timeout(std::time::Duration::from_millis({}))", timeout.as_millis());
    }
    out.push_str("        .send()\n        .await?;\n");
    out.push_str("    println!(\"{} {}\", response.status(), response.text().await?);\n");
    out
}
