//! Everything after the signature: one table for each check.

use super::*;

type Case<'a> = (Value, Outcome, &'a str);

fn assert_access(id: CheckId, expectation: &Expectation, (changes, expected, words): Case<'_>) {
    let verdict = verdict_of(&signed(&with(access_claims(), &changes)), expectation);
    assert_check(&verdict, id, expected, words);
    assert_eq!(verdict.standing() == Standing::Rejected, expected == Outcome::Fail, "{verdict:#?}");
}

fn assert_id(check: CheckId, expectation: &Expectation, (changes, expected, words): Case<'_>) {
    let verdict = verdict_of(&signed(&with(id_claims(), &changes)), expectation);
    assert_check(&verdict, check, expected, words);
    assert_eq!(verdict.standing() == Standing::Rejected, expected == Outcome::Fail, "{verdict:#?}");
}

#[rstest]
#[case::same((json!({}), Outcome::Pass, "`https://acme.kinde.com`"))]
#[case::absent((json!({"iss": null}), Outcome::Fail, "has no `iss`; expected `https://acme.kinde.com`"))]
#[case::not_text((json!({"iss": 5}), Outcome::Fail, "not text"))]
#[case::slash((json!({"iss": "https://acme.kinde.com/"}), Outcome::Fail, "only a trailing slash"))]
#[case::case((json!({"iss": "https://ACME.kinde.com"}), Outcome::Fail, "upper and lower case"))]
#[case::http((json!({"iss": "http://acme.kinde.com"}), Outcome::Fail, "only http and https"))]
#[case::region((json!({"iss": "https://acme.eu.kinde.com"}), Outcome::Fail, "another Kinde business, environment or region"))]
#[case::custom_domain((json!({"iss": "https://account.acme.test"}), Outcome::Fail, "seems to be of a custom domain"))]
fn issuers(#[case] case: Case<'_>) {
    assert_access(CheckId::Issuer, &access(), case);
}

#[rstest]
#[case::kinde_host("https://account.acme.test", json!({}), "requested from the kinde.com host, but a custom domain is expected")]
#[case::foreign("https://account.acme.test", json!({"iss": "https://evil.test"}), "another issuer made this token")]
fn issuers_of_a_custom_domain(#[case] expected: &str, #[case] changes: Value, #[case] words: &str) {
    let expectation = Expectation::access(&issuer(expected), &[API.to_owned()]);
    assert_access(CheckId::Issuer, &expectation, (changes, Outcome::Fail, words));
}

#[rstest]
#[case(json!({}), "Nothing to compare `https://acme.kinde.com` with")]
#[case(json!({"iss": null}), "has no `iss`")]
fn issuer_unknown(#[case] changes: Value, #[case] words: &str) {
    let expectation = Expectation { issuer: None, ..access() };
    assert_access(CheckId::Issuer, &expectation, (changes, Outcome::Skipped, words));
}

#[rstest]
#[case::array((json!({}), Outcome::Pass, "`https://api.acme.test`"))]
#[case::text((json!({"aud": API}), Outcome::Pass, "`https://api.acme.test`"))]
#[case::one_of_many((json!({"aud": ["x", API]}), Outcome::Pass, "`https://api.acme.test`"))]
#[case::empty((json!({"aud": []}), Outcome::Fail, "`aud` is empty, though `https://api.acme.test` was expected: the application is not authorised"))]
#[case::absent((json!({"aud": null}), Outcome::Fail, "The token has no `aud`, though"))]
#[case::other((json!({"aud": ["https://other.test"]}), Outcome::Fail, "`https://other.test` is not `https://api.acme.test`"))]
#[case::slash((json!({"aud": ["https://api.acme.test/"]}), Outcome::Fail, "only a trailing slash or the case"))]
#[case::case((json!({"aud": ["https://API.acme.test"]}), Outcome::Fail, "only a trailing slash or the case"))]
#[case::joined((json!({"aud": ["https://api.acme.test https://b.test"]}), Outcome::Fail, "joined into one text"))]
#[case::number((json!({"aud": 5}), Outcome::Fail, "neither text nor an array"))]
#[case::mixed((json!({"aud": [API, 5]}), Outcome::Fail, "neither text nor an array"))]
fn audiences(#[case] case: Case<'_>) {
    assert_access(CheckId::Audience, &access(), case);
}

