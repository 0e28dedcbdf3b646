//! The refresh state machine arrow by arrow, with faults, and in random sequences.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::auth::testing::provider::{ClientCheck, TestProvider, since_start};
use crate::auth::testing::{World, fault, json as json_answer, text as text_answer};
use crate::model::time::Timestamp;
use crate::model::wire::TransportFault;
use crate::redact::{AccessToken, RefreshToken};

const LIFE: u64 = 3600;

struct Scene {
    provider: Arc<TestProvider>,
    world: World,
    identity: Identity,
    keeper: SessionKeeper,
    born: Timestamp,
}

impl Scene {
    /// Signed in with the device flow just now, an hour to live.
    async fn signed_in() -> Self {
        let provider = TestProvider::new();
        let world = World::with(&provider);
        let identity = TestProvider::identity(Grant::DeviceAuthorization);
        let keeper = world.keeper();
        keeper.login(&identity, LoginOptions::default(), &world.listen()).await.unwrap();
        let born = world.ctx.clock.now();
        Self { provider, world, identity, keeper, born }
    }

    fn key(&self) -> SessionKey {
        SessionKey::of(&self.identity)
    }

    fn stored(&self) -> TokenSet {
        self.world.vault.get(&self.key()).unwrap()
    }

    fn refreshes(&self) -> usize {
        self.world.wire.count("refresh request")
    }

    fn at(&self, seconds: u64) {
        self.world.clock.set(self.born.plus(Duration::from_secs(seconds)));
    }

    async fn fresh(&self, freshness: Freshness) -> Result<TokenSet, AuthError> {
        self.keeper.fresh(&self.identity, freshness).await
    }

    fn answer_next(&self, answer: Result<crate::model::wire::WireResponse, crate::model::wire::TransportError>) {
        self.provider.set(|settings| settings.instead.push_back(answer));
    }

    fn notices(&self) -> Vec<KeeperNotice> {
        self.world.notices.lock().unwrap().clone()
    }

    fn stale(&self) -> Freshness {
        Freshness::AfterUnauthorized { stale: fingerprint(self.stored().access.expose()) }
    }
}

fn invalid_grant() -> Result<crate::model::wire::WireResponse, crate::model::wire::TransportError> {
    json_answer(400, &json!({ "error": "invalid_grant", "error_description": "token rotated" }))
}

#[tokio::test]
async fn a_login_is_stored_and_read_by_others() {
    let scene = Scene::signed_in().await;
    let other = scene.world.keeper();
    assert_eq!(other.current(&scene.identity).await.unwrap(), Some(scene.stored()));
    assert!(scene.world.events().contains(&LoginEvent::Storing));
    assert_eq!(other.current(&Identity::anonymous()).await, Ok(None));
}

#[rstest]
#[case::long_before(0, 0)]
#[case::more_than_a_minute_and_the_jitter(LIFE - 71, 0)]
#[case::within_the_minute(LIFE - 59, 1)]
#[case::expired(LIFE + 10, 1)]
#[tokio::test]
async fn it_is_due_a_minute_ahead(#[case] at: u64, #[case] posts: usize) {
    let scene = Scene::signed_in().await;
    scene.at(at);
    let tokens = scene.fresh(Freshness::IfDue).await.unwrap();
    assert_eq!(scene.refreshes(), posts);
    assert_eq!(tokens, scene.stored(), "what is used is what is stored");
}

