//! Any edits, undone and done again: nothing is lost, on disk or here, and the disk's side always knows what counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::fixture::{ENVIRONMENTS, ORDERS, REPORTS, Stage, request, workspace_of};
use crate::app::effect::{Effect, UsedText};
use crate::app::msg::{Msg, SaveOutcome};
use crate::collection::edit::{Position, RequestEdit, StructureEdit, Table};

/// What a user does.
#[derive(Debug, Clone)]
enum Doing {
    Edit(usize, usize, RequestEdit),
    Structure(usize, StructureEdit),
    Carry(usize, usize, usize),
    Create(usize),
    DeleteFile(usize),
    Rename(usize, usize),
    Undo,
    Redo,
    Save,
}

const FILES: [&str; 4] = ["orders.http", "reports.http", "new/a.http", "b.http"];

fn doing() -> impl Strategy<Value = Doing> {
    let text = || prop::sample::select(vec!["x", "a b", "{{v}}", ""]).prop_map(str::to_owned);
    let change = prop_oneof![
        prop::sample::select(vec!["GET", "PUT"]).prop_map(|method| RequestEdit::Method(method.to_owned())),
        text().prop_map(RequestEdit::Name),
        text().prop_map(|value| RequestEdit::AddRow { table: Table::Headers, name: "X-A".to_owned(), value }),
        text().prop_map(|value| RequestEdit::AddRow { table: Table::Params, name: "p".to_owned(), value }),
        (0_usize..3).prop_map(|index| RequestEdit::ToggleRow { table: Table::Params, index }),
        text().prop_map(RequestEdit::Body),
    ];
    let structure = prop_oneof![
        (0_usize..6).prop_map(|at| StructureEdit::Insert {
            at: Position::After(at),
            text: "### fresh\nGET https://a.test\n".to_owned()
        }),
        (0_usize..6).prop_map(StructureEdit::Duplicate),
        (0_usize..6).prop_map(StructureEdit::Delete),
        (0_usize..6, 0_usize..6).prop_map(|(from, to)| StructureEdit::Move { from, to }),
    ];
    prop_oneof![
        6 => (0_usize..4, 0_usize..6, change).prop_map(|(file, index, change)| Doing::Edit(file, index, change)),
        4 => (0_usize..4, structure).prop_map(|(file, change)| Doing::Structure(file, change)),
        2 => (0_usize..4, 0_usize..6, 0_usize..4).prop_map(|(file, index, to)| Doing::Carry(file, index, to)),
        1 => (0_usize..4).prop_map(Doing::Create),
        1 => (0_usize..4).prop_map(Doing::DeleteFile),
        1 => (0_usize..4, 0_usize..4).prop_map(|(from, to)| Doing::Rename(from, to)),
        3 => Just(Doing::Undo),
        2 => Just(Doing::Redo),
        1 => Just(Doing::Save),
    ]
}

/// The stage with a disk that does what it is asked for, and the texts that the services would use.
struct World {
    stage: Stage,
    disk: BTreeMap<PathBuf, String>,
    edited: BTreeMap<PathBuf, Option<String>>,
}

impl World {
    fn new() -> Self {
        let files = [("orders.http", ORDERS), ("reports.http", REPORTS)];
        let disk = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        let mut stage = Stage::signed_out();
        stage.tell(Msg::WorkspaceLoaded(Box::new(workspace_of(&files, ENVIRONMENTS))));
        Self { stage, disk, edited: BTreeMap::new() }
    }

    fn texts(&self) -> BTreeMap<PathBuf, String> {
        let known = &self.stage.state().workspace.as_ref().unwrap().collections;
        known.iter().map(|known| (known.path.clone(), known.source.to_string())).collect()
    }

