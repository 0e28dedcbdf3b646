//! The demo as the rest of bearcat uses it: through its public interface, on the system's clock.

use std::collections::BTreeSet;

use bearcat::collection::scan;
use bearcat::demo::directory::{AUDIENCE, BACKEND_CLIENT, CLIENTS, DEVICE_CLIENT, M2M_CLIENT, SPA_CLIENT};
use bearcat::demo::{DemoOptions, start, workspace};
use bearcat::model::identity::Grant;
use bearcat::model::request::AuthDirective;

#[tokio::test]
async fn the_sample_workspace_loads_without_a_problem() {
    let demo = start(DemoOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    workspace::write_workspace(&demo, folder.path()).unwrap();
    let loaded = scan::load(folder.path(), None);
    let problems: Vec<_> = loaded.all_problems().map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(loaded.environments.names(), [workspace::ENVIRONMENT]);
    let environment = Some(workspace::ENVIRONMENT);
    assert!(loaded.environments.identity_problems(environment).is_empty());

    let identities = loaded.identities(environment);
    let grants: Vec<_> = identities.iter().map(|identity| (identity.name.as_str(), identity.grant)).collect();
    assert_eq!(
        grants[..4],
        [
            ("jane", Grant::DeviceAuthorization),
            ("admin", Grant::AuthorizationCode),
            ("machine", Grant::ClientCredentials),
            ("forgetful", Grant::DeviceAuthorization),
        ]
    );
    let machine = &identities[2];
    assert_eq!(machine.client_secret.as_ref().map(bearcat::redact::ClientSecret::expose), M2M_CLIENT.secret);
    assert_eq!(
        (machine.client_id.as_deref(), machine.audiences.as_slice()),
        (Some(M2M_CLIENT.id), &[AUDIENCE.to_owned()][..])
    );
    assert!(identities[3].audiences.is_empty());
    for identity in &identities[..4] {
        assert_eq!(identity.issuer.as_ref(), Some(&demo.issuer_identifier()));
        assert!(identity.allows(&demo.api));
    }

    let first = loaded.collections.iter().find(|file| file.path.ends_with(workspace::FIRST_COLLECTION)).unwrap();
    assert_eq!(first.requests[0].name.as_deref(), Some("orders"));
    let known: BTreeSet<_> = identities.iter().map(|identity| identity.name.clone()).collect();
    for request in loaded.collections.iter().flat_map(|file| &file.requests) {
        if let Some(AuthDirective::Identity { name, .. }) = &request.directives.auth {
            assert!(known.contains(name), "{name}");
        }
    }
}

#[test]
fn applications_look_like_kindes() {
    let ids: BTreeSet<_> = CLIENTS.iter().map(|client| client.id).collect();
    assert_eq!(ids.len(), CLIENTS.len());
    for client in CLIENTS {
        assert!(client.id.len() == 32 && client.id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{}", client.id);
        if let Some(secret) = client.secret {
            assert!((40..=60).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
    }
    assert!(SPA_CLIENT.secret.is_none() && DEVICE_CLIENT.secret.is_none() && BACKEND_CLIENT.secret.is_some());
}
