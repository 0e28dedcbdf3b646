//! `c`: cookie mode. The choice is written into the request as an edit that can be undone; a route that no file has
//! keeps it for this session.

use crate::app::App;
use crate::app::documents::{Change, Moved, Splice, Step};
use crate::app::session::SessionState;
use crate::app::state::Tone;
use crate::app::update::run::Order;
use crate::collection::edit::{self, EditError, RequestEdit};
use crate::model::request::{AuthDirective, RequestId, TokenCarrier};

impl App {
    /// The other carrier, remembered, and the request again if it was sent before.
    pub(super) fn switch_carrier(&mut self) {
        let Some(request) = self.state.selected_request() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let id = request.id.clone();
        let carrier = match self.state.carrier_of(request) {
            TokenCarrier::Cookie => TokenCarrier::Bearer,
            TokenCarrier::Bearer => TokenCarrier::Cookie,
        };
        if carrier == TokenCarrier::Cookie
            && let Some(reason) = self.no_cookie_mode()
        {
            return self.notice(Tone::Bad, reason);
        }
        let told = match self.write_carrier(&id, carrier) {
            Ok(told) => told,
            // No file, or one that cannot be edited now: it is remembered as long as bearcat runs.
            Err(error) => {
                self.state.carriers.insert(id.clone(), carrier);
                remembered(carrier, &error)
            }
        };
        if self.state.runs.contains_key(&id) {
            self.order(Order::of(id));
        }
        self.notice(Tone::Neutral, told);
    }

    /// Writes it into the request. Pressed again, the edit is taken back as it was made; where others came after it, the
    /// directive is written anew.
    fn write_carrier(&mut self, id: &RequestId, carrier: TokenCarrier) -> Result<String, EditError> {
        let label = format!("cookie mode of {}", self.name_of(id));
        let is_ours = |step: &Step| step.label == label && step.after.as_ref() == Some(id);
        if carrier == TokenCarrier::Bearer && self.state.documents.undo.last().is_some_and(is_ours) {
            self.undo();
            self.state.carriers.remove(id);
            return Ok("Cookie mode taken back: the token goes as a bearer header again".to_owned());
        }
        let request = self.state.request(id).ok_or(EditError::NoRequest)?;
        let written = match &request.directives.auth {
            Some(AuthDirective::Identity { name, .. }) => Some(name),
            _ => self.state.identity_for(Some(request)),
        };
        let name = written.ok_or(EditError::NotNow("no identity signs this request"))?.clone();
        let directive = AuthDirective::Identity { name: name.clone(), carrier };
        let old = self.editable(&id.file)?;
        let new = edit::edit(old, id.index, &RequestEdit::Auth(Some(directive)))?;
        if let Some(splice) = Splice::between(old.bytes(), new.bytes()) {
            self.do_step(Step {
                label,
                changes: vec![Change::Text { path: id.file.clone(), splice, moved: Moved::Stayed }],
                carried: None,
                before: Some(id.clone()),
                after: Some(id.clone()),
            })?;
        }
        self.state.carriers.remove(id);
        Ok(match carrier {
            TokenCarrier::Cookie => {
                format!(
                    "Cookie mode: the tokens go as the Kinde SDK's cookies. Wrote `# @auth {name} cookie`: `s` saves, `c` takes it back"
                )
            }
            TokenCarrier::Bearer => {
                format!("The token goes as a bearer header. Wrote `# @auth {name}`: `s` saves, `u` undoes")
            }
        })
    }

    /// Why the selected request cannot carry its token as cookies.
    fn no_cookie_mode(&self) -> Option<String> {
        let Some(name) = self.state.effective_identity() else {
            return Some("Cookie mode needs an identity: this request goes without a token".to_owned());
        };
        match self.state.sessions.get(name).and_then(SessionState::view) {
            None => Some(format!("Cookie mode needs an ID token: sign in as `{name}` first (`l`)")),
            Some(view) if view.tokens.id.is_none() => Some(
                "Cookie mode needs an ID token and this session has none: sign in with the scope `openid`".to_owned(),
            ),
            Some(_) => None,
        }
    }
}

/// What is told when the choice could not be written.
fn remembered(carrier: TokenCarrier, error: &EditError) -> String {
    let how = match carrier {
        TokenCarrier::Cookie => "Cookie mode until bearcat ends",
        TokenCarrier::Bearer => "The token goes as a bearer header again",
    };
    match (carrier, error) {
        (TokenCarrier::Bearer, _) => how.to_owned(),
        (TokenCarrier::Cookie, EditError::Refused(_)) => {
            format!("{how}: this route has no file to write it into. `F` saves it to one, `c` takes it back")
        }
        (TokenCarrier::Cookie, other) => format!("{how}: {other}"),
    }
}
