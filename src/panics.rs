//! Every `-> !` of the crate: one wording each, cold, at the caller's line.

use crate::alloc::Refusal;

/// The end of an infallible method whose `try_` twin was refused.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn refused(refusal: &Refusal) -> ! {
    panic!("{refusal}")
}

/// Ends the process with this message when it is dropped by a panic; forget it when all went well.
pub(crate) struct AbortOnUnwind(pub(crate) &'static str);

impl Drop for AbortOnUnwind {
    #[cold]
    fn drop(&mut self) {
        // A panic while one unwinds aborts, with and without std.
        panic!("{}", self.0)
    }
}
