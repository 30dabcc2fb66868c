//! Refuses every request for memory of a piece of code, one at a time.

use core::{fmt, panic::AssertUnwindSafe};
use std::{panic::catch_unwind, vec::Vec};

use crate::{
    alloc::Global,
    testing::hostile::{Counting, FailNth},
};

/// The allocator that a sweep lends to the code.
pub type Lent = FailNth<Counting<Global>>;

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
    /// It panicked.
    Unwound {
        /// The request refused.
        nth: Option<u64>,
    },
}

/// What a sweep found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a report that nobody reads proves nothing; call `assert_clean`"]
pub struct Sweep {
    /// How many requests the code makes when none is refused.
    pub requests: u64,
    /// All that it does wrong.
    pub findings: Vec<Finding>,
}

impl Sweep {
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

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} requests, {} findings", self.requests, self.findings.len())?;
        self.findings.iter().try_for_each(|finding| writeln!(f, "  {finding:?}"))
    }
}

/// Runs `body` twice without refusing anything, which counts its requests, and then once for each
/// of them, refusing that one. Each run has an allocator of its own.
///
/// ```
/// # #![cfg_attr(feature = "nightly", feature(allocator_api))]
/// use larder::alloc::{Block, Layout};
/// let sweep = larder::testing::sweep::fail_each_allocation(|alloc| {
///     let first = Block::new_in(Layout::new::<u64>(), alloc)?;
///     Block::new_in(Layout::new::<u8>(), alloc).map(drop)
/// });
/// sweep.assert_clean();
/// assert_eq!(sweep.requests, 2);
/// ```
pub fn fail_each_allocation<E>(body: impl Fn(&Lent) -> Result<(), E>) -> Sweep {
    let mut findings = Vec::new();
    let mut run = |nth: Option<u64>| {
        let alloc = FailNth::new(Counting::new(Global), nth.unwrap_or(u64::MAX));
        let result = catch_unwind(AssertUnwindSafe(|| body(&alloc).is_ok()));
        match (result, nth) {
            (Ok(false), None) => findings.push(Finding::FailedUnprovoked),
            (Ok(true), Some(nth)) if alloc.requests() > nth => {
                findings.push(Finding::Swallowed { nth });
            }
            (Err(_), _) => findings.push(Finding::Unwound { nth }),
            _ => {}
        }
        let (blocks, bytes) = (alloc.inner().live_blocks(), alloc.inner().live_bytes());
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
    Sweep { requests: first, findings }
}

#[cfg(test)]
mod tests {
    use core::{cell::Cell, mem::forget};

    use super::*;
    use crate::alloc::{Block, Layout};

    #[test]
    fn each_kind_is_found() {
        let layout = Layout::new::<u64>();
        let sweep = fail_each_allocation(|a| Block::new_in(layout, a).map(forget));
        assert_eq!(sweep.findings, [Finding::Leaked { nth: None, blocks: 1, bytes: 8 }; 1]);
        let sweep =
            fail_each_allocation(|a| Block::new_in(layout, a).map(drop).or(Ok::<_, ()>(())));
        assert_eq!(sweep.findings, [Finding::Swallowed { nth: 0 }]);
        let sweep = fail_each_allocation(|a| {
            drop(Block::new_in(layout, a).expect("planted"));
            Ok::<_, ()>(())
        });
        assert_eq!(sweep.findings, [Finding::Unwound { nth: Some(0) }]);
        let runs = Cell::new(0);
        let sweep = fail_each_allocation(|a| {
            let run = runs.replace(runs.get() + 1);
            (0..3 - run).try_for_each(|_| Block::new_in(layout, a).map(drop))
        });
        let first = Finding::NotDeterministic { nth: None, first: 3, then: 2 };
        assert_eq!(sweep.findings[0], first, "{sweep}");
        assert_eq!(fail_each_allocation(|_| Err(())).findings, [Finding::FailedUnprovoked]);
    }
}
