#![expect(unsafe_code, reason = "moves elements out of their slots")]
//! Removing: one, all, or those that a closure picks. A slot is freed as its element leaves, so a
//! leaked iterator leaves the rest where it was.

use core::{fmt, iter::FusedIterator};

use super::{Key, KeyedVector};
use crate::{
    alloc::{Allocator, Global},
    raw::slots::{Found, Slots, Visit},
};

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// Takes out the element that `handle` names. Its slot is free.
    #[inline]
    pub fn remove(&mut self, handle: K) -> Option<T> {
        let found = self.slots.find(handle)?;
        // SAFETY: it has just been found.
        unsafe { self.slots.take(found) }
    }

    /// Drops all elements. The memory stays for new ones. O(n).
    pub fn clear(&mut self) {
        self.slots.clear();
    }

    /// Keeps the elements for which `keep` is true, and drops the others where they are. Those that
    /// stay do not move.
    ///
    /// ```
    /// let mut list: larder::StableVector<_> = (0..100).collect();
    /// list.retain(|n| *n % 10 == 0);
    /// assert!(list.iter().eq(&[0, 10, 20, 30, 40, 50, 60, 70, 80, 90]));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.retain_pairs(|_, element| keep(element));
    }

    /// [`retain`](Self::retain) by a closure that is told the handles as well.
    pub fn retain_pairs(&mut self, mut keep: impl FnMut(K, &mut T) -> bool) {
        for found in self.slots.visit() {
            // SAFETY: it has just been found.
            let handle = unsafe { self.slots.handle_of(found) };
            // SAFETY: there is an element, and nobody else has it.
            if !keep(handle, unsafe { found.ptr().as_mut() }) {
                // SAFETY: it is still there.
                unsafe { self.slots.drop_one(found) };
            }
        }
    }

    /// Takes out all elements. Those that are not taken from the iterator are dropped with it.
    ///
    /// ```
    /// let mut list: larder::StableVector<_> = (0..100).collect();
    /// assert_eq!(list.drain().rev().take(2).collect::<Vec<_>>(), [99, 98]);
    /// assert!(list.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, T, K, A> {
        Drain { visit: self.slots.visit(), slots: &mut self.slots }
    }

    /// [`drain`](Self::drain), with the handles that named the elements.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let plum = list.insert("plum");
    /// assert!(list.drain_pairs().eq([(plum, "plum")]));
    /// assert!(list.is_empty() && !list.contains(plum));
    /// ```
    pub fn drain_pairs(&mut self) -> DrainPairs<'_, T, K, A> {
        DrainPairs(self.drain())
    }

    /// Takes out the elements for which `pick` is true, as the iterator is asked for them. What it has
    /// not come to when it is dropped stays.
    ///
    /// ```
    /// let mut list: larder::StableVector<_> = (0..6).collect();
    /// assert!(list.extract_if(|n| *n % 2 == 0).eq([0, 2, 4]));
    /// assert!(list.iter().eq(&[1, 3, 5]));
    /// ```
    pub fn extract_if<F: FnMut(&mut T) -> bool>(&mut self, pick: F) -> ExtractIf<'_, T, F, K, A> {
        ExtractIf { visit: self.slots.visit(), slots: &mut self.slots, pick }
    }
}

/// The elements of a vector on their way out of it; made by [`KeyedVector::drain`].
pub struct Drain<'a, T, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    slots: &'a mut Slots<T, K, A>,
}

impl<T, K: Key, A: Allocator> Iterator for Drain<'_, T, K, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let found = self.visit.next()?;
        // SAFETY: the visit has just found it.
        unsafe { self.slots.take(found) }
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.visit.size_hint()
    }
}

impl<T, K: Key, A: Allocator> DoubleEndedIterator for Drain<'_, T, K, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let found = self.visit.next_back()?;
        // SAFETY: the visit has just found it.
        unsafe { self.slots.take(found) }
    }
}

impl<T, K: Key, A: Allocator> ExactSizeIterator for Drain<'_, T, K, A> {}
impl<T, K: Key, A: Allocator> FusedIterator for Drain<'_, T, K, A> {}

