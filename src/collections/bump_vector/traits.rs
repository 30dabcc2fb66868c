//! Bump vectors compare, order, hash and print as the sequences that they are.

use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};
use liballoc::vec::Vec;

use super::BumpVector;
use crate::{alloc::Allocator, panics};

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

impl<T, A: Allocator + Default> Default for BumpVector<T, A> {
    fn default() -> Self {
        Self::new_in(A::default())
    }
}

impl<T: fmt::Debug, A: Allocator> fmt::Debug for BumpVector<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
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

impl<T, A: Allocator + Default> FromIterator<T> for BumpVector<T, A> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self::from_iter_in(iter, A::default())
    }
}

impl<T, const N: usize> From<[T; N]> for BumpVector<T> {
    #[track_caller]
    fn from(array: [T; N]) -> Self {
        Self::from_iter(array)
    }
}

impl<T: Clone> From<&[T]> for BumpVector<T> {
    #[track_caller]
    fn from(slice: &[T]) -> Self {
        Self::from_iter(slice.iter().cloned())
    }
}

impl<T> From<Vec<T>> for BumpVector<T> {
    #[track_caller]
    fn from(vec: Vec<T>) -> Self {
        Self::from_iter(vec)
    }
}

impl<T: PartialEq<U>, U, A: Allocator, B: Allocator> PartialEq<BumpVector<U, B>>
    for BumpVector<T, A>
{
    fn eq(&self, other: &BumpVector<U, B>) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Eq, A: Allocator> Eq for BumpVector<T, A> {}

/// One impl for each type that is a slice.
macro_rules! equals {
    ($([$($params:tt)*] $right:ty;)+) => {$(
        impl<T: PartialEq<U>, U, A: Allocator, $($params)*> PartialEq<$right> for BumpVector<T, A> {
            fn eq(&self, other: &$right) -> bool {
                let other: &[U] = other.as_ref();
                self.len() == other.len() && self.iter().eq(other)
            }
        }
    )+};
}

equals! {
    [] [U];
    [] &[U];
    [] Vec<U>;
    [const N: usize] [U; N];
    [const N: usize] &[U; N];
}

impl<T: PartialOrd, A: Allocator, B: Allocator> PartialOrd<BumpVector<T, B>> for BumpVector<T, A> {
    fn partial_cmp(&self, other: &BumpVector<T, B>) -> Option<Ordering> {
        self.iter().partial_cmp(other.iter())
    }
}

impl<T: Ord, A: Allocator> Ord for BumpVector<T, A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<T: Hash, A: Allocator> Hash for BumpVector<T, A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        // One by one: where slices end depends on the first bucket.
        self.iter().for_each(|element| element.hash(state));
    }
}
