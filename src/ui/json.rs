//! JSON values on one line, bounded: a claim may be as large as a token.

use std::io::{self, Write};

use serde_json::Value;

use crate::ui::wrap::ELLIPSIS;

/// Bytes of a value that are shown.
const LONGEST: usize = 400;

/// The value as JSON on one line; strings without their quotes if they stand alone.
pub fn one_line(value: &Value) -> String {
    if let Value::String(text) = value {
        return cut(text.as_bytes());
    }
    let mut writer = Bounded(Vec::new());
    // The only error is that the bound is reached, and then enough is there.
    let _ = serde_json::to_writer(&mut writer, value);
    cut(&writer.0)
}

fn cut(bytes: &[u8]) -> String {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]).into_owned();
    if bytes.len() > LONGEST { shown + ELLIPSIS } else { shown }
}

struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() > LONGEST {
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_bounded() {
        assert_eq!(one_line(&json!({"a": [1, "x"]})), r#"{"a":[1,"x"]}"#);
        assert_eq!(one_line(&json!("text")), "text");
        let huge = one_line(&json!(vec!["long"; 10_000]));
        assert!(huge.ends_with(ELLIPSIS) && huge.len() < LONGEST + 10);
        assert!(one_line(&json!("é".repeat(1000))).ends_with(ELLIPSIS));
    }
}
