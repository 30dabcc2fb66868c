#![expect(unsafe_code, reason = "implements `Allocator` and looks into freed blocks")]
//! A watchful allocator: finds out what its user does wrong.
//!
//! ```text
//!   live:     | the user's bytes | 32 x 0xFD |      waiting, oldest leaves first
//!   waiting:  | 0xDD 0xDD 0xDD.. | 32 x 0xFD |  ->  [block] [block] [block]  ->  inner allocator
//! ```
//!
//! Every block has a margin behind it. A freed block is filled with `0xDD` and waits in a queue
//! before the inner allocator gets it back; when it leaves, its bytes must be as they were left. The
//! map of live blocks tells what was never allocated here, was freed already, or comes back with
//! another layout; such a call is noted and otherwise ignored, so that it does no harm.
//!
//! Invariants:
//!
//! 1. Each `Held` in `live` or `waiting` is a block of the inner allocator with its layout `whole`,
//!    in one of the two once, and given back exactly when it is taken out of `waiting`.
//! 2. The last [`MARGIN`] bytes of each are initialised, and all bytes of those that wait.
//!
//! It does not see reads of freed blocks, writes before a block or far behind it, and writes of the
//! very bytes that it expects.

use core::{cell::RefCell, fmt, mem, ptr::NonNull, slice};
use std::{
    collections::{BTreeMap, VecDeque},
    thread::panicking,
    vec::Vec,
};

use super::Blocks;
use crate::{
    alloc::{AllocError, Allocator, Layout, bridge_api2},
    testing::shadow::first_other_than,
};

const MARGIN: usize = 32;
const FRESH: u8 = 0xCD;
const FREED: u8 = 0xDD;
const BEHIND: u8 = 0xFD;

/// What a user of a [`Quarantine`] did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// Passed in a block that is not live: freed before, or of another allocator.
    NotAllocated {
        /// The layout it was passed with.
        passed: Layout,
    },
    /// Passed in a block with a layout that does not fit it.
    WrongLayout {
        /// The layout it was allocated with.
        allocated: Layout,
        /// The layout it was passed with.
        passed: Layout,
    },
    /// Wrote to a block after it was freed.
    WroteAfterFree {
        /// The layout it was allocated with.
        allocated: Layout,
        /// The first byte that has changed.
        offset: usize,
    },
    /// Wrote behind the end of a block.
    WroteBehind {
        /// The layout it was allocated with.
        allocated: Layout,
        /// The first byte that has changed, counted from the start of the block.
        offset: usize,
    },
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllocated { passed } => {
                write!(f, "a block that is not live was freed or resized, with {passed:?}")
            }
            Self::WrongLayout { allocated, passed } => {
                write!(f, "a block allocated with {allocated:?} came back with {passed:?}")
            }
            Self::WroteAfterFree { allocated, offset } => {
                write!(f, "byte {offset} of a block of {allocated:?} was written after its end")
            }
            Self::WroteBehind { allocated, offset } => {
                write!(f, "byte {offset} was written, behind a block of {allocated:?}")
            }
        }
    }
}

#[derive(Debug)]
struct Held {
    ptr: NonNull<u8>,
    asked: Layout,
    whole: Layout,
}

impl Held {
    /// The bytes of `range`, which must be initialised.
    ///
    /// # Safety
    ///
    /// The block is held (1), and bytes `from..to` lie in it and are initialised.
    unsafe fn bytes(&self, from: usize, to: usize) -> &[u8] {
        // SAFETY: the bytes lie in the block, as the caller promises.
        let start = unsafe { self.ptr.add(from) };
        // SAFETY: they are initialised, and whoever writes to them does so through the allocator's
        // user, who is not running.
        unsafe { slice::from_raw_parts(start.as_ptr(), to - from) }
    }

    fn check_margin(&self) -> Option<Misuse> {
        let (size, end) = (self.asked.size(), self.whole.size());
        // SAFETY: this is the margin (2).
        let margin = unsafe { self.bytes(size, end) };
        let offset = size + first_other_than(BEHIND, margin)?;
        Some(Misuse::WroteBehind { allocated: self.asked, offset })
    }

