//! The map: a thin face over the arrays, for which it knows where keys belong.

use core::{
    error::Error,
    fmt, mem,
    ops::{Range, RangeBounds},
};

use equivalent::Comparable;
use liballoc::vec::Vec;

use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    collections::flat::{
        ByType, Drain, Entry, ExtractIf, Finds, FrozenMap, IntoKeys, IntoValues, Iter, IterMut,
        Keys, OccupiedEntry, Search, Values, ValuesMut,
        batch::{self, Unstored},
        entry,
        range::indices,
        store::{Append, Drained, Raw, Sieve, Store},
    },
    panics,
};

/// An ordered map in sorted arrays.
///
/// It has the methods of std's `BTreeMap`, and takes its place where maps are read more often than
/// they are changed in the middle. See [the module](crate::collections::flat) for when that is. How keys
/// are searched is the last parameter, a [`Search`], which suits std's types.
///
/// ```
/// use larder::FlatMap;
///
/// let mut stock = FlatMap::from([("plum", 3), ("fig", 7)]);
/// stock.insert("quince", 1);
/// *stock.entry("fig").or_insert(0) += 1;
/// assert_eq!(stock.get("fig"), Some(&8));
/// assert_eq!(stock.as_keys(), ["fig", "plum", "quince"]);
/// assert_eq!(stock.range("g"..).next(), Some((&"plum", &3)));
/// assert_eq!(stock.get_index(2), Some((&"quince", &1)));
/// ```
pub struct FlatMap<K, V, A: Allocator = Global, S: Search<K> = ByType> {
    pub(super) store: Store<K, V, A, S>,
}

/// Keys that were to ascend, and do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsorted {
    /// The key at this position is not greater than the one before it.
    Key(usize),
    /// There are not as many keys as values.
    Lengths(usize, usize),
    /// There is no memory for them.
    Refused(Refusal),
}

impl fmt::Display for Unsorted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(at) => write!(
                f,
                "key {at} is not greater than the one before it; sort the keys and remove what is \
                 there twice, or collect them, which does both"
            ),
            Self::Lengths(keys, values) => {
                write!(f, "there are {keys} keys and {values} values; each key must have a value")
            }
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl Error for Unsorted {}

impl<K, V> FlatMap<K, V> {
    /// An empty map. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// An empty map with room for `capacity` entries.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }

    /// The entries of `sorted`, whose keys ascend. O(n).
    ///
    /// # Panics
    ///
    /// If a key is not greater than the one before it, with its position; if there is no memory.
    ///
    /// ```
    /// let squares = larder::FlatMap::from_sorted((0..100).map(|n| (n, n * n)));
    /// assert_eq!(squares[&12], 144);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn from_sorted(sorted: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Ord,
    {
        Self::from_sorted_in(sorted, Global)
    }

    /// The map of these keys, which ascend, to these values. O(n).
    ///
    /// # Errors
    ///
    /// If the keys do not ascend, or are not as many as the values, or there is no memory.
    pub fn from_parts(keys: Vec<K>, values: Vec<V>) -> Result<Self, Unsorted>
    where
        K: Ord,
    {
        if keys.len() != values.len() {
            return Err(Unsorted::Lengths(keys.len(), values.len()));
        }
        Self::try_from_sorted_in(keys.into_iter().zip(values), Global)
    }
}

impl<K, V, A: Allocator> FlatMap<K, V, A> {
    /// An empty map in `alloc`. Allocates nothing.
    pub const fn new_in(alloc: A) -> Self {
        Self::searched_in(alloc)
    }

