#![expect(unsafe_code, reason = "calls the kernel")]
//! The calls that every Unix has, by its C library.

use core::ptr::{self, NonNull};
use std::{
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::Path,
    string::String,
    vec,
};

use super::{Native, more};
use crate::os::{Access, Advice, Backing, Errno, Huge, Kernel, Policy, Target, Writes};

/// The number that the last call of this thread was refused with.
pub(super) fn refusal() -> Errno {
    number(&io::Error::last_os_error())
}

pub(super) fn number(error: &io::Error) -> Errno {
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

const PRIVATE: i32 = libc::MAP_PRIVATE | libc::MAP_ANON;

/// What mmap answered.
fn mapped(at: *mut libc::c_void) -> Result<NonNull<u8>, Errno> {
    if at == libc::MAP_FAILED {
        return Err(refusal());
    }
    // The kernel never maps address 0 unless it is asked to.
    NonNull::new(at.cast()).ok_or(Errno::FAULT)
}

/// New pages at an address of the kernel's choice.
pub(super) fn map(len: usize, access: Access, flags: i32, fd: i32) -> Result<NonNull<u8>, Errno> {
    // SAFETY: without MAP_FIXED the kernel chooses addresses that nobody has.
    mapped(unsafe { libc::mmap(ptr::null_mut(), len, protection(access), flags, fd, 0) })
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
        match backing {
            Backing::Private if access == Access::None => {
                map(len, access, PRIVATE | libc::MAP_NORESERVE, -1)
            }
            Backing::Private => map(len, access, PRIVATE, -1),
            Backing::Huge => map(len, access, PRIVATE | more::map_huge()?, -1),
            Backing::Secret => more::map_secret(len, access),
        }
    }

    unsafe fn map_file(
        &self,
        file: &File,
        offset: u64,
        len: usize,
        writes: Writes,
        over: Option<NonNull<u8>>,
    ) -> Result<NonNull<u8>, Errno> {
        let offset = libc::off_t::try_from(offset).map_err(|_| Errno::INVALID)?;
        let (access, sharing) = match writes {
            Writes::Never => (Access::Read, libc::MAP_SHARED),
            Writes::ToFile => (Access::ReadWrite, libc::MAP_SHARED),
            Writes::Private => (Access::ReadWrite, libc::MAP_PRIVATE),
        };
        let (at, fixed) = over.map_or((ptr::null_mut(), 0), |at| (at.as_ptr(), libc::MAP_FIXED));
        let (access, fd) = (protection(access), file.as_raw_fd());
        // SAFETY: the address is the kernel's choice, or the pages there are the caller's own and
        // nobody minds.
        mapped(unsafe { libc::mmap(at.cast(), len, access, sharing | fixed, fd, offset) })
    }

    unsafe fn vacate(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        let flags = PRIVATE | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: the pages are the caller's own, and nobody minds what becomes of them.
        mapped(unsafe { libc::mmap(at.as_ptr().cast(), len, libc::PROT_NONE, flags, -1, 0) })
            .map(drop)
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

    fn flush(&self, at: NonNull<u8>, len: usize, wait: bool) -> Result<(), Errno> {
        let how = if wait { libc::MS_SYNC } else { libc::MS_ASYNC };
        // SAFETY: contents stay, and what is not mapped is refused.
        check(unsafe { libc::msync(at.as_ptr().cast(), len, how) })
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

    fn allocate(&self, file: &File, from: u64, len: u64) -> Result<(), Errno> {
        more::allocate(file, from, len)
    }

    fn file_limit(&self) -> Option<u64> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the kernel writes one such struct there.
        check(unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) }).ok()?;
        let told = (limit.rlim_cur != libc::RLIM_INFINITY).then_some(limit.rlim_cur)?;
        #[allow(clippy::useless_conversion, reason = "signed on some systems")]
        u64::try_from(told).ok()
    }

    fn rename_to_free(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        more::rename_to_free(from, to)
    }

    fn memory_file(&self) -> Result<File, Errno> {
        more::memory_file()
    }

    fn seal(&self, file: &File) -> Result<(), Errno> {
        more::seal(file)
    }

    fn sealed(&self, file: &File) -> Result<bool, Errno> {
        more::sealed(file)
    }

    fn claim(&self, file: &File, place: u32) -> Result<File, Errno> {
        more::claim(file, place)
    }
}
