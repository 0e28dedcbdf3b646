//! Time left, in words, and when those words change next. `ui` draws the words and `App::wants_tick` wakes for the
//! change, so both must come from here: an idle screen is woken once a minute and not once a second.

use std::time::Duration;

use crate::model::time::Timestamp;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Below this, seconds are shown and counted.
const SECONDS_BELOW: u64 = 10 * MINUTE;

/// `23h58m`, `42m`, `9m05s`, `58s`; `None` when the moment has passed. Days are hours: tokens are short-lived.
pub fn time_left(now: Timestamp, until: Timestamp) -> Option<String> {
    let left = left_millis(now, until)?;
    let (hours, minutes, seconds) = (left / HOUR, left % HOUR / MINUTE, left % MINUTE / 1000);
    Some(match left {
        HOUR.. => format!("{hours}h{minutes:02}m"),
        SECONDS_BELOW.. => format!("{minutes}m"),
        MINUTE.. => format!("{minutes}m{seconds:02}s"),
        _ => format!("{seconds}s"),
    })
}

/// When the text of [`time_left`] changes next; `None` when it has come to its end.
pub fn changes_in(now: Timestamp, until: Timestamp) -> Option<Duration> {
    let left = left_millis(now, until)?;
    let step = if left >= SECONDS_BELOW { MINUTE } else { 1000 };
    Some(Duration::from_millis(left % step + 1))
}

fn left_millis(now: Timestamp, until: Timestamp) -> Option<u64> {
    u64::try_from(until.millis().saturating_sub(now.millis())).ok().filter(|left| *left > 0)
}
