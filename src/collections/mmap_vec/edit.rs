//! Changes in the middle: each makes known to the storage what it touches, and no more.

use core::ops::{Bound, RangeBounds};

use bytemuck::Pod;

use super::{Drain, FileError, MmapVec, Storage};

impl<T: Pod, S: Storage> MmapVec<T, S> {
    /// The elements in `range`, to write; the next commit logs the pages they are in.
    ///
    /// # Panics
    ///
    /// When the range is not inside.
    #[must_use]
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> &mut [T] {
        let (start, end) = self.bounds(&range);
        self.touch(start, end);
        &mut self.elements()[start..end]
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
        let Some(first) = self.iter().position(|value| !keep(value)) else {
            return;
        };
        let mut kept = first;
        for at in first + 1..self.len() {
            let value = self[at];
            if keep(&value) {
                self[kept] = value;
                kept += 1;
            }
        }
        self.truncate(kept);
    }

    /// Removes elements that equal the one before them. O(n).
    pub fn dedup(&mut self)
    where
        T: PartialEq,
    {
        let mut last: Option<T> = None;
        self.retain(|value| last.replace(*value) != Some(*value));
    }

    /// Removes the elements in `range` and yields them; those behind move up when the iterator is
    /// dropped. If it is leaked, they are lost.
    ///
    /// # Panics
    ///
    /// When the range is not inside.
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T, S> {
        let (start, end) = self.bounds(&range);
        Drain::new(self, start, end)
    }

    fn bounds(&self, range: &impl RangeBounds<usize>) -> (usize, usize) {
        let past = |at: &usize| at.checked_add(1).expect("no range ends past all numbers");
        let start = match range.start_bound() {
            Bound::Included(at) => *at,
            Bound::Excluded(at) => past(at),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(at) => past(at),
            Bound::Excluded(at) => *at,
            Bound::Unbounded => self.len(),
        };
        let len = self.len();
        assert!(start <= end && end <= len, "{start}..{end} is not inside 0..{len}");
        (start, end)
    }
}
