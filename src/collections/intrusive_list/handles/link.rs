#![forbid(unsafe_code)]
//! The links of lists by handles, how they are found, and what may be wrong with them.

use core::{cell::Cell, error::Error, fmt};

use crate::collections::stable_vector::{Handle, Key};

/// A place in a [`HandleList`](super::HandleList), as a field of an element. Takes two handles and a word.
///
/// A clone, and a default, are in no list.
pub struct HandleLink<K: Key = Handle> {
    pub(super) next: Cell<Option<K>>,
    pub(super) prev: Cell<Option<K>>,
    /// The id of its list, or 0.
    pub(super) owner: Cell<usize>,
}

impl<K: Key> HandleLink<K> {
    /// A place in no list.
    #[must_use]
    pub const fn new() -> Self {
        Self { next: Cell::new(None), prev: Cell::new(None), owner: Cell::new(0) }
    }

    /// Whether it is in a list.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.owner.get() != 0
    }

    /// Frees it from a list that is gone, or that had it when it was erased from the vector.
    pub fn forget_list(&mut self) {
        *self = Self::new();
    }

    pub(super) fn set(&self, owner: usize, prev: Option<K>, next: Option<K>) {
        self.owner.set(owner);
        self.prev.set(prev);
        self.next.set(next);
    }
}

impl<K: Key> Clone for HandleLink<K> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<K: Key> Default for HandleLink<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key> fmt::Debug for HandleLink<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_linked() { "linked" } else { "not linked" })
    }
}

/// How a [`HandleList`](super::HandleList) finds the link in an element.
pub trait HandleAdapter<T> {
    /// The handles of the vector.
    type Key: Key;

    /// The link in an element. The same one each time, or the list is [`Broken`].
    fn hook(element: &T) -> &HandleLink<Self::Key>;
}

/// Why an element could not be linked. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// The handle names no element of this vector.
    Stale,
    /// The element is in a list by this link already.
    Linked,
    /// The element at whose side it was to be is not in this list.
    Elsewhere,
    /// The list is.
    Broken(Broken),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale => f.write_str("the handle names no element of this vector"),
            Self::Linked => {
                f.write_str("the element is in a list by this link already; remove it there first")
            }
            Self::Elsewhere => f.write_str("the element to insert beside is not in this list"),
            Self::Broken(broken) => broken.fmt(f),
        }
    }
}

impl Error for LinkError {}

impl From<Broken> for LinkError {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// Elements were erased or exchanged while they were linked, or this is not their vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "elements of the list were erased or exchanged while they were linked, or are in another \
             vector; remove them from the list first, or mend it",
        )
    }
}

impl Error for Broken {}
