//! Which texts give which settings, and where the mistakes are.

use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn parse(text: &str) -> (Settings, Vec<Problem>) {
    Settings::parse(text, Path::new("conf/config.toml"))
}

/// Problems as `line:column title → hint`.
fn problems(text: &str) -> Vec<String> {
    let show = |problem: Problem| {
        let place = problem.place.unwrap();
        assert_eq!(place.file, Path::new("conf/config.toml"));
        format!("{}:{} {} → {}", place.line, place.column, problem.title, problem.hint)
    };
    parse(text).1.into_iter().map(show).collect()
}

#[test]
fn an_empty_file_is_the_defaults() {
    for text in ["", "\n", "# only a comment\n", "[limits]\n"] {
        assert_eq!(parse(text), (Settings::default(), Vec::new()), "{text:?}");
    }
}

#[test]
fn every_key() {
    let text = r#"
        theme = "light"
        ascii = true
        mouse = false
        default_grant = "pkce"
        redirects.max = 5
        tls = { ca_file = "ca.pem", insecure_hosts = ["dev.test", "*.dev.test:8443"] }
        http.version = "2"
        proxy = { url = "http://jane:pass@proxy.test:3128", no_proxy = "a.test", loopback = true }
        callback.ports = [53180, 8_080]
        vault = "file"
        log = "bearcat=debug"

        [limits]
        body_mib = 0x10
        timeout_s = 90
    "#;
    let expected = Settings {
        theme: Theme::Light,
        glyphs: Glyphs::Ascii,
        mouse: Mouse::Off,
        default_grant: Some(Grant::AuthorizationCode),
        max_redirects: 5,
        body_limit: 16 * 1024 * 1024,
        timeout: Duration::from_secs(90),
        ca_file: Some(PathBuf::from("conf/ca.pem")),
        insecure_hosts: ["dev.test", "*.dev.test:8443"].map(|host| HostPattern::parse(host).unwrap()).to_vec(),
        tls_hosts: Vec::new(),
        http_version: HttpVersion::Two,
        proxy: Some(SecretText::unregistered("http://jane:pass@proxy.test:3128")),
        no_proxy: Some("a.test".to_owned()),
        loopback_proxy: LoopbackProxy::Allowed,
        callback_ports: vec![53180, 8080],
        vault: VaultChoice::File,
        log: Some("bearcat=debug".to_owned()),
    };
    assert_eq!(parse(text), (expected, Vec::new()));
}

#[test]
fn every_known_key_is_read() {
    for key in KEYS {
        // A date suits no key, so each complains of its type, and none of being unknown.
        let told = problems(&format!("{key} = 2020-01-01"));
        assert!(told.len() == 1 && told[0].contains(&format!("`{key}` must be")), "{told:?}");
    }
}

#[rstest]
#[case::ca_file_absolute("tls.ca_file = '/etc/ca.pem'", Settings { ca_file: Some("/etc/ca.pem".into()), ..Settings::default() })]
#[case::empty_log("log = ''", Settings::default())]
#[case::no_ports("callback.ports = []", Settings::default())]
#[case::keyring("vault = 'keyring'", Settings::default())]
#[case::device("default_grant = 'device'", Settings { default_grant: Some(Grant::DeviceAuthorization), ..Settings::default() })]
fn without_problems(#[case] text: &str, #[case] expected: Settings) {
    assert_eq!(parse(text), (expected, Vec::new()));
}

#[rstest]
#[case::choice("theme = 'blue'", "1:9 `theme` cannot be `blue` → Use `auto`, `dark` or `light`")]
#[case::vault("\n\n  vault = \"plain\"", "3:11 `vault` cannot be `plain` → Use `keyring`, `file` or `memory`")]
#[case::type_of_text("theme = 1", "1:9 `theme` must be text in quotes → It is a TOML integer now")]
#[case::type_of_switch("mouse = 'yes'", "1:9 `mouse` must be true or false → It is a TOML string now")]
#[case::type_of_number(
    "[limits]\nbody_mib = 1.5",
    "2:12 `limits.body_mib` must be a whole number → It is a TOML float now"
)]
#[case::type_of_list(
    "callback.ports = 53180",
    "1:18 `callback.ports` must be a list in brackets → It is a TOML integer now"
)]
#[case::type_of_table("limits = 5", "1:10 `limits` must be a table → It is a TOML integer now")]
#[case::negative("limits.timeout_s = -1", "1:20 `limits.timeout_s` is out of range → Use 1 to 86400")]
#[case::zero("limits.body_mib = 0", "1:19 `limits.body_mib` is out of range → Use 1 to 65536")]
#[case::huge("redirects.max = 99999999999999999999", "1:17 `redirects.max` is out of range → Use 0 to 50")]
#[case::port("callback.ports = [1,\n 70000]", "2:2 `callback.ports` is out of range → Use 1 to 65535")]
#[case::port_type("callback.ports = ['a']", "1:19 `callback.ports` must be a whole number → It is a TOML string now")]
#[case::misspelt("# é\nthem = 'dark'", "2:1 `them` is not a setting → Did you mean `theme`?")]
#[case::misspelt_in_table(
    "[limits]\nbodymib = 1",
    "2:1 `limits.bodymib` is not a setting → Did you mean `limits.body_mib`?"
)]
#[case::outside_of_its_table("timeout_s = 1", "1:1 `timeout_s` is not a setting → Did you mean `limits.timeout_s`?")]
#[case::unknown("colour = 'é'; x = 1", "1:1 `colour` is not a setting → The settings are `theme`, `ascii`")]
#[case::column_in_characters("é = 1", "1:1 ")]
#[case::column_after_wide_characters("tls = { ca_file = \"é\", é = 1 }", "1:24 `tls.é` is not a setting")]
fn with_a_problem(#[case] text: &str, #[case] expected: &str) {
    let told = problems(text);
    assert!(told.iter().any(|problem| problem.starts_with(expected)), "{told:?}");
}

