#![expect(unsafe_code, reason = "the capabilities that others rely on are unsafe to claim")]
//! What an allocator may be able to do beyond the trait. Each is implemented only where it is true,
//! so that a bound on it means something.

use core::{mem::MaybeUninit, ptr::NonNull};

#[cfg(feature = "std")]
use crate::alloc::System;
use crate::alloc::{AllocError, Allocator, Global, Layout, Stats};

/// Says whether a block is its own, which is what falling back to a second allocator needs.
///
/// # Safety
///
/// For a block currently allocated by this allocator (or an equivalent one) the answer is `true`;
/// for a block currently allocated by any other it is `false`. Blocks of no bytes are nobody's: for
/// them the answer may be either, and deallocating one must be harmless.
///
/// So a reference, or a handle that shares, does not have it, whatever it refers to: through another
/// one an arena may have taken a block and carved it, and then blocks of the arena lie in memory that
/// this allocator takes for its own. Who is asked must have the allocator for itself.
pub unsafe trait Owns: Allocator {
    /// Whether the block at `ptr`, of a layout that fits it, came from this allocator.
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool;
}

/// Resizes a block without moving it, or says that it cannot.
///
/// # Safety
///
/// On `Ok(size)` the block is where it was, `size` is at least the size asked for and is what the
/// block's returned size now is; the bytes that old and new size share are unchanged. On `Err`
/// nothing has changed.
pub unsafe trait ResizeInPlace: Allocator {
    /// Makes the block at `ptr` `size` bytes long where it is.
    ///
    /// # Errors
    ///
    /// When the block cannot have that size at its place; it is what it was.
    ///
    /// # Safety
    ///
    /// `ptr` is a block currently allocated by this allocator, `old` fits it, and `size`, rounded up
    /// to `old.align()`, is at most `isize::MAX`.
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError>;
}

/// Tells beforehand how many bytes a request would return.
pub trait GoodSize: Allocator {
    /// The size of the block that `allocate(layout)` would return if it succeeds, never less than
    /// `layout.size()`. A container that asks for this size gets it all and wastes nothing.
    fn good_size(&self, layout: Layout) -> usize;
}

/// Hands out and takes back many blocks of one layout at once, for less than one by one.
///
/// # Safety
///
/// Each block keeps the contract of [`Allocator`] by itself; `allocate_bulk` has initialised exactly
/// the first `n` entries when it returns `n`.
pub unsafe trait Bulk: Allocator {
    /// Fills `blocks` from the front with new blocks and returns how many there are: all, or fewer
    /// when the memory ran out.
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize;

    /// Takes all of `blocks` back.
    ///
    /// # Safety
    ///
    /// Each is a block currently allocated by this allocator, none occurs twice, and `layout` fits
    /// all of them.
    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]);
}

/// Ends all blocks at once and keeps the memory for new ones.
pub trait Reset {
    /// Ends every block; nothing may borrow from the allocator any more, which `&mut` proves.
    fn end_blocks(&mut self);
}

/// Tells how it is doing.
pub trait Report {
    /// A snapshot of the figures this allocator keeps.
    fn report(&self) -> Stats;
}

/// Clones of this allocator are interchangeable: each may free, grow and shrink the others' blocks.
///
/// # Safety
///
/// `clone` (and `Copy`, where implemented) yields an allocator equivalent to the original: a block
/// of one is a block of all, and is valid until the last of them is gone. `clone` does not unwind.
pub unsafe trait CloneEquivalent: Allocator + Clone {}

/// Nothing but `deallocate`, and a `grow` or `shrink` that succeeds, ever ends a block of this
/// allocator, not even its drop: the blocks may be pinned.
///
/// # Safety
///
/// A block stays valid for the rest of the program unless it is passed to one of those methods. This
/// holds for all subtypes of the implementing type as well.
pub unsafe trait NeverInvalidates: Allocator {}

/// A handle that can tell whether another is of the same allocator, so that blocks may change hands.
/// Equality by `==` proves nothing of this kind.
///
/// # Safety
///
/// When the answer is `true`, each of the two may free the blocks of the other, and blocks of one
/// are valid as long as either is there.
pub unsafe trait OneAllocator: Allocator {
    /// Whether the two are one allocator.
    fn is_one(&self, other: &Self) -> bool;
}

// SAFETY: a copy of a shared reference is the same allocator.
unsafe impl<A: Allocator + ?Sized> CloneEquivalent for &A {}
// SAFETY: all handles of the global heap are one allocator.
unsafe impl CloneEquivalent for Global {}
// SAFETY: nothing but `deallocate` ends a block of the global heap.
unsafe impl NeverInvalidates for Global {}
#[cfg(feature = "std")]
// SAFETY: all handles of the system's heap are one allocator.
unsafe impl CloneEquivalent for System {}
#[cfg(feature = "std")]
// SAFETY: nothing but `deallocate` ends a block of the system's heap.
unsafe impl NeverInvalidates for System {}

// SAFETY: there is one global heap.
unsafe impl OneAllocator for Global {
    fn is_one(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(feature = "std")]
// SAFETY: there is one system heap.
unsafe impl OneAllocator for System {
    fn is_one(&self, _: &Self) -> bool {
        true
    }
}

// SAFETY: two values of a type that has bytes are not at one address at a time.
unsafe impl<A: Allocator> OneAllocator for &A {
    fn is_one(&self, other: &Self) -> bool {
        size_of::<A>() != 0 && core::ptr::eq(*self, *other)
    }
}

// SAFETY: the reference is equivalent to what it refers to, which does the work.
unsafe impl<A: ResizeInPlace + ?Sized> ResizeInPlace for &A {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).resize_in_place(ptr, old, size) }
    }
}

impl<A: GoodSize + ?Sized> GoodSize for &A {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        (**self).good_size(layout)
    }
}

// SAFETY: the reference is equivalent to what it refers to, which does the work.
unsafe impl<A: Bulk + ?Sized> Bulk for &A {
    #[inline]
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        (**self).allocate_bulk(layout, blocks)
    }

    #[inline]
    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).deallocate_bulk(layout, blocks) }
    }
}

impl<A: Report + ?Sized> Report for &A {
    fn report(&self) -> Stats {
        (**self).report()
    }
}
