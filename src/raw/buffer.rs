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

#[cfg(feature = "os")]
use crate::os::{self, Kernel, Mirrored};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal, blocks::Resize},
    bits::growth,
};

/// Where a block is, and how many elements it holds.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
#[expect(unnameable_types, reason = "an argument of methods that only this crate calls")]
pub struct Span {
    pub(crate) ptr: NonNull<u8>,
    pub(crate) capacity: usize,
}

/// What a block can come from for a queue to stand on it: any allocator, or mirrored pages.
///
/// It is implemented by this crate only.
///
/// # Safety
///
/// 1. `resize_span` and `free_span` do what `resize` and `free` do, with spans of their own.
/// 2. With `MIRRORED`, the bytes of a span are there once more, right behind it, and `capacity` is how
///    many elements the span holds, without a rest. What is written at one of the two places before
///    `settle` is at both behind it.
#[expect(private_bounds, reason = "only this crate may promise this")]
pub unsafe trait Place: Sealed {
    /// Whether all blocks are there twice.
    #[doc(hidden)]
    const MIRRORED: bool = false;

    /// As `resize`.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Safety
    ///
    /// As there.
    #[doc(hidden)]
    unsafe fn resize_span(
        &self,
        held: Option<Span>,
        element: Layout,
        capacity: usize,
    ) -> Result<Option<Span>, Refusal>;

    /// `resize_span` to a capacity that is neither less nor zero.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Safety
    ///
    /// As there, and `capacity` is not zero, nor less than the span's.
    #[doc(hidden)]
    #[inline]
    unsafe fn enlarge_span(
        &self,
        held: Option<Span>,
        element: Layout,
        capacity: usize,
    ) -> Result<Span, Refusal> {
        // SAFETY: as promised to this function.
        match unsafe { self.resize_span(held, element, capacity) }? {
            Some(span) => Ok(span),
            None => unreachable!("there is a block for a capacity that is not zero"),
        }
    }

    /// As `free`.
    ///
    /// # Safety
    ///
    /// As there.
    #[doc(hidden)]
    unsafe fn free_span(&self, held: Span, element: Layout);

    /// What was written at one of two places is at both.
    #[doc(hidden)]
    #[inline]
    fn settle() {}
}

/// Keeps other crates from making places.
trait Sealed {}

impl<A: Allocator> Sealed for A {}

// SAFETY: the functions do what they do, and nothing is mirrored.
unsafe impl<A: Allocator> Place for A {
    #[inline]
    unsafe fn resize_span(
        &self,
        held: Option<Span>,
        element: Layout,
        capacity: usize,
    ) -> Result<Option<Span>, Refusal> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { resize(self, held, element, capacity) }
    }

    #[inline]
    unsafe fn enlarge_span(
        &self,
        held: Option<Span>,
        element: Layout,
        capacity: usize,
    ) -> Result<Span, Refusal> {
        // SAFETY: the caller's promise is the callee's, word for word.
        let block = unsafe { enlarge(self, held, element, capacity) };
        block.ok_or_else(|| refusal(held, element, capacity))
    }

    #[inline]
    unsafe fn free_span(&self, held: Span, element: Layout) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { free(self, held, element) }
    }
}

#[cfg(feature = "os")]
impl<K: Kernel> Sealed for Mirrored<K> {}

#[cfg(feature = "os")]
// SAFETY: the pages are mapped twice, and `round` makes them hold the elements without a rest. Pages that
// are not replaced stay as they are.
unsafe impl<K: Kernel> Place for Mirrored<K> {
    const MIRRORED: bool = true;

    #[cold]
    #[inline(never)]
    unsafe fn resize_span(
        &self,
        held: Option<Span>,
        element: Layout,
        capacity: usize,
    ) -> Result<Option<Span>, Refusal> {
        let capacity = self.round(element, capacity)?;
        let had = held.map_or(0, |held| held.capacity);
        if capacity == had {
            return Ok(held);
        }
        let new = match capacity {
            0 => None,
            _ => Some(Span { ptr: self.map(element, capacity)?, capacity }),
        };
        if let (Some(held), Some(new)) = (held, new) {
            let kept = had.min(capacity) * element.size();
            // SAFETY: both spans have that many bytes, and are not the same pages.
            unsafe { held.ptr.copy_to_nonoverlapping(new.ptr, kept) };
        }
        if let Some(held) = held {
            // SAFETY: the span is given up, as promised to this function.
            unsafe { self.free_span(held, element) }
        }
        Ok(new)
    }

    unsafe fn free_span(&self, held: Span, element: Layout) {
        // SAFETY: the span is from `map`, and is given up.
        unsafe { self.unmap(held.ptr, held.capacity * element.size()) }
    }

    #[inline]
    fn settle() {
        os::settle();
    }
}

/// The layout of `count` elements, if there can be so many.
fn layout_of(element: Layout, count: usize) -> Option<Layout> {
    let (size, align) = (element.size().checked_mul(count)?, element.align());
    // SAFETY: the alignment is a layout's own, and the size, rounded up to it, is in range.
    (size <= isize::MAX.cast_unsigned() - (align - 1))
        .then(|| unsafe { Layout::from_size_align_unchecked(size, align) })
}

/// Up to so many bytes, a new block of a heap is had sooner than an old one grows. A block made, grown and
/// freed took 32 ns by 51 from 64 bytes to 128, 38 by 58 to 1,024, 59 by 50 to 2,048, with glibc's `malloc`.
const REPLACED: usize = 1024;

/// How much room to make.
#[derive(Clone, Copy, Debug)]
#[doc(hidden)]
#[expect(unnameable_types, reason = "an argument of methods that only this crate calls")]
pub enum Growth {
    /// At least twice what there was, so that many small steps cost little.
    Doubled,
    /// Just as much as is needed.
    Exact,
}

