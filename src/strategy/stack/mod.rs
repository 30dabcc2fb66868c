#![expect(
    unsafe_code,
    reason = "hands out bytes between a cursor and an end, and writes links there"
)]
//! The stack: blocks freed in reverse order give their bytes back at once.
//!
//! ```text
//!  Stack { cursor, end, ... }                      chunks, newest first
//!             |      |
//!             v      |                                     +--------+----
//!  | header | F | link | block | link | block | link | free|   <--  | header | F | ...
//!           saved cursor of the older chunk          ^cursor  ^end  +--------+----
//! ```
//!
//! **Algorithm.** Blocks are carved upwards from the cursor. The word in front of each block links to
//! the block beneath and says whether it has been freed; where the words lie and what they say is in
//! [`stack`]. Freeing the topmost block moves the cursor to where it began, and on over all blocks
//! beneath that were freed before. Freeing any other sets a bit in its word. The word in front of the
//! cursor tells which block is topmost, so nothing depends on sizes, and a block that was shrunk
//! where it lay is still found.
//!
//! When a request does not fit, a new chunk is opened, and the floor of the new one holds the cursor
//! of the old one. When the last block of a chunk goes, the chunk becomes a spare one, and the
//! collapse goes on in the chunk beneath; the oldest chunk stays open. So a program that pushes and
//! pops at a boundary moves a chunk between two lists and does not ask the upstream.
//!
//! **Frames** are stacks over the same bank of chunks, which begin in a block of the outer stack: all
//! the room there is in its chunk. When the frame ends that block is freed like any other. The outer
//! stack stays usable meanwhile; it just opens a chunk of its own.
//!
//! Invariants:
//!
//! 1. `cursor..end`, when not empty, are bytes of the newest chunk in `chunks`, or without chunks of
//!    `ground`, that no live block covers. `cursor` has the right to that whole chunk.
//! 2. Unless the window is closed, `cursor` is a position, and the words in front of it and of every
//!    block beneath, and the floor, are written and lie outside of all live blocks. The word in front
//!    of the cursor is not freed, nor is the topmost block.
//! 3. A closed window is open to nothing: there is no chunk, no ground, and no live block.
//! 4. The chunks in `chunks` came from `bank`, are in no other list, and their provenance is exposed.
//!    The floor of each but the oldest, and of the oldest over a `ground`, holds the cursor of the
//!    window beneath.
//! 5. `ground` is closed, or a block of the outer stack, which outlives this one. Its cursor is the
//!    first position there.
//!
//! What it does not promise: values are not dropped (put them in a `Box` over `&stack`), a block
//! freed out of order holds its bytes until all above it are freed, a block that moves to a new chunk
//! leaves its old bytes beneath it until it goes, and it is not shared between threads.

mod frame;
mod marker;
mod traits;

#[cfg(test)]
mod tests;

use core::{
    cell::Cell,
    fmt,
    marker::PhantomData,
    mem::MaybeUninit,
    ptr::{self, NonNull},
};

pub use frame::{Backing, Frame};
pub use marker::Marker;

pub use crate::strategy::bank::{Bank, Keep};
use crate::{
    alloc::{Allocator, Buffer, Cause, Global, Layout, Refusal, shadow},
    bits::{
        growth,
        stack::{self, Collapsed, Placed},
    },
    panics,
    strategy::chunk::{Chunk, Chunks, Window, at},
};

/// Whether blocks that come back are checked. What it guards is gone when it is false.
const CHECKED: bool = cfg!(debug_assertions);

