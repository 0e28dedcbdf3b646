//! Refusals of the request as such: too large, too often, not as a browser would ask.

use crate::diagnose::case::Case;
use crate::diagnose::cause::Cause;
use crate::diagnose::rule::{Check, Rule, VERIFY_IN_THE_HANDLER};
#[cfg(test)]
use crate::diagnose::testing::{JSON, given};
use crate::model::finding::Framework;
use crate::token::describe::length;

/// Node takes 16 KiB of headers, nginx and Tomcat 8 KiB.
const LARGE_TOKEN: usize = 3_000;

/// Waits beyond this are a time of day, not a number of seconds.
const LONGEST_WAIT: u64 = 24 * 3600;

/// The rules.
pub const RULES: &[Rule] = &[
    Rule {
        id: "header-too-large",
        rows: &[46],
        about: "431, 494 or `Request Header Or Cookie Too Large`: the token makes the header too long",
        check: Check::Exchange(too_large),
        #[cfg(test)]
        fires: || given(431, &[], "").good_token().by_cookie(),
        #[cfg(test)]
        silent: || given(400, &[("content-type", "text/html")], "<title>400 Bad Request</title>").good_token(),
    },
    Rule {
        id: "rate-limited",
        rows: &[47],
        about: "429, with the time to wait",
        check: Check::Exchange(rate_limited),
        #[cfg(test)]
        fires: || given(429, &[JSON, ("ratelimit-reset", "30")], "{}").good_token(),
        #[cfg(test)]
        silent: || given(200, &[JSON, ("ratelimit-reset", "30")], "{}").good_token(),
    },
    Rule {
        id: "preflight-refused",
        rows: &[45],
        about: "A browser's CORS preflight (OPTIONS) is refused or sent to the login page",
        check: Check::Exchange(preflight),
        #[cfg(test)]
        fires: || {
            given(307, &[("location", "/api/auth/login")], "")
                .method("OPTIONS")
                .sending("Origin", "https://web.example.com")
                .sending("Access-Control-Request-Method", "GET")
        },
        #[cfg(test)]
        silent: || {
            given(204, &[("access-control-allow-origin", "*")], "")
                .method("OPTIONS")
                .sending("Origin", "https://web.example.com")
                .sending("Access-Control-Request-Method", "GET")
        },
    },
];

fn too_large(case: &Case<'_>) -> Option<Cause> {
    let says = || {
        let text = case.text();
        text.contains("header or cookie too large")
            || text.contains("request header fields too large")
            || text.contains("header is too large")
    };
    let is_it = matches!(case.status(), 431 | 494) || (case.status() == 400 && says());
    is_it.then(|| {
        let size = case.token.map(|token| token.size);
        let evidence = match size {
            Some(size) if case.sent_cookies() => format!("the access token has {size} bytes, and the ID token goes along as a cookie"),
            Some(size) => format!("the token has {size} bytes; many servers take 8 KiB of headers in all"),
            None => String::new(),
        };
        let cause = Cause::certain("The request's header is too large for the server")
            .because(case.status_line())
            .because(evidence);
        let cause = if size.is_some_and(|size| size > LARGE_TOKEN) || case.sent_cookies() {
            cause.fix("Take claims out of the token in Kinde (Tokens, Customize): feature flags, properties and permissions make it long")
        } else {
            cause
        };
        let cause = if case.sent_cookies() {
            cause.fix("Send the bearer token instead of both cookies, if the route takes it")
        } else {
            cause
        };
        cause.fix("Raise the server's limit: `large_client_header_buffers` in nginx, `--max-http-header-size` of Node")
    })
}

fn rate_limited(case: &Case<'_>) -> Option<Cause> {
    if case.status() != 429 {
        return None;
    }
    let waits = ["retry-after", "ratelimit-reset", "x-ratelimit-reset"];
    let named = waits.iter().find_map(|name| {
        let seconds: u64 = case.header(name)?.trim().parse().ok().filter(|seconds| *seconds <= LONGEST_WAIT)?;
        Some((*name, seconds))
    });
    let cause = Cause::certain("Too many requests: the server wants you to wait").because(case.status_line());
    Some(
        match named {
            Some((name, seconds)) => cause
                .because(format!("{name}: {seconds}"))
                .fix(format!("Wait {} and send again", length(std::time::Duration::from_secs(seconds)))),
            None => cause.because(case.words_as_evidence()).fix("Wait a minute and send again"),
        }
        .fix("Keep tokens until shortly before they expire instead of fetching one for each request"),
    )
}

fn preflight(case: &Case<'_>) -> Option<Cause> {
    let is_refused = matches!(case.status(), 401 | 403 | 405) || case.redirects_to_login();
    (case.is_preflight() && is_refused).then(|| {
        let cause =
            Cause::certain("A browser's preflight gets this: it shows a CORS error and never sends the request")
                .because(case.status_line())
                .because("an OPTIONS request with Origin and Access-Control-Request-Method carries no token by design")
                .fix("Let OPTIONS pass the authentication, and answer it with the Access-Control headers");
        if case.redirects_to_login() {
            cause.fix_all(VERIFY_IN_THE_HANDLER).with_sample(Framework::NextJs)
        } else {
            cause.fix("Outside a browser there is no preflight: the same route may well answer bearcat")
        }
    })
}
