#![expect(unsafe_code, reason = "lends rows by position")]
//! Rows one after the other: lent, lent to write, or by value.
//!
//! Invariant 1 of all three: the rows of `range` are initialised, and borrowed for `'a` or the
//! iterator's own. They hold the block and the capacity and not the pointers, whose types are the
//! struct's affair: so a longer lifetime in them passes for a shorter one.

use core::{fmt, iter::FusedIterator, marker::PhantomData, ops::Range};

use super::{
    SoaVector,
    held::Held,
    row::{CloneRow, Ref, RefMut, Slices, Soa},
    rows::Rows,
};
use crate::alloc::{Allocator, Global};

/// How rows are lent: as `&'a T` or `&'a mut T` would be. Implemented for these two.
pub trait Lend<T: Soa> {
    /// A row, lent so.
    type Row;

    /// The row at `at`.
    ///
    /// # Safety
    ///
    /// There is an initialised row, which may be lent so.
    #[doc(hidden)]
    unsafe fn row(raw: T::Raw, at: usize) -> Self::Row;
}

impl<'a, T: Soa> Lend<T> for &'a T {
    type Row = Ref<'a, T>;

    #[inline]
    unsafe fn row(raw: T::Raw, at: usize) -> Ref<'a, T> {
        // SAFETY: as promised.
        unsafe { T::row(raw, at) }
    }
}

impl<'a, T: Soa> Lend<T> for &'a mut T {
    type Row = RefMut<'a, T>;

    #[inline]
    unsafe fn row(raw: T::Raw, at: usize) -> RefMut<'a, T> {
        // SAFETY: as promised.
        unsafe { T::row_mut(raw, at) }
    }
}

/// The rows of a vector, shared; made by [`SoaVector::iter`].
pub type Iter<'a, T> = Lent<T, &'a T>;
/// The rows of a vector, to write; made by [`SoaVector::iter_mut`].
pub type IterMut<'a, T> = Lent<T, &'a mut T>;

/// The rows of a vector, lent as `L` would be: see [`Iter`] and [`IterMut`].
pub struct Lent<T: Soa, L> {
    rows: Rows<T>,
    range: Range<usize>,
    lends: PhantomData<L>,
}

// SAFETY: it lends fields of `T`, as `L` lends a `T` (4 of `Soa`).
unsafe impl<T: Soa, L: Send> Send for Lent<T, L> {}
// SAFETY: as above.
unsafe impl<T: Soa, L: Sync> Sync for Lent<T, L> {}

impl<T: Soa, L: Lend<T>> Lent<T, L> {
    /// # Safety
    ///
    /// The rows of `range` are initialised, and may be lent as `L` would be.
    #[inline]
    pub(super) const unsafe fn new(rows: &Rows<T>, range: Range<usize>) -> Self {
        Self { rows: rows.alias(), range, lends: PhantomData }
    }

    /// The first `count` rows, and the others.
    #[cfg(feature = "rayon")]
    pub(super) fn split_at(self, count: usize) -> (Self, Self) {
        let middle = self.range.start + count.min(self.range.len());
        let front = Self { rows: self.rows.alias(), range: self.range.start..middle, ..self };
        (front, Self { range: middle..self.range.end, ..self })
    }

    #[inline]
    fn at(&mut self, at: usize) -> L::Row {
        // SAFETY: the callers have just taken the position out of the range, so the row is
        // initialised, and lent once (1).
        unsafe { L::row(self.rows.raw(), at) }
    }
}

impl<'a, T: Soa> Iter<'a, T> {
    /// The columns of the rows yet to come.
    #[must_use]
    pub fn slices(&self) -> Slices<'a, T> {
        // SAFETY: the rows are initialised, and borrowed for `'a` (1).
        unsafe { T::slices(self.rows.raw(), self.range.start, self.range.len()) }
    }
}

impl<T: Soa> IterMut<'_, T> {
    /// The columns of the rows yet to come.
    #[must_use]
    pub fn slices(&self) -> Slices<'_, T> {
        // SAFETY: the rows are initialised, and were not lent yet (1).
        unsafe { T::slices(self.rows.raw(), self.range.start, self.range.len()) }
    }
}

impl<T: Soa, L: Lend<T>> Iterator for Lent<T, L> {
    type Item = L::Row;