    /// An empty map in `alloc` with room for `capacity` entries.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        match Self::try_with_capacity_in(capacity, alloc) {
            Ok(map) => map,
            Err(refusal) => panics::refused(&refusal),
        }
    }

    /// An empty map in `alloc` with room for `capacity` entries.
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let mut map = Self::new_in(alloc);
        if capacity > 0 {
            map.try_reserve(capacity)?;
        }
        Ok(map)
    }

    /// [`from_sorted`](FlatMap::from_sorted) in `alloc`.
    ///
    /// # Panics
    ///
    /// If a key is not greater than the one before it, with its position; if there is no memory.
    #[track_caller]
    pub fn from_sorted_in(sorted: impl IntoIterator<Item = (K, V)>, alloc: A) -> Self
    where
        K: Ord,
    {
        match Self::try_from_sorted_in(sorted, alloc) {
            Ok(map) => map,
            Err(error) => panics::with(&error),
        }
    }

    /// [`from_sorted`](FlatMap::from_sorted) in `alloc`.
    ///
    /// # Errors
    ///
    /// If a key is not greater than the one before it, or there is no memory.
    pub fn try_from_sorted_in(
        sorted: impl IntoIterator<Item = (K, V)>,
        alloc: A,
    ) -> Result<Self, Unsorted>
    where
        K: Ord,
    {
        let mut sorted = sorted.into_iter();
        let mut map = Self::new_in(alloc);
        map.try_reserve(sorted.size_hint().0).map_err(Unsorted::Refused)?;
        let mut entries = Append::new(&mut map.store.raw, &map.store.alloc);
        let result = sorted.try_for_each(|(key, value)| {
            if entries.last().is_some_and(|last| *last >= key) {
                return Err(Unsorted::Key(entries.len()));
            }
            entries.try_push(key, value).map_err(|(.., refusal)| Unsorted::Refused(refusal))
        });
        drop(entries);
        result.map(|()| map)
    }
}

impl<K, V, A: Allocator, S: Search<K>> FlatMap<K, V, A, S> {
    /// An empty map in `alloc`, whose keys are searched as its type says. Allocates nothing.
    ///
    /// ```
    /// use larder::{Arena, FlatMap, collections::flat::ByInteger};
    ///
    /// let arena = Arena::new();
    /// let mut letters = FlatMap::<char, u32, _, ByInteger>::searched_in(&arena);
    /// letters.extend("larder".chars().map(|letter| (letter, u32::from(letter))));
    /// assert_eq!(letters.get(&'a'), Some(&97));
    /// ```
    pub const fn searched_in(alloc: A) -> Self {
        Self { store: Store { raw: Raw::EMPTY, alloc } }
    }

    /// The allocator.
    #[must_use]
    pub const fn allocator(&self) -> &A {
        &self.store.alloc
    }

    /// How many entries there are.
    #[must_use]
    #[inline]
    pub const fn len(&self) -> usize {
        self.store.raw.len()
    }