    fn answer(&mut self, effects: Vec<Effect>) {
        let mut waiting = effects;
        while !waiting.is_empty() {
            let effect = waiting.remove(0);
            match effect {
                Effect::UseText { path, text } => {
                    match text {
                        UsedText::OfDisk => self.edited.remove(&path),
                        UsedText::Edited(text) => self.edited.insert(path, Some(text.source.to_string())),
                        UsedText::Gone => self.edited.insert(path, None),
                    };
                }
                Effect::SaveFile(order) => {
                    assert_eq!(self.disk.get(&order.path).map(String::as_bytes), order.expected.as_deref());
                    match &order.bytes {
                        Some(bytes) => self.disk.insert(order.path.clone(), String::from_utf8(bytes.to_vec()).unwrap()),
                        None => self.disk.remove(&order.path),
                    };
                    let saved = Msg::FileSaved { id: order.id, path: order.path.clone(), outcome: SaveOutcome::Saved };
                    waiting.extend(self.stage.tell(saved));
                }
                Effect::RenameFile { id, from, to } => {
                    assert!(!self.disk.contains_key(&to));
                    let text = self.disk.remove(&from).unwrap();
                    self.disk.insert(to.clone(), text);
                    waiting.extend(self.stage.tell(Msg::FileRenamed { id, from, to, result: Ok(()) }));
                }
                Effect::LoadWorkspace => {
                    let texts: Vec<(String, String)> =
                        self.disk.iter().map(|(path, text)| (path.display().to_string(), text.clone())).collect();
                    let files: Vec<(&str, &str)> =
                        texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
                    let loaded = workspace_of(&files, ENVIRONMENTS);
                    waiting.extend(self.stage.tell(Msg::WorkspaceLoaded(Box::new(loaded))));
                }
                _ => {}
            }
        }
    }

    fn act(&mut self, doing: &Doing) {
        let app = &mut self.stage.app;
        // What is refused changes nothing: that is checked by the others.
        match doing {
            Doing::Edit(file, index, change) => drop(app.edit_request(&request(FILES[*file], *index), change)),
            Doing::Structure(file, change) => drop(app.edit_structure(Path::new(FILES[*file]), change)),
            Doing::Carry(file, index, to) => {
                drop(app.carry_request(&request(FILES[*file], *index), Path::new(FILES[*to])));
            }
            Doing::Create(file) => drop(app.create_file(Path::new(FILES[*file]), "### made\nGET https://a.test\n")),
            Doing::DeleteFile(file) => drop(app.delete_file(Path::new(FILES[*file]))),
            Doing::Rename(from, to) => drop(app.rename_file(Path::new(FILES[*from]), Path::new(FILES[*to]))),
            Doing::Undo => app.undo(),
            Doing::Redo => app.redo(),
            Doing::Save => app.save_all(),
        }
        let effects = self.stage.tell(Msg::Tick);
        self.answer(effects);
        self.check();
    }

    fn check(&self) {
        let texts = self.texts();
        let mut used = self.disk.clone();
        for (path, text) in &self.edited {
            match text {
                Some(text) => used.insert(path.clone(), text.clone()),
                None => used.remove(path),
            };
        }
        assert_eq!(used, texts, "what is sent is what shows");
        let unsaved: Vec<&PathBuf> = self.stage.state().documents.unsaved().collect();
        let differing: Vec<&PathBuf> =
            texts.iter().filter(|(path, text)| self.disk.get(*path) != Some(*text)).map(|(path, _)| path).collect();
        assert_eq!(unsaved, differing, "what differs from the disk is marked");
        for row in &self.stage.state().rows {
            if let crate::app::state::TreeRow::Request(id) = row {
                assert!(self.stage.state().request(id).is_some());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn everything_can_be_undone_and_done_again(doings in prop::collection::vec(doing(), 1..25)) {
        let mut world = World::new();
        let start = world.texts();
        for doing in &doings {
            world.act(doing);
        }
        let end = world.texts();
        let steps = world.stage.state().documents.undo.len();
        for _ in 0..steps {
            world.act(&Doing::Undo);
        }
        prop_assert!(world.stage.state().documents.undo.is_empty());
        prop_assert_eq!(&world.texts(), &start);
        for _ in 0..steps {
            world.act(&Doing::Redo);
        }
        prop_assert_eq!(&world.texts(), &end);
        for _ in 0..steps {
            world.act(&Doing::Undo);
        }
        world.act(&Doing::Save);
        prop_assert_eq!(&world.disk, &start);
    }
}
