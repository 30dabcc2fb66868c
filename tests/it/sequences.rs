//! The vectors and queues against std's: programs of operations, allocators that refuse, elements
//! that panic, iterators that lie, elements of no bytes and of many.

use core::{
    cell::Cell,
    mem::{forget, size_of},
};
use std::io::{BufRead, Read, Write};

use larder::{
    Arena, BoundedBuffer, BufferPool, CircularBuffer, Deque, PerThread, PooledVec, SmallVector,
    alloc::{Allocator, Cause, Global, Null, Refusal},
    collections::circular_buffer::Place,
    testing::{
        dummy::{CrashDummy, Element, OverAligned, Tally, ZeroSized},
        hostile::{Counting, Exact, FailRandomly, OverReturn, Poison, Quarantine},
        sequence::{Estimate, Lying, SeqOp},
        sweep,
    },
};
use proptest::prelude::*;

larder::allocator_contract! { buffer_pool, BufferPool::new }
larder::allocator_contract! { buffer_pool_that_keeps_little, || BufferPool::new().with_bound(256) }
larder::allocator_contract! { buffer_pool_over_arena, || BufferPool::new_in(Arena::new()) }
larder::allocator_contract! { buffer_pool_over_over_returning, || BufferPool::new_in(OverReturn::new(Global)) }
larder::allocator_contract! { buffer_pool_over_exact, || BufferPool::new_in(Exact::new(Global)) }
larder::allocator_contract! { buffer_pool_over_poison, || BufferPool::new_in(Poison::new(Global)) }
larder::allocator_contract! { per_thread, || PerThread }

#[derive(Clone, Debug, PartialEq)]
#[repr(align(64))]
struct Wide(u8);

#[derive(Clone, Debug, PartialEq)]
struct Nothing;

fn estimate() -> impl Strategy<Value = Estimate> {
    prop_oneof![
        Just(Estimate::True),
        Just(Estimate::Nothing),
        Just(Estimate::More),
        Just(Estimate::Endless)
    ]
}

pub(crate) fn op() -> impl Strategy<Value = SeqOp> {
    (0_u8..24, any::<[u8; 4]>(), estimate()).prop_map(|(what, [a, b, c, d], estimate)| match what {
        0..=2 => SeqOp::Push { value: a },
        3 => SeqOp::PushFront { value: a },
        4 => SeqOp::Pop,
        5 => SeqOp::PopFront,
        6 | 7 => SeqOp::Insert { at: a, value: b },
        8 => SeqOp::Remove { at: a },
        9 => SeqOp::SwapRemove { at: a },
        10 => SeqOp::Truncate { to: a },
        11 => SeqOp::Extend { count: a, estimate },
        12 => SeqOp::Copies { from: a, to: b },
        13 => SeqOp::Append { count: a },
        14 => SeqOp::SplitOff { at: a },
        15 => SeqOp::Drain { from: a, to: b, front: c, back: d },
        16 => SeqOp::Splice { from: a, to: b, count: c, estimate },
        17 => SeqOp::ExtractIf { from: a, to: b, value: c, stop: d },
        18 => SeqOp::Retain { value: a },
        19 => SeqOp::Dedup,
        20 => SeqOp::Resize { to: a % 64, value: b },
        21 => SeqOp::Capacity { grow: a, shrink: b },
        22 => SeqOp::Clone { cut: a },
        _ if a % 2 == 0 => SeqOp::IntoIter { front: b, back: c },
        _ => SeqOp::Rotate { by: b },
    })
}

