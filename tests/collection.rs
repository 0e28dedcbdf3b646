//! Workspaces from the disk to a filled request: fixtures in three dialects, and folders made for a test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use bearcat::collection::environment::{Environments, LayerScope};
use bearcat::collection::file::Collection;
use bearcat::collection::scope::RequestScope;
use bearcat::collection::{detected, scan};
use bearcat::model::identity::{IdentityName, IdentitySource};
use bearcat::model::port::Random;
use bearcat::model::request::{
    AuthDirective, BodyPiece, Capture, Expectation, Prompt, Requirement, StatusPattern, TokenCarrier,
};
use bearcat::model::session::TokenSet;
use bearcat::model::time::Timestamp;
use bearcat::template::reference::Recorded;
use bearcat::template::{Filler, Surroundings, Value, VariableSource};

fn fixture(name: &str) -> Collection {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/http").join(name);
    Collection::parse(Path::new(name), &fs::read(path).unwrap())
}

/// One line for each request, and one for each problem.
fn summary(collection: &Collection) -> String {
    let mut out = String::new();
    for request in &collection.requests {
        let files = request.body.iter().filter(|piece| matches!(piece, BodyPiece::File { .. })).count();
        let text: usize = request
            .body
            .iter()
            .map(|piece| if let BodyPiece::Text(text) = piece { text.text.lines().count() } else { 0 })
            .sum();
        writeln!(
            out,
            "{}: {} {} ({} headers, {text} lines, {files} files, {} not run)",
            request.label(),
            request.method.text,
            request.url.text,
            request.headers.len(),
            request.not_run.len(),
        )
        .unwrap();
    }
    for problem in &collection.problems {
        writeln!(out, "! {}", problem.to_string().lines().next().unwrap()).unwrap();
    }
    out
}

#[test]
fn a_file_for_the_rest_client() {
    let collection = fixture("rest_client.http");
    let expected = "\
login: POST {{base}}/login (1 headers, 4 lines, 0 files, 0 not run)
orders: GET {{base}}/orders?limit=10&page={{page}}&since={{$datetime iso8601 -1 d}} (2 headers, 0 lines, 0 files, 0 not run)
Upload: POST {{base}}/files (1 headers, 10 lines, 1 files, 0 not run)
{{base}}/graphql: POST {{base}}/graphql (1 headers, 5 lines, 0 files, 0 not run)
https://{{hostname}}/health: GET https://{{hostname}}/health (0 headers, 0 lines, 0 files, 0 not run)
";
    assert_eq!(summary(&collection), expected);
    assert_eq!(collection.file_variables.len(), 3);
    let upload = &collection.requests[2].directives;
    assert_eq!(upload.note.as_deref(), Some("This uploads a file"));
    assert_eq!((upload.max_redirects, upload.no_cookie_jar), (Some(0), true));
    let prompt = Prompt { name: "page".to_owned(), description: "Which page?".to_owned() };
    assert_eq!(collection.requests[1].directives.prompts, [prompt]);
}

#[test]
fn a_file_for_jetbrains() {
    let collection = fixture("jetbrains.http");
    let expected = "\
Create an order: POST https://api.example.test/orders (2 headers, 4 lines, 0 files, 3 not run)
Two in one block, as requests without a body allow: GET https://api.example.test/orders (1 headers, 0 lines, 0 files, 0 not run)
https://api.example.test/orders/7: DELETE https://api.example.test/orders/7 (0 headers, 0 lines, 0 files, 1 not run)
! jetbrains.http:35:1: `import` is kept, but not run
! jetbrains.http:36:1: `run` is kept, but not run
";
    assert_eq!(summary(&collection), expected);
    let directives = &collection.requests[0].directives;
    assert_eq!(directives.timeout, Some(Duration::from_secs(10)));
    assert_eq!(directives.connection_timeout, Some(Duration::from_millis(500)));
    assert_eq!(directives.other, [("no-log".to_owned(), String::new())]);
}

#[test]
fn bearcats_own_directives() {
    let collection = fixture("bearcat.http");
    assert_eq!(collection.problems, []);
    let [orders, cookie, ping] = collection.requests.as_slice() else { panic!("three requests") };
    let jane = |carrier| Some(AuthDirective::Identity { name: IdentityName::new("jane"), carrier });
    assert_eq!(orders.directives.auth, jane(TokenCarrier::Bearer));
    assert_eq!(cookie.directives.auth, jane(TokenCarrier::Cookie));
    assert_eq!(ping.directives.auth, Some(AuthDirective::None));
    let required =
        [Requirement::Permission("read:orders".to_owned()), Requirement::Organization("org_acme".to_owned())];
    assert_eq!(orders.directives.require, required);
    assert_eq!(orders.directives.max_redirects, Some(5));
    assert_eq!(cookie.directives.timeout, Some(Duration::from_secs(30)));
    let expected = |identity, statuses: &[u16]| Expectation {
        identity: IdentityName::new(identity),
        statuses: statuses.iter().copied().map(StatusPattern::Code).collect(),
    };
    assert_eq!(orders.directives.expect, [expected("jane", &[200]), expected("anonymous", &[401, 307])]);
    assert_eq!(orders.directives.asserts, [".status == 200 and (.body | length) > 0"]);
    let capture = Capture { name: "first".to_owned(), expression: ".body[0].id".to_owned() };
    assert_eq!(orders.directives.captures, [capture]);
    assert_eq!(orders.directives.other, []);
}

