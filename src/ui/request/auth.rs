//! The Auth tab: whose token goes out, why that one, how it is carried, where it may go, and whether it will pass there.

use ratatui::text::Line;

use crate::app::effect::ActAs;
use crate::app::state::AppState;
use crate::keys::action::Action;
use crate::model::identity::{Identity, IdentitySource};
use crate::model::request::{AuthDirective, RequestBlock, TokenCarrier};
use crate::ui::hints::main_key;
use crate::ui::request::preflight;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::tree::path_label;
use crate::ui::wrap::{labelled, paragraph};

/// Columns of a label.
const LABEL: usize = 13;

const OWN: &str = "The request brings its own `Authorization`: no identity's token is attached.";

const LOOPBACK: &str = "this machine (loopback)";

/// What the tab says below its rows.
pub fn lines(state: &AppState, request: &RequestBlock, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut row = |label: &str, value: &str| {
        lines.extend(labelled(vec![theme.span(Role::Dim, label)], value, theme.style(Role::Plain), LABEL, width));
    };
    if let Some(route) = state.route(&request.id) {
        let (sign, _) = text::access(route.access);
        row("route", &format!("{sign} {}: {}", route.access.word(), route.reason));
        row("handler", &format!("{} line {}", path_label(&route.place.file), route.place.line));
    }
    if request.has_own_authorization() {
        lines.extend(paragraph(theme, Role::Dim, 0, OWN, width));
        lines.extend(preflight::lines(state, theme, LABEL, width));
        return lines;
    }
    let Some(name) = state.effective_identity() else {
        row("identity", &format!("none: no token is sent, {}", why(state, request)));
        let hint = format!("{} chooses the identity to act as.", main_key(Action::ActAs));
        lines.extend(paragraph(theme, Role::Dim, 0, &hint, width));
        lines.extend(preflight::lines(state, theme, LABEL, width));
        return lines;
    };
    // The rows above say it, unless something else was chosen for now.
    let says_so = matches!(&request.directives.auth, Some(AuthDirective::Identity { name: said, carrier })
        if said == name && *carrier == state.carrier_of(request) && state.act_as == ActAs::RequestDecides);
    if !says_so {
        row("identity", &format!("{name}, {}", why(state, request)));
    }
    let key = main_key(Action::CookieMode);
    match state.carrier_of(request) {
        _ if says_so => {}
        TokenCarrier::Bearer => row("carried as", &format!("Authorization: Bearer header ({key}: as cookies)")),
        TokenCarrier::Cookie => row("carried as", &format!("cookies of the Kinde SDK ({key}: as a bearer header)")),
    }
    lines.extend(preflight::lines(state, theme, LABEL, width));
    let mut row = |label: &str, value: &str| {
        lines.extend(labelled(vec![theme.span(Role::Dim, label)], value, theme.style(Role::Plain), LABEL, width));
    };
    if let Some(identity) = state.identity_named(name) {
        row("signs in", &sign_in(identity));
        row("sent only to", &origins(identity));
        row("defined in", &source(&identity.source));
    } else {
        lines.extend(paragraph(
            theme,
            Role::Bad,
            0,
            &format!("{} No identity `{name}` is defined here.", text::BAD),
            width,
        ));
    }
    lines
}

/// Why this identity and no other.
fn why(state: &AppState, request: &RequestBlock) -> &'static str {
    match (&request.directives.auth, state.act_as) {
        (_, ActAs::Chosen) => "chosen for all requests",
        (Some(AuthDirective::None), _) => "the request says `# @no-auth`",
        (Some(AuthDirective::Identity { .. }), _) => "the request says so",
        (None, _) => "the current identity",
    }
}

fn sign_in(identity: &Identity) -> String {
    let mut parts = vec![identity.grant.as_str().to_owned()];
    parts.extend(identity.issuer.as_ref().map(|issuer| format!("at {issuer}")));
    parts.extend(identity.client_id.as_ref().map(|client| format!("client {client}")));
    if !identity.audiences.is_empty() {
        parts.push(format!("audience {}", identity.audiences.join(" ")));
    }
    parts.extend(identity.org_code.as_ref().map(|code| format!("organisation {code}")));
    parts.join(", ")
}

fn origins(identity: &Identity) -> String {
    let listed = identity.origins.iter().map(|origin| origin.as_str().to_owned());
    std::iter::once(LOOPBACK.to_owned()).chain(listed).collect::<Vec<_>>().join(", ")
}

/// Where an identity was found, in words.
pub fn source(source: &IdentitySource) -> String {
    match source {
        IdentitySource::EnvironmentFile { path, environment } => format!("{}, {environment}", path_label(path)),
        IdentitySource::Detected { path } => format!("{} (a Kinde SDK's settings)", path_label(path)),
        IdentitySource::Demo => "the demo".to_owned(),
        IdentitySource::Adhoc => "this run of bearcat only".to_owned(),
        IdentitySource::BuiltIn => "bearcat".to_owned(),
    }
}
