#![expect(unsafe_code, reason = "ends values that nobody uses")]
//! What stands behind an arena's window: its own books and bank, or a scope's.

use core::fmt;

use super::stock::Stock;
use crate::{alloc::Allocator, panics::AbortOnUnwind, strategy::bank::Bank};

/// How an arena holds its books: as its own ([`Own`]), or on the stack of the call that opened the
/// scope ([`Lent`]). Sealed: these two are all.
pub trait Backing<A: Allocator>: sealed::Sealed {
    /// Whether an arena with this backing is likely to be used only where it is declared.
    #[doc(hidden)]
    const IN_REGISTERS: bool;
    #[doc(hidden)]
    fn stock(&self) -> &Stock;
    #[doc(hidden)]
    fn bank(&self) -> &Bank<A>;
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
    impl<A: crate::alloc::Allocator> Sealed for super::Own<A> {}
    impl<A: crate::alloc::Allocator> Sealed for super::Lent<'_, A> {}
}

/// Behind an arena that stands by itself.
pub struct Own<A: Allocator> {
    pub(super) stock: Stock,
    pub(super) bank: Bank<A>,
}

/// Behind a scope.
pub struct Lent<'s, A: Allocator> {
    pub(super) stock: &'s Stock,
    pub(super) bank: &'s Bank<A>,
}

impl<A: Allocator> Backing<A> for Own<A> {
    const IN_REGISTERS: bool = false;

    #[inline]
    fn stock(&self) -> &Stock {
        &self.stock
    }

    #[inline]
    fn bank(&self) -> &Bank<A> {
        &self.bank
    }
}

impl<A: Allocator> Backing<A> for Lent<'_, A> {
    const IN_REGISTERS: bool = true;

    #[inline]
    fn stock(&self) -> &Stock {
        self.stock
    }

    #[inline]
    fn bank(&self) -> &Bank<A> {
        self.bank
    }
}

impl<A: Allocator> Drop for Own<A> {
    fn drop(&mut self) {
        // An allocator's drop does not unwind.
        let guard = AbortOnUnwind("a value in an arena panicked while the arena was dropped");
        // SAFETY: nothing borrows from an arena that is dropped.
        unsafe { self.stock.ended.drop_until(None) };
        core::mem::forget(guard);
        // The bank, dropped next, frees them.
        self.bank.shelve(&self.stock.chunks, None);
    }
}

/// The books of an open scope, which close with it.
pub(super) struct Books<'s, A: Allocator> {
    pub(super) stock: Stock,
    pub(super) bank: &'s Bank<A>,
}

impl<A: Allocator> Drop for Books<'_, A> {
    #[inline]
    fn drop(&mut self) {
        if self.stock.ended.newest().is_some() | self.stock.chunks.head().is_some() {
            self.close();
        }
    }
}

impl<A: Allocator> Books<'_, A> {
    #[cold]
    #[inline(never)]
    fn close(&self) {
        /// Shelves the chunks even when a value panics.
        struct Shelve<'b, A: Allocator>(&'b Books<'b, A>);
        impl<A: Allocator> Drop for Shelve<'_, A> {
            fn drop(&mut self) {
                self.0.bank.shelve(&self.0.stock.chunks, None);
            }
        }
        let shelve = Shelve(self);
        // SAFETY: nothing borrows from a scope that has ended.
        unsafe { self.stock.ended.drop_until(None) };
        drop(shelve);
    }
}

impl<A: Allocator> fmt::Debug for Own<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Own").field("bank", &self.bank).finish_non_exhaustive()
    }
}

impl<A: Allocator> fmt::Debug for Lent<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lent").field("bank", self.bank).finish_non_exhaustive()
    }
}
