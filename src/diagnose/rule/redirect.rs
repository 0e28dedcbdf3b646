//! Redirects that lose or endanger the token, or lead to another deployment.

use crate::diagnose::case::{Case, location, looks_like_login, status_line};
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::given;
use crate::model::identity::{Origin, is_loopback};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "redirect-to-other-deployment",
        rows: &[32],
        about: "The login redirect leads to localhost or another deployment (KINDE_SITE_URL)",
        check: Check::Exchange(other_deployment),
        #[cfg(test)]
        fires: || given(307, &[("location", "http://localhost:3000/api/auth/login")], "").good_token(),
        #[cfg(test)]
        silent: || given(307, &[("location", "https://app.example.com/api/auth/login")], "").good_token(),
    },
    Rule {
        id: "token-dropped-on-redirect",
        rows: &[],
        about: "The redirect crossed origins, the token was dropped, and the other side refused",
        check: Check::Exchange(dropped),
        #[cfg(test)]
        fires: || given(401, &[], "").good_token().dropped_at("https://www.example.com/api"),
        #[cfg(test)]
        silent: || given(200, &[], "").good_token().dropped_at("https://www.example.com/api"),
    },
    Rule {
        id: "redirect-to-https",
        rows: &[],
        about: "The token went over plain http, and the server redirects to https",
        check: Check::Exchange(to_https),
        #[cfg(test)]
        fires: || {
            given(308, &[("location", "https://app.example.com/api/v1/orders")], "")
                .good_token()
                .at("http://app.example.com/api/v1/orders")
        },
        #[cfg(test)]
        silent: || {
            given(308, &[("location", "https://app.example.com/api/v1/orders")], "")
                .at("http://app.example.com/api/v1/orders")
        },
    },
];

fn other_deployment(case: &Case<'_>) -> Option<Cause> {
    let to = case.location()?;
    let from = &case.exchange.request.url;
    let (to_origin, from_origin) = (Origin::of(&to)?, Origin::of(from)?);
    let is_sdk = case.redirects_to_login() && to.path().ends_with("/api/auth/login");
    if !is_sdk || to_origin == from_origin || (is_loopback(&to) && is_loopback(from)) {
        return None;
    }
    Some(
        Cause::likely("The login redirect leads to another deployment than the one that was asked")
            .because(format!("asked: {from_origin}; sent to: {to_origin}"))
            .because("Kinde's SDK builds the address from KINDE_SITE_URL, not from the request")
            .fix(format!("Set KINDE_SITE_URL of this deployment to `{from_origin}`, and build again"))
            .fix("Register its callback URL (`…/api/auth/kinde_callback`) in Kinde"),
    )
}

fn dropped(case: &Case<'_>) -> Option<Cause> {
    let hop = case.exchange.hops.iter().find(|hop| hop.credentials_dropped)?;
    let to = location(&hop.request.url, &hop.head)?;
    if !matches!(case.status(), 401 | 403) || looks_like_login(&to) {
        return None;
    }
    let from = Origin::of(&hop.request.url)?;
    let to = Origin::of(&to)?;
    Some(
        Cause::certain("The token was dropped at a redirect to another origin, and the answer is from there")
            .because(format!("{from} answered {}", status_line(&hop.head)))
            .because(case.status_line())
            .fix(format!("Send the request to `{to}` directly"))
            .fix("A missing `www`, `https` or trailing slash is the usual reason for such a redirect"),
    )
}

fn to_https(case: &Case<'_>) -> Option<Cause> {
    let from = &case.exchange.request.url;
    let to = case.location()?;
    let is_same_host = from.host_str() == to.host_str();
    let is_upgrade = from.scheme() == "http" && to.scheme() == "https" && is_same_host && !is_loopback(from);
    (is_upgrade && case.exchange.token.is_some()).then(|| {
        Cause::certain("The token went over plain http, and the server wants https")
            .because(case.status_line())
            .fix(format!("Write `https://{}` into the request or the environment", to.host_str().unwrap_or_default()))
            .fix("Anybody on the way could have read the token: log out and in again if the network was not yours")
            .notice()
    })
}
