//! What the user is told for each [`AuthError`]: title, evidence and the fix, from kinde.md section 9.

use std::time::Duration;

use crate::auth::error::{AuthError, Endpoint, NotMetadata, Refusal};
use crate::auth::text;
use crate::model::identity::Grant;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::verdict::{Check, CheckId};

pub(super) fn problem(error: &AuthError) -> Problem {
    use ProblemKind::{Input, Network, SignIn, Vault};
    let new = |kind, title: String| Problem::new(kind, title);
    match error {
        AuthError::Anonymous => new(Input, "`anonymous` has no session".into())
            .detail("It is the built-in identity that sends no token")
            .hint("Choose another identity with `--as`, or in the identity switcher"),
        AuthError::NoIssuer(name) => new(Input, format!("Identity `{name}` does not say where to sign in")).hint(
            "Give it an `Issuer` (`mybusiness.kinde.com`), or the `Token URL` and `Auth URL` or `Device Auth URL`",
        ),
        AuthError::NoClientId(name) => new(Input, format!("Identity `{name}` has no client id"))
            .hint("Copy it from the application's details page; on the command line: `--client-id`"),
        AuthError::NoClientSecret(name) => new(Input, format!("Identity `{name}` has no client secret"))
            .detail("The client credentials grant proves the client with it")
            .hint(
                "Put `Client Secret` into http-client.private.env.json, which stays out of git; an application without \
                 a secret in Kinde is of the wrong type (machine to machine is needed)",
            ),
        AuthError::NoUser(name) => new(Input, format!("`{name}` is a machine: it has no user to ask about"))
            .hint("Only sessions of users can be compared with what the provider says now"),
        AuthError::NothingPasted(name) => new(Input, format!("No token was given for `{name}`"))
            .hint("Paste one: Kinde's API page has a Test tab that makes one; the words `Bearer` and quotes may stay"),
        AuthError::NoCallback => new(SignIn, "There is no way to get the answer back from the browser".into())
            .hint("Free a callback port, or paste the URL that the browser ends on"),
        AuthError::Listener(problem) => (**problem).clone(),

        AuthError::Transport { during, error } => {
            let problem = error.problem();
            let detail = format!("During: {during}\n{}", problem.detail);
            problem.detail(detail.trim_end().to_owned())
        }
        AuthError::Busy { during, status, wait } => new(Network, "The provider wants us to wait".into())
            .detail(format!("{during}: it answered {status}"))
            .hint(match wait {
                Some(wait) => format!("Try again in {}", length(*wait)),
                None => "Try again in a minute; the session is kept".to_owned(),
            }),
        AuthError::Unexpected { during, status, why } => {
            let kind = if *status >= 500 { Network } else { SignIn };
            new(kind, "The provider gave an answer that bearcat cannot use".into())
                .detail(format!("{during}: status {status}; {why}"))
                .hint(if *status >= 500 {
                    "The fault is on the provider's side; try again in a while, the session is kept"
                } else {
                    "Is the issuer right, and do the endpoint URLs belong to it?"
                })
        }
        AuthError::Redirected { during, from, to } => {
            new(SignIn, "The provider redirects a request that carries secrets".into())
                .detail(format!("{during}: {from} redirects to `{to}`, which bearcat does not follow"))
                .hint("Use the final address as issuer or endpoint URL; a wrong scheme or host is the usual cause")
        }
        AuthError::Refused { during, grant, is_kinde, refusal } => refused(during, *grant, *is_kinde, refusal),

        AuthError::NotAnIssuer { issuer, url, why } => not_an_issuer(issuer, url, why),
        AuthError::IssuerMismatch { asked, found } => new(SignIn, "The discovery document names another issuer".into())
            .detail(format!("Asked for `{asked}`, found `{found}`"))
            .hint(format!(
                "Tokens will say `{found}`: use that as the issuer if you trust it. A custom domain and the \
                     kinde.com host are two issuers, and so are two environments"
            )),
        AuthError::BadMetadata { issuer, why } => new(SignIn, "The discovery document cannot be used".into())
            .detail(format!("`{issuer}`: {why}"))
            .hint("Tell whoever runs the provider; endpoint URLs written in the identity win over discovery"),
        AuthError::EndpointMissing { endpoint, provider } => endpoint_missing(*endpoint, provider),
        AuthError::InsecureEndpoint { endpoint, url } => {
            new(Input, format!("The {} has to use https", endpoint.label()))
                .detail(format!("`{url}`"))
                .hint("Plain http is for loopback addresses only; correct the URL of the identity")
        }
        AuthError::KeySet(error) => error.problem(),
        AuthError::KeySetStatus { url, status } => new(SignIn, "The provider's key set cannot be read".into())
            .detail(format!("{url} answers {status}"))
            .hint(match status {
                403 => "403 at Kinde means a wrong host or region; check the domain",
                404 => "Kinde serves the keys at `/.well-known/jwks`; check the domain",
                _ => "Try again in a while",
            }),

        AuthError::BadDeviceResponse(why) => {
            new(SignIn, "The provider's answer to the device request cannot be used".into())
                .detail(why.clone())
                .hint("Sign in with the browser instead: `--pkce`")
        }
        AuthError::DeviceEndpointNotFound(tried) => {
            let tried: Vec<String> = tried.iter().map(|url| format!("404 at {url}")).collect();
            new(SignIn, "The provider has no device endpoint".into()).detail(tried.join("\n")).hint(
                "Check the domain. In Kinde the application has to be of the type Device and IoT; another path goes \
                 into `Device Auth URL`. Sign in with the browser instead: `--pkce`",
            )
        }
        AuthError::DeviceDenied => new(SignIn, "The sign-in was refused".into())
            .detail("The verification page was answered with no, or the account may not use this application")
            .hint("Start again and approve it, perhaps with another account"),
        AuthError::DeviceExpired => new(SignIn, "The code has expired before it was entered".into())
            .hint("Start again: a new code is shown at once"),

        AuthError::CallbackTimeout { redirect_uri, is_kinde } => new(SignIn, "No answer came from the browser".into())
            .detail(format!("Bearcat waited for `{redirect_uri}`"))
            .hint(format!(
                "Look at the browser: does it show an error page? Is exactly `{redirect_uri}` registered in {}? \
                     On another machine (SSH), paste the URL that the browser ended on",
                if *is_kinde {
                    "Allowed callback URLs of this application in Kinde"
                } else {
                    "the client's redirect URIs"
                }
            )),
        AuthError::CallbackRefused { code, description } => callback_refused(code, description.as_deref()),
        AuthError::WrongCallback(why) => new(SignIn, "This is not the callback of this sign-in".into())
            .detail(why.clone())
            .hint("Paste the whole address from the browser of this sign-in, with everything after the `?`"),
        AuthError::CallbackIssuer { expected, found } => {
            new(SignIn, "The callback does not come from this provider".into())
                .detail(match found {
                    Some(found) => format!("`iss` is `{found}`, expected `{expected}`"),
                    None => format!("It has no `iss`, though `{expected}` promises one (RFC 9207)"),
                })
                .hint("Nothing was sent. If this happens again, somebody may be mixing up two sign-ins on purpose")
        }

        AuthError::BadTokenResponse(why) => {
            new(SignIn, "The provider's token response cannot be used".into()).detail(why.clone())
        }
        AuthError::NoIdToken => new(SignIn, "The provider sent no ID token".into())
            .detail("`openid` was asked for, so there should be one")
            .hint("Is `openid` allowed for this client? Without it in `Scope` bearcat signs in without an ID token"),
        AuthError::IdTokenRefused(checks) => id_token_refused(checks),
        AuthError::IdTokenUnverifiable(why) => {
            let inner = why.problem();
            let detail = format!("{}\n{}", inner.title, inner.detail);
            Problem { title: "The ID token cannot be verified, so nobody is signed in".into(), ..inner }
                .detail(detail.trim_end().to_owned())
        }

        AuthError::NotSignedIn(name) => new(SignIn, format!("`{name}` is not signed in"))
            .hint("`l` signs in, or `bearcat login` on the command line"),
        AuthError::NoRefreshToken(name) => new(SignIn, format!("The session of `{name}` cannot be refreshed"))
            .detail("The provider gave no refresh token with it")
            .hint("Log in again; ask for the scope `offline` (Kinde) or `offline_access` (others) to stay signed in"),
        AuthError::PastedIsFinal(name) => {
            new(SignIn, format!("The token of `{name}` was pasted and cannot be refreshed"))
                .hint("Paste a new one, or give the identity an issuer and a client to sign in with")
        }
        AuthError::SessionEnded { identity, description } => new(
            SignIn,
            format!("The session of `{identity}` has ended"),
        )
        .detail(match description {
            Some(said) => format!("The provider refused the refresh token (`invalid_grant`): {said}"),
            None => "The provider refused the refresh token (`invalid_grant`)".to_owned(),
        })
        .hint("Log in again. Refresh tokens end by age (15 days in Kinde), by revocation, or when one is used twice"),
        AuthError::RenewalInterrupted(error) => interrupted(error),
        AuthError::RefreshWithoutExpiry => new(SignIn, "The refresh gave a token without an expiry".into())
            .detail("Kinde answers so when access and refresh token had both expired")
            .hint("Log in again"),
        AuthError::RefreshedIdToken { claim, expected, found } => {
            new(SignIn, format!("The refresh gave an ID token with another `{claim}`"))
                .detail(format!("Expected {expected}, found {found}; the new tokens are not used"))
                .hint("Log in again; if it stays, the provider is at fault")
        }
        AuthError::UserinfoSubject { expected, found } => {
            new(SignIn, "The userinfo answer is about another user".into()).detail(match found {
                Some(found) => format!("`sub` is `{found}`, but the ID token says `{expected}`"),
                None => format!("It has no `sub`; the ID token says `{expected}`"),
            })
        }

        AuthError::Vault(error) => error.problem(),
        AuthError::NotStored(error) => {
            let inner = error.problem();
            let detail = format!("{}: {}", inner.title, inner.detail);
            new(Vault, "You are signed in, but the tokens could not be stored".into())
                .detail(detail)
                .hint(format!("They are kept in memory, and storing is tried again until bearcat ends. {}", inner.hint))
        }
    }
}