#[rstest]
#[case::some((json!({}), Outcome::Skipped, "Nothing to compare `https://api.acme.test` with"))]
#[case::empty((json!({"aud": []}), Outcome::Warn, "`aud` is empty: no audience was asked for at sign-in"))]
#[case::absent((json!({"aud": null}), Outcome::Warn, "The token has no `aud`: no audience was asked for"))]
fn audiences_when_none_was_asked_for(#[case] case: Case<'_>) {
    assert_access(CheckId::Audience, &Expectation { audiences: Vec::new(), ..access() }, case);
}

#[rstest]
#[case::issuer_first((json!({"aud": [KINDE, CLIENT]}), Outcome::Pass, "Holds the client"))]
#[case::client_first((json!({"aud": [CLIENT, KINDE]}), Outcome::Pass, "Holds the client"))]
#[case::client_only((json!({"aud": CLIENT}), Outcome::Pass, "Holds the client"))]
#[case::issuer_only((json!({"aud": [KINDE]}), Outcome::Pass, "`azp` is the client"))]
#[case::issuer_only_without_azp((json!({"aud": [KINDE], "azp": null}), Outcome::Fail, "does not hold the client"))]
#[case::other_client((json!({"aud": [KINDE, "other"]}), Outcome::Fail, "does not hold the client"))]
#[case::empty((json!({"aud": []}), Outcome::Fail, "has no `aud`; expected the client"))]
#[case::absent((json!({"aud": null}), Outcome::Fail, "has no `aud`"))]
#[case::stranger_with_azp((json!({"aud": [CLIENT, "stranger"]}), Outcome::Pass, "Holds the client"))]
#[case::stranger_without_azp((json!({"aud": [CLIENT, "stranger"], "azp": null}), Outcome::Fail, "Besides the client it names `stranger`"))]
#[case::no_azp((json!({"azp": null}), Outcome::Pass, "Holds the client"))]
fn audiences_of_id_tokens(#[case] case: Case<'_>) {
    assert_id(CheckId::Audience, &id(), case);
}

#[rstest]
#[case::some((json!({}), Outcome::Skipped, "No client to compare"))]
#[case::absent((json!({"aud": null}), Outcome::Fail, "has no `aud`"))]
fn audiences_of_id_tokens_of_an_unknown_client(#[case] case: Case<'_>) {
    assert_id(CheckId::Audience, &Expectation { client_id: None, ..id() }, case);
}

#[rstest]
#[case::future((json!({}), Outcome::Pass, "Expires 14:01:22 UTC, in 23 h 58 m"))]
#[case::last_second((json!({"exp": NOW + 1}), Outcome::Pass, "in 1 s"))]
#[case::this_second((json!({"exp": NOW}), Outcome::Warn, "within the leeway of 1 m"))]
#[case::within((json!({"exp": NOW - 59}), Outcome::Warn, "59 s ago: within the leeway of 1 m, but a strict API refuses it"))]
#[case::at_the_leeway((json!({"exp": NOW - 60}), Outcome::Fail, "Expired 14:02:22 UTC, 1 m ago; the leeway is 1 m"))]
#[case::long_ago((json!({"exp": NOW - 900_000}), Outcome::Fail, "10 d 10 h ago"))]
#[case::fraction((json!({"exp": NOW as f64 - 59.5}), Outcome::Warn, "within the leeway"))]
#[case::absent((json!({"exp": null}), Outcome::Fail, "has no `exp`; Kinde has answered a refresh so"))]
#[case::milliseconds((json!({"exp": (NOW + 100) * 1000}), Outcome::Fail, "`exp` is in milliseconds, it seems"))]
#[case::text((json!({"exp": "1795442602"}), Outcome::Fail, "`exp` is not a number"))]
#[case::negative((json!({"exp": -1}), Outcome::Fail, "is a number that is no time"))]
fn expiries(#[case] case: Case<'_>) {
    assert_access(CheckId::Expiry, &access(), case);
}

#[test]
fn missing_expiry_by_kind() {
    assert_id(CheckId::Expiry, &id(), (json!({"exp": null}), Outcome::Fail, "The ID token has no `exp`"));
    let verdict = verdict_of(&signed(&json!({"sub": "x"})), &Expectation::anything());
    assert_check(&verdict, CheckId::Expiry, Outcome::Warn, "never expires");
}

