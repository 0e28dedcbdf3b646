//! What a rule recognised, before the table gives it its name.

use crate::model::finding::{Confidence, Finding, Framework, Remedy, Weight};

/// A recognised cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    title: String,
    evidence: Vec<String>,
    confidence: Confidence,
    weight: Weight,
    fix: Vec<String>,
    remedy: Option<Remedy>,
    sample: Option<Framework>,
}

impl Cause {
    fn new(confidence: Confidence, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            evidence: Vec::new(),
            confidence,
            weight: Weight::Refusal,
            fix: Vec::new(),
            remedy: None,
            sample: None,
        }
    }

    /// The evidence leaves no other cause. The title is one line without a full stop.
    pub fn certain(title: impl Into<String>) -> Self {
        Self::new(Confidence::Certain, title)
    }

    /// It fits best.
    pub fn likely(title: impl Into<String>) -> Self {
        Self::new(Confidence::Likely, title)
    }

    /// It fits, among other causes.
    pub fn possible(title: impl Into<String>) -> Self {
        Self::new(Confidence::Possible, title)
    }

    /// Another confidence.
    pub const fn sure(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// What shows it; an empty text adds nothing.
    pub fn because(mut self, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        if !evidence.is_empty() {
            self.evidence.push(evidence);
        }
        self
    }

    /// More of what shows it.
    pub fn because_all(self, evidence: impl IntoIterator<Item = String>) -> Self {
        evidence.into_iter().fold(self, Self::because)
    }

    /// What was asked for, or that nothing was.
    pub fn because_asked(self, what: &[String]) -> Self {
        self.because(if what.is_empty() {
            "nothing was asked for".to_owned()
        } else {
            format!("asked for: {}", what.join(", "))
        })
    }

    /// A step of what to do.
    pub fn fix(mut self, step: impl Into<String>) -> Self {
        self.fix.push(step.into());
        self
    }

    /// Several steps.
    pub fn fix_all<S: Into<String>>(self, steps: impl IntoIterator<Item = S>) -> Self {
        steps.into_iter().fold(self, Self::fix)
    }

    /// What bearcat itself can do.
    pub const fn offers(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Code that verifies a token helps; this framework's is shown first.
    pub const fn with_sample(mut self, first: Framework) -> Self {
        self.sample = Some(first);
        self
    }

    /// It passed, and should not have.
    pub const fn weakness(mut self) -> Self {
        self.weight = Weight::Weakness;
        self
    }

    /// It passed; this is only good to know.
    pub const fn notice(mut self) -> Self {
        self.weight = Weight::Notice;
        self
    }

    /// The finding of the rule with this name.
    pub(super) fn named(self, id: &'static str, rows: &'static [u8]) -> Finding {
        Finding {
            id,
            rows,
            weight: self.weight,
            title: self.title,
            evidence: self.evidence,
            confidence: self.confidence,
            fix: self.fix,
            remedy: self.remedy,
            sample: self.sample,
        }
    }
}
