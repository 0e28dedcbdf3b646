//! A key with its modifiers, as the key table writes it (`ctrl+r`, `shift+tab`, `?`) and as the terminal sends it.
//!
//! [`Chord::new`] brings the different ways in which terminals report one key to a single form, so that equal keys
//! are equal chords. The shell converts its terminal library's events; nothing here knows that library.

use std::fmt;
use std::str::FromStr;

/// A key without its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A character; the space bar is `Char(' ')`.
    Char(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with Shift it is what terminals call back-tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Left.
    Left,
    /// Right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// F1 to F24.
    F(u8),
}

/// Names of the keys that are not characters, as they are written.
const NAMED: [(&str, Key); 15] = [
    ("enter", Key::Enter),
    ("esc", Key::Esc),
    ("tab", Key::Tab),
    ("backspace", Key::Backspace),
    ("delete", Key::Delete),
    ("insert", Key::Insert),
    ("up", Key::Up),
    ("down", Key::Down),
    ("left", Key::Left),
    ("right", Key::Right),
    ("home", Key::Home),
    ("end", Key::End),
    ("pgup", Key::PageUp),
    ("pgdn", Key::PageDown),
    ("space", Key::Char(' ')),
];

/// The highest function key that is taken.
const LAST_FUNCTION_KEY: u8 = 24;

/// Held modifiers. Super, Hyper and Meta are left to the desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Modifiers {
    /// Control.
    pub ctrl: bool,
    /// Alt.
    pub alt: bool,
    /// Shift.
    pub shift: bool,
}

impl Modifiers {
    /// No modifier.
    pub const NONE: Self = Self { ctrl: false, alt: false, shift: false };
    /// Control alone.
    pub const CTRL: Self = Self { ctrl: true, ..Self::NONE };
    /// Alt alone.
    pub const ALT: Self = Self { alt: true, ..Self::NONE };
    /// Shift alone.
    pub const SHIFT: Self = Self { shift: true, ..Self::NONE };
}

/// A key with its modifiers, in the one normal form that [`Chord::new`] makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord {
    key: Key,
    modifiers: Modifiers,
}

impl Chord {
    /// Brings a reported key to its normal form:
    /// control characters become the key that they stand for, Shift disappears into a capital letter (with Control it
    /// stays, and the letter is small), and Control with Alt on a sign is AltGr, which only chose the sign.
    pub fn new(key: Key, modifiers: Modifiers) -> Self {
        let (key, mut modifiers) = match key {
            Key::Char(c) => plain_key(c, modifiers),
            other => (other, modifiers),
        };
        let Key::Char(c) = key else { return Self { key, modifiers } };
        if modifiers.ctrl && modifiers.alt && !c.is_alphanumeric() && c != ' ' {
            modifiers = Modifiers::NONE;
        }
        if modifiers.ctrl {
            return Self { key: Key::Char(single(c, c.to_lowercase())), modifiers };
        }
        if c == ' ' {
            return Self { key, modifiers };
        }
        let c = if modifiers.shift { single(c, c.to_uppercase()) } else { c };
        Self { key: Key::Char(c), modifiers: Modifiers { shift: false, ..modifiers } }
    }

    /// A key without modifiers.
    pub fn plain(key: Key) -> Self {
        Self::new(key, Modifiers::NONE)
    }

    /// The key.
    pub const fn key(self) -> Key {
        self.key
    }

    /// The modifiers that are left in the normal form.
    pub const fn modifiers(self) -> Modifiers {
        self.modifiers
    }

    /// The character that this key types into a text field, if it types one.
    pub const fn text(self) -> Option<char> {
        match self.key {
            Key::Char(c) if !self.modifiers.ctrl && !self.modifiers.alt => Some(c),
            _ => None,
        }
    }
}

/// What a control character stands for; other characters stand for themselves.
fn plain_key(c: char, modifiers: Modifiers) -> (Key, Modifiers) {
    match c {
        '\t' => (Key::Tab, modifiers),
        '\r' | '\n' => (Key::Enter, modifiers),
        '\u{8}' | '\u{7f}' => (Key::Backspace, modifiers),
        '\u{1b}' => (Key::Esc, modifiers),
        '\0'..='\u{1f}' => {
            let letter = char::from(u8::try_from(c).unwrap_or_default() + 0x40).to_ascii_lowercase();
            (Key::Char(letter), Modifiers { ctrl: true, ..modifiers })
        }
        other => (Key::Char(other), modifiers),
    }
}

/// The one character of a case mapping, or `c` where the mapping is not one character.
fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = [("ctrl+", self.modifiers.ctrl), ("alt+", self.modifiers.alt), ("shift+", self.modifiers.shift)];
        for (name, _) in held.into_iter().filter(|(_, held)| *held) {
            f.write_str(name)?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, key)| *key == self.key) {
            return f.write_str(name);
        }
        match self.key {
            Key::F(number) => write!(f, "f{number}"),
            Key::Char(c) => write!(f, "{c}"),
            _ => Ok(()),
        }
    }
}

/// A text is not a chord.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChordError {
    /// Nothing, or modifiers only.
    #[error("`{0}` names no key")]
    NoKey(String),
    /// Not a key that is known.
    #[error("`{0}` is not a key; keys are single characters and names such as `enter`, `esc`, `pgup`, `f5`")]
    UnknownKey(String),
}

impl FromStr for Chord {
    type Err = ChordError;

    /// Reads `ctrl+r`, `shift+tab`, `?`, `enter`, `f5`. Names and modifiers in any case.
    fn from_str(text: &str) -> Result<Self, ChordError> {
        let mut modifiers = Modifiers::NONE;
        let mut rest = text;
        while let Some((name, after)) = rest.split_once('+').filter(|(name, _)| !name.is_empty()) {
            match name.to_ascii_lowercase().as_str() {
                "ctrl" => modifiers.ctrl = true,
                "alt" => modifiers.alt = true,
                "shift" => modifiers.shift = true,
                _ => return Err(ChordError::UnknownKey(text.to_owned())),
            }
            rest = after;
        }
        if rest.is_empty() {
            return Err(ChordError::NoKey(text.to_owned()));
        }
        let key = parse_key(rest).ok_or_else(|| ChordError::UnknownKey(text.to_owned()))?;
        Ok(Self::new(key, modifiers))
    }
}

fn parse_key(text: &str) -> Option<Key> {
    let mut chars = text.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return Some(Key::Char(c));
    }
    let name = text.to_ascii_lowercase();
    if let Some((_, key)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*key);
    }
    let digits = name.strip_prefix('f').filter(|digits| !digits.starts_with(['0', '+']))?;
    let number: u8 = digits.parse().ok()?;
    (1..=LAST_FUNCTION_KEY).contains(&number).then_some(Key::F(number))
}
