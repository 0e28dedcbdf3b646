//! Items as requests: with what they inherit, and with Bruno's defaults.
//!
//! Called by [`bruno`](super) for each request, from the collection down.

use std::collections::BTreeMap;

use crate::collection::draft::{
    ApiKeyPlace, DraftAuth, DraftBody, DraftPart, DraftRow, Fate, ImportReport, PartContent, RequestDraft, RowState,
};
use crate::collection::import::bruno::expression;
use crate::collection::import::bruno::model::{Auth, Body, Field, Item, PartValue};
use crate::collection::import::path::{Lost, PLACEHOLDER_LOST, reference};

/// Makes a request. `levels` are the collection and the folders around it, from the outside in.
pub(super) struct Maker<'a> {
    /// The collection and the folders.
    pub levels: &'a [&'a Item],
    /// Where this is, for remarks.
    pub place: &'a str,
    /// Where remarks go.
    pub report: &'a mut ImportReport,
    /// Identities that were needed, by name.
    pub identities: &'a mut BTreeMap<String, BTreeMap<String, String>>,
}

impl Maker<'_> {
    fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.place, reason);
    }

    /// The request.
    pub fn request(&mut self, item: &Item) -> RequestDraft {
        let mut draft =
            RequestDraft { name: item.name.clone(), method: item.method.clone(), ..RequestDraft::default() };
        if !item.docs.trim().is_empty() {
            draft.comments.extend(item.docs.trim().lines().map(str::to_owned));
        }
        self.url(item, &mut draft);
        self.headers(item, &mut draft);
        self.auth(item, &mut draft);
        self.body(&item.body, &mut draft);
        self.settings(item, &mut draft);
        self.captures(item, &mut draft);
        self.assertions(item, &mut draft);
        self.scripts(item, &mut draft);
        for kind in &item.unused_bodies {
            self.remark(Fate::Dropped, "body", format!("the body `{kind}` is filled in, but not in use"));
        }
        for kind in &item.unused_auth {
            self.remark(Fate::Dropped, "auth", format!("the authentication `{kind}` is filled in, but not in use"));
        }
        for name in &item.unknown {
            self.remark(Fate::Dropped, "block", format!("`{name}` is not known"));
        }
        if item.examples > 0 {
            self.remark(Fate::Dropped, "example", format!("{} saved examples of answers", item.examples));
        }
        self.report.take("requests", 1);
        self.report.take("headers", draft.headers.len());
        self.report.take("query parameters", draft.query.len());
        self.report.take("bodies", usize::from(draft.body != DraftBody::None));
        draft
    }

    fn url(&mut self, item: &Item, draft: &mut RequestDraft) {
        let url = item.url.trim();
        let (address, query) = url.split_once('?').map_or((url, None), |(address, query)| (address, Some(query)));
        draft.url = match &item.query {
            // The rows say more than the URL: they know the disabled ones.
            Some(rows) if !rows.is_empty() => {
                for field in rows {
                    draft.query.push(row(field));
                    if !field.description.is_empty() {
                        draft.comments.push(described(field));
                    }
                }
                address.to_owned()
            }
            _ => match query {
                Some(query) => format!("{address}?{query}"),
                None => address.to_owned(),
            },
        };
        for field in item.path.iter().filter(|field| field.is_enabled) {
            let value =
                if field.value.trim().is_empty() { format!("{{{{{}}}}}", field.name) } else { encode(&field.value) };
            draft.url = replace_segment(&draft.url, &field.name, &value);
            self.report.take("path parameters", 1);
        }
    }

    /// Those of the request hide those of its folders, and these those of the collection.
    fn headers(&mut self, item: &Item, draft: &mut RequestDraft) {
        let mut inherited: Vec<&Field> = Vec::new();
        for level in self.levels {
            for field in &level.headers {
                inherited.retain(|known| !known.name.eq_ignore_ascii_case(&field.name));
                inherited.push(field);
            }
        }
        inherited.retain(|known| {
            known.is_enabled
                && !item.headers.iter().any(|own| own.is_enabled && own.name.eq_ignore_ascii_case(&known.name))
        });
        for field in inherited.into_iter().chain(&item.headers) {
            let mut header = row(field);
            header.value = header.value.replace('\n', " ");
            draft.headers.push(header);
        }
        draft.comments.extend(item.headers.iter().filter(|field| !field.description.is_empty()).map(described));
    }

    fn auth(&mut self, item: &Item, draft: &mut RequestDraft) {
        let of_levels = self.levels.iter().rev().map(|level| &level.auth);
        let inherited = of_levels.clone().find(|auth| !matches!(auth, Auth::Unspecified | Auth::Inherit)).cloned();
        let auth = match &item.auth {
            Auth::Inherit => inherited.unwrap_or_default(),
            // None is worth saying only where the folder has one.
            Auth::None if !matches!(inherited, Some(Auth::Mode(..))) => Auth::Unspecified,
            auth => auth.clone(),
        };
        let Auth::Mode(mode, fields) = auth else {
            if auth == Auth::None {
                draft.auth = DraftAuth::None;
            }
            return;
        };
        let setting = |name: &str| Auth::setting(&fields, name);
        draft.auth = match mode.as_str() {
            "basic" => DraftAuth::Basic { user: setting("username"), password: setting("password") },
            "digest" => DraftAuth::Digest { user: setting("username"), password: setting("password") },
            "bearer" => {
                let token = setting("token");
                if token.trim().is_empty() {
                    self.remark(Fate::Dropped, "auth", "the bearer token is empty");
                    return;
                }
                DraftAuth::Bearer { token, prefix: String::new() }
            }
            "apikey" | "api-key" => DraftAuth::ApiKey {
                name: setting("key"),
                value: setting("value"),
                place: if setting("placement").to_lowercase().starts_with("query") {
                    ApiKeyPlace::Query
                } else {
                    ApiKeyPlace::Header
                },
            },
            "oauth2" => match self.identity(item, &fields) {
                Some(name) => DraftAuth::Identity(name),
                None => return,
            },
            other => {
                draft
                    .comments
                    .push(format!("Bruno sends this with the authentication `{other}`, which bearcat does not have"));
                self.remark(Fate::Commented, "auth", format!("bearcat does not have the authentication `{other}`"));
                return;
            }
        };
        self.report.take("authentications", 1);
    }

    /// An identity for OAuth 2.0 settings; those that are the same are one.
    fn identity(&mut self, item: &Item, fields: &[Field]) -> Option<String> {
        let setting = |name: &str| Auth::setting(fields, name);
        let flow =
            [setting("grant_type"), setting("flow")].into_iter().find(|flow| !flow.is_empty()).unwrap_or_default();
        let grant = match flow.as_str() {
            "client_credentials" => "Client Credentials",
            "authorization_code" | "" => "Authorization Code",
            "implicit" => {
                self.remark(
                    Fate::Changed,
                    "auth",
                    "the implicit flow is no more (RFC 9700): the authorization code flow is used",
                );
                "Authorization Code"
            }
            other => {
                self.remark(Fate::Dropped, "auth", format!("bearcat does not sign in with the grant `{other}`"));
                return None;
            }
        };
        let mut settings =
            BTreeMap::from([("Type".to_owned(), "OAuth2".to_owned()), ("Grant Type".to_owned(), grant.to_owned())]);
        for (from, to) in [
            ("authorization_url", "Auth URL"),
            ("access_token_url", "Token URL"),
            ("callback_url", "Redirect URL"),
            ("client_id", "Client ID"),
            ("client_secret", "Client Secret"),
            ("scope", "Scope"),
        ] {
            let value = setting(from);
            if !value.trim().is_empty() {
                settings.insert(to.to_owned(), value);
            }
        }
        if let Some((name, _)) = self.identities.iter().find(|(_, known)| **known == settings) {
            return Some(name.clone());
        }
        let inherited = item.auth == Auth::Inherit;
        let level = self.levels.iter().rev().find(|level| matches!(level.auth, Auth::Mode(..)));
        let named = if inherited { level.and_then(|level| level.name.clone()) } else { item.name.clone() };
        let stem =
            crate::collection::import::path::slug(&named.unwrap_or_else(|| "oauth".to_owned())).replace('.', "-");
        let mut name = stem.clone();
        let mut number = 2;
        while self.identities.contains_key(&name) {
            name = format!("{stem}-{number}");
            number += 1;
        }
        self.identities.insert(name.clone(), settings);
        self.report.take("identities", 1);
        Some(name)
    }

    fn body(&mut self, body: &Body, draft: &mut RequestDraft) {
        let has_content_type = |draft: &RequestDraft| {
            draft
                .headers
                .iter()
                .any(|header| header.state == RowState::Enabled && header.name.eq_ignore_ascii_case("content-type"))
        };
        let default_type = |draft: &mut RequestDraft, value: &str| {
            if !value.is_empty() && !has_content_type(draft) {
                draft.headers.push(DraftRow::new("Content-Type", value));
            }
        };
        match body {
            Body::None => {}
            Body::Text { content_type, text } => {
                if text.trim().is_empty() {
                    return;
                }
                default_type(draft, content_type);
                draft.body = DraftBody::Text(text.clone());
            }
            Body::Form(fields) => {
                default_type(draft, "application/x-www-form-urlencoded");
                draft.body = DraftBody::Form(fields.iter().map(row).collect());
            }
            Body::Multipart(parts) => {
                let mut drafts = Vec::new();
                for part in parts {
                    let content_type = Some(part.content_type.clone()).filter(|kind| !kind.is_empty());
                    let state = if part.is_enabled { RowState::Enabled } else { RowState::Disabled };
                    let contents = match &part.content {
                        PartValue::Text(text) => vec![PartContent::Text(text.clone())],
                        PartValue::Files(files) => {
                            files.iter().map(|file| PartContent::File(self.file(file))).collect()
                        }
                    };
                    drafts.extend(contents.into_iter().map(|content| DraftPart {
                        name: part.name.clone(),
                        content,
                        content_type: content_type.clone(),
                        state,
                        ..DraftPart::default()
                    }));
                }
                draft.body = DraftBody::Multipart(drafts);
            }
            Body::GraphQl { query, variables } => {
                draft.body = DraftBody::GraphQl { query: query.clone(), variables: variables.clone() };
            }
            Body::File { path, content_type } => {
                default_type(draft, content_type);
                draft.body = DraftBody::File(self.file(path));
            }
        }
    }

    /// A path that stays inside the folder.
    fn file(&mut self, path: &str) -> String {
        let (path, lost) = reference(path);
        for lost in lost {
            let reason = match lost {
                Lost::Folders => format!("a file outside of the collection is sent: put it at `{path}`"),
                Lost::Placeholder => PLACEHOLDER_LOST.to_owned(),
            };
            self.remark(Fate::Changed, "file", reason);
        }
        path
    }

    fn settings(&mut self, item: &Item, draft: &mut RequestDraft) {
        let mut follows = None;
        let mut most = None;
        for (name, value) in &item.settings {
            match name.as_str() {
                "timeout" => {
                    if let Some(milliseconds) = value.parse::<u64>().ok().filter(|milliseconds| *milliseconds > 0) {
                        draft.directives.push(("timeout".to_owned(), format!("{milliseconds} ms")));
                    }
                }
                "followRedirects" => follows = Some(value == "true"),
                "maxRedirects" => most = value.parse::<u32>().ok(),
                // What bearcat does anyway, or what is about Bruno's own screen.
                "encodeUrl" | "keepAliveInterval" => {}
                other => self.remark(Fate::Dropped, "setting", format!("bearcat has no setting `{other}`")),
            }
        }
        match (follows, most) {
            (Some(false), _) => draft.directives.push(("no-redirect".to_owned(), String::new())),
            (Some(true), most) => draft.directives.push(("redirect".to_owned(), most.unwrap_or(5).to_string())),
            (None, Some(most)) => draft.directives.push(("redirect".to_owned(), most.to_string())),
            (None, None) => {}
        }
    }

    fn captures(&mut self, item: &Item, draft: &mut RequestDraft) {
        for field in &item.captures {
            match expression::path(&field.value).filter(|_| field.is_enabled) {
                Some(jq) => {
                    draft.directives.push(("capture".to_owned(), format!("{} = {jq}", field.name)));
                    self.report.take("captures", 1);
                }
                None => {
                    let note = if field.is_enabled { "" } else { " (disabled)" };
                    draft.comments.push(format!("after the answer{note}: {} = {}", field.name, field.value));
                    self.remark(Fate::Commented, "capture", reason(field.is_enabled, "its expression is JavaScript"));
                }
            }
        }
    }

    fn assertions(&mut self, item: &Item, draft: &mut RequestDraft) {
        for field in &item.assertions {
            match expression::assertion(&field.name, &field.value).filter(|_| field.is_enabled) {
                Some(jq) => {
                    draft.directives.push(("assert".to_owned(), jq));
                    self.report.take("assertions", 1);
                }
                None => {
                    let note = if field.is_enabled { "" } else { " (disabled)" };
                    draft.comments.push(format!("expected{note}: {} {}", field.name, field.value));
                    self.remark(
                        Fate::Commented,
                        "assertion",
                        reason(field.is_enabled, "nothing in jq surely means the same"),
                    );
                }
            }
        }
    }

    fn scripts(&mut self, item: &Item, draft: &mut RequestDraft) {
        for (title, code) in &item.scripts {
            draft.comments.extend(script(title, code));
            self.remark(Fate::Commented, "script", format!("`{title}` is not run"));
        }
    }
}

