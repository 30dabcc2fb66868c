#![expect(unsafe_code, reason = "resizes blocks and calls the upstream")]
//! Strategies that serve some layouts from shelves of their own and send the rest to an upstream:
//! the pool, the slab, the free list. What they share is here: which of the two serves a request,
//! and how a block is resized, zeroed, and moved from one to the other.
//!
//! The contract lets a block be freed and resized with any size in `requested..=returned`, so the
//! decision must come out the same for all of them. For blocks of a shelf [`Routed`] says so; for
//! those of the upstream nothing is returned beyond the request.

use core::ptr::NonNull;

use crate::alloc::{
    AllocError, Allocator, Layout,
    blocks::{Allocated, Resize, cut, move_block, zero},
    empty_block,
};

/// A shelf, and the size of every block on it.
#[derive(Clone, Copy)]
pub(super) struct Shelf<I> {
    pub(super) index: I,
    pub(super) size: usize,
}

/// A strategy with shelves.
///
/// # Safety
///
/// 1. `shelf` is a function of the layout alone, and `None` for size 0.
/// 2. If `shelf` is `Some`, its size is not less than the layout's, and `shelf` is the same for all
///    sizes between the two, at the layout's alignment.
/// 3. `take` returns a block that keeps the contract of [`Allocator`]: of the shelf's size, at a
///    multiple of every alignment for which a layout leads to this shelf, until it is given back.
/// 4. No method unwinds.
pub(super) unsafe trait Routed: Allocator {
    type Upstream: Allocator;
    type Index: Copy + PartialEq;

    /// The shelf that serves `layout`, if one does.
    fn shelf(&self, layout: Layout) -> Option<Shelf<Self::Index>>;

    /// A block from the shelf.
    fn take(&self, index: Self::Index) -> Result<NonNull<u8>, AllocError>;

    /// Puts a block back on its shelf.
    ///
    /// # Safety
    ///
    /// The block is from this shelf, and nobody uses it any more.
    unsafe fn give(&self, index: Self::Index, block: NonNull<u8>);

    /// Where other layouts are served.
    fn upstream(&self) -> &Self::Upstream;

