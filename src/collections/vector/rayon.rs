//! Vectors in parallel: by reference as their slices, by value as a `Vec`, filled and collected from parallel iterators.

use liballoc::vec::Vec;
use rayon::{
    iter::{FromParallelIterator, IntoParallelIterator, ParallelExtend, ParallelIterator},
    slice::{Iter, IterMut},
};

use super::Vector;
use crate::raw::storage::{Fresh, Storage};

impl<S: Storage<Item: Send>> IntoParallelIterator for Vector<S> {
    type Item = S::Item;
    type Iter = rayon::vec::IntoIter<S::Item>;

    fn into_par_iter(self) -> Self::Iter {
        // Threads get the elements out of a block of the global allocator, to which they move first.
        self.into_iter().collect::<Vec<_>>().into_par_iter()
    }
}

impl<'a, S: Storage<Item: Sync>> IntoParallelIterator for &'a Vector<S> {
    type Item = &'a S::Item;
    type Iter = Iter<'a, S::Item>;

    fn into_par_iter(self) -> Self::Iter {
        self.as_slice().into_par_iter()
    }
}

impl<'a, S: Storage<Item: Send>> IntoParallelIterator for &'a mut Vector<S> {
    type Item = &'a mut S::Item;
    type Iter = IterMut<'a, S::Item>;

    fn into_par_iter(self) -> Self::Iter {
        self.as_mut_slice().into_par_iter()
    }
}

impl<S: Storage<Item: Send>> ParallelExtend<S::Item> for Vector<S> {
    #[track_caller]
    fn par_extend<I: IntoParallelIterator<Item = S::Item>>(&mut self, iter: I) {
        // The threads collect on rayon's own terms; this thread then moves the elements over.
        let all: Vec<S::Item> = iter.into_par_iter().collect();
        self.extend(all);
    }
}

impl<S: Fresh<Item: Send, Alloc: Default>> FromParallelIterator<S::Item> for Vector<S> {
    #[track_caller]
    fn from_par_iter<I: IntoParallelIterator<Item = S::Item>>(iter: I) -> Self {
        let mut this = Self::default();
        this.par_extend(iter);
        this
    }
}
