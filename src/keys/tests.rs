//! Tests of chords, the table of actions and the key map.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rstest::rstest;

use crate::keys::action::{ACTIONS, Action, Context};
use crate::keys::chord::{Chord, ChordError, Key, Modifiers};
use crate::keys::map::{key_for, resolve};
use crate::keys::table_markdown;

fn chord(text: &str) -> Chord {
    text.parse().unwrap()
}

#[rstest]
#[case("ctrl+r", Key::Char('r'), Modifiers::CTRL)]
#[case("Ctrl+R", Key::Char('r'), Modifiers::CTRL)]
#[case("shift+tab", Key::Tab, Modifiers::SHIFT)]
#[case("?", Key::Char('?'), Modifiers::NONE)]
#[case("enter", Key::Enter, Modifiers::NONE)]
#[case("f5", Key::F(5), Modifiers::NONE)]
#[case("+", Key::Char('+'), Modifiers::NONE)]
#[case("ctrl++", Key::Char('+'), Modifiers::CTRL)]
#[case("shift+a", Key::Char('A'), Modifiers::NONE)]
#[case("space", Key::Char(' '), Modifiers::NONE)]
#[case("ctrl+shift+p", Key::Char('p'), Modifiers { ctrl: true, alt: false, shift: true })]
#[case("PgUp", Key::PageUp, Modifiers::NONE)]
fn chords_are_read_as_people_write_them(#[case] text: &str, #[case] key: Key, #[case] modifiers: Modifiers) {
    let read = chord(text);
    assert_eq!((read.key(), read.modifiers()), (key, modifiers));
}

#[rstest]
#[case("")]
#[case("ctrl+")]
#[case("hyper+a")]
#[case("f0")]
#[case("f25")]
#[case("f05")]
#[case("entre")]
fn what_is_not_a_chord_is_refused(#[case] text: &str) {
    assert!(text.parse::<Chord>().is_err(), "{text}");
}

#[test]
fn modifiers_alone_name_no_key() {
    assert_eq!("ctrl+shift+".parse::<Chord>(), Err(ChordError::NoKey("ctrl+shift+".to_owned())));
}

#[test]
fn the_ways_of_reporting_one_key_are_one_chord() {
    let shift = Modifiers::SHIFT;
    assert_eq!(Chord::new(Key::Char('G'), shift), Chord::plain(Key::Char('G')));
    assert_eq!(Chord::new(Key::Char('g'), shift), Chord::plain(Key::Char('G')));
    assert_eq!(Chord::new(Key::Char('?'), shift), Chord::plain(Key::Char('?')));
    assert_eq!(Chord::plain(Key::Char('\u{3}')), chord("ctrl+c"));
    assert_eq!(Chord::plain(Key::Char('\t')), chord("tab"));
    assert_eq!(Chord::plain(Key::Char('\r')), chord("enter"));
    let alt_gr = Modifiers { ctrl: true, alt: true, shift: false };
    assert_eq!(Chord::new(Key::Char('@'), alt_gr).text(), Some('@'));
}

