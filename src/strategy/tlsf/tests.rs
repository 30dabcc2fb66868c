//! What only the inside shows: granules, joins, slides, regions too small, and the exactness of the books.

use core::mem::MaybeUninit;
use std::{vec, vec::Vec};

use super::{GRANULE, Tlsf};
use crate::{
    alloc::{Allocator, Block, Cause, Global, GoodSize, Layout, Null, Owns, Report, ResizeInPlace},
    bits::good_fit::{class_for, class_of},
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn free(tlsf: &Tlsf<impl Allocator>, block: core::ptr::NonNull<[u8]>) {
    // SAFETY: the tests pass each block once, and the returned length fits it.
    #[expect(unsafe_code, reason = "frees a block")]
    unsafe {
        tlsf.deallocate(block.cast(), layout(block.len(), 1));
    }
}

#[test]
fn a_new_one_holds_nothing_even_after_requests_of_no_bytes() {
    let tlsf = Tlsf::new();
    tlsf.allocate(layout(0, 4096)).unwrap();
    assert_eq!((tlsf.live_bytes(), tlsf.reserved_bytes(), tlsf.largest_free()), (0, 0, 0));
}

#[test]
fn blocks_have_no_header_and_lie_side_by_side() {
    let tlsf = Tlsf::new();
    let blocks: Vec<_> = (0..20).map(|_| tlsf.allocate(layout(60, 8)).unwrap()).collect();
    for pair in blocks.windows(2) {
        assert_eq!(pair[1].cast::<u8>().addr().get() - pair[0].cast::<u8>().addr().get(), 64);
        assert_eq!(pair[0].len(), 64);
    }
    assert_eq!((tlsf.live_bytes(), tlsf.good_size(layout(60, 8))), (20 * 64, 64));
    for block in blocks {
        free(&tlsf, block);
    }
    assert_eq!((tlsf.live_bytes(), tlsf.peak_bytes()), (0, 20 * 64));
}

#[test]
fn whatever_is_freed_in_any_order_is_one_run_again() {
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 16];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let whole = tlsf.largest_free();
    assert!(whole > (1 << 16) * 98 / 100 - 600, "{whole}");
    let mut state = 1_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 33) % below
    };
    for _ in 0..50 {
        let mut blocks = Vec::new();
        while let Ok(block) = tlsf.allocate(layout(1 + next(700), 1 << next(8))) {
            blocks.push(block);
        }
        while !blocks.is_empty() {
            free(&tlsf, blocks.swap_remove(next(blocks.len())));
        }
        assert_eq!((tlsf.live_bytes(), tlsf.largest_free()), (0, whole));
    }
    assert!(tlsf.report().fragmentation_permille().unwrap() < 40, "{tlsf:?}");
    assert!(tlsf.report().failed.unwrap() >= 50);
}

#[test]
fn every_byte_behind_the_books_can_be_had() {
    let mut bytes = vec![MaybeUninit::uninit(); 10_000];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let whole = tlsf.largest_free();
    let block = tlsf.allocate(layout(whole, 1)).unwrap();
    assert!(tlsf.allocate(layout(1, 1)).is_err());
    free(&tlsf, block);
    let ones: Vec<_> = (0..whole / GRANULE).map(|_| tlsf.allocate(layout(1, 1)).unwrap()).collect();
    assert!(tlsf.allocate(layout(1, 1)).is_err());
    assert_eq!((tlsf.live_bytes(), tlsf.largest_free()), (whole, 0));
    for block in ones.into_iter().rev() {
        free(&tlsf, block);
    }
    assert_eq!(tlsf.largest_free(), whole);
}

#[test]
fn memory_too_small_for_the_books_is_not_used() {
    for len in 0..300 {
        let mut bytes = vec![MaybeUninit::uninit(); len];
        for skip in 0..17.min(len) {
            let tlsf = Tlsf::on_buffer(&mut bytes[skip..]);
            let usable = tlsf.largest_free();
            assert_eq!(tlsf.allocate(layout(usable + 1, 1)).ok(), None);
            assert_eq!(usable > 0, tlsf.allocate(layout(usable.max(1), 1)).is_ok());
            assert_eq!(usable > 0, tlsf.reserved_bytes() > 0);
        }
    }
    let tlsf = Tlsf::on_buffer(&mut []);
    let refusal = tlsf.reserve(8).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Upstream { .. }), "{refusal}");
}

#[test]
fn blocks_grow_and_shrink_where_they_are_and_slide_when_nothing_else_is_left() {
    let mut bytes = vec![MaybeUninit::uninit(); 8192];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let first = tlsf.allocate(layout(512, 8)).unwrap();
    let second = tlsf.allocate(layout(512, 8)).unwrap();
    let rest = tlsf.largest_free();
    // SAFETY: each call gets the block as the one before left it.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "drives the allocator")]
    unsafe {
        let block = second.cast();
        let whole = 512 + rest;
        assert!(tlsf.resize_in_place(block, layout(512, 8), whole + 1).is_err());
        assert_eq!(tlsf.resize_in_place(block, layout(512, 8), whole), Ok(whole));
        assert_eq!(tlsf.largest_free(), 0);
        assert_eq!(tlsf.resize_in_place(block, layout(whole, 8), 100), Ok(112));
        assert_eq!(tlsf.largest_free(), whole - 112);
        block.write_bytes(0xA5, 112);
        free(&tlsf, first);
        let slid = tlsf.grow(block, layout(100, 8), layout(512 + whole, 8)).unwrap();
        assert_eq!(slid.cast::<u8>(), first.cast());
        assert!((0..100).all(|i| slid.cast::<u8>().add(i).read() == 0xA5));
        assert_eq!((tlsf.largest_free(), slid.len()), (0, 512 + whole));
        free(&tlsf, slid);
    }
    assert_eq!((tlsf.live_bytes(), tlsf.largest_free()), (0, 1024 + rest));
}

