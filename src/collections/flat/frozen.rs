//! The map that is only read: what all strings begin with is left out of their ranks.

use core::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::{Bound, Index, RangeBounds},
};

use equivalent::Comparable;

use crate::{
    alloc::{Allocator, Global},
    collections::flat::{
        ByType, Cursor, Finds, FlatMap, IntoIter, Iter, Keys, Search, Values,
        range::{after, first, indices},
    },
};

/// A [`FlatMap`] that does not change, in the least memory.
///
/// It has the same order, iteration and positions. Integers and strings lie in a search tree whose
/// nodes are whole cache lines; strings that begin alike, as paths and URLs do, are told apart by
/// what follows. Made by [`FlatMap::freeze`].
///
/// ```
/// let paths = ["/usr/share/a", "/usr/share/b", "/usr/share/c"].map(|path| (path, path.len()));
/// let frozen = larder::FlatMap::from(paths).freeze();
/// assert_eq!(frozen.get("/usr/share/b"), Some(&12));
/// assert_eq!(frozen.get("/usr/lib"), None);
/// ```
pub struct FrozenMap<K, V, A: Allocator = Global, S: Search<K> = ByType> {
    map: FlatMap<K, V, A, S>,
}

impl<K, V, A: Allocator, S: Search<K>> FrozenMap<K, V, A, S> {
    pub(super) fn new(mut map: FlatMap<K, V, A, S>) -> Self {
        map.store.raw.raise_skip();
        Self { map }
    }

    /// The map, to change again.
    #[must_use]
    pub fn thaw(self) -> FlatMap<K, V, A, S> {
        self.map
    }

    #[inline]
    fn find<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Result<usize, usize>
    where
        S: Finds<K, Q>,
    {
        self.map.store.raw.find(key)
    }

    /// The allocator.
    #[must_use]
    pub const fn allocator(&self) -> &A {
        self.map.allocator()
    }

    /// How many entries there are.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// All keys, in order.
    #[must_use]
    #[inline]
    pub const fn as_keys(&self) -> &[K] {
        self.map.as_keys()
    }

    /// All values, in the order of their keys.
    #[must_use]
    #[inline]
    pub const fn as_values(&self) -> &[V] {
        self.map.as_values()
    }

    /// The entry at a position.
    #[must_use]
    #[inline]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        self.map.get_index(index)
    }

    /// The position of a key, if it is there.
    #[must_use]
    #[inline]
    pub fn index_of<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<usize>
    where
        S: Finds<K, Q>,
    {
        self.find(key).ok()
    }

    /// The value of a key.
    #[must_use]
    #[inline]
    pub fn get<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<&V>
    where
        S: Finds<K, Q>,
    {
        self.map.get(key)
    }

    /// The key that is there, and its value.
    #[must_use]
    #[inline]
    pub fn get_key_value<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<(&K, &V)>
    where
        S: Finds<K, Q>,
    {
        self.get_index(self.index_of(key)?)
    }

    /// Whether a key is there.
    #[must_use]
    #[inline]
    pub fn contains_key<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> bool
    where
        S: Finds<K, Q>,
    {
        self.find(key).is_ok()
    }

    /// The values of many keys; the searches wait for memory together, which is about twice as fast
    /// as one by one where the map is larger than the cache. In a map of a few hundred entries a loop of
    /// `get` is faster.
    #[must_use]
    #[inline]
    pub fn get_many<Q: ?Sized + Comparable<K>, const N: usize>(
        &self,
        keys: [&Q; N],
    ) -> [Option<&V>; N]
    where
        S: Finds<K, Q>,
    {
        let values = self.as_values();
        self.map.store.raw.find_many(&keys).map(|found| values.get(found.ok()?))
    }

    /// The first entry.
    #[must_use]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.map.first_key_value()
    }

    /// The last entry.
    #[must_use]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.map.last_key_value()
    }

    /// All entries, in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        self.map.iter()
    }

    /// The entries whose keys are in `range`.
    ///
    /// # Panics
    ///
    /// If the range begins after its end, or with an excluded key that it ends with, excluded too.
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
        R: RangeBounds<Q>,
    {
        let range = indices(self.len(), &range, |key| self.find(key));
        Iter::new(&self.as_keys()[range.clone()], &self.as_values()[range])
    }

    /// The gap before the first key that is at or behind `bound`.
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        Cursor::new(self.as_keys(), self.as_values(), first(bound, |key| self.find(key)))
    }

    /// The gap behind the last key that is at or before `bound`.
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        let at = after(self.len(), bound, |key| self.find(key));
        Cursor::new(self.as_keys(), self.as_values(), at)
    }

    /// All keys, in order.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V> {
        self.map.keys()
    }

    /// All values, in the order of their keys.
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V> {
        self.map.values()
    }
}

impl<K, V, A: Allocator, S: Search<K> + Finds<K, Q>, Q: ?Sized + Comparable<K>> Index<&Q>
    for FrozenMap<K, V, A, S>
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

impl<K: Clone, V: Clone, A: Allocator + Clone, S: Search<K>> Clone for FrozenMap<K, V, A, S> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.map.clone().freeze()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug
    for FrozenMap<K, V, A, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map.fmt(f)
    }
}

impl<K: PartialEq, V: PartialEq, A: Allocator, S: Search<K>> PartialEq for FrozenMap<K, V, A, S> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K: Eq, V: Eq, A: Allocator, S: Search<K>> Eq for FrozenMap<K, V, A, S> {}

impl<K: PartialOrd, V: PartialOrd, A: Allocator, S: Search<K>> PartialOrd
    for FrozenMap<K, V, A, S>
{
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        self.map.partial_cmp(&other.map)
    }
}

impl<K: Ord, V: Ord, A: Allocator, S: Search<K>> Ord for FrozenMap<K, V, A, S> {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.map.cmp(&other.map)
    }
}

impl<K: Hash, V: Hash, A: Allocator, S: Search<K>> Hash for FrozenMap<K, V, A, S> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.map.hash(state);
    }
}

impl<K, V, A: Allocator, S: Search<K>> IntoIterator for FrozenMap<K, V, A, S> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V, A, S>;

    fn into_iter(self) -> IntoIter<K, V, A, S> {
        self.map.into_iter()
    }
}

impl<'a, K, V, A: Allocator, S: Search<K>> IntoIterator for &'a FrozenMap<K, V, A, S> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Ord, V, A: Allocator, S: Search<K>> From<FlatMap<K, V, A, S>> for FrozenMap<K, V, A, S> {
    #[track_caller]
    fn from(map: FlatMap<K, V, A, S>) -> Self {
        map.freeze()
    }
}
