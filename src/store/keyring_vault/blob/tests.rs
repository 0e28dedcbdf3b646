//! What must hold whichever keyring call fails, and whatever is found in the keyring.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rstest::rstest;

use super::*;

const NAMES: &[&str] = &["access", "id", "refresh", "meta"];

/// What happens to the call with this number, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It fails and does nothing.
    Fails(usize),
    /// It does its work and reports a failure.
    FailsAfterwards(usize),
    /// The process ends before it.
    Ends(usize),
    /// The process ends after it.
    EndsAfterwards(usize),
}

type Map = BTreeMap<String, Vec<u8>>;

#[derive(Default)]
struct Fake {
    map: Map,
    calls: usize,
    fault: Option<Fault>,
}

impl Fake {
    fn over(map: Map, fault: Option<Fault>) -> Self {
        Self { map, calls: 0, fault }
    }

    fn call<T>(&mut self, work: impl FnOnce(&mut Map) -> T) -> Result<T, VaultError> {
        let call = self.calls;
        self.calls += 1;
        let failed = Err(VaultError::Other("fault".to_owned()));
        match self.fault {
            Some(Fault::Fails(at)) if call == at => failed,
            Some(Fault::Ends(at)) if call >= at => failed,
            Some(Fault::EndsAfterwards(at)) if call > at => failed,
            Some(Fault::FailsAfterwards(at) | Fault::EndsAfterwards(at)) if call == at => {
                work(&mut self.map);
                failed
            }
            _ => Ok(work(&mut self.map)),
        }
    }
}

impl Entries for Fake {
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.call(|map| map.get(name).cloned().map(Zeroizing::new))
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        assert!(value.len() <= CHUNK_SIZE, "{name}: {} bytes", value.len());
        self.call(|map| drop(map.insert(name.to_owned(), value.to_vec())))
    }

    fn delete(&mut self, name: &str) -> Result<(), VaultError> {
        self.call(|map| drop(map.remove(name)))
    }
}

fn blob() -> Blob {
    Blob { name: "jane~1".to_owned(), part_names: NAMES }
}

