//! Maps and sets as rayon knows them: slices side by side, which split anywhere.

use ::rayon::{
    iter::{
        FromParallelIterator, IndexedParallelIterator, IntoParallelIterator,
        IntoParallelRefIterator, ParallelExtend, ParallelIterator, Zip,
    },
    slice,
};
use liballoc::{collections::LinkedList, vec::Vec};

use crate::{
    alloc::Allocator,
    collections::flat::{FlatMap, FlatSet, FrozenMap, Search},
};

/// Entries in order, from many threads.
pub type ParIter<'a, K, V> = Zip<slice::Iter<'a, K>, slice::Iter<'a, V>>;

impl<'a, K: Sync, V: Sync, A: Allocator, S: Search<K>> IntoParallelIterator
    for &'a FlatMap<K, V, A, S>
{
    type Item = (&'a K, &'a V);
    type Iter = ParIter<'a, K, V>;

    fn into_par_iter(self) -> Self::Iter {
        self.as_keys().par_iter().zip(self.as_values())
    }
}

impl<'a, K: Sync, V: Send, A: Allocator, S: Search<K>> IntoParallelIterator
    for &'a mut FlatMap<K, V, A, S>
{
    type Item = (&'a K, &'a mut V);
    type Iter = Zip<slice::Iter<'a, K>, slice::IterMut<'a, V>>;

    fn into_par_iter(self) -> Self::Iter {
        let (keys, values) = self.store.raw.pairs_mut();
        keys.par_iter().zip(values)
    }
}

impl<'a, K: Sync, V: Sync, A: Allocator, S: Search<K>> IntoParallelIterator
    for &'a FrozenMap<K, V, A, S>
{
    type Item = (&'a K, &'a V);
    type Iter = ParIter<'a, K, V>;

    fn into_par_iter(self) -> Self::Iter {
        self.as_keys().par_iter().zip(self.as_values())
    }
}

impl<'a, K: Sync, A: Allocator, S: Search<K>> IntoParallelIterator for &'a FlatSet<K, A, S> {
    type Item = &'a K;
    type Iter = slice::Iter<'a, K>;

    fn into_par_iter(self) -> Self::Iter {
        self.as_slice().par_iter()
    }
}

/// What many threads have found, in order: each its own vector.
fn collected<T: Send>(entries: impl IntoParallelIterator<Item = T>) -> LinkedList<Vec<T>> {
    let one = |mut found: Vec<T>, entry| {
        found.push(entry);
        found
    };
    let list = |found| LinkedList::from([found]);
    entries.into_par_iter().fold(Vec::new, one).map(list).reduce(LinkedList::new, |mut a, mut b| {
        a.append(&mut b);
        a
    })
}

impl<K: Ord + Send, V: Send, A: Allocator + Send, S: Search<K>> ParallelExtend<(K, V)>
    for FlatMap<K, V, A, S>
{
    /// # Panics
    ///
    /// If there is no memory.
    fn par_extend<I: IntoParallelIterator<Item = (K, V)>>(&mut self, entries: I) {
        self.extend(collected(entries).into_iter().flatten());
    }
}

impl<K: Ord + Send, A: Allocator + Send, S: Search<K>> ParallelExtend<K> for FlatSet<K, A, S> {
    /// # Panics
    ///
    /// If there is no memory.
    fn par_extend<I: IntoParallelIterator<Item = K>>(&mut self, keys: I) {
        self.extend(collected(keys).into_iter().flatten());
    }
}

impl<K: Ord + Send, V: Send> FromParallelIterator<(K, V)> for FlatMap<K, V> {
    fn from_par_iter<I: IntoParallelIterator<Item = (K, V)>>(entries: I) -> Self {
        collected(entries).into_iter().flatten().collect()
    }
}

impl<K: Ord + Send> FromParallelIterator<K> for FlatSet<K> {
    fn from_par_iter<I: IntoParallelIterator<Item = K>>(keys: I) -> Self {
        collected(keys).into_iter().flatten().collect()
    }
}
