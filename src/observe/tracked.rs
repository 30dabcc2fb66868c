#![expect(unsafe_code, reason = "promises that the hooks do not unwind")]
//! Every live block of one allocator: from where, since when.
//!
//! Invariants:
//!
//! 1. `live` has one entry for every live block with bytes, by its address, unless the heap had no
//!    room for it; `lost` counts those.
//! 2. `clock` counts the calls that changed something. The age of a block is the number of calls
//!    since it was allocated, so that a run can be repeated to the call.
//!
//! The register is on the global heap: what is watched is not changed by being watched.
//!
//! What it does not promise: to see who calls. A collection's allocations all come from the same line
//! of its own source, so the place is that of the handle the collection was given: see
//! [`Tracked::site`] and [`Tracked::at`]. There is no wall clock and no call stack.

use core::{
    cell::{Cell, RefCell},
    fmt,
    ptr::NonNull,
};
use hashbrown::HashTable;
use liballoc::vec::Vec;

use crate::{
    adapt::{At, Hooked, Hooks, Origin, Site, Sited},
    alloc::{Allocator, Layout, Report, Stats},
};

/// An allocator that knows its live blocks.
///
/// When it is dropped while blocks are live it says so on the standard error output, site by site;
/// [`silent`](Self::silent) ones do not. Cost: an entry of 64 bytes in a hash table for each live
/// block, and some ten nanoseconds a call.
///
/// ```
/// use larder::{alloc::{Api2, Global}, observe::Tracked};
/// use allocator_api2::vec::Vec;
///
/// let alloc = Tracked::new(Global);
/// let mut kept = Vec::new_in(Api2(alloc.at("index")));
/// let (_, parse) = alloc.region("parse", || {
///     let scratch = Vec::<u8, _>::with_capacity_in(1000, Api2(&alloc));
///     kept.push(scratch.len());
/// });
/// assert_eq!((parse.blocks, parse.temporary, parse.left.len()), (2, 0, 1));
/// assert_eq!(parse.left[0].site.label(), "index");
/// drop(kept);
/// assert!(alloc.leaks().is_none());
/// ```
pub type Tracked<A> = Hooked<A, Tracker>;

/// The hooks of [`Tracked`].
pub struct Tracker {
    state: RefCell<State>,
    site: Cell<Site>,
    speaks: Cell<bool>,
}

#[derive(Default)]
struct State {
    live: HashTable<Origin>,
    sites: HashTable<SiteCounts>,
    clock: u64,
    /// The block that the last call allocated, if it did.
    newest: Option<usize>,
    totals: Totals,
    peak: usize,
    live_bytes: usize,
    lost: u64,
    failed: u64,
}

#[derive(Clone, Copy, Default)]
struct Totals {
    blocks: u64,
    bytes: u64,
    temporary: u64,
}

/// A live block, and how long it has lived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Live {
    /// Where it came from.
    pub origin: Origin,
    /// How many calls ago.
    pub age: u64,
}

/// What came from one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SiteCounts {
    /// The place.
    pub site: Site,
    /// Blocks that were ever allocated there.
    pub blocks: u64,
    /// Bytes that were ever asked for there: by new blocks, and by the growth of its blocks.
    pub bytes: u64,
    /// Blocks that were freed by the very next call: each might be spared.
    pub temporary: u64,
    /// Blocks that are live.
    pub live_blocks: usize,
    /// Bytes that are live.
    pub live_bytes: usize,
}

/// What happened in a [`region`](Tracked::region).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Region {
    /// Blocks that were allocated in it.
    pub blocks: u64,
    /// Bytes that were asked for in it: by new blocks and by growth.
    pub bytes: u64,
    /// Blocks in it that were freed by the call after the one that allocated them.
    pub temporary: u64,
    /// The most bytes that were live at once in it, beyond those before.
    pub peak_bytes: usize,
    /// The blocks that were allocated in it and are still live, oldest first.
    pub left: Vec<Origin>,
}

/// The blocks that are live, by their places. Its `Display` is the leak report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaks {
    blocks: Vec<Live>,
}