    #[inline]
    fn next(&mut self) -> Option<L::Row> {
        self.range.next().map(|at| self.at(at))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<L::Row> {
        self.range.nth(n).map(|at| self.at(at))
    }

    #[inline]
    fn count(self) -> usize {
        self.range.len()
    }

    #[inline]
    fn last(mut self) -> Option<L::Row> {
        self.next_back()
    }

    #[inline]
    fn fold<B, F: FnMut(B, L::Row) -> B>(self, init: B, mut f: F) -> B {
        let raw = self.rows.raw();
        // SAFETY: as `at` (1).
        self.range.fold(init, |folded, at| f(folded, unsafe { L::row(raw, at) }))
    }
}

impl<T: Soa, L: Lend<T>> DoubleEndedIterator for Lent<T, L> {
    #[inline]
    fn next_back(&mut self) -> Option<L::Row> {
        self.range.next_back().map(|at| self.at(at))
    }

    #[inline]
    fn nth_back(&mut self, n: usize) -> Option<L::Row> {
        self.range.nth_back(n).map(|at| self.at(at))
    }
}

impl<T: Soa, L: Lend<T>> ExactSizeIterator for Lent<T, L> {}
impl<T: Soa, L: Lend<T>> FusedIterator for Lent<T, L> {}

impl<T: Soa> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.alias(), range: self.range.clone(), lends: PhantomData }
    }
}

impl<T: Soa, L> fmt::Debug for Lent<T, L>
where
    for<'r> Ref<'r, T>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the rows are initialised, and were not lent to write yet (1).
        let rows = unsafe { Iter::<T>::new(&self.rows, self.range.clone()) };
        f.debug_list().entries(rows).finish()
    }
}

/// The rows of a vector, by value; made by `into_iter`.
pub struct IntoIter<T: Soa, A: Allocator = Global> {
    range: Range<usize>,
    held: Held<T, A>,
}

impl<T: Soa, A: Allocator> IntoIter<T, A> {
    /// The columns of the rows yet to come.
    #[must_use]
    pub fn slices(&self) -> Slices<'_, T> {
        // SAFETY: the rows are initialised, and ours (1).
        unsafe { T::slices(self.held.rows.raw(), self.range.start, self.range.len()) }
    }

    /// The allocator.
    #[must_use]
    pub const fn allocator(&self) -> &A {
        &self.held.alloc
    }

    #[inline]
    fn read(&self, at: usize) -> T {
        // SAFETY: the callers have just taken the position out of the range, so the row is
        // initialised, and given up (1).
        unsafe { T::read(self.held.rows.raw(), at) }
    }

    fn rows(&self) -> Iter<'_, T> {
        // SAFETY: the rows are initialised, and ours (1).
        unsafe { Iter::new(&self.held.rows, self.range.clone()) }
    }
}

impl<T: Soa, A: Allocator> Iterator for IntoIter<T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.range.next().map(|at| self.read(at))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<T: Soa, A: Allocator> DoubleEndedIterator for IntoIter<T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.range.next_back().map(|at| self.read(at))
    }
}

impl<T: Soa, A: Allocator> ExactSizeIterator for IntoIter<T, A> {}
impl<T: Soa, A: Allocator> FusedIterator for IntoIter<T, A> {}

impl<T: Soa, A: Allocator> Drop for IntoIter<T, A> {
    fn drop(&mut self) {
        let Range { start, end } = self.range;
        // SAFETY: the rows are initialised and ours (1). The block is freed next, whatever panics.
        unsafe { self.held.rows.drop_rows(start, end - start) }
    }
}

impl<T: Soa, A: Allocator + Clone> Clone for IntoIter<T, A>
where
    for<'r> Ref<'r, T>: CloneRow<Owned = T>,
{
    #[track_caller]
    fn clone(&self) -> Self {
        let mut copy = SoaVector::with_capacity_in(self.len(), self.allocator().clone());
        copy.extend(self.rows().map(CloneRow::cloned));
        copy.into_iter()
    }
}

impl<T: Soa, A: Allocator> fmt::Debug for IntoIter<T, A>
where
    for<'r> Ref<'r, T>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.rows()).finish()
    }
}

impl<T: Soa, A: Allocator> IntoIterator for SoaVector<T, A> {
    type Item = T;
    type IntoIter = IntoIter<T, A>;

    #[inline]
    fn into_iter(self) -> IntoIter<T, A> {
        let held = self.into_held();
        IntoIter { range: 0..held.rows.len, held }
    }
}

impl<'a, T: Soa, A: Allocator> IntoIterator for &'a SoaVector<T, A> {
    type Item = Ref<'a, T>;
    type IntoIter = Iter<'a, T>;

    #[inline]
    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Soa, A: Allocator> IntoIterator for &'a mut SoaVector<T, A> {
    type Item = RefMut<'a, T>;
    type IntoIter = IterMut<'a, T>;

    #[inline]
    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
