//! Digest authentication against a server that checks the answers itself.

use bearcat::http::engine::Engine;
use bearcat::http::plan::digest::DigestCredentials;
use bearcat::http::plan::{PlannedBody, PlannedPiece, RequestPlan};
use bearcat::redact::SecretText;
use digest_auth::{AuthContext, AuthorizationHeader, HttpMethod};
use rstest::rstest;

use crate::support::{answering, get, header, options, post, response, send_with};

fn as_jane(plan: RequestPlan, password: &str) -> RequestPlan {
    let password = SecretText::unregistered(password);
    RequestPlan { digest: Some(DigestCredentials { user: "jane".to_owned(), password }), ..plan }
}

/// Is the answer right for this request and password?
fn is_right(request: &str, nonce: &str) -> bool {
    let Some(sent) = header(request, "authorization") else { return false };
    let mut line = request.split(' ');
    let (method, uri) = (line.next().unwrap(), line.next().unwrap());
    let body = request.split_once("\r\n\r\n").unwrap().1;
    let got = AuthorizationHeader::parse(sent).unwrap();
    let method = HttpMethod(method.to_owned().into());
    let mut context =
        AuthContext::new_with_method("jane", "right password", uri, Some(body.as_bytes().to_vec()), method);
    if let Some(cnonce) = got.cnonce.clone() {
        context.set_custom_cnonce(cnonce);
    }
    let mut expected = got.clone();
    expected.digest(&context);
    got.uri == uri && got.nonce == nonce && got.username == "jane" && expected.response == got.response
}

fn challenge(rest: &str) -> Vec<u8> {
    let value = format!("Digest realm=\"api\", nonce=\"n-1\", opaque=\"o\"{rest}");
    response("401 Unauthorized", &[("WWW-Authenticate", &value)], "who are you?")
}

#[rstest]
#[case::md5(", qop=\"auth\", algorithm=MD5")]
#[case::md5_session(", qop=\"auth\", algorithm=MD5-sess")]
#[case::sha256(", qop=\"auth, auth-int\", algorithm=SHA-256")]
#[case::integrity(", qop=\"auth-int\", algorithm=SHA-256")]
#[case::old("")]
#[tokio::test]
async fn the_challenge_is_answered_and_shows(#[case] rest: &'static str) {
    let (address, requests) =
        answering(
            move |request| {
                if is_right(request, "n-1") { response("200 OK", &[], "hello jane") } else { challenge(rest) }
            },
        )
        .await;
    let plan = as_jane(post(&format!("http://{address}/a/b?c=d%20e"), "the body"), "right password");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!(&exchange.body.bytes[..], b"hello jane");
    let sent = requests.all();
    assert_eq!(sent.len(), 2);
    assert_eq!(header(&sent[0], "authorization"), None);
    assert!(sent.iter().all(|request| request.ends_with("the body")), "the body goes out again");
    assert!(exchange.hops.len() == 1 && exchange.hops[0].is_challenge());
    let shown = exchange.request.headers.iter().find(|(name, _)| name == "Authorization").unwrap();
    assert_eq!(shown.1, "Digest ••••••");
    assert!(!format!("{exchange:?}").contains("right password"));
}

#[tokio::test]
async fn a_wrong_password_ends_with_the_servers_answer() {
    let (address, requests) =
        answering(|request| if is_right(request, "n-1") { response("200 OK", &[], "") } else { challenge("") }).await;
    let plan = as_jane(get(&format!("http://{address}/")), "wrong");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!((exchange.head.status, exchange.hops.len(), requests.all().len()), (401, 1, 2));
}

#[tokio::test]
async fn a_stale_nonce_is_answered_once_more() {
    let (address, requests) = answering(|request| {
        if is_right(request, "n-2") {
            response("200 OK", &[], "")
        } else if header(request, "authorization").is_some() {
            let value = "Digest realm=\"api\", nonce=\"n-2\", stale=true";
            response("401 Unauthorized", &[("WWW-Authenticate", value)], "")
        } else {
            challenge("")
        }
    })
    .await;
    let plan = as_jane(get(&format!("http://{address}/")), "right password");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!((exchange.head.status, requests.all().len()), (200, 3));
}

#[tokio::test]
async fn credentials_never_answer_another_origin() {
    let (other, asked) = answering(|_| challenge("")).await;
    let to = format!("http://localhost:{}/x", other.port());
    let (address, _) = answering(move |_| response("302 Found", &[("Location", &to)], "")).await;
    let plan = as_jane(RequestPlan { max_redirects: 3, ..get(&format!("http://{address}/")) }, "right password");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!((exchange.head.status, asked.all().len()), (401, 1));
    assert!(exchange.hops[0].credentials_dropped);
}

#[tokio::test]
async fn a_streamed_body_goes_out_again_but_cannot_be_signed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("body.txt");
    std::fs::write(&file, "from a file").unwrap();
    let with_file = |url: &str| RequestPlan {
        body: PlannedBody { pieces: vec![PlannedPiece::File(file.clone())], secret: false },
        ..post(url, "")
    };
    let (address, requests) =
        answering(
            |request| {
                if is_right(request, "n-1") { response("200 OK", &[], "") } else { challenge(", qop=\"auth\"") }
            },
        )
        .await;
    let plan = as_jane(with_file(&format!("http://{address}/")), "right password");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!(exchange.head.status, 200);
    assert!(requests.all().iter().all(|request| request.ends_with("from a file")));
    let (address, _) = answering(|_| challenge(", qop=\"auth-int\"")).await;
    let plan = as_jane(with_file(&format!("http://{address}/")), "right password");
    let exchange = send_with(&Engine::new(options()).unwrap(), plan).await.unwrap();
    assert_eq!(exchange.head.status, 401);
    assert!(exchange.connection.notes[0].contains("auth-int"), "{:?}", exchange.connection);
}
