//! Exports: requests as other clients and programming languages write them.
//!
//! Called by `bearcat export` and by the chooser of the interface. Pure: what a template means comes through a
//! [`Scope`], template files through a callback. Invariant: no export holds a secret. What is secret (private
//! variables, tokens) becomes a variable of the target, and every text is scanned by value before it is written;
//! a token stands in it only where [`TokenMode::Value`] asks for it and its origin is allowed.

pub mod check;
mod code;
mod curl;
mod go;
mod http_file;
mod javascript;
mod k6;
mod name;
mod postman;
mod python;
mod quote;
pub mod request;
pub mod resolve;
mod rust;

#[cfg(test)]
mod tests;

use std::path::Path;

use crate::collection::export::request::ExportRequest;
use crate::collection::export::resolve::{EnvironmentVariable, Resolver, Syntax};
use crate::collection::file::Collection;
use crate::model::identity::IdentityName;
use crate::model::request::{RequestBlock, TokenCarrier};
use crate::redact;
use crate::template::Scope;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Commands for `curl` in a POSIX shell.
    Curl,
    /// A `.http` file for any client that reads such files.
    Http,
    /// A Postman collection, version 2.1.
    Postman,
    /// A load test for k6.
    K6,
    /// Python, with `requests`.
    Python,
    /// JavaScript, with `fetch`.
    JavaScript,
    /// Go, with `net/http`.
    Go,
    /// Rust, with `reqwest`.
    Rust,
}

impl Format {
    /// In the order of the chooser.
    pub const ALL: [Self; 8] =
        [Self::Curl, Self::Http, Self::Postman, Self::K6, Self::Python, Self::JavaScript, Self::Go, Self::Rust];

    /// The word on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Http => "http",
            Self::Postman => "postman",
            Self::K6 => "k6",
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Go => "go",
            Self::Rust => "rust",
        }
    }

    /// What was made, in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Curl => "curl command",
            Self::Http => "`.http` text",
            Self::Postman => "Postman collection",
            Self::K6 => "k6 script",
            Self::Python => "Python code",
            Self::JavaScript => "JavaScript code",
            Self::Go => "Go code",
            Self::Rust => "Rust code",
        }
    }

    /// What it is, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Curl => "curl command",
            Self::Http => ".http file for other clients",
            Self::Postman => "Postman collection v2.1",
            Self::K6 => "k6 load test",
            Self::Python => "Python (requests)",
            Self::JavaScript => "JavaScript (fetch)",
            Self::Go => "Go (net/http)",
            Self::Rust => rust::TITLE,
        }
    }
}

/// May an export hold the token itself?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TokenMode {
    /// No: a variable stands in its place.
    #[default]
    Placeholder,
    /// Yes, where it is allowed to go.
    Value,
}

/// Whose token a request carries, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportAuth {
    /// Whose.
    pub identity: IdentityName,
    /// Header or cookies.
    pub carrier: TokenCarrier,
}

/// A request to export.
#[derive(Clone, Copy)]
pub struct ExportSource<'a> {
    /// Its file.
    pub collection: &'a Collection,
    /// The request.
    pub block: &'a RequestBlock,
    /// What its variables mean.
    pub scope: &'a dyn Scope,
}

/// What an export is made from.
pub struct ExportInput<'a> {
    /// The requests, in order.
    pub requests: Vec<ExportSource<'a>>,
    /// The name of the whole, for formats that have one.
    pub title: String,
    /// Whose token a request carries.
    pub auth: &'a dyn Fn(&RequestBlock) -> Option<ExportAuth>,
    /// The text of a file that is a template itself (`<@ path`), path relative to the workspace.
    pub read: &'a dyn Fn(&Path) -> Option<String>,
    /// May tokens stand in the export?
    pub tokens: TokenMode,
    /// May this identity's token stand in a request to this URL?
    pub allowed: &'a dyn Fn(&IdentityName, &str) -> bool,
}

/// An export.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exported {
    /// The text; ends with a line break.
    pub text: String,
    /// What differs from what bearcat would send, and what was taken out: for people, each once.
    pub remarks: Vec<String>,
    /// The variables that must be set where the export runs.
    pub variables: Vec<EnvironmentVariable>,
    /// Does a token stand in it, as it was asked for?
    pub holds_token: bool,
}

/// Writes the requests as `format`.
pub fn export(format: Format, input: &ExportInput<'_>) -> Exported {
    let mut resolver = Resolver::new(match format {
        Format::Http => Syntax::HttpFile,
        Format::Postman => Syntax::Postman,
        Format::K6 => Syntax::LiveCode,
        _ => Syntax::Code,
    });
    let text = if format == Format::Http {
        http_file::write(input, &mut resolver)
    } else {
        resolver.announce(input);
        let requests: Vec<ExportRequest> =
            input.requests.iter().map(|source| request::prepare(source, input, &mut resolver)).collect();
        match format {
            Format::Curl => curl::write(&requests, &mut resolver),
            Format::Postman => postman::write(&requests, input, &mut resolver),
            Format::K6 => k6::write(&requests, &mut resolver),
            Format::Python => python::write(&requests, &mut resolver),
            Format::JavaScript => javascript::write(&requests, &mut resolver),
            Format::Go => go::write(&requests, &mut resolver),
            Format::Http | Format::Rust => rust::write(&requests, &mut resolver),
        }
    };
    finish(&text, resolver)
}

/// The last look at the text: a secret that still stands in it goes.
fn finish(text: &str, mut resolver: Resolver) -> Exported {
    let (text, found) = redact::scrub(text, &resolver.shown_tokens());
    resolver.hidden(found);
    resolver.into_exported(text)
}
