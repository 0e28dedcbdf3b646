//! What has to happen before a request can be sent: other requests whose responses it refers to, and prompts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Answer, Asked, FieldValue, PromptQuestion, Run};
use crate::app::msg::PromptDefault;
use crate::collection::inspect::not_yet_sent;
use crate::http::plan::auth::effective_auth;
use crate::http::plan::error::PlanError;
use crate::model::identity::IdentityName;
use crate::model::problem::{Problem, ProblemKind};
use crate::model::request::{Prompt, RequestBlock};
use crate::redact::{self, SecretText};
use crate::shell::memory::ExchangeKey;
use crate::shell::secrets;
use crate::template::reference::Recorded;
use crate::template::{Filler, Unfilled};

/// Too many requests would have to be sent first.
pub(super) fn too_many() -> Problem {
    let most = super::MOST_FIRST;
    Problem::new(ProblemKind::Input, "This request needs too many others")
        .detail(format!("More than {most} requests would have to be sent before it"))
}

impl Run<'_> {
    /// Under which key an exchange of `block` is kept.
    pub(super) fn key(&self, block: &RequestBlock) -> Option<ExchangeKey> {
        Some(ExchangeKey {
            file: self.collection.path.clone(),
            request: block.name.clone()?,
            environment: self.order.environment.clone(),
            identity: self.sender(block),
        })
    }

    fn sender(&self, block: &RequestBlock) -> Option<IdentityName> {
        effective_auth(block, &self.order.chosen, None).map(|auth| auth.identity)
    }

    /// The exchanges that the request can refer to.
    pub(super) fn recorded(&self) -> Vec<(String, Arc<Recorded>)> {
        let names: BTreeSet<&str> = self.collection.requests.iter().filter_map(|block| block.name.as_deref()).collect();
        let of = |name: &str| {
            let block = self.collection.request_named(name)?;
            let recorded = self.memory().recorded(&self.key(block)?, self.collection)?;
            Some((name.to_owned(), recorded))
        };
        names.into_iter().filter_map(of).collect()
    }

    /// The requests that must be sent before this one, the first one first.
    ///
    /// # Errors
    /// When they need each other in a circle.
    pub(super) fn first(&self) -> Result<Vec<RequestBlock>, Problem> {
        let mut order = Vec::new();
        let mut open = vec![self.block.label().to_owned()];
        self.collect(&self.block, &mut open, &mut order)?;
        Ok(order)
    }

    fn collect(
        &self,
        block: &RequestBlock,
        open: &mut Vec<String>,
        order: &mut Vec<RequestBlock>,
    ) -> Result<(), Problem> {
        for name in self.not_yet_sent(block) {
            // A name that no request has is reported with its place when the request is planned.
            let Some(needed) = self.collection.request_named(&name) else { continue };
            if needed.id == block.id || open.contains(&name) {
                return Err(circle(open, &name));
            }
            if order.iter().any(|known| known.id == needed.id) {
                continue;
            }
            if order.len() >= super::MOST_FIRST {
                return Err(too_many());
            }
            open.push(name);
            self.collect(needed, open, order)?;
            open.pop();
            order.push(needed.clone());
        }
        Ok(())
    }

    /// The names of the requests whose responses `block` refers to and that were not sent.
    fn not_yet_sent(&self, block: &RequestBlock) -> Vec<String> {
        let run = Self { block: block.clone(), ..self.clone() };
        let asked = Asked::default();
        let Err(PlanError::Unresolved(unresolved)) = run.try_plan(&BTreeMap::new(), &asked, &asked) else {
            return Vec::new();
        };
        let mut names: Vec<String> = Vec::new();
        for name in unresolved.iter().filter_map(|unresolved| not_yet_sent(&unresolved.problem.why)) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// Nothing is sent before a request that cannot be sent in any case: what is wrong besides the responses to come.
    pub(super) async fn check_rest(&self) -> Result<(), Problem> {
        let (_, names) = self.asked_for();
        let secrets = secrets::read(&self.services.vault, names, self.environment()).await?;
        let secrets: BTreeMap<String, SecretText> =
            secrets.into_iter().map(|(name, secret)| (name, secret.value)).collect();
        let asked = Asked::default();
        let Err(PlanError::Unresolved(mut unresolved)) = self.try_plan(&BTreeMap::new(), &asked, &secrets) else {
            return Ok(());
        };
        // What they capture is there as soon as they are sent.
        let first = self.first()?;
        let captures = first.iter().flat_map(|block| &block.directives.captures);
        let captures: BTreeSet<&str> = captures.map(|capture| capture.name.as_str()).collect();
        unresolved.retain(|one| {
            let is_captured = unknown(&one.problem.name, &one.problem.why).is_some_and(|name| captures.contains(name));
            not_yet_sent(&one.problem.why).is_none() && !is_captured
        });
        if unresolved.is_empty() { Ok(()) } else { Err(PlanError::Unresolved(unresolved).problem()) }
    }

    /// The prompts of the request and of those before it that have no answer yet.
    pub(super) fn questions(&self) -> Result<Vec<PromptQuestion>, Problem> {
        let mut questions: Vec<PromptQuestion> = Vec::new();
        let mut remembered = None;
        for block in self.first()?.iter().chain([&self.block]) {
            for prompt in &block.directives.prompts {
                let is_given = self.order.variables.iter().any(|(name, _)| *name == prompt.name)
                    || self.order.answers.iter().any(|answer| answer.name == prompt.name)
                    || questions.iter().any(|question| question.prompt.name == prompt.name);
                if is_given {
                    continue;
                }
                // A batch asks nobody: what was typed once for one request is not meant for all.
                let last_answers = || match self.order.batch {
                    Some(_) => BTreeMap::default(),
                    None => self.services.remembered.answers(&self.workspace.root),
                };
                let answers = remembered.get_or_insert_with(last_answers);
                let last = answers.get(&prompt.name).filter(|_| !prompt.is_secret()).cloned();
                let default = last.map_or_else(|| self.default_of(prompt), PromptDefault::Shown);
                if self.order.batch.is_some() && default != PromptDefault::None {
                    continue;
                }
                questions.push(PromptQuestion { prompt: prompt.clone(), request: block.label().to_owned(), default });
            }
        }
        Ok(questions)
    }

    /// The value that the variable has without an answer.
    fn default_of(&self, prompt: &Prompt) -> PromptDefault {
        let asked = Asked::default();
        let scope = self.scope(&asked, &asked);
        let filled = Filler::new(&scope).fill_text(&format!("{{{{{}}}}}", prompt.name));
        if !filled.problems.is_empty() || filled.text.is_empty() {
            PromptDefault::None
        } else if filled.secret || prompt.is_secret() {
            PromptDefault::Hidden
        } else {
            PromptDefault::Shown(filled.text)
        }
    }

    /// Keeps the answers that are no secrets for the next time.
    pub(super) fn remember_answers(&self) {
        let plain = |answer: &Answer| match &answer.value {
            Some(FieldValue::Plain(text)) if !redact::looks_secret(text) => Some((answer.name.clone(), text.clone())),
            _ => None,
        };
        let answers: Vec<(String, String)> = self.order.answers.iter().filter_map(plain).collect();
        let answers = answers.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        self.services.remembered.set_answers(&self.workspace.root, answers);
    }
}

/// The variable that is not defined, if that is what is missing.
fn unknown<'a>(mut name: &'a str, mut why: &'a Unfilled) -> Option<&'a str> {
    while let Unfilled::Inside { name: inner_name, why: inner } = why {
        (name, why) = (inner_name, inner);
    }
    matches!(why, Unfilled::Unknown { .. }).then_some(name)
}

fn circle(open: &[String], name: &str) -> Problem {
    let start = open.iter().position(|known| known == name).unwrap_or(0);
    let names: Vec<String> = open[start..].iter().chain([&name.to_owned()]).map(|name| format!("`{name}`")).collect();
    Problem::new(ProblemKind::Input, "These requests need each other's responses")
        .detail(names.join(" needs "))
        .hint("One of them must be able to go first")
}
