//! Requests of the arguments of curl, with what curl adds by itself: methods, content types, joined data.
//!
//! Called by [`curl`](super). Reports name options, never their values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::collection::draft::{
    DraftAuth, DraftBody, DraftRow, Fate, ImportReport, RequestDraft, RowState, Sensitivity,
};
use crate::collection::import::curl::arguments::{Given, Operation};
use crate::collection::import::curl::multipart;
use crate::collection::import::curl::option::Role;
use crate::collection::import::curl::url::{self, Target};
use crate::collection::import::curl::words::Word;
use crate::collection::import::secret::is_secret_variable;
use crate::collection::import::text::is_placeholder;

const INSECURE: &str = "name the host under `tls.insecure_hosts` in the settings, or set `verifyHostCertificate` in the \
                        environment's `SSLConfiguration`";
const PROXY: &str = "set `proxy.url` in the settings, or the environment variable `HTTPS_PROXY`";
const AUTHORITY: &str = "set `tls.ca_file` in the settings";
const CERTIFICATE: &str = "set `clientCertificate` in the environment's `SSLConfiguration`";

/// curl's own limit of redirects.
const MOST_REDIRECTS: &str = "50";

/// Makes the requests of one transfer: one for each URL.
pub(super) fn requests(
    operation: &Operation,
    input: Option<&str>,
    place: &str,
    report: &mut ImportReport,
) -> Vec<RequestDraft> {
    let mut requests = Vec::new();
    for (index, word) in operation.urls.iter().enumerate() {
        // What concerns all URLs is reported once.
        let mut own = ImportReport::default();
        let mut maker = Maker { place, input, report: &mut own };
        if let Some(request) = maker.request(operation, word, index) {
            maker.report.take("requests", 1);
            requests.push(request);
        }
        for (kind, count) in own.taken {
            report.take(kind, count);
        }
        for remark in own.remarks {
            if index == 0 || !report.remarks.contains(&remark) {
                report.remarks.push(remark);
            }
        }
    }
    requests
}

/// A piece of the data of a body.
enum Datum {
    Text(String),
    File { path: String, is_whole: bool },
}

#[derive(Default)]
struct Data {
    /// The pieces, and the text that stands before each but the first.
    pieces: Vec<(&'static str, Datum)>,
    is_json: bool,
}

struct Maker<'a> {
    place: &'a str,
    input: Option<&'a str>,
    report: &'a mut ImportReport,
}

