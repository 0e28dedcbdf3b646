//! One run: hop after hop, then the body.

use std::sync::{Arc, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ::http::StatusCode;
use bytes::Bytes;

use crate::http::engine::clients::Way;
use crate::http::engine::connect::{self, Watch};
use crate::http::engine::outgoing::{Opened, Outgoing};
use crate::http::engine::proxy::Proxy;
use crate::http::engine::read::{self, Bounds};
use crate::http::engine::{Engine, SendError, SendEvent, SendFailure, fault, peer, redirect};
use crate::http::plan::{Protocol, RequestPlan};
use crate::model::exchange::{Connection, Exchange, Hop, ResponseBody, ResponseHead, SentRequest, Timings};
use crate::model::identity::is_loopback;
use crate::model::time::Timestamp;
use crate::model::tls::CertificateCheck;
use crate::model::wire::{TransportError, TransportFault};
use crate::redact;

/// The body of a redirect is read this far to keep its connection; nobody sees it.
const REDIRECT_BODY: u64 = 64 * 1024;

type Events<'a> = &'a (dyn Fn(SendEvent) + Send + Sync);

/// The state of a run, for the failure's record.
struct Run<'a> {
    engine: &'a Engine,
    plan: &'a RequestPlan,
    events: Events<'a>,
    at: Timestamp,
    begun: Instant,
    hops: Vec<Hop>,
}

/// Sends a plan.
pub(super) async fn run(engine: &Engine, plan: &RequestPlan, events: Events<'_>) -> Result<Exchange, Box<SendFailure>> {
    let mut run = Run { engine, plan, events, at: now(), begun: Instant::now(), hops: Vec::new() };
    let mut outgoing = match Outgoing::new(plan, &engine.options.user_agent) {
        Ok(outgoing) => outgoing,
        Err(error) => {
            let request = SentRequest {
                method: plan.method.clone(),
                url: plan.shown_url.clone(),
                headers: Vec::new(),
                body_size: 0,
            };
            return Err(run.failure(error, request, Timings::default()));
        }
    };
    loop {
        let watch = Watch::new(plan.connect_timeout);
        let way = engine.clients.way(&outgoing.url, plan.protocol, &plan.tls, outgoing.origin());
        if let Err(error) = may_go(engine, &outgoing, &way) {
            return Err(run.failure(error, outgoing.record(), Timings::default()));
        }
        let Opened { request, sent } = match outgoing.open(&engine.jars, &watch).await {
            Ok(opened) => opened,
            Err(error) => return Err(run.failure(error, outgoing.record(), Timings::default())),
        };
        let response = match run.head(&outgoing, request, sent.body_size, &way, &watch).await {
            Ok(response) => response,
            Err(error) => return Err(run.failure(error, sent, watch.timings())),
        };
        let head_at = Instant::now();
        if let Some(jar) = outgoing.jar() {
            engine.jars.take(jar, &outgoing.url, response.headers());
        }
        let head = head_of(&response);
        let mut connection = run.connection(&outgoing, &way, &watch, &response);
        if response.status() == StatusCode::UNAUTHORIZED {
            match outgoing.answer_challenge(response.headers()).await {
                Ok(false) => {}
                Ok(true) => {
                    let hop = Hop { request: sent, head, credentials_dropped: false };
                    run.passed(response, &outgoing.method, hop).await;
                    continue;
                }
                Err(reason) => connection.notes.push(format!("The Digest challenge was not answered: {reason}")),
            }
        }
        let redirects = run.hops.iter().filter(|hop| !hop.is_challenge()).count();
        let is_more_allowed = redirects < usize::try_from(plan.max_redirects).unwrap_or(usize::MAX);
        if let Some(next) = redirect::next(&outgoing, response.status(), response.headers()).filter(|_| is_more_allowed)
        {
            let method = outgoing.method.clone();
            let credentials_dropped = outgoing.follow(next);
            run.passed(response, &method, Hop { request: sent, head, credentials_dropped }).await;
            continue;
        }
        (run.events)(SendEvent::Head(head.clone()));
        let bounds = Bounds { limit: engine.options.body_limit, idle: plan.timeout };
        let body = read::body(response, &outgoing.method, bounds, |received, chunk, expected| {
            (run.events)(SendEvent::Progress { received, chunk, expected });
        })
        .await;
        let timings = Timings {
            first_byte: Some(head_at.saturating_duration_since(watch.sent_at())),
            download: Some(head_at.elapsed()),
            total: run.begun.elapsed(),
            ..watch.timings()
        };
        let body = ResponseBody {
            bytes: Bytes::from(body.bytes),
            cut: body.cut,
            wire_size: body.wire_size,
            fault: body.fault.map(|(_, words)| words),
            stopped: body.stopped,
        };
        return Ok(Exchange {
            at: run.at,
            request: sent,
            hops: run.hops,
            head,
            body,
            timings,
            token: plan.token.clone(),
            connection,
            resent_after_refresh: false,
        });
    }
}

