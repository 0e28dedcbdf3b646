//! A `.http` file for other clients: the requests as they are written, without what only bearcat understands.
//!
//! Directives stay, because they are comments. Variables stay variables and stand at the top with their values; tokens
//! become `{{token}}`; the signature that bearcat adds by itself is written out.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use crate::collection::export::name;
use crate::collection::export::resolve::{Context, Resolver, directives};
use crate::collection::export::{ExportInput, ExportSource, TokenMode};
use crate::collection::file::{Node, NodeKind};
use crate::collection::lines;
use crate::model::request::TokenCarrier;
use crate::model::session::TokenKind;
use crate::template::expression::Expression;
use crate::template::{Part, Scope, Template};

pub(super) fn write(input: &ExportInput<'_>, resolver: &mut Resolver) -> String {
    resolver.announce(input);
    let mut blocks = String::new();
    for source in &input.requests {
        if !blocks.is_empty() {
            blocks.push('\n');
        }
        Writer::new(input, source, resolver).block(&mut blocks);
    }
    let mut out = String::from("# Made by bearcat.\n");
    for (name, value) in &resolver.kept {
        let _ = match value {
            Some(value) => writeln!(out, "@{name} = {}", escape(value)),
            None => writeln!(out, "# {} has no value here: define it in the environment", name::comment(name)),
        };
    }
    out.push('\n');
    out + &blocks
}

/// The escapes of a file variable's value.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

struct Writer<'a, 'r> {
    input: &'a ExportInput<'a>,
    source: &'a ExportSource<'a>,
    scope: &'a dyn Scope,
    prompts: BTreeSet<String>,
    resolver: &'r mut Resolver,
    line_break: &'static str,
}

impl<'a, 'r> Writer<'a, 'r> {
    fn new(input: &'a ExportInput<'a>, source: &'a ExportSource<'a>, resolver: &'r mut Resolver) -> Self {
        let prompts = directives(source.collection, source.block)
            .into_iter()
            .filter(|(name, _)| name == "prompt")
            .filter_map(|(_, value)| value.split_whitespace().next().map(str::to_owned))
            .collect();
        Self { input, source, scope: source.scope, prompts, resolver, line_break: "\n" }
    }

    fn block(&mut self, out: &mut String) {
        let collection = self.source.collection;
        let at = collection.blocks.partition_point(|block| block.span.start < self.source.block.span.start);
        let Some(block) = collection.blocks.get(at) else { return };
        if block.nodes.first().is_none_or(|node| node.kind != NodeKind::Separator) {
            out.push_str("###");
            out.push_str(self.line_break);
        }
        let last_of_target = block
            .nodes
            .iter()
            .rposition(|node| matches!(node.kind, NodeKind::RequestLine | NodeKind::TargetContinuation));
        for (index, node) in block.nodes.iter().enumerate() {
            self.node(node, out);
            if Some(index) == last_of_target {
                if !out.ends_with('\n') {
                    out.push_str(self.line_break);
                }
                self.signature(out);
            }
        }
        while out.ends_with("\n\n") || out.ends_with("\n\r\n") {
            out.truncate(out.trim_end_matches(['\r', '\n']).len());
            out.push_str(self.line_break);
        }
        if !out.ends_with('\n') {
            out.push_str(self.line_break);
        }
    }

    fn node(&mut self, node: &Node, out: &mut String) {
        let source = &self.source.collection.source;
        // One kind of line break for the whole: in a file with CR alone, LF would end no line of it.
        let text = lines::with_line_feeds(source, source.get(node.span.clone()).unwrap_or_default());
        let text = text.as_ref();
        match node.kind {
            // Variables stand at the top of the export.
            NodeKind::ByteOrderMark | NodeKind::Variable => {}
            NodeKind::BodyFile => out.push_str(&self.body_file(text)),
            NodeKind::Comment | NodeKind::Directive | NodeKind::NotRun | NodeKind::Separator | NodeKind::Unread => {
                let (text, found) = crate::redact::scrub(text, &[]);
                self.resolver.hidden(found);
                out.push_str(&text);
            }
            _ => out.push_str(&self.filled(text)),
        }
    }

    /// The text with the placeholders that only bearcat understands replaced.
    fn filled(&mut self, text: &str) -> String {
        let parsed = Template::parse(text);
        let mut out = String::new();
        let (scope, tokens) = (self.scope, TokenMode::Placeholder);
        for part in &parsed.parts {
            match part {
                Part::Literal(span) => {
                    let (text, found) = crate::redact::scrub(&text[span.clone()], &[]);
                    self.resolver.hidden(found);
                    out.push_str(&text);
                }
                Part::Placeholder(placeholder) => {
                    let prompts = std::mem::take(&mut self.prompts);
                    let context = Context { scope, tokens, allowed: &|_| false, prompts: &prompts };
                    let resolved = self.resolver.placeholder(placeholder, context, &mut Vec::new());
                    self.prompts = prompts;
                    match (resolved.as_literal(), &placeholder.expression) {
                        // As it is written, blanks and all, where nothing changes.
                        (Some(resolved), Expression::Variable(name)) if *resolved == format!("{{{{{name}}}}}") => {
                            out.push_str(&text[placeholder.span.clone()]);
                        }
                        (Some(resolved), _) => out.push_str(resolved),
                        (None, _) => out.push_str(&text[placeholder.span.clone()]),
                    }
                }
            }
        }
        out
    }

    /// `< ./file`, relative to the folder that bearcat runs in.
    fn body_file(&mut self, text: &str) -> String {
        let folder = self.source.collection.path.parent().unwrap_or(Path::new("")).to_string_lossy().replace('\\', "/");
        let trimmed = text.trim_start();
        let Some(blank) = trimmed.find(char::is_whitespace).filter(|_| !folder.is_empty()) else {
            return self.filled(text);
        };
        let (mark, path) = trimmed.split_at(blank);
        let path = path.trim_start();
        if path.starts_with(['/', '~', '{']) || path.get(1..2) == Some(":") {
            return self.filled(text);
        }
        let path = path.strip_prefix("./").unwrap_or(path);
        format!("{mark} {folder}/{}", self.filled(path))
    }

    /// The header that bearcat adds when it sends.
    fn signature(&mut self, out: &mut String) {
        let block = self.source.block;
        let Some(auth) = (self.input.auth)(block) else { return };
        let scope = self.scope;
        let context = Context { scope, tokens: TokenMode::Placeholder, allowed: &|_| false, prompts: &self.prompts };
        let mut token = |kind| {
            let piece = self.resolver.token(kind, &auth.identity, context);
            if let super::resolve::Piece::Literal(text) = piece { text } else { String::new() }
        };
        match auth.carrier {
            TokenCarrier::Bearer if !block.has_own_authorization() => {
                let _ = write!(out, "Authorization: Bearer {}{}", token(TokenKind::Access), self.line_break);
            }
            TokenCarrier::Cookie
                if !block.headers.iter().any(|header| header.name.text.eq_ignore_ascii_case("cookie")) =>
            {
                let (access, id) = (token(TokenKind::Access), token(TokenKind::Id));
                let _ = write!(out, "Cookie: access_token={access}; id_token={id}{}", self.line_break);
            }
            _ => {}
        }
    }
}
