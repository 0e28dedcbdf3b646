//! Tests of the templates.

use proptest::prelude::*;

use super::*;

/// Random bytes that count up, so that values can be foretold.
struct Counting;

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for (at, byte) in buffer.iter_mut().enumerate() {
            *byte = at as u8;
        }
    }
}

#[derive(Default)]
struct TestScope {
    variables: BTreeMap<String, Value>,
    process: BTreeMap<String, String>,
    dotenv: BTreeMap<String, String>,
    tokens: BTreeMap<IdentityName, TokenSet>,
    secrets: BTreeMap<String, SecretText>,
}

impl Scope for TestScope {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            now: Timestamp::from_millis(1_700_000_000_123),
            utc_offset_seconds: 2 * 3600 + 1800,
            random: &Counting,
            process_environment: &self.process,
            dotenv: &self.dotenv,
            tokens: &self.tokens,
            secrets: &self.secrets,
        }
    }
}

fn file_source() -> VariableSource {
    VariableSource::FileVariable { file: "a.http".into(), line: 1 }
}

fn scope(variables: &[(&str, &str)]) -> TestScope {
    let variables =
        variables.iter().map(|(name, value)| ((*name).to_owned(), Value::plain(*value, file_source()))).collect();
    TestScope { variables, ..TestScope::default() }
}

fn signed_in() -> TestScope {
    let tokens = TokenSet {
        access: AccessToken::new("access-token-value"),
        id: None,
        refresh: None,
        scope: None,
        obtained_at: Timestamp::default(),
        expires_at: None,
    };
    TestScope { tokens: BTreeMap::from([(IdentityName::new("jane"), tokens)]), ..TestScope::default() }
}

fn filled(text: &str, scope: &TestScope) -> Filled {
    fill(&Template::parse(text), scope)
}

#[rstest::rstest]
#[case("plain { } }} text", "plain { } }} text")]
#[case("{{a}}", "1")]
#[case("x{{ a }}y{{b}}z", "x1y2z")]
#[case("{\"id\":{{{a}}}}", "{\"id\":{1}}")]
#[case("{{%c}}", "a%20%26%C3%A9~")]
#[case("{{% c }}", "a%20%26%C3%A9~")]
#[case("{{nested}}", "<1-2>")]
#[case("{{$shared a}}", "1")]
#[case("é{{a}}é", "é1é")]
fn variables_are_filled(#[case] text: &str, #[case] expected: &str) {
    let scope = scope(&[("a", "1"), ("b", "2"), ("c", "a &é~"), ("nested", "<{{a}}-{{b}}>")]);
    let filled = filled(text, &scope);
    assert_eq!(filled.text, expected);
    assert_eq!(filled.problems, []);
    assert!(!filled.secret);
    assert_eq!(filled.preview(), expected);
}

#[rstest::rstest]
#[case("{{$timestamp}}", "1700000000")]
#[case("{{$timestamp -1 d}}", "1699913600")]
#[case("{{$timestamp 2 h}}", "1700007200")]
#[case("{{$isoTimestamp}}", "2023-11-14T22:13:20.123Z")]
#[case("{{$datetime iso8601}}", "2023-11-14T22:13:20.123Z")]
#[case("{{$datetime rfc1123}}", "Tue, 14 Nov 2023 22:13:20 GMT")]
#[case("{{$datetime rfc1123 1 M}}", "Thu, 14 Dec 2023 22:13:20 GMT")]
#[case("{{$datetime \"DD.MM.YYYY [at] H:mm A\" -1 y}}", "14.11.2022 at 22:13 PM")]
#[case("{{$datetime 'dddd, D MMMM YY x'}}", "Tuesday, 14 November 23 1700000000123")]
#[case("{{$localDatetime iso8601}}", "2023-11-15T00:43:20.123+02:30")]
#[case("{{$localDatetime rfc1123}}", "Wed, 15 Nov 2023 00:43:20 +0230")]
#[case("{{$localDatetime 'hh k' 30 m}}", "01 1")]
#[case("{{$uuid}}", "00010203-0405-4607-8809-0a0b0c0d0e0f")]
#[case("{{$guid}}", "00010203-0405-4607-8809-0a0b0c0d0e0f")]
#[case("{{$random.uuid}}", "00010203-0405-4607-8809-0a0b0c0d0e0f")]
#[case("{{$randomInt 5 6}}", "5")]
#[case("{{$randomInt -9 -8}}", "-9")]
#[case("{{$random.integer(7, 8)}}", "7")]
#[case("{{$randomInt}}", "27")]
#[case("{{$random.alphabetic(3)}}", "bbb")]
#[case("{{$random.hexadecimal(4)}}", "0000")]
#[case("{{$random.email}}", "0000000000@example.com")]
fn dynamic_variables(#[case] text: &str, #[case] expected: &str) {
    let filled = filled(text, &TestScope::default());
    assert_eq!(filled.problems, []);
    assert_eq!(filled.text, expected);
    assert_eq!(filled.sources().collect::<Vec<_>>(), [&VariableSource::Dynamic]);
}

