//! Sign-ins and refreshes that fail (kinde.md 2 to 5, rows 12 to 53).

use crate::diagnose::case::quoted;
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule};
#[cfg(test)]
use crate::diagnose::testing::{answered, refused, sign_in};
use crate::model::finding::Remedy;
use crate::model::identity::Grant;
use crate::model::sign_in::{Ended, SignIn};
use crate::token::describe::length;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "key-set-forbidden",
        rows: &[12],
        about: "403 at the address of the key set",
        check: Check::SignIn(key_set_forbidden),
        #[cfg(test)]
        fires: || answered("key set", "https://b.kinde.com/.well-known/jwks", 403),
        #[cfg(test)]
        silent: || answered("key set", "https://b.kinde.com/.well-known/jwks", 500),
    },
    Rule {
        id: "key-set-missing",
        rows: &[13],
        about: "404 at the address of the key set",
        check: Check::SignIn(key_set_missing),
        #[cfg(test)]
        fires: || answered("key set", "https://b.kinde.com/jwks.json", 404),
        #[cfg(test)]
        silent: || answered("token endpoint", "https://b.kinde.com/oauth2/token", 404),
    },
    Rule {
        id: "session-ended",
        rows: &[15],
        about: "`invalid_grant` to a refresh",
        check: Check::SignIn(session_ended),
        #[cfg(test)]
        fires: || sign_in(Grant::AuthorizationCode, Ended::SessionEnded { description: None }),
        #[cfg(test)]
        silent: || refused("refresh", "temporarily_unavailable", None),
    },
    Rule {
        id: "refresh-without-expiry",
        rows: &[16],
        about: "A refresh gave a token without `exp`: both old tokens had expired",
        check: Check::SignIn(without_expiry),
        #[cfg(test)]
        fires: || sign_in(Grant::DeviceAuthorization, Ended::WithoutExpiry),
        #[cfg(test)]
        silent: || sign_in(Grant::DeviceAuthorization, Ended::Other),
    },
    Rule {
        id: "callback-never-came",
        rows: &[18, 19],
        about: "Nobody came back from the browser: the callback URL is not registered, most likely",
        check: Check::SignIn(callback_never_came),
        #[cfg(test)]
        fires: || {
            sign_in(
                Grant::AuthorizationCode,
                Ended::NobodyCame { redirect_uri: "http://127.0.0.1:53180/callback".to_owned() },
            )
        },
        #[cfg(test)]
        silent: || refused("sign-in in the browser", "access_denied", None),
    },
    Rule {
        id: "callback-port-taken",
        rows: &[20],
        about: "The port of the callback is in use",
        check: Check::SignIn(port_taken),
        #[cfg(test)]
        fires: || {
            sign_in(Grant::AuthorizationCode, Ended::NoPort { detail: "53180: Address already in use".to_owned() })
        },
        #[cfg(test)]
        silent: || sign_in(Grant::AuthorizationCode, Ended::Other),
    },
    Rule {
        id: "no-sign-in-method",
        rows: &[21],
        about: "The device code was not entered, or the browser did not come back: the page may show no sign-in method",
        check: Check::SignIn(no_method),
        #[cfg(test)]
        fires: || sign_in(Grant::DeviceAuthorization, Ended::CodeExpired { slowed_down: 0 }),
        #[cfg(test)]
        silent: || refused("token request", "access_denied", None),
    },
    Rule {
        id: "device-code-expired",
        rows: &[22],
        about: "The device code expired before it was entered",
        check: Check::SignIn(code_expired),
        #[cfg(test)]
        fires: || sign_in(Grant::DeviceAuthorization, Ended::CodeExpired { slowed_down: 0 }),
        #[cfg(test)]
        silent: || refused("device poll", "access_denied", None),
    },
    Rule {
        id: "device-slow-down",
        rows: &[23],
        about: "`slow_down`: asked too often, or by two programs",
        check: Check::SignIn(slow_down),
        #[cfg(test)]
        fires: || sign_in(Grant::DeviceAuthorization, Ended::CodeExpired { slowed_down: 2 }),
        #[cfg(test)]
        silent: || sign_in(Grant::DeviceAuthorization, Ended::CodeExpired { slowed_down: 0 }),
    },
    Rule {
        id: "device-endpoint-missing",
        rows: &[24],
        about: "404 at the device endpoint",
        check: Check::SignIn(device_endpoint),
        #[cfg(test)]
        fires: || answered("device endpoint", "https://b.kinde.com/oauth2/v2/device_authorization", 404),
        #[cfg(test)]
        silent: || answered("device endpoint", "https://b.kinde.com/oauth2/device/auth", 500),
    },
    Rule {
        id: "client-refused",
        rows: &[26],
        about: "`invalid_client`",
        check: Check::SignIn(invalid_client),
        #[cfg(test)]
        fires: || {
            refused("token request", "invalid_client", Some("Client authentication failed (e.g., unknown client)"))
        },
        #[cfg(test)]
        silent: || refused("token request", "unauthorized_client", None),
    },
    Rule {
        id: "client-not-authorised",
        rows: &[27],
        about: "`unauthorized_client`",
        check: Check::SignIn(unauthorized_client),
        #[cfg(test)]
        fires: || refused("token request", "unauthorized_client", None),
        #[cfg(test)]
        silent: || refused("token request", "invalid_client", None),
    },
    Rule {
        id: "machine-audience-missing",
        rows: &[28],
        about: "`invalid_request` to client credentials: the audience is missing",
        check: Check::SignIn(machine_request),
        #[cfg(test)]
        fires: || refused("token request", "invalid_request", None).by_machine(),
        #[cfg(test)]
        silent: || refused("device request", "invalid_request", None),
    },
    Rule {
        id: "scope-refused",
        rows: &[29],
        about: "`invalid_scope`",
        check: Check::SignIn(invalid_scope),
        #[cfg(test)]
        fires: || refused("device request", "invalid_scope", None),
        #[cfg(test)]
        silent: || refused("device request", "invalid_target", None),
    },
    Rule {
        id: "audience-refused",
        rows: &[8],
        about: "`invalid_target`: the audience is not known",
        check: Check::SignIn(invalid_target),
        #[cfg(test)]
        fires: || refused("device request", "invalid_target", None),
        #[cfg(test)]
        silent: || refused("device request", "invalid_scope", None),
    },
    Rule {
        id: "state-refused",
        rows: &[30],
        about: "The provider calls the state invalid or too weak",
        check: Check::SignIn(invalid_state),
        #[cfg(test)]
        fires: || {
            refused(
                "sign-in in the browser",
                "invalid_state",
                Some("The state is missing or does not have enough characters"),
            )
        },
        #[cfg(test)]
        silent: || refused("sign-in in the browser", "access_denied", Some("The resource owner denied the request")),
    },
    Rule {
        id: "provider-busy",
        rows: &[47],
        about: "429 or 503 of the provider, with the time to wait",
        check: Check::SignIn(busy),
        #[cfg(test)]
        fires: || {
            sign_in(
                Grant::DeviceAuthorization,
                Ended::Busy { status: 429, wait: Some(std::time::Duration::from_secs(30)) },
            )
        },
        #[cfg(test)]
        silent: || answered("token endpoint", "https://b.kinde.com/oauth2/token", 500),
    },
    Rule {
        id: "sign-in-link-expired",
        rows: &[52],
        about: "`login_link_expired`, or an old page of Kinde's",
        check: Check::SignIn(link_expired),
        #[cfg(test)]
        fires: || refused("sign-in in the browser", "login_link_expired", None),
        #[cfg(test)]
        silent: || refused("sign-in in the browser", "access_denied", None),
    },
    Rule {
        id: "sign-in-declined",
        rows: &[],
        about: "`access_denied`",
        check: Check::SignIn(declined),
        #[cfg(test)]
        fires: || refused("device poll", "access_denied", None),
        #[cfg(test)]
        silent: || refused("device poll", "expired_token", None),
    },
    Rule {
        id: "page-needed",
        rows: &[],
        about: "`login_required` and its relatives: `prompt=none` without a session",
        check: Check::SignIn(page_needed),
        #[cfg(test)]
        fires: || refused("sign-in in the browser", "login_required", None),
        #[cfg(test)]
        silent: || refused("sign-in in the browser", "server_error", None),
    },
    Rule {
        id: "issuer-names-another",
        rows: &[10],
        about: "The discovery document names another issuer",
        check: Check::SignIn(other_issuer),
        #[cfg(test)]
        fires: || sign_in(Grant::DeviceAuthorization, Ended::OtherIssuer { found: "https://b.kinde.com".to_owned() }),
        #[cfg(test)]
        silent: || sign_in(Grant::DeviceAuthorization, Ended::Other),
    },
    Rule {
        id: "sign-in-clock",
        rows: &[40],
        about: "The ID token is not valid at this machine's time",
        check: Check::SignIn(wrong_time),
        #[cfg(test)]
        fires: || sign_in(Grant::AuthorizationCode, Ended::WrongTime { reason: "Issued 5 m in the future".to_owned() }),
        #[cfg(test)]
        silent: || sign_in(Grant::AuthorizationCode, Ended::Other),
    },
    Rule {
        id: "management-audience",
        rows: &[50],
        about: "A token for Kinde's Management API is asked of a custom domain",
        check: Check::SignIn(management),
        #[cfg(test)]
        fires: || {
            refused("token request", "invalid_request", None)
                .by_machine()
                .for_audience("https://b.kinde.com/api")
                .at_issuer("https://account.example.com")
        },
        #[cfg(test)]
        silent: || {
            refused("token request", "invalid_client", None)
                .by_machine()
                .for_audience("https://b.kinde.com/api")
                .at_issuer("https://b.kinde.com")
        },
    },
];

