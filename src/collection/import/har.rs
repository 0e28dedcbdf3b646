//! HTTP archives (HAR 1.2) of browsers and other tools, and single requests in that form.
//!
//! One collection for each host. Taken are the requests of pages and scripts (documents, fetch, XHR), without what the
//! browser adds to each of them; pictures, styles and scripts are left out, and so are repetitions. Values are literal:
//! a `{{` in them is no placeholder.

mod body;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::collection::draft::{
    Attachment, DraftBody, DraftFile, DraftRow, Fate, Import, ImportReport, RequestDraft, RowShape, Sensitivity,
};
use crate::collection::import::json::{self, Json};
use crate::collection::import::{Input, path, text};
use crate::collection::writer;
use crate::model::problem::{Problem, ProblemKind};

/// The variable that keeps a literal `{{` from being a placeholder.
const EMPTY: &str = "empty_text";

/// Headers that a browser or a connection adds; `sec-…` and `:…` besides.
const NOISE: [&str; 22] = [
    "host",
    "connection",
    "content-length",
    "accept-encoding",
    "accept-language",
    "user-agent",
    "dnt",
    "te",
    "pragma",
    "priority",
    "upgrade-insecure-requests",
    "if-none-match",
    "if-modified-since",
    "cache-control",
    "referer",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "save-data",
    "purpose",
    "x-devtools-emulate-network-conditions-client-id",
    "alt-used",
];

/// Kinds of resources that a page is made of, in Chrome's words.
const PARTS_OF_PAGES: [&str; 12] = [
    "image",
    "stylesheet",
    "script",
    "font",
    "media",
    "texttrack",
    "manifest",
    "ping",
    "cspviolationreport",
    "signedexchange",
    "imageset",
    "preflight",
];

/// Imports a file.
pub fn import(input: &Input<'_>) -> Result<Import, Problem> {
    let json = json::parse(input.name, input.text)?;
    let log = json.get("log");
    let entries: Vec<&Json<'_>> = if log.is_object() {
        log.get("entries").items().iter().collect()
    } else if let Json::List(items) = &json {
        items.iter().collect()
    } else {
        vec![&json]
    };
    let is_har = log.is_object() || entries.iter().any(|entry| request_of(entry).get("url").text().is_some());
    if !is_har {
        return Err(Problem::new(ProblemKind::Input, format!("`{}` is no HTTP archive", input.name.display()))
            .detail("Expected is `log` with `entries`, or a request with `method` and `url`")
            .hint("In the browser's network panel: Save all as HAR"));
    }
    let mut reader = Reader::default();
    for entry in entries {
        reader.entry(entry);
    }
    Ok(reader.finish())
}

/// A bare request is its own entry.
fn request_of<'b, 'a>(entry: &'b Json<'a>) -> &'b Json<'a> {
    if entry.get("request").is_object() { entry.get("request") } else { entry }
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<String, DraftFile>,
    /// The order of the hosts.
    hosts: Vec<String>,
    attachments: Vec<Attachment>,
    report: ImportReport,
    seen: HashSet<String>,
    /// The latest cookies by host.
    cookies: BTreeMap<String, String>,
    place: String,
}

