//! `bearcat login`: sign in from the shell. What to do stands on standard error, the result on standard output.

use std::io::{IsTerminal, Read};
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use serde_json::json;

use crate::app::session::SessionView;
use crate::auth::error::AuthError;
use crate::auth::login::{LoginEvent, LoginOptions, PollState};
use crate::cli::args::{ClientAuthArgument, Common, LoginArguments};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::start::{self, Start};
use crate::cli::{Ended, findings, session_json, subject};
use crate::collection::workspace::Workspace;
use crate::model::identity::{ClientAuthentication, Grant, Identity, Issuer, Origin};
use crate::model::port::{Vault, VaultKind};
use crate::model::problem::{Problem, ProblemKind};
use crate::redact::{AccessToken, ClientSecret};
use crate::shell::services::{LAST_REFRESH, Services};
use crate::shell::{browser, identity_file, loopback, session};

/// Holds the client secret, for use without a terminal.
const SECRET_VARIABLE: &str = "BEARCAT_CLIENT_SECRET";

/// What most providers take; `offline` is Kinde's word for a refresh token.
const DEFAULT_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline"];

/// Longest token that is read from standard input.
const LONGEST_TOKEN: u64 = 1024 * 1024;

/// Who sees the code or the address.
pub enum Shown<'a> {
    /// A person; `true`: the browser is opened too.
    Person(Browser),
    /// The demo approves the code by itself.
    Approved(&'a (dyn Fn(&str) -> bool + Send + Sync)),
}

/// Is the browser opened?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Yes, where there is one.
    Open,
    /// No: the address is printed only.
    Leave,
}

/// Signs in and remembers the identity if it is new.
pub fn run(arguments: &LoginArguments, common: &Common, output: Output) -> Ended {
    let mut start = Start::new(common)?;
    if arguments.port.len() > 1 {
        start.settings.callback_ports.clone_from(&arguments.port);
    }
    let services = start.command_services(output)?;
    let workspace = subject::surroundings(&start.paths)?;
    let (mut identity, is_new) = identity(arguments, common, &workspace, start.settings.default_grant)?;
    apply(arguments, &mut identity)?;
    start::small_runtime()?.run(async {
        vault_first(&services, output).await?;
        let browser = if arguments.no_browser { Browser::Leave } else { Browser::Open };
        let view = sign_in(&services, &identity, Shown::Person(browser), output).await?;
        if is_new {
            match identity_file::save(&services.paths, &identity) {
                Ok(_) => {}
                Err(problem) => {
                    output.explain(&problem);
                }
            }
        }
        services.finish(LAST_REFRESH).await;
        report(&services, &identity, &view, output).await;
        Ok(Exit::Good)
    })
}

