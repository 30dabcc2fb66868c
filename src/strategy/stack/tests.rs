//! What only the inside shows: words, floors, boundaries, and the exactness of the books.
#![expect(unsafe_code, reason = "drives the allocator")]

use core::{mem::MaybeUninit, ptr::NonNull};
use std::{panic, vec::Vec};

use super::{Keep, Marker, Stack};
use crate::{
    alloc::{AllocError, Allocator, Block, Cause, Layout, Owns, Report, ResizeInPlace},
    bits::stack::{GRID, WORD},
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn push(stack: &Stack, layout: Layout) -> NonNull<u8> {
    let block = stack.allocate(layout).unwrap();
    assert_eq!(block.len(), layout.size());
    block.cast()
}

// The tests pass these the blocks of the stack that are live, with the layouts that they have.

fn pop(stack: &Stack, ptr: NonNull<u8>, layout: Layout) {
    // SAFETY: the block is live, and the layout its own.
    unsafe { stack.deallocate(ptr, layout) };
}

fn grow(stack: &Stack, ptr: NonNull<u8>, old: Layout, new: Layout) -> NonNull<u8> {
    assert!(old.size() <= new.size());
    // SAFETY: the block is live, `old` its own, and the new size not less.
    unsafe { stack.grow(ptr, old, new) }.unwrap().cast()
}

fn shrink(stack: &Stack, ptr: NonNull<u8>, old: Layout, new: Layout) -> NonNull<u8> {
    assert!(new.size() <= old.size());
    // SAFETY: the block is live, `old` its own, and the new size not more.
    unsafe { stack.shrink(ptr, old, new) }.unwrap().cast()
}

fn resize(stack: &Stack, ptr: NonNull<u8>, old: Layout, size: usize) -> Result<usize, AllocError> {
    // SAFETY: the block is live, `old` its own, and no size below is near `isize::MAX`.
    unsafe { stack.resize_in_place(ptr, old, size) }
}

/// Ends what was pushed since `marker`, which no test uses any more.
fn release(stack: &Stack, marker: Marker) {
    // SAFETY: the marker is of the stack, which has not gone below it; or it is not, which the test
    // is about and the stack finds before it does anything.
    unsafe { stack.release_to(marker) };
}

fn fill(stack: &Stack, layouts: &[Layout]) {
    for layout in layouts {
        push(stack, *layout);
    }
}

/// Sizes and alignments from a generator with a fixed seed.
fn layouts(count: usize) -> Vec<Layout> {
    let mut state = 1_u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as usize >> 8
    };
    (0..count).map(|_| layout(next() % 300, 1 << (next() % 9))).collect()
}

#[test]
fn a_new_stack_holds_nothing_even_after_requests_of_no_bytes() {
    let stack = Stack::new();
    for align in [1, 8, 4096] {
        let empty = push(&stack, layout(0, align));
        pop(&stack, empty, layout(0, align));
        let shrunk = shrink(&stack, empty, layout(0, align), layout(0, 1));
        assert_eq!(resize(&stack, shrunk, layout(0, 1), 0), Ok(0));
        assert!(resize(&stack, shrunk, layout(0, 1), 1).is_err());
    }
    stack.trim();
    assert_eq!((stack.used_bytes(), stack.reserved_bytes()), (0, 0));
}

#[test]
fn last_in_first_out_returns_to_exactly_the_same_bytes() {
    let stack = Stack::new();
    let mut blocks = Vec::new();
    for layout in layouts(2000) {
        blocks.push((stack.used_bytes(), push(&stack, layout), layout));
    }
    assert!(stack.chunk_sizes().count() > 3, "the test crosses chunks");
    while let Some((used, ptr, layout)) = blocks.pop() {
        pop(&stack, ptr, layout);
        assert_eq!(stack.used_bytes(), used);
    }
    assert_eq!((stack.used_bytes(), stack.chunk_sizes().count()), (0, 1));
}

#[test]
fn blocks_freed_out_of_order_go_when_all_above_them_have_gone() {
    for seed in 0..200_usize {
        let stack = Stack::new();
        let mut blocks: Vec<_> = layouts(seed + 20)[seed / 2..]
            .iter()
            .map(|layout| (stack.used_bytes(), push(&stack, *layout), *layout))
            .collect();
        let top = blocks.pop().unwrap();
        let beneath_top = top.0;
        let last = blocks.pop().unwrap();
        let mut turn = seed;
        while !blocks.is_empty() {
            turn = turn.wrapping_mul(7).wrapping_add(3);
            let (_, ptr, layout) = blocks.swap_remove(turn % blocks.len());
            pop(&stack, ptr, layout);
            assert!(stack.used_bytes() >= beneath_top);
        }
        if top.2.size() > 0 && last.2.size() > 0 {
            pop(&stack, top.1, top.2);
            assert_eq!(stack.used_bytes(), beneath_top, "one block is live beneath the top");
            pop(&stack, last.1, last.2);
        } else {
            pop(&stack, last.1, last.2);
            pop(&stack, top.1, top.2);
        }
        assert_eq!((stack.used_bytes(), stack.chunk_sizes().count()), (0, 1));
    }
}