#[tokio::test]
async fn short_lived_tokens_are_not_due_from_birth() {
    let scene = Scene::signed_in().await;
    scene.provider.set(|settings| settings.access_life = 60);
    scene.fresh(Freshness::Forced).await.unwrap();
    scene.fresh(Freshness::IfDue).await.unwrap();
    assert_eq!(scene.refreshes(), 1);
    scene.at(31);
    scene.fresh(Freshness::IfDue).await.unwrap();
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn a_hundred_at_once_post_once() {
    let scene = Scene::signed_in().await;
    for freshness in [Freshness::IfDue, scene.stale(), Freshness::Forced] {
        let before = scene.refreshes();
        scene.world.clock.advance(Duration::from_secs(LIFE));
        // Held until all have asked, so that the last does not come after the first was served.
        let held = scene.world.lock.acquire(&scene.key()).await.unwrap();
        let mut all: Vec<_> = (0..100).map(|_| Box::pin(scene.fresh(freshness.clone()))).collect();
        assert!(all.iter_mut().all(|one| one.now_or_never().is_none()));
        drop(held);
        let all = futures_util::future::join_all(all).await;
        assert_eq!(scene.refreshes(), before + 1, "{freshness:?}");
        assert!(all.iter().all(|tokens| *tokens == Ok(scene.stored())));
    }
}

/// Eight processes: keepers of their own over one vault and one lock.
#[tokio::test]
async fn eight_processes_post_once() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE);
    let keepers: Vec<SessionKeeper> = (0..8).map(|_| scene.world.keeper()).collect();
    let all = keepers.iter().map(|keeper| keeper.fresh(&scene.identity, Freshness::IfDue));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(scene.refreshes(), 1);
    assert!(all.iter().all(|tokens| *tokens == Ok(scene.stored())));
}

#[tokio::test]
async fn a_401_refreshes_once_and_a_late_one_not_again() {
    let scene = Scene::signed_in().await;
    let stale = scene.stale();
    let new = scene.fresh(stale.clone()).await.unwrap();
    assert_eq!(scene.fresh(stale).await, Ok(new));
    assert_eq!(scene.refreshes(), 1);
}

/// Posted, then nobody waits any more: the keeper still has it, and the rotated token reaches the vault.
#[tokio::test]
async fn a_posted_refresh_survives_those_who_waited() {
    let scene = Scene::signed_in().await;
    let before = scene.stored();
    scene.at(LIFE);
    let mut waiter = Box::pin(scene.fresh(Freshness::IfDue));
    while scene.refreshes() == 0 {
        assert!(waiter.as_mut().now_or_never().is_none());
    }
    drop(waiter);
    assert_eq!(scene.stored(), before);
    scene.keeper.settle().await;
    assert_ne!(scene.stored().refresh, before.refresh);
    assert_eq!(scene.stored().refresh, scene.provider.refresh_token().map(RefreshToken::new));
}

#[tokio::test]
async fn a_driven_refresh_needs_nobody_to_wait() {
    let scene = Scene::signed_in().await;
    let spawn = |task: BoxFuture<'static, ()>| drop(tokio::spawn(task));
    let keeper = scene.world.keeper().driven_by(Arc::new(spawn));
    scene.at(LIFE);
    let before = scene.stored();
    let mut waiter = Box::pin(keeper.fresh(&scene.identity, Freshness::IfDue));
    while scene.world.vault.writes.load(Ordering::SeqCst) == 1 {
        assert!(waiter.as_mut().now_or_never().is_none());
        if scene.refreshes() == 1 {
            break;
        }
        tokio::task::yield_now().await;
    }
    drop(waiter);
    while scene.stored() == before {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.refreshes(), 1);
}

#[tokio::test]
async fn rotated_elsewhere_means_no_post() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE);
    let elsewhere = scene.world.keeper().fresh(&scene.identity, Freshness::IfDue).await.unwrap();
    assert_eq!(scene.fresh(Freshness::IfDue).await, Ok(elsewhere));
    assert_eq!(scene.refreshes(), 1);
}

