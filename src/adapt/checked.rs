#![expect(unsafe_code, reason = "writes and reads canaries beside blocks")]
//! Misuse, found when a block comes back.
//!
//! ```text
//!   upstream's block  | ... canary | the user's block | canary |
//!                     ^ start      ^ start + front             ^ + 16
//! ```
//!
//! Invariants:
//!
//! 1. For every live block with bytes there is one entry in `live`, with its address and the layout
//!    it was asked for. It is returned no longer than that, so that layout is the only one that fits.
//! 2. Such a block lies `front` bytes into a block of the upstream's whose layout is [`around`] of the
//!    block's. The 16 bytes before it and the 16 behind it hold the canary of its address.
//! 3. A block of no bytes is made up, and freeing it does nothing.
//!
//! A block that comes back is looked up by its address; then its layout and both canaries are
//! compared; then it is forgotten, remembered among the last [`REMEMBERED`] that were freed, and
//! goes upstream. What does not agree is printed, and the program ends without unwinding, since
//! nothing that it would do from there on can be trusted.
//!
//! The register is on the global heap, out of reach for those who write beyond their blocks.
//!
//! What it does not promise: to see a write that jumps over the canaries, or one that happens to
//! write what is there; to see a second free once the address is in use again, or has left the
//! memory of the last freed (a [`Quarantine`](super::Quarantine) below delays the first).

use core::{
    cell::{Cell, RefCell},
    fmt,
    ptr::{self, NonNull},
    slice,
};
use hashbrown::HashTable;
use liballoc::collections::VecDeque;

use super::{
    corruption::{Corruption, Origin, Side},
    site::{At, Site, Sited},
};
use crate::{
    alloc::{
        AllocError, Allocator, GoodSize, Layout, NeverInvalidates, Owns, Report, Reset,
        ResizeInPlace, Stats,
        blocks::{Allocated, Resize, resize_by_one_body},
        bridge_api2, empty_block,
    },
    panics,
};

/// How many bytes of canary there are on either side.
const CANARY: usize = 16;

/// How many freed blocks are remembered, to tell a second free from a foreign one.
pub const REMEMBERED: usize = 256;

/// Finds double and foreign frees, wrong layouts and overruns, says what it found, and ends the
/// program.
///
/// Cost: 32 bytes and an entry of 64 in a hash table for each block, and a few tens of nanoseconds a
/// call. Blocks move whenever they are resized, unless in place.
///
/// Where a block comes from is known by the handle it was allocated through: see [`at`](Self::at).
///
/// ```
/// use larder::{adapt::{Checked, Corruption}, alloc::{Allocator, Global, Layout}};
///
/// let alloc = Checked::new(Global);
/// let layout = Layout::new::<[u8; 24]>();
/// let block = alloc.at("parser").allocate(layout).unwrap().cast::<u8>();
/// assert_eq!(alloc.inspect(block, layout), Ok(()));
///
/// let wrong = alloc.inspect(block, Layout::new::<u8>()).unwrap_err();
/// assert!(matches!(wrong, Corruption::WrongLayout { .. }));
/// assert!(wrong.to_string().contains(r#"of 24 bytes at a multiple of 1, allocated by call 1, from "parser" at"#));
/// // SAFETY: allocated above, by this layout.
/// unsafe { alloc.deallocate(block, layout) };
///
/// let twice = alloc.inspect(block, layout).unwrap_err();
/// assert!(matches!(twice, Corruption::FreedTwice { freed: 2, .. }));
/// ```
pub struct Checked<A> {
    inner: A,
    secret: u64,
    site: Cell<Site>,
    register: RefCell<Register>,
}

/// What is known of each block.
#[derive(Default)]
struct Register {
    live: HashTable<Entry>,
    /// The last that were freed, oldest first, and the call that freed each.
    freed: VecDeque<(Origin, u64)>,
    calls: u64,
    bytes: usize,
}

struct Entry {
    /// With the right to the whole block of the upstream's.
    ptr: NonNull<u8>,
    origin: Origin,
}

