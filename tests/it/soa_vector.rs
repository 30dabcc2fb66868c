//! Vectors of columns against std's vector of structs: programs of operations, allocators that refuse,
//! elements that panic, iterators that lie, fields of no bytes and of many.

use core::{fmt::Debug, mem::forget};

use larder::{
    Arena, Soa, SoaVector,
    alloc::{Allocator, Cause, Global, Null},
    collections::soa_vector::{CloneRow, Ref, Slices},
    testing::{
        dummy::{CrashDummy, Element, OverAligned, Tally, ZeroSized},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison, Quarantine},
        sequence::{Estimate, Lying},
        sweep,
    },
};
use proptest::prelude::*;

use crate::{
    sequences::op,
    soa_programs::{self, Tree},
};

/// A row of a number only.
#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Byte(u8);

/// Fields of no bytes, of many, and of much alignment, and a nested struct of two.
#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Odd {
    number: u8,
    nothing: (),
    wide: Wide,
    #[soa(nested)]
    inner: Inner,
    aligned_nothing: [u64; 0],
}

#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Inner(u16, [u8; 3]);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(128))]
struct Wide(u8);

#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Nothing {
    one: (),
    two: [u32; 0],
}

fn odd(n: u8) -> Odd {
    let (inner, aligned_nothing) = (Inner(u16::from(n) * 3, [n; 3]), []);
    Odd { number: n % 7, nothing: (), wide: Wide(n), inner, aligned_nothing }
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 192, ..ProptestConfig::default()
    })]

    #[test]
    fn they_do_as_vectors_of_structs(ops in prop::collection::vec(op(), 1..50)) {
        soa_programs::run(&ops, SoaVector::new(), |n| Byte(n % 9));
        soa_programs::run(&ops, SoaVector::new(), Tree::new);
        let over = OverReturn::new(Quarantine::new(Global));
        soa_programs::run(&ops, SoaVector::new_in(&over), Tree::new);
        let exact = Exact::new(Poison::new(Global));
        soa_programs::run(&ops, SoaVector::new_in(&exact), odd);
        let arena = Arena::new();
        soa_programs::run(&ops, SoaVector::new_in(&arena), odd);
        soa_programs::run(&ops, SoaVector::new(), |_| Nothing { one: (), two: [] });
    }

    #[test]
    fn the_largest_and_the_least_are_found(mut numbers: Vec<u8>, sought: u8) {
        let mut rows: SoaVector<_> = numbers.iter().copied().map(Byte).collect();
        rows.sort_by_key(|row| *row.0);
        numbers.sort();
        prop_assert!(rows.is_sorted());
        prop_assert_eq!(rows.slices().0, &numbers);
        let found = rows.binary_search_by_key(&sought, |row| *row.0);
        prop_assert_eq!(found.is_ok(), numbers.binary_search(&sought).is_ok());
        prop_assert_eq!(
            rows.partition_point(|row| *row.0 < sought),
            numbers.partition_point(|n| *n < sought)
        );
    }
}

#[test]
fn a_row_takes_the_bytes_of_its_fields_and_no_more() {
    fn check<T: Soa>(row: usize, make: impl Fn(u8) -> T) {
        let alloc = Counting::new(Global);
        // From 1 KiB and 64 rows on a line more, to begin at one, if fields do not ask for that.
        let line = |capacity: usize| {
            if (64..usize::MAX).contains(&capacity) && capacity * row >= 1024 && row != 134 {
                64
            } else {
                0
            }
        };
        let held = |capacity: usize| capacity.wrapping_mul(row) + line(capacity);
        let mut rows = SoaVector::new_in(&alloc);
        for n in 0..200 {
            rows.push(make(n));
            assert_eq!(alloc.live_bytes(), held(rows.capacity()));
            assert!(rows.capacity() < 2 * rows.len().max(64));
        }
        rows.shrink_to_fit();
        assert_eq!(alloc.live_bytes(), held(rows.capacity()));
        assert!(rows.capacity() <= 256);
        assert_eq!(alloc.live_blocks(), usize::from(row > 0));
        let mut exact = SoaVector::<T, _>::with_capacity_in(70, &alloc);
        assert_eq!((exact.capacity() - 70) / 64, 0);
        exact.clear();
    }
    check(1, Byte);
    check(1 + 128 + 2 + 3, odd);
    check(size_of::<(String, Option<Box<Tree>>, u64)>() + 1, Tree::new);
    assert_eq!(size_of::<SoaVector<Odd>>(), 3 * size_of::<usize>());
    assert_eq!(SoaVector::<Nothing>::new().capacity(), usize::MAX);
}

