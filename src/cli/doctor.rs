//! `bearcat doctor`: checks the set-up part by part, and says what to do about what does not work.

use std::io::IsTerminal;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::args::Common;
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, subject};
use crate::collection::origin::Access;
use crate::collection::workspace::Workspace;
use crate::collection::{nextjs, scan};
use crate::model::identity::Identity;
use crate::model::port::{Vault, VaultKind};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::secret::SecretKey;
use crate::shell::services::{Services, proxies};

/// One part that was looked at.
struct Part {
    name: &'static str,
    /// What was found, or what is wrong.
    found: Result<String, Problem>,
}

/// Looks at everything. Ends with the code of the first part that does not work.
pub fn run(common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let mut parts = vec![version(), terminal(), settings(&start)];
    let workspace = subject::surroundings(&start.paths)?;
    parts.push(files(&workspace));
    parts.push(proxy(&start));
    parts.push(tls(&start));
    parts.extend(next_apps());
    match start.services(start::quiet()) {
        Ok(services) => start::small_runtime()?.run(async {
            parts.push(vault(&services).await);
            let environment = subject::environment(&workspace, common)?;
            let mut identities = workspace.identities(environment.as_deref());
            identities.retain(|identity| identity.issuer.is_some());
            if let Some(wanted) = common.identity.as_deref() {
                identities.retain(|identity| identity.name.as_str() == wanted);
            }
            for identity in identities {
                parts.push(provider(&services, &identity).await);
            }
            Ok::<(), Problem>(())
        })?,
        Err(problem) => parts.push(Part { name: "vault", found: Err(problem) }),
    }
    report(&parts, output);
    Ok(parts.iter().find_map(|part| part.found.as_ref().err()).map_or(Exit::Good, |problem| Exit::of(problem.kind)))
}

