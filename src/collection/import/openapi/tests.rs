//! Documents in, requests out: tables for schemas, parameters, servers and security, and properties.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::collection::draft::{
    ApiKeyPlace, DraftAuth, DraftBody, DraftEnvironment, DraftRow, PartContent, RequestDraft, RowState,
};
use crate::collection::environment::SHARED;

fn import_text(text: &str) -> Result<Import, Problem> {
    let read = |path: &Path| Err(format!("{} is not there", path.display()));
    super::import(&Input { name: Path::new("api.yaml"), text, files: &[], read: &read })
}

#[track_caller]
fn read(text: &str) -> Import {
    import_text(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"))
}

/// A document with one operation: the lines of the operation, and of whatever else.
fn document(operation: &str, rest: &str) -> String {
    let operation: String = operation.lines().fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "      {line}");
        all
    });
    format!("openapi: 3.1.0\nservers: [{{url: 'https://a.test'}}]\npaths:\n  /x:\n    post:\n{operation}{rest}\n")
}

#[track_caller]
fn only(text: &str) -> RequestDraft {
    let mut import = read(text);
    assert_eq!(import.files.len(), 1, "{text}");
    assert_eq!(import.files[0].requests.len(), 1, "{text}");
    import.files[0].requests.remove(0)
}

fn rows(rows: &[DraftRow]) -> Vec<String> {
    let mark = |row: &DraftRow| if row.state == RowState::Disabled { "~" } else { "" };
    rows.iter().map(|row| format!("{}{}={}", mark(row), row.name, row.value)).collect()
}

fn body(draft: &RequestDraft) -> String {
    match &draft.body {
        DraftBody::None => String::new(),
        DraftBody::Text(text) => {
            serde_json::from_str::<serde_json::Value>(text).map_or(text.clone(), |value| value.to_string())
        }
        DraftBody::Form(fields) => rows(fields).join(" "),
        DraftBody::File(path) => format!("< {path}"),
        DraftBody::Multipart(parts) => {
            let part = |part: &crate::collection::draft::DraftPart| {
                let mark = if part.state == RowState::Disabled { "~" } else { "" };
                let kind = part.content_type.as_deref().map_or(String::new(), |kind| format!(" {kind}"));
                match &part.content {
                    PartContent::Text(text) => format!("{mark}{}={}{kind}", part.name, text.replace(['\n', ' '], "")),
                    PartContent::File(path) => format!("{mark}{}=<{path}{kind}", part.name),
                }
            };
            parts.iter().map(part).collect::<Vec<_>>().join(" ")
        }
        DraftBody::GraphQl { .. } => "graphql".to_owned(),
    }
}

fn environment<'i>(import: &'i Import, name: &str) -> &'i DraftEnvironment {
    import.environments.iter().find(|environment| environment.name == name).unwrap()
}

fn variables(environment: &DraftEnvironment) -> Vec<String> {
    environment.variables.iter().map(|variable| format!("{}={}", variable.name, variable.value)).collect()
}