/// Whether `value` divides a number, with few answers.
fn divides(value: u8, number: u8) -> bool {
    number.is_multiple_of(value % 5 + 2)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 192, ..ProptestConfig::default()
    })]

    #[test]
    fn vectors_do_as_std_does(ops in prop::collection::vec(op(), 1..50)) {
        let number = |n: u8| u32::from(n % 9);
        let by = |value, n: &u32| divides(value, *n as u8);
        larder::vec_differential!(&ops, SmallVector::<u32, 8>::new(), number, by);
        larder::vec_differential!(&ops, PooledVec::<u32>::new(), number, by);
        let over = OverReturn::new(Global);
        larder::vec_differential!(&ops, SmallVector::<u32, 0, _>::new_in(&over), number, by);
        let text = |n: u8| "plum".repeat(usize::from(n % 4));
        let by_text = |value, text: &String| divides(value, text.len() as u8);
        let arena = Arena::new();
        larder::vec_differential!(&ops, SmallVector::<String, 3, _>::new_in(&arena), text, by_text);
        let exact = Exact::new(Quarantine::new(Global));
        larder::vec_differential!(&ops, SmallVector::<String, 1, _>::new_in(&exact), text, by_text);
        larder::vec_differential!(
            &ops, SmallVector::<Wide, 2, _>::new_in(&exact), Wide, |value, wide: &Wide| divides(value, wide.0)
        );
        larder::vec_differential!(
            &ops, SmallVector::<Nothing, 2>::new(), |_| Nothing, |value, _: &Nothing| value % 2 == 0
        );
    }

    #[test]
    fn queues_do_as_std_does(ops in prop::collection::vec(op(), 1..50)) {
        let number = |n: u8| u32::from(n % 9);
        let by = |value, n: &u32| divides(value, *n as u8);
        larder::deque_differential!(&ops, Deque::<u32>::new(), number, by);
        let text = |n: u8| "plum".repeat(usize::from(n % 4));
        let by_text = |value, text: &String| divides(value, text.len() as u8);
        let over = OverReturn::new(Quarantine::new(Global));
        larder::deque_differential!(&ops, Deque::<String, _>::new_in(&over), text, by_text);
        larder::deque_differential!(
            &ops, Deque::<Wide>::new(), Wide, |value, wide: &Wide| divides(value, wide.0)
        );
        larder::deque_differential!(
            &ops, Deque::<Nothing>::new(), |_| Nothing, |value, _: &Nothing| value % 2 == 0
        );
    }

    #[test]
    fn a_full_queue_keeps_the_last_or_the_first(values: Vec<u8>, capacity in 0_usize..20) {
        let mut last = CircularBuffer::with_capacity(capacity);
        let mut first = BoundedBuffer::with_capacity(capacity);
        let mut evicted = Vec::new();
        for value in &values {
            evicted.extend(last.push_back(*value));
            let fits = !first.is_full();
            prop_assert_eq!(first.push_back(*value).is_ok(), fits);
        }
        let kept = values.len().min(capacity);
        prop_assert_eq!(&last, &values[values.len() - kept..]);
        prop_assert_eq!(&evicted, &values[..values.len() - kept]);
        prop_assert_eq!(&first, &values[..kept]);
    }
}

#[test]
fn every_refusal_of_a_vector_gives_back_and_leaks_nothing() {
    sweep::fail_each_allocation(|alloc| {
        let mut vector = SmallVector::<String, 2, _>::new_in(alloc);
        for n in 0..9 {
            vector
                .try_push(n.to_string())
                .map_err(|back| check(back.into_value() == n.to_string()))?;
        }
        let len = vector.len();
        vector.try_insert(3, "plum".into()).map_err(|back| check(back.into_value() == "plum"))?;
        vector.try_extend_from_within(2..).map_err(|_| check(vector.len() == len + 1))?;
        let mut other = vector.try_split_off(5).map_err(|_| ())?;
        let copy = other.try_clone().map_err(|_| ())?;
        let many = || (0..40).map(|n| n.to_string());
        if let Err(back) = other.try_extend(many()) {
            let missing = back.into_value().count();
            check(other.len() + missing == copy.len() + 40);
            return Err(());
        }
        if let Err(back) = vector.try_insert_many(1, Lying::new(many(), Estimate::Nothing)) {
            let missing = back.into_value().count();
            check(vector.len() + missing == 45 && vector.last().unwrap() == "3");
            return Err(());
        }
        other.try_append(&mut vector).map_err(|_| check(!vector.is_empty()))?;
        other.truncate(1);
        other.try_shrink_to(0).map_err(|_| ())?;
        other.try_resize(20, "fig".into()).map_err(|back| check(back.into_value() == "fig"))?;
        Ok::<(), ()>(())
    })
    .assert_clean();
}

