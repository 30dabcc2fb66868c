#![expect(
    unsafe_code,
    reason = "declares what the kernel may do with memory, which is unsafe to ask"
)]
//! The kernel contract: everything this room asks of the kernel, in one trait.
//!
//! [`Native`](super::Native) asks the kernel itself. With the feature `testing` there is also `Fake`, which writes
//! down each call, checks that it names pages of the caller's own, and can refuse any call with any
//! number, so that every path that a refusal takes is run.
//!
//! A method is one call, with the arguments checked by nobody: it answers the kernel's number, and the
//! types above turn it into an [`Error`](super::Error) that says what was asked.

use core::{ops::BitOr, ptr::NonNull};
use std::{fs::File, path::Path, string::String};

use super::{Call, Errno};

/// What may be done with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: any touch is a fault.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
}

/// Who sees what is written through pages that show a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Writes {
    /// Nothing is written.
    Never,
    /// The file, and all who show it.
    ToFile,
    /// This mapping only: pages are copied when they are first written.
    Private,
}

/// What stands behind new pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backing {
    /// Memory of this process's own, zero when first touched.
    Private,
    /// The same as explicit huge pages, of the default size.
    Huge,
    /// Memory that not even the kernel reads.
    Secret,
}

/// Where pages may go when they are made more or fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// They stay.
    InPlace,
    /// Wherever the kernel finds room.
    Anywhere,
}

/// Advice that changes neither what is in memory nor what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Nothing special; takes back `Random` and `Sequential`.
    Normal,
    /// Reads will jump about: no reading ahead.
    Random,
    /// Reads go forward: read far ahead.
    Sequential,
    /// Soon to be used.
    WillNeed,
    /// Not soon to be used: first to go when memory is short.
    Cold,
    /// Not soon to be used: to swap, or back to its file, now.
    PageOut,
    /// Huge pages are welcome.
    HugePage,
    /// Huge pages are not welcome.
    NoHugePage,
    /// Made into huge pages now.
    Collapse,
    /// Made present now, to be read.
    PopulateRead,
    /// Made present now, to be written.
    PopulateWrite,
}

/// Advice about pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Advice {
    /// Contents and rights stay.
    Hint(Hint),
    /// The contents go at once: private pages read as zero.
    Discard,
    /// Not written to core dumps.
    NoDump,
    /// Not there in a child after a fork.
    NoFork,
    /// Zero in a child after a fork.
    WipeOnFork,
    /// Any touch faults, and the contents are gone; takes no mapping.
    Guard,
}

impl Advice {
    /// What it is called when it is refused.
    pub(super) const fn call(self) -> Call {
        match self {
            Self::Hint(Hint::PopulateRead | Hint::PopulateWrite) => Call::Populate,
            Self::Guard => Call::Guard,
            _ => Call::Advise,
        }
    }
}

/// How many bytes of some pages are present as huge pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Huge {
    /// As explicit huge pages.
    pub explicit: usize,
    /// As transparent huge pages.
    pub transparent: usize,
}

/// A set of nodes, by number, below [`MOST`](Self::MOST).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeSet([u64; 16]);

impl NodeSet {
    /// Nodes are numbered below this.
    pub const MOST: u32 = 1024;

    /// No node.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; 16])
    }

    /// This node alone; none, if the number is not below [`MOST`](Self::MOST).
    #[must_use]
    pub const fn only(node: u32) -> Self {
        Self::new().with(node)
    }

    /// The same and `node`, unless its number is not below [`MOST`](Self::MOST).
    #[must_use]
    pub const fn with(mut self, node: u32) -> Self {
        if node < Self::MOST {
            self.0[node as usize / 64] |= 1 << (node % 64);
        }
        self
    }

    /// Whether `node` is in it.
    #[must_use]
    pub const fn contains(&self, node: u32) -> bool {
        node < Self::MOST && self.0[node as usize / 64] >> (node % 64) & 1 == 1
    }

    /// The nodes, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        let words = self.0;
        (0..Self::MOST).filter(move |node| Self(words).contains(*node))
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::new()
    }

    /// The bits, node 0 lowest in the first word.
    #[must_use]
    pub const fn words(&self) -> &[u64; 16] {
        &self.0
    }
}

impl BitOr for NodeSet {
    type Output = Self;

    fn bitor(mut self, other: Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
        self
    }
}

impl FromIterator<u32> for NodeSet {
    fn from_iter<I: IntoIterator<Item = u32>>(nodes: I) -> Self {
        nodes.into_iter().fold(Self::new(), Self::with)
    }
}

impl core::fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// On which nodes pages are put when they are first touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The node of the thread that touches them.
    Local,
    /// These nodes and no others.
    Bind(NodeSet),
    /// This node, and when it is full, others.
    Preferred(u32),
    /// These nodes in turn, page by page.
    Interleave(NodeSet),
}

