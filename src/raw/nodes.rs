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
//! Invariants:
//!
//! 1. The chunks are blocks of `alloc` and have a header, whose `size` fits the block.
//! 2. The nodes of all chunks, `total` of them, are in use, or free; the latter are linked from `free`
//!    by their `next`, or whole nodes in `cursor..end`. No node is twice among these.

use core::ptr::NonNull;

use super::chain::{self, Link, Links};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    bits::growth,
};

/// So many nodes are in the first chunk.
const LEAST: usize = 4;

struct Chunk {
    next: Option<NonNull<Chunk>>,
    size: usize,
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
    chunks: Option<NonNull<Chunk>>,
    total: usize,
    pub(crate) alloc: A,
}

impl<A: Allocator> Nodes<A> {
    pub(crate) const fn new(alloc: A) -> Self {
        let nowhere = NonNull::dangling();
        Self { free: None, cursor: nowhere, end: nowhere, chunks: None, total: 0, alloc }
    }

    /// How many nodes there are, free or not.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// A node, which is no longer free. What is in it is not initialised.
    #[inline]
    pub(crate) fn take(&mut self, node: Layout) -> Result<NonNull<Links>, Refusal> {
        if let Some(free) = self.free {
            // SAFETY: free nodes have links (2).
            self.free = unsafe { chain::next(free) };
            return Ok(free);
        }
        if self.cursor == self.end {
            self.refill(node, self.usual(node))?;
        }
        let fresh = self.cursor;
        // SAFETY: there is a whole node before the end (2).
        self.cursor = unsafe { fresh.byte_add(node.size()) };
        Ok(fresh)
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
        unsafe { chunk.write(Chunk { next: self.chunks, size: block.len() }) };
        self.chunks = Some(chunk);
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
        while let Some(chunk) = self.chunks {
            // SAFETY: chunks have a header (1).
            let Chunk { next, size } = unsafe { chunk.read() };
            self.chunks = next;
            // SAFETY: a block of this layout exists (1).
            let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
            // SAFETY: the block is allocated (1), the size is what was returned, and nobody uses it.
            unsafe { self.alloc.deallocate(chunk.cast(), layout) };
        }
    }
}
