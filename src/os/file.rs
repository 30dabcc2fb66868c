//! What files need beyond std: room that is really there, a name that is taken only if it is free,
//! and names that last.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use super::{Errno, FileError, Kernel, Problem};

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
pub(crate) fn allocate(file: &File, len: u64, kernel: &impl Kernel) -> io::Result<Space> {
    check_limit(len, kernel)?;
    let old = file.metadata()?.len();
    if len <= old {
        return Ok(Space::Guaranteed);
    }
    match kernel.allocate(file, old, len - old).map_err(io::Error::from) {
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

/// Writing past the limit on file sizes would end the process by a signal; this is the error instead.
pub(crate) fn check_limit(len: u64, kernel: &impl Kernel) -> io::Result<()> {
    match kernel.file_limit() {
        Some(limit) if len > limit => Err(io::ErrorKind::FileTooLarge.into()),
        _ => Ok(()),
    }
}

/// Reads exactly these bytes.
#[cfg(unix)]
pub(crate) fn read_at(file: &File, at: u64, into: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Writes all of these bytes.
#[cfg(unix)]
pub(crate) fn write_at(file: &File, at: u64, bytes: &[u8], kernel: &impl Kernel) -> io::Result<()> {
    let end = at.checked_add(bytes.len() as u64).ok_or(io::ErrorKind::FileTooLarge)?;
    check_limit(end, kernel)?;
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
pub(crate) fn write_at(mut file: &File, at: u64, bytes: &[u8], _: &impl Kernel) -> io::Result<()> {
    use io::{Seek, Write};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Opens a regular file and nothing else: opening a pipe would wait for somebody at its other end.
pub(crate) fn open(path: &Path, write: bool) -> Result<File, FileError> {
    let about = fs::metadata(path).map_err(|e| FileError::io(path, "look at the file", e))?;
    if !about.is_file() {
        return Err(FileError::new(path, Problem::NotAFile));
    }
    let file = OpenOptions::new().read(true).write(write).open(path);
    file.map_err(|e| FileError::io(path, "open the file", e))
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
pub(crate) fn rename_to_free(from: &Path, to: &Path, kernel: &impl Kernel) -> io::Result<()> {
    match kernel.rename_to_free(from, to) {
        Err(errno) if errno.is_unsupported() || errno == Errno::INVALID => {
            // A second name is refused when it is taken, too.
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        answer => answer.map_err(io::Error::from),
    }
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
