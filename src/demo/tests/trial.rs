//! `/test/…`: slow, endless, broken and hostile answers. The broken ones are read from a plain socket.

use futures_util::StreamExt;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// Sends a bare GET and reads until the connection ends.
async fn raw(kit: &Kit, path: &str) -> (Vec<u8>, std::io::Result<usize>) {
    let host = format!("127.0.0.1:{}", kit.demo.api.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    (answer, end)
}

#[tokio::test]
async fn slow_waits_on_the_demos_clock() {
    let kit = Kit::start().await;
    let request = kit.http.get(kit.api_url("/test/slow?ms=90000"));
    let answer = tokio::spawn(async move { request.send().await.unwrap().status() });
    assert_eq!(kit.clock.advance_to_next_sleeper().await, Duration::from_secs(90));
    assert_eq!(answer.await.unwrap(), 200);
}

#[tokio::test]
async fn hang_sends_nothing_or_stops_in_the_middle() {
    let kit = Kit::start().await;
    let mut response = kit.http.get(kit.api_url("/test/hang?after=500")).send().await.unwrap();
    let mut read = 0;
    while read < 500 {
        read += response.chunk().await.unwrap().unwrap().len();
    }
    assert_eq!(read, 500);
    let request = kit.http.get(kit.api_url("/test/hang"));
    let silent = tokio::spawn(request.send());
    while kit.demo.count(|seen| seen.path == "/test/hang") < 2 {
        tokio::task::yield_now().await;
    }
    assert!(!silent.is_finished());
    drop(kit.demo);
    assert!(response.chunk().await.is_err());
    assert!(silent.await.unwrap().is_err());
}

#[tokio::test]
async fn reset_and_close_end_without_a_byte() {
    let kit = Kit::start().await;
    let (answer, end) = raw(&kit, "/test/reset").await;
    assert_eq!((answer.len(), end.unwrap_err().kind()), (0, std::io::ErrorKind::ConnectionReset));
    let (answer, end) = raw(&kit, "/test/close").await;
    assert_eq!((answer.len(), end.unwrap()), (0, 0));
    assert!(kit.demo.log().iter().all(|seen| seen.status.is_none()), "never answered");
}

#[tokio::test]
async fn lengths_are_wrong_both_ways() {
    let kit = Kit::start().await;
    for (kind, announced) in [("short", "content-length: 1000"), ("long", "content-length: 5")] {
        let (answer, end) = raw(&kit, &format!("/test/wrong-length?kind={kind}")).await;
        end.unwrap();
        let (head, body) = std::str::from_utf8(&answer).unwrap().split_once("\r\n\r\n").unwrap();
        assert!(head.contains(announced));
        assert_eq!(body, r#"{"length":"is not what was announced"}"#);
    }
    let response = kit.http.get(kit.api_url("/test/wrong-length")).send().await.unwrap();
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn some_answers_are_not_http() {
    let kit = Kit::start().await;
    assert!(raw(&kit, "/test/not-http").await.0.starts_with(b"SSH-"));
    assert!(raw(&kit, "/test/not-http?kind=header").await.0.windows(5).any(|window| window == b"\x1b[31m"));
    for kind in ["", "?kind=header"] {
        let url = kit.api_url(&format!("/test/not-http{kind}"));
        assert!(kit.http.get(url).send().await.is_err());
    }
}

#[tokio::test]
async fn bad_gzip_says_gzip_and_is_not() {
    let kit = Kit::start().await;
    let answer = raw_answer(&kit, "/test/bad-gzip").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-encoding: gzip"));
    assert_eq!(body, r#"{"this":"is not gzip"}"#);
}

#[tokio::test]
async fn huge_is_valid_json_of_exactly_that_size() {
    let kit = Kit::start().await;
    for bytes in [2_usize, 3, 4, 75, 76, 77, 150, 75_000, 1_000_003] {
        let answer = kit.api(&format!("/test/huge?bytes={bytes}")).await;
        assert_eq!((answer.text.len(), answer.header("content-length")), (bytes, bytes.to_string().as_str()));
        assert!(serde_json::from_str::<Vec<Value>>(&answer.text).is_ok(), "{bytes}");
    }
    assert_eq!(kit.api("/test/huge?bytes=99&length=no").await.header("content-length"), "");
}

#[tokio::test]
async fn a_gigabyte_starts_at_once() {
    let kit = Kit::start().await;
    let response = kit.http.get(kit.api_url("/test/huge")).send().await.unwrap();
    assert_eq!(response.content_length(), Some(1 << 30));
    let mut stream = response.bytes_stream();
    let mut read = 0;
    while read < 8 << 20 {
        read += stream.next().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn redirects_go_anywhere() {
    let kit = Kit::start().await;
    let answer = kit.api("/test/redirect-to?url=https%3A%2F%2Felsewhere.example%2Fa%3Fb%3Dc").await;
    assert_eq!((answer.status, answer.header("location")), (302, "https://elsewhere.example/a?b=c"));
    assert_eq!(kit.api("/test/redirect-to?url=/next&status=308").await.status, 308);
    assert_eq!(kit.api("/test/redirect-to").await.status, 400);
    assert_eq!(kit.api("/test/status/418").await.status, 418);
}

#[tokio::test]
async fn echo_hides_credentials() {
    let kit = Kit::start().await;
    let request = kit
        .http
        .put(kit.api_url("/test/echo?a=1&a=2"))
        .bearer_auth("s3cret-token")
        .header("cookie", "session=s3cret-cookie; theme")
        .header("x-plain", "seen")
        .body("hello");
    let answer = kit.answer(request).await;
    assert!(!answer.text.contains("s3cret"), "{}", answer.text);
    let echo = answer.json();
    assert_eq!((&echo["method"], &echo["body"], &echo["body_size"]), (&json!("PUT"), &json!("hello"), &json!(5)));
    assert_eq!(echo["query"], json!([["a", "1"], ["a", "2"]]));
    let headers = echo["headers"].as_array().unwrap();
    let expected = format!("Bearer sha256:{}", crate::demo::front::fingerprint("s3cret-token"));
    assert!(headers.contains(&json!(["authorization", expected])));
    assert!(headers.contains(&json!(["x-plain", "seen"])));
    let binary = kit.answer(kit.http.post(kit.api_url("/test/echo")).body(vec![0xff, 0x00])).await.json();
    assert_eq!((&binary["body"], &binary["body_base64"]), (&Value::Null, &json!("/wA=")));
}

#[tokio::test]
async fn control_characters_come_in_header_and_body() {
    let kit = Kit::start().await;
    let answer = kit.api("/test/control-chars").await;
    assert!(answer.headers["x-title"].as_bytes().starts_with("\u{9b}31m".as_bytes()));
    for sequence in ["\u{1b}[2J", "\u{1b}]0;", "\u{1b}]52;c;", "\u{202e}"] {
        assert!(answer.text.contains(sequence), "{sequence:?}");
    }
}

#[tokio::test]
async fn headers_come_in_any_number() {
    let kit = Kit::start().await;
    let answer = kit.api("/test/headers?n=90").await;
    assert_eq!(answer.header("x-test-0089"), "89");
    let many = raw_answer(&kit, "/test/headers?n=3000").await;
    assert_eq!(many.matches("x-test-").count(), 3_000);
}

/// An answer as it came, on a connection that is asked to close.
async fn raw_answer(kit: &Kit, path: &str) -> String {
    let host = format!("127.0.0.1:{}", kit.demo.api.port().unwrap());
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
