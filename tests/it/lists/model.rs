//! Programs of operations on lists and bump vectors, run beside std's counterparts. The fuzz target
//! `lists` runs them too.

use std::collections::{LinkedList, VecDeque};

use larder::{
    BumpVector, IntrusiveList, OwnedList,
    alloc::{Allocator, OneAllocator},
    collections::{
        intrusive_list::{Adapter, Link},
        owned_list::Apart,
    },
};

/// One operation; positions are taken as remainders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    PushBack(u8),
    PushFront(u8),
    PopBack,
    PopFront,
    Insert { at: u8, value: u8, after: bool },
    Remove { at: u8 },
    Extend(u8),
    Append(u8),
    Splice { at: u8, count: u8, after: bool },
    Split { at: u8, after: bool },
    SplitOff { at: u8 },
    Retain(u8),
    ExtractIf { by: u8, stop: u8 },
    Drain { from: u8, to: u8 },
    Sort { by: u8 },
    Truncate(u8),
    Clone,
    IntoIter { front: u8, back: u8 },
    Shrink,
    Reserve(u8),
}

impl From<[u8; 4]> for Op {
    fn from([what, a, b, c]: [u8; 4]) -> Self {
        let after = c % 2 == 0;
        match what % 24 {
            0..=2 => Self::PushBack(a),
            3 => Self::PushFront(a),
            4 => Self::PopBack,
            5 => Self::PopFront,
            6 | 7 => Self::Insert { at: a, value: b, after },
            8 => Self::Remove { at: a },
            9 | 10 => Self::Extend(a % 40),
            11 => Self::Append(a % 20),
            12 => Self::Splice { at: a, count: b % 20, after },
            13 => Self::Split { at: a, after },
            14 => Self::SplitOff { at: a },
            15 => Self::Retain(a),
            16 => Self::ExtractIf { by: a, stop: b % 8 },
            17 => Self::Drain { from: a, to: b },
            18 => Self::Sort { by: a },
            19 => Self::Truncate(a),
            20 => Self::Clone,
            21 => Self::IntoIter { front: a % 8, back: b % 8 },
            22 => Self::Shrink,
            _ => Self::Reserve(a),
        }
    }
}

/// Whether `value` divides the length of a text, with few answers.
fn divides(by: u8, text: &str) -> bool {
    text.len().is_multiple_of(usize::from(by % 4 + 2))
}

fn text(n: u8) -> String {
    "plum".repeat(usize::from(n % 5)) + &n.to_string()
}

fn key(by: u8, text: &str) -> usize {
    text.len() % (usize::from(by) + 1)
}

/// Removes `count` from the front and from the back, looking at the length before each.
fn ends<I: DoubleEndedIterator + ExactSizeIterator>(
    iter: &mut I,
    front: u8,
    back: u8,
) -> Vec<I::Item> {
    let mut taken = Vec::new();
    for step in 0..front + back {
        let len = iter.len();
        let item = if step < front { iter.next() } else { iter.next_back() };
        assert_eq!((iter.len(), item.is_none()), (len.saturating_sub(1), len == 0));
        taken.extend(item);
    }
    taken
}

