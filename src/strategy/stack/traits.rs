#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities")]
//! The stack as an allocator, and what it can say about itself. The invariants are the stack's.

use core::ptr::{self, NonNull};

use super::{Backing, CHECKED, Keep, Stack, at};
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, Owns, Report, Reset, ResizeInPlace, Stats,
        blocks::{grow_zeroed_by_grow, move_block},
        bridge_api2, shadow,
    },
    bits::{align, stack},
    strategy::chunk::Window,
};

// SAFETY: blocks lie in chunks, which moves of the stack do not touch, and which stay in the list
// while they have a live block (1, 4). They are disjoint since the cursor is always behind the last
// (1), and end below the last address, as the upstream's do. Words lie between blocks (2).
unsafe impl<A: Allocator, B: Backing<A>> Allocator for Stack<A, B> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let start = self.cursor.get();
        let (here, end) = (start.addr().get(), self.end.get());
        match stack::place(here, end, layout.size(), layout.align()) {
            Some(after) => {
                // SAFETY: the block was placed in the window, at the cursor.
                unsafe { self.push(start, after) };
                Ok(NonNull::slice_from_raw_parts(start, layout.size()))
            }
            None => self.allocate_slow(layout),
        }
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // Blocks of no bytes are nowhere, and theirs may be anybody's address.
        if layout.size() == 0 {
            return;
        }
        if CHECKED {
            self.check(ptr);
        }
        shadow::close(ptr, layout.size());
        // SAFETY: the block is live and has bytes.
        if unsafe { self.is_top(ptr) } {
            // SAFETY: the block was live and the topmost, and ends now.
            unsafe { self.pop_to(ptr.addr().get()) };
        } else {
            // SAFETY: the block is live, has bytes, and is not the topmost.
            unsafe { mark_freed(ptr) };
        }
    }

    #[inline]
    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the block is live, and `old` fits it.
        match unsafe { self.grow_here(ptr, old, new) } {
            Some(block) => Ok(block),
            // SAFETY: the caller's promise is the callee's, word for word.
            None => unsafe { move_block(self, ptr, old, new) },
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
        if new.size() == 0 {
            // SAFETY: the block is live, `old` fits it, and it is the caller's no more.
            unsafe { self.deallocate(ptr, old) };
            return self.allocate(new);
        }
        if !align::is_aligned(ptr.addr().get(), new.align()) {
            // SAFETY: the caller's promise is the callee's, word for word.
            return unsafe { move_block(self, ptr, old, new) };
        }
        // SAFETY: the block is live and not smaller, and both sizes are not 0.
        Ok(unsafe { self.shrink_here(ptr, new.size()) })
    }
}

/// Notes that a block beneath others is freed.
///
/// # Safety
///
/// `ptr` is a live block of a stack, of at least one byte, and not the topmost.
#[cold]
unsafe fn mark_freed(ptr: NonNull<u8>) {
    let address = ptr.addr().get() - stack::WORD;
    let word = ptr::with_exposed_provenance_mut::<stack::Link>(address);
    // SAFETY: the word in front of a block is in its chunk, whose provenance was exposed when the
    // stack took it, and is written.
    let link = unsafe { word.read() };
    // SAFETY: as above, and it is of no block.
    unsafe { word.write(link.freed()) };
}

impl<A: Allocator, B: Backing<A>> Stack<A, B> {
    #[cold]
    #[inline(never)]
    fn allocate_slow(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        let block = self.carve_slow(layout)?;
        Ok(NonNull::slice_from_raw_parts(block, layout.size()))
    }

    /// Moves the cursor down to `position`, and further if what is beneath it has been freed.
    ///
    /// # Safety
    ///
    /// `position` is one of the open window, at or under the cursor, the word in front of it is not
    /// freed, and no block above it is live any more, nor one that begins there.
    #[inline]
    pub(super) unsafe fn pop_to(&self, position: usize) {
        // SAFETY: the position is in the open window, so the word in front of it is written (2).
        let below = unsafe { self.link(position) }.below_live();
        // SAFETY: what lies beneath a position is a position, or the floor.
        if unsafe { self.link(below) }.is_freed() {
            // SAFETY: the caller's promise is the callee's.
            unsafe { self.collapse(position) };
        } else {
            self.cursor.set(at(self.cursor.get(), position));
        }
    }

