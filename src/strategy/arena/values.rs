#![expect(unsafe_code, reason = "writes values into fresh blocks")]
//! Values in an arena: one builder with every form, and short names for the common ones.
//!
//! Each form has one body, in [`Place`], which returns an error; the methods of the arena itself
//! call it and panic with the error's text.

use core::{mem, ptr::NonNull, slice, str};

use super::{Arena, Backing, ended::Dropped};
use crate::{
    alloc::{Allocator, Global, Layout, Refusal, Refused},
    panics,
};

/// Puts a value into an arena, or says why it cannot; see [`Arena::place`].
#[derive(Debug)]
pub struct Place<'a, A: Allocator = Global, B: Backing<A> = super::Own<A>> {
    pub(super) arena: &'a Arena<A, B>,
}

impl<'a, A: Allocator, B: Backing<A>> Place<'a, A, B> {
    /// `value`, moved into the arena. It will not be dropped.
    ///
    /// # Errors
    ///
    /// When there is no room; the value comes back with the error.
    #[inline]
    pub fn value<T>(self, value: T) -> Result<&'a mut T, Refused<T>> {
        match self.arena.carve_for::<T>() {
            // SAFETY: the bytes are fresh, as many and as aligned as a `T` needs, and stay ours for
            // `'a`, during which the arena is borrowed and cannot be reset.
            Ok(block) => Ok(unsafe { write(block, value) }),
            Err(refusal) => Err(Refused::new(value, refusal)),
        }
    }

    /// `value`, moved into the arena, and dropped when the arena ends it: at a reset or a rewind, at
    /// the end of the scope, or with the arena. That may be on another thread and later than
    /// anything it could borrow from, hence the bounds.
    ///
    /// ```
    /// use larder::{Arena, Keep};
    /// use std::sync::Arc;
    /// let shared = Arc::new(5);
    /// let mut arena = Arena::new();
    /// arena.place().dropped(shared.clone()).unwrap();
    /// assert_eq!(Arc::strong_count(&shared), 2);
    /// arena.reset(Keep::All);
    /// assert_eq!(Arc::strong_count(&shared), 1);
    /// ```
    ///
    /// # Errors
    ///
    /// When there is no room; the value comes back with the error.
    pub fn dropped<T: Send + 'static>(self, value: T) -> Result<&'a mut T, Refused<T>> {
        if const { !mem::needs_drop::<T>() } {
            return self.value(value);
        }
        match self.arena.carve_for::<Dropped<T>>() {
            Ok(block) => {
                let ended = &self.arena.backing.stock().ended;
                // SAFETY: the block is fresh, of that layout, and stays until the values end.
                let mut value = unsafe { ended.enter(block.cast(), value) };
                // SAFETY: it was initialised just now, and is the caller's for `'a`.
                Ok(unsafe { value.as_mut() })
            }
            Err(refusal) => Err(Refused::new(value, refusal)),
        }
    }

    /// What `make` returns, made only when there is room for it.
    ///
    /// # Errors
    ///
    /// When there is no room; `make` was not called.
    #[inline]
    pub fn with<T>(self, make: impl FnOnce() -> T) -> Result<&'a mut T, Refusal> {
        let block = self.arena.carve_for::<T>()?;
        // SAFETY: as in `value`. If `make` panics the bytes stay unused until the reset.
        Ok(unsafe { write(block, make()) })
    }

    /// A copy of `text`.
    ///
    /// # Errors
    ///
    /// When there is no room.
    #[inline]
    pub fn str(self, text: &str) -> Result<&'a mut str, Refusal> {
        let bytes = self.copy(text.as_bytes())?;
        // SAFETY: the bytes are those of a `str`.
        Ok(unsafe { str::from_utf8_unchecked_mut(bytes) })
    }

    /// A copy of `values`.
    ///
    /// # Errors
    ///
    /// When there is no room.
    #[inline]
    pub fn copy<T: Copy>(self, values: &[T]) -> Result<&'a mut [T], Refusal> {
        let block = self.arena.carve(Layout::for_value(values))?;
        // SAFETY: the block has as many bytes as `values`, and is fresh, so they do not overlap.
        unsafe {
            copy_bytes(NonNull::from_ref(values).cast(), block, size_of_val(values));
        }
        // SAFETY: the elements were copied just now, and the block stays ours for `'a`.
        Ok(unsafe { slice::from_raw_parts_mut(block.cast().as_ptr(), values.len()) })
    }

    /// Clones of `values`.
    ///
    /// # Errors
    ///
    /// When there is no room; nothing was cloned.
    pub fn cloned<T: Clone>(self, values: &[T]) -> Result<&'a mut [T], Refusal> {
        self.fill_with(values.len(), |index| values[index].clone())
    }

    /// `len` times `value`.
    ///
    /// # Errors
    ///
    /// When there is no room.
    pub fn fill<T: Copy>(self, len: usize, value: T) -> Result<&'a mut [T], Refusal> {
        self.fill_with(len, |_| value)
    }

    /// `len` values, each made by `make` from its index. If `make` panics, those made are dropped.
    ///
    /// # Errors
    ///
    /// When there is no room; `make` was not called.
    pub fn fill_with<T>(
        self,
        len: usize,
        mut make: impl FnMut(usize) -> T,
    ) -> Result<&'a mut [T], Refusal> {
        let Ok(layout) = Layout::array::<T>(len) else {
            return Err(Refusal::overflow(Layout::new::<T>(), len));
        };
        let block = self.arena.carve(layout)?.cast::<T>();
        let mut made = Made { block, len: 0 };
        while made.len < len {
            let value = make(made.len);
            // SAFETY: `made.len < len`, so the element is in the block.
            let slot = unsafe { block.add(made.len) };
            // SAFETY: the element is in the block, aligned, and not yet initialised.
            unsafe { slot.write(value) };
            made.len += 1;
        }
        mem::forget(made);
        // SAFETY: all `len` elements are initialised, and the block stays ours for `'a`.
        Ok(unsafe { slice::from_raw_parts_mut(block.as_ptr(), len) })
    }

    /// Uninitialised bytes.
    ///
    /// # Errors
    ///
    /// When there is no room.
    pub fn layout(self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        self.arena.carve(layout)
    }
}

