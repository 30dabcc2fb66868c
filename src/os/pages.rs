#![expect(unsafe_code, reason = "promises what the pages are")]
//! Blocks of plain pages.

use core::ptr::NonNull;

use super::{Error, Kernel, Native, PageAllocator, Source, page_allocator::map_with_room};

/// An allocator for large blocks: whole pages from the kernel.
///
/// A block costs a call or two to the kernel, or about thirty nanoseconds when a freed one of the same length
/// is kept. Growing never copies where the kernel can move pages, and never moves within the room that
/// [`with_room`](PageAllocator::with_room) reserves.
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
}

// SAFETY: `map_with_room` returns new pages of that length and alignment, readable and writable where
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
        map_with_room(&self.0, span, len, align)
    }
}
