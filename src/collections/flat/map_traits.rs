//! What std's traits say about the map.

use core::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::Index,
};

use equivalent::Comparable;

use crate::{
    alloc::{Allocator, Refusal},
    collections::flat::{
        Finds, FlatMap, IntoIter, Iter, IterMut, Search,
        store::{Append, Raw, Store},
    },
    panics,
};

impl<K, V, A: Allocator, S: Search<K>> FlatMap<K, V, A, S> {
    /// A copy in another allocator. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_clone_in<B: Allocator>(&self, alloc: B) -> Result<FlatMap<K, V, B, S>, Refusal>
    where
        K: Clone,
        V: Clone,
    {
        let mut copy = FlatMap::searched_in(alloc);
        copy.try_reserve(self.len())?;
        let mut entries = Append::new(&mut copy.store.raw, &copy.store.alloc);
        for (key, value) in self {
            if let Err((.., refusal)) = entries.try_push(key.clone(), value.clone()) {
                return Err(refusal);
            }
        }
        drop(entries);
        Ok(copy)
    }

    /// A copy in a clone of the allocator. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        K: Clone,
        V: Clone,
        A: Clone,
    {
        self.try_clone_in(self.allocator().clone())
    }
}

impl<K: Clone, V: Clone, A: Allocator + Clone, S: Search<K>> Clone for FlatMap<K, V, A, S> {
    #[track_caller]
    fn clone(&self) -> Self {
        match self.try_clone() {
            Ok(copy) => copy,
            Err(refusal) => panics::refused(&refusal),
        }
    }
}

impl<K, V, A: Allocator + Default, S: Search<K>> Default for FlatMap<K, V, A, S> {
    fn default() -> Self {
        Self::searched_in(A::default())
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for FlatMap<K, V, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: PartialEq, V: PartialEq, A: Allocator, S: Search<K>> PartialEq for FlatMap<K, V, A, S> {
    fn eq(&self, other: &Self) -> bool {
        self.as_keys() == other.as_keys() && self.as_values() == other.as_values()
    }
}

impl<K: Eq, V: Eq, A: Allocator, S: Search<K>> Eq for FlatMap<K, V, A, S> {}

impl<K: PartialOrd, V: PartialOrd, A: Allocator, S: Search<K>> PartialOrd for FlatMap<K, V, A, S> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<K: Ord, V: Ord, A: Allocator, S: Search<K>> Ord for FlatMap<K, V, A, S> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<K: Hash, V: Hash, A: Allocator, S: Search<K>> Hash for FlatMap<K, V, A, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|entry| entry.hash(state));
    }
}

impl<K, V, A: Allocator, S: Search<K> + Finds<K, Q>, Q: ?Sized + Comparable<K>> Index<&Q>
    for FlatMap<K, V, A, S>
{
    type Output = V;

    /// # Panics
    ///
    /// If the key is not there.
    #[inline]
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is not in the map")
    }
}

impl<K: Ord, V, A: Allocator, S: Search<K>> Extend<(K, V)> for FlatMap<K, V, A, S> {
    /// All at once: see [`try_extend`](FlatMap::try_extend).
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        if let Err(refused) = self.try_extend(entries) {
            panics::refused(refused.refusal())
        }
    }
}

impl<'a, K: Ord + Copy, V: Copy, A: Allocator, S: Search<K>> Extend<(&'a K, &'a V)>
    for FlatMap<K, V, A, S>
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = (&'a K, &'a V)>>(&mut self, entries: I) {
        self.extend(entries.into_iter().map(|(key, value)| (*key, *value)));
    }
}

impl<K: Ord, V, A: Allocator + Default, S: Search<K>> FromIterator<(K, V)> for FlatMap<K, V, A, S> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for FlatMap<K, V> {
    #[track_caller]
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, A: Allocator, S: Search<K>> IntoIterator for FlatMap<K, V, A, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, A, S>;

    fn into_iter(self) -> IntoIter<K, V, A, S> {
        IntoIter::new(self.store)
    }
}

impl<'a, K, V, A: Allocator, S: Search<K>> IntoIterator for &'a FlatMap<K, V, A, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    #[inline]
    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K, V, A: Allocator, S: Search<K>> IntoIterator for &'a mut FlatMap<K, V, A, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K, V, A: Allocator + Default, S: Search<K>> Default for IntoIter<K, V, A, S> {
    fn default() -> Self {
        Self::new(Store { raw: Raw::EMPTY, alloc: A::default() })
    }
}
