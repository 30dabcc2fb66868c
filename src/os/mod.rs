//! What the kernel gives: pages, huge pages, pages on a node, guarded and secret memory. The only
//! system calls of the crate; feature `os`.
//!
//! ```text
//!   Pages   HugePages   NumaAlloc      Guarded   Secret       allocators
//!      \        |        /                \       /
//!       PageAllocator<S>  Region          Fenced<I>   MappedFile  SharedMemory
//!                 \         |              /              /          /
//!                  Kernel: Native, or a Fake in tests                   one contract
//! ```
//!
//! | you want | take |
//! |---|---|
//! | blocks of many kilobytes, given back at once, grown without copying | [`Pages`] |
//! | one block that grows in place up to a bound that you know | [`Region`] |
//! | fewer misses of the TLB on random reads | [`HugePages`] |
//! | memory on a node | [`NumaAlloc`], and [`Topology`] to choose |
//! | an overrun or a use outside of the block to fault | [`Guarded`] |
//! | keys and passwords in memory that is wiped, locked and not dumped | [`Secret`] |
//! | a file, or a part of one, as bytes or numbers | [`MappedFile`] |
//! | memory that other processes have, too | [`SharedMemory`], [`SharedVec`], [`SharedRing`] |
//! | a queue whose content is always one slice | [`Mirrored`] |
//! | messages with their length in front, one after the other | [`MessageReader`] |
//! | pages present, locked, or given back | [`populate`], [`lock`], [`shrink_resident`] |
//!
//! **Wishes and outcomes.** Much of what a kernel can do it need not do: huge pages may be off, locks
//! limited, nodes out of reach in a container. So a property is asked for with a [`Wish`]: `Require`
//! fails without it, `Prefer` goes on without it and tells why ([`Outcome`], [`Placement`],
//! [`Placed`]), `Ignore` does not ask. What was obtained is read back from the kernel where it tells.
//!
//! **Refusals** are an [`Error`] that says what was asked, what the kernel answered and what to do.
//!
//! **Systems.** Linux has all of it. On other Unixes pages, regions, guards by protection and locks
//! work, and what they lack is refused with [`Error::is_unsupported`] at run time; on systems that are
//! no Unix everything is. Nothing is faked.

mod advice;
mod error;
#[cfg(any(test, feature = "testing"))]
mod fake;
mod fenced;
pub(crate) mod file;
mod file_error;
mod huge;
mod kernel;
mod live;
mod mapping;
mod message;
mod mirror;
mod native;
mod numa;
mod page_allocator;
mod pages;
mod region;
mod secret;
mod shared;
mod smaps;
mod stock;

#[cfg(test)]
mod tests;

pub use advice::{hint, lock, populate, resident, shrink_resident, unlock};
pub use error::{Call, Errno, Error, Outcome, Wish};
#[cfg(any(test, feature = "testing"))]
pub use fake::Fake;
pub use fenced::{Fenced, Fences, Guarded, Inside, Ordinary};
pub use file::Space;
pub use file_error::{FileError, Problem};
pub use huge::{Granted, HugePages, Ladder, Placement, placement};
pub use kernel::{Access, Advice, Backing, Hint, Huge, Kernel, NodeSet, Policy, Target, Writes};
pub use mapping::{MappedFile, View};
pub use message::{MessageReader, TornMessage, write_message};
pub use mirror::Mirrored;
pub(crate) use mirror::settle;
pub use native::Native;
pub use numa::{
    Counters, Located, Node, NumaAlloc, OnNodes, Placed, Topology, TopologyError, locate, migrate,
};
pub use page_allocator::{Outcomes, PageAllocator, Source};
pub use pages::{Pages, Plain};
pub use region::Region;
pub use secret::{Protection, Sealed, Secret};
pub use shared::{
    Contents, SharedConsumer, SharedMemory, SharedProducer, SharedRing, SharedVec, SharedWriter,
};
