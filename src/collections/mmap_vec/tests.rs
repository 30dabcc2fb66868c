//! The pure parts, and headers whose checksums are right and whose numbers are not.

use core::cell::RefCell;
use std::{io, path::Path, rc::Rc, string::ToString, vec, vec::Vec};

use super::{
    Builder, Checksums, Medium, Space,
    format::{
        DATA, Element, Log, PAGE, Shape, Slot, UNIT, check_slot, newest, read_shape, write_shape,
        write_slot,
    },
    pages::PageSet,
    sum::sum,
};
use crate::os::Problem;

const SLOT: Slot = Slot { generation: 5, len: 800, capacity: UNIT, data_sum: 9, log: None };

fn path() -> &'static Path {
    Path::new("tested")
}

fn field(error: &crate::os::FileError) -> &'static str {
    match error.problem() {
        Problem::Field { field, .. } => field,
        Problem::Truncated { .. } => "truncated",
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_change_of_bytes_changes_their_sum() {
    let mut bytes: Vec<u8> = (0..1000_u32).map(|n| (n * 7) as u8).collect();
    let before = sum(3, &bytes);
    assert_ne!(sum(4, &bytes), before);
    assert_ne!(sum(3, &bytes[..999]), before);
    for bit in 0..8000 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(sum(3, &bytes), before, "{bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    for at in 0..992 {
        bytes.swap(at, at + 8);
        assert!(sum(3, &bytes) != before || bytes[at] == bytes[at + 8], "{at}");
        bytes.swap(at, at + 8);
    }
    assert_ne!(sum(0, &[0]), sum(0, &[0, 0]));
}

#[test]
fn a_page_set_is_a_set_of_pages() {
    let mut set = PageSet::default();
    set.reserve(300).unwrap();
    assert!(set.is_empty() && set.below(300).next().is_none());
    for range in [3..4, 62..66, 64..65, 128..256, 299..300, 7..7] {
        set.add(range);
    }
    let runs: Vec<_> = set.runs(300).collect();
    assert_eq!(runs, vec![3..4, 62..66, 128..256, 299..300]);
    assert_eq!(set.runs(130).last(), Some(128..130));
    assert!(set.contains(65) && !set.contains(66) && !set.contains(100_000));
    set.reserve(10).unwrap();
    assert_eq!(set.below(usize::MAX).count(), 1 + 4 + 128 + 1);
    set.clear();
    assert!(set.is_empty() && set.below(300).next().is_none());
}

#[test]
fn headers_are_read_as_they_were_written() {
    let element = Element { size: 8, align: 4, name: &"long ".repeat(100) };
    for checksums in [Checksums::Keep, Checksums::None] {
        let shape = Shape { id: 77, checksums };
        let page = write_shape(&shape, &element);
        assert_eq!(read_shape(path(), &page, &element, true).unwrap(), shape);
        let other = Element { align: 8, ..element };
        let error = read_shape(path(), &page, &other, true).unwrap_err();
        assert_eq!(field(&error), "alignment of an element");
    }
    let log = Some(Log { offset: DATA + UNIT, pages: 3, sum: 8 });
    let newer = Slot { generation: 6, log, ..SLOT };
    let pages = [write_slot(&newer, 77, 0), write_slot(&SLOT, 77, 1)];
    assert_eq!(newest(path(), &pages, 77, false).unwrap(), (newer, 0));
    // Those of another file, or of the other place, are none.
    assert!(newest(path(), &pages, 78, true).is_err());
    assert!(newest(path(), &[pages[1], pages[0]], 77, true).is_err());
    // A page of which one sector was written is whole.
    let mut torn = pages;
    torn[1][..512].copy_from_slice(&write_slot(&Slot { generation: 7, ..SLOT }, 77, 1)[..512]);
    assert_eq!(newest(path(), &torn, 77, false).unwrap().0.generation, 7);
}

#[test]
fn numbers_that_overflow_are_refused() {
    let check = |slot: Slot| check_slot(path(), &slot, DATA + 3 * UNIT, 8).map_err(|e| field(&e));
    assert_eq!(check(SLOT), Ok(()));
    for capacity in [u64::MAX, u64::MAX - UNIT + 1, 1 << 63, UNIT + 1] {
        assert_eq!(check(Slot { capacity, ..SLOT }), Err("capacity"), "{capacity}");
    }
    assert_eq!(check(Slot { capacity: 1 << 62, ..SLOT }), Err("truncated"));
    for len in [u64::MAX, UNIT + 8, 7, 801] {
        assert_eq!(check(Slot { len, ..SLOT }), Err("length"), "{len}");
    }
    let log = |offset, pages| check(Slot { log: Some(Log { offset, pages, sum: 0 }), ..SLOT });
    assert_eq!(log(DATA + UNIT, 3), Ok(()));
    assert_eq!(log(DATA + UNIT, u64::MAX), Err("number of pages in the redo log"));
    assert_eq!(log(DATA + UNIT, 17), Err("number of pages in the redo log"));
    assert_eq!(log(u64::MAX - 5, 3), Err("place of the redo log"));
    assert_eq!(log(DATA, 3), Err("place of the redo log"));
    assert_eq!(log(DATA + 3 * UNIT, 3), Err("truncated"));
    let error = check_slot(path(), &Slot { len: 7, ..SLOT }, DATA + UNIT, 8).unwrap_err();
    assert_eq!(
        error.to_string(),
        "tested: the length is 7, expected a multiple of 8 to the capacity, 65536"
    );
}

#[test]
fn features_of_later_versions_are_refused_as_far_as_they_matter() {
    let element = Element { size: 8, align: 8, name: "u64" };
    let page = write_shape(&Shape { id: 1, checksums: Checksums::None }, &element);
    let with = |at: usize, value: u8| {
        let mut page = page;
        page[at] = value;
        let sum = sum(0, &page[..PAGE - 8]);
        page[PAGE - 8..].copy_from_slice(&sum.to_le_bytes());
        page
    };
    let read = |page: &[u8; PAGE], write| {
        read_shape(path(), page, &element, write).map(drop).map_err(|error| field(&error))
    };
    assert_eq!(read(&with(28, 1), true), Ok(()));
    assert_eq!(read(&with(32, 1), false), Err("unknown features"));
    assert_eq!(read(&with(36, 1), false), Ok(()));
    assert_eq!(read(&with(36, 1), true), Err("unknown features for writing"));
    assert_eq!(read(&with(40, 2), true), Err("checksum policy"));
    assert_eq!(read(&with(44, 201), true), Err("length of the type's name"));
    assert_eq!(read(&with(24, 33), true), Err("machine's word, in bits"));
}

/// A file in memory, shared so that it outlives the vector on it.
#[derive(Clone)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Bytes {
    fn with<R>(&self, at: u64, len: usize, work: impl FnOnce(&mut [u8]) -> R) -> io::Result<R> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let mut bytes = self.0.borrow_mut();
        let part = at.checked_add(len).and_then(|end| bytes.get_mut(at..end));
        part.map(work).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl Medium for Bytes {
    fn path(&self) -> &Path {
        path()
    }

    fn len(&mut self) -> io::Result<u64> {
        Ok(self.0.borrow().len() as u64)
    }

    fn read_at(&mut self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.with(at, into.len(), |bytes| into.copy_from_slice(bytes))
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.with(at, bytes.len(), |place| place.copy_from_slice(bytes))
    }

    fn allocate(&mut self, len: u64) -> io::Result<Space> {
        let len = usize::try_from(len).ok().filter(|len| *len < 1 << 22);
        let len = len.ok_or(io::ErrorKind::StorageFull)?;
        let mut bytes = self.0.borrow_mut();
        let len = len.max(bytes.len());
        bytes.resize(len, 0);
        Ok(Space::Guaranteed)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.0.borrow_mut().truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) % below
    }

    /// A number at, or near, one that matters.
    fn number(&mut self) -> u64 {
        let near =
            [0, 800, PAGE as u64, UNIT, DATA + UNIT, 2 * UNIT, u64::MAX - UNIT, 1 << 63, u64::MAX];
        let offset = [0, 0, 0, 8, 8_u64.wrapping_neg(), 1][self.next(6) as usize];
        near[self.next(near.len() as u64) as usize].wrapping_add(offset)
    }
}

