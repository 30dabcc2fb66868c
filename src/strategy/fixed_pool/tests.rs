//! What only the inside shows: places, wiped bytes, plans that overflow, memory too small, the order of reuse.

use core::mem::{MaybeUninit, forget};
use std::{collections::BTreeSet, string::ToString, vec, vec::Vec};

use super::{ENTRY, FixedPool, Plan};
use crate::alloc::{
    Allocator, Block, Bulk, Cause, Global, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace,
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn all_blocks_are_handed_out_once_and_then_a_refusal_counts_them() {
    let pool = FixedPool::for_layout(layout(40, 16), 100).unwrap();
    assert_eq!((pool.layout(), pool.capacity()), (layout(48, 16), 100));
    let blocks: Vec<_> = (0..100).map(|n| pool.block(n % 49).unwrap()).collect();
    let bytes = blocks.iter().filter(|block| block.size() > 0);
    let addresses: BTreeSet<usize> = bytes.map(|block| block.as_ptr().addr().get()).collect();
    assert_eq!(addresses.len(), 97, "blocks of no bytes are no blocks");
    assert!(addresses.iter().all(|a| a.is_multiple_of(16)));
    let rest: Vec<_> = (0..3).map(|_| pool.block(48).unwrap()).collect();
    assert!(!pool.has_capacity(1) && pool.has_capacity(0));
    let refusal = pool.block(5).unwrap_err();
    assert_eq!((refusal.size, refusal.cause), (5, Cause::Blocks { live: 100, limit: 100 }));
    assert!(refusal.to_string().contains("100 of at most 100 blocks are live"), "{refusal}");
    drop((blocks, rest));
    assert_eq!((pool.live(), pool.available(), pool.peak()), (0, 100, 100));
}

#[test]
fn what_does_not_fit_a_block_is_refused_in_words() {
    let pool = FixedPool::of::<[u64; 3]>(2).unwrap();
    for wrong in [layout(25, 1), layout(8, 16), layout(1 << 40, 1)] {
        let refusal = pool.try_allocate(wrong).unwrap_err();
        assert_eq!(refusal.cause, Cause::Shape { size: 24, align: 8 });
        assert_eq!(pool.good_size(wrong), wrong.size());
    }
    assert_eq!(pool.block(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert_eq!(pool.report().failed, Some(3));
    assert_eq!(pool.try_allocate(layout(0, 4096)).unwrap().len(), 0);
}

#[test]
fn plans_that_are_too_large_or_empty_are_refused() {
    for (size, count) in [(8, usize::MAX), (1 << 40, 1 << 30), (1, 1 << 61), (usize::MAX / 2, 1)] {
        let refusal = FixedPool::for_layout(layout(size, 1), count).unwrap_err();
        assert_eq!(refusal.cause, Cause::Overflow, "{size} * {count}");
    }
    let refusal = FixedPool::for_layout(layout(1 << 46, 1), 3).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Upstream { .. }), "{refusal}");
    let refusal = FixedPool::of::<u64>(0).unwrap_err();
    assert_eq!(refusal.cause, Cause::Region { len: 0, needed: 8 + ENTRY });
    let most = isize::MAX.cast_unsigned();
    assert!(FixedPool::real_time(layout(most, 1), 1).is_err());
    assert_eq!(FixedPool::of::<()>(3).unwrap().layout(), layout(1, 1));
}

#[test]
fn a_buffer_holds_as_many_blocks_as_have_room_wherever_it_lies() {
    let mut bytes = vec![MaybeUninit::uninit(); 700];
    for shape in [layout(1, 1), layout(3, 1), layout(8, 8), layout(48, 16), layout(1, 64)] {
        for len in 0..700 {
            for skip in [0, 1, 7, 8] {
                let buffer = &mut bytes[skip.min(len)..len];
                let given = buffer.len();
                match FixedPool::on_buffer(shape, buffer) {
                    Ok(pool) => {
                        assert!(pool.memory.size() <= given);
                        let more = Plan::new(shape, pool.capacity() + 1).size().unwrap();
                        assert!(more > given - shape.align().max(8).min(given), "{len} {skip}");
                        while pool.has_capacity(1) {
                            forget(pool.block(shape.size()).unwrap());
                        }
                    }
                    Err(refusal) => {
                        let Cause::Region { len, needed } = refusal.cause else { panic!() };
                        assert_eq!(len, given);
                        assert!(given < needed + shape.align().max(8), "{refusal}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_wiping_pool_leaves_no_byte_of_what_was_freed() {
    let mut bytes = vec![MaybeUninit::new(0xEE_u8); 5000];
    let start = bytes.as_ptr().cast::<u8>();
    let secrets = || {
        // SAFETY: the bytes are initialised: they were filled, and the pool writes whole values.
        #[expect(unsafe_code, reason = "looks into memory that the pool uses")]
        let bytes = unsafe { core::slice::from_raw_parts(start, 4000) };
        bytes.iter().filter(|byte| **byte == 0xA5).count()
    };
    let pool = FixedPool::on_buffer(layout(200, 8), &mut bytes).unwrap();
    let mut early = pool.block(200).unwrap();
    early.as_mut_slice().fill(0xA5);
    drop(early);
    let mut pool = pool.wiping().prefaulted();
    for round in 0..3 {
        let mut blocks: Vec<_> = (0..5).map(|_| pool.block(100).unwrap()).collect();
        for block in &mut blocks {
            block.as_mut_slice().fill(0xA5);
            block.resize(200).unwrap();
            block.as_mut_slice().fill(0xA5);
            block.resize(3).unwrap();
        }
        let left = blocks.pop();
        drop(blocks);
        let zeroed = pool.allocate_zeroed(layout(200, 8)).unwrap();
        // SAFETY: the block is ours, zero, and freed once.
        #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "reads and frees it")]
        unsafe {
            assert_eq!(zeroed.as_ref(), [0; 200], "round {round}");
            pool.deallocate(zeroed.cast(), layout(200, 8));
        }
        forget(left);
        pool.end_blocks();
        assert_eq!((pool.live(), pool.peak()), (0, 0));
    }
    forget(pool.block(1));
    drop(pool);
    #[cfg(not(feature = "asan"))]
    assert_eq!(secrets(), 0);
    let _ = secrets;
}

#[test]
fn presets_put_each_block_on_cache_lines_of_its_own() {
    let pool = FixedPool::real_time(layout(65, 8), 1000).unwrap();
    let blocks: Vec<_> = (0..10).map(|_| pool.block(100).unwrap()).collect();
    assert!(blocks.iter().all(|block| block.as_ptr().addr().get().is_multiple_of(64)));
    assert_eq!(pool.layout(), layout(128, 64));
    assert_eq!(pool.report().limit_bytes, Some(pool.report().reserved_bytes));
}

#[test]
fn blocks_are_reused_last_first_and_their_sizes_do_not_change() {
    let pool = FixedPool::for_layout(layout(64, 8), 3).unwrap();
    let [a, b] = [(); 2].map(|()| pool.block(10).unwrap());
    assert_eq!(b.as_ptr().addr().get() - a.as_ptr().addr().get(), 64);
    let (first, second) = (a.as_ptr(), b.as_ptr());
    drop(b);
    drop(a);
    let again = pool.block(20).unwrap();
    assert_eq!(again.as_ptr(), first);
    assert_eq!(pool.block(20).unwrap().as_ptr(), second);
    let elsewhere = Block::new_in(layout(64, 8), Global).unwrap();
    assert!(pool.owns(first, layout(20, 1)) && !pool.owns(elsewhere.as_ptr(), layout(20, 1)));
    // SAFETY: the block is live and has 20 bytes.
    #[expect(unsafe_code, reason = "resizes in place")]
    let resized = [64, 65, 0, 1].map(|n| unsafe { pool.resize_in_place(first, layout(20, 1), n) });
    assert_eq!(resized.map(Result::ok), [Some(64), None, None, Some(64)]);
    // SAFETY: a block of no bytes is whoever's.
    #[expect(unsafe_code, reason = "resizes in place")]
    let none = unsafe { pool.resize_in_place(first, layout(0, 1), 0) };
    assert_eq!(none, Ok(0));
}

#[test]
fn many_blocks_at_once_are_all_there_are_and_no_more() {
    let pool = FixedPool::of::<u64>(10).unwrap();
    let mut blocks = [MaybeUninit::uninit(); 16];
    assert_eq!(pool.allocate_bulk(layout(8, 8), &mut blocks), 10);
    assert_eq!(pool.allocate_bulk(layout(8, 8), &mut blocks[10..]), 0);
    // SAFETY: the first ten are written, live, and freed once.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "frees the blocks")]
    unsafe {
        let taken: Vec<_> = blocks[..10].iter().map(|block| block.assume_init()).collect();
        pool.deallocate_bulk(layout(8, 8), &taken);
    }
    assert_eq!((pool.available(), pool.report().peak_bytes), (10, Some(80)));
}
