//! Client certificates and certificates that are not checked: for which hosts, with which words, and what is shown.

use std::path::PathBuf;
use std::sync::Arc;

use bearcat::http::engine::{Engine, EngineOptions, SendError};
use bearcat::http::plan::{PlannedTls, RequestPlan};
use bearcat::model::identity::IdentityName;
use bearcat::model::tls::{CertificateCheck, CertificateFiles, ClientCertificate, HostPattern, HostTls, TlsOptions};
use bearcat::redact::SecretText;
use bearcat::template::Guarded;
use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{CertificateParams, KeyPair};
use rstest::rstest;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::support::{get, options, send_with};
use crate::tls::{Authority, named, serve_tls};

const PASSPHRASE: &str = "a passphrase of a key";

/// A client certificate in all its files.
struct Client {
    folder: tempfile::TempDir,
}

impl Client {
    fn new(authority: &Authority) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(Vec::new()).unwrap().signed_by(&key, &authority.issuer).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("client.pem", certificate.pem().as_bytes());
        write("client.key", key.serialize_pem().as_bytes());
        write("both.pem", format!("{}{}", certificate.pem(), key.serialize_pem()).as_bytes());
        write("client.der", certificate.der());
        write("encrypted.key", encrypted(&key).as_bytes());
        let mut store = KeyStore::new();
        let chain = PrivateKeyChain::new(
            "1",
            PrivateKey::from_der(&key.serialize_der()).unwrap(),
            [p12_keystore::Certificate::from_der(certificate.der()).unwrap()],
        );
        store.add_entry("client", KeyStoreEntry::PrivateKeyChain(chain));
        write("client.p12", &store.writer(PASSPHRASE).write().unwrap());
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn certificate(&self, certificate: &str, key: Option<&str>, passphrase: Option<&str>) -> ClientCertificate {
        ClientCertificate {
            files: CertificateFiles::named(self.path(certificate), key.map(|key| self.path(key))),
            passphrase: passphrase.map(SecretText::new),
        }
    }
}

/// PKCS#8 with PBES2, as `openssl pkcs8 -topk8` writes it.
fn encrypted(key: &KeyPair) -> String {
    use base64::Engine as _;
    use pkcs5::der::Encode;
    let scheme = pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1000, b"salt-of-8+bytes", [7; 16]).unwrap();
    let ciphertext = scheme.encrypt(PASSPHRASE, &key.serialize_der()).unwrap();
    let algorithm = pkcs5::EncryptionScheme::from(scheme).to_der().unwrap();
    let length = |length: usize| -> Vec<u8> {
        match u8::try_from(length) {
            Ok(short @ 0..0x80) => vec![short],
            _ => [&[0x82][..], &u16::try_from(length).unwrap().to_be_bytes()].concat(),
        }
    };
    let octets = [&[0x04][..], &length(ciphertext.len()), &ciphertext].concat();
    let content = [algorithm, octets].concat();
    let der = [&[0x30][..], &length(content.len()), &content].concat();
    let base64 = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN ENCRYPTED PRIVATE KEY-----\n{base64}\n-----END ENCRYPTED PRIVATE KEY-----\n")
}

/// A server that wants to see a certificate of the authority.
fn demanding(authority: &Authority) -> ServerConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate()).unwrap();
    let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = named("localhost").signed_by(&key, &authority.issuer).unwrap();
    ServerConfig::builder()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .unwrap()
}

fn with_client(url: &str, client: ClientCertificate) -> RequestPlan {
    let environment = TlsOptions { client: Some(client), ..TlsOptions::default() };
    RequestPlan { tls: PlannedTls { environment: Some(environment), hosts: Vec::new() }, ..get(url) }
}

#[rstest]
#[case::pem("client.pem", Some("client.key"), None)]
#[case::pem_in_one_file("both.pem", None, None)]
#[case::der_certificate("client.der", Some("client.key"), None)]
#[case::encrypted_key("client.pem", Some("encrypted.key"), Some(PASSPHRASE))]
#[case::pkcs12("client.p12", None, Some(PASSPHRASE))]
#[tokio::test]
async fn a_client_certificate_opens_the_door(
    #[case] certificate: &str,
    #[case] key: Option<&str>,
    #[case] passphrase: Option<&str>,
) {
    let authority = Authority::named("Company authority");
    let client = Client::new(&authority);
    let address = serve_tls(demanding(&authority)).await;
    let url = format!("https://localhost:{}/", address.port());
    let engine = Engine::new(EngineOptions { ca_file: Some(authority.file()), ..options() }).unwrap();
    assert!(send_with(&engine, get(&url)).await.is_err(), "nobody gets in without");
    let offered = client.certificate(certificate, key, passphrase);
    let exchange = send_with(&engine, with_client(&url, offered.clone())).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"one");
    assert!(exchange.connection.client_certificate.unwrap().ends_with(certificate));
    let peer = exchange.connection.peer.unwrap();
    assert_eq!((peer.protocol, peer.names.as_slice()), (Some("TLS 1.3"), &["localhost".to_owned()][..]));
    assert!(peer.issuer.contains("Company authority"), "{peer:?}");
    assert!(peer.cipher.as_deref().unwrap().starts_with("TLS_"), "{peer:?}");
    assert!(peer.validity.is_some());
    // By host, from the settings; and a kept connection tells the same.
    let hosts = vec![HostTls { host: HostPattern::parse("localhost").unwrap(), ca_file: None, client: Some(offered) }];
    let plan = || RequestPlan { tls: PlannedTls { hosts: hosts.clone(), environment: None }, ..get(&url) };
    let exchange = send_with(&engine, plan()).await.unwrap();
    let again = send_with(&engine, plan()).await.unwrap();
    assert!(again.timings.connect.is_none());
    assert_eq!(again.connection.peer, exchange.connection.peer);
}

