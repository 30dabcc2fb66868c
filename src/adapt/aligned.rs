#![expect(unsafe_code, reason = "implements `Allocator` by forwarding with another layout")]
//! A least alignment: cache lines, pages, vector registers.
//!
//! Invariant: every block is a block of the upstream's, with the alignment of the request raised to
//! `N` and the size as it was. That is a function of the request's alignment, which comes back with
//! the block, so the layout that goes upstream at the end is the one that went up at the start.

use core::{mem::MaybeUninit, ptr::NonNull};

use crate::alloc::{
    AllocError, Allocator, Bulk, CloneEquivalent, GoodSize, Layout, NeverInvalidates, Owns, Report,
    Reset, ResizeInPlace, Stats,
    blocks::{Allocated, Resize, resize_by_one_body},
    bridge_api2,
};

/// Gives every block an alignment of at least `N`, a power of two.
///
/// With `N` the length of a cache line no two blocks share a line, so two threads that write to two
/// blocks do not slow each other down. Cost: nothing where the layout is known when the program is
/// compiled, else one `max`, and whatever the upstream leaves unused between blocks.
///
/// ```
/// use larder::{adapt::Aligned, alloc::{Api2, Global}};
/// let mut bytes = allocator_api2::vec::Vec::new_in(Api2(Aligned::<4096, _>::new(Global)));
/// bytes.extend([1_u8, 2, 3]);
/// assert!(bytes.as_ptr().addr().is_multiple_of(4096));
/// ```
///
/// ```compile_fail
/// larder::adapt::Aligned::<48, _>::new(larder::alloc::Global); // not a power of two
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Aligned<const N: usize, A> {
    inner: A,
}

impl<const N: usize, A> Aligned<N, A> {
    /// Serves from `inner`, at multiples of `N`.
    pub const fn new(inner: A) -> Self {
        const { assert!(N.is_power_of_two(), "an alignment is a power of two") };
        Self { inner }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// The layout of a new block, if there can be one.
    #[inline]
    fn raise(layout: Layout) -> Result<Layout, AllocError> {
        layout.align_to(N).map_err(|_| AllocError)
    }

    /// The layout of a block that is there.
    ///
    /// # Safety
    ///
    /// `layout` fits a block that was allocated here.
    #[inline]
    unsafe fn raised(layout: Layout) -> Layout {
        // SAFETY: the upstream has allocated a block of at least that size at that alignment.
        unsafe { Layout::from_size_align_unchecked(layout.size(), layout.align().max(N)) }
    }
}

impl<const N: usize, A: Allocator> Aligned<N, A> {
    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        let new = Self::raise(new)?;
        // SAFETY: the caller promises that `old` fits the block.
        let old = unsafe { Self::raised(old) };
        // SAFETY: the block is the upstream's with the raised layout.
        unsafe { how.within(&self.inner, ptr, old, new) }
    }
}

// SAFETY: blocks are the upstream's, which keeps the contract, and go back with their own layout.
unsafe impl<const N: usize, A: Allocator> Allocator for Aligned<N, A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.inner.allocate(Self::raise(layout)?)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.inner.allocate_zeroed(Self::raise(layout)?)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller promises that the layout fits the block.
        let layout = unsafe { Self::raised(layout) };
        // SAFETY: the block is the upstream's with the raised layout.
        unsafe { self.inner.deallocate(ptr, layout) }
    }

    resize_by_one_body!();
}

bridge_api2!([const N: usize, A: Allocator] Aligned<N, A>);

// SAFETY: the upstream answers, which nobody else has blocks of: whoever is `Owns` is not shared.
unsafe impl<const N: usize, A: Owns> Owns for Aligned<N, A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        // The raised layout of a block of ours is legal.
        Self::raise(layout).is_ok_and(|layout| self.inner.owns(ptr, layout))
    }
}

// SAFETY: the upstream does it.
unsafe impl<const N: usize, A: ResizeInPlace> ResizeInPlace for Aligned<N, A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the caller promises that `old` fits the block.
        let old = unsafe { Self::raised(old) };
        Layout::from_size_align(size, old.align()).map_err(|_| AllocError)?;
        // SAFETY: the block is the upstream's with the raised layout, for which the size is legal.
        unsafe { self.inner.resize_in_place(ptr, old, size) }
    }
}

impl<const N: usize, A: GoodSize> GoodSize for Aligned<N, A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        Self::raise(layout).map_or(layout.size(), |layout| self.inner.good_size(layout))
    }
}

// SAFETY: the upstream fills the entries and says how many.
unsafe impl<const N: usize, A: Bulk> Bulk for Aligned<N, A> {
    #[inline]
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        Self::raise(layout).map_or(0, |layout| self.inner.allocate_bulk(layout, blocks))
    }

    #[inline]
    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        if blocks.is_empty() {
            return;
        }
        // SAFETY: the caller promises that the layout fits the blocks, and there is one.
        let layout = unsafe { Self::raised(layout) };
        // SAFETY: the blocks are the upstream's with the raised layout.
        unsafe { self.inner.deallocate_bulk(layout, blocks) }
    }
}

impl<const N: usize, A: Reset> Reset for Aligned<N, A> {
    fn end_blocks(&mut self) {
        self.inner.end_blocks();
    }
}

impl<const N: usize, A: Report> Report for Aligned<N, A> {
    fn report(&self) -> Stats {
        self.inner.report()
    }
}

// SAFETY: clones of the upstream are equivalent to it, and all raise alike.
unsafe impl<const N: usize, A: CloneEquivalent> CloneEquivalent for Aligned<N, A> {}
// SAFETY: blocks are the upstream's, and nothing else ends them.
unsafe impl<const N: usize, A: NeverInvalidates> NeverInvalidates for Aligned<N, A> {}
