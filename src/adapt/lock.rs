#![cfg_attr(
    any(all(test, not(loom)), not(any(loom, feature = "std"))),
    expect(unsafe_code, reason = "hands out what a flag guards")
)]
//! A small mutex: std's where there is std, and a flag to spin on where there is none.
//!
//! Poisoning does not matter: what unwinds is the closure of a user, which sees the value through a
//! shared reference, and an allocator is whole between any two of its calls.

#[cfg(not(any(loom, feature = "std")))]
pub(super) use spin::Lock;
#[cfg(any(loom, feature = "std"))]
pub(super) use waits::Lock;

#[cfg(any(loom, feature = "std"))]
mod waits {
    use std::sync::PoisonError;

    use crate::sync::Mutex;

    #[derive(Debug)]
    pub(crate) struct Lock<T>(Mutex<T>);

    impl<T> Lock<T> {
        /// Not `const` where the model checker's mutex is not.
        #[cfg(not(loom))]
        pub(crate) const fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        #[cfg(loom)]
        pub(crate) fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        #[inline]
        pub(crate) fn with<R>(&self, access: impl FnOnce(&T) -> R) -> R {
            access(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
        }
    }
}

#[cfg(any(all(test, not(loom)), not(any(loom, feature = "std"))))]
pub(super) mod spin {
    //! Invariant: whoever has turned `taken` from `false` to `true` has the value alone, until it
    //! turns it back.

    use crate::sync::{
        Backoff, UnsafeCell,
        atomic::{AtomicBool, Ordering},
    };

    #[derive(Debug)]
    pub(crate) struct Lock<T> {
        taken: AtomicBool,
        value: UnsafeCell<T>,
    }

    // SAFETY: one thread at a time has the value, so it is sent around rather than shared.
    unsafe impl<T: Send> Sync for Lock<T> {}

    /// Gives the lock back, when the closure unwinds as well.
    struct Release<'a>(&'a AtomicBool);

    impl Drop for Release<'_> {
        fn drop(&mut self) {
            // Release: pairs with the Acquire in `with`, which then sees what was done.
            self.0.store(false, Ordering::Release);
        }
    }

    impl<T> Lock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self { taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
        }

        #[inline]
        pub(crate) fn with<R>(&self, access: impl FnOnce(&T) -> R) -> R {
            let mut backoff = Backoff::new();
            // Acquire: pairs with the Release in `Release::drop`.
            while self.taken.swap(true, Ordering::Acquire) {
                // Relaxed: only waits; the swap decides.
                while self.taken.load(Ordering::Relaxed) {
                    backoff.wait();
                }
            }
            let _release = Release(&self.taken);
            // SAFETY: the flag was `false` and we have set it, so nobody else has the value.
            self.value.with(|value| access(unsafe { &*value }))
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            // SAFETY: `&mut self` shows that nobody else has the value.
            self.value.with_mut(|value| unsafe { &mut *value })
        }
    }
}
