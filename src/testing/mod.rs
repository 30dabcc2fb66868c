//! The proof kit: finds out whether an allocator keeps the contract of [`crate::alloc`], and
//! whether a container bears one that is awkward or runs out.
//!
//! | for | there is |
//! |---|---|
//! | an allocator | [`contract::check`], case by case; [`run`], any program of [`Op`]s |
//! | a container, or an allocator over another | the adapters in [`hostile`] |
//! | code that must survive a refusal | [`sweep::fail_each_allocation`] |
//! | code that must survive its elements | [`dummy`]: elements that panic, count and lie |

pub mod contract;
pub mod dummy;
pub mod hostile;
mod limits;
mod op;
mod shadow;
pub mod sweep;

pub use limits::Limits;
pub use op::{Failure, Op, run};
