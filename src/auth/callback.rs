//! The callback of the browser sign-in: the port that a listener implements, and what may be pasted instead.
//!
//! [`CallbackListener`] is implemented over sockets in `shell/loopback.rs`; `auth/code.rs` consumes it. A listener
//! judges nothing: it hands over what came, and the flow says which page the browser gets.

use std::fmt;

use url::Url;

use crate::auth::error::AuthError;
use crate::model::port::BoxFuture;

/// The page that a browser gets as its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackPage {
    /// Signed in; the tab can be closed.
    SignedIn,
    /// The sign-in failed; why is said here in short and in bearcat at length.
    Failed {
        /// One line for people.
        reason: String,
    },
    /// A second tab, an old one, or a request that belongs to no sign-in: nothing was done with it.
    Ignored,
}

/// One request to the callback path.
pub struct CallbackRequest {
    /// The whole URL, with its query.
    pub url: Url,
    /// Answers the browser. Dropped unused, the browser is told that the sign-in was cancelled.
    pub respond: Box<dyn FnOnce(CallbackPage) + Send>,
}

impl fmt::Debug for CallbackRequest {
    /// Without the query: it holds the code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackRequest({})", self.url.path())
    }
}

/// Receives what the browser brings back. Dropping it closes the ports.
pub trait CallbackListener: Send {
    /// The URL that the provider redirects to; exactly this has to be registered.
    fn redirect_uri(&self) -> Url;
    /// The next request to the callback path.
    fn next(&mut self) -> BoxFuture<'_, Result<CallbackRequest, AuthError>>;
    /// What the user should know about it: another port than the first was taken.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Longer texts are no callback.
const LONGEST_PASTE: usize = 16 * 1024;

/// Reads the URL, or only its query, that a user copied from the browser's address bar. Line breaks of a terminal and
/// quotes around it are taken off. Whether it belongs to this sign-in is for [`super::code::judge`] to say.
pub fn parse_pasted_callback(pasted: &str) -> Result<Url, AuthError> {
    let wrong = |why: &str| AuthError::WrongCallback(why.to_owned());
    if pasted.len() > LONGEST_PASTE {
        return Err(wrong("The text is too long for a callback"));
    }
    let text: String = pasted.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.trim_matches(['"', '\'', '`', '<', '>']);
    if text.is_empty() {
        return Err(wrong("Nothing was pasted"));
    }
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("http://localhost/?{}", text.trim_start_matches('?')))
    };
    let url = url.map_err(|_| wrong("The text is not an address"))?;
    let has = |name: &str| url.query_pairs().any(|(key, _)| key == name);
    if has("response_type") {
        return Err(wrong("This is the address of the sign-in page; needed is the one that the browser ends on"));
    }
    if !has("code") && !has("error") {
        return Err(wrong("The address has neither `code` nor `error` after the `?`"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
