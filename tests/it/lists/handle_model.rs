//! Programs of operations on lists by handles, beside `VecDeque`, with elements that are erased and
//! exchanged while they are linked. The fuzz target `lists` runs them too.

use std::collections::VecDeque;

use larder::collections::{
    intrusive_list::{Broken, HandleAdapter, HandleLink, HandleList, LinkError},
    stable_vector::{Key, KeyedVector},
};

use super::model::Op;

/// An element with places in two lists.
#[derive(Clone, Debug)]
pub(crate) struct Entry<K: Key> {
    pub(crate) number: usize,
    pub(crate) first: HandleLink<K>,
    pub(crate) second: HandleLink<K>,
}

impl<K: Key> Entry<K> {
    pub(crate) fn new(number: usize) -> Self {
        Self { number, first: HandleLink::new(), second: HandleLink::default() }
    }
}

/// The list by the first link.
pub(crate) enum First {}

impl<K: Key> HandleAdapter<Entry<K>> for First {
    type Key = K;
    fn hook(entry: &Entry<K>) -> &HandleLink<K> {
        &entry.first
    }
}

/// What a list says forth, back, and by steps, which must agree.
pub(crate) fn numbers<K: Key>(
    list: &HandleList<Entry<K>, First>,
    vector: &KeyedVector<Entry<K>, K>,
) -> Vec<usize> {
    let forth: Vec<usize> = list.iter(vector).map(|(_, entry)| entry.number).collect();
    let mut back: Vec<usize> = list.iter(vector).rev().map(|(_, entry)| entry.number).collect();
    back.reverse();
    assert_eq!((&back, forth.len()), (&forth, list.len()));
    let step = |at: &K| list.after(vector, *at);
    let steps = core::iter::successors(list.front(), step).map(|at| vector[at].number);
    assert!(steps.eq(forth.iter().copied()));
    let step = |at: &K| list.before(vector, *at);
    assert_eq!(core::iter::successors(list.back(), step).count(), forth.len());
    forth
}

/// Two lists of the elements of one vector beside two queues of their numbers.
pub(crate) fn handle_list<K: Key>(ops: &[Op]) {
    let mut vector: KeyedVector<Entry<K>, K> = KeyedVector::new();
    let mut handles: Vec<K> = Vec::new();
    for number in 0..64 {
        handles.push(vector.insert(Entry::new(number)));
    }
    let (mut ours, mut other) = (HandleList::new(), HandleList::<Entry<K>, First>::new());
    let (mut std, mut std_other) = (VecDeque::<usize>::new(), VecDeque::<usize>::new());
    for &op in ops {
        let number = |n: u8| usize::from(n) % 64;
        match op {
            Op::PushBack(n) | Op::PushFront(n) => {
                let (n, front) = (number(n), matches!(op, Op::PushFront(_)));
                let (linked, gone) =
                    (std.contains(&n) || std_other.contains(&n), !vector.contains(handles[n]));
                let pushed = if front {
                    ours.try_push_front(&vector, handles[n])
                } else {
                    ours.try_push_back(&vector, handles[n])
                };
                match pushed {
                    Ok(()) if front => std.push_front(n),
                    Ok(()) => std.push_back(n),
                    Err(LinkError::Stale) => assert!(gone),
                    Err(error) => assert!(error == LinkError::Linked && linked),
                }
            }
            Op::PopBack => {
                let popped = ours.pop_back(&vector).map(|handle| vector[handle].number);
                assert_eq!(popped, std.pop_back());
            }
            Op::PopFront => {
                let popped = ours.pop_front(&vector).map(|handle| vector[handle].number);
                assert_eq!(popped, std.pop_front());
            }
            Op::Insert { at, value, after } => {
                let (at, value) = (number(at), number(value));
                let here = std.iter().position(|n| *n == at);
                let inserted = if after {
                    ours.try_insert_after(&vector, handles[at], handles[value])
                } else {
                    ours.try_insert_before(&vector, handles[at], handles[value])
                };
                match inserted {
                    Ok(()) => std.insert(here.unwrap() + usize::from(after), value),
                    Err(LinkError::Elsewhere) => assert_eq!(here, None),
                    Err(LinkError::Stale) => assert!(!vector.contains(handles[value])),
                    Err(_) => assert!(std.contains(&value) || std_other.contains(&value)),
                }
            }
            Op::Remove { at } => {
                let here = std.iter().position(|n| *n == number(at));
                assert_eq!(ours.remove(&vector, handles[number(at)]), here.is_some());
                here.map(|here| std.remove(here));
            }
            Op::Clone => {
                core::mem::swap(&mut ours, &mut other);
                core::mem::swap(&mut std, &mut std_other);
            }
            Op::Drain { .. } => {
                ours.clear(&vector);
                std.clear();
            }
            Op::Retain(by) | Op::ExtractIf { by, .. } => {
                // Erased as they should be not, and put in order.
                let modulus = usize::from(by % 7 + 2);
                let gone = |n: &usize| n % modulus == 1;
                vector.retain(|entry| !gone(&entry.number));
                let [front, back] = [std.front().copied(), std.back().copied()];
                for (list, std) in [(&mut ours, &mut std), (&mut other, &mut std_other)] {
                    std.retain(|n| !gone(n));
                    list.mend(&vector);
                    let mended: VecDeque<usize> = numbers(list, &vector).into();
                    let (mut sorted, mut expected) = (mended.clone(), std.clone());
                    sorted.make_contiguous().sort_unstable();
                    expected.make_contiguous().sort_unstable();
                    assert_eq!(sorted, expected);
                    *std = mended;
                }
                let stays = |end: Option<usize>| end.filter(|n| !gone(n));
                assert!(stays(front).is_none_or(|n| std.front() == Some(&n)));
                assert!(stays(back).is_none_or(|n| std.back() == Some(&n)));
            }
            Op::Sort { by } if std.len() > 1 => {
                // Exchanged with what is linked: found before anything is changed.
                let [a, b] = [std[usize::from(by) % std.len()], std[0]];
                if a != b {
                    let [one, two] = vector.get_disjoint_mut([handles[a], handles[b]]).unwrap();
                    core::mem::swap(one, two);
                    handles.swap(a, b);
                    assert_eq!(ours.try_remove(&vector, handles[a]), Err(Broken));
                    assert_eq!(ours.len(), std.len());
                    ours.mend(&vector);
                    let mended = numbers(&ours, &vector);
                    assert_eq!(mended.len(), std.len());
                    std = mended.into();
                }
            }
            Op::Extend(count) => {
                // What was erased comes again.
                for (n, handle) in handles.iter_mut().enumerate().take(count.into()) {
                    if !vector.contains(*handle) {
                        *handle = vector.insert(Entry::new(n));
                    }
                }
            }
            _ => {}
        }
        assert!(std.iter().eq(&numbers(&ours, &vector)), "after {op:?}");
        assert!(std_other.iter().eq(&numbers(&other, &vector)));
        for (handle, entry) in vector.pairs() {
            assert_eq!(ours.contains(&vector, handle), std.contains(&entry.number));
            let linked = std.contains(&entry.number) || std_other.contains(&entry.number);
            assert_eq!(entry.first.is_linked(), linked);
        }
    }
}
