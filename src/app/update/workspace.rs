//! The workspace was read: selection, environment and identity are found again, or for the first time.

use std::collections::BTreeMap;

use crate::app::effect::{ActAs, Effect};
use crate::app::state::{FilterMode, Folded, TextField, Tone, TreeRow};
use crate::app::tree::visible_rows;
use crate::app::{App, Reading, Reread};
use crate::collection::edit::follow;
use crate::collection::workspace::Workspace;
use crate::model::identity::{Identity, IdentityName, IdentitySource};
use crate::model::request::RequestId;

impl App {
    pub(in crate::app) fn workspace_loaded(&mut self, mut workspace: Workspace) {
        let asked = std::mem::replace(&mut self.reading, Reading::Idle) == Reading::Asked;
        let selection = self.selection();
        let identities = std::mem::take(&mut self.state.identities);
        let known_problems = self.state.workspace.as_ref().map(|_| self.state.problems().len());
        self.keep_edits(&mut workspace);
        self.keep_folds(&workspace);
        let places = match self.state.workspace.take() {
            Some(old) => {
                let places = Self::places(&old, &workspace);
                self.remember_outside_changes(&old, &workspace);
                self.state.workspace = Some(workspace);
                self.rekey(&places);
                Some(places)
            }
            None => {
                self.state.workspace = Some(workspace);
                None
            }
        };
        self.settle_documents();
        if known_problems.is_none() {
            self.offer_recovered();
        }
        self.settle_environment();
        self.list_identities();
        match places {
            Some(places) => match self.wanted.take().filter(|id| self.state.request(id).is_some()) {
                Some(wanted) => self.rebuild_rows(Some(&wanted)),
                None => self.select_again(selection, &places),
            },
            None => {
                let wanted = self.state.options.open.clone();
                self.rebuild_rows(wanted.as_ref());
            }
        }
        let problems = self.state.problems().len();
        // Read by itself, it tells only of what is new.
        let is_old_news = !asked && known_problems.is_some_and(|known| problems <= known);
        match (asked, problems) {
            _ if is_old_news => {}
            (_, 1) => self.notice(Tone::Bad, "1 problem in the workspace: `!` shows it"),
            (_, 2..) => self.notice(Tone::Bad, format!("{problems} problems in the workspace: `!` shows them")),
            (true, 0) => self.notice(Tone::Good, "The workspace was read again"),
            (false, 0) => {}
        }
        self.settle_identity();
        self.forget_sessions_of_changed(&identities);
        if std::mem::replace(&mut self.reread, Reread::No) == Reread::Wanted {
            self.reload_quietly();
        }
    }

    /// The disk changed: reads it again, after the reading that goes on.
    pub(in crate::app) fn disk_changed(&mut self) {
        match self.reading {
            Reading::Idle => self.reload_quietly(),
            Reading::Quietly | Reading::Asked => self.reread = Reread::Wanted,
        }
    }

    /// Reads the workspace because the user asked.
    pub(super) fn reload(&mut self) {
        if self.reading == Reading::Idle {
            self.effect(Effect::LoadWorkspace);
        }
        self.reading = Reading::Asked;
    }

    /// Reads the workspace because something in it changed.
    pub(super) fn reload_quietly(&mut self) {
        self.effect(Effect::LoadWorkspace);
        self.reading = Reading::Quietly;
    }

    /// Folds belong to files, not to positions.
    fn keep_folds(&mut self, new: &Workspace) {
        let Some(old) = &self.state.workspace else { return };
        let closed: Vec<_> = self
            .state
            .folded
            .iter()
            .filter(|(_, folded)| **folded == Folded::Closed)
            .filter_map(|(index, _)| old.collections.get(*index).map(|collection| &collection.path))
            .collect();
        let kept = new.collections.iter().enumerate().filter(|(_, collection)| closed.contains(&&collection.path));
        self.state.folded = kept.map(|(index, _)| (index, Folded::Closed)).collect();
    }

    /// The chosen environment if it is there, else the first.
    fn settle_environment(&mut self) {
        let names = self.state.workspace.as_ref().map(|workspace| workspace.environments.names());
        self.state.environments = names.unwrap_or_default();
        if self.state.environment.as_ref().is_some_and(|chosen| self.state.environments.contains(chosen)) {
            return;
        }
        if let Some(missing) = self.state.environment.take() {
            self.notice(Tone::Bad, format!("There is no environment `{missing}`"));
        }
        let remembered = self.state.options.remembered_environment.clone();
        let remembered = remembered.filter(|name| self.state.environments.contains(name));
        self.state.environment = remembered.or_else(|| self.state.environments.first().cloned());
    }

    /// Reads off what identities the environment has.
    pub(super) fn list_identities(&mut self) {
        let Some(workspace) = &self.state.workspace else { return };
        let environment = self.state.environment.as_deref();
        let mut identities = workspace.identities(environment);
        identities.retain(|identity| !identity.name.is_anonymous());
        self.state.adhoc.retain(|fresh| identities.iter().all(|identity| identity.name != fresh.name));
        identities.extend(self.state.adhoc.iter().cloned());
        self.state.identity_problems = workspace.environments.identity_problems(environment);
        self.state.identities = identities;
    }

