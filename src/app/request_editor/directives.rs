//! The directives that bearcat knows, with what they do: for the Directives tab.

/// A directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its name, without `@`.
    pub name: &'static str,
    /// What it takes, for the reader; empty: nothing.
    pub argument: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
}

const fn known(name: &'static str, argument: &'static str, about: &'static str) -> Known {
    Known { name, argument, about }
}

/// The table, in the order of the chooser.
pub const KNOWN: &[Known] = &[
    known("name", "<name>", "Other requests call it this: {{name.response.body.$.id}}"),
    known("auth", "<identity> [cookie]", "Sign as this identity; with `cookie` as the Kinde SDK's cookies"),
    known("no-auth", "", "Send no token"),
    known("redirect", "<number>", "Follow up to so many redirects"),
    known("no-redirect", "", "Follow no redirects"),
    known("timeout", "<duration>", "Give up when nothing arrives for so long: 10, 500 ms, 2 m"),
    known("connection-timeout", "<duration>", "Give up when connecting takes longer"),
    known("no-cookie-jar", "", "Neither send nor keep cookies"),
    known("require", "<permission|scope|org>…", "What the route needs, shown against the token"),
    known("assert", "<jq expression>", "Must be true: .status == 200, .body.total > 0"),
    known("capture", "<name> = <jq expression>", "Set a variable from the response, for later requests"),
    known("prompt", "<name> [text]", "Ask for a variable before sending"),
    known("note", "[text]", "Ask before sending"),
    known("expect", "<identity> <status>", "The access contract: who gets which status"),
    known("no-log", "", "Other clients: keep it out of the log"),
];

/// The directive of this name.
pub fn find(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.name == name)
}
