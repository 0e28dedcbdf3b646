//! Variables of the collection, its folders and its requests.
//!
//! Called by [`bruno`](super). A `.http` file has one set of variables: a name with one value everywhere becomes a
//! variable of the file; where folders or requests give it different values, each value is written where it is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::draft::{DraftAuth, DraftBody, Fate, ImportReport, PartContent, RequestDraft};
use crate::collection::import::bruno::Branch;
use crate::collection::import::bruno::model::Item;
use crate::collection::import::dynamic::{Substitute, substitute};
use crate::collection::import::text::placeholders;

/// How often a value may name further variables.
const MOST_ROUNDS: usize = 10;

/// All variables with all their values.
#[derive(Debug, Default)]
pub(super) struct Variables {
    order: Vec<String>,
    values: BTreeMap<String, BTreeSet<String>>,
    /// Values of made-up variables that the dialect does not make up.
    fixed: BTreeMap<String, &'static str>,
}

impl Variables {
    /// Notes the variables of a branch and of those below it.
    pub fn collect(&mut self, branch: &Branch) {
        let items = std::iter::once(&branch.settings).chain(branch.requests.iter().map(|(_, item)| item));
        for field in items.flat_map(|item| &item.variables).filter(|field| field.is_enabled) {
            if !self.values.contains_key(&field.name) {
                self.order.push(field.name.clone());
            }
            self.values.entry(field.name.clone()).or_default().insert(field.value.clone());
        }
        for folder in branch.folders.values() {
            self.collect(folder);
        }
    }

    /// Those with one value.
    pub fn shared(&self) -> Vec<(String, String)> {
        let single = self.order.iter().filter_map(|name| {
            let values = self.values.get(name)?;
            (values.len() == 1).then(|| (name.clone(), translate(values.first().map_or("", String::as_str))))
        });
        single.chain(self.fixed.iter().map(|(name, value)| (name.clone(), (*value).to_owned()))).collect()
    }

    /// Fills those with several values, and puts Bruno's own placeholders into the words of the dialect.
    pub fn apply(
        &mut self,
        levels: &[&Item],
        item: &Item,
        place: &str,
        draft: &mut RequestDraft,
        report: &mut ImportReport,
    ) {
        let mut scope: BTreeMap<&str, &str> = BTreeMap::new();
        for field in
            levels.iter().copied().chain([item]).flat_map(|item| &item.variables).filter(|field| field.is_enabled)
        {
            scope.insert(&field.name, &field.value);
        }
        for field in item.variables.iter().filter(|field| !field.is_enabled) {
            draft.comments.push(format!("variable (disabled): {} = {}", field.name, field.value));
            report.remark(Fate::Commented, "variable", place, "it is disabled");
        }
        let values = &self.values;
        let fixed = &mut self.fixed;
        let mut filled: BTreeSet<String> = BTreeSet::new();
        let mut replace = |text: &mut String| {
            for _ in 0..MOST_ROUNDS {
                if !text.contains("{{") || text.len() > 1 << 20 {
                    break;
                }
                let mut has_changed = false;
                let new = placeholders(text, |name| {
                    let value = *scope.get(name)?;
                    if values.get(name).is_none_or(|values| values.len() < 2) {
                        return None;
                    }
                    filled.insert(name.to_owned());
                    has_changed = true;
                    Some(value.to_owned())
                });
                *text = new;
                if !has_changed {
                    break;
                }
            }
            *text = placeholders(text, |name| dialect(name, fixed));
        };
        for_each_text(draft, &mut replace);
        for name in filled {
            let reason = format!("`{name}` has several values in this collection: its value stands in the request");
            report.remark(Fate::Changed, "variable", place, reason);
        }
    }
}

/// A value with Bruno's own placeholders in the words of the dialect.
pub(super) fn translate(value: &str) -> String {
    placeholders(value, |name| dialect(name, &mut BTreeMap::new()))
}

/// `process.env.NAME` and made-up values.
fn dialect(name: &str, fixed: &mut BTreeMap<String, &'static str>) -> Option<String> {
    if let Some(variable) = name.strip_prefix("process.env.") {
        return Some(format!("{{{{$processEnv {variable}}}}}"));
    }
    let known = name.strip_prefix('$')?;
    match substitute(known) {
        Substitute::Dynamic(dynamic) => Some(format!("{{{{{dynamic}}}}}")),
        Substitute::Fixed(value) => {
            fixed.insert(known.to_owned(), value);
            Some(format!("{{{{{known}}}}}"))
        }
        Substitute::Unknown => None,
    }
}

fn for_each_text(draft: &mut RequestDraft, change: &mut impl FnMut(&mut String)) {
    change(&mut draft.url);
    for row in draft.query.iter_mut().chain(&mut draft.headers) {
        change(&mut row.name);
        change(&mut row.value);
    }
    match &mut draft.auth {
        DraftAuth::Basic { user, password } | DraftAuth::Digest { user, password } => {
            change(user);
            change(password);
        }
        DraftAuth::Bearer { token, .. } => change(token),
        DraftAuth::ApiKey { name, value, .. } => {
            change(name);
            change(value);
        }
        DraftAuth::Unspecified | DraftAuth::None | DraftAuth::Identity(_) => {}
    }
    match &mut draft.body {
        DraftBody::None => {}
        DraftBody::Text(text) | DraftBody::File(text) => change(text),
        DraftBody::Form(rows) => {
            for row in rows {
                change(&mut row.name);
                change(&mut row.value);
            }
        }
        DraftBody::Multipart(parts) => {
            for part in parts {
                match &mut part.content {
                    PartContent::Text(text) | PartContent::File(text) => change(text),
                }
            }
        }
        DraftBody::GraphQl { query, variables } => {
            change(query);
            change(variables);
        }
    }
}