impl Reader {
    fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.place.clone(), reason);
    }

    fn entry(&mut self, entry: &Json<'_>) {
        let request = request_of(entry);
        let (method, url) = (request.field("method"), request.field("url"));
        let url = url.trim();
        let shown = url.split(['?', '#']).next().unwrap_or_default();
        self.place = format!("{method} {shown}").chars().filter(|c| !c.is_control()).take(120).collect();
        if let Some(reason) = left_out(entry, request, url) {
            self.remark(Fate::Dropped, "request", reason);
            return;
        }
        let Ok(parsed) = url::Url::parse(url) else {
            self.remark(Fate::Dropped, "request", "its URL cannot be read");
            return;
        };
        let host = match (parsed.host_str(), parsed.port()) {
            (Some(host), Some(port)) => format!("{host}-{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => "requests".to_owned(),
        };
        let mut draft = RequestDraft { method: writer::method(&method), ..RequestDraft::default() };
        if draft.method != method && !method.is_empty() {
            let reason =
                format!("the dialect has no method `{}`; `{}` stands in its place", method.trim(), draft.method);
            self.remark(Fate::Changed, "method", reason);
        }
        draft.name = Some(format!("{} {}", draft.method, parsed.path()));
        let comment = entry.field("comment");
        draft.comments.extend(comment.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned));
        target(url, request.get("queryString"), &mut draft);
        self.headers(request, &host, &mut draft);
        let stem = path::slug(&host);
        let number = self.report.taken.get("requests").copied().unwrap_or_default() + 1;
        let mut lost = Vec::new();
        let name = format!("{stem}-body-{number}");
        let attachment = body::read(request.get("postData"), &name, &mut draft, &mut lost);
        if lost.contains(&path::Lost::Placeholder) {
            self.remark(Fate::Changed, "file", path::PLACEHOLDER_LOST);
        }
        if let Some(attachment) = attachment {
            let reason = "it is no text, and stands in a file beside the collection";
            self.remark(Fate::Changed, "body", reason);
            self.attachments.push(attachment);
        }
        if draft.body != DraftBody::None {
            self.report.take("bodies", 1);
        }
        // Polling sends one request many times.
        if !self.seen.insert(format!("{draft:?}")) {
            if self
                .attachments
                .last()
                .is_some_and(|last| last.path.to_string_lossy().contains(&format!("-body-{number}")))
            {
                self.attachments.pop();
            }
            self.remark(Fate::Dropped, "request", "the same request is there already");
            return;
        }
        self.report.take("requests", 1);
        self.report.take("headers", draft.headers.len());
        self.report.take("query parameters", draft.query.len());
        if !self.files.contains_key(&host) {
            self.hosts.push(host.clone());
        }
        let file = self
            .files
            .entry(host.clone())
            .or_insert_with(|| DraftFile { path: path::collection(&[], &host), ..DraftFile::default() });
        file.requests.push(draft);
    }

    fn headers(&mut self, request: &Json<'_>, host: &str, draft: &mut RequestDraft) {
        let mut cookie = None;
        for item in request.get("headers").items() {
            let (name, value) = (item.field("name"), item.field("value"));
            let lower = name.trim().to_ascii_lowercase();
            if lower.is_empty() {
                continue;
            }
            if lower == "cookie" {
                cookie = Some(value);
                continue;
            }
            if lower.starts_with([':']) || lower.starts_with("sec-") || NOISE.contains(&lower.as_str()) {
                let lower: String = lower.chars().filter(|c| !c.is_control()).take(60).collect();
                self.remark(Fate::Dropped, "header", format!("`{lower}` is made by the browser or by the sender"));
                continue;
            }
            if !writer::is_header_name(name.trim()) {
                self.remark(Fate::Commented, "header", "its name can be no name of a header");
            }
            draft.headers.push(DraftRow::new(text::literal(name.trim(), "{{empty_text}}"), literal(value.trim())));
        }
        let listed: Vec<String> = request
            .get("cookies")
            .items()
            .iter()
            .map(|item| format!("{}={}", item.field("name"), item.field("value")))
            .collect();
        let cookie = cookie.or_else(|| (!listed.is_empty()).then(|| listed.join("; ")));
        let Some(cookie) = cookie.filter(|cookie| !cookie.trim().is_empty()) else { return };
        if self.cookies.insert(host.to_owned(), literal(cookie.trim())).is_some_and(|old| old != cookie) {
            self.remark(Fate::Changed, "cookie", "all requests of a host send the cookies of its last request");
        }
        // Its value is put in at the end: the latest of the host.
        draft.headers.push(DraftRow { sensitivity: Sensitivity::Secret, ..DraftRow::new("Cookie", "") });
    }

    fn finish(self) -> Import {
        let Self { mut files, hosts, attachments, mut report, cookies, .. } = self;
        let mut import = Import { attachments, ..Import::default() };
        for host in hosts {
            let Some(mut file) = files.remove(&host) else { continue };
            let mut needs_empty = false;
            for request in &mut file.requests {
                for row in request.headers.iter_mut().filter(|row| row.sensitivity == Sensitivity::Secret) {
                    row.value = cookies.get(&host).cloned().unwrap_or_default();
                    report.take("cookies", 1);
                }
                request.visit(&mut |part| needs_empty |= part.contains("{{empty_text}}"));
            }
            if needs_empty {
                file.variables.push((EMPTY.to_owned(), String::new()));
            }
            import.files.push(file);
        }
        import.report = report;
        import
    }
}

