#![expect(unsafe_code, reason = "moves arrays apart")]
//! In which order the arrays lie, and how far apart: computed by the compiler, once for each struct.
//!
//! ```text
//! struct { tag: u8, id: u64, at: [f32; 3] }        capacity 64, or a multiple of it
//!
//!   | id ......... | at ................ | tag ... |
//!   0              8 * capacity          20 * capacity       21 * capacity
//! ```
//!
//! The fields with the largest alignment come first. Sizes are multiples of alignments, so there is
//! no padding, whatever the capacity, and a row takes the bytes of its fields and no more; an array
//! begins at the capacity times the bytes of the fields before it, which is a constant.
//!
//! Capacities are powers of two at first. From [`Plan::whole`] on they are multiples of that, and
//! so is each array a multiple of a cache line: 64 rows where there is a field of odd size, and as many
//! times fewer as all sizes are multiples of two. From there on, and from 1 KiB on, the first array
//! begins at a cache line, and so all do, which is what vector instructions like best. The
//! alignment is not asked of the allocator, since such a block is not one that `malloc` can grow where
//! it is; the block is a line longer instead, and the arrays begin at the first line in it.

use core::ptr::NonNull;

use crate::{
    alloc::{Cause, Layout, Refusal},
    raw::columns::{self, Column},
};

/// The most arrays that a struct can have.
pub(super) const MAX: usize = 128;

/// A cache line, and the widest vector register.
pub(super) const LINE: usize = 64;

/// From so many bytes on arrays begin at cache lines: one line more is not much then.
const LINED: usize = 16 * LINE;

/// What is in the arrays of a struct, in the order of its fields.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Arrays {
    elements: [Layout; MAX],
    count: usize,
}

impl Arrays {
    /// No arrays.
    pub const NONE: Self = Self { elements: [Layout::new::<()>(); MAX], count: 0 };

    /// These, and one of elements `X`.
    #[must_use]
    pub const fn with<X>(mut self) -> Self {
        self.push(Layout::new::<X>());
        self
    }

    /// These, and those of a nested struct.
    #[must_use]
    pub const fn with_all(mut self, nested: &Self) -> Self {
        let mut at = 0;
        while at < nested.count {
            self.push(nested.elements[at]);
            at += 1;
        }
        self
    }

    /// How many they are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    const fn push(&mut self, element: Layout) {
        assert!(
            self.count < MAX,
            "a struct for `SoaVector` has at most 128 fields, nested ones included"
        );
        self.elements[self.count] = element;
        self.count += 1;
    }
}

/// Where arrays of a struct begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    /// For each array, in the order of the fields, the bytes of a row before it.
    pub(super) offsets: [usize; MAX],
    /// The arrays as they follow each other, by their number in the order of the fields.
    order: [u8; MAX],
    /// How many arrays there are.
    count: usize,
    /// Bytes of a row.
    pub(super) row: usize,
    /// The largest alignment.
    pub(super) align: usize,
    /// Of this many rows, a power of two, each array is a multiple of a cache line.
    pub(super) whole: usize,
    /// The largest capacity, of rows that have bytes.
    pub(super) most: usize,
}

impl Plan {
    pub(super) const fn of(arrays: &Arrays) -> Self {
        let Arrays { elements, count } = arrays;
        let (mut sorted, mut rank, mut whole) = ([Column::of::<()>(0); MAX], [0; MAX], 1);
        let mut at = 0;
        while at < *count {
            // Behind all with a larger alignment, and those of the same one that came earlier.
            let mut other = 0;
            while other < *count {
                let (align, mine) = (elements[other].align(), elements[at].align());
                if align > mine || align == mine && other < at {
                    rank[at] += 1;
                }
                other += 1;
            }
            sorted[rank[at]] = Column { element: elements[at], count: 1 };
            let size = elements[at].size();
            if size > 0 && LINE >> size.trailing_zeros() > whole {
                whole = LINE >> size.trailing_zeros();
            }
            at += 1;
        }
        // One row has its elements at the offsets that rows of arrays have, times their number.
        let Ok((layout, placed)) = columns::place(sorted) else {
            panic!("a row has more bytes than a number holds");
        };
        let (mut offsets, mut order) = ([0; MAX], [0; MAX]);
        at = 0;
        while at < *count {
            offsets[at] = placed[rank[at]];
            order[rank[at]] = at as u8;
            at += 1;
        }
        let (row, align) = (layout.size(), layout.align());
        // A layout may have a few bytes less than `isize::MAX`, and one with a pad a line more.
        let bytes = isize::MAX.cast_unsigned() - (align - 1) - LINE;
        let most = match bytes.checked_div(row) {
            Some(most) => most & !(whole - 1),
            None => 0,
        };
        Self { offsets, order, count: *count, row, align, whole, most }
    }

    /// Whether a block for `capacity` rows has a line more than they need, to begin at a line in it.
    #[inline]
    pub(super) const fn pads(&self, capacity: usize) -> bool {
        self.align < LINE && capacity >= self.whole && capacity * self.row >= LINED
    }

