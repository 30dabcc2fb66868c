#![expect(unsafe_code, reason = "copies blocks and resizes them through unsafe methods")]
//! What allocators do with blocks: cut them, and move them, within one allocator or between two.

use core::{
    mem::MaybeUninit,
    ops::Range,
    ptr::{self, NonNull},
};

use crate::alloc::{AllocError, Allocator, Layout};

/// What a request comes back with.
pub(crate) type Allocated = Result<NonNull<[u8]>, AllocError>;

/// The first `size` bytes of `block`. A block that is returned no longer than it was asked for comes
/// back with just that size, so that the size tells exactly what was asked.
#[inline]
pub(crate) fn cut(block: NonNull<[u8]>, size: usize) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block.cast(), size)
}

/// Zeroes some of the bytes of `block`.
///
/// # Safety
///
/// The block may be written, and has these bytes.
#[inline]
pub(crate) unsafe fn zero(block: NonNull<[u8]>, bytes: Range<usize>) {
    // SAFETY: as promised: the first of these bytes is in the block, or at its end.
    let first = unsafe { block.cast::<u8>().add(bytes.start) };
    // SAFETY: as promised: so are all of them, and nobody else uses them.
    unsafe { first.write_bytes(0, bytes.len()) };
}

/// The three ways to resize a block, so that an adapter has one body for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resize {
    Grow,
    GrowZeroed,
    Shrink,
}

impl Resize {
    /// Asks for a block of `layout`, zeroed where this is a growth that zeroes.
    #[inline]
    pub(crate) fn allocate(self, alloc: &impl Allocator, layout: Layout) -> Allocated {
        match self {
            Self::GrowZeroed => alloc.allocate_zeroed(layout),
            Self::Grow | Self::Shrink => alloc.allocate(layout),
        }
    }

    /// Resizes by the method of `alloc` that has this name.
    ///
    /// # Safety
    ///
    /// As that method has it.
    #[inline]
    pub(crate) unsafe fn within(
        self,
        alloc: &impl Allocator,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Allocated {
        match self {
            // SAFETY: the caller's promise is the callee's.
            Self::Grow => unsafe { alloc.grow(ptr, old, new) },
            // SAFETY: the caller's promise is the callee's.
            Self::GrowZeroed => unsafe { alloc.grow_zeroed(ptr, old, new) },
            // SAFETY: the caller's promise is the callee's.
            Self::Shrink => unsafe { alloc.shrink(ptr, old, new) },
        }
    }

    /// Resizes by a new block from `to`, which takes over the bytes that both have; the old block
    /// goes back to `from`. If `to` refuses, nothing has changed.
    ///
    /// # Safety
    ///
    /// `ptr` is a block currently allocated by `from` and `old` fits it.
    #[inline]
    pub(crate) unsafe fn across(
        self,
        from: &impl Allocator,
        to: &impl Allocator,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Allocated {
        let block = self.allocate(to, new)?;
        let shared = old.size().min(new.size());
        // SAFETY: both are live blocks with at least that many bytes, and live blocks are disjoint.
        unsafe { ptr::copy_nonoverlapping(ptr.as_ptr(), block.cast().as_ptr(), shared) };
        // SAFETY: the old block is live, `old` fits it, and its user has given it up.
        unsafe { from.deallocate(ptr, old) };
        Ok(block)
    }
}

/// A new block of `alloc` with the bytes that both layouts share; the old one is freed. If there is no
/// room, nothing has changed.
///
/// # Safety
///
/// `ptr` is a block currently allocated by `alloc` and `old` fits it.
#[cold]
#[inline(never)]
pub(crate) unsafe fn move_block(
    alloc: &impl Allocator,
    ptr: NonNull<u8>,
    old: Layout,
    new: Layout,
) -> Allocated {
    // SAFETY: the caller's promise is the callee's.
    unsafe { Resize::Grow.across(alloc, alloc, ptr, old, new) }
}

/// Fills `blocks` from the front, one by one, and says how many there are.
pub(crate) fn allocate_each(
    alloc: &impl Allocator,
    layout: Layout,
    blocks: &mut [MaybeUninit<NonNull<u8>>],
) -> usize {
    for (count, entry) in blocks.iter_mut().enumerate() {
        let Ok(block) = alloc.allocate(layout) else { return count };
        entry.write(block.cast());
    }
    blocks.len()
}

/// Frees `blocks` one by one.
///
/// # Safety
///
/// Each is a block currently allocated by `alloc`, none occurs twice, and `layout` fits all of them.
pub(crate) unsafe fn deallocate_each(
    alloc: &impl Allocator,
    layout: Layout,
    blocks: &[NonNull<u8>],
) {
    for block in blocks {
        // SAFETY: as promised.
        unsafe { alloc.deallocate(*block, layout) };
    }
}

/// The three resizing methods of an `Allocator` impl, by the one method `resize` of the type.
macro_rules! resize_by_one_body {
    () => {
        $crate::alloc::blocks::resize_by_one_body! {
            grow Grow, grow_zeroed GrowZeroed, shrink Shrink
        }
    };
    ($($method:ident $how:ident),+) => {$(
        #[inline]
        unsafe fn $method(
            &self,
            ptr: core::ptr::NonNull<u8>,
            old: $crate::alloc::Layout,
            new: $crate::alloc::Layout,
        ) -> $crate::alloc::blocks::Allocated {
            // SAFETY: the caller's promise is the callee's, word for word.
            unsafe { self.resize($crate::alloc::blocks::Resize::$how, ptr, old, new) }
        }
    )+};
}

/// The method `grow_zeroed` of an `Allocator` impl, by its `grow`.
macro_rules! grow_zeroed_by_grow {
    () => {
        #[inline]
        unsafe fn grow_zeroed(
            &self,
            ptr: core::ptr::NonNull<u8>,
            old: $crate::alloc::Layout,
            new: $crate::alloc::Layout,
        ) -> $crate::alloc::blocks::Allocated {
            // SAFETY: the caller's promise is the callee's, word for word.
            let block = unsafe { self.grow(ptr, old, new) }?;
            // SAFETY: the block has just grown, and is not shorter than it was by its layout.
            unsafe { $crate::alloc::blocks::zero(block, old.size()..block.len()) };
            Ok(block)
        }
    };
}

pub(crate) use grow_zeroed_by_grow;
pub(crate) use resize_by_one_body;
