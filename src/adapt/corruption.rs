//! What the detectors find, in words that say what was there and what to look for.

use core::{error::Error, fmt};

use super::site::Site;
use crate::alloc::Layout;

/// Where a block came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// Where it begins.
    pub address: usize,
    /// Size and alignment as asked for.
    pub layout: Layout,
    /// Which call allocated it, of all calls to the allocator, counted from 1.
    pub serial: u64,
    /// Who asked for it.
    pub site: Site,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, layout, serial, site } = self;
        let (size, align) = (layout.size(), layout.align());
        write!(f, "the block at {address:#x} of {size} bytes at a multiple of {align}, ")?;
        write!(f, "allocated by call {serial}, {site}")
    }
}

/// On which side of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Side {
    Before,
    After,
}

/// Misuse of memory that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Corruption {
    /// What was freed or resized is no live block of this allocator.
    Foreign {
        /// Where it is.
        address: usize,
        /// The layout it came with.
        layout: Layout,
        /// The live block in the middle of which it lies, if it does.
        within: Option<Origin>,
    },
    /// A block was freed or resized after it had been freed.
    FreedTwice {
        /// The block.
        block: Origin,
        /// The call that freed it.
        freed: u64,
    },
    /// A block came back with a layout that does not fit it.
    WrongLayout {
        /// The block.
        block: Origin,
        /// The layout it came with.
        layout: Layout,
    },
    /// The bytes next to a block were written to.
    Overrun {
        /// The block.
        block: Origin,
        /// On which side.
        side: Side,
        /// How far from the block the byte is: 1 for the one next to it.
        distance: usize,
        /// What is there.
        found: u8,
        /// What should be there.
        expected: u8,
    },
    /// A block was written to after it had been freed.
    WrittenAfterFree {
        /// Where the block begins.
        address: usize,
        /// The layout it was freed with.
        layout: Layout,
        /// Which block it was of all that were freed, counted from 1.
        freed: u64,
        /// Which byte of it.
        offset: usize,
        /// What is there.
        found: u8,
    },
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Foreign { address, layout, within } => {
                let (size, align) = (layout.size(), layout.align());
                write!(f, "freed what is no live block: {address:#x} of {size} bytes at a ")?;
                write!(f, "multiple of {align}")?;
                match within {
                    Some(block) => {
                        let offset = address - block.address;
                        write!(f, "; it lies {offset} bytes into {block}")
                    }
                    None => write!(f, "; it is another allocator's, or was freed long ago"),
                }
            }
            Self::FreedTwice { block, freed } => {
                write!(f, "freed twice: {block}; call {freed} had freed it already")
            }
            Self::WrongLayout { block, layout } => {
                let (size, align) = (layout.size(), layout.align());
                write!(f, "freed with the wrong layout: {block}; it came back as {size} bytes ")?;
                write!(f, "at a multiple of {align}")
            }
            Self::Overrun { block, side, distance, found, expected } => {
                let side = if *side == Side::Before { "before" } else { "after" };
                write!(f, "written beyond its end: the byte {distance} {side} {block}, is ")?;
                write!(f, "{found:#04x} instead of {expected:#04x}")
            }
            Self::WrittenAfterFree { address, layout, freed, offset, found } => {
                let size = layout.size();
                write!(f, "written after it was freed: byte {offset} of the block at ")?;
                write!(f, "{address:#x} of {size} bytes, freed as number {freed}, is {found:#04x}")
            }
        }
    }
}

impl Error for Corruption {}
