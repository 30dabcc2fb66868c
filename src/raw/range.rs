//! Ranges of positions, checked against a length.

use core::ops::{Bound, Range, RangeBounds};

use crate::panics;

/// The positions that `range` names among `len`.
///
/// # Panics
///
/// When the range ends past `len`, or before it begins.
#[track_caller]
pub(crate) fn within(range: impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(start) => *start,
        Bound::Excluded(before) => before.checked_add(1).unwrap_or(usize::MAX),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(last) => last.checked_add(1).unwrap_or(usize::MAX),
        Bound::Excluded(end) => *end,
        Bound::Unbounded => len,
    };
    if start > end || end > len || matches!(range.end_bound(), Bound::Included(&usize::MAX)) {
        panics::bad_range(start, end, len);
    }
    start..end
}