fn parts(texts: [Option<&str>; 4]) -> Vec<Part> {
    let part = |(name, text): (&&'static str, Option<&str>)| Some((*name, Zeroizing::new(text?.to_owned())));
    NAMES.iter().zip(texts).filter_map(part).collect()
}

/// Parts of different lengths, told apart by `mark`.
fn session(mark: &str, access_length: usize) -> Vec<Part> {
    let access = mark.repeat(access_length);
    let refresh = format!("refresh {mark}");
    parts([Some(&access), Some(&mark.repeat(1500)), Some(&refresh), Some("{}")])
}

fn written(parts: &[Part]) -> Map {
    let mut fake = Fake::default();
    blob().write(&mut fake, parts).unwrap();
    fake.map
}

fn read(map: &Map) -> Result<Option<Vec<Part>>, VaultError> {
    blob().read(&mut Fake::over(map.clone(), None))
}

fn faults(calls: usize) -> impl Iterator<Item = Fault> {
    (0..calls).flat_map(|at| [Fault::Fails(at), Fault::FailsAfterwards(at), Fault::Ends(at), Fault::EndsAfterwards(at)])
}

#[rstest]
#[case(0, 0)]
#[case(1, 1)]
#[case(1000, 1)]
#[case(1001, 2)]
#[case(4 * 1024, 5)]
#[case(12 * 1024, 13)]
#[case(CHUNK_SIZE * MOST_CHUNKS, MOST_CHUNKS)]
fn chunks_and_back(#[case] length: usize, #[case] chunks: usize) {
    let text = "t".repeat(length);
    let parts = parts([Some(&text), None, None, Some("{}")]);
    let map = written(&parts);
    assert_eq!(map.keys().filter(|name| name.contains("/access/")).count(), chunks);
    assert_eq!(read(&map).unwrap().unwrap(), parts);
}

#[test]
fn more_than_the_limit_is_refused_and_changes_nothing() {
    let before = written(&session("a", 100));
    let mut fake = Fake::over(before.clone(), None);
    let text = "t".repeat(CHUNK_SIZE * MOST_CHUNKS + 1);
    let error = blob().write(&mut fake, &parts([Some(&text), None, None, None])).unwrap_err();
    assert_eq!(error, VaultError::Other("256001 bytes are more than the keyring takes".to_owned()));
    assert!(fake.map == before);
}

#[test]
fn the_largest_head_fits_an_entry() {
    let text = "é".repeat(MOST_CHUNKS * 499);
    let all = parts([Some(&text), Some(&text), Some(&text), Some(&text)]);
    let mut map = written(&all);
    let head = blob().parse_head(&map["jane~1"]).unwrap();
    let largest = encoding::to_json(&Head { generation: u64::MAX, ..head }, CHUNK_SIZE).unwrap();
    assert!(largest.len() <= CHUNK_SIZE, "{}", largest.len());
    map.retain(|_, value| value.len() > CHUNK_SIZE);
    assert_eq!(map, Map::new());
}

#[test]
fn a_replaced_session_leaves_no_old_chunk() {
    let mut fake = Fake::default();
    for (mark, length) in [("a", 5000), ("b", 10), ("c", 2000), ("d", 2000)] {
        blob().write(&mut fake, &session(mark, length)).unwrap();
        assert_eq!(fake.map.len(), 1 + length.div_ceil(CHUNK_SIZE) + 2 + 1 + 1);
        assert_eq!(read(&fake.map).unwrap().unwrap(), session(mark, length));
    }
}

#[rstest]
#[case::longer(500, 5000)]
#[case::shorter(5000, 500)]
#[case::first(0, 3000)]
fn a_fault_at_any_call_of_a_write_leaves_the_old_session_or_the_new(#[case] old: usize, #[case] new: usize) {
    let (before, old) = match old {
        0 => (Map::new(), None),
        length => (written(&session("a", length)), Some(session("a", length))),
    };
    let new = session("b", new);
    let mut counted = Fake::over(before.clone(), None);
    blob().write(&mut counted, &new).unwrap();
    let mut seen = (false, false);
    for fault in faults(counted.calls) {
        let mut fake = Fake::over(before.clone(), Some(fault));
        let result = blob().write(&mut fake, &new);
        let found = read(&fake.map).unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(found == old || found.as_ref() == Some(&new), "{fault:?}");
        if result.is_ok() {
            assert_eq!(found.as_ref(), Some(&new), "{fault:?}");
        }
        seen = (seen.0 || found == old, seen.1 || found.as_ref() == Some(&new));

        // Whatever was left, the next write and the next `clear` come to the same as ever.
        let after = Fake::over(fake.map, None);
        let mut cleared = Fake::over(after.map.clone(), None);
        blob().clear(&mut cleared).unwrap();
        assert_eq!(cleared.map, Map::new(), "{fault:?}");
        let mut again = after;
        let third = session("c", 1200);
        blob().write(&mut again, &third).unwrap();
        assert_eq!(read(&again.map).unwrap().unwrap(), third, "{fault:?}");
        assert_eq!(again.map.len(), written(&third).len(), "{fault:?}");
    }
    assert_eq!(seen, (true, true), "the faults must reach both sides of the switch");
}

#[test]
fn a_fault_at_any_call_of_a_clear_leaves_the_session_or_none_and_can_be_finished() {
    let before = written(&session("a", 3000));
    let mut counted = Fake::over(before.clone(), None);
    blob().clear(&mut counted).unwrap();
    assert_eq!(counted.map, Map::new());
    for fault in faults(counted.calls) {
        let mut fake = Fake::over(before.clone(), Some(fault));
        drop(blob().clear(&mut fake));
        assert!(matches!(read(&fake.map), Ok(None)) || fake.map == before, "{fault:?}");
        let mut again = Fake::over(fake.map, None);
        blob().clear(&mut again).unwrap();
        assert_eq!(again.map, Map::new(), "{fault:?}");
    }
}

/// Entries of a keyring that stores something else than it was given.
struct Cutting {
    inner: Fake,
    cuts: &'static str,
}

impl Entries for Cutting {
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        self.inner.get(name)
    }

    fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
        let length = if name.ends_with(self.cuts) { value.len() - 1 } else { value.len() };
        self.inner.set(name, &value[..length])
    }

    fn delete(&mut self, name: &str) -> Result<(), VaultError> {
        self.inner.delete(name)
    }
}

