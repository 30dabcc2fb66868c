//! A value with cache lines of its own.

use core::ops::{Deref, DerefMut};

/// A value that shares no cache line with its neighbours, so that two threads that write to two
/// neighbours do not slow each other down.
///
/// It is aligned to 128 bytes: current x86-64 processors fetch lines of 64 bytes in pairs, and some
/// AArch64 ones have lines of 128.
///
/// ```
/// use larder::sync::CachePadded;
/// let pair = [CachePadded::new(1_u8), CachePadded::new(2)];
/// assert_eq!(size_of_val(&pair), 256);
/// assert_eq!(*pair[1], 2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(align(128))]
pub struct CachePadded<T>(T);

impl<T> CachePadded<T> {
    /// Pads `value`.
    #[inline]
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for CachePadded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for CachePadded<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
