#![expect(unsafe_code, reason = "implements `Allocator` by forwarding")]
//! An allocator that is chosen while the program runs.
//!
//! One type for all allocators, so that a collection's type does not say where its memory is: `Dyn`
//! within a thread, `DynSync` between threads. A handle owns its allocator together with all its
//! clones. Where the allocator outlives its users, `&dyn Allocator` does the same for less.
//!
//! Each thread has a default, as in C++'s `pmr`: what [`Dyn::default`] refers to. It is the global
//! heap until [`Dyn::set_default`] says otherwise, for as long as the guard lives.
//!
//! Invariant: a handle and its clones refer to one allocator, which lives as long as any of them.
//! Blocks are that allocator's, with the same layouts.

use core::{fmt, ops::Deref, ptr::NonNull};
use liballoc::{rc::Rc, sync::Arc};

use crate::alloc::{Allocator, CloneEquivalent, Layout, blocks::Allocated, bridge_api2};

/// A handle to an allocator of any type, for one thread. Cost: an indirect call a call, and one small
/// block of the global heap for each `new`, none for a clone.
///
/// ```
/// use larder::{Arena, adapt::Dyn, alloc::{Api2, Global}};
/// use allocator_api2::vec::Vec;
///
/// let choose = |small: bool| if small { Dyn::new(Arena::new()) } else { Dyn::new(Global) };
/// let mut rows: std::vec::Vec<Vec<u8, Api2<Dyn>>> = std::vec::Vec::new();
/// for small in [true, false] {
///     rows.push(Vec::new_in(Api2(choose(small)))); // one type for both
/// }
/// rows[0].push(1); // the arena lives in its handle
/// assert_eq!(rows[0].as_slice(), [1]);
/// ```
pub type Dyn<'a> = Handle<Rc<dyn Allocator + 'a>>;

/// A handle to an allocator of any type, to be sent and shared between threads.
///
/// ```
/// use larder::{Arena, adapt::{DynSync, Locked}, alloc::{Block, Layout}};
/// let shared = DynSync::new(Locked::new(Arena::new()));
/// let theirs = shared.clone();
/// std::thread::spawn(move || Block::new_in(Layout::new::<u64>(), theirs).unwrap().size());
/// assert_eq!(Block::new_in(Layout::new::<u64>(), shared).unwrap().size(), 8);
/// ```
pub type DynSync<'a> = Handle<Arc<dyn Allocator + Send + Sync + 'a>>;

/// What [`Dyn`] and [`DynSync`] are: a counted reference that is an allocator on both toolchains.
#[derive(Clone)]
pub struct Handle<R>(R);

impl<'a> Dyn<'a> {
    /// A handle to `alloc`.
    pub fn new(alloc: impl Allocator + 'a) -> Self {
        Handle(Rc::new(alloc))
    }
}

impl<'a> DynSync<'a> {
    /// A handle to `alloc`.
    pub fn new(alloc: impl Allocator + Send + Sync + 'a) -> Self {
        Handle(Arc::new(alloc))
    }
}

// SAFETY: every call goes to the one allocator with the same arguments. `R` is a counted reference:
// there are no other constructors.
unsafe impl<R: Deref<Target: Allocator>> Allocator for Handle<R> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.0.allocate(layout)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.0.allocate_zeroed(layout)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.0.deallocate(ptr, layout) }
    }

    #[inline]
    unsafe fn grow(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.0.grow(ptr, old, new) }
    }

    #[inline]
    unsafe fn grow_zeroed(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.0.grow_zeroed(ptr, old, new) }
    }

    #[inline]
    unsafe fn shrink(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.0.shrink(ptr, old, new) }
    }
}

bridge_api2!([R: Deref<Target: Allocator>] Handle<R>);

// SAFETY: a clone refers to the same allocator, which lives as long as any of them.
unsafe impl<R: Deref<Target: Allocator> + Clone> CloneEquivalent for Handle<R> {}

impl<R> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dyn").finish_non_exhaustive()
    }
}

#[cfg(any(loom, feature = "std"))]
mod default {
    use core::{cell::RefCell, marker::PhantomData};

    use super::Dyn;
    use crate::{alloc::Global, sync::thread_local};

    thread_local! {
        /// None for the global heap.
        static DEFAULT: RefCell<Option<Dyn<'static>>> = RefCell::new(None);
    }

    /// Makes `new` the thread's default and returns what was. Where the thread is about to end there
    /// is no default any more, and nothing happens.
    fn replace(new: Option<Dyn<'static>>) -> Option<Dyn<'static>> {
        DEFAULT.try_with(|default| default.replace(new)).ok().flatten()
    }

    /// Restores the default allocator of the thread when it is dropped; see [`Dyn::set_default`].
    #[derive(Debug)]
    #[must_use = "the default is restored when this is dropped"]
    pub struct DefaultGuard {
        previous: Option<Dyn<'static>>,
        /// Of the thread that made it.
        not_send: PhantomData<*const ()>,
    }

    impl Dyn<'static> {
        /// Makes this the default of this thread until the guard is dropped. Guards restore what they
        /// found, so drop them in the opposite order; scopes do.
        ///
        /// ```
        /// use larder::{Arena, adapt::{Dyn, Limited}, alloc::{Allocator, Global, Layout}};
        /// let layout = Layout::new::<[u8; 100]>();
        /// {
        ///     let _guard = Dyn::new(Limited::new(Global, 50)).set_default();
        ///     assert!(Dyn::default().allocate(layout).is_err());
        /// }
        /// let heap = Dyn::default();
        /// let block = heap.allocate(layout).unwrap();
        /// // SAFETY: allocated just now, by this layout.
        /// unsafe { heap.deallocate(block.cast(), layout) };
        /// ```
        pub fn set_default(self) -> DefaultGuard {
            DefaultGuard { previous: replace(Some(self)), not_send: PhantomData }
        }
    }

    impl Drop for DefaultGuard {
        fn drop(&mut self) {
            let ended = replace(self.previous.take());
            // Outside of the cell, since an allocator may do anything when it is dropped.
            drop(ended);
        }
    }

    /// The default allocator of this thread: the global heap, unless [`Dyn::set_default`] has set
    /// another one.
    impl Default for Dyn<'static> {
        fn default() -> Self {
            let default = DEFAULT.try_with(|default| default.borrow().clone()).ok().flatten();
            default.unwrap_or_else(|| Self::new(Global))
        }
    }
}

#[cfg(any(loom, feature = "std"))]
pub use default::DefaultGuard;
