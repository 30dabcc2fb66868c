//! What only the inside shows: classes, alignments, and what they waste.

use core::ptr::NonNull;
use std::vec::Vec;

use super::{CLASSES, LARGEST, LARGEST_ALIGN, Slab, cut};
use crate::{
    alloc::{Allocator, Cause, GoodSize, Layout, Report},
    bits::size_class,
};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn the_classes_end_at_the_largest() {
    assert_eq!((CLASSES, size_class::size_of(CLASSES - 1)), (72, LARGEST));
    assert!((0..CLASSES).all(|class| cut(class).stride.is_multiple_of(cut(class).align)));
}

#[test]
fn every_size_and_alignment_gets_a_block_that_is_large_enough_and_lies_right() {
    let slab = Slab::new();
    for align in (0..=7).map(|shift| 1 << shift) {
        assert!(align <= LARGEST_ALIGN);
        for size in (1..1200).chain((1200..40_000).step_by(97)) {
            let block = slab.allocate(layout(size, align)).unwrap();
            assert!(block.len() >= size && block.cast::<u8>().addr().get().is_multiple_of(align));
            assert_eq!(block.len(), slab.good_size(layout(size, align)));
            let rounded = size.next_multiple_of(align);
            if (112..=LARGEST).contains(&rounded) {
                assert!(block.len() - rounded <= block.len() / 8, "{size} got {}", block.len());
            }
            // Any size up to what was returned leads to the same class.
            let fits = [size, size.midpoint(block.len()), block.len()];
            assert!(fits.iter().all(|size| slab.good_size(layout(*size, align)) == block.len()));
            // SAFETY: the block is freed once, with a size that fits.
            #[expect(unsafe_code, reason = "frees a block")]
            unsafe {
                slab.deallocate(block.cast(), layout(fits[size % 3], align));
            }
        }
    }
    assert_eq!(slab.report().live_blocks, Some(0));
}

#[test]
fn large_and_far_aligned_blocks_are_the_upstreams() {
    let slab = Slab::new();
    for shape in [layout(LARGEST + 1, 1), layout(64, 256), layout(LARGEST - 1, 1 << 16)] {
        let block = slab.allocate(shape).unwrap();
        assert_eq!((block.len(), slab.report().reserved_bytes), (shape.size(), 0));
        // SAFETY: the block is freed once.
        #[expect(unsafe_code, reason = "frees a block")]
        unsafe {
            slab.deallocate(block.cast(), shape);
        }
    }
}

#[test]
fn a_block_keeps_its_bytes_from_class_to_class_and_beyond() {
    let slab = Slab::new();
    let mut shape = layout(1, 1);
    let mut block: NonNull<u8> = slab.allocate(shape).unwrap().cast();
    // SAFETY: each call gets the block as the one before left it, and only bytes of it are used.
    #[expect(unsafe_code, clippy::multiple_unsafe_ops_per_block, reason = "drives the allocator")]
    unsafe {
        block.write(1);
        while shape.size() < 100_000 {
            let larger = layout(shape.size() + shape.size() / 3 + 1, 1);
            block = slab.grow(block, shape, larger).unwrap().cast();
            for at in shape.size()..larger.size() {
                block.add(at).write((at + 1) as u8);
            }
            shape = larger;
        }
        while shape.size() > 1 {
            let smaller = layout(shape.size() / 2, 1);
            block = slab.shrink(block, shape, smaller).unwrap().cast();
            assert!((0..smaller.size()).all(|at| block.add(at).read() == (at + 1) as u8));
            shape = smaller;
        }
        slab.deallocate(block, shape);
    }
    assert_eq!(slab.report().live_blocks, Some(0));
}

#[test]
fn a_limit_holds_for_all_classes_together() {
    let slab = Slab::new().with_limit(20_000);
    let sizes: Vec<bool> = (1..200).map(|n| slab.allocate(layout(n * 10, 1)).is_ok()).collect();
    assert!(sizes[0] && !sizes[198]);
    assert!(slab.report().reserved_bytes <= 20_000 && slab.report().failed > Some(0));
}

#[test]
fn what_is_reserved_is_there_and_figures_cover_all_classes() {
    let slab = Slab::new().with_limit(1 << 20);
    slab.reserve(layout(100, 4), 50);
    slab.reserve(layout(LARGEST + 1, 1), 50);
    let reserved = slab.report().reserved_bytes;
    let blocks: Vec<_> = (0..50).map(|_| slab.block(100).unwrap()).collect();
    let other = slab.block(900).unwrap();
    assert!((50 * 112..100 * 112).contains(&reserved), "{reserved}");
    assert_eq!(slab.fragmentation().idle_chunks, 0);
    drop(blocks);
    let found = slab.fragmentation();
    assert!(found.idle_bytes >= 50 * 112 && found.live_chunks == 1);
    assert!(slab.shrink_to_fit() >= found.idle_bytes);
    assert_eq!(other.as_slice(), [0; 900]);
    let refusal = slab.try_reserve(layout(1000, 8), 2000).unwrap_err();
    assert!(matches!(refusal.cause, Cause::Limit { limit: 1_048_576, .. }), "{refusal}");
    assert!(
        matches!(slab.try_reserve(layout(8, 8), usize::MAX), Err(error) if error.cause == Cause::Overflow)
    );
}
