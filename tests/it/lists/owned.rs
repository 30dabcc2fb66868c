//! The chain and the nodes under the list: lengths, links, reuse, over-aligned and no-byte elements.

use larder::{
    OwnedList,
    alloc::{Allocator, Global, Null},
    collections::owned_list::Apart,
    testing::{
        dummy::{CrashDummy, Step, Tally},
        hostile::{Counting, Exact, OverReturn, Quarantine},
    },
};

/// The links lead the same way forth and back, and as far as the length says.
fn check<T: Clone + PartialEq + core::fmt::Debug, A: Allocator>(list: &OwnedList<T, A>) -> Vec<T> {
    let forth: Vec<T> = list.iter().cloned().collect();
    let mut back: Vec<T> = list.iter().rev().cloned().collect();
    back.reverse();
    assert_eq!(forth, back);
    assert_eq!(forth.len(), list.len());
    let mut cursor = list.cursor_front();
    for (n, element) in forth.iter().enumerate() {
        assert_eq!((cursor.index(), cursor.current()), (Some(n), Some(element)));
        cursor.move_next();
    }
    assert_eq!((cursor.index(), cursor.current()), (None, None));
    forth
}

#[test]
fn freed_nodes_are_used_again_and_chunks_double() {
    let counted = Counting::new(Exact::new(Quarantine::new(Global)));
    let mut list = OwnedList::new_in(&counted);
    for n in 0..1000 {
        list.push_back(n);
    }
    assert_eq!(list.capacity(), 1024);
    let held = counted.live_bytes();
    for n in 0..10_000 {
        assert_eq!(list.pop_front(), Some(n));
        list.push_back(n + 1000);
    }
    assert_eq!(counted.live_bytes(), held);
    assert_eq!(counted.live_blocks(), 9);
    list.clear();
    list.extend(0..1024);
    assert_eq!(counted.live_bytes(), held);
    drop(list);
    assert_eq!(counted.live_bytes(), 0);
}

#[test]
fn all_that_the_allocator_returned_is_used() {
    let mut list = OwnedList::<u64, _>::with_capacity_in(3, OverReturn::new(Global));
    assert!(list.capacity() >= 3);
    list.extend(0..100);
    assert!(list.iter().copied().eq(0..100));
}

#[test]
fn room_that_was_reserved_is_used_before_more_is_asked_for() {
    let counted = Counting::new(Global);
    let mut list = OwnedList::new_in(&counted);
    list.push_back(0);
    list.reserve(100);
    let held = counted.live_bytes();
    assert!(list.capacity() >= 101);
    list.extend(1..=100);
    assert_eq!(counted.live_bytes(), held);
    assert_eq!(check(&list), (0..=100).collect::<Vec<_>>());
}

#[test]
fn cursors_insert_remove_splice_and_split_on_both_sides() {
    let mut list = OwnedList::from([1, 2, 3]);
    let mut cursor = list.cursor_front_mut();
    cursor.move_prev();
    assert_eq!((cursor.index(), cursor.current()), (None, None));
    cursor.insert_before(9); // at the end
    cursor.insert_after(0); // at the front
    cursor.move_prev();
    assert_eq!((cursor.index(), cursor.current()), (Some(4), Some(&mut 9)));
    cursor.move_prev();
    assert_eq!((cursor.index(), cursor.remove_current()), (Some(3), Some(3)));
    assert_eq!((cursor.index(), cursor.current()), (Some(3), Some(&mut 9)));
    cursor.splice_before(OwnedList::from([4, 5]));
    cursor.splice_after(OwnedList::from([10]));
    assert_eq!((cursor.index(), cursor.peek_prev()), (Some(5), Some(&mut 5)));
    assert_eq!(cursor.split_before(), [0, 1, 2, 4, 5]);
    assert_eq!((cursor.index(), cursor.peek_next()), (Some(0), Some(&mut 10)));
    assert_eq!(cursor.split_after(), [10]);
    cursor.move_next();
    assert_eq!(cursor.split_before(), [9]);
    assert_eq!((cursor.index(), cursor.peek_next()), (None, None));
    cursor.splice_after(OwnedList::from([7]));
    cursor.move_prev();
    assert_eq!(cursor.index(), Some(0));
    assert_eq!(check(&list), [7]);
}

#[test]
fn sorting_is_stable_at_every_length() {
    for len in 0..70_u32 {
        let values: Vec<(u32, u32)> = (0..len).map(|n| (n * 37 % 11, n)).collect();
        let mut list = OwnedList::<_>::from(values.clone());
        let mut sorted = values;
        list.sort_by_key(|pair| pair.0);
        sorted.sort_by_key(|pair| pair.0);
        assert_eq!(check(&list), sorted);
    }
    let mut random = OwnedList::<_>::from(vec![5, 3, 8, 1]);
    let mut answers = [true, false].into_iter().cycle();
    random.sort_by(|_, _| {
        if answers.next() == Some(true) {
            core::cmp::Ordering::Less
        } else {
            core::cmp::Ordering::Greater
        }
    });
    let mut all = check(&random);
    all.sort_unstable();
    assert_eq!(all, [1, 3, 5, 8]);
}

