//! Identities from `Security.Auth.<id>`, as JetBrains, Kulala and bearcat write them (design.md 3.2).
//!
//! Called by [`Environments::identities`]. Settings of one identity in several blocks are merged, the private
//! file over the public one; `{{…}}` in them is filled from the environment's variables. Unknown settings are
//! for other tools and ignored.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use crate::collection::environment::json::{Json, Node};
use crate::collection::environment::{Environments, Layer, LayerScope, PRIVATE_FILE, Visibility};
use crate::model::identity::{ClientAuthentication, Grant, Identity, IdentityName, IdentitySource, Issuer, Origin};
use crate::model::port::Random;
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::model::session::TokenSet;
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, ClientSecret};
use crate::template::expression::Expression;
use crate::template::{Filler, NoSecrets, Part, Scope, Surroundings, Template, Unfilled, Value};

/// The identities of an environment, and what is wrong with them.
pub(super) fn read(environments: &Environments, environment: Option<&str>) -> (Vec<Identity>, Vec<Problem>) {
    let mut identities: Vec<Identity> = Vec::new();
    let mut problems = Vec::new();
    let mut layers: Vec<&Layer> = environments.layers.iter().collect();
    // The workspace's identities hide the user's of the same name, and outer folders' those of inner ones.
    layers.sort_by_key(|layer| match &layer.scope {
        LayerScope::Folder(path) => path.components().count(),
        LayerScope::User => usize::MAX,
    });
    for layer in layers {
        let folder = match &layer.scope {
            LayerScope::Folder(path) => path.as_path(),
            LayerScope::User => Path::new(""),
        };
        let scope = EnvironmentScope { variables: environments.variables(environment, folder), environments };
        for entry in merge(layer, environment) {
            if identities.iter().any(|known| known.name.as_str() == entry.id) {
                continue;
            }
            let mut builder = Builder { entry: &entry, filler: Filler::new(&scope), problems: &mut problems };
            identities.extend(builder.identity());
        }
    }
    (identities, problems)
}

/// The settings of one identity, merged.
struct Merged<'a> {
    id: String,
    environment: String,
    path: &'a Path,
    place: &'a Place,
    settings: Vec<Setting<'a>>,
}

struct Setting<'a> {
    key: &'a str,
    value: &'a Node,
    place: &'a Place,
    visibility: Visibility,
}

fn merge<'a>(layer: &'a Layer, environment: Option<&'a str>) -> Vec<Merged<'a>> {
    let mut entries: Vec<Merged<'a>> = Vec::new();
    for (file, block) in layer.blocks(environment) {
        for entry in &block.auth {
            let at = entries.iter().position(|known| known.id == entry.id).unwrap_or_else(|| {
                entries.push(Merged {
                    id: entry.id.clone(),
                    environment: block.name.clone(),
                    path: &file.path,
                    place: &entry.place,
                    settings: Vec::new(),
                });
                entries.len() - 1
            });
            let known = &mut entries[at];
            for (member, place) in &entry.settings {
                known.settings.retain(|setting| !setting.key.eq_ignore_ascii_case(&member.key.text));
                let setting =
                    Setting { key: &member.key.text, value: &member.value, place, visibility: file.visibility };
                known.settings.push(setting);
            }
        }
    }
    entries
}

/// The variables of one environment; no clock, no tokens.
struct EnvironmentScope<'a> {
    variables: BTreeMap<String, Value>,
    environments: &'a Environments,
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

static NO_TOKENS: BTreeMap<IdentityName, TokenSet> = BTreeMap::new();

impl Scope for EnvironmentScope<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            now: Timestamp::default(),
            utc_offset_seconds: 0,
            random: &NoRandom,
            process_environment: &self.environments.process_environment,
            dotenv: &self.environments.dotenv,
            tokens: &NO_TOKENS,
            secrets: &NoSecrets,
        }
    }
}

struct Builder<'a, 'b> {
    entry: &'a Merged<'a>,
    filler: Filler<'a>,
    problems: &'b mut Vec<Problem>,
}