#[test]
fn every_refusal_of_a_queue_gives_back_and_leaks_nothing() {
    sweep::fail_each_allocation(|alloc| {
        let mut queue = Deque::<String, _>::new_in(alloc);
        for n in 0..9 {
            let pushed = if n % 2 == 0 {
                queue.try_push_back(n.to_string())
            } else {
                queue.try_push_front(n.to_string())
            };
            pushed.map_err(|back| check(back.into_value() == n.to_string()))?;
        }
        queue.try_insert(4, "plum".into()).map_err(|back| check(back.into_value() == "plum"))?;
        let mut other = queue.try_split_off(5).map_err(|_| check(queue.len() == 10))?;
        other.try_append(&mut queue).map_err(|_| check(queue.len() == 5))?;
        other.try_extend((0..40).map(|n| n.to_string())).map_err(|_| ())?;
        other.try_resize(70, "fig".into()).map_err(|back| check(back.into_value() == "fig"))?;
        other.try_resize_with(140, String::new).map_err(|_| check(other.len() == 70))?;
        other.truncate_front(3);
        other.try_set_capacity(0).map_err(|_| check(other.len() == 3))?;
        let bounded = BoundedBuffer::<u8, _>::try_with_capacity_in(100, alloc).map_err(|_| ())?;
        let many = Lying::new(0_u8..50, Estimate::Nothing);
        if let Err(back) = BoundedBuffer::try_from_iter_in(many, alloc) {
            let first = back.into_value().next();
            check(first.is_some());
            return Err(());
        }
        bounded.try_clone().map(drop).map_err(|_| ())
    })
    .assert_clean();
}

/// All that a vector does with elements, closures and iterators, each of which may panic.
fn crash_vector<'t, E: Element<'t>, A: Allocator + Copy>(tally: &'t Tally, alloc: A) {
    let new = |n: u32| E::new(tally, n);
    let mut vector = SmallVector::<E, 3, A>::new_in(alloc);
    vector.extend(tally.iter((0..7).map(new)));
    vector.insert_many(2, tally.iter((0..3).map(new)));
    vector.extend_from_within(1..4);
    drop(vector.splice(1..3, tally.iter((5..9).map(new))));
    vector.retain(|element| {
        tally.call();
        element.id() % 3 != 1
    });
    vector.dedup();
    drop(vector.extract_if(1.., |element| {
        tally.call();
        element.id() == 2
    }));
    vector.resize(12, new(4));
    vector.resize_with(14, || {
        tally.call();
        new(1)
    });
    let mut copy = vector.clone();
    copy.truncate(9);
    copy.clone_from(&vector);
    drop(copy.drain(2..5).next_back());
    let mut iter = copy.into_iter();
    iter.next();
    drop(iter.clone());
    drop(iter);
    vector.sort();
    vector.clear();
}

/// The same for a queue whose content runs over the end.
pub(crate) fn crash_queue<'t, E: Element<'t>, A: Place + Copy>(tally: &'t Tally, alloc: A) {
    let new = |n: u32| E::new(tally, n);
    let mut queue = Deque::<E, A>::with_capacity_in(8, alloc);
    queue.extend(tally.iter((0..6).map(new)));
    queue.rotate_left(2);
    for n in 0..2 {
        queue.push_front(new(n));
    }
    queue.retain(|element| {
        tally.call();
        element.id() % 3 != 1
    });
    queue.extend(tally.iter((0..9).map(new)));
    drop(queue.drain(2..5).next());
    drop(queue.extract_if(1.., |element| {
        tally.call();
        element.id() == 2
    }));
    let copy = queue.clone();
    queue.truncate(5);
    queue.truncate_front(3);
    queue.resize(6, new(4));
    drop(copy.into_iter().next_back());
    let mut last = CircularBuffer::<E, A>::with_capacity_in(2, alloc);
    last.extend(tally.iter((0..5).map(new)));
    queue.clear();
}