    /// For blocks that wait.
    fn check_freed(&self) -> Option<Misuse> {
        // SAFETY: all bytes of a block that waits are initialised (2).
        let offset = first_other_than(FREED, unsafe { self.bytes(0, self.asked.size()) })?;
        Some(Misuse::WroteAfterFree { allocated: self.asked, offset })
    }
}

#[derive(Debug, Default)]
struct State {
    live: BTreeMap<usize, Held>,
    live_bytes: usize,
    /// Blocks of no bytes, by address: how many are live.
    empty: BTreeMap<usize, usize>,
    waiting: VecDeque<Held>,
    waiting_bytes: usize,
    found: Vec<Misuse>,
}

impl State {
    /// Looks up a block that was passed in. Returns its real size, or notes what is wrong.
    fn known(&mut self, ptr: NonNull<u8>, passed: Layout) -> Option<usize> {
        let at = ptr.addr().get();
        if let Some(held) = self.live.get(&at) {
            let allocated = held.asked;
            if allocated != passed {
                self.found.push(Misuse::WrongLayout { allocated, passed });
            }
            return Some(allocated.size());
        }
        if passed.size() == 0 && self.empty.get(&at).is_some_and(|count| *count > 0) {
            return Some(0);
        }
        self.found.push(Misuse::NotAllocated { passed });
        None
    }
}

/// Keeps freed blocks for a while before they go back, and reports writes to freed blocks, writes
/// behind blocks, and blocks that are freed twice, elsewhere, or with the wrong layout.
///
/// Ask it by [`report`](Self::report); if nobody does, it panics when it is dropped, unless the
/// thread panics already.
///
/// ```
/// use larder::{alloc::{Block, Global, Layout}, testing::hostile::Quarantine};
/// let heap = Quarantine::new(Global);
/// let mut block = Block::new_in(Layout::new::<[u8; 100]>(), &heap)?;
/// block.resize(1000)?;
/// assert_eq!((heap.live_blocks(), heap.live_bytes()), (1, 1000));
/// drop(block);
/// assert_eq!(heap.live_blocks(), 0);
/// assert_eq!(heap.report(), []);
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Quarantine<A: Allocator> {
    inner: A,
    capacity: usize,
    state: RefCell<State>,
}

impl<A: Allocator> Quarantine<A> {
    /// Holds back up to a mebibyte of freed blocks of `inner`.
    pub fn new(inner: A) -> Self {
        Self::with_capacity(1 << 20, inner)
    }

