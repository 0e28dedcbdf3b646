//! The parameters that an identity adds to its requests: audiences, organisation, and custom ones (kinde.md 3.2).
//!
//! Invariant: no custom parameter replaces one that the protocol's safety rests on.

use crate::auth::text;
use crate::model::identity::Identity;

/// Bearcat's own; a custom parameter of such a name is left out.
const RESERVED: [&str; 18] = [
    "client_assertion",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "grant_type",
    "nonce",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Audiences (one parameter each), `org_code` and the custom ones, in this order.
pub fn custom(identity: &Identity) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let given = |name: &'static str| {
        identity.extra_parameters.iter().filter(move |(key, _)| key == name).map(|(_, value)| value)
    };
    for audience in identity.audiences.iter().chain(given("audience")) {
        let pair = ("audience".to_owned(), audience.clone());
        if !audience.is_empty() && !parameters.contains(&pair) {
            parameters.push(pair);
        }
    }
    if let Some(organization) = &identity.org_code {
        parameters.push(("org_code".to_owned(), organization.clone()));
    }
    for (name, value) in &identity.extra_parameters {
        let is_covered = name == "audience" || (name == "org_code" && identity.org_code.is_some());
        if !is_covered && !is_reserved(name) {
            parameters.push((name.clone(), value.clone()));
        }
    }
    parameters
}

/// RFC 8707: `resource` goes to the token endpoint too; nothing else does, because the rest is for pages.
pub fn resources(identity: &Identity) -> Vec<(String, String)> {
    identity.extra_parameters.iter().filter(|(name, _)| name == "resource").cloned().collect()
}

/// What to tell the user about custom parameters that were left out.
pub fn left_out(identity: &Identity) -> Option<String> {
    let names: Vec<String> = identity
        .extra_parameters
        .iter()
        .filter(|(name, _)| is_reserved(name))
        .map(|(name, _)| format!("`{}`", text::line(name)))
        .collect();
    (!names.is_empty())
        .then(|| format!("Left out of the custom parameters, because bearcat sets them: {}", names.join(", ")))
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::identity::Grant;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn audiences_repeat_and_the_protocols_own_parameters_stay_ours() {
        let mut identity = Identity::new("jane", Grant::AuthorizationCode);
        identity.audiences = vec!["https://a.test".into(), "https://b.test".into()];
        identity.org_code = Some("org_1".into());
        identity.extra_parameters = pairs(&[
            ("audience", "https://b.test"),
            ("audience", "https://c.test"),
            ("org_code", "org_2"),
            ("state", "fixed"),
            ("connection_id", "conn_1"),
            ("resource", "urn:x"),
        ]);
        assert_eq!(
            custom(&identity),
            pairs(&[
                ("audience", "https://a.test"),
                ("audience", "https://b.test"),
                ("audience", "https://c.test"),
                ("org_code", "org_1"),
                ("connection_id", "conn_1"),
                ("resource", "urn:x"),
            ])
        );
        assert_eq!(resources(&identity), pairs(&[("resource", "urn:x")]));
        assert!(left_out(&identity).unwrap().ends_with("`state`"));
        assert_eq!(left_out(&Identity::new("x", Grant::DeviceAuthorization)), None);
    }
}
