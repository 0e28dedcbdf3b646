//! Signals that end or suspend the program.

use futures_util::Stream;

/// SIGTERM, SIGHUP, SIGINT and SIGQUIT as a stream of their numbers.
///
/// # Errors
/// When the handlers cannot be installed.
#[cfg(unix)]
pub fn endings() -> std::io::Result<impl Stream<Item = i32> + Unpin> {
    use tokio::signal::unix::{SignalKind, signal};
    let kinds = [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt(), SignalKind::quit()];
    let mut streams = Vec::new();
    for kind in kinds {
        streams.push((kind.as_raw_value(), signal(kind)?));
    }
    Ok(futures_util::stream::poll_fn(move |context| {
        for (number, stream) in &mut streams {
            if stream.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(Some(*number));
            }
        }
        std::task::Poll::Pending
    }))
}

/// Ctrl+C and Ctrl+Break.
///
/// # Errors
/// When the handler cannot be installed.
#[cfg(windows)]
pub fn endings() -> std::io::Result<impl Stream<Item = i32> + Unpin> {
    let mut close = tokio::signal::windows::ctrl_close()?;
    Ok(futures_util::stream::poll_fn(move |context| close.poll_recv(context).map(|_| Some(15))))
}

/// Stops this process as Ctrl+Z in a shell does; returns when it is continued.
#[cfg(unix)]
pub fn suspend() {
    // Ignored: if the signal cannot be raised there is nothing to come back from.
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP);
}

/// Windows has no job control.
#[cfg(windows)]
pub fn suspend() {}
