//! The figures an allocator keeps about itself.

use core::fmt;

/// A snapshot of an allocator's figures, as [`Report`](crate::alloc::Report) returns it.
///
/// An allocator reports what it knows without paying for it on every allocation; what it does not
/// count is `None`, never a guess.
///
/// ```
/// let mut stats = larder::alloc::Stats::default();
/// stats.live_bytes = 100;
/// stats.reserved_bytes = 1008;
/// assert_eq!(stats.to_string(), "100 B live, 1008 B reserved");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Bytes handed out and not yet taken back, with the padding between them.
    pub live_bytes: usize,
    /// Blocks handed out and not yet taken back.
    pub live_blocks: Option<usize>,
    /// The most bytes that were live at once.
    pub peak_bytes: Option<usize>,
    /// Bytes held from the upstream, bookkeeping included.
    pub reserved_bytes: usize,
    /// Chunks held from the upstream.
    pub reserved_chunks: Option<usize>,
    /// The most bytes this allocator may hold from the upstream, where there is such a bound.
    pub limit_bytes: Option<usize>,
    /// Requests that were refused.
    pub failed: Option<usize>,
    /// The largest block that would fit without asking the upstream.
    pub largest_free: Option<usize>,
}

impl Stats {
    /// Bytes held and not handed out.
    #[must_use]
    pub const fn idle_bytes(&self) -> usize {
        self.reserved_bytes.saturating_sub(self.live_bytes)
    }

    /// How scattered the free bytes are, in thousandths: 0 when one block could have them all, near
    /// 1000 when they are dust. `None` when the allocator does not know its largest free block.
    #[must_use]
    pub const fn fragmentation_permille(&self) -> Option<usize> {
        let idle = self.idle_bytes();
        match self.largest_free {
            None => None,
            Some(_) if idle == 0 => Some(0),
            Some(largest) => {
                let largest = if largest < idle { largest } else { idle };
                let scattered = (idle - largest) as u128 * 1000;
                Some((scattered / idle as u128) as usize)
            }
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} B live", self.live_bytes)?;
        if let Some(blocks) = self.live_blocks {
            write!(f, " in {blocks} blocks")?;
        }
        if let Some(peak) = self.peak_bytes {
            write!(f, " (peak {peak} B)")?;
        }
        write!(f, ", {} B reserved", self.reserved_bytes)?;
        if let Some(chunks) = self.reserved_chunks {
            write!(f, " in {chunks} chunks")?;
        }
        if let Some(limit) = self.limit_bytes {
            write!(f, " of at most {limit} B")?;
        }
        match self.failed {
            Some(failed) if failed > 0 => write!(f, ", {failed} refused"),
            _ => Ok(()),
        }
    }
}
