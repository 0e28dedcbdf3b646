//! The routes of a Next.js app, read from its sources: path, methods, who may call them and what they need.
//!
//! Pure: files come through a callback, nothing is run. Read with a real parser, so every way of writing a handler
//! counts; what would have to be run to be known is said to be unknown. [`scan`] finds the apps of a workspace.

mod config;
pub mod find;
mod gate;
mod handler;
mod methods;
mod module;
mod pattern;
mod project;
mod regex;
pub mod request;
pub mod scan;
mod sdk;
mod segment;
mod syntax;
mod value;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::collection::nextjs::config::Config;
use crate::collection::nextjs::gate::{Gate, Passage};
use crate::collection::nextjs::handler::{Findings, Input, Proof, Strength};
use crate::collection::nextjs::project::{Project, ReadFile};
use crate::collection::nextjs::sdk::Sdk;
use crate::collection::nextjs::segment::{Intercepted, RoutePath, Segment};
use crate::collection::origin::Access;
use crate::model::problem::Place;
use crate::model::request::Requirement;

/// Extensions that a route may have here although Next takes them only when `pageExtensions` says so.
const UNUSUAL_EXTENSIONS: [&str; 4] = ["mjs", "cjs", "mts", "cts"];

/// The files of an app, as the walk found them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppFiles {
    /// The app's folder, relative to the workspace.
    pub folder: PathBuf,
    /// Files of it that may matter, relative to the workspace: see [`find::is_relevant`].
    pub files: Vec<PathBuf>,
    /// The values of its `.env` files.
    pub settings: BTreeMap<String, String>,
}

/// The routes of one file, and what could not be told of it.
pub type Found = (Vec<Route>, Vec<(Place, String)>);

/// A Next.js app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NextApp {
    /// Its folder, relative to the workspace.
    pub folder: PathBuf,
    /// Where it answers: `http://localhost:3000`, without `basePath`.
    pub base: String,
    /// Why that base: `KINDE_SITE_URL`, `package.json`, Next's default.
    pub base_from: String,
    /// Its routes, sorted by path; one for each method.
    pub routes: Vec<Route>,
    /// The middleware's file.
    pub gate: Option<PathBuf>,
    /// What could not be told, and where.
    pub remarks: Vec<(Place, String)>,
}

/// A route and one of its methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// `/api/orders/[id]`, with `basePath`.
    pub label: String,
    /// The path as a template: `/api/orders/{{id}}`.
    pub path: String,
    /// The parameters of the path, in order.
    pub parameters: Vec<String>,
    /// `GET`.
    pub method: String,
    /// Where its handler stands.
    pub place: Place,
    /// Who may call it.
    pub access: Access,
    /// Why, in words.
    pub reason: String,
    /// How a caller proves who it is, where that is known.
    pub carrier: Option<Carrier>,
    /// What a caller needs.
    pub require: Vec<Requirement>,
    /// What else is to be known.
    pub remarks: Vec<String>,
    /// Members of its JSON body; `None`: it reads none.
    pub json: Option<Vec<String>>,
    /// Does it read a form?
    pub form: bool,
    /// Query parameters that it asks for.
    pub query: Vec<String>,
}

/// How a caller of a protected route proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// The session cookies of Kinde's SDK.
    KindeCookies,
    /// An `Authorization` header.
    Bearer,
    /// Something of the app's own.
    Other,
}

/// What the app's files decide for all routes.
pub struct Reader<'a> {
    project: Project<'a>,
    config: Config,
    gate: Option<Gate>,
    base: (String, String),
    remarks: Vec<(Place, String)>,
    /// Route files and the paths that they serve.
    sources: Vec<(PathBuf, RoutePath, Kind)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    App,
    Pages,
}

