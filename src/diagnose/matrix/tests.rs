//! The plan of cells, what results mean, and the reports with hostile texts in them.

use std::time::Duration;

use rstest::rstest;

use super::report::{self, Report};
use super::*;
use crate::model::finding::{Confidence, Weight};
use crate::model::request::{Capture, Directives, Expectation, HeaderField, Spanned};
use crate::model::time::Timestamp;
use crate::redact::SecretText;

fn spanned(text: &str) -> Spanned {
    Spanned { text: text.to_owned(), span: 0..0 }
}

fn block(file: &str, index: usize, method: &str, directives: Directives) -> RequestBlock {
    RequestBlock {
        id: RequestId { file: file.into(), index },
        name: Some(format!("request {index}")),
        span: 0..0,
        line: index + 1,
        method: spanned(method),
        url: spanned("{{base}}/orders"),
        http_version: None,
        headers: Vec::new(),
        body: Vec::new(),
        directives,
        not_run: Vec::new(),
    }
}

fn expecting(rows: &[(&str, &[&str])]) -> Directives {
    let row = |(identity, statuses): &(&str, &[&str])| Expectation {
        identity: IdentityName::new(*identity),
        statuses: statuses.iter().map(|text| StatusPattern::parse(text).unwrap()).collect(),
    };
    Directives { expect: rows.iter().map(row).collect(), ..Directives::default() }
}

fn names(names: &[&str]) -> Vec<IdentityName> {
    names.iter().copied().map(IdentityName::new).collect()
}

fn plan(blocks: &[RequestBlock], methods: Methods) -> Matrix {
    let requests: Vec<&RequestBlock> = blocks.iter().collect();
    let columns = names(&["jane", "bob", "anonymous"]);
    let known = names(&["jane", "anonymous"]);
    Matrix::plan(&MatrixInput { requests: &requests, columns: &columns, known: &known, methods })
}

/// Why each cell of the only row is not sent.
fn holds(block: RequestBlock, methods: Methods) -> Vec<&'static str> {
    let matrix = plan(&[block], methods);
    matrix.cells.iter().map(|plan| plan.not_sent.as_ref().map_or("sent", NotSent::id)).collect()
}

fn with_auth(auth: AuthDirective) -> Directives {
    Directives { auth: Some(auth), ..Directives::default() }
}

fn own_header(directives: Directives) -> RequestBlock {
    let mut block = block("a.http", 0, "GET", directives);
    block.headers = vec![HeaderField { name: spanned("authorization"), value: spanned("Basic x y") }];
    block
}

#[rstest]
#[case::plain(block("a.http", 0, "GET", Directives::default()), Methods::SafeOnly, ["sent", "unknown-identity", "sent"])]
#[case::lower_case(block("a.http", 0, "head", Directives::default()), Methods::SafeOnly, ["sent", "unknown-identity", "sent"])]
#[case::post(block("a.http", 0, "POST", Directives::default()), Methods::SafeOnly, ["unsafe-method", "unknown-identity", "unsafe-method"])]
#[case::post_asked_for(block("a.http", 0, "POST", Directives::default()), Methods::All, ["sent", "unknown-identity", "sent"])]
#[case::graphql(block("a.http", 0, "GRAPHQL", Directives::default()), Methods::SafeOnly, ["unsafe-method", "unknown-identity", "unsafe-method"])]
#[case::note(
    block("a.http", 0, "GET", Directives { note: Some(String::new()), ..Directives::default() }),
    Methods::SafeOnly,
    ["asks-first", "unknown-identity", "asks-first"]
)]
#[case::note_asked_for(
    block("a.http", 0, "GET", Directives { note: Some(String::new()), ..Directives::default() }),
    Methods::All,
    ["sent", "unknown-identity", "sent"]
)]
#[case::template(block("a.http", 0, "{{method}}", Directives::default()), Methods::SafeOnly, ["sent", "unknown-identity", "sent"])]
#[case::no_auth(block("a.http", 0, "GET", with_auth(AuthDirective::None)), Methods::SafeOnly, ["no-token", "unknown-identity", "sent"])]
#[case::own_header(own_header(Directives::default()), Methods::SafeOnly, ["own-credentials", "unknown-identity", "sent"])]
#[case::own_header_and_cookies(
    own_header(with_auth(AuthDirective::Identity { name: IdentityName::new("jane"), carrier: TokenCarrier::Cookie })),
    Methods::SafeOnly,
    ["sent", "unknown-identity", "sent"]
)]
fn what_is_known_beforehand_is_not_sent(
    #[case] block: RequestBlock,
    #[case] methods: Methods,
    #[case] expected: [&str; 3],
) {
    assert_eq!(holds(block, methods), expected);
}

