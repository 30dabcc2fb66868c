//! Entries of sets: those of maps, without the values.

use core::fmt;

use equivalent::Comparable;

use crate::{
    alloc::{Allocator, Global, Refused},
    collections::flat::{
        ByType, Entry, Finds, FlatSet, OccupiedEntry, Search, VacantEntry, set::key_of,
    },
    panics,
};

/// An element's place in a set, which holds it or could.
#[derive(Debug)]
pub enum SetEntry<'a, K, A: Allocator = Global, S: Search<K> = ByType> {
    /// The element is there.
    Occupied(SetOccupiedEntry<'a, K, A, S>),
    /// The element is not there.
    Vacant(SetVacantEntry<'a, K, A, S>),
}

/// The place of an element that is there.
pub struct SetOccupiedEntry<'a, K, A: Allocator = Global, S: Search<K> = ByType>(
    OccupiedEntry<'a, K, (), A, S>,
);

/// The place of an element that is not there.
pub struct SetVacantEntry<'a, K, A: Allocator = Global, S: Search<K> = ByType>(
    VacantEntry<'a, K, (), A, S>,
);

impl<'a, K, A: Allocator, S: Search<K>> SetEntry<'a, K, A, S> {
    /// Puts the element there, if it is not.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert(self) -> SetOccupiedEntry<'a, K, A, S> {
        match self {
            Self::Occupied(entry) => entry,
            Self::Vacant(entry) => entry.insert_entry(),
        }
    }

    /// Puts the element there, if it is not.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn or_insert(self) {
        if let Self::Vacant(entry) = self {
            entry.insert();
        }
    }

    /// The element.
    pub fn get(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.get(),
            Self::Vacant(entry) => entry.get(),
        }
    }
}

impl<K, A: Allocator, S: Search<K>> SetOccupiedEntry<'_, K, A, S> {
    /// The element that is there.
    #[must_use]
    pub fn get(&self) -> &K {
        self.0.key()
    }

    /// Its position.
    #[must_use]
    pub const fn index(&self) -> usize {
        self.0.index()
    }

    /// Takes the element out. O(n).
    pub fn remove(self) -> K {
        self.0.remove_entry().0
    }
}

impl<'a, K, A: Allocator, S: Search<K>> SetVacantEntry<'a, K, A, S> {
    /// The element that is not there.
    pub const fn get(&self) -> &K {
        self.0.key()
    }

    /// The position it would have.
    pub const fn index(&self) -> usize {
        self.0.index()
    }

    /// The element back.
    pub fn into_value(self) -> K {
        self.0.into_key()
    }

    /// Puts the element there. O(n), but O(1) at the ends.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert(self) {
        self.0.insert(());
    }

    /// Puts the element there. O(n), but O(1) at the ends.
    ///
    /// # Errors
    ///
    /// If there is no memory; the element comes back.
    pub fn try_insert(self) -> Result<(), Refused<K>> {
        self.0.try_insert(()).map_err(key_of)?;
        Ok(())
    }

    /// Puts the element there, and returns its place. O(n), but O(1) at the ends.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn insert_entry(self) -> SetOccupiedEntry<'a, K, A, S> {
        SetOccupiedEntry(self.0.insert_entry(()))
    }
}

impl<K: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for SetOccupiedEntry<'_, K, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetOccupiedEntry").field(self.get()).finish()
    }
}

impl<K: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for SetVacantEntry<'_, K, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetVacantEntry").field(self.get()).finish()
    }
}

impl<K, A: Allocator, S: Search<K>> FlatSet<K, A, S> {
    /// The entry of an element, which may be there or not.
    ///
    /// ```
    /// use larder::{FlatSet, collections::flat::SetEntry};
    ///
    /// let mut seen = FlatSet::new();
    /// let twice = |n| match seen.entry(n) {
    ///     SetEntry::Occupied(entry) => Some(entry.remove()),
    ///     SetEntry::Vacant(entry) => {
    ///         entry.insert();
    ///         None
    ///     }
    /// };
    /// assert_eq!([3, 1, 3, 2].map(twice), [None, None, Some(3), None]);
    /// assert_eq!(seen.as_slice(), [1, 2]);
    /// ```
    pub fn entry(&mut self, key: K) -> SetEntry<'_, K, A, S>
    where
        K: Ord,
    {
        match self.map.entry(key) {
            Entry::Occupied(entry) => SetEntry::Occupied(SetOccupiedEntry(entry)),
            Entry::Vacant(entry) => SetEntry::Vacant(SetVacantEntry(entry)),
        }
    }

    /// The element that is there, or `key`, put there.
    ///
    /// # Panics
    ///
    /// If there is no memory.
    #[track_caller]
    pub fn get_or_insert(&mut self, key: K) -> &K
    where
        K: Ord,
    {
        let index = self.entry(key).insert().index();
        &self.as_slice()[index]
    }

    /// The element that is there, or what `make` makes of `key`, put there.
    ///
    /// # Panics
    ///
    /// If what was made is not equal to `key`; if there is no memory.
    ///
    /// ```
    /// let mut words = larder::FlatSet::from([String::from("fig")]);
    /// for word in ["fig", "plum"] {
    ///     assert_eq!(words.get_or_insert_with(word, str::to_owned), word);
    /// }
    /// assert_eq!(words.as_slice(), ["fig", "plum"]);
    /// ```
    #[track_caller]
    pub fn get_or_insert_with<Q: ?Sized + Comparable<K>>(
        &mut self,
        key: &Q,
        make: impl FnOnce(&Q) -> K,
    ) -> &K
    where
        S: Finds<K, Q>,
    {
        match self.try_get_or_insert_with(key, make) {
            Ok(key) => key,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// The element that is there, or what `make` makes of `key`, put there.
    ///
    /// # Errors
    ///
    /// If there is no memory; what was made comes back.
    ///
    /// # Panics
    ///
    /// If what was made is not equal to `key`.
    #[track_caller]
    pub fn try_get_or_insert_with<Q: ?Sized + Comparable<K>>(
        &mut self,
        key: &Q,
        make: impl FnOnce(&Q) -> K,
    ) -> Result<&K, Refused<K>>
    where
        S: Finds<K, Q>,
    {
        let index = match self.map.store.raw.find(key) {
            Ok(index) => index,
            Err(index) => {
                let made = make(key);
                assert!(
                    key.compare(&made).is_eq(),
                    "what was made is not equal to what was sought"
                );
                self.map.try_insert_at(index, made, ()).map_err(key_of)?;
                index
            }
        };
        Ok(&self.as_slice()[index])
    }
}
