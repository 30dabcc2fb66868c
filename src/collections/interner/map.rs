#![expect(unsafe_code, reason = "resizes the block of a vector, which has no way to fail at that")]
//! Values for symbols.
//!
//! Symbols count up from 0, so the map is an array: nothing is hashed, and the order is that of the
//! symbols. The array is as long as the largest key asks for, however few there are.

use core::{
    fmt,
    iter::{Enumerate, FusedIterator, Map},
    marker::PhantomData,
    ops::Index,
    ptr::{self, NonNull},
    slice,
};

use allocator_api2::vec::{self, Vec};

use super::{Symbol, Width};
use crate::{
    alloc::{Allocator, Api2, Cause, Global, Layout, Refusal, Refused},
    panics,
    raw::buffer::{self, Span},
};

/// Values for symbols, in memory of `A`: an array with a place for each symbol up to the largest key.
///
/// Memory: `size_of::<Option<V>>()` bytes for each place.
///
/// ```
/// use larder::{Interner, collections::interner::SymbolMap};
/// let mut words = Interner::new();
/// let mut counts = SymbolMap::new();
/// for word in "a rose is a rose".split(' ') {
///     *counts.get_or_insert_with(words.intern(word), || 0) += 1;
/// }
/// assert_eq!(counts[words.get("rose").unwrap()], 2);
/// assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 2, 1]);
/// ```
pub struct SymbolMap<V, W: Width = u32, A: Allocator = Global> {
    places: Vec<Option<V>, Api2<A>>,
    len: usize,
    width: PhantomData<W>,
}

impl<V> SymbolMap<V> {
    /// An empty map. Allocates nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<V, W: Width, A: Allocator> SymbolMap<V, W, A> {
    /// An empty map; memory will come from `alloc`. Allocates nothing.
    #[must_use]
    pub const fn new_in(alloc: A) -> Self {
        Self { places: Vec::new_in(Api2(alloc)), len: 0, width: PhantomData }
    }

