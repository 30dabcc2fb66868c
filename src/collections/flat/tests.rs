use core::{cell::Cell, ops::Bound};
use std::{
    collections::{BTreeMap, BTreeSet},
    format,
    panic::{AssertUnwindSafe, catch_unwind},
    string::{String, ToString},
    vec,
    vec::Vec,
};

use super::*;
use crate::{
    alloc::{Allocator, Global},
    testing::{
        dummy::{ChaoticOrd, Tally},
        hostile::{Counting, Exact, FailNth, FailRandomly, OverReturn, Poison},
        sweep::fail_each_allocation,
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
fn agree<K: Ord + Clone + core::fmt::Debug, A: Allocator>(
    map: &FlatMap<K, u64, A>,
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

/// A random program of changes, each compared.
fn differential<K: Ord + Clone + core::fmt::Debug, A: Allocator + Clone>(
    seed: u64,
    steps: usize,
    alloc: A,
    key: impl Fn(u64) -> K,
) {
    let mut random = Random(seed);
    let (mut map, mut model) = (FlatMap::new_in(alloc), BTreeMap::new());
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
                expected.iter().for_each(|(k, _)| drop(model.remove(k)));
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
                expected.iter().for_each(|(k, _)| drop(model.remove(k)));
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
        differential(seed, 250, Global, |n| core::cmp::Reverse(n));
    }
    differential(9, 2000, Global, |n| if n == 0 { u64::MAX } else { n - 1 });
}

#[test]
fn awkward_allocators_are_borne() {
    let counting = Counting::new(Global);
    differential(1, 200, &Poison::new(OverReturn::new(&counting)), |n| n);
    differential(2, 200, &Exact::new(&counting), |n| n.to_string());
    differential(3, 200, &Exact::new(&counting), |n| (n, 0_u8));
    let arena = crate::Arena::new_in(&counting);
    differential(4, 200, &arena, |n| n);
    drop(arena);
    counting.assert_no_leaks();
}
