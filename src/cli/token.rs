//! `bearcat token`: print a session's token, or decode and verify any token.

mod compare;
mod preflight;

use std::io::Read;
use std::sync::Arc;

use serde_json::json;

use crate::app::session::InspectedToken;
use crate::auth::keeper::Freshness;
use crate::cli::args::{Common, TokenArguments};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, session_json, subject};
use crate::model::identity::Issuer;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::session::TokenKind;
use crate::model::verdict::Standing;
use crate::redact::SecretText;
use crate::shell::send::inspect_alone;
use crate::shell::services::{LAST_REFRESH, Services};
use crate::shell::{lab, session};
use crate::token::find::find;
use crate::token::inspect::unwrap_pasted;
use crate::token::size;

/// Longest token that is read from standard input.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Without `--decode` and `--verify` a session's token is printed as it is, fresh, for scripts.
pub fn run(arguments: &TokenArguments, common: &Common, output: Output) -> Ended {
    if let Some(request) = &arguments.for_request {
        return preflight::run(request, common, output);
    }
    let start = Start::new(common)?;
    start::small_runtime()?.run(async {
        if arguments.renew {
            return renew(common, &start, output).await;
        }
        match &arguments.token {
            Some(text) => foreign(arguments, common, &start, text, output).await,
            None => own(arguments, common, &start, output).await,
        }
    })
}

/// A token of a session.
async fn own(arguments: &TokenArguments, common: &Common, start: &Start, output: Output) -> Ended {
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    let identity = subject::identity(&workspace, common, None)?;
    let freshness = if arguments.refresh { Freshness::Forced } else { Freshness::IfDue };
    let tokens = session::fresh(&services, &identity, freshness).await?;
    services.finish(LAST_REFRESH).await;
    let (kind, text) = match (arguments.id, &tokens.id) {
        (true, Some(id)) => (TokenKind::Id, id.expose().to_owned()),
        (true, None) => {
            return Err(Problem::new(
                ProblemKind::SignIn,
                format!("The session of `{}` has no ID token", identity.name),
            )
            .hint("Log in with the scope `openid`"));
        }
        (false, _) => (TokenKind::Access, tokens.access.expose().to_owned()),
    };
    let id_size = tokens.id.as_ref().filter(|_| kind == TokenKind::Access).map(|id| id.expose().len());
    if let Some(other) = &arguments.compare {
        return compared(&inspect_alone(&text), other, &services, output);
    }
    if arguments.size {
        return Ok(sized(&text, id_size, output));
    }
    if !arguments.decode && !arguments.verify {
        output.raw(text.as_bytes());
        output.raw(b"\n");
        return Ok(Exit::Good);
    }
    let mut token = inspect_alone(&text);
    if arguments.verify {
        token = match (&arguments.issuer, arguments.audience.as_slice()) {
            (None, []) => {
                let (inspection, verdict) =
                    services.providers.verdict(&services.auth, &identity, kind, &tokens, &[]).await;
                InspectedToken { inspection, verdict, ..token }
            }
            _ => against(&services, arguments, identity.issuer.clone(), &text, token).await?,
        };
    }
    Ok(show(&token, arguments, &services, output))
}

/// Any token, from the command line or standard input.
async fn foreign(arguments: &TokenArguments, common: &Common, start: &Start, text: &str, output: Output) -> Ended {
    let text = given(text, output)?;
    let text = text.expose();
    if arguments.size {
        return Ok(sized(text, None, output));
    }
    // A foreign token needs no vault.
    let mut start =
        Start { problems: Vec::new(), settings: start.settings.clone(), paths: start.paths.clone(), ..*start };
    start.choice = crate::store::choose::VaultChoice::Memory;
    let services = start.command_services(output)?;
    let mut token = inspect_alone(text);
    if let Some(other) = &arguments.compare {
        return compared(&token, other, &services, output);
    }
    if arguments.verify {
        let workspace = subject::surroundings(&start.paths)?;
        let known = subject::identity(&workspace, common, None).ok().and_then(|identity| identity.issuer);
        token = against(&services, arguments, known, text, token).await?;
    }
    Ok(show(&token, arguments, &services, output))
}

/// A token as it was given: `-` reads standard input; of JSON or a cookie header the first one in it.
fn given(text: &str, output: Output) -> Result<SecretText, Problem> {
    let text = if text == "-" { SecretText::new(read_input()?) } else { SecretText::new(text) };
    let (plain, notes) = unwrap_pasted(text.expose());
    if plain.is_empty() {
        return Err(
            Problem::new(ProblemKind::Input, "No token was given").hint("Pipe it in, or give it as an argument")
        );
    }
    let is_wrapped = plain.starts_with(['{', '[']) || plain.contains(';') || plain.contains("=ey");
    if let Some(first) = find(text.expose()).into_iter().next().filter(|_| is_wrapped) {
        output.note(&format!("the token in `{}`", clean(&first.place)));
        return Ok(SecretText::new(first.token.expose()));
    }
    for note in notes {
        output.note(&note);
    }
    Ok(SecretText::new(plain.into_owned()))
}

