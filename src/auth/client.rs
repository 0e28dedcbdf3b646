//! How the client proves itself to the provider (RFC 6749 section 2.3, OIDC Core section 9).
//!
//! Public clients send their id only. Secrets go into the body where the provider lists that (Kinde takes nothing
//! else), into an HTTP Basic header where it does not.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::model::identity::{ClientAuthentication, Identity};
use crate::model::provider::ProviderMetadata;
use crate::model::wire::{FieldValue, WireRequest};
use crate::redact::{ClientSecret, SecretText};

/// Adds the client's id, and its secret where it has one.
pub fn authenticate(request: &mut WireRequest, identity: &Identity, metadata: &ProviderMetadata) {
    let Some(client_id) = &identity.client_id else {
        return;
    };
    let id = ("client_id".to_owned(), FieldValue::Plain(client_id.clone()));
    match (&identity.client_secret, method(identity.client_authentication, metadata)) {
        (None, _) => request.form.push(id),
        (Some(secret), ClientAuthentication::Basic) => {
            request.headers.push(("Authorization", FieldValue::Secret(basic(client_id, secret))));
        }
        (Some(secret), ClientAuthentication::Post | ClientAuthentication::FromMetadata) => {
            request.form.push(id);
            let secret = FieldValue::Secret(SecretText::new(secret.expose()));
            request.form.push(("client_secret".to_owned(), secret));
        }
    }
}

/// Resolves [`ClientAuthentication::FromMetadata`]. Metadata without a list means Basic by the standard.
fn method(wanted: ClientAuthentication, metadata: &ProviderMetadata) -> ClientAuthentication {
    if wanted != ClientAuthentication::FromMetadata {
        return wanted;
    }
    let takes = |name: &str, methods: &[String]| methods.iter().any(|method| method == name);
    match &metadata.token_endpoint_auth_methods {
        _ if metadata.is_kinde() => ClientAuthentication::Post,
        Some(methods) if takes("client_secret_post", methods) => ClientAuthentication::Post,
        Some(methods) if takes("client_secret_basic", methods) => ClientAuthentication::Basic,
        Some(_) => ClientAuthentication::Post,
        None => ClientAuthentication::Basic,
    }
}

/// `Basic …` with id and secret form-encoded before they are joined, as RFC 6749 section 2.3.1 wants.
fn basic(client_id: &str, secret: &ClientSecret) -> SecretText {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret.expose())));
    crate::redact::register(&credentials);
    SecretText::new(format!("Basic {credentials}"))
}

#[cfg(test)]
mod tests;
