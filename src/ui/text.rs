//! Words and numbers that several screens share. Texts of one screen stand at the top of its file.

use std::time::Duration;

use crate::collection::origin::Access;
use crate::model::time::Timestamp;
use crate::model::verdict::{Outcome, Standing};
use crate::ui::theme::Role;

/// Stands between facts on one line.
pub const SEPARATOR: &str = " · ";

/// It worked; it holds.
pub const GOOD: &str = "✔";

/// It did not work; it does not hold.
pub const BAD: &str = "✘";

/// To know.
pub const WARN: &str = "!";

/// Could not be checked; is not there.
pub const NONE: &str = "–";

/// It is not saved yet.
pub const UNSAVED: &str = "•";

/// Sign and colour for who may call a route.
pub const fn access(access: Access) -> (&'static str, Role) {
    match access {
        Access::Public => ("○", Role::Dim),
        Access::Protected => ("●", Role::Accent),
        Access::Unknown => ("?", Role::Warn),
    }
}

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Milliseconds that a picture of the spinner stays.
const SPINNER_STEP: i64 = 100;

/// The spinner's picture now.
pub fn spinner(now: Timestamp) -> &'static str {
    SPINNER[now.millis().div_euclid(SPINNER_STEP).rem_euclid(SPINNER.len() as i64) as usize]
}

/// Sign and colour of a check.
pub const fn sign_of(outcome: Outcome) -> (&'static str, Role) {
    match outcome {
        Outcome::Pass => (GOOD, Role::Good),
        Outcome::Fail => (BAD, Role::Bad),
        Outcome::Warn => (WARN, Role::Warn),
        Outcome::Skipped => (NONE, Role::Dim),
    }
}

/// The word for an outcome.
pub const fn word_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Warn => "warning",
        Outcome::Skipped => "skipped",
    }
}

/// Sign, colour and word for a verdict.
pub const fn standing(standing: Standing) -> (&'static str, Role, &'static str) {
    match standing {
        Standing::Verified => (GOOD, Role::Good, "verified"),
        Standing::Rejected => (BAD, Role::Bad, "rejected"),
        Standing::Unverified => (WARN, Role::Warn, "decoded, not verified"),
    }
}

/// Sign and colour of an HTTP status.
pub const fn status(status: u16) -> (&'static str, Role) {
    match status {
        200..300 => (GOOD, Role::Good),
        100..200 | 300..400 => (WARN, Role::Warn),
        _ => (BAD, Role::Bad),
    }
}

/// `34 ms`, `1.24 s`, `2 m 5 s`.
pub fn duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 if duration.is_zero() => "0 ms".to_owned(),
        0 => "<1 ms".to_owned(),
        1..1000 => format!("{millis} ms"),
        1000..60_000 if millis.is_multiple_of(1000) => format!("{} s", millis / 1000),
        1000..60_000 => format!("{}.{:02} s", millis / 1000, millis % 1000 / 10),
        _ => format!("{} m {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}

/// The time a wait has taken so far, steady enough to be looked at: `1.2 s`.
pub fn elapsed(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    match tenths {
        0..600 => format!("{}.{} s", tenths / 10, tenths % 10),
        _ => format!("{} m {} s", tenths / 600, tenths % 600 / 10),
    }
}

/// `512 B`, `1.2 kB`, `50.0 MB`.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

/// `1 request`, `3 requests`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// How long ago, in steps of a minute: nothing wakes the screen more often than that for a past moment.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.since(at).as_secs() / 60;
    match minutes {
        0 if at > now => "in the future".to_owned(),
        0 => "just now".to_owned(),
        1..60 => format!("{minutes}m ago"),
        60..2880 => format!("{}h{:02}m ago", minutes / 60, minutes % 60),
        _ => format!("{}d ago", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0, "0 B")]
    #[case(999, "999 B")]
    #[case(1234, "1.2 kB")]
    #[case(50_000_000, "50.0 MB")]
    #[case(1_999_999_999, "1.9 GB")]
    fn sizes(#[case] bytes: u64, #[case] text: &str) {
        assert_eq!(size(bytes), text);
    }

    #[rstest]
    #[case(0, "0 ms", "0.0 s")]
    #[case(34, "34 ms", "0.0 s")]
    #[case(1249, "1.24 s", "1.2 s")]
    #[case(5000, "5 s", "5.0 s")]
    #[case(125_000, "2 m 5 s", "2 m 5 s")]
    fn durations(#[case] millis: u64, #[case] exact: &str, #[case] steady: &str) {
        let given = Duration::from_millis(millis);
        assert_eq!((duration(given).as_str(), elapsed(given).as_str()), (exact, steady));
    }

    #[rstest]
    #[case(0, "just now")]
    #[case(65, "1m ago")]
    #[case(7260, "2h01m ago")]
    #[case(400_000, "4d ago")]
    #[case(-5, "in the future")]
    fn past_moments(#[case] seconds: i64, #[case] text: &str) {
        let now = Timestamp::from_seconds(1_000_000);
        assert_eq!(ago(Timestamp::from_seconds(1_000_000 - seconds), now), text);
    }
}
