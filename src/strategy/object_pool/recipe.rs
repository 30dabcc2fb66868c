//! How objects of a pool are made, and what becomes of them when they come back.

/// What becomes of an object that comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits for its next use.
    Keep,
    /// It is dropped: it is broken, or has grown too large to keep.
    Drop,
}

/// Makes the objects of an [`ObjectPool`](super::ObjectPool) and resets those that come back.
///
/// A pair of closures is a recipe that keeps every object. With a type of one's own, an object can
/// be looked at first:
///
/// ```
/// use larder::{ObjectPool, alloc::Global, strategy::object_pool::{Fate, Recipe}};
///
/// struct Buffers;
///
/// impl Recipe<Vec<u8>> for Buffers {
///     fn make(&self) -> Vec<u8> {
///         Vec::with_capacity(256)
///     }
///
///     fn reset(&self, buffer: &mut Vec<u8>) -> Fate {
///         buffer.clear();
///         if buffer.capacity() <= 4096 { Fate::Keep } else { Fate::Drop }
///     }
/// }
///
/// let pool = ObjectPool::with_recipe_in(Buffers, Global);
/// pool.acquire().resize(100, 1);
/// assert_eq!(pool.idle(), 1);
/// pool.acquire().resize(5000, 1);
/// assert_eq!(pool.idle(), 0);
/// ```
pub trait Recipe<T> {
    /// A new object.
    fn make(&self) -> T;

    /// Makes an object ready for its next use, and says whether there is to be one. If this panics
    /// the object is dropped.
    fn reset(&self, object: &mut T) -> Fate;
}

impl<T, M: Fn() -> T, C: Fn(&mut T)> Recipe<T> for (M, C) {
    #[inline]
    fn make(&self) -> T {
        (self.0)()
    }

    #[inline]
    fn reset(&self, object: &mut T) -> Fate {
        (self.1)(object);
        Fate::Keep
    }
}
