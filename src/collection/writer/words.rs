//! The two variables that keep text as it is where the dialect would read something else.
//!
//! Used by the parts of [`writer`](super). They are defined only where they are used, under names that the draft
//! does not have.

/// The variables, and which of them were needed so far.
pub(super) struct Words {
    empty_name: String,
    return_name: String,
    needs_empty: bool,
    needs_return: bool,
}

impl Words {
    /// Names that occur nowhere: `occurs` is asked with a test for one text.
    pub(super) fn avoiding(occurs: impl Fn(&dyn Fn(&str) -> bool) -> bool) -> Self {
        let free = |wanted: &str| {
            let mut name = wanted.to_owned();
            while occurs(&|text: &str| text.contains(&name)) {
                name.push('_');
            }
            name
        };
        Self {
            empty_name: free("empty_text"),
            return_name: free("carriage_return"),
            needs_empty: false,
            needs_return: false,
        }
    }

    /// A placeholder that is filled with nothing.
    pub(super) fn empty(&mut self) -> String {
        self.needs_empty = true;
        format!("{{{{{}}}}}", self.empty_name)
    }

    /// A placeholder that is filled with a carriage return.
    pub(super) fn carriage_return(&mut self) -> String {
        self.needs_return = true;
        format!("{{{{{}}}}}", self.return_name)
    }

    /// The lines that define what was needed.
    pub(super) fn definitions(&self) -> impl Iterator<Item = String> + use<> {
        let empty = self.needs_empty.then(|| format!("@{} =\n", self.empty_name));
        let carriage_return = self.needs_return.then(|| format!("@{} = \\r\n", self.return_name));
        empty.into_iter().chain(carriage_return)
    }
}
