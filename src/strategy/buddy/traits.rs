#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities")]
//! `Buddy` as an allocator, and what it can say about itself. The invariants are its own.

use core::ptr::NonNull;

use super::Buddy;
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace, Stats,
        blocks::{grow_zeroed_by_grow, move_block},
        bridge_api2,
    },
    bits::buddy::{order_of, size_of_order},
};

#[inline]
const fn order(layout: Layout) -> usize {
    order_of(layout.size(), layout.align())
}

#[inline]
const fn whole(block: NonNull<u8>, order: usize) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block, size_of_order(order))
}

// SAFETY: blocks lie in memory that moves of this value do not touch, and that stays until it is
// dropped or reset through `&mut` (1). They are disjoint (2). All sizes from the requested to the
// returned one have the same order at the same alignment. A block of an order lies at multiples of
// its size, which is not less than the alignment.
unsafe impl<A: Allocator> Allocator for Buddy<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        Ok(self.try_allocate(layout)?)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: as promised by the caller.
            unsafe { self.give_back(ptr, order(layout)) }
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
        let (has, wants) = (order(old), order(new));
        if wants < has {
            // SAFETY: as promised by the caller: the old alignment was above both.
            return Ok(whole(unsafe { self.narrow(ptr, has, wants) }, wants));
        }
        // SAFETY: as promised by the caller.
        let Some(block) = (unsafe { self.widen(ptr, has, wants, true) }) else {
            // SAFETY: the caller's promise is the callee's, word for word.
            return unsafe { move_block(self, ptr, old, new) };
        };
        if block.addr() != ptr.addr() {
            let from = self.memory.as_ptr().with_addr(ptr.addr());
            // SAFETY: the bytes of the old block are in the new one, behind as many as it had.
            unsafe { block.copy_from_nonoverlapping(from, old.size()) };
        }
        Ok(whole(block, wants))
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
        let (has, wants) = (order(old), order(new));
        if wants > has {
            // The alignment takes a larger block.
            // SAFETY: the caller's promise is the callee's, word for word.
            return unsafe { move_block(self, ptr, old, new) };
        }
        // SAFETY: as promised by the caller.
        Ok(whole(unsafe { self.narrow(ptr, has, wants) }, wants))
    }
}

bridge_api2!([A: Allocator] Buddy<A>);

// SAFETY: a block of at least one byte begins in the memory just if it is ours (1).
unsafe impl<A: Allocator> Owns for Buddy<A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        let offset = ptr.addr().get().wrapping_sub(self.memory.as_ptr().addr().get());
        layout.size() != 0 && offset < self.capacity()
    }
}

// SAFETY: `widen` and `narrow` write to free blocks only; without leave to move the block stays
// where it is. What is returned is what `allocate` would return for the size.
unsafe impl<A: Allocator> ResizeInPlace for Buddy<A> {
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
        let (has, wants) = (order(old), order_of(size, old.align()));
        if wants > has {
            // SAFETY: as promised by the caller.
            unsafe { self.widen(ptr, has, wants, false) }.ok_or(AllocError)?;
        } else {
            // SAFETY: as promised by the caller.
            unsafe { self.narrow(ptr, has, wants) };
        }
        Ok(size_of_order(wants))
    }
}

impl<A: Allocator> GoodSize for Buddy<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        if layout.size() == 0 { 0 } else { size_of_order(order(layout)) }
    }
}

impl<A: Allocator> Reset for Buddy<A> {
    fn end_blocks(&mut self) {
        self.reset();
    }
}

impl<A: Allocator> Report for Buddy<A> {
    fn report(&self) -> Stats {
        Stats {
            live_bytes: self.live_bytes(),
            live_blocks: Some(self.blocks.get()),
            peak_bytes: Some(self.peak_bytes()),
            reserved_bytes: self.memory.size(),
            reserved_chunks: Some(1),
            limit_bytes: Some(self.memory.size()),
            failed: Some(self.failed.get()),
            largest_free: Some(self.largest_free()),
            ..Stats::default()
        }
    }
}
