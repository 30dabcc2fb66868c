//! What only the inside shows: windows, what is put aside, and the exactness of the books.

use core::{mem::MaybeUninit, ptr::NonNull};
use std::{panic, rc::Rc, string::String, sync::Arc, vec::Vec};

use super::{Arena, Keep};
use crate::{
    alloc::{Allocator, Cause, Global, Layout, Owns, Report, ResizeInPlace},
    strategy::chunk::HEADER,
};

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

#[test]
fn a_tail_keeps_what_is_committed_where_it_is_and_gives_the_rest_back() {
    let arena = Arena::new();
    arena.alloc(1_u8);
    let mut tail = arena.tail();
    tail.extend(0..5_u64);
    assert_eq!((tail.pop(), tail.len()), (Some(4), 4));
    let place = tail.as_ptr();
    let kept = tail.commit();
    assert_eq!((&*kept, kept.as_ptr()), (&[0, 1, 2, 3][..], place));
    assert_eq!(arena.used_bytes(), 8 + 4 * 8);
    drop(arena.tail::<u64>());
    let next: *const u8 = arena.alloc(2_u8);
    assert_eq!(next.addr(), place.addr() + 32, "the rest did not come back");
}

#[test]
fn a_tail_grows_beside_an_arena_that_is_used() {
    let arena = Arena::new();
    let mut tail = arena.tail();
    let mut others: Vec<&mut u32> = Vec::new();
    for n in 0..10_000_u32 {
        tail.push(n);
        if n % 7 == 0 {
            others.push(arena.alloc(n));
        }
        if n % 500 == 0 {
            arena.scope(|scratch| assert_eq!(*scratch.alloc(n), n));
            assert!(arena.tail::<u32>().commit().is_empty());
        }
    }
    let kept = tail.commit();
    assert!(kept.iter().copied().eq(0..10_000));
    assert!(others.iter().enumerate().all(|(n, other)| **other == 7 * n as u32));
    assert!(arena.used_bytes() < (40_000 + 4 * others.len()) + 64, "{}", arena.used_bytes());
}

#[test]
fn tails_that_end_in_any_order_never_touch_each_other() {
    let arena = Arena::new();
    let mut kept: Vec<(u8, &mut [u8])> = Vec::new();
    let mut open = Vec::new();
    let mut state = 9_u32;
    for round in 0..=255_u8 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let mut tail = arena.tail();
        (0..state >> 25).for_each(|_| tail.push(round));
        open.push((round, tail));
        if open.len() > 3 {
            let (round, tail) = open.swap_remove((state >> 8) as usize % 4);
            if state & 1 == 0 {
                kept.push((round, tail.commit()));
            }
        }
        kept.push((round, arena.place().fill(3, round).unwrap()));
    }
    kept.extend(open.into_iter().map(|(round, tail)| (round, tail.commit())));
    assert!(kept.iter().all(|(round, bytes)| bytes.iter().all(|byte| byte == round)));
    let all: usize = kept.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(arena.used_bytes(), all);
}

#[test]
fn a_tail_without_room_gives_the_value_back_and_drops_the_rest() {
    let arena = Arena::new().with_limit(1000);
    let shared = Rc::new(());
    let mut tail = arena.tail();
    let refused = loop {
        if let Err(refused) = tail.try_push(Rc::clone(&shared)) {
            break refused;
        }
    };
    assert_eq!(Rc::strong_count(&shared), 2 + tail.len());
    assert!(matches!(refused.refusal().cause, Cause::Limit { limit: 1000, .. }));
    drop((tail, refused));
    assert_eq!((Rc::strong_count(&shared), arena.used_bytes()), (1, 0));
    let refusal = arena.place().iter(core::iter::repeat_n(0_u8, 2000)).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Limit { .. }), "{refusal}");
}

#[test]
fn elements_of_no_size_and_of_large_alignment_fit_a_tail() {
    #[derive(Debug, PartialEq)]
    #[repr(align(256))]
    struct Wide(u8);
    let arena = Arena::new();
    assert_eq!(arena.alloc_iter([(); 1000]).len(), 1000);
    assert_eq!((arena.used_bytes(), arena.reserved_bytes()), (0, 0));
    let wide = arena.alloc_iter((0..10).map(Wide));
    assert!(wide.as_ptr().addr().is_multiple_of(256));
    assert!(wide.iter().eq(&(0..10).map(Wide).collect::<Vec<_>>()));
}

#[test]
fn an_iterator_may_lie_use_the_arena_and_panic() {
    struct Lies(u32, usize);
    impl Iterator for Lies {
        type Item = u32;
        fn next(&mut self) -> Option<u32> {
            self.0 = self.0.checked_sub(1)?;
            Some(self.0)
        }
        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.1, Some(self.1))
        }
    }
    let arena = Arena::new();
    for hint in [0, 3, usize::MAX] {
        assert_eq!(arena.alloc_iter(Lies(3, hint)), [2, 1, 0]);
    }
    let nested = arena.alloc_iter((0..100).map(|n| &*arena.alloc_fmt(format_args!("{n}"))));
    assert!(nested.iter().enumerate().all(|(n, text)| text.parse() == Ok(n)));
    let used = arena.used_bytes();
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        arena.alloc_iter((0..1000_u64).map(|n| if n < 900 { n } else { panic!("at {n}") }));
    }));
    assert!(result.is_err());
    assert_eq!(arena.used_bytes(), used);
    assert_eq!(arena.alloc_fmt(format_args!("plain")), "plain");
}

