//! The collections, each generic over any allocator.

pub mod flat;
#[cfg(feature = "os")]
pub mod mmap_vec;
