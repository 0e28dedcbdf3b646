//! The refresh grant (RFC 6749 section 6; kinde.md 5.1): rotation with a grace, and the same access token again.

use crate::demo::directory::Client;
use crate::demo::family::{IssuedAccess, RefreshRefusal, RefreshRules, TokenFamily};
use crate::demo::faults::{Faults, RefreshedExpiresIn};
use crate::demo::issuer::token::mint::{Mint, TokenAnswer, user_of};
use crate::demo::issuer::token::{TokenRequest, client};
use crate::demo::oauth_error::OAuthError;
use crate::demo::state::State;

/// Hands out the tokens of a family again.
pub fn refresh(request: &TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let client = client::authenticate(request.shared, request.form, request.headers)?;
    let token = request.form.get("refresh_token");
    let token = token.ok_or_else(|| OAuthError::invalid_request("The refresh_token is missing"))?;
    let faults = request.shared.faults.snapshot();
    let mint = Mint { key: request.key, faults: &faults, now: request.shared.issuer_now() };
    let mut state = request.shared.state();
    let index = family_of(&state, token, client)?;
    let user = user_of(&state, &state.families[index].signed_in)?;
    let family = &mut state.families[index];
    family.take_refresh(token, mint.now, rules(&faults)).map_err(refusal)?;
    if faults.refreshed_token_without_exp {
        return Ok(stripped(&mint, family));
    }
    let living = family.living_access(mint.now).filter(|_| !faults.always_new_access_token).cloned();
    let access = living.clone().unwrap_or_else(|| mint.access(&family.request, &user));
    family.access = Some(access.clone());
    let expires_in = match (living, faults.refreshed_expires_in) {
        (Some(access), RefreshedExpiresIn::Remaining) => access.expires_at.since(mint.now).as_secs(),
        _ => faults.access_lifetime,
    };
    let id_token = mint.id(family, &user, None, &faults.refreshed_id_token);
    let mut answer = mint.user_answer(family, &access, id_token, expires_in);
    if faults.refresh_without_rotation || faults.omit_refresh_token {
        answer.refresh_token = None;
    }
    Ok(answer)
}

fn family_of(state: &State, token: &str, client: &Client) -> Result<usize, OAuthError> {
    let holds = |family: &TokenFamily| family.refresh.as_ref().is_some_and(|chain| chain.holds(token));
    let is_clients = |family: &TokenFamily| family.request.client.id == client.id;
    let index = state.families.iter().position(|family| holds(family) && is_clients(family));
    index.ok_or_else(|| OAuthError::invalid_grant("The refresh token is not known"))
}

const fn rules(faults: &Faults) -> RefreshRules {
    RefreshRules {
        lifetime: faults.refresh_lifetime,
        grace: faults.rotation_grace,
        reuse: faults.reuse,
        keep: faults.refresh_without_rotation,
    }
}

fn refusal(refusal: RefreshRefusal) -> OAuthError {
    OAuthError::invalid_grant(match refusal {
        RefreshRefusal::Revoked => "The refresh token was revoked",
        RefreshRefusal::Expired => "The refresh token has expired",
        RefreshRefusal::Rotated => "The refresh token was used before",
    })
}

/// Success with a token that is none; see the fault.
fn stripped(mint: &Mint<'_>, family: &TokenFamily) -> TokenAnswer {
    let token = mint.stripped_access(family.request.client);
    let access = IssuedAccess { token, jti: String::new(), expires_at: mint.now };
    mint.user_answer(family, &access, None, mint.faults.access_lifetime)
}
