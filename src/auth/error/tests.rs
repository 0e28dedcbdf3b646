//! Every error has a readable text.

use rstest::rstest;

use super::*;
use crate::model::problem::ProblemKind;
use crate::model::verdict::{CheckId, Outcome};
use crate::model::wire::TransportFault;

fn refused(code: &str, grant: Grant, is_kinde: bool) -> AuthError {
    refused_during("token request", code, grant, is_kinde)
}

fn refused_during(during: &'static str, code: &str, grant: Grant, is_kinde: bool) -> AuthError {
    let refusal = Refusal { code: code.to_owned(), description: Some("why".to_owned()), status: 400 };
    AuthError::Refused { during, grant, is_kinde, refusal }
}

fn check(id: CheckId) -> Check {
    Check { id, outcome: Outcome::Fail, reason: "because".to_owned() }
}

/// One of each.
fn all() -> Vec<AuthError> {
    let name = || IdentityName::new("jane");
    let url = || Url::parse("http://127.0.0.1:53180/callback").unwrap();
    let transport =
        TransportError { fault: TransportFault::Connect, host: "op.test:443".into(), message: "refused".into() };
    vec![
        AuthError::Anonymous,
        AuthError::NoIssuer(name()),
        AuthError::NoClientId(name()),
        AuthError::NoClientSecret(name()),
        AuthError::NothingPasted(name()),
        AuthError::NoCallback,
        AuthError::Listener(Box::new(Problem::new(ProblemKind::SignIn, "The callback port 53180 is in use"))),
        AuthError::Transport { during: "discovery", error: transport },
        AuthError::Busy { during: "token request", status: 429, wait: Some(Duration::from_secs(7)) },
        AuthError::Unexpected { during: "token request", status: 500, why: "the answer is empty".into() },
        AuthError::Redirected { during: "token request", from: "https://a".into(), to: "https://b".into() },
        refused("invalid_client", Grant::AuthorizationCode, true),
        AuthError::NotAnIssuer { issuer: "https://x".into(), url: "https://x/.w".into(), why: NotMetadata::Html },
        AuthError::IssuerMismatch { asked: "https://a".into(), found: "https://b".into() },
        AuthError::BadMetadata { issuer: "https://a".into(), why: "`token_endpoint` is not text".into() },
        AuthError::EndpointMissing { endpoint: Endpoint::Revocation, provider: "https://a".into() },
        AuthError::InsecureEndpoint { endpoint: Endpoint::Token, url: "http://a".into() },
        AuthError::KeySet(KeySetError::NoKeys),
        AuthError::KeySetStatus { url: url(), status: 403 },
        AuthError::BadDeviceResponse("It has no `user_code`".into()),
        AuthError::DeviceEndpointNotFound(vec![url()]),
        AuthError::DeviceDenied,
        AuthError::DeviceExpired,
        AuthError::CallbackTimeout { redirect_uri: url(), is_kinde: true },
        AuthError::CallbackRefused { code: "access_denied".into(), description: None },
        AuthError::WrongCallback("It has no `state`".into()),
        AuthError::CallbackIssuer { expected: "https://a".into(), found: None },
        AuthError::BadTokenResponse("It has no `access_token`".into()),
        AuthError::NoIdToken,
        AuthError::IdTokenRefused(vec![check(CheckId::Nonce)]),
        AuthError::IdTokenUnverifiable(Box::new(AuthError::KeySet(KeySetError::NoKeys))),
        AuthError::NotSignedIn(name()),
        AuthError::NoRefreshToken(name()),
        AuthError::PastedIsFinal(name()),
        AuthError::SessionEnded { identity: name(), description: Some("rotated".into()) },
        AuthError::RefreshWithoutExpiry,
        AuthError::RefreshedIdToken { claim: "sub", expected: "`a`".into(), found: "`b`".into() },
        AuthError::UserinfoSubject { expected: "a".into(), found: None },
        AuthError::Vault(VaultError::Absent("no bus".into())),
        AuthError::NotStored(VaultError::WrongPassphrase),
    ]
}

#[test]
fn every_error_is_a_sentence_without_a_full_stop_and_almost_all_say_what_to_do() {
    let without_hint = ["The provider's token response cannot be used", "The userinfo answer is about another user"];
    for error in all() {
        let problem = error.problem();
        assert!(!problem.title.ends_with('.') && !problem.title.starts_with("error"), "{problem}");
        assert!(!problem.detail.ends_with('.') && !problem.hint.ends_with('.'), "{problem}");
        let starts_well = problem.title.starts_with(|c: char| c.is_uppercase() || c == '`');
        assert!(starts_well && !problem.title.contains("  ") && !problem.hint.contains("  "), "{problem}");
        let is_bare = without_hint.contains(&problem.title.as_str()) || matches!(error, AuthError::Listener(_));
        assert!(is_bare || !problem.hint.is_empty(), "{problem}");
    }
}

/// kinde.md section 9, rows 12, 18, 22, 24, 26 to 29, 52.
#[rstest]
#[case(refused("invalid_client", Grant::AuthorizationCode, true), "in the body only")]
#[case(refused("invalid_client", Grant::AuthorizationCode, false), "client_secret_basic")]
#[case(refused("unauthorized_client", Grant::ClientCredentials, true), "Authorise the application for the API")]
#[case(refused("unauthorized_client", Grant::DeviceAuthorization, true), "Device and IoT")]
#[case(refused("invalid_request", Grant::ClientCredentials, true), "`Audience`")]
#[case(refused("invalid_scope", Grant::DeviceAuthorization, true), "`offline`")]
#[case(refused_during("device request", "server_error", Grant::DeviceAuthorization, true), "authentication method")]
#[case(
    refused_during("device token request", "server_error", Grant::DeviceAuthorization, true),
    "authentication method"
)]
#[case(refused_during("refresh request", "server_error", Grant::DeviceAuthorization, true), "provider's side")]
#[case(refused_during("revocation", "server_error", Grant::DeviceAuthorization, true), "provider's side")]
#[case(AuthError::CallbackRefused { code: "login_link_expired".into(), description: None }, "Start again")]
#[case(AuthError::DeviceEndpointNotFound(vec![]), "Device and IoT")]
#[case(AuthError::DeviceExpired, "new code")]
#[case(
    AuthError::CallbackTimeout { redirect_uri: Url::parse("http://127.0.0.1:53180/callback").unwrap(), is_kinde: true },
    "Allowed callback URLs"
)]
fn hints_know_kinde(#[case] error: AuthError, #[case] expected: &str) {
    let problem = error.problem();
    assert!(problem.hint.contains(expected), "{problem}");
}

#[test]
fn network_faults_have_their_own_exit_code_and_never_ask_for_a_login() {
    for error in all() {
        assert!(!(error.is_passing() && error.needs_login()), "{error}");
        if matches!(error, AuthError::Transport { .. } | AuthError::Busy { .. }) {
            assert_eq!(error.problem().kind, ProblemKind::Network);
        }
    }
    assert!(refused("invalid_grant", Grant::AuthorizationCode, true).is_invalid_grant());
    assert!(!refused("invalid_request", Grant::AuthorizationCode, true).is_invalid_grant());
}
