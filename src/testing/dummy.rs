//! Elements that a container must survive.

use core::{
    cell::Cell,
    cmp::Ordering,
    hash::{Hash, Hasher},
};
use std::thread::panicking;

/// Counts what happens to its [`CrashDummy`]s, and tells them when to panic.
#[derive(Debug, Default)]
pub struct Tally {
    made: Cell<usize>,
    clones: Cell<usize>,
    drops: Cell<usize>,
    clones_left: Cell<Option<usize>>,
    drops_left: Cell<Option<usize>>,
}

impl Tally {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A new dummy.
    pub fn dummy(&self, id: u32) -> CrashDummy<'_> {
        self.made.set(self.made.get() + 1);
        CrashDummy { tally: self, id }
    }

    /// How many clones were made.
    pub fn clones(&self) -> usize {
        self.clones.get()
    }

    /// How many dummies were dropped, those included whose drop panicked.
    pub fn drops(&self) -> usize {
        self.drops.get()
    }

    /// How many dummies are there; `None` if more were dropped than ever existed.
    pub fn live(&self) -> Option<usize> {
        (self.made.get() + self.clones.get()).checked_sub(self.drops.get())
    }

    /// Lets `n` more clones succeed; the one after that panics, and clears the command.
    pub fn panic_after_clones(&self, n: usize) {
        self.clones_left.set(Some(n));
    }

    /// Lets `n` more drops succeed; the one after that panics, and clears the command. During a
    /// panic no drop panics.
    pub fn panic_after_drops(&self, n: usize) {
        self.drops_left.set(Some(n));
    }
}

fn is_due(left: &Cell<Option<usize>>) -> bool {
    let now = left.get();
    left.set(now.and_then(|n| n.checked_sub(1)));
    now == Some(0)
}

/// A value that counts its clones and drops in a [`Tally`] and panics on its command. Equality,
/// order and hash are those of `id`.
#[derive(Debug)]
pub struct CrashDummy<'t> {
    tally: &'t Tally,
    /// What it is known by; clones share it.
    pub id: u32,
}

impl Clone for CrashDummy<'_> {
    fn clone(&self) -> Self {
        assert!(!is_due(&self.tally.clones_left), "a clone panics on command");
        self.tally.clones.set(self.tally.clones.get() + 1);
        Self { ..*self }
    }
}

impl Drop for CrashDummy<'_> {
    fn drop(&mut self) {
        self.tally.drops.set(self.tally.drops.get() + 1);
        if !panicking() {
            assert!(!is_due(&self.tally.drops_left), "a drop panics on command");
        }
    }
}

impl PartialEq for CrashDummy<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for CrashDummy<'_> {}

impl PartialOrd for CrashDummy<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CrashDummy<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl Hash for CrashDummy<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

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

#[cfg(test)]
mod tests {
    use core::panic::AssertUnwindSafe;
    use std::{panic::catch_unwind, vec::Vec};

    use super::*;

    #[test]
    fn dummies_count_and_panic() {
        let tally = Tally::new();
        let dummies: Vec<_> = (0..5).map(|id| tally.dummy(id)).collect();
        tally.panic_after_clones(3);
        assert!(catch_unwind(AssertUnwindSafe(|| dummies.clone())).is_err());
        assert_eq!((tally.clones(), tally.drops(), tally.live()), (3, 3, Some(5)));
        tally.panic_after_drops(1);
        assert!(catch_unwind(AssertUnwindSafe(|| drop(dummies))).is_err());
        assert_eq!((tally.drops(), tally.live()), (8, Some(0)));
    }

    #[test]
    fn chaos_does_not_repeat_itself() {
        let value = ChaoticOrd::new(1, 9);
        let answers: Vec<_> = (0..50).map(|_| value.cmp(&value)).collect();
        assert!(answers.iter().any(|a| *a != answers[0]));
    }
}
