//! Every `-> !` of the crate: one wording each, cold, at the caller's line.

use crate::alloc::Refusal;

/// The end of an infallible method whose `try_` twin was refused.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn refused(refusal: &Refusal) -> ! {
    panic!("{refusal}")
}