/// The elements made so far, dropped when the next cannot be made.
struct Made<T> {
    block: NonNull<T>,
    len: usize,
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        let made = NonNull::slice_from_raw_parts(self.block, self.len);
        // SAFETY: the first `len` elements are initialised, and nobody has seen them.
        unsafe { made.drop_in_place() };
    }
}

/// # Safety
///
/// `block` has the bytes and alignment of a `T`, and is the caller's for `'a`.
#[inline]
unsafe fn write<'a, T>(block: NonNull<u8>, value: T) -> &'a mut T {
    let mut place = block.cast::<T>();
    // SAFETY: the place is valid for a `T`, as the caller promises.
    unsafe { place.write(value) };
    // SAFETY: it holds a `T` now, and is the caller's for `'a`.
    unsafe { place.as_mut() }
}

/// Copies `len` bytes; up to 32 by two words that may overlap, which is cheaper than a call.
///
/// # Safety
///
/// `from` is readable and `to` writable for `len` bytes, and the two do not overlap.
#[inline]
unsafe fn copy_bytes(from: NonNull<u8>, to: NonNull<u8>, len: usize) {
    /// # Safety
    ///
    /// As for `copy_bytes`, and `W` has at least half of `len` bytes and at most `len`.
    #[inline]
    unsafe fn two<W: Copy>(from: NonNull<u8>, to: NonNull<u8>, len: usize) {
        let last = len - size_of::<W>();
        // SAFETY: `last <= len`, so this is inside what may be read.
        let from_last = unsafe { from.add(last) };
        // SAFETY: `last <= len`, so this is inside what may be written.
        let to_last = unsafe { to.add(last) };
        // SAFETY: the first word is readable.
        let head = unsafe { from.cast::<W>().read_unaligned() };
        // SAFETY: the last word is readable.
        let tail = unsafe { from_last.cast::<W>().read_unaligned() };
        // SAFETY: the first word is writable.
        unsafe { to.cast::<W>().write_unaligned(head) };
        // SAFETY: the last word is writable.
        unsafe { to_last.cast::<W>().write_unaligned(tail) };
    }
    type Bytes<const N: usize> = mem::MaybeUninit<[u8; N]>;
    match len {
        // SAFETY: 16 is between half of `len` and `len`; the rest is the caller's promise.
        17..=32 => unsafe { two::<Bytes<16>>(from, to, len) },
        // SAFETY: 8 is between half of `len` and `len`.
        8..=16 => unsafe { two::<Bytes<8>>(from, to, len) },
        // SAFETY: 4 is between half of `len` and `len`.
        4..=7 => unsafe { two::<Bytes<4>>(from, to, len) },
        // SAFETY: 2 is between half of `len` and `len`.
        2..=3 => unsafe { two::<Bytes<2>>(from, to, len) },
        // SAFETY: 1 is between half of `len` and `len`.
        1 => unsafe { two::<Bytes<1>>(from, to, len) },
        // SAFETY: the caller's promise is the callee's.
        _ => unsafe { to.copy_from_nonoverlapping(from, len) },
    }
}

impl<A: Allocator, B: Backing<A>> Arena<A, B> {
    /// The builder: every form of allocation, each returning an error where there is no room.
    ///
    /// ```
    /// use larder::Arena;
    /// let arena = Arena::new().with_limit(100);
    /// let refused = arena.place().value([0_u8; 200]).unwrap_err();
    /// assert_eq!(refused.refusal().size, 200);
    /// assert_eq!(refused.into_value(), [0; 200]); // nothing is lost
    /// ```
    #[inline]
    pub const fn place(&self) -> Place<'_, A, B> {
        Place { arena: self }
    }

    /// `value`, moved into the arena. It will not be dropped.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::value`] returns an error instead.
    #[inline]
    #[track_caller]
    pub fn alloc<T>(&self, value: T) -> &mut T {
        match self.place().value(value) {
            Ok(place) => place,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// `value`, moved into the arena, and dropped when the arena ends it; see [`Place::dropped`].
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::dropped`] returns an error instead.
    #[track_caller]
    pub fn alloc_dropped<T: Send + 'static>(&self, value: T) -> &mut T {
        match self.place().dropped(value) {
            Ok(place) => place,
            Err(refused) => panics::refused(refused.refusal()),
        }
    }

    /// What `make` returns, written to its place.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::with`] returns an error instead.
    #[inline]
    #[track_caller]
    pub fn alloc_with<T>(&self, make: impl FnOnce() -> T) -> &mut T {
        self.place().with(make).unwrap_or_else(|refusal| panics::refused(&refusal))
    }

    /// A copy of `text`.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::str`] returns an error instead.
    #[inline]
    #[track_caller]
    pub fn alloc_str(&self, text: &str) -> &mut str {
        self.place().str(text).unwrap_or_else(|refusal| panics::refused(&refusal))
    }

    /// A copy of `values`.
    ///
    /// # Panics
    ///
    /// When there is no room; [`Place::copy`] returns an error instead.
    #[inline]
    #[track_caller]
    pub fn alloc_slice<T: Copy>(&self, values: &[T]) -> &mut [T] {
        self.place().copy(values).unwrap_or_else(|refusal| panics::refused(&refusal))
    }
}
