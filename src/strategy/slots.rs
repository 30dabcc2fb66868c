#![expect(unsafe_code, reason = "a stack in an array of its owner's")]
//! The addresses of free blocks: a stack in an array, so that a free block is never touched.
//!
//! ```text
//!   base                 top               mark        end
//!    v                    v                 v           v
//!  | a | a | a | a | a | a | ...             ...         |
//!    in free blocks ------^ next to come, last to go
//! ```
//!
//! Links in the blocks themselves would cost no memory, but freeing would write to a line that may be
//! cold, and taking would wait for it to find the next. Taking from the array and putting into it
//! touch only lines that were used just before.
//!
//! The array holds addresses; whoever owns the blocks has exposed the provenance of the memory they
//! lie in. The pointer a user hands back may have the right to a part of the block only.
//!
//! The array is in a chunk, which comes from the same bank as the memory of the blocks, or in memory
//! that the owner of the stack has found for it.
//!
//! Invariants:
//!
//! 1. `base..end` is an array of words for the use of this stack alone, or all pointers are equal.
//!    `base <= top <= mark <= end`, all of them in or at the end of that array. If `chunk` is one, the
//!    array is in it, and it is in no list.
//! 2. The words of `base..top` are initialised and not 0.

use core::{cell::Cell, num::NonZero, ptr::NonNull, slice};

use super::{
    bank::Bank,
    chunk::{Chunk, HEADER, Link},
};
use crate::alloc::{Allocator, Cause, Layout, Refusal};

pub(super) type Word = NonZero<usize>;

pub(super) struct Slots {
    top: Cell<NonNull<Word>>,
    base: Cell<NonNull<Word>>,
    /// Where putting stops and asks: the end, or earlier.
    mark: Cell<NonNull<Word>>,
    end: Cell<NonNull<Word>>,
    chunk: Cell<Link>,
}

impl Slots {
    /// A stack that is empty and full.
    pub(super) const fn new() -> Self {
        let none = NonNull::dangling();
        Self {
            top: Cell::new(none),
            base: Cell::new(none),
            mark: Cell::new(none),
            end: Cell::new(none),
            chunk: Cell::new(None),
        }
    }

    /// The address that was put last.
    #[inline]
    pub(super) fn pop(&self) -> Option<Word> {
        let last = self.last()?;
        self.top.set(last);
        // SAFETY: words below the top are initialised (2).
        Some(unsafe { last.read() })
    }

    /// The address that [`pop`](Self::pop) would take.
    #[inline]
    pub(super) fn peek(&self) -> Option<Word> {
        // SAFETY: words below the top are initialised (2).
        self.last().map(|last| unsafe { last.read() })
    }

    /// Where the word below the top is.
    #[inline]
    fn last(&self) -> Option<NonNull<Word>> {
        let top = self.top.get();
        // SAFETY: if the top is above the base there is a word below it (1).
        (top != self.base.get()).then(|| unsafe { top.sub(1) })
    }

    /// Puts `address` on top, or returns `false` when the mark is reached.
    #[inline]
    pub(super) fn push(&self, address: Word) -> bool {
        let top = self.top.get();
        if top == self.mark.get() {
            return false;
        }
        // SAFETY: the top is below the mark, and so in the array, which is ours (1).
        unsafe { top.write(address) };
        // SAFETY: as above.
        self.top.set(unsafe { top.add(1) });
        true
    }

    /// How many addresses are there.
    pub(super) fn len(&self) -> usize {
        (self.top.get().addr().get() - self.base.get().addr().get()) / size_of::<Word>()
    }

    /// How many addresses there can be.
    pub(super) fn capacity(&self) -> usize {
        (self.end.get().addr().get() - self.base.get().addr().get()) / size_of::<Word>()
    }

    /// Lets putting stop when there are `len` addresses, or as many as there can be.
    pub(super) fn stop_at(&self, len: usize) {
        let len = len.clamp(self.len(), self.capacity());
        // SAFETY: at most the capacity (1).
        self.mark.set(unsafe { self.base.get().add(len) });
    }

