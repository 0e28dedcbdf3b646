//! All templates of a request, filled; complains about every placeholder without a value at once.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::http::plan::PlanInput;
use crate::http::plan::error::{PlanError, Unresolved};
use crate::http::plan::fill::FilledText;
use crate::http::plan::place::Places;
use crate::model::identity::IdentityName;
use crate::model::request::{BodyPiece, Spanned};
use crate::template::{Guarded, Unfilled};

/// The filled texts of a request.
pub(super) struct Texts {
    pub(super) method: FilledText,
    pub(super) url: FilledText,
    /// Names and values, in order.
    pub(super) headers: Vec<(FilledText, FilledText)>,
    pub(super) body: Vec<FilledPiece>,
}

/// A piece of the body.
pub(super) enum FilledPiece {
    /// Text from the collection.
    Text(FilledText),
    /// The text of a `<@` file.
    FileText {
        /// Its text.
        filled: FilledText,
        /// The file.
        path: PathBuf,
    },
    /// A file to stream.
    File {
        /// The file.
        path: PathBuf,
        /// Its path as it is written.
        written: Spanned,
    },
}

impl Texts {
    /// Fills everything.
    pub(super) fn fill(input: &PlanInput<'_>, places: &Places<'_>) -> Result<Self, PlanError> {
        let block = input.block;
        let mut filling = Filling { input, places, unresolved: Vec::new() };
        let method = filling.text(&block.method);
        let url = filling.text(&block.url);
        let headers =
            block.headers.iter().map(|field| (filling.text(&field.name), filling.text(&field.value))).collect();
        let body = block.body.iter().map(|piece| filling.piece(piece)).collect::<Result<_, _>>()?;
        if filling.unresolved.is_empty() {
            Ok(Self { method, url, headers, body })
        } else {
            Err(PlanError::Unresolved(filling.unresolved))
        }
    }

    /// Everything that goes on the wire.
    pub(super) fn sent(&self) -> impl Iterator<Item = &FilledText> {
        let body = self.body.iter().filter_map(|piece| match piece {
            FilledPiece::Text(text) | FilledPiece::FileText { filled: text, .. } => Some(text),
            FilledPiece::File { .. } => None,
        });
        let headers = self.headers.iter().flat_map(|(name, value)| [name, value]);
        [&self.method, &self.url].into_iter().chain(headers).chain(body)
    }

    /// Whose tokens were handed out while filling.
    pub(super) fn tokens(&self) -> BTreeSet<IdentityName> {
        self.sent().flat_map(|text| text.tokens.iter().cloned()).collect()
    }

    /// The user's own secrets that were handed out while filling.
    pub(super) fn guarded(&self) -> BTreeSet<Guarded> {
        self.sent().flat_map(|text| text.guarded.iter().cloned()).collect()
    }
}

struct Filling<'a> {
    input: &'a PlanInput<'a>,
    places: &'a Places<'a>,
    unresolved: Vec<Unresolved>,
}

impl Filling<'_> {
    fn text(&mut self, piece: &Spanned) -> FilledText {
        let filled = (self.input.fill)(&piece.text);
        for problem in &filled.problems {
            let place = self.places.of_problem(piece, problem);
            self.unresolved.push(Unresolved { problem: problem.clone(), place });
        }
        filled
    }

    fn piece(&mut self, piece: &BodyPiece) -> Result<FilledPiece, PlanError> {
        match piece {
            BodyPiece::Text(text) => Ok(FilledPiece::Text(self.body_text(text, self.places))),
            BodyPiece::File { path, substitute: false, .. } => {
                let filled = self.text(path);
                Ok(FilledPiece::File { path: self.input.folder.join(filled.text.trim()), written: path.clone() })
            }
            BodyPiece::File { path, substitute: true, encoding } => {
                let known = self.unresolved.len();
                let filled = self.text(path);
                if self.unresolved.len() > known {
                    return Ok(FilledPiece::Text(filled));
                }
                self.template_file(path, filled.text.trim(), encoding.as_deref())
            }
        }
    }

    /// Text of a body may hold a `{{` of its own that never closes: that is no placeholder.
    fn body_text(&mut self, piece: &Spanned, places: &Places<'_>) -> FilledText {
        let filled = (self.input.fill)(&piece.text);
        for problem in filled.problems.iter().filter(|problem| problem.why != Unfilled::Unclosed) {
            let place = places.of_problem(piece, problem);
            self.unresolved.push(Unresolved { problem: problem.clone(), place });
        }
        filled
    }

    fn template_file(
        &mut self,
        written: &Spanned,
        path: &str,
        encoding: Option<&str>,
    ) -> Result<FilledPiece, PlanError> {
        let unreadable = |reason: String| PlanError::UnreadableFile {
            path: PathBuf::from(path),
            reason,
            place: self.places.of(written),
        };
        let whole = self.input.folder.join(path);
        let bytes = (self.input.read_template)(&whole).map_err(&unreadable)?;
        let text = decode(&bytes, encoding).map_err(unreadable)?;
        let file = self.places.file.parent().unwrap_or_else(|| Path::new("")).join(path);
        let piece = Spanned { span: 0..text.len(), text: text.into_owned() };
        let source = piece.text.clone();
        let filled = self.body_text(&piece, &Places { file: &file, source: &source });
        Ok(FilledPiece::FileText { filled, path: whole })
    }
}

fn decode<'a>(bytes: &'a [u8], encoding: Option<&str>) -> Result<Cow<'a, str>, String> {
    let Some(label) = encoding else {
        let text = std::str::from_utf8(bytes).map_err(|_| {
            "it is not UTF-8 text; name its encoding (`<@latin1 path`), or send it as it is (`< path`)".to_owned()
        })?;
        return Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
    };
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())
        .ok_or_else(|| format!("`{label}` is not an encoding that bearcat knows"))?;
    Ok(encoding.decode(bytes).0)
}
