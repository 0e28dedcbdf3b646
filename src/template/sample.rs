//! Sample values: the names, places and words that Postman (`$randomFirstName`) and JetBrains
//! (`$random.name.firstName`) make up, from small lists of our own.
//!
//! Called by [`dynamic`](crate::template::dynamic). Pure: randomness comes in as a [`Dice`].

use std::fmt::Write as _;

use crate::model::port::Random;

/// Random numbers.
#[derive(Clone, Copy)]
pub struct Dice<'a>(pub &'a dyn Random);

impl Dice<'_> {
    /// Any number.
    pub fn next(self) -> u64 {
        let mut bytes = [0_u8; 8];
        self.0.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number in `0..range`; the bias of the multiplication is below 2^-32 for any range that people write.
    pub fn below(self, range: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(range)) >> 64) as u64
    }

    fn pick(self, from: &'static [&'static str]) -> &'static str {
        from[self.below(from.len() as u64) as usize]
    }

    /// So many characters of `alphabet`, which is ASCII.
    pub fn text(self, alphabet: &[u8], length: usize) -> String {
        (0..length).map(|_| char::from(alphabet[self.below(alphabet.len() as u64) as usize])).collect()
    }
}

/// What is made up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sample {
    /// A given name.
    FirstName,
    /// A family name.
    LastName,
    /// Both.
    FullName,
    /// `Ms.`, `Dr.`.
    NamePrefix,
    /// `jane.smith42`.
    UserName,
    /// An address at `example.com`.
    Email,
    /// Fifteen letters and digits.
    Password,
    /// A city.
    City,
    /// A country.
    Country,
    /// `DE`.
    CountryCode,
    /// `Mill Road`.
    StreetName,
    /// `12 Mill Road`.
    StreetAddress,
    /// Five digits.
    ZipCode,
    /// -90 to 90.
    Latitude,
    /// -180 to 180.
    Longitude,
    /// `555-0142`: a number that nobody has.
    PhoneNumber,
    /// A company.
    Company,
    /// `Ltd`.
    CompanySuffix,
    /// `Senior Data Analyst`.
    JobTitle,
    /// `Analyst`.
    JobType,
    /// `Marketing`.
    Department,
    /// `Oak Chair`.
    ProductName,
    /// `Chair`.
    Product,
    /// `12.90`.
    Price,
    /// `EUR`.
    CurrencyCode,
    /// `Euro`.
    CurrencyName,
    /// An IBAN of a bank that is none.
    Iban,
    /// Eight digits.
    BankAccount,
    /// A colour by name.
    Color,
    /// `#a1b2c3`.
    HexColor,
    /// `true` or `false`.
    Boolean,
    /// One letter or digit.
    AlphaNumeric,
    /// An address of a network for documentation (RFC 5737).
    Ipv4,
    /// The same for IPv6 (RFC 3849).
    Ipv6,
    /// A locally administered address.
    MacAddress,
    /// A host below `example.com`.
    DomainName,
    /// A word of a host name.
    DomainWord,
    /// `com`.
    DomainSuffix,
    /// A URL below `example.com`.
    Url,
    /// `https`.
    Protocol,
    /// A browser.
    UserAgent,
    /// `1.4.2`.
    Semver,
    /// `en`.
    Locale,
    /// `report.pdf`.
    FileName,
    /// `pdf`.
    FileExtension,
    /// `application/pdf`.
    MimeType,
    /// `Monday`.
    Weekday,
    /// `May`.
    Month,
    /// One word.
    Word,
    /// Three words.
    Words,
    /// A sentence.
    Sentence,
    /// Three sentences.
    Paragraph,
    /// `red-stone-river`.
    Slug,
    /// The URL of a picture.
    ImageUrl,
}

use Sample as S;

