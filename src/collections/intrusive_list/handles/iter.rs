#![forbid(unsafe_code)]
//! The iterator over a list by handles.

use core::{fmt, iter::FusedIterator};

use super::{Broken, Elements, HandleAdapter, HandleLink, HandleList, whole};
use crate::{
    alloc::{Allocator, Global},
    panics,
};

/// The elements with their handles, by [`iter`](HandleList::iter).
pub struct HandleIter<'a, T, L: HandleAdapter<T>, A: Allocator = Global> {
    list: &'a HandleList<T, L>,
    vector: &'a Elements<T, L, A>,
    /// The element that comes, and the one before it.
    front: (Option<L::Key>, Option<L::Key>),
    /// The last that comes, and the one behind it.
    back: (Option<L::Key>, Option<L::Key>),
    left: usize,
}

impl<'a, T, L: HandleAdapter<T>, A: Allocator> HandleIter<'a, T, L, A> {
    pub(super) const fn new(list: &'a HandleList<T, L>, vector: &'a Elements<T, L, A>) -> Self {
        let (front, back) = ((None, list.front()), (None, list.back()));
        Self { list, vector, front, back, left: list.len() }
    }

    /// The element that comes, with its link.
    #[inline]
    #[track_caller]
    fn look(&self, handle: Option<L::Key>) -> (L::Key, &'a T, &'a HandleLink<L::Key>) {
        let here = handle.and_then(|handle| {
            Some((handle, self.vector.get(handle)?, self.list.hook(self.vector, handle).ok()?))
        });
        whole(here.ok_or(Broken))
    }
}

impl<'a, T, L: HandleAdapter<T>, A: Allocator> Iterator for HandleIter<'a, T, L, A> {
    type Item = (L::Key, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (came, at) = self.front;
        let (handle, element, link) = self.look(at);
        if link.prev.get() != came {
            panics::with(&Broken);
        }
        self.front = (at, link.next.get());
        Some((handle, element))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T, L: HandleAdapter<T>, A: Allocator> DoubleEndedIterator for HandleIter<'_, T, L, A> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (came, at) = self.back;
        let (handle, element, link) = self.look(at);
        if link.next.get() != came {
            panics::with(&Broken);
        }
        self.back = (at, link.prev.get());
        Some((handle, element))
    }
}

impl<T, L: HandleAdapter<T>, A: Allocator> ExactSizeIterator for HandleIter<'_, T, L, A> {}
impl<T, L: HandleAdapter<T>, A: Allocator> FusedIterator for HandleIter<'_, T, L, A> {}

impl<T, L: HandleAdapter<T>, A: Allocator> Clone for HandleIter<'_, T, L, A> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T, L: HandleAdapter<T>, A: Allocator> fmt::Debug for HandleIter<'_, T, L, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleIter").field("left", &self.left).finish_non_exhaustive()
    }
}
