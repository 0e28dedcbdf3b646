//! reqwest's clients, made when they are first needed: one for plain http, which knows nothing of certificates,
//! one for each way of doing TLS, and variants by proxy and protocol.

use std::sync::{Mutex, PoisonError};

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::ClientConfig;
use url::Url;

use crate::http::engine::connect::{SystemResolver, WatchLayer};
use crate::http::engine::proxy::Proxy;
use crate::http::engine::{EngineOptions, fault, tls};
use crate::http::plan::{PlannedTls, Protocol};
use crate::model::identity::Origin;
use crate::model::tls::{CertificateCheck, TlsOptions};
use crate::model::wire::{TransportError, TransportFault};

/// Largest head of an HTTP/2 response; hyper bounds HTTP/1 heads at about 400 KiB.
const HTTP2_HEAD: u32 = 400 * 1024;

/// Most header fields of an HTTP/1 response.
const HTTP1_HEADERS: usize = 256;

/// What tells clients apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// How TLS is done; `None`: this client needs none.
    pub(crate) tls: Option<TlsOptions>,
    /// Through which proxy.
    pub(crate) proxy: Option<Proxy>,
    protocol: Protocol,
}

/// The clients of an engine.
#[derive(Debug)]
pub(crate) struct Clients {
    options: EngineOptions,
    configurations: tokio::sync::Mutex<Vec<(TlsOptions, ClientConfig)>>,
    made: Mutex<Vec<(Way, Client)>>,
}

impl Clients {
    /// No clients yet.
    pub(crate) fn new(options: EngineOptions) -> Self {
        Self { options, configurations: tokio::sync::Mutex::default(), made: Mutex::default() }
    }

    /// The way to a URL for the sign-in engine: certificates are always checked.
    pub(crate) fn way_to_provider(&self, url: &Url) -> Way {
        let planned = PlannedTls { hosts: self.options.tls_hosts.clone(), environment: None };
        let mut way = self.way(url, Protocol::Negotiated, &planned, None);
        if let Some(tls) = &mut way.tls {
            tls.check = CertificateCheck::Done;
        }
        way
    }

    /// The way to a URL. What the environment says counts for `origin` only, the one that the request names.
    pub(crate) fn way(&self, url: &Url, protocol: Protocol, planned: &PlannedTls, origin: Option<&Origin>) -> Way {
        let proxy = self.options.proxy.for_url(url);
        let protocol = if protocol == Protocol::Http2 { Protocol::Negotiated } else { protocol };
        let tls = if url.scheme() == "https" {
            let mut tls =
                TlsOptions { ca_files: self.options.ca_file.iter().cloned().collect(), ..TlsOptions::default() };
            if let Some(host) = planned.hosts.iter().find(|rule| rule.host.matches(url)) {
                tls.ca_files.extend(host.ca_file.clone());
                tls.client.clone_from(&host.client);
            }
            let environment = planned.environment.as_ref();
            if let Some(environment) = environment.filter(|_| origin.is_some() && Origin::of(url).as_ref() == origin) {
                tls.ca_files.extend(environment.ca_files.iter().cloned());
                tls.client = environment.client.clone().or(tls.client);
                tls.check = environment.check;
            }
            if self.is_set_insecure(url) {
                tls.check = CertificateCheck::Skipped;
            }
            Some(tls)
        } else {
            proxy.as_ref().filter(|proxy| proxy.wants_tls()).map(|_| TlsOptions {
                ca_files: self.options.ca_file.iter().cloned().collect(),
                ..TlsOptions::default()
            })
        };
        Way { tls, proxy, protocol }
    }

    /// Do the user's own settings say that the certificates of this host are not checked?
    pub(crate) fn is_set_insecure(&self, url: &Url) -> bool {
        self.options.insecure_hosts.iter().any(|host| host.matches(url))
    }

    /// The client for a way.
    pub(crate) async fn get(&self, url: &Url, way: &Way) -> Result<Client, TransportError> {
        if let Some((_, client)) = self.made().iter().find(|(known, _)| known == way) {
            return Ok(client.clone());
        }
        let fail = |(fault, message): (TransportFault, String)| fault::error(fault, url, &message);
        let client = self.make(way).await.map_err(fail)?;
        self.made().push((way.clone(), client.clone()));
        Ok(client)
    }

    fn made(&self) -> std::sync::MutexGuard<'_, Vec<(Way, Client)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn make(&self, way: &Way) -> Result<Client, (TransportFault, String)> {
        let mut builder = base();
        if let Some(options) = &way.tls {
            let mut configuration = self.configuration(options).await?;
            configuration.alpn_protocols = match way.protocol {
                Protocol::Negotiated | Protocol::Http2 => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
                Protocol::Http1 => vec![b"http/1.1".to_vec()],
                Protocol::Http2PriorKnowledge => vec![b"h2".to_vec()],
            };
            builder = builder.tls_backend_preconfigured(configuration);
        } else {
            builder = builder.tls_certs_only([]);
        }
        builder = match way.protocol {
            Protocol::Negotiated | Protocol::Http2 => builder,
            Protocol::Http1 => builder.http1_only(),
            Protocol::Http2PriorKnowledge => builder.http2_prior_knowledge(),
        };
        if let Some(proxy) = &way.proxy {
            // The address may hold a password, so it is not repeated.
            let unusable = || (TransportFault::Other, format!("`{}` is not the address of a proxy", proxy.name));
            proxy.shown().ok_or_else(unusable)?;
            builder = builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(|_| unusable())?);
        }
        builder.build().map_err(|error| (TransportFault::Other, fault::words(&error)))
    }

    /// Reading the system's certificates takes a while, so each configuration is made once.
    async fn configuration(&self, options: &TlsOptions) -> Result<ClientConfig, (TransportFault, String)> {
        let mut configurations = self.configurations.lock().await;
        if let Some((_, known)) = configurations.iter().find(|(known, _)| known == options) {
            return Ok(known.clone());
        }
        let wanted = options.clone();
        let made = tokio::task::spawn_blocking(move || tls::configuration(&wanted))
            .await
            .map_err(|error| (TransportFault::Other, error.to_string()))??;
        configurations.push((options.clone(), made.clone()));
        Ok(made)
    }
}

fn base() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .tls_info(true)
        .dns_resolver(SystemResolver)
        .connector_layer(WatchLayer)
        .http1_title_case_headers()
        .http1_max_headers(HTTP1_HEADERS)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http2_max_header_list_size(HTTP2_HEAD)
}
