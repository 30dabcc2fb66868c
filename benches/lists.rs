#![allow(single_use_lifetimes, reason = "a peer's macro asks for it")]
#![expect(unsafe_code, reason = "a peer takes elements out by unsafe means only")]
//! Lists and bump vectors beside their peers, interleaved in one process.
//!
//! `cargo bench --bench lists` prints the median nanoseconds for each operation, and ours as a ratio to
//! the best of the others.

use core::hint::black_box;
use std::collections::LinkedList;

use harness::column;
use intrusive_collections::{LinkedListLink, intrusive_adapter};
use larder::{
    Arena, BumpVector, IntrusiveList, Keep, OwnedList, Slab,
    collections::intrusive_list::{Adapter, Link},
};
use orx_split_vec::{PinnedVec, SplitVec};

mod harness;

const COUNT: usize = 10_000;

struct Ours(u64, Link);
struct OursAdapter;
impl Adapter<Ours> for OursAdapter {
    type Hook = Link;
    fn hook(item: &Ours) -> &Link {
        &item.1
    }
}

struct Theirs {
    number: u64,
    link: LinkedListLink,
}
intrusive_adapter!(TheirsAdapter<'a> = &'a Theirs: Theirs { link: LinkedListLink });

fn sink<T>(value: T) {
    black_box(value);
}

/// Indices in an order that looks random and is the same every time.
fn indices() -> Vec<usize> {
    (0..COUNT).map(|n| n * 7919 % COUNT).collect()
}

fn lists() {
    let numbers = || 0..COUNT as u64;
    let (mut arena, slab) = (Arena::new(), Slab::new());
    column(
        "list: push_back 10,000 and drop",
        COUNT,
        vec![
            ("larder OwnedList", Box::new(|| sink(OwnedList::<u64>::from_iter(numbers())))),
            (
                "larder on an arena",
                Box::new(|| {
                    sink(OwnedList::from_iter_in(numbers(), &arena));
                    arena.reset(Keep::All);
                }),
            ),
            ("larder on a slab", Box::new(|| sink(OwnedList::from_iter_in(numbers(), &slab)))),
            ("std LinkedList", Box::new(|| sink(LinkedList::from_iter(numbers())))),
        ],
    );
    let (mut ours, mut std) =
        (OwnedList::<u64>::from_iter(numbers()), LinkedList::from_iter(numbers()));
    column(
        "list: pop_front, push_back",
        COUNT,
        vec![
            (
                "larder OwnedList",
                Box::new(|| {
                    for n in numbers() {
                        black_box(ours.pop_front());
                        ours.push_back(n);
                    }
                }),
            ),
            (
                "std LinkedList",
                Box::new(|| {
                    for n in numbers() {
                        black_box(std.pop_front());
                        std.push_back(n);
                    }
                }),
            ),
        ],
    );
    let (ours, std) = (OwnedList::<u64>::from_iter(numbers()), LinkedList::from_iter(numbers()));
    column(
        "list: iterate",
        COUNT,
        vec![
            ("larder OwnedList", Box::new(|| sink(ours.iter().sum::<u64>()))),
            ("std LinkedList", Box::new(|| sink(std.iter().sum::<u64>()))),
        ],
    );
    let (mut ours, mut std) = (OwnedList::<u64>::new(), LinkedList::new());
    column(
        "list: insert and remove in the middle",
        COUNT,
        vec![
            (
                "larder OwnedList",
                Box::new(|| {
                    ours.clear();
                    ours.extend(0..2);
                    let mut cursor = ours.cursor_front_mut();
                    numbers().for_each(|n| cursor.insert_after(n));
                    cursor.move_next();
                    while cursor.remove_current().is_some_and(|_| cursor.peek_next().is_some()) {}
                }),
            ),
            // Its cursors are not stable; the same work is done at an end.
            (
                "std LinkedList, at the end",
                Box::new(|| {
                    std.clear();
                    std.extend(0..2);
                    numbers().for_each(|n| std.push_front(n));
                    while std.pop_front().is_some() {}
                }),
            ),
        ],
    );
}

