//! The contract of [`crate::alloc`], case by case.
//!
//! ```
//! use larder::{Arena, alloc::Global, testing::contract};
//! contract::check(|| Global).assert_passed();
//! contract::clones(|| Global).assert_passed();
//! contract::resize_in_place(Arena::new).assert_passed();
//! ```
//!
//! Each case has an allocator of its own. A case checks a block before it touches it, so a broken
//! allocator is rejected and does not crash the test. The cases of [`check`] ask for what every
//! allocator owes; a capability has cases of its own, which are asked for by name: the functions of
//! this module run them alone, and the methods of [`Contract`] add them to a run.

mod capabilities;
mod cases;

use core::{fmt, panic::AssertUnwindSafe};
use std::{borrow::ToOwned, panic::catch_unwind, string::String, vec::Vec};

use crate::{
    alloc::{Allocator, Bulk, CloneEquivalent, GoodSize, Owns, Reset, ResizeInPlace},
    testing::{
        Limits,
        shadow::{Shadow, Verdict},
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
        let width = self.outcomes.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => writeln!(f, "{name:<width$}  passed")?,
                Outcome::Skipped(why) => writeln!(f, "{name:<width$}  skipped  {why}")?,
                Outcome::Failed(why) => writeln!(f, "{name:<width$}  FAILED   {why}")?,
            }
        }
        Ok(())
    }
}

/// Runs every case of the contract against allocators from `make`.
pub fn check<A: Allocator>(make: impl Fn() -> A) -> Report {
    Contract::new(make).run()
}

/// Checks what [`CloneEquivalent`] promises, and nothing else.
pub fn clones<A: CloneEquivalent>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).clones().run()
}

/// Checks what [`Owns`] promises, and nothing else.
///
/// The blocks that are not the allocator's own come from the global heap, so an allocator that hands
/// out the global heap's blocks as they are cannot pass; nor could it ever tell them apart.
pub fn owns<A: Owns>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).owns().run()
}

/// Checks what [`ResizeInPlace`] promises, and nothing else.
pub fn resize_in_place<A: ResizeInPlace>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).resize_in_place().run()
}

/// Checks what [`GoodSize`] promises, and nothing else.
pub fn good_size<A: GoodSize>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).good_size().run()
}

/// Checks what [`Bulk`] promises, and nothing else.
pub fn bulk<A: Bulk>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).bulk().run()
}

/// Checks what [`Reset`] promises, and nothing else.
pub fn reset<A: Allocator + Reset>(make: impl Fn() -> A) -> Report {
    Contract::bare(make).reset().run()
}

/// A run of cases that can be set up first.
///
/// ```
/// use larder::{Arena, testing::{Limits, contract::Contract}};
/// let report = Contract::new(|| Arena::new().with_limit(50_000))
///     .limits(Limits::default().max_live_bytes(1000).max_size(1000).max_align(64))
///     .resize_in_place()
///     .skip("frees in any order", "an arena reuses nothing before its reset")
///     .skip("frees first in, first out", "as above")
///     .run();
/// assert!(report.skipped().contains(&"sizes to 4 MiB"), "{report}");
/// ```
#[derive(Clone, Debug)]
pub struct Contract<A, F> {
    make: F,
    limits: Limits,
    cases: Vec<Case<A>>,
    skips: Vec<(String, String)>,
}

/// A case: what it is called, and what it does with a fresh allocator.
type Case<A> = (&'static str, fn(&mut Shadow<A>) -> Verdict);

impl<A: Allocator, F: Fn() -> A> Contract<A, F> {
    /// All cases that every allocator owes, without limits, each against an allocator from `make`.
    pub fn new(make: F) -> Self {
        Self::bare(make).and(cases::all())
    }

    /// No case yet: for those of the capabilities alone.
    pub const fn bare(make: F) -> Self {
        Self { make, limits: Limits::UNLIMITED, cases: Vec::new(), skips: Vec::new() }
    }

    /// Asks for nothing beyond `limits`; the cases that would are reported as skipped.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Leaves out a case, and says why.
    ///
    /// # Panics
    ///
    /// If there is no case of that name yet.
    #[must_use]
    pub fn skip(mut self, case: &str, why: &str) -> Self {
        assert!(self.cases.iter().any(|c| c.0 == case), "there is no case {case:?}");
        self.skips.push((case.to_owned(), why.to_owned()));
        self
    }

    fn and(mut self, cases: impl IntoIterator<Item = Case<A>>) -> Self {
        self.cases.extend(cases);
        self
    }

    /// Runs the cases.
    pub fn run(&self) -> Report {
        let outcome = |&(name, case): &Case<A>| match self.skips.iter().find(|s| s.0 == name) {
            Some((_, why)) => (name, Outcome::Skipped(why.clone())),
            None => (name, try_case(&self.make, self.limits, case)),
        };
        Report { outcomes: self.cases.iter().map(outcome).collect() }
    }
}

impl<A: CloneEquivalent, F: Fn() -> A> Contract<A, F> {
    /// Adds the case of [`clones`].
    #[must_use]
    pub fn clones(self) -> Self {
        self.and(capabilities::clones())
    }
}

impl<A: Owns, F: Fn() -> A> Contract<A, F> {
    /// Adds the cases of [`owns`].
    #[must_use]
    pub fn owns(self) -> Self {
        self.and(capabilities::owns())
    }
}

impl<A: ResizeInPlace, F: Fn() -> A> Contract<A, F> {
    /// Adds the cases of [`resize_in_place`].
    #[must_use]
    pub fn resize_in_place(self) -> Self {
        self.and(capabilities::resize_in_place())
    }
}

impl<A: GoodSize, F: Fn() -> A> Contract<A, F> {
    /// Adds the cases of [`good_size`].
    #[must_use]
    pub fn good_size(self) -> Self {
        self.and(capabilities::good_size())
    }
}

impl<A: Bulk, F: Fn() -> A> Contract<A, F> {
    /// Adds the cases of [`bulk`].
    #[must_use]
    pub fn bulk(self) -> Self {
        self.and(capabilities::bulk())
    }
}

impl<A: Allocator + Reset, F: Fn() -> A> Contract<A, F> {
    /// Adds the cases of [`reset`].
    #[must_use]
    pub fn reset(self) -> Self {
        self.and(capabilities::reset())
    }
}

fn try_case<A: Allocator>(
    make: impl Fn() -> A,
    limits: Limits,
    case: fn(&mut Shadow<A>) -> Verdict,
) -> Outcome {
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

/// Makes a module `$name` with a test that runs the whole contract against allocators from `$make`,
/// within `$limits` if there are some.
///
/// ```
/// use larder::{Arena, testing::Limits};
/// larder::allocator_contract! { global, || larder::alloc::Global }
/// larder::allocator_contract! {
///     small, || Arena::new().with_limit(10_000), Limits::default().max_live_bytes(0)
/// }
/// ```
#[macro_export]
macro_rules! allocator_contract {
    ($name:ident, $make:expr $(,)?) => {
        $crate::allocator_contract! { $name, $make, $crate::testing::Limits::UNLIMITED }
    };
    ($name:ident, $make:expr, $limits:expr $(,)?) => {
        mod $name {
            #[allow(unused_imports, reason = "what makes the allocator is written outside")]
            use super::*;

            #[test]
            fn keeps_the_contract() {
                let contract = $crate::testing::contract::Contract::new($make);
                contract.limits($limits).run().assert_passed();
            }
        }
    };
}

#[cfg(test)]
mod tests;
