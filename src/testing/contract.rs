//! The contract of [`crate::alloc`], case by case.
//!
//! ```
//! # #![cfg_attr(feature = "nightly", feature(allocator_api))]
//! use larder::{alloc::Global, testing::contract};
//! contract::check(|| Global).assert_passed();
//! ```
//!
//! Each case has an allocator of its own. A case checks a block before it touches it, so a broken
//! allocator is rejected and does not crash the test.

use core::{alloc::Layout, fmt, panic::AssertUnwindSafe};
use std::{borrow::ToOwned, panic::catch_unwind, string::String, vec::Vec};

use crate::{
    alloc::{Allocator, CloneEquivalent},
    testing::{
        Limits,
        shadow::{Fit, How, Shadow, Verdict},
    },
};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was tried, and held.
    Passed,
    /// All or part of it was not tried, for this reason; what was tried held.
    Skipped(String),
    /// It does not hold.
    Failed(String),
}

/// What became of each case.
#[derive(Clone, Debug)]
#[must_use = "a report that nobody reads proves nothing; call `assert_passed`"]
pub struct Report {
    outcomes: Vec<(&'static str, Outcome)>,
}

impl Report {
    /// Every case by name, in the order they ran.
    pub fn outcomes(&self) -> &[(&'static str, Outcome)] {
        &self.outcomes
    }

    /// The names of the cases that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = |o: &&(_, Outcome)| matches!(o.1, Outcome::Failed(_));
        self.outcomes.iter().filter(failed).map(|o| o.0).collect()
    }

    /// The names of the cases that were skipped, in part or altogether.
    pub fn skipped(&self) -> Vec<&'static str> {
        let skipped = |o: &&(_, Outcome)| matches!(o.1, Outcome::Skipped(_));
        self.outcomes.iter().filter(skipped).map(|o| o.0).collect()
    }

    /// Does nothing if no case failed.
    ///
    /// # Panics
    ///
    /// With the whole table if a case failed.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failed().is_empty(), "the allocator breaks the contract\n{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => writeln!(f, "{name:<32} passed")?,
                Outcome::Skipped(why) => writeln!(f, "{name:<32} skipped  {why}")?,
                Outcome::Failed(why) => writeln!(f, "{name:<32} FAILED   {why}")?,
            }
        }
        Ok(())
    }
}

/// Runs every case against allocators from `make`.
pub fn check<A: Allocator>(make: impl Fn() -> A) -> Report {
    Contract::new(make).run()
}

/// A run of the cases that can be set up first.
#[derive(Clone, Debug)]
pub struct Contract<F> {
    make: F,
    limits: Limits,
    skips: Vec<(String, String)>,
}

impl<A: Allocator, F: Fn() -> A> Contract<F> {
    /// All cases, without limits, each against an allocator from `make`.
    pub fn new(make: F) -> Self {
        Self { make, limits: Limits::default(), skips: Vec::new() }
    }

    /// Asks for nothing beyond `limits`; the cases that would are reported as skipped.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Leaves out a case, and says why.
    ///
    /// # Panics
    ///
    /// If there is no case of that name.
    #[must_use]
    pub fn skip(mut self, case: &str, why: &str) -> Self {
        assert!(cases::<A>().iter().any(|c| c.0 == case), "there is no case {case:?}");
        self.skips.push((case.to_owned(), why.to_owned()));
        self
    }

    /// Runs the cases.
    pub fn run(&self) -> Report {
        let outcome =
            |(name, case): (&'static str, Case<A>)| match self.skips.iter().find(|s| s.0 == name) {
                Some((_, why)) => (name, Outcome::Skipped(why.clone())),
                None => (name, try_case(&self.make, self.limits, case)),
            };
        Report { outcomes: cases::<A>().into_iter().map(outcome).collect() }
    }
}

/// Checks what [`CloneEquivalent`] promises: a block of one clone is a block of all.
pub fn clones<A: CloneEquivalent>(make: impl Fn() -> A) -> Report {
    let outcome = try_case(&make, Limits::default(), |s: &mut Shadow<A>| {
        for (round, how) in [How::Grow, How::GrowZeroed, How::Shrink].into_iter().enumerate() {
            let i = s.len();
            s.allocate(layout(100 + round, 8), false)?;
            let clone = s.alloc().clone();
            *s.alloc_mut() = clone;
            s.resize(
                i,
                how,
                layout(if how == How::Shrink { 10 } else { 999 }, 16),
                Fit::Requested,
            )?;
            let clone = s.alloc().clone();
            *s.alloc_mut() = clone;
            s.check_all()?;
        }
        Ok(())
    });
    Report { outcomes: Vec::from([("clones are equivalent", outcome)]) }
}

