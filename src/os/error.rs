//! What the kernel said no to: the call, what was asked, the number it answered, and what to do.

use core::{error::Error as StdError, fmt};
use std::io;

use crate::alloc::AllocError;

/// The kernel's own number for why it refused.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(pub i32);

impl Errno {
    /// The kernel, or this build for it, has no such call.
    #[cfg(unix)]
    pub const UNSUPPORTED: Self = Self(libc::ENOSYS);
    /// The kernel, or this build for it, has no such call.
    #[cfg(not(unix))]
    pub const UNSUPPORTED: Self = Self(120);

    /// Not enough memory, address space or mappings; for a range, that it is not all mapped.
    pub const NO_MEMORY: Self = Self(12);
    /// Not allowed to this process.
    pub const NOT_PERMITTED: Self = Self(1);
    /// An argument makes no sense to this kernel: often, that it is older than the request.
    pub const INVALID: Self = Self(22);
    /// There is no such file.
    pub const NO_FILE: Self = Self(2);
    /// Somebody else has it.
    #[cfg(unix)]
    pub const BUSY: Self = Self(libc::EAGAIN);
    /// Somebody else has it.
    #[cfg(not(unix))]
    pub const BUSY: Self = Self(170);
    /// The address holds nothing that could be used so.
    pub const FAULT: Self = Self(14);

    /// Whether the call does not exist here, rather than having been refused.
    #[must_use]
    pub fn is_unsupported(self) -> bool {
        self == Self::UNSUPPORTED
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        io::Error::from_raw_os_error(self.0).fmt(f)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errno({}: {self})", self.0)
    }
}

/// What the kernel was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Call {
    /// To make pages, or reserve their addresses.
    Map,
    /// To make explicit huge pages.
    MapHuge,
    /// To make memory that the kernel itself cannot read.
    MapSecret,
    /// To show a file in memory.
    MapFile,
    /// To take what is behind pages, and keep their addresses.
    Vacate,
    /// To take pages back.
    Unmap,
    /// To change what may be done with pages.
    Protect,
    /// To move pages to another address, or make more of them.
    Remap,
    /// To take advice about pages.
    Advise,
    /// To make pages present.
    Populate,
    /// To keep pages in memory.
    Lock,
    /// To let pages go to swap again.
    Unlock,
    /// To install a guard region.
    Guard,
    /// To say which pages are present, or how large they are.
    Census,
    /// To place pages on nodes.
    Bind,
    /// To move pages between nodes.
    Migrate,
    /// To say on which nodes pages are.
    Locate,
    /// To read a file of the kernel's.
    Read,
    /// To write what changed back to a file.
    Flush,
    /// To make room in a file.
    Allocate,
    /// To give a file a name that is free.
    Rename,
    /// To make a file in memory.
    MemoryFile,
    /// To make a file's length what it is for ever, or to say whether it is.
    Seal,
    /// To keep others from a place of a file.
    Claim,
}

impl Call {
    pub(super) const fn wish(self) -> &'static str {
        match self {
            Self::Map => "to map",
            Self::MapHuge => "to map as explicit huge pages",
            Self::MapSecret => "to map as secret memory",
            Self::MapFile => "to show a file in",
            Self::Vacate => "to take the memory behind",
            Self::Unmap => "to unmap",
            Self::Protect => "to protect",
            Self::Remap => "to move or extend",
            Self::Advise => "to take advice about",
            Self::Populate => "to make present",
            Self::Lock => "to lock in memory",
            Self::Unlock => "to unlock",
            Self::Guard => "to guard",
            Self::Census => "to describe",
            Self::Bind => "to place on nodes",
            Self::Migrate => "to move between nodes",
            Self::Locate => "to locate",
            Self::Read => "to read a file about",
            Self::Flush => "to write to the file",
            Self::Allocate => "to make room in a file for",
            Self::Rename => "to name a file of",
            Self::MemoryFile => "to make a file in memory of",
            Self::Seal => "to seal a file of",
            Self::Claim => "to claim a file of",
        }
    }

    const fn way_out(self) -> &'static str {
        match self {
            Self::Map => {
                "ask for less, free memory, or raise vm.max_map_count or the limit on address space"
            }
            Self::MapHuge => "raise vm.nr_hugepages, or take transparent huge pages",
            Self::MapSecret => {
                "boot with secretmem.enable=1, raise RLIMIT_MEMLOCK, or take locked memory"
            }
            Self::MapFile => {
                "raise vm.max_map_count or the limit on address space, or show a part of the file"
            }
            Self::Vacate => "raise vm.max_map_count: the memory stays until it is unmapped",
            Self::Unmap => {
                "raise vm.max_map_count: taking pages out of the middle of a mapping needs one more"
            }
            Self::Protect => "raise vm.max_map_count, or protect whole mappings",
            Self::Remap => "allocate a new block and copy",
            Self::Advise => "go on without: the advice changes speed only",
            Self::Populate => "free memory, or check that the file behind the pages is long enough",
            Self::Lock => "raise RLIMIT_MEMLOCK (ulimit -l), or lock less",
            Self::Unlock => "nothing: the pages stay locked until they are unmapped",
            Self::Guard => "use protected pages as guards",
            Self::Census => "read /proc/self/smaps yourself",
            Self::Bind | Self::Migrate | Self::Locate => {
                "grant CAP_SYS_NICE or a seccomp profile that allows it, or go on without placement"
            }
            Self::Read => "mount /proc and /sys, or go on without",
            Self::Flush => "look for errors of the disk; what was written may be lost",
            Self::Allocate => {
                "free space on the disk, or raise the limit on file sizes (ulimit -f)"
            }
            Self::Rename => "take another name",
            Self::MemoryFile => "close descriptors, or take a file with a name",
            Self::Claim => "wait until the other has dropped it, or mount /proc",
            Self::Seal => "go on without the seal, if all who have the file can be trusted",
        }
    }
}

