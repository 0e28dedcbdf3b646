//! Times and durations in words, for the token panel, verdict reasons and the commands. UTC, given `now`.
//!
//! Everything here is a pure function of its arguments, so a live countdown is one call per frame.

use std::time::Duration;

use crate::model::time::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `2026-11-23 14:03:22 UTC`.
pub fn moment(at: Timestamp) -> String {
    formatted(at, "%Y-%m-%d %H:%M:%S UTC")
}

/// `14:03:22 UTC` within a day of `now`, else with the date.
pub fn moment_near(at: Timestamp, now: Timestamp) -> String {
    if distance(at, now) < Duration::from_secs(DAY) { formatted(at, "%H:%M:%S UTC") } else { moment(at) }
}

fn formatted(at: Timestamp, format: &str) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map_or_else(|_| "an impossible time".to_owned(), |at| at.strftime(format).to_string())
}

/// `3 d 4 h`, `23 h 58 m`, `12 m 5 s`, `40 s`: the two largest units, rounded down.
pub fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match seconds {
        DAY.. => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        HOUR.. => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        MINUTE.. => two(seconds / MINUTE, "m", seconds % MINUTE, "s"),
        _ => format!("{seconds} s"),
    }
}

/// `in 23 h 58 m`, `2 m 5 s ago`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let distance = distance(at, now);
    if distance < Duration::from_secs(1) {
        return "now".to_owned();
    }
    let length = length(distance);
    if at > now { format!("in {length}") } else { format!("{length} ago") }
}

/// `expires 14:03:22 UTC, in 23 h 58 m`, or `expired 12:01:00 UTC, 2 h 1 m ago`.
pub fn expiry(exp: Timestamp, now: Timestamp) -> String {
    let verb = if exp > now { "expires" } else { "expired" };
    format!("{verb} {}, {}", moment_near(exp, now), relative(exp, now))
}

/// `issued 14:03:22 UTC, 5 m 2 s ago`.
pub fn issued(iat: Timestamp, now: Timestamp) -> String {
    format!("issued {}, {}", moment_near(iat, now), relative(iat, now))
}

/// The time left for a status bar, as short as can be: `3d04h`, `23h58m`, `4m05s`, `9s`, `expired`.
pub fn countdown(exp: Timestamp, now: Timestamp) -> String {
    let left = exp.since(now).as_secs();
    match left {
        0 => "expired".to_owned(),
        DAY.. => format!("{}d{:02}h", left / DAY, left % DAY / HOUR),
        HOUR.. => format!("{}h{:02}m", left / HOUR, left % HOUR / MINUTE),
        MINUTE.. => format!("{}m{:02}s", left / MINUTE, left % MINUTE),
        _ => format!("{left}s"),
    }
}

fn distance(a: Timestamp, b: Timestamp) -> Duration {
    if a > b { a.since(b) } else { b.since(a) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// 2026-11-23 14:03:22 UTC.
    const NOW: Timestamp = Timestamp::from_seconds(1_795_442_602);

    fn later(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(NOW.seconds() + seconds)
    }

    #[rstest]
    #[case(0, "0 s")]
    #[case(59, "59 s")]
    #[case(60, "1 m")]
    #[case(125, "2 m 5 s")]
    #[case(3600, "1 h")]
    #[case(86_280, "23 h 58 m")]
    #[case(86_400, "1 d")]
    #[case(1_296_000, "15 d")]
    #[case(273_700, "3 d 4 h")]
    fn lengths(#[case] seconds: u64, #[case] text: &str) {
        assert_eq!(length(Duration::from_secs(seconds)), text);
    }

    #[rstest]
    #[case(86_280, "expires 14:01:22 UTC, in 23 h 58 m")]
    #[case(172_800, "expires 2026-11-25 14:03:22 UTC, in 2 d")]
    #[case(0, "expired 14:03:22 UTC, now")]
    #[case(-7260, "expired 12:02:22 UTC, 2 h 1 m ago")]
    fn expiries(#[case] seconds: i64, #[case] text: &str) {
        assert_eq!(expiry(later(seconds), NOW), text);
    }

    #[rstest]
    #[case(273_700, "3d04h")]
    #[case(86_280, "23h58m")]
    #[case(245, "4m05s")]
    #[case(9, "9s")]
    #[case(0, "expired")]
    #[case(-5, "expired")]
    fn countdowns(#[case] seconds: i64, #[case] text: &str) {
        assert_eq!(countdown(later(seconds), NOW), text);
    }

    #[test]
    fn other_texts() {
        assert_eq!(issued(later(-302), NOW), "issued 13:58:20 UTC, 5 m 2 s ago");
        assert_eq!(moment(NOW), "2026-11-23 14:03:22 UTC");
        assert_eq!(moment(Timestamp::from_millis(i64::MAX)), "an impossible time");
        assert!(!relative(Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX)).is_empty());
    }
}
