//! Security requirements: `# @auth` with an identity for OAuth 2.0 and OpenID Connect, credentials as variables for the
//! rest, scopes as `# @require`.
//!
//! Called by [`openapi`](super) for the schemes and by [`operation`](super::operation) for each request.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::draft::{
    ApiKeyPlace, DraftAuth, DraftRow, Fate, ImportReport, RequestDraft, RowState, Sensitivity,
};
use crate::collection::import::openapi::document::{Documents, Node};
use crate::collection::import::openapi::server::Servers;
use crate::collection::import::openapi::text::variable_name;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The schemes of a document, and which of them are in use.
pub(super) struct Security<'d> {
    schemes: BTreeMap<&'d str, Scheme>,
    /// The requirement of operations that name none.
    default: Option<Node<'d>>,
}

/// What a scheme makes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    Basic {
        user: String,
        password: String,
    },
    Digest {
        user: String,
        password: String,
    },
    Bearer {
        token: String,
    },
    ApiKey {
        name: String,
        variable: String,
        place: ApiKeyPlace,
    },
    Identity {
        name: String,
        settings: BTreeMap<String, String>,
    },
    /// Not supported; why.
    Unknown(String),
}

impl<'d> Security<'d> {
    /// Reads the schemes.
    pub fn read(documents: &'d Documents, servers: &Servers, report: &mut ImportReport) -> Self {
        let root = documents.root();
        let found = documents
            .get(root, "components")
            .and_then(|components| documents.get(components, "securitySchemes"))
            .or_else(|| documents.get(root, "securityDefinitions"));
        let mut schemes = BTreeMap::new();
        for (name, node) in found.into_iter().flat_map(Node::members) {
            let Some(node) = documents.follow(node) else {
                report.remark(Fate::Dropped, "security scheme", name, "its description could not be found");
                continue;
            };
            let scheme = scheme(name, node, servers.base());
            match &scheme {
                Scheme::Unknown(reason) => report.remark(Fate::Dropped, "security scheme", name, reason.clone()),
                _ => report.take("security schemes", 1),
            }
            if node.is_true("deprecated") {
                report.remark(Fate::Changed, "security scheme", name, "it is deprecated");
            }
            schemes.insert(name, scheme);
        }
        Self { schemes, default: root.raw("security") }
    }

    /// Puts what an operation asks for into its request.
    pub fn apply(
        &self,
        operation: Node<'d>,
        draft: &mut RequestDraft,
        servers: &mut Servers,
        place: &str,
        report: &mut ImportReport,
    ) {
        let Some(required) = operation.raw("security").or(self.default) else { return };
        let alternatives: Vec<Vec<(&str, Vec<&str>)>> = required
            .items()
            .map(|alternative| {
                let scopes = |node: Node<'d>| node.items().filter_map(|scope| scope.value.as_str()).collect();
                alternative.members().map(|(name, node)| (name, scopes(node))).collect()
            })
            .collect();
        let is_optional = alternatives.iter().any(Vec::is_empty);
        let alternatives: Vec<_> = alternatives.into_iter().filter(|alternative| !alternative.is_empty()).collect();
        if alternatives.is_empty() {
            draft.auth = DraftAuth::None;
            return;
        }
        let rank = |alternative: &Vec<(&str, Vec<&str>)>| {
            let schemes = || alternative.iter().map(|(name, _)| self.schemes.get(name));
            let is_unknown = schemes().any(|scheme| matches!(scheme, None | Some(Scheme::Unknown(_))));
            // Signing in is what bearcat is for.
            let signs_in = schemes().any(|scheme| matches!(scheme, Some(Scheme::Identity { .. })));
            (is_unknown, !signs_in)
        };
        let chosen =
            (0..alternatives.len()).min_by_key(|index| (rank(&alternatives[*index]), *index)).unwrap_or_default();
        if is_optional {
            draft.comments.push("Also without authentication: `# @no-auth`".to_owned());
        }
        let others: BTreeSet<String> = alternatives
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != chosen)
            .map(|(_, alternative)| {
                let names: Vec<_> = alternative.iter().map(|(name, _)| *name).collect();
                names.join(" with ")
            })
            .collect();
        if !others.is_empty() {
            let others: Vec<_> = others.into_iter().collect();
            draft.comments.push(format!("Other authentication: {}", others.join(", or ")));
            report.remark(
                Fate::Commented,
                "auth",
                place,
                "one of several ways to authenticate was taken; a comment names the others",
            );
        }
        let mut scopes: Vec<&str> = Vec::new();
        for (name, needed) in &alternatives[chosen] {
            scopes.extend(needed);
            match self.schemes.get(name) {
                Some(Scheme::Unknown(_)) => {
                    report.remark(Fate::Dropped, "auth", place, format!("bearcat has nothing for the scheme `{name}`"));
                }
                Some(scheme) => add(scheme, draft, servers, place, report),
                None => report.remark(Fate::Dropped, "auth", place, format!("the document has no scheme `{name}`")),
            }
        }
        let scopes: Vec<_> = scopes.into_iter().filter(|scope| !scope.contains([' ', '\t', '\n', ','])).collect();
        if !scopes.is_empty() {
            draft.directives.push(("require".to_owned(), scopes.join(" ")));
        }
        report.take("authentications", 1);
    }
}

