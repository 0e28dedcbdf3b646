//! `bearcat matrix` against the demo: the grid, exit codes, reports, unsafe methods, parallel sending.

use super::*;

const ACCESS: &str = "### orders
# @name orders
# @expect jane 200
# @expect machine 2xx
# @expect anonymous 401
GET {{base}}/api/v1/orders?limit=1

### next
# @auth jane
# @expect jane 307
GET {{base}}/next212/api/v1/orders

### create
# @require create:orders
# @expect jane 403
POST {{base}}/api/v1/orders
Content-Type: application/json

{ \"item\": \"Desk lamp\", \"quantity\": 1 }
";

fn signed_in() -> World {
    let world = World::new();
    world.write("access.http", ACCESS);
    world.login_jane().expect(0);
    world
}

fn cell<'a>(report: &'a Value, request: &str, identity: &str) -> &'a Value {
    let row = report["requests"].as_array().unwrap().iter().find(|row| row["name"] == request);
    let cells = row.unwrap_or_else(|| panic!("no {request} in {report:#}"))["cells"].as_array().unwrap();
    cells.iter().find(|cell| cell["identity"] == identity).unwrap()
}

#[test]
fn a_contract_that_holds_ends_with_0_and_nobody_is_asked_to_sign_in() {
    let world = signed_in();
    let ran = world.run(&["matrix", "access.http", "--as", "jane,machine,anonymous"]).expect(0);
    let ran = ran.prints(&["access.http", "jane", "✔ 200", "✔ 401", "✔ 307", "not asked for", "as expected"]);
    let ran = ran.says(&["access.http orders as machine: 200"]);
    assert!(ran.out.contains("POST may change something"), "{ran}");
    // The machine signed in by itself, and only once for all its cells.
    assert_eq!(world.demo.token_posts("client_credentials"), 1);
    assert_eq!(world.demo.count(|seen| seen.method == "POST" && seen.path.starts_with("/api")), 0);
}

#[test]
fn expectations_decide_the_exit_code() {
    let world = signed_in();
    world.write("wrong.http", "# @expect anonymous 200\nGET {{base}}/api/v1/orders\n");
    let ran = world.run(&["matrix", "wrong.http", "--as", "anonymous"]).expect(1);
    ran.prints(&["✘ 401, not 200", "Expected: 200", "1 not as expected"]);

    world.write("admin.http", "# @expect admin 200\nGET {{base}}/api/v1/orders\n");
    world.run(&["matrix", "admin.http"]).expect(3).prints(&["– not signed in", "1 expectation could not be checked"]);

    world.write("gone.http", &format!("GET http://127.0.0.1:{}/x\n", free_port()));
    world.run(&["matrix", "gone.http", "--as", "anonymous"]).expect(4).prints(&["! no answer"]);

    world.write(
        "asks.http",
        "# @prompt number Which?\n# @expect anonymous 401\nGET {{base}}/api/v1/orders/{{number}}\n",
    );
    world.run(&["matrix", "asks.http", "--as", "anonymous"]).expect(2).prints(&["asks for `number`"]);
    world.run(&["matrix", "asks.http", "--as", "anonymous", "--var", "number=1001"]).expect(0);

    world.write("who.http", "# @expect bob 200\nGET {{base}}/api/v1/orders\n");
    world.run(&["matrix", "who.http"]).expect(2).prints(&["bob", "– unknown"]);
    world.run(&["matrix", "who.http", "--as", "bob"]).expect(2).says(&["There is no identity `bob`"]);
    world.run(&["matrix", "nowhere.http"]).expect(2).says(&["There is no file"]);
}

#[test]
fn unsafe_methods_go_out_only_when_asked_for_also_before_another() {
    let world = signed_in();
    world.write(
        "first.http",
        "### make\n# @name make\nPOST {{base}}/api/v1/orders\nContent-Type: application/json\n\n{}\n\n\
         ### read\nGET {{base}}/api/v1/orders/{{make.response.body.$.number}}\n",
    );
    let ran = world.run(&["matrix", "first.http#read", "--as", "jane"]).expect(0);
    ran.prints(&["not asked for", "`make` would be sent first"]);
    assert_eq!(world.demo.count(|seen| seen.path.starts_with("/api")), 0);

    let report = world.run(&["matrix", "access.http", "--as", "jane", "--unsafe", "--json"]).expect(0).json();
    assert_eq!(cell(&report, "create", "jane")["status"], 403, "{report:#}");
    let why = cell(&report, "create", "jane")["findings"][0].to_string();
    assert!(why.contains("create:orders"), "{report:#}");
}

