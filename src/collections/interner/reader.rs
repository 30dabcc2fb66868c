#![expect(
    unsafe_code,
    reason = "makes texts of the engine's bytes, and offers access without a check"
)]
//! Texts that are only read.
//!
//! Invariant:
//!
//! 1. All texts of the engine are the bytes of a `T`.

use core::{fmt, marker::PhantomData, ops::Index};

use super::{Iter, Symbol, Text, Width};
use crate::{
    alloc::{Allocator, Global, Refusal},
    panics,
    raw::texts::Texts,
};

/// The texts of an interner without what is needed to find or to add one.
///
/// Shared between threads it needs no lock: it is `Sync` where its allocator is.
///
/// ```
/// use larder::Interner;
/// let mut words = Interner::new();
/// let plum = words.intern("plum");
/// let reader = words.freeze();
/// std::thread::scope(|threads| {
///     threads.spawn(|| assert_eq!(&reader[plum], "plum"));
/// });
/// ```
pub struct Reader<T: Text + ?Sized = str, W: Width = u32, A: Allocator = Global> {
    pub(super) texts: Texts<W, A>,
    kind: PhantomData<T>,
}

impl<T: Text + ?Sized, W: Width, A: Allocator> Reader<T, W, A> {
    /// What adds to `texts` from here on adds bytes of a `T` (1).
    pub(super) const fn over(texts: Texts<W, A>) -> Self {
        Self { texts, kind: PhantomData }
    }

    /// How many texts there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes all texts have together.
    #[must_use]
    pub const fn text_len(&self) -> usize {
        self.texts.text_len()
    }

    /// How many bytes are held from the allocator.
    #[must_use]
    pub const fn memory(&self) -> usize {
        self.texts.held()
    }

    /// The allocator.
    #[inline]
    #[must_use]
    pub const fn allocator(&self) -> &A {
        self.texts.allocator()
    }

    /// The text of a symbol; none, if the symbol is of an interner with more texts.
    #[inline]
    #[must_use]
    pub fn resolve(&self, symbol: Symbol<W>) -> Option<&T> {
        // SAFETY: the bytes are those of a `T` (1).
        self.texts.get(symbol.index()).map(|bytes| unsafe { T::from_bytes(bytes) })
    }

    /// The text of a symbol of ours.
    ///
    /// # Safety
    ///
    /// The index of the symbol is less than `len()`, as it is for all symbols that this interner gave
    /// since it was last cleared.
    #[inline]
    #[must_use]
    pub unsafe fn resolve_unchecked(&self, symbol: Symbol<W>) -> &T {
        // SAFETY: as promised to this method.
        let bytes = unsafe { self.texts.get_unchecked(symbol.index()) };
        // SAFETY: the bytes are those of a `T` (1).
        unsafe { T::from_bytes(bytes) }
    }

    /// The symbol of the text at a position, if there are so many.
    #[must_use]
    pub fn symbol_at(&self, index: usize) -> Option<Symbol<W>> {
        if index < self.len() { Symbol::from_index(index) } else { None }
    }

    /// All symbols and their texts, in the order in which they came.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> Iter<'_, T, W> {
        // SAFETY: the texts are bytes of a `T` (1), and the engine's ends go with its bytes.
        unsafe { Iter::new(self.texts.bytes(), self.texts.ends()) }
    }

    /// All symbols, in the order in which their texts came.
    pub fn symbols(
        &self,
    ) -> impl DoubleEndedIterator<Item = Symbol<W>> + ExactSizeIterator + use<T, W, A> {
        // All positions have a symbol.
        (0..self.len()).map(|index| Symbol::of(W::number(index + 1)))
    }

    /// The same texts with the same symbols, in memory of `alloc`, of which no more is taken than
    /// needed.
    ///
    /// # Errors
    ///
    /// When `alloc` refuses.
    pub fn try_clone_in<B: Allocator>(&self, alloc: B) -> Result<Reader<T, W, B>, Refusal> {
        Ok(Reader::over(self.texts.try_clone_in(alloc, false)?))
    }
}

impl<T: Text + ?Sized, W: Width, A: Allocator + Clone> Clone for Reader<T, W, A> {
    /// Shares nothing: the texts are copied.
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone_in(self.allocator().clone()))
    }
}

impl<T: Text + ?Sized, W: Width, A: Allocator> Index<Symbol<W>> for Reader<T, W, A> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, symbol: Symbol<W>) -> &T {
        match self.resolve(symbol) {
            Some(text) => text,
            None => foreign(symbol.index(), self.len()),
        }
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn foreign(index: usize, len: usize) -> ! {
    panic!("Symbol({index}) is of another interner: this one has {len} texts")
}

impl<'a, T: Text + ?Sized, W: Width, A: Allocator> IntoIterator for &'a Reader<T, W, A> {
    type Item = (Symbol<W>, &'a T);
    type IntoIter = Iter<'a, T, W>;

    fn into_iter(self) -> Iter<'a, T, W> {
        self.iter()
    }
}

/// Equal if the same symbols stand for the same texts.
impl<T: Text + ?Sized, W: Width, A: Allocator, B: Allocator> PartialEq<Reader<T, W, B>>
    for Reader<T, W, A>
{
    fn eq(&self, other: &Reader<T, W, B>) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<T: Text + ?Sized, W: Width, A: Allocator> Eq for Reader<T, W, A> {}

impl<T: Text + fmt::Debug + ?Sized, W: Width, A: Allocator> fmt::Debug for Reader<T, W, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
