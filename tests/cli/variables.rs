//! Prompts, request variables, captures and secrets on the command line.

use std::process::Stdio;

use serde_json::json;

use crate::support::world::{PASSPHRASE, Ran, World};

const SECRET: &str = "stripe-value-that-nobody-may-see-4711";

/// A request that needs `create` first, which needs nothing; and what they capture.
const CHAIN: &str = "\
### Create
# @name create
# @no-auth
# @capture order_id = .body.body | fromjson | .id
# @capture nothing = .body.gone
POST {{base}}/test/echo
Content-Type: application/json

{\"id\": 4711, \"token\": \"{{$randomUUID}}\"}

### Show
# @name show
# @no-auth
GET {{base}}/test/echo?size={{create.response.body.$.body_size}}&id={{create.request.body.$.id}}

### Captured
# @name captured
# @no-auth
GET {{base}}/test/echo?id={{order_id}}

### A circle
# @name a
# @no-auth
GET {{base}}/{{b.response.body.$.x}}

### of two
# @name b
# @no-auth
GET {{base}}/{{a.response.body.$.x}}

### No secret
# @name doomed
# @no-auth
GET {{base}}/test/echo?x={{create.response.body.$.body_size}}
X-Key: {{$secret gone}}

### Wrong path
# @name wrong
# @no-auth
GET {{base}}/test/echo?x={{create.response.body.$.no.such}}

### Asks
# @name asks
# @no-auth
# @prompt order Which order?
# @prompt password
GET {{base}}/test/echo?order={{order}}
X-Password: {{password}}

### Secret
# @name secret
# @no-auth
GET {{base}}/test/echo
X-Key: {{$secret stripe}}

### Secret elsewhere
# @name elsewhere
# @no-auth
GET http://0.0.0.0:@PORT@/test/echo
X-Key: {{$secret stripe}}

### Process elsewhere
# @name process
# @no-auth
GET http://0.0.0.0:@PORT@/test/echo
X-Key: {{$processEnv MY_API_KEY}}

### Of the file elsewhere
# @name dotenv
# @no-auth
GET http://0.0.0.0:@PORT@/test/echo
X-Key: {{$dotenv MY_API_KEY}}

### Nothing elsewhere
# @name harmless
# @no-auth
GET http://0.0.0.0:@PORT@/test/echo

### Echoed and taken along
# @name stolen
# @no-auth
GET http://0.0.0.0:@PORT@/test/echo
X-Key: {{secret.response.body.$.headers[?@[0]=='x-key'][1]}}
";

fn world() -> World {
    let world = World::new();
    world.write("vars.http", &CHAIN.replace("@PORT@", &world.demo.api.port().unwrap().to_string()));
    world
}

/// The value of a header as the demo's echo got it.
fn echoed(ran: &Ran, name: &str) -> String {
    let body = ran.json();
    let headers = body["headers"].as_array().unwrap();
    headers.iter().find(|header| header[0] == name).unwrap()[1].as_str().unwrap().to_owned()
}

fn set_secret(world: &World) {
    let args = ["secret", "set", "stripe"];
    let ran = Ran::with_input(&args, &mut world.bearcat(&args), &format!("{SECRET}\n")).expect(0);
    assert!(ran.prints(&["`stripe`", "vault"]).err.is_empty());
}

#[test]
fn what_a_request_refers_to_is_sent_first_once() {
    let world = world();
    let ran = world.run(&["send", "vars.http#show"]).expect(0).says(&["Sent `create` first: it answered 200"]);
    let body = ran.json();
    assert_eq!(body["query"][1], json!(["id", "4711"]), "{body:#}");
    assert!(body["query"][0][1].as_str().unwrap().parse::<u32>().unwrap() > 40);
    assert_eq!(world.demo.count(|seen| seen.path == "/test/echo"), 2);
    ran.says(&["Captured `order_id`", "`nothing` could not be captured: the expression gives null"]);

    world.run(&["send", "vars.http#a"]).expect(2).says(&["need each other", "`a` needs `b` needs `a`"]);
    let before = world.demo.log().len();
    world.run(&["send", "vars.http#doomed"]).expect(2).says(&["no secret `gone`"]);
    assert_eq!(world.demo.log().len(), before, "nothing is sent before a request that cannot be sent");
    let wrong = world.run(&["send", "vars.http#wrong"]).expect(2);
    wrong.says(&["vars.http:", "the response of `create` has nothing at `$.no.such`"]);
    // A captured variable is not there before its request was sent: that is said.
    world.run(&["send", "vars.http#captured"]).expect(2).says(&["order_id", "`create` captures it: send that first"]);
}

#[test]
fn prompts_are_answered_by_flags_and_the_flags_are_named() {
    let world = world();
    let asks = world.run(&["send", "vars.http#asks"]).expect(2);
    asks.says(&["asks for `order`, `password`", "no terminal", "--var order=… --var password=…"]);
    assert_eq!(world.demo.log().len(), 0);
    let args = ["send", "vars.http#asks", "--var", "order=7", "--var", "password=hidden-pass"];
    let body = world.run(&args).expect(0).json();
    assert_eq!(body["query"], json!([["order", "7"]]));
}

#[test]
fn a_secret_is_kept_used_listed_and_forgotten_and_never_shown() {
    let world = world();
    world.run(&["send", "vars.http#secret"]).expect(2).says(&["no secret `stripe`", "bearcat secret set stripe"]);
    world.run(&["secret", "list"]).expect(0).prints(&["No secrets are stored"]);
    set_secret(&world);
    let sent = world.run(&["send", "vars.http#secret", "--json"]).expect(0);
    assert!(!sent.out.contains(SECRET) && !sent.err.contains(SECRET), "{sent}");
    assert_eq!(echoed(&world.run(&["send", "vars.http#secret"]).expect(0), "x-key"), SECRET);
    world.run(&["doctor"]).expect(0).prints(&["0 sessions, 1 secret"]);
    world.run(&["secret", "list"]).expect(0).prints(&["stripe", "all environments", "asks before"]);

    let args = ["secret", "set", "stripe", "--env", "demo", "--origin", "https://api.example.com"];
    Ran::with_input(&args, &mut world.bearcat(&args), "of-the-environment-demo").expect(0);
    assert_eq!(echoed(&world.run(&["send", "vars.http#secret"]).expect(0), "x-key"), "of-the-environment-demo");
    let listed = world.run(&["secret", "list", "--json"]).expect(0).json();
    assert_eq!(listed["secrets"][1]["origins"], json!(["https://api.example.com"]), "{listed:#}");

    world.run(&["logout", "--all"]).expect(0).prints(&["No sessions"]);
    world.run(&["secret", "remove", "stripe", "--env", "demo"]).expect(0);
    world.run(&["secret", "remove", "stripe"]).expect(0);
    world.run(&["secret", "remove", "stripe"]).expect(2).says(&["no secret `stripe`"]);
    let memory = ["secret", "set", "stripe", "--vault", "memory"];
    Ran::with_input(&memory, &mut world.bearcat(&memory), "x").expect(2).says(&["forgets"]);
    for (name, value) in [("a/b", "x"), ("empty", "\n")] {
        let args = ["secret", "set", name];
        Ran::with_input(&args, &mut world.bearcat(&args), value).expect(2);
    }
}

/// A foreign file can name any secret: it goes nowhere before the user has said so.
#[test]
fn a_secret_goes_only_where_it_is_allowed() {
    let world = world();
    set_secret(&world);
    let port = world.demo.api.port().unwrap();
    let origin = format!("http://0.0.0.0:{port}");
    let flag = format!("--allow-origin {origin}");
    let refused = world.run(&["send", "vars.http#elsewhere"]).expect(2);
    refused.says(&["secret `stripe` may not go to", &flag, &format!("bearcat secret allow stripe {origin}")]);
    // What this machine's own servers echo does not get around it.
    world.run(&["send", "vars.http#stolen"]).expect(2).says(&["secret `stripe` may not go to"]);
    let args = ["send", "vars.http#process"];
    let process = |args: &[&str]| Ran::of(args, world.bearcat(args).env("MY_API_KEY", "key-of-this-process-4711"));
    process(&args).expect(2).says(&["process variable `MY_API_KEY` may not go to", &flag]);

    world.run(&["send", "vars.http#elsewhere", "--allow-origin", &origin]).expect(0);
    process(&["send", "vars.http#process", "--allow-origin", &origin]).expect(0);
    world.run(&["send", "vars.http#elsewhere"]).expect(2);
    world.run(&["secret", "allow", "stripe", &origin]).expect(0);
    world.run(&["send", "vars.http#elsewhere"]).expect(0);
    world.run(&["secret", "list"]).expect(0).prints(&[&origin]);
}

/// What stands in a `.env` file is the user's as well.
#[test]
fn a_secret_of_the_env_file_goes_only_where_it_is_allowed() {
    let world = world();
    world.write(".env", "MY_API_KEY=key-of-the-env-file-4711\n");
    let origin = format!("http://0.0.0.0:{}", world.demo.api.port().unwrap());
    let refused = world.run(&["send", "vars.http#dotenv"]).expect(2);
    refused.says(&["`.env` variable `MY_API_KEY` may not go to", &format!("--allow-origin {origin}")]);
    assert_eq!(world.demo.log().len(), 0);
    world.run(&["send", "vars.http#dotenv", "--allow-origin", &origin]).expect(0);
}

/// It opens a file and is not sent.
#[test]
fn the_passphrase_of_a_certificate_does_not_hold_requests_back() {
    let world = world();
    set_secret(&world);
    let settings = json!({"demo": {"SSLConfiguration": {
        "clientCertificate": "client.pem", "clientCertificateKey": "client.key", "hasCertificatePassphrase": true,
        "clientCertificatePassphrase": "{{$secret stripe}}"}}});
    world.write("http-client.private.env.json", &settings.to_string());
    world.run(&["send", "vars.http#harmless"]).expect(0);
    world.run(&["send", "vars.http#elsewhere"]).expect(2).says(&["secret `stripe` may not go to"]);
}

#[test]
fn variables_are_shown_with_their_sources() {
    let world = world();
    set_secret(&world);
    let shown = world.run(&["variables", "vars.http#secret"]).expect(0);
    let shown =
        shown.prints(&["base", "from http-client.env.json, demo", "$secret stripe", "••••••", "secret in the vault"]);
    assert!(!shown.out.contains(SECRET), "{shown}");
    let first = world.run(&["variables", "vars.http#show", "--json"]).expect(0).json();
    let row = &first["variables"][1];
    assert_eq!(row["name"], "create.response.body.$.body_size");
    assert_eq!((row["place"].as_str().unwrap(), &row["value"]), ("vars.http:14:29", &json!(null)), "{row:#}");
    assert_eq!(
        (&row["problem"], row["source"].as_str()),
        (&json!(null), Some("from the last response of `create`")),
        "{row:#}"
    );
    world.run(&["variables", "vars.http#show"]).expect(0).prints(&["`create` is sent first"]);
    let missing = world.run(&["variables", "vars.http#captured"]).expect(2);
    missing.prints(&["order_id", "`create` captures it: send that first"]);
    world.run(&["variables", "vars.http#asks", "--all"]).expect(0).prints(&["order", "prompt", "elsewhere"]);
    assert_eq!(world.demo.log().len(), 0, "nothing is sent");
}

const ASSERTS: &str = "\
### Holds
# @name holds
# @no-auth
# @assert .status == 200
# @assert .body.query == []
# @assert .token == null
GET {{base}}/test/echo

### Does not
# @name fails
# @no-auth
# @assert .status == 200
# @assert .status < 100
# @assert .headers[\"content-type\"]
GET {{base}}/test/echo

### Refused, as it should be
# @name refused
# @no-auth
# @assert .status == 401
GET {{base}}/api/v1/me

### Sends the failing one first
# @name later
# @no-auth
GET {{base}}/test/echo?status={{fails.response.body.$.body_size}}
";

#[test]
fn assertions_are_told_and_decide_the_exit_code() {
    let world = world();
    world.write("asserts.http", ASSERTS);
    world.run(&["send", "asserts.http#holds"]).expect(0).says(&["All 3 assertions hold"]);
    let fails = world.run(&["send", "asserts.http#fails"]).expect(1);
    fails
        .says(&["Assertion failed: `.status < 100`: `.status` is 200", "1 of 3 assertions hold"])
        .says(&["it gives \"application/json", "not true or false"]);
    world.run(&["send", "asserts.http#refused"]).expect(0).says(&["The assertion holds"]);
    let later = world.run(&["send", "asserts.http#later", "--json"]).expect(1).json();
    let held: Vec<_> = later["asserts"].as_array().unwrap().iter().map(|one| one["holds"].as_bool().unwrap()).collect();
    assert_eq!(held, [true, false, false], "{later:#}");
}

#[test]
fn the_secret_is_read_from_standard_input_only() {
    let world = world();
    let args = ["secret", "set", "stripe", SECRET];
    Ran::of(&args, world.bearcat(&args).stdin(Stdio::null())).expect(2);
    let args = ["secret", "set", "stripe"];
    let ran = Ran::of(&args, world.plain(&args).env("BEARCAT_VAULT", "file").env("BEARCAT_PASSPHRASE", PASSPHRASE));
    ran.expect(2).says(&["neither empty"]);
}

/// A program that a foreign file brings may run for ever or ask for all memory: it ends, and bearcat goes on.
#[test]
fn no_jq_program_does_harm() {
    let world = world();
    for program in ["def f: f; f", "\"x\" * 1000000000000", "[range(1000000000000)]", "env", "halt"] {
        let text =
            format!("# @no-auth\n# @capture harm = {program}\n# @capture good = .status\nGET {{{{base}}}}/api/ping\n");
        world.write("harm.http", &text);
        let start = std::time::Instant::now();
        let args = ["send", "harm.http"];
        let ran = Ran::of(&args, world.bearcat(&args).env("HARMLESS_VARIABLE", "value-of-the-environment")).expect(0);
        assert!(start.elapsed() < std::time::Duration::from_secs(30), "{program}: {:?}", start.elapsed());
        assert!(!ran.err.contains("value-of-the-environment"), "{ran}");
        if program == "env" {
            ran.says(&["Captured `harm`, `good`"]);
        } else {
            ran.says(&["`harm` could not be captured"]);
        }
    }
}
