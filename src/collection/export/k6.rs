//! A load test for k6: one group for each request, checks and thresholds from `# @assert`, captures carried over.
//!
//! Where and how hard it runs is said by variables of k6 (`VUS`, `DURATION`, `RATE`), so that the same script runs on one
//! machine and on k6's own distributed engines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::collection::export::check::{Check, Expression, Step};
use crate::collection::export::code::{CHECK_FUNCTIONS, ResponseWords, condition, live, value};
use crate::collection::export::name;
use crate::collection::export::python::base_name;
use crate::collection::export::quote;
use crate::collection::export::request::{Auth, Body, Chunk, ExportRequest, Part};
use crate::collection::export::resolve::{Live, Piece, Resolver, Text};

const WORDS: ResponseWords = ResponseWords {
    status: "r.status",
    time: "r.timings.duration",
    size: "length(r.body)",
    header: "headerOf(r)",
    body: "bodyOf(r)",
};

pub(super) fn write(requests: &[ExportRequest], resolver: &mut Resolver) -> String {
    let mut script = Script::default();
    let labels = labels(requests);
    for (request, label) in requests.iter().zip(&labels) {
        script.group(request, label, resolver);
    }
    script.put_together(resolver)
}

/// The names of the groups: k6 tells requests apart by them.
fn labels(requests: &[ExportRequest]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    requests
        .iter()
        .map(|request| {
            // `::` separates groups in k6.
            let label = request.label.replace("::", ": :");
            let count = seen.entry(label.clone()).or_default();
            *count += 1;
            if *count == 1 { label } else { format!("{label} #{count}") }
        })
        .collect()
}

#[derive(Default)]
struct Script {
    groups: String,
    thresholds: Vec<String>,
    /// Files to open at the start: path expression and name.
    files: Vec<(String, String)>,
    has_checks: bool,
    has_basic: bool,
    has_digest: bool,
    has_bytes: bool,
    has_uuid: bool,
    has_captures: bool,
}

impl Script {
    fn put_together(self, resolver: &Resolver) -> String {
        let mut out = String::from(
            "// Made by bearcat. Run: k6 run -e VUS=10 -e DURATION=30s script.js\n\
             // VUS (1) and DURATION (10s) say how many users go round for how long; with RATE, that many rounds start in each second.\n",
        );
        for variable in resolver.variables() {
            let _ = writeln!(out, "// {}: {}", variable.name, name::comment(&variable.meaning));
        }
        if let Some(first) = resolver.variables().first() {
            let _ = writeln!(out, "// Variables are given with -e {}=…, or in the environment of k6.", first.name);
        }
        if self.has_basic {
            out.push_str("import encoding from \"k6/encoding\";\n");
        }
        out.push_str("import http from \"k6/http\";\nimport { check, group } from \"k6\";\n\n");
        out.push_str(OPTIONS_HEAD);
        out.push_str("  thresholds: {\n");
        if self.has_checks {
            out.push_str("    checks: [\"rate==1\"],\n");
        }
        for threshold in &self.thresholds {
            let _ = writeln!(out, "    {threshold},");
        }
        out.push_str("  },\n};\n\n");
        for (path, name) in &self.files {
            let _ = writeln!(out, "const {name} = open({path}, \"b\");");
        }
        if !self.files.is_empty() {
            out.push('\n');
        }
        out.push_str("export default function () {\n");
        if self.has_captures {
            out.push_str("  const captured = {};\n");
        }
        let _ = write!(out, "{}}}\n\n{RESPONSE_FUNCTIONS}\n{CHECK_FUNCTIONS}", self.groups);
        for (is_used, function) in [(self.has_digest, DIGEST), (self.has_bytes, BYTES), (self.has_uuid, UUID)] {
            if is_used {
                out.push('\n');
                out.push_str(function);
            }
        }
        out
    }

