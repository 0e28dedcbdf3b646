//! The settings: `config.toml`, every key optional, no mistake in it ever fatal.
//!
//! Parsing is pure; [`Settings::load`] reads the file. Problems carry the place in the file and are shown as
//! warnings; the key in question keeps its default.

mod reader;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::de::DeTable;

use crate::model::identity::Grant;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::tls::{CertificateFiles, ClientCertificate, HostPattern, HostTls};
use crate::redact::SecretText;
use crate::store::choose::VaultChoice;
use crate::store::settings::reader::{Found, Reader};

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// As the terminal says.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
}

/// Which characters the screen may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Glyphs {
    /// Box drawing, arrows, ticks.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// Does the screen listen to the mouse?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mouse {
    /// Click, select, scroll.
    #[default]
    On,
    /// The terminal's own selection works instead.
    Off,
}

/// Which version of HTTP is spoken where a request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum HttpVersion {
    /// HTTP/2 where TLS negotiates it, else HTTP/1.1.
    #[default]
    Auto,
    /// HTTP/1.1.
    One,
    /// HTTP/2; the answer says so where it is another.
    Two,
}

/// Do requests to this machine go through a proxy?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LoopbackProxy {
    /// Never.
    #[default]
    Never,
    /// Like all others.
    Allowed,
}

/// What a user can set. Command-line flags and directives in the files win over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `theme`: `auto`, `dark` or `light`.
    pub theme: Theme,
    /// `ascii`: true or false.
    pub glyphs: Glyphs,
    /// `mouse`: true or false.
    pub mouse: Mouse,
    /// `default_grant`: `device`, `pkce` or `client-credentials`; `None`: bearcat decides by the client.
    pub default_grant: Option<Grant>,
    /// `redirects.max`: how many redirects a request follows that has no `# @redirect` of its own.
    pub max_redirects: u32,
    /// `limits.body_mib`, in bytes: where reading a response body stops.
    pub body_limit: u64,
    /// `limits.timeout_s`: how long a request may take that has no `# @timeout` of its own.
    pub timeout: Duration,
    /// `tls.ca_file`: certificates to trust besides the system's; relative to the settings' folder.
    pub ca_file: Option<PathBuf>,
    /// `tls.insecure_hosts`: hosts whose certificates are not checked.
    pub insecure_hosts: Vec<HostPattern>,
    /// `[tls.hosts."HOST"]`: `ca_file`, `certificate`, `key`, `passphrase` (better a template than the text itself).
    pub tls_hosts: Vec<HostTls>,
    /// `http.version`: `auto`, `1.1` or `2`.
    pub http_version: HttpVersion,
    /// `proxy.url`: for every request; wins over the variables of the environment.
    pub proxy: Option<SecretText>,
    /// `proxy.no_proxy`: hosts that are reached directly, like `NO_PROXY`, which it replaces.
    pub no_proxy: Option<String>,
    /// `proxy.loopback`: true or false.
    pub loopback_proxy: LoopbackProxy,
    /// `callback.ports`: ports for the PKCE listener, tried in order; empty: bearcat's own list.
    pub callback_ports: Vec<u16>,
    /// `vault`: `keyring`, `file` or `memory`.
    pub vault: VaultChoice,
    /// `log`: a filter like that of `BEARCAT_LOG`, which wins; `None`: no log.
    pub log: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            glyphs: Glyphs::Unicode,
            mouse: Mouse::On,
            default_grant: None,
            max_redirects: 0,
            body_limit: 256 * 1024 * 1024,
            timeout: Duration::from_secs(30),
            ca_file: None,
            insecure_hosts: Vec::new(),
            tls_hosts: Vec::new(),
            http_version: HttpVersion::Auto,
            proxy: None,
            no_proxy: None,
            loopback_proxy: LoopbackProxy::Never,
            callback_ports: Vec::new(),
            vault: VaultChoice::Keyring,
            log: None,
        }
    }
}

/// Every key that there is, for suggestions; `parse` has an arm for each, which a test checks.
const KEYS: &[&str] = &[
    "theme",
    "ascii",
    "mouse",
    "default_grant",
    "redirects.max",
    "limits.body_mib",
    "limits.timeout_s",
    "tls.ca_file",
    "tls.insecure_hosts",
    "tls.hosts",
    "http.version",
    "proxy.url",
    "proxy.no_proxy",
    "proxy.loopback",
    "callback.ports",
    "vault",
    "log",
];

