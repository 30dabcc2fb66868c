#![expect(unsafe_code, reason = "carves nodes from chunks")]
//! Nodes for lists: carved from chunks, the free ones linked through their own links.
//!
//! ```text
//!  chunk:  | next chunk | size | pad | node | node | node | node | ... |
//!                                           ^ cursor              ^ end
//! ```
//!
//! Nothing here is generic over the element: all methods take the layout of a node, which begins with
//! its [`Links`], and is a multiple of its alignment; it is the same in all calls. Chunks double, so that
//! `n` nodes cost `log n` requests.
//!
//! All nodes of another list are taken over in O(1): its chunks, its list of free nodes and the end of its
//! chunk that is not carved yet go into rings, linked by `prev`; two rings are joined by exchanging two
//! links. What is in the rings is used when there is no other free node.
//!
//! Invariants:
//!
//! 1. The chunks are blocks of `alloc` and have a header, whose `size` fits the block.
//! 2. The nodes of all chunks, `total` of them, are in use, or free; the latter are linked from `free`
//!    by their `next`, or whole nodes in `cursor..end`, or the same of another list: linked from a node
//!    in the ring `lists`, or whole nodes from a node in the ring `ends` up to its `next`. No node is
//!    twice among these.

use core::ptr::NonNull;

use super::chain::{self, Link, Links};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    bits::growth,
};

/// So many nodes are in the first chunk.
const LEAST: usize = 4;

#[repr(C)]
struct Chunk {
    links: Links,
    size: usize,
}

/// Nodes linked by their `prev` in a circle: the last of them, which leads to the first.
///
/// Invariant: the nodes are valid, and are in no other ring.
struct Ring(Link);

impl Ring {
    /// Puts a node to the front.
    ///
    /// # Safety
    ///
    /// It is valid, its links may be used, and it is in no ring.
    unsafe fn put(&mut self, node: NonNull<Links>) {
        // SAFETY: a node by itself is a ring.
        unsafe { chain::set_prev(node, Some(node)) };
        self.join(&mut Self(Some(node)));
    }

    /// Takes the first node out.
    fn take(&mut self) -> Link {
        let last = self.0?;
        // SAFETY: the nodes are valid.
        let first = unsafe { chain::prev(last) }?;
        if first == last {
            self.0 = None;
        } else {
            // SAFETY: the nodes are valid.
            let second = unsafe { chain::prev(first) };
            // SAFETY: the nodes are valid, and the first leaves them.
            unsafe { chain::set_prev(last, second) };
        }
        Some(first)
    }

    /// Takes all nodes of `other`, to the front.
    fn join(&mut self, other: &mut Self) {
        let (Some(last), Some(theirs)) = (self.0, other.0) else {
            self.0 = self.0.or(other.0.take());
            return;
        };
        other.0 = None;
        // SAFETY: the nodes are valid.
        let first = unsafe { chain::prev(last) };
        // SAFETY: the nodes are valid.
        let their_first = unsafe { chain::prev(theirs) };
        // SAFETY: the nodes are valid; the other ring is given up.
        unsafe { chain::set_prev(last, their_first) };
        // SAFETY: the same.
        unsafe { chain::set_prev(theirs, first) };
    }
}

/// Where the first node of a chunk is, and how a chunk is aligned.
fn offset_and_align(node: Layout) -> (usize, usize) {
    let align = node.align().max(align_of::<Chunk>());
    (size_of::<Chunk>().next_multiple_of(align), align)
}

/// The nodes of one list.
pub(crate) struct Nodes<A: Allocator> {
    free: Link,
    cursor: NonNull<Links>,
    end: NonNull<Links>,
    chunks: Ring,
    total: usize,
    lists: Ring,
    ends: Ring,
    pub(crate) alloc: A,
}

impl<A: Allocator> Nodes<A> {
    pub(crate) const fn new(alloc: A) -> Self {
        let nowhere = NonNull::dangling();
        let [chunks, lists, ends] = [const { Ring(None) }; 3];
        Self { free: None, cursor: nowhere, end: nowhere, chunks, total: 0, lists, ends, alloc }
    }

    /// How many nodes there are, free or not.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// A node, which is no longer free. What is in it is not initialised.
    #[inline]
    pub(crate) fn take(&mut self, node: Layout) -> Result<NonNull<Links>, Refusal> {
        loop {
            if let Some(free) = self.free {
                // SAFETY: free nodes have links (2).
                self.free = unsafe { chain::next(free) };
                return Ok(free);
            }
            if self.cursor != self.end {
                let fresh = self.cursor;
                // SAFETY: there is a whole node before the end (2).
                self.cursor = unsafe { fresh.byte_add(node.size()) };
                return Ok(fresh);
            }
            self.find_more(node)?;
        }
    }

