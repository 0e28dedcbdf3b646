//! Who made the token, for whom, and about whom: `iss`, `aud`, `azp`, `sub`.
//!
//! ID tokens by OIDC Core section 3.1.3.7 with Kinde's two-entry `aud` (kinde.md 6.3); access tokens by what was
//! asked for at sign-in, with the reasons of kinde.md section 9, rows 7 to 10.

use serde_json::Value;

use crate::model::identity::Issuer;
use crate::model::verdict::{Check, CheckId, Outcome};
use crate::token::inspect::TokenUse;
use crate::token::text::{list, quoted};
use crate::token::verify::{Context, check};

pub(super) fn checks(context: &Context<'_>) -> Vec<Check> {
    let mut checks = vec![issuer(context), audience(context)];
    checks.extend(authorized_party(context));
    checks.extend(subject(context));
    checks
}

fn issuer(context: &Context<'_>) -> Check {
    let id = CheckId::Issuer;
    let claim = context.token.claim("iss");
    let Some(expected) = &context.expectation.issuer else {
        let reason = match claim.and_then(Value::as_str) {
            Some(actual) => format!("Nothing to compare {} with", quoted(actual)),
            None => "Nothing to compare with, and the token has no `iss`".to_owned(),
        };
        return check(id, Outcome::Skipped, reason);
    };
    match claim {
        None => check(id, Outcome::Fail, format!("The token has no `iss`; expected {}", quoted(expected))),
        Some(Value::String(actual)) if actual == expected => check(id, Outcome::Pass, quoted(actual)),
        Some(Value::String(actual)) => {
            let reason = format!("{} is not {}: {}", quoted(actual), quoted(expected), difference(actual, expected));
            check(id, Outcome::Fail, reason)
        }
        Some(_) => check(id, Outcome::Fail, "`iss` is not text"),
    }
}

/// How two issuers differ, as far as it helps (kinde.md section 9, row 10).
fn difference(actual: &str, expected: &str) -> &'static str {
    if actual.trim_end_matches('/') == expected.trim_end_matches('/') {
        return "only a trailing slash differs, but issuers are compared letter by letter";
    }
    if actual.eq_ignore_ascii_case(expected) {
        return "only upper and lower case differ, but issuers are compared letter by letter";
    }
    let without_scheme = |text: &str| text.split_once("://").map_or(text.to_owned(), |(_, rest)| rest.to_owned());
    if without_scheme(actual) == without_scheme(expected) {
        return "only http and https differ, but issuers are compared letter by letter";
    }
    let is_kinde = |text: &str| Issuer::parse(text).is_ok_and(|issuer| issuer.is_kinde_host());
    match (is_kinde(actual), is_kinde(expected)) {
        (true, true) => "another Kinde business, environment or region",
        (true, false) => {
            "the token was requested from the kinde.com host, but a custom domain is expected; request it from the same host"
        }
        (false, true) => {
            "the token seems to be of a custom domain, but the kinde.com host is expected; request it from the same host"
        }
        (false, false) => "another issuer made this token",
    }
}

/// `aud`, read strictly.
enum Audience {
    Absent,
    Malformed,
    Entries(Vec<String>),
}

fn read_audience(context: &Context<'_>) -> Audience {
    match context.token.claim("aud") {
        None | Some(Value::Null) => Audience::Absent,
        Some(Value::String(_)) => Audience::Entries(context.token.audiences()),
        Some(Value::Array(entries)) if entries.iter().all(Value::is_string) => {
            Audience::Entries(context.token.audiences())
        }
        Some(_) => Audience::Malformed,
    }
}

fn audience(context: &Context<'_>) -> Check {
    let entries = match read_audience(context) {
        Audience::Malformed => {
            return check(CheckId::Audience, Outcome::Fail, "`aud` is neither text nor an array of texts");
        }
        Audience::Absent => None,
        Audience::Entries(entries) => Some(entries),
    };
    if context.judged_as() == TokenUse::Id {
        return id_token_audience(context, &entries.unwrap_or_default());
    }
    access_audience(context, entries)
}

fn access_audience(context: &Context<'_>, entries: Option<Vec<String>>) -> Check {
    let id = CheckId::Audience;
    let expected = &context.expectation.audiences;
    let is_absent = entries.is_none();
    let actual = entries.unwrap_or_default();
    if actual.is_empty() {
        let what = if is_absent { "The token has no `aud`" } else { "`aud` is empty" };
        if expected.is_empty() {
            let reason = format!(
                "{what}: no audience was asked for at sign-in, so an API that checks it refuses; register the API in \
                 Kinde, authorise the application for it, and ask for its `audience`"
            );
            return check(id, Outcome::Warn, reason);
        }
        let reason = format!(
            "{what}, though {} was expected: the application is not authorised for the API, or the identifier differs \
             (slash, case)",
            list(expected, 3)
        );
        return check(id, Outcome::Fail, reason);
    }
    if expected.is_empty() {
        return check(id, Outcome::Skipped, format!("Nothing to compare {} with", list(&actual, 3)));
    }
    if let Some(found) = actual.iter().find(|entry| expected.contains(entry)) {
        return check(id, Outcome::Pass, quoted(found));
    }
    let reason = format!("{} is not {}{}", list(&actual, 3), list(expected, 3), near_miss(&actual, expected));
    check(id, Outcome::Fail, reason)
}