fn reason(is_enabled: bool, otherwise: &str) -> String {
    if is_enabled { otherwise.to_owned() } else { "it is disabled".to_owned() }
}

/// A script as comment lines.
pub(super) fn script(title: &str, code: &str) -> Vec<String> {
    let title = format!("{title} (not run):");
    std::iter::once(title).chain(code.trim().lines().map(|line| format!("  {}", line.trim_end()))).collect()
}

fn described(field: &Field) -> String {
    format!("{}: {}", field.name, field.description)
}

fn row(field: &Field) -> DraftRow {
    let state = if field.is_enabled { RowState::Enabled } else { RowState::Disabled };
    DraftRow { state, ..DraftRow::new(field.name.clone(), field.value.clone()) }
}

/// `:name` as a whole segment of the path.
fn replace_segment(url: &str, name: &str, value: &str) -> String {
    let wanted = format!(":{name}");
    let (address, query) = url.split_once('?').map_or((url, ""), |(address, query)| (address, query));
    let segments: Vec<&str> =
        address.split('/').map(|segment| if segment == wanted { value } else { segment }).collect();
    let mark = if url.contains('?') { "?" } else { "" };
    format!("{}{mark}{query}", segments.join("/"))
}

/// What would end the segment percent-encoded; placeholders stay.
fn encode(text: &str) -> String {
    if text.contains("{{") {
        return text.to_owned();
    }
    text.replace('%', "%25").replace('/', "%2F").replace('?', "%3F").replace('#', "%23").replace(' ', "%20")
}
