//! Would the selected request pass, and as whom? The pre-flight of [`crate::token::preflight`] with what the state
//! knows. Read by the Auth tab and by "act as once"; nothing here changes anything.

use crate::app::preview::{PieceKind, Previewer};
use crate::app::session::SessionState;
use crate::app::state::AppState;
use crate::http::plan::url;
use crate::model::identity::{Grant, Identity, IdentityName, Origin};
use crate::model::request::{RequestBlock, TokenCarrier};
use crate::token::preflight::{Destination, Flight, Held, HeldSession, Preflight, preflight};

/// Somebody who could send the selected request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who; `anonymous` too.
    pub name: IdentityName,
    /// What is known before sending.
    pub preflight: Preflight,
}

impl AppState {
    /// The pre-flight of the selected request as it would be sent now.
    pub fn preflight(&self) -> Option<Preflight> {
        let request = self.selected_request()?;
        Some(self.preflight_of(request, self.effective_identity()))
    }

    /// Everybody who could send the selected request, in the order of the identities; `anonymous` last.
    pub fn candidates(&self) -> Vec<Candidate> {
        let Some(request) = self.selected_request() else { return Vec::new() };
        let identities = self.identities.iter().map(|identity| Candidate {
            name: identity.name.clone(),
            preflight: self.preflight_of(request, Some(&identity.name)),
        });
        let nobody =
            Candidate { name: IdentityName::new(IdentityName::ANONYMOUS), preflight: self.preflight_of(request, None) };
        identities.chain([nobody]).collect()
    }

    /// `identity`: `None` sends no token.
    fn preflight_of(&self, request: &RequestBlock, identity: Option<&IdentityName>) -> Preflight {
        let carrier = self.carrier_of(request);
        let definition = identity.and_then(|name| self.identity_named(name));
        let held = match (identity, definition) {
            _ if request.has_own_authorization() && carrier == TokenCarrier::Bearer => Held::Own,
            (None, _) => Held::Nothing,
            (Some(_), None) => Held::SignedOut,
            (Some(name), Some(definition)) => self.held(name, definition),
        };
        let destination = match definition {
            Some(definition) => self.destination(request, definition),
            None => Destination::Unknown(String::new()),
        };
        preflight(&Flight { require: &request.directives.require, carrier, destination, held }, self.now)
    }

    fn held(&self, name: &IdentityName, definition: &Identity) -> Held<'_> {
        match self.sessions.get(name) {
            Some(SessionState::SignedIn(view) | SessionState::Refreshing(view)) => Held::Session(HeldSession {
                access: &view.access.inspection,
                verdict: &view.access.verdict,
                expires_at: view.tokens.expires_at,
                id: view.id.as_ref().map(|id| &id.inspection),
                refreshes: view.tokens.refresh.is_some() || definition.grant == Grant::ClientCredentials,
            }),
            Some(SessionState::SignedOut) => Held::SignedOut,
            None | Some(SessionState::Unknown | SessionState::Loading | SessionState::Failed(_)) => Held::NotLoaded,
        }
    }

    /// Where the selected request goes, and may this identity's token go there?
    fn destination(&self, request: &RequestBlock, identity: &Identity) -> Destination {
        let preview = Previewer::new(self).show(&request.url.text);
        let is_known = |kind| matches!(kind, PieceKind::Literal | PieceKind::Filled);
        let known: String =
            preview.pieces.iter().take_while(|piece| is_known(piece.kind)).map(|piece| piece.text.as_str()).collect();
        let is_whole = preview.pieces.iter().all(|piece| is_known(piece.kind));
        // Scheme and host are settled when something of the path is there.
        let after_scheme = known.split_once("://").map_or(known.as_str(), |(_, rest)| rest);
        if !is_whole && !after_scheme.contains(['/', '?']) {
            return Destination::Unknown("The host is known only when the request is sent".to_owned());
        }
        let host = request.headers.iter().find(|header| header.name.text.eq_ignore_ascii_case("host"));
        let host = host.map(|header| header.value.text.as_str()).filter(|host| !Previewer::has_variables(host));
        let Some((url, origin)) = url::parse(&known, host).ok().and_then(|url| Some((url.clone(), Origin::of(&url)?)))
        else {
            return Destination::Unknown("The URL is not complete".to_owned());
        };
        let was_allowed = self.allowed_origins.contains(&(identity.name.clone(), origin.clone()));
        if identity.allows(&url) || was_allowed {
            Destination::Allowed(origin)
        } else {
            Destination::NotAllowed(origin)
        }
    }
}
