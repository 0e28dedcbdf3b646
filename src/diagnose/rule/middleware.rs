//! Session middleware: it reads cookies, or answers everyone else in its own way (kinde.md 8.1, 8.2).

use crate::diagnose::case::{Case, quoted};
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule, VERIFY_IN_THE_HANDLER};
#[cfg(test)]
use crate::diagnose::testing::{JSON, SDK_401, given};
use crate::model::finding::{Confidence, Framework, Remedy};

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "nextjs-cookies-only",
        rows: &[1],
        about: "Kinde's Next.js middleware reads cookies only and sends everyone else to its login route",
        check: Check::Exchange(cookies_only),
        #[cfg(test)]
        fires: || given(307, &[("location", "/api/auth/login")], "").good_token(),
        #[cfg(test)]
        silent: || given(307, &[("location", "/orders/7")], "").good_token(),
    },
    Rule {
        id: "nextjs-cookies-refused",
        rows: &[33],
        about: "The same middleware does not accept the cookies either",
        check: Check::Exchange(cookies_refused),
        #[cfg(test)]
        fires: || given(307, &[("location", "/api/auth/login")], "").good_token().by_cookie(),
        #[cfg(test)]
        silent: || given(200, &[JSON], "[]").good_token().by_cookie(),
    },
    Rule {
        id: "nextjs-cookies-only-401",
        rows: &[4],
        about: "The SDK since 2.13 answers 401 JSON to everything but GET and HEAD",
        check: Check::Exchange(cookies_only_json),
        #[cfg(test)]
        fires: || given(401, &[JSON], SDK_401).good_token(),
        #[cfg(test)]
        silent: || given(404, &[JSON], SDK_401).good_token(),
    },
    Rule {
        id: "nextjs-405-after-login-redirect",
        rows: &[3],
        about: "405 of the login route, after a redirect that kept the method",
        check: Check::Exchange(method_after_login_redirect),
        #[cfg(test)]
        fires: || given(405, &[], "").good_token().after("/api/auth/login"),
        #[cfg(test)]
        silent: || given(405, &[], "").good_token(),
    },
    Rule {
        id: "refusal-with-200",
        rows: &[5],
        about: "A 200 whose JSON is a refusal",
        check: Check::Exchange(refusal_inside_200),
        #[cfg(test)]
        fires: || given(200, &[JSON], SDK_401).good_token(),
        #[cfg(test)]
        silent: || {
            given(200, &[JSON], r#"{"statusCode":401,"checks":[{"message":"Unauthorized"}],"total":1}"#).good_token()
        },
    },
    Rule {
        id: "graphql-refusal",
        rows: &[],
        about: "A GraphQL answer with 200 whose errors say UNAUTHENTICATED or FORBIDDEN",
        check: Check::Exchange(graphql),
        #[cfg(test)]
        fires: || {
            let body =
                r#"{"data":null,"errors":[{"message":"Not signed in","extensions":{"code":"UNAUTHENTICATED"}}]}"#;
            given(200, &[JSON], body).good_token()
        },
        #[cfg(test)]
        silent: || {
            let body = r#"{"data":null,"errors":[{"message":"No such order","extensions":{"code":"NOT_FOUND"}}]}"#;
            given(200, &[JSON], body).good_token()
        },
    },
    Rule {
        id: "followed-to-sign-in-page",
        rows: &[2],
        about: "Redirects were followed to a sign-in page, which answers 200",
        check: Check::Exchange(followed_to_sign_in_page),
        #[cfg(test)]
        fires: || given(200, &[("content-type", "text/html")], "<html>").good_token().after("/api/auth/login"),
        #[cfg(test)]
        silent: || given(200, &[("content-type", "text/html")], "<html>").good_token().after("/en/orders"),
    },
    Rule {
        id: "login-page-with-200",
        rows: &[],
        about: "An API route answers 200 with a page that has a password field",
        check: Check::Exchange(login_page),
        #[cfg(test)]
        fires: || {
            let page = r#"<html><form><input type="password" name="password"></form></html>"#;
            given(200, &[("content-type", "text/html; charset=utf-8")], page).good_token()
        },
        #[cfg(test)]
        silent: || given(200, &[("content-type", "text/html")], r#"<a href="/login">Log in</a>"#).good_token(),
    },
    Rule {
        id: "express-no-session",
        rows: &[42],
        about: "Kinde's Express middleware found neither session nor bearer token",
        check: Check::Exchange(express_logout_redirect),
        #[cfg(test)]
        fires: || given(302, &[("location", "https://b.kinde.com/logout?redirect=https%3A%2F%2Fapp")], ""),
        #[cfg(test)]
        silent: || given(302, &[("location", "https://b.kinde.com/start?redirect=https%3A%2F%2Fapp")], ""),
    },
    Rule {
        id: "redirect-loop",
        rows: &[33],
        about: "The redirects come back to where they began",
        check: Check::Exchange(redirect_loop),
        #[cfg(test)]
        fires: || given(307, &[("location", "/api/v1/orders")], "").good_token().after("/api/auth/login"),
        #[cfg(test)]
        silent: || given(307, &[("location", "/api/v1/orders/")], "").good_token().after("/api/v1"),
    },
];

fn is_sdk_login(case: &Case<'_>) -> bool {
    case.redirects_to_login() && case.location().is_some_and(|url| url.path().ends_with("/api/auth/login"))
}

fn cookies_only(case: &Case<'_>) -> Option<Cause> {
    if !is_sdk_login(case) || case.sent_cookies() {
        return None;
    }
    let cause = if case.exchange.token.is_some() {
        Cause::certain("The middleware reads cookies only: your bearer token was never looked at")
            .because(case.status_line())
            .because("an Authorization header was sent, and Kinde's Next.js SDK has no code that reads it")
    } else {
        Cause::likely("The middleware wants a session and sends everyone else to the login page")
            .because(case.status_line())
            .because("no token of a session was sent")
    };
    Some(
        cause
            .fix_all(VERIFY_IN_THE_HANDLER)
            .fix("Until then send the tokens as the SDK's own cookies (cookie mode)")
            .offers(Remedy::CookieMode)
            .with_sample(Framework::NextJs),
    )
}

fn cookies_refused(case: &Case<'_>) -> Option<Cause> {
    let is_refused = is_sdk_login(case) || (case.status() == 401 && is_sdk_body(case));
    (is_refused && case.sent_cookies()).then(|| {
        Cause::likely("The app did not accept the session cookies either")
            .because(case.status_line())
            .because("sent: access_token and id_token cookies")
            .fix("Check that the app's KINDE_ISSUER_URL is the issuer of this token, to the letter")
            .fix("An ID token lives one hour by default: refresh the session and send again")
            .fix("A signed-in user whom `isAuthorized` turns away is sent to login as well: check roles and organisation")
            .offers(Remedy::Refresh)
    })
}

/// The SDK's body, in its order: Nest has the same members the other way round.
fn is_sdk_body(case: &Case<'_>) -> bool {
    case.text().replace([' ', '\n'], "") == r#"{"statuscode":401,"message":"unauthorized"}"#
}

fn cookies_only_json(case: &Case<'_>) -> Option<Cause> {
    let is_express = case.header("x-powered-by").is_some_and(|powered| powered.eq_ignore_ascii_case("express"));
    if case.status() != 401 || !is_sdk_body(case) || !case.challenges().is_empty() || case.sent_cookies() || is_express
    {
        return None;
    }
    let title = if case.exchange.token.is_some() {
        "The middleware reads cookies only: your bearer token was never looked at"
    } else {
        "The middleware wants a session cookie, and none was sent"
    };
    Some(
        Cause::likely(title)
            .because(case.status_line())
            .because(r#"the body is {"statusCode":401,"message":"Unauthorized"}, as Kinde's Next.js SDK answers without a session"#)
            .fix_all(VERIFY_IN_THE_HANDLER)
            .fix("Until then send the tokens as the SDK's own cookies (cookie mode)")
            .offers(Remedy::CookieMode)
            .with_sample(Framework::NextJs),
    )
}

fn method_after_login_redirect(case: &Case<'_>) -> Option<Cause> {
    (case.status() == 405 && case.went_through_login()).then(|| {
        Cause::certain("The 405 comes from the login route, not from yours: a redirect kept the method")
            .because("a redirect to the login route was followed with the same method")
            .because(case.status_line())
            .fix_all(VERIFY_IN_THE_HANDLER)
            .fix("Kinde's Next.js SDK from 2.13 answers 401 here instead of redirecting")
            .offers(Remedy::CookieMode)
            .with_sample(Framework::NextJs)
    })
}

fn refusal_inside_200(case: &Case<'_>) -> Option<Cause> {
    let (inner, words) = case.refusal_inside()?;
    let is_sdk = case.text().contains("\"statuscode\"");
    let cause = Cause::certain(format!("This 200 is a refusal: the body says {inner}"))
        .because(format!("status 200, but {inner} in the body: {}", quoted(&words)));
    Some(if is_sdk {
        let cause = cause
            .fix("`protectApi` of Kinde's Next.js SDK before 2.13 answers so: upgrade it to get real statuses")
            .fix("It needs a cookie session all the same: send in cookie mode, or verify the bearer token in the handler")
            .with_sample(Framework::NextJs);
        if inner == 401 && !case.sent_cookies() { cause.offers(Remedy::CookieMode) } else { cause }
    } else {
        cause
            .sure(Confidence::Likely)
            .fix(format!("Treat it as {inner}; make the API answer with that status, so that clients and tests see it"))
    })
}

fn graphql(case: &Case<'_>) -> Option<Cause> {
    if case.status() != 200 {
        return None;
    }
    let body = case.json()?;
    let errors = body.get("errors")?.as_array()?;
    let code = errors.iter().filter_map(|error| error.pointer("/extensions/code")?.as_str()).find(|code| {
        matches!(
            code.to_ascii_uppercase().replace('-', "_").as_str(),
            "UNAUTHENTICATED" | "FORBIDDEN" | "INVALID_JWT" | "ACCESS_DENIED"
        )
    })?;
    let message = errors.first().and_then(|error| error.get("message")?.as_str()).unwrap_or_default();
    let is_known = code.eq_ignore_ascii_case("forbidden") || code.eq_ignore_ascii_case("access-denied");
    let cause = Cause::likely(format!("The GraphQL server refused: {}", quoted(code)))
        .because(format!("status 200, but in `errors`: {}", quoted(message)));
    Some(if is_known {
        cause.fix("Compare the permissions and roles of the token with what this field needs")
    } else {
        cause
            .fix("Compare issuer, audience and expiry of the token with what the server expects")
            .offers(Remedy::SignIn)
    })
}

fn followed_to_sign_in_page(case: &Case<'_>) -> Option<Cause> {
    let followed = case.went_through_login() && case.is_html();
    (case.status() == 200 && (case.is_sign_in_page() || followed)).then(|| {
        let cause = Cause::certain("This is a sign-in page, not your API: the redirects were followed")
            .because(format!("the last address is {}", case.exchange.request.url))
            .fix("Send without following redirects to see the first answer (`# @redirect 0`)")
            .fix_all(VERIFY_IN_THE_HANDLER)
            .with_sample(Framework::NextJs);
        if case.sent_cookies() { cause } else { cause.offers(Remedy::CookieMode) }
    })
}

fn login_page(case: &Case<'_>) -> Option<Cause> {
    let has_password = || {
        let text = case.text();
        text.contains("type=\"password\"") || text.contains("type='password'") || text.contains("type=password")
    };
    let is_meant = case.exchange.token.is_some() && case.asks_an_api() && !case.went_through_login();
    (case.status() == 200 && is_meant && case.is_html() && has_password()).then(|| {
        Cause::likely("The route answered with a login page, and 200: your token was not looked at")
            .because("status 200 and text/html with a password field, where an API was asked")
            .fix("Something in front of the route (middleware, a gateway) wants a session: let it skip this path")
            .fix("Verify the bearer token in the route itself, and answer 401 when it is missing")
            .with_sample(case.framework())
    })
}

fn express_logout_redirect(case: &Case<'_>) -> Option<Cause> {
    let to_logout = case
        .location()
        .is_some_and(|url| url.path() == "/logout" && url.query().is_some_and(|query| query.contains("redirect=")));
    if !to_logout {
        return None;
    }
    if case.sent_bearer() {
        return Some(
            Cause::likely("This Express route wants a browser session: `getUser` reads no bearer token")
                .because(case.status_line())
                .fix("Protect the route with `protectRoute` or `jwtVerify` instead, which read the bearer token")
                .with_sample(Framework::Express),
        );
    }
    (case.exchange.token.is_none()).then(|| {
        Cause::likely("The Express middleware found neither a session nor a bearer token")
            .because(case.status_line())
            .fix("Send the token as `Authorization: Bearer`: sign in, or remove `# @no-auth` from the request")
            .offers(Remedy::SignIn)
    })
}

fn redirect_loop(case: &Case<'_>) -> Option<Cause> {
    let went = case.went_through_login();
    let target = case.location()?;
    let seen = case.exchange.hops.iter().filter(|hop| hop.request.url == target).count();
    (went && seen > 0).then(|| {
        Cause::certain("The app and its login route send you to each other in a circle")
            .because(format!("{} was asked before, and the last answer leads there again", target.path()))
            .because(case.status_line())
            .fix("`isAuthorized` turned a signed-in user away: show a 403 page there instead of the login")
            .fix("Check that KINDE_ISSUER_URL is the issuer of the token, and the user's roles")
    })
}
