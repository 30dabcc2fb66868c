#![expect(unsafe_code, reason = "fills and reads blocks that wait to be freed")]
//! Freed memory that waits before it is used again.
//!
//! ```text
//!   free -> poison -> | newest ~~~~ shuffled ~~~~ | ---- first in, first out ---- | -> check -> upstream
//!                     |<----------------- at most so many bytes ----------------->|
//! ```
//!
//! A freed block is filled with [`POISON`] and queued. A new arrival changes places with a random one
//! of the last [`SHUFFLED`] in the queue, so the order of leaving is not the order of freeing. When
//! more bytes wait than may, the first leave: if one of them does not hold the poison any more,
//! somebody wrote to freed memory, and the program ends with a message that says where.
//!
//! Invariants:
//!
//! 1. A block is a block of the upstream's with the same layout, cut to the size asked for.
//! 2. Every entry of the queue is such a block, given up by its user, with bytes, that the upstream
//!    still takes for allocated; all its bytes were filled when it came in. `bytes` is their sum.
//!
//! Blocks larger than the bound go straight back. When the upstream refuses a request, all that
//! waits is released first and the request is tried again. The queue itself is on the global heap:
//! out of reach for those who write beyond their blocks.
//!
//! What it does not promise: to stop an attacker who knows its random numbers, or to see a write of
//! just the poison.

use core::{
    cell::RefCell,
    fmt,
    ptr::{self, NonNull},
    slice,
};
use liballoc::collections::VecDeque;

use super::corruption::Corruption;
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, NeverInvalidates, Owns, Report, Reset,
        ResizeInPlace, Stats,
        blocks::{Allocated, Resize, cut},
        bridge_api2,
    },
    panics,
};

/// What freed bytes hold while they wait.
pub const POISON: u8 = 0xDB;

/// How many of the newest blocks a new one may change places with.
pub const SHUFFLED: usize = 64;

/// Keeps freed blocks for a while, poisoned, and checks that nobody writes to them meanwhile.
///
/// A dangling pointer then meets poison instead of somebody else's data, and a write through it ends
/// the program when the block leaves. Cost: one pass over a block at its free and one when it leaves,
/// a queue entry of 32 bytes for each block that waits, and `max_bytes` of memory out of use.
///
/// ```
/// use larder::{adapt::Quarantine, alloc::{Block, Global, Layout}};
/// let alloc = Quarantine::new(Global, 1 << 16);
/// drop(Block::new_in(Layout::new::<[u8; 100]>(), &alloc).unwrap());
/// assert_eq!(alloc.waiting_bytes(), 100);
/// assert_eq!(alloc.check(), Ok(()));
/// alloc.release_all();
/// assert_eq!(alloc.waiting_bytes(), 0);
/// ```
pub struct Quarantine<A: Allocator> {
    inner: A,
    max_bytes: usize,
    waiting: RefCell<Waiting>,
}

#[derive(Clone, Copy)]
struct Held {
    ptr: NonNull<u8>,
    layout: Layout,
    freed: u64,
}

struct Waiting {
    queue: VecDeque<Held>,
    bytes: usize,
    freed: u64,
    random: u64,
}

impl Held {
    /// Whether all bytes are as they were left.
    fn check(&self) -> Result<(), Corruption> {
        const ROW: [u8; 256] = [POISON; 256];
        // SAFETY: the block is ours, and its bytes were written when it came in (2).
        let bytes = unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.layout.size()) };
        if bytes.chunks(ROW.len()).all(|row| *row == ROW[..row.len()]) {
            return Ok(());
        }
        let wrong = bytes.iter().enumerate().find(|(_, byte)| **byte != POISON);
        wrong.map_or(Ok(()), |(offset, found)| {
            Err(Corruption::WrittenAfterFree {
                address: self.ptr.addr().get(),
                layout: self.layout,
                freed: self.freed,
                offset,
                found: *found,
            })
        })
    }
}

impl Waiting {
    /// The first in the queue, if more than `most` bytes wait.
    fn leaves(&mut self, most: usize) -> Option<Held> {
        if self.bytes <= most {
            return None;
        }
        let held = self.queue.pop_front()?;
        self.bytes -= held.layout.size();
        Some(held)
    }

    /// Queues a poisoned block. `Err` gives it back: there is no room for the entry.
    fn arrives(&mut self, ptr: NonNull<u8>, layout: Layout) -> Result<(), Held> {
        self.freed += 1;
        let held = Held { ptr, layout, freed: self.freed };
        if self.queue.try_reserve(1).is_err() {
            return Err(held);
        }
        self.queue.push_back(held);
        self.bytes += layout.size();
        self.random = self.random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        let last = self.queue.len() - 1;
        let back = (self.random >> 33) as usize % SHUFFLED.min(last + 1);
        self.queue.swap(last, last - back);
        Ok(())
    }
}

