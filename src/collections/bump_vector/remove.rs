#![expect(unsafe_code, reason = "moves elements out of buckets and within them")]
//! What takes elements out of a bump vector, for which it must be had exclusively.
//!
//! ```text
//! | kept | kept | gone | gone | rest | rest | free |
//!               ^ kept        ^ next        ^ len
//! ```
//!
//! While a [`Hole`] is open the vector's length is `kept`, so that a leaked iterator leaves a whole
//! vector. Its drop moves the rest down.
//!
//! Invariant of a hole: `kept <= next <= len`, and the elements before `kept` and at `next..len` are
//! initialised; others are not.

use core::{
    fmt,
    iter::FusedIterator,
    ops::{Range, RangeBounds},
    ptr::NonNull,
};

use super::BumpVector;
use crate::{
    alloc::{Allocator, Global},
    bits::doubling::Runs,
    raw::range,
};

struct Hole<'a, T, A: Allocator> {
    vector: &'a mut BumpVector<T, A>,
    kept: usize,
    next: usize,
    len: usize,
}

impl<'a, T, A: Allocator> Hole<'a, T, A> {
    fn open(vector: &'a mut BumpVector<T, A>, at: usize) -> Self {
        let len = vector.len();
        // SAFETY: fewer elements are initialised as well.
        unsafe { vector.set_len(at) };
        Self { vector, kept: at, next: at, len }
    }

    /// Moves the first element of the rest to the kept ones.
    fn keep(&mut self) {
        if self.kept != self.next {
            let (from, to) = (self.vector.at(self.next), self.vector.at(self.kept));
            // SAFETY: the first is initialised, the second is not, and they differ.
            unsafe { from.copy_to_nonoverlapping(to, 1) };
        }
        self.kept += 1;
        self.next += 1;
    }

    /// Takes the first element out of the rest.
    fn take(&mut self) -> T {
        let element = self.vector.at(self.next);
        self.next += 1;
        // SAFETY: it was initialised, and is no longer in the rest.
        unsafe { element.read() }
    }
}

impl<T, A: Allocator> Drop for Hole<'_, T, A> {
    fn drop(&mut self) {
        while self.next < self.len {
            self.keep();
        }
        // SAFETY: all elements before it are kept.
        unsafe { self.vector.set_len(self.kept) };
    }
}

impl<T, A: Allocator> BumpVector<T, A> {
    /// Takes the last element out.
    pub fn pop(&mut self) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        // SAFETY: fewer elements are initialised as well.
        unsafe { self.set_len(last) };
        // SAFETY: the element was initialised, and is behind the length now.
        Some(unsafe { self.at(last).read() })
    }

    /// Drops the elements from `len` on. Buckets stay.
    pub fn truncate(&mut self, len: usize) {
        let old = self.len();
        if len < old {
            // SAFETY: fewer elements are initialised as well.
            unsafe { self.set_len(len) };
            // SAFETY: these were initialised, and are behind the length now.
            unsafe { self.drop_range(len..old) };
        }
    }

    /// Drops all elements. Buckets stay.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Keeps the elements that `keep` wants. Those behind the first that goes are moved. O(n).
    ///
    /// ```
    /// let mut vector = larder::BumpVector::<_>::from_iter(0..10);
    /// vector.retain(|n| n % 3 == 0);
    /// assert_eq!(vector, [0, 3, 6, 9]);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// [`retain`](Self::retain), which may change them.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut T) -> bool) {
        self.extract_if(.., |element| !keep(element)).for_each(drop);
    }

    /// Takes the elements of a range out that `wanted` chooses, as they are asked for. Those behind
    /// the first that goes are moved. O(n).
    ///
    /// # Panics
    ///
    /// When the range is not within the length.
    ///
    /// ```
    /// let mut vector = larder::BumpVector::<_>::from_iter(0..10);
    /// assert!(vector.extract_if(2.., |n| *n % 3 == 0).eq([3, 6, 9]));
    /// assert_eq!(vector, [0, 1, 2, 4, 5, 7, 8]);
    /// ```
    #[track_caller]
    pub fn extract_if<F: FnMut(&mut T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        wanted: F,
    ) -> ExtractIf<'_, T, F, A> {
        let Range { start, end } = range::within(range, self.len());
        ExtractIf { hole: Hole::open(self, start), end, wanted }
    }

    /// Takes a range of elements out, also those that are not asked for. Those behind are moved. O(n).
    ///
    /// # Panics
    ///
    /// When the range is not within the length.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T, A> {
        let left = range::within(range, self.len());
        let mut hole = Hole::open(self, left.start);
        hole.next = left.end;
        Drain { left, hole }
    }

    /// Drops elements, also when dropping one of them panics.
    ///
    /// # Safety
    ///
    /// They are initialised, and given up.
    pub(super) unsafe fn drop_range(&mut self, range: Range<usize>) {
        struct Left<'v, T, A: Allocator>(&'v BumpVector<T, A>, Runs);

        impl<T, A: Allocator> Left<'_, T, A> {
            fn go_on(&mut self) {
                for run in self.1.by_ref() {
                    let slice = NonNull::slice_from_raw_parts(self.0.at(run.start), run.len());
                    // SAFETY: the caller has said so, and each run comes once.
                    unsafe { slice.drop_in_place() };
                }
            }
        }

        impl<T, A: Allocator> Drop for Left<'_, T, A> {
            fn drop(&mut self) {
                self.go_on();
            }
        }

        if core::mem::needs_drop::<T>() {
            let runs = Runs::new(range, self.first);
            Left(self, runs).go_on();
        }
    }
}

