//! Who and what the demo knows: users, organisations, applications and APIs, as Kinde's admin pages would show them.
//!
//! The constants are public for the sample workspace and for tests. Users can change while the demo runs.

use serde_json::{Value, json};

/// The registered API that the demo's applications are authorised for.
pub const AUDIENCE: &str = "https://api.acme.test";

/// A registered API that no application is authorised for: asking for it gives `aud: []`.
pub const UNAUTHORIZED_AUDIENCE: &str = "https://billing.acme.test";

/// The scopes of [`AUDIENCE`]; also the keys of the permissions.
pub const API_SCOPES: [&str; 4] = ["create:orders", "delete:orders", "read:orders", "read:reports"];

/// The OIDC scopes of kinde.md 1.2. `offline_access` is not one of them: it is ignored without a word.
pub const OIDC_SCOPES: [&str; 7] = ["address", "email", "event_hooks", "offline", "openid", "phone", "profile"];

/// Jane may read orders of Acme, nothing else. The demo key signs in as her.
pub const JANE: &str = "jane@acme.test";
/// The admin may do everything in Acme, and reads orders of Globex.
pub const ADMIN: &str = "admin@acme.test";
/// Sam belongs to no organisation, so has no permission.
pub const SAM: &str = "sam@example.test";

/// Acme's organisation code.
pub const ACME: &str = "org_acme";
/// Globex's organisation code.
pub const GLOBEX: &str = "org_globex";

/// The types of applications that Kinde has (kinde.md 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientKind {
    /// `device`: device grant, no secret.
    Device,
    /// `spa`: code with PKCE, no secret.
    FrontEnd,
    /// `reg`: code with a secret; PKCE may be added.
    BackEnd,
    /// `m2m`: client credentials.
    MachineToMachine,
}

/// An application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// 32 hexadecimal digits.
    pub id: &'static str,
    /// Its name on the pages.
    pub name: &'static str,
    /// Its type.
    pub kind: ClientKind,
    /// Back-end and machine-to-machine applications have one. No secret at all: it is printed in the source.
    pub secret: Option<&'static str>,
    /// The APIs that it is authorised for.
    pub audiences: &'static [&'static str],
    /// API scopes that a machine-to-machine application is given.
    pub scopes: &'static [&'static str],
    /// The organisation of an org-scoped machine-to-machine application.
    pub org_code: Option<&'static str>,
}

/// The device application; also the default one, so that `client_id` may be left out.
pub const DEVICE_CLIENT: Client = Client {
    id: "de51ce0000000000000000000000c0de",
    name: "Acme terminal",
    kind: ClientKind::Device,
    secret: None,
    audiences: &[AUDIENCE],
    scopes: &[],
    org_code: None,
};

/// The front-end application, for code with PKCE.
pub const SPA_CLIENT: Client = Client {
    id: "5ba00000000000000000000000c11e47",
    name: "Acme desktop",
    kind: ClientKind::FrontEnd,
    secret: None,
    audiences: &[AUDIENCE],
    scopes: &[],
    org_code: None,
};

/// The back-end application: the client of the demo's Next.js and Express apps.
pub const BACKEND_CLIENT: Client = Client {
    id: "bac0e2d000000000000000000c11e475",
    name: "Acme shop",
    kind: ClientKind::BackEnd,
    secret: Some("demoBackendSecretKnownToEverybody0123456789abcd"),
    audiences: &[AUDIENCE],
    scopes: &[],
    org_code: None,
};

/// The machine-to-machine application without an organisation.
pub const M2M_CLIENT: Client = Client {
    id: "3a2c41e000000000000000000c11e476",
    name: "Acme nightly export",
    kind: ClientKind::MachineToMachine,
    secret: Some("demoMachineSecretKnownToEverybody0123456789abcd"),
    audiences: &[AUDIENCE],
    scopes: &["read:orders", "create:orders"],
    org_code: None,
};

/// The machine-to-machine application of one organisation.
pub const M2M_ORG_CLIENT: Client = Client {
    id: "3a2c41e000000000000000000c11e477",
    name: "Acme connector",
    kind: ClientKind::MachineToMachine,
    secret: Some("demoConnectorSecretKnownToEverybody0123456789ab"),
    audiences: &[AUDIENCE],
    scopes: &["read:orders"],
    org_code: Some(ACME),
};

/// All applications.
pub const CLIENTS: [Client; 5] = [DEVICE_CLIENT, SPA_CLIENT, BACKEND_CLIENT, M2M_CLIENT, M2M_ORG_CLIENT];

/// The application with this id.
pub fn client(id: &str) -> Option<&'static Client> {
    const ALL: &[Client] = &CLIENTS;
    ALL.iter().find(|client| client.id == id)
}

/// The callback that the demo's applications register, besides what a test adds with `Demo::allow_callback`.
pub const CALLBACKS: [&str; 2] = ["http://127.0.0.1:53180/callback", "http://localhost:53180/callback"];

/// The `connection_id` with which the sign-in page submits itself for the user of `login_hint`: for headless browsers.
pub const AUTOMATIC_CONNECTION: &str = "conn_automatic";

/// A membership of an organisation, with what it grants there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organisation's code.
    pub org_code: String,
    /// The organisation's name.
    pub org_name: String,
    /// Keys of permissions.
    pub permissions: Vec<String>,
    /// Keys of roles.
    pub roles: Vec<String>,
}

/// A user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// `kp_` and 32 hexadecimal digits.
    pub id: String,
    /// The e-mail address: what the pages list.
    pub email: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
    /// Organisations, the default one first.
    pub memberships: Vec<Membership>,
    /// Feature flags as they stand in the token: name to `{"t": …, "v": …}`.
    pub feature_flags: Value,
}

impl User {
    /// The membership that a sign-in to `org_code` uses: the default organisation where none is asked for.
    pub fn membership(&self, org_code: Option<&str>) -> Option<&Membership> {
        match org_code {
            Some(code) => self.memberships.iter().find(|membership| membership.org_code == code),
            None => self.memberships.first(),
        }
    }

    /// The full name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// The users that a demo starts with.
pub fn users() -> Vec<User> {
    let membership = |code: &str, name: &str, permissions: &[&str], roles: &[&str]| Membership {
        org_code: code.to_owned(),
        org_name: name.to_owned(),
        permissions: permissions.iter().map(ToString::to_string).collect(),
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    let user = |id: &str, email: &str, given: &str, family: &str, memberships, feature_flags| User {
        id: id.to_owned(),
        email: email.to_owned(),
        given_name: given.to_owned(),
        family_name: family.to_owned(),
        memberships,
        feature_flags,
    };
    vec![
        user(
            "kp_1a7e000000000000000000000000ac3e",
            JANE,
            "Jane",
            "Rivers",
            vec![membership(ACME, "Acme", &["read:orders"], &["clerk"])],
            json!({ "dark_mode": { "t": "b", "v": true }, "theme": { "t": "s", "v": "forest" } }),
        ),
        user(
            "kp_ad317000000000000000000000000ac3",
            ADMIN,
            "Ada",
            "Minh",
            vec![
                membership(ACME, "Acme", &API_SCOPES, &["admin", "clerk"]),
                membership(GLOBEX, "Globex", &["read:orders"], &["guest"]),
            ],
            json!({
                "dark_mode": { "t": "b", "v": false },
                "max_orders": { "t": "i", "v": 500 },
                "limits": { "t": "j", "v": { "export_rows": 10_000 } }
            }),
        ),
        user("kp_5a300000000000000000000000000000", SAM, "Sam", "Okoye", Vec::new(), json!({})),
    ]
}
