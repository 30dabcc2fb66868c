#![expect(unsafe_code, reason = "cuts blocks out of free memory and joins them again")]
//! Constant time: blocks of any size from regions of memory, cut, joined, and found without a search.
//!
//! ```text
//!  Tlsf { lists by class, home region, ... }
//!    |
//!    |        | header, bitmap | live | free run | live | live | free run      |
//!    +-- class 5 -----------------------^                                      a region
//!    +-- class 40 ----------------------------------------^
//! ```
//!
//! **Algorithm.** Memory is counted in granules of two words. Free granules in a row are one *run*,
//! held in a list by its class, 64 classes to each doubling. A request is rounded up to a class;
//! two bitmaps name the first class from there on that has a run, its first run is cut, and the rest
//! goes back to the lists. A block that is freed is joined with the runs before and behind it. That
//! is good fit in two levels of segregated lists (TLSF, Masmano and others 2004).
//!
//! What differs from the original: **a live block has no header.** Its length follows from its layout,
//! and whether its neighbours are free stands in a bitmap of one bit for each granule, in front of the
//! region. So a block of 64 bytes takes 64, two blocks can share a cache line with nothing between
//! them, and freeing touches the block itself and a bitmap in which a cache line speaks for 8 KiB.
//!
//! **Small blocks that are freed are kept whole** for the next request of their size, up to 32 of each
//! of 192 sizes ([`keeping`](Tlsf::keeping)): see `quick.rs`.
//!
//! When no class serves, what is kept is joined, and some runs of the class below are looked at, which
//! may hold one that fits though the rounded request does not; then a new region is taken from the
//! upstream. A block that must move to grow and finds no room slides down into the run before it.
//!
//! Invariants:
//!
//! 1. Every granule of a region behind its bitmaps is in one live or kept block or in one free run; no two
//!    runs touch, and each is in the list of its class.
//! 2. The first and the last granule of each run, and no others, are edges in the bitmap of the region.
//! 3. Regions lie in chunks of `chunks`, which came from `bank`, or were lent for longer than this
//!    value lives.
//! 4. A live block has as many granules as its layout needs, for every size that fits it.
//!
//! What it does not promise: with `r` regions, finding the region of a block takes up to `r` steps,
//! though the last one used is found at once; taking a region costs its bitmap, a byte for each 128;
//! regions are not given back before the allocator is dropped. It is not shared between threads.

mod quick;
mod region;
mod run;
mod traits;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, mem::MaybeUninit, ptr::NonNull};

use quick::Quick;
use region::{Link, Noted, Region};
use run::{CHECKED, GRANULE, Lists, Run};

use crate::{
    alloc::{Allocator, Buffer, Cause, Global, Layout, Refusal},
    bits::{
        align,
        good_fit::{class_for, class_of},
        growth,
    },
    panics,
    strategy::{
        bank::Bank,
        chunk::{self, Chunk, Chunks},
    },
};

/// How many runs are looked at, at most, before memory is said to be used up.
const PROBES: usize = 32;

/// How many runs are looked at before a run that is this many classes longer is cut.
const FEW: usize = 4;

/// Blocks of any size in constant time, from regions that it is given or takes.
///
/// For real time and for memory that is not the heap: allocating and freeing take a bounded number of
/// steps, whatever happened before. With an upstream `A` further regions are taken as they are
/// needed, larger each time; [`reserve`](Self::reserve) takes them beforehand.
///
/// ```
/// use core::mem::MaybeUninit;
/// use larder::{Tlsf, alloc::Block, alloc::Layout};
///
/// let mut bytes = [MaybeUninit::uninit(); 4096];
/// let tlsf = Tlsf::on_buffer(&mut bytes);
/// let mut names = hashbrown::HashMap::new_in(&tlsf);
/// names.insert("plum", 4);
/// assert_eq!(names["plum"], 4);
///
/// let block = Block::new_in(Layout::new::<[u64; 100]>(), &tlsf)?;
/// assert!(Block::new_in(Layout::new::<[u64; 1000]>(), &tlsf).is_err()); // the buffer is all there is
/// drop(block);
/// drop(names);
/// assert_eq!(tlsf.live_bytes(), 0);
/// # Ok::<(), larder::alloc::Refusal>(())
/// ```
pub struct Tlsf<A: Allocator = Global> {
    home: Cell<Region>,
    live: Cell<usize>,
    peak: Cell<usize>,
    /// Bytes of regions that were lent, and not taken from the bank.
    lent: Cell<usize>,
    regions: Cell<Link>,
    chunks: Chunks,
    bank: Bank<A>,
    quick: Quick,
    lists: Lists,
}

