#![expect(unsafe_code, reason = "promises what the engine of the vectors relies on")]
//! The vector as the engine under all vectors of this crate sees it: elements in a row, and a length.
//!
//! What takes elements out of the middle is that engine's (`raw/gap`, and the iterators of
//! [`vector`](crate::collections::vector)). It tells nobody what it writes, and need not: it first
//! makes the vector end where it begins, so nothing from there on is intact (invariant 3).
//!
//! The rest of the face of [`Vector`](crate::collections::vector::Vector) is not shared, for two
//! reasons. Its methods panic or return a [`Refusal`], where those of this vector have to say what a
//! file answered. And it gives out all elements to write to whoever asks, where this vector must
//! know which: whole-slice access would have every commit log every page.

use core::ptr::NonNull;

use bytemuck::Pod;

use super::{MmapVec, Storage};
use crate::{
    alloc::{Cause, Layout, Refusal},
    raw::storage::{Sealed, Storage as Rows},
};

impl<T, S> Sealed for MmapVec<T, S> {}

// SAFETY: the place is the storage's base, which only growth and shrinking move (1), and the vector
// has it on the heap or in pages, so moves of the vector leave it alone. The length is the field that
// `set_len` writes. Growth keeps the elements, and dropping them is nothing.
unsafe impl<T: Pod, S: Storage> Rows for MmapVec<T, S> {
    type Item = T;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn capacity(&self) -> usize {
        self.cap
    }

    #[inline]
    fn as_ptr(&self) -> *const T {
        self.ptr.as_ptr()
    }

    #[inline]
    fn parts(&mut self) -> (NonNull<T>, usize, usize) {
        (self.ptr, self.len, self.cap)
    }

    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        self.truncate(len);
        self.len = len;
    }

    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refusal> {
        let layout = Layout::array::<T>(capacity);
        let layout = layout.map_err(|_| Refusal::overflow(Layout::new::<T>(), capacity))?;
        let cause = Cause::Upstream { asked: layout.size(), reserved: self.cap * size_of::<T>() };
        let more = capacity.saturating_sub(self.len);
        self.grow_slow(more).map_err(|_| Refusal::new(layout, cause))
    }
}
