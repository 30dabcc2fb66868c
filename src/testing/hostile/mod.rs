#![expect(unsafe_code, reason = "implements `Allocator`, an unsafe trait")]
//! Adapters that make a good allocator as awkward as the contract permits.
//!
//! | adapter | what it does |
//! |---|---|
//! | [`FailNth`] | refuses one request |
//! | [`FailRandomly`] | refuses some requests, the same ones for the same seed |
//! | [`Limited`] | refuses what its [`Limits`] rule out |
//! | [`OverReturn`] | returns more than was asked for |
//! | [`Exact`] | returns exactly what was asked for, aligned no better than asked |
//! | [`Poison`] | fills freed bytes with `0xDD` |
//! | [`Counting`] | counts what is live |
//! | [`Quarantine`] | keeps freed blocks for a while, and reports whoever misuses it |
//!
//! All have state and none is `Clone`, so a container that clones or mixes up its allocators does
//! not get away with it; lend them as `&adapter`. Requests of no bytes are never refused. Invariant
//! of this file: each adapter's blocks are blocks of the inner allocator, or parts of such blocks that
//! no other block shares, and the layouts passed inwards are functions of what the caller may pass.

mod quarantine;

use core::{
    cell::{Cell, RefCell},
    ptr::NonNull,
};
use std::collections::BTreeMap;

pub use quarantine::{Misuse, Quarantine};

use crate::{
    alloc::{AllocError, Allocator, Layout, bridge_api2},
    testing::Limits,
};

type Blocks = Result<NonNull<[u8]>, AllocError>;

/// What an adapter does before and after each call that it passes on.
trait Hooks {
    /// Whether the request for `new` may go on.
    fn admits(&self, _new: Layout) -> bool {
        true
    }
    /// `old` is about to be gone.
    fn ended(&self, _old: NonNull<u8>, _layout: Layout) {}
    /// `new` is there.
    fn began(&self, _new: NonNull<[u8]>, _layout: Layout) {}
}

macro_rules! hooked {
    ($type:ident) => {
        // SAFETY: every call goes to the inner allocator with the same arguments, or is refused.
        unsafe impl<A: Allocator> Allocator for $type<A> {
            fn allocate(&self, layout: Layout) -> Blocks {
                let admitted = layout.size() == 0 || self.admits(layout);
                let block = if admitted { self.inner.allocate(layout) } else { Err(AllocError) }?;
                self.began(block, layout);
                Ok(block)
            }

            fn allocate_zeroed(&self, layout: Layout) -> Blocks {
                let admitted = layout.size() == 0 || self.admits(layout);
                let block =
                    if admitted { self.inner.allocate_zeroed(layout) } else { Err(AllocError) }?;
                self.began(block, layout);
                Ok(block)
            }

            unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
                self.ended(ptr, layout);
                // SAFETY: as promised to this method.
                unsafe { self.inner.deallocate(ptr, layout) }
            }

            hooked! { @resize grow grow_zeroed shrink }
        }
        bridge_api2!([A: Allocator] $type<A>);
    };
    (@resize $($method:ident)+) => {$(
        unsafe fn $method(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Blocks {
            if new.size() > 0 && !self.admits(new) {
                return Err(AllocError);
            }
            // SAFETY: as promised to this method.
            let block = unsafe { self.inner.$method(ptr, old, new) }?;
            self.ended(ptr, old);
            self.began(block, new);
            Ok(block)
        }
    )+};
}

/// Refuses one request; before and after it all goes well.
#[derive(Debug)]
pub struct FailNth<A> {
    inner: A,
    nth: u64,
    seen: Cell<u64>,
}

impl<A> FailNth<A> {
    /// Refuses the `nth` request for memory, counted from 0.
    pub const fn new(inner: A, nth: u64) -> Self {
        Self { inner, nth, seen: Cell::new(0) }
    }

    /// Refuses nothing, and only counts.
    pub const fn never(inner: A) -> Self {
        Self::new(inner, u64::MAX)
    }

    /// How many requests for memory there were, the refused one included.
    pub fn requests(&self) -> u64 {
        self.seen.get()
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }
}

