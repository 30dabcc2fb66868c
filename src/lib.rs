//! Allocators that plug into any collection, and the kit that proves them.
#![no_std]
#![cfg_attr(feature = "nightly", feature(allocator_api))]

extern crate alloc as liballoc;
#[cfg(feature = "std")]
extern crate std;

pub mod bits;
pub mod sync;

pub mod alloc;

#[cfg(feature = "testing")]
pub mod testing;
