//! Opening a file: what it must be, which state is the last, and what a crash left to do.
//!
//! A file that is refused is left as it was. To write, the log of the last state is applied and
//! retired; to read only, it is applied in memory alone.

use core::ops::ControlFlow;
use std::{io, path::Path, vec::Vec};

use super::{
    durable::{FileStats, FileStorage, Manner},
    format::{
        self, Checksums, DATA, Element, Log, PAGE, Shape, Slot, check_slot, newest, read_shape,
    },
    medium::Medium,
    memory::{Fresh, Memory},
    pages::PageSet,
};
use crate::os::{FileError, Kernel, Problem};

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) manner: Manner,
    pub(super) fresh: Fresh,
    pub(super) max_bytes: usize,
    pub(super) verify: bool,
    pub(super) repair: bool,
    pub(super) exact: bool,
}

impl Opening {
    fn memory<K: Kernel + Clone>(
        &self,
        len: usize,
        path: &Path,
        kernel: &K,
    ) -> Result<Memory<K>, FileError> {
        Memory::reserve(len, self.max_bytes, self.fresh, kernel).map_err(|error| {
            let source = error.into();
            FileError::new(path, Problem::Memory { bytes: len, source })
        })
    }

    /// The storage over a medium that was just formatted with `slot`.
    pub(super) fn fresh_storage<M: Medium, K: Kernel + Clone>(
        &self,
        medium: M,
        shape: Shape,
        slot: Slot,
        kernel: &K,
    ) -> Result<FileStorage<M, K>, FileError> {
        let memory = self.memory(0, medium.path(), kernel)?;
        Ok(FileStorage {
            memory,
            medium,
            shape,
            slot,
            active: 0,
            room: 0,
            dirty: PageSet::default(),
            manner: self.manner,
            stats: FileStats::default(),
        })
    }

    /// Opens what is on `medium`. `load` fills the front of the memory with the bytes from `DATA` on.
    pub(super) fn open<M: Medium, K: Kernel + Clone>(
        &self,
        mut medium: M,
        element: &Element<'_>,
        kernel: &K,
        load: impl FnOnce(&mut Memory<K>, &mut M, usize) -> io::Result<()>,
    ) -> Result<FileStorage<M, K>, FileError> {
        let path = medium.path().to_path_buf();
        let write = !self.manner.read_only;
        let file_len = medium.len().map_err(|e| FileError::io(&path, "look at the file", e))?;
        if file_len < DATA {
            let problem = Problem::Truncated { found: file_len, expected: DATA };
            return Err(FileError::new(&path, problem));
        }
        let mut read = |at: usize| {
            let mut page = [0; PAGE];
            let answer = medium.read_at((at * PAGE) as u64, &mut page);
            answer.map_err(|e| FileError::io(&path, "read the header", e)).map(|()| page)
        };
        let shape = read_shape(&path, &read(0)?, element, write)?;
        let slots = [read(1)?, read(2)?];
        let (slot, active) = newest(&path, &slots, shape.id, self.repair)?;
        check_slot(&path, &slot, file_len, element.size)?;
        let needed = slot.log.map_or(0, |log| log.end()).max(DATA + slot.capacity);
        if self.exact && file_len != needed {
            return Err(FileError::field(&path, "length of the file", file_len, needed));
        }
        if let Some(log) = slot.log {
            check_log(&mut medium, &path, &slot, &log)?;
        }
        // `check_slot` has found that it fits.
        let len = slot.len as usize;
        let mut storage = FileStorage {
            memory: self.memory(len, &path, kernel)?,
            medium,
            shape,
            slot,
            active,
            room: slot.capacity,
            dirty: PageSet::default(),
            manner: self.manner,
            stats: FileStats { surplus_bytes: file_len - needed, ..FileStats::default() },
        };
        let pages = len.div_ceil(PAGE);
        storage.dirty.reserve(pages).map_err(|_| storage.no_memory(pages / 8))?;
        if write {
            storage.settle(&path)?;
        }
        load(&mut storage.memory, &mut storage.medium, len)
            .map_err(|e| FileError::io(&path, "read the data", e))?;
        if let Some(log) = storage.slot.log {
            storage.overlay(&path, &log, len)?;
        }
        if self.verify && shape.checksums == Checksums::Keep {
            match storage.memory.load(len) {
                Err(error) if !error.is_unknown() => {
                    return Err(FileError::io(&path, "read the data", error.into()));
                }
                _ => {}
            }
            let found = format::data_sum(&storage.memory.bytes()[..len]);
            if found != slot.data_sum {
                let (found, expected) = (hex(found), hex(slot.data_sum));
                return Err(FileError::field(&path, "checksum of the data", found, expected));
            }
        }
        Ok(storage)
    }
}