#[test]
fn arrays_begin_at_cache_lines_in_blocks_of_1_kib() {
    fn lines<X>(column: &[X]) -> bool {
        column.as_ptr().addr().is_multiple_of(64)
    }
    let exact = Exact::new(Global);
    let mut rows = SoaVector::with_capacity_in(64, &exact);
    while rows.capacity() < 5000 {
        rows.push(odd(1));
        let Slices::<'_, Odd> { number, wide, inner, .. } = rows.slices();
        assert!(lines(number) && lines(wide) && lines(inner.0) && lines(inner.1));
        rows.reserve(rows.capacity());
    }
    #[derive(Soa)]
    struct Point(f64, f64);
    let points = SoaVector::<Point, _>::with_capacity_in(64, &exact);
    assert!(lines(points.slices().0) && lines(points.slices().1));
}

/// Blocks begin at all distances from a cache line, and go to others as they grow.
#[test]
fn arrays_keep_their_rows_wherever_their_block_goes() {
    fn grow<T: Soa + PartialEq>(step: usize, make: impl Fn(u8) -> T)
    where
        for<'r> Ref<'r, T>: PartialEq,
    {
        let arena = Arena::new();
        let mut rows = SoaVector::new_in(&arena);
        while rows.capacity() < 1000 {
            // One more than there is room for.
            for n in rows.len()..=rows.capacity() {
                rows.push(make(n as u8));
            }
            let expected: Vec<T> = (0..rows.len()).map(|n| make(n as u8)).collect();
            assert!(rows == expected, "{step}");
            if rows.capacity().ilog2() % 2 == 0 {
                // Now it cannot grow where it is.
                arena.alloc_slice(&vec![0_u8; step]);
            }
        }
    }
    for step in [1, 8, 24, 40, 63] {
        grow(step, Byte);
        grow(step, odd);
    }
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_sees_every_row_once() {
    use rayon::prelude::*;
    let mut rows: SoaVector<Inner> =
        (0..1000_u16).into_par_iter().map(|n| Inner(n, [1; 3])).collect();
    (&mut rows).into_par_iter().for_each(|row| *row.0 += 1);
    assert_eq!((&rows).into_par_iter().map(|row| u64::from(*row.0)).sum::<u64>(), 500_500);
    assert!(
        (&rows).into_par_iter().map(|row| *row.0).collect::<Vec<_>>().iter().eq(rows.slices().0)
    );
    rows.par_extend((0..10).into_par_iter().map(|n| Inner(n, [0; 3])));
    assert_eq!((rows.len(), *rows.row(1009).0), (1010, 9));
}

#[cfg(feature = "serde")]
impl serde_core::Serialize for Byte {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde_core::Deserialize<'de> for Byte {
    fn deserialize<D: serde_core::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self)
    }
}

#[cfg(feature = "serde")]
#[test]
fn serde_keeps_rows_as_a_vector_of_structs_does() {
    let rows: SoaVector<_> = (0..200).map(Byte).collect();
    let text = serde_json::to_string(&rows).unwrap();
    assert_eq!(text, serde_json::to_string(&Vec::from(rows.clone())).unwrap());
    assert_eq!(serde_json::from_str::<SoaVector<Byte>>(&text).unwrap(), rows);
    for text in ["[1,2,", "[1,-2]", "{}"] {
        assert!(serde_json::from_str::<SoaVector<Byte>>(text).is_err());
    }
}

