//! The response to the selected request: status line, what to know, tabs; or how far the run has come.

mod body;
mod details;
mod progress;
mod receiving;
mod waiting_for_you;

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::hit::Target;
use crate::app::msg::RunOutcome;
use crate::app::state::{AppState, ResponseTab, RunPhase, Tone};
use crate::body::kind::Kind;
use crate::keys::action::Action;
use crate::model::identity::IdentityName;
use crate::model::tls::CertificateCheck;
use crate::ui::canvas::Canvas;
use crate::ui::finding;
use crate::ui::hints::{hints, main_key};
use crate::ui::layout::split_top;
use crate::ui::response::receiving::Received;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{ELLIPSIS, labelled, paragraph};

const CANCELLED: &str = "Cancelled. Nothing more is awaited.";

/// Below this height there is one note, on one line.
const ROOMY: u16 = 9;

/// From this height on the notes have their keys beside them; below, the key line has them.
const TALL: u16 = 16;

/// Lines that one note may take.
const NOTE_LINES: usize = 3;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, state: &AppState, area: Rect) {
    let Some(run) = state.current_run() else {
        let lines = waiting_for_you::lines(state, &canvas.theme, area.width.into());
        return scrolled(canvas, state, area, &lines);
    };
    match &run.phase {
        RunPhase::Finished(outcome) => finished(canvas, state, outcome, area),
        RunPhase::Failed(problem) => {
            let mut lines = explained_lines(&canvas.theme, problem, area.width.into());
            lines.push(Line::default());
            let again = format!("{} sends it again.", main_key(Action::Send));
            lines.extend(paragraph(&canvas.theme, Role::Dim, 0, &again, area.width.into()));
            scrolled(canvas, state, area, &lines);
        }
        RunPhase::Cancelled => {
            let again = format!("{} sends it again.", main_key(Action::Send));
            let theme = canvas.theme;
            let cancelled = format!("{} {CANCELLED}", text::NONE);
            scrolled(
                canvas,
                state,
                area,
                &[theme.span(Role::Warn, cancelled).into(), theme.span(Role::Dim, again).into()],
            );
        }
        RunPhase::Receiving { head, received, expected, document: Some(document) } => {
            let received = Received { head, bytes: *received, expected: *expected, document };
            receiving::draw(canvas, state, run, &received, area);
        }
        phase => {
            let lines = progress::lines(&canvas.theme, phase, run.started_at, state.now, area.width.into());
            scrolled(canvas, state, area, &lines);
        }
    }
}

fn finished(canvas: &mut Canvas<'_>, state: &AppState, outcome: &RunOutcome, area: Rect) {
    let (status, rest) = split_top(area, 1);
    let once = state.current_run().and_then(|run| run.once.as_ref());
    let line = status_line(&canvas.theme, outcome, once);
    canvas.line(status, &line);
    let rest = notes(canvas, state, outcome, rest);
    let (tabs, content) = split_top(rest, 1);
    tab_line(canvas, state, outcome.exchange.head.headers.len(), tabs);
    let width = usize::from(content.width);
    match state.response_tab {
        ResponseTab::Body => body::draw(canvas, state, &outcome.document, content),
        ResponseTab::Headers => {
            let lines = details::headers(&canvas.theme, &outcome.exchange.head.headers, width);
            scrolled(canvas, state, content, &lines);
        }
        ResponseTab::Timing => {
            let lines = details::timing(&canvas.theme, &outcome.exchange, width);
            scrolled(canvas, state, content, &lines);
        }
        ResponseTab::Sent => {
            let lines = details::sent(state, &canvas.theme, &outcome.exchange, width);
            scrolled(canvas, state, content, &lines);
        }
    }
}

/// Lines of the panel with the panel's scroll position.
fn scrolled(canvas: &mut Canvas<'_>, state: &AppState, area: Rect, lines: &[Line<'static>]) {
    shows(canvas, area.height, lines.len());
    canvas.lines(area, lines, state.response_scroll.line);
}

/// Remembers what page keys need.
fn shows(canvas: &mut Canvas<'_>, height: u16, lines: usize) {
    canvas.hits.viewports.response = height.into();
    if let Some(contents) = &mut canvas.hits.contents {
        contents.response = lines;
    }
}

