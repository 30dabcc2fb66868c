#![expect(unsafe_code, reason = "keeps its table in pages of the kernel's")]
//! Which blocks are live: their addresses, in a table that needs no other allocator.
//!
//! The first few are noted in place, more in pages of their own; so an allocator that has few blocks
//! asks the kernel for nothing. Open addressing: an address is at its place or behind it, with no free
//! slot between, and when one goes those behind it move up.
//!
//! Invariants:
//!
//! 1. `pages`, if there is one, is as many readable and writable bytes, which are this table's alone.
//! 2. The number of slots is a power of two, and at least a quarter of them is free.

use core::{mem, ptr::NonNull, slice};

use super::{Access, Backing, Call, Error, Kernel, stock::Span};

/// The slots in place.
const FEW: usize = 16;

pub(super) struct Live {
    few: [usize; FEW],
    pages: Option<Span>,
    /// Those that are noted, and those that are on their way.
    count: usize,
}

/// Where an address has its place among so many slots.
fn home(address: usize, slots: usize) -> usize {
    // The golden ratio spreads addresses that are multiples of a page over the highest bits.
    let spread = (address as u64 >> 4).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (spread >> 32) as usize & (slots - 1)
}

/// The slot of an address, or the free one where it would be.
fn find(slots: &[usize], address: usize) -> usize {
    let mut at = home(address, slots.len());
    while slots[at] != 0 && slots[at] != address {
        at = (at + 1) & (slots.len() - 1);
    }
    at
}

impl Live {
    pub(super) const fn new() -> Self {
        Self { few: [0; FEW], pages: None, count: 0 }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Bytes of the pages that the table is in.
    pub(super) fn bytes(&self) -> usize {
        self.pages.map_or(0, |pages| pages.len)
    }

    fn slots(&mut self) -> &mut [usize] {
        match self.pages {
            None => &mut self.few,
            Some(pages) => {
                let count = pages.len / size_of::<usize>();
                // SAFETY: the pages are ours (1), and any bytes are numbers.
                unsafe { slice::from_raw_parts_mut(pages.at().cast().as_ptr(), count) }
            }
        }
    }

    pub(super) fn contains(&mut self, at: NonNull<u8>) -> bool {
        let slots = self.slots();
        slots[find(slots, at.addr().get())] != 0
    }

    /// Notes a block. Returns how many bytes the kernel should have taken back and did not.
    ///
    /// # Errors
    ///
    /// When the kernel has no pages for a larger table; nothing has changed.
    pub(super) fn insert(&mut self, at: NonNull<u8>, kernel: &impl Kernel) -> Result<usize, Error> {
        let full = self.count >= self.slots().len() / 4 * 3;
        let stranded = if full { self.widen(kernel)? } else { 0 };
        self.count += 1;
        self.arrive(at);
        Ok(stranded)
    }

    fn put(&mut self, address: usize) {
        let slots = self.slots();
        slots[find(slots, address)] = address;
    }

    #[cold]
    fn widen(&mut self, kernel: &impl Kernel) -> Result<usize, Error> {
        let len = match self.pages {
            None => kernel.page_size(),
            Some(pages) => pages.len.checked_mul(2).ok_or(Error::too_large(Call::Map))?,
        };
        let at = kernel.map(len, Access::ReadWrite, Backing::Private);
        let at = at.map_err(|errno| Error::new(Call::Map, len, errno))?;
        let pages = Some(Span::new(at, len, len));
        let mut wider = Self { pages, count: self.count, ..Self::new() };
        self.slots()
            .iter()
            .filter(|address| **address != 0)
            .for_each(|address| wider.put(*address));
        Ok(mem::replace(self, wider).release(kernel))
    }

    /// A block is no longer.
    pub(super) fn remove(&mut self, at: NonNull<u8>) {
        self.depart(at);
        self.count -= 1;
    }

    /// A block is about to have another address: its own may be somebody else's any moment.
    pub(super) fn depart(&mut self, at: NonNull<u8>) {
        let slots = self.slots();
        let mut hole = find(slots, at.addr().get());
        let wrap = slots.len() - 1;
        let mut next = (hole + 1) & wrap;
        while slots[next] != 0 {
            let from_home = next.wrapping_sub(home(slots[next], slots.len())) & wrap;
            if from_home >= next.wrapping_sub(hole) & wrap {
                slots[hole] = slots[next];
                hole = next;
            }
            next = (next + 1) & wrap;
        }
        slots[hole] = 0;
    }

    /// It is here now.
    pub(super) fn arrive(&mut self, at: NonNull<u8>) {
        self.put(at.addr().get());
    }

    /// Gives the pages back, and returns how many bytes the kernel did not take: those stay until the
    /// process ends.
    pub(super) fn release(self, kernel: &impl Kernel) -> usize {
        let Some(pages) = self.pages else { return 0 };
        // SAFETY: the pages are ours (1), and the table is gone.
        let taken = unsafe { kernel.unmap(pages.at(), pages.len) };
        taken.map_or(pages.len, |()| 0)
    }
}
