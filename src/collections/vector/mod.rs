#![expect(unsafe_code, reason = "writes elements into free slots")]
//! What all vectors of this crate can do, wherever their elements are.
//!
//! A vector is a [`Storage`], which knows where the elements are and how many, and this face: the
//! whole interface of std's `Vec`, and a `try_` twin for each method that may need memory.
//! [`SmallVector`](crate::SmallVector) and [`PooledVec`](crate::PooledVec) are names for vectors over
//! their storages.
//!
//! ```text
//! Vector<S>  push, insert, drain, splice ...        mod, edit, bulk, make, parts
//!   over     Gap: a hole that closes by itself      raw/gap
//!   over     Storage: parts, set_len, set_capacity  raw/storage
//!   by       Inline, Heap                           raw/inline, raw/heap
//! ```
//!
//! Every infallible method that is refused memory panics, and says what was asked, what was there
//! and what to do; its twin returns that as a [`Refusal`], with the value that found no room.
//!
//! Invariant 1 of this folder: between calls, the first `len` elements of the storage are
//! initialised, and are the vector's alone.

mod bulk;
mod compare;
mod drain;
mod edit;
mod extract_if;
mod into_iter;
mod make;
mod parts;
#[cfg(feature = "rayon")]
mod rayon;
#[cfg(feature = "serde")]
mod serde;
mod splice;
mod traits;

use core::{
    convert::Infallible,
    mem::{ManuallyDrop, MaybeUninit},
    ops::{Deref, DerefMut},
    ptr, slice,
};

pub use bulk::Rest;
pub use drain::Drain;
pub use extract_if::{DrainFilter, ExtractIf};
pub use into_iter::IntoIter;
pub use parts::Parts;
pub use splice::Splice;

use crate::raw::buffer::Growth;
pub use crate::raw::{
    heap::Heap,
    inline::Inline,
    storage::{Fresh, Storage},
};
use crate::{
    alloc::{Refusal, Refused},
    panics,
};

/// A vector over a storage: contiguous, growing, with all that std's `Vec` can do.
///
/// ```
/// let arena = larder::Arena::new();
/// let mut words = larder::SmallVector::<_, 4, _>::new_in(&arena);
/// words.extend(["plum", "pear", "fig"]);
/// words.insert(1, "quince");
/// words.retain(|word| word.len() > 3);
/// assert_eq!(words, ["plum", "quince", "pear"]);
/// ```
pub struct Vector<S: Storage> {
    storage: S,
}

impl<S: Storage> Vector<S> {
    /// A vector over a storage, whose first `len` elements are initialised.
    pub(crate) const fn over(storage: S) -> Self {
        Self { storage }
    }

    /// The storage, to look at.
    pub(crate) const fn storage(&self) -> &S {
        &self.storage
    }

    /// The storage, to make room in.
    pub(crate) const fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// The storage, with its elements.
    pub(crate) const fn into_storage(self) -> S {
        let this = ManuallyDrop::new(self);
        // SAFETY: `this` is neither dropped nor used again, so the storage is moved out once. A
        // `ManuallyDrop` has the layout of what is in it.
        unsafe { ptr::read((&raw const this).cast()) }
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.storage.len()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many elements have room without new memory; `usize::MAX` for elements of no bytes.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.capacity()
    }