#[rstest]
#[case::no_passphrase("client.pem", Some("encrypted.key"), None, "no passphrase is given")]
#[case::wrong_passphrase("client.pem", Some("encrypted.key"), Some("wrong-passphrase"), "the passphrase is wrong")]
#[case::wrong_pkcs12("client.p12", None, Some("wrong-passphrase"), "the passphrase is wrong")]
#[case::placeholder("client.p12", None, Some("{{pass}}"), "a placeholder without a value")]
#[case::no_file("none.pem", None, None, "there is no such file")]
#[case::no_key("client.pem", None, None, "there is no private key in it")]
#[case::no_pkcs12("client.key", None, None, "there is no certificate in it")]
#[tokio::test]
async fn what_is_wrong_with_a_client_certificate_is_told(
    #[case] certificate: &str,
    #[case] key: Option<&str>,
    #[case] passphrase: Option<&str>,
    #[case] words: &str,
) {
    let authority = Authority::named("Company authority");
    let client = Client::new(&authority);
    let engine = Engine::new(EngineOptions { ca_file: Some(authority.file()), ..options() }).unwrap();
    let plan = with_client("https://127.0.0.1:1/", client.certificate(certificate, key, passphrase));
    let text = send_with(&engine, plan).await.unwrap_err().problem().to_string();
    assert!(text.contains(words) && text.contains(key.unwrap_or(certificate)), "{text}");
    assert!(!text.contains("wrong-passphrase"), "{text}");
}

#[tokio::test]
async fn a_certificate_goes_to_its_hosts_and_not_with_a_redirect() {
    let authority = Authority::named("Company authority");
    let client = Client::new(&authority);
    let demanding = serve_tls(demanding(&authority)).await;
    let to = format!("https://localhost:{}/", demanding.port());
    let (first, _) =
        crate::support::answering(move |_| crate::support::response("302 Found", &[("Location", &to)], "")).await;
    let plan = RequestPlan {
        max_redirects: 2,
        ..with_client(&format!("http://{first}/"), client.certificate("both.pem", None, None))
    };
    let engine = Engine::new(EngineOptions { ca_file: Some(authority.file()), ..options() }).unwrap();
    assert!(send_with(&engine, plan).await.is_err(), "the environment's certificate is for the request's origin");
}

#[tokio::test]
async fn what_is_not_checked_is_shown_and_gets_no_token_of_others() {
    let stranger = Authority::named("Nobody knows");
    let address = serve_tls(stranger.server(&named("other.test"), &[])).await;
    let url = format!("https://localhost:{}/", address.port());
    let unchecked = TlsOptions { check: CertificateCheck::Skipped, ..TlsOptions::default() };
    let tls = PlannedTls { environment: Some(unchecked), hosts: Vec::new() };
    let jane = IdentityName::new("jane");
    let engine = Engine::new(options()).unwrap();
    assert!(send_with(&engine, get(&url)).await.is_err());
    let plan = RequestPlan { tls: tls.clone(), sessions: [jane.clone()].into(), ..get(&url) };
    let exchange = send_with(&engine, plan).await.unwrap();
    assert_eq!(exchange.connection.check, CertificateCheck::Skipped, "this machine may have the token");
    assert!(exchange.connection.peer.unwrap().issuer.contains("Nobody knows"));
    let url = "https://api.example.test:1/";
    let plan = RequestPlan { tls: tls.clone(), sessions: [jane.clone()].into(), ..get(url) };
    let failure = send_with(&engine, plan.clone()).await.unwrap_err();
    assert!(matches!(failure.error, SendError::Unverified { .. }), "{failure:?}");
    assert!(failure.problem().hint.contains("tls.insecure_hosts"));
    let guarded = [Guarded::DotenvVariable("API_KEY".to_owned())].into();
    let with_secret = RequestPlan { tls, guarded, ..get(url) };
    let failure = send_with(&engine, with_secret.clone()).await.unwrap_err();
    assert!(matches!(failure.error, SendError::UnverifiedSecret { .. }), "{failure:?}");
    let problem = failure.problem().to_string();
    assert!(problem.contains("The `.env` variable `API_KEY` does not go to") && problem.contains("tls.insecure_hosts"));
    // The user's own settings are a word that counts.
    let allowed = vec![HostPattern::parse("api.example.test").unwrap()];
    let engine = Engine::new(EngineOptions { insecure_hosts: allowed, ..options() }).unwrap();
    for plan in [plan, with_secret] {
        let failure = send_with(&engine, plan).await.unwrap_err();
        assert!(matches!(failure.error, SendError::Transport(_)), "{failure:?}");
    }
}

#[tokio::test]
async fn an_authority_for_one_host_only() {
    let authority = Authority::named("Company authority");
    let address = serve_tls(authority.server(&named("localhost"), &[])).await;
    let url = format!("https://localhost:{}/", address.port());
    let engine = Engine::new(options()).unwrap();
    for (host, is_trusted) in [("localhost", true), ("other.test", false)] {
        let rule = HostTls { host: HostPattern::parse(host).unwrap(), ca_file: Some(authority.file()), client: None };
        let plan = RequestPlan { tls: PlannedTls { hosts: vec![rule], environment: None }, ..get(&url) };
        assert_eq!(send_with(&engine, plan).await.is_ok(), is_trusted, "{host}");
    }
}
