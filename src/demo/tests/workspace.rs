//! The sample workspace.

use std::path::Path;

use super::*;
use crate::demo::workspace::{FIRST_COLLECTION, workspace_files, write_workspace};

#[tokio::test]
async fn every_placeholder_is_filled() {
    let kit = Kit::start().await;
    for (path, content) in workspace_files(&kit.demo) {
        let left = content.split('@').nth(1).filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        assert_eq!(left, None, "{path}");
        if Path::new(path).extension().is_some_and(|extension| extension == "json") {
            serde_json::from_str::<Value>(&content).unwrap();
        }
    }
}

#[tokio::test]
async fn every_route_of_the_collections_exists() {
    let kit = Kit::start().await;
    let mut routes = 0;
    for (path, content) in workspace_files(&kit.demo) {
        for line in content.lines().filter(|line| line.contains(" {{base}}")) {
            let (method, url) = line.split_once(' ').unwrap();
            let route = url.strip_prefix("{{base}}").unwrap();
            // These three do not answer, by design.
            if ["/test/hang", "/test/reset", "/test/slow"].iter().any(|silent| route.starts_with(silent)) {
                continue;
            }
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let response = kit.http.request(method, kit.api_url(route)).send().await.unwrap();
            assert_ne!(response.status(), 404, "{path}: {line}");
            routes += 1;
        }
    }
    assert!(routes > 20, "{routes}");
}

#[tokio::test]
async fn changed_collections_stay_and_addresses_follow() {
    let folder = tempfile::tempdir().unwrap();
    let kit = Kit::start().await;
    write_workspace(&kit.demo, folder.path()).unwrap();
    let (orders, environment) = (folder.path().join(FIRST_COLLECTION), folder.path().join("http-client.env.json"));
    std::fs::write(&orders, "### Mine\n").unwrap();
    let other = Kit::start().await;
    write_workspace(&other.demo, folder.path()).unwrap();
    assert_eq!(std::fs::read_to_string(&orders).unwrap(), "### Mine\n");
    assert!(std::fs::read_to_string(&environment).unwrap().contains(other.demo.issuer_text()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = std::fs::metadata(folder.path().join("http-client.private.env.json")).unwrap();
        assert_eq!(private.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn environment_files_of_somebody_else_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let kit = Kit::start().await;
    let environment = folder.path().join("http-client.env.json");
    for theirs in [r#"{"dev":{"base":"https://api.example"}}"#, r#"{"demo":{},"prod":{}}"#, "{ not json"] {
        std::fs::write(&environment, theirs).unwrap();
        let error = write_workspace(&kit.demo, folder.path()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&environment).unwrap(), theirs);
        assert!(!folder.path().join(FIRST_COLLECTION).exists(), "nothing is written");
    }
}
