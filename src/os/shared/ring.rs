//! A ring in shared memory: one producer, one consumer, in two processes or one, without locks and
//! without calls to the kernel.
//!
//! ```text
//!  words   0       16      64
//!        | taken | given | places, in turn ......... |
//! ```
//!
//! Both count up for ever; an element's place is its number modulo the capacity. Elements from `taken`
//! up to `given` are whole. The producer writes an element and then counts; the consumer reads one and
//! then counts. So whoever dies between the two has not given, or not taken.

use core::{
    fmt, slice,
    sync::atomic::Ordering::{Acquire, Release},
};
use std::fs::File;

use bytemuck::Pod;

use super::{Contents, FileError, Kernel, Native, SharedMemory, places::Places};

const TAKEN: usize = 0;
const GIVEN: usize = 16;
/// What is claimed to give and to take.
const PRODUCER: u32 = 1;
const CONSUMER: u32 = 2;

/// A ring in shared memory: elements that one process gives and another takes, in order.
///
/// ```
/// use larder::os::{Contents, SharedMemory, SharedRing};
/// let memory = SharedMemory::create(&Contents::ring::<u32>(2))?;
/// let ring = SharedRing::<u32>::over(memory)?;
/// let (mut producer, mut consumer) = (ring.producer()?, ring.consumer()?);
/// assert_eq!(producer.push(1), Ok(()));
/// assert_eq!(producer.push(2), Ok(()));
/// assert_eq!(producer.push(3), Err(3));
/// assert_eq!((consumer.front(), consumer.pop(), consumer.pop()), (Some(1), Some(1), Some(2)));
/// assert_eq!(consumer.pop(), None);
/// # Ok::<(), larder::os::FileError>(())
/// ```
pub struct SharedRing<T, K: Kernel = Native> {
    places: Places<T, K>,
}

impl<T: Pod, K: Kernel> SharedRing<T, K> {
    /// The ring in this memory.
    ///
    /// # Errors
    ///
    /// When there is something else in it, or its counts make no sense.
    pub fn over(memory: SharedMemory<K>) -> Result<Self, FileError> {
        Self::named(memory, core::any::type_name::<T>())
    }

    /// The ring in this memory whose elements have this name; see [`Contents::named`].
    ///
    /// # Errors
    ///
    /// As [`over`](Self::over).
    pub fn named(memory: SharedMemory<K>, name: &str) -> Result<Self, FileError> {
        let ring = Self { places: Places::over(memory, &Contents::ring::<T>(1).named(name))? };
        // Nothing is taken that was not given before: this order finds a difference that is no less.
        let taken = ring.count(TAKEN);
        let given = ring.count(GIVEN);
        if given < taken {
            let expected = std::format!("at least {taken}, which were taken");
            let path = ring.memory().path();
            return Err(FileError::field(path, "number of elements given", given, expected));
        }
        Ok(ring)
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

    /// How many elements were given and not taken, at some moment during the call.
    #[must_use]
    pub fn len(&self) -> usize {
        let taken = self.count(TAKEN);
        usize::try_from(self.count(GIVEN).wrapping_sub(taken)).map_or(0, |n| n.min(self.capacity()))
    }

    /// Whether there was none, at some moment during the call.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn count(&self, which: usize) -> u64 {
        // Acquire: with the Release in `push_slice` and `pop_slice`; the elements were written, or read, before.
        self.places.words()[which].load(Acquire)
    }

    /// The place of the element with this number.
    fn place(&self, number: u64) -> usize {
        (number % self.capacity() as u64) as usize
    }

    fn play(&self, place: u32) -> Result<(Self, File), FileError> {
        let claim = self.memory().claim(place)?;
        Ok((Self { places: self.places.clone() }, claim))
    }

    /// The right to give, until it is dropped or this process dies.
    ///
    /// # Errors
    ///
    /// When there is a producer, here or in another process, the memory was cut off, or the system has
    /// no claims.
    pub fn producer(&self) -> Result<SharedProducer<T, K>, FileError> {
        let (ring, _claim) = self.play(PRODUCER)?;
        let taken = ring.count(TAKEN);
        Ok(SharedProducer { given: ring.count(GIVEN), taken, ring, _claim })
    }

    /// The right to take, until it is dropped or this process dies. The next consumer begins with the
    /// first element that this one has not [taken](SharedConsumer::pop).
    ///
    /// # Errors
    ///
    /// As [`producer`](Self::producer).
    pub fn consumer(&self) -> Result<SharedConsumer<T, K>, FileError> {
        let (ring, _claim) = self.play(CONSUMER)?;
        let taken = ring.count(TAKEN);
        Ok(SharedConsumer { given: taken, taken, ring, _claim })
    }
}

