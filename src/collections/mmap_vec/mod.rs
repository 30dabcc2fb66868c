#![expect(unsafe_code, reason = "keeps elements in memory that a storage owns")]
//! A vector that lives in a file and survives a crash.
//!
//! ```text
//!  memory   | elements ..................... | room |   addresses only      |
//!           base, for ever                   len    capacity                reserved
//!                |  commit
//!  file     | header | elements ................. | redo log |
//! ```
//!
//! The vector is private memory, so nothing reaches the file until [`commit`](MmapVec::commit), and
//! then all of it or nothing: appended elements, edits in place, truncation. Addresses are reserved
//! once, so growth neither copies nor moves: an [`Appender`] lends elements out and appends more.
//!
//! # What survives what
//!
//! | after | a commit that returned `Ok` | what came after it |
//! |---|---|---|
//! | the vector is dropped, the process exits or panics | is there | is gone |
//! | the process is killed, at any moment, in a commit too | is there | is gone, or, if a commit was under way, all there |
//! | the system crashes, or the power fails | is there, with [`Survives::PowerLoss`] (the default) on a disk that keeps what it has acknowledged | as above |
//! | the same with [`Survives::Kill`] | may be damaged | may be damaged |
//! | the disk is full | is there | stays in memory; commit again when there is room |
//! | an I/O error in a commit, before the sync | is there | stays in memory; commit again |
//! | a sync fails, or anything after it | is there | the handle is poisoned: it reads and can be edited in memory, but takes no more elements than it had, and refuses to commit; reopening finds this state, or the one whose commit failed, whole |
//! | a bit of the header flips | the file is refused, and says where; [`Builder::repair`] opens it by the copy that is whole | is gone |
//! | a bit of the data flips | [`Builder::verify`] finds it, with [`Checksums::Keep`] | is gone |
//! | the file is longer than its state needs | is there; a crash can leave that, and so can room that was reserved: see [`FileStats::surplus_bytes`] and [`Builder::exact_length`] | |
//! | somebody cuts the file off | [`open`](Builder::open) has read all of it: no signal, and the next commit is refused | stays in memory |
//! | the same with [`open_mapped`](Builder::open_mapped) | touching the part that is gone ends the process; [`FileStorage::check`] is an error instead | |
//!
//! "All there" means exactly the state at the time of the call: never a part of it. How a commit does
//! it is in the source of `durable.rs`, the bytes of the file in `format.rs`. The tests try every
//! sequence of up to four operations out (five and seven in longer runs), with a crash at every moment and
//! whatever a disk may have kept of what was not synced, and kill processes, a thousand in the longer
//! run; the counts are in `tests/it/mmap_vec/crash.rs` and `kill.rs`.
//!
//! # What it costs
//!
//! A commit writes what was appended once, and the pages (4096 bytes) edited in place twice, to a redo
//! log and to their places; then one page, the commit slot; and waits for the disk twice. With
//! [`Checksums::Keep`] it also reads what it replaces. Whoever edits through
//! [`as_mut_slice`](MmapVec::as_mut_slice) has edited all pages; `vec[i] = x`, [`set`](MmapVec::set)
//! and [`slice_mut`](MmapVec::slice_mut) mark those they touch.
//!
//! What it does not promise: it is no buffer pool, since what was written and not reopened stays in
//! memory; two processes do not share elements, since each has its own copy; elements are plain bytes
//! ([`bytemuck::Pod`]) in the byte order of the machine, and a file of another one is refused.
//!
//! Invariants of [`MmapVec`]:
//!
//! 1. `ptr` and `cap` are the storage's base, and its capacity in whole elements, or, if the storage
//!    was found to be poisoned, the length then.
//! 2. The first `len` elements are initialised, `len <= cap`.
//! 3. Elements below `intact`, at most `len`, were not cut off since the last commit; those that
//!    changed were made known to the storage by `touch`.

mod append;
mod builder;
mod durable;
mod edit;
mod format;
mod medium;
mod memory;
mod pages;
mod recover;
mod rows;
mod storage;
mod sum;
mod traits;

#[cfg(test)]
mod tests;

use core::{ptr::NonNull, slice};
use std::path::Path;

use bytemuck::Pod;

pub use append::Appender;
pub use builder::Builder;
pub use durable::{FileStats, FileStorage, Survives};
pub use format::Checksums;
pub use medium::{DiskFile, Medium};
pub use storage::{Anchored, Durable, Storage, Volatile};

use crate::{alloc::Allocator, os::Kernel};
pub use crate::{
    collections::vector::{Drain, ExtractIf},
    os::{FileError, Problem, Space},
};

