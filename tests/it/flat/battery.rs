//! Flat maps and sets against std's, refusals, panics, lies and leaks.

use core::{cell::Cell, ops::Bound, panic::AssertUnwindSafe};
use std::{
    collections::{BTreeMap, BTreeSet},
    format,
    panic::catch_unwind,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use larder::{
    alloc::{Allocator, Global},
    collections::flat::*,
    testing::{
        dummy::{ChaoticOrd, CrashDummy, Step, Tally},
        hostile::{Counting, Exact, FailNth, FailRandomly, OverReturn, Poison},
        sweep::{Finding, fail_each_allocation},
    },
};

struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % below
    }
}

/// All that can be asked of a map, against one that is right.
fn agree<K: Ord + Clone + core::fmt::Debug, A: Allocator, S: Search<K>>(
    map: &FlatMap<K, u64, A, S>,
    model: &BTreeMap<K, u64>,
    probes: &[K],
) {
    assert_eq!(map.len(), model.len());
    assert!(map.iter().eq(model.iter()));
    assert!(map.iter().rev().eq(model.iter().rev()));
    for probe in probes.iter().chain(model.keys().step_by(1 + model.len() / 40)) {
        assert_eq!(map.get_key_value(probe), model.get_key_value(probe), "{probe:?}");
        let rank = model.range(..probe.clone()).count();
        let cursor = map.lower_bound(Bound::Included(probe));
        assert_eq!(cursor.index(), rank);
        assert_eq!(map.range(probe.clone()..).next(), model.range(probe.clone()..).next());
        let to = ..=probe.clone();
        assert_eq!(map.range(to.clone()).next_back(), model.range(to).next_back());
    }
    if let [a, b, c, ..] = probes {
        assert_eq!(map.get_many([a, b, c]), [a, b, c].map(|key| model.get(key)));
    }
}

fn differential<K: Ord + Clone + core::fmt::Debug, A: Allocator + Clone>(
    seed: u64,
    steps: usize,
    alloc: A,
    key: impl Fn(u64) -> K,
) {
    compared(seed, steps, FlatMap::new_in(alloc), key);
}

