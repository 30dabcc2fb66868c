#![expect(unsafe_code, reason = "reads rows out of a hole")]
//! Taking rows out of the middle: all of a range, or those that a closure wants.
//!
//! ```text
//! | kept | taken | yet to come | taken | rest |
//!         ^ len   ^ range.start ^ .end  ^ tail
//! ```
//!
//! Invariant 1 of [`Drain`]: the rows of `range` are initialised, in the hole of the gap, and the
//! drain's.

use core::{fmt, iter::FusedIterator, mem::ManuallyDrop, ops::Range, ptr};

use super::{
    gap::Gap,
    row::{Ref, RefMut, Slices, Soa},
    rows::Rows,
};

/// The rows of a range, on their way out of a vector; made by [`SoaVector::drain`](super::SoaVector::drain).
pub struct Drain<'a, T: Soa> {
    range: Range<usize>,
    gap: Gap<'a, T>,
}

impl<'a, T: Soa> Drain<'a, T> {
    /// `range` is within the length.
    pub(super) const fn new(rows: &'a mut Rows<T>, range: Range<usize>) -> Self {
        let mut gap = Gap::open(rows, range.start);
        let (start, count) = (range.start, range.end - range.start);
        gap.give_up(count);
        Self { range: start..start + count, gap }
    }

    /// The columns of the rows yet to come.
    #[must_use]
    pub fn slices(&self) -> Slices<'_, T> {
        // SAFETY: the rows are initialised, and ours (1).
        unsafe { T::slices(self.gap.rows().raw(), self.range.start, self.range.len()) }
    }

    /// Puts the rows yet to come back into the vector.
    pub fn keep_rest(self) {
        let mut this = ManuallyDrop::new(self);
        while let Some(at) = this.range.next() {
            this.gap.put_from(at);
        }
        // SAFETY: `this` is not dropped, so the gap is dropped here once.
        unsafe { ptr::drop_in_place(&raw mut this.gap) };
    }

    #[inline]
    fn read(&self, at: usize) -> T {
        // SAFETY: the callers have just taken the position out of the range, so the row is
        // initialised, and given up (1).
        unsafe { T::read(self.gap.rows().raw(), at) }
    }
}

impl<T: Soa> Iterator for Drain<'_, T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.range.next().map(|at| self.read(at))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<T: Soa> DoubleEndedIterator for Drain<'_, T> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        self.range.next_back().map(|at| self.read(at))
    }
}

impl<T: Soa> ExactSizeIterator for Drain<'_, T> {}
impl<T: Soa> FusedIterator for Drain<'_, T> {}

impl<T: Soa> Drop for Drain<'_, T> {
    fn drop(&mut self) {
        let Range { start, end } = self.range;
        self.range.start = end;
        // Should a drop panic, the gap closes all the same: it is dropped after this.
        // SAFETY: the rows were initialised and ours (1), and are out of the range now.
        unsafe { self.gap.rows().drop_rows(start, end - start) };
    }
}

impl<T: Soa> fmt::Debug for Drain<'_, T>
where
    for<'r> Ref<'r, T>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = self.gap.rows().raw();
        // SAFETY: the rows are initialised, and ours (1).
        let rows = self.range.clone().map(|at| unsafe { T::row(raw, at) });
        f.debug_list().entries(rows).finish()
    }
}

/// The rows that a closure wants, on their way out; made by
/// [`SoaVector::extract_if`](super::SoaVector::extract_if). What was not visited when it is dropped
/// stays.
pub struct ExtractIf<'a, T: Soa, F> {
    gap: Gap<'a, T>,
    unseen: usize,
    take: F,
}

impl<'a, T: Soa, F: FnMut(RefMut<'_, T>) -> bool> ExtractIf<'a, T, F> {
    /// `range` is within the length.
    pub(super) const fn new(rows: &'a mut Rows<T>, range: Range<usize>, take: F) -> Self {
        let unseen = range.end - range.start;
        Self { gap: Gap::open(rows, range.start), unseen, take }
    }
}

impl<T: Soa, F: FnMut(RefMut<'_, T>) -> bool> Iterator for ExtractIf<'_, T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.unseen > 0 {
            let wanted = self.gap.first().is_some_and(&mut self.take);
            self.unseen -= 1;
            if wanted {
                return Some(self.gap.take());
            }
            self.gap.keep();
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.unseen))
    }
}

impl<T: Soa, F: FnMut(RefMut<'_, T>) -> bool> FusedIterator for ExtractIf<'_, T, F> {}

impl<T: Soa, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("unseen", &self.unseen).finish_non_exhaustive()
    }
}
