//! Puts the two routers on their listeners, behind the layer that every request passes first.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use url::Url;

use crate::demo::front::{self, Front};
use crate::demo::log::Port;
use crate::demo::state::Shared;
use crate::demo::wire::{Control, LoopbackListener};
use crate::demo::{api, issuer};

/// Where the demo is reached.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The issuer identifier: no trailing slash.
    pub issuer: String,
    /// The issuer identifier of the custom domain.
    pub custom_issuer: String,
    /// The API's origin.
    pub api: String,
    /// The API's origin with the host name `localhost`.
    pub custom_api: String,
    /// The issuer as a URL.
    pub issuer_url: Url,
    /// The custom domain as a URL.
    pub custom_url: Url,
    /// The API as a URL.
    pub api_url: Url,
}

impl Addresses {
    /// From the bound sockets.
    pub fn of(issuer: SocketAddr, api: SocketAddr) -> Self {
        let parse = |text: &str| Url::parse(text).expect("a host and a port make a URL");
        let texts =
            [format!("http://{issuer}"), format!("http://localhost:{}", issuer.port()), format!("http://{api}")];
        let [issuer_url, custom_url, api_url] = [parse(&texts[0]), parse(&texts[1]), parse(&texts[2])];
        let custom_api = format!("http://localhost:{}", api.port());
        let [issuer, custom_issuer, api] = texts;
        Self { issuer, custom_issuer, api, custom_api, issuer_url, custom_url, api_url }
    }
}

/// Starts both servers.
pub fn spawn(issuer_listener: LoopbackListener, api_listener: LoopbackListener, shared: &Arc<Shared>) {
    spawn_one(
        issuer_listener,
        issuer::router(Arc::clone(shared)),
        Front { shared: Arc::clone(shared), port: Port::Issuer },
    );
    spawn_one(api_listener, api::router(Arc::clone(shared)), Front { shared: Arc::clone(shared), port: Port::Api });
}

fn spawn_one(listener: LoopbackListener, router: Router, front: Front) {
    let router = router.layer(from_fn_with_state(front, front::pass));
    let stopped = listener.stopped();
    let service = router.into_make_service_with_connect_info::<Control>();
    tokio::spawn(async move {
        tokio::select! {
            _ = axum::serve(listener, service) => {}
            () = stopped => {}
        }
    });
}
