//! What only the inside shows: which requests get a block, what is kept, what goes back.

use core::{mem::MaybeUninit, ptr::NonNull};
use std::vec::Vec;

use super::{Others, Pool, PoolOf};
use crate::alloc::{Allocator, Bulk, Cause, GoodSize, Layout, Null, Report, Reset, ResizeInPlace};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

/// Frees blocks that were allocated with `shape`.
fn free(pool: &Pool, blocks: impl IntoIterator<Item = NonNull<u8>>, shape: Layout) {
    for block in blocks {
        // SAFETY: the tests pass each block once, with its layout.
        #[expect(unsafe_code, reason = "frees a block")]
        unsafe {
            pool.deallocate(block, shape);
        }
    }
}

fn take(pool: &Pool, count: usize, shape: Layout) -> Vec<NonNull<u8>> {
    (0..count).map(|_| pool.allocate(shape).unwrap().cast()).collect()
}

#[test]
fn a_new_pool_holds_nothing_even_after_requests_of_no_bytes() {
    let pool = Pool::of::<u64>();
    assert_eq!(pool.allocate(layout(0, 4096)).unwrap().len(), 0);
    assert_eq!((pool.live(), pool.report().reserved_bytes), (0, 0));
    assert_eq!(pool.shrink_to_fit(), 0);
}

#[test]
fn requests_that_fit_get_a_block_and_others_go_upstream() {
    let pool = Pool::for_layout(layout(40, 16));
    for (size, align, returned) in [(1, 1, 48), (48, 16, 48), (40, 8, 48), (49, 1, 49), (8, 32, 8)]
    {
        let block = pool.allocate(layout(size, align)).unwrap();
        assert_eq!(block.len(), returned);
        assert_eq!(pool.good_size(layout(size, align)), returned);
        assert_eq!(pool.live(), usize::from(returned == 48));
        free(&pool, [block.cast()], layout(size, align));
    }
    let strict = Pool::of::<u64>().with_others(Others::Refuse);
    assert!(strict.allocate(layout(9, 1)).is_err());
    assert_eq!(strict.report().failed, Some(1));
}

#[test]
fn blocks_of_no_bytes_have_a_pool_too() {
    let pool = Pool::of::<()>();
    assert_eq!(pool.block_layout(), layout(1, 1));
    assert_eq!(PoolOf::<()>::new().block_layout(), layout(1, 1));
    assert_eq!(Pool::for_layout(layout(0, 64)).block_layout(), layout(64, 64));
}

#[test]
fn new_blocks_go_up_and_freed_ones_come_back_last_first() {
    let pool = Pool::of::<[u64; 4]>();
    let shape = Layout::new::<[u64; 4]>();
    let blocks = take(&pool, 10, shape);
    assert!(blocks.windows(2).all(|pair| pair[1].addr().get() == pair[0].addr().get() + 32));
    free(&pool, blocks.iter().copied(), shape);
    let again = take(&pool, 10, shape);
    assert!(again.iter().eq(blocks.iter().rev()));
    free(&pool, again, shape);
}

#[test]
fn what_is_reserved_is_there() {
    let pool = Pool::of::<u64>();
    let shape = Layout::new::<u64>();
    let some = take(&pool, 3, shape);
    pool.reserve(1000);
    let reserved = pool.report().reserved_bytes;
    assert!(pool.available() >= 1000);
    let many = take(&pool, 1000, shape);
    assert_eq!((pool.report().reserved_bytes, pool.live()), (reserved, 1003));
    pool.reserve(0);
    assert_eq!(pool.report().reserved_bytes, reserved);
    free(&pool, some.into_iter().chain(many), shape);
}

