#![expect(unsafe_code, reason = "is a smart pointer to an object in a pool")]
//! The smart pointer to an object of a pool. The invariants are the pool's.

use core::{
    cell::Cell,
    fmt,
    marker::PhantomData,
    mem::ManuallyDrop,
    ops::{Deref, DerefMut},
    ptr::{self, NonNull},
};

use liballoc::rc::Rc;

use super::{ObjectPool, Recipe, Shared};
use crate::alloc::Allocator;

/// An object of an [`ObjectPool`], which goes back to the pool when this is dropped.
///
/// `P` is how it reaches the pool: `&ObjectPool`, which borrows it, or `Rc<ObjectPool>`, which keeps
/// it alive.
pub struct Pooled<T, P: Handle<T>> {
    object: NonNull<T>,
    pool: P,
    owns: PhantomData<Cell<T>>,
}

/// A way to reach a pool. Sealed: a reference and an `Rc` are all.
pub trait Handle<T>: sealed::Sealed {
    #[doc(hidden)]
    type Recipe: Recipe<T>;
    #[doc(hidden)]
    type Upstream: Allocator;
    #[doc(hidden)]
    fn pool(&self) -> &ObjectPool<T, Self::Recipe, Self::Upstream>;
}

mod sealed {
    #[expect(unnameable_types, reason = "what cannot be named cannot be implemented")]
    pub trait Sealed {}
    impl<P> Sealed for &P {}
    impl<P> Sealed for super::Rc<P> {}
}

impl<T, R: Recipe<T>, A: Allocator> Handle<T> for &ObjectPool<T, R, A> {
    type Recipe = R;
    type Upstream = A;

    #[inline]
    fn pool(&self) -> &ObjectPool<T, R, A> {
        self
    }
}

impl<T, R: Recipe<T>, A: Allocator> Handle<T> for Rc<ObjectPool<T, R, A>> {
    type Recipe = R;
    type Upstream = A;

    #[inline]
    fn pool(&self) -> &ObjectPool<T, R, A> {
        self
    }
}

impl<T, P: Handle<T>> Pooled<T, P> {
    /// # Safety
    ///
    /// The object was taken out of the pool of the handle, and nobody else uses it.
    #[inline]
    pub(super) const unsafe fn new(object: NonNull<T>, pool: P) -> Self {
        Self { object, pool, owns: PhantomData }
    }

    /// Lets several handles have the object. Costs no allocation.
    ///
    /// ```
    /// let pool = larder::ObjectPool::new(String::new, String::clear);
    /// let mut name = pool.acquire();
    /// name.push_str("plum");
    /// let first = name.share();
    /// let second = first.clone();
    /// drop(first);
    /// assert_eq!(*second, "plum");
    /// drop(second);
    /// assert_eq!((pool.idle(), pool.in_use()), (1, 0));
    /// ```
    pub fn share(self) -> Shared<T, P> {
        let (object, pool) = self.into_parts();
        // SAFETY: the handle had the object for itself.
        unsafe { Shared::new(object, pool) }
    }

    /// The object and the way to its pool, for which the caller is now responsible.
    fn into_parts(self) -> (NonNull<T>, P) {
        let this = ManuallyDrop::new(self);
        // SAFETY: the handle is not used or dropped any more, so this is moved out once.
        let pool = unsafe { ptr::read(&raw const this.pool) };
        (this.object, pool)
    }

    /// Takes the object out of the pool for good. It is not reset.
    ///
    /// ```
    /// let pool = larder::ObjectPool::new(String::new, String::clear);
    /// let mut name = pool.acquire();
    /// name.push_str("plum");
    /// assert_eq!(name.into_inner(), "plum");
    /// assert_eq!((pool.idle(), pool.in_use()), (0, 0));
    /// ```
    pub fn into_inner(self) -> T {
        let (place, pool) = self.into_parts();
        // SAFETY: the object is initialised, and ours alone.
        let object = unsafe { place.read() };
        pool.pool().free(place);
        object
    }
}

impl<T, P: Handle<T>> Deref for Pooled<T, P> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: the object is initialised, and borrowed with the handle, which has it alone.
        unsafe { self.object.as_ref() }
    }
}

impl<T, P: Handle<T>> DerefMut for Pooled<T, P> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: the object is initialised, and borrowed with the handle, which has it alone.
        unsafe { self.object.as_mut() }
    }
}

impl<T, P: Handle<T>> Drop for Pooled<T, P> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the object was taken out of this pool, and the handle is gone hereafter.
        unsafe { self.pool.pool().put_back(self.object) };
    }
}

impl<T: fmt::Debug, P: Handle<T>> fmt::Debug for Pooled<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display, P: Handle<T>> fmt::Display for Pooled<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T, P: Handle<T>> AsRef<T> for Pooled<T, P> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T, P: Handle<T>> AsMut<T> for Pooled<T, P> {
    fn as_mut(&mut self) -> &mut T {
        self
    }
}
