#![expect(unsafe_code, reason = "mapping a file is unsafe: others may change it")]
//! How a file-backed vector is made.

use core::{any::type_name, fmt, hash::BuildHasher, marker::PhantomData};
use std::{borrow::Cow, collections::hash_map::RandomState, path::Path, string::String};

use bytemuck::Pod;

use super::{
    MmapVec,
    durable::{FileStorage, Manner, Survives, format_medium},
    format::{Checksums, DATA, Element, Shape},
    medium::{DiskFile, Medium},
    memory::{Fresh, Memory},
    recover::{Opening, copy_in},
};
use crate::os::{FileError, Kernel, Native, Problem};

/// How a file-backed [`MmapVec`] is made: what is not said has a default that serves.
///
/// ```
/// use larder::collections::mmap_vec::{MmapVec, Survives};
/// # let folder = std::env::temp_dir().join(format!("larder-doc-builder-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let path = folder.join("samples");
/// let mut samples = MmapVec::<f32>::builder()
///     .capacity(1000)
///     .survives(Survives::Kill)
///     .create(&path)?;
/// samples.extend_from_slice(&[1.5, 2.5])?;
/// samples.commit()?;
/// drop(samples);
/// assert_eq!(MmapVec::<f32>::open(&path)?[..], [1.5, 2.5]);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Builder<T, K = Native> {
    opening: Opening,
    capacity: usize,
    checksums: Checksums,
    type_name: Cow<'static, str>,
    kernel: K,
    element: PhantomData<T>,
}

impl<T: Pod> Default for Builder<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Pod> Builder<T> {
    /// The defaults: grows by up to 2 MiB ahead, of huge pages where the kernel has them, made
    /// present at once; addresses for 64 GiB; checksums kept; commits survive a loss of power.
    #[must_use]
    pub fn new() -> Self {
        let manner = Manner { survives: Survives::PowerLoss, read_only: false, step: 2 << 20 };
        let most = if usize::BITS > 32 { 1_usize.checked_shl(36) } else { None };
        Self {
            opening: Opening {
                manner,
                fresh: Fresh { populate: true, huge: true },
                max_bytes: most.unwrap_or(256 << 20),
                verify: false,
                repair: false,
                exact: false,
            },
            capacity: 0,
            checksums: Checksums::Keep,
            type_name: Cow::Borrowed(type_name::<T>()),
            kernel: Native,
            element: PhantomData,
        }
    }

    /// For many small vectors: pages as they are touched, small ones, growth by at most 64 KiB, and
    /// addresses for 1 GiB.
    #[must_use]
    pub fn small() -> Self {
        Self::new().populate(false).huge_pages(false).growth(64 << 10).max_bytes(1 << 30)
    }

    /// For data that can be made again: no checksums, and commits that survive a kill only.
    #[must_use]
    pub fn scratch() -> Self {
        Self::new().checksums(Checksums::None).survives(Survives::Kill)
    }

    /// For data that must not be wrong: the checksum of all data is checked when it is opened.
    #[must_use]
    pub fn careful() -> Self {
        Self::new().verify(true)
    }
}

impl<T: Pod, K: Kernel + Clone> Builder<T, K> {
    /// The same with memory from another kernel.
    pub fn kernel<L: Kernel + Clone>(self, kernel: L) -> Builder<T, L> {
        let Self { opening, capacity, checksums, type_name, element, kernel: _ } = self;
        Builder { opening, capacity, checksums, type_name, kernel, element }
    }

    /// Room for this many elements from the start, in memory and on the disk.
    #[must_use]
    pub const fn capacity(mut self, elements: usize) -> Self {
        self.capacity = elements;
        self
    }