#[test]
fn impossible_reserves_are_refused_with_a_reason() {
    let pool = Pool::of::<[u64; 8]>().with_limit(10_000);
    assert_eq!(pool.try_reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert!(matches!(pool.try_reserve(1000).unwrap_err().cause, Cause::Limit { .. }));
    let nothing = Pool::of_in::<u64>(Null).try_reserve(1).unwrap_err();
    assert!(matches!(nothing.cause, Cause::Upstream { .. }));
    assert_eq!(pool.report().reserved_bytes, 0);
}

#[test]
fn a_limit_is_used_up_and_never_passed() {
    for limit in [100, 1000, 5000, 100_000] {
        let pool = Pool::of::<[u64; 8]>().with_limit(limit);
        let shape = Layout::new::<[u64; 8]>();
        let mut blocks = Vec::new();
        while let Ok(block) = pool.allocate(shape) {
            blocks.push(block.cast());
            assert!(pool.report().reserved_bytes <= limit);
        }
        assert!(blocks.len() * 64 >= limit / 2 - 50, "{} blocks of {limit}", blocks.len());
        free(&pool, blocks, shape);
    }
}

#[test]
fn chunks_without_a_live_block_go_back_and_the_others_stay() {
    let pool = Pool::of::<[u64; 8]>();
    let shape = Layout::new::<[u64; 8]>();
    let mut blocks = take(&pool, 2000, shape);
    let chunks = pool.report().reserved_chunks.unwrap();
    assert_eq!(pool.shrink_to_fit(), 0, "all chunks are in use");
    let kept = blocks.remove(700);
    free(&pool, blocks, shape);
    let held = pool.report().reserved_bytes;
    assert!(pool.shrink_to_fit() > held / 4);
    assert_eq!((pool.report().reserved_chunks, pool.live()), (Some(1), 1));
    assert!(chunks > 3);
    let again = take(&pool, 2000, shape);
    assert!(!again.contains(&kept), "a live block was handed out");
    free(&pool, again.into_iter().chain([kept]), shape);
    pool.shrink_to_fit();
    assert_eq!(pool.report().reserved_bytes, 0);
}

#[test]
fn a_cleared_pool_hands_the_same_memory_out_again() {
    let mut pool = Pool::of::<[u64; 8]>();
    let shape = Layout::new::<[u64; 8]>();
    take(&pool, 500, shape);
    let reserved = pool.report().reserved_bytes;
    for _ in 0..3 {
        pool.end_blocks();
        assert_eq!(pool.live(), 0);
        let mut blocks = take(&pool, 500, shape);
        blocks.sort_unstable();
        blocks.dedup();
        assert_eq!((blocks.len(), pool.report().reserved_bytes), (500, reserved));
    }
}

#[test]
fn blocks_resize_in_place_up_to_their_size() {
    let pool = Pool::of::<[u64; 8]>();
    let block = pool.allocate(layout(10, 1)).unwrap().cast();
    // SAFETY: the block is live, and each call gets it as the one before left it.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "drives the allocator")]
    unsafe {
        assert_eq!(pool.resize_in_place(block, layout(10, 1), 64), Ok(64));
        assert!(pool.resize_in_place(block, layout(64, 1), 65).is_err());
        let grown = pool.grow_zeroed(block, layout(10, 1), layout(20, 8)).unwrap();
        assert_eq!((grown.cast(), grown.len()), (block, 64));
        assert!((10..64).all(|i| block.add(i).read() == 0));
        let moved = pool.grow(block, layout(64, 8), layout(100, 8)).unwrap();
        assert_eq!((moved.len(), pool.live()), (100, 0));
        let back = pool.shrink(moved.cast(), layout(100, 8), layout(0, 8)).unwrap();
        assert_eq!(back.len(), 0);
    }
}

#[test]
fn many_blocks_come_and_go_at_once() {
    let pool = Pool::of::<u64>();
    let mut blocks = [MaybeUninit::uninit(); 100];
    assert_eq!(pool.allocate_bulk(Layout::new::<u64>(), &mut blocks), 100);
    // SAFETY: all of them were written, and each is freed once.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "frees the blocks")]
    unsafe {
        let blocks = blocks.map(|block| block.assume_init());
        pool.deallocate_bulk(Layout::new::<u64>(), &blocks);
    }
    assert_eq!(pool.live(), 0);
    let limited = Pool::of::<u64>().with_limit(400);
    let filled = limited.allocate_bulk(Layout::new::<u64>(), &mut blocks);
    assert!((1..100).contains(&filled) && limited.live() == filled, "{filled}");
}

#[test]
fn owned_blocks_are_zero_and_refusals_say_why() {
    let pool = Pool::of::<[u64; 8]>().with_limit(2000);
    let mut blocks = Vec::new();
    let refusal = loop {
        match pool.block(64) {
            Ok(mut block) => {
                assert_eq!(block.as_slice(), [0; 64]);
                block.as_mut_slice().fill(7);
                blocks.push(block);
            }
            Err(refusal) => break refusal,
        }
    };
    assert!(matches!(refusal.cause, Cause::Limit { limit: 2000, .. }));
    assert_eq!((refusal.size, pool.live()), (64, blocks.len()));
    blocks.pop();
    assert_eq!(pool.block(64).unwrap().as_slice(), [0; 64]);
    assert_eq!(pool.block(usize::MAX).unwrap_err().cause, Cause::Overflow);
    let none = Pool::of_in::<u64>(Null);
    assert!(matches!(none.block(8).unwrap_err().cause, Cause::Upstream { reserved: 0, .. }));
}

#[test]
fn fragmentation_is_what_live_blocks_hold_back() {
    let pool = Pool::of::<[u64; 8]>();
    let shape = Layout::new::<[u64; 8]>();
    assert_eq!(pool.fragmentation().permille(), 0);
    let mut blocks = take(&pool, 2000, shape);
    let full = pool.fragmentation();
    assert_eq!((full.idle_chunks, full.stranded_bytes), (0, 64 * pool.available()));
    let kept = blocks.split_off(1990);
    free(&pool, blocks, shape);
    let found = pool.fragmentation();
    assert_eq!(found.idle_bytes + found.stranded_bytes, 64 * pool.available());
    assert!(found.idle_chunks > 3 && found.live_chunks <= 2, "{found:?}");
    assert!(pool.shrink_to_fit() >= found.idle_bytes);
    let after = pool.fragmentation();
    assert_eq!((after.idle_chunks, after.stranded_bytes), (0, found.stranded_bytes));
    assert_eq!(after.live_chunks, found.live_chunks);
    free(&pool, kept, shape);
}

#[cfg(feature = "asan")]
#[test]
fn the_sanitizer_sees_which_blocks_are_free() {
    use crate::alloc::shadow::is_closed;
    if !cfg!(sanitize = "address") {
        return;
    }
    let pool = Pool::of::<[u64; 8]>();
    let shape = Layout::new::<[u64; 8]>();
    let blocks = take(&pool, 2, shape);
    let closed = |n: usize, at: usize| is_closed(blocks[n].as_ptr().wrapping_add(at));
    assert!(!closed(0, 0) && !closed(1, 63) && closed(1, 64));
    free(&pool, [blocks[0]], shape);
    assert!(closed(0, 0) && closed(0, 63) && !closed(1, 0));
    assert_eq!(take(&pool, 1, shape), [blocks[0]]);
    assert!(!closed(0, 0));
    free(&pool, blocks.iter().copied(), shape);
}