#[test]
fn all_reports_at_once() {
    let world = signed_in();
    let args = [
        "matrix",
        ".",
        "--as",
        "jane,anonymous",
        "--report",
        "junit=junit.xml",
        "--report",
        "html=matrix.html",
        "--report",
        "text=matrix.txt",
        "--report",
        "json",
        // What never answers is of no use here.
        "--var",
        "elsewhere=http://127.0.0.1:1",
    ];
    std::fs::remove_file(world.work().join("trial.http")).unwrap();
    let ran = world.run(&args);
    let report = ran.json();
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(cell(&report, "SDK 2.12: GET is sent to the login page", "jane")["judgement"], "as-expected");
    let next = cell(&report, "next", "jane");
    assert_eq!((&next["status"], &next["findings"][0]["id"]), (&json!(307), &json!("nextjs-cookies-only")), "{next:#}");
    let cells: usize =
        report["requests"].as_array().unwrap().iter().map(|row| row["cells"].as_array().unwrap().len()).sum();

    let read = |name: &str| std::fs::read_to_string(world.work().join(name)).unwrap();
    let xml = read("junit.xml");
    let document = roxmltree::Document::parse(&xml).unwrap();
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("testcase")).count(), cells);
    assert!(read("matrix.html").contains("<table>") && read("matrix.txt").contains("✔ 307"));
    assert!(!read("matrix.txt").contains('\u{1b}'), "no colours in a file");
    for name in ["junit.xml", "matrix.html", "matrix.txt"] {
        assert!(!read(name).contains("eyJ"), "a token in {name}");
    }
    world.run(&["matrix", "access.http", "--report", "pdf"]).expect(2).says(&["There is no report `pdf`"]);
    world.run(&["matrix", "access.http", "--report", "json", "--report", "html"]).expect(2);
}

/// Each identity has its own cookies and captures, and a session that is due is renewed once for all cells.
#[test]
fn identities_keep_out_of_each_others_way() {
    let world = World::with(|faults| faults.access_lifetime = 0);
    world.login_jane().expect(0);
    world.demo.faults().update(|faults| faults.access_lifetime = 86_400);
    world.write(
        "chain.http",
        "### me\n# @capture who = (.body.subject // .body.client // .status)\nGET {{base}}/api/v1/me\n\n\
         ### echo\n# @no-cookie-jar\nGET {{base}}/test/echo?who={{who}}\n",
    );
    let report = world.run(&["matrix", "chain.http", "--as", "jane,machine,anonymous", "--json"]).expect(0).json();
    let who = |identity: &str| cell(&report, "echo", identity)["url"].as_str().unwrap().to_owned();
    assert!(who("jane").contains("who=kp_"), "{report:#}");
    assert!(who("machine").contains("who=") && !who("machine").contains("kp_"), "{report:#}");
    assert!(who("anonymous").ends_with("who=401"), "{report:#}");
    assert_eq!(world.demo.token_posts("refresh_token"), 1);
}

/// Ctrl+C stops what is under way at once; what had come is reported.
#[cfg(unix)]
#[test]
fn a_signal_cancels_and_reports_what_had_come() {
    let world = World::new();
    world.write("hang.http", "### quick\nGET {{base}}/api/ping\n\n### slow\nGET {{base}}/test/hang\n");
    let args = ["matrix", "hang.http", "--as", "anonymous"];
    let running = Running::start(&args, &mut world.bearcat(&args));
    let (running, ()) = running.until(|line| line.contains("quick as anonymous: 200").then_some(()));
    let kill = std::process::Command::new("kill").args(["-INT", &running.pid().to_string()]).status();
    assert!(kill.unwrap().success());
    running.finish().expect(130).prints(&["· 200", "– cancelled"]).says(&["Cancelled"]);
}

#[test]
fn what_says_note_is_sent_only_when_asked_for() {
    let world = World::new();
    world.write("note.http", "# @note Wakes the night shift\n# @expect anonymous 200\nGET {{base}}/api/ping\n");
    world.run(&["matrix", "note.http", "--as", "anonymous"]).expect(0).prints(&["not asked for", "`# @note`"]);
    world.run(&["matrix", "note.http", "--as", "anonymous", "--unsafe"]).expect(0).prints(&["✔ 200"]);
}
