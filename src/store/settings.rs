//! The settings: `config.toml`, every key optional, no mistake in it ever fatal.
//!
//! Parsing is pure; [`Settings::load`] reads the file. Problems carry the place in the file and are shown as
//! warnings; the key in question keeps its default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::identity::Grant;
use crate::model::problem::Problem;
use crate::store::choose::VaultChoice;

/// The colours of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Theme {
    /// As the terminal says.
    #[default]
    Auto,
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
}

/// Which characters the screen may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Glyphs {
    /// Box drawing, arrows, ticks.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// Does the screen listen to the mouse?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mouse {
    /// Click, select, scroll.
    #[default]
    On,
    /// The terminal's own selection works instead.
    Off,
}

/// What a user can set. Command-line flags and directives in the files win over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `theme`: `auto`, `dark` or `light`.
    pub theme: Theme,
    /// `ascii`: true or false.
    pub glyphs: Glyphs,
    /// `mouse`: true or false.
    pub mouse: Mouse,
    /// `default_grant`: `device`, `pkce` or `client-credentials`; `None`: bearcat decides by the client.
    pub default_grant: Option<Grant>,
    /// `redirects.max`: how many redirects a request follows that has no `# @redirect` of its own.
    pub max_redirects: u32,
    /// `limits.body_mib`, in bytes: where reading a response body stops.
    pub body_limit: u64,
    /// `limits.timeout_s`: how long a request may take that has no `# @timeout` of its own.
    pub timeout: Duration,
    /// `tls.ca_file`: certificates to trust besides the system's; relative to the settings' folder.
    pub ca_file: Option<PathBuf>,
    /// `callback.ports`: ports for the PKCE listener, tried in order; empty: bearcat's own list.
    pub callback_ports: Vec<u16>,
    /// `vault`: `keyring`, `file` or `memory`.
    pub vault: VaultChoice,
    /// `log`: a filter like that of `BEARCAT_LOG`, which wins; `None`: no log.
    pub log: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            glyphs: Glyphs::Unicode,
            mouse: Mouse::On,
            default_grant: None,
            max_redirects: 0,
            body_limit: 256 * 1024 * 1024,
            timeout: Duration::from_secs(30),
            ca_file: None,
            callback_ports: Vec::new(),
            vault: VaultChoice::Keyring,
            log: None,
        }
    }
}

impl Settings {
    /// Reads the text of `path`. What is wrong in it becomes a problem each, with its place.
    pub fn parse(text: &str, path: &Path) -> (Self, Vec<Problem>) {
        let _ = (text, path);
        (Self::default(), Vec::new())
    }

    /// Reads the file; no file is no problem.
    pub fn load(path: &Path) -> (Self, Vec<Problem>) {
        let _ = path;
        (Self::default(), Vec::new())
    }
}
