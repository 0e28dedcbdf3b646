//! From the path of a file to the path of its route: dynamic segments, groups, slots, interception, private folders.

use std::path::Path;

/// A segment of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// As it is.
    Static(String),
    /// `[id]`, with what stands before and after it.
    Dynamic {
        /// Before `[`.
        before: String,
        /// The name.
        name: String,
        /// After `]`.
        after: String,
    },
    /// `[...slug]`: one segment or more.
    CatchAll(String),
    /// `[[...slug]]`: any number of segments.
    OptionalCatchAll(String),
}

impl Segment {
    fn read(text: &str) -> Self {
        if let Some(name) = text.strip_prefix("[[...").and_then(|rest| rest.strip_suffix("]]")) {
            return Self::OptionalCatchAll(name.to_owned());
        }
        if let Some(name) = text.strip_prefix("[...").and_then(|rest| rest.strip_suffix(']')) {
            return Self::CatchAll(name.to_owned());
        }
        let parts = text.split_once('[').and_then(|(before, rest)| Some((before, rest.split_once(']')?)));
        match parts {
            Some((before, (name, after))) if !name.is_empty() && !name.contains('[') => {
                Self::Dynamic { before: before.to_owned(), name: name.to_owned(), after: after.to_owned() }
            }
            _ => Self::Static(text.to_owned()),
        }
    }

    /// The name of its parameter.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::Static(_) => None,
            Self::Dynamic { name, .. } | Self::CatchAll(name) | Self::OptionalCatchAll(name) => Some(name),
        }
    }

    /// As Next writes it.
    fn label(&self) -> String {
        match self {
            Self::Static(text) => text.clone(),
            Self::Dynamic { before, name, after } => format!("{before}[{name}]{after}"),
            Self::CatchAll(name) => format!("[...{name}]"),
            Self::OptionalCatchAll(name) => format!("[[...{name}]]"),
        }
    }
}

/// The path of a route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoutePath {
    /// Its segments.
    pub segments: Vec<Segment>,
    /// Does an intercepting segment lead here? Such a route answers only navigation inside the app.
    pub intercepted: Intercepted,
}

/// Does an intercepting segment lead to a route?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Intercepted {
    /// No.
    #[default]
    No,
    /// `(.)`, `(..)` or `(...)`.
    Yes,
}

impl RoutePath {
    /// `/orders/[id]`.
    pub fn label(&self) -> String {
        let labels = self.segments.iter().map(Segment::label);
        format!("/{}", labels.collect::<Vec<_>>().join("/"))
    }
}

/// The route of `app/<folder>/route.ts`; `None`: a private folder, or markers that lead nowhere.
pub fn of_app(folder: &Path) -> Option<RoutePath> {
    let mut route = RoutePath::default();
    for part in folder.components() {
        let text = part.as_os_str().to_str()?;
        if text.starts_with('_') {
            return None;
        }
        let (marker, rest) = marker(text);
        if let Some(up) = marker {
            route.intercepted = Intercepted::Yes;
            match up {
                Up::Same => {}
                Up::Levels(levels) => {
                    let kept = route.segments.len().checked_sub(levels)?;
                    route.segments.truncate(kept);
                }
                Up::Root => route.segments.clear(),
            }
            if rest.is_empty() {
                return None;
            }
        } else if text.starts_with('@') || (text.starts_with('(') && text.ends_with(')')) {
            continue;
        }
        // Next decodes this one sequence, so that a segment may begin with an underscore.
        route.segments.push(Segment::read(&rest.replace("%5F", "_")));
    }
    Some(route)
}

/// The route of `pages/<file>`, without extension; underscores mean nothing below `pages/api`.
pub fn of_pages(file: &Path) -> Option<RoutePath> {
    let mut parts: Vec<&str> = file.components().map(|part| part.as_os_str().to_str()).collect::<Option<_>>()?;
    if parts.last() == Some(&"index") {
        parts.pop();
    }
    let segments = parts.into_iter().map(Segment::read).collect();
    Some(RoutePath { segments, intercepted: Intercepted::No })
}

enum Up {
    Same,
    Levels(usize),
    Root,
}

/// `(.)`, `(..)`, `(..)(..)`, `(...)` in front of a segment.
fn marker(text: &str) -> (Option<Up>, &str) {
    if let Some(rest) = text.strip_prefix("(...)") {
        return (Some(Up::Root), rest);
    }
    if let Some(rest) = text.strip_prefix("(.)") {
        return (Some(Up::Same), rest);
    }
    let mut levels = 0;
    let mut rest = text;
    while let Some(after) = rest.strip_prefix("(..)") {
        levels += 1;
        rest = after;
    }
    if levels > 0 { (Some(Up::Levels(levels)), rest) } else { (None, text) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// From Next's documentation of the file conventions.
    #[rstest]
    #[case::plain("api/orders", Some("/api/orders"))]
    #[case::root("", Some("/"))]
    #[case::dynamic("shop/[id]", Some("/shop/[id]"))]
    #[case::catch_all("docs/[...slug]", Some("/docs/[...slug]"))]
    #[case::optional("docs/[[...slug]]", Some("/docs/[[...slug]]"))]
    #[case::group("(marketing)/about", Some("/about"))]
    #[case::groups_only("(a)/(b)", Some("/"))]
    #[case::slot("@modal/login", Some("/login"))]
    #[case::private("_lib/x", None)]
    #[case::private_below("a/_b/c", None)]
    #[case::escaped_underscore("%5Flib/x", Some("/_lib/x"))]
    #[case::other_percent("%20x", Some("/%20x"))]
    #[case::same_level("feed/(.)photo", Some("/feed/photo"))]
    #[case::one_up("feed/deep/(..)photo", Some("/feed/photo"))]
    #[case::one_up_of_a_slot("feed/@modal/(..)photo/[id]", Some("/photo/[id]"))]
    #[case::two_up("a/b/c/(..)(..)photo", Some("/a/photo"))]
    #[case::root_up("a/b/(...)photo", Some("/photo"))]
    #[case::above_the_root("(..)photo", None)]
    #[case::marker_only("a/(.)", None)]
    #[case::well_known(".well-known/openid", Some("/.well-known/openid"))]
    #[case::partial("v[version]x", Some("/v[version]x"))]
    #[case::empty_name("[]", Some("/[]"))]
    fn folders_of_app(#[case] folder: &str, #[case] route: Option<&str>) {
        assert_eq!(of_app(Path::new(folder)).map(|route| route.label()).as_deref(), route);
    }

    #[rstest]
    #[case::plain("api/hello", "/api/hello")]
    #[case::index("api/index", "/api")]
    #[case::nested_index("api/users/index", "/api/users")]
    #[case::dynamic("api/[id]/[...rest]", "/api/[id]/[...rest]")]
    #[case::not_private("api/_internal", "/api/_internal")]
    #[case::no_groups("api/(x)/y", "/api/(x)/y")]
    fn files_of_pages(#[case] file: &str, #[case] route: &str) {
        assert_eq!(of_pages(Path::new(file)).unwrap().label(), route);
    }
}
