#![expect(unsafe_code, reason = "opens chunks for carving")]
//! All that an arena knows besides its open window, and the slow path, which lives here.
//!
//! The window itself stays with the arena and is passed by value, so that an arena which is not
//! borrowed by code out of sight is kept in registers. The invariants are the arena's.

use core::{cell::Cell, fmt, ptr::NonNull};

use super::{at, ended::Ended};
use crate::{
    alloc::{Allocator, Layout, Refusal, shadow},
    bits::window,
    strategy::{
        bank::Bank,
        chunk::{Chunk, Chunks, Window},
    },
};

/// Less than this aside is not worth lending, nor keeping.
const WORTH_LENDING: usize = 32;

/// An arena's books: its chunks, the bytes aside, the values to drop.
#[expect(unnameable_types, reason = "only the sealed methods of `Backing` show it")]
pub struct Stock {
    /// Where the open window began.
    pub(super) base: Cell<usize>,
    /// Bytes used in windows before this one. The sum with `cursor - base` is exact, though either
    /// may wrap by itself: freeing the last block can move the cursor below `base`.
    pub(super) spent: Cell<usize>,
    /// Free bytes besides the window; worth lending, if there are any.
    pub(super) aside: Cell<Option<Window>>,
    pub(super) chunks: Chunks,
    pub(super) ended: Ended,
}

impl Stock {
    /// The books of an arena that has nothing but a window which begins at `base`.
    pub(super) const fn new(base: usize) -> Self {
        Self {
            base: Cell::new(base),
            spent: Cell::new(0),
            aside: Cell::new(None),
            chunks: Chunks::new(),
            ended: Ended::new(),
        }
    }

    pub(super) fn used(&self, window: Window) -> usize {
        let here = window.cursor.addr().get().wrapping_sub(self.base.get());
        self.spent.get().wrapping_add(here)
    }

    /// Puts `window` aside if it is worth it, and more than what is aside already.
    #[inline(never)]
    pub(super) fn put_aside(&self, window: Window) {
        let least = self.aside.get().map_or(WORTH_LENDING, |aside| aside.room() + 1);
        if window.room() >= least {
            self.aside.set(Some(window));
        }
    }

    /// Takes `chunk` into the list and returns its bytes, to be carved from now on.
    ///
    /// # Safety
    ///
    /// The chunk came from the arena's bank, is in no list, and nobody uses its bytes.
    pub(super) unsafe fn adopt(&self, chunk: NonNull<Chunk>) -> Window {
        // SAFETY: it is in no list, and keeps the invariants of chunks since the bank made it.
        unsafe { self.chunks.push(chunk) };
        // SAFETY: as above.
        let window = unsafe { Chunk::window(chunk) };
        window.close();
        self.base.set(window.cursor.addr().get());
        window
    }

    /// Serves `layout`, which `before` does not: no bytes at all, or bytes aside, or a new chunk.
    /// Returns the block and the window to carve from now on.
    #[cold]
    #[inline(never)]
    pub(super) fn serve<A: Allocator>(
        &self,
        bank: &Bank<A>,
        before: Window,
        layout: Layout,
    ) -> Result<(NonNull<u8>, Window), Refusal> {
        if layout.size() == 0 {
            return Ok((layout.dangling_ptr(), before));
        }
        let used = self.used(before);
        if let Some(aside) = self.aside.get()
            && let Some(block) = carved(aside, layout)
        {
            self.aside.set(None);
            self.base.set(aside.cursor.addr().get());
            self.spent.set(used);
            self.put_aside(before);
            return Ok(block);
        }
        let chunk = bank.take(layout)?;
        let base = self.base.get();
        // SAFETY: `take` returns a chunk that is in no list and that nobody else has.
        let fresh = unsafe { self.adopt(chunk) };
        let Some((block, after)) = carved(fresh, layout) else {
            unreachable!("a chunk taken for a layout serves it");
        };
        if before.room() > after.room() {
            let taken = after.cursor.addr().get() - fresh.cursor.addr().get();
            self.base.set(base);
            self.spent.set(self.spent.get().wrapping_add(taken));
            self.put_aside(after);
            Ok((block, before))
        } else {
            self.spent.set(used);
            self.put_aside(before);
            Ok((block, after))
        }
    }

    /// Returns a window with room for `layout`, to be carved from now on, but does not carve it.
    #[cold]
    #[inline(never)]
    pub(super) fn widen<A: Allocator>(
        &self,
        bank: &Bank<A>,
        before: Window,
        layout: Layout,
    ) -> Result<Window, Refusal> {
        if before.fits(layout) {
            return Ok(before);
        }
        let used = self.used(before);
        let window = match self.aside.get() {
            Some(aside) if aside.fits(layout) => {
                self.aside.set(None);
                self.base.set(aside.cursor.addr().get());
                aside
            }
            _ => {
                let chunk = bank.take(layout)?;
                // SAFETY: `take` returns a chunk that is in no list and that nobody else has.
                unsafe { self.adopt(chunk) }
            }
        };
        self.spent.set(used);
        self.put_aside(before);
        Ok(window)
    }
}

/// The block that `window` has for `layout`, if it has one, and what is left.
fn carved(window: Window, layout: Layout) -> Option<(NonNull<u8>, Window)> {
    let Window { cursor, end } = window;
    let carved = window::carve(cursor.addr().get(), end, layout.size(), layout.align())?;
    let block = at(cursor, carved.start);
    shadow::open(block, layout.size());
    Some((block, Window { cursor: at(cursor, carved.cursor), end }))
}

impl fmt::Debug for Stock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stock").field("spent", &self.spent.get()).finish_non_exhaustive()
    }
}
