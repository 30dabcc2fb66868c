//! The collections: each generic over any allocator.
//!
//! | module | types |
//! |---|---|
//! | [`flat`] | `FlatMap`, `FlatSet`, `FrozenMap`: sorted arrays with a search that beats a tree |
//! | `mmap_vec` (feature `os`) | `MmapVec`: plain data in a file, that survives a crash |
//! | [`stable_vector`] | [`StableVector`](stable_vector::StableVector): elements that never move, known by handles |

pub mod flat;
#[cfg(feature = "os")]
pub mod mmap_vec;
pub mod stable_vector;
