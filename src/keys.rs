//! Keys: chords, the table of actions, and which chord means which action where. Pure.
//!
//! One table ([`action::ACTIONS`]) feeds the key map, the palette, the help layer and the README.

pub mod action;
pub mod chord;
pub mod map;

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use crate::keys::action::{ACTIONS, Context};

/// The key table of the README, in Markdown: one section per context, in the order of [`Context::ALL`].
pub fn table_markdown() -> String {
    let mut out = String::new();
    for context in Context::ALL {
        let _ = write!(out, "### {}\n\n| Key | Does |\n| --- | --- |\n", context.title());
        for info in ACTIONS.iter().filter(|info| info.context == context) {
            let keys: Vec<String> = info.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            let _ = writeln!(out, "| {} | {} |", keys.join(" "), info.doc);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}
