//! Lets a piece of code go wrong at every place where it can, one at a time.
//!
//! [`fail_each_allocation`] refuses each request for memory in turn, [`panic_at_each_step`] panics
//! in each clone, drop, comparison, hash, closure and iterator step in turn. Both lend the code an
//! allocator that watches it, so that blocks freed twice, or with a wrong layout, or written to
//! after their end, are found as well. The code must do the same in every run.

use core::{
    fmt::{self, Debug},
    panic::AssertUnwindSafe,
};
use std::{panic::catch_unwind, vec::Vec};

use crate::{
    alloc::Global,
    testing::{
        dummy::{Step, Tally},
        hostile::{FailNth, Misuse, Quarantine},
    },
};

/// The allocator that a sweep lends to the code.
pub type Lent = FailNth<Quarantine<Global>>;

/// Something that the code does wrong. `nth` is the request that was refused, counted from 0, and
/// `None` where nothing was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It returned `Err` although nothing was refused.
    FailedUnprovoked,
    /// It made this many requests, and that many when it ran again: not what a sweep can sweep.
    NotDeterministic {
        /// The request refused in the run that differs.
        nth: Option<u64>,
        /// Requests in the first run.
        first: u64,
        /// Requests in the run that differs.
        then: u64,
    },
    /// It returned `Ok` although a request was refused.
    Swallowed {
        /// The request refused.
        nth: u64,
    },
    /// It returned and left blocks behind.
    Leaked {
        /// The request refused.
        nth: Option<u64>,
        /// How many blocks.
        blocks: usize,
        /// How many bytes they have.
        bytes: usize,
    },
    /// It did wrong to the allocator.
    Misused {
        /// The request refused.
        nth: Option<u64>,
        /// What it did.
        misuse: Misuse,
    },
    /// It panicked.
    Unwound {
        /// The request refused.
        nth: Option<u64>,
    },
}

/// Something that the code does wrong when a step panics. `at` is the step, counted from 0, and what
/// it was; `None` where nothing panicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crash {
    /// It dropped elements that were gone.
    DoubleDrop {
        /// The step that panicked.
        at: Option<(usize, Step)>,
        /// How many.
        elements: usize,
    },
    /// It cloned, compared or hashed elements that were gone.
    UsedAfterDrop {
        /// The step that panicked.
        at: Option<(usize, Step)>,
        /// How often.
        times: usize,
    },
    /// It did wrong to the allocator.
    Misused {
        /// The step that panicked.
        at: Option<(usize, Step)>,
        /// What it did.
        misuse: Misuse,
    },
    /// It left elements or blocks behind.
    Leaked {
        /// The step that panicked.
        at: Option<(usize, Step)>,
        /// How many elements.
        elements: usize,
        /// How many blocks.
        blocks: usize,
    },
    /// It panicked of its own accord, or went on after the panic and then panicked.
    Unwound {
        /// The step that panicked.
        at: Option<(usize, Step)>,
    },
    /// It took this many steps, and that many when it ran again: not what a sweep can sweep.
    NotDeterministic {
        /// Steps in the first run.
        first: usize,
        /// Steps in the run that differs.
        then: usize,
    },
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a report that nobody reads proves nothing; call `assert_clean`"]
pub struct Sweep<F = Finding> {
    /// How many places there are where the code can go wrong: requests for memory, or steps.
    pub places: u64,
    /// All that it does wrong.
    pub findings: Vec<F>,
}

impl<F: Debug> Sweep<F> {
    /// Does nothing if nothing was found.
    ///
    /// # Panics
    ///
    /// With all findings if there are some.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.findings.is_empty(), "{self}");
    }
}

impl Sweep<Crash> {
    /// Does nothing if nothing was found but leaks after a panic, which are sound, and which std's
    /// own collections allow themselves in places.
    ///
    /// # Panics
    ///
    /// With all findings if there are others.
    #[track_caller]
    pub fn assert_sound(&self) {
        let bearable = |crash: &Crash| matches!(crash, Crash::Leaked { at: Some(_), .. });
        assert!(self.findings.iter().all(bearable), "{self}");
    }
}

impl<F: Debug> fmt::Display for Sweep<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} places, {} findings", self.places, self.findings.len())?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "  {finding:?}"))
    }
}

