#![expect(unsafe_code, reason = "makes slices of buckets, and reads elements out of them")]
//! Iterators over a bump vector: slices by bucket, elements, elements with those to come, and by value.

use core::{
    fmt,
    iter::{Flatten, FusedIterator},
    marker::PhantomData,
    ops::Range,
    ptr::NonNull,
};

use super::{BumpVector, Directory, locate};
use crate::{
    alloc::{Allocator, Global},
    bits::doubling::Runs,
};

/// The elements bucket by bucket, by [`slices`](BumpVector::slices).
///
/// Invariant: the elements at `runs` are initialised, and shared for `'a`.
pub struct Slices<'a, T> {
    runs: Runs,
    first: usize,
    directory: &'a Directory,
    elements: PhantomData<&'a [T]>,
}

impl<'a, T> Slices<'a, T> {
    pub(super) fn new<A: Allocator>(vector: &'a BumpVector<T, A>) -> Self {
        Self {
            runs: Runs::new(0..vector.len(), vector.first),
            first: vector.first,
            directory: &vector.directory,
            elements: PhantomData,
        }
    }

    #[inline]
    fn slice(&self, run: Range<usize>) -> &'a [T] {
        // SAFETY: there are elements at the run, so there is a bucket.
        let start = unsafe { locate(self.directory, self.first, run.start) };
        // SAFETY: the run is in one bucket, and its elements are initialised and shared for 'a.
        unsafe { NonNull::slice_from_raw_parts(start, run.len()).as_ref() }
    }
}

impl<T> Clone for Slices<'_, T> {
    fn clone(&self) -> Self {
        Self { runs: self.runs.clone(), ..*self }
    }
}

impl<T: fmt::Debug> fmt::Debug for Slices<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T> Iterator for Slices<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        self.runs.next().map(|run| self.slice(run))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.runs.size_hint()
    }
}

impl<T> DoubleEndedIterator for Slices<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.runs.next_back().map(|run| self.slice(run))
    }
}

impl<T> ExactSizeIterator for Slices<'_, T> {}
impl<T> FusedIterator for Slices<'_, T> {}

/// The elements bucket by bucket, to change, by [`slices_mut`](BumpVector::slices_mut).
///
/// Invariant: the elements at `runs` are initialised, and borrowed for `'a` by this alone.
pub struct SlicesMut<'a, T> {
    runs: Runs,
    first: usize,
    directory: &'a Directory,
    elements: PhantomData<&'a mut [T]>,
}

impl<'a, T> SlicesMut<'a, T> {
    pub(super) fn new<A: Allocator>(vector: &'a mut BumpVector<T, A>) -> Self {
        Self {
            runs: Runs::new(0..vector.len(), vector.first),
            first: vector.first,
            directory: &vector.directory,
            elements: PhantomData,
        }
    }

    /// Each run is passed once.
    #[inline]
    fn slice(&self, run: Range<usize>) -> &'a mut [T] {
        // SAFETY: there are elements at the run, so there is a bucket.
        let start = unsafe { locate(self.directory, self.first, run.start) };
        // SAFETY: the run is in one bucket, its elements are initialised and borrowed for 'a, and it
        // left `runs`, so that no other slice has them.
        unsafe { NonNull::slice_from_raw_parts(start, run.len()).as_mut() }
    }
}

impl<T: fmt::Debug> fmt::Debug for SlicesMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlicesMut").field("runs", &self.runs).finish_non_exhaustive()
    }
}

impl<'a, T> Iterator for SlicesMut<'a, T> {
    type Item = &'a mut [T];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [T]> {
        self.runs.next().map(|run| self.slice(run))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.runs.size_hint()
    }
}

impl<T> DoubleEndedIterator for SlicesMut<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.runs.next_back().map(|run| self.slice(run))
    }
}

impl<T> ExactSizeIterator for SlicesMut<'_, T> {}
impl<T> FusedIterator for SlicesMut<'_, T> {}

/// The elements that were there when it was made, by [`iter`](BumpVector::iter). More may be pushed
/// meanwhile.
pub type Iter<'a, T> = Elements<Slices<'a, T>>;

/// The elements, to change, by [`iter_mut`](BumpVector::iter_mut).
pub type IterMut<'a, T> = Elements<SlicesMut<'a, T>>;

