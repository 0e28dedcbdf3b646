//! The engine against servers that behave and servers that do not.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bearcat::http::engine::proxy::ProxySettings;
use bearcat::http::engine::{Engine, EngineOptions, SendError};
use bearcat::http::plan::{PlannedBody, PlannedPiece, PlannedValue, RequestPlan};
use bearcat::model::exchange::TokenUsed;
use bearcat::model::identity::IdentityName;
use bearcat::model::problem::ProblemKind;
use bearcat::model::request::TokenCarrier;
use bearcat::model::wire::TransportFault;
use bearcat::redact::SecretText;
use bytes::Bytes;
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use url::Url;

use crate::support::{
    PATIENCE, answering, engine, get, header, options, plain, post, read_request, response, saying, secret, send,
    send_listening, send_with, serve,
};

fn fault(error: &SendError) -> TransportFault {
    match error {
        SendError::Transport(error) => error.fault,
        SendError::File { .. } | SendError::Unverified { .. } | SendError::UnverifiedSecret { .. } => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_whole_exchange() {
    let (address, requests) = answering(|_| response("200 OK", &[("X-One", "1"), ("X-Two", "zwei")], "hello")).await;
    let mut plan = get(&format!("http://{address}/a?b=c"));
    plan.headers = vec![plain("X-Mine", "yes")];
    let (exchange, events) = send_listening(&engine(), plan).await;
    let exchange = exchange.unwrap();
    assert_eq!(events, ["connecting", "sent", "head", "progress"]);
    assert_eq!((exchange.head.status, exchange.head.reason.as_str()), (200, "OK"));
    assert_eq!(exchange.head.protocol, "HTTP/1.1");
    assert_eq!(exchange.head.remote_address, Some(address));
    let names: Vec<_> = exchange.head.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["x-one", "x-two", "content-length"]);
    assert_eq!(&exchange.body.bytes[..], b"hello");
    assert_eq!((exchange.body.wire_size, exchange.body.cut, &exchange.body.fault), (Some(5), false, &None));
    let timings = exchange.timings;
    assert!(timings.connect.is_some() && timings.first_byte.is_some() && timings.download.is_some());
    assert_eq!((timings.dns, timings.tls), (None, None));
    assert!(timings.total >= timings.connect.unwrap());
    let request = requests.last();
    assert!(request.starts_with("GET /a?b=c HTTP/1.1\r\n"), "{request}");
    for (name, value) in &exchange.request.headers {
        assert_eq!(header(&request, name), Some(value.as_str()), "{name}");
    }
    assert_eq!(exchange.request.headers[0].0, "Host");
    assert_eq!(header(&request, "accept-encoding"), Some("gzip, br, zstd, deflate"));
    assert!(header(&request, "user-agent").unwrap().starts_with("bearcat/"));
}

#[tokio::test]
async fn a_kept_connection_is_used_again_and_has_no_connect_time() {
    let (address, _) = answering(|_| response("200 OK", &[], "hello")).await;
    let engine = engine();
    let url = format!("http://{address}/");
    assert!(send_with(&engine, get(&url)).await.unwrap().timings.connect.is_some());
    let (second, events) = send_listening(&engine, get(&url)).await;
    let timings = second.unwrap().timings;
    assert_eq!((timings.dns, timings.connect, timings.tls), (None, None, None));
    assert!(timings.first_byte.is_some());
    assert_eq!(events, ["sent", "head", "progress"]);
}

#[rstest]
#[case("localhost")]
#[case("api.localhost")]
#[tokio::test]
async fn localhost_is_this_machine(#[case] name: &str) {
    let (address, requests) = answering(|_| response("200 OK", &[], "")).await;
    let exchange = send(get(&format!("http://{name}:{}/", address.port()))).await.unwrap();
    assert_eq!(exchange.head.status, 200);
    assert_eq!(header(&requests.last(), "host").unwrap(), format!("{name}:{}", address.port()));
}

#[tokio::test]
async fn refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(fault(&failure.error), TransportFault::Connect);
    let problem = failure.problem();
    assert_eq!(problem.title, format!("Nothing answers at `{address}`"));
    assert!(problem.detail.to_lowercase().contains("refused"), "{}", problem.detail);
    assert_eq!(failure.request.method, "GET");
}

