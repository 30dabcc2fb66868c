#![expect(unsafe_code, reason = "implements the kernel contract, which is unsafe to claim")]
//! Systems that are no Unix: every call is unsupported, and says so.

use core::ptr::NonNull;
use std::{fs::File, path::Path, string::String};

use super::Native;
use crate::os::{Access, Advice, Backing, Errno, Huge, Kernel, Policy, Target, Writes};

// SAFETY: no call ever succeeds, so there is nothing to promise.
unsafe impl Kernel for Native {
    fn page_size(&self) -> usize {
        4096
    }

    fn huge_page_size(&self) -> Option<usize> {
        None
    }

    fn map(&self, _: usize, _: Access, _: Backing) -> Result<NonNull<u8>, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn map_file(
        &self,
        _: &File,
        _: u64,
        _: usize,
        _: Writes,
        _: Option<NonNull<u8>>,
    ) -> Result<NonNull<u8>, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn vacate(&self, _: NonNull<u8>, _: usize) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn unmap(&self, _: NonNull<u8>, _: usize) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn protect(&self, _: NonNull<u8>, _: usize, _: Access) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn remap(
        &self,
        _: NonNull<u8>,
        _: usize,
        _: usize,
        _: Target,
    ) -> Result<NonNull<u8>, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    unsafe fn advise(&self, _: NonNull<u8>, _: usize, _: Advice) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn lock(&self, _: NonNull<u8>, _: usize) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn unlock(&self, _: NonNull<u8>, _: usize) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn flush(&self, _: NonNull<u8>, _: usize, _: bool) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn lock_limit(&self) -> Option<usize> {
        None
    }

    fn resident(&self, _: NonNull<u8>, _: usize) -> Result<usize, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn huge(&self, _: NonNull<u8>, _: usize) -> Result<Huge, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn bind(&self, _: NonNull<u8>, _: usize, _: Policy, _: bool) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn locate(&self, _: NonNull<u8>, _: &mut [i32]) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn migrate(&self, _: NonNull<u8>, _: u32, _: &mut [i32]) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn read(&self, _: &str) -> Result<String, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn allocate(&self, _: &File, _: u64, _: u64) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn file_limit(&self) -> Option<u64> {
        None
    }

    fn rename_to_free(&self, _: &Path, _: &Path) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn memory_file(&self) -> Result<File, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn seal(&self, _: &File) -> Result<(), Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn sealed(&self, _: &File) -> Result<bool, Errno> {
        Err(Errno::UNSUPPORTED)
    }

    fn claim(&self, _: &File, _: u32) -> Result<File, Errno> {
        Err(Errno::UNSUPPORTED)
    }
}