/// A random program of changes to an empty map, each compared.
pub(super) fn compared<K, A, S>(
    seed: u64,
    steps: usize,
    mut map: FlatMap<K, u64, A, S>,
    key: impl Fn(u64) -> K,
) where
    K: Ord + Clone + core::fmt::Debug,
    A: Allocator + Clone,
    S: Search<K>,
{
    let (mut random, mut model) = (Random(seed), BTreeMap::new());
    for step in 0..steps {
        let range = [10, 300, 3000][random.below(3) as usize];
        let k = key(random.below(range));
        let value = step as u64;
        match random.below(24) {
            0..8 => assert_eq!(map.insert(k.clone(), value), model.insert(k, value)),
            8..11 => assert_eq!(map.remove_entry(&k), model.remove_entry(&k)),
            11 => assert_eq!(map.pop_first(), model.pop_first()),
            12 => assert_eq!(map.pop_last(), model.pop_last()),
            13 => {
                let (a, b) = (map.entry(k.clone()).or_insert(7), model.entry(k).or_insert(7));
                assert_eq!(a, b);
                (*a, *b) = (value, value);
            }
            14 | 15 => {
                let n = random.below(200);
                let more: Vec<_> =
                    (0..n).map(|i| (key(random.below(range)), value ^ i << 32)).collect();
                map.extend(more.iter().cloned());
                model.extend(more);
            }
            16 => {
                let keep = random.below(5);
                map.retain(|_, v| *v % 5 != keep);
                model.retain(|_, v| *v % 5 != keep);
            }
            17 => {
                let (mut a, mut b) = (map.split_off(&k), model.split_off(&k));
                agree(&a, &b, &[k]);
                if random.below(2) == 0 {
                    a.insert(key(random.below(range)), 3);
                    b = a.iter().map(|(k, v)| (k.clone(), *v)).collect();
                    map.append(&mut a);
                    model.append(&mut b);
                    assert!(a.is_empty());
                }
            }
            18 => {
                let end = key(random.below(range));
                let (from, to) = (k.clone().min(end.clone()), k.max(end));
                let taken: Vec<_> = map.drain(from.clone()..to.clone()).collect();
                let expected: Vec<_> =
                    model.range(from..to).map(|(k, v)| (k.clone(), *v)).collect();
                for (k, _) in &expected {
                    model.remove(k);
                }
                assert_eq!(taken, expected);
            }
            19 => {
                let some = random.below(20) as usize;
                let taken: Vec<_> =
                    map.extract_if(k.clone().., |_, v| v.is_multiple_of(2)).take(some).collect();
                let expected: Vec<_> = model
                    .range(k..)
                    .filter(|(_, v)| v.is_multiple_of(2))
                    .take(some)
                    .map(|(k, v)| (k.clone(), *v))
                    .collect();
                for (k, _) in &expected {
                    model.remove(k);
                }
                assert_eq!(taken, expected);
            }
            20 => map.shrink_to(random.below(100) as usize),
            21 => {
                for (_, value) in map.range_mut(k.clone()..) {
                    *value += 1;
                }
                model.range_mut(k..).for_each(|(_, value)| *value += 1);
            }
            22 => {
                assert_eq!(map.get_index(5), model.iter().nth(5));
                assert_eq!(map.first_entry().map(|e| e.remove()), model.pop_first().map(|e| e.1));
            }
            _ => {
                let frozen = map.freeze();
                for n in 0..10 {
                    let probe = key(random.below(range) + n);
                    assert_eq!(frozen.get_key_value(&probe), model.get_key_value(&probe));
                    let at = frozen.lower_bound(Bound::Excluded(&probe)).index();
                    assert_eq!(at, model.range(..=probe).count());
                }
                map = frozen.thaw();
            }
        }
        let probes = [0; 4].map(|_| key(random.below(range + 2)));
        agree(&map, &model, &probes);
    }
    let copy = map.clone();
    assert!(copy.into_iter().rev().eq(model.clone().into_iter().rev()));
    assert!(map.into_iter().eq(model));
}

#[test]
fn any_program_does_what_btreemap_does() {
    for seed in 1..6 {
        differential(seed, 250, Global, |n| n);
        differential(seed, 250, Global, |n| (n as i64 - 100) << 50);
        differential(seed, 250, Global, |n| n as u32 ^ 0x8000_0000);
        differential(seed, 250, Global, |n| n as i32 - 40);
        differential(seed, 250, Global, |n| n as u16);
        differential(seed, 250, Global, |n| n as u8);
        differential(seed, 250, Global, |n| n as i8);
        differential(seed, 250, Global, |n| (n * 77_777_777) as usize);
        differential(seed, 250, Global, |n| char::from_u32(n as u32 * 17).unwrap());
        differential(seed, 250, Global, |n| u128::from(n) << (n % 100));
        differential(seed, 250, Global, |n| i128::from(n) - 50);
        differential(seed, 250, Global, |n| n.to_string());
        differential(seed, 250, Global, |n| format!("common/prefix/{n}"));
        differential(seed, 250, Global, |n| "x".repeat(n as usize % 20));
        differential(seed, 250, Global, |n| (n % 5, n));
        differential(seed, 250, Global, core::cmp::Reverse);
    }
    differential(9, 2000, Global, |n| if n == 0 { u64::MAX } else { n - 1 });
}

