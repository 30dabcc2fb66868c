#![expect(unsafe_code, reason = "implements `Allocator` by way of `Routed`")]
//! The pool: blocks of one size, each had and freed in a few instructions.
//!
//! A pool is one set of `Blocks`, and all that is hard is there. What is here decides which
//! requests get a block: those with 1 to `size` bytes and not more than its alignment. All others
//! go to the upstream or are refused, as [`Others`] says. Since the decision is one comparison of
//! the size and one of the alignment, every size between what was requested and what was returned
//! leads to the same place: a request that got a block is returned the whole block, and none of
//! the larger sizes of a foreign one ever fits.
//!
//! The layout of the blocks is a value ([`Pool`]), or, for the last instructions, a type
//! ([`PoolOf`]).
//!
//! Invariant: all blocks of `blocks` are cut by `shape`, from chunks of `bank`.
//!
//! What it does not promise: memory goes back to the upstream by [`shrink_to_fit`](Pool::shrink_to_fit), a reset,
//! or the drop of the pool only; frees are checked in debug builds only; and it is not shared between
//! threads.

#[cfg(test)]
mod tests;

use core::{fmt, marker::PhantomData, ptr::NonNull};

pub use super::blocks::Fragmentation;
use crate::{
    alloc::{AllocError, Allocator, Block, Global, Layout, Owns, Refusal, Report, Reset, Stats},
    bits::growth,
    strategy::{
        bank::Bank,
        blocks::{Blocks, Cut},
        routed::{Routed, Shelf, routed_allocator},
    },
};

/// Blocks of one layout, for collections whose nodes are all alike.
///
/// A pool is an [`Allocator`], and so is a reference to it. Every request that fits a block gets a
/// whole one; what [`Others`] says becomes of the rest. Nothing is allocated before the first use.
///
/// Each block costs its size, rounded up to its alignment, and 8 bytes beside it.
///
/// ```
/// use larder::{Pool, alloc::{Api2, Layout, Report}};
///
/// let pool = Pool::of::<[u64; 8]>();
/// let first = allocator_api2::boxed::Box::new_in([1_u64; 8], Api2(&pool));
/// let second = allocator_api2::boxed::Box::new_in([2_u64; 8], Api2(&pool));
/// assert_eq!(first[0] + second[0], 3);
/// assert_eq!(pool.report().live_blocks, Some(2));
///
/// let at = &raw const *second;
/// drop(second);
/// let third = allocator_api2::boxed::Box::new_in([3_u64; 8], Api2(&pool));
/// assert_eq!(&raw const *third, at); // the block that was freed last comes first
/// ```
pub struct Pool<A: Allocator = Global, S: Shape = Layout> {
    blocks: Blocks,
    shape: S,
    others: Others,
    bank: Bank<A>,
}

/// A [`Pool`] whose layout is known when the program is compiled, which saves the comparisons.
///
/// ```
/// use larder::{PoolOf, alloc::Api2};
/// let pool = PoolOf::<u64>::new();
/// let number = allocator_api2::boxed::Box::new_in(7_u64, Api2(&pool));
/// assert_eq!(*number, 7);
/// ```
pub type PoolOf<T, A = Global> = Pool<A, Of<T>>;

/// What becomes of a request that does not fit a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// The upstream serves it. Its bytes are not in the pool's figures, and do not end by a reset.
    #[default]
    Upstream,
    /// It is refused. Requests of no bytes succeed nevertheless.
    Refuse,
}

/// How a pool knows the layout of its blocks: as a value, [`Layout`], or by a type, [`Of`]. Sealed:
/// these two are all.
pub trait Shape: sealed::Sealed + Copy {
    #[doc(hidden)]
    fn layout(self) -> Layout;
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
    impl Sealed for super::Layout {}
    impl<T> Sealed for super::Of<T> {}
}

/// Blocks for values of type `T`; see [`PoolOf`].
pub struct Of<T>(PhantomData<fn() -> T>);

impl<T> Clone for Of<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Of<T> {}

impl<T> fmt::Debug for Of<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Of").field(&Layout::new::<T>()).finish()
    }
}

impl<T> Shape for Of<T> {
    #[inline]
    fn layout(self) -> Layout {
        const { whole(Layout::new::<T>()) }
    }
}

impl Shape for Layout {
    #[inline]
    fn layout(self) -> Layout {
        self
    }
}

/// The layout of a block that holds `layout`: a multiple of the alignment, and not 0.
pub(in crate::strategy) const fn whole(layout: Layout) -> Layout {
    let padded = layout.pad_to_align();
    if padded.size() > 0 {
        return padded;
    }
    match Layout::from_size_align(layout.align(), layout.align()) {
        Ok(layout) => layout,
        Err(_) => layout,
    }
}

impl Pool {
    /// An empty pool of blocks for values of type `T`, on the global heap.
    #[must_use]
    pub const fn of<T>() -> Self {
        Self::for_layout(Layout::new::<T>())
    }

