#![expect(unsafe_code, reason = "reads elements out of a hole")]
//! Taking a range out.
//!
//! ```text
//! | kept | taken | yet to come | taken | rest |
//!         ^ len   ^ range.start ^ .end  ^ tail
//! ```
//!
//! The whole range is the hole of a [`Gap`], and the drain owns what is in it and was not taken yet:
//! invariant 1, the slots of `range` are initialised, in the hole, and the drain's.

use core::{fmt, iter::FusedIterator, mem::ManuallyDrop, ops::Range, ptr, slice};

use crate::raw::{gap::Gap, storage::Storage};

/// The elements of a range, on their way out of a vector; made by [`Vector::drain`](super::Vector::drain).
pub struct Drain<'a, S: Storage> {
    range: Range<usize>,
    gap: Gap<'a, S>,
}

impl<'a, S: Storage> Drain<'a, S> {
    /// `range` is within the length.
    pub(crate) fn new(storage: &'a mut S, range: Range<usize>) -> Self {
        let mut gap = Gap::open(storage, range.start);
        let start = gap.give_up(range.len());
        Self { range: start..start + range.len(), gap }
    }

    /// The elements yet to come.
    #[must_use]
    pub fn as_slice(&self) -> &[S::Item] {
        let start = self.gap.storage().as_ptr().wrapping_add(self.range.start);
        // SAFETY: the elements are initialised, and ours (1).
        unsafe { slice::from_raw_parts(start, self.range.len()) }
    }

    /// Puts the elements yet to come back into the vector.
    pub fn keep_rest(self) {
        let mut this = ManuallyDrop::new(self);
        while let Some(element) = this.next() {
            this.gap.put(element);
        }
        // SAFETY: `this` is not dropped, so the gap is dropped here once.
        unsafe { ptr::drop_in_place(&raw mut this.gap) };
    }

    fn read(&self, index: usize) -> S::Item {
        let slot = self.gap.storage().as_ptr().wrapping_add(index);
        // SAFETY: the callers have just taken the index out of the range, so the element is
        // initialised, and given up (1).
        unsafe { slot.read() }
    }

    /// Drops what is yet to come.
    fn drop_rest(&mut self) {
        let range = self.range.start..self.range.end;
        self.range.start = self.range.end;
        if !range.is_empty() {
            let first = self.gap.slot(range.start).as_ptr();
            let rest = ptr::slice_from_raw_parts_mut(first, range.len());
            // SAFETY: the elements were initialised and ours (1), and are out of the range now.
            unsafe { ptr::drop_in_place(rest) };
        }
    }

    /// Drops what is yet to come, and leaves the hole.
    pub(super) fn hole(&mut self) -> &mut Gap<'a, S> {
        self.drop_rest();
        &mut self.gap
    }
}

impl<S: Storage> Iterator for Drain<'_, S> {
    type Item = S::Item;

    #[inline]
    fn next(&mut self) -> Option<S::Item> {
        self.range.next().map(|index| self.read(index))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<S: Storage> DoubleEndedIterator for Drain<'_, S> {
    #[inline]
    fn next_back(&mut self) -> Option<S::Item> {
        self.range.next_back().map(|index| self.read(index))
    }
}

impl<S: Storage> ExactSizeIterator for Drain<'_, S> {}
impl<S: Storage> FusedIterator for Drain<'_, S> {}

impl<S: Storage> Drop for Drain<'_, S> {
    fn drop(&mut self) {
        // Should a drop panic, the gap closes all the same: it is dropped after this.
        self.drop_rest();
    }
}

impl<S: Storage<Item: fmt::Debug>> fmt::Debug for Drain<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.as_slice()).finish()
    }
}

impl<S: Storage> AsRef<[S::Item]> for Drain<'_, S> {
    fn as_ref(&self) -> &[S::Item] {
        self.as_slice()
    }
}
