#![expect(unsafe_code, reason = "implements `Allocator` and the capabilities by forwarding")]
//! An allocator with something that happens before and after each call.
//!
//! This is the engine of every adapter that leaves blocks where the upstream puts them: what limits
//! ([`Limited`](super::Limited)), counts and tracks (`larder::observe`) is a set of [`Hooks`], and
//! you may write your own.
//!
//! Invariants:
//!
//! 1. A block is a block of the upstream's, with the same layout, cut to the size asked for.
//! 2. Hence the size that comes back with a block is exactly the size that was asked for, and hooks
//!    that add and subtract sizes are exact over any upstream.
//!
//! What it does not promise: the bytes that the upstream would have added for free are not offered.
//! When the upstream is shared, a block of the upstream's may be freed here, or the other way round;
//! the memory does not mind (1), the hooks see one half only.

use core::{fmt, mem::MaybeUninit, ptr::NonNull};

use crate::alloc::{
    AllocError, Allocator, Bulk, GoodSize, Layout, NeverInvalidates, Owns, Reset, ResizeInPlace,
    blocks::{Allocated, Resize, cut, resize_by_one_body},
    bridge_api2,
};

/// What happens before and after each call. All methods do nothing by default, and cost nothing.
///
/// A block of no bytes is shown like any other; its address means nothing.
///
/// # Safety
///
/// No method unwinds, and neither does the drop: they run inside an allocator, which must not.
pub unsafe trait Hooks {
    /// Whether a block of `old` bytes, or none yet if that is 0, may become one of `new`. Must be
    /// `true` when `new` has no bytes.
    #[inline]
    fn admits(&self, _old: usize, _new: Layout) -> bool {
        true
    }

    /// How many blocks of `layout` may be allocated at once, of the `wanted` ones.
    #[inline]
    fn admits_many(&self, _layout: Layout, wanted: usize) -> usize {
        wanted
    }

    /// A request for `new` was refused: by [`admits`](Self::admits), which `by_hook` says, or by the
    /// upstream.
    fn refused(&self, _new: Layout, _by_hook: bool) {}

    /// There is a new block.
    fn allocated(&self, _block: NonNull<u8>, _layout: Layout) {}

    /// A block is about to be freed.
    fn freed(&self, _block: NonNull<u8>, _layout: Layout) {}

    /// The block `old` has become `new`, at the same place or another.
    #[inline]
    fn resized(&self, old: NonNull<u8>, was: Layout, new: NonNull<u8>, is: Layout) {
        self.freed(old, was);
        self.allocated(new, is);
    }

    /// All blocks have ended at once, by [`Reset`].
    fn ended(&mut self) {}
}

/// The allocator `A` with [`Hooks`] around its calls.
///
/// ```
/// use core::{cell::Cell, ptr::NonNull};
/// use larder::{adapt::{Hooked, Hooks}, alloc::{Block, Global, Layout}};
///
/// #[derive(Default)]
/// struct Largest(Cell<usize>);
///
/// // SAFETY: nothing here panics.
/// unsafe impl Hooks for Largest {
///     fn allocated(&self, _: NonNull<u8>, layout: Layout) {
///         self.0.set(self.0.get().max(layout.size()));
///     }
/// }
///
/// let alloc = Hooked::with(Global, Largest::default());
/// for size in [10, 30, 20] {
///     Block::new_in(Layout::array::<u8>(size).unwrap(), &alloc).unwrap();
/// }
/// assert_eq!(alloc.hooks().0.get(), 30);
/// ```
pub struct Hooked<A, H> {
    inner: A,
    hooks: H,
}

