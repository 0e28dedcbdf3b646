//! `bearcat secret`: secrets in the vault, for `{{$secret name}}`. A value never comes as an argument, which every process
//! of the machine could read, and is never printed.

use std::io::{IsTerminal, Read};

use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::Ended;
use crate::cli::args::{Common, SecretCommand};
use crate::cli::output::{Exit, Output, clean};
use crate::cli::send::origins;
use crate::cli::start::{self, Start};
use crate::model::identity::Origin;
use crate::model::port::{Vault, VaultKind};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::secret::{LONGEST_SECRET, SecretKey};
use crate::redact::SecretText;
use crate::shell::secrets;

/// Does what the subcommand says.
pub fn run(command: &SecretCommand, common: &Common, output: Output) -> Ended {
    let start = Start::new(common)?;
    let services = start.command_services(output)?;
    let key = |name: &str| SecretKey { name: name.to_owned(), environment: common.environment.clone() };
    start::small_runtime()?.run(async {
        let vault = &services.vault;
        let status = vault.status().await;
        status.availability.map_err(|error| error.problem())?;
        if status.kind == VaultKind::Memory {
            return Err(Problem::new(ProblemKind::Input, "The memory vault forgets a secret when this command ends")
                .hint("Use the keyring, or `--vault file` (encrypted with a passphrase)"));
        }
        match command {
            SecretCommand::Set { name, origin } => {
                let key = key(name);
                check_name(&key)?;
                let origins = origins(origin)?;
                let value = ask(&key)?;
                secrets::write(vault, &key, value, &origins, services.auth.clock.now()).await?;
                done(output, &key, "set", &format!("The secret {} is in the vault", label(&key)));
            }
            SecretCommand::List => list(output, &secrets::list(vault).await?),
            SecretCommand::Allow { name, origin } => {
                let key = key(name);
                let origin = origins(std::slice::from_ref(origin))?.remove(0);
                secrets::allow(vault, &key, origin.clone()).await?;
                let text = format!("The secret {} may be sent to {}", label(&key), origin.as_str());
                done(output, &key, "allowed", &text);
            }
            SecretCommand::Remove { name } => {
                let key = key(name);
                secrets::remove(vault, &key).await?;
                done(output, &key, "removed", &format!("The secret {} is forgotten", label(&key)));
            }
        }
        Ok(Exit::Good)
    })
}

fn label(key: &SecretKey) -> String {
    let name = clean(&key.name);
    match &key.environment {
        Some(environment) => format!("`{name}` (environment `{}`)", clean(environment)),
        None => format!("`{name}`"),
    }
}

fn check_name(key: &SecretKey) -> Result<(), Problem> {
    if SecretKey::is_name(&key.name) {
        return Ok(());
    }
    Err(Problem::new(ProblemKind::Input, format!("`{}` is not a name for a secret", clean(&key.name)))
        .hint(SecretKey::NAME_RULE))
}

/// Typed unseen on a terminal, else all of standard input without the line break at its end.
fn ask(key: &SecretKey) -> Result<SecretText, Problem> {
    let unreadable = |error: std::io::Error| {
        Problem::new(ProblemKind::Input, "The secret could not be read").detail(error.to_string())
    };
    if std::io::stdin().is_terminal() {
        let typed = rpassword::prompt_password(format!("Value of {}: ", label(key))).map_err(unreadable)?;
        return Ok(SecretText::new(typed));
    }
    // Room for all of it at once: a growing buffer leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_SECRET + 16));
    std::io::stdin().take(LONGEST_SECRET as u64 + 3).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Problem::new(ProblemKind::Input, "The secret is not text").hint("Secrets are UTF-8 text"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(SecretText::new(text.strip_suffix('\r').unwrap_or(text)))
}

fn done(output: Output, key: &SecretKey, what: &str, text: &str) {
    if output.json {
        output.value(&json!({ what: { "name": key.name, "environment": key.environment } }));
    } else {
        output.line(text);
    }
}

fn list(output: Output, found: &[(SecretKey, Vec<Origin>)]) {
    if output.json {
        let rows: Vec<_> = found
            .iter()
            .map(|(key, origins)| {
                let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
                json!({ "name": key.name, "environment": key.environment, "origins": origins })
            })
            .collect();
        return output.value(&json!({ "secrets": rows }));
    }
    if found.is_empty() {
        output.line("No secrets are stored");
        output.note("`bearcat secret set NAME` keeps one; requests use it as {{$secret NAME}}");
    }
    for (key, origins) in found {
        let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
        let may = if origins.is_empty() { "asks before it is sent anywhere".to_owned() } else { origins.join(" ") };
        let environment = key.environment.as_deref().unwrap_or("all environments");
        output.line(&format!("{:<24} {:<18} {}", clean(&key.name), clean(environment), clean(&may)));
    }
}