#[test]
fn a_panic_at_any_step_neither_drops_twice_nor_loses_memory() {
    let swept =
        sweep::panic_at_each_step(|tally, alloc| crash_vector::<CrashDummy<'_>, _>(tally, alloc));
    swept.assert_sound();
    assert!(swept.places > 100);
    sweep::panic_at_each_step(|tally, alloc| crash_vector::<ZeroSized<'_>, _>(tally, alloc))
        .assert_sound();
    sweep::panic_at_each_step(|tally, alloc| {
        crash_vector::<OverAligned<CrashDummy<'_>>, _>(tally, alloc);
    })
    .assert_sound();
    let swept =
        sweep::panic_at_each_step(|tally, alloc| crash_queue::<CrashDummy<'_>, _>(tally, alloc));
    swept.assert_sound();
    assert!(swept.places > 50);
    sweep::panic_at_each_step(|tally, alloc| crash_queue::<ZeroSized<'_>, _>(tally, alloc))
        .assert_sound();
    sweep::panic_at_each_step(|tally, alloc| {
        crash_queue::<OverAligned<CrashDummy<'_>>, _>(tally, alloc);
    })
    .assert_sound();
}

/// An element that has something to drop, and nothing that a sanitizer would miss when it is not.
#[derive(Debug)]
struct Told<'a>(i32, &'a Cell<usize>);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
    }
}

impl PartialEq<i32> for Told<'_> {
    fn eq(&self, other: &i32) -> bool {
        self.0 == *other
    }
}

#[test]
fn a_leaked_iterator_leaves_a_shorter_vector() {
    let (dropped, arena) = (Cell::new(0), Arena::new());
    let told = |n: i32| Told(n, &dropped);
    let mut vector = SmallVector::<Told<'_>, 2, _>::from_iter_in((0..9).map(told), &arena);
    forget(vector.drain(2..4));
    assert_eq!(vector, [0, 1]);
    vector.extend((2..9).map(told));
    forget(vector.splice(3..5, [told(1)]));
    assert_eq!(vector, [0, 1, 2]);
    forget(vector.extract_if(.., |told| told.0 == 1));
    assert!(vector.is_empty());
    let mut queue = Deque::<Told<'_>, _>::from_iter_in((0..9).map(told), &arena);
    forget(queue.drain(2..4));
    assert_eq!(queue, [0, 1]);
    queue.push_front(told(5));
    assert_eq!(queue, [5, 0, 1]);
    forget(queue.extract_if(1.., |told| told.0 == 1));
    assert_eq!(queue, [5]);
    assert_eq!(dropped.get(), 0);
    drop(queue);
    assert_eq!(dropped.get(), 1);
}

