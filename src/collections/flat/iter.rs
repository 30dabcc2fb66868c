#![allow(
    single_use_lifetimes,
    reason = "the macro names them where only some of its impls use them"
)]
//! The iterators of the map: two slices side by side, and the arrays themselves.

use core::{
    fmt,
    iter::{FusedIterator, Zip},
    slice,
};

use crate::{
    alloc::{Allocator, Global},
    collections::flat::{
        ByType, Search,
        store::{Drained, Sieve, Store},
    },
};

/// The methods of an iterator that is another one with its items changed. Where the inner iterator
/// is a pair of slices, `fold` becomes one loop over both.
macro_rules! through {
    ([$($params:tt)*] $type:ty, $item:ty, |$entry:ident| $map:expr) => {
        impl<$($params)*> Iterator for $type {
            type Item = $item;
            #[inline]
            fn next(&mut self) -> Option<Self::Item> {
                self.0.next().map(|$entry| $map)
            }
            #[inline]
            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
            #[inline]
            fn nth(&mut self, n: usize) -> Option<Self::Item> {
                self.0.nth(n).map(|$entry| $map)
            }
            #[inline]
            fn last(mut self) -> Option<Self::Item> {
                self.next_back()
            }
            #[inline]
            fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
                self.0.fold(init, |all, $entry| f(all, $map))
            }
        }
        impl<$($params)*> DoubleEndedIterator for $type {
            #[inline]
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.next_back().map(|$entry| $map)
            }
            #[inline]
            fn rfold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
                self.0.rfold(init, |all, $entry| f(all, $map))
            }
        }
        impl<$($params)*> ExactSizeIterator for $type {
            #[inline]
            fn len(&self) -> usize {
                self.0.len()
            }
        }
        impl<$($params)*> FusedIterator for $type {}
    };
}

/// Entries in order; of a map, or of a range of it.
pub struct Iter<'a, K, V>(Zip<slice::Iter<'a, K>, slice::Iter<'a, V>>);
through!(['a, K, V] Iter<'a, K, V>, (&'a K, &'a V), |entry| entry);

/// Entries in order, their values to change; of a map, or of a range of it.
///
/// It may be sent where keys may be, as no other sees them meanwhile.
pub struct IterMut<'a, K, V>(Zip<slice::IterMut<'a, K>, slice::IterMut<'a, V>>);
through!(['a, K, V] IterMut<'a, K, V>, (&'a K, &'a mut V), |entry| (&*entry.0, entry.1));

/// The entries of a range, in order.
pub type Range<'a, K, V> = Iter<'a, K, V>;

/// The entries of a range, in order, their values to change.
pub type RangeMut<'a, K, V> = IterMut<'a, K, V>;

/// Keys in order.
pub struct Keys<'a, K, V>(Iter<'a, K, V>);
through!(['a, K, V] Keys<'a, K, V>, &'a K, |entry| entry.0);

/// Values in the order of their keys.
pub struct Values<'a, K, V>(Iter<'a, K, V>);
through!(['a, K, V] Values<'a, K, V>, &'a V, |entry| entry.1);

/// Values in the order of their keys, to change.
pub struct ValuesMut<'a, K, V>(IterMut<'a, K, V>);
through!(['a, K, V] ValuesMut<'a, K, V>, &'a mut V, |entry| entry.1);

/// Entries in order, by value.
pub struct IntoIter<K, V, A: Allocator = Global, S: Search<K> = ByType>(Store<K, V, A, S>);

/// Keys in order, by value.
pub struct IntoKeys<K, V, A: Allocator = Global, S: Search<K> = ByType>(IntoIter<K, V, A, S>);
through!([K, V, A: Allocator, S: Search<K>] IntoKeys<K, V, A, S>, K, |entry| entry.0);

/// Values in the order of their keys, by value.
pub struct IntoValues<K, V, A: Allocator = Global, S: Search<K> = ByType>(IntoIter<K, V, A, S>);
through!([K, V, A: Allocator, S: Search<K>] IntoValues<K, V, A, S>, V, |entry| entry.1);

/// Entries of a range, taken out. What is left of them goes when this is dropped.
pub struct Drain<'a, K, V, S: Search<K> = ByType>(Drained<'a, K, V, S>);

/// Entries that a closure chooses, taken out.
pub struct ExtractIf<'a, K, V, F, S: Search<K> = ByType> {
    sieve: Sieve<'a, K, V, S>,
    /// None once it has panicked: it is not asked again.
    pred: Option<F>,
}

impl<'a, K, V> Iter<'a, K, V> {
    pub(super) fn new(keys: &'a [K], values: &'a [V]) -> Self {
        Self(keys.iter().zip(values))
    }
}

impl<'a, K, V> IterMut<'a, K, V> {
    pub(super) fn new(keys: &'a mut [K], values: &'a mut [V]) -> Self {
        Self(keys.iter_mut().zip(values))
    }
}

impl<'a, K, V> Keys<'a, K, V> {
    pub(super) const fn new(entries: Iter<'a, K, V>) -> Self {
        Self(entries)
    }
}

impl<'a, K, V> Values<'a, K, V> {
    pub(super) const fn new(entries: Iter<'a, K, V>) -> Self {
        Self(entries)
    }
}

impl<'a, K, V> ValuesMut<'a, K, V> {
    pub(super) const fn new(entries: IterMut<'a, K, V>) -> Self {
        Self(entries)
    }
}

impl<K, V, A: Allocator, S: Search<K>> IntoKeys<K, V, A, S> {
    pub(super) const fn new(entries: IntoIter<K, V, A, S>) -> Self {
        Self(entries)
    }
}

impl<K, V, A: Allocator, S: Search<K>> IntoValues<K, V, A, S> {
    pub(super) const fn new(entries: IntoIter<K, V, A, S>) -> Self {
        Self(entries)
    }
}

impl<'a, K, V, S: Search<K>> Drain<'a, K, V, S> {
    pub(super) const fn new(entries: Drained<'a, K, V, S>) -> Self {
        Self(entries)
    }
}

impl<'a, K, V, F, S: Search<K>> ExtractIf<'a, K, V, F, S> {
    pub(super) const fn new(sieve: Sieve<'a, K, V, S>, pred: F) -> Self {
        Self { sieve, pred: Some(pred) }
    }

    /// The next entry that `ask`, with the closure, is true of.
    #[inline]
    pub(super) fn next_by(&mut self, ask: impl Fn(&mut F, &K, &mut V) -> bool) -> Option<(K, V)> {
        let mut pred = self.pred.take()?;
        let mut next = None;
        while let Some((key, value)) = self.sieve.peek() {
            if ask(&mut pred, key, value) {
                next = self.sieve.take();
                break;
            }
            self.sieve.keep();
        }
        self.pred = Some(pred);
        next
    }

    /// The most that it may still take out.
    pub(super) const fn left(&self) -> usize {
        if self.pred.is_some() { self.sieve.left() } else { 0 }
    }
}

impl<K, V, A: Allocator, S: Search<K>> IntoIter<K, V, A, S> {
    pub(super) const fn new(store: Store<K, V, A, S>) -> Self {
        Self(store)
    }
}

impl<K, V, A: Allocator, S: Search<K>> Iterator for IntoIter<K, V, A, S> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        self.0.raw.take_first()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl<K, V, A: Allocator, S: Search<K>> DoubleEndedIterator for IntoIter<K, V, A, S> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        self.0.raw.take_last()
    }
}

impl<K, V, A: Allocator, S: Search<K>> ExactSizeIterator for IntoIter<K, V, A, S> {
    #[inline]
    fn len(&self) -> usize {
        self.0.raw.len()
    }
}

impl<K, V, A: Allocator, S: Search<K>> FusedIterator for IntoIter<K, V, A, S> {}

impl<K, V, S: Search<K>> Iterator for Drain<'_, K, V, S> {
    type Item = (K, V);

    #[inline]
    fn next(&mut self) -> Option<(K, V)> {
        self.0.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.left(), Some(self.0.left()))
    }
}