    /// Whether there is none.
    #[must_use]
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many entries there may be before memory is asked for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.store.raw.slots()
    }

    /// Makes room for `additional` more entries.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        if let Err(refusal) = self.try_reserve(additional) {
            panics::refused(&refusal)
        }
    }

    /// Makes room for `additional` more entries.
    ///
    /// # Errors
    ///
    /// If there is no memory; the map is what it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.store.raw.try_reserve(additional, false, &self.store.alloc)
    }

    /// Gives back what memory it can. O(n).
    ///
    /// # Panics
    ///
    /// If the smaller block is refused.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives memory back, and keeps room for `capacity` entries. O(n).
    ///
    /// # Panics
    ///
    /// If the smaller block is refused.
    #[track_caller]
    pub fn shrink_to(&mut self, capacity: usize) {
        if let Err(refusal) = self.try_shrink_to(capacity) {
            panics::refused(&refusal)
        }
    }

    /// Gives memory back, and keeps room for `capacity` entries. O(n).
    ///
    /// # Errors
    ///
    /// If the smaller block is refused; the map is what it was.
    pub fn try_shrink_to(&mut self, capacity: usize) -> Result<(), Refusal> {
        self.store.raw.try_shrink(capacity, &self.store.alloc)
    }

    /// Drops all entries and keeps the memory. O(n).
    pub fn clear(&mut self) {
        if !self.is_empty() {
            let all = 0..self.len();
            drop(Drained::new(&mut self.store.raw, all));
        }
    }

    /// All keys, in order.
    #[must_use]
    #[inline]
    pub const fn as_keys(&self) -> &[K] {
        self.store.raw.keys()
    }

    /// All values, in the order of their keys.
    #[must_use]
    #[inline]
    pub const fn as_values(&self) -> &[V] {
        self.store.raw.values()
    }

    /// All values, in the order of their keys, to change.
    #[must_use]
    #[inline]
    pub const fn as_values_mut(&mut self) -> &mut [V] {
        self.store.raw.pairs_mut().1
    }

    /// The entry at a position.
    #[must_use]
    #[inline]
    pub fn get_index(&self, index: usize) -> Option<(&K, &V)> {
        Some((self.as_keys().get(index)?, self.as_values().get(index)?))
    }

    /// The entry at a position, its value to change.
    #[must_use]
    #[inline]
    pub fn get_index_mut(&mut self, index: usize) -> Option<(&K, &mut V)> {
        let (keys, values) = self.store.raw.pairs_mut();
        Some((keys.get(index)?, values.get_mut(index)?))
    }

    /// Takes out the entry at a position. O(n).
    pub fn remove_index(&mut self, index: usize) -> Option<(K, V)> {
        (index < self.len()).then(|| self.store.raw.remove(index))
    }

    /// The first entry.
    #[must_use]
    #[inline]
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.get_index(0)
    }

    /// The last entry.
    #[must_use]
    #[inline]
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.get_index(self.len().wrapping_sub(1))
    }

    /// The first entry, to change or to remove.
    pub fn first_entry(&mut self) -> Option<OccupiedEntry<'_, K, V, A, S>> {
        entry::at(self, 0)
    }

    /// The last entry, to change or to remove.
    pub fn last_entry(&mut self) -> Option<OccupiedEntry<'_, K, V, A, S>> {
        entry::at(self, self.len().wrapping_sub(1))
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.remove_index(0)
    }

    /// Takes the last entry out.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.remove_index(self.len().wrapping_sub(1))
    }

    /// All entries, in order.
    #[must_use]
    #[inline]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(self.as_keys(), self.as_values())
    }

    /// All entries, in order, their values to change.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        let (keys, values) = self.store.raw.pairs_mut();
        IterMut::new(keys, values)
    }

    /// All keys, in order.
    #[must_use]
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(self.iter())
    }

    /// All values, in the order of their keys.
    #[must_use]
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(self.iter())
    }

    /// All values, in the order of their keys, to change.
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut::new(self.iter_mut())
    }

    /// All keys, in order, by value.
    #[must_use]
    pub fn into_keys(self) -> IntoKeys<K, V, A, S> {
        IntoKeys::new(self.into_iter())
    }

    /// All values, in the order of their keys, by value.
    #[must_use]
    pub fn into_values(self) -> IntoValues<K, V, A, S> {
        IntoValues::new(self.into_iter())
    }

    /// All keys and all values, each in a vector on the global heap. O(n).
    ///
    /// ```
    /// let map = larder::FlatMap::from([(2, 'b'), (1, 'a')]);
    /// assert_eq!(map.into_parts(), (vec![1, 2], vec!['a', 'b']));
    /// ```
    #[must_use]
    pub fn into_parts(self) -> (Vec<K>, Vec<V>) {
        self.into_iter().unzip()
    }

    /// Keeps the entries that `keep` is true of. O(n); if it panics, those not asked yet stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let all = 0..self.len();
        let mut sieve = Sieve::new(&mut self.store.raw, all);
        while let Some((key, value)) = sieve.peek() {
            if keep(key, value) {
                sieve.keep();
            } else {
                sieve.take();
            }
        }
    }

    /// The position of each key of `range`.
    #[track_caller]
    pub(super) fn positions<Q: ?Sized + Ord + Comparable<K>>(
        &self,
        range: &impl RangeBounds<Q>,
    ) -> Range<usize>
    where
        S: Finds<K, Q>,
    {
        indices(self.len(), range, |key| self.store.raw.find(key))
    }

    /// Takes out the entries of `range` of which `pred` is true, as it is asked for them. O(n) for
    /// all. Those that it was not asked for stay.
    ///
    /// # Panics
    ///
    /// If the range begins after its end.
    ///
    /// ```
    /// let mut map: larder::FlatMap<_, _> = (0..8).map(|n| (n, ())).collect();
    /// let odd: Vec<_> = map.extract_if(2.., |k, _| k % 2 == 1).map(|(k, _)| k).collect();
    /// assert_eq!(odd, [3, 5, 7]);
    /// assert_eq!(map.as_keys(), [0, 1, 2, 4, 6]);
    /// ```
    #[track_caller]
    pub fn extract_if<F, R>(&mut self, range: R, pred: F) -> ExtractIf<'_, K, V, F, S>
    where
        K: Ord,
        R: RangeBounds<K>,
        F: FnMut(&K, &mut V) -> bool,
    {
        let positions = self.positions(&range);
        // Bounds that panic when they are dropped do so before anything is taken out.
        drop(range);
        ExtractIf::new(Sieve::new(&mut self.store.raw, positions), pred)
    }

    /// Takes out all entries of `range`, from both ends. O(n) for all.
    ///
    /// # Panics
    ///
    /// If the range begins after its end.
    #[track_caller]
    pub fn drain<R: RangeBounds<K>>(&mut self, range: R) -> Drain<'_, K, V, S>
    where
        K: Ord,
    {
        let positions = self.positions(&range);
        // Bounds that panic when they are dropped do so before anything is taken out.
        drop(range);
        Drain::new(Drained::new(&mut self.store.raw, positions))
    }

    /// The same entries, to be read only, in the least memory. O(n).
    ///
    /// # Panics
    ///
    /// If the smaller block is refused.
    ///
    /// ```
    /// let frozen = larder::FlatMap::from([(1_u64, 'a'), (5, 'e')]).freeze();
    /// assert_eq!(frozen.get_many([&5, &3, &1]), [Some(&'e'), None, Some(&'a')]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn freeze(self) -> FrozenMap<K, V, A, S> {
        match self.try_freeze() {
            Ok(frozen) => frozen,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// The same entries, to be read only, in the least memory. O(n).
    ///
    /// # Errors
    ///
    /// If the smaller block is refused; the map comes back.
    pub fn try_freeze(mut self) -> Result<FrozenMap<K, V, A, S>, Refused<Self>> {
        match self.try_shrink_to(0) {
            Ok(()) => Ok(FrozenMap::new(self)),
            Err(refusal) => Err(Refused::new(self, refusal)),
        }
    }
}

