//! The sign-in layer, stage by stage.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use url::Url;

use crate::app::countdown::time_left;
use crate::app::state::{AppState, LoginLayer, LoginStage, TextField};
use crate::keys::action::{Action, Context};
use crate::model::identity::Grant;
use crate::model::time::Timestamp;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, key_in, renamed};
use crate::ui::layer::device::{self, DeviceCode};
use crate::ui::layer::{Popup, ROOMY, form, vault};
use crate::ui::layout::split_bottom;
use crate::ui::response::{problem_lines, problem_lines_short};
use crate::ui::text;
use crate::ui::theme::{Focus, Role, Theme};
use crate::ui::wrap::paragraph;

const DONE: &str = "Signed in.";
const DONE_KEY: &str = "Any key goes on.";
const BROWSER: &str = "Your browser opens the sign-in page. Sign in there; it comes back to bearcat by itself.";
const BROWSER_SHORT: &str = "Sign in in your browser.";
const CALLBACK: &str = "This callback URL must be registered with the application, exactly so:";
const SSH: &str = "Over SSH: open the URL where your browser is, sign in, and paste the address that it ends on";
const PASTE_CALLBACK: &str = "Paste the address that the browser ended on:";
const PASTE: &str = "Paste an access token. It is kept like any other session, but cannot be refreshed.";
const TOKEN: &str = "Token ";
const GIVEN_UP: &str = "The time is over.";

/// Columns of most stages.
const WIDTH: u16 = 84;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, login: &LoginLayer, places: &[Context]) {
    match &login.stage {
        LoginStage::Form(fields) => form::draw(canvas, fields, &login.notes, places),
        LoginStage::ChooseVault { selected, passphrase } => {
            vault::draw(canvas, state, login, *selected, passphrase.as_ref(), places);
        }
        LoginStage::Working(doing) => working(canvas, state, login, doing, places),
        LoginStage::Device {
            user_code,
            verification_uri,
            verification_uri_complete,
            expires_at,
            attempt,
            interval,
        } => {
            let code = DeviceCode {
                user_code,
                verification_uri,
                complete: verification_uri_complete.as_ref(),
                expires_at: *expires_at,
                attempt: *attempt,
                interval: *interval,
            };
            device::draw(canvas, state, login, &code, places);
        }
        LoginStage::Browser { url, redirect_uri, expires_at, pasted } => {
            browser(
                canvas,
                state,
                login,
                &Browser { url, redirect_uri, expires_at: *expires_at, pasted: pasted.as_ref() },
                places,
            );
        }
        LoginStage::Paste(input) => paste(canvas, login, input, places),
        LoginStage::Failed(problem) => {
            let first: &[Action] = if problem.findings.is_empty() {
                &[Action::Accept, Action::Back]
            } else {
                &[Action::Accept, Action::Why, Action::Back]
            };
            let actions = others(login, first);
            let title = title(login);
            let popup = Popup { title: &title, width: WIDTH, hints: hints(&actions, places) };
            let width = popup.content_width(canvas);
            let is_roomy = canvas.screen().height >= ROOMY;
            let shown = if is_roomy { problem_lines } else { problem_lines_short };
            let mut lines = shown(&canvas.theme, problem, width);
            lines.extend(notes(&canvas.theme, login, width));
            popup.text(canvas, &lines);
        }
        LoginStage::Done => done(canvas, login),
    }
}

fn title(login: &LoginLayer) -> String {
    match login.identity.name.as_str() {
        "" => "Sign in".to_owned(),
        name => format!("Sign in{}{name}", text::SEPARATOR),
    }
}

/// Some actions, and after them the ways to sign in other than the one that is tried.
fn others(login: &LoginLayer, before: &[Action]) -> Vec<Action> {
    let ways = [
        (Grant::DeviceAuthorization, Action::UseDevice),
        (Grant::AuthorizationCode, Action::UseBrowser),
        (Grant::Pasted, Action::UsePaste),
    ];
    let other = ways.iter().filter(|(grant, _)| *grant != login.identity.grant).map(|(_, action)| *action);
    before.iter().copied().chain(other).collect()
}

fn notes(theme: &Theme, login: &LoginLayer, width: usize) -> Vec<Line<'static>> {
    login.notes.iter().flat_map(|note| paragraph(theme, Role::Warn, 0, note, width)).collect()
}

