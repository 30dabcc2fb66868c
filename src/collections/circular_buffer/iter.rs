//! Iterators over a queue: two slices one after the other, or by value.

use core::{fmt, iter::FusedIterator, mem, slice};

use super::{Full, Grow, Place, Ring};
use crate::alloc::Global;

/// Two iterators, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Two<I> {
    first: I,
    second: I,
}

/// The elements of a queue.
pub type Iter<'a, T> = Two<slice::Iter<'a, T>>;

/// The elements of a queue, to write.
pub type IterMut<'a, T> = Two<slice::IterMut<'a, T>>;

impl<I> Two<I> {
    pub(super) fn new<S: IntoIterator<IntoIter = I>>((first, second): (S, S)) -> Self {
        Self { first: first.into_iter(), second: second.into_iter() }
    }
}

impl<I: ExactSizeIterator> Iterator for Two<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        let item = self.first.next();
        if item.is_some() {
            return item;
        }
        mem::swap(&mut self.first, &mut self.second);
        self.first.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.first.len() + self.second.len();
        (len, Some(len))
    }

    #[inline]
    fn fold<B, G: FnMut(B, I::Item) -> B>(self, start: B, mut with: G) -> B {
        let first = self.first.fold(start, &mut with);
        self.second.fold(first, with)
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<I::Item> {
        let first = self.first.len();
        if n >= first {
            mem::swap(&mut self.first, &mut self.second);
            self.second.by_ref().for_each(drop);
            return self.first.nth(n - first);
        }
        self.first.nth(n)
    }
}

impl<I: ExactSizeIterator + DoubleEndedIterator> DoubleEndedIterator for Two<I> {
    #[inline]
    fn next_back(&mut self) -> Option<I::Item> {
        let item = self.second.next_back();
        if item.is_some() { item } else { self.first.next_back() }
    }

    #[inline]
    fn rfold<B, G: FnMut(B, I::Item) -> B>(self, start: B, mut with: G) -> B {
        let second = self.second.rfold(start, &mut with);
        self.first.rfold(second, with)
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for Two<I> {}
impl<I: ExactSizeIterator> FusedIterator for Two<I> {}

/// The elements of a queue, by value; made by `into_iter`.
#[derive(Clone)]
pub struct IntoIter<T, F: Full = Grow, A: Place = Global> {
    ring: Ring<T, F, A>,
}

impl<T, F: Full, A: Place> Iterator for IntoIter<T, F, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.ring.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.ring.len(), Some(self.ring.len()))
    }
}

impl<T, F: Full, A: Place> DoubleEndedIterator for IntoIter<T, F, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.ring.pop_back()
    }
}

impl<T, F: Full, A: Place> ExactSizeIterator for IntoIter<T, F, A> {}
impl<T, F: Full, A: Place> FusedIterator for IntoIter<T, F, A> {}

impl<T: fmt::Debug, F: Full, A: Place> fmt::Debug for IntoIter<T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.ring).finish()
    }
}

impl<T, F: Full, A: Place> IntoIterator for Ring<T, F, A> {
    type Item = T;
    type IntoIter = IntoIter<T, F, A>;

    fn into_iter(self) -> IntoIter<T, F, A> {
        IntoIter { ring: self }
    }
}

impl<'a, T, F: Full, A: Place> IntoIterator for &'a Ring<T, F, A> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T, F: Full, A: Place> IntoIterator for &'a mut Ring<T, F, A> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}