#[tokio::test]
async fn no_such_name() {
    // A label of 64 characters has no address anywhere: the resolver need not ask the network.
    let failure = send(get(&format!("http://{}.invalid/", "a".repeat(64)))).await.unwrap_err();
    assert_eq!(fault(&failure.error), TransportFault::Dns, "{failure:?}");
}

#[rstest]
#[case::never_answers("", TransportFault::Timeout)]
#[case::stops_within_the_head("HTTP/1.1 200 OK\r\nX-Slow", TransportFault::Timeout)]
#[tokio::test]
async fn a_server_that_hangs(#[case] says: &'static str, #[case] expected: TransportFault) {
    let address = serve(move |mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(says.as_bytes()).await.unwrap();
        let _ = stream.read(&mut [0; 1]).await;
    })
    .await;
    let plan = RequestPlan { timeout: Duration::from_millis(150), ..get(&format!("http://{address}/")) };
    let failure = send(plan).await.unwrap_err();
    assert_eq!(fault(&failure.error), expected);
    assert!(failure.problem().detail.contains("no answer within 150 ms"), "{:?}", failure.error);
    assert!(failure.timings.connect.is_some());
}

#[tokio::test]
async fn a_head_that_comes_byte_by_byte_is_a_head() {
    let address = serve(|mut stream| async move {
        read_request(&mut stream).await;
        for byte in response("201 Created", &[("X-Slow", "yes")], "done") {
            stream.write_all(&[byte]).await.unwrap();
            stream.flush().await.unwrap();
            tokio::task::yield_now().await;
        }
    })
    .await;
    let exchange = send(get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!((exchange.head.status, &exchange.body.bytes[..]), (201, &b"done"[..]));
}

#[rstest]
#[case::closes_at_once("", TransportFault::Interrupted)]
#[case::closes_within_the_head("HTTP/1.1 200 OK\r\nContent-Le", TransportFault::Interrupted)]
#[case::another_protocol("SSH-2.0-OpenSSH_9.9\r\n", TransportFault::Malformed)]
#[case::bad_status_line("HTTP/1.1 abc\r\n\r\n", TransportFault::Malformed)]
#[case::bad_length("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", TransportFault::Malformed)]
#[case::bytes_of_a_tls_alert("\u{15}\u{3}\u{3}\0\u{2}\u{2}\u{50}", TransportFault::Malformed)]
#[tokio::test]
async fn no_proper_answer(#[case] says: &str, #[case] expected: TransportFault) {
    let address = saying(says).await;
    let failure = send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(fault(&failure.error), expected, "{:?}", failure.error);
}

#[rstest]
#[case::one_field("X-Big: ", 2 * 1024 * 1024)]
#[case::many_fields("", 0)]
#[tokio::test]
async fn a_head_that_is_too_large(#[case] field: &str, #[case] length: usize) {
    let mut head = b"HTTP/1.1 200 OK\r\n".to_vec();
    if length > 0 {
        head.extend_from_slice(field.as_bytes());
        head.resize(head.len() + length, b'x');
    } else {
        (0..1000).for_each(|n| head.extend_from_slice(format!("X-{n}: 1\r\n").as_bytes()));
    }
    head.extend_from_slice(b"\r\n\r\n");
    let address = saying(head).await;
    let failure = send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(fault(&failure.error), TransportFault::TooLarge, "{:?}", failure.error);
}

#[tokio::test]
async fn a_reset_before_the_head() {
    let address = serve(|mut stream| async move {
        read_request(&mut stream).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let failure = send(get(&format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(fault(&failure.error), TransportFault::Interrupted, "{:?}", failure.error);
}

/// What has arrived stays, and the fault says what happened.
#[rstest]
#[case::shorter_than_announced("Content-Length: 100\r\n\r\nhello", "hello", "after 5 of 100 bytes")]
#[case::chunk_missing("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello", "ended early")]
#[case::bad_chunk("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", "hello", "Invalid chunk")]
#[case::gzip_that_is_none("Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "", "not proper gzip")]
#[case::zstd_that_is_none("Content-Encoding: zstd\r\nContent-Length: 5\r\n\r\nhello", "", "not proper zstd")]
#[case::deflate_that_is_none("Content-Encoding: deflate\r\nContent-Length: 5\r\n\r\nhello", "", "not proper deflate")]
#[case::unknown_coding("Content-Encoding: rot13\r\nContent-Length: 5\r\n\r\nuryyb", "uryyb", "`rot13` is not known")]
#[tokio::test]
async fn a_body_with_a_fault(#[case] rest: &str, #[case] kept: &str, #[case] words: &str) {
    let address = saying(format!("HTTP/1.1 200 OK\r\n{rest}")).await;
    let exchange = send(get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!(exchange.head.status, 200);
    assert_eq!(String::from_utf8_lossy(&exchange.body.bytes), kept);
    let fault = exchange.body.fault.expect("a fault");
    assert!(fault.contains(words), "{fault}");
    assert!(!exchange.body.cut);
}

#[tokio::test]
async fn a_reset_within_the_body_keeps_what_has_arrived() {
    let arrived = Arc::new(Notify::new());
    let go = Arc::clone(&arrived);
    let address = serve(move |mut stream| {
        let go = Arc::clone(&go);
        async move {
            read_request(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello").await.unwrap();
            go.notified().await;
            stream.set_zero_linger().unwrap();
        }
    })
    .await;
    let engine = engine();
    let exchange = engine
        .send(get(&format!("http://{address}/")), &|event| {
            if matches!(event, bearcat::http::engine::SendEvent::Progress { .. }) {
                arrived.notify_one();
            }
        })
        .await
        .unwrap();
    assert_eq!(&exchange.body.bytes[..], b"hello");
    assert_eq!(exchange.body.fault.as_deref(), Some("the connection closed after 5 of 100 bytes"));
    assert_eq!(exchange.body.wire_size, Some(100));
}

#[tokio::test]
async fn a_body_that_stops_is_kept_with_a_fault() {
    let address = serve(|mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello").await.unwrap();
        let _ = stream.read(&mut [0; 1]).await;
    })
    .await;
    let plan = RequestPlan { timeout: Duration::from_millis(150), ..get(&format!("http://{address}/")) };
    let exchange = send(plan).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"hello");
    assert_eq!(exchange.body.fault.as_deref(), Some("nothing more came for 150 ms"));
}

async fn encoded(coding: &str, bytes: &[u8]) -> Vec<u8> {
    use async_compression::tokio::write::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
    macro_rules! encode {
        ($encoder:ident) => {{
            let mut encoder = $encoder::new(Vec::new());
            encoder.write_all(bytes).await.unwrap();
            encoder.shutdown().await.unwrap();
            encoder.into_inner()
        }};
    }
    match coding {
        "gzip" => encode!(GzipEncoder),
        "br" => encode!(BrotliEncoder),
        "zstd" => encode!(ZstdEncoder),
        _ => encode!(ZlibEncoder),
    }
}

#[rstest]
#[case("gzip")]
#[case("br")]
#[case("zstd")]
#[case("deflate")]
#[tokio::test]
async fn content_codings_are_undone_and_still_shown(#[case] coding: &'static str) {
    let text = "hello ".repeat(1000);
    let wire = encoded(coding, text.as_bytes()).await;
    let size = wire.len() as u64;
    let (address, _) = answering(move |_| response("200 OK", &[("Content-Encoding", coding)], &wire)).await;
    let exchange = send(get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!(exchange.body.bytes.len(), text.len());
    assert_eq!((exchange.body.wire_size, &exchange.body.fault), (Some(size), &None));
    assert_eq!(exchange.head.header("content-encoding"), Some(coding));
    assert_eq!(exchange.head.header("content-length"), Some(size.to_string().as_str()));
}

#[rstest]
#[case::head("HEAD", "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 70\r\n\r\n")]
#[case::no_content("GET", "204 No Content\r\nContent-Encoding: gzip\r\n\r\n")]
#[case::not_modified("GET", "304 Not Modified\r\nContent-Encoding: gzip\r\nContent-Length: 70\r\n\r\n")]
#[tokio::test]
async fn no_body_is_no_fault(#[case] method: &str, #[case] rest: &str) {
    let address = saying(format!("HTTP/1.1 {rest}")).await;
    let plan = RequestPlan { method: method.to_owned(), ..get(&format!("http://{address}/")) };
    let exchange = send(plan).await.unwrap();
    assert_eq!((exchange.body.bytes.len(), exchange.body.fault), (0, None));
}

/// Serves `piece` for ever; the notification says that the client hung up.
async fn endless(head: &'static str, piece: Vec<u8>) -> (std::net::SocketAddr, Arc<Notify>) {
    let closed = Arc::new(Notify::new());
    let told = Arc::clone(&closed);
    let piece: Arc<[u8]> = piece.into();
    let address = serve(move |mut stream| {
        let (told, piece) = (Arc::clone(&told), Arc::clone(&piece));
        async move {
            read_request(&mut stream).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            while stream.write_all(&piece).await.is_ok() {}
            told.notify_one();
        }
    })
    .await;
    (address, closed)
}

#[rstest]
#[case::plain("", "")]
#[case::bomb("gzip", "zeros")]
#[case::decodes_to_nothing("gzip", "nothing")]
#[tokio::test]
async fn an_endless_body_is_cut_and_the_server_sees_it(#[case] coding: &str, #[case] content: &str) {
    let (head, piece) = match content {
        "zeros" => {
            // Another member follows each time: the decoded stream never ends.
            let member = encoded(coding, &vec![0; 8 * 1024 * 1024]).await;
            ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", member)
        }
        "nothing" => ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", encoded(coding, b"").await.repeat(1000)),
        _ => ("HTTP/1.1 200 OK\r\n\r\n", vec![b'x'; 64 * 1024]),
    };
    let (address, closed) = endless(head, piece).await;
    let exchange = send(get(&format!("http://{address}/"))).await.unwrap();
    assert!(exchange.body.cut, "{:?}", exchange.body);
    assert_eq!(exchange.body.fault, None);
    let expected = if content == "nothing" { 0 } else { 1024 * 1024 };
    assert_eq!(exchange.body.bytes.len(), expected);
    tokio::time::timeout(PATIENCE, closed.notified()).await.expect("the server sees the connection close");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_not_cut() {
    let (address, _) = answering(|_| response("200 OK", &[], vec![b'x'; 1024 * 1024])).await;
    let exchange = send(get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!((exchange.body.bytes.len(), exchange.body.cut), (1024 * 1024, false));
}

#[rstest]
#[case::within_the_body("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")]
#[case::before_the_head("")]
#[tokio::test]
async fn dropping_the_future_closes_the_connection(#[case] says: &'static str) {
    let (read, closed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (was_read, told) = (Arc::clone(&read), Arc::clone(&closed));
    let address = serve(move |mut stream| {
        let (was_read, told) = (Arc::clone(&was_read), Arc::clone(&told));
        async move {
            read_request(&mut stream).await;
            stream.write_all(says.as_bytes()).await.unwrap();
            was_read.notify_one();
            assert!(matches!(stream.read(&mut [0; 1]).await, Ok(0) | Err(_)));
            told.notify_one();
        }
    })
    .await;
    let engine = engine();
    tokio::select! {
        result = engine.send(get(&format!("http://{address}/")), &|_| {}) => panic!("{result:?}"),
        () = read.notified() => {}
    }
    tokio::time::timeout(PATIENCE, closed.notified()).await.expect("the server sees the connection close");
}

// Redirects.

fn redirect(status: &str, location: &str) -> Vec<u8> {
    response(status, &[("Location", location)], "moved")
}

#[rstest]
#[case("301 Moved Permanently", "POST", "GET", "")]
#[case("302 Found", "POST", "GET", "")]
#[case("302 Found", "PUT", "PUT", "body")]
#[case("303 See Other", "POST", "GET", "")]
#[case("303 See Other", "PUT", "GET", "")]
#[case("307 Temporary Redirect", "POST", "POST", "body")]
#[case("308 Permanent Redirect", "POST", "POST", "body")]
#[tokio::test]
async fn a_redirect_keeps_or_changes_the_method(
    #[case] status: &'static str,
    #[case] method: &str,
    #[case] then: &str,
    #[case] body: &str,
) {
    let (address, requests) = answering(move |request| {
        if request.contains(" /next") { response("200 OK", &[], "done") } else { redirect(status, "next?x=1#f") }
    })
    .await;
    let mut plan =
        RequestPlan { method: method.to_owned(), max_redirects: 1, ..post(&format!("http://{address}/first"), "body") };
    plan.headers = vec![plain("Content-Type", "text/plain"), secret("Authorization", "Bearer same-origin-token")];
    let (exchange, events) = send_listening(&engine(), plan).await;
    let exchange = exchange.unwrap();
    assert_eq!(events, ["connecting", "sent", "redirected", "sent", "head", "progress"]);
    assert_eq!(exchange.hops.len(), 1);
    assert!(!exchange.hops[0].credentials_dropped);
    assert_eq!(exchange.hops[0].head.header("location"), Some("next?x=1#f"));
    assert_eq!(exchange.request.url.as_str(), format!("http://{address}/next?x=1"));
    let last = requests.last();
    assert!(last.starts_with(&format!("{then} /next?x=1 HTTP/1.1\r\n")), "{last}");
    assert_eq!(last.split_once("\r\n\r\n").unwrap().1, body);
    assert_eq!(header(&last, "content-type").is_some(), !body.is_empty());
    assert_eq!(header(&last, "authorization"), Some("Bearer same-origin-token"));
}

#[tokio::test]
async fn credentials_never_follow_to_another_origin() {
    let (foreign, foreign_requests) = answering(|_| response("200 OK", &[], "")).await;
    let location = format!("http://user:pass@{foreign}/there");
    let (address, _) = answering(move |_| redirect("307 Temporary Redirect", &location)).await;
    let mut plan = RequestPlan { max_redirects: 3, ..post(&format!("http://{address}/"), "body") };
    plan.headers = vec![
        secret("Authorization", "Bearer cross-origin-token"),
        plain("Cookie", "session=written-in-plain"),
        secret("X-Tenant-Secret", "tainted-header-value"),
        plain("Proxy-Authorization", "Basic eA=="),
        plain("Host", "api.example.test"),
        plain("X-Plain", "stays"),
    ];
    let exchange = send(plan).await.unwrap();
    assert!(exchange.hops[0].credentials_dropped);
    let request = foreign_requests.last();
    assert!(request.starts_with("POST /there"), "{request}");
    for gone in ["authorization", "cookie", "x-tenant-secret", "proxy-authorization"] {
        assert_eq!(header(&request, gone), None, "{gone}");
    }
    assert_eq!(header(&request, "x-plain"), Some("stays"));
    assert_eq!(header(&request, "host"), Some(foreign.to_string().as_str()));
    assert!(request.ends_with("body"));
}

#[tokio::test]
async fn a_secret_body_is_not_repeated_to_another_origin() {
    let (foreign, foreign_requests) = answering(|_| response("200 OK", &[], "")).await;
    let location = format!("http://{foreign}/");
    let (address, _) = answering(move |_| redirect("307 Temporary Redirect", &location)).await;
    let mut plan = RequestPlan { max_redirects: 3, ..post(&format!("http://{address}/"), "client_secret=x") };
    plan.body.secret = true;
    let exchange = send(plan).await.unwrap();
    assert_eq!((exchange.head.status, exchange.hops.len()), (307, 0));
    assert!(foreign_requests.all().is_empty());
}

#[rstest]
#[case::as_it_is("sec-ret.of-the_user~4711")]
#[case::percent_encoded("sec%20ret%2Fof-the%2Buser-4711")]
#[case::encoded_without_need("%73ec-ret.of-the_user~4711")]
#[tokio::test]
async fn a_secret_is_not_led_to_another_origin_in_a_url(#[case] written: &'static str) {
    let _known = [SecretText::new("sec ret/of-the+user-4711"), SecretText::new("sec-ret.of-the_user~4711")];
    let (foreign, foreign_requests) = answering(|_| response("200 OK", &[], "")).await;
    let location = format!("http://{foreign}/there?x={written}");
    let (address, _) = answering(move |_| redirect("302 Found", &location)).await;
    let plan = RequestPlan { max_redirects: 3, ..get(&format!("http://{address}/")) };
    let exchange = send(plan).await.unwrap();
    assert_eq!((exchange.head.status, exchange.hops.len()), (302, 0));
    assert!(foreign_requests.all().is_empty());
}

#[tokio::test]
async fn a_file_of_this_machine_is_not_repeated_to_another_origin() {
    let (foreign, foreign_requests) = answering(|_| response("200 OK", &[], "")).await;
    let location = format!("http://{foreign}/");
    let (address, _) = answering(move |_| redirect("307 Temporary Redirect", &location)).await;
    let mut plan = RequestPlan { max_redirects: 3, ..post(&format!("http://{address}/"), "") };
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSE-MIT");
    plan.body.pieces = vec![PlannedPiece::File(file)];
    let exchange = send(plan).await.unwrap();
    assert_eq!((exchange.head.status, exchange.hops.len()), (307, 0));
    assert!(foreign_requests.all().is_empty());
}

#[rstest]
#[case::none(0, 0)]
#[case::loops(5, 5)]
#[tokio::test]
async fn too_many_redirects_end_with_the_last_response(#[case] allowed: u32, #[case] hops: usize) {
    let (address, requests) = answering(|_| redirect("302 Found", "/again")).await;
    let plan = RequestPlan { max_redirects: allowed, ..get(&format!("http://{address}/")) };
    let exchange = send(plan).await.unwrap();
    assert_eq!((exchange.head.status, exchange.hops.len()), (302, hops));
    assert_eq!(&exchange.body.bytes[..], b"moved");
    assert_eq!(requests.all().len(), hops + 1);
}

#[rstest]
#[case::no_location("302 Found\r\nContent-Length: 0\r\n\r\n")]
#[case::another_scheme("302 Found\r\nLocation: myapp://callback\r\nContent-Length: 0\r\n\r\n")]
#[case::nonsense("302 Found\r\nLocation: http://[::\r\nContent-Length: 0\r\n\r\n")]
#[case::not_a_redirect("304 Not Modified\r\nLocation: /x\r\n\r\n")]
#[tokio::test]
async fn a_redirect_to_nowhere_is_a_response(#[case] rest: &str) {
    let address = saying(format!("HTTP/1.1 {rest}")).await;
    let plan = RequestPlan { max_redirects: 5, ..get(&format!("http://{address}/")) };
    let exchange = send(plan).await.unwrap();
    assert!(exchange.hops.is_empty());
}

#[tokio::test]
async fn a_hop_that_fails_keeps_the_earlier_ones() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let location = format!("http://{dead}/");
    let (address, _) = answering(move |_| redirect("302 Found", &location)).await;
    let plan = RequestPlan { max_redirects: 1, ..get(&format!("http://{address}/")) };
    let failure = send(plan).await.unwrap_err();
    assert_eq!((fault(&failure.error), failure.hops.len()), (TransportFault::Connect, 1));
    assert_eq!(failure.request.url.as_str(), format!("http://{dead}/"));
}

// Cookies.

fn with_jar(url: &str, jar: Option<&str>) -> RequestPlan {
    RequestPlan { cookie_jar: jar.map(str::to_owned), ..get(url) }
}

#[tokio::test]
async fn cookies_go_into_the_jar_and_come_back() {
    let (address, requests) = answering(|request| {
        if request.contains(" /set") {
            let body = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: deep=2; Path=/deep\r\n\
                         Set-Cookie: old=3; Max-Age=0\r\nSet-Cookie: foreign=4; Domain=example.test\r\n\
                         Content-Length: 0\r\n\r\n";
            return body.to_vec();
        }
        response("200 OK", &[], "")
    })
    .await;
    let engine = engine();
    let url = |path: &str| format!("http://{address}{path}");
    let cookie = || header(&requests.last(), "cookie").map(str::to_owned);
    send_with(&engine, with_jar(&url("/set"), None)).await.unwrap();
    send_with(&engine, with_jar(&url("/"), Some("dev"))).await.unwrap();
    assert_eq!(cookie(), None, "without a jar nothing is kept");
    send_with(&engine, with_jar(&url("/set"), Some("dev"))).await.unwrap();
    let exchange = send_with(&engine, with_jar(&url("/"), Some("dev"))).await.unwrap();
    assert_eq!(cookie().as_deref(), Some("a=1"));
    assert!(exchange.request.headers.contains(&("Cookie".to_owned(), "a=••••••".to_owned())));
    send_with(&engine, with_jar(&url("/deep/er"), Some("dev"))).await.unwrap();
    let deep = cookie().unwrap();
    assert!(deep.contains("a=1") && deep.contains("deep=2"), "{deep}");
    send_with(&engine, with_jar(&url("/"), Some("prod"))).await.unwrap();
    assert_eq!(cookie(), None, "another environment has another jar");
    send_with(&engine, with_jar(&url("/"), None)).await.unwrap();
    assert_eq!(cookie(), None, "no jar, no cookies");
    engine.forget_cookies("dev");
    send_with(&engine, with_jar(&url("/"), Some("dev"))).await.unwrap();
    assert_eq!(cookie(), None);
}

#[tokio::test]
async fn planned_cookies_win_and_a_session_does_not_mix() {
    let (address, requests) = answering(|request| {
        if request.contains(" /set") {
            let head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=jar\r\nSet-Cookie: access_token1=jar\r\n\
                         Set-Cookie: refresh_token=jar\r\nSet-Cookie: b=jar\r\nContent-Length: 0\r\n\r\n";
            return head.to_vec();
        }
        response("200 OK", &[], "")
    })
    .await;
    let engine = engine();
    send_with(&engine, with_jar(&format!("http://{address}/set"), Some(""))).await.unwrap();
    let mut plan = with_jar(&format!("http://{address}/"), Some(""));
    plan.headers = vec![secret("Cookie", "a=mine; access_token=at; id_token=it")];
    plan.token = Some(TokenUsed {
        identity: IdentityName::new("jane"),
        carrier: TokenCarrier::Cookie,
        jti: None,
        fingerprint: String::new(),
    });
    send_with(&engine, plan).await.unwrap();
    assert_eq!(header(&requests.last(), "cookie"), Some("a=mine; access_token=at; id_token=it; b=jar"));
}

// Bodies.

#[tokio::test]
async fn files_are_streamed_with_their_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.bin");
    let content = "0123456789abcdef".repeat(20_000);
    std::fs::write(&path, &content).unwrap();
    let (address, requests) = answering(|_| response("200 OK", &[], "")).await;
    for method in ["POST", "GET"] {
        let mut plan = RequestPlan { method: method.to_owned(), ..post(&format!("http://{address}/"), "before:") };
        plan.body.pieces.push(PlannedPiece::File(path.clone()));
        plan.body.pieces.push(PlannedPiece::Bytes(Bytes::from_static(b":after")));
        let exchange = send(plan).await.unwrap();
        let request = requests.last();
        let size = content.len() + "before::after".len();
        assert_eq!(header(&request, "content-length"), Some(size.to_string().as_str()));
        assert_eq!(exchange.request.body_size, size as u64);
        assert_eq!(request.split_once("\r\n\r\n").unwrap().1, format!("before:{content}:after"));
    }
}

#[tokio::test]
async fn a_large_body_and_an_empty_one() {
    let (address, requests) = answering(|_| response("200 OK", &[], "")).await;
    let large = "x".repeat(300_000);
    send(post(&format!("http://{address}/"), &large)).await.unwrap();
    assert_eq!(requests.last().split_once("\r\n\r\n").unwrap().1.len(), large.len());
    send(RequestPlan { body: PlannedBody::default(), ..post(&format!("http://{address}/"), "") }).await.unwrap();
    assert_eq!(header(&requests.last(), "content-length"), Some("0"));
    let mut chunked = post(&format!("http://{address}/"), &large);
    chunked.headers = vec![plain("Transfer-Encoding", "chunked")];
    send(chunked).await.unwrap();
    assert_eq!(header(&requests.last(), "content-length"), None);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (address, requests) = answering(|_| response("200 OK", &[], "")).await;
    for (path, words) in
        [(folder.path().join("missing.json"), "there is no such file"), (folder.path().to_owned(), "it is not a file")]
    {
        let mut plan = post(&format!("http://{address}/"), "");
        plan.body.pieces = vec![PlannedPiece::File(path.clone())];
        let failure = send(plan).await.unwrap_err();
        let problem = failure.problem();
        assert!(problem.title.contains(&path.display().to_string()), "{problem}");
        assert_eq!((problem.kind, problem.detail.as_str()), (ProblemKind::Input, words));
    }
    assert!(requests.all().is_empty());
}

// Secrets.

#[tokio::test]
async fn no_debug_text_holds_a_secret() {
    const TOKEN: &str = "canary-token-0123456789";
    let (address, _) = answering(|request| {
        let echoed = header(request, "authorization").unwrap_or_default().to_owned();
        if request.contains(" /ok") {
            return response("200 OK", &[("X-Echo", &echoed), ("Location", &format!("/?t={TOKEN}"))], TOKEN);
        }
        redirect("302 Found", &format!("/ok?token={TOKEN}"))
    })
    .await;
    let plan = |url: &str| {
        let mut plan = RequestPlan { max_redirects: 1, cookie_jar: Some(String::new()), ..post(url, TOKEN) };
        let shown = "Bearer ••••••".to_owned();
        let value = PlannedValue::Secret { value: SecretText::new(TOKEN), shown };
        plan.headers = vec![bearcat::http::plan::PlannedHeader { name: "Authorization".to_owned(), value }];
        plan.url.set_query(Some(&format!("t={TOKEN}")));
        plan.shown_url.set_query(Some("t=***"));
        plan
    };
    let good = plan(&format!("http://{address}/"));
    let planned = format!("{good:?}");
    let events = Mutex::new(Vec::new());
    let engine = engine();
    let exchange = engine.send(good, &|event| events.lock().unwrap().push(format!("{event:?}"))).await.unwrap();
    assert_eq!(exchange.hops.len(), 1);
    assert!(exchange.body.bytes.starts_with(TOKEN.as_bytes()));
    let failure = send(plan("http://127.0.0.1:1/")).await.unwrap_err();
    let texts = [
        planned,
        format!("{exchange:?}"),
        format!("{failure:?} {}", failure.problem()),
        events.into_inner().unwrap().concat(),
        format!("{engine:?}"),
    ];
    for text in texts {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

// Proxies and the cost of an engine.

#[tokio::test]
async fn a_proxy_is_used_but_never_for_loopback() {
    let (proxy, requests) = answering(|_| response("200 OK", &[], "proxied")).await;
    let proxy = ProxySettings {
        http: Some(format!("http://user:secret@{proxy}")),
        no: Some("direct.test".to_owned()),
        ..ProxySettings::default()
    };
    assert!(!format!("{proxy:?}").contains("secret"));
    let engine = Engine::new(EngineOptions { proxy, ..options() }).unwrap();
    let exchange = send_with(&engine, get("http://api.example.test/x")).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"proxied");
    assert!(requests.last().starts_with("GET http://api.example.test/x HTTP/1.1\r\n"), "{}", requests.last());
    assert_eq!(header(&requests.last(), "proxy-authorization"), Some("Basic dXNlcjpzZWNyZXQ="));
    let (address, _) = answering(|_| response("200 OK", &[], "direct")).await;
    let exchange = send_with(&engine, get(&format!("http://{address}/"))).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"direct");
}

#[tokio::test]
async fn a_proxy_that_is_none_is_named_without_its_password() {
    let proxy = ProxySettings { all: Some("http://user:secret@".to_owned()), ..ProxySettings::default() };
    let engine = Engine::new(EngineOptions { proxy, ..options() }).unwrap();
    let failure = send_with(&engine, get("http://api.example.test/")).await.unwrap_err();
    let text = format!("{failure:?}");
    assert!(text.contains("ALL_PROXY") && !text.contains("secret"), "{text}");
}

#[tokio::test]
async fn an_engine_with_mistakes_still_sends_what_does_not_need_them() {
    let options = EngineOptions { ca_file: Some("/no/such/file.pem".into()), ..options() };
    let engine = Engine::new(options).unwrap();
    let (address, _) = answering(|_| response("200 OK", &[], "")).await;
    assert_eq!(send_with(&engine, get(&format!("http://{address}/"))).await.unwrap().head.status, 200);
    let failure = send_with(&engine, get(&format!("https://{address}/"))).await.unwrap_err();
    assert!(failure.problem().detail.contains("/no/such/file.pem"), "{}", failure.problem());
    assert!(Engine::new(EngineOptions { user_agent: "a\nb".to_owned(), ..EngineOptions::default() }).is_err());
}

#[tokio::test]
async fn the_future_can_move_between_threads() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let (address, _) = answering(|_| response("200 OK", &[], "")).await;
    let engine = engine();
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    assert_eq!(assert_send(engine.send(get(url.as_str()), &|_| {})).await.unwrap().head.status, 200);
}
