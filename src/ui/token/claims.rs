//! The claims as people mean them; what is not known is kept and shown as it is.

use ratatui::text::Line;
use serde_json::Value;

use crate::app::session::InspectedToken;
use crate::model::time::Timestamp;
use crate::token::describe;
use crate::token::inspect::{Inspection, TokenForm, TokenUse};
use crate::token::kinde::{FeatureFlag, KindeClaims, Organization, PropertyOwner, REGISTERED, Role as KindeRole};
use crate::ui::json::one_line;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::token::LABEL;
use crate::ui::token::checks::expiry;
use crate::ui::wrap::{labelled, paragraph};

const NONE_GRANTED: &str = "none (the list is empty)";
const NOT_THERE: &str = "not in the token";
const NO_AUDIENCE: &str = "none (an API that checks the audience refuses it)";
const OTHER_CLAIMS: &str = "Other claims";

/// More rows of one kind than this are counted only.
const MOST_ROWS: usize = 100;

/// Registered claims that have a row of their own.
const SHOWN: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "auth_time"];

/// Rows that are built one after the other.
struct Rows<'a> {
    theme: &'a Theme,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Rows<'_> {
    fn row(&mut self, label: &str, value: impl AsRef<str>) {
        self.row_in(Role::Plain, label, value.as_ref());
    }

    fn row_in(&mut self, role: Role, label: &str, value: &str) {
        let label = vec![self.theme.span(Role::Dim, label)];
        let value = if value.is_empty() { "(empty)" } else { value };
        self.lines.extend(labelled(label, value, self.theme.style(role), LABEL, self.width));
    }

    /// Rows under one label.
    fn rows(&mut self, label: &str, values: impl IntoIterator<Item = String>) {
        for (index, value) in values.into_iter().enumerate() {
            if index == MOST_ROWS {
                return self.row("", "… and more");
            }
            self.row(if index == 0 { label } else { "" }, value);
        }
    }
}

/// All claims of a token.
pub fn lines(theme: &Theme, token: &InspectedToken, now: Timestamp, width: usize) -> Vec<Line<'static>> {
    let mut rows = Rows { theme, width, lines: Vec::new() };
    let inspection = &token.inspection;
    if let TokenForm::Broken(why) = &inspection.form {
        rows.row_in(Role::Bad, "broken", why);
    }
    if inspection.claims.is_some() {
        person(&mut rows, inspection, &token.kinde);
        access(&mut rows, inspection, &token.kinde);
        parties(&mut rows, inspection);
        times(&mut rows, inspection, now);
    }
    header(&mut rows, inspection);
    for note in &inspection.notes {
        rows.row_in(Role::Warn, "note", note);
    }
    other(&mut rows, inspection, &token.kinde);
    rows.lines
}

fn person(rows: &mut Rows<'_>, inspection: &Inspection, kinde: &KindeClaims) {
    let person = &kinde.person;
    if let Some(label) = person.label() {
        let verified = match person.email_verified {
            Some(true) if person.email.is_some() => " (e-mail verified)",
            Some(false) if person.email.is_some() => " (e-mail not verified)",
            _ => "",
        };
        let name = person.name.as_ref().filter(|name| **name != label).map(|name| format!("{name}, "));
        rows.row("user", format!("{}{label}{verified}", name.unwrap_or_default()));
    }
    if let Some(username) = person.username.as_ref().filter(|username| person.label().as_ref() != Some(*username)) {
        rows.row("user name", username);
    }
    if let Some(phone) = &person.phone {
        rows.row("phone", phone);
    }
    if let Some(subject) = inspection.subject() {
        rows.row("subject", subject);
    }
}

/// What the token allows: organisation, permissions, roles, scopes, flags.
fn access(rows: &mut Rows<'_>, inspection: &Inspection, kinde: &KindeClaims) {
    match (&kinde.org_name, &kinde.org_code) {
        (Some(name), Some(code)) => rows.row("organisation", format!("{name} ({code})")),
        (Some(one), None) | (None, Some(one)) => rows.row("organisation", one),
        (None, None) => {}
    }
    if let Some(id) = &kinde.external_org_id {
        rows.row("external id", id);
    }
    rows.rows("member of", kinde.organizations.iter().map(organization));
    match kinde.permissions.as_deref() {
        Some([]) => rows.row_in(Role::Warn, "permissions", NONE_GRANTED),
        Some(some) => rows.row("permissions", bounded_list(some)),
        None if inspection.token_use() == TokenUse::Access => rows.row_in(Role::Dim, "permissions", NOT_THERE),
        None => {}
    }
    if let Some(roles) = &kinde.roles {
        let roles: Vec<String> = roles.iter().map(role).collect();
        rows.row("roles", if roles.is_empty() { NONE_GRANTED.to_owned() } else { bounded_list(&roles) });
    }
    if !kinde.scopes.is_empty() {
        rows.row("scopes", bounded_list(&kinde.scopes));
    }
    rows.rows("flags", kinde.feature_flags.iter().map(flag));
    if let Some(trial) = &kinde.trial {
        let active = match trial.active {
            Some(true) => "on trial",
            Some(false) => "no trial",
            None => "trial",
        };
        rows.row("trial", trial.expires_on.as_ref().map_or(active.to_owned(), |end| format!("{active}, until {end}")));
    }
    if let Some(billing) = &kinde.billing {
        rows.row("billing", one_line(billing));
    }
    rows.rows(
        "properties",
        kinde.properties.iter().map(|property| {
            let owner = match property.owner {
                PropertyOwner::User => "user",
                PropertyOwner::Organization => "organisation",
                PropertyOwner::Application => "application",
            };
            format!("{} = {} ({owner})", property.name, one_line(&property.value))
        }),
    );
    if let Some(persistent) = kinde.persistent_session {
        rows.row("session", if persistent { "outlives the browser" } else { "ends with the browser" });
    }
    if !kinde.hasura.is_empty() {
        rows.row("Hasura names", bounded_list(&kinde.hasura));
    }
}

