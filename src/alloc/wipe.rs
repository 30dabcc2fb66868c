#![expect(unsafe_code, reason = "writes over bytes that nobody may read again")]
//! Zeroes that are really written, whoever reads them.

use core::{
    ptr::NonNull,
    sync::atomic::{Ordering, compiler_fence},
};

/// Writes `len` zeroes that stay.
///
/// # Safety
///
/// `ptr` is valid for writes of `len` bytes.
pub(crate) unsafe fn wipe(ptr: NonNull<u8>, len: usize) {
    const WORD: usize = size_of::<u64>();
    let head = ptr.align_offset(WORD).min(len);
    let tail = (len - head) % WORD;
    let zero_bytes = |range: core::ops::Range<usize>| {
        for at in range {
            // SAFETY: `at` is below `len`.
            let byte = unsafe { ptr.add(at) };
            // SAFETY: as the caller promises.
            unsafe { byte.write_volatile(0) };
        }
    };
    zero_bytes(0..head);
    for at in (head..len - tail).step_by(WORD) {
        // SAFETY: the word at `at` is within `len`.
        let word = unsafe { ptr.add(at) }.cast::<u64>();
        // SAFETY: as the caller promises, and `head` bytes on every word is aligned.
        unsafe { word.write_volatile(0) };
    }
    zero_bytes(len - tail..len);
    // Nothing that follows, the free least of all, may be moved before the writes.
    compiler_fence(Ordering::SeqCst);
}
