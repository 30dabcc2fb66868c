//! Carving a block from the free bytes between a cursor and an end, upwards.
//!
//! ```text
//!        cursor    start        start + size      end
//!  ...used |  pad  |   the block   |     free      | not ours
//! ```
//!
//! `start` is the cursor rounded up; it may lie past `end`, and the sums may wrap around the address
//! space. One question decides: is `end - (start + size)`, **as a signed number**, negative? A window
//! has at most `isize::MAX` bytes, `start` is less than an alignment past the cursor, and a size
//! rounded up to its alignment is at most `isize::MAX`; so the true difference is a signed number of
//! this width, and arithmetic that wraps yields exactly it. There is no overflow to check for.
//!
//! A window that serves nothing, not even a block of no size, ends one byte **before** its cursor:
//! every difference is negative then. That is how an arena closes its window while it has lent the
//! bytes behind the cursor to somebody else; [`CLOSED_CURSOR`] and [`CLOSED_END`] are such a window.

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
    // The same as `(cursor + align - 1) & -align`, and an instruction less when `align` is a variable.
    let start = (cursor.wrapping_sub(1) | (align - 1)).wrapping_add(1);
    let after = start.wrapping_add(size);
    if end.wrapping_sub(after).cast_signed() < 0 {
        return None;
    }
    Some(Carved { start, cursor: after })
}

/// [`carve`] for a size that is a multiple of the alignment, as every type's is: the new cursor is
/// two steps from the old one, not three, and the next block waits for nothing else.
///
/// ```
/// use larder::bits::window::{carve_multiple, Carved};
/// assert_eq!(carve_multiple(100, 200, 64, 16), Some(Carved { start: 112, cursor: 176 }));
/// assert_eq!(carve_multiple(100, 200, 128, 16), None);
/// ```
#[inline]
#[must_use]
pub const fn carve_multiple(
    cursor: usize,
    end: usize,
    size: usize,
    align: usize,
) -> Option<Carved> {
    debug_assert!(size & (align - 1) == 0);
    let after = cursor.wrapping_add(size + (align - 1)) & align.wrapping_neg();
    if end.wrapping_sub(after).cast_signed() < 0 {
        return None;
    }
    Some(Carved { start: after.wrapping_sub(size), cursor: after })
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