    /// Moves into the array of `capacity` words at `base`, which must have room for what is there.
    ///
    /// # Safety
    ///
    /// The array is for the use of this stack alone from now on, until the next move or the end of
    /// its use, and `capacity` is not less than [`len`](Self::len).
    pub(super) unsafe fn move_to(&self, base: NonNull<Word>, capacity: usize) {
        let len = self.len();
        // SAFETY: `len` words are initialised here (2) and fit there; the arrays are disjoint.
        unsafe { base.copy_from_nonoverlapping(self.base.get(), len) };
        self.base.set(base);
        // SAFETY: not more than the capacity.
        self.top.set(unsafe { base.add(len) });
        // SAFETY: this is the capacity.
        let end = unsafe { base.add(capacity) };
        self.end.set(end);
        self.mark.set(end);
    }

    /// Forgets all addresses.
    pub(super) fn clear(&self) {
        self.top.set(self.base.get());
    }

    /// The addresses, last put at the end; `change` may order them anew, and returns how many of
    /// them, counted from the front, stay. It must not use this stack.
    pub(super) fn rearrange(&self, change: impl FnOnce(&mut [Word]) -> usize) {
        let len = self.len();
        // SAFETY: these words are initialised (2), and ours alone (1) as long as `change`, which
        // cannot reach them otherwise, runs.
        let all = unsafe { slice::from_raw_parts_mut(self.base.get().as_ptr(), len) };
        let kept = change(all).min(len);
        // SAFETY: not above the old top (1).
        self.top.set(unsafe { self.base.get().add(kept) });
    }

    /// Gives the stack room for `count` addresses. All its room must have come this way.
    ///
    /// # Errors
    ///
    /// When the upstream refuses, or the limit of the bank is reached.
    pub(super) fn widen<A: Allocator>(&self, bank: &Bank<A>, count: usize) -> Result<(), Refusal> {
        let old = self.capacity();
        if count <= old {
            return Ok(());
        }
        let words = |count| Layout::array::<Word>(count).ok();
        let exact =
            words(count).ok_or_else(|| bank.refuse(Layout::new::<Word>(), Cause::Overflow))?;
        // Half as much again as before, so that the array does not move with each of many chunks.
        let affordable = bank.room().saturating_sub(2 * HEADER);
        let layout = words(old + old / 2)
            .filter(|ample| (exact.size()..=affordable).contains(&ample.size()))
            .unwrap_or(exact);
        let chunk = bank.take_exact(layout)?;
        // SAFETY: the chunk is new from the bank.
        let size = unsafe { chunk.as_ref() }.size;
        // SAFETY: as above.
        unsafe { Chunk::window(chunk) }.open();
        // SAFETY: a chunk is at least a header long, and this one was taken for the words.
        let base = unsafe { chunk.cast::<u8>().add(HEADER) }.cast();
        // SAFETY: the array is aligned as chunks are, which is more than words need, and ours; it
        // has room for more than the old capacity.
        unsafe { self.move_to(base, (size - HEADER) / size_of::<Word>()) };
        if let Some(old) = self.chunk.replace(Some(chunk)) {
            // SAFETY: it came from the bank (1), and the words have left it.
            unsafe { bank.give_back(old) };
        }
        Ok(())
    }

    /// Forgets all addresses, and leaves the array where it is to whoever found it.
    pub(super) fn leave(&self) -> NonNull<u8> {
        let base = self.base.get().cast();
        self.clear();
        // SAFETY: an array of no words may be anywhere; there are no addresses.
        unsafe { self.move_to(NonNull::dangling(), 0) };
        base
    }

    /// Forgets all addresses and gives their room back.
    pub(super) fn give_room_back<A: Allocator>(&self, bank: &Bank<A>) {
        self.clear();
        if let Some(chunk) = self.chunk.take() {
            self.leave();
            // SAFETY: it came from the bank (1), and nothing is in it.
            unsafe { bank.give_back(chunk) };
        }
    }
}
