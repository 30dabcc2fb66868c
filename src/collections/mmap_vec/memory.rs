#![expect(unsafe_code, reason = "shows files, which others may change")]
//! The memory of a vector: a region that is made of huge pages and made present as was asked.

use core::ptr::NonNull;
use std::fs::File;

use crate::os::{Error, Hint, Kernel, Native, Region};

/// A huge page; memory begins at a multiple of it.
pub(super) const HUGE: usize = 2 << 20;

/// How fresh memory is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    /// Made present at once, so that the lack of it is an error and not a signal.
    pub(super) populate: bool,
    /// Made of huge pages where the kernel grants them.
    pub(super) huge: bool,
}

/// Addresses reserved once, with memory at the front.
#[derive(Debug)]
pub(super) struct Memory<K: Kernel = Native> {
    region: Region<K>,
    fresh: Fresh,
}

impl<K: Kernel + Clone> Memory<K> {
    /// Reserves up to `most` bytes of addresses: half of it, and half again, down to `least`, while
    /// the system refuses.
    pub(super) fn reserve(
        least: usize,
        most: usize,
        fresh: Fresh,
        kernel: &K,
    ) -> Result<Self, Error> {
        let least = least.max(HUGE);
        let mut wish = most.max(least);
        loop {
            match Region::reserve_aligned_in(wish, HUGE, kernel.clone()) {
                Err(_) if wish > least => wish = (wish / 2).max(least),
                Err(error) => return Err(error),
                Ok(region) => {
                    let memory = Self { region, fresh };
                    memory.prefer_huge();
                    return Ok(memory);
                }
            }
        }
    }
}

impl<K: Kernel> Memory<K> {
    /// Asks for huge pages behind what is open. Refusal is no harm.
    fn prefer_huge(&self) {
        if self.fresh.huge {
            let _ = self.region.hint_ahead(Hint::HugePage);
        }
    }

    /// Where it begins, for ever.
    pub(super) const fn base(&self) -> NonNull<u8> {
        self.region.as_ptr()
    }

    /// Bytes of memory from the base on.
    pub(super) const fn open(&self) -> usize {
        self.region.committed()
    }

    /// Bytes of addresses from the base on.
    pub(super) const fn reserved(&self) -> usize {
        self.region.reserved()
    }

    /// The memory.
    pub(super) const fn bytes(&self) -> &[u8] {
        self.region.as_slice()
    }

    /// The memory, to write.
    pub(super) const fn bytes_mut(&mut self) -> &mut [u8] {
        self.region.as_mut_slice()
    }

    /// Opens the memory up to at least `bytes`; what is new is zero. What is there stays.
    pub(super) fn open_to(&mut self, bytes: usize) -> Result<(), Error> {
        let before = self.region.committed();
        self.region.commit(bytes)?;
        if self.fresh.populate
            && let Err(error) = self.region.populate(before..)
            // A kernel before 5.14 does not know it; then pages come as they are touched.
            && !error.is_unknown()
        {
            // If even this is refused the memory stays, and is touched at the vector's risk.
            let _ = self.region.decommit(before);
            self.prefer_huge();
            return Err(error);
        }
        Ok(())
    }

    /// Gives back all memory but the first `bytes`, rounded up to a page.
    pub(super) fn close_to(&mut self, bytes: usize) -> Result<(), Error> {
        let before = self.region.committed();
        self.region.decommit(bytes)?;
        if self.region.committed() < before {
            self.prefer_huge();
        }
        Ok(())
    }

    /// See [`Region::show`].
    ///
    /// # Safety
    ///
    /// As there.
    pub(super) unsafe fn show(
        &mut self,
        file: &File,
        offset: u64,
        len: usize,
    ) -> Result<(), Error> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { self.region.show(file, offset, len) }
    }

    /// Makes what a file shows present, and turns what is not there into an error.
    pub(super) fn load(&self, bytes: usize) -> Result<(), Error> {
        self.region.hint(..bytes.min(self.region.committed()), Hint::PopulateRead)
    }
}
