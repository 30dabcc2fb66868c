#![expect(unsafe_code, reason = "writes behind elements that are lent out")]
//! Appending through a shared handle.
//!
//! ```text
//!  | lent out, and never written again ... | free ... | addresses only |
//!  ptr                                     len        cap
//! ```
//!
//! Elements stay where they are while the vector grows, so references to them outlive each push. A
//! push writes behind the length and nowhere else. The vector itself is touched when there is no more
//! room, or to commit, and is out of the cell then: a storage that would do so to the vector it
//! serves, from within such a call, finds none.
//!
//! It is for one thread. A handle for several would have the same shape, with a length that is
//! reserved first and made known when the element is there.
//!
//! Invariants:
//!
//! 1. `ptr` is the vector's base, and stays so while the appender lives: the storage is [`Anchored`].
//! 2. The first `len` elements are initialised, and nobody writes them; `len <= cap`, and `cap` is the
//!    vector's.
//! 3. The vector's own length is at most `len`, and is `len` while it is out of its cell.

use core::{cell::Cell, fmt, ops::Deref, ptr::NonNull, slice};

use bytemuck::Pod;

use super::{Anchored, Durable, FileError, MmapVec};

/// Appends to a vector whose elements are read meanwhile; made by [`MmapVec::appender`].
///
/// The elements appended are the vector's when this is dropped. If it is leaked, or a method of the
/// storage panics, they may be lost.
///
/// ```
/// use larder::collections::mmap_vec::MmapVec;
/// # let folder = std::env::temp_dir().join(format!("larder-doc-append-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let mut vec = MmapVec::<u64>::create(folder.join("log"))?;
/// let log = vec.appender();
/// let seven = log.push(7)?;
/// for n in 0..100_000 {
///     log.push(n)?; // the vector grows, and nothing moves
/// }
/// assert_eq!((*seven, log.len()), (7, 100_001));
/// log.commit()?;
/// drop(log);
/// assert_eq!(vec.committed_len(), 100_001);
/// # drop(vec);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Elements are not cut off while they are lent out:
///
/// ```compile_fail,E0505
/// # use larder::{collections::mmap_vec::MmapVec, os::FileError};
/// fn lost(vec: &mut MmapVec<u64>) -> Result<u64, FileError> {
///     let log = vec.appender();
///     let seven = log.push(7)?;
///     drop(log);
///     vec.clear();
///     Ok(*seven)
/// }
/// ```
///
/// ```
/// # use larder::{collections::mmap_vec::MmapVec, os::FileError};
/// fn kept(vec: &mut MmapVec<u64>) -> Result<u64, FileError> {
///     let log = vec.appender();
///     let seven = *log.push(7)?;
///     drop(log);
///     vec.clear();
///     Ok(seven)
/// }
/// ```
///
/// A vector that moves when it grows has no appender:
///
/// ```compile_fail,E0599
/// # use larder::{alloc::Global, collections::mmap_vec::{MmapVec, Volatile}};
/// fn moves(vec: &mut MmapVec<u64, Volatile<Global>>) {
///     vec.appender();
/// }
/// ```
///
/// ```
/// # use larder::collections::mmap_vec::{FileStorage, MmapVec};
/// fn stays(vec: &mut MmapVec<u64, FileStorage>) {
///     vec.appender();
/// }
/// ```
///
/// It is not shared between threads:
///
/// ```compile_fail,E0277
/// # use larder::collections::mmap_vec::Appender;
/// fn shared<T: Sync>() {}
/// shared::<Appender<'_, u64>>();
/// ```
///
/// ```
/// # use larder::collections::mmap_vec::Appender;
/// fn sent<T: Send>() {}
/// sent::<Appender<'_, u64>>();
/// ```
pub struct Appender<'v, T: Pod, S: Anchored = super::FileStorage> {
    ptr: NonNull<T>,
    len: Cell<usize>,
    cap: Cell<usize>,
    vec: Cell<Option<&'v mut MmapVec<T, S>>>,
}

