//! Bump vectors and lists: beside std's by programs, under refusals and panics, over hostile allocators.

mod handle_model;
mod handles;
mod intrusive;
mod model;
mod owned;

use core::mem::{forget, size_of};

use larder::{
    Arena, BumpVector, IntrusiveList, OwnedList, Pool,
    alloc::{Allocator, Cause, Global, Layout, Null},
    collections::intrusive_list::{Link, SharedLink},
    testing::{
        dummy::{CrashDummy, Element, OverAligned, Tally, ZeroSized},
        hostile::{Counting, Exact, OverReturn, Poison, Quarantine},
        sweep,
    },
};
use model::{Item, Items, Op};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 128, ..ProptestConfig::default()
    })]

    #[test]
    fn they_do_as_std_does(bytes in prop::collection::vec(any::<[u8; 4]>(), 1..60)) {
        let ops: Vec<Op> = bytes.into_iter().map(Op::from).collect();
        model::bump_vector(&ops, Global);
        model::owned_list(&ops, Global);
        model::intrusive_list(&ops);
        let (arena, pool) = (Arena::new(), Pool::of::<[usize; 5]>());
        model::bump_vector(&ops, &arena);
        model::owned_list(&ops, &arena);
        model::owned_list(&ops, &pool);
        let (over, exact) = (OverReturn::new(Global), Exact::new(Quarantine::new(Global)));
        model::bump_vector(&ops, &over);
        model::owned_list(&ops, &over);
        model::bump_vector(&ops, &exact);
        model::owned_list(&ops, &exact);
        let poison = Poison::new(Global);
        model::bump_vector(&ops, &poison);
        model::owned_list(&ops, &poison);
    }
}

fn check(held: bool) {
    assert!(held);
}

#[test]
fn every_refusal_gives_back_and_leaks_nothing() {
    let swept = sweep::fail_each_allocation(|alloc| {
        let vector = BumpVector::<String, _>::new_in(alloc);
        for n in 0..9 {
            vector
                .try_push(n.to_string())
                .map_err(|back| check(back.into_value() == n.to_string()))?;
        }
        if let Err(back) = vector.try_push_all((0..40).map(|n| n.to_string())) {
            let missing = back.into_value().count();
            check(vector.len() + missing == 49);
            return Err(());
        }
        vector.try_reserve(300).map_err(|_| check(vector.len() == 49))?;
        vector.try_clone().map(drop).map_err(|_| check(vector[48] == "39"))?;
        BumpVector::<u8, _>::try_with_capacity_in(100, alloc).map(drop).map_err(|_| ())
    });
    swept.assert_clean();
    assert!(swept.places > 5);
    let swept = sweep::fail_each_allocation(|alloc| {
        let mut list = OwnedList::<String, _>::new_in(alloc);
        for n in 0..9 {
            let pushed = if n % 2 == 0 {
                list.try_push_back(n.to_string())
            } else {
                list.try_push_front(n.to_string())
            };
            pushed.map(drop).map_err(|back| check(back.into_value() == n.to_string()))?;
        }
        let mut cursor = list.cursor_back_mut();
        cursor.try_insert_before("fig".into()).map_err(|back| check(back.into_value() == "fig"))?;
        cursor.try_insert_after("fig".into()).map_err(|back| check(back.into_value() == "fig"))?;
        let mut back = list.try_split_off(5).map_err(|_| check(list.len() == 11))?;
        let mut copy = list.try_clone().map_err(|_| check(list.len() == 5))?;
        back.try_append(&mut copy).map_err(|_| check((back.len(), copy.len()) == (6, 5)))?;
        back.try_shrink_to_fit().map_err(|_| check(back.len() == 11))?;
        let mut cursor = list.cursor_front_mut();
        cursor.try_splice_after(&mut back).map_err(|_| check(back.len() == 11))?;
        if let Err(back) = list.try_extend((0..40).map(|n| n.to_string())) {
            let missing = back.into_value().count();
            check(list.len() + missing == 56);
            return Err(());
        }
        Ok::<(), ()>(())
    });
    swept.assert_clean();
    assert!(swept.places > 5);
}

