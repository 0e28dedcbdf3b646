//! `bearcat export`: what is printed, what is written, and when a token stands in it.

use std::fs;

use crate::support::world::World;

#[test]
fn a_request_becomes_a_curl_command_without_its_token() {
    let world = World::new();
    world.write(
        "shop.http",
        "### list\n# @auth machine\nGET {{base}}/orders?limit=1\n\n### ping\n# @no-auth\nGET {{base}}/ping\n",
    );
    let ran = world.run(&["export", "curl", "shop.http#list"]).expect(0);
    let ran = ran
        .prints(&["curl --url", "/orders?limit=1", "Authorization: Bearer $TOKEN"])
        .says(&["TOKEN", "bearcat token --as machine"]);
    assert!(!ran.out.contains("/ping"), "{ran}");
    world.run(&["export", "curl", "shop.http"]).expect(0).prints(&["# list", "# ping"]);
    world.run(&["export", "python", "."]).expect(0).prints(&["import requests", "# list", "# ping"]);
    let json = world.run(&["export", "k6", "shop.http", "--json"]).expect(0).json();
    assert_eq!(json["requests"], 2);
    assert!(json["text"].as_str().unwrap().contains("__ENV.TOKEN"), "{json}");
}

#[test]
fn what_cannot_be_exported_is_said() {
    let world = World::new();
    world.run(&["export", "curl", "nowhere.http"]).expect(2).says(&["There is no file `nowhere.http`"]);
    world.run(&["export", "curl", "orders.http#nothing"]).expect(2).says(&["has no request `nothing`"]);
    world.run(&["export", "fortran", "orders.http"]).expect(2).says(&["fortran"]);
    world.write("empty.http", "# nothing\n");
    world.run(&["export", "curl", "empty.http"]).expect(2).says(&["has no requests"]);
    world.write("open.http", "# @no-auth\nGET {{base}}/ping\n");
    world.run(&["export", "curl", "open.http", "--with-token"]).expect(2).says(&["No request here carries a token"]);
}

#[test]
fn a_token_stands_in_an_export_only_where_it_is_asked_for_and_may_go() {
    let world = World::new();
    world.run(&["login", "--name", "machine"]).expect(0);
    let token = world.run(&["token", "--as", "machine"]).expect(0).out.trim().to_owned();
    world.write("shop.http", "# @auth machine\nGET {{base}}/orders\n");
    let ran = world.run(&["export", "curl", "shop.http"]).expect(0);
    assert!(!ran.out.contains(&token) && ran.out.contains("$TOKEN"), "{ran}");

    let ran = world.run(&["export", "curl", "shop.http", "--with-token", "--out", "call.sh"]).expect(0);
    ran.says(&["whoever reads it can act as you"]);
    let path = world.work().join("call.sh");
    assert!(fs::read_to_string(&path).unwrap().contains(&token));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // Not to a place that the identity does not allow, and not where it stands in plain text.
    world.write("foreign.http", "# @auth machine\nGET https://evil.example/\nX: {{$auth.token(\"machine\")}}\n");
    let ran = world.run(&["export", "curl", "foreign.http", "--with-token"]).expect(0);
    assert!(!ran.out.contains(&token), "{ran}");
    ran.says(&["is left out of a request"]);
    world.write("plain.http", &format!("# @no-auth\nGET {{{{base}}}}/orders\nAuthorization: Bearer {token}\n"));
    for format in ["curl", "http", "postman", "k6", "python", "javascript", "go", "rust"] {
        let ran = world.run(&["export", format, "plain.http"]).expect(0);
        assert!(!ran.out.contains(&token), "{ran}");
        ran.says(&["A secret stood in the requests in plain text"]);
    }
}
