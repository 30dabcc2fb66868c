#![expect(unsafe_code, reason = "allocates, resizes and frees the block of the arrays")]
//! The block that all arrays are in: made, resized and given back.
//!
//! ```text
//!   | pad | id id id . . | at at at . . | tag tag tag . . |
//!   ^ what the allocator gave
//!         ^ first: at a cache line where there is a pad
//! ```
//!
//! A block grows as the allocator grows it, in place if it can; then the arrays move apart, the last
//! one first, each within what was free behind it. Nothing here is generic over the struct: growing is
//! compiled once for each allocator.
//!
//! Invariants of a [`Block`] with a capacity, of a [`Plan`] and an allocator:
//!
//! 1. The allocator gave it for the plan's layout for the capacity, which is as the plan rounds it, and
//!    the arrays are where the plan says, from `first` on.
//! 2. If the plan pads that capacity, `first` is at a cache line, 1 to 64 bytes behind the start, and
//!    the byte before it says how many. Otherwise `first` is the start.

use core::ptr::NonNull;

use super::plan::{LINE, Plan};
use crate::alloc::{Allocator, Cause, Layout, Refusal};

/// Fewest rows that a vector grows to.
const LEAST: usize = 4;

/// Vectors of fewer rows grow to four times as many, others to twice as many.
const SMALL: usize = 64;

/// A note of where the arrays are. It does not free them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) first: NonNull<u8>,
    pub(super) capacity: usize,
}

impl Block {
    /// No block, and a capacity of rows that need none.
    pub(super) const fn none(plan: &Plan) -> Self {
        let Some(align) = core::num::NonZero::new(plan.align) else {
            panic!("there is an alignment")
        };
        let capacity = if plan.row == 0 { usize::MAX } else { 0 };
        Self { first: NonNull::without_provenance(align), capacity }
    }

    /// Where the arrays of `capacity` rows are in a block that begins at `start`.
    ///
    /// # Safety
    ///
    /// The block has the plan's layout for the capacity.
    unsafe fn of(start: NonNull<u8>, plan: &Plan, capacity: usize) -> Self {
        let pad = if plan.pads(capacity) { LINE - start.addr().get() % LINE } else { 0 };
        // SAFETY: the layout has as many bytes for the pad (2).
        let first = unsafe { start.add(pad) };
        Self { first, capacity }
    }

    /// Writes down where the block begins, if that is not where the arrays do.
    ///
    /// # Safety
    ///
    /// The block is [`of`](Self::of) these, and what is in its pad is not needed.
    unsafe fn note(self, start: NonNull<u8>, plan: &Plan) {
        if plan.pads(self.capacity) {
            let pad = self.first.addr().get() - start.addr().get();
            // SAFETY: a pad has at least a byte, before the arrays, in the block (2).
            let note = unsafe { self.first.sub(1) };
            // SAFETY: as above.
            unsafe { note.write(pad as u8) };
        }
    }

    /// Where the block begins, and its layout.
    ///
    /// # Safety
    ///
    /// There is a block of `plan` (1, 2).
    #[inline]
    unsafe fn whole(self, plan: &Plan) -> (NonNull<u8>, Layout) {
        let mut start = self.first;
        if plan.pads(self.capacity) {
            // SAFETY: the byte before the arrays is in the block (2).
            let note = unsafe { start.sub(1) };
            // SAFETY: it is written (2).
            let pad = unsafe { note.read() };
            // SAFETY: the block begins so far before the arrays (2).
            start = unsafe { start.sub(pad.into()) };
        }
        // SAFETY: there is a block for this capacity (1).
        (start, unsafe { plan.layout(self.capacity) })
    }

    /// Gives the block back, if there is one.
    ///
    /// # Safety
    ///
    /// It is of `plan` and `alloc` (1, 2), and not used hereafter.
    #[inline]
    pub(super) unsafe fn free<A: Allocator>(self, plan: &Plan, alloc: &A) {
        if plan.row > 0 && self.capacity > 0 {
            // SAFETY: there is a block, as promised.
            let (start, layout) = unsafe { self.whole(plan) };
            // SAFETY: it is of this allocator and layout (1).
            unsafe { alloc.deallocate(start, layout) }
        }
    }

    /// A block for `capacity` rows.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    ///
    /// # Safety
    ///
    /// The capacity is as the plan rounds it.
    #[inline]
    unsafe fn make<A: Allocator>(plan: &Plan, capacity: usize, alloc: &A) -> Result<Self, Refusal> {
        // SAFETY: the plan rounds to such capacities only.
        let layout = unsafe { plan.layout(capacity) };
        let Ok(block) = alloc.allocate(layout) else { return Err(refusal(layout, 0)) };
        let start = block.cast();
        // SAFETY: the block is of that layout.
        let new = unsafe { Self::of(start, plan, capacity) };
        // SAFETY: as above, and nothing is in it.
        unsafe { new.note(start, plan) };
        Ok(new)
    }

