//! Making vectors: empty, with room, from elements, from other vectors.

use super::{Rest, Vector};
use crate::{
    alloc::{Refusal, Refused},
    panics,
    raw::{buffer::Growth, storage::Fresh},
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
        let mut this = Self::new_in(alloc);
        this.extend_by_clones(elements, Growth::Exact)?;
        Ok(this)
    }

    /// `count` clones of `value`, in memory of `alloc`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn from_elem_in(value: S::Item, count: usize, alloc: S::Alloc) -> Self
    where
        S::Item: Clone,
    {
        // As in `clone`.
        let mut this = Self::new_in(alloc);
        panics::taken(this.resize_by_clones(count, value, Growth::Exact));
        this
    }

    /// [`from_elem_in`](Self::from_elem_in), or the value back.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[inline]
    pub fn try_from_elem_in(
        value: S::Item,
        count: usize,
        alloc: S::Alloc,
    ) -> Result<Self, Refused<S::Item>>
    where
        S::Item: Clone,
    {
        let mut this = Self::new_in(alloc);
        this.resize_by_clones(count, value, Growth::Exact)?;
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
        Self::try_from_slice_in(self, self.allocator().clone())
    }
}

impl<S: Fresh<Item: Clone, Alloc: Clone>> Clone for Vector<S> {
    #[inline]
    #[track_caller]
    fn clone(&self) -> Self {
        // Not by `try_clone`: a vector in a `Result` is moved once more.
        let mut this = Self::new_in(self.allocator().clone());
        panics::granted(this.extend_by_clones(self, Growth::Exact));
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

impl<S: Fresh<Alloc: Default>> Vector<S> {
    /// An empty vector with room for `capacity` elements, or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_with_capacity(capacity: usize) -> Result<Self, Refusal> {
        Self::try_with_capacity_in(capacity, S::Alloc::default())
    }

    /// Clones of `elements`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn from_slice(elements: &[S::Item]) -> Self
    where
        S::Item: Clone,
    {
        Self::from_slice_in(elements, S::Alloc::default())
    }

    /// `count` clones of `value`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn from_elem(value: S::Item, count: usize) -> Self
    where
        S::Item: Clone,
    {
        Self::from_elem_in(value, count, S::Alloc::default())
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

/// A vector of the elements listed, or of so many clones of one, as std's `vec!` makes; which of
/// this crate's vectors it is, its type says. Words `in` and an allocator in front say where the
/// memory comes from.
///
/// ```
/// use larder::{Arena, PooledVec, SmallVector, vector};
/// let few: SmallVector<u32, 4> = vector![1, 2, 3];
/// let many: PooledVec<u32> = vector![7; 100];
/// assert_eq!((few.len(), many.len()), (3, 100));
///
/// let arena = Arena::new();
/// let words: SmallVector<_, 2, _> = vector![in &arena; "plum", "pear", "fig"];
/// assert!(words.spilled() && words == ["plum", "pear", "fig"]);
/// ```
#[macro_export]
macro_rules! vector {
    (in $alloc:expr $(;)?) => {
        $crate::collections::vector::Vector::new_in($alloc)
    };
    (in $alloc:expr; $value:expr; $count:expr) => {
        $crate::collections::vector::Vector::from_elem_in($value, $count, $alloc)
    };
    (in $alloc:expr; $($element:expr),+ $(,)?) => {
        $crate::collections::vector::Vector::from_iter_in([$($element),+], $alloc)
    };
    ($value:expr; $count:expr) => {
        $crate::collections::vector::Vector::from_elem($value, $count)
    };
    ($($element:expr),* $(,)?) => {
        $crate::collections::vector::Vector::from([$($element),*])
    };
}
