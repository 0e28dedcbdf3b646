//! The refresh token: never shown itself, only whether there is one, where it is, and what it does.

use ratatui::text::Line;

use crate::app::session::SessionView;
use crate::app::state::AppState;
use crate::keys::action::Action;
use crate::model::port::VaultKind;
use crate::token::inspect::TokenForm;
use crate::ui::hints::main_key;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::token::LABEL;
use crate::ui::token::checks::expiry;
use crate::ui::wrap::{labelled, paragraph};

const ABSENT: &str = "There is no refresh token: when the access token expires, you sign in again.";
const HOW_TO_GET: &str = "Kinde gives one when the scope `offline` is asked for (not `offline_access`).";
const KEPT: &str = "bearcat renews the access token with it before that expires, and after a 401.";
const SAME_TOKEN: &str = "Kinde returns the same access token until it has expired.";

/// The tab's lines.
pub fn lines(state: &AppState, theme: &Theme, view: &SessionView, width: usize) -> Vec<Line<'static>> {
    let Some(inspection) = &view.refresh else {
        let mut lines = labelled(vec![theme.span(Role::Warn, text::WARN)], ABSENT, theme.style(Role::Warn), 2, width);
        lines.extend(paragraph(theme, Role::Dim, 2, HOW_TO_GET, width));
        return lines;
    };
    let form = match &inspection.form {
        TokenForm::Opaque => "opaque: only the provider can read it",
        TokenForm::Jwt => "a JWT",
        TokenForm::Jwe => "encrypted (JWE)",
        TokenForm::Broken(_) => "looks like a JWT, but cannot be read",
    };
    let kept = state.vault.as_ref().map_or("the vault", |vault| match vault.kind {
        VaultKind::Keyring => "the keyring",
        VaultKind::EncryptedFile => "the encrypted file",
        VaultKind::Memory => "memory: gone when bearcat ends",
    });
    let mut rows = Vec::new();
    let mut row = |label: &str, value: String| {
        rows.extend(labelled(vec![theme.span(Role::Dim, label)], &value, theme.style(Role::Plain), LABEL, width));
    };
    row("form", form.to_owned());
    row("kept in", kept.to_owned());
    row("got", text::ago(view.tokens.obtained_at, state.now));
    row("fingerprint", format!("SHA-256 {}, {} bytes", inspection.fingerprint, inspection.size));
    if let Some(at) = inspection.expires_at() {
        let text = expiry(at, state.now);
        row("expires", text.strip_prefix("Expires ").unwrap_or(&text).to_owned());
    }
    rows.push(Line::default());
    rows.extend(paragraph(theme, Role::Dim, 0, KEPT, width));
    rows.extend(paragraph(theme, Role::Dim, 0, SAME_TOKEN, width));
    rows.push(Line::from(vec![
        theme.span(Role::Key, main_key(Action::RefreshSession)),
        theme.span(Role::Dim, " refreshes now."),
    ]));
    rows
}
