//! The services that the effect runner and the commands share: sign-in engine, vault, HTTP engine, settings.
//!
//! Built once at start. Building touches neither network nor keyring nor certificate store: the first frame and
//! a plain `send` must not wait for what they do not need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::task::TaskTracker;
use url::Url;

use crate::app::effect::UsedText;
use crate::app::msg::Holder;
use crate::auth::context::AuthContext;
use crate::auth::keeper::{KeeperNotice, SessionKeeper};
use crate::auth::provider::Providers;
use crate::collection::file::Collection;
use crate::collection::workspace::Workspace;
use crate::http::engine::proxy::{Loopback, ProxySettings};
use crate::http::engine::{Engine, EngineOptions};
use crate::http::transport::HttpTransport;
use crate::model::identity::{Identity, IdentityName, Origin};
use crate::model::port::{BoxFuture, Clock, Random, Trace};
use crate::model::problem::Problem;
use crate::model::request::RequestId;
use crate::model::session::TokenSet;
use crate::redact::SecretText;
use crate::shell::documents::Documents;
use crate::shell::memory::Memory;
use crate::shell::vault::SwitchableVault;
use crate::store::cache::DocumentCache;
use crate::store::paths::Paths;
use crate::store::remembered::Remembered;
use crate::store::settings::{LoopbackProxy, Settings};
use crate::template::Guarded;

/// How many secrets are looked for by value.
const MOST_HANDED_OUT: usize = 500;

/// How long the end of the program waits for a refresh that was posted.
pub const LAST_REFRESH: Duration = Duration::from_secs(10);

/// Is told what a user should know about a session.
pub type OnNotice = Arc<dyn Fn(KeeperNotice) + Send + Sync>;

/// Whom the services tell what happens on the way.
#[derive(Clone)]
pub struct Listeners {
    /// Every conversation with a provider, redacted.
    pub trace: Arc<dyn Trace>,
    /// Notices about sessions.
    pub notices: OnNotice,
}

/// Everything that talks to the outside, shared by clones of one `Arc`.
pub struct Services {
    /// Where bearcat's own files are.
    pub paths: Paths,
    /// The user's settings.
    pub settings: Settings,
    /// The sign-in engine's ports.
    pub auth: AuthContext,
    /// Metadata and key sets.
    pub providers: Providers,
    /// Sessions: read, refresh, store.
    pub keeper: SessionKeeper,
    /// The vault in use.
    pub vault: SwitchableVault,
    documents: Documents,
    /// What sent requests leave for later ones.
    pub memory: Memory,
    /// What is remembered of workspaces between runs.
    pub remembered: Remembered,
    handed_out: Mutex<HandedOut>,
    /// Sends requests.
    pub engine: Arc<Engine>,
    /// Refreshes under way; awaited at exit, because a posted refresh must not be lost.
    pub refreshes: TaskTracker,
    workspace: Mutex<Texts>,
    origins: Mutex<Origins>,
    refused: Mutex<BTreeSet<String>>,
}

/// Tokens and secrets that went into requests of this process: they are looked for by value in all later ones.
#[derive(Default)]
struct HandedOut {
    tokens: BTreeMap<IdentityName, TokenSet>,
    secrets: Vec<(Guarded, SecretText)>,
}

/// Origins that the user allowed, and those that were asked for. A secret is allowed to the collection that asked.
/// The workspace as it is on disk, and the texts that are edited over it.
#[derive(Default)]
struct Texts {
    disk: Workspace,
    /// `None`: deleted, but not on disk yet.
    edited: BTreeMap<PathBuf, Option<Arc<Collection>>>,
    /// Both together, once somebody wanted them.
    used: Option<Arc<Workspace>>,
}

impl Texts {
    fn used(&mut self) -> Arc<Workspace> {
        let (disk, edited) = (&self.disk, &self.edited);
        let put_together = || {
            let mut used = disk.clone();
            for (path, text) in edited {
                replace(&mut used, path, text.as_deref().cloned());
            }
            Arc::new(used)
        };
        self.used.get_or_insert_with(put_together).clone()
    }
}

/// Puts a collection in the place of the one of this path.
fn replace(workspace: &mut Workspace, path: &Path, text: Option<Collection>) {
    let found = workspace.collections.iter().position(|collection| collection.path == path);
    match (found, text) {
        (Some(at), Some(text)) => workspace.collections[at] = text,
        (Some(at), None) => {
            workspace.collections.remove(at);
        }
        (None, Some(text)) => {
            let at = workspace.collections.partition_point(|known| known.path < text.path);
            workspace.collections.insert(at, text);
        }
        (None, None) => {}
    }
}

