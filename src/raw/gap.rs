#![expect(unsafe_code, reason = "moves elements across a hole")]
//! A hole in a row of elements, which closes by itself.
//!
//! ```text
//! | kept | kept | hole | hole | rest | rest | free |
//!                ^ len         ^ tail        ^ tail + rest
//! ```
//!
//! Whatever takes elements out of the middle of a vector, or puts some in, works through this: the
//! length is that of the kept ones, so that a panic, or a leaked iterator, leaves a whole vector
//! behind, and the drop of the gap moves the rest down to the kept ones.
//!
//! Invariants:
//!
//! 1. `storage.len() <= tail`, and `tail + rest <= storage.capacity()`.
//! 2. The slots before the length, and `rest` slots from `tail`, are initialised; the hole is not.

use core::ptr::NonNull;

use crate::{
    alloc::{Cause, Layout, Refusal},
    bits::growth,
    raw::storage::Storage,
};

/// A storage with a hole in it.
#[derive(Debug)]
pub(crate) struct Gap<'a, S: Storage> {
    storage: &'a mut S,
    tail: usize,
    rest: usize,
}

impl<'a, S: Storage> Gap<'a, S> {
    /// A hole of no slots before the element at `at`.
    ///
    /// # Panics
    ///
    /// When there are fewer elements than `at`.
    pub(crate) fn open(storage: &'a mut S, at: usize) -> Self {
        let len = storage.len();
        assert!(at <= len);
        // SAFETY: fewer elements are initialised as well.
        unsafe { storage.set_len(at) };
        Self { storage, tail: at, rest: len - at }
    }

    /// The slot at `index`, which is within the capacity.
    pub(crate) fn slot(&mut self, index: usize) -> NonNull<S::Item> {
        let (ptr, _, capacity) = self.storage.parts();
        debug_assert!(index <= capacity);
        // SAFETY: all callers stay within the capacity (1).
        unsafe { ptr.add(index) }
    }

    /// How many slots the hole has.
    pub(crate) fn hole(&self) -> usize {
        self.tail - self.storage.len()
    }

    /// The storage, to look at.
    pub(crate) const fn storage(&self) -> &S {
        self.storage
    }

    /// The first element behind the hole, and the last before it.
    pub(crate) fn around(&mut self) -> (Option<&mut S::Item>, Option<&mut S::Item>) {
        let (first, last) = (self.slot(self.tail), self.storage.len().checked_sub(1));
        let last = last.map(|last| self.slot(last));
        // SAFETY: the slot is initialised if there is a rest (2), and borrowed with `self`.
        let first = (self.rest > 0).then(|| unsafe { &mut *first.as_ptr() });
        // SAFETY: the slot is before the length (2), so it is another one than the first's.
        (first, last.map(|last| unsafe { &mut *last.as_ptr() }))
    }

    /// Takes the first element out of the rest: the hole is one wider.
    pub(crate) fn take(&mut self) -> Option<S::Item> {
        self.rest = self.rest.checked_sub(1)?;
        let slot = self.slot(self.tail);
        self.tail += 1;
        // SAFETY: the slot was initialised (2) and is in the hole now.
        Some(unsafe { slot.read() })
    }

    /// Leaves the first `count` elements of the rest to the caller, in place: the hole is so much
    /// wider. Returns where they begin.
    pub(crate) fn give_up(&mut self, count: usize) -> usize {
        assert!(count <= self.rest);
        self.rest -= count;
        self.tail += count;
        self.tail - count
    }

    /// Puts the first element of the rest to the kept ones.
    pub(crate) fn keep(&mut self) {
        if self.hole() > 0 {
            if let Some(element) = self.take() {
                self.put(element);
            }
        } else if self.rest > 0 {
            self.rest -= 1;
            self.tail += 1;
            // SAFETY: the hole is empty, so the kept ones and the first of the rest are neighbours.
            unsafe { self.storage.set_len(self.tail) };
        }
    }

