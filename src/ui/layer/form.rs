//! The sign-in form: a domain is enough, the rest has defaults.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::state::{FormField, LoginForm};
use crate::keys::action::{Action, Context};
use crate::model::identity::Grant;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, renamed};
use crate::ui::layer::Popup;
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::{cut, labelled, paragraph};

/// Columns of a label.
const LABEL: u16 = 13;

/// Columns that all ways to sign in need side by side.
const ALL_CHOICES: u16 = 42;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, form: &LoginForm, notes: &[String], places: &[Context]) {
    let choosing = [Action::NextChoice, Action::Accept, Action::NextField, Action::Back];
    let typing = [Action::Accept, Action::NextField, Action::Back];
    let is_choice = form.focused_field() == FormField::Grant;
    let actions: &[Action] = if is_choice { &choosing } else { &typing };
    let hints = renamed(hints(actions, places), Action::NextChoice, "change");
    let popup = Popup { title: "Sign in", width: 78, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let fields = LoginForm::fields();
    let mut tail = vec![Line::default()];
    tail.extend(paragraph(&theme, Role::Dim, 0, explain(form), width));
    tail.extend(notes.iter().flat_map(|note| paragraph(&theme, Role::Warn, 0, note, width)));
    if let Some(problem) = &form.problem {
        tail.extend(labelled(vec![theme.span(Role::Bad, text::BAD)], problem, theme.style(Role::Bad), 2, width));
    }
    let content = popup.open(canvas, fields.len() + tail.len());
    for (place, (index, field)) in content.rows().zip(fields.into_iter().enumerate()) {
        draw_field(canvas, place, form, field);
        canvas.hit(place, Target::LayerRow(index));
    }
    let used = (fields.len() as u16).min(content.height);
    let below = Rect { y: content.y + used, height: content.height - used, ..content };
    // What is wrong must show, even where there is no room for the explanation.
    let overflow = tail.len().saturating_sub(below.height.into());
    let skipped = if form.problem.is_some() { overflow } else { overflow.min(1) };
    canvas.text(below, &tail[skipped..]);
}

fn draw_field(canvas: &mut Canvas<'_>, place: Rect, form: &LoginForm, field: FormField) {
    let theme = canvas.theme;
    let has_cursor = form.focused_field() == field;
    let role = if has_cursor { Role::Accent } else { Role::Dim };
    let mark = if has_cursor { "▸ " } else { "  " };
    let width = usize::from(LABEL.min(place.width));
    let label = Line::from(vec![theme.span(role, mark), theme.span(role, cut(name(field), width.saturating_sub(2)))]);
    canvas.line(Rect { width: LABEL.min(place.width), ..place }, &label);
    let input = Rect { x: place.x + LABEL.min(place.width), width: place.width.saturating_sub(LABEL), ..place };
    let focus = if has_cursor { Focus::Here } else { Focus::Elsewhere };
    match form.text(field) {
        Some(text) if text.text.is_empty() && !has_cursor => {
            canvas.field(input, text, focus);
            canvas.line(input, &theme.span(Role::Dim, placeholder(field)).into());
        }
        Some(text) => canvas.field(input, text, focus),
        None => {
            let line = if input.width < ALL_CHOICES { choice_only(&theme, form) } else { choices(&theme, form) };
            canvas.line(input, &line);
        }
    }
}

/// The chosen way alone, for narrow screens.
fn choice_only(theme: &Theme, form: &LoginForm) -> Line<'static> {
    let grants = LoginForm::grants();
    let chosen = grants[form.grant.min(grants.len() - 1)];
    theme.span(Role::Strong, format!("← {} →", choice(chosen))).into()
}

fn choices(theme: &Theme, form: &LoginForm) -> Line<'static> {
    let grants = LoginForm::grants();
    let mut spans = Vec::new();
    for (index, grant) in grants.into_iter().enumerate() {
        let is_chosen = index == form.grant.min(grants.len() - 1);
        let (sign, role) = if is_chosen { ("● ", Role::Strong) } else { ("○ ", Role::Dim) };
        spans.push(theme.span(role, format!("{sign}{}", choice(grant))));
        spans.push(Span::raw("  "));
    }
    Line::from(spans)
}

const fn choice(grant: Grant) -> &'static str {
    match grant {
        Grant::DeviceAuthorization => "device code",
        Grant::AuthorizationCode => "browser",
        Grant::ClientCredentials => "machine",
        Grant::Pasted => "pasted token",
    }
}

const fn name(field: FormField) -> &'static str {
    match field {
        FormField::Issuer => "Domain",
        FormField::ClientId => "Client ID",
        FormField::Audience => "Audience",
        FormField::Name => "Name",
        FormField::Grant => "How",
    }
}

const fn placeholder(field: FormField) -> &'static str {
    match field {
        FormField::Issuer => "mybusiness.kinde.com",
        FormField::ClientId => "from the application's details in Kinde",
        FormField::Audience => "optional",
        FormField::Name => "optional",
        FormField::Grant => "",
    }
}

/// What the focused field is for.
const fn explain(form: &LoginForm) -> &'static str {
    let fields = LoginForm::fields();
    let index = if form.focused < fields.len() { form.focused } else { fields.len() - 1 };
    match fields[index] {
        FormField::Issuer => {
            "Your Kinde domain as it stands in the browser, or the issuer URL of any OpenID Connect provider."
        }
        FormField::ClientId => {
            "Of an application of type Device and IoT (device code) or Front-end and mobile (browser). Leave it empty \
             for Kinde's default device application."
        }
        FormField::Audience => "The API's identifier, as registered in Kinde. Without it the token has no audience.",
        FormField::Name => "What requests call it: `# @auth name`. Empty: the first part of the domain.",
        FormField::Grant => match form.grant {
            0 => "You type a short code on a page in any browser, on any device. Works over SSH.",
            1 => "Your browser opens, signs you in and comes back (PKCE). A callback URL must be registered.",
            _ => "A token that you have already, for example the test token of Kinde's API page.",
        },
    }
}
