//! Small pieces of text that the modules of [`openapi`](super) share.

/// The longest comment line made of a description.
const LONGEST_LINE: usize = 200;

/// Lines that a description may have.
const MOST_LINES: usize = 60;

/// Everything but the unreserved characters of RFC 3986 percent-encoded.
pub(super) fn encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        // `:` and `@` may stand in paths and queries, and are easier to read.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b':' | b'@') {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
    encoded
}

/// A name that a variable can have: `pet-id` stays, `filter[id]` becomes `filter_id`.
pub(super) fn variable_name(name: &str) -> String {
    let mut variable = String::new();
    for c in name.trim().chars() {
        if c.is_alphanumeric() || matches!(c, '_' | '-') {
            variable.push(c);
        } else if !variable.ends_with('_') {
            variable.push('_');
        }
    }
    let variable = variable.trim_matches('_');
    if variable.is_empty() { "value".to_owned() } else { variable.to_owned() }
}

/// The first line of a description, cut to a sensible length.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= LONGEST_LINE {
        return line.to_owned();
    }
    let mut cut: String = line.chars().take(LONGEST_LINE - 1).collect();
    cut.push('…');
    cut
}

/// The lines of a description, without blank ones at the ends.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.trim().lines().map(|line| line.trim_end().to_owned()).collect();
    if lines.len() > MOST_LINES {
        lines.truncate(MOST_LINES);
        lines.push("…".to_owned());
    }
    lines.retain({
        let mut was_blank = true;
        move |line| {
            let is_blank = line.is_empty();
            let keeps = !(is_blank && was_blank);
            was_blank = is_blank;
            keeps
        }
    });
    lines
}
