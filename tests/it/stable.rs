//! Stable vectors from outside: programs against a model, and everything that can go wrong.

use core::{
    cell::Cell,
    fmt::Debug,
    hash::{BuildHasher, Hash},
    mem,
    panic::AssertUnwindSafe,
};
use std::{
    collections::{BTreeSet, HashSet, hash_map::RandomState},
    panic::catch_unwind,
};

use larder::{
    Arena, StableVector,
    alloc::{Allocator, Cause, Global, Null, Refusal},
    collections::stable_vector::{Handle, Key, KeyedVector, SpliceError, Wrap},
    testing::{
        dummy::{ChaoticOrd, CrashDummy, Element, OverAligned, Tally, ZeroSized},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison, Quarantine},
        slots::SlotOp,
        sweep::{self, Lent},
    },
};
use proptest::prelude::*;

fn op() -> impl Strategy<Value = SlotOp> {
    let fields = (any::<u8>(), any::<u8>(), any::<u16>(), any::<u16>(), any::<bool>());
    (0_u8..24, fields).prop_map(|(what, (a, b, at, with, flag))| match what {
        0..5 => SlotOp::Insert { value: a },
        5 | 6 => SlotOp::Extend { count: a, claim: at },
        7..10 => SlotOp::Remove { at },
        10 => SlotOp::RemoveMany { from: at % 100, step: b % 4 },
        11 => SlotOp::Stale { at },
        12 => SlotOp::Swap { at, with },
        13 => SlotOp::Retain { value: a % 8 },
        14 => SlotOp::ExtractIf { value: a % 8, stop: b % 80, back: flag },
        15 => SlotOp::Drain { front: a, back: b, leak: flag },
        16 => SlotOp::Clear,
        17 | 18 => SlotOp::Capacity { grow: at, shrink: with },
        19 => SlotOp::Clone,
        20 => SlotOp::IntoIter { front: a, back: b },
        21 => SlotOp::Splice { count: a },
        _ => SlotOp::BothEnds { front: a, back: b },
    })
}

fn number(value: u8) -> u32 {
    u32::from(value)
}

fn divides(value: u8, element: &u32) -> bool {
    element.is_multiple_of(u32::from(value))
}

proptest! {
    // A failure is printed as a program to keep, so no file of seeds is.
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 200, ..ProptestConfig::default()
    })]

    #[test]
    fn any_program_does_what_the_model_does(ops in prop::collection::vec(op(), 1..60)) {
        larder::slot_differential!(&ops, StableVector::<u32>::new, number, divides);
        larder::slot_differential!(
            &ops, KeyedVector::<u32, Handle<u32>>::new, number, divides
        );
        larder::slot_differential!(
            &ops, KeyedVector::<u32, Handle<u128, Wrap>>::new, number, divides
        );
        let text = |value: u8| format!("{value} is kept on the heap");
        larder::slot_differential!(
            &ops, StableVector::<String>::new, text, |value: u8, e: &String| e.len() % 4 == usize::from(value % 4)
        );
    }

    #[test]
    fn programs_hold_for_elements_of_all_sizes(ops in prop::collection::vec(op(), 1..40)) {
        let large = |value: u8| [value; 5000];
        larder::slot_differential!(
            &ops[..ops.len().min(12)], StableVector::<[u8; 5000]>::new, large,
            |value: u8, e: &[u8; 5000]| e[4999] % 8 == value % 8
        );
        let aligned = |value: u8| OverAligned(value);
        larder::slot_differential!(
            &ops, StableVector::<OverAligned<u8>>::new, aligned,
            |value: u8, e: &OverAligned<u8>| e.0.is_multiple_of(value)
        );
        larder::slot_differential!(&ops, StableVector::<()>::new, |_| (), |value: u8, _: &()| value > 4);
    }

    #[test]
    fn programs_hold_over_awkward_allocators(ops in prop::collection::vec(op(), 1..40)) {
        let arena = Arena::new();
        larder::slot_differential!(&ops, || StableVector::new_in(&arena), number, divides);
        let over = OverReturn::new(Counting::new(Global));
        larder::slot_differential!(&ops, || StableVector::new_in(&over), number, divides);
        let exact = Exact::new(Counting::new(Global));
        larder::slot_differential!(&ops, || StableVector::new_in(&exact), number, divides);
        let watched = Quarantine::new(Poison::new(Global));
        larder::slot_differential!(&ops, || StableVector::new_in(&watched), number, divides);
        assert_eq!((watched.live_blocks(), watched.report()), (0, vec![]));
    }
}

