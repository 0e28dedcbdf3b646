//! What the answers to the probes prove, by comparison with those to the good token, to none, and to garbage.
//!
//! A route that refuses everything, or lets everybody in, proves nothing and is judged so; nothing is called a weakness
//! that was not seen to be accepted.

use std::collections::BTreeMap;

use crate::diagnose::probe::{Observed, Probe, Weakness};
use crate::model::finding::Confidence;

/// What came of sending one token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// An answer.
    Answer(Observed),
    /// It was not sent, and why.
    Skipped(String),
    /// No answer came, and why.
    Failed(String),
}

impl Sent {
    const fn answer(&self) -> Option<&Observed> {
        match self {
            Self::Answer(observed) => Some(observed),
            _ => None,
        }
    }
}

/// The requests that all others are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controls {
    /// With the good token.
    pub good: Sent,
    /// Without any.
    pub none: Sent,
    /// With the good token once more, at the end; `None`: it was cancelled before.
    pub again: Option<Sent>,
}

/// How a probe ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As the good token.
    Accepted,
    /// As a bad token should.
    Refused,
    /// Neither can be said, and why.
    Unclear(String),
    /// It was not sent, and why.
    NotSent(String),
}

impl Outcome {
    /// In a word.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Unclear(_) => "unclear",
            Self::NotSent(_) => "not sent",
        }
    }
}

/// One probe and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRow {
    /// Which.
    pub probe: Probe,
    /// The answer, in a few words.
    pub answer: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
}

/// What kind of route it is, as far as tokens go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// It tells good tokens from garbage.
    Telling,
    /// It answers everybody.
    Public,
    /// The token makes no difference: cookies only, or something else refuses first.
    NotLookedAt,
    /// The good token is refused as garbage is.
    RefusesGood,
    /// No answer to the good token.
    NoAnswer(String),
}

/// How bad a judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good, or only to know.
    None,
    /// A habit to drop.
    Low,
    /// Somebody who should not may get in.
    Medium,
    /// Tokens pass that should not.
    High,
    /// Anybody can make a token that passes.
    Critical,
}

impl Severity {
    /// `critical`, `high`, `medium`, `low`, `none`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One thing that the probes prove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeJudgement {
    /// A stable id.
    pub id: &'static str,
    /// In one line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What shows it.
    pub evidence: Vec<String>,
    /// What to do.
    pub fix: Vec<String>,
}

/// What is known of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteReport {
    /// What kind of route.
    pub setting: Setting,
    /// The answers to the controls: good token, no token, good token again.
    pub controls: Vec<(&'static str, String)>,
    /// The probes, in order.
    pub rows: Vec<ProbeRow>,
    /// What they prove, the worst first.
    pub judgements: Vec<ProbeJudgement>,
}

impl RouteReport {
    /// Was a weakness found?
    pub fn is_weak(&self) -> bool {
        self.judgements.iter().any(|judgement| judgement.severity > Severity::None)
    }
}

/// Judges the answers.
pub fn judge(controls: &Controls, sent: &[(Probe, Sent)]) -> RouteReport {
    let garbage = sent.iter().find(|(probe, _)| *probe == Probe::NotAJwt).and_then(|(_, sent)| sent.answer());
    let comparison = Comparison { good: controls.good.answer(), none: controls.none.answer(), garbage };
    let setting = comparison.setting(&controls.good);
    let rows: Vec<ProbeRow> = sent
        .iter()
        .map(|(probe, sent)| ProbeRow {
            probe: *probe,
            answer: sent.answer().map(Observed::label),
            outcome: comparison.outcome(&setting, sent),
        })
        .collect();
    let mut judgements = weaknesses(&rows, controls);
    let is_steady = is_steady(controls);
    if judgements.is_empty() {
        judgements.push(match inconclusive(&setting, &comparison, is_steady) {
            Some(judgement) => judgement,
            None => verifies(&rows, &comparison),
        });
    }
    judgements.extend(crashes(&rows));
    judgements.sort_by_key(|judgement| std::cmp::Reverse(judgement.severity));
    RouteReport { setting, controls: labels(controls), rows, judgements }
}

/// Did the good token get the same at the end as at the beginning?
fn is_steady(controls: &Controls) -> bool {
    match (controls.good.answer(), controls.again.as_ref()) {
        (Some(good), Some(Sent::Answer(again))) => good.status == again.status && good.is_refusal == again.is_refusal,
        (_, None) => true,
        _ => false,
    }
}

