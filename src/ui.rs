//! Drawing. To be written; what stands here keeps the shell compiling.

/// The look of the screen.
pub mod theme {
    /// The look of the screen.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct Theme {
        /// ASCII only.
        pub ascii: bool,
    }

    impl Theme {
        /// For dark backgrounds.
        pub fn dark() -> Self {
            Self::default()
        }

        /// For light backgrounds.
        pub fn light() -> Self {
            Self::default()
        }

        /// Without colours.
        pub fn none() -> Self {
            Self::default()
        }
    }
}

/// Draws one frame.
pub fn draw(_: &mut ratatui::Frame<'_>, _: &crate::app::state::AppState, _: &theme::Theme) -> crate::app::hit::HitMap {
    crate::app::hit::HitMap::default()
}