/// Postman's names (without `$`) and JetBrains' (`random.…`), sorted as their manuals list them.
const NAMES: &[(&str, Sample)] = &[
    ("randomAlphaNumeric", S::AlphaNumeric),
    ("randomBoolean", S::Boolean),
    ("randomColor", S::Color),
    ("randomHexColor", S::HexColor),
    ("randomIP", S::Ipv4),
    ("randomIPV6", S::Ipv6),
    ("randomMACAddress", S::MacAddress),
    ("randomPassword", S::Password),
    ("randomLocale", S::Locale),
    ("randomUserAgent", S::UserAgent),
    ("randomProtocol", S::Protocol),
    ("randomSemver", S::Semver),
    ("randomFirstName", S::FirstName),
    ("randomLastName", S::LastName),
    ("randomFullName", S::FullName),
    ("randomNamePrefix", S::NamePrefix),
    ("randomJobTitle", S::JobTitle),
    ("randomJobType", S::JobType),
    ("randomJobArea", S::Department),
    ("randomPhoneNumber", S::PhoneNumber),
    ("randomPhoneNumberExt", S::PhoneNumber),
    ("randomCity", S::City),
    ("randomStreetName", S::StreetName),
    ("randomStreetAddress", S::StreetAddress),
    ("randomCountry", S::Country),
    ("randomCountryCode", S::CountryCode),
    ("randomLatitude", S::Latitude),
    ("randomLongitude", S::Longitude),
    ("randomAvatarImage", S::ImageUrl),
    ("randomImageUrl", S::ImageUrl),
    ("randomBankAccount", S::BankAccount),
    ("randomBankAccountIban", S::Iban),
    ("randomCurrencyCode", S::CurrencyCode),
    ("randomCurrencyName", S::CurrencyName),
    ("randomCompanyName", S::Company),
    ("randomCompanySuffix", S::CompanySuffix),
    ("randomDomainName", S::DomainName),
    ("randomDomainSuffix", S::DomainSuffix),
    ("randomDomainWord", S::DomainWord),
    ("randomEmail", S::Email),
    ("randomExampleEmail", S::Email),
    ("randomUserName", S::UserName),
    ("randomUrl", S::Url),
    ("randomFileName", S::FileName),
    ("randomCommonFileName", S::FileName),
    ("randomFileExt", S::FileExtension),
    ("randomCommonFileExt", S::FileExtension),
    ("randomMimeType", S::MimeType),
    ("randomCommonFileType", S::MimeType),
    ("randomPrice", S::Price),
    ("randomProduct", S::Product),
    ("randomProductName", S::ProductName),
    ("randomDepartment", S::Department),
    ("randomNoun", S::Word),
    ("randomVerb", S::Word),
    ("randomAdjective", S::Color),
    ("randomWord", S::Word),
    ("randomWords", S::Words),
    ("randomPhrase", S::Sentence),
    ("randomLoremWord", S::Word),
    ("randomLoremWords", S::Words),
    ("randomLoremSentence", S::Sentence),
    ("randomLoremSentences", S::Paragraph),
    ("randomLoremParagraph", S::Paragraph),
    ("randomLoremText", S::Paragraph),
    ("randomLoremSlug", S::Slug),
    ("randomWeekday", S::Weekday),
    ("randomMonth", S::Month),
    ("random.name.firstName", S::FirstName),
    ("random.name.lastName", S::LastName),
    ("random.name.fullName", S::FullName),
    ("random.name.name", S::FullName),
    ("random.name.prefix", S::NamePrefix),
    ("random.name.username", S::UserName),
    ("random.name.title", S::JobTitle),
    ("random.job.title", S::JobTitle),
    ("random.internet.emailAddress", S::Email),
    ("random.internet.safeEmailAddress", S::Email),
    ("random.internet.domainName", S::DomainName),
    ("random.internet.domainWord", S::DomainWord),
    ("random.internet.url", S::Url),
    ("random.internet.password", S::Password),
    ("random.internet.ipV4Address", S::Ipv4),
    ("random.internet.ipV6Address", S::Ipv6),
    ("random.internet.macAddress", S::MacAddress),
    ("random.internet.slug", S::Slug),
    ("random.internet.image", S::ImageUrl),
    ("random.address.city", S::City),
    ("random.address.cityName", S::City),
    ("random.address.country", S::Country),
    ("random.address.countryCode", S::CountryCode),
    ("random.address.streetName", S::StreetName),
    ("random.address.streetAddress", S::StreetAddress),
    ("random.address.fullAddress", S::StreetAddress),
    ("random.address.zipCode", S::ZipCode),
    ("random.address.latitude", S::Latitude),
    ("random.address.longitude", S::Longitude),
    ("random.company.name", S::Company),
    ("random.company.suffix", S::CompanySuffix),
    ("random.commerce.productName", S::ProductName),
    ("random.commerce.department", S::Department),
    ("random.commerce.price", S::Price),
    ("random.color.name", S::Color),
    ("random.color.hex", S::HexColor),
    ("random.bool.bool", S::Boolean),
    ("random.currency.code", S::CurrencyCode),
    ("random.currency.name", S::CurrencyName),
    ("random.finance.iban", S::Iban),
    ("random.file.fileName", S::FileName),
    ("random.file.extension", S::FileExtension),
    ("random.file.mimeType", S::MimeType),
    ("random.phoneNumber.phoneNumber", S::PhoneNumber),
    ("random.phoneNumber.cellPhone", S::PhoneNumber),
    ("random.lorem.word", S::Word),
    ("random.lorem.words", S::Words),
    ("random.lorem.sentence", S::Sentence),
    ("random.lorem.paragraph", S::Paragraph),
];

