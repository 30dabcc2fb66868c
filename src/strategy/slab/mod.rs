#![expect(unsafe_code, reason = "implements `Allocator` by way of `Routed`")]
//! The slab: blocks of any size up to 32 KiB, from a pool for each of 72 sizes.
//!
//! ```text
//!  request --> class (a shift from the leading bit) --> stack of free blocks of that class
//!     |                16  32  48 ... 256 288 ... 512 576 ... 32768
//!     `--- larger than 32 KiB, or at a multiple of more than 128 ---> upstream
//! ```
//!
//! **Algorithm.** The classes are those of [`size_class`]: eight to each doubling. A request is
//! rounded up to a multiple of its alignment and gets a block of the smallest class that holds it;
//! each class has its own `Blocks`, all of them share one bank.
//!
//! **Alignment.** The classes between two powers of two are one step apart, and each is a multiple of
//! its step. A size that is a multiple of an alignment not above the step leads to a class that is
//! one too. If the alignment is above the step, the size is itself a class. So the class of a
//! rounded size is a multiple of the alignment, and blocks that begin at a multiple of the largest
//! power of two in their size, up to 128, lie right for all requests that lead to them.
//!
//! Invariant: the blocks of `classes[c]` are cut by `cut(c)`, from chunks of `bank`.
//!
//! What it does not promise: a class's memory serves other classes only after its chunks have gone
//! back; frees are checked in debug builds only; and it is not shared between threads.

#[cfg(test)]
mod tests;

use core::{fmt, ptr::NonNull};

pub use super::blocks::Fragmentation;
use crate::{
    alloc::{AllocError, Allocator, Block, Global, Layout, Owns, Refusal, Report, Reset, Stats},
    bits::{
        growth,
        size_class::{self, UNIT},
    },
    strategy::{
        bank::Bank,
        blocks::{Blocks, Cut, natural_align},
        prefetch::prefetch,
        routed::{Routed, Shelf, routed_allocator},
    },
};

/// The largest block that is not the upstream's.
pub const LARGEST: usize = 1 << 15;

/// The largest alignment of a block that is not the upstream's.
pub const LARGEST_ALIGN: usize = 128;

const CLASSES: usize = size_class::class_of(LARGEST) + 1;

/// Classes of sizes up to this are looked up, which is a tenth faster than to compute them where
/// sizes are mixed.
const LOOKED_UP: usize = 1 << 10;

/// The class of each number of units, less one.
static CLASS_OF: [u8; LOOKED_UP / UNIT] = {
    let mut classes = [0; LOOKED_UP / UNIT];
    let mut units = 0;
    while units < classes.len() {
        classes[units] = size_class::class_of((units + 1) * UNIT) as u8;
        units += 1;
    }
    classes
};

/// The size of the blocks of each class.
static SIZE_OF: [u16; CLASSES] = {
    let mut sizes = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        sizes[class] = size_class::size_of(class) as u16;
        class += 1;
    }
    sizes
};

/// No chunk is made larger than this for the sake of growth.
const LARGEST_CHUNK: usize = 1 << 16;

/// No chunk is smaller than this, unless memory is short.
const FIRST_CHUNK: usize = 1 << 12;

/// A general allocator for one thread: small blocks of any size from pools, large ones from the
/// upstream.
///
/// A slab is an [`Allocator`], and so is a reference to it. A block is at most an eighth larger than
/// the request, from 112 bytes on; smaller ones are rounded up to a multiple of 16. Each costs 8
/// bytes beside it. A block grows in place up to the size of its class, which
/// [`GoodSize`](crate::alloc::GoodSize) tells. Nothing is allocated before the first use.
///
/// ```
/// use larder::{Slab, alloc::{Api2, Report}};
///
/// let slab = Slab::new();
/// let mut names = hashbrown::HashMap::new_in(Api2(&slab));
/// for n in 0..100 {
///     names.insert(n, allocator_api2::boxed::Box::new_in([n; 20], Api2(&slab)));
/// }
/// names.retain(|n, _| n % 2 == 0);
/// assert!(slab.report().live_blocks >= Some(50));
/// drop(names);
/// slab.shrink_to_fit();
/// assert_eq!(slab.report().reserved_bytes, 0);
/// ```
pub struct Slab<A: Allocator = Global> {
    classes: [Blocks; CLASSES],
    bank: Bank<A>,
}

/// When chunks without a live block go back to the upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// When [`Slab::shrink_to_fit`] is called, and at the end.
    #[default]
    ByHand,
    /// Besides, when a class has more than so many free bytes, and again whenever as many, or a
    /// quarter of those that stayed, have come on top. Costs up to `4 log n` comparisons for a freed
    /// block.
    Above(usize),
}