    /// Drops the elements of the rest that are the same as the last of the kept ones, as
    /// `same(this, before)` has it, and keeps the others.
    pub(crate) fn drop_same(&mut self, mut same: impl FnMut(&mut S::Item, &mut S::Item) -> bool) {
        while let (Some(this), before) = self.around() {
            if before.is_some_and(|before| same(this, before)) {
                drop(self.take());
            } else {
                self.keep();
            }
        }
    }

    /// Fills the first slot of the hole.
    ///
    /// # Panics
    ///
    /// When the hole is empty.
    pub(crate) fn put(&mut self, element: S::Item) {
        assert!(self.hole() > 0);
        let len = self.storage.len();
        let slot = self.slot(len);
        // SAFETY: the slot is in the hole, so it is valid (1) and holds nothing (2).
        unsafe { slot.write(element) };
        // SAFETY: the hole begins one later, and the slot before is initialised.
        unsafe { self.storage.set_len(len + 1) };
    }

    /// Makes the hole at least `slots` wide.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    pub(crate) fn widen(&mut self, slots: usize) -> Result<(), Refusal> {
        if self.hole() >= slots {
            return Ok(());
        }
        let (len, capacity) = (self.storage.len(), self.storage.capacity());
        let overflow = |_| Refusal::overflow(Layout::new::<S::Item>(), usize::MAX);
        let needed = len.checked_add(slots).and_then(|sum| sum.checked_add(self.rest));
        let needed = needed.ok_or(()).map_err(overflow)?;
        if needed > capacity {
            let size = size_of::<S::Item>();
            let least = growth::least_capacity(capacity, size);
            let next = growth::next_capacity(capacity, needed, least, size);
            let next = next.ok_or(()).map_err(overflow)?;
            // A new block keeps what is before the length, so for this moment that is all.
            let whole = self.tail + self.rest;
            // SAFETY: within the capacity (1). The hole counts as elements during the move of the
            // bytes only: `set_capacity` copies elements and looks at none.
            unsafe { self.storage.set_len(whole) };
            let grown = self.storage.set_capacity(next);
            // SAFETY: the kept ones are initialised (2).
            unsafe { self.storage.set_len(len) };
            grown?;
        }
        let (from, to) = (self.slot(self.tail), self.slot(len + slots));
        // SAFETY: the rest fits behind the hole, as computed above.
        unsafe { from.copy_to(to, self.rest) };
        self.tail = len + slots;
        Ok(())
    }

    /// Puts all elements of `iter` into the hole, which widens as it must.
    ///
    /// # Errors
    ///
    /// When memory is refused; the element that found no room is handed back. The iterator has the
    /// rest.
    pub(crate) fn fill(
        &mut self,
        iter: &mut impl Iterator<Item = S::Item>,
    ) -> Result<(), (S::Item, Refusal)> {
        let mut step = 0_usize;
        while let Some(element) = iter.next() {
            if self.hole() == 0 {
                // By the estimate of those to come, and by doubling where it is too low.
                step = iter.size_hint().0.saturating_add(1).max(step.saturating_mul(2));
                // An estimate that no memory can hold lies.
                let widened = match self.widen(step) {
                    Err(Refusal { cause: Cause::Overflow, .. }) => self.widen(1),
                    widened => widened,
                };
                if let Err(refusal) = widened {
                    return Err((element, refusal));
                }
            }
            self.put(element);
        }
        Ok(())
    }
}

impl<S: Storage> Drop for Gap<'_, S> {
    fn drop(&mut self) {
        let len = self.storage.len();
        if self.hole() > 0 && self.rest > 0 {
            let (from, to) = (self.slot(self.tail), self.slot(len));
            // SAFETY: the rest is initialised (2), and the slots from the hole on are ours (1).
            unsafe { from.copy_to(to, self.rest) };
        }
        // SAFETY: the rest follows the kept ones now, all initialised.
        unsafe { self.storage.set_len(len + self.rest) };
    }
}
