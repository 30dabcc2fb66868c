#![expect(unsafe_code, reason = "declares the trait whose promises the vectors rely on")]
//! What a vector asks of the place that its elements are in.

use core::{convert::Infallible, ptr::NonNull};

use crate::{
    alloc::{Allocator, Layout, Refusal, Refused},
    panics,
    raw::{
        buffer::{self, Growth},
        shift,
    },
};

/// A place for elements in a row, with a length: what all vectors of this crate stand on.
///
/// It is implemented by this crate only.
///
/// # Safety
///
/// 1. `parts` and `as_ptr` give the same place, aligned, and good for reads and writes of `capacity`
///    elements, until `set_capacity`; a move of the storage takes the elements along.
/// 2. `len` is what `set_len` has set last, and 0 at first.
/// 3. `set_capacity` keeps the first `len` elements, and changes nothing when it fails.
/// 4. Dropping the storage frees memory, and leaves the elements alone.
/// 5. No other method changes anything.
#[expect(clippy::len_without_is_empty, reason = "the vectors over it have both")]
#[expect(private_bounds, reason = "only this crate may promise this")]
pub unsafe trait Storage: Sealed + Sized {
    /// What is stored.
    type Item;

    /// `clear` gives back memory of more than so many bytes.
    #[doc(hidden)]
    const KEPT_BY_CLEAR: usize = usize::MAX;

    /// How many elements there are.
    #[doc(hidden)]
    fn len(&self) -> usize;

    /// How many elements there may be.
    #[doc(hidden)]
    fn capacity(&self) -> usize;

    /// Where they begin.
    #[doc(hidden)]
    fn as_ptr(&self) -> *const Self::Item;

    /// Where they begin, to write, how many there are, and how many there may be.
    #[doc(hidden)]
    fn parts(&mut self) -> (NonNull<Self::Item>, usize, usize);

    /// Puts `value` behind the last element if there is room for it.
    ///
    /// # Errors
    ///
    /// The value, when there is none.
    #[doc(hidden)]
    #[inline]
    fn push_within_capacity(&mut self, value: Self::Item) -> Result<(), Self::Item> {
        let (ptr, len, capacity) = self.parts();
        if len == capacity {
            return Err(value);
        }
        // The length is written before the element: else the compiler has to read it once more, as
        // it cannot know that the element did not overwrite it.
        // SAFETY: there is room for one more, and the slot is filled by the next lines.
        unsafe { self.set_len(len + 1) };
        // SAFETY: that slot is within the capacity.
        let slot = unsafe { ptr.add(len) };
        // SAFETY: the slot is ours and holds nothing.
        unsafe { slot.write(value) };
        Ok(())
    }

    /// Puts `value` behind the last element.
    ///
    /// # Errors
    ///
    /// The value, when memory is refused; nothing has changed then.
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    fn push<R: Refuse<Self::Item>>(&mut self, value: Self::Item) -> Result<(), R> {
        self.push_within_capacity(value).or_else(|value| self.push_slow(value))
    }

    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn push_slow<R: Refuse<Self::Item>>(&mut self, value: Self::Item) -> Result<(), R> {
        if let Err(refusal) = self.grow(1, Growth::Doubled) {
            return Err(R::refuse(value, refusal));
        }
        // There is room for this one now.
        let _ = self.push_within_capacity(value);
        Ok(())
    }

    /// Puts `value` before the element at `index`.
    ///
    /// # Errors
    ///
    /// The value, when memory is refused; nothing has changed then.
    ///
    /// # Safety
    ///
    /// `index` is at most the length.
    #[doc(hidden)]
    #[inline]
    #[track_caller]
    unsafe fn insert<R: Refuse<Self::Item>>(
        &mut self,
        index: usize,
        value: Self::Item,
    ) -> Result<(), R> {
        let (mut ptr, len, capacity) = self.parts();
        if len == capacity {
            if let Err(refusal) = self.grow(1, Growth::Doubled) {
                return Err(R::refuse(value, refusal));
            }
            ptr = self.parts().0;
        }
        // SAFETY: there is room for one more, and no slot is empty after the next lines.
        unsafe { self.set_len(len + 1) };
        // SAFETY: the position is within the length.
        let slot = unsafe { ptr.add(index) };
        // SAFETY: the elements from there on are initialised, with a free slot behind.
        unsafe { shift::insert(slot, len - index, value) };
        Ok(())
    }

    /// Says how many elements there are.
    ///
    /// # Safety
    ///
    /// `len` is at most the capacity, and the first `len` elements are initialised.
    #[doc(hidden)]
    unsafe fn set_len(&mut self, len: usize);

    /// Makes room for at least `capacity` elements, which is at least `len`, and for not many more.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[doc(hidden)]
    fn set_capacity(&mut self, capacity: usize) -> Result<(), Refusal>;

    /// Makes room for `additional` more elements, for which there is none.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    fn grow(&mut self, additional: usize, growth: Growth) -> Result<(), Refusal> {
        let now = (self.len(), self.capacity());
        let next = buffer::next_capacity(Layout::new::<Self::Item>(), now, additional, growth)?;
        self.set_capacity(next)
    }
}

/// What becomes of a value for which there is no memory: an error that gives it back, or a panic. So there
/// is one body for both, and a compiler sees that nothing comes after the panic.
#[expect(unnameable_types, reason = "a bound of methods that only this crate calls")]
pub trait Refuse<T> {
    /// What becomes of `value`.
    #[track_caller]
    fn refuse(value: T, refusal: Refusal) -> Self;
}

impl<T> Refuse<T> for Refused<T> {
    #[inline]
    fn refuse(value: T, refusal: Refusal) -> Self {
        Self::new(value, refusal)
    }
}

impl<T> Refuse<T> for Infallible {
    #[inline]
    fn refuse(_: T, refusal: Refusal) -> Self {
        panics::refused(&refusal)
    }
}

/// A storage that can be made from nothing but an allocator.
///
/// # Safety
///
/// What `empty_in` returns has no elements.
pub unsafe trait Fresh: Storage {
    /// The allocator that memory comes from.
    type Alloc: Allocator;

    /// A storage without elements.
    #[doc(hidden)]
    fn empty_in(alloc: Self::Alloc) -> Self;

    /// The allocator.
    #[doc(hidden)]
    fn allocator(&self) -> &Self::Alloc;

    /// A storage with elements in a block.
    ///
    /// # Safety
    ///
    /// The first `len` elements are initialised, and `len` is at most `capacity`. Unless `capacity` is
    /// 0, or elements have no bytes, `ptr` and `capacity` are a span of `alloc`, which is given up.
    #[doc(hidden)]
    unsafe fn from_block(
        ptr: NonNull<Self::Item>,
        len: usize,
        capacity: usize,
        alloc: Self::Alloc,
    ) -> Self;

    /// What [`from_block`](Self::from_block) takes. Elements that are elsewhere move to a block.
    ///
    /// # Errors
    ///
    /// The storage, when memory for the block is refused.
    #[doc(hidden)]
    fn into_block(self) -> Result<Block<Self>, (Self, Refusal)>;
}

/// Where a block is, how many elements are in it, how many may be, and its allocator.
pub(crate) type Block<S> = (NonNull<<S as Storage>::Item>, usize, usize, <S as Fresh>::Alloc);

/// Keeps other crates from making storages.
pub(crate) trait Sealed {}
