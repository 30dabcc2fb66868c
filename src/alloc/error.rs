//! Why a request was refused, in words that say what was asked, what was there, and what to do.

use core::{error::Error, fmt};

use crate::alloc::{AllocError, Layout};

/// A request that could not be served. Everything that was allocated before is untouched.
///
/// Its `Display` says what was asked, what was there, and what to do.
///
/// ```
/// use larder::{Arena, alloc::Cause};
/// let arena = Arena::new().with_limit(64);
/// let refusal = arena.place().fill(100, 0_u8).unwrap_err();
/// assert_eq!((refusal.size, refusal.align), (100, 1));
/// assert!(matches!(refusal.cause, Cause::Limit { reserved: 0, limit: 64, .. }));
/// assert!(refusal.to_string().starts_with("100 bytes at a multiple of 1 were asked for, which takes"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// How many bytes were asked for; `usize::MAX` when the number does not fit.
    pub size: usize,
    /// The alignment they were to have.
    pub align: usize,
    /// Why not.
    pub cause: Cause,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The size exceeds `isize::MAX`: no allocator can serve it.
    Overflow,
    /// The allocator's own limit would be passed.
    Limit {
        /// Bytes it holds already.
        reserved: usize,
        /// Bytes it would have to ask the upstream for.
        needed: usize,
        /// Bytes it may hold.
        limit: usize,
    },
    /// The allocator may not hand out more blocks at once.
    Blocks {
        /// Blocks that are live.
        live: usize,
        /// Blocks that may be.
        limit: usize,
    },
    /// The handles of a container name no more slots.
    Handles {
        /// How many slots they name.
        limit: usize,
    },
    /// The blocks of this allocator are of another shape.
    Shape {
        /// Bytes that each has.
        size: usize,
        /// The alignment of each.
        align: usize,
    },
    /// The memory that it was given is too small for the books and one block.
    Region {
        /// Bytes that were given.
        len: usize,
        /// Bytes it takes at least.
        needed: usize,
    },
    /// There is no free piece as long as that in the memory it has, and it takes no more.
    Room {
        /// Bytes that are live.
        live: usize,
        /// Bytes that blocks can have in all.
        capacity: usize,
        /// Bytes of the largest block that is free.
        largest: usize,
    },
    /// What is counted would pass the largest number that is stored for it.
    Numbers {
        /// The number it would have.
        needed: usize,
        /// The largest there is.
        most: usize,
    },
    /// The system refused.
    System {
        /// What it was asked to do with the memory.
        asked: &'static str,
        /// The number it answered.
        errno: i32,
        /// What to do.
        way_out: &'static str,
    },
    /// The upstream allocator refused.
    Upstream {
        /// Bytes it was asked for.
        asked: usize,
        /// Bytes held from it already.
        reserved: usize,
    },
}

impl Refusal {
    /// A refusal of `layout`.
    #[must_use]
    pub const fn new(layout: Layout, cause: Cause) -> Self {
        Self { size: layout.size(), align: layout.align(), cause }
    }

    /// A refusal of `count` elements of `element` each, which are too many bytes for any allocator.
    #[must_use]
    pub const fn overflow(element: Layout, count: usize) -> Self {
        let size = element.size().saturating_mul(count);
        Self { size, align: element.align(), cause: Cause::Overflow }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (align, were) = (self.align, if self.size == 1 { "was" } else { "were" });
        if self.cause == Cause::Overflow {
            // The words of std's `Vec`, which tests may expect.
            f.write_str("capacity overflow: ")?;
        }
        match self.size {
            usize::MAX => write!(f, "more bytes than a number holds")?,
            1 => write!(f, "1 byte")?,
            size => write!(f, "{size} bytes")?,
        }
        write!(f, " at a multiple of {align} {were} asked for, ")?;
        match self.cause {
            Cause::Overflow => write!(
                f,
                "but a block has at most {} bytes; check how the length was computed",
                isize::MAX
            ),
            Cause::Limit { reserved, needed, limit } => write!(
                f,
                "which takes {needed} more bytes from the upstream, but {reserved} of at most \
                 {limit} are held already; raise the limit, or reset the allocator"
            ),
            Cause::Blocks { live, limit } => write!(
                f,
                "but {live} of at most {limit} blocks are live already; raise the limit, or free one"
            ),
            Cause::Handles { limit } => {
                write!(f, "but handles of this width name at most {limit} slots; take wider ones")
            }
            Cause::Shape { size, align } => write!(
                f,
                "but every block here has {size} bytes at a multiple of {align}; use an allocator \
                 of larger blocks"
            ),
            Cause::Region { len, needed } => write!(
                f,
                "but the memory given has {len} bytes, and the books with one block take {needed}; \
                 give more"
            ),
            Cause::Room { live, capacity, largest } => write!(
                f,
                "but of {capacity} bytes {live} are live, and the largest free piece has {largest}; \
                 free blocks, or begin with more memory"
            ),
            Cause::Numbers { needed, most } => write!(
                f,
                "which takes the number {needed}, but numbers end at {most} here; choose a wider type"
            ),
            Cause::System { asked, errno, way_out } => write!(
                f,
                "but the system was asked {asked} them, and refused with error {errno}; {way_out}"
            ),
            Cause::Upstream { asked, reserved } => write!(
                f,
                "but the upstream allocator refused {asked} bytes ({reserved} are held from it); \
                 free memory there, or reset this allocator"
            ),
        }
    }
}

impl Error for Refusal {}

impl From<Refusal> for AllocError {
    fn from(_: Refusal) -> Self {
        Self
    }
}

/// A value that found no room, and why. Nothing is lost: take the value back with
/// [`into_value`](Self::into_value).
///
/// ```
/// use larder::{SmallVector, alloc::Null};
/// let mut words = SmallVector::<_, 2, _>::new_in(Null);
/// words.extend(["one".to_owned(), "two".to_owned()]);
/// let refused = words.try_push("three".to_owned()).unwrap_err();
/// assert_eq!(refused.into_value(), "three");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Refused<T> {
    value: T,
    refusal: Refusal,
}

impl<T> Refused<T> {
    /// `value` found no room because of `refusal`.
    pub const fn new(value: T, refusal: Refusal) -> Self {
        Self { value, refusal }
    }

    /// The value, back with its owner.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Why it found no room.
    pub const fn refusal(&self) -> &Refusal {
        &self.refusal
    }
}

impl<T> fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("refusal", &self.refusal).finish_non_exhaustive()
    }
}

impl<T> fmt::Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.refusal.fmt(f)
    }
}

impl<T> Error for Refused<T> {}