/// Everything this room asks of the kernel. Lengths and addresses are multiples of the page size.
///
/// "The caller's own" pages are those from a `map` or `remap` of this kernel that were not unmapped
/// since, and that nobody else uses.
///
/// # Errors
///
/// All methods answer the kernel's number, and then nothing has changed; [`Errno::UNSUPPORTED`] where
/// there is no such call.
///
/// # Safety
///
/// `map`, `map_file` and `remap` return pages that nobody else has, of the length asked for, readable and
/// writable as asked for, none of them the first or the last of the address space. A call that succeeds
/// has done what its documentation says, and no call touches other pages than those named.
#[expect(clippy::missing_errors_doc, reason = "one section for all methods is above")]
pub unsafe trait Kernel {
    /// The bytes in a page, a power of two.
    fn page_size(&self) -> usize;

    /// The bytes in a huge page of the default size, a power of two; `None` where there are none.
    fn huge_page_size(&self) -> Option<usize>;

    /// New pages at an address of the kernel's choice, all zero.
    fn map(&self, len: usize, access: Access, backing: Backing) -> Result<NonNull<u8>, Errno>;

    /// Pages that show `file` from `offset`: over pages of the caller's own, or, without any, at an
    /// address of the kernel's choice. What lies behind the end of the file cannot be touched, but for
    /// the rest of its last page, which is zero.
    ///
    /// # Safety
    ///
    /// The pages from `over` on are the caller's own, and nobody minds what becomes of them.
    unsafe fn map_file(
        &self,
        file: &File,
        offset: u64,
        len: usize,
        writes: Writes,
        over: Option<NonNull<u8>>,
    ) -> Result<NonNull<u8>, Errno>;