fn status_line(theme: &Theme, outcome: &RunOutcome, once: Option<&IdentityName>) -> Line<'static> {
    let head = &outcome.exchange.head;
    let body = &outcome.exchange.body;
    let (sign, role) = text::status(head.status);
    let mut facts = vec![text::duration(outcome.exchange.timings.total), text::size(body.bytes.len() as u64)];
    if outcome.document.kind() != Kind::Empty {
        facts.push(outcome.document.kind().label());
    }
    let facts = facts.join(text::SEPARATOR);
    let reason = if head.reason.is_empty() { String::new() } else { format!(" {}", head.reason) };
    let mut line =
        Line::from(theme.span(role, format!("{sign} {}{reason}", head.status)).patch_style(theme.style(Role::Strong)));
    if let Some(name) = once {
        line.push_span(theme.span(Role::Dim, text::SEPARATOR));
        line.push_span(theme.span(Role::Accent, sent_once_as(name)));
    }
    line.push_span(theme.span(Role::Dim, text::SEPARATOR));
    line.push_span(theme.span(Role::Plain, facts));
    line
}

/// As whom a run is sent that is somebody else's, this once.
pub fn sent_once_as(name: &IdentityName) -> String {
    if name.is_anonymous() { "once without a token".to_owned() } else { format!("once as {name}") }
}

/// What to know about the response, the likeliest cause of a refusal first.
fn notes(canvas: &mut Canvas<'_>, state: &AppState, outcome: &RunOutcome, area: Rect) -> Rect {
    let theme = canvas.theme;
    let is_roomy = area.height >= ROOMY;
    let most = if is_roomy { NOTE_LINES } else { 1 };
    let mut rest = area;
    for (role, sign, note) in note_texts(outcome).into_iter().take(if is_roomy { 4 } else { 1 }) {
        let label = vec![theme.span(role, sign)];
        let mut lines = labelled(label, &note, theme.style(role), 2, area.width.into());
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                last.push_span(theme.span(role, ELLIPSIS));
            }
        }
        let (place, below) = split_top(rest, lines.len() as u16);
        canvas.lines(place, &lines, 0);
        rest = below;
    }
    let actions: Vec<Action> = if outcome.findings.is_empty() { Vec::new() } else { remedies(outcome) };
    if area.height >= TALL && !actions.is_empty() {
        let (place, below) = split_top(rest, 1);
        let indented = Rect { x: place.x + 2.min(place.width), width: place.width.saturating_sub(2), ..place };
        canvas.hints(indented, &hints(&actions, if state.layers.is_empty() { state.contexts() } else { &[] }));
        rest = below;
    }
    rest
}

fn remedies(outcome: &RunOutcome) -> Vec<Action> {
    use crate::model::finding::Remedy;
    let mut actions = vec![Action::Why];
    for finding in &outcome.findings {
        let action = match finding.remedy {
            Some(Remedy::CookieMode) => Action::CookieMode,
            Some(Remedy::SignIn) => Action::Login,
            Some(Remedy::Refresh) => Action::RefreshSession,
            Some(Remedy::SendAccessToken) | None => continue,
        };
        if !actions.contains(&action) {
            actions.push(action);
        }
    }
    if (300..400).contains(&outcome.exchange.head.status) {
        actions.push(Action::FollowRedirects);
    }
    actions
}

