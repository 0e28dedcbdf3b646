//! Response bodies made readable at any size: bytes, line index, pretty form, lexer. Never sees a terminal.

pub mod document;
