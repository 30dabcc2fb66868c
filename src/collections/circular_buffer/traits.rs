#![expect(unsafe_code, reason = "borrows single slots")]
//! Looking at a queue: by position, by comparison, as a whole; and making one of elements.

use core::{
    cmp::Ordering,
    ops::{Index, IndexMut, RangeBounds},
};

use super::{Full, Iter, IterMut, Place, Ring, Two};
use crate::{
    alloc::Refusal,
    collections::sequence::sequence,
    panics,
    raw::{heap::Heap, range, storage::Storage},
};

impl<T, F: Full, A: Place> Ring<T, F, A> {
    /// The element at `index`, counted from the first.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        if index >= self.len() {
            return None;
        }
        let slot = self.storage.as_ptr().wrapping_add(self.index_of(index));
        // SAFETY: the element is initialised, and borrowed with `self`.
        Some(unsafe { &*slot })
    }

    /// The element at `index`, to write.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index >= self.len() {
            return None;
        }
        // SAFETY: the element is initialised, and borrowed with `self`.
        Some(unsafe { self.slot(index).as_mut() })
    }

    /// The first element.
    #[inline]
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.get(0)
    }

    /// The first element, to write.
    #[inline]
    #[must_use]
    pub fn front_mut(&mut self) -> Option<&mut T> {
        self.get_mut(0)
    }

    /// The last element.
    #[inline]
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.get(self.len().wrapping_sub(1))
    }

    /// The last element, to write.
    #[inline]
    #[must_use]
    pub fn back_mut(&mut self) -> Option<&mut T> {
        self.get_mut(self.len().wrapping_sub(1))
    }

    /// The elements, from the first to the last.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        Two::new(self.as_slices())
    }

    /// The elements, to write.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        Two::new(self.as_mut_slices())
    }

    /// The elements of a range.
    ///
    /// # Panics
    ///
    /// When the range is not within the queue.
    #[track_caller]
    pub fn range(&self, range: impl RangeBounds<usize>) -> Iter<'_, T> {
        let range = range::within(range, self.len());
        Two::new(self.slices(range.start, range.end))
    }

    /// The elements of a range, to write.
    ///
    /// # Panics
    ///
    /// When the range is not within the queue.
    #[track_caller]
    pub fn range_mut(&mut self, range: impl RangeBounds<usize>) -> IterMut<'_, T> {
        let range = range::within(range, self.len());
        Two::new(self.mut_slices(range.start, range.end))
    }

    /// Whether there is an element equal to `value`.
    pub fn contains(&self, value: &T) -> bool
    where
        T: PartialEq,
    {
        let (first, second) = self.as_slices();
        first.contains(value) || second.contains(value)
    }

    /// How many elements come before the first for which `before` is false, in a queue where it is
    /// true for the first ones only. O(log n).
    #[must_use]
    pub fn partition_point(&self, mut before: impl FnMut(&T) -> bool) -> usize {
        let (first, second) = self.as_slices();
        match second.first() {
            Some(middle) if before(middle) => first.len() + second.partition_point(before),
            _ => first.partition_point(before),
        }
    }

    /// Looks `value` up in a sorted queue. O(log n).
    ///
    /// # Errors
    ///
    /// Where it would belong, when it is not there.
    pub fn binary_search(&self, value: &T) -> Result<usize, usize>
    where
        T: Ord,
    {
        self.binary_search_by(|element| element.cmp(value))
    }

    /// [`binary_search`](Self::binary_search) by a key.
    ///
    /// # Errors
    ///
    /// Where it would belong, when it is not there.
    pub fn binary_search_by_key<K: Ord>(
        &self,
        key: &K,
        mut of: impl FnMut(&T) -> K,
    ) -> Result<usize, usize> {
        self.binary_search_by(|element| of(element).cmp(key))
    }

    /// [`binary_search`](Self::binary_search) by a comparison.
    ///
    /// # Errors
    ///
    /// Where it would belong, when it is not there.
    pub fn binary_search_by(
        &self,
        mut compare: impl FnMut(&T) -> Ordering,
    ) -> Result<usize, usize> {
        let (first, second) = self.as_slices();
        match second.first().map(&mut compare) {
            Some(Ordering::Equal) => Ok(first.len()),
            Some(Ordering::Less) => second
                .binary_search_by(compare)
                .map(|index| index + first.len())
                .map_err(|index| index + first.len()),
            _ => first.binary_search_by(compare),
        }
    }
}

sequence! {
    [F: Full, A: Place] Ring<T, F, A>,
    [G: Full, B: Place] Ring<T, G, B>,
    [F: Full] Ring<T, F>,
    |vec| Self::from_storage(Heap::from_vec(vec)),
}

impl<T: Clone, F: Full, A: Place + Clone> Clone for Ring<T, F, A> {
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }
}

impl<T: Clone, F: Full, A: Place + Clone> Ring<T, F, A> {
    /// A clone of the elements with the same capacity, in memory of a clone of the allocator.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal> {
        let mut this = Self::try_with_capacity_in(self.limit, self.allocator().clone())?;
        let stored = this.extend_within_capacity(self.iter().cloned());
        debug_assert!(stored.is_ok());
        Ok(this)
    }
}

impl<T, F: Full, A: Place> Index<usize> for Ring<T, F, A> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(element) => element,
            None => panics::out_of_bounds("out of bounds: element", index, "<", self.len()),
        }
    }
}

impl<T, F: Full, A: Place> IndexMut<usize> for Ring<T, F, A> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(element) => element,
            None => panics::out_of_bounds("out of bounds: element", index, "<", len),
        }
    }
}