    fn group(&mut self, request: &ExportRequest, label: &str, resolver: &mut Resolver) {
        let mut lines: Vec<String> = Vec::new();
        lines.extend(self.live_values(request));
        let body = self.body(request, resolver);
        let url = match &request.auth {
            Auth::Digest(user, password) => {
                self.has_digest = true;
                format!("withUser({}, {}, {})", text(&request.url), text(user), text(password))
            }
            _ => text(&request.url),
        };
        lines.push(format!("const r = http.request({}, {url}, {body}, {{", quote::javascript(&request.method)));
        let mut headers = request.merged_headers();
        if let (Body::Mixed(_), true) = (&request.body, request.header("content-type").is_none()) {
            headers.push(("Content-Type".to_owned(), Text::literal("application/octet-stream")));
        }
        let mut written: Vec<String> =
            headers.iter().map(|(name, value)| format!("    {}: {},", quote::javascript(name), text(value))).collect();
        if let Auth::Basic(user, password) = &request.auth {
            self.has_basic = true;
            let mut pair = user.clone();
            pair.push(Piece::Literal(":".to_owned()));
            pair.extend(password.clone());
            written.push(format!("    \"Authorization\": \"Basic \" + encoding.b64encode({}),", text(&pair)));
        }
        if !written.is_empty() {
            lines.push("  headers: {".to_owned());
            lines.append(&mut written);
            lines.push("  },".to_owned());
        }
        lines.push(format!("  redirects: {},", request.max_redirects));
        if let Some(timeout) = request.timeout {
            lines.push(format!("  timeout: \"{}ms\",", timeout.as_millis()));
        }
        if matches!(request.auth, Auth::Digest(..)) {
            lines.push("  auth: \"digest\",".to_owned());
        }
        lines.push(format!("  tags: {{ name: {} }},", quote::javascript(label)));
        lines.push("});".to_owned());
        lines.extend(self.checks(request, label));
        lines.extend(self.captures(request, resolver));
        let _ = writeln!(self.groups, "  group({}, () => {{", quote::javascript(label));
        for line in lines {
            let _ = writeln!(self.groups, "    {line}");
        }
        self.groups.push_str("  });\n");
    }

    /// Values that are made up once for the request, because several places use one variable.
    fn live_values(&mut self, request: &ExportRequest) -> Vec<String> {
        let mut known: BTreeSet<(String, Live)> = BTreeSet::new();
        let mut lines = Vec::new();
        for piece in pieces(request) {
            if let Piece::Live(made, key) = piece {
                self.has_uuid |= *made == Live::Uuid;
                if let Some(key) = key
                    && known.insert((key.clone(), *made))
                {
                    lines.push(format!("const {} = {};", live_name(key, *made), live(*made)));
                }
            }
            self.has_captures |= matches!(piece, Piece::Captured(_));
        }
        lines
    }

    fn body(&mut self, request: &ExportRequest, resolver: &mut Resolver) -> String {
        match request.plain_body() {
            Body::None | Body::GraphQl(..) => "null".to_owned(),
            Body::Text(body) => text(&body),
            Body::File(path) => self.open(&path),
            Body::Mixed(chunks) => {
                self.has_bytes = true;
                let chunks: Vec<String> = chunks.iter().map(|chunk| self.chunk(chunk)).collect();
                format!("bytes([{}])", chunks.join(", "))
            }
            Body::Multipart(parts) => self.form(&parts, resolver),
        }
    }

    fn form(&mut self, parts: &[Part], resolver: &mut Resolver) -> String {
        let mut names: Vec<&Text> = Vec::new();
        let mut fields = Vec::new();
        for part in parts {
            if names.contains(&&part.name) {
                resolver.remark("k6 sends each field of a form once: the last of several with one name is sent");
            }
            names.push(&part.name);
            let kind = part.content_type.as_ref();
            let value = match &part.content {
                Chunk::Text(content) if kind.is_none() && part.file_name.is_none() => text(content),
                content => {
                    let name = match (&part.file_name, content) {
                        (Some(name), _) => text(name),
                        (None, Chunk::File(path)) => quote::javascript(base_name(path)),
                        (None, Chunk::Text(_)) => "\"\"".to_owned(),
                    };
                    let content = self.chunk(content);
                    kind.map_or_else(
                        || format!("http.file({content}, {name})"),
                        |kind| format!("http.file({content}, {name}, {})", text(kind)),
                    )
                }
            };
            fields.push(format!("[{}]: {value}", text(&part.name)));
        }
        format!("{{ {} }}", fields.join(", "))
    }

