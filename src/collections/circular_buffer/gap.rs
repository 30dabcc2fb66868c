#![expect(unsafe_code, reason = "moves elements across a hole")]
//! A hole in a queue, which closes by itself.
//!
//! The length is that of the elements before the hole, so that a panic, or a leaked iterator, leaves a
//! whole queue behind. All positions are counted from the head.
//!
//! Invariants:
//!
//! 1. `ring.len() <= tail`, and `tail + rest` is at most the ring's capacity.
//! 2. The slots before the length, and `rest` slots from `tail` on, are initialised; those of the hole
//!    are its user's.

use core::ptr::NonNull;

use super::{Full, Place, Ring};

/// A queue with a hole in it.
#[derive(Debug)]
pub(super) struct Gap<'a, T, F: Full, A: Place> {
    ring: &'a mut Ring<T, F, A>,
    tail: usize,
    rest: usize,
}

impl<'a, T, F: Full, A: Place> Gap<'a, T, F, A> {
    /// A hole over the elements from `start` to `end`, which are the caller's hereafter.
    pub(super) fn open(ring: &'a mut Ring<T, F, A>, start: usize, end: usize) -> Self {
        let rest = ring.len() - end;
        assert!(start <= end);
        // SAFETY: fewer elements are initialised as well.
        unsafe { ring.set_len(start) };
        Self { ring, tail: end, rest }
    }

    /// The ring, whose length is that of the elements before the hole.
    pub(super) const fn ring(&mut self) -> &mut Ring<T, F, A> {
        self.ring
    }

    /// The first element behind the hole, to which it is not yet decided what happens.
    pub(super) fn first(&mut self) -> Option<NonNull<T>> {
        (self.rest > 0).then(|| self.ring.slot(self.tail))
    }

    /// Takes the first element behind the hole out: the hole is one wider.
    pub(super) fn take(&mut self) -> Option<T> {
        let slot = self.first()?;
        self.rest -= 1;
        self.tail += 1;
        // SAFETY: the slot was initialised (2), and is in the hole now.
        Some(unsafe { slot.read() })
    }

    /// Puts the first element behind the hole to those before it.
    pub(super) fn keep(&mut self) {
        if let Some(from) = self.first() {
            let len = self.ring.len();
            let to = self.ring.slot(len);
            // SAFETY: the slot is the first of the hole (1), or the element's own.
            unsafe { from.copy_to(to, 1) };
            self.rest -= 1;
            self.tail += 1;
            // SAFETY: the slot before is initialised now.
            unsafe { self.ring.set_len(len + 1) };
        }
    }
}

impl<T, F: Full, A: Place> Drop for Gap<'_, T, F, A> {
    fn drop(&mut self) {
        let before = self.ring.len();
        let hole = self.tail - before;
        if hole > 0 && before < self.rest {
            // SAFETY: the elements before the hole move to its end.
            unsafe { self.ring.move_slots(0, hole, before) };
            // SAFETY: that is where the content begins now.
            unsafe { self.ring.advance(hole) };
        } else if hole > 0 {
            // SAFETY: the elements behind the hole move to its beginning.
            unsafe { self.ring.move_slots(self.tail, before, self.rest) };
        }
        // SAFETY: both parts are in a row now.
        unsafe { self.ring.set_len(before + self.rest) };
    }
}
