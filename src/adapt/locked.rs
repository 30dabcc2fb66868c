#![expect(unsafe_code, reason = "implements `Allocator` by forwarding under a lock")]
//! One lock around an allocator, so that threads can share it.
//!
//! Invariants:
//!
//! 1. The upstream is reached under the lock only, by one thread at a time.
//! 2. Blocks are the upstream's, with the same layouts.
//!
//! What it does not promise: that it scales. Threads that allocate much wait for each other. Without
//! std it spins, so a thread must not be interrupted in favour of one that waits for it.

use core::{fmt, mem::MaybeUninit, ptr::NonNull};

use super::lock::Lock;
use crate::alloc::{
    AllocError, Allocator, Bulk, GoodSize, Layout, NeverInvalidates, Owns, Report, Reset,
    ResizeInPlace, Stats,
    blocks::{Allocated, Resize, resize_by_one_body},
    bridge_api2,
};

/// Makes any allocator that can be sent between threads one that can be shared by them.
///
/// Cost: an uncontended lock a call. A panic elsewhere does not poison it.
///
/// ```
/// use larder::{Arena, adapt::Locked, alloc::{Block, Layout}};
///
/// static SHARED: Locked<Arena> = Locked::new(Arena::new());
/// std::thread::scope(|threads| {
///     for _ in 0..4 {
///         threads.spawn(|| {
///             let block = Block::new_in(Layout::new::<[u8; 100]>(), &SHARED).unwrap();
///             assert_eq!(block.as_slice(), [0; 100]);
///         });
///     }
/// });
/// assert!(SHARED.with(Arena::reserved_bytes) >= 400);
/// ```
pub struct Locked<A> {
    inner: Lock<A>,
}

impl<A> Locked<A> {
    /// Shares `inner`.
    #[cfg(not(loom))]
    pub const fn new(inner: A) -> Self {
        Self { inner: Lock::new(inner) }
    }

    /// Shares `inner`.
    #[cfg(loom)]
    pub fn new(inner: A) -> Self {
        Self { inner: Lock::new(inner) }
    }

    /// Looks at the allocator within, under the lock. To allocate from this `Locked` in `access`
    /// would wait for ever.
    #[inline]
    pub fn with<R>(&self, access: impl FnOnce(&A) -> R) -> R {
        self.inner.with(access)
    }

    /// The allocator within, which `&mut` shows to be unshared.
    pub fn get_mut(&mut self) -> &mut A {
        self.inner.get_mut()
    }
}

impl<A: Allocator> Locked<A> {
    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the block is the upstream's with the same layout (2).
        self.with(|inner| unsafe { how.within(inner, ptr, old, new) })
    }
}

// SAFETY: blocks are the upstream's (2), which keeps the contract.
unsafe impl<A: Allocator> Allocator for Locked<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.with(|inner| inner.allocate(layout))
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.with(|inner| inner.allocate_zeroed(layout))
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the block is the upstream's with the same layout (2).
        self.with(|inner| unsafe { inner.deallocate(ptr, layout) });
    }

    resize_by_one_body!();
}

bridge_api2!([A: Allocator] Locked<A>);

// SAFETY: the upstream answers, whose blocks ours are (2).
unsafe impl<A: Owns> Owns for Locked<A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        self.with(|inner| inner.owns(ptr, layout))
    }
}

// SAFETY: the upstream does it.
unsafe impl<A: ResizeInPlace> ResizeInPlace for Locked<A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the block is the upstream's with the same layout (2).
        self.with(|inner| unsafe { inner.resize_in_place(ptr, old, size) })
    }
}

impl<A: GoodSize> GoodSize for Locked<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        self.with(|inner| inner.good_size(layout))
    }
}

// SAFETY: the upstream fills the entries and says how many.
unsafe impl<A: Bulk> Bulk for Locked<A> {
    #[inline]
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        self.with(|inner| inner.allocate_bulk(layout, blocks))
    }

    #[inline]
    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        // SAFETY: the blocks are the upstream's with the same layout (2).
        self.with(|inner| unsafe { inner.deallocate_bulk(layout, blocks) });
    }
}

impl<A: Reset> Reset for Locked<A> {
    fn end_blocks(&mut self) {
        self.get_mut().end_blocks();
    }
}

impl<A: Report> Report for Locked<A> {
    fn report(&self) -> Stats {
        self.with(A::report)
    }
}

// SAFETY: blocks are the upstream's (2), and nothing else ends them.
unsafe impl<A: NeverInvalidates> NeverInvalidates for Locked<A> {}

impl<A> fmt::Debug for Locked<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locked").finish_non_exhaustive()
    }
}
