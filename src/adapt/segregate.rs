#![expect(unsafe_code, reason = "implements `Allocator` over two others")]
//! Two allocators, parted by size.
//!
//! ```text
//!   size   0 ......... LIMIT | LIMIT + 1 ......... isize::MAX
//!          Small             | Large
//! ```
//!
//! Invariant: a block whose size is at most `LIMIT` is `Small`'s, all others are `Large`'s. It holds
//! for every size that fits a block, since a block of `Small`'s is returned with at most `LIMIT`
//! bytes, however many it has, and a block of `Large`'s was asked for with more.
//!
//! A block that grows or shrinks across the limit moves: a new block, a copy, the old one freed. If
//! the other side refuses, nothing has changed.

use core::{mem::MaybeUninit, ptr::NonNull};

use super::both;
use crate::alloc::{
    AllocError, Allocator, Bulk, CloneEquivalent, GoodSize, Layout, NeverInvalidates, Owns, Report,
    Reset, ResizeInPlace, Stats,
    blocks::{Allocated, Resize, cut, resize_by_one_body},
    bridge_api2,
};

/// Serves requests of at most `LIMIT` bytes from `Small`, and larger ones from `Large`.
///
/// Cost: one comparison with a constant, and nothing where the size is known when the program is
/// compiled. For more classes put one into another; each limit is one comparison:
///
/// ```
/// use larder::{Arena, adapt::Segregate, alloc::{Api2, Global}};
///
/// type Classes = Segregate<64, Arena, Segregate<4096, Arena, Global>>;
/// let alloc = Classes::new(Arena::new(), Segregate::new(Arena::new(), Global));
///
/// let mut numbers = allocator_api2::vec::Vec::new_in(Api2(&alloc));
/// numbers.extend(0..8_u64);
/// assert!(alloc.small().used_bytes() >= 64);
/// numbers.extend(8..10_000);
/// assert!(numbers.iter().copied().eq(0..10_000));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Segregate<const LIMIT: usize, Small, Large> {
    small: Small,
    large: Large,
}

impl<const LIMIT: usize, Small, Large> Segregate<LIMIT, Small, Large> {
    /// Serves what is at most `LIMIT` bytes from `small`, and the rest from `large`.
    pub const fn new(small: Small, large: Large) -> Self {
        Self { small, large }
    }

    /// The allocator of the small blocks.
    pub const fn small(&self) -> &Small {
        &self.small
    }

    /// The allocator of the large blocks.
    pub const fn large(&self) -> &Large {
        &self.large
    }

    #[inline]
    const fn is_small(size: usize) -> bool {
        size <= LIMIT
    }

    /// A block of `Small`'s, no longer than routing allows.
    #[inline]
    fn cap(block: NonNull<[u8]>) -> NonNull<[u8]> {
        cut(block, block.len().min(LIMIT))
    }
}

impl<const LIMIT: usize, S: Allocator, L: Allocator> Segregate<LIMIT, S, L> {
    #[inline]
    fn request(&self, layout: Layout, how: Resize) -> Allocated {
        if Self::is_small(layout.size()) {
            how.allocate(&self.small, layout).map(Self::cap)
        } else {
            how.allocate(&self.large, layout)
        }
    }

    /// # Safety
    ///
    /// As the method of [`Allocator`] has it whose name is `how`.
    #[inline]
    unsafe fn resize(&self, how: Resize, ptr: NonNull<u8>, old: Layout, new: Layout) -> Allocated {
        let Self { small, large } = self;
        match (Self::is_small(old.size()), Self::is_small(new.size())) {
            // SAFETY: the block is `small`'s, and the promise carries over.
            (true, true) => unsafe { how.within(small, ptr, old, new) }.map(Self::cap),
            // SAFETY: the block is `large`'s, and the promise carries over.
            (false, false) => unsafe { how.within(large, ptr, old, new) },
            // SAFETY: the block is `small`'s, and `old` fits it.
            (true, false) => unsafe { how.across(small, large, ptr, old, new) },
            // SAFETY: the block is `large`'s, and `old` fits it.
            (false, true) => unsafe { how.across(large, small, ptr, old, new) }.map(Self::cap),
        }
    }
}

