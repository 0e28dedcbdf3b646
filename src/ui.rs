//! Drawing: a pure function from the application's state to the frame.
//!
//! [`draw`] is called by the shell after each batch of messages; it reads the state and the theme, changes neither,
//! and knows the time only from the state. What it returns says what lies where, for the mouse and for page keys.
//! One file per panel and per layer; every foreign text becomes a span through [`theme::Theme::span`].

pub mod picture;
pub mod svg;
pub mod theme;

mod ascii;
mod big;
mod canvas;
mod field;
mod finding;
mod hints;
mod json;
mod layer;
mod layout;
mod main;
mod qr;
mod request;
mod response;
mod status;
mod text;
mod token;
mod tree;
mod welcome;
mod wrap;

use ratatui::Frame;

use crate::app::hit::HitMap;
use crate::app::state::{AppState, Viewports};
use crate::ui::canvas::Canvas;
use crate::ui::theme::Theme;

/// Draws one frame. Never panics, whatever the size of the screen and the state.
pub fn draw(frame: &mut Frame<'_>, state: &AppState, theme: &Theme) -> HitMap {
    let mut canvas = Canvas::new(frame.buffer_mut(), theme);
    canvas.hits.contents = Some(Viewports::default());
    if layout::is_too_small(canvas.screen()) {
        layout::too_small(&mut canvas);
    } else {
        main::draw(&mut canvas, state);
        layer::draw(&mut canvas, state);
    }
    let (hits, cursor) = canvas.finish();
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
    hits
}