impl Tlsf {
    /// An allocator with nothing yet, whose regions come from the global heap.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Global)
    }
}

impl<A: Allocator> Tlsf<A> {
    /// An allocator with nothing yet, whose regions come from `upstream`.
    pub const fn new_in(upstream: A) -> Self {
        Self::with_first_region_in(growth::next_chunk(growth::FIRST_CHUNK << 4), upstream)
    }

    /// An allocator with nothing yet, whose first region will be of `size` bytes, if the first request
    /// fits it.
    pub const fn with_first_region_in(size: usize, upstream: A) -> Self {
        Self {
            home: Cell::new(Region::NONE),
            live: Cell::new(0),
            peak: Cell::new(0),
            lent: Cell::new(0),
            regions: Cell::new(None),
            chunks: Chunks::new(),
            bank: Bank::new(size, upstream),
            quick: Quick::new(quick::MOST),
            lists: Lists::new(),
        }
    }

    /// The same allocator, which will never hold more than `bytes` from the upstream.
    #[must_use]
    pub fn with_limit(self, bytes: usize) -> Self {
        self.bank.limit.set(bytes);
        self
    }

    /// The same allocator, which keeps up to `blocks` freed blocks of each small size whole for the next
    /// request of that size, and not 32. With 0 no work is ever put off, so the
    /// slowest call is as fast as it can be; on average calls are slower then.
    #[must_use]
    pub fn keeping(mut self, blocks: u8) -> Self {
        self.release_kept();
        self.quick = Quick::new(blocks);
        self
    }

    /// Makes sure that the next block of up to `bytes` bytes needs no further region.
    ///
    /// # Errors
    ///
    /// When there is no such room and the upstream or the limit refuses more.
    pub fn reserve(&self, bytes: usize) -> Result<(), Refusal> {
        let Ok(layout) = Layout::from_size_align(bytes, GRANULE) else {
            return Err(Refusal::overflow(Layout::new::<u8>(), bytes));
        };
        self.release_kept();
        if bytes == 0 || self.find(granules_of(bytes), 1).is_some() {
            return Ok(());
        }
        self.extend(layout)?;
        Ok(())
    }

    /// Bytes of the blocks that are live, each rounded up to two words.
    pub const fn live_bytes(&self) -> usize {
        self.live.get() * GRANULE
    }

    /// The most bytes that were live at once, since the start or the last reset.
    pub fn peak_bytes(&self) -> usize {
        self.peak.get().max(self.live.get()) * GRANULE
    }

    /// Bytes of all regions, taken and lent, bookkeeping included.
    pub const fn reserved_bytes(&self) -> usize {
        self.bank.reserved.get() + self.lent.get()
    }

    /// The size of the largest free run: a block of that size at an alignment of two words fits.
    ///
    /// Takes as many steps as there are runs in its class.
    pub fn largest_free(&self) -> usize {
        self.release_kept();
        self.lists.longest() * GRANULE
    }

    /// The allocator that regions come from.
    pub const fn upstream(&self) -> &A {
        &self.bank.alloc
    }

    /// Ends all blocks. The regions stay.
    pub fn reset(&mut self) {
        self.live.set(0);
        self.peak.set(0);
        self.lists = Lists::new();
        self.quick = self.quick.emptied();
        let mut link = self.regions.get();
        while let Some(header) = link {
            // SAFETY: the header is in our list.
            let region = unsafe { Region::of(header) };
            // SAFETY: the same.
            link = unsafe { header.as_ref() }.next.get();
            // SAFETY: it is one of our regions, and `&mut self` shows that no block is in use.
            unsafe { self.open(region) };
        }
    }
}

impl<'b> Tlsf<Buffer<'b>> {
    /// An allocator in `bytes`, on the stack, in a static or in mapped memory, and nowhere else. If they
    /// do not suffice for its own books (a header of a few words, and a bit for each two words), all
    /// requests are refused.
    pub fn on_buffer(bytes: &'b mut [MaybeUninit<u8>]) -> Self {
        Self::on_buffer_in(bytes, crate::alloc::Null)
    }
}

impl<'b, A: Allocator> Tlsf<Buffer<'b, A>> {
    /// An allocator in `bytes` first, whose further regions come from `upstream`.
    pub fn on_buffer_in(bytes: &'b mut [MaybeUninit<u8>], upstream: A) -> Self {
        let tlsf = Self::new_in(Buffer::with_rest(&mut [], upstream));
        // What is too small is not used, and the upstream answers from the start.
        let _too_small = tlsf.add_region(bytes);
        tlsf
    }

