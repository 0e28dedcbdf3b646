//! The device authorisation endpoint (RFC 8628 section 3.1; kinde.md 2.2).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::demo::directory::{self, Client, ClientKind, DEVICE_CLIENT, User};
use crate::demo::faults::{DeviceDecision, Faults};
use crate::demo::front::{In, Inbound};
use crate::demo::grant::{AccessRequest, ApiScopes, DeviceGrant, DeviceState, SignedIn};
use crate::demo::oauth_error::OAuthError;
use crate::demo::png;
use crate::demo::random;
use crate::demo::state::Shared;
use crate::model::time::Timestamp;

/// Device codes that are kept at most; the oldest give way.
const MOST_DEVICES: usize = 1_000;

/// `POST /oauth2/device/auth`.
pub async fn authorize(State(shared): State<Arc<Shared>>, inbound: In) -> Response {
    match begin(&shared, &inbound) {
        Ok(answer) => ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn begin(shared: &Shared, inbound: &Inbound) -> Result<Value, OAuthError> {
    let form = inbound.form.as_ref().ok_or_else(|| OAuthError::invalid_request("The body must be a form"))?;
    if let Some(name) = form.repeated() {
        return Err(OAuthError::invalid_request(format!("The parameter {name} came twice")));
    }
    let client = device_client(form.get("client_id"))?;
    let now = shared.issuer_now();
    let request = AccessRequest::read(client, inbound.issuer.clone(), form, ApiScopes::All, now)?;
    let faults = shared.faults.snapshot();
    let mut state = shared.state();
    let grant = grant(request, &faults, &state.users, now);
    let answer = describe(&grant, &faults);
    state.devices.retain(|device| now < device.expires_at.plus(Duration::from_hours(1)));
    if state.devices.len() >= MOST_DEVICES {
        state.devices.remove(0);
    }
    state.devices.push(grant);
    Ok(answer)
}

/// The client, or the default device application where none is named (kinde.md 2.1).
fn device_client(id: Option<&str>) -> Result<&'static Client, OAuthError> {
    let Some(id) = id else { return Ok(&DEVICE_CLIENT) };
    let client = directory::client(id).ok_or_else(OAuthError::invalid_client)?;
    if client.kind != ClientKind::Device {
        return Err(OAuthError::unauthorized_client("This application may not use the device flow"));
    }
    Ok(client)
}

fn grant(request: AccessRequest, faults: &Faults, users: &[User], now: Timestamp) -> DeviceGrant {
    let lifetime = match faults.device_decision {
        DeviceDecision::Expired => 0,
        _ => faults.device_lifetime,
    };
    let state = match &faults.device_decision {
        DeviceDecision::Person | DeviceDecision::Expired => DeviceState::Waiting,
        DeviceDecision::Denied => DeviceState::Denied,
        DeviceDecision::Approved(email) => match users.iter().find(|user| user.email == *email) {
            Some(user) => {
                let signed_in = SignedIn { user_id: user.id.clone(), auth_time: now.seconds(), browser: None };
                DeviceState::Approved(signed_in)
            }
            None => DeviceState::Waiting,
        },
    };
    DeviceGrant {
        device_code: format!("kinde_dc_{}", random::base64url::<32>()),
        user_code: random::user_code(),
        request,
        expires_at: now.plus(Duration::from_secs(lifetime)),
        interval: faults.device_interval,
        polled_at: None,
        state,
    }
}

fn describe(grant: &DeviceGrant, faults: &Faults) -> Value {
    let verification_uri = format!("{}/device", grant.request.issuer);
    let complete = format!("{verification_uri}?user_code={}", grant.user_code);
    let mut answer = json!({
        "device_code": grant.device_code,
        "user_code": grant.user_code,
        "verification_uri": verification_uri,
        "verification_uri_complete": complete,
        "expires_in": faults.device_lifetime,
        "interval": faults.device_interval,
        "qr_code": png::qr_data_uri(&complete),
    });
    if faults.omit_interval
        && let Some(members) = answer.as_object_mut()
    {
        members.shift_remove("interval");
    }
    answer
}