/// Origins that the user allowed, and those that were asked for.
#[derive(Default)]
struct Origins {
    allowed: BTreeSet<(IdentityName, Origin)>,
    allowed_secrets: BTreeSet<(PathBuf, Guarded, Origin)>,
    /// The last question of each request: a pair that was asked about before was not allowed.
    asked: BTreeMap<RequestId, (Holder, Origin)>,
}

impl Origins {
    fn ask(&mut self, request: RequestId, holder: Holder, origin: Origin) {
        self.asked.insert(request, (holder, origin));
    }

    fn allow(&mut self, request: &RequestId, origin: &Origin) {
        match self.asked.remove(request).filter(|(_, asked)| asked == origin) {
            Some((Holder::Token(identity), origin)) => {
                self.allowed.insert((identity, origin));
            }
            Some((Holder::Secret(secret), origin)) => {
                self.allowed_secrets.insert((request.file.clone(), secret, origin));
            }
            None => {}
        }
    }
}

impl Services {
    /// Puts the services together.
    ///
    /// # Errors
    /// When the settings name a CA file that cannot be used.
    pub fn new(
        paths: Paths,
        settings: Settings,
        vault: SwitchableVault,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        listeners: Listeners,
    ) -> Result<Arc<Self>, Problem> {
        let engine = Arc::new(Engine::new(EngineOptions {
            body_limit: settings.body_limit,
            ca_file: settings.ca_file.clone(),
            tls_hosts: settings.tls_hosts.clone(),
            insecure_hosts: settings.insecure_hosts.clone(),
            proxy: proxies(&settings),
            ..EngineOptions::default()
        })?);
        let transport = Arc::new(HttpTransport::new(engine.clone()));
        let auth = AuthContext { transport, clock, random, trace: listeners.trace };
        let providers = Providers::default();
        let refreshes = TaskTracker::new();
        let driver = refreshes.clone();
        let spawn = move |task: BoxFuture<'static, ()>| {
            driver.spawn(task);
        };
        let (store, lock) = (Arc::new(vault.clone()), Arc::new(vault.clone()));
        let keeper = SessionKeeper::new(auth.clone(), providers.clone(), store, lock)
            .driven_by(Arc::new(spawn))
            .reporting_to(listeners.notices);
        let documents = Documents::new(DocumentCache::new(paths.cache_dir.clone()));
        let remembered = Remembered::new(&paths.state_dir);
        Ok(Arc::new(Self {
            documents,
            memory: Memory::default(),
            remembered,
            handed_out: Mutex::default(),
            paths,
            settings,
            auth,
            providers,
            keeper,
            vault,
            engine,
            refreshes,
            workspace: Mutex::default(),
            origins: Mutex::default(),
            refused: Mutex::default(),
        }))
    }

    /// The workspace as last read.
    pub fn workspace(&self) -> Arc<Workspace> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner).used()
    }

    /// Remembers the workspace for the effects that follow.
    pub fn set_workspace(&self, workspace: Workspace) {
        let mut texts = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
        texts.disk = workspace;
        texts.used = None;
    }

    /// From now on this text of a file counts.
    pub fn use_text(&self, path: &Path, text: UsedText) {
        let mut texts = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
        match text {
            UsedText::OfDisk => texts.edited.remove(path),
            UsedText::Edited(collection) => texts.edited.insert(path.to_path_buf(), Some(collection)),
            UsedText::Gone => texts.edited.insert(path.to_path_buf(), None),
        };
        texts.used = None;
    }

    /// This is on disk now; `None`: no file.
    pub fn put_saved(&self, path: &Path, bytes: Option<&[u8]>) {
        let mut texts = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
        replace(&mut texts.disk, path, bytes.map(|bytes| Collection::parse(path, bytes)));
        texts.used = None;
    }

    /// Remembers that the user is asked whether this token or secret may go there with this request.
    pub fn asked_for_origin(&self, request: RequestId, holder: Holder, origin: Origin) {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner).ask(request, holder, origin);
    }

    /// Did the user say that this secret may go to `url` with the requests of this collection?
    pub fn allows_secret(&self, collection: &Path, secret: &Guarded, url: &Url) -> bool {
        Origin::of(url).is_some_and(|origin| {
            let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
            origins.allowed_secrets.contains(&(collection.to_path_buf(), secret.clone(), origin))
        })
    }

    /// Remembers tokens and secrets that a request may have put into its texts.
    pub fn hand_out(&self, tokens: &BTreeMap<IdentityName, TokenSet>, secrets: Vec<(Guarded, SecretText)>) {
        let mut out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        out.tokens.extend(tokens.iter().map(|(name, tokens)| (name.clone(), tokens.clone())));
        for secret in secrets {
            if !out.secrets.contains(&secret) && out.secrets.len() < MOST_HANDED_OUT {
                out.secrets.push(secret);
            }
        }
    }

    /// The tokens that were handed out so far, and the secrets.
    pub fn handed_out(&self) -> (BTreeMap<IdentityName, TokenSet>, Vec<(Guarded, SecretText)>) {
        let out = self.handed_out.lock().unwrap_or_else(PoisonError::into_inner);
        (out.tokens.clone(), out.secrets.clone())
    }

    /// The user said yes to this origin: allows it, until the program ends, to the one that this request asked for.
    pub fn allow_asked(&self, request: &RequestId, origin: &Origin) {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner).allow(request, origin);
    }

    /// May this identity's token go to `url`: by its definition, or because the user said so?
    pub fn allows(&self, identity: &Identity, url: &Url) -> bool {
        identity.allows(url)
            || Origin::of(url).is_some_and(|origin| {
                let origins = self.origins.lock().unwrap_or_else(PoisonError::into_inner);
                origins.allowed.contains(&(identity.name.clone(), origin))
            })
    }

    /// Is this the first 401 for the token with this fingerprint? A session is renewed once for each.
    pub fn first_401(&self, fingerprint: &str) -> bool {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(fingerprint.to_owned())
    }

    /// Takes in what is on disk of the identity's provider, so that it need not be fetched.
    pub fn recall_documents(&self, identity: &Identity) {
        self.documents.recall(identity, &self.providers, self.auth.clock.now());
    }

    /// Lets refreshes that were posted end, and stores what could not be stored before, within `bound`.
    pub async fn finish(&self, bound: Duration) {
        self.refreshes.close();
        let settle = async {
            self.keeper.settle().await;
            self.refreshes.wait().await;
        };
        // Whatever hangs longer than this is reported by the next start as a session that must be renewed.
        let _ = tokio::time::timeout(bound, settle).await;
        self.documents.keep(&self.providers);
    }
}

