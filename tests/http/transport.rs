//! The transport of the sign-in engine.

use std::sync::Arc;
use std::time::Duration;

use bearcat::http::transport::{HttpTransport, LARGEST_ANSWER};
use bearcat::model::port::Transport;
use bearcat::model::wire::{FieldValue, TransportError, TransportFault, WireRequest, WireResponse};
use bearcat::redact::SecretText;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

use crate::support::{PATIENCE, answering, engine, header, read_request, response, saying, serve};

fn transport() -> HttpTransport {
    HttpTransport::new(Arc::new(engine()))
}

async fn carry(transport: &HttpTransport, request: WireRequest) -> Result<WireResponse, TransportError> {
    tokio::time::timeout(PATIENCE, transport.send(request)).await.expect("the transport ends by itself")
}

#[tokio::test]
async fn a_form_goes_out_and_json_comes_back() {
    let (address, requests) =
        answering(|_| response("400 Bad Request", &[("X-A", "1"), ("X-B", "\u{fc}")], r#"{"error":"x"}"#)).await;
    let url = Url::parse(&format!("http://{address}/oauth2/token")).unwrap();
    let form = vec![
        ("audience".to_owned(), FieldValue::Plain("a b".to_owned())),
        ("audience".to_owned(), FieldValue::Plain("c&d".to_owned())),
        ("code".to_owned(), FieldValue::Secret(SecretText::new("form-secret-value"))),
    ];
    let mut request = WireRequest::post("token request", url, form);
    request.headers = vec![("Authorization", FieldValue::Secret(SecretText::new("Basic Zm9v")))];
    let answer = carry(&transport(), request).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (400, &br#"{"error":"x"}"#[..]));
    assert_eq!((answer.header("x-a"), answer.header("x-b")), (Some("1"), None));
    let request = requests.last();
    assert!(request.starts_with("POST /oauth2/token HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\naudience=a+b&audience=c%26d&code=form-secret-value"), "{request}");
    assert_eq!(header(&request, "accept"), Some("application/json"));
    assert_eq!(header(&request, "content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(header(&request, "authorization"), Some("Basic Zm9v"));
}

#[tokio::test]
async fn redirects_and_cookies_are_left_alone() {
    let (address, requests) =
        answering(|_| response("307 Temporary Redirect", &[("Location", "/next"), ("Set-Cookie", "a=b")], "")).await;
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let transport = transport();
    for _ in 0..2 {
        let answer = carry(&transport, WireRequest::get("discovery", url.clone())).await.unwrap();
        assert_eq!((answer.status, answer.header("location")), (307, Some("/next")));
    }
    let all = requests.all();
    assert_eq!(all.len(), 2);
    assert!(
        all.iter().all(|request| header(request, "cookie").is_none() && header(request, "authorization").is_none())
    );
}

#[tokio::test]
async fn faults_are_told_apart() {
    let closed = saying("").await;
    let ssh = saying("SSH-2.0-OpenSSH_9.9\r\n").await;
    let short = saying("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let refused = listener.local_addr().unwrap();
    drop(listener);
    for (address, expected) in [
        (closed, TransportFault::Interrupted),
        (ssh, TransportFault::Malformed),
        (short, TransportFault::Interrupted),
        (refused, TransportFault::Connect),
    ] {
        let url = Url::parse(&format!("http://{address}/?secret=in-the-url")).unwrap();
        let error = carry(&transport(), WireRequest::get("key set", url)).await.unwrap_err();
        assert_eq!((error.fault, error.host.as_str()), (expected, address.to_string().as_str()), "{error}");
        assert!(!format!("{error:?}").contains("in-the-url"));
    }
    let url = Url::parse("ftp://127.0.0.1/").unwrap();
    let error = carry(&transport(), WireRequest::get("key set", url)).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::Other);
}

#[tokio::test]
async fn an_answer_is_bounded_in_size_and_time() {
    let (large, _) = answering(|_| response("200 OK", &[], vec![b'x'; LARGEST_ANSWER as usize + 1])).await;
    let url = Url::parse(&format!("http://{large}/")).unwrap();
    let error = carry(&transport(), WireRequest::get("key set", url)).await.unwrap_err();
    assert_eq!(error.fault, TransportFault::TooLarge);
    // A server that keeps dripping is not idle, and still too late.
    let drip = serve(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut pace = tokio::time::interval(Duration::from_millis(5));
        let drip = async {
            while write.write_all(b"x").await.is_ok() {
                pace.tick().await;
            }
        };
        tokio::select! {
            () = drip => {}
            _ = read.read_u8() => {}
        }
    })
    .await;
    let url = Url::parse(&format!("http://{drip}/")).unwrap();
    let hasty = transport().with_timeout(Duration::from_millis(150));
    let error = carry(&hasty, WireRequest::get("key set", url)).await.unwrap_err();
    assert_eq!((error.fault, error.message.as_str()), (TransportFault::Timeout, "no whole answer within 150 ms"));
}