/// A number below [`CLASSES`].
#[derive(Clone, Copy, PartialEq)]
pub(in crate::strategy) struct Class(usize);

/// How the blocks of a class are cut.
const fn cut(class: usize) -> Cut {
    let stride = size_class::size_of(class);
    Cut { stride, align: natural_align(stride, LARGEST_ALIGN) }
}

impl Slab {
    /// An empty slab on the global heap.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<A: Allocator> Slab<A> {
    /// An empty slab whose chunks and large blocks come from `upstream`.
    pub const fn new_in(upstream: A) -> Self {
        Self { classes: [const { Blocks::new() }; CLASSES], bank: Bank::new(0, upstream) }
    }

    /// The same slab, with another time at which memory goes back.
    #[must_use]
    pub fn with_release(self, release: Release) -> Self {
        for (class, blocks) in self.classes.iter().enumerate() {
            blocks.keep(match release {
                Release::ByHand => usize::MAX,
                Release::Above(bytes) => bytes / size_class::size_of(class),
            });
        }
        self
    }

    /// The same slab, which will never hold more than `bytes` from the upstream for small blocks.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        self.bank.limit.set(bytes);
        self
    }

    /// `size` zero bytes that free themselves.
    ///
    /// # Errors
    ///
    /// When the limit would be passed, or the upstream refuses.
    pub fn block(&self, size: usize) -> Result<Block<&Self>, Refusal> {
        let layout = Block::<&Self>::bytes(size)?;
        if let Err(refusal) = self.try_reserve(layout, 1) {
            return Err(Refusal::new(layout, refusal.cause));
        }
        Block::new_in(layout, self)
    }

    /// Makes sure that `count` more blocks for `layout` can be had without asking the upstream; does
    /// nothing for layouts that are the upstream's.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, or the limit would be passed.
    ///
    /// ```
    /// use larder::{Slab, alloc::{Layout, Report}};
    /// let slab = Slab::new();
    /// slab.try_reserve(Layout::new::<[u64; 5]>(), 100)?;
    /// assert!(slab.report().reserved_bytes >= 4000);
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    pub fn try_reserve(&self, layout: Layout, count: usize) -> Result<(), Refusal> {
        match self.shelf(layout) {
            Some(shelf) => {
                self.suggest(shelf.index);
                self.class(shelf.index).reserve(&self.bank, cut(shelf.index.0), count)
            }
            None => Ok(()),
        }
    }

    /// [`try_reserve`](Self::try_reserve) for those who have no answer to a refusal.
    ///
    /// # Panics
    ///
    /// When the upstream refuses, or the limit would be passed.
    #[track_caller]
    pub fn reserve(&self, layout: Layout, count: usize) {
        if let Err(refusal) = self.try_reserve(layout, count) {
            crate::panics::refused(&refusal);
        }
    }

    /// Where the free blocks lie, and so what [`shrink_to_fit`](Self::shrink_to_fit) would give back.
    /// Costs `n log n` for `n` free blocks.
    pub fn fragmentation(&self) -> Fragmentation {
        let mut found = Fragmentation::default();
        for (class, blocks) in self.classes.iter().enumerate() {
            blocks.survey(cut(class), &mut found);
        }
        found
    }

    /// Gives the chunks in which no block is live back to the upstream. Returns how many bytes went
    /// back. Costs `n log n` for `n` free blocks.
    pub fn shrink_to_fit(&self) -> usize {
        let before = self.bank.reserved.get();
        self.bank.free_spare();
        for (class, blocks) in self.classes.iter().enumerate() {
            blocks.release(&self.bank, cut(class));
        }
        before - self.bank.reserved.get()
    }

    /// Ends all small blocks, and keeps their memory for new ones. Does not touch large blocks.
    pub fn clear(&mut self) {
        for blocks in &self.classes {
            // SAFETY: `&mut self` shows that no block is in use.
            unsafe { blocks.end(&self.bank) };
        }
    }

    /// The allocator that chunks and large blocks come from.
    pub const fn upstream(&self) -> &A {
        &self.bank.alloc
    }

    #[inline]
    fn class(&self, class: Class) -> &Blocks {
        // SAFETY: the number of a class is below `CLASSES`.
        unsafe { self.classes.get_unchecked(class.0) }
    }

    /// Lets the next chunk be as large as all that the class has.
    fn suggest(&self, class: Class) {
        let held = self.class(class).count() * size_class::size_of(class.0);
        self.bank.suggest(growth::next_chunk(held.clamp(FIRST_CHUNK / 2, LARGEST_CHUNK / 2)));
    }

    #[cold]
    #[inline(never)]
    fn take_slow(&self, class: Class) -> Result<NonNull<u8>, AllocError> {
        self.suggest(class);
        let (blocks, cut) = (self.class(class), cut(class.0));
        blocks.refill(&self.bank, cut)?;
        blocks.pop(cut).ok_or(AllocError)
    }

    /// Many blocks of the class are free: gives back what can be given back.
    ///
    /// # Safety
    ///
    /// As of [`Routed::give`].
    #[cold]
    #[inline(never)]
    unsafe fn give_slow(&self, class: Class, block: NonNull<u8>) {
        let (blocks, cut) = (self.class(class), cut(class.0));
        blocks.release(&self.bank, cut);
        // SAFETY: the caller's promise is the callee's.
        if !unsafe { blocks.push(block, cut) } {
            blocks.overfull(block, cut);
        }
    }
}

