//! Values that Postman makes up when sending (`{{$guid}}`, `{{$randomFirstName}}`), in the words of the dialect.
//!
//! Used by the importers of Postman, and of Insomnia, whose templates name the same ones. Those that the dialect
//! cannot make up become variables with a fixed value.

/// What stands for a dynamic variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Substitute {
    /// The text between the braces.
    Dynamic(&'static str),
    /// A variable with this value.
    Fixed(&'static str),
    /// It is not known.
    Unknown,
}

/// The substitute for `$name` (without its `$`).
pub fn substitute(name: &str) -> Substitute {
    const DYNAMIC: [(&str, &str); 20] = [
        ("guid", "$uuid"),
        ("randomUUID", "$uuid"),
        ("uuid", "$uuid"),
        ("timestamp", "$timestamp"),
        ("isoTimestamp", "$isoTimestamp"),
        ("randomInt", "$randomInt 0 1001"),
        ("randomAlphaNumeric", "$random.alphanumeric 1"),
        ("randomAbbreviation", "$random.alphabetic 3"),
        ("randomPassword", "$random.alphanumeric 15"),
        ("randomHexadecimal", "$random.hexadecimal 8"),
        ("randomEmail", "$random.email"),
        ("randomExampleEmail", "$random.email"),
        ("randomPrice", "$random.float 0 1000"),
        ("randomUserName", "$random.alphabetic 10"),
        ("randomWord", "$random.alphabetic 7"),
        ("randomNoun", "$random.alphabetic 7"),
        ("randomVerb", "$random.alphabetic 5"),
        ("randomLoremWord", "$random.alphabetic 6"),
        ("randomLoremSlug", "$random.alphabetic 12"),
        ("randomBankAccount", "$randomInt 10000000 100000000"),
    ];
    const FIXED: [(&str, &str); 34] = [
        ("randomBoolean", "true"),
        ("randomColor", "red"),
        ("randomHexColor", "#4a90d9"),
        ("randomIP", "192.0.2.10"),
        ("randomIPV6", "2001:db8::10"),
        ("randomMACAddress", "00:00:5e:00:53:01"),
        ("randomLocale", "en"),
        ("randomUserAgent", "Mozilla/5.0"),
        ("randomProtocol", "https"),
        ("randomSemver", "1.2.3"),
        ("randomFirstName", "Ada"),
        ("randomLastName", "Lovelace"),
        ("randomFullName", "Ada Lovelace"),
        ("randomNamePrefix", "Ms."),
        ("randomJobTitle", "Engineer"),
        ("randomPhoneNumber", "555-0100"),
        ("randomPhoneNumberExt", "555-0100-1"),
        ("randomCity", "London"),
        ("randomStreetName", "Main Street"),
        ("randomStreetAddress", "1 Main Street"),
        ("randomCountry", "United Kingdom"),
        ("randomCountryCode", "GB"),
        ("randomLatitude", "51.5"),
        ("randomLongitude", "-0.1"),
        ("randomUrl", "https://example.com"),
        ("randomDomainName", "example.com"),
        ("randomCompanyName", "Example Ltd"),
        ("randomCurrencyCode", "EUR"),
        ("randomProductName", "Desk Lamp"),
        ("randomDateFuture", "2030-01-01T00:00:00Z"),
        ("randomDatePast", "2020-01-01T00:00:00Z"),
        ("randomDateRecent", "2026-01-01T00:00:00Z"),
        ("randomFileName", "file.txt"),
        ("randomLoremSentence", "Lorem ipsum dolor sit amet."),
    ];
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    if let Some(text) = find(&DYNAMIC) {
        Substitute::Dynamic(text)
    } else if let Some(text) = find(&FIXED) {
        Substitute::Fixed(text)
    } else if name.starts_with("random") {
        Substitute::Fixed("example")
    } else {
        Substitute::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;

    #[test]
    fn every_substitute_is_known_to_the_dialect() {
        for name in ["guid", "randomInt", "randomAlphaNumeric", "randomPrice", "randomHexadecimal", "randomBankAccount"]
        {
            let Substitute::Dynamic(text) = substitute(name) else { panic!("{name}") };
            assert_eq!(Template::parse(&format!("{{{{{text}}}}}")).problems, [], "{name}");
        }
        assert_eq!(substitute("randomFirstName"), Substitute::Fixed("Ada"));
        assert_eq!(substitute("nothing"), Substitute::Unknown);
    }
}
