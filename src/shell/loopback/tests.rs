//! The listener over real sockets, with raw requests.

use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

async fn listener() -> LoopbackListener {
    listen(None, &[0]).await.unwrap()
}

fn port(listener: &LoopbackListener) -> u16 {
    listener.redirect_uri.port().unwrap()
}

/// Sends raw bytes and reads the answer to its end.
async fn exchange(address: impl tokio::net::ToSocketAddrs, request: String) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn get(port: u16, target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\n\r\n")
}

#[rstest]
#[case::signed_in(CallbackPage::SignedIn, "Signed in")]
#[case::failed(CallbackPage::Failed { reason: "<script>alert(1)</script>".into() }, "&lt;script&gt;")]
#[case::ignored(CallbackPage::Ignored, "belongs to no sign-in")]
#[tokio::test]
async fn hands_over_the_callback_and_answers_with_the_page(#[case] page: CallbackPage, #[case] expected: &str) {
    let mut listener = listener().await;
    let port = port(&listener);
    let browser = tokio::spawn(exchange(("127.0.0.1", port), get(port, "/callback?code=abc&state=x%20y")));
    let request = listener.next().await.unwrap();
    assert_eq!(request.url.as_str(), format!("http://127.0.0.1:{port}/callback?code=abc&state=x%20y"));
    (request.respond)(page);
    // The page arrives even though the listener is gone.
    drop(listener);
    let answer = browser.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(expected), "{answer}");
    assert!(answer.contains("Content-Security-Policy: default-src 'none'") && answer.contains("no-store"));
    assert!(answer.ends_with("</html>\n") && !answer.contains("{{"), "whole, and nothing left to fill: {answer}");
    assert!(!answer.contains("src=") && !answer.contains("href=") && !answer.contains("<script"), "nothing external");
}

#[tokio::test]
async fn a_dropped_request_is_told_that_it_is_over() {
    let mut listener = listener().await;
    let port = port(&listener);
    let browser = tokio::spawn(exchange(("127.0.0.1", port), get(port, "/callback?code=abc")));
    drop(listener.next().await.unwrap());
    assert!(browser.await.unwrap().contains("Nothing to do here"));
}

