#![expect(unsafe_code, reason = "implements `Allocator` by way of `Routed`")]
//! The free list: blocks that were freed, kept for the next request of about that size.
//!
//! ```text
//!  request --- of a size in least..=most ---> kept block, if there is one
//!     |                                            | none: a batch from the upstream
//!     `--- any other ---> upstream          freed  | full: a batch goes back
//! ```
//!
//! It carves nothing: each block is a block of the upstream's, of the largest size of the range, so
//! that every kept block serves every request. Both borders, empty and full, are crossed by a batch,
//! so that a program that goes back and forth at a border does not call the upstream each time. What
//! goes back is what was kept longest, and so is coldest.
//!
//! Invariants:
//!
//! 1. Each address in `slots` is a block of `block` from `upstream`, which nobody uses, and whose
//!    provenance is exposed.
//! 2. `held` is the number of such blocks, kept or handed out.
//! 3. The room of `slots`, when not 0, is a block of `room` from `upstream`.
//!
//! What it does not promise: nothing is freed before it is full, [`trim`](FreeList::trim) is called,
//! or it is dropped; and it is not shared between threads.

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, num::NonZero, ptr::NonNull};

use crate::{
    alloc::{AllocError, Allocator, Block, Global, Layout, Refusal, Report, Stats},
    panics,
    strategy::{
        routed::{Routed, Shelf, routed_allocator},
        slots::{Slots, Word},
    },
};

/// How many blocks leave the stack at once, on the way to the upstream.
const HANDFUL: usize = 16;

/// A few freed blocks, kept in front of any upstream for the next request.
///
/// A free list is an [`Allocator`], and so is a reference to it. It is for an upstream that is slow,
/// and a program that frees and asks for about the same size again and again.
///
/// ```
/// use larder::{FreeList, alloc::{Api2, Layout}};
///
/// let list = FreeList::for_layout(Layout::new::<[u8; 4096]>());
/// let page = allocator_api2::boxed::Box::new_in([1_u8; 4096], Api2(&list));
/// let at = &raw const *page;
/// drop(page);
/// let page = allocator_api2::boxed::Box::new_in([2_u8; 4000], Api2(&list)); // a little smaller
/// assert_eq!((&raw const *page).cast(), at);
/// ```
pub struct FreeList<A: Allocator = Global> {
    slots: Slots,
    block: Layout,
    least: usize,
    bound: usize,
    batch: usize,
    held: Cell<usize>,
    failed: Cell<usize>,
    upstream: A,
}

/// How much a free list keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// So many blocks.
    Blocks(usize),
    /// As many blocks as have at most so many bytes together.
    Bytes(usize),
}

impl FreeList {
    /// An empty list of blocks of `layout`, over the global heap.
    #[must_use]
    pub const fn for_layout(layout: Layout) -> Self {
        Self::for_layout_in(layout, Global)
    }
}

impl<A: Allocator> FreeList<A> {
    /// An empty list of blocks of `layout`, rounded up to its alignment, over `upstream`.
    ///
    /// It serves requests of more than half that size, keeps at most 64 blocks, asks for one block at
    /// a time, and gives 16 back when it is full.
    pub const fn for_layout_in(layout: Layout, upstream: A) -> Self {
        let block = layout.pad_to_align();
        Self {
            slots: Slots::new(),
            block,
            least: block.size() / 2 + 1,
            bound: 64,
            batch: 1,
            held: Cell::new(0),
            failed: Cell::new(0),
            upstream,
        }
    }

    /// A list that serves all requests of `least` bytes and more, up to its blocks' size.
    ///
    /// Takes effect for a list without blocks only; any other is returned as it is.
    #[must_use]
    pub fn with_least(mut self, least: usize) -> Self {
        if self.held.get() == 0 {
            self.least = least.max(1);
        }
        self
    }

    /// A list that keeps so much.
    ///
    /// Takes effect for a list without blocks only; any other is returned as it is.
    ///
    /// ```
    /// use larder::{FreeList, alloc::Layout, strategy::free_list::Bound};
    /// let list = FreeList::for_layout(Layout::new::<[u8; 100]>()).with_bound(Bound::Bytes(1000));
    /// assert_eq!(list.bound(), 10);
    /// ```
    #[must_use]
    pub fn with_bound(mut self, bound: Bound) -> Self {
        if self.held.get() == 0 {
            self.bound = match bound {
                Bound::Blocks(blocks) => blocks,
                Bound::Bytes(bytes) => bytes / self.block.size().max(1),
            };
        }
        self
    }

    /// A list that asks for `batch` blocks at once when it has none.
    #[must_use]
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// The layout of every block.
    pub const fn block_layout(&self) -> Layout {
        self.block
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// When the upstream refuses.
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        Block::new_in(Block::<&Self>::bytes(size)?, self)
    }

    /// How many blocks are kept at most.
    pub const fn bound(&self) -> usize {
        self.bound
    }

    /// How many blocks are kept.
    pub fn kept(&self) -> usize {
        self.slots.len()
    }

    /// Gives kept blocks back to the upstream until at most `keep` are left, the coldest first.
    pub fn trim(&self, keep: usize) {
        while self.slots.len() > keep {
            let mut out = [None; HANDFUL];
            let mut left = self.slots.len() - keep;
            self.slots.rearrange(|kept| {
                left = left.min(HANDFUL);
                for (place, address) in out.iter_mut().zip(&kept[..left]) {
                    *place = Some(*address);
                }
                kept.copy_within(left.., 0);
                kept.len() - left
            });
            for address in out.into_iter().flatten() {
                self.free(address);
            }
        }
    }

