//! One run: hop after hop, then the body.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;

use crate::http::engine::connect::{self, Watch};
use crate::http::engine::outgoing::{Opened, Outgoing};
use crate::http::engine::read::{self, Bounds};
use crate::http::engine::{Engine, SendError, SendEvent, SendFailure, fault, redirect};
use crate::http::plan::RequestPlan;
use crate::model::exchange::{Exchange, Hop, ResponseBody, ResponseHead, SentRequest, Timings};
use crate::model::time::Timestamp;
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
        let Opened { request, sent } = match outgoing.open(&engine.jars, &watch).await {
            Ok(opened) => opened,
            Err(error) => return Err(run.failure(error, outgoing.record(), Timings::default())),
        };
        let response = match run.head(&outgoing, request, &watch).await {
            Ok(response) => response,
            Err(error) => return Err(run.failure(error, sent, watch.timings())),
        };
        let head_at = Instant::now();
        if let Some(jar) = outgoing.jar() {
            engine.jars.take(jar, &outgoing.url, response.headers());
        }
        let head = head_of(&response);
        let is_more_allowed = run.hops.len() < usize::try_from(plan.max_redirects).unwrap_or(usize::MAX);
        if let Some(next) = redirect::next(&outgoing, response.status(), response.headers()).filter(|_| is_more_allowed)
        {
            let bounds = Bounds { limit: REDIRECT_BODY, idle: std::time::Duration::from_secs(1) };
            read::body(response, &outgoing.method, bounds, |_, _, _| {}).await;
            let credentials_dropped = outgoing.follow(next);
            let hop = Hop { request: sent, head, credentials_dropped };
            (run.events)(SendEvent::Redirected(hop.clone()));
            run.hops.push(hop);
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
        };
        return Ok(Exchange {
            at: run.at,
            request: sent,
            hops: run.hops,
            head,
            body,
            timings,
            token: plan.token.clone(),
            resent_after_refresh: false,
        });
    }
}

impl Run<'_> {
    /// Sends one request and waits for the head of its response.
    async fn head(
        &self,
        outgoing: &Outgoing,
        request: reqwest::Request,
        watch: &Arc<Watch>,
    ) -> Result<reqwest::Response, SendError> {
        let url = &outgoing.url;
        let client = self.engine.clients.get(url, self.plan.protocol).await?;
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
                () = watch.changed(), if !is_sent_told => {
                    if watch.is_connected() {
                        (self.events)(SendEvent::Sent);
                        is_sent_told = true;
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
        result.map_err(|error| self.with_proxy(fault::of_request(&error, url), url))
    }

    /// A proxy that is down looks like a server that is down: say that one is set.
    fn with_proxy(&self, error: SendError, url: &url::Url) -> SendError {
        match error {
            SendError::Transport(TransportError { fault, host, message })
                if matches!(fault, TransportFault::Dns | TransportFault::Connect | TransportFault::Timeout)
                    && self.engine.clients.may_be_proxied(url) =>
            {
                let message = format!("{message} (a proxy is set: `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`)");
                SendError::Transport(TransportError { fault, host, message })
            }
            other => other,
        }
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

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
