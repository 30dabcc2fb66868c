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
//! times fewer as all sizes are multiples of two. From there on every array begins at a cache line,
//! which is what vector instructions like best; an array that is shorter begins at its length, or at
//! the largest power of two in it.

use crate::{
    alloc::{Cause, Layout, Refusal},
    raw::columns::{self, Column},
};

/// The most arrays that a struct can have.
pub(super) const MAX: usize = 128;

/// A cache line, and the widest vector register.
const LINE: usize = 64;

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
    /// Bytes of a row.
    pub(super) row: usize,
    /// The largest alignment.
    pub(super) align: usize,
    /// Of this many rows, a power of two, each array is a multiple of a cache line.
    pub(super) whole: usize,
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
        let mut offsets = [0; MAX];
        at = 0;
        while at < *count {
            offsets[at] = placed[rank[at]];
            at += 1;
        }
        Self { offsets, row: layout.size(), align: layout.align(), whole }
    }

    /// The capacity for at least `needed` rows, of which there are some, and which have bytes.
    const fn round(&self, needed: usize) -> Option<usize> {
        if needed < self.whole {
            needed.checked_next_power_of_two()
        } else {
            needed.checked_next_multiple_of(self.whole)
        }
    }

    /// The layout of a block for `capacity` rows, as rounded by [`fit`](Self::fit).
    pub(super) const fn layout(&self, capacity: usize) -> Result<Layout, Refusal> {
        let align = if capacity < self.whole || self.align > LINE { self.align } else { LINE };
        let overflow = Refusal { size: usize::MAX, align, cause: Cause::Overflow };
        let Some(size) = capacity.checked_mul(self.row) else { return Err(overflow) };
        match Layout::from_size_align(size, align) {
            Ok(layout) => Ok(layout),
            Err(_) => Err(overflow),
        }
    }

    /// How many rows a block for `needed` has, and its layout.
    pub(super) const fn fit(&self, needed: usize) -> Result<(usize, Layout), Refusal> {
        let Some(capacity) = self.round(needed) else {
            return Err(Refusal { size: usize::MAX, align: self.align, cause: Cause::Overflow });
        };
        match self.layout(capacity) {
            Ok(layout) => Ok((capacity, layout)),
            Err(refusal) => Err(refusal),
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
            let (capacity, layout) = plan.fit(needed).unwrap();
            assert!(capacity >= needed && capacity < 2 * needed.max(64));
            assert_eq!(layout.size(), capacity * 13);
            for offset in &plan.offsets[..3] {
                let begins = offset * capacity;
                assert!(begins.is_multiple_of(capacity.min(64)));
                assert!(capacity < 64 || layout.align() == 64);
            }
        }
    }

    #[test]
    fn what_no_block_can_hold_is_refused() {
        let plan = Plan::of(&Arrays::NONE.with::<u64>());
        assert_eq!(plan.fit(usize::MAX).unwrap_err().cause, Cause::Overflow);
        assert_eq!(plan.fit(usize::MAX / 8).unwrap_err().cause, Cause::Overflow);
        assert!(plan.fit((isize::MAX / 8 - 8).cast_unsigned()).is_ok());
        assert_eq!(plan.whole, 8);
    }
}