/// Somebody without our lock (another machine sharing the vault file, say) was faster.
#[tokio::test]
async fn invalid_grant_after_a_rotation_elsewhere_takes_the_vaults_tokens() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE);
    let rotated = TokenSet {
        access: AccessToken::new("opaque-new-access"),
        refresh: Some(RefreshToken::new("rotated-elsewhere")),
        obtained_at: scene.world.ctx.clock.now(),
        expires_at: Some(scene.born.plus(Duration::from_secs(2 * LIFE))),
        ..scene.stored()
    };
    let (vault, key, other) = (scene.world.vault.clone(), scene.key(), rotated.clone());
    scene.answer_next(invalid_grant());
    let sneaky =
        SneakyVault { inner: vault, key, after_second_read: Mutex::new(Some(other)), reads: AtomicUsize::new(0) };
    let keeper = SessionKeeper::new(
        scene.world.ctx.clone(),
        scene.world.providers.clone(),
        Arc::new(sneaky),
        scene.world.lock.clone(),
    );
    assert_eq!(keeper.fresh(&scene.identity, Freshness::IfDue).await, Ok(rotated));
    assert_eq!(scene.refreshes(), 1);
}

/// Changes what it holds after the second read: one is for `current`, one for the re-read under the lock.
struct SneakyVault {
    inner: Arc<crate::auth::testing::vault::FakeVault>,
    key: SessionKey,
    after_second_read: Mutex<Option<TokenSet>>,
    reads: AtomicUsize,
}

impl Vault for SneakyVault {
    fn status(&self) -> BoxFuture<'_, crate::model::port::VaultStatus> {
        self.inner.status()
    }
    fn read<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<Option<TokenSet>, VaultError>> {
        Box::pin(async move {
            let result = self.inner.read(key).await;
            if self.reads.fetch_add(1, Ordering::SeqCst) == 1
                && let Some(other) = self.after_second_read.lock().unwrap().take()
            {
                self.inner.put(self.key.clone(), other);
            }
            result
        })
    }
    fn write<'a>(&'a self, key: &'a SessionKey, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), VaultError>> {
        self.inner.write(key, tokens)
    }
    fn clear<'a>(&'a self, key: &'a SessionKey) -> BoxFuture<'a, Result<(), VaultError>> {
        self.inner.clear(key)
    }
    fn list(&self) -> BoxFuture<'_, Result<Vec<SessionKey>, VaultError>> {
        self.inner.list()
    }
}

#[tokio::test]
async fn invalid_grant_for_the_vaults_own_token_means_log_in_again_and_is_not_repeated() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE + 5);
    scene.answer_next(invalid_grant());
    let error = scene.fresh(Freshness::IfDue).await.unwrap_err();
    assert!(error.needs_login());
    assert!(matches!(&error, AuthError::SessionEnded { description: Some(said), .. } if said == "token rotated"));
    assert!(scene.fresh(Freshness::Forced).await.unwrap_err().needs_login());
    assert_eq!(scene.refreshes(), 1, "a dead token is not posted again");
    assert!(scene.world.vault.get(&scene.key()).is_some(), "nothing is thrown away");
    assert!(scene.keeper.has_ended(&scene.identity, &scene.stored()));

    scene.keeper.login(&scene.identity, LoginOptions::default(), &|_| {}).await.unwrap();
    assert!(!scene.keeper.has_ended(&scene.identity, &scene.stored()), "a login begins anew");
    assert!(scene.fresh(Freshness::Forced).await.is_ok());
}

/// A fault that passes, however late, leaves a session that has not ended.
#[tokio::test]
async fn an_expired_session_has_not_ended_while_its_refresh_token_was_not_refused() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE + 5);
    scene.answer_next(fault(TransportFault::Timeout));
    assert!(scene.fresh(Freshness::IfDue).await.is_err());
    assert!(!scene.keeper.has_ended(&scene.identity, &scene.stored()));
}

