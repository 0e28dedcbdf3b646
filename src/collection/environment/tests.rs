//! Tests of environment files, identities, and writing them.

use proptest::prelude::*;
use url::Url;

use super::write::write_identity;
use super::*;
use crate::model::identity::{ClientAuthentication, Grant, IdentitySource, Issuer, Origin};

fn file(text: &str, visibility: Visibility) -> EnvironmentFile {
    let name = if visibility == Visibility::Public { PUBLIC_FILE } else { PRIVATE_FILE };
    EnvironmentFile::parse(Path::new(name), text, visibility)
}

fn layer(scope: LayerScope, public: &str, private: &str) -> Layer {
    Layer { scope, files: vec![file(public, Visibility::Public), file(private, Visibility::Private)] }
}

fn environments(public: &str, private: &str) -> Environments {
    let layers = vec![layer(LayerScope::Folder(PathBuf::new()), public, private)];
    Environments { layers, ..Environments::default() }
}

fn texts(environments: &Environments, environment: Option<&str>, folder: &str) -> Vec<(String, String)> {
    let variables = environments.variables(environment, Path::new(folder));
    variables.into_iter().map(|(name, value)| (name, value.text.expose().to_owned())).collect()
}

fn first_lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(|problem| problem.to_string().lines().next().unwrap().to_owned()).collect()
}

fn one(text: &str) -> Identity {
    let environments = environments(text, "");
    assert_eq!(environments.identity_problems(Some("dev")), []);
    let identities = environments.identities(Some("dev"));
    assert_eq!(identities.len(), 1);
    identities[0].clone()
}

fn auth(settings: &str) -> String {
    format!("{{\"dev\": {{\"Security\": {{\"Auth\": {{\"jane\": {{{settings}}}}}}}}}}}")
}

#[test]
fn variables_are_merged_shared_then_public_then_private() {
    let environments = environments(
        r#"{"$shared": {"a": "1", "b": "1", "c": "1"}, "dev": {"b": "2", "c": "2", "n": 5, "t": true, "z": null,
            "list": ["x", 1], "Security": {}, "SSLConfiguration": {}}, "prod": {"p": "3"}}"#,
        r#"{"dev": {"c": "3"}, "local": {}}"#,
    );
    assert_eq!(environments.problems().count(), 0);
    assert_eq!(environments.names(), ["dev", "prod", "local"]);
    let expected = [("a", "1"), ("b", "2"), ("c", "3"), ("list", "[\"x\", 1]"), ("n", "5"), ("t", "true")];
    assert_eq!(texts(&environments, Some("dev"), ""), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(texts(&environments, None, "").len(), 3);
    assert_eq!(texts(&environments, Some("none"), "").len(), 3);

    let variables = environments.variables(Some("dev"), Path::new(""));
    assert!(variables["c"].is_secret() && !variables["b"].is_secret());
    assert_eq!(variables["c"].source.to_string(), "from http-client.private.env.json, dev");
    assert_eq!(variables["a"].source.to_string(), "from http-client.env.json, $shared");
    assert_eq!(environments.environments_with("p", Some("dev")), ["prod"]);
}

