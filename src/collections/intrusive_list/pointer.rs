#![expect(unsafe_code, reason = "promises that elements stay where they are")]
//! The pointers that lists take: boxes, references, shared handles, and pinned ones.

use core::{ops::Deref, pin::Pin, ptr::NonNull};
use liballoc::{boxed::Box, rc::Rc, sync::Arc};

/// A pointer by which a list may have an element. References of both kinds serve for elements in arenas.
///
/// # Safety
///
/// 1. `into_raw` does not unwind, and returns the address that `deref` returns.
/// 2. From then until `from_raw`, the element stays there, valid, and nobody has more than shared
///    references to it. References that were lent by `deref` before count as shared.
/// 3. `from_raw` does not unwind, and makes the same pointer again.
pub unsafe trait Pointer: Deref<Target: Sized> {
    /// Gives the pointer up, but not what it stands for.
    fn into_raw(self) -> NonNull<Self::Target>;

    /// The pointer that was given up.
    ///
    /// # Safety
    ///
    /// `raw` is what `into_raw` has returned, and is given back once. As far as this pointer allows
    /// changes, nobody has references to the element.
    unsafe fn from_raw(raw: NonNull<Self::Target>) -> Self;
}

// SAFETY: the box owns the element, and is given up.
unsafe impl<T> Pointer for Box<T> {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        // SAFETY: a box is not at null.
        unsafe { NonNull::new_unchecked(Self::into_raw(self)) }
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<T>) -> Self {
        // SAFETY: it was a box.
        unsafe { Self::from_raw(raw.as_ptr()) }
    }
}

// SAFETY: what is shared stays where it is and is only shared, for the lifetime that the list has too.
unsafe impl<T> Pointer for &T {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        NonNull::from_ref(self)
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<T>) -> Self {
        // SAFETY: it was a reference of this lifetime.
        unsafe { raw.as_ref() }
    }
}

// SAFETY: what is borrowed is the borrower's alone, for the lifetime that the list has too.
unsafe impl<T> Pointer for &mut T {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        NonNull::from_mut(self)
    }

    #[inline]
    unsafe fn from_raw(mut raw: NonNull<T>) -> Self {
        // SAFETY: it was a reference of this lifetime, and nobody has another.
        unsafe { raw.as_mut() }
    }
}

// SAFETY: a share keeps the element alive and from being had exclusively.
unsafe impl<T> Pointer for Rc<T> {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        // SAFETY: shared elements are not at null.
        unsafe { NonNull::new_unchecked(Self::into_raw(self).cast_mut()) }
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<T>) -> Self {
        // SAFETY: it was such a share.
        unsafe { Self::from_raw(raw.as_ptr()) }
    }
}

// SAFETY: a share keeps the element alive and from being had exclusively.
unsafe impl<T> Pointer for Arc<T> {
    #[inline]
    fn into_raw(self) -> NonNull<T> {
        // SAFETY: shared elements are not at null.
        unsafe { NonNull::new_unchecked(Self::into_raw(self).cast_mut()) }
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<T>) -> Self {
        // SAFETY: it was such a share.
        unsafe { Self::from_raw(raw.as_ptr()) }
    }
}

// SAFETY: as the pointer inside has it; the list moves no element.
unsafe impl<P: Pointer> Pointer for Pin<P> {
    #[inline]
    fn into_raw(self) -> NonNull<P::Target> {
        // SAFETY: nobody moves the element, nor does anybody get to do so, before it is pinned again.
        unsafe { Self::into_inner_unchecked(self) }.into_raw()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<P::Target>) -> Self {
        // SAFETY: the caller's promise is the callee's.
        let pointer = unsafe { P::from_raw(raw) };
        // SAFETY: it was pinned before.
        unsafe { Self::new_unchecked(pointer) }
    }
}
