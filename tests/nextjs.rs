//! The routes of a made-up monorepo: found on disk, read, and turned into collections.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use bearcat::collection::file::Collection;
use bearcat::collection::nextjs::{find, scan};
use bearcat::collection::origin::Access;
use bearcat::collection::scan as workspace;

fn monorepo() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nextjs/monorepo")
}

#[test]
fn the_routes_of_a_monorepo() {
    let loaded = workspace::load(&monorepo(), None);
    let mut table = String::new();
    for app in &loaded.apps {
        writeln!(table, "{} at {} ({})", app.folder.display(), app.base, app.base_from).unwrap();
        for route in &app.routes {
            writeln!(table, "  {} {} {}: {}", route.method, route.label, route.access.word(), route.reason).unwrap();
            if !route.require.is_empty() {
                writeln!(table, "    needs {:?}", route.require).unwrap();
            }
            for remark in &route.remarks {
                writeln!(table, "    {remark}").unwrap();
            }
        }
        for (place, remark) in &app.remarks {
            writeln!(table, "  ! {place}: {remark}").unwrap();
        }
    }
    insta::assert_snapshot!("monorepo", table);
}

#[test]
fn each_app_is_a_read_only_collection_of_its_own() {
    let loaded = workspace::load(&monorepo(), None);
    let labels: Vec<String> = loaded.collections.iter().map(Collection::label).collect();
    assert_eq!(labels, ["routes (apps/admin)", "routes (apps/web)"]);
    for (collection, app) in loaded.collections.iter().zip(&loaded.apps) {
        assert!(collection.is_read_only());
        assert_eq!(collection.requests.len(), app.routes.len());
        for (index, route) in app.routes.iter().enumerate() {
            let request = &collection.requests[index];
            assert_eq!(request.method.text, route.method);
            assert_eq!(request.url.text, format!("{{{{base}}}}{}", route.path));
            assert_eq!(collection.route(index).unwrap().access, route.access);
        }
    }
    let web = loaded.collections.last().unwrap();
    insta::assert_snapshot!("web_routes", web.source);
}

#[test]
fn five_thousand_files_are_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("package.json"), r#"{"dependencies": {"next": "16"}}"#).unwrap();
    let handler = fs::read_to_string(monorepo().join("apps/web/app/api/orders/route.ts")).unwrap();
    for index in 0..200 {
        let route = folder.path().join(format!("app/api/r{index}/[id]"));
        fs::create_dir_all(&route).unwrap();
        fs::write(route.join("route.ts"), &handler).unwrap();
    }
    fs::write(
        folder.path().join("middleware.ts"),
        "export { withAuth as default } from '@kinde-oss/kinde-auth-nextjs/middleware'",
    )
    .unwrap();
    let found = workspace::scan(folder.path());
    let (apps, problems) = scan::load(folder.path(), &found.next_candidates);
    assert_eq!((apps.len(), apps[0].routes.len(), problems.len()), (1, 400, 0));
    assert!(apps[0].routes.iter().all(|route| route.access == Access::Protected));
    // In order, whatever thread was faster.
    let labels: Vec<&str> = apps[0].routes.iter().map(|route| route.label.as_str()).collect();
    assert!(labels.is_sorted(), "{labels:?}");
}

#[test]
fn hidden_and_foreign_folders_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        "app/.well-known/security/route.ts",
        "app/.hidden/route.ts",
        "app/api/node_modules/x/route.ts",
        "node_modules/next/app/api/route.ts",
        ".next/server/app/api/route.js",
        "app/ok/route.ts",
    ];
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "export const GET = () => {}").unwrap();
    }
    fs::write(folder.path().join("next.config.js"), "module.exports = {}").unwrap();
    fs::write(folder.path().join("app/.hidden.http"), "GET https://x.test").unwrap();
    let loaded = workspace::load(folder.path(), None);
    let labels: Vec<&str> = loaded.apps[0].routes.iter().map(|route| route.label.as_str()).collect();
    assert_eq!(labels, ["/.well-known/security", "/ok"]);
    assert_eq!(loaded.collections.len(), 1, "no hidden collection");
}

#[cfg(unix)]
#[test]
fn nothing_is_read_outside_and_nothing_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.ts"), "export const GET = () => {}").unwrap();
    let route = folder.path().join("app/api");
    fs::create_dir_all(&route).unwrap();
    fs::write(folder.path().join("next.config.js"), "module.exports = {}").unwrap();
    let above = format!("export * from '../../../{}/secret'", outside.path().file_name().unwrap().to_str().unwrap());
    fs::write(route.join("route.ts"), above).unwrap();
    // A pipe that nobody writes to would block for ever.
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("middleware.ts")).status().unwrap();
    assert!(made.success());
    let loaded = workspace::load(folder.path(), None);
    assert_eq!(loaded.apps.len(), 0, "{:?}", loaded.apps);
}

#[test]
fn what_matters_is_a_function_of_the_path() {
    assert!(find::is_relevant(Path::new("apps/web/lib/auth.ts")));
    assert!(!find::is_relevant(Path::new("orders.http")));
}
