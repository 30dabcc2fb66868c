//! Texts as small numbers: each text is stored once, and is the same number each time.
//!
//! All texts lie one after the other in one block, their ends in a second, and the table that finds
//! them in a third, with their hashes, so that it grows without reading any text. A symbol is the
//! position in which its text came; resolving it reads two ends. [`Interner::freeze`] gives up the
//! table, and leaves a [`Reader`].
//!
//! | to | take |
//! |---|---|
//! | intern strings, bytes, `OsStr`s | [`Interner<str>`](Interner), `Interner<[u8]>`, `Interner<OsStr>` |
//! | intern fewer or more than `u32` counts | `Interner<str, u16>`, `Interner<str, u64>` |
//! | have symbols that are constants | [`Words`] |
//! | only resolve | [`Reader`] |
//! | map symbols to values, or collect them | [`SymbolMap`], [`SymbolSet`] |
//!
//! # Memory
//!
//! With `u32`, a text of `n` bytes takes `n + 4` bytes frozen, and `n + 4 + 8 / f` live, where `f`, the
//! part of the table that is in use, is between 13/32 and 13/16. Blocks double when they are full, until
//! [`shrink_to_fit`](Interner::shrink_to_fit). `u16` takes the same, `u64` `n + 8` and `n + 8 + 16 / f`.
//!
//! # What it does not promise
//!
//! A symbol does not know its interner: another one has another text for it, or none, but nothing
//! worse. Texts are not forgotten one by one, only all at once. Addresses of texts change when the
//! interner grows.

mod hash;
mod iter;
pub mod map;
mod reader;
#[cfg(feature = "serde")]
mod serde;
mod set;
mod symbol;
mod text;
mod traits;
mod words;

use core::{
    hash::{BuildHasher, Hasher},
    ops::Deref,
};

pub use self::{
    hash::{WordHash, WordHasher},
    iter::Iter,
    map::SymbolMap,
    reader::Reader,
    set::SymbolSet,
    symbol::Symbol,
    text::Text,
    words::Words,
};
pub use crate::raw::texts::Width;
use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    panics,
    raw::{
        buffer::Growth,
        texts::{Ends, Texts},
    },
};

/// Texts of the kind `T`, each stored once in memory of `A`, with symbols as wide as `W`, found by the
/// hashes of `S`.
///
/// What can be done without adding is at [`Reader`], which it lends.
///
/// ```
/// use larder::Interner;
/// let mut words = Interner::new();
/// let [a, rose] = ["a", "rose"].map(|word| words.intern(word));
/// assert_eq!(words.intern("rose"), rose);
/// assert_eq!((words.get("rose"), words.get("plum")), (Some(rose), None));
/// assert_eq!((words.resolve(a), &words[rose]), (Some("a"), "rose"));
/// let reader = words.freeze();
/// assert_eq!(reader.iter().collect::<Vec<_>>(), [(a, "a"), (rose, "rose")]);
/// ```
pub struct Interner<T: Text + ?Sized = str, W: Width = u32, S = WordHash, A: Allocator = Global> {
    reader: Reader<T, W, A>,
    hasher: S,
}

impl Interner {
    /// No strings. Allocates nothing. Other kinds of texts, and other widths, begin with
    /// [`default`](Default::default) or [`new_in`](Self::new_in).
    #[must_use]
    pub fn new() -> Self {
        Self::new_in(Global)
    }

    /// No strings, and room for `texts` that have `bytes` together.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity(texts: usize, bytes: usize) -> Self {
        Self::with_capacity_in(texts, bytes, Global)
    }
}

impl<T: Text + ?Sized, W: Width, S: Default, A: Allocator> Interner<T, W, S, A> {
    /// No texts; memory will come from `alloc`. Allocates nothing.
    #[must_use]
    pub fn new_in(alloc: A) -> Self {
        Self::with_hasher_in(S::default(), alloc)
    }

    /// No texts, and room for `texts` that have `bytes` together.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn with_capacity_in(texts: usize, bytes: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(texts, bytes, alloc))
    }

    /// [`with_capacity_in`](Self::with_capacity_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused, or `W` cannot count so many.
    pub fn try_with_capacity_in(texts: usize, bytes: usize, alloc: A) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.reader.texts.make_room(texts, bytes, Growth::Exact)?;
        Ok(this)
    }
}

impl<T: Text + ?Sized, W: Width, S, A: Allocator> Interner<T, W, S, A> {
    /// No texts; they will be hashed by `hasher`. Allocates nothing.
    #[must_use]
    pub const fn with_hasher_in(hasher: S, alloc: A) -> Self {
        Self { reader: Reader::over(Texts::new_in(alloc)), hasher }
    }

    /// Refuses to hold more than `bytes` from now on; see [`memory`](Reader::memory). While a block
    /// grows the old one is there as well, which is not counted.
    ///
    /// ```
    /// use larder::{Interner, alloc::Cause};
    /// let mut words = Interner::new().with_memory_limit(1000);
    /// let refusal = (0..).find_map(|n| words.try_intern(&n.to_string()).err()).unwrap();
    /// assert!(matches!(refusal.cause, Cause::Limit { limit: 1000, .. }));
    /// assert!(words.len() > 20 && words.memory() <= 1000);
    /// ```
    #[must_use]
    pub const fn with_memory_limit(mut self, bytes: usize) -> Self {
        self.set_memory_limit(Some(bytes));
        self
    }

