#![expect(unsafe_code, reason = "fills free slots")]
//! Queues on pages that are there twice: beside std's, on kernels that refuse, with elements that panic.

use core::cell::Cell;
use std::{
    collections::VecDeque,
    fs,
    io::{BufRead, Read, Write},
};

use larder::{
    BoundedBuffer, CircularBuffer, Deque,
    alloc::Cause,
    os::{Call, Errno, Fake, Kernel, Mirrored, Native},
    testing::{
        dummy::{CrashDummy, OverAligned, ZeroSized},
        sequence::{Estimate, SeqOp},
        sweep,
    },
};
use proptest::prelude::*;

use super::REFUSALS;
use crate::sequences::{crash_queue, op};

/// Few of these fill pages, so that content runs over the end soon.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Large<const WORDS: usize>([u64; WORDS]);

fn large<const WORDS: usize>(n: u8) -> Large<WORDS> {
    Large([u64::from(n); WORDS])
}

fn divides<const WORDS: usize>(value: u8, large: &Large<WORDS>) -> bool {
    large.0[WORDS - 1].is_multiple_of(u64::from(value % 5 + 2))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 64, ..ProptestConfig::default()
    })]

    #[test]
    fn mirrored_queues_do_as_std_does(ops in prop::collection::vec(op(), 1..50)) {
        let place = Mirrored::new();
        larder::deque_differential!(
            &ops, Deque::<Large<128>, _>::new_in(place), large::<128>, divides::<128>
        );
        larder::deque_differential!(
            &ops, Deque::<Large<96>, _>::new_in(place), large::<96>, divides::<96>
        );
        let text = |n: u8| "plum".repeat(usize::from(n % 4));
        let by_text = |value: u8, text: &String| text.len().is_multiple_of(usize::from(value % 5 + 2));
        larder::deque_differential!(&ops, Deque::<String, _>::new_in(place), text, by_text);
        larder::deque_differential!(&ops, Deque::<(), _>::new_in(place), |_| (), |value, _: &()| value % 2 == 0);
    }

    #[test]
    fn the_content_and_the_room_are_one_slice_each(ops: Vec<(u8, u8)>) {
        let mut ours = Deque::<Large<128>, _>::new_in(Mirrored::new());
        let mut std = VecDeque::new();
        for (what, n) in ops {
            match what % 9 {
                0 | 1 => {
                    ours.push_back(large(n));
                    std.push_back(large(n));
                }
                2 => {
                    ours.push_front(large(n));
                    std.push_front(large(n));
                }
                3 => prop_assert_eq!(ours.pop_front(), std.pop_front()),
                4 => {
                    let some = [large(n); 5];
                    let count = ours.push_slice(&some[..usize::from(n % 6)]);
                    std.extend(&some[..count]);
                }
                5 => {
                    let mut into = [large(0); 3];
                    let count = ours.pop_slice(&mut into[..usize::from(n % 4)]);
                    prop_assert!(std.drain(..count).eq(into[..count].iter().copied()));
                }
                6 => {
                    // What is written by way of the slice is found one by one, and the other way round.
                    if let Some(last) = ours.as_mut_slice().last_mut() {
                        *last = large(n);
                        *std.back_mut().unwrap() = large(n);
                    }
                    if let Some(middle) = std.len().checked_sub(1).map(|last| last / 2) {
                        ours[middle] = large(n);
                        std[middle] = large(n);
                    }
                }
                7 => {
                    let len = ours.len();
                    let filled = ours.spare_capacity_mut().iter_mut().take(usize::from(n % 4));
                    let count = filled.map(|slot| slot.write(large(n))).count();
                    // SAFETY: so many were written.
                    unsafe { ours.set_len(len + count) };
                    std.extend(core::iter::repeat_n(large(n), count));
                }
                _ => ours.try_set_capacity(usize::from(n % 20)).unwrap(),
            }
            let (all, none) = ours.as_slices();
            prop_assert!(none.is_empty());
            let start = all.as_ptr();
            prop_assert_eq!((all, ours.as_slice()), (std.make_contiguous() as &[_], all));
            prop_assert_eq!(ours.make_contiguous().as_ptr(), start);
            prop_assert_eq!(ours.spare_capacity_mut().len(), ours.capacity() - ours.len());
            prop_assert_eq!(ours.spare_capacity_mut().as_ptr(), start.wrapping_add(ours.len()).cast());
            prop_assert!(ours.iter().eq(&std) && (0..std.len()).all(|at| ours.get(at) == std.get(at)));
            prop_assert_eq!(ours.capacity() % 4, 0);
        }
    }
}

