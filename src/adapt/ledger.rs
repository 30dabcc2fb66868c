//! What is live: bytes, blocks, and the most bytes at once. Shared by what limits and what counts.
//!
//! Sums wrap: blocks of a shared upstream that come back the wrong way make them wrong, and must not
//! make them panic.

use core::cell::Cell;

use crate::alloc::Stats;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    bytes: Cell<usize>,
    blocks: Cell<usize>,
    peak: Cell<usize>,
}

impl Ledger {
    pub(crate) const fn new() -> Self {
        Self { bytes: Cell::new(0), blocks: Cell::new(0), peak: Cell::new(0) }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    /// Blocks that have bytes.
    #[inline]
    pub(crate) fn blocks(&self) -> usize {
        self.blocks.get()
    }

    #[inline]
    pub(crate) fn peak(&self) -> usize {
        self.peak.get()
    }

    /// Forgets the past: the peak is what is live now.
    pub(crate) fn start_peak_here(&self) {
        self.peak.set(self.bytes.get());
    }

    /// The bytes there would be if a block of `old` became one of `new`.
    #[inline]
    pub(crate) fn bytes_after(&self, old: usize, new: usize) -> usize {
        self.bytes.get().wrapping_sub(old).saturating_add(new)
    }

    /// The blocks there would be. A block of no bytes is none.
    #[inline]
    pub(crate) fn blocks_after(&self, old: usize, new: usize) -> usize {
        self.blocks.get().wrapping_sub(usize::from(old != 0)).wrapping_add(usize::from(new != 0))
    }

    /// A block of `old` bytes has become one of `new`; either may be none.
    #[inline]
    pub(crate) fn change(&self, old: usize, new: usize) {
        let bytes = self.bytes_after(old, new);
        self.blocks.set(self.blocks_after(old, new));
        self.bytes.set(bytes);
        if new > old {
            self.peak.set(self.peak.get().max(bytes));
        }
    }

    /// Nothing is live any more.
    pub(crate) fn clear(&self) {
        self.bytes.set(0);
        self.blocks.set(0);
    }

    pub(crate) fn stats(&self) -> Stats {
        Stats {
            live_bytes: self.bytes(),
            live_blocks: Some(self.blocks()),
            peak_bytes: Some(self.peak()),
            reserved_bytes: self.bytes(),
            ..Stats::default()
        }
    }
}
