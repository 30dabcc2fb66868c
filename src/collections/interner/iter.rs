#![expect(unsafe_code, reason = "makes texts of the engine's bytes")]
//! Symbols and texts in order, from both ends.
//!
//! Invariants:
//!
//! 1. `ends` are where texts begin and end in `bytes`, one more than there are texts to come, or
//!    none; they rise and are within `bytes`.
//! 2. The bytes between two of them are those of a `T`.
//! 3. The first text to come has the index `index`.

use core::{fmt, iter::FusedIterator, marker::PhantomData};

use super::{Symbol, Text, Width};

/// An iterator over symbols and their texts, in the order in which they came.
pub struct Iter<'a, T: Text + ?Sized, W: Width = u32> {
    bytes: &'a [u8],
    ends: &'a [W::Offset],
    index: usize,
    kind: PhantomData<&'a T>,
}

impl<'a, T: Text + ?Sized, W: Width> Iter<'a, T, W> {
    /// # Safety
    ///
    /// Invariants 1 and 2, for the texts from index 0.
    pub(super) unsafe fn new(bytes: &'a [u8], ends: &'a [W::Offset]) -> Self {
        Self { bytes, ends, index: 0, kind: PhantomData }
    }

    /// The text between two ends, which follow each other, and its symbol.
    #[inline]
    fn item(&self, from: W::Offset, to: W::Offset, index: usize) -> (Symbol<W>, &'a T) {
        let bytes = &self.bytes[W::offset_to_usize(from)..W::offset_to_usize(to)];
        // SAFETY: the bytes between two ends are those of a `T` (2).
        (Symbol::of(W::number(index + 1)), unsafe { T::from_bytes(bytes) })
    }
}

impl<'a, T: Text + ?Sized, W: Width> Iterator for Iter<'a, T, W> {
    type Item = (Symbol<W>, &'a T);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let [from, to, ..] = *self.ends else { return None };
        self.ends = &self.ends[1..];
        self.index += 1;
        Some(self.item(from, to, self.index - 1))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = self.ends.len().saturating_sub(1);
        (len, Some(len))
    }

    #[inline]
    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        let skipped = n.min(self.len());
        self.ends = &self.ends[skipped..];
        self.index += skipped;
        self.next()
    }

    #[inline]
    fn last(mut self) -> Option<Self::Item> {
        self.next_back()
    }

    #[inline]
    fn count(self) -> usize {
        self.len()
    }
}

impl<T: Text + ?Sized, W: Width> DoubleEndedIterator for Iter<'_, T, W> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        let [.., from, to] = *self.ends else { return None };
        self.ends = &self.ends[..self.ends.len() - 1];
        Some(self.item(from, to, self.index + self.ends.len() - 1))
    }

    #[inline]
    fn nth_back(&mut self, n: usize) -> Option<Self::Item> {
        let skipped = n.min(self.len());
        self.ends = &self.ends[..self.ends.len() - skipped];
        self.next_back()
    }
}

impl<T: Text + ?Sized, W: Width> ExactSizeIterator for Iter<'_, T, W> {}
impl<T: Text + ?Sized, W: Width> FusedIterator for Iter<'_, T, W> {}

impl<T: Text + ?Sized, W: Width> Clone for Iter<'_, T, W> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T: Text + fmt::Debug + ?Sized, W: Width> fmt::Debug for Iter<'_, T, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}
