//! Ranges of keys as ranges of positions.

use core::{
    borrow::Borrow,
    cmp::Ordering,
    ops::{Bound, Range, RangeBounds},
};

use crate::{
    alloc::Allocator,
    collections::flat::{Cursor, CursorMut, Finds, FlatMap, Iter, IterMut, Search},
};

/// Where a key is, or where it would be.
type Found = Result<usize, usize>;

/// The position of the first entry of a range that begins at `bound`.
pub(super) fn first<Q: ?Sized>(bound: Bound<&Q>, find: impl FnOnce(&Q) -> Found) -> usize {
    match bound {
        Bound::Unbounded => 0,
        Bound::Included(key) => find(key).unwrap_or_else(|index| index),
        Bound::Excluded(key) => find(key).map_or_else(|index| index, |index| index + 1),
    }
}

/// The position behind the last entry of a range that ends at `bound`.
pub(super) fn after<Q: ?Sized>(
    len: usize,
    bound: Bound<&Q>,
    find: impl FnOnce(&Q) -> Found,
) -> usize {
    match bound {
        Bound::Unbounded => len,
        Bound::Included(key) => find(key).map_or_else(|index| index, |index| index + 1),
        Bound::Excluded(key) => find(key).unwrap_or_else(|index| index),
    }
}

/// The positions of the keys in `range`.
#[track_caller]
pub(super) fn indices<Q: ?Sized + Ord>(
    len: usize,
    range: &impl RangeBounds<Q>,
    find: impl Fn(&Q) -> Found,
) -> Range<usize> {
    use Bound::{Excluded, Included};
    let (start, end) = (range.start_bound(), range.end_bound());
    if let (Included(from) | Excluded(from), Included(to) | Excluded(to)) = (start, end) {
        match from.cmp(to) {
            Ordering::Greater => panic!("the range begins with a greater key than it ends with"),
            Ordering::Equal => assert!(
                !matches!((start, end), (Excluded(_), Excluded(_))),
                "the range begins and ends with a key that it excludes"
            ),
            Ordering::Less => {}
        }
    }
    let (first, after) = (first(start, &find), after(len, end, &find));
    // Keys that lie about their order may be found in any.
    first.min(after)..after
}

impl<K, V, A: Allocator, S: Search<K>> FlatMap<K, V, A, S> {
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
        let range = self.positions(&range);
        Iter::new(&self.as_keys()[range.clone()], &self.as_values()[range])
    }

    /// The entries whose keys are in `range`, their values to change.
    ///
    /// # Panics
    ///
    /// If the range begins after its end, or with an excluded key that it ends with, excluded too.
    #[track_caller]
    pub fn range_mut<Q, R>(&mut self, range: R) -> IterMut<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
        R: RangeBounds<Q>,
    {
        let range = self.positions(&range);
        let (keys, values) = self.store.raw.pairs_mut();
        IterMut::new(&mut keys[range.clone()], &mut values[range])
    }

    /// The gap before the first key that is at or behind `bound`.
    ///
    /// ```
    /// use core::ops::Bound;
    /// let map = larder::FlatMap::from([(1, 'a'), (3, 'c')]);
    /// let cursor = map.lower_bound(Bound::Included(&2));
    /// assert_eq!((cursor.peek_prev(), cursor.peek_next()), (Some((&1, &'a')), Some((&3, &'c'))));
    /// ```
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        let at = first(bound, |key| self.store.raw.find(key));
        Cursor::new(self.as_keys(), self.as_values(), at)
    }

    /// The gap behind the last key that is at or before `bound`.
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        let at = after(self.len(), bound, |key| self.store.raw.find(key));
        Cursor::new(self.as_keys(), self.as_values(), at)
    }

    /// The gap before the first key that is at or behind `bound`, to change the map there.
    pub fn lower_bound_mut<Q>(&mut self, bound: Bound<&Q>) -> CursorMut<'_, K, V, A, S>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        let at = first(bound, |key| self.store.raw.find(key));
        CursorMut::new(self, at)
    }

    /// The gap behind the last key that is at or before `bound`, to change the map there.
    pub fn upper_bound_mut<Q>(&mut self, bound: Bound<&Q>) -> CursorMut<'_, K, V, A, S>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        let at = after(self.len(), bound, |key| self.store.raw.find(key));
        CursorMut::new(self, at)
    }
}