#[rstest]
#[case::network(fault(TransportFault::Connect))]
#[case::interrupted(fault(TransportFault::Interrupted))]
#[case::broken(text_answer(500, "text/html", "<html>"))]
#[case::busy(text_answer(429, "text/plain", ""))]
#[case::maintenance(json_answer(503, &json!({ "error": "temporarily_unavailable" })))]
#[tokio::test]
async fn passing_faults_never_mean_log_in_again(
    #[case] answer: Result<crate::model::wire::WireResponse, crate::model::wire::TransportError>,
) {
    let scene = Scene::signed_in().await;
    // While the token is alive it is used, and the provider is left alone for a moment.
    scene.at(LIFE - 30);
    scene.answer_next(answer.clone());
    assert_eq!(scene.fresh(Freshness::IfDue).await, Ok(scene.stored()));
    assert!(matches!(&scene.notices()[..], [KeeperNotice::Postponed { .. }]));
    assert_eq!(scene.fresh(Freshness::IfDue).await, Ok(scene.stored()));
    assert_eq!(scene.refreshes(), 1);
    // Expired, the fault is told, and the session is still there.
    scene.at(LIFE + 1);
    scene.answer_next(answer);
    let error = scene.fresh(Freshness::IfDue).await.unwrap_err();
    assert!(error.is_passing() && !error.needs_login(), "{error}");
    assert!(scene.fresh(Freshness::IfDue).await.is_ok());
}

#[tokio::test]
async fn an_answer_without_a_refresh_token_keeps_the_old_one() {
    let scene = Scene::signed_in().await;
    let old = scene.stored().refresh;
    scene.provider.set(|settings| settings.response = Box::new(|body| drop(body.remove("refresh_token"))));
    let tokens = scene.fresh(Freshness::Forced).await.unwrap();
    assert_eq!(tokens.refresh, old);
    assert_eq!(scene.stored(), tokens);
}

#[tokio::test]
async fn a_refreshed_token_without_exp_is_refused_and_the_rotated_refresh_token_kept() {
    let scene = Scene::signed_in().await;
    let old = scene.stored();
    scene.provider.set(|settings| settings.access_claims = Box::new(|claims| drop(claims.remove("exp"))));
    assert_eq!(scene.fresh(Freshness::Forced).await, Err(AuthError::RefreshWithoutExpiry));
    assert_eq!(scene.stored().access, old.access);
    assert_eq!(scene.stored().refresh, scene.provider.refresh_token().map(RefreshToken::new));
}

/// kinde.md 5.1: until it expires, Kinde gives the same access token; asking again before is in vain.
#[tokio::test]
async fn the_same_access_token_again_is_not_asked_for_in_a_loop() {
    let scene = Scene::signed_in().await;
    scene.provider.set(|settings| settings.same_access_token = true);
    scene.at(LIFE - 30);
    for _ in 0..20 {
        scene.fresh(Freshness::IfDue).await.unwrap();
    }
    assert_eq!(scene.refreshes(), 1);
    assert_eq!(scene.stored().refresh, scene.provider.refresh_token().map(RefreshToken::new));
    scene.at(LIFE + 1);
    let old = scene.stored().access;
    assert_ne!(scene.fresh(Freshness::IfDue).await.unwrap().access, old);
    assert_eq!(scene.refreshes(), 2);
}

#[tokio::test]
async fn a_vault_that_fails_for_a_moment_is_tried_again() {
    let scene = Scene::signed_in().await;
    scene.world.vault.fail_writes(2);
    let tokens = scene.fresh(Freshness::Forced).await.unwrap();
    assert_eq!(scene.stored(), tokens);
    assert!(scene.notices().is_empty());
}

#[tokio::test]
async fn a_rotated_token_that_cannot_be_stored_is_kept_told_and_stored_later() {
    let scene = Scene::signed_in().await;
    let before = scene.stored();
    scene.world.vault.fail_writes(usize::MAX);
    let tokens = scene.fresh(Freshness::Forced).await.unwrap();
    assert_eq!(scene.stored(), before);
    assert!(matches!(&scene.notices()[..], [KeeperNotice::NotStored { error: VaultError::Locked(_), .. }]));
    assert_eq!(scene.keeper.current(&scene.identity).await, Ok(Some(tokens.clone())));
    scene.keeper.reload(&scene.identity);
    assert_eq!(
        scene.keeper.current(&scene.identity).await,
        Ok(Some(tokens.clone())),
        "what is not stored is not forgotten"
    );

    // The next one goes on from the rotated token, although the vault has the old one.
    scene.world.vault.fail_writes(0);
    scene.world.clock.advance(Duration::from_secs(31));
    assert_eq!(scene.fresh(Freshness::IfDue).await, Ok(tokens.clone()));
    assert_eq!(scene.stored(), tokens);
    assert!(scene.notices().contains(&KeeperNotice::StoredAtLast { identity: scene.identity.name.clone() }));
}

