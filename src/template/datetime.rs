//! `$datetime`, `$localDatetime` and the offsets of `$timestamp`: Day.js formats on top of `jiff`'s calendar.
//!
//! Called by [`dynamic`](crate::template::dynamic). Pure: `jiff` is used for reckoning only, never as a clock
//! and never for the system's time zone.

use std::fmt::Write as _;

use jiff::Zoned;
use jiff::tz::{Offset as UtcOffset, TimeZone};

use crate::template::{Surroundings, Unfilled};

/// Which time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// UTC.
    Utc,
    /// The user's.
    Local,
}

impl Zone {
    /// Now in this zone, moved by `offset`.
    pub fn at(self, surroundings: &Surroundings<'_>, offset: Option<&Offset>) -> Result<Zoned, Unfilled> {
        let out_of_range = |_| Unfilled::BadArgument("the date is out of range".to_owned());
        let now = jiff::Timestamp::from_millisecond(surroundings.now.millis()).map_err(out_of_range)?;
        let zone = match self {
            Self::Utc => TimeZone::UTC,
            Self::Local => {
                UtcOffset::from_seconds(surroundings.utc_offset_seconds).map_or(TimeZone::UTC, TimeZone::fixed)
            }
        };
        let now = now.to_zoned(zone);
        match offset {
            None => Ok(now),
            Some(offset) => now.checked_add(offset.span()?).map_err(out_of_range),
        }
    }
}

/// `-1 d`, `2 h`: an amount and a Day.js unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Offset {
    amount: i64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Offset {
    /// Parses nothing or an amount with a unit.
    pub fn parse(arguments: &[String]) -> Result<Option<Self>, Unfilled> {
        let wrong =
            || Unfilled::BadArgument("an offset is a whole number and one of y, Q, M, w, d, h, m, s, ms".to_owned());
        let [amount, unit] = arguments else {
            return if arguments.is_empty() { Ok(None) } else { Err(wrong()) };
        };
        let amount = amount.parse().map_err(|_| wrong())?;
        let unit = match unit.as_str() {
            "y" => Unit::Year,
            "Q" => Unit::Quarter,
            "M" => Unit::Month,
            "w" => Unit::Week,
            "d" => Unit::Day,
            "h" => Unit::Hour,
            "m" => Unit::Minute,
            "s" => Unit::Second,
            "ms" => Unit::Millisecond,
            _ => return Err(wrong()),
        };
        Ok(Some(Self { amount, unit }))
    }

    fn span(self) -> Result<jiff::Span, Unfilled> {
        let Self { amount, unit } = self;
        let span = jiff::Span::new();
        match unit {
            Unit::Year => span.try_years(amount),
            Unit::Quarter => span.try_months(amount.saturating_mul(3)),
            Unit::Month => span.try_months(amount),
            Unit::Week => span.try_weeks(amount),
            Unit::Day => span.try_days(amount),
            Unit::Hour => span.try_hours(amount),
            Unit::Minute => span.try_minutes(amount),
            Unit::Second => span.try_seconds(amount),
            Unit::Millisecond => span.try_milliseconds(amount),
        }
        .map_err(|_| Unfilled::BadArgument("the offset is out of range".to_owned()))
    }
}

/// How a date is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateFormat {
    /// `Thu, 01 Jan 1970 00:00:00 GMT`.
    Rfc1123,
    /// `1970-01-01T00:00:00.000Z`.
    Iso8601,
    /// Day.js tokens: `YYYY-MM-DD [at] HH:mm`.
    Tokens(String),
}

impl DateFormat {
    /// Reads the format argument.
    pub fn parse(text: &str) -> Self {
        match text {
            "rfc1123" => Self::Rfc1123,
            "iso8601" => Self::Iso8601,
            tokens => Self::Tokens(tokens.to_owned()),
        }
    }

