#![expect(unsafe_code, reason = "answers for the memory of a region")]
//! The storage that lasts: private memory in front, a file behind, and commits between them.
//!
//! Nothing that is written to the memory reaches the file by itself. A commit carries it over:
//!
//! 1. Room in the file for data and log. It may be refused; then nothing has changed.
//! 2. Pages inside the last state that changed go to the redo log, behind the data. What was appended
//!    goes to its place, which the last state does not count.
//! 3. Sync. If it fails, the handle is poisoned; so it is after every later failure.
//! 4. The slot that is not the newest is written: generation, length, where the log is. Sync. *Now*
//!    the new state is the one that lasts.
//! 5. The pages in the log go to their places. The next commit's first sync makes that last, and
//!    until then the log stays: the next one is written behind it or in front of it.
//!
//! Before anything else may be written over a log that the newest slot names, a slot without it is
//! committed (`retire`).
//!
//! Invariants:
//!
//! 1. The newest valid slot on the medium is `slot`, in the page `active`, unless the handle is
//!    poisoned; then it may be that of a commit that failed.
//! 2. The medium has `DATA + room` bytes and no fewer, `room >= slot.capacity`, and all bytes of the
//!    log that `slot` names.
//! 3. The data on the medium, once the log is applied, are the state that `slot` describes; and the
//!    calls that apply it were made.
//! 4. `dirty` has room for all pages of that state, and holds those that memory may have changed
//!    below what the vector calls intact.

use core::ptr::NonNull;
use std::{io, path::Path, vec::Vec};

use super::{
    format::{
        Checksums, DATA, Element, Log, PAGE, Shape, Slot, UNIT, page_sum, write_shape, write_slot,
    },
    medium::{DiskFile, Medium},
    memory::{HUGE, Memory},
    pages::PageSet,
    storage::{Anchored, Durable, Storage},
    sum::{mix, sum},
};
use crate::os::{FileError, Kernel, Native, Problem, Space};

/// What a commit that returned has survived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Survives {
    /// The death of the process, of the system, and the loss of power: commits wait for the disk.
    #[default]
    PowerLoss,
    /// The death of the process only: commits do not wait. After a loss of power the file may be
    /// damaged, and then says so.
    Kill,
}

/// What a file-backed vector has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileStats {
    /// Bytes of elements in the state that lasts.
    pub committed_bytes: usize,
    /// Bytes of memory.
    pub memory_bytes: usize,
    /// Bytes of addresses, which the memory can grow to without moving.
    pub reserved_bytes: usize,
    /// Bytes that the file has for elements.
    pub file_bytes: u64,
    /// Bytes that the file had behind what its state needs, when it was opened. Nobody reads them:
    /// room that was reserved, a redo log that is done with, or what a crash left.
    pub surplus_bytes: u64,
    /// The number of the state that lasts.
    pub generation: u64,
    /// Commits that changed something.
    pub commits: u64,
    /// Bytes written to the file, all together.
    pub written_bytes: u64,
    /// Those of them that went to redo logs.
    pub logged_bytes: u64,
    /// Times the disk was waited for.
    pub syncs: u64,
    /// Whether all room in the file was promised by the file system.
    pub space: Space,
    /// What failed, if the handle is poisoned.
    pub poisoned: Option<&'static str>,
}

/// How a handle behaves; the file knows nothing of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) survives: Survives,
    pub(super) read_only: bool,
    /// Memory grows by at most this many bytes more than are needed.
    pub(super) step: usize,
}

/// Memory backed by a file, or by another [`Medium`].
#[derive(Debug)]
pub struct FileStorage<M = DiskFile, K: Kernel = Native> {
    pub(super) memory: Memory<K>,
    pub(super) medium: M,
    pub(super) shape: Shape,
    pub(super) slot: Slot,
    pub(super) active: usize,
    pub(super) room: u64,
    pub(super) dirty: PageSet,
    pub(super) manner: Manner,
    pub(super) stats: FileStats,
}

/// The first bytes of a new file: no elements.
pub(super) fn format_medium<M: Medium>(
    medium: &mut M,
    element: &Element<'_>,
    shape: &Shape,
) -> io::Result<Slot> {
    let first = Slot { generation: 1, len: 0, capacity: 0, data_sum: 0, log: None };
    medium.allocate(DATA)?;
    medium.write_at(0, &write_shape(shape, element))?;
    let older = Slot { generation: 0, ..first };
    medium.write_at(PAGE as u64, &write_slot(&first, shape.id, 0))?;
    medium.write_at(2 * PAGE as u64, &write_slot(&older, shape.id, 1))?;
    Ok(first)
}

