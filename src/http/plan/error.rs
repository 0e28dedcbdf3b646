//! Why a request cannot be planned, and the same for people.

use std::fmt::Write;
use std::path::PathBuf;

use crate::model::identity::{IdentityName, Origin};
use crate::model::problem::{Place, Problem, ProblemKind};
use crate::template::{Guarded, TemplateProblem};

/// A placeholder that could not be filled, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Which and why.
    pub problem: TemplateProblem,
    /// Where.
    pub place: Place,
}

/// Why a request cannot be planned. Texts hold no secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Placeholders without a value; all of them, in the order of the file.
    #[error("{} placeholder(s) cannot be filled", .0.len())]
    Unresolved(Vec<Unresolved>),
    /// Not a method.
    #[error("`{method}` is not an HTTP method")]
    BadMethod {
        /// As filled.
        method: String,
        /// Where.
        place: Place,
    },
    /// Not a URL.
    #[error("`{url}` is not a URL: {reason}")]
    BadUrl {
        /// As filled, secrets masked.
        url: String,
        /// Why.
        reason: String,
        /// Where.
        place: Place,
    },
    /// A URL of another scheme than http and https.
    #[error("`{scheme}` URLs cannot be sent")]
    UnsupportedScheme {
        /// The scheme.
        scheme: String,
        /// Where.
        place: Place,
    },
    /// A header that must not go on the wire.
    #[error("the header `{name}` cannot be sent: {reason}")]
    BadHeader {
        /// Its name.
        name: String,
        /// Why.
        reason: &'static str,
        /// Where, if it was written by hand.
        place: Option<Place>,
    },
    /// A `<@` file that cannot be read.
    #[error("`{}` cannot be read: {reason}", .path.display())]
    UnreadableFile {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
        /// Where it is named.
        place: Place,
    },
    /// A body that cannot be put together.
    #[error("the body cannot be sent: {reason}")]
    BadBody {
        /// Why.
        reason: String,
        /// Where.
        place: Place,
    },
    /// The identity has no session.
    #[error("not signed in as `{0}`")]
    NotSignedIn(IdentityName),
    /// Session cookies need an ID token, and the session has none.
    #[error("the session of `{0}` has no ID token")]
    NoIdToken(IdentityName),
    /// A token would go to an origin that its identity does not allow.
    #[error("the token of `{identity}` may not go to {origin}")]
    OriginNotAllowed {
        /// Whose token.
        identity: IdentityName,
        /// Where it would go.
        origin: Origin,
    },
    /// A secret of the user would go to an origin that it may not go to yet.
    #[error("{secret} may not go to {origin}")]
    SecretNotAllowed {
        /// Which.
        secret: Guarded,
        /// Where it would go.
        origin: Origin,
    },
}

impl PlanError {
    /// The same for people, with what to do next.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Unresolved(unresolved) => unresolved_problem(unresolved),
            Self::BadMethod { place, .. } => Problem::new(ProblemKind::Input, sentence(self))
                .hint("A method is one word, like `GET` or `POST`")
                .at(place.clone()),
            Self::BadUrl { place, .. } => Problem::new(ProblemKind::Input, "The URL of the request cannot be used")
                .detail(sentence(self))
                .hint("Write it like `https://api.example.com/path`, or with a variable: `{{base}}/path`")
                .at(place.clone()),
            Self::UnsupportedScheme { place, .. } => Problem::new(ProblemKind::Input, sentence(self))
                .hint("Bearcat sends http and https requests")
                .at(place.clone()),
            Self::BadHeader { place, .. } => {
                let mut problem = Problem::new(ProblemKind::Input, sentence(self));
                problem.place = place.clone().map(Box::new);
                problem
            }
            Self::UnreadableFile { path, reason, place } => {
                Problem::new(ProblemKind::Input, format!("The body's file `{}` cannot be read", path.display()))
                    .detail(reason.clone())
                    .hint("The path is relative to the folder of the request's file")
                    .at(place.clone())
            }
            Self::BadBody { place, .. } => Problem::new(ProblemKind::Input, sentence(self))
                .hint("The variables of a GraphQL query are a JSON object after a blank line")
                .at(place.clone()),
            Self::NotSignedIn(identity) => Problem::new(ProblemKind::SignIn, sentence(self))
                .hint(format!("Sign in (`l`, or `bearcat login --name {identity}`), or send with `# @no-auth`")),
            Self::NoIdToken(_) => Problem::new(ProblemKind::SignIn, sentence(self))
                .detail("The session cookies of the Next.js SDK carry an access token and an ID token")
                .hint("Sign in again with the scope `openid`"),
            Self::OriginNotAllowed { identity, origin } => Problem::new(ProblemKind::Input, sentence(self))
                .detail("A token goes only to origins that are listed for its identity, and to this machine")
                .hint(format!(
                    "If you trust it, add `{origin}` to `Origins` of `{identity}` in http-client.env.json, \
                     or pass `--allow-origin {origin}`"
                )),
            Self::SecretNotAllowed { secret, origin } => Problem::new(ProblemKind::Input, sentence(self))
                .detail("A secret of yours goes only where you let it go, whatever a file says, and to this machine")
                .hint(match secret {
                    Guarded::Secret(name) => format!(
                        "If you trust it, pass `--allow-origin {origin}`, or allow it for good: \
                         `bearcat secret allow {name} {origin}`"
                    ),
                    Guarded::ProcessVariable(_) | Guarded::DotenvVariable(_) => {
                        format!("If you trust it, pass `--allow-origin {origin}`")
                    }
                }),
        }
    }
}

/// The error's text as a sentence.
fn sentence(error: &PlanError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}

fn unresolved_problem(unresolved: &[Unresolved]) -> Problem {
    let Some((first, others)) = unresolved.split_first() else {
        return Problem::new(ProblemKind::Input, "A placeholder cannot be filled");
    };
    let mut problem = first.problem.problem(Some(first.place.clone()));
    for other in others {
        let more = other.problem.problem(None);
        // Writing to a string cannot fail.
        let _ = write!(problem.detail, "\n{}: {}: {}", other.place, more.title, more.detail);
    }
    problem
}