fn intrusive() {
    let ours: Vec<Ours> = (0..COUNT as u64).map(|n| Ours(n, Link::new())).collect();
    let theirs: Vec<Theirs> =
        (0..COUNT as u64).map(|n| Theirs { number: n, link: LinkedListLink::new() }).collect();
    let order = indices();
    column(
        "intrusive: push_back, then pop_front",
        COUNT,
        vec![
            (
                "larder IntrusiveList",
                Box::new(|| {
                    let mut list = IntrusiveList::<&Ours, OursAdapter>::from_iter(&ours);
                    while let Some(item) = list.pop_front() {
                        black_box(item.0);
                    }
                }),
            ),
            (
                "intrusive-collections",
                Box::new(|| {
                    let mut list = intrusive_collections::LinkedList::new(TheirsAdapter::new());
                    theirs.iter().for_each(|item| list.push_back(item));
                    while let Some(item) = list.pop_front() {
                        black_box(item.number);
                    }
                }),
            ),
        ],
    );
    column(
        "intrusive: push_back, then remove by the element, random order",
        COUNT,
        vec![
            (
                "larder IntrusiveList",
                Box::new(|| {
                    let mut list = IntrusiveList::<&Ours, OursAdapter>::from_iter(&ours);
                    for index in &order {
                        black_box(list.remove(&ours[*index]));
                    }
                }),
            ),
            (
                "intrusive-collections, unsafe",
                Box::new(|| {
                    let mut list = intrusive_collections::LinkedList::new(TheirsAdapter::new());
                    theirs.iter().for_each(|item| list.push_back(item));
                    for index in &order {
                        // SAFETY: each element is in this list, and is removed once.
                        black_box(
                            unsafe {
                                list.cursor_mut_from_ptr(core::ptr::from_ref(&theirs[*index]))
                            }
                            .remove(),
                        );
                    }
                }),
            ),
        ],
    );
    let list = IntrusiveList::<&Ours, OursAdapter>::from_iter(&ours);
    let mut other = intrusive_collections::LinkedList::new(TheirsAdapter::new());
    theirs.iter().for_each(|item| other.push_back(item));
    column(
        "intrusive: iterate",
        COUNT,
        vec![
            (
                "larder IntrusiveList",
                Box::new(|| sink(list.iter().map(|item| item.0).sum::<u64>())),
            ),
            (
                "intrusive-collections",
                Box::new(|| sink(other.iter().map(|item| item.number).sum::<u64>())),
            ),
        ],
    );
}

fn vectors() {
    let numbers = || 0..COUNT as u64;
    let (mut arena, slab) = (Arena::new(), Slab::new());
    column(
        "bump vector: push 10,000 and drop",
        COUNT,
        vec![
            (
                "larder BumpVector",
                Box::new(|| {
                    let vector = BumpVector::<u64>::new();
                    numbers().for_each(|n| sink(core::ptr::from_ref(vector.push(n))));
                }),
            ),
            (
                "larder on an arena",
                Box::new(|| {
                    let vector = BumpVector::new_in(&arena);
                    numbers().for_each(|n| sink(core::ptr::from_ref(vector.push(n))));
                    drop(vector);
                    arena.reset(Keep::All);
                }),
            ),
            (
                "larder on a slab",
                Box::new(|| {
                    let vector = BumpVector::new_in(&slab);
                    numbers().for_each(|n| sink(core::ptr::from_ref(vector.push(n))));
                }),
            ),
            (
                "boxcar",
                Box::new(|| {
                    let vector = boxcar::Vec::new();
                    numbers().for_each(|n| sink(vector.push(n)));
                }),
            ),
            (
                "orx-split-vec",
                Box::new(|| {
                    let mut vector = SplitVec::with_doubling_growth();
                    numbers().for_each(|n| {
                        vector.push(n);
                        black_box(&vector);
                    });
                }),
            ),
            (
                "Vec of boxes",
                Box::new(|| {
                    let mut vector = Vec::new();
                    numbers().for_each(|n| {
                        vector.push(Box::new(n));
                        black_box(&vector);
                    });
                }),
            ),
        ],
    );
    let ours = BumpVector::<u64>::from_iter(numbers());
    let boxcar = boxcar::Vec::from_iter(numbers());
    let mut split = SplitVec::with_doubling_growth();
    split.extend(numbers());
    let boxes: Vec<Box<u64>> = numbers().map(Box::new).collect();
    let plain: Vec<u64> = numbers().collect();
    let order = indices();
    column(
        "bump vector: index, random",
        COUNT,
        vec![
            ("larder BumpVector", Box::new(|| sink(order.iter().map(|n| ours[*n]).sum::<u64>()))),
            ("boxcar", Box::new(|| sink(order.iter().map(|n| boxcar[*n]).sum::<u64>()))),
            ("orx-split-vec", Box::new(|| sink(order.iter().map(|n| split[*n]).sum::<u64>()))),
            ("Vec of boxes", Box::new(|| sink(order.iter().map(|n| *boxes[*n]).sum::<u64>()))),
        ],
    );
    column(
        "bump vector: iterate",
        COUNT,
        vec![
            ("larder BumpVector", Box::new(|| sink(ours.iter().sum::<u64>()))),
            ("boxcar", Box::new(|| sink(boxcar.iter().map(|n| *n.1).sum::<u64>()))),
            ("Vec of boxes", Box::new(|| sink(boxes.iter().map(|n| **n).sum::<u64>()))),
        ],
    );
    column(
        "the same, beside a Vec, whose elements move",
        COUNT,
        vec![
            ("larder BumpVector", Box::new(|| sink(ours.iter().sum::<u64>()))),
            ("Vec", Box::new(|| sink(plain.iter().sum::<u64>()))),
        ],
    );
}

fn main() {
    lists();
    intrusive();
    vectors();
}