/// Memory for blocks that are freed in about the reverse of the order they were allocated in.
///
/// A stack is an [`Allocator`], and so is a reference to it. The block on top gives its bytes back
/// when it is freed, and grows and shrinks where it is; blocks freed out of order give theirs back
/// when everything above them has gone. Nothing is allocated before the first use. Each block costs
/// a word, and is rounded up to two words less one.
///
/// `A` is where chunks come from; `B` tells a stack of its own from a [`Frame`].
///
/// ```
/// use larder::{Stack, alloc::{Block, Layout}};
///
/// let stack = Stack::new();
/// let below = Block::new_in(Layout::new::<[u64; 4]>(), &stack)?;
/// let used = stack.used_bytes();
/// for size in [10, 1000, 100_000] {
///     let mut scratch = Block::new_in(Layout::array::<u8>(size)?, &stack)?;
///     scratch.as_mut_slice().fill(1);
/// }
/// assert_eq!(stack.used_bytes(), used); // every block was on top when it went
/// drop(below);
/// assert_eq!(stack.used_bytes(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Stack<A: Allocator = Global, B: Backing<A> = Bank<A>> {
    cursor: Cell<NonNull<u8>>,
    end: Cell<usize>,
    chunks: Chunks,
    /// Bytes used in the windows beneath the open one.
    spent: Cell<usize>,
    ground: Window,
    bank: B,
    upstream: PhantomData<A>,
}

impl Stack {
    /// An empty stack on the global heap.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<A: Allocator> Stack<A> {
    /// An empty stack whose chunks come from `upstream`.
    pub const fn new_in(upstream: A) -> Self {
        Self::with_first_chunk_in(growth::next_chunk(0), upstream)
    }

    /// An empty stack whose first chunk will be of `size` bytes, if the first request fits it.
    pub const fn with_first_chunk_in(size: usize, upstream: A) -> Self {
        Self::over(Bank::new(size, upstream), Window::CLOSED)
    }

    /// The same stack, which will never hold more than `bytes` from the upstream.
    ///
    /// ```
    /// use larder::{Stack, alloc::{Block, Layout}};
    /// let stack = Stack::new().with_limit(4096);
    /// let most = Block::new_in(Layout::new::<[u8; 4000]>(), &stack).unwrap();
    /// assert!(Block::new_in(Layout::new::<[u8; 100]>(), &stack).is_err());
    /// assert!(stack.reserved_bytes() <= 4096);
    /// ```
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        self.bank.limit.set(bytes);
        self
    }

    /// Ends all blocks. What `keep` says is kept for the next round, the rest goes back upstream.
    pub fn reset(&mut self, keep: Keep) {
        // SAFETY: `&mut self` shows that no block is in use.
        unsafe { self.close() };
        self.bank.settle(keep);
        if let Some(chunk) = self.bank.take_largest() {
            // SAFETY: it came from our bank, is in no list now, and `&mut self` shows that no block
            // is in use.
            unsafe { self.adopt(chunk) };
        }
    }
}

impl<'b> Stack<Buffer<'b>> {
    /// A stack in `bytes`, on the program's stack or in a static, and nowhere else: when they are
    /// used up, requests are refused.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use larder::{Stack, alloc::{Block, Layout}};
    /// let mut bytes = [MaybeUninit::uninit(); 256];
    /// let stack = Stack::on_buffer(&mut bytes);
    /// for _ in 0..1000 {
    ///     assert!(Block::new_in(Layout::new::<[u8; 150]>(), &stack).is_ok());
    /// }
    /// assert!(Block::new_in(Layout::new::<[u8; 256]>(), &stack).is_err());
    /// ```
    pub fn on_buffer(bytes: &'b mut [MaybeUninit<u8>]) -> Self {
        Self::over_buffer(Buffer::new(bytes))
    }
}

impl<'b, A: Allocator> Stack<Buffer<'b, A>> {
    /// A stack in `bytes` first, whose further chunks come from `upstream`.
    pub fn on_buffer_in(bytes: &'b mut [MaybeUninit<u8>], upstream: A) -> Self {
        Self::over_buffer(Buffer::with_rest(bytes, upstream))
    }

    fn over_buffer(buffer: Buffer<'b, A>) -> Self {
        let first = Bank::first_on(&buffer);
        Self::with_first_chunk_in(first, buffer)
    }
}

impl<A: Allocator, B: Backing<A>> Stack<A, B> {
    const fn over(bank: B, ground: Window) -> Self {
        Self {
            cursor: Cell::new(ground.cursor),
            end: Cell::new(ground.end),
            chunks: Chunks::new(),
            spent: Cell::new(0),
            ground,
            bank,
            upstream: PhantomData,
        }
    }