fn crash_vector<'t, E: Element<'t>, A: Allocator + Copy>(tally: &'t Tally, alloc: A) {
    let new = |n: u32| E::new(tally, n);
    let mut vector = BumpVector::<E, A>::new_in(alloc);
    vector.extend(tally.iter((0..9).map(new)));
    vector.retain(|element| {
        tally.call();
        element.id() % 3 != 1
    });
    drop(vector.extract_if(1.., |element| {
        tally.call();
        element.id() == 2
    }));
    let mut copy = vector.clone();
    copy.clone_from(&vector);
    drop(copy.drain(1..3).next_back());
    let mut iter = copy.into_iter();
    iter.next();
    drop(iter);
    vector.truncate(2);
    drop(vector.pop());
    vector.push(new(7));
}

fn crash_list<'t, E: Element<'t>, A: Allocator + Copy>(tally: &'t Tally, alloc: A) {
    let new = |n: u32| E::new(tally, n);
    let mut list = OwnedList::<E, A>::new_in(alloc);
    list.extend(tally.iter((0..9).map(|n| new(n * 5 % 7))));
    list.sort();
    list.retain(|element| {
        tally.call();
        element.id() % 3 != 1
    });
    list.extract_if(|element| {
        tally.call();
        element.id() == 2
    })
    .next();
    let mut copy = list.clone();
    copy.clone_from(&list);
    copy.append(&mut list);
    list = copy.split_off(2);
    drop(copy.drain().next_back());
    let mut cursor = list.cursor_front_mut();
    cursor.insert_before(new(8));
    drop(cursor.remove_current());
    drop(list.into_iter().next());
}

