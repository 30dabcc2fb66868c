#![expect(unsafe_code, reason = "asks the kernel for what std's files cannot do")]
//! What files need beyond std: room that is really there, a name that is taken only if it is free,
//! and names that last.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use super::{FileError, Problem};

/// Whether the room in a file is sure to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Space {
    /// Writing it will not find the disk full.
    #[default]
    Guaranteed,
    /// The file system gives no such promise; writing may find the disk full.
    Hoped,
}

/// Makes the file at least `len` bytes long, with room for all of them.
pub(crate) fn allocate(file: &File, len: u64) -> io::Result<Space> {
    check_limit(len)?;
    let old = file.metadata()?.len();
    if len <= old {
        return Ok(Space::Guaranteed);
    }
    match allocate_range(file, old, len - old) {
        Ok(()) => Ok(Space::Guaranteed),
        Err(error) if error.kind() == io::ErrorKind::Unsupported => {
            file.set_len(len)?;
            Ok(Space::Hoped)
        }
        Err(error) => {
            // A file system may have come part of the way; the old length is what is promised.
            let _ = file.set_len(old);
            Err(error)
        }
    }
}

#[cfg(target_os = "linux")]
fn allocate_range(file: &File, from: u64, len: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;
    let too_large = |_| io::Error::from(io::ErrorKind::FileTooLarge);
    let from = libc::off_t::try_from(from).map_err(too_large)?;
    let len = libc::off_t::try_from(len).map_err(too_large)?;
    loop {
        // SAFETY: the descriptor is open while `file` is borrowed.
        if unsafe { libc::fallocate(file.as_raw_fd(), 0, from, len) } == 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn allocate_range(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Writing past the limit on file sizes would end the process by a signal; this is the error instead.
pub(crate) fn check_limit(len: u64) -> io::Result<()> {
    if len > size_limit() { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
}

#[cfg(unix)]
fn size_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is there to be written.
    if unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) } != 0 {
        return u64::MAX;
    }
    #[allow(clippy::useless_conversion, reason = "signed on some systems")]
    u64::try_from(limit.rlim_cur).unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn size_limit() -> u64 {
    u64::MAX
}

/// Reads exactly these bytes.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Writes all of these bytes.
#[cfg(unix)]
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    let end = at.checked_add(bytes.len() as u64).ok_or(io::ErrorKind::FileTooLarge)?;
    check_limit(end)?;
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

/// Reads exactly these bytes.
#[cfg(not(unix))]
pub(crate) fn read_at(mut file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    use io::{Read, Seek};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(into)
}

/// Writes all of these bytes.
#[cfg(not(unix))]
pub(crate) fn write_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    use io::{Seek, Write};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Opens a regular file and nothing else.
pub(crate) fn open(path: &Path, write: bool) -> Result<File, FileError> {
    let file = match OpenOptions::new().read(true).write(write).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
            return Err(FileError::new(path, Problem::NotAFile));
        }
        Err(error) => return Err(FileError::io(path, "open the file", error)),
    };
    let about = file.metadata().map_err(|e| FileError::io(path, "look at the file", e))?;
    if about.is_file() { Ok(file) } else { Err(FileError::new(path, Problem::NotAFile)) }
}

/// Keeps everybody else who asks away from the file, or only those who would write.
pub(crate) fn lock(file: &File, path: &Path, exclusive: bool) -> Result<(), FileError> {
    let answer = if exclusive { file.try_lock() } else { file.try_lock_shared() };
    match answer {
        Ok(()) => Ok(()),
        Err(fs::TryLockError::WouldBlock) => Err(FileError::new(path, Problem::Locked)),
        Err(fs::TryLockError::Error(error)) => Err(FileError::io(path, "lock the file", error)),
    }
}

/// Gives the file at `from` the name `to` if nobody has it.
pub(crate) fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match rename_no_replace(from, to) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput) =>
        {
            // A second name is refused when it is taken, too.
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        answer => answer,
    }
}

#[cfg(target_os = "linux")]
fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    use std::{ffi::CString, os::unix::ffi::OsStrExt};
    let from = CString::new(from.as_os_str().as_bytes())?;
    let to = CString::new(to.as_os_str().as_bytes())?;
    let (here, flags) = (libc::AT_FDCWD, libc::RENAME_NOREPLACE);
    // The system call itself, since older C libraries have no function for it.
    // SAFETY: both names end in zero and live until the call returns.
    let answer = unsafe {
        libc::syscall(libc::SYS_renameat2, here, from.as_ptr(), here, to.as_ptr(), flags)
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(not(target_os = "linux"))]
fn rename_no_replace(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Makes the names in the folder of `path` last.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

/// Makes the names in the folder of `path` last: here the system does so itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
