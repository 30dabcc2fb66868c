//! Lies about equality, order and hash.

use core::{
    cell::Cell,
    cmp::Ordering,
    hash::{Hash, Hasher},
};

/// A value whose equality, order and hash lie: they are random, the same for the same seed. Sorting
/// and searching such values may give any order and any answer, but must do no harm.
#[derive(Clone, Debug)]
pub struct ChaoticOrd {
    /// What it is really known by.
    pub id: u32,
    state: Cell<u64>,
}

impl ChaoticOrd {
    /// A value that lies as `seed` has it.
    #[must_use]
    pub const fn new(id: u32, seed: u64) -> Self {
        Self { id, state: Cell::new(seed) }
    }

    fn lie(&self) -> u64 {
        let next = self.state.get().wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        self.state.set(next);
        next >> 33
    }
}

impl PartialEq for ChaoticOrd {
    fn eq(&self, _: &Self) -> bool {
        self.lie().is_multiple_of(3)
    }
}

impl Eq for ChaoticOrd {}

impl PartialOrd for ChaoticOrd {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ChaoticOrd {
    fn cmp(&self, _: &Self) -> Ordering {
        [Ordering::Less, Ordering::Equal, Ordering::Greater][(self.lie() % 3) as usize]
    }
}

impl Hash for ChaoticOrd {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.lie());
    }
}