#[test]
fn a_run_below_the_class_of_the_request_is_found_before_memory_is_said_to_be_used_up() {
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 14];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let most = tlsf.largest_free();
    assert_ne!(class_for(most / GRANULE), class_of(most / GRANULE));
    assert!(tlsf.reserve(most).is_ok() && tlsf.reserve(most + 1).is_err());
    assert!(tlsf.allocate(layout(most, 8)).is_ok());
}

#[test]
fn regions_are_taken_as_needed_and_reset_keeps_them() {
    let mut tlsf = Tlsf::with_first_region_in(4096, Global);
    for round in 0..3 {
        for size in [100, 5000, 100_000] {
            let block = Block::new_in(layout(size, 64), &tlsf).unwrap();
            let (ptr, shape) = (block.as_ptr(), block.layout());
            assert!(tlsf.owns(ptr, shape));
            core::mem::forget(block);
        }
        let other = Block::new_in(layout(100, 1), Global).unwrap();
        assert!(!tlsf.owns(other.as_ptr(), other.layout()), "round {round}");
        let reserved = tlsf.reserved_bytes();
        tlsf.reset();
        assert_eq!((tlsf.live_bytes(), tlsf.reserved_bytes()), (0, reserved));
    }
    assert!(tlsf.reserved_bytes() < 250_000, "the regions are used again: {tlsf:?}");
}

#[test]
fn a_limit_and_sizes_that_overflow_are_refused_in_words() {
    let tlsf = Tlsf::new().with_limit(10_000);
    assert!(tlsf.reserve(9000).is_ok());
    let refusal = tlsf.reserve(20_000).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Limit { limit: 10_000, .. }), "{refusal}");
    assert_eq!(refusal.size, 20_000);
    assert_eq!(tlsf.reserve(usize::MAX).unwrap_err().cause, Cause::Overflow);
    let most = isize::MAX.cast_unsigned();
    assert_eq!(tlsf.reserve(most - 15).unwrap_err().cause, Cause::Overflow);
    assert!(tlsf.allocate(layout(most, 1)).is_err());
    assert!(tlsf.allocate(layout(1, 1 << 62)).is_err());
}

#[test]
fn further_regions_can_be_lent() {
    let (mut one, mut two) = (vec![MaybeUninit::uninit(); 2000], vec![MaybeUninit::uninit(); 3000]);
    let tlsf = Tlsf::on_buffer_in(&mut one, Null);
    let before = tlsf.largest_free();
    let usable = tlsf.add_region(&mut two).unwrap();
    assert!(usable > 2800 && tlsf.largest_free() == usable);
    let blocks = [usable, before].map(|size| tlsf.allocate(layout(size, 1)).unwrap());
    assert_eq!(tlsf.largest_free(), 0);
    blocks.into_iter().for_each(|block| free(&tlsf, block));
    assert_eq!(tlsf.largest_free(), usable);
    let (mut tiny, reserved) = ([MaybeUninit::uninit(); 40], tlsf.reserved_bytes());
    let refusal = tlsf.add_region(&mut tiny).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Region { len: 40, .. }), "{refusal}");
    assert_eq!(tlsf.reserved_bytes(), reserved);
}

#[test]
#[expect(unsafe_code, reason = "resizes blocks")]
fn where_a_large_block_goes_depends_on_how_much_there_is() {
    let mut bytes = vec![MaybeUninit::uninit(); 1 << 18];
    let tlsf = Tlsf::on_buffer(&mut bytes);
    let [first, second] = [(); 2].map(|()| tlsf.allocate(layout(8000, 8)).unwrap());
    // SAFETY: the first block is live, and its layout fits it.
    let first = unsafe { tlsf.grow(first.cast(), layout(8000, 8), layout(20_000, 8)) }.unwrap();
    // SAFETY: the same; a run twice as long was cut, so there is room behind.
    let grown = unsafe { tlsf.grow(first.cast(), layout(20_000, 8), layout(40_000, 8)) }.unwrap();
    assert_eq!(grown.cast::<u8>(), first.cast(), "there is plenty");
    free(&tlsf, second);
    let all_but_little = tlsf.allocate(layout(180_000, 8)).unwrap();
    // SAFETY: the block is live, and its layout fits it.
    let folded =
        unsafe { tlsf.shrink(grown.cast(), layout(40_000, 8), layout(15_990, 8)) }.unwrap();
    assert_eq!(folded.len(), 16_000, "it has the place of the first two");
    assert!(folded.cast::<u8>() < grown.cast(), "there is little");
    free(&tlsf, folded);
    free(&tlsf, all_but_little);
    assert_eq!(tlsf.live_bytes(), 0);
}

#[test]
#[cfg(feature = "asan")]
fn the_sanitizer_knows_what_is_free() {
    use crate::alloc::shadow::is_closed;
    if !cfg!(sanitize = "address") {
        return;
    }
    let tlsf = Tlsf::new();
    for size in [400, 100_000] {
        let block = tlsf.allocate(layout(size, 8)).unwrap();
        let inside = block.cast::<u8>().as_ptr().wrapping_add(size / 2);
        assert!(!is_closed(inside));
        free(&tlsf, block);
        assert!(is_closed(inside), "{size} bytes, kept or joined");
        let again = tlsf.allocate(layout(size, 8)).unwrap();
        assert!(!is_closed(inside));
        free(&tlsf, again);
    }
}
