//! Which trait `Allocator` is. When core's is stable, only this file changes.

pub use core::alloc::Layout;

#[cfg(feature = "nightly")]
pub use {
    core::alloc::{AllocError, Allocator},
    liballoc::alloc::Global,
};

#[cfg(all(feature = "nightly", feature = "std"))]
pub use std::alloc::System;

#[cfg(not(feature = "nightly"))]
pub use allocator_api2::alloc::{AllocError, Allocator, Global};

#[cfg(all(not(feature = "nightly"), feature = "std"))]
pub use allocator_api2::alloc::System;
