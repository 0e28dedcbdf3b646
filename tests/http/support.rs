//! Tiny servers on loopback that misbehave exactly as a test wants, and plans to send to them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bearcat::http::engine::{Engine, EngineOptions, SendEvent, SendFailure};
use bearcat::http::plan::{PlannedBody, PlannedHeader, PlannedPiece, PlannedValue, Protocol, RequestPlan};
use bearcat::model::exchange::Exchange;
use bearcat::redact::SecretText;
use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// No test waits longer than this for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Serves every connection with `handler`.
pub async fn serve<F, T>(handler: F) -> SocketAddr
where
    F: Fn(TcpStream) -> T + Send + Sync + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handler(stream));
        }
    });
    address
}

/// Answers each request of each connection by `answer`; remembers the requests.
pub async fn answering(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (SocketAddr, Requests) {
    let requests = Requests::default();
    let seen = requests.clone();
    let answer = Arc::new(answer);
    let address = serve(move |mut stream| {
        let (seen, answer) = (seen.clone(), Arc::clone(&answer));
        async move {
            while let Some(request) = read_request(&mut stream).await {
                let bytes = answer(&request);
                seen.0.lock().unwrap().push(request);
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    (address, requests)
}

/// Sends the same bytes to everybody who asks, then closes.
pub async fn saying(bytes: impl Into<Vec<u8>>) -> SocketAddr {
    let bytes: Arc<[u8]> = bytes.into().into();
    serve(move |mut stream| {
        let bytes = Arc::clone(&bytes);
        async move {
            read_request(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    })
    .await
}

/// The requests that a server has read.
#[derive(Clone, Default)]
pub struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub fn last(&self) -> String {
        self.all().pop().expect("the server was asked")
    }
}

/// The value of a header in a raw request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().take_while(|line| !line.is_empty()).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// One request, head and body (by Content-Length or chunks), or `None` at the end of the connection.
pub async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_more(stream, &mut bytes).await?;
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    if header(&text, "transfer-encoding").is_some() {
        while !bytes.ends_with(b"0\r\n\r\n") {
            read_more(stream, &mut bytes).await?;
        }
    }
    let length: usize = header(&text, "content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head + length {
        read_more(stream, &mut bytes).await?;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

async fn read_more(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> Option<()> {
    let mut buffer = vec![0; 16 * 1024];
    let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
    bytes.extend_from_slice(&buffer[..read]);
    Some(())
}

/// A whole response with a length.
pub fn response(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// A plan for a GET.
pub fn get(url: &str) -> RequestPlan {
    let url = Url::parse(url).unwrap();
    RequestPlan {
        method: "GET".to_owned(),
        shown_url: url.clone(),
        url,
        headers: Vec::new(),
        body: PlannedBody::default(),
        timeout: PATIENCE,
        connect_timeout: PATIENCE,
        max_redirects: 0,
        protocol: Protocol::Negotiated,
        cookie_jar: None,
        token: None,
        credentials_for: None,
        sessions: std::collections::BTreeSet::new(),
        guarded: std::collections::BTreeSet::new(),
        digest: None,
        tls: bearcat::http::plan::PlannedTls::default(),
        notes: Vec::new(),
    }
}

/// A plan for a POST of some text.
pub fn post(url: &str, body: &str) -> RequestPlan {
    let pieces = vec![PlannedPiece::Bytes(Bytes::copy_from_slice(body.as_bytes()))];
    RequestPlan { method: "POST".to_owned(), body: PlannedBody { pieces, secret: false }, ..get(url) }
}

pub fn plain(name: &str, value: &str) -> PlannedHeader {
    PlannedHeader { name: name.to_owned(), value: PlannedValue::Plain(value.to_owned()) }
}

pub fn secret(name: &str, value: &str) -> PlannedHeader {
    let value = PlannedValue::Secret { value: SecretText::new(value), shown: "••••••".to_owned() };
    PlannedHeader { name: name.to_owned(), value }
}

/// Options that do not depend on the machine's environment.
pub fn options() -> EngineOptions {
    EngineOptions { body_limit: 1024 * 1024, ..EngineOptions::default() }
}

pub fn engine() -> Engine {
    Engine::new(options()).unwrap()
}

/// Sends with a fresh engine and nobody who listens.
pub async fn send(plan: RequestPlan) -> Result<Exchange, Box<SendFailure>> {
    send_with(&engine(), plan).await
}

pub async fn send_with(engine: &Engine, plan: RequestPlan) -> Result<Exchange, Box<SendFailure>> {
    tokio::time::timeout(PATIENCE, engine.send(plan, &|_| {})).await.expect("the engine ends by itself")
}

/// The events as one word each, and everything else of the run.
pub async fn send_listening(
    engine: &Engine,
    plan: RequestPlan,
) -> (Result<Exchange, Box<SendFailure>>, Vec<&'static str>) {
    let events = Mutex::new(Vec::new());
    let result = engine
        .send(plan, &|event| {
            let word = match event {
                SendEvent::Connecting { .. } => "connecting",
                SendEvent::Sent => "sent",
                SendEvent::Uploading { .. } => "uploading",
                SendEvent::Redirected(_) => "redirected",
                SendEvent::Head(_) => "head",
                SendEvent::Progress { .. } => "progress",
            };
            events.lock().unwrap().push(word);
        })
        .await;
    (result, events.into_inner().unwrap())
}