/// `code`, `description` and status of a refusal, as evidence.
fn said(sign_in: &SignIn, codes: &[&str]) -> Option<String> {
    let Ended::Refused { during, code, description, status } = &sign_in.ended else { return None };
    if !codes.contains(&code.as_str()) {
        return None;
    }
    let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
    let words = description.as_ref().map(|words| format!(": {}", quoted(words))).unwrap_or_default();
    Some(format!("{during}: `{code}`{status}{words}"))
}

fn answered_with<'a>(sign_in: &'a SignIn, what: &str, status: u16) -> Option<&'a str> {
    match &sign_in.ended {
        Ended::Answered { what: there, url, status: came } if *there == what && *came == status => Some(url),
        _ => None,
    }
}

fn key_set_forbidden(sign_in: &SignIn) -> Option<Cause> {
    let url = answered_with(sign_in, "key set", 403)?;
    Some(
        Cause::likely("The key set is forbidden: a wrong host or region, most likely")
            .because(format!("403 at {}", quoted(url)))
            .fix("Compare the domain with the one in Kinde (Settings, Applications): `.eu`, `.au`, `.us` belong to it")
            .fix("Send no Authorization header to the key set; bearcat sends none"),
    )
}

fn key_set_missing(sign_in: &SignIn) -> Option<Cause> {
    let url = answered_with(sign_in, "key set", 404)?;
    Some(
        Cause::likely("There is no key set at this address")
            .because(format!("404 at {}", quoted(url)))
            .fix("Give the identity an `Issuer`: then discovery names the address (`jwks_uri`)")
            .fix("Kinde serves `/.well-known/jwks` and `/.well-known/jwks.json`, and nothing else"),
    )
}

