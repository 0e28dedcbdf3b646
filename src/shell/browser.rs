//! Opens the browser, without letting it write to bearcat's terminal.

use url::Url;

use crate::model::problem::{Problem, ProblemKind};

/// Opens `url` in the user's browser. Returns as soon as the opener has been started.
///
/// # Errors
/// When the URL is not http(s) or no opener can be started; the text tells to open it by hand.
pub async fn open(url: Url) -> Result<(), Problem> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Problem::new(ProblemKind::Input, "Only http and https addresses are opened in the browser"));
    }
    if let Some(why) = nowhere_to_open() {
        return Err(by_hand(why));
    }
    match tokio::task::spawn_blocking(move || open::that_detached(url.as_str())).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(by_hand(&error.to_string())),
        Err(error) => Err(by_hand(&error.to_string())),
    }
}

fn by_hand(why: &str) -> Problem {
    Problem::new(ProblemKind::Other, "The browser could not be opened")
        .detail(why)
        .hint("Open the address on screen by hand, on any device; `y` copies it")
}

/// On a machine without a display an opener may fall back to a text browser that would draw over bearcat.
fn nowhere_to_open() -> Option<&'static str> {
    if !cfg!(all(unix, not(target_os = "macos"))) || std::env::var_os("BROWSER").is_some() {
        return None;
    }
    let display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let wsl = std::env::var_os("WSL_DISTRO_NAME").is_some();
    (!display && !wsl).then_some("This session has no display (an SSH session, or a machine without a desktop)")
}