    /// An empty pool of blocks for `layout`, on the global heap.
    ///
    /// ```
    /// use larder::{Pool, alloc::{GoodSize, Layout}};
    /// let pool = Pool::for_layout(Layout::from_size_align(40, 16)?);
    /// assert_eq!(pool.block_layout(), Layout::from_size_align(48, 16)?);
    /// assert_eq!(pool.good_size(Layout::new::<u8>()), 48);
    /// # Ok::<(), core::alloc::LayoutError>(())
    /// ```
    #[must_use]
    pub const fn for_layout(layout: Layout) -> Self {
        Self::for_layout_in(layout, Global)
    }
}

impl<A: Allocator> Pool<A> {
    /// An empty pool of blocks for values of type `T`, whose chunks come from `upstream`.
    pub const fn of_in<T>(upstream: A) -> Self {
        Self::for_layout_in(Layout::new::<T>(), upstream)
    }

    /// An empty pool of blocks for `layout`, whose chunks come from `upstream`.
    pub const fn for_layout_in(layout: Layout, upstream: A) -> Self {
        Self::with_shape(whole(layout), upstream)
    }
}

impl<T> PoolOf<T> {
    /// An empty pool of blocks for values of type `T`, on the global heap.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<T, A: Allocator> PoolOf<T, A> {
    /// An empty pool of blocks for values of type `T`, whose chunks come from `upstream`.
    pub const fn new_in(upstream: A) -> Self {
        Self::with_shape(Of(PhantomData), upstream)
    }
}

impl<T> Default for PoolOf<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator, S: Shape> Pool<A, S> {
    const fn with_shape(shape: S, upstream: A) -> Self {
        let bank = Bank::new(growth::next_chunk(0), upstream);
        Self { blocks: Blocks::new(), shape, others: Others::Upstream, bank }
    }

    /// The same pool, with another answer to requests that do not fit a block.
    ///
    /// ```
    /// use larder::{Pool, alloc::{Allocator, Layout}, strategy::pool::Others};
    /// let pool = Pool::of::<u64>().with_others(Others::Refuse);
    /// assert!(pool.allocate(Layout::new::<u64>()).is_ok());
    /// assert!(pool.allocate(Layout::new::<[u64; 2]>()).is_err());
    /// ```
    #[must_use]
    pub fn with_others(mut self, others: Others) -> Self {
        self.others = others;
        self
    }

    /// The same pool, which will never hold more than `bytes` from the upstream for its blocks.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        self.bank.limit.set(bytes);
        self
    }

    /// The layout of every block.
    pub fn block_layout(&self) -> Layout {
        self.shape.layout()
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// When the limit would be passed, or the upstream refuses; and for more than a block when such
    /// requests are refused.
    ///
    /// ```
    /// use larder::Pool;
    /// let pool = Pool::of::<[u8; 1024]>().with_limit(4096);
    /// let mut block = pool.block(1024)?;
    /// block.as_mut_slice()[0] = 7;
    /// assert_eq!(block.as_slice()[..2], [7, 0]);
    /// assert_eq!(pool.live(), 1);
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        let layout = Block::<&Self>::bytes(size)?;
        if self.shelf(layout).is_some()
            && let Err(refusal) = self.try_reserve(1)
        {
            return Err(Refusal::new(layout, refusal.cause));
        }
        Block::new_in(layout, self)
    }

    /// Makes sure that `count` more blocks can be had without asking the upstream.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, or the limit would be passed.
    ///
    /// ```
    /// use larder::Pool;
    /// let pool = Pool::of::<u64>().with_limit(1000);
    /// assert!(pool.try_reserve(30).is_ok());
    /// assert!(pool.available() >= 30);
    /// assert!(pool.try_reserve(1000).is_err());
    /// ```
    pub fn try_reserve(&self, count: usize) -> Result<(), Refusal> {
        self.blocks.reserve(&self.bank, self.cut(), count)
    }

    /// [`try_reserve`](Self::try_reserve) for those who have no answer to a refusal.
    ///
    /// # Panics
    ///
    /// When the upstream refuses, or the limit would be passed.
    #[track_caller]
    pub fn reserve(&self, count: usize) {
        if let Err(refusal) = self.try_reserve(count) {
            crate::panics::refused(&refusal);
        }
    }

    /// How many blocks can be had without asking the upstream.
    pub fn available(&self) -> usize {
        self.blocks.free(self.cut())
    }

    /// How many blocks are handed out.
    pub fn live(&self) -> usize {
        self.blocks.live(self.cut())
    }

    /// Where the free blocks lie, and so what [`shrink_to_fit`](Self::shrink_to_fit) would give back.
    /// Costs `n log n` for `n` free blocks.
    ///
    /// ```
    /// use larder::{Pool, alloc::Api2};
    /// let pool = Pool::of::<u64>();
    /// let boxes: Vec<_> = (0..1000_u64)
    ///     .map(|n| allocator_api2::boxed::Box::new_in(n, Api2(&pool)))
    ///     .collect();
    /// let kept: Vec<_> = boxes.into_iter().filter(|n| **n % 100 == 0).collect();
    /// assert!(pool.fragmentation().stranded_bytes >= 3000);
    /// drop(kept);
    /// assert_eq!(pool.fragmentation().permille(), 0);
    /// ```
    pub fn fragmentation(&self) -> Fragmentation {
        let mut found = Fragmentation::default();
        self.blocks.survey(self.cut(), &mut found);
        found
    }

    /// Gives the chunks in which no block is live back to the upstream, and orders the free blocks
    /// by their addresses. Returns how many bytes went back. Costs `n log n` for `n` free blocks.
    ///
    /// ```
    /// use larder::{Pool, alloc::{Api2, Report}};
    /// let pool = Pool::of::<u64>();
    /// pool.reserve(1000);
    /// assert!(pool.shrink_to_fit() >= 8000);
    /// assert_eq!(pool.report().reserved_bytes, 0);
    /// ```
    pub fn shrink_to_fit(&self) -> usize {
        let before = self.bank.reserved.get();
        self.bank.free_spare();
        self.blocks.release(&self.bank, self.cut());
        before - self.bank.reserved.get()
    }

    /// Ends all blocks, and keeps their memory for new ones. Does not touch what the upstream serves.
    pub fn clear(&mut self) {
        // SAFETY: `&mut self` shows that no block is in use.
        unsafe { self.blocks.end(&self.bank) };
    }

    /// The allocator that chunks come from.
    pub fn upstream(&self) -> &A {
        &self.bank.alloc
    }

    #[inline]
    fn cut(&self) -> Cut {
        Cut::of(self.shape.layout())
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&self) -> Result<NonNull<u8>, AllocError> {
        self.blocks.refill(&self.bank, self.cut())?;
        self.blocks.pop(self.cut()).ok_or(AllocError)
    }
}