/// The identity to sign in with, and whether it is defined nowhere yet.
fn identity(
    arguments: &LoginArguments,
    common: &Common,
    workspace: &Workspace,
    default_grant: Option<Grant>,
) -> Result<(Identity, bool), Problem> {
    let Some(text) = &arguments.issuer else {
        let name = arguments.name.as_deref();
        if arguments.paste && name.is_some() && subject::identity(workspace, common, name).is_err() {
            return Ok((Identity::new(name.unwrap_or_default(), Grant::Pasted), true));
        }
        return Ok((subject::identity(workspace, common, name)?, false));
    };
    let issuer = Issuer::parse(text).map_err(|error| {
        Problem::new(ProblemKind::Input, error.to_string())
            .hint("Give the whole domain: `mybusiness.kinde.com`, `mybusiness.eu.kinde.com`, or a custom domain")
    })?;
    let name = match (&arguments.name, common.identity.as_deref()) {
        (Some(name), _) => name.clone(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => first_label(&issuer),
    };
    let environment = subject::environment(workspace, common)?;
    let known = workspace.identities(environment.as_deref()).into_iter().find(|known| known.name.as_str() == name);
    if let Some(known) = known.filter(|known| known.issuer.as_ref().is_some_and(|is| is.same_base(issuer.as_str()))) {
        return Ok((known, arguments.client_id.is_some()));
    }
    let mut identity = Identity::new(name, default_grant.unwrap_or(Grant::DeviceAuthorization));
    identity.issuer = Some(issuer);
    Ok((identity, true))
}

fn first_label(issuer: &Issuer) -> String {
    let host = issuer.base().rsplit("//").next().unwrap_or_default();
    let label = host.split(['.', ':', '/']).next().unwrap_or_default();
    if label.is_empty() || label.bytes().all(|byte| byte.is_ascii_digit()) {
        "default".to_owned()
    } else {
        label.to_owned()
    }
}

/// Flags win over what is written down.
fn apply(arguments: &LoginArguments, identity: &mut Identity) -> Result<(), Problem> {
    let grants = [
        (arguments.device, Grant::DeviceAuthorization),
        (arguments.pkce, Grant::AuthorizationCode),
        (arguments.client_credentials, Grant::ClientCredentials),
        (arguments.paste, Grant::Pasted),
    ];
    if let Some((_, grant)) = grants.into_iter().find(|(chosen, _)| *chosen) {
        identity.grant = grant;
    }
    if let Some(client_id) = &arguments.client_id {
        identity.client_id = Some(client_id.clone());
    }
    if !arguments.audience.is_empty() {
        identity.audiences.clone_from(&arguments.audience);
    }
    if let Some(scope) = &arguments.scope {
        identity.scopes = scope.split_whitespace().map(str::to_owned).collect();
    } else if identity.scopes.is_empty() && identity.grant != Grant::ClientCredentials {
        identity.scopes = DEFAULT_SCOPES.map(str::to_owned).to_vec();
    }
    if let Some(org) = &arguments.org {
        identity.org_code = Some(org.clone());
    }
    for text in &arguments.origin {
        let origin = Origin::parse(text).ok_or_else(|| {
            Problem::new(ProblemKind::Input, format!("`{text}` is not an origin"))
                .hint("Like `https://api.example.com`")
        })?;
        if !identity.origins.contains(&origin) {
            identity.origins.push(origin);
        }
    }
    match arguments.client_auth {
        Some(ClientAuthArgument::Post) => identity.client_authentication = ClientAuthentication::Post,
        Some(ClientAuthArgument::Basic) => identity.client_authentication = ClientAuthentication::Basic,
        None => {}
    }
    if let Ok(secret) = std::env::var(SECRET_VARIABLE)
        && !secret.is_empty()
    {
        identity.client_secret = Some(ClientSecret::new(secret));
    }
    if identity.grant == Grant::ClientCredentials && identity.client_secret.is_none() {
        identity.client_secret = Some(ask_secret()?);
    }
    match arguments.port.as_slice() {
        [] => {}
        [port] => identity.redirect_uri = format!("http://127.0.0.1:{port}/callback").parse().ok(),
        // The first free one of them, see `run`.
        _ => identity.redirect_uri = None,
    }
    Ok(())
}

fn ask_secret() -> Result<ClientSecret, Problem> {
    let missing = |why: &str| {
        Problem::new(ProblemKind::Input, "Client credentials need the client secret")
            .detail(why.to_owned())
            .hint(format!("Set {SECRET_VARIABLE}, or write it into http-client.private.env.json"))
    };
    if !std::io::stdin().is_terminal() {
        return Err(missing("There is no terminal to ask on"));
    }
    match rpassword::prompt_password("Client secret: ") {
        Ok(secret) if !secret.trim().is_empty() => Ok(ClientSecret::new(secret.trim())),
        Ok(_) => Err(missing("Nothing was typed")),
        Err(error) => Err(missing(&error.to_string())),
    }
}

/// Says before a sign-in, not after it, that its tokens cannot be kept.
async fn vault_first(services: &Services, output: Output) -> Result<(), Problem> {
    let status = services.vault.status().await;
    status.availability.map_err(|error| error.problem())?;
    if status.kind == VaultKind::Memory {
        output.note("The tokens are kept in memory and gone when this command ends: use `--vault file` to keep them");
    }
    Ok(())
}

/// Signs in, and returns the session decoded and verified.
pub async fn sign_in(
    services: &Arc<Services>,
    identity: &Identity,
    shown: Shown<'_>,
    output: Output,
) -> Result<SessionView, Problem> {
    let mut options = LoginOptions::default();
    match identity.grant {
        Grant::AuthorizationCode => {
            let ports = &services.settings.callback_ports;
            let listener = loopback::listen(identity.redirect_uri.as_ref(), ports).await;
            options.listener = Some(Box::new(listener.map_err(|error| session::explained(&error, identity))?));
            if std::io::stdin().is_terminal() {
                options.pasted = Some(typed_lines());
            }
        }
        Grant::Pasted if identity.pasted.is_none() => options.token = Some(read_token(output)?),
        _ => {}
    }
    let slow_downs = session::SlowDowns::default();
    let events = |event: LoginEvent| {
        slow_downs.take(&event);
        tell(event, &shown, output);
    };
    match services.keeper.login(identity, options, &events).await {
        Ok(tokens) => Ok(session::view(services, identity, tokens, &[]).await),
        Err(error @ AuthError::NotStored { .. }) => Err(error.problem()),
        Err(error) => Err(slow_downs.explained(&error, identity)),
    }
}

/// What is typed or pasted, line by line. A thread of its own, which nobody waits for: a read cannot be cancelled.
fn typed_lines() -> BoxStream<'static, String> {
    let (sender, receiver) = tokio::sync::mpsc::channel(4);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let line = line.trim();
            if !line.is_empty() && sender.blocking_send(line.to_owned()).is_err() {
                return;
            }
        }
    });
    let next = |mut receiver: tokio::sync::mpsc::Receiver<String>| async {
        receiver.recv().await.map(|line| (line, receiver))
    };
    futures_util::stream::unfold(receiver, next).boxed()
}

