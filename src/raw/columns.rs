//! Arrays of different elements, one after the other in one allocation.
//!
//! ```text
//!   | keys ............ | pad | values ............ | pad | levels ... |
//!   0                         offsets[1]                  offsets[2]
//! ```
//!
//! Pure arithmetic: where each array begins, and the layout of all of them. What does not fit into
//! `isize::MAX` bytes is refused here, once, so that nothing that uses the offsets can overflow.

use crate::alloc::{Cause, Layout, Refusal};

/// One array: the layout of its elements, and how many they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Size and alignment of an element. The alignment may be raised to place the array better.
    pub(crate) element: Layout,
    /// How many there are.
    pub(crate) count: usize,
}

impl Column {
    /// `count` values of `T`.
    pub(crate) const fn of<T>(count: usize) -> Self {
        Self { element: Layout::new::<T>(), count }
    }

    /// The same array, beginning at a multiple of `align` too.
    pub(crate) const fn at_multiple_of(self, align: usize) -> Self {
        let Ok(element) = self.element.align_to(align) else { return self };
        Self { element, ..self }
    }
}

/// The layout of an allocation that holds all `columns` in this order, and where each begins.
///
/// # Errors
///
/// When it would exceed `isize::MAX` bytes.
#[inline]
pub(crate) const fn place<const N: usize>(
    columns: [Column; N],
) -> Result<(Layout, [usize; N]), Refusal> {
    let (mut offsets, mut size, mut align) = ([0; N], 0_usize, 1);
    let mut i = 0;
    while i < N {
        let Column { element, count } = columns[i];
        if element.align() > align {
            align = element.align();
        }
        offsets[i] = match size.checked_next_multiple_of(element.align()) {
            Some(offset) => offset,
            None => return Err(too_large(align)),
        };
        size = match element.size().checked_mul(count) {
            Some(bytes) => match offsets[i].checked_add(bytes) {
                Some(size) => size,
                None => return Err(too_large(align)),
            },
            None => return Err(too_large(align)),
        };
        i += 1;
    }
    match Layout::from_size_align(size, align) {
        Ok(layout) => Ok((layout, offsets)),
        Err(_) => Err(too_large(align)),
    }
}

const fn too_large(align: usize) -> Refusal {
    Refusal { size: usize::MAX, align, cause: Cause::Overflow }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_follow_each_other_at_their_alignment() {
        let columns = [Column::of::<u8>(5), Column::of::<u64>(3), Column::of::<u16>(1)];
        let (layout, offsets) = place(columns).unwrap();
        assert_eq!((layout.size(), layout.align(), offsets), (34, 8, [0, 8, 32]));
        let raised = [Column::of::<u8>(5), Column::of::<u64>(3).at_multiple_of(64)];
        let (layout, offsets) = place(raised).unwrap();
        assert_eq!((layout.size(), layout.align(), offsets), (88, 64, [0, 64]));
        assert_eq!(place::<0>([]).unwrap().0.size(), 0);
        assert_eq!(place([Column::of::<()>(usize::MAX)]).unwrap().0.size(), 0);
    }

    #[test]
    fn too_many_bytes_are_refused_whichever_array_has_them() {
        let most = isize::MAX.cast_unsigned();
        for columns in [
            [Column::of::<u64>(usize::MAX), Column::of::<u8>(0)],
            [Column::of::<u64>(0), Column::of::<u64>(usize::MAX / 4)],
            [Column::of::<u8>(most), Column::of::<u8>(most)],
            [Column::of::<u8>(most), Column::of::<u8>(1)],
            [Column::of::<u8>(usize::MAX), Column::of::<u64>(1)],
        ] {
            assert_eq!(place(columns).unwrap_err().cause, Cause::Overflow);
        }
        assert!(place([Column::of::<u8>(most), Column::of::<u8>(0)]).is_ok());
    }
}
