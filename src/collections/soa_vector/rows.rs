#![expect(unsafe_code, reason = "owns the arrays of all fields")]
//! The arrays of all fields in one block, without the allocator.
//!
//! Invariants of [`Rows`]:
//!
//! 1. If `capacity` is not 0, and a row has bytes, `block` is a block of `layout(capacity)`, and the
//!    arrays are where the [`Plan`] says. If a row has no bytes, `capacity` is `usize::MAX`, and there
//!    is no block. Whoever owns the `Rows` owns the block, and the rows in it.
//! 2. `len <= capacity`, and the first `len` elements of each array are initialised.
//! 3. Without a block, `block` is aligned for every field.

use core::{marker::PhantomData, mem, ptr, ptr::NonNull};

use super::{
    plan::{MAX, Plan},
    row::{Placer, Soa, Visit},
};
use crate::{
    alloc::{Allocator, Cause, Refusal},
    bits::growth,
};

/// Fewest rows that a vector grows to.
const LEAST: usize = 4;

/// The arrays. They do not free themselves.
pub(super) struct Rows<T> {
    block: NonNull<u8>,
    capacity: usize,
    pub(super) len: usize,
    owns: PhantomData<T>,
}

// SAFETY: it owns rows and nothing else, and the fields of a row are those of `T` (4 of `Soa`).
unsafe impl<T: Send> Send for Rows<T> {}
// SAFETY: shared, it gives shared fields of `T` (4 of `Soa`).
unsafe impl<T: Sync> Sync for Rows<T> {}

impl<T: Soa> Rows<T> {
    const PLAN: Plan = Plan::of(&T::ARRAYS);
    const OFFSETS: &'static [usize; MAX] = &Self::PLAN.offsets;

    pub(super) const EMPTY: Self = Self {
        block: NonNull::without_provenance(
            core::num::NonZero::new(Self::PLAN.align).expect("an alignment is not 0"),
        ),
        capacity: if Self::PLAN.row == 0 { usize::MAX } else { 0 },
        len: 0,
        owns: PhantomData,
    };

    #[inline]
    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Where the arrays are.
    #[inline]
    pub(super) fn raw(&self) -> T::Raw {
        T::place(&mut Placer::new(self.block, self.capacity, Self::OFFSETS))
    }

    /// The same arrays once more, for somebody who leaves the rows to the owner.
    #[inline]
    pub(super) const fn alias(&self) -> Self {
        Self { owns: PhantomData, ..*self }
    }

    /// Gives the block back, and drops nothing in it.
    ///
    /// # Safety
    ///
    /// It came from `alloc`, and is not used hereafter.
    pub(super) unsafe fn free<A: Allocator>(&self, alloc: &A) {
        if Self::PLAN.row > 0
            && self.capacity > 0
            && let Ok(layout) = Self::PLAN.layout(self.capacity)
        {
            // SAFETY: the block is of this layout (1), and from `alloc` as promised.
            unsafe { alloc.deallocate(self.block, layout) }
        }
    }

    /// Moves all rows to a block for `capacity` rows or a few more, if that makes a difference.
    pub(super) fn try_resize<A: Allocator>(
        &mut self,
        capacity: usize,
        alloc: &A,
    ) -> Result<(), Refusal> {
        debug_assert!(capacity >= self.len);
        if Self::PLAN.row == 0 {
            return Ok(());
        }
        let mut new = Self::EMPTY;
        if capacity > 0 {
            let (capacity, layout) = Self::PLAN.fit(capacity)?;
            if capacity == self.capacity {
                return Ok(());
            }
            let Ok(block) = alloc.allocate(layout) else {
                let cause = Cause::Upstream { asked: layout.size(), reserved: 0 };
                return Err(Refusal::new(layout, cause));
            };
            (new.block, new.capacity, new.len) = (block.cast(), capacity, self.len);
            // SAFETY: both have room for `len` rows, in two blocks.
            unsafe {
                T::each(self.raw(), new.raw(), &mut Hand { from: 0, to: 0, count: self.len })
            };
        }
        let old = mem::replace(self, new);
        // SAFETY: the block is from `alloc`, and all in it has moved.
        unsafe { old.free(alloc) };
        Ok(())
    }

    /// Makes room for `additional` rows where there is none. Cold, as growing is.
    #[cold]
    #[inline(never)]
    pub(super) fn try_grow<A: Allocator>(
        &mut self,
        additional: usize,
        doubled: bool,
        alloc: &A,
    ) -> Result<(), Refusal> {
        let size = Self::PLAN.row;
        let next = self.len.checked_add(additional).and_then(|needed| {
            let before = if doubled { self.capacity } else { 0 };
            growth::next_capacity(before, needed, if doubled { LEAST } else { 0 }, size)
        });
        let Some(next) = next else {
            let (size, align, cause) = (usize::MAX, Self::PLAN.align, Cause::Overflow);
            return Err(Refusal { size, align, cause });
        };
        match self.try_resize(next, alloc) {
            // Twice as much was too much for a number; what is needed may not be.
            Err(Refusal { cause: Cause::Overflow, .. }) if doubled => {
                self.try_resize(self.len + additional, alloc)
            }
            result => result,
        }
    }

    #[inline]
    pub(super) fn try_reserve<A: Allocator>(
        &mut self,
        additional: usize,
        doubled: bool,
        alloc: &A,
    ) -> Result<(), Refusal> {
        if additional > self.capacity - self.len {
            self.try_grow(additional, doubled, alloc)?;
        }
        Ok(())
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
