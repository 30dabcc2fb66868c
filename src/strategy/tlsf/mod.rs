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
//! **Where a large block goes** depends on how much there is. While some run has five eighths of all
//! memory, a block of more than 3 KiB is cut off a run four times as long, so that it can grow where it
//! is. Later, one that shrinks moves to a run that fits it, if a few steps find one, and leaves one large
//! run behind: that is what lets blocks fill a region to 97 %, with the largest a thousandth of it.
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

mod carve;
mod quick;
mod region;
mod regions;
mod resize;
mod run;
mod traits;

#[cfg(test)]
mod tests;

use core::{cell::Cell, fmt, mem::MaybeUninit, ptr::NonNull};

use quick::Quick;
use region::{Link, Region};
use run::{GRANULE, Lists};

use crate::{
    alloc::{Allocator, Buffer, Cause, Global, Layout, Refusal},
    bits::growth,
    strategy::{
        bank::Bank,
        chunk::{self, Chunks},
    },
};

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
    /// request of that size, and not 32; of each size no more than 8 KiB. With 0 no work is ever put off, so the
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
        self.each_region(|region| {
            // SAFETY: it is one of our regions, and `&mut self` shows that no block is in use.
            unsafe { self.open(region) };
        });
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

/// A block of as many granules as `size` bytes need, and its whole length.
#[inline]
fn whole(block: NonNull<u8>, size: usize) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(block, granules_of(size) * GRANULE)
}

impl<A: Allocator> Drop for Tlsf<A> {
    fn drop(&mut self) {
        self.each_region(Region::show);
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