/// What is asked of the upstream for a block of `layout`, and how far in that block lies.
fn around(layout: Layout) -> Option<(Layout, usize)> {
    let front = layout.align().max(CANARY);
    let size = layout.size().checked_add(front + CANARY)?;
    Some((Layout::from_size_align(size, layout.align()).ok()?, front))
}

fn hash_of(address: usize) -> u64 {
    let mixed = (address as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed ^ mixed >> 32
}

impl Register {
    fn entry(&self, address: usize) -> Option<&Entry> {
        self.live.find(hash_of(address), |entry| entry.origin.address == address)
    }

    /// Makes room for one more.
    fn reserve(&mut self) -> Result<(), AllocError> {
        let hash = |entry: &Entry| hash_of(entry.origin.address);
        self.live.try_reserve(1, hash).map_err(|_| AllocError)
    }

    /// Notes a new block. There is room for it.
    fn began(&mut self, ptr: NonNull<u8>, layout: Layout, site: Site) {
        self.calls += 1;
        self.bytes = self.bytes.wrapping_add(layout.size());
        let address = ptr.addr().get();
        let origin = Origin { address, layout, serial: self.calls, site };
        let hash = |entry: &Entry| hash_of(entry.origin.address);
        self.live.insert_unique(hash_of(address), Entry { ptr, origin }, hash);
    }

    fn ended(&mut self, address: usize) {
        self.calls += 1;
        let is_it = |entry: &Entry| entry.origin.address == address;
        let Ok(found) = self.live.find_entry(hash_of(address), is_it) else { return };
        let (Entry { origin, .. }, _) = found.remove();
        self.bytes = self.bytes.wrapping_sub(origin.layout.size());
        if self.freed.len() == REMEMBERED {
            self.freed.pop_front();
        } else if self.freed.try_reserve(1).is_err() {
            return;
        }
        self.freed.push_back((origin, self.calls));
    }

    /// What a block is that is not live.
    fn unknown(&self, address: usize, layout: Layout) -> Corruption {
        let freed = self.freed.iter().rev().find(|(origin, _)| origin.address == address);
        if let Some((block, freed)) = freed {
            return Corruption::FreedTwice { block: *block, freed: *freed };
        }
        let inside = |origin: &Origin| {
            address.checked_sub(origin.address).is_some_and(|at| at < origin.layout.size())
        };
        let within = self.live.iter().map(|entry| entry.origin).find(inside);
        Corruption::Foreign { address, layout, within }
    }
}

impl<A> Checked<A> {
    /// Checks the blocks of `inner`.
    pub fn new(inner: A) -> Self {
        // Where the stack and the program are differs from run to run.
        let secret = hash_of(ptr::from_ref(&inner).addr()) ^ (Self::new as *const ()).addr() as u64;
        let (site, register) = (Cell::new(Site::UNKNOWN), RefCell::new(Register::default()));
        Self { inner, secret, site, register }
    }

    /// The allocator within.
    pub const fn inner(&self) -> &A {
        &self.inner
    }

    /// How many bytes are live, as asked for.
    pub fn live_bytes(&self) -> usize {
        self.register.borrow().bytes
    }

    /// How many blocks with bytes are live.
    pub fn live_blocks(&self) -> usize {
        self.register.borrow().live.len()
    }

    /// Looks at the block at `ptr` as if it were to be freed with `layout`.
    ///
    /// # Errors
    ///
    /// With what is wrong. No block need be there.
    pub fn inspect(&self, ptr: NonNull<u8>, layout: Layout) -> Result<(), Corruption> {
        let (address, register) = (ptr.addr().get(), self.register.borrow());
        let Some(entry) = register.entry(address) else {
            return if layout.size() == 0 {
                Ok(())
            } else {
                Err(register.unknown(address, layout))
            };
        };
        if entry.origin.layout != layout {
            return Err(Corruption::WrongLayout { block: entry.origin, layout });
        }
        self.check_entry(entry)
    }

    /// Looks at the canaries of all live blocks, for as long as that takes.
    ///
    /// # Errors
    ///
    /// When one was written to.
    pub fn check(&self) -> Result<(), Corruption> {
        self.register.borrow().live.iter().try_for_each(|entry| self.check_entry(entry))
    }

    fn canary(&self, address: usize) -> [u8; CANARY] {
        let low = hash_of(address) ^ self.secret;
        let both = u128::from(hash_of(low as usize)) << 64 | u128::from(low);
        both.to_ne_bytes()
    }

    fn check_entry(&self, entry: &Entry) -> Result<(), Corruption> {
        let Entry { ptr, origin } = entry;
        let canary = self.canary(origin.address);
        for side in [Side::Before, Side::After] {
            // SAFETY: the canaries are next to the block, in the same one of the upstream's (2).
            let at = unsafe { canary_at(*ptr, origin.layout.size(), side) };
            // SAFETY: they were written when the block began (2); they are not the user's bytes.
            let there = unsafe { slice::from_raw_parts(at.as_ptr(), CANARY) };
            let differs = |i: &usize| there[*i] != canary[*i];
            let wrong = match side {
                Side::Before => (0..CANARY).rev().find(differs),
                Side::After => (0..CANARY).find(differs),
            };
            if let Some(i) = wrong {
                let distance = if side == Side::Before { CANARY - i } else { i + 1 };
                let (found, expected) = (there[i], canary[i]);
                let block = *origin;
                return Err(Corruption::Overrun { block, side, distance, found, expected });
            }
        }
        Ok(())
    }

    /// # Safety
    ///
    /// `ptr` is `front` bytes into a block of the upstream's whose layout is [`around`] of one with
    /// `size` bytes, and nobody uses the bytes beside those.
    unsafe fn write_canaries(&self, ptr: NonNull<u8>, size: usize) {
        let canary = self.canary(ptr.addr().get());
        for side in [Side::Before, Side::After] {
            // SAFETY: `around` leaves room on both sides.
            let at = unsafe { canary_at(ptr, size, side) };
            // SAFETY: as above, and nobody uses the bytes.
            unsafe { ptr::copy_nonoverlapping(canary.as_ptr(), at.as_ptr(), CANARY) };
        }
    }
}

/// # Safety
///
/// There are 16 bytes before `ptr`, and `size` behind it, in the same block of the upstream's.
unsafe fn canary_at(ptr: NonNull<u8>, size: usize, side: Side) -> NonNull<u8> {
    match side {
        // SAFETY: as the caller promises.
        Side::Before => unsafe { ptr.sub(CANARY) },
        // SAFETY: as the caller promises.
        Side::After => unsafe { ptr.add(size) },
    }
}

impl<A: Allocator> Checked<A> {
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

    fn request(&self, layout: Layout, how: Resize) -> Allocated {
        if layout.size() == 0 {
            return Ok(empty_block(layout));
        }
        let (outer, front) = around(layout).ok_or(AllocError)?;
        self.register.borrow_mut().reserve()?;
        let start = how.allocate(&self.inner, outer)?.cast::<u8>();
        // SAFETY: the block is `front` bytes longer than the user's and a canary.
        let ptr = unsafe { start.add(front) };
        // SAFETY: that is where the block is, and it is new.
        unsafe { self.write_canaries(ptr, layout.size()) };
        self.register.borrow_mut().began(ptr, layout, self.site.get());
        Ok(NonNull::slice_from_raw_parts(ptr, layout.size()))
    }

    fn require(&self, ptr: NonNull<u8>, layout: Layout) {
        if let Err(corruption) = self.inspect(ptr, layout) {
            panics::corrupted(&corruption);
        }
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        // Before anything is copied by a size that may be wrong.
        self.require(ptr, old);
        // SAFETY: the block is live, and `old` fits it.
        unsafe { how.across(self, self, ptr, old, new) }
    }
}

// SAFETY: a block is a part of a block of the upstream's that no other shares (2), and the rest of
// that block is ours, so the user's bytes are neither read nor written; misuse ends the program.
unsafe impl<A: Allocator> Allocator for Checked<A> {
    fn allocate(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::Grow)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::GrowZeroed)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        self.require(ptr, layout);
        let (0, Some((outer, front))) = (usize::from(layout.size() == 0), around(layout)) else {
            return;
        };
        self.register.borrow_mut().ended(ptr.addr().get());
        // SAFETY: the block was found live with this layout, so it lies so far in (2).
        let start = unsafe { ptr.sub(front) };
        // SAFETY: that block is the upstream's with that layout (2).
        unsafe { self.inner.deallocate(start, outer) }
    }

    resize_by_one_body!();
}