fn hex(number: u64) -> std::string::String {
    std::format!("{number:#018x}")
}

/// Reads `len` bytes of data into fresh memory.
pub(super) fn copy_in<M: Medium, K: Kernel>(
    memory: &mut Memory<K>,
    medium: &mut M,
    len: usize,
) -> io::Result<()> {
    memory.open_to(len)?;
    medium.read_at(DATA, &mut memory.bytes_mut()[..len])
}

/// Passes each page of the log to `visit`, with its number.
fn each_page<M: Medium>(
    medium: &mut M,
    path: &Path,
    log: &Log,
    table: &[u8],
    mut visit: impl FnMut(&mut M, usize, &[u8; PAGE]) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let (numbers, _) = table.as_chunks::<8>();
    let mut page = [0; PAGE];
    let mut at = log.offset + log.table();
    for number in &numbers[..log.pages as usize] {
        let answer = medium.read_at(at, &mut page);
        answer.map_err(|e| FileError::io(path, "read the redo log", e))?;
        visit(medium, u64::from_le_bytes(*number) as usize, &page)?;
        at += PAGE as u64;
    }
    Ok(())
}

fn read_table<M: Medium>(medium: &mut M, path: &Path, log: &Log) -> Result<Vec<u8>, FileError> {
    let mut table = Vec::new();
    let bytes = log.table() as usize;
    table.try_reserve_exact(bytes).map_err(|_| {
        let source = io::ErrorKind::OutOfMemory.into();
        FileError::new(path, Problem::Memory { bytes, source })
    })?;
    table.resize(bytes, 0);
    let answer = medium.read_at(log.offset, &mut table);
    answer.map_err(|e| FileError::io(path, "read the redo log", e)).map(|()| table)
}

/// Fails unless the log is what the slot says, and of pages that there are.
fn check_log<M: Medium>(
    medium: &mut M,
    path: &Path,
    slot: &Slot,
    log: &Log,
) -> Result<(), FileError> {
    let table = read_table(medium, path, log)?;
    let mut found = Log::begin(slot.generation, &table);
    let bound = (slot.capacity / PAGE as u64) as usize;
    let mut outside = ControlFlow::Continue(());
    each_page(medium, path, log, &table, |_, number, page| {
        if number >= bound {
            outside = ControlFlow::Break(number);
        }
        found = Log::add(found, number, page);
        Ok(())
    })?;
    if found != log.sum {
        return Err(FileError::field(path, "checksum of the redo log", hex(found), hex(log.sum)));
    }
    if let ControlFlow::Break(number) = outside {
        let expected = std::format!("below {bound}");
        return Err(FileError::field(path, "number of a page in the redo log", number, expected));
    }
    Ok(())
}

impl<M: Medium, K: Kernel> FileStorage<M, K> {
    /// Does what a crash left undone. What was found is made to last before anybody sees it.
    fn settle(&mut self, path: &Path) -> Result<(), FileError> {
        self.sync("sync the file that was found")?;
        let Some(log) = self.slot.log else {
            return Ok(());
        };
        let table = read_table(&mut self.medium, path, &log)?;
        each_page(&mut self.medium, path, &log, &table, |medium, number, page| {
            let answer = medium.write_at(DATA + (number * PAGE) as u64, page);
            answer.map_err(|e| FileError::io(path, "write pages from the log", e))
        })?;
        self.retire()
    }

    /// Applies the log in memory alone.
    fn overlay(&mut self, path: &Path, log: &Log, len: usize) -> Result<(), FileError> {
        let table = read_table(&mut self.medium, path, log)?;
        let Self { medium, memory, .. } = self;
        debug_assert!(memory.open() >= len);
        each_page(medium, path, log, &table, |_, number, page| {
            let start = number * PAGE;
            if start < len {
                let end = (start + PAGE).min(memory.open());
                memory.bytes_mut()[start..end].copy_from_slice(&page[..end - start]);
            }
            Ok(())
        })
    }
}
