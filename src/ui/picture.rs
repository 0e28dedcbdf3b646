//! The picture in the README: the main screen of a sample, drawn by the same code as on a terminal.
//!
//! The sample is the application itself, fed with messages; its tokens are real ones of a key that was thrown away,
//! verified like any other. `tests/screens.rs` starts from it too, and keeps `assets/main-screen.svg` true.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use url::Url;

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::msg::{Msg, RunOutcome};
use crate::app::session::{InspectedToken, SessionView};
use crate::app::state::StartOptions;
use crate::body::document::{Document, Limits};
use crate::collection::environment::{EnvironmentFile, Environments, Layer, LayerScope, Visibility};
use crate::collection::file::Collection;
use crate::collection::workspace::Workspace;
use crate::diagnose::case::Case;
use crate::diagnose::diagnose;
use crate::keys::chord::{Chord, Key, Modifiers};
use crate::model::exchange::{
    Connection, Exchange, ResponseBody, ResponseHead, RunId, SentRequest, Timings, TokenUsed,
};
use crate::model::identity::{IdentityName, Issuer};
use crate::model::port::{VaultKind, VaultStatus};
use crate::model::request::{RequestId, TokenCarrier};
use crate::model::session::{SessionKey, TokenSet};
use crate::model::time::Timestamp;
use crate::redact::{AccessToken, IdToken, RefreshToken};
use crate::token::jwks::KeySet;
use crate::token::verify::{Expectation, Keys, verify};
use crate::token::{inspect, kinde};
use crate::ui::draw;
use crate::ui::svg::svg;
use crate::ui::theme::Theme;

/// When the sample takes place: 2026-11-23 14:03:22 UTC, two minutes after the sign-in.
pub const NOW: Timestamp = Timestamp::from_seconds(1_795_442_602);

/// Size of the picture in cells.
const SIZE: (u16, u16) = (120, 36);

const ISSUER: &str = "https://acme.kinde.com";
const CLIENT: &str = "7d1c3a9e5b8f4026a1c4e7d09b63f258";
const AUDIENCE: &str = "https://api.acme.test";
const ACCESS: &str = include_str!("picture/access.jwt");
const ID: &str = include_str!("picture/id.jwt");
const KEYS: &str = include_str!("picture/keys.json");
const ORDERS: &str = include_str!("picture/orders.http");
const ROUTES: &str = include_str!("picture/routes.http");
const ENVIRONMENTS: &str = include_str!("picture/http-client.env.json");
const FORBIDDEN: &str = r#"{"error":"forbidden","message":"Missing permission","required":["create:orders"],"traceId":"8f14e45fceea167a","retry":false}"#;

/// The picture.
///
/// # Panics
/// Never: the sample is part of the program, and tested.
pub fn main_screen() -> String {
    let theme = Theme::dark();
    let buffer = render(&sample(), SIZE, &theme);
    svg(&buffer, "bearcat", &theme)
}

/// One frame of an application at a size.
pub fn render(app: &App, size: (u16, u16), theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a buffer cannot fail");
    let frame = terminal.draw(|frame| {
        draw(frame, app.state(), theme);
    });
    frame.expect("a buffer cannot fail").buffer.clone()
}

/// Signed in, a request selected and refused.
pub fn sample() -> App {
    let mut app = signed_in();
    // From the first request to the second, its Auth tab, and back to the tree.
    for key in [Key::Down, Key::Char('2'), Key::Right, Key::Right, Key::Right, Key::Char('1')] {
        press(&mut app, key);
    }
    let effects = press(&mut app, Key::Enter);
    let sent = effects.into_iter().find_map(|effect| match effect {
        Effect::Send(request) => Some(request.id),
        _ => None,
    });
    if let Some(id) = sent {
        finish(&mut app, id);
    }
    app
}

/// The sample's workspace is open and its identity signed in; nothing has been sent.
pub fn signed_in() -> App {
    let (mut app, _) = App::new(StartOptions::default());
    app.update(Msg::Resized { width: SIZE.0, height: SIZE.1 }, NOW);
    let vault = VaultStatus { kind: VaultKind::Keyring, name: "Secret Service".to_owned(), availability: Ok(()) };
    app.update(Msg::VaultProbed(vault), NOW);
    let effects = app.update(Msg::WorkspaceLoaded(Box::new(workspace())), NOW);
    for effect in effects {
        if let Effect::LoadSession(identity) = effect {
            let session = Some(Box::new(session(&identity.name)));
            app.update(Msg::SessionLoaded { key: SessionKey::of(&identity), result: Ok(session) }, NOW);
        }
    }
    app
}

/// The sample's workspace.
pub fn workspace() -> Workspace {
    let root = PathBuf::from("/home/jane/shop");
    let file = EnvironmentFile::parse(Path::new("http-client.env.json"), ENVIRONMENTS, Visibility::Public);
    let layer = Layer { scope: LayerScope::Folder(root.clone()), files: vec![file] };
    Workspace {
        root,
        collections: vec![
            Collection::parse(Path::new("orders.http"), ORDERS.as_bytes()),
            Collection::parse(Path::new("routes.http"), ROUTES.as_bytes()),
        ],
        environments: Environments { layers: vec![layer], ..Environments::default() },
        ..Workspace::default()
    }
}