#[test]
fn every_refusal_gives_back_and_leaks_nothing() {
    sweep::fail_each_allocation(|alloc| {
        let mut rows = SoaVector::new_in(alloc);
        for n in 0..9 {
            let pushed = rows.try_push(Tree::new(n));
            pushed.map_err(|back| check(back.into_value() == Tree::new(n)))?;
        }
        let len = rows.len();
        rows.try_insert(3, Tree::new(70)).map_err(|back| check(back.into_value().seed == 70))?;
        rows.try_extend_from_within(2..).map_err(|_| check(rows.len() == len + 1))?;
        let mut other = rows.try_split_off(5).map_err(|_| check(rows.len() == 18))?;
        let copy = other.try_clone().map_err(|_| ())?;
        let many = || (0..40).map(Tree::new);
        if let Err(back) = other.try_extend(Lying::new(many(), Estimate::Nothing)) {
            let missing = back.into_value().count();
            check(other.len() + missing == copy.len() + 40);
            return Err(());
        }
        other.try_append(&mut rows).map_err(|_| check(rows.len() == 5))?;
        let first = other.row(0).cloned();
        other.try_sort_by(|a, b| b.cmp(&a)).map_err(|_| check(other.row(0) == first.as_row()))?;
        other.try_sort_by_cached_key(|row| row.text.len()).map_err(|_| ())?;
        other.truncate(1);
        other.try_shrink_to(0).map_err(|_| check(other.len() == 1))?;
        other.try_resize(20, Tree::new(4)).map_err(|back| check(back.into_value().seed == 4))?;
        other.try_resize_with(70, || Tree::new(1)).map_err(|_| check(other.len() == 20))
    })
    .assert_clean();
}

/// What must hold where an error comes back.
#[track_caller]
fn check(holds: bool) {
    assert!(holds);
}

/// A struct whose fields all tell when they are dropped.
#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Three<E: Clone> {
    first: E,
    #[soa(nested)]
    inner: Two<E>,
}

#[derive(Soa, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Two<E>(u8, E)
where
    E: Clone;

/// All that a vector does with fields, closures and iterators, each of which may panic.
fn crash<'t, E: Element<'t>, A: Allocator + Copy>(tally: &'t Tally, alloc: A) {
    let new = |n: u32| Three { first: E::new(tally, n), inner: Two(n as u8, E::new(tally, n / 2)) };
    let mut rows = SoaVector::new_in(alloc);
    rows.extend(tally.iter((0..7).map(new)));
    rows.insert(2, new(9));
    rows.extend_from_within(1..4);
    rows.retain(|row| {
        tally.call();
        row.first.id() % 3 != 1
    });
    rows.retain_mut(|row| {
        tally.call();
        *row.inner.0 += 1;
        row.first.id() != 6
    });
    rows.extend(tally.iter((0..4).map(|n| new(n / 2))));
    rows.dedup();
    rows.dedup_by(|a, b| {
        tally.call();
        a.first == b.first
    });
    drop(rows.extract_if(1.., |row| {
        tally.call();
        row.first.id() == 2
    }));
    rows.resize(9, new(4));
    rows.resize_with(11, || {
        tally.call();
        new(1)
    });
    rows.sort();
    rows.sort_by(|a, b| {
        tally.call();
        b.inner.1.cmp(a.inner.1)
    });
    rows.sort_by_cached_key(|row| row.first.clone());
    drop(rows.replace(1, new(3)));
    let mut copy = rows.clone();
    copy.truncate(6);
    copy.clone_from(&rows);
    drop(copy.drain(2..5).next_back());
    copy.drain(1..3).keep_rest();
    drop(copy.swap_remove(0));
    drop(copy.remove(0));
    let mut iter = copy.into_iter();
    iter.next();
    drop(iter.clone());
    drop(iter);
    let same = rows.clone();
    assert!(rows == same);
    drop(same);
    rows.clear();
}