/// A user of most methods, to be let down at every place.
fn uses_all<'t, E: Element<'t>>(tally: &'t Tally, heap: &'t Lent) {
    let make = |id| {
        tally.call();
        E::new(tally, id)
    };
    let mut list: StableVector<E, _> = StableVector::new_in(heap);
    list.extend(tally.iter((0..70).map(make)));
    let first = list.insert_with(|_| make(70));
    let mut copy = list.try_clone_in(heap).unwrap();
    drop(list.remove(first));
    list.retain(|element| {
        tally.call();
        element.id() % 3 != 1
    });
    let picked = list.extract_if(|element| {
        tally.call();
        element.id() % 3 == 2
    });
    drop(picked.collect::<Vec<_>>());
    let mut handles: Vec<_> = copy.handles().collect();
    copy.sort_handles(&mut handles[..8]);
    drop(copy.drain().rev().nth(4));
    copy.extend((0..3).map(make));
    assert_eq!(list.splice(&mut copy).handle(first).map(|h| list.contains(h)), Some(false));
    let _ = list == copy;
    RandomState::new().hash_one(&list);
    drop(list.into_iter().nth(5));
    copy.extend((0..3).map(make));
    copy.clear();
}

#[test]
fn vectors_survive_panics_at_every_step() {
    let swept = [
        sweep::panic_at_each_step(|tally, heap| uses_all::<CrashDummy<'_>>(tally, heap)),
        sweep::panic_at_each_step(|tally, heap| uses_all::<ZeroSized<'_>>(tally, heap)),
        sweep::panic_at_each_step(|tally, heap| {
            uses_all::<OverAligned<CrashDummy<'_>>>(tally, heap)
        }),
    ];
    for sweep in swept {
        sweep.assert_clean();
        assert!(sweep.places > 300, "{sweep}");
    }
}

#[test]
fn a_vector_is_usable_after_an_element_panicked() {
    for step in 0..100 {
        let tally = Tally::new();
        let mut list: StableVector<CrashDummy<'_>> = (0..100).map(|id| tally.dummy(id)).collect();
        tally.panic_after_steps(step);
        drop(catch_unwind(AssertUnwindSafe(|| list.clear())));
        assert!(list.is_empty() && list.iter().next().is_none());
        let handle = list.insert(tally.dummy(1));
        assert_eq!(list[handle].id, 1);
        drop(list);
        assert_eq!((tally.live(), tally.double_drops()), (0, 0));
    }
}

#[test]
fn every_refusal_comes_out_as_an_error_and_nothing_is_lost() {
    sweep::fail_each_allocation(|heap| {
        let mut list: StableVector<String, _> = StableVector::new_in(heap);
        for n in 0..200 {
            let before = list.len();
            if let Err(refused) = list.try_insert(n.to_string()) {
                assert_eq!((list.len(), list.iter().count()), (before, before));
                assert!(matches!(refused.refusal().cause, Cause::Upstream { .. }));
                assert_eq!(refused.into_value(), n.to_string());
                // Still usable: this one is not refused.
                list.try_insert(n.to_string()).unwrap();
                assert_eq!(list.len(), before + 1);
                return Err(AllocFailed);
            }
        }
        let copy = list.try_clone_in(heap).map_err(|_| AllocFailed)?;
        assert_eq!(copy, list);
        list.try_reserve(1000).map_err(|_| {
            assert_eq!(list, copy);
            AllocFailed
        })?;
        let mut other = StableVector::try_with_capacity_in(100, heap).map_err(|_| AllocFailed)?;
        let rest = other.try_extend((0..300).map(|n| n.to_string()));
        if let Err(refused) = rest {
            assert_eq!(refused.into_value().count() + other.len(), 300);
            return Err(AllocFailed);
        }
        list.try_splice(&mut other).map_err(|error| {
            assert!(matches!(error, SpliceError::Refused(_)));
            assert_eq!((list.len(), other.len()), (200, 300));
            AllocFailed
        })?;
        assert_eq!(list.len(), 500);
        Ok(())
    })
    .assert_clean();
}

struct AllocFailed;

#[test]
fn random_refusals_leave_a_whole_vector() {
    for seed in 0..50 {
        let heap = Quarantine::new(Global);
        let mut list = StableVector::new_in(FailRandomly::new(&heap, 3, seed));
        let mut handles = BTreeSet::new();
        for n in 0..1000_usize {
            match list.try_insert(n) {
                Ok(handle) => assert!(handles.insert(handle)),
                Err(refused) => assert_eq!(refused.into_value(), n),
            }
            if n % 3 == 0
                && let Some(handle) = handles.pop_first()
            {
                assert!(list.remove(handle).is_some());
            }
        }
        assert!(list.handles().eq(handles));
        drop(list);
        assert_eq!((heap.live_blocks(), heap.report()), (0, vec![]));
    }
}

#[test]
fn capacities_that_overflow_are_refused() {
    let mut list: StableVector<u64> = StableVector::new();
    let cause = |result: Result<(), Refusal>| result.unwrap_err().cause;
    list.insert(1);
    for much in [usize::MAX, usize::MAX - 1, isize::MAX as usize, isize::MAX as usize / 8] {
        assert_eq!(cause(list.try_reserve(much)), Cause::Overflow, "{much}");
    }
    assert!(StableVector::<u8, _>::try_with_capacity_in(1, Null).is_err());
    assert_eq!(list, [1]);
}

#[test]
fn handles_of_32_bits_name_16_million_slots_and_no_more() {
    let mut list: KeyedVector<(), Handle<u32>> = KeyedVector::new();
    for n in 0..1 << 24 {
        assert_eq!(list.insert(()).index(), n);
    }
    let refused = list.try_insert(()).unwrap_err();
    assert_eq!(refused.refusal().cause, Cause::Handles { limit: 1 << 24 });
    assert!(refused.to_string().ends_with("name at most 16777216 slots; take wider ones"));
    let last = list.handle_at((1 << 24) - 1).unwrap();
    assert_eq!(list.remove(last), Some(()));
    assert_eq!(list.insert(()).generation(), 3);
}

#[test]
fn a_slot_whose_generations_are_used_up_retires_or_begins_again() {
    fn generations<K: Key>(uses: usize) -> (HashSet<K>, KeyedVector<usize, K>) {
        let mut list: KeyedVector<usize, K> = KeyedVector::new();
        let handles = (0..uses).map(|n| {
            let handle = list.insert(n);
            assert_eq!(list.remove(handle), Some(n));
            assert!(!list.contains(handle));
            handle
        });
        (handles.collect(), list)
    }
    let (handles, list) = generations::<Handle<u32>>(10_000);
    assert_eq!(handles.len(), 10_000);
    assert!(handles.iter().all(|handle| !list.contains(*handle)));
    assert!(handles.iter().any(|handle| handle.index() > 64));
    let (handles, list) = generations::<Handle<u32, Wrap>>(10_000);
    assert_eq!((handles.len(), list.capacity()), (128, 64));
    assert_eq!(generations::<Handle>(10_000).0.len(), 10_000);
}

#[test]
fn handles_stay_stale_when_their_block_is_freed_and_made_again() {
    let mut list = StableVector::new();
    let old: Vec<_> = (0..1000).map(|n| list.insert(n)).collect();
    for handle in &old {
        assert!(list.remove(*handle).is_some());
    }
    assert!(list.capacity() <= 128, "empty blocks go");
    list.shrink_to_fit();
    assert_eq!(list.capacity(), 0);
    let new: Vec<_> = (0..1000).map(|n| list.insert(n)).collect();
    assert!(old.iter().all(|handle| !list.contains(*handle)));
    assert!(new.iter().all(|handle| list.contains(*handle)));
    assert!(new.iter().all(|handle| handle.index() < 1000), "indices are used again");
}

#[test]
fn a_stale_handle_is_an_error_that_says_so() {
    let mut list = StableVector::new();
    let handle = list.insert(1);
    list.remove(handle);
    let message = *catch_unwind(|| list[handle]).unwrap_err().downcast::<String>().unwrap();
    assert_eq!(
        message,
        "Handle(0 of generation 1) names no element of this vector: it was removed, or is another \
         vector's"
    );
}

#[test]
fn foreign_handles_do_no_harm_and_wide_ones_are_caught() {
    let mut list: StableVector<_> = (0..10).collect();
    let other: StableVector<_> = (0..1000).collect();
    for handle in other.handles() {
        assert_eq!(list.get(handle).is_some(), handle.index() < 10);
    }
    for bits in [1, 3, 0xFFFF_FFFF_0000_FFFF, 1 << 63 | 1, 0xFFFF, 9 << 32 | 1, 10 << 32 | 1] {
        let handle = Handle::from_bits(bits).unwrap();
        assert_eq!(list.remove(handle).is_some(), bits == 1 || bits == (9 << 32 | 1));
    }
    assert!([0, 2, 1 << 16 | 1].iter().all(|bits| Handle::<u64>::from_bits(*bits).is_none()));

    type Wide<T> = KeyedVector<T, Handle<u128>>;
    let (mut a, mut b) = (Wide::from([1, 2, 3]), Wide::from([4, 5, 6]));
    let copy = a.clone();
    for handle in a.handles() {
        assert!(b.get(handle).is_none() && copy.get(handle).is_none());
    }
    let (handle, foreign) = (b.nth(1).unwrap(), a.nth(1).unwrap());
    let spliced = a.splice(&mut b);
    assert!(spliced.handle(foreign).is_none());
    assert_eq!(a[spliced.handle(handle).unwrap()], 5);
}

#[test]
fn vectors_over_different_allocators_are_not_spliced() {
    let (one, two) = (Arena::new(), Arena::new());
    let (mut a, mut b) = (StableVector::new_in(&one), StableVector::new_in(&two));
    a.insert(1);
    b.insert(2);
    assert_eq!(a.try_splice(&mut b).unwrap_err(), SpliceError::Apart);
    assert!(a == [1] && b == [2]);
    let mut c = StableVector::new_in(&one);
    c.insert(3);
    a.splice(&mut c);
    assert!(a == [1, 3] && c.is_empty());
}

#[test]
fn leaked_iterators_lose_nothing_but_what_they_had() {
    let mut list: StableVector<String> = (0..100).map(|n| n.to_string()).collect();
    let mut drain = list.drain();
    assert_eq!((drain.next().unwrap(), drain.next_back().unwrap()), ("0".into(), "99".into()));
    mem::forget(drain);
    assert_eq!(list.len(), 98);
    let mut picked = list.extract_if(|text| text == "1" || text == "2");
    assert_eq!(picked.next().as_deref(), Some("1"));
    let _ = mem::ManuallyDrop::new(picked);
    assert!(list.iter().eq((2..99).map(|n| n.to_string()).collect::<Vec<_>>().iter()));
}

#[test]
fn an_order_that_lies_sorts_somehow() {
    let list: StableVector<_> = (0..300).map(|id| ChaoticOrd::new(id, 7)).collect();
    let mut handles: Vec<_> = list.handles().collect();
    // A sort may notice the lie and panic; it loses no handle.
    drop(catch_unwind(AssertUnwindSafe(|| list.sort_handles(&mut handles))));
    assert_eq!(handles.iter().collect::<BTreeSet<_>>().len(), 300);
}

#[test]
fn sorted_handles_are_stable_and_stale_ones_come_last() {
    let mut list: StableVector<_> = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')].into();
    let gone = list.insert((0, 'x'));
    let mut handles: Vec<_> = list.handles().collect();
    handles.reverse();
    list.remove(gone);
    list.sort_handles_by_key(&mut handles, |pair| pair.0);
    let order: String =
        handles.iter().filter_map(|handle| list.get(*handle)).map(|e| e.1).collect();
    assert_eq!((order.as_str(), handles[4]), ("bdac", gone));
}

#[test]
fn pointers_lead_to_elements_and_back() {
    let mut list: StableVector<[u16; 3]> = (0..200).map(|n| [n; 3]).collect();
    let handle = list.nth(150).unwrap();
    let element: *const _ = &raw const list[handle];
    assert_eq!(list.handle_of(element), Some(handle));
    assert_eq!(list.handle_of(element.cast::<u16>().wrapping_add(1).cast()), None);
    assert_eq!(list.handle_of(&[0; 3]), None);
    list.remove(handle);
    assert_eq!(list.handle_of(element), None);
    assert_eq!(StableVector::<_>::from([()]).handle_of(&()), None);
}

#[test]
fn pinned_elements_are_dropped_where_they_are() {
    use core::marker::PhantomPinned;
    struct Node<'a>(Cell<*const Self>, &'a Cell<usize>, PhantomPinned);
    impl Drop for Node<'_> {
        fn drop(&mut self) {
            assert!(core::ptr::eq(self.0.get(), self));
            self.1.set(self.1.get() + 1);
        }
    }
    let dropped = Cell::new(0);
    let mut list = StableVector::new().into_pinned();
    let handles: Vec<_> = (0..200)
        .map(|_| {
            let handle = list.insert(Node(Cell::new(core::ptr::null()), &dropped, PhantomPinned));
            let node = list.get(handle).unwrap().get_ref();
            node.0.set(node);
            handle
        })
        .collect();
    assert!(list.remove(handles[70]) && !list.remove(handles[70]));
    list.retain(|handle, _| handle.index() % 2 == 0);
    assert_eq!((list.len(), dropped.get()), (99, 101));
    list.clear();
    assert_eq!(dropped.get(), 200);
}

