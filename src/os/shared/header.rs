//! What shared memory says about itself: written once, before anybody else has it, and checked field
//! by field by whoever gets it.

use core::{any::type_name, fmt::Debug};
use std::{
    format,
    path::Path,
    string::{String, ToString},
};

use bytemuck::Pod;

use crate::os::{FileError, Problem};

/// Bytes in front of the words.
pub(super) const HEADER: usize = 4096;
/// Bytes in a word.
pub(super) const WORD: usize = 8;

const MAGIC: [u8; 16] = *b"\x89larder-shm\r\n\x1a\n\0";
const VERSION: u64 = 1;
const ORDER: u64 = 0x0102_0304_0506_0708;
/// Of the name, so much is kept and compared.
const MOST_NAME: usize = 1024;
/// Words in front of the elements of a vector or ring; room for more than either needs.
pub(super) const FRONT: usize = 64;

/// What is in shared memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub(super) kind: Kind,
    /// The elements: how they are called, bytes and alignment.
    name: String,
    size: usize,
    align: usize,
    pub(super) capacity: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Words = 0,
    Vec = 1,
    Ring = 2,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Words, Self::Vec, Self::Ring];
}

impl Contents {
    /// So many words, for a protocol of that name.
    #[must_use]
    pub fn words(name: &str, count: usize) -> Self {
        Self::of::<u64>(Kind::Words, count).named(name)
    }

    /// A [`SharedVec`](super::SharedVec) of up to `capacity` elements.
    #[must_use]
    pub fn vec<T: Pod>(capacity: usize) -> Self {
        Self::of::<T>(Kind::Vec, capacity)
    }

    /// A [`SharedRing`](super::SharedRing) of up to `capacity` elements.
    #[must_use]
    pub fn ring<T: Pod>(capacity: usize) -> Self {
        Self::of::<T>(Kind::Ring, capacity)
    }

    fn of<T: Pod>(kind: Kind, capacity: usize) -> Self {
        const { assert!(size_of::<T>() > 0, "elements of no bytes need no memory") };
        let (size, align) = (size_of::<T>(), align_of::<T>());
        Self { kind, name: type_name::<T>().to_string(), size, align, capacity }
    }

    /// The same under this name, instead of the one that Rust has for the type.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_string();
        self
    }

    /// How many elements there is room for.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// What the elements, or the protocol, are called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Words for an element.
    pub(super) const fn stride(&self) -> usize {
        self.size.div_ceil(WORD)
    }

    /// All bytes, header and all; `usize::MAX`, if it is more.
    pub(super) fn bytes_of_file(&self) -> usize {
        // A vector has a place for the element that is being changed.
        let (front, places) = match self.kind {
            Kind::Words => (0, Some(self.capacity)),
            Kind::Vec => (FRONT, self.capacity.checked_add(1)),
            Kind::Ring => (FRONT, Some(self.capacity)),
        };
        let words = places.and_then(|places| places.checked_mul(self.stride()));
        let bytes = words
            .and_then(|words| words.checked_add(front)?.checked_mul(WORD)?.checked_add(HEADER));
        bytes.unwrap_or(usize::MAX)
    }

    /// Fails unless there can be such memory.
    pub(super) fn check(&self, path: &Path) -> Result<(), FileError> {
        let (asked, limit) = (self.bytes_of_file(), isize::MAX.cast_unsigned());
        if asked > limit - HEADER {
            let problem = Problem::Full { asked: usize::MAX, limit };
            return Err(FileError::new(path, problem));
        }
        if self.capacity == 0 {
            return Err(FileError::field(path, "capacity", 0, "at least 1"));
        }
        Ok(())
    }

    pub(super) fn write(&self) -> [u8; HEADER] {
        let mut page = [0; HEADER];
        page[..16].copy_from_slice(&MAGIC);
        let name = self.short_name();
        let fields = [
            VERSION,
            ORDER,
            u64::from(usize::BITS),
            self.kind as u64,
            self.size as u64,
            self.align as u64,
            self.capacity as u64,
            name.len() as u64,
        ];
        for (at, field) in (16..).step_by(8).zip(fields) {
            // The order tells readers of another one that it is another one.
            page[at..at + 8].copy_from_slice(&field.to_ne_bytes());
        }
        page[80..80 + name.len()].copy_from_slice(name);
        page
    }

    fn short_name(&self) -> &[u8] {
        &self.name.as_bytes()[..self.name.floor_char_boundary(MOST_NAME)]
    }

    pub(super) fn read(path: &Path, page: &[u8; HEADER]) -> Result<Self, FileError> {
        if page[..16] != MAGIC {
            let (found, expected) = (page[..16].escape_ascii(), MAGIC.escape_ascii());
            return Err(FileError::field(path, "magic number", found, expected));
        }
        let mut at = 16;
        let mut next = || {
            let (word, _) = page[at..].as_chunks::<8>();
            at += 8;
            u64::from_ne_bytes(word[0])
        };
        let (version, order) = (next(), next());
        same(path, "byte order mark", order, ORDER)?;
        same(path, "version", version, VERSION)?;
        same(path, "machine's word, in bits", next(), u64::from(usize::BITS))?;
        let kind = next();
        let Some(kind) = Kind::ALL.into_iter().find(|known| *known as u64 == kind) else {
            return Err(FileError::field(path, "kind of contents", kind, "0, 1 or 2"));
        };
        let (size, align, capacity, name) = (next(), next(), next(), next());
        let number = |field, found: u64| {
            let most = isize::MAX.cast_unsigned();
            let fits = usize::try_from(found).ok().filter(|number| (1..=most).contains(number));
            fits.ok_or_else(|| FileError::field(path, field, found, format!("1 to {most}")))
        };
        let size = number("size of an element", size)?;
        let align = number("alignment of an element", align)?;
        let capacity = number("capacity", capacity)?;
        let len = number("length of the name", name)?.min(MOST_NAME);
        let text = String::from_utf8_lossy(&page[80..80 + len]).into_owned();
        let contents = Self { kind, name: text, size, align, capacity };
        contents.check(path)?;
        Ok(contents)
    }

    /// Fails unless this is what was expected, whatever the capacity.
    pub(super) fn expect(&self, path: &Path, expected: &Self) -> Result<(), FileError> {
        same(path, "kind of contents", self.kind, expected.kind)?;
        same(path, "size of an element", self.size, expected.size)?;
        same(path, "alignment of an element", self.align, expected.align)?;
        let (found, expected) = (self.short_name(), expected.short_name());
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        same(path, "type of an element", text(found), text(expected))
    }
}

/// Fails unless `found` is `expected`.
fn same<V: PartialEq + Debug>(
    path: &Path,
    field: &'static str,
    found: V,
    expected: V,
) -> Result<(), FileError> {
    if found == expected {
        return Ok(());
    }
    Err(FileError::field(path, field, format!("{found:?}"), format!("{expected:?}")))
}