/// The elements of slices, one after the other.
pub struct Elements<S: Iterator<Item: IntoIterator>> {
    flat: Flatten<S>,
    left: usize,
}

impl<S: Iterator<Item: IntoIterator>> Elements<S> {
    pub(super) fn new(slices: S, left: usize) -> Self {
        Self { flat: slices.flatten(), left }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { flat: self.flat.clone(), left: self.left }
    }
}

impl<S: Iterator<Item: IntoIterator>> fmt::Debug for Elements<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elements").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<S: Iterator<Item: IntoIterator>> Iterator for Elements<S> {
    type Item = <S::Item as IntoIterator>::Item;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.saturating_sub(1);
        self.flat.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, each: F) -> B {
        self.flat.fold(init, each)
    }
}

impl<S> DoubleEndedIterator for Elements<S>
where
    S: DoubleEndedIterator<Item: IntoIterator<IntoIter: DoubleEndedIterator>>,
{
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.saturating_sub(1);
        self.flat.next_back()
    }

    #[inline]
    fn rfold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, each: F) -> B {
        self.flat.rfold(init, each)
    }
}

impl<S: Iterator<Item: IntoIterator>> ExactSizeIterator for Elements<S> {}
impl<S: FusedIterator<Item: IntoIterator>> FusedIterator for Elements<S> {}

/// The elements with those that are pushed meanwhile, by [`follow`](BumpVector::follow).
///
/// It is not at an end for ever: after `None`, it goes on when more was pushed.
pub struct Follow<'a, T, A: Allocator = Global> {
    vector: &'a BumpVector<T, A>,
    next: usize,
}

impl<'a, T, A: Allocator> Follow<'a, T, A> {
    pub(super) const fn new(vector: &'a BumpVector<T, A>) -> Self {
        Self { vector, next: 0 }
    }
}

impl<T, A: Allocator> Clone for Follow<'_, T, A> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T, A: Allocator> fmt::Debug for Follow<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follow").field("next", &self.next).finish_non_exhaustive()
    }
}

impl<'a, T, A: Allocator> Iterator for Follow<'a, T, A> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        let element = self.vector.get(self.next)?;
        self.next += 1;
        Some(element)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.vector.len() - self.next, None)
    }
}

/// The elements by value.
///
/// Invariant: the vector's length is 0; the elements at `left` are initialised and this iterator's.
pub struct IntoIter<T, A: Allocator = Global> {
    vector: BumpVector<T, A>,
    left: Range<usize>,
}

impl<T, A: Allocator> IntoIter<T, A> {
    /// The allocator that the buckets come from.
    pub const fn allocator(&self) -> &A {
        self.vector.allocator()
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for IntoIter<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: what is left is initialised.
        let left = self.left.clone().map(|index| unsafe { self.vector.at(index).as_ref() });
        f.debug_list().entries(left).finish()
    }
}

impl<T, A: Allocator> Iterator for IntoIter<T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.left.next()?;
        // SAFETY: the element is initialised, and no longer left.
        Some(unsafe { self.vector.at(index).read() })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl<T, A: Allocator> DoubleEndedIterator for IntoIter<T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.left.next_back()?;
        // SAFETY: the element is initialised, and no longer left.
        Some(unsafe { self.vector.at(index).read() })
    }
}

impl<T, A: Allocator> ExactSizeIterator for IntoIter<T, A> {}
impl<T, A: Allocator> FusedIterator for IntoIter<T, A> {}

impl<T, A: Allocator> Drop for IntoIter<T, A> {
    fn drop(&mut self) {
        let left = core::mem::take(&mut self.left);
        // SAFETY: what is left is initialised, and no longer left.
        unsafe { self.vector.drop_range(left) };
    }
}

impl<T, A: Allocator> IntoIterator for BumpVector<T, A> {
    type Item = T;
    type IntoIter = IntoIter<T, A>;

    fn into_iter(mut self) -> IntoIter<T, A> {
        let len = self.disown();
        IntoIter { vector: self, left: 0..len }
    }
}

impl<'a, T, A: Allocator> IntoIterator for &'a BumpVector<T, A> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, A: Allocator> IntoIterator for &'a mut BumpVector<T, A> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}

// SAFETY: it lends its elements alone, to one thread at a time.
unsafe impl<T: Send> Send for SlicesMut<'_, T> {}
