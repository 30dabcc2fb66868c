#![expect(unsafe_code, reason = "keeps a bitmap in front of the memory that it describes")]
//! A region: memory in one piece, with a bitmap in front that says where free runs begin and end.
//!
//! ```text
//!  | header | edges | (notes) | granules to carve ...              |
//!  ^ base, granule 0          ^ the first                granule n ^
//! ```
//!
//! A bit of `edges` is set for the first and for the last granule of each free run. So a block that is
//! freed asks one bit for the granule behind it and one for the granule before it, and needs no
//! header of its own: nothing is stored in or beside a live block. In debug builds
//! two more bitmaps note where blocks begin and which are live, and each block that comes back is
//! checked.
//!
//! Invariants of a [`Region`] that [`Region::found`] returned, until its memory is taken back:
//!
//! 1. `base..base + len` is ours alone, but for the live blocks in it, with the right to all of it.
//! 2. The header and the bitmaps lie in the first granules, which no run and no block covers,
//!    and there is a bit for every granule and one more, which is never set.

use core::{cell::Cell, num::NonZero, ptr::NonNull};

use super::run::{CHECKED, GRANULE, Run};
use crate::{alloc::shadow, bits::align};

pub(super) type Link = Option<NonNull<Header>>;

/// What stands in front of each region.
pub(super) struct Header {
    pub(super) next: Cell<Link>,
    len: usize,
}

const WORD: usize = usize::BITS as usize;
const MAPS: usize = if CHECKED { 3 } else { 1 };

/// A region at hand: where it is and how long.
#[derive(Clone, Copy)]
pub(super) struct Region {
    base: NonNull<u8>,
    len: usize,
}

/// What debug builds note about a granule.
#[derive(Clone, Copy)]
pub(super) enum Noted {
    /// A block begins there that was cut off and has not been joined again.
    Block = 1,
    /// It is the caller's.
    Live,
}

/// Words in a bitmap for `granules` and one more.
#[inline]
const fn words_for(granules: usize) -> usize {
    granules / WORD + 1
}

const fn first_of(granules: usize) -> usize {
    (size_of::<Header>() + MAPS * words_for(granules) * size_of::<usize>()).div_ceil(GRANULE)
}

/// How long a region must be, wherever it lies, to have a run of `bytes`.
pub(super) fn len_for(bytes: usize) -> Option<usize> {
    let fixed = size_of::<Header>() + (MAPS * 2 + 4) * GRANULE;
    let content = bytes.checked_add(fixed)?;
    content.checked_add(content / (WORD * GRANULE / size_of::<usize>() / MAPS - 1) + 1)
}

impl Region {
    /// No memory at all.
    pub(super) const NONE: Self = Self { base: NonNull::dangling(), len: 0 };

    /// Makes a region of `len` bytes at `start`, if that is enough for anything, with no free run
    /// yet.
    ///
    /// # Safety
    ///
    /// The bytes are ours alone, for as long as the region is used, and do not reach the last address.
    pub(super) unsafe fn found(start: NonNull<u8>, len: usize) -> Option<Self> {
        let address = start.addr().get();
        let pad = align::up(address, GRANULE)? - address;
        let granules = len.checked_sub(pad)? / GRANULE;
        let first = first_of(granules);
        if first >= granules {
            return None;
        }
        // SAFETY: the padding is less than the length.
        let base = unsafe { start.add(pad) };
        let len = granules * GRANULE;
        shadow::open(base, len);
        let header = Header { next: Cell::new(None), len };
        // SAFETY: it is aligned, and in the first granules.
        unsafe { base.cast().write(header) };
        Some(Self { base, len })
    }

    /// # Safety
    ///
    /// The header is that of a region in use.
    pub(super) unsafe fn of(header: NonNull<Header>) -> Self {
        // SAFETY: as promised by the caller.
        let len = unsafe { header.as_ref() }.len;
        Self { base: header.cast(), len }
    }

    pub(super) fn header(self) -> NonNull<Header> {
        self.base.cast()
    }

    pub(super) const fn len(self) -> usize {
        self.len
    }

    /// Lets all bytes be touched.
    pub(super) fn show(self) {
        shadow::open(self.base, self.len);
    }

    /// Forgets all runs and blocks, and returns the first granule to carve and how many there are.
    pub(super) fn clear(self) -> (usize, usize) {
        let granules = self.len / GRANULE;
        let first = first_of(granules);
        // SAFETY: the bitmaps are ours (2).
        unsafe { self.word(0).write_bytes(0, MAPS * words_for(granules)) };
        (first, granules - first)
    }

