//! A curl command that is pasted into the URL line: head and body of the request come from it, as one step.

use crate::app::App;
use crate::app::state::Tone;
use crate::collection::draft::{Fate, ImportReport};
use crate::collection::edit::Patch;
use crate::collection::file::{Block, Collection, NodeKind};
use crate::collection::import::curl;
use crate::collection::writer;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::Span;

impl App {
    /// A curl command in place of the request's head and body, as one step.
    pub(super) fn import_curl(&mut self, text: &str) {
        let Some(id) = self.state.selected_id().cloned() else { return };
        let (draft, report) = match curl::parse(text) {
            Ok(read) => read,
            Err(problem) => return self.keep_as_url(text, problem),
        };
        let written = Collection::parse(&id.file, writer::request(&draft).as_bytes());
        let collection = self.state.workspace.as_ref().and_then(|workspace| workspace.collection(&id));
        let new = collection.and_then(|collection| replaced(collection, id.index, &written));
        match new {
            Some(new) => {
                if self.put_collection(&id, &new) {
                    self.tell_import(&report);
                }
            }
            None => {
                let problem = Problem::new(ProblemKind::Input, "This curl command cannot be written here");
                self.keep_as_url(text, problem);
            }
        }
    }

    fn tell_import(&mut self, report: &ImportReport) {
        let lost: Vec<String> = report
            .remarks
            .iter()
            .map(|remark| {
                let fate = match remark.fate {
                    Fate::Changed => "changed",
                    Fate::Commented => "kept as a comment",
                    Fate::Dropped => "left out",
                };
                format!("{}: {fate}, {}", remark.place, remark.reason)
            })
            .collect();
        if lost.is_empty() {
            return self.notice(Tone::Good, "The curl command was imported whole; undo brings the old request back");
        }
        let count = lost.len();
        let title = format!("The curl command was imported, with {count} remark{}", if count == 1 { "" } else { "s" });
        self.notice(Tone::Neutral, format!("{title}: {}", lost.join("; ")));
        self.state.trouble = Some(Problem::new(ProblemKind::Input, title).detail(lost.join("\n")));
    }
}

/// The collection with head and body of one request taken from `written`; name, comments and scripts stay.
fn replaced(collection: &Collection, request: usize, written: &Collection) -> Option<Collection> {
    let new_block = written.blocks.iter().find(|block| block.request == Some(0))?;
    let old_block = collection.blocks.iter().find(|block| block.request == Some(request))?;
    let (from, to) = (head_and_body(old_block)?, head_and_body(new_block)?);
    let directives = new_block.nodes.iter().filter(|node| node.kind == NodeKind::Directive);
    let directives: String = directives.map(|node| &written.source[node.span.clone()]).collect();
    let ending = if collection.source[..from.end].contains("\r\n") { "\r\n" } else { "\n" };
    let text = format!("{directives}{}", written.source[to].trim_end()).replace("\r\n", "\n").replace('\n', ending);
    let tail = if collection.source[from.clone()].ends_with('\n') { ending } else { "" };
    let new = collection.patched(&[Patch::new(from, text + tail)]).ok()?;
    let others = |collection: &Collection| collection.requests.len();
    (others(&new) == others(collection)).then_some(new)
}

/// From the request line to the end of the body.
fn head_and_body(block: &Block) -> Option<Span> {
    let start = block.nodes.iter().find(|node| node.kind == NodeKind::RequestLine)?.span.start;
    let is_part = |kind: NodeKind| {
        matches!(
            kind,
            NodeKind::RequestLine
                | NodeKind::TargetContinuation
                | NodeKind::Header
                | NodeKind::HeaderContinuation
                | NodeKind::BodyText
                | NodeKind::BodyFile
        )
    };
    let end = block.nodes.iter().rev().find(|node| is_part(node.kind))?.span.end;
    Some(start..end)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn collection(text: &str) -> Collection {
        Collection::parse(Path::new("a.http"), text.as_bytes())
    }

    #[test]
    fn name_comments_scripts_and_neighbours_stay() {
        let old = collection(
            "### one\n# told\n# @auth jane\nGET https://a.b/x\n    ?q=1\nAccept: */*\n\nbody\n\n> {% x %}\n\n### two\nGET https://c.d/\n",
        );
        let written = collection("### other\n# @no-redirect\nPOST https://n.e/w\nX: 1\n\n{}\n");
        let new = replaced(&old, 0, &written).unwrap();
        assert_eq!(
            &*new.source,
            "### one\n# told\n# @auth jane\n# @no-redirect\nPOST https://n.e/w\nX: 1\n\n{}\n\n> {% x %}\n\n### two\nGET https://c.d/\n"
        );
    }

    #[test]
    fn line_endings_and_a_missing_last_one_stay() {
        let written = collection("POST https://n.e/w\nX: 1\n\n{}\n");
        let new = replaced(&collection("### one\r\nGET https://a.b/x\r\n"), 0, &written).unwrap();
        assert_eq!(&*new.source, "### one\r\nPOST https://n.e/w\r\nX: 1\r\n\r\n{}\r\n");
        let new = replaced(&collection("GET https://a.b/x"), 0, &written).unwrap();
        assert_eq!(&*new.source, "POST https://n.e/w\nX: 1\n\n{}");
    }
}