impl<'a> Reader<'a> {
    /// Reads what holds for all routes: configuration, middleware, settings.
    pub fn new(files: &AppFiles, read: ReadFile<'a>) -> Self {
        let project = Project::new(&files.folder, read);
        let config = Config::read(&project);
        let mut remarks = config.remarks.clone();
        let package = package(&project);
        let layout = Layout::of(files);
        let sdk = Sdk::from_settings(&files.settings);
        let gate =
            layout.gate(files, &config, &package, &mut remarks).and_then(|path| Gate::read(&project, &path, sdk));
        let base = base(&files.settings, &package);
        let mut sources = Vec::new();
        for file in &files.files {
            if let Some((route, kind)) = layout.route(file, &config) {
                sources.push((file.clone(), route, kind));
            }
        }
        sources.sort_by(|a, b| (a.1.label(), &a.0).cmp(&(b.1.label(), &b.0)));
        Self { project, config, gate, base, remarks, sources }
    }

    /// The route files.
    pub fn files(&self) -> impl ExactSizeIterator<Item = &Path> {
        self.sources.iter().map(|(file, ..)| file.as_path())
    }

    /// Reads the routes of one of [`Self::files`].
    pub fn routes(&self, index: usize) -> Found {
        let Some((file, path, kind)) = self.sources.get(index) else { return Default::default() };
        let place = |line: usize| Place { file: file.clone(), line, column: 1 };
        let Some(source) = self.project.source(file) else {
            return (Vec::new(), vec![(place(1), "This file is not read: it is too large, or gone".to_owned())]);
        };
        let (methods, told) = match kind {
            Kind::App => methods::of_route(&self.project, &source),
            Kind::Pages => methods::of_api_route(&self.project, &source),
        };
        let mut remarks: Vec<(Place, String)> = Vec::new();
        if source.is_broken() {
            remarks.push((place(1), "A syntax error: what can be read of this file is read".to_owned()));
        }
        if methods.is_empty() && !source.is_broken() {
            remarks.extend(told.iter().map(|text| (place(1), sentence(text))));
        }
        let shown = self.project.folder.clone();
        let mut routes = Vec::new();
        for method in methods {
            for variant in variants(path) {
                let mut notes = told.clone();
                notes.extend(method.findings.remarks.clone());
                notes.extend(self.notes_of(file, path));
                routes.push(self.route(&variant, &method, place(method.line), notes, &shown));
            }
        }
        (routes, remarks)
    }

    /// Puts the app together.
    pub fn finish(self, found: Vec<Found>) -> NextApp {
        let mut app = NextApp {
            folder: self.project.folder.clone(),
            base: self.base.0,
            base_from: self.base.1,
            gate: self.gate.map(|gate| gate.source.path.clone()),
            remarks: self.remarks,
            ..NextApp::default()
        };
        let mut seen = BTreeSet::new();
        for (routes, remarks) in found {
            app.remarks.extend(remarks);
            // A slot and a plain folder may lead to the same route.
            app.routes
                .extend(routes.into_iter().filter(|route| seen.insert((route.label.clone(), route.method.clone()))));
        }
        app
    }

    fn notes_of(&self, file: &Path, path: &RoutePath) -> Vec<String> {
        let mut notes = Vec::new();
        if path.intercepted == Intercepted::Yes {
            notes.push("intercepted: Next serves it only for navigation inside the app".to_owned());
        }
        let name = file.to_string_lossy();
        if !self.config.page_extensions.iter().any(|extension| name.ends_with(&format!(".{extension}"))) {
            notes.push("Next serves this extension only if `pageExtensions` has it".to_owned());
        }
        notes
    }

    fn route(
        &self,
        path: &RoutePath,
        method: &methods::Method,
        place: Place,
        remarks: Vec<String>,
        app: &Path,
    ) -> Route {
        let findings = &method.findings;
        let gate = self.passage(path, findings);
        let (access, reason, carrier) = decide(gate, findings, app, &place);
        let Input { json, form, query } = findings.input.clone();
        let base_path = &self.config.base_path;
        let label = format!("{base_path}{}", path.label());
        let label = if path.segments.is_empty() && !base_path.is_empty() { base_path.clone() } else { label };
        Route {
            label,
            path: self.template(path),
            parameters: path.segments.iter().filter_map(Segment::parameter).map(variable).collect(),
            method: method.name.clone(),
            place,
            access,
            reason,
            carrier,
            require: findings.require.clone(),
            remarks,
            json,
            form,
            query,
        }
    }