fn labels(controls: &Controls) -> Vec<(&'static str, String)> {
    let label = |sent: &Sent| match sent {
        Sent::Answer(observed) => observed.label(),
        Sent::Skipped(why) => format!("not sent: {why}"),
        Sent::Failed(why) => format!("no answer: {why}"),
    };
    let again = controls.again.as_ref().map(|again| ("the good token again", label(again)));
    [("the good token", label(&controls.good)), ("no token", label(&controls.none))].into_iter().chain(again).collect()
}

/// What answers are compared with.
struct Comparison<'a> {
    good: Option<&'a Observed>,
    none: Option<&'a Observed>,
    garbage: Option<&'a Observed>,
}

impl Comparison<'_> {
    fn setting(&self, good: &Sent) -> Setting {
        let observed = match (self.good, good) {
            (Some(observed), _) => observed,
            (None, Sent::Failed(why) | Sent::Skipped(why)) => return Setting::NoAnswer(why.clone()),
            (None, Sent::Answer(_)) => return Setting::NoAnswer(String::new()),
        };
        let as_none = self.none == Some(observed);
        // Without garbage to compare with, "none" is the measure.
        let as_garbage = self.garbage.map_or(as_none, |garbage| garbage == observed);
        match (as_garbage, as_none) {
            (true, true) if observed.is_refusal => Setting::NotLookedAt,
            (true, true) => Setting::Public,
            (true, false) if observed.is_refusal => Setting::RefusesGood,
            _ => Setting::Telling,
        }
    }

    fn outcome(&self, setting: &Setting, sent: &Sent) -> Outcome {
        let (observed, good) = match (sent, self.good) {
            (Sent::Skipped(why), _) => return Outcome::NotSent(why.clone()),
            (Sent::Failed(why), _) => return Outcome::Unclear(why.clone()),
            (Sent::Answer(_), None) => return Outcome::Unclear("There is nothing to compare it with".to_owned()),
            (Sent::Answer(observed), Some(good)) => (observed, good),
        };
        match setting {
            Setting::Public => Outcome::Unclear("Everybody gets this answer".to_owned()),
            // Only what gets more than the good token tells something here.
            Setting::NotLookedAt | Setting::RefusesGood if observed.is_success() => Outcome::Accepted,
            Setting::NotLookedAt | Setting::RefusesGood => Outcome::Refused,
            Setting::NoAnswer(_) => Outcome::Unclear("There is nothing to compare it with".to_owned()),
            Setting::Telling => self.told(observed, good),
        }
    }

    /// The outcome at a route that tells good tokens from garbage (or from none).
    fn told(&self, observed: &Observed, good: &Observed) -> Outcome {
        let is_like = |other: Option<&Observed>| other.is_some_and(|other| other == observed);
        if observed == good {
            // A lenient route may take a bad token for none.
            return if is_like(self.none) {
                Outcome::Unclear("Requests without a token get the same answer".to_owned())
            } else {
                Outcome::Accepted
            };
        }
        let is_refused = is_like(self.none) || is_like(self.garbage.filter(|garbage| *garbage != good));
        if observed.status == 429 {
            Outcome::Unclear("The API asks for fewer requests (429)".to_owned())
        } else if is_refused || observed.is_refusal || observed.status == 400 {
            Outcome::Refused
        } else if observed.status >= 500 {
            Outcome::Unclear(format!("The API failed ({})", observed.status))
        } else if good.is_success() && observed.is_success() {
            Outcome::Accepted
        } else {
            Outcome::Unclear(format!("{} is the answer neither to a good token nor to a bad one", observed.label()))
        }
    }
}

/// The weaknesses that were seen. Where signatures are not verified at all, what follows from that is not told again.
fn weaknesses(rows: &[ProbeRow], controls: &Controls) -> Vec<ProbeJudgement> {
    let mut accepted: BTreeMap<Weakness, Vec<&ProbeRow>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.outcome == Outcome::Accepted) {
        if let Some(weakness) = row.probe.weakness() {
            accepted.entry(weakness).or_default().push(row);
        }
    }
    if accepted.contains_key(&Weakness::AcceptsAnything) {
        accepted.retain(|weakness, _| *weakness == Weakness::AcceptsAnything);
    }
    if accepted.contains_key(&Weakness::AcceptsForged) {
        let follows = [
            Weakness::AcceptsAlgNone,
            Weakness::AcceptsPublicKey,
            Weakness::AcceptsEmbeddedKey,
            Weakness::VerifiesWithClientSecret,
        ];
        accepted.retain(|weakness, _| !follows.contains(weakness));
    }
    accepted
        .into_iter()
        .map(|(weakness, rows)| {
            let mut judgement = told(weakness);
            let answer = |row: &&ProbeRow| row.answer.clone().unwrap_or_default();
            judgement.evidence = rows.iter().map(|row| format!("{}: {}", row.probe.title(), answer(row))).collect();
            judgement.evidence.extend(labels(controls).into_iter().take(2).map(|(what, got)| format!("{what}: {got}")));
            judgement
        })
        .collect()
}

