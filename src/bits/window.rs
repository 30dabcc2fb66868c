//! Carving a block from the free bytes between a cursor and an end, upwards.
//!
//! ```text
//!        cursor    start        start + size      end
//!  ...used |  pad  |   the block   |     free      | not ours
//! ```
//!
//! `start` is the cursor rounded up; it may lie past `end`, and the rounding may wrap around the
//! address space. Both are caught by the one comparison that is needed anyway:
//!
//! - [`carve`] compares `size` with `end - start` **as signed numbers**. A window is at most
//!   `isize::MAX` bytes and `start` is less than an alignment past `cursor`, so the difference is
//!   exact; when `start` has wrapped to 0, `cursor` was in the upper half of the address space, so
//!   `end` is too, and `end - 0` is negative as well.
//! - [`carve_small`] is for layouts known at compile time with `size + align <= SMALL`. It compares
//!   `start + size` with `end`, which cannot wrap as long as no window ends above [`HIGHEST_END`]:
//!   who opens a window clips it there, once, off the fast path.
//!
//! A window that serves nothing, not even a block of no size, ends one byte **before** its cursor:
//! every difference is negative then. That is how an arena closes its window while it has lent the
//! bytes behind the cursor to somebody else; [`CLOSED_CURSOR`] and [`CLOSED_END`] are such a window.

/// Layouts up to this sum of size and alignment may use [`carve_small`].
pub const SMALL: usize = 4096;

/// No window may end above this address if [`carve_small`] is to be exact.
pub const HIGHEST_END: usize = usize::MAX - SMALL;

/// The cursor of a window that never had any bytes.
pub const CLOSED_CURSOR: usize = 2;

/// The end of a window that never had any bytes.
pub const CLOSED_END: usize = 1;

/// Where a block was placed: its first address, and the cursor after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carved {
    /// The first address of the block.
    pub start: usize,
    /// The first address after the block.
    pub cursor: usize,
}

/// Places a block of `size` bytes at a multiple of `align` in `cursor..end`, or says that it does
/// not fit.
///
/// Exact when `size` rounded up to `align` is at most `isize::MAX` (as every [`Layout`] is), and
/// `cursor` is not 0, and `end - cursor` is at most `isize::MAX` or -1.
///
/// ```
/// use larder::bits::window::{carve, Carved};
/// assert_eq!(carve(100, 200, 64, 16), Some(Carved { start: 112, cursor: 176 }));
/// assert_eq!(carve(100, 200, 64, 64), Some(Carved { start: 128, cursor: 192 }));
/// assert_eq!(carve(100, 200, 64, 256), None);
/// ```
///
/// [`Layout`]: core::alloc::Layout
#[inline]
#[must_use]
pub const fn carve(cursor: usize, end: usize, size: usize, align: usize) -> Option<Carved> {
    let start = cursor.wrapping_add(align - 1) & align.wrapping_neg();
    let room = end.wrapping_sub(start);
    if room.cast_signed() < size.cast_signed() {
        return None;
    }
    Some(Carved { start, cursor: start.wrapping_add(size) })
}

/// [`carve`] with one instruction less, for `size + align <= SMALL` and `end <= HIGHEST_END`.
///
/// ```
/// use larder::bits::window::{carve_small, Carved};
/// assert_eq!(carve_small(100, 200, 64, 16), Some(Carved { start: 112, cursor: 176 }));
/// assert_eq!(carve_small(100, 200, 128, 16), None);
/// ```
#[inline]
#[must_use]
pub const fn carve_small(cursor: usize, end: usize, size: usize, align: usize) -> Option<Carved> {
    debug_assert!(size + align <= SMALL && end <= HIGHEST_END && cursor <= HIGHEST_END);
    let start = cursor.wrapping_add(align - 1) & align.wrapping_neg();
    let after = start.wrapping_add(size);
    if after > end {
        return None;
    }
    Some(Carved { start, cursor: after })
}

/// Whether the block at `start` is the last one before `cursor`, starts at a multiple of `align`,
/// and may have `size` bytes before `end`; then it can be resized where it is.
///
/// The first two questions are one comparison, the third is the second.
///
/// ```
/// use larder::bits::window::fits_in_place;
/// assert!(fits_in_place(64, 32, 96, 200, 128, 16));
/// assert!(!fits_in_place(64, 32, 96, 200, 137, 16)); // past the end
/// assert!(!fits_in_place(64, 16, 96, 200, 17, 16)); // another block follows
/// assert!(!fits_in_place(72, 24, 96, 200, 32, 16)); // not aligned
/// ```
#[inline]
#[must_use]
pub const fn fits_in_place(
    start: usize,
    old_size: usize,
    cursor: usize,
    end: usize,
    size: usize,
    align: usize,
) -> bool {
    let not_last = start.wrapping_add(old_size) ^ cursor;
    let misaligned = start & (align - 1);
    (not_last | misaligned) == 0 && end.wrapping_sub(start).cast_signed() >= size.cast_signed()
}
