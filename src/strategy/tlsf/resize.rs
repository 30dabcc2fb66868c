#![expect(unsafe_code, reason = "copies blocks, and moves their ends")]
//! Blocks that become longer or shorter. The invariants are those of the module above.
//!
//! In place, if what is behind allows it; else into another place; else down into the run before. Small
//! blocks go to a kept block of the new size first.

use core::ptr::NonNull;

use super::{
    Tlsf, granules_of, quick,
    region::Noted,
    run::{GRANULE, Run},
    whole,
};
use crate::alloc::{AllocError, Allocator, Layout, shadow};

/// Blocks up to this size move to a kept block when they are resized.
const SMALL: usize = quick::SIZES * GRANULE;

impl<A: Allocator> Tlsf<A> {
    /// Gives the block at `ptr` another number of granules where it is, if that can be. The pointer has
    /// the right to all of them.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator with `old` granules; both numbers are at least one.
    #[inline]
    pub(super) unsafe fn resize(
        &self,
        ptr: NonNull<u8>,
        old: usize,
        new: usize,
    ) -> Option<NonNull<u8>> {
        // SAFETY: as promised by the caller.
        let (region, granule) = unsafe { self.locate(ptr, old) };
        // SAFETY: it is the region's.
        let block = unsafe { region.at(granule) };
        if new < old {
            self.discount(old - new);
            // SAFETY: these granules were the block's and are nobody's now.
            unsafe { self.release(region, granule + new, old - new) };
        }
        if new <= old {
            return Some(block);
        }
        // SAFETY: the granule behind is the region's, or one past its last.
        if !unsafe { region.is_edge(granule + old) } {
            return None;
        }
        // SAFETY: a run begins there (2).
        let run = unsafe { region.run_at(granule + old) };
        // SAFETY: it is in a list (1).
        let size = unsafe { run.granules() };
        if size < new - old {
            return None;
        }
        // SAFETY: the run is in its list and long enough.
        unsafe { self.cut(region, run, size, new - old) };
        self.count(new - old);
        shadow::open(block, new * GRANULE);
        Some(block)
    }

    /// Moves a block down into the run before it, if that and the run behind give it enough room.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator, which `old` fits and has bytes; `new` has bytes.
    #[inline(never)]
    pub(super) unsafe fn slide(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<u8>> {
        let (has, wants) = (granules_of(old.size()), granules_of(new.size()));
        // SAFETY: as promised by the caller.
        let (region, granule) = unsafe { self.locate(ptr, has) };
        // SAFETY: there are bitmaps before the first granule.
        if !unsafe { region.is_edge(granule - 1) } {
            return None;
        }
        // SAFETY: it is a granule of the region.
        let end = unsafe { region.at(granule) };
        // SAFETY: a run ends there (2).
        let before = unsafe { Run::granules_before(end.as_ptr()) };
        // SAFETY: and begins there.
        let run = unsafe { region.run_at(granule - before) };
        // SAFETY: the granule behind is the region's, or one past its last.
        let behind = if unsafe { region.is_edge(granule + has) } {
            // SAFETY: a run begins there (2).
            let run = unsafe { region.run_at(granule + has) };
            // SAFETY: it is in a list (1).
            unsafe { run.granules() }
        } else {
            0
        };
        let lead = Self::lead(run, new.align());
        let room = before + has + behind;
        if lead >= before || lead + wants > room {
            return None;
        }
        // SAFETY: it is in the region, in its list, and that long.
        unsafe { self.cut(region, run, before, before) };
        if behind > 0 {
            // SAFETY: a run begins there.
            let run = unsafe { region.run_at(granule + has) };
            // SAFETY: it is in the region, in its list, and that long.
            unsafe { self.cut(region, run, behind, behind) };
        }
        let start = granule - before;
        // SAFETY: it is the region's.
        let target = unsafe { region.at(start + lead) };
        shadow::open(target, (room - lead) * GRANULE);
        // SAFETY: the granules of both runs and of the block are ours now; the bytes may overlap.
        unsafe { end.copy_to(target, old.size().min(new.size())) };
        for (granule, holds) in [(granule, false), (start + lead, true)] {
            // SAFETY: it is the region's.
            unsafe { region.note(Noted::Block, granule, holds) };
            // SAFETY: the same.
            unsafe { region.note(Noted::Live, granule, holds) };
        }
        if lead > 0 {
            // SAFETY: these granules are free, between two blocks.
            unsafe { self.put(region, start, lead) };
        }
        if room > lead + wants {
            // SAFETY: these granules are free, between two blocks or at the end.
            unsafe { self.put(region, start + lead + wants, room - lead - wants) };
        }
        self.discount(has);
        self.count(wants);
        Some(target)
    }

    /// Copies a small block into a kept one of the new size, if there is one: that costs less than to cut
    /// or to join, and leaves no crumb. Freed memory is where the old block was.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator, and `old` fits it and has bytes.
    #[inline]
    pub(super) unsafe fn swap(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<[u8]>> {
        let wants = granules_of(new.size());
        if old.size() > SMALL || new.align() > GRANULE || granules_of(old.size()) == wants {
            return None;
        }
        let block = self.take_kept(wants)?;
        // SAFETY: as promised by the caller, and the block was just taken.
        Some(unsafe { self.carry(ptr, old, block, new) })
    }

    /// Copies a block into another; the old one is gone.
    ///
    /// # Safety
    ///
    /// `ptr` and `block` are two live blocks of this allocator, which `old` and `new` fit; both have bytes.
    unsafe fn carry(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        block: NonNull<u8>,
        new: Layout,
    ) -> NonNull<[u8]> {
        let shared = old.size().min(new.size());
        // SAFETY: both blocks are live and disjoint, and have at least `shared` bytes.
        unsafe { block.copy_from_nonoverlapping(ptr, shared) };
        // SAFETY: the old block is live, `old` fits it, and it is the caller's no more.
        unsafe { self.give_back(ptr, granules_of(old.size())) };
        whole(block, new.size())
    }

    /// A block of the new layout with the bytes that both share, if what shrinks is large, memory is
    /// scarce, and a run is found that hardly is longer: what is left where the block was is one large run
    /// then, and not a small one that only small blocks can use.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator, `old` fits it, and both layouts have bytes.
    #[inline]
    pub(super) unsafe fn fold(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Option<NonNull<[u8]>> {
        let (has, wants) = (granules_of(old.size()), granules_of(new.size()));
        if old.size() <= SMALL || has == wants || new.align() > GRANULE || !self.is_scarce() {
            return None;
        }
        let block = self.take_tight(wants)?;
        // SAFETY: as promised by the caller, and the block was just taken.
        Some(unsafe { self.carry(ptr, old, block, new) })
    }

    /// A block of the new layout with the bytes that both share; the old block is gone.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator, `old` fits it and has bytes, and `new` has bytes.
    #[inline(never)]
    pub(super) unsafe fn move_to(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        let wants = granules_of(new.size());
        let plain = new.align() <= GRANULE;
        let found = if plain { self.take(wants) } else { None };
        let block = match found.or_else(|| self.take_kept_too(new)) {
            Some(block) => block,
            // SAFETY: as promised by the caller; what was kept may have been in the way.
            None => match unsafe { self.slide(ptr, old, new) } {
                Some(block) => return Ok(whole(block, new.size())),
                None => self.take_slow(new)?,
            },
        };
        // SAFETY: as promised by the caller, and the block was just taken.
        Ok(unsafe { self.carry(ptr, old, block, new) })
    }
}
