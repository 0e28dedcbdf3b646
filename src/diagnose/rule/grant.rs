//! Refusals because of what the token grants: permissions, scopes, roles, organisation.

use serde_json::Value;

use crate::diagnose::case::{Case, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::message::Meaning;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{JSON, given};
use crate::model::finding::{Confidence, Remedy};
use crate::model::verdict::{CheckId, Outcome};
use crate::token::describe::length;
use crate::token::inspect::Inspection;
use crate::token::kinde;
#[cfg(test)]
use serde_json::json;

/// A permission of before this time may be one that was changed since.
const OLD_SECONDS: u64 = 300;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "permission-missing",
        rows: &[34],
        about: "A permission of `# @require` is not in the token",
        check: Check::Exchange(permission),
        #[cfg(test)]
        fires: || given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Permissions, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(200, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Permissions, Outcome::Fail)]),
    },
    Rule {
        id: "scope-missing",
        rows: &[37],
        about: "A scope of `# @require` is not in the token",
        check: Check::Exchange(scope),
        #[cfg(test)]
        fires: || given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Scopes, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Scopes, Outcome::Pass)]),
    },
    Rule {
        id: "organisation-differs",
        rows: &[35],
        about: "The token is for another organisation than `# @require` says, or for none",
        check: Check::Exchange(organisation),
        #[cfg(test)]
        fires: || given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Organization, Outcome::Fail)]),
        #[cfg(test)]
        silent: || given(403, &[], "").with_token(&json!({ "sub": "u" }), &[(CheckId::Organization, Outcome::Pass)]),
    },
    Rule {
        id: "insufficient-scope",
        rows: &[37],
        about: "`error=\"insufficient_scope\"` names what is missing (RFC 6750 section 3.1)",
        check: Check::Exchange(insufficient),
        #[cfg(test)]
        fires: || {
            given(403, &[("www-authenticate", r#"Bearer error="insufficient_scope", scope="create:orders""#)], "")
                .with_token(
                    &json!({ "sub": "u", "permissions": ["read:orders"] }),
                    &[(CheckId::Signature, Outcome::Pass)],
                )
        },
        #[cfg(test)]
        silent: || {
            given(403, &[("www-authenticate", r#"Bearer error="invalid_token", scope="openid""#)], "").good_token()
        },
    },
    Rule {
        id: "scope-in-another-claim",
        rows: &[37],
        about: "The scope that the API wants is in `scp` or `permissions`, and it looks in `scope`",
        check: Check::Exchange(other_claim),
        #[cfg(test)]
        fires: || {
            given(403, &[("www-authenticate", r#"Bearer error="insufficient_scope", scope="read:orders""#)], "")
                .with_token(
                    &json!({ "sub": "u", "scp": ["openid", "read:orders"] }),
                    &[(CheckId::Signature, Outcome::Pass)],
                )
        },
        #[cfg(test)]
        silent: || {
            given(403, &[("www-authenticate", r#"Bearer error="insufficient_scope", scope="read:orders""#)], "")
                .with_token(&json!({ "sub": "u", "scope": "read:orders" }), &[(CheckId::Signature, Outcome::Pass)])
        },
    },
    Rule {
        id: "claims-renamed",
        rows: &[34],
        about: "Permissions are in the token under Hasura's names only",
        check: Check::Exchange(renamed),
        #[cfg(test)]
        fires: || {
            given(403, &[], "").with_token(
                &json!({ "sub": "u", "x-hasura-permissions": ["read:orders"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
        #[cfg(test)]
        silent: || {
            given(403, &[], "").with_token(
                &json!({ "sub": "u", "permissions": [], "x-hasura-permissions": ["a"] }),
                &[(CheckId::Signature, Outcome::Pass)],
            )
        },
    },
    Rule {
        id: "claims-switched-off",
        rows: &[36],
        about: "Roles, e-mail and organisation name are not in access tokens by default",
        check: Check::Exchange(switched_off),
        #[cfg(test)]
        fires: || given(403, &[JSON], r#"{"message":"Role admin is required"}"#).good_token(),
        #[cfg(test)]
        silent: || {
            given(403, &[JSON], r#"{"message":"Role admin is required"}"#)
                .with_token(&json!({ "sub": "u", "roles": ["editor"] }), &[(CheckId::Signature, Outcome::Pass)])
        },
    },
    Rule {
        id: "claims-are-old",
        rows: &[17],
        about: "The token is older than the permission may be: a refresh returns the same one until it expires",
        check: Check::Exchange(old),
        #[cfg(test)]
        fires: || {
            given(403, &[], "")
                .with_token(&json!({ "sub": "u", "iat": 1_000 }), &[(CheckId::Permissions, Outcome::Fail)])
                .sent_at(5_000)
        },
        #[cfg(test)]
        silent: || {
            given(403, &[], "")
                .with_token(&json!({ "sub": "u", "iat": 4_990 }), &[(CheckId::Permissions, Outcome::Fail)])
                .sent_at(5_000)
        },
    },
];

const GIVE_IT: &str = "Give the user the role or permission in that organisation in Kinde, then log in again: a refresh returns the same token until it expires";
const OTHER_ORGANISATION: &str = "For another organisation log in with its code: `bearcat login --org org_…`";

fn required(case: &Case<'_>, check: CheckId, title: &str) -> Option<Cause> {
    (case.is_refused() && case.fails(check)).then(|| {
        Cause::certain(title).because(case.reason(check)).because(case.words_as_evidence()).offers(Remedy::SignIn)
    })
}

fn permission(case: &Case<'_>) -> Option<Cause> {
    let cause = required(case, CheckId::Permissions, "A permission that this route needs is not in the token")?;
    Some(cause.fix(GIVE_IT).fix(OTHER_ORGANISATION))
}

fn scope(case: &Case<'_>) -> Option<Cause> {
    let cause = required(case, CheckId::Scopes, "A scope that this route needs is not in the token")?;
    Some(
        cause
            .fix("Enable the scope for this application in Kinde (APIs, the API, Applications)")
            .fix("Ask for it: `Scope` of the identity, or `bearcat login --scope …`, and log in again"),
    )
}

fn organisation(case: &Case<'_>) -> Option<Cause> {
    let cause = required(case, CheckId::Organization, "The token is for another organisation than this route needs")?;
    Some(
        cause
            .fix(OTHER_ORGANISATION)
            .fix("A machine application gets an organisation in its token only when it is made for one (org-scoped)"),
    )
}

/// What the challenge asks for, or what the message names.
fn wanted(case: &Case<'_>) -> Option<Vec<String>> {
    let is_about_scope = case.challenged("error").is_some_and(|error| error == "insufficient_scope");
    if case.status() != 403 || !is_about_scope {
        return None;
    }
    let scope = case.challenged("scope")?;
    Some(scope.split_whitespace().take(10).map(str::to_owned).collect())
}

/// The claims in which a token has this scope or permission.
fn claims_with(token: &Inspection, wanted: &str) -> Vec<&'static str> {
    let holds = |claim: &&str| match token.claim(claim) {
        Some(Value::String(text)) => text.split_whitespace().any(|scope| scope == wanted),
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(wanted)),
        _ => false,
    };
    ["scope", "scp", "permissions", "x-hasura-permissions"].into_iter().filter(holds).collect()
}

fn insufficient(case: &Case<'_>) -> Option<Cause> {
    let wanted = wanted(case)?;
    let token = case.token?;
    let missing: Vec<&String> = wanted.iter().filter(|scope| claims_with(token, scope).is_empty()).collect();
    let first = missing.first()?;
    let names: Vec<&str> = missing.iter().map(|scope| scope.as_str()).collect();
    let granted = token.claims.as_ref().map(kinde::read).unwrap_or_default();
    let has: Vec<String> = granted.permissions.unwrap_or_default().into_iter().chain(granted.scopes).take(12).collect();
    Some(
        Cause::certain(format!("The API wants `{}`, and the token does not have it", quoted(first)))
            .because(format!("WWW-Authenticate: error=\"insufficient_scope\", scope=\"{}\"", quoted(&names.join(" "))))
            .because(format!("the token has: {}", if has.is_empty() { "none".to_owned() } else { has.join(", ") }))
            .fix("Is it a permission? Give the user a role with it in this organisation, then log in again")
            .fix(
                "Is it a scope of the API? Enable it for this application, ask for it with `--scope`, and log in again",
            )
            .fix(format!(
                "Write `# @require {}` into the request: bearcat then checks it before the API does",
                quoted(first)
            ))
            .offers(Remedy::SignIn),
    )
}

fn other_claim(case: &Case<'_>) -> Option<Cause> {
    let wanted = wanted(case)?;
    let token = case.token?;
    let scope = wanted.iter().find(|scope| {
        let claims = claims_with(token, scope);
        !claims.is_empty() && !claims.contains(&"scope")
    })?;
    let claim = claims_with(token, scope)[0];
    Some(
        Cause::likely(format!("The token has `{}`, but in `{claim}`: the API looks in `scope`", quoted(scope)))
            .because("WWW-Authenticate: error=\"insufficient_scope\"")
            .because(format!("`{claim}` of the token holds it, `scope` does not"))
            .fix("Kinde puts sign-in scopes into `scp` (a list), scopes of an API into `scope` (one text) and permissions into `permissions`: let the API look in all three")
            .fix("For a scope of the API: register it there, and ask for it at the sign-in with the audience")
            .with_sample(case.framework()),
    )
}

fn renamed(case: &Case<'_>) -> Option<Cause> {
    let token = case.token?;
    let has = |name: &str| token.claim(name).is_some_and(|value| !value.is_null());
    let only_hasura = has("x-hasura-permissions") && !has("permissions");
    (case.status() == 403 && only_hasura && !case.fails(CheckId::Permissions)).then(|| {
        Cause::likely("The permissions are in the token under Hasura's names only")
            .because("x-hasura-permissions is there, permissions is not")
            .because(case.words_as_evidence())
            .fix("Let the API read `x-hasura-permissions`, `x-hasura-roles` and `x-hasura-org-code` too")
            .fix("Or switch off the Hasura names for this application (Tokens, Customize in Kinde), then log in again")
    })
}

fn switched_off(case: &Case<'_>) -> Option<Cause> {
    let token = case.token?;
    let text = case.text();
    let mentions = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let absent = |claim: &str| token.claim(claim).is_none_or(Value::is_null);
    let claim =
        [("roles", &["role"][..]), ("email", &["email", "e-mail"]), ("org_name", &["org_name", "organization name"])]
            .into_iter()
            .find(|(claim, words)| mentions(words) && absent(claim))
            .map(|(claim, _)| claim)?;
    let is_kinde = case.provider.is_none_or(crate::model::provider::ProviderMetadata::is_kinde);
    (case.status() == 403 && is_kinde && case.exchange.body.bytes.len() < 2_000 && !case.is_html()).then(|| {
        Cause::likely(format!("The API wants `{claim}`, which Kinde does not put into access tokens by default"))
            .because(case.words_as_evidence())
            .because(format!("`{claim}` is not in the token"))
            .fix("Switch it on for this application in Kinde (Tokens, Customize, Access token)")
            .fix("Log in again: a refresh returns the same token until it expires")
            .offers(Remedy::SignIn)
    })
}

fn old(case: &Case<'_>) -> Option<Cause> {
    let lacks = case.fails(CheckId::Permissions)
        || case.says(Meaning::Grant).is_some() && case.has(CheckId::Signature, Outcome::Pass);
    let issued = case.token?.issued_at()?;
    let age = case.exchange.at.since(issued);
    (case.status() == 403 && lacks && age.as_secs() > OLD_SECONDS).then(|| {
        Cause::possible("The permission may be newer than the token: Kinde keeps the claims until it expires")
            .sure(Confidence::Possible)
            .because(format!("the token was issued {} before the request", length(age)))
            .fix("If the role or permission was given since, log out and in again: a refresh returns the same token")
            .fix("A backend can ask Kinde to renew the claims (`/api/v1/users/{id}/refresh_claims`)")
            .offers(Remedy::SignIn)
    })
}
