//! How wide the numbers of texts are, and with them the offsets into the bytes.

use core::{fmt::Debug, hash::Hash, num::NonZero};

/// A width of symbols: `u16` for 65,535 texts, `u32` for four thousand million and as many bytes of
/// text, `u64` for more.
///
/// It is implemented by this crate only, since the engine relies on its promises:
///
/// 1. `number` and `to_usize` are inverse up to `MOST_TEXTS`, `offset` and `offset_to_usize` up to
///    `MOST_BYTES`.
/// 2. Zero bytes are `Self::default()`, and that is the number 0.
#[expect(private_bounds, reason = "only this crate may promise this")]
pub trait Width: Sealed + Copy + Debug + Default + Eq + Hash + Ord + Send + Sync + 'static {
    /// The same, without zero.
    #[doc(hidden)]
    type NonZero: Copy + Debug + Eq + Hash + Ord + Send + Sync + 'static;
    /// What a position in the bytes is stored in.
    #[doc(hidden)]
    type Offset: Copy + Send + Sync + 'static;
    /// A free slot for tables that have none.
    #[doc(hidden)]
    const FREE: &'static Slot<Self>;
    /// How many texts can be told apart.
    #[doc(hidden)]
    const MOST_TEXTS: usize;
    /// How many bytes of text can be reached.
    #[doc(hidden)]
    const MOST_BYTES: usize;
    /// The number `n`.
    #[doc(hidden)]
    fn number(n: usize) -> Self;
    /// The number, as an index.
    #[doc(hidden)]
    fn to_usize(self) -> usize;
    /// The number, unless it is 0.
    #[doc(hidden)]
    fn non_zero(self) -> Option<Self::NonZero>;
    /// The number again.
    #[doc(hidden)]
    fn from_non_zero(number: Self::NonZero) -> Self;
    /// A position in the bytes.
    #[doc(hidden)]
    fn offset(at: usize) -> Self::Offset;
    /// The position again.
    #[doc(hidden)]
    fn offset_to_usize(offset: Self::Offset) -> usize;
}

/// Keeps other crates from making widths.
pub(crate) trait Sealed {}

/// What a table has for a text: its hash, and its number. Both are 0 in a free slot only.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
#[expect(unnameable_types, reason = "only the engine has slots")]
pub struct Slot<W> {
    pub(super) hash: u32,
    pub(super) number: W,
}

/// The largest number of a width that an index on this machine can have.
const fn at_most(width: u64) -> usize {
    if width > isize::MAX as u64 { isize::MAX.cast_unsigned() } else { width as usize }
}

macro_rules! widths {
    ($($width:ty, $offset:ty;)+) => {$(
        impl Sealed for $width {}

        impl Width for $width {
            type NonZero = NonZero<$width>;
            type Offset = $offset;
            const FREE: &'static Slot<Self> = &Slot { hash: 0, number: 0 };
            const MOST_TEXTS: usize = at_most(<$width>::MAX as u64);
            const MOST_BYTES: usize = at_most(<$offset>::MAX as u64);

            #[inline]
            fn number(n: usize) -> Self {
                n as Self
            }
            #[inline]
            fn to_usize(self) -> usize {
                self as usize
            }
            #[inline]
            fn non_zero(self) -> Option<Self::NonZero> {
                NonZero::new(self)
            }
            #[inline]
            fn from_non_zero(number: Self::NonZero) -> Self {
                number.get()
            }
            #[inline]
            fn offset(at: usize) -> Self::Offset {
                at as Self::Offset
            }
            #[inline]
            fn offset_to_usize(offset: Self::Offset) -> usize {
                offset as usize
            }
        }
    )+};
}

widths! {
    u16, u32;
    u32, u32;
    u64, u64;
}