    /// Adds memory that is lent for as long as the allocator may live. Returns how many bytes of it a
    /// block can have.
    ///
    /// ```
    /// use core::mem::MaybeUninit;
    /// use larder::Tlsf;
    /// let (mut small, mut large) = ([MaybeUninit::uninit(); 512], [MaybeUninit::uninit(); 8192]);
    /// let tlsf = Tlsf::on_buffer(&mut small);
    /// assert!(tlsf.block(7200).is_err());
    /// assert!(tlsf.add_region(&mut large)? > 7200);
    /// assert!(tlsf.block(7200).is_ok());
    /// assert!(tlsf.add_region(&mut []).is_err());
    /// # Ok::<(), larder::alloc::Refusal>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is too small for the books and a block. It is not used then.
    pub fn add_region(&self, bytes: &'b mut [MaybeUninit<u8>]) -> Result<usize, Refusal> {
        let len = bytes.len();
        // SAFETY: the bytes are borrowed for `'b`, which outlives this value and all its blocks, and a
        // slice does not reach the last address.
        let Some(region) = (unsafe { self.adopt(NonNull::from_mut(bytes).cast(), len) }) else {
            let needed = region::len_for(GRANULE).unwrap_or(usize::MAX);
            return Err(Refusal::new(Layout::new::<[usize; 2]>(), Cause::Region { len, needed }));
        };
        self.lent.set(self.lent.get() + region.len());
        // SAFETY: the region was just added.
        Ok((unsafe { self.open(region) }) * GRANULE)
    }
}

/// How many granules a block of `size` bytes takes.
#[inline]
const fn granules_of(size: usize) -> usize {
    size.div_ceil(GRANULE)
}

