//! The TLS configuration: authorities, a client certificate, whether the server's is checked, and a clock on the
//! handshake.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientSessionMemoryCache, ClientSessionStore, Resumption};
use rustls::client::{Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, NamedGroup, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::http::engine::{certificate, connect, suites};
use crate::model::tls::{CertificateCheck, TlsOptions};
use crate::model::wire::TransportFault;

/// How many servers' sessions are remembered for resumption.
const SESSIONS: usize = 64;

/// Reads the certificates and makes a configuration. Takes a while: not for the main thread.
pub(super) fn configuration(options: &TlsOptions) -> Result<ClientConfig, (TransportFault, String)> {
    let tls = |words: String| (TransportFault::Tls, words);
    let provider = suites::provider();
    let mut extra = Vec::new();
    for path in &options.ca_files {
        let unusable =
            |reason: String| tls(format!("the certificate file `{}` cannot be used: {reason}", path.display()));
        let authorities = certificate::authorities(path).map_err(unusable)?;
        let mut checked = RootCertStore::empty();
        for authority in authorities {
            checked.add(authority.clone()).map_err(|error| unusable(error.to_string()))?;
            extra.push(authority);
        }
    }
    let verifier: Arc<dyn ServerCertVerifier> = match options.check {
        CertificateCheck::Done => Arc::new(
            Verifier::new_with_extra_roots(extra, Arc::clone(&provider))
                .map_err(|error| (TransportFault::NoRootCertificates, error.to_string()))?,
        ),
        CertificateCheck::Skipped => Arc::new(Unchecked(Arc::clone(&provider))),
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| tls(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Telling(verifier)));
    let mut configuration = match &options.client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let (chain, key) = certificate::load(client).map_err(tls)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| {
                let path = client.files.path().display();
                tls(format!("the client certificate `{path}` and its key cannot be used: {error}"))
            })?
        }
    };
    configuration.resumption = Resumption::store(Arc::new(TimedSessions(ClientSessionMemoryCache::new(SESSIONS))));
    Ok(configuration)
}

/// Says which certificate was seen: reqwest tells it only of connections without a proxy.
#[derive(Debug)]
struct Telling(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for Telling {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0.verify_server_cert(certificate, intermediates, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        connect::certificate_seen(certificate, "TLS 1.2");
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        connect::certificate_seen(certificate, "TLS 1.3");
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Takes any certificate; the server must still hold its key.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The usual session store. rustls asks it for a key exchange hint as the first thing of every handshake, and
/// that is the only sign of the moment between the TCP connection and TLS.
#[derive(Debug)]
struct TimedSessions(ClientSessionMemoryCache);

impl ClientSessionStore for TimedSessions {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.0.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        connect::handshake_begins();
        self.0.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.0.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(server)
    }
}
