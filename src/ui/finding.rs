//! A finding as lines: cause, evidence, numbered steps, and the key that bearcat itself offers.

use ratatui::text::Line;

use crate::keys::action::{Action, Context};
use crate::model::finding::{Confidence, Finding, Remedy, Weight};
use crate::ui::hints::key_in;
use crate::ui::text;
use crate::ui::theme::{Role, Theme};
use crate::ui::wrap::{blanks, labelled};

const EVIDENCE: &str = "evidence";
const FIX: &str = "what to do";

/// Columns of a label where there is room.
const LABEL: usize = 13;

/// Below this width labels stand above what they are of.
const ROOMY: usize = 60;

/// The word in front of the title: how sure, or that it is none of the refusal.
pub const fn label(finding: &Finding) -> &'static str {
    match finding.weight {
        Weight::Refusal => finding.confidence.as_str(),
        Weight::Weakness => "weakness",
        Weight::Notice => "to know",
    }
}

const fn role(finding: &Finding) -> Role {
    match (finding.weight, finding.confidence) {
        (Weight::Refusal, Confidence::Certain) => Role::Bad,
        (Weight::Notice, _) | (Weight::Refusal, Confidence::Possible) => Role::Dim,
        _ => Role::Warn,
    }
}

/// All of it.
pub fn lines(theme: &Theme, finding: &Finding, width: usize) -> Vec<Line<'static>> {
    let indent = if width < ROOMY { 2 } else { LABEL };
    let sign = format!("{} {}", text::WARN, label(finding));
    let strong = theme.style(Role::Strong);
    let mut lines = if width < ROOMY {
        let mut lines = vec![Line::from(theme.span(role(finding), sign))];
        lines.extend(labelled(Vec::new(), &finding.title, strong, indent, width));
        lines
    } else {
        labelled(vec![theme.span(role(finding), sign)], &finding.title, strong, indent, width)
    };
    // Several pieces of evidence, each of several lines, have to be told apart.
    let is_one = finding.evidence.len() == 1;
    let marked = |text: &String| if is_one { text.clone() } else { format!("· {text}") };
    let evidence: Vec<String> = finding.evidence.iter().map(marked).collect();
    lines.extend(section(theme, EVIDENCE, &evidence, indent, width));
    let is_one = finding.fix.len() == 1;
    let number = |(index, step): (usize, &String)| if is_one { step.clone() } else { format!("{}. {step}", index + 1) };
    let steps: Vec<String> = finding.fix.iter().enumerate().map(number).collect();
    lines.extend(section(theme, FIX, &steps, indent, width));
    if let Some((key, does)) = remedy(finding.remedy) {
        let label = vec![blanks(indent), theme.span(Role::Key, key)];
        lines.extend(labelled(label, does, theme.style(Role::Plain), indent + key.len() + 1, width));
    }
    if finding.sample.is_some() {
        let key = key_in(Action::ShowSample, Context::Why);
        let label = vec![blanks(indent), theme.span(Role::Key, key)];
        lines.extend(labelled(
            label,
            "shows code that verifies a token",
            theme.style(Role::Plain),
            indent + key.len() + 1,
            width,
        ));
    }
    lines
}

fn section(theme: &Theme, label: &'static str, texts: &[String], indent: usize, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let is_narrow = width < ROOMY;
    if is_narrow && !texts.is_empty() {
        lines.push(Line::from(theme.span(Role::Dim, label)));
    }
    for (index, text) in texts.iter().enumerate() {
        let label = if index == 0 && !is_narrow { vec![theme.span(Role::Dim, label)] } else { Vec::new() };
        lines.extend(labelled(label, text, theme.style(Role::Plain), indent, width));
    }
    lines
}

/// What one key does about it.
fn remedy(remedy: Option<Remedy>) -> Option<(&'static str, &'static str)> {
    let key = |action| key_in(action, Context::Why);
    match remedy? {
        Remedy::CookieMode => Some((key(Action::CookieMode), "sends the tokens as the Kinde SDK's cookies")),
        Remedy::SignIn => Some((key(Action::Login), "signs in")),
        Remedy::Refresh => Some((key(Action::RefreshSession), "refreshes the session")),
        Remedy::SendAccessToken => None,
    }
}