/// The tables that hold keys.
const TABLES: &[&str] = &["redirects", "limits", "tls", "http", "proxy", "callback"];

/// Grants by the words of the command line.
const GRANTS: &[(&str, Grant)] = &[
    ("device", Grant::DeviceAuthorization),
    ("pkce", Grant::AuthorizationCode),
    ("client-credentials", Grant::ClientCredentials),
];

/// The largest settings file that is read.
const MOST_BYTES: u64 = 1024 * 1024;

impl Settings {
    /// Reads the text of `path`. What is wrong in it becomes a problem each, with its place; the rest counts.
    pub fn parse(text: &str, path: &Path) -> (Self, Vec<Problem>) {
        let mut settings = Self::default();
        let mut reader = Reader::new(text, path);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            reader.problem(at, format!("This is not TOML: {}", error.message()), "The rest of the file is used");
        }
        for found in reader.keys(document.get_ref(), TABLES) {
            settings.set(&mut reader, &found);
        }
        (settings, reader.finish())
    }

    /// Reads the file; no file is no problem.
    pub fn load(path: &Path) -> (Self, Vec<Problem>) {
        match read(path) {
            Ok(text) => Self::parse(&text, path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (Self::default(), Vec::new()),
            Err(error) => {
                let problem = Problem::new(ProblemKind::Input, format!("{} cannot be read", path.display()))
                    .detail(error.to_string())
                    .hint("The default settings are used");
                (Self::default(), vec![problem])
            }
        }
    }

    fn set<'a>(&mut self, reader: &mut Reader<'a>, found: &Found<'a>) {
        match found.name.as_str() {
            "theme" => {
                let words = [("auto", Theme::Auto), ("dark", Theme::Dark), ("light", Theme::Light)];
                replace(&mut self.theme, reader.choice(found, &words));
            }
            "ascii" => {
                let glyphs = |ascii| if ascii { Glyphs::Ascii } else { Glyphs::Unicode };
                replace(&mut self.glyphs, reader.switch(found).map(glyphs));
            }
            "mouse" => {
                let mouse = |on| if on { Mouse::On } else { Mouse::Off };
                replace(&mut self.mouse, reader.switch(found).map(mouse));
            }
            "default_grant" => self.default_grant = reader.choice(found, GRANTS),
            "redirects.max" => {
                replace(&mut self.max_redirects, reader.number(found, 0..51).map(|number| number as u32));
            }
            "limits.body_mib" => {
                let bytes = reader.number(found, 1..65_537).map(|mib| mib * 1024 * 1024);
                replace(&mut self.body_limit, bytes);
            }
            "limits.timeout_s" => {
                let timeout = reader.number(found, 1..86_401).map(Duration::from_secs);
                replace(&mut self.timeout, timeout);
            }
            "tls.ca_file" => {
                let folder = reader.folder();
                self.ca_file = reader.text(found).map(|file| folder.join(file));
            }
            "tls.insecure_hosts" => replace(&mut self.insecure_hosts, host_patterns(reader, found)),
            "tls.hosts" => replace(&mut self.tls_hosts, tls_hosts(reader, found)),
            "http.version" => {
                let words = [("auto", HttpVersion::Auto), ("1.1", HttpVersion::One), ("2", HttpVersion::Two)];
                replace(&mut self.http_version, reader.choice(found, &words));
            }
            "proxy.url" => self.proxy = reader.text(found).map(SecretText::unregistered),
            "proxy.no_proxy" => self.no_proxy = reader.text(found).map(str::to_owned),
            "proxy.loopback" => {
                let loopback = |on| if on { LoopbackProxy::Allowed } else { LoopbackProxy::Never };
                replace(&mut self.loopback_proxy, reader.switch(found).map(loopback));
            }
            "callback.ports" => replace(&mut self.callback_ports, ports(reader, found)),
            "vault" => {
                let words = VaultChoice::ALL.map(|choice| (choice.as_str(), choice));
                replace(&mut self.vault, reader.choice(found, &words));
            }
            "log" => self.log = reader.text(found).filter(|filter| !filter.is_empty()).map(str::to_owned),
            _ => unknown(reader, &found.name, found.key.start),
        }
    }
}

fn replace<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

