#![expect(unsafe_code, reason = "calls the kernel")]
//! The calls that every Unix has, by its C library.

use core::ptr::{self, NonNull};
use std::{fs, io, string::String, vec};

use super::{Native, more};
use crate::os::{Access, Advice, Backing, Errno, Huge, Kernel, Policy, Target};

/// The number that the last call of this thread was refused with.
pub(super) fn refusal() -> Errno {
    number(&io::Error::last_os_error())
}

fn number(error: &io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::INVALID, Errno)
}

/// A call that answers 0, or something else and a number.
pub(super) fn check(answer: i32) -> Result<(), Errno> {
    if answer == 0 { Ok(()) } else { Err(refusal()) }
}

fn protection(access: Access) -> i32 {
    match access {
        Access::None => libc::PROT_NONE,
        Access::Read => libc::PROT_READ,
        Access::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
    }
}

/// New pages at an address of the kernel's choice.
pub(super) fn map(len: usize, access: Access, flags: i32, fd: i32) -> Result<NonNull<u8>, Errno> {
    // SAFETY: without MAP_FIXED the kernel chooses addresses that nobody has.
    let at = unsafe { libc::mmap(ptr::null_mut(), len, protection(access), flags, fd, 0) };
    if at == libc::MAP_FAILED {
        return Err(refusal());
    }
    // The kernel never maps address 0 unless it is asked to.
    NonNull::new(at.cast()).ok_or(Errno::FAULT)
}

// SAFETY: mmap returns pages that nobody has, never the first; the last ones of the address space are
// the kernel's. Each method is the call that its contract describes, for the same range.
unsafe impl Kernel for Native {
    fn page_size(&self) -> usize {
        // SAFETY: the call only reads a constant.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(4096)
    }

    fn huge_page_size(&self) -> Option<usize> {
        more::huge_page_size()
    }

    fn map(&self, len: usize, access: Access, backing: Backing) -> Result<NonNull<u8>, Errno> {
        // Reserved addresses are not counted as memory; nor is memory that is not yet touched.
        let private = libc::MAP_PRIVATE | libc::MAP_ANON;
        match backing {
            Backing::Private if access == Access::None => {
                map(len, access, private | libc::MAP_NORESERVE, -1)
            }
            Backing::Private => map(len, access, private, -1),
            Backing::Huge => map(len, access, private | more::map_huge()?, -1),
            Backing::Secret => more::map_secret(len, access),
        }
    }

    unsafe fn unmap(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        // SAFETY: the pages are the caller's own, and nobody uses them again.
        check(unsafe { libc::munmap(at.as_ptr().cast(), len) })
    }

    unsafe fn protect(&self, at: NonNull<u8>, len: usize, access: Access) -> Result<(), Errno> {
        // SAFETY: the pages are the caller's own, and nobody does what will be forbidden.
        check(unsafe { libc::mprotect(at.as_ptr().cast(), len, protection(access)) })
    }

    unsafe fn remap(
        &self,
        at: NonNull<u8>,
        len: usize,
        new_len: usize,
        to: Target,
    ) -> Result<NonNull<u8>, Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { more::remap(at, len, new_len, to) }
    }

    unsafe fn advise(&self, at: NonNull<u8>, len: usize, advice: Advice) -> Result<(), Errno> {
        let code = more::advice(advice)?;
        // SAFETY: hints change nothing that can be seen, and for other advice the pages are the
        // caller's own, and nobody minds.
        check(unsafe { libc::madvise(at.as_ptr().cast(), len, code) })
    }

    fn lock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        more::lock(at, len)
    }

    fn unlock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        // SAFETY: unlocking changes neither contents nor rights, and refuses what is not mapped.
        check(unsafe { libc::munlock(at.as_ptr().cast(), len) })
    }

    fn lock_limit(&self) -> Option<usize> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the kernel writes one such struct there.
        check(unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) }).ok()?;
        let told = (limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)?;
        usize::try_from(told).ok()
    }

    fn resident(&self, at: NonNull<u8>, len: usize) -> Result<usize, Errno> {
        let page = self.page_size();
        let mut present = vec![0_u8; len.div_ceil(page)];
        // SAFETY: the kernel writes a byte for each page of the range, and there is room for that.
        check(unsafe { libc::mincore(at.as_ptr().cast(), len, present.as_mut_ptr().cast()) })?;
        Ok(present.iter().filter(|page| **page & 1 == 1).count() * page)
    }

    fn huge(&self, at: NonNull<u8>, len: usize) -> Result<Huge, Errno> {
        more::huge(at.addr().get(), len)
    }

    fn bind(
        &self,
        at: NonNull<u8>,
        len: usize,
        policy: Policy,
        migrate: bool,
    ) -> Result<(), Errno> {
        more::bind(at, len, policy, migrate)
    }

    fn locate(&self, at: NonNull<u8>, nodes: &mut [i32]) -> Result<(), Errno> {
        more::move_pages(at, None, nodes)
    }

    fn migrate(&self, at: NonNull<u8>, node: u32, nodes: &mut [i32]) -> Result<(), Errno> {
        let node = i32::try_from(node).map_err(|_| Errno::INVALID)?;
        more::move_pages(at, Some(node), nodes)
    }

    fn read(&self, path: &str) -> Result<String, Errno> {
        fs::read_to_string(path).map_err(|error| number(&error))
    }
}