    /// An empty map with places for the first `symbols`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity_in(symbols: usize, alloc: A) -> Self {
        let mut this = Self::new_in(alloc);
        panics::granted(this.try_reserve(symbols));
        this
    }

    /// The allocator.
    #[must_use]
    pub fn allocator(&self) -> &A {
        &self.places.allocator().0
    }

    /// How many symbols have a value.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether none has.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// For how many symbols there are places before memory is asked for.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// Makes places for the first `symbols`.
    ///
    /// # Errors
    ///
    /// When memory is refused; the map is what it was.
    pub fn try_reserve(&mut self, symbols: usize) -> Result<(), Refusal> {
        let reserved = self.places.capacity() * size_of::<Option<V>>();
        let more = symbols.saturating_sub(self.places.len());
        self.places.try_reserve(more).map_err(|_| match Layout::array::<Option<V>>(symbols) {
            Ok(layout) => Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved }),
            Err(_) => Refusal::overflow(Layout::new::<Option<V>>(), symbols),
        })
    }

    /// [`try_reserve`](Self::try_reserve), or a panic.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, symbols: usize) {
        panics::granted(self.try_reserve(symbols));
    }

    /// Gives back the places behind the last value. O(places).
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        panics::granted(self.try_shrink_to_fit());
    }

    /// [`shrink_to_fit`](Self::shrink_to_fit), or an error.
    ///
    /// # Errors
    ///
    /// When the allocator refuses the smaller block; the map keeps the one that it has.
    pub fn try_shrink_to_fit(&mut self) -> Result<(), Refusal> {
        let kept = self.places.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.places.truncate(kept);
        let element = Layout::new::<Option<V>>();
        if element.size() == 0 || kept == self.places.capacity() {
            return Ok(());
        }
        // SAFETY: it is written back below; nothing in between unwinds, as allocators do not.
        let places = unsafe { ptr::read(&raw const self.places) };
        let (first, len, capacity, alloc) = places.into_raw_parts_with_alloc();
        let first = NonNull::new(first).unwrap_or(NonNull::dangling());
        let held = Span { ptr: first.cast(), capacity };
        // SAFETY: the vector had this block of the allocator, for so many elements, which have bytes,
        // and gave it up.
        let resized = unsafe { buffer::resize(&alloc.0, Some(held), element, kept) };
        let (first, capacity) = match resized {
            Ok(Some(span)) => (span.ptr.cast(), span.capacity),
            Ok(None) => (NonNull::dangling(), 0),
            Err(_) => (first, capacity),
        };
        // SAFETY: the block is what the allocator gave last, with the first `len` elements in it.
        let places = unsafe { Vec::from_raw_parts_in(first.as_ptr(), len, capacity, alloc) };
        // SAFETY: what was there has been read out.
        unsafe { ptr::write(&raw mut self.places, places) };
        resized.map(drop)
    }

    /// A copy in memory of a clone of the allocator.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        V: Clone,
        A: Clone,
    {
        let mut new = Self::new_in(self.allocator().clone());
        new.try_reserve(self.places.len())?;
        // There is room for them.
        new.places.extend_from_slice(&self.places);
        new.len = self.len;
        Ok(new)
    }

    /// The value of a symbol.
    #[inline]
    #[must_use]
    pub fn get(&self, symbol: Symbol<W>) -> Option<&V> {
        self.places.get(symbol.index())?.as_ref()
    }

    /// The value of a symbol, to change.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, symbol: Symbol<W>) -> Option<&mut V> {
        self.places.get_mut(symbol.index())?.as_mut()
    }

    /// Whether a symbol has a value.
    #[inline]
    #[must_use]
    pub fn contains_key(&self, symbol: Symbol<W>) -> bool {
        self.get(symbol).is_some()
    }

    /// Gives a symbol a value, and returns the one that it had.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn insert(&mut self, symbol: Symbol<W>, value: V) -> Option<V> {
        panics::taken(self.try_insert(symbol, value))
    }

    /// [`insert`](Self::insert), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the map is what it was.
    pub fn try_insert(&mut self, symbol: Symbol<W>, value: V) -> Result<Option<V>, Refused<V>> {
        let index = symbol.index();
        if index >= self.places.len() {
            if let Err(refusal) = self.try_reserve(index + 1) {
                return Err(Refused::new(value, refusal));
            }
            // There is room for them.
            self.places.resize_with(index + 1, || None);
        }
        let old = self.places[index].replace(value);
        self.len += usize::from(old.is_none());
        Ok(old)
    }

    /// The value of a symbol, which is made if there is none.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn get_or_insert_with(&mut self, symbol: Symbol<W>, make: impl FnOnce() -> V) -> &mut V {
        if !self.contains_key(symbol) {
            self.insert(symbol, make());
        }
        match self.get_mut(symbol) {
            Some(value) => value,
            None => unreachable!("it is there, or was inserted above"),
        }
    }

    /// Takes the value of a symbol out.
    pub fn remove(&mut self, symbol: Symbol<W>) -> Option<V> {
        let value = self.places.get_mut(symbol.index())?.take();
        self.len -= usize::from(value.is_some());
        value
    }

    /// Drops all values, and keeps the memory.
    pub fn clear(&mut self) {
        self.len = 0;
        self.places.clear();
    }

    /// Drops the values that `keep` does not want.
    pub fn retain(&mut self, mut keep: impl FnMut(Symbol<W>, &mut V) -> bool) {
        for (index, place) in self.places.iter_mut().enumerate() {
            if let Some(value) = place
                && !keep(Symbol::of(W::number(index + 1)), value)
            {
                // Counted first: the drop may panic.
                self.len -= 1;
                *place = None;
            }
        }
    }

    /// Symbols and values, in the order of the symbols. O(places).
    #[must_use]
    pub fn iter(&self) -> Iter<'_, V, W> {
        let entry: fn(_) -> _ = |(index, place): (usize, &Option<V>)| pair(index, place.as_ref());
        Present { places: self.places.iter().enumerate().map(entry), left: self.len }
    }

    /// Symbols and values to change, in the order of the symbols. O(places).
    pub fn iter_mut(&mut self) -> IterMut<'_, V, W> {
        let entry: fn(_) -> _ =
            |(index, place): (usize, &mut Option<V>)| pair(index, place.as_mut());
        Present { places: self.places.iter_mut().enumerate().map(entry), left: self.len }
    }
}