    /// Addresses for this many bytes: the most that the vector will ever have. They cost nothing.
    /// Where the system refuses, there are fewer; see `reserved_bytes` in the stats.
    #[must_use]
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.opening.max_bytes = bytes;
        self
    }

    /// Memory doubles until it grows by this many bytes a time.
    #[must_use]
    pub const fn growth(mut self, bytes: usize) -> Self {
        self.opening.manner.step = bytes;
        self
    }

    /// Whether memory is made present when the vector grows. It is faster than page by page, and a
    /// lack of memory is an error then.
    #[must_use]
    pub const fn populate(mut self, ahead: bool) -> Self {
        self.opening.fresh.populate = ahead;
        self
    }

    /// Whether huge pages are asked for.
    #[must_use]
    pub const fn huge_pages(mut self, wanted: bool) -> Self {
        self.opening.fresh.huge = wanted;
        self
    }

    /// What commits are to survive.
    #[must_use]
    pub const fn survives(mut self, survives: Survives) -> Self {
        self.opening.manner.survives = survives;
        self
    }

    /// Whether a new file keeps checksums of its data.
    #[must_use]
    pub const fn checksums(mut self, checksums: Checksums) -> Self {
        self.checksums = checksums;
        self
    }

    /// Whether the checksum of the data is checked when a file is opened. It reads all of them.
    #[must_use]
    pub const fn verify(mut self, verify: bool) -> Self {
        self.opening.verify = verify;
        self
    }

    /// Whether a file opens whose commit slots are damaged in part, in the newest state that is whole.
    /// That may be the one before the last. Nothing but damage after the fact makes this necessary.
    #[must_use]
    pub const fn repair(mut self, repair: bool) -> Self {
        self.opening.repair = repair;
        self
    }

    /// Whether a file opens only if it is no longer than its state needs. That is so after
    /// [`shrink_to_fit`](MmapVec::shrink_to_fit), but not after every commit, nor after a crash; without
    /// this, `surplus_bytes` in the stats tells.
    #[must_use]
    pub const fn exact_length(mut self, exact: bool) -> Self {
        self.opening.exact = exact;
        self
    }

    /// What the file calls the elements, instead of the name that Rust has for the type. Files open
    /// only under the name they were created with.
    #[must_use]
    pub fn type_name(mut self, name: impl Into<String>) -> Self {
        self.type_name = Cow::Owned(name.into());
        self
    }

    fn element(&self) -> Element<'_> {
        const {
            assert!(size_of::<T>() > 0, "elements of no bytes need no file");
            assert!(align_of::<T>() <= 4096, "elements are aligned to a page at most");
        }
        Element { size: size_of::<T>(), align: align_of::<T>(), name: &self.type_name }
    }

    fn shape(&self) -> Shape {
        // Not secret, only different from that of other files.
        let id = RandomState::new().hash_one(0x9E37_u32);
        Shape { id, checksums: self.checksums }
    }

    fn finish<M: Medium>(
        &self,
        storage: FileStorage<M, K>,
    ) -> Result<MmapVec<T, FileStorage<M, K>>, FileError> {
        let len = storage.stats().committed_bytes / size_of::<T>();
        let mut vec = MmapVec::over(storage, len);
        if self.capacity > len && !self.opening.manner.read_only {
            vec.reserve(self.capacity - len)?;
        }
        Ok(vec)
    }

    /// A new file of no elements. It has its name only when all of it is there.
    ///
    /// # Errors
    ///
    /// When there is a file of that name, or the system refuses.
    pub fn create(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        let (path, shape, element) = (path.as_ref(), self.shape(), self.element());
        let (medium, slot) = DiskFile::create(path, |medium| {
            format_medium(medium, &element, &shape)
                .map_err(|e| FileError::io(path, "write the header", e))
        })?;
        self.finish(self.opening.fresh_storage(medium, shape, slot, &self.kernel)?)
    }

    /// The file in its last committed state, read into memory: nobody can change it there.
    ///
    /// # Errors
    ///
    /// When the file is not whole, not of these elements, open elsewhere, or the system refuses. The
    /// file is unchanged.
    pub fn open(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        self.open_on(DiskFile::open(path.as_ref(), !self.opening.manner.read_only)?)
    }

    /// The file, or a new one if there is none.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`create`](Self::create).
    pub fn open_or_create(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        let path = path.as_ref();
        if !path.exists() {
            match self.create(path) {
                Err(error) if matches!(error.problem(), Problem::AlreadyExists) => {}
                answer => return answer,
            }
        }
        self.open(path)
    }

    /// The file to read only, beside others who do so. What is written stays in memory.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_read_only(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        self.reader().open(path)
    }

    fn reader(&self) -> Self {
        let mut reader = self.clone();
        reader.opening.manner.read_only = true;
        reader
    }

    /// The file in its last committed state, mapped: pages are read when they are touched.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    ///
    /// # Safety
    ///
    /// While the vector lives nobody changes the file or makes it shorter. Other handles of this crate
    /// do not: they are locked out. Someone who ignores locks can, and then elements change under
    /// their references, or touching them ends the process; [`check`](FileStorage::check) tells
    /// whether it has happened.
    pub unsafe fn open_mapped(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        let medium = DiskFile::open(path.as_ref(), !self.opening.manner.read_only)?;
        let load = |memory: &mut Memory<K>, medium: &mut DiskFile, len: usize| {
            // SAFETY: the caller promises that nobody else changes the file, and this storage writes
            // only what the memory says: appended elements, and pages from the log.
            unsafe { memory.show(medium.file(), DATA, len) }.map_err(Into::into)
        };
        self.finish(self.opening.open(medium, &self.element(), &self.kernel, load)?)
    }

    /// The same as [`open_mapped`](Self::open_mapped), to read only.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    ///
    /// # Safety
    ///
    /// As [`open_mapped`](Self::open_mapped).
    pub unsafe fn open_mapped_read_only(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<MmapVec<T, FileStorage<DiskFile, K>>, FileError> {
        // SAFETY: the caller's promise is the callee's.
        unsafe { self.reader().open_mapped(path) }
    }

    /// A new vector on a medium, whatever is there.
    ///
    /// # Errors
    ///
    /// When the medium refuses.
    pub fn create_on<M: Medium>(
        &self,
        mut medium: M,
    ) -> Result<MmapVec<T, FileStorage<M, K>>, FileError> {
        let (shape, element) = (self.shape(), self.element());
        let slot = format_medium(&mut medium, &element, &shape)
            .and_then(|slot| medium.sync().map(|()| slot))
            .map_err(|e| FileError::io(medium.path(), "write the header", e))?;
        self.finish(self.opening.fresh_storage(medium, shape, slot, &self.kernel)?)
    }

    /// The vector on a medium, in its last committed state.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_on<M: Medium>(
        &self,
        medium: M,
    ) -> Result<MmapVec<T, FileStorage<M, K>>, FileError> {
        self.finish(self.opening.open(medium, &self.element(), &self.kernel, copy_in)?)
    }
}

impl<T, K> fmt::Debug for Builder<T, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("opening", &self.opening)
            .field("capacity", &self.capacity)
            .field("checksums", &self.checksums)
            .field("type_name", &self.type_name)
            .field("element_size", &size_of::<T>())
            .finish_non_exhaustive()
    }
}
