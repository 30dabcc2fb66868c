#![expect(unsafe_code, reason = "links nodes by raw pointers")]
//! A chain of nodes, linked both ways: the engine of all lists.
//!
//! ```text
//! first --> | links | <--> | links | <--> | links | <-- last
//! ```
//!
//! A chain knows the links of its nodes only, not what is around them, nor whose memory they are in.
//! The outer links of the first and the last node are none.
//!
//! Invariants, which the callers of the unsafe methods keep up:
//!
//! 1. Each node of a chain is valid, and in one chain only. Its links are reached through shared
//!    references alone, by the thread that has the chain.
//! 2. `first`, and the `next` of each node after it, lead through `len` nodes to `last`; `prev` leads
//!    the same way back.
//!
//! Sorting moves one node at a time between runs of the one chain, so that a comparison that panics
//! leaves it whole.

use core::{cell::Cell, iter::FusedIterator, panic::RefUnwindSafe, ptr::NonNull};

/// The way from a node to its neighbours.
#[derive(Debug, Default)]
pub(crate) struct Links {
    next: Cell<Link>,
    prev: Cell<Link>,
}

// A panic leaves no link half changed: nothing here runs the user's code while it changes some.
impl RefUnwindSafe for Links {}

/// A node, or none.
pub(crate) type Link = Option<NonNull<Links>>;

impl Links {
    pub(crate) const fn new() -> Self {
        Self { next: Cell::new(None), prev: Cell::new(None) }
    }
}

/// The node behind `node`.
///
/// # Safety
///
/// `node` is valid (1).
#[inline]
pub(crate) unsafe fn next(node: NonNull<Links>) -> Link {
    // SAFETY: as promised to this function.
    unsafe { node.as_ref() }.next.get()
}

/// The node before `node`.
///
/// # Safety
///
/// `node` is valid (1).
#[inline]
pub(crate) unsafe fn prev(node: NonNull<Links>) -> Link {
    // SAFETY: as promised to this function.
    unsafe { node.as_ref() }.prev.get()
}

/// Says what is behind `node`.
///
/// # Safety
///
/// `node` is valid (1), and in no chain, or the caller puts things right.
#[inline]
pub(crate) unsafe fn set_next(node: NonNull<Links>, next: Link) {
    // SAFETY: as promised to this function.
    unsafe { node.as_ref() }.next.set(next);
}

/// Says what is before `node`.
///
/// # Safety
///
/// `node` is valid (1), and in no chain, or the caller puts things right.
#[inline]
pub(crate) unsafe fn set_prev(node: NonNull<Links>, prev: Link) {
    // SAFETY: as promised to this function.
    unsafe { node.as_ref() }.prev.set(prev);
}

/// The chain.
#[derive(Debug)]
pub(crate) struct Chain {
    first: Link,
    last: Link,
    len: usize,
}

