//! The set: a map to nothing.

use core::{borrow::Borrow, fmt, iter::FusedIterator, ops::RangeBounds, slice};

use equivalent::Comparable;
use liballoc::vec::Vec;

use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    collections::flat::{
        ByType, ExtractIf, Finds, FlatMap, IntoKeys, Search, Unsorted,
        set_ops::{Difference, Intersection, SymmetricDifference, Union},
        store::Sieve,
    },
    panics,
};

/// An ordered set in a sorted array.
///
/// It has the methods of std's `BTreeSet`; its elements are one slice.
///
/// ```
/// use larder::FlatSet;
///
/// let odd = FlatSet::from([9, 1, 7, 3, 5]);
/// let prime = FlatSet::from([2, 3, 5, 7]);
/// assert_eq!(odd.as_slice(), [1, 3, 5, 7, 9]);
/// assert_eq!((&odd & &prime).as_slice(), [3, 5, 7]);
/// assert_eq!((&prime - &odd).as_slice(), [2]);
/// assert_eq!(odd.range(4..).next(), Some(&5));
/// assert_eq!(odd.index_of(&9), Some(4));
/// ```
pub struct FlatSet<K, A: Allocator = Global, S: Search<K> = ByType> {
    pub(super) map: FlatMap<K, (), A, S>,
}

/// Elements that a closure chooses, taken out.
pub struct SetExtractIf<'a, K, F, S: Search<K> = ByType>(ExtractIf<'a, K, (), F, S>);

impl<K, F: FnMut(&K) -> bool, S: Search<K>> Iterator for SetExtractIf<'_, K, F, S> {
    type Item = K;

    fn next(&mut self) -> Option<K> {
        self.0.next_by(|pred, key, ()| pred(key)).map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.0.left()))
    }
}

impl<K, F: FnMut(&K) -> bool, S: Search<K>> FusedIterator for SetExtractIf<'_, K, F, S> {}

impl<K, F, S: Search<K>> fmt::Debug for SetExtractIf<'_, K, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetExtractIf").field("left", &self.0.left()).finish_non_exhaustive()
    }
}

/// What could not be put into a set comes back without the map's nothing.
pub(super) fn key_of<K>(refused: Refused<(K, ())>) -> Refused<K> {
    let refusal = *refused.refusal();
    Refused::new(refused.into_value().0, refusal)
}

impl<K> FlatSet<K> {
    /// An empty set. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// An empty set with room for `capacity` elements.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }

    /// The elements of `sorted`, which ascend. O(n).
    ///
    /// # Panics
    ///
    /// If one is not greater than the one before it, with its position; if there is no memory.
    #[must_use]
    #[track_caller]
    pub fn from_sorted(sorted: impl IntoIterator<Item = K>) -> Self
    where
        K: Ord,
    {
        Self::from_sorted_in(sorted, Global)
    }
}

impl<K, A: Allocator> FlatSet<K, A> {
    /// An empty set in `alloc`. Allocates nothing.
    pub const fn new_in(alloc: A) -> Self {
        Self { map: FlatMap::new_in(alloc) }
    }

    /// An empty set in `alloc` with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        Self { map: FlatMap::with_capacity_in(capacity, alloc) }
    }

    /// An empty set in `alloc` with room for `capacity` elements.
    ///
    /// # Errors
    ///
    /// If there is no memory.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        Ok(Self { map: FlatMap::try_with_capacity_in(capacity, alloc)? })
    }

    /// [`from_sorted`](FlatSet::from_sorted) in `alloc`.
    ///
    /// # Panics
    ///
    /// If one is not greater than the one before it, with its position; if there is no memory.
    #[track_caller]
    pub fn from_sorted_in(sorted: impl IntoIterator<Item = K>, alloc: A) -> Self
    where
        K: Ord,
    {
        let sorted = sorted.into_iter().map(|key| (key, ()));
        Self { map: FlatMap::from_sorted_in(sorted, alloc) }
    }

    /// [`from_sorted`](FlatSet::from_sorted) in `alloc`.
    ///
    /// # Errors
    ///
    /// If one is not greater than the one before it, or there is no memory.
    pub fn try_from_sorted_in(
        sorted: impl IntoIterator<Item = K>,
        alloc: A,
    ) -> Result<Self, Unsorted>
    where
        K: Ord,
    {
        let sorted = sorted.into_iter().map(|key| (key, ()));
        Ok(Self { map: FlatMap::try_from_sorted_in(sorted, alloc)? })
    }
}

