//! Tests of the import of Postman files.

use proptest::prelude::*;

use crate::collection::draft::Fate;
use crate::collection::import::Format;
use crate::collection::import::testing::{remarks, run, survives, text};

const COLLECTION: &str = r##"{
  "info": { "name": "Shop: API", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
            "description": { "content": "About\nthe shop", "type": "text/plain" } },
  "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{token}}", "type": "string" }] },
  "variable": [{ "key": "base url", "value": "https://api.test" }, { "key": "off", "value": "1", "disabled": true },
               { "key": "apiKey", "value": "sesame-open-1" }, { "key": "n", "value": 5 }],
  "event": [{ "listen": "prerequest", "script": { "exec": ["console.log(1)"] } }],
  "item": [
    { "name": "Orders", "protocolProfileBehavior": { "followRedirects": false, "strictSSL": false },
      "item": [
        { "name": "one", "request": {
            "method": "GET", "auth": { "type": "noauth" },
            "header": [{ "key": "Accept", "value": "*/*", "description": "anything" },
                       { "key": "X-Off", "value": "1", "disabled": true }, { "key": "two words", "value": "x" }],
            "url": { "raw": "{{base url}}/orders/:id?page=1&all&x=a%26b", "host": ["{{base url}}"], "path": ["orders", ":id"],
                     "query": [{ "key": "page", "value": "1" }, { "key": "off", "value": "2", "disabled": true },
                               { "key": "all", "value": null }, { "key": "x", "value": "a&b" }],
                     "variable": [{ "key": "id", "value": "42" }] } },
          "event": [{ "listen": "test", "script": { "exec": "pm.test('ok', () => {\n  pm.response.to.have.status(200);\n});" } }],
          "response": [{ "name": "fine", "status": "OK", "code": 200, "body": "{\n  \"id\": 42\n}" }] },
        { "name": "other id", "request": { "method": "DELETE", "url": { "raw": "{{base url}}/orders/:id",
            "variable": [{ "key": "id", "value": "43" }] } } }
      ] },
    { "name": "form", "request": { "method": "POST", "url": "https://api.test/{{$guid}}/{{$randomFirstName}}",
        "auth": { "type": "basic", "basic": { "username": "jane", "password": "pa55word-9" } },
        "body": { "mode": "urlencoded", "urlencoded": [{ "key": "a b", "value": "{{n}}" }, { "key": "c", "value": "d", "disabled": true }] } } },
    { "name": "parts", "request": { "method": "POST", "url": "https://api.test", "auth": { "type": "hawk", "hawk": [{ "key": "authId", "value": "me" }, { "key": "authKey", "value": "hidden-key" }] },
        "body": { "mode": "formdata", "formdata": [{ "key": "f", "type": "file", "src": ["/home/me/a.png", "b.png"] },
          { "key": "t", "type": "text", "value": "x" }, { "key": "none", "type": "file", "src": null }] } } },
    { "name": "graph", "request": { "method": "POST", "url": "https://api.test/graphql",
        "body": { "mode": "graphql", "graphql": { "query": "{ a }", "variables": "{\"b\": 1}" } } } },
    { "name": "pruned", "request": { "method": "GET", "url": "https://api.test", "body": { "mode": "raw", "raw": "never sent" } } },
    { "name": "json", "protocolProfileBehavior": { "disableBodyPruning": true },
      "request": { "method": "GET", "url": "https://api.test", "body": { "mode": "raw", "raw": "# {{base url}}", "options": { "raw": { "language": "json" } } } } },
    { "name": "short", "request": "https://api.test/short" },
    { "name": "machine", "request": { "method": "GET", "url": "https://api.test/m", "auth": { "type": "oauth2", "oauth2": [
        { "key": "grant_type", "value": "client_credentials" }, { "key": "accessTokenUrl", "value": "https://id.test/token" },
        { "key": "clientId", "value": "abc" }, { "key": "clientSecret", "value": "client-secret-7" }, { "key": "scope", "value": "read" }] } } }
  ]
}"##;

