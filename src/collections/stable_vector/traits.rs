//! Making a vector of elements, and looking at one as a whole. Vectors are compared and hashed by
//! their elements in order; handles and holes do not count.

use core::{
    iter::Chain,
    ops::{Index, IndexMut},
    option,
};

use super::{Key, KeyedVector};
use crate::{
    alloc::{Allocator, Refusal, Refused},
    collections::sequence::sequence,
    panics,
    raw::slots::Slots,
};

/// What an iterator still had when memory was refused: the element that found no room first.
pub type Rest<I> = Chain<option::IntoIter<<I as Iterator>::Item>, I>;

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// Inserts all elements of `iter`, or hands back what found no room.
    ///
    /// # Errors
    ///
    /// When memory is refused. What was inserted until then stays.
    pub fn try_extend<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        while let Some(value) = iter.next() {
            if let Err(refused) = self.try_insert(value) {
                let refusal = *refused.refusal();
                let rest = Some(refused.into_value()).into_iter().chain(iter);
                return Err(Refused::new(rest, refusal));
            }
        }
        Ok(())
    }

    /// The elements of `iter`, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn from_iter_in<I: IntoIterator<Item = T>>(iter: I, alloc: A) -> Self {
        let mut this = Self::new_in(alloc);
        this.extend(iter);
        this
    }
}

impl<T, K: Key, A: Allocator> Extend<T> for KeyedVector<T, K, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        panics::taken(self.try_extend(iter));
    }
}

impl<'a, T: Copy + 'a, K: Key, A: Allocator> Extend<&'a T> for KeyedVector<T, K, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.extend(iter.into_iter().copied());
    }
}

sequence! {
    [K: Key, A: Allocator] KeyedVector<T, K, A>,
    [L: Key, B: Allocator] KeyedVector<T, L, B>,
    [K: Key] KeyedVector<T, K>,
    |vec| vec.into_iter().collect(),
}

impl<T: Clone, K: Key, A: Allocator + Clone> Clone for KeyedVector<T, K, A> {
    /// Clones of the elements in the same slots: a handle of one names the same element in the other,
    /// unless handles know their vector.
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }
}

impl<T: Clone, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// A clone, in memory of a clone of the allocator.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        self.try_clone_in(self.allocator().clone())
    }

    /// A clone, in memory of another allocator.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone_in<B: Allocator>(&self, alloc: B) -> Result<KeyedVector<T, K, B>, Refusal> {
        let mut copy = KeyedVector { slots: Slots::new(alloc) };
        self.slots.clone_to(&mut copy.slots)?;
        Ok(copy)
    }
}

impl<T, K: Key, A: Allocator> Index<K> for KeyedVector<T, K, A> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, handle: K) -> &T {
        match self.get(handle) {
            Some(element) => element,
            None => panics::stale(&handle),
        }
    }
}

impl<T, K: Key, A: Allocator> IndexMut<K> for KeyedVector<T, K, A> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, handle: K) -> &mut T {
        match self.get_mut(handle) {
            Some(element) => element,
            None => panics::stale(&handle),
        }
    }
}