#[test]
fn a_panic_at_any_step_neither_drops_twice_nor_loses_memory() {
    let swept = sweep::panic_at_each_step(|tally, alloc| crash::<CrashDummy<'_>, _>(tally, alloc));
    swept.assert_sound();
    assert!(swept.places > 200);
    sweep::panic_at_each_step(|tally, alloc| crash::<ZeroSized<'_>, _>(tally, alloc))
        .assert_sound();
    sweep::panic_at_each_step(|tally, alloc| {
        crash::<OverAligned<CrashDummy<'_>>, _>(tally, alloc);
    })
    .assert_sound();
}

#[test]
fn a_column_that_panics_when_dropped_leaves_the_others_dropped() {
    let tally = Tally::new();
    let rows: SoaVector<_> =
        (0..5).map(|n| Three { first: tally.dummy(n), inner: Two(0, tally.dummy(n)) }).collect();
    tally.panic_after(larder::testing::dummy::Step::Drop, 2);
    assert!(std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| drop(rows))).is_err());
    assert_eq!((tally.live(), tally.double_drops()), (0, 0));
}

#[test]
fn a_comparison_that_panics_leaves_all_rows_where_they_were() {
    let mut rows: SoaVector<_> = (0..50_u8).map(|n| Byte((u32::from(n) * 7 % 50) as u8)).collect();
    let before = rows.clone();
    let sorting = core::panic::AssertUnwindSafe(|| {
        let mut calls = 0;
        rows.sort_by(|a, b| {
            calls += 1;
            assert!(calls < 60, "enough");
            a.cmp(&b)
        });
    });
    assert!(std::panic::catch_unwind(sorting).is_err());
    assert_eq!(rows, before);
    // One that contradicts itself may panic as well, and moves rows only.
    let mut state = 1_u32;
    let lying = core::panic::AssertUnwindSafe(|| {
        rows.sort_by(|_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 30).cmp(&1)
        });
    });
    drop(std::panic::catch_unwind(lying));
    rows.sort();
    assert!(rows.slices().0.iter().copied().eq(0..50));
}

#[test]
fn forgotten_iterators_leak_rows_and_leave_a_shorter_vector() {
    let arena = Arena::new();
    let mut rows = SoaVector::from_iter_in((0..9).map(Tree::new), &arena);
    forget(rows.drain(2..4));
    assert_eq!(rows, [Tree::new(0), Tree::new(1)]);
    rows.extend((2..9).map(Tree::new));
    let mut some = rows.extract_if(.., |row| *row.seed % 2 == 1);
    assert_eq!(some.next(), Some(Tree::new(1)));
    forget(some);
    assert_eq!(rows, [Tree::new(0)]);
    forget(rows.into_iter());
}

#[test]
fn too_much_is_refused_with_a_reason() {
    let mut rows = SoaVector::from([odd(1)]);
    for much in [usize::MAX, usize::MAX / 100, usize::MAX - 1] {
        let refusal = rows.try_reserve(much).unwrap_err();
        assert_eq!((refusal.cause, refusal.align), (Cause::Overflow, 128));
        assert_eq!(rows.try_reserve_exact(much).unwrap_err().cause, Cause::Overflow);
    }
    assert_eq!(rows, [odd(1)]);
    let refused = SoaVector::<Odd, _>::try_with_capacity_in(3, Null).unwrap_err();
    assert_eq!((refused.size, refused.align), (4 * 134, 128));
    let mut zeros = SoaVector::<Nothing>::new();
    zeros.push(Nothing { one: (), two: [] });
    assert_eq!(zeros.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    zeros.reserve(usize::MAX - 1);
}

#[test]
fn what_is_out_of_bounds_says_where() {
    fn says(text: &str, what: impl FnOnce(&mut SoaVector<Byte>)) {
        let mut rows = SoaVector::from([Byte(1), Byte(2)]);
        let result = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| what(&mut rows)));
        let payload = result.unwrap_err();
        assert_eq!(payload.downcast_ref::<String>().unwrap(), text);
        assert_eq!(rows.len(), 2);
    }
    says("out of bounds: row index (is 2) should be < len (is 2)", |rows| {
        let _ = rows.row(2);
    });
    says("insertion index (is 3) should be <= len (is 2)", |rows| rows.insert(3, Byte(0)));
    says("removal index (is 2) should be < len (is 2)", |rows| {
        rows.remove(2);
    });
    says("removal index (is 9) should be < len (is 2)", |rows| {
        rows.swap_remove(9);
    });
    says("out of bounds: row index (is 2) should be < len (is 2)", |rows| rows.swap(0, 2));
    says("range 1..3 out of range for length 2", |rows| drop(rows.drain(1..3)));
    says("`at` split index (is 3) should be <= len (is 2)", |rows| drop(rows.split_off(3)));
}

