//! The line at the top (where am I, as whom, is the token good) and the line at the bottom (what can I press).

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::countdown::time_left;
use crate::app::hit::Target;
use crate::app::session::{SessionState, SessionView};
use crate::app::state::{AppState, Tone};
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::port::{VaultKind, VaultStatus};
use crate::model::time::Timestamp;
use crate::model::verdict::Standing;
use crate::ui::canvas::{Canvas, Hint};
use crate::ui::hints::{Hidden, hint, main_hints};
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::line_cells;

const NAME: &str = " bearcat";
const DEMO: &str = "demo";
const NO_ENVIRONMENT: &str = "no environment";
const NO_IDENTITY: &str = "no identity";
const ANONYMOUS: &str = "anonymous (no token)";
const SIGNED_OUT: &str = "signed out";
const LOADING: &str = "reading the session";
const REFRESHING: &str = "refreshing";
const FAILED: &str = "session cannot be read";
const EXPIRED: &str = "expired";

/// A part of the top line; pressing it does the action.
struct Part {
    spans: Vec<Span<'static>>,
    action: Option<Action>,
}

/// The line at the top.
pub fn draw_top(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let theme = canvas.theme;
    canvas.tint(area, Role::Bar);
    let right = right_part(state, &theme);
    let mut x = area.x;
    for (index, part) in left_parts(state, &theme, area.width).into_iter().enumerate() {
        let mut spans = Vec::new();
        match index {
            0 if !part.spans.iter().any(|span| span.content.starts_with(' ')) => spans.push(Span::raw(" ")),
            0 => {}
            _ => spans.push(theme.span(Role::Dim, text::SEPARATOR)),
        }
        let gap = spans.iter().map(|span| span.content.chars().count() as u16).sum::<u16>();
        spans.extend(part.spans);
        let width = canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &Line::from(spans));
        if let Some(action) = part.action {
            canvas
                .hit(Rect { x: x + gap.min(width), width: width.saturating_sub(gap), ..area }, Target::Button(action));
        }
        x += width;
    }
    let room = area.right().saturating_sub(x + 2);
    if line_cells(&right) <= room.into() {
        canvas.line_right(Rect { x: x + 2, width: room, ..area }, &right);
    }
}

/// The line at the bottom: the notice, then the keys.
pub fn draw_bottom(canvas: &mut Canvas<'_>, state: &AppState, area: Rect, hidden: Hidden) {
    let theme = canvas.theme;
    let mut area = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let notice = state.notice.as_ref().filter(|notice| notice.until > state.now);
    let has_notice = notice.is_some();
    if let Some(notice) = notice {
        let (sign, role) = match notice.tone {
            Tone::Good => (text::GOOD, Role::Good),
            Tone::Neutral => (text::NONE, Role::Accent),
            Tone::Bad => (text::BAD, Role::Bad),
        };
        let line = Line::from(vec![theme.span(role, sign), Span::raw(" "), theme.span(role, &notice.text)]);
        // The first key that explains or answers keeps its place beside a long notice.
        let kept = urgent(state).map_or(0, |hint| hint.columns() as u16 + NOTICE_GAP);
        let room = Rect { width: area.width.saturating_sub(kept), ..area };
        let width = canvas.line(room, &line).saturating_add(NOTICE_GAP).min(area.width);
        area = Rect { x: area.x + width, width: area.width - width, ..area };
    }
    if state.layers.is_empty() {
        let mut hints = main_hints(state, hidden);
        if has_notice && area.width < ROOMY {
            hints.sort_by_key(|hint| hint.action != Action::Why);
        }
        canvas.hints(area, &hints);
    } else if let Some(help) = hint(Action::Help, state.contexts()) {
        canvas.hints(area, &[help]);
    }
}

/// Columns between the notice and the keys.
const NOTICE_GAP: u16 = 3;

/// The key that explains the refusal, when there is one to explain.
fn urgent(state: &AppState) -> Option<Hint> {
    let hints = if state.layers.is_empty() { main_hints(state, Hidden::Nothing) } else { Vec::new() };
    hints.into_iter().find(|hint| hint.action == Action::Why)
}

/// From here on there is room for the person beside the identity, and for the program's name.
const ROOMY: u16 = 60;