impl<A> Hooks for FailNth<A> {
    fn admits(&self, _: Layout) -> bool {
        self.seen.replace(self.seen.get() + 1) != self.nth
    }
}
hooked!(FailNth);

/// Refuses some requests at random, the same ones for the same seed.
#[derive(Debug)]
pub struct FailRandomly<A> {
    inner: A,
    one_in: u64,
    state: Cell<u64>,
}

impl<A> FailRandomly<A> {
    /// Refuses about one of `one_in` requests; none if that is 0.
    pub const fn new(inner: A, one_in: u64, seed: u64) -> Self {
        Self { inner, one_in, state: Cell::new(seed ^ 0x9E37_79B9_7F4A_7C15) }
    }
}

impl<A> Hooks for FailRandomly<A> {
    fn admits(&self, _: Layout) -> bool {
        let next = self.state.get().wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        self.state.set(next);
        (next >> 33).checked_rem(self.one_in) != Some(0)
    }
}
hooked!(FailRandomly);

/// The blocks that are live, by address, and their returned sizes. Blocks of no bytes are nowhere.
#[derive(Debug, Default)]
struct Ledger {
    blocks: RefCell<BTreeMap<usize, (usize, usize)>>,
    bytes: Cell<usize>,
}

impl Ledger {
    fn ended(&self, old: NonNull<u8>, layout: Layout) {
        let mut blocks = self.blocks.borrow_mut();
        let at = old.addr().get();
        // A block of no bytes may be where another begins, which was not asked for with none.
        if let Some(&(requested, _)) = blocks.get(&at)
            && (layout.size() > 0 || requested == 0)
        {
            blocks.remove(&at);
            self.bytes.set(self.bytes.get() - requested);
        }
    }

    fn began(&self, new: NonNull<[u8]>, layout: Layout) {
        if !new.is_empty() {
            let at = new.cast::<u8>().addr().get();
            self.blocks.borrow_mut().insert(at, (layout.size(), new.len()));
            self.bytes.set(self.bytes.get() + layout.size());
        }
    }
}

/// Refuses what its [`Limits`] rule out.
#[derive(Debug)]
pub struct Limited<A> {
    inner: A,
    limits: Limits,
    ledger: Ledger,
}

impl<A> Limited<A> {
    /// Serves from `inner` within `limits`.
    pub fn new(inner: A, limits: Limits) -> Self {
        Self { inner, limits, ledger: Ledger::default() }
    }
}

impl<A> Hooks for Limited<A> {
    fn admits(&self, new: Layout) -> bool {
        new.size() <= self.limits.max_size
            && new.align() <= self.limits.max_align
            && self.ledger.bytes.get().saturating_add(new.size()) <= self.limits.max_live_bytes
    }
    fn ended(&self, old: NonNull<u8>, layout: Layout) {
        self.ledger.ended(old, layout);
    }
    fn began(&self, new: NonNull<[u8]>, layout: Layout) {
        self.ledger.began(new, layout);
    }
}
hooked!(Limited);

/// Counts what is live. It says nothing by itself when it is dropped; ask it.
#[derive(Debug)]
pub struct Counting<A> {
    inner: A,
    ledger: Ledger,
}

impl<A> Counting<A> {
    /// Counts the blocks of `inner`.
    pub fn new(inner: A) -> Self {
        Self { inner, ledger: Ledger::default() }
    }

    /// How many blocks with bytes are live.
    pub fn live_blocks(&self) -> usize {
        self.ledger.blocks.borrow().len()
    }

    /// How many bytes are live, as requested.
    pub fn live_bytes(&self) -> usize {
        self.ledger.bytes.get()
    }

    /// Does nothing if no block is live.
    ///
    /// # Panics
    ///
    /// With the number of blocks and bytes if some are.
    #[track_caller]
    pub fn assert_no_leaks(&self) {
        let (blocks, bytes) = (self.live_blocks(), self.live_bytes());
        assert!(blocks == 0, "{blocks} blocks with {bytes} bytes have not been freed");
    }
}