    /// Bytes between the bottom and the top: live blocks, the words in front of them, and what was
    /// freed out of order and waits for those above it.
    pub fn used_bytes(&self) -> usize {
        self.spent.get() + self.used_here()
    }

    /// Bytes held from the upstream, by this stack and all its frames together.
    pub fn reserved_bytes(&self) -> usize {
        self.bank.bank().reserved.get()
    }

    /// The sizes of the chunks in use, headers included, newest first.
    pub fn chunk_sizes(&self) -> impl Iterator<Item = usize> {
        self.chunks.sizes()
    }

    /// The allocator that chunks come from.
    pub fn upstream(&self) -> &A {
        &self.bank.bank().alloc
    }

    /// Gives all memory that no block lies in back to the upstream: spare chunks, and the open one
    /// if it is empty.
    pub fn trim(&self) {
        if self.used_bytes() == 0 {
            // SAFETY: live blocks are used bytes.
            unsafe { self.close() };
        }
        self.bank.bank().free_spare();
    }

    /// Makes all chunks spare.
    ///
    /// # Safety
    ///
    /// No block is live any more.
    unsafe fn close(&self) {
        self.bank.bank().shelve(&self.chunks, None);
        self.cursor.set(self.ground.cursor);
        self.end.set(self.ground.end);
        self.spent.set(0);
        if self.is_open() {
            // SAFETY: this is the first position of the ground (5), and nothing lives in it.
            unsafe { self.write_bottom(self.ground.cursor, stack::Link::NOTHING) };
        }
    }

    /// Whether there is a window at all. Without one there is no live block either.
    fn is_open(&self) -> bool {
        self.cursor.get() != Window::CLOSED.cursor
    }

    /// The first position of the open window, or the closed one's cursor.
    fn first(&self) -> NonNull<u8> {
        match self.chunks.head() {
            // SAFETY: chunks in the list keep their invariants (4).
            Some(chunk) => first_in(unsafe { Chunk::window(chunk) }),
            None => self.ground.cursor,
        }
    }

    fn used_here(&self) -> usize {
        self.cursor.get().addr().get() - self.first().addr().get()
    }

    /// The word in front of the position `position` of the open window, or its floor.
    ///
    /// # Safety
    ///
    /// The window is not closed, and `position` is the cursor, the start of a block that was not
    /// freed or is still beneath the cursor, or the floor.
    #[inline]
    unsafe fn link(&self, position: usize) -> stack::Link {
        let word = at(self.cursor.get(), position.wrapping_sub(stack::WORD));
        // SAFETY: such words are written, and in the chunk that the cursor has the right to (1, 2).
        unsafe { word.cast::<stack::Link>().read() }
    }

    /// Writes the word in front of `position`, which has the right to it.
    ///
    /// # Safety
    ///
    /// The word is in the chunk or ground that `position` has the right to, behind the header, and
    /// outside of live blocks.
    #[inline]
    unsafe fn set_link(position: NonNull<u8>, link: stack::Link) {
        let word = at(position, position.addr().get().wrapping_sub(stack::WORD));
        // SAFETY: the caller promises that it is ours to write; positions and `WORD` are multiples
        // of a word.
        unsafe { word.cast::<stack::Link>().write(link) };
    }

    /// Whether the block at `ptr` is the topmost.
    ///
    /// # Safety
    ///
    /// The block is live and has at least one byte.
    #[inline]
    unsafe fn is_top(&self, ptr: NonNull<u8>) -> bool {
        // SAFETY: there is a live block, so the window is not closed (3).
        let top = unsafe { self.link(self.cursor.get().addr().get()) };
        top.below_live() == ptr.addr().get()
    }

