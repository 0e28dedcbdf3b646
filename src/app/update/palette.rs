//! The command palette: every action of the main screen, found by a few letters of what it does.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::app::App;
use crate::app::state::{Layer, TextField};
use crate::keys::action::{ACTIONS, Action, ActionInfo, Context};

/// The actions that fit a query, best first; all of them for an empty one.
pub fn palette_rows(query: &str) -> Vec<&'static ActionInfo> {
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, &ActionInfo)> = ACTIONS
        .iter()
        .filter(|info| belongs(info))
        .filter_map(|info| {
            let line = format!("{} {}", info.doc, info.id);
            Some((pattern.score(Utf32Str::new(&line, &mut buffer), &mut matcher)?, info))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, info)| info).collect()
}

/// Moving the cursor and closing things are not looked for in a palette.
const fn belongs(info: &ActionInfo) -> bool {
    matches!(info.context, Context::Main | Context::Tree | Context::Global)
        && !matches!(
            info.action,
            Action::Palette
                | Action::Interrupt
                | Action::Back
                | Action::Up
                | Action::Down
                | Action::PageUp
                | Action::PageDown
                | Action::First
                | Action::Last
                | Action::ScrollLeft
                | Action::ScrollRight
                | Action::Fold
                | Action::Unfold
                | Action::ToggleFold
        )
}

impl App {
    pub(super) fn open_palette(&mut self) {
        self.push(Layer::Palette { query: TextField::default(), selected: 0 });
    }

    pub(super) fn accept_palette(&mut self) {
        let Some(Layer::Palette { query, selected }) = self.state.layers.last() else { return };
        let Some(info) = palette_rows(&query.text).get(*selected).copied() else { return };
        self.state.layers.pop();
        self.perform(info.action);
    }
}
