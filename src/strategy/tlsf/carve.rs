#![expect(unsafe_code, reason = "cuts blocks out of free memory and joins them again")]
//! From runs to blocks and back. The invariants are those of the module above.
//!
//! A request takes what is kept, else the first run of the first class that serves, else what a bounded
//! number of steps finds in the classes below, else a new region.

use core::ptr::NonNull;

use super::{
    Tlsf, granules_of,
    quick::{self, SIZES as SMALL},
    region::{Noted, Region},
    run::{CHECKED, GRANULE, Run},
};
use crate::{
    alloc::{Allocator, Layout, Refusal, shadow},
    bits::{
        align,
        good_fit::{class_for, class_of},
    },
};

/// How many runs are looked at, at most, before memory is said to be used up.
const PROBES: usize = 32;

/// How many runs are looked at for one that fits better, and how many classes longer the first one may be
/// before others are looked at.
const FEW: usize = 8;

/// How many classes longer than the request a run may be that is cut for a block that shrinks.
const TIGHT: usize = 32;

impl<A: Allocator> Tlsf<A> {
    /// Makes a run of granules that touch no other run.
    ///
    /// # Safety
    ///
    /// The granules are the region's, at least one, and in no block and no run; nor are their
    /// neighbours in a run.
    #[inline]
    pub(super) unsafe fn put(&self, region: Region, granule: usize, granules: usize) {
        // SAFETY: the granules are free.
        let run = unsafe { region.run_at(granule) };
        // SAFETY: they are for our use alone and in no list.
        unsafe { self.lists.insert(run, granules) };
        // SAFETY: the granules are the region's.
        unsafe { region.set_edge(granule) };
        // SAFETY: the same.
        unsafe { region.set_edge(granule + granules - 1) };
    }

    /// Makes a run of granules, joined with the runs before and behind.
    ///
    /// # Safety
    ///
    /// The granules are the region's, at least one, and in no block and no run.
    #[inline]
    pub(super) unsafe fn release(&self, region: Region, granule: usize, granules: usize) {
        let (mut start, mut total) = (granule, granules);
        // Which bits change depends on the block alone, not on how long its neighbours are, so that
        // nothing here waits for their words: the far edges of a joined run are there already.
        // SAFETY: there are bitmaps before the first granule, so there is a granule before.
        if unsafe { region.is_edge(granule - 1) } {
            // SAFETY: it is a granule of the region.
            let end = unsafe { region.at(granule) };
            // SAFETY: a run ends there (2).
            let before = unsafe { Run::granules_before(end.as_ptr()) };
            start -= before;
            total += before;
            // SAFETY: it is a granule of the region.
            unsafe { region.clear_edge_if(granule - 1, before != 1) };
            // SAFETY: the run before begins there.
            let run = unsafe { region.run_at(start) };
            // SAFETY: it is in the list of its class.
            unsafe { self.lists.remove(run, class_of(before)) };
        } else {
            // SAFETY: it is a granule of the region.
            unsafe { region.set_edge(granule) };
        }
        // SAFETY: the granule behind is the region's, or one past its last.
        if unsafe { region.is_edge(granule + granules) } {
            // SAFETY: a run begins there (2).
            let run = unsafe { region.run_at(granule + granules) };
            // SAFETY: it is in a list (1).
            let behind = unsafe { run.granules() };
            total += behind;
            // SAFETY: it is a granule of the region.
            unsafe { region.clear_edge_if(granule + granules, behind != 1) };
            // SAFETY: it is in the list of its class.
            unsafe { self.lists.remove(run, class_of(behind)) };
        } else {
            // SAFETY: it is a granule of the region.
            unsafe { region.set_edge(granule + granules - 1) };
        }
        // SAFETY: the granule is free.
        let run = unsafe { region.run_at(start) };
        // SAFETY: the granules are for our use alone and in no list.
        unsafe { self.lists.insert(run, total) };
    }

    /// Cuts the first `granules` off a run of `size`. Returns where they are.
    ///
    /// # Safety
    ///
    /// The run is in its list, has `size` granules, which are not fewer, and lies in the region.
    #[inline]
    pub(super) unsafe fn cut(
        &self,
        region: Region,
        run: Run,
        size: usize,
        granules: usize,
    ) -> usize {
        // SAFETY: the run is in the region.
        let granule = unsafe { region.granule_of(run.start().addr()) };
        // SAFETY: it is the region's.
        unsafe { region.clear_edge_if(granule, true) };
        // SAFETY: the run is in the list of its class.
        unsafe { self.lists.remove(run, class_of(size)) };
        if size == granules {
            // SAFETY: it is the region's.
            unsafe { region.clear_edge_if(granule + size - 1, true) };
        } else {
            // SAFETY: it is the region's.
            unsafe { region.set_edge(granule + granules) };
            // SAFETY: the granule is free.
            let rest = unsafe { region.run_at(granule + granules) };
            // SAFETY: the rest of the run is free and in no list.
            unsafe { self.lists.insert(rest, size - granules) };
        }
        granule
    }