impl<'a> Builder<'a, '_> {
    fn identity(&mut self) -> Option<Identity> {
        let grant = self.grant()?;
        let mut identity = Identity::new(&self.entry.id, grant);
        identity.source = IdentitySource::EnvironmentFile {
            path: self.entry.path.to_path_buf(),
            environment: self.entry.environment.clone(),
        };
        if identity.name.is_anonymous() {
            self.problem(self.entry.place, "The name `anonymous` is taken by the identity without a token".to_owned());
            return None;
        }
        identity.issuer = self.issuer();
        identity.endpoints.authorization = self.url("Auth URL");
        identity.endpoints.token = self.url("Token URL");
        identity.endpoints.device_authorization = self.url("Device Auth URL");
        identity.endpoints.revocation = self.url("Revoke URL").or_else(|| self.url("Revocation URL"));
        identity.redirect_uri = self.url("Redirect URL");
        identity.client_id = self.text("Client ID").filter(|id| !id.is_empty());
        identity.client_secret = self.secret("Client Secret").map(ClientSecret::new);
        identity.client_authentication = self.client_authentication();
        identity.scopes = self.words("Scope");
        identity.audiences = self.words("Audience");
        identity.origins = self.origins();
        if grant == Grant::Pasted {
            identity.pasted = self.secret("Token").map(AccessToken::new);
            return Some(identity);
        }
        self.custom_parameters(&mut identity);
        if identity.issuer.is_none() && identity.endpoints.token.is_none() {
            let title = format!("The identity `{}` names no provider", self.entry.id);
            let hint = "Add `\"Issuer\": \"https://mybusiness.kinde.com\"`, or the `Token URL` and the others";
            self.problems.push(Problem::new(ProblemKind::Input, title).hint(hint).at(self.entry.place.clone()));
            return None;
        }
        Some(identity)
    }

    fn grant(&mut self) -> Option<Grant> {
        let kind = self.text("Type").unwrap_or_else(|| "OAuth2".to_owned());
        match kind.to_ascii_lowercase().as_str() {
            "static" => return Some(Grant::Pasted),
            "oauth2" => {}
            _ => {
                self.unsupported("Type", &kind, "OAuth2, Static");
                return None;
            }
        }
        let Some(grant) = self.text("Grant Type").filter(|grant| !grant.is_empty()) else {
            let has_browser_flow = self.setting("Auth URL").is_some() && self.setting("Device Auth URL").is_none();
            return Some(if has_browser_flow { Grant::AuthorizationCode } else { Grant::DeviceAuthorization });
        };
        let known = [Grant::DeviceAuthorization, Grant::AuthorizationCode, Grant::ClientCredentials];
        let found = known.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(grant.trim()));
        if found.is_none() {
            self.unsupported("Grant Type", &grant, "Device Authorization, Authorization Code, Client Credentials");
        }
        found
    }

    fn unsupported(&mut self, key: &str, value: &str, known: &str) {
        let place = self.setting(key).map_or(self.entry.place, |setting| setting.place);
        let title = format!("The identity `{}` has a `{key}` that bearcat does not have", self.entry.id);
        let problem = Problem::new(ProblemKind::Input, title)
            .detail(format!("`{}`", crate::redact::mask(value)))
            .hint(format!("bearcat has: {known}"))
            .at(place.clone());
        self.problems.push(problem);
    }

    fn issuer(&mut self) -> Option<Issuer> {
        let text = self.text("Issuer").filter(|text| !text.is_empty())?;
        match Issuer::parse(&text) {
            Ok(issuer) => Some(issuer),
            Err(error) => {
                self.wrong("Issuer", &error.to_string());
                None
            }
        }
    }

    fn url(&mut self, key: &str) -> Option<Url> {
        let text = self.text(key).filter(|text| !text.is_empty())?;
        match Url::parse(text.trim()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
            _ => {
                self.wrong(key, "An absolute http or https URL is expected");
                None
            }
        }
    }

    fn client_authentication(&mut self) -> ClientAuthentication {
        match self.text("Client Credentials").map(|text| text.to_ascii_lowercase()).as_deref() {
            Some("basic") => ClientAuthentication::Basic,
            Some("in body") => ClientAuthentication::Post,
            _ => ClientAuthentication::FromMetadata,
        }
    }

    fn origins(&mut self) -> Vec<Origin> {
        let mut origins = Vec::new();
        for text in self.words("Origins") {
            match Origin::parse(&text) {
                Some(origin) if !origins.contains(&origin) => origins.push(origin),
                Some(_) => {}
                None => self.wrong("Origins", &format!("`{text}` is not an origin such as `https://api.example.com`")),
            }
        }
        origins
    }

    fn custom_parameters(&mut self, identity: &mut Identity) {
        let Some(parameters) = self.setting("Custom Request Parameters") else { return };
        for member in parameters.value.members() {
            // JetBrains: a text, a list of them, or an object that says where the parameter is used.
            let value = member.value.get("Value").unwrap_or(&member.value);
            for text in self.texts(value, parameters.place) {
                match member.key.text.as_str() {
                    "audience" if identity.audiences.contains(&text) => {}
                    "audience" => identity.audiences.push(text),
                    "org_code" => identity.org_code = Some(text),
                    key => identity.extra_parameters.push((key.to_owned(), text)),
                }
            }
        }
    }

    /// A setting that should not stand in a public file, unless as a `{{variable}}`.
    fn secret(&mut self, key: &str) -> Option<String> {
        let setting = self.setting(key)?;
        if let (Visibility::Public, Json::Text(text)) = (setting.visibility, &setting.value.value) {
            let template = Template::parse(text);
            let is_literal = |part: &Part| matches!(part, Part::Literal(span) if !text[span.clone()].trim().is_empty());
            if template.parts.iter().any(is_literal) {
                crate::redact::register(text);
                let title = format!("The `{key}` of `{}` stands in a public file", self.entry.id);
                let problem = Problem::new(ProblemKind::Input, title)
                    .detail("Whoever can read the repository can read it")
                    .hint(format!("Move it to {PRIVATE_FILE}, or write `{{{{$processEnv NAME}}}}`"))
                    .at(setting.place.clone());
                self.problems.push(problem);
            }
        }
        self.text(key).filter(|text| !text.is_empty())
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let setting = self.setting(key)?;
        let texts = self.texts(setting.value, setting.place);
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    fn words(&mut self, key: &str) -> Vec<String> {
        let text = self.text(key).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn setting(&self, key: &str) -> Option<&'a Setting<'a>> {
        self.entry.settings.iter().find(|setting| setting.key.eq_ignore_ascii_case(key))
    }

    /// The filled text of a value, or of the values of a list.
    fn texts(&mut self, value: &Node, place: &Place) -> Vec<String> {
        match &value.value {
            Json::Text(text) => self.fill(text, place).into_iter().collect(),
            Json::Number(text) => vec![text.clone()],
            Json::Bool(value) => vec![value.to_string()],
            Json::List(items) => items.iter().flat_map(|item| self.texts(item, place)).collect(),
            Json::Null | Json::Object(_) => Vec::new(),
        }
    }

    fn fill(&mut self, text: &str, place: &Place) -> Option<String> {
        if !text.contains("{{") {
            return Some(text.to_owned());
        }
        let template = Template::parse(text);
        let filled = self.filler.fill(&template);
        let mut problems = filled.problems;
        for placeholder in template.placeholders() {
            if matches!(
                placeholder.expression,
                Expression::Dynamic(_)
                    | Expression::Token { .. }
                    | Expression::RequestVariable { .. }
                    | Expression::Secret(_)
            ) {
                problems.retain(|problem| problem.span != placeholder.span);
                problems.push(crate::template::TemplateProblem {
                    name: placeholder.name.clone(),
                    span: placeholder.span.clone(),
                    why: Unfilled::BadArgument("an identity can use variables only".to_owned()),
                });
            }
        }
        if problems.is_empty() {
            return Some(filled.text);
        }
        self.problems.extend(problems.iter().map(|problem| problem.problem(Some(place.clone()))));
        None
    }

    fn wrong(&mut self, key: &str, detail: &str) {
        let place = self.setting(key).map_or(self.entry.place, |setting| setting.place);
        let title = format!("The `{key}` of `{}` cannot be used", self.entry.id);
        let detail = crate::redact::mask(detail).into_owned();
        self.problems.push(Problem::new(ProblemKind::Input, title).detail(detail).at(place.clone()));
    }

    fn problem(&mut self, place: &Place, title: String) {
        self.problems.push(Problem::new(ProblemKind::Input, title).at(place.clone()));
    }
}
