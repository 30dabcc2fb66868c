#![expect(unsafe_code, reason = "has the face of calls that are unsafe elsewhere")]
//! The calls that only Linux has, on other Unixes: none.

use core::ptr::NonNull;
use std::{fs::File, path::Path};

use crate::os::{Access, Advice, Errno, Hint, Huge, Policy, Target};

pub(super) fn huge_page_size() -> Option<usize> {
    None
}

pub(super) fn map_huge() -> Result<i32, Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn map_secret(_: usize, _: Access) -> Result<NonNull<u8>, Errno> {
    Err(Errno::UNSUPPORTED)
}

/// # Safety
///
/// None: it does nothing.
pub(super) unsafe fn remap(
    _: NonNull<u8>,
    _: usize,
    _: usize,
    _: Target,
) -> Result<NonNull<u8>, Errno> {
    Err(Errno::UNSUPPORTED)
}

/// The advice that means the same everywhere. Discarding does not: elsewhere it need not zero.
pub(super) fn advice(advice: Advice) -> Result<i32, Errno> {
    match advice {
        Advice::Hint(Hint::Normal) => Ok(libc::MADV_NORMAL),
        Advice::Hint(Hint::Random) => Ok(libc::MADV_RANDOM),
        Advice::Hint(Hint::Sequential) => Ok(libc::MADV_SEQUENTIAL),
        Advice::Hint(Hint::WillNeed) => Ok(libc::MADV_WILLNEED),
        _ => Err(Errno::UNSUPPORTED),
    }
}

pub(super) fn lock(at: NonNull<u8>, len: usize) -> Result<(), Errno> {
    // SAFETY: locking changes neither contents nor rights, and refuses what is not mapped.
    super::unix::check(unsafe { libc::mlock(at.as_ptr().cast(), len) })
}

pub(super) fn huge(_: usize, _: usize) -> Result<Huge, Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn bind(_: NonNull<u8>, _: usize, _: Policy, _: bool) -> Result<(), Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn move_pages(_: NonNull<u8>, _: Option<i32>, _: &mut [i32]) -> Result<(), Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn allocate(_: &File, _: u64, _: u64) -> Result<(), Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn rename_to_free(_: &Path, _: &Path) -> Result<(), Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn memory_file() -> Result<File, Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn seal(_: &File) -> Result<(), Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn sealed(_: &File) -> Result<bool, Errno> {
    Err(Errno::UNSUPPORTED)
}

pub(super) fn claim(_: &File, _: u32) -> Result<File, Errno> {
    Err(Errno::UNSUPPORTED)
}
