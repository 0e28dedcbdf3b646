//! The demo's pages in a real browser. Run with `cargo test --test demo_chromium -- --ignored` where Chromium is.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

use std::process::Stdio;
use std::time::Duration;

use bearcat::demo::directory::{ADMIN, AUTOMATIC_CONNECTION, SPA_CLIENT};
use bearcat::demo::{Demo, DemoOptions, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;
use url::Url;

/// The page's content after its scripts ran.
async fn dump_dom(url: &Url) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url.as_str())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_mins(1), output).await.unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

async fn demo() -> Demo {
    start(DemoOptions::default()).await.unwrap()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_sign_in_page_leads_to_the_callback() {
    let demo = demo().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/callback", listener.local_addr().unwrap());
    let client = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        let body = "<p id=\"arrived\">Arrived";
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let mut url = demo.issuer.join("/oauth2/auth").unwrap();
    url.query_pairs_mut().extend_pairs([
        ("response_type", "code"),
        ("client_id", SPA_CLIENT.id),
        ("redirect_uri", callback.as_str()),
        ("scope", "openid offline"),
        ("state", "a-long-enough-state"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ("code_challenge_method", "S256"),
        ("login_hint", ADMIN),
        ("connection_id", AUTOMATIC_CONNECTION),
    ]);
    let page = dump_dom(&url).await;
    assert!(page.contains("Arrived"), "{page}");
    assert!(client.await.unwrap().starts_with("GET /callback?code="));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_device_page_is_shown() {
    let demo = demo().await;
    let page = dump_dom(&demo.issuer.join("/device").unwrap()).await;
    assert!(page.contains("Connect a device") && page.contains("user_code"), "{page}");
}