fn try_case<A: Allocator>(make: impl Fn() -> A, limits: Limits, case: Case<A>) -> Outcome {
    let run = || {
        let mut shadow = Shadow::new(make(), limits, false);
        case(&mut shadow)?;
        shadow.finish()?;
        Ok(shadow.ruled_out.take())
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(None)) => Outcome::Passed,
        Ok(Ok(Some(why))) => Outcome::Skipped(why),
        Ok(Err(why)) => Outcome::Failed(why),
        Err(_) => Outcome::Failed("a method unwound".to_owned()),
    }
}

type Case<A> = fn(&mut Shadow<A>) -> Verdict;

const SIZES: [usize; 14] = [1, 2, 3, 7, 8, 13, 16, 24, 33, 64, 100, 129, 255, 1000];
const MIB: usize = 1 << 20;
const PAGE: usize = 4096;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("the cases ask for layouts that exist")
}

/// Pseudo-random numbers, the same in every run.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 8) as usize
}

const fn cases<A: Allocator>() -> [(&'static str, Case<A>); 20] {
    [
        ("zero-sized requests succeed", |s| {
            for align in [1, 8, 64, PAGE] {
                s.allocate(layout(0, align), false)?;
                if let Some(i) = s.allocate(layout(0, align), true)? {
                    s.resize(i, How::Grow, layout(50, align), Fit::Requested)?;
                    s.resize(i, How::Shrink, layout(0, align), Fit::Requested)?;
                }
            }
            Ok(())
        }),
        ("small sizes", |s| sizes(s, &(0..600).collect::<Vec<_>>())),
        ("sizes to 64 KiB", |s| sizes(s, &[601, 1023, 1024, 4095, 4097, 30_000, 65_536])),
        ("sizes to 4 MiB", |s| sizes(s, &[65_537, MIB - 1, MIB, 3 * MIB + 5, 4 * MIB])),
        ("every alignment to 4 pages", |s| {
            for shift in 0..=14 {
                for size in [0, 1, 24, 100, 1 << shift] {
                    s.allocate(layout(size, 1 << shift), false)?;
                    s.allocate(layout(1, 1), false)?;
                }
            }
            Ok(())
        }),
        ("blocks are disjoint", |s| {
            for round in 0..200 {
                s.allocate(layout(SIZES[round % 14], 1 << (round % 6)), round % 3 == 0)?;
            }
            s.check_all()
        }),
        ("deallocate accepts sizes that fit", |s| {
            for size in SIZES {
                for fit in Fit::ALL {
                    if let Some(i) = s.allocate(layout(size, 8), false)? {
                        s.allocate(layout(size, 8), false)?;
                        s.free(i, fit)?;
                    }
                    s.allocate(layout(size, 8), false)?;
                }
            }
            Ok(())
        }),
        ("grow accepts sizes that fit", |s| resizes(s, How::Grow, &Fit::ALL, &[8])),
        ("shrink accepts sizes that fit", |s| resizes(s, How::Shrink, &Fit::ALL, &[8])),
        ("grow keeps the content", |s| resizes(s, How::Grow, &[Fit::Requested], &[8])),
        ("shrink keeps the content", |s| resizes(s, How::Shrink, &[Fit::Requested], &[8])),
        ("grow changes the alignment", |s| {
            resizes(s, How::Grow, &[Fit::Requested], &[1, 8, 64, PAGE])
        }),
        ("shrink changes the alignment", |s| {
            resizes(s, How::Shrink, &[Fit::Requested], &[1, 8, 64, PAGE])
        }),
        ("allocate_zeroed zeroes to the end", |s| {
            for size in SIZES.into_iter().chain([5000, 70_000]) {
                dirty(s, size)?;
                s.allocate(layout(size, 8), true)?;
            }
            Ok(())
        }),
        ("grow_zeroed zeroes to the end", |s| {
            dirty(s, 3000)?;
            resizes(s, How::GrowZeroed, &Fit::ALL, &[8])
        }),
        ("a refusal changes nothing", |s| {
            let mut vain = |size, align, how| {
                let Some(i) = s.allocate(layout(size, align), false)? else { return Ok(()) };
                let most = isize::MAX as usize;
                s.resize_in_vain(i, how, layout(most - (align - 1), align))?;
                s.resize_in_vain(i, How::Shrink, layout(1, most / 2 + 1))?;
                s.allocate(layout(size, align), false)?;
                s.allocate(layout(size, align), true)?;
                s.check_all()
            };
            for size in SIZES {
                vain(size, 8, How::Grow)?;
                vain(size, 1, How::GrowZeroed)?;
            }
            Ok(())
        }),
        ("blocks survive moves", |s| {
            for round in 0..30 {
                s.allocate(layout(SIZES[round % 14], 8), false)?;
                s.move_allocator();
                s.check_all()?;
                if round % 3 == 2 && s.len() > 1 {
                    s.free(s.len() / 2, Fit::Requested)?;
                    s.resize(0, How::Grow, layout(round * 10, 8), Fit::Requested)?;
                    s.move_allocator();
                }
            }
            Ok(())
        }),
        ("live blocks are left alone", |s| {
            let mut state = 0x9E37_79B9_7F4A_7C15;
            for _ in 0..400 {
                step(s, &mut state)?;
                s.check_all()?;
            }
            Ok(())
        }),
        ("frees first in, first out", |s| {
            for round in 0..300 {
                s.allocate(layout(SIZES[round % 14], 8), false)?;
                if s.len() > 20 {
                    s.free(0, Fit::Requested)?;
                }
            }
            while s.len() > 0 {
                s.free(0, Fit::Returned)?;
            }
            Ok(())
        }),
        ("frees in any order", |s| {
            let mut state = 42;
            for _ in 0..3000 {
                step(s, &mut state)?;
            }
            Ok(())
        }),
    ]
}

/// Blocks of all `sizes` live at once, twice over, then freed last in, first out.
fn sizes<A: Allocator>(s: &mut Shadow<A>, sizes: &[usize]) -> Verdict {
    for align in [1, 16] {
        for &size in sizes {
            s.allocate(layout(size, align), false)?;
        }
        s.finish()?;
    }
    Ok(())
}

/// Leaves freed memory full of bytes that are not zero.
fn dirty<A: Allocator>(s: &mut Shadow<A>, size: usize) -> Verdict {
    let before = s.len();
    for _ in 0..3 {
        s.allocate(layout(size, 8), false)?;
    }
    while s.len() > before {
        s.free(before, Fit::Requested)?;
    }
    Ok(())
}

/// Every size to nearby, equal and far sizes, between all pairs of `aligns`, with neighbours.
fn resizes<A: Allocator>(s: &mut Shadow<A>, how: How, fits: &[Fit], aligns: &[usize]) -> Verdict {
    for size in SIZES {
        for &fit in fits {
            for (&from, &to) in aligns.iter().flat_map(|a| aligns.iter().map(move |b| (a, b))) {
                let targets = match how {
                    How::Shrink => [size, size - 1, size / 2, 1],
                    How::Grow | How::GrowZeroed => [size, size + 1, size * 2, size * 5 + 700],
                };
                for target in targets {
                    let Some(i) = s.allocate(layout(size, from), false)? else { continue };
                    let neighbour = s.allocate(layout(size, 8), false)?;
                    let target = match how {
                        How::Shrink => target,
                        _ if target == size => s.returned(i),
                        _ => target,
                    };
                    s.resize(i, how, layout(target, to), fit)?;
                    if let Some(n) = neighbour {
                        s.free(n, fit)?;
                    }
                    s.free(i, fit)?;
                }
            }
        }
    }
    Ok(())
}

/// One random call, with about thirty blocks live.
fn step<A: Allocator>(s: &mut Shadow<A>, state: &mut u64) -> Verdict {
    let (what, size) = (next(state), SIZES[next(state) % 14]);
    let (to, fit) = (layout(size, 1 << (what % 5)), Fit::ALL[what / 16 % 3]);
    if s.len() == 0 || (what.is_multiple_of(2) && s.len() < 30) {
        return s.allocate(to, what.is_multiple_of(3)).map(drop);
    }
    let i = next(state) % s.len();
    match next(state) % 6 {
        0 => s.resize(i, How::Grow, to, fit).map(drop),
        1 => s.resize(i, How::GrowZeroed, to, fit).map(drop),
        2 => s.resize(i, How::Shrink, to, fit).map(drop),
        _ => s.free(i, fit),
    }
}

/// Makes a module `$name` with a test that runs the whole contract against allocators from `$make`.
///
/// ```
/// larder::allocator_contract! { global, || larder::alloc::Global }
/// ```
#[macro_export]
macro_rules! allocator_contract {
    ($name:ident, $make:expr $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "what makes the allocator is written outside")]
            use super::*;

            #[test]
            fn keeps_the_contract() {
                $crate::testing::contract::check($make).assert_passed();
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alloc::{Global, Null, System};

    allocator_contract! { global, || Global }
    allocator_contract! { system, || System }

    #[test]
    fn clones_of_global() {
        clones(|| Global).assert_passed();
    }

    #[test]
    fn limits_are_reported() {
        let limits = Limits::default().max_size(0);
        let report = Contract::new(|| Null).limits(limits).run();
        report.assert_passed();
        assert!(report.skipped().contains(&"blocks are disjoint"), "{report}");
        assert!(!check(|| Null).failed().is_empty());
    }
}
