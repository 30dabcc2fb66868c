#![expect(unsafe_code, reason = "borrows elements of nodes")]
//! Iterators over an owned list: shared, mutable, by value, draining, and by choice.

use core::{fmt, iter::FusedIterator, marker::PhantomData};

use super::{OwnedList, exclusive, shared};
use crate::{
    alloc::{Allocator, Global},
    raw::chain::{Link, Walk},
};

/// The elements, by [`iter`](OwnedList::iter).
pub struct Iter<'a, T> {
    walk: Walk,
    elements: PhantomData<&'a T>,
}

impl<'a, T> Iter<'a, T> {
    pub(super) const fn new<A: Allocator>(list: &'a OwnedList<T, A>) -> Self {
        Self { walk: list.chain.walk(), elements: PhantomData }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { walk: self.walk.clone(), elements: PhantomData }
    }
}

impl<T> Default for Iter<'_, T> {
    fn default() -> Self {
        Self { walk: Walk::empty(), elements: PhantomData }
    }
}

impl<T: fmt::Debug> fmt::Debug for Iter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<'a, T> Iterator for Iter<'a, T> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        // SAFETY: nodes of the list hold elements, which are shared for 'a.
        self.walk.next().map(|node| unsafe { shared(node) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.walk.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        // SAFETY: nodes of the list hold elements, which are shared for 'a.
        self.walk.next_back().map(|node| unsafe { shared(node) })
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

// SAFETY: it lends shared elements, and reads links that nobody changes meanwhile.
unsafe impl<T: Sync> Send for Iter<'_, T> {}
// SAFETY: the same.
unsafe impl<T: Sync> Sync for Iter<'_, T> {}

/// The elements, to change, by [`iter_mut`](OwnedList::iter_mut).
pub struct IterMut<'a, T> {
    walk: Walk,
    elements: PhantomData<&'a mut T>,
}

impl<'a, T> IterMut<'a, T> {
    pub(super) const fn new<A: Allocator>(list: &'a mut OwnedList<T, A>) -> Self {
        Self { walk: list.chain.walk(), elements: PhantomData }
    }
}

impl<T> Default for IterMut<'_, T> {
    fn default() -> Self {
        Self { walk: Walk::empty(), elements: PhantomData }
    }
}

impl<T: fmt::Debug> fmt::Debug for IterMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left: Iter<'_, T> = Iter { walk: self.walk.clone(), elements: PhantomData };
        left.fmt(f)
    }
}

impl<'a, T> Iterator for IterMut<'a, T> {
    type Item = &'a mut T;

    #[inline]
    fn next(&mut self) -> Option<&'a mut T> {
        // SAFETY: nodes of the list hold elements, borrowed for 'a; each comes once.
        self.walk.next().map(|node| unsafe { exclusive(node) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.walk.size_hint()
    }
}

impl<T> DoubleEndedIterator for IterMut<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        // SAFETY: nodes of the list hold elements, borrowed for 'a; each comes once.
        self.walk.next_back().map(|node| unsafe { exclusive(node) })
    }
}

impl<T> ExactSizeIterator for IterMut<'_, T> {}
impl<T> FusedIterator for IterMut<'_, T> {}

// SAFETY: it lends its elements alone.
unsafe impl<T: Send> Send for IterMut<'_, T> {}
// SAFETY: shared, it lends shared elements.
unsafe impl<T: Sync> Sync for IterMut<'_, T> {}

/// The elements by value.
pub struct IntoIter<T, A: Allocator = Global> {
    list: OwnedList<T, A>,
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for IntoIter<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.list).finish()
    }
}

impl<T: Clone, A: Allocator + Clone> Clone for IntoIter<T, A> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone() }
    }
}

impl<T, A: Allocator> Iterator for IntoIter<T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.list.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.list.len(), Some(self.list.len()))
    }
}

impl<T, A: Allocator> DoubleEndedIterator for IntoIter<T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.list.pop_back()
    }
}

impl<T, A: Allocator> ExactSizeIterator for IntoIter<T, A> {}
impl<T, A: Allocator> FusedIterator for IntoIter<T, A> {}

/// Takes all elements out, by [`drain`](OwnedList::drain). When it is leaked, those that it has not
/// come to stay.
pub struct Drain<'a, T, A: Allocator = Global> {
    list: &'a mut OwnedList<T, A>,
}

impl<'a, T, A: Allocator> Drain<'a, T, A> {
    pub(super) const fn new(list: &'a mut OwnedList<T, A>) -> Self {
        Self { list }
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for Drain<'_, T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.list).finish()
    }
}

impl<T, A: Allocator> Iterator for Drain<'_, T, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.list.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.list.len(), Some(self.list.len()))
    }
}

impl<T, A: Allocator> DoubleEndedIterator for Drain<'_, T, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.list.pop_back()
    }
}

impl<T, A: Allocator> ExactSizeIterator for Drain<'_, T, A> {}
impl<T, A: Allocator> FusedIterator for Drain<'_, T, A> {}

impl<T, A: Allocator> Drop for Drain<'_, T, A> {
    fn drop(&mut self) {
        /// Goes on when dropping an element panics.
        struct Left<'l, T, A: Allocator>(&'l mut OwnedList<T, A>);

        impl<T, A: Allocator> Drop for Left<'_, T, A> {
            fn drop(&mut self) {
                while self.0.pop_front().is_some() {}
            }
        }

        let left = Left(self.list);
        while left.0.pop_front().is_some() {}
    }
}

/// Takes out what a closure chooses, by [`extract_if`](OwnedList::extract_if). When it is dropped,
/// what it has not come to stays.
pub struct ExtractIf<'a, T, F, A: Allocator = Global> {
    list: &'a mut OwnedList<T, A>,
    next: Link,
    left: usize,
    wanted: F,
}

impl<'a, T, F, A: Allocator> ExtractIf<'a, T, F, A> {
    pub(super) const fn new(list: &'a mut OwnedList<T, A>, wanted: F) -> Self {
        let (next, left) = (list.chain.first(), list.len());
        Self { list, next, left, wanted }
    }
}

impl<T, F: FnMut(&mut T) -> bool, A: Allocator> Iterator for ExtractIf<'_, T, F, A> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while let Some(node) = self.next {
            self.next = self.list.chain.after(self.next);
            self.left -= 1;
            // SAFETY: nodes of the list hold elements, borrowed with it.
            if (self.wanted)(unsafe { exclusive(node) }) {
                return Some(self.list.remove_at(node));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<T, F: FnMut(&mut T) -> bool, A: Allocator> FusedIterator for ExtractIf<'_, T, F, A> {}

impl<T, F, A: Allocator> fmt::Debug for ExtractIf<'_, T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<T, A: Allocator> IntoIterator for OwnedList<T, A> {
    type Item = T;
    type IntoIter = IntoIter<T, A>;

    fn into_iter(self) -> IntoIter<T, A> {
        IntoIter { list: self }
    }
}

impl<'a, T, A: Allocator> IntoIterator for &'a OwnedList<T, A> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, A: Allocator> IntoIterator for &'a mut OwnedList<T, A> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
