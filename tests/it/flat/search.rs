#![expect(unsafe_code, reason = "says of keys that they are integers")]
//! Keys that say how they are searched: they do what std's map does, and lies do no harm.

use core::{borrow::Borrow, cell::Cell, cmp::Ordering, num::NonZero, panic::AssertUnwindSafe};
use std::{panic::catch_unwind, rc::Rc, string::String, vec::Vec};

use larder::{
    FlatMap, FlatSet,
    alloc::Global,
    collections::flat::{ByInteger, ByPrefix, ByType, IntegerKey, PrefixKey, Search},
    testing::{
        dummy::ChaoticOrd,
        hostile::{Counting, Exact, OverReturn, Poison},
        sweep::{Finding, fail_each_allocation},
    },
};

use super::battery::compared;

/// A newtype of an integer, in its order.
macro_rules! newtypes {
    ($($name:ident($int:ty))+) => {$(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(transparent)]
        struct $name($int);
        // SAFETY: it is that integer and nothing else.
        unsafe impl IntegerKey for $name {
            type Integer = $int;
        }
    )+};
}

newtypes! { Id(u64) Place(i64) Code(u32) Level(i32) Port(u16) Step(i16) Flag(u8) Delta(i8) }

/// An interned string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
struct Symbol(NonZero<u32>);

