//! Taking out what a closure wants.

use core::{fmt, iter::FusedIterator};

use crate::raw::{gap::Gap, storage::Storage};

/// The elements that a closure wants, on their way out; made by
/// [`Vector::extract_if`](super::Vector::extract_if). What was not visited when it is dropped stays.
pub struct ExtractIf<'a, S: Storage, F> {
    gap: Gap<'a, S>,
    unseen: usize,
    take: F,
}

impl<'a, S: Storage, F: FnMut(&mut S::Item) -> bool> ExtractIf<'a, S, F> {
    pub(crate) const fn new(gap: Gap<'a, S>, unseen: usize, take: F) -> Self {
        Self { gap, unseen, take }
    }

    /// [`drain_filter`](super::Vector::drain_filter) from here on.
    pub(super) const fn into_drain_filter(self) -> DrainFilter<'a, S, F> {
        DrainFilter { elements: self, asking: false }
    }
}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> Iterator for ExtractIf<'_, S, F> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        while self.unseen > 0 {
            let wanted = self.gap.around().0.is_some_and(&mut self.take);
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

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> FusedIterator for ExtractIf<'_, S, F> {}

impl<S: Storage, F> fmt::Debug for ExtractIf<'_, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("unseen", &self.unseen).finish_non_exhaustive()
    }
}

/// The elements that a closure wants, on their way out; made by
/// [`Vector::drain_filter`](super::Vector::drain_filter). Those that were not visited when it is dropped
/// are visited then, unless the closure has panicked.
pub struct DrainFilter<'a, S: Storage, F: FnMut(&mut S::Item) -> bool> {
    elements: ExtractIf<'a, S, F>,
    /// Whether the closure is running, or has panicked.
    asking: bool,
}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> DrainFilter<'_, S, F> {
    /// Leaves the elements that were not visited in the vector.
    pub fn keep_rest(mut self) {
        self.elements.unseen = 0;
    }
}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> Iterator for DrainFilter<'_, S, F> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        self.asking = true;
        let next = self.elements.next();
        self.asking = false;
        next
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }
}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> FusedIterator for DrainFilter<'_, S, F> {}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> Drop for DrainFilter<'_, S, F> {
    fn drop(&mut self) {
        if !self.asking {
            self.for_each(drop);
        }
    }
}

impl<S: Storage, F: FnMut(&mut S::Item) -> bool> fmt::Debug for DrainFilter<'_, S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DrainFilter").field(&self.elements).finish()
    }
}
