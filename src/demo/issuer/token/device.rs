//! The device grant (RFC 8628 section 3.4 and 3.5; kinde.md 2.3): polls.

use std::time::Duration;

use crate::demo::directory::{self, Client, ClientKind, DEVICE_CLIENT};
use crate::demo::grant::{DeviceGrant, DeviceState};
use crate::demo::issuer::token::TokenRequest;
use crate::demo::issuer::token::mint::{Mint, TokenAnswer};
use crate::demo::oauth_error::OAuthError;
use crate::model::time::Timestamp;

/// Polls may come this much early: timers and clocks are not exact.
const TOLERANCE: Duration = Duration::from_millis(500);
/// What `slow_down` adds to the interval for good.
const SLOWER_BY: u64 = 5;

/// One poll.
pub fn poll(request: &TokenRequest<'_>) -> Result<TokenAnswer, OAuthError> {
    let client = polling_client(request)?;
    let device_code = request.form.get("device_code");
    let device_code = device_code.ok_or_else(|| OAuthError::invalid_request("The device_code is missing"))?;
    let must_slow_down = request.shared.faults.update(|faults| {
        let forced = faults.slow_down > 0;
        faults.slow_down = faults.slow_down.saturating_sub(1);
        forced
    });
    let faults = request.shared.faults.snapshot();
    let mint = Mint { key: request.key, faults: &faults, now: request.shared.issuer_now() };
    let mut state = request.shared.state();
    let index = state.devices.iter().position(|device| device.device_code == device_code);
    let index = index.filter(|index| state.devices[*index].request.client.id == client.id);
    let index = index.ok_or_else(|| OAuthError::invalid_grant("The device code is not known"))?;
    let device = &mut state.devices[index];
    let is_early = device.polled_at.is_some_and(|last| is_too_early(last, device.interval, mint.now));
    device.polled_at = Some(mint.now);
    if must_slow_down || (is_early && !faults.any_polling_speed) {
        device.interval += SLOWER_BY;
        return Err(OAuthError::new("slow_down", "The client polls too fast"));
    }
    let signed_in = decision(device, mint.now)?;
    let request = device.request.clone();
    device.state = DeviceState::Used;
    let (_, answer) = mint.first_tokens(&mut state, request, signed_in)?;
    Ok(answer)
}

/// The device client: the default one where none is named.
fn polling_client(request: &TokenRequest<'_>) -> Result<&'static Client, OAuthError> {
    let Some(id) = request.form.get("client_id") else { return Ok(&DEVICE_CLIENT) };
    let client = directory::client(id).ok_or_else(OAuthError::invalid_client)?;
    if client.kind != ClientKind::Device {
        return Err(OAuthError::unauthorized_client("This application may not use the device flow"));
    }
    Ok(client)
}

fn is_too_early(last: Timestamp, interval: u64, now: Timestamp) -> bool {
    now.since(last) + TOLERANCE < Duration::from_secs(interval)
}

fn decision(device: &DeviceGrant, now: Timestamp) -> Result<crate::demo::grant::SignedIn, OAuthError> {
    match &device.state {
        DeviceState::Used => Err(OAuthError::invalid_grant("The device code was used before")),
        DeviceState::Denied => Err(OAuthError::new("access_denied", "The user denied the request")),
        _ if now >= device.expires_at => Err(OAuthError::new("expired_token", "The device code has expired")),
        DeviceState::Waiting => Err(OAuthError::new("authorization_pending", "The user has not decided yet")),
        DeviceState::Approved(signed_in) => Ok(signed_in.clone()),
    }
}