#[rstest::rstest]
#[case("a {{b", "`{{` without `}}` on the same line")]
#[case("a {{b\n}}", "`{{` without `}}` on the same line")]
#[case("{{a {{known}}", "`{{` without `}}` on the same line")]
#[case("{{ }}", "`{{}}` names no variable")]
#[case("{{nobody}}", "no variable has this name")]
#[case("{{new Date()}}", "bearcat has no such variable")]
#[case("{{$input x}}", "bearcat has no such variable")]
#[case("{{$randomInt 5 5}}", "`$randomInt` takes two whole numbers, the smaller one first")]
#[case("{{$randomInt 1}}", "`$randomInt` takes two whole numbers, the smaller one first")]
#[case("{{$random.alphabetic(10001)}}", "`$random.alphabetic` takes a length from 1 to 10000")]
#[case("{{$uuid 4}}", "`$uuid` takes no argument")]
#[case("{{$timestamp 1 x}}", "an offset is a whole number and one of y, Q, M, w, d, h, m, s, ms")]
#[case("{{$datetime iso8601 9999999999999 d}}", "the offset is out of range")]
#[case("{{$datetime iso8601 18000 y}}", "the date is out of range")]
#[case("{{$auth.token()}}", "write `$auth.token(\"identity\")`")]
#[case("{{$auth.token(\"bob\")}}", "not signed in as `bob`")]
#[case("{{$auth.idToken(\"jane\")}}", "not signed in as `jane`")]
#[case("{{$processEnv}}", "write `$processEnv NAME`")]
#[case("{{$processEnv NONE}}", "the process environment has no `NONE`")]
#[case("{{$dotenv NONE}}", "no `.env` file sets `NONE`")]
#[case("{{$env.NONE}}", "the process environment has no `NONE`")]
#[case("{{$secret}}", "write `$secret name`; a name has letters, digits, `-`, `_` and `.`")]
#[case("{{$secret a/b}}", "write `$secret name`; a name has letters, digits, `-`, `_` and `.`")]
#[case("{{$secret stripe}}", "the vault has no secret `stripe`")]
#[case("{{$randomCity 3}}", "`$randomCity` takes no argument")]
#[case("{{login.response.body.$.token}}", "not available yet: send `login` first")]
#[case("{{login.request.headers.X}}", "not available yet: send `login` first")]
#[case("{{outer}}", "its value uses `gone`: no variable has this name")]
fn what_cannot_be_filled_stays_and_is_reported(#[case] text: &str, #[case] why: &str) {
    let mut scope = signed_in();
    scope.variables = self::scope(&[("known", "k"), ("outer", "{{gone}}")]).variables;
    let filled = filled(text, &scope);
    assert_eq!(filled.problems.iter().map(|problem| problem.why.to_string()).collect::<Vec<_>>(), [why]);
    assert_eq!(filled.text, text.replace("{{known}}", "k"));
    let problem = &filled.problems[0];
    assert!(text[problem.span.clone()].starts_with("{{"));
    assert!(!problem.problem(None).title.is_empty());
}

#[test]
fn cycles_depth_and_length_are_bounded() {
    let cycle = scope(&[("a", "{{b}}"), ("b", "x{{c}}"), ("c", "{{b}}")]);
    let why = |text: &str, scope: &TestScope| filled(text, scope).problems[0].why.to_string();
    assert_eq!(why("{{a}}", &cycle), "it refers to itself: b → c → b");
    assert_eq!(why("{{b}}{{a}}", &cycle), "it refers to itself: b → c → b");

    let chain: Vec<(String, String)> = (0..40).map(|at| (format!("v{at}"), format!("{{{{v{}}}}}", at + 1))).collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(why("{{v0}}", &scope(&chain)), "variables refer to each other more than 16 levels deep");

    let bomb: Vec<(String, String)> =
        (0..15).map(|at| (format!("v{at}"), format!("{{{{v{}}}}}", at + 1).repeat(100))).collect();
    let mut bomb: Vec<(&str, &str)> = bomb.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(why("{{v0}}", &scope(&bomb)), "its value uses `v15`: no variable has this name");
    bomb.push(("v15", "0123456789"));
    assert_eq!(why("{{v0}}", &scope(&bomb)), "its value is longer than 1 MiB");
}