    /// Ends the program if the block at `ptr` is visibly not live.
    #[cold]
    fn check(&self, ptr: NonNull<u8>) {
        let (start, cursor) = (ptr.addr().get(), self.cursor.get().addr().get());
        let word = NonNull::new(ptr::with_exposed_provenance_mut(start.wrapping_sub(stack::WORD)));
        let ground = self.ground.cursor.addr().get()..self.ground.end;
        let ours = |word: &NonNull<u8>| self.chunks.covers(*word) || ground.contains(&start);
        let above = (cursor..self.end.get()).contains(&start);
        let live = !above
            && start.is_multiple_of(stack::WORD)
            && word.filter(ours).is_some_and(|word| {
                // SAFETY: the word is in a chunk of ours, or in the ground, whose provenance was exposed;
                // where a block begins it is written (2).
                !unsafe { word.cast::<stack::Link>().read() }.is_freed()
            });
        if !live {
            panics::corrupted(&format_args!(
                "a block at {ptr:?} came back to a stack, but no live block begins there: it was \
                 freed before, or is of another allocator, or what was above a marker has ended"
            ));
        }
    }

    /// Makes `start` the topmost block and `after` the cursor.
    ///
    /// # Safety
    ///
    /// `start` is a position at or under the cursor, which a live block begins at or may begin at,
    /// and `after` is a position behind it and not behind the window.
    #[inline]
    unsafe fn push(&self, start: NonNull<u8>, after: usize) {
        shadow::open(start, after - start.addr().get());
        let cursor = at(start, after);
        // SAFETY: the word is behind the block and in the window.
        unsafe { Self::set_link(cursor, stack::Link::live(start.addr().get())) };
        self.cursor.set(cursor);
    }

    /// Writes the floor and the first word of an empty window.
    ///
    /// # Safety
    ///
    /// `first` is the first position of a window in which no block is live, and has the right to it.
    unsafe fn write_bottom(&self, first: NonNull<u8>, beneath: stack::Link) {
        let floor = at(first, stack::floor_of(first.addr().get()));
        // SAFETY: the first position of a window leaves room for a floor, and nobody uses it.
        unsafe { Self::set_link(floor, beneath) };
        // SAFETY: the word between the floor and the first position is of no block.
        unsafe { Self::set_link(first, stack::Link::live(floor.addr().get())) };
    }

    /// Takes `chunk` into the list and carves it from now on.
    ///
    /// # Safety
    ///
    /// The chunk came from our bank, is in no list, and nobody uses its bytes.
    unsafe fn adopt(&self, chunk: NonNull<Chunk>) {
        let beneath = if self.is_open() {
            stack::Link::live(self.cursor.get().addr().get()).freed()
        } else {
            stack::Link::NOTHING
        };
        self.spent.set(self.used_bytes());
        // Blocks of older chunks are found by address alone when they are freed out of order.
        let _ = chunk.expose_provenance();
        // SAFETY: it is in no list, and keeps the invariants of chunks since the bank made it.
        unsafe { self.chunks.push(chunk) };
        // SAFETY: as above.
        let window = unsafe { Chunk::window(chunk) };
        // A spare chunk is closed to the sanitizer.
        window.open();
        let first = first_in(window);
        // SAFETY: all bytes of the chunk are free.
        unsafe { self.write_bottom(first, beneath) };
        self.cursor.set(first);
        self.end.set(window.end);
    }

    /// Makes the newest chunk a spare one, and opens the window beneath.
    ///
    /// # Safety
    ///
    /// No block of the newest chunk is live, and its floor holds `cursor`.
    unsafe fn retreat(&self, cursor: usize) {
        // SAFETY: chunks in the list keep their invariants (4).
        let older = self.chunks.head().and_then(|chunk| unsafe { chunk.as_ref() }.next.get());
        self.bank.bank().shelve(&self.chunks, older);
        let window = match self.chunks.head() {
            // SAFETY: chunks in the list keep their invariants (4).
            Some(chunk) => unsafe { Chunk::window(chunk) },
            None => self.ground,
        };
        self.cursor.set(at(window.cursor, cursor));
        self.end.set(window.end);
        self.spent.set(self.spent.get() - self.used_here());
    }

