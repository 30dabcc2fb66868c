//! What a page allocator keeps under its lock: freed spans for the next request, and its figures.

use core::{mem, num::NonZero, ptr::NonNull};

use super::{Error, Kernel, Outcome, live::Live};
use crate::alloc::Stats;

/// The most spans that are kept.
const SLOTS: usize = 16;

/// Pages that nobody uses: `len` bytes of addresses, of which the first `committed` are memory.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// Where they begin; the right to them was exposed, since a static may hold this.
    address: NonZero<usize>,
    pub(super) len: usize,
    pub(super) committed: usize,
}

impl Span {
    pub(super) fn new(at: NonNull<u8>, len: usize, committed: usize) -> Self {
        Self { address: at.expose_provenance(), len, committed }
    }

    pub(super) fn at(self) -> NonNull<u8> {
        NonNull::with_exposed_provenance(self.address)
    }
}

/// The figures of an allocator of pages.
pub(super) struct Figures {
    pub(super) live_bytes: usize,
    pub(super) live: Live,
    peak_bytes: usize,
    /// Bytes that the kernel did not take back.
    pub(super) stranded: usize,
    failed: usize,
    pub(super) last_refusal: Option<Error>,
}

impl Figures {
    pub(super) const fn new() -> Self {
        Self {
            live_bytes: 0,
            live: Live::new(),
            peak_bytes: 0,
            stranded: 0,
            failed: 0,
            last_refusal: None,
        }
    }

    /// What they say, of an allocator that keeps `kept` more bytes in `spans` freed spans.
    pub(super) fn stats(&self, kept: usize, spans: usize) -> Stats {
        Stats {
            live_bytes: self.live_bytes,
            live_blocks: Some(self.live.count()),
            peak_bytes: Some(self.peak_bytes),
            reserved_bytes: self.live_bytes + kept + self.stranded + self.live.bytes(),
            reserved_chunks: Some(self.live.count() + spans),
            failed: Some(self.failed),
            ..Stats::default()
        }
    }

    /// A block of `bytes` is live.
    ///
    /// # Errors
    ///
    /// When there is no memory to note it in; then it is not.
    pub(super) fn began(
        &mut self,
        at: NonNull<u8>,
        bytes: usize,
        kernel: &impl Kernel,
    ) -> Result<(), Error> {
        self.stranded += self.live.insert(at, kernel)?;
        self.resized(0, bytes);
        Ok(())
    }

    /// A live block has another size.
    pub(super) fn resized(&mut self, old: usize, new: usize) {
        self.live_bytes = self.live_bytes - old + new;
        self.peak_bytes = self.peak_bytes.max(self.live_bytes);
    }

    /// A block of `bytes` is gone.
    pub(super) fn ended(&mut self, at: NonNull<u8>, bytes: usize) {
        self.live.remove(at);
        self.resized(bytes, 0);
    }

    /// Gives the table of the live blocks back if there is none, or at the end.
    pub(super) fn release(&mut self, kernel: &impl Kernel, at_end: bool) {
        if at_end || self.live.count() == 0 {
            self.stranded += mem::replace(&mut self.live, Live::new()).release(kernel);
        }
    }

    pub(super) fn refused(&mut self, error: Error) {
        self.failed += 1;
        self.last_refusal = Some(error);
    }
}

pub(super) struct Stock {
    /// The oldest first.
    spans: [Option<Span>; SLOTS],
    count: usize,
    kept: usize,
    pub(super) figures: Figures,
    pub(super) populated: Outcome,
    pub(super) locked: Outcome,
}

impl Stock {
    pub(super) const fn new() -> Self {
        Self {
            spans: [None; SLOTS],
            count: 0,
            kept: 0,
            figures: Figures::new(),
            populated: Outcome::NotAsked,
            locked: Outcome::NotAsked,
        }
    }

    /// Bytes of memory in spans that are kept.
    pub(super) const fn kept(&self) -> usize {
        self.kept
    }

    /// How many spans are kept.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Takes the newest span of this length that is aligned so.
    pub(super) fn take(&mut self, len: usize, align: usize) -> Option<Span> {
        let fits = |span: &Option<Span>| {
            span.is_some_and(|s| s.len == len && s.address.get().is_multiple_of(align))
        };
        let index = self.spans[..self.count].iter().rposition(fits)?;
        self.remove(index)
    }

    /// Takes the oldest span.
    pub(super) fn take_oldest(&mut self) -> Option<Span> {
        if self.count == 0 { None } else { self.remove(0) }
    }

    fn remove(&mut self, index: usize) -> Option<Span> {
        let span = self.spans[index].take()?;
        self.spans[index..self.count].rotate_left(1);
        self.count -= 1;
        self.kept -= span.committed;
        Some(span)
    }

    /// Keeps a span, if there is a slot and no more than `most` bytes are kept then.
    pub(super) fn put(&mut self, span: Span, most: usize) -> bool {
        let room = self.count < SLOTS && self.kept.saturating_add(span.committed) <= most;
        if room {
            self.spans[self.count] = Some(span);
            self.count += 1;
            self.kept += span.committed;
        }
        room
    }
}
