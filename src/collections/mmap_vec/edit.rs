//! Changes in the middle: each makes known to the storage what it touches, and no more.

use core::ops::RangeBounds;

use bytemuck::Pod;

use super::{Drain, ExtractIf, FileError, MmapVec, Storage};
use crate::raw::{gap::Gap, range};

impl<T: Pod, S: Storage> MmapVec<T, S> {
    /// The elements in `range`, to write; the next commit logs the pages they are in.
    ///
    /// # Panics
    ///
    /// When the range is not inside.
    #[must_use]
    #[track_caller]
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> &mut [T] {
        let range = range::within(range, self.len());
        self.touch(range.start, range.end);
        &mut self.elements()[range]
    }

    /// The element at `index`, to write.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        if index < self.len() {
            self.touch(index, index + 1);
        }
        self.elements().get_mut(index)
    }

    /// Writes `value` at `index`, and returns what was there.
    ///
    /// # Panics
    ///
    /// When there is no such element.
    #[inline]
    pub fn set(&mut self, index: usize, value: T) -> T {
        core::mem::replace(&mut self[index], value)
    }

    /// Swaps two elements.
    ///
    /// # Panics
    ///
    /// When there is no such element.
    pub fn swap(&mut self, a: usize, b: usize) {
        let (one, other) = (self[a], self[b]);
        self[a] = other;
        self[b] = one;
    }

    /// Inserts `value` before `index`. O(elements behind it).
    ///
    /// # Errors
    ///
    /// When there is no more memory; the vector is as it was.
    ///
    /// # Panics
    ///
    /// When `index` is past the end.
    pub fn insert(&mut self, index: usize, value: T) -> Result<(), FileError> {
        assert!(index <= self.len(), "the index {index} is past the length {}", self.len());
        self.push(value)?;
        self.slice_mut(index..).rotate_right(1);
        Ok(())
    }

    /// Removes the element at `index` and moves those behind it up. O(elements behind it).
    ///
    /// # Panics
    ///
    /// When there is no such element.
    pub fn remove(&mut self, index: usize) -> T {
        let removed = self[index];
        self.slice_mut(index..).copy_within(1.., 0);
        self.truncate(self.len() - 1);
        removed
    }

    /// Removes the element at `index` and puts the last in its place.
    ///
    /// # Panics
    ///
    /// When there is no such element.
    pub fn swap_remove(&mut self, index: usize) -> T {
        let last = self.len() - 1;
        self.swap(index, last);
        self.pop().expect("there is the element at `index`")
    }

    /// Makes the vector `len` elements long, with copies of `value` for what is new.
    ///
    /// # Errors
    ///
    /// When there is no more memory; the vector is as it was.
    pub fn resize(&mut self, len: usize, value: T) -> Result<(), FileError> {
        let old = self.len();
        if len <= old {
            self.truncate(len);
            return Ok(());
        }
        self.extend((old..len).map(|_| value))
    }

    /// Appends all elements of an iterator.
    ///
    /// # Errors
    ///
    /// When there is no more memory; the vector is as it was.
    pub fn extend(&mut self, values: impl IntoIterator<Item = T>) -> Result<(), FileError> {
        let old = self.len();
        for value in values {
            if let Err(error) = self.push(value) {
                self.truncate(old);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Keeps the elements for which `keep` is true, in their order. O(n).
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        // Those before the first that goes are not touched.
        if let Some(first) = self.iter().position(|value| !keep(value)) {
            let unseen = self.len() - first - 1;
            let mut gap = Gap::open(self, first);
            gap.take();
            ExtractIf::new(gap, unseen, |value| !keep(value)).for_each(drop);
        }
    }

    /// Removes elements that equal the one before them. O(n).
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        if let Some(before) = self.windows(2).position(|two| two[0] == two[1]) {
            Gap::open(self, before + 1).drop_same(|this, before| this == before);
        }
    }

    /// Removes the elements in `range` and yields them; those behind move up when the iterator is
    /// dropped. If it is leaked, they are lost.
    ///
    /// # Panics
    ///
    /// When the range is not inside.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, Self> {
        let len = self.len();
        let range = range::within(range, len);
        // No elements are best taken from the end, where none have to move.
        Drain::new(self, if range.is_empty() { len..len } else { range })
    }

    /// Removes those elements of `range` that `take` wants, and yields them. What is not visited
    /// stays. The next commit logs the pages from the start of the range on, since `take` may write.
    ///
    /// # Panics
    ///
    /// When the range is not inside.
    #[track_caller]
    pub fn extract_if<F: FnMut(&mut T) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        take: F,
    ) -> ExtractIf<'_, Self, F> {
        let range = range::within(range, self.len());
        ExtractIf::new(Gap::open(self, range.start), range.len(), take)
    }
}
