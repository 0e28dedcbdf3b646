//! The ports that the flows run on, and the one way to a provider: [`AuthContext::call`].
//!
//! Invariant: nothing is sent to a provider without a redacted record of it in the sign-in log, and every token of
//! an answer is registered as a secret before anything of that answer is recorded.

use std::sync::Arc;

use serde_json::Value;
use url::Url;

use crate::auth::text;
use crate::model::port::{Clock, Random, Trace, Transport};
use crate::model::wire::{ProviderExchange, TransportError, WireRequest, WireResponse};
use crate::redact::{self, MASK};

/// How much of a body the sign-in log keeps.
const LOGGED_BODY: usize = 4 * 1024;

/// Members of a provider's answers whose values are secrets.
const SECRET_MEMBERS: [&str; 5] = ["access_token", "id_token", "refresh_token", "device_code", "client_secret"];

/// Further parameters of forms and URLs whose values are secrets.
const SECRET_PARAMETERS: [&str; 7] =
    ["code", "code_verifier", "id_token_hint", "token", "assertion", "client_assertion", "password"];

/// The ports, shared by clones.
#[derive(Clone)]
pub struct AuthContext {
    /// Sends requests to providers.
    pub transport: Arc<dyn Transport>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for state, nonce and verifier.
    pub random: Arc<dyn Random>,
    /// The sign-in log.
    pub trace: Arc<dyn Trace>,
}

impl AuthContext {
    /// Sends `request` and records a redacted copy of the exchange.
    pub async fn call(&self, request: WireRequest) -> Result<WireResponse, TransportError> {
        let at = self.clock.now();
        let purpose = request.purpose;
        let method = request.method;
        let url = masked_url(&request.url);
        let form =
            request.form.iter().map(|(name, value)| (name.clone(), masked_field(name, value.masked()))).collect();

        let answer = self.transport.send(request).await;
        let (result, body, elapsed) = match &answer {
            Ok(response) => (Ok(response.status), masked_body(&response.body), response.elapsed),
            Err(error) => (Err(error.clone()), String::new(), self.clock.now().since(at)),
        };
        self.trace.record(ProviderExchange { at, purpose, method, url, form, result, body, elapsed });
        answer
    }

    /// `bytes` random bytes in base64url without padding.
    pub(super) fn random_text(&self, bytes: usize) -> String {
        use base64::Engine;
        let mut buffer = zeroize::Zeroizing::new(vec![0; bytes]);
        self.random.fill(&mut buffer);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(buffer.as_slice())
    }
}

fn masked_field(name: &str, value: &str) -> String {
    if SECRET_MEMBERS.contains(&name) || SECRET_PARAMETERS.contains(&name) {
        return MASK.to_owned();
    }
    redact::mask(value).into_owned()
}

/// The URL without a user name, and with secret parameters masked.
fn masked_url(url: &Url) -> String {
    let mut shown = url.clone();
    if url.query().is_some() {
        let pairs: Vec<(String, String)> =
            url.query_pairs().map(|(name, value)| (name.to_string(), masked_field(&name, &value))).collect();
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    // Only URLs that cannot have a user name refuse this.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    text::line(shown.as_str())
}

/// The body for the log. JSON is written anew with its secret fields masked by name, because a provider may escape
/// a token so that its text is not found in the raw body; then everything is masked by value.
fn masked_body(body: &[u8]) -> String {
    let shown = match serde_json::from_slice::<Value>(body) {
        Ok(mut value) if value.is_object() || value.is_array() => {
            hide_secrets(&mut value);
            value.to_string()
        }
        _ => {
            register_form(body);
            String::from_utf8_lossy(body).into_owned()
        }
    };
    text::block(&redact::mask(&shown), LOGGED_BODY)
}

fn hide_secrets(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                match member {
                    Value::String(secret) if SECRET_MEMBERS.contains(&name.as_str()) => {
                        redact::register(secret);
                        MASK.clone_into(secret);
                    }
                    other => hide_secrets(other),
                }
            }
        }
        Value::Array(entries) => entries.iter_mut().for_each(hide_secrets),
        _ => {}
    }
}

/// Some providers answer in form encoding; bearcat does not read that, but must not log its tokens either.
fn register_form(body: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(body) {
        if SECRET_MEMBERS.contains(&name.as_ref()) {
            redact::register(&value);
        }
    }
}

#[cfg(test)]
mod tests;
