#![expect(unsafe_code, reason = "owns the arrays of all fields")]
//! The arrays of all fields in one block, without the allocator.
//!
//! Invariants of [`Rows`]:
//!
//! 1. `block` is of the [`Plan`] of the struct (see [`Block`]), or there is none: then it is aligned for
//!    every field, and the capacity is 0, or `usize::MAX` if rows have no bytes. Whoever owns the `Rows`
//!    owns the block, and the rows in it.
//! 2. `len <= capacity`, and the first `len` elements of each array are initialised.

use core::{marker::PhantomData, mem, ptr, ptr::NonNull};

use super::{
    block::Block,
    plan::Plan,
    row::{Placer, Soa, Visit},
};
/// The arrays. They do not free themselves.
pub(super) struct Rows<T> {
    pub(super) block: Block,
    pub(super) len: usize,
    owns: PhantomData<T>,
}

// SAFETY: it owns rows and nothing else, and the fields of a row are those of `T` (4 of `Soa`).
unsafe impl<T: Send> Send for Rows<T> {}
// SAFETY: shared, it gives shared fields of `T` (4 of `Soa`).
unsafe impl<T: Sync> Sync for Rows<T> {}

impl<T: Soa> Rows<T> {
    pub(super) const PLAN: &'static Plan = &Plan::of(&T::ARRAYS);

    pub(super) const EMPTY: Self =
        Self { block: Block::none(Self::PLAN), len: 0, owns: PhantomData };

    #[inline]
    pub(super) const fn capacity(&self) -> usize {
        self.block.capacity
    }

    /// Where the arrays are.
    #[inline]
    pub(super) fn raw(&self) -> T::Raw {
        T::place(&mut Placer::new(self.block, &Self::PLAN.offsets))
    }

    /// The same arrays once more, for somebody who leaves the rows to the owner.
    #[inline]
    pub(super) const fn alias(&self) -> Self {
        Self { owns: PhantomData, ..*self }
    }

    /// Copies `count` rows from `from` to `to`.
    ///
    /// # Safety
    ///
    /// Both are within the capacity, and what was at the new place is not needed.
    #[inline]
    pub(super) unsafe fn shift(&self, from: usize, to: usize, count: usize) {
        let raw = self.raw();
        // SAFETY: as promised.
        unsafe { T::each(raw, raw, &mut Shift { from, to, count }) }
    }

    /// Moves the rows of `other` from `from` on to `to`, which is where these end then.
    ///
    /// # Safety
    ///
    /// `from` is at most the length of `other`, `to` is the length of these, and there is room.
    pub(super) unsafe fn take_from(&mut self, other: &mut Self, from: usize, to: usize) {
        let count = other.len - from;
        other.len = from;
        // SAFETY: the rows are initialised, and there is room; two vectors have two blocks.
        unsafe { T::each(other.raw(), self.raw(), &mut Hand { from, to, count }) };
        self.len = to + count;
    }

    /// Swaps two different rows.
    ///
    /// # Safety
    ///
    /// Both are within the capacity, and not the same.
    #[inline]
    pub(super) unsafe fn swap(&self, one: usize, two: usize) {
        let raw = self.raw();
        // SAFETY: as promised.
        unsafe { T::each(raw, raw, &mut Swap { one, two }) }
    }

    /// Drops `count` rows from `at` on. If one panics the others are dropped still.
    ///
    /// # Safety
    ///
    /// They are initialised, and not used hereafter.
    pub(super) unsafe fn drop_rows(&self, at: usize, count: usize) {
        if mem::needs_drop::<T>() {
            Dropping { rows: self.alias(), at, count, done: 0 }.go_on();
        }
    }
}

/// Moves rows from one block to another.
struct Hand {
    from: usize,
    to: usize,
    count: usize,
}

impl Visit for Hand {
    /// # Safety
    ///
    /// The arrays have these elements, and do not overlap.
    #[inline]
    unsafe fn column<X>(&mut self, a: NonNull<X>, b: NonNull<X>) {
        // SAFETY: as promised.
        let from = unsafe { a.add(self.from) };
        // SAFETY: as promised.
        let to = unsafe { b.add(self.to) };
        // SAFETY: as promised.
        unsafe { from.copy_to_nonoverlapping(to, self.count) }
    }
}

/// Moves rows within their arrays.
struct Shift {
    from: usize,
    to: usize,
    count: usize,
}

impl Visit for Shift {
    /// # Safety
    ///
    /// The array has both ranges.
    #[inline]
    unsafe fn column<X>(&mut self, a: NonNull<X>, _: NonNull<X>) {
        // SAFETY: as promised.
        let from = unsafe { a.add(self.from) };
        // SAFETY: as promised.
        let to = unsafe { a.add(self.to) };
        // SAFETY: as promised.
        unsafe { from.copy_to(to, self.count) }
    }
}

/// Swaps two rows.
struct Swap {
    one: usize,
    two: usize,
}

impl Visit for Swap {
    /// # Safety
    ///
    /// The array has both, and they are not one.
    #[inline]
    unsafe fn column<X>(&mut self, a: NonNull<X>, _: NonNull<X>) {
        // SAFETY: as promised.
        let one = unsafe { a.add(self.one) };
        // SAFETY: as promised.
        let two = unsafe { a.add(self.two) };
        // SAFETY: as promised.
        unsafe { ptr::swap_nonoverlapping(one.as_ptr(), two.as_ptr(), 1) }
    }
}

/// Drops rows, column by column, and goes on with the next column if one panics.
struct Dropping<T: Soa> {
    rows: Rows<T>,
    at: usize,
    count: usize,
    /// How many columns are dropped, or on their way.
    done: usize,
}

impl<T: Soa> Dropping<T> {
    fn go_on(&mut self) {
        let raw = self.rows.raw();
        let (at, count, skip) = (self.at, self.count, self.done);
        self.done = 0;
        let mut drops = DropColumns { at, count, skip, done: &mut self.done };
        // SAFETY: the rows are initialised and ours (`drop_rows`), and each column is dropped once.
        unsafe { T::each(raw, raw, &mut drops) }
    }
}

impl<T: Soa> Drop for Dropping<T> {
    fn drop(&mut self) {
        // All columns are done, unless one has panicked.
        if self.done < T::ARRAYS.count() {
            self.go_on();
        }
    }
}

struct DropColumns<'a> {
    at: usize,
    count: usize,
    skip: usize,
    done: &'a mut usize,
}

impl Visit for DropColumns<'_> {
    /// # Safety
    ///
    /// The elements are initialised if this is not one of the columns to skip.
    #[inline]
    unsafe fn column<X>(&mut self, a: NonNull<X>, _: NonNull<X>) {
        *self.done += 1;
        if *self.done > self.skip && mem::needs_drop::<X>() {
            // SAFETY: the array has these elements.
            let first = unsafe { a.add(self.at) };
            let elements = ptr::slice_from_raw_parts_mut(first.as_ptr(), self.count);
            // SAFETY: as promised.
            unsafe { ptr::drop_in_place(elements) }
        }
    }
}