impl<T: Pod, S: Anchored> MmapVec<T, S> {
    /// A handle that appends while the elements are read; see there.
    pub const fn appender(&mut self) -> Appender<'_, T, S> {
        Appender {
            ptr: self.ptr,
            len: Cell::new(self.len),
            cap: Cell::new(self.cap),
            vec: Cell::new(Some(self)),
        }
    }
}

impl<T: Pod, S: Anchored> Appender<'_, T, S> {
    /// How many elements there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements there are now.
    #[inline]
    #[must_use]
    pub const fn as_slice(&self) -> &[T] {
        // SAFETY: they are initialised and nobody writes them (2); they stay while the appender is
        // borrowed (1).
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.len()) }
    }

    /// Appends an element, and returns where it is from now on. O(1).
    ///
    /// # Errors
    ///
    /// When there is no more memory; nothing has changed.
    ///
    /// # Panics
    ///
    /// When a method of the storage calls it, or has panicked.
    #[inline]
    pub fn push(&self, value: T) -> Result<&T, FileError> {
        let [element] = self.extend_from_slice(slice::from_ref(&value))? else {
            unreachable!("as many elements are returned as were given")
        };
        Ok(element)
    }

    /// Appends copies of `values`, and returns where they are from now on.
    ///
    /// # Errors
    ///
    /// When there is no more memory; nothing has changed.
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push).
    #[inline]
    pub fn extend_from_slice(&self, values: &[T]) -> Result<&[T], FileError> {
        let len = self.len.get();
        if values.len() > self.cap.get() - len {
            self.with_vec(|vec| vec.grow_slow(values.len()))?;
        }
        // SAFETY: `len <= cap`, so the place is in the storage's memory or at its end (1, 2).
        let place = unsafe { self.ptr.add(len) };
        // SAFETY: there is room for all of them, behind all elements that are lent out (2), so
        // `values`, if they are among those, do not overlap it.
        unsafe { place.copy_from_nonoverlapping(NonNull::from_ref(values).cast(), values.len()) };
        self.len.set(len + values.len());
        // SAFETY: they were just initialised, are never written again (2), and stay (1).
        Ok(unsafe { slice::from_raw_parts(place.as_ptr(), values.len()) })
    }

    /// Makes the elements there are now the state that survives; see [`MmapVec::commit`]. Elements
    /// that are lent out stay so.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Panics
    ///
    /// As [`push`](Self::push).
    pub fn commit(&self) -> Result<u64, FileError>
    where
        S: Durable,
    {
        self.with_vec(MmapVec::commit)
    }

    /// Takes the vector out of its cell for `work`, which does not change its length.
    #[cold]
    #[inline(never)]
    fn with_vec<R>(&self, work: impl FnOnce(&mut MmapVec<T, S>) -> R) -> R {
        let vec = self.vec.take().expect("the storage is not at work, and has not panicked");
        vec.len = self.len.get();
        let answer = work(vec);
        self.cap.set(vec.cap);
        self.vec.set(Some(vec));
        answer
    }
}

impl<T: Pod, S: Anchored> Deref for Appender<'_, T, S> {
    type Target = [T];

    #[inline]
    fn deref(&self) -> &[T] {
        self.as_slice()
    }
}

impl<T: Pod, S: Anchored> Drop for Appender<'_, T, S> {
    fn drop(&mut self) {
        if let Some(vec) = self.vec.get_mut() {
            vec.len = self.len.get();
        }
    }
}

impl<T: Pod + fmt::Debug, S: Anchored> fmt::Debug for Appender<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

// SAFETY: it owns the right to the vector as a `&mut` to it does; who sends it away has no elements
// of it on loan.
unsafe impl<T: Pod + Send, S: Anchored + Send> Send for Appender<'_, T, S> {}
