//! A response body, formatted and indexed by line.

/// A formatted body. To be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document;