impl<K, V, A: Allocator, S: Search<K>> FlatMap<K, V, A, S> {
    /// The position of a key, if it is there.
    #[must_use]
    #[inline]
    pub fn index_of<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<usize>
    where
        S: Finds<K, Q>,
    {
        self.store.raw.find(key).ok()
    }

    /// The value of a key.
    #[must_use]
    #[inline]
    pub fn get<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<&V>
    where
        S: Finds<K, Q>,
    {
        self.store.raw.value(key)
    }

    /// The value of a key, to change.
    #[must_use]
    #[inline]
    pub fn get_mut<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Option<&mut V>
    where
        S: Finds<K, Q>,
    {
        self.store.raw.value_mut(key)
    }

    /// The key that is there, and its value.
    #[must_use]
    #[inline]
    pub fn get_key_value<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<(&K, &V)>
    where
        S: Finds<K, Q>,
    {
        let index = self.index_of(key)?;
        self.get_index(index)
    }

    /// Whether a key is there.
    #[must_use]
    #[inline]
    pub fn contains_key<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> bool
    where
        S: Finds<K, Q>,
    {
        self.index_of(key).is_some()
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
        self.store.raw.find_many(&keys).map(|found| values.get(found.ok()?))
    }

    /// Where a new key belongs. A key behind all others is known without a search.
    #[inline]
    pub(super) fn find_to_insert(&self, key: &K) -> Result<usize, usize>
    where
        K: Ord,
    {
        match self.as_keys().last() {
            Some(last) if last < key => Err(self.len()),
            _ => self.store.raw.find(key),
        }
    }

    /// Puts an entry where [`find_to_insert`](Self::find_to_insert) said.
    #[inline]
    pub(super) fn try_insert_at(
        &mut self,
        index: usize,
        key: K,
        value: V,
    ) -> Result<&mut V, Refused<(K, V)>> {
        match self.store.raw.try_insert(index, key, value, &self.store.alloc) {
            Ok(()) => Ok(&mut self.as_values_mut()[index]),
            Err((key, value, refusal)) => Err(Refused::new((key, value), refusal)),
        }
    }

