//! The device verification page (RFC 8628 section 3.3): enter the code, see who asks for what, allow or deny.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::demo::front::In;
use crate::demo::grant::DeviceGrant;
use crate::demo::issuer::page::{self, escape};
use crate::demo::issuer::sign_in::user_button;
use crate::demo::state::Shared;

const CODE_FORM: &str = "<p>Type the code that your terminal shows.</p><form method=\"get\"><input name=\"user_code\" \
                         id=\"user_code\" required autofocus autocomplete=\"off\" spellcheck=\"false\" \
                         aria-label=\"Code\"><button id=\"next\">Next</button></form>";

/// `GET /device`, with or without `user_code`.
pub async fn show(State(shared): State<Arc<Shared>>, inbound: In) -> Response {
    let Some(user_code) = inbound.query.get("user_code") else {
        return page::page(StatusCode::OK, "Connect a device", CODE_FORM);
    };
    let now = shared.issuer_now();
    let mut state = shared.state();
    let users: String = state.users.iter().map(|user| user_button(user, "Allow as")).collect();
    let Some(device) = state.waiting_device(user_code, now) else { return unknown_code() };
    let content = format!(
        "{}<form method=\"post\" action=\"/device\"><input type=\"hidden\" name=\"user_code\" value=\"{}\">{users}\
         <button class=\"quiet\" id=\"deny\" name=\"deny\" value=\"1\">Deny</button></form>",
        consent(device),
        escape(&device.user_code)
    );
    page::page(StatusCode::OK, "Is this your terminal?", &content)
}

/// What the person agrees to.
fn consent(device: &DeviceGrant) -> String {
    let request = &device.request;
    let mut rows = String::new();
    for (term, text) in [
        ("Code", device.user_code.clone()),
        ("Application", request.client.name.to_owned()),
        ("Scopes", request.scopes.join(" ")),
        ("API", request.audiences.join(" ")),
    ] {
        if !text.is_empty() {
            let _ = write!(rows, "<dt>{term}</dt><dd><code>{}</code></dd>", escape(&text));
        }
    }
    format!("<p>Allow only if your terminal shows the same code.</p><dl>{rows}</dl>")
}

/// `POST /device`: the decision.
pub async fn submit(State(shared): State<Arc<Shared>>, inbound: In) -> Response {
    let form = inbound.form.clone().unwrap_or_default();
    let user_code = form.get("user_code").unwrap_or_default();
    if form.get("deny").is_some() && shared.deny_device(user_code) {
        return page::page(StatusCode::OK, "Denied", "<p id=\"done\">The device was not let in.</p>");
    }
    let user = form.get("user").unwrap_or_default();
    if form.get("deny").is_none() && shared.approve_device(user_code, user) {
        let done = "<p id=\"done\">Go back to your terminal; you can close this page.</p>";
        return page::page(StatusCode::OK, "You are signed in", done);
    }
    unknown_code()
}

fn unknown_code() -> Response {
    let content = format!("<p id=\"problem\">No device waits with this code, or it has expired.</p>{CODE_FORM}");
    page::page(StatusCode::BAD_REQUEST, "Look at the code again", &content)
}