#[test]
fn only_plain_characters_are_text() {
    assert_eq!(chord("ä").text(), Some('ä'));
    assert_eq!(chord("space").text(), Some(' '));
    for other in ["ctrl+a", "alt+a", "enter", "f1"] {
        assert_eq!(chord(other).text(), None, "{other}");
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    prop_oneof![
        any::<char>().prop_map(Key::Char),
        (1_u8..=24).prop_map(Key::F),
        prop::sample::select(vec![
            Key::Enter,
            Key::Esc,
            Key::Tab,
            Key::Backspace,
            Key::Delete,
            Key::Insert,
            Key::Up,
            Key::Down,
            Key::Left,
            Key::Right,
            Key::Home,
            Key::End,
            Key::PageUp,
            Key::PageDown,
        ]),
    ]
}

proptest! {
    #[test]
    fn what_a_chord_prints_is_read_back(key in any_key(), ctrl: bool, alt: bool, shift: bool) {
        let chord = Chord::new(key, Modifiers { ctrl, alt, shift });
        prop_assert_eq!(chord.to_string().parse::<Chord>(), Ok(chord));
    }

    #[test]
    fn reading_a_chord_never_panics(text in ".{0,24}") {
        let _ = text.parse::<Chord>();
    }
}

#[test]
fn every_action_is_in_the_table_once_per_context() {
    let mut seen = BTreeSet::new();
    for info in ACTIONS {
        assert!(seen.insert((info.context, info.action)), "{:?} twice in {:?}", info.action, info.context);
    }
    let last = Action::DeleteToStart as usize;
    let actions: BTreeSet<Action> = ACTIONS.iter().map(|info| info.action).collect();
    assert_eq!(actions.len(), last + 1, "an action is missing in the table");
}

#[test]
fn every_row_is_documented_and_its_id_names_one_action() {
    let mut ids = BTreeMap::new();
    for info in ACTIONS {
        assert!(!info.doc.is_empty() && !info.doc.ends_with('.') && !info.doc.contains('\n'), "{}", info.id);
        assert!(!info.short.is_empty() && info.short.len() <= 14, "{}", info.id);
        assert!(!info.keys.is_empty(), "{}", info.id);
        assert_eq!(*ids.entry(info.id).or_insert(info.action), info.action, "{}", info.id);
        assert!(info.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", info.id);
    }
}

#[test]
fn no_key_means_two_things_in_one_context() {
    let mut seen = BTreeMap::new();
    for info in ACTIONS {
        for key in info.keys {
            let before = seen.insert((info.context, chord(key)), info.id);
            assert_eq!(before, None, "{key} in {:?}", info.context);
            assert_eq!(chord(key).to_string(), *key, "keys are written in their normal form");
        }
    }
}

/// Ctrl+J/M/H/I are Enter, Backspace and Tab to a terminal; S and Q are flow control, A and B multiplexers, Z suspends,
/// Alt with a digit belongs to the desktop.
#[test]
fn no_key_is_one_that_terminals_or_multiplexers_take() {
    let taken: Vec<Chord> =
        ["j", "m", "h", "i", "s", "q", "b", "a", "z"].iter().map(|letter| chord(&format!("ctrl+{letter}"))).collect();
    for key in ACTIONS.iter().flat_map(|info| info.keys) {
        let bound = chord(key);
        assert!(!taken.contains(&bound), "{key}");
        assert!(!bound.modifiers().alt, "{key}");
        assert!(!(bound.modifiers().ctrl && bound.modifiers().shift), "{key}: legacy terminals drop the shift");
    }
}

#[test]
fn the_innermost_context_wins_and_global_is_last() {
    let tree = [Context::Tree, Context::Main];
    assert_eq!(resolve(chord("left"), &tree), Some(Action::Fold));
    assert_eq!(resolve(chord("left"), &[Context::Main]), Some(Action::PreviousTab));
    assert_eq!(resolve(chord("enter"), &tree), Some(Action::Send));
    assert_eq!(resolve(chord("?"), &tree), Some(Action::Help));
    assert_eq!(resolve(chord("ctrl+c"), &[]), Some(Action::Interrupt));
    assert_eq!(resolve(chord("z"), &tree), None);
}

#[test]
fn printable_keys_are_text_in_a_text_field() {
    let palette = [Context::Text, Context::List, Context::Layer];
    for key in ["q", "j", "?", "space", "y"] {
        assert_eq!(resolve(chord(key), &palette), None, "{key}");
    }
    assert_eq!(resolve(chord("f1"), &palette), Some(Action::Help));
    assert_eq!(resolve(chord("enter"), &palette), Some(Action::Accept));
    assert_eq!(resolve(chord("home"), &palette), Some(Action::CursorStart));
    assert_eq!(resolve(chord("down"), &palette), Some(Action::Down));
}

#[test]
fn the_key_shown_for_an_action_reaches_it() {
    assert_eq!(key_for(Action::Help, &[Context::Text, Context::List]), Some("f1"));
    assert_eq!(key_for(Action::NextTab, &[Context::Tree, Context::Main]), Some("]"));
    assert_eq!(key_for(Action::Send, &[Context::Layer]), None);
}

#[test]
fn the_markdown_table_has_every_row() {
    let table = table_markdown();
    for info in ACTIONS {
        assert!(table.contains(info.doc), "{}", info.id);
    }
    let rows = table.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, ACTIONS.len());
    assert!(table.starts_with("### Main screen\n"));
}