#[test]
fn a_broken_file_loads_as_far_as_it_makes_sense() {
    let expected = "\
Fine: GET https://api.example.test/a (0 headers, 0 lines, 0 files, 0 not run)
No URL: POST  (0 headers, 0 lines, 0 files, 0 not run)
A body too early: POST https://api.example.test/b (0 headers, 1 lines, 0 files, 0 not run)
A header without a colon: GET https://api.example.test/c (1 headers, 0 lines, 0 files, 0 not run)
Bad arguments: GET https://api.example.test/d (0 headers, 0 lines, 0 files, 0 not run)
Fine again: GET https://api.example.test/g (0 headers, 0 lines, 0 files, 0 not run)
! broken.http:1:1: This line is not a request line
! broken.http:7:5: This request has no URL
! broken.http:11:1: The body begins without a blank line before it
! broken.http:15:1: This header line cannot be read: `Accept` …
! broken.http:19:12: `# @timeout` cannot be read
! broken.http:20:13: `# @redirect` cannot be read
! broken.http:21:8: `# @auth` cannot be read
! broken.http:25:1: A `curl` command is not sent from a `.http` file
! broken.http:29:1: `WS` requests are not supported
";
    assert_eq!(summary(&fixture("broken.http")), expected);
}

/// Writes files into a folder; a path ending in `/` is a folder.
fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        if path.to_string_lossy().ends_with('/') {
            fs::create_dir_all(&path).unwrap();
            continue;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn a_walk_finds_requests_and_leaves_out_what_is_not_the_users() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("b.http", ""),
            ("a/x.rest", ""),
            ("a/y.txt", ""),
            ("z.HTTP", ""),
            ("node_modules/m.http", ""),
            ("target/t.http", ""),
            ("web/.next/n.http", ""),
            ("web/node_modules/m.http", ""),
            (".git/g.http", ""),
            (".hidden/h.http", ""),
            ("ignored/i.http", ""),
            (".gitignore", "ignored/\n*.private.env.json\n"),
            ("folder.http/", ""),
            ("folder.http/in.http", ""),
            ("a/http-client.private.env.json", "{}"),
            (".env.local", "A=1"),
            (".env", "A=2"),
        ],
    );
    let found = scan::scan(folder.path());
    let paths: Vec<_> = found.collections.iter().map(|path| path.to_str().unwrap().replace('\\', "/")).collect();
    assert_eq!(paths, ["a/x.rest", "b.http", "folder.http/in.http", "z.HTTP"]);
    assert_eq!(found.environments, [(folder.path().join("a"), LayerScope::Folder("a".into()))]);
    assert_eq!(found.dotenv, [folder.path().join(".env"), folder.path().join(".env.local")]);
    assert_eq!(found.problems, []);
}

#[test]
fn files_above_count_up_to_the_top_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("http-client.env.json", r#"{"outside": {}}"#),
            (".env", "KINDE_ISSUER_URL=outside.kinde.com"),
            ("repo/.git/", ""),
            ("repo/http-client.env.json", r#"{"dev": {"a": "1"}}"#),
            ("repo/.env.local", "KINDE_ISSUER_URL=https://acme.kinde.com\nKINDE_CLIENT_SECRET=secret-in-dotenv"),
            ("repo/deep/er/r.http", "GET {{a}}"),
            ("plain/p.http", "GET /"),
        ],
    );
    let workspace = scan::load(&folder.path().join("repo/deep"), None);
    assert_eq!(workspace.all_problems().count(), 0);
    assert_eq!(workspace.environments.names(), ["dev"]);
    assert_eq!(workspace.environments.variables(Some("dev"), Path::new("er")).len(), 1);
    let kinde = workspace.identity(None, &IdentityName::new("kinde")).unwrap();
    assert!(matches!(kinde.source, IdentitySource::Detected { .. }));
    assert_eq!(kinde.client_secret, None);
    assert_eq!(detected::client_secret(&workspace.dotenv).unwrap().expose(), "secret-in-dotenv");
    assert!(!format!("{workspace:?}").contains("secret-in-dotenv"));

    let plain = scan::load(&folder.path().join("plain"), None);
    assert_eq!(plain.environments.names(), Vec::<String>::new());
    assert_eq!(plain.detected, None);
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("a.http", "nonsense line\n\nGET /a"),
            ("b.http", "GET /b"),
            ("http-client.env.json", "{\"dev\": {\"a\": \"1\",, \"b\": 2}"),
            (".env", "no value"),
        ],
    );
    fs::write(folder.path().join("c.http"), b"GET /\xff").unwrap();
    let mut workspace = scan::load(folder.path(), None);
    let mut problems: Vec<_> =
        workspace.all_problems().map(|problem| problem.to_string().lines().next().unwrap().to_owned()).collect();
    problems.sort();
    let expected = [
        ".env:1:1: This line of a .env file cannot be read",
        "a.http:1:1: This line is not a request line",
        "c.http:1:6: This file is not UTF-8",
        "http-client.env.json:1:19: This environment file is not valid JSON",
        "http-client.env.json:1:28: This environment file is not valid JSON",
    ];
    assert_eq!(problems, expected);
    assert_eq!(workspace.collections.len(), 3);

    fs::write(folder.path().join("a.http"), "GET /new\n###\nGET /newer").unwrap();
    fs::remove_file(folder.path().join("b.http")).unwrap();
    scan::reload(&mut workspace, Path::new("a.http"));
    scan::reload(&mut workspace, Path::new("b.http"));
    let paths: Vec<_> = workspace.collections.iter().map(|collection| collection.path.to_str().unwrap()).collect();
    assert_eq!(paths, ["a.http", "c.http"]);
    assert_eq!(workspace.collections[0].requests.len(), 2);
    assert!(workspace.problems.iter().any(|problem| problem.title == "`b.http` cannot be read"));
    fs::write(folder.path().join("b.http"), "GET /b").unwrap();
    scan::reload(&mut workspace, Path::new("b.http"));
    assert_eq!(workspace.collections[1].path, Path::new("b.http"));
    assert!(!workspace.problems.iter().any(|problem| problem.title.contains("b.http")));
}

