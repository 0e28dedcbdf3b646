//! Sign-ins and refreshes that work, but give less than was asked for: it will matter at the first request.

use crate::diagnose::case::quoted;
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::granted;
use crate::model::finding::Remedy;
use crate::model::identity::Grant;
#[cfg(test)]
use crate::model::sign_in::Granted as Tokens;
use crate::model::sign_in::{Ended, Granted, SignIn};
#[cfg(test)]
use crate::model::time::Timestamp;
use crate::token::describe::length;

/// An `auth_time` of before this time was not this sign-in.
const REUSED_SECONDS: u64 = 120;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "audience-not-granted",
        rows: &[8],
        about: "An audience was asked for, and `aud` does not hold it",
        check: Check::SignIn(audience),
        #[cfg(test)]
        fires: || granted(Tokens { audiences: Some(Vec::new()), ..Tokens::default() }).for_audience("https://api"),
        #[cfg(test)]
        silent: || {
            granted(Tokens { audiences: Some(vec!["https://api".to_owned()]), ..Tokens::default() })
                .for_audience("https://api")
        },
    },
    Rule {
        id: "scopes-not-granted",
        rows: &[],
        about: "Fewer scopes were granted than asked for",
        check: Check::SignIn(scopes),
        #[cfg(test)]
        fires: || {
            granted(Tokens { scopes: Some(vec!["openid".to_owned()]), has_refresh_token: true, ..Tokens::default() })
                .asking("openid read:orders")
        },
        #[cfg(test)]
        silent: || {
            granted(Tokens { scopes: Some(vec!["openid".to_owned()]), has_refresh_token: true, ..Tokens::default() })
                .asking("openid")
        },
    },
    Rule {
        id: "no-refresh-token",
        rows: &[14],
        about: "No refresh token: `offline` was not asked for, or under another name",
        check: Check::SignIn(refresh_token),
        #[cfg(test)]
        fires: || granted(Tokens::default()).asking("openid offline_access").in_the_browser(),
        #[cfg(test)]
        silent: || granted(Tokens { has_refresh_token: true, ..Tokens::default() }).asking("openid offline"),
    },
    Rule {
        id: "device-tokens-missing",
        rows: &[25],
        about: "The device flow gave no ID token or no refresh token",
        check: Check::SignIn(device_tokens),
        #[cfg(test)]
        fires: || granted(Tokens { has_refresh_token: true, ..Tokens::default() }).asking("openid offline"),
        #[cfg(test)]
        silent: || {
            granted(Tokens { has_refresh_token: true, has_id_token: true, ..Tokens::default() })
                .asking("openid offline")
        },
    },
    Rule {
        id: "refresh-same-token",
        rows: &[17],
        about: "A refresh returned the same access token, with the old claims",
        check: Check::SignIn(same_token),
        #[cfg(test)]
        fires: || {
            granted(Tokens { is_same_token: true, has_refresh_token: true, has_id_token: true, ..Tokens::default() })
        },
        #[cfg(test)]
        silent: || granted(Tokens { has_refresh_token: true, has_id_token: true, ..Tokens::default() }),
    },
    Rule {
        id: "browser-session-reused",
        rows: &[49],
        about: "Nobody was asked: the browser's session at the provider was still alive",
        check: Check::SignIn(reused),
        #[cfg(test)]
        fires: || {
            granted(Tokens {
                authenticated_at: Some(Timestamp::from_seconds(1_000)),
                obtained_at: Timestamp::from_seconds(9_000),
                has_refresh_token: true,
                ..Tokens::default()
            })
            .in_the_browser()
        },
        #[cfg(test)]
        silent: || {
            granted(Tokens {
                authenticated_at: Some(Timestamp::from_seconds(8_990)),
                obtained_at: Timestamp::from_seconds(9_000),
                has_refresh_token: true,
                ..Tokens::default()
            })
            .in_the_browser()
        },
    },
];

fn tokens(sign_in: &SignIn) -> Option<&Granted> {
    match &sign_in.ended {
        Ended::Granted(granted) => Some(granted),
        _ => None,
    }
}

fn audience(sign_in: &SignIn) -> Option<Cause> {
    let granted = tokens(sign_in)?.audiences.as_ref()?;
    let missing: Vec<&str> =
        sign_in.audiences.iter().filter(|asked| !granted.contains(asked)).map(String::as_str).collect();
    if missing.is_empty() || sign_in.grant == Grant::Pasted {
        return None;
    }
    let has = if granted.is_empty() { "aud: []".to_owned() } else { format!("aud: {}", granted.join(", ")) };
    let near = missing.iter().find_map(|asked| {
        let bare = |text: &str| text.trim_end_matches('/').to_lowercase();
        granted.iter().find(|granted| bare(granted) == bare(asked))
    });
    let cause = Cause::certain(format!("The token is not for the API that was asked for: `{}`", quoted(missing[0])))
        .because(has)
        .because_asked(&sign_in.audiences)
        .notice();
    Some(
        match near {
            Some(near) => cause.fix(format!(
                "The registered identifier is `{}`: write it exactly so (slash, case), and log in again",
                quoted(near)
            )),
            None => cause
                .fix("Authorise this application for the API (in Kinde: APIs, the API, Applications)")
                .fix("Copy the identifier exactly as registered: slash and case count")
                .fix("Log in again: a refresh keeps the old audience"),
        }
        .offers(Remedy::SignIn),
    )
}