/// A bump vector beside a `Vec`.
pub(crate) fn bump_vector<A: Allocator + Clone>(ops: &[Op], alloc: A) {
    let mut ours = BumpVector::new_in(alloc.clone());
    let mut std: Vec<String> = Vec::new();
    for &op in ops {
        let len = std.len();
        let range = |from: u8, to: u8| {
            let (from, to) = (usize::from(from) % (len + 1), usize::from(to) % (len + 1));
            from.min(to)..from.max(to)
        };
        match op {
            Op::PushBack(n) | Op::PushFront(n) => {
                assert_eq!(*ours.push(text(n)), text(n));
                std.push(text(n));
            }
            Op::PopBack | Op::PopFront => assert_eq!(ours.pop(), std.pop()),
            Op::Insert { at, value, .. } if len > 0 => {
                let at = usize::from(at) % len;
                ours[at] = text(value);
                std[at] = text(value);
                ours.swap(at, len / 2);
                std.swap(at, len / 2);
            }
            Op::Extend(count) | Op::Append(count) | Op::Splice { count, .. } => {
                ours.extend((0..count).map(text));
                std.extend((0..count).map(text));
            }
            Op::Retain(by) => {
                ours.retain(|text| !divides(by, text));
                std.retain(|text| !divides(by, text));
            }
            Op::ExtractIf { by, stop } => {
                let range = range(by, stop);
                let out = ours.extract_if(range.clone(), |text| divides(by, text));
                let out: Vec<_> = out.take(stop.into()).collect();
                let other = std.extract_if(range, |text| divides(by, text));
                assert_eq!(out, other.take(stop.into()).collect::<Vec<_>>());
            }
            Op::Drain { from, to } => {
                let (mut drain, mut other) =
                    (ours.drain(range(from, to)), std.drain(range(from, to)));
                assert_eq!(ends(&mut drain, from % 4, to % 4), ends(&mut other, from % 4, to % 4));
            }
            Op::Truncate(to) => {
                ours.truncate(to.into());
                std.truncate(to.into());
            }
            Op::Clone => {
                let copy = ours.clone();
                assert_eq!(copy, ours);
                ours.clone_from(&copy);
            }
            Op::IntoIter { front, back } => {
                let mut iter = core::mem::replace(&mut ours, BumpVector::new_in(alloc.clone()));
                assert_eq!(
                    ends(&mut iter.iter_mut(), front, back),
                    ends(&mut std.iter_mut(), front, back)
                );
                let (mut iter, mut other) = (iter.into_iter(), std.into_iter());
                assert_eq!(ends(&mut iter, front, back), ends(&mut other, front, back));
                ours.push_all(iter);
                std = other.collect();
            }
            Op::Shrink => ours.shrink_to_fit(),
            Op::Reserve(count) => {
                ours.reserve(count.into());
                assert!(ours.capacity() >= len + usize::from(count));
            }
            Op::Sort { by } => {
                let point = ours.partition_point(|text| text.len() < usize::from(by));
                assert!(point == len || ours[point].len() >= usize::from(by));
            }
            _ => {}
        }
        assert_eq!(ours, std, "after {op:?}");
        assert!(ours.iter().rev().eq(std.iter().rev()) && ours.follow().eq(&std));
        assert_eq!(ours.slices().flatten().collect::<Vec<_>>(), std.iter().collect::<Vec<_>>());
        assert_eq!(ours.get(std.len()), None);
    }
}

