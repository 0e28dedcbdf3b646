//! Client certificates: from PEM and PKCS#12 files to what a handshake needs.
//!
//! Called while a TLS configuration is made, off the main thread. Error texts name files, never a passphrase.

use std::path::Path;

use pkcs5::EncryptionScheme;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::model::tls::{CertificateFiles, ClientCertificate};

/// The largest file of certificates or keys that is read.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A chain, leaf first, and its key.
pub(super) type Chain = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads a client certificate. The error says which file and why.
pub(super) fn load(client: &ClientCertificate) -> Result<Chain, String> {
    let passphrase = client.passphrase.as_ref().map(crate::redact::SecretText::expose);
    if passphrase.is_some_and(|text| text.contains("{{")) {
        return Err(format!(
            "the passphrase of the client certificate `{}` has a placeholder without a value",
            client.files.path().display()
        ));
    }
    match &client.files {
        CertificateFiles::Pem { certificate, key } => pem(certificate, key.as_deref(), passphrase),
        CertificateFiles::Pkcs12(file) => pkcs12(file, passphrase),
    }
}

/// Certificate authorities of a PEM file.
pub(super) fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(path)?;
    let certificates = certificates(&pem)?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(certificates)
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|error| format!("it is not PEM: {error}"))
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let words = |error: std::io::Error| crate::http::files::plain_words(&error);
    let metadata = std::fs::metadata(path).map_err(words)?;
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err("it is larger than any certificate".to_owned());
    }
    std::fs::read(path).map_err(words)
}

fn pem(certificate: &Path, key: Option<&Path>, passphrase: Option<&str>) -> Result<Chain, String> {
    let unusable = |path: &Path, what: &str, reason: String| format!("the {what} `{}`: {reason}", path.display());
    let in_certificate = |reason| unusable(certificate, "client certificate", reason);
    let bytes = read(certificate).map_err(in_certificate)?;
    let chain = match certificates(&bytes).map_err(in_certificate)? {
        chain if !chain.is_empty() => chain,
        // JetBrains allows DER; it has no line that begins a certificate.
        _ if bytes.first() == Some(&0x30) => vec![CertificateDer::from(bytes.clone())],
        _ => return Err(in_certificate("there is no certificate in it".to_owned())),
    };
    let key_file = key.unwrap_or(certificate);
    let in_key = |reason| unusable(key_file, "key of the client certificate", reason);
    let bytes = if key.is_some() { read(key_file).map_err(in_key)? } else { bytes };
    let key = private_key(&bytes, passphrase).map_err(in_key)?;
    Ok((chain, key))
}

fn private_key(bytes: &[u8], passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, String> {
    if bytes.first() == Some(&0x30) {
        return PrivateKeyDer::try_from(bytes.to_vec()).map_err(|_| "it is neither PEM nor a DER key".to_owned());
    }
    if let Some(encrypted) = pem_section(bytes, "ENCRYPTED PRIVATE KEY")? {
        let passphrase = passphrase.ok_or("it is encrypted, and no passphrase is given")?;
        return decrypt(&encrypted, passphrase);
    }
    if memchr::memmem::find(bytes, b"Proc-Type: 4,ENCRYPTED").is_some() {
        return Err("it is encrypted in OpenSSL's old form; write it anew with `openssl pkcs8 -topk8`".to_owned());
    }
    PrivateKeyDer::from_pem_slice(bytes).map_err(|_| "there is no private key in it".to_owned())
}

/// The bytes between `-----BEGIN label-----` and its end.
fn pem_section(bytes: &[u8], label: &str) -> Result<Option<Vec<u8>>, String> {
    use base64::Engine as _;
    let text = String::from_utf8_lossy(bytes);
    let begin = format!("-----BEGIN {label}-----");
    let Some(start) = text.find(&begin).map(|at| at + begin.len()) else { return Ok(None) };
    let end = text[start..].find("-----END ").ok_or("its end is missing")? + start;
    let base64: String = text[start..end].split_whitespace().collect();
    base64::prelude::BASE64_STANDARD.decode(base64).map(Some).map_err(|_| "it is not PEM".to_owned())
}

/// `EncryptedPrivateKeyInfo` (RFC 5958 section 3): an algorithm and an octet string.
fn decrypt(der: &[u8], passphrase: &str) -> Result<PrivateKeyDer<'static>, String> {
    let broken = || "it is not an encrypted PKCS#8 key".to_owned();
    let (0x30, content, _) = element(der).ok_or_else(broken)? else { return Err(broken()) };
    let (0x30, _, rest) = element(content).ok_or_else(broken)? else { return Err(broken()) };
    let algorithm = &content[..content.len() - rest.len()];
    let (0x04, ciphertext, _) = element(rest).ok_or_else(broken)? else { return Err(broken()) };
    let scheme = EncryptionScheme::try_from(algorithm)
        .map_err(|_| "it is encrypted in a way that bearcat does not know; PBES2 with AES is known".to_owned())?;
    let key = scheme.decrypt(passphrase, ciphertext).map_err(|_| "the passphrase is wrong".to_owned())?;
    // A wrong passphrase sometimes gives bytes.
    if element(&key).is_none_or(|(tag, _, rest)| tag != 0x30 || !rest.is_empty()) {
        return Err("the passphrase is wrong".to_owned());
    }
    Ok(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)))
}

/// Tag, content and what follows of a DER element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|_| (1..=4).contains(&count))?;
        (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), &rest[count..])
    };
    Some((tag, rest.get(..length)?, &rest[length..]))
}

fn pkcs12(path: &Path, passphrase: Option<&str>) -> Result<Chain, String> {
    use p12_keystore::{KeyStore, Pkcs12ImportPolicy};
    let unusable = |reason: String| format!("the client certificate `{}`: {reason}", path.display());
    let bytes = read(path).map_err(unusable)?;
    let store = KeyStore::from_pkcs12(&bytes, passphrase.unwrap_or_default(), Pkcs12ImportPolicy::Relaxed).map_err(
        |error| {
            unusable(match (&error, passphrase) {
                (p12_keystore::error::Error::MacError(_), Some(_)) => "the passphrase is wrong".to_owned(),
                (p12_keystore::error::Error::MacError(_), None) => {
                    "it is encrypted, and no passphrase is given".to_owned()
                }
                _ => format!("it is not a PKCS#12 file that bearcat can read ({error})"),
            })
        },
    )?;
    let (_, chain) = store.private_key_chain().ok_or_else(|| unusable("there is no private key in it".to_owned()))?;
    let certificates: Vec<_> =
        chain.certs().iter().map(|certificate| CertificateDer::from(certificate.as_der().to_vec())).collect();
    if certificates.is_empty() {
        return Err(unusable("there is no certificate for its key in it".to_owned()));
    }
    let key = PrivateKeyDer::try_from(chain.key().as_der().to_vec())
        .map_err(|_| unusable("its key is of an unknown kind".to_owned()))?;
    Ok((certificates, key))
}