/// `--compare`: from the other token to this one.
fn compared(token: &InspectedToken, other: &str, services: &Services, output: Output) -> Ended {
    let other = given(other, output)?;
    let changes = compare::changes(&inspect_alone(other.expose()), token);
    if output.json {
        output.value(&compare::as_json(changes.as_deref()));
    } else {
        compare::print(changes.as_deref(), services.auth.clock.now(), output);
    }
    Ok(if changes.is_some() { Exit::Good } else { Exit::Failed })
}

/// `--size`.
fn sized(text: &str, id: Option<usize>, output: Output) -> Exit {
    if output.json {
        output.value(&compare::size_json(&size::of(text.len(), id)));
    } else {
        compare::print_size(text.len(), id, output);
    }
    Exit::Good
}

/// `--renew`: revokes the access token, refreshes, and tells what changed.
async fn renew(common: &Common, start: &Start, output: Output) -> Ended {
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    let identity = subject::identity(&workspace, common, None)?;
    services.recall_documents(&identity);
    let renewed = services.keeper.renew_claims(&identity).await;
    services.finish(LAST_REFRESH).await;
    let renewed = renewed.map_err(|error| error.problem())?;
    let (old, new) = (inspect_alone(renewed.old.access.expose()), inspect_alone(renewed.new.access.expose()));
    let is_same = old.inspection.fingerprint == new.inspection.fingerprint;
    let changes = compare::changes(&old, &new);
    if output.json {
        let mut value = compare::as_json(changes.as_deref());
        if value.is_null() {
            value = json!({});
        }
        value["identity"] = json!(identity.name.as_str());
        value["same_token"] = json!(is_same);
        output.value(&value);
    } else if is_same {
        output
            .line(&output.paint.warn("the provider gave the revoked access token again: log in again for new claims"));
    } else {
        output.line(&output.paint.good("the access token was revoked and renewed"));
        compare::print(changes.as_deref(), services.auth.clock.now(), output);
    }
    Ok(if is_same { Exit::Failed } else { Exit::Good })
}

fn read_input() -> Result<String, Problem> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(|error| {
        Problem::new(ProblemKind::Input, "The token could not be read from standard input").detail(error.to_string())
    })?;
    Ok(text)
}

/// Verifies against `--issuer`, else the identity's issuer. The token's own `iss` is never trusted to name the keys.
async fn against(
    services: &Arc<Services>,
    arguments: &TokenArguments,
    known: Option<Issuer>,
    text: &str,
    token: InspectedToken,
) -> Result<InspectedToken, Problem> {
    let issuer = match &arguments.issuer {
        Some(text) => Some(Issuer::parse(text).map_err(|error| Problem::new(ProblemKind::Input, error.to_string()))?),
        None => known,
    };
    let Some(issuer) = issuer else {
        let says =
            token.inspection.issuer().map(|iss| format!("The token says it comes from {iss}")).unwrap_or_default();
        return Err(Problem::new(ProblemKind::Input, "Which issuer should this token be verified against?")
            .detail(says)
            .hint("Name the one that you trust: `--issuer https://mybusiness.kinde.com`"));
    };
    let verdict = lab::verify_against(services, issuer, &arguments.audience, text).await?;
    Ok(InspectedToken { verdict, ..token })
}

fn show(token: &InspectedToken, arguments: &TokenArguments, services: &Services, output: Output) -> Exit {
    let verified = arguments.verify;
    if output.json {
        let mut value = session_json::inspection(&token.inspection);
        if verified {
            value["verdict"] = session_json::verdict(&token.verdict);
        }
        output.value(&json!(value));
    } else {
        // Decoded by default, and always when asked for.
        if arguments.decode || !verified {
            for line in session_json::decoded_lines(&token.inspection) {
                output.line(&line);
            }
        }
        if verified {
            let now = services.auth.clock.now();
            output.line(&session_json::summary(&token.verdict, &token.inspection, now, output.paint));
            for line in session_json::verdict_lines(&token.verdict, output.paint) {
                output.line(&format!("  {line}"));
            }
        } else {
            output.line(&output.paint.faint("decoded, not verified: --verify checks it"));
        }
    }
    if verified && token.verdict.standing() != Standing::Verified { Exit::Failed } else { Exit::Good }
}
