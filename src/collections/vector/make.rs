//! Making vectors: empty, with room, from elements, from other vectors.

use super::{Heap, Rest, Vector};
use crate::{
    alloc::{Allocator, Refusal, Refused},
    panics,
    raw::storage::Fresh,
};

impl<S: Fresh> Vector<S> {
    /// An empty vector, whose memory will come from `alloc`. Allocates nothing.
    #[inline]
    #[must_use]
    pub fn new_in(alloc: S::Alloc) -> Self {
        Self::over(S::empty_in(alloc))
    }

    /// An empty vector with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn with_capacity_in(capacity: usize, alloc: S::Alloc) -> Self {
        panics::granted(Self::try_with_capacity_in(capacity, alloc))
    }

    /// [`with_capacity_in`](Self::with_capacity_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_with_capacity_in(capacity: usize, alloc: S::Alloc) -> Result<Self, Refusal> {
        let mut this = Self::new_in(alloc);
        this.try_reserve_exact(capacity)?;
        Ok(this)
    }

    /// The elements of `iter`, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn from_iter_in<I: IntoIterator<Item = S::Item>>(iter: I, alloc: S::Alloc) -> Self {
        let mut this = Self::new_in(alloc);
        panics::taken(this.try_extend(iter));
        this
    }

    /// [`from_iter_in`](Self::from_iter_in), or what found no room; what had found some is dropped.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_from_iter_in<I: IntoIterator<Item = S::Item>>(
        iter: I,
        alloc: S::Alloc,
    ) -> Result<Self, Refused<Rest<I::IntoIter>>> {
        let mut this = Self::new_in(alloc);
        this.try_extend(iter)?;
        Ok(this)
    }

    /// Clones of `elements`, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn from_slice_in(elements: &[S::Item], alloc: S::Alloc) -> Self
    where
        S::Item: Clone,
    {
        panics::granted(Self::try_from_slice_in(elements, alloc))
    }

    /// [`from_slice_in`](Self::from_slice_in), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_from_slice_in(elements: &[S::Item], alloc: S::Alloc) -> Result<Self, Refusal>
    where
        S::Item: Clone,
    {
        let mut this = Self::try_with_capacity_in(elements.len(), alloc)?;
        this.try_extend_from_slice(elements)?;
        Ok(this)
    }

    /// A clone of the elements, in memory of a clone of the allocator, or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_clone(&self) -> Result<Self, Refusal>
    where
        S::Item: Clone,
        S::Alloc: Clone,
    {
        let mut this = Self::new_in(self.allocator().clone());
        this.try_extend_from_slice(self)?;
        Ok(this)
    }
}

impl<S: Fresh<Item: Clone, Alloc: Clone>> Clone for Vector<S> {
    #[inline]
    #[track_caller]
    fn clone(&self) -> Self {
        // Not by `try_clone`: a vector in a `Result` is moved once more.
        let mut this = Self::new_in(self.allocator().clone());
        this.extend_from_slice(self);
        this
    }

    #[track_caller]
    fn clone_from(&mut self, source: &Self) {
        self.truncate(source.len());
        let (same, more) = source.split_at(self.len());
        self.clone_from_slice(same);
        self.extend_from_slice(more);
    }
}

impl<S: Fresh<Alloc: Default>> Default for Vector<S> {
    #[inline]
    fn default() -> Self {
        Self::new_in(S::Alloc::default())
    }
}

impl<S: Fresh<Alloc: Default>> FromIterator<S::Item> for Vector<S> {
    #[inline]
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = S::Item>>(iter: I) -> Self {
        Self::from_iter_in(iter, S::Alloc::default())
    }
}

/// One impl for each reference that coerces to a slice.
macro_rules! clones {
    ($([$($params:tt)*] $from:ty;)+) => {$(
        impl<S: Fresh<Item: Clone, Alloc: Default>, $($params)*> From<$from> for Vector<S> {
            #[track_caller]
            fn from(elements: $from) -> Self {
                Self::from_slice_in(elements, S::Alloc::default())
            }
        }
    )+};
}

clones! {
    [] &[S::Item];
    [] &mut [S::Item];
    [const M: usize] &[S::Item; M];
    [const M: usize] &mut [S::Item; M];
}

impl<S: Fresh<Alloc: Default>, const M: usize> From<[S::Item; M]> for Vector<S> {
    #[inline]
    #[track_caller]
    fn from(elements: [S::Item; M]) -> Self {
        elements.into_iter().collect()
    }
}

impl<S: Fresh<Item = u8, Alloc: Default>> From<&str> for Vector<S> {
    #[track_caller]
    fn from(text: &str) -> Self {
        Self::from(text.as_bytes())
    }
}

impl<'a, T: 'a, A: Allocator + 'a, const KEEP: usize> Vector<Heap<T, A, KEEP>> {
    /// Gives the elements up for as long as their memory lives: neither is ever freed.
    #[must_use]
    pub fn leak(self) -> &'a mut [T] {
        self.leak_slice()
    }
}