#[test]
fn expectations_belong_to_their_identity_and_rows_add_up() {
    let matrix = plan(
        &[block("a.http", 0, "GET", expecting(&[("jane", &["200"]), ("jane", &["204"]), ("anonymous", &["4xx"])]))],
        Methods::SafeOnly,
    );
    let expected: Vec<String> = matrix.cells.iter().map(|plan| statuses(&plan.expected)).collect();
    assert_eq!(expected, ["200 or 204", "", "4xx"]);
}

#[test]
fn files_that_capture_are_sent_in_order() {
    let captures = vec![Capture { name: "id".to_owned(), expression: ".body.id".to_owned() }];
    let capturing = Directives { captures, ..Directives::default() };
    let blocks = [
        block("a.http", 0, "GET", capturing),
        block("a.http", 1, "GET", Directives::default()),
        block("b.http", 0, "GET", Directives::default()),
    ];
    let turns: Vec<Turn> = plan(&blocks, Methods::SafeOnly).rows.iter().map(|row| row.turn).collect();
    assert_eq!(turns, [Turn::InOrder, Turn::InOrder, Turn::Any]);
}

fn answered(status: u16) -> CellResult {
    CellResult::Answered(Box::new(CellAnswer {
        status,
        reason: "Reason".to_owned(),
        url: "http://127.0.0.1/orders".to_owned(),
        location: None,
        time: Duration::from_millis(12),
        size: 3,
        findings: Vec::new(),
        notes: Vec::new(),
    }))
}

fn failed(kind: ProblemKind) -> CellResult {
    CellResult::Failed(Box::new(Problem::new(kind, "It failed")))
}

fn not_signed_in() -> CellResult {
    CellResult::NotSent(NotSent::NotSignedIn(Box::new(Problem::new(ProblemKind::SignIn, "`jane` is not signed in"))))
}

#[rstest]
#[case(&["200"], answered(200), Judgement::AsExpected, Conclusion::Good)]
#[case(&["401", "403"], answered(403), Judgement::AsExpected, Conclusion::Good)]
#[case(&["2xx"], answered(299), Judgement::AsExpected, Conclusion::Good)]
#[case(&["2xx"], answered(307), Judgement::NotAsExpected, Conclusion::Broken)]
#[case(&["401"], answered(200), Judgement::NotAsExpected, Conclusion::Broken)]
#[case(&[], answered(500), Judgement::NoExpectation, Conclusion::Good)]
#[case(&["200"], not_signed_in(), Judgement::NotSent, Conclusion::NotSignedIn)]
#[case(&[], not_signed_in(), Judgement::NotSent, Conclusion::Good)]
#[case(&[], failed(ProblemKind::Network), Judgement::Failed, Conclusion::Network)]
#[case(&["200"], failed(ProblemKind::Input), Judgement::Failed, Conclusion::Unusable)]
#[case(&[], failed(ProblemKind::Input), Judgement::Failed, Conclusion::Good)]
#[case(&["200"], CellResult::NotSent(NotSent::Asks(vec!["id".to_owned()])), Judgement::NotSent, Conclusion::Unusable)]
#[case(&["200"], CellResult::NotSent(NotSent::UnknownIdentity), Judgement::NotSent, Conclusion::Unusable)]
#[case(&["200"], CellResult::NotSent(NotSent::UnsafeMethod { method: "POST".to_owned(), first: None }), Judgement::NotSent, Conclusion::Good)]
fn results_mean(
    #[case] expected: &[&str],
    #[case] result: CellResult,
    #[case] judgement: Judgement,
    #[case] conclusion: Conclusion,
) {
    let matrix = plan(&[block("a.http", 0, "GET", expecting(&[("jane", expected)]))], Methods::SafeOnly);
    assert_eq!(judge(&matrix.cells[0].expected, &result), judgement);
    let summary = Summary::of(&matrix, &[Some(result), Some(answered(200)), Some(answered(200))]);
    assert_eq!(summary.conclusion, conclusion);
}