#[test]
fn a_few_collected_at_once_do_what_btreemap_does() {
    fn collected<K: Ord + Clone + core::fmt::Debug>(key: impl Fn(u64) -> K) {
        let mut random = Random(5);
        for len in 0..80 {
            for range in [3, 60, 5000] {
                let entries: Vec<_> =
                    (0..len).map(|n| (key(random.below(range)), std::rc::Rc::new(n))).collect();
                let mut map: FlatMap<_, _> = entries.iter().cloned().collect();
                let model: BTreeMap<_, _> = entries.iter().cloned().collect();
                assert!(map.iter().eq(&model), "{entries:?}");
                assert!(model.keys().all(|k| map.contains_key(k)));
                // Each that was replaced is gone, once.
                let counts: Vec<_> =
                    entries.iter().map(|e| std::rc::Rc::strong_count(&e.1)).collect();
                assert_eq!(counts.iter().sum::<usize>(), entries.len() + 2 * model.len());
                // Into a map that has memory, and room before the first entry.
                map.clear();
                map.extend(entries.iter().cloned().rev().take(20));
                assert!(map.as_keys().is_sorted() && map.keys().all(|k| map.contains_key(k)));
                map.clear();
                map.insert(key(1), std::rc::Rc::new(0));
                map.pop_last();
                map.extend(entries.clone());
                assert!(map.iter().eq(&model));
            }
        }
    }
    collected(|n| n);
    collected(|n| n as i8);
    collected(|n| u128::from(n) << (n % 100));
    collected(|n| n.to_string());
    collected(|n| format!("common/prefix/{n}"));
    collected(|n| (n % 5, n));
    collected(|n| if n % 3 == 0 { u64::MAX } else { n });
    // What comes after the few, and what ends before; an iterator that panics.
    let more = (0..10).chain((0..200).filter(|n| n % 2 == 1).rev()).map(|n| (n, n));
    assert_eq!(more.collect::<FlatMap<u64, u64>>().len(), 105);
    let live = std::rc::Rc::new(());
    let result = catch_unwind(AssertUnwindSafe(|| {
        let entries = [5, 2, 9, 1].map(|n| (n, live.clone()));
        let panics = entries.into_iter().inspect(|(n, _)| assert_ne!(*n, 1, "on command"));
        panics.collect::<FlatMap<u64, _>>()
    }));
    assert!(result.is_err() && std::rc::Rc::strong_count(&live) == 1);
}

#[test]
fn awkward_allocators_are_borne() {
    let counting = Counting::new(Global);
    differential(1, 200, &Poison::new(OverReturn::new(&counting)), |n| n);
    differential(2, 200, &Exact::new(&counting), |n| n.to_string());
    differential(3, 200, &Exact::new(&counting), |n| (n, 0_u8));
    let arena = larder::Arena::new_in(&counting);
    differential(4, 200, &arena, |n| n);
    drop(arena);
    counting.assert_no_leaks();
}