/// A session's token and the user's own secrets go to a server that anybody could be only where it is this machine, or
/// where the user's own settings say so: the environment's file may have come with the project.
fn may_go(engine: &Engine, outgoing: &Outgoing, way: &Way) -> Result<(), SendError> {
    let is_unchecked = way.tls.as_ref().is_some_and(|tls| tls.check == CertificateCheck::Skipped);
    if !is_unchecked || is_loopback(&outgoing.url) || engine.clients.is_set_insecure(&outgoing.url) {
        return Ok(());
    }
    let host = fault::host(&outgoing.url);
    if let Some(identity) = outgoing.session() {
        return Err(SendError::Unverified { identity: identity.clone(), host });
    }
    match outgoing.secret() {
        Some(secret) => Err(SendError::UnverifiedSecret { secret: secret.clone(), host }),
        None => Ok(()),
    }
}

impl Run<'_> {
    /// A response that is not the last: its body is read to keep the connection.
    async fn passed(&mut self, response: reqwest::Response, method: &::http::Method, hop: Hop) {
        let bounds = Bounds { limit: REDIRECT_BODY, idle: std::time::Duration::from_secs(1) };
        read::body(response, method, bounds, |_, _, _| {}).await;
        (self.events)(SendEvent::Redirected(hop.clone()));
        self.hops.push(hop);
    }

    /// What is known of the connection that a response came over.
    fn connection(&self, outgoing: &Outgoing, way: &Way, watch: &Watch, response: &reqwest::Response) -> Connection {
        let url = &outgoing.url;
        let mut notes = Vec::new();
        if self.plan.protocol == Protocol::Http2 && response.version() != ::http::Version::HTTP_2 {
            let how = if url.scheme() == "https" {
                "the server did not agree"
            } else {
                "without TLS it takes `HTTP/2 (Prior Knowledge)`"
            };
            notes.push(format!("The request asks for HTTP/2; {how}"));
        }
        let tls = way.tls.as_ref().filter(|_| url.scheme() == "https");
        let peer = tls.and_then(|_| {
            let info = response.extensions().get::<reqwest::tls::TlsInfo>();
            let mut peers = self.engine.peers.lock().unwrap_or_else(PoisonError::into_inner);
            let host = fault::host(url);
            let peer = peer::of(info, watch, peers.get(&host))?;
            peers.insert(host, peer.clone());
            Some(peer)
        });
        Connection {
            proxy: way.proxy.as_ref().and_then(Proxy::shown),
            peer,
            check: tls.map(|tls| tls.check).unwrap_or_default(),
            client_certificate: tls
                .and_then(|tls| tls.client.as_ref())
                .map(|client| client.files.path().display().to_string()),
            notes,
        }
    }

    /// Sends one request and waits for the head of its response.
    async fn head(
        &self,
        outgoing: &Outgoing,
        request: reqwest::Request,
        body_size: u64,
        way: &Way,
        watch: &Arc<Watch>,
    ) -> Result<reqwest::Response, SendError> {
        let url = &outgoing.url;
        let client = self.engine.clients.get(url, way).await?;
        let mut told = Told { sent: 0, at: Instant::now() };
        // Not called before it is polled under the watch: the call may begin to connect.
        let executing = Arc::clone(watch).over(async move { client.execute(request).await });
        tokio::pin!(executing);
        let mut is_sent_told = false;
        // The first poll decides between a kept connection and a new one.
        let mut result = std::future::poll_fn(|context| {
            std::task::Poll::Ready(match executing.as_mut().poll(context) {
                std::task::Poll::Ready(result) => Some(result),
                std::task::Poll::Pending => None,
            })
        })
        .await;
        if watch.is_new_connection() {
            (self.events)(SendEvent::Connecting { host: fault::host(url) });
        } else {
            (self.events)(SendEvent::Sent);
            is_sent_told = true;
        }
        let result = loop {
            if let Some(result) = result.take() {
                break result;
            }
            tokio::select! {
                biased;
                done = &mut executing => result = Some(done),
                () = watch.changed() => {
                    if !is_sent_told && watch.is_connected() {
                        (self.events)(SendEvent::Sent);
                        is_sent_told = true;
                    }
                    if let Some(sent) = told.due(watch.uploaded(), body_size) {
                        (self.events)(SendEvent::Uploading { sent, total: body_size });
                    }
                }
                () = watch.silence(self.plan.timeout) => {
                    let words = format!("no answer within {}", connect::words(self.plan.timeout));
                    return Err(fault::error(TransportFault::Timeout, url, &words).into());
                }
            }
        };
        if result.is_ok() && !is_sent_told {
            (self.events)(SendEvent::Sent);
        }
        result.map_err(|error| with_proxy(fault::of_request(&error, url), way))
    }

    fn failure(&mut self, error: SendError, request: SentRequest, timings: Timings) -> Box<SendFailure> {
        Box::new(SendFailure {
            error,
            at: self.at,
            request,
            hops: std::mem::take(&mut self.hops),
            timings: Timings { total: self.begun.elapsed(), ..timings },
            token: self.plan.token.clone(),
        })
    }
}

