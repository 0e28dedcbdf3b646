//! Would this token pass? What can be told before a request is sent, check by check, each with its reason.
//!
//! Called by the Auth tab, by "act as once" and by `bearcat token --for`. Pure: what the session holds, where the
//! request goes and what it needs are arguments. A check that cannot be made is never counted as good.

use crate::model::identity::Origin;
use crate::model::request::{Requirement, TokenCarrier};
use crate::model::time::Timestamp;
use crate::model::verdict::{CheckId, Outcome, Standing, Verdict};
use crate::token::describe;
use crate::token::inspect::{Inspection, TokenForm};
use crate::token::size::{self, Fit};
use crate::token::text::quoted;
use crate::token::verify;

/// Which check of the pre-flight. The order is the order on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PreflightId {
    /// There is a session to send.
    Session,
    /// The token goes where the request goes (ARCHITECTURE.md: only to allowed origins).
    Origin,
    /// The token is what it claims to be: signature, issuer, kind and the rest of its verdict.
    Token,
    /// It has not expired.
    Expiry,
    /// `aud` holds what the identity asked for.
    Audience,
    /// The header or the cookies can carry it (kinde.md 8.1).
    Carrier,
    /// The permissions, roles and flags of `# @require`.
    Permissions,
    /// Those of them that are scopes.
    Scopes,
    /// The organisation of `# @require`.
    Organization,
}

impl PreflightId {
    /// A short label for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Origin => "origin",
            Self::Token => "token",
            Self::Expiry => "expiry",
            Self::Audience => "audience",
            Self::Carrier => "carrier",
            Self::Permissions => "permissions",
            Self::Scopes => "scopes",
            Self::Organization => "organisation",
        }
    }

    /// A stable id for `--json`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            other => other.label(),
        }
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It holds.
    Pass,
    /// It cannot be told; the reason says why.
    Unknown,
    /// It does not hold: the request will be refused, or not sent.
    Fail,
}

impl Answer {
    /// A stable word: `pass`, `unknown`, `fail`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreflightCheck {
    /// Which.
    pub id: PreflightId,
    /// How it ended.
    pub answer: Answer,
    /// Why, in one sentence. Never a token.
    pub reason: String,
}

/// All checks of one request and one identity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preflight {
    /// In the order of [`PreflightId`].
    pub checks: Vec<PreflightCheck>,
}

impl Preflight {
    /// The worst of all.
    pub fn answer(&self) -> Answer {
        self.checks.iter().map(|check| check.answer).max().unwrap_or(Answer::Unknown)
    }

    /// The whole in one line.
    pub fn headline(&self) -> String {
        let named = |answer: Answer| {
            let labels: Vec<&str> =
                self.checks.iter().filter(|check| check.answer == answer).map(|check| check.id.label()).collect();
            labels.join(", ")
        };
        if let [only] = self.checks.as_slice() {
            return match only.answer {
                Answer::Fail => format!("It will not pass: {}", lowered(&only.reason)),
                Answer::Pass | Answer::Unknown => only.reason.clone(),
            };
        }
        match self.answer() {
            Answer::Pass => "It will pass, as far as the token decides".to_owned(),
            Answer::Unknown if self.checks.iter().all(|check| check.answer == Answer::Unknown) => {
                format!("It cannot be told: {}", named(Answer::Unknown))
            }
            Answer::Unknown => format!("Nothing speaks against it; not known: {}", named(Answer::Unknown)),
            Answer::Fail => format!("It will not pass: {}", named(Answer::Fail)),
        }
    }
}

/// The first letter small: the text goes on behind a colon.
fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// Where a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// There, and the identity's token may go there.
    Allowed(Origin),
    /// There, and bearcat asks (or refuses) before it sends the token there.
    NotAllowed(Origin),
    /// It cannot be told yet; says why.
    Unknown(String),
}

