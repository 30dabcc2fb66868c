#![expect(unsafe_code, reason = "reads nodes of keys through raw pointers")]
//! Search in a sorted array of integers, by nodes of 16 and by what the processor can do.
//!
//! ```text
//!   levels   | 16 samples |                                       of the nodes below
//!            | 16 | 16 | 16 | ...                                 of the leaves
//!   leaves   | 16 keys | 16 | 16 | 16 | 16 | 16 | ...             the sorted array itself
//! ```
//!
//! An S+ tree (see en.algorithmica.org/hpc/data-structures/s-tree) whose leaves **are** the array
//! that it searches: only the last key of each leaf is copied into the level above, the last of each
//! 16 copies into the next one, and so on, so that order and iteration stay as they are and the
//! levels cost a fifteenth of the keys, and never more than a seventh. A search counts, node by node from the top, how many of 16
//! keys are less than the one that is sought; that has no branch to mispredict, and one or two
//! instructions do it for a whole node where there are vectors.
//!
//! The levels lie topmost first, in places that do not depend on how many there are: 16 samples,
//! then 256, then 4096. Only the lowest is cut to what the leaves need.
//!
//! Invariants of a [`Tree`]:
//!
//! 1. `slots` is a multiple of 16 and not 0. All slots, and all places of the levels, are
//!    initialised and can be read.
//! 2. The slots before the array are `MIN`, those behind it `MAX`.
//! 3. The sample of a leaf is its last key, and that of a node its last sample; but the sample of the
//!    last leaf is `MAX`, and so is every place that has nothing to stand for.
//!
//! By 3 the last node of each level that stands for anything has a sample that no key is greater than,
//! so a search never leaves the tree, whatever the keys are and whatever order they are in. If they
//! are sorted, each node that is met has a sample that is not less than what is sought, other than
//! the leaf, and the search finds the first key that is not less.
//!
//! One node alone is searched by halves, four steps of three instructions, as part of whatever calls; where there
//! are levels it is one call. Without AVX-512, levels are left out as well as long as all slots fit into
//! the nearest cache: halves of a known number are less work there than nodes.
//!
//! NEON has no instructions that turn a comparison into a mask, and needs none: counting is what it
//! does, and the compiler writes it so from the plain loop.

mod lane;
#[cfg_attr(all(target_arch = "x86_64", feature = "std"), path = "x86.rs")]
#[cfg_attr(not(all(target_arch = "x86_64", feature = "std")), path = "plain.rs")]
mod native;
#[cfg(all(target_arch = "x86_64", feature = "std"))]
mod plain;

#[cfg(test)]
mod tests;

use core::ptr::NonNull;

pub(crate) use lane::Lane;

/// Keys in a node.
pub(crate) const NODE: usize = 16;

/// How many levels there are above `slots` slots.
#[inline]
pub(crate) const fn depth(slots: usize) -> u32 {
    let leaves = slots / NODE;
    if leaves <= 1 { 0 } else { (usize::BITS - (leaves - 1).leading_zeros()).div_ceil(4) }
}

/// Where the level `nth` from the top begins: behind levels of 16, 256, ... samples.
#[inline]
const fn level_at(nth: u32) -> usize {
    ((1 << (4 * nth)) - 1) / 15 * NODE
}

/// How many samples the levels above `slots` slots have room for.
pub(crate) const fn samples(slots: usize) -> usize {
    match depth(slots) {
        0 => 0,
        depth => level_at(depth - 1) + (slots / NODE).next_multiple_of(NODE),
    }
}

/// Where slots and levels are. They keep the invariants above, and whoever calls says so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tree<L> {
    pub(crate) leaves: NonNull<L>,
    pub(crate) levels: NonNull<L>,
    pub(crate) slots: usize,
}

impl<L: Lane> Tree<L> {
    /// The first slot that is not less than `key`, or the last slot if there is none, and what it holds. Any
    /// slot, if they are not sorted.
    ///
    /// # Safety
    ///
    /// The tree keeps its invariants.
    #[inline]
    pub(crate) unsafe fn near(self, key: L) -> (usize, L) {
        let slot = if self.slots <= NODE {
            // SAFETY: all of the only node can be read (1).
            unsafe { native::among_first(self.leaves, key) }
        } else {
            // SAFETY: as promised to this method, and there are levels.
            unsafe { native::near(self.leaves, self.levels, self.slots, key) }
        };
        // SAFETY: one of the slots.
        (slot, unsafe { self.rank(slot) })
    }

    /// The slots [`near`](Self::near) each key; the searches wait for memory together.
    ///
    /// # Safety
    ///
    /// The tree keeps its invariants.
    #[inline]
    pub(crate) unsafe fn near_many<const N: usize>(self, keys: &[L; N]) -> [usize; N] {
        // SAFETY: as promised to this method.
        unsafe { native::near_many(self, keys) }
    }

    /// What a slot holds.
    ///
    /// # Safety
    ///
    /// `slot < slots`, and all of them are initialised (1).
    #[inline]
    pub(crate) unsafe fn rank(self, slot: usize) -> L {
        // SAFETY: one of the slots, as promised.
        unsafe { self.leaves.as_ptr().wrapping_add(slot).read() }
    }