#[test]
fn the_leeway_is_the_callers() {
    let strict = Expectation { leeway: Duration::ZERO, ..access() };
    assert_access(CheckId::Expiry, &strict, (json!({"exp": NOW}), Outcome::Fail, "the leeway is 0 s"));
    let generous = Expectation { leeway: Duration::from_mins(10), ..access() };
    assert_access(CheckId::IssuedAt, &generous, (json!({"iat": NOW + 599}), Outcome::Warn, "9 m 59 s in the future"));
}

#[rstest]
#[case::absent((json!({}), Outcome::Skipped, "no `nbf`"))]
#[case::past((json!({"nbf": NOW - 10}), Outcome::Pass, "Valid since 14:03:12 UTC, 10 s ago"))]
#[case::now((json!({"nbf": NOW}), Outcome::Pass, "now"))]
#[case::within((json!({"nbf": NOW + 60}), Outcome::Warn, "in 1 m: within the leeway of 1 m"))]
#[case::future((json!({"nbf": NOW + 61}), Outcome::Fail, "Valid from 14:04:23 UTC, in 1 m 1 s only"))]
#[case::text((json!({"nbf": "x"}), Outcome::Fail, "`nbf` is not a number"))]
fn not_befores(#[case] case: Case<'_>) {
    assert_access(CheckId::NotBefore, &access(), case);
}

#[rstest]
#[case::past((json!({}), Outcome::Pass, "Issued 14:01:22 UTC, 2 m ago"))]
#[case::a_little_ahead((json!({"iat": NOW + 5}), Outcome::Pass, "Issued now"))]
#[case::ahead((json!({"iat": NOW + 60}), Outcome::Warn, "1 m in the future: the clocks differ"))]
#[case::far_ahead((json!({"iat": NOW + 61}), Outcome::Fail, "1 m 1 s in the future (14:04:23 UTC), more than the leeway of 1 m: this machine's clock is behind"))]
#[case::absent((json!({"iat": null}), Outcome::Skipped, "no `iat`"))]
#[case::text((json!({"iat": "x"}), Outcome::Fail, "`iat` is not a number"))]
fn issued_ats(#[case] case: Case<'_>) {
    assert_access(CheckId::IssuedAt, &access(), case);
}

#[rstest]
#[case::iat((CheckId::IssuedAt, json!({"iat": null}), "The ID token has no `iat`"))]
#[case::sub((CheckId::Subject, json!({"sub": null}), "The ID token has no `sub`"))]
#[case::empty_sub((CheckId::Subject, json!({"sub": ""}), "empty or not text"))]
#[case::number_sub((CheckId::Subject, json!({"sub": 5}), "empty or not text"))]
fn id_tokens_need_more(#[case] case: (CheckId, Value, &str)) {
    let (check, changes, words) = case;
    assert_id(check, &id(), (changes, Outcome::Fail, words));
}

#[rstest]
#[case::present((json!({}), Outcome::Pass, "`kp_1`"))]
#[case::absent((json!({"sub": null}), Outcome::Warn, "names no user"))]
fn subjects_of_access_tokens(#[case] case: Case<'_>) {
    assert_access(CheckId::Subject, &access(), case);
}

#[test]
fn subjects_of_other_tokens() {
    let machine = Expectation { token_use: Some(TokenUse::MachineToMachine), ..access() };
    let changes = json!({"sub": null, "gty": ["client_credentials"]});
    assert_access(CheckId::Subject, &machine, (changes, Outcome::Skipped, "names no user"));
    let verdict = verdict_of(&signed(&json!({"exp": NOW + 5})), &Expectation::anything());
    assert_eq!(verdict.check(CheckId::Subject), None);
}

#[rstest]
#[case::same((json!({}), Outcome::Pass, "`azp` is"))]
#[case::absent((json!({"azp": null}), Outcome::Skipped, "no `azp`"))]
#[case::other((json!({"azp": "other"}), Outcome::Fail, "`azp` is `other`: issued to another client"))]
#[case::not_text((json!({"azp": 5}), Outcome::Fail, "not text"))]
#[case::rfc_9068((json!({"azp": null, "client_id": CLIENT}), Outcome::Pass, "`client_id` is"))]
#[case::rfc_9068_other((json!({"azp": null, "client_id": "other"}), Outcome::Fail, "`client_id` is `other`"))]
fn authorized_parties(#[case] case: Case<'_>) {
    assert_access(CheckId::AuthorizedParty, &Expectation { client_id: Some(CLIENT.to_owned()), ..access() }, case);
}

