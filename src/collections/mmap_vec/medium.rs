//! What a vector's file is kept on: the disk, or whatever a test puts in its place.

use core::mem;
use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    process,
};

use crate::{
    os::{FileError, Native, Problem, Space, file},
    sync::atomic::{AtomicU64, Ordering},
};

/// The calls that a file-backed vector makes, and all that it makes.
///
/// What is written may reach the disk at once, never, or in any order, sector by sector, until
/// [`sync`](Self::sync) has returned; so does the length. A test puts a medium of its own here, and
/// loses what it likes.
pub trait Medium {
    /// What errors call it.
    fn path(&self) -> &Path;

    /// How many bytes there are.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    fn len(&mut self) -> io::Result<u64>;

    /// Whether there is none.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    fn is_empty(&mut self) -> io::Result<bool> {
        self.len().map(|len| len == 0)
    }

    /// Reads exactly these bytes.
    ///
    /// # Errors
    ///
    /// When the system refuses, or the file ends before.
    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()>;

    /// Writes all of these bytes, inside what [`allocate`](Self::allocate) made.
    ///
    /// # Errors
    ///
    /// When the system refuses; some of it may be written.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes the file at least `len` bytes long; what is new reads as zero and has room on the disk,
    /// if that can be had.
    ///
    /// # Errors
    ///
    /// When the system refuses: the disk is full. The file is as it was.
    fn allocate(&mut self, len: u64) -> io::Result<Space>;

    /// Makes the file at most `len` bytes long.
    ///
    /// # Errors
    ///
    /// When the system refuses; the file is as it was.
    fn cut(&mut self, len: u64) -> io::Result<()>;

    /// Returns when all that was written, and the length, will be there after a loss of power.
    ///
    /// # Errors
    ///
    /// When that is not sure. What was written may be lost then, even if asked again.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file on disk, locked while it is open: by one writer alone, or by readers.
#[derive(Debug)]
pub struct DiskFile {
    file: File,
    path: PathBuf,
}

impl DiskFile {
    pub(super) fn open(path: &Path, write: bool) -> Result<Self, FileError> {
        let file = file::open(path, write)?;
        file::lock(&file, path, write)?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }

    /// A new file with the bytes that `fill` writes, which has its name only when it is whole.
    pub(super) fn create<R>(
        path: &Path,
        fill: impl FnOnce(&mut Self) -> Result<R, FileError>,
    ) -> Result<(Self, R), FileError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let Some(name) = path.file_name() else {
            return Err(FileError::new(path, Problem::NotAFile));
        };
        if path.is_dir() {
            return Err(FileError::new(path, Problem::NotAFile));
        }
        if path.exists() {
            return Err(FileError::new(path, Problem::AlreadyExists));
        }
        let mut working = std::ffi::OsString::from(".");
        working.push(name);
        // Relaxed: the numbers only have to differ.
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        working.push(std::format!(".{}-{number}.new", process::id()));
        let working = path.with_file_name(working);
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&working);
        let file = file.map_err(|e| FileError::io(path, "create the file", e))?;
        let unfinished = Unfinished(&working);
        let mut made = Self { file, path: path.to_path_buf() };
        file::lock(&made.file, path, true)?;
        let filled = fill(&mut made)?;
        made.sync().map_err(|e| FileError::io(path, "sync the new file", e))?;
        file::rename_to_free(&working, path, &Native).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FileError::new(path, Problem::AlreadyExists),
            _ => FileError::io(path, "give the new file its name", error),
        })?;
        mem::forget(unfinished);
        file::sync_folder(path).map_err(|e| FileError::io(path, "sync the folder", e))?;
        Ok((made, filled))
    }
}

/// Removes a file that did not get its name.
struct Unfinished<'a>(&'a Path);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

impl Medium for DiskFile {
    fn path(&self) -> &Path {
        &self.path
    }

    fn len(&mut self) -> io::Result<u64> {
        self.file.metadata().map(|about| about.len())
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        file::read_at(&self.file, at, into)
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        file::write_at(&self.file, at, bytes, &Native)
    }

    fn allocate(&mut self, len: u64) -> io::Result<Space> {
        file::allocate(&self.file, len, &Native)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        if len < self.len()? { self.file.set_len(len) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }
}
