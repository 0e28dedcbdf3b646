//! Questions, each with what a yes means.

use ratatui::text::Line;

use crate::app::msg::Holder;
use crate::app::state::Question;
use crate::keys::action::{Action, Context};
use crate::template::Guarded;
use crate::ui::canvas::Canvas;
use crate::ui::hints::{hints, key_in};
use crate::ui::layer::Popup;
use crate::ui::layer::ROOMY;
use crate::ui::theme::Role;
use crate::ui::tree::path_label;
use crate::ui::wrap::paragraph;

/// Draws it.
pub fn draw(canvas: &mut Canvas<'_>, question: &Question, places: &[Context]) {
    let logout = [Action::Yes, Action::YesEverywhere, Action::No];
    let other = [Action::Yes, Action::No];
    let actions: &[Action] = if matches!(question, Question::Logout(_)) { &logout } else { &other };
    let (asks, means) = texts(question);
    let popup = Popup { title: "Please confirm", width: 68, hints: hints(actions, places) };
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
                    Guarded::ProcessVariable(_) => {
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
        Question::SendNote { note, .. } if note.is_empty() => {
            ("Send this request?".to_owned(), vec!["It says `# @note`: ask before sending.".to_owned()])
        }
        Question::SendNote { note, .. } => ("Send this request?".to_owned(), vec![note.clone()]),
    }
}
