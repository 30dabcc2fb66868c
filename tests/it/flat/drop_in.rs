//! One suite for std's `BTreeMap` and `BTreeSet` and for ours, which differ by an alias and no more: what
//! programs do with a map that they do not know to be another type.

/// The suite; `$alias` declares the types `BTreeMap<K, V>` and `BTreeSet<T>`.
macro_rules! suite {
    ($name:ident, $($alias:tt)*) => {
        mod $name {
            use core::{
                cmp::Ordering,
                hash::BuildHasher,
                ops::Bound::{Excluded, Included, Unbounded},
                panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe},
            };
            use std::{collections::HashMap, collections::hash_map::RandomState, panic::catch_unwind};

            $($alias)*

            fn squares(n: i32) -> BTreeMap<i32, i32> {
                (0..n).map(|k| (k, k * k)).collect()
            }

            #[test]
            fn it_is_made_in_all_ways() {
                const EMPTY: BTreeMap<u8, u8> = BTreeMap::new();
                let mut made = BTreeMap::from([(3, 'c'), (1, 'a'), (3, 'x'), (2, 'b')]);
                assert_eq!(made, [(1, 'a'), (2, 'b'), (3, 'x')].into_iter().collect());
                assert_eq!(made, BTreeMap::from_iter([(2, 'b'), (3, 'x'), (1, 'a')]));
                made.extend([(9, 'z'), (1, 'A')]);
                made.extend(&BTreeMap::from([(5, 'e')]));
                assert_eq!(format!("{made:?}"), "{1: 'A', 2: 'b', 3: 'x', 5: 'e', 9: 'z'}");
                assert!(EMPTY.is_empty() && EMPTY == BTreeMap::default());
                let into: BTreeMap<&str, i32> = [("b", 2), ("a", 1)].into();
                assert_eq!(into.keys().copied().collect::<String>(), "ab");
                let mut copy = into.clone();
                copy.clone_from(&into);
                assert_eq!(copy, into);
                let (even, odd): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    squares(10).into_iter().partition(|(k, _)| k % 2 == 0);
                assert_eq!((even.len(), odd.len()), (5, 5));
                let all: Result<BTreeMap<_, _>, ()> = [Ok((1, 2)), Err(()), Ok((3, 4))].into_iter().collect();
                assert_eq!(all, Err(()));
            }

            #[test]
            fn it_is_looked_at() {
                let map = squares(300);
                assert_eq!((map.len(), map.is_empty()), (300, false));
                assert_eq!((map.get(&17), map.get(&300), map[&4]), (Some(&289), None, 16));
                assert_eq!(map.get_key_value(&3), Some((&3, &9)));
                assert_eq!((map.first_key_value(), map.last_key_value()), (Some((&0, &0)), Some((&299, &89_401))));
                assert!(map.contains_key(&0) && !map.contains_key(&-1));
                let names = BTreeMap::from([(String::from("a"), 1), (String::from("b"), 2)]);
                assert_eq!((names.get("b"), names["a"], names.contains_key("c")), (Some(&2), 1, false));
                assert!(catch_unwind(|| names["c"]).is_err());
                let vecs = BTreeMap::from([(vec![1, 2], 'x')]);
                assert_eq!(vecs.get(&[1, 2][..]), Some(&'x'));
            }

            #[test]
            fn it_is_changed_one_by_one() {
                let mut map = BTreeMap::new();
                for n in [5, 1, 9, 3, 7, 5] {
                    map.insert(n, n * 10);
                }
                assert_eq!((map.insert(5, 0), map.insert(6, 60)), (Some(50), None));
                *map.get_mut(&6).unwrap() += 1;
                assert_eq!((map.remove(&6), map.remove(&6)), (Some(61), None));
                assert_eq!(map.remove_entry(&9), Some((9, 90)));
                assert_eq!((map.pop_first(), map.pop_last()), (Some((1, 10)), Some((7, 70))));
                assert_eq!(map.first_entry().map(|e| e.remove_entry()), Some((3, 30)));
                let mut last = map.last_entry().unwrap();
                assert_eq!((*last.key(), *last.get(), last.insert(1)), (5, 0, 0));
                *last.get_mut() += 1;
                *last.into_mut() *= 4;
                assert_eq!(map.get(&5), Some(&8));
                map.clear();
                assert!(map.is_empty() && map.pop_first().is_none() && map.pop_last().is_none());
                assert!(map.first_entry().is_none() && map.last_entry().is_none());
                assert!(map.first_key_value().is_none() && map.last_key_value().is_none());
            }

            #[test]
            fn it_is_changed_by_entries() {
                let mut counts = BTreeMap::new();
                for word in "one two three two three three".split(' ') {
                    *counts.entry(word).or_insert(0) += 1;
                }
                assert!(counts.iter().eq([(&"one", &1), (&"three", &3), (&"two", &2)]));
                *counts.entry("four").or_default() += 4;
                counts.entry("four").and_modify(|n| *n += 1).or_insert(9);
                counts.entry("five").and_modify(|n| *n += 1).or_insert_with(|| 5);
                counts.entry("eleven").or_insert_with_key(|key| key.len());
                assert_eq!((counts["four"], counts["five"], counts["eleven"]), (5, 5, 6));
                match counts.entry("one") {
                    Entry::Occupied(entry) => {
                        assert_eq!(format!("{entry:?}"), r#"OccupiedEntry { key: "one", value: 1 }"#);
                        assert_eq!((entry.key(), entry.get()), (&"one", &1));
                        assert_eq!(entry.remove(), 1);
                    }
                    Entry::Vacant(_) => unreachable!(),
                }
                match counts.entry("one") {
                    Entry::Vacant(entry) => {
                        assert_eq!(format!("{entry:?}"), r#"VacantEntry("one")"#);
                        assert_eq!(entry.key(), &"one");
                        *entry.insert(10) += 1;
                    }
                    Entry::Occupied(_) => unreachable!(),
                }
                assert_eq!((counts["one"], counts.entry("two").key()), (11, &"two"));
                assert_eq!(*counts.entry("six").insert_entry(6).get(), 6);
                if let Entry::Vacant(entry) = counts.entry("seven") {
                    assert_eq!(entry.into_key(), "seven");
                }
                assert_eq!(counts.len(), 7);
                let mut lists: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
                (0..20).for_each(|n| lists.entry(n % 3).or_default().push(n));
                assert_eq!(lists[&2], [2, 5, 8, 11, 14, 17]);
            }

            #[test]
            fn it_is_iterated_from_both_ends() {
                let mut map = squares(6);
                let mut entries = map.iter();
                assert_eq!((entries.next(), entries.next_back()), (Some((&0, &0)), Some((&5, &25))));
                assert_eq!((entries.len(), entries.size_hint()), (4, (4, Some(4))));
                assert_eq!(entries.clone().map(|(k, _)| *k).collect::<Vec<_>>(), [1, 2, 3, 4]);
                assert_eq!((entries.clone().min(), entries.clone().max()), (Some((&1, &1)), Some((&4, &16))));
                assert_eq!((entries.clone().last(), entries.clone().nth(2)), (Some((&4, &16)), Some((&3, &9))));
                assert_eq!(format!("{entries:?}"), "[(1, 1), (2, 4), (3, 9), (4, 16)]");
                for (key, value) in &mut map {
                    *value += key;
                }
                for (_, value) in map.iter_mut().rev().take(1) {
                    *value = 0;
                }
                for value in map.values_mut() {
                    *value += 1;
                }
                assert!(map.keys().rev().eq([5, 4, 3, 2, 1, 0].iter()));
                assert!(map.values().eq([1, 3, 7, 13, 21, 1].iter()));
                assert_eq!(format!("{:?} {:?}", map.keys(), map.values()), "[0, 1, 2, 3, 4, 5] [1, 3, 7, 13, 21, 1]");
                assert_eq!((map.keys().len(), map.values().max()), (6, Some(&21)));
                let mut keys = map.clone().into_keys();
                assert_eq!((keys.next(), keys.next_back(), keys.len()), (Some(0), Some(5), 4));
                assert_eq!(map.clone().into_values().rev().take(2).collect::<Vec<_>>(), [1, 21]);
                let mut all = map.into_iter();
                assert_eq!((all.next_back(), all.next(), all.len()), (Some((5, 1)), Some((0, 1)), 4));
                assert_eq!(format!("{all:?}"), "[(1, 3), (2, 7), (3, 13), (4, 21)]");
                assert!((&squares(3)).into_iter().eq(&[(0, 0), (1, 1), (2, 4)].into_iter().collect::<BTreeMap<_, _>>()));
                assert_eq!(BTreeMap::<u8, u8>::new().iter().next_back(), None);
            }

            #[test]
            fn ranges_are_what_their_bounds_say() {
                let mut map: BTreeMap<i32, i32> = (0..100).map(|k| (k * 2, k)).collect();
                let keys = |range: (core::ops::Bound<i32>, core::ops::Bound<i32>)| {
                    map.range(range).map(|(k, _)| *k).collect::<Vec<_>>()
                };
                assert_eq!(keys((Included(3), Excluded(8))), [4, 6]);
                assert_eq!(keys((Excluded(4), Included(8))), [6, 8]);
                assert_eq!(keys((Unbounded, Excluded(3))), [0, 2]);
                assert_eq!(keys((Excluded(194), Unbounded)), [196, 198]);
                assert!(keys((Included(5), Included(5))).is_empty());
                assert_eq!(map.range(10..=14).rev().map(|(k, _)| *k).collect::<Vec<_>>(), [14, 12, 10]);
                assert_eq!((map.range(..).count(), map.range(500..).count(), map.range(..0).count()), (100, 0, 0));
                let mut range = map.range(0..10);
                assert_eq!((range.next_back(), range.next()), (Some((&8, &4)), Some((&0, &0))));
                assert_eq!(range.clone().min(), Some((&2, &1)));
                assert_eq!(format!("{range:?}"), "[(2, 1), (4, 2), (6, 3)]");
                for (_, value) in map.range_mut(190..) {
                    *value = -1;
                }
                if let Some((_, value)) = map.range_mut(..=7).next_back() {
                    *value = -2;
                }
                assert_eq!(map.values().filter(|v| **v < 0).count(), 6);
                let words = BTreeMap::from(["a", "b", "c"].map(|w| (w.to_string(), ())));
                assert_eq!(words.range::<str, _>((Included("b"), Unbounded)).count(), 2);
                assert_eq!(words.range::<str, _>((Excluded("a"), Included("b"))).count(), 1);
                for (from, to) in [(Included(5), Excluded(4)), (Excluded(4), Excluded(4)), (Included(5), Included(2))] {
                    assert!(catch_unwind(AssertUnwindSafe(|| map.range((from, to)).count())).is_err());
                    assert!(catch_unwind(AssertUnwindSafe(|| map.range_mut((from, to)).count())).is_err());
                }
                assert_eq!(map.range((Included(4), Excluded(4))).count(), 0);
                assert_eq!(map.range((Excluded(4), Included(4))).count(), 0);
            }

            #[test]
            fn many_come_and_go_at_once() {
                let (mut a, mut b) = (squares(5), BTreeMap::from([(3, -3), (8, 64)]));
                a.append(&mut b);
                assert!(b.is_empty() && a.into_iter().eq([(0, 0), (1, 1), (2, 4), (3, -3), (4, 16), (8, 64)]));
                let mut low = squares(10);
                let high = low.split_off(&7);
                assert_eq!((low.len(), high.len(), high.first_key_value()), (7, 3, Some((&7, &49))));
                assert!(low.split_off(&99).is_empty() && low.split_off(&-1).len() == 7 && low.is_empty());
                let mut map = squares(20);
                map.retain(|k, v| {
                    *v += 1;
                    k % 2 == 0
                });
                assert!(map.len() == 10 && map[&4] == 17);
                let gone: BTreeMap<_, _> = map.extract_if(4.., |k, v| {
                    *v *= 2;
                    k % 3 == 0
                }).collect();
                assert!(gone.keys().eq(&[6, 12, 18]) && map[&2] == 5 && map[&4] == 34);
                map.extract_if(.., |_, _| true).next();
                assert_eq!((map.len(), map.contains_key(&0)), (6, false));
                drop(map.extract_if(.., |_, _| panic!("nobody asks")));
                assert_eq!(map.len(), 6);
            }

            #[test]
            fn it_is_compared_hashed_and_kept_as_a_key() {
                let (a, b, c) = (squares(3), squares(4), BTreeMap::from([(0, 0), (1, 2)]));
                assert!(a < b && b < c && a != b && a == a.clone());
                assert_eq!((a.cmp(&b), a.partial_cmp(&c)), (Ordering::Less, Some(Ordering::Less)));
                let hashes = RandomState::new();
                assert_eq!(hashes.hash_one(&a), hashes.hash_one(a.clone()));
                let mut of_maps = HashMap::new();
                of_maps.insert(a.clone(), 1);
                of_maps.insert(b, 2);
                assert_eq!(of_maps.get(&a), Some(&1));
                let tree = BTreeMap::from([(a.clone(), 'a'), (c, 'c')]);
                assert_eq!(tree.get(&a), Some(&'a'));
                fn both<T: Send + Sync + UnwindSafe + RefUnwindSafe + Default + Clone>(_: &T) {}
                both(&a);
                assert_eq!((Keys::<i32, i32>::default().len(), IntoValues::<i32, i32>::default().len()), (0, 0));
                fn covariant<'a>(map: BTreeMap<&'static str, &'static str>) -> BTreeMap<&'a str, &'a str> {
                    map
                }
                assert!(covariant(BTreeMap::new()).is_empty());
                assert!(BTreeMap::from([(0, f64::NAN)]).partial_cmp(&BTreeMap::from([(0, 1.0)])).is_none());
            }

            #[test]
            fn what_changes_values_goes_where_keys_go() {
                /// May go between threads, but not be seen by two.
                #[derive(PartialEq, Eq, PartialOrd, Ord)]
                struct Lone(u8, core::marker::PhantomData<core::cell::Cell<u8>>);
                fn send<T: Send>(of: T) -> T {
                    of
                }
                let lone = |n| Lone(n, core::marker::PhantomData);
                let mut map = BTreeMap::from([1, 3, 2].map(|n| (lone(n), lone(n))));
                send(map.iter_mut()).for_each(|(k, v)| v.0 = k.0 * 2);
                send(map.values_mut()).for_each(|v| v.0 += 1);
                let ends = std::thread::scope(|scope| {
                    let mut some = map.range_mut(lone(2)..);
                    scope.spawn(move || (some.next().unwrap().1.0, some.next_back().unwrap().1.0)).join()
                });
                assert_eq!(ends.unwrap(), (5, 7));
            }

            #[test]
            fn a_closure_that_panicked_is_not_asked_again() {
                let mut asked = 0;
                let mut map = squares(6);
                let mut some = map.extract_if(.., |k, _| {
                    asked += 1;
                    assert_ne!(*k, 3, "a closure panics on command");
                    k % 2 == 0
                });
                assert_eq!((some.next(), some.next()), (Some((0, 0)), Some((2, 4))));
                assert!(catch_unwind(AssertUnwindSafe(|| some.next())).is_err());
                assert_eq!((some.next(), some.next()), (None, None));
                drop(some);
                assert_eq!((asked, map.len(), map.contains_key(&3)), (4, 4, true));
                let mut set = BTreeSet::from([1, 2, 3]);
                let mut some = set.extract_if(.., |k| {
                    assert_ne!(*k, 2, "a closure panics on command");
                    true
                });
                assert!(catch_unwind(AssertUnwindSafe(|| some.by_ref().count())).is_err());
                assert!(some.next().is_none());
                drop(some);
                assert!(set.iter().eq(&[2, 3]));
            }

            #[test]
            fn sets_that_hardly_meet_know_how_many_they_share() {
                let (low, high) = (BTreeSet::from([1, 2, 3]), BTreeSet::from([3, 4]));
                assert_eq!(low.intersection(&high).size_hint(), (1, Some(1)));
                assert_eq!(high.intersection(&low).size_hint(), (1, Some(1)));
                assert!(low.intersection(&high).eq(&[3]) && high.intersection(&low).eq(&[3]));
                assert_eq!(low.difference(&high).size_hint(), (2, Some(2)));
                assert!(low.difference(&high).eq(&[1, 2]) && high.difference(&low).eq(&[4]));
                let far = BTreeSet::from_iter(10..99);
                assert_eq!(low.difference(&far).size_hint(), (3, Some(3)));
                assert_eq!(far.difference(&low).size_hint(), (89, Some(89)));
                assert_eq!(low.intersection(&far).size_hint(), (0, Some(0)));
                let none = BTreeSet::new();
                assert_eq!(none.difference(&low).size_hint(), (0, Some(0)));
                assert_eq!(low.difference(&none).size_hint(), (3, Some(3)));
                assert_eq!((low.difference(&low).count(), low.intersection(&low).count()), (0, 3));
            }

            #[test]
            fn a_program_that_goes_on_for_long_agrees_with_a_list() {
                let (mut map, mut list) = (BTreeMap::new(), Vec::<(u16, u32)>::new());
                let mut state = 1_u32;
                for step in 0..3000 {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let key = (state >> 16) as u16 % 500;
                    let at = list.binary_search_by_key(&key, |e| e.0);
                    if state % 3 == 0 {
                        let taken = at.ok().map(|at| list.remove(at).1);
                        assert_eq!(map.remove(&key), taken);
                    } else {
                        let old = match at {
                            Ok(at) => Some(core::mem::replace(&mut list[at].1, step)),
                            Err(at) => {
                                list.insert(at, (key, step));
                                None
                            }
                        };
                        assert_eq!(map.insert(key, step), old);
                    }
                }
                assert!(map.len() > 200 && map.into_iter().eq(list));
            }

            #[test]
            fn a_set_is_made_and_changed() {
                const NONE: BTreeSet<u8> = BTreeSet::new();
                let mut set = BTreeSet::from([3, 1, 2, 3]);
                assert_eq!(set, [1, 2, 3].into_iter().collect());
                assert_eq!((set.insert(3), set.insert(4), set.len(), set.is_empty()), (false, true, 4, false));
                assert!(set.contains(&4) && !set.contains(&5) && NONE.is_empty());
                assert_eq!((set.get(&2).copied(), set.take(&2), set.take(&2)), (Some(2), Some(2), None));
                assert_eq!((set.remove(&1), set.remove(&1)), (true, false));
                assert_eq!((set.replace(9), set.replace(9)), (None, Some(9)));
                assert_eq!((set.first(), set.last()), (Some(&3), Some(&9)));
                assert_eq!((set.pop_first(), set.pop_last()), (Some(3), Some(9)));
                set.extend([7, 5]);
                set.extend(&BTreeSet::from([6]));
                assert_eq!(format!("{set:?}"), "{4, 5, 6, 7}");
                let high = set.split_off(&6);
                let mut other = BTreeSet::from([0, 4]);
                set.append(&mut other);
                assert_eq!((set, high, other), (BTreeSet::from([0, 4, 5]), BTreeSet::from([6, 7]), BTreeSet::new()));
                let mut set: BTreeSet<_> = (0..20).collect();
                set.retain(|n| n % 2 == 0);
                assert_eq!(set.extract_if(5..15, |n| n % 4 == 0).collect::<Vec<_>>(), [8, 12]);
                assert!(set.iter().eq(&[0, 2, 4, 6, 10, 14, 16, 18]));
                set.clear();
                assert!(set.first().is_none() && set.iter().next().is_none());
                let words: BTreeSet<String> = "to be or not to be".split(' ').map(String::from).collect();
                assert!(words.contains("or") && words.get("be").is_some() && words.len() == 4);
            }

            #[test]
            fn sets_are_combined_and_compared() {
                let (a, b) = (BTreeSet::from([1, 2, 3, 5]), BTreeSet::from([2, 3, 4]));
                assert!(a.union(&b).eq(&[1, 2, 3, 4, 5]) && a.intersection(&b).eq(&[2, 3]));
                assert!(a.difference(&b).eq(&[1, 5]) && a.symmetric_difference(&b).eq(&[1, 4, 5]));
                assert_eq!((&a | &b, &a & &b), (BTreeSet::from([1, 2, 3, 4, 5]), BTreeSet::from([2, 3])));
                assert_eq!((&a - &b, &a ^ &b), (BTreeSet::from([1, 5]), BTreeSet::from([1, 4, 5])));
                assert_eq!((a.union(&b).min(), a.union(&b).max()), (Some(&1), Some(&5)));
                assert_eq!(a.union(&b).clone().copied().sum::<i32>(), 15);
                let two = BTreeSet::from([2]);
                assert!(two.is_subset(&a) && a.is_superset(&two) && !a.is_subset(&b));
                assert!(two.is_disjoint(&BTreeSet::from([1])) && !two.is_disjoint(&b));
                assert!(a < b && a.cmp(&b).is_lt() && a != b);
                assert!(a.range(2..).eq(&[2, 3, 5]) && a.range((Excluded(2), Included(5))).rev().eq(&[5, 3]));
                assert_eq!((a.iter().rev().next(), a.iter().len()), (Some(&5), 4));
                let mut owned = a.clone().into_iter();
                assert_eq!((owned.next(), owned.next_back(), owned.len()), (Some(1), Some(5), 2));
                let hashes = RandomState::new();
                assert_eq!(hashes.hash_one(&a), hashes.hash_one(a.clone()));
                for n in &a {
                    assert!(a.contains(n));
                }
            }
        }
    };
}

suite! { of_std, use std::collections::{BTreeMap, BTreeSet, btree_map::{Entry, IntoValues, Keys}}; }
suite! {
    of_larder,
    use larder::collections::flat::{Entry, IntoValues, Keys};
    type BTreeMap<K, V> = larder::FlatMap<K, V>;
    type BTreeSet<T> = larder::FlatSet<T>;
}
