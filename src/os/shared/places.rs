//! Elements in shared memory, by the number of their place: what a vector and a ring have in common.

use core::{
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use bytemuck::Pod;

use super::{Contents, FileError, Kernel, SharedMemory, header::FRONT};

/// Places for elements `T`, behind some words that are counts. Elements are copied in and out word by
/// word; that what is read is whole, the counts must see to.
pub(super) struct Places<T, K: Kernel> {
    memory: SharedMemory<K>,
    elements: PhantomData<T>,
}

impl<T: Pod, K: Kernel> Places<T, K> {
    /// The places of a memory that has such contents, whatever their number.
    ///
    /// # Errors
    ///
    /// When there is something else in it.
    pub(super) fn over(memory: SharedMemory<K>, contents: &Contents) -> Result<Self, FileError> {
        memory.contents().expect(memory.path(), contents)?;
        Ok(Self { memory, elements: PhantomData })
    }

    pub(super) const fn memory(&self) -> &SharedMemory<K> {
        &self.memory
    }

    /// How many places there are for elements.
    pub(super) fn capacity(&self) -> usize {
        self.memory.contents().capacity
    }

    /// All words: the counts, then those of the places.
    pub(super) fn words(&self) -> &[AtomicU64] {
        self.memory.words()
    }

    fn place(&self, number: usize) -> &[AtomicU64] {
        let stride = self.memory.contents().stride();
        &self.words()[FRONT + number * stride..][..stride]
    }

    /// Writes an element, one word after the other.
    pub(super) fn store(&self, number: usize, value: &T) {
        for (word, bytes) in self.place(number).iter().zip(bytemuck::bytes_of(value).chunks(8)) {
            let mut whole = [0; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            word.store(u64::from_ne_bytes(whole), Relaxed);
        }
    }

    /// Reads an element, one word after the other.
    pub(super) fn load(&self, number: usize) -> T {
        let mut value = T::zeroed();
        let bytes = bytemuck::bytes_of_mut(&mut value).chunks_mut(8);
        for (word, bytes) in self.place(number).iter().zip(bytes) {
            bytes.copy_from_slice(&word.load(Relaxed).to_ne_bytes()[..bytes.len()]);
        }
        value
    }
}

impl<T, K: Kernel> Clone for Places<T, K> {
    fn clone(&self) -> Self {
        Self { memory: self.memory.clone(), elements: PhantomData }
    }
}

impl<T, K: Kernel> fmt::Debug for Places<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.memory.fmt(f)
    }
}
