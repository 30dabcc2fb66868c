//! Rows in parallel, by reference; and vectors filled and collected from parallel iterators. Columns
//! are slices, which rayon knows already.

use liballoc::vec::Vec;
use rayon::iter::{
    FromParallelIterator, IndexedParallelIterator, IntoParallelIterator, ParallelExtend,
    ParallelIterator,
    plumbing::{Consumer, Producer, ProducerCallback, UnindexedConsumer, bridge},
};

use super::{
    Iter, IterMut, Lend, Lent, SoaVector,
    row::{Ref, RefMut, Soa},
};
use crate::alloc::Allocator;

/// Rows in parallel, from [`Iter`] or [`IterMut`].
#[derive(Debug)]
pub struct ParIter<I>(I);

struct Part<I>(I);

impl<T: Soa, L: Lend<T, Row: Send> + Send> Producer for Part<Lent<T, L>> {
    type Item = L::Row;
    type IntoIter = Lent<T, L>;

    fn into_iter(self) -> Lent<T, L> {
        self.0
    }

    fn split_at(self, at: usize) -> (Self, Self) {
        let (front, back) = self.0.split_at(at);
        (Self(front), Self(back))
    }
}

impl<T: Soa, L: Lend<T, Row: Send> + Send> ParallelIterator for ParIter<Lent<T, L>> {
    type Item = L::Row;

    fn drive_unindexed<C: UnindexedConsumer<L::Row>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn opt_len(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

impl<T: Soa, L: Lend<T, Row: Send> + Send> IndexedParallelIterator for ParIter<Lent<T, L>> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn drive<C: Consumer<L::Row>>(self, consumer: C) -> C::Result {
        bridge(self, consumer)
    }

    fn with_producer<B: ProducerCallback<L::Row>>(self, callback: B) -> B::Output {
        callback.callback(Part(self.0))
    }
}

impl<'a, T: Soa + Sync, A: Allocator> IntoParallelIterator for &'a SoaVector<T, A>
where
    Ref<'a, T>: Send,
{
    type Item = Ref<'a, T>;
    type Iter = ParIter<Iter<'a, T>>;

    fn into_par_iter(self) -> Self::Iter {
        ParIter(self.iter())
    }
}

impl<'a, T: Soa + Send, A: Allocator> IntoParallelIterator for &'a mut SoaVector<T, A>
where
    RefMut<'a, T>: Send,
{
    type Item = RefMut<'a, T>;
    type Iter = ParIter<IterMut<'a, T>>;

    fn into_par_iter(self) -> Self::Iter {
        ParIter(self.iter_mut())
    }
}

impl<T: Soa + Send, A: Allocator> ParallelExtend<T> for SoaVector<T, A> {
    #[track_caller]
    fn par_extend<I: IntoParallelIterator<Item = T>>(&mut self, iter: I) {
        // The threads collect on rayon's own terms; this thread then moves the rows over.
        let all: Vec<T> = iter.into_par_iter().collect();
        self.extend(all);
    }
}

impl<T: Soa + Send, A: Allocator + Default> FromParallelIterator<T> for SoaVector<T, A> {
    #[track_caller]
    fn from_par_iter<I: IntoParallelIterator<Item = T>>(iter: I) -> Self {
        let mut this = Self::default();
        this.par_extend(iter);
        this
    }
}