impl<A, H> Hooked<A, H> {
    /// Puts `hooks` around `inner`.
    pub const fn with(inner: A, hooks: H) -> Self {
        Self { inner, hooks }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// The hooks.
    pub const fn hooks(&self) -> &H {
        &self.hooks
    }
}

impl<A: Allocator, H: Hooks> Hooked<A, H> {
    #[inline]
    fn request(&self, layout: Layout, how: Resize) -> Allocated {
        if !self.hooks.admits(0, layout) {
            return self.refuse(layout, true);
        }
        let Ok(block) = how.allocate(&self.inner, layout) else {
            return self.refuse(layout, false);
        };
        self.hooks.allocated(block.cast(), layout);
        Ok(cut(block, layout.size()))
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        if how != Resize::Shrink && !self.hooks.admits(old.size(), new) {
            return self.refuse(new, true);
        }
        // SAFETY: the block is the upstream's with the same layout, so the promise carries over.
        let Ok(block) = (unsafe { how.within(&self.inner, ptr, old, new) }) else {
            return self.refuse(new, false);
        };
        self.hooks.resized(ptr, old, block.cast(), new);
        Ok(cut(block, new.size()))
    }

    #[cold]
    #[inline(never)]
    fn refuse<T>(&self, new: Layout, by_hook: bool) -> Result<T, AllocError> {
        self.hooks.refused(new, by_hook);
        Err(AllocError)
    }
}

// SAFETY: blocks are the upstream's (1), which keeps the contract; hooks get to see addresses, and
// do not unwind.
unsafe impl<A: Allocator, H: Hooks> Allocator for Hooked<A, H> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::Grow)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::GrowZeroed)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        self.hooks.freed(ptr, layout);
        // SAFETY: the block is the upstream's with the same layout (1).
        unsafe { self.inner.deallocate(ptr, layout) }
    }

    resize_by_one_body!();
}

bridge_api2!([A: Allocator, H: Hooks] Hooked<A, H>);

// SAFETY: the upstream answers, whose blocks ours are (1); whoever is `Owns` is not shared.
unsafe impl<A: Owns, H: Hooks> Owns for Hooked<A, H> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        self.inner.owns(ptr, layout)
    }
}

// SAFETY: the upstream does it; the length it may add is not offered (1).
unsafe impl<A: ResizeInPlace, H: Hooks> ResizeInPlace for Hooked<A, H> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the caller promises that the size is legal at the alignment.
        let new = unsafe { Layout::from_size_align_unchecked(size, old.align()) };
        if size > old.size() && !self.hooks.admits(old.size(), new) {
            return self.refuse(new, true);
        }
        // SAFETY: the block is the upstream's with the same layout (1).
        unsafe { self.inner.resize_in_place(ptr, old, size) }?;
        self.hooks.resized(ptr, old, ptr, new);
        Ok(size)
    }
}

impl<A: Allocator, H: Hooks> GoodSize for Hooked<A, H> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

// SAFETY: the upstream fills the entries and says how many.
unsafe impl<A: Bulk, H: Hooks> Bulk for Hooked<A, H> {
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        let wanted = blocks.len();
        let admitted = self.hooks.admits_many(layout, wanted).min(wanted);
        let got = self.inner.allocate_bulk(layout, &mut blocks[..admitted]);
        for block in &blocks[..got] {
            // SAFETY: the upstream has initialised the first `got` entries.
            self.hooks.allocated(unsafe { block.assume_init() }, layout);
        }
        if got < wanted {
            self.hooks.refused(layout, got == admitted);
        }
        got
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        blocks.iter().for_each(|block| self.hooks.freed(*block, layout));
        // SAFETY: the blocks are the upstream's with the same layout (1).
        unsafe { self.inner.deallocate_bulk(layout, blocks) }
    }
}

impl<A: Reset, H: Hooks> Reset for Hooked<A, H> {
    fn end_blocks(&mut self) {
        self.inner.end_blocks();
        self.hooks.ended();
    }
}

// SAFETY: blocks are the upstream's (1), and nothing else ends them.
unsafe impl<A: NeverInvalidates, H: Hooks> NeverInvalidates for Hooked<A, H> {}

impl<A: fmt::Debug, H: fmt::Debug> fmt::Debug for Hooked<A, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooked").field("hooks", &self.hooks).field("inner", &self.inner).finish()
    }
}