/// What an identity has to send.
#[derive(Debug, Clone, Copy)]
pub enum Held<'a> {
    /// The request goes out without a token.
    Nothing,
    /// The request brings credentials of its own, which bearcat does not judge.
    Own,
    /// The identity is not signed in.
    SignedOut,
    /// Whether it is signed in was not looked up.
    NotLoaded,
    /// A session.
    Session(HeldSession<'a>),
}

/// The tokens of a session.
#[derive(Debug, Clone, Copy)]
pub struct HeldSession<'a> {
    /// The access token, decoded.
    pub access: &'a Inspection,
    /// Its verdict.
    pub verdict: &'a Verdict,
    /// When it expires, as the session knows it.
    pub expires_at: Option<Timestamp>,
    /// The ID token, decoded.
    pub id: Option<&'a Inspection>,
    /// Is it renewed by itself before it is sent?
    pub refreshes: bool,
}

/// A request, and who would send it.
#[derive(Debug, Clone)]
pub struct Flight<'a> {
    /// `# @require`.
    pub require: &'a [Requirement],
    /// Header or cookies.
    pub carrier: TokenCarrier,
    /// Where to.
    pub destination: Destination,
    /// What is sent.
    pub held: Held<'a>,
}

/// Makes every check that can be made before sending.
pub fn preflight(flight: &Flight<'_>, now: Timestamp) -> Preflight {
    let mut checks = Vec::new();
    let mut add = |id, answer, reason: String| checks.push(PreflightCheck { id, answer, reason });
    let needs = !flight.require.is_empty();
    match &flight.held {
        Held::Nothing if needs => {
            add(
                PreflightId::Session,
                Answer::Fail,
                "No token is sent, but the request needs what a token grants".into(),
            );
        }
        Held::Nothing => {
            add(PreflightId::Session, Answer::Unknown, "No token is sent: a public route takes that, no other".into());
        }
        Held::Own => {
            let reason = "The request brings its own `Authorization`, which bearcat does not judge";
            add(PreflightId::Session, Answer::Unknown, reason.into());
        }
        Held::SignedOut => add(PreflightId::Session, Answer::Fail, "Not signed in".into()),
        Held::NotLoaded => {
            let reason = "Its session was not read from the vault yet";
            add(PreflightId::Session, Answer::Unknown, reason.into());
        }
        Held::Session(session) => {
            let (answer, reason) = origin(&flight.destination);
            add(PreflightId::Origin, answer, reason);
            let (answer, reason) = holds(session.verdict);
            add(PreflightId::Token, answer, reason);
            let (answer, reason) = expiry(session, now);
            add(PreflightId::Expiry, answer, reason);
            let (answer, reason) = audience(session.verdict);
            add(PreflightId::Audience, answer, reason);
            if let Some((answer, reason)) = carrier(flight.carrier, session, now) {
                add(PreflightId::Carrier, answer, reason);
            }
            for (id, answer, reason) in required(session.access, flight.require) {
                add(id, answer, reason);
            }
        }
    }
    checks.sort_by_key(|check| check.id);
    Preflight { checks }
}

fn origin(destination: &Destination) -> (Answer, String) {
    match destination {
        Destination::Allowed(origin) => (Answer::Pass, format!("The token may go to {}", quoted(origin.as_str()))),
        Destination::NotAllowed(origin) => (
            Answer::Fail,
            format!(
                "{} is not on the identity's list: nothing is sent there before you allow it",
                quoted(origin.as_str())
            ),
        ),
        Destination::Unknown(why) => (Answer::Unknown, why.clone()),
    }
}

/// The verdict without what has a check of its own here.
fn holds(verdict: &Verdict) -> (Answer, String) {
    let own = [CheckId::Expiry, CheckId::Audience, CheckId::Permissions, CheckId::Scopes, CheckId::Organization];
    let failed: Vec<String> = verdict
        .failures()
        .filter(|check| !own.contains(&check.id))
        .map(|check| format!("{}: {}", check.id.label(), check.reason))
        .collect();
    if !failed.is_empty() {
        return (Answer::Fail, failed.join("; "));
    }
    let signature = verdict.check(CheckId::Signature);
    match signature.map(|check| check.outcome) {
        Some(Outcome::Pass) => (Answer::Pass, "Its signature, its issuer and its kind hold".to_owned()),
        _ if verdict.standing() == Standing::Verified => (Answer::Pass, "Every check holds".to_owned()),
        _ => {
            let why = signature.map_or("nothing was checked", |check| check.reason.as_str());
            (Answer::Unknown, format!("Decoded, not verified: {why}"))
        }
    }
}

