//! A vector whose memory comes from a pool and goes back to it.
//!
//! A vector that lives shortly, again and again, pays for its growth each time. This one takes its
//! buffers from a pool, whose sizes it uses whole, and gives them back when it grows or is dropped;
//! [`PooledVec::new`] uses a pool of the thread, which needs no set-up. `clear` keeps a buffer of up to
//! 64 KiB and gives back a larger one; the pool's own bound says how much it keeps.
//!
//! Memory: three words and the pool's handle (none for [`PerThread`]), and
//! `max(64, capacity * size_of::<T>())` bytes, a power of two up to 1 MiB.

use liballoc::vec::Vec;

#[cfg(feature = "std")]
use crate::strategy::buffer_pool::PerThread;
use crate::{
    alloc::Allocator,
    collections::vector::{Heap, Vector},
};

/// `clear` keeps a buffer of at most so many bytes.
const KEPT: usize = 1 << 16;

/// A vector whose memory comes from the pool `P`, by default the thread's.
///
/// All that it can do is at [`Vector`]. `P` is any allocator: `&BufferPool`, `&Slab`, `&Arena`.
///
/// ```
/// use larder::PooledVec;
/// let mut line = PooledVec::new();
/// line.extend(0..100);
/// let place = line.as_ptr();
/// drop(line);
/// let again: PooledVec<i32> = PooledVec::with_capacity(100);
/// assert_eq!(again.as_ptr(), place);
/// ```
#[cfg(feature = "std")]
pub type PooledVec<T, P = PerThread> = Vector<Heap<T, P, KEPT>>;

/// A vector whose memory comes from the pool `P`.
///
/// All that it can do is at [`Vector`].
#[cfg(not(feature = "std"))]
pub type PooledVec<T, P> = Vector<Heap<T, P, KEPT>>;

#[cfg(feature = "std")]
impl<T> PooledVec<T> {
    /// An empty vector over the thread's pool. Takes nothing from it yet.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::over(Heap::new(PerThread))
    }

    /// An empty vector with room for at least `capacity` elements.
    ///
    /// # Panics
    ///
    /// When memory is refused.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_in(capacity, PerThread)
    }
}

/// The elements move: the blocks are of different allocators.
impl<T, P: Allocator + Default> From<Vec<T>> for PooledVec<T, P> {
    #[track_caller]
    fn from(vec: Vec<T>) -> Self {
        vec.into_iter().collect()
    }
}

impl<T, P: Allocator> From<PooledVec<T, P>> for Vec<T> {
    fn from(vector: PooledVec<T, P>) -> Self {
        vector.into_iter().collect()
    }
}
