#![cfg_attr(not(all(doctest, feature = "api2-is-core")), doc = include_str!("../README.md"))]
//!
//! # What holds everywhere
//!
//! - **The contract.** Every allocator here keeps the ten rules of [`alloc`], and a test runs the
//!   battery of [`testing`](crate#prove-your-own-allocator) on it, over good and awful upstreams.
//! - **Values.** An allocator does not know what is in its blocks, so it drops nothing; a collection
//!   drops its elements as std's do. An arena drops the values that were given to
//!   [`alloc_dropped`](Arena::alloc_dropped).
//! - **Leaks.** What an allocator took from its upstream goes back when it is dropped. Blocks of a
//!   leaked allocator, and elements of a leaked iterator, are leaked; nothing becomes invalid.
//! - **Out of memory.** Each growing method has a twin, `try_` or on a builder, that returns an error
//!   with the sizes in it, and with the value that found no room. The short form panics with the
//!   same text. All that was there before is there after.
//! - **Panics** in closures, iterators, comparisons and drops of yours leave everything usable.
//!   Allocators do not unwind; one that finds its memory misused says what it found, and aborts.
//! - **Threads.** An allocator for one thread is `Send` where its upstream is, and not `Sync`;
//!   [`Locked`](adapt::Locked) makes any of them `Sync`.
//! - **Zeros.** Requests of no bytes succeed, cost nothing, and may be freed or not.
//!
//! # The house
//!
//! A floor uses those above it in this list, never those below:
//!
//! | floor | holds |
//! |---|---|
//! | [`bits`], [`sync`] | arithmetic without memory, and the door to atomics |
//! | [`alloc`] | the trait, its contract, capabilities, errors, figures |
//! | `os` | memory from the kernel, and files in memory; with the feature `os` |
//! | [`strategy`] | ways to carve memory |
//! | [`adapt`] | ways to wrap an allocator |
//! | [`observe`] | ways to watch one |
//! | [`collections`] | containers over any allocator |
//! | `testing` | the proof, for ours and for yours |

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

#[cfg(feature = "os")]
pub mod os;

pub mod strategy;

pub mod adapt;

pub mod observe;

mod raw;

pub mod collections;

mod panics;

pub use collections::bump_vector::BumpVector;
pub use collections::circular_buffer::{BoundedBuffer, CircularBuffer, Deque};
pub use collections::flat::{FlatMap, FlatSet, FrozenMap};
pub use collections::interner::Interner;
pub use collections::intrusive_list::IntrusiveList;
pub use collections::owned_list::OwnedList;
pub use collections::soa_vector::{Soa, SoaVector};
pub use collections::stable_vector::StableVector;
pub use collections::{pooled_vec::PooledVec, small_vector::SmallVector};
/// Makes a struct fit for [`SoaVector`].
#[cfg(feature = "derive")]
pub use larder_derive::Soa;
#[cfg(feature = "std")]
pub use strategy::buffer_pool::PerThread;
pub use strategy::{
    arena::{Arena, Keep, Scope},
    buddy::Buddy,
    buffer_pool::BufferPool,
    fixed_pool::FixedPool,
    free_list::FreeList,
    object_pool::{ObjectPool, Pooled},
    pool::{Pool, PoolOf},
    slab::Slab,
    stack::Stack,
    tlsf::Tlsf,
};

#[cfg(all(doctest, not(feature = "api2-is-core")))]
#[doc = include_str!("../tests/compile_fail.md")]
struct CompileFailDoctests;

#[cfg(feature = "testing")]
pub mod testing;
