//! `bearcat [DIR]`: the terminal interface.

use std::path::PathBuf;

use crate::app::state::StartOptions;
use crate::cli::Ended;
use crate::cli::args::{ColorChoice, Common};
use crate::cli::output::Exit;
use crate::cli::start::{self, Start};
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::shell::run::{self, Launch};
use crate::shell::terminal::MouseMode;
use crate::store::remembered::Remembered;
use crate::store::settings::{Glyphs, Mouse, Settings, Theme as ThemeSetting};
use crate::ui::theme::Theme;

/// Opens the terminal interface on a folder.
pub fn run(dir: Option<PathBuf>, common: &Common) -> Ended {
    let root = dir.unwrap_or_else(|| PathBuf::from("."));
    let root = std::fs::canonicalize(&root).map_err(|error| {
        Problem::new(ProblemKind::Input, format!("There is no folder `{}`", root.display())).detail(error.to_string())
    })?;
    if !root.is_dir() {
        return Err(Problem::new(ProblemKind::Input, format!("`{}` is not a folder", root.display()))
            .hint("To send one request of a file: `bearcat send FILE.http#NAME`"));
    }
    let start = Start::new(common)?;
    let remembered = Remembered::new(&start.paths.state_dir).environment(&root);
    let launch = Launch {
        options: StartOptions { remembered_environment: remembered, ..options(common) },
        root,
        theme: theme(&start.settings, common),
        mouse: mouse(&start.settings),
        demo: None,
        problems: start.problems.clone(),
    };
    let code = start::large_runtime()?.run(run::run(launch, |listeners| start.services(listeners)))?;
    Ok(Exit::Code(code))
}

/// How the flags start the application.
pub fn options(common: &Common) -> StartOptions {
    StartOptions {
        environment: common.environment.clone(),
        identity: common.identity.as_deref().map(IdentityName::new),
        ..StartOptions::default()
    }
}

/// The mouse, as the settings say.
pub const fn mouse(settings: &Settings) -> MouseMode {
    match settings.mouse {
        Mouse::On => MouseMode::Captured,
        Mouse::Off => MouseMode::Left,
    }
}

/// Colours and signs, as settings, flags, `NO_COLOR` and the terminal say.
pub fn theme(settings: &Settings, common: &Common) -> Theme {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colored = match common.color {
        ColorChoice::Auto => !no_color,
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    let mut theme = match (colored, settings.theme) {
        (false, _) => Theme::none(),
        (true, ThemeSetting::Light) => Theme::light(),
        (true, ThemeSetting::Dark) => Theme::dark(),
        (true, ThemeSetting::Auto) if background_is_light() => Theme::light(),
        (true, ThemeSetting::Auto) => Theme::dark(),
    };
    theme.ascii = settings.glyphs == Glyphs::Ascii || !speaks_utf8();
    theme
}

/// `COLORFGBG` is what many terminals say of their colours (`foreground;background`).
fn background_is_light() -> bool {
    std::env::var("COLORFGBG").is_ok_and(|value| matches!(value.rsplit(';').next(), Some("7" | "15")))
}

/// The first of LC_ALL, LC_CTYPE and LANG that is set decides; none set is taken for UTF-8 on a modern system.
fn speaks_utf8() -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    set.is_none_or(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