    /// Writes `date`.
    pub fn write(&self, date: &Zoned, zone: Zone) -> String {
        let tokens = match (self, zone) {
            (Self::Rfc1123, Zone::Utc) => "ddd, DD MMM YYYY HH:mm:ss [GMT]",
            (Self::Rfc1123, Zone::Local) => "ddd, DD MMM YYYY HH:mm:ss ZZ",
            (Self::Iso8601, Zone::Utc) => "YYYY-MM-DD[T]HH:mm:ss.SSS[Z]",
            (Self::Iso8601, Zone::Local) => "YYYY-MM-DD[T]HH:mm:ss.SSSZ",
            (Self::Tokens(tokens), _) => tokens,
        };
        write_tokens(tokens, date)
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The tokens, longest first where one begins another.
const TOKENS: [&str; 30] = [
    "YYYY", "YY", "MMMM", "MMM", "MM", "M", "DD", "D", "dddd", "ddd", "dd", "d", "HH", "H", "hh", "h", "mm", "m",
    "SSS", "ss", "s", "ZZ", "Z", "A", "a", "X", "x", "Q", "kk", "k",
];

fn write_tokens(format: &str, date: &Zoned) -> String {
    let mut out = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        if first == '['
            && let Some(end) = rest.find(']')
        {
            out.push_str(&rest[1..end]);
            rest = &rest[end + 1..];
            continue;
        }
        match TOKENS.iter().find(|token| rest.starts_with(**token)) {
            Some(token) => {
                write_token(&mut out, token, date);
                rest = &rest[token.len()..];
            }
            None => {
                out.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    out
}

fn write_token(out: &mut String, token: &str, date: &Zoned) {
    let month = MONTHS[usize::from(date.month().unsigned_abs()).clamp(1, 12) - 1];
    let weekday = usize::from(date.weekday().to_sunday_zero_offset().unsigned_abs());
    let day = DAYS[weekday.min(6)];
    let hour = date.hour();
    let hour12 = if hour % 12 == 0 { 12 } else { hour % 12 };
    let written = match token {
        "YYYY" => write!(out, "{:04}", date.year()),
        "YY" => write!(out, "{:02}", date.year().rem_euclid(100)),
        "MMMM" => out.write_str(month),
        "MMM" => out.write_str(&month[..3]),
        "MM" => write!(out, "{:02}", date.month()),
        "M" => write!(out, "{}", date.month()),
        "DD" => write!(out, "{:02}", date.day()),
        "D" => write!(out, "{}", date.day()),
        "dddd" => out.write_str(day),
        "ddd" => out.write_str(&day[..3]),
        "dd" => out.write_str(&day[..2]),
        "d" => write!(out, "{weekday}"),
        "HH" => write!(out, "{hour:02}"),
        "H" => write!(out, "{hour}"),
        "hh" => write!(out, "{hour12:02}"),
        "h" => write!(out, "{hour12}"),
        "kk" => write!(out, "{:02}", if hour == 0 { 24 } else { hour }),
        "k" => write!(out, "{}", if hour == 0 { 24 } else { hour }),
        "mm" => write!(out, "{:02}", date.minute()),
        "m" => write!(out, "{}", date.minute()),
        "SSS" => write!(out, "{:03}", date.millisecond()),
        "ss" => write!(out, "{:02}", date.second()),
        "s" => write!(out, "{}", date.second()),
        "Z" => write_offset(out, date, ":"),
        "ZZ" => write_offset(out, date, ""),
        "A" => out.write_str(if hour < 12 { "AM" } else { "PM" }),
        "a" => out.write_str(if hour < 12 { "am" } else { "pm" }),
        "X" => write!(out, "{}", date.timestamp().as_second()),
        "x" => write!(out, "{}", date.timestamp().as_millisecond()),
        "Q" => write!(out, "{}", (date.month() - 1) / 3 + 1),
        other => out.write_str(other),
    };
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}

fn write_offset(out: &mut String, date: &Zoned, colon: &str) -> std::fmt::Result {
    let seconds = date.offset().seconds();
    let (sign, minutes) = if seconds < 0 { ('-', -seconds / 60) } else { ('+', seconds / 60) };
    write!(out, "{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
}
