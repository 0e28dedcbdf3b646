//! Importing: other tools' files become drafts, which the [writer](crate::collection::writer) makes `.http` files of.
//!
//! One module per format, all of them pure: text in, [`Import`] out; further files come through [`Input::read`].
//! Afterwards [`finish`] does what every import needs: secrets move out of the collections, paths become safe and
//! unique. Invariant: what could not be taken as it is has a remark.

pub mod bruno;
pub mod context;
pub mod curl;
pub mod dynamic;
pub mod finish;
pub mod har;
pub mod insomnia;
pub mod json;
pub mod layout;
pub mod openapi;
pub mod path;
pub mod postman;
pub mod report;
pub mod secret;
#[cfg(test)]
mod testing;
pub mod text;
pub mod yaml;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::collection::draft::Import;
use crate::collection::nextjs;
use crate::model::problem::{Problem, ProblemKind};

/// A format that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// Postman: collections v2.0 and v2.1, environments, globals, and the dump of a whole account.
    Postman,
    /// OpenAPI and Swagger.
    OpenApi,
    /// curl commands.
    Curl,
    /// Insomnia: export format 4, and collections of version 5.
    Insomnia,
    /// Bruno: a folder of `.bru` files, or its YAML.
    Bruno,
    /// HTTP archives of browsers.
    Har,
    /// The routes of a Next.js app.
    NextJs,
}

impl Format {
    /// All, in the order of the manual.
    pub const ALL: [Self; 7] =
        [Self::Postman, Self::OpenApi, Self::Curl, Self::Insomnia, Self::Bruno, Self::Har, Self::NextJs];

    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postman => "postman",
            Self::OpenApi => "openapi",
            Self::Curl => "curl",
            Self::Insomnia => "insomnia",
            Self::Bruno => "bruno",
            Self::Har => "har",
            Self::NextJs => "nextjs",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a format that bearcat imports")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// What an importer reads.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The file or folder as the user calls it; `-` for standard input.
    pub name: &'a Path,
    /// The text of the file; empty for a folder.
    pub text: &'a str,
    /// The files in a folder, relative to it and sorted; empty for a file.
    pub files: &'a [PathBuf],
    /// Reads another file: relative to the folder, or to the file's own folder. The error is the reason in plain words.
    pub read: &'a dyn Fn(&Path) -> Result<String, String>,
}

/// Imports one file or folder.
pub fn import(format: Format, input: &Input<'_>) -> Result<Import, Problem> {
    match format {
        Format::Postman => postman::import(input),
        Format::OpenApi => openapi::import(input),
        Format::Curl => curl::import(input),
        Format::Insomnia => insomnia::import(input),
        Format::Bruno => bruno::import(input),
        Format::Har => har::import(input),
        Format::NextJs => nextjs::request::import(input.files, input.read),
    }
}

/// The format of an input, as far as it says so itself.
pub fn detect(input: &Input<'_>) -> Option<Format> {
    if !input.files.is_empty() {
        return detect_folder(input.files);
    }
    let text = input.text.trim_start_matches('\u{feff}').trim_start();
    let extension = input.name.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("har") {
        return Some(Format::Har);
    }
    if extension.eq_ignore_ascii_case("bru") {
        return Some(Format::Bruno);
    }
    if text.starts_with(['{', '[']) {
        return detect_json(text);
    }
    if text.starts_with("curl ") || text.starts_with("curl.exe ") || text.contains("\ncurl ") {
        return Some(Format::Curl);
    }
    let has_line = |start: &str| text.lines().any(|line| line.starts_with(start));
    let is_insomnia = ["collection", "spec", "environment", "mock"]
        .iter()
        .any(|kind| has_line(&format!("type: {kind}.insomnia.rest/")));
    if is_insomnia || (has_line("_type: export") && has_line("__export_format:")) {
        Some(Format::Insomnia)
    } else if has_line("openapi:") || has_line("swagger:") || has_line("\"openapi\":") {
        Some(Format::OpenApi)
    } else if has_line("opencollection:") {
        Some(Format::Bruno)
    } else {
        None
    }
}

fn detect_folder(files: &[PathBuf]) -> Option<Format> {
    let has = |name: &str| files.iter().any(|path| path == Path::new(name));
    let is_bruno = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "bru");
    if has("bruno.json") || has("opencollection.yml") || files.iter().any(is_bruno) {
        return Some(Format::Bruno);
    }
    let is_route = |path: &PathBuf| {
        let is_file = path.file_stem().is_some_and(|stem| stem == "route");
        is_file || path.components().any(|part| part.as_os_str() == "pages")
    };
    let is_next = files.iter().any(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("next.config."))
    });
    (is_next || files.iter().any(is_route)).then_some(Format::NextJs)
}

/// Looks at the members of the outermost object only, and without reading what they hold.
fn detect_json(text: &str) -> Option<Format> {
    let keys = json::outer_keys(text);
    let has = |key: &str| keys.iter().any(|known| known == key);
    if has("openapi") || has("swagger") {
        Some(Format::OpenApi)
    } else if has("__export_format") || has("_type") && has("resources") {
        Some(Format::Insomnia)
    } else if has("log") || (has("method") && has("url")) {
        Some(Format::Har)
    } else if (has("info") && has("item"))
        || has("collections")
        || has("_postman_variable_scope")
        || (has("values") && has("name"))
        || (has("collection") && !has("type"))
    {
        Some(Format::Postman)
    } else if has("items") && has("version") && has("name") {
        Some(Format::Bruno)
    } else {
        None
    }
}

/// What is said where the format is not known.
pub fn unknown(input: &Input<'_>) -> Problem {
    let formats: Vec<&str> = Format::ALL.into_iter().map(Format::as_str).collect();
    Problem::new(ProblemKind::Input, format!("`{}` does not say what it is", input.name.display()))
        .detail(format!("bearcat imports {}", formats.join(", ")))
        .hint("Name the format: `bearcat import postman FILE`")
}
