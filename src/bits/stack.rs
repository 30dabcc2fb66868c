//! Where the blocks of a stack go, what the word in front of each says, and how a stack collapses.
//!
//! ```text
//!   floor  p0-WORD      p0                        p            cursor              end
//!  | F    | link      | block ...        | link | block  | link |  free             |
//!           ^ to F                         ^ to p0         ^ to p, of no block yet
//! ```
//!
//! Blocks lie at **positions**, multiples of [`GRID`]. The word in front of a position is a [`Link`]:
//! the position beneath, and in the lowest bit whether the block at this one has been freed. It is
//! written together with the block beneath, so the word in front of the cursor already tells the
//! topmost block, and neither popping nor growing needs the size of anything.
//!
//! A block with an alignment above `GRID` may leave a gap; the gap becomes a block of its own that
//! was freed at birth, so there is no other kind of padding.
//!
//! The **floor** is a link beneath the first position, at an address no block can have. It is not
//! freed when nothing lies beneath the window; otherwise it is, and links to the cursor of the
//! window beneath: then a collapse goes on there.

use crate::bits::align;

/// The bytes in front of each block.
pub const WORD: usize = size_of::<usize>();

/// The distance of positions, and the alignment that costs nothing.
pub const GRID: usize = 2 * WORD;

/// The word in front of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link(usize);

impl Link {
    /// Nothing is beneath.
    pub const NOTHING: Self = Self(0);

    /// The block here is live, or there is none yet, and `below`, which is even, is the position beneath.
    #[inline]
    #[must_use]
    pub const fn live(below: usize) -> Self {
        debug_assert!(below & 1 == 0);
        Self(below)
    }

    /// The position beneath.
    #[inline]
    #[must_use]
    pub const fn below(self) -> usize {
        self.0 & !1
    }

    /// [`below`](Self::below) of a link that is not freed, which saves an instruction.
    #[inline]
    #[must_use]
    pub const fn below_live(self) -> usize {
        debug_assert!(!self.is_freed());
        self.0
    }

    /// Whether the block here has been freed.
    #[inline]
    #[must_use]
    pub const fn is_freed(self) -> bool {
        self.0 & 1 == 1
    }

    /// The same link of a block that has been freed.
    #[inline]
    #[must_use]
    pub const fn freed(self) -> Self {
        Self(self.0 | 1)
    }
}

/// Where a block was placed: its position, and the cursor after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The first address of the block; when it is not the old cursor, a gap lies between.
    pub start: usize,
    /// The position after the block.
    pub cursor: usize,
}

/// How far a collapse went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collapsed {
    /// The cursor is here: a live block lies beneath, or nothing.
    At(usize),
    /// The window is empty, and the cursor of the window beneath is this.
    Emptied(usize),
}

/// The bytes that a block of `size` can have without taking more room; `size` is not 0.
///
/// ```
/// use larder::bits::stack::{GRID, WORD, usable};
/// assert_eq!(usable(1), WORD);
/// assert_eq!(usable(WORD + 1), GRID + WORD);
/// ```
#[inline]
#[must_use]
pub const fn usable(size: usize) -> usize {
    (size.wrapping_add(GRID + WORD - 1) & !(GRID - 1)).wrapping_sub(WORD)
}

/// The cursor after a block of `size` bytes at the position `cursor`, or `None` when it does not fit
/// before `end`, has no bytes, or needs an alignment above [`GRID`].
///
/// Exact when `size` is at most `isize::MAX`, `cursor` is a position, and `end - cursor` is at most
/// `isize::MAX`; also for the closed window of [`window`](crate::bits::window). All differences are
/// signed numbers then, so the sign of each decides, and one test answers for three.
///
/// ```
/// use larder::bits::stack::{GRID, place};
/// assert_eq!(place(10 * GRID, 12 * GRID, GRID, 1), Some(12 * GRID));
/// assert_eq!(place(10 * GRID, 12 * GRID - 1, GRID, 1), None);
/// assert_eq!(place(10 * GRID, 20 * GRID, 0, 1), None);
/// ```
#[inline]
#[must_use]
pub const fn place(cursor: usize, end: usize, size: usize, align: usize) -> Option<usize> {
    let step = size.wrapping_add(GRID + WORD - 1);
    let after = cursor.wrapping_add(step) & !(GRID - 1);
    let refused = end.wrapping_sub(after) | step | size.wrapping_sub(1);
    if refused.cast_signed() < 0 || align > GRID {
        return None;
    }
    Some(after)
}

/// [`place`] for every alignment, and exact for all numbers.
///
/// ```
/// use larder::bits::stack::{GRID, Placed, place_aligned};
/// let (start, cursor) = (16 * GRID, 18 * GRID);
/// assert_eq!(place_aligned(9 * GRID, start, 5, 16 * GRID), None);
/// assert_eq!(place_aligned(9 * GRID, cursor, GRID, 8 * GRID), Some(Placed { start, cursor }));
/// ```
#[must_use]
pub const fn place_aligned(cursor: usize, end: usize, size: usize, align: usize) -> Option<Placed> {
    let Some(start) = align::up(cursor, if align > GRID { align } else { GRID }) else {
        return None;
    };
    let Some(last) = start.checked_add(size) else { return None };
    let Some(last) = last.checked_add(GRID + WORD - 1) else { return None };
    let after = align::down(last, GRID);
    if after > end || size == 0 { None } else { Some(Placed { start, cursor: after }) }
}

/// The size of the largest block in `room` bytes behind a position.
///
/// ```
/// use larder::bits::stack::{GRID, WORD, all_of};
/// assert_eq!(all_of(5 * GRID + 1), 5 * GRID - WORD);
/// assert_eq!(all_of(GRID - 1), 0);
/// ```
#[inline]
#[must_use]
pub const fn all_of(room: usize) -> usize {
    align::down(room, GRID).saturating_sub(WORD)
}

/// The first position in bytes that begin at `start`, with room for a floor in front.
///
/// ```
/// use larder::bits::stack::{GRID, first};
/// assert_eq!(first(4 * GRID), 5 * GRID);
/// assert_eq!(first(4 * GRID + 1), 6 * GRID);
/// ```
#[inline]
#[must_use]
pub const fn first(start: usize) -> usize {
    start.wrapping_add(2 * GRID - 1) & !(GRID - 1)
}

/// The address after the floor that belongs to the first position `first`: where a position would
/// be whose word the floor is.
#[inline]
#[must_use]
pub const fn floor_of(first: usize) -> usize {
    first.wrapping_sub(WORD)
}

/// The size and alignment of bytes in which a block of `size` at a multiple of `align` fits together
/// with the floor and the links, if such a size exists.
#[must_use]
pub const fn request(size: usize, align: usize) -> Option<(usize, usize)> {
    match size.checked_add(3 * GRID + WORD - 1) {
        Some(sum) => Some((align::down(sum, GRID) - GRID, if align > GRID { align } else { 1 })),
        None => None,
    }
}

/// Goes down from `cursor` over all that has been freed. `link` reads the word in front of a
/// position, or the floor.
pub fn collapse(mut cursor: usize, link: impl Fn(usize) -> Link) -> Collapsed {
    loop {
        let below = link(cursor).below();
        let beneath = link(below);
        if !beneath.is_freed() {
            return Collapsed::At(cursor);
        }
        if !align::is_aligned(below, GRID) {
            return Collapsed::Emptied(beneath.below());
        }
        cursor = below;
    }
}
