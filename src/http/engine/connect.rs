//! Watches a connection being made: how long each phase takes, and how long it may take.
//!
//! reqwest's client is shared by all requests, so what belongs to one request (its [`Watch`]) travels in a task
//! local through the layers here. Whatever runs outside of one (a connection that is finished in the background
//! because a kept one was free first) is not watched.

use std::fmt;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Notify;
use tower::{Layer, Service};

use crate::model::exchange::Timings;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    static WATCH: Arc<Watch>;
}

/// What is known of the connection that one request makes.
#[derive(Debug)]
pub(crate) struct Watch {
    connect_timeout: Duration,
    begun: Instant,
    phases: Mutex<Phases>,
    activity: Mutex<tokio::time::Instant>,
    /// Bytes of the body that were taken for sending.
    uploaded: AtomicU64,
    cipher: Mutex<Option<String>>,
    certificate: Mutex<Option<Seen>>,
    changed: Notify,
}

#[derive(Debug, Clone, Copy, Default)]
struct Phases {
    begun: Option<Instant>,
    resolving: Option<Duration>,
    handshake: Option<Instant>,
    connected: Option<Instant>,
}

impl Watch {
    /// A watch over a request that begins now.
    pub(crate) fn new(connect_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            connect_timeout,
            begun: Instant::now(),
            phases: Mutex::default(),
            activity: Mutex::new(tokio::time::Instant::now()),
            uploaded: AtomicU64::new(0),
            cipher: Mutex::default(),
            certificate: Mutex::default(),
            changed: Notify::new(),
        })
    }

    /// Runs `future` under this watch.
    pub(crate) async fn over<F: Future>(self: Arc<Self>, future: F) -> F::Output {
        WATCH.scope(self, future).await
    }

    /// Is a new connection being made, or was one?
    pub(crate) fn is_new_connection(&self) -> bool {
        self.phases().begun.is_some()
    }

    /// Does the new connection stand?
    pub(crate) fn is_connected(&self) -> bool {
        self.phases().connected.is_some()
    }

    /// Returns when a connection is begun or stands, or a piece of the body went out.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Something moved: a connection stands, a piece of the body was taken.
    pub(crate) fn touch(&self) {
        *self.activity.lock().unwrap_or_else(PoisonError::into_inner) = tokio::time::Instant::now();
    }

    /// A piece of the body goes out.
    pub(crate) fn upload(&self, bytes: usize) {
        self.uploaded.fetch_add(bytes as u64, Ordering::Relaxed);
        self.touch();
        self.changed.notify_one();
    }

    /// How many bytes of the body went out.
    pub(crate) fn uploaded(&self) -> u64 {
        self.uploaded.load(Ordering::Relaxed)
    }

    /// The cipher suite of the new connection.
    pub(crate) fn cipher(&self) -> Option<String> {
        self.cipher.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server's certificate, as the new connection's handshake saw it.
    pub(crate) fn certificate(&self) -> Option<Seen> {
        self.certificate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns when nothing moved for `limit`.
    pub(crate) async fn silence(&self, limit: Duration) {
        loop {
            let last = *self.activity.lock().unwrap_or_else(PoisonError::into_inner);
            tokio::time::sleep_until(last + limit).await;
            if *self.activity.lock().unwrap_or_else(PoisonError::into_inner) == last {
                return;
            }
        }
    }

    /// When the request could be sent: when the new connection stood, or when it began on a kept one.
    pub(crate) fn sent_at(&self) -> Instant {
        self.phases().connected.unwrap_or(self.begun)
    }

    /// The phases of connecting; all `None` when a kept connection was used.
    pub(crate) fn timings(&self) -> Timings {
        let phases = self.phases();
        let Some(begun) = phases.begun else { return Timings::default() };
        let dialled = phases.handshake.or(phases.connected);
        Timings {
            dns: phases.resolving,
            connect: dialled.map(|end| (end - begun).saturating_sub(phases.resolving.unwrap_or_default())),
            tls: phases.handshake.zip(phases.connected).map(|(start, end)| end.saturating_duration_since(start)),
            ..Timings::default()
        }
    }

    fn phases(&self) -> Phases {
        *self.phases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, change: impl FnOnce(&mut Phases)) {
        change(&mut self.phases.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A TLS handshake begins; called by the session store of the TLS configuration.
pub(super) fn handshake_begins() {
    // Outside of a watch there is nobody to tell.
    let _ = WATCH.try_with(|watch| watch.record(|phases| phases.handshake = Some(Instant::now())));
}

/// A handshake agreed on a cipher suite; called by the suites of the TLS configuration.
pub(super) fn cipher_agreed(name: String) {
    let _ = WATCH.try_with(|watch| *watch.cipher.lock().unwrap_or_else(PoisonError::into_inner) = Some(name));
}

/// The certificate of a handshake.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// As it was sent.
    pub(crate) der: Vec<u8>,
    /// `TLS 1.3`.
    pub(crate) protocol: &'static str,
}

/// A server proved that it holds the key of a certificate; called by the verifier of the TLS configuration.
pub(super) fn certificate_seen(der: &[u8], protocol: &'static str) {
    let seen = || Some(Seen { der: der.to_vec(), protocol });
    let _ = WATCH.try_with(|watch| *watch.certificate.lock().unwrap_or_else(PoisonError::into_inner) = seen());
}

/// Connecting took longer than the request allows.
#[derive(Debug)]
pub(super) struct ConnectTimedOut(pub(super) Duration);

impl fmt::Display for ConnectTimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection within {}", words(self.0))
    }
}

impl std::error::Error for ConnectTimedOut {}

/// `10 s`, `1.5 s`, `200 ms`.
pub(crate) fn words(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    format!("{} s", (duration.as_secs_f64() * 10.0).round() / 10.0)
}

/// Puts the watch around reqwest's connector.
#[derive(Debug, Clone, Copy)]
pub(super) struct WatchLayer;

impl<S> Layer<S> for WatchLayer {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Watched(inner)
    }
}

/// A connector under watch.
#[derive(Debug, Clone)]
pub(super) struct Watched<S>(S);

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move {
            let Ok(watch) = WATCH.try_with(Arc::clone) else { return connecting.await };
            watch.record(|phases| *phases = Phases { begun: Some(Instant::now()), ..Phases::default() });
            watch.changed.notify_one();
            let connected = tokio::time::timeout(watch.connect_timeout, connecting)
                .await
                .map_err(|_| ConnectTimedOut(watch.connect_timeout))??;
            watch.record(|phases| phases.connected = Some(Instant::now()));
            watch.touch();
            watch.changed.notify_one();
            Ok(connected)
        })
    }
}

/// The system's resolver, timed. `localhost` and names below it are this machine without asking anyone
/// (RFC 6761 section 6.3): tokens are allowed there.
#[derive(Debug, Clone, Copy)]
pub(super) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            if host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost") {
                let loopback = [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
                return Ok(Box::new(loopback.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs);
            }
            let begun = Instant::now();
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let _ = WATCH.try_with(|watch| watch.record(|phases| phases.resolving = Some(begun.elapsed())));
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
