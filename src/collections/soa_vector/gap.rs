#![expect(unsafe_code, reason = "moves rows across a hole")]
//! A hole in the rows, which closes by itself.
//!
//! ```text
//! | kept | kept | hole | hole | rest | rest | free |        in each array
//!                ^ len         ^ tail        ^ tail + rest
//! ```
//!
//! Whatever takes rows out of the middle works through this: the length is that of the kept ones, so
//! that a panic, or a leaked iterator, leaves a whole vector behind, and the drop of the gap moves
//! the rest down to the kept ones.
//!
//! Invariants:
//!
//! 1. `rows.len <= tail`, and `tail + rest <= rows.capacity()`.
//! 2. The rows before the length, and `rest` rows from `tail`, are initialised; the hole is not.

use super::{
    row::{Ref, RefMut, Soa},
    rows::Rows,
};

/// Rows with a hole in them.
pub(super) struct Gap<'a, T: Soa> {
    rows: &'a mut Rows<T>,
    tail: usize,
    rest: usize,
}

impl<'a, T: Soa> Gap<'a, T> {
    /// A hole of no rows before the one at `at`, which is at most the length.
    pub(super) const fn open(rows: &'a mut Rows<T>, at: usize) -> Self {
        assert!(at <= rows.len);
        let rest = rows.len - at;
        rows.len = at;
        Self { rows, tail: at, rest }
    }

    /// The rows, to look at.
    pub(super) const fn rows(&self) -> &Rows<T> {
        self.rows
    }

    /// The first row of the rest.
    #[inline]
    pub(super) fn first(&mut self) -> Option<RefMut<'_, T>> {
        // SAFETY: the row is initialised if there is a rest (2), and borrowed with `self`.
        (self.rest > 0).then(|| unsafe { T::row_mut(self.rows.raw(), self.tail) })
    }

    /// The first row of the rest, to look at.
    #[inline]
    pub(super) fn first_shared(&self) -> Option<Ref<'_, T>> {
        // SAFETY: as `first`.
        (self.rest > 0).then(|| unsafe { T::row(self.rows.raw(), self.tail) })
    }

    /// The answer of `same` to the first row of the rest and the last of the kept ones; no, when
    /// there is none of these; nothing, when there is no rest.
    #[inline]
    pub(super) fn compare(
        &self,
        same: impl for<'r> FnOnce(Ref<'r, T>, Ref<'r, T>) -> bool,
    ) -> Option<bool> {
        let first = self.first_shared()?;
        let last = self.rows.len.checked_sub(1);
        // SAFETY: the row is before the length (2).
        Some(last.is_some_and(|last| same(first, unsafe { T::row(self.rows.raw(), last) })))
    }

    /// The same with rows to write.
    #[inline]
    pub(super) fn compare_mut(
        &mut self,
        same: impl for<'r> FnOnce(RefMut<'r, T>, RefMut<'r, T>) -> bool,
    ) -> Option<bool> {
        let (raw, last) = (self.rows.raw(), self.rows.len.checked_sub(1));
        let first = self.first()?;
        // SAFETY: the row is before the length (2), so it is another one.
        Some(last.is_some_and(|last| same(first, unsafe { T::row_mut(raw, last) })))
    }

    /// Leaves the first `count` rows of the rest to the caller, in place. Returns where they begin.
    #[inline]
    pub(super) const fn give_up(&mut self, count: usize) -> usize {
        assert!(count <= self.rest);
        self.rest -= count;
        self.tail += count;
        self.tail - count
    }

    /// Takes the first row out of the rest.
    #[inline]
    pub(super) fn take(&mut self) -> T {
        let at = self.give_up(1);
        // SAFETY: the row was initialised (2), and is in the hole now.
        unsafe { T::read(self.rows.raw(), at) }
    }

    /// Drops the first row of the rest.
    #[inline]
    pub(super) fn discard(&mut self) {
        let at = self.give_up(1);
        // SAFETY: the row was initialised (2), and is in the hole now.
        unsafe { self.rows.drop_rows(at, 1) }
    }

    /// Puts the first row of the rest to the kept ones.
    #[inline]
    pub(super) fn keep(&mut self) {
        let at = self.give_up(1);
        self.put_from(at);
    }

    /// Puts a row that lies in the hole, and is the caller's, to the kept ones.
    #[inline]
    pub(super) fn put_from(&mut self, at: usize) {
        let len = self.rows.len;
        assert!(len <= at && at < self.tail);
        if at > len {
            // SAFETY: both are in the hole, and there is nothing in the first row of it (2).
            unsafe { self.rows.shift(at, len, 1) };
        }
        self.rows.len = len + 1;
    }
}

impl<T: Soa> Drop for Gap<'_, T> {
    fn drop(&mut self) {
        let len = self.rows.len;
        if self.tail > len && self.rest > 0 {
            // SAFETY: the rest is initialised (2), and the rows from the hole on are ours (1).
            unsafe { self.rows.shift(self.tail, len, self.rest) };
        }
        self.rows.len = len + self.rest;
    }
}