/// kinde.md section 9, rows 8 and 9.
fn near_miss(actual: &[String], expected: &[String]) -> &'static str {
    let pairs = || actual.iter().flat_map(|a| expected.iter().map(move |b| (a, b)));
    let normal = |text: &str| text.trim_end_matches('/').to_ascii_lowercase();
    if pairs().any(|(a, b)| normal(a) == normal(b)) {
        return ": only a trailing slash or the case differs; copy the exact identifier";
    }
    let pieces = |text: &str, other: &str| text.split([' ', ',']).filter(|piece| !piece.is_empty()).any(|p| p == other);
    if pairs().any(|(a, b)| pieces(a, b) || pieces(b, a)) {
        return ": two audiences were joined into one text; send `audience` once for each";
    }
    ""
}

/// OIDC Core 3.1.3.7, steps 3 to 5, and kinde.md 6.3: `aud` is the issuer and the client in either order.
fn id_token_audience(context: &Context<'_>, actual: &[String]) -> Check {
    let id = CheckId::Audience;
    let Some(client) = &context.expectation.client_id else {
        if actual.is_empty() {
            return check(id, Outcome::Fail, "The ID token has no `aud`");
        }
        return check(id, Outcome::Skipped, format!("No client to compare {} with", list(actual, 3)));
    };
    if actual.is_empty() {
        return check(id, Outcome::Fail, format!("The ID token has no `aud`; expected the client {}", quoted(client)));
    }
    let is_own_party = context.token.text_claim("azp") == Some(client);
    let issuer = context.expectation.issuer.as_deref();
    if !actual.contains(client) {
        let names_issuer_only = actual.iter().all(|entry| Some(entry.as_str()) == issuer);
        if names_issuer_only && is_own_party {
            return check(id, Outcome::Pass, "Names the issuer only, and `azp` is the client");
        }
        let reason = format!("{} does not hold the client {}", list(actual, 3), quoted(client));
        return check(id, Outcome::Fail, reason);
    }
    let is_trusted = |entry: &&String| {
        *entry == client || Some(entry.as_str()) == issuer || context.expectation.audiences.contains(entry)
    };
    let strangers: Vec<&String> = actual.iter().filter(|entry| !is_trusted(entry)).collect();
    if !strangers.is_empty() && !is_own_party {
        let reason =
            format!("Besides the client it names {}, and no `azp` says that it was issued to us", list(strangers, 3));
        return check(id, Outcome::Fail, reason);
    }
    check(id, Outcome::Pass, format!("Holds the client {}", quoted(client)))
}

/// `azp` is in Kinde's tokens of every kind; RFC 9068 calls it `client_id`.
fn authorized_party(context: &Context<'_>) -> Option<Check> {
    let id = CheckId::AuthorizedParty;
    let expected = context.expectation.client_id.as_deref()?;
    let (name, claim) = match (context.token.claim("azp"), context.token.claim("client_id")) {
        (Some(azp), _) => ("azp", azp),
        (None, Some(client_id)) if context.judged_as() != TokenUse::Id => ("client_id", client_id),
        _ => return Some(check(id, Outcome::Skipped, "The token has no `azp`")),
    };
    Some(match claim.as_str() {
        Some(actual) if actual == expected => check(id, Outcome::Pass, format!("`{name}` is {}", quoted(actual))),
        Some(actual) => {
            let reason = format!("`{name}` is {}: issued to another client than {}", quoted(actual), quoted(expected));
            check(id, Outcome::Fail, reason)
        }
        None => check(id, Outcome::Fail, format!("`{name}` is not text")),
    })
}

fn subject(context: &Context<'_>) -> Option<Check> {
    let id = CheckId::Subject;
    let judged_as = context.judged_as();
    match (context.token.claim("sub"), judged_as) {
        (Some(Value::String(subject)), _) if !subject.is_empty() => Some(check(id, Outcome::Pass, quoted(subject))),
        (Some(_), _) => Some(check(id, Outcome::Fail, "`sub` is empty or not text")),
        (None, TokenUse::Id) => Some(check(id, Outcome::Fail, "The ID token has no `sub`, so it names nobody")),
        (None, TokenUse::Access) => {
            let reason = "The token has no `sub`: it names no user, and an API that wants one refuses it";
            Some(check(id, Outcome::Warn, reason))
        }
        (None, TokenUse::MachineToMachine) => Some(check(id, Outcome::Skipped, "A machine token names no user")),
        (None, TokenUse::Unknown) => None,
    }
}
