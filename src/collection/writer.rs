//! Drafts as text of the dialect: what importers, the paste of a curl command and exports write.
//!
//! Invariant: parsed again, the text gives the draft back. Where the dialect would take a piece of a body for
//! something else (a comment, a separator, a script), the variable `empty_text` stands before it: `@empty_text =`
//! is defined in the file, so that every client sends the same bytes. `@carriage_return = \r` does the same for line
//! breaks that the dialect would change.

mod body;
mod head;
#[cfg(test)]
mod tests;
mod words;

use std::fmt::Write as _;

use crate::collection::draft::{DraftAuth, DraftBody, DraftFile, RequestDraft, RowState};
use crate::collection::writer::words::Words;

pub use self::head::{is_header_name, method};

/// The text of a collection.
pub fn file(draft: &DraftFile) -> String {
    let mut words = Words::avoiding(|used| {
        draft.variables.iter().any(|(name, value)| used(name) || used(value))
            || draft.requests.iter().any(|request| is_used(request, used))
    });
    let requests: Vec<String> = draft.requests.iter().map(|request| block(request, &mut words, "")).collect();
    let mut text = String::new();
    for comment in &draft.comments {
        push_comment(&mut text, comment);
    }
    let variables = draft.variables.iter().filter_map(|(name, value)| variable(name, value, &mut words));
    let variables: Vec<String> = variables.collect();
    let variables: String = variables.into_iter().chain(words.definitions()).collect();
    if !text.is_empty() && !variables.is_empty() {
        text.push('\n');
    }
    text.push_str(&variables);
    for request in requests {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&request);
    }
    text
}

/// The text of one request, from its `###` line on; it brings the variables that it needs.
pub fn request(draft: &RequestDraft) -> String {
    let mut words = Words::avoiding(|used| is_used(draft, used));
    let first = block(draft, &mut words, "");
    let definitions: String = words.definitions().collect();
    if definitions.is_empty() { first } else { block(draft, &mut words, &definitions) }
}

/// One request; `variables` are written before its request line.
fn block(draft: &RequestDraft, words: &mut Words, variables: &str) -> String {
    let mut text = head::separator(draft.name.as_deref());
    for comment in &draft.comments {
        push_comment(&mut text, comment);
    }
    let head = head::Head::of(draft);
    // In a plain text there are no comments.
    let comments_go_first = head.is_plain_text() && draft.body != DraftBody::None;
    if comments_go_first {
        if let DraftBody::Form(rows) = &draft.body {
            for row in rows.iter().filter(|row| row.state == RowState::Disabled) {
                push_comment(&mut text, &format!("&{}", body::form_row(row)));
            }
        }
        for comment in &draft.trailing_comments {
            push_comment(&mut text, comment);
        }
    }
    for (name, value) in &draft.directives {
        push_directive(&mut text, name, value);
    }
    match &draft.auth {
        DraftAuth::None => text.push_str("# @no-auth\n"),
        DraftAuth::Identity(name) => push_directive(&mut text, "auth", name),
        _ => {}
    }
    text.push_str(variables);
    head.write(&mut text, words);
    let body = body::write(draft, &head, words);
    if !body.is_empty() {
        text.push('\n');
        text.push_str(&body);
    }
    if !comments_go_first && !draft.trailing_comments.is_empty() {
        text.push('\n');
        for comment in &draft.trailing_comments {
            push_comment(&mut text, comment);
        }
    }
    text
}

/// `@name = value`; `None`: the dialect has no such name.
fn variable(name: &str, value: &str, words: &mut Words) -> Option<String> {
    let is_name =
        !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || "={}".contains(c));
    if !is_name || name.ends_with(':') {
        return None;
    }
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    // The blanks around a value are not part of it.
    if escaped.starts_with(char::is_whitespace) {
        escaped.insert_str(0, &words.empty());
    }
    if escaped.ends_with(char::is_whitespace) {
        escaped.push_str(&words.empty());
    }
    Some(format!("{}\n", format!("@{name} = {escaped}").trim_end()))
}

/// Each line of `text` as a comment that means nothing to any client.
fn push_comment(out: &mut String, text: &str) {
    for line in text.split('\n') {
        let line = single_line(line);
        let line = line.trim_end();
        // A `# @…` would be a directive.
        let guard = if line.trim_start().starts_with('@') { "\\" } else { "" };
        let space = if line.is_empty() { "" } else { " " };
        // Writing into a `String` does not fail.
        let _ = writeln!(out, "#{space}{guard}{}", if guard.is_empty() { line } else { line.trim_start() });
    }
}

/// `# @name value`.
fn push_directive(out: &mut String, name: &str, value: &str) {
    let name: String = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect();
    if name.is_empty() {
        return;
    }
    let value = single_line(value);
    let line = format!("# @{name} {}", value.trim());
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Without line breaks and without what steers a terminal.
fn single_line(text: &str) -> String {
    let text = text.trim_end_matches('\r');
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Does any text of the request hold what `used` looks for?
fn is_used(draft: &RequestDraft, used: &dyn Fn(&str) -> bool) -> bool {
    let mut found = false;
    draft.visit(&mut |text| found = found || used(text));
    found
}
