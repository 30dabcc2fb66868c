#![expect(unsafe_code, reason = "takes vectors apart and puts them together")]
//! Vectors in parts: to blocks and from them, to boxes, arrays and leaked slices.

use core::{mem, ptr::NonNull, slice};
use liballoc::{borrow::Cow, boxed::Box, vec::Vec};

use super::Vector;
use crate::{
    alloc::Refused,
    panics,
    raw::storage::{Fresh, Storage},
};

/// What a vector is apart: where its block is, how many elements are in it, how many have room there,
/// and the allocator.
pub type Parts<S> = (*mut <S as Storage>::Item, usize, usize, <S as Fresh>::Alloc);

impl<S: Fresh> Vector<S> {
    /// A vector of the elements in a block, as [`into_raw_parts_with_alloc`] returns them.
    ///
    /// ```
    /// # use larder::{Arena, SmallVector};
    /// let arena = Arena::new();
    /// let words = SmallVector::<_, 2, _>::from_iter_in(["plum", "pear"], &arena);
    /// let (ptr, len, capacity, alloc) = words.into_raw_parts_with_alloc();
    /// // SAFETY: these are the parts of a vector, unchanged.
    /// let again = unsafe {
    ///     SmallVector::<_, 7, _>::from_raw_parts_in(ptr, len, capacity, alloc)
    /// };
    /// assert_eq!(again, ["plum", "pear"]);
    /// ```
    ///
    /// # Safety
    ///
    /// - Unless `capacity` is 0, or elements have no bytes, `ptr` is a block currently allocated by
    ///   `alloc`, with the alignment of an element, that the layout of `capacity` elements fits.
    /// - `ptr` is aligned and not null, `len` is at most `capacity`, and the first `len` elements are
    ///   initialised.
    /// - Nobody else uses or frees the block or the elements.
    ///
    /// [`into_raw_parts_with_alloc`]: Self::into_raw_parts_with_alloc
    #[must_use]
    pub unsafe fn from_raw_parts_in(
        ptr: *mut S::Item,
        len: usize,
        capacity: usize,
        alloc: S::Alloc,
    ) -> Self {
        // SAFETY: it is not null, as promised to this method.
        let ptr = unsafe { NonNull::new_unchecked(ptr) };
        // SAFETY: as promised to this method.
        Self::over(unsafe { S::from_block(ptr, len, capacity, alloc) })
    }

    /// Takes the vector apart. Elements inside the value move to a block; without a block, and
    /// without elements, the capacity is 0. Whoever has the parts has the duty to drop the elements
    /// and to free the block, which [`from_raw_parts_in`](Self::from_raw_parts_in) takes back.
    ///
    /// # Panics
    ///
    /// When memory for a block is refused.
    #[track_caller]
    #[must_use = "the elements are leaked otherwise"]
    pub fn into_raw_parts_with_alloc(self) -> Parts<S> {
        panics::taken(self.try_into_raw_parts_with_alloc())
    }

    /// [`into_raw_parts_with_alloc`](Self::into_raw_parts_with_alloc), or the vector back.
    ///
    /// # Errors
    ///
    /// When memory for a block is refused.
    pub fn try_into_raw_parts_with_alloc(self) -> Result<Parts<S>, Refused<Self>> {
        match self.into_storage().into_block() {
            Ok((ptr, len, capacity, alloc)) => Ok((ptr.as_ptr(), len, capacity, alloc)),
            Err((storage, refusal)) => Err(Refused::new(Self::over(storage), refusal)),
        }
    }

    /// Gives the elements up to whoever holds the slice: they are never dropped, and their memory is
    /// never freed. Elements inside the value move to a block.
    ///
    /// # Panics
    ///
    /// When memory for a block is refused.
    #[track_caller]
    #[must_use]
    pub fn leak<'a>(self) -> &'a mut [S::Item]
    where
        S: 'a,
    {
        panics::taken(self.try_leak())
    }

