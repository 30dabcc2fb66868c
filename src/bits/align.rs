//! Rounding to powers of two.
//!
//! An alignment here is a `usize` that is a power of two, as [`Layout::align`] returns it.
//!
//! [`Layout::align`]: core::alloc::Layout::align

/// The smallest multiple of `align` that is not below `value`, or `None` when it is past the last
/// address.
///
/// ```
/// use larder::bits::align::up;
/// assert_eq!(up(13, 8), Some(16));
/// assert_eq!(up(16, 8), Some(16));
/// assert_eq!(up(usize::MAX, 2), None);
/// ```
#[inline]
#[must_use]
pub const fn up(value: usize, align: usize) -> Option<usize> {
    debug_assert!(align.is_power_of_two());
    match value.checked_add(align - 1) {
        Some(sum) => Some(sum & !(align - 1)),
        None => None,
    }
}

/// The largest multiple of `align` that is not above `value`.
///
/// ```
/// use larder::bits::align::down;
/// assert_eq!(down(13, 8), 8);
/// assert_eq!(down(16, 8), 16);
/// ```
#[inline]
#[must_use]
pub const fn down(value: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two());
    value & !(align - 1)
}

/// Whether `value` is a multiple of `align`.
///
/// ```
/// use larder::bits::align::is_aligned;
/// assert!(is_aligned(32, 16));
/// assert!(!is_aligned(24, 16));
/// ```
#[inline]
#[must_use]
pub const fn is_aligned(value: usize, align: usize) -> bool {
    debug_assert!(align.is_power_of_two());
    value & (align - 1) == 0
}
