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
//! tells. More elements go to a block of the allocator, and come back with `shrink_to_fit`.
//!
//! Memory: `max(N * size_of::<T>(), 16) + 8` bytes, rounded up to the alignment, and the allocator
//! (`Global` has no bytes); when spilled, `capacity * size_of::<T>()` more.
//!
//! It does not promise a stable address: inline elements move with the vector.

use core::{mem::ManuallyDrop, ptr::NonNull};
use liballoc::{boxed::Box, vec::Vec};

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
    /// How many elements have room in the value itself: at least `N`.
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

    /// Puts copies of `elements` before the element at `index`.
    ///
    /// # Panics
    ///
    /// When `index` is behind the end, or memory is refused.
    #[track_caller]
    pub fn insert_from_slice(&mut self, index: usize, elements: &[T])
    where
        T: Copy,
    {
        self.insert_many(index, elements.iter().copied());
    }

    /// The elements as an array, if there are exactly `M` of them; else the vector back.
    ///
    /// # Errors
    ///
    /// The vector, when it has another length.
    pub fn into_array<const M: usize>(mut self) -> Result<[T; M], Self> {
        if self.len() != M {
            return Err(self);
        }
        let array = self.as_ptr().cast::<[T; M]>();
        // SAFETY: there are `M` elements in a row; the length below gives them up.
        let array = unsafe { array.read() };
        // SAFETY: no elements are always initialised.
        unsafe { self.set_len(0) };
        Ok(array)
    }
}

impl<T, const N: usize> SmallVector<T, N> {
    /// `count` clones of `value`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn from_elem(value: T, count: usize) -> Self
    where
        T: Clone,
    {
        let mut this = Self::new();
        this.resize(count, value);
        this
    }

    /// Copies of `elements`.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn from_slice(elements: &[T]) -> Self
    where
        T: Copy,
    {
        Self::from_slice_in(elements, Global)
    }

    /// The elements of an array.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    #[must_use]
    pub fn from_buf<const M: usize>(elements: [T; M]) -> Self {
        Self::from(elements)
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

    /// The elements in a `Vec`, which takes over the block of a spilled vector; else they move.
    ///
    /// Only for the global allocator: `Vec` would free every other's block through it.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<T> {
        if self.spilled() {
            let mut this = ManuallyDrop::new(self);
            let (ptr, len, capacity) = (this.as_mut_ptr(), this.len(), this.capacity());
            // SAFETY: the block is the global allocator's, with the layout of `capacity` elements,
            // the first `len` are initialised, and this vector is forgotten.
            return unsafe { Vec::from_raw_parts(ptr, len, capacity) };
        }
        let mut vec = Vec::with_capacity(self.len());
        vec.extend(self.drain(..));
        vec
    }

    /// The elements in a box.
    #[must_use]
    pub fn into_boxed_slice(self) -> Box<[T]> {
        self.into_vec().into_boxed_slice()
    }

    /// The elements of a `Vec`, in its block.
    #[must_use]
    pub fn from_vec(vec: Vec<T>) -> Self {
        if size_of::<T>() == 0 || vec.capacity() == 0 {
            return vec.into_iter().collect();
        }
        // The pointer is to all of the block, not to the elements alone.
        let (ptr, len, capacity) = vec.into_raw_parts();
        // SAFETY: a vector's pointer is never null.
        let ptr = unsafe { NonNull::new_unchecked(ptr) };
        // SAFETY: the block is the global allocator's, with the layout of `capacity` elements, which
        // have bytes; the first `len` are initialised, and the `Vec` is taken apart.
        Self::over(unsafe { Inline::from_block(ptr, len, capacity, Global) })
    }
}

impl<T, const N: usize> From<Vec<T>> for SmallVector<T, N> {
    fn from(vec: Vec<T>) -> Self {
        Self::from_vec(vec)
    }
}

impl<T, const N: usize> From<Box<[T]>> for SmallVector<T, N> {
    fn from(elements: Box<[T]>) -> Self {
        Self::from_vec(elements.into_vec())
    }
}

impl<T, const N: usize> From<SmallVector<T, N>> for Box<[T]> {
    fn from(vector: SmallVector<T, N>) -> Self {
        vector.into_boxed_slice()
    }
}

impl<T, const N: usize> From<SmallVector<T, N>> for Vec<T> {
    fn from(vector: SmallVector<T, N>) -> Self {
        vector.into_vec()
    }
}
