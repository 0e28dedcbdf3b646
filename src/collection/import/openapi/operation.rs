//! One operation of a document as a request.
//!
//! Called by [`openapi`](super) for every method of every path.

use crate::collection::draft::{DraftRow, Fate, ImportReport, RequestDraft};
use crate::collection::import::openapi::body;
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::parameter;
use crate::collection::import::openapi::security::Security;
use crate::collection::import::openapi::server::Servers;
use crate::collection::import::openapi::text::{first_line, lines};

/// What all operations share.
pub(super) struct Context<'d> {
    /// The document.
    pub documents: &'d Documents,
    /// Its security schemes.
    pub security: Security<'d>,
    /// Its servers; operations may add some.
    pub servers: Servers,
    /// Parts that have no place in a request, by kind.
    pub left_out: LeftOut,
}

/// Counts of parts that have no place in a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// `callbacks`.
    pub callbacks: usize,
    /// `links` of responses.
    pub links: usize,
    /// Descriptions of responses.
    pub responses: usize,
}

/// A request with the variables of its path.
#[derive(Debug, Default)]
pub(super) struct Operation {
    /// The request.
    pub draft: RequestDraft,
    /// Variables with values.
    pub variables: Vec<(String, String)>,
    /// The first of its tags.
    pub tag: Option<String>,
}

impl<'d> Context<'d> {
    /// Makes a request. `item` is the path's description, `node` that of the operation.
    pub fn operation(
        &mut self,
        method: &str,
        path: &str,
        item: Node<'d>,
        node: Node<'d>,
        report: &mut ImportReport,
    ) -> Operation {
        let place = format!("{} {path}", method.to_uppercase());
        let Some(found) = self.documents.follow(node) else {
            report.remark(
                Fate::Commented,
                "operation",
                &place,
                "only its method and path are known: its description could not be found",
            );
            return self.bare(method, path, item, node, report, &place);
        };
        let node = found;
        let levels = [self.documents.root(), item, node];
        let mut draft = RequestDraft { method: method.to_uppercase(), ..RequestDraft::default() };
        describe(node, item, &mut draft);
        draft.url = self.servers.placeholder(&levels[1..], &place, report);
        if let Some(accept) = self.accept(node) {
            draft.headers.push(DraftRow::new("Accept", accept));
        }
        let applied = parameter::apply(self.documents, &levels[1..], path, &mut draft, &place, report);
        let mut comments = applied.comments;
        let mut writer = body::Writer { documents: self.documents, place: &place, report, comments: Vec::new() };
        if let Some(body) = node.raw("requestBody") {
            writer.request_body(body, &mut draft);
        } else if levels[0].raw("swagger").is_some() {
            let parameters: Vec<_> =
                levels[1..].iter().flat_map(|level| self.documents.list(*level, "parameters")).collect();
            let consumes = node.raw("consumes").or_else(|| levels[0].raw("consumes"));
            let consumes: Vec<_> =
                consumes.into_iter().flat_map(Node::items).filter_map(|media_type| media_type.value.as_str()).collect();
            writer.swagger(&parameters, &consumes, &mut draft);
        }
        comments.append(&mut writer.comments);
        draft.comments.extend(comments);
        self.security.apply(node, &mut draft, &mut self.servers, &place, report);
        self.count(node);
        report.take("requests", 1);
        let tag = node.raw("tags").and_then(|tags| tags.items().find_map(|tag| tag.value.as_str())).map(str::to_owned);
        Operation { draft, variables: applied.variables, tag }
    }

    /// What is known of an operation whose description is missing.
    fn bare(
        &mut self,
        method: &str,
        path: &str,
        item: Node<'d>,
        node: Node<'d>,
        report: &mut ImportReport,
        place: &str,
    ) -> Operation {
        let mut draft = RequestDraft { method: method.to_uppercase(), ..RequestDraft::default() };
        draft.name = node.reference_name().map(str::to_owned);
        let reference = node.text("$ref").unwrap_or_default();
        draft.comments.push(format!("The description of this operation was not found: {reference}"));
        draft.url = self.servers.placeholder(&[item], place, report);
        let applied = parameter::apply(self.documents, &[item], path, &mut draft, place, report);
        self.security.apply(item, &mut draft, &mut self.servers, place, report);
        report.take("requests", 1);
        Operation { draft, variables: applied.variables, tag: None }
    }

    /// The content type of the first good answer.
    fn accept(&self, node: Node<'d>) -> Option<String> {
        let produces = node.raw("produces").or_else(|| self.documents.root().raw("produces"));
        if let Some(first) = produces.and_then(|produces| produces.items().next()) {
            return first.value.as_str().map(str::to_owned);
        }
        let responses = node.raw("responses")?;
        let good = responses.members().filter(|(status, _)| status.starts_with('2'));
        let default = responses.raw("default").map(|node| ("default", node));
        let found = good.chain(default).find_map(|(_, response)| {
            let content = self.documents.get(self.documents.follow(response)?, "content")?;
            content.members().next().map(|(media_type, _)| media_type)
        });
        found.filter(|media_type| !media_type.contains('*')).map(str::to_owned)
    }

    fn count(&mut self, node: Node<'d>) {
        self.left_out.callbacks += node.raw("callbacks").map_or(0, |callbacks| callbacks.members().count());
        for (_, response) in node.raw("responses").into_iter().flat_map(Node::members) {
            self.left_out.responses += 1;
            let links = self.documents.follow(response).and_then(|response| self.documents.get(response, "links"));
            self.left_out.links += links.map_or(0, |links| links.members().count());
        }
    }
}

/// Name and comments.
fn describe(node: Node<'_>, item: Node<'_>, draft: &mut RequestDraft) {
    let summary = node.text("summary").or_else(|| item.text("summary")).map(first_line).filter(|text| !text.is_empty());
    let id = node.text("operationId").map(str::trim).filter(|id| !id.is_empty());
    draft.name = id.map(str::to_owned).or_else(|| summary.clone());
    let mut comments: Vec<String> = Vec::new();
    if id.is_some() {
        comments.extend(summary.clone());
    }
    if node.is_true("deprecated") {
        comments.push("Deprecated".to_owned());
    }
    let description = node.text("description").or_else(|| item.text("description")).unwrap_or_default();
    let description = lines(description);
    if description.first().map(String::as_str) != summary.as_deref() || description.len() > 1 {
        comments.extend(description);
    }
    if let Some(url) = node.raw("externalDocs").and_then(|docs| docs.text("url")) {
        comments.push(url.to_owned());
    }
    draft.comments = comments;
}
