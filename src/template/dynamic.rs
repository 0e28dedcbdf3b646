//! Dynamic variables: values made up when sending (`$uuid`, `$timestamp`, `$randomInt`, `$datetime` …).
//!
//! Called by [`expression`](crate::template::expression) to parse and by [`fill()`](crate::template::fill()) to
//! evaluate. Pure: time and randomness come from the [`Surroundings`].

use crate::model::port::Random;
use crate::template::datetime::{DateFormat, Offset, Zone};
use crate::template::sample::{Dice, Sample};
use crate::template::{Surroundings, Unfilled};

/// The longest random text; more is a typing mistake.
const LONGEST_RANDOM: usize = 10_000;

/// JetBrains' default range for random numbers.
const DEFAULT_RANGE: (i64, i64) = (0, 1000);

/// A dynamic variable with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Dynamic {
    /// A random (version 4) UUID.
    Uuid,
    /// Seconds since the Unix epoch.
    Timestamp(Option<Offset>),
    /// Now, as ISO 8601 in UTC.
    IsoTimestamp,
    /// A random integer, the upper bound excluded.
    RandomInteger {
        /// Lowest.
        from: i64,
        /// One more than the highest.
        to: i64,
    },
    /// A random decimal number, the upper bound excluded.
    RandomFloat {
        /// Lowest.
        from: f64,
        /// Upper bound.
        to: f64,
    },
    /// Random characters.
    RandomText {
        /// What they are taken from.
        alphabet: Alphabet,
        /// How many.
        length: usize,
    },
    /// A random address at `example.com`.
    RandomEmail,
    /// A made-up name, place or word.
    Sample(Sample),
    /// A formatted date.
    DateTime {
        /// How it is written.
        format: DateFormat,
        /// How far from now.
        offset: Option<Offset>,
        /// In which time zone.
        zone: Zone,
    },
}

// The bounds of a random float are read from text and never NaN.
impl Eq for Dynamic {}

/// The characters of a random text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alphabet {
    /// Letters.
    Letters,
    /// Letters, digits and the underscore.
    Alphanumeric,
    /// `0` to `f`.
    Hexadecimal,
}

impl Alphabet {
    const fn characters(self) -> &'static [u8] {
        match self {
            Self::Letters => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            Self::Alphanumeric => b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
            Self::Hexadecimal => b"0123456789abcdef",
        }
    }
}

impl Dynamic {
    /// Parses the variable `name` (without its `$`).
    pub fn parse(name: &str, arguments: &[String]) -> Result<Self, Unfilled> {
        match name {
            "uuid" | "guid" | "random.uuid" | "randomUUID" => no_arguments(name, arguments).map(|()| Self::Uuid),
            "isoTimestamp" => no_arguments(name, arguments).map(|()| Self::IsoTimestamp),
            "random.email" => no_arguments(name, arguments).map(|()| Self::RandomEmail),
            "timestamp" => Ok(Self::Timestamp(Offset::parse(arguments)?)),
            "randomInt" | "random.integer" => random_integer(name, arguments),
            "random.float" => random_float(arguments),
            "random.alphabetic" => random_text(name, Alphabet::Letters, arguments),
            "random.alphanumeric" => random_text(name, Alphabet::Alphanumeric, arguments),
            "random.hexadecimal" => random_text(name, Alphabet::Hexadecimal, arguments),
            "datetime" => date_time(Zone::Utc, arguments),
            "localDatetime" => date_time(Zone::Local, arguments),
            _ => match Sample::named(name) {
                Some(sample) => no_arguments(name, arguments).map(|()| Self::Sample(sample)),
                None => Err(Unfilled::NotSupported),
            },
        }
    }

    /// Makes the value up.
    pub fn evaluate(&self, surroundings: &Surroundings<'_>) -> Result<String, Unfilled> {
        let dice = Dice(surroundings.random);
        Ok(match self {
            Self::Uuid => uuid(surroundings.random),
            Self::Timestamp(offset) => Zone::Utc.at(surroundings, offset.as_ref())?.timestamp().as_second().to_string(),
            Self::IsoTimestamp => DateFormat::Iso8601.write(&Zone::Utc.at(surroundings, None)?, Zone::Utc),
            Self::RandomInteger { from, to } => {
                let range = to.abs_diff(*from);
                from.saturating_add_unsigned(dice.below(range)).to_string()
            }
            Self::RandomFloat { from, to } => {
                let unit = (dice.next() >> 11) as f64 / (1_u64 << 53) as f64;
                (from + unit * (to - from)).to_string()
            }
            Self::RandomText { alphabet, length } => dice.text(alphabet.characters(), *length),
            Self::RandomEmail => format!("{}@example.com", dice.text(Alphabet::Hexadecimal.characters(), 10)),
            Self::Sample(sample) => sample.make(dice),
            Self::DateTime { format, offset, zone } => format.write(&zone.at(surroundings, offset.as_ref())?, *zone),
        })
    }
}

fn no_arguments(name: &str, arguments: &[String]) -> Result<(), Unfilled> {
    if arguments.is_empty() { Ok(()) } else { Err(Unfilled::BadArgument(format!("`${name}` takes no argument"))) }
}

fn random_integer(name: &str, arguments: &[String]) -> Result<Dynamic, Unfilled> {
    let wrong = || Unfilled::BadArgument(format!("`${name}` takes two whole numbers, the smaller one first"));
    let (from, to) = match arguments {
        [] => DEFAULT_RANGE,
        [from, to] => (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?),
        _ => return Err(wrong()),
    };
    if from < to { Ok(Dynamic::RandomInteger { from, to }) } else { Err(wrong()) }
}

fn random_float(arguments: &[String]) -> Result<Dynamic, Unfilled> {
    let wrong = || Unfilled::BadArgument("`$random.float` takes two numbers, the smaller one first".to_owned());
    let (from, to): (f64, f64) = match arguments {
        [] => (0.0, 1000.0),
        [from, to] => (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?),
        _ => return Err(wrong()),
    };
    if from.is_finite() && to.is_finite() && from < to { Ok(Dynamic::RandomFloat { from, to }) } else { Err(wrong()) }
}

fn random_text(name: &str, alphabet: Alphabet, arguments: &[String]) -> Result<Dynamic, Unfilled> {
    let length = match arguments {
        [] => Some(10),
        [length] => length.parse().ok().filter(|length| (1..=LONGEST_RANDOM).contains(length)),
        _ => None,
    };
    length
        .map(|length| Dynamic::RandomText { alphabet, length })
        .ok_or_else(|| Unfilled::BadArgument(format!("`${name}` takes a length from 1 to {LONGEST_RANDOM}")))
}

fn date_time(zone: Zone, arguments: &[String]) -> Result<Dynamic, Unfilled> {
    let (format, offset) = match arguments {
        [] => (DateFormat::Iso8601, None),
        [format, offset @ ..] => (DateFormat::parse(format), Offset::parse(offset)?),
    };
    Ok(Dynamic::DateTime { format, offset, zone })
}

fn uuid(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = bytes.iter().fold(String::with_capacity(32), |hex, byte| hex + &format!("{byte:02x}"));
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
