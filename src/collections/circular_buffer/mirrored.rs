#![expect(unsafe_code, reason = "gives out free slots")]
//! What queues on mirrored pages have beyond the others: content and free slots are one slice each.

use core::{mem::MaybeUninit, slice};

use super::{Full, Ring};
use crate::{
    os::{Kernel, Mirrored},
    raw::storage::Storage,
};

impl<T, F: Full, K: Kernel> Ring<T, F, Mirrored<K>> {
    /// The content.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[T] {
        self.as_slices().0
    }

    /// The content, to write.
    #[inline]
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.as_mut_slices().0
    }

    /// The free slots, of which the first is behind the last element. What was written there becomes
    /// content with [`set_len`](Self::set_len).
    ///
    /// ```
    /// # if !cfg!(target_os = "linux") { return; }
    /// use larder::{BoundedBuffer, os::Mirrored};
    /// let mut queue = BoundedBuffer::<u32, _>::with_capacity_in(1, Mirrored::new());
    /// queue.spare_capacity_mut()[..2].write_copy_of_slice(&[7, 8]);
    /// // SAFETY: two were written.
    /// unsafe { queue.set_len(2) };
    /// assert_eq!(queue.as_slice(), [7, 8]);
    /// ```
    #[inline]
    pub fn spare_capacity_mut(&mut self) -> &mut [MaybeUninit<T>] {
        let (len, free) = (self.len(), self.capacity() - self.len());
        let start = self.index_of(len);
        let ptr = self.storage.parts().0.as_ptr().wrapping_add(start).cast();
        // SAFETY: the slots are free, in one piece (3), and borrowed with `self`; they may hold nothing.
        unsafe { slice::from_raw_parts_mut(ptr, free) }
    }
}