fn left_parts(state: &AppState, theme: &Theme, width: u16) -> Vec<Part> {
    let name = match &state.options.demo {
        Some(_) if width < ROOMY && state.environment.as_deref() == Some(DEMO) => String::new(),
        Some(_) if width < ROOMY => format!(" {DEMO}"),
        Some(_) => format!("{NAME} {DEMO}"),
        None if width < ROOMY && state.environment.is_some() => String::new(),
        None => NAME.to_owned(),
    };
    let mut parts = Vec::new();
    if !name.is_empty() {
        parts.push(Part { spans: vec![theme.span(Role::Accent, name)], action: None });
    }
    match &state.environment {
        Some(name) => {
            parts.push(Part { spans: vec![theme.span(Role::Strong, name)], action: Some(Action::Environments) });
        }
        None if !state.environments.is_empty() => {
            parts.push(Part { spans: vec![theme.span(Role::Dim, NO_ENVIRONMENT)], action: Some(Action::Environments) });
        }
        None => {}
    }
    parts.push(Part { spans: vec![who(state, theme, width)], action: Some(Action::ActAs) });
    let unsaved = state.documents.unsaved().count();
    if unsaved > 0 {
        let word = if width < ROOMY { String::new() } else { " unsaved".to_owned() };
        let label = format!("{} {unsaved}{word}", text::UNSAVED);
        parts.push(Part { spans: vec![theme.span(Role::Warn, label)], action: Some(Action::SaveAll) });
    }
    if let Some(spans) = session(state, theme) {
        parts.push(Part { spans, action: Some(Action::FocusToken) });
    }
    parts
}

/// As whom the selected request is sent.
fn who(state: &AppState, theme: &Theme, width: u16) -> Span<'static> {
    let Some(name) = state.shown_identity() else {
        let is_anonymous = state.identity.as_ref().is_some_and(IdentityName::is_anonymous);
        return theme.span(Role::Dim, if is_anonymous { ANONYMOUS } else { NO_IDENTITY });
    };
    let view = state.current_view().filter(|_| width >= ROOMY);
    let who = view.map(SessionView::who).filter(|who| !who.is_empty() && who != name.as_str());
    match who {
        Some(who) => theme.span(Role::Strong, format!("{who} ({name})")),
        None => theme.span(Role::Strong, name.as_str()),
    }
}

fn session(state: &AppState, theme: &Theme) -> Option<Vec<Span<'static>>> {
    state.shown_identity()?;
    let busy = |word| vec![theme.span(Role::Accent, format!("{} {word}", text::spinner(state.now)))];
    Some(match state.current_session() {
        None | Some(SessionState::Unknown) => return None,
        Some(SessionState::Loading) => busy(LOADING),
        Some(SessionState::SignedOut) => vec![theme.span(Role::Dim, format!("{} {SIGNED_OUT}", text::NONE))],
        Some(SessionState::Refreshing(_)) => busy(REFRESHING),
        Some(SessionState::Failed(_)) => vec![theme.span(Role::Bad, format!("{} {FAILED}", text::BAD))],
        Some(SessionState::SignedIn(view)) => verdict(view, state.now, theme),
    })
}

fn verdict(view: &SessionView, now: Timestamp, theme: &Theme) -> Vec<Span<'static>> {
    let left = view.tokens.expires_at.map(|until| time_left(now, until));
    if left == Some(None) {
        return vec![theme.span(Role::Bad, format!("{} {EXPIRED}", text::BAD))];
    }
    let (sign, role, word) = text::standing(view.access.verdict.standing());
    let mut spans = vec![theme.span(role, format!("{sign} {word}"))];
    if let Some(Some(left)) = left {
        spans.push(theme.span(Role::Dim, text::SEPARATOR));
        spans.push(
            theme.span(if view.access.verdict.standing() == Standing::Rejected { Role::Dim } else { role }, left),
        );
    }
    spans
}

fn right_part(state: &AppState, theme: &Theme) -> Line<'static> {
    let Some(vault) = &state.vault else { return Line::default() };
    let (role, label) = vault_label(vault);
    Line::from(vec![theme.span(role, label), Span::raw(" ")])
}

/// Where tokens are kept, and whether that works.
fn vault_label(vault: &VaultStatus) -> (Role, String) {
    let label = match vault.kind {
        VaultKind::Keyring => format!("vault: {}", vault.name),
        VaultKind::EncryptedFile => "vault: encrypted file".to_owned(),
        VaultKind::Memory => "vault: memory only".to_owned(),
    };
    match vault.availability {
        Ok(()) => (Role::Dim, label),
        Err(_) => (Role::Warn, format!("{} {label} not available", text::WARN)),
    }
}
