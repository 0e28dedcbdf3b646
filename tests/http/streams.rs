//! Bodies that come piece by piece: told at once, ended by the user, idle for too long.

use std::sync::Arc;
use std::time::Duration;

use bearcat::http::engine::SendEvent;
use bearcat::http::engine::stop::stoppable;
use bearcat::http::plan::RequestPlan;
use tokio::io::AsyncWriteExt;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::support::{PATIENCE, engine, get, read_request, serve};

/// A stream of events whose pieces the test hands over.
async fn dripping() -> (std::net::SocketAddr, mpsc::UnboundedSender<&'static str>) {
    let (drip, drops) = mpsc::unbounded_channel::<&'static str>();
    let drops = Arc::new(Mutex::new(drops));
    let address = serve(move |mut stream| {
        let drops = Arc::clone(&drops);
        async move {
            read_request(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
            stream.write_all(head.as_bytes()).await.unwrap();
            while let Some(piece) = drops.lock().await.recv().await {
                let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
                if stream.write_all(chunk.as_bytes()).await.is_err() {
                    return;
                }
            }
            let _ = stream.write_all(b"0\r\n\r\n").await;
        }
    })
    .await;
    (address, drip)
}

#[tokio::test]
async fn each_piece_is_told_when_it_comes_and_stopping_keeps_them() {
    let (address, drip) = dripping().await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let signal = stop.clone();
    let run = tokio::spawn(async move {
        let engine = engine();
        let events = move |event| {
            if let SendEvent::Progress { chunk, .. } = event {
                tell.send(String::from_utf8(chunk.to_vec()).unwrap()).unwrap();
            }
        };
        stoppable(signal, engine.send(get(&format!("http://{address}/")), &events)).await
    });
    for piece in ["data: one\n\n", "data: two\n\n"] {
        drip.send(piece).unwrap();
        let got = tokio::time::timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
        assert_eq!(got, piece, "before anything else is sent");
    }
    stop.cancel();
    let exchange = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap().unwrap();
    assert_eq!(&exchange.body.bytes[..], b"data: one\n\ndata: two\n\n");
    assert!(exchange.body.stopped && exchange.body.fault.is_none() && !exchange.body.cut);
}

#[tokio::test]
async fn the_timeout_counts_from_the_last_piece() {
    let (address, drip) = dripping().await;
    drip.send("data: one\n\n").unwrap();
    let plan = RequestPlan { timeout: Duration::from_millis(200), ..get(&format!("http://{address}/")) };
    let exchange = tokio::time::timeout(PATIENCE, engine().send(plan, &|_| {})).await.unwrap().unwrap();
    assert_eq!(&exchange.body.bytes[..], b"data: one\n\n");
    assert_eq!(exchange.body.fault.as_deref(), Some("nothing more came for 200 ms"));
    drop(drip);
}
