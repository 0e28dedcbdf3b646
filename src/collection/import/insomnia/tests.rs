//! Tests of the import of Insomnia files.

use proptest::prelude::*;

use crate::collection::draft::Fate;
use crate::collection::import::Format;
use crate::collection::import::testing::{remarks, run, survives, text};

const FIVE: &str = r#"type: collection.insomnia.rest/5.0
name: Shop
meta: { id: wrk_1, description: About the shop }
collection:
  - name: Folder
    meta: { id: fld_1 }
    authentication: { type: bearer, token: "{{ _.token }}" }
    environment: { page: 7 }
    children:
      - url: "{{ _.base }}/login"
        name: Log in
        meta: { id: req_1 }
        method: POST
        body:
          mimeType: application/x-www-form-urlencoded
          params:
            - { name: user, value: jane }
            - { name: off, value: x, disabled: true }
        authentication: { type: none }
        settings: { followRedirects: "off", cookies: { send: false } }
      - url: "{{ base }}/orders/:id?x={{ _.user.name }}"
        name: Orders
        meta: { id: req_2, description: All }
        method: GET
        parameters:
          - { name: page, value: "{{ _.page }}" }
          - { name: a, value: "b&c" }
        pathParameters:
          - { name: id, value: "9" }
        headers:
          - { name: User-Agent, value: insomnia/10.0 }
          - { name: X-Token, value: "{% response 'body', 'req_1', 'b64::JC50b2tlbg==::46b', 'never', 60 %}" }
          - { name: X-Id, value: "{% uuid 'v4' %}" }
          - { name: X-Time, value: "{% now 'iso-8601', '' %}" }
          - { name: X-Hash, value: "{% hash 'md5', 'hex', 'x' %}" }
          - { name: X-Ask, value: "{% prompt 'Your name', 'Who', '', '', false, true %}" }
  - name: stream
    url: wss://x.test
    meta: { id: ws-req_1 }
environments:
  name: Base
  data: { base: "https://api.test", user: { name: jane, roles: [a, b] }, token: base-token-1 }
  subEnvironments:
    - name: Dev
      data: { base: "https://dev.test" }
    - name: Own
      meta: { isPrivate: true }
      data: { mine: only-mine-1 }
"#;

#[test]
fn a_collection_of_version_five() {
    let finished = run(Format::Insomnia, "shop.yaml", FIVE);
    let text = text(&finished, 0);
    for expected in [
        "# About the shop\n# WebSocket request `stream`: wss://x.test\n",
        "@page = 7\n",
        "@user.name = jane\n",
        "### Folder / Log in\n# @name Log_in\n# @no-redirect\n# @no-cookie-jar\n# @no-auth\nPOST {{base}}/login\n",
        "user=jane\n# &off=x\n",
        "GET {{base}}/orders/{{id}}\n    ?x={{user.name}}\n    &page={{page}}\n    &a=b%26c\n",
        "X-Token: {{Log_in.response.body.$.token}}\n",
        "X-Id: {{$uuid}}\n",
        "X-Time: {{$isoTimestamp}}\n",
        "X-Hash: {{tag_hash}}\n",
        "X-Ask: {{your_name}}\n",
        "# @prompt your_name Who\n",
        "Authorization: Bearer {{token}}\n",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    assert!(!text.contains("base-token-1") && !text.contains("insomnia/10"), "{text}");
    let (public, private) = (&finished.environments.public, &finished.environments.private);
    assert!(public.contains("https://dev.test") && public.contains("https://api.test"), "{public}");
    assert!(private.contains("base-token-1") && private.contains("only-mine-1") && !public.contains("only-mine-1"));
    let commented = remarks(&finished.report, Fate::Commented);
    assert_eq!(
        commented,
        [
            "template: the tag `hash` has no counterpart; give the variable `tag_hash` a value",
            "request: it is a WebSocket request; bearcat sends HTTP requests only",
        ]
    );
}

#[test]
fn an_export_of_format_four() {
    let export = r#"{"_type":"export","__export_format":4,"resources":[
        {"_id":"req_1","_type":"request","parentId":"fld_1","name":"b","method":"GET","url":"https://a.test/b","metaSortKey":2,"body":{},"authentication":{}},
        {"_id":"req_2","_type":"request","parentId":"fld_1","name":"a","method":"POST","url":"https://a.test/a","metaSortKey":1,
         "body":{"mimeType":"application/graphql","text":"{\"query\":\"{ x }\",\"variables\":{\"n\":1}}"},
         "authentication":{"type":"basic","username":"u","password":"very-secret-2"}},
        {"_id":"fld_1","_type":"request_group","parentId":"wrk_1","name":"F","authentication":{"type":"digest","username":"d","password":"{{ _.p }}"}},
        {"_id":"fld_2","_type":"request_group","parentId":"fld_2","name":"loop"},
        {"_id":"wrk_1","_type":"workspace","parentId":null,"name":"W","description":""},
        {"_id":"env_1","_type":"environment","parentId":"wrk_1","data":{"base":"x"}},
        {"_id":"env_2","_type":"environment","parentId":"env_1","name":"Dev","data":{"base":"y"}},
        {"_id":"ut","_type":"unit_test","parentId":"wrk_1","name":"t"},
        {"_id":"req_9","_type":"request","parentId":"gone","name":"orphan","method":"GET","url":"https://a.test/o"}]}"#;
    let finished = run(Format::Insomnia, "export.json", export);
    let first = text(&finished, 0);
    let (a, b) = (first.find("### F / a").unwrap(), first.find("### F / b").unwrap());
    assert!(a < b, "{first}");
    for expected in [
        "Authorization: Digest d:{{p}}\n",
        "Authorization: Basic u:{{w_password}}\n",
        "X-Request-Type: GraphQL\n\n{ x }\n\n{\"n\":1}\n",
    ] {
        assert!(first.contains(expected), "{expected}\n---\n{first}");
    }
    assert!(text(&finished, 1).contains("### orphan\n"));
    assert_eq!(remarks(&finished.report, Fate::Dropped), ["test: its tests are scripts, and bearcat runs none"]);
}

#[test]
fn foreign_expressions_are_variables() {
    let collection = r#"type: collection.insomnia.rest/5.0
name: x
collection:
  - url: "https://a.test/{{ $dotenv KEY }}/{{ $secret x }}/{%}"
    name: a
    meta: { id: req_1 }
    method: POST
    body: { mimeType: application/octet-stream, fileName: "{{ _.p }}" }
"#;
    let finished = run(Format::Insomnia, "x.yaml", collection);
    let text = text(&finished, 0);
    assert!(text.contains("POST https://a.test/{{_dotenv_KEY}}/{{_secret_x}}/{%}\n"), "{text}");
    assert!(text.contains("< ./__p__\n"), "{text}");
    let changed = remarks(&finished.report, Fate::Changed);
    assert!(changed.iter().any(|line| line.contains("it is the variable `_dotenv_KEY`")), "{changed:?}");
    assert!(changed.iter().any(|line| line.contains("cannot come from a variable")), "{changed:?}");
}

proptest! {
    #[test]
    fn any_damage_is_survived(at in 0..FIVE.len(), length in 0..40_usize, piece in "\\PC{0,8}|\n  - |: |\\[|\\{|&a|\\*a") {
        survives(Format::Insomnia, FIVE, at, length, &piece);
    }
}
