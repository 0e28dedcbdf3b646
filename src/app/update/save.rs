//! Saving the body of a response to a file: the path is asked for, a file that is there is not overwritten unasked.

use url::Url;

use crate::app::App;
use crate::app::effect::{Effect, Overwrite, SaveBody};
use crate::app::layers::SaveLayer;
use crate::app::msg::{RunOutcome, SaveFault, SavedBody};
use crate::app::state::{Layer, RunPhase, TextField, Tone};
use crate::model::exchange::RunId;

/// Extensions by media type, for a name that has none.
const EXTENSIONS: [(&str, &str); 14] = [
    ("application/json", "json"),
    ("application/pdf", "pdf"),
    ("application/xml", "xml"),
    ("application/zip", "zip"),
    ("application/x-ndjson", "ndjson"),
    ("image/gif", "gif"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/svg+xml", "svg"),
    ("image/webp", "webp"),
    ("text/csv", "csv"),
    ("text/html", "html"),
    ("text/plain", "txt"),
    ("text/xml", "xml"),
];

/// Longest name that is proposed.
const LONGEST: usize = 60;

impl App {
    /// `>`.
    pub(super) fn open_save(&mut self) {
        let Some((run, outcome)) = self.finished_run() else {
            return self.notice(Tone::Neutral, "There is no body to save yet");
        };
        let size = outcome.exchange.body.bytes.len() as u64;
        if size == 0 {
            return self.notice(Tone::Neutral, "The body is empty: there is nothing to save");
        }
        let path = TextField::new(proposed(outcome));
        self.push(Layer::SaveBody(Box::new(SaveLayer {
            path,
            run,
            size,
            problem: None,
            confirmed: None,
            writing: false,
        })));
    }

    fn finished_run(&self) -> Option<(RunId, &RunOutcome)> {
        let run = self.state.current_run()?;
        match &run.phase {
            RunPhase::Finished(outcome) => Some((run.id, outcome)),
            _ => None,
        }
    }

    /// Enter in the layer.
    pub(super) fn save_body(&mut self) {
        let Some(Layer::SaveBody(save)) = self.state.layers.last_mut() else { return };
        let path = save.path.text.trim().to_owned();
        if path.is_empty() || save.writing {
            return;
        }
        let overwrite = if save.confirmed.as_ref() == Some(&path) { Overwrite::Allow } else { Overwrite::Refuse };
        let run = save.run;
        let bytes = self.state.runs.values().find(|known| known.id == run).and_then(|run| match &run.phase {
            RunPhase::Finished(outcome) => Some(outcome.exchange.body.bytes.clone()),
            _ => None,
        });
        let Some(Layer::SaveBody(save)) = self.state.layers.last_mut() else { return };
        let Some(bytes) = bytes else {
            save.problem = Some("The response is not held any more; send the request again".to_owned());
            return;
        };
        (save.writing, save.problem) = (true, None);
        self.effect(Effect::SaveBody(Box::new(SaveBody { path, bytes, overwrite })));
    }

    pub(in crate::app) fn body_saved(&mut self, path: &str, result: Result<SavedBody, SaveFault>) {
        let asked = self.state.layers.iter_mut().find_map(|layer| match layer {
            Layer::SaveBody(save) if save.path.text.trim() == path => Some(save),
            _ => None,
        });
        match (asked, result) {
            (_, Ok(saved)) => {
                self.state.layers.retain(|layer| !matches!(layer, Layer::SaveBody(save) if save.writing));
                self.notice(Tone::Good, format!("{} bytes were written to {}", saved.size, saved.path.display()));
            }
            (Some(save), Err(SaveFault::Exists)) => {
                save.writing = false;
                save.problem = Some("There is such a file: Enter overwrites it, or type another name".to_owned());
                save.confirmed = Some(path.to_owned());
            }
            (Some(save), Err(SaveFault::Failed(words))) => {
                save.writing = false;
                save.problem = Some(format!("It could not be written: {words}"));
            }
            (None, Err(SaveFault::Failed(words))) => {
                self.notice(Tone::Bad, format!("`{path}` could not be written: {words}"));
            }
            (None, Err(SaveFault::Exists)) => {}
        }
    }
}

/// The last part of the URL, with an extension that fits.
fn proposed(outcome: &RunOutcome) -> String {
    let exchange = &outcome.exchange;
    let name = file_name(&exchange.request.url);
    if name.contains('.') {
        return name;
    }
    let content_type = exchange.head.header("content-type").unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let known = EXTENSIONS.iter().find(|(media, _)| *media == essence).map(|(_, extension)| *extension);
    let extension = known.unwrap_or(if essence.ends_with("+json") { "json" } else { "bin" });
    format!("{name}.{extension}")
}

/// A server or a file chose it: no separators, no leading dots.
fn file_name(url: &Url) -> String {
    let last = url.path_segments().and_then(|mut segments| segments.rfind(|part| !part.is_empty()));
    let is_fit = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name: String = last.unwrap_or_default().chars().filter(|c| is_fit(*c)).take(LONGEST).collect();
    match name.trim_start_matches('.') {
        "" => "response".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (url, expected) in [
            ("https://a.test/", "response"),
            ("https://a.test/orders/", "orders"),
            ("https://a.test/report.pdf?x=1", "report.pdf"),
            ("https://a.test/..%2F..%2Fetc", "2F..2Fetc"),
            ("https://a.test/.bashrc", "bashrc"),
        ] {
            assert_eq!(file_name(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
