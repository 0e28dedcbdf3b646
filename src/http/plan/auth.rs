//! Whose token a request carries, how, and whether it may go where the request goes.

use std::collections::BTreeSet;

use ::url::Url;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use crate::http::cookie_mode;
use crate::http::plan::error::PlanError;
use crate::http::plan::header;
use crate::http::plan::texts::Texts;
use crate::http::plan::url::{self, Target};
use crate::http::plan::{PlanInput, PlanNote, PlannedHeader};
use crate::model::exchange::TokenUsed;
use crate::model::identity::{IdentityName, Origin, is_loopback};
use crate::model::request::{AuthDirective, RequestBlock, TokenCarrier};
use crate::model::session::TokenSet;
use crate::redact::MASK;
use crate::template::Guarded;

/// Shorter values are not looked for in a request: they stand there by chance.
const SHORTEST_TOKEN: usize = 8;

/// Longest payload that is decoded for its `jti`.
const LONGEST_PAYLOAD: usize = 64 * 1024;

/// Whose token to attach, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectiveAuth {
    /// Whose.
    pub identity: IdentityName,
    /// Header or cookies.
    pub carrier: TokenCarrier,
}

/// Who the user is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenIdentity {
    /// The current identity; `# @auth` of a request wins over it.
    Current(Option<IdentityName>),
    /// `--as`, or "act as": wins over `# @auth`.
    ActAs(IdentityName),
}

/// Whose token a request carries: `# @no-auth` says none, "act as" wins over `# @auth`, and that over the
/// current identity. `carrier` overrides what the request says.
pub fn effective_auth(
    block: &RequestBlock,
    chosen: &ChosenIdentity,
    carrier: Option<TokenCarrier>,
) -> Option<EffectiveAuth> {
    let (written, written_carrier) = match &block.directives.auth {
        Some(AuthDirective::None) => return None,
        Some(AuthDirective::Identity { name, carrier }) => (Some(name), *carrier),
        None => (None, TokenCarrier::default()),
    };
    let identity = match (chosen, written) {
        (ChosenIdentity::ActAs(identity), _) => identity,
        (ChosenIdentity::Current(_), Some(identity)) => identity,
        (ChosenIdentity::Current(current), None) => current.as_ref()?,
    };
    (!identity.is_anonymous())
        .then(|| EffectiveAuth { identity: identity.clone(), carrier: carrier.unwrap_or(written_carrier) })
}

/// Which token this is, without its value.
pub fn token_used(identity: &IdentityName, carrier: TokenCarrier, token: &str) -> TokenUsed {
    TokenUsed { identity: identity.clone(), carrier, jti: token_id(token), fingerprint: fingerprint(token) }
}

/// What a plan carries.
pub(super) struct Credentials {
    pub(super) identity: Option<IdentityName>,
    pub(super) token: Option<TokenUsed>,
    pub(super) notes: Vec<PlanNote>,
}

impl Credentials {
    /// Attaches the token, unless the request has credentials of its own.
    pub(super) fn attach(input: &PlanInput<'_>, headers: &mut Vec<PlannedHeader>) -> Result<Self, PlanError> {
        let by_hand = written_token(input, headers);
        let Some(auth) = input.auth else {
            return Ok(Self::written(by_hand, Vec::new()));
        };
        let header = match auth.carrier {
            TokenCarrier::Bearer => "Authorization",
            TokenCarrier::Cookie => "Cookie",
        };
        if has_own(headers, auth.carrier) {
            let same = by_hand.as_ref().is_some_and(|token| token.identity == auth.identity);
            let note = PlanNote::HandWrittenCredentials { header, instead_of: auth.identity.clone() };
            return Ok(Self::written(by_hand, if same { Vec::new() } else { vec![note] }));
        }
        let tokens = input.tokens.get(&auth.identity).ok_or_else(|| PlanError::NotSignedIn(auth.identity.clone()))?;
        match auth.carrier {
            TokenCarrier::Bearer => {
                let value = format!("Bearer {}", tokens.access.expose());
                headers.push(header::added(header, value, format!("Bearer {MASK}"))?);
            }
            TokenCarrier::Cookie => attach_cookies(&auth.identity, tokens, headers)?,
        }
        let token = token_used(&auth.identity, auth.carrier, tokens.access.expose());
        Ok(Self { identity: Some(auth.identity.clone()), token: Some(token), notes: Vec::new() })
    }

    fn written(token: Option<TokenUsed>, notes: Vec<PlanNote>) -> Self {
        Self { identity: token.as_ref().map(|token| token.identity.clone()), token, notes }
    }

    /// Refuses a plan that would carry any token to an origin that its identity does not allow: the attached
    /// one, every one that a template asked for, and every one that stands in the request by value. The same for the
    /// user's own secrets. Returns what it would carry.
    pub(super) fn check_origin(
        &self,
        input: &PlanInput<'_>,
        texts: &Texts,
        target: &Target,
        headers: &[PlannedHeader],
    ) -> Result<Holders, PlanError> {
        let mut identities: BTreeSet<IdentityName> = texts.tokens();
        identities.extend(self.identity.clone());
        for (identity, tokens) in input.tokens {
            if texts.sent().any(|text| holds_token(&text.text, tokens)) {
                identities.insert(identity.clone());
            }
        }
        let mut guarded = texts.guarded();
        for (secret, value) in input.secrets {
            let value = value.expose();
            if value.len() >= SHORTEST_TOKEN && texts.sent().any(|text| text.text.contains(value)) {
                guarded.insert(secret.clone());
            }
        }
        if identities.is_empty() && guarded.is_empty() {
            return Ok(Holders::default());
        }
        let named = named_places(headers, &target.url)?;
        // The ones to show: the token may stand in the host.
        let shown = named.iter().map(url::masked);
        let places = std::iter::once((&target.url, target.shown.clone())).chain(named.iter().zip(shown));
        for (url, shown) in places {
            let origin = || Origin::of(&shown).expect("a planned URL is http or https, and those have origins");
            if let Some(identity) = identities.iter().find(|identity| !(input.allowed)(identity, url)) {
                return Err(PlanError::OriginNotAllowed { identity: identity.clone(), origin: origin() });
            }
            let secret = guarded.iter().find(|secret| !is_loopback(url) && !(input.guard)(secret, url));
            if let Some(secret) = secret {
                return Err(PlanError::SecretNotAllowed { secret: secret.clone(), origin: origin() });
            }
        }
        Ok(Holders { sessions: identities, guarded })
    }
}

