#![expect(unsafe_code, reason = "owns addresses and decides which of them hold memory")]
//! A region: addresses reserved once, and memory at the front of them that grows and never moves.
//!
//! ```text
//!  base                    open                         reserved
//!   | memory, zero or as it was written | addresses only, a touch faults |
//! ```
//!
//! Invariants:
//!
//! 1. `base..base + reserved` are addresses of this region's own, and `base` is at a multiple of
//!    [`HUGE`].
//! 2. `base..base + open` may be read and written, and every byte there is initialised.

use core::ptr::NonNull;
use std::{fs::File, io};

use super::memory;
use crate::bits::align;

/// A huge page; regions begin at a multiple of it.
pub(crate) const HUGE: usize = 2 << 20;

/// How fresh memory is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fresh {
    /// Made present at once, so that the lack of it is an error and not a signal.
    pub(crate) populate: bool,
    /// Made of huge pages where the kernel grants them.
    pub(crate) huge: bool,
}

/// Addresses reserved once, with memory at the front.
#[derive(Debug)]
pub(crate) struct FileMemory {
    base: NonNull<u8>,
    reserved: usize,
    open: usize,
    fresh: Fresh,
}

impl FileMemory {
    /// Reserves up to `most` bytes of addresses: half of it, and half again, down to `least`, while
    /// the system refuses.
    pub(crate) fn reserve(least: usize, most: usize, fresh: Fresh) -> io::Result<Self> {
        let least = least.max(HUGE);
        let mut wish = most.max(least);
        loop {
            match Self::exactly(wish, fresh) {
                Err(_) if wish > least => wish = (wish / 2).max(least),
                answer => return answer,
            }
        }
    }

    fn exactly(bytes: usize, fresh: Fresh) -> io::Result<Self> {
        let overflow = || io::Error::from(io::ErrorKind::OutOfMemory);
        let reserved = align::up(bytes, HUGE).ok_or_else(overflow)?;
        let whole = reserved.checked_add(HUGE).ok_or_else(overflow)?;
        let at = memory::reserve(whole)?;
        let skip = at.addr().get().wrapping_neg() & (HUGE - 1);
        // SAFETY: `skip` is less than `HUGE`, which is less than `whole`.
        let base = unsafe { at.add(skip) };
        if skip > 0 {
            // SAFETY: these are the reserved addresses before the base.
            unsafe { memory::unmap(at, skip) };
        }
        if skip < HUGE {
            // SAFETY: `skip + reserved` is less than `whole`.
            let end = unsafe { base.add(reserved) };
            // SAFETY: these are the reserved addresses behind the last.
            unsafe { memory::unmap(end, HUGE - skip) };
        }
        let region = Self { base, reserved, open: 0, fresh };
        region.prefer_huge();
        Ok(region)
    }

    /// Asks for huge pages behind what is open. Refusal is no harm.
    fn prefer_huge(&self) {
        if let Some(advice) = memory::number::HUGE.filter(|_| self.fresh.huge) {
            // SAFETY: `open` is at most `reserved` (1).
            let from = unsafe { self.base.add(self.open) };
            // SAFETY: the addresses are in the region, and no contents change.
            let _ = unsafe { memory::advise(from, self.reserved - self.open, advice) };
        }
    }

    pub(crate) const fn base(&self) -> NonNull<u8> {
        self.base
    }

    /// Bytes of memory from the base on.
    pub(crate) const fn open(&self) -> usize {
        self.open
    }

    /// Bytes of addresses from the base on.
    pub(crate) const fn reserved(&self) -> usize {
        self.reserved
    }

    /// The memory.
    pub(crate) const fn bytes(&self) -> &[u8] {
        // SAFETY: all of it is open and initialised (2), and borrowed with `self`.
        unsafe { core::slice::from_raw_parts(self.base.as_ptr(), self.open) }
    }

    /// The memory, to write.
    pub(crate) const fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: all of it is open and initialised (2), and borrowed with `self`.
        unsafe { core::slice::from_raw_parts_mut(self.base.as_ptr(), self.open) }
    }

    /// Opens the region up to at least `bytes`; what is new is zero. What is there stays.
    pub(crate) fn open_to(&mut self, bytes: usize) -> io::Result<()> {
        let page = memory::page_size();
        let Some(target) = align::up(bytes, page).filter(|target| *target <= self.reserved) else {
            return Err(io::ErrorKind::OutOfMemory.into());
        };
        if target <= self.open {
            return Ok(());
        }
        let len = target - self.open;
        // SAFETY: `open` is at most `reserved` (1).
        let from = unsafe { self.base.add(self.open) };
        // SAFETY: the addresses are in the region (1), behind what is open.
        unsafe { memory::open(from, len) }?;
        if self.fresh.populate
            && let Some(advice) = memory::number::POPULATE_WRITE
            // SAFETY: the addresses are in the region and open, and contents stay.
            && let Err(error) = unsafe { memory::advise(from, len, advice) }
            // A kernel before 5.14 does not know it; then pages come as they are touched.
            && error.kind() != io::ErrorKind::InvalidInput
        {
            // SAFETY: nobody has seen these pages yet.
            let _ = unsafe { memory::empty(from, len) };
            return Err(error);
        }
        self.open = target;
        Ok(())
    }

    /// Gives back all memory but the first `bytes`, rounded up to a page.
    pub(crate) fn close_to(&mut self, bytes: usize) -> io::Result<()> {
        let target = align::up(bytes, memory::page_size()).unwrap_or(self.open);
        if target < self.open {
            // SAFETY: `target` is less than `open`, which is at most `reserved`.
            let from = unsafe { self.base.add(target) };
            // SAFETY: these addresses are in the region (1), and `&mut self` shows that nobody has a
            // reference.
            unsafe { memory::empty(from, self.open - target) }?;
            self.open = target;
            self.prefer_huge();
        }
        Ok(())
    }

    /// Shows `len` bytes of `file` from `offset` at the front of an empty region, so that what is
    /// written is seen by nobody else.
    ///
    /// # Safety
    ///
    /// While the region lives nobody changes these bytes of the file in another way than this
    /// process's own writes of what the region says, and nobody makes it shorter.
    pub(crate) unsafe fn show(&mut self, file: &File, offset: u64, len: usize) -> io::Result<()> {
        debug_assert_eq!(self.open, 0);
        let pages = align::up(len, memory::page_size())
            .filter(|pages| *pages <= self.reserved)
            .ok_or(io::ErrorKind::OutOfMemory)?;
        if pages > 0 {
            let over = Some(self.base);
            // SAFETY: the addresses are in the region (1), and nothing is open yet.
            unsafe { memory::show(file, offset, pages, memory::Show::Private, over) }?;
            self.open = pages;
        }
        Ok(())
    }

    /// Makes what a file shows present, and turns what is not there into an error.
    pub(crate) fn load(&self, bytes: usize) -> io::Result<()> {
        let len = align::up(bytes, memory::page_size()).map_or(self.open, |len| len.min(self.open));
        match memory::number::POPULATE_READ {
            // SAFETY: the addresses are in the region and open, and contents stay.
            Some(advice) if len > 0 => unsafe { memory::advise(self.base, len, advice) },
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }
}

impl Drop for FileMemory {
    fn drop(&mut self) {
        // SAFETY: the addresses are the region's own (1), and are gone with it.
        unsafe { memory::unmap(self.base, self.reserved) };
    }
}

// SAFETY: a region owns its memory as a `Box<[u8]>` does.
unsafe impl Send for FileMemory {}
// SAFETY: shared, it gives out shared bytes only.
unsafe impl Sync for FileMemory {}