impl<A: Allocator> Tlsf<A> {
    /// Puts a region into the list, if there is enough for one, with no free run yet.
    ///
    /// # Safety
    ///
    /// As [`Region::found`], and the bytes are in no region.
    unsafe fn adopt(&self, start: NonNull<u8>, len: usize) -> Option<Region> {
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
    unsafe fn open(&self, region: Region) -> usize {
        let (first, granules) = region.clear();
        // SAFETY: these are the granules behind the bitmaps, and nobody uses them.
        unsafe { self.put(region, first, granules) };
        self.home.set(region);
        granules
    }

    /// Takes a region from the upstream whose one run serves `layout`.
    #[cold]
    #[inline(never)]
    fn extend(&self, layout: Layout) -> Result<Run, Refusal> {
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
    fn region_of(&self, address: usize) -> Region {
        let home = self.home.get();
        if home.contains(address) { home } else { self.region_of_slow(address) }
    }

    #[cold]
    #[inline(never)]
    fn region_of_slow(&self, address: usize) -> Region {
        let Some(region) = self.search(address) else {
            panics::corrupted(&format_args!(
                "a block at {address:#x} came back that is in no region of this allocator: it is \
                 another allocator's"
            ));
        };
        self.home.set(region);
        region
    }

    fn search(&self, address: usize) -> Option<Region> {
        let mut link = self.regions.get();
        while let Some(header) = link {
            // SAFETY: the header is in our list.
            let region = unsafe { Region::of(header) };
            if region.contains(address) {
                return Some(region);
            }
            // SAFETY: the same.
            link = unsafe { header.as_ref() }.next.get();
        }
        None
    }

    /// The region of a block that comes back, and its first granule. In debug builds a block that is not
    /// live, or has not that many granules, ends the process.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator with `granules`.
    #[inline]
    unsafe fn locate(&self, ptr: NonNull<u8>, granules: usize) -> (Region, usize) {
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

    /// Makes a run of granules that touch no other run.
    ///
    /// # Safety
    ///
    /// The granules are the region's, at least one, and in no block and no run; nor are their
    /// neighbours in a run.
    #[inline]
    unsafe fn put(&self, region: Region, granule: usize, granules: usize) {
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
    unsafe fn release(&self, region: Region, granule: usize, granules: usize) {
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
    unsafe fn cut(&self, region: Region, run: Run, size: usize, granules: usize) -> usize {
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
    fn count(&self, granules: usize) {
        self.live.set(self.live.get() + granules);
    }

    /// Counts `granules` fewer as live. The peak is looked at here, since it can only end here.
    #[inline]
    fn discount(&self, granules: usize) {
        let live = self.live.get();
        if live > self.peak.get() {
            self.peak.set(live);
        }
        self.live.set(live - granules);
    }

    /// A block of `granules`, at least one, at the alignment of a granule.
    #[inline]
    fn take(&self, granules: usize) -> Option<NonNull<u8>> {
        self.take_kept(granules).or_else(|| self.take_run(granules))
    }

    /// A block of `granules`, at least one, that was kept.
    #[inline]
    fn take_kept(&self, granules: usize) -> Option<NonNull<u8>> {
        let block = self.quick.take(granules)?;
        if CHECKED {
            self.note_live(block, true);
        }
        self.count(granules);
        Some(block)
    }

    /// A block of `granules`, at least one, cut off a run.
    #[inline(never)]
    fn take_run(&self, granules: usize) -> Option<NonNull<u8>> {
        let (below, class) = (class_of(granules), class_for(granules));
        let (run, found) = self.lists.first_from(class)?;
        if found > class + FEW {
            // Before a much longer run is cut: one of the class below may be long enough.
            let mut runs = self.lists.runs(below, below).take(FEW);
            // SAFETY: what is in a list keeps the invariants.
            if let Some(run) = runs.find(|run| unsafe { run.granules() } >= granules) {
                // SAFETY: the run is in a list, and long enough.
                return Some(unsafe { self.take_from(run, granules) });
            }
        }
        // SAFETY: the run is in a list, and of a class whose runs are long enough.
        Some(unsafe { self.take_from(run, granules) })
    }

    /// # Safety
    ///
    /// The run is in its list and has at least `granules`.
    #[inline]
    unsafe fn take_from(&self, run: Run, granules: usize) -> NonNull<u8> {
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
        unsafe { region.at(granule) }
    }

    /// A run that serves `granules` at a multiple of `align`, if one is found within [`PROBES`].
    fn find(&self, granules: usize, align: usize) -> Option<Run> {
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
    fn lead(run: Run, align: usize) -> usize {
        let address = run.start().addr();
        let first = align::up(address, align.max(GRANULE));
        first.map_or(usize::MAX / 2, |first| (first - address) / GRANULE)
    }

    /// A block for any layout of at least one byte, without the upstream.
    fn take_within(&self, layout: Layout) -> Option<NonNull<u8>> {
        let run = self.find(granules_of(layout.size()), layout.align())?;
        // SAFETY: the run is in its list and serves the request.
        Some(unsafe { self.place(run, layout) })
    }

    /// A block cut off a run, behind what lies before the first multiple of its alignment.
    ///
    /// # Safety
    ///
    /// The run is in its list and long enough for that.
    unsafe fn place(&self, run: Run, layout: Layout) -> NonNull<u8> {
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
    fn take_kept_too(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.take_within(layout).or_else(|| {
            self.release_kept();
            self.take_within(layout)
        })
    }

    /// What [`take`](Self::take) does not serve: large alignments, no bytes, and full lists.
    #[cold]
    #[inline(never)]
    fn take_slow(&self, layout: Layout) -> Result<NonNull<u8>, Refusal> {
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
    unsafe fn give_back(&self, ptr: NonNull<u8>, granules: usize) {
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
    unsafe fn join(&self, ptr: NonNull<u8>, granules: usize) {
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
    fn release_kept(&self) {
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
    fn note_live(&self, block: NonNull<u8>, live: bool) {
        let address = block.addr().get();
        let region = self.region_of(address);
        // SAFETY: the block is in the region.
        let granule = unsafe { region.granule_of(address) };
        // SAFETY: it is the region's.
        unsafe { region.note(Noted::Live, granule, live) };
    }

    /// Gives the block at `ptr` another number of granules where it is, if that can be. The pointer has
    /// the right to all of them.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator with `old` granules; both numbers are at least one.
    #[inline]
    unsafe fn resize(&self, ptr: NonNull<u8>, old: usize, new: usize) -> Option<NonNull<u8>> {
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
        Some(block)
    }

    /// Moves a block down into the run before it, if that and the run behind give it enough room.
    ///
    /// # Safety
    ///
    /// `ptr` is a live block of this allocator, which `old` fits and has bytes; `new` has bytes.
    #[inline(never)]
    unsafe fn slide(&self, ptr: NonNull<u8>, old: Layout, new: Layout) -> Option<NonNull<u8>> {
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
}

impl<A: Allocator> Drop for Tlsf<A> {
    fn drop(&mut self) {
        // The bank is dropped next, and frees them.
        self.bank.shelve(&self.chunks, None);
    }
}

// SAFETY: the regions are this value's alone (3), and no borrow of it is alive when it is sent.
unsafe impl<A: Allocator + Send> Send for Tlsf<A> {}

impl Default for Tlsf {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Allocator> fmt::Debug for Tlsf<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tlsf")
            .field("live", &self.live_bytes())
            .field("reserved", &self.reserved_bytes())
            .field("largest_free", &self.largest_free())
            .finish_non_exhaustive()
    }
}

const _: () = assert!(GRANULE <= chunk::ALIGN && align_of::<region::Header>() <= GRANULE);