/// What a request carries that may not go everywhere.
#[derive(Default)]
pub(super) struct Holders {
    /// Whose sessions' tokens.
    pub(super) sessions: BTreeSet<IdentityName>,
    /// Which of the user's own secrets.
    pub(super) guarded: BTreeSet<Guarded>,
}

/// Where the request really goes by its `Host` headers, when they name another host than the URL: a front that serves
/// many (a CDN) goes by them. This machine's own virtual hosts are of no concern.
fn named_places(headers: &[PlannedHeader], url: &Url) -> Result<Vec<Url>, PlanError> {
    let mut places = Vec::new();
    for header in headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host") && !is_loopback(url)) {
        let host = header.value.expose().trim();
        let place =
            Url::parse(&format!("{}://{host}/", url.scheme())).ok().filter(|_| !host.contains(['/', '@', '\\']));
        match place {
            Some(place) if place.host() == url.host() => {}
            Some(place) if place.path() == "/" && place.query().is_none() && place.fragment().is_none() => {
                places.push(place);
            }
            _ => {
                let reason = "it is not the name of a host";
                return Err(PlanError::BadHeader { name: header.name.clone(), reason, place: None });
            }
        }
    }
    Ok(places)
}

/// Does the request have credentials of its own, of the kind that would be attached?
fn has_own(headers: &[PlannedHeader], carrier: TokenCarrier) -> bool {
    match carrier {
        TokenCarrier::Bearer => header::find(headers, "authorization").is_some(),
        TokenCarrier::Cookie => cookies(headers).any(|(name, _)| cookie_mode::is_session_cookie(name)),
    }
}

fn cookies(headers: &[PlannedHeader]) -> impl Iterator<Item = (&str, &str)> {
    headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case("cookie"))
        .flat_map(|header| header.value.expose().split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
}

/// The session's token that stands in the request's own `Authorization` or `Cookie` header.
fn written_token(input: &PlanInput<'_>, headers: &[PlannedHeader]) -> Option<TokenUsed> {
    headers.iter().find_map(|header| {
        let carrier = match header.name.to_ascii_lowercase().as_str() {
            "authorization" => TokenCarrier::Bearer,
            "cookie" => TokenCarrier::Cookie,
            _ => return None,
        };
        let value = header.value.expose();
        input
            .tokens
            .iter()
            .find_map(|(identity, tokens)| sent_token(value, tokens).map(|token| token_used(identity, carrier, token)))
    })
}

/// The token of the session that `text` holds: the access token if both are there.
fn sent_token<'a>(text: &str, tokens: &'a TokenSet) -> Option<&'a str> {
    let id = tokens.id.as_ref().map(crate::redact::IdToken::expose);
    [Some(tokens.access.expose()), id]
        .into_iter()
        .flatten()
        .find(|token| token.len() >= SHORTEST_TOKEN && text.contains(token))
}

fn holds_token(text: &str, tokens: &TokenSet) -> bool {
    let refresh = tokens.refresh.as_ref().map(crate::redact::RefreshToken::expose);
    sent_token(text, tokens).is_some()
        || refresh.is_some_and(|token| token.len() >= SHORTEST_TOKEN && text.contains(token))
}

fn attach_cookies(
    identity: &IdentityName,
    tokens: &TokenSet,
    headers: &mut Vec<PlannedHeader>,
) -> Result<(), PlanError> {
    let id = tokens.id.as_ref().ok_or_else(|| PlanError::NoIdToken(identity.clone()))?;
    let session = cookie_mode::session_cookies(tokens.access.expose(), id.expose());
    if session.iter().any(|(_, value)| value.contains([';', ',', '"', '\\', ' '])) {
        let reason = "the token has characters that a cookie cannot hold";
        return Err(PlanError::BadHeader { name: "Cookie".to_owned(), reason, place: None });
    }
    // One `Cookie` header for all (RFC 6265 section 5.4): the ones that were written go first.
    let (written, mut shown): (Vec<_>, Vec<_>) =
        cookies(headers).map(|(name, value)| (format!("{name}={value}"), format!("{name}={MASK}"))).unzip();
    let ours = session.iter().map(|(name, value)| format!("{name}={value}"));
    let value = written.into_iter().chain(ours).collect::<Vec<_>>().join("; ");
    shown.extend(session.iter().map(|(name, _)| format!("{name}={MASK}")));
    headers.retain(|header| !header.name.eq_ignore_ascii_case("cookie"));
    headers.push(header::added("Cookie", value, shown.join("; "))?);
    Ok(())
}

/// The first 12 hex digits of the token's SHA-256.
fn fingerprint(token: &str) -> String {
    digest(&SHA256, token.as_bytes()).as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The `jti` of a JWT (RFC 7519 section 4.1.7), if it is a short text.
fn token_id(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1).filter(|payload| payload.len() <= LONGEST_PAYLOAD)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let id = claims.get("jti")?.as_str()?;
    (id.len() <= 200 && !id.chars().any(char::is_control)).then(|| id.to_owned())
}
