//! A vector in shared memory: one writer at a time, any number of readers, and a death of the writer at
//! any moment leaves a state that readers read and the next writer goes on from.
//!
//! ```text
//!  words   0     1     8          64               64 + stride
//!        | len | turn | target .. | the new element | elements ......... |
//! ```
//!
//! Invariants, which hold whenever the writer may die, that is, after each of its stores:
//!
//! 1. Elements below `len` are whole, but for the one at `target` while `turn` is odd; the new element
//!    is then whole, and is what that one is.
//! 2. `turn` is more before the words of a place change that were those of an element at an earlier
//!    turn.
//!
//! A reader reads `turn`, the element (the new one, if it is the target and `turn` is odd), and `turn`
//! again: if it is the same, nothing it has read was being written. It never waits for a writer, dead or
//! alive; it only reads again when one has changed something. The next writer finishes a change that
//! was begun.

use core::{
    fmt,
    sync::atomic::{
        Ordering::{Acquire, Relaxed, Release},
        fence,
    },
};
use std::{fs::File, vec::Vec};

use bytemuck::Pod;

use super::{Contents, FileError, Kernel, Native, Problem, SharedMemory, places::Places};

const LEN: usize = 0;
const TURN: usize = 1;
const TARGET: usize = 8;
/// What is claimed to write.
const WRITER: u32 = 0;

/// A vector of a fixed capacity in shared memory, to read. Elements are plain bytes, and are copied in
/// and out.
///
/// ```
/// use larder::os::{Contents, SharedMemory, SharedVec};
/// let memory = SharedMemory::create(&Contents::vec::<[u32; 3]>(1000))?;
/// let vec = SharedVec::<[u32; 3]>::over(memory)?;
/// let mut writer = vec.writer()?;
/// assert!(vec.writer().is_err(), "there is one writer at a time");
/// writer.extend_from_slice(&[[1; 3], [2; 3]])?;
/// writer.set(0, [9; 3])?;
/// assert_eq!(vec.to_vec(), [[9; 3], [2; 3]]);
/// # Ok::<(), larder::os::FileError>(())
/// ```
pub struct SharedVec<T, K: Kernel = Native> {
    /// The new element's place, then those of the elements.
    places: Places<T, K>,
}

impl<T: Pod, K: Kernel> SharedVec<T, K> {
    /// The vector in this memory.
    ///
    /// # Errors
    ///
    /// When there is something else in it: other elements, or no vector.
    pub fn over(memory: SharedMemory<K>) -> Result<Self, FileError> {
        Self::named(memory, core::any::type_name::<T>())
    }

    /// The vector in this memory whose elements have this name; see [`Contents::named`].
    ///
    /// # Errors
    ///
    /// As [`over`](Self::over).
    pub fn named(memory: SharedMemory<K>, name: &str) -> Result<Self, FileError> {
        Ok(Self { places: Places::over(memory, &Contents::vec::<T>(1).named(name))? })
    }

    /// The memory.
    #[must_use]
    pub const fn memory(&self) -> &SharedMemory<K> {
        self.places.memory()
    }

    /// How many elements there can be.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.places.capacity()
    }

    /// How many elements there are now.
    #[must_use]
    pub fn len(&self) -> usize {
        // Acquire: with the Release of the length in `extend_from_slice`; elements below it are there.
        let len = self.places.words()[LEN].load(Acquire);
        usize::try_from(len).unwrap_or(usize::MAX).min(self.capacity())
    }

    /// Whether there is none now.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`, as it was at one moment during the call.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<T> {
        let words = self.places.words();
        loop {
            // Acquire: with the Release of the turn in `set`; the target and the new element are there.
            let turn = words[TURN].load(Acquire);
            if index >= self.len() {
                return None;
            }
            let changing = turn % 2 == 1 && words[TARGET].load(Relaxed) == index as u64;
            let value = self.places.load(if changing { 0 } else { index + 1 });
            // Acquire: with the fences (Release) before the stores in `set` and `extend_from_slice`;
            // who has read one of those reads a later turn now.
            fence(Acquire);
            if words[TURN].load(Relaxed) == turn {
                return Some(value);
            }
            core::hint::spin_loop();
        }
    }

    /// Copies of all elements. Each is whole; together they need not be of one moment while there is a
    /// writer.
    #[must_use]
    pub fn to_vec(&self) -> Vec<T> {
        (0..self.len()).map_while(|index| self.get(index)).collect()
    }

    /// The right to write, for as long as the writer lives; then, or when this process dies, another
    /// may have it. A change that a dead writer had begun with [`SharedWriter::set`] is finished here.
    ///
    /// # Errors
    ///
    /// When there is a writer, here or in another process, the memory was cut off, or the system has
    /// no claims.
    pub fn writer(&self) -> Result<SharedWriter<T, K>, FileError> {
        let claim = self.memory().claim(WRITER)?;
        let vec = Self { places: self.places.clone() };
        let mut writer = SharedWriter { vec, _claim: claim };
        writer.finish();
        // The one before may have died between the two stores of `truncate`.
        writer.pass();
        Ok(writer)
    }
}

