//! The rows of the workspace tree: folds and filter applied. Made anew only when one of those changes, because ten
//! thousand requests must not be walked for every frame.

use std::collections::BTreeMap;

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::state::{Folded, TreeRow};
use crate::collection::workspace::Workspace;
use crate::model::request::RequestBlock;

/// The visible rows. With a filter, folds do not count and collections without a match are left out. All words of
/// the filter must be found in a request's file, method, name or URL, or in what a route's access is called; capitals and accents count only when typed.
pub fn visible_rows(workspace: &Workspace, folded: &BTreeMap<usize, Folded>, filter: &str) -> Vec<TreeRow> {
    let mut matching = Matching::new(filter);
    let mut rows = Vec::new();
    for (index, collection) in workspace.collections.iter().enumerate() {
        let state = folded.get(&index).copied().unwrap_or_default();
        if matching.is_everything() {
            rows.push(TreeRow::Collection { index, folded: state });
            if state == Folded::Open {
                rows.extend(collection.requests.iter().map(|request| TreeRow::Request(request.id.clone())));
            }
            continue;
        }
        let file = collection.path.to_string_lossy();
        let found: Vec<TreeRow> = collection
            .requests
            .iter()
            .filter(|request| {
                let access = collection.route(request.id.index).map_or("", |route| route.access.word());
                matching.fits(&[&file, access], request)
            })
            .map(|request| TreeRow::Request(request.id.clone()))
            .collect();
        if !found.is_empty() {
            rows.push(TreeRow::Collection { index, folded: Folded::Open });
            rows.extend(found);
        }
    }
    rows
}

struct Matching {
    pattern: Pattern,
    matcher: Matcher,
    line: String,
    buffer: Vec<char>,
}

impl Matching {
    fn new(filter: &str) -> Self {
        let pattern = Pattern::new(filter, CaseMatching::Smart, Normalization::Smart, AtomKind::Substring);
        Self { pattern, matcher: Matcher::new(Config::DEFAULT), line: String::new(), buffer: Vec::new() }
    }

    const fn is_everything(&self) -> bool {
        self.pattern.atoms.is_empty()
    }

    fn fits(&mut self, context: &[&str], request: &RequestBlock) -> bool {
        self.line.clear();
        let own = [&*request.method.text, request.name.as_deref().unwrap_or_default(), &*request.url.text];
        for part in context.iter().copied().chain(own) {
            self.line.push_str(part);
            self.line.push('\n');
        }
        self.pattern.score(Utf32Str::new(&self.line, &mut self.buffer), &mut self.matcher).is_some()
    }
}
