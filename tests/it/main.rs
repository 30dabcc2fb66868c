//! The crate from outside, as its users see it.
#![cfg_attr(feature = "nightly", feature(allocator_api))]
#![cfg_attr(all(feature = "nightly", not(feature = "api2-is-core")), feature(btreemap_alloc))]

// With `api2-is-core` hashbrown's trait is core's only where its owner says so, which no test build does.
#[cfg(not(feature = "api2-is-core"))]
mod plugs;

mod adapt;
mod blink;
mod contract;
mod drop_in;
mod drop_in_small;
mod flat;
mod free_list;
mod interner;
mod lists;
mod memory;
mod misuse;
mod mmap_vec;
mod observe;
mod os;
mod peers;
mod pins;
mod pool;
mod programs;
mod region;
mod sequences;
mod slab;
mod soa_programs;
mod soa_vector;
mod stable;
mod stack;