#[test]
fn sets_do_what_btreeset_does() {
    let mut random = Random(77);
    for _ in 0..60 {
        let [a, b] = [0; 2].map(|_| {
            let (n, range) = (random.below(80), 1 + random.below(100));
            (0..n).map(|_| random.below(range)).collect::<BTreeSet<_>>()
        });
        let (x, y) = (a.iter().copied().collect(), b.iter().copied().collect());
        let (x, y): (FlatSet<u64>, FlatSet<u64>) = (x, y);
        assert!(x.iter().eq(&a) && x.union(&y).eq(a.union(&b)));
        assert!(x.intersection(&y).eq(a.intersection(&b)));
        assert!(x.difference(&y).eq(a.difference(&b)));
        assert!(x.symmetric_difference(&y).eq(a.symmetric_difference(&b)));
        assert!((&x & &y).iter().eq(&(&a & &b)) && (&x | &y).iter().eq(&(&a | &b)));
        assert!((&x ^ &y).iter().eq(&(&a ^ &b)) && (&x - &y).iter().eq(&(&a - &b)));
        assert_eq!(x.is_subset(&y), a.is_subset(&b));
        assert_eq!((&x & &y).is_subset(&y), (&a & &b).is_subset(&b));
        assert_eq!(x.is_superset(&y), a.is_superset(&b));
        assert_eq!(x.is_disjoint(&y), a.is_disjoint(&b));
        assert_eq!((x.cmp(&y), x == y), (a.cmp(&b), a == b));
        for hint in [x.union(&y).size_hint(), x.symmetric_difference(&y).size_hint()] {
            assert!(hint.0 <= a.union(&b).count() && hint.1.is_some());
        }
        let (mut x, mut a) = (x, a);
        let k = random.below(100);
        assert_eq!((x.replace(k), x.insert(k)), (a.replace(k), a.insert(k)));
        assert_eq!((x.take(&k), x.remove(&k)), (a.take(&k), a.remove(&k)));
        assert_eq!((x.first(), x.last()), (a.first(), a.last()));
        assert_eq!(x.lower_bound(Bound::Excluded(&k)).index(), a.range(..=k).count());
        assert_eq!(x.upper_bound(Bound::Excluded(&k)).index(), a.range(..k).count());
        assert!(x.range(k..).eq(a.range(k..)));
        let even: Vec<_> = x.extract_if(.., |n| n.is_multiple_of(2)).collect();
        a.retain(|n| !n.is_multiple_of(2));
        assert!(even.iter().all(|n| n.is_multiple_of(2)) && x.iter().eq(&a));
        assert!(x.drain(k..).rev().eq(a.split_off(&k).into_iter().rev()) && x.iter().eq(&a));
        assert_eq!((x.pop_first(), x.pop_last()), (a.pop_first(), a.pop_last()));
        assert_eq!(format!("{x:?}"), format!("{a:?}"));
        assert_eq!(x.into_vec(), a.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn any_refused_request_leaves_what_was_there() {
    fn program<K: Ord + Clone>(key: impl Fn(u64) -> K) {
        let sweep = fail_each_allocation(|alloc| {
            let mut map = FlatMap::new_in(alloc);
            for n in 0..70 {
                let before = map.len();
                if let Err(refused) = map.try_insert(key(n * 3 % 70), n) {
                    assert_eq!(map.len(), before);
                    assert!(refused.into_value().0 == key(n * 3 % 70));
                    return Err(());
                }
            }
            let more = (0..90).rev().map(|n| (key(n), n + 1000));
            let left = match map.try_extend(more) {
                Ok(()) => 0,
                Err(refused) => refused.into_value().count(),
            };
            assert!(left <= 90 && map.len() >= if left > 0 { 70 } else { 90 });
            let copy = map.try_clone_in(alloc).map_err(drop)?;
            assert!(copy == map);
            let mut other = map.try_split_off(&key(33)).map_err(drop)?;
            assert_eq!(map.len() + other.len(), copy.len());
            let (here, there) = (map.len(), other.len());
            if map.try_append(&mut other).is_err() {
                assert_eq!((map.len(), other.len()), (here, there));
                return Err(());
            }
            assert!(copy == map);
            let map = match map.try_freeze() {
                Ok(frozen) => frozen.thaw(),
                Err(refused) => {
                    assert!(refused.into_value() == copy);
                    return Err(());
                }
            };
            assert!(copy == map);
            if left > 0 { Err(()) } else { Ok(()) }
        });
        // Scratch memory that is refused is done without.
        let swallowed = |found: &Finding| matches!(found, Finding::Swallowed { .. });
        assert!(sweep.findings.iter().all(swallowed), "{sweep}");
    }
    program(|n| n);
    program(|n| n.to_string());
    program(|n| (n, n));
}

#[test]
fn what_cannot_be_stored_comes_back_in_order() {
    for nth in 0..40 {
        let alloc = FailNth::new(Global, nth);
        let mut map = FlatMap::new_in(&alloc);
        let mut model = BTreeMap::new();
        let entries: Vec<_> = (0..300_u64).map(|n| (n * 7919 % 101, n)).collect();
        let left: Vec<_> = match map.try_extend(entries.clone()) {
            Ok(()) => Vec::new(),
            Err(refused) => refused.into_value().collect(),
        };
        map.extend(left);
        model.extend(entries);
        assert!(map.iter().eq(&model), "{nth}");
    }
    for seed in 0..30 {
        let alloc = FailRandomly::new(Global, 2, seed);
        let mut map = FlatMap::new_in(&alloc);
        let mut model = BTreeMap::new();
        for n in 0..500 {
            let key = n * 7919 % 301;
            if map.try_insert(key, n).is_ok() {
                model.insert(key, n);
            }
        }
        assert!(map.iter().eq(&model));
    }
}

/// Runs `body` with a map of 20 dummies, some of which panics at some time, until none does.
fn panic_sweep(
    arm: impl Fn(&Tally, usize),
    body: impl for<'t> Fn(&'t Tally, FlatMap<CrashDummy<'t>, CrashDummy<'t>>),
) {
    for n in 0..300 {
        let tally = Tally::new();
        let map = (0..20).map(|id| (tally.dummy(id * 2), tally.dummy(id))).collect();
        arm(&tally, n);
        let ended = catch_unwind(AssertUnwindSafe(|| body(&tally, map)));
        assert_eq!(tally.live(), 0, "panic {n}");
        if ended.is_ok() {
            return;
        }
    }
    panic!("it never ends without a panic");
}

#[test]
fn elements_that_panic_when_dropped_or_cloned_are_each_dropped_once() {
    let drops: fn(&Tally, usize) = |tally, n| tally.panic_after(Step::Drop, n);
    panic_sweep(drops, |_, map| drop(map));
    panic_sweep(drops, |_, mut map| {
        map.clear();
    });
    panic_sweep(drops, |_, mut map| map.retain(|k, _| k.id % 3 == 0));
    panic_sweep(drops, |t, mut map| drop(map.drain(t.dummy(5)..t.dummy(30))));
    panic_sweep(drops, |t, mut map| {
        map.extract_if(t.dummy(5).., |k, _| k.id % 4 == 0).for_each(drop)
    });
    panic_sweep(drops, |_, map| {
        let mut entries = map.into_iter();
        entries.next();
        entries.next_back();
    });
    panic_sweep(drops, |t, mut map| {
        map.extend((0..40).rev().map(|id| (t.dummy(id % 30), t.dummy(id))));
    });
    panic_sweep(drops, |t, mut map| {
        let mut other = map.split_off(&t.dummy(11));
        map.append(&mut other);
        map.insert(t.dummy(4), t.dummy(4));
        map.pop_first();
    });
    panic_sweep(|tally, n| tally.panic_after(Step::Clone, n), |_, map| drop(map.clone()));
}

/// A key that panics when it is compared for the nth time.
#[derive(Clone, Debug)]
struct Fuse<'a>(u32, &'a Cell<usize>);

impl PartialEq for Fuse<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Fuse<'_> {}
impl PartialOrd for Fuse<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Fuse<'_> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.1.set(self.1.get().checked_sub(1).expect("a comparison panics on command"));
        self.0.cmp(&other.0)
    }
}

