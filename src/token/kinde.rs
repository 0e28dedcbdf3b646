//! Kinde's claims as people mean them: permissions, roles, organisation, feature flags, scopes (kinde.md 6).
//!
//! Works for any issuer's claims: what is not Kinde's, and what has another form than Kinde's, stays in
//! [`KindeClaims::other`]; nothing is dropped. Read by the token panel, `token --decode` and the findings.

use serde_json::{Map, Value};

/// A role; the plain-text form has only a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `id`.
    pub id: Option<String>,
    /// `key`, or the text itself.
    pub key: String,
    /// `name`.
    pub name: Option<String>,
}

/// An organisation that the user belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `org_…`.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
}

/// The type of a feature flag, spelled out from Kinde's `t`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagKind {
    /// `b`.
    Boolean,
    /// `i`.
    Integer,
    /// `s`.
    Text,
    /// `j`.
    Json,
    /// Anything else, as the token has it; empty when there is no `t`.
    Unknown(String),
}

impl FlagKind {
    /// The word for people.
    pub fn label(&self) -> &str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Unknown(_) => "unknown type",
        }
    }

    fn read(letter: Option<&str>) -> Self {
        match letter {
            Some("b") => Self::Boolean,
            Some("i") => Self::Integer,
            Some("s") => Self::Text,
            Some("j") => Self::Json,
            other => Self::Unknown(other.unwrap_or_default().to_owned()),
        }
    }
}

/// A feature flag.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureFlag {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: FlagKind,
    /// Its value.
    pub value: Value,
}

/// What a property belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PropertyOwner {
    /// `user_properties`.
    User,
    /// `organization_properties`.
    Organization,
    /// `application_properties`.
    Application,
}

/// One property.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// What it belongs to.
    pub owner: PropertyOwner,
    /// Its key.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// `has_trial_period` and `trial_expires_on`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trial {
    /// Is there a trial?
    pub active: Option<bool>,
    /// When it ends, as the token writes it (ISO 8601).
    pub expires_on: Option<String>,
}

/// The claims about the person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// `name`.
    pub name: Option<String>,
    /// `given_name`.
    pub given_name: Option<String>,
    /// `family_name`.
    pub family_name: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `email_verified`.
    pub email_verified: Option<bool>,
    /// `preferred_username`.
    pub username: Option<String>,
    /// `phone_number`.
    pub phone: Option<String>,
    /// `picture`.
    pub picture: Option<String>,
}

impl Person {
    /// What to call the person on a screen: e-mail, else name, else user name.
    pub fn label(&self) -> Option<String> {
        let names = [self.given_name.as_deref(), self.family_name.as_deref()];
        let parts: Vec<&str> = names.into_iter().flatten().collect();
        let joined = (!parts.is_empty()).then(|| parts.join(" "));
        self.email.clone().or_else(|| self.name.clone()).or(joined).or_else(|| self.username.clone())
    }
}

/// The claims of a token, as people mean them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KindeClaims {
    /// Permissions; `None`: the claim is absent or null (not switched on, or no organisation).
    pub permissions: Option<Vec<String>>,
    /// Roles; `None`: the claim is absent or null (switched off by default).
    pub roles: Option<Vec<Role>>,
    /// The organisation that the token is for.
    pub org_code: Option<String>,
    /// Its name.
    pub org_name: Option<String>,
    /// The user's own id for it (`external_organization_id`, `external_org_id`).
    pub external_org_id: Option<String>,
    /// All organisations of the user (`org_codes` and `organizations` together).
    pub organizations: Vec<Organization>,
    /// Feature flags in the order of the token.
    pub feature_flags: Vec<FeatureFlag>,
    /// `scp` and `scope` together, each once.
    pub scopes: Vec<String>,
    /// The trial, where the token speaks of one.
    pub trial: Option<Trial>,
    /// `billing`.
    pub billing: Option<Value>,
    /// Properties of user, organisation and application.
    pub properties: Vec<Property>,
    /// `ksp.persistent`: does the session outlive the browser?
    pub persistent_session: Option<bool>,
    /// The `x-hasura-…` claims that were read in place of, or beside, the plain ones; empty: none.
    pub hasura: Vec<String>,
    /// Who.
    pub person: Person,
    /// Every other claim that is not one of [`REGISTERED`], in order; also those of a form that is not Kinde's.
    pub other: Vec<(String, Value)>,
}

impl KindeClaims {
    /// Is there a role of this key or name? Kinde's SDKs compare either.
    pub fn has_role(&self, role: &str) -> bool {
        self.roles.iter().flatten().any(|have| have.key == role || have.name.as_deref() == Some(role))
    }

    /// Is there a flag of this name that is not off?
    pub fn has_flag(&self, name: &str) -> bool {
        self.feature_flags
            .iter()
            .any(|flag| flag.name == name && !matches!(flag.value, Value::Bool(false) | Value::Null))
    }
}

