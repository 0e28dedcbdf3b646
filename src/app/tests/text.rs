//! Tests of text fields.

use proptest::prelude::*;

use crate::app::state::{Masked, TextField};
use crate::app::text::LONGEST;

fn field(text: &str, cursor: usize) -> TextField {
    TextField { text: text.to_owned(), cursor, masked: Masked::No }
}

#[test]
fn typed_text_goes_in_at_the_cursor() {
    let mut typed = field("ac", 1);
    typed.insert("b");
    assert_eq!((typed.text.as_str(), typed.cursor), ("abc", 2));
}

#[test]
fn control_characters_are_left_out() {
    let mut typed = TextField::default();
    typed.insert("https://a\r\n\u{1b}[31m\tb");
    assert_eq!(typed.text, "https://a[31mb");
}

#[test]
fn the_cursor_moves_by_what_the_eye_takes_for_one_character() {
    let mut typed = TextField::new("a👩‍👩‍👧é");
    typed.left();
    typed.left();
    assert_eq!(typed.cursor, 1);
    typed.delete_forward();
    assert_eq!(typed.text, "aé");
    typed.right();
    typed.delete_back();
    assert_eq!((typed.text.as_str(), typed.cursor), ("a", 1));
}

#[test]
fn a_word_is_deleted_with_the_space_behind_it() {
    for (text, left) in
        [("one two", "one "), ("one two  ", "one "), ("one", ""), ("   ", ""), ("ä\u{2003}ö", "ä\u{2003}")]
    {
        let mut typed = TextField::new(text);
        typed.delete_word();
        assert_eq!(typed.text, left, "{text:?}");
    }
}

#[test]
fn everything_before_the_cursor_is_deleted() {
    let mut typed = field("one two", 4);
    typed.delete_to_start();
    assert_eq!((typed.text.as_str(), typed.cursor), ("two", 0));
}

#[test]
fn a_huge_paste_is_cut_at_a_character() {
    let mut typed = TextField::new("x");
    typed.insert(&"ä".repeat(LONGEST));
    assert!(typed.text.len() <= LONGEST && typed.text.len() > LONGEST - 3);
}

#[test]
fn a_masked_field_never_shows_its_text() {
    let mut typed = TextField::masked();
    typed.insert("hunter2-canary");
    assert!(!format!("{typed:?}").contains("canary"));
}

proptest! {
    #[test]
    fn no_sequence_of_edits_loses_the_cursor(
        text in "\\PC{0,12}",
        cursor in 0_usize..40,
        edits in prop::collection::vec((0_u8..9, "\\PC{0,3}"), 0..30),
    ) {
        let mut typed = field(&text, cursor);
        for (edit, more) in edits {
            match edit {
                0 => typed.insert(&more),
                1 => typed.left(),
                2 => typed.right(),
                3 => typed.start(),
                4 => typed.end(),
                5 => typed.delete_back(),
                6 => typed.delete_forward(),
                7 => typed.delete_word(),
                _ => typed.delete_to_start(),
            }
            prop_assert!(typed.text.is_char_boundary(typed.cursor));
        }
    }
}