#[test]
fn comparisons_and_closures_that_panic_lose_nothing_that_was_there() {
    let mut ended = 0;
    for n in 0..600 {
        let fuse = Cell::new(usize::MAX);
        let mut map: FlatMap<_, _> = (0..30).map(|k| (Fuse(k * 2, &fuse), k.to_string())).collect();
        let before: Vec<_> = map.as_keys().iter().map(|k| k.0).collect();
        fuse.set(n);
        let result = catch_unwind(AssertUnwindSafe(|| {
            map.extend((0..50).rev().map(|k| (Fuse(k * 3 % 71, &fuse), k.to_string())));
            map.insert(Fuse(33, &fuse), String::new());
            *map.entry(Fuse(35, &fuse)).or_default() += "x";
        }));
        fuse.set(usize::MAX);
        assert!(before.iter().all(|k| map.contains_key(&Fuse(*k, &fuse))), "{n}");
        assert!(map.as_keys().is_sorted());
        ended += usize::from(result.is_ok());
        let asked = Cell::new(0);
        let result = catch_unwind(AssertUnwindSafe(|| {
            map.retain(|k, _| {
                asked.set(asked.get() + 1);
                assert!(asked.get() < 20, "a closure panics on command");
                k.0 % 2 == 0
            });
        }));
        assert!(result.is_err() && map.as_keys().is_sorted());
        assert!(before.iter().all(|k| map.contains_key(&Fuse(*k, &fuse))), "{n}");
    }
    assert!(ended > 0, "the fuse is never long enough");
}

