//! Buddies: blocks whose sizes and addresses are powers of two and their multiples.
//!
//! ```text
//! order 3   |               0               |               8               |
//! order 2   |       0       |       4       |       8       |      12       |
//! order 1   |   0   |   2   |   4   |   6   |   8   |  10   |  12   |  14   |
//! order 0   | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |10 |11 |12 |13 |14 |15 |
//! ```
//!
//! A block of order `k` has `1 << k` granules and begins at a multiple of that. With its *buddy* it
//! makes one block of the next order. Each pair is named by the granule in its [`middle`]: a number
//! with just `k` zeros at its end, so no two pairs of whatever order have the same name, and one bit
//! for each granule is enough to hold a bit for each pair.

/// Bytes in a granule: two words, the least block.
pub const GRANULE: usize = 2 * size_of::<usize>();

/// How many orders there are.
pub const ORDERS: usize = (usize::BITS - GRANULE.ilog2()) as usize;

/// The least order whose blocks have `size` bytes at a multiple of `align`; neither is above
/// `isize::MAX + 1`.
///
/// ```
/// use larder::bits::buddy::{GRANULE, order_of};
/// assert_eq!([1, GRANULE, GRANULE + 1, 4 * GRANULE].map(|size| order_of(size, 1)), [0, 0, 1, 2]);
/// assert_eq!(order_of(1, 8 * GRANULE), 3);
/// ```
#[inline]
#[must_use]
pub const fn order_of(size: usize, align: usize) -> usize {
    // At least a granule, and without a branch: the bits of the three, less one, are put together.
    let most = size.wrapping_sub(1) | (align - 1) | (GRANULE - 1);
    (most.ilog2() + 1 - GRANULE.ilog2()) as usize
}

/// How many bytes a block of `order` has.
#[inline]
#[must_use]
pub const fn size_of_order(order: usize) -> usize {
    GRANULE << order
}

/// The granule in the middle of the pair that the block at `granule` is of.
///
/// ```
/// use larder::bits::buddy::middle;
/// assert_eq!((middle(4, 2), middle(0, 2)), (4, 4));
/// assert_eq!((middle(4, 1), middle(6, 1)), (6, 6));
/// ```
#[inline]
#[must_use]
pub const fn middle(granule: usize, order: usize) -> usize {
    granule | 1 << order
}

/// The other block of the pair.
#[inline]
#[must_use]
pub const fn buddy_of(granule: usize, order: usize) -> usize {
    granule ^ 1 << order
}

/// The first granule of the block of `order` that `granule` lies in.
#[inline]
#[must_use]
pub const fn first_of(granule: usize, order: usize) -> usize {
    granule >> order << order
}

/// The largest blocks that the granules of `range` are made of, as granule and order.
///
/// ```
/// use larder::bits::buddy::pieces;
/// assert!(pieces(3..13).eq([(3, 0), (4, 2), (8, 2), (12, 0)]));
/// ```
pub fn pieces(range: core::ops::Range<usize>) -> impl Iterator<Item = (usize, usize)> {
    let mut next = range.start;
    core::iter::from_fn(move || {
        let left = range.end.checked_sub(next).filter(|left| *left > 0)?;
        let order = next.trailing_zeros().min(left.ilog2()) as usize;
        let piece = (next, order);
        next += 1 << order;
        Some(piece)
    })
}