fn add(scheme: &Scheme, draft: &mut RequestDraft, servers: &mut Servers, place: &str, report: &mut ImportReport) {
    let placeholder = |name: &str| format!("{{{{{name}}}}}");
    let auth = match scheme {
        Scheme::Basic { user, password } => {
            servers.set(user, "", Sensitivity::Plain);
            servers.set(password, "", Sensitivity::Secret);
            DraftAuth::Basic { user: placeholder(user), password: placeholder(password) }
        }
        Scheme::Digest { user, password } => {
            servers.set(user, "", Sensitivity::Plain);
            servers.set(password, "", Sensitivity::Secret);
            DraftAuth::Digest { user: placeholder(user), password: placeholder(password) }
        }
        Scheme::Bearer { token } => {
            if servers.shared.variables.iter().all(|variable| variable.name != *token) {
                let reason = format!(
                    "the token is the variable `{token}` of the private environment file; to sign in instead, write \
                     `# @auth <identity>` in place of the header"
                );
                report.remark(Fate::Changed, "security scheme", "document", reason);
            }
            servers.set(token, "", Sensitivity::Secret);
            DraftAuth::Bearer { token: placeholder(token), prefix: String::new() }
        }
        Scheme::ApiKey { name, variable, place } => {
            servers.set(variable, "", Sensitivity::Secret);
            DraftAuth::ApiKey { name: name.clone(), value: placeholder(variable), place: *place }
        }
        Scheme::Identity { name, settings } => {
            if !servers.shared.identities.contains_key(name) {
                servers.set(&client_id(name), "", Sensitivity::Plain);
                servers.shared.identities.insert(name.clone(), settings.clone());
                report.take("identities", 1);
            }
            DraftAuth::Identity(name.clone())
        }
        Scheme::Unknown(_) => return,
    };
    if draft.auth == DraftAuth::Unspecified {
        draft.auth = auth;
        return;
    }
    // Two at once: a key goes into a row of its own.
    match auth {
        DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Header } => draft.headers.push(DraftRow::new(name, value)),
        DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Query } => draft.query.push(DraftRow::new(name, value)),
        DraftAuth::ApiKey { name, value, place: ApiKeyPlace::Cookie } => {
            let pair = format!("{name}={value}");
            let is_cookie =
                |row: &&mut DraftRow| row.name.eq_ignore_ascii_case("cookie") && row.state == RowState::Enabled;
            match draft.headers.iter_mut().find(is_cookie) {
                Some(row) => row.value = format!("{}; {pair}", row.value),
                None => draft.headers.push(DraftRow::new("Cookie", pair)),
            }
        }
        _ => report.remark(
            Fate::Dropped,
            "auth",
            place,
            "a request carries one `Authorization` header: the first was taken",
        ),
    }
}

fn client_id(identity: &str) -> String {
    format!("{}_client_id", variable_name(identity).replace('-', "_"))
}

