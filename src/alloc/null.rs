#![expect(unsafe_code, reason = "implements `Allocator`, an unsafe trait")]
//! The allocator that has nothing.

use core::ptr::NonNull;

use crate::alloc::{
    AllocError, Allocator, CloneEquivalent, Layout, NeverInvalidates, Owns, bridge_api2,
};

/// An allocator that has no memory: the end of a chain that must not go further.
///
/// Requests of no bytes succeed, as everywhere; all others fail.
///
/// ```
/// use larder::alloc::{Allocator, Layout, Null};
/// assert!(Null.allocate(Layout::new::<()>()).is_ok());
/// assert!(Null.allocate(Layout::new::<u8>()).is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Null;

/// A block of no bytes at an address with the alignment of `layout`. It belongs to no memory, so it
/// may be handed out any number of times, and needs no freeing.
#[inline]
pub(crate) const fn empty_block(layout: Layout) -> NonNull<[u8]> {
    NonNull::slice_from_raw_parts(layout.dangling_ptr(), 0)
}

// SAFETY: the only blocks have no bytes, so there is nothing that could be invalid, overlap or end.
unsafe impl Allocator for Null {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 { Ok(empty_block(layout)) } else { Err(AllocError) }
    }

    #[inline]
    unsafe fn deallocate(&self, _: NonNull<u8>, _: Layout) {}
}

bridge_api2!([] Null);

// SAFETY: no block has any bytes, so every handle may free every other's.
unsafe impl CloneEquivalent for Null {}
// SAFETY: blocks of no bytes stay valid.
unsafe impl NeverInvalidates for Null {}

// SAFETY: no block with bytes is ever allocated here.
unsafe impl Owns for Null {
    #[inline]
    fn owns(&self, _: NonNull<u8>, _: Layout) -> bool {
        false
    }
}