/// An owned list beside a `LinkedList`.
pub(crate) fn owned_list<A: OneAllocator + Clone>(ops: &[Op], alloc: A) {
    let mut ours = OwnedList::new_in(alloc.clone());
    let mut std: LinkedList<String> = LinkedList::new();
    for &op in ops {
        let len = std.len();
        let place = |at: u8| usize::from(at) % (len + 1);
        match op {
            Op::PushBack(n) => {
                ours.push_back(text(n));
                std.push_back(text(n));
            }
            Op::PushFront(n) => {
                ours.push_front(text(n));
                std.push_front(text(n));
            }
            Op::PopBack => assert_eq!(ours.pop_back(), std.pop_back()),
            Op::PopFront => assert_eq!(ours.pop_front(), std.pop_front()),
            Op::Insert { at, value, after } => {
                let mut cursor = ours.cursor_front_mut();
                (0..place(at)).for_each(|_| cursor.move_next());
                let mut back = std.split_off(place(at));
                match (after, back.pop_front()) {
                    (true, Some(current)) => {
                        cursor.insert_after(text(value));
                        std.extend([current, text(value)]);
                    }
                    (_, current) => {
                        cursor.insert_before(text(value));
                        std.push_back(text(value));
                        std.extend(current);
                    }
                }
                std.append(&mut back);
            }
            Op::Remove { at } if len > 0 => {
                let mut back = std.split_off(usize::from(at) % len);
                assert_eq!(Some(ours.remove(usize::from(at) % len)), back.pop_front());
                std.append(&mut back);
            }
            Op::Extend(count) => {
                ours.extend((0..count).map(text));
                std.extend((0..count).map(text));
            }
            Op::Append(count) => {
                let mut more = OwnedList::from_iter_in((0..count).map(text), alloc.clone());
                more.push_front("gone".into());
                more.pop_front();
                // Allocators without bytes are not known to be one.
                if count % 2 == 0 || ours.try_append_nodes(&mut more).is_err() {
                    ours.append(&mut more);
                }
                assert!(more.is_empty());
                more.push_back("kept".into());
                std.extend((0..count).map(text));
            }
            Op::Splice { at, count, after } => {
                let mut more = OwnedList::from_iter_in((0..count).map(text), alloc.clone());
                let nodes = count % 2 == 0;
                let mut cursor = ours.cursor_front_mut();
                (0..place(at)).for_each(|_| cursor.move_next());
                let current = cursor.current().cloned();
                // Behind all, "after" is the front.
                let at = if after && current.is_some() { place(at) + 1 } else { place(at) };
                let done = match (after && current.is_some(), nodes) {
                    (true, true) => cursor.try_splice_nodes_after(&mut more),
                    (false, true) => cursor.try_splice_nodes_before(&mut more),
                    _ => Err(Apart),
                };
                match done {
                    Ok(()) => assert!(more.is_empty()),
                    Err(Apart) if after && current.is_some() => cursor.splice_after(more),
                    Err(Apart) => cursor.splice_before(more),
                }
                assert_eq!(cursor.current().cloned(), current);
                let mut back = std.split_off(at);
                std.extend((0..count).map(text));
                std.append(&mut back);
            }
            Op::Split { at, after } if len > 0 => {
                let at = usize::from(at) % len;
                let mut cursor = ours.cursor_back_mut();
                (at + 1..len).for_each(|_| cursor.move_prev());
                assert_eq!(cursor.index(), Some(at));
                if after {
                    let mut other = cursor.split_after();
                    assert!(other.iter().eq(std.iter().skip(at + 1)));
                    ours.append(&mut other);
                } else {
                    let mut other = cursor.split_before();
                    assert_eq!(cursor.index(), Some(0));
                    assert!(other.iter().eq(std.iter().take(at)));
                    other.append(&mut ours);
                    ours = other;
                }
            }
            Op::SplitOff { at } => {
                let back = ours.split_off(place(at));
                assert!(ours.iter().eq(std.iter().take(place(at))));
                ours = back;
                std = std.split_off(place(at));
            }
            Op::Retain(by) => {
                ours.retain(|text| !divides(by, text));
                std = std.into_iter().filter(|text| !divides(by, text)).collect();
            }
            Op::ExtractIf { by, stop } => {
                let out = ours.extract_if(|text| divides(by, text)).take(stop.into());
                let out: Vec<_> = out.collect();
                let mut other = Vec::new();
                for text in core::mem::take(&mut std) {
                    if other.len() < usize::from(stop) && divides(by, &text) {
                        other.push(text);
                    } else {
                        std.push_back(text);
                    }
                }
                assert_eq!(out, other);
            }
            Op::Drain { from, to } => {
                let mut other = core::mem::take(&mut std).into_iter();
                let out = ends(&mut ours.drain(), from % 4, to % 4);
                assert_eq!(out, ends(&mut other, from % 4, to % 4));
            }
            Op::Sort { by } => {
                let mut all: Vec<_> = core::mem::take(&mut std).into_iter().collect();
                ours.sort_by_key(|text| key(by, text));
                all.sort_by_key(|text| key(by, text));
                std.extend(all);
            }
            Op::Clone => {
                let copy = ours.clone();
                assert_eq!(copy, ours);
                ours.clone_from(&copy);
            }
            Op::IntoIter { front, back } => {
                let list = core::mem::replace(&mut ours, OwnedList::new_in(alloc.clone()));
                let (mut iter, mut other) = (list.into_iter(), std.into_iter());
                assert_eq!(ends(&mut iter, front, back), ends(&mut other, front, back));
                ours.extend(iter);
                std = other.collect();
            }
            Op::Shrink => ours.shrink_to_fit(),
            Op::Reserve(count) => {
                ours.reserve(count.into());
                assert!(ours.capacity() >= len + usize::from(count));
            }
            _ => {}
        }
        assert!(ours.iter().eq(&std), "after {op:?}");
        assert!(ours.iter().rev().eq(std.iter().rev()) && ours.len() == std.len());
        assert_eq!((ours.front(), ours.back()), (std.front(), std.back()));
    }
}

/// An element that knows its number.
#[derive(Debug)]
pub(crate) struct Item(u8, Link);

/// The list of [`Item`]s.
#[derive(Debug)]
pub(crate) struct Items;

impl Adapter<Item> for Items {
    type Hook = Link;
    fn hook(item: &Item) -> &Link {
        &item.1
    }
}

