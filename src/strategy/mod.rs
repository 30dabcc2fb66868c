//! How memory is carved, one strategy a file or folder.
//!
//! | strategy | blocks | freeing | choose it when |
//! |---|---|---|---|
//! | [`Arena`](arena::Arena) | any layout | all at once; the last block by itself | things live and die together; [`Scope`](arena::Scope) inside a longer piece of work |
//! | [`Buddy`](buddy::Buddy) | any layout, as powers of two | one by one | blocks are large, or aligned to their size |
//! | [`BufferPool`](buffer_pool::BufferPool) | any layout, in powers of two to 1 MiB | one by one, kept for the next | buffers come and go; [`PerThread`](buffer_pool::PerThread) is the thread's own |
//! | [`FixedPool`](fixed_pool::FixedPool) | one size | one by one, each at the same cost | the number of blocks is bounded, or time is real |
//! | [`FreeList`](free_list::FreeList) | one range of sizes | each by itself | the upstream is slow and sizes recur |
//! | [`ObjectPool`](object_pool::ObjectPool) | constructed objects | back to the pool when dropped | objects are expensive to make |
//! | [`Pool`](pool::Pool) | one layout | each by itself | nodes of one size come and go; [`PoolOf`](pool::PoolOf) where the type is known |
//! | [`Slab`](slab::Slab) | up to 32 KiB, larger upstream | each by itself | one thread needs a heap of its own |
//! | [`Stack`](stack::Stack) | any layout | in reverse order at once; others when all above them go | things end in about the reverse of the order they began in; [`Frame`](stack::Frame) inside a longer piece of work |
//! | [`Tlsf`](tlsf::Tlsf) | any layout | one by one, in constant time | memory is a fixed region, or time is real |

mod bank;
mod blocks;
mod chunk;
mod prefetch;
mod routed;
mod slots;

pub mod arena;
pub mod buddy;
pub mod buffer_pool;
pub mod fixed_pool;
pub mod free_list;
pub mod object_pool;
pub mod pool;
pub mod slab;
pub mod stack;
pub mod tlsf;
