//! Variables of the collection, its folders and its requests.
//!
//! Called by [`bruno`](super). A `.http` file has one set of variables: a name with one value everywhere becomes a
//! variable of the file; where folders or requests give it different values, each value is written where it is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::collection::draft::{Fate, ImportReport, RequestDraft};
use crate::collection::import::bruno::Branch;
use crate::collection::import::bruno::model::Item;
use crate::collection::import::dynamic::{Substitute, substitute};
use crate::collection::import::text::{placeholders, plain_name};

/// How often a value may name further variables.
const MOST_ROUNDS: usize = 10;

/// All variables with all their values.
#[derive(Debug, Default)]
pub(super) struct Variables {
    order: Vec<String>,
    values: BTreeMap<String, BTreeSet<String>>,
    noted: Noted,
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
            (values.len() == 1).then(|| (plain_name(name), translate(values.first().map_or("", String::as_str))))
        });
        single.chain(self.noted.fixed.iter().map(|(name, value)| (name.clone(), (*value).to_owned()))).collect()
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
        let noted = &mut self.noted;
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
            *text = placeholders(text, |name| dialect(name, noted));
        };
        draft.visit_mut(&mut replace);
        for (name, plain) in std::mem::take(&mut self.noted.unknown) {
            let reason = format!("`{{{{{name}}}}}` is not known; it is the variable `{plain}`");
            report.remark(Fate::Changed, "variable", place, reason);
        }
        for name in filled {
            let reason = format!("`{name}` has several values in this collection: its value stands in the request");
            report.remark(Fate::Changed, "variable", place, reason);
        }
    }
}

/// A value with Bruno's own placeholders in the words of the dialect.
pub(super) fn translate(value: &str) -> String {
    placeholders(value, |name| dialect(name, &mut Noted::default()))
}

/// What was found in placeholders.
#[derive(Debug, Default)]
struct Noted {
    /// Values of made-up variables that the dialect does not make up.
    fixed: BTreeMap<String, &'static str>,
    /// Expressions that became variables, with their names.
    unknown: BTreeMap<String, String>,
}

/// `process.env.NAME` and made-up values. What Bruno takes for a variable is one here too: the dialect must not take it
/// for one of its own expressions, which may read secrets.
fn dialect(name: &str, noted: &mut Noted) -> Option<String> {
    if let Some(variable) = name.strip_prefix("process.env.")
        && plain_name(variable) == variable
    {
        return Some(format!("{{{{$processEnv {variable}}}}}"));
    }
    let substitute = name.strip_prefix('$').map(|known| (known, substitute(known)));
    match substitute {
        Some((_, Substitute::Dynamic(dynamic))) => return Some(format!("{{{{{dynamic}}}}}")),
        Some((known, Substitute::Fixed(value))) => {
            let plain = plain_name(known);
            let text = format!("{{{{{plain}}}}}");
            noted.fixed.insert(plain, value);
            return Some(text);
        }
        Some((_, Substitute::Unknown)) | None => {}
    }
    let plain = plain_name(name);
    if plain == name {
        return None;
    }
    noted.unknown.insert(name.to_owned(), plain.clone());
    Some(format!("{{{{{plain}}}}}"))
}
