#![expect(unsafe_code, reason = "hands out bytes between a cursor and an end")]
//! The arena: a cursor that moves up through chunks, and everything freed at once.
//!
//! ```text
//!  Arena { cursor, end, ... }             chunks, newest first
//!             |     |
//!    v--------+     |                  +--------------------+    +-----------+
//!  | header | blocks | free bytes | <--| header | blocks    | <--| header |..|
//!                                 ^end +--------------------+    +-----------+
//! ```
//!
//! **Algorithm.** A block is the cursor rounded up to the alignment; the cursor moves behind it. One
//! comparison decides (see [`window`]); cursor and end are in the arena itself, so that nothing is
//! chased. The last block can grow, shrink and be freed in place, which is what a growing vector
//! needs; that is why the cursor moves up and not down. When a request does not fit, a new chunk is
//! taken, twice as large as the one before. The bytes left in the old window are not lost: the
//! larger of the two rests is carved further, the other is put **aside** for the next time. So a
//! request of a megabyte gets a chunk of its own, and small blocks go on where they were.
//!
//! A scope's window is passed to the slow path by value and comes back by value, so that a scope
//! that is used where it was opened is kept in registers. An arena that lives longer is in memory
//! anyway, and hands itself over, which is shorter.
//!
//! **Scopes** are arenas over the same bank of chunks. A scope is lent the bytes aside, or all that
//! is left in the window; the outer arena's window is closed meanwhile, and if the outer arena is
//! used, it takes a chunk of its own. Neither can touch the other's bytes, so an outer collection
//! may grow while the scope is open, and when the scope ends its bytes go back.
//!
//! Invariants:
//!
//! 1. `cursor..end`, when not empty, are bytes of a chunk in `chunks`, or lent by the outer arena
//!    for as long as this scope lives, that no live block and no other window covers. `cursor` has
//!    the right to them and to all blocks of the same window.
//! 2. So are the bytes of `aside`.
//! 3. A window that serves nothing ends one byte before its cursor.
//! 4. The chunks in `chunks` came from `bank` and are in no other list.
//!
//! **Tails** are vectors on all that is left of a window, lent in the same way. What they hold when
//! they are committed stays where it is.
//!
//! What it does not promise: values are not dropped, unless asked for one by one, blocks that are
//! freed out of order are not reused before the reset, and it is not shared between threads.

mod backing;
mod ended;
mod lease;
mod scope;
mod stock;
mod tail;
mod traits;
mod values;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, marker::PhantomData, mem::MaybeUninit, ptr::NonNull};

pub use backing::{Backing, Lent, Own};
pub use scope::Scope;
use stock::Stock;
pub use tail::Tail;
pub use values::Place;

pub use crate::strategy::bank::Keep;
use crate::{
    alloc::{Allocator, Buffer, Global, Layout, Refusal, shadow},
    bits::{growth, window},
    strategy::{
        bank::Bank,
        chunk::{Chunk, Link, Window, at},
    },
};

/// Memory that is carved by moving a cursor and freed all at once.
///
/// An arena is an [`Allocator`], and so is a reference to it: it goes into std's collections and
/// hashbrown's. Values and strings can also be put into it directly. Nothing is allocated before the
/// first use.
///
/// `A` is where chunks come from; `B` tells an arena of its own from a [`Scope`].
///
/// ```
/// use larder::{Arena, Keep};
///
/// let mut arena = Arena::new();
/// let word = &*arena.alloc_str("plum");
/// let pair = arena.alloc((word, 4));
/// pair.1 += 1;
/// assert_eq!(*pair, ("plum", 5));
///
/// arena.reset(Keep::Largest); // ends every borrow; the memory stays for the next round
/// assert_eq!(arena.used_bytes(), 0);
/// ```
///
/// What is in the arena cannot be used after a reset:
///
/// ```compile_fail,E0502
/// let mut arena = larder::Arena::new();
/// let word = arena.alloc_str("plum");
/// arena.reset(larder::Keep::All);
/// println!("{word}");
/// ```
pub struct Arena<A: Allocator = Global, B: Backing<A> = Own<A>> {
    cursor: Cell<NonNull<u8>>,
    end: Cell<usize>,
    backing: B,
    upstream: PhantomData<A>,
}

/// A point in an arena's life to go back to; see [`Arena::checkpoint`].
#[derive(Clone, Copy)]
pub struct Checkpoint {
    chunk: Link,
    ended: ended::Link,
    window: Window,
    aside: Option<Window>,
    base: usize,
    spent: usize,
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint").field("at", &self.window.cursor).finish_non_exhaustive()
    }
}

impl Arena {
    /// An empty arena on the global heap.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<A: Allocator> Arena<A> {
    /// An empty arena whose chunks come from `upstream`.
    pub const fn new_in(upstream: A) -> Self {
        Self::with_first_chunk_in(growth::next_chunk(0), upstream)
    }

