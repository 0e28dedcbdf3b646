//! What an exchange leaves: its record, for `{{name.response.…}}`, what becomes of its assertions, and the variables that
//! it captures.

use bytes::BytesMut;
use serde_json::{Map, Value as Json, json};

use super::{Run, assert};
use crate::app::msg::{AssertResult, RunNote};
use crate::app::session::InspectedToken;
use crate::app::state::Tone;
use crate::http::plan::{PlannedPiece, PlannedValue, RequestPlan};
use crate::model::exchange::Exchange;
use crate::model::verdict::Standing;
use crate::redact::{looks_secret, sounds_secret};
use crate::shell::jq::{self, Evaluated};
use crate::template::jq::ResultKind;
use crate::template::reference::{LARGEST_BODY, Recorded, SentBody};
use crate::template::{Value, VariableSource};

/// The longest captured value; more is a body, not a variable.
const LONGEST_CAPTURE: usize = 256 * 1024;

/// What later requests may know of how this one was sent: nothing that is secret, so that a token or a secret never
/// goes from one request into another.
pub(super) struct Sending {
    headers: Vec<(String, String)>,
    withheld: Vec<String>,
    body: SentBody,
}

impl Sending {
    /// What may be kept of a plan.
    pub(super) fn of(plan: &RequestPlan) -> Self {
        let (mut headers, mut withheld) = (Vec::new(), Vec::new());
        for header in &plan.headers {
            match &header.value {
                PlannedValue::Plain(value) => headers.push((header.name.clone(), value.clone())),
                PlannedValue::Secret { .. } | PlannedValue::Written { .. } => withheld.push(header.name.clone()),
            }
        }
        Self { headers, withheld, body: body(plan) }
    }
}

fn body(plan: &RequestPlan) -> SentBody {
    if plan.body.pieces.is_empty() {
        return SentBody::None;
    }
    if plan.body.secret {
        return SentBody::Withheld;
    }
    let mut bytes = BytesMut::new();
    for piece in &plan.body.pieces {
        match piece {
            PlannedPiece::Bytes(more) if bytes.len() + more.len() <= LARGEST_BODY => bytes.extend_from_slice(more),
            _ => return SentBody::TooLarge,
        }
    }
    SentBody::Kept(bytes.freeze())
}

impl Run<'_> {
    /// Keeps the exchange for requests that refer to it.
    pub(super) fn record(&self, sending: Sending, exchange: &Exchange) {
        let Some(key) = self.key(&self.block) else { return };
        let recorded = Recorded {
            status: exchange.head.status,
            request_headers: sending.headers,
            withheld_headers: sending.withheld,
            request_body: sending.body,
            response_headers: exchange.head.headers.clone(),
            response_body: exchange.body.bytes.clone(),
        };
        self.memory().record(key, self.collection, recorded);
    }

    /// Evaluates the `# @assert`s and `# @capture`s, in one go.
    pub(super) async fn evaluate(
        &self,
        exchange: &Exchange,
        token: Option<&InspectedToken>,
    ) -> (Vec<RunNote>, Vec<AssertResult>) {
        let directives = &self.block.directives;
        if directives.captures.is_empty() && directives.asserts.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let mut expressions = assert::expressions(&directives.asserts);
        let first_capture = expressions.len();
        expressions.extend(directives.captures.iter().map(|capture| capture.expression.clone()));
        let mut evaluated = jq::evaluate(expressions, input(exchange, token)).await;
        let captured = evaluated.split_off(first_capture);
        let asserts = assert::results(&directives.asserts, &evaluated);
        let mut notes = assert::notes(&asserts);
        notes.extend(self.capture(captured));
        (notes, asserts)
    }

    /// Sets the variables of `# @capture`s; one that gives nothing leaves none.
    fn capture(&self, results: Vec<Evaluated>) -> Vec<RunNote> {
        let (mut set, mut notes) = (Vec::new(), Vec::new());
        for (capture, result) in self.block.directives.captures.iter().zip(results) {
            let value = match result {
                Ok((ResultKind::Null, _)) => Err("the expression gives null".to_owned()),
                Ok((_, text)) if text.len() > LONGEST_CAPTURE => {
                    Err(format!("the value is longer than {} KiB", LONGEST_CAPTURE / 1024))
                }
                Ok((_, text)) => Ok(text),
                Err(why) => Err(why),
            };
            let value = match value {
                Ok(text) => {
                    set.push(format!("`{}`", capture.name));
                    Some(self.captured(&capture.name, &capture.expression, text))
                }
                Err(why) => {
                    let text = format!("`{}` could not be captured: {why}", capture.name);
                    notes.push(RunNote { tone: Tone::Bad, text });
                    None
                }
            };
            self.memory().capture(self.environment(), &capture.name, value);
        }
        if !set.is_empty() {
            notes.insert(0, RunNote { tone: Tone::Good, text: format!("Captured {}", set.join(", ")) });
        }
        notes
    }

    fn captured(&self, name: &str, expression: &str, text: String) -> Value {
        let source = VariableSource::Capture { request: self.block.label().to_owned() };
        let last = expression.rsplit(['.', '[']).next().unwrap_or_default();
        let is_secret = sounds_secret(name) || sounds_secret(last) || looks_secret(&text);
        if is_secret { Value::secret(text, source) } else { Value::plain(text, source) }
    }
}

/// The exchange as expressions see it: `status`, `headers` by their names in lower case, `body`, `time_ms`, `size`, and
/// the `token` that was sent: whose (`identity`), its `claims`, and whether they are `verified`.
pub(super) fn input(exchange: &Exchange, token: Option<&InspectedToken>) -> Vec<u8> {
    let mut headers = Map::new();
    for (name, value) in &exchange.head.headers {
        match headers.get_mut(name) {
            // As RFC 9110 section 5.3 joins lines of one name.
            Some(Json::String(known)) => {
                known.push_str(", ");
                known.push_str(value);
            }
            _ => {
                headers.insert(name.clone(), Json::String(value.clone()));
            }
        }
    }
    let bytes = &exchange.body.bytes;
    let body = match serde_json::from_slice::<Json>(bytes) {
        Ok(value) if bytes.len() <= LARGEST_BODY => value,
        _ if bytes.is_empty() || bytes.len() > LARGEST_BODY => Json::Null,
        _ => Json::String(String::from_utf8_lossy(bytes).into_owned()),
    };
    let value = json!({
        "status": exchange.head.status,
        "headers": headers,
        "body": body,
        "time_ms": u64::try_from(exchange.timings.total.as_millis()).unwrap_or(u64::MAX),
        "size": bytes.len(),
        "token": exchange.token.as_ref().zip(token).map(|(used, token)| json!({
            "identity": used.identity.as_str(),
            "verified": token.verdict.standing() == Standing::Verified,
            "claims": token.inspection.claims,
        })),
    });
    value.to_string().into_bytes()
}