#[test]
fn a_panic_at_any_step_neither_drops_twice_nor_loses_memory() {
    let swept =
        sweep::panic_at_each_step(|tally, alloc| crash_vector::<CrashDummy<'_>, _>(tally, alloc));
    swept.assert_sound();
    assert!(swept.places > 50);
    let swept =
        sweep::panic_at_each_step(|tally, alloc| crash_list::<CrashDummy<'_>, _>(tally, alloc));
    swept.assert_sound();
    assert!(swept.places > 50);
    sweep::panic_at_each_step(|tally, alloc| crash_vector::<ZeroSized<'_>, _>(tally, alloc))
        .assert_sound();
    sweep::panic_at_each_step(|tally, alloc| crash_list::<ZeroSized<'_>, _>(tally, alloc))
        .assert_sound();
    sweep::panic_at_each_step(|tally, alloc| {
        crash_vector::<OverAligned<CrashDummy<'_>>, _>(tally, alloc);
        crash_list::<OverAligned<CrashDummy<'_>>, _>(tally, alloc);
    })
    .assert_sound();
}

#[test]
fn forgotten_iterators_leak_and_leave_a_whole_container() {
    let arena = Arena::new();
    let texts = || (0..9).map(|n| n.to_string());
    let mut vector = BumpVector::from_iter_in(texts(), &arena);
    forget(vector.drain(2..4));
    assert_eq!(vector, ["0", "1"]);
    let mut out = vector.extract_if(1.., |_| true);
    assert_eq!(out.next().as_deref(), Some("1"));
    forget(out);
    assert_eq!(vector, ["0"]);
    let mut list = OwnedList::from_iter_in(texts(), &arena);
    let mut drain = list.drain();
    assert_eq!(drain.next_back().as_deref(), Some("8"));
    forget(drain);
    list.push_back("9".into());
    assert_eq!(list.len(), 9);
    forget(BumpVector::from_iter_in(texts(), &arena).into_iter());
    forget(OwnedList::from_iter_in(texts(), &arena).into_iter());
}

#[test]
fn too_much_is_refused_with_a_reason() {
    let vector = BumpVector::<u64>::from([7]);
    assert_eq!(vector.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert!(BumpVector::<u64>::try_with_capacity_in(usize::MAX / 8, Global).is_err());
    assert_eq!(
        BumpVector::<u64, _>::try_with_capacity_in(5, Null).unwrap_err().cause,
        Cause::Upstream { asked: 128, reserved: 0 }
    );
    let mut list = OwnedList::<u64>::from([7]);
    assert_eq!(list.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert!(OwnedList::<u64>::try_with_capacity_in(usize::MAX / 24, Global).is_err());
    assert_eq!((list.len(), vector.len()), (1, 1));
}

#[test]
fn memory_is_what_the_table_says() {
    let word = size_of::<usize>();
    assert_eq!(size_of::<BumpVector<u64>>(), 5 * word + usize::BITS as usize * 3 / 4 * word);
    assert_eq!(size_of::<OwnedList<u64>>(), 10 * word);
    assert_eq!(size_of::<IntrusiveList<&Item, Items>>(), 5 * word);
    assert_eq!((size_of::<Link>(), size_of::<SharedLink>()), (3 * word, 3 * word));
    let counted = Counting::new(Global);
    let vector = BumpVector::new_in(&counted);
    let mut list = OwnedList::new_in(&counted);
    for n in 1..2000_u64 {
        let before = counted.live_bytes();
        vector.push(n);
        let own = counted.live_bytes();
        assert!(vector.capacity() <= 2 * vector.len() + 16);
        list.push_back(n);
        assert!(own - before == 0 || own - before >= 128);
        assert!(list.capacity() <= 2 * list.len() + 4);
    }
    drop(list);
    assert_eq!(counted.live_bytes(), vector.capacity() * 8);
    drop(vector);
    let list = OwnedList::<u64, _>::with_capacity_in(100, &counted);
    let node = Layout::new::<[usize; 3]>().size();
    assert_eq!(counted.live_bytes(), 3 * word + list.capacity() * node);
}

#[test]
fn on_an_arena_nothing_is_copied_and_little_is_wasted() {
    let arena = Arena::new();
    let vector = BumpVector::new_in(&arena);
    let first: *const u64 = vector.push(0);
    (1..100_000).for_each(|n| {
        vector.push(n);
    });
    assert!(core::ptr::eq(first, &raw const vector[0]));
    assert_eq!(arena.used_bytes(), vector.capacity() * 8);
}

#[cfg(feature = "serde")]
#[test]
fn serde_keeps_the_elements_in_their_order() {
    let (vector, list) = (BumpVector::<u32>::from([3, 1, 2]), OwnedList::<u32>::from([3, 1, 2]));
    let text = serde_json::to_string(&vector).unwrap();
    assert_eq!((text.as_str(), serde_json::to_string(&list).unwrap()), ("[3,1,2]", text.clone()));
    assert_eq!(serde_json::from_str::<BumpVector<u32>>(&text).unwrap(), vector);
    assert_eq!(serde_json::from_str::<OwnedList<u32>>(&text).unwrap(), list);
    assert!(serde_json::from_str::<BumpVector<u32>>("[1,2,").is_err());
    assert!(serde_json::from_str::<OwnedList<u32>>("[1,\"fig\"]").is_err());
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_keeps_the_elements_in_their_order() {
    use rayon::prelude::*;
    let (vector, list): (BumpVector<u64>, OwnedList<u64>) =
        ((0..5000).into_par_iter().collect(), (0..5000).into_par_iter().collect());
    assert!(vector.iter().eq(list.iter()) && list.iter().copied().eq(0..5000));
    let (mut more, mut behind) = (BumpVector::<u64>::from([7]), OwnedList::<u64>::from([7]));
    more.par_extend(list.par_iter().copied().filter(|n| n % 2 == 0));
    behind.par_extend(vector.par_iter().copied().filter(|n| n % 2 == 0));
    more.par_iter_mut().for_each(|n| *n += 1);
    behind.par_iter_mut().for_each(|n| *n += 1);
    assert!(more.iter().eq(&behind));
    assert_eq!((more.len(), more[0], more[1], more[2500]), (2501, 8, 1, 4999));
}
