//! Dates of cookies (RFC 6265 section 5.1.1): whatever servers write, read token by token.

use jiff::civil::{Date, Time};

use crate::model::time::Timestamp;

/// Reads a date. `None`: it is none.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let is_delimiter = |c: char| !(c.is_ascii_alphanumeric() || c == ':');
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(is_delimiter).filter(|token| !token.is_empty()).take(20) {
        if time.is_none() && token.contains(':') {
            time = clock(token);
        } else if day.is_none() && token.len() <= 2 && token.bytes().all(|byte| byte.is_ascii_digit()) {
            day = token.parse::<i8>().ok();
        } else if let Some(at) =
            MONTHS.iter().position(|name| token.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(name)))
            && month.is_none()
        {
            month = i8::try_from(at + 1).ok();
        } else if year.is_none() && (token.len() == 2 || token.len() == 4) {
            year = token.parse::<i16>().ok().map(|year| match year {
                70..=99 => year + 1900,
                0..=69 => year + 2000,
                _ => year,
            });
        }
    }
    let date = Date::new(year.filter(|year| *year >= 1601)?, month?, day?).ok()?;
    let moment = date.to_datetime(time?).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(Timestamp::from_seconds(moment.timestamp().as_second()))
}

fn clock(token: &str) -> Option<Time> {
    let mut parts = token.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_are_seen() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "06 nov 1994 8:49:37",
        ] {
            assert_eq!(parse(text).map(Timestamp::seconds), Some(784_111_777), "{text}");
        }
        for text in
            ["", "soon", "Sun, 32 Nov 1994 08:49:37 GMT", "06 Nov 1994", "06 Nov 1994 25:00:00", "06 Nov 1500 08:49:37"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
