//! Bump vectors in parallel: by reference, bucket by bucket; filled and collected from parallel
//! iterators.

use liballoc::vec::Vec;
use rayon::{
    iter::{Flatten, FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    vec::IntoIter,
};

use super::BumpVector;
use crate::alloc::Allocator;

impl<'a, T: Sync, A: Allocator> IntoParallelIterator for &'a BumpVector<T, A> {
    type Item = &'a T;
    type Iter = Flatten<IntoIter<&'a [T]>>;

    /// This thread finds the buckets; the vector itself is not shared.
    fn into_par_iter(self) -> Self::Iter {
        self.slices().collect::<Vec<_>>().into_par_iter().flatten()
    }
}

impl<'a, T: Send, A: Allocator> IntoParallelIterator for &'a mut BumpVector<T, A> {
    type Item = &'a mut T;
    type Iter = Flatten<IntoIter<&'a mut [T]>>;

    fn into_par_iter(self) -> Self::Iter {
        self.slices_mut().collect::<Vec<_>>().into_par_iter().flatten()
    }
}

impl<T: Send, A: Allocator> ParallelExtend<T> for BumpVector<T, A> {
    #[track_caller]
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, iter: I) {
        // The threads collect on rayon's own terms; this thread then moves the elements over.
        let all: Vec<T> = iter.into_par_iter().collect();
        self.push_all(all);
    }
}

impl<T: Send, A: Allocator + Default> FromParallelIterator<T> for BumpVector<T, A> {
    #[track_caller]
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(iter: I) -> Self {
        let mut this = Self::default();
        this.par_extend(iter);
        this
    }
}
