#![expect(unsafe_code, reason = "links freed blocks through their first words")]
//! Small blocks that were freed and wait, whole, for the next request of their size.
//!
//! ```text
//!  granules     1    2    3  ...  SIZES
//!  kept         2    0    1
//!               |         |
//!             block     block --> null
//!               |
//!             block --> null
//! ```
//!
//! To join a block with its neighbours and to cut it off again costs four times as much as to hand it
//! on. So the last few of each small size, at most `most` and no more than 8 KiB, are kept as they are; to their neighbours
//! they look like live blocks. Before memory is said to be used up they are all released, which is a
//! bounded number of steps too.
//!
//! Invariant: every block in list `n` was a live block of `n` granules, is in no other list, and is
//! ours alone.

use core::{cell::Cell, ptr::NonNull};

use super::run::GRANULE;
use crate::alloc::shadow;

/// The largest size that is kept, in granules.
pub(super) const SIZES: usize = 192;

/// How many blocks of each size are kept, unless the user says otherwise.
pub(super) const MOST: u8 = 32;

/// How many granules of each size are kept, at most. More would spread what is live over more memory
/// than the caches hold, and leave less room for large blocks.
const GRANULES: usize = 512;

type Link = Option<NonNull<u8>>;

/// How many blocks of `granules` are kept.
#[expect(clippy::cast_possible_truncation, reason = "it is less than a byte")]
const fn most_of(granules: usize, most: u8) -> u8 {
    let fit = GRANULES / granules;
    if fit < most as usize { fit as u8 } else { most }
}

pub(super) struct Quick {
    heads: [Cell<Link>; SIZES],
    /// How many more of each size are kept.
    room: [Cell<u8>; SIZES],
    most: u8,
}

impl Quick {
    /// Keeps up to `most` of each size.
    pub(super) const fn new(most: u8) -> Self {
        let mut room = [const { Cell::new(0) }; SIZES];
        let mut size = 0;
        while size < SIZES {
            room[size] = Cell::new(most_of(size + 1, most));
            size += 1;
        }
        Self { heads: [const { Cell::new(None) }; SIZES], room, most }
    }

    /// The same, and empty.
    pub(super) const fn emptied(&self) -> Self {
        Self::new(self.most)
    }

    /// Keeps a block, if there is room in its list.
    ///
    /// # Safety
    ///
    /// The block was a live one of `granules`, at least one, and is ours now.
    #[inline]
    pub(super) unsafe fn keep(&self, block: NonNull<u8>, granules: usize) -> bool {
        let Some(room) = self.room.get(granules - 1) else { return false };
        let Some(left) = room.get().checked_sub(1) else { return false };
        room.set(left);
        let head = &self.heads[granules - 1];
        // SAFETY: the block has a granule at least, and is ours.
        unsafe { block.cast::<Link>().write(head.get()) };
        head.set(Some(block));
        shadow::close(block, granules * GRANULE);
        shadow::open(block, size_of::<Link>());
        true
    }

    /// A block of just `granules`, at least one, if one is kept.
    #[inline]
    pub(super) fn take(&self, granules: usize) -> Link {
        let head = self.heads.get(granules - 1)?;
        let block = head.get()?;
        // SAFETY: what is kept begins with a link.
        head.set(unsafe { block.cast::<Link>().read() });
        let room = &self.room[granules - 1];
        room.set(room.get() + 1);
        Some(block)
    }
}