    /// The capacity for at least `needed` rows, if there can be so many.
    #[inline]
    pub(super) const fn round(&self, needed: usize) -> Option<usize> {
        if needed > self.most {
            None
        } else if needed < self.whole {
            Some(needed.next_power_of_two())
        } else {
            Some((needed + self.whole - 1) & !(self.whole - 1))
        }
    }

    /// The capacity for `needed` rows: `more`, which is one or 0, if that is enough and not too much.
    ///
    /// # Errors
    ///
    /// When no number holds what is needed.
    #[inline]
    pub(super) fn choose(&self, needed: usize, more: usize) -> Result<usize, Refusal> {
        if needed <= more && more <= self.most {
            return Ok(more);
        }
        self.round(needed).ok_or(Refusal {
            size: usize::MAX,
            align: self.align,
            cause: Cause::Overflow,
        })
    }

    /// The layout of a block for `capacity` rows.
    ///
    /// # Safety
    ///
    /// The capacity is at most [`most`](Self::most).
    #[inline]
    pub(super) const unsafe fn layout(&self, capacity: usize) -> Layout {
        let pad = if self.pads(capacity) { LINE } else { 0 };
        // SAFETY: that many rows and a pad have no more bytes than a layout can have, as promised.
        unsafe { Layout::from_size_align_unchecked(capacity * self.row + pad, self.align) }
    }

    /// Moves `len` rows from arrays of `held` rows at `from` to arrays of `capacity` rows at `to`.
    ///
    /// The last array goes first. If the new arrays are in the block of the old ones they are larger, and
    /// begin less than a line before them: so each is behind all that have not moved yet, but for the
    /// first, which moves last.
    ///
    /// # Safety
    ///
    /// Both are arrays of this plan, the old ones with `len` initialised rows, the new ones with room for
    /// them, in two blocks, or in one as above.
    pub(super) unsafe fn spread(
        &self,
        from: NonNull<u8>,
        held: usize,
        to: NonNull<u8>,
        capacity: usize,
        len: usize,
    ) {
        let mut end = self.row;
        for &field in self.order[..self.count].iter().rev() {
            let offset = self.offsets[usize::from(field)];
            let bytes = (end - offset) * len;
            end = offset;
            // SAFETY: the array begins there, as promised.
            let from = unsafe { from.add(offset * held) };
            // SAFETY: as above.
            let to = unsafe { to.add(offset * capacity) };
            if bytes > 0 && from != to {
                // SAFETY: the array has so many initialised bytes, and the new one room for them.
                unsafe { from.copy_to(to, bytes) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(align(128))]
    struct Wide;

    #[test]
    fn arrays_lie_by_alignment_without_padding() {
        const ARRAYS: Arrays =
            Arrays::NONE.with::<u8>().with::<u64>().with::<[f32; 3]>().with::<()>().with::<u64>();
        let plan = Plan::of(&ARRAYS);
        assert_eq!(plan.offsets[..5], [28, 0, 16, 29, 8]);
        assert_eq!((plan.row, plan.align, plan.whole), (29, 8, 64));
        let wide = Plan::of(&Arrays::NONE.with::<u8>().with::<Wide>().with::<[u8; 128]>());
        assert_eq!((wide.row, wide.align), (129, 128));
    }

    #[test]
    fn arrays_of_whole_lines_begin_at_lines() {
        let plan = Plan::of(&Arrays::NONE.with::<u16>().with::<[u8; 3]>().with::<u64>());
        for needed in [1, 2, 3, 5, 9, 31, 33, 63, 64, 65, 100, 129, 1000] {
            let capacity = plan.round(needed).unwrap();
            assert!(capacity >= needed && capacity < 2 * needed.max(64));
            // SAFETY: the capacity is one of the plan's.
            let layout = unsafe { plan.layout(capacity) };
            let pads = capacity >= 128;
            assert_eq!((plan.pads(capacity), layout.align()), (pads, 8));
            assert_eq!(layout.size(), capacity * 13 + if pads { LINE } else { 0 });
            for offset in &plan.offsets[..3] {
                assert!((offset * capacity).is_multiple_of(capacity.min(64)));
            }
        }
    }

    #[test]
    fn what_no_block_can_hold_is_refused() {
        let plan = Plan::of(&Arrays::NONE.with::<u64>());
        assert_eq!(plan.choose(usize::MAX, 0).unwrap_err().cause, Cause::Overflow);
        assert_eq!(plan.choose(usize::MAX / 8, 0).unwrap_err().cause, Cause::Overflow);
        assert_eq!(plan.choose(5, 8), Ok(8));
        assert_eq!(plan.choose(plan.most, usize::MAX), Ok(plan.most));
        assert_eq!((plan.whole, plan.choose(plan.most + 1, 0).is_err()), (8, true));
        for plan in
            [plan, Plan::of(&Arrays::NONE.with::<u8>()), Plan::of(&Arrays::NONE.with::<Wide>())]
        {
            // SAFETY: the capacity is the largest one of the plan.
            let layout = unsafe { plan.layout(plan.most) };
            assert!(Layout::from_size_align(layout.size(), layout.align()).is_ok());
        }
        assert!(Plan::of(&Arrays::NONE.with::<()>()).choose(1, 0).is_err());
    }
}
