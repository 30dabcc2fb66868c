//! What only the inside shows: windows, what is put aside, and the exactness of the books.

use core::mem::MaybeUninit;
use std::{panic, string::String, vec::Vec};

use super::{Arena, Keep, chunk::HEADER};
use crate::alloc::{Allocator, Cause, Global, Layout, Report, ResizeInPlace};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn a_new_arena_holds_nothing_even_after_requests_of_no_bytes() {
    let arena = Arena::new();
    arena.alloc(());
    arena.alloc_str("");
    arena.allocate(layout(0, 4096)).unwrap();
    assert_eq!((arena.used_bytes(), arena.reserved_bytes()), (0, 0));
}

#[test]
fn strings_of_every_short_length_are_copied_whole() {
    let arena = Arena::new();
    let text: String = ('a'..='z').cycle().take(300).collect();
    let copies: Vec<&str> = (0..300).map(|len| &*arena.alloc_str(&text[..len])).collect();
    for (len, copy) in copies.iter().enumerate() {
        assert_eq!(*copy, &text[..len]);
    }
    assert_eq!(arena.used_bytes(), (0..300).sum::<usize>());
}

#[test]
fn a_large_request_gets_its_own_chunk_and_the_current_one_goes_on() {
    let arena = Arena::new();
    let first: *const u8 = arena.alloc(1_u8);
    arena.place().fill(1 << 20, 7_u8).unwrap();
    let second: *const u8 = arena.alloc(2_u8);
    assert_eq!(second.addr(), first.addr() + 1, "the small chunk was abandoned");
    assert_eq!(arena.used_bytes(), 2 + (1 << 20));
    let largest = arena.chunk_sizes().max().unwrap();
    assert!(largest < (1 << 20) + 64, "a large chunk has its exact size: {largest}");
}

#[test]
fn the_last_block_grows_shrinks_and_is_freed_in_place() {
    let arena = Arena::new();
    let block = arena.allocate(layout(16, 8)).unwrap().cast::<u8>();
    // SAFETY: each call gets the block as the one before left it.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "drives the allocator")]
    unsafe {
        let grown = arena.grow(block, layout(16, 8), layout(200, 8)).unwrap();
        assert_eq!((grown.cast(), arena.used_bytes()), (block, 200));
        assert_eq!(arena.resize_in_place(block, layout(200, 8), 300), Ok(300));
        assert!(arena.resize_in_place(block, layout(300, 8), 1 << 20).is_err());
        let shrunk = arena.shrink(block, layout(300, 8), layout(10, 8)).unwrap();
        assert_eq!((shrunk.cast(), arena.used_bytes()), (block, 10));
        arena.deallocate(block, layout(10, 8));
    }
    assert_eq!(arena.used_bytes(), 0);
}

#[test]
fn a_limit_is_exact() {
    let arena = Arena::new().with_limit(5000);
    let mut got = 0;
    let refusal = loop {
        match arena.place().fill(100, 0_u8) {
            Ok(_) => got += 100,
            Err(refusal) => break refusal,
        }
    };
    assert!(arena.reserved_bytes() <= 5000);
    assert!(got >= 4700, "only {got} of 5000 bytes could be had");
    assert!(matches!(refusal.cause, Cause::Limit { limit: 5000, .. }), "{refusal}");
    assert_eq!(arena.report().failed, Some(1));
}

#[test]
fn each_way_of_resetting_keeps_what_it_says() {
    let fill = |arena: &Arena| (0..200).for_each(|_| arena.alloc([0_u64; 16])[0] = 1);
    for (keep, chunks) in
        [(Keep::All, 5), (Keep::Largest, 1), (Keep::UpTo(20_000), 1), (Keep::Nothing, 0)]
    {
        let mut arena = Arena::new();
        fill(&arena);
        let largest = arena.chunk_sizes().max().unwrap();
        let held = arena.reserved_bytes();
        arena.reset(keep);
        assert_eq!(arena.used_bytes(), 0);
        assert_eq!(arena.report().reserved_chunks, Some(chunks), "{keep:?}");
        match keep {
            Keep::All => assert_eq!(arena.reserved_bytes(), held),
            Keep::Largest => assert_eq!(arena.reserved_bytes(), largest),
            Keep::UpTo(bytes) => assert!(arena.reserved_bytes() <= bytes),
            Keep::Nothing => assert_eq!(arena.reserved_bytes(), 0),
        }
        fill(&arena);
        assert_eq!(arena.used_bytes(), 200 * 128);
    }
}

