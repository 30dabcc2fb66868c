//! The one door to atomics, cells, thread-locals and fences: std's, or loom's under `cfg(loom)`.
//!
//! Code that shares memory between threads imports from here and nowhere else, so that the same
//! source runs in production and under a model checker that tries every interleaving:
//!
//! ```text
//! cargo test                       std's (core's without the feature `std`)
//! RUSTFLAGS=--cfg=loom cargo test  loom's
//! ```
//!
//! `UnsafeCell` has loom's face, `with` and `with_mut`, in both versions: a closure marks where an
//! access begins and ends, which is what the checker needs to know. [`Backoff`] yields to the
//! checker; [`CachePadded`] is the same in both, since a model has no cache.
//!
//! Single-threaded code uses `core::cell` directly: it is not shared, so there is nothing to check.

mod backoff;
mod cache_padded;

#[cfg(loom)]
#[path = "loom.rs"]
mod primitive;
#[cfg(not(loom))]
#[path = "std.rs"]
mod primitive;

pub use backoff::Backoff;
pub use cache_padded::CachePadded;
#[cfg(any(loom, feature = "std"))]
pub use primitive::{Mutex, thread, thread_local};
pub use primitive::{UnsafeCell, atomic, hint};