impl<K, A: Allocator, S: Search<K>> FlatSet<K, A, S> {
    /// An empty set in `alloc`, whose elements are searched as its type says. Allocates nothing.
    pub const fn searched_in(alloc: A) -> Self {
        Self { map: FlatMap::searched_in(alloc) }
    }

    /// The allocator.
    #[must_use]
    pub const fn allocator(&self) -> &A {
        self.map.allocator()
    }

    /// How many elements there are.
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

    /// How many elements there may be before memory is asked for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// Makes room for `additional` more elements.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        self.map.reserve(additional);
    }

    /// Makes room for `additional` more elements.
    ///
    /// # Errors
    ///
    /// If there is no memory; the set is what it was.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.map.try_reserve(additional)
    }

    /// Gives back what memory it can. O(n).
    ///
    /// # Panics
    ///
    /// If the smaller block is refused.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.map.shrink_to_fit();
    }

    /// Gives memory back, and keeps room for `capacity` elements. O(n).
    ///
    /// # Panics
    ///
    /// If the smaller block is refused.
    #[track_caller]
    pub fn shrink_to(&mut self, capacity: usize) {
        self.map.shrink_to(capacity);
    }

    /// Gives memory back, and keeps room for `capacity` elements. O(n).
    ///
    /// # Errors
    ///
    /// If the smaller block is refused; the set is what it was.
    pub fn try_shrink_to(&mut self, capacity: usize) -> Result<(), Refusal> {
        self.map.try_shrink_to(capacity)
    }

    /// Drops all elements and keeps the memory. O(n).
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// All elements, in order.
    #[must_use]
    #[inline]
    pub const fn as_slice(&self) -> &[K] {
        self.map.as_keys()
    }

    /// All elements, in order: [`as_slice`](Self::as_slice) by the map's name.
    #[must_use]
    #[inline]
    pub const fn as_keys(&self) -> &[K] {
        self.map.as_keys()
    }

    /// The element at a position.
    #[must_use]
    #[inline]
    pub fn get_index(&self, index: usize) -> Option<&K> {
        self.as_slice().get(index)
    }

    /// Takes out the element at a position. O(n).
    pub fn remove_index(&mut self, index: usize) -> Option<K> {
        self.map.remove_index(index).map(|(key, ())| key)
    }

    /// The position of an element, if it is there.
    #[must_use]
    #[inline]
    pub fn index_of<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<usize>
    where
        S: Finds<K, Q>,
    {
        self.map.index_of(key)
    }

    /// The first element.
    #[must_use]
    #[inline]
    pub const fn first(&self) -> Option<&K> {
        self.as_slice().first()
    }

    /// The last element.
    #[must_use]
    #[inline]
    pub const fn last(&self) -> Option<&K> {
        self.as_slice().last()
    }

    /// Takes the first element out.
    pub fn pop_first(&mut self) -> Option<K> {
        self.map.pop_first().map(|(key, ())| key)
    }

    /// Takes the last element out.
    pub fn pop_last(&mut self) -> Option<K> {
        self.map.pop_last().map(|(key, ())| key)
    }

    /// All elements, in order.
    #[inline]
    pub fn iter(&self) -> slice::Iter<'_, K> {
        self.as_slice().iter()
    }

    /// All elements, in order, in a vector on the global heap. O(n).
    #[must_use]
    pub fn into_vec(self) -> Vec<K> {
        self.into_iter().collect()
    }

    /// The elements in `range`.
    ///
    /// # Panics
    ///
    /// If the range begins after its end, or with an excluded element that it ends with, excluded too.
    #[track_caller]
    pub fn range<Q, R>(&self, range: R) -> slice::Iter<'_, K>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
        R: RangeBounds<Q>,
    {
        self.as_slice()[self.map.positions(&range)].iter()
    }

    /// Whether an element is there.
    #[must_use]
    #[inline]
    pub fn contains<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> bool
    where
        S: Finds<K, Q>,
    {
        self.map.contains_key(key)
    }

    /// The element that is there.
    #[must_use]
    #[inline]
    pub fn get<Q: ?Sized + Comparable<K>>(&self, key: &Q) -> Option<&K>
    where
        S: Finds<K, Q>,
    {
        self.get_index(self.index_of(key)?)
    }

    /// Puts an element in; returns whether it was not there. The one that was there stays. O(n), but
    /// O(1) before all or behind all others.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert(&mut self, key: K) -> bool
    where
        K: Ord,
    {
        self.map.insert(key, ()).is_none()
    }

    /// Puts an element in; returns whether it was not there.
    ///
    /// # Errors
    ///
    /// If there is no memory; the element comes back.
    pub fn try_insert(&mut self, key: K) -> Result<bool, Refused<K>>
    where
        K: Ord,
    {
        self.map.try_insert(key, ()).map(|old| old.is_none()).map_err(key_of)
    }

    /// Puts an element in; returns the one that was there. O(n).
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn replace(&mut self, key: K) -> Option<K>
    where
        K: Ord,
    {
        match self.try_replace(key) {
            Ok(old) => old,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// Puts an element in; returns the one that was there. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory; the element comes back.
    pub fn try_replace(&mut self, key: K) -> Result<Option<K>, Refused<K>>
    where
        K: Ord,
    {
        let (old, index) = match self.map.find_to_insert(&key) {
            Ok(index) => (self.remove_index(index), index),
            Err(index) => (None, index),
        };
        // Where one was taken out there is room.
        self.map.try_insert_at(index, key, ()).map(|()| old).map_err(key_of)
    }

    /// Takes an element out; returns whether it was there. O(n).
    pub fn remove<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> bool
    where
        S: Finds<K, Q>,
    {
        self.take(key).is_some()
    }

    /// Takes an element out. O(n).
    pub fn take<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Option<K>
    where
        S: Finds<K, Q>,
    {
        self.map.remove_entry(key).map(|(key, ())| key)
    }

    /// Keeps the elements that `keep` is true of. O(n); if it panics, those not asked yet stay.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.map.retain(|key, ()| keep(key));
    }

    /// Moves all elements of `other` in. O(n + m).
    ///
    /// # Panics
    ///
    /// If there is no memory; both sets are what they were.
    #[track_caller]
    pub fn append<B: Allocator>(&mut self, other: &mut FlatSet<K, B, S>)
    where
        K: Ord,
    {
        self.map.append(&mut other.map);
    }

    /// Moves all elements of `other` in. O(n + m).
    ///
    /// # Errors
    ///
    /// If there is no memory; both sets are what they were.
    pub fn try_append<B: Allocator>(&mut self, other: &mut FlatSet<K, B, S>) -> Result<(), Refusal>
    where
        K: Ord,
    {
        self.map.try_append(&mut other.map)
    }

    /// Takes out all elements from `key` on, in a set of their own. O(n).
    ///
    /// # Panics
    ///
    /// If there is no memory; the set is what it was.
    #[must_use = "the elements are dropped with it"]
    #[track_caller]
    pub fn split_off<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Self
    where
        A: Clone,
        S: Finds<K, Q>,
    {
        Self { map: self.map.split_off(key) }
    }

    /// Takes out all elements from `key` on, in a set of their own. O(n).
    ///
    /// # Errors
    ///
    /// If there is no memory; the set is what it was.
    pub fn try_split_off<Q: ?Sized + Comparable<K>>(&mut self, key: &Q) -> Result<Self, Refusal>
    where
        A: Clone,
        S: Finds<K, Q>,
    {
        Ok(Self { map: self.map.try_split_off(key)? })
    }

    /// Takes out the elements of `range` of which `pred` is true, as it is asked for them. O(n) for
    /// all. Those that it was not asked for stay.
    ///
    /// # Panics
    ///
    /// If the range begins after its end.
    #[track_caller]
    pub fn extract_if<F, R>(&mut self, range: R, pred: F) -> SetExtractIf<'_, K, F, S>
    where
        K: Ord,
        R: RangeBounds<K>,
        F: FnMut(&K) -> bool,
    {
        let positions = self.map.positions(&range);
        // Bounds that panic when they are dropped do so before anything is taken out.
        drop(range);
        SetExtractIf(ExtractIf::new(Sieve::new(&mut self.map.store.raw, positions), pred))
    }

    /// Takes out all elements of `range`, from both ends. O(n) for all.
    ///
    /// # Panics
    ///
    /// If the range begins after its end.
    #[track_caller]
    pub fn drain<R: RangeBounds<K>>(
        &mut self,
        range: R,
    ) -> impl DoubleEndedIterator<Item = K> + ExactSizeIterator + FusedIterator + use<'_, K, A, S, R>
    where
        K: Ord,
    {
        self.map.drain(range).map(|(key, ())| key)
    }

    /// Elements that are in this set and not in `other`, in order.
    pub fn difference<'a, B: Allocator>(&'a self, other: &'a FlatSet<K, B, S>) -> Difference<'a, K>
    where
        K: Ord,
    {
        Difference::new(self.as_slice(), other.as_slice())
    }

    /// Elements that are in one of the sets and not in both, in order.
    pub const fn symmetric_difference<'a, B: Allocator>(
        &'a self,
        other: &'a FlatSet<K, B, S>,
    ) -> SymmetricDifference<'a, K> {
        SymmetricDifference::new(self.as_slice(), other.as_slice())
    }

    /// Elements of this set that are in both, in order.
    pub fn intersection<'a, B: Allocator>(
        &'a self,
        other: &'a FlatSet<K, B, S>,
    ) -> Intersection<'a, K>
    where
        K: Ord,
    {
        Intersection::new(self.as_slice(), other.as_slice())
    }

    /// Elements that are in either set, in order; this set's where both have one.
    pub const fn union<'a, B: Allocator>(&'a self, other: &'a FlatSet<K, B, S>) -> Union<'a, K> {
        Union::new(self.as_slice(), other.as_slice())
    }

    /// Whether no element is in both.
    pub fn is_disjoint<B: Allocator>(&self, other: &FlatSet<K, B, S>) -> bool
    where
        K: Ord,
    {
        self.intersection(other).next().is_none()
    }

    /// Whether all elements are in `other` too.
    pub fn is_subset<B: Allocator>(&self, other: &FlatSet<K, B, S>) -> bool
    where
        K: Ord,
    {
        self.len() <= other.len() && self.difference(other).next().is_none()
    }

    /// Whether all elements of `other` are here too.
    pub fn is_superset<B: Allocator>(&self, other: &FlatSet<K, B, S>) -> bool
    where
        K: Ord,
    {
        other.is_subset(self)
    }

    /// Puts all of `keys` in. O(n + m log m): see [`FlatMap::try_extend`].
    ///
    /// # Errors
    ///
    /// If there is no memory. What could not be stored comes back, with what was not asked for yet.
    pub fn try_extend<'s, I: IntoIterator<Item = K>>(
        &'s mut self,
        keys: I,
    ) -> Result<(), Refused<impl Iterator<Item = K> + use<'s, K, A, S, I>>>
    where
        K: Ord,
    {
        match self.map.try_extend(keys.into_iter().map(|key| (key, ()))) {
            Ok(()) => Ok(()),
            Err(refused) => {
                let refusal = *refused.refusal();
                Err(Refused::new(refused.into_value().map(|(key, ())| key), refusal))
            }
        }
    }
}

/// The elements of a set, by value.
pub type SetIntoIter<K, A = Global, S = ByType> = IntoKeys<K, (), A, S>;