// SAFETY: the class is a function of the rounded size and a bound of the alignment (1), monotone in
// the size; a class is a multiple of the alignment that led to it, so rounding it up changes nothing,
// and it leads to itself, as do all sizes between (2). Blocks lie at multiples of the alignment, as explained above, are
// disjoint, and stay until `&mut self` ends them or the slab is dropped (3).
unsafe impl<A: Allocator> Routed for Slab<A> {
    type Upstream = A;
    type Index = Class;

    #[inline]
    fn shelf(&self, layout: Layout) -> Option<Shelf<Class>> {
        let align = layout.align();
        // The last byte of the size, rounded up to the alignment. No bytes end at the last address,
        // and have no class.
        let last = layout.size().wrapping_sub(1) | (align - 1);
        let class = if last < LOOKED_UP {
            usize::from(CLASS_OF[last / UNIT])
        } else if last < LARGEST {
            size_class::class_of(last + 1)
        } else {
            return None;
        };
        if align > LARGEST_ALIGN {
            return None;
        }
        // SAFETY: sizes up to the largest have classes up to the last, of which `SIZE_OF` has them all.
        let size = unsafe { *SIZE_OF.get_unchecked(class) };
        Some(Shelf { index: Class(class), size: usize::from(size) })
    }

    #[inline]
    fn take(&self, class: Class) -> Result<NonNull<u8>, AllocError> {
        match self.class(class).pop(cut(class.0)) {
            Some(block) => Ok(block),
            None => self.take_slow(class),
        }
    }

    #[inline]
    unsafe fn give(&self, class: Class, block: NonNull<u8>) {
        // Whose turn it is next depends on the sizes to come, but this block is among the first of its
        // class. A tenth of the cost of mixed sizes is to wait for such lines.
        prefetch(block.addr());
        // SAFETY: the caller's promise is the callee's.
        if !unsafe { self.class(class).push(block, cut(class.0)) } {
            // SAFETY: as above; the block was not taken back.
            unsafe { self.give_slow(class, block) };
        }
    }

    fn upstream(&self) -> &A {
        &self.bank.alloc
    }
}

routed_allocator!([A: Allocator] Slab<A>);

// SAFETY: a layout that fits a block of ours leads to its class, whose chunk it lies in; all others
// are the upstream's to answer. One that it has handed out to others lies in no chunk of ours.
unsafe impl<A: Owns> Owns for Slab<A> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        match self.shelf(layout) {
            Some(shelf) => self.class(shelf.index).covers(ptr),
            None => self.bank.alloc.owns(ptr, layout),
        }
    }
}

impl<A: Allocator> Reset for Slab<A> {
    fn end_blocks(&mut self) {
        self.clear();
    }
}

/// Of the small blocks; large ones are the upstream's to report.
impl<A: Allocator> Report for Slab<A> {
    fn report(&self) -> Stats {
        let (mut bytes, mut count, mut largest) = (0, 0, 0);
        for (class, blocks) in self.classes.iter().enumerate() {
            let cut = cut(class);
            let live = blocks.live(cut);
            bytes += live * cut.stride;
            count += live;
            if blocks.free(cut) > 0 {
                largest = cut.stride;
            }
        }
        Stats {
            live_bytes: bytes,
            live_blocks: Some(count),
            largest_free: Some(largest),
            ..self.bank.stats(self.classes.iter().flat_map(Blocks::chunk_sizes))
        }
    }
}

impl<A: Allocator> Drop for Slab<A> {
    fn drop(&mut self) {
        for blocks in &self.classes {
            // SAFETY: blocks end with the slab. The bank then gives the chunks back.
            unsafe { blocks.abandon(&self.bank) };
        }
    }
}

// SAFETY: the chunks are the slab's alone, and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send> Send for Slab<A> {}

impl Default for Slab {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator> fmt::Debug for Slab<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slab")
            .field("live", &self.report().live_bytes)
            .field("reserved", &self.bank.reserved.get())
            .finish_non_exhaustive()
    }
}
