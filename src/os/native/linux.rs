#![expect(unsafe_code, reason = "calls the kernel")]
//! The calls that only Linux has.

use core::ptr::{self, NonNull};
use std::{
    ffi::CString,
    format,
    fs::{self, File},
    os::{
        fd::{AsRawFd, FromRawFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    vec::Vec,
};

use super::{
    Native,
    unix::{check, map, number, refusal},
};
use crate::os::{Access, Advice, Errno, Hint, Huge, Kernel, Policy, Target, smaps};

/// Since Linux 6.13; the C library's headers have them later than the kernel.
const GUARD_INSTALL: i32 = 102;
/// In place of a process id.
const OWN_PROCESS: libc::c_long = 0;
/// Of `linux/mempolicy.h`: pages that are present move, too.
const MOVE: libc::c_long = 2;

pub(super) fn huge_page_size() -> Option<usize> {
    let text = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").ok();
    let transparent = text.and_then(|text| text.trim().parse().ok());
    transparent.or_else(|| {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        text.lines().find_map(|line| smaps::bytes(line, "Hugepagesize"))
    })
}

/// The flags for explicit huge pages of the size that is said to be theirs.
pub(super) fn map_huge() -> Result<i32, Errno> {
    let size = huge_page_size().ok_or(Errno::UNSUPPORTED)?;
    Ok(libc::MAP_HUGETLB | (size.trailing_zeros().cast_signed() << libc::MAP_HUGE_SHIFT))
}

pub(super) fn map_secret(len: usize, access: Access) -> Result<NonNull<u8>, Errno> {
    let size = libc::off_t::try_from(len).map_err(|_| Errno::NO_MEMORY)?;
    // SAFETY: the call makes a file or answers -1.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_secret, libc::c_long::from(libc::O_CLOEXEC)) };
    let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0).ok_or_else(refusal)?;
    // SAFETY: the file is new, so nobody else closes it.
    let file = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: the file is open, and empty.
    check(unsafe { libc::ftruncate(file.as_raw_fd(), size) })?;
    map(len, access, libc::MAP_SHARED, file.as_raw_fd())
}

/// # Safety
///
/// As for `Kernel::remap`.
pub(super) unsafe fn remap(
    at: NonNull<u8>,
    len: usize,
    new_len: usize,
    to: Target,
) -> Result<NonNull<u8>, Errno> {
    let flags = match to {
        Target::InPlace => 0,
        Target::Anywhere => libc::MREMAP_MAYMOVE,
    };
    // SAFETY: the pages are the caller's own, and nobody uses the old address if they move.
    let at = unsafe { libc::mremap(at.as_ptr().cast(), len, new_len, flags) };
    if at == libc::MAP_FAILED {
        return Err(refusal());
    }
    NonNull::new(at.cast()).ok_or(Errno::FAULT)
}

#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is not all of it")]
pub(super) fn advice(advice: Advice) -> Result<i32, Errno> {
    Ok(match advice {
        Advice::Hint(Hint::Normal) => libc::MADV_NORMAL,
        Advice::Hint(Hint::Random) => libc::MADV_RANDOM,
        Advice::Hint(Hint::Sequential) => libc::MADV_SEQUENTIAL,
        Advice::Hint(Hint::WillNeed) => libc::MADV_WILLNEED,
        Advice::Hint(Hint::Cold) => libc::MADV_COLD,
        Advice::Hint(Hint::PageOut) => libc::MADV_PAGEOUT,
        Advice::Hint(Hint::HugePage) => libc::MADV_HUGEPAGE,
        Advice::Hint(Hint::NoHugePage) => libc::MADV_NOHUGEPAGE,
        Advice::Hint(Hint::Collapse) => libc::MADV_COLLAPSE,
        Advice::Hint(Hint::PopulateRead) => libc::MADV_POPULATE_READ,
        Advice::Hint(Hint::PopulateWrite) => libc::MADV_POPULATE_WRITE,
        Advice::Discard => libc::MADV_DONTNEED,
        Advice::NoDump => libc::MADV_DONTDUMP,
        Advice::NoFork => libc::MADV_DONTFORK,
        Advice::WipeOnFork => libc::MADV_WIPEONFORK,
        Advice::Guard => GUARD_INSTALL,
    })
}

/// Not by the C library, whose function the sanitizers replace by one that does nothing.
pub(super) fn lock(at: NonNull<u8>, len: usize) -> Result<(), Errno> {
    // SAFETY: locking changes neither contents nor rights, and refuses what is not mapped.
    let answer = unsafe { libc::syscall(libc::SYS_mlock, at.as_ptr(), len) };
    if answer == 0 { Ok(()) } else { Err(refusal()) }
}

/// What smaps says of the mappings, which may be longer than the range; of transparent huge pages
/// the page map knows exactly, since Linux 6.7.
pub(super) fn huge(start: usize, len: usize) -> Result<Huge, Errno> {
    let text = Native.read("/proc/self/smaps")?;
    let mut huge = smaps::huge(&text, start, len, Native.page_size());
    if let Ok(exact) = scan(start, len) {
        huge.transparent = exact.saturating_sub(huge.explicit);
    }
    Ok(huge)
}

/// The argument of the page map's scan, as in `linux/fs.h`.
#[repr(C)]
#[derive(Default)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    regions_len: u64,
    max_pages: u64,
    inverted: u64,
    wanted: u64,
    wanted_any: u64,
    returned: u64,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Found {
    start: u64,
    end: u64,
    categories: u64,
}

/// Scans the page map for huge pages: how many bytes of the range are in one.
fn scan(start: usize, len: usize) -> Result<usize, Errno> {
    /// `_IOWR('f', 16, struct pm_scan_arg)`
    const PAGEMAP_SCAN: libc::Ioctl = 0xC060_6610_u32 as libc::Ioctl;
    const HUGE: u64 = 1 << 6;
    let file = fs::File::open("/proc/self/pagemap").map_err(|_| Errno::UNSUPPORTED)?;
    let mut found = [Found::default(); 32];
    let end = (start + len) as u64;
    let mut scan = Scan {
        size: size_of::<Scan>() as u64,
        end,
        regions: found.as_mut_ptr().expose_provenance() as u64,
        regions_len: found.len() as u64,
        wanted: HUGE,
        returned: HUGE,
        walk_end: start as u64,
        ..Scan::default()
    };
    let mut bytes = 0;
    while scan.walk_end < end {
        scan.start = scan.walk_end;
        // SAFETY: the kernel reads and writes one such struct, and writes at most as many regions as
        // it says there is room for.
        let count = unsafe { libc::ioctl(file.as_raw_fd(), PAGEMAP_SCAN, &raw mut scan) };
        let count = usize::try_from(count).map_err(|_| refusal())?;
        if scan.walk_end <= scan.start {
            return Err(Errno::UNSUPPORTED);
        }
        bytes += found[..count].iter().map(|f| (f.end - f.start) as usize).sum::<usize>();
    }
    Ok(bytes)
}

pub(super) fn bind(
    at: NonNull<u8>,
    len: usize,
    policy: Policy,
    migrate: bool,
) -> Result<(), Errno> {
    let (mode, nodes) = match policy {
        Policy::Local => (libc::MPOL_LOCAL, None),
        Policy::Bind(nodes) => (libc::MPOL_BIND, Some(nodes)),
        Policy::Preferred(node) => (libc::MPOL_PREFERRED, Some(crate::os::NodeSet::only(node))),
        Policy::Interleave(nodes) => (libc::MPOL_INTERLEAVE, Some(nodes)),
    };
    // The kernel takes the number of bits to be one more than it is.
    let (words, bits) = match &nodes {
        Some(nodes) => (nodes.words().as_ptr(), crate::os::NodeSet::MOST as usize + 1),
        None => (ptr::null(), 0_usize),
    };
    let flags = if migrate { MOVE } else { 0 };
    let mode = libc::c_long::from(mode);
    // SAFETY: the kernel reads that many bits, which `nodes` has, and changes no contents.
    let answer =
        unsafe { libc::syscall(libc::SYS_mbind, at.as_ptr(), len, mode, words, bits, flags) };
    if answer == 0 { Ok(()) } else { Err(refusal()) }
}

/// Moves the pages from `at` on to `to`, or only asks where they are.
pub(super) fn move_pages(at: NonNull<u8>, to: Option<i32>, nodes: &mut [i32]) -> Result<(), Errno> {
    let page = Native.page_size();
    let pages: Vec<*mut u8> =
        (0..nodes.len()).map(|index| at.as_ptr().wrapping_add(index * page)).collect();
    let targets: Vec<i32> = to.map_or(Vec::new(), |node| [node].repeat(nodes.len()));
    let wanted = if to.is_some() { targets.as_ptr() } else { ptr::null() };
    // SAFETY: the kernel reads as many addresses, and nodes if there are any, and writes as many
    // answers, as `nodes` has room for; contents do not change.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_move_pages,
            OWN_PROCESS,
            pages.len(),
            pages.as_ptr(),
            wanted,
            nodes.as_mut_ptr(),
            if to.is_some() { MOVE } else { 0 },
        )
    };
    // A positive answer counts pages that did not move; `nodes` says of each where it is.
    if answer >= 0 { Ok(()) } else { Err(refusal()) }
}

