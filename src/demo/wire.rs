//! The demo's sockets: loopback listeners whose connections can be cut, reset, or made to say any bytes at all.
//!
//! A handler finds the [`Control`] of its own connection in the request's extensions. It takes effect on the first
//! byte of the answer: instead of it the planned bytes go out, or none, and the connection ends.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Binds the issuer's and the API's listener on 127.0.0.1.
pub async fn bind(
    issuer_port: u16,
    api_port: u16,
    stop: &CancellationToken,
) -> io::Result<(LoopbackListener, LoopbackListener)> {
    let issuer = LoopbackListener::bind(issuer_port, stop.clone()).await?;
    let api = LoopbackListener::bind(api_port, stop.clone()).await?;
    Ok((issuer, api))
}

/// A listener on 127.0.0.1 whose connections all end when the demo stops.
pub struct LoopbackListener {
    listener: TcpListener,
    address: SocketAddr,
    stop: CancellationToken,
}

impl LoopbackListener {
    async fn bind(port: u16, stop: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, stop })
    }

    /// The address with the port that the operating system chose.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends when the demo stops.
    pub fn stopped(&self) -> WaitForCancellationFutureOwned {
        self.stop.clone().cancelled_owned()
    }
}

impl Listener for LoopbackListener {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, peer) = Listener::accept(&mut self.listener).await;
        let wire = Wire { stream, control: Control::default(), stopped: Box::pin(self.stopped()) };
        (wire, peer)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

/// What the connection does with the next answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Plan {
    /// Sends it.
    #[default]
    Answer,
    /// Sends these bytes in its place, then ends.
    Raw { bytes: Vec<u8>, sent: usize },
    /// Ends without a byte.
    Close,
    /// Ends with a TCP reset.
    Reset,
}

/// The handle on one connection.
#[derive(Debug, Clone, Default)]
pub struct Control(Arc<Mutex<Plan>>);

impl Control {
    /// Ends the connection instead of answering.
    pub fn close(&self) {
        *self.plan() = Plan::Close;
    }

    /// Resets the connection instead of answering.
    pub fn reset(&self) {
        *self.plan() = Plan::Reset;
    }

    /// Sends these bytes instead of the answer, then ends the connection.
    pub fn answer_raw(&self, bytes: impl Into<Vec<u8>>) {
        *self.plan() = Plan::Raw { bytes: bytes.into(), sent: 0 };
    }

    /// Will the answer not be sent as it is?
    pub fn is_cut(&self) -> bool {
        *self.plan() != Plan::Answer
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected<IncomingStream<'_, LoopbackListener>> for Control {
    fn connect_info(stream: IncomingStream<'_, LoopbackListener>) -> Self {
        stream.io().control.clone()
    }
}

/// One connection.
pub struct Wire {
    stream: TcpStream,
    control: Control,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut wire.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, answer: &[u8]) -> Poll<io::Result<usize>> {
        let wire = self.get_mut();
        let mut plan = wire.control.plan();
        match &mut *plan {
            Plan::Answer => Pin::new(&mut wire.stream).poll_write(cx, answer),
            Plan::Raw { bytes, sent } => {
                while *sent < bytes.len() {
                    *sent += ready!(Pin::new(&mut wire.stream).poll_write(cx, &bytes[*sent..]))?;
                }
                Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
            }
            Plan::Close => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
            Plan::Reset => {
                wire.stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