    fn chunk(&mut self, chunk: &Chunk) -> String {
        match chunk {
            Chunk::Text(content) => text(content),
            Chunk::File(path) => self.open(path),
        }
    }

    /// Files can be opened only before the test begins.
    fn open(&mut self, path: &Text) -> String {
        let path = text(path);
        if let Some((_, name)) = self.files.iter().find(|(known, _)| *known == path) {
            return name.clone();
        }
        let name = format!("file{}", self.files.len() + 1);
        self.files.push((path, name.clone()));
        name
    }

    fn checks(&mut self, request: &ExportRequest, label: &str) -> Vec<String> {
        let mut checks = Vec::new();
        let mut comments = Vec::new();
        for check in &request.checks {
            match check.expression.as_ref().and_then(|expression| condition(expression, &WORDS)) {
                Some(condition) => {
                    checks.push(format!("  {}: (r) => {condition},", quote::javascript(&name::comment(&check.source))));
                }
                None => comments.push(format!("// not said by k6: assert {}", name::comment(&check.source))),
            }
            if let Some(limit) = check.time_limit() {
                let metric = format!("http_req_duration{{name:{}}}", label.replace(['{', '}', ','], " "));
                let threshold = format!("{}: [\"p(95)<{limit}\"]", quote::javascript(&metric));
                if !self.thresholds.contains(&threshold) {
                    self.thresholds.push(threshold);
                }
            }
        }
        if !checks.is_empty() {
            self.has_checks = true;
            comments.push("check(r, {".to_owned());
            comments.append(&mut checks);
            comments.push("});".to_owned());
        }
        comments
    }

    fn captures(&mut self, request: &ExportRequest, resolver: &mut Resolver) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, check) in &request.captures {
            match check.expression.as_ref().and_then(|expression| value(expression, &WORDS)) {
                Some(value) => lines.push(format!("captured[{}] = {value};", quote::javascript(name))),
                None => {
                    resolver.remark(format!("k6 cannot capture `{name}`: write it by hand"));
                    lines.push(format!("// not said by k6: capture {}", name::comment(&check.source)));
                }
            }
        }
        let wanted = resolver.wanted.iter().filter(|(name, _)| request.name.as_ref() == Some(name));
        for (name, path) in wanted {
            let key = quote::javascript(&format!("{name}.{path}"));
            match from_response(path).and_then(|expression| value(&expression, &WORDS)) {
                Some(value) => lines.push(format!("captured[{key}] = {value};")),
                None => lines.push(format!("// not said by k6: {}", name::comment(path))),
            }
        }
        self.has_captures |= lines.iter().any(|line| line.starts_with("captured"));
        lines
    }
}

/// `response.body.$.a.b`, `response.headers.X`.
fn from_response(path: &str) -> Option<Expression> {
    let rest = path.strip_prefix("response.")?;
    let jq = if let Some(name) = rest.strip_prefix("headers.") {
        return Some(Expression::Path(vec![Step::Key("headers".to_owned()), Step::Key(name.to_owned())]));
    } else {
        let body = rest.strip_prefix("body")?.trim_start_matches('.');
        match body {
            "" | "*" | "$" => ".body".to_owned(),
            body => {
                let body = body.strip_prefix('$').unwrap_or(body).replace('\'', "\"");
                if body.starts_with(['.', '[']) { format!(".body{body}") } else { format!(".body.{body}") }
            }
        }
    };
    let Check { expression, .. } = super::check::parse(&jq);
    expression
}

