//! Size classes with a three-bit mantissa: eight steps to each doubling, at most an eighth wasted.
//!
//! Sizes are counted in units of 16 bytes. The first sixteen classes are one unit apart; from 256
//! bytes on there are eight classes to each power of two:
//!
//! ```text
//! class  0   1   2  ...  15 | 16  17  18  19  20  21  22  23 | 24 ...
//! bytes 16  32  48  ... 256 |288 320 352 384 416 448 480 512 |576 ...
//! ```
//!
//! The class is a shift and an add from the leading bit, with no table and no branch, which no
//! processor could guess where sizes are mixed. Waste is at most 12.5 % of a block from 112 bytes on;
//! for smaller sizes the unit itself, 16 bytes, is the bound.

/// The distance of the smallest classes, and the alignment of every class.
pub const UNIT: usize = 16;

/// The class whose blocks hold `size` bytes, the smallest such. Size 0 is in class 0.
///
/// ```
/// use larder::bits::size_class::{class_of, size_of};
/// assert_eq!(class_of(1), 0);
/// assert_eq!(class_of(16), 0);
/// assert_eq!(class_of(17), 1);
/// assert_eq!(class_of(257), 16);
/// assert_eq!(size_of(class_of(1000)), 1024);
/// ```
#[inline]
#[must_use]
pub const fn class_of(size: usize) -> usize {
    // `units` is one less than the number of units, so that a full class maps to itself.
    let units = size.saturating_sub(1) / UNIT;
    // Below 16 units the shift is 0; the `| 8` keeps the logarithm from going under it.
    let shift = (units | 8).ilog2() as usize - 3;
    shift * 8 + (units >> shift)
}

/// The number of bytes in a block of `class`, or `usize::MAX` rounded down to a unit when that
/// many bytes do not exist.
///
/// ```
/// use larder::bits::size_class::size_of;
/// assert_eq!(size_of(0), 16);
/// assert_eq!(size_of(15), 256);
/// assert_eq!(size_of(16), 288);
/// ```
#[inline]
#[must_use]
pub const fn size_of(class: usize) -> usize {
    let shift = if class < 16 { 0 } else { class / 8 - 1 };
    let units = class - shift * 8 + 1;
    // Four bits of units and the four bits of the unit itself must stay inside the word.
    if shift as u32 > usize::BITS - 9 {
        return usize::MAX - (UNIT - 1);
    }
    (units << shift) * UNIT
}