pub(super) fn allocate(file: &File, from: u64, len: u64) -> Result<(), Errno> {
    let too_large = |_| Errno(libc::EFBIG);
    let from = libc::off_t::try_from(from).map_err(too_large)?;
    let len = libc::off_t::try_from(len).map_err(too_large)?;
    loop {
        // SAFETY: the descriptor is open while `file` is borrowed.
        match check(unsafe { libc::fallocate(file.as_raw_fd(), 0, from, len) }) {
            Err(Errno(libc::EINTR)) => {}
            answer => return answer,
        }
    }
}

/// The system call itself, since older C libraries have no function for it.
pub(super) fn rename_to_free(from: &Path, to: &Path) -> Result<(), Errno> {
    let name = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(|_| Errno::INVALID);
    let (from, to) = (name(from)?, name(to)?);
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // SAFETY: both names end in zero and live until the call returns.
    let answer = unsafe {
        libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags)
    };
    if answer == 0 { Ok(()) } else { Err(refusal()) }
}

pub(super) fn memory_file() -> Result<File, Errno> {
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    // SAFETY: the name ends in zero; the call makes a file or answers -1.
    let fd = unsafe { libc::syscall(libc::SYS_memfd_create, c"larder".as_ptr(), flags) };
    let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0).ok_or_else(refusal)?;
    // SAFETY: the file is new, so nobody else closes it.
    Ok(unsafe { File::from_raw_fd(fd) })
}

pub(super) fn seal(file: &File) -> Result<(), Errno> {
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: the descriptor is open while `file` is borrowed.
    check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) })
}

pub(super) fn sealed(file: &File) -> Result<bool, Errno> {
    // SAFETY: as in `seal`.
    let seals = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GET_SEALS) };
    if seals < 0 { Err(refusal()) } else { Ok(seals & libc::F_SEAL_SHRINK != 0) }
}

/// A lock of a byte, which belongs to the open file and not to the process; so the file is opened
/// again, since descriptors that were passed on share one.
pub(super) fn claim(file: &File, place: u32) -> Result<File, Errno> {
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let own = File::options().read(true).write(true).open(path).map_err(|e| number(&e))?;
    let lock = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: libc::off_t::from(place),
        l_len: 1,
        l_pid: 0,
    };
    // SAFETY: the descriptor is open, and the kernel reads one such struct.
    check(unsafe { libc::fcntl(own.as_raw_fd(), libc::F_OFD_SETLK, &raw const lock) })?;
    Ok(own)
}
