#![expect(unsafe_code, reason = "shows files in memory")]
//! Files shown in memory, and views of parts of them.
//!
//! ```text
//!  file      | ................................................ |
//!  MappedFile| all of it                                        |
//!  View             | a mapping of its own, which it keeps |
//! ```
//!
//! Each view has a mapping of its own, so that the file's own mapping can be made anew when the file
//! grows: old views stay as they are. The file is not made shorter while a view shows what would go.
//!
//! Invariants:
//!
//! 1. The pages from `start` on for `mapped` bytes are the mapping's own, and show the file from
//!    `offset - lead`; `lead < page`. The view's bytes are the `len` ones after the first `lead`.
//! 2. Those bytes were inside the file when they were mapped, and whoever made the file promised that
//!    nobody makes it shorter.

use core::{
    any::type_name,
    fmt,
    ops::{Deref, Range, RangeBounds},
    ptr::NonNull,
    slice,
};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    vec::Vec,
};

use bytemuck::Pod;

use super::{Advice, Errno, FileError, Hint, Kernel, Native, Problem, Writes, file};
use crate::{bits::align, sync::Mutex};

/// A part of a file in memory. It keeps what it shows for as long as it lives.
///
/// Made by [`MappedFile::create_view`].
pub struct View<K: Kernel = Native> {
    start: NonNull<u8>,
    mapped: usize,
    lead: usize,
    len: usize,
    offset: u64,
    writes: Writes,
    shared: Arc<Shared<K>>,
}

/// What a file and its views share.
struct Shared<K> {
    path: PathBuf,
    kernel: K,
    /// Where the views that live end.
    ends: Mutex<Vec<u64>>,
}