#[test]
fn headers_with_right_checksums_and_any_numbers_are_opened_or_refused() {
    let mut dice = Dice(5);
    let shape = Shape { id: 1, checksums: Checksums::Keep };
    let element = Element { size: 8, align: 8, name: "u64" };
    let (mut opened, mut refused) = (0, 0);
    for _ in 0..6000 {
        let capacity = dice.number();
        let capacity = if dice.next(8) > 0 { capacity / UNIT * UNIT } else { capacity };
        let pages = if dice.next(4) > 0 { 1 + dice.next(3) } else { dice.number().max(1) };
        let log = Log { offset: dice.number(), pages, sum: dice.number() };
        let mut slot = Slot {
            generation: 2,
            len: dice.number(),
            capacity,
            data_sum: dice.number(),
            log: (dice.next(2) > 0).then_some(log),
        };
        let mut bytes = vec![0; (DATA + 3 * UNIT) as usize];
        if let Some(log) =
            slot.log.as_mut().filter(|log| log.pages < 4 && log.offset < DATA + 2 * UNIT)
        {
            // Zero pages, to places that there are and that there are not, and a checksum of that.
            let numbers: Vec<u64> = (0..log.pages).map(|_| dice.next(20)).collect();
            let mut table = vec![0; PAGE];
            for (entry, number) in table.chunks_mut(8).zip(&numbers) {
                entry.copy_from_slice(&number.to_le_bytes());
            }
            let sum = Log::begin(slot.generation, &table);
            log.sum = numbers.iter().fold(sum, |sum, n| Log::add(sum, *n as usize, &[0; PAGE]));
            bytes[log.offset as usize..][..PAGE].copy_from_slice(&table);
        }
        bytes[..PAGE].copy_from_slice(&write_shape(&shape, &element));
        bytes[PAGE..2 * PAGE].copy_from_slice(&write_slot(&slot, shape.id, 0));
        let older = Slot { generation: 1, ..SLOT };
        bytes[2 * PAGE..3 * PAGE].copy_from_slice(&write_slot(&older, shape.id, 1));
        let (before, file) = (bytes.clone(), Bytes(Rc::new(RefCell::new(bytes))));
        let builder = Builder::<u64>::small().max_bytes(1 << 22).repair(dice.next(2) > 0);
        match builder.open_on(file.clone()) {
            Ok(mut vec) => {
                assert_eq!(vec.len() as u64 * 8, slot.len);
                vec.push(1).unwrap();
                vec.commit().unwrap();
                opened += 1;
            }
            Err(error) => {
                field(&error);
                assert_eq!(*file.0.borrow(), before, "{error}: the file was changed");
                refused += 1;
            }
        }
    }
    assert!(opened > 100 && refused > 100, "{opened} opened, {refused} refused");
}
