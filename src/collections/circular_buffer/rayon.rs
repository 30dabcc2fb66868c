//! Queues in parallel: by reference as their two slices, by value as a `Vec`, filled and
//! collected from parallel iterators.

use liballoc::vec::Vec;
use rayon::{
    iter::{Chain, FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    slice::{Iter, IterMut},
};

use super::{Full, Place, Ring, TakesAll};

impl<T: Send, F: Full, A: Place> IntoParallelIterator for Ring<T, F, A> {
    type Item = T;
    type Iter = rayon::vec::IntoIter<T>;

    fn into_par_iter(self) -> Self::Iter {
        Vec::from(self).into_par_iter()
    }
}

impl<'a, T: Sync, F: Full, A: Place> IntoParallelIterator for &'a Ring<T, F, A> {
    type Item = &'a T;
    type Iter = Chain<Iter<'a, T>, Iter<'a, T>>;

    fn into_par_iter(self) -> Self::Iter {
        let (first, second) = self.as_slices();
        first.into_par_iter().chain(second)
    }
}

impl<'a, T: Send, F: Full, A: Place> IntoParallelIterator for &'a mut Ring<T, F, A> {
    type Item = &'a mut T;
    type Iter = Chain<IterMut<'a, T>, IterMut<'a, T>>;

    fn into_par_iter(self) -> Self::Iter {
        let (first, second) = self.as_mut_slices();
        first.into_par_iter().chain(second)
    }
}

impl<T: Send, F: TakesAll, A: Place> ParallelExtend<T> for Ring<T, F, A> {
    #[track_caller]
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, iter: I) {
        // The threads collect on rayon's own terms; this thread then moves the elements over.
        let all: Vec<T> = iter.into_par_iter().collect();
        self.extend(all);
    }
}

impl<T: Send, F: Full, A: Place + Default> FromParallelIterator<T> for Ring<T, F, A> {
    #[track_caller]
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(iter: I) -> Self {
        let all: Vec<T> = iter.into_par_iter().collect();
        all.into_iter().collect()
    }
}