#[test]
fn a_syntax_error_spoils_only_its_line() {
    let (settings, problems) = parse("theme = 'dark'\nascii = maybe\nmouse = false\n");
    assert_eq!((settings.theme, settings.mouse), (Theme::Dark, Mouse::Off));
    let place = problems[0].place.clone().unwrap();
    assert_eq!((place.line, place.column), (2, 9), "{problems:?}");
    assert!(problems[0].title.starts_with("This is not TOML: "), "{problems:?}");
}

#[test]
fn a_wrong_key_keeps_its_default_and_the_others_count() {
    let (settings, problems) = parse("theme = 3\nredirects.max = 2\ncallback.ports = [53180, 0]\n");
    assert_eq!(settings, Settings { max_redirects: 2, ..Settings::default() });
    assert_eq!(problems.len(), 2);
}

#[test]
fn problems_come_in_the_order_of_the_file_and_are_bounded() {
    let text: String = (0..100).map(|number| format!("wrong_{number:03} = 1\n")).rev().collect();
    let lines: Vec<_> = parse(&text).1.into_iter().map(|problem| problem.place.unwrap().line).collect();
    assert_eq!(lines, (1..=20).collect::<Vec<_>>());
}

#[test]
fn files() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    assert_eq!(Settings::load(&path), (Settings::default(), Vec::new()));
    std::fs::write(&path, "theme = 'dark'").unwrap();
    assert_eq!(Settings::load(&path).0.theme, Theme::Dark);
    std::fs::write(&path, b"theme = '\xff'").unwrap();
    assert_eq!(Settings::load(&path).1[0].detail, "it is not UTF-8 text");
    let (settings, problems) = Settings::load(dir.path());
    assert_eq!((settings, problems.len()), (Settings::default(), 1), "a folder in its place");
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC*") {
        parse(&text);
    }

    #[test]
    fn no_toml_panics(lines in prop::collection::vec("(theme|ascii|limits|limits.body_mib|callback.ports|[a-zé\"'.]{1,5}) ?= ?([0-9x_-]{1,25}|\"[^\"]{0,5}\"|\\[[0-9, ]*\\]|\\{[a-z= 0-9]*\\}|true|[0-9.e+-]*)", 0..8)) {
        let text = lines.join("\n");
        for problem in parse(&text).1 {
            let place = problem.place.unwrap();
            prop_assert!(place.line <= 1 + text.matches('\n').count() && place.column >= 1);
        }
    }
}

#[test]
fn tls_by_host() {
    let text = r#"
        [tls.hosts."*.test"]
        ca_file = "test-ca.pem"

        [tls.hosts."api.test"]
        certificate = "client.p12"
        passphrase = "{{client_passphrase}}"
    "#;
    let (settings, told) = parse(text);
    assert_eq!(told, []);
    let hosts: Vec<String> = settings.tls_hosts.iter().map(|rule| rule.host.to_string()).collect();
    assert_eq!(hosts, ["api.test", "*.test"], "a name goes before a pattern");
    let client = settings.tls_hosts[0].client.clone().unwrap();
    assert_eq!(client.files, CertificateFiles::Pkcs12("conf/client.p12".into()));
    assert_eq!(settings.tls_hosts[1].ca_file, Some("conf/test-ca.pem".into()));
}

#[test]
fn mistakes_in_tls_by_host() {
    let told = problems("tls.hosts.'a b' = {}\ntls.hosts.x = { passphrase = 'open words', key = 'k', cert = 1 }");
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].contains("`a b` is not a host"), "{told:?}");
    assert!(told.iter().any(|line| line.contains("in plain text")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("`cert` is not a setting of a host")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("`key` needs a `certificate`")), "{told:?}");
    assert!(!told.iter().any(|line| line.contains("open words")), "{told:?}");
    assert!(problems("tls.insecure_hosts = ['https://x']")[0].contains("is not a host"));
}
