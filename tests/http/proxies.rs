//! Proxies: plain, CONNECT and SOCKS5, with credentials, and what is shown of them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bearcat::http::engine::proxy::{Loopback, ProxySettings};
use bearcat::http::engine::{Engine, EngineOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use crate::support::{answering, get, header, options, read_request, response, send_with, serve};
use crate::tls::{Authority, named, serve_tls};

fn through(proxy: String, more: EngineOptions) -> Engine {
    let proxy = ProxySettings::default().with_settings(Some(proxy), None, Loopback::Direct);
    Engine::new(EngineOptions { proxy, ..more }).unwrap()
}

/// A CONNECT proxy that leads everything to `target`; remembers what it was asked.
async fn connect_proxy(target: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let address = serve(move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            let Some(request) = read_request(&mut stream).await else { return };
            let is_known = header(&request, "proxy-authorization") == Some("Basic amFuZTpzM2NyZXQtcGFzcw==");
            seen.lock().unwrap().push(request);
            if !is_known {
                let _ =
                    stream.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").await;
                return;
            }
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            let mut server = TcpStream::connect(target).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut server).await;
        }
    })
    .await;
    (address, asked)
}

#[tokio::test]
async fn https_goes_through_connect_and_is_checked_end_to_end() {
    let authority = Authority::named("Company authority");
    let target = serve_tls(authority.server(&named("api.example.test"), &["http/1.1"])).await;
    let (proxy, asked) = connect_proxy(target).await;
    let options = || EngineOptions { ca_file: Some(authority.file()), ..options() };
    let engine = through(format!("http://jane:s3cret-pass@{proxy}"), options());
    let exchange = send_with(&engine, get("https://api.example.test/x")).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"one");
    assert!(asked.lock().unwrap()[0].starts_with("CONNECT api.example.test:443 HTTP/1.1\r\n"));
    assert_eq!(exchange.connection.proxy, Some(format!("http://{proxy}")));
    assert!(exchange.connection.peer.unwrap().names.contains(&"api.example.test".to_owned()));
    let engine = through(format!("http://jane:wrong-pass@{proxy}"), options());
    let problem = send_with(&engine, get("https://api.example.test/x")).await.unwrap_err().problem();
    let text = problem.to_string();
    assert!(text.contains(&format!("through the proxy http://{proxy}, set by `proxy.url`")), "{text}");
    assert!(!text.contains("wrong-pass"), "{text}");
}

/// RFC 1928 with user and password (RFC 1929), for one connection.
async fn socks5(mut stream: TcpStream, target: SocketAddr) -> String {
    let mut two = [0; 2];
    stream.read_exact(&mut two).await.unwrap();
    stream.read_exact(&mut vec![0; two[1].into()]).await.unwrap();
    stream.write_all(&[5, 2]).await.unwrap();
    stream.read_exact(&mut two).await.unwrap();
    let mut user = vec![0; two[1].into()];
    stream.read_exact(&mut user).await.unwrap();
    let length = stream.read_u8().await.unwrap();
    let mut password = vec![0; length.into()];
    stream.read_exact(&mut password).await.unwrap();
    stream.write_all(&[1, 0]).await.unwrap();
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.unwrap();
    let host = match head[3] {
        3 => {
            let length = stream.read_u8().await.unwrap();
            let mut name = vec![0; length.into()];
            stream.read_exact(&mut name).await.unwrap();
            String::from_utf8(name).unwrap()
        }
        kind => format!("address of kind {kind}"),
    };
    stream.read_u16().await.unwrap();
    stream.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80]).await.unwrap();
    let mut server = TcpStream::connect(target).await.unwrap();
    tokio::spawn(async move { copy_bidirectional(&mut stream, &mut server).await });
    format!("{}:{} {host}", String::from_utf8(user).unwrap(), String::from_utf8(password).unwrap())
}

#[tokio::test]
async fn socks5_resolves_names_at_the_proxy() {
    let (target, _) = answering(|_| response("200 OK", &[], "through socks")).await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let proxy = serve(move |stream| {
        let seen = Arc::clone(&seen);
        async move {
            let told = socks5(stream, target).await;
            seen.lock().unwrap().push(told);
        }
    })
    .await;
    let engine = through(format!("socks5h://jane:s3cret-pass@{proxy}"), options());
    let exchange = send_with(&engine, get("http://api.example.test/x")).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"through socks");
    assert_eq!(exchange.connection.proxy, Some(format!("socks5h://{proxy}")));
    assert_eq!(*asked.lock().unwrap(), ["jane:s3cret-pass api.example.test"]);
}

#[tokio::test]
async fn this_machine_is_reached_directly_unless_asked() {
    let (direct, _) = answering(|_| response("200 OK", &[], "direct")).await;
    let (proxy, _) = answering(|_| response("200 OK", &[], "proxied")).await;
    for (loopback, expected) in [(Loopback::Direct, "direct"), (Loopback::Proxied, "proxied")] {
        let settings = ProxySettings::default().with_settings(Some(proxy.to_string()), None, loopback);
        let engine = Engine::new(EngineOptions { proxy: settings, ..options() }).unwrap();
        let exchange = send_with(&engine, get(&format!("http://{direct}/"))).await.unwrap();
        assert_eq!(&exchange.body.bytes[..], expected.as_bytes());
        assert_eq!(exchange.connection.proxy.is_some(), loopback == Loopback::Proxied);
    }
}
