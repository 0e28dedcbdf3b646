//! A source file as a syntax tree, and the few questions that the readers of this module ask of a node.
//!
//! TypeScript and JavaScript alike, with or without JSX. A file with syntax errors still has a tree: what can be read
//! is read. Sizes and the parser's work are bounded.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// A larger file is not parsed.
pub const LARGEST: usize = 1024 * 1024;

/// How often the parser may report that it still works: some seconds' worth, for files made to be slow.
const MOST_REPORTS: usize = 40_000;

/// Wrappers deeper than this are not looked through.
const DEEPEST_WRAPPING: usize = 32;

/// A file and its tree.
#[derive(Debug)]
pub struct Source {
    /// The path, relative to the workspace.
    pub path: PathBuf,
    /// The text.
    pub text: Arc<str>,
    tree: Tree,
}

impl Source {
    /// Parses a file; `None` if it is too large or takes too long.
    pub fn parse(path: &Path, text: Arc<str>) -> Option<Self> {
        if text.len() > LARGEST {
            return None;
        }
        let typed = path
            .extension()
            .is_some_and(|extension| ["ts", "mts", "cts"].iter().any(|known| extension.eq_ignore_ascii_case(known)));
        // `<T>value` is a type assertion in one grammar and an element in the other.
        let language =
            if typed { tree_sitter_typescript::LANGUAGE_TYPESCRIPT } else { tree_sitter_typescript::LANGUAGE_TSX };
        let mut parser = Parser::new();
        parser.set_language(&language.into()).ok()?;
        let bytes = text.as_bytes();
        let mut reports = 0;
        let mut bounded = |_: &tree_sitter::ParseState| {
            reports += 1;
            if reports > MOST_REPORTS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let options = ParseOptions::new().progress_callback(&mut bounded);
        let tree = parser.parse_with_options(&mut |at, _| bytes.get(at..).unwrap_or_default(), None, Some(options))?;
        Some(Self { path: path.to_path_buf(), text, tree })
    }

    /// The whole file.
    pub fn root(&self) -> Node<'_> {
        self.tree.root_node()
    }

    /// Could part of the file not be understood?
    pub fn is_broken(&self) -> bool {
        self.root().has_error()
    }

    /// The text of a node.
    pub fn text(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    /// The text of a node on one line, cut to a readable length.
    pub fn excerpt(&self, node: Node<'_>) -> String {
        let text = self.text(node);
        let mut out = String::new();
        for word in text.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
            if out.chars().count() > 40 {
                let mut cut: String = out.chars().take(39).collect();
                cut.push('…');
                return cut.replace('`', "'");
            }
        }
        out.replace('`', "'")
    }

    /// The line that a node begins in, from 1.
    pub fn line(&self, node: Node<'_>) -> usize {
        node.start_position().row + 1
    }

    /// The name of the file, for people: relative to the app.
    pub fn name(&self, app: &Path) -> String {
        self.path.strip_prefix(app).unwrap_or(&self.path).to_string_lossy().replace('\\', "/")
    }

    /// The text of a string literal (or a template without placeholders), escapes decoded.
    pub fn string(&self, node: Node<'_>) -> Option<String> {
        if !matches!(node.kind(), "string" | "template_string") {
            return None;
        }
        let mut text = String::new();
        for part in named_children(node) {
            match part.kind() {
                "string_fragment" => text.push_str(self.text(part)),
                "escape_sequence" => text.push_str(&unescape(self.text(part))),
                _ => return None,
            }
        }
        Some(text)
    }

    /// The name of a property: `a`, `"a"` or `["a"]`.
    pub fn key(&self, node: Node<'_>) -> Option<String> {
        match node.kind() {
            "property_identifier" | "identifier" | "shorthand_property_identifier" | "number" => {
                Some(self.text(node).to_owned())
            }
            "computed_property_name" => self.string(node.named_child(0)?),
            _ => self.string(node),
        }
    }
}

