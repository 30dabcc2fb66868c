#![expect(unsafe_code, reason = "promises that elements stay where they are")]
//! Elements that may rely on their place.
//!
//! Invariant 1: no method moves an element, or gives out a `&mut T` where `T` is not `Unpin`; an
//! element is dropped before its slot is used again or freed, and memory that is leaked stays valid
//! ([`NeverInvalidates`]).

use core::{fmt, pin::Pin};

use super::{Iter, Key, KeyedVector};
use crate::{
    alloc::{Global, NeverInvalidates, Refused},
    panics,
};

/// A vector whose elements are pinned: futures, say, or nodes that point to each other.
///
/// ```
/// use larder::{StableVector, collections::stable_vector::Pinned};
/// use std::task::{Context, Poll, Waker};
///
/// let mut tasks = StableVector::new().into_pinned();
/// let handle = tasks.insert(async { 5 });
/// let task = tasks.get_mut(handle).unwrap();
/// assert_eq!(task.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(5));
/// assert!(tasks.remove(handle));
/// # use std::future::Future;
/// # let _: &Pinned<_, _> = &tasks;
/// ```
pub struct Pinned<T, K: Key, A: NeverInvalidates = Global> {
    vector: KeyedVector<T, K, A>,
}

impl<T, K: Key, A: NeverInvalidates> KeyedVector<T, K, A> {
    /// Pins the elements, those that are there and those to come.
    #[must_use]
    pub const fn into_pinned(self) -> Pinned<T, K, A> {
        Pinned { vector: self }
    }
}

impl<T, K: Key, A: NeverInvalidates> Pinned<T, K, A> {
    /// Puts an element into a free slot.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, value: T) -> K {
        panics::taken(self.try_insert(value))
    }

    /// [`insert`](Self::insert), or an error with the element.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_insert(&mut self, value: T) -> Result<K, Refused<T>> {
        self.vector.try_insert(value)
    }

    /// The element that `handle` names.
    #[inline]
    #[must_use]
    pub fn get(&self, handle: K) -> Option<Pin<&T>> {
        // SAFETY: elements are pinned (1).
        self.vector.get(handle).map(|element| unsafe { Pin::new_unchecked(element) })
    }

    /// The element that `handle` names, to write.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, handle: K) -> Option<Pin<&mut T>> {
        // SAFETY: elements are pinned (1).
        self.vector.get_mut(handle).map(|element| unsafe { Pin::new_unchecked(element) })
    }

    /// Drops the element that `handle` names, where it is. Returns whether there was one.
    pub fn remove(&mut self, handle: K) -> bool {
        let found = self.vector.slots.find(handle);
        if let Some(found) = found {
            // SAFETY: it has just been found.
            unsafe { self.vector.slots.drop_one(found) };
        }
        found.is_some()
    }

    /// Keeps the elements for which `keep` is true, and drops the others where they are.
    pub fn retain(&mut self, mut keep: impl FnMut(K, Pin<&mut T>) -> bool) {
        self.vector.retain_pairs(|handle, element| {
            // SAFETY: elements are pinned, and are dropped where they are (1).
            keep(handle, unsafe { Pin::new_unchecked(element) })
        });
    }

    /// Drops all elements.
    pub fn clear(&mut self) {
        self.vector.clear();
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.vector.len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.vector.is_empty()
    }

    /// The elements.
    pub fn iter(&self) -> Iter<'_, T> {
        self.vector.iter()
    }

    /// The elements with their handles, to write.
    pub fn pairs_mut(&mut self) -> impl DoubleEndedIterator<Item = (K, Pin<&mut T>)> {
        // SAFETY: elements are pinned (1).
        self.vector.pairs_mut().map(|(handle, e)| (handle, unsafe { Pin::new_unchecked(e) }))
    }

    /// The vector, when its elements do not rely on their places.
    #[must_use]
    pub fn into_inner(self) -> KeyedVector<T, K, A>
    where
        T: Unpin,
    {
        self.vector
    }
}

impl<T: fmt::Debug, K: Key, A: NeverInvalidates> fmt::Debug for Pinned<T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.vector.fmt(f)
    }
}