/// Scopes that are no grant of an API, or that providers leave out of the list.
const SILENT: [&str; 6] = ["openid", "offline", "offline_access", "profile", "email", "phone"];

fn scopes(sign_in: &SignIn) -> Option<Cause> {
    let granted = tokens(sign_in)?.scopes.as_ref().filter(|granted| !granted.is_empty())?;
    let missing: Vec<&str> = sign_in
        .scopes
        .iter()
        .filter(|asked| !granted.contains(asked) && !SILENT.contains(&asked.as_str()))
        .map(String::as_str)
        .collect();
    (!missing.is_empty()).then(|| {
        Cause::likely("Fewer scopes were granted than asked for")
            .because(format!("missing: {}", missing.join(" ")))
            .because(format!("granted: {}", granted.join(" ")))
            .fix("Enable them for this application and this API (custom scopes of Kinde need the Plus plan)")
            .fix("In Kinde the user gets an API's scope through a role: give it, then log in again")
            .offers(Remedy::SignIn)
            .notice()
    })
}

fn refresh_token(sign_in: &SignIn) -> Option<Cause> {
    let granted = tokens(sign_in)?;
    if granted.has_refresh_token || sign_in.grant != Grant::AuthorizationCode {
        return None;
    }
    let (offline, offline_access) = (sign_in.asks_for("offline"), sign_in.asks_for("offline_access"));
    let cause = Cause::certain("There is no refresh token: this session ends with its access token")
        .because_asked(&sign_in.scopes)
        .notice();
    Some(match (sign_in.is_kinde, offline, offline_access) {
        (true, false, true) => cause
            .because("Kinde takes `offline_access` without an error, and gives nothing for it")
            .fix("Write `offline` instead of `offline_access` into `Scope`, and log in again"),
        (_, false, false) => cause
            .fix("Add `offline` (Kinde) or `offline_access` (others) to `Scope`, and log in again"),
        _ => cause
            .fix("Is the refresh scope allowed for this application? Some providers want `prompt` set to `consent`, too")
            .fix("Then log in again"),
    }
    .offers(Remedy::SignIn))
}

fn device_tokens(sign_in: &SignIn) -> Option<Cause> {
    let granted = tokens(sign_in)?;
    if sign_in.grant != Grant::DeviceAuthorization {
        return None;
    }
    let no_id = sign_in.asks_for("openid") && !granted.has_id_token;
    let no_refresh = !granted.has_refresh_token;
    let what = match (no_id, no_refresh) {
        (true, true) => "neither an ID token nor a refresh token",
        (true, false) => "no ID token",
        (false, true) => "no refresh token",
        (false, false) => return None,
    };
    let asks_right = sign_in.asks_for("offline") || (!sign_in.is_kinde && sign_in.asks_for("offline_access"));
    let cause = Cause::likely(format!("The device flow gave {what}"))
        .because(format!("asked for, in the first request: {}", sign_in.scopes.join(" ")))
        .notice();
    let cause = if no_refresh && !asks_right {
        cause.fix("Ask for `openid profile email offline` (Kinde), and log in again")
    } else {
        cause.fix("The provider may give none with the device flow: sign in with the browser instead (`--pkce`)")
    };
    Some(if no_id {
        cause.fix("Without an ID token cookie mode is not possible; requests with a bearer token are")
    } else {
        cause
    })
}

fn same_token(sign_in: &SignIn) -> Option<Cause> {
    tokens(sign_in)?.is_same_token.then(|| {
        Cause::certain("The refresh returned the same access token: claims are as old as before")
            .because("the new access token is the old one, to the letter")
            .fix("Wait until it expires, or log out and in again: only then do new roles and permissions get in")
            .fix("Kinde hands out the existing token until it expires, so refreshing again changes nothing")
            .notice()
    })
}

fn reused(sign_in: &SignIn) -> Option<Cause> {
    let granted = tokens(sign_in)?;
    let age = granted.obtained_at.since(granted.authenticated_at?);
    let asks = sign_in.prompt.as_deref().is_some_and(|prompt| prompt.contains("login"));
    (sign_in.grant == Grant::AuthorizationCode && age.as_secs() > REUSED_SECONDS && !granted.is_same_token && !asks).then(|| {
        Cause::certain("Nobody was asked to sign in: the browser was still signed in at the provider")
            .because(format!("`auth_time` of the ID token is {} before this sign-in", length(age)))
            .fix("To be somebody else, set `prompt` to `login` in `Custom Request Parameters`, or log out in the browser")
            .notice()
    })
}
