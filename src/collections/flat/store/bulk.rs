#![expect(unsafe_code, reason = "moves entries between and within the arrays")]
//! What the arrays do with many entries at once.

use core::{mem, ptr::NonNull};

use crate::{
    alloc::{Allocator, Refusal},
    collections::flat::{
        key::Search,
        rank::{self, Place},
        store::Raw,
    },
};

/// Entries that come in order. The samples that stand for them are made at the end, even after a
/// panic of where they come from.
pub(in crate::collections::flat) struct Append<'a, K, V, A: Allocator, S: Search<K>> {
    raw: &'a mut Raw<K, V, S>,
    alloc: &'a A,
    /// How many there were.
    before: usize,
}

impl<'a, K, V, A: Allocator, S: Search<K>> Append<'a, K, V, A, S> {
    pub(in crate::collections::flat) const fn new(raw: &'a mut Raw<K, V, S>, alloc: &'a A) -> Self {
        let before = raw.len;
        Self { raw, alloc, before }
    }

    /// The last key.
    #[inline]
    pub(in crate::collections::flat) const fn last(&self) -> Option<&K> {
        self.raw.keys().last()
    }

    /// How many entries there are, those included that were there before.
    pub(in crate::collections::flat) const fn len(&self) -> usize {
        self.raw.len
    }

    /// Puts an entry behind the last one, or hands it back.
    #[inline]
    pub(in crate::collections::flat) fn try_push(
        &mut self,
        key: K,
        value: V,
    ) -> Result<(), (K, V, Refusal)> {
        let slot = self.raw.head + self.raw.len;
        if slot == self.raw.slots {
            if let Err(refusal) = self.raw.try_make_room(self.raw.len, self.alloc) {
                return Err((key, value, refusal));
            }
            // The samples were made with the room.
            self.before = self.raw.len;
        }
        self.raw.admit(&key);
        let rank = self.raw.rank(&key);
        let slot = self.raw.head + self.raw.len;
        // SAFETY: the slot behind the last entry is free.
        unsafe { self.raw.put(slot, rank, key, value) };
        self.raw.len += 1;
        Ok(())
    }
}

impl<K, V, A: Allocator, S: Search<K>> Drop for Append<'_, K, V, A, S> {
    fn drop(&mut self) {
        let Raw { head, len, .. } = *self.raw;
        if len > self.before && !self.raw.raise_skip() {
            self.raw.resample(head + self.before, head + len - 1);
        }
    }
}

/// Where an entry of a batch goes: before the `at`th of those that are there, or onto it.
#[derive(Clone, Copy, Debug)]
pub(in crate::collections::flat) struct Target {
    pub(in crate::collections::flat) at: usize,
    pub(in crate::collections::flat) onto: bool,
    /// Which entry of the batch.
    pub(in crate::collections::flat) from: usize,
}

impl<K, V, S: Search<K>> Raw<K, V, S> {
    /// Merges entries of `batch` in: each moves to its target, or swaps its value with the one there.
    /// `fresh` of the targets are before an entry. Where ranks are the user's, `ranks` has that of each
    /// entry, so that there is no user's code in it.
    ///
    /// # Safety
    ///
    /// There is room for `fresh` entries behind the last one. `targets` yields, from the last one to
    /// the first, positions that do not ascend, and of those onto an entry none twice; no `from` occurs
    /// twice. Those that move are not used again in the batch.
    pub(in crate::collections::flat) unsafe fn merge(
        &mut self,
        batch: NonNull<(K, V)>,
        ranks: &[u64],
        fresh: usize,
        targets: impl Iterator<Item = Target>,
    ) {
        let (mut unmoved, mut end) = (self.len, self.len + fresh);
        let first = targets.fold(self.len, |first, Target { at, onto, from }| {
            // SAFETY: an entry of the batch, as promised.
            let mut entry = unsafe { batch.add(from) };
            if onto {
                // SAFETY: the entry there has not moved yet: only those behind it have.
                let value = unsafe { &mut *self.values.as_ptr().wrapping_add(self.head + at) };
                // SAFETY: nobody else uses the batch.
                mem::swap(value, unsafe { &mut entry.as_mut().1 });
                return first;
            }
            if at < unmoved {
                end -= unmoved - at;
                // SAFETY: entries, and room behind them that nothing is in, or that they leave.
                unsafe { self.shift(self.head + at, self.head + end, unmoved - at) };
                unmoved = at;
            }
            end -= 1;
            // SAFETY: it moves, as promised.
            let (key, value) = unsafe { entry.read() };
            let rank = if S::ASKS { ranks[from] } else { self.rank(&key) };
            // SAFETY: the slot is one that nothing is in, or that was left.
            unsafe { self.put(self.head + end, rank, key, value) };
            at
        });
        debug_assert_eq!(end, unmoved);
        self.len += fresh;
        if fresh > 0 {
            self.resample(self.head + first, self.head + self.len - 1);
        }
    }

