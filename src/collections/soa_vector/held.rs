#![expect(unsafe_code, reason = "resizes and frees the block of its rows")]
//! Rows with their allocator: resizes and frees the block, and leaves the rows in it alone.

use super::{row::Soa, rows::Rows};
use crate::{
    alloc::{Allocator, Refusal},
    panics,
};

/// Invariant 1: the block of `rows` came from `alloc`, and nobody else frees it.
pub(super) struct Held<T: Soa, A: Allocator> {
    pub(super) rows: Rows<T>,
    pub(super) alloc: A,
}

impl<T: Soa, A: Allocator> Held<T, A> {
    /// Makes room for one more row where there is none.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[cold]
    #[inline(never)]
    #[track_caller]
    pub(super) fn grow_by_one(&mut self) {
        let Self { rows, alloc } = self;
        // SAFETY: the block is of the plan and from here (1), and its first rows are initialised.
        panics::granted(unsafe { rows.block.grow(Rows::<T>::PLAN, rows.len, 1, true, alloc) });
    }

    /// Makes room for `additional` rows, and if `doubled` says so for as many as there were.
    #[inline]
    pub(super) fn try_reserve(&mut self, additional: usize, doubled: bool) -> Result<(), Refusal> {
        let Self { rows, alloc } = self;
        if additional > rows.capacity() - rows.len {
            // SAFETY: as above.
            unsafe { rows.block.try_grow(Rows::<T>::PLAN, rows.len, additional, doubled, alloc) }?;
        }
        Ok(())
    }

    /// Moves the rows to a smaller block, for `capacity` of them or a few more, or for all there are.
    pub(super) fn try_shrink(&mut self, capacity: usize) -> Result<(), Refusal> {
        let Self { rows, alloc } = self;
        // SAFETY: as above, and all rows have room.
        unsafe { rows.block.shrink(Rows::<T>::PLAN, rows.len, capacity.max(rows.len), alloc) }
    }
}

impl<T: Soa, A: Allocator> Drop for Held<T, A> {
    fn drop(&mut self) {
        // SAFETY: the block came from here (1), and is not used hereafter.
        unsafe { self.rows.block.free(Rows::<T>::PLAN, &self.alloc) }
    }
}