/// Takes out what a closure chooses, by [`extract_if`](BumpVector::extract_if). When it is dropped,
/// what it has not come to stays.
pub struct ExtractIf<'a, T, F, A: Allocator = Global> {
    hole: Hole<'a, T, A>,
    end: usize,
    wanted: F,
}

impl<T, F: FnMut(&mut T) -> bool, A: Allocator> Iterator for ExtractIf<'_, T, F, A> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.hole.next < self.end {
            let mut element = self.hole.vector.at(self.hole.next);
            // SAFETY: it is of the rest, so initialised, and borrowed with the vector.
            if (self.wanted)(unsafe { element.as_mut() }) {
                return Some(self.hole.take());
            }
            self.hole.keep();
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.end - self.hole.next))
    }
}

impl<T, F: FnMut(&mut T) -> bool, A: Allocator> FusedIterator for ExtractIf<'_, T, F, A> {}

impl<T, F, A: Allocator> fmt::Debug for ExtractIf<'_, T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf")
            .field("left", &(self.hole.next..self.end))
            .finish_non_exhaustive()
    }
}

/// Takes out a range, by [`drain`](BumpVector::drain).
///
/// Invariant: the elements at `left`, which is in the hole, are initialised and this iterator's.
pub struct Drain<'a, T, A: Allocator = Global> {
    left: Range<usize>,
    hole: Hole<'a, T, A>,
}

impl<T, A: Allocator> Iterator for Drain<'_, T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        // SAFETY: it is initialised, and no longer left.
        Some(unsafe { self.hole.vector.at(index).read() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T, A: Allocator> DoubleEndedIterator for Drain<'_, T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.left.next_back()?;
        // SAFETY: it is initialised, and no longer left.
        Some(unsafe { self.hole.vector.at(index).read() })
    }
}

impl<T, A: Allocator> ExactSizeIterator for Drain<'_, T, A> {}
impl<T, A: Allocator> FusedIterator for Drain<'_, T, A> {}

impl<T, A: Allocator> Drop for Drain<'_, T, A> {
    fn drop(&mut self) {
        let left = core::mem::take(&mut self.left);
        // SAFETY: what is left is initialised, and no longer left. The hole closes after.
        unsafe { self.hole.vector.drop_range(left) };
    }
}

impl<T, A: Allocator> fmt::Debug for Drain<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.left).finish_non_exhaustive()
    }
}