#[test]
fn an_empty_or_missing_folder_is_an_empty_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = scan::load(folder.path(), Some(folder.path()));
    assert_eq!((workspace.collections.len(), workspace.all_problems().count()), (0, 0));
    let missing = scan::load(&folder.path().join("missing"), None);
    assert_eq!((missing.collections.len(), missing.problems.len()), (0, 1));
}

struct NoRandom;

impl Random for NoRandom {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn with_scope(
    collection: &Collection,
    environments: &Environments,
    environment: Option<&str>,
    check: impl FnOnce(RequestScope<'_>),
) {
    let tokens: BTreeMap<IdentityName, TokenSet> = BTreeMap::new();
    let nothing = BTreeMap::new();
    let surroundings = Surroundings {
        now: Timestamp::default(),
        utc_offset_seconds: 0,
        random: &NoRandom,
        process_environment: &nothing,
        dotenv: &nothing,
        tokens: &tokens,
        secrets: &bearcat::template::NoSecrets,
    };
    check(RequestScope::new(collection, environments, environment, surroundings));
}

#[test]
fn variables_come_from_the_nearest_place() {
    let folder = tempfile::tempdir().unwrap();
    let config = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("a.http", "@file = file\n@both = {{env}}/{{file}}\nGET {{both}}"),
            (
                "http-client.env.json",
                r#"{"$shared": {"env": "s", "file": "s", "shared": "s"}, "dev": {"env": "public"}, "prod": {"only-prod": "1"}}"#,
            ),
            ("http-client.private.env.json", r#"{"dev": {"env": "private-value"}}"#),
        ],
    );
    write(config.path(), &[("http-client.env.json", r#"{"dev": {"env": "user", "shared": "user", "user": "user"}}"#)]);
    let workspace = scan::load(folder.path(), Some(config.path()));
    assert_eq!(workspace.all_problems().count(), 0);
    let collection = &workspace.collections[0];
    with_scope(collection, &workspace.environments, Some("dev"), |scope| {
        let mut filler = Filler::new(&scope);
        let filled = filler.fill_text("{{both}} {{shared}} {{user}}");
        assert_eq!(filled.text, "private-value/file s user");
        assert_eq!(filled.preview(), "•••••• s user");
        let sources: Vec<_> = filled.sources().map(ToString::to_string).collect();
        assert_eq!(sources[..2], ["from a.http, line 2", "from http-client.env.json, $shared"]);
        assert!(sources[2].starts_with("from ") && sources[2].ends_with("http-client.env.json, dev"), "{sources:?}");
        let hint = |text: &str, filler: &mut Filler<'_>| filler.fill_text(text).problems[0].problem(None).hint;
        assert_eq!(hint("{{Bothh}}", &mut filler), "Did you mean `{{both}}`?");
        assert_eq!(
            hint("{{only-prod}}", &mut filler),
            "It is defined in `prod`, but not in `dev`: switch the environment or add it"
        );
        assert!(hint("{{nothing-like-it}}", &mut filler).starts_with("Define it with `@nothing-like-it"));
    });
    with_scope(collection, &workspace.environments, None, |scope| {
        let given = Value::plain("given", VariableSource::Given);
        let body = bytes::Bytes::from_static(br#"{"token":"token-of-login"}"#);
        let login = std::sync::Arc::new(Recorded { response_body: body, ..Recorded::default() });
        let scope = scope.with_given([("file".to_owned(), given)]).with_recorded([("login".to_owned(), login)]);
        let filled = Filler::new(&scope).fill_text("{{both}} {{login.response.body.$.token}}");
        assert_eq!(filled.text, "s/given token-of-login");
        assert_eq!(filled.preview(), "s/given ••••••");
    });
}