#[test]
fn too_much_is_refused_with_a_reason() {
    let mut vector = SmallVector::<u64, 4>::new();
    vector.push(7);
    let refusal: Refusal = vector.try_reserve(usize::MAX).unwrap_err();
    assert_eq!((refusal.cause, refusal.align), (Cause::Overflow, 8));
    let refusal = vector.try_reserve_exact(usize::MAX / 8).unwrap_err();
    assert_eq!(refusal.cause, Cause::Overflow);
    let mut nothing = SmallVector::<(), 4>::new();
    nothing.push(());
    assert_eq!(nothing.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert_eq!(nothing.capacity(), usize::MAX);
    let full = SmallVector::<u64, 4, _>::try_with_capacity_in(5, Null).unwrap_err();
    assert_eq!(full.cause, Cause::Upstream { asked: 40, reserved: 0 });
    let mut queue = Deque::<u32>::new();
    assert_eq!(queue.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert!(BoundedBuffer::<u64>::try_with_capacity_in(usize::MAX / 8, Global).is_err());
    assert_eq!(BoundedBuffer::<()>::with_capacity(usize::MAX).capacity(), usize::MAX);
}

#[test]
fn memory_is_what_the_table_says() {
    let words = size_of::<usize>();
    assert_eq!(size_of::<SmallVector<u32, 8>>(), 32 + words);
    assert_eq!(size_of::<SmallVector<u32, 1>>(), 3 * words);
    assert_eq!(SmallVector::<u32, 1>::INLINE, 2 * words / 4);
    assert_eq!(size_of::<SmallVector<u64, 4, &Arena>>(), 32 + 2 * words);
    assert_eq!(size_of::<PooledVec<u64>>(), 3 * words);
    assert_eq!(size_of::<Deque<u64>>(), 5 * words);
    assert_eq!(size_of::<CircularBuffer<u64, &Arena>>(), 6 * words);

    let counted = Counting::new(Global);
    let mut vector = SmallVector::<u32, 8, _>::new_in(&counted);
    vector.extend(0..8);
    assert_eq!(counted.live_bytes(), 0);
    vector.push(8);
    assert_eq!(counted.live_bytes(), vector.capacity() * 4);
    vector.truncate(8);
    vector.shrink_to_fit();
    assert!(!vector.spilled());
    assert_eq!((counted.live_bytes(), vector.capacity()), (0, 8));
    let ring = CircularBuffer::<u64, _>::with_capacity_in(100, &counted);
    assert_eq!(counted.live_bytes(), 800);
    drop(ring);

    let pool = BufferPool::new_in(&counted);
    let mut pooled = PooledVec::<u32, _>::new_in(&pool);
    pooled.extend(0..20);
    assert_eq!((pooled.capacity(), counted.live_bytes()), (32, 128));
    pooled.reserve(60_000);
    pooled.clear();
    assert_eq!((pooled.capacity(), pool.kept_bytes()), (0, 128 + (1 << 18)));
    drop(pooled);
    drop(pool);
    counted.assert_no_leaks();
}

#[test]
fn a_buffer_goes_to_the_pool_of_the_thread_that_frees_it() {
    std::thread::spawn(|| {
        let vector: PooledVec<u64> = (0..100).collect();
        let before = PerThread.kept_bytes();
        std::thread::spawn(move || {
            assert_eq!(vector.iter().sum::<u64>(), 4950);
            drop(vector);
            assert_eq!(PerThread.kept_bytes(), 1024);
        })
        .join()
        .unwrap();
        assert_eq!(PerThread.kept_bytes(), before);
        PerThread.trim();
        assert_eq!(PerThread.kept_bytes(), 0);
    })
    .join()
    .unwrap();
}

#[test]
fn a_failing_heap_changes_nothing_that_was_there() {
    for seed in 0..200 {
        let heap = FailRandomly::new(Quarantine::new(Global), 3, seed);
        let mut vector = SmallVector::<String, 2, _>::new_in(&heap);
        let mut queue = Deque::<String, _>::new_in(&heap);
        let mut stored = Vec::new();
        let mut queued = Vec::new();
        for n in 0..60_u32 {
            if vector.try_push(n.to_string()).is_ok() {
                stored.push(n.to_string());
            }
            if queue.try_push_back(n.to_string()).is_ok() {
                queued.push(n.to_string());
            }
            if n % 7 == 0 {
                let _ = vector.try_shrink_to(0);
                let _ = queue.try_set_capacity(0);
            }
        }
        assert_eq!(vector, stored);
        assert_eq!(queue, queued);
    }
}

#[test]
fn vectors_of_std_go_in_and_out_without_a_copy() {
    let vec: Vec<u32> = (0..100).collect();
    let place = vec.as_ptr();
    let small = SmallVector::<u32, 4>::from_vec(vec);
    assert!(small.spilled());
    let vec = small.into_vec();
    assert_eq!((vec.as_ptr(), vec.len()), (place, 100));
    let inline: SmallVector<u32, 4> = [1, 2].into();
    assert_eq!(inline.into_vec(), [1, 2]);
    assert_eq!(SmallVector::<_, 2>::from([1, 2, 3]).into_array::<3>(), Ok([1, 2, 3]));
    assert_eq!(SmallVector::<(), 2>::from_vec(vec![(); 9]).into_vec().len(), 9);
    assert_eq!(&*SmallVector::<u8, 2>::from("plum").into_boxed_slice(), b"plum");
}

#[test]
fn bytes_are_read_and_written() {
    let mut last = CircularBuffer::<u8>::with_capacity(5);
    last.write_all(b"plum and pear").unwrap();
    assert_eq!(last, b" pear");
    last.write_all(b"xy").unwrap();
    let mut read = [0; 3];
    last.read_exact(&mut read).unwrap();
    assert_eq!(&read, b"ear");
    let mut bounded = BoundedBuffer::<u8>::with_capacity(4);
    assert_eq!(bounded.write(b"quince").unwrap(), 4);
    assert_eq!(bounded.write(b"x").unwrap(), 0);
    bounded.consume(2);
    assert_eq!(bounded.write(b"xyz").unwrap(), 2);
    assert_eq!(bounded, b"inxy");
    let mut text = String::new();
    let mut deque: Deque<u8> = Deque::new();
    deque.write_all(b"fig\nplum\n").unwrap();
    deque.read_line(&mut text).unwrap();
    assert_eq!((&*text, deque.len()), ("fig\n", 5));
    let mut small = SmallVector::<u8, 4>::new();
    write!(small, "{}", 12345).unwrap();
    assert_eq!(small, b"12345");
}

/// What a refusal has to leave behind; the request that was refused is an error either way.
#[track_caller]
fn check(holds: bool) {
    assert!(holds);
}

#[cfg(feature = "serde")]
#[test]
fn serde_writes_elements_and_reads_them() {
    let small = SmallVector::<u32, 2>::from([1, 2, 3]);
    let pooled: PooledVec<u32> = (1..4).collect();
    let mut queue = CircularBuffer::with_capacity(3);
    queue.extend(0..4);
    for text in [
        serde_json::to_string(&small).unwrap(),
        serde_json::to_string(&pooled).unwrap(),
        serde_json::to_string(&queue).unwrap(),
    ] {
        assert_eq!(text, "[1,2,3]");
        assert_eq!(serde_json::from_str::<SmallVector<u32, 2>>(&text).unwrap(), small);
        assert_eq!(serde_json::from_str::<PooledVec<u32>>(&text).unwrap(), pooled);
        let mut read: CircularBuffer<u32> = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.capacity()), (&queue, 3));
        assert_eq!(read.push_back(4), Some(1));
        assert_eq!(serde_json::from_str::<Deque<u32>>(&text).unwrap(), queue);
    }
    for text in ["[1,2,", "[1,-2]", "{}"] {
        assert!(serde_json::from_str::<SmallVector<u32, 2>>(text).is_err());
        assert!(serde_json::from_str::<BoundedBuffer<u32>>(text).is_err());
    }
    assert_eq!(serde_json::from_str::<BoundedBuffer<()>>("[null,null]").unwrap().len(), 2);
}

#[cfg(feature = "rayon")]
#[test]
fn rayon_sees_every_element_once() {
    use rayon::prelude::*;
    let mut small: SmallVector<u64, 4> = (0..1000_u64).into_par_iter().collect();
    small.par_iter_mut().for_each(|n| *n += 1);
    assert_eq!(small.par_iter().sum::<u64>(), 500_500);
    let mut queue: Deque<u64> = small.par_iter().copied().collect();
    queue.rotate_left(300);
    queue.push_back(0);
    queue.par_iter_mut().for_each(|n| *n *= 2);
    assert_eq!(queue.par_iter().sum::<u64>(), 1_001_000);
    assert!(queue.par_iter().copied().collect::<Vec<_>>().iter().eq(&queue));
    small.par_extend(0..10_u64);
    let mut last = CircularBuffer::with_capacity(10);
    last.par_extend(small);
    assert!(last.iter().copied().eq(0..10));
}
