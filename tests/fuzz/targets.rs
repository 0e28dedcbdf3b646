//! What must hold for any bytes: one function for each reader of foreign text. Called by the fuzz targets in this folder and
//! by `tests/fuzz_targets.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use bearcat::body::document::{Document, Limits};
use bearcat::collection::environment::{EnvironmentFile, Environments, Visibility};
use bearcat::collection::export::{self, ExportInput, ExportSource, Format, TokenMode};
use bearcat::collection::file::Collection;
use bearcat::collection::scope::RequestScope;
use bearcat::model::identity::IdentityName;
use bearcat::model::port::Random;
use bearcat::model::session::TokenSet;
use bearcat::model::time::Timestamp;
use bearcat::template::{Filler, Surroundings, Template};

struct Zeros;

impl Random for Zeros {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

/// The spans of a `.http` file cover it without a gap, and what was read of it points into it.
pub fn http_file(bytes: &[u8]) {
    let collection = Collection::parse(Path::new("x.http"), bytes);
    assert_eq!(collection.bytes(), bytes);
    let mut at = 0;
    for block in &collection.blocks {
        assert_eq!(block.span.start, at);
        for node in &block.nodes {
            assert_eq!(node.span.start, at);
            assert!(node.span.end > at);
            at = node.span.end;
        }
        assert_eq!(block.span.end, at);
    }
    assert_eq!(at, bytes.len());
    for request in &collection.requests {
        assert!(collection.source.get(request.url.span.clone()).is_some());
        for header in &request.headers {
            assert!(collection.source.get(header.name.span.clone()).is_some());
            assert!(collection.source.get(header.value.span.clone()).is_some());
        }
        collection.problems_of(request).count();
    }
}

/// A template is cut into parts without gaps, and filling it ends.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = Template::parse(&text);
    let mut at = 0;
    for part in &parsed.parts {
        assert_eq!(part.span().start, at);
        at = part.span().end;
    }
    assert_eq!(at, text.len());
    let file = format!("@a = {}\n@b = {{{{a}}}}{{{{b}}}}\nGET /\n", text.replace(['\r', '\n'], " "));
    with_file(&file, |_, scope| {
        let filled = Filler::new(scope).fill(&parsed);
        let whole: usize = filled.segments.iter().map(|segment| segment.output.len()).sum();
        assert_eq!(whole, filled.text.len());
    });
}

/// Every export of any file is made, and ends with a line break.
pub fn export(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    with_file(&text, |collection, scope| {
        for format in Format::ALL {
            let requests = collection.requests.iter().map(|block| ExportSource { collection, block, scope }).collect();
            let input = ExportInput {
                requests,
                title: "fuzz".to_owned(),
                auth: &|_| None,
                read: &|_| None,
                tokens: TokenMode::Placeholder,
                allowed: &|_, _| false,
            };
            let exported = export::export(format, &input);
            assert!(exported.text.is_empty() || exported.text.ends_with('\n'));
            if format == Format::Http {
                let again = Collection::parse(Path::new("y.http"), exported.text.as_bytes());
                assert!(again.requests.len() >= collection.requests.len().min(1));
            }
        }
    });
}

/// Environment files and response bodies.
pub fn json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    EnvironmentFile::parse(Path::new("e.json"), &text, Visibility::Private);
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    for kind in [Some("application/json"), Some("text/html"), None] {
        Document::build(&bytes, kind, Limits::default());
    }
}

fn with_file(text: &str, work: impl FnOnce(&Collection, &RequestScope<'_>)) {
    let collection = Collection::parse(Path::new("x.http"), text.as_bytes());
    let environments = Environments::default();
    let tokens: BTreeMap<IdentityName, TokenSet> = BTreeMap::new();
    let surroundings = Surroundings {
        now: Timestamp::from_seconds(1_700_000_000),
        utc_offset_seconds: 0,
        random: &Zeros,
        process_environment: &environments.process_environment,
        dotenv: &environments.dotenv,
        tokens: &tokens,
        secrets: &bearcat::template::NoSecrets,
    };
    let scope = RequestScope::new(&collection, &environments, None, surroundings);
    work(&collection, &scope);
}