fn scheme(name: &str, node: Node<'_>, base: Option<&str>) -> Scheme {
    let variable = variable_name(name).replace('-', "_");
    let credentials = || (format!("{variable}_user"), format!("{variable}_password"));
    match node.text("type").unwrap_or_default() {
        "basic" => {
            let (user, password) = credentials();
            Scheme::Basic { user, password }
        }
        "http" => match node.text("scheme").unwrap_or_default().to_ascii_lowercase().as_str() {
            "basic" => {
                let (user, password) = credentials();
                Scheme::Basic { user, password }
            }
            "digest" => {
                let (user, password) = credentials();
                Scheme::Digest { user, password }
            }
            "bearer" => Scheme::Bearer { token: format!("{variable}_token") },
            other => Scheme::Unknown(format!("bearcat does not know the HTTP authentication `{other}`")),
        },
        "apiKey" => {
            let key = node.text("name").unwrap_or_default().to_owned();
            let place = match node.text("in") {
                Some("query") => ApiKeyPlace::Query,
                Some("cookie") => ApiKeyPlace::Cookie,
                _ => ApiKeyPlace::Header,
            };
            if key.is_empty() {
                return Scheme::Unknown("the scheme does not name its header or parameter".to_owned());
            }
            Scheme::ApiKey { name: key, variable: format!("{variable}_key"), place }
        }
        "oauth2" => oauth(name, node, base),
        "openIdConnect" => {
            let Some(url) = node.text("openIdConnectUrl") else {
                return Scheme::Unknown("the scheme has no `openIdConnectUrl`".to_owned());
            };
            let url = against(base, url);
            let issuer = url.strip_suffix(DISCOVERY).unwrap_or(&url).to_owned();
            let mut settings = settings(name);
            settings.insert("Issuer".to_owned(), issuer);
            settings.insert("Scope".to_owned(), "openid".to_owned());
            Scheme::Identity { name: variable_name(name), settings }
        }
        "mutualTLS" => Scheme::Unknown("client certificates are set in the environment, not in a request".to_owned()),
        other => Scheme::Unknown(format!("bearcat does not know the security scheme `{other}`")),
    }
}

fn settings(name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("Type".to_owned(), "OAuth2".to_owned()),
        ("Client ID".to_owned(), format!("{{{{{}}}}}", client_id(&variable_name(name)))),
    ])
}

fn oauth(name: &str, node: Node<'_>, base: Option<&str>) -> Scheme {
    // Swagger 2.0 has one flow, in the scheme itself.
    let swagger = node.text("flow").map(|flow| match flow {
        "accessCode" => ("authorizationCode", node),
        "application" => ("clientCredentials", node),
        flow => (flow, node),
    });
    let flows: Vec<_> = node.raw("flows").into_iter().flat_map(Node::members).chain(swagger).collect();
    let order = ["authorizationCode", "deviceAuthorization", "clientCredentials", "implicit", "password"];
    let chosen = order.into_iter().find_map(|wanted| flows.iter().find(|(name, _)| *name == wanted));
    let Some((flow, node)) = chosen else {
        return Scheme::Unknown("the scheme has no flow that bearcat knows".to_owned());
    };
    let mut settings = settings(name);
    let mut set = |key: &str, value: String| {
        settings.insert(key.to_owned(), value);
    };
    let grant = match *flow {
        "clientCredentials" => "Client Credentials",
        "deviceAuthorization" => "Device Authorization",
        // The implicit and the password flow are no more (RFC 9700): their providers offer this one.
        _ => "Authorization Code",
    };
    set("Grant Type", grant.to_owned());
    if let Some(url) = node.text("authorizationUrl") {
        set("Auth URL", against(base, url));
    }
    if let Some(url) = node.text("deviceAuthorizationUrl") {
        set("Device Auth URL", against(base, url));
    }
    let token = node.text("tokenUrl").map(|url| against(base, url));
    // The implicit flow has none: it is nearly always beside the other one.
    let token =
        token.or_else(|| node.text("authorizationUrl").map(|url| against(base, url).replace("authorize", "token")));
    if let Some(url) = token {
        set("Token URL", url);
    }
    let scopes: Vec<_> = node.raw("scopes").into_iter().flat_map(Node::members).map(|(scope, _)| scope).collect();
    if !scopes.is_empty() {
        set("Scope", scopes.join(" "));
    }
    Scheme::Identity { name: variable_name(name), settings }
}

/// A relative address is one of the server.
fn against(base: Option<&str>, url: &str) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    let base = base.unwrap_or("http://localhost");
    match url.strip_prefix('/') {
        Some(path) => {
            let start = base.find("://").map_or(0, |at| at + 3);
            let origin = base[start..].find('/').map_or(base, |end| &base[..start + end]);
            format!("{origin}/{path}")
        }
        None => format!("{base}/{url}"),
    }
}