impl<A> Hooks for Counting<A> {
    fn ended(&self, old: NonNull<u8>, layout: Layout) {
        self.ledger.ended(old, layout);
    }
    fn began(&self, new: NonNull<[u8]>, layout: Layout) {
        self.ledger.began(new, layout);
    }
}
hooked!(Counting);

/// Fills freed bytes with `0xDD` before it gives them back. Blocks always move when resized.
#[derive(Debug)]
pub struct Poison<A>(A);

impl<A> Poison<A> {
    /// Poisons what is freed to `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }
}

// SAFETY: blocks are those of the inner allocator; the provided methods move them.
unsafe impl<A: Allocator> Allocator for Poison<A> {
    fn allocate(&self, layout: Layout) -> Blocks {
        self.0.allocate(layout)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: the block has at least that many bytes, and its user is done with it.
        unsafe { ptr.write_bytes(0xDD, layout.size()) };
        // SAFETY: as promised to this method.
        unsafe { self.0.deallocate(ptr, layout) }
    }
}
bridge_api2!([A: Allocator] Poison<A>);

/// Returns more than was asked for: the next power of two, and at least 16 bytes.
#[derive(Debug)]
pub struct OverReturn<A>(A);

impl<A> OverReturn<A> {
    /// Asks `inner` for more than it is asked for, and returns all of it.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }

    /// The same for every size from the requested to the returned one.
    fn more(layout: Layout) -> Result<Layout, AllocError> {
        let size = layout.size().max(16).checked_next_power_of_two().ok_or(AllocError)?;
        Layout::from_size_align(size, layout.align()).map_err(|_| AllocError)
    }
}

// SAFETY: blocks are those of the inner allocator, cut to the size asked for there, so that every
// size from the requested to the returned one leads back to the layout asked for there.
unsafe impl<A: Allocator> Allocator for OverReturn<A> {
    fn allocate(&self, layout: Layout) -> Blocks {
        if layout.size() == 0 && layout.align() > 1 << 16 {
            return Ok(NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0));
        }
        let more = Self::more(layout)?;
        let block = self.0.allocate(more)?;
        Ok(NonNull::slice_from_raw_parts(block.cast(), more.size()))
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 && layout.align() > 1 << 16 {
            return;
        }
        if let Ok(more) = Self::more(layout) {
            // SAFETY: this is the layout that the block was allocated with.
            unsafe { self.0.deallocate(ptr, more) }
        }
    }
}
bridge_api2!([A: Allocator] OverReturn<A>);

/// Returns exactly as many bytes as were asked for, at a multiple of the alignment asked for and
/// not of twice that.
#[derive(Debug)]
pub struct Exact<A>(A);

impl<A> Exact<A> {
    /// Cuts blocks out of those of `inner`.
    pub const fn new(inner: A) -> Self {
        Self(inner)
    }

    fn around(layout: Layout) -> Result<Layout, AllocError> {
        let size = layout.size().checked_add(layout.align()).ok_or(AllocError)?;
        let align = layout.align().checked_mul(2).ok_or(AllocError)?;
        Layout::from_size_align(size, align).map_err(|_| AllocError)
    }
}

// SAFETY: a block is all but the first `align` bytes of a block of the inner allocator that starts
// at a multiple of twice that; blocks of no bytes belong to no memory.
unsafe impl<A: Allocator> Allocator for Exact<A> {
    fn allocate(&self, layout: Layout) -> Blocks {
        if layout.size() == 0 {
            return Ok(NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0));
        }
        let block = self.0.allocate(Self::around(layout)?)?;
        // SAFETY: the inner block is `align` bytes longer than this one.
        let start = unsafe { block.cast::<u8>().add(layout.align()) };
        Ok(NonNull::slice_from_raw_parts(start, layout.size()))
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if layout.size() == 0 {
            return;
        }
        if let Ok(around) = Self::around(layout) {
            // SAFETY: the inner block starts `align` bytes before this one.
            let start = unsafe { ptr.sub(layout.align()) };
            // SAFETY: this is the layout that the inner block was allocated with.
            unsafe { self.0.deallocate(start, around) }
        }
    }
}
bridge_api2!([A: Allocator] Exact<A>);

#[cfg(test)]
mod tests;