impl<K, V, S: Search<K>> DoubleEndedIterator for Drain<'_, K, V, S> {
    #[inline]
    fn next_back(&mut self) -> Option<(K, V)> {
        self.0.next_back()
    }
}

impl<K, V, S: Search<K>> ExactSizeIterator for Drain<'_, K, V, S> {}

impl<K, V, S: Search<K>> FusedIterator for Drain<'_, K, V, S> {}

impl<K, V, F: FnMut(&K, &mut V) -> bool, S: Search<K>> Iterator for ExtractIf<'_, K, V, F, S> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        self.next_by(|pred, key, value| pred(key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.left()))
    }
}

impl<K, V, F: FnMut(&K, &mut V) -> bool, S: Search<K>> FusedIterator for ExtractIf<'_, K, V, F, S> {}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Default for Iter<'_, K, V> {
    fn default() -> Self {
        Self::new(&[], &[])
    }
}

impl<K, V> Default for IterMut<'_, K, V> {
    fn default() -> Self {
        Self::new(&mut [], &mut [])
    }
}

/// The iterator over nothing.
macro_rules! empty {
    ($([$($params:tt)*] $type:ty)+) => {$(
        impl<$($params)*> Default for $type {
            fn default() -> Self {
                Self(Default::default())
            }
        }
    )+};
}

empty! {
    [K, V] Keys<'_, K, V>
    [K, V] Values<'_, K, V>
    [K, V] ValuesMut<'_, K, V>
    [K, V, A: Allocator + Default, S: Search<K>] IntoKeys<K, V, A, S>
    [K, V, A: Allocator + Default, S: Search<K>] IntoValues<K, V, A, S>
}

impl<K, V> Clone for Keys<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V> Clone for Values<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: fmt::Debug, V> fmt::Debug for Keys<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V: fmt::Debug> fmt::Debug for Values<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<K, V> fmt::Debug for ValuesMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValuesMut").field("left", &self.len()).finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for IntoIter<K, V, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Iter::new(self.0.raw.keys(), self.0.raw.values()).fmt(f)
    }
}

impl<K: fmt::Debug, V, A: Allocator, S: Search<K>> fmt::Debug for IntoKeys<K, V, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.0.raw.keys()).finish()
    }
}

impl<K, V: fmt::Debug, A: Allocator, S: Search<K>> fmt::Debug for IntoValues<K, V, A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.0.raw.values()).finish()
    }
}

impl<K, V, S: Search<K>> fmt::Debug for Drain<'_, K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").field("left", &self.0.left()).finish_non_exhaustive()
    }
}

impl<K, V, F, S: Search<K>> fmt::Debug for ExtractIf<'_, K, V, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").field("left", &self.left()).finish_non_exhaustive()
    }
}