/// A call that the kernel refused. What was there before is there still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Error {
    /// What it was asked to do.
    pub call: Call,
    /// For how many bytes; `usize::MAX` when the number does not fit.
    pub bytes: usize,
    /// The number it answered.
    pub errno: Errno,
    /// The limit that stands in the way, in bytes, where the kernel tells one.
    pub limit: Option<usize>,
}

impl Error {
    pub(super) const fn new(call: Call, bytes: usize, errno: Errno) -> Self {
        Self { call, bytes, errno, limit: None }
    }

    /// A request whose size no address space has.
    pub(super) const fn too_large(call: Call) -> Self {
        Self::new(call, usize::MAX, Errno::NO_MEMORY)
    }

    /// Whether there is no such call here, so that asking again is useless.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        self.errno.is_unsupported()
    }

    /// What to do.
    pub(super) fn way_out(&self) -> &'static str {
        if self.is_unsupported() {
            "it has no such call; go on without"
        } else {
            self.call.way_out()
        }
    }

    /// Whether the kernel does not know the request, or there is no such call.
    pub(crate) fn is_unknown(&self) -> bool {
        self.is_unsupported() || self.errno == Errno::INVALID
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kernel was asked {} ", self.call.wish())?;
        match self.bytes {
            usize::MAX => write!(f, "more bytes than there are addresses")?,
            bytes => write!(f, "{bytes} bytes")?,
        }
        if self.is_unsupported() {
            return write!(f, ", but has no such call on this system; go on without");
        }
        write!(f, " and refused: {}", self.errno)?;
        if let Some(limit) = self.limit {
            write!(f, " (the limit is {limit} bytes)")?;
        }
        write!(f, "; {}", self.call.way_out())
    }
}

impl StdError for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = Self::from_raw_os_error(error.errno.0).kind();
        Self::new(kind, error)
    }
}

impl From<Errno> for io::Error {
    fn from(errno: Errno) -> Self {
        Self::from_raw_os_error(errno.0)
    }
}

impl From<Error> for AllocError {
    fn from(_: Error) -> Self {
        Self
    }
}

/// How much a property is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// Without it, nothing: the request is refused.
    Require,
    /// It is asked for, and what came of it is reported.
    #[default]
    Prefer,
    /// It is not asked for.
    Ignore,
}

/// What came of a wish.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// It was not asked for.
    #[default]
    NotAsked,
    /// It holds.
    Obtained,
    /// It does not hold, for this reason.
    Refused(Error),
}

impl Outcome {
    /// Whether it holds.
    #[must_use]
    pub const fn is_obtained(self) -> bool {
        matches!(self, Self::Obtained)
    }

    /// Asks as `wish` has it; the refusal of a requirement is the error.
    pub(super) fn of(wish: Wish, ask: impl FnOnce() -> Result<(), Error>) -> Result<Self, Error> {
        if wish == Wish::Ignore {
            return Ok(Self::NotAsked);
        }
        match ask() {
            Ok(()) => Ok(Self::Obtained),
            Err(error) if wish == Wish::Prefer => Ok(Self::Refused(error)),
            Err(error) => Err(error),
        }
    }

    /// What holds for both of two pieces of memory: the first refusal counts.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Refused(_), _) | (_, Self::NotAsked) => self,
            _ => other,
        }
    }
}
