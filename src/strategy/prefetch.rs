//! Asks the processor to have a cache line ready, for whom it may concern: a wrong address costs
//! nothing but the line. Where the processor, or the compiler, knows no such request, nothing is done.

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse")))]
pub(super) use silent::prefetch;
#[cfg(all(target_arch = "x86_64", target_feature = "sse"))]
pub(super) use x86_64::prefetch;

#[cfg(not(all(target_arch = "x86_64", target_feature = "sse")))]
mod silent {
    use core::num::NonZero;

    /// The line of `address` will be used before long.
    #[inline]
    pub(in crate::strategy) fn prefetch(_address: NonZero<usize>) {}
}

#[cfg(all(target_arch = "x86_64", target_feature = "sse"))]
mod x86_64 {
    #![expect(unsafe_code, reason = "calls an intrinsic of the processor")]
    use core::{
        arch::x86_64::{_MM_HINT_T0, _mm_prefetch},
        num::NonZero,
        ptr,
    };

    /// The line of `address` will be used before long.
    #[inline]
    pub(in crate::strategy) fn prefetch(address: NonZero<usize>) {
        // SAFETY: the processor has this instruction, which reads nothing that can be observed and
        // does not fault at any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ptr::without_provenance(address.get())) }
    }
}
