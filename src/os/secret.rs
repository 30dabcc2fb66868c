#![expect(unsafe_code, reason = "promises what the pages are")]
//! Memory for keys and passwords.
//!
//! | against | by | where refused |
//! |---|---|---|
//! | reads through the kernel, such as `/proc/pid/mem` | `memfd_secret` | ordinary pages |
//! | swap | `mlock` | may be swapped |
//! | core dumps | `MADV_DONTDUMP` | in dumps |
//! | copies in children after a fork | `MADV_DONTFORK` | in children |
//! | what is left after use | overwritten before it is given back, always | - |
//! | overruns and underruns | fences and canaries, always | - |
//!
//! A collection that grows moves through `grow`, which allocates, copies and frees here, so what it
//! leaves behind is overwritten, too. What the program itself copies elsewhere, to the stack for one,
//! is not known to the allocator. Hidden pages cannot be made present beforehand: when memory is out,
//! their first use ends in a signal.

use core::{fmt, ptr::NonNull};
use std::sync::PoisonError;

use super::{
    Advice, Backing, Call, Error, Fenced, Inside, Kernel, Native, Outcome, Wish, advice::lock_pages,
};
use crate::sync::Mutex;

/// An allocator for secrets: fenced, hidden, locked, not dumped, not forked as far as the kernel lets
/// it, and overwritten when freed. Each block costs pages and calls of its own; see
/// [`Guarded`](super::Guarded).
///
/// ```
/// use larder::{alloc::{Block, Layout}, os::{Secret, Wish}};
/// let secret = Secret::new().with_no_dump(Wish::Prefer);
/// let mut key = Block::new_in(Layout::new::<[u8; 32]>(), &secret)?;
/// key.as_mut_slice().fill(7);
/// let protection = secret.protection();
/// if !protection.locked.is_obtained() {
///     println!("may be swapped: {:?}", protection.locked);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Secret<K = Native> = Fenced<Sealed, K>;

/// What came of the wishes for all blocks so far; the first refusal counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protection {
    /// The kernel itself cannot read it.
    pub hidden: Outcome,
    /// It is never swapped out.
    pub locked: Outcome,
    /// It is not in core dumps.
    pub undumped: Outcome,
    /// It is not in children after a fork.
    pub unforked: Outcome,
}

/// Memory that is hard to see.
pub struct Sealed {
    hidden: Wish,
    locked: Wish,
    undumped: Wish,
    unforked: Wish,
    outcomes: Mutex<Protection>,
}

impl Secret {
    /// Secret memory from this machine's kernel, with everything preferred.
    #[must_use]
    pub const fn new() -> Self {
        Self::new_in(Native)
    }
}

impl Default for Secret {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Kernel> Secret<K> {
    /// Secret memory from a given kernel, with everything preferred.
    pub const fn new_in(kernel: K) -> Self {
        let wish = Wish::Prefer;
        let nothing = Outcome::NotAsked;
        let outcomes = Mutex::new(Protection {
            hidden: nothing,
            locked: nothing,
            undumped: nothing,
            unforked: nothing,
        });
        let inside =
            Sealed { hidden: wish, locked: wish, undumped: wish, unforked: wish, outcomes };
        Self::over(inside, kernel)
    }

    /// The same, with this wish for memory that the kernel itself cannot read.
    #[must_use]
    pub const fn with_hidden(mut self, wish: Wish) -> Self {
        self.inside.hidden = wish;
        self
    }

    /// The same, with this wish for memory that is never swapped out.
    #[must_use]
    pub const fn with_lock(mut self, wish: Wish) -> Self {
        self.inside.locked = wish;
        self
    }

    /// The same, with this wish for memory that is not in core dumps.
    #[must_use]
    pub const fn with_no_dump(mut self, wish: Wish) -> Self {
        self.inside.undumped = wish;
        self
    }

    /// The same, with this wish for memory that is not in children after a fork.
    #[must_use]
    pub const fn with_no_fork(mut self, wish: Wish) -> Self {
        self.inside.unforked = wish;
        self
    }

    /// What came of the wishes.
    pub fn protection(&self) -> Protection {
        self.inside.outcomes()
    }
}

impl Sealed {
    fn outcomes(&self) -> Protection {
        *self.outcomes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// SAFETY: both backings are readable, writable and zero, and what is asked for keeps them so.
unsafe impl Inside for Sealed {
    fn backings(&self) -> &'static [Backing] {
        match self.hidden {
            Wish::Require => &[Backing::Secret],
            Wish::Prefer => &[Backing::Secret, Backing::Private],
            Wish::Ignore => &[Backing::Private],
        }
    }

    fn dress(
        &self,
        kernel: &impl Kernel,
        at: NonNull<u8>,
        len: usize,
        backing: Backing,
        refused: Option<Error>,
    ) -> Result<(), Error> {
        let advise = |advice| {
            // SAFETY: the pages are new, nobody uses them, and such advice takes nothing away here.
            let done = unsafe { kernel.advise(at, len, advice) };
            done.map_err(|errno| Error::new(Call::Advise, len, errno))
        };
        let hidden = Outcome::of(self.hidden, || refused.map_or(Ok(()), Err))?;
        // Hidden pages are never swapped, and the kernel refuses to lock them once more.
        let lock = || if backing == Backing::Secret { Ok(()) } else { lock_pages(kernel, at, len) };
        let locked = Outcome::of(self.locked, lock)?;
        let undumped = Outcome::of(self.undumped, || advise(Advice::NoDump))?;
        let unforked = Outcome::of(self.unforked, || advise(Advice::NoFork))?;
        let mut all = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        *all = Protection {
            hidden: all.hidden.and(hidden),
            locked: all.locked.and(locked),
            undumped: all.undumped.and(undumped),
            unforked: all.unforked.and(unforked),
        };
        Ok(())
    }

    fn wipes(&self) -> bool {
        true
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("outcomes", &self.outcomes()).finish_non_exhaustive()
    }
}
