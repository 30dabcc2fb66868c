//! The collections.

#[cfg(feature = "os")]
pub mod mmap_vec;