    /// Gives the block at `ptr` the size of `new` if it lies right and has the room, or is the
    /// topmost and can get it.
    ///
    /// # Safety
    ///
    /// `ptr` is a block currently allocated here, and `old` fits it.
    #[inline]
    unsafe fn grow_here(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<[u8]>> {
        let start = ptr.addr().get();
        if old.size() == 0 || !align::is_aligned(start, new.align()) {
            return None;
        }
        // SAFETY: the block is live and has bytes.
        if unsafe { self.is_top(ptr) } {
            let after = stack::place(start, self.end.get(), new.size(), 1)?;
            let block = at(self.cursor.get(), start);
            // SAFETY: the block is the topmost, and its new end was placed in the window.
            unsafe { self.push(block, after) };
            return Some(NonNull::slice_from_raw_parts(block, new.size()));
        }
        // `ptr` may have come with the right to the old bytes only.
        (new.size() <= stack::usable(old.size())).then(|| {
            let block = NonNull::with_exposed_provenance(ptr.addr());
            NonNull::slice_from_raw_parts(block, new.size())
        })
    }

    /// Gives the block at `ptr` `size` bytes; if it is the topmost the rest is free.
    ///
    /// # Safety
    ///
    /// `ptr` is a block currently allocated here, of at least `size` bytes, which are not 0.
    #[inline]
    unsafe fn shrink_here(&self, ptr: NonNull<u8>, size: usize) -> NonNull<[u8]> {
        // SAFETY: the block is live and has bytes.
        if unsafe { self.is_top(ptr) } {
            let start = at(self.cursor.get(), ptr.addr().get());
            // SAFETY: the block is the topmost and was not smaller.
            unsafe { self.push(start, start.addr().get() + stack::usable(size) + stack::WORD) };
        }
        NonNull::slice_from_raw_parts(ptr, size)
    }
}

bridge_api2!([A: Allocator, B: Backing<A>] Stack<A, B>);

// SAFETY: the topmost block is resized by moving the cursor and the word in front of it, within the
// window; other blocks keep the bytes they have.
unsafe impl<A: Allocator, B: Backing<A>> ResizeInPlace for Stack<A, B> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the caller promises that the size is legal at the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, old.align()) };
        match (size, old.size()) {
            (0, 0) => Ok(0),
            // A block of no bytes would have to be elsewhere.
            (0, _) => Err(AllocError),
            // SAFETY: the block is live and not smaller, and neither size is 0.
            (size, has) if size <= has => Ok(unsafe { self.shrink_here(ptr, size) }.len()),
            // SAFETY: the block is live, and `old` fits it.
            _ => unsafe { self.grow_here(ptr, old, new) }.map(NonNull::len).ok_or(AllocError),
        }
    }
}

impl<A: Allocator, B: Backing<A>> GoodSize for Stack<A, B> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

// SAFETY: blocks with bytes lie in the chunks in use, and no other allocator's do but a frame's, or
// those of a user who carves a block of ours. A frame's may be freed here: a block is found by the
// word in front of it, and is marked like any that is not on top.
unsafe impl<A: Allocator> Owns for Stack<A> {
    /// Its cost is that of the chunks in use, about the logarithm of the bytes.
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() != 0 && self.chunks.covers(ptr)
    }
}

impl<A: Allocator> Reset for Stack<A> {
    fn end_blocks(&mut self) {
        self.reset(Keep::All);
    }
}

impl<A: Allocator, B: Backing<A>> Report for Stack<A, B> {
    fn report(&self) -> Stats {
        let window = Window { cursor: self.cursor.get(), end: self.end.get() };
        Stats {
            live_bytes: self.used_bytes(),
            largest_free: Some(stack::all_of(window.room())),
            ..self.bank.bank().stats(self.chunk_sizes())
        }
    }
}