#[test]
fn a_collection_with_everything() {
    let finished = run(Format::Postman, "shop.json", COLLECTION);
    assert_eq!(finished.collections, 1);
    assert_eq!(finished.files[0].0.to_str(), Some("shop-api.http"));
    let text = text(&finished, 0);
    for expected in [
        "# About\n# the shop\n",
        "@base_url = https://api.test\n",
        "@n = 5\n",
        "@id = 42\n",
        "@id_2 = 43\n",
        "### Orders / one\n# Accept: anything\n# @no-redirect\n# @assert .status == 200\n# @no-auth\n\
         GET {{base_url}}/orders/{{id}}\n    ?page=1\n# &off=2\n    &all\n    &x=a%26b\nAccept: */*\n# X-Off: 1\n\
         # two words: x\n\n# Example fine: 200 OK\n# {\n#   \"id\": 42\n# }\n",
        "DELETE {{base_url}}/orders/{{id_2}}\nAuthorization: Bearer {{token}}\n",
        "POST https://api.test/{{$uuid}}/{{randomFirstName}}\n",
        "Authorization: Basic jane:{{shop_api_password}}\n",
        "a+b={{%n}}\n# &c=d\n",
        "< ./a.png\n",
        "< ./b.png\n",
        "# Content-Disposition: form-data; name=\"none\"; filename=\"file\"\n",
        "#   authId: me\n",
        "X-Request-Type: GraphQL\n\n{ a }\n\n{\"b\": 1}\n",
        "# Body, not sent (raw):\n# never sent\n",
        "Content-Type: application/json\nAuthorization: Bearer {{token}}\n\n{{empty_text}}# {{base_url}}\n",
        "### short\nGET https://api.test/short\n",
        "# @auth shop-api\nGET https://api.test/m\n",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    for secret in ["sesame-open-1", "pa55word-9", "hidden-key", "client-secret-7"] {
        assert!(!text.contains(secret) && !finished.environments.public.contains(secret), "{secret}");
    }
    assert!(finished.environments.private.contains("sesame-open-1"), "{}", finished.environments.private);
    assert!(finished.environments.private.contains("client-secret-7"));
    assert!(finished.environments.public.contains("\"Grant Type\": \"Client Credentials\""));
    assert_eq!(finished.report.taken["requests"], 9);
    let dropped = remarks(&finished.report, Fate::Dropped);
    assert_eq!(
        dropped,
        [
            "variable: the variable `off` is disabled",
            "setting: `strictSSL` has no counterpart",
            "setting: `strictSSL` has no counterpart"
        ]
    );
    let changed = remarks(&finished.report, Fate::Changed);
    assert!(changed.iter().any(|line| line.contains("`base url` is called `base_url`")), "{changed:?}");
    assert!(changed.iter().any(|line| line.contains("author's machine")), "{changed:?}");
}

#[test]
fn environments_and_globals() {
    let environment = r#"{"name":"Dev","values":[{"key":"host","value":"https://dev"},{"key":"off","value":"x","enabled":false},
        {"key":"pass","value":"in-private","type":"secret","enabled":true},{"key":"a b","value":"{{host}}/{{$guid}}"}],
        "_postman_variable_scope":"environment"}"#;
    let finished = run(Format::Postman, "dev.json", environment);
    let (public, private) = (&finished.environments.public, &finished.environments.private);
    assert!(
        public.contains("\"host\": \"https://dev\"") && public.contains("\"a_b\": \"{{host}}/{{$uuid}}\""),
        "{public}"
    );
    assert!(private.contains("in-private") && !public.contains("in-private"));
    assert_eq!(remarks(&finished.report, Fate::Dropped), ["variable: it is disabled"]);

    let globals = r#"{"values":[{"key":"g","value":"1"}],"name":"x","_postman_variable_scope":"globals"}"#;
    assert!(run(Format::Postman, "g.json", globals).environments.public.contains("\"$shared\""));
}

