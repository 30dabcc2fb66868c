//! The file, byte by byte. All numbers are little-endian but for the byte order mark.
//!
//! ```text
//!  0        4096     8192     12288        65536                    65536 + capacity
//!  | super- | slot 0 | slot 1 | zero       | data                   | redo logs
//!  | block  | A B    | A B    |            |                        |
//! ```
//!
//! **Superblock**, written once, a page: see [`Shape`]. The last eight bytes are its checksum.
//!
//! **Slots**, a page each, written in turn. The first two sectors of 512 bytes hold the same
//! [`Slot`] twice, each with a checksum of its own; the rest is zero. A sector is written whole or
//! not at all, so a sector with a wrong checksum was damaged later, and is reported. The copy with
//! the highest generation is the state of the file.
//!
//! **Redo log**: the numbers of the pages (4096 bytes of data each), padded to a page, then the
//! pages. The slot says where it is, how many pages it has, and its checksum.

use core::fmt::Debug;
use std::{format, path::Path, string::String};

use super::sum::{mix, sum};
use crate::os::{FileError, Problem};

/// The unit of headers, of the redo log, and of checksums.
pub(super) const PAGE: usize = 4096;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// Where data begin: a multiple of the pages of all machines.
pub(super) const DATA: u64 = 1 << 16;
/// Capacities are multiples of this.
pub(super) const UNIT: u64 = 1 << 16;
/// Bytes in front of the checksum of a page or sector.
const SUM: usize = 8;

const MAGIC: [u8; 16] = *b"\x89larder-vec\r\n\x1a\n\0";
const VERSION: u32 = 1;
const ORDER: u32 = 0x0102_0304;
const MOST_NAME: usize = 200;

/// Features without which a reader does not understand the file, and nobody else does either.
const KNOWN_INCOMPATIBLE: u32 = 0;
/// Features that a reader may ignore, but not a writer.
const KNOWN_WRITE: u32 = 0;

/// Whether the file keeps a checksum of its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// Each commit brings the checksum up to date, at the cost of reading what changed.
    #[default]
    Keep,
    /// There is none: damage to the data is not found.
    None,
}

/// What the elements are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) size: usize,
    pub(super) align: usize,
    pub(super) name: &'a str,
}

impl Element<'_> {
    /// Names are cut to what fits; the fingerprint is of the whole.
    fn fingerprint(&self) -> u64 {
        let layout = mix(self.size as u64, self.align as u64);
        sum(layout, self.name.as_bytes())
    }
}

/// The superblock: what the file is, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Tells the slots of this file from those of others.
    pub(super) id: u64,
    pub(super) checksums: Checksums,
}

/// A state of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) generation: u64,
    /// Bytes of data.
    pub(super) len: u64,
    /// Bytes that the file has for data.
    pub(super) capacity: u64,
    /// The sum of the checksums of all pages of data.
    pub(super) data_sum: u64,
    pub(super) log: Option<Log>,
}

/// A redo log: page images that the data may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Log {
    pub(super) offset: u64,
    pub(super) pages: u64,
    pub(super) sum: u64,
}

impl Log {
    /// Bytes of the page numbers in front of the pages.
    pub(super) const fn table(&self) -> u64 {
        (self.pages * 8).next_multiple_of(PAGE as u64)
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.table() + self.pages * PAGE as u64
    }

    pub(super) const fn end(&self) -> u64 {
        self.offset + self.bytes()
    }
}

fn put(page: &mut [u8], at: &mut usize, bytes: &[u8]) {
    page[*at..*at + bytes.len()].copy_from_slice(bytes);
    *at += bytes.len();
}

fn take<const N: usize>(page: &[u8], at: &mut usize) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&page[*at..*at + N]);
    *at += N;
    bytes
}

fn take_u32(page: &[u8], at: &mut usize) -> u32 {
    u32::from_le_bytes(take(page, at))
}

fn take_u64(page: &[u8], at: &mut usize) -> u64 {
    u64::from_le_bytes(take(page, at))
}

/// Writes the checksum at the end; `place` tells sectors apart.
fn seal(place: u64, bytes: &mut [u8]) {
    let body = bytes.len() - SUM;
    let sum = sum(place, &bytes[..body]);
    bytes[body..].copy_from_slice(&sum.to_le_bytes());
}