#[tokio::test]
async fn at_exit_what_could_not_be_stored_is_tried_once_more() {
    let scene = Scene::signed_in().await;
    scene.world.vault.fail_writes(3);
    let tokens = scene.fresh(Freshness::Forced).await.unwrap();
    assert_ne!(scene.stored(), tokens);
    scene.keeper.settle().await;
    assert_eq!(scene.stored(), tokens);
}

/// At exit there is no second chance to notice: what another process stored meanwhile is newer.
#[tokio::test]
async fn what_could_not_be_stored_never_replaces_a_later_login_at_exit() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE);
    scene.world.vault.fail_writes(usize::MAX);
    let ours = scene.fresh(Freshness::IfDue).await.unwrap();
    scene.world.vault.fail_writes(0);
    let elsewhere = TokenSet { refresh: Some(RefreshToken::new("of-a-later-login")), ..scene.stored() };
    scene.world.vault.put(SessionKey::of(&scene.identity), elsewhere.clone());
    scene.keeper.settle().await;
    assert_ne!(ours, elsewhere);
    assert_eq!(scene.stored(), elsewhere);
}

#[tokio::test]
async fn a_login_that_cannot_be_stored_works_in_memory() {
    let scene = Scene::signed_in().await;
    scene.world.vault.fail_writes(usize::MAX);
    let tokens = scene.keeper.login(&scene.identity, LoginOptions::default(), &scene.world.listen()).await.unwrap();
    assert_eq!(scene.keeper.current(&scene.identity).await, Ok(Some(tokens.clone())));
    assert!(scene.world.notes().iter().any(|note| note.contains("could not be stored")));
    assert!(matches!(scene.keeper.store(&scene.identity, &tokens).await, Err(AuthError::NotStored(_))));
}

/// Nothing is posted whose answer could not be stored, and a live token is still good.
#[tokio::test]
async fn a_blocked_vault_blocks_no_live_token_and_posts_nothing() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE - 30);
    scene.world.vault.block(true);
    assert!(scene.fresh(Freshness::IfDue).await.is_ok());
    assert!(matches!(&scene.notices()[..], [KeeperNotice::Postponed { error: AuthError::Vault(_), .. }]));
    scene.at(LIFE + 1);
    assert!(matches!(scene.fresh(Freshness::IfDue).await, Err(AuthError::Vault(VaultError::TimedOut(_)))));
    assert_eq!(scene.refreshes(), 0);
    let other = scene.world.keeper();
    assert!(matches!(other.current(&scene.identity).await, Err(AuthError::Vault(_))));
}

#[tokio::test]
async fn logged_out_elsewhere_is_noticed_at_the_next_refresh() {
    let scene = Scene::signed_in().await;
    scene.world.keeper().logout(&scene.identity, Revocation::Skip).await.unwrap();
    scene.at(LIFE);
    assert!(matches!(scene.fresh(Freshness::IfDue).await, Err(AuthError::NotSignedIn(_))));
    assert_eq!(scene.refreshes(), 0);
}

#[tokio::test]
async fn without_a_refresh_token_the_session_lives_as_long_as_its_access_token() {
    let scene = Scene::signed_in().await;
    let bare = TokenSet { refresh: None, ..scene.stored() };
    scene.keeper.store(&scene.identity, &bare).await.unwrap();
    scene.at(LIFE - 10);
    assert_eq!(scene.fresh(Freshness::IfDue).await, Ok(bare));
    assert!(scene.notices().is_empty());
    scene.at(LIFE);
    assert!(matches!(scene.fresh(Freshness::IfDue).await, Err(AuthError::NoRefreshToken(_))));
}