fn mix(a: usize, b: usize) -> u64 {
    let mixed = (a as u64 ^ (b as u64).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

fn hash_of(address: usize) -> u64 {
    mix(address, 0)
}

fn hash_of_site(site: &Site) -> u64 {
    let (label, location) = site.identity();
    mix(label, location)
}

impl State {
    fn enter(&mut self, origin: Origin) {
        let hash = |origin: &Origin| hash_of(origin.address);
        if self.live.try_reserve(1, hash).is_err() {
            self.lost += 1;
            return;
        }
        self.live.insert_unique(hash_of(origin.address), origin, hash);
        self.live_bytes += origin.layout.size();
        self.peak = self.peak.max(self.live_bytes);
    }

    fn leave(&mut self, address: usize) -> Option<Origin> {
        let is_it = |origin: &Origin| origin.address == address;
        let (origin, _) = self.live.find_entry(hash_of(address), is_it).ok()?.remove();
        self.live_bytes -= origin.layout.size();
        Some(origin)
    }

    /// The counts of a place, if the heap has room for them.
    fn counts(&mut self, site: Site) -> Option<&mut SiteCounts> {
        let is_it = |counts: &SiteCounts| counts.site.identity() == site.identity();
        let hash = |counts: &SiteCounts| hash_of_site(&counts.site);
        self.sites.try_reserve(1, hash).ok()?;
        let entry = self.sites.entry(hash_of_site(&site), is_it, hash);
        Some(entry.or_insert_with(|| SiteCounts::new(site)).into_mut())
    }
}

impl SiteCounts {
    const fn new(site: Site) -> Self {
        Self { site, blocks: 0, bytes: 0, temporary: 0, live_blocks: 0, live_bytes: 0 }
    }
}

// SAFETY: nothing here panics: the state is borrowed by no call that makes another, and a heap without
// room is a count that is missing.
unsafe impl Hooks for Tracker {
    fn refused(&self, _: Layout, _: bool) {
        self.state.borrow_mut().failed += 1;
    }

    fn allocated(&self, block: NonNull<u8>, layout: Layout) {
        let state = &mut *self.state.borrow_mut();
        state.clock += 1;
        state.newest = None;
        if layout.size() == 0 {
            return;
        }
        let (address, site) = (block.addr().get(), self.site.get());
        state.newest = Some(address);
        state.totals.blocks += 1;
        state.totals.bytes += layout.size() as u64;
        state.enter(Origin { address, layout, serial: state.clock, site });
        if let Some(counts) = state.counts(site) {
            counts.blocks += 1;
            counts.bytes += layout.size() as u64;
        }
    }

    fn freed(&self, block: NonNull<u8>, layout: Layout) {
        let state = &mut *self.state.borrow_mut();
        state.clock += 1;
        let newest = state.newest.take();
        if layout.size() == 0 {
            return;
        }
        let Some(origin) = state.leave(block.addr().get()) else { return };
        if newest == Some(origin.address) {
            state.totals.temporary += 1;
            if let Some(counts) = state.counts(origin.site) {
                counts.temporary += 1;
            }
        }
    }

    /// The block stays what it was: its place and its age are those of its allocation.
    fn resized(&self, old: NonNull<u8>, was: Layout, new: NonNull<u8>, is: Layout) {
        if was.size() == 0 || is.size() == 0 {
            self.freed(old, was);
            self.allocated(new, is);
            return;
        }
        let state = &mut *self.state.borrow_mut();
        state.clock += 1;
        state.newest = None;
        let Some(origin) = state.leave(old.addr().get()) else { return };
        let grown = is.size().saturating_sub(was.size()) as u64;
        state.totals.bytes += grown;
        state.enter(Origin { address: new.addr().get(), layout: is, ..origin });
        if let Some(counts) = state.counts(origin.site) {
            counts.bytes += grown;
        }
    }

    fn ended(&mut self) {
        let state = self.state.get_mut();
        state.live.clear();
        state.live_bytes = 0;
        state.newest = None;
    }
}

impl<A> Tracked<A> {
    /// Tracks the blocks of `inner`.
    pub fn new(inner: A) -> Self {
        let (state, site) = (RefCell::default(), Cell::new(Site::UNKNOWN));
        Self::with(inner, Tracker { state, site, speaks: Cell::new(true) })
    }

    /// The same, without a word when it is dropped.
    #[must_use]
    pub fn silent(self) -> Self {
        self.hooks().speaks.set(false);
        self
    }

    /// The live blocks, oldest first. Cost: sorts them.
    pub fn live(&self) -> Vec<Live> {
        self.hooks().live()
    }

    /// The live blocks as a report, if there are any.
    pub fn leaks(&self) -> Option<Leaks> {
        self.hooks().leaks()
    }

    /// What came from each place, most live bytes first. Cost: a pass over the live blocks.
    pub fn sites(&self) -> Vec<SiteCounts> {
        let state = self.hooks().state.borrow();
        let mut sites: Vec<SiteCounts> = Vec::new();
        for counts in &state.sites {
            // The compiler may have made several copies of one place.
            match sites.iter_mut().find(|other| other.site == counts.site) {
                Some(other) => {
                    other.blocks += counts.blocks;
                    other.bytes += counts.bytes;
                    other.temporary += counts.temporary;
                }
                None => sites.push(*counts),
            }
        }
        for origin in &state.live {
            if let Some(counts) = sites.iter_mut().find(|counts| counts.site == origin.site) {
                counts.live_blocks += 1;
                counts.live_bytes += origin.layout.size();
            }
        }
        sites.sort_by_key(|counts| core::cmp::Reverse((counts.live_bytes, counts.bytes)));
        sites
    }

    /// How many blocks are not tracked, because the heap had no room for their entries.
    pub fn lost(&self) -> u64 {
        self.hooks().state.borrow().lost
    }

    /// Calls `work` and tells what it allocated, and what it left. Blocks that are allocated through
    /// no handle bear `label` meanwhile. Cost: a pass over the live blocks.
    #[track_caller]
    pub fn region<R>(&self, label: &'static str, work: impl FnOnce() -> R) -> (R, Region) {
        let tracker = self.hooks();
        let before = Before::enter(tracker, Site::labelled(label));
        let result = work();
        let state = tracker.state.borrow();
        let totals = before.totals;
        let mut left: Vec<Origin> =
            state.live.iter().filter(|origin| origin.serial > before.clock).copied().collect();
        left.sort_unstable_by_key(|origin| origin.serial);
        let region = Region {
            blocks: state.totals.blocks - totals.blocks,
            bytes: state.totals.bytes - totals.bytes,
            temporary: state.totals.temporary - totals.temporary,
            peak_bytes: state.peak.saturating_sub(before.live_bytes),
            left,
        };
        drop(state);
        (result, region)
    }
}

/// How things were before a region. Restores what the region borrowed, if it unwinds as well.
struct Before<'a> {
    tracker: &'a Tracker,
    site: Site,
    clock: u64,
    totals: Totals,
    peak: usize,
    live_bytes: usize,
}

impl<'a> Before<'a> {
    fn enter(tracker: &'a Tracker, site: Site) -> Self {
        let site = tracker.site.replace(site);
        let state = &mut *tracker.state.borrow_mut();
        let State { clock, totals, peak, live_bytes, .. } = *state;
        state.peak = live_bytes;
        state.newest = None;
        Self { tracker, site, clock, totals, peak, live_bytes }
    }
}

impl Drop for Before<'_> {
    fn drop(&mut self) {
        self.tracker.site.set(self.site);
        let state = &mut *self.tracker.state.borrow_mut();
        state.peak = state.peak.max(self.peak);
    }
}

