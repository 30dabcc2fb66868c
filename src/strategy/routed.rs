#![expect(unsafe_code, reason = "resizes blocks and calls the upstream")]
//! Strategies that serve some layouts from shelves of their own and send the rest to an upstream:
//! the pool, the slab, the free list. What they share is here: which of the two serves a request,
//! and how a block is resized, zeroed, and moved from one to the other.
//!
//! The contract lets a block be freed and resized with any size in `requested..=returned`, so the
//! decision must come out the same for all of them. For blocks of a shelf [`Routed`] says so; for
//! those of the upstream nothing is returned beyond the request.

use core::{
    mem::MaybeUninit,
    ptr::{self, NonNull},
};

use crate::alloc::{AllocError, Allocator, Layout};

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
pub(super) unsafe trait Routed {
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
}

/// The block without what the upstream returned beyond the request, so that what is returned is what
/// [`GoodSize`](crate::alloc::GoodSize) says.
fn trimmed(block: NonNull<[u8]>, layout: Layout) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block.cast(), layout.size())
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
        return Ok(NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0));
    }
    if !routed.sends_upstream() {
        return Err(AllocError);
    }
    let upstream = routed.upstream();
    let block = if zeroed { upstream.allocate_zeroed(layout) } else { upstream.allocate(layout) };
    block.map(|block| trimmed(block, layout))
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

/// Both `grow` and `grow_zeroed`, and `shrink`.
///
/// # Safety
///
/// As of [`Allocator::grow`] and [`Allocator::shrink`], as the sizes are.
pub(super) unsafe fn resize<R: Routed>(
    routed: &R,
    ptr: NonNull<u8>,
    old: Layout,
    new: Layout,
    zeroed: bool,
) -> Result<NonNull<[u8]>, AllocError> {
    let block = match (routed.shelf(old), routed.shelf(new)) {
        (Some(from), Some(to)) if from.index == to.index => {
            // Blocks lie right for every layout that leads to their shelf (3).
            NonNull::slice_from_raw_parts(ptr, to.size)
        }
        (None, None) if old.size() > 0 && new.size() > 0 => {
            let upstream = routed.upstream();
            let block = if new.size() < old.size() {
                // SAFETY: the block is the upstream's, and the caller's promise the callee's.
                unsafe { upstream.shrink(ptr, old, new) }
            } else if zeroed {
                // SAFETY: as above.
                unsafe { upstream.grow_zeroed(ptr, old, new) }
            } else {
                // SAFETY: as above.
                unsafe { upstream.grow(ptr, old, new) }
            };
            return block.map(|block| trimmed(block, new));
        }
        _ => {
            let block = allocate(routed, new)?;
            let shared = old.size().min(new.size());
            // SAFETY: both blocks are live, disjoint, and have so many bytes.
            unsafe { ptr::copy_nonoverlapping(ptr.as_ptr(), block.cast().as_ptr(), shared) };
            // SAFETY: the block is live, `old` fits it, and it is the caller's no more.
            unsafe { deallocate(routed, ptr, old) };
            block
        }
    };
    if zeroed {
        // SAFETY: the block has not less than the new size, which is not less than the old.
        let added = unsafe { block.cast::<u8>().add(old.size()) };
        // SAFETY: these are the last bytes of the block.
        unsafe { added.write_bytes(0, block.len() - old.size()) };
    }
    Ok(block)
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

pub(super) fn allocate_bulk<R: Routed>(
    routed: &R,
    layout: Layout,
    blocks: &mut [MaybeUninit<NonNull<u8>>],
) -> usize {
    let mut filled = 0;
    for place in blocks {
        let Ok(block) = allocate(routed, layout) else { break };
        place.write(block.cast());
        filled += 1;
    }
    filled
}

/// # Safety
///
/// As of [`Bulk::deallocate_bulk`](crate::alloc::Bulk::deallocate_bulk).
pub(super) unsafe fn deallocate_bulk<R: Routed>(
    routed: &R,
    layout: Layout,
    blocks: &[NonNull<u8>],
) {
    for block in blocks {
        // SAFETY: the caller's promise is the callee's, for each block.
        unsafe { deallocate(routed, *block, layout) };
    }
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

            #[inline]
            unsafe fn grow(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::resize(self, ptr, old, new, false) }
            }

            #[inline]
            unsafe fn grow_zeroed(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::resize(self, ptr, old, new, true) }
            }

            #[inline]
            unsafe fn shrink(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, AllocError> {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::resize(self, ptr, old, new, false) }
            }
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
                $crate::strategy::routed::allocate_bulk(self, layout, blocks)
            }

            unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { $crate::strategy::routed::deallocate_bulk(self, layout, blocks) }
            }
        }
    };
}

pub(super) use routed_allocator;