#[test]
fn a_cycle_does_not_spoil_other_variables() {
    let scope = scope(&[("a", "{{b}}"), ("b", "{{a}}1"), ("c", "2")]);
    let mut filler = Filler::new(&scope);
    assert_eq!(filler.fill_text("{{a}}").problems[0].why.to_string(), "it refers to itself: a → b → a");
    assert!(matches!(filler.fill_text("{{b}}").problems[0].why, Unfilled::Cycle(_)));
    assert_eq!(filler.fill_text("{{c}}").text, "2");
}

#[test]
fn one_filler_gives_a_variable_one_value() {
    struct Changing(std::sync::atomic::AtomicU8);
    impl Random for Changing {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }
    struct Fresh(TestScope, Changing);
    impl Scope for Fresh {
        fn lookup(&self, name: &str) -> Option<Value> {
            self.0.lookup(name)
        }
        fn surroundings(&self) -> Surroundings<'_> {
            Surroundings { random: &self.1, ..self.0.surroundings() }
        }
    }
    let scope = Fresh(scope(&[("id", "{{$uuid}}")]), Changing(0.into()));
    let mut filler = Filler::new(&scope);
    assert_eq!(filler.fill_text("{{id}}").text, filler.fill_text("{{id}}").text);
    assert_ne!(filler.fill_text("{{$uuid}}").text, filler.fill_text("{{$uuid}}").text);
}

#[test]
fn secrets_taint_the_text_and_are_masked() {
    let mut scope = signed_in();
    let environment = VariableSource::Environment { file: "p.json".into(), environment: "dev".to_owned() };
    scope.variables.insert("password".to_owned(), Value::secret("top secret value", environment));
    scope.variables.insert("header".to_owned(), Value::plain("Basic {{password}}", file_source()));
    scope.process.insert("API_KEY".to_owned(), "key-from-the-process".to_owned());
    scope.process.insert("HOST".to_owned(), "a.test".to_owned());
    scope.dotenv.insert("NEXT_PUBLIC_KEY".to_owned(), "public-key-value".to_owned());
    scope.variables.insert("which".to_owned(), Value::plain("API_KEY", VariableSource::Given));

    for (text, expected, preview) in [
        ("a {{header}}!", "a Basic top secret value!", "a ••••••!"),
        ("{{%password}}", "top%20secret%20value", "••••••"),
        ("Bearer {{$auth.token(\"jane\")}}", "Bearer access-token-value", "Bearer ••••••"),
        ("{{$processEnv API_KEY}}", "key-from-the-process", "••••••"),
        ("{{$processEnv %which}}", "key-from-the-process", "••••••"),
    ] {
        let filled = filled(text, &scope);
        assert_eq!((filled.text.as_str(), filled.preview().as_str()), (expected, preview));
        assert!(filled.secret);
        assert!(!format!("{filled:?}").contains("secret value"));
        assert_eq!(crate::redact::mask(&filled.text), crate::redact::mask(expected));
        assert_ne!(crate::redact::mask(&filled.text), filled.text);
    }
    for text in ["{{$processEnv HOST}}", "{{$dotenv NEXT_PUBLIC_KEY}}"] {
        assert!(!filled(text, &scope).secret, "{text}");
    }
}

