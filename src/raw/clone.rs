#![expect(unsafe_code, reason = "counts initialised slots")]
//! Cloning slices into fresh slots.
//!
//! Plain data is cloned by arrays of eight, four and two, then one by one: core clones an array of
//! it by copying the whole, which a compiler does in one or two registers, without a call and without
//! a loop over the length.

use core::mem::{self, MaybeUninit};

/// Drops what was cloned if a clone panics.
struct Cloned<'a, T> {
    slots: &'a mut [MaybeUninit<T>],
    done: usize,
}

impl<T> Drop for Cloned<'_, T> {
    fn drop(&mut self) {
        // SAFETY: the first `done` slots are initialised, and nobody else knows.
        unsafe { self.slots[..self.done].assume_init_drop() }
    }
}

/// Clones whole arrays of `W` elements, and says what is left of both.
#[inline]
fn by_arrays<'f, 't, const W: usize, T: Clone>(
    from: &'f [T],
    to: &'t mut [MaybeUninit<T>],
) -> (&'f [T], &'t mut [MaybeUninit<T>]) {
    let (arrays, rest) = from.as_chunks::<W>();
    let (slots, free) = to.as_chunks_mut::<W>();
    for (slots, array) in slots.iter_mut().zip(arrays) {
        *slots = array.clone().map(MaybeUninit::new);
    }
    (rest, free)
}

/// Clones `from` into the first slots of `to`. If a clone panics, no slot is left initialised.
///
/// # Panics
///
/// When there are fewer slots than elements.
#[inline]
pub(crate) fn clone_into<T: Clone>(from: &[T], to: &mut [MaybeUninit<T>]) {
    let to = &mut to[..from.len()];
    if mem::needs_drop::<T>() {
        let mut cloned = Cloned { slots: to, done: 0 };
        for element in from {
            cloned.slots[cloned.done].write(element.clone());
            cloned.done += 1;
        }
        mem::forget(cloned);
    } else {
        let (from, to) = by_arrays::<8, T>(from, to);
        let (from, to) = by_arrays::<4, T>(from, to);
        let (from, to) = by_arrays::<2, T>(from, to);
        by_arrays::<1, T>(from, to);
    }
}