impl<K> Shared<K> {
    fn ends<R>(&self, with: impl FnOnce(&mut Vec<u64>) -> R) -> R {
        // The vector is whole after a panic: nothing here runs others' code.
        with(&mut self.ends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn io(&self, doing: &'static str, source: impl Into<io::Error>) -> FileError {
        FileError::io(&self.path, doing, source.into())
    }
}

impl<K: Kernel> View<K> {
    /// # Safety
    ///
    /// Nobody changes these bytes, or makes the file shorter, while the view lives, but through it.
    unsafe fn map(
        file: &File,
        offset: u64,
        len: usize,
        writes: Writes,
        shared: &Arc<Shared<K>>,
    ) -> Result<Self, FileError> {
        let of = file.metadata().map_err(|e| shared.io("look at the file", e))?.len();
        let end = offset.checked_add(len as u64).filter(|end| *end <= of);
        let (Some(end), Ok(_)) = (end, isize::try_from(len)) else {
            return Err(FileError::new(&shared.path, Problem::Range { offset, len, of }));
        };
        let page = shared.kernel.page_size();
        let lead = (offset % page as u64) as usize;
        let mapped = (lead + len).next_multiple_of(page);
        let start = if len == 0 {
            Self::nowhere()
        } else {
            // SAFETY: the kernel chooses the address.
            unsafe { shared.kernel.map_file(file, offset - lead as u64, mapped, writes, None) }
                .map_err(|e| shared.io("map the file", e))?
        };
        shared.ends(|ends| ends.push(end));
        Ok(Self { start, mapped, lead, len, offset, writes, shared: Arc::clone(shared) })
    }

    /// An address for no bytes, good for elements of any alignment to a page.
    const fn nowhere() -> NonNull<u8> {
        #[repr(align(4096))]
        struct Page;
        NonNull::<Page>::dangling().cast()
    }

    fn at(&self) -> NonNull<u8> {
        if self.len == 0 {
            return Self::nowhere();
        }
        // SAFETY: the bytes begin inside the mapping (1).
        unsafe { self.start.add(self.lead) }
    }

    /// Where in the file it begins.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: they are mapped (1), in the file (2), and borrowed with `self`.
        unsafe { slice::from_raw_parts(self.at().as_ptr(), self.len) }
    }

    /// The bytes, to write.
    ///
    /// # Errors
    ///
    /// When the view is to read only.
    pub fn bytes_mut(&mut self) -> Result<&mut [u8], FileError> {
        if self.writes == Writes::Never {
            return Err(FileError::new(&self.shared.path, Problem::ReadOnly));
        }
        // SAFETY: they are mapped (1) to be written, in the file (2), and borrowed with `self`.
        Ok(unsafe { slice::from_raw_parts_mut(self.at().as_ptr(), self.len) })
    }

    fn cast_error<T>(&self, why: bytemuck::PodCastError) -> FileError {
        let why = std::format!("{why}, of {} bytes at {}", self.len, self.offset);
        FileError::new(&self.shared.path, Problem::Cast { to: type_name::<T>(), why })
    }

    /// The bytes as elements of plain old data.
    ///
    /// # Errors
    ///
    /// When the view does not begin at a multiple of the alignment, or is not a whole number of them.
    pub fn typed<T: Pod>(&self) -> Result<&[T], FileError> {
        bytemuck::try_cast_slice(self.bytes()).map_err(|why| self.cast_error::<T>(why))
    }

    /// The bytes as elements of plain old data, to write.
    ///
    /// # Errors
    ///
    /// As [`typed`](Self::typed), and when the view is to read only.
    pub fn typed_mut<T: Pod>(&mut self) -> Result<&mut [T], FileError> {
        self.typed::<T>()?;
        Ok(bytemuck::cast_slice_mut(self.bytes_mut()?))
    }

    /// The whole pages around `range`; nothing, if it is empty.
    fn pages(&self, range: impl RangeBounds<usize>) -> Result<Range<usize>, FileError> {
        use core::ops::Bound::{Excluded, Included, Unbounded};
        let start = match range.start_bound() {
            Included(at) => *at,
            Excluded(at) => at.saturating_add(1),
            Unbounded => 0,
        };
        let end = match range.end_bound() {
            Included(at) => at.saturating_add(1),
            Excluded(at) => *at,
            Unbounded => self.len,
        };
        if start > end || end > self.len {
            let (offset, len) = (self.offset.saturating_add(start as u64), end.wrapping_sub(start));
            let of = self.offset + self.len as u64;
            return Err(FileError::new(&self.shared.path, Problem::Range { offset, len, of }));
        }
        let page = self.shared.kernel.page_size();
        let first = align::down(self.lead + start, page);
        let last = (self.lead + end).next_multiple_of(page);
        Ok(if start == end { first..first } else { first..last })
    }

    fn each(
        &self,
        range: impl RangeBounds<usize>,
        doing: &'static str,
        call: impl FnOnce(&K, NonNull<u8>, usize) -> Result<(), Errno>,
    ) -> Result<(), FileError> {
        let pages = self.pages(range)?;
        if pages.is_empty() {
            return Ok(());
        }
        // SAFETY: `pages` is inside the mapping (1).
        let at = unsafe { self.start.add(pages.start) };
        call(&self.shared.kernel, at, pages.len()).map_err(|e| self.shared.io(doing, e))
    }

    /// Returns when what was written in `range` is on the disk.
    ///
    /// # Errors
    ///
    /// When that is not sure, or the range is not inside. After an error of the disk what was written
    /// may be lost, even if asked again.
    pub fn flush(&self, range: impl RangeBounds<usize>) -> Result<(), FileError> {
        self.each(range, "flush to the file", |kernel, at, len| kernel.flush(at, len, true))
    }

    /// Starts to write what was written in `range` to the disk, and does not wait.
    ///
    /// # Errors
    ///
    /// When the range is not inside, or the system refuses.
    pub fn flush_async(&self, range: impl RangeBounds<usize>) -> Result<(), FileError> {
        self.each(range, "flush to the file", |kernel, at, len| kernel.flush(at, len, false))
    }

    /// Tells the kernel how `range` will be used.
    ///
    /// # Errors
    ///
    /// When the kernel does not take such advice, or the range is not inside.
    pub fn hint(&self, range: impl RangeBounds<usize>, hint: Hint) -> Result<(), FileError> {
        // SAFETY: the pages are this view's own (1), and hints change nothing that can be seen.
        self.each(range, "advise about the mapping", |kernel, at, len| unsafe {
            kernel.advise(at, len, Advice::Hint(hint))
        })
    }

    /// Makes all of `range` present: what cannot be read is an error here, and a signal elsewhere.
    ///
    /// # Errors
    ///
    /// When part of it is not in the file any more, cannot be read, or there is no memory; where the
    /// kernel has no such call, that it is unsupported.
    pub fn populate(&self, range: impl RangeBounds<usize>) -> Result<(), FileError> {
        // SAFETY: the pages are this view's own (1), and contents stay.
        self.each(range, "read all of the mapping", |kernel, at, len| unsafe {
            kernel.advise(at, len, Advice::Hint(Hint::PopulateRead))
        })
    }

    /// Keeps `range` in memory.
    ///
    /// # Errors
    ///
    /// When more would be locked than this process may (`ulimit -l`), or the range is not inside.
    pub fn lock(&self, range: impl RangeBounds<usize>) -> Result<(), FileError> {
        self.each(range, "lock in memory", |kernel, at, len| kernel.lock(at, len))
    }

    /// Lets `range` leave the memory again.
    ///
    /// # Errors
    ///
    /// When the range is not inside.
    pub fn unlock(&self, range: impl RangeBounds<usize>) -> Result<(), FileError> {
        self.each(range, "unlock", |kernel, at, len| kernel.unlock(at, len))
    }
}

impl<K: Kernel> Deref for View<K> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes()
    }
}

