//! How Insomnia's requests prove who sends them.

use std::collections::BTreeMap;

use crate::collection::draft::{ApiKeyPlace, DraftAuth, Fate, RequestDraft};
use crate::collection::import::context::Context;
use crate::collection::import::json::Json;

/// Does a request or folder say how? An empty object inherits.
pub(super) fn is_said(json: &Json<'_>) -> bool {
    json.get("type").text().is_some_and(|kind| !kind.is_empty())
}

/// Reads the authentication that holds for a request.
pub(super) fn read(json: Option<&Json<'_>>, draft: &mut RequestDraft, context: &mut Context) {
    let Some(json) = json else { return };
    let kind = json.field("type");
    if json.get("disabled").is_true() {
        context.remark(Fate::Dropped, "auth", "it is disabled");
        return;
    }
    let mut text = |name: &str| context.nunjucks(&json.field(name));
    draft.auth = match kind.as_str() {
        "none" => DraftAuth::None,
        "basic" => DraftAuth::Basic { user: text("username"), password: text("password") },
        "digest" => DraftAuth::Digest { user: text("username"), password: text("password") },
        "bearer" => DraftAuth::Bearer { token: text("token"), prefix: text("prefix") },
        "singleToken" => DraftAuth::Bearer { token: text("token"), prefix: String::new() },
        "apikey" => {
            let (name, value) = (text("key"), text("value"));
            let place = match json.get("addTo").text() {
                Some("queryParams") => ApiKeyPlace::Query,
                Some("cookie") => ApiKeyPlace::Cookie,
                _ => ApiKeyPlace::Header,
            };
            if name.trim().is_empty() {
                context.remark(Fate::Dropped, "auth", "the API key has no name");
                return;
            }
            DraftAuth::ApiKey { name, value, place }
        }
        "oauth2" => match oauth2(json, context) {
            Some(auth) => auth,
            None => return commented(&kind, json, draft, context),
        },
        kind => return commented(kind, json, draft, context),
    };
    context.report.take("authentications", 1);
}

fn commented(kind: &str, json: &Json<'_>, draft: &mut RequestDraft, context: &mut Context) {
    const SHOWN: [&str; 10] = [
        "grantType",
        "accessTokenUrl",
        "authorizationUrl",
        "clientId",
        "scope",
        "region",
        "service",
        "username",
        "realm",
        "algorithm",
    ];
    let kind: String = kind.chars().filter(|c| !c.is_control()).take(40).collect();
    draft.comments.push(format!("Authentication `{kind}`, which bearcat does not have; its secrets are left out:"));
    for name in SHOWN {
        let value = json.field(name);
        if !value.is_empty() {
            draft.comments.push(format!("  {name}: {value}"));
        }
    }
    context.remark(
        Fate::Commented,
        "auth",
        format!("bearcat does not sign with `{kind}` like this; its secrets are left out"),
    );
}

/// An identity; `None`: a grant that bearcat does not have.
fn oauth2(json: &Json<'_>, context: &mut Context) -> Option<DraftAuth> {
    let grant = match json.field("grantType").as_str() {
        "client_credentials" => "Client Credentials",
        "authorization_code" | "" => "Authorization Code",
        "device_code" | "mcp-auth-flow" => "Device Authorization",
        _ => return None,
    };
    let token_url = context.nunjucks(&json.field("accessTokenUrl"));
    if token_url.trim().is_empty() {
        return None;
    }
    let mut identity = BTreeMap::new();
    let mut set = |key: &str, value: String| {
        if !value.trim().is_empty() {
            identity.insert(key.to_owned(), value);
        }
    };
    set("Type", "OAuth2".to_owned());
    set("Grant Type", grant.to_owned());
    if grant == "Authorization Code" {
        set("Auth URL", context.nunjucks(&json.field("authorizationUrl")));
        set("Redirect URL", context.nunjucks(&json.field("redirectUrl")));
    }
    set("Token URL", token_url);
    set("Client ID", context.nunjucks(&json.field("clientId")));
    set("Client Secret", context.nunjucks(&json.field("clientSecret")));
    set("Scope", context.nunjucks(&json.field("scope")));
    set("Audience", context.nunjucks(&json.field("audience")));
    if json.get("credentialsInBody").is_true() {
        set("Client Credentials", "in body".to_owned());
    }
    Some(DraftAuth::Identity(context.identity(identity)))
}