/// Claims of RFC 7519, OIDC Core, RFC 9068 and Kinde's own bookkeeping that need no reading here.
pub const REGISTERED: [&str; 20] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "nonce",
    "auth_time",
    "at_hash",
    "c_hash",
    "acr",
    "amr",
    "sid",
    "rat",
    "gty",
    "v",
    "client_id",
    "typ",
];

/// Where Hasura wants its claims, when a workflow puts them there.
const HASURA_NAMESPACE: &str = "https://hasura.io/jwt/claims";

/// Reads the claims.
pub fn read(claims: &Map<String, Value>) -> KindeClaims {
    let mut read = KindeClaims::default();
    for (name, value) in claims {
        if REGISTERED.contains(&name.as_str()) {
            continue;
        }
        if read.take(name, value) == Taken::Wholly {
            continue;
        }
        read.other.push((name.clone(), value.clone()));
    }
    // After the plain claims, because those win where a token has both.
    for (name, value) in claims {
        read.take_hasura(name, value);
    }
    if let Some(Value::Object(inner)) = claims.get(HASURA_NAMESPACE) {
        for (name, value) in inner {
            read.take_hasura(name, value);
        }
    }
    read
}

/// Was a claim understood?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// All of it.
    Wholly,
    /// Not, or in part: it is shown among the others too.
    Partly,
}

impl KindeClaims {
    fn take(&mut self, name: &str, value: &Value) -> Taken {
        match name {
            "permissions" => take_nullable(&mut self.permissions, value, texts),
            "roles" => take_nullable(&mut self.roles, value, roles),
            "org_code" => take_text(&mut self.org_code, value),
            "org_name" => take_text(&mut self.org_name, value),
            "external_organization_id" | "external_org_id" => take_text(&mut self.external_org_id, value),
            "org_codes" | "organizations" => self.take_organizations(value),
            "feature_flags" => self.take_flags(value),
            "scp" | "scope" => self.take_scopes(value),
            "has_trial_period" => take_bool(&mut self.trial.get_or_insert_default().active, value),
            "trial_expires_on" => take_text(&mut self.trial.get_or_insert_default().expires_on, value),
            "billing" => {
                self.billing = Some(value.clone());
                Taken::Wholly
            }
            "user_properties" => self.take_properties(PropertyOwner::User, value),
            "organization_properties" => self.take_properties(PropertyOwner::Organization, value),
            "application_properties" => self.take_properties(PropertyOwner::Application, value),
            "ksp" => match (value.get("persistent"), value.as_object().map(Map::len)) {
                (Some(Value::Bool(persistent)), Some(1)) => {
                    self.persistent_session = Some(*persistent);
                    Taken::Wholly
                }
                _ => Taken::Partly,
            },
            "name" => take_text(&mut self.person.name, value),
            "given_name" => take_text(&mut self.person.given_name, value),
            "family_name" => take_text(&mut self.person.family_name, value),
            "email" => take_text(&mut self.person.email, value),
            "email_verified" => take_bool(&mut self.person.email_verified, value),
            "preferred_username" => take_text(&mut self.person.username, value),
            "phone_number" => take_text(&mut self.person.phone, value),
            "picture" => take_text(&mut self.person.picture, value),
            _ if is_hasura(name) => Taken::Wholly,
            _ => Taken::Partly,
        }
    }

    /// The Hasura names replace the plain ones when the switch is on in Kinde (kinde.md 6.2).
    fn take_hasura(&mut self, name: &str, value: &Value) {
        if !is_hasura(name) {
            return;
        }
        let value = &unpacked(value);
        let taken = match name.to_ascii_lowercase().trim_start_matches("x-hasura-") {
            "permissions" if self.permissions.is_none() => take_nullable(&mut self.permissions, value, texts),
            "roles" if self.roles.is_none() => take_nullable(&mut self.roles, value, roles),
            "org-code" if self.org_code.is_none() => take_text(&mut self.org_code, value),
            "org-codes" => self.take_organizations(value),
            "feature-flags" if self.feature_flags.is_empty() => self.take_flags(value),
            // The plain claim was there as well and was read.
            _ => Taken::Wholly,
        };
        self.hasura.push(name.to_owned());
        if taken == Taken::Partly {
            self.other.push((name.to_owned(), value.clone()));
        }
    }

    fn take_organizations(&mut self, value: &Value) -> Taken {
        let Some(entries) = array_or_null(value) else { return Taken::Partly };
        let mut taken = Taken::Wholly;
        for entry in entries {
            let field = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
            let code = entry.as_str().map(str::to_owned).or_else(|| field("id")).or_else(|| field("code"));
            let Some(code) = code else {
                taken = Taken::Partly;
                continue;
            };
            let name = field("name");
            match self.organizations.iter_mut().find(|known| known.code == code) {
                Some(known) => known.name = known.name.take().or(name),
                None => self.organizations.push(Organization { code, name }),
            }
        }
        taken
    }

