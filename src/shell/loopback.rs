//! The loopback listener of the browser sign-in (RFC 8252 section 7.3): sockets for [`crate::auth::callback`].
//!
//! Bound to 127.0.0.1 and ::1 only, on a port that is known beforehand because it has to be registered at the
//! provider. Requests are bounded in size and time; only `GET` of the callback path with a loopback `Host` gets to the
//! sign-in. Dropping the listener closes the ports; answers are written at once, so they arrive even if the program ends.

use std::fmt;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use url::Url;

use crate::auth::callback::{CallbackListener, CallbackPage, CallbackRequest};
use crate::auth::error::AuthError;
use crate::model::identity::is_loopback;
use crate::model::port::BoxFuture;
use crate::model::problem::{Problem, ProblemKind};

/// The ports that are tried in order; the callback URL of each has to be registered to be of use.
pub const DEFAULT_PORTS: [u16; 3] = [53180, 53181, 53182];

/// The path of bearcat's own callback URLs.
const PATH: &str = "/callback";

/// The largest request head.
const LARGEST_HEAD: usize = 16 * 1024;

/// How long a connection may take to send its head. Browsers open some in advance and send nothing.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// Connections that are read at the same time.
const MOST_CONNECTIONS: usize = 32;

/// The page; `{{…}}` are filled.
const PAGE: &str = include_str!("../../assets/callback.html");

/// Listens on 127.0.0.1 and ::1.
///
/// Connections are taken while [`CallbackListener::next`] is waited for. The sockets are its own, not a task's: they
/// are closed the moment that it is dropped, so that the next sign-in finds its port free.
pub struct LoopbackListener {
    redirect_uri: Url,
    notes: Vec<String>,
    sockets: Sockets,
    door: Arc<Door>,
    connections: JoinSet<()>,
    requests: mpsc::Receiver<CallbackRequest>,
}

impl fmt::Debug for LoopbackListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoopbackListener({})", self.redirect_uri)
    }
}

/// Starts listening: for `redirect_uri` where the identity has one, else on the first free port of `ports` (empty:
/// [`DEFAULT_PORTS`]). Never on a port that was not asked for.
pub async fn listen(redirect_uri: Option<&Url>, ports: &[u16]) -> Result<LoopbackListener, AuthError> {
    if let Some(own) = redirect_uri {
        let port = port_of(own)?;
        let sockets = bind(port).await.map_err(|error| unavailable(&[(port, error)]))?;
        return Ok(start(sockets, own.clone(), Vec::new()));
    }
    let ports = if ports.is_empty() { &DEFAULT_PORTS } else { ports };
    let mut failures = Vec::new();
    for port in ports {
        match bind(*port).await {
            Ok(sockets) => {
                let url = default_redirect_uri(sockets.port);
                let notes = failures.iter().map(|(taken, _)| taken_note(*taken, &url)).collect();
                return Ok(start(sockets, url, notes));
            }
            Err(error) => failures.push((*port, error)),
        }
    }
    Err(unavailable(&failures))
}

/// The callback URL of a port: what has to be registered at the provider.
pub fn default_redirect_uri(port: u16) -> Url {
    Url::parse(&format!("http://127.0.0.1:{port}{PATH}")).expect("an address with a port and a path parses")
}

fn port_of(redirect_uri: &Url) -> Result<u16, AuthError> {
    if redirect_uri.scheme() == "http"
        && is_loopback(redirect_uri)
        && let Some(port) = redirect_uri.port_or_known_default()
    {
        return Ok(port);
    }
    let problem = Problem::new(ProblemKind::Input, "Bearcat cannot listen on this redirect URL")
        .detail(format!("`{redirect_uri}`; it has to be http on a loopback address, with a port"))
        .hint("Register `http://127.0.0.1:53180/callback` and use it, or paste the URL that the browser ends on");
    Err(AuthError::Listener(Box::new(problem)))
}