/// The one who writes to a [`SharedVec`].
pub struct SharedWriter<T, K: Kernel = Native> {
    vec: SharedVec<T, K>,
    _claim: File,
}

impl<T: Pod, K: Kernel> SharedWriter<T, K> {
    /// The vector, to read.
    #[must_use]
    pub const fn vec(&self) -> &SharedVec<T, K> {
        &self.vec
    }

    fn full(&self, asked: usize) -> FileError {
        let size = size_of::<T>();
        let (asked, limit) = (asked.saturating_mul(size), self.vec.capacity() * size);
        FileError::new(self.vec.memory().path(), Problem::Full { asked, limit })
    }

    /// Appends an element. All of it is there for others, or none.
    ///
    /// # Errors
    ///
    /// When the vector is full.
    pub fn push(&mut self, value: T) -> Result<(), FileError> {
        self.extend_from_slice(core::slice::from_ref(&value))
    }

    /// Appends elements. All are there for others at once, or none.
    ///
    /// # Errors
    ///
    /// When the vector has not so much room; nothing has changed.
    pub fn extend_from_slice(&mut self, values: &[T]) -> Result<(), FileError> {
        let len = self.vec.len();
        let Some(new) = len.checked_add(values.len()).filter(|new| *new <= self.vec.capacity())
        else {
            return Err(self.full(len.saturating_add(values.len())));
        };
        // Release: a reader of one of these words, with the Acquire in `get`, sees that the turn was
        // taken when the vector was cut to less than that.
        fence(Release);
        for (value, number) in values.iter().zip(len + 1..) {
            self.vec.places.store(number, value);
        }
        // Release: with the Acquire in `len`; the elements are there.
        self.vec.places.words()[LEN].store(new as u64, Release);
        Ok(())
    }

    /// Writes `value` at `index`. Others see it whole or not at all.
    ///
    /// # Errors
    ///
    /// When there is no such element.
    pub fn set(&mut self, index: usize, value: T) -> Result<(), FileError> {
        let len = self.vec.len();
        if index >= len {
            let path = self.vec.memory().path();
            let expected = std::format!("below the length, {len}");
            return Err(FileError::field(path, "index", index, expected));
        }
        let words = self.vec.places.words();
        let turn = words[TURN].load(Relaxed);
        // Release: a reader of the new element's words, with the Acquire in `get`, sees the turn before
        // this one, in which it was not to be read.
        fence(Release);
        self.vec.places.store(0, &value);
        words[TARGET].store(index as u64, Relaxed);
        // Release: with the Acquire of the turn in `get`; from here on the element is the new one.
        words[TURN].store(turn.wrapping_add(1), Release);
        self.finish();
        Ok(())
    }

    /// Brings the new element to its place, if a change was begun.
    fn finish(&mut self) {
        let words = self.vec.places.words();
        // Acquire: with the Release of the turn in `set`, of a writer before this one.
        let turn = words[TURN].load(Acquire);
        if turn.is_multiple_of(2) {
            return;
        }
        let target = usize::try_from(words[TARGET].load(Relaxed)).unwrap_or(usize::MAX);
        if target < self.vec.capacity() {
            let value = self.vec.places.load(0);
            // Release: a reader of the element's words sees that the turn is odd.
            fence(Release);
            self.vec.places.store(target + 1, &value);
        }
        // Release: with the Acquire of the turn in `get`; the element is in its place.
        words[TURN].store(turn.wrapping_add(1), Release);
    }

    /// Removes all elements but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        if len < self.vec.len() {
            self.vec.places.words()[LEN].store(len as u64, Relaxed);
            self.pass();
        }
    }

    /// Lets a turn pass in which nothing changes: readers who saw a greater length read again.
    fn pass(&mut self) {
        let words = self.vec.places.words();
        let turn = words[TURN].load(Relaxed);
        // Release: with the Acquire of the turn in `get`; the length is the new one.
        words[TURN].store(turn.wrapping_add(2), Release);
    }
}

impl<T, K: Kernel> fmt::Debug for SharedVec<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedVec").field("memory", &self.places).finish_non_exhaustive()
    }
}

impl<T, K: Kernel> fmt::Debug for SharedWriter<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedWriter").field("vec", &self.vec).finish_non_exhaustive()
    }
}
