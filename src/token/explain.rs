//! Every claim of a token with what it means, in the order of the token: the rows of the token lab.
//!
//! The meanings are those of RFC 7519, OIDC Core, RFC 9068 and kinde.md 6.2 to 6.4, in plain words.

use serde_json::{Map, Value};

use crate::model::time::Timestamp;
use crate::token::describe;
use crate::token::inspect::Inspection;
use crate::token::text::{plain, plain_list};

/// More members of a list are counted only.
const MOST_MEMBERS: usize = 40;

/// A claim, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name as the token has it.
    pub name: String,
    /// The same, fit to be shown.
    pub claim: String,
    /// Its value in words, one line.
    pub value: String,
    /// What it is; empty where nobody but its issuer knows.
    pub meaning: &'static str,
    /// Will it surprise?
    pub surprises: bool,
}

/// The claims.
pub fn facts(token: &Inspection, now: Timestamp) -> Vec<Fact> {
    let claims = token.claims.iter().flatten();
    claims.map(|(name, value)| fact(name, value, token, now)).collect()
}

/// The members of the header.
pub fn header_facts(token: &Inspection) -> Vec<Fact> {
    let members = token.header.iter().flatten();
    let fact = |(name, value): (&String, &Value)| Fact {
        name: name.clone(),
        claim: plain(name),
        value: words(value),
        meaning: header_meaning(name),
        surprises: name == "alg" && (value == "none" || value.as_str().is_some_and(|alg| alg.starts_with("HS"))),
    };
    members.map(fact).collect()
}

fn fact(name: &str, value: &Value, token: &Inspection, now: Timestamp) -> Fact {
    let at = token.time_claim(name).filter(|_| is_time(name));
    let (text, surprises) = match (name, value) {
        (_, _) if at.is_some() => {
            let at = at.unwrap_or(now);
            let has_ended = name == "exp" && at <= now;
            (format!("{}, {}", describe::moment_near(at, now), describe::relative(at, now)), has_ended)
        }
        (_, _) if is_time(name) => (format!("{}: no time", words(value)), true),
        ("aud", Value::Array(entries)) if entries.is_empty() => {
            ("empty: an API that checks the audience refuses it".to_owned(), true)
        }
        ("permissions" | "roles", Value::Array(entries)) if entries.is_empty() => ("none granted".to_owned(), true),
        ("permissions" | "roles", Value::Null) => ("null: not granted, or switched off".to_owned(), true),
        ("feature_flags", Value::Object(flags)) => (members(flags, flag), false),
        ("user_properties" | "organization_properties" | "application_properties", Value::Object(properties)) => {
            (members(properties, property), false)
        }
        _ => (words(value), false),
    };
    Fact { name: name.to_owned(), claim: plain(name), value: text, meaning: meaning(name), surprises }
}

fn members(object: &Map<String, Value>, one: fn(&str, &Value) -> String) -> String {
    let shown: Vec<String> = object.iter().map(|(name, value)| one(name, value)).collect();
    if shown.is_empty() { "none".to_owned() } else { plain_list(&shown, MOST_MEMBERS) }
}

/// `beta = true (boolean)`: Kinde writes `{"t": "b", "v": true}`.
fn flag(name: &str, value: &Value) -> String {
    let kind = match value.get("t").and_then(Value::as_str) {
        Some("b") => " (boolean)",
        Some("i") => " (integer)",
        Some("s") => " (text)",
        Some("j") => " (JSON)",
        _ => "",
    };
    format!("{} = {}{kind}", plain(name), words(value.get("v").unwrap_or(value)))
}

fn property(name: &str, value: &Value) -> String {
    format!("{} = {}", plain(name), words(value.get("v").unwrap_or(value)))
}

/// A value on one line; of objects with a key (roles) or a name (organisations) those.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => plain(text),
        Value::Array(entries) if entries.is_empty() => "(empty list)".to_owned(),
        Value::Array(entries) => {
            let shown: Vec<String> = entries.iter().map(words).collect();
            plain_list(&shown, MOST_MEMBERS)
        }
        Value::Object(object) => {
            let text = |name: &str| object.get(name).and_then(Value::as_str).map(plain);
            match (text("key").or_else(|| text("id")), text("name")) {
                (Some(key), Some(name)) if key != name => format!("{key} ({name})"),
                (Some(key), _) => key,
                _ => plain(&value.to_string()),
            }
        }
        other => plain(&other.to_string()),
    }
}

fn is_time(name: &str) -> bool {
    matches!(name, "exp" | "iat" | "nbf" | "auth_time" | "rat" | "updated_at")
}

fn header_meaning(name: &str) -> &'static str {
    match name {
        "alg" => "how it is signed",
        "kid" => "which key of the issuer signed it",
        "typ" => "what kind of token it says it is",
        "cty" => "what is inside it",
        "jku" | "x5u" => "where it says its keys are: never trusted",
        "jwk" | "x5c" => "a key that it brings along: never trusted",
        "enc" => "how it is encrypted",
        _ => "",
    }
}

