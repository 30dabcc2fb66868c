#![expect(unsafe_code, reason = "implements `Allocator` over two others")]
//! A second allocator for what the first refuses.
//!
//! Invariants:
//!
//! 1. Every live block that has bytes is the first's or the second's, with the same layout, and
//!    [`Owns`] of the first tells which.
//! 2. A block of no bytes belongs to neither: it is made up here, and freeing it does nothing. So
//!    `Owns` is never asked about one, for which its answer would mean nothing.
//!
//! A block grows and shrinks where it is if its allocator can; else it moves to the other one, the
//! bytes are copied and the old block is freed. If the other refuses too, nothing has changed.
//!
//! There is no `GoodSize`: who will serve a request is not known beforehand.

use core::{mem::MaybeUninit, ptr::NonNull};

use super::both;
use crate::alloc::{
    AllocError, Allocator, Bulk, CloneEquivalent, Layout, NeverInvalidates, Owns, Report, Reset,
    ResizeInPlace, Stats,
    blocks::{Allocated, Resize, resize_by_one_body},
    bridge_api2, empty_block,
};

/// Serves from `P`, and from `S` when `P` refuses.
///
/// Cost: nothing on the way in while `P` serves; on the way out the question to `P` whose block it
/// is, which is as cheap as `P` makes it.
///
/// ```
/// use core::mem::MaybeUninit;
/// use larder::{Arena, adapt::Fallback, alloc::{Api2, Global, Owns}};
///
/// let mut bytes = [MaybeUninit::uninit(); 512];
/// let alloc = Fallback::new(Arena::on_buffer(&mut bytes), Global);
/// let mut numbers = allocator_api2::vec::Vec::new_in(Api2(&alloc));
/// numbers.extend(0..10_u32); // on the stack
/// assert!(alloc.primary().used_bytes() > 0);
/// numbers.extend(10..1000); // moved to the heap
/// assert!(numbers.iter().copied().eq(0..1000));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fallback<P, S> {
    primary: P,
    secondary: S,
}

impl<P, S> Fallback<P, S> {
    /// Serves from `primary`, and from `secondary` when that refuses.
    pub const fn new(primary: P, secondary: S) -> Self {
        Self { primary, secondary }
    }

    /// The allocator that is asked first.
    pub const fn primary(&self) -> &P {
        &self.primary
    }

    /// The allocator that is asked when the first refuses.
    pub const fn secondary(&self) -> &S {
        &self.secondary
    }
}

impl<P: Owns, S: Allocator> Fallback<P, S> {
    #[inline]
    fn request(&self, layout: Layout, how: Resize) -> Allocated {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        how.allocate(&self.primary, layout).or_else(|_| how.allocate(&self.secondary, layout))
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        let Self { primary, secondary } = self;
        if old.size() == 0 {
            return self.request(new, how);
        }
        if new.size() == 0 {
            // SAFETY: the block is live and `old` fits it, as the caller promises.
            unsafe { self.deallocate(ptr, old) };
            return Ok(empty_block(new));
        }
        if primary.owns(ptr, old) {
            // SAFETY: the block is the first's (1), and the promise carries over.
            let there = unsafe { how.within(primary, ptr, old, new) };
            // SAFETY: the block is the first's and is what it was, since that refused.
            there.or_else(|_| unsafe { how.across(primary, secondary, ptr, old, new) })
        } else {
            // SAFETY: the block is the second's (1), and the promise carries over.
            let there = unsafe { how.within(secondary, ptr, old, new) };
            // SAFETY: the block is the second's and is what it was, since that refused.
            there.or_else(|_| unsafe { how.across(secondary, primary, ptr, old, new) })
        }
    }
}

// SAFETY: blocks with bytes are those of two allocators that keep the contract, and go back where
// they came from (1); blocks without have nothing that could be invalid (2).
unsafe impl<P: Owns, S: Allocator> Allocator for Fallback<P, S> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::Grow)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::GrowZeroed)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        if self.primary.owns(ptr, layout) {
            // SAFETY: the block is the first's, and the layout fits (1).
            unsafe { self.primary.deallocate(ptr, layout) }
        } else {
            // SAFETY: the block is the second's, and the layout fits (1).
            unsafe { self.secondary.deallocate(ptr, layout) }
        }
    }

    resize_by_one_body!();
}

bridge_api2!([P: Owns, S: Allocator] Fallback<P, S>);

// SAFETY: a block is ours exactly if it is the first's or the second's (1).
unsafe impl<P: Owns, S: Owns> Owns for Fallback<P, S> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        self.primary.owns(ptr, layout) || self.secondary.owns(ptr, layout)
    }
}

// SAFETY: the block's own allocator does it, or nothing happens.
unsafe impl<P: Owns + ResizeInPlace, S: ResizeInPlace> ResizeInPlace for Fallback<P, S> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        if old.size() == 0 || size == 0 {
            // A block of no bytes has no owner (2): it neither comes from one nor becomes one here.
            return if old.size() == size { Ok(0) } else { Err(AllocError) };
        }
        if self.primary.owns(ptr, old) {
            // SAFETY: the block is the first's (1).
            unsafe { self.primary.resize_in_place(ptr, old, size) }
        } else {
            // SAFETY: the block is the second's (1).
            unsafe { self.secondary.resize_in_place(ptr, old, size) }
        }
    }
}

// SAFETY: each allocator fills entries from the front of what it is given, the second behind the
// first's.
unsafe impl<P: Owns + Bulk, S: Bulk> Bulk for Fallback<P, S> {
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        if layout.size() == 0 {
            blocks.fill(MaybeUninit::new(layout.dangling_ptr()));
            return blocks.len();
        }
        let first = self.primary.allocate_bulk(layout, blocks);
        match &mut blocks[first..] {
            [] => first,
            rest => first + self.secondary.allocate_bulk(layout, rest),
        }
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        if layout.size() == 0 {
            return;
        }
        let is_first = |block: &NonNull<u8>| self.primary.owns(*block, layout);
        for run in blocks.chunk_by(|a, b| is_first(a) == is_first(b)) {
            if is_first(&run[0]) {
                // SAFETY: the blocks of this run are all the first's (1).
                unsafe { self.primary.deallocate_bulk(layout, run) }
            } else {
                // SAFETY: the blocks of this run are all the second's (1).
                unsafe { self.secondary.deallocate_bulk(layout, run) }
            }
        }
    }
}

impl<P: Reset, S: Reset> Reset for Fallback<P, S> {
    fn end_blocks(&mut self) {
        self.primary.end_blocks();
        self.secondary.end_blocks();
    }
}

impl<P: Report, S: Report> Report for Fallback<P, S> {
    fn report(&self) -> Stats {
        both(self.primary.report(), self.secondary.report())
    }
}

// SAFETY: clones of both parts are equivalent to them, and so answer alike whose a block is.
unsafe impl<P: Owns + CloneEquivalent, S: CloneEquivalent> CloneEquivalent for Fallback<P, S> {}
// SAFETY: every block is of one of the two, neither of which ends any.
unsafe impl<P: Owns + NeverInvalidates, S: NeverInvalidates> NeverInvalidates for Fallback<P, S> {}
