//! Each kind of body, from the lines of a `.http` file to the bytes on the wire.

use std::collections::BTreeMap;
use std::path::Path;

use bearcat::collection::file::Collection;
use bearcat::http::files::read_template;
use bearcat::http::plan::error::PlanError;
use bearcat::http::plan::fill::FilledText;
use bearcat::http::plan::{self, Defaults, PlanInput, RequestPlan};
use rstest::rstest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{PATIENCE, answering, engine, header, options, response, send_with, serve};

/// Plans the first request of a file in `folder`.
fn plan_of(text: &str, folder: &Path) -> Result<RequestPlan, PlanError> {
    let collection = Collection::parse(Path::new("api.http"), text.as_bytes());
    assert!(collection.problems.is_empty(), "{:?}", collection.problems);
    plan::build(&PlanInput {
        block: &collection.requests[0],
        source: &collection.source,
        folder,
        fill: &|text| FilledText::plain(text.replace("{{name}}", "Jane")),
        read_template: &read_template,
        tokens: &BTreeMap::new(),
        auth: None,
        allowed: &|_, _| true,
        secrets: &[],
        guard: &|_, _| true,
        cookie_jar: "",
        defaults: &Defaults::default(),
    })
}

/// Head and body as the server got them, as text.
async fn sent(text: &str, folder: &Path) -> (String, String) {
    let (address, requests) = answering(|_| response("200 OK", &[], "")).await;
    let plan = plan_of(&text.replace("@/", &format!("http://{address}/")), folder).unwrap();
    send_with(&engine(), plan).await.unwrap();
    let request = requests.last();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    (format!("{head}\r\n\r\n"), body.to_owned())
}

#[rstest]
#[case::text("POST @/\nContent-Type: text/plain\n\nfirst\nsecond {{name}}\n", "text/plain", "first\nsecond Jane")]
#[case::json("POST @/\nContent-Type: application/json\n\n{\n  \"a\": 1\n}\n", "application/json", "{\n  \"a\": 1\n}")]
#[case::windows_lines("POST @/\r\nContent-Type: application/json\r\n\r\n{\r\n}\r\n", "application/json", "{\n}")]
#[case::xml("PUT @/\nContent-Type: application/xml\n\n<a>é</a>\n", "application/xml", "<a>é</a>")]
#[case::form(
    "POST @/\nContent-Type: application/x-www-form-urlencoded\n\nname={{name}}\n&city=New York\n&q=a%20b+c\n",
    "application/x-www-form-urlencoded",
    "name=Jane&city=New%20York&q=a%20b+c"
)]
#[case::graphql_of_rest_client(
    "POST @/\nX-Request-Type: GraphQL\n\nquery Q($n: String) {\n  user(name: $n) { id }\n}\n\n{ \"n\": \"{{name}}\" }\n",
    "application/json",
    "{\"query\":\"query Q($n: String) {\\n  user(name: $n) { id }\\n}\",\"variables\":{ \"n\": \"Jane\" }}"
)]
#[case::graphql_of_jetbrains(
    "GRAPHQL @/\nContent-Type: application/graphql-response+json\n\n{ a }\n",
    "application/graphql-response+json",
    "{\"query\":\"{ a }\"}"
)]
#[case::file("POST @/\nContent-Type: text/csv\n\n< data.csv\n", "text/csv", "a,b\r\n{{name}},2\r\n")]
#[case::template_file("POST @/\nContent-Type: text/csv\n\n<@ data.csv\n", "text/csv", "a,b\r\nJane,2\r\n")]
#[case::latin1("POST @/\nContent-Type: text/plain\n\n<@latin1 latin.txt\n", "text/plain", "café")]
#[case::graphql_file(
    "GRAPHQL @/\n\n< query.graphql\n\n{ \"n\": 1 }\n",
    "application/json",
    "{\"query\":\"{ a }\",\"variables\":{ \"n\": 1 }}"
)]
#[case::multipart(
    "POST @/\nContent-Type: multipart/form-data\n\n--b\nContent-Disposition: form-data; name=\"note\"\n\nhi {{name}}\n\
     --b\nContent-Disposition: form-data; name=\"f\"\n\n< data.csv\n--b\n\
     Content-Disposition: form-data; name=\"t\"\n\n<@ data.csv\n--b--\n",
    "multipart/form-data; boundary=b",
    "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhi Jane\r\n--b\r\nContent-Disposition: form-data; \
     name=\"f\"; filename=\"data.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n{{name}},2\r\n\r\n--b\r\n\
     Content-Disposition: form-data; name=\"t\"; filename=\"data.csv\"\r\nContent-Type: text/csv\r\n\r\na,b\r\n\
     Jane,2\r\n\r\n--b--"
)]
#[tokio::test]
async fn on_the_wire(#[case] text: &str, #[case] content_type: &str, #[case] body: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data.csv"), "a,b\r\n{{name}},2\r\n").unwrap();
    std::fs::write(folder.path().join("latin.txt"), b"caf\xe9").unwrap();
    std::fs::write(folder.path().join("query.graphql"), "{ a }\n").unwrap();
    let (head, got) = sent(text, folder.path()).await;
    assert_eq!(got, body);
    assert_eq!(header(&head, "content-type"), Some(content_type));
    assert_eq!(header(&head, "content-length"), Some(body.len().to_string().as_str()));
    assert!(!head.contains("GRAPHQL") && header(&head, "x-request-type").is_none(), "{head}");
}