fn read_token(output: Output) -> Result<AccessToken, Problem> {
    let text = if std::io::stdin().is_terminal() {
        rpassword::prompt_password("Token (not shown): ").map_err(|error| {
            Problem::new(ProblemKind::Input, "The token could not be read").detail(error.to_string())
        })?
    } else {
        let mut text = String::new();
        let read = std::io::stdin().take(LONGEST_TOKEN).read_to_string(&mut text);
        read.map_err(|error| {
            Problem::new(ProblemKind::Input, "The token could not be read from standard input")
                .detail(error.to_string())
        })?;
        text
    };
    let (token, notes) = crate::token::inspect::unwrap_pasted(&text);
    for note in notes {
        output.note(&note);
    }
    if token.is_empty() {
        return Err(Problem::new(ProblemKind::Input, "No token was given").hint("Pipe it in, or paste it when asked"));
    }
    Ok(AccessToken::new(token))
}

fn tell(event: LoginEvent, shown: &Shown<'_>, output: Output) {
    match event {
        LoginEvent::DeviceCode { user_code, verification_uri, verification_uri_complete, .. } => {
            if let Shown::Approved(approve) = shown {
                approve(&user_code);
                return;
            }
            output.note(&format!("To sign in, open {verification_uri}"));
            output.note(&format!("and enter         {}", output.error_paint.strong(&clean(&user_code))));
            if let Some(complete) = &verification_uri_complete {
                output.note(&format!("or open           {complete}"));
            }
            output.note("Waiting for you to finish there; Ctrl+C cancels");
            open(shown, verification_uri_complete.unwrap_or(verification_uri));
        }
        LoginEvent::OpenBrowser { url, redirect_uri, notes, .. } => {
            output.note(&format!("To sign in, open {url}"));
            output.note(&format!("The callback URL that must be registered, exactly: {redirect_uri}"));
            for note in notes {
                output.note(&clean(&note));
            }
            if std::io::stdin().is_terminal() {
                output.note("Is the browser on another machine? Then paste here the address that it ends on");
            }
            open(shown, url);
        }
        LoginEvent::Polling { state: PollState::NetworkFailure(why), .. } => {
            output.note(&format!("No answer just now, trying on: {}", clean(&why)));
        }
        LoginEvent::CallbackIgnored { reason } => output.note(&clean(&reason)),
        LoginEvent::Note(note) => output.note(&clean(&note)),
        _ => {}
    }
}

fn open(shown: &Shown<'_>, url: url::Url) {
    if matches!(shown, Shown::Person(Browser::Open)) {
        // The address is on the screen already; a browser that does not open is no news.
        tokio::spawn(async move {
            let _ = browser::open(url).await;
        });
    }
}

async fn report(services: &Services, identity: &Identity, view: &SessionView, output: Output) {
    let status = services.vault.status().await;
    let now = services.auth.clock.now();
    let findings = view.findings_at_login(identity);
    if output.json {
        output.value(&json!({
            "identity": identity.name.as_str(),
            "issuer": identity.issuer.as_ref().map(Issuer::as_str),
            "who": view.who(),
            "vault": status.name,
            "refresh": view.tokens.refresh.is_some(),
            "access": session_json::inspected(&view.access),
            "id": view.id.as_ref().map(session_json::inspected),
            "findings": findings.iter().map(findings::json).collect::<Vec<_>>(),
        }));
        return;
    }
    let who = clean(&view.who());
    output.line(&format!("Signed in as {} ({})", output.paint.strong(&who), clean(identity.name.as_str())));
    output.line(&session_json::summary(&view.access.verdict, &view.access.inspection, now, output.paint));
    if view.tokens.refresh.is_none() && identity.grant != Grant::ClientCredentials && identity.grant != Grant::Pasted {
        output.line("No refresh token was given: when this one expires, log in again");
    }
    output.line(&output.paint.faint(&format!("kept in {}", clean(&status.name))));
    for finding in &findings {
        findings::print(finding, output);
    }
}