/// The session of the sample's identity, verified.
pub fn session(identity: &IdentityName) -> SessionView {
    let keys = KeySet::parse(KEYS.as_bytes()).expect("the sample's key set is well formed");
    let issuer = Issuer::parse(ISSUER).expect("the sample's issuer is well formed");
    let (access, id) = (AccessToken::new(ACCESS.trim()), IdToken::new(ID.trim()));
    let refresh = RefreshToken::new("sample-refresh-token-that-opens-nothing");
    let wants_access = Expectation::access(&issuer, &[AUDIENCE.to_owned()]);
    let wants_id =
        Expectation { access_token_for_hash: Some(access.clone()), ..Expectation::id_token(&issuer, CLIENT) };
    let inspected = |token: &str, wants: &Expectation| {
        let inspection = inspect::inspect(token);
        let kinde = inspection.claims.as_ref().map(kinde::read).unwrap_or_default();
        InspectedToken { kinde, verdict: verify(token, Keys::Set(&keys), wants, NOW), inspection }
    };
    SessionView {
        identity: identity.clone(),
        access: inspected(access.expose(), &wants_access),
        id: Some(inspected(id.expose(), &wants_id)),
        refresh: Some(inspect::inspect(refresh.expose())),
        tokens: TokenSet {
            expires_at: inspect::inspect(access.expose()).expires_at(),
            access,
            id: Some(id),
            refresh: Some(refresh),
            scope: None,
            obtained_at: NOW.minus(Duration::from_mins(2)),
        },
    }
}

/// The answer that the sample's API gives: the user may not create orders.
fn finish(app: &mut App, id: RunId) {
    let Some(request) = app.state().selected_id().cloned() else { return };
    let outcome = outcome(app, &request, exchange(403, "Forbidden", "application/json", FORBIDDEN));
    app.update(Msg::RunFinished { id, outcome: Box::new(outcome) }, NOW);
}

/// An exchange with the sample's API.
///
/// # Panics
/// Never: the URL is a constant.
pub fn exchange(status: u16, reason: &str, content_type: &str, body: &str) -> Exchange {
    let headers = [
        ("date", "Mon, 23 Nov 2026 14:03:22 GMT"),
        ("content-type", content_type),
        ("x-request-id", "8f14e45fceea167a"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let millis = Duration::from_millis;
    Exchange {
        at: NOW,
        request: SentRequest {
            method: "POST".to_owned(),
            url: Url::parse("https://api.acme.test/api/v1/orders").expect("the sample's URL is well formed"),
            headers: [
                ("accept", "application/json"),
                ("authorization", "Bearer ••••••"),
                ("content-type", "application/json"),
                ("user-agent", "bearcat/0.1.0"),
            ]
            .map(owned)
            .to_vec(),
            body_size: 52,
        },
        hops: Vec::new(),
        head: ResponseHead {
            status,
            reason: reason.to_owned(),
            protocol: "HTTP/2".to_owned(),
            headers: headers.map(owned).to_vec(),
            remote_address: Some(([203, 0, 113, 7], 443).into()),
        },
        body: ResponseBody { bytes: Bytes::copy_from_slice(body.as_bytes()), ..ResponseBody::default() },
        timings: Timings {
            dns: Some(millis(4)),
            connect: Some(millis(9)),
            tls: Some(millis(13)),
            first_byte: Some(millis(21)),
            download: Some(millis(1)),
            total: millis(48),
        },
        token: Some(TokenUsed {
            identity: IdentityName::new("jane"),
            carrier: TokenCarrier::Bearer,
            jti: Some("2b9f6a0e-7c1d-4e58-9f3a-6d2c8b41e0a7".to_owned()),
            fingerprint: inspect::fingerprint(ACCESS.trim()),
        }),
        connection: Connection::default(),
        resent_after_refresh: false,
    }
}

/// What the shell makes of an exchange: the body formatted, the refusal diagnosed with what the request needs.
pub fn outcome(app: &App, request: &RequestId, exchange: Exchange) -> RunOutcome {
    let state = app.state();
    let view = state.current_view();
    let block = state.request(request);
    let verdict = view.zip(block).map(|(view, block)| {
        let issuer = Issuer::parse(ISSUER).expect("the sample's issuer is well formed");
        let keys = KeySet::parse(KEYS.as_bytes()).expect("the sample's key set is well formed");
        let wants = Expectation {
            require: block.directives.require.clone(),
            ..Expectation::access(&issuer, &[AUDIENCE.to_owned()])
        };
        verify(view.tokens.access.expose(), Keys::Set(&keys), &wants, NOW)
    });
    let identity = state.effective_identity().and_then(|name| state.identity_named(name));
    let case = Case {
        exchange: &exchange,
        identity,
        token: view.map(|view| &view.access.inspection),
        verdict: verdict.as_ref(),
        provider: None,
    };
    let findings = diagnose(&case);
    let content_type = exchange.head.header("content-type").map(str::to_owned);
    let document = Document::build(&exchange.body.bytes, content_type.as_deref(), Limits::default());
    let token = view.filter(|_| exchange.token.is_some()).map(|view| Arc::new(view.access.inspection.clone()));
    let (notes, asserts) = (Vec::new(), Vec::new());
    RunOutcome { document: Arc::new(document), findings, exchange, notes, asserts, token }
}

fn press(app: &mut App, key: Key) -> Vec<Effect> {
    app.update(Msg::Key(Chord::new(key, Modifiers::default())), NOW)
}