    /// Merges a sorted batch of integers in, each of which moves or, where there are several of one key,
    /// the value of the last does. Returns how many entries are left over, which are in front then.
    ///
    /// # Safety
    ///
    /// `batch` has `len` entries, sorted by their keys, which are integers (`Place::Keys`), and there
    /// is room for all of them behind the last entry. Those that move are not used again there.
    pub(in crate::collections::flat) unsafe fn merge_sorted(
        &mut self,
        batch: NonNull<(K, V)>,
        len: usize,
    ) -> usize {
        debug_assert!(S::place() == Place::Keys);
        let order = |key: &K| rank::order::<K, S>(key, 0);
        let (mut unmoved, mut next, mut kept) = (self.len, len, len);
        let end = self.head + self.len + len;
        let mut to = end;
        while next > 0 {
            next -= 1;
            // SAFETY: an entry of the batch.
            let mut entry = unsafe { batch.add(next) };
            // SAFETY: it has not moved yet, and nobody else uses it.
            let (key, value) = unsafe { entry.as_mut() };
            let rank = order(key);
            while unmoved > 0 && order(&self.keys()[unmoved - 1]) > rank {
                unmoved -= 1;
                to -= 1;
                // SAFETY: an entry, and a slot behind it that nothing is in, or that it leaves.
                unsafe { self.shift(self.head + unmoved, to, 1) };
            }
            let filled = self.keys.as_ptr().wrapping_add(to);
            // SAFETY: the slot before the end was filled above, or with the entry before.
            let again = to < end && order(unsafe { &*filled }) == rank;
            if !again && (unmoved == 0 || order(&self.keys()[unmoved - 1]) < rank) {
                to -= 1;
                // SAFETY: the entry moves.
                let (key, value) = unsafe { entry.read() };
                // SAFETY: the slot is one that nothing is in, or that was left.
                unsafe { self.put(to, 0, key, value) };
                continue;
            }
            if !again {
                // SAFETY: the entry there has not moved yet: only those behind it have.
                let there =
                    unsafe { &mut *self.values.as_ptr().wrapping_add(self.head + unmoved - 1) };
                mem::swap(there, value);
                unmoved -= 1;
                to -= 1;
                // SAFETY: an entry, and a slot that nothing is in, or that it leaves.
                unsafe { self.shift(self.head + unmoved, to, 1) };
            }
            kept -= 1;
            // SAFETY: a place in the batch from which all have moved, or the entry's own.
            let place = unsafe { batch.add(kept) };
            // SAFETY: both are in the batch.
            unsafe { entry.copy_to(place, 1) };
        }
        // SAFETY: the entries that are left, and the slots before the last that was filled.
        unsafe { self.shift(self.head, to - unmoved, unmoved) };
        self.head = to - unmoved;
        self.len = end - self.head;
        self.restore_tree();
        // SAFETY: within the batch.
        let left = unsafe { batch.add(kept) };
        // SAFETY: the front has moved.
        unsafe { left.copy_to(batch, len - kept) };
        len - kept
    }

    /// Moves the entries from `at` into arrays of their own.
    pub(in crate::collections::flat) fn try_split_off<A: Allocator>(
        &mut self,
        at: usize,
        alloc: &A,
    ) -> Result<Self, Refusal> {
        assert!(at <= self.len);
        let mut new = Self::EMPTY;
        new.try_reserve(self.len - at, true, alloc)?;
        new.skip = self.skip;
        self.hand_over(at, self.len - at, &mut new);
        self.restore_tree();
        Ok(new)
    }

    /// Moves the last `count` entries, from `at`, behind all that are in `other`, which has the room.
    fn hand_over(&mut self, at: usize, count: usize, other: &mut Self) {
        debug_assert!(at + count == self.len && other.slots - other.head - other.len >= count);
        self.len = at;
        let behind = other.head + other.len;
        // SAFETY: entries, out of reach in `self` since its length is less, and slots behind the others.
        unsafe { self.copy(self.head + at, other, behind, count) };
        other.len += count;
        other.restore_tree();
    }

    /// Takes the first entry of arrays that nobody will look anything up in again.
    #[inline]
    pub(in crate::collections::flat) fn take_first(&mut self) -> Option<(K, V)> {
        self.len = self.len.checked_sub(1)?;
        self.head += 1;
        // SAFETY: an entry, out of reach now.
        Some(unsafe { self.get(self.head - 1) })
    }

    /// Takes the last entry of arrays that nobody will look anything up in again.
    #[inline]
    pub(in crate::collections::flat) fn take_last(&mut self) -> Option<(K, V)> {
        self.len = self.len.checked_sub(1)?;
        // SAFETY: an entry, out of reach now.
        Some(unsafe { self.get(self.head + self.len) })
    }
}