    /// What the middleware does with the route, tried with sample values for its parameters.
    fn passage(&self, path: &RoutePath, findings: &Findings) -> Option<Passage> {
        let gate = self.gate.as_ref()?;
        let mut decided: Option<Passage> = None;
        for sample in samples(path, findings) {
            let mut sample = sample;
            if self.config.trailing_slash && sample != "/" && !sample.contains('.') {
                sample.push('/');
            }
            let passage = gate.passage(&self.project, &sample);
            match &decided {
                None => decided = Some(passage),
                Some(known) if std::mem::discriminant(known) == std::mem::discriminant(&passage) => {}
                Some(_) => {
                    let names: Vec<_> = path.segments.iter().filter_map(Segment::parameter).collect();
                    let values = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
                    return Some(Passage::Unsure(format!("{} decides by the value of {values}", gate.name)));
                }
            }
        }
        decided
    }

    /// `/base/api/orders/{{id}}`.
    fn template(&self, path: &RoutePath) -> String {
        let mut out = self.config.base_path.clone();
        for segment in &path.segments {
            out.push('/');
            match segment {
                Segment::Static(text) => out.push_str(&encoded(text)),
                Segment::Dynamic { before, name, after } => {
                    out.push_str(&encoded(before));
                    out.push_str(&placeholder(name));
                    out.push_str(&encoded(after));
                }
                Segment::CatchAll(name) | Segment::OptionalCatchAll(name) => {
                    out.push_str(&placeholder(name));
                }
            }
        }
        if out.is_empty() || (self.config.trailing_slash && !out.ends_with('/')) {
            out.push('/');
        }
        out
    }
}

/// Reads a whole app, one file after the other.
pub fn read(files: &AppFiles, read: ReadFile<'_>) -> NextApp {
    let reader = Reader::new(files, read);
    let found = (0..reader.files().len()).map(|index| reader.routes(index)).collect();
    reader.finish(found)
}

/// An optional catch-all is two routes: without the segment and with it.
fn variants(path: &RoutePath) -> Vec<RoutePath> {
    match path.segments.split_last() {
        Some((Segment::OptionalCatchAll(name), before)) => {
            let without = RoutePath { segments: before.to_vec(), intercepted: path.intercepted };
            let mut with = without.clone();
            with.segments.push(Segment::OptionalCatchAll(name.clone()));
            vec![without, with]
        }
        _ => vec![path.clone()],
    }
}

/// Concrete paths of a route: with a number, a word, and something longer in place of each parameter. Without dots,
/// because most matchers leave out files.
fn samples(path: &RoutePath, findings: &Findings) -> Vec<String> {
    let has_parameters = path.segments.iter().any(|segment| segment.parameter().is_some());
    // The SDK's own route is best asked for its `setup`, which answers everybody.
    let values: &[&str] = match (has_parameters, findings.is_sdk) {
        (false, _) => &[""],
        (true, true) => &["setup"],
        (true, false) => &["1", "abc", "0f8b7c1e-4f2a-4b6e-9d53-7a1c2e3f4a5b"],
    };
    let fill = |value: &&str| {
        let mut out = String::new();
        for segment in &path.segments {
            out.push('/');
            match segment {
                Segment::Static(text) => out.push_str(&encoded(text)),
                Segment::Dynamic { before, after, .. } => out.extend([before.as_str(), value, after]),
                Segment::CatchAll(_) | Segment::OptionalCatchAll(_) => out.push_str(value),
            }
        }
        if out.is_empty() { "/".to_owned() } else { out }
    };
    values.iter().map(fill).collect()
}

