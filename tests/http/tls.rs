//! TLS: what is trusted, what is refused and in which words, HTTP/2, and the time of the handshake.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bearcat::http::engine::{Engine, EngineOptions, SendError, SendFailure};
use bearcat::http::plan::{Protocol, RequestPlan};
use bearcat::model::exchange::Exchange;
use bearcat::model::wire::{TransportError, TransportFault};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::{answering, get, options, read_request, response, secret, send_with, serve};

/// A private authority, and the file that a user would name.
pub struct Authority {
    pub issuer: Issuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), folder }
    }

    /// The authority's own certificate.
    pub fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(self.file()).unwrap()
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub fn server(&self, params: &CertificateParams, protocols: &[&str]) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }
}

pub fn named(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// Speaks whatever was negotiated.
pub async fn serve_tls(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                answer_http2(&mut stream).await;
                return;
            }
            while read_request(&mut stream).await.is_some() {
                let _ = stream.write_all(&response("200 OK", &[], "one")).await;
            }
        }
    })
    .await
}

/// Just enough of HTTP/2 (RFC 9113) to answer the first stream.
async fn answer_http2(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    const SETTINGS: u8 = 4;
    const HEADERS: u8 = 1;
    stream.read_exact(&mut [0; 24]).await.unwrap();
    stream.write_all(&[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0]).await.unwrap();
    let mut head = [0; 9];
    while stream.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        stream.read_exact(&mut vec![0; length]).await.unwrap();
        let (kind, flags) = (head[3], head[4]);
        if kind == SETTINGS && flags == 0 {
            stream.write_all(&[0, 0, 0, SETTINGS, 1, 0, 0, 0, 0]).await.unwrap();
        }
        if kind == HEADERS {
            let id = &head[5..9];
            // `:status: 200` is entry 8 of the static table; then a DATA frame that ends the stream.
            stream.write_all(&[&[0, 0, 1, HEADERS, 4], id, &[0x88]].concat()).await.unwrap();
            stream.write_all(&[&[0, 0, 3, 0, 1], id, b"two"].concat()).await.unwrap();
        }
    }
}

fn trusting(authority: &Authority) -> Engine {
    Engine::new(EngineOptions { ca_file: Some(authority.file()), ..options() }).unwrap()
}

fn transport_error(result: Result<Exchange, Box<SendFailure>>) -> TransportError {
    match result.unwrap_err().error {
        SendError::Transport(error) => error,
        error @ (SendError::File { .. } | SendError::Unverified { .. } | SendError::UnverifiedSecret { .. }) => {
            panic!("{error}")
        }
    }
}

#[tokio::test]
async fn http2_is_negotiated_and_the_handshake_timed() {
    let authority = Authority::named("Company authority");
    let address = serve_tls(authority.server(&named("localhost"), &["h2", "http/1.1"])).await;
    let url = format!("https://localhost:{}/", address.port());
    let engine = trusting(&authority);
    let exchange = send_with(&engine, get(&url)).await.unwrap();
    assert_eq!((exchange.head.protocol.as_str(), &exchange.body.bytes[..]), ("HTTP/2", &b"two"[..]));
    let timings = exchange.timings;
    assert!(timings.connect.is_some() && timings.tls.unwrap() > Duration::ZERO, "{timings:?}");
    assert!(timings.connect.unwrap() + timings.tls.unwrap() <= timings.total);
    let again = send_with(&engine, get(&url)).await.unwrap();
    assert_eq!((again.timings.connect, again.timings.tls), (None, None));
    let plan = RequestPlan { protocol: Protocol::Http1, ..get(&url) };
    let exchange = send_with(&engine, plan).await.unwrap();
    assert_eq!((exchange.head.protocol.as_str(), &exchange.body.bytes[..]), ("HTTP/1.1", &b"one"[..]));
}

#[tokio::test]
async fn http2_without_tls_where_the_request_says_so() {
    let address = serve(|mut stream| async move { answer_http2(&mut stream).await }).await;
    let plan = RequestPlan { protocol: Protocol::Http2PriorKnowledge, ..get(&format!("http://{address}/")) };
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!((exchange.head.protocol.as_str(), exchange.timings.tls), ("HTTP/2", None));
}