const FIRST: &[&str] = &[
    "Amara", "Ben", "Chiara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jane", "Kofi", "Lena", "Mateo",
    "Nora", "Omar", "Priya", "Quinn", "Rosa", "Sven", "Tomas",
];
const LAST: &[&str] = &[
    "Abbott", "Berg", "Costa", "Dubois", "Evans", "Fischer", "Garcia", "Haddad", "Ito", "Jensen", "Kowalski", "Lopez",
    "Meyer", "Novak", "Okafor", "Petrov", "Rossi", "Silva", "Tanaka", "Weber",
];
const CITIES: &[&str] = &[
    "Accra",
    "Bergen",
    "Cork",
    "Dresden",
    "Edinburgh",
    "Florence",
    "Ghent",
    "Helsinki",
    "Izmir",
    "Kyoto",
    "Lisbon",
    "Mendoza",
];
const COUNTRIES: &[(&str, &str)] = &[
    ("Australia", "AU"),
    ("Brazil", "BR"),
    ("Canada", "CA"),
    ("Denmark", "DK"),
    ("Finland", "FI"),
    ("Germany", "DE"),
    ("Ghana", "GH"),
    ("India", "IN"),
    ("Japan", "JP"),
    ("Mexico", "MX"),
    ("Norway", "NO"),
    ("Portugal", "PT"),
];
const STREETS: &[&str] = &[
    "Mill Road",
    "High Street",
    "Station Lane",
    "Oak Avenue",
    "Harbour Street",
    "Church Row",
    "Market Square",
    "Hill Way",
];
const COMPANIES: &[&str] =
    &["Northwind", "Acme", "Brightwater", "Cedar & Sons", "Evergreen", "Harbour Works", "Lighthouse", "Stonebridge"];
