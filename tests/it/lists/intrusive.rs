//! Intrusive lists over what other rooms hold: boxes of any allocator, arenas, stable vectors.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use larder::{
    Arena, IntrusiveList, Pool, StableVector,
    alloc::{Global, Null},
    collections::intrusive_list::{Adapter, Link, ListBox, Pointer},
    testing::{
        dummy::{Step, Tally},
        hostile::{Counting, Exact, OverReturn, Quarantine},
    },
};

struct Item(usize, Link);

impl Item {
    fn new(number: usize) -> Self {
        Self(number, Link::new())
    }
}

struct Items;

impl Adapter<Item> for Items {
    type Hook = Link;

    fn hook(item: &Item) -> &Link {
        &item.1
    }
}

/// Pushed, found, taken out in the middle and at the ends, sorted, split and dropped.
fn each_way<P: Pointer<Target = Item>>(make: impl FnMut(usize) -> P) {
    let mut list: IntrusiveList<P, Items> = (0..10).map(make).collect();
    let out: Vec<P> = list.extract_if(|item| item.0 % 4 == 1).collect();
    list.sort_by_key(|item| item.0 ^ 3);
    assert!(list.iter().map(|item| item.0).eq([3, 2, 0, 7, 6, 4, 8]));
    out.into_iter().for_each(|item| list.push_front(item));
    let mut back = list.split_off(5);
    assert_eq!(back.pop_back().map(|item| item.0), Some(8));
    assert_eq!((list.pop_front().map(|item| item.0), list.len(), back.len()), (Some(9), 4, 4));
}

#[test]
fn pointers_into_allocators_and_containers() {
    let (arena, pool) = (Arena::new(), Pool::of::<[usize; 6]>());
    each_way(|n| ListBox::new_in(Item::new(n), &arena));
    each_way(|n| ListBox::new_in(Item::new(n), &pool));
    each_way(|n| ListBox::new_in(Item::new(n), Global));
    let (exact, over) = (Exact::new(Quarantine::new(Global)), OverReturn::new(Global));
    each_way(|n| ListBox::new_in(Item::new(n), &exact));
    each_way(|n| ListBox::new_in(Item::new(n), &over));
    each_way(|n| arena.alloc(Item::new(n)));
    each_way(|n| &*arena.alloc(Item::new(n)));
    let slots: StableVector<Item> = (0..10).map(Item::new).collect();
    each_way(|n| slots.get_at(n).unwrap());
    let heap = Counting::new(Global);
    each_way(|n| ListBox::new_in(Item::new(n), &heap));
    assert_eq!((heap.live_bytes(), ListBox::new_in(7, &heap).into_inner()), (0, 7));
}

#[test]
fn elements_of_a_stable_vector_are_known_by_handles_while_they_are_in_a_list() {
    let slots: StableVector<Item> = (0..100).map(Item::new).collect();
    let handles: Vec<_> = slots.handles().collect();
    let mut list: IntrusiveList<&Item, Items> = handles.iter().map(|at| &slots[*at]).collect();
    assert_eq!(list.remove(&slots[handles[40]]).map(|item| item.0), Some(40));
    let front = slots.handle_of(list.front().unwrap());
    assert_eq!(
        (front, list.contains(&slots[handles[40]]), list.len()),
        (Some(handles[0]), false, 99)
    );
}

#[test]
fn a_box_frees_its_block_when_its_element_panics_and_gives_back_what_finds_no_room() {
    let (tally, heap) = (Tally::new(), Counting::new(Global));
    let boxed = ListBox::new_in(tally.dummy(1), &heap);
    tally.panic_after(Step::Drop, 0);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(boxed))).is_err());
    assert_eq!((heap.live_blocks(), tally.live(), tally.double_drops()), (0, 0, 0));
    assert_eq!(ListBox::try_new_in("plum", Null).unwrap_err().into_value(), "plum");
}
