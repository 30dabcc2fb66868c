//! Making vectors, of nothing or of other sequences, and copies of them.

use liballoc::vec::Vec;

use super::{
    SoaVector,
    bulk::Rest,
    held::Held,
    row::{CloneRow, Ref, Soa},
    rows::Rows,
};
use crate::{
    alloc::{Allocator, Global, Refusal, Refused},
    panics,
};

impl<T: Soa> SoaVector<T> {
    /// A vector without rows and without memory.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }

    /// A vector with room for `capacity` rows.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[must_use]
    #[track_caller]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }

    /// [`with_capacity`](Self::with_capacity), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, Refusal> {
        Self::try_with_capacity_in(capacity, Global)
    }
}

impl<T: Soa, A: Allocator> SoaVector<T, A> {
    /// A vector without rows, and without memory so far, that takes it from `alloc`.
    ///
    /// ```
    /// use larder::{Arena, Soa, SoaVector};
    /// #[derive(Soa)]
    /// struct Edge {
    ///     from: u32,
    ///     to: u32,
    /// }
    /// let arena = Arena::new();
    /// let mut edges = SoaVector::new_in(&arena);
    /// edges.extend((0..9).map(|n| Edge { from: n, to: n / 2 }));
    /// assert_eq!(edges.slices().to.iter().sum::<u32>(), 16);
    /// ```
    #[inline]
    pub const fn new_in(alloc: A) -> Self {
        Self { held: Held { rows: Rows::EMPTY, alloc } }
    }

    /// A vector with room for `capacity` rows, from `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn with_capacity_in(capacity: usize, alloc: A) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// [`with_capacity_in`](Self::with_capacity_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity_in(capacity: usize, alloc: A) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.try_reserve_exact(capacity)?;
        Ok(this)
    }

    /// A vector of what `iter` yields, from `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn from_iter_in<I: IntoIterator<Item = T>>(iter: I, alloc: A) -> Self {
        panics::taken(Self::try_from_iter_in(iter, alloc))
    }

    /// [`from_iter_in`](Self::from_iter_in), or what is left.
    ///
    /// # Errors
    ///
    /// When memory is refused; the rows taken before are dropped.
    pub fn try_from_iter_in<I: IntoIterator<Item = T>>(
        iter: I,
        alloc: A,
    ) -> Result<Self, Refused<Rest<I::IntoIter>>> {
        let mut this = Self::new_in(alloc);
        this.try_extend(iter)?;
        Ok(this)
    }

    /// [`clone`](Clone::clone), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        A: Clone,
        for<'r> Ref<'r, T>: CloneRow<Owned = T>,
    {
        let mut copy = Self::try_with_capacity_in(self.len(), self.allocator().clone())?;
        copy.clone_rows_within_capacity(self);
        Ok(copy)
    }

    fn clone_rows_within_capacity<B: Allocator>(&mut self, other: &SoaVector<T, B>)
    where
        for<'r> Ref<'r, T>: CloneRow<Owned = T>,
    {
        for row in other {
            let _ = self.push_within_capacity(row.cloned());
        }
    }
}

impl<T: Soa, A: Allocator + Clone> Clone for SoaVector<T, A>
where
    for<'r> Ref<'r, T>: CloneRow<Owned = T>,
{
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    fn clone(&self) -> Self {
        panics::granted(self.try_clone())
    }

    #[track_caller]
    fn clone_from(&mut self, source: &Self) {
        self.clear();
        self.reserve(source.len());
        self.clone_rows_within_capacity(source);
    }
}

impl<T: Soa, A: Allocator + Default> Default for SoaVector<T, A> {
    fn default() -> Self {
        Self::new_in(A::default())
    }
}

impl<T: Soa, A: Allocator + Default> FromIterator<T> for SoaVector<T, A> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(iter: I) -> Self {
        Self::from_iter_in(iter, A::default())
    }
}

impl<T: Soa, const N: usize> From<[T; N]> for SoaVector<T> {
    #[track_caller]
    fn from(rows: [T; N]) -> Self {
        rows.into_iter().collect()
    }
}

/// One impl for each type that lends rows.
macro_rules! clones {
    ($([$($params:tt)*] $from:ty;)+) => {$(
        impl<T: Soa + Clone, $($params)*> From<$from> for SoaVector<T> {
            #[track_caller]
            fn from(rows: $from) -> Self {
                rows.iter().cloned().collect()
            }
        }
    )+};
}

clones! {
    [] &[T];
    [] &mut [T];
    [const N: usize] &[T; N];
    [const N: usize] &mut [T; N];
}

impl<T: Soa> From<Vec<T>> for SoaVector<T> {
    #[track_caller]
    fn from(rows: Vec<T>) -> Self {
        rows.into_iter().collect()
    }
}

impl<T: Soa, A: Allocator> From<SoaVector<T, A>> for Vec<T> {
    fn from(rows: SoaVector<T, A>) -> Self {
        rows.into_iter().collect()
    }
}
