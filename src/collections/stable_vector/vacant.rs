#![expect(unsafe_code, reason = "fills a free slot")]
//! A free slot, whose handle is known before there is an element.

use core::fmt;

use super::{Key, KeyedVector};
use crate::{
    alloc::{Allocator, Global, Refusal},
    panics,
    raw::slots::{Slots, Vacancy},
};

/// A free slot of a vector; made by [`KeyedVector::vacant_entry`].
pub struct VacantEntry<'a, T, K: Key, A: Allocator = Global> {
    slots: &'a mut Slots<T, K, A>,
    /// The last that the slots told; they have not changed since.
    vacancy: Vacancy<T, K>,
}

impl<'a, T, K: Key, A: Allocator> VacantEntry<'a, T, K, A> {
    /// The handle that the element will have.
    #[must_use]
    pub const fn key(&self) -> K {
        self.vacancy.handle
    }

    /// Puts the element there.
    pub fn insert(self, value: T) -> &'a mut T {
        let mut ptr = self.vacancy.ptr;
        // SAFETY: the vacancy is the last, and nothing has changed.
        let _ = unsafe { self.slots.fill(self.vacancy, value) };
        // SAFETY: there is an element now, which is borrowed with the vector.
        unsafe { ptr.as_mut() }
    }
}

impl<T, K: Key, A: Allocator> fmt::Debug for VacantEntry<'_, T, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key()).finish()
    }
}

impl<T, K: Key, A: Allocator> KeyedVector<T, K, A> {
    /// The free slot that the next element will have, with its handle. Nothing is in it until
    /// [`insert`](VacantEntry::insert), so what is to be there may fail to be made.
    ///
    /// ```
    /// let mut list = larder::StableVector::new();
    /// let entry = list.vacant_entry();
    /// let handle = entry.key();
    /// let made: Result<_, core::num::ParseIntError> = "12".parse().map(|n: u8| (handle, n));
    /// assert_eq!(made.map(|made| *entry.insert(made)), Ok((handle, 12)));
    /// assert_eq!(list[handle].1, 12);
    /// ```
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[track_caller]
    pub fn vacant_entry(&mut self) -> VacantEntry<'_, T, K, A> {
        panics::granted(self.try_vacant_entry())
    }

    /// [`vacant_entry`](Self::vacant_entry), or an error.
    ///
    /// # Errors
    ///
    /// When memory is refused.
    pub fn try_vacant_entry(&mut self) -> Result<VacantEntry<'_, T, K, A>, Refusal> {
        let vacancy = self.slots.vacancy()?;
        Ok(VacantEntry { slots: &mut self.slots, vacancy })
    }
}