/// What a claim means.
fn meaning(name: &str) -> &'static str {
    match name {
        "iss" => "who made it; must be the issuer that the API trusts, letter by letter",
        "sub" => "whom it is about",
        "aud" => "for which APIs (an ID token: for which application)",
        "azp" | "client_id" => "the application that asked for it",
        "exp" => "good until then",
        "iat" => "made then",
        "nbf" => "not good before",
        "jti" => "its own number",
        "scp" | "scope" => "what the application may do",
        "permissions" => "what the user may do in this organisation",
        "roles" => "the user's roles in this organisation",
        "org_code" => "the organisation that it is for",
        "org_name" => "the name of the organisation",
        "org_codes" | "organizations" => "all organisations of the user",
        "external_organization_id" | "external_org_id" => "your own id of the organisation",
        "feature_flags" => "feature flags, as they were when it was made",
        "user_properties" => "properties of the user",
        "organization_properties" => "properties of the organisation",
        "application_properties" => "properties of the application",
        "has_trial_period" => "is the organisation on trial?",
        "trial_expires_on" => "when the trial ends",
        "billing" => "billing of the organisation",
        "ksp" => "does the session outlive the browser?",
        "gty" => "the grant: client credentials make a token without a user",
        "v" => "version of the token's form",
        "at_hash" => "ties it to an access token; only ID tokens have it",
        "c_hash" => "ties it to an authorisation code",
        "nonce" => "ties it to one sign-in",
        "auth_time" => "the user signed in then",
        "rat" => "the sign-in was asked for then",
        "acr" => "how strongly the user was authenticated",
        "amr" => "by which methods the user was authenticated",
        "sid" => "the session at the provider",
        "email" => "the user's e-mail address",
        "email_verified" => "did the user prove that address?",
        "name" | "given_name" | "family_name" | "preferred_username" => "the user's name",
        "picture" => "the user's picture",
        "phone_number" => "the user's phone number",
        "provided_id" => "your own id of the user",
        "updated_at" => "the profile was changed then",
        "token_use" | "typ" => "what kind of token it says it is",
        "https://hasura.io/jwt/claims" => "claims for Hasura",
        _ if name.to_ascii_lowercase().starts_with("x-hasura-") => "for Hasura, in place of Kinde's own name",
        _ if name.starts_with("ext_") => "from the user's external sign-in (Entra ID and the like)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::token::inspect::inspect;
    use crate::token::testing::encode;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_442_602);

    fn of(claims: &Value) -> Vec<Fact> {
        facts(&inspect(&format!("{}.{}.c2ln", encode(&json!({"alg": "RS256"})), encode(claims))), NOW)
    }

    #[rstest]
    #[case(json!({"exp": 1_795_446_202}), "15:03:22 UTC, in 1 h", false)]
    #[case(json!({"exp": 1_795_442_600}), "14:03:20 UTC, 2 s ago", true)]
    #[case(json!({"iat": "soon"}), "soon: no time", true)]
    #[case(json!({"aud": []}), "empty: an API that checks the audience refuses it", true)]
    #[case(json!({"aud": "one"}), "one", false)]
    #[case(json!({"permissions": ["a", "b"]}), "a, b", false)]
    #[case(json!({"permissions": null}), "null: not granted, or switched off", true)]
    #[case(json!({"roles": [{"id": "1", "key": "clerk", "name": "Clerk"}, "plain"]}), "clerk (Clerk), plain", false)]
    #[case(json!({"organizations": [{"id": "org_1", "name": "Acme"}]}), "org_1 (Acme)", false)]
    #[case(json!({"feature_flags": {"beta": {"t": "b", "v": true}, "odd": 3}}), "beta = true (boolean), odd = 3", false)]
    #[case(json!({"user_properties": {"kp_usr_city": {"v": "Oslo"}}}), "kp_usr_city = Oslo", false)]
    #[case(json!({"mine": {"a": 1}}), r#"{"a":1}"#, false)]
    fn claims_are_explained(#[case] claims: Value, #[case] value: &str, #[case] surprises: bool) {
        let facts = of(&claims);
        assert_eq!((facts[0].value.as_str(), facts[0].surprises), (value, surprises));
    }

    #[test]
    fn every_claim_is_there_in_its_order_and_known_ones_have_a_meaning() {
        let facts = of(&json!({"sub": "kp_1", "zzz": 1, "iss": "https://a.b", "ext_groups": [], "X-Hasura-Role": "r"}));
        let names: Vec<(&str, bool)> = facts.iter().map(|one| (one.claim.as_str(), one.meaning.is_empty())).collect();
        assert_eq!(
            names,
            [("sub", false), ("zzz", true), ("iss", false), ("ext_groups", false), ("X-Hasura-Role", false)]
        );
    }

    #[test]
    fn a_header_that_no_issuer_writes_surprises() {
        let token =
            inspect(&format!("{}.{}.", encode(&json!({"alg": "none", "jku": "https://x"})), encode(&json!({}))));
        let facts = header_facts(&token);
        assert_eq!((facts[0].surprises, facts[1].meaning), (true, "where it says its keys are: never trusted"));
    }

    #[test]
    fn hostile_claims_stay_short_lines() {
        let facts = of(&json!({"a\u{1b}[2J": "\u{202e}\n".repeat(1000)}));
        assert!(facts[0].value.chars().count() <= 161 && !facts[0].claim.contains('\u{1b}'), "{facts:?}");
    }
}
