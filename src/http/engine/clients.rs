//! reqwest's clients, made when they are first needed: one for plain http, which knows nothing of certificates,
//! one for https, and variants by proxy and protocol.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use rustls::ClientConfig;
use tokio::sync::OnceCell;
use url::Url;

use crate::http::engine::connect::{SystemResolver, WatchLayer};
use crate::http::engine::{EngineOptions, fault, tls};
use crate::http::plan::Protocol;
use crate::model::identity::is_loopback;
use crate::model::wire::{TransportError, TransportFault};

/// Largest head of an HTTP/2 response; hyper bounds HTTP/1 heads at about 400 KiB.
const HTTP2_HEAD: u32 = 400 * 1024;

/// Most header fields of an HTTP/1 response.
const HTTP1_HEADERS: usize = 256;

/// What tells clients apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    tls: bool,
    proxied: bool,
    protocol: Protocol,
}

/// The clients of an engine.
#[derive(Debug)]
pub(crate) struct Clients {
    options: EngineOptions,
    tls: OnceCell<ClientConfig>,
    made: Mutex<BTreeMap<Kind, Client>>,
}

impl Clients {
    /// No clients yet.
    pub(crate) fn new(options: EngineOptions) -> Self {
        Self { options, tls: OnceCell::new(), made: Mutex::default() }
    }

    /// The client for a URL.
    pub(crate) async fn get(&self, url: &Url, protocol: Protocol) -> Result<Client, TransportError> {
        let proxied = self.may_be_proxied(url);
        let kind = Kind { tls: url.scheme() == "https" || (proxied && self.proxy_wants_tls()), proxied, protocol };
        if let Some(client) = self.made().get(&kind) {
            return Ok(client.clone());
        }
        let fail = |(fault, message): (TransportFault, String)| fault::error(fault, url, &message);
        let client = self.make(kind).await.map_err(fail)?;
        Ok(self.made().entry(kind).or_insert(client).clone())
    }

    /// Is a proxy set that may be used for this URL?
    pub(crate) fn may_be_proxied(&self, url: &Url) -> bool {
        let proxy = &self.options.proxy;
        let is_set = match url.scheme() {
            "https" => proxy.https.is_some(),
            _ => proxy.http.is_some(),
        };
        (is_set || proxy.all.is_some()) && !is_loopback(url)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, BTreeMap<Kind, Client>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn proxy_wants_tls(&self) -> bool {
        let proxy = &self.options.proxy;
        [&proxy.http, &proxy.https, &proxy.all].into_iter().flatten().any(|url| url.starts_with("https://"))
    }

    async fn make(&self, kind: Kind) -> Result<Client, (TransportFault, String)> {
        let mut builder = base();
        if kind.tls {
            let mut configuration = self.tls().await?.clone();
            configuration.alpn_protocols = match kind.protocol {
                Protocol::Negotiated => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
                Protocol::Http1 => vec![b"http/1.1".to_vec()],
                Protocol::Http2PriorKnowledge => vec![b"h2".to_vec()],
            };
            builder = builder.tls_backend_preconfigured(configuration);
        } else {
            builder = builder.tls_certs_only([]);
        }
        builder = match kind.protocol {
            Protocol::Negotiated => builder,
            Protocol::Http1 => builder.http1_only(),
            Protocol::Http2PriorKnowledge => builder.http2_prior_knowledge(),
        };
        if kind.proxied {
            builder = self.with_proxies(builder)?;
        }
        builder.build().map_err(|error| (TransportFault::Other, fault::words(&error)))
    }

    async fn tls(&self) -> Result<&ClientConfig, (TransportFault, String)> {
        self.tls
            .get_or_try_init(|| async {
                let ca_file = self.options.ca_file.clone();
                tokio::task::spawn_blocking(move || tls::configuration(ca_file.as_deref()))
                    .await
                    .map_err(|error| (TransportFault::Other, error.to_string()))?
            })
            .await
    }

    fn with_proxies(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, (TransportFault, String)> {
        let settings = &self.options.proxy;
        let no_proxy = settings.no.as_deref().and_then(NoProxy::from_string);
        let proxies = [
            ("HTTP_PROXY", settings.http.as_deref().map(Proxy::http)),
            ("HTTPS_PROXY", settings.https.as_deref().map(Proxy::https)),
            ("ALL_PROXY", settings.all.as_deref().map(Proxy::all)),
        ];
        for (variable, proxy) in proxies {
            let Some(proxy) = proxy else { continue };
            // The value may hold a password, so it is not repeated.
            let proxy =
                proxy.map_err(|_| (TransportFault::Other, format!("`{variable}` is not the address of a proxy")))?;
            builder = builder.proxy(proxy.no_proxy(no_proxy.clone()));
        }
        Ok(builder)
    }
}

fn base() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .dns_resolver(SystemResolver)
        .connector_layer(WatchLayer)
        .http1_title_case_headers()
        .http1_max_headers(HTTP1_HEADERS)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http2_max_header_list_size(HTTP2_HEAD)
}