#[rstest]
#[case::a_chunk("/access/1")]
#[case::the_metadata("/meta/0")]
fn a_keyring_that_cuts_chunks_is_found_out_before_the_old_session_is_dropped(#[case] cuts: &'static str) {
    let old = session("a", 2000);
    let mut cutting = Cutting { inner: Fake::over(written(&old), None), cuts };
    let new = parts([Some(&"b".repeat(3000)), None, None, Some("{\"b\":1}")]);
    let error = blob().write(&mut cutting, &new).unwrap_err();
    assert!(matches!(&error, VaultError::Damaged(reason) if reason.starts_with("read back")), "{error}");
    assert_eq!(read(&cutting.inner.map).unwrap().unwrap(), old);
    assert_eq!(cutting.inner.map.len(), written(&old).len());
}

#[test]
fn a_keyring_that_cuts_heads_is_found_out() {
    let old = session("a", 2000);
    // Only the new head: the old one must come back whole.
    struct CutsOnce(Fake, bool);
    impl Entries for CutsOnce {
        fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
            self.0.get(name)
        }
        fn set(&mut self, name: &str, value: &[u8]) -> Result<(), VaultError> {
            let cut = name == "jane~1" && !std::mem::replace(&mut self.1, true);
            self.0.set(name, if cut { &value[1..] } else { value })
        }
        fn delete(&mut self, name: &str) -> Result<(), VaultError> {
            self.0.delete(name)
        }
    }
    let mut cutting = CutsOnce(Fake::over(written(&old), None), false);
    let error = blob().write(&mut cutting, &session("b", 10)).unwrap_err();
    assert!(matches!(error, VaultError::Damaged(_)), "{error}");
    assert_eq!(read(&cutting.0.map).unwrap().unwrap(), old);
}

/// Entries that another process changes between two calls of a reader.
struct Raced {
    inner: Fake,
    at: usize,
    writes: Vec<Vec<Part>>,
}

impl Entries for Raced {
    fn get(&mut self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
        if self.inner.calls == self.at {
            let mut other = Fake::over(std::mem::take(&mut self.inner.map), None);
            for parts in self.writes.drain(..) {
                blob().write(&mut other, &parts).unwrap();
            }
            self.inner.map = other.map;
        }
        self.inner.get(name)
    }

    fn set(&mut self, _: &str, _: &[u8]) -> Result<(), VaultError> {
        unreachable!("a reader does not write")
    }

    fn delete(&mut self, _: &str) -> Result<(), VaultError> {
        unreachable!("a reader does not delete")
    }
}

#[rstest]
#[case::once(vec![session("b", 2500)])]
#[case::twice(vec![session("b", 2500), session("c", 3500)])]
fn a_reader_sees_one_session_whole_while_others_write(#[case] writes: Vec<Vec<Part>>) {
    let old = session("a", 3000);
    let new = writes.last().unwrap().clone();
    for at in 0..10 {
        let mut raced = Raced { inner: Fake::over(written(&old), None), at, writes: writes.clone() };
        let found = blob().read(&mut raced).unwrap_or_else(|error| panic!("at {at}: {error}")).unwrap();
        assert!(found == old || found == new, "at {at}");
    }
}

