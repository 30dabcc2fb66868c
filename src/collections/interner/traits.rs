//! What an interner has in common with std's collections.

use core::{
    fmt,
    hash::BuildHasher,
    ops::{Deref, Index},
};

use super::{Interner, Iter, Symbol, Text, Width};
use crate::{
    alloc::{Allocator, Refused},
    panics,
};

impl<T, W, S, A> Clone for Interner<T, W, S, A>
where
    T: Text + ?Sized,
    W: Width,
    S: Clone,
    A: Allocator + Clone,
{
    /// Shares nothing: the texts are copied, in O(their bytes).
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }
}

impl<T: Text + ?Sized, W: Width, S: Default, A: Allocator + Default> Default
    for Interner<T, W, S, A>
{
    fn default() -> Self {
        Self::new_in(A::default())
    }
}

impl<T, W, S, A> Interner<T, W, S, A>
where
    T: Text + ?Sized,
    W: Width,
    S: BuildHasher + Default,
    A: Allocator,
{
    /// All of `texts`, each once, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused, or `W` has not enough symbols.
    #[track_caller]
    pub fn from_iter_in<I: IntoIterator<Item: AsRef<T>>>(texts: I, alloc: A) -> Self {
        panics::taken(Self::try_from_iter_in(texts, alloc))
    }

    /// [`from_iter_in`](Self::from_iter_in), or the text that found no room.
    ///
    /// # Errors
    ///
    /// When memory is refused, or `W` has not enough symbols.
    pub fn try_from_iter_in<I>(texts: I, alloc: A) -> Result<Self, Refused<I::Item>>
    where
        I: IntoIterator<Item: AsRef<T>>,
    {
        let mut this = Self::new_in(alloc);
        this.try_extend(texts)?;
        Ok(this)
    }
}

impl<T, W, S, A, X> FromIterator<X> for Interner<T, W, S, A>
where
    T: Text + ?Sized,
    W: Width,
    S: BuildHasher + Default,
    A: Allocator + Default,
    X: AsRef<T>,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = X>>(texts: I) -> Self {
        Self::from_iter_in(texts, A::default())
    }
}

impl<T, W, S, A, X> Extend<X> for Interner<T, W, S, A>
where
    T: Text + ?Sized,
    W: Width,
    S: BuildHasher,
    A: Allocator,
    X: AsRef<T>,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = X>>(&mut self, texts: I) {
        panics::taken(self.try_extend(texts));
    }
}

/// Equal if the same symbols stand for the same texts, however they are hashed.
impl<T, W, S, A, R, B> PartialEq<Interner<T, W, R, B>> for Interner<T, W, S, A>
where
    T: Text + ?Sized,
    W: Width,
    A: Allocator,
    B: Allocator,
{
    fn eq(&self, other: &Interner<T, W, R, B>) -> bool {
        self.deref() == other.deref()
    }
}

impl<T: Text + ?Sized, W: Width, S, A: Allocator> Eq for Interner<T, W, S, A> {}

impl<T: Text + ?Sized, W: Width, S, A: Allocator> Index<Symbol<W>> for Interner<T, W, S, A> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, symbol: Symbol<W>) -> &T {
        &self.deref()[symbol]
    }
}

impl<'a, T: Text + ?Sized, W: Width, S, A: Allocator> IntoIterator for &'a Interner<T, W, S, A> {
    type Item = (Symbol<W>, &'a T);
    type IntoIter = Iter<'a, T, W>;

    fn into_iter(self) -> Iter<'a, T, W> {
        self.iter()
    }
}

impl<T: Text + fmt::Debug + ?Sized, W: Width, S, A: Allocator> fmt::Debug for Interner<T, W, S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.deref().fmt(f)
    }
}
