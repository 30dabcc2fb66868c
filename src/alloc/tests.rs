//! The vocabulary by itself: blocks, buffers, refusals, figures.

use core::mem::MaybeUninit;
use liballoc::string::ToString;

use super::{Allocator, Block, Buffer, Cause, Global, Layout, Null, Owns, Refusal, Refused, Stats};

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

#[test]
fn a_block_is_zero_keeps_its_bytes_and_clears_what_it_regains() {
    let mut block = Block::new_in(layout(64, 32), Global).unwrap();
    assert_eq!(block.as_slice(), [0; 64]);
    block.as_mut_slice().fill(7);
    block.resize(10).unwrap();
    assert_eq!(block.as_slice(), [7; 10]);
    block.resize(64).unwrap();
    assert_eq!(block.as_slice()[..10], [7; 10]);
    assert_eq!(block.as_slice()[10..], [0; 54]);
    block.resize(0).unwrap();
    assert_eq!(block.size(), 0);
    block.resize(3).unwrap();
    assert_eq!(block.as_ref(), [0; 3]);
}

#[test]
fn a_block_that_cannot_grow_is_what_it_was() {
    let mut bytes = [MaybeUninit::uninit(); 128];
    let buffer = Buffer::new(&mut bytes);
    let mut block = Block::new_in(layout(100, 1), &buffer).unwrap();
    block.as_mut_slice().fill(9);
    let refusal = block.resize(200).unwrap_err();
    assert_eq!((refusal.size, refusal.align), (200, 1));
    assert_eq!(block.resize(usize::MAX).unwrap_err().cause, Cause::Overflow);
    assert_eq!(block.as_slice(), [9; 100]);
}

#[test]
fn a_block_goes_through_raw_parts_and_is_freed_once() {
    let mut bytes = [MaybeUninit::uninit(); 128];
    let buffer = Buffer::new(&mut bytes);
    let (ptr, shape, alloc) = Block::new_in(layout(8, 8), &buffer).unwrap().into_raw_parts();
    assert!(Block::new_in(layout(1, 1), &buffer).is_err(), "the buffer is still out");
    // SAFETY: the parts come from `into_raw_parts` and are used once.
    #[expect(unsafe_code, reason = "puts the parts together again")]
    let block = unsafe { Block::from_raw_parts(ptr, shape, alloc) };
    assert_eq!(block.as_slice(), [0; 8]);
    drop(block);
    assert!(Block::new_in(layout(1, 1), &buffer).is_ok(), "the buffer has come back");
}

#[test]
fn a_buffer_is_lent_whole_and_once_then_the_rest_answers() {
    let mut bytes = [MaybeUninit::uninit(); 256];
    let buffer = Buffer::with_rest(&mut bytes, Global);
    assert!(buffer.capacity_at(1) == 256 && buffer.capacity_at(1 << 40) == 0);
    let first = buffer.allocate(layout(1, 1)).unwrap();
    assert_eq!(first.len(), 256);
    let second = Block::new_in(layout(64, 64), &buffer).unwrap();
    assert_ne!(second.as_ptr(), first.cast());
    // SAFETY: the block is the buffer's and is freed once.
    #[expect(unsafe_code, reason = "frees a block")]
    unsafe {
        buffer.deallocate(first.cast(), layout(200, 1));
    }
    let third = Block::new_in(layout(64, 1), &buffer).unwrap();
    assert_eq!(third.as_ptr(), first.cast());
}

#[test]
fn a_buffer_knows_its_block() {
    let mut bytes = [MaybeUninit::uninit(); 64];
    let buffer = Buffer::new(&mut bytes);
    let block = Block::new_in(layout(64, 1), &buffer).unwrap();
    let other = Block::new_in(layout(64, 1), Global).unwrap();
    assert!(buffer.owns(block.as_ptr(), block.layout()));
    assert!(!buffer.owns(other.as_ptr(), other.layout()));
    assert!(!Null.owns(block.as_ptr(), block.layout()));
}

#[test]
fn refusals_say_what_was_asked_what_was_there_and_what_to_do() {
    let limit = Cause::Limit { reserved: 900, needed: 200, limit: 1000 };
    assert_eq!(
        Refusal::new(layout(150, 8), limit).to_string(),
        "150 bytes at a multiple of 8 were asked for, which takes 200 more bytes from the upstream, \
         but 900 of at most 1000 are held already; raise the limit, or reset the allocator"
    );
    let upstream = Cause::Upstream { asked: 1008, reserved: 0 };
    assert_eq!(
        Refused::new("value", Refusal::new(layout(5, 1), upstream)).to_string(),
        "5 bytes at a multiple of 1 were asked for, but the upstream allocator refused 1008 bytes \
         (0 are held from it); free memory there, or reset this allocator"
    );
    let overflow = Refusal::overflow(Layout::new::<u64>(), usize::MAX).to_string();
    assert!(
        overflow
            .starts_with("capacity overflow: more bytes than a number holds at a multiple of 8"),
        "{overflow}"
    );
    assert_eq!(Refused::new("value", Refusal::new(layout(5, 1), upstream)).into_value(), "value");
}

#[test]
fn figures_that_are_unknown_are_not_invented() {
    let stats = Stats { live_bytes: 100, reserved_bytes: 1000, ..Stats::default() };
    assert_eq!(stats.to_string(), "100 B live, 1000 B reserved");
    assert_eq!(stats.fragmentation_permille(), None);
    let known = Stats { largest_free: Some(300), failed: Some(2), ..stats };
    assert_eq!((known.idle_bytes(), known.fragmentation_permille()), (900, Some(666)));
    assert_eq!(known.to_string(), "100 B live, 1000 B reserved, 2 refused");
    let full = Stats { largest_free: Some(0), live_bytes: 1000, ..stats };
    assert_eq!(full.fragmentation_permille(), Some(0));
}