fn session_ended(sign_in: &SignIn) -> Option<Cause> {
    let words = match &sign_in.ended {
        Ended::SessionEnded { description } => description.as_ref().map(|words| quoted(words)).unwrap_or_default(),
        Ended::Refused { during, code, .. } if during.contains("refresh") && code == "invalid_grant" => {
            said(sign_in, &["invalid_grant"])?
        }
        _ => return None,
    };
    Some(
        Cause::certain("The refresh token is used up: it was rotated, has expired, or was revoked")
            .because("refresh: `invalid_grant`, also after the vault was read again")
            .because(words)
            .fix("Log in again")
            .fix("Kinde's refresh tokens live 15 days and are replaced at each use: another program with the same one ends it after about 30 seconds")
            .fix("One refreshed with another client id is refused as well: give each program its own sign-in")
            .offers(Remedy::SignIn),
    )
}

fn without_expiry(sign_in: &SignIn) -> Option<Cause> {
    (sign_in.ended == Ended::WithoutExpiry).then(|| {
        Cause::certain("The refresh gave an empty token: access and refresh token had both expired")
            .because("the new access token has no `exp`, as Kinde has answered in this case")
            .fix("Log in again")
            .offers(Remedy::SignIn)
    })
}

fn callback_never_came(sign_in: &SignIn) -> Option<Cause> {
    let Ended::NobodyCame { redirect_uri } = &sign_in.ended else { return None };
    let client = sign_in.client_id.as_deref().unwrap_or("the default");
    let cause = Cause::likely("The callback URL is not registered, so the provider's page never comes back")
        .because(format!("nothing came to {redirect_uri}"))
        .because(format!("client id: {client}"))
        .fix("Look at the browser: does its page speak of an invalid callback URL?")
        .fix(format!("Add exactly `{redirect_uri}` to Allowed callback URLs of this application: port, path, no slash or blank more"))
        .fix("Or paste here the address that the browser ended on, when it runs on another machine");
    Some(if sign_in.audiences.is_empty() {
        cause
    } else {
        cause.fix("If it worked before the audience was added: Kinde compares more strictly then; register the URL all the same")
    })
}

