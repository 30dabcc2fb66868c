//! Entries: a key's place, found once, to look at and to change.

use core::{fmt, mem};

use crate::{
    alloc::{Allocator, Global, Refused},
    collections::flat::{ByType, FlatMap, Search},
    panics,
};

/// A key's place in a map, which holds it or could.
pub enum Entry<'a, K, V, A: Allocator = Global, S: Search<K> = ByType> {
    /// The key is there.
    Occupied(OccupiedEntry<'a, K, V, A, S>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V, A, S>),
}

/// The place of a key that is there.
pub struct OccupiedEntry<'a, K, V, A: Allocator = Global, S: Search<K> = ByType> {
    map: &'a mut FlatMap<K, V, A, S>,
    /// Less than the map's length.
    index: usize,
}

/// The place of a key that is not there.
pub struct VacantEntry<'a, K, V, A: Allocator = Global, S: Search<K> = ByType> {
    map: &'a mut FlatMap<K, V, A, S>,
    key: K,
    index: usize,
}

pub(super) fn of<K: Ord, V, A: Allocator, S: Search<K>>(
    map: &mut FlatMap<K, V, A, S>,
    key: K,
) -> Entry<'_, K, V, A, S> {
    match map.find_to_insert(&key) {
        Ok(index) => Entry::Occupied(OccupiedEntry { map, index }),
        Err(index) => Entry::Vacant(VacantEntry { map, key, index }),
    }
}

pub(super) const fn at<K, V, A: Allocator, S: Search<K>>(
    map: &mut FlatMap<K, V, A, S>,
    index: usize,
) -> Option<OccupiedEntry<'_, K, V, A, S>> {
    if index < map.len() { Some(OccupiedEntry { map, index }) } else { None }
}

impl<'a, K, V, A: Allocator, S: Search<K>> Entry<'a, K, V, A, S> {
    /// The value, or `default` put there.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn or_insert(self, default: V) -> &'a mut V {
        self.or_insert_with(|| default)
    }

    /// The value, or what `default` makes, put there.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn or_insert_with(self, default: impl FnOnce() -> V) -> &'a mut V {
        self.or_insert_with_key(|_| default())
    }

    /// The value, or what `default` makes of the key, put there.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn or_insert_with_key(self, default: impl FnOnce(&K) -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = default(entry.key());
                entry.insert(value)
            }
        }
    }

    /// The value, or the default value put there.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// The value, or `default` put there.
    ///
    /// # Errors
    ///
    /// If there is no memory; key and value come back.
    pub fn try_or_insert(self, default: V) -> Result<&'a mut V, Refused<(K, V)>> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => entry.try_insert(default),
        }
    }

    /// The key.
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }

    /// Changes the value, if there is one.
    #[must_use]
    pub fn and_modify(mut self, change: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            change(entry.get_mut());
        }
        self
    }

    /// Puts `value` there, whether there was one or not.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, A, S> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }
}

impl<'a, K, V, A: Allocator, S: Search<K>> OccupiedEntry<'a, K, V, A, S> {
    /// The key that is there.
    #[must_use]
    pub fn key(&self) -> &K {
        &self.map.as_keys()[self.index]
    }

    /// Its position.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The value.
    #[must_use]
    pub fn get(&self) -> &V {
        &self.map.as_values()[self.index]
    }

    /// The value, to change.
    #[must_use]
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.map.as_values_mut()[self.index]
    }

    /// The value, to change for as long as the map is borrowed.
    #[must_use]
    pub fn into_mut(self) -> &'a mut V {
        &mut self.map.as_values_mut()[self.index]
    }

    /// Replaces the value, and returns the old one.
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Takes the value out. O(n).
    pub fn remove(self) -> V {
        self.remove_entry().1
    }

    /// Takes key and value out. O(n).
    pub fn remove_entry(self) -> (K, V) {
        self.map.store.raw.remove(self.index)
    }
}

impl<'a, K, V, A: Allocator, S: Search<K>> VacantEntry<'a, K, V, A, S> {
    /// The key that is not there.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// The position it would have.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The key back.
    pub fn into_key(self) -> K {
        self.key
    }

    /// Puts the key there with `value`. O(n), but O(1) at the ends.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert(self, value: V) -> &'a mut V {
        match self.try_insert(value) {
            Ok(value) => value,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// Puts the key there with `value`. O(n), but O(1) at the ends.
    ///
    /// # Errors
    ///
    /// If there is no memory; key and value come back.
    pub fn try_insert(self, value: V) -> Result<&'a mut V, Refused<(K, V)>> {
        self.map.try_insert_at(self.index, self.key, value)
    }

    /// Puts the key there with `value`, and returns its place. O(n), but O(1) at the ends.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V, A, S> {
        let Self { map, key, index } = self;
        match map.try_insert_at(index, key, value) {
            Ok(_) => OccupiedEntry { map, index },
            Err(refused) => panics::refused(refused.refusal()),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug
    for Entry<'_, K, V, A, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug
    for OccupiedEntry<'_, K, V, A, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entry = f.debug_struct("OccupiedEntry");
        entry.field("key", self.key()).field("value", self.get()).finish()
    }
}

impl<K: fmt::Debug, V, A: Allocator, S: Search<K>> fmt::Debug for VacantEntry<'_, K, V, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
