//! Which files of a workspace matter, and which of them belong together as an app. Several apps in one workspace are
//! several apps: each folder with `next` in its `package.json`, or with a `next.config`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::collection::dotenv::{self, DotenvFile};
use crate::collection::nextjs::project::ReadFile;
use crate::collection::nextjs::{AppFiles, config};
use crate::model::problem::{Place, Problem, ProblemKind};

/// More route files than this are not read.
const MOST_FILES: usize = 5_000;

/// More apps than this are not read.
const MOST_APPS: usize = 100;

/// Extensions of source files.
const EXTENSIONS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "mts", "cjs", "cts"];

/// What a walk over a workspace noted; paths are relative to its root.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Candidates {
    files: Vec<PathBuf>,
    packages: Vec<PathBuf>,
}

impl Candidates {
    /// Notes a file, if it may belong to an app.
    pub fn note(&mut self, path: &Path) {
        if path.file_name().is_some_and(|name| name == "package.json") {
            self.packages.push(path.to_path_buf());
        } else if is_candidate(path) {
            self.files.push(path.to_path_buf());
        }
    }
}

/// Could a change of this file change the routes? Handlers call helpers in any file of the app.
pub fn is_relevant(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    is_source(path)
        || matches!(name, "package.json" | "tsconfig.json" | "jsconfig.json")
        || dotenv::FILES.contains(&name)
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
}

/// May a route, a middleware or a configuration be in this file?
fn is_candidate(path: &Path) -> bool {
    if !is_source(path) {
        return false;
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let named = ["route.", "middleware.", "proxy.", "next.config."];
    if named.iter().any(|prefix| name.starts_with(prefix)) {
        return true;
    }
    let parts: Vec<_> = path.components().map(std::path::Component::as_os_str).collect();
    parts
        .windows(2)
        .any(|pair| pair[0] == "pages" && (pair[1] == "api" || pair[1].to_string_lossy().starts_with("api.")))
}

/// The apps among the candidates, and their files.
pub fn apps(candidates: &Candidates, read: ReadFile<'_>, problems: &mut Vec<Problem>) -> Vec<AppFiles> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for package in &candidates.packages {
        if read(package).is_some_and(|text| depends_on_next(&text)) {
            folders.extend(package.parent().map(Path::to_path_buf));
        }
    }
    for file in &candidates.files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if config::FILES.contains(&name) {
            folders.extend(file.parent().map(Path::to_path_buf));
        }
    }
    folders.sort();
    folders.dedup();
    let mut files: BTreeMap<&PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for file in &candidates.files {
        // The nearest app above a file is the one that it belongs to.
        let owner = file.ancestors().skip(1).find_map(|above| folders.iter().find(|folder| folder.as_path() == above));
        if let Some(owner) = owner {
            files.entry(owner).or_default().push(file.clone());
        }
    }
    let mut apps = Vec::new();
    for (folder, mut files) in files {
        files.sort();
        if files.len() > MOST_FILES {
            let problem =
                Problem::new(ProblemKind::Input, "This Next.js app has too many route files to be read whole")
                    .detail(format!("{} files, of which {MOST_FILES} are read", files.len()))
                    .at(Place { file: folder.join("package.json"), line: 1, column: 1 });
            problems.push(problem);
            files.truncate(MOST_FILES);
        }
        apps.push(AppFiles { folder: folder.clone(), files, settings: settings(folder, read) });
    }
    apps.truncate(MOST_APPS);
    apps
}

fn depends_on_next(package: &str) -> bool {
    let Ok(json) = serde_json::from_str::<Json>(package.trim_start_matches('\u{feff}')) else { return false };
    ["dependencies", "devDependencies"].iter().any(|key| json[key]["next"].is_string())
}

/// The values of the app's `.env` files, else of those at the root of the workspace.
fn settings(folder: &Path, read: ReadFile<'_>) -> BTreeMap<String, String> {
    let files = |folder: &Path| -> Vec<DotenvFile> {
        let files = dotenv::FILES.iter().map(|name| folder.join(name));
        files.filter_map(|path| Some(DotenvFile::parse(&path, &read(&path)?))).collect()
    };
    let own = files(folder);
    if own.is_empty() { dotenv::merge(&files(Path::new(""))) } else { dotenv::merge(&own) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_monorepo_is_several_apps() {
        let texts = [
            ("package.json", r#"{"workspaces": ["apps/*"], "devDependencies": {"turbo": "2"}}"#),
            ("apps/web/package.json", r#"{"dependencies": {"next": "16.0.0"}}"#),
            ("apps/admin/package.json", r#"{"devDependencies": {"next": "15"}}"#),
            ("apps/api/package.json", r#"{"dependencies": {"express": "5"}}"#),
            ("apps/broken/package.json", "{"),
            (".env", "KINDE_SITE_URL=http://localhost:1"),
            ("apps/web/.env.local", "KINDE_SITE_URL=http://localhost:2"),
        ];
        let read = |path: &Path| -> Option<Arc<str>> {
            texts.iter().find(|(name, _)| Path::new(name) == path).map(|(_, text)| Arc::from(*text))
        };
        let mut candidates = Candidates::default();
        let files = [
            "apps/web/app/api/route.ts",
            "apps/web/middleware.ts",
            "apps/admin/pages/api/x.js",
            "apps/admin/nested/next.config.js",
            "apps/admin/nested/app/route.js",
            "apps/api/src/route.ts",
            "apps/broken/next.config.mjs",
            "apps/broken/app/api/route.ts",
            "apps/web/README.md",
            "apps/web/lib/auth.ts",
        ];
        for path in files.iter().chain(texts.iter().map(|(path, _)| path)) {
            candidates.note(Path::new(path));
        }
        let mut problems = Vec::new();
        let apps = apps(&candidates, &read, &mut problems);
        let shown: Vec<String> = apps
            .iter()
            .map(|app| format!("{} {} {:?}", app.folder.display(), app.files.len(), app.settings.values().next()))
            .collect();
        assert_eq!(
            shown,
            [
                "apps/admin 1 Some(\"http://localhost:1\")",
                "apps/admin/nested 2 Some(\"http://localhost:1\")",
                "apps/broken 2 Some(\"http://localhost:1\")",
                "apps/web 2 Some(\"http://localhost:2\")",
            ]
        );
        assert_eq!(problems, []);
    }

    #[test]
    fn relevant_is_what_handlers_may_be_made_of() {
        for path in
            ["app/api/route.ts", "lib/auth.js", "package.json", "tsconfig.json", ".env.local", "x/middleware.mts"]
        {
            assert!(is_relevant(Path::new(path)), "{path}");
        }
        for path in ["README.md", "orders.http", "a/b.rs", "http-client.env.json", "style.css"] {
            assert!(!is_relevant(Path::new(path)), "{path}");
        }
    }
}