    /// An empty arena whose first chunk will be of `size` bytes, if the first request fits it.
    pub const fn with_first_chunk_in(size: usize, upstream: A) -> Self {
        let stock = Stock::new(window::CLOSED_CURSOR);
        Self::over(Own { stock, bank: Bank::new(size, upstream) }, Window::CLOSED)
    }

    /// The same arena, which will never hold more than `bytes` from the upstream.
    ///
    /// ```
    /// use larder::Arena;
    /// let arena = Arena::new().with_limit(4096);
    /// assert!(arena.place().fill(4000, 0_u8).is_ok());
    /// let refusal = arena.place().fill(4000, 0_u8).unwrap_err();
    /// assert!(refusal.to_string().contains("of at most 4096 are held already"));
    /// ```
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        self.backing.bank.limit.set(bytes);
        self
    }

    /// Ends all blocks. What `keep` says is kept for the next round, the rest goes back upstream.
    ///
    /// # Panics
    ///
    /// When a value that is [dropped](Place::dropped) panics; all others were dropped then, too, and
    /// the arena is as if it had been reset with [`Keep::All`].
    pub fn reset(&mut self, keep: Keep) {
        if self.backing.stock.ended.newest().is_some() {
            self.end_values();
        }
        let Own { stock, bank } = &self.backing;
        let only = match (stock.chunks.head(), bank.spare.head()) {
            // SAFETY: chunks in the list keep their invariants (4).
            (Some(chunk), None) if unsafe { chunk.as_ref() }.next.get().is_none() => Some(chunk),
            _ => None,
        };
        stock.spent.set(0);
        stock.aside.set(None);
        if let (Some(chunk), Keep::All | Keep::Largest) = (only, keep) {
            // SAFETY: the chunk is in the list (4), and `&mut self` shows that no block is in use.
            let window = unsafe { Chunk::window(chunk) };
            window.close();
            stock.base.set(window.cursor.addr().get());
            self.set_window(window);
            return;
        }
        bank.shelve(&stock.chunks, None);
        bank.settle(keep);
        let window = match bank.take_largest() {
            // SAFETY: the chunk is in no list now, and all its bytes are free.
            Some(chunk) => unsafe { stock.adopt(chunk) },
            None => {
                stock.base.set(window::CLOSED_CURSOR);
                Window::CLOSED
            }
        };
        self.set_window(window);
    }

    /// Drops the values that are to be dropped; if one panics, ends the blocks before that goes on.
    #[cold]
    #[inline(never)]
    fn end_values(&mut self) {
        struct Reset<'a, A: Allocator>(&'a mut Arena<A>);
        impl<A: Allocator> Drop for Reset<'_, A> {
            fn drop(&mut self) {
                self.0.reset(Keep::All);
            }
        }
        let reset = Reset(self);
        // SAFETY: `&mut self` shows that nobody uses the values.
        unsafe { reset.0.backing.stock.ended.drop_until(None) };
        core::mem::forget(reset);
    }
}

impl<'b> Arena<Buffer<'b>> {
    /// An arena in `bytes`, on the stack or in a static, and nowhere else: when they are used up,
    /// requests are refused.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// let mut bytes = [MaybeUninit::uninit(); 256];
    /// let arena = larder::Arena::on_buffer(&mut bytes);
    /// assert_eq!(arena.alloc_str("no heap involved"), "no heap involved");
    /// assert!(arena.place().fill(256, 0_u8).is_err());
    /// ```
    pub fn on_buffer(bytes: &'b mut [MaybeUninit<u8>]) -> Self {
        Self::over_buffer(Buffer::new(bytes))
    }
}

impl<'b, A: Allocator> Arena<Buffer<'b, A>> {
    /// An arena in `bytes` first, whose further chunks come from `upstream`.
    pub fn on_buffer_in(bytes: &'b mut [MaybeUninit<u8>], upstream: A) -> Self {
        Self::over_buffer(Buffer::with_rest(bytes, upstream))
    }

    fn over_buffer(buffer: Buffer<'b, A>) -> Self {
        let first = Bank::first_on(&buffer);
        Self::with_first_chunk_in(first, buffer)
    }
}

impl<A: Allocator, B: Backing<A>> Arena<A, B> {
    #[inline]
    const fn over(backing: B, window: Window) -> Self {
        let (cursor, end) = (Cell::new(window.cursor), Cell::new(window.end));
        Self { cursor, end, backing, upstream: PhantomData }
    }

    /// Bytes handed out and not taken back, with the padding between them.
    pub fn used_bytes(&self) -> usize {
        self.backing.stock().used(self.window())
    }

    /// Bytes held from the upstream, by this arena and all its scopes together.
    pub fn reserved_bytes(&self) -> usize {
        self.backing.bank().reserved.get()
    }

    /// The sizes of the chunks that this arena carves, headers included, newest first.
    pub fn chunk_sizes(&self) -> impl Iterator<Item = usize> {
        self.backing.stock().chunks.sizes()
    }

    /// The allocator that chunks come from.
    pub fn upstream(&self) -> &A {
        &self.backing.bank().alloc
    }

