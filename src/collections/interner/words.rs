//! Words that are known when the program is compiled, and their symbols as constants.

use core::slice;

use super::Symbol;

/// A set of words whose symbols are constants: the position of each in the list.
///
/// An interner that begins with the set has these symbols for its words, of which a `match` may
/// speak, and whether a symbol is of the set is one comparison. A word that is there twice, or is
/// asked for and not there, does not compile where the set is a constant.
///
/// ```
/// use larder::{Interner, collections::interner::{Symbol, Words}};
/// const KEYWORDS: Words<3> = Words::new(["fn", "let", "match"]);
/// const LET: Symbol = KEYWORDS.symbol("let");
///
/// let mut words: Interner = KEYWORDS.iter().collect();
/// let name = words.intern("plum");
/// assert!(matches!(words.intern("let"), LET));
/// assert!(KEYWORDS.contains(LET) && !KEYWORDS.contains(name));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Words<const N: usize>([&'static str; N]);

impl<const N: usize> Words<N> {
    /// The set of these words, in this order.
    ///
    /// # Panics
    ///
    /// When a word is there twice. Meant for constants: it takes O(N²).
    #[must_use]
    pub const fn new(words: [&'static str; N]) -> Self {
        assert!(N < u32::MAX as usize, "more words than a symbol can count");
        let mut later = 0;
        while later < N {
            let mut earlier = 0;
            while earlier < later {
                assert!(!equal(words[earlier], words[later]), "a word is in the set twice");
                earlier += 1;
            }
            later += 1;
        }
        Self(words)
    }

    /// The symbol of `word`.
    ///
    /// # Panics
    ///
    /// When the word is not in the set. Meant for constants: it takes O(N).
    #[must_use]
    pub const fn symbol(&self, word: &str) -> Symbol {
        let mut index = 0;
        while index < N {
            if equal(self.0[index], word) {
                return Symbol::constant(index as u32);
            }
            index += 1;
        }
        panic!("the word is not in the set")
    }

    /// Whether a symbol of an interner that began with the set is of the set.
    #[inline]
    #[must_use]
    pub fn contains(&self, symbol: Symbol) -> bool {
        symbol.index() < N
    }

    /// The words in order: collect them into an interner, or extend an empty one by them, so that it
    /// has their symbols.
    pub fn iter(&self) -> slice::Iter<'_, &'static str> {
        self.0.iter()
    }
}

impl<'a, const N: usize> IntoIterator for &'a Words<N> {
    type Item = &'a &'static str;
    type IntoIter = slice::Iter<'a, &'static str>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// `==`, which constants do not have for strings.
const fn equal(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
