//! Owned lists in parallel, by references that this thread finds; filled and collected from parallel
//! iterators.

use liballoc::vec::Vec;
use rayon::{
    iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    vec::IntoIter,
};

use super::OwnedList;
use crate::alloc::Allocator;

impl<'a, T: Sync, A: Allocator> IntoParallelIterator for &'a OwnedList<T, A> {
    type Item = &'a T;
    type Iter = IntoIter<&'a T>;

    fn into_par_iter(self) -> Self::Iter {
        self.iter().collect::<Vec<_>>().into_par_iter()
    }
}

impl<'a, T: Send, A: Allocator> IntoParallelIterator for &'a mut OwnedList<T, A> {
    type Item = &'a mut T;
    type Iter = IntoIter<&'a mut T>;

    fn into_par_iter(self) -> Self::Iter {
        self.iter_mut().collect::<Vec<_>>().into_par_iter()
    }
}

impl<T: Send, A: Allocator> ParallelExtend<T> for OwnedList<T, A> {
    #[track_caller]
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, iter: I) {
        // The threads collect on rayon's own terms; this thread then moves the elements over.
        let all: Vec<T> = iter.into_par_iter().collect();
        self.extend(all);
    }
}

impl<T: Send, A: Allocator + Default> FromParallelIterator<T> for OwnedList<T, A> {
    #[track_caller]
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(iter: I) -> Self {
        let mut this = Self::default();
        this.par_extend(iter);
        this
    }
}
