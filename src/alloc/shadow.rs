//! Tells AddressSanitizer which bytes of a chunk are free, with the feature `asan`.
//!
//! A strategy takes large blocks and hands out parts of them, which the sanitizer cannot see: use of
//! a freed part would go unnoticed. Closed bytes are reported as *use-after-poison* when they are
//! touched. Without the feature, or in a build without the sanitizer, these functions are empty.

#[cfg(not(feature = "asan"))]
pub(crate) use silent::{close, open};

#[cfg(feature = "asan")]
pub(crate) use speaking::*;

#[cfg(not(feature = "asan"))]
mod silent {
    use core::ptr::NonNull;

    /// Nobody may touch the `bytes` bytes from `from` on.
    #[inline]
    pub(crate) fn close(_from: NonNull<u8>, _bytes: usize) {}

    /// The `bytes` bytes from `from` on may be used.
    #[inline]
    pub(crate) fn open(_from: NonNull<u8>, _bytes: usize) {}
}

#[cfg(feature = "asan")]
mod speaking {
    #![expect(unsafe_code, reason = "calls the sanitizer's runtime")]
    use core::{ffi::c_void, ptr::NonNull};

    unsafe extern "C" {
        fn __asan_poison_memory_region(from: *const c_void, bytes: usize);
        fn __asan_unpoison_memory_region(from: *const c_void, bytes: usize);
        #[cfg(test)]
        fn __asan_address_is_poisoned(at: *const c_void) -> i32;
    }

    /// Nobody may touch the `bytes` bytes from `from` on.
    #[inline]
    pub(crate) fn close(from: NonNull<u8>, bytes: usize) {
        if cfg!(sanitize = "address") {
            // SAFETY: the runtime marks addresses in tables of its own and touches nothing else.
            unsafe { __asan_poison_memory_region(from.as_ptr().cast(), bytes) }
        }
    }

    /// The `bytes` bytes from `from` on may be used.
    #[inline]
    pub(crate) fn open(from: NonNull<u8>, bytes: usize) {
        if cfg!(sanitize = "address") {
            // SAFETY: the runtime marks addresses in tables of its own and touches nothing else.
            unsafe { __asan_unpoison_memory_region(from.as_ptr().cast(), bytes) }
        }
    }

    /// Whether the byte may not be touched.
    #[cfg(test)]
    pub(crate) fn is_closed(at: *const u8) -> bool {
        // SAFETY: the runtime looks the address up in tables of its own.
        cfg!(sanitize = "address") && unsafe { __asan_address_is_poisoned(at.cast()) != 0 }
    }
}
