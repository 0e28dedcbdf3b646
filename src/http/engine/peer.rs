//! What a server's certificate says, for the record of an exchange. Lenient: the certificate was checked elsewhere, or
//! was not to be checked at all.

use reqwest::tls::{TlsInfo, Version};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

use crate::http::engine::connect::Watch;
use crate::model::exchange::Peer;
use crate::model::time::Timestamp;

/// Most names that are kept.
const MOST_NAMES: usize = 20;

/// Longest name that is kept.
const LONGEST_NAME: usize = 200;

/// The peer of a response: as reqwest tells, else as the handshake saw it, else as it is known from an earlier
/// handshake with the same host (a kept or resumed connection through a proxy).
pub(super) fn of(info: Option<&TlsInfo>, watch: &Watch, known: Option<&Peer>) -> Option<Peer> {
    let told = info.and_then(|info| {
        let peer = info.peer_certificate().and_then(read)?;
        Some(Peer { protocol: info.version().and_then(protocol), ..peer })
    });
    let seen = || {
        let seen = watch.certificate()?;
        read(&seen.der).map(|peer| Peer { protocol: Some(seen.protocol), ..peer })
    };
    let peer = told.or_else(seen).or_else(|| known.cloned())?;
    let cipher = watch.cipher().or_else(|| known.and_then(|known| known.cipher.clone()));
    Some(Peer { cipher, ..peer })
}

fn protocol(version: Version) -> Option<&'static str> {
    [(Version::TLS_1_3, "TLS 1.3"), (Version::TLS_1_2, "TLS 1.2"), (Version::TLS_1_1, "TLS 1.1")]
        .iter()
        .find(|(known, _)| *known == version)
        .map(|(_, name)| *name)
}

fn read(der: &[u8]) -> Option<Peer> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let validity = certificate.validity();
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.iter().filter_map(name).take(MOST_NAMES).collect());
    Some(Peer {
        subject: short(&certificate.subject().to_string()),
        issuer: short(&certificate.issuer().to_string()),
        names: names.unwrap_or_default(),
        validity: Some((
            Timestamp::from_seconds(validity.not_before.timestamp()),
            Timestamp::from_seconds(validity.not_after.timestamp()),
        )),
        protocol: None,
        cipher: None,
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(short(name)),
        GeneralName::IPAddress([a, b, c, d]) => Some(std::net::Ipv4Addr::new(*a, *b, *c, *d).to_string()),
        GeneralName::IPAddress(bytes) => {
            <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}
