//! `curl` commands for bash, to be pasted as they are.
//!
//! Everything that a shell could read as its own is quoted; a text that begins with `@` never becomes a file.

use std::fmt::Write as _;

use crate::collection::export::name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest, Part};
use crate::collection::export::resolve::{Piece, Resolver, Text};

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut out = String::new();
    for request in requests {
        if requests.len() > 1 {
            if !out.is_empty() {
                out.push('\n');
            }
            let _ = writeln!(out, "# {}", request.label);
        }
        out.push_str(&command(request, resolver));
        out.push('\n');
    }
    if requests.len() < 2 {
        return out;
    }
    let mut head = String::from("#!/usr/bin/env bash\n# Made by bearcat.\n");
    for variable in resolver.variables() {
        let _ = writeln!(head, "# {}: {}", variable.name, name::comment(&variable.meaning));
    }
    format!("{head}\n{out}")
}

fn command(request: &ExportRequest, resolver: &mut Resolver) -> String {
    let mut words: Vec<String> = Vec::new();
    let body = request.plain_body();
    let implied = if body == Body::None { "GET" } else { "POST" };
    if request.method == "HEAD" && body == Body::None {
        words.push("--head".to_owned());
    } else if request.method != implied {
        words.push(format!("--request {}", quote::shell(&request.method)));
    }
    words.push(format!("--url {}", word(&request.url)));
    if may_glob(&request.url) {
        words.push("--globoff".to_owned());
    }
    if request.url.0.iter().any(|piece| matches!(piece, Piece::Literal(text) if text.contains("/."))) {
        words.push("--path-as-is".to_owned());
    }
    for (name, value) in &request.headers {
        words.push(format!("--header {}", header(name, value)));
    }
    match &request.auth {
        Auth::Headers => {}
        Auth::Basic(user, password) => words.push(format!("--user {}", word(&pair(user, password)))),
        Auth::Digest(user, password) => words.push(format!("--digest --user {}", word(&pair(user, password)))),
    }
    let sends_type = matches!(body, Body::Text(_) | Body::File(_) | Body::Mixed(_));
    if sends_type && request.header("content-type").is_none() {
        // curl would add one of its own.
        words.push("--header 'Content-Type:'".to_owned());
    }
    let mut before = String::new();
    match &body {
        Body::None | Body::GraphQl(..) => {}
        Body::Text(text) => words.push(format!("--data-raw {}", word(text))),
        Body::File(path) => {
            let mut at = Text::literal("@");
            at.extend(path.clone());
            words.push(format!("--data-binary {}", word(&at)));
        }
        Body::Multipart(parts) => words.extend(parts.iter().map(part)),
        Body::Mixed(chunks) => {
            before = format!("{{ {}; }} |\n", chunks.iter().map(chunk).collect::<Vec<_>>().join("; "));
            words.push("--data-binary @-".to_owned());
        }
    }
    if request.max_redirects > 0 {
        words.push(format!("--location --max-redirs {}", request.max_redirects));
    }
    if let Some(timeout) = request.timeout {
        words.push(format!("--max-time {}", seconds(timeout)));
    }
    if let Some(timeout) = request.connection_timeout {
        words.push(format!("--connect-timeout {}", seconds(timeout)));
    }
    match request.http_version.as_deref() {
        Some("1.0") => words.push("--http1.0".to_owned()),
        Some("1.1") => words.push("--http1.1".to_owned()),
        Some(version) if version.to_ascii_lowercase().contains("prior") => {
            words.push("--http2-prior-knowledge".to_owned());
        }
        Some("2" | "2.0") => words.push("--http2".to_owned()),
        _ => {}
    }
    if !request.checks.is_empty() || !request.captures.is_empty() {
        resolver.remark("curl checks and captures nothing: `# @assert` and `# @capture` are left out");
    }
    format!("{before}curl {}", words.join(" \\\n  "))
}