fn pieces(request: &ExportRequest) -> Vec<&Piece> {
    let mut texts: Vec<&Text> = vec![&request.url];
    texts.extend(request.headers.iter().map(|(_, value)| value));
    if let Auth::Basic(user, password) | Auth::Digest(user, password) = &request.auth {
        texts.extend([user, password]);
    }
    let chunk = |chunk| match chunk {
        &Chunk::Text(ref text) | &Chunk::File(ref text) => text,
    };
    match &request.body {
        Body::None => {}
        Body::Text(text) | Body::File(text) => texts.push(text),
        Body::Mixed(chunks) => texts.extend(chunks.iter().map(chunk)),
        Body::Multipart(parts) => {
            for part in parts {
                texts.push(&part.name);
                texts.extend(part.file_name.iter().chain(&part.content_type));
                texts.push(chunk(&part.content));
            }
        }
        Body::GraphQl(query, variables) => {
            texts.push(query);
            texts.extend(variables);
        }
    }
    texts.into_iter().flat_map(|text| &text.0).collect()
}

fn live_name(key: &str, made: Live) -> String {
    let kind = match made {
        Live::Uuid => "uuid".to_owned(),
        Live::Timestamp => "seconds".to_owned(),
        Live::IsoTimestamp => "now".to_owned(),
        Live::Integer(from, to) => format!("number_{}_{}", from.unsigned_abs(), to.unsigned_abs()),
    };
    format!("{}_{kind}", name::identifier(key))
}

fn text(text: &Text) -> String {
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let mut parts: Vec<String> = text
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Literal(text) => quote::javascript(text),
            Piece::Token(token) => quote::javascript(token.expose()),
            Piece::Variable(name) => format!("__ENV.{name}"),
            Piece::Captured(name) => format!("captured[{}]", quote::javascript(name)),
            Piece::Live(made, Some(key)) => live_name(key, *made),
            Piece::Live(made, None) => live(*made),
        })
        .collect();
    // The whole is a text, whatever its first piece is.
    if parts.len() == 1 && matches!(text.0[0], Piece::Captured(_) | Piece::Live(..)) {
        return format!("String({})", parts[0]);
    }
    if !matches!(text.0[0], Piece::Literal(_) | Piece::Token(_)) && parts.len() > 1 {
        parts.insert(0, "\"\"".to_owned());
    }
    parts.join(" + ")
}

const OPTIONS_HEAD: &str = r#"export const options = {
  scenarios: {
    requests: __ENV.RATE
      ? {
          executor: "constant-arrival-rate",
          rate: Number(__ENV.RATE),
          timeUnit: "1s",
          duration: __ENV.DURATION || "10s",
          preAllocatedVUs: Number(__ENV.VUS || 10),
        }
      : { executor: "constant-vus", vus: Number(__ENV.VUS || 1), duration: __ENV.DURATION || "10s" },
  },
"#;

const RESPONSE_FUNCTIONS: &str = r"function bodyOf(r) {
  try {
    return JSON.parse(r.body);
  } catch (error) {
    return r.body;
  }
}

function headerOf(r) {
  return (name) => {
    const found = Object.keys(r.headers).find((known) => known.toLowerCase() === name.toLowerCase());
    return found === undefined ? null : r.headers[found];
  };
}
";

const DIGEST: &str = r#"function withUser(url, user, password) {
  const at = url.indexOf("://") + 3;
  return `${url.slice(0, at)}${encodeURIComponent(user)}:${encodeURIComponent(password)}@${url.slice(at)}`;
}
"#;

const BYTES: &str = r"function bytes(parts) {
  const arrays = parts.map((part) => {
    if (typeof part !== 'string') return new Uint8Array(part);
    const encoded = unescape(encodeURIComponent(part));
    return Uint8Array.from(encoded, (c) => c.charCodeAt(0));
  });
  const whole = new Uint8Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole.buffer;
}
";

const UUID: &str = r#"function uuid() {
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (c) => {
    const digit = Math.floor(Math.random() * 16);
    return (c === "x" ? digit : (digit % 4) + 8).toString(16);
  });
}
"#;