#[test]
fn a_round_of_the_same_size_asks_for_nothing_after_keeping_all() {
    let mut arena = Arena::new();
    for _ in 0..10 {
        (0..1000).for_each(|n: u64| *arena.alloc(n) += 1);
        let held = arena.reserved_bytes();
        arena.reset(Keep::All);
        (0..1000).for_each(|n: u64| *arena.alloc(n) += 1);
        assert_eq!(arena.reserved_bytes(), held);
        arena.reset(Keep::All);
    }
}

#[test]
fn scopes_give_their_bytes_back_and_the_outer_arena_goes_on_beside_them() {
    let arena = Arena::new();
    let kept = arena.alloc_str("kept");
    let mut outer: Vec<&str> = Vec::new();
    for round in 0..1000 {
        arena.scope(|inner| {
            let scratch = inner.alloc([round; 8]);
            outer.push(arena.alloc_str("outer"));
            inner.scope(|innermost| {
                innermost.alloc([round + 1; 8]);
                inner.alloc(1_u8);
            });
            assert_eq!(*scratch, [round; 8]);
        });
    }
    assert_eq!(kept, "kept");
    assert!(outer.iter().all(|text| *text == "outer"));
    assert_eq!(arena.used_bytes(), 4 + 5 * 1000);
    assert!(arena.reserved_bytes() < 4 * 5004, "{} bytes held", arena.reserved_bytes());
}

#[test]
fn a_scope_that_panics_gives_its_bytes_back() {
    let arena = Arena::new();
    let before = *arena.alloc(5_u32);
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        arena.scope(|scratch| {
            scratch
                .place()
                .fill_with(1000, |n| if n < 500 { n } else { panic!("at {n}") })
                .map(|_| ())
        })
    }));
    assert!(result.is_err());
    assert_eq!((arena.used_bytes(), before), (4, 5));
    assert_eq!(*arena.alloc(6_u32), 6);
}

#[test]
fn rewinding_ends_what_came_after_the_checkpoint() {
    let arena = Arena::new();
    let kept = arena.alloc_str("kept");
    let checkpoint = arena.checkpoint();
    for _ in 0..3 {
        (0..1000).for_each(|n: u64| *arena.alloc(n) += 1);
        // SAFETY: the checkpoint is of this arena, and what came after it is not used any more.
        #[expect(unsafe_code, reason = "rewinds")]
        unsafe {
            arena.rewind(checkpoint);
        }
        assert_eq!((arena.used_bytes(), &*kept), (4, "kept"));
    }
}

#[test]
#[cfg(debug_assertions)]
fn foreign_and_stale_checkpoints_are_caught_in_debug_builds() {
    let foreign = Arena::new();
    foreign.alloc(1_u8);
    let arena = Arena::new();
    arena.alloc(1_u8);
    let early = arena.checkpoint();
    arena.alloc([0_u8; 100]);
    let late = arena.checkpoint();
    let rewind = |checkpoint| {
        panic::catch_unwind(panic::AssertUnwindSafe(|| {
            // SAFETY: nothing is used afterwards; the wrong checkpoints are caught before any use.
            #[expect(unsafe_code, reason = "rewinds")]
            unsafe {
                arena.rewind(checkpoint);
            }
        }))
    };
    assert!(rewind(foreign.checkpoint()).is_err());
    assert!(rewind(early).is_ok());
    assert!(rewind(late).is_err());
}

#[test]
fn a_buffer_serves_first_and_whatever_its_alignment() {
    for skip in 0..20 {
        let mut bytes = [MaybeUninit::uninit(); 600];
        let len = bytes.len() - skip;
        let mut arena = Arena::on_buffer(&mut bytes[skip..]);
        for _ in 0..3 {
            assert!(arena.place().fill(len - HEADER - 16, 1_u8).is_ok());
            assert!(arena.place().fill(len, 1_u8).is_err());
            arena.reset(Keep::Nothing);
        }
    }
    for len in 0..100 {
        let mut bytes = [MaybeUninit::uninit(); 100];
        let arena = Arena::on_buffer_in(&mut bytes[..len], Global);
        assert_eq!(*arena.alloc([7_u64; 64]), [7; 64]);
    }
}

#[test]
fn overflowing_lengths_are_refused_and_harmless() {
    let arena = Arena::new();
    let kept = arena.alloc(1_u64);
    for len in [usize::MAX, usize::MAX / 8, isize::MAX.cast_unsigned() / 8] {
        assert_eq!(arena.place().fill(len, 0_u64).unwrap_err().cause, Cause::Overflow);
    }
    assert!(arena.allocate(layout(isize::MAX.cast_unsigned() - 15, 16)).is_err());
    assert!(arena.allocate(layout(1, 1 << 62)).is_err());
    assert_eq!(*kept, 1);
}
