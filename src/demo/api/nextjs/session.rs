//! The session that the SDK keeps in cookies: `access_token` and `id_token`, cut in pieces of 3,000 characters.

use std::fmt::Write;

use axum::http::HeaderMap;
use axum::http::header::{COOKIE, HeaderValue, SET_COOKIE};
use axum::response::Response;

use crate::demo::jwt::{self, Parsed, Refusal};
use crate::demo::state::Shared;

/// Longer values are cut: `access_token`, `access_token1`, `access_token2` …
const PIECE: usize = 3_000;
/// 29 days.
const MAX_AGE: u32 = 29 * 24 * 3_600;

/// A session whose cookies verify.
pub struct Session {
    /// The access token.
    pub access: Parsed,
}

impl Session {
    /// Both tokens must be there, signed by a published key, of the app's issuer and unexpired. As in the SDK since
    /// 2.5, neither `aud` nor `azp` is looked at: cookies with the tokens of any application pass.
    pub async fn read(shared: &Shared, headers: &HeaderMap) -> Option<Self> {
        let (access, id) = (cookie(headers, "access_token")?, cookie(headers, "id_token")?);
        let access = verify(shared, &access).await.ok()?;
        verify(shared, &id).await.ok()?;
        Some(Self { access })
    }
}

async fn verify(shared: &Shared, token: &str) -> Result<Parsed, Refusal> {
    let parsed = jwt::parse(token)?;
    parsed.verify_signature(&shared.published_keys().await)?;
    parsed.verify_issuer(&[&shared.addresses.issuer])?;
    parsed.verify_times(shared.clock.now().seconds())?;
    Ok(parsed)
}

/// The value of a cookie, its pieces joined.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut value = one_cookie(headers, name)?;
    for index in 1.. {
        let Some(piece) = one_cookie(headers, &format!("{name}{index}")) else { break };
        value.push_str(&piece);
    }
    Some(value)
}

fn one_cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Cuts a token as the SDK does. Tokens are ASCII, so that bytes are characters.
pub fn pieces(token: &str) -> Vec<&str> {
    let ends = (PIECE..token.len()).step_by(PIECE).chain([token.len()]);
    ends.scan(0, |start, end| token.get(std::mem::replace(start, end)..end)).collect()
}

/// Sets a cookie, cut in pieces if need be.
pub fn set_cookie(response: &mut Response, name: &str, value: &str) {
    for (index, piece) in pieces(value).into_iter().enumerate() {
        let mut text = name.to_owned();
        if index > 0 {
            let _ = write!(text, "{index}");
        }
        let _ = write!(text, "={piece}; Path=/; HttpOnly; SameSite=Lax; Max-Age={MAX_AGE}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
}
