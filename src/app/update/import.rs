//! Importing other tools' files: the path is asked for, the shell reads and writes, the report is shown.

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::layers::{ImportLayer, ImportStage};
use crate::app::state::{Layer, Tone};
use crate::model::problem::{Problem, ProblemKind};

impl App {
    /// `I`.
    pub(super) fn open_import(&mut self) {
        self.push(Layer::Import(Box::default()));
    }

    fn import_mut(&mut self) -> Option<&mut ImportLayer> {
        self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::Import(import) => Some(&mut **import),
            _ => None,
        })
    }

    /// Enter: starts it.
    pub(super) fn accept_import(&mut self) {
        let Some(import) = self.import_mut() else { return };
        if !matches!(import.stage, ImportStage::Asking) {
            return;
        }
        // A path that was dragged into the terminal comes in quotes.
        let path = import.path.text.trim().trim_matches(['\'', '"']).to_owned();
        if path.is_empty() {
            let problem = Problem::new(ProblemKind::Input, "Which file or folder?");
            import.problem = Some(problem.hint("Write its path, such as `~/Downloads/shop.postman_collection.json`"));
            return;
        }
        import.problem = None;
        import.stage = ImportStage::Running;
        self.effect(Effect::Import { path });
    }

    /// It ended. Where the layer was closed meanwhile the files are there all the same.
    pub(in crate::app) fn imported(&mut self, path: &str, result: Result<Vec<String>, Problem>) {
        let is_good = result.is_ok();
        let failed = result.as_ref().err().cloned();
        let is_shown = match self.import_mut().filter(|import| matches!(import.stage, ImportStage::Running)) {
            None => false,
            Some(import) => {
                match result {
                    Ok(lines) => import.stage = ImportStage::Done { lines, scroll: 0 },
                    Err(problem) => {
                        import.stage = ImportStage::Asking;
                        import.problem = Some(problem);
                    }
                }
                true
            }
        };
        if is_good {
            self.notice(Tone::Good, format!("Imported {path}"));
            self.reload_quietly();
        } else if let Some(problem) = failed.filter(|_| !is_shown) {
            self.trouble(problem);
        }
    }
}
