#![expect(unsafe_code, reason = "reads elements out of a hole")]
//! Taking a range out of a queue.
//!
//! Invariant 1: while it is drained the queue's length is `before`; the slots of `range` are
//! initialised and the drain's, those from `end` on, `behind` of them, initialised and nobody's.

use core::{fmt, iter::FusedIterator, ops::Range};

use super::{Full, Ring};
use crate::alloc::Allocator;

/// The elements of a range, on their way out of a queue; made by [`Ring::drain`].
pub struct Drain<'a, T, F: Full, A: Allocator> {
    ring: &'a mut Ring<T, F, A>,
    range: Range<usize>,
    end: usize,
    behind: usize,
}

impl<'a, T, F: Full, A: Allocator> Drain<'a, T, F, A> {
    pub(super) fn new(ring: &'a mut Ring<T, F, A>, range: Range<usize>) -> Self {
        let behind = ring.len() - range.end;
        // SAFETY: fewer elements are initialised as well.
        unsafe { ring.set_len(range.start) };
        Self { ring, end: range.end, range, behind }
    }

    fn read(&mut self, index: usize) -> T {
        // SAFETY: the callers have just taken the index out of the range, so the element is
        // initialised, and given up (1).
        unsafe { self.ring.slot(index).read() }
    }
}

impl<T, F: Full, A: Allocator> Iterator for Drain<'_, T, F, A> {
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

impl<T, F: Full, A: Allocator> DoubleEndedIterator for Drain<'_, T, F, A> {
    #[inline]
    fn next_back(&mut self) -> Option<T> {
        let index = self.range.next_back()?;
        Some(self.read(index))
    }
}

impl<T, F: Full, A: Allocator> ExactSizeIterator for Drain<'_, T, F, A> {}
impl<T, F: Full, A: Allocator> FusedIterator for Drain<'_, T, F, A> {}

impl<T, F: Full, A: Allocator> Drop for Drain<'_, T, F, A> {
    fn drop(&mut self) {
        /// Closes the hole, also when a drop panics.
        struct Close<'d, 'a, T, F: Full, A: Allocator>(&'d mut Drain<'a, T, F, A>);
        impl<T, F: Full, A: Allocator> Drop for Close<'_, '_, T, F, A> {
            fn drop(&mut self) {
                // What a panic has left is dropped before the hole closes.
                self.0.by_ref().for_each(drop);
                let (ring, end, behind) = (&mut *self.0.ring, self.0.end, self.0.behind);
                let before = ring.len();
                let hole = end - before;
                if before < behind {
                    // SAFETY: the elements before the hole move to its end.
                    unsafe { ring.move_slots(0, hole, before) };
                    // SAFETY: that is where the content begins now.
                    unsafe { ring.advance(hole) };
                } else {
                    // SAFETY: the elements behind the hole move to its beginning.
                    unsafe { ring.move_slots(end, before, behind) };
                }
                // SAFETY: both parts are in a row now.
                unsafe { ring.set_len(before + behind) };
            }
        }
        let close = Close(self);
        close.0.by_ref().for_each(drop);
    }
}

impl<T, F: Full, A: Allocator> fmt::Debug for Drain<'_, T, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.range.len()).finish_non_exhaustive()
    }
}