    /// Goes down over all that has been freed, from `position`, which becomes the cursor unless what
    /// is beneath it has been freed as well.
    ///
    /// # Safety
    ///
    /// `position` is one of the open window, at or under the cursor, and no block above it is live.
    #[cold]
    #[inline(never)]
    unsafe fn collapse(&self, mut position: usize) {
        loop {
            // SAFETY: the collapse asks for positions it found in words of this window, which
            // `position` is in (2).
            match stack::collapse(position, |position| unsafe { self.link(position) }) {
                Collapsed::At(end) => {
                    let cursor = at(self.cursor.get(), end);
                    // SAFETY: as above.
                    let below = unsafe { self.link(end) }.below();
                    // SAFETY: the word in front of a position is of no block.
                    unsafe { Self::set_link(cursor, stack::Link::live(below)) };
                    return self.cursor.set(cursor);
                }
                Collapsed::Emptied(cursor) => {
                    // SAFETY: all blocks have been freed, down to the floor, which holds `cursor`.
                    unsafe { self.retreat(cursor) };
                    position = cursor;
                }
            }
        }
    }

    /// The window does not serve `layout` by the short way: no bytes at all, or a large alignment,
    /// or a new chunk.
    #[cold]
    #[inline(never)]
    fn carve_slow(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        let (size, align) = (layout.size(), layout.align());
        if size == 0 {
            return Ok(layout.dangling_ptr());
        }
        if let Some(start) = self.carve_aligned(layout) {
            return Ok(start);
        }
        let bank = self.bank.bank();
        let request = stack::request(size, align)
            .and_then(|(size, align)| Layout::from_size_align(size, align).ok())
            .ok_or_else(|| bank.refuse(layout, Cause::Overflow))?;
        if self.used_bytes() == 0 {
            // An empty chunk that is too small would only lie beneath the next.
            // SAFETY: live blocks are used bytes.
            unsafe { self.close() };
        }
        let chunk = bank.take(request).map_err(|refusal| Refusal::new(layout, refusal.cause))?;
        // SAFETY: `take` returns a chunk that is in no list and that nobody else has.
        unsafe { self.adopt(chunk) };
        match self.carve_aligned(layout) {
            Some(start) => Ok(start),
            None => unreachable!("a chunk taken for a layout serves it"),
        }
    }

    /// A block of `layout`, which has bytes, from the open window.
    fn carve_aligned(&self, layout: Layout) -> Option<NonNull<u8>> {
        let cursor = self.cursor.get();
        let (here, end) = (cursor.addr().get(), self.end.get());
        let Placed { start, cursor: after } =
            stack::place_aligned(here, end, layout.size(), layout.align())?;
        let start = at(cursor, start);
        if start != cursor {
            shadow::open(cursor, start.addr().get() - here);
            // SAFETY: a window that serves is open, and so the word in front of the cursor is written (2).
            let gap = unsafe { self.link(here) }.freed();
            // SAFETY: the word is of no block yet: the gap becomes one, freed already.
            unsafe { Self::set_link(cursor, gap) };
            // SAFETY: the word is in the gap, whose size is a multiple of two words.
            unsafe { Self::set_link(start, stack::Link::live(here)) };
        }
        // SAFETY: the block was placed in the window.
        unsafe { self.push(start, after) };
        Some(start)
    }
}

fn first_in(window: Window) -> NonNull<u8> {
    at(window.cursor, stack::first(window.cursor.addr().get()))
}

impl<A: Allocator, B: Backing<A>> Drop for Stack<A, B> {
    fn drop(&mut self) {
        // A stack of its own then drops its bank, which frees them.
        self.bank.bank().shelve(&self.chunks, None);
    }
}

// SAFETY: the chunks are the stack's alone (4), and no borrow of it is alive when it is sent; a
// frame has no such impl, since its bank is shared with the outer stack.
unsafe impl<A: Allocator + Send> Send for Stack<A> {}

impl Default for Stack {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator, B: Backing<A>> fmt::Debug for Stack<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("used", &self.used_bytes())
            .field("reserved", &self.reserved_bytes())
            .finish_non_exhaustive()
    }
}
