//! Provider metadata: OpenID Connect Discovery, with RFC 8414's document as the second place to look.
//!
//! The document's `issuer` must be the one that was asked for, letter by letter but for a trailing slash, which is
//! then adopted from the document. Kinde names no device endpoint, so bearcat's own is filled in (kinde.md 1.3).

use bytes::Bytes;
use serde_json::{Map, Value};
use url::Url;

use crate::auth::answer;
use crate::auth::context::AuthContext;
use crate::auth::error::{AuthError, Endpoint, NotMetadata};
use crate::auth::text;
use crate::model::identity::{Issuer, is_loopback};
use crate::model::provider::ProviderMetadata;
use crate::model::time::Timestamp;
use crate::model::wire::{WireRequest, WireResponse};

/// Kinde's device endpoint, below the issuer.
const KINDE_DEVICE_PATH: &str = "/oauth2/device/auth";

/// The most entries that are read of a list.
const LONGEST_LIST: usize = 200;

/// A document and where it came from.
#[derive(Debug)]
pub(super) struct Fetched {
    /// What it says.
    pub metadata: ProviderMetadata,
    /// Its address.
    pub url: Url,
    /// Its bytes.
    pub body: Bytes,
}

/// Reads the metadata of `issuer` over the network.
pub async fn discover(ctx: &AuthContext, issuer: &Issuer) -> Result<ProviderMetadata, AuthError> {
    Ok(fetch(ctx, issuer).await?.metadata)
}

/// The same, with the document itself.
pub(super) async fn fetch(ctx: &AuthContext, issuer: &Issuer) -> Result<Fetched, AuthError> {
    let first = match fetch_from(ctx, issuer, openid_url(issuer)?).await {
        Err(AuthError::NotAnIssuer { issuer, url, why }) => (issuer, url, why),
        other => return other,
    };
    // Only what says "no such document" is worth a second look; a failing server is not.
    let (_, _, why) = &first;
    if !matches!(why, NotMetadata::Status(500..)) {
        match fetch_from(ctx, issuer, oauth_url(issuer)?).await {
            Err(AuthError::NotAnIssuer { .. } | AuthError::Transport { .. } | AuthError::Busy { .. }) => {}
            other => return other,
        }
    }
    let (issuer, url, why) = first;
    Err(AuthError::NotAnIssuer { issuer, url, why })
}

async fn fetch_from(ctx: &AuthContext, issuer: &Issuer, url: Url) -> Result<Fetched, AuthError> {
    let during = "discovery";
    let answer = ctx.call(WireRequest::get(during, url.clone())).await;
    let response = answer.map_err(|error| AuthError::Transport { during, error })?;
    let nothing = |why| AuthError::NotAnIssuer { issuer: issuer.to_string(), url: url.to_string(), why };
    match response.status {
        200 => {}
        300..=399 => return Err(nothing(NotMetadata::Redirect(target(&response)))),
        429 | 503 => {
            return Err(AuthError::Busy { during, status: response.status, wait: answer::wait(&response) });
        }
        status => return Err(nothing(NotMetadata::Status(status))),
    }
    if answer::looks_like_html(&response.body) {
        return Err(nothing(NotMetadata::Html));
    }
    let members = members(&response.body).map_err(|why| nothing(NotMetadata::NotJson(why)))?;
    let metadata = read(&members, issuer, ctx.clock.now())?;
    Ok(Fetched { metadata, url, body: response.body })
}

fn target(response: &WireResponse) -> String {
    response.header("location").map(answer::without_query).unwrap_or_default()
}

/// OIDC Discovery section 4: the path comes after the issuer's.
fn openid_url(issuer: &Issuer) -> Result<Url, AuthError> {
    well_known(issuer, &format!("{}/.well-known/openid-configuration", issuer.base()))
}

/// RFC 8414 section 3: the path comes between host and the issuer's path.
fn oauth_url(issuer: &Issuer) -> Result<Url, AuthError> {
    let mut url = well_known(issuer, issuer.base())?;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("/.well-known/oauth-authorization-server{path}"));
    Ok(url)
}

