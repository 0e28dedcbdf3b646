//! Carries the sign-in engine's requests to the provider: no redirects, no cookies, bounded in time and size.
//!
//! Used by the shell and the commands as the [`Transport`] of `auth`. Shares the engine's connections.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue, USER_AGENT};
use ::http::{HeaderMap, Method};
use bytes::Bytes;
use url::form_urlencoded;

use crate::http::engine::Engine;
use crate::http::engine::connect::{self, Watch};
use crate::http::engine::fault;
use crate::http::engine::read::{self, Bounds};
use crate::model::port::{BoxFuture, Transport};
use crate::model::wire::{TransportError, TransportFault, WireRequest, WireResponse};

/// How long a whole conversation may take.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer of a provider.
pub const LARGEST_ANSWER: u64 = 1024 * 1024;

/// The transport over the network.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    engine: Arc<Engine>,
    timeout: Duration,
}

impl HttpTransport {
    /// A transport that uses the clients of `engine`.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine, timeout: TOTAL_TIMEOUT }
    }

    /// The same with another total timeout.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    async fn carry(&self, request: WireRequest) -> Result<WireResponse, TransportError> {
        let url = request.url.clone();
        let late = || {
            let words = format!("no whole answer within {}", connect::words(self.timeout));
            fault::error(TransportFault::Timeout, &url, &words)
        };
        tokio::time::timeout(self.timeout, self.converse(request)).await.map_err(|_| late())?
    }

    async fn converse(&self, request: WireRequest) -> Result<WireResponse, TransportError> {
        let url = request.url.clone();
        let outgoing = self.outgoing(&request)?;
        let method = outgoing.method().clone();
        let clients = self.engine.clients();
        let client = clients.get(&url, &clients.way_to_provider(&url)).await?;
        let watch = Watch::new(CONNECT_TIMEOUT);
        let response = Arc::clone(&watch)
            .over(async move { client.execute(outgoing).await })
            .await
            .map_err(|error| fault::classify(&error, &url))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let bounds = Bounds { limit: LARGEST_ANSWER, idle: self.timeout };
        let read = read::body(response, &method, bounds, |_, _, _| {}).await;
        if let Some((kind, words)) = read.fault {
            return Err(fault::error(kind, &url, &words));
        }
        if read.cut {
            let words = format!("more than {} KiB", LARGEST_ANSWER / 1024);
            return Err(fault::error(TransportFault::TooLarge, &url, &words));
        }
        let elapsed = Instant::now().saturating_duration_since(watch.sent_at());
        Ok(WireResponse { status, headers, body: Bytes::from(read.bytes), elapsed })
    }

    fn outgoing(&self, request: &WireRequest) -> Result<reqwest::Request, TransportError> {
        let unsendable = |what: &str| fault::error(TransportFault::Other, &request.url, what);
        if !matches!(request.url.scheme(), "http" | "https") {
            return Err(unsendable("the address is neither http nor https"));
        }
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| unsendable("not a method"))?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Ok(agent) = HeaderValue::from_str(self.engine.user_agent()) {
            headers.insert(USER_AGENT, agent);
        }
        for (name, value) in &request.headers {
            let mut text = HeaderValue::from_str(value.expose()).map_err(|_| unsendable("a header cannot be sent"))?;
            text.set_sensitive(matches!(value, crate::model::wire::FieldValue::Secret(_)));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unsendable("a header cannot be sent"))?;
            headers.insert(name, text);
        }
        let has_form = method == Method::POST;
        let mut outgoing = reqwest::Request::new(method, request.url.clone());
        if has_form {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for (name, value) in &request.form {
                form.append_pair(name, value.expose());
            }
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
            *outgoing.body_mut() = Some(reqwest::Body::from(form.finish()));
        }
        *outgoing.headers_mut() = headers;
        Ok(outgoing)
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: WireRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        Box::pin(self.carry(request))
    }
}