/// What is at a place.
fn pair<W: Width, V>(index: usize, value: Option<V>) -> Option<(Symbol<W>, V)> {
    value.map(|value| (Symbol::of(W::number(index + 1)), value))
}

/// The places of an array that hold something, `left` of them.
#[derive(Clone, Debug)]
pub struct Present<I> {
    places: I,
    left: usize,
}

type Places<I, X, W, V> = Present<Map<Enumerate<I>, fn((usize, X)) -> Option<(Symbol<W>, V)>>>;

/// What iterates over a [`SymbolMap`].
pub type Iter<'a, V, W> = Places<slice::Iter<'a, Option<V>>, &'a Option<V>, W, &'a V>;
/// What iterates over a [`SymbolMap`] to change it.
pub type IterMut<'a, V, W> = Places<slice::IterMut<'a, Option<V>>, &'a mut Option<V>, W, &'a mut V>;
/// What takes a [`SymbolMap`] apart.
pub type IntoIter<V, W, A> = Places<vec::IntoIter<Option<V>, Api2<A>>, Option<V>, W, V>;

impl<T, I: Iterator<Item = Option<T>>> Iterator for Present<I> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        self.places.find_map(|item| item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T, I: DoubleEndedIterator<Item = Option<T>>> DoubleEndedIterator for Present<I> {
    fn next_back(&mut self) -> Option<T> {
        self.left = self.left.checked_sub(1)?;
        self.places.by_ref().rev().find_map(|item| item)
    }
}

impl<T, I: Iterator<Item = Option<T>>> ExactSizeIterator for Present<I> {}
impl<T, I: Iterator<Item = Option<T>>> FusedIterator for Present<I> {}

impl<V, W: Width, A: Allocator> IntoIterator for SymbolMap<V, W, A> {
    type Item = (Symbol<W>, V);
    type IntoIter = IntoIter<V, W, A>;

    fn into_iter(self) -> IntoIter<V, W, A> {
        let entry: fn(_) -> _ = |(index, place): (usize, Option<V>)| pair(index, place);
        Present { left: self.len, places: self.places.into_iter().enumerate().map(entry) }
    }
}

impl<'a, V, W: Width, A: Allocator> IntoIterator for &'a SymbolMap<V, W, A> {
    type Item = (Symbol<W>, &'a V);
    type IntoIter = Iter<'a, V, W>;

    fn into_iter(self) -> Iter<'a, V, W> {
        self.iter()
    }
}

impl<V, W: Width, A: Allocator> Index<Symbol<W>> for SymbolMap<V, W, A> {
    type Output = V;

    #[track_caller]
    fn index(&self, symbol: Symbol<W>) -> &V {
        self.get(symbol).expect("the symbol has no value")
    }
}

impl<V, W: Width, A: Allocator> Extend<(Symbol<W>, V)> for SymbolMap<V, W, A> {
    #[track_caller]
    fn extend<I: IntoIterator<Item = (Symbol<W>, V)>>(&mut self, entries: I) {
        for (symbol, value) in entries {
            self.insert(symbol, value);
        }
    }
}

impl<V, W: Width, A: Allocator + Default> FromIterator<(Symbol<W>, V)> for SymbolMap<V, W, A> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (Symbol<W>, V)>>(entries: I) -> Self {
        let mut this = Self::default();
        this.extend(entries);
        this
    }
}

impl<V, W: Width, A: Allocator + Default> Default for SymbolMap<V, W, A> {
    fn default() -> Self {
        Self::new_in(A::default())
    }
}

impl<V: Clone, W: Width, A: Allocator + Clone> Clone for SymbolMap<V, W, A> {
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }
}

impl<V: PartialEq, W: Width, A: Allocator, B: Allocator> PartialEq<SymbolMap<V, W, B>>
    for SymbolMap<V, W, A>
{
    fn eq(&self, other: &SymbolMap<V, W, B>) -> bool {
        self.len == other.len && self.iter().eq(other)
    }
}

impl<V: Eq, W: Width, A: Allocator> Eq for SymbolMap<V, W, A> {}

impl<V: fmt::Debug, W: Width, A: Allocator> fmt::Debug for SymbolMap<V, W, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