pub(super) fn well_known(issuer: &Issuer, text: &str) -> Result<Url, AuthError> {
    Url::parse(text).map_err(|error| AuthError::BadMetadata { issuer: issuer.to_string(), why: error.to_string() })
}

/// Reads a document that was fetched before, for `issuer`.
pub fn parse_metadata(body: &[u8], issuer: &Issuer, fetched_at: Timestamp) -> Result<ProviderMetadata, AuthError> {
    let members = members(body).map_err(|why| AuthError::BadMetadata { issuer: issuer.to_string(), why })?;
    read(&members, issuer, fetched_at)
}

fn members(body: &[u8]) -> Result<Map<String, Value>, String> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("it is JSON, but no object".to_owned()),
        Err(error) => Err(text::line(&format!("it is not JSON ({error})"))),
    }
}

fn read(members: &Map<String, Value>, asked: &Issuer, fetched_at: Timestamp) -> Result<ProviderMetadata, AuthError> {
    let bad = |why: String| AuthError::BadMetadata { issuer: asked.to_string(), why };
    let Some(found) = members.get("issuer").and_then(Value::as_str) else {
        return Err(bad("it has no `issuer`".to_owned()));
    };
    if !asked.same_base(found) {
        return Err(AuthError::IssuerMismatch { asked: asked.to_string(), found: text::line(found) });
    }
    let issuer = Issuer::parse(found).map_err(|error| bad(error.to_string()))?;
    let endpoint = |name: &str| -> Result<Option<Url>, AuthError> {
        match members.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(url)) => safe_url(url).map(Some).map_err(|why| bad(format!("`{name}` {why}"))),
            Some(_) => Err(bad(format!("`{name}` is not text"))),
        }
    };
    let list = |name: &str| strings(members.get(name));
    let mut metadata = ProviderMetadata {
        authorization_endpoint: endpoint("authorization_endpoint")?,
        token_endpoint: endpoint("token_endpoint")?,
        device_authorization_endpoint: endpoint("device_authorization_endpoint")?,
        device_endpoint_is_builtin: false,
        jwks_uri: endpoint("jwks_uri")?,
        userinfo_endpoint: endpoint("userinfo_endpoint")?,
        revocation_endpoint: endpoint("revocation_endpoint")?,
        introspection_endpoint: endpoint("introspection_endpoint")?,
        end_session_endpoint: endpoint("end_session_endpoint")?,
        scopes_supported: list("scopes_supported").unwrap_or_default(),
        token_endpoint_auth_methods: list("token_endpoint_auth_methods_supported"),
        id_token_signing_algorithms: list("id_token_signing_alg_values_supported").unwrap_or_default(),
        code_challenge_methods: list("code_challenge_methods_supported").unwrap_or_default(),
        sends_iss_parameter: members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        fetched_at,
        issuer,
    };
    if metadata.device_authorization_endpoint.is_none() && metadata.is_kinde() {
        let url = format!("{}{KINDE_DEVICE_PATH}", metadata.issuer.base());
        metadata.device_authorization_endpoint = Some(well_known(asked, &url)?);
        metadata.device_endpoint_is_builtin = true;
    }
    Ok(metadata)
}

fn strings(value: Option<&Value>) -> Option<Vec<String>> {
    let entries = value?.as_array()?;
    Some(entries.iter().filter_map(Value::as_str).take(LONGEST_LIST).map(str::to_owned).collect())
}

/// https, or http on loopback; no fragment (RFC 6749 section 3.1) and no user name. The error completes a sentence.
fn safe_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is not a URL ({error})"))?;
    if !is_safe(&url) {
        return Err(format!("has to use https: `{}`", text::line(text)));
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("has a fragment or a user name".to_owned());
    }
    Ok(url)
}

/// May secrets be sent there?
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Names an endpoint that must exist for what is being done.
pub(super) fn required<'a>(
    url: Option<&'a Url>,
    endpoint: Endpoint,
    metadata: &ProviderMetadata,
) -> Result<&'a Url, AuthError> {
    url.ok_or_else(|| AuthError::EndpointMissing { endpoint, provider: metadata.issuer.to_string() })
}

#[cfg(test)]
mod tests;
