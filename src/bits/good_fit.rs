//! Classes of free runs, and the search for the first class that serves a request, in constant time.
//!
//! Sizes are counted in granules, whatever a granule is. A run of `n` granules is in the class of
//! its leading bit and the [`STEP_BITS`] bits after it; up to twice [`STEPS`] granules each number
//! has a class of its own:
//!
//! ```text
//! class     0   1   2 ... 127 |   128     129   ...   191   |   192     193 ...
//! granules  0   1   2 ... 127 | 128-129 130-131 ... 254-255 | 256-259 260-263 ...
//! ```
//!
//! A request is rounded **up** to a class ([`class_for`]), so that every run there is long enough
//! and the first is taken without a search; a run is rounded **down** ([`class_of`]). This is the
//! two-level segregated fit of Masmano, Ripoll, Crespo and Real (2004). [`Occupied`] is the two
//! levels: a bit for each class, and a bit for each word of those.

use core::cell::Cell;

/// Bits of a class behind the leading one.
pub const STEP_BITS: u32 = 6;

/// Classes to each doubling.
pub const STEPS: usize = 1 << STEP_BITS;

/// How many classes there are for runs of up to `usize::MAX` bytes in granules of two words.
pub const CLASSES: usize = class_of(usize::MAX / (2 * size_of::<usize>())) + 1;

const WORD: usize = u64::BITS as usize;
/// A power of two, so that a masked index needs no check.
const WORDS: usize = CLASSES.div_ceil(WORD).next_power_of_two();

#[inline]
const fn shift_of(granules: usize) -> u32 {
    (granules | STEPS).ilog2() - STEP_BITS
}

/// The class that a run of `granules` belongs to.
///
/// ```
/// use larder::bits::good_fit::class_of;
/// assert_eq!([0, 127, 128, 129, 130].map(class_of), [0, 127, 128, 128, 129]);
/// ```
#[inline]
#[must_use]
pub const fn class_of(granules: usize) -> usize {
    let shift = shift_of(granules);
    shift as usize * STEPS + (granules >> shift)
}

/// The lowest class whose runs all have at least `granules`.
///
/// ```
/// use larder::bits::good_fit::class_for;
/// assert_eq!([127, 128, 129, 130].map(class_for), [127, 128, 129, 129]);
/// ```
#[inline]
#[must_use]
pub const fn class_for(granules: usize) -> usize {
    let below_a_step = (1 << shift_of(granules)) - 1;
    class_of(granules.saturating_add(below_a_step))
}

/// Which classes have a run: starts with none.
#[derive(Debug)]
pub struct Occupied {
    words: [Cell<u64>; WORDS],
    summary: Cell<u64>,
}

impl Default for Occupied {
    fn default() -> Self {
        Self::new()
    }
}

impl Occupied {
    /// No class has a run.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: [const { Cell::new(0) }; WORDS], summary: Cell::new(0) }
    }

    /// Marks `class` as having a run.
    #[inline]
    pub fn set(&self, class: usize) {
        let word = class / WORD % WORDS;
        let before = self.words[word].get();
        self.words[word].set(before | 1 << (class % WORD));
        if before == 0 {
            self.summary.set(self.summary.get() | 1 << word);
        }
    }

    /// Marks `class` as having none, if `empty`.
    #[inline]
    pub fn clear_if(&self, class: usize, empty: bool) {
        let word = class / WORD % WORDS;
        let left = self.words[word].get() & !(u64::from(empty) << (class % WORD));
        self.words[word].set(left);
        if left == 0 {
            self.summary.set(self.summary.get() & !(1 << word));
        }
    }

    /// The lowest class from `class` on that has a run.
    ///
    /// ```
    /// use larder::bits::good_fit::Occupied;
    /// let classes = Occupied::new();
    /// classes.set(300);
    /// assert_eq!((classes.first_from(5), classes.first_from(300)), (Some(300), Some(300)));
    /// assert_eq!(classes.first_from(301), None);
    /// ```
    #[inline]
    #[must_use]
    pub fn first_from(&self, class: usize) -> Option<usize> {
        let mut word = class / WORD;
        if word >= WORDS {
            return None;
        }
        let mut found = self.words[word].get() & u64::MAX << (class % WORD);
        if found == 0 {
            let above = self.summary.get() & (u64::MAX << word) << 1;
            if above == 0 {
                return None;
            }
            word = above.trailing_zeros() as usize % WORDS;
            found = self.words[word].get();
        }
        Some(word * WORD + found.trailing_zeros() as usize)
    }

    /// The highest class that has a run.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        match self.summary.get().checked_ilog2() {
            Some(word) => {
                let word = word as usize % WORDS;
                Some(word * WORD + self.words[word].get().ilog2() as usize)
            }
            None => None,
        }
    }
}
