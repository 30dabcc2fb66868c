#![expect(unsafe_code, reason = "writes over blocks that are given back")]
//! Memory that forgets.
//!
//! Invariants:
//!
//! 1. A block is a block of the upstream's with the same layout, cut to the size asked for. So its
//!    user has written to none but those bytes, and the size that comes back covers them all.
//! 2. A block goes back to the upstream only after all its bytes were written over with zeroes, by
//!    writes that the compiler may not leave out.
//!
//! Growth and shrinking always make a new block, copy, wipe the old one and free it: `grow` of the
//! upstream could move the block and leave the old bytes behind. In place a block can grow, but not
//! shrink: the upstream would take the tail back before it could be wiped.
//!
//! What it does not promise: copies that are not in a block. What moved through registers and the
//! stack, what was swapped out or dumped by the kernel, and what a container was fed from remains.

use core::{mem::MaybeUninit, ptr::NonNull};

use crate::alloc::{
    AllocError, Allocator, Bulk, CloneEquivalent, GoodSize, Layout, NeverInvalidates, Owns, Report,
    ResizeInPlace, Stats,
    blocks::{Allocated, cut},
    bridge_api2,
    wipe::wipe,
};

/// Writes zeroes over every block before it goes back: on free, and when growth or shrinking moves.
///
/// A `Vec` over it leaves no copy of its bytes behind, however often it grew. Cost: one pass over
/// each freed block, eight bytes a store, and growth that always copies.
///
/// ```
/// use larder::{adapt::Zeroizing, alloc::{Api2, Global}};
/// let mut key = allocator_api2::vec::Vec::new_in(Api2(Zeroizing::new(Global)));
/// key.extend_from_slice(b"correct horse");
/// key.extend_from_slice(b" battery staple"); // the first block was wiped
/// assert_eq!(key.len(), 28);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Zeroizing<A> {
    inner: A,
}

impl<A> Zeroizing<A> {
    /// Wipes what goes back to `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

// SAFETY: blocks are the upstream's (1), which keeps the contract; they are written to when they are
// given back. The provided methods move blocks by these.
unsafe impl<A: Allocator> Allocator for Zeroizing<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        Ok(cut(self.inner.allocate(layout)?, layout.size()))
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        Ok(cut(self.inner.allocate_zeroed(layout)?, layout.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the block has that many bytes, and its user has given it up.
        unsafe { wipe(ptr, layout.size()) };
        // SAFETY: the block is the upstream's with the same layout (1).
        unsafe { self.inner.deallocate(ptr, layout) }
    }
}

bridge_api2!([A: Allocator] Zeroizing<A>);

// SAFETY: the upstream answers, whose blocks ours are (1); whoever is `Owns` is not shared.
unsafe impl<A: Owns> Owns for Zeroizing<A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        self.inner.owns(ptr, layout)
    }
}

// SAFETY: the upstream does it, or nothing happens; the length it may add is not offered (1).
unsafe impl<A: ResizeInPlace> ResizeInPlace for Zeroizing<A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        if size < old.size() {
            return Err(AllocError);
        }
        // SAFETY: the block is the upstream's with the same layout (1).
        unsafe { self.inner.resize_in_place(ptr, old, size) }?;
        Ok(size)
    }
}

impl<A: Allocator> GoodSize for Zeroizing<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

// SAFETY: the upstream fills the entries and says how many.
unsafe impl<A: Bulk> Bulk for Zeroizing<A> {
    #[inline]
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        self.inner.allocate_bulk(layout, blocks)
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        for block in blocks {
            // SAFETY: the block has that many bytes, and its user has given it up.
            unsafe { wipe(*block, layout.size()) };
        }
        // SAFETY: the blocks are the upstream's with the same layout (1).
        unsafe { self.inner.deallocate_bulk(layout, blocks) }
    }
}

impl<A: Report> Report for Zeroizing<A> {
    fn report(&self) -> Stats {
        self.inner.report()
    }
}

// SAFETY: clones of the upstream are equivalent to it.
unsafe impl<A: CloneEquivalent> CloneEquivalent for Zeroizing<A> {}
// SAFETY: blocks are the upstream's (1), and nothing else ends them.
unsafe impl<A: NeverInvalidates> NeverInvalidates for Zeroizing<A> {}
