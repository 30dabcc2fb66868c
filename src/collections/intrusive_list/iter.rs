#![expect(unsafe_code, reason = "lends elements that are known by their links")]
//! Iterators over an intrusive list: shared, by pointer, draining, and by choice.

use core::{fmt, iter::FusedIterator, marker::PhantomData};

use super::{Adapter, IntrusiveList, Pointer, shared};
use crate::raw::chain::{Link as Place, Walk};

/// The elements, by [`iter`](IntrusiveList::iter).
pub struct Iter<'a, T> {
    walk: Walk,
    offset: usize,
    elements: PhantomData<&'a T>,
}

impl<'a, T> Iter<'a, T> {
    pub(super) const fn new<P: Pointer<Target = T>, A: Adapter<T>>(
        list: &'a IntrusiveList<P, A>,
    ) -> Self {
        Self { walk: list.chain.walk(), offset: list.offset, elements: PhantomData }
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        Self { walk: self.walk.clone(), ..*self }
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
        // SAFETY: the nodes are elements of the list, which is shared for 'a.
        self.walk.next().map(|node| unsafe { shared(node, self.offset) })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.walk.size_hint()
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        // SAFETY: the nodes are elements of the list, which is shared for 'a.
        self.walk.next_back().map(|node| unsafe { shared(node, self.offset) })
    }
}

impl<T> ExactSizeIterator for Iter<'_, T> {}
impl<T> FusedIterator for Iter<'_, T> {}

/// The pointers.
pub struct IntoIter<P: Pointer, A: Adapter<P::Target>> {
    list: IntrusiveList<P, A>,
}

impl<P: Pointer, A: Adapter<P::Target>> fmt::Debug for IntoIter<P, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").field("left", &self.list.len()).finish_non_exhaustive()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> Iterator for IntoIter<P, A> {
    type Item = P;

    #[inline]
    fn next(&mut self) -> Option<P> {
        self.list.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.list.len(), Some(self.list.len()))
    }
}

impl<P: Pointer, A: Adapter<P::Target>> DoubleEndedIterator for IntoIter<P, A> {
    #[inline]
    fn next_back(&mut self) -> Option<P> {
        self.list.pop_back()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> ExactSizeIterator for IntoIter<P, A> {}
impl<P: Pointer, A: Adapter<P::Target>> FusedIterator for IntoIter<P, A> {}

/// Takes all elements out, by [`drain`](IntrusiveList::drain). When it is leaked, those that it has not
/// come to stay.
pub struct Drain<'a, P: Pointer, A: Adapter<P::Target>> {
    list: &'a mut IntrusiveList<P, A>,
}

impl<'a, P: Pointer, A: Adapter<P::Target>> Drain<'a, P, A> {
    pub(super) const fn new(list: &'a mut IntrusiveList<P, A>) -> Self {
        Self { list }
    }
}

impl<P: Pointer, A: Adapter<P::Target>> fmt::Debug for Drain<'_, P, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.list.len()).finish_non_exhaustive()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> Iterator for Drain<'_, P, A> {
    type Item = P;

    #[inline]
    fn next(&mut self) -> Option<P> {
        self.list.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.list.len(), Some(self.list.len()))
    }
}

impl<P: Pointer, A: Adapter<P::Target>> DoubleEndedIterator for Drain<'_, P, A> {
    #[inline]
    fn next_back(&mut self) -> Option<P> {
        self.list.pop_back()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> ExactSizeIterator for Drain<'_, P, A> {}
impl<P: Pointer, A: Adapter<P::Target>> FusedIterator for Drain<'_, P, A> {}

impl<P: Pointer, A: Adapter<P::Target>> Drop for Drain<'_, P, A> {
    fn drop(&mut self) {
        /// Goes on when dropping a pointer panics.
        struct Left<'l, P: Pointer, A: Adapter<P::Target>>(&'l mut IntrusiveList<P, A>);

        impl<P: Pointer, A: Adapter<P::Target>> Drop for Left<'_, P, A> {
            fn drop(&mut self) {
                while self.0.pop_front().is_some() {}
            }
        }

        let left = Left(self.list);
        while left.0.pop_front().is_some() {}
    }
}

/// Takes out what a closure chooses, by [`extract_if`](IntrusiveList::extract_if). When it is dropped,
/// what it has not come to stays.
pub struct ExtractIf<'a, P: Pointer, A: Adapter<P::Target>, F> {
    list: &'a mut IntrusiveList<P, A>,
    next: Place,
    left: usize,
    wanted: F,
}

impl<'a, P: Pointer, A: Adapter<P::Target>, F> ExtractIf<'a, P, A, F> {
    pub(super) const fn new(list: &'a mut IntrusiveList<P, A>, wanted: F) -> Self {
        let (next, left) = (list.chain.first(), list.len());
        Self { list, next, left, wanted }
    }
}

impl<P: Pointer, A: Adapter<P::Target>, F: FnMut(&P::Target) -> bool> Iterator
    for ExtractIf<'_, P, A, F>
{
    type Item = P;

    fn next(&mut self) -> Option<P> {
        while let Some(node) = self.next {
            self.next = self.list.chain.after(self.next);
            self.left -= 1;
            // SAFETY: the node is an element of the list, which is borrowed.
            if (self.wanted)(unsafe { shared(node, self.list.offset) }) {
                return Some(self.list.remove_at(node));
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left))
    }
}

impl<P: Pointer, A: Adapter<P::Target>, F: FnMut(&P::Target) -> bool> FusedIterator
    for ExtractIf<'_, P, A, F>
{
}

impl<P: Pointer, A: Adapter<P::Target>, F> fmt::Debug for ExtractIf<'_, P, A, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("left", &self.left).finish_non_exhaustive()
    }
}

impl<P: Pointer, A: Adapter<P::Target>> IntoIterator for IntrusiveList<P, A> {
    type Item = P;
    type IntoIter = IntoIter<P, A>;

    fn into_iter(self) -> IntoIter<P, A> {
        IntoIter { list: self }
    }
}

impl<'a, P: Pointer, A: Adapter<P::Target>> IntoIterator for &'a IntrusiveList<P, A> {
    type Item = &'a P::Target;
    type IntoIter = Iter<'a, P::Target>;

    fn into_iter(self) -> Iter<'a, P::Target> {
        self.iter()
    }
}

// SAFETY: it lends shared elements, and reads links that nobody changes meanwhile.
unsafe impl<T: Sync> Send for Iter<'_, T> {}
// SAFETY: the same.
unsafe impl<T: Sync> Sync for Iter<'_, T> {}