const SUFFIXES: &[&str] = &["Ltd", "Inc", "GmbH", "and Sons", "Group", "LLC"];
const LEVELS: &[&str] = &["Junior", "Senior", "Lead", "Chief", "Regional"];
const JOBS: &[&str] = &["Analyst", "Engineer", "Designer", "Manager", "Consultant", "Technician", "Writer", "Planner"];
const DEPARTMENTS: &[&str] = &["Marketing", "Research", "Sales", "Garden", "Books", "Music", "Data", "Security"];
const MATERIALS: &[&str] = &["Oak", "Steel", "Cotton", "Granite", "Bamboo", "Wool"];
const PRODUCTS: &[&str] = &["Chair", "Table", "Lamp", "Shirt", "Bowl", "Keyboard", "Bicycle", "Backpack"];
const CURRENCIES: &[(&str, &str)] = &[
    ("EUR", "Euro"),
    ("USD", "US Dollar"),
    ("GBP", "Pound Sterling"),
    ("JPY", "Yen"),
    ("CHF", "Swiss Franc"),
    ("SEK", "Swedish Krona"),
];
const COLORS: &[&str] = &["red", "green", "blue", "orange", "teal", "violet", "grey", "black", "white", "amber"];
const WORDS: &[&str] = &[
    "river", "stone", "cloud", "garden", "window", "paper", "signal", "harbour", "letter", "bridge", "forest",
    "candle", "mirror", "engine", "basket", "meadow", "winter", "circle", "copper", "island",
];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
];
const FILES: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("json", "application/json"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("zip", "application/zip"),
];
const LOCALES: &[&str] = &["en", "de", "fr", "es", "pt", "ja", "fi", "nl"];
const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS: &[&str] = &[
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
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";
const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

impl Sample {
    /// The sample that a variable of this name (without `$`) asks for.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, sample)| *sample)
    }

    /// Makes one up.
    pub fn make(self, dice: Dice<'_>) -> String {
        let one = |list: &'static [&'static str]| dice.pick(list).to_owned();
        let country = || COUNTRIES[dice.below(COUNTRIES.len() as u64) as usize];
        let currency = || CURRENCIES[dice.below(CURRENCIES.len() as u64) as usize];
        let file = || FILES[dice.below(FILES.len() as u64) as usize];
        match self {
            Self::FirstName => one(FIRST),
            Self::LastName => one(LAST),
            Self::FullName => format!("{} {}", dice.pick(FIRST), dice.pick(LAST)),
            Self::NamePrefix => one(&["Ms.", "Mr.", "Mx.", "Dr."]),
            Self::UserName => {
                format!("{}.{}{}", dice.pick(FIRST), dice.pick(LAST), dice.below(100)).to_ascii_lowercase()
            }
            Self::Email => format!("{}.{}@example.com", dice.pick(FIRST), dice.below(10_000)).to_ascii_lowercase(),
            Self::Password => dice.text(ALPHANUMERIC, 15),
            Self::City => one(CITIES),
            Self::Country => country().0.to_owned(),
            Self::CountryCode => country().1.to_owned(),
            Self::StreetName => one(STREETS),
            Self::StreetAddress => format!("{} {}", 1 + dice.below(200), dice.pick(STREETS)),
            Self::ZipCode => dice.text(DIGITS, 5),
            Self::Latitude => degrees(dice, 90),
            Self::Longitude => degrees(dice, 180),
            Self::PhoneNumber => format!("555-01{}", dice.text(DIGITS, 2)),
            Self::Company => one(COMPANIES),
            Self::CompanySuffix => one(SUFFIXES),
            Self::JobTitle => format!("{} {} {}", dice.pick(LEVELS), dice.pick(DEPARTMENTS), dice.pick(JOBS)),
            Self::JobType => one(JOBS),
            Self::Department => one(DEPARTMENTS),
            Self::ProductName => format!("{} {}", dice.pick(MATERIALS), dice.pick(PRODUCTS)),
            Self::Product => one(PRODUCTS),
            Self::Price => format!("{}.{}0", 1 + dice.below(900), dice.below(10)),
            Self::CurrencyCode => currency().0.to_owned(),
            Self::CurrencyName => currency().1.to_owned(),
            Self::Iban => format!("XX{}", dice.text(DIGITS, 20)),
            Self::BankAccount => dice.text(DIGITS, 8),
            Self::Color => one(COLORS),
            Self::HexColor => format!("#{}", dice.text(HEX, 6)),
            Self::Boolean => (dice.below(2) == 1).to_string(),
            Self::AlphaNumeric => dice.text(ALPHANUMERIC, 1),
            Self::Ipv4 => format!("192.0.2.{}", 1 + dice.below(254)),
            Self::Ipv6 => format!("2001:db8::{}", dice.text(HEX, 4)),
            Self::MacAddress => (0..5).fold("02".to_owned(), |mac, _| mac + ":" + &dice.text(HEX, 2)),
            Self::DomainName => format!("{}.example.com", dice.pick(WORDS)),
            Self::DomainWord | Self::Word => one(WORDS),
            Self::DomainSuffix => one(&["com", "org", "net"]),
            Self::Url => format!("https://{}.example.com/{}", dice.pick(WORDS), dice.pick(WORDS)),
            Self::Protocol => one(&["http", "https"]),
            Self::UserAgent => one(AGENTS),
            Self::Semver => format!("{}.{}.{}", dice.below(10), dice.below(10), dice.below(10)),
            Self::Locale => one(LOCALES),
            Self::FileName => format!("{}.{}", dice.pick(WORDS), file().0),
            Self::FileExtension => file().0.to_owned(),
            Self::MimeType => file().1.to_owned(),
            Self::Weekday => one(DAYS),
            Self::Month => one(MONTHS),
            Self::Words => words(dice, 3, " "),
            Self::Sentence => sentence(dice),
            Self::Paragraph => [sentence(dice), sentence(dice), sentence(dice)].join(" "),
            Self::Slug => words(dice, 3, "-"),
            Self::ImageUrl => format!("https://images.example.com/{}.png", dice.pick(WORDS)),
        }
    }
}

