#![expect(unsafe_code, reason = "promises that the hooks do not unwind")]
//! A bound on bytes and blocks.
//!
//! Invariant: the ledger holds exactly the bytes and blocks that were asked for and not given back,
//! which it can since [`Hooked`] returns no more than was asked for.
//!
//! What it does not promise: it counts what its users hold, not what the upstream takes to serve
//! them. A block that moves while it grows counts once, though for that moment there are two.

use core::{cell::Cell, ptr::NonNull};

use super::{
    hooked::{Hooked, Hooks},
    ledger::Ledger,
};
use crate::alloc::{Cause, Layout, Refusal, Report, Stats};

/// An allocator that hands out no more than so many bytes, and blocks if you like, at once.
///
/// Cost: a few instructions a call, all on its own memory. The bound is exact: it is in bytes as they
/// were asked for, and blocks come back no longer than that.
///
/// ```
/// use larder::{adapt::Limited, alloc::{Allocator, Block, Global, Layout}};
///
/// let alloc = Limited::new(Global, 100);
/// let block = Block::new_in(Layout::new::<[u8; 80]>(), &alloc)?;
/// assert!(alloc.allocate(Layout::new::<[u8; 21]>()).is_err());
/// assert_eq!(
///     alloc.last_refusal().unwrap().to_string(),
///     "21 bytes at a multiple of 1 were asked for, which takes 21 more bytes from the upstream, \
///      but 80 of at most 100 are held already; raise the limit, or reset the allocator"
/// );
/// drop(block);
/// assert_eq!((alloc.live_bytes(), alloc.peak_bytes()), (0, 80));
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
pub type Limited<A> = Hooked<A, Limit>;

/// The hooks of [`Limited`].
#[derive(Debug)]
pub struct Limit {
    ledger: Ledger,
    max_bytes: Cell<usize>,
    max_blocks: Cell<usize>,
    refused: Cell<usize>,
    last: Cell<Option<Refusal>>,
}

impl Limit {
    const fn new(max_bytes: usize) -> Self {
        Self {
            ledger: Ledger::new(),
            max_bytes: Cell::new(max_bytes),
            max_blocks: Cell::new(usize::MAX),
            refused: Cell::new(0),
            last: Cell::new(None),
        }
    }

    fn why(&self, layout: Layout) -> Option<Cause> {
        let Self { ledger, max_bytes, max_blocks, .. } = self;
        if ledger.bytes_after(0, layout.size()) > max_bytes.get() {
            let (reserved, limit) = (ledger.bytes(), max_bytes.get());
            return Some(Cause::Limit { reserved, needed: layout.size(), limit });
        }
        let full = ledger.blocks_after(0, layout.size()) > max_blocks.get();
        full.then(|| Cause::Blocks { live: ledger.blocks(), limit: max_blocks.get() })
    }
}

// SAFETY: nothing here panics: sums wrap or saturate.
unsafe impl Hooks for Limit {
    #[inline]
    fn admits(&self, old: usize, new: Layout) -> bool {
        let bytes = self.ledger.bytes_after(old, new.size());
        let blocks = self.ledger.blocks_after(old, new.size());
        // What does not grow is not refused, even when the limit was lowered below what is live.
        bytes <= self.max_bytes.get() && blocks <= self.max_blocks.get() || new.size() <= old
    }

    fn admits_many(&self, layout: Layout, wanted: usize) -> usize {
        let bytes = self.max_bytes.get().saturating_sub(self.ledger.bytes());
        let blocks = self.max_blocks.get().saturating_sub(self.ledger.blocks());
        bytes.checked_div(layout.size()).map_or(wanted, |serve| wanted.min(serve).min(blocks))
    }

    fn refused(&self, new: Layout, _: bool) {
        self.refused.set(self.refused.get().wrapping_add(1));
        let upstream = Cause::Upstream { asked: new.size(), reserved: self.ledger.bytes() };
        self.last.set(Some(Refusal::new(new, self.why(new).unwrap_or(upstream))));
    }

    #[inline]
    fn allocated(&self, _: NonNull<u8>, layout: Layout) {
        self.ledger.change(0, layout.size());
    }

    #[inline]
    fn freed(&self, _: NonNull<u8>, layout: Layout) {
        self.ledger.change(layout.size(), 0);
    }

    #[inline]
    fn resized(&self, _: NonNull<u8>, was: Layout, _: NonNull<u8>, is: Layout) {
        self.ledger.change(was.size(), is.size());
    }

    fn ended(&mut self) {
        self.ledger.clear();
    }
}

impl<A> Limited<A> {
    /// Hands out at most `bytes` of `inner` at once.
    pub const fn new(inner: A, bytes: usize) -> Self {
        Self::with(inner, Limit::new(bytes))
    }

    /// The same, and at most `blocks` blocks. Blocks of no bytes do not count.
    #[must_use]
    pub fn with_max_blocks(self, blocks: usize) -> Self {
        self.hooks().max_blocks.set(blocks);
        self
    }

    /// Changes the bound. What is live already stays, even if it is more.
    pub fn set_limit(&self, bytes: usize) {
        self.hooks().max_bytes.set(bytes);
    }

    /// The most bytes that may be live at once.
    pub fn limit_bytes(&self) -> usize {
        self.hooks().max_bytes.get()
    }

    /// How many bytes are live, as asked for.
    pub fn live_bytes(&self) -> usize {
        self.hooks().ledger.bytes()
    }

    /// How many blocks with bytes are live.
    pub fn live_blocks(&self) -> usize {
        self.hooks().ledger.blocks()
    }

    /// The most bytes that were live at once.
    pub fn peak_bytes(&self) -> usize {
        self.hooks().ledger.peak()
    }

    /// Why the last request that was refused was refused.
    pub fn last_refusal(&self) -> Option<Refusal> {
        self.hooks().last.get()
    }

    /// Whether a new block of `layout` is within the limits now.
    ///
    /// # Errors
    ///
    /// When it is not, with the limit that is in the way.
    pub fn check(&self, layout: Layout) -> Result<(), Refusal> {
        self.hooks().why(layout).map_or(Ok(()), |cause| Err(Refusal::new(layout, cause)))
    }
}

impl<A> Report for Limited<A> {
    fn report(&self) -> Stats {
        let limit = self.limit_bytes();
        Stats {
            limit_bytes: (limit != usize::MAX).then_some(limit),
            failed: Some(self.hooks().refused.get()),
            ..self.hooks().ledger.stats()
        }
    }
}
