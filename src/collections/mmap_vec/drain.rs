#![expect(unsafe_code, reason = "makes a vector long again whose elements it has hidden")]
//! Taking elements out of the middle.
//!
//! ```text
//!  | head | yielded | to yield | yielded | tail |
//!         start     next       end       tail   whole
//! ```
//!
//! While it lives the vector ends at `start`, so that a leaked drain leaves whole elements.
//!
//! Invariant: when `start < tail`, the vector had `whole` elements when this was made, ends at `start`
//! now, and nobody else has changed it since.

use core::fmt;

use bytemuck::Pod;

use super::{MmapVec, Storage};

/// The elements that [`MmapVec::drain`] removes.
pub struct Drain<'v, T: Pod, S: Storage> {
    vec: &'v mut MmapVec<T, S>,
    start: usize,
    next: usize,
    end: usize,
    tail: usize,
    whole: usize,
}

impl<'v, T: Pod, S: Storage> Drain<'v, T, S> {
    pub(super) fn new(vec: &'v mut MmapVec<T, S>, start: usize, end: usize) -> Self {
        let whole = vec.len();
        if start < end {
            vec.truncate(start);
        }
        Self { vec, start, next: start, end, tail: end, whole }
    }

    fn read(&self, index: usize) -> T {
        debug_assert!((self.start..self.tail).contains(&index));
        // SAFETY: the element is among those that the vector had (the invariant).
        let element = unsafe { self.vec.as_ptr().add(index) };
        // SAFETY: as above, so it is initialised.
        unsafe { element.read() }
    }
}

impl<T: Pod, S: Storage> Iterator for Drain<'_, T, S> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        (self.next < self.end).then(|| {
            self.next += 1;
            self.read(self.next - 1)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.next;
        (left, Some(left))
    }
}

impl<T: Pod, S: Storage> DoubleEndedIterator for Drain<'_, T, S> {
    fn next_back(&mut self) -> Option<T> {
        (self.next < self.end).then(|| {
            self.end -= 1;
            self.read(self.end)
        })
    }
}

impl<T: Pod, S: Storage> ExactSizeIterator for Drain<'_, T, S> {}

impl<T: Pod, S: Storage> Drop for Drain<'_, T, S> {
    fn drop(&mut self) {
        if self.start < self.tail {
            // SAFETY: the vector had `whole` elements and was not shrunk since (the invariant).
            unsafe { self.vec.restore_len(self.whole) };
            let (start, tail) = (self.start, self.tail);
            self.vec.elements().copy_within(tail.., start);
            self.vec.truncate(self.whole - (tail - start));
        }
    }
}

impl<T: Pod, S: Storage> fmt::Debug for Drain<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &(self.end - self.next)).finish_non_exhaustive()
    }
}