/// Middleware and handler together.
fn decide(gate: Option<Passage>, findings: &Findings, app: &Path, place: &Place) -> (Access, String, Option<Carrier>) {
    let carrier = |proof: Proof| match proof {
        Proof::KindeSession => Carrier::KindeCookies,
        Proof::Bearer => Carrier::Bearer,
        Proof::Cookie => Carrier::Other,
    };
    if let Some(Passage::Closed(reason, proof)) = &gate {
        return (Access::Protected, reason.clone(), Some(carrier(*proof)));
    }
    let own = place.file.strip_prefix(app).unwrap_or(&place.file).to_string_lossy().replace('\\', "/");
    if let Some(guard) = findings.strongest() {
        let at = if guard.file == own { String::new() } else { format!("{} ", guard.file) };
        let verb = if guard.what.starts_with("the ") { "reads" } else { "calls" };
        let reason = format!("the handler {verb} {}, {at}line {}", guard.what, guard.line);
        return match guard.strength {
            Strength::Refuses => (Access::Protected, reason, Some(carrier(guard.proof))),
            Strength::Looks => (Access::Unknown, format!("{reason}; no refusal was found"), Some(carrier(guard.proof))),
        };
    }
    if let Some(Passage::Unsure(reason) | Passage::Answered(reason)) = &gate {
        return (Access::Unknown, reason.clone(), None);
    }
    if let Some(opaque) = findings.opaque.first() {
        return (Access::Unknown, opaque.clone(), None);
    }
    let reason = match gate {
        _ if findings.is_sdk => "Kinde's own sign-in route".to_owned(),
        Some(Passage::Open(reason)) => reason,
        _ => "there is no middleware, and the handler checks nothing".to_owned(),
    };
    (Access::Public, reason, None)
}

/// Where files may be.
struct Layout {
    folder: PathBuf,
    /// `app`, `src/app`, below the workspace.
    app: Option<PathBuf>,
    /// `pages`, `src/pages`.
    pages: Option<PathBuf>,
}

impl Layout {
    /// `src/app` counts only if there is no `app`.
    fn of(files: &AppFiles) -> Self {
        let find = |name: &str| {
            let folders = [files.folder.join(name), files.folder.join("src").join(name)];
            folders.into_iter().find(|folder| files.files.iter().any(|file| file.starts_with(folder)))
        };
        Self { folder: files.folder.clone(), app: find("app"), pages: find("pages") }
    }

    /// The route that a file serves.
    fn route(&self, file: &Path, config: &Config) -> Option<(RoutePath, Kind)> {
        let name = file.file_name()?.to_str()?;
        if name.ends_with(".d.ts") {
            return None;
        }
        let mut extensions: Vec<&str> = config.page_extensions.iter().map(String::as_str).collect();
        extensions.extend(UNUSUAL_EXTENSIONS);
        extensions.sort_by_key(|extension| std::cmp::Reverse(extension.len()));
        let stem = extensions.iter().find_map(|extension| name.strip_suffix(extension)?.strip_suffix('.'))?;
        if let Some(app) = &self.app
            && let Ok(below) = file.strip_prefix(app)
        {
            let folder = below.parent().unwrap_or(Path::new(""));
            return (stem == "route").then(|| segment::of_app(folder)).flatten().map(|route| (route, Kind::App));
        }
        let below = file.strip_prefix(self.pages.as_ref()?).ok()?;
        let is_api = below.starts_with("api") || below == Path::new(name) && stem == "api";
        if !is_api {
            return None;
        }
        segment::of_pages(&below.with_file_name(stem)).map(|route| (route, Kind::Pages))
    }

