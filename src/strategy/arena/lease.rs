//! Leases: bytes that an arena has lent out, and that come back, less what was kept.
//!
//! While its window is lent, an arena's own is closed: it ends one byte before its cursor (3). If
//! the arena is used meanwhile, it moves on to bytes aside or to another chunk; what was lent then
//! comes back as bytes aside. So the two go on side by side, and neither touches the other's bytes.
//!
//! Whether the arena has moved on shows in its end alone. Windows are disjoint and lie behind the
//! headers of their chunks, so no other window ends, open or closed, right before the one lent.

use core::{mem, ptr::NonNull};

use super::{Arena, Backing};
use crate::{alloc::Allocator, strategy::chunk::Window};

/// Free bytes for somebody else to carve, all given back when dropped.
pub(super) struct Lease<'a, A: Allocator, B: Backing<A>> {
    pub(super) outer: &'a Arena<A, B>,
    pub(super) lent: Window,
}

impl<'a, A: Allocator, B: Backing<A>> Lease<'a, A, B> {
    /// Bytes aside, so that the window stays with the arena; or the window, which may be empty.
    #[inline]
    pub(super) fn of_some(outer: &'a Arena<A, B>) -> Self {
        match outer.backing.stock().aside.take() {
            Some(lent) => Self { outer, lent },
            None => Self::of_window(outer),
        }
    }

    /// The rest of the window.
    #[inline]
    pub(super) fn of_window(outer: &'a Arena<A, B>) -> Self {
        let lent = outer.window();
        outer.end.set(lent.cursor.addr().get() - 1);
        Self { outer, lent }
    }

    /// Gives the bytes back from `kept` on, which is in the lent window; what is before stays used.
    #[inline]
    pub(super) fn end(self, kept: NonNull<u8>) {
        give_back(self.outer, self.lent, kept);
        mem::forget(self);
    }
}

impl<A: Allocator, B: Backing<A>> Drop for Lease<'_, A, B> {
    #[inline]
    fn drop(&mut self) {
        /// Out of line and by value: for those who unwind, so that the others keep theirs in
        /// registers.
        #[cold]
        #[inline(never)]
        fn all<A: Allocator, B: Backing<A>>(outer: &Arena<A, B>, lent: Window) {
            give_back(outer, lent, lent.cursor);
        }
        all(self.outer, self.lent);
    }
}

#[inline]
fn give_back<A: Allocator, B: Backing<A>>(outer: &Arena<A, B>, lent: Window, kept: NonNull<u8>) {
    let rest = Window { cursor: kept, end: lent.end };
    rest.close();
    let closed = outer.end.get() == lent.cursor.addr().get() - 1;
    if closed && kept == lent.cursor {
        outer.end.set(lent.end);
    } else if closed && outer.cursor.get() == lent.cursor {
        outer.set_window(rest);
    } else {
        let stock = outer.backing.stock();
        let taken = kept.addr().get() - lent.cursor.addr().get();
        stock.spent.set(stock.spent.get().wrapping_add(taken));
        stock.put_aside(rest);
    }
}
