//! Which request is which after a file has changed.

use std::collections::HashMap;
use std::hash::Hash;

use crate::collection::file::Collection;
use crate::model::request::RequestBlock;

/// For each request of `old` its index in `new`; `None`: it is gone. Those whose text is the same come first, then
/// those of one name, method and URL, then those of one name, then those of one method and URL, each in order.
pub fn follow(old: &Collection, new: &Collection) -> Vec<Option<usize>> {
    let mut matching = Matching { found: vec![None; old.requests.len()], taken: vec![false; new.requests.len()] };
    let text = |collection: &Collection, request: &RequestBlock| {
        collection.source.get(request.span.clone()).unwrap_or_default().trim_end().to_owned()
    };
    // The common case is that nothing but one request differs: its neighbours are found without looking around.
    let same = |a: usize, b: usize| text(old, &old.requests[a]) == text(new, &new.requests[b]);
    let most = old.requests.len().min(new.requests.len());
    let first = (0..most).take_while(|at| same(*at, *at)).count();
    let last =
        (0..most - first).take_while(|at| same(old.requests.len() - 1 - at, new.requests.len() - 1 - at)).count();
    for at in 0..first {
        matching.take(at, at);
    }
    for at in 0..last {
        matching.take(old.requests.len() - 1 - at, new.requests.len() - 1 - at);
    }
    matching.by(old, new, |collection, request| Some(text(collection, request)));
    matching
        .by(old, new, |_, request| Some((request.name.clone(), request.method.text.clone(), request.url.text.clone())));
    matching.by(old, new, |_, request| request.name.clone());
    matching.by(old, new, |_, request| Some((request.method.text.clone(), request.url.text.clone())));
    matching.found
}

struct Matching {
    found: Vec<Option<usize>>,
    taken: Vec<bool>,
}

impl Matching {
    fn take(&mut self, old: usize, new: usize) {
        self.found[old] = Some(new);
        self.taken[new] = true;
    }

    /// Joins what has the same key, first with first.
    fn by<K: Eq + Hash>(
        &mut self,
        old: &Collection,
        new: &Collection,
        key: impl Fn(&Collection, &RequestBlock) -> Option<K>,
    ) {
        let mut places: HashMap<K, Vec<usize>> = HashMap::new();
        for (at, request) in new.requests.iter().enumerate().rev().filter(|(at, _)| !self.taken[*at]) {
            if let Some(key) = key(new, request) {
                places.entry(key).or_default().push(at);
            }
        }
        for (at, request) in old.requests.iter().enumerate() {
            if self.found[at].is_none()
                && let Some(key) = key(old, request)
                && let Some(place) = places.get_mut(&key).and_then(Vec::pop)
            {
                self.take(at, place);
            }
        }
    }
}