#[test]
fn a_block_of_an_older_chunk_freed_while_a_newer_is_open_goes_with_it() {
    let stack = Stack::new();
    let small = layout(100, 8);
    let below: Vec<_> = (0..5).map(|_| push(&stack, small)).collect();
    let large = push(&stack, layout(5000, 8));
    assert_eq!(stack.chunk_sizes().count(), 2);
    let used = stack.used_bytes();
    below.iter().for_each(|ptr| pop(&stack, *ptr, small));
    assert_eq!(stack.used_bytes(), used);
    pop(&stack, large, layout(5000, 8));
    assert_eq!((stack.used_bytes(), stack.chunk_sizes().count()), (0, 1));
    assert_eq!(stack.report().reserved_chunks, Some(2), "the newer chunk is kept as a spare one");
    stack.trim();
    assert_eq!(stack.reserved_bytes(), 0);
}

#[test]
fn the_top_grows_and_shrinks_in_place_until_the_chunk_is_full() {
    let stack = Stack::with_first_chunk_in(1024, crate::alloc::Global);
    let below = push(&stack, layout(8, 8));
    let block = push(&stack, layout(16, 8));
    // SAFETY: the block is live and has 16 bytes.
    unsafe { block.write_bytes(7, 16) };
    assert_eq!(grow(&stack, block, layout(16, 8), layout(200, 8)), block);
    assert_eq!(resize(&stack, block, layout(200, 8), 600), Ok(600));
    assert!(resize(&stack, block, layout(600, 8), 1 << 20).is_err());
    let shrunk = shrink(&stack, block, layout(600, 8), layout(GRID + WORD, 8));
    assert_eq!((shrunk, stack.used_bytes()), (block, 3 * GRID));
    let moved = grow(&stack, block, layout(GRID + WORD, 8), layout(1000, 8));
    assert_ne!(moved, block);
    // SAFETY: the block is live, and its first 16 bytes were written before it moved.
    assert_eq!(unsafe { moved.cast::<[u8; 16]>().read() }, [7; 16]);
    pop(&stack, moved, layout(1000, 8));
    assert_eq!(stack.used_bytes(), GRID, "the place it moved from is free as well");
    pop(&stack, below, layout(8, 8));
    assert_eq!(stack.used_bytes(), 0);
}

#[test]
fn a_block_shrunk_beneath_another_is_still_found_when_it_is_on_top() {
    let stack = Stack::new();
    let block = push(&stack, layout(100, 8));
    let above = push(&stack, layout(100, 8));
    assert_eq!(shrink(&stack, block, layout(100, 8), layout(10, 8)), block);
    assert_eq!(resize(&stack, block, layout(10, 8), 20), Ok(20), "it has the room");
    assert!(resize(&stack, block, layout(20, 8), 100).is_err());
    pop(&stack, above, layout(100, 8));
    assert_eq!(grow(&stack, block, layout(20, 8), layout(500, 8)), block);
    shrink(&stack, block, layout(500, 8), layout(0, 8));
    assert_eq!(stack.used_bytes(), 0);
}

#[test]
fn markers_release_all_above_them_over_chunks_and_gaps() {
    let stack = Stack::new();
    let empty = stack.marker();
    let block = push(&stack, layout(10, 256));
    let (marker, used) = (stack.marker(), stack.used_bytes());
    for round in 0..10 {
        fill(&stack, &layouts(round * 40));
        release(&stack, marker);
        assert_eq!((stack.used_bytes(), stack.chunk_sizes().count()), (used, 1));
    }
    pop(&stack, block, layout(10, 256));
    assert_eq!(stack.used_bytes(), 0);
    for count in [0, 1, 500] {
        fill(&stack, &layouts(count));
        release(&stack, empty);
        assert_eq!(stack.used_bytes(), 0);
        stack.trim();
    }
}

#[test]
#[cfg(debug_assertions)]
fn foreign_and_stale_markers_are_caught_in_debug_builds() {
    let message = |stack: &Stack, marker| {
        let release = panic::AssertUnwindSafe(|| release(stack, marker));
        let payload = panic::catch_unwind(release).unwrap_err();
        payload.downcast_ref::<&str>().map(|text| std::string::String::from(*text)).unwrap()
    };
    let (stack, foreign) = (Stack::new(), Stack::new());
    push(&foreign, layout(1, 1));
    push(&stack, layout(1, 1));
    assert!(message(&stack, foreign.marker()).contains("it is of another stack"));
    let block = push(&stack, layout(100, 1));
    let stale = stack.marker();
    pop(&stack, block, layout(100, 1));
    assert!(message(&stack, stale).contains("has gone below it"));
    push(&stack, layout(200, 1));
    assert!(message(&stack, stale).contains("has gone below it"));
}

