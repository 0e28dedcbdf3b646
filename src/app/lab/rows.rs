//! The rows of the lab, from top to bottom: what it is and whether it holds, its size, what differs, what the provider
//! says, every claim, every check.

use crate::app::lab::{LabLayer, LabSource, LabToken, Live, ReplacedToken, Verification};
use crate::app::session::SessionState;
use crate::app::state::AppState;
use crate::model::session::TokenKind;
use crate::model::time::Timestamp;
use crate::model::verdict::{Outcome, Standing, Verdict};
use crate::token::compare::{self, ClaimChange};
use crate::token::describe;
use crate::token::explain::{Fact, facts, header_facts};
use crate::token::inspect::TokenForm;
use crate::token::live::{self, Agreement};
use crate::token::size::{self, COOKIE_PART, Fit};

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabRow {
    /// What it is about; of a title the whole.
    pub label: String,
    /// What there is to say.
    pub value: String,
    /// What that means, in less important words.
    pub about: String,
    /// Good or bad.
    pub tone: RowTone,
    /// What `y` copies.
    pub copies: Option<Copied>,
}

/// What a row copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// This text.
    Text(String),
    /// The value of this claim.
    Claim(String),
    /// The value of this member of the header.
    Header(String),
}

/// How a row looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowTone {
    /// The heading of a section.
    Title,
    /// Plain.
    Plain,
    /// Less important.
    Dim,
    /// It holds, it agrees.
    Good,
    /// To know.
    Warn,
    /// It does not hold.
    Bad,
}

impl LabRow {
    fn title(label: impl Into<String>) -> Self {
        Self { label: label.into(), value: String::new(), about: String::new(), tone: RowTone::Title, copies: None }
    }

    fn new(tone: RowTone, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), about: String::new(), tone, copies: None }
    }

    fn copying(self, copied: Copied) -> Self {
        Self { copies: Some(copied), ..self }
    }
}

impl LabLayer {
    /// The rows as they show now.
    pub fn rows(&self, state: &AppState) -> Vec<LabRow> {
        let Some(token) = self.shown() else { return Vec::new() };
        let now = state.now;
        let mut rows = Vec::new();
        self.standing(token, now, &mut rows);
        self.compared(token, now, &mut rows);
        self.live(token, state, &mut rows);
        refreshed(token, state, &mut rows);
        sizes(token, &mut rows);
        let inspection = &token.inspected.inspection;
        explained("Claims", &facts(inspection, now), Copied::Claim, &mut rows);
        explained("Header", &header_facts(inspection), Copied::Header, &mut rows);
        if let Some(verdict) = self.verdict() {
            checks(verdict, &mut rows);
        }
        rows
    }

    /// What it is, whether it holds, how old it is.
    fn standing(&self, token: &LabToken, now: Timestamp, rows: &mut Vec<LabRow>) {
        let inspection = &token.inspected.inspection;
        let many =
            if self.tokens.len() > 1 { format!(", {} of {}", self.at + 1, self.tokens.len()) } else { String::new() };
        rows.push(LabRow::title(format!("{}{many}: {}", token.source.words(), inspection.token_use().with_article())));
        match &inspection.form {
            TokenForm::Jwt => {}
            TokenForm::Jwe => {
                rows.push(LabRow::new(RowTone::Warn, "encrypted", "a JWE: only its recipient can read it"));
            }
            TokenForm::Opaque => {
                let words = "not a JWT: an API key, or a token that only its issuer can read";
                rows.push(LabRow::new(RowTone::Warn, "opaque", words));
            }
            TokenForm::Broken(why) => rows.push(LabRow::new(RowTone::Bad, "broken", why.clone())),
        }
        rows.push(self.verified(token));
        if let Some(verdict) = self.verdict() {
            let failed =
                verdict.failures().map(|check| LabRow::new(RowTone::Bad, check.id.label(), check.reason.clone()));
            rows.extend(failed);
        }
        rows.extend(age(token, now));
        rows.extend(inspection.notes.iter().map(|note| LabRow::new(RowTone::Warn, "note", note.clone())));
        let print = format!("SHA-256 {}", inspection.fingerprint);
        rows.push(
            LabRow::new(RowTone::Dim, "fingerprint", print).copying(Copied::Text(inspection.fingerprint.clone())),
        );
    }

