//! Structure, algorithm, key and signature: is this a JWS that the provider made?
//!
//! A key is chosen by one rule for every kind of token. With `kid`: the keys of that id which fit the algorithm.
//! Without: the only key that fits; if several fit, the token is refused, as OIDC Core section 10.1 demands a `kid`
//! then and the conformance suite's `oidcc-client-test-kid-absent-multiple-jwks` tests.

use serde_json::Value;

use crate::model::verdict::{Check, CheckId, Outcome};
use crate::token::algorithm::Algorithm;
use crate::token::inspect::{TokenForm, TokenUse};
use crate::token::jwks::{Key, KeySet, Material};
use crate::token::text::{list, quoted};
use crate::token::verify::{Context, Keys, check};

/// Is it a token that a strict reader takes?
pub(super) fn structure(context: &Context<'_>) -> Check {
    let id = CheckId::Structure;
    let token = context.token;
    let wants_id_token = context.expectation.token_use == Some(TokenUse::Id);
    match &token.form {
        TokenForm::Broken(why) => return check(id, Outcome::Fail, why.as_str()),
        TokenForm::Jwe if wants_id_token => {
            return check(id, Outcome::Fail, "The ID token is encrypted, and bearcat has no key for it");
        }
        TokenForm::Opaque if wants_id_token => {
            return check(id, Outcome::Fail, "This is no JWT, as an ID token has to be");
        }
        TokenForm::Jwe => {
            return check(id, Outcome::Skipped, "The token is encrypted: only the API that it is for can read it");
        }
        TokenForm::Opaque => {
            let reason =
                "This is no JWT but an API key or an opaque token: only the server that issued it can check it";
            return check(id, Outcome::Skipped, reason);
        }
        TokenForm::Jwt => {}
    }
    // RFC 7519 section 4 lets a reader refuse repeated names or take the last; refusing is the choice here, because
    // an API that takes the first would see other claims than the screen shows.
    if let Some(defect) = token.defects.first() {
        return check(id, Outcome::Fail, defect.as_str());
    }
    // RFC 7515 section 4.1.11: extensions that are not understood make the token invalid. Bearcat knows none.
    if let Some(critical) = token.header.as_ref().and_then(|header| header.get("crit")) {
        let names =
            critical.as_array().map(|names| list(names.iter().filter_map(Value::as_str), 3)).unwrap_or_default();
        let reason = match names.as_str() {
            "" => "The header has a `crit` that names nothing, which RFC 7515 forbids".to_owned(),
            _ => {
                format!("The header marks {names} as critical (`crit`), which bearcat does not know; it has to refuse")
            }
        };
        return check(id, Outcome::Fail, reason);
    }
    check(id, Outcome::Pass, "Three base64url parts, header and claims are JSON objects")
}

/// Algorithm, key and signature of a readable JWT.
pub(super) fn checks(context: &Context<'_>, token: &str, keys: Keys<'_>) -> [Check; 3] {
    let (algorithm, algorithm_check) = check_algorithm(context);
    if algorithm_check.outcome == Outcome::Fail {
        let reason = "Not looked at, because the algorithm is refused";
        let skipped = |id| check(id, Outcome::Skipped, reason);
        return [algorithm_check, skipped(CheckId::Key), skipped(CheckId::Signature)];
    }
    let set = match keys {
        Keys::Set(set) => set,
        Keys::Unavailable(reason) => {
            let skipped = |id| check(id, Outcome::Skipped, reason);
            return [algorithm_check, skipped(CheckId::Key), skipped(CheckId::Signature)];
        }
    };
    let Some(algorithm) = algorithm else {
        let reason =
            format!("Bearcat cannot check {} signatures", quoted(context.token.algorithm().unwrap_or_default()));
        let skipped = |id| check(id, Outcome::Skipped, reason.as_str());
        return [algorithm_check, skipped(CheckId::Key), skipped(CheckId::Signature)];
    };
    match choose(context, set, algorithm) {
        Ok((candidates, key_check)) => [algorithm_check, key_check, check_signature(token, algorithm, &candidates)],
        Err(reason) => [
            algorithm_check,
            check(CheckId::Key, Outcome::Fail, reason),
            check(CheckId::Signature, Outcome::Skipped, "There is no key to check it with"),
        ],
    }
}