#[rstest]
#[case::same((json!({}), Outcome::Pass, "`azp` is"))]
#[case::other((json!({"azp": "other"}), Outcome::Fail, "issued to another client"))]
#[case::absent((json!({"azp": null, "client_id": "other"}), Outcome::Skipped, "no `azp`"))]
fn authorized_parties_of_id_tokens(#[case] case: Case<'_>) {
    assert_id(CheckId::AuthorizedParty, &id(), case);
}

#[rstest]
#[case::same((json!({}), Outcome::Pass, "The one that was sent"))]
#[case::other((json!({"nonce": "n-2"}), Outcome::Fail, "belongs to another login"))]
#[case::absent((json!({"nonce": null}), Outcome::Fail, "the token has none"))]
#[case::not_text((json!({"nonce": 5}), Outcome::Fail, "not text"))]
fn nonces(#[case] case: Case<'_>) {
    assert_id(CheckId::Nonce, &id(), case);
}

#[rstest]
#[case::none((json!({"nonce": null}), Outcome::Skipped, "None was sent"))]
#[case::some((json!({}), Outcome::Skipped, "not known here"))]
fn nonces_when_none_is_known(#[case] case: Case<'_>) {
    assert_id(CheckId::Nonce, &Expectation { nonce: None, ..id() }, case);
}

/// The left half of the hash that the algorithm names (OIDC Core 3.1.3.6).
#[rstest]
#[case("RS256", "ungWv48Bz-pBQUDeXa4iIw")]
#[case("PS384", "ywB1P0WjXou1oD1pmsZQBycsMqsO3tFj")]
#[case("ES512", "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o")]
#[case("EdDSA", "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o")]
fn access_token_hashes(#[case] alg: &str, #[case] hash: &str) {
    // The FIPS 180-2 vectors for `abc`, first halves.
    let expectation = Expectation {
        algorithms: Expectation::anything().algorithms,
        access_token_for_hash: Some(AccessToken::new("abc")),
        ..id()
    };
    let set = KeySet::parse(&key_set(&[key_for(alg).jwk(&json!({"kid": "k"}))])).unwrap();
    let of = |hash: &str| {
        let claims = with(id_claims(), &json!({"at_hash": hash}));
        let token = key_for(alg).token(&json!({"alg": alg, "kid": "k"}), &claims);
        verify(&token, Keys::Set(&set), &expectation, now())
    };
    let good = of(hash);
    assert_check(&good, CheckId::AccessTokenHash, Outcome::Pass, "Fits");
    assert_eq!(good.standing(), Standing::Verified);
    assert_check(&of(&hash[1..]), CheckId::AccessTokenHash, Outcome::Fail, "did not come together");
}

#[rstest]
#[case::absent((json!({"at_hash": null}), Outcome::Skipped, "which the code flow leaves open"))]
#[case::not_text((json!({"at_hash": 5}), Outcome::Fail, "not text"))]
#[case::access_token_unknown((json!({}), Outcome::Skipped, "is not here"))]
fn access_token_hashes_that_cannot_be_compared(#[case] case: Case<'_>) {
    assert_id(CheckId::AccessTokenHash, &id(), case);
}

#[rstest]
#[case::access(Some(TokenUse::Access), json!({}), Outcome::Pass, "This is an access token: it has scopes")]
#[case::id_instead(Some(TokenUse::Access), json!({"at_hash": "x", "scp": null}), Outcome::Fail, "This is an ID token: it has `at_hash`, which only ID tokens have; an API has to get the access token")]
#[case::likely_id_instead(Some(TokenUse::Access), json!({"nonce": "x", "scp": null}), Outcome::Warn, "it has `nonce`, which ID tokens have; an API has to get the access token")]
#[case::machine_instead(Some(TokenUse::Access), json!({"gty": ["client_credentials"]}), Outcome::Warn, "names no user")]
#[case::unknown(Some(TokenUse::Access), json!({"scp": null, "permissions": null}), Outcome::Skipped, "Cannot be told: the token has no sign of either; expected an access token")]
#[case::machine(Some(TokenUse::MachineToMachine), json!({"gty": ["client_credentials"]}), Outcome::Pass, "a machine token")]
#[case::user_instead_of_machine(Some(TokenUse::MachineToMachine), json!({}), Outcome::Skipped, "cannot be told")]
#[case::id_instead_of_machine(Some(TokenUse::MachineToMachine), json!({"typ": "ID"}), Outcome::Fail, "an API has to get the access token")]
#[case::nothing_expected(None, json!({}), Outcome::Skipped, "This is an access token: it has scopes; nothing was expected")]
#[case::unknown_expected(Some(TokenUse::Unknown), json!({}), Outcome::Skipped, "nothing was expected")]
fn kinds(#[case] token_use: Option<TokenUse>, #[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    assert_access(CheckId::TokenKind, &Expectation { token_use, ..access() }, (changes, expected, words));
}