#[test]
fn what_cannot_be_put_together_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let error = plan_of("GRAPHQL http://x.test/\n\nquery { a }\n\n{ \"n\": }\n", folder.path()).unwrap_err();
    let problem = error.problem();
    assert!(problem.title.contains("the variables are not JSON"), "{problem}");
    assert_eq!(problem.place.unwrap().line, 3);
    for text in ["POST http://x.test/\n\n<@ none.json\n", "GRAPHQL http://x.test/\n\n< none.json\n"] {
        let problem = plan_of(text, folder.path()).unwrap_err().problem();
        assert!(problem.title.contains("none.json") && problem.detail.contains("no such file"), "{problem}");
        assert_eq!(problem.place.unwrap().line, 3);
    }
}

/// A file that is not there in full anywhere: its bytes are never in memory together.
#[tokio::test]
async fn a_large_file_is_streamed_and_its_upload_told() {
    const SIZE: u64 = 300 * 1024 * 1024;
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("large.bin")).unwrap().set_len(SIZE).unwrap();
    let address = serve(|mut stream| async move {
        let mut buffer = vec![0; 1024 * 1024];
        let (mut got, mut head) = (0_u64, None);
        while head.is_none_or(|head: u64| got < head + SIZE) {
            let read = stream.read(&mut buffer).await.unwrap();
            assert_ne!(read, 0);
            if head.is_none() {
                let end = buffer[..read].windows(4).position(|window| window == b"\r\n\r\n").unwrap();
                head = Some(end as u64 + 4);
            }
            got += read as u64;
        }
        let _ = stream.write_all(&response("200 OK", &[], "thanks")).await;
    })
    .await;
    let text = format!("PUT http://{address}/\nContent-Type: application/octet-stream\n\n< large.bin\n");
    let plan = plan_of(&text, folder.path()).unwrap();
    let told = std::sync::Mutex::new(Vec::new());
    let exchange = tokio::time::timeout(
        PATIENCE * 3,
        bearcat::http::engine::Engine::new(options()).unwrap().send(plan, &|event| {
            if let bearcat::http::engine::SendEvent::Uploading { sent, total } = event {
                told.lock().unwrap().push((sent, total));
            }
        }),
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!((exchange.head.status, exchange.request.body_size), (200, SIZE));
    let told = told.into_inner().unwrap();
    assert!(told.len() >= 2 && told.windows(2).all(|pair| pair[0].0 < pair[1].0), "{told:?}");
    assert_eq!(told.last(), Some(&(SIZE, SIZE)));
}
