#![expect(unsafe_code, reason = "implements `Allocator`, and links kept blocks through themselves")]
//! A pool of buffers: freed blocks are kept by size, and handed out again.
//!
//! ```text
//! shelf 0    64 bytes  -> kept -> kept -> kept
//! shelf 1   128 bytes  -> kept
//!  ...
//! shelf 14   1 MiB
//! ```
//!
//! Sizes are rounded up to powers of two, and all of a block is returned, so that a growing vector
//! uses what it gets. A kept block holds the link to the next in its own first bytes: freeing never
//! allocates. A shelf keeps at most as many bytes as the bound says; what is more goes back to the
//! upstream, as do blocks that are larger than the last shelf, or aligned to more than 16.
//!
//! Invariants:
//!
//! 1. A block of at most `LARGEST` bytes and alignment up to `ALIGN` was allocated by `upstream` with
//!    the layout of its class, whatever part of it fits; every other with the caller's layout.
//! 2. The blocks on a shelf are of its class and free, and nobody else knows them.

use core::{cell::Cell, fmt, iter, ptr::NonNull};

use crate::alloc::{
    AllocError, Allocator, Global, GoodSize, Layout,
    blocks::{Allocated, Resize, move_block, resize_by_one_body, zero},
    bridge_api2, empty_block,
};
#[cfg(feature = "std")]
use crate::alloc::{CloneEquivalent, NeverInvalidates};
use crate::panics;

const SMALLEST: usize = 64;
const LARGEST: usize = 1 << 20;
const SHELVES: usize = (LARGEST / SMALLEST).ilog2() as usize + 1;
const ALIGN: usize = 16;

/// The shelf for a block of this layout, if there is one.
#[inline]
const fn shelf_of(layout: Layout) -> Option<usize> {
    let size = layout.size();
    if size == 0 || size > LARGEST || layout.align() > ALIGN {
        return None;
    }
    Some((size.div_ceil(SMALLEST)).next_power_of_two().ilog2() as usize)
}

/// The layout of the blocks on a shelf.
#[inline]
const fn class(shelf: usize) -> Layout {
    match Layout::from_size_align(SMALLEST << shelf, ALIGN) {
        Ok(layout) => layout,
        Err(_) => unreachable!(),
    }
}

/// How many of the blocks that were kept last a freed one is compared with. None in release builds.
const COMPARED: usize = if cfg!(debug_assertions) { 1000 } else { 0 };

#[derive(Debug)]
struct Shelf {
    top: Cell<Option<NonNull<u8>>>,
    kept: Cell<usize>,
}

impl Shelf {
    /// Ends the program if the block is kept already, which it cannot be when it is freed.
    #[cold]
    fn check(&self, block: NonNull<u8>) {
        // SAFETY: a kept block begins with the link to the next (2).
        let next = |kept: &NonNull<u8>| unsafe { kept.cast::<Option<NonNull<u8>>>().read() };
        if iter::successors(self.top.get(), next).take(COMPARED).any(|kept| kept == block) {
            panics::corrupted(&format_args!("the block at {block:?} was freed twice"));
        }
    }
}

/// An allocator that keeps freed blocks of up to 1 MiB for the next request of about their size.
///
/// ```
/// use larder::{BufferPool, alloc::{Block, Layout}};
/// let pool = BufferPool::new();
/// let first = Block::new_in(Layout::new::<[u8; 1000]>(), &pool)?;
/// let place = first.as_ptr();
/// drop(first);
/// assert_eq!(pool.kept_bytes(), 1024);
/// assert_eq!(Block::new_in(Layout::new::<[u8; 900]>(), &pool)?.as_ptr(), place);
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
pub struct BufferPool<A: Allocator = Global> {
    shelves: [Shelf; SHELVES],
    most: usize,
    upstream: A,
}

impl BufferPool {
    /// A pool of the global allocator's blocks. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<A: Allocator> BufferPool<A> {
    /// A pool of `upstream`'s blocks, with a bound of 1 MiB a shelf. Allocates nothing.
    pub const fn new_in(upstream: A) -> Self {
        let shelves = [const { Shelf { top: Cell::new(None), kept: Cell::new(0) } }; SHELVES];
        Self { shelves, most: LARGEST, upstream }
    }

