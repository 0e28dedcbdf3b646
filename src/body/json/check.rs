//! Is it JSON (RFC 8259)? One value, or several on lines of their own?

use crate::body::json::stack::Stack;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset.
    pub offset: usize,
    /// What should stand there.
    pub expected: &'static str,
}

/// What valid JSON is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One value.
    One,
    /// Several values, each beginning on a new line.
    Lines,
}

/// Looks through the whole text.
pub fn check(bytes: &[u8]) -> Result<Shape, Fault> {
    let mut checker = Checker { bytes, at: 0, stack: Stack::default() };
    checker.skip_blanks();
    checker.value()?;
    let mut shape = Shape::One;
    loop {
        let end = checker.at;
        checker.skip_blanks();
        if checker.at == bytes.len() {
            return Ok(shape);
        }
        if !bytes[end..checker.at].contains(&b'\n') {
            return Err(checker.fault("the end of the text"));
        }
        shape = Shape::Lines;
        checker.value()?;
    }
}

struct Checker<'a> {
    bytes: &'a [u8],
    at: usize,
    stack: Stack,
}

impl Checker<'_> {
    /// A value with everything in it.
    fn value(&mut self) -> Result<(), Fault> {
        loop {
            match self.peek() {
                Some(b'{') => {
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() == Some(b'}') {
                        self.at += 1;
                    } else {
                        self.stack.push_object();
                        self.key("a key or `}`")?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                    } else {
                        self.stack.push_array();
                        continue;
                    }
                }
                Some(b'"') => self.string()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                _ => return Err(self.fault("a value")),
            }
            if !self.next_member()? {
                return Ok(());
            }
        }
    }

    /// After a value: closes what closes here and goes on to the next value. `false`: the outermost one is complete.
    fn next_member(&mut self) -> Result<bool, Fault> {
        while self.stack.depth() > 0 {
            self.skip_blanks();
            let is_object = self.stack.is_object();
            match (self.peek(), is_object) {
                (Some(b','), true) => {
                    self.at += 1;
                    self.skip_blanks();
                    self.key("a key")?;
                    return Ok(true);
                }
                (Some(b','), false) => {
                    self.at += 1;
                    self.skip_blanks();
                    return Ok(true);
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    self.at += 1;
                    self.stack.pop();
                }
                (_, true) => return Err(self.fault("`,` or `}`")),
                (_, false) => return Err(self.fault("`,` or `]`")),
            }
        }
        Ok(false)
    }

    fn key(&mut self, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.fault(expected));
        }
        self.string()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(self.fault("`:`"));
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).unwrap_or(rest.len());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.fault("no control character in a string")),
                None => return Err(self.fault("the end of the string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => 6,
            _ => return Err(self.fault("an escape that JSON knows")),
        };
        let digits = self.bytes.get(self.at + 2..self.at + length);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(self.fault("four hex digits after `\\u`"));
        }
        self.at += length;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let rest = &self.bytes[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.fault("a digit")) } else { Ok(()) }
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(self.fault("`true`, `false`, `null` or another value"));
        }
        self.at += word.len();
        Ok(())
    }

    fn skip_blanks(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    const fn fault(&self, expected: &'static str) -> Fault {
        Fault { offset: self.at, expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn faults_have_a_place() {
        for (text, offset, expected) in [
            ("", 0, "a value"),
            ("{\"a\":}", 5, "a value"),
            ("{\"a\" 1}", 5, "`:`"),
            ("[1 2]", 3, "`,` or `]`"),
            ("{\"a\":1]", 6, "`,` or `}`"),
            ("[1,]", 3, "a value"),
            ("{,}", 1, "a key or `}`"),
            ("{\"a\":1,}", 7, "a key"),
            ("\"abc", 4, "the end of the string"),
            ("\"\\x\"", 1, "an escape that JSON knows"),
            ("\"\\u12g4\"", 1, "four hex digits after `\\u`"),
            ("01", 1, "the end of the text"),
            ("1.", 2, "a digit"),
            ("1 2", 2, "the end of the text"),
            ("nul", 0, "`true`, `false`, `null` or another value"),
        ] {
            assert_eq!(check(text.as_bytes()), Err(Fault { offset, expected }), "{text}");
        }
    }

    #[test]
    fn depth_is_no_problem() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(check(deep.as_bytes()), Ok(Shape::One));
    }

    #[test]
    fn several_values_need_lines() {
        assert_eq!(check(b"{\"a\":1}\n{\"a\":2}\n"), Ok(Shape::Lines));
        assert!(check(b"{} {}").is_err());
    }

    proptest! {
        #[test]
        fn agrees_with_serde_json(text in "[\\[\\]{}\",:0-9eE.+tfn\\\\u \\n-]{0,24}") {
            let ours = check(text.as_bytes()) == Ok(Shape::One);
            // serde_json refuses numbers out of range and lone surrogates, which are valid by the grammar.
            match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(_) => prop_assert!(ours, "{text}"),
                Err(error) if error.to_string().contains("out of range") || error.to_string().contains("surrogate") => {}
                Err(_) => prop_assert!(!ours, "{text}"),
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = check(&bytes);
        }
    }
}
