#![expect(unsafe_code, reason = "moves rows between vectors")]
//! Many rows at once.

use core::{
    iter::{self, Chain},
    ops::RangeBounds,
    option,
};

use super::{
    SoaVector,
    row::{CloneRow, Ref, Soa},
};
use crate::{
    alloc::{Allocator, Cause, Refusal, Refused},
    panics,
    raw::range,
};

/// What an iterator had left when memory was refused, the row that found no room first.
pub type Rest<I> = Chain<option::IntoIter<<I as Iterator>::Item>, I>;

impl<T: Soa, A: Allocator> SoaVector<T, A> {
    /// Makes room for `estimate` rows, of which `certain` are. An estimate that no memory can hold lies.
    fn make_estimated_room(&mut self, estimate: usize, certain: usize) -> Result<(), Refusal> {
        match self.try_reserve(estimate.max(certain)) {
            Err(Refusal { cause: Cause::Overflow, .. }) => self.try_reserve(certain),
            result => result,
        }
    }

    /// Appends all that `iter` yields, or gives back what is left.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector has the rows that were taken before.
    pub fn try_extend<I: IntoIterator<Item = T>>(
        &mut self,
        iter: I,
    ) -> Result<(), Refused<Rest<I::IntoIter>>> {
        let mut iter = iter.into_iter();
        if let Err(refusal) = self.make_estimated_room(iter.size_hint().0, 0) {
            return Err(Refused::new(None.into_iter().chain(iter), refusal));
        }
        while let Some(value) = iter.next() {
            if let Err(value) = self.push_within_capacity(value) {
                if let Err(refusal) =
                    self.make_estimated_room(iter.size_hint().0.saturating_add(1), 1)
                {
                    return Err(Refused::new(Some(value).into_iter().chain(iter), refusal));
                }
                // There is room for this one now.
                let _ = self.push_within_capacity(value);
            }
        }
        Ok(())
    }

    /// Appends clones of the vector's own rows in `range`.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector, or memory is refused.
    #[track_caller]
    pub fn extend_from_within(&mut self, range: impl RangeBounds<usize>)
    where
        for<'r> Ref<'r, T>: CloneRow<Owned = T>,
    {
        panics::granted(self.try_extend_from_within(range));
    }

    /// [`extend_from_within`](Self::extend_from_within), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[track_caller]
    pub fn try_extend_from_within(&mut self, range: impl RangeBounds<usize>) -> Result<(), Refusal>
    where
        for<'r> Ref<'r, T>: CloneRow<Owned = T>,
    {
        let range = range::within(range, self.len());
        self.try_reserve(range.len())?;
        for at in range {
            let copy = self.row(at).cloned();
            // There is room for it.
            let _ = self.push_within_capacity(copy);
        }
        Ok(())
    }

    /// Moves all rows of `other` to the end of this vector. `other` keeps its memory.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn append<B: Allocator>(&mut self, other: &mut SoaVector<T, B>) {
        panics::granted(self.try_append(other));
    }

    /// [`append`](Self::append), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; both vectors are what they were.
    pub fn try_append<B: Allocator>(&mut self, other: &mut SoaVector<T, B>) -> Result<(), Refusal> {
        let (len, more) = (self.len(), other.len());
        self.try_reserve(more)?;
        // SAFETY: the rows are initialised, there is room for them, and they are `other`'s no more.
        unsafe { self.held.rows.take_from(&mut other.held.rows, 0, len) };
        Ok(())
    }

    /// Takes the rows from `at` on out, into a vector with a clone of the allocator.
    ///
    /// # Panics
    ///
    /// When there are fewer rows, or memory is refused.
    #[must_use]
    #[track_caller]
    pub fn split_off(&mut self, at: usize) -> Self
    where
        A: Clone,
    {
        panics::granted(self.try_split_off(at))
    }

    /// [`split_off`](Self::split_off), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When there are fewer rows.
    #[track_caller]
    pub fn try_split_off(&mut self, at: usize) -> Result<Self, Refusal>
    where
        A: Clone,
    {
        let len = self.len();
        if at > len {
            panics::out_of_bounds("`at` split", at, "<=", len);
        }
        let mut other = Self::try_with_capacity_in(len - at, self.allocator().clone())?;
        // SAFETY: the rows are initialised, there is room for them, and they are `self`'s no more.
        unsafe { other.held.rows.take_from(&mut self.held.rows, at, 0) };
        Ok(other)
    }

    /// Makes the vector `len` rows long: drops those behind, or appends clones of `value`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize(&mut self, len: usize, value: T)
    where
        T: Clone,
    {
        panics::taken(self.try_resize(len, value));
    }

    /// [`resize`](Self::resize), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_resize(&mut self, len: usize, value: T) -> Result<(), Refused<T>>
    where
        T: Clone,
    {
        let Some(missing) = len.checked_sub(self.len()) else {
            self.truncate(len);
            return Ok(());
        };
        if let Err(refusal) = self.try_reserve(missing) {
            return Err(Refused::new(value, refusal));
        }
        // There is room for all of them; the value itself is the last one.
        for copy in iter::repeat_n(value, missing) {
            let _ = self.push_within_capacity(copy);
        }
        Ok(())
    }

    /// Makes the vector `len` rows long: drops those behind, or appends what `make` makes.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn resize_with(&mut self, len: usize, make: impl FnMut() -> T) {
        panics::granted(self.try_resize_with(len, make));
    }

    /// [`resize_with`](Self::resize_with), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_resize_with(
        &mut self,
        len: usize,
        mut make: impl FnMut() -> T,
    ) -> Result<(), Refusal> {
        let missing = len.saturating_sub(self.len());
        self.try_reserve(missing)?;
        for _ in 0..missing {
            let _ = self.push_within_capacity(make());
        }
        self.truncate(len);
        Ok(())
    }
}

impl<T: Soa, A: Allocator> Extend<T> for SoaVector<T, A> {
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        panics::taken(self.try_extend(iter));
    }
}
