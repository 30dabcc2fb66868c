//! Cursors of sets: those of maps, without the values.

use core::{borrow::Borrow, fmt, ops::Bound};

use crate::{
    alloc::{Allocator, Global},
    collections::flat::{ByType, Cursor, CursorMut, Finds, FlatSet, Search, Unsorted},
};

/// A gap between two elements of a set, or at an end.
pub struct SetCursor<'a, K>(Cursor<'a, K, ()>);

impl<'a, K> SetCursor<'a, K> {
    /// How many elements are before the gap.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.0.index()
    }

    /// The element behind the gap.
    #[must_use]
    pub fn peek_next(&self) -> Option<&'a K> {
        self.0.peek_next().map(|(key, ())| key)
    }

    /// The element before the gap.
    #[must_use]
    pub fn peek_prev(&self) -> Option<&'a K> {
        self.0.peek_prev().map(|(key, ())| key)
    }

    /// Steps over the element behind the gap, and returns it.
    #[expect(clippy::should_implement_trait, reason = "std's name; it steps back as well")]
    pub fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }

    /// Steps back over the element before the gap, and returns it.
    pub fn prev(&mut self) -> Option<&'a K> {
        self.0.prev().map(|(key, ())| key)
    }
}

impl<K> Clone for SetCursor<'_, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug> fmt::Debug for SetCursor<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetCursor").field(&self.peek_prev()).field(&self.peek_next()).finish()
    }
}

/// A gap between two elements of a set, or at an end, to insert into and to remove from.
pub struct SetCursorMut<'a, K, A: Allocator = Global, S: Search<K> = ByType>(
    CursorMut<'a, K, (), A, S>,
);

impl<K, A: Allocator, S: Search<K>> SetCursorMut<'_, K, A, S> {
    /// How many elements are before the gap.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.0.index()
    }

    /// The same gap, to look only.
    #[must_use]
    pub const fn as_cursor(&self) -> SetCursor<'_, K> {
        SetCursor(self.0.as_cursor())
    }

    /// The element behind the gap.
    #[must_use]
    pub fn peek_next(&self) -> Option<&K> {
        self.as_cursor().peek_next()
    }

    /// The element before the gap.
    #[must_use]
    pub fn peek_prev(&self) -> Option<&K> {
        self.as_cursor().peek_prev()
    }

    /// Steps over the element behind the gap, and returns it.
    #[expect(clippy::should_implement_trait, reason = "std's name; it steps back as well")]
    pub fn next(&mut self) -> Option<&K> {
        self.0.next().map(|(key, ())| key)
    }

    /// Steps back over the element before the gap, and returns it.
    pub fn prev(&mut self) -> Option<&K> {
        self.0.prev().map(|(key, ())| key)
    }

    /// Takes out the element behind the gap. O(n).
    pub fn remove_next(&mut self) -> Option<K> {
        self.0.remove_next().map(|(key, ())| key)
    }

    /// Takes out the element before the gap. O(n).
    pub fn remove_prev(&mut self) -> Option<K> {
        self.0.remove_prev().map(|(key, ())| key)
    }

    /// Inserts an element before the gap. O(n).
    ///
    /// # Errors
    ///
    /// If it is not greater than the one before, and less than the one behind.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_before(&mut self, key: K) -> Result<(), Unsorted>
    where
        K: Ord,
    {
        self.0.insert_before(key, ())
    }

    /// Inserts an element behind the gap. O(n).
    ///
    /// # Errors
    ///
    /// If it is not greater than the one before, and less than the one behind.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_after(&mut self, key: K) -> Result<(), Unsorted>
    where
        K: Ord,
    {
        self.0.insert_after(key, ())
    }
}

impl<K: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for SetCursorMut<'_, K, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_cursor().fmt(f)
    }
}

impl<K, A: Allocator, S: Search<K>> FlatSet<K, A, S> {
    /// The gap before the first element that is at or behind `bound`.
    ///
    /// ```
    /// use core::ops::Bound;
    /// let set = larder::FlatSet::from([1, 3]);
    /// let cursor = set.lower_bound(Bound::Included(&2));
    /// assert_eq!((cursor.index(), cursor.peek_prev(), cursor.peek_next()), (1, Some(&1), Some(&3)));
    /// ```
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> SetCursor<'_, K>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        SetCursor(self.map.lower_bound(bound))
    }

    /// The gap behind the last element that is at or before `bound`.
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> SetCursor<'_, K>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        SetCursor(self.map.upper_bound(bound))
    }

    /// The gap before the first element that is at or behind `bound`, to change the set there.
    ///
    /// ```
    /// use core::ops::Bound;
    /// let mut set = larder::FlatSet::from([1, 3]);
    /// let mut gap = set.lower_bound_mut(Bound::Included(&2));
    /// assert!(gap.insert_before(3).is_err() && gap.insert_before(2).is_ok());
    /// assert_eq!(gap.remove_next(), Some(3));
    /// assert_eq!(set.as_slice(), [1, 2]);
    /// ```
    pub fn lower_bound_mut<Q>(&mut self, bound: Bound<&Q>) -> SetCursorMut<'_, K, A, S>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        SetCursorMut(self.map.lower_bound_mut(bound))
    }

    /// The gap behind the last element that is at or before `bound`, to change the set there.
    pub fn upper_bound_mut<Q>(&mut self, bound: Bound<&Q>) -> SetCursorMut<'_, K, A, S>
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
        S: Finds<K, Q>,
    {
        SetCursorMut(self.map.upper_bound_mut(bound))
    }
}