// SAFETY: it is a `u32` in a range.
unsafe impl IntegerKey for Symbol {
    type Integer = u32;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name([u8; 16]);

impl PrefixKey for Name {
    fn prefix(&self) -> u64 {
        self.0.prefix()
    }
}

impl Borrow<[u8; 16]> for Name {
    fn borrow(&self) -> &[u8; 16] {
        &self.0
    }
}

fn name(n: u64) -> Name {
    let mut bytes = [b'-'; 16];
    // Some differ in what goes before, some only in what comes behind.
    bytes[..8].copy_from_slice(&(n / 3).to_be_bytes());
    bytes[12] = (n % 3) as u8;
    Name(bytes)
}

/// Ordered by a date, then by words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dated(i32, String);

impl PrefixKey for Dated {
    fn prefix(&self) -> u64 {
        u64::from(self.0.cast_unsigned() ^ 1 << 31) << 32
    }
}

/// An empty map that searches so.
fn by<K, S: Search<K>>(_: S) -> FlatMap<K, u64, Global, S> {
    FlatMap::default()
}

#[test]
fn newtypes_do_what_btreemap_does() {
    for seed in 1..6 {
        compared(seed, 250, by(ByInteger), Id);
        compared(seed, 250, by(ByInteger), |n| Place((n as i64 - 100) << 50));
        compared(seed, 250, by(ByInteger), |n| Code(n as u32 ^ 0x8000_0000));
        compared(seed, 250, by(ByInteger), |n| Level(n as i32 - 40));
        compared(seed, 250, by(ByInteger), |n| Port(n as u16));
        compared(seed, 250, by(ByInteger), |n| Step(n as i16 - 900));
        compared(seed, 250, by(ByInteger), |n| Flag(n as u8));
        compared(seed, 250, by(ByInteger), |n| Delta(n as i8));
        compared(seed, 250, by(ByInteger), |n| Symbol(NonZero::new(n as u32 + 1).unwrap()));
        compared(seed, 250, by(ByInteger), |n| char::from_u32(n as u32 * 17).unwrap());
        compared(seed, 250, by(ByPrefix), name);
        compared(seed, 250, by(ByPrefix), |n| Dated(n as i32 / 7 - 50, n.to_string()));
        compared(seed, 250, by(ByPrefix), |n| n.to_string());
    }
    compared(9, 2000, by(ByInteger), |n| Id(if n == 0 { u64::MAX } else { n - 1 }));
    let counting = Counting::new(Global);
    let awkward = Poison::new(OverReturn::new(&counting));
    compared(1, 200, FlatMap::<_, _, _, ByInteger>::searched_in(&awkward), Id);
    compared(2, 200, FlatMap::<_, _, _, ByPrefix>::searched_in(&Exact::new(&counting)), name);
    counting.assert_no_leaks();
}

#[test]
fn newtypes_are_found_by_what_they_are_borrowed_as() {
    let names: FlatMap<Name, u64, Global, ByPrefix> = (0..500).map(|n| (name(n), n)).collect();
    assert!((0..500).all(|n| names.get(&name(n).0) == Some(&n)));
    assert_eq!(names.get(&name(500).0), None);
    let words: FlatMap<String, usize, Global, ByPrefix> =
        ["fig", "plum", "quince"].map(|word| (word.into(), word.len())).into_iter().collect();
    assert_eq!((words.get("plum"), words.get("pl")), (Some(&4), None));
    assert_eq!(words.freeze().get_many(["quince", "kiwi"]), [Some(&6), None]);
    let mut ids: FlatSet<Id, Global, ByInteger> = (0..300).rev().map(|n| Id(n * 2)).collect();
    assert!(ids.contains(&Id(8)) && !ids.contains(&Id(9)) && ids.insert(Id(9)));
    assert_eq!(ids.range(Id(8)..).next(), Some(&Id(8)));
    let odd: FlatSet<Id, Global, ByInteger> = FlatSet::from_iter([Id(9), Id(11)]);
    assert_eq!((&ids & &odd).as_slice(), [Id(9)]);
}

#[test]
fn integers_by_another_name_take_the_memory_of_integers() {
    let counting = Counting::new(Global);
    let mut plain = FlatMap::<u64, u64, _>::new_in(&counting);
    plain.extend((0..5000).map(|n| (n, n)));
    let held = counting.live_bytes();
    let mut ids = FlatMap::<Id, u64, _, ByInteger>::searched_in(&counting);
    ids.extend((0..5000).map(|n| (Id(n), n)));
    assert_eq!(counting.live_bytes(), 2 * held);
}

#[test]
fn a_prefix_that_is_refused_memory_leaves_what_was_there() {
    let sweep = fail_each_allocation(|alloc| {
        let mut map = FlatMap::<_, _, _, ByPrefix>::searched_in(alloc);
        for n in 0..40 {
            if map.try_insert(name(n * 7 % 40), n).is_err() {
                return Err(());
            }
        }
        let refused = match map.try_extend((0..90).rev().map(|n| (name(n), n))) {
            Ok(()) => 0,
            Err(refused) => refused.into_value().count(),
        };
        assert!(map.len() >= 40 && (0..40).all(|n| map.contains_key(&name(n))));
        if refused > 0 { Err(()) } else { Ok(()) }
    });
    let swallowed = |found: &Finding| matches!(found, Finding::Swallowed { .. });
    assert!(sweep.findings.iter().all(swallowed), "{sweep}");
}

/// Changes of all kinds, with keys that lie; values that count who is there.
fn lied_to<K: Ord, S: Search<K>>(live: &Rc<()>, key: impl Fn(u64) -> K) {
    let mut map = FlatMap::<K, Rc<()>, Global, S>::default();
    let result = catch_unwind(AssertUnwindSafe(|| {
        for n in 0..80 {
            map.insert(key(n * 31 % 80), live.clone());
        }
        map.extend((0..200).rev().map(|n| (key(n), live.clone())));
        map.extend((0..30).map(|n| (key(n * 9), live.clone())));
        for n in 0..300 {
            let probe = key(n);
            let _ = (map.get(&probe), map.range(&probe..).count(), map.range(..=&probe).count());
            let _ = map.get_many([&key(n), &key(n + 1), &key(299 - n)]);
            if n % 3 == 0 {
                map.remove(&probe);
            }
        }
        let mut other = map.split_off(&key(40));
        map.append(&mut other);
        map.retain(|k, _| *k != key(7));
        drop(map.drain(key(1)..));
        map.extend((0..90).map(|n| (key(n * n % 90), live.clone())));
        let frozen = core::mem::take(&mut map).freeze();
        let _ = (0..300).filter(|n| frozen.contains_key(&key(*n))).count();
        map = frozen.thaw();
    }));
    // Sorting may notice, and ranges may be the wrong way round.
    drop(result);
    assert_eq!(map.iter().filter(|(_, value)| Rc::ptr_eq(value, live)).count(), map.len());
    assert_eq!(Rc::strong_count(live), 1 + map.len());
    drop(map);
    assert_eq!(Rc::strong_count(live), 1);
}

/// An integer whose order is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
struct Backwards(u64);

impl PartialOrd for Backwards {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Backwards {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

// SAFETY: it is a `u64`; its order is not, which is no part of the promise.
unsafe impl IntegerKey for Backwards {
    type Integer = u64;
}

impl PrefixKey for Backwards {
    fn prefix(&self) -> u64 {
        self.0
    }
}

/// An integer that is all the same to `Ord`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
struct Alike(u16);

impl PartialEq for Alike {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Alike {}

impl PartialOrd for Alike {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Alike {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

// SAFETY: it is a `u16`.
unsafe impl IntegerKey for Alike {
    type Integer = u16;
}

/// Keys whose prefix is another one whenever it is asked for, and whose order may be as bad.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Fickle<T>(T);

thread_local! {
    static MOOD: Cell<u64> = const { Cell::new(1) };
}

impl<T> PrefixKey for Fickle<T> {
    fn prefix(&self) -> u64 {
        let mood = MOOD.get().wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        MOOD.set(mood);
        match mood >> 61 {
            0 => 0,
            1 => u64::MAX,
            _ => mood.rotate_left(31),
        }
    }
}

#[test]
fn keys_that_lie_about_how_they_are_searched_do_no_harm() {
    let live = Rc::new(());
    lied_to::<_, ByInteger>(&live, Backwards);
    lied_to::<_, ByPrefix>(&live, Backwards);
    lied_to::<_, ByType>(&live, Backwards);
    lied_to::<_, ByInteger>(&live, |n| Alike(n as u16));
    for seed in 0..100 {
        MOOD.set(seed);
        lied_to::<_, ByPrefix>(&live, Fickle);
        lied_to::<_, ByPrefix>(&live, |n| Fickle(ChaoticOrd::new(n as u32, seed * 1000 + n % 50)));
    }
}

/// A key whose prefix panics when it is asked for the nth time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Fused(u64, Rc<()>);

thread_local! {
    static FUSE: Cell<usize> = const { Cell::new(usize::MAX) };
}

impl PrefixKey for Fused {
    fn prefix(&self) -> u64 {
        FUSE.set(FUSE.get().checked_sub(1).expect("a prefix panics on command"));
        self.0 / 2
    }
}

#[test]
fn prefixes_that_panic_lose_nothing_that_was_there() {
    let live = Rc::new(());
    let key = |n| Fused(n, live.clone());
    let mut ended = 0;
    for fuse in 0..400 {
        FUSE.set(usize::MAX);
        let mut map: FlatMap<_, u64, Global, ByPrefix> = (0..30).map(|n| (key(n * 3), n)).collect();
        let before: Vec<_> = map.keys().cloned().collect();
        FUSE.set(fuse);
        let result = catch_unwind(AssertUnwindSafe(|| {
            map.insert(key(40), 1);
            map.extend((0..60).rev().map(|n| (key(n * 5 % 83), n)));
            *map.entry(key(35)).or_default() += 1;
            drop(map.clone());
            let mut other = map.split_off(&key(41));
            map.append(&mut other);
        }));
        FUSE.set(usize::MAX);
        ended += usize::from(result.is_ok());
        assert!(map.as_keys().is_sorted_by(|a, b| a < b), "{fuse}");
        // Moving all to another map and back may be cut short with entries on either side.
        let there = |n: &Fused| n.0 > 41 || map.contains_key(n);
        assert!(before.iter().all(there), "{fuse}");
        drop((map, before));
        assert_eq!(Rc::strong_count(&live), 1, "{fuse}");
    }
    assert!(ended > 0, "the fuse is never long enough");
}