#[test]
fn random_refusals_lose_no_row() {
    for seed in 0..20 {
        let alloc = FailRandomly::new(Quarantine::new(Global), 3, seed);
        let (mut rows, mut kept) = (SoaVector::new_in(&alloc), Vec::new());
        for n in 0..200 {
            match rows.try_push(Tree::new(n)) {
                Ok(()) => kept.push(Tree::new(n)),
                Err(back) => assert_eq!(back.into_value(), Tree::new(n)),
            }
        }
        assert_eq!(rows, kept);
        assert_eq!(Vec::from(rows), kept);
    }
}

#[test]
fn rows_are_shown_ordered_and_hashed_as_structs_are() {
    use core::hash::BuildHasher;
    use std::hash::RandomState;
    let (one, two) = (odd(1), odd(2));
    assert_eq!(format!("{:?}", one.as_row()), format!("{one:?}"));
    assert_eq!(format!("{:?}", one.as_row().inner), "Inner(3, [1, 1, 1])");
    assert_eq!(one.as_row().cmp(&two.as_row()), one.cmp(&two));
    assert_eq!(one.as_row().cloned(), one);
    let state = RandomState::new();
    assert_eq!(state.hash_one(one.as_row()), state.hash_one(&one));
    let rows = SoaVector::from([one.clone(), two.clone()]);
    assert_eq!(format!("{rows:?}"), format!("{:?}", [one, two]));
    assert_eq!(state.hash_one(&rows), state.hash_one(rows.clone()));
    let (mut less, more) = (rows.clone(), rows);
    less.pop();
    assert!(less < more && less.cmp(&more).is_lt() && less != more);
}

#[test]
fn iterators_know_their_length_at_both_ends() {
    let mut rows: SoaVector<_> = (0..9).map(Byte).collect();
    let mut iter = rows.iter();
    assert_eq!((iter.len(), iter.nth(2), iter.nth_back(1)), (9, rows.get(2), rows.get(7)));
    assert_eq!(iter.slices().0, [3, 4, 5, 6]);
    assert_eq!(iter.clone().rev().map(|row| *row.0).collect::<Vec<_>>(), [6, 5, 4, 3]);
    assert_eq!((iter.clone().count(), iter.last()), (4, rows.get(6)));
    let mut iter = rows.iter_mut();
    *iter.next().unwrap().0 = 70;
    *iter.next_back().unwrap().0 = 80;
    iter.for_each(|row| *row.0 += 1);
    assert_eq!(rows.slices().0, [70, 2, 3, 4, 5, 6, 7, 8, 80]);
    assert_eq!(rows.slices_of(2..4).0, [3, 4]);
    rows.slices_of_mut(..1).0[0] = 0;
    rows.reverse();
    rows.swap(1, 2);
    assert_eq!(rows.slices().0, [80, 7, 8, 6, 5, 4, 3, 2, 0]);
}

/// The macro on structs of every kind. That it compiles is most of the test; the code of the users
/// of the macro may forbid unsafe code.
mod kinds {
    #![forbid(unsafe_code)]
    #![deny(missing_docs, unused, private_interfaces, clippy::all)]
    #![allow(dead_code, unreachable_pub, reason = "the fields are there to be there")]

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    pub(super) struct Secret(u8);

    /// Private types in private fields of a public struct.
    #[derive(Soa)]
    pub struct Public<'b, T: ?Sized + 'b, U = u8, const N: usize = 2>
    where
        T: Debug,
        U: Clone,
        Self: Sized,
    {
        secret: Secret,
        /// Borrowed.
        pub(crate) borrowed: &'b T,
        pub r#type: [U; N],
        pub(in crate::soa_vector) this: Option<Box<Self>>,
        of_self: <Self as Named>::Name,
    }

