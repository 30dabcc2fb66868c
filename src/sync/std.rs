//! The primitives as core and std have them.

/// Atomic integers, pointers, orderings and fences.
pub use core::sync::atomic;

/// Hints for loops that wait.
pub use core::hint;

#[cfg(feature = "std")]
pub use std::{sync::Mutex, thread, thread_local};

/// `core`'s cell behind loom's face: each access is a closure.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct UnsafeCell<T: ?Sized>(core::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    /// A cell with `value` in it.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(core::cell::UnsafeCell::new(value))
    }

    /// The value itself.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    /// A read: `access` gets a pointer that it may read through, and no one may write meanwhile.
    ///
    /// ```
    /// let cell = larder::sync::UnsafeCell::new(3);
    /// assert!(cell.with(|value| !value.is_null()));
    /// ```
    #[inline]
    pub fn with<R>(&self, access: impl FnOnce(*const T) -> R) -> R {
        access(self.0.get())
    }

    /// A write: `access` gets a pointer that it may write through, and no one may look meanwhile.
    #[inline]
    pub fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        access(self.0.get())
    }
}