fn ports<'a>(reader: &mut Reader<'a>, found: &Found<'a>) -> Option<Vec<u16>> {
    let elements = reader.list(found)?;
    let port = |element| reader.number(element, 1..65_536).and_then(|port| u16::try_from(port).ok());
    // One wrong port spoils the list: listening on others than the registered ones helps nobody.
    elements.iter().map(port).collect()
}

fn host_pattern(reader: &mut Reader<'_>, text: &str, at: usize) -> Option<HostPattern> {
    let pattern = HostPattern::parse(text);
    if pattern.is_none() {
        let title = format!("`{}` is not a host", reader::shortened(text));
        reader.problem(at, title, "Write it like `api.example.com`, `*.example.com` or `localhost:8443`");
    }
    pattern
}

fn host_patterns<'a>(reader: &mut Reader<'a>, found: &Found<'a>) -> Option<Vec<HostPattern>> {
    let elements = reader.list(found)?;
    let mut hosts = Vec::new();
    for element in &elements {
        let Some(text) = reader.text(element) else { continue };
        hosts.extend(host_pattern(reader, text, element.at()));
    }
    Some(hosts)
}

/// `[tls.hosts."api.internal"]`. A table with a mistake in it counts as far as it goes.
fn tls_hosts<'a>(reader: &mut Reader<'a>, found: &Found<'a>) -> Option<Vec<HostTls>> {
    let mut hosts = Vec::new();
    for table in reader.table(found)? {
        let Some(host) = host_pattern(reader, &table.name, table.key.start) else { continue };
        let (mut ca_file, mut certificate, mut key, mut passphrase) = (None, None, None, None);
        for setting in reader.table(&table).unwrap_or_default() {
            let target = match setting.name.as_str() {
                "ca_file" => &mut ca_file,
                "certificate" => &mut certificate,
                "key" => &mut key,
                "passphrase" => &mut passphrase,
                other => {
                    let title = format!("`{}` is not a setting of a host", reader::shortened(other));
                    reader.problem(setting.key.start, title, "There are `ca_file`, `certificate`, `key`, `passphrase`");
                    continue;
                }
            };
            *target = reader.text(&setting);
            if setting.name == "passphrase" && target.is_some_and(|text| !text.contains("{{")) {
                let title = "The passphrase of a client certificate stands here in plain text";
                let hint = "Put it into http-client.private.env.json and write `passphrase = \"{{name}}\"`, or \
                            `{{$processEnv NAME}}`";
                reader.problem(setting.at(), title, hint);
            }
        }
        let folder = reader.folder();
        let file = |name: Option<&str>| name.map(|name| folder.join(name));
        let passphrase = passphrase
            .map(|text: &str| if text.contains("{{") { SecretText::unregistered(text) } else { SecretText::new(text) });
        let client = file(certificate).map(|certificate| ClientCertificate {
            files: CertificateFiles::named(certificate, file(key)),
            passphrase,
        });
        if client.is_none() && key.is_some() {
            reader.problem(table.key.start, "`key` needs a `certificate`", "Name the certificate's file too");
        }
        hosts.push(HostTls { host, ca_file: file(ca_file), client });
    }
    // A name wins over the pattern that also matches it.
    hosts.sort_by_key(|rule| rule.host.is_pattern());
    Some(hosts)
}

fn unknown(reader: &mut Reader<'_>, name: &str, at: usize) {
    let nearest = KEYS.iter().map(|known| (distance(name, known), known)).min().filter(|(distance, _)| *distance <= 2);
    let in_a_table = KEYS.iter().find(|known| known.rsplit('.').next() == Some(name));
    let hint = match nearest.map(|(_, known)| known).or(in_a_table) {
        Some(known) => format!("Did you mean `{known}`?"),
        None => {
            format!("The settings are {}", KEYS.iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", "))
        }
    };
    reader.problem(at, format!("`{}` is not a setting", reader::shortened(name)), hint);
}

/// Edits that make `from` into `to` (Levenshtein). Long names are no typing errors.
fn distance(from: &str, to: &str) -> usize {
    if from.len() > 40 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (left, b) in to.bytes().enumerate() {
            let substituted = diagonal + usize::from(a != b);
            diagonal = row[left + 1];
            row[left + 1] = substituted.min(diagonal + 1).min(row[left] + 1);
        }
    }
    row[to.len()]
}

fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not UTF-8 text"))
}

#[cfg(test)]
mod tests;
