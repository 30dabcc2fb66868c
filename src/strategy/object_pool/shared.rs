#![expect(unsafe_code, reason = "is a counted pointer to an object in a pool")]
//! The smart pointer that several have to one object of a pool. The invariants are the pool's.

use core::{
    cell::Cell,
    fmt,
    marker::PhantomData,
    mem::{ManuallyDrop, offset_of},
    ops::Deref,
    ptr,
    ptr::NonNull,
};

use super::{Handle, Place, Pooled};
use crate::panics;

/// An object of an [`ObjectPool`](super::ObjectPool) in several hands, which goes back to the pool
/// when the last of them drops it. Made by [`Pooled::share`].
///
/// It is to [`Pooled`] what `Rc` is to `Box`; the count is in the object's block.
///
/// ```
/// use larder::ObjectPool;
/// let pool = ObjectPool::new(|| vec![0_u8; 1000], |_| ());
/// let first = pool.acquire().share();
/// let second = first.clone();
/// assert_eq!((first.count(), second.len(), pool.idle()), (2, 1000, 0));
/// drop((first, second));
/// assert_eq!(pool.idle(), 1);
/// ```
pub struct Shared<T, P: Handle<T>> {
    object: NonNull<T>,
    pool: P,
    owns: PhantomData<Cell<T>>,
}

impl<T, P: Handle<T>> Shared<T, P> {
    /// # Safety
    ///
    /// The object was taken out of the pool of the handle, and nobody else uses it.
    pub(super) unsafe fn new(object: NonNull<T>, pool: P) -> Self {
        let this = Self { object, pool, owns: PhantomData };
        let shares = this.shares();
        // SAFETY: the block has a place for the number, and nobody else uses it.
        unsafe { shares.write(Cell::new(1)) };
        this
    }

    /// How many handles share the object.
    pub fn count(&self) -> usize {
        self.shared().get()
    }

    /// The object, to write, if this is its only handle.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        if self.count() > 1 {
            return None;
        }
        // SAFETY: it is the only handle (2), and borrowed as long.
        Some(unsafe { self.object.as_mut() })
    }

    /// The object as one that is not shared.
    ///
    /// # Errors
    ///
    /// With the handle, if it is not the only one.
    pub fn try_unshare(self) -> Result<Pooled<T, P>, Self> {
        if self.count() > 1 {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        // SAFETY: the handle is not used or dropped any more, so this is moved out once.
        let pool = unsafe { ptr::read(&raw const this.pool) };
        // SAFETY: the only handle had the object for itself (2).
        Ok(unsafe { Pooled::new(this.object, pool) })
    }

    /// Where the number is.
    fn shares(&self) -> NonNull<Cell<usize>> {
        // SAFETY: the object is the first field of a place, in a block cut for one (1).
        unsafe { self.object.byte_add(offset_of!(Place<T>, shares)) }.cast()
    }

    fn shared(&self) -> &Cell<usize> {
        // SAFETY: the number was written when the object was shared, and stays while this handle does.
        unsafe { self.shares().as_ref() }
    }
}

impl<T, P: Handle<T> + Clone> Clone for Shared<T, P> {
    #[inline]
    fn clone(&self) -> Self {
        let Some(count) = self.count().checked_add(1) else {
            panics::corrupted(&"an object has as many handles as a number can count")
        };
        let pool = self.pool.clone();
        self.shared().set(count);
        Self { object: self.object, pool, owns: PhantomData }
    }
}

impl<T, P: Handle<T>> Deref for Shared<T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the object is initialised, and nobody writes to it while it is shared (2).
        unsafe { self.object.as_ref() }
    }
}

impl<T, P: Handle<T>> Drop for Shared<T, P> {
    #[inline]
    fn drop(&mut self) {
        match self.count() {
            // SAFETY: the object was taken out of this pool, and this was its last handle.
            1 => unsafe { self.pool.pool().put_back(self.object) },
            count => self.shared().set(count - 1),
        }
    }
}

impl<T, P: Handle<T>> AsRef<T> for Shared<T, P> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: fmt::Debug, P: Handle<T>> fmt::Debug for Shared<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display, P: Handle<T>> fmt::Display for Shared<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