impl<K: Kernel> Drop for View<K> {
    fn drop(&mut self) {
        let end = self.offset + self.len as u64;
        self.shared.ends(|ends| {
            let at = ends.iter().position(|other| *other == end);
            ends.swap_remove(at.expect("each view is in the list"));
        });
        if self.len > 0 {
            // When the kernel refuses even this, the pages stay until the process ends.
            // SAFETY: the pages are this view's own (1), and it is gone hereafter.
            let _ = unsafe { self.shared.kernel.unmap(self.start, self.mapped) };
        }
    }
}

// SAFETY: a view owns its mapping; the promise about the file does not depend on the thread.
unsafe impl<K: Kernel + Send + Sync> Send for View<K> {}
// SAFETY: shared, it gives out shared bytes only.
unsafe impl<K: Kernel + Send + Sync> Sync for View<K> {}

impl<K: Kernel> fmt::Debug for View<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("path", &self.shared.path)
            .field("offset", &self.offset)
            .field("len", &self.len)
            .field("writes", &self.writes)
            .finish()
    }
}

/// A file shown in memory.
///
/// ```
/// use larder::os::{MappedFile, Writes};
/// # let path = std::env::temp_dir().join(format!("larder-doc-mapped-{}", std::process::id()));
/// std::fs::write(&path, [1, 0, 0, 0, 2, 0, 0, 0])?;
/// // SAFETY: nobody else knows the file.
/// let mut file = unsafe { MappedFile::open(&path, Writes::ToFile) }?;
/// file.typed_mut::<u32>()?[1] = 7;
/// // SAFETY: as above; and the bytes are not written while the view lives.
/// let tail = unsafe { file.create_view(4, 4) }?;
/// file.set_len(1 << 20)?;
/// assert_eq!(tail.bytes(), [7, 0, 0, 0]);
/// assert!(file.set_len(4).is_err()); // a view shows what would be cut off
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MappedFile<K: Kernel = Native> {
    file: File,
    all: View<K>,
}

impl MappedFile {
    /// Opens the file at `path` and shows all of it. With [`Writes::ToFile`] nobody else of this crate
    /// has it open meanwhile, otherwise nobody who writes.
    ///
    /// # Errors
    ///
    /// When there is no such file, it is no regular file, it is locked, or the system refuses.
    ///
    /// # Safety
    ///
    /// While it is shown, nobody makes the file shorter or changes what this or a view shows, in this
    /// process or another, in any other way than through the one that shows it. The lock keeps those
    /// away who ask for it.
    pub unsafe fn open(path: impl AsRef<Path>, writes: Writes) -> Result<Self, FileError> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { Self::open_in(path, writes, Native) }
    }
}