// SAFETY: the shelf is decided by comparisons with two bounds that never change (1), and its size is
// the bound of the size (2). Blocks are cut at multiples of the alignment, are disjoint, and
// stay until `&mut self` ends them or the pool is dropped (3).
unsafe impl<A: Allocator, S: Shape> Routed for Pool<A, S> {
    type Upstream = A;
    type Index = ();

    #[inline]
    fn shelf(&self, layout: Layout) -> Option<Shelf<()>> {
        let block = self.shape.layout();
        // Less one, so that no bytes are the most and fit nowhere.
        let fits = layout.size().wrapping_sub(1) < block.size();
        (fits && layout.align() <= block.align()).then_some(Shelf { index: (), size: block.size() })
    }

    #[inline]
    fn take(&self, (): ()) -> Result<NonNull<u8>, AllocError> {
        match self.blocks.pop(self.cut()) {
            Some(block) => {
                self.blocks.prefetch_next();
                Ok(block)
            }
            None => self.take_slow(),
        }
    }

    #[inline]
    unsafe fn give(&self, (): (), block: NonNull<u8>) {
        // SAFETY: the caller's promise is the callee's.
        if !unsafe { self.blocks.push(block, self.cut()) } {
            self.blocks.overfull(block, self.cut());
        }
    }

    fn upstream(&self) -> &A {
        &self.bank.alloc
    }

    fn sends_upstream(&self) -> bool {
        if self.others == Others::Refuse {
            self.bank.failed.set(self.bank.failed.get().saturating_add(1));
        }
        self.others == Others::Upstream
    }
}

routed_allocator!([A: Allocator, S: Shape] Pool<A, S>);

// SAFETY: a layout that fits a block of ours leads to the shelf, and the block lies in a chunk; all
// others are the upstream's to answer. One that it has handed out to others lies in no chunk of ours.
unsafe impl<A: Owns, S: Shape> Owns for Pool<A, S> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        match self.shelf(layout) {
            Some(_) => self.blocks.covers(ptr),
            None => self.others == Others::Upstream && self.bank.alloc.owns(ptr, layout),
        }
    }
}

impl<A: Allocator, S: Shape> Reset for Pool<A, S> {
    fn end_blocks(&mut self) {
        self.clear();
    }
}

impl<A: Allocator, S: Shape> Report for Pool<A, S> {
    fn report(&self) -> Stats {
        let live = self.live();
        Stats {
            live_bytes: live * self.block_layout().size(),
            live_blocks: Some(live),
            largest_free: Some(if self.available() > 0 { self.block_layout().size() } else { 0 }),
            ..self.bank.stats(self.blocks.chunk_sizes())
        }
    }
}

impl<A: Allocator, S: Shape> Drop for Pool<A, S> {
    fn drop(&mut self) {
        // SAFETY: blocks end with the pool. The bank then gives the chunks back.
        unsafe { self.blocks.abandon(&self.bank) };
    }
}

// SAFETY: the chunks are the pool's alone, and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send, S: Shape + Send> Send for Pool<A, S> {}

impl<A: Allocator, S: Shape> fmt::Debug for Pool<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("block", &self.block_layout())
            .field("live", &self.live())
            .field("reserved", &self.bank.reserved.get())
            .finish_non_exhaustive()
    }
}