#[test]
fn building_that_panics_drops_each_entry_once() {
    let mut ended = 0;
    for n in (0..2000).step_by(7) {
        let (fuse, live) = (Cell::new(n), std::rc::Rc::new(()));
        let result = catch_unwind(AssertUnwindSafe(|| {
            let entries = (0..200).map(|k| (Fuse(k * 77 % 151, &fuse), (k, live.clone())));
            entries.collect::<FlatMap<_, _>>()
        }));
        fuse.set(usize::MAX);
        assert_eq!(std::rc::Rc::strong_count(&live) > 1, result.is_ok());
        if let Ok(map) = result {
            let last: BTreeMap<_, _> = (0..200).map(|k| (k * 77 % 151, k)).collect();
            assert!(map.iter().map(|(k, v)| (k.0, v.0)).eq(last));
            drop(map);
            ended += 1;
        }
        assert_eq!(std::rc::Rc::strong_count(&live), 1);
    }
    assert!(ended > 0, "the fuse is never long enough");
}

#[test]
fn refusals_while_building_give_back_what_is_not_in_the_map() {
    fn built<K: Ord + Clone>(key: impl Fn(u64) -> K) {
        // The fewer are said to come, the more often there must be more memory.
        for said in [0, 3, 500] {
            let sweep = fail_each_allocation(|alloc| {
                let model: BTreeMap<_, _> = (0..500).map(|n| (key(n * 77 % 431), n)).collect();
                let mut came = 0;
                let entries = core::iter::from_fn(|| {
                    came += 1;
                    (came <= 500).then(|| (key((came - 1) * 77 % 431), came - 1))
                });
                let mut map = FlatMap::new_in(alloc);
                let _ = map.try_reserve(said);
                let Err(refused) = map.try_extend(entries) else {
                    assert!(map.iter().eq(&model));
                    return Ok(());
                };
                let left: Vec<_> = refused.into_value().collect();
                assert!(map.as_keys().is_sorted_by(|a, b| a < b));
                let mut whole: BTreeMap<_, _> = map.into_iter().collect();
                whole.extend(left);
                assert!(whole == model);
                Err(())
            });
            let swallowed = |found: &Finding| matches!(found, Finding::Swallowed { .. });
            assert!(sweep.findings.iter().all(swallowed), "{sweep}");
        }
    }
    built(|n| n);
    built(|n| n as u16);
    built(|n| n << 40 | (n % 3) << 62);
    built(|n| n.to_string());
    built(|n| (n, n));
    built(|n| [n as u8, (n >> 8) as u8, 0]);
}

#[test]
fn keys_that_lie_do_no_harm() {
    for seed in 0..300 {
        let mut map = FlatMap::new();
        let result = catch_unwind(AssertUnwindSafe(|| {
            let key = |id| ChaoticOrd::new(id, seed * 1000 + u64::from(id));
            for id in 0..60 {
                map.insert(key(id), std::boxed::Box::new(id));
            }
            map.extend((0..90).map(|id| (key(id), std::boxed::Box::new(id))));
            map.remove(&key(5));
            let _ = map.range(key(1)..).count();
            let mut other = map.split_off(&key(3));
            map.append(&mut other);
            drop(map.drain(key(1)..));
        }));
        // Sorting may notice, and ranges may be the wrong way round.
        drop(result);
        let set: FlatSet<_> = (0..30).map(|id| ChaoticOrd::new(id, seed)).collect();
        let rest: FlatSet<_> = (0..30).map(|id| ChaoticOrd::new(id, seed + 1)).collect();
        let _ = (set.union(&rest).count(), set.intersection(&rest).count());
        let _ = (set.difference(&rest).count(), set.symmetric_difference(&rest).count());
        assert!(map.iter().all(|(_, value)| **value < 90));
    }
}