impl<K: Kernel> MappedFile<K> {
    /// [`open`](MappedFile::open) with a given kernel.
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn open_in(
        path: impl AsRef<Path>,
        writes: Writes,
        kernel: K,
    ) -> Result<Self, FileError> {
        let path = path.as_ref();
        let file = file::open(path, writes == Writes::ToFile)?;
        file::lock(&file, path, writes == Writes::ToFile)?;
        let ends = Mutex::new(Vec::new());
        let shared = Arc::new(Shared { path: path.to_path_buf(), kernel, ends });
        // SAFETY: the caller's promise is the callee's.
        let all = unsafe { Self::whole(&file, writes, &shared) }?;
        Ok(Self { file, all })
    }

    /// # Safety
    ///
    /// As [`open`](MappedFile::open).
    unsafe fn whole(
        file: &File,
        writes: Writes,
        shared: &Arc<Shared<K>>,
    ) -> Result<View<K>, FileError> {
        let of = file.metadata().map_err(|e| shared.io("look at the file", e))?.len();
        let too_long =
            || FileError::new(&shared.path, Problem::Range { offset: 0, len: usize::MAX, of });
        let len = usize::try_from(of).map_err(|_| too_long())?;
        // SAFETY: the caller's promise is the callee's.
        unsafe { View::map(file, 0, len, writes, shared) }
    }

    /// A view of `len` bytes from `offset`, which need not be a multiple of a page.
    ///
    /// # Errors
    ///
    /// When the part is not in the file, or the system refuses.
    ///
    /// # Safety
    ///
    /// While the view lives its bytes are changed through it alone, or not at all: not through the
    /// file, nor through another view. With [`Writes::Private`] and [`Writes::Never`] this holds by
    /// itself, as far as this process is concerned.
    pub unsafe fn create_view(&self, offset: u64, len: usize) -> Result<View<K>, FileError> {
        // SAFETY: the caller's promise, and that of whoever opened the file.
        unsafe { View::map(&self.file, offset, len, self.all.writes, &self.all.shared) }
    }

    /// Makes the file `len` bytes long, with room on the disk for what is new, and shows all of it.
    /// Views stay as they are.
    ///
    /// # Errors
    ///
    /// When a view shows what would be cut off, the file is not open to be written, or the system
    /// refuses. The file is as it was.
    pub fn set_len(&mut self, len: u64) -> Result<(), FileError> {
        let shared = Arc::clone(&self.all.shared);
        if self.all.writes != Writes::ToFile {
            return Err(FileError::new(&shared.path, Problem::ReadOnly));
        }
        let old = self.all.len as u64;
        if len > old {
            file::allocate(&self.file, len, &shared.kernel)
                .map_err(|e| shared.io("make the file longer", e))?;
        } else {
            // One of the views that end behind the new end may be the file's own.
            let own = usize::from(old > len);
            let views = shared.ends(|ends| ends.iter().filter(|end| **end > len).count()) - own;
            if views > 0 {
                return Err(FileError::new(&shared.path, Problem::InUse { views }));
            }
            // SAFETY: the part is in the file, and the promise is that of whoever opened it.
            let shorter =
                unsafe { View::map(&self.file, 0, len as usize, Writes::ToFile, &shared) };
            self.all = shorter?;
            let cut = self.file.set_len(len);
            cut.map_err(|e| shared.io("make the file shorter", e))?;
            return Ok(());
        }
        // SAFETY: the promise is that of whoever opened the file.
        self.all = unsafe { Self::whole(&self.file, Writes::ToFile, &shared) }?;
        Ok(())
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.all.shared.path
    }

    /// The bytes, to write.
    ///
    /// # Errors
    ///
    /// When the file is shown to read only.
    pub fn bytes_mut(&mut self) -> Result<&mut [u8], FileError> {
        self.all.bytes_mut()
    }

    /// The bytes as elements of plain old data, to write.
    ///
    /// # Errors
    ///
    /// As [`View::typed_mut`].
    pub fn typed_mut<T: Pod>(&mut self) -> Result<&mut [T], FileError> {
        self.all.typed_mut()
    }
}

impl<K: Kernel> Deref for MappedFile<K> {
    type Target = View<K>;

    fn deref(&self) -> &View<K> {
        &self.all
    }
}
