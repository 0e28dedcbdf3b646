//! Secrets in the vault: `{{$secret name}}`. Read only when a request names them.

use std::collections::BTreeMap;

use crate::model::identity::Origin;
use crate::model::port::{Vault, VaultError};
use crate::model::problem::{Problem, ProblemKind};
use crate::model::secret::{LONGEST_SECRET, SecretKey, StoredSecret};
use crate::model::time::Timestamp;
use crate::redact::SecretText;

/// The secrets of these names: the environment's own, else the one for all environments. One that is not there is left
/// out.
pub async fn read(
    vault: &dyn Vault,
    names: impl IntoIterator<Item = String>,
    environment: Option<&str>,
) -> Result<BTreeMap<String, StoredSecret>, Problem> {
    let mut found = BTreeMap::new();
    for name in names {
        for environment in environment.map(Some).into_iter().chain([None]) {
            let key = SecretKey { name: name.clone(), environment: environment.map(str::to_owned) };
            if let Some(tokens) = vault.read(&key.session_key()).await.map_err(|error| unreadable(&error, &name))? {
                found.insert(name, StoredSecret::of(&tokens));
                break;
            }
        }
    }
    Ok(found)
}

fn unreadable(error: &VaultError, name: &str) -> Problem {
    let problem = error.problem();
    match error {
        VaultError::Damaged(_) => Problem::new(ProblemKind::Vault, format!("The secret `{name}` is damaged"))
            .hint(format!("`bearcat secret set {name}` replaces it")),
        _ => {
            let detail = format!("The request uses the secret `{name}`. {}", problem.detail);
            problem.detail(detail)
        }
    }
}

/// Keeps a secret, in place of the one before; origins that were allowed for it stay allowed.
pub async fn write(
    vault: &dyn Vault,
    key: &SecretKey,
    value: SecretText,
    more: &[Origin],
    now: Timestamp,
) -> Result<(), Problem> {
    if !SecretKey::is_name(&key.name) {
        return Err(Problem::new(ProblemKind::Input, format!("`{}` is not a name for a secret", key.name))
            .hint(format!("{}; the name is at most 100 bytes long", SecretKey::NAME_RULE)));
    }
    if value.expose().is_empty() || value.expose().len() > LONGEST_SECRET {
        return Err(Problem::new(ProblemKind::Input, "A secret is neither empty nor longer than 64 KiB"));
    }
    // One that cannot be read is replaced.
    let before = vault.read(&key.session_key()).await.ok().flatten().map(|tokens| StoredSecret::of(&tokens));
    let mut origins = before.map(|before| before.origins).unwrap_or_default();
    origins.extend(more.iter().filter(|origin| !origins.contains(origin)).cloned().collect::<Vec<_>>());
    let secret = StoredSecret { value, origins, set_at: now };
    let written = vault.write(&key.session_key(), &secret.to_tokens()).await;
    written.map_err(|error| error.problem())
}

/// Lets a secret go to one more origin, for good.
pub async fn allow(vault: &dyn Vault, key: &SecretKey, origin: Origin) -> Result<(), Problem> {
    let stored = vault.read(&key.session_key()).await.map_err(|error| error.problem())?;
    let mut secret = stored.map(|tokens| StoredSecret::of(&tokens)).ok_or_else(|| missing(key))?;
    if !secret.origins.contains(&origin) {
        secret.origins.push(origin);
        vault.write(&key.session_key(), &secret.to_tokens()).await.map_err(|error| error.problem())?;
    }
    Ok(())
}

/// Removes a secret.
pub async fn remove(vault: &dyn Vault, key: &SecretKey) -> Result<(), Problem> {
    // A damaged one is there, too.
    if matches!(vault.read(&key.session_key()).await, Ok(None)) {
        return Err(missing(key));
    }
    vault.clear(&key.session_key()).await.map_err(|error| error.problem())
}

fn missing(key: &SecretKey) -> Problem {
    let scope = key.environment.as_ref().map_or(String::new(), |name| format!(" for the environment `{name}`"));
    Problem::new(ProblemKind::Input, format!("There is no secret `{}`{scope}", key.name))
        .hint("`bearcat secret list` shows the names of all")
}

/// All secrets: their keys, and where they may go. Never their values.
pub async fn list(vault: &dyn Vault) -> Result<Vec<(SecretKey, Vec<Origin>)>, Problem> {
    let keys = vault.list().await.map_err(|error| error.problem())?;
    let mut secrets = Vec::new();
    for key in keys.iter().filter_map(SecretKey::of) {
        let stored = vault.read(&key.session_key()).await.ok().flatten();
        let origins = stored.map(|tokens| StoredSecret::of(&tokens).origins).unwrap_or_default();
        secrets.push((key, origins));
    }
    secrets.sort();
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory_vault::MemoryVault;

    fn key(name: &str, environment: Option<&str>) -> SecretKey {
        SecretKey { name: name.to_owned(), environment: environment.map(str::to_owned) }
    }

    #[tokio::test]
    async fn an_environments_own_secret_wins_and_origins_stay() {
        let vault = MemoryVault::default();
        let at = Timestamp::from_seconds(1);
        let origin = Origin::parse("https://api.test").unwrap();
        let value = |text: &str| SecretText::new(text);
        write(&vault, &key("stripe", None), value("for-all-environments"), std::slice::from_ref(&origin), at)
            .await
            .unwrap();
        write(&vault, &key("stripe", Some("dev")), value("for-dev-only"), &[], at).await.unwrap();
        let of = |environment: Option<&'static str>| {
            let vault = &vault;
            async move {
                let names = ["stripe".to_owned(), "gone".to_owned()];
                let found = read(vault, names, environment).await.unwrap();
                found.into_iter().map(|(name, secret)| format!("{name}={}", secret.value.expose())).collect::<Vec<_>>()
            }
        };
        assert_eq!(of(Some("dev")).await, ["stripe=for-dev-only"]);
        assert_eq!(of(Some("prod")).await, ["stripe=for-all-environments"]);
        assert_eq!(of(None).await, ["stripe=for-all-environments"]);

        write(&vault, &key("stripe", None), value("a-new-value"), &[], at).await.unwrap();
        allow(&vault, &key("stripe", None), Origin::parse("https://b.test").unwrap()).await.unwrap();
        let listed = list(&vault).await.unwrap();
        let origins: Vec<&str> = listed[0].1.iter().map(Origin::as_str).collect();
        assert_eq!((listed.len(), origins), (2, vec!["https://api.test", "https://b.test"]));

        remove(&vault, &key("stripe", Some("dev"))).await.unwrap();
        let problem = remove(&vault, &key("stripe", Some("dev"))).await.unwrap_err().to_string();
        assert!(problem.contains("no secret `stripe` for the environment `dev`"), "{problem}");
        assert!(allow(&vault, &key("gone", None), origin).await.is_err());
        for (name, value) in [("a b", "value"), ("empty", "")] {
            assert!(write(&vault, &key(name, None), SecretText::new(value), &[], at).await.is_err());
        }
    }
}
