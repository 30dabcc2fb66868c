#![expect(unsafe_code, reason = "owns a block of elements")]
//! Elements in one block of an allocator.
//!
//! ```text
//! Heap    | ptr | capacity | len | alloc |
//!            |
//! block      '-> | element | element | free | free |
//! ```
//!
//! Invariants:
//!
//! 1. Unless `capacity` is 0, or elements have no bytes, `ptr` and `capacity` are a span of `alloc`.
//! 2. `len <= capacity`, and the first `len` elements are initialised as far as the user of the
//!    storage says so.
//! 3. For elements without bytes `capacity` is `usize::MAX`, and there is no block.

use core::{
    mem::ManuallyDrop,
    ptr::{self, NonNull},
};
use liballoc::vec::Vec;

use crate::{
    alloc::{Allocator, Global, Layout, Refusal},
    raw::{
        buffer::{Growth, Place, Span, next_capacity},
        storage::{Block, Fresh, Sealed, Storage},
    },
};

/// One block of `A` for elements `T`; a vector's `clear` keeps at most `KEEP` bytes.
#[derive(Debug)]
pub struct Heap<T, A: Place, const KEEP: usize = { usize::MAX }> {
    ptr: NonNull<T>,
    capacity: usize,
    len: usize,
    alloc: A,
}

impl<T, A: Place, const KEEP: usize> Heap<T, A, KEEP> {
    /// No block yet.
    pub(crate) const fn new(alloc: A) -> Self {
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { 0 };
        Self { ptr: NonNull::dangling(), capacity, len: 0, alloc }
    }

    /// What the block comes from.
    pub(crate) const fn place(&self) -> &A {
        &self.alloc
    }

    /// Moves to a block of at least `capacity` elements.
    ///
    /// # Errors
    ///
    /// When memory is refused; the storage is what it was.
    ///
    /// # Safety
    ///
    /// Elements have bytes, and the capacity is less than that.
    #[inline]
    pub(crate) unsafe fn enlarge(&mut self, capacity: usize) -> Result<(), Refusal> {
        // SAFETY: the span is `alloc`'s (1), and is replaced below; the rest is promised.
        let span = unsafe { self.alloc.enlarge_span(self.span(), Layout::new::<T>(), capacity) }?;
        (self.ptr, self.capacity) = (span.ptr.cast(), span.capacity);
        Ok(())
    }

    #[inline]
    fn span(&self) -> Option<Span> {
        (size_of::<T>() != 0 && self.capacity != 0)
            .then_some(Span { ptr: self.ptr.cast(), capacity: self.capacity })
    }
}

impl<T, const KEEP: usize> Heap<T, Global, KEEP> {
    /// The elements of a vector, in its block.
    pub(crate) fn from_vec(vec: Vec<T>) -> Self {
        let (ptr, len, capacity) = vec.into_raw_parts();
        // SAFETY: a vector's pointer is never null.
        let ptr = unsafe { NonNull::new_unchecked(ptr) };
        Self { ptr, capacity, len, alloc: Global }
    }
}

impl<T, A: Place, const KEEP: usize> Sealed for Heap<T, A, KEEP> {}

// SAFETY: the block is valid for `capacity` elements (1), and apart from this value, so that moves
// leave it alone; all changes go through the methods that may make them.
unsafe impl<T, A: Place, const KEEP: usize> Storage for Heap<T, A, KEEP> {
    type Item = T;

    const KEPT_BY_CLEAR: usize = KEEP;

    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn capacity(&self) -> usize {
        self.capacity
    }

    #[inline]
    fn as_ptr(&self) -> *const T {
        self.ptr.as_ptr()
    }

    #[inline]
    fn parts(&mut self) -> (NonNull<T>, usize, usize) {
        (self.ptr, self.len, self.capacity)
    }

    #[inline]
    unsafe fn set_len(&mut self, len: usize) {
        self.len = len;
    }

    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refusal> {
        if size_of::<T>() == 0 {
            return Ok(());
        }
        // SAFETY: the span is `alloc`'s (1), is replaced below, and elements have bytes.
        let span = unsafe { self.alloc.resize_span(self.span(), Layout::new::<T>(), capacity) }?;
        (self.ptr, self.capacity) =
            span.map_or((NonNull::dangling(), 0), |span| (span.ptr.cast(), span.capacity));
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, additional: usize, growth: Growth) -> Result<(), Refusal> {
        let now = (self.len, self.capacity);
        let next = next_capacity(Layout::new::<T>(), now, additional, growth)?;
        // SAFETY: there was no room for so many, so it is more; elements without bytes have room for
        // any number that there can be.
        unsafe { self.enlarge(next) }
    }
}

// SAFETY: a new storage has no elements.
unsafe impl<T, A: Allocator, const KEEP: usize> Fresh for Heap<T, A, KEEP> {
    type Alloc = A;

    #[inline]
    fn empty_in(alloc: A) -> Self {
        Self::new(alloc)
    }

    #[inline]
    fn allocator(&self) -> &A {
        &self.alloc
    }

    unsafe fn from_block(ptr: NonNull<T>, len: usize, capacity: usize, alloc: A) -> Self {
        let capacity = if size_of::<T>() == 0 { usize::MAX } else { capacity };
        Self { ptr, capacity, len, alloc }
    }

    fn into_block(self) -> Result<Block<Self>, (Self, Refusal)> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used again, so the allocator is moved out once.
        let alloc = unsafe { ptr::read(&raw const this.alloc) };
        Ok((this.ptr, this.len, this.capacity, alloc))
    }
}

impl<T, A: Place, const KEEP: usize> Drop for Heap<T, A, KEEP> {
    #[inline]
    fn drop(&mut self) {
        if let Some(span) = self.span() {
            // SAFETY: the span is `alloc`'s (1), and nobody uses it hereafter.
            unsafe { self.alloc.free_span(span, Layout::new::<T>()) }
        }
    }
}

// SAFETY: the storage has its block alone, as a `Vec<T, A>` has.
unsafe impl<T: Send, A: Place + Send, const KEEP: usize> Send for Heap<T, A, KEEP> {}
// SAFETY: a shared storage gives out shared elements and a shared allocator only.
unsafe impl<T: Sync, A: Place + Sync, const KEEP: usize> Sync for Heap<T, A, KEEP> {}
