//! What the application knows of an identity's session: tokens, decoded and verified, ready to be drawn.

use crate::diagnose;
use crate::model::finding::Finding;
use crate::model::identity::{Identity, IdentityName};
use crate::model::problem::Problem;
use crate::model::session::TokenSet;
use crate::model::sign_in::{Ended, Granted, SignIn};
use crate::model::verdict::Verdict;
use crate::token::inspect::Inspection;
use crate::token::kinde::KindeClaims;

/// One token, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct InspectedToken {
    /// The decoded parts.
    pub inspection: Inspection,
    /// Kinde's claims as people mean them; empty for tokens without claims.
    pub kinde: KindeClaims,
    /// Check by check.
    pub verdict: Verdict,
}

/// A session, ready to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionView {
    /// Whose.
    pub identity: IdentityName,
    /// The tokens themselves (redacting types), for copying and for the next send.
    pub tokens: TokenSet,
    /// The access token.
    pub access: InspectedToken,
    /// The ID token.
    pub id: Option<InspectedToken>,
    /// The refresh token, if it can be read at all (Kinde's is opaque).
    pub refresh: Option<Inspection>,
}

impl SessionView {
    /// Who this is, for the status bar: e-mail, else preferred user name, else subject, else client.
    pub fn who(&self) -> String {
        let from_id = self.id.as_ref().map(|token| &token.inspection);
        for inspection in from_id.into_iter().chain([&self.access.inspection]) {
            for claim in ["email", "preferred_username", "name"] {
                if let Some(text) = inspection.text_claim(claim) {
                    return text.to_owned();
                }
            }
        }
        let access = &self.access.inspection;
        access.text_claim("sub").or_else(|| access.text_claim("azp")).unwrap_or_default().to_owned()
    }

    /// What the tokens say, for `diagnose`. Without the time of the sign-in: after a refresh it tells nothing.
    pub fn granted(&self) -> Granted {
        let access = &self.access;
        let said = self.tokens.scope.iter().flat_map(|scope| scope.split_whitespace()).map(str::to_owned);
        let scopes: Vec<String> = access.kinde.scopes.iter().cloned().chain(said).collect();
        Granted {
            audiences: access.inspection.claims.is_some().then(|| access.inspection.audiences()),
            scopes: Some(scopes),
            has_refresh_token: self.tokens.refresh.is_some(),
            has_id_token: self.tokens.id.is_some(),
            authenticated_at: None,
            obtained_at: self.tokens.obtained_at,
            is_same_token: false,
        }
    }

    /// What this session lacks of what `identity` asks for.
    pub fn findings(&self, identity: &Identity) -> Vec<Finding> {
        diagnose::sign_in(&SignIn::of(identity, Ended::Granted(self.granted())))
    }

    /// The same right after the sign-in, when its time tells whether anybody was asked.
    pub fn findings_at_login(&self, identity: &Identity) -> Vec<Finding> {
        let authenticated_at = self.id.as_ref().and_then(|id| id.inspection.time_claim("auth_time"));
        let granted = Granted { authenticated_at, ..self.granted() };
        diagnose::sign_in(&SignIn::of(identity, Ended::Granted(granted)))
    }

    /// The same right after a refresh of `before`.
    pub fn findings_after_refresh(&self, identity: &Identity, before: &Self) -> Vec<Finding> {
        let granted = Granted { is_same_token: self.tokens.access == before.tokens.access, ..self.granted() };
        diagnose::sign_in(&SignIn::of(identity, Ended::Granted(granted)))
    }
}

/// What is known of an identity's session.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum SessionState {
    /// Not asked yet.
    #[default]
    Unknown,
    /// The vault is being read, or the keys fetched.
    Loading,
    /// There is none.
    SignedOut,
    /// There is one.
    SignedIn(Box<SessionView>),
    /// There is one, and it is being refreshed.
    Refreshing(Box<SessionView>),
    /// It could not be read.
    Failed(Problem),
}

impl SessionState {
    /// The session, if there is one.
    pub fn view(&self) -> Option<&SessionView> {
        match self {
            Self::SignedIn(view) | Self::Refreshing(view) => Some(view),
            _ => None,
        }
    }
}
