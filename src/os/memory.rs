#![expect(unsafe_code, reason = "asks the kernel for mappings")]
//! The calls that show files and fresh memory at addresses, one function each, for the types beside.
//!
//! Where there is no such call the answer is [`ErrorKind::Unsupported`](std::io::ErrorKind).

/// What may be done through a mapping of a file, and who sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    /// Reading what the file says.
    Read,
    /// Writing, which the file and all who show it see.
    Shared,
    /// Writing into copies of this process's own, which nobody else sees.
    Private,
}

#[cfg(unix)]
pub(super) use unix::*;

#[cfg(unix)]
mod unix {
    use core::ptr::{self, NonNull};
    use std::{fs::File, io, os::fd::AsRawFd};

    use super::Show;

    /// Bytes in a page.
    pub(crate) fn page_size() -> usize {
        // SAFETY: asks for a number.
        let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(size).unwrap_or(4096)
    }

    fn found(at: *mut libc::c_void) -> io::Result<NonNull<u8>> {
        match NonNull::new(at) {
            Some(found) if at != libc::MAP_FAILED => Ok(found.cast()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    fn done(answer: i32) -> io::Result<()> {
        if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    const NOTHING: i32 = libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;

    /// New addresses that hold nothing: any touch faults.
    pub(crate) fn reserve(len: usize) -> io::Result<NonNull<u8>> {
        // SAFETY: the kernel chooses an address where nothing is.
        found(unsafe { libc::mmap(ptr::null_mut(), len, libc::PROT_NONE, NOTHING, -1, 0) })
    }

    /// Takes everything from these addresses, and keeps them.
    ///
    /// # Safety
    ///
    /// They are the caller's own, and nobody has a reference into them.
    pub(crate) unsafe fn empty(at: NonNull<u8>, len: usize) -> io::Result<()> {
        let flags = NOTHING | libc::MAP_FIXED;
        // SAFETY: the caller owns the addresses, and nobody looks at them.
        found(unsafe { libc::mmap(at.as_ptr().cast(), len, libc::PROT_NONE, flags, -1, 0) })
            .map(drop)
    }

    /// Lets reads and writes through.
    ///
    /// # Safety
    ///
    /// The addresses are the caller's own.
    pub(crate) unsafe fn open(at: NonNull<u8>, len: usize) -> io::Result<()> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the caller owns the addresses, and more access takes nothing from anybody.
        done(unsafe { libc::mprotect(at.as_ptr().cast(), len, access) })
    }

    /// Shows a file from `offset`, a multiple of a page: at `over`, or where the kernel likes.
    ///
    /// # Safety
    ///
    /// The addresses from `over` on, if given, are the caller's own, and nobody has a reference into
    /// them.
    pub(crate) unsafe fn show(
        file: &File,
        offset: u64,
        len: usize,
        show: Show,
        over: Option<NonNull<u8>>,
    ) -> io::Result<NonNull<u8>> {
        let offset = libc::off_t::try_from(offset)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let (access, sharing) = match show {
            Show::Read => (libc::PROT_READ, libc::MAP_SHARED),
            Show::Shared => (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED),
            Show::Private => (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE),
        };
        let (at, fixed) = over.map_or((ptr::null_mut(), 0), |at| (at.as_ptr(), libc::MAP_FIXED));
        let fd = file.as_raw_fd();
        // SAFETY: the address is the kernel's choice or the caller's own.
        found(unsafe { libc::mmap(at.cast(), len, access, sharing | fixed, fd, offset) })
    }

    /// Gives the addresses back.
    ///
    /// # Safety
    ///
    /// They are the caller's own, and nobody uses them again.
    pub(crate) unsafe fn unmap(at: NonNull<u8>, len: usize) {
        // SAFETY: the caller owns them. Failure, for want of mappings, leaks them and no more.
        let _ = unsafe { libc::munmap(at.as_ptr().cast(), len) };
    }

    /// Passes advice on that changes no contents.
    ///
    /// # Safety
    ///
    /// The addresses are the caller's own, and `advice` changes no contents.
    pub(crate) unsafe fn advise(at: NonNull<u8>, len: usize, advice: i32) -> io::Result<()> {
        // SAFETY: the caller's promise.
        done(unsafe { libc::madvise(at.as_ptr().cast(), len, advice) })
    }

    /// Writes what changed back to the file; when it `waits`, to the disk.
    ///
    /// # Safety
    ///
    /// The addresses are the caller's own and begin at a page.
    pub(crate) unsafe fn flush(at: NonNull<u8>, len: usize, waits: bool) -> io::Result<()> {
        let how = if waits { libc::MS_SYNC } else { libc::MS_ASYNC };
        // SAFETY: the caller's promise; contents stay.
        done(unsafe { libc::msync(at.as_ptr().cast(), len, how) })
    }

    /// Keeps pages in memory, or no longer.
    ///
    /// # Safety
    ///
    /// The addresses are the caller's own.
    pub(crate) unsafe fn lock(at: NonNull<u8>, len: usize, locked: bool) -> io::Result<()> {
        let (at, len) = (at.as_ptr().cast_const().cast(), len);
        if locked {
            // SAFETY: the caller's promise; contents stay.
            done(unsafe { libc::mlock(at, len) })
        } else {
            // SAFETY: the caller's promise; contents stay.
            done(unsafe { libc::munlock(at, len) })
        }
    }

    /// The numbers of advice, where the kernel has it.
    #[cfg(target_os = "linux")]
    pub(crate) mod number {
        pub(crate) const HUGE: Option<i32> = Some(libc::MADV_HUGEPAGE);
        pub(crate) const SMALL: Option<i32> = Some(libc::MADV_NOHUGEPAGE);
        pub(crate) const POPULATE_READ: Option<i32> = Some(libc::MADV_POPULATE_READ);
        pub(crate) const POPULATE_WRITE: Option<i32> = Some(libc::MADV_POPULATE_WRITE);
    }
    #[cfg(not(target_os = "linux"))]
    pub(crate) mod number {
        pub(crate) const HUGE: Option<i32> = None;
        pub(crate) const SMALL: Option<i32> = None;
        pub(crate) const POPULATE_READ: Option<i32> = None;
        pub(crate) const POPULATE_WRITE: Option<i32> = None;
    }
    pub(crate) const NORMAL: i32 = libc::MADV_NORMAL;
    pub(crate) const RANDOM: i32 = libc::MADV_RANDOM;
    pub(crate) const SEQUENTIAL: i32 = libc::MADV_SEQUENTIAL;
    pub(crate) const WILL_NEED: i32 = libc::MADV_WILLNEED;
}

#[cfg(not(unix))]
pub(super) use other::*;

#[cfg(not(unix))]
mod other {
    use core::ptr::NonNull;
    use std::{fs::File, io};

    use super::Show;

    fn no<T>() -> io::Result<T> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(crate) fn page_size() -> usize {
        4096
    }
    pub(crate) fn reserve(_: usize) -> io::Result<NonNull<u8>> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn empty(_: NonNull<u8>, _: usize) -> io::Result<()> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn open(_: NonNull<u8>, _: usize) -> io::Result<()> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn show(
        _: &File,
        _: u64,
        _: usize,
        _: Show,
        _: Option<NonNull<u8>>,
    ) -> io::Result<NonNull<u8>> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: there is nothing to unmap.
    pub(crate) unsafe fn unmap(_: NonNull<u8>, _: usize) {}
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn advise(_: NonNull<u8>, _: usize, _: i32) -> io::Result<()> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn flush(_: NonNull<u8>, _: usize, _: bool) -> io::Result<()> {
        no()
    }
    /// # Safety
    ///
    /// None is needed: it refuses.
    pub(crate) unsafe fn lock(_: NonNull<u8>, _: usize, _: bool) -> io::Result<()> {
        no()
    }
    pub(crate) mod number {
        pub(crate) const HUGE: Option<i32> = None;
        pub(crate) const SMALL: Option<i32> = None;
        pub(crate) const POPULATE_READ: Option<i32> = None;
        pub(crate) const POPULATE_WRITE: Option<i32> = None;
    }
    pub(crate) const NORMAL: i32 = 0;
    pub(crate) const RANDOM: i32 = 0;
    pub(crate) const SEQUENTIAL: i32 = 0;
    pub(crate) const WILL_NEED: i32 = 0;
}