/// The checksum found, and the one expected.
fn sums(place: u64, bytes: &[u8]) -> (u64, u64) {
    let mut at = bytes.len() - SUM;
    let expected = sum(place, &bytes[..at]);
    (take_u64(bytes, &mut at), expected)
}

pub(super) fn write_shape(shape: &Shape, element: &Element<'_>) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    let at = &mut 0;
    put(&mut page, at, &MAGIC);
    put(&mut page, at, &VERSION.to_le_bytes());
    put(&mut page, at, &ORDER.to_ne_bytes());
    put(&mut page, at, &usize::BITS.to_le_bytes());
    // Features: compatible, incompatible, incompatible for writers.
    put(&mut page, at, &[0; 12]);
    let checksums = u32::from(shape.checksums == Checksums::Keep);
    put(&mut page, at, &checksums.to_le_bytes());
    let mut name = element.name.len().min(MOST_NAME);
    while !element.name.is_char_boundary(name) {
        name -= 1;
    }
    put(&mut page, at, &(name as u32).to_le_bytes());
    put(&mut page, at, &(element.size as u64).to_le_bytes());
    put(&mut page, at, &(element.align as u64).to_le_bytes());
    put(&mut page, at, &element.fingerprint().to_le_bytes());
    put(&mut page, at, &shape.id.to_le_bytes());
    put(&mut page, at, &element.name.as_bytes()[..name]);
    seal(0, &mut page);
    page
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

pub(super) fn read_shape(
    path: &Path,
    page: &[u8; PAGE],
    element: &Element<'_>,
    write: bool,
) -> Result<Shape, FileError> {
    let at = &mut 0;
    let magic = take::<16>(page, at);
    if magic != MAGIC {
        let (found, expected) = (magic.escape_ascii(), MAGIC.escape_ascii());
        return Err(FileError::field(path, "magic number", found, expected));
    }
    same(path, "format version", take_u32(page, at), VERSION)?;
    same(path, "byte order mark", u32::from_ne_bytes(take(page, at)), ORDER)?;
    let (found, expected) = sums(0, page);
    same(path, "checksum of the superblock", found, expected)?;
    same(path, "machine's word, in bits", take_u32(page, at), usize::BITS)?;
    let _compatible = take_u32(page, at);
    same(path, "unknown features", take_u32(page, at) & !KNOWN_INCOMPATIBLE, 0)?;
    let unknown = take_u32(page, at) & !KNOWN_WRITE;
    same(path, "unknown features for writing", if write { unknown } else { 0 }, 0)?;
    let checksums = match take_u32(page, at) {
        0 => Checksums::None,
        1 => Checksums::Keep,
        other => return Err(FileError::field(path, "checksum policy", other, "0 or 1")),
    };
    let name = take_u32(page, at) as usize;
    if name > MOST_NAME {
        return Err(FileError::field(path, "length of the type's name", name, "at most 200"));
    }
    same(path, "size of an element", take_u64(page, at), element.size as u64)?;
    same(path, "alignment of an element", take_u64(page, at), element.align as u64)?;
    let fingerprint = take_u64(page, at);
    let id = take_u64(page, at);
    if fingerprint != element.fingerprint() {
        let name = String::from_utf8_lossy(&page[*at..*at + name]);
        let found = format!("`{name}` ({fingerprint:#018x})");
        let expected = format!("`{}` ({:#018x})", element.name, element.fingerprint());
        return Err(FileError::field(path, "type of an element", found, expected));
    }
    Ok(Shape { id, checksums })
}

/// The seed of the checksum of a copy, which binds it to its file and place.
fn place(id: u64, index: usize, copy: usize) -> u64 {
    mix(id, (index * 2 + copy + 1) as u64)
}

pub(super) fn write_slot(slot: &Slot, id: u64, index: usize) -> [u8; PAGE] {
    let mut page = [0; PAGE];
    for copy in 0..2 {
        let sector = &mut page[copy * SECTOR..(copy + 1) * SECTOR];
        let log = slot.log.unwrap_or(Log { offset: 0, pages: 0, sum: 0 });
        let fields = [
            slot.generation,
            slot.len,
            slot.capacity,
            slot.data_sum,
            log.offset,
            log.pages,
            log.sum,
        ];
        let at = &mut 0;
        for field in fields {
            put(sector, at, &field.to_le_bytes());
        }
        seal(place(id, index, copy), sector);
    }
    page
}

fn read_copy(sector: &[u8]) -> Slot {
    let at = &mut 0;
    let mut next = || take_u64(sector, at);
    let (generation, len, capacity, data_sum) = (next(), next(), next(), next());
    let log = Log { offset: next(), pages: next(), sum: next() };
    let log = (log.pages > 0).then_some(log);
    Slot { generation, len, capacity, data_sum, log }
}

/// The newest state in the two slot pages, and in which of them it is.
///
/// Without `repair` every byte of both has to be as it was written; with it, the newest copy that is
/// whole counts.
pub(super) fn newest(
    path: &Path,
    pages: &[[u8; PAGE]; 2],
    id: u64,
    repair: bool,
) -> Result<(Slot, usize), FileError> {
    const NAMES: [[&str; 2]; 2] = [
        ["checksum of slot 0, copy A", "checksum of slot 0, copy B"],
        ["checksum of slot 1, copy A", "checksum of slot 1, copy B"],
    ];
    const REST: [&str; 2] = ["unused part of slot 0", "unused part of slot 1"];
    let mut best: Option<(Slot, usize)> = None;
    let mut damage = None;
    for (index, page) in pages.iter().enumerate() {
        for (copy, sector) in page.chunks_exact(SECTOR).take(2).enumerate() {
            let (found, expected) = sums(place(id, index, copy), sector);
            if let Err(error) = same(path, NAMES[index][copy], found, expected) {
                damage = Some(error);
                continue;
            }
            let slot = read_copy(sector);
            if best.is_none_or(|(best, _)| slot.generation > best.generation) {
                best = Some((slot, index));
            }
        }
        if let Some(byte) = page[2 * SECTOR..].iter().find(|byte| **byte != 0) {
            damage = Some(FileError::field(path, REST[index], byte, "zero"));
        }
    }
    match (best, damage) {
        (Some(best), None) => Ok(best),
        (Some(best), Some(_)) if repair => Ok(best),
        (_, Some(damage)) => Err(damage),
        (None, None) => unreachable!("a copy is whole or damaged"),
    }
}

/// Fails unless all that `slot` says fits a file of `file_len` bytes and elements of `size`.
pub(super) fn check_slot(
    path: &Path,
    slot: &Slot,
    file_len: u64,
    size: usize,
) -> Result<(), FileError> {
    let most = isize::MAX.cast_unsigned() as u64 - DATA;
    let field =
        |field, found, expected: String| Err(FileError::field(path, field, found, expected));
    if slot.capacity > most || !slot.capacity.is_multiple_of(UNIT) {
        return field("capacity", slot.capacity, format!("a multiple of {UNIT} to {most}"));
    }
    if slot.len > slot.capacity || !slot.len.is_multiple_of(size as u64) {
        let expected = format!("a multiple of {size} to the capacity, {}", slot.capacity);
        return field("length", slot.len, expected);
    }
    let data_end = DATA + slot.capacity;
    let mut end = data_end;
    if let Some(log) = slot.log {
        if log.pages > slot.capacity / PAGE as u64 {
            let expected = format!("at most {}", slot.capacity / PAGE as u64);
            return field("number of pages in the redo log", log.pages, expected);
        }
        if log.offset < data_end || log.offset.checked_add(log.bytes()).is_none() {
            return field("place of the redo log", log.offset, format!("at least {data_end}"));
        }
        end = log.end();
    }
    if file_len < end {
        return Err(FileError::new(path, Problem::Truncated { found: file_len, expected: end }));
    }
    Ok(())
}

/// The checksum of the data, page by page, as the slot holds it.
pub(super) fn data_sum(data: &[u8]) -> u64 {
    data.chunks(PAGE)
        .enumerate()
        .fold(0, |all, (number, page)| all.wrapping_add(page_sum(number, page)))
}

/// What one page of data adds to it: nothing, when there is nothing.
pub(super) fn page_sum(number: usize, page: &[u8]) -> u64 {
    if page.is_empty() { 0 } else { sum(number as u64, page) }
}