// SAFETY: blocks are those of two allocators that keep the contract, and every size that fits a block
// leads back to its own.
unsafe impl<const LIMIT: usize, S: Allocator, L: Allocator> Allocator for Segregate<LIMIT, S, L> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::Grow)
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Allocated {
        self.request(layout, Resize::GrowZeroed)
    }

    #[inline]
    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        if Self::is_small(layout.size()) {
            // SAFETY: the size says that the block is `small`'s.
            unsafe { self.small.deallocate(ptr, layout) }
        } else {
            // SAFETY: the size says that the block is `large`'s.
            unsafe { self.large.deallocate(ptr, layout) }
        }
    }

    resize_by_one_body!();
}

bridge_api2!([const LIMIT: usize, S: Allocator, L: Allocator] Segregate<LIMIT, S, L>);

// SAFETY: the side that the size leads to is the only one of the two that can have the block.
unsafe impl<const LIMIT: usize, S: Owns, L: Owns> Owns for Segregate<LIMIT, S, L> {
    #[inline]
    fn owns(&self, ptr: NonNull<u8>, layout: Layout) -> bool {
        if Self::is_small(layout.size()) {
            self.small.owns(ptr, layout)
        } else {
            self.large.owns(ptr, layout)
        }
    }
}

// SAFETY: the block's own side does it, or nothing happens.
unsafe impl<const LIMIT: usize, S: ResizeInPlace, L: ResizeInPlace> ResizeInPlace
    for Segregate<LIMIT, S, L>
{
    #[inline]
    unsafe fn resize_in_place(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        size: usize,
    ) -> Result<usize, AllocError> {
        match (Self::is_small(old.size()), Self::is_small(size)) {
            (true, true) => {
                // SAFETY: the block is `small`'s.
                let got = unsafe { self.small.resize_in_place(ptr, old, size) }?;
                Ok(got.min(LIMIT))
            }
            // SAFETY: the block is `large`'s.
            (false, false) => unsafe { self.large.resize_in_place(ptr, old, size) },
            _ => Err(AllocError),
        }
    }
}

impl<const LIMIT: usize, S: GoodSize, L: GoodSize> GoodSize for Segregate<LIMIT, S, L> {
    #[inline]
    fn good_size(&self, layout: Layout) -> usize {
        if Self::is_small(layout.size()) {
            self.small.good_size(layout).min(LIMIT)
        } else {
            self.large.good_size(layout)
        }
    }
}

// SAFETY: one of the two fills the entries and says how many.
unsafe impl<const LIMIT: usize, S: Bulk, L: Bulk> Bulk for Segregate<LIMIT, S, L> {
    fn allocate_bulk(&self, layout: Layout, blocks: &mut [MaybeUninit<NonNull<u8>>]) -> usize {
        if Self::is_small(layout.size()) {
            self.small.allocate_bulk(layout, blocks)
        } else {
            self.large.allocate_bulk(layout, blocks)
        }
    }

    unsafe fn deallocate_bulk(&self, layout: Layout, blocks: &[NonNull<u8>]) {
        if Self::is_small(layout.size()) {
            // SAFETY: the size says that the blocks are `small`'s.
            unsafe { self.small.deallocate_bulk(layout, blocks) }
        } else {
            // SAFETY: the size says that the blocks are `large`'s.
            unsafe { self.large.deallocate_bulk(layout, blocks) }
        }
    }
}

impl<const LIMIT: usize, S: Reset, L: Reset> Reset for Segregate<LIMIT, S, L> {
    fn end_blocks(&mut self) {
        self.small.end_blocks();
        self.large.end_blocks();
    }
}

impl<const LIMIT: usize, S: Report, L: Report> Report for Segregate<LIMIT, S, L> {
    fn report(&self) -> Stats {
        both(self.small.report(), self.large.report())
    }
}

// SAFETY: clones of both parts are equivalent to them, and sizes lead the same way.
unsafe impl<const LIMIT: usize, S: CloneEquivalent, L: CloneEquivalent> CloneEquivalent
    for Segregate<LIMIT, S, L>
{
}
// SAFETY: every block is of one of the two, neither of which ends any.
unsafe impl<const LIMIT: usize, S: NeverInvalidates, L: NeverInvalidates> NeverInvalidates
    for Segregate<LIMIT, S, L>
{
}
