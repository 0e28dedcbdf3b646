//! Where bearcat's own files live: the four directories of the platform, or one folder for all of them.
//!
//! Called once at start by the shell and the commands. The workspace's files are not here: they are the
//! user's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::problem::{Problem, ProblemKind};

/// The environment variable that puts all of bearcat's files below one folder.
pub const HOME_VARIABLE: &str = "BEARCAT_HOME";

/// The four directories. None of them needs to exist yet; whoever writes creates them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml` and the user's own environment files.
    pub config_dir: PathBuf,
    /// The history and the encrypted vault.
    pub data_dir: PathBuf,
    /// Discovery documents and key sets; may be deleted at any time.
    pub cache_dir: PathBuf,
    /// The log and crash reports.
    pub state_dir: PathBuf,
}

/// This user has no home directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this user has no home directory")]
pub struct NoHome;

impl NoHome {
    /// The same for people, with what to do next.
    pub fn problem(&self) -> Problem {
        Problem::new(ProblemKind::Other, "There is no home directory to keep settings in")
            .hint(format!("Set HOME, or {HOME_VARIABLE} to a folder that bearcat may use"))
    }
}

impl Paths {
    /// `BEARCAT_HOME` if it is set and not empty, else the platform's directories (XDG on Linux).
    pub fn from_environment() -> Result<Self, NoHome> {
        Self::from_home(std::env::var_os(HOME_VARIABLE))
    }

    fn from_home(home: Option<OsString>) -> Result<Self, NoHome> {
        if let Some(home) = home.filter(|home| !home.is_empty()) {
            let home = PathBuf::from(home);
            return Ok(Self::below(&std::path::absolute(&home).unwrap_or(home)));
        }
        let project = directories::ProjectDirs::from("", "", "bearcat").ok_or(NoHome)?;
        Ok(Self {
            config_dir: project.config_dir().to_owned(),
            data_dir: project.data_dir().to_owned(),
            cache_dir: project.cache_dir().to_owned(),
            // Only Linux has a state directory of its own.
            state_dir: project.state_dir().unwrap_or(project.data_local_dir()).to_owned(),
        })
    }

    /// All four below `dir`: portable use and tests.
    pub fn below(dir: &Path) -> Self {
        Self {
            config_dir: dir.join("config"),
            data_dir: dir.join("data"),
            cache_dir: dir.join("cache"),
            state_dir: dir.join("state"),
        }
    }

    /// The settings.
    pub fn config_file(&self) -> PathBuf {
        self.config_dir.join("config.toml")
    }

    /// The passphrase-encrypted vault.
    pub fn vault_file(&self) -> PathBuf {
        self.data_dir.join("vault.bearcat")
    }

    /// Texts that were not saved when bearcat was ended.
    pub fn unsaved_dir(&self) -> PathBuf {
        self.state_dir.join("unsaved")
    }

    /// The log.
    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("bearcat.log")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_for_all() {
        let home = std::env::temp_dir().join("portable");
        let paths = Paths::from_home(Some(home.clone().into_os_string())).unwrap();
        assert_eq!(paths, Paths::below(&home));
        for path in [paths.config_file(), paths.vault_file(), paths.log_file(), paths.cache_dir] {
            assert!(path.starts_with(&home), "{}", path.display());
        }
    }

    #[test]
    fn a_relative_folder_counts_from_where_bearcat_was_started() {
        let paths = Paths::from_home(Some("portable".into())).unwrap();
        assert_eq!(paths, Paths::below(&std::env::current_dir().unwrap().join("portable")));
    }

    #[test]
    fn an_empty_variable_is_no_folder() {
        assert_eq!(Paths::from_home(Some(OsString::new())), Paths::from_home(None));
    }
}
