#![expect(unsafe_code, reason = "makes regions of memory that the bank or the user gives")]
//! The regions of a `Tlsf`: taking them, and finding the one that a block lies in. The invariants are
//! those of the module above.

use core::ptr::NonNull;

use super::{
    Tlsf,
    region::{self, Region},
    run::{CHECKED, GRANULE, Run},
};
use crate::{
    alloc::{Allocator, Cause, Layout, Refusal},
    panics,
    strategy::chunk::Chunk,
};

impl<A: Allocator> Tlsf<A> {
    /// Puts a region into the list, if there is enough for one, with no free run yet.
    ///
    /// # Safety
    ///
    /// As [`Region::found`], and the bytes are in no region.
    pub(super) unsafe fn adopt(&self, start: NonNull<u8>, len: usize) -> Option<Region> {
        // SAFETY: as promised by the caller.
        let region = unsafe { Region::found(start, len) }?;
        // SAFETY: the header was written just now.
        unsafe { region.header().as_ref() }.next.set(self.regions.get());
        self.regions.set(Some(region.header()));
        Some(region)
    }

    /// Makes one free run of a region. Returns how many granules it has.
    ///
    /// # Safety
    ///
    /// The region is in the list, none of its runs is in the lists, and no block in it is in use.
    pub(super) unsafe fn open(&self, region: Region) -> usize {
        region.show();
        let (first, granules) = region.clear();
        // SAFETY: these are the granules behind the bitmaps, and nobody uses them.
        unsafe { self.put(region, first, granules) };
        self.home.set(region);
        granules
    }

    /// Takes a region from the upstream whose one run serves `layout`.
    #[cold]
    #[inline(never)]
    pub(super) fn extend(&self, layout: Layout) -> Result<Run, Refusal> {
        let bytes = layout.size().max(1).checked_next_multiple_of(GRANULE);
        let bytes = bytes.and_then(|b| b.checked_add(layout.align().max(GRANULE) - GRANULE));
        let needed = bytes.and_then(region::len_for);
        let needed = needed.and_then(|len| Layout::from_size_align(len, 1).ok());
        let Some(needed) = needed else {
            return Err(self.bank.refuse(layout, Cause::Overflow));
        };
        let chunk =
            self.bank.take(needed).map_err(|refusal| Refusal::new(layout, refusal.cause))?;
        // SAFETY: `take` returns a chunk that is in no list and that nobody else has.
        unsafe { self.chunks.push(chunk) };
        // SAFETY: the chunk came from the bank.
        let window = unsafe { Chunk::window(chunk) };
        // SAFETY: a chunk is ours until it is freed, which is not before this value is dropped.
        let region = unsafe { self.adopt(window.cursor, window.room()) };
        let Some(region) = region else {
            unreachable!("a chunk taken for a block has room for it")
        };
        // SAFETY: the region was just added.
        let granules = unsafe { self.open(region) };
        // SAFETY: its last granules are the run that was just made.
        Ok(unsafe { region.run_at(region.len() / GRANULE - granules) })
    }

    /// The region of a block or run.
    #[inline]
    pub(super) fn region_of(&self, address: usize) -> Region {
        let home = self.home.get();
        if home.contains(address) { home } else { self.region_of_slow(address) }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn region_of_slow(&self, address: usize) -> Region {
        let Some(region) = self.search(address) else {
            panics::corrupted(&format_args!(
                "a block at {address:#x} came back that is in no region of this allocator: it is \
                 another allocator's"
            ));
        };
        self.home.set(region);
        region
    }

    pub(super) fn search(&self, address: usize) -> Option<Region> {
        self.all().find(|region| region.contains(address))
    }

    pub(super) fn each_region(&self, act: impl FnMut(Region)) {
        self.all().for_each(act);
    }

    fn all(&self) -> impl Iterator<Item = Region> {
        let mut link = self.regions.get();
        core::iter::from_fn(move || {
            let header = link?;
            // SAFETY: the header is in our list.
            link = unsafe { header.as_ref() }.next.get();
            // SAFETY: the same.
            Some(unsafe { Region::of(header) })
        })
    }

    /// The region of a block that comes back, and its first granule. In debug builds a block that is not
    /// live, or has not that many granules, ends the process.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator with `granules`.
    #[inline]
    pub(super) unsafe fn locate(&self, ptr: NonNull<u8>, granules: usize) -> (Region, usize) {
        let address = ptr.addr().get();
        let region = self.region_of(address);
        if CHECKED && let Some(complaint) = region.complaint(address, granules) {
            panics::corrupted(&format_args!(
                "a block at {address:#x}, of {} bytes by its layout, came back, but {complaint}",
                granules * GRANULE
            ));
        }
        // SAFETY: the block is in the region.
        (region, unsafe { region.granule_of(address) })
    }
}
