//! `exp`, `nbf`, `iat` against the given `now`, with the leeway said wherever it decided.

use std::time::Duration;

use crate::model::verdict::{Check, CheckId, Outcome};
use crate::token::describe::{length, moment_near, relative};
use crate::token::inspect::{NumericDate, TokenUse};
use crate::token::verify::{Context, check};

/// An issuer's clock this far ahead of ours is worth a word, though the leeway covers it.
const NOTABLE_SKEW: Duration = Duration::from_secs(5);

pub(super) fn checks(context: &Context<'_>) -> [Check; 3] {
    [expiry(context), not_before(context), issued_at(context)]
}

fn expiry(context: &Context<'_>) -> Check {
    let id = CheckId::Expiry;
    let now = context.now;
    let exp = match context.token.numeric_date("exp") {
        NumericDate::At(exp) => exp,
        NumericDate::Unusable(why) => return check(id, Outcome::Fail, format!("`exp` {why}")),
        NumericDate::Absent => return missing_expiry(context),
    };
    let when = format!("{}, {}", moment_near(exp, now), relative(exp, now));
    if now < exp {
        return check(id, Outcome::Pass, format!("Expires {when}"));
    }
    let leeway = context.leeway();
    if now < exp.plus(context.expectation.leeway) {
        let reason = format!("Expired {when}: within the leeway of {leeway}, but a strict API refuses it");
        return check(id, Outcome::Warn, reason);
    }
    check(id, Outcome::Fail, format!("Expired {when}; the leeway is {leeway}"))
}

fn missing_expiry(context: &Context<'_>) -> Check {
    let id = CheckId::Expiry;
    match context.judged_as() {
        TokenUse::Id => check(id, Outcome::Fail, "The ID token has no `exp`"),
        TokenUse::Access | TokenUse::MachineToMachine => {
            // kinde.md 5.1, the oddity.
            let reason = "The token has no `exp`; Kinde has answered a refresh so when both tokens had expired, so sign \
                          in again";
            check(id, Outcome::Fail, reason)
        }
        TokenUse::Unknown => check(id, Outcome::Warn, "The token has no `exp`: it never expires"),
    }
}

fn not_before(context: &Context<'_>) -> Check {
    let id = CheckId::NotBefore;
    let now = context.now;
    let nbf = match context.token.numeric_date("nbf") {
        NumericDate::At(nbf) => nbf,
        NumericDate::Unusable(why) => return check(id, Outcome::Fail, format!("`nbf` {why}")),
        NumericDate::Absent => return check(id, Outcome::Skipped, "The token has no `nbf`"),
    };
    let when = format!("{}, {}", moment_near(nbf, now), relative(nbf, now));
    if nbf <= now {
        return check(id, Outcome::Pass, format!("Valid since {when}"));
    }
    let leeway = context.leeway();
    if nbf <= now.plus(context.expectation.leeway) {
        let reason = format!("Valid from {when}: within the leeway of {leeway}, but a strict API refuses it");
        return check(id, Outcome::Warn, reason);
    }
    check(id, Outcome::Fail, format!("Valid from {when} only; the leeway is {leeway}"))
}

fn issued_at(context: &Context<'_>) -> Check {
    let id = CheckId::IssuedAt;
    let now = context.now;
    let iat = match context.token.numeric_date("iat") {
        NumericDate::At(iat) => iat,
        NumericDate::Unusable(why) => return check(id, Outcome::Fail, format!("`iat` {why}")),
        // Required in ID tokens by OIDC Core section 2; the conformance suite tests for it.
        NumericDate::Absent if context.judged_as() == TokenUse::Id => {
            return check(id, Outcome::Fail, "The ID token has no `iat`");
        }
        NumericDate::Absent => return check(id, Outcome::Skipped, "The token has no `iat`"),
    };
    if iat <= now {
        return check(id, Outcome::Pass, format!("Issued {}, {}", moment_near(iat, now), relative(iat, now)));
    }
    let ahead = iat.since(now);
    if ahead > context.expectation.leeway {
        let reason = format!(
            "Issued {} in the future ({}), more than the leeway of {}: this machine's clock is behind, or the issuer's \
             is ahead",
            length(ahead),
            moment_near(iat, now),
            context.leeway()
        );
        return check(id, Outcome::Fail, reason);
    }
    if ahead > NOTABLE_SKEW {
        let reason =
            format!("Issued {} in the future: the clocks differ, a strict API refuses the token", length(ahead));
        return check(id, Outcome::Warn, reason);
    }
    check(id, Outcome::Pass, "Issued now")
}
