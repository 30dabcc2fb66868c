#![expect(unsafe_code, reason = "takes over the blocks of std's vectors, and gives them its own")]
//! A vector that is inline while it is short.
//!
//! ```text
//! short    | element | element | free ... | len << 1     | alloc |
//! long     | ptr | capacity | unused      | len << 1 | 1 | alloc |
//! ```
//!
//! Up to `N` elements live in the value itself, and cost no allocation; `N` is rounded up to what
//! fits in the two words that a pointer and a capacity need anyway, which [`SmallVector::INLINE`]
//! tells: 16 for bytes. More elements go to a block of the allocator, and come back with `shrink_to_fit`.
//!
//! Memory: `max(N * size_of::<T>(), 16) + 8` bytes, rounded up to the alignment, and the allocator
//! (`Global` has no bytes); when spilled, `capacity * size_of::<T>()` more.
//!
//! It does not promise a stable address: inline elements move with the vector.

use core::mem::MaybeUninit;
use liballoc::vec::Vec;

use crate::{
    alloc::{Allocator, Global, Refusal},
    collections::vector::{Inline, Storage, Vector},
    panics,
    raw::range,
};

/// A vector with room for `N` elements in itself, that allocates when there are more.
///
/// All that it can do is at [`Vector`].
///
/// ```
/// use larder::SmallVector;
/// let mut path: SmallVector<u32, 4> = [1, 2, 3].into();
/// path.push(4);
/// assert!(!path.spilled());
/// path.push(5);
/// assert!(path.spilled());
/// path.truncate(2);
/// path.shrink_to_fit();
/// assert!(!path.spilled());
/// assert_eq!(path, [1, 2]);
/// ```
pub type SmallVector<T, const N: usize, A = Global> = Vector<Inline<T, N, A>>;

/// The elements of a [`SmallVector`], by value.
pub type IntoIter<T, const N: usize, A = Global> = super::vector::IntoIter<Inline<T, N, A>>;

impl<T, const N: usize> SmallVector<T, N> {
    /// An empty vector. Allocates nothing.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::over(Inline::new(Global))
    }

    /// An empty vector with room for `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, Global)
    }
}

impl<T, const N: usize, A: Allocator> SmallVector<T, N, A> {
    /// How many elements have room in the value itself: at least `N`, and `usize::MAX` if they have no
    /// bytes.
    pub const INLINE: usize = Inline::<T, N, A>::ROOM;

    /// Whether the elements are in a block of the allocator.
    #[inline]
    #[must_use]
    pub const fn spilled(&self) -> bool {
        self.storage().is_spilled()
    }

    /// [`INLINE`](Self::INLINE), as smallvec has it.
    #[inline]
    #[must_use]
    pub const fn inline_size(&self) -> usize {
        Self::INLINE
    }

    /// Sets the capacity to `capacity`, or a little more: into the value itself, if the elements have
    /// room there.
    ///
    /// # Panics
    ///
    /// When there are more elements, or memory is refused.
    #[track_caller]
    pub fn grow(&mut self, capacity: usize) {
        panics::granted(self.try_grow(capacity));
    }

    /// [`grow`](Self::grow), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    ///
    /// # Panics
    ///
    /// When there are more elements.
    #[track_caller]
    pub fn try_grow(&mut self, capacity: usize) -> Result<(), Refusal> {
        if capacity < self.len() {
            panics::out_of_bounds("capacity: last element", self.len() - 1, "<", capacity);
        }
        self.storage_mut().set_capacity(capacity)
    }
}

impl<T, const N: usize> SmallVector<T, N> {
    /// The elements of an array that has room inside, also in a constant; that it has is checked
    /// when this is compiled.
    ///
    /// ```
    /// # use larder::SmallVector;
    /// const PRIMES: SmallVector<u32, 4> = SmallVector::from_buf([2, 3, 5]);
    /// assert_eq!((PRIMES.spilled(), PRIMES.len()), (false, 3));
    /// ```
    #[must_use]
    pub const fn from_buf<const M: usize>(elements: [T; M]) -> Self {
        // SAFETY: all of them are initialised.
        unsafe { Self::from_buf_and_len_unchecked(MaybeUninit::new(elements), M) }
    }

    /// The first `len` elements of an array that has room inside, also in a constant.
    ///
    /// # Safety
    ///
    /// They are initialised, and the array has so many.
    #[must_use]
    pub const unsafe fn from_buf_and_len_unchecked<const M: usize>(
        elements: MaybeUninit<[T; M]>,
        len: usize,
    ) -> Self {
        // SAFETY: as promised to this method.
        Self::over(unsafe { Inline::from_array(elements, len, Global) })
    }

    /// The first `len` elements of an array; the others are dropped.
    ///
    /// # Panics
    ///
    /// When the array has fewer, or memory is refused.
    #[track_caller]
    #[must_use]
    pub fn from_buf_and_len<const M: usize>(elements: [T; M], len: usize) -> Self {
        range::within(..len, M);
        let mut this = Self::from(elements);
        this.truncate(len);
        this
    }

    /// The elements as an array, if there are exactly `N` of them; else the vector back.
    ///
    /// # Errors
    ///
    /// The vector, when it has another length.
    pub fn into_inner(self) -> Result<[T; N], Self> {
        self.into_array()
    }

    /// The elements of a `Vec`, in its block.
    #[must_use]
    pub fn from_vec(vec: Vec<T>) -> Self {
        let (ptr, len, capacity) = vec.into_raw_parts();
        // SAFETY: the block is the global allocator's, with the layout of `capacity` elements, or there
        // is none; the first `len` are initialised, and the `Vec` is taken apart.
        unsafe { Self::from_raw_parts(ptr, len, capacity) }
    }
}

impl<T, const N: usize> From<Vec<T>> for SmallVector<T, N> {
    fn from(vec: Vec<T>) -> Self {
        Self::from_vec(vec)
    }
}

/// The block of a spilled vector is taken over; else the elements move to one. Only for the global
/// allocator: `Vec` would free every other's block through it.
impl<T, const N: usize> From<SmallVector<T, N>> for Vec<T> {
    fn from(vector: SmallVector<T, N>) -> Self {
        let (ptr, len, capacity) = vector.into_raw_parts();
        // SAFETY: the block is the global allocator's, with the layout of `capacity` elements, or there
        // is none; the first `len` are initialised, and nobody else has them.
        unsafe { Self::from_raw_parts(ptr, len, capacity) }
    }
}