    /// Counts `granules` more as live.
    #[inline]
    pub(super) fn count(&self, granules: usize) {
        self.live.set(self.live.get() + granules);
    }

    /// Counts `granules` fewer as live. The peak is looked at here, since it can only end here.
    #[inline]
    pub(super) fn discount(&self, granules: usize) {
        let live = self.live.get();
        if live > self.peak.get() {
            self.peak.set(live);
        }
        self.live.set(live - granules);
    }

    /// A block of `granules`, at least one, at the alignment of a granule.
    #[inline]
    pub(super) fn take(&self, granules: usize) -> Option<NonNull<u8>> {
        self.take_kept(granules).or_else(|| self.take_run(granules))
    }

    /// A block of `granules`, at least one, that was kept.
    #[inline]
    pub(super) fn take_kept(&self, granules: usize) -> Option<NonNull<u8>> {
        let block = self.quick.take(granules)?;
        if CHECKED {
            self.note_live(block, true);
        }
        self.count(granules);
        shadow::open(block, granules * GRANULE);
        Some(block)
    }

    /// A block of `granules`, at least one, cut off a run.
    #[inline(never)]
    pub(super) fn take_run(&self, granules: usize) -> Option<NonNull<u8>> {
        if granules > SMALL
            && !self.is_scarce()
            && let Some(block) = self.take_loose(granules)
        {
            return Some(block);
        }
        let class = class_for(granules);
        let (run, found) = self.lists.first_from(class)?;
        if found > class + FEW {
            // Before a much longer run is cut: one of the class below may be long enough.
            let below = class_of(granules);
            if let Some(block) = self.take_among(granules, below, below) {
                return Some(block);
            }
        }
        // SAFETY: the run is in a list, and of a class whose runs are long enough.
        Some(unsafe { self.take_from(run, granules) })
    }

    /// A block of `granules` from the first of a few runs of these classes that is long enough.
    #[inline]
    fn take_among(&self, granules: usize, first: usize, last: usize) -> Option<NonNull<u8>> {
        let mut runs = self.lists.runs(first, last).take(FEW);
        // SAFETY: what is in a list keeps the invariants.
        let run = runs.find(|run| unsafe { run.granules() } >= granules)?;
        // SAFETY: the run is in a list, and long enough.
        Some(unsafe { self.take_from(run, granules) })
    }

    /// A block of `granules` from a run that is hardly longer, if one is found among a few.
    pub(super) fn take_tight(&self, granules: usize) -> Option<NonNull<u8>> {
        self.take_among(granules, class_of(granules), class_for(granules) + TIGHT)
    }

    /// A block of `granules` from a run four times as long, so that the block can grow where it is
    /// until somebody else takes the rest.
    fn take_loose(&self, granules: usize) -> Option<NonNull<u8>> {
        let (run, _) = self.lists.first_from(class_for(granules.saturating_mul(4)))?;
        // SAFETY: the run is in a list, and of a class whose runs are long enough.
        Some(unsafe { self.take_from(run, granules) })
    }

    /// Whether no run has five eighths of all memory: then blocks are placed where they waste least, and not
    /// where they can grow.
    pub(super) fn is_scarce(&self) -> bool {
        self.lists.last_class() < class_of(self.reserved_bytes() / GRANULE / 8 * 5)
    }

    /// # Safety
    ///
    /// The run is in its list and has at least `granules`.
    #[inline]
    pub(super) unsafe fn take_from(&self, run: Run, granules: usize) -> NonNull<u8> {
        let region = self.region_of(run.start().addr());
        // SAFETY: the run is in its list.
        let size = unsafe { run.granules() };
        // SAFETY: as promised by the caller.
        let granule = unsafe { self.cut(region, run, size, granules) };
        // SAFETY: it is the region's.
        unsafe { region.note(Noted::Block, granule, true) };
        // SAFETY: the same.
        unsafe { region.note(Noted::Live, granule, true) };
        self.count(granules);
        // SAFETY: the same.
        let block = unsafe { region.at(granule) };
        shadow::open(block, granules * GRANULE);
        block
    }

    /// A run that serves `granules` at a multiple of `align`, if one is found within [`PROBES`].
    pub(super) fn find(&self, granules: usize, align: usize) -> Option<Run> {
        let most = granules.saturating_add(align.max(GRANULE) / GRANULE - 1);
        if let Some((run, _)) = self.lists.first_from(class_for(most)) {
            return Some(run);
        }
        let runs = self.lists.runs(class_of(granules), class_for(most));
        runs.take(PROBES).find(|run| {
            // SAFETY: what is in a list keeps the invariants.
            let size = unsafe { run.granules() };
            Self::lead(*run, align) + granules <= size
        })
    }