    pub trait Named {
        type Name;
    }
    impl<T: ?Sized + Debug, U: Clone, const N: usize> Named for Public<'_, T, U, N> {
        type Name = u16;
    }

    #[derive(Soa)]
    pub struct Unit;

    #[derive(Soa)]
    pub struct Empty {}

    #[derive(Soa)]
    pub struct Phantom<const N: usize>();

    #[derive(Soa)]
    #[repr(C, align(32))]
    pub struct Hygiene<A, V, T> {
        a: A,
        b: V,
        at: T,
        raw: usize,
        value: bool,
        visit: u8,
        placer: fn(u8) -> u8,
        len: *const u8,
    }

    /// Names of the prelude and of the macro's own words, for other things.
    mod shadows {
        #![allow(non_camel_case_types, reason = "that is the test")]
        use larder::Soa as Derived;
        struct Some;
        struct Option;
        struct Ref;
        struct NonNull;
        struct usize;
        struct bool;
        const __VALUE: u8 = 1;

        #[derive(Derived)]
        pub(super) struct Soa {
            option: Option,
            other: (Some, Ref, NonNull),
            size: usize,
            truth: bool,
        }
    }

    mod renamed {
        pub(super) use larder as house;
        #[derive(house::Soa)]
        #[soa(crate = house)]
        pub(super) struct Elsewhere {
            pub(super) here: u8,
        }
    }

    fn local_structs_too() -> usize {
        #[derive(Soa)]
        struct Local {
            n: u8,
        }
        SoaVector::from([Local { n: 3 }]).row(0).n.to_owned().into()
    }

    #[test]
    fn each_kind_of_struct_has_rows() {
        let text = String::from("plum");
        let new = |n: u8| Public::<'_, str, u8> {
            secret: Secret(n),
            borrowed: &text[..2],
            r#type: [n, n],
            this: None,
            of_self: 7,
        };
        let mut rows = SoaVector::from([new(1), new(2)]);
        rows.row_mut(0).secret.0 = 5;
        assert_eq!(rows.slices().borrowed, ["pl", "pl"]);
        assert_eq!(rows.slices().secret, [Secret(5), Secret(2)]);
        assert_eq!(rows.slices().r#type, [[1, 1], [2, 2]]);
        let last = rows.pop().map(Box::new);
        *rows.row_mut(0).this = last;
        assert_eq!(rows.row(0).this.as_ref().unwrap().of_self, 7);
        let mut units = SoaVector::from([Unit, Unit]);
        assert!(units.pop().is_some() && units == [Unit] && units.len() == 1);
        assert_eq!(format!("{:?} {:?}", Unit.as_row(), Phantom::<3>().as_row()), "Unit Phantom");
        assert_eq!(SoaVector::from([Empty {}]).iter().count(), 1);
        assert_eq!(SoaVector::from([renamed::Elsewhere { here: 3 }]).slices().here, [3]);
        assert_eq!(SoaVector::<shadows::Soa>::new().len() + local_structs_too(), 3);
        assert_eq!(SoaVector::<Hygiene<u8, u8, u8>>::new().len(), 0);
    }
}

#[test]
fn rows_of_borrowed_fields_compare_and_clone() {
    #[derive(Soa, Clone)]
    struct Word<'a>(&'a str, u8);
    fn generic<T: Soa>(rows: &SoaVector<T>) -> SoaVector<T>
    where
        for<'r> Ref<'r, T>: CloneRow<Owned = T> + Ord,
    {
        let mut copy = rows.clone();
        copy.sort();
        copy.dedup();
        copy
    }
    let text = String::from("to fig a fig");
    let rows: SoaVector<_> = text.split(' ').map(|word| Word(word, 1)).collect();
    assert_eq!(generic(&rows).slices().0, ["a", "fig", "to"]);
    assert_eq!(rows, rows.clone());
}

#[test]
fn columns_are_made_of_lent_rows() {
    let mut rows = [Byte(1), Byte(2)];
    assert_eq!(SoaVector::from(&mut rows), SoaVector::from(rows.clone()));
    assert_eq!(SoaVector::from(&mut rows[..1]).len(), 1);
    assert_eq!(SoaVector::from(&rows), SoaVector::from(rows.clone()));
    assert_eq!(SoaVector::from(&rows[1..]).into_iter().collect::<Vec<_>>(), [Byte(2)]);
}
