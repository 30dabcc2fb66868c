#![expect(unsafe_code, reason = "reads and writes the links inside free blocks")]
//! Free blocks by order, linked both ways through their first granule.
//!
//! Invariants of a [`Free`] in list `k`, until it is removed:
//!
//! 1. It points to a block of order `k` with the right to all of it, and nobody but the lists uses it.
//! 2. Its links are its neighbours in the list.
//! 3. Bit `k` of `occupied` is set exactly when list `k` has a block.

use core::{cell::Cell, ptr::NonNull};

use crate::{
    alloc::shadow,
    bits::buddy::{GRANULE, ORDERS, size_of_order},
};

type Link = Option<Free>;

struct Links {
    next: Cell<Link>,
    prev: Cell<Link>,
}

/// A free block.
#[derive(Clone, Copy)]
pub(super) struct Free(NonNull<Links>);

impl Free {
    /// The free block that begins there.
    #[inline]
    pub(super) const fn new(start: NonNull<u8>) -> Self {
        Self(start.cast())
    }

    /// # Safety
    ///
    /// The block is in a list.
    #[inline]
    unsafe fn links<'a>(self) -> &'a Links {
        // SAFETY: the links were written when it was put there (2), and only the lists use them (1).
        unsafe { self.0.as_ref() }
    }
}

pub(super) struct Lists {
    heads: [Cell<Link>; ORDERS],
    occupied: Cell<usize>,
}

impl Lists {
    pub(super) const fn new() -> Self {
        Self { heads: [const { Cell::new(None) }; ORDERS], occupied: Cell::new(0) }
    }

    /// # Safety
    ///
    /// The block has that order, is free, and is in no list.
    #[inline]
    pub(super) unsafe fn push(&self, block: Free, order: usize) {
        shadow::open(block.0.cast(), GRANULE);
        let next = self.heads[order].replace(Some(block));
        let links = Links { next: Cell::new(next), prev: Cell::new(None) };
        // SAFETY: a block has a granule at least, and is aligned to it.
        unsafe { block.0.write(links) };
        if let Some(next) = next {
            // SAFETY: it is in the list (2).
            unsafe { next.links() }.prev.set(Some(block));
        }
        self.occupied.set(self.occupied.get() | 1 << order);
        // SAFETY: a block has a granule at least.
        let rest = unsafe { block.0.cast::<u8>().add(GRANULE) };
        shadow::close(rest, size_of_order(order) - GRANULE);
    }

    /// # Safety
    ///
    /// The block is in the list of `order`.
    #[inline]
    pub(super) unsafe fn remove(&self, block: Free, order: usize) {
        // SAFETY: as promised by the caller.
        let (next, prev) = unsafe { block.links() }.both();
        if let Some(next) = next {
            // SAFETY: it is in the list (2).
            unsafe { next.links() }.prev.set(prev);
        }
        match prev {
            // SAFETY: it is in the list (2).
            Some(prev) => unsafe { prev.links() }.next.set(next),
            None => self.set_head(order, next),
        }
    }

    /// Takes a block of the least order from `order` on that has one. Returns that order too.
    #[inline]
    pub(super) fn pop_from(&self, order: usize) -> Option<(NonNull<u8>, usize)> {
        let found = self.occupied.get() >> order << order;
        let has = found.trailing_zeros() as usize;
        let block = self.heads.get(has)?.get()?;
        // SAFETY: it is in the list.
        let next = unsafe { block.links() }.next.get();
        if let Some(next) = next {
            // SAFETY: it is in the list (2).
            unsafe { next.links() }.prev.set(None);
        }
        self.set_head(has, next);
        Some((block.0.cast(), has))
    }

    #[inline]
    fn set_head(&self, order: usize, head: Link) {
        self.heads[order].set(head);
        let empty = usize::from(head.is_none());
        self.occupied.set(self.occupied.get() & !(empty << order));
    }

    /// The highest order that has a block.
    pub(super) fn last(&self) -> Option<usize> {
        self.occupied.get().checked_ilog2().map(|order| order as usize)
    }

    /// How many blocks list `order` has.
    pub(super) fn count(&self, order: usize) -> usize {
        let mut link = self.heads[order].get();
        let mut count = 0;
        while let Some(block) = link {
            count += 1;
            // SAFETY: it is in the list.
            link = unsafe { block.links() }.next.get();
        }
        count
    }
}

impl Links {
    #[inline]
    fn both(&self) -> (Link, Link) {
        (self.next.get(), self.prev.get())
    }
}

const _: () = assert!(size_of::<Links>() == GRANULE);