    fn verified(&self, token: &LabToken) -> LabRow {
        let against = match &self.verification {
            Verification::Running { issuer, .. } => {
                return LabRow::new(RowTone::Dim, "verifying", format!("fetching the keys of {issuer}"));
            }
            Verification::Failed(problem) => {
                let words = if problem.detail.is_empty() {
                    problem.title.clone()
                } else {
                    format!("{}: {}", problem.title, problem.detail)
                };
                return LabRow { about: problem.hint.clone(), ..LabRow::new(RowTone::Bad, "not verified", words) };
            }
            Verification::Done { issuer, .. } => format!("against {issuer}"),
            Verification::NotAsked => match token.source {
                LabSource::Session(..) => "against the identity's issuer".to_owned(),
                LabSource::Pasted(_) | LabSource::Response(_) => String::new(),
            },
        };
        match self.verdict().map(Verdict::standing) {
            Some(Standing::Verified) => LabRow::new(RowTone::Good, "verified", format!("every check holds, {against}")),
            Some(Standing::Rejected) => LabRow::new(RowTone::Bad, "rejected", against),
            Some(Standing::Unverified) => LabRow::new(RowTone::Warn, "not verified", against),
            None => {
                let issuer = token.inspected.inspection.issuer();
                let says = issuer.map_or_else(String::new, |issuer| format!("; it says that it comes from {issuer}"));
                LabRow::new(RowTone::Warn, "decoded", format!("not verified{says}"))
            }
        }
    }

    /// What differs from the marked token.
    fn compared(&self, token: &LabToken, now: Timestamp, rows: &mut Vec<LabRow>) {
        let Some(marked) = &self.marked else { return };
        if marked.is_same(token) {
            rows.push(LabRow::title("Marked: show another token to compare it with this one"));
            return;
        }
        rows.push(LabRow::title(format!("Compared with the {}", marked.source.words())));
        let (old, new) = (&marked.inspected.inspection.claims, &token.inspected.inspection.claims);
        match (old, new) {
            (Some(old), Some(new)) => rows.extend(changes(&compare::compare(old, new), now)),
            _ => rows.push(LabRow::new(RowTone::Warn, "claims", "at least one of the two has none that can be read")),
        }
    }

    /// Token and provider side by side.
    fn live(&self, token: &LabToken, state: &AppState, rows: &mut Vec<LabRow>) {
        match &self.live {
            Live::NotAsked => {}
            Live::Asking(_) => rows.push(LabRow::title("Asking the provider what it says now")),
            Live::Failed(problem) => {
                rows.push(LabRow::title("What the provider says now"));
                let row = LabRow::new(RowTone::Bad, "not asked", problem.title.clone());
                rows.push(LabRow { about: problem.hint.clone(), ..row });
            }
            Live::Done(truth) => {
                rows.push(LabRow::title(format!("What the provider says now ({})", describe::moment(truth.at))));
                // The lists are those of the access token, whichever token of the session shows; the person is in both.
                let view = token.identity().and_then(|name| state.sessions.get(name)).and_then(SessionState::view);
                let access = view.map_or(&token.inspected.kinde, |view| &view.access.kinde);
                let id = view.and_then(|view| view.id.as_ref()).and_then(|id| id.inspection.claims.as_ref());
                let person: Vec<_> = token.inspected.inspection.claims.iter().chain(id).collect();
                let compared = live::compare(access, &person, truth);
                rows.extend(compared.iter().map(|row| {
                    let (tone, value) = match row.agreement {
                        Agreement::Same => (RowTone::Good, row.provider.clone()),
                        Agreement::Differs => {
                            (RowTone::Bad, format!("token says {} · provider says {}", row.token, row.provider))
                        }
                        Agreement::NotInToken => (RowTone::Plain, format!("{} (not in the token)", row.provider)),
                        Agreement::NoAnswer => (RowTone::Warn, row.provider.clone()),
                    };
                    LabRow::new(tone, row.what.clone(), value)
                }));
                rows.extend(truth.note.iter().map(|note| LabRow::new(RowTone::Warn, "note", note.clone())));
                if live::is_stale(&compared) {
                    let words = "the token is older than a change: renew its claims, or sign in again";
                    rows.push(LabRow::new(RowTone::Warn, "what to do", words));
                }
            }
        }
    }
}