    /// Maps `key` to `value`; returns the value it was mapped to. The key that was there stays. O(n),
    /// but O(1) before all or behind all others.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[inline]
    #[track_caller]
    pub fn insert(&mut self, key: K, value: V) -> Option<V>
    where
        K: Ord,
    {
        match self.try_insert(key, value) {
            Ok(old) => old,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// Maps `key` to `value`; returns the value it was mapped to. Unlike std's unstable method of this
    /// name it is only about memory.
    ///
    /// # Errors
    ///
    /// If there is no memory; key and value come back.
    #[inline]
    pub fn try_insert(&mut self, key: K, value: V) -> Result<Option<V>, Refused<(K, V)>>
    where
        K: Ord,
    {
        match self.find_to_insert(&key) {
            Ok(index) => {
                // If that panics, the old value is still in the map and not on its way out.
                drop(key);
                Ok(Some(mem::replace(&mut self.as_values_mut()[index], value)))
            }
            Err(index) => self.try_insert_at(index, key, value).map(|_| None),
        }
    }

    /// The entry of a key, which may be there or not.
    ///
    /// ```
    /// let mut counts = larder::FlatMap::new();
    /// for letter in "banana".chars() {
    ///     *counts.entry(letter).or_insert(0) += 1;
    /// }
    /// assert_eq!(counts.as_values(), [3, 1, 2]);
    /// ```
    #[inline]
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V, A, S>
    where
        K: Ord,
    {
        entry::of(self, key)
    }

    /// Takes a key's value out. O(n).
    #[inline]
    pub fn remove<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Option<V>
    where
        S: Finds<K, Q>,
    {
        self.remove_entry(key).map(|(_, value)| value)
    }

    /// Takes a key and its value out. O(n).
    #[inline]
    pub fn remove_entry<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Option<(K, V)>
    where
        S: Finds<K, Q>,
    {
        let index = self.index_of(key)?;
        Some(self.store.raw.remove(index))
    }

    /// Moves all entries of `other` in, as if they were inserted. O(n + m).
    ///
    /// # Panics
    ///
    /// If there is no memory; both maps are what they were.
    #[track_caller]
    pub fn append<B: Allocator>(&mut self, other: &mut FlatMap<K, V, B, S>)
    where
        K: Ord,
    {
        if let Err(refusal) = self.try_append(other) {
            panics::refused(&refusal)
        }
    }

    /// Moves all entries of `other` in, as if they were inserted. O(n + m).
    ///
    /// # Errors
    ///
    /// If there is no memory; both maps are what they were.
    pub fn try_append<B: Allocator>(
        &mut self,
        other: &mut FlatMap<K, V, B, S>,
    ) -> Result<(), Refusal>
    where
        K: Ord,
    {
        self.try_reserve(other.len())?;
        let all = 0..other.len();
        let entries = Drain::new(Drained::new(&mut other.store.raw, all));
        batch::extend_reserved(&mut self.store.raw, &self.store.alloc, entries);
        Ok(())
    }

    /// Takes out all entries from `key` on, in a map of their own. O(n).
    ///
    /// # Panics
    ///
    /// If there is no memory; the map is what it was.
    #[must_use = "the entries are dropped with it"]
    #[track_caller]
    pub fn split_off<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Self
    where
        A: Clone,
        S: Finds<K, Q>,
    {
        match self.try_split_off(key) {
            Ok(map) => map,
            Err(refusal) => panics::refused(&refusal),
        }
    }

    /// Takes out all entries from `key` on, in a map of their own. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory; the map is what it was.
    pub fn try_split_off<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Result<Self, Refusal>
    where
        A: Clone,
        S: Finds<K, Q>,
    {
        let (Ok(at) | Err(at)) = self.store.raw.find(key);
        let mut new = Self::searched_in(self.store.alloc.clone());
        if at < self.len() {
            new.store.raw = self.store.raw.try_split_off(at, &new.store.alloc)?;
        }
        Ok(new)
    }

    /// Inserts all entries of `entries`. O(n + m log m): what ascends is put behind the others, the
    /// rest is sorted and merged in at once.
    ///
    /// # Errors
    ///
    /// If there is no memory. What could not be stored comes back, with what was not asked for yet.
    #[expect(clippy::type_complexity, reason = "what comes back names where it came from")]
    pub fn try_extend<I: IntoIterator<Item = (K, V)>>(
        &mut self,
        entries: I,
    ) -> Result<(), Refused<Unstored<'_, K, V, I::IntoIter, A>>>
    where
        K: Ord,
    {
        let Store { raw, alloc } = &mut self.store;
        batch::try_extend(raw, alloc, entries.into_iter())
            .map_err(|(unstored, refusal)| Refused::new(unstored, refusal))
    }
}
