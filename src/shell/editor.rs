//! The user's own editor, at a line of a file: `$VISUAL`, else `$EDITOR`.
//!
//! Called by the event loop's caller with the terminal given back and nobody reading from it. The argument for the line
//! differs between editors; one that is not known gets the file only.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use crate::model::problem::{Problem, ProblemKind};

/// Opens `file` and waits until the editor has ended.
///
/// # Errors
/// When there is no editor, or it cannot be started, or ended with a failure.
pub fn open(file: &Path, line: usize) -> Result<(), Problem> {
    let set = ["VISUAL", "EDITOR"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.trim().is_empty()));
    let Some(text) = set else {
        return Err(Problem::new(ProblemKind::Input, "No editor is set")
            .detail("`e` opens the editor that $VISUAL or $EDITOR names, and neither is set")
            .hint(
                "Quit, `export EDITOR=nano` (or vim, hx, \"code --wait\" …) in your shell, and start bearcat again",
            ));
    };
    let words = words(&text);
    let Some((program, first)) = words.split_first() else {
        return Err(Problem::new(ProblemKind::Input, format!("`{text}` names no editor")));
    };
    let mut command = Command::new(program);
    command.args(first).args(arguments(program, first, file, line));
    let failed = |detail: String| {
        Problem::new(ProblemKind::Other, format!("The editor `{program}` failed"))
            .detail(detail)
            .hint("$VISUAL or $EDITOR names it; what it saved is read")
    };
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(format!("It ended with {status}"))),
        Err(error) => Err(failed(error.to_string())),
    }
}

/// The words of a command line, with quotes as in a shell.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_with(String::new);
            }
            (Some('"') | None, '\\') if !cfg!(windows) => {
                if let Some(next) = rest.next() {
                    word.get_or_insert_with(String::new).push(next);
                }
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    words
}

/// How an editor is told the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `+N file`.
    Plus,
    /// `-f +N file`: it would go to the background otherwise.
    PlusInFront,
    /// `--wait --goto file:N`.
    Goto,
    /// `--wait file:N`.
    Colon,
    /// `file`.
    File,
}

fn style(program: &str) -> Style {
    let name = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    match name.as_str() {
        "vi" | "vim" | "nvim" | "view" | "vis" | "elvis" | "nano" | "pico" | "rnano" | "emacs" | "emacsclient"
        | "hx" | "helix" | "micro" | "kak" | "joe" | "jed" | "mg" | "ne" | "zile" | "jove" | "mcedit" => Style::Plus,
        "gvim" | "mvim" => Style::PlusInFront,
        "code" | "code-insiders" | "codium" | "vscodium" | "cursor" | "windsurf" | "positron" => Style::Goto,
        "zed" | "zeditor" | "subl" | "sublime_text" => Style::Colon,
        _ => Style::File,
    }
}

/// What follows the program and its own arguments.
fn arguments(program: &str, first: &[String], file: &Path, line: usize) -> Vec<OsString> {
    let at_line = || {
        let mut text = file.as_os_str().to_owned();
        text.push(format!(":{line}"));
        text
    };
    let has = |long: &str, short: &str| first.iter().any(|word| word == long || word == short);
    let mut arguments: Vec<OsString> = Vec::new();
    match style(program) {
        Style::Plus => arguments.push(format!("+{line}").into()),
        Style::PlusInFront => {
            if !has("--nofork", "-f") {
                arguments.push("-f".into());
            }
            arguments.push(format!("+{line}").into());
        }
        Style::Goto => {
            if !has("--wait", "-w") {
                arguments.push("--wait".into());
            }
            if !has("--goto", "-g") {
                arguments.push("--goto".into());
            }
            arguments.push(at_line());
            return arguments;
        }
        Style::Colon => {
            if !has("--wait", "-w") {
                arguments.push("--wait".into());
            }
            arguments.push(at_line());
            return arguments;
        }
        Style::File => {}
    }
    arguments.push(safe(file).to_owned());
    arguments
}

/// The path is absolute, so it is never taken for an option.
fn safe(file: &Path) -> &OsStr {
    file.as_os_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("vim", "vim +7 /w/a b.http")]
    #[case("/usr/bin/nvim -u NONE", "/usr/bin/nvim -u NONE +7 /w/a b.http")]
    #[case("nano", "nano +7 /w/a b.http")]
    #[case("emacsclient -t", "emacsclient -t +7 /w/a b.http")]
    #[case("hx", "hx +7 /w/a b.http")]
    #[case("gvim", "gvim -f +7 /w/a b.http")]
    #[case("code", "code --wait --goto /w/a b.http:7")]
    #[case("code --wait", "code --wait --goto /w/a b.http:7")]
    #[case("zed -w", "zed -w /w/a b.http:7")]
    #[case("subl", "subl --wait /w/a b.http:7")]
    #[case("ed", "ed /w/a b.http")]
    #[case("'/my editors/vim' -n", "/my editors/vim -n +7 /w/a b.http")]
    fn each_editor_is_told_the_line_in_its_own_way(#[case] set: &str, #[case] expected: &str) {
        let words = words(set);
        let (program, first) = words.split_first().unwrap();
        let mut all: Vec<String> = words.clone();
        let more = arguments(program, first, Path::new("/w/a b.http"), 7);
        all.extend(more.into_iter().map(|word| word.into_string().unwrap()));
        assert_eq!(all.join(" "), expected);
    }

    #[rstest]
    #[case("a b", &["a", "b"])]
    #[case("  'a b' \"c d\" ", &["a b", "c d"])]
    #[case("a\"\"b", &["ab"])]
    #[case("''", &[""])]
    #[case("   ", &[])]
    fn quotes_hold_words_together(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(words(text), expected);
    }
}
