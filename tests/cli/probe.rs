//! `bearcat probe` against every style of verifying that the demo has: each mistake is found, and nothing else.

use super::*;

/// The path of a route, how its token is carried, and what the probes must prove about it.
const ROUTES: &[(&str, &str, &[&str])] = &[
    ("/api/v1/orders", "jane", &["verifies-signature"]),
    ("/api/v1/orders/1001", "jane", &["verifies-signature"]),
    ("/api/v1/me", "jane", &["accepts-id-token", "ignores-audience"]),
    ("/api/v1/org/settings", "jane", &["verifies-signature"]),
    ("/api/ping", "jane", &["public"]),
    ("/express/strict/orders", "jane", &["verifies-signature"]),
    ("/express/orders", "jane", &["accepts-expired", "accepts-id-token", "ignores-audience", "ignores-issuer"]),
    ("/express/user", "jane", &["not-looked-at"]),
    ("/seed/orders", "jane", &["verifies-with-client-secret"]),
    ("/next212/api/v1/orders", "jane", &["not-looked-at"]),
    ("/next213/api/v1/orders", "jane", &["not-looked-at"]),
    ("/next212/protect-api", "jane", &["not-looked-at"]),
    ("/next213/protect-api", "jane", &["not-looked-at"]),
    ("/next212/api/v1/orders", "jane cookie", &["accepts-id-token", "ignores-audience"]),
    ("/next213/api/v1/orders", "jane cookie", &["accepts-id-token", "ignores-audience"]),
    ("/faulty/strict/orders", "jane", &["verifies-signature"]),
    ("/faulty/anything/orders", "jane", &["accepts-anything"]),
    (
        "/faulty/decode-only/orders",
        "jane",
        &[
            "accepts-expired",
            "accepts-forged",
            "accepts-id-token",
            "accepts-not-yet-valid",
            "ignores-audience",
            "ignores-issuer",
        ],
    ),
    ("/faulty/decode-and-check/orders", "jane", &["accepts-forged"]),
    ("/faulty/alg-none/orders", "jane", &["accepts-alg-none"]),
    ("/faulty/alg-none-any-case/orders", "jane", &["accepts-alg-none"]),
    ("/faulty/public-key/orders", "jane", &["accepts-public-key-as-secret"]),
    ("/faulty/public-key-modulus/orders", "jane", &["accepts-public-key-as-secret"]),
    ("/faulty/embedded-key/orders", "jane", &["accepts-embedded-key"]),
    ("/faulty/empty-signature/orders", "jane", &["accepts-forged"]),
    ("/faulty/unknown-key/orders", "jane", &["accepts-forged"]),
    ("/faulty/expired/orders", "jane", &["accepts-expired"]),
    ("/faulty/issuer/orders", "jane", &["ignores-issuer"]),
    ("/faulty/audience/orders", "jane", &["accepts-id-token", "ignores-audience"]),
    ("/faulty/id-token/orders", "jane", &["accepts-id-token"]),
    ("/faulty/crash/orders", "jane", &["fails-on-bad-token", "verifies-signature"]),
    ("/faulty/optional/orders", "jane", &["verifies-signature"]),
    ("/faulty/lenient/orders", "jane", &["verifies-signature"]),
    ("/faulty/refusal-200/orders", "jane", &["verifies-signature"]),
    ("/faulty/forbidden/orders", "jane", &["verifies-signature"]),
    (
        "/faulty/forbidden-decode/orders",
        "jane",
        &[
            "accepts-expired",
            "accepts-forged",
            "accepts-id-token",
            "accepts-not-yet-valid",
            "ignores-audience",
            "ignores-issuer",
        ],
    ),
];

/// Jane, and sessions whose genuine tokens are wrong for the API: no audience, another issuer, expired.
fn world() -> World {
    let world = World::new();
    let path = world.work().join("http-client.env.json");
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let identities = &mut file["demo"]["Security"]["Auth"];
    let mut elsewhere = identities["machine"].clone();
    elsewhere["Issuer"] = world.demo.custom_issuer_text().into();
    elsewhere["Client Secret"] = M2M_CLIENT.secret.into();
    identities["elsewhere"] = elsewhere;
    identities["late"] = identities["jane"].clone();
    std::fs::write(&path, file.to_string()).unwrap();
    world.login_jane().expect(0);
    world.login_by_device(&["login", "--name", "forgetful"]).expect(0);
    world.run(&["login", "--name", "elsewhere"]).expect(0);
    world.demo.faults().update(|faults| faults.access_lifetime = 0);
    world.login_by_device(&["login", "--name", "late"]).expect(0);
    world.demo.faults().update(|faults| faults.access_lifetime = 86_400);
    world
}

