#![expect(unsafe_code, reason = "moves rows in and out of arrays")]
//! A vector of structs that keeps each field in an array of its own.
//!
//! ```text
//! SoaVector   | block | capacity | len | alloc |
//!                |
//! block          '-> | id id id . | at at at . | tag tag tag . |     one block, no padding
//! ```
//!
//! A loop that needs one field reads that field's memory and nothing else, and a loop over a slice of
//! numbers is one that compilers make vector instructions of. [`slices`](SoaVector::slices) lends
//! them all at once, so two can be written at the same time; a row is lent as a struct of references.
//! The arrays lie in the order of their alignment, the largest first, and each begins at a cache line
//! from 1 KiB and 64 rows on (fewer where all fields have an even size). The block grows where it is if
//! the allocator can do that, and the arrays move apart in it.
//!
//! ```
//! use larder::{Soa, SoaVector};
//!
//! #[derive(Soa, Debug, PartialEq)]
//! struct Body {
//!     name: String,
//!     mass: f64,
//!     speed: f64,
//! }
//!
//! let mut bodies = SoaVector::new();
//! bodies.push(Body { name: "Io".into(), mass: 8.9, speed: 17.3 });
//! bodies.push(Body { name: "Europa".into(), mass: 4.8, speed: 13.7 });
//!
//! let columns = bodies.slices_mut();
//! for (speed, mass) in columns.speed.iter_mut().zip(&*columns.mass) {
//!     *speed += 1.0 / mass;
//! }
//! bodies.sort_by(|a, b| a.name.cmp(b.name));
//! assert_eq!(bodies.row(0).name, "Europa");
//! assert_eq!(bodies.slices().mass, [4.8, 8.9]);
//! assert_eq!(bodies.pop().unwrap().name, "Io");
//! ```
//!
//! The views have no names of their own; [`Ref`], [`RefMut`], [`Slices`] and [`SlicesMut`] name them:
//! `Slices<'_, Body>`. They have the fields of the struct, as visible as they are there. A row is
//! `Debug`, `PartialEq`, `Ord`, `Hash`, [`CloneRow`] where all fields are, field by field, and then so
//! is the vector: an impl that was written by hand for the struct has no say in it, since there is no
//! struct in memory that it could be lent.
//!
//! What it does not promise: the order of the arrays, and the capacity beyond what was asked for. A
//! struct that implements `Drop` cannot be a row, as its fields cannot be taken apart.

mod block;
mod bulk;
mod compare;
mod drain;
mod edit;
mod gap;
mod held;
mod iter;
mod make;
mod plan;
#[cfg(feature = "rayon")]
mod rayon;
mod row;
mod rows;
#[cfg(feature = "serde")]
mod serde;
mod sort;

use core::{mem::ManuallyDrop, ops::RangeBounds, ptr};

#[cfg(feature = "rayon")]
pub use self::rayon::ParIter;
pub use bulk::Rest;
pub use drain::{Drain, ExtractIf};
pub use iter::{IntoIter, Iter, IterMut, Lend, Lent};
pub use plan::Arrays;
pub use row::{CloneRow, Placer, Ref, RefMut, Slices, SlicesMut, Soa, Views, Visit};

use self::held::Held;
use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    panics,
    raw::range,
};

/// A vector of structs, each field in an array of its own, all in one block of `A`.
///
/// The interface is `Vec`'s, with [`Ref`] where that has `&T`, and columns in place of the slice.
/// It takes 24 bytes and the allocator, and `capacity * row` bytes on the heap, where `row` is the
/// sum of the sizes of the fields, and 64 more from 1 KiB on. Rows without bytes need no memory at all.
/// The capacity grows by four times up to 64 rows, and doubles from there on.
pub struct SoaVector<T: Soa, A: Allocator = Global> {
    /// The first `len` rows are initialised, and ours.
    held: Held<T, A>,
}

impl<T: Soa, A: Allocator> SoaVector<T, A> {
    /// Without the drop of the rows: who takes this has them.
    fn into_held(self) -> Held<T, A> {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so `held` is moved out once.
        unsafe { ptr::read(&raw const this.held) }
    }