/// What the documentation says of memory.
#[test]
fn memory_is_what_the_formula_says() {
    fn check<T: Default, K: Key>(stamp: usize) {
        let heap = Counting::new(Global);
        for blocks in [1, 16, 64] {
            let mut list: KeyedVector<T, K, _> = KeyedVector::with_capacity_in(blocks * 64, &heap);
            list.extend((0..blocks * 64).map(|_| T::default()));
            let each = 64 * (size_of::<T>() + stamp) + 32;
            assert_eq!(heap.live_bytes(), blocks * each);
            let overhead = size_of_val(&list) - size_of::<&()>();
            assert!(overhead <= 10 * size_of::<usize>(), "{overhead}");
        }
        heap.assert_no_leaks();
    }
    check::<u64, Handle>(2);
    check::<[u64; 8], Handle>(2);
    check::<u64, Handle<u32>>(1);
    check::<String, Handle<u128>>(4);
}

#[test]
fn comparisons_and_hashes_are_those_of_the_elements() {
    fn hash(value: &(impl Hash + ?Sized), by: &RandomState) -> u64 {
        by.hash_one(value)
    }
    let mut list: StableVector<_> = (0..200).collect();
    list.retain(|n| *n % 7 == 0);
    let packed: KeyedVector<_, Handle<u32>> = list.iter().copied().collect();
    let vec: Vec<i32> = list.iter().copied().collect();
    let by = RandomState::new();
    assert_eq!(list, packed);
    assert_eq!(list, vec);
    assert_eq!(hash(&list, &by), hash(&vec[..], &by));
    assert_eq!(format!("{list:?}"), format!("{vec:?}"));
    let before = list.clone();
    list.insert(1000);
    assert!(list != vec && list > before);
}

