#![expect(unsafe_code, reason = "promises what the pages are")]
//! Blocks of huge pages: the ladder from explicit to transparent to small, and what was obtained.
//!
//! ```text
//!   explicit     pages of a pool that the administrator set up (vm.nr_hugepages): sure, if there are any
//!      | refused
//!   transparent  an aligned span that the kernel is asked to back with huge pages: likely
//!      | refused
//!   small        ordinary pages
//! ```
//!
//! A wish is given for each of the two upper rungs. `Require` makes the rung the last one, and on the
//! transparent one it is checked: the pages are made present, collapsed if they are small, and counted.
//! All blocks are whole huge pages, whichever rung they are from, so that nothing need be written down.
//!
//! With [`with_room`](PageAllocator::with_room) there is no upper rung, and what is required of the
//! transparent one is checked of what a block begins with; what it grows into is asked for.

use core::{fmt, ptr::NonNull};

use super::{
    Access, Advice, Backing, Call, Errno, Error, Hint, Kernel, Native, PageAllocator, Source, Wish,
    advice::populate_pages, page_allocator::map_with_room,
};
use crate::sync::atomic::{AtomicUsize, Ordering};

/// An allocator whose blocks are huge pages, as far as the kernel grants them.
///
/// A block of any size takes at least one huge page of addresses, and a transparent huge page is memory
/// as soon as one byte of it is touched: put an arena on top for small blocks.
///
/// ```
/// use larder::{alloc::{Block, Layout}, os::{HugePages, Native, Placement, placement}};
/// let pages = HugePages::new();
/// let mut block = Block::new_in(Layout::from_size_align(4 << 20, 64)?, &pages)?;
/// block.as_mut_slice().fill(1);
/// match placement(block.as_slice(), Native)? {
///     Placement::Huge | Placement::Transparent => {} // fewer misses of the TLB
///     other => println!("no huge pages here: {other:?}, {:?}", pages.granted()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type HugePages<K = Native> = PageAllocator<Ladder<K>>;

/// The ladder from explicit huge pages to small ones.
#[derive(Debug)]
pub struct Ladder<K = Native> {
    kernel: K,
    granule: usize,
    explicit: Wish,
    transparent: Wish,
    granted: [AtomicUsize; 3],
}

/// How many spans came from which rung of the ladder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Granted {
    /// Explicit huge pages.
    pub explicit: usize,
    /// Spans for which the kernel took the advice to use huge pages.
    pub transparent: usize,
    /// Small pages.
    pub small: usize,
}

/// What pages some memory is on, read back from the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// None of it is present.
    Absent,
    /// All that is present is in explicit huge pages.
    Huge,
    /// All that is present is in huge pages, some or all of them transparent.
    Transparent,
    /// Part of what is present is in huge pages.
    Mixed {
        /// Bytes in huge pages.
        huge: usize,
        /// Bytes that are present.
        present: usize,
    },
    /// All that is present is in small pages.
    Small,
}

/// What pages `memory` is on. Costs a walk over the mappings of the process.
///
/// ```
/// use larder::os::{Native, Placement, placement};
/// assert_eq!(placement(&[1, 2, 3], Native), Ok(Placement::Small));
/// ```
///
/// # Errors
///
/// When the kernel does not say.
pub fn placement<T>(memory: &[T], kernel: impl Kernel) -> Result<Placement, Error> {
    let (at, len) =
        super::advice::touched(&kernel, NonNull::from(memory).cast(), size_of_val(memory));
    if len == 0 {
        return Ok(Placement::Absent);
    }
    let refused = |errno| Error::new(Call::Census, len, errno);
    let present = kernel.resident(at, len).map_err(refused)?;
    let found = kernel.huge(at, len).map_err(refused)?;
    let huge = found.explicit.saturating_add(found.transparent);
    Ok(match (present, huge) {
        (0, 0) => Placement::Absent,
        (_, 0) => Placement::Small,
        // Explicit huge pages are always present for smaps, and not always for mincore.
        (present, huge) if huge >= present && found.transparent == 0 => Placement::Huge,
        (present, huge) if huge >= present => Placement::Transparent,
        (present, huge) => Placement::Mixed { huge, present },
    })
}

impl HugePages {
    /// Huge pages from this machine's kernel, both kinds preferred.
    #[must_use]
    pub fn new() -> Self {
        Self::new_in(Native)
    }
}

impl Default for HugePages {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kernel + fmt::Debug> HugePages<K> {
    /// Huge pages from a given kernel, both kinds preferred.
    pub fn new_in(kernel: K) -> Self {
        // Where there are no huge pages, blocks are small ones.
        let granule = kernel.huge_page_size().unwrap_or_else(|| kernel.page_size());
        let granted = [const { AtomicUsize::new(0) }; 3];
        let (explicit, transparent) = (Wish::Prefer, Wish::Prefer);
        Self::over(Ladder { kernel, granule, explicit, transparent, granted })
    }

