//! The integers that nodes are made of.

/// An integer that a vector register holds many of.
///
/// It cannot be named outside of the crate, so that only the eight below are: the kernels read them as bits, by their
/// size, and turn the highest bit over where `SIGN` says that the order is not that of signed
/// numbers.
#[expect(unnameable_types, reason = "so that it is ours alone to implement")]
pub trait Lane: Copy + Ord {
    /// The least one.
    const MIN: Self;
    /// The greatest one.
    const MAX: Self;
    /// Whether the order is that of signed numbers.
    const SIGNED: bool;
    /// Its bits, at the low end.
    fn bits(self) -> i64;
    /// The one with these bits.
    fn from_bits(bits: u64) -> Self;
}

macro_rules! lanes {
    ($($int:ty)+) => {$(
        impl Lane for $int {
            const MIN: Self = <$int>::MIN;
            const MAX: Self = <$int>::MAX;
            #[allow(unused_comparisons, reason = "true for the signed ones only")]
            const SIGNED: bool = <$int>::MIN < 0;
            #[inline]
            fn bits(self) -> i64 {
                self as i64
            }
            #[inline]
            fn from_bits(bits: u64) -> Self {
                bits as Self
            }
        }
    )+};
}

lanes! { u64 i64 u32 i32 u16 i16 u8 i8 }