    /// The allocator that blocks come from.
    pub const fn upstream(&self) -> &A {
        &self.upstream
    }

    /// Gives a block that has left the stack back to the upstream.
    fn free(&self, address: NonZero<usize>) {
        self.held.set(self.held.get() - 1);
        let block = NonNull::with_exposed_provenance(address);
        // SAFETY: it came from the upstream with this layout, and nobody uses it (1).
        unsafe { self.upstream.deallocate(block, self.block) };
    }

    /// A block from the upstream.
    fn fetch(&self) -> Result<NonNull<u8>, AllocError> {
        let block = self.upstream.allocate(self.block)?.cast::<u8>();
        block.as_ptr().expose_provenance();
        self.held.set(self.held.get() + 1);
        Ok(block)
    }

    /// Where the addresses are kept.
    fn room(&self) -> Option<Layout> {
        Layout::array::<Word>(self.bound).ok().filter(|room| room.size() > 0)
    }

    /// Finds room for the addresses, if there is none yet. Without it nothing is kept.
    fn ensure_room(&self) {
        if self.slots.capacity() > 0 {
            return;
        }
        let Some(room) = self.room() else { return };
        if let Ok(block) = self.upstream.allocate(room) {
            // SAFETY: the block is ours, has room for `bound` words, and is aligned for them.
            unsafe { self.slots.move_to(block.cast(), self.bound) };
        }
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&self) -> Result<NonNull<u8>, AllocError> {
        let Ok(first) = self.fetch() else {
            self.failed.set(self.failed.get().saturating_add(1));
            return Err(AllocError);
        };
        if self.batch > 1 {
            self.ensure_room();
        }
        for _ in 1..self.batch.min(self.slots.capacity()) {
            let Ok(block) = self.fetch() else { break };
            self.slots.push(block.addr());
        }
        Ok(first)
    }

    #[cold]
    #[inline(never)]
    fn give_slow(&self, block: NonNull<u8>) {
        self.ensure_room();
        self.trim(self.bound.saturating_sub(HANDFUL.min(self.bound.div_ceil(2))));
        if !self.slots.push(block.addr()) {
            self.free(block.addr());
        }
    }

    /// Whether a block is kept already, which it cannot be when it is freed.
    #[cold]
    fn check(&self, block: NonNull<u8>) {
        self.slots.rearrange(|kept| {
            if kept.contains(&block.addr()) {
                panics::corrupted(&format_args!(
                    "the block at {:#x}, of {} bytes, was freed twice",
                    block.addr(),
                    self.block.size()
                ));
            }
            kept.len()
        });
    }
}

// SAFETY: the shelf is decided by comparisons with bounds that do not change while there are blocks
// (1), and its size is the upper bound of the size (2). The blocks are the upstream's, and handed out
// once until they come back; they end with the upstream, which lives as long (3).
unsafe impl<A: Allocator> Routed for FreeList<A> {
    type Upstream = A;
    type Index = ();

    #[inline]
    fn shelf(&self, layout: Layout) -> Option<Shelf<()>> {
        let size = self.block.size();
        let fits = (self.least..=size).contains(&layout.size());
        (fits && layout.align() <= self.block.align()).then_some(Shelf { index: (), size })
    }

    #[inline]
    fn take(&self, (): ()) -> Result<NonNull<u8>, AllocError> {
        match self.slots.pop() {
            // The provenance was exposed when the block was fetched (1).
            Some(address) => Ok(NonNull::with_exposed_provenance(address)),
            None => self.take_slow(),
        }
    }

    #[inline]
    unsafe fn give(&self, (): (), block: NonNull<u8>) {
        if cfg!(debug_assertions) {
            self.check(block);
        }
        if !self.slots.push(block.addr()) {
            self.give_slow(block);
        }
    }

    fn upstream(&self) -> &A {
        &self.upstream
    }
}

routed_allocator!([A: Allocator] FreeList<A>);

/// Of the blocks of the range; others are the upstream's to report.
impl<A: Allocator> Report for FreeList<A> {
    fn report(&self) -> Stats {
        let (held, kept, size) = (self.held.get(), self.slots.len(), self.block.size());
        let room = self.room().filter(|_| self.slots.capacity() > 0);
        Stats {
            live_bytes: (held - kept) * size,
            live_blocks: Some(held - kept),
            reserved_bytes: held * size + room.map_or(0, |room| room.size()),
            failed: Some(self.failed.get()),
            largest_free: Some(if kept > 0 { size } else { 0 }),
            ..Stats::default()
        }
    }
}

impl<A: Allocator> Drop for FreeList<A> {
    fn drop(&mut self) {
        self.trim(0);
        if let Some(room) = self.room().filter(|_| self.slots.capacity() > 0) {
            // SAFETY: the room came from the upstream with this layout (3), and nothing is in it.
            unsafe { self.upstream.deallocate(self.slots.leave(), room) };
        }
    }
}

// SAFETY: the kept blocks are the list's alone, and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send> Send for FreeList<A> {}

impl<A: Allocator> fmt::Debug for FreeList<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FreeList")
            .field("block", &self.block)
            .field("least", &self.least)
            .field("kept", &self.kept())
            .field("bound", &self.bound)
            .finish_non_exhaustive()
    }
}