fn expiry(session: &HeldSession<'_>, now: Timestamp) -> (Answer, String) {
    let Some(at) = session.access.expires_at().or(session.expires_at) else {
        return (Answer::Unknown, "The token does not say when it expires".to_owned());
    };
    if at > now {
        return (Answer::Pass, format!("Expires {}", describe::relative(at, now)));
    }
    let expired = format!("Expired {}", describe::relative(at, now));
    if session.refreshes {
        (Answer::Pass, format!("{expired}; it is renewed before it is sent"))
    } else {
        (Answer::Fail, format!("{expired}, and the session cannot renew it: sign in again"))
    }
}

fn audience(verdict: &Verdict) -> (Answer, String) {
    let Some(check) = verdict.check(CheckId::Audience) else {
        return (Answer::Unknown, "The token has no audience that could be compared".to_owned());
    };
    let answer = match check.outcome {
        Outcome::Pass => Answer::Pass,
        Outcome::Fail => Answer::Fail,
        Outcome::Warn | Outcome::Skipped => Answer::Unknown,
    };
    (answer, check.reason.clone())
}

/// The SDK's cookies need an ID token that has not expired (kinde.md 8.1); a header only has to fit.
fn carrier(carrier: TokenCarrier, session: &HeldSession<'_>, now: Timestamp) -> Option<(Answer, String)> {
    let sizes = size::of(session.access.size, session.id.map(|id| id.size));
    if carrier == TokenCarrier::Bearer {
        let reason = match sizes.bearer_fit() {
            Fit::Everywhere => return None,
            fit => format!("The header has {} bytes: {}", sizes.bearer_header, fit.words()),
        };
        return Some((Answer::Unknown, reason));
    }
    let Some(id) = session.id else {
        let reason = "The SDK's cookies need an ID token, and this session has none: ask for the scope `openid`";
        return Some((Answer::Fail, reason.to_owned()));
    };
    if let Some(at) = id.expires_at().filter(|at| *at <= now) {
        let reason = format!(
            "The SDK's cookies need an unexpired ID token, and it expired {}: refresh the session",
            describe::relative(at, now)
        );
        return Some((Answer::Fail, reason));
    }
    let cookies = sizes.cookies();
    Some(match sizes.cookie_fit() {
        Fit::Everywhere => (Answer::Pass, format!("The session fits into {cookies} cookies of the SDK")),
        fit => {
            let reason = format!("{cookies} cookies make a header of {} bytes: {}", sizes.cookie_header, fit.words());
            (Answer::Unknown, reason)
        }
    })
}

fn required(access: &Inspection, require: &[Requirement]) -> Vec<(PreflightId, Answer, String)> {
    if require.is_empty() {
        return Vec::new();
    }
    if access.form != TokenForm::Jwt {
        let reason = "The token cannot be read, so what it grants is not known".to_owned();
        return vec![(PreflightId::Permissions, Answer::Unknown, reason)];
    }
    let checks = verify::required(access, require).into_iter().map(|check| {
        let id = match check.id {
            CheckId::Scopes => PreflightId::Scopes,
            CheckId::Organization => PreflightId::Organization,
            _ => PreflightId::Permissions,
        };
        let answer = match check.outcome {
            Outcome::Pass => Answer::Pass,
            Outcome::Fail => Answer::Fail,
            Outcome::Warn | Outcome::Skipped => Answer::Unknown,
        };
        (id, answer, check.reason)
    });
    checks.collect()
}

#[cfg(test)]
mod tests;