#[test]
fn a_limit_is_exact_and_a_refusal_says_what_was_asked() {
    let stack = Stack::new().with_limit(5000);
    let mut blocks = Vec::new();
    let refusal = loop {
        match stack.carve_slow(layout(100, 1)) {
            Ok(ptr) => blocks.push(ptr),
            Err(refusal) => break refusal,
        }
    };
    assert!(stack.reserved_bytes() <= 5000);
    assert!(blocks.len() >= 5000 / 112 - 6, "only {} blocks of 100 bytes", blocks.len());
    assert_eq!((refusal.size, refusal.align), (100, 1));
    assert!(matches!(refusal.cause, Cause::Limit { limit: 5000, .. }), "{refusal}");
    assert_eq!(stack.report().failed, Some(1));
    while let Some(ptr) = blocks.pop() {
        pop(&stack, ptr, layout(100, 1));
    }
    assert!(stack.allocate(layout(4800, 8)).is_ok(), "spare chunks make room for a larger one");
}

#[test]
fn overflowing_requests_are_refused_and_harmless() {
    let stack = Stack::new();
    let most = isize::MAX.cast_unsigned();
    for _ in 0..2 {
        for size in most - 2 * GRID..=most {
            assert_eq!(stack.carve_slow(layout(size, 1)).unwrap_err().cause, Cause::Overflow);
            assert!(stack.allocate(layout(size, 1)).is_err());
        }
        assert!(stack.allocate(layout(1, 1 << (usize::BITS - 2))).is_err());
        push(&stack, layout(stack.report().largest_free.unwrap(), 1));
    }
}

#[test]
fn each_way_of_resetting_keeps_what_it_says() {
    for (keep, chunks) in
        [(Keep::All, 5), (Keep::Largest, 1), (Keep::UpTo(20_000), 1), (Keep::Nothing, 0)]
    {
        let mut stack = Stack::new();
        fill(&stack, &[layout(120, 8); 200]);
        let held = stack.reserved_bytes();
        stack.reset(keep);
        assert_eq!((stack.used_bytes(), stack.report().reserved_chunks), (0, Some(chunks)));
        match keep {
            Keep::All => assert_eq!(stack.reserved_bytes(), held),
            Keep::UpTo(bytes) => assert!(stack.reserved_bytes() <= bytes),
            _ => assert!(stack.reserved_bytes() < held),
        }
        fill(&stack, &[layout(120, 8); 200]);
        assert_eq!(stack.used_bytes(), 200 * 128);
    }
}

#[test]
fn a_buffer_serves_first_and_whatever_its_alignment() {
    for skip in 0..40 {
        let mut bytes = [MaybeUninit::uninit(); 600];
        let stack = Stack::on_buffer(&mut bytes[skip..]);
        for _ in 0..3 {
            let size = 600 - skip - 6 * GRID;
            let block = Block::new_in(layout(size, 1), &stack).unwrap();
            assert!(stack.owns(block.as_ptr(), block.layout()));
            assert!(Block::new_in(layout(100, 1), &stack).is_err());
            drop(block);
            stack.trim();
        }
    }
}

#[test]
fn frames_nest_end_in_any_order_of_frees_and_give_all_back() {
    let stack = Stack::new();
    let kept = Block::new_in(layout(50, 8), &stack).unwrap();
    let used = stack.used_bytes();
    for round in 0..100 {
        let meanwhile = stack.frame(|frame| {
            let mut first = Block::new_in(layout(50 + round * 20, 8), frame).unwrap();
            let meanwhile = Block::new_in(layout(30, 8), &stack).unwrap();
            frame.frame(|inner| {
                let block = Block::new_in(layout(64, 64), inner).unwrap();
                first.resize(3000).unwrap();
                assert_eq!(block.as_slice(), [0; 64]);
                assert!(inner.allocate(layout(500, 8)).is_ok(), "is left to the end of the frame");
            });
            assert_eq!(first.as_slice(), [0; 3000]);
            meanwhile
        });
        assert_eq!(meanwhile.as_slice(), [0; 30]);
        drop(meanwhile);
        assert_eq!(stack.used_bytes(), used);
    }
    assert_eq!(kept.as_slice(), [0; 50]);
    assert!(stack.reserved_bytes() < 40_000, "{} bytes held", stack.reserved_bytes());
}

#[test]
fn a_frame_that_panics_gives_its_bytes_back() {
    let stack = Stack::new();
    push(&stack, layout(8, 8));
    let used = stack.used_bytes();
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        stack.frame(|frame| {
            let _block = Block::new_in(layout(5000, 8), frame).unwrap();
            frame.allocate(layout(100, 8)).unwrap();
            panic!("inside")
        })
    }));
    assert!(result.is_err());
    assert_eq!(stack.used_bytes(), used);
}

#[test]
fn a_stack_knows_its_blocks() {
    let (stack, other) = (Stack::new(), Stack::new());
    for layout in layouts(200).into_iter().filter(|layout| layout.size() > 0) {
        let (mine, theirs) = (push(&stack, layout), push(&other, layout));
        assert!(stack.owns(mine, layout) && !stack.owns(theirs, layout));
    }
}