#[rstest]
#[case::id((json!({}), Outcome::Pass, "This is an ID token"))]
#[case::access_instead((json!({"token_use": "access"}), Outcome::Fail, "says that it is an access token; expected an ID token"))]
#[case::scopes_in_an_id_token((json!({"at_hash": null, "scope": "openid"}), Outcome::Pass, "by its `aud`"))]
#[case::few_claims((json!({"at_hash": null, "nonce": "n-1", "auth_time": null, "azp": null}), Outcome::Pass, "This is an ID token"))]
#[case::issuer_only_aud((json!({"at_hash": null, "scope": "openid", "aud": [KINDE]}), Outcome::Warn, "it has scopes; expected an ID token"))]
fn kinds_of_id_tokens(#[case] case: Case<'_>) {
    assert_id(CheckId::TokenKind, &id(), case);
}

fn requiring(require: &[Requirement]) -> Expectation {
    Expectation { require: require.to_vec(), ..access() }
}

fn permission(key: &str) -> Requirement {
    Requirement::Permission(key.to_owned())
}

#[rstest]
#[case::has(json!({}), Outcome::Pass, "Has `read:orders`")]
#[case::hasura(json!({"permissions": null, "x-hasura-permissions": ["read:orders"]}), Outcome::Pass, "Has `read:orders`")]
#[case::has_others(json!({"permissions": ["a", "b"]}), Outcome::Fail, "Lacks `read:orders`; in the organisation `org_1` the user has `a`, `b`")]
#[case::has_others_without_org(json!({"permissions": ["a"], "org_code": null}), Outcome::Fail, "Lacks `read:orders`; it has `a`")]
#[case::has_none(json!({"permissions": []}), Outcome::Fail, "no permissions in the organisation `org_1`")]
#[case::has_none_without_org(json!({"permissions": [], "org_code": null}), Outcome::Fail, "it has no organisation")]
#[case::no_claim(json!({"permissions": null, "scp": null}), Outcome::Fail, "the token has no permissions (organisation `org_1`)")]
#[case::no_claim_no_org(json!({"permissions": null, "scp": null, "org_code": null}), Outcome::Fail, "no permissions and no organisation; sign in to the organisation")]
fn required_permissions(#[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    assert_access(CheckId::Permissions, &requiring(&[permission("read:orders")]), (changes, expected, words));
}

#[rstest]
#[case::in_scp(json!({"scp": ["read:orders"], "permissions": null}), Outcome::Pass, "Has `read:orders` as scope")]
#[case::in_scope(json!({"scope": "x read:orders", "permissions": null}), Outcome::Pass, "Has `read:orders` as scope")]
#[case::beside_permissions(json!({"scope": "read:orders", "permissions": ["a"]}), Outcome::Pass, "as scope")]
#[case::scopes_only(json!({"permissions": null}), Outcome::Fail, "Lacks `read:orders`; it has the scopes `openid`, `email` and no permissions")]
fn required_scopes(#[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    assert_access(CheckId::Scopes, &requiring(&[permission("read:orders")]), (changes, expected, words));
}

#[test]
fn several_requirements_are_all_needed() {
    let expectation = requiring(&[permission("read:orders"), permission("email"), permission("delete:orders")]);
    let verdict = verdict_of(&signed(&access_claims()), &expectation);
    assert_check(&verdict, CheckId::Permissions, Outcome::Fail, "Lacks `delete:orders`; in");
    assert_check(&verdict, CheckId::Scopes, Outcome::Pass, "Has `email` as scope");
    assert_eq!(verdict.check(CheckId::Organization), None);
    let nothing = verdict_of(&signed(&access_claims()), &access());
    assert_eq!((nothing.check(CheckId::Permissions), nothing.check(CheckId::Scopes)), (None, None));
}

