//! What went wrong with a file: which one, what was found, what was expected, and what to do.

use core::{error::Error, fmt};
use std::{
    boxed::Box,
    io,
    path::{Path, PathBuf},
    string::{String, ToString},
};

use crate::alloc::Refusal;

/// A file, or the memory that shows it, could not do what was asked. Nothing that was committed is
/// lost, and an operation that only looks leaves the file unchanged.
pub struct FileError(Box<Inner>);

struct Inner {
    path: PathBuf,
    problem: Problem,
}

/// What was wrong.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// The system refused a call.
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A field of the file does not say what it should.
    Field {
        /// Which field.
        field: &'static str,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// Another handle, here or in another process, has it open.
    Locked,
    /// There is a file of that name already.
    AlreadyExists,
    /// The path names something that is no regular file.
    NotAFile,
    /// The handle was opened to read only.
    ReadOnly,
    /// The file is shorter than it must be.
    Truncated {
        /// How many bytes there are.
        found: u64,
        /// How many there must be.
        expected: u64,
    },
    /// An earlier failure left unknown what is on the disk; this handle no longer writes.
    Poisoned {
        /// What failed then.
        by: &'static str,
    },
    /// More bytes were asked for than the handle has addresses for.
    Full {
        /// How many bytes were asked for; `usize::MAX` when the number does not fit.
        asked: usize,
        /// How many it can have.
        limit: usize,
    },
    /// The system has no memory to give.
    Memory {
        /// How many bytes were asked for.
        bytes: usize,
        /// What the system said.
        source: io::Error,
    },
    /// The allocator has no memory to give.
    Refused(Refusal),
    /// A part was asked for that is not in the file, or does not begin where it may.
    Range {
        /// Where it begins.
        offset: u64,
        /// How long it is.
        len: usize,
        /// How long the file is.
        of: u64,
    },
    /// Bytes cannot be seen as the type asked for.
    Cast {
        /// The type's name.
        to: &'static str,
        /// Why not.
        why: String,
    },
    /// Views still show the part that was to be cut off.
    InUse {
        /// How many.
        views: usize,
    },
}

impl FileError {
    pub(crate) fn new(path: &Path, problem: Problem) -> Self {
        Self(Box::new(Inner { path: path.to_path_buf(), problem }))
    }

    pub(crate) fn io(path: &Path, doing: &'static str, source: io::Error) -> Self {
        Self::new(path, Problem::Io { doing, source })
    }

    pub(crate) fn field(
        path: &Path,
        field: &'static str,
        found: impl ToString,
        expected: impl ToString,
    ) -> Self {
        let (found, expected) = (found.to_string(), expected.to_string());
        Self::new(path, Problem::Field { field, found, expected })
    }

    /// The file; empty when there is none, as for a vector in an allocator.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What was wrong.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Whether the disk, or what this process may use of it, is full.
    #[must_use]
    pub fn is_out_of_space(&self) -> bool {
        matches!(&self.0.problem, Problem::Io { source, .. } if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge | io::ErrorKind::QuotaExceeded
        ))
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.path.as_os_str().is_empty() {
            write!(f, "{}: ", self.0.path.display())?;
        }
        match &self.0.problem {
            Problem::Io { doing, source } => {
                write!(f, "could not {doing}: {source}")?;
                if self.is_out_of_space() {
                    write!(f, "; free space and try again, nothing is lost")?;
                }
                Ok(())
            }
            Problem::Field { field, found, expected } => {
                write!(f, "the {field} is {found}, expected {expected}")
            }
            Problem::Locked => {
                write!(f, "it is open elsewhere; close it there, or wait")
            }
            Problem::AlreadyExists => write!(f, "it exists already; open it, or remove it"),
            Problem::NotAFile => write!(f, "it is no regular file; name one"),
            Problem::ReadOnly => write!(f, "it was opened to read only; open it to write"),
            Problem::Truncated { found, expected } => write!(
                f,
                "the file has {found} bytes, expected at least {expected}: somebody cut it off"
            ),
            Problem::Poisoned { by } => write!(
                f,
                "an earlier attempt to {by} failed, so nobody knows what is on the disk; reopen \
                 the file, which finds the last state that was committed"
            ),
            Problem::Full { asked: usize::MAX, limit } => {
                write!(f, "more bytes than a number holds were asked for, at most {limit} fit")
            }
            Problem::Full { asked, limit } => write!(
                f,
                "{asked} bytes were asked for, but addresses were reserved for {limit}; raise \
                 the builder's `max_bytes`"
            ),
            Problem::Memory { bytes, source } => {
                write!(f, "the system has no memory for {bytes} bytes: {source}")
            }
            Problem::Refused(refusal) => refusal.fmt(f),
            Problem::Range { offset, len, of } => write!(
                f,
                "{len} bytes at {offset} were asked for, but the file has {of}; ask for a part \
                 that is inside"
            ),
            Problem::Cast { to, why } => write!(f, "the bytes are no `{to}`s: {why}"),
            Problem::InUse { views } => {
                write!(f, "{views} views still show what was to be cut off; drop them first")
            }
        }
    }
}

impl fmt::Debug for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileError")
            .field("path", &self.0.path)
            .field("problem", &self.0.problem)
            .finish()
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.problem {
            Problem::Io { source, .. } | Problem::Memory { source, .. } => Some(source),
            Problem::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }
}
