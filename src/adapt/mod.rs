//! Wrappers that change what an allocator does, each over any [`Allocator`](crate::alloc::Allocator),
//! and over each other.
//!
//! | adapter | what it does | forwards |
//! |---|---|---|
//! | [`Fallback<P, S>`](Fallback) | a second allocator for what the first refuses | all but `GoodSize` |
//! | [`Segregate<LIMIT, S, L>`](Segregate) | small blocks from one, large ones from another | all |
//! | [`Limited<A>`](Limited) | at most so many bytes and blocks | all but clones |
//! | [`Aligned<N, A>`](Aligned) | alignment of at least `N` | all |
//! | [`Locked<A>`](Locked) | one lock, so that threads can share it | all but clones |
//! | [`Zeroizing<A>`](Zeroizing) | wipes what is freed or moves | all but `Reset`; in place, growth |
//! | [`Quarantine<A>`](Quarantine) | freed blocks wait, poisoned, and are checked | `Owns`, `Reset`, `Report`; in place, growth |
//! | [`Checked<A>`](Checked) | finds double and foreign frees, wrong layouts, overruns | `Reset`, `Report`, in place; has `Owns` of its own |
//! | [`Dyn`], [`DynSync`] | the allocator is chosen at run time; a default for each thread | clones |
//! | [`Null`] | refuses everything: the end of a chain | clones, `Owns` |
//! | [`Hooked<A, H>`](Hooked) | what you write: the engine under `Limited` and `larder::observe` | all but clones |
//!
//! [`At`] is a handle to [`Checked`] or `larder::observe`'s `Tracked` that tells where in the program
//! its blocks come from.
//!
//! "Forwards" names the capability traits of [`crate::alloc`] that the adapter has when what is under
//! it has them. A block of no bytes is served by every adapter.
//!
//! # A secure pool
//!
//! It is a composition, and the order matters:
//!
//! ```text
//!   Checked      looks at a free before anything is done to the memory
//!   Zeroizing    wipes what was found to be in order
//!   Quarantine   keeps it out of use, poisoned
//!   your upstream
//! ```
//!
//! `Checked` is outside. If `Zeroizing` were, a second free, or one with a wrong size, would be wiped
//! before it is looked at: bytes that are poison by then, or that belong to somebody else. If
//! `Quarantine` were, a free would be looked at only when the block leaves, with the culprit long
//! gone; and both frees of a block could wait at the same time. `Quarantine` is below both, so that a
//! freed address is not in use again soon: `Checked` then knows a second free from a foreign one. It is
//! below `Zeroizing` so that the bytes are gone at the free, and not when they leave.
//! [`secure`] has it ready, with and without the register that checking needs:
//!
//! ```
//! use larder::{adapt::secure, alloc::{Api2, Global}};
//! let alloc = secure::strict(Global);
//! let mut secret = allocator_api2::vec::Vec::new_in(Api2(alloc.at("the key")));
//! secret.extend_from_slice(b"correct horse battery staple");
//! drop(secret);
//! assert_eq!((alloc.live_blocks(), alloc.check()), (0, Ok(())));
//! ```

mod aligned;
mod checked;
mod corruption;
mod dynamic;
mod fallback;
mod hooked;
pub(crate) mod ledger;
mod limited;
mod lock;
mod locked;
mod quarantine;
pub mod secure;
mod segregate;
mod site;
mod zeroizing;

#[cfg(test)]
mod tests;

pub use aligned::Aligned;
pub use checked::{Checked, REMEMBERED};
pub use corruption::{Corruption, Origin, Side};
#[cfg(any(loom, feature = "std"))]
pub use dynamic::DefaultGuard;
pub use dynamic::{Dyn, DynSync, Handle};
pub use fallback::Fallback;
pub use hooked::{Hooked, Hooks};
pub use limited::{Limit, Limited};
pub use locked::Locked;
pub use quarantine::{POISON, Quarantine, SHUFFLED};
pub use segregate::Segregate;
pub use site::{At, Site, Sited};
pub use zeroizing::Zeroizing;

pub use crate::alloc::Null;
use crate::alloc::Stats;

/// The figures of two allocators as those of one. What only one of them knows is not known.
fn both(a: Stats, b: Stats) -> Stats {
    let sum = |a: Option<usize>, b: Option<usize>| a?.checked_add(b?);
    Stats {
        live_bytes: a.live_bytes + b.live_bytes,
        live_blocks: sum(a.live_blocks, b.live_blocks),
        // The two need not have had their peaks at the same time.
        peak_bytes: None,
        reserved_bytes: a.reserved_bytes + b.reserved_bytes,
        reserved_chunks: sum(a.reserved_chunks, b.reserved_chunks),
        limit_bytes: sum(a.limit_bytes, b.limit_bytes),
        failed: sum(a.failed, b.failed),
        largest_free: a.largest_free.zip(b.largest_free).map(|(a, b)| a.max(b)),
    }
}