/// A vector of plain old data that lives in a file, or, over [`Volatile`], in any allocator.
///
/// Every method that grows returns an error instead of ending the process: a file can always refuse.
///
/// ```
/// use larder::collections::mmap_vec::MmapVec;
/// # let folder = std::env::temp_dir().join(format!("larder-doc-vec-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("prices");
/// let mut prices = MmapVec::<u64>::create(&path)?;
/// prices.extend_from_slice(&[250, 310])?;
/// prices.commit()?; // from here on they survive
/// prices.push(999)?;
/// prices[0] = 0;
/// drop(prices); // or a crash
///
/// let mut prices = MmapVec::<u64>::open(&path)?;
/// assert_eq!(prices[..], [250, 310]);
/// prices[0] = 240;
/// prices.commit()?; // edits in place are all or nothing, too
/// # drop(prices);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Elements that are more than bytes do not compile:
///
/// ```compile_fail,E0599
/// larder::collections::mmap_vec::MmapVec::<String>::create("strings");
/// ```
pub struct MmapVec<T, S = FileStorage> {
    ptr: NonNull<T>,
    len: usize,
    cap: usize,
    intact: usize,
    storage: S,
}

impl<T: Pod> MmapVec<T> {
    /// How a vector is made in other ways than the usual.
    #[must_use]
    pub fn builder() -> Builder<T> {
        Builder::new()
    }

    /// A new file of no elements, with the defaults of the [`Builder`].
    ///
    /// # Errors
    ///
    /// As [`Builder::create`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Builder::new().create(path)
    }

    /// The file in its last committed state, read into memory.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FileError> {
        Builder::new().open(path)
    }
}

impl<T: Pod, A: Allocator> MmapVec<T, Volatile<A>> {
    /// An empty vector without a file, in memory from `alloc`. It may move when it grows.
    ///
    /// ```
    /// use larder::{Arena, collections::mmap_vec::MmapVec};
    /// let arena = Arena::new();
    /// let mut vec = MmapVec::new_in(&arena);
    /// vec.push(7_u32)?;
    /// assert_eq!(vec[..], [7]);
    /// # Ok::<(), larder::os::FileError>(())
    /// ```
    pub const fn new_in(alloc: A) -> Self {
        const { assert!(size_of::<T>() > 0, "elements of no bytes need no memory") };
        let storage = Volatile::new(align_of::<T>(), alloc);
        Self { ptr: NonNull::dangling(), len: 0, cap: 0, intact: 0, storage }
    }
}

impl<T: Pod, S: Storage> MmapVec<T, S> {
    /// The vector over `storage`, whose first `len` elements are initialised.
    fn over(storage: S, len: usize) -> Self {
        let mut vec = Self { ptr: NonNull::dangling(), len, cap: 0, intact: len, storage };
        vec.look();
        debug_assert!(len <= vec.cap);
        vec
    }

    /// Learns from the storage where the memory is (invariant 1).
    fn look(&mut self) {
        self.ptr = self.storage.base().cast();
        self.cap = self.storage.capacity() / size_of::<T>();
        if self.storage.poisoned() {
            self.cap = self.len;
        }
        debug_assert!(self.ptr.is_aligned());
    }

