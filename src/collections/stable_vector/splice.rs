#![expect(unsafe_code, reason = "hands blocks from one vector to another of the same allocator")]
//! Taking over all elements of another vector, where they are.

use core::{error::Error, fmt};

pub use crate::alloc::OneAllocator;
use crate::{alloc::Refusal, panics, raw::slots::Moved};

use super::{Key, KeyedVector};

/// Why a vector could not take over another's elements. Both are what they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpliceError {
    /// The vectors' allocators are not known to be one.
    Apart,
    /// There was no memory for the longer directory, or handles name no more slots.
    Refused(Refusal),
}

impl fmt::Display for SpliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart => f.write_str(
                "the vectors do not share an allocator; make both over one reference, or move the \
                 elements by `extend` and `drain`",
            ),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl Error for SpliceError {}

/// What elements are known by after a splice.
#[derive(Clone, Copy, Debug)]
pub struct Spliced(Moved);

impl Spliced {
    /// The handle in the vector that took the element over, of the one in the vector that gave it. A
    /// stale handle becomes a stale one. None, when the handle was not of that vector, as far as its
    /// kind can tell.
    #[must_use]
    pub fn handle<K: Key>(self, old: K) -> Option<K> {
        self.0.handle(old)
    }
}

impl<T, K: Key, A: OneAllocator> KeyedVector<T, K, A> {
    /// Takes over all elements of `other`, whose allocator is the same. No element moves; pointers to
    /// them stay valid, and the handles are told by the result. O((n + m) / 64), and O(m) for
    /// the generations that stay behind.
    ///
    /// ```
    /// use larder::{Arena, StableVector};
    /// let arena = Arena::new();
    /// let (mut all, mut more) = (StableVector::new_in(&arena), StableVector::new_in(&arena));
    /// all.extend(0..10);
    /// let handle = more.insert(10);
    /// let place = more.get_ptr(handle);
    ///
    /// let handle = all.splice(&mut more).handle(handle).unwrap();
    /// assert_eq!((all.get_ptr(handle), all.len(), more.len()), (place, 11, 0));
    /// ```
    ///
    /// # Panics
    ///
    /// When the allocators are not known to be one, or memory is refused.
    #[track_caller]
    pub fn splice(&mut self, other: &mut Self) -> Spliced {
        match self.try_splice(other) {
            Ok(spliced) => spliced,
            Err(error) => panics::with(&error),
        }
    }

    /// [`splice`](Self::splice), or an error.
    ///
    /// # Errors
    ///
    /// When the allocators are not known to be one, or memory is refused.
    pub fn try_splice(&mut self, other: &mut Self) -> Result<Spliced, SpliceError> {
        if !self.allocator().is_one(other.allocator()) {
            return Err(SpliceError::Apart);
        }
        // SAFETY: the allocators are one.
        let moved = unsafe { self.slots.splice(&mut other.slots) };
        moved.map(Spliced).map_err(SpliceError::Refused)
    }
}