/// Where the pages of data with this number begin on the medium.
const fn page_at(number: usize) -> u64 {
    DATA + (number * PAGE) as u64
}

/// The part of a page that lies below `len`.
fn valid(number: usize, len: usize) -> usize {
    len.saturating_sub(number * PAGE).min(PAGE)
}

impl Log {
    /// The checksum before the first page.
    pub(super) fn begin(generation: u64, table: &[u8]) -> u64 {
        sum(generation, table)
    }

    /// The checksum with one more page.
    pub(super) fn add(before: u64, number: usize, page: &[u8]) -> u64 {
        mix(before, page_sum(number, page))
    }
}

impl<M: Medium, K: Kernel> FileStorage<M, K> {
    /// A snapshot of the figures.
    #[must_use]
    pub fn stats(&self) -> FileStats {
        FileStats {
            committed_bytes: self.committed(),
            memory_bytes: self.memory.open(),
            reserved_bytes: self.memory.reserved(),
            file_bytes: self.room,
            generation: self.slot.generation,
            ..self.stats
        }
    }

    /// What the file is kept on.
    pub const fn medium(&self) -> &M {
        &self.medium
    }

    /// Looks whether the file is still as long as it has to be, and all that shows it can be read.
    ///
    /// # Errors
    ///
    /// When it is shorter, or cannot be read: touching the elements of a mapped file might end the
    /// process then.
    pub fn check(&mut self) -> Result<(), FileError> {
        self.still_there()?;
        match self.memory.load(self.memory.open()) {
            Err(error) if !error.is_unknown() => {
                Err(FileError::io(self.medium.path(), "read the file that is mapped", error.into()))
            }
            _ => Ok(()),
        }
    }

    /// The error of a call that changed nothing that counts.
    fn told<R>(&self, doing: &'static str, answer: io::Result<R>) -> Result<R, FileError> {
        answer.map_err(|source| FileError::io(self.medium.path(), doing, source))
    }

    fn writable(&self) -> Result<(), FileError> {
        let problem = match self.stats.poisoned {
            Some(by) => Problem::Poisoned { by },
            None if self.manner.read_only => Problem::ReadOnly,
            None => return Ok(()),
        };
        Err(FileError::new(self.medium.path(), problem))
    }

    /// Somebody who ignores the lock may have cut the file off.
    fn still_there(&mut self) -> Result<(), FileError> {
        let found = self.medium.len();
        let found = self.told("look at the file", found)?;
        let expected = self.slot.log.map_or(0, |log| log.end()).max(DATA + self.room);
        if found < expected {
            self.stats.poisoned = Some("find the whole file");
            let problem = Problem::Truncated { found, expected };
            return Err(FileError::new(self.medium.path(), problem));
        }
        Ok(())
    }

    /// After this failed nobody knows what is on the disk.
    fn poisoning<R>(&mut self, doing: &'static str, answer: io::Result<R>) -> Result<R, FileError> {
        answer.map_err(|error| {
            self.stats.poisoned = Some(doing);
            FileError::io(self.medium.path(), doing, error)
        })
    }

    pub(super) fn sync(&mut self, doing: &'static str) -> Result<(), FileError> {
        if self.manner.survives == Survives::Kill {
            return Ok(());
        }
        self.stats.syncs += 1;
        let answer = self.medium.sync();
        self.poisoning(doing, answer)
    }

    /// Writes the slot that is not the newest, and makes it so.
    fn put_slot(&mut self, slot: Slot) -> Result<(), FileError> {
        let index = 1 - self.active;
        let page = write_slot(&slot, self.shape.id, index);
        let answer = self.medium.write_at(((1 + index) * PAGE) as u64, &page);
        self.poisoning("write a commit slot", answer)?;
        self.sync("sync a commit slot")?;
        self.stats.written_bytes += PAGE as u64;
        self.slot = slot;
        self.active = index;
        Ok(())
    }

    /// Makes the newest slot one that names no log, so that the log's place is free.
    pub(super) fn retire(&mut self) -> Result<(), FileError> {
        if self.slot.log.is_none() {
            return Ok(());
        }
        self.sync("sync pages from the log")?;
        self.put_slot(Slot { generation: self.slot.generation + 1, log: None, ..self.slot })
    }

