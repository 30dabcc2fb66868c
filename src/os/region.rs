#![expect(unsafe_code, reason = "owns pages")]
//! A range of addresses whose front is memory: it grows and shrinks in place.
//!
//! ```text
//!   | committed: zero when new, yours | reserved: any touch faults |
//!   ^ as_ptr                          ^ committed()                ^ reserved()
//! ```
//!
//! Invariants:
//!
//! 1. The `reserved` bytes at `at` are pages of `kernel`'s that nobody else has; no other code unmaps
//!    them before the region is dropped.
//! 2. The first `committed` of them can be read and written, and are initialised: they were zero, or
//!    what a file said, when they became so.
//! 3. Both are multiples of the page size.

use core::{
    fmt,
    ops::{Bound, RangeBounds},
    ptr::NonNull,
    slice,
};

use std::fs::File;

use super::{
    Access, Advice, Call, Errno, Error, Hint, Kernel, Native, Writes, page_allocator::map_aligned,
};
use crate::bits::align;

/// Addresses reserved at once, and memory behind as many of them as are needed.
///
/// ```
/// use larder::os::Region;
/// let mut region = Region::reserve(1 << 30)?; // a gigabyte of addresses, no memory
/// region.commit(10_000)?;
/// let start = region.as_ptr();
/// region.as_mut_slice()[9_999] = 7;
/// region.commit(1 << 20)?; // nothing moves
/// assert_eq!((region.as_ptr(), region.as_slice()[9_999]), (start, 7));
/// # Ok::<(), larder::os::Error>(())
/// ```
pub struct Region<K: Kernel = Native> {
    at: NonNull<u8>,
    reserved: usize,
    committed: usize,
    kernel: K,
}

impl Region {
    /// Reserves addresses for `bytes`, rounded up to pages.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or `bytes` is 0 or more than there are addresses.
    pub fn reserve(bytes: usize) -> Result<Self, Error> {
        Self::reserve_in(bytes, Native)
    }
}

