//! Cursors: a gap between two entries.

use core::fmt;

use crate::{
    alloc::{Allocator, Global},
    collections::flat::{ByType, FlatMap, Search, map::Unsorted},
    panics,
};

/// A gap between two entries, or at an end.
pub struct Cursor<'a, K, V> {
    keys: &'a [K],
    values: &'a [V],
    at: usize,
}

impl<'a, K, V> Cursor<'a, K, V> {
    pub(super) const fn new(keys: &'a [K], values: &'a [V], at: usize) -> Self {
        Self { keys, values, at }
    }

    fn get(&self, index: usize) -> Option<(&'a K, &'a V)> {
        Some((self.keys.get(index)?, self.values.get(index)?))
    }

    /// How many entries are before the gap.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.at
    }

    /// The entry behind the gap.
    #[must_use]
    pub fn peek_next(&self) -> Option<(&'a K, &'a V)> {
        self.get(self.at)
    }

    /// The entry before the gap.
    #[must_use]
    pub fn peek_prev(&self) -> Option<(&'a K, &'a V)> {
        self.get(self.at.wrapping_sub(1))
    }

    /// Steps over the entry behind the gap, and returns it.
    #[expect(clippy::should_implement_trait, reason = "std's name; it steps back as well")]
    pub fn next(&mut self) -> Option<(&'a K, &'a V)> {
        let entry = self.peek_next()?;
        self.at += 1;
        Some(entry)
    }

    /// Steps back over the entry before the gap, and returns it.
    pub fn prev(&mut self) -> Option<(&'a K, &'a V)> {
        let entry = self.peek_prev()?;
        self.at -= 1;
        Some(entry)
    }
}

impl<K, V> Clone for Cursor<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Cursor<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cursor").field(&self.peek_prev()).field(&self.peek_next()).finish()
    }
}

/// A gap between two entries, or at an end, to insert into and to remove from.
pub struct CursorMut<'a, K, V, A: Allocator = Global, S: Search<K> = ByType> {
    map: &'a mut FlatMap<K, V, A, S>,
    at: usize,
}

impl<'a, K, V, A: Allocator, S: Search<K>> CursorMut<'a, K, V, A, S> {
    pub(super) const fn new(map: &'a mut FlatMap<K, V, A, S>, at: usize) -> Self {
        Self { map, at }
    }

    /// How many entries are before the gap.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.at
    }

    /// The same gap, to look only.
    #[must_use]
    pub const fn as_cursor(&self) -> Cursor<'_, K, V> {
        Cursor::new(self.map.as_keys(), self.map.as_values(), self.at)
    }

    /// The entry behind the gap.
    pub fn peek_next(&mut self) -> Option<(&K, &mut V)> {
        self.map.get_index_mut(self.at)
    }

    /// The entry before the gap.
    pub fn peek_prev(&mut self) -> Option<(&K, &mut V)> {
        self.map.get_index_mut(self.at.wrapping_sub(1))
    }

    /// Steps over the entry behind the gap, and returns it.
    #[expect(clippy::should_implement_trait, reason = "std's name; it steps back as well")]
    pub fn next(&mut self) -> Option<(&K, &mut V)> {
        if self.at == self.map.len() {
            return None;
        }
        self.at += 1;
        self.peek_prev()
    }

    /// Steps back over the entry before the gap, and returns it.
    pub fn prev(&mut self) -> Option<(&K, &mut V)> {
        self.at = self.at.checked_sub(1)?;
        self.peek_next()
    }

    /// Takes out the entry behind the gap. O(n).
    pub fn remove_next(&mut self) -> Option<(K, V)> {
        self.map.remove_index(self.at)
    }

    /// Takes out the entry before the gap. O(n).
    pub fn remove_prev(&mut self) -> Option<(K, V)> {
        let entry = self.map.remove_index(self.at.checked_sub(1)?)?;
        self.at -= 1;
        Some(entry)
    }

    /// Inserts an entry before the gap. O(n).
    ///
    /// # Errors
    ///
    /// If the key is not greater than the one before, and less than the one behind.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_before(&mut self, key: K, value: V) -> Result<(), Unsorted>
    where
        K: Ord,
    {
        self.insert_after(key, value)?;
        self.at += 1;
        Ok(())
    }

    /// Inserts an entry behind the gap. O(n).
    ///
    /// # Errors
    ///
    /// If the key is not greater than the one before, and less than the one behind.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_after(&mut self, key: K, value: V) -> Result<(), Unsorted>
    where
        K: Ord,
    {
        let (before, behind) = self.map.as_keys().split_at(self.at);
        if before.last().is_some_and(|last| *last >= key) {
            return Err(Unsorted::Key(self.at));
        }
        if behind.first().is_some_and(|first| *first <= key) {
            return Err(Unsorted::Key(self.at + 1));
        }
        match self.map.try_insert_at(self.at, key, value) {
            Ok(_) => Ok(()),
            Err(refused) => panics::refused(refused.refusal()),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug
    for CursorMut<'_, K, V, A, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_cursor().fmt(f)
    }
}
