#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities")]
//! `FixedPool` as an allocator, and what it can say about itself. The invariants are its own.

use core::{mem::MaybeUninit, ptr::NonNull};

use super::{FixedPool, OnFree};
use crate::alloc::{
    AllocError, Allocator, Bulk, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace, Stats,
    blocks::{allocate_each, deallocate_each, grow_zeroed_by_grow},
    bridge_api2,
};

impl<A: Allocator> FixedPool<A> {
    /// The block at `ptr`, whole.
    #[inline]
    fn whole(&self, ptr: NonNull<u8>) -> NonNull<[u8]> {
        NonNull::slice_from_raw_parts(self.memory.as_ptr().with_addr(ptr.addr()), self.stride)
    }

    /// Whether a request of bytes fits a block.
    #[inline]
    const fn fits(&self, layout: Layout) -> bool {
        layout.size() <= self.stride && layout.align() <= self.align
    }
}

// SAFETY: blocks lie in memory that moves of this value do not touch, and that stays until it is
// dropped or reset through `&mut` (1). They are disjoint, and each is handed out once (2).
unsafe impl<A: Allocator> Allocator for FixedPool<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Ok(self.try_allocate(layout)?)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.try_allocate(layout)?;
        // What is wiped when it is freed is zero already (3).
        if self.on_free == OnFree::Leave {
            // SAFETY: the block is new and has so many bytes.
            unsafe { block.cast::<u8>().write_bytes(0, block.len()) };
        }
        Ok(block)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: as promised by the caller: blocks with bytes are the pool's.
            unsafe { self.push(ptr) }
        }
    }

    #[inline]
    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() != 0 && self.fits(new) {
            return Ok(self.whole(ptr));
        }
        // Without bytes there is nothing to move, and what does not fit is refused.
        self.allocate(new)
    }

    grow_zeroed_by_grow!();

    #[inline]
    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 || !self.fits(new) {
            // Nothing of the block is needed, or it cannot be had.
            let block = self.allocate(new)?;
            // SAFETY: as promised by the caller.
            unsafe { self.deallocate(ptr, old) };
            return Ok(block);
        }
        Ok(self.whole(ptr))
    }
}

bridge_api2!([A: Allocator] FixedPool<A>);

// SAFETY: a block of at least one byte begins in the memory just if it is ours (1).
unsafe impl<A: Allocator> Owns for FixedPool<A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        let offset = ptr.addr().get().wrapping_sub(self.memory.as_ptr().addr().get());
        layout.size() != 0 && offset < self.memory.size()
    }
}

// SAFETY: nothing is done: every block has the same size all the time.
unsafe impl<A: Allocator> ResizeInPlace for FixedPool<A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        _ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        match (old.size(), size) {
            (0, 0) => Ok(0),
            (0, _) | (_, 0) => Err(AllocError),
            _ if size <= self.stride => Ok(self.stride),
            _ => Err(AllocError),
        }
    }
}

impl<A: Allocator> GoodSize for FixedPool<A> {
    /// What does not fit a block is not had in any size.
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        if layout.size() == 0 || !self.fits(layout) { layout.size() } else { self.stride }
    }
}

// SAFETY: each block is one that `allocate` would return; the entries are written from the front.
unsafe impl<A: Allocator> Bulk for FixedPool<A> {
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        allocate_each(self, layout, blocks)
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { deallocate_each(self, layout, blocks) }
    }
}

impl<A: Allocator> Reset for FixedPool<A> {
    fn end_blocks(&mut self) {
        self.reset();
    }
}

impl<A: Allocator> Report for FixedPool<A> {
    fn report(&self) -> Stats {
        Stats {
            live_bytes: self.live() * self.stride,
            live_blocks: Some(self.live()),
            peak_bytes: Some(self.peak() * self.stride),
            reserved_bytes: self.memory.size(),
            reserved_chunks: Some(1),
            limit_bytes: Some(self.memory.size()),
            failed: Some(self.failed.get()),
            largest_free: Some(if self.has_capacity(1) { self.stride } else { 0 }),
            ..Stats::default()
        }
    }
}