#[test]
fn forgotten_iterators_leak_and_leave_an_empty_map() {
    let alloc = Counting::new(Global);
    let mut map: FlatMap<_, _, _> = FlatMap::new_in(&alloc);
    map.extend((0..100_u64).map(|n| (n, n)));
    core::mem::forget(map.drain(10..20));
    assert!(map.is_empty() && map.get(&5).is_none());
    map.extend((0..100).map(|n| (n, n)));
    let mut some = map.extract_if(.., |_, _| true);
    some.next();
    core::mem::forget(some);
    map.insert(3, 4);
    assert_eq!(map.as_keys(), [3]);
    drop(map);
    assert_eq!(alloc.live_blocks(), 2);
}

#[test]
fn elements_of_no_size_and_of_wide_alignment() {
    let mut units: FlatMap<(), ()> = (0..100).map(|_| ((), ())).collect();
    assert_eq!((units.len(), units.get(&())), (1, Some(&())));
    assert_eq!(units.remove(&()), Some(()));
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    #[repr(align(128))]
    struct Wide(u8);
    let map: FlatMap<u64, Wide> = (0..200).rev().map(|n| (n, Wide(n as u8))).collect();
    assert!(map.as_values().as_ptr().addr().is_multiple_of(128));
    let map: FlatMap<Wide, u64> = (0..200).rev().map(|n| (Wide(n), u64::from(n))).collect();
    assert!(map.iter().all(|(k, v)| u64::from(k.0) == *v && (&raw const *k).addr() % 128 == 0));
    let map: FlatMap<Wide, ()> = map.into_keys().map(|k| (k, ())).collect();
    assert_eq!(map.freeze().index_of(&Wide(77)), Some(77));
}

#[test]
fn room_is_used_before_memory_is_asked_for() {
    for order in [
        |n: u64| n,
        |n| 999 - n,
        |n| n * 617 % 1000,
        |n| if n % 2 == 0 { n / 2 } else { 999 - n / 2 },
    ] {
        let alloc = FailNth::never(Global);
        let mut map = FlatMap::with_capacity_in(1000, &alloc);
        let capacity = map.capacity();
        for n in 0..1000 {
            map.insert(order(n), n);
        }
        assert_eq!((map.len(), map.capacity(), alloc.requests()), (1000, capacity, 1));
    }
    let mut map = FlatMap::new();
    assert!(map.try_reserve(usize::MAX).is_err() && map.try_reserve(usize::MAX / 16).is_err());
    map.insert(1_u8, String::new());
    assert!(map.try_reserve(usize::MAX).is_err());
    assert_eq!(map.len(), 1);
    struct Liar(u32);
    impl Iterator for Liar {
        type Item = (u32, u32);
        fn next(&mut self) -> Option<(u32, u32)> {
            self.0 = self.0.checked_sub(1)?;
            Some((self.0, 0))
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, Some(0))
        }
    }
    assert_eq!(Liar(50).collect::<FlatMap<_, _>>().len(), 50);
}