#[test]
fn capacities_fill_whole_pages() {
    let page = Native.page_size();
    let place = Mirrored::new();
    assert_eq!(Deque::<u8, _>::with_capacity_in(1, place).capacity(), page);
    assert_eq!(Deque::<u8, _>::with_capacity_in(page, place).capacity(), page);
    assert_eq!(Deque::<u8, _>::with_capacity_in(page + 1, place).capacity(), 2 * page);
    assert_eq!(Deque::<[u8; 3], _>::with_capacity_in(1, place).capacity(), page);
    assert_eq!(Deque::<[u32; 3], _>::with_capacity_in(1, place).capacity(), page / 4);
    assert_eq!(BoundedBuffer::<u64, _>::with_capacity_in(0, place).capacity(), 0);
    assert_eq!(BoundedBuffer::<(), _>::with_capacity_in(7, place).capacity(), 7);
    // A queue of a fixed capacity has that of whole pages.
    let mut last = CircularBuffer::<u64, _>::with_capacity_in(3, place);
    let evicted = (0..600).filter_map(|n| last.push_back(n));
    assert!(evicted.eq(0..600 - page as u64 / 8));
    assert!(last.as_slice().iter().copied().eq(600 - page as u64 / 8..600));
    let mut first = BoundedBuffer::<u64, _>::with_capacity_in(3, place);
    let refused = (0..600).filter_map(|n| first.push_back(n).err());
    assert!(refused.eq(page as u64 / 8..600));
}

#[test]
fn bytes_are_read_and_written_in_one_piece() {
    let page = Native.page_size();
    let mut queue = BoundedBuffer::<u8, _>::with_capacity_in(page, Mirrored::new());
    let mut next = 0_u8;
    let mut expected = 0_u8;
    for round in 0..5000_usize {
        let len = round * 7919 % page;
        let bytes: Vec<u8> = (0..len).map(|n| next.wrapping_add(n as u8)).collect();
        let count = queue.write(&bytes).unwrap();
        assert_eq!(count, len.min(page - (queue.len() - count)));
        next = next.wrapping_add(count as u8);
        assert_eq!(queue.fill_buf().unwrap().len(), queue.len());
        let mut taken = vec![0; round * 104_729 % page];
        let count = queue.read(&mut taken).unwrap();
        for byte in &taken[..count] {
            assert_eq!(*byte, expected);
            expected = expected.wrapping_add(1);
        }
    }
}

#[test]
fn shared_cells_are_the_same_by_whichever_way() {
    let mut cells = BoundedBuffer::<Cell<u64>, _>::with_capacity_in(1, Mirrored::new());
    assert!((0..500).all(|_| cells.push_back(Cell::new(0)).is_ok()));
    cells.truncate_front(10);
    assert!((0..400).all(|_| cells.push_back(Cell::new(0)).is_ok()));
    let (slice, len) = (cells.as_slice(), cells.len());
    for at in 0..len {
        slice[at].set(at as u64 + 1);
        assert_eq!(cells[at].replace(7), at as u64 + 1);
        assert_eq!((slice[at].get(), cells.iter().nth(at).unwrap().get()), (7, 7));
    }
}

#[test]
fn every_refusal_is_a_reason_and_leaves_the_queue_as_it_was() {
    /// Returns whether all was granted.
    fn life(kernel: &Fake) -> bool {
        let mut granted = true;
        let mut queue = Deque::<Large<128>, _>::new_in(Mirrored::new_in(kernel));
        let mut model = VecDeque::new();
        for n in 0..12 {
            match queue.try_push_front(large(n)) {
                Ok(()) => model.push_front(large(n)),
                Err(back) => {
                    granted = false;
                    let cause = back.refusal().cause;
                    assert!(matches!(cause, Cause::System { .. }), "{cause:?}");
                    assert!(back.to_string().contains("the system was asked"), "{back}");
                    assert_eq!(back.into_value(), large(n));
                }
            }
            assert_eq!(queue.as_slice(), model.make_contiguous() as &[_]);
        }
        if queue.try_set_capacity(4000).is_err() {
            granted = false;
        }
        if let Ok(copy) = queue.try_clone() {
            assert_eq!(copy.as_slice(), queue.as_slice());
        } else {
            granted = false;
        }
        assert_eq!(queue.as_slice(), model.make_contiguous());
        queue.truncate(3);
        granted &= queue.try_set_capacity(0).is_ok();
        model.truncate(3);
        assert_eq!(queue.as_slice(), model.make_contiguous());
        granted
    }
    let kernel = Fake::new();
    assert!(life(&kernel));
    let calls = kernel.calls();
    for (nth, call) in calls.iter().enumerate() {
        for errno in REFUSALS {
            let kernel = Fake::new();
            kernel.refuse_any_nth(nth, errno);
            // What the kernel does not take back stays, and is all that does.
            let taken = *call != Call::Unmap;
            assert_eq!(life(&kernel), !taken, "{call:?}");
            assert_eq!(kernel.mapped_bytes() == 0, taken, "{call:?}");
        }
    }
    for call in [Call::MemoryFile, Call::Map, Call::Allocate, Call::MapFile, Call::Advise] {
        assert!(calls.contains(&call));
        let kernel = Fake::new();
        kernel.refuse(call, Errno::UNSUPPORTED);
        assert!(!life(&kernel));
        assert_eq!(kernel.mapped_bytes(), 0);
    }
}

