//! `bearcat token`: print a session's token, or decode and verify any token.

use std::io::Read;
use std::sync::Arc;

use serde_json::json;

use crate::app::session::InspectedToken;
use crate::auth::keeper::Freshness;
use crate::cli::args::{Common, TokenArguments};
use crate::cli::output::{Exit, Output};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, session_json, subject};
use crate::model::identity::{Grant, Identity, Issuer};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::session::TokenKind;
use crate::model::verdict::Standing;
use crate::redact::SecretText;
use crate::shell::send::inspect_alone;
use crate::shell::services::{LAST_REFRESH, Services};
use crate::shell::session;
use crate::token::inspect::{TokenUse, unwrap_pasted};
use crate::token::verify::{Expectation, Keys, verify};

/// Longest token that is read from standard input.
const LONGEST: u64 = 16 * 1024 * 1024;

/// Without `--decode` and `--verify` a session's token is printed as it is, fresh, for scripts.
pub fn run(arguments: &TokenArguments, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    start::small_runtime()?.run(async {
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
    let text = if text == "-" { SecretText::new(read_input()?) } else { SecretText::new(text) };
    let (text, notes) = unwrap_pasted(text.expose());
    for note in notes {
        output.note(&note);
    }
    if text.is_empty() {
        return Err(
            Problem::new(ProblemKind::Input, "No token was given").hint("Pipe it in, or give it as an argument")
        );
    }
    // A foreign token needs no vault.
    let mut start =
        Start { problems: Vec::new(), settings: start.settings.clone(), paths: start.paths.clone(), ..*start };
    start.choice = crate::store::choose::VaultChoice::Memory;
    let services = start.command_services(output)?;
    let mut token = inspect_alone(&text);
    if arguments.verify {
        let workspace = subject::surroundings(&start.paths)?;
        let known = subject::identity(&workspace, common, None).ok().and_then(|identity| identity.issuer);
        token = against(&services, arguments, known, &text, token).await?;
    }
    Ok(show(&token, arguments, &services, output))
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
    let mut identity = Identity::new("verification", Grant::Pasted);
    identity.issuer = Some(issuer);
    let metadata = services.providers.metadata(&services.auth, &identity).await.map_err(|error| error.problem())?;
    let kid = token.inspection.key_id();
    let keys = services.providers.key_set(&services.auth, &identity, kid).await.map_err(|error| error.problem())?;
    let expectation = Expectation {
        token_use: None,
        ..match token.inspection.token_use() {
            TokenUse::Id => {
                Expectation { audiences: arguments.audience.clone(), ..Expectation::access(&metadata.issuer, &[]) }
            }
            _ => Expectation::access(&metadata.issuer, &arguments.audience),
        }
    };
    let verdict = verify(text, Keys::Set(&keys), &expectation.for_provider(&metadata), services.auth.clock.now());
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