fn length(wait: Duration) -> String {
    format!("{} s", wait.as_secs())
}

fn not_an_issuer(issuer: &str, url: &str, why: &NotMetadata) -> Problem {
    let found = match why {
        NotMetadata::Html => format!("{url} is an HTML page, so this is a web site and no issuer"),
        NotMetadata::Status(status) => format!("{url} answers {status}"),
        NotMetadata::Redirect(to) => format!("{url} redirects to `{to}`"),
        NotMetadata::NotJson(said) => format!("{url} is no discovery document: {said}"),
    };
    let hint = match why {
        NotMetadata::Redirect(_) => "Use the host that it redirects to as the issuer",
        NotMetadata::Status(500..) => "The fault is on the provider's side; try again in a while",
        _ => {
            "Use the domain of the provider, not of your application; Kinde's look like `mybusiness.kinde.com` or \
             `mybusiness.eu.kinde.com`"
        }
    };
    let kind = if matches!(why, NotMetadata::Status(500..)) { ProblemKind::Network } else { ProblemKind::SignIn };
    Problem::new(kind, format!("`{issuer}` is not an issuer")).detail(found).hint(hint)
}

/// The access token is gone at the provider, and nothing came in its place.
fn interrupted(error: &AuthError) -> Problem {
    let inner = error.problem();
    let detail = format!("{}\n{}", inner.title, inner.detail);
    let hint = match error {
        AuthError::SessionEnded { .. } => "Sign in again: the provider ended the session together with the token",
        _ => {
            "The refresh token is kept: refresh the session again (`r`, or `bearcat token --refresh`). Until then an \
             API that asks the provider refuses the old token"
        }
    };
    Problem::new(inner.kind, "The access token was revoked, but no new one was given")
        .detail(detail.trim_end().to_owned())
        .hint(hint)
}

