//! What the selected request needs (`# @require`), against what the access token has.

use crate::app::session::SessionView;
use crate::model::request::Requirement;

/// Has the access token what is required?
pub fn has(view: &SessionView, requirement: &Requirement) -> bool {
    let claims = &view.access.kinde;
    match requirement {
        Requirement::Permission(key) => {
            claims.permissions.iter().flatten().any(|have| have == key) || claims.scopes.contains(key)
        }
        Requirement::Organization(code) => claims.org_code.as_ref() == Some(code),
        Requirement::Role(role) => claims.has_role(role),
        Requirement::Flag(flag) => claims.has_flag(flag),
    }
}

/// A requirement in words.
pub fn label(requirement: &Requirement) -> String {
    match requirement {
        Requirement::Permission(key) => format!("permission or scope {key}"),
        Requirement::Organization(code) => format!("organisation {code}"),
        Requirement::Role(role) => format!("role {role}"),
        Requirement::Flag(flag) => format!("feature flag {flag}"),
    }
}
