//! Tests of the text area: what the keys do, and that undo always leads back.

use proptest::prelude::*;

use super::*;

fn area(text: &str, line: usize, byte: usize) -> TextArea {
    let mut area = TextArea::new(text);
    area.jump(Position { line, byte });
    area
}

#[test]
fn typing_is_one_change_until_the_cursor_moves() {
    let mut text = TextArea::new("");
    for c in ["a", "b", "c"] {
        assert_eq!(text.insert(c), Fit::Whole);
    }
    text.step(Motion::Left, Selecting::No);
    let _ = text.insert("x");
    assert_eq!(text.text(), "abxc");
    assert!(text.undo());
    assert_eq!(text.text(), "abc");
    assert!(text.undo());
    assert_eq!((text.text().as_str(), text.undo()), ("", false));
    assert!(text.redo() && text.redo());
    assert_eq!((text.text().as_str(), text.redo()), ("abxc", false));
}

#[test]
fn deleting_backwards_is_one_change_and_joins_lines() {
    let mut text = area("ab\ncd", 1, 1);
    for _ in 0..3 {
        text.delete_back();
    }
    assert_eq!((text.text().as_str(), text.cursor()), ("ad", Position { line: 0, byte: 1 }));
    text.undo();
    assert_eq!((text.text().as_str(), text.cursor()), ("ab\ncd", Position { line: 1, byte: 1 }));
}

#[test]
fn new_lines_keep_the_indentation() {
    let mut text = area("{\n  \"a\": 1", 1, 8);
    let _ = text.newline();
    let _ = text.insert("x");
    assert_eq!(text.text(), "{\n  \"a\": 1\n  x");
}

#[test]
fn selections_are_replaced_cut_and_folded() {
    let mut text = area("one two\nthree", 0, 4);
    text.step(Motion::Down(1), Selecting::Yes);
    assert_eq!(text.selected(), "two\nthre");
    assert_eq!(text.cut(), "two\nthre");
    assert_eq!(text.text(), "one e");
    text.undo();
    text.select_all();
    let _ = text.insert("new");
    assert_eq!(text.text(), "new");
    text.undo();
    text.jump(Position { line: 0, byte: 0 });
    text.step(Motion::WordRight, Selecting::Yes);
    text.step(Motion::Left, Selecting::No);
    assert_eq!((text.cursor().byte, text.selection()), (0, None));
}

#[test]
fn up_and_down_keep_the_column_over_short_lines() {
    let mut text = area("abcdef\nx\n日本語z", 0, 5);
    text.step(Motion::Down(1), Selecting::No);
    assert_eq!(text.cursor(), Position { line: 1, byte: 1 });
    text.step(Motion::Down(1), Selecting::No);
    // Five cells are two and a half of the wide characters.
    assert_eq!(text.cursor(), Position { line: 2, byte: 6 });
    text.step(Motion::Up(2), Selecting::No);
    assert_eq!(text.cursor(), Position { line: 0, byte: 5 });
    text.step(Motion::Down(99), Selecting::No);
    text.step(Motion::Down(1), Selecting::No);
    assert_eq!(text.cursor(), Position { line: 2, byte: 10 });
}

#[test]
fn the_cursor_moves_by_what_the_eye_sees() {
    let mut text = area("a👨\u{200d}👩\u{200d}👧e\u{301}", 0, 0);
    text.step(Motion::Right, Selecting::No);
    text.step(Motion::Right, Selecting::No);
    text.step(Motion::Right, Selecting::No);
    text.delete_back();
    assert_eq!(text.text(), "a👨\u{200d}👩\u{200d}👧");
    text.delete_back();
    assert_eq!(text.text(), "a");
}

#[test]
fn words_and_line_ends() {
    let mut text = area("  let a_b = \"x\";", 0, 16);
    text.step(Motion::WordLeft, Selecting::No);
    assert_eq!(text.cursor().byte, 13);
    text.step(Motion::WordLeft, Selecting::No);
    assert_eq!(text.cursor().byte, 6);
    text.delete_word();
    assert_eq!(text.text(), "  a_b = \"x\";");
    text.step(Motion::LineStart, Selecting::No);
    assert_eq!(text.cursor().byte, 0);
    text.step(Motion::LineStart, Selecting::No);
    assert_eq!(text.cursor().byte, 2);
    text.step(Motion::LineEnd, Selecting::No);
    text.delete_to_start();
    assert_eq!(text.text(), "");
}