fn organization(organization: &Organization) -> String {
    match &organization.name {
        Some(name) => format!("{name} ({})", organization.code),
        None => organization.code.clone(),
    }
}

fn role(role: &KindeRole) -> String {
    match role.name.as_ref().filter(|name| **name != role.key) {
        Some(name) => format!("{} ({name})", role.key),
        None => role.key.clone(),
    }
}

fn flag(flag: &FeatureFlag) -> String {
    format!("{} = {} ({})", flag.name, one_line(&flag.value), flag.kind.label())
}

fn bounded_list(values: &[String]) -> String {
    let shown = values.iter().take(MOST_ROWS).map(String::as_str).collect::<Vec<_>>().join(", ");
    match values.len().checked_sub(MOST_ROWS) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

fn parties(rows: &mut Rows<'_>, inspection: &Inspection) {
    match inspection.audiences().as_slice() {
        [] => rows.row_in(Role::Warn, "audience", NO_AUDIENCE),
        some => rows.row("audience", bounded_list(some)),
    }
    if let Some(issuer) = inspection.issuer() {
        rows.row("issuer", issuer);
    }
    if let Some(client) = inspection.text_claim("azp") {
        rows.row("client", client);
    }
}

fn times(rows: &mut Rows<'_>, inspection: &Inspection, now: Timestamp) {
    match inspection.expires_at() {
        Some(at) => {
            let role = if at <= now { Role::Bad } else { Role::Plain };
            let text = expiry(at, now);
            rows.row_in(role, "expires", text.strip_prefix("Expires ").unwrap_or(&text));
        }
        None => rows.row_in(Role::Warn, "expires", "never, as far as the token says"),
    }
    let past = |at| format!("{}, {}", describe::moment_near(at, now), text::ago(at, now));
    if let Some(at) = inspection.issued_at() {
        rows.row("issued", past(at));
    }
    if let Some(at) = inspection.not_before() {
        rows.row("valid from", past(at));
    }
    let signed_in = inspection.claim("auth_time").and_then(Value::as_i64).map(Timestamp::from_seconds);
    if let Some(at) = signed_in {
        rows.row("signed in", past(at));
    }
}

fn header(rows: &mut Rows<'_>, inspection: &Inspection) {
    if let Some(jti) = inspection.jti() {
        rows.row("token id", jti);
    }
    if inspection.header.is_some() {
        let algorithm = inspection.algorithm().unwrap_or("no algorithm");
        let key = inspection.key_id().map_or("no key id".to_owned(), |kid| format!("key {kid}"));
        rows.row("signed", format!("{algorithm}, {key}"));
    }
    rows.row("fingerprint", format!("SHA-256 {}, {} bytes", inspection.fingerprint, inspection.size));
}

/// Claims that have no row of their own, registered or not.
fn other(rows: &mut Rows<'_>, inspection: &Inspection, kinde: &KindeClaims) {
    let claims = inspection.claims.iter().flatten();
    let registered = claims.filter(|(name, _)| REGISTERED.contains(&name.as_str()) && !SHOWN.contains(&name.as_str()));
    let others = kinde.other.iter().map(|(name, value)| (name, value));
    let all: Vec<_> = others.chain(registered).collect();
    if all.is_empty() {
        return;
    }
    rows.lines.push(Line::default());
    rows.lines.extend(paragraph(rows.theme, Role::Strong, 0, OTHER_CLAIMS, rows.width));
    for (name, value) in all.iter().take(MOST_ROWS) {
        rows.row(name, one_line(value));
    }
    if all.len() > MOST_ROWS {
        rows.row("", format!("… and {} more", all.len() - MOST_ROWS));
    }
}