/// Why an entry is not a request that anyone would send again.
fn left_out(entry: &Json<'_>, request: &Json<'_>, url: &str) -> Option<String> {
    if url.is_empty() {
        return Some("it has no URL".to_owned());
    }
    let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") {
        let scheme: String = scheme.chars().filter(|c| !c.is_control()).take(20).collect();
        return Some(format!("`{scheme}:` is not HTTP"));
    }
    let method = request.field("method").to_ascii_uppercase();
    if method == "CONNECT" {
        return Some("a `CONNECT` only opens a tunnel".to_owned());
    }
    let has =
        |name: &str| request.get("headers").items().iter().any(|item| item.field("name").eq_ignore_ascii_case(name));
    if method == "OPTIONS" && has("access-control-request-method") {
        return Some("the browser asks for permission by itself (preflight)".to_owned());
    }
    let kind = entry.field("_resourceType").to_ascii_lowercase();
    if PARTS_OF_PAGES.contains(&kind.as_str()) {
        return Some(format!("part of a page ({kind})"));
    }
    if kind == "websocket" || has("sec-websocket-key") {
        return Some("a WebSocket; bearcat sends HTTP requests only".to_owned());
    }
    if !kind.is_empty() || method != "GET" {
        return None;
    }
    // Other browsers do not say the kind; the answer's type does.
    let mime = entry.get("response").get("content").field("mimeType").to_ascii_lowercase();
    let is_part = ["image/", "font/", "audio/", "video/", "text/css"].iter().any(|start| mime.starts_with(start))
        || ["javascript", "ecmascript", "wasm", "x-font"].iter().any(|word| mime.contains(word));
    is_part.then(|| format!("part of a page ({})", mime.split(';').next().unwrap_or_default()))
}

/// A text that is sent as it is.
fn literal(text: &str) -> String {
    text::literal(text, "{{empty_text}}")
}

/// The URL, and the parameters that stand in the list only.
fn target(url: &str, listed: &Json<'_>, draft: &mut RequestDraft) {
    // In a URL the braces can be encoded.
    let encoded = |text: &str| text.replace("{{", "%7B%7B").replace("}}", "%7D%7D");
    let rest = url.split('#').next().unwrap_or_default();
    let (base, query) = rest.split_once('?').map_or((rest, None), |(base, query)| (base, Some(query)));
    draft.url = encoded(base);
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        draft.query.push(match pair.split_once('=') {
            Some((name, value)) => DraftRow::new(encoded(name), encoded(value)),
            None => DraftRow { shape: RowShape::Bare, ..DraftRow::new(encoded(pair), "") },
        });
    }
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for pair in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned() {
        *known.entry(pair).or_default() += 1;
    }
    // Chrome lists them encoded, others decoded.
    let decoded = |text: &str| {
        let pair = format!("x={text}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    for item in listed.items() {
        let (name, value) = (item.field("name"), item.field("value"));
        let (plain_name, plain_value) = (decoded(&name), decoded(&value));
        let forms = [(&name, &value), (&plain_name, &plain_value), (&plain_name, &value), (&name, &plain_value)];
        let is_known = forms.into_iter().any(|(name, value)| {
            let Some(count) = known.get_mut(&(name.clone(), value.clone())).filter(|count| **count > 0) else {
                return false;
            };
            *count -= 1;
            true
        });
        if !is_known {
            let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            draft.query.push(DraftRow::new(encode(&name), encode(&value)));
        }
    }
}
