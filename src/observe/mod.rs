//! Wrappers that watch an allocator. What is not wrapped is not watched, and costs nothing.
//!
//! | wrapper | tells | costs |
//! |---|---|---|
//! | [`Counted<A>`](Counted) | bytes and blocks live, peak, totals, failures, sizes | a few instructions a call, nothing shared |
//! | [`Tracked<A>`](Tracked) | which blocks are live, from where and since when; leaks; temporary ones; what a closure left | a hash table of the live blocks |
//!
//! Both are sets of [`Hooks`](crate::adapt::Hooks) around the upstream, as is what you write yourself,
//! and forward what [`Hooked`](crate::adapt::Hooked) does. They watch one allocator and not the
//! process, so tests that run side by side do not disturb each other.

mod counted;
mod tracked;

pub use counted::{Counted, Counter, Counts};
pub use tracked::{Leaks, Live, Region, SiteCounts, Tracked, Tracker};
