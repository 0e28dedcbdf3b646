//! What the sign-in log shows and hides.

use serde_json::json;

use super::*;
use crate::auth::testing::{START, World, fault, json as json_answer, text as text_answer};
use crate::model::wire::{FieldValue, TransportFault};
use crate::redact::SecretText;

async fn logged(request: WireRequest, answer: Result<WireResponse, TransportError>) -> ProviderExchange {
    let world = World::answering(move |_| answer.clone());
    drop(world.ctx.call(request).await);
    world.trace.exchanges().pop().unwrap()
}

fn post() -> WireRequest {
    let form = vec![
        ("grant_type".to_owned(), FieldValue::Plain("refresh_token".to_owned())),
        ("refresh_token".to_owned(), FieldValue::Secret(SecretText::new("a-refresh-token-value"))),
        ("code".to_owned(), FieldValue::Plain("written-as-plain-by-mistake".to_owned())),
    ];
    WireRequest::post("refresh request", Url::parse("https://user:pw@op.test/token?token=abc&x=1").unwrap(), form)
}

#[tokio::test]
async fn what_is_sent_is_masked_by_name() {
    let exchange = logged(post(), text_answer(200, "text/plain", "ok")).await;
    assert_eq!(exchange.form[0].1, "refresh_token");
    assert_eq!((exchange.form[1].1.as_str(), exchange.form[2].1.as_str()), (MASK, MASK));
    assert!(exchange.url.starts_with("https://op.test/token?token=%E2%80%A2"), "{}", exchange.url);
    assert!(exchange.url.ends_with("&x=1"));
    assert_eq!((exchange.at, exchange.result), (START, Ok(200)));
}

#[tokio::test]
async fn tokens_of_an_answer_are_masked_by_name_and_by_value() {
    let body = json!({
        "access_token": "opaque/access+1", "nested": [{ "refresh_token": "opaque-refresh-1" }],
        "echo": "you sent opaque/access+1", "error": "none",
    });
    // A provider may escape slashes, so that the token's text is not in the body as it is.
    let escaped = body.to_string().replace('/', "\\/");
    let exchange = logged(post(), text_answer(200, "application/json", &escaped)).await;
    assert!(!exchange.body.contains("opaque"), "{}", exchange.body);
    assert!(exchange.body.contains(r#""error":"none""#));
    assert!(!redact::mask("later: opaque-refresh-1").contains("opaque"), "it is known as a secret from now on");
}

#[tokio::test]
async fn form_encoded_answers_leak_nothing_either() {
    let exchange = logged(post(), text_answer(200, "x", "access_token=form-encoded-token&token_type=bearer")).await;
    assert!(!exchange.body.contains("form-encoded-token"));
}

#[tokio::test]
async fn bodies_are_cut_and_stripped_of_control_characters() {
    let exchange = logged(post(), text_answer(200, "text/html", &format!("\u{1b}[2J{}", "é".repeat(5000)))).await;
    assert!(exchange.body.len() <= LOGGED_BODY + '…'.len_utf8() && exchange.body.ends_with('…'));
    assert!(!exchange.body.contains('\u{1b}'));
    let exchange = logged(post(), json_answer(200, &json!({ "message": "\u{1b}]0;x\u{7}" }))).await;
    assert!(!exchange.body.contains('\u{1b}'));
}

#[tokio::test]
async fn failures_are_logged_too() {
    let exchange = logged(post(), fault(TransportFault::Tls)).await;
    assert_eq!(exchange.result.unwrap_err().fault, TransportFault::Tls);
}