    /// How many granules of a run lie before the first multiple of `align`; too many for any run, if
    /// there is none.
    pub(super) fn lead(run: Run, align: usize) -> usize {
        let address = run.start().addr();
        let first = align::up(address, align.max(GRANULE));
        first.map_or(usize::MAX / 2, |first| (first - address) / GRANULE)
    }

    /// A block for any layout of at least one byte, without the upstream.
    pub(super) fn take_within(&self, layout: Layout) -> Option<NonNull<u8>> {
        let run = self.find(granules_of(layout.size()), layout.align())?;
        // SAFETY: the run is in its list and serves the request.
        Some(unsafe { self.place(run, layout) })
    }

    /// A block cut off a run, behind what lies before the first multiple of its alignment.
    ///
    /// # Safety
    ///
    /// The run is in its list and long enough for that.
    pub(super) unsafe fn place(&self, run: Run, layout: Layout) -> NonNull<u8> {
        let granules = granules_of(layout.size());
        let lead = Self::lead(run, layout.align());
        if lead == 0 {
            // SAFETY: the run is in its list and serves the request.
            return unsafe { self.take_from(run, granules) };
        }
        let region = self.region_of(run.start().addr());
        // SAFETY: the run is in its list.
        let size = unsafe { run.granules() };
        // SAFETY: the run is in the region and is longer than what comes before the block.
        let front = unsafe { self.cut(region, run, size, lead) };
        // SAFETY: the rest of the run begins where the cut was.
        let rest = unsafe { region.run_at(front + lead) };
        // SAFETY: the rest is in its list, and long enough.
        let block = unsafe { self.take_from(rest, granules) };
        // SAFETY: what was cut off is free; a block is behind it, and no run is before it (1).
        unsafe { self.put(region, front, lead) };
        block
    }

    /// The same, and if it must be, with all that is kept.
    pub(super) fn take_kept_too(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.take_within(layout).or_else(|| {
            self.release_kept();
            self.take_within(layout)
        })
    }

    /// What [`take`](Self::take) does not serve: large alignments, no bytes, and full lists.
    #[cold]
    #[inline(never)]
    pub(super) fn take_slow(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
        if layout.size() == 0 {
            return Ok(layout.dangling_ptr());
        }
        if let Some(block) = self.take_kept_too(layout) {
            return Ok(block);
        }
        let run = self.extend(layout)?;
        // SAFETY: the run is in its list, and was taken to serve the request.
        Ok(unsafe { self.place(run, layout) })
    }

    /// Frees a block of `granules`, at least one.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator with `granules`.
    #[inline]
    pub(super) unsafe fn give_back(&self, ptr: NonNull<u8>, granules: usize) {
        let address = ptr.addr();
        let region = self.region_of(address.get());
        if CHECKED {
            // SAFETY: as promised by the caller.
            unsafe { self.locate(ptr, granules) };
            self.note_live(ptr, false);
        }
        self.discount(granules);
        // The caller's pointer may have the right to fewer bytes than the granules have.
        let block = region.pointer_to(address);
        // SAFETY: the block is the caller's no more.
        if !unsafe { self.quick.keep(block, granules) } {
            // SAFETY: the same.
            unsafe { self.join(block, granules) };
        }
    }

    /// Makes a run of a block that is not live any more.
    ///
    /// # Safety
    ///
    /// The block was live with `granules`, at least one, and is ours now.
    #[inline(never)]
    pub(super) unsafe fn join(&self, ptr: NonNull<u8>, granules: usize) {
        let address = ptr.addr().get();
        let region = self.region_of(address);
        // SAFETY: the block is in the region.
        let granule = unsafe { region.granule_of(address) };
        // SAFETY: it is the region's.
        unsafe { region.note(Noted::Block, granule, false) };
        // SAFETY: the block's granules are its own (1), and nobody uses them any more.
        unsafe { self.release(region, granule, granules) };
    }

    /// Joins all blocks that are kept with their neighbours.
    #[cold]
    #[inline(never)]
    pub(super) fn release_kept(&self) {
        for granules in 1..=quick::SIZES {
            while let Some(block) = self.quick.take(granules) {
                // SAFETY: what is kept is ours and was live with so many granules.
                unsafe { self.join(block, granules) };
            }
        }
    }

    /// Notes in debug builds whether the block is live.
    #[cold]
    #[inline(never)]
    pub(super) fn note_live(&self, block: NonNull<u8>, live: bool) {
        let address = block.addr().get();
        let region = self.region_of(address);
        // SAFETY: the block is in the region.
        let granule = unsafe { region.granule_of(address) };
        // SAFETY: it is the region's.
        unsafe { region.note(Noted::Live, granule, live) };
    }
}
