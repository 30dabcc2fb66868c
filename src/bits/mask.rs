//! A mask of 64 slots: which are taken, and the first that is free.
//!
//! The word is the whole state; the type only gives its bits names. Blocks of slots, bitmaps of
//! chunks and directories of masks are arrays of it.

/// How many slots a mask has.
pub const SLOTS: usize = 64;

/// Sixty-four slots, each taken or free. Starts with all of them free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mask(u64);

impl Mask {
    /// All slots free.
    pub const EMPTY: Self = Self(0);

    /// All slots taken.
    pub const FULL: Self = Self(u64::MAX);

    /// The mask with the first `count` slots taken; all of them from 64 on.
    ///
    /// ```
    /// use larder::bits::mask::Mask;
    /// assert_eq!(Mask::first(3).count(), 3);
    /// assert_eq!(Mask::first(64), Mask::FULL);
    /// ```
    #[inline]
    #[must_use]
    pub const fn first(count: usize) -> Self {
        if count >= SLOTS { Self::FULL } else { Self((1 << count) - 1) }
    }

    /// The mask as a word, slot 0 in the lowest bit.
    #[inline]
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The mask that such a word stands for.
    #[inline]
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// How many slots are taken.
    #[inline]
    #[must_use]
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether `slot` is taken; slots from 64 on do not exist and are not.
    #[inline]
    #[must_use]
    pub const fn is_taken(self, slot: usize) -> bool {
        slot < SLOTS && self.0 >> slot & 1 == 1
    }

    /// Takes `slot`. Returns whether it was free before; slots from 64 on never are.
    ///
    /// ```
    /// use larder::bits::mask::Mask;
    /// let mut mask = Mask::EMPTY;
    /// assert!(mask.take(5));
    /// assert!(!mask.take(5));
    /// assert!(!mask.take(64));
    /// ```
    #[inline]
    pub const fn take(&mut self, slot: usize) -> bool {
        if slot >= SLOTS || self.is_taken(slot) {
            return false;
        }
        self.0 |= 1 << slot;
        true
    }

    /// Frees `slot`. Returns whether it was taken before.
    #[inline]
    pub const fn free(&mut self, slot: usize) -> bool {
        if !self.is_taken(slot) {
            return false;
        }
        self.0 &= !(1 << slot);
        true
    }

    /// The lowest free slot, if one is.
    ///
    /// ```
    /// use larder::bits::mask::Mask;
    /// assert_eq!(Mask::first(7).lowest_free(), Some(7));
    /// assert_eq!(Mask::FULL.lowest_free(), None);
    /// ```
    #[inline]
    #[must_use]
    pub const fn lowest_free(self) -> Option<usize> {
        if self.0 == u64::MAX { None } else { Some(self.0.trailing_ones() as usize) }
    }

    /// The taken slots, lowest first.
    ///
    /// ```
    /// use larder::bits::mask::Mask;
    /// let taken: Vec<usize> = Mask::from_bits(0b1010_0001).taken().collect();
    /// assert_eq!(taken, [0, 5, 7]);
    /// ```
    #[inline]
    #[must_use]
    pub const fn taken(self) -> Taken {
        Taken(self.0)
    }
}

/// The taken slots of a [`Mask`], lowest first.
#[derive(Clone, Debug)]
pub struct Taken(u64);

impl Iterator for Taken {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let slot = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(slot)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.count_ones() as usize;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Taken {}
impl core::iter::FusedIterator for Taken {}