    /// The middleware's file.
    fn gate(
        &self,
        files: &AppFiles,
        config: &Config,
        package: &Json,
        remarks: &mut Vec<(Place, String)>,
    ) -> Option<PathBuf> {
        let beside = self.app.as_ref().or(self.pages.as_ref()).and_then(|folder| folder.parent());
        let beside = beside.unwrap_or(&self.folder).to_path_buf();
        let candidates = |folder: &Path, name: &str| {
            let extensions = config.page_extensions.iter().map(String::as_str).chain(UNUSUAL_EXTENSIONS);
            let paths: Vec<PathBuf> = extensions.map(|extension| folder.join(format!("{name}.{extension}"))).collect();
            paths.into_iter().find(|path| files.files.contains(path))
        };
        let mut note = |file: &Path, text: String| {
            remarks.push((Place { file: file.to_path_buf(), line: 1, column: 1 }, text));
        };
        for folder in [self.folder.clone(), self.folder.join("src")] {
            for name in ["proxy", "middleware"] {
                if folder != beside
                    && let Some(path) = candidates(&folder, name)
                {
                    let text = format!("Next ignores this {name}: it must stand beside the folder `app` or `pages`");
                    note(&path, text);
                }
            }
        }
        let (proxy, middleware) = (candidates(&beside, "proxy"), candidates(&beside, "middleware"));
        let major = next_major(package);
        match (proxy, middleware) {
            (Some(proxy), Some(middleware)) => {
                let text = "There are both `middleware` and `proxy`: Next 16 takes only one".to_owned();
                note(&middleware, text);
                Some(if major.is_some_and(|major| major < 16) { middleware } else { proxy })
            }
            (Some(proxy), None) if major.is_some_and(|major| major < 16) => {
                note(
                    &proxy,
                    "Next takes `proxy` from version 16 on; before, the file is called `middleware`".to_owned(),
                );
                None
            }
            (proxy, middleware) => proxy.or(middleware),
        }
    }
}

fn package(project: &Project<'_>) -> Json {
    let text = project.text(&project.folder.join("package.json"));
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Next's major version, as far as `package.json` says.
fn next_major(package: &Json) -> Option<u32> {
    let version = ["dependencies", "devDependencies"].iter().find_map(|key| package[key]["next"].as_str())?;
    let digits: String =
        version.trim_start_matches(['^', '~', '=', 'v', '>', ' ']).chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Where the app answers.
fn base(settings: &BTreeMap<String, String>, package: &Json) -> (String, String) {
    for name in ["KINDE_SITE_URL", "NEXT_PUBLIC_KINDE_SITE_URL"] {
        let url = settings.get(name).and_then(|text| url::Url::parse(text.trim()).ok());
        if let Some(url) = url.filter(|url| matches!(url.scheme(), "http" | "https")) {
            return (url.origin().ascii_serialization(), name.to_owned());
        }
    }
    for script in ["dev", "start"] {
        let text = package["scripts"][script].as_str().unwrap_or_default();
        if let Some(port) = port(text) {
            return (format!("http://localhost:{port}"), format!("the script `{script}` of package.json"));
        }
    }
    ("http://localhost:3000".to_owned(), "Next's default port".to_owned())
}

/// `next dev -p 4000`, `--port=4000`, `PORT=4000 next dev`.
fn port(script: &str) -> Option<u16> {
    if !script.split_whitespace().any(|word| word == "next") {
        return None;
    }
    let mut words = script.split_whitespace();
    while let Some(word) = words.next() {
        if matches!(word, "-p" | "--port") {
            return words.next()?.parse().ok();
        }
        let given = ["--port=", "-p=", "PORT=", "-p"].iter().find_map(|prefix| word.strip_prefix(prefix));
        if let Some(port) = given.and_then(|given| given.parse().ok()) {
            return Some(port);
        }
    }
    None
}

/// A parameter's name as a variable.
fn variable(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' }).collect();
    if plain.is_empty() { "value".to_owned() } else { plain }
}

/// `{{id}}`.
fn placeholder(name: &str) -> String {
    format!("{{{{{}}}}}", variable(name))
}

/// A part of a path that is written as it goes over the wire. What is encoded already stays as it is.
fn encoded(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let is_escape = byte == b'%'
            && text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) || is_escape {
            out.push(char::from(byte));
        } else {
            out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
    out
}

/// A remark as a sentence.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}