fn taken_note(taken: u16, url: &Url) -> String {
    format!("Port {taken} is in use, so the callback URL is `{url}` this time: it has to be registered too")
}

fn unavailable(failures: &[(u16, io::Error)]) -> AuthError {
    let ports: Vec<String> = failures.iter().map(|(port, _)| port.to_string()).collect();
    let in_use = failures.iter().all(|(_, error)| error.kind() == io::ErrorKind::AddrInUse);
    let what = if in_use { "in use" } else { "not available" };
    let (noun, verb) = if ports.len() == 1 { ("port", "is") } else { ("ports", "are") };
    let detail: Vec<String> = failures.iter().map(|(port, error)| format!("{port}: {error}")).collect();
    let problem = Problem::new(ProblemKind::SignIn, format!("The callback {noun} {} {verb} {what}", ports.join(", ")))
        .detail(detail.join("\n"))
        .hint(
            "Another sign-in or program listens there: end it, or choose another port (`callback.ports` in config.toml) \
             and register its URL at the provider. Pasting the URL that the browser ends on works without a port",
        );
    AuthError::Listener(Box::new(problem))
}

/// The bound sockets; without ::1 where the machine has no IPv6.
struct Sockets {
    v4: TcpListener,
    v6: Option<TcpListener>,
    port: u16,
}

/// Both or none: were ::1 somebody else's, a browser that resolves `localhost` to it would bring the code there.
async fn bind(port: u16) -> io::Result<Sockets> {
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = v4.local_addr()?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(v6) => Ok(Sockets { v4, v6: Some(v6), port }),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(error),
        Err(_) => Ok(Sockets { v4, v6: None, port }),
    }
}

impl Sockets {
    async fn accept(&self) -> io::Result<TcpStream> {
        let v6 = async {
            match &self.v6 {
                Some(socket) => socket.accept().await,
                None => std::future::pending().await,
            }
        };
        let (stream, _) = tokio::select! {
            accepted = self.v4.accept() => accepted?,
            accepted = v6 => accepted?,
        };
        Ok(stream)
    }
}

fn start(sockets: Sockets, redirect_uri: Url, notes: Vec<String>) -> LoopbackListener {
    let (sender, requests) = mpsc::channel(MOST_CONNECTIONS);
    let door = Arc::new(Door { redirect_uri: redirect_uri.clone(), port: sockets.port, sender });
    LoopbackListener { redirect_uri, notes, sockets, door, connections: JoinSet::new(), requests }
}

impl CallbackListener for LoopbackListener {
    fn redirect_uri(&self) -> Url {
        self.redirect_uri.clone()
    }

    fn next(&mut self) -> BoxFuture<'_, Result<CallbackRequest, AuthError>> {
        Box::pin(async {
            loop {
                while self.connections.try_join_next().is_some() {}
                let is_full = self.connections.len() >= MOST_CONNECTIONS;
                tokio::select! {
                    biased;
                    Some(request) = self.requests.recv() => return Ok(request),
                    _ = self.connections.join_next(), if is_full => {}
                    accepted = self.sockets.accept(), if !is_full => match accepted {
                        Ok(stream) => {
                            let door = self.door.clone();
                            // A connection that fails is the browser's business.
                            self.connections.spawn(async move { drop(serve(stream, &door).await) });
                        }
                        // Out of file descriptors, most likely: let some be closed.
                        Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                    },
                }
            }
        })
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// What all connections share, and what they have to pass.
struct Door {
    redirect_uri: Url,
    port: u16,
    sender: mpsc::Sender<CallbackRequest>,
}

async fn serve(mut stream: TcpStream, door: &Door) -> io::Result<()> {
    let head = match tokio::time::timeout(HEAD_TIME, read_head(&mut stream)).await {
        Ok(Ok(Some(head))) => head,
        Ok(Ok(None)) => return refuse(stream, 431, "Request Header Fields Too Large").await,
        Ok(Err(_)) | Err(_) => return Ok(()),
    };
    match door.admit(&head) {
        Ok(url) => {
            let answer = Answer { stream: Some(stream.into_std()?) };
            let respond = Box::new(move |page| answer.give(&page));
            // The receiver is gone when the sign-in is over; the answer then says so by being dropped.
            drop(door.sender.send(CallbackRequest { url, respond }).await);
            Ok(())
        }
        Err((status, reason)) => refuse(stream, status, reason).await,
    }
}

/// Everything up to the empty line; `None`: too large.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    loop {
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(&buffer[..count]);
        if let Some(end) = memchr::memmem::find(&head, b"\r\n\r\n") {
            head.truncate(end);
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        if head.len() > LARGEST_HEAD {
            return Ok(None);
        }
    }
}