/// Since when and until when.
fn age(token: &LabToken, now: Timestamp) -> Option<LabRow> {
    let inspection = &token.inspected.inspection;
    let issued = inspection.issued_at().map(|at| format!("made {}", describe::relative(at, now)));
    let life = inspection.issued_at().zip(inspection.expires_at());
    let life = life.map(|(from, to)| format!("a life of {}", describe::length(to.since(from))));
    let (tone, left) = match inspection.expires_at() {
        Some(at) if at <= now => (RowTone::Bad, format!("expired {}", describe::relative(at, now))),
        Some(at) => (RowTone::Plain, format!("{} left", describe::length(at.since(now)))),
        None if inspection.claims.is_some() => (RowTone::Warn, "does not say when it ends".to_owned()),
        None => return None,
    };
    let parts: Vec<String> = std::iter::once(left).chain(issued).chain(life).collect();
    Some(LabRow::new(tone, "age", parts.join(", ")))
}

/// Bytes, cookies, and the limits of servers.
fn sizes(token: &LabToken, rows: &mut Vec<LabRow>) {
    let sizes = size::of(token.inspected.inspection.size, token.beside);
    rows.push(LabRow::title("Size"));
    let tone = |fit: Fit| if fit == Fit::Everywhere { RowTone::Plain } else { RowTone::Warn };
    rows.push(LabRow::new(RowTone::Plain, "token", format!("{} bytes", sizes.token)));
    let bearer = format!("{} bytes: {}", sizes.bearer_header, sizes.bearer_fit().words());
    rows.push(LabRow::new(tone(sizes.bearer_fit()), "bearer header", bearer));
    let with = if token.beside.is_some() { " with the ID token" } else { "" };
    let cookies = format!(
        "{} of at most {COOKIE_PART} characters{with}; the header has {} bytes: {}",
        sizes.cookies(),
        sizes.cookie_header,
        sizes.cookie_fit().words()
    );
    rows.push(LabRow::new(tone(sizes.cookie_fit()), "SDK cookies", cookies));
}

/// What the last refresh changed.
fn refreshed(token: &LabToken, state: &AppState, rows: &mut Vec<LabRow>) {
    let LabSource::Session(name, TokenKind::Access) = &token.source else { return };
    let Some(ReplacedToken { inspection, at }) = state.replaced.get(name) else { return };
    let (Some(old), Some(new)) = (&inspection.claims, &token.inspected.inspection.claims) else { return };
    rows.push(LabRow::title(format!("Changed at the last refresh ({})", describe::moment(*at))));
    rows.extend(changes(&compare::compare(old, new), state.now));
}

/// Changes of claims as rows: what says something, then the rest by name.
pub fn changes(changes: &[ClaimChange], now: Timestamp) -> Vec<LabRow> {
    let mut rows: Vec<LabRow> = changes
        .iter()
        .filter(|change| !change.is_routine())
        .map(|change| {
            let (sign, tone) = match change.kind() {
                "added" => ("+", RowTone::Good),
                "removed" => ("-", RowTone::Bad),
                _ => ("~", RowTone::Warn),
            };
            let words = change.words(now);
            LabRow::new(tone, format!("{sign} {}", change.name), words.clone()).copying(Copied::Text(words))
        })
        .collect();
    if rows.is_empty() {
        rows.push(LabRow::new(RowTone::Plain, "nothing", "no claim that says something differs"));
    }
    let routine: Vec<&str> =
        changes.iter().filter(|change| change.is_routine()).map(|change| change.name.as_str()).collect();
    if !routine.is_empty() {
        rows.push(LabRow::new(RowTone::Dim, "as always", routine.join(", ")));
    }
    rows
}

fn explained(title: &str, facts: &[Fact], copied: fn(String) -> Copied, rows: &mut Vec<LabRow>) {
    if facts.is_empty() {
        return;
    }
    rows.push(LabRow::title(title));
    rows.extend(facts.iter().map(|fact| {
        let tone = if fact.surprises { RowTone::Warn } else { RowTone::Plain };
        let row = LabRow::new(tone, fact.claim.clone(), fact.value.clone()).copying(copied(fact.name.clone()));
        LabRow { about: fact.meaning.to_owned(), ..row }
    }));
}

fn checks(verdict: &Verdict, rows: &mut Vec<LabRow>) {
    rows.push(LabRow::title("Every check"));
    rows.extend(verdict.checks.iter().map(|check| {
        let (sign, tone) = match check.outcome {
            Outcome::Pass => ("✔", RowTone::Good),
            Outcome::Fail => ("✘", RowTone::Bad),
            Outcome::Warn => ("!", RowTone::Warn),
            Outcome::Skipped => ("–", RowTone::Dim),
        };
        LabRow::new(tone, format!("{sign} {}", check.id.label()), check.reason.clone())
    }));
}