    fn take_flags(&mut self, value: &Value) -> Taken {
        let flags = match value {
            Value::Object(flags) => flags,
            Value::Null => return Taken::Wholly,
            Value::Array(none) if none.is_empty() => return Taken::Wholly,
            _ => return Taken::Partly,
        };
        self.feature_flags.extend(flags.iter().map(|(name, flag)| {
            let name = name.clone();
            match flag.get("v") {
                Some(value) => {
                    let kind = FlagKind::read(flag.get("t").and_then(Value::as_str));
                    FeatureFlag { name, kind, value: value.clone() }
                }
                None => FeatureFlag { name, kind: FlagKind::Unknown(String::new()), value: flag.clone() },
            }
        }));
        Taken::Wholly
    }

    /// `scp` is an array at Kinde and a text elsewhere, `scope` a text; both forms are read for both.
    fn take_scopes(&mut self, value: &Value) -> Taken {
        let (scopes, taken): (Vec<&str>, Taken) = match value {
            Value::String(text) => (text.split_whitespace().collect(), Taken::Wholly),
            Value::Array(entries) => {
                let scopes: Vec<&str> = entries.iter().filter_map(Value::as_str).collect();
                let taken = if scopes.len() == entries.len() { Taken::Wholly } else { Taken::Partly };
                (scopes, taken)
            }
            Value::Null => (Vec::new(), Taken::Wholly),
            _ => (Vec::new(), Taken::Partly),
        };
        for scope in scopes {
            if !self.scopes.iter().any(|known| known == scope) {
                self.scopes.push(scope.to_owned());
            }
        }
        taken
    }

    /// Kinde wraps each value as `{"v": …}`.
    fn take_properties(&mut self, owner: PropertyOwner, value: &Value) -> Taken {
        let Value::Object(properties) = value else {
            return if value.is_null() { Taken::Wholly } else { Taken::Partly };
        };
        self.properties.extend(properties.iter().map(|(name, property)| {
            let value = match property.as_object() {
                Some(wrapped) if wrapped.len() == 1 => wrapped.get("v").unwrap_or(property),
                _ => property,
            };
            Property { owner, name: name.clone(), value: value.clone() }
        }));
        Taken::Wholly
    }
}

fn is_hasura(name: &str) -> bool {
    let known = ["permissions", "roles", "org-code", "org-codes", "feature-flags"];
    name.to_ascii_lowercase().strip_prefix("x-hasura-").is_some_and(|rest| known.contains(&rest))
}

/// Hasura compares texts only, so some workflows write JSON as text or a PostgreSQL array literal (`{a,b}`).
fn unpacked(value: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    if text == "{}" {
        return Value::Array(Vec::new());
    }
    if let Ok(json @ (Value::Array(_) | Value::Object(_))) = serde_json::from_str(text) {
        return json;
    }
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(items) => items.split(',').map(|item| Value::from(item.trim().trim_matches('"'))).collect(),
        None => value.clone(),
    }
}

fn array_or_null(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(entries) => Some(entries),
        Value::Null => Some(&[]),
        _ => None,
    }
}

fn take_text(slot: &mut Option<String>, value: &Value) -> Taken {
    match value {
        Value::String(text) if slot.is_none() => *slot = Some(text.clone()),
        Value::Null => {}
        _ => return Taken::Partly,
    }
    Taken::Wholly
}

fn take_bool(slot: &mut Option<bool>, value: &Value) -> Taken {
    match value {
        Value::Bool(it) => *slot = Some(*it),
        Value::Null => {}
        _ => return Taken::Partly,
    }
    Taken::Wholly
}

/// `null` counts as absent; an array fills the slot, even an empty one.
fn take_nullable<T>(slot: &mut Option<Vec<T>>, value: &Value, read: fn(&[Value]) -> Vec<T>) -> Taken {
    match value {
        Value::Null => Taken::Wholly,
        Value::Array(entries) => {
            let items = read(entries);
            let taken = if items.len() == entries.len() { Taken::Wholly } else { Taken::Partly };
            *slot = Some(items);
            taken
        }
        _ => Taken::Partly,
    }
}

fn texts(entries: &[Value]) -> Vec<String> {
    entries.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Objects with `id`, `key`, `name` (the SDKs) or plain texts (the docs).
fn roles(entries: &[Value]) -> Vec<Role> {
    let read = |entry: &Value| {
        if let Some(key) = entry.as_str() {
            return Some(Role { id: None, key: key.to_owned(), name: None });
        }
        let field = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let (id, name) = (field("id"), field("name"));
        let key = field("key").or_else(|| name.clone()).or_else(|| id.clone())?;
        Some(Role { id, key, name })
    };
    entries.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests;