bridge_api2!([A: Allocator] Checked<A>);

// SAFETY: the register has the address of every live block (1), and no other allocator has a block
// that begins in one of ours.
unsafe impl<A: Allocator> Owns for Checked<A> {
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        layout.size() != 0 && self.register.borrow().entry(ptr.addr().get()).is_some()
    }
}

// SAFETY: the upstream does it, with the bytes beside the block; the canary behind is written anew,
// where the upstream's block ends now.
unsafe impl<A: ResizeInPlace> ResizeInPlace for Checked<A> {
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        self.require(ptr, old);
        let new = Layout::from_size_align(size, old.align()).map_err(|_| AllocError)?;
        if old.size() == 0 || size == 0 {
            return if old.size() == size { Ok(0) } else { Err(AllocError) };
        }
        let (outer, front) = around(old).ok_or(AllocError)?;
        let (wanted, _) = around(new).ok_or(AllocError)?;
        // SAFETY: the block was found live with this layout, so it lies so far in (2).
        let start = unsafe { ptr.sub(front) };
        // SAFETY: that block is the upstream's with that layout (2).
        unsafe { self.inner.resize_in_place(start, outer, wanted.size()) }?;
        let mut register = self.register.borrow_mut();
        register.bytes = register.bytes.wrapping_sub(old.size()).wrapping_add(size);
        let address = ptr.addr().get();
        let is_it = |entry: &Entry| entry.origin.address == address;
        if let Some(entry) = register.live.find_mut(hash_of(address), is_it) {
            entry.origin.layout = new;
        }
        // SAFETY: the block has its new size and the bytes beside it.
        unsafe { self.write_canaries(ptr, size) };
        Ok(size)
    }
}

