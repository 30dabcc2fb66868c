//! Every `-> !` of the crate: one wording each, cold, at the caller's line.

use core::fmt::{Debug, Display};

use crate::alloc::{Refusal, Refused};

/// The end of an infallible method whose `try_` twin was refused.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn refused(refusal: &Refusal) -> ! {
    panic!("{refusal}")
}

/// What a `try_` body made, or the end of its infallible twin.
#[inline]
#[track_caller]
pub(crate) fn granted<T>(result: Result<T, Refusal>) -> T {
    match result {
        Ok(value) => value,
        Err(refusal) => refused(&refusal),
    }
}

/// [`granted`] for bodies that give a value back, which is dropped.
#[inline]
#[track_caller]
pub(crate) fn taken<T, V>(result: Result<T, Refused<V>>) -> T {
    match result {
        Ok(value) => value,
        Err(back) => refused(back.refusal()),
    }
}

/// The end of a method that was given what it cannot use, or whose `try_` twin returned this error.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn with(error: &dyn core::error::Error) -> ! {
    panic!("{error}")
}

/// The end of an access by a handle whose element is not there.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn stale(handle: &dyn Debug) -> ! {
    panic!("{handle:?} names no element of this vector: it was removed, or is another vector's")
}

/// The end of a method that was given a position behind the last that it can take: it `should` be
/// "<" or "<=" than the length. The words are those of std's `Vec`, which tests may expect.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn out_of_bounds(what: &str, index: usize, should: &str, len: usize) -> ! {
    panic!("{what} index (is {index}) should be {should} len (is {len})")
}

/// The end of a method that was given a range that is not within `len`.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn bad_range(start: usize, end: usize, len: usize) -> ! {
    panic!("range {start}..{end} out of range for length {len}")
}

/// The end of an element that a leaked list says it has. Says nothing while the thread panics already.
#[cold]
#[inline(never)]
pub(crate) fn dropped_while_linked() {
    #[cfg(feature = "std")]
    if std::thread::panicking() {
        return;
    }
    panic!(
        "an element is dropped while it is linked: its list was leaked; let the list be dropped, or \
         free the element with `forget_list`"
    )
}

/// The end of an adapter's use that does not keep to its rules.
#[cold]
#[inline(never)]
#[track_caller]
pub(crate) fn strange_adapter(what: &str) -> ! {
    panic!(
        "the adapter returned a link that {what}; it is to return one field of the element, always the same"
    )
}

/// The end of a program that has made more lists than there are numbers.
#[cold]
#[inline(never)]
pub(crate) fn out_of_ids() -> ! {
    panic!("too many lists were made: there are no numbers left to tell them apart")
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

/// The end of a program whose memory is not what it should be. Nothing unwinds: what would run on the
/// way out cannot be trusted either.
#[cold]
#[inline(never)]
pub(crate) fn corrupted(what: &dyn Display) -> ! {
    #[cfg(feature = "std")]
    {
        use std::io::Write;
        // Not `eprintln`, which a test runner keeps to itself until a test ends.
        let _unheard = writeln!(std::io::stderr(), "larder: memory was misused\nlarder: {what}");
        std::process::abort()
    }
    #[cfg(not(feature = "std"))]
    {
        /// A panic cannot leave a function of this kind: it ends the program with its message.
        extern "C" fn end(what: &&dyn Display) -> ! {
            panic!("memory was misused: {what}")
        }
        end(&what)
    }
}