fn working(canvas: &mut Canvas<'_>, state: &AppState, login: &LoginLayer, doing: &str, places: &[Context]) {
    let title = title(login);
    let popup = Popup { title: &title, width: WIDTH, hints: hints(&[Action::Back], places) };
    let theme = canvas.theme;
    let mut lines = vec![Line::from(vec![
        theme.span(Role::Accent, text::spinner(state.now)),
        Span::raw(" "),
        theme.span(Role::Plain, doing),
    ])];
    lines.extend(notes(&theme, login, popup.content_width(canvas)));
    popup.text(canvas, &lines);
}

fn done(canvas: &mut Canvas<'_>, login: &LoginLayer) {
    let title = title(login);
    let popup = Popup { title: &title, width: 60, hints: Vec::new() };
    let theme = canvas.theme;
    let mut lines = vec![Line::from(theme.span(Role::Good, format!("{} {DONE}", text::GOOD)))];
    lines.extend(notes(&theme, login, popup.content_width(canvas)));
    lines.push(Line::from(theme.span(Role::Dim, DONE_KEY)));
    popup.text(canvas, &lines);
}

struct Browser<'a> {
    url: &'a Url,
    redirect_uri: &'a Url,
    expires_at: Timestamp,
    pasted: Option<&'a TextField>,
}

fn browser(canvas: &mut Canvas<'_>, state: &AppState, login: &LoginLayer, browser: &Browser<'_>, places: &[Context]) {
    let first = [Action::OpenBrowser, Action::Back, Action::Copy, Action::CopyCallback, Action::PasteCallback];
    let hints = if browser.pasted.is_some() {
        renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, "go on")
    } else {
        renamed(hints(&others(login, &first), places), Action::Copy, "copy URL")
    };
    let title = title(login);
    let popup = Popup { title: &title, width: 96, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    if let Some(input) = browser.pasted {
        let lines = paragraph(&theme, Role::Plain, 0, PASTE_CALLBACK, width);
        return with_input(canvas, &popup, &lines, "", input);
    }
    let is_roomy = canvas.screen().height >= ROOMY;
    let mut lines = paragraph(&theme, Role::Plain, 0, if is_roomy { BROWSER } else { BROWSER_SHORT }, width);
    lines.extend(left(state, &theme, browser.expires_at));
    if is_roomy {
        lines.push(Line::default());
    }
    lines.extend(paragraph(&theme, Role::Plain, 0, CALLBACK, width));
    lines.extend(paragraph(&theme, Role::Key, 2, browser.redirect_uri.as_str(), width));
    lines.extend(notes(&theme, login, width));
    if is_roomy {
        lines.push(Line::default());
        lines.extend(paragraph(&theme, Role::Dim, 2, browser.url.as_str(), width));
        lines.push(Line::default());
        let key = key_in(Action::PasteCallback, Context::Login);
        lines.extend(paragraph(&theme, Role::Dim, 0, &format!("{SSH} ({key})."), width));
    }
    popup.text(canvas, &lines);
}

fn left(state: &AppState, theme: &Theme, until: Timestamp) -> Vec<Line<'static>> {
    vec![match time_left(state.now, until) {
        Some(left) => Line::from(vec![theme.span(Role::Dim, "bearcat listens for "), theme.span(Role::Strong, left)]),
        None => theme.span(Role::Bad, format!("{} {GIVEN_UP}", text::BAD)).into(),
    }]
}

fn paste(canvas: &mut Canvas<'_>, login: &LoginLayer, input: &TextField, places: &[Context]) {
    let title = title(login);
    let hints = renamed(hints(&[Action::Accept, Action::Back], places), Action::Accept, "use it");
    let popup = Popup { title: &title, width: WIDTH, hints };
    let theme = canvas.theme;
    let width = popup.content_width(canvas);
    let mut lines = paragraph(&theme, Role::Plain, 0, PASTE, width);
    lines.extend(notes(&theme, login, width));
    with_input(canvas, &popup, &lines, TOKEN, input);
}

/// Text with an input under it.
fn with_input(canvas: &mut Canvas<'_>, popup: &Popup<'_>, lines: &[Line<'static>], label: &str, input: &TextField) {
    let content = popup.open(canvas, lines.len() + 2);
    let (field, above) = split_bottom(content, 1);
    canvas.text(above, lines);
    let used = canvas.line(field, &canvas.theme.span(Role::Strong, label).into());
    canvas.field(Rect { x: field.x + used, width: field.width.saturating_sub(used), ..field }, input, Focus::Here);
}