    /// Changes the limit. What is held already stays, even if it is more.
    pub const fn set_memory_limit(&mut self, bytes: Option<usize>) {
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => usize::MAX,
        };
        self.reader.texts.set_limit(bytes);
    }

    /// How many bytes may be held, if there is a limit.
    #[must_use]
    pub const fn memory_limit(&self) -> Option<usize> {
        match self.reader.texts.limit() {
            usize::MAX => None,
            bytes => Some(bytes),
        }
    }

    /// What hashes the texts.
    #[must_use]
    pub const fn hasher(&self) -> &S {
        &self.hasher
    }

    /// How many texts there can be before memory is asked for, if there is room for their bytes.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.reader.texts.capacity()
    }

    /// Makes room for `texts` more that have `bytes` together.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        panics::granted(self.try_reserve(texts, bytes));
    }

    /// [`reserve`](Self::reserve), or an error.
    ///
    /// # Errors
    ///
    /// When memory or the limit refuses, or `W` cannot count so many; no text is lost.
    pub fn try_reserve(&mut self, texts: usize, bytes: usize) -> Result<(), Refusal> {
        self.reader.texts.make_room(texts, bytes, Growth::Doubled)
    }

    /// Gives back memory that the texts do not need. O(texts).
    ///
    /// # Panics
    ///
    /// When the allocator refuses a smaller block.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        panics::granted(self.try_shrink_to(0, 0));
    }

    /// Gives back memory that neither the texts need, nor so many with so many bytes. O(texts).
    ///
    /// # Errors
    ///
    /// When the allocator refuses a smaller block; no text is lost.
    pub fn try_shrink_to(&mut self, texts: usize, bytes: usize) -> Result<(), Refusal> {
        self.reader.texts.shrink(texts, bytes)
    }

    /// Forgets all texts, and keeps the memory. Symbols will be given out again from the first. O(capacity).
    pub fn clear(&mut self) {
        self.reader.texts.clear();
    }

    /// Gives up the table, and what memory the texts do not need; symbols stay what they are.
    #[must_use]
    pub fn freeze(self) -> Reader<T, W, A> {
        let mut reader = self.reader;
        reader.texts.drop_table();
        // An allocator that refuses a smaller block leaves the larger.
        let _ = reader.texts.shrink(0, 0);
        reader
    }
}

impl<T: Text + ?Sized, W: Width, S: BuildHasher, A: Allocator> Interner<T, W, S, A> {
    /// The hash of a text: of its ends and its length where these are all of it.
    #[inline]
    fn hash(&self, text: &Ends<'_>) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        if let Some(ends) = text.short() {
            hasher.write_u128(ends);
            hasher.write_u8(text.bytes().len() as u8);
        } else {
            hasher.write(text.bytes());
        }
        let hash = hasher.finish();
        (hash ^ (hash >> 32)) as u32
    }

    /// The symbol of `text`, if it has one.
    #[inline]
    pub fn get(&self, text: &T) -> Option<Symbol<W>> {
        let text = Ends::of(text.as_bytes());
        self.reader.texts.find(self.hash(&text), &text).map(Symbol::of)
    }

    /// Whether `text` has a symbol.
    #[inline]
    pub fn contains(&self, text: &T) -> bool {
        self.get(text).is_some()
    }

    /// The symbol of `text`, which is stored if it is new.
    ///
    /// # Panics
    ///
    /// When memory or the limit refuses, or `W` has no more symbols.
    #[doc(alias = "get_or_intern")]
    #[inline]
    #[track_caller]
    pub fn intern(&mut self, text: &T) -> Symbol<W> {
        panics::granted(self.try_intern(text))
    }

    /// [`intern`](Self::intern), or an error.
    ///
    /// ```
    /// use larder::{Interner, alloc::{Cause, Null}, collections::interner::WordHash};
    /// let mut none = Interner::<str, u32, WordHash, _>::new_in(Null);
    /// assert!(matches!(none.try_intern("a").unwrap_err().cause, Cause::Upstream { .. }));
    /// ```
    ///
    /// # Errors
    ///
    /// When memory or the limit refuses, or `W` has no more symbols; no text is lost.
    #[doc(alias = "try_get_or_intern")]
    #[inline]
    pub fn try_intern(&mut self, text: &T) -> Result<Symbol<W>, Refusal> {
        let text = Ends::of(text.as_bytes());
        self.reader.texts.intern(self.hash(&text), &text).map(Symbol::of)
    }

    /// Interns all of `texts`, or gives back the one that found no room; those before it are there.
    ///
    /// # Errors
    ///
    /// As [`try_intern`](Self::try_intern).
    pub fn try_extend<I>(&mut self, texts: I) -> Result<(), Refused<I::Item>>
    where
        I: IntoIterator<Item: AsRef<T>>,
    {
        for text in texts {
            if let Err(refusal) = self.try_intern(text.as_ref()) {
                return Err(Refused::new(text, refusal));
            }
        }
        Ok(())
    }
}

impl<T: Text + ?Sized, W: Width, S: Clone, A: Allocator> Interner<T, W, S, A> {
    /// The same texts with the same symbols, in memory of `alloc`, of which no more is taken than
    /// needed.
    ///
    /// # Errors
    ///
    /// When `alloc` refuses.
    pub fn try_clone_in<B: Allocator>(&self, alloc: B) -> Result<Interner<T, W, S, B>, Refusal> {
        let texts = self.reader.texts.try_clone_in(alloc, true)?;
        Ok(Interner { reader: Reader::over(texts), hasher: self.hasher.clone() })
    }

    /// [`try_clone_in`](Self::try_clone_in) a clone of the allocator.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        self.try_clone_in(self.allocator().clone())
    }
}

impl<T: Text + ?Sized, W: Width, S, A: Allocator> Deref for Interner<T, W, S, A> {
    type Target = Reader<T, W, A>;

    #[inline]
    fn deref(&self) -> &Reader<T, W, A> {
        &self.reader
    }
}
