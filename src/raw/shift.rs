#![expect(unsafe_code, reason = "moves elements between slots")]
//! Opening and closing one slot in a row of elements.
//!
//! A few small elements are passed on from slot to slot through a register, each read once and
//! written once at its own width. `memmove` would be a call, and would read them by wide loads that
//! have to wait for the narrow stores that have just written them.

use core::{hint, mem::MaybeUninit, ptr::NonNull};

/// Up to so many elements are passed on one by one.
const FEW: usize = 16;
/// Up to so many bytes an element is passed on in registers.
const SMALL: usize = 8;

/// Not for elements of no bytes: AddressSanitizer takes a volatile read of none for a fault.
const fn is_small<T>() -> bool {
    matches!(size_of::<T>(), 1..=SMALL)
}

/// Writes `value` at `ptr` and moves the `count` elements from there on one slot up.
///
/// # Safety
///
/// `ptr` is valid for `count + 1` elements, the first `count` of which are initialised.
#[inline]
pub(crate) unsafe fn insert<T>(ptr: NonNull<T>, count: usize, value: T) {
    if is_small::<T>() && count <= FEW {
        let mut carried = value;
        for slot in 0..count {
            // SAFETY: the slot is one of the first `count`.
            let slot = unsafe { ptr.add(slot) };
            // SAFETY: it is initialised.
            carried = unsafe { slot.replace(carried) };
        }
        // SAFETY: there is a slot after the first `count`.
        let last = unsafe { ptr.add(count) };
        // SAFETY: it is valid, and holds nothing.
        unsafe { last.write(carried) };
    } else {
        // SAFETY: there is a slot after the first.
        let next = unsafe { ptr.add(1) };
        // SAFETY: there are `count` elements at `ptr`, and one more slot after them.
        unsafe { ptr.copy_to(next, count) };
        // SAFETY: the slot is valid, and its element was moved on.
        unsafe { ptr.write(value) };
    }
}

/// [`insert`] at `index` of a room of a constant number of slots, of which the first `count` are
/// initialised. A small room is moved on whole, filled or not, so that no branch depends on how full it
/// is, and a compiler can write out all moves.
///
/// # Safety
///
/// `ptr` is valid for `room` elements, `count` of which are initialised; `index <= count < room`.
#[inline]
pub(crate) unsafe fn insert_in_room<T>(
    ptr: NonNull<T>,
    (count, room): (usize, usize),
    index: usize,
    value: T,
) {
    if is_small::<T>() && room <= FEW {
        let mut carried = MaybeUninit::new(value);
        // SAFETY: as promised to this function.
        unsafe { hint::assert_unchecked(index < room) };
        for slot in index..room {
            // SAFETY: the slot is within the room.
            let slot = unsafe { ptr.cast::<MaybeUninit<T>>().add(slot) };
            // Volatile, lest several be read at once.
            // SAFETY: it is valid, and may hold nothing.
            let next = unsafe { slot.read_volatile() };
            // SAFETY: it is valid, and what it held is passed on.
            unsafe { slot.write(carried) };
            carried = next;
        }
    } else {
        // SAFETY: the index is within the room.
        let slot = unsafe { ptr.add(index) };
        // SAFETY: the elements from there on are initialised, with a free slot behind.
        unsafe { insert(slot, count - index, value) };
    }
}

/// Takes the element out of `ptr` and moves the `count` elements behind it one slot down.
///
/// # Safety
///
/// `ptr` is valid for `count + 1` elements, all of which are initialised; the last is not hereafter.
#[inline]
pub(crate) unsafe fn remove<T>(ptr: NonNull<T>, count: usize) -> T {
    if is_small::<T>() && count <= FEW {
        // SAFETY: there are `count + 1` slots.
        let last = unsafe { ptr.add(count) };
        // SAFETY: it is initialised, and given up.
        let mut carried = unsafe { last.read() };
        for slot in (0..count).rev() {
            // SAFETY: the slot is one of the first `count`.
            let slot = unsafe { ptr.add(slot) };
            // Volatile, lest several be read at once: an insertion was no faster for it.
            // SAFETY: it is initialised, and its element is passed on.
            let next = unsafe { slot.read_volatile() };
            // SAFETY: it is valid, and its element was read.
            unsafe { slot.write(carried) };
            carried = next;
        }
        carried
    } else {
        // SAFETY: it is initialised, and its slot is overwritten or given up.
        let value = unsafe { ptr.read() };
        // SAFETY: there are `count + 1` slots.
        let next = unsafe { ptr.add(1) };
        // SAFETY: there are `count` elements behind the first.
        unsafe { next.copy_to(ptr, count) };
        value
    }
}