#[rstest]
#[case::by_key(json!({"roles": [{"key": "admin", "name": "Boss"}]}), Outcome::Pass, "Has the role `admin`")]
#[case::by_name(json!({"roles": [{"key": "a", "name": "admin"}]}), Outcome::Pass, "Has the role `admin`")]
#[case::other(json!({"roles": [{"key": "user", "name": "User"}]}), Outcome::Fail, "Lacks the role `admin`")]
#[case::switched_off(json!({"roles": null}), Outcome::Fail, "the token has no roles; switch them on")]
fn required_roles(#[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    let role = Requirement::Role("admin".to_owned());
    assert_access(CheckId::Permissions, &requiring(&[role]), (changes, expected, words));
}

#[rstest]
#[case::on(json!({"feature_flags": {"beta": {"t": "b", "v": true}}}), Outcome::Pass, "Has the flag `beta`")]
#[case::text(json!({"feature_flags": {"beta": {"t": "s", "v": "blue"}}}), Outcome::Pass, "Has the flag `beta`")]
#[case::off(json!({"feature_flags": {"beta": {"t": "b", "v": false}}}), Outcome::Fail, "Lacks the flag `beta`")]
#[case::absent(json!({"feature_flags": {}}), Outcome::Fail, "Lacks the flag `beta`")]
fn required_flags(#[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    let flag = Requirement::Flag("beta".to_owned());
    assert_access(CheckId::Permissions, &requiring(&[flag]), (changes, expected, words));
}

#[test]
fn roles_and_permissions_are_one_check() {
    let require = [permission("delete:orders"), Requirement::Role("admin".to_owned())];
    let verdict = verdict_of(&signed(&access_claims()), &requiring(&require));
    assert_check(&verdict, CheckId::Permissions, Outcome::Fail, "Lacks `delete:orders`; in");
    assert_check(&verdict, CheckId::Permissions, Outcome::Fail, "Lacks the role `admin`");
    let require = [permission("read:orders"), Requirement::Role("admin".to_owned())];
    let verdict = verdict_of(&signed(&access_claims()), &requiring(&require));
    assert_check(&verdict, CheckId::Permissions, Outcome::Fail, "Lacks the role `admin`");
}

#[rstest]
#[case::same(json!({}), Outcome::Pass, "`org_1`")]
#[case::hasura(json!({"org_code": null, "x-hasura-org-code": "org_1"}), Outcome::Pass, "`org_1`")]
#[case::of_the_list(json!({"org_code": null, "org_codes": ["org_0", "org_1"]}), Outcome::Pass, "`org_1`")]
#[case::other(json!({"org_code": "org_2"}), Outcome::Fail, "The token is for `org_2`, but `org_1` is needed: sign in with that `org_code`")]
#[case::none(json!({"org_code": null}), Outcome::Fail, "for no organisation; `org_1` is needed")]
fn required_organizations(#[case] changes: Value, #[case] expected: Outcome, #[case] words: &str) {
    let expectation = requiring(&[Requirement::Organization("org_1".to_owned())]);
    assert_access(CheckId::Organization, &expectation, (changes, expected, words));
}

#[test]
fn the_refresh_oddity_of_kinde_is_rejected() {
    let token = signed(&json!({"aud": [], "iat": NOW, "jti": "j", "scp": []}));
    let verdict = verdict_of(&token, &Expectation { audiences: Vec::new(), ..access() });
    assert_check(&verdict, CheckId::Expiry, Outcome::Fail, "sign in again");
    assert_check(&verdict, CheckId::Issuer, Outcome::Fail, "has no `iss`");
}

#[test]
fn all_checks_are_in_the_order_of_the_screen() {
    let expectation = Expectation {
        require: vec![permission("read:orders"), permission("email"), Requirement::Organization("org_1".to_owned())],
        client_id: Some(CLIENT.to_owned()),
        nonce: Some("n".to_owned()),
        access_token_for_hash: Some(AccessToken::new("abc")),
        ..access()
    };
    let verdict = verdict_of(&signed(&access_claims()), &expectation);
    let ids: Vec<_> = verdict.checks.iter().map(|check| check.id).collect();
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(ids, sorted, "ordered, none twice");
    assert_eq!(ids.len(), 17, "every check there is");
}
