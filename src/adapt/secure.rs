//! A pool for secrets and for code that is not trusted: a composition, not one more adapter.

use super::{Checked, Quarantine, Zeroizing};
use crate::alloc::Allocator;

/// What [`strict`] makes: checks, then wipes, then waits.
pub type Strict<A> = Checked<Zeroizing<Quarantine<A>>>;

/// What [`lasting`] makes: wipes, then waits.
pub type Lasting<A> = Zeroizing<Quarantine<A>>;

/// For tests, and where an error is worse than a slow program: every free is checked, every block
/// wiped, and 16 MiB of freed memory wait.
///
/// ```
/// use larder::{adapt::secure, alloc::{Block, Global, Layout}};
/// let alloc = secure::strict(Global);
/// let block = Block::new_in(Layout::new::<[u8; 32]>(), &alloc).unwrap();
/// assert_eq!(alloc.live_blocks(), 1);
/// drop(block);
/// assert_eq!(alloc.inner().inner().waiting_blocks(), 1);
/// ```
pub fn strict<A: Allocator>(upstream: A) -> Strict<A> {
    Checked::new(Zeroizing::new(Quarantine::new(upstream, 16 << 20)))
}

/// For a program in use: every block is wiped, and 1 MiB of freed memory waits. No register of blocks,
/// so a wrong free is not found unless it writes to what waits.
pub fn lasting<A: Allocator>(upstream: A) -> Lasting<A> {
    Zeroizing::new(Quarantine::new(upstream, 1 << 20))
}
