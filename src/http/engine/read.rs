//! Reads a response's body: decodes it, bounds it, and keeps what has arrived when something goes wrong.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use ::http::{HeaderMap, Method};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;

use crate::http::engine::connect;
use crate::http::engine::fault;
use crate::http::engine::stop;
use crate::model::wire::TransportFault;
use crate::redact;

/// How much is decoded at a time.
const PIECE: usize = 32 * 1024;

/// How far a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Bytes that are kept, after decoding.
    pub(crate) limit: u64,
    /// How long nothing may arrive.
    pub(crate) idle: Duration,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) bytes: Vec<u8>,
    /// There was more than the limit.
    pub(crate) cut: bool,
    /// Bytes before decoding; the announced length where the body did not end by itself.
    pub(crate) wire_size: Option<u64>,
    /// Why it ended early.
    pub(crate) fault: Option<(TransportFault, String)>,
    /// The user ended it.
    pub(crate) stopped: bool,
}

type Wire = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Where the pieces of a body come from.
enum Source {
    Plain(Wire),
    Decoded { reader: Pin<Box<dyn AsyncRead + Send>>, coding: &'static str },
}

/// Reads the body of a response to its end, the limit or a fault. `progress` is told of every piece.
pub(crate) async fn body(
    response: reqwest::Response,
    method: &Method,
    bounds: Bounds,
    mut progress: impl FnMut(u64, Bytes, Option<u64>),
) -> Read {
    let announced = length(response.headers());
    let coding = coding(response.headers());
    let expected = announced.filter(|_| matches!(coding, Coding::None));
    let received = Arc::new(AtomicU64::new(0));
    let wire = counted(response, Arc::clone(&received), bounds.limit);
    let mut read = Read::default();
    let mut source = match coding {
        Coding::None => Source::Plain(wire),
        Coding::Known(name) => Source::Decoded { reader: decoder(name, wire), coding: name },
        Coding::Unknown(name) => {
            let words = format!("the content coding `{name}` is not known; the bytes are shown as they came");
            read.fault = Some((TransportFault::Malformed, words));
            Source::Plain(wire)
        }
    };
    let stop = stop::signal();
    let mut heard = 0;
    loop {
        let next = tokio::select! {
            biased;
            () = stop.cancelled() => {
                read.stopped = true;
                break;
            }
            next = tokio::time::timeout(bounds.idle, source.next()) => next,
        };
        let piece = match next {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => {
                read.wire_size = Some(received.load(Ordering::Relaxed));
                break;
            }
            Ok(Err(error)) => {
                read.end_early(&error, &source, received.load(Ordering::Relaxed), announced);
                break;
            }
            // What comes may decode to nothing for long: that is no silence.
            Err(_) if received.load(Ordering::Relaxed) > heard => {
                heard = received.load(Ordering::Relaxed);
                continue;
            }
            Err(_) => {
                let words = format!("nothing more came for {}", connect::words(bounds.idle));
                read.fault = Some((TransportFault::Timeout, words));
                break;
            }
        };
        heard = received.load(Ordering::Relaxed);
        let room = bounds.limit.saturating_sub(read.bytes.len() as u64);
        let kept = piece.slice(..piece.len().min(usize::try_from(room).unwrap_or(usize::MAX)));
        read.cut = kept.len() < piece.len();
        read.bytes.extend_from_slice(&kept);
        progress(read.bytes.len() as u64, kept, expected);
        if read.cut {
            break;
        }
        // A decoder always has more at once: the rest of the program must get its turn.
        tokio::task::coop::consume_budget().await;
    }
    if *method == Method::HEAD {
        read.wire_size = Some(0);
    } else if read.wire_size.is_none() {
        read.wire_size = announced;
    }
    read
}

impl Read {
    fn end_early(&mut self, error: &io::Error, source: &Source, received: u64, announced: Option<u64>) {
        if error.get_ref().and_then(|inner| inner.downcast_ref::<OverLimit>()).is_some() {
            self.cut = true;
            return;
        }
        if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<reqwest::Error>()) {
            let kind = match fault::kind(error) {
                TransportFault::Other => TransportFault::Interrupted,
                kind => kind,
            };
            let words = match (kind, announced) {
                (TransportFault::Interrupted, Some(announced)) if received < announced => {
                    format!("the connection closed after {received} of {announced} bytes")
                }
                _ => format!("the body ended early: {}", fault::words(error)),
            };
            self.fault = Some((kind, words));
            return;
        }
        // An answer to HEAD, a 204 or a 304 names a coding and has no body.
        if let Source::Decoded { coding, .. } = source
            && received > 0
        {
            let words = format!("the body is not proper {coding}: {}", redact::mask(&error.to_string()));
            self.fault = Some((TransportFault::Malformed, words));
        }
    }
}

impl Source {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Plain(wire) => wire.next().await.transpose(),
            Self::Decoded { reader, .. } => {
                let mut piece = BytesMut::with_capacity(PIECE);
                let read = reader.read_buf(&mut piece).await?;
                Ok((read > 0).then(|| piece.freeze()))
            }
        }
    }
}

/// More came over the wire than any body within the limit needs: a stream that decodes to nothing.
#[derive(Debug)]
struct OverLimit;

impl fmt::Display for OverLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("more than the limit")
    }
}

impl std::error::Error for OverLimit {}

/// The body as it comes, counted and bounded.
fn counted(response: reqwest::Response, received: Arc<AtomicU64>, limit: u64) -> Wire {
    let most = limit.saturating_mul(2).saturating_add(PIECE as u64);
    Box::pin(response.bytes_stream().map(move |piece| {
        let piece = piece.map_err(io::Error::other)?;
        let so_far = received.fetch_add(piece.len() as u64, Ordering::Relaxed);
        if so_far > most { Err(io::Error::other(OverLimit)) } else { Ok(piece) }
    }))
}

fn decoder(coding: &str, wire: Wire) -> Pin<Box<dyn AsyncRead + Send>> {
    let reader = StreamReader::new(wire);
    match coding {
        "gzip" => {
            let mut decoder = GzipDecoder::new(reader);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        "br" => Box::pin(BrotliDecoder::new(reader)),
        "zstd" => {
            let mut decoder = ZstdDecoder::new(reader);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        _ => Box::pin(ZlibDecoder::new(reader)),
    }
}

/// The content coding of a response.
enum Coding {
    None,
    Known(&'static str),
    Unknown(String),
}

fn coding(headers: &HeaderMap) -> Coding {
    let named: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| String::from_utf8_lossy(value.as_bytes()).split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    match named.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Coding::None,
        ["gzip" | "x-gzip"] => Coding::Known("gzip"),
        ["br"] => Coding::Known("br"),
        ["zstd"] => Coding::Known("zstd"),
        ["deflate"] => Coding::Known("deflate"),
        // More than one on top of another is not seen in practice, and good only for bombs.
        _ => Coding::Unknown(named.join(", ").chars().filter(|c| !c.is_control()).take(60).collect()),
    }
}

fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}
