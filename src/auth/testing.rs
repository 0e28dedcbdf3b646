//! Fakes of the ports, for the tests of this module and (by path) for `tests/conformance.rs`: time that passes by
//! itself, randomness that repeats, scripted transports and vaults. [`provider`] has a provider that really signs.

#[path = "testing/keys.rs"]
pub mod keys;

#[path = "testing/provider.rs"]
pub mod provider;

#[path = "testing/vault.rs"]
pub mod vault;

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

use crate::auth::context::AuthContext;
use crate::auth::keeper::{KeeperNotice, SessionKeeper};
use crate::auth::login::LoginEvent;
use crate::auth::provider::Providers;
use crate::model::port::{BoxFuture, Clock, Random, Trace, Transport};
use crate::model::time::Timestamp;
use crate::model::wire::{ProviderExchange, TransportError, TransportFault, WireRequest, WireResponse};

/// When the tests begin: 2026-11-23 20:00:00 UTC.
pub const START: Timestamp = Timestamp::from_seconds(1_795_464_000);

/// A clock whose sleeps end at once and let that much time pass.
#[derive(Clone)]
pub struct FakeClock {
    millis: Arc<AtomicI64>,
    sleeps: Arc<Mutex<Vec<Duration>>>,
}

impl Default for FakeClock {
    fn default() -> Self {
        Self { millis: Arc::new(AtomicI64::new(START.millis())), sleeps: Arc::default() }
    }
}

impl FakeClock {
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
    }

    pub fn set(&self, to: Timestamp) {
        self.millis.store(to.millis(), Ordering::SeqCst);
    }

    pub fn sleeps(&self) -> Vec<u64> {
        self.sleeps.lock().unwrap().iter().map(Duration::as_secs).collect()
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        // Time passes when the sleep is waited for, not when it is made: a deadline beside an answer costs nothing.
        let clock = self.clone();
        Box::pin(async move {
            clock.sleeps.lock().unwrap().push(duration);
            clock.advance(duration);
        })
    }
}

/// Random bytes that are the same in every run.
pub struct SeededRandom(AtomicU64);

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 56) as u8;
        }
    }
}

type Handler = dyn Fn(&WireRequest) -> Result<WireResponse, TransportError> + Send + Sync;

/// Answers by a function and remembers what was asked. Lets other tasks run before it answers.
pub struct Script {
    handler: Box<Handler>,
    requests: Mutex<Vec<WireRequest>>,
}

impl Script {
    pub fn requests(&self) -> Vec<WireRequest> {
        self.requests.lock().unwrap().clone()
    }

    pub fn count(&self, purpose: &str) -> usize {
        self.requests().iter().filter(|request| request.purpose == purpose).count()
    }
}

impl Transport for Script {
    fn send(&self, request: WireRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        Box::pin(async move {
            yield_now().await;
            let answer = (self.handler)(&request);
            self.requests.lock().unwrap().push(request);
            yield_now().await;
            answer
        })
    }
}

/// Lets other tasks run once.
pub async fn yield_now() {
    let mut is_first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// The sign-in log.
#[derive(Default)]
pub struct Recorder(Mutex<Vec<ProviderExchange>>);

impl Recorder {
    pub fn exchanges(&self) -> Vec<ProviderExchange> {
        self.0.lock().unwrap().clone()
    }
}

impl Trace for Recorder {
    fn record(&self, exchange: ProviderExchange) {
        self.0.lock().unwrap().push(exchange);
    }
}

/// Everything that the flows need, all of it fake.
pub struct World {
    pub clock: FakeClock,
    pub wire: Arc<Script>,
    pub trace: Arc<Recorder>,
    pub ctx: AuthContext,
    pub providers: Providers,
    pub vault: Arc<vault::FakeVault>,
    pub lock: Arc<vault::FakeLock>,
    pub notices: Arc<Mutex<Vec<KeeperNotice>>>,
    pub events: Mutex<Vec<LoginEvent>>,
}

impl World {
    /// A world whose network is this function.
    pub fn answering(
        handler: impl Fn(&WireRequest) -> Result<WireResponse, TransportError> + Send + Sync + 'static,
    ) -> Self {
        let clock = FakeClock::default();
        let wire = Arc::new(Script { handler: Box::new(handler), requests: Mutex::default() });
        let trace = Arc::new(Recorder::default());
        let ctx = AuthContext {
            transport: wire.clone(),
            clock: Arc::new(clock.clone()),
            random: Arc::new(SeededRandom(AtomicU64::new(7))),
            trace: trace.clone(),
        };
        Self {
            clock,
            wire,
            trace,
            ctx,
            providers: Providers::default(),
            vault: Arc::default(),
            lock: Arc::default(),
            notices: Arc::default(),
            events: Mutex::default(),
        }
    }

    /// A world with this provider in it.
    pub fn with(provider: &Arc<provider::TestProvider>) -> Self {
        let network = provider.clone();
        let world = Self::answering(move |request| network.answer(request));
        provider.follow(world.clock.clone());
        world
    }

    /// A keeper, as one process has it. Two of one world share the vault and the lock, as two processes do.
    pub fn keeper(&self) -> SessionKeeper {
        let notices = self.notices.clone();
        SessionKeeper::new(self.ctx.clone(), self.providers.clone(), self.vault.clone(), self.lock.clone())
            .reporting_to(Arc::new(move |notice| notices.lock().unwrap().push(notice)))
    }

    /// To be given to a login: collects its events.
    pub fn listen(&self) -> impl Fn(LoginEvent) + Send + Sync {
        |event| self.events.lock().unwrap().push(event)
    }

    pub fn events(&self) -> Vec<LoginEvent> {
        self.events.lock().unwrap().clone()
    }

    /// The texts of the notes among the events.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.events().into_iter().filter_map(|event| match event {
            LoginEvent::Note(text) => Some(text),
            _ => None,
        });
        notes.collect()
    }
}

/// A JSON answer.
pub fn json(status: u16, body: &Value) -> Result<WireResponse, TransportError> {
    text(status, "application/json", &body.to_string())
}

/// Any answer.
pub fn text(status: u16, kind: &str, body: &str) -> Result<WireResponse, TransportError> {
    Ok(WireResponse {
        status,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: Bytes::copy_from_slice(body.as_bytes()),
        elapsed: Duration::from_millis(3),
    })
}

/// No answer.
pub fn fault(fault: TransportFault) -> Result<WireResponse, TransportError> {
    Err(TransportError { fault, host: "op.test:443".to_owned(), message: "as the test wants it".to_owned() })
}

/// A form field of a request.
pub fn field<'a>(request: &'a WireRequest, name: &str) -> Option<&'a str> {
    request.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.expose())
}