    /// Whether other layouts are served at all; counts the request as refused if not.
    fn sends_upstream(&self) -> bool {
        true
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated
    where
        Self: Sized,
    {
        let block = match (self.shelf(old), self.shelf(new)) {
            // Blocks lie right for every layout that leads to their shelf (3).
            (Some(from), Some(to)) if from.index == to.index => {
                NonNull::slice_from_raw_parts(ptr, to.size)
            }
            (None, None) if old.size() > 0 && new.size() > 0 => {
                // SAFETY: the block is the upstream's, and the caller's promise the callee's.
                let block = unsafe { how.within(self.upstream(), ptr, old, new) }?;
                return Ok(cut(block, new.size()));
            }
            // SAFETY: the caller's promise is the callee's.
            _ => unsafe { move_block(self, ptr, old, new) }?,
        };
        if how == Resize::GrowZeroed {
            // SAFETY: the block is as long as it was by its layout at least, and the caller's.
            unsafe { zero(block, old.size()..block.len()) };
        }
        Ok(block)
    }
}

#[inline]
pub(super) fn allocate<R: Routed>(routed: &R, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
    match routed.shelf(layout) {
        Some(Shelf { index, size }) => Ok(NonNull::slice_from_raw_parts(routed.take(index)?, size)),
        None => allocate_upstream(routed, layout, false),
    }
}

#[inline]
pub(super) fn allocate_zeroed<R: Routed>(
    routed: &R,
    layout: Layout,
) -> Result<NonNull<[u8]>, AllocError> {
    match routed.shelf(layout) {
        Some(Shelf { index, size }) => {
            let block = routed.take(index)?;
            // SAFETY: the block is new and has so many bytes.
            unsafe { block.write_bytes(0, size) };
            Ok(NonNull::slice_from_raw_parts(block, size))
        }
        None => allocate_upstream(routed, layout, true),
    }
}

#[cold]
#[inline(never)]
fn allocate_upstream<R: Routed>(
    routed: &R,
    layout: Layout,
    zeroed: bool,
) -> Result<NonNull<[u8]>, AllocError> {
    if layout.size() == 0 {
        return Ok(empty_block(layout));
    }
    if !routed.sends_upstream() {
        return Err(AllocError);
    }
    let upstream = routed.upstream();
    let block = if zeroed { upstream.allocate_zeroed(layout) } else { upstream.allocate(layout) };
    // So that what is returned is what `GoodSize` says.
    block.map(|block| cut(block, layout.size()))
}

/// # Safety
///
/// As of [`Allocator::deallocate`].
#[inline]
pub(super) unsafe fn deallocate<R: Routed>(routed: &R, ptr: NonNull<u8>, layout: Layout) {
    match routed.shelf(layout) {
        // SAFETY: any layout that fits the block leads to the shelf it came from (2).
        Some(Shelf { index, .. }) => unsafe { routed.give(index, ptr) },
        // SAFETY: the caller's promise is the callee's, word for word.
        None => unsafe { deallocate_upstream(routed, ptr, layout) },
    }
}

/// # Safety
///
/// As of [`Allocator::deallocate`], with a layout that no shelf serves.
#[cold]
#[inline(never)]
unsafe fn deallocate_upstream<R: Routed>(routed: &R, ptr: NonNull<u8>, layout: Layout) {
    if layout.size() > 0 {
        // SAFETY: what was returned was as long as what was requested, so `layout` is that of the
        // request. No shelf serves it, so the block came from the upstream (1).
        unsafe { routed.upstream().deallocate(ptr, layout) }
    }
}

/// # Safety
///
/// As of [`ResizeInPlace::resize_in_place`](crate::alloc::ResizeInPlace::resize_in_place).
pub(super) unsafe fn resize_in_place<R: Routed>(
    routed: &R,
    old: Layout,
    size: usize,
) -> Result<usize, AllocError> {
    // SAFETY: the caller promises that the size is legal at the alignment.
    let new = unsafe { Layout::from_size_align_unchecked(size, old.align()) };
    match (routed.shelf(old), routed.shelf(new)) {
        (Some(from), Some(to)) if from.index == to.index => Ok(to.size),
        _ => Err(AllocError),
    }
}

#[inline]
pub(super) fn good_size<R: Routed>(routed: &R, layout: Layout) -> usize {
    routed.shelf(layout).map_or(layout.size(), |shelf| shelf.size)
}

/// Makes a [`Routed`] strategy an allocator, of both traits, with the capabilities that follow.
///
/// Each entry is the head of an impl, as for `bridge_api2`.
macro_rules! routed_allocator {
    ([$($params:tt)*] $type:ty) => {
        // SAFETY: blocks of the shelves keep the contract by `Routed` (3), those of the upstream by
        // its own; every layout that fits a block leads where it came from (1, 2).
        unsafe impl<$($params)*> $crate::alloc::Allocator for $type {
            #[inline]
            fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                $crate::strategy::routed::allocate(self, layout)
            }

            #[inline]
            fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
                $crate::strategy::routed::allocate_zeroed(self, layout)
            }

            #[inline]
            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::deallocate(self, ptr, layout) }
            }

            $crate::alloc::blocks::resize_by_one_body!();
        }

        $crate::alloc::bridge_api2!([$($params)*] $type);

        // SAFETY: a block is resized in place only within its shelf, whose size is returned.
        unsafe impl<$($params)*> $crate::alloc::ResizeInPlace for $type {
            #[inline]
            unsafe fn resize_in_place(
                &self,
                _: NonNull<u8>,
                old: Layout,
                size: usize,
            ) -> Result<usize, AllocError> {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::resize_in_place(self, old, size) }
            }
        }

        impl<$($params)*> $crate::alloc::GoodSize for $type {
            #[inline]
            fn good_size(&self, layout: Layout) -> usize {
                $crate::strategy::routed::good_size(self, layout)
            }
        }

        // SAFETY: each block is had as by `allocate`, and the count is of those written.
        unsafe impl<$($params)*> $crate::alloc::Bulk for $type {
            fn allocate_bulk(
                &self,
                layout: Layout,
                blocks: &mut [core::mem::MaybeUninit<NonNull<u8>>],
            ) -> usize {
                $crate::alloc::blocks::allocate_each(self, layout, blocks)
            }

            unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::alloc::blocks::deallocate_each(self, layout, blocks) }
            }
        }
    };
}

pub(super) use routed_allocator;
