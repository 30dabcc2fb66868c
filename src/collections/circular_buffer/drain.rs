#![expect(unsafe_code, reason = "reads elements out of a hole")]
//! Taking elements out of a queue: a range, or what a closure wants.
//!
//! Invariant 1: the slots of a drain's `range` are initialised, in the hole, and the drain's.

use core::{fmt, iter::FusedIterator, ops::Range};

use super::{Full, Grow, Place, Ring, gap::Gap};
use crate::alloc::Global;

/// The elements of a range, on their way out of a queue; made by [`Ring::drain`].
pub struct Drain<'a, T, F: Full = Grow, A: Place = Global> {
    range: Range<usize>,
    gap: Gap<'a, T, F, A>,
}

impl<'a, T, F: Full, A: Place> Drain<'a, T, F, A> {
    pub(super) fn new(ring: &'a mut Ring<T, F, A>, range: Range<usize>) -> Self {
        Self { gap: Gap::open(ring, range.start, range.end), range }
    }

    fn read(&mut self, index: usize) -> T {
        // SAFETY: the callers have just taken the index out of the range, so the element is
        // initialised, and given up (1).
        unsafe { self.gap.ring().slot(index).read() }
    }
}

impl<T, F: Full, A: Place> Iterator for Drain<'_, T, F, A> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        let index = self.range.next()?;
        Some(self.read(index))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl<T, F: Full, A: Place> DoubleEndedIterator for Drain<'_, T, F, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.range.next_back()?;
        Some(self.read(index))
    }
}

impl<T, F: Full, A: Place> ExactSizeIterator for Drain<'_, T, F, A> {}
impl<T, F: Full, A: Place> FusedIterator for Drain<'_, T, F, A> {}

impl<T, F: Full, A: Place> Drop for Drain<'_, T, F, A> {
    fn drop(&mut self) {
        let Range { start, end } = self.range;
        self.range.start = end;
        // Should a drop panic, the others are dropped and the gap closes all the same.
        drop(self.gap.ring().doomed(start, end));
    }
}

impl<T, F: Full, A: Place> fmt::Debug for Drain<'_, T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.range.len()).finish_non_exhaustive()
    }
}

/// The elements that a closure wants, on their way out of a queue; made by [`Ring::extract_if`]. What
/// was not visited when it is dropped stays.
pub struct ExtractIf<'a, T, F: Full, A: Place, P> {
    gap: Gap<'a, T, F, A>,
    unseen: usize,
    take: P,
}

impl<'a, T, F: Full, A: Place, P> ExtractIf<'a, T, F, A, P> {
    pub(super) fn new(ring: &'a mut Ring<T, F, A>, range: Range<usize>, take: P) -> Self {
        Self { unseen: range.len(), gap: Gap::open(ring, range.start, range.start), take }
    }
}

impl<T, F: Full, A: Place, P: FnMut(&mut T) -> bool> Iterator for ExtractIf<'_, T, F, A, P> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        while self.unseen > 0 {
            let mut first = self.gap.first()?;
            // SAFETY: the element is initialised, and borrowed with the gap.
            let wanted = (self.take)(unsafe { first.as_mut() });
            self.unseen -= 1;
            if wanted {
                return self.gap.take();
            }
            self.gap.keep();
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.unseen))
    }
}

impl<T, F: Full, A: Place, P: FnMut(&mut T) -> bool> FusedIterator for ExtractIf<'_, T, F, A, P> {}

impl<T, F: Full, A: Place, P> fmt::Debug for ExtractIf<'_, T, F, A, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("unseen", &self.unseen).finish_non_exhaustive()
    }
}