fn works_over<A: Allocator + Debug>(alloc: A) {
    let mut list = StableVector::new_in(alloc);
    list.extend(0..100);
    list.retain(|n| *n % 2 == 0);
    assert_eq!(list.into_iter().sum::<i32>(), 2450);
}

#[test]
fn vectors_own_allocators_of_every_kind() {
    works_over(Arena::new());
    let arena = Arena::new();
    works_over(&arena);
    works_over(Exact::new(OverReturn::new(Global)));
}

#[cfg(feature = "serde")]
#[test]
fn serde_keeps_the_elements_and_handles() {
    let mut list: StableVector<u32> = (0..5).collect();
    let handle = list.nth(1).unwrap();
    list.remove(handle);
    let text = serde_json::to_string(&list).unwrap();
    assert_eq!(text, "[0,2,3,4]");
    assert_eq!(serde_json::from_str::<StableVector<u32>>(&text).unwrap(), list);
    let text = serde_json::to_string(&handle).unwrap();
    assert_eq!(serde_json::from_str::<Handle>(&text).unwrap(), handle);
    assert!(serde_json::from_str::<Handle>("2").is_err());
    assert!(serde_json::from_str::<StableVector<u32>>("[1,2,").is_err());
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_sees_every_element_once() {
    use rayon::prelude::*;
    let mut list: StableVector<u64> = (0..10_000).collect();
    list.retain(|n| *n % 3 == 0);
    let sum: u64 = list.iter().sum();
    list.par_iter_mut().for_each(|n| *n += 1);
    assert_eq!(list.par_iter().sum::<u64>(), sum + list.len() as u64);
    let again: StableVector<u64> = list.clone().into_par_iter().collect();
    assert_eq!(list, again);
}

#[test]
fn elements_leave_with_the_handles_that_named_them() {
    let mut list = StableVector::new();
    let handles: Vec<_> = (0..200).map(|n| list.insert(n.to_string())).collect();
    handles.iter().skip(1).step_by(2).for_each(|handle| drop(list.remove(*handle)));
    let pairs = || handles.iter().copied().zip((0..200).map(|n| n.to_string())).step_by(2);
    let mut out = list.clone().into_pairs();
    assert_eq!((out.next(), out.next_back(), out.len()), (pairs().next(), pairs().next_back(), 98));
    assert!(out.rev().eq(pairs().skip(1).take(98).collect::<Vec<_>>().into_iter().rev()));
    let mut drain = list.drain_pairs();
    assert!(drain.by_ref().take(10).eq(pairs().take(10)));
    assert_eq!((drain.next_back(), drain.size_hint()), (pairs().next_back(), (89, Some(89))));
    assert!(format!("{drain:?}").contains("89"));
    drop(drain);
    assert!(list.is_empty() && handles.iter().all(|handle| !list.contains(*handle)));
}

#[test]
fn a_free_slot_tells_its_handle_and_stays_free_until_it_is_filled() {
    let mut list = StableVector::new();
    let first = list.vacant_entry().key();
    assert_eq!((list.vacant_entry().key(), list.len(), list.get(first)), (first, 0, None));
    *list.vacant_entry().insert(5) += 1;
    assert_eq!((list[first], list.len()), (6, 1));
    let second = list.vacant_entry().key();
    assert!(second != first && format!("{:?}", list.vacant_entry()).contains("VacantEntry"));
    list.remove(first);
    let entry = list.vacant_entry();
    assert_ne!(entry.key(), first);
    let again = entry.key();
    entry.insert(7);
    assert_eq!((list.get(first), list.get(again)), (None, Some(&7)));
    assert!(StableVector::<u8, _>::new_in(Null).try_vacant_entry().is_err());
    let tally = Tally::new();
    let mut dummies = StableVector::new();
    dummies.vacant_entry().insert(tally.dummy(1));
    let _ = dummies.vacant_entry().key();
    assert_eq!((dummies.len(), tally.live()), (1, 1));
}
