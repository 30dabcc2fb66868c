#![expect(unsafe_code, reason = "moves entries within the arrays")]
//! Taking entries out one by one, and closing the gap once.
//!
//! ```text
//!   | kept ... | gone | still to be asked ... | behind the range |
//!   0          kept   next                    end                len
//! ```
//!
//! The arrays are taken out of the container meanwhile: it is empty, and whoever forgets to drop this
//! has leaked all entries and is left with an empty container. When this is dropped, after a panic or
//! not, what was kept, what was not asked, and what is behind are moved together and put back.
//!
//! Invariant: `kept <= next <= end <= len`; the entries of `0..kept` and `next..len` are initialised,
//! those between have gone.

use core::ops::Range;

use crate::collections::flat::{key::Search, store::Raw};

/// See the module.
pub(in crate::collections::flat) struct Sieve<'a, K, V, S: Search<K>> {
    home: &'a mut Raw<K, V, S>,
    /// Its length is 0: what is in it is up to this.
    raw: Raw<K, V, S>,
    kept: usize,
    next: usize,
    end: usize,
    len: usize,
}

impl<'a, K, V, S: Search<K>> Sieve<'a, K, V, S> {
    /// Asks about the entries in `range`.
    pub(in crate::collections::flat) fn new(
        home: &'a mut Raw<K, V, S>,
        range: Range<usize>,
    ) -> Self {
        let mut raw = home.take();
        let len = raw.len;
        raw.len = 0;
        assert!(range.start <= range.end && range.end <= len);
        Self { home, raw, kept: range.start, next: range.start, end: range.end, len }
    }

    /// How many are still to be asked.
    #[inline]
    pub(in crate::collections::flat) const fn left(&self) -> usize {
        self.end - self.next
    }

    /// The next entry to be asked.
    #[inline]
    pub(in crate::collections::flat) const fn peek(&mut self) -> Option<(&K, &mut V)> {
        if self.next == self.end {
            return None;
        }
        let slot = self.raw.head + self.next;
        // SAFETY: an entry, borrowed with `self`.
        let key = unsafe { &*self.raw.keys.as_ptr().wrapping_add(slot) };
        // SAFETY: an entry, borrowed with `self`.
        Some((key, unsafe { &mut *self.raw.values.as_ptr().wrapping_add(slot) }))
    }

    /// The next entry stays.
    #[inline]
    pub(in crate::collections::flat) fn keep(&mut self) {
        assert!(self.next < self.end);
        if self.kept < self.next {
            let head = self.raw.head;
            // SAFETY: an entry, and a place that nothing is in.
            unsafe { self.raw.shift(head + self.next, head + self.kept, 1) };
        }
        self.kept += 1;
        self.next += 1;
    }

    /// The next entry goes.
    #[inline]
    pub(in crate::collections::flat) fn take(&mut self) -> Option<(K, V)> {
        if self.next == self.end {
            return None;
        }
        self.next += 1;
        // SAFETY: an entry, and `next` says now that it has gone.
        Some(unsafe { self.raw.get(self.raw.head + self.next - 1) })
    }
}

impl<K, V, S: Search<K>> Drop for Sieve<'_, K, V, S> {
    fn drop(&mut self) {
        let (head, rest) = (self.raw.head, self.len - self.next);
        if self.kept < self.next {
            // SAFETY: entries, and a place that nothing is in, or that they leave.
            unsafe { self.raw.shift(head + self.next, head + self.kept, rest) };
        }
        self.raw.len = self.kept + rest;
        self.raw.restore_tree();
        *self.home = self.raw.take();
    }
}

/// A range of entries that goes, from both ends.
pub(in crate::collections::flat) struct Drained<'a, K, V, S: Search<K>> {
    sieve: Sieve<'a, K, V, S>,
    /// Entries of `back..sieve.end` have gone.
    back: usize,
}

impl<'a, K, V, S: Search<K>> Drained<'a, K, V, S> {
    /// Takes out what is in `range`.
    pub(in crate::collections::flat) fn new(
        home: &'a mut Raw<K, V, S>,
        range: Range<usize>,
    ) -> Self {
        let back = range.end;
        Self { sieve: Sieve::new(home, range), back }
    }

    #[inline]
    pub(in crate::collections::flat) const fn left(&self) -> usize {
        self.back - self.sieve.next
    }

    #[inline]
    pub(in crate::collections::flat) fn next(&mut self) -> Option<(K, V)> {
        if self.left() == 0 { None } else { self.sieve.take() }
    }

    #[inline]
    pub(in crate::collections::flat) fn next_back(&mut self) -> Option<(K, V)> {
        if self.left() == 0 {
            return None;
        }
        self.back -= 1;
        // SAFETY: an entry, and `back` says now that it has gone.
        Some(unsafe { self.sieve.raw.get(self.sieve.raw.head + self.back) })
    }
}

impl<K, V, S: Search<K>> Drop for Drained<'_, K, V, S> {
    fn drop(&mut self) {
        /// Drops the rest, a panic or not, and says that all has gone.
        struct Rest<'d, 'a, K, V, S: Search<K>>(&'d mut Drained<'a, K, V, S>);
        impl<K, V, S: Search<K>> Drop for Rest<'_, '_, K, V, S> {
            fn drop(&mut self) {
                while self.0.next().is_some() {}
                self.0.sieve.next = self.0.sieve.end;
            }
        }
        let rest = Rest(self);
        while rest.0.next().is_some() {}
    }
}