    /// Takes what is behind pages, and keeps their addresses: any touch faults, and when they are
    /// allowed again they are private and zero. Advice about them is forgotten.
    ///
    /// # Safety
    ///
    /// The pages are the caller's own, and nobody minds what becomes of them.
    unsafe fn vacate(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno>;

    /// Takes pages back. When it fails they are all still there.
    ///
    /// # Safety
    ///
    /// The pages are the caller's own, and nobody uses them again.
    unsafe fn unmap(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno>;

    /// Changes what may be done with pages.
    ///
    /// # Safety
    ///
    /// The pages are the caller's own, and nobody touches them in a way that is forbidden hereafter.
    unsafe fn protect(&self, at: NonNull<u8>, len: usize, access: Access) -> Result<(), Errno>;

    /// Makes `len` bytes of pages `new_len` bytes long, moving them as `to` allows; what is new is zero.
    ///
    /// # Safety
    ///
    /// The pages are the caller's own, and if they move, nobody uses the old address again.
    unsafe fn remap(
        &self,
        at: NonNull<u8>,
        len: usize,
        new_len: usize,
        to: Target,
    ) -> Result<NonNull<u8>, Errno>;

    /// Advises about pages.
    ///
    /// # Safety
    ///
    /// The pages are mapped. For advice that is no [`Hint`] they are the caller's own, and nobody minds
    /// what becomes of them.
    unsafe fn advise(&self, at: NonNull<u8>, len: usize, advice: Advice) -> Result<(), Errno>;

    /// Keeps pages in memory until they are unlocked or unmapped. It makes them present.
    fn lock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno>;

    /// Lets pages go to swap again.
    fn unlock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno>;

    /// Writes what changed in pages back to their file; with `wait`, it returns when the disk has it.
    fn flush(&self, at: NonNull<u8>, len: usize, wait: bool) -> Result<(), Errno>;

    /// How many bytes this process may lock, if that is limited.
    fn lock_limit(&self) -> Option<usize>;

    /// How many bytes of these pages are present.
    fn resident(&self, at: NonNull<u8>, len: usize) -> Result<usize, Errno>;

    /// How many bytes of these pages are present as huge pages.
    fn huge(&self, at: NonNull<u8>, len: usize) -> Result<Huge, Errno>;

    /// Sets on which nodes pages are put; with `migrate`, those that are present move there.
    fn bind(&self, at: NonNull<u8>, len: usize, policy: Policy, migrate: bool)
    -> Result<(), Errno>;

    /// Writes the node of each of the pages from `at` on, or, negative, a number why there is none.
    fn locate(&self, at: NonNull<u8>, nodes: &mut [i32]) -> Result<(), Errno>;

    /// Moves the pages from `at` on to `node`, and writes the node of each as [`locate`](Self::locate).
    fn migrate(&self, at: NonNull<u8>, node: u32, nodes: &mut [i32]) -> Result<(), Errno>;

    /// The text of a file in which the kernel describes the system.
    fn read(&self, path: &str) -> Result<String, Errno>;

    /// Makes a file longer by the `len` bytes from its end at `from`, with room on the disk for them.
    fn allocate(&self, file: &File, from: u64, len: u64) -> Result<(), Errno>;

    /// How long this process may make files, if that is limited. Writing past it ends the process.
    fn file_limit(&self) -> Option<u64>;

    /// Gives the file at `from` the name `to`, if nobody has it.
    fn rename_to_free(&self, from: &Path, to: &Path) -> Result<(), Errno>;

    /// A new file in memory, without a name, which goes when nobody has it open or mapped.
    fn memory_file(&self) -> Result<File, Errno>;

    /// Makes the length of a file in memory what it is for ever, for everybody.
    fn seal(&self, file: &File) -> Result<(), Errno>;

    /// Whether nobody can make the file shorter.
    fn sealed(&self, file: &File) -> Result<bool, Errno>;

    /// A handle of its own of the file, which alone has this place of it until it is dropped or the
    /// process dies; [`Errno::BUSY`], if another has it.
    fn claim(&self, file: &File, place: u32) -> Result<File, Errno>;
}

// SAFETY: the reference asks the kernel that it refers to.
unsafe impl<K: Kernel + ?Sized> Kernel for &K {
    fn page_size(&self) -> usize {
        (**self).page_size()
    }

    fn huge_page_size(&self) -> Option<usize> {
        (**self).huge_page_size()
    }

    fn map(&self, len: usize, access: Access, backing: Backing) -> Result<NonNull<u8>, Errno> {
        (**self).map(len, access, backing)
    }

    unsafe fn map_file(
        &self,
        file: &File,
        offset: u64,
        len: usize,
        writes: Writes,
        over: Option<NonNull<u8>>,
    ) -> Result<NonNull<u8>, Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).map_file(file, offset, len, writes, over) }
    }

    unsafe fn vacate(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).vacate(at, len) }
    }

    unsafe fn unmap(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).unmap(at, len) }
    }

    unsafe fn protect(&self, at: NonNull<u8>, len: usize, access: Access) -> Result<(), Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).protect(at, len, access) }
    }

    unsafe fn remap(
        &self,
        at: NonNull<u8>,
        len: usize,
        new_len: usize,
        to: Target,
    ) -> Result<NonNull<u8>, Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).remap(at, len, new_len, to) }
    }

    unsafe fn advise(&self, at: NonNull<u8>, len: usize, advice: Advice) -> Result<(), Errno> {
        // SAFETY: the caller's promise is the callee's, word for word.
        unsafe { (**self).advise(at, len, advice) }
    }

    fn lock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        (**self).lock(at, len)
    }

    fn unlock(&self, at: NonNull<u8>, len: usize) -> Result<(), Errno> {
        (**self).unlock(at, len)
    }

    fn flush(&self, at: NonNull<u8>, len: usize, wait: bool) -> Result<(), Errno> {
        (**self).flush(at, len, wait)
    }

    fn lock_limit(&self) -> Option<usize> {
        (**self).lock_limit()
    }

    fn resident(&self, at: NonNull<u8>, len: usize) -> Result<usize, Errno> {
        (**self).resident(at, len)
    }

    fn huge(&self, at: NonNull<u8>, len: usize) -> Result<Huge, Errno> {
        (**self).huge(at, len)
    }

    fn bind(
        &self,
        at: NonNull<u8>,
        len: usize,
        policy: Policy,
        migrate: bool,
    ) -> Result<(), Errno> {
        (**self).bind(at, len, policy, migrate)
    }

    fn locate(&self, at: NonNull<u8>, nodes: &mut [i32]) -> Result<(), Errno> {
        (**self).locate(at, nodes)
    }

    fn migrate(&self, at: NonNull<u8>, node: u32, nodes: &mut [i32]) -> Result<(), Errno> {
        (**self).migrate(at, node, nodes)
    }

    fn read(&self, path: &str) -> Result<String, Errno> {
        (**self).read(path)
    }

    fn allocate(&self, file: &File, from: u64, len: u64) -> Result<(), Errno> {
        (**self).allocate(file, from, len)
    }

    fn file_limit(&self) -> Option<u64> {
        (**self).file_limit()
    }

    fn rename_to_free(&self, from: &Path, to: &Path) -> Result<(), Errno> {
        (**self).rename_to_free(from, to)
    }

    fn memory_file(&self) -> Result<File, Errno> {
        (**self).memory_file()
    }

    fn seal(&self, file: &File) -> Result<(), Errno> {
        (**self).seal(file)
    }

    fn sealed(&self, file: &File) -> Result<bool, Errno> {
        (**self).sealed(file)
    }

    fn claim(&self, file: &File, place: u32) -> Result<File, Errno> {
        (**self).claim(file, place)
    }
}
