#![expect(unsafe_code, reason = "promises what the pages are")]
//! Blocks on given nodes.

use core::{fmt, ptr::NonNull};

use super::Topology;
use crate::{
    os::{
        Call, Errno, Error, Kernel, Native, NodeSet, PageAllocator, Policy, Source, Wish,
        page_allocator::map_with_room,
    },
    sync::atomic::{AtomicI32, Ordering},
};

/// An allocator whose blocks are on the nodes that a [`Policy`] names, as far as the kernel grants it.
///
/// ```
/// use larder::{alloc::{Block, Layout}, os::{NumaAlloc, Placed, Policy, Topology, locate, Native}};
/// let topology = Topology::read()?;
/// let node = topology.with_memory().iter().next().unwrap();
/// let alloc = NumaAlloc::new(Policy::Bind([node].into_iter().collect()), &topology);
/// let mut block = Block::new_in(Layout::from_size_align(1 << 20, 64)?, &alloc)?;
/// block.as_mut_slice().fill(1); // pages are placed when they are first touched
/// match alloc.placed() {
///     Placed::Placed => assert_eq!(locate(block.as_slice(), Native)?.absent(), 0),
///     Placed::SingleNode => {} // there is no other node it could be on
///     other => println!("the kernel does not let us: {other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type NumaAlloc<K = Native> = PageAllocator<OnNodes<K>>;

/// What came of the wish to have pages on nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placed {
    /// Nothing was asked for yet, or it was not to be.
    NotAsked,
    /// The kernel took the policy for all pages.
    Placed,
    /// It refused the policy for some pages with this number, and they are where it likes.
    BestEffort(Errno),
    /// There is one node only, so nothing was asked.
    SingleNode,
}

/// Pages under a policy from a kernel.
#[derive(Debug)]
pub struct OnNodes<K = Native> {
    kernel: K,
    policy: Policy,
    wish: Wish,
    /// Where pages can be.
    nodes: NodeSet,
    /// The number of the first refusal, or one of the constants.
    outcome: AtomicI32,
}

const NOT_ASKED: i32 = -1;
const PLACED: i32 = 0;

impl NumaAlloc {
    /// Blocks of this machine's kernel under `policy`, which is preferred.
    #[must_use]
    pub fn new(policy: Policy, topology: &Topology) -> Self {
        Self::new_in(policy, topology, Native)
    }
}

impl<K: Kernel + fmt::Debug> NumaAlloc<K> {
    /// Blocks of a given kernel under `policy`, which is preferred.
    pub fn new_in(policy: Policy, topology: &Topology, kernel: K) -> Self {
        let (nodes, outcome) = (topology.with_memory(), AtomicI32::new(NOT_ASKED));
        Self::over(OnNodes { kernel, policy, wish: Wish::Prefer, nodes, outcome })
    }

    /// The same, with this wish for the policy. `Require` refuses blocks for which the kernel refuses
    /// it.
    #[must_use]
    pub fn with_placement(mut self, wish: Wish) -> Self {
        self.source.wish = wish;
        self
    }

    /// What came of the policy.
    pub fn placed(&self) -> Placed {
        let source = &self.source;
        // Relaxed: this is a figure, and orders nothing.
        match source.outcome.load(Ordering::Relaxed) {
            _ if source.wish == Wish::Ignore => Placed::NotAsked,
            _ if source.is_settled() => Placed::SingleNode,
            NOT_ASKED => Placed::NotAsked,
            PLACED => Placed::Placed,
            errno => Placed::BestEffort(Errno(errno)),
        }
    }
}

impl<K: Kernel> OnNodes<K> {
    fn wanted(&self) -> NodeSet {
        match self.policy {
            Policy::Local => self.nodes,
            Policy::Bind(nodes) | Policy::Interleave(nodes) => nodes,
            Policy::Preferred(node) => NodeSet::only(node),
        }
    }

    /// Whether there is no other node where pages could be.
    fn is_settled(&self) -> bool {
        self.nodes.len() == 1 && self.wanted() == self.nodes
    }

    fn bind(&self, at: NonNull<u8>, len: usize) -> Result<(), Error> {
        // The kernel does not mind nodes that do not exist, as long as one does.
        let wanted = self.wanted();
        let known = !wanted.is_empty() && wanted.iter().all(|node| self.nodes.contains(node));
        let bound =
            if known { self.kernel.bind(at, len, self.policy, false) } else { Err(Errno::INVALID) };
        let now = bound.err().map_or(PLACED, |errno| errno.0);
        // Relaxed: this is a figure, and orders nothing.
        let keep = |before: i32| (before <= PLACED).then_some(now);
        let _ = self.outcome.fetch_update(Ordering::Relaxed, Ordering::Relaxed, keep);
        bound.map_err(|errno| Error::new(Call::Bind, len, errno))
    }
}

// SAFETY: `map_with_room` returns new pages of that length and alignment, readable and writable, and
// zero. The granule is the page size, which is constant.
unsafe impl<K: Kernel + fmt::Debug> Source for OnNodes<K> {
    type Kernel = K;

    fn kernel(&self) -> &K {
        &self.kernel
    }

    #[inline]
    fn granule(&self) -> usize {
        self.kernel.page_size()
    }

    /// The policy moves with the pages.
    fn survives_moves(&self) -> bool {
        true
    }

    fn map(&self, span: usize, len: usize, align: usize) -> Result<NonNull<u8>, Error> {
        let at = map_with_room(&self.kernel, span, len, align)?;
        if self.wish == Wish::Ignore || self.is_settled() {
            return Ok(at);
        }
        match self.bind(at, span) {
            Err(error) if self.wish == Wish::Require => {
                // SAFETY: the pages are new, and nobody uses them.
                let _ = unsafe { self.kernel.unmap(at, span) };
                Err(error)
            }
            _ => Ok(at),
        }
    }
}
