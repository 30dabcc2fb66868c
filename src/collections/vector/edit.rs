#![expect(unsafe_code, reason = "moves elements between slots")]
//! Changes in the middle: one element in or out, and those that take some and leave some.

use core::{convert::Infallible, ops::RangeBounds, ptr};

use super::{Drain, DrainFilter, ExtractIf, Splice, Vector};
use crate::{
    alloc::{Refusal, Refused},
    panics,
    raw::{
        gap::Gap,
        range, shift,
        storage::{Fresh, Refuse, Storage},
    },
};

impl<S: Storage> Vector<S> {
    /// Puts `value` before the element at `index`. O(n) in the elements behind.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: S::Item) {
        let Ok(()) = self.insert_or::<Infallible>(index, value);
    }

    /// [`insert`](Self::insert), and lends what was put there.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[inline]
    #[track_caller]
    pub fn insert_mut(&mut self, index: usize, value: S::Item) -> &mut S::Item {
        self.insert(index, value);
        &mut self.as_mut_slice()[index]
    }

    /// [`insert`](Self::insert), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end.
    #[inline]
    #[track_caller]
    pub fn try_insert(&mut self, index: usize, value: S::Item) -> Result<(), Refused<S::Item>> {
        self.insert_or(index, value)
    }

    #[inline]
    #[track_caller]
    fn insert_or<R: Refuse<S::Item>>(&mut self, index: usize, value: S::Item) -> Result<(), R> {
        let len = self.len();
        if index > len {
            panics::out_of_bounds("insertion", index, "<=", len);
        }
        // SAFETY: the position is at most the length.
        unsafe { self.storage.insert(index, value) }
    }

    /// Takes the element at `index` out. O(n) in the elements behind.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> S::Item {
        let (ptr, len, _) = self.storage.parts();
        if index >= len {
            panics::out_of_bounds("removal", index, "<", len);
        }
        // SAFETY: that is one element less, and the last slot is given up by the next lines.
        unsafe { self.storage.set_len(len - 1) };
        // SAFETY: the position is within the length.
        let slot = unsafe { ptr.add(index) };
        // SAFETY: the elements from there on are initialised.
        unsafe { shift::remove(slot, len - index - 1) }
    }

    /// Takes the element at `index` out, and puts the last in its place.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> S::Item {
        let len = self.len();
        if index >= len {
            panics::out_of_bounds("swap_remove", index, "<", len);
        }
        self.swap(index, len - 1);
        self.remove(len - 1)
    }

    /// Drops the elements that `keep` does not want. The others keep their order.
    pub fn retain(&mut self, mut keep: impl FnMut(&S::Item) -> bool) {
        self.retain_mut(|element| keep(element));
    }

    /// [`retain`](Self::retain) with the right to change the elements.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(&mut S::Item) -> bool) {
        self.extract_if(.., |element| !keep(element)).for_each(drop);
    }

    /// Drops elements that equal the one before.
    pub fn dedup(&mut self)
    where
        S::Item: PartialEq,
    {
        self.dedup_by(|this, before| this == before);
    }

    /// Drops elements with the same key as the one before.
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(&mut S::Item) -> K) {
        self.dedup_by(|this, before| key(this) == key(before));
    }

    /// Drops elements that are the same as the one before, as `same(this, before)` has it.
    pub fn dedup_by(&mut self, same: impl FnMut(&mut S::Item, &mut S::Item) -> bool) {
        Gap::open(&mut self.storage, 0).drop_same(same);
    }

    /// Takes the elements of `range` out, in order. What is not consumed is dropped; if the iterator
    /// itself is leaked, so is what comes behind the range.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, S> {
        let range = range::within(range, self.len());
        Drain::new(&mut self.storage, range)
    }

    /// Takes the elements of `range` out, and puts those of `with` in their place when the iterator
    /// is dropped.
    ///
    /// ```
    /// let mut line = larder::SmallVector::<_, 8>::from(["a", "b", "c"]);
    /// assert!(line.splice(1..2, ["x", "y"]).eq(["b"]));
    /// assert_eq!(line, ["a", "x", "y", "c"]);
    /// ```
    ///
    /// # Panics
    ///
    /// When the range is not within the vector, or, when the iterator is dropped, memory is refused.
    #[track_caller]
    pub fn splice<I: IntoIterator<Item = S::Item>>(
        &mut self,
        range: impl RangeBounds<usize>,
        with: I,
    ) -> Splice<'_, S, I::IntoIter> {
        Splice::new(self.drain(range), with.into_iter())
    }

    /// Takes those elements of `range` out that `take` wants. What is not visited stays.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn extract_if<F: FnMut(&mut S::Item) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        take: F,
    ) -> ExtractIf<'_, S, F> {
        let range = range::within(range, self.len());
        ExtractIf::new(Gap::open(&mut self.storage, range.start), range.len(), take)
    }

    /// Takes those elements out that `take` wants, also those that the iterator did not come to: when it
    /// is dropped, it visits the rest.
    ///
    /// ```
    /// # use larder::{SmallVector, vector};
    /// let mut v: SmallVector<u32, 8> = vector![1, 2, 3, 4, 5, 6];
    /// assert_eq!(v.drain_filter(|n| *n % 2 == 0).next(), Some(2));
    /// assert_eq!(v, [1, 3, 5]);
    /// ```
    pub fn drain_filter<F: FnMut(&mut S::Item) -> bool>(
        &mut self,
        take: F,
    ) -> DrainFilter<'_, S, F> {
        self.extract_if(.., take).into_drain_filter()
    }
}

impl<S: Fresh> Vector<S> {
    /// Takes the elements from `at` on into a vector of their own.
    ///
    /// # Panics
    ///
    /// When `at` is behind the end, or memory is refused.
    #[track_caller]
    #[must_use = "call `truncate` to drop the elements"]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        S::Alloc: Clone,
    {
        panics::granted(self.try_split_off(at))
    }

    /// [`split_off`](Self::split_off), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When `at` is behind the end.
    #[track_caller]
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, Refusal>
    where
        S::Alloc: Clone,
    {
        let len = self.len();
        if at > len {
            panics::out_of_bounds("`at` split", at, "<=", len);
        }
        let mut other = Self::try_with_capacity_in(len - at, self.allocator().clone())?;
        let from: *const [S::Item] = &raw const self[at..];
        // SAFETY: fewer elements are initialised as well; the rest is moved.
        unsafe { self.storage.set_len(at) };
        // SAFETY: the elements were initialised (1), and are out of reach here.
        unsafe { other.append_within_capacity(from) };
        Ok(other)
    }
}

impl<S: Storage> Vector<S> {
    /// Moves elements to the end, for which there is room.
    ///
    /// # Safety
    ///
    /// The elements are initialised, not in this vector, and given up by whoever had them; the
    /// capacity has room for them.
    pub(super) unsafe fn append_within_capacity(&mut self, from: *const [S::Item]) {
        let (ptr, len, capacity) = self.storage.parts();
        debug_assert!(from.len() <= capacity - len);
        // SAFETY: the length is within the capacity.
        let to = unsafe { ptr.add(len) };
        // SAFETY: there is room for them, as promised, in memory of our own.
        unsafe { ptr::copy_nonoverlapping(from.cast(), to.as_ptr(), from.len()) };
        // SAFETY: so many more are initialised.
        unsafe { self.storage.set_len(len + from.len()) };
    }
}
