//! Matchers and regular expressions against what Next's own code says of them.

use rstest::rstest;

use crate::collection::nextjs::pattern::PathPattern;
use crate::collection::nextjs::regex::Pattern;

/// Recorded by running the matcher of Next 16.4 (`getMiddlewareMatchers` and its path-to-regexp).
const RECORDED: &str = include_str!("../../../../tests/fixtures/nextjs/matchers.tsv");

#[test]
fn matchers_cover_what_next_says() {
    let mut lines = RECORDED.lines().skip(1);
    let paths: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let mut count = 0;
    for line in lines {
        let mut columns = line.split('\t');
        let source = columns.next().unwrap();
        let expected: Vec<&str> = columns.collect();
        if expected == ["!"] {
            assert!(PathPattern::new(source).is_err(), "{source} is refused");
            continue;
        }
        let pattern = PathPattern::new(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let covered: Vec<&str> = paths.iter().copied().filter(|path| pattern.covers(path).unwrap()).collect();
        assert_eq!(covered, expected, "{source}");
        count += covered.len();
    }
    assert!(count > 300, "{count}");
}

#[rstest]
#[case::plain("^/api/public$", "", "/api/public", true)]
#[case::escaped_slash(r"^\/api\/", "", "/api/x", true)]
#[case::case_flag("^/API", "i", "/api", true)]
#[case::no_case_flag("^/API", "", "/api", false)]
#[case::digits_are_ascii(r"^\d+$", "", "٣", false)]
#[case::words_are_ascii(r"^\w+$", "", "é", false)]
#[case::lookbehind(r"(?<!api)/x$", "", "/web/x", true)]
#[case::named_group(r"^/(?<a>x)\k<a>$", "", "/xx", true)]
#[case::back_reference(r"^/(x)\1$", "", "/xx", true)]
#[case::any(r"^/[^]$", "", "/\n", true)]
#[case::nothing(r"^/[]$", "", "/x", false)]
#[case::bracket_in_class(r"^/[[]$", "", "/[", true)]
#[case::and_in_class(r"^[a&&b]+$", "", "a&b", true)]
#[case::brace(r"^/a{$", "", "/a{", true)]
#[case::quantifier(r"^/a{2,3}$", "", "/aa", true)]
#[case::unicode_escape(r"^\u0041\x42$", "", "AB", true)]
#[case::code_point(r"^\u{1F600}$", "u", "😀", true)]
#[case::space_and_hash(r"^a #b$", "", "a #b", true)]
#[case::sticky("a", "y", "ba", false)]
#[case::dot_all("^a.b$", "s", "a\nb", true)]
fn javascripts_patterns_mean_the_same(
    #[case] pattern: &str,
    #[case] flags: &str,
    #[case] text: &str,
    #[case] found: bool,
) {
    assert_eq!(Pattern::new(pattern, flags).unwrap().is_found_in(text), Some(found), "/{pattern}/{flags} on {text}");
}

#[test]
fn what_cannot_be_tried_is_an_error() {
    assert!(Pattern::new(r"\cA", "").is_err());
    assert!(Pattern::new("(", "").is_err());
    assert!(Pattern::new("[a", "").is_err());
    assert!(Pattern::new(&"a".repeat(10_000), "").is_err());
    // Catastrophic with backtracking: given up, not waited for.
    let slow = Pattern::new(r"^(?:(a|aa|aaa)(?=a|b|$))+c$", "").unwrap();
    assert_eq!(slow.is_found_in(&"a".repeat(80)), None);
}
