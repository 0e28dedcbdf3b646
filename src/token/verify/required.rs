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
    let needs = Needs::of(&context.expectation.require);
    let mut checks = grants(&needs.keys, &granted);
    roles_and_flags(&needs, &granted, &mut checks);
    checks.extend(organization(&needs.organizations, &granted));
    checks
}

/// For a token whose claims cannot be read.
pub(super) fn skipped(context: &Context<'_>) -> Vec<Check> {
    let needs = Needs::of(&context.expectation.require);
    let skip = |id| check(id, Outcome::Skipped, "The claims cannot be read");
    let grants = needs.keys.len() + needs.roles.len() + needs.flags.len();
    let permissions = (grants > 0).then(|| skip(CheckId::Permissions));
    let organization = (!needs.organizations.is_empty()).then(|| skip(CheckId::Organization));
    permissions.into_iter().chain(organization).collect()
}

/// What is required, by kind.
#[derive(Default)]
struct Needs<'a> {
    keys: Vec<&'a str>,
    organizations: Vec<&'a str>,
    roles: Vec<&'a str>,
    flags: Vec<&'a str>,
}

impl<'a> Needs<'a> {
    fn of(require: &'a [Requirement]) -> Self {
        let mut needs = Self::default();
        for requirement in require {
            match requirement {
                Requirement::Permission(key) => needs.keys.push(key),
                Requirement::Organization(code) => needs.organizations.push(code),
                Requirement::Role(role) => needs.roles.push(role),
                Requirement::Flag(flag) => needs.flags.push(flag),
            }
        }
        needs
    }
}

/// Roles and flags are grants as permissions are: they count for the same check.
fn roles_and_flags(needs: &Needs<'_>, granted: &KindeClaims, checks: &mut Vec<Check>) {
    let (roles, no_roles): (Vec<&str>, Vec<&str>) = needs.roles.iter().partition(|role| granted.has_role(role));
    let (flags, no_flags): (Vec<&str>, Vec<&str>) = needs.flags.iter().partition(|flag| granted.has_flag(flag));
    let words = |roles: &[&str], flags: &[&str]| {
        let named = |word: &str, names: &[&str]| (!names.is_empty()).then(|| format!("{word} {}", list(names, 5)));
        let parts: Vec<String> = named("the role", roles).into_iter().chain(named("the flag", flags)).collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    };
    let lacking = words(&no_roles, &no_flags).map(|lacking| match (&granted.roles, no_roles.is_empty()) {
        (None, false) => format!("Lacks {lacking}: the token has no roles; switch them on for this application"),
        _ => format!("Lacks {lacking}"),
    });
    let known = checks.iter_mut().find(|check| check.id == CheckId::Permissions);
    match (lacking, words(&roles, &flags), known) {
        (Some(lacking), _, Some(known)) if known.outcome == Outcome::Fail => {
            known.reason = format!("{}. {lacking}", known.reason);
        }
        (Some(lacking), _, Some(known)) => (known.outcome, known.reason) = (Outcome::Fail, lacking),
        (Some(lacking), _, None) => checks.insert(0, check(CheckId::Permissions, Outcome::Fail, lacking)),
        (None, Some(has), None) => checks.insert(0, check(CheckId::Permissions, Outcome::Pass, format!("Has {has}"))),
        (None, Some(has), Some(known)) if known.outcome == Outcome::Pass => {
            known.reason = format!("{}, {has}", known.reason);
        }
        (None, ..) => {}
    }
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
