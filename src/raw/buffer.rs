#![expect(unsafe_code, reason = "allocates, resizes and frees blocks")]
//! Blocks for elements: allocated, resized and freed by the element's layout, whatever its type.
//!
//! Nothing here is generic over the element, so that growing is compiled once per allocator. A
//! [`Span`] is only a note of where a block is and how many elements it holds; its owner keeps the
//! promise, and gives the note up when it is resized or freed:
//!
//! 1. The block at `ptr` is currently allocated by the owner's allocator, with the element's
//!    alignment, and `capacity * size` bytes fit it.
//! 2. Elements have at least one byte, and `capacity` is not zero.

use core::ptr::NonNull;

use crate::alloc::{Allocator, Cause, Layout, Refusal};

/// Where a block is, and how many elements it holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) ptr: NonNull<u8>,
    pub(crate) capacity: usize,
}

/// The layout of `count` elements.
fn layout_of(element: Layout, count: usize) -> Result<Layout, Refusal> {
    let size = element.size().checked_mul(count);
    match size.map(|size| Layout::from_size_align(size, element.align())) {
        Some(Ok(layout)) => Ok(layout),
        _ => Err(Refusal::overflow(element, count)),
    }
}

/// Moves a buffer to a block of at least `capacity` elements: a first block when there is none, and
/// none when `capacity` is zero. What fits both blocks is kept. The new capacity uses all that the
/// allocator returned.
///
/// # Errors
///
/// When the size overflows or the allocator refuses; nothing has changed then.
///
/// # Safety
///
/// `held` is a span of `alloc` and `element` (1, 2) and is given up on success, and the element has
/// at least one byte.
#[cold]
#[inline(never)]
pub(crate) unsafe fn resize<A: Allocator>(
    alloc: &A,
    held: Option<Span>,
    element: Layout,
    capacity: usize,
) -> Result<Option<Span>, Refusal> {
    if capacity == 0 {
        if let Some(held) = held {
            // SAFETY: as promised to this function; the span is given up.
            unsafe { free(alloc, held, element) }
        }
        return Ok(None);
    }
    let new = layout_of(element, capacity)?;
    let block = match held {
        None => alloc.allocate(new),
        Some(held) => {
            let old = layout_of(element, held.capacity)?;
            if new.size() >= old.size() {
                // SAFETY: the block is allocated and `old` fits it (1); the new size is not less.
                unsafe { alloc.grow(held.ptr, old, new) }
            } else {
                // SAFETY: the block is allocated and `old` fits it (1); the new size is less.
                unsafe { alloc.shrink(held.ptr, old, new) }
            }
        }
    };
    match block {
        Ok(block) => Ok(Some(Span { ptr: block.cast(), capacity: block.len() / element.size() })),
        Err(_) => {
            let held = held.map_or(0, |held| held.capacity * element.size());
            Err(Refusal::new(new, Cause::Upstream { asked: new.size(), reserved: held }))
        }
    }
}

/// Frees a block.
///
/// # Safety
///
/// `held` is a span of `alloc` and `element` (1, 2), and is given up.
pub(crate) unsafe fn free<A: Allocator>(alloc: &A, held: Span, element: Layout) {
    let size = held.capacity * element.size();
    // SAFETY: such a layout fits a block that exists (1), so its size is in range; the alignment is
    // a layout's own.
    let layout = unsafe { Layout::from_size_align_unchecked(size, element.align()) };
    // SAFETY: the block is currently allocated and the layout fits it (1).
    unsafe { alloc.deallocate(held.ptr, layout) }
}