impl<A: Allocator> Tracked<A> {
    /// A handle whose blocks come from the line that calls this, for one collection.
    #[track_caller]
    pub const fn site(&self) -> At<'_, Self> {
        At::new(self, Site::here())
    }

    /// The same, with a name for the place.
    #[track_caller]
    pub const fn at(&self, label: &'static str) -> At<'_, Self> {
        At::new(self, Site::labelled(label))
    }
}

// SAFETY: setting a cell does not unwind.
unsafe impl<A: Allocator> Sited for Tracked<A> {
    fn swap_site(&self, site: Site) -> Site {
        self.hooks().site.replace(site)
    }
}

impl<A> Report for Tracked<A> {
    fn report(&self) -> Stats {
        let state = self.hooks().state.borrow();
        Stats {
            live_bytes: state.live_bytes,
            live_blocks: Some(state.live.len()),
            peak_bytes: Some(state.peak),
            reserved_bytes: state.live_bytes,
            failed: usize::try_from(state.failed).ok(),
            ..Stats::default()
        }
    }
}

impl Tracker {
    fn live(&self) -> Vec<Live> {
        let state = self.state.borrow();
        let live = |origin: &Origin| Live { origin: *origin, age: state.clock - origin.serial };
        let mut live: Vec<Live> = state.live.iter().map(live).collect();
        live.sort_unstable_by_key(|live| live.origin.serial);
        live
    }

    fn leaks(&self) -> Option<Leaks> {
        let blocks = self.live();
        (!blocks.is_empty()).then_some(Leaks { blocks })
    }
}

impl Drop for Tracker {
    fn drop(&mut self) {
        #[cfg(feature = "std")]
        if self.speaks.get()
            && let Some(leaks) = self.leaks()
        {
            use std::io::Write;
            // Where there is nobody to hear it, that is no reason to fail.
            let _unheard = write!(std::io::stderr(), "larder: {leaks}");
        }
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.borrow();
        f.debug_struct("Tracker")
            .field("live_blocks", &state.live.len())
            .field("live_bytes", &state.live_bytes)
            .finish_non_exhaustive()
    }
}

impl Leaks {
    /// The blocks, oldest first.
    #[must_use]
    pub fn blocks(&self) -> &[Live] {
        &self.blocks
    }

    /// Their bytes together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.blocks.iter().map(|live| live.origin.layout.size()).sum()
    }
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} blocks with {} bytes were not freed", self.blocks.len(), self.bytes())?;
        let mut rest: Vec<Live> = self.blocks.clone();
        while let Some(oldest) = rest.first().copied() {
            let site = oldest.origin.site;
            let (mut blocks, mut bytes) = (0_usize, 0_usize);
            rest.retain(|live| {
                let same = live.origin.site == site;
                if same {
                    blocks += 1;
                    bytes += live.origin.layout.size();
                }
                !same
            });
            let age = oldest.age;
            writeln!(f, "  {blocks} blocks, {bytes} bytes, the oldest {age} calls old, {site}")?;
        }
        Ok(())
    }
}