fn note_texts(outcome: &RunOutcome) -> Vec<(Role, &'static str, String)> {
    let exchange = &outcome.exchange;
    let mut notes = Vec::new();
    if exchange.connection.check == CertificateCheck::Skipped {
        let words = "The server's certificate was not checked: anybody could have answered";
        notes.push((Role::Bad, text::WARN, words.to_owned()));
    }
    if let Some(finding) = outcome.findings.first() {
        let more = match outcome.findings.len() - 1 {
            0 => String::new(),
            more => format!(" (and {} more)", text::count(more, "cause")),
        };
        notes.push((
            Role::Warn,
            text::WARN,
            format!("{}: {}{more}", capitalised(finding::label(finding)), finding.title),
        ));
    }
    if let Some(location) = exchange.head.header("location") {
        notes.push((Role::Plain, "→", location.to_owned()));
    }
    if let Some(fault) = &exchange.body.fault {
        notes.push((Role::Bad, text::BAD, format!("The body ended early: {fault}")));
    }
    if exchange.body.cut {
        let shown = text::size(exchange.body.bytes.len() as u64);
        notes.push((Role::Warn, text::WARN, format!("The body is longer: cut at {shown}, the rest was not read")));
    }
    if exchange.body.stopped {
        notes.push((Role::Dim, text::NONE, "You ended it; this is what had come".to_owned()));
    }
    notes.extend(exchange.connection.notes.iter().map(|note| (Role::Warn, text::WARN, note.clone())));
    let redirects = exchange.hops.iter().filter(|hop| !hop.is_challenge()).count();
    if redirects > 0 {
        let dropped = exchange.hops.iter().any(|hop| hop.credentials_dropped);
        let credentials = if dropped { "; the token was dropped where the origin changed" } else { "" };
        let followed = text::count(redirects, "redirect");
        notes.push((Role::Dim, text::NONE, format!("{followed} followed{credentials}")));
    }
    if exchange.hops.len() > redirects {
        notes.push((Role::Dim, text::NONE, "The server's Digest challenge was answered".to_owned()));
    }
    if exchange.resent_after_refresh {
        notes.push((
            Role::Dim,
            text::NONE,
            "Refused at first; the session was refreshed and it was sent again".to_owned(),
        ));
    }
    for note in &outcome.notes {
        let (role, sign) = match note.tone {
            Tone::Good => (Role::Dim, text::GOOD),
            Tone::Neutral => (Role::Dim, text::NONE),
            Tone::Bad => (Role::Warn, text::WARN),
        };
        notes.push((role, sign, note.text.clone()));
    }
    notes.extend(outcome.document.notes().iter().map(|note| (Role::Dim, text::NONE, capitalised(&note.to_string()))));
    notes
}

/// The first letter as a capital.
pub fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn tab_line(canvas: &mut Canvas<'_>, state: &AppState, headers: usize, area: Rect) {
    let mut x = area.x;
    for tab in ResponseTab::ALL {
        let role = if tab == state.response_tab { Role::Selected } else { Role::Dim };
        let label = match tab {
            ResponseTab::Body => " Body ".to_owned(),
            ResponseTab::Headers => format!(" Headers {headers} "),
            ResponseTab::Timing => " Timing ".to_owned(),
            ResponseTab::Sent => " Sent ".to_owned(),
        };
        let line = Line::from(canvas.theme.span(role, label));
        let width = canvas.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &line);
        canvas.hit(Rect { x, width, height: 1, ..area }, Target::ResponseTab(tab));
        x += width;
    }
}

/// A problem where there is little room: what to do comes before the evidence.
pub fn problem_lines_short(
    theme: &Theme,
    problem: &crate::model::problem::Problem,
    width: usize,
) -> Vec<Line<'static>> {
    let mut short = problem.clone();
    let detail = std::mem::take(&mut short.detail);
    let mut lines = problem_lines(theme, &short, width);
    lines.retain(|line| !line.spans.is_empty());
    lines.extend(paragraph(theme, Role::Dim, 2, &detail, width));
    lines
}

/// A problem at full length with the causes that fit.
pub fn explained_lines(theme: &Theme, problem: &crate::model::problem::Problem, width: usize) -> Vec<Line<'static>> {
    let mut lines = problem_lines(theme, problem, width);
    for finding in &problem.findings {
        lines.push(Line::default());
        lines.extend(finding::lines(theme, finding, width));
    }
    lines
}

/// A problem at full length: title, evidence, what to do.
pub fn problem_lines(theme: &Theme, problem: &crate::model::problem::Problem, width: usize) -> Vec<Line<'static>> {
    let title = vec![theme.span(Role::Bad, text::BAD)];
    let mut lines = labelled(title, &problem.title, theme.style(Role::Bad).patch(theme.style(Role::Strong)), 2, width);
    if let Some(place) = &problem.place {
        lines.extend(paragraph(theme, Role::Accent, 2, &place.to_string(), width));
    }
    if !problem.detail.is_empty() {
        lines.extend(paragraph(theme, Role::Plain, 2, &problem.detail, width));
    }
    if !problem.hint.is_empty() {
        lines.push(Line::default());
        let arrow = vec![Span::raw("  "), theme.span(Role::Accent, "→")];
        lines.extend(labelled(arrow, &problem.hint, theme.style(Role::Plain), 4, width));
    }
    lines
}