fn words(dice: Dice<'_>, count: usize, between: &str) -> String {
    (0..count).map(|_| dice.pick(WORDS)).collect::<Vec<_>>().join(between)
}

fn sentence(dice: Dice<'_>) -> String {
    let text = words(dice, 6, " ");
    let (first, rest) = text.split_at(1);
    first.to_ascii_uppercase() + rest + "."
}

fn degrees(dice: Dice<'_>, most: u64) -> String {
    let sign = if dice.below(2) == 1 { "-" } else { "" };
    let mut text = sign.to_owned();
    // Writing to a string cannot fail.
    let _ = write!(text, "{}.{:04}", dice.below(most), dice.below(10_000));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU64);

    impl Random for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            let next = self.0.fetch_add(0x1234_5678_9abc_def1, std::sync::atomic::Ordering::Relaxed);
            for (at, byte) in buffer.iter_mut().enumerate() {
                *byte = next.to_le_bytes()[at % 8];
            }
        }
    }

    #[test]
    fn every_name_makes_something_and_stands_once() {
        let random = Counting(0.into());
        for (at, (name, sample)) in NAMES.iter().enumerate() {
            assert!(NAMES[at + 1..].iter().all(|(other, _)| other != name), "{name} twice");
            for _ in 0..50 {
                let made = sample.make(Dice(&random));
                assert!(!made.is_empty() && !made.contains(['{', '\n']), "{name}: {made}");
            }
        }
        assert_eq!(Sample::named("randomNothing"), None);
    }

    #[test]
    fn values_have_their_form() {
        let random = Counting(1.into());
        let make = |name: &str| Sample::named(name).unwrap().make(Dice(&random));
        assert!(make("randomEmail").ends_with("@example.com"));
        assert!(make("randomIP").parse::<std::net::Ipv4Addr>().is_ok());
        assert!(make("randomIPV6").parse::<std::net::Ipv6Addr>().is_ok());
        assert!(make("randomPrice").parse::<f64>().is_ok());
        assert!(make("randomLatitude").parse::<f64>().unwrap().abs() <= 90.0);
        assert!(make("randomUrl").parse::<url::Url>().is_ok());
        assert_eq!(make("randomMACAddress").len(), 17);
        assert_eq!(make("randomPassword").len(), 15);
    }
}
