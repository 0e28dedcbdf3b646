//! Carries the sign-in engine's requests to the provider: no redirects, no cookies, bounded in time and size.
//!
//! Used by the shell and the commands as the [`Transport`] of `auth`. Shares the engine's connections.

use std::sync::Arc;

use crate::http::engine::Engine;
use crate::model::port::{BoxFuture, Transport};
use crate::model::wire::{TransportError, WireRequest, WireResponse};

/// The transport over the network.
#[derive(Debug, Clone)]
pub struct HttpTransport {
    engine: Arc<Engine>,
}

impl HttpTransport {
    /// A transport that uses the clients of `engine`.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { engine }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: WireRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        let _ = (request, &self.engine);
        unimplemented!("comes with the next commit")
    }
}
