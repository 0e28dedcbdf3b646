//! The HTML report of a matrix in a real browser. Run with `cargo test --test matrix_chromium -- --ignored` where
//! Chromium is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bearcat::diagnose::matrix::report::{self, Report};
use bearcat::diagnose::matrix::{CellAnswer, CellResult, Matrix, MatrixInput, Methods, NotSent};
use bearcat::model::finding::{Confidence, Finding, Weight};
use bearcat::model::identity::IdentityName;
use bearcat::model::request::{Directives, Expectation, RequestBlock, RequestId, Spanned, StatusPattern};
use bearcat::model::time::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;

fn spanned(text: &str) -> Spanned {
    Spanned { text: text.to_owned(), span: 0..0 }
}

fn request(index: usize, name: &str) -> RequestBlock {
    let expect = vec![Expectation { identity: IdentityName::new("jane"), statuses: vec![StatusPattern::Code(200)] }];
    RequestBlock {
        id: RequestId { file: "orders.http".into(), index },
        name: Some(name.to_owned()),
        span: 0..0,
        line: index + 1,
        method: spanned("GET"),
        url: spanned("{{base}}/orders"),
        http_version: None,
        headers: Vec::new(),
        body: Vec::new(),
        directives: Directives { expect, ..Directives::default() },
        not_run: Vec::new(),
    }
}

fn answered(status: u16) -> Option<CellResult> {
    let finding = Finding {
        id: "forbidden",
        rows: &[],
        weight: Weight::Refusal,
        title: "<img src=http://127.0.0.1:9/x onerror=console.error(1)>".to_owned(),
        evidence: Vec::new(),
        confidence: Confidence::Likely,
        fix: Vec::new(),
        remedy: None,
        sample: None,
    };
    Some(CellResult::Answered(Box::new(CellAnswer {
        status,
        reason: "Reason".to_owned(),
        url: "http://127.0.0.1/orders".to_owned(),
        location: None,
        time: Duration::from_millis(5),
        size: 2,
        findings: vec![finding],
        notes: Vec::new(),
    })))
}

fn page() -> String {
    let blocks = [request(0, "List orders"), request(1, "<script>document.title='owned'</script>")];
    let requests: Vec<&RequestBlock> = blocks.iter().collect();
    let columns = ["jane", "anonymous"].map(IdentityName::new);
    let matrix = Matrix::plan(&MatrixInput {
        requests: &requests,
        columns: &columns,
        known: &columns,
        methods: Methods::SafeOnly,
    });
    let results = [answered(200), answered(401), answered(403), Some(CellResult::NotSent(NotSent::NoToken))];
    report::html(&Report {
        matrix: &matrix,
        results: &results,
        environment: Some("dev"),
        at: Timestamp::from_seconds(1_764_141_040),
        took: Duration::from_secs(1),
    })
}

/// What a browser made of a file: its document, what it said, and which hosts it asked a proxy for.
struct Opened {
    document: String,
    said: String,
    asked: Vec<String>,
}

async fn open(file: &Path) -> Opened {
    let profile = tempfile::tempdir().unwrap();
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = proxy.local_addr().unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    let listening = tokio::spawn(async move {
        while let Ok((mut stream, _)) = proxy.accept().await {
            let mut head = vec![0; 4096];
            let length = stream.read(&mut head).await.unwrap_or(0);
            let line = String::from_utf8_lossy(&head[..length]).lines().next().unwrap_or_default().to_owned();
            let _ = sender.send(line);
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        .args(["--disable-component-update", "--virtual-time-budget=5000", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args([&format!("--proxy-server={address}"), "--proxy-bypass-list=<-loopback>"])
        .arg(format!("file://{}", file.display()))
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_mins(1), output).await.unwrap().unwrap();
    listening.abort();
    let mut asked = Vec::new();
    while let Ok(line) = receiver.try_recv() {
        asked.push(line);
    }
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Opened { document: text(output.stdout), said: text(output.stderr), asked }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_report_opens_shows_the_grid_and_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("matrix.html");
    std::fs::write(&file, page()).unwrap();
    let opened = open(&file).await;
    let Opened { document, said, asked } = &opened;
    // The script ran: it is what counts the rows.
    assert!(document.contains("2 of 2 requests"), "{document}");
    assert!(document.contains("List orders") && document.contains("403, not 200"), "{document}");
    assert!(document.contains("<title>Access matrix</title>") && !document.contains("<title>owned"), "{document}");
    assert!(!said.contains("CONSOLE"), "{said}");
    // What the browser asks for by itself is not the page's doing.
    let asked: Vec<_> = asked.iter().filter(|line| !line.contains("google") && !line.contains("gvt1.com")).collect();
    assert!(asked.is_empty(), "{asked:?}");
}