    /// The same, with this wish for explicit huge pages.
    #[must_use]
    pub fn with_explicit(mut self, wish: Wish) -> Self {
        self.source.explicit = wish;
        self
    }

    /// The same, with this wish for transparent huge pages, where explicit ones are not had.
    /// `Require` makes the pages of a block present at once, for nothing less shows what they are.
    #[must_use]
    pub fn with_transparent(mut self, wish: Wish) -> Self {
        self.source.transparent = wish;
        self
    }

    /// How many spans came from which rung.
    pub fn granted(&self) -> Granted {
        // Relaxed: these are figures, and order nothing.
        let [explicit, transparent, small] =
            self.source.granted.each_ref().map(|count| count.load(Ordering::Relaxed));
        Granted { explicit, transparent, small }
    }
}

impl<K: Kernel> Ladder<K> {
    fn count(&self, rung: usize) {
        // Relaxed: these are figures, and order nothing.
        self.granted[rung].fetch_add(1, Ordering::Relaxed);
    }

    fn map_explicit(&self, len: usize, align: usize) -> Result<NonNull<u8>, Error> {
        let refused = |errno| Error::new(Call::MapHuge, len, errno);
        if align > self.granule || self.kernel.huge_page_size().is_none() {
            return Err(refused(Errno::UNSUPPORTED));
        }
        let at = self.kernel.map(len, Access::ReadWrite, Backing::Huge).map_err(refused)?;
        if at.addr().get().is_multiple_of(align) {
            return Ok(at);
        }
        // SAFETY: the pages are new, and nobody uses them.
        let _ = unsafe { self.kernel.unmap(at, len) };
        Err(refused(Errno::INVALID))
    }

    /// Asks for transparent huge pages in a span, and if they are required makes sure of the first
    /// `len` bytes.
    fn ask(&self, at: NonNull<u8>, span: usize, len: usize) -> Result<(), Error> {
        let refused = |errno| Error::new(Call::Advise, len, errno);
        if self.kernel.huge_page_size().is_none() {
            return Err(refused(Errno::UNSUPPORTED));
        }
        // SAFETY: the pages are new and ours, and hints change nothing that can be seen.
        let hint = |len, hint| unsafe { self.kernel.advise(at, len, Advice::Hint(hint)) };
        hint(span, Hint::HugePage).map_err(refused)?;
        if self.transparent != Wish::Require {
            return Ok(());
        }
        populate_pages(&self.kernel, at, len)?;
        let census = |errno| Error::new(Call::Census, len, errno);
        let huge = || self.kernel.huge(at, len).map_err(census);
        if huge()?.transparent < len {
            hint(len, Hint::Collapse).map_err(refused)?;
            if huge()?.transparent < len {
                return Err(refused(Errno::NO_MEMORY));
            }
        }
        Ok(())
    }
}

// SAFETY: both ways to map return new pages of that length and alignment, zero, readable and
// writable. The granule is set once, and is a power of two that is at least a page.
unsafe impl<K: Kernel + fmt::Debug> Source for Ladder<K> {
    type Kernel = K;

    fn kernel(&self) -> &K {
        &self.kernel
    }

    #[inline]
    fn granule(&self) -> usize {
        self.granule
    }

    /// Another address need not be a multiple of a huge page.
    fn survives_moves(&self) -> bool {
        false
    }

    fn map(&self, span: usize, len: usize, align: usize) -> Result<NonNull<u8>, Error> {
        if self.explicit != Wish::Ignore {
            // Explicit ones would be taken from the pool for all of the room at once.
            let answer = if span == len {
                self.map_explicit(span, align)
            } else {
                Err(Error::new(Call::MapHuge, span, Errno::UNSUPPORTED))
            };
            match answer {
                Ok(at) => {
                    self.count(0);
                    return Ok(at);
                }
                Err(error) if self.explicit == Wish::Require => return Err(error),
                Err(_) => {}
            }
        }
        let at = map_with_room(&self.kernel, span, len, align)?;
        let rung = if self.transparent == Wish::Ignore {
            2
        } else {
            match self.ask(at, span, len) {
                Ok(()) => 1,
                Err(error) if self.transparent == Wish::Require => {
                    // SAFETY: the pages are new, and nobody uses them.
                    let _ = unsafe { self.kernel.unmap(at, span) };
                    return Err(error);
                }
                Err(_) => 2,
            }
        };
        self.count(rung);
        Ok(at)
    }
}