#[test]
fn a_dump_with_collections_of_version_one() {
    let dump = r#"{"version":1,"collections":[{"id":"c","name":"Old","order":["r2"],"folders_order":["f"],
        "folders":[{"id":"f","name":"Folder","order":["r1"],"folders_order":[]}],
        "requests":[
          {"id":"r1","name":"list","method":"GET","url":"https://a.test/x?y=1","headers":"Accept: a/b\n//Off: 1\n","dataMode":"params","data":[],
           "tests":"tests['x'] = responseCode.code === 201;"},
          {"id":"r2","name":"new","method":"POST","url":"https://a.test/:id","pathVariableData":[{"key":"id","value":"{{i}}"}],
           "dataMode":"raw","rawModeData":"{}","currentHelper":"basicAuth","helperAttributes":{"username":"u","password":"{{p}}"}},
          {"id":"r3","name":"lost","method":"GET","url":"https://a.test/lost"}]}],
        "environments":[{"name":"Dev","values":[]},{"name":"Dev","values":[{"key":"x","value":"1"}]}],
        "headerPresets":[{"name":"p"}],"globals":[{"key":"g","value":"2"}]}"#;
    let finished = run(Format::Postman, "dump.json", dump);
    let text = text(&finished, 0);
    for expected in [
        "### Folder / list\n# @assert .status == 201\nGET https://a.test/x?y=1\nAccept: a/b\n# Off: 1\n",
        "POST https://a.test/{{i}}\nContent-Type: text/plain\nAuthorization: Basic u:{{p}}\n\n{}\n",
        "### lost\n",
    ] {
        assert!(text.contains(expected), "{expected}\n---\n{text}");
    }
    assert!(finished.environments.public.contains("\"Dev 2\""), "{}", finished.environments.public);
    assert_eq!(
        remarks(&finished.report, Fate::Dropped),
        ["setting: bearcat has no counterpart for `headerPresets` of a dump"]
    );
}

#[test]
fn what_is_none_is_said_to_be_none() {
    let read = |_: &std::path::Path| Err(String::new());
    let input = |text| crate::collection::import::Input { name: "x.json".as_ref(), text, files: &[], read: &read };
    assert!(super::import(&input("{}")).unwrap_err().title.contains("no Postman file"));
    assert!(super::import(&input("{\n \"info\": ")).unwrap_err().to_string().starts_with("x.json:2:"));
}

#[test]
fn foreign_expressions_are_variables() {
    let collection = r#"{"info":{"name":"x","schema":"https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},"item":[
        {"name":"a","request":{"method":"POST","url":"https://a.test/{{$dotenv KEY}}/{{$auth.token(\"x\")}}/{{x.response.body.y}}",
         "body":{"mode":"file","file":{"src":"{{p}}"}}}}]}"#;
    let finished = run(Format::Postman, "x.json", collection);
    let text = text(&finished, 0);
    assert!(
        text.contains("POST https://a.test/{{_dotenv_KEY}}/{{_auth.token__x__}}/{{x_response_body_y}}\n"),
        "{text}"
    );
    assert!(text.contains("< ./__p__\n"), "{text}");
    let changed = remarks(&finished.report, Fate::Changed);
    assert!(changed.iter().any(|line| line.contains("it is the variable `_dotenv_KEY`")), "{changed:?}");
    assert!(changed.iter().any(|line| line.contains("cannot come from a variable")), "{changed:?}");
}

proptest! {
    #[test]
    fn any_damage_is_survived(
        at in 0..COLLECTION.len(),
        length in 0..40_usize,
        piece in prop_oneof![
            "\\PC{0,6}",
            prop::sample::select(vec!["null", "[]", "{}", "\"\"", "1", "\"### x\"", "\"{{\"", ",", "true", "\"a\\nb\\u0000\"", "[1]"]).prop_map(str::to_owned),
        ],
    ) {
        survives(Format::Postman, COLLECTION, at, length, &piece);
    }
}