fn judgements(route: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> =
        route["judgements"].as_array().unwrap().iter().map(|judgement| judgement["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn every_mistake_is_found_and_nothing_else() {
    let world = world();
    let requests: Vec<String> =
        ROUTES.iter().map(|(path, auth, _)| format!("###\n# @auth {auth}\nGET {{{{base}}}}{path}\n")).collect();
    world.write("routes.http", &requests.join("\n"));
    let secret = bearcat::demo::directory::BACKEND_CLIENT.secret.unwrap();
    let args = ["probe", "routes.http", "--rate", "100", "--json"];
    let ran = Ran::of(&args, world.bearcat(&args).env("BEARCAT_CLIENT_SECRET", secret)).expect(1);
    let report = ran.json();
    let routes = report["routes"].as_array().unwrap();
    assert_eq!(routes.len(), ROUTES.len());
    let mut wrong = Vec::new();
    for (route, (path, auth, expected)) in routes.iter().zip(ROUTES) {
        if judgements(route) != *expected {
            wrong.push(format!("{path} as {auth}: {:?}, not {expected:?}\n{route:#}", judgements(route)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Nothing that was sent is in what is printed, and nothing was changed.
    assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{ran}");
    assert_eq!(world.demo.count(|seen| seen.method != "GET" && seen.port == bearcat::demo::log::Port::Api), 0);
}

#[test]
fn what_may_be_probed_and_how_it_ends() {
    let world = World::new();
    world.write(
        "one.http",
        "### good\n# @auth jane\nGET {{base}}/api/v1/orders\n\n### make\n# @auth jane\nPOST {{base}}/api/v1/orders\n",
    );
    world.run(&["probe", "one.http#good"]).expect(3).says(&["`jane` is not signed in"]);
    world.login_jane().expect(0);
    let seen = || world.demo.count(|seen| seen.path.starts_with("/api"));
    let before = seen();
    world.run(&["probe", "one.http#make"]).expect(2).says(&["POST may change something", "--method POST"]);
    world.write("far.http", "# @auth jane\nGET https://api.example.com/orders\n");
    world.run(&["probe", "far.http"]).expect(2).says(&["https://api.example.com"]);
    world.run(&["probe", "one.http#good", "--only", "nothing"]).expect(2).says(&["There is no probe `nothing`"]);
    world.write("none.http", "# @no-auth\nGET {{base}}/api/v1/orders\n");
    world.run(&["probe", "none.http"]).expect(2).says(&["carries no token"]);
    assert_eq!(seen(), before, "nothing was sent");

    let args =
        ["probe", "one.http", "--rate", "100", "--only", "tampered-signature,foreign-key", "--report", "json=p.json"];
    let ran = world.run(&args).expect(0);
    ran.prints(&[
        "✔ The signature is verified",
        "refused   a tampered signature: 401",
        "not probed: POST may change something",
    ]);
    // Good, none, garbage, two probes, good again.
    assert_eq!(seen() - before, 6);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(world.work().join("p.json")).unwrap()).unwrap();
    assert_eq!(report["routes"][0]["setting"], "tells-tokens-apart");
    assert!(report["routes"][1]["not_probed"].is_string());

    world.write("gone.http", &format!("# @auth jane\nGET http://127.0.0.1:{}/x\n", free_port()));
    world.run(&["probe", "gone.http", "--rate", "100", "--only", "alg-none"]).expect(4).prints(&["got no answer"]);
}

/// An origin that the identity allows is still asked about before forged tokens go there.
#[test]
fn beyond_this_machine_only_what_was_confirmed() {
    let world = World::new();
    world.login_jane().expect(0);
    let path = world.work().join("http-client.env.json");
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    file["demo"]["Security"]["Auth"]["jane"]["Origins"] = json!(["http://api.invalid"]);
    std::fs::write(&path, file.to_string()).unwrap();
    world.write("far.http", "# @auth jane\nGET http://api.invalid/orders\n");
    world.run(&["probe", "far.http"]).expect(2).says(&["Forged tokens would go to http://api.invalid", "--confirm"]);
    let confirmed = ["probe", "far.http", "--rate", "100", "--only", "alg-none", "--confirm", "http://api.invalid"];
    world.run(&confirmed).expect(4).prints(&["got no answer"]);
}
