//! Owned lists compare, order, hash and print as the sequences that they are.

use super::OwnedList;
use crate::{alloc::Allocator, collections::sequence::sequence, panics};

impl<T: Clone, A: Allocator + Clone> Clone for OwnedList<T, A> {
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }

    /// Uses the nodes that are there.
    #[track_caller]
    fn clone_from(&mut self, source: &Self) {
        self.clear();
        self.extend(source.iter().cloned());
    }
}

impl<T, A: Allocator> Extend<T> for OwnedList<T, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        panics::taken(self.try_extend(iter));
    }
}

impl<'a, T: Copy + 'a, A: Allocator> Extend<&'a T> for OwnedList<T, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        panics::taken(self.try_extend(iter.into_iter().copied()));
    }
}

sequence! {
    [A: Allocator] OwnedList<T, A>,
    [B: Allocator] OwnedList<T, B>,
    [] OwnedList<T>,
    |vec| vec.into_iter().collect(),
}