impl<K: Kernel> Region<K> {
    /// [`reserve`](Region::reserve) from a given kernel.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn reserve_in(bytes: usize, kernel: K) -> Result<Self, Error> {
        Self::reserve_aligned_in(bytes, 1, kernel)
    }

    /// The same, beginning at a multiple of `align`, as that of a huge page.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// When `align` is no power of two.
    #[track_caller]
    pub fn reserve_aligned_in(bytes: usize, align: usize, kernel: K) -> Result<Self, Error> {
        assert!(align.is_power_of_two(), "{align} is no power of two");
        let reserved = align::up(bytes, kernel.page_size())
            .filter(|len| *len <= isize::MAX.cast_unsigned())
            .ok_or(Error::too_large(Call::Map))?;
        let at = map_aligned(&kernel, reserved, align, Access::None)?;
        Ok(Self { at, reserved, committed: 0, kernel })
    }

    /// Where the region begins.
    #[must_use]
    pub const fn as_ptr(&self) -> NonNull<u8> {
        self.at
    }

    /// How many bytes are memory.
    #[must_use]
    pub const fn committed(&self) -> usize {
        self.committed
    }

    /// How many bytes of addresses there are.
    #[must_use]
    pub const fn reserved(&self) -> usize {
        self.reserved
    }

    /// The kernel.
    #[must_use]
    pub const fn kernel(&self) -> &K {
        &self.kernel
    }

    /// The memory.
    #[must_use]
    pub const fn as_slice(&self) -> &[u8] {
        // SAFETY: the committed bytes are readable, initialised and ours (1, 2).
        unsafe { slice::from_raw_parts(self.at.as_ptr(), self.committed) }
    }

    /// The memory, to write.
    #[must_use]
    pub const fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: the committed bytes are writable, initialised and ours (1, 2).
        unsafe { slice::from_raw_parts_mut(self.at.as_ptr(), self.committed) }
    }

    /// Makes at least the first `bytes` memory. What is new is zero; nothing moves.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or more than [`reserved`](Self::reserved) is asked for, which is then
    /// the error's limit.
    pub fn commit(&mut self, bytes: usize) -> Result<(), Error> {
        let wanted = align::up(bytes, self.kernel.page_size()).filter(|len| *len <= self.reserved);
        let Some(wanted) = wanted else {
            let error = Error::new(Call::Protect, bytes, Errno::NO_MEMORY);
            return Err(Error { limit: Some(self.reserved), ..error });
        };
        if wanted > self.committed {
            self.set_access(self.committed, wanted, Access::ReadWrite)?;
            self.committed = wanted;
        }
        Ok(())
    }

    /// Gives the memory behind all but the first `bytes`, rounded up to pages, back to the system.
    /// The addresses stay; locks and hints are forgotten.
    ///
    /// # Errors
    ///
    /// When the kernel refuses; nothing has changed.
    pub fn decommit(&mut self, bytes: usize) -> Result<(), Error> {
        let kept = align::up(bytes, self.kernel.page_size()).unwrap_or(usize::MAX);
        if kept < self.committed {
            let len = self.committed - kept;
            // SAFETY: the tail is ours, and with `&mut self` nobody has a reference into it.
            let taken = unsafe { self.kernel.vacate(self.address(kept), len) };
            taken.map_err(|errno| Error::new(Call::Vacate, len, errno))?;
            self.committed = kept;
        }
        Ok(())
    }

    /// Makes the front of a region without memory `len` bytes long, rounded up to pages: copies of
    /// what `file` says from `offset`, made when they are first written.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or more than [`reserved`](Self::reserved) is asked for.
    ///
    /// # Safety
    ///
    /// There are so many bytes in the file, and while they are committed nobody changes them, but to
    /// what this region says there, or makes the file shorter.
    ///
    /// # Panics
    ///
    /// When there is memory already.
    #[track_caller]
    pub unsafe fn show(&mut self, file: &File, offset: u64, len: usize) -> Result<(), Error> {
        assert_eq!(self.committed, 0, "a file is shown in a region without memory");
        let pages = align::up(len, self.kernel.page_size()).filter(|len| *len <= self.reserved);
        let Some(pages) = pages else {
            let error = Error::new(Call::MapFile, len, Errno::NO_MEMORY);
            return Err(Error { limit: Some(self.reserved), ..error });
        };
        if pages > 0 {
            let over = Some(self.at);
            // SAFETY: the addresses are ours (1), and hold nothing.
            let shown = unsafe { self.kernel.map_file(file, offset, pages, Writes::Private, over) };
            shown.map_err(|errno| Error::new(Call::MapFile, pages, errno))?;
            self.committed = pages;
        }
        Ok(())
    }

    /// Makes whole pages in `range` read as zero and gives their memory back until they are touched.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or the range is not all committed.
    pub fn discard(&mut self, range: impl RangeBounds<usize>) -> Result<(), Error> {
        let (start, end) = self.range(range, Call::Advise)?;
        let page = self.kernel.page_size();
        let (start, end) = (start.next_multiple_of(page), end - end % page);
        if start >= end {
            return Ok(());
        }
        // SAFETY: the pages are ours, and with `&mut self` nobody has a reference into them; zero is
        // a byte like others (2).
        unsafe { self.advise_range(start, end, Advice::Discard) }
    }

    /// Changes what may be done with the pages that `range` touches.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or the range is not all committed.
    ///
    /// # Safety
    ///
    /// Until it is allowed again, nobody does what is forbidden, be it through
    /// [`as_slice`](Self::as_slice).
    pub unsafe fn protect(
        &mut self,
        range: impl RangeBounds<usize>,
        access: Access,
    ) -> Result<(), Error> {
        let (start, end) = self.pages(range, Call::Protect)?;
        if start == end { Ok(()) } else { self.set_access(start, end, access) }
    }

    /// Makes the pages that `range` touches present, so that their first use cannot fail.
    ///
    /// # Errors
    ///
    /// When the memory is not there, or the range is not all committed.
    pub fn populate(&self, range: impl RangeBounds<usize>) -> Result<(), Error> {
        let (start, end) = self.pages(range, Call::Populate)?;
        super::advice::populate_pages(&self.kernel, self.address(start), end - start)
    }

    /// Keeps the pages that `range` touches in memory until they are unlocked or the region is gone.
    ///
    /// # Errors
    ///
    /// When the kernel refuses; the error then has the limit. Or the range is not all committed.
    pub fn lock(&self, range: impl RangeBounds<usize>) -> Result<(), Error> {
        let (start, end) = self.pages(range, Call::Lock)?;
        super::advice::lock_pages(&self.kernel, self.address(start), end - start)
    }

    /// Lets the pages that `range` touches go to swap again.
    ///
    /// # Errors
    ///
    /// When the kernel refuses, or the range is not all committed.
    pub fn unlock(&self, range: impl RangeBounds<usize>) -> Result<(), Error> {
        let (start, end) = self.pages(range, Call::Unlock)?;
        let unlocked = self.kernel.unlock(self.address(start), end - start);
        unlocked.map_err(|errno| Error::new(Call::Unlock, end - start, errno))
    }

    /// Advises on the pages that `range` touches; contents and rights stay.
    ///
    /// # Errors
    ///
    /// When the kernel does not take the advice, or the range is not all committed.
    pub fn hint(&self, range: impl RangeBounds<usize>, hint: Hint) -> Result<(), Error> {
        let (start, end) = self.pages(range, Call::Advise)?;
        // SAFETY: the pages are mapped (1), and hints change nothing that can be seen.
        unsafe { self.advise_range(start, end, Advice::Hint(hint)) }
    }

    /// Advises on what is not committed yet, for when it is.
    ///
    /// # Errors
    ///
    /// When the kernel does not take the advice.
    pub fn hint_ahead(&self, hint: Hint) -> Result<(), Error> {
        // SAFETY: the pages are mapped (1), and hints change nothing that can be seen.
        unsafe { self.advise_range(self.committed, self.reserved, Advice::Hint(hint)) }
    }

    /// How many of the committed bytes are in memory.
    ///
    /// # Errors
    ///
    /// When the kernel does not say.
    pub fn resident(&self) -> Result<usize, Error> {
        let resident = self.kernel.resident(self.at, self.committed);
        resident.map_err(|errno| Error::new(Call::Census, self.committed, errno))
    }

    fn address(&self, offset: usize) -> NonNull<u8> {
        // SAFETY: offsets are inside the region or at its end (1).
        unsafe { self.at.add(offset) }
    }

    /// The bytes that a range means, if they are committed.
    fn range(&self, range: impl RangeBounds<usize>, call: Call) -> Result<(usize, usize), Error> {
        let start = match range.start_bound() {
            Bound::Included(start) => Some(*start),
            Bound::Excluded(start) => start.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let end = match range.end_bound() {
            Bound::Included(end) => end.checked_add(1),
            Bound::Excluded(end) => Some(*end),
            Bound::Unbounded => Some(self.committed),
        };
        match (start, end) {
            (Some(start), Some(end)) if start <= end && end <= self.committed => Ok((start, end)),
            (start, end) => {
                let asked = end.unwrap_or(usize::MAX).saturating_sub(start.unwrap_or(0));
                let error = Error::new(call, asked, Errno::INVALID);
                Err(Error { limit: Some(self.committed), ..error })
            }
        }
    }

    /// The pages that a range touches, if they are committed.
    fn pages(&self, range: impl RangeBounds<usize>, call: Call) -> Result<(usize, usize), Error> {
        let (start, end) = self.range(range, call)?;
        let page = self.kernel.page_size();
        // A committed end rounds up to a committed end (3).
        Ok((
            start - start % page,
            if start == end { start - start % page } else { end.next_multiple_of(page) },
        ))
    }

    fn set_access(&mut self, start: usize, end: usize, access: Access) -> Result<(), Error> {
        // SAFETY: the pages are ours (1), and with `&mut self` nobody has a reference into them.
        let done = unsafe { self.kernel.protect(self.address(start), end - start, access) };
        done.map_err(|errno| Error::new(Call::Protect, end - start, errno))
    }

    /// # Safety
    ///
    /// As for `Kernel::advise`; the range is of pages of the region.
    unsafe fn advise_range(&self, start: usize, end: usize, advice: Advice) -> Result<(), Error> {
        if start == end {
            return Ok(());
        }
        // SAFETY: the caller's promise is the callee's.
        let done = unsafe { self.kernel.advise(self.address(start), end - start, advice) };
        done.map_err(|errno| Error::new(advice.call(), end - start, errno))
    }
}

impl<K: Kernel> Drop for Region<K> {
    fn drop(&mut self) {
        // When the kernel refuses even this, the pages stay until the process ends: nobody has them.
        // SAFETY: the pages are ours (1), and nobody uses them after the region.
        let _ = unsafe { self.kernel.unmap(self.at, self.reserved) };
    }
}

impl<K: Kernel> fmt::Debug for Region<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region")
            .field("at", &self.at)
            .field("committed", &self.committed)
            .field("reserved", &self.reserved)
            .finish_non_exhaustive()
    }
}

// SAFETY: the region owns its pages as a `Box<[u8]>` does.
unsafe impl<K: Kernel + Send> Send for Region<K> {}
// SAFETY: a shared region gives out shared bytes only.
unsafe impl<K: Kernel + Sync> Sync for Region<K> {}