    /// How many elements there are.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many elements the memory holds without growing.
    #[inline]
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.cap
    }

    /// The elements.
    #[inline]
    #[must_use]
    pub const fn as_slice(&self) -> &[T] {
        // SAFETY: they are in the storage's memory (1), initialised (2), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }

    /// The elements, to write: the next commit logs all of them. Prefer
    /// [`slice_mut`](Self::slice_mut).
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.slice_mut(..)
    }

    /// Where the elements begin. In a file-backed vector that stays so for as long as it lives, unless
    /// the vector is shrunk below an element.
    #[inline]
    #[must_use]
    pub const fn as_ptr(&self) -> *const T {
        self.ptr.as_ptr()
    }

    /// The storage.
    #[must_use]
    pub const fn storage(&self) -> &S {
        &self.storage
    }

    /// The file; empty when there is none.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.storage.path()
    }

    /// Appends an element. O(1); it never moves the others in a file-backed vector.
    ///
    /// # Errors
    ///
    /// When there is no more memory; the vector is as it was.
    #[inline]
    pub fn push(&mut self, value: T) -> Result<(), FileError> {
        // Read once: the room made leaves the length as it is, which the compiler cannot know.
        let len = self.len;
        if len == self.cap {
            self.grow_slow(1)?;
        }
        // SAFETY: `len < cap`, so the place is in the storage's memory (1).
        let place = unsafe { self.ptr.add(len) };
        // SAFETY: as above; elements need no drop.
        unsafe { place.write(value) };
        self.len = len + 1;
        Ok(())
    }

    /// Removes the last element.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let last = self.as_slice().last().copied()?;
        self.truncate(self.len - 1);
        Some(last)
    }

    /// Removes all elements but the first `len`.
    #[inline]
    pub const fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            if len < self.intact {
                self.intact = len;
            }
        }
    }

    /// Removes all elements.
    pub const fn clear(&mut self) {
        self.truncate(0);
    }

    /// Makes memory for `additional` elements more.
    #[cold]
    #[inline(never)]
    fn grow_slow(&mut self, additional: usize) -> Result<(), FileError> {
        let bytes = self.bytes_with(additional)?;
        let answer = self.storage.grow(self.len * size_of::<T>(), bytes);
        self.look();
        answer
    }

    /// The bytes of all elements and `additional` ones.
    fn bytes_with(&self, additional: usize) -> Result<usize, FileError> {
        let bytes =
            self.len.checked_add(additional).and_then(|len| len.checked_mul(size_of::<T>()));
        bytes.filter(|bytes| isize::try_from(*bytes).is_ok()).ok_or_else(|| {
            let problem = Problem::Full { asked: usize::MAX, limit: isize::MAX.cast_unsigned() };
            FileError::new(self.path(), problem)
        })
    }

    /// Makes room for `additional` elements more, on the disk too: pushing them, and committing them if
    /// nothing else changes, does not lack it.
    ///
    /// # Errors
    ///
    /// When there is no such room; the vector is as it was.
    pub fn reserve(&mut self, additional: usize) -> Result<(), FileError> {
        let bytes = self.bytes_with(additional)?;
        let answer = self.storage.reserve(self.len * size_of::<T>(), bytes);
        self.look();
        answer
    }

    /// Gives back memory, and room in the file, that neither the elements nor the last commit need.
    ///
    /// # Errors
    ///
    /// When the system refuses; no element is lost.
    pub fn shrink_to_fit(&mut self) -> Result<(), FileError> {
        let answer = self.storage.shrink(self.len * size_of::<T>());
        self.look();
        answer
    }

    /// Appends copies of `values`.
    ///
    /// # Errors
    ///
    /// When there is no more memory; the vector is as it was.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), FileError> {
        if values.len() > self.cap - self.len {
            self.grow_slow(values.len())?;
        }
        // SAFETY: `len <= cap`, so the place is in the storage's memory or at its end (1).
        let place = unsafe { self.ptr.add(self.len) };
        // SAFETY: there is room for all of them, and `values` are not in it: they are borrowed, and
        // the vector is borrowed to be changed.
        unsafe { place.copy_from_nonoverlapping(NonNull::from_ref(values).cast(), values.len()) };
        self.len += values.len();
        Ok(())
    }

    /// The elements, to write those that were touched (invariant 3).
    #[inline]
    const fn elements(&mut self) -> &mut [T] {
        // SAFETY: they are in the storage's memory (1), initialised (2), and borrowed with `self`.
        unsafe { slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }

    /// Makes known that elements from `start` to `end` are about to change (invariant 3).
    #[inline]
    fn touch(&mut self, start: usize, end: usize) {
        self.storage.touch(start * size_of::<T>(), end * size_of::<T>());
    }
}

impl<T: Pod, S: Durable> MmapVec<T, S> {
    /// Makes what the vector is now the state that survives; the table at the top says what. Returns
    /// the number of that state. O(what changed).
    ///
    /// # Errors
    ///
    /// When it is not sure to survive. The elements in memory stay as they are. If the handle is
    /// poisoned now (see [`FileStats::poisoned`]) it must be reopened, otherwise the call may be
    /// repeated, when there is room on the disk.
    pub fn commit(&mut self) -> Result<u64, FileError> {
        let size = size_of::<T>();
        let answer = self.storage.commit(self.len * size, self.intact * size);
        if answer.is_ok() {
            self.intact = self.len;
        }
        self.look();
        answer
    }

    /// The number of the state that survives.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.storage.generation()
    }

    /// How many elements the state that survives has.
    #[must_use]
    pub fn committed_len(&self) -> usize {
        self.storage.committed() / size_of::<T>()
    }
}

impl<T: Pod, M: Medium, K: Kernel> MmapVec<T, FileStorage<M, K>> {
    /// A snapshot of the figures.
    #[must_use]
    pub fn stats(&self) -> FileStats {
        self.storage.stats()
    }

    /// Looks whether the file is whole; see [`FileStorage::check`].
    ///
    /// # Errors
    ///
    /// When it is not.
    pub fn check(&mut self) -> Result<(), FileError> {
        let answer = self.storage.check();
        self.look();
        answer
    }
}

// SAFETY: the vector owns its elements as a `Vec` does; where they are is the storage's affair.
unsafe impl<T: Send, S: Send> Send for MmapVec<T, S> {}
// SAFETY: a shared vector gives out shared elements and a shared storage only.
unsafe impl<T: Sync, S: Sync> Sync for MmapVec<T, S> {}
