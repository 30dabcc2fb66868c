#![expect(unsafe_code, reason = "promises that the hooks do not unwind")]
//! Counters for one allocator.
//!
//! Invariant: each counter is changed by the thread that has the allocator, and by no other, so it is
//! a plain cell. Whoever shares the allocator under a lock shares the counters under that lock.

use core::{cell::Cell, fmt, ptr::NonNull};

use crate::{
    adapt::{Hooked, Hooks, ledger::Ledger},
    alloc::{Layout, Report, Stats},
};

/// How many sizes are told apart: none, and one for each number of bits.
const BINS: usize = usize::BITS as usize + 1;

/// An allocator that counts.
///
/// Cost: a handful of adds a call, on the counter's own memory.
///
/// ```
/// use larder::{alloc::{Api2, Global}, observe::Counted};
/// let alloc = Counted::new(Global);
/// let mut bytes = allocator_api2::vec::Vec::<u8, _>::with_capacity_in(100, Api2(&alloc));
/// bytes.resize(150, 1);
/// drop(bytes);
///
/// let counts = alloc.counts();
/// assert_eq!((counts.blocks, counts.resizes, counts.freed), (1, 1, 1));
/// assert_eq!((counts.live_bytes, counts.peak_bytes, counts.bytes), (0, 200, 200));
/// assert_eq!(counts.of_size(100), 1);
/// ```
pub type Counted<A> = Hooked<A, Counter>;

/// The hooks of [`Counted`].
#[derive(Debug)]
pub struct Counter {
    ledger: Ledger,
    bytes: Cell<u64>,
    freed: Cell<u64>,
    resizes: Cell<u64>,
    failed: Cell<u64>,
    bins: [Cell<u64>; BINS],
}

/// What a [`Counted`] allocator has counted so far. Its `Display` is a page with a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Bytes that are live, as asked for.
    pub live_bytes: usize,
    /// Blocks with bytes that are live.
    pub live_blocks: usize,
    /// The most bytes that were live at once.
    pub peak_bytes: usize,
    /// Bytes that were ever asked for: those of new blocks, and those that blocks grew by.
    pub bytes: u64,
    /// Blocks that were ever allocated, those of no bytes included.
    pub blocks: u64,
    /// Blocks that were ever freed, those of no bytes included.
    pub freed: u64,
    /// Blocks that were grown or shrunk, moved or not.
    pub resizes: u64,
    /// Requests that were refused.
    pub failed: u64,
    /// New blocks by the number of bits of their size: `[0]` those of no bytes, `[n]` those of
    /// `2^(n-1)` up to `2^n - 1` bytes.
    pub by_bits: [u64; BINS],
}

const fn bits_of(size: usize) -> usize {
    (usize::BITS - size.leading_zeros()) as usize
}

fn add(cell: &Cell<u64>, more: u64) {
    cell.set(cell.get().wrapping_add(more));
}

// SAFETY: nothing here panics: sums wrap, and there is a bin for every number of bits.
unsafe impl Hooks for Counter {
    fn refused(&self, _: Layout, _: bool) {
        add(&self.failed, 1);
    }

    #[inline]
    fn allocated(&self, _: NonNull<u8>, layout: Layout) {
        self.ledger.change(0, layout.size());
        add(&self.bytes, layout.size() as u64);
        add(&self.bins[bits_of(layout.size())], 1);
    }

    #[inline]
    fn freed(&self, _: NonNull<u8>, layout: Layout) {
        self.ledger.change(layout.size(), 0);
        add(&self.freed, 1);
    }

    #[inline]
    fn resized(&self, _: NonNull<u8>, was: Layout, _: NonNull<u8>, is: Layout) {
        self.ledger.change(was.size(), is.size());
        add(&self.bytes, is.size().saturating_sub(was.size()) as u64);
        add(&self.resizes, 1);
    }

    fn ended(&mut self) {
        self.ledger.clear();
    }
}

impl<A> Counted<A> {
    /// Counts the calls to `inner`.
    pub const fn new(inner: A) -> Self {
        Self::with(
            inner,
            Counter {
                ledger: Ledger::new(),
                bytes: Cell::new(0),
                freed: Cell::new(0),
                resizes: Cell::new(0),
                failed: Cell::new(0),
                bins: [const { Cell::new(0) }; BINS],
            },
        )
    }

    /// What was counted so far. Cost: a copy of all counters, half a kilobyte.
    pub fn counts(&self) -> Counts {
        let Counter { ledger, bytes, freed, resizes, failed, bins } = self.hooks();
        let by_bits: [u64; BINS] = core::array::from_fn(|bits| bins[bits].get());
        Counts {
            live_bytes: ledger.bytes(),
            live_blocks: ledger.blocks(),
            peak_bytes: ledger.peak(),
            bytes: bytes.get(),
            blocks: by_bits.iter().sum(),
            freed: freed.get(),
            resizes: resizes.get(),
            failed: failed.get(),
            by_bits,
        }
    }

    /// Forgets the peak: it is what is live now.
    pub fn start_peak_here(&self) {
        self.hooks().ledger.start_peak_here();
    }
}

impl<A> Report for Counted<A> {
    fn report(&self) -> Stats {
        let failed = usize::try_from(self.hooks().failed.get()).ok();
        Stats { failed, ..self.hooks().ledger.stats() }
    }
}

impl Counts {
    /// How many new blocks had as many bits in their size as `size` has.
    #[must_use]
    pub const fn of_size(&self, size: usize) -> u64 {
        self.by_bits[bits_of(size)]
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { live_bytes, live_blocks, peak_bytes, .. } = self;
        writeln!(
            f,
            "live   {live_bytes} B in {live_blocks} blocks, at most {peak_bytes} B at once"
        )?;
        writeln!(f, "ever   {} B in {} blocks, {} freed", self.bytes, self.blocks, self.freed)?;
        writeln!(f, "calls  {} resizes, {} refused", self.resizes, self.failed)?;
        let most = self.by_bits.iter().copied().max().unwrap_or(0).max(1);
        for (bits, count) in self.by_bits.iter().enumerate().filter(|(_, count)| **count > 0) {
            let from = if bits == 0 { 0 } else { 1_usize << (bits - 1) };
            let width = (u128::from(*count) * 40).div_ceil(u128::from(most)) as usize;
            writeln!(f, "{from:>12} B..  {count:>12}  {:#<width$}", "")?;
        }
        Ok(())
    }
}
