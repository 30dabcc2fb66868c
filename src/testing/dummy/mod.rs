//! Elements that a container must survive.
//!
//! | element | what it does |
//! |---|---|
//! | [`CrashDummy`] | counts its clones, drops and comparisons in a [`Tally`], and panics on command |
//! | [`ZeroSized`] | the same, and has no bytes |
//! | [`OverAligned`] | any of them, at a multiple of 128 |
//! | [`ChaoticOrd`] | its equality, order and hash lie |
//!
//! [`Element`] is what the first three have in common, so that one test body runs over all. What a
//! container calls besides its elements, closures and iterators, panics through [`Tally::call`] and
//! [`Tally::iter`]. To panic at each step in turn, see [`panic_at_each_step`].
//!
//! [`panic_at_each_step`]: crate::testing::sweep::panic_at_each_step

mod chaos;
mod elements;
mod tally;

pub use chaos::ChaoticOrd;
pub use elements::{CrashDummy, Element, OverAligned, ZeroSized};
pub use tally::{Step, Tally};

#[cfg(test)]
mod tests;
