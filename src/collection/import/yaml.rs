//! YAML as JSON values, bounded.
//!
//! Called by the importers of formats that are written in YAML. Aliases, depth and size have budgets, so that a small
//! file cannot become a huge value; words like `no` and `on` stay words, as YAML 1.2 has it.

use std::path::Path;

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::model::problem::{Place, Problem, ProblemKind};

/// Reads one document. `file` is what problems say.
pub fn parse(text: &str, file: &Path) -> Result<Value, Problem> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 10_000_000,
            max_depth: 100,
            max_total_scalar_bytes: 512 << 20,
            max_total_comment_bytes: 512 << 20,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        strict_booleans: true,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let problem =
            Problem::new(ProblemKind::Input, "This YAML cannot be read").detail(first_line(&error.to_string()));
        match error.location() {
            Some(location) => problem.at(Place {
                file: file.to_path_buf(),
                line: usize::try_from(location.line()).unwrap_or(1).max(1),
                column: usize::try_from(location.column()).unwrap_or(1).max(1),
            }),
            None => problem,
        }
    })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_keys_stay_what_they_are() {
        let value =
            parse("a: no\non: yes\n200: x\nversion: 1.0\ndate: 2020-01-01\ne: ~\nf: 1e3\n", Path::new("x")).unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"a":"no","on":"yes","200":"x","version":1.0,"date":"2020-01-01","e":null,"f":1000.0}"#
        );
    }

    #[test]
    fn anchors_and_merges() {
        let value = parse("a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n", Path::new("x")).unwrap();
        assert_eq!(value.to_string(), r#"{"a":{"x":1},"b":{"x":1},"c":{"y":2,"x":1}}"#);
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            text = format!("{text}a{level}: &a{level} [{aliases}]\n");
        }
        assert!(parse(&text, Path::new("x")).is_err());
        assert!(parse(&"[".repeat(100_000), Path::new("x")).is_err());
    }

    #[test]
    fn problems_say_where() {
        let problem = parse("a: 1\nb: [1, 2\nc: 3\n", Path::new("x.yaml")).unwrap_err();
        assert!(problem.place.is_some_and(|place| place.line >= 2), "a place");
    }
}