    /// How many rows there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.held.rows.len
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows there is room for without new memory.
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.held.rows.capacity()
    }

    /// The allocator.
    #[inline]
    #[must_use]
    pub const fn allocator(&self) -> &A {
        &self.held.alloc
    }

    /// The columns: a slice of each field.
    ///
    /// ```
    /// use larder::{Soa, SoaVector};
    /// #[derive(Soa)]
    /// struct Point(f32, f32);
    /// let points: SoaVector<_> = (1..4).map(|n| Point(n as f32, 0.5)).collect();
    /// let (x, y) = (points.slices().0, points.slices().1);
    /// assert_eq!(x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>(), 3.0);
    /// ```
    #[inline]
    #[must_use]
    pub fn slices(&self) -> Slices<'_, T> {
        // SAFETY: these rows are initialised, and borrowed with `self`.
        unsafe { T::slices(self.held.rows.raw(), 0, self.len()) }
    }

    /// The columns, to write.
    #[inline]
    #[must_use]
    pub fn slices_mut(&mut self) -> SlicesMut<'_, T> {
        // SAFETY: these rows are initialised, and borrowed mutably with `self`.
        unsafe { T::slices_mut(self.held.rows.raw(), 0, self.len()) }
    }

    /// The columns of the rows in `range`.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[must_use]
    #[track_caller]
    pub fn slices_of(&self, range: impl RangeBounds<usize>) -> Slices<'_, T> {
        let range = range::within(range, self.len());
        // SAFETY: these rows are initialised, and borrowed with `self`.
        unsafe { T::slices(self.held.rows.raw(), range.start, range.len()) }
    }

    /// The columns of the rows in `range`, to write.
    ///
    /// # Panics
    ///
    /// When the range is not within the vector.
    #[must_use]
    #[track_caller]
    pub fn slices_of_mut(&mut self, range: impl RangeBounds<usize>) -> SlicesMut<'_, T> {
        let range = range::within(range, self.len());
        // SAFETY: these rows are initialised, and borrowed mutably with `self`.
        unsafe { T::slices_mut(self.held.rows.raw(), range.start, range.len()) }
    }

    /// The row at `index`, if there is one.
    #[inline]
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Ref<'_, T>> {
        // SAFETY: the row is initialised if it is one of the first `len`, and borrowed with `self`.
        (index < self.len()).then(|| unsafe { T::row(self.held.rows.raw(), index) })
    }

    /// The row at `index`, to write, if there is one.
    #[inline]
    #[must_use]
    pub fn get_mut(&mut self, index: usize) -> Option<RefMut<'_, T>> {
        // SAFETY: as `get`, and borrowed mutably.
        (index < self.len()).then(|| unsafe { T::row_mut(self.held.rows.raw(), index) })
    }

    /// The row at `index`.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn row(&self, index: usize) -> Ref<'_, T> {
        match self.get(index) {
            Some(row) => row,
            None => panics::out_of_bounds("out of bounds: row", index, "<", self.len()),
        }
    }

    /// The row at `index`, to write.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[inline]
    #[must_use]
    #[track_caller]
    pub fn row_mut(&mut self, index: usize) -> RefMut<'_, T> {
        let len = self.len();
        match self.get_mut(index) {
            Some(row) => row,
            None => panics::out_of_bounds("out of bounds: row", index, "<", len),
        }
    }

    /// The first row.
    #[inline]
    #[must_use]
    pub fn first(&self) -> Option<Ref<'_, T>> {
        self.get(0)
    }

    /// The first row, to write.
    #[inline]
    #[must_use]
    pub fn first_mut(&mut self) -> Option<RefMut<'_, T>> {
        self.get_mut(0)
    }

    /// The last row.
    #[inline]
    #[must_use]
    pub fn last(&self) -> Option<Ref<'_, T>> {
        self.get(self.len().wrapping_sub(1))
    }

    /// The last row, to write.
    #[inline]
    #[must_use]
    pub fn last_mut(&mut self) -> Option<RefMut<'_, T>> {
        self.get_mut(self.len().wrapping_sub(1))
    }

    /// The rows, one after the other.
    #[inline]
    pub fn iter(&self) -> Iter<'_, T> {
        // SAFETY: the rows are initialised, and borrowed with `self`.
        unsafe { Iter::new(&self.held.rows, 0..self.len()) }
    }

    /// The rows, to write.
    #[inline]
    pub fn iter_mut(&mut self) -> IterMut<'_, T> {
        // SAFETY: the rows are initialised, and borrowed mutably with `self`.
        unsafe { IterMut::new(&self.held.rows, 0..self.len()) }
    }

    /// Appends `value`. O(1), averaged over many.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push(&mut self, value: T) {
        if self.len() == self.capacity() {
            self.held.grow_by_one();
        }
        // SAFETY: there is room for one more.
        unsafe { self.push_unchecked(value) }
    }

    /// [`push`](Self::push), or the value back.
    ///
    /// ```
    /// use larder::{Soa, SoaVector, alloc::Null};
    /// #[derive(Soa)]
    /// struct Pair(u8, u64);
    /// let mut none = SoaVector::new_in(Null);
    /// assert_eq!(none.try_push(Pair(3, 4)).unwrap_err().into_value().0, 3);
    /// ```
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    #[inline]
    pub fn try_push(&mut self, value: T) -> Result<(), Refused<T>> {
        if let Err(refusal) = self.try_reserve(1) {
            return Err(Refused::new(value, refusal));
        }
        // SAFETY: there is room for one more.
        unsafe { self.push_unchecked(value) };
        Ok(())
    }

    /// Appends `value` if there is room for it without new memory.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    #[inline]
    pub fn push_within_capacity(&mut self, value: T) -> Result<(), T> {
        if self.len() == self.capacity() {
            return Err(value);
        }
        // SAFETY: there is room for one more.
        unsafe { self.push_unchecked(value) };
        Ok(())
    }

    /// # Safety
    ///
    /// There is room for one more.
    #[inline]
    unsafe fn push_unchecked(&mut self, value: T) {
        let (raw, len) = (self.held.rows.raw(), self.len());
        // The length is written before the row: else the compiler has to read it once more, as it
        // cannot know that the row did not overwrite it.
        self.held.rows.len = len + 1;
        // SAFETY: there is room, as promised, and nothing in it; no code of others runs (3 of `Soa`).
        unsafe { T::write(raw, len, value) }
    }

    /// Takes the last row out.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let last = self.len().checked_sub(1)?;
        self.held.rows.len = last;
        // SAFETY: the row is initialised, and out of reach now.
        Some(unsafe { T::read(self.held.rows.raw(), last) })
    }

    /// Takes the last row out if `take` wants it.
    pub fn pop_if(&mut self, take: impl FnOnce(RefMut<'_, T>) -> bool) -> Option<T> {
        if take(self.last_mut()?) { self.pop() } else { None }
    }

    /// Drops all rows behind the first `len`.
    pub fn truncate(&mut self, len: usize) {
        let before = self.len();
        if len < before {
            self.held.rows.len = len;
            // SAFETY: the rows are initialised, and out of reach now.
            unsafe { self.held.rows.drop_rows(len, before - len) }
        }
    }

    /// Drops all rows, and keeps the memory.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Makes room for at least `additional` more rows.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        panics::granted(self.try_reserve(additional));
    }

    /// Makes room for `additional` more rows, and for not many more.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve_exact(&mut self, additional: usize) {
        panics::granted(self.try_reserve_exact(additional));
    }

    /// [`reserve`](Self::reserve), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    #[inline]
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.held.try_reserve(additional, true)
    }

    /// [`reserve_exact`](Self::reserve_exact), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), Refusal> {
        self.held.try_reserve(additional, false)
    }

    /// Gives back memory that the rows do not need.
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory beyond that for the rows, or for `capacity` rows, whichever is more.
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to(&mut self, capacity: usize) {
        panics::granted(self.try_shrink_to(capacity));
    }

    /// [`shrink_to`](Self::shrink_to), or an error.
    ///
    /// # Errors
    ///
    /// When the allocator refuses the smaller block; the vector is what it was.
    pub fn try_shrink_to(&mut self, capacity: usize) -> Result<(), Refusal> {
        self.held.try_shrink(capacity)
    }
}

impl<T: Soa, A: Allocator> Drop for SoaVector<T, A> {
    fn drop(&mut self) {
        let len = core::mem::take(&mut self.held.rows.len);
        // SAFETY: the rows are initialised, and nobody uses them hereafter. The block is freed next,
        // whatever panics.
        unsafe { self.held.rows.drop_rows(0, len) }
    }
}
