//! Colours and borders: dark, light, or none at all. No meaning hangs on colour alone; signs and words carry it.

use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::Span;

use crate::body::document::Lexeme;
use crate::body::visible;

/// What a text is for; the theme decides what it looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Plain text.
    Plain,
    /// Less important: labels, borders, explanations.
    Dim,
    /// Headings and what stands out.
    Strong,
    /// What the eye should find: the focused border, links.
    Accent,
    /// A key to press.
    Key,
    /// It worked.
    Good,
    /// To know.
    Warn,
    /// It did not work.
    Bad,
    /// The selected row or tab.
    Selected,
    /// The line at the top.
    Bar,
    /// A button.
    Button,
    /// A piece of a body.
    Lexeme(Lexeme),
}

/// Where the colours come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Palette {
    /// For dark backgrounds.
    #[default]
    Dark,
    /// For light backgrounds.
    Light,
    /// No colours (`NO_COLOR`): bold, underlined and reversed only.
    None,
}

/// The look of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Theme {
    /// Colours.
    pub palette: Palette,
    /// ASCII only: everything else is drawn as its nearest ASCII character, or `?`.
    pub ascii: bool,
}

/// The colours of a palette, in the 256-colour numbering.
struct Colors {
    dim: u8,
    accent: u8,
    key: u8,
    good: u8,
    warn: u8,
    bad: u8,
    selected: u8,
    json_key: u8,
    text: u8,
    number: u8,
    literal: u8,
}

const DARK: Colors = Colors {
    dim: 246,
    accent: 80,
    key: 222,
    good: 114,
    warn: 221,
    bad: 210,
    selected: 237,
    json_key: 117,
    text: 150,
    number: 216,
    literal: 183,
};

const LIGHT: Colors = Colors {
    dim: 241,
    accent: 25,
    key: 94,
    good: 22,
    warn: 130,
    bad: 124,
    selected: 254,
    json_key: 25,
    text: 22,
    number: 94,
    literal: 90,
};

impl Theme {
    /// For dark backgrounds.
    pub const fn dark() -> Self {
        Self { palette: Palette::Dark, ascii: false }
    }

    /// For light backgrounds.
    pub const fn light() -> Self {
        Self { palette: Palette::Light, ascii: false }
    }

    /// Without colours.
    pub const fn none() -> Self {
        Self { palette: Palette::None, ascii: false }
    }

    /// The same with ASCII characters only.
    pub const fn in_ascii(self) -> Self {
        Self { ascii: true, ..self }
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        match self.palette {
            Palette::Dark => colored(role, &DARK),
            Palette::Light => colored(role, &LIGHT),
            Palette::None => plain(role),
        }
    }

    /// A text in a role, safe for the terminal whatever it holds. Every text that is drawn is made here.
    pub fn span(&self, role: Role, text: impl AsRef<str>) -> Span<'static> {
        Span::styled(visible::shown(text.as_ref()).into_owned(), self.style(role))
    }

    /// The border of a panel; the focused one is heavier, so that it shows without colours.
    pub const fn border(focus: Focus) -> border::Set<'static> {
        match focus {
            Focus::Here => border::THICK,
            Focus::Elsewhere => border::ROUNDED,
        }
    }
}

/// Has this panel the keys?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Yes.
    Here,
    /// No.
    Elsewhere,
}

fn colored(role: Role, colors: &Colors) -> Style {
    let in_color = |index| Style::new().fg(Color::Indexed(index));
    match role {
        Role::Plain | Role::Lexeme(Lexeme::Plain) => Style::new(),
        Role::Dim | Role::Lexeme(Lexeme::Punctuation | Lexeme::Comment) => in_color(colors.dim),
        Role::Strong => Style::new().add_modifier(Modifier::BOLD),
        Role::Accent => in_color(colors.accent).add_modifier(Modifier::BOLD),
        Role::Key => in_color(colors.key).add_modifier(Modifier::BOLD),
        Role::Good => in_color(colors.good),
        Role::Warn => in_color(colors.warn),
        Role::Bad => in_color(colors.bad),
        Role::Selected => Style::new().bg(Color::Indexed(colors.selected)).add_modifier(Modifier::BOLD),
        Role::Bar => Style::new().bg(Color::Indexed(colors.selected)),
        Role::Button => in_color(colors.accent).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        Role::Lexeme(Lexeme::Key | Lexeme::Tag) => in_color(colors.json_key),
        Role::Lexeme(Lexeme::Text) => in_color(colors.text),
        Role::Lexeme(Lexeme::Number | Lexeme::Attribute) => in_color(colors.number),
        Role::Lexeme(Lexeme::Literal) => in_color(colors.literal),
        Role::Lexeme(Lexeme::Picture) => in_color(colors.warn).add_modifier(Modifier::REVERSED),
    }
}

fn plain(role: Role) -> Style {
    match role {
        Role::Strong | Role::Accent | Role::Key | Role::Bad | Role::Warn => Style::new().add_modifier(Modifier::BOLD),
        Role::Selected | Role::Bar | Role::Button | Role::Lexeme(Lexeme::Picture) => {
            Style::new().add_modifier(Modifier::REVERSED)
        }
        Role::Dim => Style::new().add_modifier(Modifier::DIM),
        Role::Plain | Role::Good | Role::Lexeme(_) => Style::new(),
    }
}