    /// The current identity if it is there, else the one given at the start, else the first.
    pub(super) fn settle_identity(&mut self) {
        let known = |name: &IdentityName| name.is_anonymous() || self.state.identity_named(name).is_some();
        if self.state.identity.as_ref().is_some_and(known) {
            return;
        }
        let started = self.state.options.identity.clone();
        let found = started.clone().filter(known);
        if let (None, None, Some(missing)) = (&found, &self.state.identity, &started) {
            let text = format!("There is no identity `{missing}` in this environment");
            self.notice(Tone::Bad, text);
        }
        if found.is_none() {
            self.state.act_as = ActAs::RequestDecides;
        }
        self.state.identity = found.or_else(|| self.first_identity());
    }

    /// The first identity that was defined, else the first that was detected.
    fn first_identity(&self) -> Option<IdentityName> {
        let detected = |identity: &&Identity| matches!(identity.source, IdentitySource::Detected { .. });
        let usable = &self.state.identities;
        let first = usable.iter().find(|identity| !detected(identity)).or_else(|| usable.first());
        first.map(|identity| identity.name.clone())
    }

    /// Where the requests of the workspace as it was are now.
    fn places(old: &Workspace, new: &Workspace) -> impl Fn(&RequestId) -> Option<RequestId> + use<> {
        let mut changed = BTreeMap::new();
        for before in &old.collections {
            let after = new.collections.iter().find(|collection| collection.path == before.path);
            let moved = match after {
                Some(after) if after.bytes() == before.bytes() => continue,
                Some(after) => follow(before, after),
                None => Vec::new(),
            };
            changed.insert(before.path.clone(), moved);
        }
        move |id| {
            let index = match changed.get(&id.file) {
                Some(moved) => moved.get(id.index).copied().flatten()?,
                None => id.index,
            };
            Some(RequestId { file: id.file.clone(), index })
        }
    }

    /// Makes the rows anew and selects `wanted`, else what is nearest to the old selection.
    pub(super) fn rebuild_rows(&mut self, wanted: Option<&RequestId>) {
        let filter = self.state.filter.as_ref().map(|field| field.text.as_str()).unwrap_or_default();
        let rows = self.state.workspace.as_ref().map(|workspace| visible_rows(workspace, &self.state.folded, filter));
        self.state.rows = rows.unwrap_or_default();
        let is_wanted = |row: &TreeRow| matches!((row, wanted), (TreeRow::Request(id), Some(wanted)) if id == wanted);
        let found = self.state.rows.iter().position(is_wanted);
        let first = || self.state.rows.iter().position(|row| matches!(row, TreeRow::Request(_)));
        let row = found.or_else(|| if wanted.is_none() || !filter.is_empty() { first() } else { None });
        self.select_row(row.unwrap_or(self.state.selected_row));
    }

    /// Starts typing a filter.
    pub(super) fn find(&mut self) {
        self.state.focus = crate::app::state::Panel::Tree;
        self.state.filter.get_or_insert_with(TextField::default).end();
        self.state.filter_mode = FilterMode::Typing;
    }

    /// Keeps the filter; an empty one is none.
    pub(super) fn keep_filter(&mut self) {
        self.state.filter_mode = FilterMode::Applied;
        if self.state.filter.as_ref().is_some_and(|field| field.text.trim().is_empty()) {
            self.clear_filter();
        }
    }

    pub(super) fn clear_filter(&mut self) {
        self.state.filter = None;
        self.state.filter_mode = FilterMode::Applied;
        let selected = self.state.selected_id().cloned();
        self.rebuild_rows(selected.as_ref());
    }

    pub(super) fn refilter(&mut self) {
        let selected = self.state.selected_id().cloned();
        self.rebuild_rows(selected.as_ref());
    }

    /// Folds or unfolds the collection that is selected, or that holds the selected request.
    pub(super) fn fold(&mut self, to: Option<Folded>) {
        let Some((row, index, now)) = self.selected_collection() else { return };
        let to = to.unwrap_or(if now == Folded::Open { Folded::Closed } else { Folded::Open });
        if to == Folded::Open && row != self.state.selected_row {
            return;
        }
        let folds: &mut BTreeMap<usize, Folded> = &mut self.state.folded;
        folds.insert(index, to);
        self.state.selected_row = row;
        let filter = self.state.filter.as_ref().map(|field| field.text.as_str()).unwrap_or_default();
        if let Some(workspace) = &self.state.workspace {
            self.state.rows = visible_rows(workspace, &self.state.folded, filter);
        }
        self.select_row(row);
    }

    /// Row, index and fold of the collection at or above the selection.
    fn selected_collection(&self) -> Option<(usize, usize, Folded)> {
        let above = self.state.rows.get(..=self.state.selected_row)?;
        above.iter().enumerate().rev().find_map(|(row, what)| match what {
            TreeRow::Collection { index, folded } => Some((row, *index, *folded)),
            TreeRow::Request(_) => None,
        })
    }
}