fn port_taken(sign_in: &SignIn) -> Option<Cause> {
    let Ended::NoPort { detail } = &sign_in.ended else { return None };
    Some(
        Cause::certain("The port of the callback is in use by another sign-in or program")
            .because_all(detail.lines().take(4).map(quoted))
            .fix("End the other sign-in, or the program that listens there")
            .fix("Or choose another port (`callback.ports` in config.toml, `--port`) and register its callback URL"),
    )
}

fn no_method(sign_in: &SignIn) -> Option<Cause> {
    let waited = matches!(&sign_in.ended, Ended::CodeExpired { .. } | Ended::NobodyCame { .. });
    let faulty = said(sign_in, &["server_error"]).filter(|_| sign_in.grant == Grant::DeviceAuthorization);
    (sign_in.is_kinde && (waited || faulty.is_some())).then(|| {
        Cause::possible("No sign-in method is switched on for this application")
            .because(faulty.unwrap_or_else(|| "nobody finished the sign-in".to_owned()))
            .because("Kinde's page then says that it sees no way to authenticate you; bearcat cannot see that page")
            .fix("Switch a method on for the application in Kinde (Settings, Authentication, the method, Applications)")
            .fix("A new application of the type Device and IoT has none at first")
            .fix("If the page asks for codes: after 5 wrong ones Kinde locks the account for 5 minutes")
    })
}

fn code_expired(sign_in: &SignIn) -> Option<Cause> {
    let words = match &sign_in.ended {
        Ended::CodeExpired { .. } => "device poll: `expired_token`".to_owned(),
        _ => said(sign_in, &["expired_token"])?,
    };
    Some(
        Cause::certain("The code was not entered in time")
            .because(words)
            .fix("Start again: a new code is shown at once, with the time that is left")
            .fix("Codes of Kinde live ten minutes, or as long as the countdown says")
            .offers(Remedy::SignIn),
    )
}

fn slow_down(sign_in: &SignIn) -> Option<Cause> {
    let words = match &sign_in.ended {
        Ended::CodeExpired { slowed_down } if *slowed_down > 0 => {
            format!("the provider asked {slowed_down} times for slower polling")
        }
        _ => said(sign_in, &["slow_down"])?,
    };
    Some(
        Cause::possible("The provider was asked too often: does another program wait for the same code?")
            .because(words)
            .fix("End the other sign-in; bearcat waits 5 seconds longer each time it is told to")
            .fix("Start again for a code of your own"),
    )
}

fn device_endpoint(sign_in: &SignIn) -> Option<Cause> {
    let url = answered_with(sign_in, "device endpoint", 404)?;
    Some(
        Cause::likely("The provider has no device endpoint at this address")
            .because(format!("404 at {}", quoted(url)))
            .fix("Kinde's is `/oauth2/device/auth`; `/oauth2/v2/device_authorization` of its troubleshooting page does not exist")
            .fix("The application has to be of the type Device and IoT; another path goes into `Device Auth URL`")
            .fix("Or sign in with the browser: `--pkce`"),
    )
}

