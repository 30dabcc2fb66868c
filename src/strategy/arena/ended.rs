#![expect(unsafe_code, reason = "drops values through a list of their drop functions")]
//! Values that are dropped when the arena ends them: a list through the arena's own bytes.
//!
//! ```text
//!  newest -> | next | drop | value |  -> | next | drop | value |  -> none
//! ```
//!
//! Invariants: every entry in the list lies in a live block of the arena, its value is initialised
//! and of the type that `drop` is for, and nobody else drops it.
//!
//! Values may be dropped long after the borrow they were made under, and on another thread with the
//! arena, so they are `'static` and `Send`.

use core::{cell::Cell, ptr::NonNull};

pub(super) type Link = Option<NonNull<Entry>>;

/// What is known of a value without its type.
pub(super) struct Entry {
    next: Link,
    drop: unsafe fn(NonNull<Self>),
}

/// A value with its entry. The entry is first, so a pointer to it is a pointer to the whole.
#[repr(C)]
pub(super) struct Dropped<T> {
    entry: Entry,
    pub(super) value: T,
}

/// The values to drop, newest first.
pub(super) struct Ended(Cell<Link>);

impl Ended {
    pub(super) const fn new() -> Self {
        Self(Cell::new(None))
    }

    #[inline]
    pub(super) fn newest(&self) -> Link {
        self.0.get()
    }

    /// Writes `value` to `place` and enters it.
    ///
    /// # Safety
    ///
    /// `place` is a live block of the arena with the layout of a `Dropped<T>`, which stays until the
    /// value is dropped through this list.
    pub(super) unsafe fn enter<T: Send + 'static>(
        &self,
        place: NonNull<Dropped<T>>,
        value: T,
    ) -> NonNull<T> {
        /// # Safety
        ///
        /// The entry is that of a `Dropped<T>`, whose value is initialised and in no list any more.
        unsafe fn drop_value<T>(entry: NonNull<Entry>) {
            let whole = entry.cast::<Dropped<T>>();
            // SAFETY: the caller promises a `Dropped<T>`; only a field's place is computed.
            let value = unsafe { &raw mut (*whole.as_ptr()).value };
            // SAFETY: the value is initialised, and nobody else drops it.
            unsafe { value.drop_in_place() }
        }
        let entry = Entry { next: self.0.get(), drop: drop_value::<T> };
        // SAFETY: the place is a block with that layout.
        unsafe { place.write(Dropped { entry, value }) };
        self.0.set(Some(place.cast()));
        // SAFETY: it was written just now; only a field's place is computed.
        let value = unsafe { &raw mut (*place.as_ptr()).value };
        // SAFETY: a field is not at address 0.
        unsafe { NonNull::new_unchecked(value) }
    }

    /// Drops all values that were entered after `until`, newest first. When one panics, the others
    /// are dropped still, and the panic goes on afterwards.
    ///
    /// # Safety
    ///
    /// `until` was [`newest`](Self::newest) at some time, and its entry is in the list still; nobody
    /// uses the values entered since.
    pub(super) unsafe fn drop_until(&self, until: Link) {
        struct Rest<'e>(&'e Ended, Link);
        impl Drop for Rest<'_> {
            fn drop(&mut self) {
                // SAFETY: the promise to `drop_until` holds for those that are left, too.
                unsafe { self.0.drop_until(self.1) }
            }
        }
        while self.0.get() != until {
            let Some(entry) = self.0.get() else { return };
            // SAFETY: entries in the list lie in live blocks.
            let Entry { next, drop } = unsafe { entry.read() };
            self.0.set(next);
            let rest = Rest(self, until);
            // SAFETY: the value was in the list, so it is initialised, and is in none now.
            unsafe { drop(entry) };
            core::mem::forget(rest);
        }
    }
}
