//! Signs the tokens of a family and puts the token endpoint's answer together.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::demo::claims;
use crate::demo::directory::{Client, User};
use crate::demo::family::{IssuedAccess, RefreshChain, TokenFamily};
use crate::demo::faults::{ExpiresIn, Faults};
use crate::demo::grant::{AccessRequest, SignedIn};
use crate::demo::jwt::{self, Claims};
use crate::demo::keys::SigningKey;
use crate::demo::oauth_error::OAuthError;
use crate::demo::random;
use crate::demo::state::State;
use crate::demo::token_fault::{KeyIdFault, TokenFault};
use crate::model::time::Timestamp;

/// What the token endpoint answers.
pub struct TokenAnswer {
    /// `access_token`.
    pub access_token: String,
    /// `id_token`.
    pub id_token: Option<String>,
    /// `refresh_token`.
    pub refresh_token: Option<String>,
    /// `expires_in`, in seconds.
    pub expires_in: u64,
    /// How it is written.
    pub expires_in_form: ExpiresIn,
    /// `scope`.
    pub scope: Option<String>,
    /// `token_type`: lower case for users, upper for machines, as Kinde's samples have it.
    pub token_type: &'static str,
}

impl TokenAnswer {
    /// The JSON body.
    pub fn to_json(&self) -> Value {
        let mut body = Map::new();
        body.insert("access_token".to_owned(), json!(self.access_token));
        match self.expires_in_form {
            ExpiresIn::Number => body.insert("expires_in".to_owned(), json!(self.expires_in)),
            ExpiresIn::Text => body.insert("expires_in".to_owned(), json!(self.expires_in.to_string())),
            ExpiresIn::Missing => None,
        };
        let optional = [("id_token", &self.id_token), ("refresh_token", &self.refresh_token), ("scope", &self.scope)];
        for (name, value) in optional {
            body.extend(value.as_ref().map(|value| (name.to_owned(), json!(value))));
        }
        body.insert("token_type".to_owned(), json!(self.token_type));
        Value::Object(body)
    }
}

/// What minting needs, gathered once per request.
pub struct Mint<'a> {
    /// The key.
    pub key: &'a SigningKey,
    /// The knobs.
    pub faults: &'a Faults,
    /// The issuer's time.
    pub now: Timestamp,
}

impl Mint<'_> {
    /// Starts a token family and hands out its first tokens. Returns the family's number with them.
    pub fn first_tokens(
        &self,
        state: &mut State,
        request: AccessRequest,
        signed_in: SignedIn,
    ) -> Result<(u64, TokenAnswer), OAuthError> {
        let user = user_of(state, &signed_in)?;
        let access = self.access(&request, &user);
        let wants_refresh = request.has_scope("offline") && !self.faults.omit_refresh_token;
        let refresh = wants_refresh.then(|| RefreshChain::start(self.now, self.faults.refresh_lifetime));
        let nonce = request.nonce.clone();
        let id = state.families.len() as u64;
        let family = TokenFamily { id, request, signed_in, access: Some(access.clone()), refresh, is_revoked: false };
        let id_token = self.id(&family, &user, nonce.as_deref(), &self.faults.id_token);
        let answer = self.user_answer(&family, &access, id_token, self.faults.access_lifetime);
        state.families.push(family);
        Ok((id, answer))
    }

    /// A user's access token.
    pub fn access(&self, request: &AccessRequest, user: &User) -> IssuedAccess {
        let jti = random::uuid();
        let lifetime = self.faults.access_lifetime;
        let claims = claims::access(request, user, &jti, self.now, lifetime);
        let token = self.sign(claims, &self.faults.access_token, request.client);
        IssuedAccess { token, jti, expires_at: self.now.plus(Duration::from_secs(lifetime)) }
    }

    /// The ID token of a family, where `openid` was asked for. A refreshed one has no nonce (OIDC Core section 12.2).
    pub fn id(&self, family: &TokenFamily, user: &User, nonce: Option<&str>, fault: &TokenFault) -> Option<String> {
        if !family.request.has_scope("openid") || self.faults.omit_id_token {
            return None;
        }
        let access_token = family.access.as_ref().map_or("", |access| access.token.as_str());
        let lifetime = self.faults.id_lifetime;
        let mut claims = claims::id(&family.request, user, &family.signed_in, access_token, self.now, lifetime);
        claims.extend(nonce.map(|nonce| ("nonce".to_owned(), json!(nonce))));
        Some(self.sign(claims, fault, family.request.client))
    }

    /// The answer with a family's tokens.
    pub fn user_answer(
        &self,
        family: &TokenFamily,
        access: &IssuedAccess,
        id_token: Option<String>,
        expires_in: u64,
    ) -> TokenAnswer {
        TokenAnswer {
            access_token: access.token.clone(),
            id_token,
            refresh_token: family.refresh.as_ref().map(|chain| chain.current.clone()),
            expires_in,
            expires_in_form: self.faults.expires_in,
            scope: Some(family.request.scopes.join(" ")),
            token_type: "bearer",
        }
    }

    /// The broken access token of kinde.md 5.1: no `exp`, no `sub`, no `kid`.
    pub fn stripped_access(&self, client: &Client) -> String {
        let empty: [&str; 0] = [];
        let claims = [
            ("aud", json!(empty)),
            ("iat", json!(self.now.seconds())),
            ("jti", json!(random::uuid())),
            ("scp", json!(empty)),
        ];
        let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.sign(claims, &TokenFault::key_id(KeyIdFault::Absent), client)
    }

    /// Signs, as the fault says.
    pub fn sign(&self, claims: Claims, fault: &TokenFault, client: &Client) -> String {
        jwt::write(claims, self.key, fault, client.secret.unwrap_or(client.id))
    }
}

/// The user who signed in; users can be taken away while the demo runs.
pub fn user_of(state: &State, signed_in: &SignedIn) -> Result<User, OAuthError> {
    let user = state.user(&signed_in.user_id).cloned();
    user.ok_or_else(|| OAuthError::invalid_grant("The user no longer exists"))
}
