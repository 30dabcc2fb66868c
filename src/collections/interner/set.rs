//! Sets of symbols: maps to nothing.

use core::{fmt, iter::Map};

use super::{Symbol, SymbolMap, Width, map};
use crate::{
    alloc::{Allocator, Global, Refusal},
    panics,
};

/// Symbols, in memory of `A`: an array with a byte for each symbol up to the largest.
///
/// ```
/// use larder::{Interner, collections::interner::SymbolSet};
/// let mut words = Interner::new();
/// let seen: SymbolSet = "a rose is a rose".split(' ').map(|word| words.intern(word)).collect();
/// assert_eq!(seen.len(), 3);
/// assert!(seen.contains(words.intern("is")) && !seen.contains(words.intern("plum")));
/// ```
pub struct SymbolSet<W: Width = u32, A: Allocator = Global> {
    map: SymbolMap<(), W, A>,
}

impl SymbolSet {
    /// An empty set. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<W: Width, A: Allocator> SymbolSet<W, A> {
    /// An empty set; memory will come from `alloc`. Allocates nothing.
    #[must_use]
    pub const fn new_in(alloc: A) -> Self {
        Self { map: SymbolMap::new_in(alloc) }
    }

    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &A {
        self.map.allocator()
    }

    /// How many symbols there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Whether a symbol is there.
    #[inline]
    #[must_use]
    pub fn contains(&self, symbol: Symbol<W>) -> bool {
        self.map.contains_key(symbol)
    }

    /// Adds a symbol, and says whether it is new.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn insert(&mut self, symbol: Symbol<W>) -> bool {
        panics::granted(self.try_insert(symbol))
    }

    /// [`insert`](Self::insert), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the set is what it was.
    pub fn try_insert(&mut self, symbol: Symbol<W>) -> Result<bool, Refusal> {
        match self.map.try_insert(symbol, ()) {
            Ok(old) => Ok(old.is_none()),
            Err(back) => Err(*back.refusal()),
        }
    }

    /// Takes a symbol out, and says whether it was there.
    pub fn remove(&mut self, symbol: Symbol<W>) -> bool {
        self.map.remove(symbol).is_some()
    }

    /// Takes all symbols out, and keeps the memory.
    pub fn clear(&mut self) {
        self.map.clear();
    }

    /// Takes out the symbols that `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(Symbol<W>) -> bool) {
        self.map.retain(|symbol, ()| keep(symbol));
    }

    /// The symbols, in order. O(the largest).
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Symbol<W>> + ExactSizeIterator {
        self.map.iter().map(|(symbol, ())| symbol)
    }
}

impl<W: Width, A: Allocator> IntoIterator for SymbolSet<W, A> {
    type Item = Symbol<W>;
    type IntoIter = Map<map::IntoIter<(), W, A>, fn((Symbol<W>, ())) -> Symbol<W>>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter().map(|(symbol, ())| symbol)
    }
}

impl<'a, W: Width, A: Allocator> IntoIterator for &'a SymbolSet<W, A> {
    type Item = Symbol<W>;
    type IntoIter = Map<map::Iter<'a, (), W>, fn((Symbol<W>, &'a ())) -> Symbol<W>>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.iter().map(|(symbol, ())| symbol)
    }
}

impl<W: Width, A: Allocator> Extend<Symbol<W>> for SymbolSet<W, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = Symbol<W>>>(&mut self, symbols: I) {
        self.map.extend(symbols.into_iter().map(|symbol| (symbol, ())));
    }
}

impl<W: Width, A: Allocator + Default> FromIterator<Symbol<W>> for SymbolSet<W, A> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = Symbol<W>>>(symbols: I) -> Self {
        Self { map: symbols.into_iter().map(|symbol| (symbol, ())).collect() }
    }
}

impl<W: Width, A: Allocator + Default> Default for SymbolSet<W, A> {
    fn default() -> Self {
        Self::new_in(A::default())
    }
}

impl<W: Width, A: Allocator + Clone> Clone for SymbolSet<W, A> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<W: Width, A: Allocator, B: Allocator> PartialEq<SymbolSet<W, B>> for SymbolSet<W, A> {
    fn eq(&self, other: &SymbolSet<W, B>) -> bool {
        self.map == other.map
    }
}

impl<W: Width, A: Allocator> Eq for SymbolSet<W, A> {}

impl<W: Width, A: Allocator> fmt::Debug for SymbolSet<W, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
