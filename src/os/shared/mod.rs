#![expect(unsafe_code, reason = "maps memory that other processes have, too")]
//! Memory that several processes have: a vector or a ring in it, or words of one's own protocol.
//!
//! ```text
//!  0                          4096
//!  | header: what is in it    | words, all atomic                      |
//!  | written once, checked    | SharedVec, SharedRing, or one's own    |
//! ```
//!
//! **How it gets there.** Memory without a name ([`create`](SharedMemory::create)) is passed on as a
//! descriptor: to a child as its standard input, over a socket, or by [`path`](SharedMemory::path)
//! while the maker lives. It is *sealed*: nobody can make it shorter. Memory with a name
//! ([`create_named`](SharedMemory::create_named)) is a file, best in `/dev/shm`; it has its name only
//! when it is whole. No kernel seals such files, so somebody may cut it off, and then touching what is
//! gone ends the process; [`check`](SharedMemory::check) is an error instead, and whoever cannot
//! trust the others asks for [`Wish::Require`].
//!
//! **What others can do.** All of it is read and written through atomics, and nothing found there is
//! believed: lengths and positions are checked at each use. A process that writes nonsense makes
//! others read nonsense elements, and no more.
//!
//! **Who may write** is a claim that the kernel takes back when the process dies, at whatever moment:
//! see [`SharedVec::writer`], [`SharedRing::producer`]. A process that forks without `exec` shares its
//! claims with the child.
//!
//! The collection `MmapVec` has no storage here: it gives out references to elements, which nobody else
//! may change meanwhile, and other processes cannot be kept from that. A `MmapVec` of a file in
//! `/dev/shm` passes a vector from one process to the next.
//!
//! Invariant of [`Mapping`]: the pages from `at` on for `len` bytes are its own, and show `file` to be
//! read and written; `len` is more than [`HEADER`].

mod header;
mod places;
mod ring;
mod vec;

use core::{fmt, mem, ptr::NonNull, slice};
// Not the crate's door to atomics: those of a model checker are no plain words.
use core::sync::atomic::AtomicU64;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process,
    sync::Arc,
};

pub use header::Contents;
pub use ring::{SharedConsumer, SharedProducer, SharedRing};
pub use vec::{SharedVec, SharedWriter};

use header::{HEADER, WORD};

use super::{
    Advice, Call, Errno, Error, FileError, Hint, Kernel, Native, Outcome, Problem, Wish, Writes,
    file, smaps::check_left,
};

/// Memory that other processes have, too. Clones are handles of the same mapping.
///
/// ```
/// use larder::os::{Contents, SharedMemory, SharedVec, Wish};
/// let memory = SharedMemory::create(&Contents::vec::<u64>(100))?;
/// let mut writer = SharedVec::<u64>::over(memory.clone())?.writer()?;
/// writer.push(7)?;
/// // Another process would have got the descriptor, or the path.
/// let theirs = SharedMemory::open(memory.path(), Wish::Require)?;
/// assert_eq!(SharedVec::<u64>::over(theirs)?.get(0), Some(7));
/// # Ok::<(), larder::os::FileError>(())
/// ```
pub struct SharedMemory<K: Kernel = Native>(Arc<Mapping<K>>);

struct Mapping<K: Kernel> {
    at: NonNull<u8>,
    len: usize,
    file: File,
    path: PathBuf,
    contents: Contents,
    sealed: Outcome,
    kernel: K,
}

/// A file that goes when it is not finished.
struct Unfinished<'p>(&'p Path);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}

impl SharedMemory {
    /// Memory without a name for `contents`, all zero and sealed where the kernel can.
    ///
    /// # Errors
    ///
    /// When there is no such memory, or the contents are too large.
    pub fn create(contents: &Contents) -> Result<Self, FileError> {
        Self::create_in(contents, Native)
    }

    /// Memory for `contents` in a new file, best in `/dev/shm`. The file stays until it is removed.
    ///
    /// # Errors
    ///
    /// When there is a file of that name, or the system refuses.
    pub fn create_named(path: impl AsRef<Path>, contents: &Contents) -> Result<Self, FileError> {
        Self::create_named_in(path, contents, Native)
    }