#[test]
fn values_to_drop_are_dropped_once_wherever_they_end() {
    let shared = Arc::new(());
    let count = || Arc::strong_count(&shared) - 1;
    let mut arena = Arena::new();
    let enter = |arena: &Arena, n| {
        for _ in 0..n {
            arena.alloc_dropped(Arc::clone(&shared));
        }
    };
    for keep in [Keep::All, Keep::Largest, Keep::UpTo(100), Keep::Nothing] {
        enter(&arena, 100);
        assert_eq!(count(), 100);
        arena.reset(keep);
        assert_eq!(count(), 0);
    }
    enter(&arena, 3);
    arena.scope(|scratch| {
        for _ in 0..50 {
            scratch.alloc_dropped(Arc::clone(&shared));
        }
        enter(&arena, 1);
        assert_eq!(count(), 54);
    });
    assert_eq!(count(), 4);
    let checkpoint = arena.checkpoint();
    enter(&arena, 30);
    // SAFETY: the checkpoint is of this arena, and what came after it is not used any more.
    #[expect(unsafe_code, reason = "rewinds")]
    unsafe {
        arena.rewind(checkpoint);
    }
    assert_eq!(count(), 4);
    let refused = Arena::new().with_limit(10).place().dropped(Arc::clone(&shared)).map(|_| ());
    assert_eq!(count(), 5);
    drop(refused);
    drop(arena);
    assert_eq!(count(), 0);
}

#[test]
fn when_a_value_panics_the_others_are_dropped_and_the_arena_goes_on() {
    struct Bomb(Arc<()>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(Arc::strong_count(&self.0) != 6, "the fifth to be dropped");
        }
    }
    let shared = Arc::new(());
    let mut arena = Arena::new();
    for _ in 0..9 {
        arena.alloc_dropped(Bomb(Arc::clone(&shared)));
    }
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| arena.reset(Keep::Nothing)));
    assert!(result.is_err());
    assert_eq!((Arc::strong_count(&shared), arena.used_bytes()), (1, 0));
    let result = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        arena.scope(|scratch| {
            for _ in 0..9 {
                scratch.alloc_dropped(Bomb(Arc::clone(&shared)));
            }
            scratch.alloc([0_u8; 5000]);
        });
    }));
    assert!(result.is_err());
    assert_eq!((Arc::strong_count(&shared), arena.used_bytes()), (1, 0));
    assert_eq!(*arena.alloc(5), 5);
}

#[test]
fn an_arena_knows_its_blocks() {
    let (arena, other) = (Arena::new(), Arena::new());
    let unit = Layout::new::<u64>();
    for size in [1, 8, 5000] {
        let block = arena.allocate(layout(size, 1)).unwrap().cast();
        assert!(arena.owns(block, layout(size, 1)) && !other.owns(block, layout(size, 1)));
    }
    assert!(!arena.owns(NonNull::from(&mut 0_u64).cast(), unit));
}

#[test]
#[cfg(feature = "asan")]
fn the_sanitizer_knows_what_is_free() {
    use crate::alloc::shadow::is_closed;
    if !cfg!(sanitize = "address") {
        return;
    }
    let mut arena = Arena::new();
    let (first, second) = (arena.alloc([0_u64; 8]).as_ptr(), arena.alloc([0_u64; 8]).as_ptr());
    let second_end = second.wrapping_add(8);
    assert!(!is_closed(first.cast()) && !is_closed(second.cast()) && is_closed(second_end.cast()));
    let inside = arena.scope(|scratch| {
        let inside: *const u64 = scratch.alloc(1_u64);
        assert!(!is_closed(inside.cast()));
        inside
    });
    assert!(is_closed(inside.cast()));
    let mut tail = arena.tail();
    tail.extend([1_u64, 2]);
    let tail = tail.commit().as_ptr();
    assert!(!is_closed(tail.wrapping_add(1).cast()) && is_closed(tail.wrapping_add(2).cast()));
    let block = arena.allocate(layout(64, 8)).unwrap().cast::<u8>();
    arena.alloc(1_u64);
    // SAFETY: the block is live and of that layout.
    #[expect(unsafe_code, reason = "drives the allocator")]
    unsafe {
        arena.deallocate(block, layout(64, 8));
    }
    assert!(is_closed(block.as_ptr()), "a freed block that is not the last");
    arena.reset(Keep::All);
    assert!(is_closed(first.cast()) && is_closed(tail.cast()));
    assert!(!is_closed(core::ptr::from_ref(arena.alloc(1_u8)).cast()));
}