    /// Makes the file long enough for `len` bytes of data.
    fn make_room(&mut self, len: usize) -> Result<(), FileError> {
        if len as u64 <= self.room {
            return Ok(());
        }
        let exact = (len as u64).next_multiple_of(UNIT);
        let spare = (exact / 8).next_multiple_of(UNIT).min(64 << 20);
        if self.slot.log.is_some_and(|log| log.offset < DATA + exact + spare) {
            self.retire()?;
        }
        let mut room = exact + spare;
        let space = self.medium.allocate(DATA + room).or_else(|_| {
            room = exact;
            self.medium.allocate(DATA + room)
        });
        self.note_space(self.told("make room in the file", space)?);
        self.room = room;
        Ok(())
    }

    fn note_space(&mut self, space: Space) {
        if space == Space::Hoped {
            self.stats.space = space;
        }
    }

    /// The checksum of the data once `len` bytes of memory are the state. It reads what changed.
    fn next_sum(&mut self, len: usize, intact: usize) -> Result<u64, FileError> {
        let old = self.committed();
        let mut total = self.slot.data_sum;
        if self.shape.checksums == Checksums::None {
            return Ok(0);
        }
        let shared = old.min(len);
        let edited = self.dirty.below(shared / PAGE);
        let moved = if old == len { 0..0 } else { shared / PAGE..old.max(len).div_ceil(PAGE) };
        // The last page of an unchanged length is not among those that moved.
        let tail = (old == len && self.dirty.contains(shared / PAGE)).then_some(shared / PAGE);
        let mut buffer = [0; PAGE];
        for page in edited.chain(tail).chain(moved) {
            let (before, after) = (valid(page, old), valid(page, len));
            // Pages that were cut off may have no memory any more; then the file has them.
            let memory = self.memory.bytes().get(page * PAGE..).unwrap_or_default();
            let was = if self.dirty.contains(page) || page * PAGE + before > intact {
                let into = &mut buffer[..before];
                let answer = self.medium.read_at(page_at(page), into);
                self.told("read what is to be replaced", answer)?;
                &buffer[..before]
            } else {
                &memory[..before]
            };
            total = total.wrapping_sub(page_sum(page, was));
            total = total.wrapping_add(page_sum(page, &memory[..after]));
        }
        Ok(total)
    }

    /// Writes the pages of the last state that changed to a log, for the commit of `generation`.
    fn write_log(&mut self, shared: usize, generation: u64) -> Result<Option<Log>, FileError> {
        let bound = shared.div_ceil(PAGE);
        let pages = self.dirty.below(bound).count() as u64;
        if pages == 0 {
            return Ok(None);
        }
        let mut log = Log { offset: DATA + self.room, pages, sum: 0 };
        if let Some(last) = self.slot.log
            && log.end() > last.offset
        {
            log.offset = log.offset.max(last.end());
        }
        let mut table = Vec::new();
        let table_len = log.table() as usize;
        table.try_reserve_exact(table_len).map_err(|_| self.no_memory(table_len))?;
        table.extend(self.dirty.below(bound).flat_map(|page| (page as u64).to_le_bytes()));
        table.resize(table_len, 0);
        let space = self.medium.allocate(log.end());
        self.note_space(self.told("make room for the log", space)?);
        log.sum = Log::begin(generation, &table);
        let answer = self.medium.write_at(log.offset, &table);
        self.told("write the redo log", answer)?;
        let mut at = log.offset + log.table();
        for run in self.dirty.runs(bound) {
            let images = &self.memory.bytes()[run.start * PAGE..run.end * PAGE];
            for (number, image) in run.zip(images.chunks(PAGE)) {
                log.sum = Log::add(log.sum, number, image);
            }
            let answer = self.medium.write_at(at, images);
            at += images.len() as u64;
            self.told("write the redo log", answer)?;
        }
        self.stats.written_bytes += log.bytes();
        self.stats.logged_bytes += log.bytes();
        Ok(Some(log))
    }

    /// Writes the pages of the log to their places.
    fn apply(&mut self, shared: usize) -> Result<(), FileError> {
        let mut answer = Ok(());
        for run in self.dirty.runs(shared.div_ceil(PAGE)) {
            let images = &self.memory.bytes()[run.start * PAGE..run.end * PAGE];
            answer = self.medium.write_at(page_at(run.start), images);
            if answer.is_err() {
                break;
            }
            self.stats.written_bytes += images.len() as u64;
        }
        self.poisoning("write pages from the log", answer)
    }

