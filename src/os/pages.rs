#![expect(unsafe_code, reason = "promises what the pages are")]
//! Blocks of plain pages.

use core::ptr::NonNull;

use super::{
    Access, Call, Error, Kernel, Native, PageAllocator, Source, page_allocator::map_aligned,
};
use crate::{alloc::Report, bits::align};

/// An allocator for large blocks: whole pages from the kernel.
///
/// A block costs a call or two to the kernel, or about thirty nanoseconds when a freed one of the same length
/// is kept. Growing never copies where the kernel can move pages, and never moves within the room that
/// [`with_room`](Self::with_room) reserves.
///
/// ```
/// use larder::{alloc::{Block, Layout, Report}, os::Pages};
/// let pages = Pages::new().with_room(1 << 30);
/// let mut block = Block::new_in(Layout::from_size_align(1 << 20, 1)?, &pages)?;
/// let start = block.as_ptr();
/// block.resize(64 << 20)?;
/// assert_eq!(block.as_ptr(), start);
/// assert_eq!(pages.report().live_bytes, 64 << 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Pages<K = Native> = PageAllocator<Plain<K>>;

/// Plain pages from a kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain<K = Native>(K);

impl Pages {
    /// Pages from this machine's kernel.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Native)
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kernel + core::fmt::Debug> Pages<K> {
    /// Pages from a given kernel.
    pub const fn new_in(kernel: K) -> Self {
        Self::over(Plain(kernel))
    }

    /// The same, with addresses for `bytes` reserved for each block, so that it grows that far in
    /// place. Addresses are not memory; a process has 128 TiB of them on most machines.
    ///
    /// # Panics
    ///
    /// When there are live blocks: it would not be known how far those reach.
    #[must_use]
    #[track_caller]
    pub fn with_room(mut self, bytes: usize) -> Self {
        let live = self.report().live_blocks;
        assert_eq!(live, Some(0), "the room is set before the first block is allocated");
        self.trim();
        // More than there is would be refused anyway; a multiple of a page always.
        let most = isize::MAX.cast_unsigned();
        self.room = align::up(bytes.min(most), self.source.granule()).unwrap_or(most);
        self
    }
}

// SAFETY: `map_aligned` returns new pages of that length and alignment, readable and writable where
// that was asked for, and zero. The granule is the page size, which is constant.
unsafe impl<K: Kernel + core::fmt::Debug> Source for Plain<K> {
    type Kernel = K;

    fn kernel(&self) -> &K {
        &self.0
    }

    #[inline]
    fn granule(&self) -> usize {
        self.0.page_size()
    }

    fn survives_moves(&self) -> bool {
        true
    }

    fn map(&self, span: usize, len: usize, align: usize) -> Result<NonNull<u8>, Error> {
        if span == len {
            return map_aligned(&self.0, span, align, Access::ReadWrite);
        }
        let at = map_aligned(&self.0, span, align, Access::None)?;
        // SAFETY: the pages are new, and are allowed more.
        if let Err(errno) = unsafe { self.0.protect(at, len, Access::ReadWrite) } {
            // SAFETY: the pages are new, and nobody uses them.
            let _ = unsafe { self.0.unmap(at, span) };
            return Err(Error::new(Call::Protect, len, errno));
        }
        Ok(at)
    }
}
