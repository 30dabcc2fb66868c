#![expect(unsafe_code, reason = "implements `Allocator`, an unsafe trait, by forwarding")]
//! Crossing between the two `Allocator` traits.
//!
//! ```text
//!                 core's Allocator        allocator-api2's Allocator
//!   Arena, ...          yes                        yes            both, by `bridge_api2!`
//!   Api2<A>              -                     if A is ours       for containers of the other trait
//!   FromApi2<A>   if A is theirs                    -             for allocators of the other trait
//! ```
//!
//! Without the feature `nightly` the two columns are one trait; the wrappers then only forward, so
//! that code that uses them builds on both toolchains.
//!
//! Invariant of this file: each method calls the method of the same name on the same allocator with
//! the same arguments. Whatever the inner allocator promises, and whatever the caller must promise,
//! is therefore passed on unchanged.

use core::ptr::NonNull;

use crate::alloc::{Allocator, CloneEquivalent, Layout, NeverInvalidates};

/// The body of an `Allocator` impl that forwards all six methods to another trait's.
///
/// `$inner` turns `&self` into the allocator that answers, `$trait` is the trait it answers by, and
/// `$error` is the error to return.
macro_rules! forward {
    ($trait:path, $error:path, |$this:ident| $inner:expr) => {
        $crate::alloc::bridge::forward! {
            [allocate allocate_zeroed] [grow grow_zeroed shrink]
            $trait, $error, |$this| $inner
        }

        #[inline]
        unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
            let $this = self;
            // SAFETY: the caller's promise is the callee's, word for word.
            unsafe { <_ as $trait>::deallocate($inner, ptr, layout) }
        }
    };
    (
        [$($allocate:ident)+] [$($resize:ident)+]
        $trait:path, $error:path, |$this:ident| $inner:expr
    ) => {
        $(
            #[inline]
            fn $allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, $error> {
                let $this = self;
                <_ as $trait>::$allocate($inner, layout).map_err(|_| $error)
            }
        )+

        $(
            #[inline]
            unsafe fn $resize(
                &self,
                ptr: NonNull<u8>,
                old: Layout,
                new: Layout,
            ) -> Result<NonNull<[u8]>, $error> {
                let $this = self;
                // SAFETY: the caller's promise is the callee's, word for word.
                unsafe { <_ as $trait>::$resize($inner, ptr, old, new) }.map_err(|_| $error)
            }
        )+
    };
}

/// Gives types that implement our [`Allocator`] allocator-api2's as well, where the two differ.
///
/// Each entry is the head of an impl: `bridge_api2!([A: Allocator] Counted<A>)`.
macro_rules! bridge_api2 {
    ($([$($params:tt)*] $type:ty),+ $(,)?) => {$(
        // SAFETY: the type keeps the contract by our trait, and this impl only forwards to it.
        #[cfg(all(feature = "nightly", not(feature = "api2-is-core")))]
        unsafe impl<$($params)*> allocator_api2::alloc::Allocator for $type {
            $crate::alloc::bridge::forward!(
                crate::alloc::Allocator, allocator_api2::alloc::AllocError, |this| this
            );
        }
    )+};
}

pub(crate) use bridge_api2;
pub(crate) use forward;

/// Lends an allocator of ours to containers of allocator-api2's trait.
///
/// The allocators of this crate do not need it: they implement both traits. It is for allocators
/// that are only core's, and for code generic over our [`Allocator`].
///
/// ```
/// use larder::alloc::{Api2, Global};
/// let mut map = hashbrown::HashMap::new_in(Api2(Global));
/// map.insert("a", 1);
/// assert_eq!(map["a"], 1);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Api2<A>(pub A);

// SAFETY: `A` keeps the contract by our trait, and this impl only forwards to it.
unsafe impl<A: Allocator> allocator_api2::alloc::Allocator for Api2<A> {
    forward!(Allocator, allocator_api2::alloc::AllocError, |this| &this.0);
}

// SAFETY: a clone of the wrapper holds a clone of `A`, and those are equivalent.
#[cfg(any(not(feature = "nightly"), feature = "api2-is-core"))]
unsafe impl<A: CloneEquivalent> CloneEquivalent for Api2<A> where Self: Allocator {}

/// Adopts an allocator that has only allocator-api2's trait.
///
/// ```
/// use larder::alloc::{Block, FromApi2, Layout};
/// let theirs = allocator_api2::alloc::Global;
/// let block = Block::new_in(Layout::new::<[u64; 4]>(), FromApi2(theirs)).unwrap();
/// assert_eq!(block.as_slice(), [0; 32]);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FromApi2<A>(pub A);

// SAFETY: `A` keeps the contract by allocator-api2's trait, whose words are ours.
unsafe impl<A: allocator_api2::alloc::Allocator> Allocator for FromApi2<A> {
    forward!(allocator_api2::alloc::Allocator, crate::alloc::AllocError, |this| &this.0);
}

// SAFETY: all handles of the global heap are one allocator.
unsafe impl CloneEquivalent for FromApi2<allocator_api2::alloc::Global> {}
// SAFETY: nothing but `deallocate` ends a block of the global heap.
unsafe impl NeverInvalidates for FromApi2<allocator_api2::alloc::Global> {}