#[test]
fn the_cursor_is_in_view() {
    let mut text = area(&"x\n".repeat(100), 50, 0);
    assert_eq!(text.first_line(10), 41);
    text.reveal(10);
    text.step(Motion::Up(5), Selecting::No);
    assert_eq!(text.first_line(10), 41);
    text.step(Motion::Top, Selecting::No);
    assert_eq!(text.first_line(10), 0);
    let mut wide = area(&"x".repeat(1000), 0, 500);
    let left = wide.first_column(40);
    assert!(left <= 500 && 500 < left + 40, "{left}");
    wide.step(Motion::LineStart, Selecting::No);
    assert_eq!(wide.first_column(40), 0);
}

#[test]
fn carriage_returns_are_line_breaks() {
    let mut text = TextArea::new("a\r\nb\rc");
    assert_eq!(text.lines().len(), 3);
    let _ = text.insert("x\r\ny");
    assert_eq!(text.text(), "x\nya\nb\nc");
}

#[test]
fn a_text_that_does_not_fit_changes_nothing() {
    let mut text = TextArea::new("abc");
    assert_eq!(text.insert(&"x".repeat(LONGEST)), Fit::TooLong);
    assert_eq!((text.text().as_str(), text.undo()), ("abc", false));
}

#[test]
fn all_can_be_replaced_and_taken_back() {
    let mut text = area("a\nb\nc", 2, 1);
    assert_eq!(text.replace_all("x\ny"), Fit::Whole);
    assert_eq!((text.text().as_str(), text.cursor().line), ("x\ny", 1));
    text.undo();
    assert_eq!((text.text().as_str(), text.cursor()), ("a\nb\nc", Position { line: 2, byte: 1 }));
}

#[test]
fn debug_shows_no_text() {
    assert_eq!(format!("{:?}", TextArea::new("secret")), "TextArea(1 lines, 6 bytes)");
}

#[derive(Debug, Clone)]
enum Step {
    Move(Motion, Selecting),
    Insert(String),
    Newline,
    Back,
    Forward,
    Word,
    Cut,
    Undo,
    Redo,
    All,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let motion = prop::sample::select(vec![
        Motion::Left,
        Motion::Right,
        Motion::Up(1),
        Motion::Down(2),
        Motion::WordLeft,
        Motion::WordRight,
        Motion::LineStart,
        Motion::LineEnd,
        Motion::Top,
        Motion::Bottom,
    ]);
    let selecting = prop::sample::select(vec![Selecting::No, Selecting::Yes]);
    let step = prop_oneof![
        (motion, selecting).prop_map(|(motion, selecting)| Step::Move(motion, selecting)),
        "[a é日\u{301}\u{1b}\\n\\t\u{200d}👍]{0,4}".prop_map(Step::Insert),
        Just(Step::Newline),
        Just(Step::Back),
        Just(Step::Forward),
        Just(Step::Word),
        Just(Step::Cut),
        Just(Step::Undo),
        Just(Step::Redo),
        Just(Step::All),
    ];
    proptest::collection::vec(step, 0..40)
}

proptest! {
    #[test]
    fn undo_always_leads_back(start in "[a é日\u{301}\\n]{0,20}", steps in steps()) {
        let mut text = TextArea::new(&start);
        for step in steps {
            match step {
                Step::Move(motion, selecting) => text.step(motion, selecting),
                Step::Insert(typed) => drop(text.insert(&typed)),
                Step::Newline => drop(text.newline()),
                Step::Back => text.delete_back(),
                Step::Forward => text.delete_forward(),
                Step::Word => text.delete_word(),
                Step::Cut => drop(text.cut()),
                Step::Undo => drop(text.undo()),
                Step::Redo => drop(text.redo()),
                Step::All => text.select_all(),
            }
            let cursor = text.cursor();
            prop_assert!(text.lines()[cursor.line].is_char_boundary(cursor.byte));
            prop_assert_eq!(text.size(), text.text().len());
            let (first, left) = (text.first_line(3), text.first_column(7));
            prop_assert!((first..first + 3).contains(&cursor.line));
            prop_assert!((left..left + 7).contains(&text.column()));
        }
        let end = text.text();
        let mut back = 0;
        while text.undo() {
            back += 1;
        }
        prop_assert_eq!(text.text(), start);
        for _ in 0..back {
            text.redo();
        }
        prop_assert!(!end.is_empty() || text.text().is_empty());
    }
}
