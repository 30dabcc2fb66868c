//! Allocators that plug into any collection, and the kit that proves them.
//!
//! ```
//! let arena = larder::Arena::new();
//! let word = arena.alloc_str("plum");
//! assert_eq!(word, "plum");
//! ```

#![no_std]
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![cfg_attr(feature = "nightly", doc(test(attr(feature(allocator_api)))))]
#![cfg_attr(feature = "asan", feature(cfg_sanitize))]

extern crate alloc as liballoc;
#[cfg(feature = "std")]
extern crate std;

pub mod bits;
pub mod sync;

pub mod alloc;

pub mod strategy;

pub mod adapt;

pub mod observe;

mod panics;

pub use strategy::arena::{Arena, Keep, Scope};
pub use strategy::stack::Stack;

#[cfg(all(doctest, not(feature = "api2-is-core")))]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;

#[cfg(all(doctest, not(feature = "api2-is-core")))]
#[doc = include_str!("../tests/compile_fail.md")]
struct CompileFailDoctests;

#[cfg(feature = "testing")]
pub mod testing;
