//! The sample workspace that `bearcat demo` opens: the files of `assets/demo`, with this demo's addresses filled in.
//!
//! The `.http` files hold no address, so that people can change and keep them; the environment files are written
//! anew each time, because the ports change.

use std::fs::{self, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::Path;

use serde_json::{Map, Value};

use crate::demo::Demo;
use crate::demo::directory::{AUDIENCE, DEVICE_CLIENT, M2M_CLIENT, SPA_CLIENT};

/// The collection to open first.
pub const FIRST_COLLECTION: &str = "orders.http";

/// The environment of the sample workspace.
pub const ENVIRONMENT: &str = "demo";

const COLLECTIONS: [(&str, &str); 5] = [
    (FIRST_COLLECTION, include_str!("../../assets/demo/orders.http")),
    ("mistakes.http", include_str!("../../assets/demo/mistakes.http")),
    ("nextjs.http", include_str!("../../assets/demo/nextjs.http")),
    ("tokens.http", include_str!("../../assets/demo/tokens.http")),
    ("trial.http", include_str!("../../assets/demo/trial.http")),
];
const PUBLIC_ENVIRONMENT: (&str, &str) =
    ("http-client.env.json", include_str!("../../assets/demo/http-client.env.json"));
const PRIVATE_ENVIRONMENT: (&str, &str) =
    ("http-client.private.env.json", include_str!("../../assets/demo/private.env.json"));
const IGNORED: (&str, &str) = (".gitignore", "http-client.private.env.json\n");

/// The files of the sample workspace, with this demo's addresses filled in.
pub fn workspace_files(demo: &Demo) -> Vec<(&'static str, String)> {
    let mut files: Vec<_> = COLLECTIONS.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push((PUBLIC_ENVIRONMENT.0, filled(PUBLIC_ENVIRONMENT.1, demo)));
    files.push((PRIVATE_ENVIRONMENT.0, filled(PRIVATE_ENVIRONMENT.1, demo)));
    files.push((IGNORED.0, IGNORED.1.to_owned()));
    files
}

/// Writes the sample workspace into a folder, which is made if need be. Collections that are there already stay as
/// they are; the environment files are written anew. Fails, before anything is written, where there are environment
/// files of somebody else.
pub fn write_workspace(demo: &Demo, directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    for (path, _) in [PUBLIC_ENVIRONMENT, PRIVATE_ENVIRONMENT] {
        refuse_foreign(&directory.join(path))?;
    }
    for (path, content) in workspace_files(demo) {
        let target = directory.join(path);
        match path {
            _ if path == PRIVATE_ENVIRONMENT.0 => write_private(&target, &content)?,
            _ if path == PUBLIC_ENVIRONMENT.0 || !target.exists() => fs::write(&target, content)?,
            _ => {}
        }
    }
    Ok(())
}

fn filled(text: &str, demo: &Demo) -> String {
    [
        ("@ISSUER@", demo.issuer_text()),
        ("@API@", demo.api.as_str().trim_end_matches('/')),
        ("@OTHER_API@", &demo.shared.addresses.custom_api),
        ("@AUDIENCE@", AUDIENCE),
        ("@DEVICE_CLIENT@", DEVICE_CLIENT.id),
        ("@SPA_CLIENT@", SPA_CLIENT.id),
        ("@M2M_CLIENT@", M2M_CLIENT.id),
        ("@M2M_SECRET@", M2M_CLIENT.secret.unwrap_or_default()),
    ]
    .into_iter()
    .fold(text.to_owned(), |text, (placeholder, value)| text.replace(placeholder, value))
}

/// An environment file that has anything but the demo's environment is a user's own.
fn refuse_foreign(file: &Path) -> Result<()> {
    let Ok(text) = fs::read(file) else { return Ok(()) };
    let members: Option<Map<String, Value>> = serde_json::from_slice(&text).ok();
    if members.is_some_and(|members| members.keys().all(|name| name == ENVIRONMENT)) {
        return Ok(());
    }
    let message = format!("{} is not the demo's, so it is left alone; choose another folder", file.display());
    Err(Error::new(ErrorKind::AlreadyExists, message))
}

/// For the owner only: the habit matters, even where the secret is none.
fn write_private(target: &Path, content: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(target)?.write_all(content.as_bytes())
}