    /// [`leak`](Self::leak), or the vector back.
    ///
    /// # Errors
    ///
    /// When memory for a block is refused.
    pub fn try_leak<'a>(self) -> Result<&'a mut [S::Item], Refused<Self>>
    where
        S: 'a,
    {
        let (ptr, len, _, alloc) = self.try_into_raw_parts_with_alloc()?;
        mem::forget(alloc);
        // SAFETY: the elements are in a block that is never freed, as its allocator is never dropped,
        // or in none; they are out of everybody's reach.
        Ok(unsafe { slice::from_raw_parts_mut(ptr, len) })
    }
}

impl<S: Fresh<Alloc: Default>> Vector<S> {
    /// A vector of the elements in a block of the default allocator, as
    /// [`into_raw_parts`](Self::into_raw_parts) returns them.
    ///
    /// # Safety
    ///
    /// As [`from_raw_parts_in`](Self::from_raw_parts_in), with the default allocator as `alloc`.
    #[must_use]
    pub unsafe fn from_raw_parts(ptr: *mut S::Item, len: usize, capacity: usize) -> Self {
        // SAFETY: as promised to this method.
        unsafe { Self::from_raw_parts_in(ptr, len, capacity, S::Alloc::default()) }
    }

    /// [`into_raw_parts_with_alloc`](Self::into_raw_parts_with_alloc) without the allocator, which is
    /// dropped.
    ///
    /// ```
    /// # use larder::{SmallVector, vector};
    /// let few: SmallVector<u32, 4> = vector![1, 2];
    /// let (ptr, len, capacity) = few.into_raw_parts();
    /// // SAFETY: the elements are in a block of the global allocator, as those of a `Vec` are.
    /// let vec = unsafe { Vec::from_raw_parts(ptr, len, capacity) };
    /// assert_eq!(vec, [1, 2]);
    /// ```
    ///
    /// # Panics
    ///
    /// When memory for a block is refused.
    #[track_caller]
    #[must_use = "the elements are leaked otherwise"]
    pub fn into_raw_parts(self) -> (*mut S::Item, usize, usize) {
        let (ptr, len, capacity, _) = self.into_raw_parts_with_alloc();
        (ptr, len, capacity)
    }
}

impl<S: Storage> Vector<S>
where
    Vec<S::Item>: From<Self>,
{
    /// The elements in a `Vec`: in the same block, if that is the global allocator's; else they move.
    #[must_use]
    pub fn into_vec(self) -> Vec<S::Item> {
        self.into()
    }

    /// The elements in a box, as [`into_vec`](Self::into_vec).
    #[must_use]
    pub fn into_boxed_slice(self) -> Box<[S::Item]> {
        self.into()
    }
}

impl<S: Storage> From<Vector<S>> for Box<[S::Item]>
where
    Vec<S::Item>: From<Vector<S>>,
{
    fn from(vector: Vector<S>) -> Self {
        vector.into_vec().into_boxed_slice()
    }
}

impl<S: Storage, const M: usize> TryFrom<Vector<S>> for [S::Item; M] {
    type Error = Vector<S>;

    fn try_from(vector: Vector<S>) -> Result<Self, Vector<S>> {
        vector.into_array()
    }
}

impl<S: Storage> From<Box<[S::Item]>> for Vector<S>
where
    Self: From<Vec<S::Item>>,
{
    #[track_caller]
    fn from(elements: Box<[S::Item]>) -> Self {
        Self::from(elements.into_vec())
    }
}

/// What is borrowed is cloned, what is owned is taken over as by `From<Vec<_>>`.
impl<S: Fresh<Item: Clone, Alloc: Default>> From<Cow<'_, [S::Item]>> for Vector<S>
where
    Self: From<Vec<S::Item>>,
{
    #[track_caller]
    fn from(elements: Cow<'_, [S::Item]>) -> Self {
        match elements {
            Cow::Borrowed(elements) => Self::from_slice(elements),
            Cow::Owned(elements) => Self::from(elements),
        }
    }
}

impl<S: Storage<Item: Clone>> From<Vector<S>> for Cow<'_, [S::Item]>
where
    Vec<S::Item>: From<Vector<S>>,
{
    fn from(vector: Vector<S>) -> Self {
        Cow::Owned(vector.into())
    }
}
