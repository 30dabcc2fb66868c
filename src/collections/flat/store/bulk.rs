#![expect(unsafe_code, reason = "moves entries between and within the arrays")]
//! What the arrays do with many entries at once.

use core::{mem, ptr::NonNull};

use crate::{
    alloc::{Allocator, Refusal},
    collections::flat::store::Raw,
};

/// Entries that come in order. The samples that stand for them are made at the end, even after a
/// panic of where they come from.
pub(in crate::collections::flat) struct Append<'a, K, V, A: Allocator> {
    raw: &'a mut Raw<K, V>,
    alloc: &'a A,
    /// How many there were.
    before: usize,
}

impl<'a, K, V, A: Allocator> Append<'a, K, V, A> {
    pub(in crate::collections::flat) const fn new(raw: &'a mut Raw<K, V>, alloc: &'a A) -> Self {
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
        let slot = self.raw.head + self.raw.len;
        // SAFETY: the slot behind the last entry is free.
        unsafe { self.raw.put(slot, key, value) };
        self.raw.len += 1;
        Ok(())
    }
}

impl<K, V, A: Allocator> Drop for Append<'_, K, V, A> {
    fn drop(&mut self) {
        let Raw { head, len, .. } = *self.raw;
        if len > self.before {
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

impl<K, V> Raw<K, V> {
    /// Merges entries of `batch` in: each moves to its target, or swaps its value with the one there.
    /// `fresh` of the targets are before an entry. There is no user's code in it.
    ///
    /// # Safety
    ///
    /// There is room for `fresh` entries behind the last one. `targets` yields, from the last one to
    /// the first, positions that do not ascend, and of those onto an entry none twice; no `from` occurs
    /// twice. Those that move are not used again in the batch.
    pub(in crate::collections::flat) unsafe fn merge(
        &mut self,
        batch: NonNull<(K, V)>,
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
            // SAFETY: the slot is one that nothing is in, or that was left.
            unsafe { self.put(self.head + end, key, value) };
            at
        });
        debug_assert_eq!(end, unmoved);
        self.len += fresh;
        if fresh > 0 {
            self.resample(self.head + first, self.head + self.len - 1);
        }
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
        self.hand_over(at, self.len - at, &mut new);
        self.restore_tree();
        Ok(new)
    }

    /// Moves the last `count` entries, from `at`, behind all that are in `other`, which has the room.
    fn hand_over(&mut self, at: usize, count: usize, other: &mut Self) {
        debug_assert!(at + count == self.len && other.slots - other.head - other.len >= count);
        self.len = at;
        for nth in 0..count {
            // SAFETY: an entry, out of reach in `self` since its length is less.
            let (key, value) = unsafe { self.get(self.head + at + nth) };
            // SAFETY: a slot behind the last entry.
            unsafe { other.put(other.head + other.len + nth, key, value) };
        }
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
