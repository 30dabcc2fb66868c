#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities")]
//! `Tlsf` as an allocator, and what it can say about itself. The invariants are its own.

use core::ptr::NonNull;

use super::{GRANULE, Tlsf, granules_of, whole};
use crate::{
    alloc::{
        AllocError, Allocator, Block, GoodSize, Layout, Owns, Refusal, Report, Reset,
        ResizeInPlace, Stats, blocks::grow_zeroed_by_grow, bridge_api2,
    },
    bits::align,
};

// SAFETY: blocks lie in regions, which moves of this value do not touch, and which stay until it is
// reset through `&mut` or dropped (3). They are disjoint (1). A block returns all its granules, and
// every size that fits it needs just as many (4). No region reaches the last address.
unsafe impl<A: Allocator> Allocator for Tlsf<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Ok(self.try_allocate(layout)?)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: as promised by the caller (4).
            unsafe { self.give_back(ptr, granules_of(layout.size())) }
        }
    }

    #[inline]
    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() == 0 {
            return self.allocate(new);
        }
        let (has, wants) = (granules_of(old.size()), granules_of(new.size()));
        // SAFETY: as promised by the caller.
        if let Some(block) = unsafe { self.swap(ptr, old, new) } {
            return Ok(block);
        }
        if align::is_aligned(ptr.addr().get(), new.align())
            // SAFETY: as promised by the caller (4).
            && let Some(block) = unsafe { self.resize(ptr, has, wants) }
        {
            return Ok(whole(block, new.size()));
        }
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.move_to(ptr, old, new) }
    }

    grow_zeroed_by_grow!();

    #[inline]
    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if new.size() == 0 {
            // SAFETY: as promised by the caller.
            unsafe { self.deallocate(ptr, old) };
            return self.allocate(new);
        }
        let (has, wants) = (granules_of(old.size()), granules_of(new.size()));
        // SAFETY: as promised by the caller.
        if let Some(block) = unsafe { self.swap(ptr, old, new) } {
            return Ok(block);
        }
        // SAFETY: the same; both layouts have bytes.
        if let Some(block) = unsafe { self.fold(ptr, old, new) } {
            return Ok(block);
        }
        if align::is_aligned(ptr.addr().get(), new.align())
            // SAFETY: as promised by the caller (4).
            && let Some(block) = unsafe { self.resize(ptr, has, wants) }
        {
            return Ok(whole(block, new.size()));
        }
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.move_to(ptr, old, new) }
    }
}

impl<A: Allocator> Tlsf<A> {
    /// A block, or why there is none.
    ///
    /// # Errors
    ///
    /// When no run serves, and the upstream or the limit refuses a further region.
    #[inline]
    pub fn try_allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, Refusal> {
        let size = layout.size();
        if size != 0
            && layout.align() <= GRANULE
            && let Some(block) = self.take(granules_of(size))
        {
            return Ok(whole(block, size));
        }
        Ok(whole(self.take_slow(layout)?, size))
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// As [`try_allocate`](Self::try_allocate).
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        // SAFETY: `try_allocate` allocates here, and nobody else has the block.
        unsafe { Block::zeroed(size, self, |layout| self.try_allocate(layout)) }
    }
}

bridge_api2!([A: Allocator] Tlsf<A>);

// SAFETY: a block of at least one byte begins in a region of ours just if it is ours (3).
unsafe impl<A: Allocator> Owns for Tlsf<A> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() != 0 && self.search(ptr.addr().get()).is_some()
    }
}

// SAFETY: `resize` moves nothing and writes to free granules only; the new length is that of the
// granules, and what it returns is what `allocate` would for the size.
unsafe impl<A: Allocator> ResizeInPlace for Tlsf<A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        if old.size() == 0 || size == 0 {
            return if old.size() == size { Ok(0) } else { Err(AllocError) };
        }
        let (has, wants) = (granules_of(old.size()), granules_of(size));
        // SAFETY: as promised by the caller (4).
        let resized = unsafe { self.resize(ptr, has, wants) };
        resized.map(|_| wants * GRANULE).ok_or(AllocError)
    }
}

impl<A: Allocator> GoodSize for Tlsf<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        granules_of(layout.size()) * GRANULE
    }
}

impl<A: Allocator> Reset for Tlsf<A> {
    fn end_blocks(&mut self) {
        self.reset();
    }
}

impl<A: Allocator> Report for Tlsf<A> {
    fn report(&self) -> Stats {
        Stats {
            live_bytes: self.live_bytes(),
            peak_bytes: Some(self.peak_bytes()),
            reserved_bytes: self.reserved_bytes(),
            largest_free: Some(self.largest_free()),
            ..self.bank.stats(self.chunks.sizes())
        }
    }
}