fn invalid_client(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["invalid_client"])?;
    let cause = Cause::likely("The provider does not accept this client: its id or its secret is wrong")
        .because(words)
        .because(format!("client id: {}", sign_in.client_id.as_deref().unwrap_or("none was sent")))
        .because(if sign_in.sends_secret { "a client secret was sent" } else { "no client secret was sent" });
    let cause = if sign_in.sends_secret {
        cause.fix("Compare the secret: was it rotated, or is it another environment's? An application without a secret takes none")
    } else {
        cause.fix("A back-end or M2M application has a secret and wants it: write it into http-client.private.env.json")
    };
    Some(if sign_in.is_kinde {
        cause
            .fix("Kinde takes the secret in the form only (`client_secret_post`), not as HTTP Basic")
            .fix("Is the domain the one of this client? Each environment has its own")
    } else {
        cause.fix("Some providers want the secret in the form, others as HTTP Basic: `--client-auth post` or `basic`")
    })
}

fn unauthorized_client(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["unauthorized_client"])?;
    let cause = Cause::likely("This application may not sign in this way").because(words);
    Some(if sign_in.grant == Grant::ClientCredentials {
        cause
            .fix("Authorise the machine application for the API: in Kinde the application, APIs, the three dots, Authorize")
            .fix("The application has to be of the type Machine to machine (M2M)")
    } else {
        cause
            .fix("Device flow: type Device and IoT. Browser: Front-end and mobile. Client credentials: Machine to machine")
            .fix("Choose the way that fits the application (`--device`, `--pkce`, `--client-credentials`)")
    })
}

fn machine_request(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["invalid_request"]).filter(|_| sign_in.grant == Grant::ClientCredentials)?;
    let asked = sign_in.audiences.join(", ");
    let cause = if asked.is_empty() {
        Cause::certain("Client credentials need an audience, and none was sent").because(words)
    } else {
        Cause::likely("The provider found the request for a machine token malformed")
            .because(words)
            .because(format!("audience: {asked}"))
    };
    Some(
        cause
            .fix("Write the API's identifier into `Audience` of the identity, exactly as registered")
            .fix("Authorise the machine application for that API"),
    )
}

fn invalid_scope(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["invalid_scope"])?;
    let cause = Cause::certain("A scope that was asked for is unknown, or not enabled for this application")
        .because(words)
        .because_asked(&sign_in.scopes)
        .fix("Enable it: in Kinde on the API and for the application (custom scopes need the Plus plan), or take it out of `Scope`");
    Some(match (sign_in.is_kinde, sign_in.asks_for("offline_access"), sign_in.asks_for("offline")) {
        (true, true, _) => cause.fix("For a refresh token Kinde wants `offline`, not `offline_access`"),
        (false, _, true) => {
            cause.fix("For a refresh token most providers want `offline_access`; `offline` is Kinde's word")
        }
        _ => cause,
    })
}

fn invalid_target(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["invalid_target"])?;
    Some(
        Cause::certain("The provider does not know the audience that was asked for")
            .because(words)
            .because_asked(&sign_in.audiences)
            .fix("Compare it with the registered identifier, to the letter: slash, case, http or https")
            .fix("Authorise the application for the API"),
    )
}

fn invalid_state(sign_in: &SignIn) -> Option<Cause> {
    let Ended::Refused { code, description, .. } = &sign_in.ended else { return None };
    let is_about_state = |text: &str| {
        let text = text.to_lowercase();
        text.contains("state")
            && ["weak", "characters", "entropy", "invalid_state", "missing"].iter().any(|word| text.contains(word))
    };
    if !(code == "invalid_state" || description.as_ref().is_some_and(|words| is_about_state(words))) {
        return None;
    }
    Some(
        Cause::likely("The provider calls the `state` of the sign-in invalid or too weak")
            .because(said(sign_in, &[code])?)
            .fix("Bearcat sends 22 random characters; Kinde wants 8 or more. Does `Custom Request Parameters` set a `state` of its own? Take it out")
            .fix("Start again in a fresh browser tab: an old page may have brought an old state back")
            .offers(Remedy::SignIn),
    )
}