    /// Keeps at most `bytes` bytes of each of the 15 sizes.
    #[must_use]
    pub const fn with_bound(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// How many bytes are kept for the next requests.
    #[must_use]
    pub fn kept_bytes(&self) -> usize {
        self.shelves.iter().enumerate().map(|(n, shelf)| shelf.kept.get() * class(n).size()).sum()
    }

    /// Gives all kept blocks back to the upstream.
    pub fn trim(&self) {
        for shelf in 0..SHELVES {
            while let Some(block) = self.take(shelf) {
                // SAFETY: the block is the upstream's, with its class's layout (1), and free (2).
                unsafe { self.upstream.deallocate(block, class(shelf)) };
            }
        }
    }

    /// The allocator that blocks come from.
    pub const fn upstream(&self) -> &A {
        &self.upstream
    }

    #[inline]
    fn take(&self, shelf: usize) -> Option<NonNull<u8>> {
        let shelf = &self.shelves[shelf];
        let block = shelf.top.get()?;
        // SAFETY: a kept block begins with the link to the next (2), and is aligned for it.
        shelf.top.set(unsafe { block.cast::<Option<NonNull<u8>>>().read() });
        shelf.kept.set(shelf.kept.get() - 1);
        Some(block)
    }
}

// SAFETY: blocks are the upstream's, each handed out to one user at a time (2), and moves of the pool
// do not touch them. All sizes that fit a block are of one class, so that it goes back by the layout
// that it came by (1).
unsafe impl<A: Allocator> Allocator for BufferPool<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        let Some(shelf) = shelf_of(layout) else { return self.upstream.allocate(layout) };
        let class = class(shelf);
        let block = match self.take(shelf) {
            Some(block) => block,
            None => self.upstream.allocate(class)?.cast(),
        };
        Ok(NonNull::slice_from_raw_parts(block, class.size()))
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        let Some(n) = shelf_of(layout) else {
            // SAFETY: the block came from the upstream by the caller's layout (1).
            return unsafe { self.upstream.deallocate(block, layout) };
        };
        let (shelf, class) = (&self.shelves[n], class(n));
        if COMPARED > 0 {
            shelf.check(block);
        }
        if (shelf.kept.get() + 1) * class.size() > self.most {
            // SAFETY: the block came from the upstream by its class's layout (1).
            return unsafe { self.upstream.deallocate(block, class) };
        }
        // SAFETY: the block is free now, and has room for the link.
        unsafe { block.cast::<Option<NonNull<u8>>>().write(shelf.top.get()) };
        shelf.top.set(Some(block));
        shelf.kept.set(shelf.kept.get() + 1);
    }

    resize_by_one_body!();
}

bridge_api2!([A: Allocator] BufferPool<A>);

impl<A: Allocator> BufferPool<A> {
    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(
        &self,
        how: Resize,
        block: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Allocated {
        let block = match (shelf_of(old), shelf_of(new)) {
            (Some(before), Some(after)) if before == after => {
                NonNull::slice_from_raw_parts(block, class(after).size())
            }
            (None, None) if old.size() > 0 && new.size() > 0 => {
                // SAFETY: the block came from the upstream by the caller's layout (1).
                return unsafe { how.within(&self.upstream, block, old, new) };
            }
            // SAFETY: as promised to this method.
            _ => unsafe { move_block(self, block, old, new) }?,
        };
        if how == Resize::GrowZeroed {
            // SAFETY: the block is as long as it was by its layout at least, and the caller's.
            unsafe { zero(block, old.size()..block.len()) };
        }
        Ok(block)
    }
}

impl<A: Allocator> GoodSize for BufferPool<A> {
    fn good_size(&self, layout: Layout) -> usize {
        shelf_of(layout).map_or(layout.size(), |shelf| class(shelf).size())
    }
}

impl Default for BufferPool {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator> Drop for BufferPool<A> {
    fn drop(&mut self) {
        self.trim();
    }
}

// SAFETY: kept blocks are the pool's alone; the upstream goes along.
unsafe impl<A: Allocator + Send> Send for BufferPool<A> {}

impl<A: Allocator + fmt::Debug> fmt::Debug for BufferPool<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BufferPool")
            .field("kept_bytes", &self.kept_bytes())
            .field("bound", &self.most)
            .field("upstream", &self.upstream)
            .finish()
    }
}

#[cfg(feature = "std")]
crate::sync::thread_local! {
    static POOL: BufferPool = const { BufferPool::new() };
}

/// The [`BufferPool`] of whatever thread asks, over the global allocator.
///
/// It has no bytes, needs no set-up, and may be used from every thread: a block that one thread frees
/// is kept for that thread, whoever allocated it. What a thread has kept is freed when it ends.
///
/// ```
/// use larder::{PerThread, alloc::{Block, Layout}};
/// let block = Block::new_in(Layout::new::<[u8; 1000]>(), PerThread)?;
/// std::thread::spawn(move || {
///     drop(block); // whichever thread allocated it
///     assert_eq!(PerThread.kept_bytes(), 1024);
/// })
/// .join()
/// .unwrap();
/// assert_eq!(PerThread.kept_bytes(), 0); // this thread's
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
#[cfg(feature = "std")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerThread;

#[cfg(feature = "std")]
impl PerThread {
    /// How many bytes this thread keeps for its next requests.
    #[must_use]
    pub fn kept_bytes(self) -> usize {
        self.with(BufferPool::kept_bytes)
    }

    /// Gives all that this thread keeps back to the global allocator.
    pub fn trim(self) {
        self.with(BufferPool::trim);
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(self, how: Resize, block: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the block is one of these pools', and they are equivalent.
        self.with(|pool| unsafe { pool.resize(how, block, old, new) })
    }

    /// The thread's pool; while the thread ends, one for the moment, which has the same classes.
    #[inline]
    fn with<R>(self, act: impl Fn(&BufferPool) -> R) -> R {
        POOL.try_with(&act).unwrap_or_else(|_| act(&BufferPool::new()))
    }
}

// SAFETY: all pools of this type hand out blocks of the global allocator by the same classes, so each
// may take back every other's, and none ends a block of its own accord.
#[cfg(feature = "std")]
unsafe impl Allocator for PerThread {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.with(|pool| pool.allocate(layout))
    }

    #[inline]
    unsafe fn deallocate(&self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: the block is one of these pools', and they are equivalent.
        self.with(|pool| unsafe { pool.deallocate(block, layout) });
    }

    resize_by_one_body!();
}

#[cfg(feature = "std")]
bridge_api2!([] PerThread);

// SAFETY: all values of this type are one allocator.
#[cfg(feature = "std")]
unsafe impl CloneEquivalent for PerThread {}
// SAFETY: the pools end no block that was not freed; nor does the end of a thread.
#[cfg(feature = "std")]
unsafe impl NeverInvalidates for PerThread {}
