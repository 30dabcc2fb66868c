#![expect(unsafe_code, reason = "carries an allocator of another trait across")]
//! blink-alloc as an allocator of our trait; it implements that of another version of allocator-api2.

use core::ptr::NonNull;

use blink_alloc::BlinkAlloc;
use blink_api2::alloc::Allocator as _;
use larder::alloc::{AllocError, Allocator, Layout, Reset};

#[derive(Default)]
pub(crate) struct Blink(BlinkAlloc);

impl Reset for Blink {
    fn end_blocks(&mut self) {
        self.0.reset();
    }
}

// SAFETY: each method calls the one of the same name, with the same arguments.
unsafe impl Allocator for Blink {
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.0.allocate(layout).map_err(|_| AllocError)
    }

    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        self.0.allocate_zeroed(layout).map_err(|_| AllocError)
    }

    unsafe fn deallocate(&self, ptr: NonNull<u8>, layout: Layout) {
        // SAFETY: as promised to this method.
        unsafe { blink_api2::alloc::Allocator::deallocate(&self.0, ptr, layout) }
    }

    unsafe fn grow(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as promised to this method.
        unsafe { self.0.grow(ptr, old, new) }.map_err(|_| AllocError)
    }

    unsafe fn grow_zeroed(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as promised to this method.
        unsafe { self.0.grow_zeroed(ptr, old, new) }.map_err(|_| AllocError)
    }

    unsafe fn shrink(
        &self,
        ptr: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: as promised to this method.
        unsafe { self.0.shrink(ptr, old, new) }.map_err(|_| AllocError)
    }
}