/// The proxies that are set: what config.toml says wins over the environment.
pub fn proxies(settings: &Settings) -> ProxySettings {
    let loopback = match settings.loopback_proxy {
        LoopbackProxy::Never => Loopback::Direct,
        LoopbackProxy::Allowed => Loopback::Proxied,
    };
    let url = settings.proxy.as_ref().map(|url| url.expose().to_owned());
    ProxySettings::from_environment().with_settings(url, settings.no_proxy.clone(), loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edited_texts_lie_over_those_of_the_disk() {
        let collection = |path: &str, text: &str| Collection::parse(Path::new(path), text.as_bytes());
        let mut texts = Texts::default();
        texts.disk.collections = vec![collection("b.http", "GET /b\n"), collection("c.http", "GET /c\n")];
        texts.edited.insert("a.http".into(), Some(Arc::new(collection("a.http", "GET /a\n"))));
        texts.edited.insert("b.http".into(), Some(Arc::new(collection("b.http", "GET /edited\n"))));
        texts.edited.insert("c.http".into(), None);
        let urls = |texts: &mut Texts| -> Vec<String> {
            texts.used().collections.iter().map(|collection| collection.requests[0].url.text.clone()).collect()
        };
        assert_eq!(urls(&mut texts), ["/a", "/edited"]);
        texts.edited.clear();
        texts.used = None;
        assert_eq!(urls(&mut texts), ["/b", "/c"]);
    }

    /// A "no" to one token is none to be turned by a "yes" to another.
    #[test]
    fn a_yes_counts_for_the_pair_that_was_asked_about_only() {
        let request = |index| RequestId { file: "a.http".into(), index };
        let origin = |text: &str| Origin::parse(text).unwrap();
        let (jane, robot) = (IdentityName::new("jane"), IdentityName::new("robot"));
        let mut origins = Origins::default();
        origins.ask(request(0), Holder::Token(jane.clone()), origin("https://a.test"));
        origins.ask(request(0), Holder::Token(robot.clone()), origin("https://a.test"));
        origins.ask(request(1), Holder::Token(jane.clone()), origin("https://a.test"));
        origins.allow(&request(0), &origin("https://b.test"));
        assert!(origins.allowed.is_empty());
        origins.ask(request(0), Holder::Token(robot.clone()), origin("https://a.test"));
        origins.allow(&request(0), &origin("https://a.test"));
        assert_eq!(origins.allowed, BTreeSet::from([(robot, origin("https://a.test"))]));
        let stripe = Guarded::Secret("stripe".to_owned());
        origins.ask(request(0), Holder::Secret(stripe.clone()), origin("https://a.test"));
        origins.allow(&request(0), &origin("https://a.test"));
        assert_eq!(origins.allowed_secrets, BTreeSet::from([("a.http".into(), stripe, origin("https://a.test"))]));
        assert_eq!(origins.allowed.len(), 1);
    }
}