    /// Sees to it that a node can be taken, when there is none: those that were another list's, or new
    /// ones.
    #[cold]
    #[inline(never)]
    fn find_more(&mut self, node: Layout) -> Result<(), Refusal> {
        self.free = self.lists.take();
        if self.free.is_some() {
            return Ok(());
        }
        match self.ends.take() {
            // SAFETY: free nodes have links (2).
            Some(start) => match unsafe { chain::next(start) } {
                Some(end) => (self.cursor, self.end) = (start, end),
                None => return Ok(()),
            },
            None => self.refill(node, self.usual(node))?,
        }
        Ok(())
    }

    /// Takes over all nodes of `other`, those in use too. O(1).
    ///
    /// # Safety
    ///
    /// The layout of the nodes is one, and each allocator may free the other's blocks.
    pub(crate) unsafe fn take_over(&mut self, other: &mut Self) {
        if let Some(free) = other.free.take() {
            // SAFETY: a free node's links are used by the nodes alone.
            unsafe { other.lists.put(free) };
        }
        if other.cursor != other.end {
            // SAFETY: there is a whole node at the cursor, which is ours (2).
            unsafe { other.cursor.write(Links::new()) };
            // SAFETY: it has links now.
            unsafe { chain::set_next(other.cursor, Some(other.end)) };
            // SAFETY: it is no longer between cursor and end.
            unsafe { other.ends.put(other.cursor) };
            other.cursor = other.end;
        }
        self.chunks.join(&mut other.chunks);
        self.lists.join(&mut other.lists);
        self.ends.join(&mut other.ends);
        self.total += core::mem::take(&mut other.total);
    }

    /// Takes a node back.
    ///
    /// # Safety
    ///
    /// It was taken, and is given up; its links may be used.
    #[inline]
    pub(crate) unsafe fn give(&mut self, node: NonNull<Links>) {
        // SAFETY: the node is the caller's, and is in no chain.
        unsafe { chain::set_next(node, self.free) };
        self.free = Some(node);
    }

    /// Makes sure that `count` nodes can be taken while `used` are in use.
    pub(crate) fn reserve(
        &mut self,
        node: Layout,
        used: usize,
        count: usize,
    ) -> Result<(), Refusal> {
        let free = self.total - used;
        if count <= free {
            return Ok(());
        }
        let missing = count - free;
        self.refill(node, if self.total == 0 { missing } else { missing.max(self.usual(node)) })
    }

    /// How many nodes to add when it is not known how many are needed.
    fn usual(&self, node: Layout) -> usize {
        self.total.min(growth::LARGEST_CHUNK / node.size()).max(LEAST)
    }

    /// Adds a chunk of at least `count` nodes.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, node: Layout, count: usize) -> Result<(), Refusal> {
        let (offset, align) = offset_and_align(node);
        let size = node.size().checked_mul(count).and_then(|size| size.checked_add(offset));
        let layout = size.and_then(|size| Layout::from_size_align(size, align).ok());
        let Some(layout) = layout else {
            return Err(Refusal::overflow(node, count));
        };
        let Ok(block) = self.alloc.allocate(layout) else {
            let reserved = self.total * node.size();
            return Err(Refusal::new(layout, Cause::Upstream { asked: layout.size(), reserved }));
        };
        while self.cursor != self.end {
            let fresh = self.cursor;
            // SAFETY: there is a whole node before the end (2).
            self.cursor = unsafe { fresh.byte_add(node.size()) };
            // SAFETY: the node is ours, and has room for links.
            unsafe { fresh.write(Links::new()) };
            // SAFETY: it is no longer between cursor and end.
            unsafe { self.give(fresh) };
        }
        let chunk = block.cast::<Chunk>();
        // SAFETY: the block has room for a header and is aligned to more.
        unsafe { chunk.write(Chunk { links: Links::new(), size: block.len() }) };
        // SAFETY: a chunk begins with links, and is new.
        unsafe { self.chunks.put(chunk.cast()) };
        let fit = (block.len() - offset) / node.size();
        // SAFETY: the block is at least so long.
        let start = unsafe { chunk.byte_add(offset) };
        self.cursor = start.cast();
        // SAFETY: so many nodes fit behind the offset.
        self.end = unsafe { self.cursor.byte_add(fit * node.size()) };
        self.total += fit;
        Ok(())
    }

    /// Gives all chunks back to the allocator.
    ///
    /// # Safety
    ///
    /// No node is in use any more, and `node` is their layout.
    pub(crate) unsafe fn release(&mut self, node: Layout) {
        let (_, align) = offset_and_align(node);
        let nowhere = NonNull::dangling();
        (self.free, self.cursor, self.end, self.total) = (None, nowhere, nowhere, 0);
        (self.lists, self.ends) = (Ring(None), Ring(None));
        while let Some(chunk) = self.chunks.take() {
            // SAFETY: chunks have a header (1).
            let Chunk { size, .. } = unsafe { chunk.cast::<Chunk>().read() };
            // SAFETY: a block of this layout exists (1).
            let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
            // SAFETY: the block is allocated (1), the size is what was returned, and nobody uses it.
            unsafe { self.alloc.deallocate(chunk.cast(), layout) };
        }
    }
}
