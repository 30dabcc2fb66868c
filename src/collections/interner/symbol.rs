//! What stands for a text.

use core::fmt;

use crate::raw::texts::Width;

/// A text, as a number: as wide as `W`, and so is its `Option`.
///
/// Symbols count up from index 0 in the order in which texts came. They are equal exactly if the
/// texts are, as long as they are of one interner; a symbol does not know of which.
///
/// ```
/// use larder::{Interner, collections::interner::Symbol};
/// let mut words = Interner::new();
/// let plum = words.intern("plum");
/// assert_eq!((plum.index(), Symbol::from_index(0)), (0, Some(plum)));
/// assert_eq!(size_of::<Option<Symbol>>(), 4);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol<W: Width = u32>(W::NonZero);

impl<W: Width> Symbol<W> {
    /// The symbol of the text at a position, if `W` is so wide.
    #[inline]
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        if index < W::MOST_TEXTS { W::number(index + 1).non_zero().map(Self) } else { None }
    }

    /// The position of the text.
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        W::from_non_zero(self.0).to_usize() - 1
    }

    /// The symbol of a number that the engine gave, which is not 0.
    #[inline]
    pub(super) fn of(number: W) -> Self {
        match number.non_zero() {
            Some(number) => Self(number),
            None => unreachable!("texts are numbered from 1"),
        }
    }
}

impl Symbol {
    /// [`from_index`](Self::from_index) for constants.
    pub(super) const fn constant(index: u32) -> Self {
        match core::num::NonZero::new(index + 1) {
            Some(number) => Self(number),
            None => unreachable!(),
        }
    }
}

impl<W: Width> fmt::Debug for Symbol<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Symbol({})", self.index())
    }
}