/// Two intrusive lists beside two `VecDeque`s of numbers, over 256 elements.
pub(crate) fn intrusive_list(ops: &[Op]) {
    let items: Vec<Item> = (0..=255).map(|n| Item(n, Link::new())).collect();
    let (mut ours, mut other) =
        <(IntrusiveList<&Item, Items>, IntrusiveList<&Item, Items>)>::default();
    let (mut std, mut std_other) = (VecDeque::<u8>::new(), VecDeque::<u8>::new());
    for &op in ops {
        let len = std.len();
        let place = |at: u8| usize::from(at) % (len + 1);
        let linked = |std: &VecDeque<u8>, n| std.contains(&n) || std_other.contains(&n);
        match op {
            Op::PushBack(n) | Op::PushFront(n) => {
                let (item, front) = (&items[usize::from(n)], matches!(op, Op::PushFront(_)));
                let pushed =
                    if front { ours.try_push_front(item) } else { ours.try_push_back(item) };
                assert_eq!(pushed.is_err(), linked(&std, n));
                match pushed {
                    Err(back) => assert_eq!(back.into_pointer().0, n),
                    Ok(()) if front => std.push_front(n),
                    Ok(()) => std.push_back(n),
                }
            }
            Op::PopBack => assert_eq!(ours.pop_back().map(|item| item.0), std.pop_back()),
            Op::PopFront => assert_eq!(ours.pop_front().map(|item| item.0), std.pop_front()),
            Op::Insert { at, value, after } if len > 0 && !linked(&std, value) => {
                let at = usize::from(at) % len;
                let mut cursor = ours.cursor_at_mut(&items[usize::from(std[at])]).unwrap();
                if after {
                    cursor.insert_after(&items[usize::from(value)]);
                } else {
                    cursor.insert_before(&items[usize::from(value)]);
                }
                std.insert(if after { at + 1 } else { at }, value);
            }
            Op::Remove { at } => {
                let here = std.iter().position(|n| *n == at);
                let removed = ours.remove(&items[usize::from(at)]);
                assert_eq!(removed.map(|item| item.0), here.and_then(|here| std.remove(here)));
            }
            Op::Extend(count) => {
                for n in 0..count {
                    if !linked(&std, n) {
                        ours.push_back(&items[usize::from(n)]);
                        std.push_back(n);
                    }
                }
            }
            Op::Append(_) => {
                ours.append(&mut other);
                std.append(&mut std_other);
            }
            Op::Splice { at, after, .. } if len > 0 => {
                let at = usize::from(at) % len;
                let mut cursor = ours.cursor_at_mut(&items[usize::from(std[at])]).unwrap();
                let more = core::mem::take(&mut other);
                if after {
                    cursor.splice_after(more)
                } else {
                    cursor.splice_before(more)
                }
                let mut back = std.split_off(if after { at + 1 } else { at });
                std.append(&mut std_other);
                std.append(&mut back);
            }
            Op::Split { at, after } if len > 0 && std_other.is_empty() => {
                let at = usize::from(at) % len;
                let mut cursor = ours.cursor_at_mut(&items[usize::from(std[at])]).unwrap();
                if after {
                    other = cursor.split_after();
                    std_other = std.split_off(at + 1);
                } else {
                    other = cursor.split_before();
                    let back = std.split_off(at);
                    std_other = core::mem::replace(&mut std, back);
                }
            }
            Op::SplitOff { at } if std_other.is_empty() => {
                other = ours.split_off(place(at));
                std_other = std.split_off(place(at));
            }
            Op::Retain(by) => {
                ours.retain(|item| item.0 % (by % 4 + 2) != 0);
                std.retain(|n| n % (by % 4 + 2) != 0);
            }
            Op::ExtractIf { by, stop } => {
                let out = ours.extract_if(|item| item.0 % (by % 4 + 2) == 0).take(stop.into());
                let out: Vec<u8> = out.map(|item| item.0).collect();
                assert!(out.iter().all(|n| n % (by % 4 + 2) == 0));
                std.retain(|n| !out.contains(n));
            }
            Op::Drain { from, to } => {
                let out = ends(&mut ours.drain(), from % 4, to % 4);
                let mut all = core::mem::take(&mut std).into_iter();
                assert!(out.iter().map(|item| item.0).eq(ends(&mut all, from % 4, to % 4)));
            }
            Op::Sort { by } => {
                ours.sort_by_key(|item| item.0 % (by | 1));
                std.make_contiguous().sort_by_key(|n| n % (by | 1));
            }
            Op::IntoIter { front, back } => {
                let mut iter = core::mem::take(&mut ours).into_iter();
                let mut all = core::mem::take(&mut std).into_iter();
                let out = ends(&mut iter, front, back);
                assert!(out.iter().map(|item| item.0).eq(ends(&mut all, front, back)));
                ours.extend(iter);
                std.extend(all);
            }
            Op::Clone => {
                core::mem::swap(&mut ours, &mut other);
                core::mem::swap(&mut std, &mut std_other);
            }
            _ => {}
        }
        for (list, std) in [(&ours, &std), (&other, &std_other)] {
            assert!(list.iter().map(|item| &item.0).eq(std), "after {op:?}");
            assert!(list.iter().rev().map(|item| &item.0).eq(std.iter().rev()));
            assert_eq!(list.len(), std.len());
        }
        for item in &items {
            assert_eq!(ours.contains(item), std.contains(&item.0));
            assert_eq!(item.1.is_linked(), ours.contains(item) || other.contains(item));
        }
    }
}