#[test]
fn bodies_from_schemas() {
    for (schema, expected) in [
        ("{type: string}", r#""string""#),
        ("{type: string, minLength: 8}", r#""stringst""#),
        ("{type: string, maxLength: 3}", r#""str""#),
        ("{type: string, format: uuid}", r#""3fa85f64-5717-4562-b3fc-2c963f66afa6""#),
        ("{type: string, format: date-time}", r#""2024-01-01T12:00:00Z""#),
        ("{type: string, example: 1.5}", r#""1.5""#),
        ("{type: [string, 'null']}", r#""string""#),
        ("{type: ['null', integer]}", "1"),
        ("{type: integer, minimum: 5}", "5"),
        ("{type: integer, minimum: 5, exclusiveMinimum: true}", "6"),
        ("{type: integer, exclusiveMinimum: 5}", "6"),
        ("{type: integer, maximum: -3}", "-3"),
        ("{type: integer, minimum: 10, multipleOf: 4}", "12"),
        ("{type: number, exclusiveMinimum: 0, exclusiveMaximum: 1}", "0.5"),
        ("{type: boolean}", "true"),
        ("{enum: [red, green]}", r#""red""#),
        ("{const: fixed}", r#""fixed""#),
        ("{type: integer, default: 7}", "7"),
        ("{type: integer, examples: [9, 10]}", "9"),
        ("{type: array, items: {type: integer}}", "[1]"),
        ("{type: array, minItems: 3, uniqueItems: true, items: {type: integer}}", "[1,2,3]"),
        ("{type: array, maxItems: 0, items: {type: integer}}", "[]"),
        ("{type: array, prefixItems: [{type: integer}, {type: string}]}", r#"[1,"string"]"#),
        (
            "{properties: {a: {type: integer}, id: {type: integer, readOnly: true}, pw: {type: string, writeOnly: true}}}",
            r#"{"a":1,"pw":"string"}"#,
        ),
        ("{type: object, additionalProperties: {type: integer}}", r#"{"key":1}"#),
        ("{type: object, additionalProperties: true}", "{}"),
        (
            "{allOf: [{properties: {a: {type: integer}}}, {properties: {b: {type: string}}}], properties: {c: {type: boolean}}}",
            r#"{"a":1,"b":"string","c":true}"#,
        ),
        ("{allOf: [{type: object, example: {a: 1}}, {description: more}]}", r#"{"a":1}"#),
        ("{oneOf: [{type: 'null'}, {type: integer}, {type: string}]}", "1"),
        (
            "{anyOf: [{title: Cat, properties: {meow: {type: boolean}}}, {title: Dog, type: object}]}",
            r#"{"meow":true}"#,
        ),
        ("{properties: {a: {type: string}}, required: [a], anyOf: [{required: [a]}]}", r#"{"a":"string"}"#),
        ("{$ref: '#/components/schemas/Node'}", r#"{"name":"string","children":[]}"#),
        ("{$ref: '#/components/schemas/Node', example: {name: given}}", r#"{"name":"given"}"#),
        ("{$ref: '#leaf'}", r#"{"leaf":"string"}"#),
        ("{$ref: '#/components/schemas/a~1b%20c'}", "7"),
        ("{$ref: '#/components/schemas/Pet'}", r#"{"kind":"cat","lives":1}"#),
        ("{$ref: '#/components/schemas/Endless'}", "{}"),
        ("true", "{}"),
    ] {
        let schemas = "
components:
  schemas:
    Node: {type: object, properties: {name: {type: string}, children: {type: array, items: {$ref: '#/components/schemas/Node'}}, parent: {$ref: '#/components/schemas/Node'}}}
    Leaf: {$anchor: leaf, type: object, properties: {leaf: {type: string}}}
    'a/b c': {const: 7}
    Endless: {type: object, required: [me], properties: {me: {$ref: '#/components/schemas/Endless'}}}
    Cat: {type: object, properties: {kind: {type: string}, lives: {type: integer}}}
    Dog: {type: object, properties: {kind: {type: string}}}
    Pet:
      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]
      discriminator: {propertyName: kind, mapping: {cat: '#/components/schemas/Cat', dog: '#/components/schemas/Dog'}}";
        let operation = format!("requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}");
        assert_eq!(body(&only(&document(&operation, schemas))), expected, "{schema}");
    }
}

#[test]
fn alternatives_are_named() {
    let draft = only(&document(
        "requestBody: {content: {application/json: {schema: {oneOf: [{title: Cat, type: object}, {title: Dog, type: object}]}}}}",
        "",
    ));
    assert!(draft.comments.iter().any(|line| line.contains("`Dog`")), "{:?}", draft.comments);
}

#[test]
fn content_types() {
    for (content, expected_type, expected) in [
        ("{application/json: {example: {a: 1}}}", "application/json", r#"{"a":1}"#),
        ("{application/json: {schema: {type: object}, example: '{\"a\": 1}'}}", "application/json", r#"{"a":1}"#),
        (
            "{application/json: {examples: {one: {value: {a: 1}}, two: {value: {a: 2}}}}}",
            "application/json",
            r#"{"a":1}"#,
        ),
        (
            "{text/plain: {example: hello}, application/vnd.api+json: {example: {a: 1}}}",
            "application/vnd.api+json",
            r#"{"a":1}"#,
        ),
        ("{text/plain: {schema: {type: string, example: hello}}}", "text/plain", "hello"),
        ("{'*/*': {schema: {type: object, properties: {a: {type: string}}}}}", "application/json", r#"{"a":"string"}"#),
        (
            "{application/octet-stream: {schema: {type: string, format: binary}}}",
            "application/octet-stream",
            "< ./body.bin",
        ),
        ("{image/png: {}}", "image/png", "< ./body.png"),
        (
            "{application/x-www-form-urlencoded: {schema: {type: object, required: [a], properties: {a: {type: string}, b: {type: array, items: {type: integer}}}}}}",
            "application/x-www-form-urlencoded",
            "a=string ~b=1",
        ),
        (
            "{multipart/form-data: {schema: {type: object, properties: {f: {type: string, format: binary}, many: {type: array, items: {type: string, format: binary}}, o: {type: object, properties: {x: {type: integer}}}, t: {type: string}}}, encoding: {f: {contentType: 'image/png, image/jpeg'}}}}",
            "",
            r#"f=<./f.png image/png many=<./many.bin o={"x":1} application/json t=string"#,
        ),
        (
            "{application/xml: {schema: {type: object, xml: {name: pet}, properties: {id: {type: integer, xml: {attribute: true}}, tags: {type: array, xml: {wrapped: true}, items: {type: string, xml: {name: tag}}}}}}}",
            "application/xml",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<pet id=\"1\">\n  <tags>\n    <tag>string</tag>\n  </tags>\n</pet>",
        ),
    ] {
        let draft = only(&document(&format!("requestBody: {{content: {content}}}"), ""));
        let content_type =
            draft.headers.iter().find(|row| row.name == "Content-Type").map_or("", |row| row.value.as_str());
        assert_eq!((content_type, body(&draft).as_str()), (expected_type, expected), "{content}");
    }
}

#[test]
fn parameters() {
    for (parameter, expected) in [
        ("{name: q, in: query, schema: {type: string}}", "~q=string"),
        ("{name: q, in: query, required: true, example: 'a b&c'}", "q=a%20b%26c"),
        ("{name: q, in: query, required: true, examples: {one: {value: x}}}", "q=x"),
        ("{name: q, in: query, required: true, schema: {type: integer, default: 20}}", "q=20"),
        ("{name: q, in: query, required: true, schema: {enum: [asc, desc]}}", "q=asc"),
        (
            "{name: q, in: query, required: true, schema: {type: array, items: {type: string}, example: [a, b]}}",
            "q=a q=b",
        ),
        ("{name: q, in: query, required: true, explode: false, schema: {type: array, example: [a, b]}}", "q=a,b"),
        (
            "{name: q, in: query, required: true, style: pipeDelimited, explode: false, schema: {example: [a, b]}}",
            "q=a%7Cb",
        ),
        (
            "{name: q, in: query, required: true, style: spaceDelimited, explode: false, schema: {example: [a, b]}}",
            "q=a%20b",
        ),
        (
            "{name: q, in: query, required: true, style: deepObject, schema: {example: {a: 1, b: {c: 2}}}}",
            "q[a]=1 q[b][c]=2",
        ),
        ("{name: q, in: query, required: true, schema: {example: {a: 1, b: 2}}}", "a=1 b=2"),
        ("{name: q, in: query, required: true, explode: false, schema: {example: {a: 1, b: 2}}}", "q=a,1,b,2"),
        ("{name: q, in: query, required: true, content: {application/json: {example: {a: 1}}}}", "q=%7B%22a%22:1%7D"),
        ("{name: 'a[]', in: query, required: true, example: x}", "a%5B%5D=x"),
        ("{$ref: '#/components/parameters/Page'}", "~page=1"),
    ] {
        let rest = "components: {parameters: {Page: {name: page, in: query, schema: {type: integer, minimum: 1}}}}";
        let draft = only(&document(&format!("parameters: [{parameter}]"), rest));
        assert_eq!(rows(&draft.query).join(" "), expected, "{parameter}");
    }
}

#[test]
fn headers_cookies_and_paths() {
    let text = "
openapi: 3.0.3
servers: [{url: https://a.test/v1/}]
paths:
  /pets/{petId}/{file}.{ext}:
    parameters:
      - {name: petId, in: path, required: true, schema: {type: integer, example: 7}}
      - {name: X-Trace, in: header, schema: {type: string}}
    get:
      operationId: getPet
      summary: One pet
      deprecated: true
      parameters:
        - {name: X-Trace, in: header, required: true, schema: {type: string, example: abc}}
        - {name: Accept, in: header, schema: {type: string}}
        - {name: s, in: cookie, required: true, example: 1}
        - {name: t, in: cookie, example: 2}
        - {name: file, in: path, required: true, style: label, schema: {example: [a, b]}}
      responses: {'200': {description: ok, content: {application/json: {}}}}";
    let import = read(text);
    let file = &import.files[0];
    assert_eq!(file.path, Path::new("pets.http"));
    let draft = &file.requests[0];
    assert_eq!(draft.url, "{{base}}/pets/{{petId}}/.{{file}}.{{ext}}");
    assert_eq!(rows(&draft.headers), ["Accept=application/json", "X-Trace=abc", "Cookie=s=1", "~Cookie=t=2"]);
    assert_eq!(draft.name.as_deref(), Some("getPet"));
    assert_eq!(draft.comments[..2], ["One pet", "Deprecated"]);
    let variables: Vec<_> = file.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(variables, ["petId=7", "file=a%2Cb", "ext=ext"]);
    assert_eq!(variables_of(&import), ["base=https://a.test/v1"]);
}

fn variables_of(import: &Import) -> Vec<String> {
    variables(environment(import, SHARED))
}

#[test]
fn one_variable_for_numbers_and_one_for_names() {
    let text = "
openapi: 3.0.3
paths:
  /a/{id}: {get: {parameters: [{name: id, in: path, schema: {type: integer}}]}}
  /a/x/{id}: {get: {parameters: [{name: id, in: path, schema: {type: string}}]}}";
    let import = read(text);
    assert_eq!(import.files[0].requests[1].url, "{{base}}/a/x/{{id_name}}");
    assert_eq!(import.files[0].variables, [("id".to_owned(), "1".to_owned()), ("id_name".to_owned(), "id".to_owned())]);
}

#[test]
fn a_path_hides_no_variable_of_the_server() {
    let text = "
openapi: 3.0.3
servers: [{url: 'https://{region}.a.test', variables: {region: {default: eu}}}]
paths: {'/{base}/{region}': {get: {}}}";
    let import = read(text);
    assert_eq!(import.files[0].requests[0].url, "{{base}}/{{path_base}}/{{path_region}}");
    let names: Vec<_> = import.files[0].variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["path_base", "path_region"]);
}

#[test]
fn servers() {
    let import = read(
        "
openapi: 3.0.3
servers:
  - {url: 'https://{region}.a.test/{version}', description: Production server, variables: {region: {default: eu}, version: {enum: [v1, v2]}}}
  - {url: 'http://localhost:3000', description: Local}
  - {url: /relative}
paths:
  /x:
    servers: [{url: 'https://up.a.test'}]
    get: {}
    put: {servers: [{url: /other}]}
    post: {servers: [{url: 'https://{region}.a.test/{version}', variables: {region: {default: eu}, version: {default: v1}}}]}",
    );
    assert_eq!(
        variables(environment(&import, "production")),
        ["base=https://{{region}}.a.test/{{version}}", "region=eu", "version=v1"]
    );
    assert_eq!(variables(environment(&import, "local")), ["base=http://localhost:3000"]);
    assert_eq!(variables(environment(&import, "server-3")), ["base=http://localhost/relative"]);
    assert_eq!(
        variables_of(&import),
        ["base_up_a_test=https://up.a.test", "base_region_a_test=https://{{region}}.a.test/other"]
    );
    let urls: Vec<_> = import.files[0].requests.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(urls, ["{{base_up_a_test}}/x", "{{base_region_a_test}}/x", "{{base}}/x"]);
}

#[test]
fn security() {
    let schemes = "
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    digest: {type: http, scheme: Digest}
    bearer: {type: http, scheme: bearer, bearerFormat: JWT}
    key: {type: apiKey, in: header, name: X-Key}
    query-key: {type: apiKey, in: query, name: k}
    cookie: {type: apiKey, in: cookie, name: sid}
    mtls: {type: mutualTLS}
    oidc: {type: openIdConnect, openIdConnectUrl: 'https://id.test/.well-known/openid-configuration'}
    oauth: {type: oauth2, flows: {authorizationCode: {authorizationUrl: 'https://id.test/authorize', tokenUrl: /token, scopes: {'read:x': r, 'write:x': w}}, clientCredentials: {tokenUrl: /token, scopes: {}}}}";
    let basic = DraftAuth::Basic { user: "{{basic_user}}".to_owned(), password: "{{basic_password}}".to_owned() };
    let digest = DraftAuth::Digest { user: "{{digest_user}}".to_owned(), password: "{{digest_password}}".to_owned() };
    let bearer = DraftAuth::Bearer { token: "{{bearer_token}}".to_owned(), prefix: String::new() };
    let key = |name: &str, variable: &str, place| DraftAuth::ApiKey {
        name: name.to_owned(),
        value: format!("{{{{{variable}}}}}"),
        place,
    };
    for (security, expected) in [
        ("[]", DraftAuth::None),
        ("[{basic: []}]", basic),
        ("[{digest: []}]", digest),
        ("[{bearer: []}, {basic: []}]", bearer.clone()),
        ("[{key: []}]", key("X-Key", "key_key", ApiKeyPlace::Header)),
        ("[{query-key: []}]", key("k", "query_key_key", ApiKeyPlace::Query)),
        ("[{cookie: []}]", key("sid", "cookie_key", ApiKeyPlace::Cookie)),
        ("[{mtls: []}, {bearer: []}]", bearer.clone()),
        ("[{}, {bearer: []}]", bearer),
        ("[{oidc: [openid]}]", DraftAuth::Identity("oidc".to_owned())),
        ("[{oauth: ['read:x', 'write:x']}]", DraftAuth::Identity("oauth".to_owned())),
        ("[{unknown: []}]", DraftAuth::Unspecified),
    ] {
        let draft = only(&document(&format!("security: {security}"), schemes));
        assert_eq!(draft.auth, expected, "{security}");
    }
    let import = read(&document("security: [{oauth: ['read:x'], key: []}]", schemes));
    let draft = &import.files[0].requests[0];
    assert_eq!(draft.directives, [("require".to_owned(), "read:x".to_owned())]);
    assert_eq!(rows(&draft.headers), ["X-Key={{key_key}}"]);
    let identity = &environment(&import, SHARED).identities["oauth"];
    let settings: Vec<_> = identity.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        settings,
        [
            "Auth URL=https://id.test/authorize",
            "Client ID={{oauth_client_id}}",
            "Grant Type=Authorization Code",
            "Scope=read:x write:x",
            "Token URL=https://a.test/token",
            "Type=OAuth2",
        ]
    );
    let import = read(&document("security: [{oidc: []}]", schemes));
    assert_eq!(environment(&import, SHARED).identities["oidc"]["Issuer"], "https://id.test");
}

#[test]
fn a_default_requirement_holds_for_all_but_those_that_say_otherwise() {
    let text = "
openapi: 3.0.3
security: [{b: []}]
components: {securitySchemes: {b: {type: http, scheme: bearer}}}
paths: {/x: {get: {}, put: {security: []}}}";
    let import = read(text);
    let auths: Vec<_> = import.files[0].requests.iter().map(|request| &request.auth).collect();
    assert!(matches!(auths[..], [DraftAuth::Bearer { .. }, DraftAuth::None]), "{auths:?}");
    let import = read("openapi: 3.0.3\npaths: {/x: {get: {}}}");
    assert_eq!(import.files[0].requests[0].auth, DraftAuth::Unspecified);
}

#[test]
fn swagger() {
    let text = r##"{
      "swagger": "2.0", "host": "a.test", "basePath": "/v1", "schemes": ["http", "https"],
      "consumes": ["application/json"], "produces": ["application/json"],
      "securityDefinitions": {"o": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://id.test/a", "tokenUrl": "https://id.test/t", "scopes": {"s": ""}}},
      "parameters": {"limit": {"name": "limit", "in": "query", "type": "integer", "minimum": 1}},
      "definitions": {"Pet": {"type": "object", "properties": {"id": {"type": "integer", "readOnly": true}, "name": {"type": "string", "example": "doggie"}}}},
      "paths": {"/pets": {
        "get": {"tags": ["pet"], "parameters": [{"$ref": "#/parameters/limit"}, {"name": "tags", "in": "query", "required": true, "type": "array", "items": {"type": "string", "enum": ["a"]}, "collectionFormat": "multi"}]},
        "post": {"tags": ["pet"], "security": [{"o": ["s"]}], "parameters": [{"name": "body", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}]},
        "put": {"tags": ["pet"], "consumes": ["multipart/form-data"], "parameters": [{"name": "f", "in": "formData", "type": "file", "required": true}, {"name": "n", "in": "formData", "type": "integer"}]}
      }}}"##;
    let import = read(text);
    let requests = &import.files[0].requests;
    assert_eq!(import.files[0].path, Path::new("pet.http"));
    assert_eq!(rows(&requests[0].query), ["~limit=1", "tags=a"]);
    assert_eq!(body(&requests[1]), r#"{"name":"doggie"}"#);
    assert_eq!(requests[1].auth, DraftAuth::Identity("o".to_owned()));
    assert_eq!(body(&requests[2]), "f=<./f.bin ~n=1");
    assert_eq!(variables_of(&import)[0], "base=https://a.test/v1");
}

#[test]
fn collections_follow_tags_and_paths() {
    let text = "
openapi: 3.0.3
info: {title: My API, version: 1.0}
tags: [{name: Second}, {name: First thing, description: about it}]
paths:
  /a: {get: {tags: [First thing], operationId: same}, put: {tags: [Second]}}
  /b/{id}: {get: {operationId: same}}
  /{id}: {get: {}}
  x-not: {get: {}}
webhooks: {w: {post: {}}}";
    let import = read(text);
    let shown: Vec<_> = import
        .files
        .iter()
        .map(|file| {
            let names: Vec<_> = file.requests.iter().filter_map(|request| request.name.as_deref()).collect();
            format!("{}: {}", file.path.display(), names.join(", "))
        })
        .collect();
    assert_eq!(shown, ["second.http: PUT /a", "first-thing.http: same", "b.http: same (2)", "root.http: GET /{id}"]);
    assert_eq!(import.files[1].comments, ["My API 1.0", "about it"]);
    assert!(import.report.remarks.iter().any(|remark| remark.kind == "webhook"));
}

#[test]
fn files_beside_the_document() {
    let text = "
openapi: 3.0.3
paths:
  /a: {$ref: 'paths/a.yaml'}
  /b: {get: {$ref: 'https://evil.test/op.yaml'}}
  /c: {get: {$ref: '../outside.yaml'}}
  /d: {get: {parameters: [{$ref: '/etc/passwd'}, {$ref: 'missing.yaml'}]}}";
    let asked = RefCell::new(Vec::new());
    let reader = |path: &Path| {
        asked.borrow_mut().push(path.display().to_string());
        match path.to_str().unwrap() {
            "paths/a.yaml" => Ok("post: {operationId: a, requestBody: {$ref: '../bodies.json#/A'}}".to_owned()),
            "bodies.json" => Ok(
                r##"{"A": {"content": {"application/json": {"schema": {"$ref": "#/S"}}}}, "S": {"type": "integer"}}"##
                    .to_owned(),
            ),
            _ => Err("it is not there".to_owned()),
        }
    };
    let import = super::import(&Input { name: Path::new("dir/api.yaml"), text, files: &[], read: &reader }).unwrap();
    assert_eq!(*asked.borrow(), ["missing.yaml", "paths/a.yaml", "bodies.json"]);
    let requests: Vec<_> = import.files.iter().flat_map(|file| &file.requests).collect();
    assert_eq!(body(requests[0]), "1");
    let shown: Vec<_> = requests.iter().map(|request| format!("{} {}", request.method, request.url)).collect();
    assert_eq!(shown, ["POST {{base}}/a", "GET {{base}}/b", "GET {{base}}/c", "GET {{base}}/d"]);
    let reasons: Vec<_> = import.report.remarks.iter().map(|remark| remark.place.as_str()).collect();
    for reference in ["https://evil.test/op.yaml", "../outside.yaml", "/etc/passwd", "missing.yaml"] {
        assert!(reasons.contains(&reference), "{reference}: {reasons:?}");
    }
}

#[test]
fn problems_say_what_it_is() {
    for (text, title) in [
        ("a: 1", "This is no OpenAPI document"),
        ("openapi: 4.0.0", "OpenAPI `4.0.0` is not known"),
        ("{\"openapi\": ", "This JSON cannot be read"),
        ("openapi: [", "This YAML cannot be read"),
        ("", "This is no OpenAPI document"),
    ] {
        let problem = import_text(text).unwrap_err();
        assert_eq!(problem.title, title, "{text}");
        assert!(problem.place.is_some(), "{text}");
    }
}

#[test]
fn a_value_stays_small() {
    // Ten levels of ten properties each would be ten billion values.
    let mut schemas = String::from("components:\n  schemas:\n    L10: {type: string}\n");
    for level in (0..10).rev() {
        let properties: Vec<_> =
            (0..10).map(|index| format!("p{index}: {{$ref: '#/components/schemas/L{}'}}", level + 1)).collect();
        let _ = writeln!(schemas, "    L{level}: {{type: object, properties: {{{}}}}}", properties.join(", "));
    }
    let draft = only(&document(
        "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/L0'}}}}",
        &schemas,
    ));
    assert!(body(&draft).len() < 20_000, "{}", body(&draft).len());
}

const MIXED: &str = "
openapi: 3.1.0
servers: [{url: 'https://{a}.test', variables: {a: {default: x}}}]
security: [{o: [s]}]
paths:
  /p/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get: {tags: [t], parameters: [{name: q, in: query, style: deepObject, schema: {$ref: '#/components/schemas/S'}}]}
    post: {requestBody: {content: {multipart/form-data: {schema: {$ref: '#/components/schemas/S'}}}}}
components:
  schemas: {S: {allOf: [{type: object, properties: {a: {type: string, format: binary}, s: {$ref: '#/components/schemas/S'}}}], oneOf: [{type: integer, minimum: 3}]}}
  securitySchemes: {o: {type: oauth2, flows: {implicit: {authorizationUrl: /a, scopes: {s: x}}}}}
";

proptest! {
    #[test]
    fn never_panics_on_changed_documents(cuts in prop::collection::vec((0..MIXED.len(), "[{}\\[\\]:,'a0 \n$#/]{0,3}"), 1..6)) {
        let mut text = MIXED.to_owned();
        for (at, with) in cuts {
            let at = at.min(text.len());
            if text.is_char_boundary(at) {
                let end = (at + with.len()).min(text.len());
                text.replace_range(at..end, &with);
            }
        }
        let _ = import_text(&text);
    }

    #[test]
    fn never_panics_on_odd_schemas(schema in schema()) {
        let text = serde_json::json!({
            "openapi": "3.1.0",
            "paths": {"/x/{p}": {"post": {
                "parameters": [{"name": "p", "in": "path", "schema": schema}, {"name": "q", "in": "query", "schema": schema}],
                "requestBody": {"content": {"application/json": {"schema": schema}, "application/xml": {"schema": schema}}},
            }}},
            "components": {"schemas": {"A": schema}},
        });
        let import = import_text(&text.to_string()).unwrap();
        prop_assert_eq!(import.files[0].requests.len(), 1);
    }
}

fn schema() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::json;
    let leaf = prop_oneof![
        Just(json!({"type": "string"})),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(json!(true)),
        Just(json!(null)),
        any::<f64>().prop_map(|bound| json!({"type": "integer", "minimum": bound, "exclusiveMaximum": bound})),
        any::<i64>().prop_map(|bound| json!({"type": "number", "multipleOf": bound, "maximum": bound})),
        any::<u64>().prop_map(|bound| json!({"type": "string", "minLength": bound, "maxLength": bound / 2})),
        any::<u64>().prop_map(|bound| json!({"type": "array", "minItems": bound, "uniqueItems": true, "items": {"type": "integer", "minimum": bound}})),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| json!({"allOf": parts})),
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|parts| json!({"oneOf": parts, "discriminator": {"propertyName": "k"}})),
            inner.clone().prop_map(|items| json!({"items": items, "type": ["array", "null"]})),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|properties| json!({"properties": properties, "required": ["a"]})),
        ]
    })
}
