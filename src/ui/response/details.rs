//! The tabs beside the body: headers, timing, and the request as it was sent.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::app::state::AppState;
use crate::body::document::Lexeme;
use crate::model::exchange::{Connection, Exchange, Hop, TokenUsed};
use crate::model::request::TokenCarrier;
use crate::model::tls::CertificateCheck;
use crate::token::describe;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, labelled, paragraph};

const NO_HEADERS: &str = "The response has no headers.";
const NO_TOKEN: &str = "none was sent";
const REUSED: &str = "–";

/// Columns of a header's name.
const NAME: usize = 22;

/// Columns of a label.
const LABEL: usize = 12;

/// Columns of the longest bar.
const BAR: usize = 24;

/// Columns of a time.
const TIME: usize = 9;

/// The response headers.
pub fn headers(theme: &Theme, headers: &[(String, String)], width: usize) -> Vec<Line<'static>> {
    if headers.is_empty() {
        return paragraph(theme, Role::Dim, 0, NO_HEADERS, width);
    }
    let column = headers.iter().map(|(name, _)| name.len() + 2).max().unwrap_or(NAME).min(NAME);
    headers.iter().flat_map(|(name, value)| header(theme, name, value, column, width)).collect()
}

fn header(theme: &Theme, name: &str, value: &str, column: usize, width: usize) -> Vec<Line<'static>> {
    labelled(vec![theme.span(Role::Lexeme(Lexeme::Key), name)], value, theme.style(Role::Plain), column, width)
}

/// How long each phase took, over which connection, how much came.
pub fn timing(theme: &Theme, exchange: &Exchange, width: usize) -> Vec<Line<'static>> {
    let timings = &exchange.timings;
    let phases = [
        ("DNS", timings.dns),
        ("connect", timings.connect),
        ("TLS", timings.tls),
        ("first byte", timings.first_byte),
        ("download", timings.download),
        ("total", Some(timings.total)),
    ];
    let mut lines: Vec<Line<'static>> =
        phases.iter().map(|(label, time)| phase(theme, label, *time, timings.total, width)).collect();
    lines.push(Line::default());
    let mut row = |label: &str, value: String| lines.extend(fact(theme, label, &value, width));
    row("sent", describe::moment(exchange.at));
    row("protocol", exchange.head.protocol.clone());
    if let Some(address) = exchange.head.remote_address {
        row("address", address.to_string());
    }
    row("body", sizes(exchange));
    let mut redirects = 0;
    for hop in &exchange.hops {
        if hop.is_challenge() {
            row("challenge", format!("{} from {} asked for Digest credentials", hop.head.status, hop.request.url));
        } else {
            redirects += 1;
            row(&format!("redirect {redirects}"), hop_label(hop));
        }
    }
    for (label, value) in connection(&exchange.connection) {
        row(label, value);
    }
    lines
}

/// The proxy, and what TLS agreed on.
fn connection(connection: &Connection) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if let Some(proxy) = &connection.proxy {
        rows.push(("proxy", proxy.clone()));
    }
    if let Some(peer) = &connection.peer {
        let agreed: Vec<&str> = peer.protocol.into_iter().chain(peer.cipher.as_deref()).collect();
        if !agreed.is_empty() {
            rows.push(("TLS", agreed.join(text::SEPARATOR)));
        }
        let checked = if connection.check == CertificateCheck::Skipped { " (NOT CHECKED)" } else { "" };
        rows.push(("certificate", format!("{}{checked}", peer.subject)));
        if !peer.names.is_empty() {
            rows.push(("for", peer.names.join(", ")));
        }
        rows.push(("issued by", peer.issuer.clone()));
        if let Some((from, to)) = peer.validity {
            rows.push(("valid", format!("{} to {}", describe::moment(from), describe::moment(to))));
        }
    }
    if let Some(file) = &connection.client_certificate {
        rows.push(("client cert", file.clone()));
    }
    rows
}

fn phase(theme: &Theme, label: &str, time: Option<Duration>, total: Duration, width: usize) -> Line<'static> {
    let bar = BAR.min(width.saturating_sub(LABEL + TIME + 2));
    let length = match (time, total.as_micros()) {
        (Some(time), 1..) => (time.as_micros() * bar as u128 / total.as_micros()).min(bar as u128) as usize,
        _ => 0,
    };
    let shown = time.map_or(REUSED.to_owned(), text::duration);
    Line::from(vec![
        theme.span(Role::Dim, format!("{label:<LABEL$}")),
        theme.span(Role::Plain, format!("{shown:>TIME$}")),
        blanks(2),
        theme.span(Role::Accent, "━".repeat(length)),
    ])
}

fn sizes(exchange: &Exchange) -> String {
    let decoded = exchange.body.bytes.len() as u64;
    match exchange.body.wire_size {
        Some(wire) if wire != decoded => format!("{}, {} on the wire", text::size(decoded), text::size(wire)),
        _ => text::size(decoded),
    }
}

fn hop_label(hop: &Hop) -> String {
    let target = hop.head.header("location").unwrap_or("nowhere");
    let dropped = if hop.credentials_dropped { " (another origin: the token was dropped)" } else { "" };
    format!("{} from {} to {target}{dropped}", hop.head.status, hop.request.url)
}

/// The request as it was sent.
pub fn sent(state: &AppState, theme: &Theme, exchange: &Exchange, width: usize) -> Vec<Line<'static>> {
    let request = &exchange.request;
    let mut lines = labelled(
        vec![theme.span(Role::Strong, &request.method)],
        request.url.as_str(),
        theme.style(Role::Plain),
        request.method.len() + 1,
        width,
    );
    lines.extend(request.headers.iter().flat_map(|(name, value)| header(theme, name, value, NAME, width)));
    if request.body_size > 0 {
        lines.extend(fact(theme, "body", &text::size(request.body_size), width));
    }
    lines.push(Line::default());
    match &exchange.token {
        None => lines.extend(fact(theme, "token", NO_TOKEN, width)),
        Some(token) => lines.extend(token_lines(state, theme, token, width)),
    }
    lines
}

fn token_lines(state: &AppState, theme: &Theme, token: &TokenUsed, width: usize) -> Vec<Line<'static>> {
    let carried = match token.carrier {
        TokenCarrier::Bearer => "as a bearer header",
        TokenCarrier::Cookie => "as the Kinde SDK's cookies",
    };
    let mut lines = fact(theme, "token", &format!("of {}, {carried}", token.identity), width);
    lines.extend(fact(theme, "fingerprint", &format!("SHA-256 {}", token.fingerprint), width));
    if let Some(jti) = &token.jti {
        lines.extend(fact(theme, "jti", jti, width));
    }
    let now = state.sessions.get(&token.identity).and_then(|session| session.view());
    let held = now.map(|view| &view.access.inspection.fingerprint);
    let compared = match held {
        Some(held) if *held == token.fingerprint => (text::GOOD, Role::Good, "the token that is shown now"),
        Some(_) => (text::WARN, Role::Warn, "another token than the one that is shown now"),
        None => (text::NONE, Role::Dim, "the session is not held any more"),
    };
    lines.push(Line::from(vec![
        blanks(LABEL),
        theme.span(compared.1, compared.0),
        Span::raw(" "),
        theme.span(compared.1, compared.2),
    ]));
    lines
}

fn fact(theme: &Theme, label: &str, value: &str, width: usize) -> Vec<Line<'static>> {
    labelled(vec![theme.span(Role::Dim, label)], value, theme.style(Role::Plain), LABEL, width)
}
