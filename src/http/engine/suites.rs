//! Which cipher suite a handshake agreed on.
//!
//! reqwest does not tell, and rustls tells nobody but the connection. So every suite of the provider gets an AEAD that
//! says its suite's name when a connection makes its keys, and does everything else as before.

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{
    AeadKey, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::{
    CipherSuite, CipherSuiteCommon, ConnectionTrafficSecrets, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use crate::http::engine::connect;

/// The process's provider with suites that tell.
pub(super) fn provider() -> Arc<CryptoProvider> {
    static TELLING: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
        let mut provider = CryptoProvider::get_default()
            .map_or_else(rustls::crypto::aws_lc_rs::default_provider, |provider| provider.as_ref().clone());
        for suite in &mut provider.cipher_suites {
            *suite = telling(*suite);
        }
        Arc::new(provider)
    });
    Arc::clone(&TELLING)
}

/// Leaks a few hundred bytes, once for each suite of the process: rustls wants suites that live for ever.
fn telling(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    match suite {
        SupportedCipherSuite::Tls13(inner) => {
            let aead = Box::leak(Box::new(Telling13 { inner: inner.aead_alg, suite: inner.common.suite }));
            SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                common: common(&inner.common),
                hkdf_provider: inner.hkdf_provider,
                aead_alg: aead,
                quic: inner.quic,
            })))
        }
        SupportedCipherSuite::Tls12(inner) => {
            let aead = Box::leak(Box::new(Telling12 { inner: inner.aead_alg, suite: inner.common.suite }));
            SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
                common: common(&inner.common),
                prf_provider: inner.prf_provider,
                kx: inner.kx,
                sign: inner.sign,
                aead_alg: aead,
            })))
        }
        // rustls may get more kinds; they work, and tell nothing.
        #[expect(unreachable_patterns, reason = "the enum may grow")]
        other => other,
    }
}

fn common(common: &CipherSuiteCommon) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite: common.suite,
        hash_provider: common.hash_provider,
        confidentiality_limit: common.confidentiality_limit,
    }
}

/// `TLS_AES_256_GCM_SHA384`, as the registry of IANA has it.
fn tell(suite: CipherSuite) {
    connect::cipher_agreed(format!("{suite:?}").replacen("TLS13_", "TLS_", 1));
}

struct Telling13 {
    inner: &'static dyn Tls13AeadAlgorithm,
    suite: CipherSuite,
}

impl Tls13AeadAlgorithm for Telling13 {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        tell(self.suite);
        self.inner.encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.inner.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.inner.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}

struct Telling12 {
    inner: &'static dyn Tls12AeadAlgorithm,
    suite: CipherSuite,
}

impl Tls12AeadAlgorithm for Telling12 {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        tell(self.suite);
        self.inner.encrypter(key, iv, extra)
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        self.inner.decrypter(key, iv)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.inner.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.inner.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}