/// A proxy that is down looks like a server that is down: say that one is set.
fn with_proxy(error: SendError, way: &Way) -> SendError {
    let proxy = way.proxy.as_ref().and_then(|proxy| Some((proxy.shown()?, proxy.name)));
    match (error, proxy) {
        (SendError::Transport(TransportError { fault, host, message }), Some((proxy, name))) => {
            let message = format!("{message} (through the proxy {proxy}, set by `{name}`)");
            SendError::Transport(TransportError { fault, host, message })
        }
        (other, _) => other,
    }
}

/// What was told of an upload.
struct Told {
    sent: u64,
    at: Instant,
}

impl Told {
    /// Uploads are told of this often.
    const EVERY: std::time::Duration = std::time::Duration::from_millis(50);

    /// Is there news worth telling?
    fn due(&mut self, sent: u64, total: u64) -> Option<u64> {
        let is_due = sent > self.sent && (sent >= total || self.sent == 0 || self.at.elapsed() >= Self::EVERY);
        if is_due {
            *self = Self { sent, at: Instant::now() };
        }
        is_due.then_some(sent)
    }
}

fn head_of(response: &reqwest::Response) -> ResponseHead {
    let status = response.status();
    ResponseHead {
        status: status.as_u16(),
        reason: status.canonical_reason().unwrap_or_default().to_owned(),
        protocol: protocol(response.version()).to_owned(),
        headers: response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        remote_address: response.remote_addr(),
    }
}

/// A header's value as text: UTF-8, else Latin-1. A token that the server repeats is masked.
fn text(value: &::http::HeaderValue) -> String {
    let text = match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    redact::mask(&text).into_owned()
}

fn protocol(version: ::http::Version) -> &'static str {
    match version {
        ::http::Version::HTTP_09 => "HTTP/0.9",
        ::http::Version::HTTP_10 => "HTTP/1.0",
        ::http::Version::HTTP_2 => "HTTP/2",
        ::http::Version::HTTP_3 => "HTTP/3",
        _ => "HTTP/1.1",
    }
}

pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
