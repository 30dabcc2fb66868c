//! Bump vectors compare, order, hash and print as the sequences that they are.

use super::BumpVector;
use crate::{alloc::Allocator, collections::sequence::sequence, panics};

impl<T: Clone, A: Allocator + Clone> Clone for BumpVector<T, A> {
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }

    /// Uses the buckets that are there.
    #[track_caller]
    fn clone_from(&mut self, source: &Self) {
        self.clear();
        self.push_all(source.iter().cloned());
    }
}

impl<T, A: Allocator> Extend<T> for BumpVector<T, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        self.push_all(iter);
    }
}

impl<'a, T: Copy + 'a, A: Allocator> Extend<&'a T> for BumpVector<T, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, iter: I) {
        self.push_all(iter.into_iter().copied());
    }
}

/// Through a shared reference, as with `push`.
impl<T, A: Allocator> Extend<T> for &BumpVector<T, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        self.push_all(iter);
    }
}

sequence! {
    [A: Allocator] BumpVector<T, A>,
    [B: Allocator] BumpVector<T, B>,
    [] BumpVector<T>,
    |vec| vec.into_iter().collect(),
}
