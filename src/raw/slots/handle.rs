//! What an element is known by.
//!
//! ```text
//! Handle<u32>                    index: 24 | generation: 8
//! Handle<u64>               index: 32 | 0: 16 | generation: 16
//! Handle<u128>    vector: 64 | index: 32 | generation: 32
//! ```
//!
//! A slot's generation is odd while it holds an element, and one more with each insert and remove. A
//! handle has the generation of its insert, so it is odd, and no handle is 0.

use core::{
    fmt::{self, Debug},
    hash::Hash,
    num::NonZero,
};

mod sealed {
    #[expect(unnameable_types, reason = "so that the traits below are ours alone to implement")]
    pub trait Sealed {}
}
use sealed::Sealed;

/// What a slot is for when its generations are used up.
pub trait Policy: Copy + Ord + Hash + Debug + Sealed {
    #[doc(hidden)]
    const RETIRES: bool;
}

/// A slot whose generations are used up is not used again: a stale handle never names another
/// element. A slot serves 32,768 elements, one after the other; 128 with handles of 32 bits, and
/// 2,147,483,648 with those of 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retire {}

/// A slot whose generations are used up begins again, so that a handle which is that old may name
/// another element. No slot is ever lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrap {}

impl Sealed for Retire {}
impl Policy for Retire {
    const RETIRES: bool = true;
}
impl Sealed for Wrap {}
impl Policy for Wrap {
    const RETIRES: bool = false;
}

/// How many bits a handle has: `u32`, `u64` or `u128`.
pub trait Width: Copy + Ord + Hash + Debug + Sealed {
    #[doc(hidden)]
    type Bits: Copy + Ord + Hash + Debug;
    #[doc(hidden)]
    const INDEX_BITS: u32;
    #[doc(hidden)]
    const STAMP_BITS: u32;
    #[doc(hidden)]
    const OWNED: bool;
    #[doc(hidden)]
    fn pack(owner: u64, index: u32, stamp: u32) -> Self::Bits;
    #[doc(hidden)]
    fn unpack(bits: Self::Bits) -> (u64, u32, u32);
    #[doc(hidden)]
    fn plain(bits: Self::Bits) -> Self;
    #[doc(hidden)]
    fn checked(self) -> Option<Self::Bits>;
}

/// One impl for each integer; `$word` has index and generation, the index from bit `$shift` on.
macro_rules! widths {
    ($($width:ty, $word:ty, $index:literal, $shift:literal, $stamp:literal, $owned:literal,
        |$owner:ident, $low:ident| $pack:expr, |$bits:ident| $unpack:expr;)+) => {$(
        impl Sealed for $width {}
        impl Width for $width {
            type Bits = NonZero<$width>;
            const INDEX_BITS: u32 = $index;
            const STAMP_BITS: u32 = $stamp;
            const OWNED: bool = $owned;

            #[inline]
            fn pack($owner: u64, index: u32, stamp: u32) -> NonZero<$width> {
                let $low = (index as $word) << $shift | stamp as $word;
                // Generations of elements are odd; setting the bit tells the compiler.
                NonZero::<$width>::MIN | $pack
            }

            #[inline]
            fn unpack($bits: NonZero<$width>) -> (u64, u32, u32) {
                let $bits = $bits.get();
                let (owner, low): (u64, $word) = $unpack;
                (owner, (low >> $shift) as u32, (low & ((1 << $stamp) - 1)) as u32)
            }

            fn plain(bits: NonZero<$width>) -> $width {
                bits.get()
            }

            fn checked(self) -> Option<NonZero<$width>> {
                let bits = NonZero::new(self)?;
                let (owner, index, stamp) = Self::unpack(bits);
                (stamp % 2 == 1 && Self::pack(owner, index, stamp) == bits).then_some(bits)
            }
        }
    )+};
}

widths! {
    u32, u32, 24, 8, 8, false, |_owner, low| low, |bits| (0, bits);
    u64, u64, 32, 32, 16, false, |_owner, low| low, |bits| (0, bits);
    u128, u64, 32, 32, 32, true, |owner, low| (owner as u128) << 64 | low as u128,
        |bits| ((bits >> 64) as u64, bits as u64);
}

/// What an element of a stable vector is known by, as long as it is there.
///
/// `W` is its width. `u64`, the default, names 4,294,967,296 slots and costs two bytes for each;
/// `u32` names 16,777,216 and costs one byte; `u128` costs four, and also knows its vector, so that no
/// other takes it.
/// `P` says what happens to a slot whose generations are used up: it [retires](Retire), or
/// [begins again](Wrap).
///
/// Handles are ordered as their elements are in the vector.
///
/// ```
/// use larder::{StableVector, collections::stable_vector::Handle};
/// let mut trees = StableVector::new();
/// let plum: Handle = trees.insert("plum");
/// assert_eq!((plum.index(), plum.generation()), (0, 1));
/// assert_eq!(Handle::from_bits(plum.to_bits()), Some(plum));
/// assert_eq!(size_of::<Option<Handle>>(), 8);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle<W: Width = u64, P: Policy = Retire> {
    bits: W::Bits,
    policy: core::marker::PhantomData<P>,
}

impl<W: Width, P: Policy> Handle<W, P> {
    /// Which slot it names. Elements come in the order of their slots.
    #[inline]
    #[must_use]
    pub fn index(self) -> usize {
        W::unpack(self.bits).1 as usize
    }

    /// Which use of the slot it names. Odd.
    #[inline]
    #[must_use]
    pub fn generation(self) -> u32 {
        W::unpack(self.bits).2
    }

    /// The handle as an integer, to be kept where only integers can be.
    #[inline]
    #[must_use]
    pub fn to_bits(self) -> W {
        W::plain(self.bits)
    }

    /// The handle that such an integer stands for. None if no handle has these bits; one that names
    /// nothing is stale, which is harmless.
    #[inline]
    #[must_use]
    pub fn from_bits(bits: W) -> Option<Self> {
        Some(Self { bits: bits.checked()?, policy: core::marker::PhantomData })
    }
}

impl<W: Width, P: Policy> Debug for Handle<W, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({} of generation {})", self.index(), self.generation())
    }
}

/// The kinds of handles: every [`Handle`] is one.
pub trait Key: Copy + Ord + Hash + Debug + Sealed {
    #[doc(hidden)]
    const INDEX_BITS: u32;
    #[doc(hidden)]
    const STAMP_BITS: u32;
    #[doc(hidden)]
    const OWNED: bool;
    #[doc(hidden)]
    const RETIRES: bool;
    #[doc(hidden)]
    fn pack(owner: u64, index: u32, stamp: u32) -> Self;
    #[doc(hidden)]
    fn unpack(self) -> (u64, u32, u32);
}

impl<W: Width, P: Policy> Sealed for Handle<W, P> {}
impl<W: Width, P: Policy> Key for Handle<W, P> {
    const INDEX_BITS: u32 = W::INDEX_BITS;
    const STAMP_BITS: u32 = W::STAMP_BITS;
    const OWNED: bool = W::OWNED;
    const RETIRES: bool = P::RETIRES;

    #[inline]
    fn pack(owner: u64, index: u32, stamp: u32) -> Self {
        Self { bits: W::pack(owner, index, stamp), policy: core::marker::PhantomData }
    }

    #[inline]
    fn unpack(self) -> (u64, u32, u32) {
        W::unpack(self.bits)
    }
}
