#![expect(unsafe_code, reason = "frees the block of its rows")]
//! Rows with their allocator: frees the block, and leaves the rows in it alone.

use super::{row::Soa, rows::Rows};
use crate::alloc::Allocator;

/// Invariant 1: the block of `rows` came from `alloc`, and nobody else frees it.
pub(super) struct Held<T: Soa, A: Allocator> {
    pub(super) rows: Rows<T>,
    pub(super) alloc: A,
}

impl<T: Soa, A: Allocator> Drop for Held<T, A> {
    fn drop(&mut self) {
        // SAFETY: the block came from here (1), and is not used hereafter.
        unsafe { self.rows.free(&self.alloc) }
    }
}