impl<A: Allocator> GoodSize for Checked<A> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        layout.size()
    }
}

impl<A: Reset> Reset for Checked<A> {
    fn end_blocks(&mut self) {
        if let Err(corruption) = self.check() {
            panics::corrupted(&corruption);
        }
        let register = self.register.get_mut();
        register.live.clear();
        register.bytes = 0;
        self.inner.end_blocks();
    }
}

/// Bytes and blocks as they were asked for; what the upstream has, if it says so.
impl<A: Allocator + Report> Report for Checked<A> {
    fn report(&self) -> Stats {
        let live_blocks = Some(self.live_blocks());
        Stats { live_bytes: self.live_bytes(), live_blocks, ..self.inner.report() }
    }
}

// SAFETY: setting a cell does not unwind.
unsafe impl<A: Allocator> Sited for Checked<A> {
    fn swap_site(&self, site: Site) -> Site {
        self.site.replace(site)
    }
}

// SAFETY: the register holds addresses beside the blocks of an upstream that goes along.
unsafe impl<A: Send> Send for Checked<A> {}
// SAFETY: a block lasts as long as the upstream's that it lies in (2).
unsafe impl<A: NeverInvalidates> NeverInvalidates for Checked<A> {}

impl<A: fmt::Debug> fmt::Debug for Checked<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("live_blocks", &self.live_blocks())
            .field("live_bytes", &self.live_bytes())
            .field("inner", &self.inner)
            .finish()
    }
}
