#![expect(unsafe_code, reason = "walks a directory by pointers")]
//! Visiting elements, a block at a time, from both ends.
//!
//! ```text
//! blocks   | done | front: 0010110 | whole | whole | back: 0000111 | done |
//! ```
//!
//! One block is being visited from the front and one from the back, each with a mask of what is left
//! in it; between them are whole blocks. In a block without holes a loop runs over the slots, which a
//! compiler can make wide; in others it goes from bit to bit.
//!
//! Invariants:
//!
//! 1. `next..next + blocks` are entries of the directory, which does not move, and whose masks do not
//!    change before they are reached.
//! 2. The slots in a mask hold elements, in the block beside it.

use core::{marker::PhantomData, ptr::NonNull};

use super::{
    slots_of,
    table::{Entry, slots_in},
};
use crate::bits::mask::Mask;

/// Where an element is.
pub(crate) struct Found<T> {
    pub(crate) block: NonNull<u8>,
    pub(crate) index: usize,
    pub(crate) slot: usize,
    marker: PhantomData<*const T>,
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Found<T> {}

impl<T> Found<T> {
    #[inline]
    pub(crate) const fn new(block: NonNull<u8>, index: usize, slot: usize) -> Self {
        Self { block, index, slot, marker: PhantomData }
    }

    #[inline]
    pub(crate) const fn ptr(&self) -> NonNull<T> {
        // SAFETY: the slot is within its block.
        unsafe { self.block.cast::<T>().add(self.slot) }
    }
}

/// What is left of a block.
#[derive(Clone, Copy)]
struct Part {
    mask: u64,
    block: NonNull<u8>,
    index: usize,
}

impl Part {
    const NONE: Self = Self { mask: 0, block: NonNull::dangling(), index: 0 };

    const fn of(entry: &Entry, index: usize) -> Self {
        match entry.block {
            Some(block) => Self { mask: entry.live(), block, index },
            None => Self::NONE,
        }
    }

    #[inline]
    const fn first<T>(&mut self) -> Found<T> {
        let slot = self.mask.trailing_zeros() as usize;
        self.mask &= self.mask.wrapping_sub(1);
        Found::new(self.block, self.index, slot)
    }

    #[inline]
    const fn last<T>(&mut self) -> Found<T> {
        let slot = 63 - self.mask.leading_zeros() as usize;
        self.mask ^= 1 << slot;
        Found::new(self.block, self.index, slot)
    }

    #[inline]
    fn fold<T, B>(self, mut all: B, f: &mut impl FnMut(B, Found<T>) -> B) -> B {
        let slots = slots_of::<T>();
        if self.mask == Mask::first(slots).bits() {
            for slot in 0..slots {
                all = f(all, Found::new(self.block, self.index, slot));
            }
        } else {
            for slot in slots_in(self.mask) {
                all = f(all, Found::new(self.block, self.index, slot));
            }
        }
        all
    }

    #[inline]
    fn rfold<T, B>(mut self, mut all: B, f: &mut impl FnMut(B, Found<T>) -> B) -> B {
        let slots = slots_of::<T>();
        if self.mask == Mask::first(slots).bits() {
            for slot in (0..slots).rev() {
                all = f(all, Found::new(self.block, self.index, slot));
            }
        } else {
            while self.mask != 0 {
                all = f(all, self.last());
            }
        }
        all
    }
}

/// All elements, in the order of slots. Looks at the directory by pointers: its user sees to it that
/// it is there.
pub(crate) struct Visit<T> {
    front: Part,
    back: Part,
    next: NonNull<Entry>,
    index: usize,
    blocks: usize,
    len: usize,
    marker: PhantomData<*const T>,
}

impl<T> Clone for Visit<T> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<T> Visit<T> {
    /// `len` elements in all of `entries`.
    #[inline]
    pub(super) const fn new(next: NonNull<Entry>, blocks: usize, len: usize) -> Self {
        let (front, back) = (Part::NONE, Part::NONE);
        Self { front, back, next, index: 0, blocks, len, marker: PhantomData }
    }

    /// The entry that is `at` behind the next.
    #[inline]
    fn entry(&self, at: usize) -> Part {
        // SAFETY: the callers stay below `blocks` (1).
        let entry = unsafe { self.next.add(at) };
        // SAFETY: the entry is initialised (1).
        Part::of(unsafe { entry.as_ref() }, self.index + at)
    }

    #[inline]
    fn next_part(&mut self) -> Option<Part> {
        self.blocks = self.blocks.checked_sub(1)?;
        let part = self.entry(0);
        // SAFETY: there was one more entry.
        self.next = unsafe { self.next.add(1) };
        self.index += 1;
        Some(part)
    }

    /// Drops all that is left; if a drop panics, the others as well.
    ///
    /// # Safety
    ///
    /// Nobody uses these elements hereafter.
    pub(crate) unsafe fn drop_all(self) {
        struct Rest<T>(Visit<T>);
        impl<T> Drop for Rest<T> {
            fn drop(&mut self) {
                for found in &mut self.0 {
                    // SAFETY: the slot holds an element (2), which was given up.
                    unsafe { found.ptr().drop_in_place() };
                }
            }
        }
        if core::mem::needs_drop::<T>() {
            let mut rest = Rest(self);
            for found in &mut rest.0 {
                // SAFETY: the slot holds an element (2), which was given up.
                unsafe { found.ptr().drop_in_place() };
            }
        }
    }
}

impl<T> Iterator for Visit<T> {
    type Item = Found<T>;

    #[inline]
    fn next(&mut self) -> Option<Found<T>> {
        while self.front.mask == 0 {
            match self.next_part() {
                Some(part) => self.front = part,
                None if self.back.mask == 0 => return None,
                None => {
                    self.len -= 1;
                    return Some(self.back.first());
                }
            }
        }
        self.len -= 1;
        Some(self.front.first())
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len, Some(self.len))
    }

    #[inline]
    fn count(self) -> usize {
        self.len
    }

    #[inline]
    fn fold<B, F: FnMut(B, Found<T>) -> B>(mut self, init: B, mut f: F) -> B {
        let mut all = self.front.fold(init, &mut f);
        while let Some(part) = self.next_part() {
            all = part.fold(all, &mut f);
        }
        self.back.fold(all, &mut f)
    }
}

impl<T> DoubleEndedIterator for Visit<T> {
    #[inline]
    fn next_back(&mut self) -> Option<Found<T>> {
        while self.back.mask == 0 {
            match self.blocks.checked_sub(1) {
                Some(last) => {
                    self.blocks = last;
                    self.back = self.entry(last);
                }
                None if self.front.mask == 0 => return None,
                None => {
                    self.len -= 1;
                    return Some(self.front.last());
                }
            }
        }
        self.len -= 1;
        Some(self.back.last())
    }

    #[inline]
    fn rfold<B, F: FnMut(B, Found<T>) -> B>(mut self, init: B, mut f: F) -> B {
        let mut all = self.back.rfold(init, &mut f);
        while let Some(last) = self.blocks.checked_sub(1) {
            self.blocks = last;
            all = self.entry(last).rfold(all, &mut f);
        }
        self.front.rfold(all, &mut f)
    }
}

impl<T> ExactSizeIterator for Visit<T> {}