    /// Marks this moment, for [`rewind`](Self::rewind).
    ///
    /// A [`scope`](Self::scope) does the same safely, and is what most programs want.
    pub fn checkpoint(&self) -> Checkpoint {
        let stock = self.backing.stock();
        Checkpoint {
            chunk: stock.chunks.head(),
            ended: stock.ended.newest(),
            window: self.window(),
            aside: stock.aside.get(),
            base: stock.base.get(),
            spent: stock.spent.get(),
        }
    }

    /// Ends every block that was allocated or resized since `checkpoint`, and reuses its memory.
    ///
    /// # Panics
    ///
    /// In debug builds, when the checkpoint is visibly not of this arena, or lies in its future.
    ///
    /// # Safety
    ///
    /// The checkpoint is of this arena; since it was taken the arena has neither been reset, nor
    /// rewound to an earlier one; no block allocated since is used any more; no block allocated
    /// before has been freed, grown or shrunk since; and no [`Scope`] or [`Tail`] is open now or was
    /// then.
    pub unsafe fn rewind(&self, checkpoint: Checkpoint) {
        let stock = self.backing.stock();
        debug_assert!(
            stock.chunks.contains(checkpoint.chunk),
            "rewind to a checkpoint whose chunk is not in this arena: it is of another arena, or \
             this one was reset or rewound past it"
        );
        debug_assert!(
            checkpoint.base != stock.base.get() || checkpoint.window.cursor <= self.cursor.get(),
            "rewind to a checkpoint that lies ahead: the arena was reset or rewound past it"
        );
        // SAFETY: the caller promises that the values since are not used any more.
        unsafe { stock.ended.drop_until(checkpoint.ended) };
        self.backing.bank().shelve(&stock.chunks, checkpoint.chunk);
        checkpoint.window.close();
        if let Some(aside) = checkpoint.aside {
            aside.close();
        }
        self.set_window(checkpoint.window);
        stock.aside.set(checkpoint.aside);
        stock.base.set(checkpoint.base);
        stock.spent.set(checkpoint.spent);
    }

    #[inline]
    fn window(&self) -> Window {
        Window { cursor: self.cursor.get(), end: self.end.get() }
    }

    #[inline]
    fn set_window(&self, window: Window) {
        self.cursor.set(window.cursor);
        self.end.set(window.end);
    }

    /// The first `layout.size()` free bytes at a multiple of `layout.align()`.
    #[inline]
    fn carve(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        let cursor = self.cursor.get();
        let (size, align) = (layout.size(), layout.align());
        match window::carve(cursor.addr().get(), self.end.get(), size, align) {
            Some(carved) => Ok(self.advance(cursor, carved, size)),
            None => self.carve_slow(layout),
        }
    }

    /// [`carve`](Self::carve) for a layout that is known when the program is compiled.
    #[inline]
    fn carve_for<T>(&self) -> Result<NonNull<u8>, Refusal> {
        let layout = Layout::new::<T>();
        if const { size_of::<T>() == 0 } {
            return Ok(layout.dangling_ptr());
        }
        let cursor = self.cursor.get();
        let (size, align) = (layout.size(), layout.align());
        let carved = window::carve_multiple(cursor.addr().get(), self.end.get(), size, align);
        match carved {
            Some(carved) => {
                let after = at(cursor, carved.cursor);
                self.cursor.set(after);
                // SAFETY: the block lies in the window, before its new cursor.
                let block = unsafe { after.sub(size) };
                shadow::open(block, size);
                Ok(block)
            }
            None => self.carve_slow(layout),
        }
    }

    #[inline]
    fn advance(&self, cursor: NonNull<u8>, carved: window::Carved, size: usize) -> NonNull<u8> {
        self.cursor.set(at(cursor, carved.cursor));
        let block = at(cursor, carved.start);
        shadow::open(block, size);
        block
    }

    /// The window does not serve `layout`.
    #[inline]
    fn carve_slow(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        if B::IN_REGISTERS { self.serve(layout) } else { self.serve_out_of_line(layout) }
    }

    #[expect(clippy::inline_always, reason = "out of line, it keeps a scope's window in memory")]
    #[inline(always)]
    fn serve(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        let (stock, bank) = (self.backing.stock(), self.backing.bank());
        let (block, window) = stock.serve(bank, self.window(), layout)?;
        self.set_window(window);
        Ok(block)
    }

    #[cold]
    #[inline(never)]
    fn serve_out_of_line(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        self.serve(layout)
    }
}

// SAFETY: the chunks are the arena's alone (4), and no borrow of it is alive when it is sent; a
// scope has no such impl, since its bank is shared with the outer arena.
unsafe impl<A: Allocator + Send> Send for Arena<A> {}

impl Default for Arena {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator, B: Backing<A>> fmt::Debug for Arena<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arena")
            .field("used", &self.used_bytes())
            .field("reserved", &self.reserved_bytes())
            .finish_non_exhaustive()
    }
}