    /// Holds back up to `bytes` of freed blocks of `inner`.
    pub fn with_capacity(bytes: usize, inner: A) -> Self {
        Self { inner, capacity: bytes, state: RefCell::default() }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// How many blocks are live, those of no bytes included.
    pub fn live_blocks(&self) -> usize {
        let state = self.state.borrow();
        state.live.len() + state.empty.values().sum::<usize>()
    }

    /// How many bytes are live, as requested.
    pub fn live_bytes(&self) -> usize {
        self.state.borrow().live_bytes
    }

    /// What has been done wrong since the last report. Looks at all blocks that are live or wait, so
    /// it takes time in proportion to their bytes.
    pub fn report(&self) -> Vec<Misuse> {
        let mut state = self.state.borrow_mut();
        let mut found = mem::take(&mut state.found);
        for held in state.live.values().chain(&state.waiting) {
            // What is repaired is not reported again.
            if let Some(misuse) = held.check_margin() {
                found.push(misuse);
                fill(held.ptr, held.asked.size(), held.whole.size(), BEHIND);
            }
        }
        for held in &state.waiting {
            if let Some(misuse) = held.check_freed() {
                found.push(misuse);
                fill(held.ptr, 0, held.asked.size(), FREED);
            }
        }
        found
    }

    /// Gives back the blocks that have waited longest, until no more than `bytes` wait.
    fn release(&self, bytes: usize) {
        loop {
            let mut state = self.state.borrow_mut();
            if state.waiting_bytes <= bytes {
                return;
            }
            let Some(held) = state.waiting.pop_front() else { return };
            state.waiting_bytes -= held.asked.size();
            let found = [held.check_margin(), held.check_freed()];
            state.found.extend(found.into_iter().flatten());
            drop(state);
            // SAFETY: the block was in `waiting`, and is now in neither (1).
            unsafe { self.inner.deallocate(held.ptr, held.whole) };
        }
    }

    /// Ends a block that is known.
    fn retire(&self, ptr: NonNull<u8>) {
        let mut state = self.state.borrow_mut();
        let at = ptr.addr().get();
        if let Some(held) = state.live.remove(&at) {
            let size = held.asked.size();
            fill(held.ptr, 0, size, FREED);
            state.live_bytes -= size;
            state.waiting_bytes += size;
            state.waiting.push_back(held);
            drop(state);
            self.release(self.capacity);
        } else if let Some(count) = state.empty.get_mut(&at) {
            *count -= 1;
        }
    }

    /// Moves a block, always.
    fn resize(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Blocks {
        let size = self.state.borrow_mut().known(ptr, old).ok_or(AllocError)?;
        let block = self.allocate(new)?;
        let shared = size.min(old.size()).min(new.size());
        // SAFETY: the old block is known to have `size` bytes, the new one has those of `new`, and
        // they are disjoint.
        unsafe { ptr.copy_to_nonoverlapping(block.cast(), shared) };
        self.retire(ptr);
        Ok(block)
    }
}

/// Only called for bytes of blocks that are held.
fn fill(ptr: NonNull<u8>, from: usize, to: usize, byte: u8) {
    // SAFETY: the bytes are those of a block that is held.
    let start = unsafe { ptr.add(from) };
    // SAFETY: as above.
    unsafe { start.write_bytes(byte, to - from) };
}

// SAFETY: blocks are the first bytes of blocks of the inner allocator, held by the map until they
// are given back (1); all that a caller may pass is the layout it asked with, and the map has it.
unsafe impl<A: Allocator> Allocator for Quarantine<A> {
    fn allocate(&self, layout: Layout) -> Blocks {
        let size = layout.size();
        if size == 0 {
            let block = NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0);
            *self.state.borrow_mut().empty.entry(layout.align()).or_default() += 1;
            return Ok(block);
        }
        let whole = size.checked_add(MARGIN).ok_or(AllocError)?;
        let whole = Layout::from_size_align(whole, layout.align()).map_err(|_| AllocError)?;
        let ptr = self.inner.allocate(whole)?.cast::<u8>();
        fill(ptr, 0, size, FRESH);
        fill(ptr, size, whole.size(), BEHIND);
        let mut state = self.state.borrow_mut();
        state.live_bytes += size;
        state.live.insert(ptr.addr().get(), Held { ptr, asked: layout, whole });
        Ok(NonNull::slice_from_raw_parts(ptr, size))
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        let known = self.state.borrow_mut().known(ptr, layout);
        if known.is_some() {
            self.retire(ptr);
        }
    }

    unsafe fn grow(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Blocks {
        self.resize(ptr, old, new)
    }

    unsafe fn grow_zeroed(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Blocks {
        let block = self.resize(ptr, old, new)?;
        fill(block.cast(), old.size().min(new.size()), new.size(), 0);
        Ok(block)
    }

    unsafe fn shrink(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Blocks {
        self.resize(ptr, old, new)
    }
}
bridge_api2!([A: Allocator] Quarantine<A>);

impl<A: Allocator> Drop for Quarantine<A> {
    /// # Panics
    ///
    /// If something was done wrong that nobody has asked for. Blocks that are live stay with the
    /// inner allocator.
    fn drop(&mut self) {
        let found = self.report();
        self.release(0);
        let message =
            found.iter().fold(std::string::String::new(), |text, m| std::format!("{text}\n  {m}"));
        assert!(found.is_empty() || panicking(), "the allocator was misused:{message}");
    }
}
