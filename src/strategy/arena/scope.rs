//! Scopes: what is allocated inside ends with the scope, and what is outside is left alone.
//!
//! A scope is an arena over the same bank, with bytes lent by the outer arena. The lease gives them
//! back when the scope ends, by a panic too. It holds no bytes of its own accord: if the outer
//! arena was used meanwhile, it has moved on to another chunk, and gets the lent bytes back as what
//! is aside; the next scope is lent those, so that the two go on side by side.

use super::{Arena, Backing, Bank, Window};
use crate::alloc::{Allocator, Global};

/// An arena inside an arena, see [`Arena::scope`].
pub type Scope<'s, A = Global> = Arena<A, &'s Bank<A>>;

/// Less than this aside is not worth lending.
const WORTH_LENDING: usize = 64;

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
        // Declared before the scope, and so dropped after it.
        let lease = Lease::new(self);
        let scope = Arena::over(self.bank.bank(), lease.lent, lease.lent.cursor.addr().get());
        work(&scope)
    }
}

/// Bytes that an arena has lent to a scope.
struct Lease<'a, A: Allocator, B: Backing<A>> {
    outer: &'a Arena<A, B>,
    lent: Window,
    /// The window they are the end of, by where it began; `None` when they were aside.
    base: Option<usize>,
}

impl<'a, A: Allocator, B: Backing<A>> Lease<'a, A, B> {
    #[inline]
    fn new(outer: &'a Arena<A, B>) -> Self {
        if outer.aside.get().room() >= WORTH_LENDING {
            return Self { outer, lent: outer.aside.replace(Window::CLOSED), base: None };
        }
        let lent = outer.window();
        outer.end.set(lent.cursor.addr().get() - 1);
        Self { outer, lent, base: Some(outer.base.get()) }
    }
}

impl<A: Allocator, B: Backing<A>> Drop for Lease<'_, A, B> {
    #[inline]
    fn drop(&mut self) {
        let closed_end = self.lent.cursor.addr().get() - 1;
        if self.base == Some(self.outer.base.get()) && self.outer.end.get() == closed_end {
            self.outer.end.set(self.lent.end);
        } else {
            self.outer.put_aside(self.lent);
        }
    }
}