impl<A: Allocator> Quarantine<A> {
    /// Keeps at most `max_bytes` of freed blocks of `inner`.
    pub fn new(inner: A, max_bytes: usize) -> Self {
        // Where the heap and the stack are differs from run to run.
        let seed = ptr::from_ref(&inner).addr() as u64;
        let random = seed ^ (Self::new as *const ()).addr() as u64;
        let waiting = RefCell::new(Waiting { queue: VecDeque::new(), bytes: 0, freed: 0, random });
        Self { inner, max_bytes, waiting }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// How many bytes wait.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting.borrow().bytes
    }

    /// How many blocks wait.
    pub fn waiting_blocks(&self) -> usize {
        self.waiting.borrow().queue.len()
    }

    /// Looks at all that waits, for as long as that takes.
    ///
    /// # Errors
    ///
    /// When a block was written to after it had been freed.
    pub fn check(&self) -> Result<(), Corruption> {
        self.waiting.borrow().queue.iter().try_for_each(Held::check)
    }

    /// Checks and frees all that waits. Ends the program if a block was written to.
    pub fn release_all(&self) {
        self.release_above(0);
    }

    fn release_above(&self, most: usize) {
        // The queue is not borrowed while the upstream works.
        while let Some(held) = { self.waiting.borrow_mut().leaves(most) } {
            self.release(held);
        }
    }

    fn release(&self, held: Held) {
        if let Err(corruption) = held.check() {
            panics::corrupted(&corruption);
        }
        // SAFETY: the block is the upstream's with that layout, and has left the queue (2).
        unsafe { self.inner.deallocate(held.ptr, held.layout) }
    }

    #[inline]
    fn request(&self, layout: Layout, how: Resize) -> Allocated {
        match how.allocate(&self.inner, layout) {
            Ok(block) => Ok(cut(block, layout.size())),
            Err(_) => self.request_slow(layout, how),
        }
    }

    #[cold]
    #[inline(never)]
    fn request_slow(&self, layout: Layout, how: Resize) -> Allocated {
        if self.waiting_blocks() == 0 {
            return Err(AllocError);
        }
        self.release_all();
        Ok(cut(how.allocate(&self.inner, layout)?, layout.size()))
    }
}

// SAFETY: blocks are the upstream's (1), which keeps the contract, and are written to only when they
// are given back. The provided methods move blocks by these.
unsafe impl<A: Allocator> Allocator for Quarantine<A> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::Grow)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::GrowZeroed)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 || layout.size() > self.max_bytes {
            // SAFETY: the block is the upstream's with the same layout (1).
            return unsafe { self.inner.deallocate(ptr, layout) };
        }
        // SAFETY: the block has that many bytes, and its user has given it up.
        unsafe { ptr.write_bytes(POISON, layout.size()) };
        let arrived = self.waiting.borrow_mut().arrives(ptr, layout);
        match arrived {
            Ok(()) => self.release_above(self.max_bytes),
            Err(held) => self.release(held),
        }
    }
}

bridge_api2!([A: Allocator] Quarantine<A>);

// SAFETY: the upstream answers, whose blocks ours are (1); whoever is `Owns` is not shared.
unsafe impl<A: Owns> Owns for Quarantine<A> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        self.inner.owns(ptr, layout)
    }
}

// SAFETY: the upstream does it, or nothing happens. A tail that is given up could not be kept back, so
// blocks do not shrink in place.
unsafe impl<A: ResizeInPlace> ResizeInPlace for Quarantine<A> {
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        if size < old.size() {
            return Err(AllocError);
        }
        // SAFETY: the block is the upstream's with the same layout (1).
        unsafe { self.inner.resize_in_place(ptr, old, size) }?;
        Ok(size)
    }
}

impl<A: Allocator> GoodSize for Quarantine<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

impl<A: Allocator + Reset> Reset for Quarantine<A> {
    fn end_blocks(&mut self) {
        self.release_all();
        self.inner.end_blocks();
    }
}

/// The upstream's figures, less what only waits.
impl<A: Allocator + Report> Report for Quarantine<A> {
    fn report(&self) -> Stats {
        let (stats, waiting) = (self.inner.report(), self.waiting.borrow());
        let blocks = waiting.queue.len();
        Stats {
            live_bytes: stats.live_bytes.saturating_sub(waiting.bytes),
            live_blocks: stats.live_blocks.map(|live| live.saturating_sub(blocks)),
            ..stats
        }
    }
}

impl<A: Allocator> Drop for Quarantine<A> {
    fn drop(&mut self) {
        self.release_all();
    }
}

// SAFETY: what waits is the quarantine's alone (2), and goes along with the upstream it came from.
unsafe impl<A: Allocator + Send> Send for Quarantine<A> {}
// SAFETY: blocks are the upstream's (1), and nothing else ends them.
unsafe impl<A: NeverInvalidates> NeverInvalidates for Quarantine<A> {}

impl<A: Allocator + fmt::Debug> fmt::Debug for Quarantine<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quarantine")
            .field("max_bytes", &self.max_bytes)
            .field("waiting_bytes", &self.waiting_bytes())
            .field("inner", &self.inner)
            .finish()
    }
}