/// A weakness in words.
fn told(weakness: Weakness) -> ProbeJudgement {
    let (id, title, severity, confidence, fix): (_, _, _, _, &[&str]) = match weakness {
        Weakness::AcceptsAnything => (
            "accepts-anything",
            "Any token passes, even garbage: the route only looks whether there is one",
            Severity::Critical,
            Confidence::Certain,
            &["Verify the token as a JWT: signature by the issuer's key set, `iss`, `aud`, `exp`"],
        ),
        Weakness::AcceptsForged => (
            "accepts-forged",
            "The signature is not verified: anybody can write a token that passes",
            Severity::Critical,
            Confidence::Certain,
            &[
                "Verify, do not only decode: with the issuer's key set (`jwks_uri`), RS256 only",
                "Kinde's Next.js SDK verifies signatures since version 2.5",
            ],
        ),
        Weakness::AcceptsAlgNone => (
            "accepts-alg-none",
            "A token without a signature (`alg: none`) passes: anybody can write one",
            Severity::Critical,
            Confidence::Certain,
            &["Name the algorithms that may be used (RS256); never let the token choose"],
        ),
        Weakness::AcceptsPublicKey => (
            "accepts-public-key-as-secret",
            "A token signed with the public key as a shared secret (HS256) passes: anybody has that key",
            Severity::Critical,
            Confidence::Certain,
            &["Name the algorithms that may be used (RS256); with a public key never an HMAC"],
        ),
        Weakness::AcceptsEmbeddedKey => (
            "accepts-embedded-key",
            "The key in the token's own header is believed: anybody can bring one",
            Severity::Critical,
            Confidence::Certain,
            &["Take keys from the issuer's key set only; ignore `jwk` and `jku` of a token"],
        ),
        Weakness::VerifiesWithClientSecret => (
            "verifies-with-client-secret",
            "The API verifies with the client secret (HS256), with which the provider signs nothing",
            Severity::High,
            Confidence::Certain,
            &[
                "Verify RS256 with the issuer's key set (`jwks_uri`) instead",
                "Whoever knows the client secret can write a token that passes",
            ],
        ),
        Weakness::AcceptsExpired => (
            "accepts-expired",
            "An expired token passes",
            Severity::High,
            Confidence::Certain,
            &["Check `exp`: `@kinde/jwt-validator` and `protectRoute` look at the signature only"],
        ),
        Weakness::IgnoresIssuer => (
            "ignores-issuer",
            "The issuer is not looked at",
            Severity::High,
            Confidence::Likely,
            &["Check that `iss` is your issuer, character by character", "Unless the API is meant for both issuers"],
        ),
        Weakness::IgnoresAudience => (
            "ignores-audience",
            "The audience is not looked at: a token for another API passes",
            Severity::Medium,
            Confidence::Likely,
            &["Check that `aud` holds the identifier of this API", "Unless the API is meant for both audiences"],
        ),
        Weakness::AcceptsIdToken => (
            "accepts-id-token",
            "The ID token passes in place of the access token",
            Severity::Medium,
            Confidence::Certain,
            &["Check `aud`: that of an ID token is the client, not this API"],
        ),
        Weakness::AcceptsNotYetValid => (
            "accepts-not-yet-valid",
            "A token that is not valid yet passes",
            Severity::Low,
            Confidence::Certain,
            &["Check `nbf` where there is one"],
        ),
        Weakness::AcceptsQueryToken => (
            "accepts-query-token",
            "The token passes in the URL, which ends up in logs and histories",
            Severity::Low,
            Confidence::Certain,
            &["Take tokens from the `Authorization` header only (RFC 9700 section 4.3.2)"],
        ),
    };
    let fix = fix.iter().map(ToString::to_string).collect();
    ProbeJudgement { id, title: title.to_owned(), severity, confidence, evidence: Vec::new(), fix }
}