    /// The elements as a slice.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[S::Item] {
        // SAFETY: so many elements are initialised there (1), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.storage.as_ptr(), self.storage.len()) }
    }

    /// The elements as a slice, to write.
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [S::Item] {
        let (ptr, len, _) = self.storage.parts();
        // SAFETY: so many elements are initialised there (1), and borrowed with `self`.
        unsafe { slice::from_raw_parts_mut(ptr.as_ptr(), len) }
    }

    /// Where the elements begin. They move when the vector grows, and those of a vector with room
    /// inside when it moves.
    #[inline]
    #[must_use]
    pub fn as_ptr(&self) -> *const S::Item {
        self.storage.as_ptr()
    }

    /// Where the elements begin, to write.
    #[inline]
    #[must_use]
    pub fn as_mut_ptr(&mut self) -> *mut S::Item {
        self.storage.parts().0.as_ptr()
    }

    /// The free slots, for code that fills them and then calls [`set_len`](Self::set_len).
    #[inline]
    #[must_use]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<S::Item>] {
        let (ptr, len, capacity) = self.storage.parts();
        // SAFETY: the length is within the capacity.
        let free = unsafe { ptr.add(len) };
        // SAFETY: the slots up to the capacity are ours, and a `MaybeUninit` may hold nothing.
        unsafe { slice::from_raw_parts_mut(free.as_ptr().cast(), capacity - len) }
    }

    /// Says how many elements there are.
    ///
    /// # Safety
    ///
    /// `len` is at most the capacity, and the first `len` elements are initialised.
    #[inline]
    pub unsafe fn set_len(&mut self, len: usize) {
        debug_assert!(len <= self.capacity(), "{len} elements have no room");
        // SAFETY: as promised to this method.
        unsafe { self.storage.set_len(len) }
    }

    #[inline]
    fn make_room(&mut self, additional: usize, growth: Growth) -> Result<(), Refusal> {
        if additional > self.capacity() - self.len() {
            self.storage.grow(additional, growth)?;
        }
        Ok(())
    }

    /// Makes room for at least `additional` more elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn reserve(&mut self, additional: usize) {
        panics::granted(self.try_reserve(additional));
    }

    /// Makes room for `additional` more elements, and for not many more.
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
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), Refusal> {
        self.make_room(additional, Growth::Doubled)
    }

    /// [`reserve_exact`](Self::reserve_exact), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    pub fn try_reserve_exact(&mut self, additional: usize) -> Result<(), Refusal> {
        self.make_room(additional, Growth::Exact)
    }

    /// Gives back memory that the elements do not need. A vector with room inside takes them back in.
    ///
    /// # Panics
    ///
    /// When the allocator refuses the smaller block.
    #[track_caller]
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Gives back memory beyond that for the elements, or for `capacity`, whichever is more.
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
        let capacity = capacity.max(self.len());
        if capacity < self.capacity() { self.storage.set_capacity(capacity) } else { Ok(()) }
    }

    /// Appends `value`. O(1), averaged over many.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push(&mut self, value: S::Item) {
        let Ok(()) = self.storage.push::<Infallible>(value);
    }

    /// [`push`](Self::push), or the value back.
    ///
    /// ```
    /// use larder::{SmallVector, alloc::Null};
    /// let mut full = SmallVector::<u64, 2, _>::new_in(Null);
    /// assert!(full.try_push(1).is_ok() && full.try_push(2).is_ok());
    /// assert_eq!(full.try_push(3).unwrap_err().into_value(), 3);
    /// ```
    ///
    /// # Errors
    ///
    /// When memory is refused; the vector is what it was.
    #[inline]
    pub fn try_push(&mut self, value: S::Item) -> Result<(), Refused<S::Item>> {
        self.storage.push(value)
    }

    /// Appends `value` if there is room for it without new memory.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    #[inline]
    pub fn push_within_capacity(&mut self, value: S::Item) -> Result<(), S::Item> {
        self.storage.push_within_capacity(value)
    }

    /// Appends `value` and lends it.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    pub fn push_mut(&mut self, value: S::Item) -> &mut S::Item {
        let at = self.len();
        self.push(value);
        &mut self.as_mut_slice()[at]
    }

    /// Takes the last element out.
    #[inline]
    pub fn pop(&mut self) -> Option<S::Item> {
        let (ptr, len, _) = self.storage.parts();
        let last = len.checked_sub(1)?;
        // SAFETY: that is one element less.
        unsafe { self.storage.set_len(last) };
        // SAFETY: the position was within the length.
        let slot = unsafe { ptr.add(last) };
        // SAFETY: the slot is initialised (1), and given up.
        Some(unsafe { slot.read() })
    }

    /// Takes the last element out if `take` wants it.
    pub fn pop_if(&mut self, take: impl FnOnce(&mut S::Item) -> bool) -> Option<S::Item> {
        let last = self.last_mut()?;
        if take(last) { self.pop() } else { None }
    }

    /// The elements as an array, if there are exactly `M` of them; else the vector back.
    ///
    /// # Errors
    ///
    /// The vector, when it has another length.
    pub fn into_array<const M: usize>(mut self) -> Result<[S::Item; M], Self> {
        if self.len() != M {
            return Err(self);
        }
        let array = self.as_ptr().cast::<[S::Item; M]>();
        // SAFETY: there are `M` elements in a row; the length below gives them up.
        let array = unsafe { array.read() };
        // SAFETY: no elements are always initialised.
        unsafe { self.set_len(0) };
        Ok(array)
    }

    /// Drops all elements behind the first `len`.
    pub fn truncate(&mut self, len: usize) {
        let (ptr, before, _) = self.storage.parts();
        if len >= before {
            return;
        }
        // SAFETY: that is fewer elements; should a drop panic, the others are leaked or dropped, but
        // nobody sees them again.
        unsafe { self.storage.set_len(len) };
        // SAFETY: the position was within the length.
        let first = unsafe { ptr.add(len) };
        let rest = ptr::slice_from_raw_parts_mut(first.as_ptr(), before - len);
        // SAFETY: these elements were initialised (1), and are out of reach now.
        unsafe { ptr::drop_in_place(rest) };
    }

    /// Drops all elements. The memory stays, but a pool's vector gives back a block that is large.
    pub fn clear(&mut self) {
        self.truncate(0);
        if self.capacity().saturating_mul(size_of::<S::Item>()) > S::KEPT_BY_CLEAR {
            // A refusal to give back changes nothing.
            let _ = self.storage.set_capacity(0);
        }
    }
}

impl<S: Fresh> Vector<S> {
    /// The allocator.
    #[inline]
    #[must_use]
    pub fn allocator(&self) -> &S::Alloc {
        self.storage.allocator()
    }
}

impl<S: Storage> Drop for Vector<S> {
    #[inline]
    fn drop(&mut self) {
        let all = ptr::from_mut(self.as_mut_slice());
        // SAFETY: the elements are initialised (1), and nobody uses them hereafter: the storage is
        // dropped next, and leaves them alone.
        unsafe { ptr::drop_in_place(all) }
    }
}

impl<S: Storage> Deref for Vector<S> {
    type Target = [S::Item];

    #[inline]
    fn deref(&self) -> &[S::Item] {
        self.as_slice()
    }
}

impl<S: Storage> DerefMut for Vector<S> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [S::Item] {
        self.as_mut_slice()
    }
}
