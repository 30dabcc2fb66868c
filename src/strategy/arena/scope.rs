//! Scopes: what is allocated inside ends with the scope, and what is outside is left alone.
//!
//! A scope is an arena over the same bank, with bytes lent by the outer arena and books on the stack
//! of the call that opens it. The lease gives the bytes back when the scope ends, by a panic too.

use super::{
    Arena, Backing,
    backing::{Books, Lent},
    lease::Lease,
    stock::Stock,
};
use crate::alloc::{Allocator, Global};

/// An arena inside an arena, see [`Arena::scope`]. Name it to pass one on:
///
/// ```
/// use larder::{Arena, Scope};
/// fn shout<'a>(word: &str, scratch: &'a Scope<'_>) -> &'a str {
///     let word = scratch.alloc_str(word);
///     word.make_ascii_uppercase();
///     word
/// }
/// let arena = Arena::new();
/// assert_eq!(arena.scope(|scratch| shout("help", scratch).len()), 4);
/// assert_eq!(arena.used_bytes(), 0);
/// ```
pub type Scope<'s, A = Global> = Arena<A, Lent<'s, A>>;

impl<A: Allocator, B: Backing<A>> Arena<A, B> {
    /// Runs `work` with a scope: an arena whose blocks all end when `work` returns.
    ///
    /// The outer arena stays usable inside, and what was allocated from it stays valid, even a
    /// collection that grows meanwhile. What is allocated from the scope cannot leave it.
    ///
    /// ```
    /// let arena = larder::Arena::new();
    /// let mut longest = arena.alloc_str("");
    /// for line in ["a bc", "def", "gh ijkl"] {
    ///     arena.scope(|scratch| {
    ///         let upper = scratch.alloc_str(line);
    ///         upper.make_ascii_uppercase();
    ///         for word in upper.split(' ').filter(|word| word.len() > longest.len()) {
    ///             longest = arena.alloc_str(word); // the outer arena, so it may stay
    ///         }
    ///     });
    /// }
    /// assert_eq!(longest, "IJKL");
    /// ```
    ///
    /// ```compile_fail
    /// let arena = larder::Arena::new();
    /// let escaped = arena.scope(|scratch| scratch.alloc_str("gone"));
    /// ```
    #[inline]
    pub fn scope<R>(&self, work: impl for<'s> FnOnce(&'s Scope<'s, A>) -> R) -> R {
        let lease = Lease::of_some(self);
        let (lent, bank) = (lease.lent, self.backing.bank());
        let returned = {
            let books = Books { stock: Stock::new(lent.cursor.addr().get()), bank };
            work(&Arena::over(Lent { stock: &books.stock, bank }, lent))
        };
        lease.end(lent.cursor);
        returned
    }
}
