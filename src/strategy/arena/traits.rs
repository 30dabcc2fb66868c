#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities")]
//! The arena as an allocator, and what it can say about itself. The invariants are the arena's.

use core::ptr::NonNull;

use super::{Arena, Backing, Keep, at};
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace, Stats,
        blocks::{grow_zeroed_by_grow, move_block},
        bridge_api2, shadow,
    },
    bits::{align, window},
    strategy::chunk::Window,
};

// SAFETY: blocks lie in chunks, which moves of the arena do not touch, and which stay until the
// arena is reset through `&mut` or dropped (1, 4). They are disjoint since the cursor is always
// behind the last (1), and end below the last address, as the
// upstream's do.
unsafe impl<A: Allocator, B: Backing<A>> Allocator for Arena<A, B> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let cursor = self.cursor.get();
        let (size, align) = (layout.size(), layout.align());
        match window::carve(cursor.addr().get(), self.end.get(), size, align) {
            Some(carved) => {
                Ok(NonNull::slice_from_raw_parts(self.advance(cursor, carved, size), size))
            }
            None => self.allocate_slow(layout),
        }
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        shadow::close(ptr, layout.size());
        let cursor = self.cursor.get();
        // Counted back from the cursor, which saves an instruction and keeps the cursor's rights.
        // A block of no bytes outside of any window can only equal the cursor of a window that
        // never had bytes, and then nothing changes.
        let start = cursor.addr().get().wrapping_sub(layout.size());
        if start == ptr.addr().get() {
            self.cursor.set(at(cursor, start));
        }
    }

    #[inline]
    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if self.resize_last(ptr, old.size(), new) {
            Ok(NonNull::slice_from_raw_parts(at(self.cursor.get(), ptr.addr().get()), new.size()))
        } else {
            // SAFETY: the caller's promise is the callee's, word for word.
            unsafe { move_block(self, ptr, old, new) }
        }
    }

    grow_zeroed_by_grow!();

    #[inline]
    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if !align::is_aligned(ptr.addr().get(), new.align()) {
            // SAFETY: the caller's promise is the callee's, word for word.
            return unsafe { move_block(self, ptr, old, new) };
        }
        shadow::close(ptr, old.size());
        shadow::open(ptr, new.size());
        let cursor = self.cursor.get();
        if ptr.addr().get().wrapping_add(old.size()) == cursor.addr().get() {
            self.cursor.set(at(cursor, ptr.addr().get() + new.size()));
        }
        Ok(NonNull::slice_from_raw_parts(ptr, new.size()))
    }
}

impl<A: Allocator, B: Backing<A>> Arena<A, B> {
    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.serve(layout)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    /// Gives the block at `ptr` the size of `new` if it is the last one, lies right, and has room.
    #[inline]
    fn resize_last(&self, ptr: NonNull<u8>, old_size: usize, new: Layout) -> bool {
        let (start, cursor) = (ptr.addr().get(), self.cursor.get());
        let (here, end) = (cursor.addr().get(), self.end.get());
        let fits = window::fits_in_place(start, old_size, here, end, new.size(), new.align());
        if fits {
            shadow::close(ptr, old_size);
            shadow::open(ptr, new.size());
            self.cursor.set(at(cursor, start + new.size()));
        }
        fits
    }
}

bridge_api2!([A: Allocator, B: Backing<A>] Arena<A, B>);

// SAFETY: the last block is resized by moving the cursor, within the window; no byte is written.
unsafe impl<A: Allocator, B: Backing<A>> ResizeInPlace for Arena<A, B> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the caller promises that the size is legal at the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, old.align()) };
        if self.resize_last(ptr, old.size(), new) || size <= old.size() {
            Ok(size)
        } else {
            Err(AllocError)
        }
    }
}

// SAFETY: a block of the arena lies in one of its chunks, where no block of another allocator does
// but those of its open scopes; the arena is no other allocator to them: it would treat them as
// blocks of its own that are not the last.
unsafe impl<A: Allocator> Owns for Arena<A> {
    /// Looks at each chunk, newest first. For a block of an open scope the answer may be either.
    fn owns(&self, ptr: NonNull<u8>, _layout: Layout) -> bool {
        self.backing.stock().chunks.covers(ptr)
    }
}

impl<A: Allocator, B: Backing<A>> GoodSize for Arena<A, B> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

impl<A: Allocator> Reset for Arena<A> {
    fn end_blocks(&mut self) {
        self.reset(Keep::All);
    }
}

impl<A: Allocator, B: Backing<A>> Report for Arena<A, B> {
    fn report(&self) -> Stats {
        let stock = self.backing.stock();
        let free = self.window().room().max(stock.aside.get().map_or(0, Window::room));
        Stats {
            live_bytes: self.used_bytes(),
            largest_free: Some(free),
            ..self.backing.bank().stats(self.chunk_sizes())
        }
    }
}