fn endpoint_missing(endpoint: Endpoint, provider: &str) -> Problem {
    let hint = match endpoint {
        Endpoint::DeviceAuthorization => "Sign in with the browser instead (`--pkce`), or write `Device Auth URL`",
        Endpoint::Authorization => "Write `Auth URL` into the identity",
        Endpoint::Token => "Write `Token URL` into the identity",
        Endpoint::Revocation => "The tokens stay valid until they expire; clear them here without revoking",
        Endpoint::KeySet => "Without its keys no token of this provider can be verified; give the identity an `Issuer`",
        Endpoint::Userinfo | Endpoint::EndSession | Endpoint::Introspection => "",
    };
    Problem::new(ProblemKind::SignIn, format!("The provider names no {}", endpoint.label()))
        .detail(format!("`{provider}`"))
        .hint(hint)
}

fn refused(during: &str, grant: Grant, is_kinde: bool, refusal: &Refusal) -> Problem {
    let said = match &refusal.description {
        Some(description) => format!("`{}`: {}", refusal.code, text::line(description)),
        None => format!("`{}`", refusal.code),
    };
    let hint = match refusal.code.as_str() {
        "invalid_client" if is_kinde => {
            "Wrong or rotated client secret, a client of another environment, or a secret sent for an application that \
             has none. Kinde takes the secret in the body only"
        }
        "invalid_client" => {
            "Wrong client id or secret, or the provider wants the secret in another way (`client_secret_basic` in the \
             header, `client_secret_post` in the body)"
        }
        "unauthorized_client" if grant == Grant::ClientCredentials => {
            "Authorise the application for the API (in Kinde: the application, APIs, Authorize), and use a machine to \
             machine application"
        }
        "unauthorized_client" => {
            "This application may not use this grant: Device and IoT for the device flow, Front-end and mobile for the \
             browser, machine to machine for client credentials"
        }
        "invalid_scope" => {
            "A scope is unknown, or not enabled for the application or the API; remove it from `Scope` or enable it. \
             For a refresh token Kinde wants `offline`, most others `offline_access`"
        }
        "invalid_request" if grant == Grant::ClientCredentials => {
            "The audience is missing most often: write the API's identifier into `Audience`, exactly as registered"
        }
        "invalid_request" => "A parameter is missing or malformed; compare scope, audience and custom parameters",
        "invalid_grant" => "The code is used, too old, or was made for another client or redirect URI; start again",
        "invalid_target" => "The audience is not known to the provider; compare it with the registered identifier",
        "unsupported_grant_type" => "The provider does not offer this grant; choose another way to sign in",
        "access_denied" => "The sign-in was refused; try another account, or ask who runs the provider",
        // Of a refresh or a revocation of such a session it says nothing.
        "server_error" if during.starts_with("device") => {
            "In Kinde this means a device application that is not set up: is an authentication method enabled for it? \
             Start again for a new code"
        }
        "server_error" | "temporarily_unavailable" => "The fault is on the provider's side; try again in a while",
        "unsupported_token_type" => "The provider does not revoke tokens of this kind; they end by their expiry",
        _ => "",
    };
    let is_its_fault =
        refusal.status >= 500 || matches!(refusal.code.as_str(), "server_error" | "temporarily_unavailable");
    let (kind, title) = if is_its_fault {
        (ProblemKind::Network, format!("The provider failed at the {during}"))
    } else {
        (ProblemKind::SignIn, format!("The provider refused the {during}"))
    };
    Problem::new(kind, title).detail(format!("{said} (status {})", refusal.status)).hint(hint)
}

