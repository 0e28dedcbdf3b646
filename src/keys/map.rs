//! Which chord means which action where: a lookup made once from the table of actions.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::keys::action::{ACTIONS, Action, Context};
use crate::keys::chord::Chord;

static MAP: LazyLock<HashMap<(Context, Chord), Action>> = LazyLock::new(|| {
    let rows = ACTIONS.iter().flat_map(|info| info.keys.iter().map(move |key| (info, *key)));
    rows.map(|(info, key)| {
        let chord = key.parse().expect("every key of the table is a chord (tested)");
        ((info.context, chord), info.action)
    })
    .collect()
});

/// The action of `chord` at a place: the innermost context that knows the chord decides, then [`Context::Global`].
/// Inside a text field a printable key is text, not an action.
pub fn resolve(chord: Chord, stack: &[Context]) -> Option<Action> {
    if chord.text().is_some() && stack.contains(&Context::Text) {
        return None;
    }
    let places = stack.iter().copied().chain([Context::Global]);
    places.into_iter().find_map(|context| MAP.get(&(context, chord)).copied())
}

/// The key to show for an action at a place, if it has one there: the first that reaches it.
pub fn key_for(action: Action, stack: &[Context]) -> Option<&'static str> {
    let info = action.info_in(stack)?;
    info.keys.iter().copied().find(|key| key.parse().is_ok_and(|chord| resolve(chord, stack) == Some(action)))
}
