#![expect(unsafe_code, reason = "moves rows within arrays")]
//! Putting rows in and taking rows out, anywhere.

use core::ops::RangeBounds;

use super::{
    SoaVector,
    drain::{Drain, ExtractIf},
    gap::Gap,
    row::{Ref, RefMut, Soa},
};
use crate::{
    alloc::{Allocator, Refused},
    panics,
    raw::range,
};

impl<T: Soa, A: Allocator> SoaVector<T, A> {
    /// Puts `value` before the row at `index`. O(n) in the rows behind it.
    ///
    /// # Panics
    ///
    /// When there are fewer rows than `index`, or memory is refused.
    #[track_caller]
    pub fn insert(&mut self, index: usize, value: T) {
        panics::taken(self.try_insert(index, value));
    }

    /// [`insert`](Self::insert), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When there are fewer rows than `index`.
    #[track_caller]
    pub fn try_insert(&mut self, index: usize, value: T) -> Result<(), Refused<T>> {
        let len = self.len();
        if index > len {
            panics::out_of_bounds("insertion", index, "<=", len);
        }
        if let Err(refusal) = self.try_reserve(1) {
            return Err(Refused::new(value, refusal));
        }
        // SAFETY: there is room for one more.
        unsafe { self.held.rows.shift(index, index + 1, len - index) };
        // SAFETY: what was there has moved; no code of others runs (3 of `Soa`).
        unsafe { T::write(self.held.rows.raw(), index, value) };
        self.held.rows.len = len + 1;
        Ok(())
    }

    /// Takes the row at `index` out. O(n) in the rows behind it.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[track_caller]
    pub fn remove(&mut self, index: usize) -> T {
        let len = self.len();
        if index >= len {
            panics::out_of_bounds("removal", index, "<", len);
        }
        // SAFETY: the row is initialised, and is overwritten or out of reach after this.
        let value = unsafe { T::read(self.held.rows.raw(), index) };
        // SAFETY: the rows behind it are initialised.
        unsafe { self.held.rows.shift(index + 1, index, len - index - 1) };
        self.held.rows.len = len - 1;
        value
    }

    /// Takes the row at `index` out and puts the last one in its place. O(1).
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[track_caller]
    pub fn swap_remove(&mut self, index: usize) -> T {
        let len = self.len();
        if index >= len {
            panics::out_of_bounds("removal", index, "<", len);
        }
        // SAFETY: the row is initialised, and is overwritten or out of reach after this.
        let value = unsafe { T::read(self.held.rows.raw(), index) };
        // SAFETY: the last row is initialised; it may be the same.
        unsafe { self.held.rows.shift(len - 1, index, 1) };
        self.held.rows.len = len - 1;
        value
    }

    /// Puts `value` in the place of the row at `index`, and returns what was there.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[track_caller]
    pub fn replace(&mut self, index: usize, value: T) -> T {
        let (raw, len) = (self.held.rows.raw(), self.len());
        if index >= len {
            panics::out_of_bounds("out of bounds: row", index, "<", len);
        }
        // SAFETY: the row is initialised, and overwritten next.
        let old = unsafe { T::read(raw, index) };
        // SAFETY: there is nothing in it now.
        unsafe { T::write(raw, index, value) };
        old
    }

    /// Swaps the rows at `a` and `b`.
    ///
    /// # Panics
    ///
    /// When there are none.
    #[inline]
    #[track_caller]
    pub fn swap(&mut self, a: usize, b: usize) {
        let len = self.len();
        if a.max(b) >= len {
            panics::out_of_bounds("out of bounds: row", a.max(b), "<", len);
        }
        if a != b {
            // SAFETY: both are initialised rows, and not one.
            unsafe { self.held.rows.swap(a, b) }
        }
    }

    /// Puts the rows into the opposite order.
    pub fn reverse(&mut self) {
        let len = self.len();
        for at in 0..len / 2 {
            self.swap(at, len - 1 - at);
        }
    }

    /// Keeps the rows of which `keep` says so, in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(Ref<'_, T>) -> bool) {
        let mut gap = Gap::open(&mut self.held.rows, 0);
        while let Some(kept) = gap.first_shared().map(&mut keep) {
            if kept { gap.keep() } else { gap.discard() }
        }
    }

    /// [`retain`](Self::retain), with rows to write.
    pub fn retain_mut(&mut self, mut keep: impl FnMut(RefMut<'_, T>) -> bool) {
        let mut gap = Gap::open(&mut self.held.rows, 0);
        while let Some(kept) = gap.first().map(&mut keep) {
            if kept { gap.keep() } else { gap.discard() }
        }
    }

    /// Drops every row that equals the one before it.
    pub fn dedup(&mut self)
    where
        for<'r> Ref<'r, T>: PartialEq,
    {
        let mut gap = Gap::open(&mut self.held.rows, 0);
        while let Some(same) = gap.compare(equal::<T>) {
            if same { gap.discard() } else { gap.keep() }
        }
    }

    /// Drops every row whose key equals that of the one before it.
    pub fn dedup_by_key<K: PartialEq>(&mut self, mut key: impl FnMut(RefMut<'_, T>) -> K) {
        self.dedup_by(|row, kept| key(row) == key(kept));
    }

    /// Drops every row of which `same` says that it equals the kept one before it, which is the second
    /// argument.
    pub fn dedup_by(&mut self, mut same: impl for<'r> FnMut(RefMut<'r, T>, RefMut<'r, T>) -> bool) {
        let mut gap = Gap::open(&mut self.held.rows, 0);
        while let Some(same) = gap.compare_mut(&mut same) {
            if same { gap.discard() } else { gap.keep() }
        }
    }

    /// Takes the rows of `range` out, all of them, even if the iterator is dropped early. Leaked, it
    /// leaves the rows before the range.
    ///
    /// ```
    /// use larder::{Soa, SoaVector};
    /// #[derive(Soa)]
    /// struct One(u32);
    /// let mut ones: SoaVector<_> = (0..6).map(One).collect();
    /// assert_eq!(ones.drain(1..3).map(|one| one.0).sum::<u32>(), 3);
    /// assert_eq!(ones.slices().0, [0, 3, 4, 5]);
    /// ```
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn drain(&mut self, range: impl RangeBounds<usize>) -> Drain<'_, T> {
        let range = range::within(range, self.len());
        Drain::new(&mut self.held.rows, range)
    }

    /// Takes the rows of `range` out that `take` wants, as the iterator goes on. Leaked, it leaves the
    /// rows that were kept.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn extract_if<F: FnMut(RefMut<'_, T>) -> bool>(
        &mut self,
        range: impl RangeBounds<usize>,
        take: F,
    ) -> ExtractIf<'_, T, F> {
        let range = range::within(range, self.len());
        ExtractIf::new(&mut self.held.rows, range, take)
    }
}

/// Rows compared under the one bound that there is.
fn equal<'a, T: Soa>(a: Ref<'a, T>, b: Ref<'a, T>) -> bool
where
    for<'r> Ref<'r, T>: PartialEq,
{
    a == b
}