/// The one who gives to a [`SharedRing`].
pub struct SharedProducer<T, K: Kernel = Native> {
    ring: SharedRing<T, K>,
    given: u64,
    /// As it was when it was last looked at.
    taken: u64,
    _claim: File,
}

impl<T: Pod, K: Kernel> SharedProducer<T, K> {
    /// The ring.
    #[must_use]
    pub const fn ring(&self) -> &SharedRing<T, K> {
        &self.ring
    }

    /// How many elements were ever given, by all producers: the number of the next one.
    #[must_use]
    pub const fn given(&self) -> u64 {
        self.given
    }

    /// Gives an element.
    ///
    /// # Errors
    ///
    /// The element, when the ring is full.
    pub fn push(&mut self, value: T) -> Result<(), T> {
        let given = self.push_slice(slice::from_ref(&value));
        if given == 1 { Ok(()) } else { Err(value) }
    }

    /// Gives as many elements as there is room for, and says how many. The consumer sees all of them
    /// at once, which costs both less than one by one.
    pub fn push_slice(&mut self, values: &[T]) -> usize {
        if self.room() < values.len() {
            self.taken = self.ring.count(TAKEN);
        }
        let count = values.len().min(self.room());
        for value in &values[..count] {
            self.ring.places.store(self.ring.place(self.given), value);
            self.given = self.given.wrapping_add(1);
        }
        if count > 0 {
            // Release: with the Acquire in `count`; the elements are there.
            self.ring.places.words()[GIVEN].store(self.given, Release);
        }
        count
    }

    /// For how many elements there was room when that was last looked at.
    fn room(&self) -> usize {
        let held = usize::try_from(self.given.wrapping_sub(self.taken)).unwrap_or(usize::MAX);
        self.ring.capacity().saturating_sub(held)
    }
}

/// The one who takes from a [`SharedRing`].
pub struct SharedConsumer<T, K: Kernel = Native> {
    ring: SharedRing<T, K>,
    /// As it was when it was last looked at.
    given: u64,
    taken: u64,
    _claim: File,
}

impl<T: Pod, K: Kernel> SharedConsumer<T, K> {
    /// The ring.
    #[must_use]
    pub const fn ring(&self) -> &SharedRing<T, K> {
        &self.ring
    }

    /// How many elements were ever taken, by all consumers: the number of the next one.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.taken
    }

    /// The next element, which stays: whoever must not lose one when it dies reads it here, does what
    /// is to be done, and then [`pop`](Self::pop)s it.
    #[must_use]
    pub fn front(&mut self) -> Option<T> {
        (self.ready() > 0).then(|| self.ring.places.load(self.ring.place(self.taken)))
    }

    /// Takes the next element.
    #[must_use]
    pub fn pop(&mut self) -> Option<T> {
        let mut value = T::zeroed();
        let taken = self.pop_slice(slice::from_mut(&mut value));
        (taken == 1).then_some(value)
    }

    /// Takes elements as far as there is room in `into`, at least one if there is any, and says how many.
    /// The producer sees that at once, which costs both less than one by one. It does not look for more
    /// while it knows of some.
    #[must_use]
    pub fn pop_slice(&mut self, into: &mut [T]) -> usize {
        let count = into.len().min(self.ready());
        if count > 0 {
            for value in &mut into[..count] {
                *value = self.ring.places.load(self.ring.place(self.taken));
                self.taken = self.taken.wrapping_add(1);
            }
            // Release: with the Acquire in `count`; the elements were read.
            self.ring.places.words()[TAKEN].store(self.taken, Release);
        }
        count
    }

    /// How many elements are known of; looks when there are none.
    fn ready(&mut self) -> usize {
        if self.given == self.taken {
            let given = self.ring.count(GIVEN);
            // A count that makes no sense is that of somebody who keeps to nothing: none was given.
            if given.wrapping_sub(self.taken) <= self.ring.capacity() as u64 {
                self.given = given;
            }
        }
        // At most the capacity.
        self.given.wrapping_sub(self.taken) as usize
    }
}

impl<T, K: Kernel> fmt::Debug for SharedRing<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRing").field("memory", &self.places).finish_non_exhaustive()
    }
}

impl<T, K: Kernel> fmt::Debug for SharedProducer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedProducer").field("given", &self.given).finish_non_exhaustive()
    }
}

impl<T, K: Kernel> fmt::Debug for SharedConsumer<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConsumer").field("taken", &self.taken).finish_non_exhaustive()
    }
}
