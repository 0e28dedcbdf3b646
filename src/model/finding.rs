//! Findings: one diagnosed cause each, as screens, `bearcat send` and `--json` show them.
//!
//! Made by `diagnose`; here, because problems of a sign-in carry them too.

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

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Why it was refused.
    Refusal,
    /// It passed, and should not have.
    Weakness,
    /// It passed; something is missing or odd that will matter.
    Notice,
}

impl Weight {
    /// `refusal`, `weakness`, `notice`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refusal => "refusal",
            Self::Weakness => "weakness",
            Self::Notice => "notice",
        }
    }
}

/// One diagnosed cause. Texts hold no token and no secret; those that repeat a server's words are hostile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable id: `nextjs-cookies-only`.
    pub id: &'static str,
    /// The rows of kinde.md section 9 that it knows; empty: general knowledge.
    pub rows: &'static [u8],
    /// What it is about.
    pub weight: Weight,
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
    /// Code that verifies a bearer token is of use; the framework that fits best, if that can be told.
    pub sample: Option<Framework>,
}

/// What bearcat itself can do about it with one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Send the SDK's session cookies instead of the bearer header (`c`).
    CookieMode,
    /// Sign in (`l`).
    SignIn,
    /// Refresh the session (`r`).
    Refresh,
    /// Send the access token instead of the ID token.
    SendAccessToken,
}

/// A framework that there is a code sample for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Framework {
    /// A route handler of Next.js, with `jose`.
    NextJs,
    /// A middleware of Express, with `jose`.
    Express,
    /// A dependency of FastAPI, with PyJWT.
    FastApi,
    /// The JwtBearer handler of ASP.NET Core.
    AspNet,
}

impl Framework {
    /// In the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::NextJs, Self::Express, Self::FastApi, Self::AspNet];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NextJs => "Next.js",
            Self::Express => "Express",
            Self::FastApi => "FastAPI",
            Self::AspNet => "ASP.NET",
        }
    }

    /// For `--json`: `nextjs`, `express`, `fastapi`, `aspnet`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::NextJs => "nextjs",
            Self::Express => "express",
            Self::FastApi => "fastapi",
            Self::AspNet => "aspnet",
        }
    }

    /// The next one, from the last to the first.
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|known| *known == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}