    pub(super) fn no_memory(&self, bytes: usize) -> FileError {
        let source = io::ErrorKind::OutOfMemory.into();
        FileError::new(self.medium.path(), Problem::Memory { bytes, source })
    }
}

// SAFETY: the region has the memory to itself, at a base that never moves, and keeps what is written
// there; `capacity` bytes are open.
unsafe impl<M: Medium, K: Kernel> Storage for FileStorage<M, K> {
    fn base(&self) -> NonNull<u8> {
        self.memory.base()
    }

    fn capacity(&self) -> usize {
        self.memory.open()
    }

    fn grow(&mut self, _: usize, bytes: usize) -> Result<(), FileError> {
        if self.poisoned() {
            return self.writable();
        }
        let (open, limit) = (self.memory.open(), self.memory.reserved());
        if bytes > limit {
            let problem = Problem::Full { asked: bytes, limit };
            return Err(FileError::new(self.medium.path(), problem));
        }
        let spare = open.max(1 << 16).min(self.manner.step);
        let mut target = bytes.max(open + spare);
        if target >= HUGE {
            target = target.next_multiple_of(HUGE);
        }
        if self.memory.open_to(target.min(limit)).is_ok() {
            return Ok(());
        }
        // No room for growth is room enough, if the bytes themselves have it.
        self.memory.open_to(bytes).map_err(|error| {
            let source = error.into();
            FileError::new(self.medium.path(), Problem::Memory { bytes, source })
        })
    }

    fn reserve(&mut self, live: usize, bytes: usize) -> Result<(), FileError> {
        self.writable()?;
        if bytes > self.memory.open() {
            self.grow(live, bytes)?;
        }
        self.make_room(bytes)
    }

    fn shrink(&mut self, live: usize) -> Result<(), FileError> {
        let answer = self.memory.close_to(live);
        self.told("give memory back", answer.map_err(Into::into))?;
        self.writable()?;
        self.still_there()?;
        self.retire()?;
        let capacity = self.slot.len.max(live as u64).next_multiple_of(UNIT);
        if capacity < self.slot.capacity {
            let generation = self.slot.generation + 1;
            self.put_slot(Slot { generation, capacity, ..self.slot })?;
        }
        if capacity <= self.room {
            let answer = self.medium.cut(DATA + capacity);
            self.told("make the file shorter", answer)?;
            self.room = capacity;
        }
        Ok(())
    }

    #[inline]
    fn touch(&mut self, start: usize, end: usize) {
        let end = end.min(self.slot.len as usize);
        if start < end {
            self.dirty.add(start / PAGE..end.div_ceil(PAGE));
        }
    }

    fn poisoned(&self) -> bool {
        self.stats.poisoned.is_some()
    }

    fn path(&self) -> &Path {
        self.medium.path()
    }
}

// SAFETY: the region's base never moves. Growing touches the memory behind what is open, and a commit
// reads.
unsafe impl<M: Medium, K: Kernel> Anchored for FileStorage<M, K> {}

impl<M: Medium, K: Kernel> Durable for FileStorage<M, K> {
    fn commit(&mut self, len: usize, intact: usize) -> Result<u64, FileError> {
        self.writable()?;
        let old = self.committed();
        let shared = old.min(len);
        self.touch(intact, shared);
        if len == old && self.dirty.is_empty() {
            return Ok(self.slot.generation);
        }
        self.still_there()?;
        let pages = len.div_ceil(PAGE);
        self.dirty.reserve(pages).map_err(|_| self.no_memory(pages / 8))?;
        self.make_room(len)?;
        let data_sum = self.next_sum(len, intact)?;
        let generation = self.slot.generation + 1;
        let log = self.write_log(shared, generation)?;
        if old < len {
            let appended = &self.memory.bytes()[old..len];
            let answer = self.medium.write_at(DATA + old as u64, appended);
            self.told("write what was appended", answer)?;
            self.stats.written_bytes += (len - old) as u64;
        }
        self.sync("sync what changed")?;
        let capacity = self.room;
        self.put_slot(Slot { generation, len: len as u64, capacity, data_sum, log })?;
        self.stats.commits += 1;
        self.apply(shared)?;
        self.dirty.clear();
        Ok(generation)
    }

    fn generation(&self) -> u64 {
        self.slot.generation
    }

    fn committed(&self) -> usize {
        // It was checked to fit when the file was opened.
        self.slot.len as usize
    }
}
