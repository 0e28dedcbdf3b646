//! The browser without a screen.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::demo::directory::ADMIN;

#[tokio::test]
async fn it_signs_in_and_visits_the_callback() {
    let kit = Kit::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let callback = format!("http://{}/callback", listener.local_addr().unwrap());
    let client = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 2_048];
        let length = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nDone").await.unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let url = kit.authorization_url(&[("redirect_uri", callback.as_str())]);
    let page = browser::sign_in_and_return(&url, ADMIN).await.unwrap();
    assert_eq!((page.status, page.body.as_str()), (200, "Done"));
    assert!(client.await.unwrap().starts_with("GET /callback?code="));
}

#[tokio::test]
async fn it_says_what_stopped_it() {
    let kit = Kit::start().await;
    let bad_client = kit.authorization_url(&[("client_id", "nobody")]);
    assert!(browser::sign_in(&bad_client, ADMIN).await.unwrap_err().to_string().contains("400"));
    let outside = "https://example.com/oauth2/auth".parse().unwrap();
    assert!(browser::sign_in(&outside, ADMIN).await.is_err());
}

#[tokio::test]
async fn an_error_at_the_callback_is_a_callback_too() {
    let kit = Kit::start().await;
    let url = kit.authorization_url(&[("prompt", "none")]);
    assert!(browser::sign_in(&url, ADMIN).await.unwrap().query().unwrap().contains("login_required"));
}