#[tokio::test]
async fn machine_tokens_are_got_without_a_login_kept_and_renewed_by_their_own_grant() {
    let provider = TestProvider::new();
    provider.set(|settings| settings.client = ClientCheck::Post);
    let world = World::with(&provider);
    let identity = TestProvider::confidential(Grant::ClientCredentials);
    let keeper = world.keeper();
    let first = keeper.fresh(&identity, Freshness::IfDue).await.unwrap();
    for _ in 0..5 {
        assert_eq!(world.keeper().fresh(&identity, Freshness::IfDue).await, Ok(first.clone()), "it is cached");
    }
    world.clock.advance(Duration::from_secs(LIFE - 20));
    let second = keeper.fresh(&identity, Freshness::IfDue).await.unwrap();
    assert_ne!(first.access, second.access);
    assert_eq!(second.refresh, None);
    assert_eq!(world.wire.count("client credentials request"), 2);
    assert_eq!(since_start(&world.clock), LIFE as i64 - 20);
}

#[tokio::test]
async fn pasted_tokens_stay_as_they_are() {
    let world = World::answering(|request| panic!("asked for {}", request.url));
    let mut identity = Identity::new("pasted", Grant::Pasted);
    let keeper = world.keeper();
    assert!(matches!(keeper.fresh(&identity, Freshness::IfDue).await, Err(AuthError::NotSignedIn(_))));
    identity.pasted = Some(AccessToken::new("Bearer an-opaque-token"));
    let tokens = keeper.fresh(&identity, Freshness::IfDue).await.unwrap();
    assert_eq!(tokens.access.expose(), "an-opaque-token");
    assert!(matches!(keeper.fresh(&identity, Freshness::Forced).await, Err(AuthError::PastedIsFinal(_))));
    assert!(matches!(keeper.renew_claims(&identity).await, Err(AuthError::PastedIsFinal(_))));
    let options = LoginOptions { token: Some(AccessToken::new("a-newer-token")), ..LoginOptions::default() };
    keeper.login(&identity, options, &|_| {}).await.unwrap();
    assert_eq!(keeper.current(&identity).await.unwrap().unwrap().access.expose(), "a-newer-token");
}

#[tokio::test]
async fn logout_revokes_both_tokens_and_forgets_them() {
    let scene = Scene::signed_in().await;
    let tokens = scene.stored();
    let outcome = scene.keeper.logout(&scene.identity, Revocation::AtProvider).await.unwrap();
    assert_eq!(outcome.revoked, Some(Ok(())));
    assert_eq!(outcome.end_session.unwrap().path(), "/logout");
    let expected = [tokens.refresh.unwrap().expose().to_owned(), tokens.access.expose().to_owned()];
    assert_eq!(scene.provider.revoked(), expected);
    assert_eq!(scene.keeper.current(&scene.identity).await, Ok(None));
    assert_eq!(scene.world.vault.get(&scene.key()), None);
    assert!(matches!(scene.fresh(Freshness::Forced).await, Err(AuthError::NotSignedIn(_))));
}

#[tokio::test]
async fn logout_forgets_the_tokens_even_if_the_provider_cannot_be_reached() {
    let scene = Scene::signed_in().await;
    let offline = World::answering(|_| fault(TransportFault::Connect));
    let keeper = SessionKeeper::new(
        offline.ctx.clone(),
        offline.providers.clone(),
        scene.world.vault.clone(),
        scene.world.lock.clone(),
    );
    let outcome = keeper.logout(&scene.identity, Revocation::AtProvider).await.unwrap();
    assert!(matches!(outcome.revoked, Some(Err(AuthError::Transport { .. }))));
    assert_eq!(scene.world.vault.get(&scene.key()), None);
}