    /// The memory in the file at `path`, that of another process perhaps.
    ///
    /// # Errors
    ///
    /// When there is none, it is no shared memory of this version, its length is not what it says,
    /// or it is not sealed and must be.
    pub fn open(path: impl AsRef<Path>, sealed: Wish) -> Result<Self, FileError> {
        let path = path.as_ref();
        Self::receive_in(file::open(path, true)?, path.to_path_buf(), sealed, Native)
    }

    /// The memory that a descriptor stands for, which another process has passed on.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn receive(descriptor: impl Into<File>, sealed: Wish) -> Result<Self, FileError> {
        let file = descriptor.into();
        let path = path_of(&file);
        Self::receive_in(file, path, sealed, Native)
    }
}

/// Under what others find the file while this process has it open.
fn path_of(file: &File) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::fd::AsRawFd;
        PathBuf::from(std::format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd()))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        PathBuf::new()
    }
}

impl<K: Kernel> SharedMemory<K> {
    /// [`create`](SharedMemory::create) with a given kernel.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_in(contents: &Contents, kernel: K) -> Result<Self, FileError> {
        let nowhere = Path::new("");
        contents.check(nowhere)?;
        let len = contents.bytes_of_file();
        let file = check_left(&kernel, len).and_then(|()| {
            kernel.memory_file().map_err(|errno| Error::new(Call::MemoryFile, len, errno))
        });
        let refused = |error: Error| FileError::io(nowhere, "make a file in memory", error.into());
        let file = file.map_err(refused)?;
        let path = path_of(&file);
        fill(&file, &path, contents, &kernel)?;
        // Refused, it is not sealed, and everybody who opens it is told.
        let _ = kernel.seal(&file);
        Self::receive_in(file, path, Wish::Prefer, kernel)
    }

    /// [`create_named`](SharedMemory::create_named) with a given kernel.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn create_named_in(
        path: impl AsRef<Path>,
        contents: &Contents,
        kernel: K,
    ) -> Result<Self, FileError> {
        let path = path.as_ref();
        let Some(name) = path.file_name() else {
            return Err(FileError::new(path, Problem::NotAFile));
        };
        let mut working = std::ffi::OsString::from(".");
        working.push(name);
        working.push(std::format!(".{}.new", process::id()));
        let working = path.with_file_name(working);
        let file = File::options().read(true).write(true).create_new(true).open(&working);
        let file = file.map_err(|e| FileError::io(path, "create the file", e))?;
        let unfinished = Unfinished(&working);
        fill(&file, path, contents, &kernel)?;
        let named = file::rename_to_free(&working, path, &kernel);
        named.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => FileError::new(path, Problem::AlreadyExists),
            _ => FileError::io(path, "give the new file its name", error),
        })?;
        mem::forget(unfinished);
        Self::receive_in(file, path.to_path_buf(), Wish::Prefer, kernel)
    }

    /// The memory in a file that is open to be read and written. Errors call it `path`.
    ///
    /// # Errors
    ///
    /// As [`SharedMemory::open`].
    pub fn receive_in(
        file: File,
        path: PathBuf,
        sealed: Wish,
        kernel: K,
    ) -> Result<Self, FileError> {
        let about = file.metadata().map_err(|e| FileError::io(&path, "look at the file", e))?;
        if !about.is_file() {
            return Err(FileError::new(&path, Problem::NotAFile));
        }
        let found = about.len();
        if found <= HEADER as u64 {
            let problem = Problem::Truncated { found, expected: (HEADER + WORD) as u64 };
            return Err(FileError::new(&path, problem));
        }
        let mut page = [0; HEADER];
        let read = file::read_at(&file, 0, &mut page);
        read.map_err(|e| FileError::io(&path, "read the header", e))?;
        let contents = Contents::read(&path, &page)?;
        let len = contents.bytes_of_file();
        if found < len as u64 {
            let problem = Problem::Truncated { found, expected: len as u64 };
            return Err(FileError::new(&path, problem));
        }
        if found > len as u64 {
            return Err(FileError::field(&path, "length of the file", found, len));
        }
        let call = |call, errno| Error::new(call, len, errno);
        let is_sealed = Outcome::of(sealed, || match kernel.sealed(&file) {
            Ok(true) => Ok(()),
            Ok(false) => Err(call(Call::Seal, Errno::NOT_PERMITTED)),
            Err(errno) => Err(call(Call::Seal, errno)),
        });
        let is_sealed = is_sealed.map_err(|error| {
            FileError::io(&path, "find a seal against making it shorter", error.into())
        })?;
        let pages = len.next_multiple_of(kernel.page_size());
        // SAFETY: the kernel chooses the address.
        let at = unsafe { kernel.map_file(&file, 0, pages, Writes::ToFile, None) };
        let at =
            at.map_err(|errno| FileError::io(&path, "map", call(Call::MapFile, errno).into()))?;
        let mapping = Mapping { at, len, file, path, contents, sealed: is_sealed, kernel };
        let memory = Self(Arc::new(mapping));
        memory.check()?;
        Ok(memory)
    }

    /// The words behind the header. What others write there, they may write at any moment.
    #[must_use]
    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: the header is shorter than the mapping (the invariant).
        let start = unsafe { self.0.at.add(HEADER) };
        // SAFETY: the words are in the mapping, are aligned, and are changed through atomics alone by
        // whoever keeps to this type; whatever they hold is a number. Borrowed with the mapping.
        unsafe { slice::from_raw_parts(start.cast().as_ptr(), (self.0.len - HEADER) / WORD) }
    }

    /// What is in it, as its maker said.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.0.contents
    }

    /// Whether nobody can make it shorter.
    #[must_use]
    pub fn sealed(&self) -> Outcome {
        self.0.sealed
    }

    /// The descriptor to pass on.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.0.file
    }

    /// Where others can open it; without a name, while this process lives and has this memory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Looks whether all of it is still there, and makes it present. Sealed memory always is.
    ///
    /// # Errors
    ///
    /// When it was cut off: touching what is gone would end the process.
    pub fn check(&self) -> Result<(), FileError> {
        let Mapping { at, len, file, path, kernel, .. } = &*self.0;
        let about = file.metadata().map_err(|e| FileError::io(path, "look at the file", e))?;
        let (found, expected) = (about.len(), *len as u64);
        if found < expected {
            return Err(FileError::new(path, Problem::Truncated { found, expected }));
        }
        let pages = len.next_multiple_of(kernel.page_size());
        // SAFETY: the pages are mapped, and hints change nothing that can be seen.
        let present = unsafe { kernel.advise(*at, pages, Advice::Hint(Hint::PopulateWrite)) };
        let present = present.map_err(|errno| Error::new(Call::Populate, pages, errno));
        match present {
            // A kernel before 5.14 does not know it.
            Err(error) if !error.is_unknown() => {
                Err(FileError::io(path, "make all of it present", error.into()))
            }
            _ => Ok(()),
        }
    }

    /// Keeps everybody else from a part to play until what is returned is dropped or the process is
    /// dead.
    fn claim(&self, place: u32) -> Result<File, FileError> {
        self.check()?;
        let Mapping { file, path, kernel, .. } = &*self.0;
        kernel.claim(file, place).map_err(|errno| match errno {
            Errno::BUSY => FileError::new(path, Problem::Locked),
            _ => FileError::io(path, "claim", Error::new(Call::Claim, 1, errno).into()),
        })
    }
}