/// How many elements there should be room for, so that `additional` more than `len` have some, where
/// `room` have some now.
///
/// # Errors
///
/// When no block can be that large.
#[inline]
pub(crate) fn next_capacity(
    element: Layout,
    (len, room): (usize, usize),
    additional: usize,
    growth: Growth,
) -> Result<usize, Refusal> {
    let needed = len.checked_add(additional);
    let next = match (needed, growth) {
        (Some(needed), Growth::Doubled) => {
            let least = growth::least_capacity(room, element.size());
            growth::next_capacity(room, needed, least, element.size())
        }
        (needed, _) => needed,
    };
    next.ok_or_else(|| Refusal::overflow(element, needed.unwrap_or(usize::MAX)))
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
    let Some(new) = layout_of(element, capacity) else {
        return Err(refusal(held, element, capacity));
    };
    let block = match held {
        Some(held) if capacity < held.capacity => {
            // SAFETY: as promised to this function.
            let old = unsafe { fitting(held, element) };
            // SAFETY: the block is allocated and `old` fits it (1); the new size is less.
            let block = unsafe { alloc.shrink(held.ptr, old, new) };
            block.ok().map(|block| span_of(block, new, element, capacity))
        }
        // SAFETY: as promised to this function; there is no block, or it is not larger.
        _ => unsafe { enlarge(alloc, held, element, capacity) },
    };
    match block {
        None => Err(refusal(held, element, capacity)),
        renewed => Ok(renewed),
    }
}

/// The whole of a block that was returned for `asked`, which is `capacity` elements.
#[inline]
fn span_of(block: NonNull<[u8]>, asked: Layout, element: Layout, capacity: usize) -> Span {
    // Most allocators return what was asked for, and a quotient takes long.
    let capacity =
        if block.len() == asked.size() { capacity } else { block.len() / element.size() };
    Span { ptr: block.cast(), capacity }
}

/// [`resize`] to a capacity that is neither less nor zero. `None` when it is refused, for which
/// [`refusal`] has the words: a span fits two registers, whereas a `Result` is written to memory by
/// halves and read as a whole, which has to wait for the halves.
///
/// # Safety
///
/// As for [`resize`]; `capacity` is not zero, nor less than the span's.
#[inline]
pub(crate) unsafe fn enlarge<A: Allocator>(
    alloc: &A,
    held: Option<Span>,
    element: Layout,
    capacity: usize,
) -> Option<Span> {
    let new = layout_of(element, capacity)?;
    let block = match held {
        None => alloc.allocate(new),
        Some(held) => {
            // SAFETY: such a layout fits a block that exists (1), so its size is in range.
            let old = unsafe { fitting(held, element) };
            // SAFETY: the block is allocated and `old` fits it (1); the new size is not less.
            unsafe { alloc.grow(held.ptr, old, new) }
        }
    };
    Some(span_of(block.ok()?, new, element, capacity))
}

/// [`enlarge`] a span that is full, or make the first after `room` elements elsewhere, for one more.
///
/// A small block of a heap is replaced instead, which took two thirds of the time. Not where elements
/// `own` something: between growths they ask for memory of their own, and with blocks replaced 64 pushes of
/// `String`s took 1.4 times as long.
///
/// # Safety
///
/// As for [`resize`]; `room` is the capacity of a span that there is.
#[cold]
#[inline(never)]
pub(crate) unsafe fn enlarge_by_one<A: Allocator>(
    alloc: &A,
    held: Option<Span>,
    element: Layout,
    room: usize,
    own: bool,
) -> Option<Span> {
    let next = next_capacity(element, (room, room), 1, Growth::Doubled).ok()?;
    // An allocator without bytes is a heap; others may have the block's end at hand.
    if let Some(held) = held
        && size_of::<A>() == 0
        && !own
        && next <= REPLACED / element.size()
    {
        let new = layout_of(element, next)?;
        // SAFETY: as promised to this function.
        let old = unsafe { fitting(held, element) };
        // SAFETY: the block is allocated and `old` fits it (1).
        let block = unsafe { Resize::Grow.across(alloc, alloc, held.ptr, old, new) };
        return Some(span_of(block.ok()?, new, element, next));
    }
    // SAFETY: as promised to this function; the next capacity is more.
    unsafe { enlarge(alloc, held, element, next) }
}

/// Why there is no block of `capacity` elements.
#[cold]
#[inline(never)]
pub(crate) fn refusal(held: Option<Span>, element: Layout, capacity: usize) -> Refusal {
    let Some(new) = layout_of(element, capacity) else {
        return Refusal::overflow(element, capacity);
    };
    let reserved = held.map_or(0, |held| held.capacity * element.size());
    Refusal::new(new, Cause::Upstream { asked: new.size(), reserved })
}

/// The layout of a block that exists.
///
/// # Safety
///
/// `held` is a span of an allocator and `element` (1, 2).
unsafe fn fitting(held: Span, element: Layout) -> Layout {
    let size = held.capacity * element.size();
    // SAFETY: the size is that of a block which exists (1), so in range; the alignment is a layout's
    // own.
    unsafe { Layout::from_size_align_unchecked(size, element.align()) }
}

/// Frees a block.
///
/// # Safety
///
/// `held` is a span of `alloc` and `element` (1, 2), and is given up.
pub(crate) unsafe fn free<A: Allocator>(alloc: &A, held: Span, element: Layout) {
    // SAFETY: as promised to this function.
    let layout = unsafe { fitting(held, element) };
    // SAFETY: the block is currently allocated and the layout fits it (1).
    unsafe { alloc.deallocate(held.ptr, layout) }
}