#[tokio::test]
async fn renewing_claims_revokes_refreshes_and_gives_both() {
    let scene = Scene::signed_in().await;
    scene.provider.set(|settings| settings.same_access_token = true);
    let before = scene.stored();
    let renewed = scene.keeper.renew_claims(&scene.identity).await.unwrap();
    assert_eq!(renewed.old, before);
    assert_ne!(renewed.new.access, before.access);
    assert_eq!(scene.provider.revoked(), [before.access.expose()]);
    assert_eq!(scene.stored(), renewed.new);
}

#[tokio::test]
async fn a_plain_refresh_changes_nothing_where_the_provider_gives_the_same_token_and_renewing_does() {
    let scene = Scene::signed_in().await;
    scene.provider.set(|settings| {
        settings.same_access_token = true;
        settings.access_claims = Box::new(|claims| {
            claims.insert("permissions".to_owned(), json!(["create:orders"]));
        });
    });
    let before = scene.stored();
    assert_eq!(scene.fresh(Freshness::Forced).await.unwrap().access, before.access);
    let renewed = scene.keeper.renew_claims(&scene.identity).await.unwrap();
    let permissions =
        |tokens: &TokenSet| crate::token::inspect::inspect(tokens.access.expose()).claim("permissions").cloned();
    assert_eq!((permissions(&renewed.old), permissions(&renewed.new)), (None, Some(json!(["create:orders"]))));
    assert_ne!(renewed.new.refresh, before.refresh, "rotated, and stored");
    assert_eq!(scene.stored(), renewed.new);
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_not_revoked() {
    let scene = Scene::signed_in().await;
    let without = TokenSet { refresh: None, ..scene.stored() };
    scene.keeper.store(&scene.identity, &without).await.unwrap();
    let result = scene.keeper.renew_claims(&scene.identity).await;
    assert!(matches!(result, Err(AuthError::NoRefreshToken(_))), "{result:?}");
    assert!(scene.provider.revoked().is_empty(), "the session still works");
    assert_eq!(scene.stored(), without);
}

#[rstest]
#[case::network(fault(TransportFault::Connect), "refresh the session again")]
#[case::server(json_answer(500, &json!({ "error": "server_error" })), "refresh the session again")]
#[case::ended(invalid_grant(), "Sign in again")]
#[tokio::test]
async fn a_renewal_that_fails_after_the_revocation_says_so_and_keeps_the_refresh_token(
    #[case] answer: Result<crate::model::wire::WireResponse, crate::model::wire::TransportError>,
    #[case] hint: &str,
) {
    let scene = Scene::signed_in().await;
    let before = scene.stored();
    scene.answer_next(answer);
    let error = scene.keeper.renew_claims(&scene.identity).await.unwrap_err();
    let problem = error.problem();
    assert_eq!(problem.title, "The access token was revoked, but no new one was given", "{problem}");
    assert!(problem.hint.contains(hint), "{problem}");
    assert_eq!(scene.provider.revoked(), [before.access.expose()]);
    assert_eq!(scene.stored(), before, "nothing is lost");
    if hint.starts_with("refresh") {
        let after = scene.fresh(Freshness::Forced).await.unwrap();
        assert_ne!(after.access, before.access, "and the session goes on");
    }
}

#[tokio::test]
async fn a_revocation_that_fails_leaves_the_session_as_it_is() {
    let scene = Scene::signed_in().await;
    let before = scene.stored();
    scene.provider.set(|settings| {
        settings.metadata.remove("revocation_endpoint");
    });
    let other = SessionKeeper::new(
        scene.world.ctx.clone(),
        Providers::default(),
        scene.world.vault.clone(),
        scene.world.lock.clone(),
    );
    let error = other.renew_claims(&scene.identity).await.unwrap_err();
    assert!(matches!(error, AuthError::EndpointMissing { .. }), "{error}");
    assert_eq!((scene.stored(), scene.refreshes()), (before, 0));
}

#[tokio::test]
async fn renewing_waits_for_a_refresh_under_way_and_then_does_its_own_work() {
    let scene = Scene::signed_in().await;
    scene.at(LIFE);
    let (refreshed, renewed) =
        futures_util::future::join(scene.fresh(Freshness::IfDue), scene.keeper.renew_claims(&scene.identity)).await;
    assert_eq!(scene.refreshes(), 2);
    assert_ne!(refreshed.unwrap().access, renewed.unwrap().new.access);
}

mod sequences {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Wait(u64),
        Fresh(u8),
        Fail(u8),
        LoseWrites(usize),
        Elsewhere,
        Settle,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (1_u64..4000).prop_map(Step::Wait),
            (0_u8..3).prop_map(Step::Fresh),
            (0_u8..3).prop_map(Step::Fail),
            (1_usize..4).prop_map(Step::LoseWrites),
            Just(Step::Elsewhere),
            Just(Step::Settle),
        ];
        proptest::collection::vec(step, 1..30)
    }

    async fn play(steps: Vec<Step>) {
        let scene = Scene::signed_in().await;
        let mut is_unsaved = false;
        for step in steps {
            match step {
                Step::Wait(seconds) => scene.world.clock.advance(Duration::from_secs(seconds)),
                Step::Fresh(0) => drop(scene.fresh(Freshness::IfDue).await),
                Step::Fresh(1) => drop(scene.fresh(scene.stale()).await),
                Step::Fresh(_) => drop(scene.fresh(Freshness::Forced).await),
                Step::Fail(0) => scene.answer_next(fault(TransportFault::Timeout)),
                Step::Fail(1) => scene.answer_next(text_answer(502, "text/html", "<html>")),
                Step::Fail(_) => scene.answer_next(text_answer(429, "text/plain", "")),
                Step::LoseWrites(count) => {
                    scene.world.vault.fail_writes(count);
                    is_unsaved = true;
                }
                // With a vault that lost a write another process cannot go on; that is the user's to know.
                Step::Elsewhere if is_unsaved => {}
                Step::Elsewhere => drop(scene.world.keeper().fresh(&scene.identity, Freshness::Forced).await),
                Step::Settle => scene.keeper.settle().await,
            }
        }
        // Whatever happened, the provider's refresh token is the one that is kept.
        scene.world.vault.fail_writes(0);
        scene.keeper.settle().await;
        assert_eq!(scene.stored().refresh, scene.provider.refresh_token().map(RefreshToken::new));
        assert!(
            !scene
                .notices()
                .iter()
                .any(|notice| matches!(notice, KeeperNotice::Postponed { error: AuthError::SessionEnded { .. }, .. }))
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_rotated_token_is_never_lost(steps in steps()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(play(steps));
        }
    }
}