fn check_algorithm(context: &Context<'_>) -> (Option<Algorithm>, Check) {
    let id = CheckId::Algorithm;
    let fail = |reason: String| (None, check(id, Outcome::Fail, reason));
    let allowed = &context.expectation.algorithms;
    let Some(name) = context.token.algorithm() else {
        return fail("The header has no `alg`, or it is not text".to_owned());
    };
    if name.eq_ignore_ascii_case("none") {
        return fail(
            "The token is unsigned (`alg` none): anybody can write such a token, and an API must refuse it".to_owned(),
        );
    }
    if name.len() == 5 && name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("HS")) {
        return fail(format!(
            "{} is signed with a shared secret: the issuer signs with its private key, and a verifier uses the \
             issuer's public key set, not the client secret",
            quoted(name)
        ));
    }
    if !allowed.iter().any(|allowed| allowed == name) {
        let expected = if allowed.is_empty() { "nothing that bearcat can check".to_owned() } else { list(allowed, 6) };
        return fail(format!("{} is not what this issuer signs with; expected {expected}", quoted(name)));
    }
    (Algorithm::parse(name), check(id, Outcome::Pass, quoted(name)))
}

type Candidate<'a> = (&'a Key, &'a Material);

/// The keys to try and the check that says which; the error is the reason why there is none.
fn choose<'a>(
    context: &Context<'_>,
    set: &'a KeySet,
    algorithm: Algorithm,
) -> Result<(Vec<Candidate<'a>>, Check), String> {
    let pass = |reason: String| check(CheckId::Key, Outcome::Pass, reason);
    let fitting = |key: &'a Key| key.material_for(algorithm).ok().map(|material| (key, material));
    let header = context.token.header.as_ref();
    let Some(named) = header.and_then(|header| header.get("kid")) else {
        let candidates: Vec<_> = set.keys().iter().filter_map(fitting).collect();
        return match candidates.len() {
            0 => Err(format!("The token names no key, and {}", none_fits(set))),
            1 => {
                let reason = format!("The token names no key; {} is the only one that fits", candidates[0].0.label());
                Ok((candidates, pass(reason)))
            }
            many => Err(format!(
                "The token names no key (`kid`), though the key set has {many} that fit; OpenID Connect demands it then"
            )),
        };
    };
    let Some(kid) = named.as_str() else {
        return Err("`kid` in the header is not text".to_owned());
    };
    let same_id: Vec<&Key> = set.keys().iter().filter(|key| key.id.as_deref() == Some(kid)).collect();
    let Some(first) = same_id.first() else {
        return Err(unknown_key(set, kid));
    };
    let candidates: Vec<_> = same_id.iter().copied().filter_map(fitting).collect();
    if candidates.is_empty() {
        let why = first.material_for(algorithm).err().unwrap_or_default();
        return Err(format!("The key {} {why}", quoted(kid)));
    }
    Ok((candidates, pass(quoted(kid))))
}

fn none_fits(set: &KeySet) -> String {
    match set.keys() {
        [] => "the key set is empty".to_owned(),
        [only] => match only.unusable() {
            Some(why) => format!("the only key of the set {why}"),
            None => "the only key of the set does not fit its algorithm".to_owned(),
        },
        many => format!("none of the {} keys of the set fits its algorithm", many.len()),
    }
}

/// kinde.md section 9, row 11.
fn unknown_key(set: &KeySet, kid: &str) -> String {
    let kid = quoted(kid);
    if set.keys().is_empty() {
        return format!("The key {kid} is not in the key set, which is empty");
    }
    let known = list(set.keys().iter().filter_map(|key| key.id.as_deref()), 2);
    let known = if known.is_empty() { "only keys without `kid`".to_owned() } else { known };
    format!(
        "The key {kid} is not in the key set, which has {known}: the token is of another environment or region, or the \
         keys have changed since they were read"
    )
}

fn check_signature(token: &str, algorithm: Algorithm, candidates: &[Candidate<'_>]) -> Check {
    let id = CheckId::Signature;
    let Some((message, signature)) = token.rsplit_once('.') else {
        return check(id, Outcome::Fail, "There is no signature");
    };
    if signature.is_empty() {
        return check(id, Outcome::Fail, "The signature is empty");
    }
    match candidates.iter().find(|(_, material)| algorithm.verifies(material, message.as_bytes(), signature)) {
        Some((key, _)) => check(id, Outcome::Pass, format!("Fits the key {}", key.label())),
        None => {
            let keys = list_labels(candidates);
            let reason = format!("Does not fit the key {keys}: the token was changed, or another key signed it");
            check(id, Outcome::Fail, reason)
        }
    }
}

fn list_labels(candidates: &[Candidate<'_>]) -> String {
    candidates.first().map_or_else(String::new, |(key, _)| key.label())
}