#[tokio::test]
async fn both_loopback_addresses_lead_to_it() {
    let mut listener = listener().await;
    let port = port(&listener);
    // A machine without IPv6 has nothing to test here.
    let Ok(mut stream) = TcpStream::connect(("::1", port)).await else { return };
    let request = format!("GET /callback?code=v6 HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    assert_eq!(listener.next().await.unwrap().url.query(), Some("code=v6"));
}

#[rstest]
#[case::favicon("GET /favicon.ico HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 404)]
#[case::another_path("GET /callback/x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 404)]
#[case::another_host_in_the_target("GET //evil.test/callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 404)]
#[case::post("POST /callback HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 0\r\n\r\n", 405)]
#[case::head("HEAD /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 405)]
#[case::rebinding("GET /callback?code=x HTTP/1.1\r\nHost: evil.test:{port}\r\n\r\n", 421)]
#[case::another_port("GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 421)]
#[case::no_host("GET /callback?code=x HTTP/1.1\r\nAccept: */*\r\n\r\n", 421)]
#[case::two_hosts("GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n\r\n", 421)]
#[case::absolute("GET http://127.0.0.1/callback HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 400)]
#[case::nonsense("hello\r\n\r\n", 400)]
#[case::loading_ahead("GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Purpose: prefetch\r\n\r\n", 503)]
#[tokio::test]
async fn other_requests_never_get_to_the_sign_in(#[case] request: &str, #[case] status: u16) {
    let mut listener = listener().await;
    let port = port(&listener);
    let request = request.replace("{port}", &port.to_string());
    tokio::select! {
        through = listener.next() => panic!("{through:?} got through"),
        answer = exchange(("127.0.0.1", port), request) => {
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let mut listener = listener().await;
    let port = port(&listener);
    let browser = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let endless = format!("GET /callback HTTP/1.1\r\nX: {}", "x".repeat(LARGEST_HEAD + 10));
        stream.write_all(endless.as_bytes()).await.unwrap();
        let mut answer = vec![0; 64];
        let count = stream.read(&mut answer).await.unwrap();
        assert!(answer[..count].starts_with(b"HTTP/1.1 431 "));
    };
    tokio::select! {
        through = listener.next() => panic!("{through:?} got through"),
        () = browser => {}
    }
}

/// Browsers open connections that they may never use, and a favicon comes beside the callback.
#[tokio::test]
async fn silent_connections_do_not_hold_up_the_callback() {
    let mut listener = listener().await;
    let port = port(&listener);
    let mut silent = Vec::new();
    for _ in 0..5 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    let browser = tokio::spawn(exchange(("127.0.0.1", port), get(port, "/callback?code=abc")));
    let request = listener.next().await.unwrap();
    (request.respond)(CallbackPage::SignedIn);
    assert!(browser.await.unwrap().contains("Signed in"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_connection_is_closed_in_time() {
    let (mut ours, theirs) = tokio::io::duplex(64);
    let late = tokio::time::timeout(HEAD_TIME, read_head(&mut ours)).await;
    assert!(late.is_err());
    drop(theirs);
    assert!(read_head(&mut ours).await.is_err());
}

#[tokio::test]
async fn a_taken_port_gives_the_next_one_and_says_so() {
    let first = listener().await;
    let taken = port(&first);
    let second = listen(None, &[taken, 0]).await.unwrap();
    assert_ne!(port(&second), taken);
    assert!(second.notes()[0].contains(&format!("Port {taken} is in use")), "{:?}", second.notes());
    assert!(second.notes()[0].contains(second.redirect_uri().as_str()));
    assert!(first.notes().is_empty());
}

#[tokio::test]
async fn without_a_free_port_the_error_names_them_and_what_to_do() {
    let first = listener().await;
    let taken = port(&first);
    let AuthError::Listener(problem) = listen(None, &[taken]).await.unwrap_err() else { panic!() };
    assert_eq!(problem.title, format!("The callback port {taken} is in use"));
    assert!(problem.hint.contains("callback.ports") && problem.hint.contains("register"));
    // A redirect URL of the identity is never moved to another port.
    let own = Url::parse(&format!("http://localhost:{taken}/auth/callback")).unwrap();
    assert!(matches!(listen(Some(&own), &[0]).await, Err(AuthError::Listener(_))));
    drop(first);
    let second = listen(Some(&own), &[]).await.unwrap();
    assert_eq!(second.redirect_uri(), own);
}

#[tokio::test]
async fn the_identitys_own_redirect_url_is_used_as_it_is() {
    let free = port(&listener().await);
    let own = Url::parse(&format!("http://localhost:{free}/auth/callback")).unwrap();
    let mut listener = listen(Some(&own), &[]).await.unwrap();
    let browser = tokio::spawn(exchange(
        ("127.0.0.1", free),
        format!("GET /auth/callback?code=abc HTTP/1.1\r\nHost: LOCALHOST:{free}\r\n\r\n"),
    ));
    assert_eq!(listener.next().await.unwrap().url.as_str(), format!("{own}?code=abc"));
    drop(browser.await.unwrap());
}

#[rstest]
#[case::https("https://localhost:3000/callback")]
#[case::remote("http://app.example.com:3000/callback")]
#[case::app_scheme("myapp://callback")]
#[tokio::test]
async fn a_url_that_cannot_be_listened_on_is_said(#[case] url: &str) {
    let error = listen(Some(&Url::parse(url).unwrap()), &[]).await.unwrap_err();
    let AuthError::Listener(problem) = error else { panic!() };
    assert_eq!(problem.kind, ProblemKind::Input);
}

#[tokio::test]
async fn dropping_it_closes_the_port() {
    let listener = listener().await;
    let address = ("127.0.0.1", port(&listener));
    drop(listener);
    assert!(TcpStream::connect(address).await.is_err(), "at once");
}