#[rstest]
#[case::not_text(b"\xff\xfe".to_vec(), "is not text")]
#[case::not_json(b"hello".to_vec(), "cannot be read")]
#[case::of_the_future(br#"{"version":2,"generation":0,"parts":[]}"#.to_vec(), "another version")]
#[case::endless(br#"{"version":1,"generation":0,"parts":[{"name":"access","chunks":257,"bytes":1,"sha256":""}]}"#.to_vec(), "more chunks")]
#[case::huge(br#"{"version":1,"generation":0,"parts":[{"name":"access","chunks":1,"bytes":9999999999,"sha256":""}]}"#.to_vec(), "more chunks")]
#[case::foreign(br#"{"version":1,"generation":0,"parts":[{"name":"../x","chunks":1,"bytes":1,"sha256":""}]}"#.to_vec(), "unknown parts")]
#[case::twice(br#"{"version":1,"generation":0,"parts":[{"name":"id","chunks":0,"bytes":0,"sha256":""},{"name":"id","chunks":0,"bytes":0,"sha256":""}]}"#.to_vec(), "unknown parts")]
#[case::chunkless(br#"{"version":1,"generation":0,"parts":[{"name":"id","chunks":1,"bytes":1,"sha256":""}]}"#.to_vec(), "misses a chunk")]
fn damaged_heads(#[case] head: Vec<u8>, #[case] reason: &str) {
    let map = Map::from([("jane~1".to_owned(), head)]);
    let error = read(&map).unwrap_err();
    assert!(matches!(&error, VaultError::Damaged(text) if text.contains(reason)), "{error}");
    // And a login puts it right.
    let mut fake = Fake::over(map, None);
    blob().write(&mut fake, &session("b", 10)).unwrap();
    assert_eq!(read(&fake.map).unwrap().unwrap(), session("b", 10));
    assert_eq!(fake.map.len(), written(&session("b", 10)).len());
}

/// One change to one entry.
#[derive(Debug, Clone)]
enum Damage {
    Remove(prop::sample::Index),
    Flip(prop::sample::Index, prop::sample::Index, u8),
    Cut(prop::sample::Index, prop::sample::Index),
    Replace(prop::sample::Index, Vec<u8>),
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Damage::Remove),
        (index(), index(), 1_u8..).prop_map(|(entry, byte, bits)| Damage::Flip(entry, byte, bits)),
        (index(), index()).prop_map(|(entry, length)| Damage::Cut(entry, length)),
        (index(), any::<Vec<u8>>()).prop_map(|(entry, value)| Damage::Replace(entry, value)),
    ]
}

fn apply(damage: &Damage, map: &mut Map) {
    let name = |index: &prop::sample::Index, map: &Map| index.get(&map.keys().cloned().collect::<Vec<_>>()).clone();
    match damage {
        Damage::Remove(entry) => drop(map.remove(&name(entry, map))),
        Damage::Flip(entry, byte, bits) => {
            let value = map.get_mut(&name(entry, map)).unwrap();
            if !value.is_empty() {
                let at = byte.index(value.len());
                value[at] ^= bits;
            }
        }
        Damage::Cut(entry, length) => {
            let value = map.get_mut(&name(entry, map)).unwrap();
            value.truncate(length.index(value.len() + 1));
        }
        Damage::Replace(entry, value) => drop(map.insert(name(entry, map), value.clone())),
    }
}

fn any_parts() -> impl Strategy<Value = Vec<Part>> {
    // Mostly tokens, sometimes texts whose characters do not fit evenly into chunks.
    let text = prop_oneof!["[A-Za-z0-9_.-]{0,3000}", "\\PC{0,900}"];
    prop::collection::vec(prop::option::of(text), 4).prop_map(|texts| {
        let texts: [Option<String>; 4] = texts.try_into().unwrap();
        parts(texts.each_ref().map(Option::as_deref))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_parts_come_back(first in any_parts(), second in any_parts()) {
        let mut fake = Fake::default();
        for parts in [&first, &second] {
            blob().write(&mut fake, parts).unwrap();
            prop_assert_eq!(&read(&fake.map).unwrap().unwrap(), parts);
        }
        prop_assert!(fake.map.values().all(|value| std::str::from_utf8(value).is_ok()));
        blob().clear(&mut fake).unwrap();
        prop_assert_eq!(fake.map, Map::new());
    }

    #[test]
    fn damage_is_seen_and_can_be_repaired(
        (parts, damages) in (any_parts(), prop::collection::vec(any_damage(), 1..3))
    ) {
        let mut map = written(&parts);
        for damage in &damages {
            if !map.is_empty() {
                apply(damage, &mut map);
            }
        }
        match read(&map) {
            Ok(None) | Err(VaultError::Damaged(_)) => {}
            // Some changes to the head say the same (a space, another generation).
            Ok(Some(found)) => prop_assert_eq!(found, parts.clone()),
            Err(error) => panic!("{error}"),
        }
        let mut fake = Fake::over(map, None);
        blob().write(&mut fake, &parts).unwrap();
        prop_assert_eq!(read(&fake.map).unwrap().unwrap(), parts);
    }
}
