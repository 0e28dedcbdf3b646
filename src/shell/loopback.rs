//! The loopback listener of the browser sign-in (RFC 8252 section 7.3): sockets for `auth::callback`.

use url::Url;

use crate::auth::callback::{CallbackListener, CallbackRequest};
use crate::auth::error::AuthError;
use crate::model::port::BoxFuture;

/// The ports that are tried in order; the callback URL of each has to be registered to be of use.
pub const DEFAULT_PORTS: [u16; 3] = [53180, 53181, 53182];

/// Listens on 127.0.0.1 and ::1.
#[derive(Debug)]
pub struct LoopbackListener {
    redirect_uri: Url,
}

/// Starts listening: for `redirect_uri` where the identity has one, else on the first free port of `ports` (empty:
/// [`DEFAULT_PORTS`]).
pub async fn listen(redirect_uri: Option<&Url>, ports: &[u16]) -> Result<LoopbackListener, AuthError> {
    let _ = (redirect_uri, ports);
    Err(AuthError::NoCallback)
}

impl CallbackListener for LoopbackListener {
    fn redirect_uri(&self) -> Url {
        self.redirect_uri.clone()
    }

    fn next(&mut self) -> BoxFuture<'_, Result<CallbackRequest, AuthError>> {
        Box::pin(async { Err(AuthError::NoCallback) })
    }
}