impl Maker<'_> {
    fn remark(&mut self, fate: Fate, kind: &'static str, reason: impl Into<String>) {
        self.report.remark(fate, kind, self.place, reason);
    }

    fn request(&mut self, operation: &Operation, word: &Word, index: usize) -> Option<RequestDraft> {
        let is_on = |role: Role| {
            operation.options.iter().rev().find(|given| given.role == Some(role)).is_some_and(|given| given.is_on)
        };
        let last = |role: Role| {
            operation.options.iter().rev().find(|given| given.role == Some(role)).map(|given| given.value.as_str())
        };
        let target = self.target(&word.text, is_on(Role::GlobOff))?;
        let mut draft = RequestDraft { url: target.url, query: target.query, ..RequestDraft::default() };
        if let Some((user, password)) = target.user {
            draft.auth = DraftAuth::Basic { user, password };
        }
        self.headers(operation, &mut draft);
        let data = self.data(operation);
        let is_get = is_on(Role::Get);
        let has_form = operation.options.iter().any(|given| matches!(given.role, Some(Role::Form | Role::FormString)));
        // The n-th file goes to the n-th URL.
        let uploads: Vec<_> = operation.options.iter().filter(|given| given.role == Some(Role::Upload)).collect();
        let upload = uploads.get(index).map(|given| given.value.as_str());
        draft.method = match last(Role::Method) {
            Some(method) => method.trim().to_owned(),
            None if is_on(Role::Head) => "HEAD".to_owned(),
            None if upload.is_some() => "PUT".to_owned(),
            None if is_get => "GET".to_owned(),
            None if !data.pieces.is_empty() || has_form => "POST".to_owned(),
            None => "GET".to_owned(),
        };
        for given in operation.options.iter().filter(|given| given.role == Some(Role::UrlQuery)) {
            let text = match given.value.strip_prefix('+') {
                Some(encoded) => encoded.to_owned(),
                None => match self.encoded(&given.value) {
                    Datum::Text(text) => text,
                    Datum::File { .. } => {
                        self.remark(Fate::Dropped, "query", "`--url-query` takes its value from a file");
                        continue;
                    }
                },
            };
            draft.query.extend(url::rows(&text));
        }
        if let Some(path) = upload {
            self.upload(path, &mut draft);
        } else if is_get {
            self.data_as_query(data, &mut draft);
        } else if has_form {
            if !data.pieces.is_empty() {
                self.remark(Fate::Dropped, "body", "curl takes either `-d` or `-F`: `-F` was taken");
            }
            self.form(operation, &mut draft);
        } else {
            self.body(data, &mut draft);
        }
        self.authentication(operation, &mut draft);
        self.sending(operation, &mut draft);
        self.others(operation);
        self.count(&draft);
        Some(draft)
    }

    fn target(&mut self, text: &str, is_glob_off: bool) -> Option<Target> {
        let target = match url::read(text) {
            Ok(target) => target,
            Err(scheme) => {
                self.remark(Fate::Dropped, "request", format!("bearcat does not speak `{scheme}`"));
                return None;
            }
        };
        if target.has_fragment {
            self.remark(Fate::Dropped, "url", "the part after `#` is never sent");
        }
        if !is_glob_off && url::has_glob(&target.url) {
            self.remark(Fate::Changed, "url", "curl makes several URLs of `{a,b}` and `[1-3]`; here they are text");
        }
        if target.user.is_some() {
            self.remark(Fate::Changed, "auth", "the user and password in the URL became basic authentication");
        }
        Some(target)
    }

    fn headers(&mut self, operation: &Operation, draft: &mut RequestDraft) {
        for given in &operation.options {
            let value = given.value.as_str();
            match given.role {
                Some(Role::Header) => self.header(value, draft),
                Some(Role::UserAgent) if !value.is_empty() => draft.headers.push(row("User-Agent", value)),
                Some(Role::Referer) => {
                    let referrer = value.strip_suffix(";auto").unwrap_or(value);
                    if !referrer.is_empty() {
                        draft.headers.push(row("Referer", referrer));
                    }
                }
                Some(Role::Range) => draft.headers.push(row("Range", &format!("bytes={value}"))),
                Some(Role::Cookie) if value.contains('=') => match existing(&mut draft.headers, "cookie") {
                    Some(cookie) => cookie.value = format!("{}; {value}", cookie.value),
                    None => draft.headers.push(row("Cookie", value)),
                },
                Some(Role::Cookie) if !value.is_empty() => {
                    self.remark(
                        Fate::Dropped,
                        "cookie file",
                        "`-b` names a file of cookies: bearcat keeps cookies itself",
                    );
                }
                _ => {}
            }
        }
    }

    fn header(&mut self, text: &str, draft: &mut RequestDraft) {
        if text.starts_with('@') {
            self.remark(Fate::Dropped, "header", "`-H @file` takes headers from a file: write them into the request");
            return;
        }
        let text = text.strip_prefix(':').map_or(text, |_| "");
        let Some((name, value)) = text.split_once(':') else {
            match text.trim().strip_suffix(';') {
                Some(name) if !name.is_empty() => draft.headers.push(row(name.trim(), "")),
                _ => self.remark(Fate::Dropped, "header", "a header needs a name and a colon"),
            }
            return;
        };
        let (name, value) = (name.trim(), single_line(value));
        if value.is_empty() {
            self.remark(Fate::Dropped, "header", format!("`-H '{name}:'` keeps curl from sending its own `{name}`"));
            return;
        }
        let mut header = row(name, &value);
        if name.eq_ignore_ascii_case("content-length") {
            header.state = RowState::Disabled;
            self.remark(Fate::Commented, "header", "`Content-Length` is counted when the request is sent");
        }
        draft.headers.push(header);
    }

    fn data(&mut self, operation: &Operation) -> Data {
        let mut data = Data::default();
        for given in &operation.options {
            let value = given.value.as_str();
            let file = value.strip_prefix('@');
            let (datum, separator) = match (given.role, file) {
                (Some(Role::Data), Some(path)) => (self.file(path, Whole::No), "&"),
                (Some(Role::DataBinary), Some(path)) => (self.file(path, Whole::Yes), "&"),
                (Some(Role::Json), Some(path)) => (self.file(path, Whole::Yes), ""),
                (Some(Role::Data | Role::DataRaw | Role::DataBinary), _) => (Datum::Text(value.to_owned()), "&"),
                (Some(Role::Json), None) => (Datum::Text(value.to_owned()), ""),
                (Some(Role::DataUrlEncode), _) => (self.encoded(value), "&"),
                _ => continue,
            };
            data.is_json |= given.role == Some(Role::Json);
            data.pieces.push((separator, datum));
        }
        data
    }

    fn file(&mut self, path: &str, whole: Whole) -> Datum {
        if path == "-" {
            if let Some(input) = self.input {
                let text = match whole {
                    Whole::Yes => input.to_owned(),
                    Whole::No => input.replace(['\r', '\n'], ""),
                };
                return Datum::Text(text);
            }
            self.remark(Fate::Dropped, "body", "the data comes from standard input, which is not at hand");
            return Datum::Text(String::new());
        }
        Datum::File { path: path.to_owned(), is_whole: whole == Whole::Yes }
    }

    /// The forms of `--data-urlencode`: `content`, `=content`, `name=content`, `@file`, `name@file`.
    fn encoded(&mut self, value: &str) -> Datum {
        match value.find(['=', '@']) {
            Some(at) if value[at..].starts_with('=') => {
                let name = &value[..at];
                let mark = if name.is_empty() { "" } else { "=" };
                Datum::Text(format!("{name}{mark}{}", url::encode(&value[at + 1..])))
            }
            Some(at) => {
                let name = &value[..at];
                if &value[at + 1..] == "-"
                    && let Some(input) = self.input
                {
                    let mark = if name.is_empty() { "" } else { "=" };
                    return Datum::Text(format!("{name}{mark}{}", url::encode(input)));
                }
                self.remark(Fate::Dropped, "body", "`--data-urlencode` with a file: the file would have to be encoded");
                Datum::Text(if name.is_empty() { String::new() } else { format!("{name}=") })
            }
            None => Datum::Text(url::encode(value)),
        }
    }

    fn data_as_query(&mut self, data: Data, draft: &mut RequestDraft) {
        let mut text = String::new();
        for (at, (separator, datum)) in data.pieces.into_iter().enumerate() {
            match datum {
                Datum::Text(piece) => {
                    if at > 0 {
                        text.push_str(separator);
                    }
                    text.push_str(&piece);
                }
                Datum::File { .. } => {
                    self.remark(
                        Fate::Dropped,
                        "query",
                        "`-G` with data from a file: write the parameters into the URL",
                    );
                }
            }
        }
        let text = url::clean(&text);
        draft.query.extend(url::rows(text.trim_start_matches('&')));
    }

    fn body(&mut self, data: Data, draft: &mut RequestDraft) {
        if data.pieces.is_empty() {
            return;
        }
        if data.is_json {
            default_header(draft, "Content-Type", "application/json");
            default_header(draft, "Accept", "application/json");
        } else {
            default_header(draft, "Content-Type", "application/x-www-form-urlencoded");
        }
        if let [(_, Datum::File { path, is_whole })] = data.pieces.as_slice() {
            if !is_whole {
                self.remark(
                    Fate::Changed,
                    "body",
                    "`-d @file` leaves out the line breaks of the file, `< file` does not",
                );
            }
            draft.body = DraftBody::File(path.clone());
            return;
        }
        let mut text = String::new();
        for (at, (separator, datum)) in data.pieces.into_iter().enumerate() {
            match datum {
                Datum::Text(piece) => {
                    if at > 0 {
                        text.push_str(separator);
                    }
                    text.push_str(&piece);
                }
                Datum::File { path, .. } => {
                    draft.comments.push(format!("curl also sent the content of the file `{path}`, after an `&`"));
                    self.remark(Fate::Commented, "body", "one body of text and files: the text was taken");
                }
            }
        }
        if text.is_empty() {
            return;
        }
        let content_type = existing(&mut draft.headers, "content-type").map(|header| header.value.clone());
        let content_type = content_type.unwrap_or_default();
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind == "multipart/form-data"
            && let Some(parts) = multipart::read(&text, &content_type)
        {
            draft.headers.retain(|header| !header.name.eq_ignore_ascii_case("content-type"));
            draft.body = DraftBody::Multipart(parts);
            return;
        }
        if kind == "application/x-www-form-urlencoded"
            && let Some(rows) = secret_form(&text)
        {
            draft.body = DraftBody::Form(rows);
            return;
        }
        if names_secret(&text) {
            let reason = "the body holds what looks like a password or token in plain text: \
                          move it into the private environment file and write `{{name}}` in its place";
            self.remark(Fate::Changed, "secret", reason);
        }
        draft.body = DraftBody::Text(text);
    }

    fn form(&mut self, operation: &Operation, draft: &mut RequestDraft) {
        let mut parts = Vec::new();
        for given in &operation.options {
            match given.role {
                Some(Role::FormString) => match given.value.split_once('=') {
                    Some((name, text)) => parts.push(multipart::text(name, text)),
                    None => self.remark(Fate::Dropped, "part", "`--form-string` without `=`"),
                },
                Some(Role::Form) => match multipart::form(&given.value) {
                    Some(form) => {
                        for reason in form.dropped {
                            self.remark(Fate::Dropped, "part", reason);
                        }
                        parts.extend(form.parts);
                    }
                    None => self.remark(Fate::Dropped, "part", "`-F` without `=`"),
                },
                _ => {}
            }
        }
        // A boundary of the source would not fit.
        draft.headers.retain(|header| {
            !(header.name.eq_ignore_ascii_case("content-type")
                && header.value.trim_start().to_ascii_lowercase().starts_with("multipart/form-data"))
        });
        draft.body = DraftBody::Multipart(parts);
    }

    fn upload(&mut self, path: &str, draft: &mut RequestDraft) {
        if path == "-" || path == "." {
            match self.input {
                Some(input) => draft.body = DraftBody::Text(input.to_owned()),
                None => self.remark(Fate::Dropped, "body", "the data comes from standard input, which is not at hand"),
            }
            return;
        }
        if path.is_empty() {
            return;
        }
        // curl adds the file's name to a URL that ends with `/`.
        if draft.url.ends_with('/') && draft.query.is_empty() {
            let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
            draft.url.push_str(&url::encode(name));
        }
        draft.body = DraftBody::File(path.to_owned());
    }

    fn authentication(&mut self, operation: &Operation, draft: &mut RequestDraft) {
        let header = draft.headers.iter().position(|header| header.name.eq_ignore_ascii_case("authorization"));
        let mut is_digest = false;
        let mut given_auth = None;
        for given in &operation.options {
            match given.role {
                Some(Role::Digest) => is_digest = given.is_on,
                Some(Role::Basic) => is_digest = false,
                Some(Role::AnyAuth) => {
                    self.remark(
                        Fate::Changed,
                        "auth",
                        "`--anyauth` asks the server first; basic authentication is sent",
                    );
                }
                Some(Role::OtherAuth) => {
                    let reason = format!("bearcat does not know the authentication of `{}`", given.name);
                    self.remark(Fate::Dropped, "auth", reason);
                }
                Some(Role::User) => {
                    let (user, password) = given.value.split_once(':').unwrap_or((given.value.as_str(), ""));
                    if !given.value.contains(':') {
                        self.remark(Fate::Changed, "auth", "curl asks for the password of `-u`: it is empty here");
                    }
                    given_auth = Some(DraftAuth::Basic { user: user.to_owned(), password: password.to_owned() });
                }
                Some(Role::Bearer) => {
                    given_auth = Some(DraftAuth::Bearer { token: given.value.clone(), prefix: String::new() });
                }
                _ => {}
            }
        }
        if let (Some(DraftAuth::Basic { user, password }), true) = (&given_auth, is_digest) {
            given_auth = Some(DraftAuth::Digest { user: user.clone(), password: password.clone() });
        }
        if let Some(header) = header {
            if given_auth.is_some() {
                self.remark(Fate::Dropped, "auth", "the `Authorization` header counts, not the user or token option");
            }
            if let Some(auth) = from_header(&draft.headers[header].value) {
                draft.headers.remove(header);
                draft.auth = auth;
            } else {
                draft.auth = DraftAuth::Unspecified;
            }
        } else if let Some(auth) = given_auth {
            draft.auth = auth;
        }
    }

    /// Directives: how the request is sent.
    fn sending(&mut self, operation: &Operation, draft: &mut RequestDraft) {
        let (mut follows, mut most) = (false, None);
        for given in &operation.options {
            let value = given.value.as_str();
            let mut directive = |name: &str, value: &str| {
                draft.directives.retain(|(known, _)| known != name);
                draft.directives.push((name.to_owned(), value.to_owned()));
            };
            match given.role {
                Some(Role::Follow) => follows = given.is_on,
                Some(Role::MaxRedirects) => most = Some(value),
                Some(Role::Timeout) => match duration(value) {
                    Some(duration) => directive("timeout", &duration),
                    None => self.remark(Fate::Dropped, "option", format!("`{}` takes a number of seconds", given.name)),
                },
                Some(Role::ConnectTimeout) => match duration(value) {
                    Some(duration) => directive("connection-timeout", &duration),
                    None => self.remark(Fate::Dropped, "option", format!("`{}` takes a number of seconds", given.name)),
                },
                Some(Role::Insecure) if given.is_on => self.elsewhere(given, INSECURE, draft),
                Some(Role::Proxy | Role::Socks(_)) => self.elsewhere(given, PROXY, draft),
                Some(Role::CaCertificate) => self.elsewhere(given, AUTHORITY, draft),
                Some(Role::Key | Role::Certificate) => self.elsewhere(given, CERTIFICATE, draft),
                Some(Role::Version(version @ ("HTTP/1.1" | "HTTP/2" | "HTTP/2 (Prior Knowledge)"))) => {
                    draft.http_version = Some(version.to_owned());
                }
                Some(Role::Version(version)) => {
                    self.remark(Fate::Dropped, "option", format!("bearcat does not speak {version}"));
                }
                _ => {}
            }
        }
        if follows {
            let most = most.filter(|most| most.bytes().all(|byte| byte.is_ascii_digit()) && !most.is_empty());
            draft.directives.push(("redirect".to_owned(), most.unwrap_or(MOST_REDIRECTS).to_owned()));
        }
    }

    /// What curl takes on the command line and bearcat in its settings: a comment tells.
    fn elsewhere(&mut self, given: &Given, reason: &str, draft: &mut RequestDraft) {
        let value = match given.role {
            // Passwords are left out.
            Some(Role::Proxy | Role::Socks(_)) => {
                let (scheme, rest) = given.value.split_once("://").unwrap_or(("", &given.value));
                let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
                if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
            }
            Some(Role::Certificate) => certificate(&given.value).to_owned(),
            _ => given.value.clone(),
        };
        draft.comments.push(format!("curl: {} {value}", given.name).trim_end().to_owned());
        self.remark(Fate::Commented, "option", format!("`{}`: {reason}", given.name));
    }

    /// What has no part in the request.
    fn others(&mut self, operation: &Operation) {
        let mut harmless = 0;
        for given in &operation.options {
            let Given { name, role, .. } = given;
            match role {
                Some(Role::Harmless) => harmless += 1,
                Some(Role::Dropped(reason)) => self.remark(Fate::Dropped, "option", format!("`{name}`: {reason}")),
                None => self.remark(Fate::Dropped, "option", format!("`{name}` is no option of curl")),
                _ => {}
            }
        }
        self.report.take("options about output", harmless);
    }

    fn count(&mut self, draft: &RequestDraft) {
        self.report.take("headers", draft.headers.len());
        self.report.take("query parameters", draft.query.len());
        self.report.take("directives", draft.directives.len());
        self.report.take("bodies", usize::from(draft.body != DraftBody::None));
        self.report.take("authentications", usize::from(draft.auth != DraftAuth::Unspecified));
        let texts = draft.headers.iter().map(|row| row.value.as_str()).chain([draft.url.as_str()]);
        let body = if let DraftBody::Text(text) = &draft.body { text.as_str() } else { "" };
        if texts.chain([body]).any(|text| text.contains("{{")) {
            let reason = "`{{…}}` is filled with a variable when the request is sent";
            self.remark(Fate::Changed, "placeholder", reason);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// A header row, hidden if its name says so.
fn row(name: &str, value: &str) -> DraftRow {
    let mut row = DraftRow::new(name, value);
    if is_secret_variable(name, value) && !is_placeholder(value) {
        row.sensitivity = Sensitivity::Secret;
    }
    row
}

fn existing<'a>(headers: &'a mut [DraftRow], name: &str) -> Option<&'a mut DraftRow> {
    headers.iter_mut().find(|header| header.name.eq_ignore_ascii_case(name))
}