#[tokio::test]
async fn certificates_are_refused_in_plain_words() {
    let authority = Authority::named("Company authority");
    let stranger = Authority::named("Some other authority");
    let impostor = Authority::named("Company authority");
    let mut expired = named("localhost");
    expired.not_before = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let mut early = named("localhost");
    early.not_before = rcgen::date_time_ymd(2901, 1, 1);
    early.not_after = rcgen::date_time_ymd(2902, 1, 1);
    let http = serve(|mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let cases = [
        (serve_tls(stranger.server(&named("localhost"), &[])).await, "not signed by an authority"),
        (serve_tls(impostor.server(&named("localhost"), &[])).await, "not signed by the authority that it names"),
        (serve_tls(authority.server(&named("other.test"), &[])).await, "is for another name"),
        (serve_tls(authority.server(&expired, &[])).await, "has expired"),
        (serve_tls(authority.server(&early, &[])).await, "not valid yet"),
        (http, "is it http instead of https?"),
    ];
    let engine = trusting(&authority);
    for (address, words) in cases {
        let error = transport_error(send_with(&engine, get(&format!("https://localhost:{}/", address.port()))).await);
        assert_eq!(error.fault, TransportFault::Tls, "{error}");
        assert!(error.message.contains(words), "{error}");
        assert!(error.problem().hint.contains("tls.ca_file"), "{}", error.problem());
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused() {
    let key = KeyPair::generate().unwrap();
    let authority = Authority::named("Company authority");
    let engine = trusting(&authority);
    let mut params = named("localhost");
    for is_authority in [false, true] {
        params.is_ca = if is_authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::NoCa };
        let certificate = params.self_signed(&key).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let address = serve_tls(config).await;
        let error = transport_error(send_with(&engine, get(&format!("https://localhost:{}/", address.port()))).await);
        assert_eq!(error.fault, TransportFault::Tls);
        assert!(error.message.contains("self-signed"), "{error}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_a_connect_timeout() {
    let address = serve(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let authority = Authority::named("Company authority");
    let plan = RequestPlan {
        connect_timeout: Duration::from_millis(150),
        ..get(&format!("https://localhost:{}/", address.port()))
    };
    let error = transport_error(send_with(&trusting(&authority), plan).await);
    assert_eq!((error.fault, error.message.as_str()), (TransportFault::Timeout, "no connection within 150 ms"));
}

#[tokio::test]
async fn a_downgrade_to_http_drops_credentials() {
    let authority = Authority::named("Company authority");
    let (plain_http, requests) = answering(|_| response("200 OK", &[], "")).await;
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(&named("localhost"), &[])));
    let location = format!("http://localhost:{}/", plain_http.port());
    let address = serve(move |stream| {
        let (acceptor, location) = (acceptor.clone(), location.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            read_request(&mut stream).await;
            let _ = stream.write_all(&response("302 Found", &[("Location", &location)], "")).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    let mut plan = RequestPlan { max_redirects: 1, ..get(&format!("https://localhost:{}/", address.port())) };
    plan.headers = vec![secret("Authorization", "Bearer downgraded-token")];
    let exchange = send_with(&trusting(&authority), plan).await.unwrap();
    assert!(exchange.hops[0].credentials_dropped);
    assert_eq!(crate::support::header(&requests.last(), "authorization"), None);
}

#[tokio::test]
async fn a_certificate_file_that_is_none_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (content, words) in [
        ("no PEM at all", "there is no certificate in it"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "bad.pem"),
    ] {
        let file = folder.path().join("bad.pem");
        std::fs::write(&file, content).unwrap();
        let engine = Engine::new(EngineOptions { ca_file: Some(file), ..options() }).unwrap();
        let error = transport_error(send_with(&engine, get("https://127.0.0.1:1/")).await);
        assert!(error.fault == TransportFault::Tls && error.message.contains(words), "{error}");
    }
}

/// Set for the child process of [`a_machine_without_root_certificates_says_so`].
const CHILD: &str = "BEARCAT_TEST_WITHOUT_ROOTS";

/// The root certificates come from the process's environment, so this asks a process that has none.
#[test]
#[cfg(all(unix, not(target_os = "macos")))]
fn a_machine_without_root_certificates_says_so() {
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(async {
            transport_error(send_with(&Engine::new(options()).unwrap(), get("https://127.0.0.1:1/")).await)
        });
        assert_eq!(error.fault, TransportFault::NoRootCertificates, "{error}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tls::a_machine_without_root_certificates_says_so"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", folder.path().join("none.pem"))
        .env("SSL_CERT_DIR", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