#[test]
fn the_users_own_secrets_are_named_when_they_go_out() {
    let mut scope = scope(&[("header", "Bearer {{$secret stripe}}"), ("plain", "{{$processEnv HOST}}")]);
    scope.secrets.insert("stripe".to_owned(), SecretText::new("value-of-stripe-{{plain}}"));
    scope.process.insert("API_KEY".to_owned(), "key-of-the-process".to_owned());
    scope.process.insert("HOST".to_owned(), "a.test".to_owned());
    scope.dotenv.insert("DATABASE_PASSWORD".to_owned(), "password-of-the-env-file".to_owned());
    scope.dotenv.insert("NEXT_PUBLIC_KEY".to_owned(), "public-key-value".to_owned());
    let mut filler = Filler::new(&scope);
    assert_eq!(filler.fill_text("{{plain}}").text, "a.test");
    assert_eq!(filler.fill_text("{{$dotenv NEXT_PUBLIC_KEY}}").text, "public-key-value");
    assert_eq!(filler.guarded().len(), 0);
    let filled = filler.fill_text("{{header}}");
    assert_eq!((filled.text.as_str(), filled.preview().as_str()), ("Bearer value-of-stripe-{{plain}}", "••••••"));
    assert!(filled.secret);
    assert_eq!(filler.fill_text("{{$env.API_KEY}}").preview(), "••••••");
    let named: Vec<String> = filler.guarded().iter().map(ToString::to_string).collect();
    assert_eq!(named, ["the secret `stripe`", "the process variable `API_KEY`"]);
    assert_eq!(filler.fill_text("{{$dotenv DATABASE_PASSWORD}}").preview(), "••••••");
    let last = filler.guarded().last().map(ToString::to_string);
    assert_eq!(last.as_deref(), Some("the `.env` variable `DATABASE_PASSWORD`"));
}

#[rstest::rstest]
#[case("{{$input Name?}}", "# @prompt name")]
#[case("{{$aadToken}}", "# @auth identity")]
#[case("{{$secret gone}}", "bearcat secret set gone")]
#[case("{{outer}}", "bearcat secret set gone")]
#[case("{{login.response.body.$.x}}", "# @name login")]
fn what_to_do_instead_is_told(#[case] text: &str, #[case] says: &str) {
    let scope = scope(&[("outer", "x{{$secret gone}}")]);
    let hint = filled(text, &scope).problems[0].problem(None).hint;
    assert!(hint.contains(says), "{hint}");
}

#[test]
fn foreign_values_are_not_interpreted() {
    let mut scope = scope(&[("a", "1")]);
    scope.variables.insert("given".to_owned(), Value::plain("{{a}}", VariableSource::Given));
    scope.process.insert("X".to_owned(), "{{a}}".to_owned());
    assert_eq!(filled("{{given}} {{$processEnv X}}", &scope).text, "{{a}} {{a}}");
}

#[test]
fn segments_say_where_everything_comes_from() {
    let filled = filled("GET {{a}}/{{nobody}}", &scope(&[("a", "one")]));
    let segments: Vec<_> = filled
        .segments
        .iter()
        .map(|segment| (&filled.text[segment.output.clone()], segment.template.clone(), segment.origin.is_some()))
        .collect();
    assert_eq!(
        segments,
        [("GET ", 0..4, false), ("one", 4..9, true), ("/", 9..10, false), ("{{nobody}}", 10..20, false)]
    );
    assert_eq!(filled.segments[1].origin.as_ref().unwrap().source.to_string(), "from a.http, line 1");
}

#[test]
fn a_long_line_of_placeholders_is_linear() {
    let text = "{{a}}".repeat(200_000);
    let filled = filled(&text, &scope(&[("a", "1")]));
    assert_eq!(filled.text.len(), 200_000);
    let open = "{{".repeat(200_000);
    assert_eq!(Template::parse(&open).placeholders().count(), 0);
}

proptest! {
    #[test]
    fn any_text_is_filled(text in "[{}$%a(),\"' .\n0-9é]{0,60}") {
        let template = Template::parse(&text);
        let mut at = 0;
        for part in &template.parts {
            prop_assert_eq!(part.span().start, at);
            at = part.span().end;
        }
        prop_assert_eq!(at, text.len());
        let scope = scope(&[("a", "{{a}}")]);
        let filled = fill(&template, &scope);
        for problem in &filled.problems {
            prop_assert!(text.get(problem.span.clone()).is_some());
        }
        prop_assert_eq!(filled.segments.last().map_or(0, |segment| segment.output.end), filled.text.len());
    }

    #[test]
    fn any_dollar_variable_is_read(name in "(datetime|timestamp|randomInt|random\\.[a-z]{3,12}|auth\\.token|dotenv|[a-z]{1,8})", rest in "[ ()\"'a-zA-Z0-9,:%-]{0,30}") {
        fill(&Template::parse(&format!("{{{{${name}{rest}}}}}")), &TestScope::default());
    }
}
