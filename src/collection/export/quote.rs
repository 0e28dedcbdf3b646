//! String literals of the target languages. Each function takes any text and gives a literal that means exactly it.

use std::fmt::Write as _;

/// A word of a POSIX shell, as bash reads it: bare where that is safe, else in single quotes.
pub(super) fn shell(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) && !text.starts_with('=') {
        return text.to_owned();
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return ansi(text);
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `$'…'`: control characters pasted as they are would be keys.
fn ansi(text: &str) -> String {
    let mut out = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A shell word cannot hold a NUL.
            '\0' => {}
            c if c.is_control() => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// Does a text read better over several lines?
fn is_long_text(text: &str) -> bool {
    text.contains('\n') && text.len() > 20
}

/// A Python string.
pub(super) fn python(text: &str) -> String {
    let mut out = String::new();
    let quotes = if is_long_text(text) { "\"\"\"" } else { "\"" };
    out.push_str(quotes);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            // In a text of several lines as well: every other way to keep three quotes apart can be tricked.
            '"' => out.push_str("\\\""),
            '\n' if quotes.len() > 1 => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_odd(c) => python_escape(&mut out, c),
            c => out.push(c),
        }
    }
    out.push_str(quotes);
    out
}

fn python_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// A JavaScript string; a template literal where it has several lines.
pub(super) fn javascript(text: &str) -> String {
    let quote = if is_long_text(text) { '`' } else { '"' };
    let mut out = String::from(quote);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            '$' if quote == '`' && rest.peek() == Some(&'{') => out.push_str("\\$"),
            '\n' if quote == '`' => out.push('\n'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_odd(c) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// A Go string; a raw one where it has several lines and may be.
pub(super) fn go(text: &str) -> String {
    if is_long_text(text) && !text.chars().any(|c| c == '`' || (c != '\n' && c != '\t' && is_odd(c))) {
        return format!("`{text}`");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_odd(c) => {
                let code = u32::from(c);
                let _ = if code > 0xffff { write!(out, "\\U{code:08x}") } else { write!(out, "\\u{code:04x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A Rust string; a raw one where it has several lines and may be.
pub(super) fn rust(text: &str) -> String {
    if is_long_text(text) && !text.chars().any(|c| c != '\n' && c != '\t' && is_odd(c)) {
        let mut hashes = String::from("#");
        while text.contains(&format!("\"{hashes}")) {
            hashes.push('#');
        }
        if hashes.len() < 100 {
            return format!("r{hashes}\"{text}\"{hashes}");
        }
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_odd(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// What must not stand in source text as it is: control characters, line separators, marks that turn the direction.
fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