fn default_header(draft: &mut RequestDraft, name: &str, value: &str) {
    if existing(&mut draft.headers, name).is_none() {
        draft.headers.push(DraftRow::new(name, value));
    }
}

fn single_line(value: &str) -> String {
    let mut line = String::with_capacity(value.len());
    for part in value.split(['\r', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(part);
    }
    line
}

/// What an `Authorization` header says, if bearcat has a form for it.
fn from_header(value: &str) -> Option<DraftAuth> {
    let (scheme, rest) = value.trim().split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") && !rest.is_empty() {
        return Some(DraftAuth::Bearer { token: rest.to_owned(), prefix: String::new() });
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    let is_plain = !text.contains(char::is_control);
    is_plain.then(|| DraftAuth::Basic { user: user.to_owned(), password: password.to_owned() })
}

/// The fields of a form that has a secret among them; `None`: it has none, or the text is not exactly a form.
fn secret_form(text: &str) -> Option<Vec<DraftRow>> {
    let mut rows = Vec::new();
    let mut has_secret = false;
    for pair in text.split('&') {
        let (name, value) = pair.split_once('=')?;
        let mut row = DraftRow::new(url::decode(name)?, url::decode(value)?);
        if is_secret_variable(&row.name, &row.value) && !is_placeholder(&row.value) {
            row.sensitivity = Sensitivity::Secret;
            has_secret = true;
        }
        rows.push(row);
    }
    has_secret.then_some(rows)
}

/// Does a JSON (or similar) text have a member with the name of a secret and a value of its own?
fn names_secret(text: &str) -> bool {
    let mut pieces = text.split('"');
    pieces.next();
    let pieces: Vec<_> = pieces.collect();
    pieces.windows(3).any(|window| {
        window[1].trim() == ":"
            && is_secret_variable(window[0], window[2])
            && !is_placeholder(window[2])
            && window[0].len() < 60
    })
}

/// The path in `cert.pem:password`; a colon after a drive letter is no separator.
fn certificate(value: &str) -> &str {
    let from = if value.get(1..3).is_some_and(|text| text == ":\\" || text == ":/") { 2 } else { 0 };
    value[from..].find(':').map_or(value, |at| &value[..from + at])
}

/// Seconds, with a fraction, as a directive has them; nothing for zero, which is no limit.
fn duration(value: &str) -> Option<String> {
    let seconds: f64 = value.trim().parse().ok()?;
    if !seconds.is_finite() || seconds <= 0.0 || seconds > 1e9 {
        return None;
    }
    let milliseconds = (seconds * 1000.0).round() as u64;
    Some(if milliseconds.is_multiple_of(1000) {
        format!("{} s", milliseconds / 1000)
    } else {
        format!("{milliseconds} ms")
    })
}