impl Door {
    /// The URL of a request that may get to the sign-in, or the status that it gets instead.
    fn admit(&self, head: &str) -> Result<Url, (u16, &'static str)> {
        const BAD: (u16, &str) = (400, "Bad Request");
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target, version) = (words.next(), words.next(), words.next());
        let target = target.filter(|target| target.starts_with('/')).ok_or(BAD)?;
        if !version.is_some_and(|version| version.starts_with("HTTP/1.")) || words.next().is_some() {
            return Err(BAD);
        }
        let headers: Vec<(String, &str)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
            .collect();
        let hosts: Vec<&str> = headers.iter().filter(|(name, _)| name == "host").map(|(_, value)| *value).collect();
        // A web page that had its own name resolve to this machine would send its own name here.
        if hosts.len() != 1 || !self.is_own_host(hosts[0]) {
            return Err((421, "Misdirected Request"));
        }
        if method != Some("GET") {
            return Err((405, "Method Not Allowed"));
        }
        // Loading ahead must not use up the code of a sign-in.
        if headers.iter().any(|(name, value)| name.ends_with("purpose") && value.contains("prefetch")) {
            return Err((503, "Service Unavailable"));
        }
        let url = self.redirect_uri.join(target).map_err(|_| BAD)?;
        let is_callback = url.path() == self.redirect_uri.path() && url.origin() == self.redirect_uri.origin();
        if is_callback { Ok(url) } else { Err((404, "Not Found")) }
    }

    fn is_own_host(&self, host: &str) -> bool {
        let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
        is_loopback(&url) && url.port_or_known_default() == Some(self.port)
    }
}

async fn refuse(mut stream: TcpStream, status: u16, reason: &str) -> io::Result<()> {
    let extra = if status == 405 { "Allow: GET\r\n" } else { "" };
    let text = format!("{reason}\n");
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n{extra}Content-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.shutdown().await
}

/// The browser's answer; dropped unused, it says that the sign-in is over.
struct Answer {
    stream: Option<std::net::TcpStream>,
}

impl Answer {
    fn give(mut self, page: &CallbackPage) {
        self.write(page);
    }

    /// The page is smaller than any socket's buffer, so it is written without waiting.
    fn write(&mut self, page: &CallbackPage) {
        if let Some(mut stream) = self.stream.take() {
            // Whether the browser still listens makes no difference to the sign-in.
            let _ = stream.write_all(render(page).as_bytes());
            let _ = stream.shutdown(Shutdown::Write);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.write(&CallbackPage::Ignored);
    }
}

fn render(page: &CallbackPage) -> String {
    let (status, mark, title, text) = match page {
        CallbackPage::SignedIn => {
            ("200 OK", "✔", "Signed in", "You can close this tab and go back to the terminal.".to_owned())
        }
        CallbackPage::Failed { reason } => {
            ("200 OK", "✘", "Not signed in", format!("{}. The terminal says more.", escape(reason)))
        }
        CallbackPage::Ignored => (
            "200 OK",
            "–",
            "Nothing to do here",
            "This page belongs to no sign-in that is under way: to one that is over, or to another tab.".to_owned(),
        ),
    };
    let body = PAGE.replace("{{title}}", title).replace("{{mark}}", mark).replace("{{text}}", &text);
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'\r\n\
         Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
