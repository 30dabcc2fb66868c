//! Machines of several nodes: what there is, where pages are to be, and where they are.
//!
//! A node is a part of the machine with memory of its own, CPUs of its own, or only one of the two.
//! Numbers of nodes may have gaps. [`Topology`] reads what there is, [`NumaAlloc`] hands out blocks
//! that are to be on given nodes, [`locate`] asks the kernel where pages are, and [`migrate`] moves
//! them. Containers often deny the calls; [`Placed`] then says so, and the memory is there all the
//! same, unless placement was required.

mod allocator;
mod place;
mod topology;

pub use allocator::{NumaAlloc, OnNodes, Placed};
pub use place::{Located, locate, migrate};
pub use topology::{Counters, Node, Topology, TopologyError};
