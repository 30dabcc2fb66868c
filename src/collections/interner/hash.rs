//! The hash of short texts.
//!
//! Two numbers of eight bytes are multiplied, to twice as many bits, and both halves of that folded
//! into one. The interner gives texts of up to 16 bytes as two numbers, and then their length; longer
//! ones are taken 16 bytes at a time. A seed goes in first.

use core::hash::{BuildHasher, Hasher};

/// Numbers without a pattern: the first bits of pi's fraction.
const PATTERNLESS: [u64; 3] = [0x2437_6a88_85a3_08d3, 0x1319_8a2e_0370_7345, 0xa409_3822_299f_31d1];

/// Makes the hashers that an [`Interner`](super::Interner) uses if it is given no other.
///
/// It is made for words, and costs about as much as reading them. Each one that is made by `default`
/// has a seed of its own, from addresses, so that texts chosen without knowledge of it do not collide
/// more often than others. Whoever can observe hashes can find it out: where that is a danger, take
/// std's `RandomState` instead.
#[derive(Clone, Debug)]
pub struct WordHash {
    seed: u64,
}

impl WordHash {
    /// Hashes are the same for the same seed.
    #[must_use]
    pub const fn with_seed(seed: u64) -> Self {
        Self { seed: seed ^ PATTERNLESS[0] }
    }
}

impl Default for WordHash {
    /// Seeded from where the program and this thread's stack are in memory.
    fn default() -> Self {
        static PLACE: u8 = 0;
        let local = 0_u8;
        let (program, stack) = ((&raw const PLACE).addr() as u64, (&raw const local).addr() as u64);
        Self::with_seed(fold(program ^ PATTERNLESS[1], stack ^ PATTERNLESS[2]))
    }
}

impl BuildHasher for WordHash {
    type Hasher = WordHasher;

    #[inline]
    fn build_hasher(&self) -> WordHasher {
        WordHasher { state: self.seed }
    }
}

/// What [`WordHash`] makes.
#[derive(Clone, Debug)]
pub struct WordHasher {
    state: u64,
}

impl WordHasher {
    /// Takes in a small number.
    #[inline]
    const fn count(&mut self, n: usize) {
        self.state = self.state.wrapping_add((n as u64).wrapping_mul(PATTERNLESS[2]));
    }
}

impl Hasher for WordHasher {
    #[inline(never)]
    fn write(&mut self, bytes: &[u8]) {
        let (whole, rest) = bytes.as_chunks::<16>();
        for sixteen in whole {
            self.write_u128(u128::from_le_bytes(*sixteen));
        }
        // The last bytes, some of which may have been taken in already.
        let last = bytes.last_chunk().copied().unwrap_or_else(|| {
            let mut padded = [0; 16];
            padded[..rest.len()].copy_from_slice(rest);
            padded
        });
        self.write_u128(u128::from_le_bytes(last));
        // The length tells texts apart whose last bytes are the same.
        self.count(bytes.len());
    }

    #[inline]
    fn write_u128(&mut self, both: u128) {
        self.state = fold(both as u64 ^ self.state, (both >> 64) as u64 ^ PATTERNLESS[1]);
    }

    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.count(n.into());
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.state
    }
}

/// The product, with its upper half folded into its lower.
#[inline]
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}