/// Why nothing can be said, if so.
fn inconclusive(setting: &Setting, comparison: &Comparison<'_>, is_steady: bool) -> Option<ProbeJudgement> {
    let good = comparison.good.map(Observed::label).unwrap_or_default();
    let (id, title, evidence, fix): (_, _, _, &[&str]) = match setting {
        Setting::Public => (
            "public",
            "The route answers everybody: there is no token to verify",
            format!("With the good token, with garbage and without any: {good}"),
            &[],
        ),
        Setting::NotLookedAt => (
            "not-looked-at",
            "The token makes no difference: nothing can be told",
            format!("With the good token, with garbage and without any: {good}"),
            &[
                "A middleware that reads cookies only (Kinde's Next.js SDK) answers so: probe with `# @auth … cookie`",
                "Or something else is refused before the token is looked at",
            ],
        ),
        Setting::RefusesGood => (
            "refuses-good",
            "The good token is refused as garbage is: nothing can be told",
            format!("With the good token and with garbage: {good}"),
            &["Find out first why the good token is refused: send the request, and look at the findings"],
        ),
        Setting::NoAnswer(why) => ("no-answer", "The good token got no answer", why.clone(), &[]),
        Setting::Telling if !is_steady => (
            "unsteady",
            "The good token got another answer at the end: nothing can be told",
            format!("At the beginning: {good}"),
            &["The API may limit how many requests it takes: try again later, or with `--only`"],
        ),
        Setting::Telling => return None,
    };
    Some(ProbeJudgement {
        id,
        title: title.to_owned(),
        severity: Severity::None,
        confidence: Confidence::Certain,
        evidence: vec![evidence],
        fix: fix.iter().map(ToString::to_string).collect(),
    })
}

/// Nothing bad was seen at a route that tells good tokens from bad ones: what that proves, and what it does not.
fn verifies(rows: &[ProbeRow], comparison: &Comparison<'_>) -> ProbeJudgement {
    let refused = |probe: Probe| rows.iter().any(|row| row.probe == probe && row.outcome == Outcome::Refused);
    let signature =
        refused(Probe::TamperedSignature) && (refused(Probe::ForeignKey) || refused(Probe::TamperedPayload));
    let mut evidence = vec![format!("The good token: {}", comparison.good.map(Observed::label).unwrap_or_default())];
    let count = rows.iter().filter(|row| row.probe.is_forged() && row.outcome == Outcome::Refused).count();
    evidence.push(format!("{count} forged tokens were refused"));
    let genuine = [
        (Probe::Expired, "expiry: no expired token is at hand (`BEARCAT_EXPIRED_TOKEN`)"),
        (Probe::OtherAudience, "audience: no other session of this issuer has a token without it"),
        (Probe::OtherIssuer, "issuer: no session of another issuer is at hand"),
        (Probe::IdToken, "ID tokens: the session has none"),
    ];
    for (probe, missing) in genuine {
        if refused(probe) {
            evidence.push(format!("{} was refused", probe.title()));
        } else {
            evidence.push(format!("not proven: {missing}"));
        }
    }
    let (id, title) = if signature {
        ("verifies-signature", "The signature is verified; no weakness was found")
    } else {
        ("not-proven", "No weakness was found, but not enough was sent to prove that the signature is verified")
    };
    ProbeJudgement {
        id,
        title: title.to_owned(),
        severity: Severity::None,
        confidence: Confidence::Certain,
        evidence,
        fix: Vec::new(),
    }
}

/// A bad token must be refused, not break something.
fn crashes(rows: &[ProbeRow]) -> Option<ProbeJudgement> {
    let failed: Vec<String> = rows
        .iter()
        .filter(|row| row.answer.as_ref().is_some_and(|answer| answer.starts_with('5')))
        .map(|row| format!("{}: {}", row.probe.title(), row.answer.clone().unwrap_or_default()))
        .collect();
    (!failed.is_empty()).then(|| ProbeJudgement {
        id: "fails-on-bad-token",
        title: "A bad token makes the API fail instead of being refused".to_owned(),
        severity: Severity::Low,
        confidence: Confidence::Certain,
        evidence: failed,
        fix: vec!["Catch what verifying throws, and answer 401".to_owned()],
    })
}
