//! Findings on the command line: of refusals, of sign-ins that fail or give less than was asked for; code samples.

use bearcat::demo::directory::{JANE, UNAUTHORIZED_AUDIENCE};
use bearcat::demo::faults::{DeviceDecision, Faults};
use bearcat::demo::mishap::{Endpoint, Mishap};
use rstest::rstest;
use serde_json::Value;

use crate::support::world::World;

fn ids(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

#[test]
fn a_refusal_in_plain_text_has_numbered_steps_and_the_way_to_the_code() {
    let world = World::new();
    world.login_jane().expect(0);
    let ran = world.run(&["send", "mistakes.http#1"]).expect(3);
    ran.says(&[
        "why:",
        "sure: likely",
        "because: the API says: Unauthorized: Invalid token",
        "  1. ",
        "  2. ",
        "bearcat sample",
    ]);
    let sent = world.run(&["send", "mistakes.http#1", "--json"]).expect(3).json();
    let first = &sent["findings"][0];
    assert_eq!(first["rows"], serde_json::json!([6]));
    assert_eq!(first["weight"], "refusal");
    assert_eq!(first["sample"], "nextjs");
}

#[rstest]
#[case::expired(DeviceDecision::Expired, "device-code-expired")]
#[case::denied(DeviceDecision::Denied, "sign-in-declined")]
fn a_sign_in_that_fails_is_explained(#[case] decision: DeviceDecision, #[case] expected: &str) {
    let world = World::with(|faults| faults.device_decision = decision);
    let ran = world.run(&["login", "--name", "jane", "--json"]).expect(3);
    let problem = ran.json();
    assert_eq!(ids(&problem["error"]["findings"])[0], expected, "{problem:#}");
    ran.says(&["why:", "  1. "]);
}

#[test]
fn an_unknown_client_is_explained() {
    let world = World::new();
    let args = ["login", world.issuer(), "--client-id", "0000000000000000000000000000dead", "--name", "stranger"];
    let ran = world.run(&args).expect(3);
    ran.says(&["why:", "does not accept this client", "client id: 0000000000000000000000000000dead"]);
}

#[rstest]
#[case::no_keys(Endpoint::Keys, Mishap::NotFound, "no key set at this address")]
#[case::busy(Endpoint::DeviceAuthorization, Mishap::TooManyRequests { reset: 30 }, "wants us to wait")]
fn what_the_provider_answers_is_explained(#[case] endpoint: Endpoint, #[case] mishap: Mishap, #[case] says: &str) {
    let world = World::with(|faults| {
        *faults = Faults { device_interval: 1, ..Faults::mishap(endpoint, mishap, None) };
        faults.device_decision = DeviceDecision::Approved(JANE.to_owned());
    });
    let ran = world.run(&["login", "--name", "jane"]);
    assert!(ran.code.is_some_and(|code| code > 2), "{ran}");
    ran.says(&["why:", says]);
}

#[test]
fn a_sign_in_that_gives_less_than_was_asked_for_says_so() {
    let world = World::new();
    let args = ["login", "--name", "jane", "--audience", UNAUTHORIZED_AUDIENCE];
    let ran = world.login_by_device(&args).expect(0);
    ran.says(&["mind:", "not for the API that was asked for", "aud: []"]);

    let world = World::with(|faults| faults.omit_refresh_token = true);
    world.login_jane().expect(0).says(&["mind:", "gave no refresh token"]);
}

#[test]
fn samples_are_printed() {
    let world = World::new();
    world.run(&["sample"]).expect(0).prints(&["nextjs", "express", "fastapi", "aspnet"]);
    world.run(&["sample", "fastapi"]).expect(0).prints(&["import jwt", "algorithms=[\"RS256\"]"]);
    world.run(&["sample", "rails"]).expect(2).says(&["no sample for `rails`", "nextjs"]);
}
