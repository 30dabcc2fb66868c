#![expect(unsafe_code, reason = "reads elements out of a storage that it owns")]
//! Taking a vector apart.
//!
//! Invariant 1: the slots of `range` are initialised, and are the iterator's; the storage's own
//! length is 0.

use core::{fmt, iter::FusedIterator, ops::Range, ptr, slice};

use super::Vector;
use crate::raw::storage::{Fresh, Storage};

/// The elements of a vector, by value; made by `into_iter`.
pub struct IntoIter<S: Storage> {
    range: Range<usize>,
    storage: S,
}

impl<S: Storage> IntoIter<S> {
    fn new(mut storage: S) -> Self {
        let range = 0..storage.len();
        // SAFETY: no elements are always initialised; those that were there are the iterator's.
        unsafe { storage.set_len(0) };
        Self { range, storage }
    }

    /// The elements yet to come.
    #[must_use]
    pub fn as_slice(&self) -> &[S::Item] {
        let start = self.storage.as_ptr().wrapping_add(self.range.start);
        // SAFETY: the elements are initialised, and ours (1).
        unsafe { slice::from_raw_parts(start, self.range.len()) }
    }

    /// The elements yet to come, to write.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [S::Item] {
        let start = self.storage.parts().0.as_ptr().wrapping_add(self.range.start);
        // SAFETY: the elements are initialised, and ours (1).
        unsafe { slice::from_raw_parts_mut(start, self.range.len()) }
    }

    #[inline]
    fn read(&self, index: usize) -> S::Item {
        let slot = self.storage.as_ptr().wrapping_add(index);
        // SAFETY: the callers have just taken the index out of the range, so the element is
        // initialised, and given up (1).
        unsafe { slot.read() }
    }
}

impl<S: Fresh> IntoIter<S> {
    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &S::Alloc {
        self.storage.allocator()
    }
}

impl<S: Storage> Iterator for IntoIter<S> {
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

impl<S: Storage> DoubleEndedIterator for IntoIter<S> {
    #[inline]
    fn next_back(&mut self) -> Option<S::Item> {
        self.range.next_back().map(|index| self.read(index))
    }
}

impl<S: Storage> ExactSizeIterator for IntoIter<S> {}
impl<S: Storage> FusedIterator for IntoIter<S> {}

impl<S: Storage> Drop for IntoIter<S> {
    #[inline]
    fn drop(&mut self) {
        let rest = ptr::from_mut(self.as_mut_slice());
        // SAFETY: the elements are initialised and ours (1); the storage is dropped next, and leaves
        // them alone.
        unsafe { ptr::drop_in_place(rest) }
    }
}

impl<S: Fresh<Item: Clone, Alloc: Clone>> Clone for IntoIter<S> {
    #[track_caller]
    fn clone(&self) -> Self {
        Vector::<S>::from_slice_in(self.as_slice(), self.allocator().clone()).into_iter()
    }
}

impl<S: Fresh<Alloc: Default>> Default for IntoIter<S> {
    fn default() -> Self {
        Vector::<S>::default().into_iter()
    }
}

impl<S: Storage> AsRef<[S::Item]> for IntoIter<S> {
    fn as_ref(&self) -> &[S::Item] {
        self.as_slice()
    }
}

impl<S: Storage<Item: fmt::Debug>> fmt::Debug for IntoIter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.as_slice()).finish()
    }
}

impl<S: Storage> IntoIterator for Vector<S> {
    type Item = S::Item;
    type IntoIter = IntoIter<S>;

    #[inline]
    fn into_iter(self) -> IntoIter<S> {
        IntoIter::new(self.into_storage())
    }
}

impl<'a, S: Storage> IntoIterator for &'a Vector<S> {
    type Item = &'a S::Item;
    type IntoIter = slice::Iter<'a, S::Item>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, S::Item> {
        self.iter()
    }
}

impl<'a, S: Storage> IntoIterator for &'a mut Vector<S> {
    type Item = &'a mut S::Item;
    type IntoIter = slice::IterMut<'a, S::Item>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, S::Item> {
        self.iter_mut()
    }
}