fn seconds(time: std::time::Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds.fract() == 0.0 { format!("{seconds:.0}") } else { format!("{seconds}") }
}

/// A text as one word of the shell.
fn word(text: &Text) -> String {
    if text.is_empty() {
        return "''".to_owned();
    }
    let mut out = String::new();
    for piece in &text.0 {
        match piece {
            Piece::Literal(text) => out.push_str(&quote::shell(text)),
            Piece::Token(token) => out.push_str(&quote::shell(token.expose())),
            Piece::Variable(name) | Piece::Captured(name) => {
                let _ = write!(out, "\"${name}\"");
            }
            Piece::Live(..) => {}
        }
    }
    out
}

/// `Name: value`; an empty value is written `Name;`, because `Name:` takes a header away.
fn header(name: &str, value: &Text) -> String {
    if value.is_empty() {
        return quote::shell(&format!("{name};"));
    }
    let mut text = Text::literal(format!("{name}: "));
    text.extend(value.clone());
    // In double quotes a header with a variable reads as people write it.
    if let Some(quoted) = in_double_quotes(&text) {
        return quoted;
    }
    word(&text)
}

/// `"Authorization: Bearer $TOKEN"`, where nothing in it means something to the shell.
fn in_double_quotes(text: &Text) -> Option<String> {
    let has_variable = text.0.iter().any(|piece| matches!(piece, Piece::Variable(_)));
    if !has_variable {
        return None;
    }
    let mut out = String::from("\"");
    let mut pieces = text.0.iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(text) => {
                let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=@%+,;?&~*#()".contains(c);
                if !text.chars().all(is_plain) {
                    return None;
                }
                out.push_str(text);
            }
            Piece::Variable(name) => {
                let goes_on = matches!(pieces.peek(), Some(Piece::Literal(next)) if next.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'));
                let _ = if goes_on { write!(out, "${{{name}}}") } else { write!(out, "${name}") };
            }
            _ => return None,
        }
    }
    out.push('"');
    Some(out)
}

fn pair(user: &Text, password: &Text) -> Text {
    let mut text = user.clone();
    text.push(Piece::Literal(":".to_owned()));
    text.extend(password.clone());
    text
}

/// curl reads `[1-3]` and `{a,b}` in a URL as many URLs.
fn may_glob(url: &Text) -> bool {
    url.0.iter().any(|piece| match piece {
        Piece::Literal(text) => text.contains(['[', ']', '{', '}']),
        _ => true,
    })
}

/// `--form`, `--form-string`.
fn part(part: &Part) -> String {
    let mut text = part.name.clone();
    text.push(Piece::Literal("=".to_owned()));
    match &part.content {
        Chunk::Text(content) if part.content_type.is_none() && part.file_name.is_none() => {
            text.extend(content.clone());
            return format!("--form-string {}", word(&text));
        }
        Chunk::Text(content) => {
            text.push(Piece::Literal("\"".to_owned()));
            text.extend(content.clone().map(form_escape));
        }
        Chunk::File(path) => {
            text.push(Piece::Literal("@\"".to_owned()));
            text.extend(path.clone().map(form_escape));
        }
    }
    text.push(Piece::Literal("\"".to_owned()));
    if let Some(content_type) = &part.content_type {
        text.push(Piece::Literal(";type=".to_owned()));
        text.extend(content_type.clone());
    }
    if let Some(file_name) = &part.file_name {
        text.push(Piece::Literal(";filename=\"".to_owned()));
        text.extend(file_name.clone().map(form_escape));
        text.push(Piece::Literal("\"".to_owned()));
    }
    format!("--form {}", word(&text))
}

/// Inside the double quotes of `--form`.
fn form_escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn chunk(chunk: &Chunk) -> String {
    match chunk {
        Chunk::Text(text) => format!("printf %s {}", word(text)),
        Chunk::File(path) => format!("cat -- {}", word(path)),
    }
}