    /// Makes room for `additional` rows beside `len`, or more if there are to be `doubled`.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    ///
    /// # Safety
    ///
    /// The block is of `plan` and `alloc` (1, 2), it has room for fewer rows than that, and the first
    /// `len` are initialised; so they are afterwards.
    #[expect(
        clippy::inline_always,
        reason = "push 4: 5.6 ns a row, and 6.4 where it is out of line"
    )]
    #[inline(always)]
    pub(super) unsafe fn grow<A: Allocator>(
        &mut self,
        plan: &Plan,
        len: usize,
        additional: usize,
        doubled: bool,
        alloc: &A,
    ) -> Result<(), Refusal> {
        if self.capacity == 0 {
            let capacity = plan.choose(additional, if doubled { LEAST } else { 0 })?;
            // SAFETY: the capacity is one of the plan's.
            *self = unsafe { Self::make(plan, capacity, alloc) }?;
            return Ok(());
        }
        let times = if self.capacity < SMALL { 4 } else { 2 };
        let more = if doubled { self.capacity.saturating_mul(times) } else { 0 };
        let capacity = plan.choose(len.saturating_add(additional), more)?;
        // SAFETY: the capacity is one of the plan's, and larger; and as promised.
        unsafe { self.enlarge(plan, len, capacity, alloc) }
    }

    /// Grows to `capacity`.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    ///
    /// # Safety
    ///
    /// As [`grow`](Self::grow), and the capacity is as the plan rounds it, and larger than that of the
    /// block, which there is.
    #[inline(never)]
    unsafe fn enlarge<A: Allocator>(
        &mut self,
        plan: &Plan,
        len: usize,
        capacity: usize,
        alloc: &A,
    ) -> Result<(), Refusal> {
        // SAFETY: there is a block, as promised.
        let (start, old) = unsafe { self.whole(plan) };
        let pad = self.first.addr().get() - start.addr().get();
        // SAFETY: the plan rounds to such capacities only.
        let layout = unsafe { plan.layout(capacity) };
        // SAFETY: the block is of this allocator and layout (1), and the new layout is larger.
        let Ok(grown) = (unsafe { alloc.grow(start, old, layout) }) else {
            return Err(refusal(layout, old.size()));
        };
        let start = grown.cast::<u8>();
        // SAFETY: the arrays are as far behind the start as they were.
        let first = unsafe { start.add(pad) };
        // SAFETY: the block is of that layout.
        let new = unsafe { Self::of(start, plan, capacity) };
        // SAFETY: the rows are where they were in the old block, and there is room for more of them.
        unsafe { plan.spread(first, self.capacity, new.first, capacity, len) };
        // SAFETY: the block is of that layout; what was where the pad is has moved.
        unsafe { new.note(start, plan) };
        *self = new;
        Ok(())
    }

    /// [`grow`](Self::grow), out of line.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    ///
    /// # Safety
    ///
    /// As [`grow`](Self::grow).
    #[cold]
    #[inline(never)]
    pub(super) unsafe fn try_grow<A: Allocator>(
        &mut self,
        plan: &Plan,
        len: usize,
        additional: usize,
        doubled: bool,
        alloc: &A,
    ) -> Result<(), Refusal> {
        // SAFETY: as promised.
        unsafe { self.grow(plan, len, additional, doubled, alloc) }
    }

    /// Moves the rows to a smaller block, for `capacity` rows or a few more, if that makes a
    /// difference.
    ///
    /// # Errors
    ///
    /// When memory is refused; nothing has changed then.
    ///
    /// # Safety
    ///
    /// The block is of `plan` and `alloc` (1, 2), and the first `len` rows, not more than `capacity`, are
    /// initialised; so they are afterwards.
    pub(super) unsafe fn shrink<A: Allocator>(
        &mut self,
        plan: &Plan,
        len: usize,
        capacity: usize,
        alloc: &A,
    ) -> Result<(), Refusal> {
        if plan.row == 0 {
            return Ok(());
        }
        let mut new = Self::none(plan);
        if capacity > 0 {
            let capacity = match plan.round(capacity) {
                Some(capacity) if capacity < self.capacity => capacity,
                _ => return Ok(()),
            };
            // SAFETY: the capacity is one of the plan's.
            new = unsafe { Self::make(plan, capacity, alloc) }?;
            // SAFETY: both have room for `len` rows, which are initialised in the old one.
            unsafe { plan.spread(self.first, self.capacity, new.first, new.capacity, len) };
        }
        let old = core::mem::replace(self, new);
        // SAFETY: as promised; the rows have moved.
        unsafe { old.free(plan, alloc) };
        Ok(())
    }
}

/// The refusal of a block, instead of one of `reserved` bytes.
#[cold]
#[inline(never)]
const fn refusal(layout: Layout, reserved: usize) -> Refusal {
    Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved })
}
