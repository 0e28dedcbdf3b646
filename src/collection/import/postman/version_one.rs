//! Collections of version 1, which Postman's dumps hold: requests in a list, order and folders beside it.
//!
//! They are put into the shape of v2 and read like it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::collection::import::json::Json;

/// Folders deeper than this are taken as flat: the file may say that they contain each other.
const DEEPEST: usize = 64;

/// The collection in the shape of v2.
pub(super) fn collection<'a>(json: &Json<'a>) -> Json<'a> {
    let requests: HashMap<String, &Json<'a>> =
        json.get("requests").items().iter().map(|request| (request.field("id"), request)).collect();
    let folders: HashMap<String, &Json<'a>> =
        json.get("folders").items().iter().map(|folder| (folder.field("id"), folder)).collect();
    let mut walk = Walk { requests, folders, seen: HashSet::new() };
    let mut items = walk.items(json, 0);
    // What stands in no order is not lost.
    for folder in json.get("folders").items() {
        if !walk.seen.contains(&folder.field("id")) && folder.get("folder").is_null() {
            items.extend(walk.folder(&folder.field("id"), 0));
        }
    }
    for request in json.get("requests").items() {
        if walk.seen.insert(request.field("id")) {
            items.push(item(request));
        }
    }
    object(vec![
        ("info", object(vec![("name", json.get("name").clone()), ("description", json.get("description").clone())])),
        ("item", Json::List(items)),
        ("auth", json.get("auth").clone()),
        ("event", json.get("events").clone()),
        ("variable", json.get("variables").clone()),
    ])
}

struct Walk<'b, 'a> {
    requests: HashMap<String, &'b Json<'a>>,
    folders: HashMap<String, &'b Json<'a>>,
    seen: HashSet<String>,
}

impl<'a> Walk<'_, 'a> {
    fn items(&mut self, parent: &Json<'a>, depth: usize) -> Vec<Json<'a>> {
        let mut items = Vec::new();
        for id in parent.get("folders_order").items() {
            items.extend(self.folder(&id.shown(), depth));
        }
        for id in parent.get("order").items() {
            let id = id.shown();
            if let Some(request) = self.requests.get(&id).copied()
                && self.seen.insert(id)
            {
                items.push(item(request));
            }
        }
        items
    }

    fn folder(&mut self, id: &str, depth: usize) -> Option<Json<'a>> {
        let folder = self.folders.get(id).copied()?;
        if depth > DEEPEST || !self.seen.insert(id.to_owned()) {
            return None;
        }
        let items = self.items(folder, depth + 1);
        Some(object(vec![
            ("name", folder.get("name").clone()),
            ("description", folder.get("description").clone()),
            ("item", Json::List(items)),
            ("auth", folder.get("auth").clone()),
            ("event", folder.get("events").clone()),
            ("variable", folder.get("variables").clone()),
        ]))
    }
}

fn object<'a>(members: Vec<(&'static str, Json<'a>)>) -> Json<'a> {
    let members = members.into_iter().filter(|(_, value)| !value.is_null());
    Json::Object(members.map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

fn item<'a>(request: &Json<'a>) -> Json<'a> {
    let headers = request.get("headerData");
    let headers = if headers.items().is_empty() { request.get("headers") } else { headers };
    let url = object(vec![
        ("raw", request.get("url").clone()),
        ("query", request.get("queryParams").clone()),
        ("variable", path_variables(request)),
    ]);
    let mut events = request.get("events").items().to_vec();
    if events.is_empty() {
        for (listen, script) in [("prerequest", request.get("preRequestScript")), ("test", request.get("tests"))] {
            if script.text().is_some_and(|script| !script.trim().is_empty()) {
                let script = object(vec![("exec", script.clone())]);
                events.push(object(vec![("listen", Json::Text(Cow::Borrowed(listen))), ("script", script)]));
            }
        }
    }
    object(vec![
        ("name", request.get("name").clone()),
        (
            "request",
            object(vec![
                ("method", request.get("method").clone()),
                ("header", headers.clone()),
                ("url", url),
                ("body", body(request)),
                ("auth", auth(request)),
                ("description", request.get("description").clone()),
            ]),
        ),
        ("event", Json::List(events)),
        ("response", responses(request.get("responses"))),
        ("protocolProfileBehavior", request.get("protocolProfileBehavior").clone()),
    ])
}

/// `pathVariableData` is a list, the older `pathVariables` an object.
fn path_variables<'a>(request: &Json<'a>) -> Json<'a> {
    let list = request.get("pathVariableData");
    if !list.items().is_empty() {
        return list.clone();
    }
    let members = request.get("pathVariables").members().iter();
    Json::List(
        members.map(|(key, value)| object(vec![("key", Json::Text(key.clone())), ("value", value.clone())])).collect(),
    )
}

fn body<'a>(request: &Json<'a>) -> Json<'a> {
    let text = |text: &'static str| Json::Text(Cow::Borrowed(text));
    let data = request.get("data");
    match request.get("dataMode").text() {
        Some("raw") => {
            let raw = request.get("rawModeData");
            let raw = if raw.is_null() { data } else { raw };
            object(vec![("mode", text("raw")), ("raw", raw.clone()), ("options", request.get("dataOptions").clone())])
        }
        Some("urlencoded") => object(vec![("mode", text("urlencoded")), ("urlencoded", data.clone())]),
        Some("params") => object(vec![("mode", text("formdata")), ("formdata", form_data(data))]),
        Some("binary") => object(vec![("mode", text("file")), ("file", request.get("rawModeData").clone())]),
        Some("graphql") => object(vec![("mode", text("graphql")), ("graphql", request.get("graphqlModeData").clone())]),
        _ => Json::Null,
    }
}

/// A file part of v1 has its path in `value`.
fn form_data<'a>(data: &Json<'a>) -> Json<'a> {
    let part = |item: &Json<'a>| {
        if item.get("type").text() != Some("file") || !item.get("src").is_null() {
            return item.clone();
        }
        let mut members = item.members().to_vec();
        members.push((Cow::Borrowed("src"), item.get("value").clone()));
        Json::Object(members)
    };
    Json::List(data.items().iter().map(part).collect())
}

fn auth<'a>(request: &Json<'a>) -> Json<'a> {
    if request.get("auth").is_object() {
        return request.get("auth").clone();
    }
    let (Some(helper), settings) = (request.get("currentHelper").text(), request.get("helperAttributes")) else {
        return Json::Null;
    };
    let kind = match helper {
        "basicAuth" => "basic",
        "bearerAuth" => "bearer",
        "digestAuth" => "digest",
        "oAuth1" => "oauth1",
        "oAuth2" => "oauth2",
        "awsSigV4" => "awsv4",
        "hawkAuth" => "hawk",
        "ntlmAuth" => "ntlm",
        _ => return Json::Null,
    };
    object(vec![("type", Json::Text(Cow::Borrowed(kind))), (kind, settings.clone())])
}

fn responses<'a>(list: &Json<'a>) -> Json<'a> {
    let response = |item: &Json<'a>| {
        let code = item.get("responseCode");
        object(vec![
            ("name", item.get("name").clone()),
            ("code", code.get("code").clone()),
            ("status", code.get("name").clone()),
            ("body", item.first(&["text", "body"]).clone()),
        ])
    };
    Json::List(list.items().iter().map(response).collect())
}
