//! One diagnosed cause of a refusal, as screens and `--json` show it.

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It fits, among other causes.
    Possible,
    /// It fits best.
    Likely,
    /// The evidence leaves no other cause.
    Certain,
}

impl Confidence {
    /// `possible`, `likely`, `certain`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// One diagnosed cause. Texts hold no token and no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable id: `nextjs-cookies-only`.
    pub id: &'static str,
    /// The row of kinde.md section 9 that it knows, if any.
    pub row: Option<u8>,
    /// The cause in one line.
    pub title: String,
    /// What shows it: the header, the claim, the check, the redirect.
    pub evidence: Vec<String>,
    /// How sure.
    pub confidence: Confidence,
    /// What to do, in steps.
    pub fix: Vec<String>,
    /// What bearcat itself can do about it with one key.
    pub remedy: Option<Remedy>,
}

/// What bearcat itself can do about it with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Send the SDK's session cookies instead of the bearer header (`c`).
    CookieMode,
    /// Sign in (`l`).
    SignIn,
    /// Send the access token instead of the ID token.
    SendAccessToken,
}
