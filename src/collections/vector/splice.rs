//! Taking a range out and putting other elements in.

use core::{fmt, iter::FusedIterator};

use super::Drain;
use crate::{panics, raw::storage::Storage};

/// The elements of a range, on their way out; the drop puts others in their place. Made by
/// [`Vector::splice`](super::Vector::splice).
pub struct Splice<'a, S: Storage, I: Iterator<Item = S::Item>> {
    drain: Drain<'a, S>,
    with: I,
}

impl<'a, S: Storage, I: Iterator<Item = S::Item>> Splice<'a, S, I> {
    pub(super) const fn new(drain: Drain<'a, S>, with: I) -> Self {
        Self { drain, with }
    }
}

impl<S: Storage, I: Iterator<Item = S::Item>> Iterator for Splice<'_, S, I> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.drain.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.drain.size_hint()
    }
}

impl<S: Storage, I: Iterator<Item = S::Item>> DoubleEndedIterator for Splice<'_, S, I> {
    fn next_back(&mut self) -> Option<S::Item> {
        self.drain.next_back()
    }
}

impl<S: Storage, I: Iterator<Item = S::Item>> ExactSizeIterator for Splice<'_, S, I> {}
impl<S: Storage, I: Iterator<Item = S::Item>> FusedIterator for Splice<'_, S, I> {}

impl<S: Storage, I: Iterator<Item = S::Item>> Drop for Splice<'_, S, I> {
    #[track_caller]
    fn drop(&mut self) {
        if let Err((_, refusal)) = self.drain.hole().fill(&mut self.with) {
            panics::refused(&refusal);
        }
    }
}

impl<S, I> fmt::Debug for Splice<'_, S, I>
where
    S: Storage<Item: fmt::Debug>,
    I: Iterator<Item = S::Item>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Splice").field(&self.drain.as_slice()).finish()
    }
}