    /// How many of all slots are less than each of the first `places.len()`; the slots need not be
    /// sorted. Each is compared with each, which is less than it sounds as long as there are few.
    ///
    /// # Safety
    ///
    /// Invariant 1 holds of the slots, and there are no fewer of them than places, and no more than 255.
    #[inline]
    pub(crate) unsafe fn places(self, places: &mut [u8]) {
        // SAFETY: as promised to this method.
        unsafe { native::places(self, places) }
    }

    /// Makes all levels `MAX`, as they are over no keys.
    ///
    /// # Safety
    ///
    /// The levels have room for [`samples`] of `slots`, and nobody else uses them.
    pub(crate) unsafe fn clear_levels(self) {
        // SAFETY: there is room for that many samples.
        unsafe { fill(self.levels, samples(self.slots), L::MAX) };
    }

    /// Makes `count` slots from `first` hold `key`.
    ///
    /// # Safety
    ///
    /// `first + count <= slots`, the slots can be written, and nobody else uses them.
    #[inline]
    pub(crate) unsafe fn fill(self, first: usize, count: usize, key: L) {
        // SAFETY: the slots are in the array.
        let first = unsafe { self.leaves.add(first) };
        // SAFETY: and so are all `count` of them.
        unsafe { fill(first, count, key) };
    }

    /// Copies the samples again that stand for slots in `first..=last`, which have changed.
    ///
    /// # Safety
    ///
    /// `last < slots`, invariant 1 holds, and nobody else uses the tree.
    #[inline]
    pub(crate) unsafe fn resample(self, first: usize, last: usize) {
        if self.slots > NODE {
            // SAFETY: as promised to this method.
            unsafe { self.resample_levels(first / NODE, last / NODE) };
        }
    }

    /// # Safety
    ///
    /// There are levels; `last < slots / NODE`, and the rest as for [`resample`](Self::resample).
    unsafe fn resample_levels(self, mut first: usize, last: usize) {
        // The sample of the last leaf stays `MAX` (3), and with it all that stands for it above.
        let Some(before_last) = (self.slots / NODE).checked_sub(2) else { return };
        let mut last = last.min(before_last);
        let (mut below, mut from) = (self.leaves, depth(self.slots));
        while from > 0 && first <= last {
            from -= 1;
            // SAFETY: the level begins within the levels.
            let level = unsafe { self.levels.add(level_at(from)) };
            // A range with an end in it would be twice the instructions.
            for nth in first..last + 1 {
                // SAFETY: the last key of node `nth` below, which is within its level (1).
                let sample = unsafe { below.as_ptr().wrapping_add(nth * NODE + NODE - 1).read() };
                // SAFETY: the place that stands for node `nth` is within this level (1).
                unsafe { level.as_ptr().wrapping_add(nth).write(sample) };
            }
            (below, first, last) = (level, first / NODE, last / NODE);
        }
    }
}

/// Takes all keys down together, a level before the next is looked at, to the first slot that is not
/// less, or the last slot. `count` tells how many keys of a node are less than a key.
///
/// Inlined by force: it must become part of a function that was compiled for the instructions that
/// `count` uses, or each count is a call.
///
/// # Safety
///
/// The tree keeps its invariants.
#[expect(clippy::inline_always, reason = "see above")]
#[inline(always)]
unsafe fn descend<L: Lane, const N: usize>(
    tree: Tree<L>,
    keys: &[L; N],
    count: impl Fn(NonNull<L>, L) -> usize,
) -> [usize; N] {
    let (mut at, mut level, mut width) = ([0; N], tree.levels, NODE);
    while width < tree.slots {
        for (at, key) in at.iter_mut().zip(keys) {
            // SAFETY: a node of the level: only the last one has none behind it, and its count is not 16 (3).
            let node = unsafe { level.add(*at * NODE) };
            *at = *at * NODE + count(node, *key);
        }
        // SAFETY: the next level, or the end of the levels.
        level = unsafe { level.add(width) };
        width *= NODE;
    }
    for (at, key) in at.iter_mut().zip(keys) {
        // SAFETY: a leaf, as above.
        let leaf = unsafe { tree.leaves.add(*at * NODE) };
        *at = (*at * NODE + count(leaf, *key)).min(tree.slots - 1);
    }
    at
}

/// See [`Tree::places`]. Inlined by force, as [`descend`] is.
///
/// # Safety
///
/// As for [`Tree::places`].
#[expect(clippy::inline_always, reason = "see above")]
#[inline(always)]
unsafe fn count_all<L: Lane>(
    tree: Tree<L>,
    places: &mut [u8],
    count: impl Fn(NonNull<L>, L) -> usize,
) {
    for (nth, place) in places.iter_mut().enumerate() {
        // SAFETY: one of the slots, which are initialised (1).
        let key = unsafe { tree.leaves.as_ptr().wrapping_add(nth).read() };
        *place = 0;
        for at in (0..tree.slots).step_by(NODE) {
            // SAFETY: a node, as the slots are whole nodes (1).
            *place += count(unsafe { tree.leaves.add(at) }, key) as u8;
        }
    }
}

/// # Safety
///
/// `count` values from `first` can be written.
#[inline]
unsafe fn fill<L: Lane>(first: NonNull<L>, count: usize, key: L) {
    for nth in 0..count {
        // SAFETY: as promised.
        unsafe { first.as_ptr().wrapping_add(nth).write(key) };
    }
}
