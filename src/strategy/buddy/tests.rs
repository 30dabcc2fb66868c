//! What only the inside shows: pairs, places, what is free after what, memory of odd lengths at odd places.

use core::{
    mem::{MaybeUninit, forget},
    ptr::NonNull,
};
use std::{string::ToString, vec, vec::Vec};

use super::{Buddy, CHECKED, GRANULE, books_for, size_for};
use crate::alloc::{
    Allocator, Block, Cause, Global, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace,
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn free(buddy: &Buddy<impl Allocator>, block: NonNull<[u8]>) {
    // SAFETY: the tests pass each block once, and the returned length fits it.
    #[expect(unsafe_code, reason = "frees a block")]
    unsafe {
        buddy.deallocate(block.cast(), layout(block.len(), 1));
    }
}

#[test]
fn blocks_are_powers_of_two_at_multiples_of_their_size() {
    let buddy = Buddy::with_capacity(1 << 16).unwrap();
    for (size, align, expected) in
        [(1, 1, GRANULE), (100, 8, 128), (128, 1, 128), (129, 1, 256), (1, 4096, 4096)]
    {
        let block = buddy.try_allocate(layout(size, align)).unwrap();
        assert_eq!((block.len(), buddy.good_size(layout(size, align))), (expected, expected));
        assert!(block.cast::<u8>().addr().get().is_multiple_of(expected));
    }
    assert_eq!(buddy.report().live_blocks, Some(5));
}

#[test]
fn all_of_it_can_be_had_in_one_block_or_in_the_smallest() {
    for order in 0..10 {
        let whole = GRANULE << order;
        let buddy = Buddy::with_capacity(whole).unwrap();
        assert_eq!((buddy.capacity(), buddy.largest_free()), (whole, whole));
        let block = buddy.try_allocate(layout(whole, whole)).unwrap();
        assert!(buddy.block(1).is_err() && buddy.free_blocks().next().is_none());
        free(&buddy, block);
        let ones: Vec<_> = (0..1 << order).map(|_| buddy.block(1).unwrap()).collect();
        assert!(buddy.block(1).is_err() && buddy.free_bytes() == 0);
        drop(ones);
        assert_eq!((buddy.largest_free(), buddy.peak_bytes()), (whole, whole));
    }
}

#[test]
fn whatever_is_freed_in_any_order_is_what_it_was() {
    let mut bytes = vec![MaybeUninit::uninit(); 70_000];
    let mut state = 1_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 33) % below
    };
    for skip in [0, 1, 16, 40, 1000, 33_333] {
        let buddy = Buddy::on_buffer(&mut bytes[skip..]).unwrap();
        let fresh: Vec<_> = buddy.free_blocks().collect();
        assert_eq!(fresh.iter().map(|(size, count)| size * count).sum::<usize>(), buddy.capacity());
        for _ in 0..30 {
            let mut blocks = Vec::new();
            while let Ok(block) = buddy.try_allocate(layout(1 + next(900), 1 << next(9))) {
                blocks.push(block);
            }
            let free_now: usize = buddy.free_blocks().map(|(size, count)| size * count).sum();
            assert_eq!(free_now, buddy.free_bytes());
            while !blocks.is_empty() {
                free(&buddy, blocks.swap_remove(next(blocks.len())));
            }
            assert!(buddy.free_blocks().eq(fresh.iter().copied()));
        }
        assert_eq!(buddy.live_bytes(), 0);
    }
}

#[test]
fn a_buffer_is_used_to_the_last_granule_that_has_books() {
    let mut bytes = vec![MaybeUninit::uninit(); 3000];
    for len in 0..1500 {
        for skip in [0, 1, 8, 15] {
            let buffer = &mut bytes[skip..skip + len];
            match Buddy::on_buffer(buffer) {
                Ok(buddy) => {
                    let granules = buddy.capacity() / GRANULE;
                    assert!(size_for(granules).unwrap() <= len);
                    assert!(size_for(granules + 2).unwrap() > len - 15.min(len), "{len} {skip}");
                    while let Ok(block) = buddy.block(1) {
                        forget(block);
                    }
                    assert_eq!(buddy.free_bytes(), 0);
                }
                Err(refusal) => {
                    let needed = GRANULE + books_for(1);
                    assert_eq!(refusal.cause, Cause::Region { len, needed });
                    assert!(len < needed + 32, "{refusal}");
                }
            }
        }
    }
}