fn busy(sign_in: &SignIn) -> Option<Cause> {
    let Ended::Busy { status, wait } = &sign_in.ended else { return None };
    let cause =
        Cause::certain("The provider wants us to wait: too many calls, or it is overloaded").because(match wait {
            Some(wait) => format!("{status}, and to wait {}", length(*wait)),
            None => format!("{status}, without saying how long"),
        });
    Some(match wait {
        Some(wait) => cause.fix(format!("Try again in {}; the session is kept", length(*wait))),
        None => cause.fix("Try again in a minute; the session is kept"),
    })
}

fn link_expired(sign_in: &SignIn) -> Option<Cause> {
    let Ended::Refused { code, description, .. } = &sign_in.ended else { return None };
    let words = description.as_deref().unwrap_or_default();
    let is_stale = code == "login_link_expired"
        || ["4321", "8809"].iter().any(|stale| words.contains(stale) || code.contains(stale));
    if !is_stale {
        return None;
    }
    Some(
        Cause::certain("The sign-in page was open for too long, or was an old one")
            .because(said(sign_in, &[code])?)
            .fix("Start again: an old or bookmarked sign-in page of Kinde cannot be continued")
            .fix("Stay in one browser: the attempt belongs to the one that it began in")
            .offers(Remedy::SignIn),
    )
}

fn declined(sign_in: &SignIn) -> Option<Cause> {
    let words = said(sign_in, &["access_denied"])?;
    Some(
        Cause::certain("The sign-in was refused: somebody said no, or the account may not use this application")
            .because(words)
            .fix("Start again and approve it, perhaps with another account")
            .fix("If the page said that the account is locked: after 5 wrong codes Kinde locks it for 5 minutes")
            .offers(Remedy::SignIn),
    )
}

fn page_needed(sign_in: &SignIn) -> Option<Cause> {
    let words =
        said(sign_in, &["login_required", "interaction_required", "consent_required", "account_selection_required"])?;
    Some(
        Cause::certain("The provider has to show a page, and `prompt=none` forbids it")
            .because(words)
            .because(sign_in.prompt.as_ref().map(|prompt| format!("prompt: {}", quoted(prompt))).unwrap_or_default())
            .fix("Take `prompt` out of `Custom Request Parameters`, and start again")
            .offers(Remedy::SignIn),
    )
}

fn other_issuer(sign_in: &SignIn) -> Option<Cause> {
    let Ended::OtherIssuer { found } = &sign_in.ended else { return None };
    Some(
        Cause::certain("This domain answers for another issuer: tokens will name that one")
            .because(format!(
                "asked: {}; the document names: {}",
                sign_in.issuer.as_deref().unwrap_or("none"),
                quoted(found)
            ))
            .fix(format!("Use `{}` as the issuer if you trust it, and in the API too", quoted(found)))
            .fix("A custom domain and the kinde.com host are two issuers, and so are two environments"),
    )
}

fn wrong_time(sign_in: &SignIn) -> Option<Cause> {
    let Ended::WrongTime { reason } = &sign_in.ended else { return None };
    Some(
        Cause::likely("This machine's clock and the provider's differ: the new ID token is not valid now")
            .because(reason.clone())
            .fix("Set this machine's clock: switch on NTP (`timedatectl set-ntp true`)")
            .fix("Then sign in again; bearcat tolerates 60 seconds")
            .offers(Remedy::SignIn),
    )
}

fn management(sign_in: &SignIn) -> Option<Cause> {
    let is_management = |audience: &&String| audience.contains(".kinde.com/api");
    let audience = sign_in.audiences.iter().find(is_management)?;
    let issuer = sign_in.issuer.as_deref()?;
    let host = audience.split("/api").next().unwrap_or_default();
    let is_refused = matches!(&sign_in.ended, Ended::Refused { .. });
    (is_refused && !issuer.trim_end_matches('/').ends_with(".kinde.com")).then(|| {
        Cause::likely("Tokens for Kinde's Management API come from the kinde.com host only")
            .because(format!("asked at {issuer} for the audience {audience}"))
            .fix(format!("Use `{host}` as the issuer of this identity"))
            .fix("The audience is `https://….kinde.com/api`; `/api/v1` is only the prefix of its addresses")
    })
}