/// `\n`, `\x41`, `\u{1F600}` and the like.
fn unescape(escape: &str) -> String {
    let Some(rest) = escape.strip_prefix('\\') else { return escape.to_owned() };
    let code = |digits: &str| u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    match rest.chars().next() {
        Some('n') => "\n".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('t') => "\t".to_owned(),
        Some('b') => "\u{8}".to_owned(),
        Some('f') => "\u{c}".to_owned(),
        Some('v') => "\u{b}".to_owned(),
        Some('0') if rest.len() == 1 => "\0".to_owned(),
        Some('x') => code(&rest[1..]).map(String::from).unwrap_or_default(),
        Some('u') => {
            let digits = rest[1..].trim_start_matches('{').trim_end_matches('}');
            code(digits).map(String::from).unwrap_or_default()
        }
        // A line break after a backslash continues the line.
        Some('\n' | '\r') | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The named children of a node.
pub fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).filter(|child| child.kind() != "comment").collect()
}

/// The child in a field.
pub fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The arguments of a call or of `new`.
pub fn arguments(call: Node<'_>) -> Vec<Node<'_>> {
    field(call, "arguments").map(named_children).unwrap_or_default()
}

/// What stands inside parentheses, `await`, `as`, `satisfies`, `!` and type assertions.
pub fn unwrap(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    for _ in 0..DEEPEST_WRAPPING {
        let inner = match node.kind() {
            "parenthesized_expression"
            | "await_expression"
            | "as_expression"
            | "satisfies_expression"
            | "non_null_expression" => named_children(node).first().copied(),
            "type_assertion" => named_children(node).last().copied(),
            _ => None,
        };
        match inner {
            Some(inner) => node = inner,
            None => break,
        }
    }
    node
}

/// Is this a function of any form?
pub fn is_function(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "function_declaration"
            | "generator_function_declaration"
            | "function_expression"
            | "generator_function"
            | "arrow_function"
            | "method_definition"
    )
}

/// The names that a function's parameters are bound to, as patterns.
pub fn parameters(function: Node<'_>) -> Vec<Node<'_>> {
    if let Some(single) = field(function, "parameter") {
        return vec![single];
    }
    let all = field(function, "parameters").map(named_children).unwrap_or_default();
    all.into_iter()
        .map(|parameter| match parameter.kind() {
            "required_parameter" | "optional_parameter" => field(parameter, "pattern").unwrap_or(parameter),
            "assignment_pattern" => field(parameter, "left").unwrap_or(parameter),
            _ => parameter,
        })
        .collect()
}

/// All nodes below (and including) one, in the order of the text; without recursion, so that no nesting is too deep.
pub fn descendants(node: Node<'_>) -> Descendants<'_> {
    Descendants { cursor: node.walk(), root: node.id(), state: Walk::Start }
}

/// See [`descendants`].
pub struct Descendants<'t> {
    cursor: tree_sitter::TreeCursor<'t>,
    root: usize,
    state: Walk,
}

enum Walk {
    Start,
    Going,
    Done,
}

impl<'t> Iterator for Descendants<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        match self.state {
            Walk::Done => return None,
            Walk::Start => {
                self.state = Walk::Going;
                return Some(self.cursor.node());
            }
            Walk::Going => {}
        }
        if self.cursor.goto_first_child() {
            return Some(self.cursor.node());
        }
        loop {
            if self.cursor.node().id() == self.root {
                break;
            }
            if self.cursor.goto_next_sibling() {
                return Some(self.cursor.node());
            }
            if !self.cursor.goto_parent() {
                break;
            }
        }
        self.state = Walk::Done;
        None
    }
}

/// Does `outer` hold `inner`?
pub fn holds(outer: Node<'_>, inner: Node<'_>) -> bool {
    outer.start_byte() <= inner.start_byte() && inner.end_byte() <= outer.end_byte()
}