#[test]
fn blocks_grow_where_they_are_or_down_into_their_buddies() {
    let buddy = Buddy::with_capacity(1024).unwrap();
    let [first, second, third] = [64, 64, 128].map(|n| buddy.try_allocate(layout(n, 1)).unwrap());
    // SAFETY: each call gets the block as the one before left it.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "drives the allocator")]
    unsafe {
        let (low, high, far) = (first.cast::<u8>(), second.cast::<u8>(), third.cast::<u8>());
        assert_eq!(high.addr().get() - low.addr().get(), 64);
        assert!(buddy.resize_in_place(low, layout(64, 1), 65).is_err());
        assert_eq!(buddy.resize_in_place(high, layout(64, 1), 20), Ok(32));
        assert_eq!(buddy.resize_in_place(high, layout(32, 1), 64), Ok(64));
        high.write_bytes(0xA5, 64);
        free(&buddy, first);
        assert!(buddy.resize_in_place(high, layout(64, 1), 128).is_err(), "it would move");
        free(&buddy, third);
        let grown = buddy.grow_zeroed(high, layout(64, 1), layout(1000, 512)).unwrap();
        assert_eq!((grown.cast(), grown.len()), (low, 1024));
        assert!(grown.as_ref()[..64].iter().all(|byte| *byte == 0xA5));
        assert!(grown.as_ref()[64..].iter().all(|byte| *byte == 0));
        assert!(buddy.grow(grown.cast(), layout(1024, 1), layout(1025, 1)).is_err());
        let shrunk = buddy.shrink(grown.cast(), layout(1000, 512), layout(10, 1)).unwrap();
        assert_eq!((shrunk.cast(), shrunk.len(), buddy.live_bytes()), (low, 16, 16));
        // The alignment alone can ask for more.
        let aligned = buddy.shrink(shrunk.cast(), layout(10, 1), layout(9, 256)).unwrap();
        assert_eq!((aligned.len(), far.addr().get() % 128), (256, 0));
        let aligned = buddy.grow(aligned.cast(), layout(9, 256), layout(10, 1)).unwrap();
        assert_eq!(aligned.len(), 16);
        free(&buddy, aligned);
    }
    assert_eq!((buddy.largest_free(), buddy.peak_bytes()), (1024, 1024));
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let refusal = Buddy::with_capacity(0).unwrap_err();
    assert_eq!(refusal.cause, Cause::Region { len: 0, needed: GRANULE + books_for(1) });
    for bytes in [usize::MAX, usize::MAX / 2, 1 << 63] {
        assert_eq!(Buddy::with_capacity(bytes).unwrap_err().cause, Cause::Overflow, "{bytes}");
    }
    let refusal = Buddy::with_capacity(1 << 47).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Upstream { .. }), "{refusal}");
    let buddy = Buddy::with_capacity(1000).unwrap();
    assert_eq!(buddy.capacity(), 1008);
    let refusal = buddy.block(600).unwrap_err();
    assert_eq!(refusal.cause, Cause::Room { live: 0, capacity: 1008, largest: 512 });
    assert!(refusal.to_string().contains("of 1008 bytes 0 are live"), "{refusal}");
    assert_eq!(buddy.block(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert!(buddy.try_allocate(layout(1, 1 << 62)).is_err());
    assert!(buddy.try_allocate(layout(isize::MAX.cast_unsigned(), 1)).is_err());
    assert_eq!(buddy.report().failed, Some(3));
    assert_eq!(buddy.try_allocate(layout(0, 4096)).unwrap().len(), 0);
}

#[test]
fn it_knows_its_blocks_and_a_reset_ends_them() {
    let mut buddy = Buddy::with_capacity_in(4096, Global).unwrap();
    let block = buddy.block(100).unwrap();
    let other = Block::new_in(layout(100, 1), Global).unwrap();
    assert!(buddy.owns(block.as_ptr(), block.layout()));
    assert!(!buddy.owns(other.as_ptr(), other.layout()));
    forget(block);
    assert!(buddy.report().fragmentation_permille().unwrap() > 300, "{buddy:?}");
    buddy.end_blocks();
    assert_eq!((buddy.live_bytes(), buddy.peak_bytes(), buddy.largest_free()), (0, 0, 4096));
    let notes = if CHECKED { 4096 } else { 0 };
    assert!(books_for(4096) - notes < 4096 * GRANULE / 100, "books are less than a hundredth");
}
