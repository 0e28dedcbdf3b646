//! `y`: what is copied depends on the panel. The text goes to the clipboard only, never into a message or a log.

use std::fmt::Write as _;

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::msg::RunOutcome;
use crate::app::state::{Panel, ResponseTab, RunPhase, Tone};
use crate::model::exchange::SentRequest;
use crate::model::session::TokenKind;
use crate::redact::SecretText;

impl App {
    /// Copies the URL of the request, the shown part of the response, or the shown token.
    pub(super) fn copy_shown(&mut self) {
        match self.state.focus {
            Panel::Tree | Panel::Request => self.copy_url(),
            Panel::Response => self.copy_response(),
            Panel::Token => self.copy_token(),
        }
    }

    pub(super) fn copy(&mut self, what: &'static str, text: &str) {
        self.effect(Effect::Copy { what, text: SecretText::unregistered(text) });
    }

    /// The URL as it was sent, else as it is written.
    fn copy_url(&mut self) {
        let Some(request) = self.state.selected_request() else {
            return self.notice(Tone::Neutral, "Select a request first");
        };
        let written = request.url.text.clone();
        let url = match self.state.current_run().map(|run| &run.phase) {
            Some(RunPhase::Finished(outcome)) => first_request(outcome).url.to_string(),
            Some(RunPhase::Waiting(sent) | RunPhase::Uploading { request: sent, .. }) => sent.url.to_string(),
            _ => written,
        };
        self.copy("URL", &url);
    }

    fn copy_response(&mut self) {
        let Some(RunPhase::Finished(outcome)) = self.state.current_run().map(|run| &run.phase) else {
            return self.notice(Tone::Neutral, "There is no response to copy yet");
        };
        let (what, text) = match self.state.response_tab {
            ResponseTab::Body => ("body", String::from_utf8_lossy(&outcome.exchange.body.bytes).into_owned()),
            ResponseTab::Headers => ("headers", lines(&outcome.exchange.head.headers)),
            ResponseTab::Timing => ("timing", format!("{} ms", outcome.exchange.timings.total.as_millis())),
            ResponseTab::Sent => {
                let sent = first_request(outcome);
                ("request", format!("{} {}\n{}", sent.method, sent.url, lines(&sent.headers)))
            }
        };
        self.copy(what, &text);
    }

    fn copy_token(&mut self) {
        let kind = self.state.shown_token();
        let tokens = self.state.current_view().map(|view| &view.tokens);
        let found = tokens.and_then(|tokens| match kind {
            TokenKind::Access => Some(("access token", tokens.access.expose().to_owned())),
            TokenKind::Id => tokens.id.as_ref().map(|token| ("ID token", token.expose().to_owned())),
            TokenKind::Refresh => tokens.refresh.as_ref().map(|token| ("refresh token", token.expose().to_owned())),
        });
        match found {
            Some((what, token)) => self.effect(Effect::Copy { what, text: SecretText::new(token) }),
            None => self.notice(Tone::Neutral, "There is no such token to copy"),
        }
    }
}

/// What the user's request was sent as, before any redirect.
fn first_request(outcome: &RunOutcome) -> &SentRequest {
    outcome.exchange.hops.first().map_or(&outcome.exchange.request, |hop| &hop.request)
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}: {value}");
        text
    })
}