fn version() -> Part {
    let text = format!("{} on {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    Part { name: "bearcat", found: Ok(text) }
}

fn terminal() -> Part {
    if !std::io::stdout().is_terminal() {
        return Part {
            name: "terminal",
            found: Ok("none here: the interface needs one, the commands do not".to_owned()),
        };
    }
    let size = crossterm::terminal::size().map_or_else(|_| "unknown size".to_owned(), |(w, h)| format!("{w}x{h}"));
    let kind = std::env::var("TERM").unwrap_or_else(|_| "unknown".to_owned());
    Part { name: "terminal", found: Ok(format!("{kind}, {size}")) }
}

fn settings(start: &Start) -> Part {
    let file = start.paths.config_file();
    let found = match start.problems.first() {
        Some(problem) => Err(problem.clone()),
        None if file.exists() => Ok(file.display().to_string()),
        None => Ok(format!("{} (not there: everything at its default)", file.display())),
    };
    Part { name: "settings", found }
}

fn files(workspace: &Workspace) -> Part {
    let found = match workspace.problems.first() {
        Some(problem) => Err(problem.clone()),
        None => {
            let environments = workspace.environments.names();
            let environments = if environments.is_empty() { "none".to_owned() } else { environments.join(", ") };
            let detected = match &workspace.detected {
                Some(identity) => {
                    format!(
                        "; a Kinde SDK's .env names {}",
                        identity.issuer.as_ref().map_or("no issuer", |i| i.as_str())
                    )
                }
                None => String::new(),
            };
            Ok(format!("environments: {environments}{detected}"))
        }
    };
    Part { name: "workspace", found }
}

fn proxy(start: &Start) -> Part {
    let settings = proxies(&start.settings);
    let shown = |url: &str| {
        let url = url::Url::parse(url).ok()?;
        let proxy = settings.for_url(&url)?;
        let shown = proxy.shown().ok_or_else(|| {
            Problem::new(ProblemKind::Input, format!("`{}` is not the address of a proxy", proxy.name))
                .hint("Like `http://proxy.example.com:3128` or `socks5://127.0.0.1:1080`")
        });
        Some(shown.map(|shown| format!("{shown} (`{}`)", proxy.name)))
    };
    let found = match (shown("http://api.example.com/"), shown("https://api.example.com/")) {
        (None, None) => Ok("none".to_owned()),
        (Some(Err(problem)), _) | (_, Some(Err(problem))) => Err(problem),
        (Some(Ok(http)), Some(Ok(https))) if http == https => Ok(http),
        (http, https) => {
            let words = |proxy: Option<Result<String, Problem>>| proxy.and_then(Result::ok);
            let none = || "none".to_owned();
            Ok(format!("http: {}, https: {}", words(http).unwrap_or_else(none), words(https).unwrap_or_else(none)))
        }
    };
    let direct = settings.no.as_ref().map(|hosts| format!("; directly: {hosts}")).unwrap_or_default();
    Part { name: "proxy", found: found.map(|found| if found == "none" { found } else { found + &direct }) }
}

fn tls(start: &Start) -> Part {
    let settings = &start.settings;
    let files = settings.tls_hosts.iter().flat_map(|rule| {
        rule.ca_file.iter().map(PathBuf::as_path).chain(rule.client.iter().map(|client| client.files.path()))
    });
    if let Some(missing) = settings.ca_file.iter().map(PathBuf::as_path).chain(files).find(|file| !file.is_file()) {
        let problem = Problem::new(ProblemKind::Input, format!("There is no certificate file {}", missing.display()))
            .hint("`[tls]` in config.toml names it; paths there are relative to the folder of config.toml");
        return Part { name: "tls", found: Err(problem) };
    }
    let mut found = vec![match &settings.ca_file {
        Some(file) => format!("the system's authorities and {}", file.display()),
        None => "the system's authorities".to_owned(),
    }];
    found.extend(settings.tls_hosts.iter().map(|rule| match &rule.client {
        Some(client) => format!("{} gets the client certificate {}", rule.host, client.files.path().display()),
        None => format!("{} has an authority of its own", rule.host),
    }));
    let insecure: Vec<String> = settings.insecure_hosts.iter().map(ToString::to_string).collect();
    if !insecure.is_empty() {
        found.push(format!("NOT CHECKED: the certificates of {}", insecure.join(", ")));
    }
    Part { name: "tls", found: Ok(found.join("; ")) }
}

/// The Next.js apps below the current folder; nothing if there are none.
fn next_apps() -> Option<Part> {
    let root = std::path::Path::new(".");
    let (apps, _) = nextjs::scan::load(root, &scan::scan(root).next_candidates);
    let words: Vec<String> = apps
        .iter()
        .map(|app| {
            let count = |access| app.routes.iter().filter(|route| route.access == access).count();
            let parts =
                [Access::Public, Access::Protected, Access::Unknown].map(|access| (count(access), access.word()));
            let parts: Vec<String> =
                parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
            let folder = if app.folder.as_os_str().is_empty() { root } else { &app.folder }.display();
            let routes = app.routes.len();
            let noun = if routes == 1 { "route" } else { "routes" };
            format!("{folder}: {routes} {noun} ({})", parts.join(", "))
        })
        .collect();
    (!words.is_empty()).then(|| Part { name: "Next.js", found: Ok(words.join("; ")) })
}

async fn vault(services: &Services) -> Part {
    let status = services.vault.status().await;
    let kind = match status.kind {
        VaultKind::Keyring => "keyring",
        VaultKind::EncryptedFile => "encrypted file",
        VaultKind::Memory => "memory only: forgotten at exit",
    };
    let found = match status.availability {
        Ok(()) => {
            let keys = services.vault.list().await.unwrap_or_default();
            let secrets = keys.iter().filter(|key| SecretKey::of(key).is_some()).count();
            let sessions = keys.len() - secrets;
            let secrets = match secrets {
                0 => String::new(),
                1 => ", 1 secret".to_owned(),
                more => format!(", {more} secrets"),
            };
            Ok(format!("{kind} ({}), {sessions} sessions{secrets}", status.name))
        }
        Err(error) => Err(error.problem()),
    };
    Part { name: "vault", found }
}

async fn provider(services: &Services, identity: &Identity) -> Part {
    let found = match services.providers.metadata(&services.auth, identity).await {
        Ok(metadata) => match services.providers.key_set(&services.auth, identity, None).await {
            Ok(keys) => {
                let kind = if metadata.is_kinde() { ", Kinde" } else { "" };
                let grant = identity.grant.as_str();
                Ok(format!(
                    "{} answers{kind}, {} keys; `{}` signs in by {grant}",
                    metadata.issuer,
                    keys.keys().len(),
                    identity.name
                ))
            }
            Err(error) => Err(error.problem()),
        },
        Err(error) => Err(error.problem()),
    };
    Part { name: "provider", found }
}

fn report(parts: &[Part], output: Output) {
    if output.json {
        let parts: Vec<Value> = parts
            .iter()
            .map(|part| match &part.found {
                Ok(text) => json!({ "part": part.name, "ok": true, "found": text }),
                Err(problem) => json!({
                    "part": part.name, "ok": false, "title": problem.title, "detail": problem.detail, "hint": problem.hint,
                }),
            })
            .collect();
        output.value(&Value::Array(parts));
        return;
    }
    for part in parts {
        match &part.found {
            Ok(text) => output.line(&format!("{} {:<10} {}", output.paint.good("✔"), part.name, clean(text))),
            Err(problem) => {
                output.line(&format!("{} {:<10} {}", output.paint.bad("✘"), part.name, clean(&problem.title)));
                let place = problem.place.as_ref().map(ToString::to_string);
                for line in place.iter().map(String::as_str).chain(problem.detail.lines()) {
                    output.line(&format!("             {}", clean(line)));
                }
                for line in problem.hint.lines() {
                    output.line(&format!("             → {}", clean(line)));
                }
            }
        }
    }
}