#[test]
fn the_worst_conclusion_counts_and_everything_is_counted() {
    let rows = expecting(&[("jane", &["200"]), ("anonymous", &["401"])]);
    let matrix = plan(&[block("a.http", 0, "GET", rows.clone()), block("a.http", 1, "GET", rows)], Methods::SafeOnly);
    let results = [
        Some(not_signed_in()),
        Some(failed(ProblemKind::Network)),
        Some(answered(401)),
        Some(answered(500)),
        Some(answered(200)),
        None,
    ];
    let summary = Summary::of(&matrix, &results);
    assert_eq!(summary.conclusion, Conclusion::Broken);
    assert_eq!(
        (summary.as_expected, summary.not_as_expected, summary.no_expectation, summary.failed, summary.not_sent),
        (1, 1, 1, 1, 1)
    );
    assert_eq!((summary.pending, summary.unchecked), (1, 1));
    assert!(summary.line().contains("1 not as expected"));
    let again: Vec<(usize, usize)> = matrix.failed(&results).iter().map(|id| (id.row, id.column)).collect();
    assert_eq!(again, [(0, 0), (0, 1), (1, 0), (1, 2)]);
}

/// A request, an identity and an answer that want to break out of a report.
fn hostile() -> (Matrix, Vec<Option<CellResult>>, SecretText) {
    let secret = SecretText::new("canary-se<ret&\"value-77");
    let mut block = block("a\"><b>.http", 0, "GET", expecting(&[("jane", &["200"])]));
    block.name = Some("</script><script>alert(1)</script>\u{1b}[2J\u{202e}&amp;".to_owned());
    let matrix = plan(&[block], Methods::SafeOnly);
    let finding = Finding {
        id: "forbidden",
        rows: &[],
        weight: Weight::Refusal,
        title: format!("A title with {}", secret.expose()),
        evidence: vec!["<img src=x onerror=alert(1)>".to_owned()],
        confidence: Confidence::Likely,
        fix: vec!["]]> fix".to_owned()],
        remedy: None,
        sample: None,
    };
    let answer = CellAnswer {
        status: 403,
        reason: "For\u{0}bidden".to_owned(),
        url: format!("http://127.0.0.1/?key={}", secret.expose()),
        location: Some("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl".to_owned()),
        time: Duration::from_millis(7),
        size: 1,
        findings: vec![finding],
        notes: vec!["x".repeat(100_000)],
    };
    let result = CellResult::Answered(Box::new(answer));
    (matrix, vec![Some(result), Some(CellResult::NotSent(NotSent::UnknownIdentity)), None], secret)
}

#[test]
fn no_report_holds_a_secret_or_what_breaks_out_of_it() {
    let (matrix, results, secret) = hostile();
    let report = Report {
        matrix: &matrix,
        results: &results,
        environment: Some("</title>\u{7}"),
        at: Timestamp::from_seconds(1_764_141_040),
        took: Duration::from_secs(1),
    };
    let (junit, json, html) = (report::junit(&report), report::json(&report), report::html(&report));
    for text in [&junit, &json, &html] {
        assert!(!text.contains("canary") && !text.contains("eyJ"), "{text}");
        assert!(!text.contains(secret.expose()));
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text:?}");
        assert!(text.len() < 50_000, "texts of servers are cut");
    }
    assert_eq!(html.matches("<script>").count(), 1);
    assert!(!html.contains("<img") && !html.contains("<b>") && html.contains("&lt;img src=x"));
    assert!(!html.contains("http://www.") && !html.contains("src=\"") && !html.contains("href="));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["requests"][0]["cells"][0]["status"], 403);
    assert_eq!(value["requests"][0]["cells"][2]["not_sent"]["id"], "cancelled");
    assert_eq!(value["summary"]["conclusion"], "not-as-expected");
    assert_eq!(value["at"], "2025-11-26T07:10:40Z");
}

#[test]
fn junit_is_xml_with_a_test_case_for_each_cell() {
    let (matrix, results, _) = hostile();
    let report = Report {
        matrix: &matrix,
        results: &results,
        environment: None,
        at: Timestamp::from_seconds(0),
        took: Duration::ZERO,
    };
    let text = report::junit(&report);
    let document = roxmltree::Document::parse(&text).unwrap();
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), 3);
    assert_eq!(cases[0].attribute("classname"), Some("a\"><b>.http"));
    assert!(cases[0].attribute("name").unwrap().starts_with("GET </script><script>alert(1)"));
    let inside = |index: usize| cases[index].first_element_child().map(|node| node.tag_name().name().to_owned());
    assert_eq!([inside(0), inside(1), inside(2)].map(Option::unwrap), ["failure", "skipped", "skipped"]);
    let failure = cases[0].first_element_child().unwrap();
    assert_eq!(failure.attribute("message"), Some("403, not 200"));
    assert!(failure.text().unwrap().contains("Expected: 200"));
    let suites = document.root_element();
    let counts = ["tests", "failures", "errors", "skipped"].map(|name| suites.attribute(name).unwrap());
    assert_eq!(counts, ["3", "1", "0", "2"]);
}