impl<T, K: Key, A: Allocator> Drop for Drain<'_, T, K, A> {
    fn drop(&mut self) {
        // What is left is all that there is.
        self.slots.clear();
    }
}

/// The elements of a vector on their way out of it, with the handles that named them; made by
/// [`KeyedVector::drain_pairs`].
pub struct DrainPairs<'a, T, K: Key, A: Allocator = Global>(Drain<'a, T, K, A>);

impl<T, K: Key, A: Allocator> DrainPairs<'_, T, K, A> {
    fn pair(&mut self, found: Found<T>) -> Option<(K, T)> {
        // SAFETY: the callers have it from the visit of these slots.
        let handle = unsafe { self.0.slots.handle_of(found) };
        // SAFETY: the visit has just found it.
        unsafe { self.0.slots.take(found) }.map(|element| (handle, element))
    }
}

impl<T, K: Key, A: Allocator> Iterator for DrainPairs<'_, T, K, A> {
    type Item = (K, T);

    #[inline]
    fn next(&mut self) -> Option<(K, T)> {
        let found = self.0.visit.next()?;
        self.pair(found)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T, K: Key, A: Allocator> DoubleEndedIterator for DrainPairs<'_, T, K, A> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, T)> {
        let found = self.0.visit.next_back()?;
        self.pair(found)
    }
}

impl<T, K: Key, A: Allocator> ExactSizeIterator for DrainPairs<'_, T, K, A> {}
impl<T, K: Key, A: Allocator> FusedIterator for DrainPairs<'_, T, K, A> {}

impl<T, K: Key, A: Allocator> fmt::Debug for DrainPairs<'_, T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainPairs").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<T, K: Key, A: Allocator> fmt::Debug for Drain<'_, T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.len()).finish_non_exhaustive()
    }
}

/// The elements of a vector that a closure picks; made by [`KeyedVector::extract_if`].
pub struct ExtractIf<'a, T, F, K: Key, A: Allocator = Global> {
    visit: Visit<T>,
    slots: &'a mut Slots<T, K, A>,
    pick: F,
}

impl<T, F: FnMut(&mut T) -> bool, K: Key, A: Allocator> Iterator for ExtractIf<'_, T, F, K, A> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        for found in &mut self.visit {
            // SAFETY: there is an element, and nobody else has it.
            if (self.pick)(unsafe { found.ptr().as_mut() }) {
                // SAFETY: it is still there.
                return unsafe { self.slots.take(found) };
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.visit.len()))
    }
}

impl<T, F: FnMut(&mut T) -> bool, K: Key, A: Allocator> DoubleEndedIterator
    for ExtractIf<'_, T, F, K, A>
{
    fn next_back(&mut self) -> Option<T> {
        while let Some(found) = self.visit.next_back() {
            // SAFETY: there is an element, and nobody else has it.
            if (self.pick)(unsafe { found.ptr().as_mut() }) {
                // SAFETY: it is still there.
                return unsafe { self.slots.take(found) };
            }
        }
        None
    }
}

impl<T, F: FnMut(&mut T) -> bool, K: Key, A: Allocator> FusedIterator
    for ExtractIf<'_, T, F, K, A>
{
}

impl<T, F, K: Key, A: Allocator> fmt::Debug for ExtractIf<'_, T, F, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("unseen", &self.visit.len()).finish_non_exhaustive()
    }
}

// SAFETY: it is an exclusive vector.
unsafe impl<T: Send, K: Key, A: Allocator + Send> Send for Drain<'_, T, K, A> {}
// SAFETY: it is an exclusive vector; a shared one yields nothing.
unsafe impl<T: Sync, K: Key, A: Allocator + Sync> Sync for Drain<'_, T, K, A> {}
// SAFETY: it is an exclusive vector, and a closure.
unsafe impl<T: Send, F: Send, K: Key, A: Allocator + Send> Send for ExtractIf<'_, T, F, K, A> {}
// SAFETY: it is an exclusive vector, and a closure; a shared one yields nothing.
unsafe impl<T: Sync, F: Sync, K: Key, A: Allocator + Sync> Sync for ExtractIf<'_, T, F, K, A> {}
