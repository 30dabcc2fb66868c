#![expect(unsafe_code, reason = "reads the words in front of blocks")]
//! Markers: ending everything above a point at once. The invariants are the stack's.

use super::{Backing, Stack};
use crate::{
    alloc::Allocator,
    bits::{align, stack},
    strategy::chunk::Link,
};

/// A point in a stack to go back to; see [`Stack::marker`].
#[derive(Clone, Copy, Debug)]
pub struct Marker {
    chunk: Link,
    /// The cursor, or 0 when the stack was empty.
    position: usize,
}

impl<A: Allocator, B: Backing<A>> Stack<A, B> {
    /// Marks this point, for [`release_to`](Self::release_to).
    ///
    /// A [`frame`](Self::frame) does the same safely, and is what most programs want.
    #[must_use]
    #[inline]
    pub fn marker(&self) -> Marker {
        let chunk = self.chunks.head();
        let position = self.cursor.get().addr().get();
        let empty = position == self.first().addr().get() && self.spent.get() == 0;
        Marker { chunk, position: if empty { 0 } else { position } }
    }

    /// Ends every block that was allocated since `marker` was taken, and takes their bytes back. Its
    /// cost is that of the chunks above, and of what was freed out of order beneath.
    ///
    /// ```
    /// use larder::{Stack, alloc::{Allocator, Layout}};
    /// let stack = Stack::new();
    /// let marker = stack.marker();
    /// for _ in 0..100 {
    ///     stack.allocate(Layout::new::<[u8; 100]>()).unwrap();
    /// }
    /// // SAFETY: the marker is this stack's, and its blocks are not used any more.
    /// unsafe { stack.release_to(marker) };
    /// assert_eq!(stack.used_bytes(), 0);
    /// ```
    ///
    /// # Panics
    ///
    /// In debug builds, when the marker is visibly not of this stack, or of a point that the stack
    /// has gone below since.
    ///
    /// # Safety
    ///
    /// The marker is of this stack. No block allocated since is used any more, freed or dropped. The
    /// stack has neither been reset since, nor released to an earlier marker. No block allocated
    /// before has been freed, grown or shrunk since, and no [`Frame`](super::Frame) is open now or
    /// was then.
    #[inline]
    pub unsafe fn release_to(&self, marker: Marker) {
        if marker.position == 0 || marker.chunk != self.chunks.head() {
            // SAFETY: the caller's promise is the callee's, word for word.
            return unsafe { self.release_chunks(marker) };
        }
        // SAFETY: the marker is of a boundary in this chunk, and what is above it ends.
        unsafe { self.release_here(marker.position) };
    }

    /// Moves the cursor down to `position`, and further if what is beneath it has been freed.
    ///
    /// # Safety
    ///
    /// `position` is one of the open window, at or under the cursor, and no block above it is live.
    #[inline]
    unsafe fn release_here(&self, position: usize) {
        debug_assert!(
            self.reaches(position),
            "release to a marker that is no boundary of this stack: the stack has gone below it \
             since, or the marker is another stack's"
        );
        // SAFETY: the position is in the open window, so the word in front of it is written (2).
        if unsafe { self.link(position) }.is_freed() {
            // SAFETY: the caller's promise is the callee's, word for word.
            unsafe { self.collapse(position) };
        } else {
            // SAFETY: as above, and the word there is of a block that was not freed.
            unsafe { self.pop_to(position) };
        }
    }

    /// [`release_to`](Self::release_to) a marker of an older chunk or of the empty stack.
    ///
    /// # Safety
    ///
    /// That of `release_to`.
    #[cold]
    #[inline(never)]
    unsafe fn release_chunks(&self, marker: Marker) {
        debug_assert!(
            marker.position == 0 || self.chunks.contains(marker.chunk),
            "release to a marker whose chunk is not in this stack: it is of another stack, or the \
             stack has gone below it since"
        );
        while marker.position == 0 || self.chunks.head() != marker.chunk {
            let Some(beneath) = self.beneath() else { break };
            // SAFETY: the blocks of chunks above the marker have ended, and this is what the floor
            // holds.
            unsafe { self.retreat(beneath) };
        }
        if marker.position != 0 {
            // SAFETY: the marker is of a boundary in this chunk, and what is above it ends.
            unsafe { self.release_here(marker.position) };
        } else if self.is_open() {
            // SAFETY: all blocks end, and this is the first position.
            unsafe { self.collapse(self.first().addr().get()) };
        }
    }

    /// The cursor of the window beneath the open one, if there is one.
    fn beneath(&self) -> Option<usize> {
        if !self.is_open() {
            return None;
        }
        // SAFETY: the window is open, and this is its floor.
        let floor = unsafe { self.link(stack::floor_of(self.first().addr().get())) };
        floor.is_freed().then(|| floor.below())
    }

    /// Whether `position` is the cursor or the start of a block of the open window. Its cost is that
    /// of the blocks above.
    fn reaches(&self, position: usize) -> bool {
        let mut here = self.cursor.get().addr().get();
        while here > position && align::is_aligned(here, stack::GRID) {
            // SAFETY: `here` is above a position, so the window is open; it is the cursor, or was
            // found in the word in front of one (2).
            here = unsafe { self.link(here) }.below();
        }
        here == position
    }
}
