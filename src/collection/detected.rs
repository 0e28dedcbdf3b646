//! The identity that the `.env` files of a project with a Kinde SDK describe (kinde.md 8.1).
//!
//! Called when a workspace is loaded. Nothing is written, and the client secret stays in the file until the user
//! has agreed to use it: [`client_secret`] is a call of its own.

use std::path::PathBuf;

use crate::collection::dotenv::{self, DotenvFile, Entry};
use crate::model::identity::{Grant, Identity, IdentitySource, Issuer, Origin};
use crate::model::problem::{Problem, ProblemKind};
use crate::redact::ClientSecret;

/// The name of a detected identity.
pub const NAME: &str = "kinde";

/// What Kinde's SDK asks for when `KINDE_SCOPE` is not set.
const DEFAULT_SCOPE: &str = "openid profile email offline";

/// A detected identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectedIdentity {
    /// The identity, without a client secret.
    pub identity: Identity,
    /// The file that holds `KINDE_CLIENT_SECRET`, if one does.
    pub client_secret_in: Option<PathBuf>,
}

/// Looks for an identity in `.env` files, given in [`dotenv::FILES`] order.
pub fn detect(files: &[DotenvFile]) -> (Option<DetectedIdentity>, Vec<Problem>) {
    let values = dotenv::merge(files);
    let read = |name: &str| {
        [name.to_owned(), format!("NEXT_PUBLIC_{name}")].into_iter().find_map(|name| {
            let value = values.get(&name).map(|value| value.trim()).filter(|value| !value.is_empty())?;
            let (file, entry) = last_entry(files, &name)?;
            Some(Found { file, entry, value })
        })
    };
    let mut problems = Vec::new();
    let Some(issuer_entry) = read("KINDE_ISSUER_URL") else { return (None, problems) };
    let issuer = match Issuer::parse(issuer_entry.value) {
        Ok(issuer) => issuer,
        Err(error) => {
            problems.push(issuer_entry.problem(error.to_string()));
            return (None, problems);
        }
    };
    let mut identity = Identity::new(NAME, Grant::DeviceAuthorization);
    identity.source = IdentitySource::Detected { path: issuer_entry.file.path.clone() };
    identity.issuer = Some(issuer);
    identity.client_id = read("KINDE_CLIENT_ID").map(|found| found.value.to_owned());
    identity.scopes = words(read("KINDE_SCOPE").map_or(DEFAULT_SCOPE, |found| found.value));
    identity.audiences = words(read("KINDE_AUDIENCE").map_or("", |found| found.value));
    if let Some(site) = read("KINDE_SITE_URL") {
        match Origin::parse(site.value) {
            Some(origin) => identity.origins.push(origin),
            None => problems.push(site.problem("An absolute URL is expected: `https://app.example.com`".to_owned())),
        }
    }
    let client_secret_in = secret_entry(files).map(|(file, _)| file.path.clone());
    (Some(DetectedIdentity { identity, client_secret_in }), problems)
}

/// The client secret in the files; only to be called after the user has agreed.
pub fn client_secret(files: &[DotenvFile]) -> Option<ClientSecret> {
    secret_entry(files)?;
    dotenv::merge(files).remove("KINDE_CLIENT_SECRET").map(ClientSecret::new)
}

fn secret_entry(files: &[DotenvFile]) -> Option<(&DotenvFile, &Entry)> {
    last_entry(files, "KINDE_CLIENT_SECRET").filter(|(_, entry)| !entry.value.trim().is_empty())
}

fn last_entry<'a>(files: &'a [DotenvFile], name: &str) -> Option<(&'a DotenvFile, &'a Entry)> {
    files.iter().rev().find_map(|file| Some((file, file.entry(name)?)))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

struct Found<'a> {
    file: &'a DotenvFile,
    entry: &'a Entry,
    value: &'a str,
}

impl Found<'_> {
    fn problem(&self, detail: String) -> Problem {
        Problem::new(ProblemKind::Input, format!("`{}` cannot be used", self.entry.name.text))
            .detail(detail)
            .at(self.entry.place.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn files(texts: &[(&str, &str)]) -> Vec<DotenvFile> {
        texts.iter().map(|(path, text)| DotenvFile::parse(Path::new(path), text)).collect()
    }

    #[test]
    fn a_next_project_is_an_identity() {
        let files = files(&[
            (".env", "KINDE_ISSUER_URL=https://old.kinde.com\nKINDE_AUDIENCE='https://api.test https://b.test'"),
            (
                ".env.local",
                "KINDE_ISSUER_URL=https://acme.kinde.com\nNEXT_PUBLIC_KINDE_CLIENT_ID=abc\n\
                 KINDE_CLIENT_SECRET=very-secret-value\nKINDE_SITE_URL=https://app.acme.test/\n",
            ),
        ]);
        let (detected, problems) = detect(&files);
        let detected = detected.unwrap();
        assert_eq!(problems, []);
        let identity = &detected.identity;
        assert_eq!(identity.name.as_str(), "kinde");
        assert_eq!(identity.grant, Grant::DeviceAuthorization);
        assert_eq!(identity.issuer.as_ref().unwrap().as_str(), "https://acme.kinde.com");
        assert_eq!(identity.client_id.as_deref(), Some("abc"));
        assert_eq!(identity.audiences, ["https://api.test", "https://b.test"]);
        assert_eq!(identity.scopes, ["openid", "profile", "email", "offline"]);
        assert_eq!(identity.origins, [Origin::parse("https://app.acme.test").unwrap()]);
        assert_eq!(identity.client_secret, None);
        assert_eq!(identity.source, IdentitySource::Detected { path: ".env.local".into() });
        assert_eq!(detected.client_secret_in.as_deref(), Some(Path::new(".env.local")));
        assert_eq!(client_secret(&files).unwrap().expose(), "very-secret-value");
    }

    #[test]
    fn no_issuer_is_no_identity_and_a_wrong_one_is_a_problem() {
        assert_eq!(detect(&files(&[(".env", "KINDE_CLIENT_ID=abc")])), (None, vec![]));
        let (detected, problems) = detect(&files(&[(".env", "\nKINDE_ISSUER_URL=not a domain")]));
        assert_eq!(detected, None);
        assert!(problems[0].to_string().starts_with(".env:2:1: `KINDE_ISSUER_URL` cannot be used"), "{problems:?}");
    }
}
