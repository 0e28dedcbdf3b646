//! "Save to a file": requests of a read-only collection become requests of a file of the workspace.

use std::path::{Component, Path, PathBuf};

use crate::app::App;
use crate::app::effect::Effect;
use crate::app::layers::KeepLayer;
use crate::app::state::{Layer, TextField, Tone, TreeRow};
use crate::collection::copy::{self, Copied};
use crate::collection::file::Collection;
use crate::model::problem::Problem;
use crate::model::request::RequestId;

const NOTHING_TO_SAVE: &str = "Select a route first: other requests are in a file already";

impl App {
    /// `F`: asks where the selected route, or all routes of the selected collection, are saved.
    pub(super) fn ask_keep(&mut self) {
        let selected = match self.state.rows.get(self.state.selected_row) {
            Some(TreeRow::Request(id)) => Some((id.file.clone(), Copied::Request(id.index))),
            Some(TreeRow::Collection { index, .. }) => {
                let workspace = self.state.workspace.as_ref();
                let collection = workspace.and_then(|workspace| workspace.collections.get(*index));
                collection.map(|collection| (collection.path.clone(), Copied::Everything))
            }
            None => None,
        };
        let Some((file, copied)) = selected else { return self.notice(Tone::Neutral, NOTHING_TO_SAVE) };
        if !self.collection_at(&file).is_some_and(Collection::is_read_only) {
            return self.notice(Tone::Neutral, NOTHING_TO_SAVE);
        }
        let mut path = TextField::default();
        path.insert(&self.proposed_path(&file));
        self.push(Layer::Keep(Box::new(KeepLayer { from: file, copied, path, problem: None })));
    }

    /// The collection of a path.
    fn collection_at(&self, path: &Path) -> Option<&Collection> {
        self.state.workspace.as_ref()?.collections.iter().find(|collection| collection.path == path)
    }

    /// Where routes were saved last, else a file beside the app.
    fn proposed_path(&self, from: &Path) -> String {
        let path = match &self.kept_in {
            Some(last) => last.clone(),
            None => from.parent().unwrap_or(Path::new("")).join("routes.http"),
        };
        path.to_string_lossy().replace('\\', "/")
    }

    /// Enter in the layer.
    pub(super) fn accept_keep(&mut self) {
        let Some(Layer::Keep(layer)) = self.state.layers.last() else { return };
        let layer = layer.clone();
        let result = target(&layer.path.text).and_then(|path| {
            let from =
                self.collection_at(&layer.from).ok_or("The routes have changed meanwhile: close and try again")?;
            let target = self.collection_at(&path);
            let text = copy::text(from, layer.copied, target);
            let index = target.map_or(0, |target| target.requests.len());
            if text.is_empty() {
                return Err("The route is gone: close and read the workspace again");
            }
            Ok((path, text, index))
        });
        match result {
            Ok((path, text, index)) => {
                self.close_layer();
                self.kept_in = Some(path.clone());
                self.wanted = Some(RequestId { file: path.clone(), index });
                self.effect(Effect::AppendToFile { path, text });
            }
            Err(problem) => {
                if let Some(Layer::Keep(layer)) = self.state.layers.last_mut() {
                    layer.problem = Some(problem.to_owned());
                }
            }
        }
    }

    /// The shell has written, or could not.
    pub(in crate::app) fn appended_to_file(&mut self, path: &Path, result: Result<(), Problem>) {
        match result {
            Ok(()) => {
                let shown = path.to_string_lossy().replace('\\', "/");
                self.notice(Tone::Good, format!("Saved to `{shown}`"));
                self.reload_quietly();
            }
            Err(problem) => {
                self.wanted = None;
                self.push(Layer::Problem(problem));
            }
        }
    }
}

/// A path inside the workspace that is a collection.
fn target(text: &str) -> Result<PathBuf, &'static str> {
    let text = text.trim().trim_start_matches("./");
    if text.is_empty() || text.ends_with(['/', '\\']) {
        return Err("A file name is needed: `routes.http`");
    }
    if text.chars().any(char::is_control) {
        return Err("A file name has no control characters");
    }
    let mut path = PathBuf::from(text);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err("The file must be inside the workspace: a path without `..` that does not begin with `/`");
    }
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("http" | "rest") => {}
        None => {
            path.set_extension("http");
        }
        Some(_) => return Err("The file must end in `.http` or `.rest`, or bearcat would not find it again"),
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("routes.http", Ok("routes.http"))]
    #[case::folder(" api/routes.rest ", Ok("api/routes.rest"))]
    #[case::no_extension("./routes", Ok("routes.http"))]
    #[case::capitals("X.HTTP", Ok("X.HTTP"))]
    #[case::empty(" ", Err("A file name is needed"))]
    #[case::folder_only("api/", Err("A file name is needed"))]
    #[case::above("../x.http", Err("inside the workspace"))]
    #[case::absolute("/etc/x.http", Err("inside the workspace"))]
    #[case::other_kind("package.json", Err("must end in `.http`"))]
    fn targets(#[case] text: &str, #[case] expected: Result<&str, &str>) {
        match (target(text), expected) {
            (Ok(path), Ok(expected)) => assert_eq!(path, PathBuf::from(expected)),
            (Err(problem), Err(words)) => assert!(problem.contains(words), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
}