#[test]
fn what_is_not_sorted_is_told_where() {
    let error = FlatMap::from_parts(vec![1, 2, 2], vec![(); 3]).unwrap_err();
    assert_eq!(error, Unsorted::Key(2));
    assert!(error.to_string().starts_with("key 2 is not greater"));
    let error = FlatMap::from_parts(vec![1, 2], vec![(); 3]).unwrap_err();
    assert!(error.to_string().contains("2 keys and 3 values"));
    let mut map = FlatMap::from([(1, 'a'), (3, 'c')]);
    let mut cursor = map.lower_bound_mut(Bound::Included(&2));
    assert_eq!(cursor.insert_before(1, 'x'), Err(Unsorted::Key(1)));
    assert_eq!(cursor.insert_before(3, 'x'), Err(Unsorted::Key(2)));
    assert_eq!(cursor.insert_before(2, 'b'), Ok(()));
    assert_eq!((cursor.index(), cursor.prev()), (2, Some((&2, &mut 'b'))));
    assert_eq!((cursor.remove_prev(), cursor.remove_next()), (Some((1, 'a')), Some((2, 'b'))));
    assert_eq!(cursor.next(), Some((&3, &mut 'c')));
    assert_eq!(cursor.next(), None);
    for range in
        [(Bound::Excluded(1), Bound::Excluded(1)), (Bound::Included(2), Bound::Excluded(1))]
    {
        assert!(catch_unwind(AssertUnwindSafe(|| map.range(range).count())).is_err());
    }
}

#[test]
fn memory_is_what_the_module_says() {
    fn held<K: Ord, V: Default>(n: u64, key: impl Fn(u64) -> K) -> usize {
        let alloc = Counting::new(Global);
        let mut map = FlatMap::with_capacity_in(n as usize, &alloc);
        (0..n).for_each(|n| drop(map.insert(key(n), V::default())));
        alloc.live_bytes()
    }
    let n = 65_536;
    let levels = 16 + 256 + 4096;
    assert_eq!(held::<u64, u64>(n, |n| n), 65_536 * 16 + levels * 8);
    assert_eq!(held::<u32, u8>(n, |n| n as u32), 65_536 * 5 + levels * 4);
    assert_eq!(held::<&str, ()>(1, |_| ""), 16 * (16 + 8));
    assert_eq!(held::<(u64, u64), u64>(n, |n| (n, n)), 65_536 * 24);
    for slots in [16, 160, 1600, 16_000, 65_552] {
        let levels = held::<u64, u64>(slots, |n| n) - slots as usize * 16;
        assert!(levels <= slots as usize * 8 / 7 + 256, "{slots}");
    }
}

/// Every size from none to 40, from either end, with the least and the greatest key and without them.
#[test]
fn every_small_size_finds_what_is_there_and_where_the_rest_belongs() {
    fn check<K: Ord + Copy + core::fmt::Debug>(all: &[K]) {
        for len in 0..=40.min(all.len()) {
            for first in 0..=all.len() - len {
                let (keys, mut maps) = (&all[first..first + len], [FlatMap::new(), FlatMap::new()]);
                for (nth, key) in keys.iter().enumerate() {
                    maps[0].insert(*key, nth);
                }
                for (nth, key) in keys.iter().enumerate().rev() {
                    maps[1].insert(*key, nth);
                }
                for map in &mut maps {
                    for key in all {
                        let expected = keys.binary_search(key).ok();
                        assert_eq!(map.index_of(key), expected, "{key:?} of {keys:?}");
                        assert_eq!(map.get(key).copied(), expected);
                        assert_eq!(map.get_mut(key).copied(), expected);
                        assert_eq!(map.get_many([key, key]), [expected.as_ref(); 2]);
                        let at = map.lower_bound(core::ops::Bound::Included(key)).index();
                        assert_eq!(at, keys.partition_point(|k| k < key));
                    }
                }
            }
        }
    }
    check(&[0, 1, 2, u64::MAX - 1, u64::MAX]);
    check(&core::array::from_fn::<u64, 43, _>(|n| n as u64 * 3));
    check(&core::array::from_fn::<u64, 43, _>(|n| u64::MAX - 126 + n as u64 * 3));
    check(&core::array::from_fn::<i32, 43, _>(|n| n as i32 - 21));
    check(&core::array::from_fn::<u16, 43, _>(|n| n as u16 * 1560));
    check(&core::array::from_fn::<i8, 43, _>(|n| (n as i32 * 6 - 126) as i8));
    check(&[i8::MIN, -1, 0, 1, i8::MAX]);
    check(&[u8::MIN, 1, 127, 128, u8::MAX]);
}
