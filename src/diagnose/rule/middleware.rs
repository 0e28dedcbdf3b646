//! Refusals by session middleware: it reads cookies, or sends everyone to a login page.

use crate::diagnose::case::Case;
use crate::diagnose::finding::{Confidence, Finding, Remedy};
use crate::model::request::TokenCarrier;

fn is_sdk_login(case: &Case<'_>) -> bool {
    case.location().is_some_and(|url| url.path().ends_with("/api/auth/login"))
}

fn sent_cookies(case: &Case<'_>) -> bool {
    case.exchange.token.as_ref().is_some_and(|token| token.carrier == TokenCarrier::Cookie)
}

fn let_bearer_through() -> Vec<String> {
    vec![
        "In the app's middleware (or proxy) leave this path out: `publicPaths: [\"/api/v1\"]`, or return early for it".to_owned(),
        "In the route handler take the token from the `Authorization` header and verify it against the key set at /.well-known/jwks (RS256 only, issuer, audience, expiry)".to_owned(),
        "Until then press `c`: bearcat sends the tokens as the SDK's own session cookies".to_owned(),
    ]
}

/// Row 1: `withAuth` reads cookies only and redirects to the login route.
pub fn cookies_only(case: &Case<'_>) -> Option<Finding> {
    if !is_sdk_login(case) {
        return None;
    }
    if sent_cookies(case) {
        return Some(Finding {
            id: "nextjs-cookies-refused",
            row: Some(33),
            title: "The app did not accept the session cookies either".to_owned(),
            evidence: vec![case.status_line(), "sent: access_token and id_token cookies".to_owned()],
            confidence: Confidence::Likely,
            fix: vec![
                "Check that the app's KINDE_ISSUER_URL is the issuer of this token".to_owned(),
                "An ID token lives one hour by default: refresh with `r`".to_owned(),
                "A signed-in user who is not allowed (`isAuthorized`) is sent to login as well".to_owned(),
            ],
            remedy: None,
        });
    }
    let bearer = case.exchange.token.is_some();
    Some(Finding {
        id: "nextjs-cookies-only",
        row: Some(1),
        title: if bearer {
            "The middleware reads cookies only: your bearer token was never looked at".to_owned()
        } else {
            "The middleware wants a session and sends everyone else to the login page".to_owned()
        },
        evidence: vec![
            case.status_line(),
            if bearer { "an Authorization header was sent".to_owned() } else { "no token was sent".to_owned() },
        ],
        confidence: if bearer { Confidence::Certain } else { Confidence::Likely },
        fix: let_bearer_through(),
        remedy: Some(Remedy::CookieMode),
    })
}

/// Row 4: the SDK from 2.13 answers 401 JSON to everything but GET and HEAD.
pub fn cookies_only_json(case: &Case<'_>) -> Option<Finding> {
    let json = case.json()?;
    let sdk_body = json.get("statusCode")?.as_u64()? == 401 && json.get("message")?.as_str()? == "Unauthorized";
    if case.status() != 401 || !sdk_body || case.challenge().is_some() || sent_cookies(case) {
        return None;
    }
    Some(Finding {
        id: "nextjs-cookies-only-401",
        row: Some(4),
        title: "The middleware reads cookies only: your bearer token was never looked at".to_owned(),
        evidence: vec![
            case.status_line(),
            r#"the body is {"statusCode":401,"message":"Unauthorized"}, as Kinde's Next.js SDK answers without a session"#.to_owned(),
        ],
        confidence: Confidence::Likely,
        fix: let_bearer_through(),
        remedy: Some(Remedy::CookieMode),
    })
}

/// Row 3: 405 after a redirect that kept the method.
pub fn method_after_login_redirect(case: &Case<'_>) -> Option<Finding> {
    (case.status() == 405 && case.went_through_login()).then(|| Finding {
        id: "nextjs-405-after-login-redirect",
        row: Some(3),
        title: "The 405 comes from the login route, not from yours: a redirect kept the method".to_owned(),
        evidence: vec!["a redirect to the login route was followed".to_owned(), case.status_line()],
        confidence: Confidence::Certain,
        fix: let_bearer_through(),
        remedy: Some(Remedy::CookieMode),
    })
}

/// Row 5: `protectApi` before 2.13 refuses with status 200.
pub fn refusal_inside_200(case: &Case<'_>) -> Option<Finding> {
    let inner = case.json_status()?;
    if case.status() != 200 || !matches!(inner, 401 | 403) {
        return None;
    }
    Some(Finding {
        id: "refusal-with-200",
        row: Some(5),
        title: format!("This 200 is a refusal: the body says {inner}"),
        evidence: vec![format!("status 200, but \"statusCode\": {inner} in the body")],
        confidence: Confidence::Certain,
        fix: vec![
            "`protectApi` of Kinde's Next.js SDK before 2.13 answers so: upgrade it to get real statuses".to_owned(),
            "It needs a cookie session all the same: press `c` for cookie mode".to_owned(),
        ],
        remedy: (inner == 401).then_some(Remedy::CookieMode),
    })
}

/// Row 2: redirects were followed to the provider's sign-in page.
pub fn followed_to_sign_in_page(case: &Case<'_>) -> Option<Finding> {
    (case.status() == 200 && (case.is_sign_in_page() || case.went_through_login())).then(|| Finding {
        id: "followed-to-sign-in-page",
        row: Some(2),
        title: "This is a sign-in page, not your API: the redirects were followed".to_owned(),
        evidence: vec![format!("the last address is {}", case.exchange.request.url)],
        confidence: Confidence::Certain,
        fix: vec!["Send without following redirects to see the first answer".to_owned()],
        remedy: Some(Remedy::CookieMode),
    })
}

/// Row 42: Express `protectRoute` without session or bearer.
pub fn express_logout_redirect(case: &Case<'_>) -> Option<Finding> {
    let to_logout = case
        .location()
        .is_some_and(|url| url.path() == "/logout" && url.query().is_some_and(|q| q.contains("redirect=")));
    (to_logout && case.exchange.token.is_none()).then(|| Finding {
        id: "express-no-session",
        row: Some(42),
        title: "The Express middleware found neither a session nor a bearer token".to_owned(),
        evidence: vec![case.status_line()],
        confidence: Confidence::Likely,
        fix: vec!["Send the token as `Authorization: Bearer`: sign in with `l`, or remove `# @no-auth`".to_owned()],
        remedy: Some(Remedy::SignIn),
    })
}