fn callback_refused(code: &str, description: Option<&str>) -> Problem {
    let said = match description {
        Some(description) => format!("`{code}`: {}", text::line(description)),
        None => format!("`{code}`"),
    };
    let (title, hint) = match code {
        "access_denied" => ("The sign-in was refused in the browser", "Start again and approve it"),
        "login_link_expired" => (
            "The sign-in page was open for too long",
            "Start again: an old or bookmarked sign-in page of Kinde cannot be continued",
        ),
        "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => (
            "The provider needs to show a page to the user",
            "Remove `prompt=none` from the custom parameters, and start again",
        ),
        "invalid_scope" => (
            "The provider does not grant a scope that was asked for",
            "Remove it from `Scope`, or enable it for the application; Kinde wants `offline`, most others `offline_access`",
        ),
        "unauthorized_client" => (
            "This application may not sign in with the browser",
            "Use an application of the type Front-end and mobile (or Back-end web with its secret)",
        ),
        "invalid_request" => (
            "The provider found the sign-in request malformed",
            "Compare audience, scopes and custom parameters with what is registered",
        ),
        "server_error" | "temporarily_unavailable" => {
            ("The provider had a fault during the sign-in", "Try again in a while")
        }
        _ => ("The provider ended the sign-in with an error", "Start again"),
    };
    Problem::new(ProblemKind::SignIn, title).detail(said).hint(hint)
}

fn id_token_refused(checks: &[Check]) -> Problem {
    let evidence: Vec<String> = checks.iter().map(|check| format!("{}: {}", check.id.label(), check.reason)).collect();
    let hint = match checks.first().map(|check| check.id) {
        Some(CheckId::Expiry | CheckId::NotBefore | CheckId::IssuedAt) => {
            "Is this machine's clock right? Otherwise the provider is at fault"
        }
        Some(CheckId::Issuer) => "Sign in at the issuer that the token names, if you trust it",
        Some(CheckId::Key) => {
            "The key set belongs to another environment, or the provider has just changed its keys: try again"
        }
        Some(CheckId::Nonce) => "Start again; if it stays, somebody may be replaying an old sign-in",
        _ => "Nobody is signed in and nothing was stored; the provider, or something between, is at fault",
    };
    let names: Vec<&str> = checks.iter().map(|check| check.id.label()).collect();
    Problem::new(ProblemKind::SignIn, format!("The ID token is refused: {}", names.join(", ")))
        .detail(evidence.join("\n"))
        .hint(hint)
}