/// The shell runs all of it as tasks.
#[tokio::test]
async fn everything_can_cross_threads() {
    fn check<T: Send>(_: T) {}
    let scene = Scene::signed_in().await;
    let (keeper, identity) = (&scene.keeper, &scene.identity);
    check(keeper.current(identity));
    check(keeper.fresh(identity, Freshness::IfDue));
    check(keeper.login(identity, LoginOptions::default(), &|_| {}));
    check(keeper.logout(identity, Revocation::AtProvider));
    check(keeper.renew_claims(identity));
    check(keeper.settle());
    let (ctx, providers, tokens) = (&scene.world.ctx, &scene.world.providers, scene.stored());
    check(crate::auth::userinfo::userinfo(ctx, providers, identity, &tokens));
    check(providers.verdict(ctx, identity, crate::model::session::TokenKind::Access, &tokens, &[]));
    check(login::login(ctx, providers, identity, LoginOptions::default(), &|_| {}));

    let (keeper, identity) = (scene.keeper.clone(), scene.identity.clone());
    let task = tokio::spawn(async move {
        let events = |event: LoginEvent| drop(event);
        keeper.login(&identity, LoginOptions::default(), &events).await.unwrap();
        keeper.renew_claims(&identity).await.unwrap();
        keeper.logout(&identity, Revocation::AtProvider).await
    });
    assert!(task.await.unwrap().is_ok());
}
