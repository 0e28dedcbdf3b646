//! What a request needs (`# @require`) against what the token grants.
//!
//! A key is looked for in permissions and in scopes under all their names (kinde.md section 9, rows 34 to 37). What
//! was found in a scope counts for the scopes check, and so does what is missing from a token that has scopes only.

use crate::model::request::Requirement;
use crate::model::verdict::{Check, CheckId, Outcome};
use crate::token::kinde::{self, KindeClaims};
use crate::token::text::{list, quoted};
use crate::token::verify::{Context, check};

pub(super) fn checks(context: &Context<'_>) -> Vec<Check> {
    if context.expectation.require.is_empty() {
        return Vec::new();
    }
    let Some(claims) = &context.token.claims else { return skipped(context) };
    let granted = kinde::read(claims);
    let (keys, organizations) = split(&context.expectation.require);
    let mut checks = grants(&keys, &granted);
    checks.extend(organization(&organizations, &granted));
    checks
}

/// For a token whose claims cannot be read.
pub(super) fn skipped(context: &Context<'_>) -> Vec<Check> {
    let (keys, organizations) = split(&context.expectation.require);
    let skip = |id| check(id, Outcome::Skipped, "The claims cannot be read");
    let permissions = (!keys.is_empty()).then(|| skip(CheckId::Permissions));
    let organization = (!organizations.is_empty()).then(|| skip(CheckId::Organization));
    permissions.into_iter().chain(organization).collect()
}

fn split(require: &[Requirement]) -> (Vec<&str>, Vec<&str>) {
    let mut keys = Vec::new();
    let mut organizations = Vec::new();
    for requirement in require {
        match requirement {
            Requirement::Permission(key) => keys.push(key.as_str()),
            Requirement::Organization(code) => organizations.push(code.as_str()),
        }
    }
    (keys, organizations)
}

fn grants(keys: &[&str], granted: &KindeClaims) -> Vec<Check> {
    let permissions = granted.permissions.as_deref().unwrap_or_default();
    let (as_permission, rest): (Vec<&str>, Vec<&str>) =
        keys.iter().copied().partition(|key| permissions.iter().any(|permission| permission == key));
    let (as_scope, missing): (Vec<&str>, Vec<&str>) =
        rest.into_iter().partition(|key| granted.scopes.iter().any(|scope| scope == key));
    let has_scopes_only = granted.permissions.is_none() && !granted.scopes.is_empty();
    let (no_permission, no_scope) = if has_scopes_only { (Vec::new(), missing) } else { (missing, Vec::new()) };

    let mut checks = Vec::new();
    if !no_permission.is_empty() {
        checks.push(check(CheckId::Permissions, Outcome::Fail, lacks_permission(&no_permission, granted)));
    } else if !as_permission.is_empty() {
        checks.push(check(CheckId::Permissions, Outcome::Pass, format!("Has {}", list(&as_permission, 5))));
    }
    if !no_scope.is_empty() {
        let reason = format!(
            "Lacks {}; it has the scopes {} and no permissions: ask for the scope at sign-in, or switch permissions on",
            list(&no_scope, 5),
            list(&granted.scopes, 8)
        );
        checks.push(check(CheckId::Scopes, Outcome::Fail, reason));
    } else if !as_scope.is_empty() {
        checks.push(check(CheckId::Scopes, Outcome::Pass, format!("Has {} as scope", list(&as_scope, 5))));
    }
    checks
}

fn lacks_permission(missing: &[&str], granted: &KindeClaims) -> String {
    let missing = list(missing, 5);
    let organization = granted.org_code.as_deref().map(quoted);
    match (granted.permissions.as_deref(), organization) {
        (None, Some(code)) => format!("Lacks {missing}: the token has no permissions (organisation {code})"),
        (None, None) => format!(
            "Lacks {missing}: the token has no permissions and no organisation; sign in to the organisation that grants it"
        ),
        (Some([]), Some(code)) => format!(
            "Lacks {missing}: the user has no permissions in the organisation {code}; they count per organisation"
        ),
        (Some([]), None) => format!("Lacks {missing}: the token's permissions are empty, and it has no organisation"),
        (Some(has), Some(code)) => {
            format!("Lacks {missing}; in the organisation {code} the user has {}", list(has, 8))
        }
        (Some(has), None) => format!("Lacks {missing}; it has {}", list(has, 8)),
    }
}

/// kinde.md section 9, row 35.
fn organization(required: &[&str], granted: &KindeClaims) -> Option<Check> {
    let id = CheckId::Organization;
    let codes: Vec<&str> = granted
        .org_code
        .iter()
        .map(String::as_str)
        .chain(granted.organizations.iter().map(|organization| organization.code.as_str()))
        .collect();
    let missing: Vec<&str> = required.iter().copied().filter(|code| !codes.contains(code)).collect();
    if required.is_empty() {
        return None;
    }
    if missing.is_empty() {
        return Some(check(id, Outcome::Pass, list(required, 3)));
    }
    let missing = list(&missing, 3);
    let reason = match codes.as_slice() {
        [] => format!("The token is for no organisation; {missing} is needed: sign in with that `org_code`"),
        codes => format!("The token is for {}, but {missing} is needed: sign in with that `org_code`", list(codes, 3)),
    };
    Some(check(id, Outcome::Fail, reason))
}