#[test]
fn a_comparison_that_panics_leaves_all_elements_in_the_list() {
    for nth in 0..40 {
        let tally = Tally::new();
        let mut list: OwnedList<CrashDummy<'_>> =
            (0..16).map(|n| tally.dummy(n * 7 % 16)).collect();
        tally.panic_after(Step::Compare, nth);
        let sorted = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| list.sort()));
        assert_eq!((sorted.is_err(), list.len()), (tally.panicked().is_some(), 16));
        let mut ids: Vec<u32> = list.iter().rev().map(|dummy| dummy.id).collect();
        ids.sort_unstable();
        assert!(ids.into_iter().eq(0..16));
        drop(list);
        assert_eq!((tally.live(), tally.double_drops()), (0, 0));
    }
}

#[test]
fn elements_of_no_bytes_and_of_wide_alignment() {
    #[derive(Clone, Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    let mut list: OwnedList<Wide> = (0..50).map(Wide).collect();
    list.shrink_to_fit();
    assert!(list.iter().all(|wide| core::ptr::from_ref(wide).addr() % 256 == 0));
    assert_eq!(check(&list).len(), 50);
    let mut none: OwnedList<()> = (0..50).map(|_| ()).collect();
    assert_eq!((none.remove(20), none.split_off(9).len(), check(&none).len()), ((), 40, 9));
}

#[test]
fn nodes_change_hands_with_all_that_is_free_in_their_chunks() {
    let counted = Counting::new(Exact::new(Quarantine::new(Global)));
    let mut list = OwnedList::new_in(&counted);
    list.extend(0..5_usize);
    for round in 1..40 {
        let mut more = OwnedList::new_in(&counted);
        more.extend(0..round % 7);
        more.extend(round * 100..round * 100 + 9);
        more.extract_if(|n| *n < 7).for_each(drop);
        let (places, before) = (more.iter().map(core::ptr::from_ref), list.len());
        let places: Vec<_> = places.collect();
        let room = list.capacity() + more.capacity();
        if round % 3 == 0 {
            list.append_nodes(&mut more);
            assert!(list.iter().skip(before).map(core::ptr::from_ref).eq(places));
        } else {
            let mut cursor = list.cursor_front_mut();
            cursor.move_next();
            cursor.try_splice_nodes_before(&mut more).unwrap();
            assert_eq!(cursor.index(), Some(10));
            assert!(list.iter().skip(1).map(core::ptr::from_ref).take(9).eq(places));
        }
        assert_eq!((list.capacity(), list.len(), more.capacity()), (room, before + 9, 0));
        check(&list);
        more.push_back(1); // of new memory: the nodes are gone
        assert_eq!(check(&more), [1]);
    }
    let (held, room) = (counted.live_bytes(), list.capacity());
    list.extend(0..room - list.len());
    assert_eq!((counted.live_bytes(), list.capacity(), check(&list).len()), (held, room, room));
    list.push_back(0);
    assert!(counted.live_bytes() > held);
    drop(list);
    assert_eq!(counted.live_bytes(), 0);
}

#[test]
fn nodes_of_another_allocator_stay_where_they_are() {
    let (one, two) = (Counting::new(Global), Counting::new(Global));
    let (mut list, mut more) = (OwnedList::new_in(&one), OwnedList::new_in(&two));
    list.push_back(1);
    more.push_back(2);
    assert_eq!(list.try_append_nodes(&mut more), Err(Apart));
    assert_eq!(list.cursor_front_mut().try_splice_nodes_after(&mut more), Err(Apart));
    assert!(list == [1] && more == [2] && Apart.to_string().contains("do not share an allocator"));
    list.append(&mut more);
    assert_eq!(list, [1, 2]);
}

#[test]
fn a_cursor_changes_the_ends_of_its_list() {
    let mut list = OwnedList::from([1, 2, 3]);
    let mut cursor = list.cursor_back_mut();
    cursor.push_front(0);
    cursor.push_back(4);
    assert_eq!((cursor.index(), cursor.front(), cursor.back()), (Some(3), Some(&0), Some(&4)));
    *cursor.front_mut().unwrap() += 10;
    *cursor.back_mut().unwrap() += 10;
    assert_eq!((cursor.pop_front(), cursor.pop_back()), (Some(10), Some(14)));
    assert_eq!((cursor.index(), cursor.current()), (Some(2), Some(&mut 3)));
    let here = cursor.as_cursor();
    assert_eq!((here.front(), here.back()), (Some(&1), Some(&3)));
    assert_eq!((cursor.pop_back(), cursor.index()), (Some(3), None));
    cursor.push_back(5);
    cursor.push_front(6);
    cursor.move_prev();
    assert_eq!((cursor.index(), cursor.current()), (Some(3), Some(&mut 5)));
    cursor.move_next();
    assert_eq!((cursor.pop_front(), cursor.pop_back(), cursor.index()), (Some(6), Some(5), None));
    cursor.move_prev();
    assert_eq!((cursor.index(), cursor.remove_current_as_list()), (Some(1), Some([2].into())));
    assert_eq!((cursor.remove_current_as_list(), cursor.index()), (None, None));
    cursor.move_next();
    assert_eq!((cursor.pop_front(), cursor.pop_front(), cursor.pop_back()), (Some(1), None, None));
    assert_eq!((cursor.front(), cursor.back(), cursor.index()), (None, None, None));
    assert!(list.is_empty());
    let mut none = OwnedList::new_in(Null);
    let mut cursor = none.cursor_front_mut();
    assert_eq!(cursor.try_push_front(1).unwrap_err().into_value(), 1);
    assert_eq!(cursor.try_push_back(2).unwrap_err().into_value(), 2);
}
