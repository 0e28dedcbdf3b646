//! How requests prove who sends them.
//!
//! What bearcat can do itself becomes a header or an identity; signatures (AWS, Hawk, OAuth 1 …) stay as comments.

use std::collections::BTreeMap;

use crate::collection::draft::{ApiKeyPlace, DraftAuth, Fate, RequestDraft};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;

/// Fields that are never written into a comment.
const SECRET: [&str; 14] = [
    "password",
    "token",
    "accessToken",
    "refreshToken",
    "clientSecret",
    "secretKey",
    "accessKey",
    "sessionToken",
    "consumerSecret",
    "tokenSecret",
    "authKey",
    "privateKey",
    "secret",
    "value",
];

/// The settings of an auth: `[{"key": …, "value": …}]` in v2.1, an object in v2.0.
pub(super) struct Settings<'a>(&'a Json<'a>);

impl<'a> Settings<'a> {
    fn of(auth: &'a Json<'a>, kind: &str) -> Self {
        Self(auth.get(kind))
    }

    fn get(&self, name: &str) -> &'a Json<'a> {
        if self.0.is_object() {
            return self.0.get(name);
        }
        let found = self.0.items().iter().find(|item| item.get("key").text() == Some(name));
        found.map_or(self.0.get(name), |item| item.get("value"))
    }

    fn text(&self, name: &str, context: &mut Context) -> String {
        context.template(&self.get(name).shown())
    }

    /// Names with values that may be read by anyone.
    fn shown(&self) -> Vec<(String, String)> {
        let all: Vec<(String, String)> = if self.0.is_object() {
            self.0.members().iter().map(|(key, value)| (key.clone().into_owned(), value.shown())).collect()
        } else {
            self.0.items().iter().map(|item| (item.field("key"), item.field("value"))).collect()
        };
        all.into_iter().filter(|(name, value)| !value.is_empty() && !SECRET.contains(&name.as_str())).collect()
    }
}

/// Reads the auth that holds for a request.
pub(super) fn read(auth: Option<&Json<'_>>, draft: &mut RequestDraft, context: &mut Context) {
    let Some(auth) = auth else { return };
    let kind = auth.field("type");
    let settings = Settings::of(auth, &kind);
    draft.auth = match kind.as_str() {
        "noauth" => DraftAuth::None,
        "basic" => {
            DraftAuth::Basic { user: settings.text("username", context), password: settings.text("password", context) }
        }
        "digest" => {
            DraftAuth::Digest { user: settings.text("username", context), password: settings.text("password", context) }
        }
        "bearer" => DraftAuth::Bearer { token: settings.text("token", context), prefix: String::new() },
        "apikey" => {
            let name = settings.text("key", context);
            if name.trim().is_empty() {
                context.remark(Fate::Dropped, "auth", "the API key has no name");
                return;
            }
            let place = match settings.get("in").text() {
                Some("query") => ApiKeyPlace::Query,
                _ => ApiKeyPlace::Header,
            };
            DraftAuth::ApiKey { name, value: settings.text("value", context), place }
        }
        "oauth2" => oauth2(&settings, draft, context),
        kind => {
            commented(kind, &settings, draft, context);
            return;
        }
    };
    if draft.auth != DraftAuth::Unspecified {
        context.report.take("authentications", 1);
    }
}

/// An auth that bearcat does not have.
fn commented(kind: &str, settings: &Settings<'_>, draft: &mut RequestDraft, context: &mut Context) {
    let kind: String = kind.chars().filter(|c| !c.is_control()).take(40).collect();
    draft.comments.push(format!("Authentication `{kind}`, which bearcat does not have; its secrets are left out:"));
    draft.comments.extend(settings.shown().into_iter().map(|(name, value)| format!("  {name}: {value}")));
    context.remark(Fate::Commented, "auth", format!("bearcat does not sign with `{kind}`; its secrets are left out"));
}

fn oauth2(settings: &Settings<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftAuth {
    let token_url = settings.text("accessTokenUrl", context);
    let auth_url = settings.text("authUrl", context);
    let grant = match settings.get("grant_type").shown().as_str() {
        "client_credentials" => Some("Client Credentials"),
        "authorization_code" | "authorization_code_with_pkce" | "" => Some("Authorization Code"),
        _ => None,
    };
    if token_url.trim().is_empty() {
        return pasted(settings, draft, context);
    }
    let Some(grant) = grant else {
        let has_token = !settings.get("accessToken").shown().is_empty();
        commented("oauth2", settings, draft, context);
        return if has_token { pasted(settings, draft, context) } else { DraftAuth::Unspecified };
    };
    let mut identity = BTreeMap::new();
    let mut set = |key: &str, value: String| {
        if !value.trim().is_empty() {
            identity.insert(key.to_owned(), value);
        }
    };
    set("Type", "OAuth2".to_owned());
    set("Grant Type", grant.to_owned());
    if grant == "Authorization Code" {
        set("Auth URL", auth_url);
    }
    set("Token URL", token_url);
    set("Client ID", settings.text("clientId", context));
    set("Client Secret", settings.text("clientSecret", context));
    set("Scope", settings.text("scope", context));
    set("Audience", settings.text("audience", context));
    if settings.get("client_authentication").text() == Some("header") {
        set("Client Credentials", "basic".to_owned());
    }
    // A redirect to Postman's own pages or app ends nowhere.
    let redirect = settings.text("redirect_uri", context);
    if redirect.contains("localhost") || redirect.contains("127.0.0.1") {
        set("Redirect URL", redirect);
    }
    if settings.get("addTokenTo").text() == Some("queryParams") {
        context.remark(Fate::Changed, "auth", "the token goes into the `Authorization` header, not into the query");
    }
    for list in ["authRequestParams", "tokenRequestParams", "refreshRequestParams"] {
        if !settings.get(list).items().is_empty() {
            let reason = format!("`{list}` has no counterpart; add `Custom Request Parameters` to the identity");
            context.remark(Fate::Dropped, "auth", reason);
        }
    }
    DraftAuth::Identity(context.identity(identity))
}

/// A token without the way to get a new one.
fn pasted(settings: &Settings<'_>, draft: &mut RequestDraft, context: &mut Context) -> DraftAuth {
    let token = settings.text("accessToken", context);
    if token.trim().is_empty() {
        commented("oauth2", settings, draft, context);
        return DraftAuth::Unspecified;
    }
    if settings.get("addTokenTo").text() == Some("queryParams") {
        return DraftAuth::ApiKey { name: "access_token".into(), value: token, place: ApiKeyPlace::Query };
    }
    DraftAuth::Bearer { token, prefix: settings.text("headerPrefix", context) }
}