    #[inline]
    pub(super) fn contains(self, address: usize) -> bool {
        address.wrapping_sub(self.base.addr().get()) < self.len
    }

    /// # Safety
    ///
    /// The address is in the region.
    #[inline]
    pub(super) unsafe fn granule_of(self, address: usize) -> usize {
        (address - self.base.addr().get()) / GRANULE
    }

    /// The address, with the right to the region.
    #[inline]
    pub(super) fn pointer_to(self, address: NonZero<usize>) -> NonNull<u8> {
        self.base.with_addr(address)
    }

    /// The address of a granule, with the right to the region.
    ///
    /// # Safety
    ///
    /// The region has that granule, or it is the one past the last.
    #[inline]
    pub(super) unsafe fn at(self, granule: usize) -> NonNull<u8> {
        // SAFETY: as promised by the caller.
        unsafe { self.base.add(granule * GRANULE) }
    }

    /// The run that begins at `granule`.
    ///
    /// # Safety
    ///
    /// That granule is free.
    #[inline]
    pub(super) unsafe fn run_at(self, granule: usize) -> Run {
        // SAFETY: as promised by the caller.
        let start = unsafe { self.at(granule) };
        // SAFETY: as promised by the caller.
        unsafe { Run::new(start.as_ptr()) }
    }

    #[inline]
    fn word(self, index: usize) -> *mut usize {
        let bits = self.base.as_ptr().wrapping_add(size_of::<Header>()).cast::<usize>();
        bits.wrapping_add(index)
    }

    /// Whether a free run begins or ends at `granule`.
    ///
    /// # Safety
    ///
    /// The region has that granule, or it is the one past the last. The same holds below.
    #[inline]
    pub(super) unsafe fn is_edge(self, granule: usize) -> bool {
        // SAFETY: there is a bit for it (2).
        unsafe { self.word(granule / WORD).read() >> (granule % WORD) & 1 != 0 }
    }

    /// # Safety
    ///
    /// As [`is_edge`](Self::is_edge).
    #[inline]
    pub(super) unsafe fn set_edge(self, granule: usize) {
        let word = self.word(granule / WORD);
        // SAFETY: there is a bit for it (2).
        let bits = unsafe { word.read() };
        // SAFETY: the same.
        unsafe { word.write(bits | 1 << (granule % WORD)) };
    }

    /// # Safety
    ///
    /// As [`is_edge`](Self::is_edge).
    #[inline]
    pub(super) unsafe fn clear_edge_if(self, granule: usize, clear: bool) {
        let word = self.word(granule / WORD);
        // SAFETY: there is a bit for it (2).
        let bits = unsafe { word.read() };
        // SAFETY: the same.
        unsafe { word.write(bits & !(usize::from(clear) << (granule % WORD))) };
    }

    /// Notes in debug builds whether a block begins at `granule`, or does nothing.
    ///
    /// # Safety
    ///
    /// As [`is_edge`](Self::is_edge).
    #[inline]
    pub(super) unsafe fn note(self, what: Noted, granule: usize, holds: bool) {
        if CHECKED {
            let word = self.noted_word(what, granule);
            // SAFETY: in debug builds there are two more bitmaps (2).
            let bits = unsafe { word.read() } & !(1 << (granule % WORD));
            // SAFETY: the same.
            unsafe { word.write(bits | usize::from(holds) << (granule % WORD)) };
        }
    }

    #[inline]
    fn noted_word(self, what: Noted, granule: usize) -> *mut usize {
        self.word(what as usize * words_for(self.len / GRANULE) + granule / WORD)
    }

    /// What is wrong with taking back a block of `granules` at `address`, if something is. Known in
    /// debug builds only.
    pub(super) fn complaint(self, address: usize, granules: usize) -> Option<&'static str> {
        let noted = |what, g: usize| {
            // SAFETY: the bitmaps are there whenever this is called (2), and have a bit for each.
            (unsafe { self.noted_word(what, g).read() }) >> (g % WORD) & 1 != 0
        };
        let begins = |g| noted(Noted::Block, g);
        let all = self.len / GRANULE;
        let granule = (address - self.base.addr().get()) / GRANULE;
        let end = granule.saturating_add(granules);
        if !address.is_multiple_of(GRANULE) || !noted(Noted::Live, granule) {
            return Some("no live block begins there: it was freed before, or never handed out");
        }
        if end > all || (granule + 1..end).any(begins) {
            return Some("the block is shorter than that: the layout is not the block's");
        }
        // SAFETY: granules up to the one past the last have a bit (2).
        if end < all && !begins(end) && !unsafe { self.is_edge(end) } {
            return Some("the block is longer than that: the layout is not the block's");
        }
        None
    }
}
