//! Which bucket an index is in, when each bucket is twice as long as the one before.
//!
//! ```text
//! first = 4:   | 0 1 2 3 | 4 5 6 7 8 9 10 11 | 12 ... 27 | 28 ...
//! level          2         3                   4           5
//! ```
//!
//! A bucket is known by its level, the logarithm of its length. With `first` added to it, an index
//! has its highest bit at the level of its bucket, so that one instruction finds it.

use core::{iter::FusedIterator, ops::Range};

/// The level of the bucket that `index` is in. `first`, the length of the first bucket, is a power of
/// two, and the sum of the two does not overflow.
///
/// ```
/// use larder::bits::doubling::level_of;
/// assert_eq!([0, 3, 4, 11, 12].map(|index| level_of(index, 4)), [2, 2, 3, 3, 4]);
/// ```
#[inline]
#[must_use]
pub const fn level_of(index: usize, first: usize) -> u32 {
    usize::BITS - 1 - (index.wrapping_add(first) | 1).leading_zeros()
}

/// The first index behind the buckets of lower levels; none, when there is no such number.
///
/// ```
/// use larder::bits::doubling::start_of;
/// assert_eq!([2, 3, 4].map(|level| start_of(level, 4)), [Some(0), Some(4), Some(12)]);
/// assert_eq!(start_of(usize::BITS, 4), None);
/// ```
#[inline]
#[must_use]
pub const fn start_of(level: u32, first: usize) -> Option<usize> {
    match 1_usize.checked_shl(level) {
        Some(length) => length.checked_sub(first),
        None => None,
    }
}

/// A range of indices, cut where buckets end.
///
/// ```
/// use larder::bits::doubling::Runs;
/// let runs: Vec<_> = Runs::new(2..20, 4).collect();
/// assert_eq!(runs, [2..4, 4..12, 12..20]);
/// assert_eq!(Runs::new(2..20, 4).next_back(), Some(12..20));
/// ```
#[derive(Clone, Debug)]
pub struct Runs {
    left: Range<usize>,
    first: usize,
}

impl Runs {
    /// The runs of `range`, of buckets the first of which has the length `first`.
    #[inline]
    #[must_use]
    pub const fn new(range: Range<usize>, first: usize) -> Self {
        Self { left: range, first }
    }
}

impl Iterator for Runs {
    type Item = Range<usize>;

    #[inline]
    fn next(&mut self) -> Option<Range<usize>> {
        if self.left.is_empty() {
            return None;
        }
        let start = self.left.start;
        let level = level_of(start, self.first);
        let end = start_of(level + 1, self.first).unwrap_or(usize::MAX).min(self.left.end);
        self.left.start = end;
        Some(start..end)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.left.is_empty() {
            return (0, Some(0));
        }
        let last = level_of(self.left.end - 1, self.first);
        let count = (last - level_of(self.left.start, self.first)) as usize + 1;
        (count, Some(count))
    }
}

impl DoubleEndedIterator for Runs {
    #[inline]
    fn next_back(&mut self) -> Option<Range<usize>> {
        if self.left.is_empty() {
            return None;
        }
        let end = self.left.end;
        let start = start_of(level_of(end - 1, self.first), self.first).unwrap_or(0);
        self.left.end = start.max(self.left.start);
        Some(self.left.end..end)
    }
}

impl ExactSizeIterator for Runs {}
impl FusedIterator for Runs {}
