//! The vocabulary: the trait, its contract, and what an allocator can say about itself beyond it.
//!
//! # The trait
//!
//! [`Allocator`] is core's with the feature `nightly`, and allocator-api2 0.2's without it; the two
//! have the same shape. All of this crate names it through this module, and every allocator of this
//! crate implements both. [`Api2`] and [`FromApi2`] carry other people's allocators across.
//!
//! # The contract
//!
//! What an allocator owes its users, as core states it since 2026. Every allocator of this crate
//! keeps all of it, and the kit in `larder::testing` (feature `testing`) checks it for yours:
//!
//! 1. **Validity.** A block stays valid across moves of the allocator, until it is passed to
//!    `deallocate`, or to a `grow` or `shrink` that succeeds, or the last equivalent allocator is
//!    dropped or changed through its own `&mut self` methods. Safe `&self` methods never end a block.
//! 2. **Fit.** `deallocate`, `grow` and `shrink` accept any size in `requested..=returned`, with the
//!    alignment of the request.
//! 3. **Alignment may change** in either direction in `grow` and `shrink`; equal sizes are legal.
//! 4. **Failure changes nothing.** After `Err` the block is what and where it was.
//! 5. **Zeroing reaches to the end.** `allocate_zeroed` and `grow_zeroed` zero through the returned
//!    length, not only the requested one.
//! 6. **Zero-sized requests succeed.**
//! 7. **Blocks are disjoint**, and none touches the last byte of the address space.
//! 8. **Live blocks are the user's.** The allocator neither reads nor writes them: headers, canaries
//!    and links live outside.
//! 9. **No unwinding** out of any method, nor out of `Drop`. A detector that finds corruption says
//!    what it found and aborts.
//! 10. **Clones** serve new blocks only, unless [`CloneEquivalent`] says that they are
//!     interchangeable.
//!
//! # The capabilities
//!
//! | trait | question |
//! |---|---|
//! | [`Owns`] | is this block mine? |
//! | [`ResizeInPlace`] | can this block grow or shrink where it is? |
//! | [`GoodSize`] | how many bytes would you really return? |
//! | [`Bulk`] | may I have many blocks at once? |
//! | [`Reset`] | end all blocks |
//! | [`Report`] | how are you doing? |
//! | [`CloneEquivalent`] (unsafe) | do your clones free each other's blocks? |
//! | [`NeverInvalidates`] (unsafe) | does nothing but `deallocate` end your blocks? |
//!
//! Each is implemented only where it is true.
//!
//! # What else is here
//!
//! | type | what it is |
//! |---|---|
//! | [`Global`], and `System` with the feature `std` | the heaps that are there without us |
//! | [`Null`] | the allocator that has nothing |
//! | [`Buffer`] | your bytes as an upstream, on the stack or in a static |
//! | [`Block`] | bytes from any allocator, which free themselves |
//! | [`Refusal`], its [`Cause`], and [`Refused`] with the value back | why a request was not served |
//! | [`Stats`] | what [`Report`] tells |

mod allocator;
mod block;
pub(crate) mod blocks;
pub(crate) mod bridge;
mod buffer;
mod capability;
mod error;
mod null;
pub(crate) mod shadow;
mod stats;
pub(crate) mod wipe;

#[cfg(feature = "std")]
pub use allocator::System;
pub use allocator::{AllocError, Allocator, Global, Layout};
pub use block::Block;
pub(crate) use bridge::bridge_api2;
pub use bridge::{Api2, FromApi2};
pub use buffer::Buffer;
pub use capability::{
    Bulk, CloneEquivalent, GoodSize, NeverInvalidates, OneAllocator, Owns, Report, Reset,
    ResizeInPlace,
};
pub use error::{Cause, Refusal, Refused};
pub use null::Null;
pub(crate) use null::empty_block;
pub use stats::Stats;

#[cfg(test)]
mod tests;
