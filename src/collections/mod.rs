//! The collections: each generic over any allocator.
//!
//! | module | types |
//! |---|---|
//! | [`bump_vector`] | [`BumpVector`](bump_vector::BumpVector): appended to through `&self`, elements never move |
//! | [`circular_buffer`] | [`CircularBuffer`](circular_buffer::CircularBuffer), [`BoundedBuffer`](circular_buffer::BoundedBuffer), [`Deque`](circular_buffer::Deque): queues with two ends |
//! | [`flat`] | `FlatMap`, `FlatSet`, `FrozenMap`: sorted arrays with a search that beats a tree |
//! | [`intrusive_list`] | [`IntrusiveList`](intrusive_list::IntrusiveList): through links that are in the elements; [`HandleList`](intrusive_list::HandleList): the same by handles |
//! | [`interner`] | [`Interner`](interner::Interner): texts as small numbers; [`SymbolMap`](interner::SymbolMap), [`SymbolSet`](interner::SymbolSet): what such numbers are keys of |
//! | `mmap_vec` (feature `os`) | `MmapVec`: plain data in a file, that survives a crash |
//! | [`owned_list`] | [`OwnedList`](owned_list::OwnedList): a linked list with nodes of its own |
//! | [`pooled_vec`] | [`PooledVec`](pooled_vec::PooledVec): a vector whose memory comes from a pool and goes back |
//! | [`small_vector`] | [`SmallVector`](small_vector::SmallVector): a vector that is inline while it is short |
//! | [`soa_vector`] | [`SoaVector`](soa_vector::SoaVector): structs, each field in an array of its own |
//! | [`stable_vector`] | [`StableVector`](stable_vector::StableVector): elements that never move, known by handles |
//! | [`vector`] | [`Vector`](vector::Vector): what all vectors of this crate can do |

pub mod bump_vector;
pub mod circular_buffer;
pub mod flat;
pub mod interner;
pub mod intrusive_list;
#[cfg(feature = "os")]
pub mod mmap_vec;
pub mod owned_list;
pub mod pooled_vec;
mod sequence;
pub mod small_vector;
pub mod soa_vector;
pub mod stable_vector;
pub mod vector;