#[test]
fn the_nearest_file_counts_and_the_users_own_comes_last() {
    let layers = vec![
        layer(LayerScope::User, r#"{"dev": {"a": "user", "u": "user"}, "mine": {}}"#, ""),
        layer(LayerScope::Folder("".into()), r#"{"dev": {"a": "root", "r": "root"}}"#, ""),
        layer(LayerScope::Folder("api/v1".into()), r#"{"dev": {"a": "v1"}}"#, ""),
    ];
    let environments = Environments { layers, ..Environments::default() };
    let pairs = |folder| {
        texts(&environments, Some("dev"), folder).into_iter().map(|(a, b)| format!("{a}={b}")).collect::<Vec<_>>()
    };
    assert_eq!(pairs("api"), ["a=root", "r=root", "u=user"]);
    assert_eq!(pairs("api/v1/x"), ["a=v1", "u=user"]);
    assert_eq!(pairs("api/v10"), ["a=root", "r=root", "u=user"]);
    assert_eq!(environments.names(), ["dev", "mine"]);

    let only = Environments {
        layers: vec![layer(LayerScope::Folder("env".into()), r#"{"dev": {"a": "1"}}"#, "")],
        ..Environments::default()
    };
    assert_eq!(texts(&only, Some("dev"), "requests"), [("a".to_owned(), "1".to_owned())]);
}

#[rstest::rstest]
#[case::comments("// a\n{ # b\n /* c */ \"dev\": {\"a\": \"1\", // d\n \"b\": \"//2\",},}\n// e", &[], 2)]
#[case::bom("\u{feff}{\"dev\": {\"a\": \"1\"}}", &[], 1)]
#[case::empty("  \n", &[], 0)]
#[case::missing_comma("{\"dev\": {\"a\": \"1\"\n \"b\": \"2\"}}", &["http-client.env.json:2:2: This environment file is not valid JSON"], 2)]
#[case::missing_value("{\"dev\": {\"é\": , \"b\": \"2\"}}", &["http-client.env.json:1:15: This environment file is not valid JSON"], 1)]
#[case::unclosed_text("{\"dev\": {\"a\": \"1\n, \"b\": \"2\"}}", &["http-client.env.json:1:15: This environment file is not valid JSON"], 1)]
#[case::bare_word("{\"dev\": {\"a\": yes, \"b\": \"2\", c: 3, \"d\": 4}}",
    &["http-client.env.json:1:15: This environment file is not valid JSON", "http-client.env.json:1:30: This environment file is not valid JSON"], 2)]
#[case::missing_brace("{\"dev\": {\"a\": \"1\"}", &["http-client.env.json:1:19: This environment file is not valid JSON"], 1)]
#[case::wrong_bracket("{\"dev\": {\"l\": [1, 2}, \"x\": {}}", &["http-client.env.json:1:20: This environment file is not valid JSON"], 1)]
#[case::not_an_object("[]", &["http-client.env.json:1:1: An environment file is an object of environments"], 0)]
#[case::text_for_an_environment("{\"x\": \"y\", \"dev\": {\"a\": 1}}", &["http-client.env.json:1:7: An environment is an object of variables"], 1)]
#[case::windows_path("{\"dev\": {\"p\": \"C:\\Users\", \"a\": 1}}", &["http-client.env.json:1:15: This environment file is not valid JSON"], 1)]
fn errors_have_a_place_and_the_rest_loads(#[case] text: &str, #[case] problems: &[&str], #[case] variables: usize) {
    let environments = environments(text, "");
    let found: Vec<_> = environments.problems().cloned().collect();
    assert_eq!(first_lines(&found), problems);
    assert_eq!(texts(&environments, Some("dev"), "").len(), variables);
}

#[test]
fn an_identity_as_jetbrains_writes_it() {
    let identity = one(&auth(
        r#""Type": "OAuth2", "Grant Type": "Authorization Code", "Auth URL": "https://a.test/oauth2/auth",
        "Token URL": "https://a.test/oauth2/token", "Redirect URL": "http://127.0.0.1:53180/callback",
        "Client ID": "abc", "Client Credentials": "basic", "Scope": "openid  email", "PKCE": {"Code Challenge Method": "SHA-256"},
        "Custom Request Parameters": {"audience": ["https://api.test", "b"], "org_code": "org_1",
            "prompt": {"Value": "login", "Use": "In Auth Request"}, "resource": ["r1", "r2"]}, "Start Immediately": true"#,
    ));
    assert_eq!(identity.grant, Grant::AuthorizationCode);
    assert_eq!(identity.issuer, None);
    assert_eq!(identity.endpoints.token, Some(Url::parse("https://a.test/oauth2/token").unwrap()));
    assert_eq!(identity.redirect_uri, Some(Url::parse("http://127.0.0.1:53180/callback").unwrap()));
    assert_eq!(identity.client_authentication, ClientAuthentication::Basic);
    assert_eq!(identity.scopes, ["openid", "email"]);
    assert_eq!(identity.audiences, ["https://api.test", "b"]);
    assert_eq!(identity.org_code.as_deref(), Some("org_1"));
    let extra = [("prompt", "login"), ("resource", "r1"), ("resource", "r2")];
    assert_eq!(identity.extra_parameters, extra.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let source = IdentitySource::EnvironmentFile { path: PUBLIC_FILE.into(), environment: "dev".to_owned() };
    assert_eq!(identity.source, source);
}

#[test]
fn an_identity_as_bearcat_writes_it() {
    let identity = one(&auth(
        r#""Grant Type": "device authorization", "Issuer": "acme.kinde.com", "Audience": ["https://api.test"],
        "Origins": ["https://api.test/v1", "https://api.test"]"#,
    ));
    assert_eq!(identity.grant, Grant::DeviceAuthorization);
    assert_eq!(identity.issuer, Some(Issuer::parse("https://acme.kinde.com").unwrap()));
    assert_eq!(identity.audiences, ["https://api.test"]);
    assert_eq!(identity.origins, [Origin::parse("https://api.test").unwrap()]);
}

#[test]
fn settings_are_merged_and_filled_and_private() {
    let mut environments = environments(
        r#"{"$shared": {"domain": "acme.kinde.com", "Security": {"Auth": {"m2m": {"Client ID": "shared", "Scope": "a"}}}},
            "dev": {"Security": {"Auth": {"m2m": {"Type": "OAuth2", "Grant Type": "Client Credentials",
                "Issuer": "https://{{domain}}", "Client ID": "{{id}}", "Client Secret": "{{$processEnv KINDE_SECRET}}"}}}}}"#,
        r#"{"dev": {"id": "private-id", "Security": {"Auth": {"m2m": {"Scope": "b"}, "pasted": {"Type": "Static", "Token": "pasted-token-value"}}}}}"#,
    );
    environments.process_environment.insert("KINDE_SECRET".to_owned(), "secret-of-the-process".to_owned());
    assert_eq!(environments.identity_problems(Some("dev")), []);
    let identities = environments.identities(Some("dev"));
    assert_eq!(identities[0].issuer.as_ref().unwrap().as_str(), "https://acme.kinde.com");
    assert_eq!(identities[0].client_id.as_deref(), Some("private-id"));
    assert_eq!(identities[0].client_secret.as_ref().unwrap().expose(), "secret-of-the-process");
    assert_eq!(identities[0].scopes, ["b"]);
    assert_eq!(identities[1].grant, Grant::Pasted);
    assert_eq!(identities[1].pasted.as_ref().unwrap().expose(), "pasted-token-value");
    let debug = format!("{environments:?} {identities:?}");
    assert!(!debug.contains("pasted-token-value") && !debug.contains("secret-of-the-process"), "{debug}");
    // Without the environment there is only `$shared`, which names no provider.
    assert_eq!(
        first_lines(&environments.identity_problems(None)),
        ["http-client.env.json:1:64: The identity `m2m` names no provider"]
    );
}

#[rstest::rstest]
#[case(r#""Issuer": "http://a.test""#, 0, &["The `Issuer` of `jane` cannot be used", "The identity `jane` names no provider"])]
#[case(r#""Issuer": "a.test", "Client Secret": "very-secret""#, 1, &["The `Client Secret` of `jane` stands in a public file"])]
#[case(r#""Type": "Static", "Token": "very-secret""#, 1, &["The `Token` of `jane` stands in a public file"])]
#[case(r#""Issuer": "a.test", "Client Secret": "{{gone}}""#, 1, &["`{{gone}}` cannot be filled"])]
#[case(r#""Issuer": "a.test", "Client ID": "{{$uuid}}""#, 1, &["`{{$uuid}}` cannot be filled"])]
#[case(r#""Type": "Digest""#, 0, &["The identity `jane` has a `Type` that bearcat does not have"])]
#[case(r#""Grant Type": "Implicit", "Issuer": "a.test""#, 0, &["The identity `jane` has a `Grant Type` that bearcat does not have"])]
#[case(r#""Token URL": "/token", "Issuer": "a.test""#, 1, &["The `Token URL` of `jane` cannot be used"])]
#[case(r#""Origins": "https://a.test nonsense", "Issuer": "a.test""#, 1, &["The `Origins` of `jane` cannot be used"])]
fn wrong_settings_are_problems(#[case] settings: &str, #[case] identities: usize, #[case] titles: &[&str]) {
    let environments = environments(&auth(settings), "");
    let problems = environments.identity_problems(Some("dev"));
    assert_eq!(problems.iter().map(|problem| problem.title.as_str()).collect::<Vec<_>>(), titles);
    assert_eq!(environments.identities(Some("dev")).len(), identities);
    for problem in problems {
        assert!(problem.place.is_some());
        assert!(!problem.to_string().contains("very-secret"), "{problem}");
    }
}

fn jane() -> Identity {
    let mut identity = Identity::new("jane", Grant::DeviceAuthorization);
    identity.issuer = Some(Issuer::parse("https://acme.kinde.com").unwrap());
    identity.client_id = Some("abc".to_owned());
    identity.scopes = vec!["openid".to_owned(), "offline".to_owned()];
    identity.audiences = vec!["https://api.test".to_owned()];
    identity.org_code = Some("org_1".to_owned());
    identity.origins = vec![Origin::parse("https://api.test").unwrap()];
    identity.client_secret = Some(crate::redact::ClientSecret::new("never-written-secret"));
    identity
}

/// What was written is read back as it was given, secrets apart.
fn check_written(text: &str, environment: &str, identity: &Identity) {
    let read = environments(text, "").identities(Some(environment));
    let mut read = read.into_iter().find(|read| read.name == identity.name).unwrap();
    read.source = identity.source.clone();
    let mut expected = identity.clone();
    expected.client_secret = None;
    expected.pasted = None;
    assert_eq!(read, expected, "{text}");
    assert!(!text.contains("never-written"));
    assert_eq!(write_identity(text, environment, identity).unwrap(), text, "writing twice changes nothing");
}

#[test]
fn an_identity_is_written_to_a_new_file() {
    let written = write_identity("", "dev", &jane()).unwrap();
    check_written(&written, "dev", &jane());
    let expected = r#"{
  "dev": {
    "Security": {
      "Auth": {
        "jane": {
          "Type": "OAuth2",
          "Grant Type": "Device Authorization",
          "Issuer": "https://acme.kinde.com",
          "Client ID": "abc",
          "Scope": "openid offline",
          "Audience": "https://api.test",
          "Origins": ["https://api.test"],
          "Custom Request Parameters": {
            "org_code": "org_1"
          }
        }
      }
    }
  }
}
"#;
    assert_eq!(written, expected);
}

#[test]
fn writing_keeps_everything_else() {
    let existing = "// mine\r\n{\r\n\t\"prod\": {\"host\": \"https://p.test\"}, // production\r\n\t\"dev\": {\r\n\t\t\"domain\": \"acme.kinde.com\",\r\n\t\t\"Security\": {\r\n\t\t\t\"Auth\": {\r\n\t\t\t\t\"bob\": {},\r\n\t\t\t\t\"jane\": {\r\n\t\t\t\t\t\"Client Secret\": \"{{secret}}\", // in the private file\r\n\t\t\t\t\t\"Issuer\": \"https://{{domain}}\",\r\n\t\t\t\t\t\"Client ID\": \"{{private-id}}\",\r\n\t\t\t\t\t\"Scope\": \"openid   offline\",\r\n\t\t\t\t\t\"Redirect URL\": \"http://127.0.0.1:1/\",\r\n\t\t\t\t\t\"Custom Request Parameters\": {\"audience\": \"https://old.test\", \"x\": \"1\"}, /* keep */\r\n\t\t\t\t\t\"Foreign\": [ 1,2 ] // last\r\n\t\t\t\t}\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}";
    let written = write_identity(existing, "dev", &jane()).unwrap();
    assert_eq!(
        written,
        existing
            .replace("\t\t\t\t\t\"Redirect URL\": \"http://127.0.0.1:1/\",\r\n", "")
            .replace("{\"audience\": \"https://old.test\", \"x\": \"1\"}", "{\"org_code\": \"org_1\"}")
            .replace(
                "[ 1,2 ] // last\r\n",
                "[ 1,2 ], // last\r\n\t\t\t\t\t\"Audience\": \"https://api.test\",\r\n\t\t\t\t\t\"Origins\": [\"https://api.test\"]\r\n"
            )
    );
}

#[rstest::rstest]
#[case::inline("{\"dev\": {\"a\": 1}}")]
#[case::trailing_comma("{\n    \"dev\": {\n        \"a\": 1, // one\n    },\n}\n")]
#[case::closing_on_the_line("{\n  \"dev\": {\n    \"a\": 1}}")]
#[case::other_environment("{\n  \"prod\": {}\n}\n")]
#[case::empty_object("{}")]
#[case::comment_only("// nothing yet")]
#[case::bom("\u{feff}{ }")]
#[case::auth_of_others("{\"dev\": {\"Security\": {\"Auth\": {\"bob\": {\"Issuer\": \"b.test\"}}}}}")]
fn identities_are_added_to_any_file(#[case] existing: &str) {
    let written = write_identity(existing, "dev", &jane()).unwrap();
    check_written(&written, "dev", &jane());
    let before = environments(existing, "");
    let after = environments(&written, "");
    assert_eq!(after.problems().count(), 0, "{written}");
    assert_eq!(texts(&after, Some("dev"), ""), texts(&before, Some("dev"), ""));
    assert!(before.names().iter().all(|name| after.names().contains(name)));
}

#[test]
fn changing_an_identity_changes_only_what_differs() {
    let first = write_identity("", "dev", &jane()).unwrap();
    let mut changed = jane();
    changed.client_id = None;
    changed.audiences = vec!["a".to_owned(), "b".to_owned()];
    changed.org_code = None;
    changed.extra_parameters = vec![("prompt".to_owned(), "login".to_owned())];
    let second = write_identity(&first, "dev", &changed).unwrap();
    check_written(&second, "dev", &changed);
    assert_eq!(write_identity(&second, "dev", &jane()).unwrap().lines().count(), first.lines().count());

    let mut pasted = Identity::new("p", Grant::Pasted);
    pasted.pasted = Some(crate::redact::AccessToken::new("never-written-token"));
    let third = write_identity(&second, "dev", &pasted).unwrap();
    check_written(&third, "dev", &changed);
    check_written(&third, "dev", &pasted);
}

#[test]
fn a_broken_file_is_not_written_to() {
    for existing in ["{\"dev\": {", "[]", "{\"dev\": 1}", "{\"dev\": {\"Security\": []}}"] {
        let error = write_identity(existing, "dev", &jane()).unwrap_err();
        let problem = error.problem(Path::new(PUBLIC_FILE), existing);
        assert!(problem.to_string().starts_with("http-client.env.json:1:"), "{problem}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "[{}\\[\\]\",:/*#\\\\ \n0-9a-zé]{0,80}") {
        let environments = environments(&text, &text);
        environments.names();
        environments.identities(Some("dev"));
        if let Ok(written) = write_identity(&text, "dev", &jane()) {
            check_written(&written, "dev", &jane());
        }
    }

    #[test]
    fn any_mixture_is_read_and_written(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"dev\"", "\"Security\"", "\"Auth\"", "\"jane\"", "\"Issuer\"", "\"x\"", "1", "// c\n",
        "/* c */", "\n", " ", "\"{{x}}\"", "null", "\"dev\": {", "\"Security\": {", "\"Auth\": {", "\"jane\": {", "\"a\": \"b\",",
    ]), 0..40)) {
        let text = pieces.concat();
        environments(&text, "").identities(Some("dev"));
        if let Ok(written) = write_identity(&text, "dev", &jane()) {
            prop_assert_eq!(json::parse(&written).1, []);
        }
    }
}
