//! Questions, each with what a yes means.

use std::path::PathBuf;

use ratatui::text::Line;

use crate::app::msg::Holder;
use crate::app::state::Question;
use crate::keys::action::{Action, Context};
use crate::template::Guarded;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, key_in, main_key, renamed};
use crate::ui::layer::Popup;
use crate::ui::layer::ROOMY;
use crate::ui::text;
use crate::ui::theme::Role;
use crate::ui::tree::path_label;
use crate::ui::wrap::paragraph;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, question: &Question, places: &[Context]) {
    let logout = [Action::Yes, Action::YesEverywhere, Action::No];
    let other = [Action::Yes, Action::No];
    let unsaved = [Action::Yes, Action::Discard, Action::No];
    let actions: &[Action] = match question {
        Question::Logout(_) => &logout,
        Question::Unsaved(_) | Question::Recover(_) | Question::SendUnsafe { .. } => &unsaved,
        _ => &other,
    };
    let (asks, means) = texts(question);
    let mut hints = hints(actions, places);
    if matches!(question, Question::Unsaved(_)) {
        hints = renamed(renamed(hints, Action::Yes, "save all"), Action::No, "stay");
    }
    if matches!(question, Question::Recover(_)) {
        hints = renamed(renamed(hints, Action::Yes, "take them up"), Action::No, "ask again later");
    }
    if matches!(question, Question::SendUnsafe { .. }) {
        hints = renamed(renamed(hints, Action::Yes, "send all"), Action::Discard, "only the others");
        hints = renamed(hints, Action::No, "send nothing");
    }
    let popup = Popup { title: "Please confirm", width: 68, hints };
    let width = popup.content_width(canvas);
    let mut lines = paragraph(&canvas.theme, Role::Strong, 0, &asks, width);
    for part in means {
        if canvas.screen().height >= ROOMY {
            lines.push(Line::default());
        }
        lines.extend(paragraph(&canvas.theme, Role::Plain, 0, &part, width));
    }
    popup.text(canvas, &lines);
}

fn texts(question: &Question) -> (String, Vec<String>) {
    match question {
        Question::Quit => {
            ("Quit bearcat?".to_owned(), vec!["A request or a sign-in is still going on. It is cancelled.".to_owned()])
        }
        Question::Unsaved(files) => {
            (format!("Save {} before you go?", text::count(files.len(), "file")), vec![shown_files(files)])
        }
        Question::Recover(files) => (
            "Bearcat was ended before these were saved".to_owned(),
            vec![shown_files(files), "Taken up they are edits again: nothing is written before you save.".to_owned()],
        ),
        Question::RenewClaims(name) => (
            format!("Renew the claims of {name}?"),
            vec![
                "The access token is revoked at the provider, and the session refreshed: the new token has today's \
                 permissions, roles and flags. Kinde gives the old one again otherwise, until it expires."
                    .to_owned(),
                "Other programs that use this access token have to get a new one. The refresh token is kept."
                    .to_owned(),
            ],
        ),
        Question::DeleteRequest(_) => (
            "Delete this request?".to_owned(),
            vec![format!("{} brings it back; the file changes when it is saved.", main_key(Action::Undo))],
        ),
        Question::DeleteFile(path) => (
            format!("Delete {}?", path_label(path)),
            vec![format!(
                "It is deleted on disk at once, with everything in it. {} brings it back until bearcat ends.",
                main_key(Action::Undo)
            )],
        ),
        Question::Logout(name) => (
            format!("Sign out {name}?"),
            vec![
                "The tokens are revoked at the provider and removed from the vault.".to_owned(),
                format!(
                    "{} also ends the provider's session in your browser; otherwise the next sign-in may not ask who \
                     you are.",
                    key_in(Action::YesEverywhere, Context::Confirm)
                ),
            ],
        ),
        Question::AllowOrigin { request, holder: Holder::Secret(secret), origin, .. } => (
            format!("Send {secret} to {origin}?"),
            vec![
                format!("{} wants to, for the first time.", path_label(&request.file)),
                match secret {
                    Guarded::Secret(name) => format!(
                        "Whoever runs that server can keep it. Yes allows it to this file until bearcat ends; \
                         `bearcat secret allow {name} {origin}` allows it for good."
                    ),
                    Guarded::ProcessVariable(_) | Guarded::DotenvVariable(_) => {
                        "Whoever runs that server can keep it. Yes allows it to this file until bearcat ends."
                            .to_owned()
                    }
                },
            ],
        ),
        Question::AllowOrigin { request, holder: Holder::Token(identity), origin, .. } => (
            format!("Send the token of {identity} to {origin}?"),
            vec![
                format!("{} wants to. This origin is not on the identity's list.", path_label(&request.file)),
                "Whoever runs that server can use the token until it expires. Yes allows it until bearcat ends; \
                 `Origins` in http-client.env.json allows it for good."
                    .to_owned(),
            ],
        ),
        Question::SendUnsafe { requests, identities } => (
            format!("Send also {} that may change something, or ask first?", text::count(requests.len(), "request")),
            vec![
                format!("{}. {} each.", shown_names(requests), text::count(*identities, "time")),
                "Or only the others, which do neither.".to_owned(),
            ],
        ),
        Question::SendNote { note, .. } if note.is_empty() => {
            ("Send this request?".to_owned(), vec!["It says `# @note`: ask before sending.".to_owned()])
        }
        Question::SendNote { note, .. } => ("Send this request?".to_owned(), vec![note.clone()]),
    }
}

/// The first few files, and how many more there are.
fn shown_files(files: &[PathBuf]) -> String {
    shown_names(&files.iter().map(|path| path_label(path)).collect::<Vec<_>>())
}

/// The first few, and how many more there are.
fn shown_names(names: &[String]) -> String {
    const SHOWN: usize = 4;
    let more = names.len().saturating_sub(SHOWN);
    let list = names[..names.len().min(SHOWN)].join(", ");
    if more == 0 { list } else { format!("{list} and {more} more") }
}