/// Runs `body` twice without refusing anything, which counts its requests, and then once for each
/// of them, refusing that one. Each run has an allocator of its own.
///
/// ```
/// use larder::alloc::{Block, Layout};
/// let sweep = larder::testing::sweep::fail_each_allocation(|alloc| {
///     let first = Block::new_in(Layout::new::<u64>(), alloc)?;
///     Block::new_in(Layout::new::<u8>(), alloc).map(drop)
/// });
/// sweep.assert_clean();
/// assert_eq!(sweep.places, 2);
/// ```
pub fn fail_each_allocation<E>(body: impl Fn(&Lent) -> Result<(), E>) -> Sweep {
    let mut findings = Vec::new();
    let mut run = |nth: Option<u64>| {
        let alloc = FailNth::new(Quarantine::new(Global), nth.unwrap_or(u64::MAX));
        let result = catch_unwind(AssertUnwindSafe(|| body(&alloc).is_ok()));
        match (result, nth) {
            (Ok(false), None) => findings.push(Finding::FailedUnprovoked),
            (Ok(true), Some(nth)) if alloc.requests() > nth => {
                findings.push(Finding::Swallowed { nth });
            }
            (Err(_), _) => findings.push(Finding::Unwound { nth }),
            _ => {}
        }
        let watch = alloc.inner();
        findings.extend(watch.report().into_iter().map(|misuse| Finding::Misused { nth, misuse }));
        let (blocks, bytes) = (watch.live_blocks(), watch.live_bytes());
        if blocks > 0 {
            findings.push(Finding::Leaked { nth, blocks, bytes });
        }
        alloc.requests()
    };
    let first = run(None);
    let mut differing = Vec::new();
    for nth in core::iter::once(None).chain((0..first).map(Some)) {
        let then = run(nth);
        // A run that is refused a request may end early, but not before that request.
        if nth.map_or(then != first, |nth| then <= nth) {
            differing.push(Finding::NotDeterministic { nth, first, then });
        }
    }
    findings.append(&mut differing);
    findings.dedup();
    Sweep { places: first, findings }
}

/// Runs `body` without any panic, which counts the steps that its elements, closures and iterators
/// take, and then once for each of them, panicking there. Each run has a tally and an allocator of
/// its own, which `body` is to use for all its elements and all its memory.
///
/// ```
/// # #[cfg(feature = "nightly")] {
/// use larder::testing::sweep;
/// let swept = sweep::panic_at_each_step(|tally, alloc| {
///     let mut list = Vec::new_in(alloc);
///     list.extend(tally.iter((0..5).map(|id| tally.dummy(id))));
///     let copy = list.clone();
///     list.retain(|dummy| {
///         tally.call();
///         copy.contains(dummy) && dummy.id % 2 == 0
///     });
/// });
/// swept.assert_clean();
/// assert!(swept.places > 30);
/// # }
/// ```
pub fn panic_at_each_step(body: impl Fn(&Tally, &Lent)) -> Sweep<Crash> {
    let mut findings = Vec::new();
    let mut run = |nth: Option<usize>| {
        let (tally, alloc) = (Tally::new(), FailNth::never(Quarantine::new(Global)));
        if let Some(nth) = nth {
            tally.panic_after_steps(nth);
        }
        let result = catch_unwind(AssertUnwindSafe(|| body(&tally, &alloc)));
        let at = nth.zip(tally.panicked());
        if result.is_err_and(|payload| !payload.is::<Step>()) {
            findings.push(Crash::Unwound { at });
        }
        match (tally.double_drops(), tally.uses_after_drop()) {
            (0, 0) => {}
            (0, times) => findings.push(Crash::UsedAfterDrop { at, times }),
            (elements, _) => findings.push(Crash::DoubleDrop { at, elements }),
        }
        let watch = alloc.inner();
        findings.extend(watch.report().into_iter().map(|misuse| Crash::Misused { at, misuse }));
        let (elements, blocks) = (tally.live(), watch.live_blocks());
        if elements + blocks > 0 {
            findings.push(Crash::Leaked { at, elements, blocks });
        }
        (tally.steps(), at.is_some())
    };
    let (first, _) = run(None);
    let mut differing = Vec::new();
    for nth in 0..first {
        let (then, panicked) = run(Some(nth));
        if !panicked {
            differing.push(Crash::NotDeterministic { first, then });
        }
    }
    findings.append(&mut differing);
    findings.dedup();
    Sweep { places: first as u64, findings }
}

#[cfg(test)]
mod tests;