/// Makes the file long enough, with room, and writes the header.
fn fill(
    file: &File,
    path: &Path,
    contents: &Contents,
    kernel: &impl Kernel,
) -> Result<(), FileError> {
    contents.check(path)?;
    let room = file::allocate(file, contents.bytes_of_file() as u64, kernel);
    room.map_err(|e| FileError::io(path, "make room in the file", e))?;
    let written = file::write_at(file, 0, &contents.write(), kernel);
    written.map_err(|e| FileError::io(path, "write the header", e))
}

impl<K: Kernel> Clone for SharedMemory<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Kernel> Drop for Mapping<K> {
    fn drop(&mut self) {
        let pages = self.len.next_multiple_of(self.kernel.page_size());
        // When the kernel refuses even this, the pages stay until the process ends.
        // SAFETY: the pages are the mapping's own, and it is gone hereafter.
        let _ = unsafe { self.kernel.unmap(self.at, pages) };
    }
}

// SAFETY: the mapping is its own, and what is in it is atomic.
unsafe impl<K: Kernel + Send> Send for Mapping<K> {}
// SAFETY: shared, it gives out atomics only.
unsafe impl<K: Kernel + Sync> Sync for Mapping<K> {}

impl<K: Kernel> fmt::Debug for SharedMemory<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("path", &self.0.path)
            .field("contents", &self.0.contents)
            .field("sealed", &self.0.sealed)
            .finish_non_exhaustive()
    }
}