#[test]
fn what_cannot_be_is_refused_before_the_kernel_is_asked() {
    #[repr(align(1048576))]
    struct Wide;
    #[repr(align(1048576))]
    struct WideAndLong(#[expect(dead_code, reason = "it has bytes")] u8);
    let kernel = Fake::new();
    let place = Mirrored::new_in(&kernel);
    let page = kernel.page_size();
    let refused = Deque::<WideAndLong, _>::try_with_capacity_in(1, place).map(drop).unwrap_err();
    assert_eq!(refused.cause, Cause::Shape { size: page, align: page });
    // Elements of no bytes are nowhere.
    assert_eq!(Deque::<Wide, _>::with_capacity_in(1, place).as_slice().len(), 0);
    for capacity in [usize::MAX, usize::MAX / 8, usize::MAX / 16, usize::MAX / 32 + 1] {
        let refused = Deque::<u64, _>::try_with_capacity_in(capacity, place).map(drop);
        assert_eq!(refused.unwrap_err().cause, Cause::Overflow, "{capacity}");
    }
    assert_eq!(kernel.calls(), []);
    // This much there are addresses for, and no memory.
    let refused = Deque::<u8, _>::try_with_capacity_in(1 << 45, place).map(drop).unwrap_err();
    assert!(matches!(refused.cause, Cause::System { errno: 12, .. }), "{refused}");
    assert_eq!((kernel.count(Call::Allocate), kernel.mapped_bytes()), (0, 0));
}

#[test]
fn a_panic_at_any_step_neither_drops_twice_nor_loses_an_element() {
    type Wide<'t> = OverAligned<CrashDummy<'t>>;
    let place = Mirrored::new();
    let swept =
        sweep::panic_at_each_step(|tally, _| crash_queue::<CrashDummy<'_>, _>(tally, place));
    swept.assert_sound();
    assert!(swept.places > 50);
    sweep::panic_at_each_step(|tally, _| crash_queue::<ZeroSized<'_>, _>(tally, place))
        .assert_sound();
    sweep::panic_at_each_step(|tally, _| crash_queue::<Wide<'_>, _>(tally, place)).assert_sound();
}

#[test]
fn a_child_does_not_have_the_pages() {
    let queue = Deque::<u8, _>::with_capacity_in(1, Mirrored::new());
    let page = Native.page_size();
    let start = queue.as_slice().as_ptr().addr();
    for at in [start, start + page] {
        let flags = super::flags_at(&fs::read_to_string("/proc/self/smaps").unwrap(), at);
        assert!(flags.iter().any(|flag| flag == "dc"), "{flags:?}");
    }
}

#[test]
fn mirrored_queues_compare_and_convert_as_others_do() {
    let mirrored: Deque<u32, Mirrored> = (0..100).collect();
    let plain: Deque<u32> = (0..100).collect();
    assert_eq!(mirrored, plain);
    assert_eq!(Vec::from(mirrored.clone()), Vec::from(plain));
    let mut moved = Deque::<u32, Mirrored>::new_in(Mirrored::new());
    let mut mirrored = mirrored;
    moved.append(&mut mirrored);
    assert!(mirrored.is_empty() && moved.into_iter().eq(0..100));
    let ops = [SeqOp::Extend { count: 9, estimate: Estimate::Endless }];
    larder::deque_differential!(
        &ops,
        Deque::<Large<96>, Mirrored>::default(),
        large::<96>,
        divides::<96>
    );
}