impl Chain {
    pub(crate) const fn new() -> Self {
        Self { first: None, last: None, len: 0 }
    }

    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) const fn first(&self) -> Link {
        self.first
    }

    #[inline]
    pub(crate) const fn last(&self) -> Link {
        self.last
    }

    /// What leads from `node` on: its `next`, or `first`.
    #[inline]
    fn set_after(&mut self, node: Link, next: Link) {
        match node {
            // SAFETY: the nodes of the chain are valid (1).
            Some(node) => unsafe { node.as_ref() }.next.set(next),
            None => self.first = next,
        }
    }

    /// What leads back from `node`: its `prev`, or `last`.
    #[inline]
    fn set_before(&mut self, node: Link, prev: Link) {
        match node {
            // SAFETY: the nodes of the chain are valid (1).
            Some(node) => unsafe { node.as_ref() }.prev.set(prev),
            None => self.last = prev,
        }
    }

    /// The node before `node`, which is of this chain, or the last.
    #[inline]
    pub(crate) fn before(&self, node: Link) -> Link {
        match node {
            // SAFETY: the nodes of the chain are valid (1).
            Some(node) => unsafe { prev(node) },
            None => self.last,
        }
    }

    /// The node behind `node`, which is of this chain, or the first.
    #[inline]
    pub(crate) fn after(&self, node: Link) -> Link {
        match node {
            // SAFETY: the nodes of the chain are valid (1).
            Some(node) => unsafe { next(node) },
            None => self.first,
        }
    }

    /// Puts `node` before the node `at`, or at the end.
    ///
    /// # Safety
    ///
    /// `node` is valid, and in no chain; `at` is of this one.
    #[inline]
    pub(crate) unsafe fn insert(&mut self, node: NonNull<Links>, at: Link) {
        let before = self.before(at);
        self.set_after(Some(node), at);
        self.set_before(Some(node), before);
        self.set_after(before, Some(node));
        self.set_before(at, Some(node));
        self.len += 1;
    }

    /// Takes `node` out.
    ///
    /// # Safety
    ///
    /// It is of this chain.
    #[inline]
    pub(crate) unsafe fn unlink(&mut self, node: NonNull<Links>) {
        let (before, after) = (self.before(Some(node)), self.after(Some(node)));
        self.set_after(before, after);
        self.set_before(after, before);
        self.len -= 1;
    }

    /// Takes the first node out. What is before it need not be looked up.
    #[inline]
    pub(crate) fn unlink_first(&mut self) -> Link {
        let first = self.first?;
        self.first = self.after(Some(first));
        self.set_before(self.first, None);
        self.len -= 1;
        Some(first)
    }

    /// Takes the last node out.
    #[inline]
    pub(crate) fn unlink_last(&mut self) -> Link {
        let last = self.last?;
        self.last = self.before(Some(last));
        self.set_after(self.last, None);
        self.len -= 1;
        Some(last)
    }

    /// Puts the nodes of `other` before the node `at`, or at the end.
    ///
    /// # Safety
    ///
    /// `at` is of this chain, and `other` is another one.
    pub(crate) unsafe fn splice(&mut self, other: Self, at: Link) {
        if other.first.is_some() {
            let before = self.before(at);
            self.set_after(before, other.first);
            self.set_before(other.first, before);
            self.set_after(other.last, at);
            self.set_before(at, other.last);
            self.len += other.len;
        }
    }

    /// Cuts the chain before the node `at`, which has `front` nodes before it, and returns the part
    /// from there.
    ///
    /// # Safety
    ///
    /// `at` is of this chain, or none, and has so many nodes before it.
    pub(crate) unsafe fn cut(&mut self, at: Link, front: usize) -> Self {
        if at.is_none() {
            return Self::new();
        }
        let before = self.before(at);
        let back = Self { first: at, last: self.last, len: self.len - front };
        self.set_before(at, None);
        self.set_after(before, None);
        self.last = before;
        self.len = front;
        back
    }

    /// The node that has `index` nodes before it, found from the nearer end.
    pub(crate) fn nth(&self, index: usize) -> Link {
        if index < self.len / 2 {
            self.walk().nth(index)
        } else {
            self.walk().nth_back(self.len.checked_sub(index + 1)?)
        }
    }

    /// The nodes.
    #[inline]
    pub(crate) const fn walk(&self) -> Walk {
        Walk { front: self.first, back: self.last, left: self.len }
    }

    /// Sorts by `less`; nodes of which neither is less keep their order. O(n log n) comparisons, and
    /// no memory but log n calls deep.
    pub(crate) fn sort(&mut self, less: &mut impl FnMut(NonNull<Links>, NonNull<Links>) -> bool) {
        if let Some(first) = self.first {
            self.sort_run(first, self.len, less);
        }
    }

    /// Sorts the `count` nodes from `start` on, and returns the first of them after, and the node
    /// behind them.
    fn sort_run(
        &mut self,
        start: NonNull<Links>,
        count: usize,
        less: &mut impl FnMut(NonNull<Links>, NonNull<Links>) -> bool,
    ) -> (NonNull<Links>, Link) {
        if count == 1 {
            return (start, self.after(Some(start)));
        }
        let (mut left, middle) = self.sort_run(start, count / 2, less);
        let Some(middle) = middle else { return (left, None) };
        let (mut right, end) = self.sort_run(middle, count - count / 2, less);
        let mut first = None;
        // The left run ends where the right one begins, since nothing else is between them.
        loop {
            let lesser = less(right, left);
            let head = if lesser { right } else { left };
            first = first.or(Some(head));
            if lesser {
                let behind = self.after(Some(right));
                // SAFETY: it is of this chain.
                unsafe { self.unlink(right) };
                // SAFETY: it is in no chain now, and `left` is of this one.
                unsafe { self.insert(right, Some(left)) };
                match behind {
                    Some(next) if behind != end => right = next,
                    _ => break,
                }
            } else {
                match self.after(Some(left)) {
                    Some(next) if next != right => left = next,
                    _ => break,
                }
            }
        }
        (first.unwrap_or(left), end)
    }
}

/// The nodes of a chain, from both ends. A node may be unlinked after it was yielded.
///
/// Invariant: the `left` nodes from `front` to `back` are nodes of a chain, in a row.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    front: Link,
    back: Link,
    left: usize,
}

impl Walk {
    #[inline]
    pub(crate) const fn empty() -> Self {
        Self { front: None, back: None, left: 0 }
    }
}

impl Iterator for Walk {
    type Item = NonNull<Links>;

    #[inline]
    fn next(&mut self) -> Option<NonNull<Links>> {
        self.left = self.left.checked_sub(1)?;
        let node = self.front?;
        // SAFETY: the node is of a chain.
        self.front = unsafe { next(node) };
        Some(node)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Walk {
    #[inline]
    fn next_back(&mut self) -> Option<NonNull<Links>> {
        self.left = self.left.checked_sub(1)?;
        let node = self.back?;
        // SAFETY: the node is of a chain.
        self.back = unsafe { prev(node) };
        Some(node)
    }
}

impl ExactSizeIterator for Walk {}
impl FusedIterator for Walk {}
