//! A browser without a screen: takes an authorisation URL through the demo's sign-in page and on to the callback.
//!
//! The demo's approve key uses it where no real browser can be opened, and so do the tests. It speaks plain HTTP to
//! loopback addresses only, one connection per page, and keeps no cookies.

use std::fmt::Write as _;
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::model::identity::is_loopback;

/// A page that takes longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest page.
const LONGEST: u64 = 1 << 20;
/// Most redirects on the way to the sign-in page.
const MOST_HOPS: usize = 5;

/// A page as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Where a redirect leads.
    pub location: Option<Url>,
    /// The body.
    pub body: String,
}

/// Fetches a page.
pub async fn get(url: &Url) -> Result<Page> {
    send("GET", url, None).await
}

/// Sends a form.
pub async fn post(url: &Url, form: &[(&str, &str)]) -> Result<Page> {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    send("POST", url, Some(body)).await
}

/// Signs in as the user with this e-mail address and returns the callback URL with the code, not yet visited.
pub async fn sign_in(authorization_url: &Url, email: &str) -> Result<Url> {
    let mut url = authorization_url.clone();
    for _ in 0..MOST_HOPS {
        let page = get(&url).await?;
        match page.location {
            Some(next) if next.origin() != authorization_url.origin() => return Ok(next),
            Some(next) => url = next,
            None if page.status == 200 => {
                let answer = post(&url, &[("user", email)]).await?;
                return answer.location.ok_or_else(|| Error::other("the sign-in page led nowhere"));
            }
            None => return Err(Error::other(format!("the sign-in page answered {}", page.status))),
        }
    }
    Err(Error::other("too many redirects"))
}

/// The same, and visits the callback as a browser would. Returns what the callback showed.
pub async fn sign_in_and_return(authorization_url: &Url, email: &str) -> Result<Page> {
    let callback = sign_in(authorization_url, email).await?;
    get(&callback).await
}

async fn send(method: &str, url: &Url, form: Option<String>) -> Result<Page> {
    let (Some(host), Some(port), true) = (url.host_str(), url.port_or_known_default(), is_loopback(url)) else {
        return Err(Error::new(ErrorKind::InvalidInput, "only loopback addresses"));
    };
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n");
    let body = form.unwrap_or_default();
    if method == "POST" {
        let length = body.len();
        let _ = write!(head, "content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n");
    }
    let exchange = async {
        let mut stream = TcpStream::connect((host, port)).await?;
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(LONGEST).read_to_end(&mut answer).await?;
        Ok::<_, Error>(answer)
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await??;
    read(url, &String::from_utf8_lossy(&answer))
}

fn read(url: &Url, answer: &str) -> Result<Page> {
    let malformed = || Error::new(ErrorKind::InvalidData, "the answer is not HTTP");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(malformed)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(malformed)?;
    let mut page = Page { status, location: None, body: body.to_owned() };
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if name.eq_ignore_ascii_case("location") {
            page.location = url.join(value).ok();
        }
    }
    Ok(page)
}
